"""What became of the rows of a source: how many came in, were used, were set aside and why."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from scenarios.notes import in_words
from sim.notes import Note, Value

EXAMPLES = 3
"""Rows shown as examples of each reason."""


class SourceError(ValueError):
    """A file cannot be read as a source; the message names file, line where sensible, what is expected."""

    def __init__(self, path: Path | str, message: str, line: int | None = None) -> None:
        where = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{where}: {message}")


@dataclass(frozen=True)
class Quality:
    """The quality report of an import.

    Attributes
    ----------
    rows_in
        Data rows of the file, the header and blank lines apart.
    rows_used
        Rows whose content is in the log; `rows_in` is always `rows_used` plus the sum of `set_aside`.
    set_aside
        Reason -> number of rows that are not in the log.
    warnings
        What was found and how it was read.
    examples
        Reason -> up to three line numbers of the file, the header being line 1.
    mapping
        Name of the mapping that was used.
    """

    rows_in: int
    rows_used: int
    set_aside: dict[Note, int] = field(default_factory=dict)
    warnings: list[Note] = field(default_factory=list)
    examples: dict[Note, list[int]] = field(default_factory=dict)
    mapping: str = ""

    def __post_init__(self) -> None:
        """Check that no row is lost."""
        total = self.rows_used + sum(self.set_aside.values())
        if total != self.rows_in:
            raise AssertionError(f"{self.rows_in} rows came in, but {total} are accounted for")

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the report as plain data with its sentences in a language; JSON has them in English."""
        in_order = sorted(self.set_aside, key=lambda reason: in_words(reason, lang))
        return {
            "rows_in": self.rows_in,
            "rows_used": self.rows_used,
            "set_aside": {in_words(reason, lang): self.set_aside[reason] for reason in in_order},
            "warnings": [in_words(warning, lang) for warning in self.warnings],
            "examples": {in_words(reason, lang): self.examples.get(reason, []) for reason in in_order},
            "mapping": self.mapping,
        }


class Ledger:
    """Counts rows in and rows set aside while a source is read; frames carry their line in `line`."""

    def __init__(self, path: Path, rows_in: int) -> None:
        self.path = path
        self.rows_in = rows_in
        self.set_aside: dict[Note, int] = {}
        self.examples: dict[Note, list[int]] = {}
        self.warnings: list[Note] = []

    def warn(self, key: str, **values: Value) -> None:
        """Add a warning."""
        self.warnings.append(Note.of(key, **values))

    def count(self, reason: Note, lines: pl.Series) -> None:
        """Set rows aside by their lines."""
        if lines.len():
            self.set_aside[reason] = self.set_aside.get(reason, 0) + lines.len()
            known = self.examples.get(reason, [])
            self.examples[reason] = sorted({*known, *lines.sort().head(EXAMPLES).to_list()})[:EXAMPLES]

    def keep(self, frame: pl.DataFrame, reason: Note, wrong: pl.Expr) -> pl.DataFrame:
        """Return the rows of a frame that are not wrong, and set the others aside; null is not wrong."""
        mask = frame.select(wrong.fill_null(False).alias("wrong"))["wrong"]
        if not mask.any():
            return frame
        self.count(reason, frame["line"].filter(mask))
        return frame.filter(~mask)

    def report(self, mapping: str) -> Quality:
        """Return the report; every row that was not set aside counts as used."""
        used = self.rows_in - sum(self.set_aside.values())
        return Quality(
            self.rows_in, used, dict(sorted(self.set_aside.items())), self.warnings,
            dict(sorted(self.examples.items())), mapping,
        )  # fmt: skip
