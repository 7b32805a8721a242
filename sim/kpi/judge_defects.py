"""Defects of those who judge, from the points that they stated: found without any truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sim.kpi.agreement import MIN_GROUPS, intraclass_of_groups
from sim.kpi.jackknife import jackknife_t
from sim.log import Log
from sim.log.periods import days_of

type Floats = NDArray[np.float64]
type Row = tuple[str, str, str, str | None, float | None, float | None, float | None, int]

LEAST = 3
"""Forms of a person from which on the person is one of the regulars."""
NOTES = 3
"""Notes that are shown: those pasted most often."""

DEFECTS = (
    "halo", "inter_item", "ceiling", "floor", "pasted", "no_note", "missing", "missing_points", "missing_held",
    "held_rho", "icc", "icc_beside_held", "mean",
)  # fmt: skip
"""What is looked for, in the order of the rows."""

_SCHEMA = {
    "source": pl.String, "part": pl.String, "defect": pl.String, "what": pl.String, "value": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "n": pl.Int64,
}  # fmt: skip
_FORM = ["source", "author", "person", "period", "ticket", "stage"]
_c = pl.col


@dataclass(frozen=True)
class StatedForms:
    """Forms of one source, a place each.

    Attributes
    ----------
    frame
        What stands on them.
    person, share, held
        Whose; mean share of the most points; log of the seconds held, NaN where unknown; shape (forms,).
    items
        Share by item, NaN where not stated, shape (forms, items).
    least
        Smallest share of each item that anybody got, shape (items,).
    """

    frame: pl.DataFrame
    person: NDArray[np.int64]
    share: Floats
    held: Floats
    items: Floats
    least: Floats

    def some(self, keep: NDArray[np.bool_]) -> StatedForms:
        """Return those at some places."""
        parts = (self.person[keep], self.share[keep], self.held[keep], self.items[keep])
        return StatedForms(self.frame.filter(pl.Series(keep)), *parts, self.least)


def judge_defects(
    appraisals: pl.DataFrame, log: Log | None = None, *, most: Mapping[str, float] | None = None, level: float = 0.95
) -> pl.DataFrame:
    """Return what is odd about the points that people stated, by source.

    Parameters
    ----------
    appraisals
        As the table of a log. A form is what one author stated of one person for one period, or for one touch.
    log
        The log that they belong to: it knows teams, how long tickets were held, and what was never judged.
    most
        Most points of an item; the most that anybody got where nothing is stated.
    level
        Level of the intervals, which leave out one person at a time (jackknife-t); none with less than three people.

    Returns
    -------
    DataFrame
        source, part (`all`; `regulars`, people with at least `LEAST` forms; `team:NAME`), defect, what, value, low,
        high, n (forms). Defects, in shares of forms unless said otherwise:

        - halo: all items, of two or more, with the same share of their most points; inter_item: mean correlation of
          two items;
        - ceiling, floor: every item with the most, with the fewest points;
        - pasted: forms with the same note (`what`), the most frequent ones; no_note: forms without any;
        - missing: of the forms that were due (touches that ended where touches are judged, else everybody in every
          period that the source judged) those that are not there; missing_points: how much smaller a share those
          people get elsewhere whose forms are missing; missing_held: Spearman's correlation of being missing with the
          time held;
        - held_rho: Spearman's correlation of the points with the time held;
        - icc: share of the variance that lies between people; icc_beside_held: the same, a straight line in the log of
          the time held allowed for;
        - mean: mean share of an author's, a team's or a month's forms (`what`).

    Notes
    -----
    It is about those who judge, and cannot see whether people deserve what they get: where all are equally good, a
    ceiling is no defect.
    """
    rows: list[Row] = []
    for source, forms in stated_forms(appraisals, log, most):
        rows += list(_of_source(source, forms, log, level))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def stated_forms(
    appraisals: pl.DataFrame, log: Log | None, most: Mapping[str, float] | None
) -> Iterator[tuple[str, StatedForms]]:
    """Yield the forms of each source; parameters as of `judge_defects`."""
    texts = [name for name in ("source", "author", "person", "period", "item", "reason") if name in appraisals.columns]
    plain = appraisals.with_columns(_c(texts).cast(pl.String))
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("author", "reason") if name not in texts]
    missing += [pl.lit(None, dtype=pl.Int64).alias(n) for n in ("ticket", "stage") if n not in appraisals.columns]
    top = dict(plain.group_by("item").agg(_c("points").max()).iter_rows()) | dict(most or {})
    share = _c("points") / _c("item").replace_strict(top, return_dtype=pl.Float64)
    rows = plain.with_columns(missing).with_columns(share=pl.when(share.is_finite()).then(share))
    teams = {} if log is None else dict(log.people.select(_c("person", "team").cast(pl.String)).iter_rows())
    for source in sorted(rows["source"].unique()):
        own = rows.filter(_c("source") == source)
        names = sorted(own["item"].unique())
        wide = own.pivot("item", index=_FORM, values="share", aggregate_function="mean").sort(_FORM, nulls_last=False)
        notes = own.group_by(_FORM).agg(note=_c("reason").drop_nulls().sort().first())
        frame = wide.join(notes, on=_FORM, how="left", nulls_equal=True, maintain_order="left")
        frame = _held(frame, log).with_columns(
            team=_c("person").replace_strict(teams, default=None, return_dtype=pl.String)
        )
        items = frame.select(names).to_numpy().astype(np.float64)
        _, code = np.unique(frame["person"].to_numpy(), return_inverse=True)
        held = frame["held"].fill_null(np.nan).to_numpy()
        least = np.nanmin(items, axis=0)
        yield source, StatedForms(frame, code.astype(np.int64), np.nanmean(items, axis=1), held, items, least)


def _held(frame: pl.DataFrame, log: Log | None) -> pl.DataFrame:
    """Return forms with the log of the seconds for which their touch, or those of the period, were held."""
    if log is None or log.touches.is_empty():
        return frame.with_columns(held=pl.lit(None, dtype=pl.Float64))
    touches = _holdings(log)
    one = touches.group_by("person", "ticket", "stage", maintain_order=True).agg(_c("held").mean())
    exact = frame.join(
        one.with_columns(_c("stage").cast(frame.schema["stage"])),
        on=["person", "ticket", "stage"],
        how="left",
        maintain_order="left",
    )
    if exact["held"].null_count() < exact.height:
        return exact
    spans = [
        (name, days[0].toordinal(), days[1].toordinal()) for name in frame["period"].unique() if (days := days_of(name))
    ]
    periods = pl.DataFrame(spans, schema={"period": pl.String, "first": pl.Int64, "after": pl.Int64}, orient="row")
    means = periods.join(touches, how="cross").filter((_c("day") >= _c("first")) & (_c("day") < _c("after")))
    own = means.group_by("person", "period", maintain_order=True).agg(_c("held").mean())
    return frame.join(own, on=["person", "period"], how="left", maintain_order="left")


def _holdings(log: Log) -> pl.DataFrame:
    """Return person, ticket, stage, day of its end and log of the seconds of every holding that ended."""
    rows = log.touches.filter(_c("person").is_not_null() & _c("ended_s").is_not_null())
    from_s = pl.coalesce("assigned_s", "started_s")
    return rows.select(
        _c("person").cast(pl.String), "ticket", "stage",
        day=pl.Series(log.timeline.day(rows["ended_s"].to_numpy()), dtype=pl.Int64),
        held=(_c("ended_s") - from_s).clip(lower_bound=1).cast(pl.Float64).log(),
    ).sort("person", "ticket", "stage", "held")  # fmt: skip


def _of_source(source: str, forms: StatedForms, log: Log | None, level: float) -> Iterator[Row]:
    """Yield the rows of one source."""
    counts = np.bincount(forms.person)[forms.person]
    parts = [("all", forms), ("regulars", forms.some(counts >= LEAST))]
    teams = sorted(forms.frame["team"].drop_nulls().unique())
    parts += [(f"team:{team}", forms.some((forms.frame["team"] == team).fill_null(False).to_numpy())) for team in teams]
    for part, some in parts:
        if len(some.share):
            yield from ((source, part, *row) for row in _of_part(some, level))
    yield from ((source, "all", *row) for row in _notes(forms, level))
    if log is not None:
        yield from ((source, "all", *row) for row in _missing(source, forms, log, level))
    for key in ("author", "team", "period"):
        for name in sorted(forms.frame[key].drop_nulls().unique()):
            some = forms.some((forms.frame[key] == name).fill_null(False).to_numpy())
            yield (source, "all", "mean", f"{key}:{name}", *_jackknife(some, lambda f: float(f.share.mean()), level))


type _Told = tuple[float | None, float | None, float | None, int]


def _of_part(
    forms: StatedForms, level: float
) -> Iterator[tuple[str, None, float | None, float | None, float | None, int]]:
    """Yield what is odd about the points of some forms: defect, None, value, low, high, n."""
    made: list[tuple[str, Callable[[StatedForms], float]]] = []
    if forms.items.shape[1] > 1:
        made = [("halo", lambda f: _share(_alike(f))), ("inter_item", _inter_item)]
    made += [("ceiling", lambda f: _share(_at(f, 1.0))), ("floor", lambda f: _share(_at(f, f.least)))]
    known = forms.some(~np.isnan(forms.held))
    for defect, figure in made:
        yield (defect, None, *_jackknife(forms, figure, level, -1.0 if defect == "inter_item" else 0.0))
    if len(known.share) > MIN_GROUPS:
        yield ("held_rho", None, *_jackknife(known, lambda f: _spearman(f.share, f.held), level, -1.0))
    yield ("icc", None, *_icc(forms, None, level))
    if len(known.share) > MIN_GROUPS and np.ptp(known.held) > 0:
        yield ("icc_beside_held", None, *_icc(known, known.held, level))


def _icc(forms: StatedForms, beside: Floats | None, level: float) -> _Told:
    try:
        found = intraclass_of_groups(forms.share, forms.person, beside, level)
    except (ValueError, np.linalg.LinAlgError):
        return None, None, None, len(forms.share)
    low, high = (None if end is None else float(np.clip(end, -1.0, 1.0)) for end in (found.low, found.high))
    return _known(found.value), low, high, len(forms.share)


def _alike(forms: StatedForms) -> NDArray[np.bool_]:
    """Return which forms of two or more items have the same share on all of them; the others are left out."""
    many = (~np.isnan(forms.items)).sum(axis=1) > 1
    stated = forms.items[many]
    return np.asarray(np.nanmax(stated, axis=1) - np.nanmin(stated, axis=1) < 1e-9)


def _at(forms: StatedForms, share: float | Floats) -> NDArray[np.bool_]:
    return np.asarray((np.isnan(forms.items) | (np.abs(forms.items - share) < 1e-9)).all(axis=1))


def _inter_item(forms: StatedForms) -> float:
    """Return the mean correlation of two items; items that do not vary are left out."""
    found = []
    for one, two in combinations(range(forms.items.shape[1]), 2):
        both = forms.items[:, (one, two)]
        both = both[~np.isnan(both).any(axis=1)]
        if len(both) > 2 and (both.std(axis=0) > 1e-12).all():
            found.append(float(np.asarray(np.corrcoef(both.T))[0, 1]))
    return float(np.mean(found)) if found else float("nan")


def _notes(
    forms: StatedForms, level: float
) -> Iterator[tuple[str, str | None, float | None, float | None, float | None, int]]:
    """Yield how many forms carry no note, and the notes that occur most often more than once."""
    notes = forms.frame["note"]
    yield ("no_note", None, *_jackknife(forms, lambda f: f.frame["note"].null_count() / f.frame.height, level))
    counts = notes.drop_nulls().value_counts().filter(_c("count") > 1).sort(["count", "note"], descending=[True, False])
    for note in counts["note"].head(NOTES):

        def share(some: StatedForms, note: str = note) -> float:
            return int((some.frame["note"] == note).sum()) / some.frame.height

        value, low, high, _ = _jackknife(forms, share, level)
        yield ("pasted", note, value, low, high, int((notes == note).sum()))


def _missing(
    source: str, forms: StatedForms, log: Log, level: float
) -> Iterator[tuple[str, None, float | None, float | None, float | None, int]]:
    """Yield how many of the forms that were due are not there, and whose."""
    due = due_forms(forms, log)
    if due.is_empty():
        return
    means = forms.frame.select("person", share=pl.Series(forms.share)).group_by("person").agg(_c("share").mean())
    rows = due.join(means, on="person", how="left", maintain_order="left")
    gone = (~rows["there"]).to_numpy().astype(np.float64)
    _, code = np.unique(rows["person"].to_numpy(), return_inverse=True)
    shares, held = (rows[name].fill_null(np.nan).to_numpy() for name in ("share", "held"))
    asked = StatedForms(rows, code.astype(np.int64), gone, held, shares[:, None], np.zeros(1))
    yield ("missing", None, *_jackknife(asked, lambda f: float(f.share.mean()), level))
    if not 0 < gone.sum() < len(gone):
        return
    yield ("missing_points", None, *_jackknife(asked.some(~np.isnan(shares)), _less, level, -1.0))
    if not np.isnan(held).all():
        yield (
            "missing_held",
            None,
            *_jackknife(asked.some(~np.isnan(held)), lambda f: _spearman(f.share, f.held), level, -1.0),
        )


def _less(asked: StatedForms) -> float:
    """Return how much smaller the mean share of people is over missing forms than over those that are there."""
    gone = asked.share > 0
    return float("nan") if gone.all() or not gone.any() else float(asked.items[~gone].mean() - asked.items[gone].mean())


def due_forms(forms: StatedForms, log: Log) -> pl.DataFrame:
    """Return the forms that a source should have: person, there, held."""
    frame = forms.frame
    if frame["ticket"].null_count() < frame.height:
        there = frame.select("person", "ticket", "stage", there=pl.lit(True)).unique()
        holdings = _holdings(log).with_columns(_c("stage").cast(frame.schema["stage"]))
        rows = holdings.join(there, on=["person", "ticket", "stage"], how="left", maintain_order="left")
        return rows.select("person", _c("there").fill_null(False), "held").sort("person", "held", "there")
    people = frame.select("person").unique().sort("person")
    if not log.shifts.is_empty():
        people = log.shifts.select(_c("person").cast(pl.String)).unique().sort("person")
    cells = people.join(frame.select("period").unique().sort("period"), how="cross")
    there = frame.group_by("person", "period").agg(held=_c("held").mean(), there=pl.lit(True))
    rows = cells.join(there, on=["person", "period"], how="left", maintain_order="left")
    return rows.select("person", _c("there").fill_null(False), held=pl.lit(None, dtype=pl.Float64))


def _jackknife(forms: StatedForms, figure: Callable[[StatedForms], float], level: float, least: float = 0.0) -> _Told:
    """Return a figure of forms with its delete-one-person jackknife-t interval, cut to its range, and their number.

    `least` is the smallest that the figure can be; the largest is 1.
    """
    whole, count = figure(forms), len(forms.share)
    people = np.unique(forms.person)
    if np.isnan(whole) or len(people) < MIN_GROUPS:
        return _known(whole), None, None, count
    span = jackknife_t(whole, [figure(forms.some(forms.person != person)) for person in people], level)
    return (whole, None, None, count) if span is None else (whole, max(span[0], least), min(span[1], 1.0), count)


def _share(found: NDArray[np.bool_]) -> float:
    return float(found.mean()) if len(found) else float("nan")


def _spearman(one: Floats, two: Floats) -> float:
    ranks = np.stack([stats.rankdata(one), stats.rankdata(two)])
    return float(np.asarray(np.corrcoef(ranks))[0, 1]) if (ranks.std(axis=1) > 0).all() else float("nan")


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
