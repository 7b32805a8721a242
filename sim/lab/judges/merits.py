"""What there is to judge: abilities that only the simulator knows, and what the log shows of a period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sim.crew import PPM, crew_of
from sim.desk import Desk, people_of, seats_of
from sim.kpi.rubric import Rubric, period_of
from sim.lab.judges.data import Judges
from sim.log import Log
from sim.truth import Truth

ABILITIES = ("speed", "quality", "courtesy")
RECENT_DAYS = 14
"""What is remembered best, in days before the end of a period."""

_c = pl.col
_CELL = ("person", "period")


def cells_to_judge(log: Log, desk: Desk, rubric: Rubric) -> pl.DataFrame:
    """Return who is judged for what period.

    Returns
    -------
    DataFrame
        person, period (of the profile's cadence), role, team, profile, first and last (ordinals of the days of the
        period in the log) of all people who had a shift in it, sorted.
    """
    seats = {seat.name: seat.seat for seat in seats_of(desk)}
    where = [(person, seats[seat].role, seats[seat].team) for person, seat in people_of(desk).items()]
    people = pl.DataFrame(where, schema={"person": pl.String, "role": pl.String, "team": pl.String}, orient="row")
    days = log.shifts.select(
        _c("person").cast(pl.String), day=pl.Series(log.timeline.day(log.shifts["start_s"].to_numpy()))
    )
    made = []
    for (role,), own in people.group_by(["role"], maintain_order=True):
        profile = rubric.profile_of(str(role))
        if profile is None and rubric.profiles:
            continue
        mine = days.join(own, on="person").with_columns(
            period=period_of("day", rubric.cadences_of(profile)[0]), profile=pl.lit(profile, dtype=pl.String)
        )
        made.append(
            mine.group_by("person", "period", "role", "team", "profile").agg(
                first=_c("day").min(), last=_c("day").max()
            )
        )
    schema = {"person": pl.String, "period": pl.String, "role": pl.String, "team": pl.String, "profile": pl.String,
              "first": pl.Int64, "last": pl.Int64}  # fmt: skip
    frame = pl.concat([pl.DataFrame(schema=schema), *(each.select(*schema).cast(schema) for each in made)])  # type: ignore[arg-type]
    spans = frame.with_columns(
        first=_c("first").min().over("period", "role"), last=_c("last").max().over("period", "role")
    )
    return spans.sort("person", "period")


def aspects(log: Log, truth: Truth, cells: pl.DataFrame, desk: Desk) -> pl.DataFrame:
    """Return for each cell, in its order, what there is to judge, each in SDs within role and period.

    Returns
    -------
    DataFrame
        speed, quality, courtesy (of truth; of newcomers as they are in the period); attendance, audits, held (share of
        the tickets resolved in the period that were not reopened), recent (the same of its last two weeks), hold (log
        of the mean seconds for which tickets whose holding ended in the period were held). Somebody without a figure is
        average: 0.
    """
    frame = _able(truth, cells, desk)
    for shown in (_attendance(log), _resolved(log), _holding(log)):
        frame = _of_period(frame, shown)
    recent = _resolved(log).select("person", "day", recent="held").drop_nulls()
    frame = _of_period(frame, recent, last_days=RECENT_DAYS)
    names = (*ABILITIES, "attendance", "audits", "held", "recent", "hold")
    return frame.select(
        pl.when((sd := _c(name).std(ddof=0).over("role", "period")) > 1e-12)
        .then((_c(name) - _c(name).mean().over("role", "period")) / sd)
        .fill_null(0.0).alias(name)
        for name in names
    ).with_columns(pl.all().fill_null(0.0).fill_nan(0.0))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Basis:
    """All that there is to judge in a run.

    Attributes
    ----------
    cells
        Who is judged for what period, as of `cells_to_judge`, with `held`, `recent` and `hold` of `aspects`.
    merits
        As of `merits`.
    """

    cells: pl.DataFrame
    merits: pl.DataFrame


def basis_of(log: Log, truth: Truth, desk: Desk, rubric: Rubric, judges: Judges) -> Basis:
    """Return what there is to judge: it stays the same whatever the habits of the judges are, but for their traits."""
    cells = cells_to_judge(log, desk, rubric)
    found = aspects(log, truth, cells, desk)
    shown = cells.with_columns(found.select("held", "recent", "hold"))
    return Basis(shown, _merits(cells, found, rubric, judges))


def merits(log: Log, truth: Truth, desk: Desk, rubric: Rubric, judges: Judges) -> pl.DataFrame:
    """Return what everybody deserves on every item that people judge, in SDs within role and period.

    Returns
    -------
    DataFrame
        person, period, item, merit: the weighted sum of the aspects that the item is about (see `Trait`), in SDs.

    Notes
    -----
    It is a definition of ours: what courtesy or cooperation really is, no log and no truth of a desk knows.
    """
    return basis_of(log, truth, desk, rubric, judges).merits


def _merits(cells: pl.DataFrame, found: pl.DataFrame, rubric: Rubric, judges: Judges) -> pl.DataFrame:
    """Return merits from the aspects of cells."""
    parts = []
    for item in rubric.items:
        if item.kpi is not None:
            continue
        weights = judges.trait(item.name).weights()
        raw = sum(
            (found[name] * weight for name, weight in weights.items() if weight), pl.zeros(len(cells), eager=True)
        )
        counted = [p for p in (None, *rubric.profiles) if item.name in rubric.items_of(p)]
        rows = cells.with_columns(raw=raw, item=pl.lit(item.name)).filter(
            _c("profile").is_in([p for p in counted if p is not None]) | _c("profile").is_null()
        )
        parts.append(rows)
    if not parts:
        return pl.DataFrame(schema={"person": pl.String, "period": pl.String, "item": pl.String, "merit": pl.Float64})
    rows, cell = pl.concat(parts), ("role", "period", "item")
    sd = _c("raw").std(ddof=0).over(cell)
    merit = pl.when(sd > 1e-12).then((_c("raw") - _c("raw").mean().over(cell)) / sd).otherwise(0.0)
    return rows.select(*_CELL, "item", merit=merit).sort(*_CELL, "item")


def _able(truth: Truth, cells: pl.DataFrame, desk: Desk) -> pl.DataFrame:
    """Return the cells with log speed, quality and courtesy: means over skills and days, in millionths."""
    known = truth.people.with_columns(_c("person").cast(pl.String))
    able = known.group_by("person").agg(
        speed=_whole(_c("speed").log()).mean(), quality=_whole(_c("quality")).mean(),
        courtesy=_whole(_c("courtesy")).mean(),
    )  # fmt: skip
    frame, crew = cells.join(able, on="person", how="left", maintain_order="left"), crew_of(desk, 0)
    days = crew.pace_ppm.shape[1]
    if not days or not len(cells):
        return frame
    spans = (cells.select("first", "last").to_numpy() - desk.start.toordinal()).clip(0, days - 1)
    rows = [crew.names.index(person) for person in cells["person"]]
    changes = {"speed": np.log(crew.pace_ppm / PPM), "quality": -crew.lacks}
    added = {
        name: [
            np.rint(1e6 * by_day[row, first : last + 1]).mean() for row, (first, last) in zip(rows, spans, strict=True)
        ]
        for name, by_day in changes.items()
    }
    return frame.with_columns(_c(name) + pl.Series(values) for name, values in added.items())


def _of_period(frame: pl.DataFrame, shown: pl.DataFrame, last_days: int | None = None) -> pl.DataFrame:
    """Return the frame with the means, over the days of each cell, of what is shown by person and day."""
    names = [name for name in shown.columns if name not in ("person", "day")]
    first = _c("first") if last_days is None else pl.max_horizontal("first", _c("last") - last_days + 1)
    rows = frame.select(*_CELL, "last", first=first).join(shown, on="person")
    means = rows.filter(_c("day").is_between("first", "last")).group_by(_CELL).agg(_c(names).mean())
    return frame.join(means, on=_CELL, how="left", maintain_order="left")


def _attendance(log: Log) -> pl.DataFrame:
    """Return person, day, and whether the person came to the shift in time, or was away with approval."""
    there = (_c("presence").cast(pl.String) != "unapproved") & (_c("late_s") == 0)
    return log.shifts.select(
        _c("person").cast(pl.String), pl.Series("day", log.timeline.day(log.shifts["start_s"].to_numpy())),
        attendance=there.cast(pl.Float64),
    )  # fmt: skip


def _resolved(log: Log) -> pl.DataFrame:
    """Return person, day of the first resolution, whether it held, and whether an audit found it resolved."""
    rows = log.tickets.filter(_c("first_resolved_s").is_not_null() & _c("last_resolver").is_not_null())
    return rows.select(
        person=_c("last_resolver").cast(pl.String),
        day=pl.Series(log.timeline.day(rows["first_resolved_s"].to_numpy()), dtype=pl.Int64),
        held=(_c("reopens") == 0).cast(pl.Float64), audits=_c("audit").cast(pl.Float64),
    )  # fmt: skip


def _holding(log: Log) -> pl.DataFrame:
    """Return person, day of the end, and log of the seconds of each holding of a ticket."""
    rows = log.touches.filter(_c("person").is_not_null() & _c("ended_s").is_not_null())
    from_s = pl.coalesce("assigned_s", "started_s")
    return rows.select(
        _c("person").cast(pl.String), day=pl.Series(log.timeline.day(rows["ended_s"].to_numpy()), dtype=pl.Int64),
        hold=_whole((_c("ended_s") - from_s).clip(lower_bound=1).cast(pl.Float64).log()),
    )  # fmt: skip


def _whole(value: pl.Expr) -> pl.Expr:
    """Return values in millionths, whole, so that a mean does not depend on the order of the rows."""
    return (value * 1e6).round().cast(pl.Int64)
