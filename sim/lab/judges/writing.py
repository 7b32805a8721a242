"""Forms of simulated judges, written after the run: a pure function of log, truth and seed."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from sim import chance
from sim.desk import Desk
from sim.kpi.rubric import Rubric
from sim.lab.judges.data import Judge, Judges, check_judged
from sim.lab.judges.merits import Basis, basis_of
from sim.log import Log
from sim.log.tables import OPTIONAL, table
from sim.truth import Truth

type Floats = NDArray[np.float64]

PROVENANCE = "simulated judges"

_c = pl.col
_LARGEST = 1 - 2.0**-53


def judge(log: Log, truth: Truth, desk: Desk, rubric: Rubric, judges: Judges, seed: int) -> pl.DataFrame:
    """Return the points that simulated judges state of simulated people.

    Parameters
    ----------
    log, truth
        What the engine gave.
    desk
        Says who is of which role and team: people are compared within their role, and a team has one supervisor.
    rubric
        Its items without a KPI are judged, by the sources that it asks, in the periods of the person's profile.
    judges
        Habits of the sources; a source without any writes nothing.
    seed
        0 to 2^64 - 1; each number belongs to a purpose, a person, a period, an item and an author.

    Returns
    -------
    DataFrame
        A table `appraisals` of a log: `log.having(appraisals=...)` scores with it.

    Raises
    ------
    ValueError
        If the judges have nothing to judge in this rubric.

    Notes
    -----
    A form's impression is leniency (of the author, with drift) + inflation + sees x merit + results x (results,
    of which the last two weeks weigh `memory`) - blame x (log time held) + noise, in shares of the most points; on a
    form with halo every item gets that of the mean merit of its items. A share at or above `ceiling` gives the most
    points, a smaller one the nearest of the levels below.
    """
    check_judged(judges, rubric)
    return stated(basis_of(log, truth, desk, rubric, judges), rubric, judges, seed)


def stated(basis: Basis, rubric: Rubric, judges: Judges, seed: int) -> pl.DataFrame:
    """Return what `judge` does, from what there is to judge; judges of other habits may state on the same basis."""
    parts = [_of_source(basis, rubric, judges, source, seed) for source in sorted(judges.sources)]
    frame = pl.concat([pl.DataFrame(schema=OPTIONAL["appraisals"]), *parts], how="diagonal")
    return table("appraisals", frame)


def _of_source(basis: Basis, rubric: Rubric, judges: Judges, source: str, seed: int) -> pl.DataFrame:
    """Return the rows of one source."""
    habits = judges.sources[source]  # type: ignore[index]
    asked = [item.name for item in rubric.items if item.kpi is None and source in rubric.sources_of(item)]
    results = (1 - habits.memory) * _c("held") + habits.memory * _c("recent")
    about = basis.cells.with_columns(results=results)
    rows = basis.merits.filter(_c("item").is_in(asked))
    forms = (
        _authors(about, source, habits, seed)
        .join(rows, on=["person", "period"])
        .sort("person", "period", "author", "item")
    )
    if forms.is_empty():
        return pl.DataFrame(schema=OPTIONAL["appraisals"])
    share, note = _filled(forms, habits, source, seed)
    most = {item.name: item.max_points for item in rubric.items}
    return forms.select(
        "person", "period", "item", "author", source=pl.lit(source),
        points=pl.Series(share) * _c("item").replace_strict(most, return_dtype=pl.Float64),
        reason=pl.when(pl.Series(note)).then(pl.lit(judges.note)), provenance=pl.lit(PROVENANCE),
    ).filter(pl.Series(~np.isnan(share)))  # fmt: skip


def _authors(cells: pl.DataFrame, source: str, habits: Judge, seed: int) -> pl.DataFrame:
    """Return a row for each form: the cell, and who fills it in."""
    if source == "self":
        return cells.with_columns(author=_c("person"))
    if source == "supervisor":
        return cells.with_columns(author="supervisor_" + _c("team"))
    if source != "peer":
        return cells.with_columns(author=pl.lit(source))
    team = cells.select("team", "period", author="person")
    both = cells.join(team, on=["team", "period"]).filter(_c("person") != _c("author"))
    drawn = _uniforms(both, "peer", source, seed)
    lots = both.with_columns(lot=pl.Series(drawn)).sort("person", "period", "lot", "author")
    return lots.group_by("person", "period", maintain_order=True).head(habits.authors).drop("lot")


def _filled(forms: pl.DataFrame, habits: Judge, source: str, seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the share of its most points that each item gets, NaN on empty forms, and where the note is pasted."""
    form = ["person", "period", "author"]
    number = forms.select(pl.struct(form).rle_id()).to_series().to_numpy()
    merit = forms["merit"].to_numpy()
    mean = np.bincount(number, merit) / np.bincount(number)
    whole = forms.unique(form, maintain_order=True)
    months = (whole["first"] - whole["first"].min()).to_numpy() / 30.0
    lenient = habits.leniency + habits.leniency_sd * _normal(_uniforms(whole, "leniency", source, seed, ()))
    base = (
        lenient + habits.inflation + habits.drift * months + habits.results * whole["results"].to_numpy()
        - habits.blame * whole["hold"].to_numpy() + habits.noise * _normal(_uniforms(whole, "form", source, seed))
    )  # fmt: skip
    overall = base + habits.sees * mean
    single = base[number] + habits.sees * merit
    single = single + habits.item_noise * _normal(_uniforms(forms, "item", source, seed, ("person", "period", "item")))
    alike = (_uniforms(whole, "halo", source, seed) <= habits.halo)[number]
    share = marked(np.where(alike, overall[number], single), habits)
    empty = np.zeros(len(whole), dtype=bool)
    if habits.missing:
        chances = expit(logit(habits.missing) + habits.missing_per_share * (overall - habits.leniency))
        empty = _uniforms(whole, "missing", source, seed) <= chances
    least = np.full(len(whole), np.inf)
    np.minimum.at(least, number, share)
    note = (least >= 1) & (_uniforms(whole, "note", source, seed) <= habits.pasted)
    return np.where(empty[number], np.nan, share), note[number]


def marked(impression: Floats, habits: Judge) -> Floats:
    """Return the shares of the most points that impressions become: the ceiling, else the nearest level below it."""
    top = impression >= habits.ceiling
    if not habits.levels:
        return np.where(top, 1.0, np.clip(impression, 0.0, 1.0))
    steps = habits.levels - 1
    return np.where(top, steps, np.clip(np.floor(impression * steps + 0.5), 0, steps - 1)) / steps


def _uniforms(
    rows: pl.DataFrame, purpose: str, source: str, seed: int, of: tuple[str, ...] = ("person", "period")
) -> Floats:
    """Return one uniform number per row: of the author, of the first of some columns, and of the others together."""
    names = np.zeros((rows.height, 3), dtype=np.uint32)
    names[:, 2] = [chance.code(author) & 0xFFFFF for author in rows["author"]]
    if of:
        names[:, 0] = [chance.code(word) for word in rows[of[0]]]
        names[:, 1] = [chance.code(*words) for words in rows.select(of[1:]).iter_rows()]
    return chance.uniforms(seed, chance.code("judge", source, purpose), names)


def _normal(u: Floats) -> Floats:
    return np.asarray(ndtri(np.minimum(u, _LARGEST)))
