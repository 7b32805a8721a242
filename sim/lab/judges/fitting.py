"""Habits of a judge fitted to real points, as far as points without truth can tell them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit, ndtr, ndtri

from sim.kpi.agreement import intraclass_of_groups
from sim.kpi.judge_defects import LEAST, StatedForms, due_forms, stated_forms
from sim.lab.judges.data import Judge
from sim.log import Log
from sim.log.periods import days_of

type Floats = NDArray[np.float64]

LEAST_FORMS = 50
"""Forms that a fit needs."""
_MONTH_DAYS = 30.0
ROUNDS = 20
"""In which halo and ceiling are fitted in turns."""


def fit_judges(
    appraisals: pl.DataFrame, log: Log | None = None, *, most: Mapping[str, float] | None = None
) -> dict[str, Judge]:
    """Return the habits of each source that stated points.

    Parameters
    ----------
    appraisals, log, most
        As in `sim.kpi.judge_defects.judge_defects`.

    Returns
    -------
    dict
        Source to habits. `inflation`, `results`, `memory` and `leniency_sd` cannot be told and stay 0.

    Raises
    ------
    ValueError
        If a source has fewer than 50 forms of people with at least three, or all have the most points.

    Notes
    -----
    Only people with at least three forms are looked at, but for what is missing.

    The mark of a form, from the lowest that occurs (no points) to the highest (the most), is an ordered probit of the
    log of the time held, in SDs, and of the month: its thresholds lie half-way between the levels, the uppermost is
    free. What lies between people beside that is taken for their merit, which is an upper bound: it may be their seat.
    Leniency is that of the middle of the log. Halo and ceiling are then moved so that forms of a normal crowd agree on
    all items, and have the most points on all, as often as those of the log.
    """
    found = {}
    for source, every in stated_forms(appraisals, log, most):
        forms = every.some(np.bincount(every.person)[every.person] >= LEAST)
        if len(forms.share) < LEAST_FORMS:
            raise ValueError(f"{source}: a fit needs at least {LEAST_FORMS} forms, got {len(forms.share)}")
        found[source] = _fitted(source, forms, every, log)
    return found


def _fitted(source: str, forms: StatedForms, every: StatedForms, log: Log | None) -> Judge:
    low = float(np.nanmin(forms.items))
    if low >= 1:
        raise ValueError(f"{source}: all forms have the most points, so nothing can be told from them")
    items = (forms.items - low) / (1 - low)
    levels = len(np.unique(np.round(items[~np.isnan(items)], 9)))
    steps = levels - 1
    marks = np.clip(np.round(np.nanmean(items, axis=1) * steps), 0, steps).astype(np.int64)
    held = _spread(np.where(np.isnan(forms.held), np.nanmean(forms.held), forms.held)) if _any(forms.held) else None
    months = _months(forms, log)
    columns = [np.ones(len(marks)), *([] if held is None else [held]), *([] if months is None else [months])]
    slopes, sd = _ordered_probit(marks, np.column_stack(columns), steps)
    blame = 0.0 if held is None else -slopes[1]
    drift = 0.0 if months is None else slopes[-1]
    leniency = slopes[0] + drift * (0.0 if months is None else float(months.mean()))
    within = max(intraclass_of_groups(forms.share, forms.person, held).value, 0.0)
    whole = float(np.hypot(blame, sd))
    full = (np.isnan(items) | (items >= 1 - 1e-9)).all(axis=1)
    halo, item_noise, ceiling = _halo(items, full, leniency, whole, steps)
    missing, per_share = _missing(every, log, blame, whole)
    return Judge(
        leniency=_plain(leniency), sees=_plain(sd * within**0.5), blame=_plain(blame),
        noise=_plain(sd * (1 - within) ** 0.5), item_noise=_plain(item_noise), halo=_plain(halo),
        ceiling=_plain(max(ceiling, 1e-3)), levels=levels, drift=_plain(drift), missing=_plain(missing),
        missing_per_share=_plain(per_share), pasted=_plain(_pasted(forms, full)),
    )  # fmt: skip


def _plain(value: float) -> float:
    """Return a figure to three digits after the point, as it stands in a file."""
    return round(float(value), 3) + 0.0


def _any(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return len(known) > 2 and float(np.ptp(known)) > 0


def _spread(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std())


def _months(forms: StatedForms, log: Log | None) -> Floats | None:
    """Return how many times 30 days after the first each form is; None if all are of one time.

    Forms of touches go by the creation of the ticket: late touches belong to tickets that took long, and are marked
    down for that, so by their own time every judge would seem to grow severe.
    """
    if log is not None and forms.frame["ticket"].null_count() < forms.frame.height:
        created = forms.frame.select("ticket").join(
            log.tickets.select("ticket", "created_s"), on="ticket", how="left", maintain_order="left"
        )
        first = created["created_s"].fill_null(strategy="mean").to_numpy() / 86_400
    else:
        begins = {name: days[0].toordinal() for name in forms.frame["period"].unique() if (days := days_of(name))}
        first = forms.frame["period"].replace_strict(begins, return_dtype=pl.Float64).to_numpy()
    return None if np.ptp(first) == 0 else np.asarray((first - first.min()) / _MONTH_DAYS)


def _ordered_probit(marks: NDArray[np.int64], x: Floats, steps: int) -> tuple[Floats, float]:
    """Return slopes and SD of the impression behind marks 0 ... steps, in shares of the most points."""
    cuts = (np.arange(steps) + 0.5) / steps

    def loss(p: Floats) -> float:
        upper = (cuts[-2] if steps > 1 else 0.0) + np.exp(p[-1])
        borders = np.concatenate([[-np.inf], cuts[:-1], [upper], [np.inf]])
        mean, sd = x @ p[:-2], np.exp(p[-2])
        chance = ndtr((borders[marks + 1] - mean) / sd) - ndtr((borders[marks] - mean) / sd)
        return -float(np.log(np.maximum(chance, 1e-300)).sum())

    start = np.zeros(x.shape[1] + 2)
    start[0], start[-2], start[-1] = marks.mean() / steps, np.log(0.3), np.log(0.25)
    found = minimize(
        loss, start, method="Nelder-Mead", options={"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-7, "fatol": 1e-9}
    )
    return np.asarray(found.x[:-2]), float(np.exp(found.x[-2]))


def _halo(items: Floats, full: NDArray[np.bool_], mean: float, sd: float, steps: int) -> tuple[float, float, float]:
    """Return the share of forms with one impression for all items, the SD of the further error else, and the ceiling.

    Impressions are normal; both shares are made to come out as they are, in turns: the halo of forms whose items agree,
    and the ceiling of forms with the most points on all items.
    """
    most = float(np.clip(full.mean(), 1e-3, 1 - 1e-3))
    ceiling = mean + sd * float(ndtri(1 - most))
    whole = items[(~np.isnan(items)).all(axis=1)]
    if whole.shape[1] < 2 or not len(whole):
        return 0.0, 0.0, ceiling
    apart = np.ptp(whole, axis=1) > 1e-9
    if not apart.any():
        return 1.0, 0.0, ceiling
    noise = float(np.sqrt(whole[apart].var(axis=1, ddof=1).mean()))
    nodes, weights = hermegauss(61)
    centre, weights = mean + sd * nodes, weights / weights.sum()
    halo = 0.0
    for _ in range(ROUNDS):
        agree = float(((_levels(centre, ceiling, noise, steps) ** whole.shape[1]).sum(axis=0) * weights).sum())
        halo = float(np.clip((1 - apart.mean() - agree) / (1 - agree), 0.0, 1.0))

        def above(at: float, halo: float = halo) -> float:
            single = float((ndtr((centre - at) / noise) ** whole.shape[1] * weights).sum())
            return halo * float(ndtr((mean - at) / sd)) + (1 - halo) * single - most

        ceiling = float(brentq(above, mean - 9 * sd, mean + 9 * sd, xtol=1e-9))
    return halo, noise, ceiling


def _levels(centre: Floats, ceiling: float, noise: float, steps: int) -> Floats:
    """Return the chance of each level, of impressions around some centres, shape (steps + 1, centres)."""
    inner = np.minimum((np.arange(steps - 1) + 0.5) / steps, ceiling)
    borders = np.concatenate([[-np.inf], inner, [ceiling, np.inf]])
    return np.asarray(np.diff(ndtr((borders[:, None] - centre) / noise), axis=0))


def _missing(forms: StatedForms, log: Log | None, blame: float, whole: float) -> tuple[float, float]:
    """Return the share of forms missing at average points, and the change of its logit per share of the points.

    The latter is told by the points that the time held lets expect; the former is moved so that the share comes out
    where impressions are normal with the SD `whole`.
    """
    due = None if log is None else due_forms(forms, log)
    if due is None or due.is_empty():
        return 0.0, 0.0
    gone = (~due["there"]).to_numpy().astype(np.float64)
    held = due["held"].fill_null(np.nan).to_numpy()
    if gone.sum() < 2 or not _any(held) or blame == 0:
        return float(gone.mean()), 0.0
    points = -blame * _spread(np.where(np.isnan(held), np.nanmean(held), held))
    x, beta = np.column_stack([np.ones(len(points)), points]), np.zeros(2)
    beta[0] = np.log(gone.mean() / (1 - gone.mean()))
    for _ in range(50):
        p = expit(x @ beta)
        beta = beta + np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(2), x.T @ (gone - p))
    nodes, weights = hermegauss(61)

    def above(at: float) -> float:
        return float((expit(at + beta[1] * whole * nodes) * weights).sum() / weights.sum() - gone.mean())

    return float(expit(brentq(above, -40.0, 40.0, xtol=1e-9))), float(beta[1])


def _pasted(forms: StatedForms, full: NDArray[np.bool_]) -> float:
    """Return the share of forms with the most points that carry the most frequent note, if it occurs twice."""
    notes = forms.frame["note"].filter(pl.Series(full)).drop_nulls().value_counts()
    most = int(notes["count"].max() or 0) if notes.height else 0  # type: ignore[arg-type]
    return most / int(full.sum()) if most > 1 else 0.0
