"""What a study of fairness says in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.texts import text

if TYPE_CHECKING:
    from sim.lab import Estimate, Fairness


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
    return text(
        lang, "fairness.sentence", **parts, people=found.people, role=found.role, level=f"{found.level:.0%}",
        worlds=found.worlds, precision=text(lang, f"fairness.{'precise' if found.precise else 'imprecise'}"),
        objective=f"{found.objective_share:.0%}",
    )  # fmt: skip


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
