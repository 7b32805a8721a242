"""A person's day, as numbers: the shift and what it was used for, every touch, and what several at once look like."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from scenarios.plots.course import name_of
from scenarios.plots.walls import Stretch, bounds_of, less, union
from sim.crew import Crew
from sim.log import Log

PARTS = ("busy", "idle", "break", "meeting", "late", "absent")
"""What rostered time is made of, in the order of the picture; overtime stands apart."""

_MARGIN_S = 900


class Off(NamedTuple):
    """Why somebody on a shift was not at work: `break`, `meeting`, `late` or `absent`, and when."""

    what: str
    begin_s: int
    end_s: int


class Worked(NamedTuple):
    """A touch as the picture shows it.

    Attributes
    ----------
    ticket, kind, priority
        Name of the ticket, and what it is.
    begin_s, end_s
        When it began; when it ended, or the log.
    stretches
        When it was worked on: all the time, unless it was interrupted; then while its person was on duty.
    lane
        0, or how many lanes further down as others run at the same time.
    work_s
        Seconds of work; None if the log does not know.
    ended
        How it ended; None while it runs.
    """

    ticket: str
    kind: str
    priority: str
    begin_s: int
    end_s: int
    stretches: list[Stretch]
    lane: int
    work_s: int | None
    ended: str | None


class Day(NamedTuple):
    """A day of a person.

    Attributes
    ----------
    person, day
        Who and when.
    no_shifts
        Whether the log knows no shifts of anybody.
    shifts
        Rows of the shifts that begin on this day.
    offs
        What took the person off work; None if the log tells only how much.
    worked
        Touches, by their begin.
    moments
        Instant, name of the ticket and what the person did, of every moment of the day.
    idle, overtime
        Stretches of the shifts without any touch; work beyond their end.
    sums
        Seconds by part of the rostered time, `rostered` and `overtime`; None where the log does not know.
    begin_s, end_s
        What the picture covers.
    """

    person: str
    day: date
    no_shifts: bool
    shifts: list[dict[str, Any]]
    offs: list[Off] | None
    worked: list[Worked]
    moments: list[tuple[int, str, str]]
    idle: list[Stretch]
    overtime: list[Stretch]
    sums: dict[str, int | None]
    begin_s: int
    end_s: int

    def empty(self) -> bool:
        """Say whether the log tells of nothing on this day."""
        return not (self.shifts or self.worked or self.moments)

    def utilisation(self) -> float | None:
        """Return busy time over rostered time less breaks, meetings and absence, as the KPI; None if it is unknown."""
        busy, idle, late = (self.sums[part] for part in ("busy", "idle", "late"))
        if busy is None or idle is None or late is None or busy + idle + late <= 0:
            return None
        return busy / (busy + idle + late)


def working_day(log: Log, person: str, day: date, crew: Crew | None = None) -> Day:
    """Return the day of a person.

    Parameters
    ----------
    log
        The log.
    person
        Name of one of its people.
    day
        A local day: shifts that begin on it count, whenever they end.
    crew
        The crew of the world that the log is of, as it knows when breaks and meetings are.
    """
    from_s, to_s = bounds_of(log.timeline, day)
    own = log.shifts.filter(pl.col("person") == person)
    shifts = own.filter(pl.col("start_s").is_between(from_s, to_s, closed="left")).to_dicts()
    ends_s = max([to_s, *(each["end_s"] for each in shifts)])
    offs = None if crew is None else _offs(crew, person, shifts)
    duty = less(_on_shift(shifts), [(each.begin_s, each.end_s) for each in offs or ()])
    worked = _worked(log, person, from_s, ends_s + _after(shifts, own, to_s), duty)
    moments = _moments(log, person, from_s, ends_s)
    sums = _sums(shifts)
    busy = [stretch for each in worked for stretch in each.stretches]
    begin_s, end_s = _covered(shifts, worked, moments, from_s, to_s)
    overtime = _overtime(shifts, busy, sums["overtime"])
    return Day(
        person, day, log.shifts.is_empty(), shifts, offs, worked, moments, less(duty, busy), overtime, sums, begin_s,
        end_s,
    )  # fmt: skip


def _offs(crew: Crew, person: str, shifts: list[dict[str, Any]]) -> list[Off]:
    """Return what takes a person off work in some shifts: breaks, meetings, lateness and absence."""
    starts, found = {each["start_s"]: each["end_s"] for each in shifts}, []
    number = crew.names.index(person)
    for place in np.flatnonzero(crew.duty_person == number).tolist():
        duty_s = int(crew.duty_start_s[place])
        if duty_s not in starts:
            continue
        end_s = min(int(crew.duty_end_s[place]), starts[duty_s])
        if crew.duty_absent[place]:
            found.append(Off("absent", duty_s, end_s))
            continue
        rows = crew.span_duty == place
        spans = list(zip(crew.span_begin_s[rows].tolist(), crew.span_end_s[rows].tolist(), strict=True))
        breaks = less([(duty_s, end_s)], spans)
        arrives_s = duty_s + int(crew.duty_late_s[place])
        late = less([(duty_s, arrives_s)], breaks)
        held = crew.meet_duty == place
        meetings = list(zip(crew.meet_begin_s[held].tolist(), crew.meet_end_s[held].tolist(), strict=True))
        for what, stretches in (("break", breaks), ("late", late), ("meeting", less(meetings, late))):
            found += [Off(what, begin, min(end, end_s)) for begin, end in stretches if begin < end_s]
    return sorted(found, key=lambda off: off.begin_s)


def _on_shift(shifts: Sequence[dict[str, Any]]) -> list[Stretch]:
    """Return the stretches of shifts to which the person came; lateness lies at the begin of a shift."""
    came = [each for each in shifts if each["presence"] in (None, "present")]
    return [(each["start_s"] + (each["late_s"] or 0), each["end_s"]) for each in came]


def _after(shifts: list[dict[str, Any]], own: pl.DataFrame, to_s: int) -> int:
    """Return how long after the day's last shift a touch may still begin as its overtime."""
    if not shifts:
        return 0
    ends_s = max(each["end_s"] for each in shifts)
    later = own.filter(pl.col("start_s") >= to_s)["start_s"].min()
    most = max(0, max(each["overtime_s"] or 0 for each in shifts) - max(0, to_s - ends_s))
    return most if later is None else min(most, int(str(later)) - ends_s) if int(str(later)) > ends_s else 0


def _worked(log: Log, person: str, from_s: int, to_s: int, duty: list[Stretch]) -> list[Worked]:
    """Return the touches of a person that lie in a stretch of time, each on the first lane that is free."""
    names = log.cases.select("ticket", "label", "kind", case_priority="priority")
    ends = pl.col("ended_s").fill_null(log.until_s)
    rows = (
        log.touches.filter((pl.col("person") == person) & (pl.col("started_s") < to_s) & (ends >= from_s))
        .with_columns(last_s=ends).join(names, on="ticket", how="left").sort("started_s", "last_s", "ticket")
    )  # fmt: skip
    lanes: list[int] = []
    found = []
    for row in rows.iter_rows(named=True):
        begin, end = row["started_s"], row["last_s"]
        lane = next((number for number, free_s in enumerate(lanes) if free_s <= begin), len(lanes))
        lanes[lane : lane + 1] = [max(end, begin + 1)]
        whole = [(begin, end)]
        interrupted = bool(duty) and row["work_s"] is not None and row["work_s"] < end - begin
        stretches = _within(whole, duty) if interrupted else whole
        about = name_of(row), row["kind"], row["case_priority"]
        found.append(Worked(*about, begin, end, stretches, lane, row["work_s"], row["ended"]))
    return found


def _within(some: list[Stretch], others: list[Stretch]) -> list[Stretch]:
    return [
        (max(a, c), min(b, d)) for a, b in some for c, d in others if max(a, c) < min(b, d)
    ]  # fmt: skip


def _moments(log: Log, person: str, from_s: int, to_s: int) -> list[tuple[int, str, str]]:
    rows = (
        log.moments.filter((pl.col("who") == person) & pl.col("at_s").is_between(from_s, to_s, closed="left"))
        .join(log.cases.select("ticket", "label"), on="ticket", how="left").sort("at_s", "ticket", "number")
    )  # fmt: skip
    return [(row["at_s"], name_of(row), row["what"]) for row in rows.iter_rows(named=True)]


def _sums(shifts: list[dict[str, Any]]) -> dict[str, int | None]:
    """Return seconds by part of the rostered time: idle is what the others leave."""
    rostered = sum(each["end_s"] - each["start_s"] for each in shifts) if shifts else None
    sums: dict[str, int | None] = {
        name: sum(each[f"{name}_s"] for each in shifts)
        if shifts and all(each[f"{name}_s"] is not None for each in shifts) else None
        for name in ("busy", "break", "meeting", "late", "absent", "overtime")
    }  # fmt: skip
    parts = [sums[name] for name in ("busy", "break", "meeting", "late", "absent")]
    known = [part for part in parts if part is not None]
    idle = rostered - sum(known) if rostered is not None and len(known) == len(parts) else None
    return {name: idle if name == "idle" else sums[name] for name in PARTS} | {
        "rostered": rostered, "overtime": sums["overtime"],
    }  # fmt: skip


def _overtime(shifts: list[dict[str, Any]], busy: list[Stretch], most_s: int | None) -> list[Stretch]:
    """Return work beyond the end of the day's shifts, as much as the log calls overtime."""
    left, found = most_s or 0, []
    came = [each for each in shifts if each["presence"] in (None, "present")]
    if not came or not left or not busy:
        return []
    ends_s = max(each["end_s"] for each in came)
    begins, ends = union(*(np.array(side, np.int64) for side in zip(*busy, strict=True)))
    for begin, end in less(
        [(int(a), int(b)) for a, b in zip(begins, ends, strict=True) if b > ends_s],
        [(each["start_s"], each["end_s"]) for each in shifts],
    ):
        if begin >= ends_s and left > 0:
            found.append((begin, min(end, begin + left)))
            left -= found[-1][1] - begin
    return found


def _covered(
    shifts: list[dict[str, Any]], worked: list[Worked], moments: list[tuple[int, str, str]], from_s: int, to_s: int
) -> Stretch:
    """Return what the picture covers: the shifts and the work that belongs to them, or else what the person did."""
    if shifts:
        begin_s, end_s = min(each["start_s"] for each in shifts), max(each["end_s"] for each in shifts)
        inside = [stretch for each in worked for stretch in each.stretches if stretch[1] - stretch[0] < to_s - from_s]
        begins = [begin for begin, _ in inside if begin >= from_s]
        ends = [end for _, end in inside]
        begin_s, end_s = min([begin_s, *begins]), max([end_s, *ends])
    else:
        seen = [each.begin_s for each in worked] + [each.end_s for each in worked] + [at_s for at_s, *_ in moments]
        seen = [at_s for at_s in seen if from_s <= at_s < to_s]
        if not seen:
            return from_s, to_s
        begin_s, end_s = min(seen), max(seen)
    return begin_s - _MARGIN_S, end_s + _MARGIN_S
