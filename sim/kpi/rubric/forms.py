"""Points that people state: on forms of their own, beside or over what a log decides (R002-57 to R002-60, A-09)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from sim.kpi.rubric.cells import Cells, Floats, cadences_of, frame_of
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.items import WHOLE
from sim.kpi.rubric.periods import period_of
from sim.kpi.rubric.tally import Tally
from sim.log.periods import days_of

NO_ITEM = "the rubric has no such item"
NO_PERSON = "the log knows no such person"
NO_PERIOD = "it is no readable period"
BETWEEN_PERIODS = "it lies in no single period for which anybody is appraised"
NO_VOICE = "the item is not judged by this source"
OUT_OF_RANGE = "the points lie outside of 0 to the item's maximum"
NO_REASON = "the log decides the item, and no reason for another value is stated"
OUTSIDE = "the log has no day in the period"
WHOLE_BESIDE = "points for a whole period of appraisal stand beside those for a part of it"
NOT_SCORED = "the person is not scored for such a period"
NOT_THEIRS = "the item does not count for the person's profile"

_c = pl.col


@dataclass(frozen=True)
class Forms:
    """What people stated, as far as a rubric can use it.

    Attributes
    ----------
    rows
        person, period (of the appraisal), cadence, item, source, points: one row per form; several authors of one
        source are averaged, and then several periods within one of the appraisal.
    set_aside
        The rows that were not used, as stated, with a `reason_not`.
    """

    rows: pl.DataFrame
    set_aside: pl.DataFrame

    def cells(self) -> pl.DataFrame:
        """Return person, period and cadence of all that is stated."""
        return self.rows.select("person", "period", "cadence").unique()


def forms_of(
    rubric: Rubric, appraisals: pl.DataFrame, people: pl.Series, decided: frozenset[str], *,
    within: tuple[date, date] | None = None, counted: Tally | None = None,
) -> Forms:  # fmt: skip
    """Return what a rubric can use of stated points, and the rest with a reason.

    Parameters
    ----------
    rubric
        Says who states points for what.
    appraisals
        As the table of a log: person, period, item, source, author, points, reason, provenance.
    people
        Names of the people that the log knows.
    decided
        Items that the log decides: a source whose form is prefilled needs a reason to state another value.
    within
        First and last day of the log; what is stated for a period of appraisal without a day of it is set aside.
    counted
        Sums of the log; with them, what is stated of people in periods or on items that do not count for them is set
        aside as well.

    Notes
    -----
    No row is lost: those that are set aside and those behind `rows` are all that came in.
    """
    plain = appraisals.with_columns(_c("person", "period", "item", "source").cast(pl.String)).with_row_index("row")
    most = {item.name: item.max_points for item in rubric.items}
    voices = [f"{item.name} {source}" for item in rubric.items for source in rubric.sources_of(item)]
    periods = _periods(plain["period"].unique().to_list(), rubric)
    there = periods.filter(_c("period").is_in(_reached(periods["period"], within).implode()))
    reason = (
        pl.when(~_c("item").is_in(list(most))).then(pl.lit(NO_ITEM))
        .when(~_c("person").is_in(people.cast(pl.String).implode())).then(pl.lit(NO_PERSON))
        .when(~_c("period").is_in(periods["stated"].implode())).then(pl.lit(NO_PERIOD))
        .when(~_c("period").is_in(periods.drop_nulls("period")["stated"].implode())).then(pl.lit(BETWEEN_PERIODS))
        .when(~_c("period").is_in(there["stated"].implode())).then(pl.lit(OUTSIDE))
        .when(~pl.concat_str("item", pl.lit(" "), "source").is_in(voices)).then(pl.lit(NO_VOICE))
        .when(~_c("points").is_between(0, _c("item").replace_strict(most, default=None) + WHOLE))
        .then(pl.lit(OUT_OF_RANGE))
        .when(_c("item").is_in(sorted(decided)) & _c("source").is_in(rubric.policy.prefilled) & _c("reason").is_null())
        .then(pl.lit(NO_REASON))
    )  # fmt: skip
    judged = plain.with_columns(reason_not=reason)
    used = judged.filter(_c("reason_not").is_null()).rename({"period": "stated"})
    rows = used.join(there, on="stated")
    keys = ["person", "period", "cadence", "item", "source"]
    whole = _c("stated") == _c("period")
    late: pl.Expr = pl.when(~whole & whole.any().over(keys)).then(pl.lit(WHOLE_BESIDE))
    if counted is not None:
        late = pl.coalesce(late, pl.lit(_not_theirs(rubric, rows, counted)))
    rows = rows.with_columns(late=late)
    kept = rows.filter(_c("late").is_null()).sort(*keys, "stated", "author", "points")
    by_period = kept.group_by(*keys, "stated", maintain_order=True).agg(_c("points").mean())
    made = by_period.group_by(keys, maintain_order=True).agg(_c("points").mean())
    lost = rows.filter(~_c("late").is_null().any().over("row")).unique("row", keep="first", maintain_order=True)
    out = judged.join(lost.select("row", "late"), on="row", how="left", maintain_order="left")
    out = out.with_columns(reason_not=pl.coalesce("reason_not", "late")).filter(_c("reason_not").is_not_null())
    return Forms(made.sort(keys), out.drop("row", "late"))


def _reached(periods: pl.Series, within: tuple[date, date] | None) -> pl.Series:
    """Return the periods of which a log has a day."""
    spans = {name: days for name in periods.drop_nulls().unique() if (days := days_of(name)) is not None}
    first, last = within or (date.min, date.max)
    there = [name for name, (begin, end) in spans.items() if begin <= last and first < end]
    return pl.Series(there, dtype=pl.String)


def _not_theirs(rubric: Rubric, rows: pl.DataFrame, counted: Tally) -> pl.Series:
    """Return why points count for nobody, null where they do: one row each of person, period, cadence and item."""
    keys = ["person", "period", "cadence"]
    cells = frame_of(rubric, counted, rows.select(keys).unique()).select(*keys, "profile", scored=pl.lit(True))
    profiles = cells["profile"].unique().to_list()
    items = [(p, item) for p in profiles if p is not None or not rubric.profiles for item in rubric.items_of(p)]
    theirs = pl.DataFrame(items, schema={"profile": pl.String, "item": pl.String}, orient="row")
    told = rows.join(cells, on=keys, how="left", maintain_order="left").join(
        theirs.with_columns(counts=pl.lit(True)), on=["profile", "item"], how="left", nulls_equal=True,
        maintain_order="left",
    )  # fmt: skip
    reason = pl.when(_c("scored").is_null()).then(pl.lit(NOT_SCORED)).when(_c("counts").is_null()).then(
        pl.lit(NOT_THEIRS))  # fmt: skip
    return told.select(reason.alias("late")).to_series()


def _periods(stated: list[str], rubric: Rubric) -> pl.DataFrame:
    """Return in which periods of appraisal stated periods lie: stated, cadence, period; null where in no single one."""
    rows = []
    for name in stated:
        if (days := days_of(name)) is None:
            continue
        span = pl.DataFrame({"day": [days[0].toordinal(), days[1].toordinal() - 1]})
        for cadence in cadences_of(rubric):
            first, last = span.select(period_of("day", cadence)).to_series()
            rows.append((name, cadence, first if first == last else None))
    schema = {"stated": pl.String, "cadence": pl.String, "period": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class Stated:
    """Points that people stated, weighed, by cell and item.

    Attributes
    ----------
    points
        Sum of weight times points of who stated them, shape (cells, items).
    weight
        Sum of their weights.
    prefilled
        Sum of the weights of those forms that hold what the log decided.
    """

    points: Floats
    weight: Floats
    prefilled: Floats

    def with_log(self, of_log: Floats, cell: np.ndarray | slice = slice(None)) -> Floats:
        """Return the points of items: what people stated and what the log decided, each with its weight.

        Parameters
        ----------
        of_log
            Points by row and item, NaN where the log has none, shape (rows, items).
        cell
            The cell of each row.

        Returns
        -------
        NDArray
            The log's points where nobody stated any, NaN where there are none of either.
        """
        points, weight = self.points[cell], self.weight[cell]
        log_weight = np.where(np.isnan(of_log), 0.0, np.where(weight > 0, self.prefilled[cell], 1.0))
        whole = weight + log_weight
        made = points + log_weight * np.nan_to_num(of_log)
        return np.divide(made, whole, out=np.full(of_log.shape, np.nan, dtype=np.float64), where=whole > 0)

    def log_share(self, of_log: Floats) -> Floats:
        """Return which share of each item's points the log decided, 0 to 1, shape (cells, items)."""
        log_weight = np.where(np.isnan(of_log), 0.0, np.where(self.weight > 0, self.prefilled, 1.0))
        whole = self.weight + log_weight
        return np.divide(log_weight, whole, out=np.zeros(of_log.shape), where=whole > 0)


def stated_of(rubric: Rubric, cells: Cells, forms: Forms | None) -> Stated:
    """Return the weighed points that people stated for cells."""
    shape = (len(cells), len(rubric.items))
    made = Stated(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    prefilled = frozenset[str](rubric.policy.prefilled)
    weights = [rubric.sources_of(item) for item in rubric.items]
    for column, of_item in enumerate(weights):
        made.prefilled[:, column] = sum(weight for source, weight in of_item.items() if source in prefilled)
    if forms is None or forms.rows.is_empty():
        return made
    places = {item.name: column for column, item in enumerate(rubric.items)}
    rows = forms.rows.join(cells.frame.with_row_index("cell"), on=["person", "period"])
    for cell, name, source, points in rows.select("cell", "item", "source", "points").iter_rows():
        column = places[name]
        weight = weights[column][source]
        made.points[cell, column] += weight * points
        made.weight[cell, column] += weight
        if source in prefilled:
            made.prefilled[cell, column] -= weight
    return made
