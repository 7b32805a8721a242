"""Due instants inside the compiled loop: the questions of `sim.sla` on arrays."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from sim.calendar.zones import DAY_S, EPOCH_DAY
from sim.desk.once import kept_for
from sim.fast.forms import CLOCK, PROMISE
from sim.fast.memory import change_at, clock_at, compiled, numbers, promise_at, records, run_at, ticket_at
from sim.layout import Layout
from sim.sla import Promise


def _reach(promise: Promise, first_s: int, until_s: int) -> int:
    """Make a calendar long enough for every question that a run can ask; return the latest instant of an answer."""
    promise.due(first_s)
    due_s = promise.due(until_s)
    return promise.clock.add(due_s, promise.clock.between(first_s, until_s))


def _places(parts: list[Any]) -> Any:
    made = records(len(parts), CLOCK)
    at = day = 0
    for number, (begins, _, _, days) in enumerate(parts):
        made[number] = at, at + len(begins), day, day + len(days)
        at, day = at + len(begins), day + len(days)
    return made


def _joined(parts: list[Any], place: int) -> Any:
    return np.concatenate([part[place] for part in parts]) if parts else np.zeros(0, np.int64)


def promises(layout: Layout) -> dict[str, Any]:
    """Return the arrays of a machine that hold resolution targets, their calendars and the zone's offsets.

    The calendars reach as far as any due instant of the run can lie: that of a ticket created at its end, moved by
    pauses as long as the run.
    """
    world = layout.world
    first_s = min(0, int(world.created_s[0])) if len(world) else 0
    if first_s < 0:
        return _promises(layout, first_s)
    what = "promises", len(layout.changes_s) > 0
    return kept_for(layout.desk, what, partial(_promises, layout, 0), whoever=True)


def _promises(layout: Layout, first_s: int) -> dict[str, Any]:
    world, clock = layout.world, layout.sla_clock
    found, first = (records((len(world.kinds), len(layout.standings)), PROMISE) for _ in range(2))
    found["clock"] = first["clock"] = -1
    calendars = [] if clock is None else list(clock.clocks.values())
    places = {id(calendar): place for place, calendar in enumerate(calendars)}
    latest_s = layout.until_s
    for number, kind in enumerate(world.kinds):
        for rank, priority in enumerate(layout.standings):
            if clock is None:
                continue
            for made, promise in ((found, clock.resolution(kind, priority)), (first, clock.response(kind, priority))):
                if promise is not None and (made is found or len(layout.changes_s)):
                    made[number, rank] = places[id(promise.clock)], promise.open_s, promise.days
                    latest_s = max(latest_s, _reach(promise, first_s, layout.until_s))
    begins, shown, reach = layout.desk.timeline().offsets(first_s, latest_s)
    parts = [calendar.periods() for calendar in calendars]
    return {
        "promises": found, "responses": first, "zone_begins": begins, "zone_shown": shown, "zone_reach": reach,
        "clocks": _places(parts),
        **{name: _joined(parts, place) for place, name in enumerate(("begins", "ends", "passed", "days"))},
    }  # fmt: skip


@compiled
def _open_s(m: Any, clock: int, at_s: int) -> Any:
    c = clock_at(m, clock)
    begins, ends = numbers(m.at_begins, c.first, c.last), numbers(m.at_ends, c.first, c.last)
    i = np.searchsorted(begins, at_s, side="right") - 1
    return numbers(m.at_passed, c.first, c.last)[i] + min(0, at_s - ends[i])


@compiled
def _next_open(m: Any, clock: int, at_s: int) -> Any:
    c = clock_at(m, clock)
    begins = numbers(m.at_begins, c.first, c.last)
    i = np.searchsorted(begins, at_s, side="right") - 1
    return at_s if at_s < numbers(m.at_ends, c.first, c.last)[i] else begins[i + 1]


@compiled
def _add(m: Any, clock: int, at_s: int, open_s: int) -> Any:
    c, target = clock_at(m, clock), _open_s(m, clock, at_s) + open_s
    passed = numbers(m.at_passed, c.first, c.last)
    i = np.searchsorted(passed, target, side="left")
    return numbers(m.at_ends, c.first, c.last)[i] - passed[i] + target


@compiled
def _add_working_days(m: Any, clock: int, at_s: int, days: int) -> Any:
    c = clock_at(m, clock)
    working = numbers(m.at_days, c.first_day, c.last_day)
    begins, shown = numbers(m.at_zone_begins, 0, m.n_zone_begins), numbers(m.at_zone_shown, 0, m.n_zone_shown)
    wall_s = at_s + shown[np.searchsorted(begins, at_s, side="right") - 1]
    today = wall_s // DAY_S + EPOCH_DAY
    wall_s += (working[np.searchsorted(working, today, side="right") + days - 1] - today) * DAY_S
    i = np.searchsorted(numbers(m.at_zone_reach, 0, m.n_zone_reach), wall_s, side="right")
    return _next_open(m, clock, max(begins[i], wall_s - shown[i]))


@compiled
def due_s(m: Any, clock: int, open_s: int, days: int, from_s: int) -> Any:
    """Return when open seconds, or else working days, have passed since an instant."""
    if open_s > 0:
        return _add(m, clock, from_s, open_s)
    return _add_working_days(m, clock, from_s, days)


@compiled
def standing(m: Any, ticket: int) -> Any:
    """Return the number of what a ticket is judged by: its priority, and the agreement that it came under."""
    rank = ticket_at(m, ticket).priority
    return rank + change_at(m, ticket).under * m.ranks if m.changing else rank


@compiled
def begin_run(m: Any, ticket: int, from_s: int) -> None:
    """Let the resolution clock of a ticket run from an instant, with the full target."""
    t = ticket_at(m, ticket)
    promise = promise_at(m, t.kind, standing(m, ticket))
    run = run_at(m, ticket)
    run.due_s = due_s(m, promise.clock, promise.open_s, promise.days, from_s)
    run.moved_s, run.moved_due_s = 0, run.due_s


@compiled
def pause(m: Any, ticket: int, begin_s: int, end_s: int) -> None:
    """Move the due instant of the present run by the open seconds of a pause that began before it."""
    t, run = ticket_at(m, ticket), run_at(m, ticket)
    if begin_s >= run.moved_due_s:
        return
    clock = promise_at(m, t.kind, standing(m, ticket)).clock
    paused_s = _open_s(m, clock, end_s) - _open_s(m, clock, begin_s)
    if paused_s > 0:
        run.moved_s += paused_s
        run.moved_due_s = _add(m, clock, run.due_s, run.moved_s)
