"""What lower floors state in keys or in English, in the words of a language."""

import errno
import os
import re
from functools import cache
from itertools import product

from scenarios.texts import text, texts
from sim.notes import Note

ENGLISH = "en"
"""Language of the messages of lower floors."""


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
    return text(lang, note.key, **dict(note.values))


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
    return _in_other_words(lang, "reason", reason) or reason


def rule_in(lang: str, message: str) -> str:
    """Return what is wrong, in a language; lower floors state it in English.

    Parameters
    ----------
    lang
        One of `scenarios.texts.LANGUAGES`.
    message
        Message of an error. What goes before a colon, as a file or a key, stays as it is; so does a message
        that the language has no words for.

    Examples
    --------
    >>> rule_in("zh", "demand.kinds.refund: priorities must sum to 1, got 1.3")
    'demand.kinds.refund: 各优先级的比例之和必须为 1，实际为 1.3'
    """
    if lang == ENGLISH:
        return message
    return _in_other_words(lang, "rule", message) or message


def foreign_in(lang: str, said: str) -> str:
    """Return what the operating system or a library says, in a language; in brackets if the language lacks it.

    Parameters
    ----------
    lang
        One of `scenarios.texts.LANGUAGES`.
    said
        Reason of an `OSError`, or a message of `tomllib`, without the place.

    Examples
    --------
    >>> foreign_in("zh", "Permission denied"), foreign_in("zh", "The moon is full")
    ('没有权限', '（The moon is full）')
    """
    if lang == ENGLISH:
        return said
    return _in_other_words(lang, "rule", said) or text(lang, "error.foreign", said=said)


@cache
def _forms(lang: str, section: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return patterns of English sentences, whose `{names}` stand for anything, and the sentences of a language."""
    known = {
        key.removeprefix(f"{section}."): said for key, said in texts(lang).items() if key.startswith(f"{section}.")
    }
    if section == "rule":  # a rule may name what was found in a source
        found = {key: said for key, said in texts(ENGLISH).items() if key.startswith("source.") and ":," not in said}
        known |= {said: text(lang, key) for key, said in found.items()}
        system = {key.removeprefix("system."): said for key, said in texts(lang).items() if key.startswith("system.")}
        known |= {os.strerror(getattr(errno, name)): said for name, said in system.items() if hasattr(errno, name)}
    return tuple((_form(english), said) for english, said in known.items())


def _form(english: str) -> re.Pattern[str]:
    """Return the pattern of a sentence; one that begins with a place takes no head before a colon for it."""
    form = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(english))
    form = re.sub(r"^\(\?P<(\w+)>\.\+\?\)", r"(?P<\1>(?:(?!: ).)+?)", form)
    return re.compile(form, re.DOTALL)


def _in_other_words(lang: str, section: str, english: str) -> str | None:
    """Return a sentence in a language, and so what stands in its places; None if the language does not have it.

    What goes before a colon stays. If it is none of the sentences, it may be several of them.
    """
    starts = [0, *(found.end() for found in re.finditer(": ", english))]
    for start, (form, said) in product(starts, _forms(lang, section)):
        if found := form.fullmatch(english, start):
            parts = found.groupdict()
            inside = {name: _in_other_words(lang, section, part) or part for name, part in parts.items()}
            return english[:start] + said.format(**inside)
    pieces = english.split("; ")
    others = [_in_other_words(lang, section, piece) for piece in pieces if len(pieces) > 1]
    return "；".join(other or piece for other, piece in zip(others, pieces, strict=True)) if any(others) else None
