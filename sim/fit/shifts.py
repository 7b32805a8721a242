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
DENSE_DAYS, DENSE_ACTS = 2, 3.0
"""People seen on fewer days, or with fewer acts on such a day, take the hours of their team."""
GRID_S = 20
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
        Break in minutes per shift, to the next quarter of an hour; work may run into it, so a long one.
    starts
        Minutes of the day at which work began.
    """

    spans: tuple[tuple[int, int, int], ...]
    weeks: float
    acts: int
    absent: float | None = None
    wage_per_h: float | None = None
    break_min: int = 0
    starts: tuple[int, ...] = ()


def presence_of(facts: Facts, people: list[str]) -> dict[str, Worked]:
    """Return what was seen of each person."""
    nothing = Worked((), facts.weeks, 0)
    seen = _from_shifts(facts) if facts.log.shifts.height else _from_acts(facts)
    return {person: seen.get(person, nothing) for person in people}


def _from_shifts(facts: Facts) -> dict[str, Worked]:
    text = pl.col("person", "presence").cast(pl.String)
    rows = facts.log.shifts.with_columns(text).sort("person", "start_s")
    zone = facts.log.timeline
    rows = rows.with_columns(
        day=pl.Series(zone.day(rows["start_s"].to_numpy())),
        begin=pl.Series(zone.walls(rows["start_s"].to_numpy()) % 86_400 // 60),
    ).with_columns(end=pl.col("begin") + (pl.col("end_s") - pl.col("start_s")) // 60)
    begun = facts.spells.filter(pl.col("started_s").is_not_null())
    minute = pl.Series("minute", zone.walls(begun["started_s"].to_numpy()) // 60 % 1440)
    starts = dict(begun.select("person").with_columns(minute).group_by("person").agg("minute").iter_rows())
    out = {}
    for (person,), group in rows.group_by("person", maintain_order=True):
        spans = tuple(
            (int((day - 1) % 7), int(b), int(e)) for day, b, e in group.select("day", "begin", "end").iter_rows()
        )
        missed = group["presence"].is_in(["approved", "unapproved"]).fill_null(False)
        absent = float(np.round(np.mean(missed.to_numpy()), 4))
        present = group.filter(~missed)
        out[str(person)] = Worked(
            spans, facts.log.until_s / 604_800, 0, absent, _wage(present), _break_min(present),
            tuple(starts.get(str(person), ())),
        )  # fmt: skip
    facts.assume("fit.recorded_shifts")
    return out


def _wage(shifts: pl.DataFrame) -> float | None:
    """Return the wage per paid hour, overtime taken as paid one and a half times."""
    known = shifts.filter(pl.col("cost_minor").is_not_null())
    paid_s = known["paid_s"].to_numpy() + 1.5 * known["overtime_s"].fill_null(0).to_numpy()
    if not paid_s.sum():
        return None
    return float(np.round(known["cost_minor"].to_numpy().sum() / 100 / (paid_s.sum() / 3600), 2))


def _break_min(shifts: pl.DataFrame) -> int:
    breaks = shifts["break_s"].drop_nulls().to_numpy()
    return -(-int(np.quantile(breaks, 0.9)) // 900) * 15 if len(breaks) else 0


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
            (int((day + 3) % 7), int(first) // SLOT_MIN * SLOT_MIN, _last_slot(int(last)))
            for day, first, last in group.select("day", "begin", "end").iter_rows()
        )
        out[str(person)] = Worked(rows, facts.weeks, int(group["acts"].sum()))
    return out


def _last_slot(minute: int) -> int:
    """Return the end of the half hour that holds a minute, at most 04:00 of the next day."""
    return min(-(-(minute + 1) // SLOT_MIN) * SLOT_MIN, 1440 + NEW_DAY_MIN)


def hours_of(
    facts: Facts, worked: dict[str, Worked], teams: dict[str, str]
) -> tuple[dict[str, Hours], dict[str, float]]:
    """Return the weekly hours of everybody, and the share of shift days that they miss.

    Notes
    -----
    Shifts on record are taken as they are. Where only acts are known, people who work often choose among the
    spans that were seen of them; days and spans are chosen, person after person and three times over, to
    bring the sum of all shifts nearest to the mean number of people who were there (least squares by half
    hour of the week). The others, and everybody where only holding is known, share the hours of their team.
    """
    if facts.log.shifts.height:
        missed = {person: w.absent for person, w in worked.items() if w.absent is not None}
        return _with_breaks({person: _recorded(w) for person, w in worked.items()}, worked, teams), missed
    out: dict[str, Hours] = {}
    share, missed = 1.0, {}
    if facts.works:
        facts.assume("fit.hours")
        share = _availability(facts)
        if share < 1:
            facts.assume("fit.pauses", share=share)
        dense = {p: w for p, w in worked.items() if len(w.spans) >= DENSE_DAYS and w.acts >= DENSE_ACTS * len(w.spans)}
        out = _covering(dense)
        missed = {person: _missed(w) for person, w in dense.items()}
    else:
        facts.assume("fit.team_hours")
    for team in sorted(set(teams.values())):
        rest = [p for p in worked if teams[p] == team and p not in out]
        spans = [s for p in sorted(worked) if teams[p] == team for s in worked[p].spans]
        out.update(dict.fromkeys(rest, _of_team(spans, 0.25 if facts.works else 0.05)))
    return _with_pauses(out, share), missed


def _per_week(worked: Worked) -> tuple[int, float]:
    """Return days of a shift and days worked in a week: whole days, and as many as were seen."""
    seen = min(len(worked.spans) / worked.weeks, 7.0)
    return int(np.clip(np.ceil(seen - 0.2), 1, 7)), seen


def _missed(worked: Worked) -> float:
    days, seen = _per_week(worked)
    return float(np.round(max(1 - seen / days, 0.0), 3))


def _availability(facts: Facts) -> float:
    """Return the share of people there who are available: those at work while any ticket waits.

    Sampled every 20 s; 1 if tickets hardly ever wait.
    """
    tickets, spells = facts.tickets, facts.spells.drop_nulls(["started_s", "end_s"])
    at_s = np.arange(0, facts.arrivals_s, GRID_S, dtype=np.int64)
    begun = tickets.with_columns(
        ends=pl.min_horizontal("first_started_s", "left_s").fill_null(facts.log.until_s)
    ).select("created_s", "ends")
    there = (
        spells.with_columns(
            day=pl.Series((facts.log.timeline.walls(spells["started_s"].to_numpy()) // 60 - NEW_DAY_MIN) // 1440)
        )
        .group_by("person", "day")
        .agg(pl.col("started_s").min(), pl.col("end_s").max())
    )
    waiting = _among(begun["created_s"], begun["ends"], at_s) > 0
    present = _among(there["started_s"], there["end_s"], at_s)[waiting]
    busy = _among(spells["started_s"], spells["end_s"], at_s)[waiting]
    if waiting.sum() < 100 or not present.sum():
        return 1.0
    return float(np.clip(np.round(busy.sum() / present.sum(), 2), 0.2, 1.0))


def _among(begin_s: pl.Series, end_s: pl.Series, at_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many stretches hold each instant."""
    begun = np.searchsorted(np.sort(begin_s.to_numpy()), at_s, side="right")
    return begun - np.searchsorted(np.sort(end_s.to_numpy()), at_s, side="right")


def _with_pauses(hours: dict[str, Hours], share: float) -> dict[str, Hours]:
    """Return the hours with a pause in every hour, each person's at another minute."""
    pause = round(60 * (1 - share))
    if not pause:
        return hours
    out = {}
    for number, (person, when) in enumerate(sorted(hours.items())):
        first = when.begin_min + number * 23 % (60 - pause)
        begins = [b for b in range(first, when.end_min, 60) if b > when.begin_min and b + pause < when.end_min]
        breaks = tuple(f"{clock(b % 1440)}-{clock((b + pause) % 1440)}" for b in begins)
        out[person] = when._replace(breaks=breaks)
    return out


def _recorded(worked: Worked) -> Hours:
    if not worked.spans:
        return Hours(540, 1080, (0, 1, 2, 3, 4))
    (begin, end), _ = max(Counter((b, e) for _, b, e in worked.spans).items(), key=lambda item: (item[1], item[0]))
    days = Counter(day for day, _, _ in worked.spans)
    kept = tuple(sorted(day for day, n in days.items() if n >= 0.25 * max(days.values())))
    return Hours(begin, min(end, begin + 1440), kept)


def _with_breaks(hours: dict[str, Hours], worked: dict[str, Worked], teams: dict[str, str]) -> dict[str, Hours]:
    """Return hours with their break where the people of a team and shift began the least work."""
    out = {}
    for when, team in sorted({(hours[person], teams[person]) for person in hours}):
        people = sorted(person for person in hours if (hours[person], teams[person]) == (when, team))
        length = int(np.median([worked[person].break_min for person in people]))
        starts = np.array([m for person in people for m in worked[person].starts], dtype=np.int64)
        begun = (starts - when.begin_min) % 1440
        last = when.end_min - when.begin_min - 60 - length
        found = when
        if length and last > 60:
            begins = range(60, last + 1, 15)
            best = min(begins, key=lambda b: (((begun >= b) & (begun < b + length)).sum(), b))
            first = when.begin_min + best
            found = when._replace(breaks=(f"{clock(first % 1440)}-{clock((first + length) % 1440)}",))
        out.update(dict.fromkeys(people, found))
    return out


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
                cover -= (1 - _missed(w)) * _cover(chosen[person])
            chosen[person] = _nearest(w, target - cover)
            cover += (1 - _missed(w)) * _cover(chosen[person])
    return chosen


def _nearest(worked: Worked, missing: Floats) -> Hours:
    """Return the hours and days, among those seen, that bring the missing cover nearest to nothing."""
    seen = Counter(day for day, _, _ in worked.spans)
    count, _ = _per_week(worked)
    options = Counter((b, e) for _, b, e in worked.spans if e - b >= 120) or Counter((b, e) for _, b, e in worked.spans)
    usual = np.array([[b, e] for _, b, e in worked.spans])
    middle = tuple(int(np.median(usual[:, n])) // SLOT_MIN * SLOT_MIN for n in (0, 1))
    candidates = {
        middle if middle[1] > middle[0] else (middle[0], middle[0] + 60),
        *(o for o, _ in options.most_common(12)),
    }
    best, best_gain = None, -np.inf
    for begin, end in sorted(candidates):
        if end > 1440 + begin:
            continue
        gains = {}
        for day in seen:
            slots = (1 - _missed(worked)) * _slots(day, begin, end)
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
