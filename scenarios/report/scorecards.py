"""The scorecards of everybody: a page each, and an index that leads to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from scenarios.folder import Folder
from scenarios.labels import number
from scenarios.problems import ScenarioError
from scenarios.report import page
from scenarios.report.scorecard import scorecard_page
from scenarios.texts import text
from scenarios.why import Reasons
from sim.experiment.pools import Pool
from sim.experiment.work import spread
from sim.kpi.rubric import Rubric

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

    def drawing(self, path: Path, lang: str, told: Reasons, people: Sequence[Row]) -> Drawing:
        """Return what the page needs.

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
        role = next(row["role"] for row in people if (row["person"], row["period"]) == (self.person, self.period))
        mates = [
            row if self.period == row["period"] or self.person == row["person"] else {**row, "items": []}
            for row in people if row["role"] == role
        ]  # fmt: skip
        return Drawing(path, lang, rubric, mates, told.of(self.person, self.period))


class Drawing(NamedTuple):
    """What a page needs, and no more: it travels to another process.

    Attributes
    ----------
    path, lang
        File of the page, and its language.
    rubric
        The rubric.
    people
        Rows of the scores of the role; of other people in other periods without their items.
    found
        Why the person has the score.
    """

    path: Path
    lang: str
    rubric: Rubric
    people: Sequence[Row]
    found: Row


def drawn(drawing: Drawing) -> Path:
    """Write a page, and return its file."""
    scorecard_page(*drawing, "")
    return drawing.path


def write_cards(
    cards: Sequence[Card], folder: Folder, told: Reasons, people: Sequence[Row], pool: Pool | None,
    advance: Callable[[], object],
) -> None:  # fmt: skip
    """Write the pages; they are the same, and come in the same order, whoever draws them.

    Parameters
    ----------
    cards
        The pages.
    folder
        That of `--out`.
    told, people
        Why people have their scores, and the rows of all scores.
    pool
        Makes a pool of processes; None draws here.
    advance
        Called after each page.
    """
    files = [folder.file(card.file) for card in cards]
    passing = [file.with_name(f".{file.name}.drawn") for file in files]

    def drawing(index: int) -> Drawing:
        files[index].parent.mkdir(parents=True, exist_ok=True)
        return cards[index].drawing(passing[index], folder.lang, told, people)

    items = ((index, drawing(index)) for index in range(len(cards)))
    made = spread(drawn, items, pool) if pool is not None else ((index, drawn(each)) for index, each in items)
    ready, following = dict[int, Path](), 0
    try:
        for index, path in made:
            ready[index] = path
            while following in ready:
                folder.make(cards[following].file, ready.pop(following).replace)
                following += 1
                advance()
    finally:
        for path in passing:
            path.unlink(missing_ok=True)


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
