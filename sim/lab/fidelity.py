"""Does a fitted desk behave as the log does? KPIs side by side, and forecasts against a naive band."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from sim.desk import Desk
from sim.experiment import interval, measured, simulate
from sim.fit import fit
from sim.kpi import Window, measure
from sim.log import Log
from sim.world import sample

NAMES = (
    "tickets_created", "tickets_resolved", "wait_mean", "first_response_mean", "first_response_p90",
    "resolution_time_mean", "resolution_time_p90", "abandoned_rate", "reopen_rate", "handoffs_mean",
    "work_min_mean", "touches_mean", "utilisation", "csat_mean", "backlog_mean",
)  # fmt: skip
"""KPIs that are compared unless others are named; those that the log cannot give are left out."""
WEEK = 7
BAND = 0.8
"""Level of the forecast bands."""

Floats = NDArray[np.float64]


def cut(log: Log, until_s: int) -> Log:
    """Return what the log would have said had it ended at a second.

    Later tickets, moments and shifts are gone, and what ran then is still running. A ticket's kind and
    priority are those on record in the end.

    Parameters
    ----------
    log
        Any log.
    until_s
        At least 1; the log itself comes back if it ends before.
    """
    if until_s >= log.until_s:
        return log
    moments = log.moments.filter(pl.col("at_s") < until_s)
    tickets = moments.filter(pl.col("what") == "created").select("ticket")
    begun = pl.min_horizontal("queued_s", "assigned_s", "started_s")
    over = (pl.col("ended_s") < until_s).fill_null(False)
    touches = log.touches.join(tickets, on="ticket", how="semi").filter(begun < until_s)
    seconds = [pl.when(pl.col(name) < until_s).then(name) for name in ("assigned_s", "accepted_s", "started_s")]
    ends = [pl.when(over).then(name) for name in ("ended_s", "work_s", "ended")]
    return Log.of(
        timeline=log.timeline, until_s=until_s, priorities=log.priorities, currency=log.currency, sla=log.sla,
        calendars=log.calendars, source=log.source, people=log.people,
        cases=log.cases.join(tickets, on="ticket", how="semi"), moments=moments,
        touches=touches.with_columns(*seconds, *ends), shifts=log.shifts.filter(pl.col("end_s") <= until_s),
    )  # fmt: skip


def fidelity(
    log: Log,
    desk: Desk,
    seeds: Sequence[int],
    names: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    **how: Any,
) -> pl.DataFrame:
    """Return the KPIs of a log beside those of the desk that was fitted to it, over the same days.

    Parameters
    ----------
    log
        The real log.
    desk
        Its desk: the same first day.
    seeds
        Seeds of the replications, at least two for intervals.
    names
        KPIs; `NAMES` by default.
    level
        Of all intervals.
    **how
        As `sim.experiment.measured` takes it: `executor`, `run`.

    Returns
    -------
    DataFrame
        name, unit, real, real_low, real_high (delete-one-day jackknife), mean, low, high (of the mean over
        replications), band_low, band_high (of one replication: where another such period would fall). KPIs
        that the log cannot give are left out.
    """
    end_s = min(desk.until_s(), log.until_s)
    window = Window(0, end_s)
    real = measure(cut(log, end_s), list(names or NAMES), window=window, level=level)
    real = real.filter(pl.col("mean").is_not_null())
    runs = measured(desk, seeds, real["name"].to_list(), window=window, **how)
    rows = []
    for name, unit, mean, low, high in real.select("name", "unit", "mean", "low", "high").iter_rows():
        values = runs.filter(pl.col("name") == name)["mean"].drop_nulls().to_numpy()
        rows.append((name, unit, mean, low, high, *interval(values, level), *_band(values, level)))
    figures = ("real", "real_low", "real_high", "mean", "low", "high", "band_low", "band_high")
    schema = {"name": pl.String, "unit": pl.String} | dict.fromkeys(figures, pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _band(values: Floats, level: float) -> tuple[float | None, float | None]:
    """Return the t prediction interval of one more value; null for fewer than two values."""
    n = len(values)
    if n < 2:
        return None, None
    half = float(special.stdtrit(n - 1, (1 + level) / 2) * np.std(values, ddof=1) * np.sqrt(1 + 1 / n))
    mean = float(np.mean(values))
    return mean - half, mean + half


def rolling(log: Log, seeds: Sequence[int], *, first_week: int = 2, level: float = BAND) -> pl.DataFrame:
    """Return forecasts of each day from a desk that was fitted to the weeks before, beside a naive band.

    At the begin of each week from `first_week` on the desk is fitted to the past alone, and simulated from a
    week before, so that it does not begin empty. The naive band is that of the same weekday a week earlier.

    Parameters
    ----------
    log
        A log of at least `first_week` + 1 weeks of arrivals.
    seeds
        Seeds of the worlds that make the band; 20 or more for the default level.
    first_week
        Weeks before the first forecast, at least 2.
    level
        Of both bands.

    Returns
    -------
    DataFrame
        day (local date), name (`tickets`: tickets created; `response_min`: mean minutes from creation to the
        first reply or to leaving, of the tickets of that day), real, low, high, naive_low, naive_high, score,
        naive_score.

    Notes
    -----
    Seasonal-naive prediction interval: last week's value, and the spread of differences over a week (Hyndman
    and Athanasopoulos, 2021, Forecasting, 3rd edition, 5.5). Interval score: Winkler (1972), the width plus
    2 / (1 - level) times the miss.
    """
    real = daily(log)
    weeks = (real["day_number"].max() + 1) // WEEK if real.height else 0  # type: ignore[operator]
    parts = []
    for week in range(max(first_week, 2), int(weeks)):
        simulated = _forecast(log, week, seeds)
        for name in ("tickets", "response_min"):
            parts += _judged(log, name, week, real, simulated, level)
    return pl.DataFrame(parts, schema=_ROLLING, orient="row")


_ROLLING = {"day": pl.Date, "name": pl.String} | dict.fromkeys(
    ("real", "low", "high", "naive_low", "naive_high", "score", "naive_score"), pl.Float64
)


def scores(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Return, by name: days, coverage and mean score of both bands.

    Parameters
    ----------
    forecasts
        As `rolling` returns them.
    """
    rows = []
    for (name,), group in forecasts.group_by("name", maintain_order=True):
        real = group["real"].to_numpy()
        inside = [
            float(np.mean((real >= group[low].to_numpy()) & (real <= group[high].to_numpy())))
            for low, high in (("low", "high"), ("naive_low", "naive_high"))
        ]
        mean = [float(np.mean(group[column].to_numpy())) for column in ("score", "naive_score")]
        rows.append((name, group.height, *inside, *mean))
    figures = ("coverage", "naive_coverage", "score", "naive_score")
    return pl.DataFrame(
        rows, schema={"name": pl.String, "days": pl.Int64} | dict.fromkeys(figures, pl.Float64), orient="row"
    )


def daily(log: Log) -> pl.DataFrame:
    """Return tickets and mean response in minutes by local day of creation, first to last."""
    tickets = log.tickets.select(
        "created_s", waited_s=pl.min_horizontal("first_reply_s", "left_s") - pl.col("created_s")
    )
    first = log.timeline.day(0)
    number = log.timeline.day(tickets["created_s"].to_numpy()) - first
    sums = (
        tickets.with_columns(day_number=pl.Series(number, dtype=pl.Int64))
        .group_by("day_number")
        .agg(tickets=pl.len(), waited_s=pl.col("waited_s").sum(), known=pl.col("waited_s").count())
    )
    last = int(number.max()) if len(number) else -1
    every = pl.DataFrame({"day_number": np.arange(last + 1, dtype=np.int64)})
    return every.join(sums, on="day_number", how="left").sort("day_number").select(
        "day_number",
        tickets=pl.col("tickets").fill_null(0).cast(pl.Float64),
        response_min=pl.when(pl.col("known") > 0).then(pl.col("waited_s") / pl.col("known") / 60),
    )  # fmt: skip


def _forecast(log: Log, week: int, seeds: Sequence[int]) -> list[pl.DataFrame]:
    """Return the days of one week, simulated once per seed by the desk that the weeks before show."""
    day_zero = date.fromordinal(log.timeline.day(0))
    origin_s = log.timeline.second(day_zero, 1440 * WEEK * week)
    desk = fit(cut(log, origin_s)).desk
    later = desk.changed(start=day_zero + timedelta(days=WEEK * (week - 1)), weeks=2)
    assert isinstance(later, Desk)
    return [daily(simulate(later, sample(later, seed))[0]) for seed in seeds]


def _judged(
    log: Log, name: str, week: int, real: pl.DataFrame, simulated: list[pl.DataFrame], level: float
) -> list[tuple[Any, ...]]:
    days = real[name].to_numpy().astype(float)
    first = date.fromordinal(log.timeline.day(0))
    rows = []
    for day in range(WEEK * week, WEEK * (week + 1)):
        drawn = _of_day(simulated, day - WEEK * (week - 1), name)
        if np.isnan(days[day]) or len(drawn) < 2:
            continue
        low, high = (float(q) for q in np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2]))
        naive = _naive(days, day, WEEK * week, level)
        if naive is None:
            continue
        rows.append((
            first + timedelta(days=day), name, float(days[day]), low, high, *naive,
            winkler(days[day], low, high, level), winkler(days[day], *naive, level),
        ))  # fmt: skip
    return rows


def _of_day(simulated: list[pl.DataFrame], day: int, name: str) -> Floats:
    found = [frame.filter(pl.col("day_number") == day)[name].drop_nulls() for frame in simulated]
    empty = 0.0 if name == "tickets" else None
    values = [float(f[0]) if f.len() else empty for f in found]
    return np.array([v for v in values if v is not None], float)


def _naive(days: Floats, day: int, origin: int, level: float) -> tuple[float, float] | None:
    """Return the band of the same weekday a week before; only days before the origin are known."""
    past = days[:origin]
    gaps = past[WEEK:] - past[:-WEEK]
    gaps = gaps[~np.isnan(gaps)]
    if len(gaps) < 3 or np.isnan(past[day - WEEK]):
        return None
    half = float(special.ndtri((1 + level) / 2) * np.sqrt(np.mean(gaps**2)))
    return max(float(past[day - WEEK]) - half, 0.0), float(past[day - WEEK]) + half


def winkler(real: float, low: float, high: float, level: float) -> float:
    """Return the interval score of a band: its width, plus 2 / (1 - level) times what the truth lies outside.

    Examples
    --------
    >>> winkler(5.0, 2.0, 4.0, 0.8)
    12.0
    """
    miss = max(low - real, real - high, 0.0)
    return float(np.round(high - low + 2 / (1 - level) * miss, 9))
