"""Why people have their scores, as `fairdesk score` tells it: on the terminal and as pages."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scenarios.texts import text

if TYPE_CHECKING:
    import polars as pl

    from scenarios.folder import Folder
    from scenarios.report.scorecards import Card
    from scenarios.why import Reference
    from sim.experiment.pools import Pool
    from sim.kpi.rubric import Rubric
    from sim.log import Log

MANY = 20
"""Pages from which on further processes draw them."""


class Explained:
    """Why somebody, or everybody, has the score, and the pages that say so.

    Parameters
    ----------
    args
        With `why`, `scorecards`, `period`, `reference`, `mapping` and `lang`.
    log, versions
        As they were scored.
    frame
        The scores.

    Raises
    ------
    ScenarioError
        If the person or the period has no score, or the reference is no log.
    """

    def __init__(
        self, args: argparse.Namespace, log: Log, versions: Sequence[Rubric], frame: pl.DataFrame
    ) -> None:  # fmt: skip
        from scenarios.why import Reasons

        self.args = args
        self.cards: list[Card] = []
        self.told = Reasons(log, versions, frame, _reference(args, versions))
        self.reasons = None if args.why is None else self.told.of(args.why, args.period)
        if args.scorecards:
            from scenarios.report.scorecards import cards_of

            self.cards = cards_of(self.told, sorted(set(frame["person"].drop_nulls())), args.period)

    def rubric(self) -> Rubric:
        """Return the version by which the person was scored."""
        assert self.reasons is not None
        return self.told.rubric(self.reasons["person"], self.reasons["period"])

    def write(self, people: list[dict[str, Any]], folder: Folder) -> None:
        """Write the scorecard, and the scorecards of everybody with their index.

        Parameters
        ----------
        people
            Rows of all scores.
        folder
            That of `--out`.
        """
        from scenarios.commands.output import progress
        from scenarios.report.scorecard import scorecard_page
        from scenarios.report.scorecards import index_page, write_cards

        lang, reasons = self.args.lang, self.reasons
        if reasons is not None:
            folder.make(
                "scorecard.html", lambda path: scorecard_page(path, lang, self.rubric(), people, reasons, "")
            )  # fmt: skip
        if not self.args.scorecards:
            return
        with progress(lang, len(self.cards)) as advance:
            write_cards(self.cards, folder, self.told, people, self._pool(), advance)
        folder.make("scorecards/index.html", lambda path: index_page(path, lang, self.told, people, self.cards))

    def _pool(self) -> Pool | None:
        """Return what makes the processes that draw; none for few pages, which are there before others have begun."""
        from sim.experiment.pools import processes

        workers: int = self.args.workers or min(2, os.cpu_count() or 1)
        return processes(workers) if len(self.cards) >= MANY else None


def _reference(args: argparse.Namespace, versions: Sequence[Rubric]) -> Reference | None:
    """Return the scores of the log that says how often targets are reached; None where none is named."""
    from scenarios.logs import open_log
    from scenarios.why import Reference
    from sim.kpi.rubric import score_versions

    if args.reference is None:
        return None
    log, name, _ = open_log(args.reference, args.mapping)
    return Reference(name, log.source, score_versions(log, versions, level=None).to_dicts())


def show_why(lang: str, rubric: Rubric, found: dict[str, Any]) -> None:
    """Print why somebody has the score.

    Parameters
    ----------
    lang
        `en` or `zh`.
    rubric
        The version by which the person was scored.
    found
        As `scenarios.why.Reasons.of` returns it.
    """
    from scenarios.commands.output import say, show_table
    from scenarios.labels import number
    from scenarios.report.explained import sentences

    heads = [text(lang, f"rubric.{key}") for key in ("item", "value", "tickets", "points", "if_one_more", "then_total")]
    lines = [
        [
            item["label"].get(lang, item["name"]), _value_of(item),
            "-" if item["value"] is None else str(item["n"]),
            f"{number(item['points'], 'points')} / {item['max_points']:g}",
            *(["-", "-"] if item["one_more"] is None else _changes(item["one_more"])),
        ]
        for item in found["items"]
    ]  # fmt: skip
    show_table(
        text(lang, "rubric.why_title", person=found["person"], period=found["period"]), heads, lines, (1, 2, 3, 4, 5)
    )
    if found["next_tier"] is not None:
        points = number(found["next_tier"]["points"], "points")
        say(text(lang, "rubric.to_next", points=points, tier=found["next_tier"]["tier"]))
    moves = [item for item in found["items"] if item["one_more"] and item["one_more"]["tier"] != found["tier"]]
    if moves:
        names = ", ".join(item["label"].get(lang, item["name"]) for item in moves)
        say(text(lang, "rubric.one_ticket", items=names))
    for sentence in sentences(lang, rubric, found):
        say(f"- {sentence}")


def _value_of(item: dict[str, Any]) -> str:
    if item["value"] is None:
        return "-"
    span = "" if item["low"] is None else f" ({item['low']:.4g} .. {item['high']:.4g})"
    return f"{item['value']:.4g} {item['unit']}{span}"


def _changes(one_more: dict[str, Any]) -> list[str]:
    return ["-" if one_more[key] is None else f"{one_more[key]:+.2f}" for key in ("points", "total")]
