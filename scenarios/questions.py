"""What the source documents leave open: each question with its switch, its answer by default, and the other answers."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scenarios.texts import text

_FILE = Path(__file__).parent / "questions.toml"
_NAMED = "items", "tiers"
"""Lists of a rubric whose entries a switch calls by their names."""

NONE = "none"
"""How the file states that there is no value."""


@dataclass(frozen=True)
class OpenQuestion:
    """A question that a document leaves open.

    Attributes
    ----------
    id
        As `A-02`.
    asks
        The question, by language.
    where
        Name of the rubric or scenario that comes along, of whose keys the switch is one; empty where nothing has to be
        decided.
    of_scenario
        Whether it is a scenario's.
    switch
        Dotted key that answers it; `lint RULE` where the answer stays and the linter tells of it; empty where there
        is none.
    default, other
        The answer that stands there, and others: values, or tables of keys beneath it.
    tests
        Where it is tested, as `test_rubric.py::test_...`.
    """

    id: str
    asks: Mapping[str, str]
    where: str
    of_scenario: bool
    switch: str
    default: Any
    other: tuple[Any, ...]
    tests: tuple[str, ...]


@cache
def open_questions() -> tuple[OpenQuestion, ...]:
    """Return every question, in the order of their ids."""
    return tuple(_question(row) for row in tomllib.loads(_FILE.read_text("utf-8"))["question"])


def _question(row: Mapping[str, Any]) -> OpenQuestion:
    rule = row.get("rule")
    return OpenQuestion(
        row["id"], row["asks"], row.get("rubric") or row.get("scenario", ""), "scenario" in row,
        f"lint {rule}" if rule else row.get("switch", ""), row.get("default"), tuple(row.get("other", ())),
        tuple(row.get("tests", ())),
    )  # fmt: skip


def answer(question: OpenQuestion, data: Mapping[str, Any]) -> Any:
    """Return what the data of a rubric or scenario answer, in the words of `default`.

    Raises
    ------
    KeyError
        If the data have no such switch.

    Examples
    --------
    >>> question = next(each for each in open_questions() if each.id == "A-10")
    >>> answer(question, {"policy": {"double_weighting": False}})
    False
    """
    found = _at(data, question.switch)
    if isinstance(question.default, dict):
        return {key: _said(found[key]) for key in question.default}
    return _said(found)


def otherwise(question: OpenQuestion, data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the data of a rubric or scenario under each other answer."""
    for other in question.other:
        made = json.loads(json.dumps(data, default=str))
        parent, _, last = question.switch.rpartition(".")
        if isinstance(other, dict):
            _at(made, question.switch).update(other)
        else:
            _at(made, parent)[last] = None if other == NONE else other
        yield made


def _at(data: Any, switch: str) -> Any:
    above = ""
    for word in switch.split(".") if switch else ():
        if above in _NAMED:
            named = {entry["name"]: entry for entry in data}
            data, above = named[word], word
        else:
            data, above = data[word], word
    return data


def _said(value: Any) -> Any:
    return NONE if value is None else value


def questions_page(lang: str = "en") -> str:
    """Return the table of questions as a page of Markdown, in a language."""
    heads = [text(lang, f"rubric.{key}") for key in ("question", "asks", "switch", "default", "others", "tested")]
    lines = [f"# {text(lang, 'rubric.questions_title')}", "", text(lang, "rubric.questions_note"), ""]
    lines += [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for each in open_questions():
        switch = f"`{each.switch}`" + (f" ({each.where})" if each.where else "") if each.switch else "-"
        tests = ", ".join(f"`{name}`" for name in each.tests) or "-"
        cells = [each.id, each.asks[lang], switch, plain(each.default), others(each), tests]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def others(question: OpenQuestion) -> str:
    """Return the other answers in one line."""
    return "; ".join(map(plain, question.other)) or "-"


def plain(value: Any) -> str:
    """Return an answer in one line.

    Examples
    --------
    >>> plain({"best": 5.0, "worst": 2.0}), plain(["self"]), plain(True), plain(None)
    ('best = 5, worst = 2', 'self', 'true', '-')
    """
    if isinstance(value, dict):
        return ", ".join(f"{key} = {plain(each)}" for key, each in value.items())
    if isinstance(value, list):
        return "+".join(f"({plain(each)})" if isinstance(each, dict) else plain(each) for each in value) or NONE
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
