"""What a score is made of: whole-number facts by person, day and item, which add up over logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from sim.kpi.catalogue import KPIS
from sim.kpi.credit import SHARED, credit
from sim.kpi.features import features
from sim.kpi.measure import Window, count
from sim.kpi.rubric.data import Item, Rubric
from sim.kpi.rubric.points import RubricError
from sim.kpi.statistics import PPM
from sim.log import Log

NO_SHIFTS = "the log holds no shifts, so nobody's rostered hours are known"
NO_SPLIT = "a time of one ticket cannot be split between people; choose an attribution that credits one"
ALL_LEFT = "the log says of no ticket what this item needs"

_FACTS = {"person": pl.String, "day": pl.Int64, "item": pl.String, "value": pl.Int64, "n": pl.Int64}
_DUTY = {"person": pl.String, "day": pl.Int64, "rostered_s": pl.Int64}
_PEOPLE = {"person": pl.String, "role": pl.String}
_TIMES = ("share_weighted", "mean", "median", "p90")


@dataclass(frozen=True, eq=False)
class Tally:
    """Exact sums from which a score is finished: those of two logs together are those of one after the other.

    Attributes
    ----------
    facts
        person, day (as `date.toordinal` counts), item, value, n: so many tickets had this value. For times
        the value is whole seconds; for ratios it is 1 or 0; for volumes it is 1. Shares of tickets are in millionths
        (see `weight_of`).
    duty
        person, day on which the shift began, rostered seconds (breaks, meetings and absence taken off).
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


def month_of(day: str) -> pl.Expr:
    """Return the month of a column of ordinal days as text: `2026-03`."""
    epoch = date(1970, 1, 1).toordinal()
    return (pl.col(day) - epoch).cast(pl.Int32).cast(pl.Date).dt.strftime("%Y-%m")


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
    window = _window(log, begin, end)
    duty = _duty(log, window)
    facts, reasons = _facts(log, rubric, window, on_duty=not duty.is_empty())
    people = log.people.select(pl.col("person", "role").cast(pl.String))
    parts = [facts, duty]
    if role is not None:
        people = people.filter(pl.col("role") == role)
        parts = [part.join(people, on="person", how="semi", maintain_order="left") for part in parts]
    return Tally(parts[0], parts[1], people.sort("person"), reasons)


def _facts(log: Log, rubric: Rubric, window: Window, *, on_duty: bool) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return the facts of every item that the log can decide, and why it cannot decide the others."""
    items = [item for item in rubric.items if item.kpi]
    for item in items:
        check_item(item)
    names = sorted({str(item.kpi) for item in items})
    counted = count(log, names, by=("person",), window=window, attribution=rubric.policy.attribution)
    facts, reasons = [pl.DataFrame(schema=_FACTS)], {}
    for item in items:
        found: pl.DataFrame | str
        if reason := counted.nulls.get(str(item.kpi)):
            found = reason
        elif item.statistic == "relative" and item.per == "rostered_hour" and not on_duty:
            found = NO_SHIFTS
        elif item.statistic in _TIMES:
            found = _times(log, item, rubric, window)
        else:
            found = _ratios(item, counted.sums)
        if isinstance(found, str):
            reasons[item.name] = found
        else:
            facts.append(found.with_columns(item=pl.lit(item.name)).select(*_FACTS))
    return _added(pl.concat(facts), "n"), reasons


def weight_of(rubric: Rubric, item: Item) -> int:
    """Return what a whole ticket weighs in the facts of an item.

    It is a million where tickets may be shared out, and where values are summed in millionths.
    """
    if item.kpi is None or item.statistic in _TIMES:
        return 1
    return KPIS[item.kpi].finish.divide * (PPM if rubric.policy.attribution in SHARED else 1)


def check_item(item: Item) -> None:
    """Refuse an item whose KPI is unknown or does not fit its statistic.

    Raises
    ------
    RubricError
        With the item, the KPI and what was expected.
    """
    if item.kpi not in KPIS:
        raise RubricError(f"items.{item.name}: unknown KPI {item.kpi!r}; known: {', '.join(sorted(KPIS))}")
    kpi = KPIS[item.kpi]
    fits = {
        "ratio": kpi.unit == "1" and kpi.finish.how == "ratio",
        "relative": kpi.finish.how == "total",
    }.get(item.statistic, kpi.unit in ("min", "h") and kpi.table == "tickets")
    if not fits:
        raise RubricError(f"items.{item.name}: statistic {item.statistic!r} does not fit the KPI {item.kpi!r}")


def _window(log: Log, begin: date | None, end: date | None) -> Window:
    first = 0 if begin is None else max(0, log.timeline.second(begin, 0))
    last = log.until_s if end is None else min(log.until_s, log.timeline.second(end, 0))
    if last <= first:
        raise RubricError(
            f"the log has nothing to score: it ends {log.timeline.iso(log.until_s)}, before the period begins"
        )
    return Window(first, last)


def _added(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    keys = [name for name in frame.columns if name != column]
    return frame.group_by(keys).agg(pl.col(column).sum()).select(frame.columns).sort(keys)


def _days(frame: pl.DataFrame, log: Log, column: str) -> pl.DataFrame:
    return frame.with_columns(pl.Series("day", log.timeline.day(frame[column].to_numpy()), dtype=pl.Int64))


def _ratios(item: Item, counted: pl.DataFrame) -> pl.DataFrame | str:
    """Return how many tickets of each person and day count for a share and how many against, or a reason."""
    sums = counted.filter((pl.col("name") == item.kpi) & pl.col("person").is_not_null()).select(
        pl.col("person").cast(pl.String), pl.col("day", "y", "x").cast(pl.Int64)
    )
    if sums.is_empty():
        return ALL_LEFT
    yes = sums.select("person", "day", value=pl.lit(1, pl.Int64), n="y")
    whole = pl.col("x") * KPIS[str(item.kpi)].finish.divide
    no = sums.select("person", "day", value=pl.lit(0, pl.Int64), n=whole - pl.col("y"))
    rows = yes if item.statistic == "relative" else pl.concat([yes, no])
    return rows.filter(pl.col("n") > 0)


def _times(log: Log, item: Item, rubric: Rubric, window: Window) -> pl.DataFrame | str:
    """Return how many tickets of each person and day took so many seconds, or a reason."""
    kpi = KPIS[str(item.kpi)]
    term = kpi.statistics[0]
    policy = rubric.policy.attribution
    if term.credit == "policy" and policy in SHARED:
        return NO_SPLIT
    person = "first_replier" if term.credit == "first_replier" else policy
    rows = features(log, frozenset(term.y.meta.root_names()))
    if person not in rows.columns:
        owners = credit(log, person, places=False).select("ticket", pl.col("person").alias(person))
        rows = rows.join(owners, on="ticket", how="left", maintain_order="left")
    rows = rows.filter(
        term.where
        & term.known
        & pl.col(person).is_not_null()
        & pl.col(term.when).is_between(window.begin_s, window.end_s - 1)
    )
    rows = _days(rows, log, term.when).select(
        pl.col(person).cast(pl.String).alias("person"),
        "day",
        value=term.y.cast(pl.Int64),
        n=pl.lit(1, pl.Int64),
    )
    return _added(rows, "n") if not rows.is_empty() else ALL_LEFT


def _duty(log: Log, window: Window) -> pl.DataFrame:
    shifts = log.shifts.filter(pl.col("start_s").is_between(window.begin_s, window.end_s - 1))
    if shifts.is_empty():
        return pl.DataFrame(schema=_DUTY)
    away = pl.sum_horizontal(pl.col("break_s", "meeting_s", "absent_s").fill_null(0))
    rows = _days(shifts, log, "start_s").select(
        pl.col("person").cast(pl.String), "day", rostered_s=pl.col("end_s") - pl.col("start_s") - away
    )
    return _added(rows, "rostered_s")
