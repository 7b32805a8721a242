"""What a further test of a score found, as a page, a table and a document show it alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any

from scenarios.texts import text

_WORDS = ("text", "word", "group", "yes", "conduct")
"""Kinds of columns that hold words; the others hold figures and stand to the right."""


@dataclass(frozen=True)
class Section:
    """What one test found.

    Attributes
    ----------
    name
        Of the test.
    rows
        What it found, one row a line.
    columns
        Keys of the rows that are shown, and how: text, points, share, percent, p, number, interval, yes.
    more
        Figures beside the rows, for the document.
    said
        Sentences under the table, by language.
    """

    name: str
    rows: list[dict[str, Any]]
    columns: tuple[tuple[str, str], ...]
    more: Mapping[str, Any] = field(default_factory=dict)
    said: Callable[[str], list[str]] = lambda _: []

    def heads(self, lang: str) -> list[str]:
        """Return the heads of the columns."""
        return [text(lang, f"lab_tests.col_{key}") for key, _ in self.columns]

    def lines(self, lang: str) -> list[list[str]]:
        """Return the cells as they are shown."""
        return [[_cell(row, key, kind, lang) for key, kind in self.columns] for row in self.rows]

    def right(self) -> list[int]:
        """Return the numbers of the columns that hold figures."""
        return [at for at, (_, kind) in enumerate(self.columns) if kind not in _WORDS]

    def document(self) -> dict[str, Any]:
        """Return the section as keys of a document."""
        return {"rows": self.rows, **self.more}


def note(name: str) -> Callable[[str], list[str]]:
    """Return what gives the note of a test in a language."""
    return lambda lang: [text(lang, f"lab_tests.{name}_note")]


def plain(value: Any) -> Any:
    """Return dataclasses and mappings of them as plain data."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return {key: plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value


def _cell(row: Mapping[str, Any], key: str, kind: str, lang: str) -> str:
    """Return a value as it is shown."""
    value = row.get(key)
    if kind == "between":
        return "-" if row["low"] is None else f"{row['low']:+.1f} .. {row['high']:+.1f}"
    if kind == "between_exact":
        return "-" if row["low"] is None else f"{row['low']:+.2f} .. {row['high']:+.2f}"
    if value is None:
        return "-"
    if kind == "yes":
        return text(lang, "lab_tests.yes" if value else "lab_tests.no")
    if kind == "word":
        return text(lang, f"lab_tests.{key}_{value}")
    if kind == "conduct":
        return text(lang, f"lab_tests.conduct_{value}")
    if kind == "group":
        return "" if value == row["what"] else str(value)
    shapes = {"points": "{:+.1f}", "share": "{:.0%}", "percent": "{:+.1%}", "p": "{:.3f}", "number": "{:.2f}"}
    if kind == "number" and float(value).is_integer():
        return f"{value:.0f}"
    return shapes[kind].format(value) if kind in shapes else str(value)
