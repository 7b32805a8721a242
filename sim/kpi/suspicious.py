"""Contacts that ended at once, and the learner came again: whose, beyond a stated false alarm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import gammaln

from sim.log import Log

SHORT = 0.1
"""Share of the median work of its kind and stage up to which a contact is short."""

AGAIN_S = 3600
"""Seconds within which the learner comes again with another ticket."""

REOPENED_S = 72 * 3600
"""Seconds within which the same ticket is reopened."""

LEVEL = 0.05
"""Probability that anybody at all is named in a log in which nobody ends contacts early."""

NO_CONTACT = "no contact has both a known work and a known learner"
NOBODY_ELSE = "all contacts are one person's, so there is nobody to compare with"

_c = pl.col


@dataclass(frozen=True)
class Pattern:
    """What somebody's contacts look like beside those of all others; shares 0 to 1, None where there is nothing.

    Attributes
    ----------
    person
        Whose contacts.
    contacts
        Contacts whose work and whose learner are known.
    short
        Share of them that were short; `others_short` that of the others.
    again
        Share of the short ones after which the learner came again; `again_after_long` of the longer ones,
        `others_again` of the short ones of the others.
    p
        The larger of two exact one-sided probabilities, adjusted for all people (Holm 1979).
    named
        Whether `p` is at most the level.
    """

    person: str
    contacts: int
    short: float
    others_short: float | None
    again: float | None
    again_after_long: float | None
    others_again: float | None
    p: float
    named: bool


def short_and_again(
    log: Log, *, short: float = SHORT, again_s: int = AGAIN_S, reopened_s: int = REOPENED_S, level: float = LEVEL
) -> tuple[list[Pattern], str | None]:  # fmt: skip
    """Return by person whether contacts end at once and the learner comes again, by another ticket or the same one.

    Whose harm: learners who were hung up on, and colleagues whose honest contacts look long beside these. A short
    contact may be a wrong number, and a log does not hold what was said: a name is a question, not a verdict.

    Parameters
    ----------
    log
        A log.
    short
        Share, in (0, 1), of the median work of its kind and stage up to which a contact is short.
    again_s
        Seconds, above 0, after its end within which another ticket of the learner counts.
    reopened_s
        Seconds, above 0, after its end within which the first reopening of its ticket counts.
    level
        Probability that anybody is named where nobody does it, in (0, 1).

    Returns
    -------
    tuple
        Patterns, the least p first; and why there is none.

    Raises
    ------
    ValueError
        If an amount is not as said.

    Notes
    -----
    Named is who passes two exact hypergeometric tests at once (Berger 1982): a larger share of short contacts than the
    others; and after own short contacts the learner comes again more often than after own longer ones. The second holds
    its level whatever somebody's speed and callers are. That short contacts of all are followed by another, as where a
    line breaks, does not clear who has far more of them; so `others_again` is shown beside.

    What is done after a reopening is no contact here: it is shorter, and of tickets that are likelier to come again.
    The first reopening counts for all contacts with its ticket before.
    """
    for name, value, most in (
        ("short", short, 1.0), ("again_s", again_s, np.inf), ("reopened_s", reopened_s, np.inf), ("level", level, 1.0)
    ):  # fmt: skip
        if not 0 < value < most:
            raise ValueError(f"{name} must lie above 0 and below {most}, got {value}")
    rows = _contacts(log, short, again_s, reopened_s)
    if rows.is_empty():
        return [], NO_CONTACT
    counts = rows.group_by("person").agg(
        n=pl.len(), short=_c("short").sum(), again=_c("again").sum(), both=(_c("short") & _c("again")).sum()
    )
    counts = counts.with_columns(pl.exclude("person").cast(pl.Int64)).sort("person")
    if counts.height < 2:
        return [], NOBODY_ELSE
    n, quick, again, both = (counts[name].to_numpy() for name in ("n", "short", "again", "both"))
    raw = np.array([_p(*each) for each in zip(n, quick, again, both, *_rest(n, quick), strict=True)])
    adjusted = _holm(raw)
    made = [
        Pattern(
            counts["person"][at], int(n[at]), float(quick[at] / n[at]), _over(quick.sum() - quick[at], n.sum() - n[at]),
            _over(both[at], quick[at]), _over(again[at] - both[at], n[at] - quick[at]),
            _over(both.sum() - both[at], quick.sum() - quick[at]), float(adjusted[at]), bool(adjusted[at] <= level),
        )
        for at in range(len(n))
    ]  # fmt: skip
    return sorted(made, key=lambda each: (each.p, each.person)), None


def _contacts(log: Log, short: float, again_s: int, reopened_s: int) -> pl.DataFrame:
    """Return person, whether the contact was short, and whether its learner came again soon."""
    about = log.tickets.select(
        "ticket", _c("learner").cast(pl.String), _c("kind").cast(pl.String), "created_s", "first_reopened_s"
    )
    worked = log.touches.filter(_c("person").is_not_null() & _c("work_s").is_not_null() & _c("ended_s").is_not_null())
    rows = worked.select("ticket", _c("person").cast(pl.String), "stage", "work_s", "ended_s").join(
        about.drop("created_s"), on="ticket", how="left", maintain_order="left"
    )
    rows = rows.filter((_c("ended_s") <= _c("first_reopened_s")).fill_null(True))
    median = rows.group_by("kind", "stage").agg(middle_s=_c("work_s").median())
    rows = rows.join(median, on=["kind", "stage"], how="left", maintain_order="left", nulls_equal=True)
    known = rows.filter(_c("learner").is_not_null()).select(
        "person", "learner", "ended_s", short=_c("work_s") <= short * _c("middle_s"),
        back=(_c("first_reopened_s") - _c("ended_s") <= reopened_s).fill_null(False),
    )  # fmt: skip
    starts = about.filter(_c("learner").is_not_null()).select("learner", "created_s")
    nexts = known.with_row_index("row").sort("ended_s").join_asof(
        starts.sort("created_s"), left_on="ended_s", right_on="created_s", by="learner", strategy="forward",
        allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    return nexts.sort("row").select(
        "person", "short", again=(_c("created_s") - _c("ended_s") <= again_s).fill_null(False) | _c("back")
    )


def _rest(*parts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [part.sum() - part for part in parts]


def _p(n: int, short: int, again: int, both: int, others: int, others_short: int) -> float:
    """Return the larger of the two probabilities."""
    return max(at_least(short, n, short + others_short, n + others), at_least(both, short, again, n))


def at_least(seen: int, drawn: int, marked: int, of: int) -> float:
    """Return the probability to draw at least so many marked ones, without putting back.

    Parameters
    ----------
    seen, drawn
        Marked ones among those drawn.
    marked, of
        Marked ones among all.

    Examples
    --------
    Two of two drawn are marked where two of four are: one of six draws.

    >>> round(at_least(2, 2, 2, 4), 4)
    0.1667
    """
    counts = np.arange(seen, min(drawn, marked) + 1, dtype=np.float64)
    counts = counts[counts >= drawn + marked - of]

    def chosen(all_: float, some: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(gammaln(all_ + 1.0) - gammaln(some + 1.0) - gammaln(all_ - some + 1.0))

    logs = chosen(marked, counts) + chosen(of - marked, drawn - counts) - float(chosen(of, float(drawn)))
    return min(1.0, float(np.exp(logs).sum()))


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities adjusted for so many looks (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    made = np.empty(len(p))
    made[order] = np.minimum(stepped, 1.0)
    return made


def _over(part: int, whole: int) -> float | None:
    return float(part / whole) if whole > 0 else None
