"""Scenario files: a desk stated in TOML, and what-ifs that hold only their changes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import prod
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from scenarios.files.changes import Data, Difference, apply, differences
from scenarios.files.holidays import with_public_holidays
from scenarios.files.reading import in_folder, located, read_toml
from scenarios.positions import Place, Places
from scenarios.problems import Problem, ScenarioError, dotted, nearest, of_pydantic, shown
from sim.desk import Desk

CATALOGUE = FilePath(__file__).parents[1] / "catalogue"
"""Folder of the scenarios that come along; `what_ifs` inside it holds the what-ifs."""
TOGETHER = "+"
"""Stands between the names of what-ifs that are taken together."""
WHAT_IF_KEYS = ("title", "asks", "base", "remove", "change", "add", "scale")
"""Keys of a what-if; no other may stand at its top."""

_WHAT_IFS = CATALOGUE / "what_ifs"
_TABLES = ("change", "add", "scale")
_CHANGES = ("remove", *_TABLES)

_MOST_STRIPS = 2**16  # of a day, of which a world takes fewer
_LONGEST_CHAIN = 8


@dataclass(frozen=True)
class Scenario:
    """A desk with its name and its source.

    Attributes
    ----------
    name
        Name in the catalogue, or of the file without its ending.
    title, asks
        What the file says about itself.
    desk
        The checked desk.
    places
        Where its keys stand, for messages about it.
    made_of
        The files that made it: its own last, what it is based on before.
    """

    name: str
    title: str
    asks: str
    desk: Desk
    places: Places = field(default_factory=Places, repr=False, compare=False)
    made_of: tuple[FilePath, ...] = field(default=(), repr=False, compare=False)

    def data(self) -> Data:
        """Return the desk as plain data, defaults written out."""
        data: Data = self.desk.model_dump(mode="json")
        return data

    def content_hash(self) -> str:
        """Return the SHA-256 of the desk's canonical JSON: order, comments and defaults play no part."""
        said = json.dumps(self.data(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


def load(name_or_path: str | FilePath) -> Desk:
    """Return the desk of a catalogue name or of a file.

    Parameters
    ----------
    name_or_path
        A name that `names()` or `what_if_names()` lists, or the path of a TOML file; one that names its base holds
        only what differs from it.

    Raises
    ------
    ScenarioError
        If there is no such file, or anything in it is wrong: one line per problem.
    """
    return read(name_or_path).desk


def load_what_if(base: Scenario | Desk | Mapping[str, Any] | str | FilePath, name_or_path: str | FilePath) -> Desk:
    """Return the desk that a what-if makes of a base.

    Parameters
    ----------
    base
        What it changes: a scenario, a desk, a desk's data, or a name or path.
    name_or_path
        A name that `what_if_names()` lists, or the path of a TOML file; several joined by `+` are taken together, and
        none of them may undo what another changes. A what-if that is based on another brings
        that along, unless the base is made of it already; the scenario at the end of its bases gives way to `base`.

    Raises
    ------
    ScenarioError
        If the what-if changes what the base lacks, or the changed desk breaks a rule.
    """
    if isinstance(base, Scenario):
        return read_what_if(base, name_or_path).desk
    if isinstance(base, Desk):
        return read_what_if(of_desk(base, "base"), name_or_path).desk
    if isinstance(base, Mapping):
        return read_what_if(_checked(dict(base), Places(), "base", {}), name_or_path).desk
    return read_what_if(read(base), name_or_path).desk


def read(name_or_path: str | FilePath) -> Scenario:
    """Return the scenario of a catalogue name or of a file, as `load` does, with its name and places."""
    return _read(name_or_path, None, ())


def read_what_if(base: Scenario, name_or_path: str | FilePath) -> Scenario:
    """Return the scenario that a what-if makes of a base, as `load_what_if` does."""
    whole = FilePath(name_or_path).exists()
    parts = [name_or_path] if whole else [part.strip() for part in str(name_or_path).split(TOGETHER)]
    if twice := [part for number, part in enumerate(parts) if part in parts[:number]]:
        raise ScenarioError([Problem("what_if_twice", {"name": str(twice[0])[:60]})])
    made = base
    for part in parts:
        made = _over(made, *_locate(part, (_WHAT_IFS,), None), ())
    if len(parts) == 1:
        return made
    alone = [read_what_if(base, part) for part in parts]
    _check_together(base, alone, made)
    name, title = (between.join(each) for between, each in (
        (TOGETHER, [each.name for each in alone]), (f" {TOGETHER} ", [each.title for each in alone]),
    ))  # fmt: skip
    return replace(made, name=name, title=title)


def _check_together(base: Scenario, alone: Sequence[Scenario], made: Scenario) -> None:
    """Refuse what-ifs of which one undoes what another changes."""
    kept = {each.path: each.new for each in difference(base, made)}
    for one in alone:
        for each in difference(base, one):
            if kept.get(each.path) != each.new:
                others = [other.name for other in alone if other.name != one.name] or [one.name]
                said = {"one": one.name, "other": ", ".join(others), "where": each.path}
                raise ScenarioError([Problem("what_ifs_clash", said)])


def of_desk(desk: Desk, name: str) -> Scenario:
    """Return a desk that was made in Python as a scenario."""
    return Scenario(name, desk.title, "", desk)


def names() -> tuple[str, ...]:
    """Return the names of the catalogue's scenarios, sorted."""
    return tuple(in_folder(CATALOGUE))


def what_if_names() -> tuple[str, ...]:
    """Return the names of the catalogue's what-ifs, sorted."""
    return tuple(in_folder(_WHAT_IFS))


def difference(base: Scenario | Desk, other: Scenario | Desk) -> list[Difference]:
    """Return what a scenario really changes: dotted key, old and new value; titles apart.

    A title may lie about a change; this list cannot.
    """
    old, new = (each.desk if isinstance(each, Scenario) else each for each in (base, other))
    found = differences(old.model_dump(mode="json"), new.model_dump(mode="json"))
    return [each for each in found if each.path != "title"]


@cache
def desk_schema() -> Data:
    """Return the JSON schema of a desk."""
    return Desk.model_json_schema()


def _read(name_or_path: str | FilePath, beside: FilePath | None, chain: tuple[FilePath, ...]) -> Scenario:
    path, label = _locate(name_or_path, (CATALOGUE, _WHAT_IFS), beside)
    data, found = read_toml(path, label)
    if not _is_what_if(data):
        return replace(_checked(data, found, path.stem, data), made_of=(path.resolve(),))
    here = _once(path, chain, found)
    if not isinstance(data.get("base"), str):
        raise ScenarioError(_of_form(data, found, label) or [Problem("no_base", {}, Place(label, 1, 1))])
    return _under(_read(data["base"], path.parent, (*chain, here)), data, found, path, label)


def _over(base: Scenario, path: FilePath, label: str, chain: tuple[FilePath, ...]) -> Scenario:
    """Return a base under a what-if, and under those that it is based on and the base is not yet made of."""
    data, found = read_toml(path, label)
    here = _once(path, chain, found)
    its_base = data.get("base")
    if isinstance(its_base, str) and its_base != base.name:
        before, its_label = _locate(its_base, (CATALOGUE, _WHAT_IFS), path.parent)
        if before.resolve() not in base.made_of and _is_what_if(read_toml(before, its_label)[0]):
            base = _over(base, before, its_label, (*chain, here))
    return _under(base, data, found, path, label)


def _is_what_if(data: Data) -> bool:
    return "demand" not in data and any(key in data for key in ("base", *_CHANGES))


def _once(path: FilePath, chain: tuple[FilePath, ...], found: Places) -> FilePath:
    here = path.resolve()
    if here in chain or len(chain) >= _LONGEST_CHAIN:
        raise ScenarioError([Problem("circle", {}, found.value(("base",)), "base")])
    return here


def _locate(
    name_or_path: str | FilePath, folders: tuple[FilePath, ...], beside: FilePath | None
) -> tuple[FilePath, str]:
    """Return the path of a name in folders of the catalogue, or of a path, and the label for messages."""
    known: dict[str, FilePath] = {}
    for folder in folders:  # the first that has a name, has it
        known = known | {name: path for name, path in in_folder(folder).items() if name not in known}
    return located(name_or_path, known, "no_scenario", beside)


def _under(base: Scenario, data: Data, found: Places, path: FilePath, label: str) -> Scenario:
    """Return a base under the data of a what-if."""
    problems = _of_form(data, found, label)
    if problems:
        raise ScenarioError(problems)
    made = apply(base.data(), base.places, data, found)
    if made.problems:
        raise ScenarioError(made.problems)
    title = str(data.get("title") or data.get("change", {}).get("title", path.stem))
    checked = _checked(made.data, made.places, path.stem, data)
    return replace(checked, title=title, made_of=(*base.made_of, path.resolve()))


def _of_form(data: Data, found: Places, label: str) -> list[Problem]:
    problems = []
    for key in data.keys() - set(WHAT_IF_KEYS):
        end, near = nearest(key, WHAT_IF_KEYS)
        what = "under_change" if key in Desk.model_fields else f"unknown_key{end}"
        problems.append(Problem(what, near, found.key((key,)), key))
    for key in ("title", "asks", "base"):
        if key in data and not isinstance(data[key], str):
            problems.append(Problem("string_type", {"got": shown(data[key])}, found.value((key,)), key))
    for key in _TABLES:
        if key in data and not isinstance(data[key], dict):
            problems.append(Problem("dict_type", {"got": shown(data[key])}, found.value((key,)), key))
    if "remove" in data and not (isinstance(data["remove"], list) and all(isinstance(k, str) for k in data["remove"])):
        problems.append(Problem("remove_type", {"got": shown(data["remove"])}, found.value(("remove",)), "remove"))
    if not problems and not any(data.get(key) for key in _CHANGES):
        problems.append(Problem("no_change", {}, Place(label, 1, 1)))
    return problems


def over(scenario: Scenario, weeks: int) -> Scenario:
    """Return a scenario over another number of weeks.

    Raises
    ------
    ScenarioError
        If what the scenario states does not fit into it, as a target that is longer.
    """
    try:
        return replace(scenario, desk=scenario.desk.changed(weeks=weeks))
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), scenario.places, scenario.data(), desk_schema())) from None


def _checked(data: Data, found: Places, name: str, source: Data) -> Scenario:
    """Return checked data as a scenario; all that pydantic finds in one error."""
    data = with_public_holidays({key: value for key, value in data.items() if key != "asks"}, found)
    try:
        desk = Desk.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), found, data, desk_schema())) from None
    if problems := _beyond_the_model(desk, found):
        raise ScenarioError(problems)
    return Scenario(name, desk.title or name, str(source.get("asks", "")), desk, found)


def _beyond_the_model(desk: Desk, found: Places) -> list[Problem]:
    """Return the kinds of which a world would refuse to make so many tickets, whatever its seed."""
    demand = desk.demand
    surges = prod(max(surge.factor, 1.0) for surge in demand.surges.values())
    surges *= prod(max(season.factor, 1.0) for season in demand.seasons.values())
    surges *= prod(max(burst.factor, 1.0) for burst in demand.bursts.values())
    most = max([1.0, *desk.demand.special_days.values()]) * surges
    # All tickets of a week in one of its hours are 24 times as many a day: few desks need the closer look.
    if all(24 * most * kind.per_week < 1e6 for kind in desk.demand.kinds.values()):
        return []
    import numpy as np

    from sim.world import STRIP_PER_DAY, course_of  # takes longer than all the reading

    message = "more than 2 million tickets a day are beyond this model"
    with np.errstate(over="ignore"):
        course = course_of(desk)
        peaks = zip(course.kinds, ((course.factor * course.peak).max(1) * course.hourly.max(1)).tolist(), strict=True)
    most = (_MOST_STRIPS - 1) * STRIP_PER_DAY
    paths = [("demand", "kinds", name, "per_week") for name, peak in peaks if not peak <= most]
    return [Problem("rule", {"message": message}, found.fault(path), dotted(path)) for path in paths]
