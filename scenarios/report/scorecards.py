"""The scorecards of everybody: a page each, and an index that leads to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.commands.output import number
from scenarios.problems import ScenarioError
from scenarios.report import page
from scenarios.report.scorecard import scorecard_page
from scenarios.texts import text
from scenarios.why import Reasons

FOLDER = "scorecards"
"""Folder of the pages."""

_MOST_LETTERS = 40

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class Card:
    """One person's page.

    Attributes
    ----------
    person, period
        Whose, and for which period.
    file
        Path in the folder of `--out`.
    """

    person: str
    period: str
    file: str

    def write(self, path: Path, lang: str, told: Reasons, people: Sequence[Row]) -> None:
        """Write the page.

        Parameters
        ----------
        path
            File of the page.
        lang
            `en` or `zh`.
        told
            Why people have their scores.
        people
            Rows of all scores.
        """
        rubric = told.rubric(self.person, self.period)
        scorecard_page(path, lang, rubric, people, told.of(self.person, self.period), "")


def cards_of(told: Reasons, people: Sequence[str], period: str | None) -> list[Card]:
    """Return the pages of some people: of one period, where they have a score, or of the last of each.

    Parameters
    ----------
    told
        Why people have their scores.
    people
        Their names; the number of each in this order begins the name of the file.
    period
        As in the scores, or None.

    Raises
    ------
    ScenarioError
        If nobody has a score for the period; the message names the nearest.
    """
    made, wrong = [], None
    for place, person in enumerate(people, start=1):
        try:
            asked = told.asked(person, period)
        except ScenarioError as error:
            wrong = error
            continue
        made.append(Card(person, asked, f"{FOLDER}/{place:03d}{file_part(person)}.html"))
    if not made and wrong is not None:
        raise wrong
    return made


def file_part(name: str) -> str:
    """Return what of a name may stand in the name of a file, after a dash; nothing of it may be left.

    Examples
    --------
    >>> file_part("service_agent#1"), file_part("../<b>王</b>"), file_part("//")
    ('-service_agent_1', '-b_王_b', '')
    """
    kept = re.sub(r"\W+", "_", name).strip("_")[:_MOST_LETTERS]
    return f"-{kept}" if kept else ""


def index_page(path: Path, lang: str, told: Reasons, people: Sequence[Row], cards: Sequence[Card]) -> None:
    """Write the index: everybody with total, interval and tier, by role and name; it is no ranking.

    Parameters
    ----------
    path
        File of the page.
    lang
        `en` or `zh`.
    told
        Why people have their scores.
    people
        Rows of all scores.
    cards
        The pages.
    """
    rows = {(row["person"], row["period"]): row for row in people}
    ordered = sorted(cards, key=lambda card: (rows[card.person, card.period]["role"] or "", card.person))
    keys = ("person", "role", "period", "total", "interval", "tier", "objective")
    heads = [text(lang, f"table.{key}", level="95%") for key in keys]
    lines = [_line(card, rows[card.person, card.period]) for card in ordered]
    label: Mapping[Any, str] = told.versions[-1].title
    title = label.get(lang, "")
    parts = [
        page.paragraph(text(lang, "scorecard.index_about", people=len(cards)), "lead"),
        page.table(heads, lines, numbers=(3, 4, 6)),
        page.heading(text(lang, "scorecard.limits")), page.paragraph(text(lang, "scorecard.cannot_see")),
    ]  # fmt: skip
    page.write(path, page.page(lang, text(lang, "scorecard.index", rubric=title), parts, ""))


def _line(card: Card, row: Row) -> list[str]:
    return [
        page.link(Path(card.file).name, card.person), row["role"] or "-", card.period, number(row["total"], "points"),
        "-" if row["low"] is None else " .. ".join(number(row[end], "points") for end in ("low", "high")),
        row["tier"] or "-", f"{row['objective_share']:.0%}",
    ]  # fmt: skip
