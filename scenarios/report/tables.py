"""The tables of a closer look: one ticket, one person's day, the week by hour, queue against capacity."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from scenarios.labels import number
from scenarios.looks import Looks
from scenarios.plots.course import Course, Due
from scenarios.plots.hours import Line, Week
from scenarios.plots.lanes import minutes, word
from scenarios.plots.maps import cell, row_names
from scenarios.plots.standing import DAY_H, Heat
from scenarios.plots.walls import moment
from scenarios.plots.working_day import PARTS, Day
from scenarios.texts import text
from sim.calendar import Timeline

WORST = 10
"""Cells of a map that are told in words."""

_WARNED = ("response", "resolution")
"""What a warning is about, by its value."""

_GONE = ("resolved", "left", "blocked", "merged", "closed")


class Table(NamedTuple):
    """Heads, lines of cells, and which columns hold numbers."""

    heads: list[str]
    lines: list[list[str]]
    right: tuple[int, ...] = ()


class Titled(NamedTuple):
    """A table with its title, and a sentence under it."""

    title: str
    said: str
    table: Table | None


def tables_of(looks: Looks, lang: str) -> Iterator[Titled]:
    """Yield what is shown as tables, in the order of the page."""
    timeline = looks.log.timeline
    if (ticket := looks.ticket) is not None:
        name = text(lang, "show.ticket_head", name=ticket.name)
        yield Titled(
            name, about_ticket(ticket, timeline, lang), moments_table(ticket, timeline, looks.log.priorities, lang)
        )
        touches = touches_table(ticket, timeline, lang)
        none = "" if touches.lines else text(lang, "show.no_touches")
        yield Titled(text(lang, "show.touches_head"), none, touches)
        yield Titled(text(lang, "show.waits_head"), about_waits(ticket, lang), waits_table(ticket, timeline, lang))
        promises = promises_table(ticket, timeline, lang)
        none = "" if promises.lines else text(lang, "show.no_promises")
        yield Titled(text(lang, "show.promises"), none, promises)
    if looks.day is not None:
        yield from _of_day(looks, looks.day, lang)
    if looks.week is not None:
        yield Titled(text(lang, "show.by_day_head"), about_week(looks.week, lang), weekdays_table(looks.week, lang))
    if looks.queue is not None:
        said = "" if looks.queue.days.on_duty is None else text(lang, "show.worst_staffed")
        yield Titled(text(lang, "show.worst_head"), said, worst_table(looks.queue.days, lang))


def _of_day(looks: Looks, day: Day, lang: str) -> Iterator[Titled]:
    names = {"person": day.person, "day": day.day.isoformat()}
    title = text(lang, "show.day_head", **names)
    if day.empty():
        yield Titled(title, nothing_done(day, lang, looks.near), None)
        return
    notes = [text(lang, f"show.{key}", **names) for key in day_notes(day)]
    yield Titled(title, " ".join([about_day(day, lang), *notes]), worked_table(day, looks.log.timeline, lang))
    if day.sums["rostered"] is not None:
        yield Titled(text(lang, "show.balance_head"), "", balance_table(day, lang))


def nothing_done(day: Day, lang: str, near: date | None) -> str:
    """Return that a day is empty, and which day near it is not."""
    said = [text(lang, "show.day_nothing", person=day.person, day=day.day.isoformat())]
    said += [] if near is None else [text(lang, "show.day_near", day=near.isoformat())]
    return " ".join(said)


def about_ticket(found: Course, timeline: Timeline, lang: str) -> str:
    """Return a ticket in one sentence: what it is, and what became of it."""
    row = found.ticket
    gone = next((word for word in _GONE if row[f"{word}_s"] is not None), None)
    at_s = found.until_s if gone is None else row[f"{gone}_s"]
    after = minutes(lang, at_s - row["created_s"])
    state = text(lang, f"show.state_{gone or 'open'}", **_for_state(gone, moment(timeline, at_s), after))
    return text(
        lang, "show.ticket_about", kind=row["kind"], priority=row["priority"], state=state,
        channel=row["channel"] or text(lang, "show.channel_unknown"), created=moment(timeline, row["created_s"]),
    )  # fmt: skip


def _for_state(gone: str | None, at: str, after: str) -> dict[str, str]:
    return {"at": at, "after": after} if gone == "resolved" else {"at": at}


def promises_table(found: Course, timeline: Timeline, lang: str) -> Table:
    """Return what a ticket was promised."""
    heads = [text(lang, f"show.{key}") for key in ("promise", "since", "due", "done", "verdict")]
    lines = [
        [
            text(lang, f"show.{due.what}"), moment(timeline, due.since_s), moment(timeline, due.due_s),
            "-" if due.done_s is None else moment(timeline, due.done_s), verdict(due, lang),
        ]
        for due in found.dues
    ]  # fmt: skip
    return Table(heads, lines)


def verdict(due: Due, lang: str) -> str:
    """Return whether a promise was kept, or by how much it was missed."""
    if due.met is None:
        return text(lang, "show.not_yet")
    if due.met:
        return text(lang, "show.met")
    if due.done_s is None:
        return text(lang, "show.open_late")
    return text(lang, "show.missed", time=minutes(lang, due.done_s - due.due_s))


def touches_table(found: Course, timeline: Timeline, lang: str) -> Table:
    """Return a ticket's touches; waits that no work ended are none."""
    keys = ("person", "seat", "skill", "waited", "started", "ended", "work_time", "how")
    lines = []
    for each in found.touches:
        if each["person"] is None:
            continue
        started, queued = each["started_s"], each["queued_s"]
        lines.append([
            each["person"], each["seat"] or each["team"] or "-", each["skill"] or "-",
            minutes(lang, None if started is None or queued is None else started - queued),
            text(lang, "show.never_started") if started is None else moment(timeline, started, True),
            "-" if each["ended_s"] is None else moment(timeline, each["ended_s"], True),
            minutes(lang, each["work_s"]), _how(each, lang),
        ])  # fmt: skip
    return Table([text(lang, f"show.{key}") for key in keys], lines, right=(3, 4, 5, 6))


def _how(touch: dict[str, Any], lang: str) -> str:
    """Return how a touch ended, and its reason, if it has one."""
    reason = [] if touch["reason"] is None else [word(lang, "reasons", touch["reason"])]
    return ", ".join([word(lang, "ended", touch["ended"] or "runs"), *reason])


def waits_table(found: Course, timeline: Timeline, lang: str) -> Table:
    """Return what a ticket waited for."""
    heads = [text(lang, f"show.{key}") for key in ("wait_for", "who", "began", "until", "lasted")]
    lines = [
        [
            word(lang, "waits", each.cause), each.who or "-", moment(timeline, each.begin_s, True),
            moment(timeline, each.end_s, True), minutes(lang, each.end_s - each.begin_s),
        ]
        for each in found.waits
    ]  # fmt: skip
    return Table(heads, lines)


def _covered_s(stretches: Iterable[tuple[int, int]]) -> int:
    """Return the seconds that lie in at least one stretch: the waits of branches overlap."""
    total, reached = 0, None
    for begin, end in sorted(stretches):
        since = begin if reached is None else max(begin, reached)
        total += max(end - since, 0)
        reached = end if reached is None else max(end, reached)
    return total


def about_waits(found: Course, lang: str) -> str:
    """Return how long a ticket was worked on and how long it waited; a resolved ticket does not wait."""
    timed = [each["work_s"] for each in found.touches if each["work_s"] is not None and each["person"] is not None]
    waited = _covered_s((each.begin_s, each.end_s) for each in found.waits if each.cause != "resolved")
    if not timed:
        return text(lang, "show.waited_only", waits=minutes(lang, waited))
    return text(lang, "show.waited_in_all", work=minutes(lang, sum(timed)), waits=minutes(lang, waited))


def moments_table(found: Course, timeline: Timeline, priorities: Sequence[str], lang: str) -> Table:
    """Return a ticket's moments, numbered as in the picture."""
    heads = [text(lang, f"show.{key}") for key in ("number", "at", "what", "who", "about")]
    lines = [
        [
            str(place), moment(timeline, each["at_s"], True), word(lang, "what", each["what"]), each["who"] or "-",
            _about(each, priorities, lang),
        ]
        for place, each in enumerate(found.moments, start=1)
    ]  # fmt: skip
    return Table(heads, lines, (0,))


def _about(each: dict[str, Any], priorities: Sequence[str], lang: str) -> str:
    """Return what a moment says besides: its reason and its value, a priority by name."""
    value = each["value"]
    if value is not None and each["what"] == "priority":
        value = priorities[value]
    if each["what"] == "warned" and value in range(len(_WARNED)):
        value = text(lang, f"show.{_WARNED[value]}")
    parts = [] if each["reason"] is None else [word(lang, "reasons", each["reason"])]
    return ", ".join([*parts, *([] if value is None else [str(value)])]) or "-"


def day_notes(found: Day) -> list[str]:
    """Return the keys of what must be said about a day: what its log does not know."""
    notes = ["day_no_shifts" if found.no_shifts else "day_off"] if not found.shifts else []
    timed = [each.work_s is not None for each in found.worked]
    return notes + (["day_untimed"] if timed and not any(timed) else [])


def about_day(found: Day, lang: str) -> str:
    """Return a day in one sentence."""
    used = found.utilisation()
    if found.no_shifts:
        return text(lang, "show.day_about_plain", count=len(found.worked))
    return text(
        lang, "show.day_about", count=len(found.worked), utilisation="-" if used is None else f"{100 * used:.0f} %",
        **{name: minutes(lang, found.sums[name]) for name in ("rostered", "busy", "overtime")},
    )  # fmt: skip


def balance_table(found: Day, lang: str) -> Table:
    """Return what the rostered time was used for."""
    whole = found.sums["rostered"] or 0
    lines = []
    for name in (*PARTS, "rostered", "overtime"):
        seconds = found.sums[name]
        share = "-" if seconds is None or not whole else f"{100 * seconds / whole:.1f} %"
        lines.append([text(lang, f"show.{name}"), minutes(lang, seconds), share])
    return Table([text(lang, f"show.{key}") for key in ("part", "lasted", "share")], lines, (1, 2))


def worked_table(found: Day, timeline: Timeline, lang: str) -> Table:
    """Return the touches of a day."""
    keys = ("ticket", "kind", "priority", "started", "ended", "work_time", "how")
    lines = [
        [
            each.ticket, each.kind, each.priority, moment(timeline, each.begin_s, True),
            "-" if each.ended is None else moment(timeline, each.end_s, True), minutes(lang, each.work_s),
            word(lang, "ended", each.ended or "runs"),
        ]
        for each in found.worked
    ]  # fmt: skip
    return Table([text(lang, f"show.{key}") for key in keys], lines, right=(3, 4, 5))


def about_week(found: Week, lang: str) -> str:
    """Return how many weeks a log covers, and how many tickets are in no wait."""
    said = [text(lang, "show.week_about", weeks=found.weeks)]
    said += [text(lang, "show.week_unserved", unserved=f"{found.unserved:,}")] if found.unserved else []
    return " ".join(said)


def weekdays_table(found: Week, lang: str) -> Table:
    """Return the same by weekday: sums over a day's hours, and waits weighed by tickets."""
    keys = ("weekday", "tickets_a_day", "work_a_day", "people_a_day", "mean_wait", "timed")
    lines = []
    for day, name in enumerate(text(lang, "plot.weekdays").split()):
        hours = slice(DAY_H * day, DAY_H * (day + 1))
        n = found.waits.n[hours]
        waited = float(np.nansum(found.waits.mean[hours] * n)) / n.sum() if n.sum() else None
        sums = [_day_sum(line, hours) for line in (found.arrivals, found.offered, found.staffed)]
        lines.append([name, *(number(each, "h") for each in sums), number(waited, "min"), f"{n.sum():,}"])
    return Table([text(lang, f"show.{key}") for key in keys], lines, (1, 2, 3, 4, 5))


def _day_sum(line: Line | None, hours: slice) -> float | None:
    if line is None or not np.isfinite(line.mean[hours]).any():
        return None
    return float(np.nansum(line.mean[hours]))


def worst_table(found: Heat, lang: str) -> Table:
    """Return the cells in which most tickets wait beyond the people who are free."""
    capacity = [each for each in (found.free, found.on_duty) if each is not None]
    keys = ["weekday", "hour", "waiting", *(("free", "on_duty", "gap") if capacity else ()), "hours_seen"]
    gap, names = found.gap(), row_names(found, lang)
    staffed = np.isfinite(gap) if found.on_duty is None else found.on_duty > 0
    flat = np.where(staffed, gap, -np.inf).ravel()
    lines = []
    for place in np.argsort(-flat, kind="stable")[:WORST]:
        row, hour = divmod(int(place), DAY_H)
        if not staffed[row, hour]:
            continue
        lines.append([
            names[row], f"{hour}:00", number(float(found.waiting[row, hour]), "count"),
            *(number(float(each[row, hour]), "count") for each in capacity),
            *([cell(float(gap[row, hour]), True)] if capacity else []), str(found.n[row, hour]),
        ])  # fmt: skip
    return Table([text(lang, f"show.{key}") for key in keys], lines, tuple(range(2, len(keys))))
