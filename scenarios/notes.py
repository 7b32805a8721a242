"""Remarks in words: `texts/notes.en.toml` and `texts/notes.zh.toml`."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sim.notes import Note

_FOLDER = Path(__file__).parent / "texts"
_REASON = "reason."


@cache
def sentences(lang: str) -> Mapping[str, str]:
    """Return all sentences of a language by section and name, as `fit.wages`.

    Raises
    ------
    FileNotFoundError
        If there is no such language.
    """
    sections = tomllib.loads((_FOLDER / f"notes.{lang}.toml").read_text("utf-8"))
    return {f"{section}.{name}": said for section, table in sections.items() for name, said in table.items()}


def in_words(note: Note, lang: str = "en") -> str:
    """Return a note as a sentence.

    Raises
    ------
    KeyError
        If the language has no such sentence.

    Examples
    --------
    >>> in_words(Note.of("source.empty", column="priority"))
    'priority is empty'
    """
    return sentences(lang)[note.key].format(**dict(note.values))


def reason_in(lang: str, reason: str) -> str:
    """Return why there is no figure, in a language; KPIs and rubrics state it in English.

    Parameters
    ----------
    lang
        One of `scenarios.texts.LANGUAGES`.
    reason
        As in the column `reason` of `sim.kpi.measure` and of the items of `sim.kpi.rubric.score`; returned
        as it is if the language has no words for it.

    Examples
    --------
    >>> reason_in("zh", "shifts have no kind")
    '班次无法按 kind 划分'
    """
    for english, said in sentences(lang).items():
        if english.startswith(_REASON) and (found := _form(english.removeprefix(_REASON)).fullmatch(reason)):
            return said.format(**found.groupdict())
    return reason


@cache
def _form(sentence: str) -> re.Pattern[str]:
    """Return the pattern of a sentence whose `{names}` stand for one word each."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\w+)", re.escape(sentence)))
