"""What a score is made of: whole-number facts by person, day and item, which add up over logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

import numpy as np
import polars as pl

from sim.kpi.credit import SHARED, credit
from sim.kpi.features import features
from sim.kpi.measure import Window, count
from sim.kpi.mechanism import Kpi
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import TIMES, Item
from sim.kpi.rubric.points import RubricError
from sim.kpi.statistics import PPM
from sim.log import Log

NO_SHIFTS = "the log holds no shifts, so nobody's rostered hours are known"
NO_SPLIT = "a time of one ticket cannot be split between people; choose an attribution that credits one"
ALL_LEFT = "the log says of no ticket what this item needs"

TICKETS, FIRST = -1, 0
"""Parts of an item: the tickets behind it; its times, or what is above the line of its first KPI, then what is below,
then the same of the next KPI."""

CONVERTED = {("1", "%"): (100, 1), ("ratio", "%"): (100, 1), ("min", "h"): (1, 60), ("h", "min"): (60, 1)}
"""From the unit of a KPI to that of an item: times and over."""

_FACTS = {
    "person": pl.String, "day": pl.Int64, "item": pl.String, "part": pl.Int16, "value": pl.Int64, "n": pl.Int64,
}  # fmt: skip
_DUTY = {"person": pl.String, "role": pl.String, "day": pl.Int64, "rostered_s": pl.Int64}


@dataclass(frozen=True, eq=False)
class Tally:
    """Exact sums from which a score is finished: those of two logs together are those of one after the other.

    Attributes
    ----------
    facts
        person, day (as `date.toordinal` counts), item, part, value, n. Of a statistic of times: n tickets took `value`
        seconds. Of sums: part `TICKETS` counts the tickets behind them, `FIRST` is the sum above the line of the item's
        first KPI, `FIRST` + 1 that below it, and so on; `value` is 0 and n the amount. Shares of tickets are in
        millionths (see `weight_of`).
    duty
        person, role in the shift, day on which it began, rostered seconds (breaks, meetings and absence taken off).
    people
        person, role.
    reasons
        Items that the log cannot decide, and why.
    """

    facts: pl.DataFrame
    duty: pl.DataFrame
    people: pl.DataFrame
    reasons: Mapping[str, str]

    @classmethod
    def merged(cls, parts: Iterable[Tally]) -> Tally:
        """Return the sums of all parts together; an item is out if it is out everywhere."""
        tallies = list(parts)
        out = {name: reason for part in tallies for name, reason in part.reasons.items()}
        facts = pl.concat([part.facts for part in tallies])
        there = set(facts["item"].unique())
        return cls(
            facts=_added(facts, "n"), duty=_added(pl.concat([part.duty for part in tallies]), "rostered_s"),
            people=pl.concat([part.people for part in tallies]).unique("person", keep="first").sort("person"),
            reasons={name: out[name] for name in sorted(out) if name not in there},
        )  # fmt: skip

    def in_one(self, day: date) -> Tally:
        """Return the same sums with every day written as one: smaller, and without intervals."""
        at = pl.lit(day.toordinal(), dtype=pl.Int64).alias("day")
        facts, duty = (
            _added(self.facts.with_columns(at), "n"),
            _added(self.duty.with_columns(at), "rostered_s"),
        )
        return Tally(facts, duty, self.people, self.reasons)


def tally(
    log: Log, rubric: Rubric, *, begin: date | None = None, end: date | None = None, role: str | None = None
) -> Tally:
    """Return the sums that a rubric needs of a log.

    Parameters
    ----------
    log
        A log, real or simulated.
    rubric
        Its items with a KPI are counted, by the rubric's attribution policy.
    begin, end
        First local day and the day after the last; the whole log when absent.
    role
        Only people of this role; everybody when absent.

    Raises
    ------
    RubricError
        If an item names an unknown KPI, or a statistic that does not fit it.
    """
    window = window_of(log, begin, end)
    duty = duty_of(log, window)
    facts, reasons = _facts(log, rubric, window, on_duty=not duty.is_empty())
    people = log.people.select(pl.col("person", "role").cast(pl.String))
    parts = [facts, duty]
    if role is not None:
        people = people.filter(pl.col("role") == role)
        parts = [part.join(people, on="person", how="semi", maintain_order="left") for part in parts]
    return Tally(parts[0], parts[1], people.sort("person"), reasons)


def _facts(log: Log, rubric: Rubric, window: Window, *, on_duty: bool) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return the facts of every item that the log can decide, and why it cannot decide the others."""
    items, book = [item for item in rubric.items if item.kpi], rubric.book()
    for item in items:
        check_item(rubric, item)
    names = list(dict.fromkeys(name for item in items for name in parts_of(rubric, item)))
    counted = count(log, names, by=("person",), window=window, attribution=rubric.policy.attribution, book=book)
    sums, nulls = counted.sums, counted.nulls
    facts, reasons = [pl.DataFrame(schema=_FACTS)], {}
    for item in items:
        parts = parts_of(rubric, item)
        found: pl.DataFrame | str
        if reason := next((nulls[name] for name in parts if name in nulls), None):
            found = reason
        elif item.statistic == "relative" and item.per == "rostered_hour" and not on_duty:
            found = NO_SHIFTS
        elif item.statistic in TIMES:
            found = _times(log, book.kpis[parts[0]], rubric, window)
        else:
            found = _sums(parts, sums)
        if isinstance(found, str):
            reasons[item.name] = found
        else:
            facts.append(found.with_columns(item=pl.lit(item.name)).select(*_FACTS))
    return _sorted(pl.concat(facts)), reasons


def parts_of(rubric: Rubric, item: Item) -> tuple[str, ...]:
    """Return the KPIs whose sums an item stands on: its own, or those that its formula names."""
    book = rubric.book()
    return book.parts(str(item.kpi)) if item.kpi in book.formulas else (str(item.kpi),)


def weight_of(rubric: Rubric, item: Item) -> int:
    """Return what a whole ticket weighs in the sums of an item: a million where tickets may be shared out."""
    shared = rubric.policy.attribution in SHARED and item.kpi is not None and item.statistic not in TIMES
    return PPM if shared else 1


def check_item(rubric: Rubric, item: Item) -> None:
    """Refuse an item whose KPI is unknown or does not fit its statistic.

    Raises
    ------
    RubricError
        With the item, the KPI and what was expected.
    """
    if (fault := fault_of(rubric, item)) is not None:
        raise RubricError(f"items.{item.name}: {fault[1]}")


def fault_of(rubric: Rubric, item: Item) -> tuple[str, str] | None:
    """Return why an item's KPI cannot decide it, after the key to blame: `kpi` or `statistic`; None where it can."""
    if item.kpi is None:
        return None
    book = rubric.book()
    if item.kpi not in book.kpis:
        near = get_close_matches(str(item.kpi), book.kpis, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(book.kpis)[:12])}"
        return "kpi", f"unknown KPI {item.kpi!r}; {hint}"
    kpi, parts = book.kpis[str(item.kpi)], [book.kpis[name] for name in parts_of(rubric, item)]
    summed = all(part.finish.how in ("ratio", "total") and not part.finish.root for part in parts)
    fits = {
        "ratio": kpi.unit == "1" and kpi.finish.how == "ratio" and item.kpi not in book.formulas,
        "relative": kpi.finish.how == "total",
        "figure": summed and (kpi.unit == item.unit or (kpi.unit, item.unit) in CONVERTED),
    }.get(item.statistic, kpi.unit in ("min", "h") and kpi.table == "tickets" and item.kpi not in book.formulas)
    if fits:
        return None
    said = f"does not fit the KPI {item.kpi!r} ({kpi.finish.how}, unit {kpi.unit})"
    return "statistic", f"statistic {item.statistic!r} in {item.unit} {said}"


def window_of(log: Log, begin: date | None, end: date | None) -> Window:
    """Return the seconds between two local days, the first and the one after the last; to the log's ends when absent.

    Raises
    ------
    RubricError
        If the log ends before.
    """
    first = 0 if begin is None else max(0, log.timeline.second(begin, 0))
    last = log.until_s if end is None else min(log.until_s, log.timeline.second(end, 0))
    if last <= first:
        raise RubricError(
            f"the log has nothing to score: it ends {log.timeline.iso(log.until_s)}, before the period begins"
        )
    return Window(first, last)


def _last_s(log: Log, window: Window) -> int:
    """Return the last second that counts: a log is looked at to the very second at which it ends."""
    return window.end_s if window.end_s == log.until_s else window.end_s - 1


def _added(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    keys = [name for name in frame.columns if name != column]
    return frame.group_by(keys).agg(pl.col(column).sum()).select(frame.columns).sort(keys)


def _sorted(facts: pl.DataFrame) -> pl.DataFrame:
    """Return facts in the order of their keys; names are sorted as numbers, which is quicker."""
    names = {name: pl.Enum(facts[name].unique().sort()) for name in ("person", "item")}
    coded = facts.with_columns(pl.col(name).cast(known).to_physical() for name, known in names.items())
    keys = [coded[name].to_numpy() for name in reversed(facts.columns) if name != "n"]
    return facts[np.lexsort(keys)]


def _days(frame: pl.DataFrame, log: Log, column: str) -> pl.DataFrame:
    return frame.with_columns(pl.Series("day", log.timeline.day(frame[column].to_numpy()), dtype=pl.Int64))


def _sums(parts: tuple[str, ...], counted: pl.DataFrame) -> pl.DataFrame | str:
    """Return the sums of some KPIs by person and day, one part after the other, or a reason."""
    rows = counted.filter(pl.col("name").is_in(parts) & pl.col("person").is_not_null())
    if rows.is_empty():
        return ALL_LEFT
    place = pl.col("name").cast(pl.String).replace_strict(
        {name: number for number, name in enumerate(parts)}, return_dtype=pl.Int16
    )  # fmt: skip
    plain = [pl.col("person").cast(pl.String), pl.col("day").cast(pl.Int64), pl.lit(0, pl.Int64).alias("value")]
    made = [
        rows.select(*plain, part=FIRST + 2 * place, n=pl.col("y").cast(pl.Int64)),
        rows.select(*plain, part=FIRST + 2 * place + 1, n=pl.col("x").cast(pl.Int64)),
        rows.filter(place == 0).select(*plain, part=pl.lit(TICKETS, pl.Int16), n=pl.col("n").cast(pl.Int64)),
    ]
    frames = [frame.with_columns(pl.col("part").cast(pl.Int16)) for frame in made]
    return pl.concat(frames).filter(pl.col("n") != 0)


def _times(log: Log, kpi: Kpi, rubric: Rubric, window: Window) -> pl.DataFrame | str:
    """Return how many tickets of each person and day took so many seconds, or a reason."""
    rows = timed(log, kpi, rubric, window)
    if isinstance(rows, str):
        return rows
    plain = rows.select(
        pl.col("person").cast(pl.String), "day", part=pl.lit(FIRST, pl.Int16), value="value", n=pl.lit(1, pl.Int64)
    )
    return _added(plain, "n")


def timed(log: Log, kpi: Kpi, rubric: Rubric, window: Window) -> pl.DataFrame | str:
    """Return person, local day and seconds of every ticket that an item of times counts, or a reason."""
    term = kpi.statistics[0]
    log = log.substantive if term.substantive else log
    policy = rubric.policy.attribution
    if term.credit == "policy" and policy in SHARED:
        return NO_SPLIT
    person = "first_replier" if term.credit == "first_replier" else policy
    rows = features(log, frozenset(term.y.meta.root_names()))
    if person not in rows.columns:
        owners = credit(log, person, places=False).select("ticket", pl.col("person").alias(person))
        rows = rows.join(owners, on="ticket", how="left", maintain_order="left")
    within = pl.col(term.when).is_between(window.begin_s, _last_s(log, window))
    rows = rows.filter(term.where & term.known & pl.col(person).is_not_null() & within)
    if rows.is_empty():
        return ALL_LEFT
    return _days(rows, log, term.when).select(pl.col(person).alias("person"), "day", value=term.y.cast(pl.Int64))


def duty_of(log: Log, window: Window) -> pl.DataFrame:
    """Return the rostered seconds of everybody by role and local day on which the shift begins, see `Tally`."""
    shifts = log.shifts.filter(pl.col("start_s").is_between(window.begin_s, _last_s(log, window)))
    if shifts.is_empty():
        return pl.DataFrame(schema=_DUTY)
    away = pl.sum_horizontal(pl.col("break_s", "meeting_s", "absent_s").fill_null(0))
    rows = _days(shifts, log, "start_s").select(
        pl.col("person", "role").cast(pl.String), "day", rostered_s=pl.col("end_s") - pl.col("start_s") - away
    )
    return _added(rows, "rostered_s")
