"""What users read about scores and fairness: `texts/appraisal.en.toml` and `texts/appraisal.zh.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.lab import Estimate, Fairness

_FOLDER = Path(__file__).parent / "texts"


@cache
def sayings(lang: str) -> Mapping[str, str]:
    """Return all texts of a language by section and name, as `part.merit`.

    Raises
    ------
    FileNotFoundError
        If there is no such language.
    """
    sections = tomllib.loads((_FOLDER / f"appraisal.{lang}.toml").read_text("utf-8"))
    return {f"{section}.{name}": said for section, table in sections.items() for name, said in table.items()}


def said(lang: str, key: str, **values: object) -> str:
    """Return a text with its values filled in.

    Raises
    ------
    KeyError
        If the language has no such text.
    """
    return sayings(lang)[key].format(**values)


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
        return said(lang, "fairness.nothing", role=found.role, people=found.people)
    parts = {name: _with_interval(share, lang) for name, share in found.shares.items()}
    return said(
        lang, "fairness.sentence", **parts, people=found.people, role=found.role, level=f"{found.level:.0%}",
        worlds=found.worlds, precision=said(lang, f"fairness.{'precise' if found.precise else 'imprecise'}"),
        objective=f"{found.objective_share:.0%}",
    )  # fmt: skip


def _with_interval(share: Estimate, lang: str) -> str:
    if share.mean is None or share.low is None or share.high is None:
        return "-"
    return said(lang, "fairness.share", low=percent(share.low), mid=percent(share.mean), high=percent(share.high))


def percent(value: float) -> str:
    """Return a share in whole percent, without a negative zero.

    Examples
    --------
    >>> percent(0.276), percent(-0.001)
    ('28', '0')
    """
    return f"{round(100 * value)}"
