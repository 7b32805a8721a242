"""What a study of fairness says in one sentence, and what it calls what it measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.texts import text

if TYPE_CHECKING:
    from sim.kpi.rubric import Rubric
    from sim.lab import Estimate, Fairness

HARM = ("tier", "sanction", "missed", "pay", "lost", "won")
"""What a study tells of harm; see `sim.lab.Wrong`."""
PARTS = ("merit", "conduct", "seat", "fit", "luck")
"""What a score is made of."""


def fairness_sentence(found: Fairness, lang: str = "en") -> str:
    """Return in one sentence what of a month's score is merit, what the seat, what luck.

    Parameters
    ----------
    found
        As `sim.lab.fairness` returns it.
    lang
        `en` or `zh`.
    """
    if found.shares["merit"].mean is None:
        return text(lang, "fairness.nothing", role=found.role, people=found.people)
    parts = {name: _with_interval(share, lang) for name, share in found.shares.items()}
    decides = text(lang, f"fairness.decides{'_all' if all_by_log(found) else ''}", share=f"{found.objective_share:.0%}")
    return text(
        lang, "fairness.sentence", **parts, score=text(lang, f"fairness.{found.headline}"),
        people=found.people, role=found.role, level=f"{found.level:.0%}",
        worlds=found.worlds, precision=text(lang, f"fairness.{'precise' if found.precise else 'imprecise'}"),
        decides=decides,
    )  # fmt: skip


def all_by_log(found: Fairness) -> bool:
    """Say whether a log decides all points of the rubric, so that nobody judges any."""
    return found.objective_share > 1 - 1e-9


def _with_interval(share: Estimate, lang: str) -> str:
    if share.mean is None or share.low is None or share.high is None:
        return "-"
    return text(lang, "fairness.share", low=percent(share.low), mid=percent(share.mean), high=percent(share.high))


def percent(value: float) -> str:
    """Return a share in whole percent, without a negative zero.

    Examples
    --------
    >>> percent(0.276), percent(-0.001)
    ('28', '0')
    """
    return f"{round(100 * value)}"


def tenths(share: float | None) -> str:
    """Return a share in percent with one decimal, without a negative zero; a dash where there is none.

    Examples
    --------
    >>> tenths(0.2761), tenths(-0.0001), tenths(None)
    ('27.6', '0.0', '-')
    """
    return "-" if share is None else f"{round(100 * share, 1) + 0.0:.1f}"


def tenths_span(share: Estimate, between: str = " … ") -> str:
    """Return the ends of the interval of a share in percent; a dash where there is none."""
    return "-" if share.low is None or share.high is None else between.join(map(tenths, (share.low, share.high)))


def measure_label(name: str, rubric: Rubric, lang: str) -> str:
    """Return what a measure is called: of an item, a category, the total or the pay."""
    kind, _, rest = name.partition(".")
    if kind in ("kpi", "item"):
        labels = rubric.item(rest).label
    elif kind == "category":
        labels = rubric.categories[rest].label
    else:
        return text(lang, {"pay": "lab.pay_factor"}.get(kind, f"lab.{kind}"))
    return text(lang, f"lab.{kind}_of", label={str(key): said for key, said in labels.items()}.get(lang, rest))
