"""Hours of work: from shifts where the log has them, else from when people were seen to act."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.fit.facts import Facts

Floats = NDArray[np.float64]
SLOT_MIN = 30
SLOTS = 24 * 60 // SLOT_MIN * 7
DENSE_DAYS, DENSE_ACTS = 8, 3.0
"""People seen on fewer days, or with fewer acts on such a day, take the hours of their team."""
NEW_DAY_MIN = 4 * 60
"""The working day begins at 04:00: what is done after midnight belongs to the day before."""


class Hours(NamedTuple):
    """When a shift is: minutes from midnight (an end beyond 1440 is on the next day), weekdays, breaks."""

    begin_min: int
    end_min: int
    days: tuple[int, ...]
    breaks: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the hours as `09:00-18:00`."""
        end = self.end_min if self.end_min <= 1440 else self.end_min - 1440
        return f"{clock(self.begin_min)}-{clock(end)}"


def clock(minute: int) -> str:
    """Return a minute of the day as `HH:MM`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


@dataclass(frozen=True)
class Worked:
    """What was seen of one person.

    Attributes
    ----------
    spans
        (weekday, begin minute, end minute) of each day on which the person was there.
    weeks
        Weeks that were watched.
    acts
        Number of acts behind the spans; 0 where the spans are shifts on record.
    absent
        Share of shift days missed, None if unknown.
    wage_per_h
        Wage, None if unknown.
    break_min
        Mean break in minutes per shift.
    """

    spans: tuple[tuple[int, int, int], ...]
    weeks: float
    acts: int
    absent: float | None = None
    wage_per_h: float | None = None
    break_min: int = 0


def presence_of(facts: Facts, people: list[str]) -> dict[str, Worked]:
    """Return what was seen of each person."""
    nothing = Worked((), facts.weeks, 0)
    if facts.log.shifts.height:
        seen = _from_shifts(facts)
    else:
        seen = _from_acts(facts)
    return {person: seen.get(person, nothing) for person in people}


def _from_shifts(facts: Facts) -> dict[str, Worked]:
    text = pl.col("person", "presence").cast(pl.String)
    rows = facts.log.shifts.with_columns(text).sort("person", "start_s")
    zone = facts.log.timeline
    rows = rows.with_columns(
        day=pl.Series(zone.day(rows["start_s"].to_numpy())),
        begin=pl.Series(zone.walls(rows["start_s"].to_numpy()) % 86_400 // 60),
    ).with_columns(end=pl.col("begin") + (pl.col("end_s") - pl.col("start_s")) // 60)
    out = {}
    for (person,), group in rows.group_by("person", maintain_order=True):
        spans = tuple(
            (int((day - 1) % 7), int(b), int(e)) for day, b, e in group.select("day", "begin", "end").iter_rows()
        )
        missed = group["presence"].is_in(["approved", "unapproved"]).fill_null(False)
        present = group.filter(~missed)
        paid_h = float(present["paid_s"].sum()) / 3600
        over = present["overtime_s"].fill_null(0).sum() / 3600
        cost = present["cost_minor"].drop_nulls()
        wage = float(np.round(cost.sum() / 100 / (paid_h + 1.5 * over), 2)) if cost.len() and paid_h else None
        pause = present["break_s"].drop_nulls()
        out[str(person)] = Worked(
            spans, facts.log.until_s / 604_800, 0, float(np.round(missed.mean() or 0.0, 4)), wage,
            int(round(pause.mean() / 60)) if pause.len() else 0,  # type: ignore[operator,arg-type]
        )  # fmt: skip
    facts.assume("Shifts, absence and wages are those on record; a break lies in the middle of the shift.")
    return out


def _from_acts(facts: Facts) -> dict[str, Worked]:
    """Return spans from the first to the last act of each working day."""
    spells, log = facts.spells, facts.log
    wrote = log.moments.filter(pl.col("who").is_not_null()).select(person=pl.col("who").cast(pl.String), at_s="at_s")
    acts = pl.concat(
        [spells.select("person", at_s="started_s"), wrote]
        + ([spells.select("person", at_s="end_s")] if facts.works else [])
    ).drop_nulls()
    acts = acts.filter(pl.col("at_s") < facts.arrivals_s).sort("person", "at_s")
    wall = log.timeline.walls(acts["at_s"].to_numpy()) // 60 - NEW_DAY_MIN
    days = acts.with_columns(day=pl.Series(wall // 1440), minute=pl.Series(wall % 1440 + NEW_DAY_MIN))
    spans = days.group_by("person", "day", maintain_order=True).agg(
        begin=pl.col("minute").min(), end=pl.col("minute").max(), acts=pl.len()
    )
    out = {}
    for (person,), group in spans.group_by("person", maintain_order=True):
        rows = tuple(
            (int((day + 3) % 7), int(b) // SLOT_MIN * SLOT_MIN, min(-(-(int(e) + 1) // SLOT_MIN) * SLOT_MIN, 1440 + NEW_DAY_MIN))
            for day, b, e in group.select("day", "begin", "end").iter_rows()
        )  # fmt: skip
        out[str(person)] = Worked(rows, facts.weeks, int(group["acts"].sum()))
    return out


def hours_of(facts: Facts, worked: dict[str, Worked], teams: dict[str, str]) -> dict[str, Hours]:
    """Return the weekly hours of everybody.

    Notes
    -----
    Shifts on record are taken as they are. Where only acts are known, people who work often choose among the
    spans that were seen of them; days and spans are chosen, person after person and three times over, to bring
    the sum of all shifts nearest to the mean number of people who were there (least squares by half hour of the
    week). The others, and everybody where only holding is known, share the hours of their team.
    """
    if facts.log.shifts.height:
        return {person: _recorded(w) for person, w in worked.items()}
    out: dict[str, Hours] = {}
    if facts.works:
        facts.assume(
            "Hours of work are read from acts: from the first to the last act of a day, in half hours; people who "
            "act rarely share the hours of their team. Absence is not told apart from days off."
        )
        dense = {p: w for p, w in worked.items() if len(w.spans) >= DENSE_DAYS and w.acts >= DENSE_ACTS * len(w.spans)}
        out = _covering(dense)
    else:
        facts.assume(
            "Everybody of a team is there in the hours in which the team acts (19 of 20 acts, on days that are not "
            "rare): single people act too seldom for shifts of their own."
        )
    for team in sorted(set(teams.values())):
        rest = [p for p in worked if teams[p] == team and p not in out]
        spans = [s for p in sorted(worked) if teams[p] == team for s in worked[p].spans]
        out.update(dict.fromkeys(rest, _of_team(spans, 0.25 if facts.works else 0.05)))
    return out


def _recorded(worked: Worked) -> Hours:
    if not worked.spans:
        return Hours(540, 1080, (0, 1, 2, 3, 4))
    (begin, end), _ = max(Counter((b, e) for _, b, e in worked.spans).items(), key=lambda item: (item[1], item[0]))
    days = Counter(day for day, _, _ in worked.spans)
    kept = tuple(sorted(day for day, n in days.items() if n >= 0.25 * max(days.values())))
    breaks: tuple[str, ...] = ()
    if 0 < worked.break_min < end - begin:
        first = (begin + (end - begin - worked.break_min) // 2) // 5 * 5
        breaks = (f"{clock(first % 1440)}-{clock((first + worked.break_min) % 1440)}",)
    return Hours(begin, min(end, begin + 1440), kept, breaks)


def _of_team(spans: list[tuple[int, int, int]], tail: float) -> Hours:
    """Return the hours of a team, without the tails of begins and ends, on days that are not rare."""
    if not spans:
        return Hours(540, 1080, (0, 1, 2, 3, 4))
    begin = int(np.quantile([b for _, b, _ in spans], tail)) // SLOT_MIN * SLOT_MIN
    end = -(-int(np.quantile([e for _, _, e in spans], 1 - tail)) // SLOT_MIN) * SLOT_MIN
    days = Counter(day for day, _, _ in spans)
    kept = tuple(sorted(day for day, n in days.items() if n >= 0.15 * max(days.values())))
    return Hours(begin % 1440, max(end, begin + 60), kept)


def _covering(dense: dict[str, Worked]) -> dict[str, Hours]:
    target = np.zeros(SLOTS)
    for w in dense.values():
        for day, begin, end in w.spans:
            target += _slots(day, begin, end) / w.weeks
    chosen: dict[str, Hours] = {}
    cover = np.zeros(SLOTS)
    for _ in range(3):
        for person, w in sorted(dense.items()):
            if person in chosen:
                cover -= _cover(chosen[person])
            chosen[person] = _nearest(w, target - cover)
            cover += _cover(chosen[person])
    return chosen


def _nearest(worked: Worked, missing: Floats) -> Hours:
    """Return the hours and days, among those seen, that bring the missing cover nearest to nothing."""
    seen = Counter(day for day, _, _ in worked.spans)
    per_week = len(worked.spans) / worked.weeks
    count = int(np.clip(round(per_week), 1, 7))
    options = Counter((b, e) for _, b, e in worked.spans if e - b >= 120) or Counter((b, e) for _, b, e in worked.spans)
    usual = np.array([[b, e] for _, b, e in worked.spans])
    middle = tuple(int(np.median(usual[:, n])) // SLOT_MIN * SLOT_MIN for n in (0, 1))
    candidates = {middle if middle[1] > middle[0] else (middle[0], middle[0] + 60), *(o for o, _ in options.most_common(12))}
    best, best_gain = None, -np.inf
    for begin, end in sorted(candidates):
        if end > 1440 + begin:
            continue
        gains = {}
        for day in seen:
            slots = _slots(day, begin, end)
            gains[day] = float((missing**2).sum() - ((missing - slots) ** 2).sum())
        days = sorted(gains, key=lambda d: (-gains[d], d))[:count]
        gain = sum(gains[day] for day in days)
        if gain > best_gain:
            best, best_gain = Hours(begin % 1440, begin % 1440 + end - begin, tuple(sorted(days))), gain
    assert best is not None
    return best


def _cover(hours: Hours) -> Floats:
    return np.asarray(sum((_slots(day, hours.begin_min, hours.end_min) for day in hours.days), np.zeros(SLOTS)))


def _slots(day: int, begin_min: int, end_min: int) -> Floats:
    """Return the half hours of the week in which somebody is there."""
    out = np.zeros(SLOTS)
    first = (day * 1440 + begin_min) // SLOT_MIN
    last = (day * 1440 + end_min) // SLOT_MIN
    out[np.arange(first, last) % SLOTS] = 1
    return out
