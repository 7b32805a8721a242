"""Files about rosters: the rules that a planner states, and a roster that was published."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optimize.roster.data import Question
from optimize.roster.rules import Request
from scenarios.files.reading import read_bytes, read_toml
from scenarios.problems import Problem, ScenarioError, of_pydantic, of_rule
from sim.desk import Desk

LIMIT_BYTES = 50_000_000
"""Longest roster in bytes."""


@cache
def request_schema() -> dict[str, object]:
    """Return the JSON schema of a file of rules."""
    return Request.model_json_schema()


def load_request(path: str | Path) -> Request:
    """Return what a file of rules asks of a roster.

    Raises
    ------
    ScenarioError
        If anything in it is wrong: one line per problem, with line and column.
    """
    data, found = read_toml(Path(path), str(path))
    try:
        return Request.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), found, data, request_schema())) from None


def question_in(path: str | Path | None, desk: Desk, request: Request) -> Question:
    """Return the question about the roster of a desk; what it does not know is said where the file of rules names it.

    Parameters
    ----------
    path
        File of rules; None where there is none.
    desk, request
        As of `optimize.roster.desks.question_of`.

    Raises
    ------
    ScenarioError
        If the file names what the desk lacks, or asks for what cannot be.
    ValueError
        The same of a request without a file.
    """
    from optimize.roster.desks import question_of

    try:
        return question_of(desk, request)
    except ValueError as error:
        if path is None:
            raise
        data, found = read_toml(Path(path), str(path))
        raise ScenarioError([of_rule(str(error), found, data)]) from None


def load_roster(path: str | Path) -> dict[str, dict[date, str]]:
    """Return the duties of a `roster.json` that `fairdesk roster` wrote: shift by person and day.

    Raises
    ------
    ScenarioError
        If it is no such file.
    """
    try:
        raw = read_bytes(Path(path), str(path), LIMIT_BYTES)
        return {name: _duties(own) for name, own in json.loads(raw)["roster"]["duties"].items()}
    except ScenarioError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        wrong = f"{str(path)!r} is no roster; expected the roster.json of `fairdesk roster`"
        raise ScenarioError([Problem("rule", {"message": wrong})]) from None


def _duties(own: Mapping[str, Any]) -> dict[date, str]:
    if not all(isinstance(shift, str) for shift in own.values()):
        raise ValueError("a shift is no text")
    return {date.fromisoformat(day): shift for day, shift in own.items()}
