"""Offsets of time zones as sorted arrays, and the way from a wall time to an instant and back.

A wall time that does not exist is the first instant after the gap; one that exists twice is the first.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]
"""An array of whole seconds, or of other whole numbers that belong to them."""

DAY_S = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()


def _year_s(year: int) -> int:
    return DAY_S * (date(year, 1, 1).toordinal() - EPOCH_DAY)


FIRST_YEAR, LAST_YEAR = 1800, 2399
"""The first and the last year in which an instant may lie."""

_FIRST_S, _LAST_S = _year_s(FIRST_YEAR), _year_s(LAST_YEAR + 1)


class _Offsets(NamedTuple):
    """Offsets from UTC of one zone: segment i begins at epoch second `begins[i]` and shows `offset[i]`.

    `reach[i]` is the latest wall time that any segment up to i has shown, so the first segment whose reach
    lies beyond a wall time is the first to show it, or the first after a gap that swallowed it.
    """

    first_s: int
    last_s: int
    begins: list[int]
    offset: list[int]
    reach: list[int]
    begins_array: Seconds
    offset_array: Seconds
    reach_array: Seconds

    @classmethod
    def of(cls, zone: str, first_year: int, last_year: int) -> Self:
        changes = [change for year in range(first_year, last_year + 1) for change in _changes(zone, year)]
        kept = [c for i, c in enumerate(changes) if i == 0 or c[1] != changes[i - 1][1]]
        begins, offset = (np.array(column, dtype=np.int64) for column in zip(*kept, strict=True))
        reach = np.maximum.accumulate(np.append(begins[1:], _year_s(last_year + 1)) + offset)
        # Two days at either end are kept back, so that a wall time may be looked up as if it were UTC.
        covered = _year_s(first_year) + 2 * DAY_S, _year_s(last_year + 1) - 2 * DAY_S
        return cls(*covered, begins.tolist(), offset.tolist(), reach.tolist(), begins, offset, reach)


@lru_cache(maxsize=4096)
def _changes(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """Return (epoch second, offset from then on) at the start of a UTC year and at each change within it."""
    info = ZoneInfo(zone)

    def offset(epoch_s: int) -> int:
        shown = (EPOCH + timedelta(seconds=epoch_s)).astimezone(info).utcoffset()
        return 0 if shown is None else shown // timedelta(seconds=1)

    found = [(_year_s(year), offset(_year_s(year)))]
    for day_s in range(_year_s(year), _year_s(year + 1), DAY_S):
        before_s, after_s = found[-1][1], offset(day_s + DAY_S)
        if after_s != before_s:
            low_s, high_s = day_s, day_s + DAY_S
            while high_s - low_s > 1:
                middle_s = (low_s + high_s) // 2
                low_s, high_s = (middle_s, high_s) if offset(middle_s) == before_s else (low_s, middle_s)
            found.append((high_s, after_s))
    return tuple(found)


class Zone:
    """The offsets of one zone, found once and grown by need.

    The table is swapped whole, so threads may share it. Seconds are counted since 1970-01-01 00:00, in UTC
    for an instant (`epoch_s`) and on the wall clock for a wall time (`wall_s`).
    """

    def __init__(self, name: str) -> None:
        try:
            self.info = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            near = get_close_matches(name, sorted(available_timezones()), n=1)
            hint = f"did you mean {near[0]!r}?" if near else "it must be an IANA name such as 'Asia/Shanghai'"
            raise ValueError(f"unknown time zone {name!r}: {hint}") from None
        self._table = _Offsets.of(name, 2020, 2030)

    def table(self, first_s: int, last_s: int) -> _Offsets:
        """Return offsets that cover these epoch seconds, whether they are read as UTC or as wall time."""
        table = self._table
        if table.first_s <= first_s and last_s <= table.last_s:
            return table
        if first_s < _FIRST_S or last_s > _LAST_S:
            raise ValueError(f"an instant must lie within the years {FIRST_YEAR} to {LAST_YEAR}")
        first, last = ((EPOCH + timedelta(seconds=s)).year for s in (first_s, last_s))
        held = ((EPOCH + timedelta(seconds=s)).year for s in (table.first_s, table.last_s))
        self._table = _Offsets.of(self.info.key, min(first - 1, next(held)), max(last + 1, next(held)))
        return self._table

    def wall(self, epoch_s: int) -> int:
        """Return what the wall clock shows at an instant."""
        table = self.table(epoch_s, epoch_s)
        return epoch_s + table.offset[bisect_right(table.begins, epoch_s) - 1]

    def walls(self, epoch_s: Seconds) -> Seconds:
        """Return what the wall clock shows at an array of instants."""
        table = self.table(*_range(epoch_s))
        return epoch_s + table.offset_array[np.searchsorted(table.begins_array, epoch_s, "right") - 1]

    def epoch(self, wall_s: int) -> int:
        """Return the instant at which the wall clock first shows a time, or first has passed it."""
        table = self.table(wall_s, wall_s)
        i = bisect_right(table.reach, wall_s)
        return max(table.begins[i], wall_s - table.offset[i])

    def epochs(self, wall_s: Seconds) -> Seconds:
        """Return the instants at which the wall clock first shows an array of times, as `epoch` does."""
        table = self.table(*_range(wall_s))
        i = np.searchsorted(table.reach_array, wall_s, "right")
        found: Seconds = np.maximum(table.begins_array[i], wall_s - table.offset_array[i])
        return found


def _range(values: Seconds) -> tuple[int, int]:
    return (int(values.min()), int(values.max())) if values.size else (0, 0)


def whole_seconds(values: object) -> Seconds:
    """Return whole numbers as int64; a TypeError if they are not whole numbers."""
    return np.asarray(values).astype(np.int64, casting="safe", copy=False)


zone_named = lru_cache(maxsize=64)(Zone)
"""The zone of a name, the same object for the same name."""
