"""Compiled passes of instants over open periods: neighbours mostly lie close together, so each is sought near the last.

All take the begins and ends of open periods, rising, of which the first is empty, and the open seconds passed at each
end; every instant lies at or after the first begin.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.calendar.zones import DAY_S, EPOCH_DAY

_NEAR = 4
"""How many steps are tried before the place is sought in all."""


@njit(cache=True, nogil=True)
def _last_at(values: Any, at: int, near: int) -> Any:
    """Return the last place whose value is at most a number, which the first one is; `near` is where to begin."""
    place, last = near, len(values) - 1
    for _ in range(_NEAR):
        if values[place] > at:
            place -= 1
        elif place < last and values[place + 1] <= at:
            place += 1
        else:
            return place
    return np.searchsorted(values, at, side="right") - 1


@njit(cache=True, nogil=True)
def _first_reaching(values: Any, wanted: int, near: int) -> Any:
    """Return the first place whose value is at least a number, which the last one is; `near` is where to begin."""
    place = near
    for _ in range(_NEAR):
        if values[place] < wanted:
            place += 1
        elif place > 0 and values[place - 1] >= wanted:
            place -= 1
        else:
            return place
    return np.searchsorted(values, wanted)


@njit(cache=True, nogil=True)
def opened(begins: Any, ends: Any, passed: Any, at_s: Any) -> NDArray[np.int64]:
    """Return the open seconds passed at each instant, shape (n,)."""
    out = np.empty(len(at_s), np.int64)
    i = 0
    for k in range(len(at_s)):
        i = _last_at(begins, at_s[k], i)
        out[k] = passed[i] + min(0, at_s[k] - ends[i])
    return out


@njit(cache=True, nogil=True)
def opening(begins: Any, ends: Any, at_s: Any) -> NDArray[np.int64]:
    """Return the first open instant at or after each instant, shape (n,); there is one."""
    out = np.empty(len(at_s), np.int64)
    i = 0
    for k in range(len(at_s)):
        i = _last_at(begins, at_s[k], i)
        out[k] = at_s[k] if at_s[k] < ends[i] else begins[i + 1]
    return out


@njit(cache=True, nogil=True)
def reached(ends: Any, passed: Any, wanted_s: Any) -> NDArray[np.int64]:
    """Return the first instant at which so many open seconds have passed, for each number of them, shape (n,)."""
    out = np.empty(len(wanted_s), np.int64)
    j = 0
    for k in range(len(wanted_s)):
        j = _first_reaching(passed, wanted_s[k], j)
        out[k] = ends[j] - passed[j] + wanted_s[k]
    return out


@njit(cache=True, nogil=True)
def worked(
    begins: Any, ends: Any, days: Any, zone_begins: Any, shown: Any, reach: Any, at_s: Any, wanted: int
) -> NDArray[np.int64]:
    """Return the same wall time on the n-th next working day after each instant, or the next open instant after it.

    Parameters
    ----------
    begins, ends
        Open periods.
    days
        Working days, rising, as `date.toordinal` counts.
    zone_begins, shown, reach
        As `Timeline.offsets` gives them.
    at_s
        Instants, shape (n,).
    wanted
        Number of the working day, at least 1; there are so many after each instant.
    """
    out = np.empty(len(at_s), np.int64)
    i, z = 0, 0
    for k in range(len(at_s)):
        z = _last_at(zone_begins, at_s[k], z)
        wall_s = at_s[k] + shown[z]
        today = wall_s // DAY_S + EPOCH_DAY
        wall_s += (days[np.searchsorted(days, today, side="right") + wanted - 1] - today) * DAY_S
        segment = np.searchsorted(reach, wall_s, side="right")
        at = max(zone_begins[segment], wall_s - shown[segment])
        i = _last_at(begins, at, i)
        out[k] = at if at < ends[i] else begins[i + 1]
    return out
