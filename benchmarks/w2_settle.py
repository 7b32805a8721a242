"""W2 written down a second time, plainly: whole seconds and the settle rule, in Python's own lists.

It shares nothing with the engines: no rule, no queue, no calendar of events. What it gives is the second in which each
ticket begins, and who takes it; an engine that is right gives the same for every ticket.
"""

import heapq
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim import Log

Ints = NDArray[np.int64]
FINISH, LEAVE = 0, 1


def settled(world: Mapping[str, Sequence[int]], until: int, groups: int = 6, heads: int = 15) -> tuple[Ints, Ints]:
    """Return when each ticket is begun, and by whom; -1 for never.

    Parameters
    ----------
    world
        Columns `arrival`, `service`, `patience` in seconds, `typ`, `prio`, by ticket in the order of arrival.
    until
        The run ends before this second.
    groups, heads
        People are numbered group by group; group g serves kind g first, and kind g + 1 second.
    """
    arrival, service, patience, typ, prio = (list(world[c]) for c in ("arrival", "service", "patience", "typ", "prio"))
    n, came = len(arrival), 0
    start, person = [-1] * n, [-1] * n
    # A person's idle second is compared, then their number. All came on duty in second 0.
    idle = [[(0, g * heads + h) for h in range(heads)] for g in range(groups)]
    waiting: set[int] = set()
    events: list[tuple[int, int, int]] = []
    while came < n or events:
        now = min(arrival[came] if came < n else until, events[0][0] if events else until)
        if now >= until:
            break
        while events and events[0][0] == now:
            _, what, ticket = heapq.heappop(events)
            if what == FINISH:
                heapq.heappush(idle[person[ticket] // heads], (now, person[ticket]))
            else:
                waiting.discard(ticket)
        while came < n and arrival[came] == now:
            waiting.add(came)
            heapq.heappush(events, (now + patience[came], LEAVE, came))
            came += 1
        for ticket in sorted(waiting, key=lambda j: (prio[j], arrival[j], j)):
            main, second = idle[typ[ticket]], idle[(typ[ticket] - 1) % groups]
            if main or second:
                start[ticket], person[ticket] = now, heapq.heappop(main or second)[1]
                waiting.discard(ticket)
                heapq.heappush(events, (now + service[ticket], FINISH, ticket))
    return np.array(start, np.int64), np.array(person, np.int64)


def told(log: Log, tickets: int) -> tuple[Ints, Ints]:
    """Return what a log says of the same: when each ticket was first begun, and the number of the person."""
    rows = log.touches.drop_nulls("started_s")
    first = min(map(_number, log.people["person"].cast(pl.String).to_list()))
    start, person = np.full(tickets, -1, np.int64), np.full(tickets, -1, np.int64)
    start[rows["ticket"].to_numpy()] = rows["started_s"].to_numpy()
    person[rows["ticket"].to_numpy()] = [_number(name) - first for name in rows["person"].cast(pl.String).to_list()]
    return start, person


def _number(name: str) -> int:
    """Return the number of an unnamed person, `agent#12`; they are numbered in the order of their seats."""
    return int(name.rpartition("#")[2])


def checksum(column: Ints) -> str:
    """Return the CRC-32 of a column as eight hexadecimal digits."""
    return f"{zlib.crc32(np.ascontiguousarray(column, np.int64).tobytes()):08x}"
