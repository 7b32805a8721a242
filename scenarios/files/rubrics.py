"""Rubric files: an appraisal rubric stated in TOML."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path as FilePath

from pydantic import ValidationError

from scenarios.files.changes import Data, apply
from scenarios.files.kpis import own_names
from scenarios.files.reading import in_folder, located, read_toml
from scenarios.files.writing import toml_text
from scenarios.positions import Places
from scenarios.problems import Problem, ScenarioError, dotted, nearest, of_pydantic, shown
from sim.kpi.rubric import AS_WRITTEN, Rubric, fault_of

RUBRICS = FilePath(__file__).parents[1] / "rubrics"
"""Folder of the rubrics that come along."""

_CHANGES = ("remove", "change", "add")


def rubric_names() -> tuple[str, ...]:
    """Return the names of the rubrics that come along, sorted."""
    return tuple(in_folder(RUBRICS))


@cache
def rubric_schema() -> dict[str, object]:
    """Return the JSON schema of a rubric."""
    return Rubric.model_json_schema()


@dataclass(frozen=True)
class RubricFile:
    """A rubric, its later versions, and where they stand.

    Attributes
    ----------
    versions
        The rubric as the file states it, then each of its `versions`, in their order.
    places
        Where the keys of each stand.
    """

    versions: tuple[Rubric, ...]
    places: tuple[Places, ...]


def load_rubric(name_or_path: str | FilePath) -> Rubric:
    """Return the rubric of a name or of a file, as it is before its first later version.

    Parameters
    ----------
    name_or_path
        A name that `rubric_names()` lists, or the path of a TOML file.

    Raises
    ------
    ScenarioError
        If there is no such file, or anything in it is wrong: one line per problem, with line and column.
    """
    return read_rubric(name_or_path).versions[0]


def read_rubric(name_or_path: str | FilePath, *, as_written: bool = False) -> RubricFile:
    """Return the rubric of a name or of a file with its versions.

    Parameters
    ----------
    name_or_path
        A name that `rubric_names()` lists, or the path of a TOML file. Each table of its list `versions` states
        `valid_from` and, under `change`, `add` and `remove`, what differs from the version before. A file with `base`
        names a rubric that comes along, and states in the same way what it changes, and further items.
    as_written
        Let through what can be read but not scored, for a linter to judge.

    Raises
    ------
    ScenarioError
        If there is no such file, or anything in it is wrong: one line per problem, with line and column.
    """
    data, found = read_toml(*located(name_or_path, in_folder(RUBRICS), "no_rubric"))
    if "base" in data:
        data, found = _on_base(data, found)
    changes = _checked_versions(data.pop("versions", []), found)
    made, places = [_checked(data, found, as_written)], [found]
    for number, change in enumerate(changes):
        there = Places(dict(found.keys), dict(found.values), file=found.file)
        there.over((), found, ("versions", number))
        whole = made[-1].model_dump(mode="json", exclude_defaults=True)
        changed = apply(whole, places[-1], {key: change[key] for key in _CHANGES if key in change}, there)
        if changed.problems:
            raise ScenarioError(changed.problems)
        changed.data["valid_from"] = str(change["valid_from"])
        made.append(_checked(changed.data, changed.places, as_written))
        places.append(changed.places)
    return RubricFile(tuple(made), tuple(places))


def _on_base(data: Data, found: Places) -> tuple[Data, Places]:
    """Return the data of the rubric that a file names as its base, with the file's changes and further items."""
    problems = []
    for key in data.keys() - {"base", "title", "source", "items", *_CHANGES}:
        end, near = nearest(key, ("base", "title", "source", "items", *_CHANGES))
        problems.append(Problem(f"unknown_key{end}", near, found.key((key,)), key))
    if data["base"] not in rubric_names():
        end, near = nearest(str(data["base"]), rubric_names())
        values = {"got": shown(data["base"]), **near}
        problems.append(Problem(f"rubric_base{end}", values, found.value(("base",)), "base"))
    if problems:
        raise ScenarioError(problems)
    whole, places = read_toml(RUBRICS / f"{data['base']}.toml", f"{data['base']}.toml")
    changed = apply(whole, places, {key: data[key] for key in _CHANGES if key in data}, found)
    if changed.problems:
        raise ScenarioError(changed.problems)
    for key in {"title", "source"} & data.keys():
        changed.data[key] = data[key]
        changed.places.over((key,), found, (key,))
    for number, item in enumerate(data.get("items", [])):
        changed.places.over(("items", len(changed.data["items"])), found, ("items", number))
        changed.data["items"].append(item)
    return changed.data, changed.places


def _checked_versions(stated: object, found: Places) -> list[Data]:
    """Return the tables of later versions; each has a day, and nothing but changes."""
    if not isinstance(stated, list) or not all(isinstance(each, dict) for each in stated):
        raise ScenarioError(
            [Problem("rule", {"message": "versions must be a list of tables"}, found.value(("versions",)), "versions")]
        )
    problems = []
    for number, each in enumerate(stated):
        at = ("versions", number)
        for key in each.keys() - {"valid_from", *_CHANGES}:
            end, near = nearest(key, ("valid_from", *_CHANGES))
            problems.append(Problem(f"unknown_key{end}", near, found.key((*at, key)), dotted((*at, key))))
        if not isinstance(each.get("valid_from"), date):
            problems.append(Problem("missing", {"name": "valid_from"}, found.key(at), dotted(at)))
    if problems:
        raise ScenarioError(problems)
    return stated


def _checked(data: Data, found: Places, as_written: bool) -> Rubric:
    context = {"own": own_names(data), **(AS_WRITTEN if as_written else {})}
    try:
        rubric = Rubric.model_validate_json(json.dumps(data, default=str), context=context)
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), found, data, rubric_schema())) from None
    problems = []
    for number, item in enumerate(rubric.items):
        if (fault := fault_of(rubric, item)) is not None:
            path = ("items", number, fault[0])
            problems.append(Problem("rule", {"message": fault[1]}, found.fault(path), dotted(path)))
    if problems:
        raise ScenarioError(problems)
    return rubric


def rubric_text(rubric: Rubric) -> str:
    """Return a rubric as the text of a file; reading it gives the same rubric."""
    return toml_text(rubric.model_dump(exclude_defaults=True, exclude_none=True))
