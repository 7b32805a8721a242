"""The changes that a what-if makes to the data of a desk: remove, change, add, scale."""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scenarios.positions import Path, Places
from scenarios.problems import Problem, dotted, nearest, shown

type Data = dict[str, Any]


class Difference(NamedTuple):
    """One value that differs: its dotted key, what it was and what it is; None where there is none."""

    path: str
    old: Any
    new: Any


@dataclass
class Changed:
    """A desk's data after a what-if, where it all stands, and what could not be done.

    Attributes
    ----------
    data
        A copy of the base's data with the changes.
    places
        Places in the base's file and, for what was changed, in the what-if's.
    problems
        What is wrong with the what-if.
    """

    data: Data
    places: Places
    problems: list[Problem] = field(default_factory=list)


def apply(base: Data, base_places: Places, what_if: Data, what_if_places: Places) -> Changed:
    """Return the base's data under `remove`, `change`, `add` and `scale` of a what-if, in this order.

    Parameters
    ----------
    base
        Data of the whole desk, defaults written out. Not changed.
    base_places, what_if_places
        Where the keys of the two files stand.
    what_if
        Data of the what-if.
    """
    made = Changed(copy.deepcopy(base), Places(dict(base_places.keys), dict(base_places.values), file=base_places.file))
    _remove(made, what_if.get("remove", []), what_if_places)
    _change(made, made.data, what_if.get("change", {}), (), ("change",), what_if_places)
    _add(made, made.data, what_if.get("add", {}), (), ("add",), what_if_places)
    for path, factor in _leaves(what_if.get("scale", {})):
        _scale(made, path, factor, what_if_places)
    return made


def _remove(made: Changed, keys: Sequence[str], there: Places) -> None:
    """Take entries off the base by their dotted keys; each must be there, and be removed once."""
    ways: dict[Path, int] = {}
    for number, key in enumerate(keys):
        words, at = key.split("."), ("remove", number)
        found = [] if "*" in words else list(_matches(made.data, words))
        if not found or _at(made.data, found[0]) is None:
            end, near = nearest(*(_first_missing(made.data, words) or (key, [])))
            made.problems.append(Problem(f"nothing_there{end}", {**near, "got": shown(key)}, there.value(at), "remove"))
        elif inside := [way for way in ways if way == found[0][: len(way)] or found[0] == way[: len(found[0])]]:
            values = {"got": shown(key), "other": shown(keys[ways[inside[0]]])}
            made.problems.append(Problem("removed_twice", values, there.value(at), "remove"))
        else:
            ways[found[0]] = number
    # The last entries of a list go first, so that the numbers of the others stay.
    for way in sorted(ways, key=lambda way: tuple(-part if isinstance(part, int) else 0 for part in way)):
        made.places.lose(way, there.value(("remove", ways[way])))
        del _at(made.data, way[:-1])[way[-1]]


def _change(made: Changed, target: Any, change: Mapping[str, Any], path: Path, at: Path, there: Places) -> None:
    """Change what stands at `path` of the base to what stands at `at` of the what-if."""
    for name, value in change.items():
        here = (*at, name)
        key = _entry(made, target, name, here, there)
        if key is None:
            continue
        if isinstance(key, int) or (key in target and not (target[key] is None and isinstance(value, dict))):
            _put(made, target, key, value, (*path, key), here, there)
            continue
        # A table where the base has none is a new entry: nothing in it could be called changed.
        end, near = nearest(name, () if name in target else target)
        made.problems.append(Problem(f"base_lacks{end}", near, there.key(here), dotted(here)))


def _entry(made: Changed, target: Any, name: str, here: Path, there: Places) -> str | int | None:
    """Return a key of a table or the number of an entry of a list; None, and a problem, if a list has no such entry."""
    if not isinstance(target, list):
        return name
    if _is_index(name, target):
        return int(name)
    values = {"count": len(target), "got": shown(name)}
    made.problems.append(Problem("no_entry", values, there.key(here), dotted(here)))
    return None


def _put(made: Changed, target: Any, key: str | int, value: Any, path: Path, at: Path, there: Places) -> None:
    old = target[key]
    if isinstance(value, dict) and isinstance(old, dict | list):
        # A list keeps its other entries: `route.0.work` changes the first stage alone.
        _change(made, old, value, path, at, there)
        return
    target[key] = value
    made.places.over(path, there, at)


def _add(made: Changed, target: Any, add: Mapping[str, Any], path: Path, at: Path, there: Places) -> None:
    """Add to what stands at `path` of the base what stands at `at` of the what-if."""
    for name, value in add.items():
        here = (*at, name)
        key = _entry(made, target, name, here, there)
        if key is None:
            continue
        old = target[key] if isinstance(key, int) else target.get(key)
        if old is None:
            target[key] = value
            made.places.over((*path, key), there, here)
        elif isinstance(old, dict | list) and isinstance(value, dict):
            _add(made, old, value, (*path, key), here, there)
        else:
            made.problems.append(Problem("already_there", {}, there.key(here), dotted(here)))


def _leaves(table: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the factors: a dotted key is the same whether it was quoted or not."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _scale(made: Changed, path: Path, factor: Any, there: Places) -> None:
    at = ("scale", *path)
    key = dotted(at)
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not math.isfinite(factor) or factor < 0:
        made.problems.append(Problem("factor", {"got": shown(factor)}, there.value(at), key))
        return
    words = [word for part in path for word in str(part).split(".")]
    found = list(_matches(made.data, words))
    numbers = [way for way in found if _is_number(_at(made.data, way))]
    if not numbers:
        missing = _first_missing(made.data, words)
        end, near = nearest(missing[0], missing[1]) if missing else ("", {})
        made.problems.append(Problem(f"base_lacks{end}" if missing else "no_number", near, there.key(at), key))
        return
    for way in numbers:
        old = _at(made.data, way)
        # What is counted in whole numbers stays whole, rounded half up.
        new = math.floor(old * factor + 0.5) if isinstance(old, int) else float(f"{old * factor:.12g}")
        _at(made.data, way[:-1])[way[-1]] = new
        made.places.over(way, there, at)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _inside(node: Any, word: str) -> list[str | int]:
    if isinstance(node, dict):
        return list(node) if word == "*" else [word] if word in node else []
    if isinstance(node, list):
        return list(range(len(node))) if word == "*" else [int(word)] if _is_index(word, node) else []
    return []


def _is_index(word: str, node: list[Any]) -> bool:
    return word.isdigit() and int(word) < len(node)


def _matches(node: Any, words: list[str], path: Path = ()) -> Iterator[Path]:
    if not words:
        yield path
        return
    for key in _inside(node, words[0]):
        yield from _matches(node[key], words[1:], (*path, key))


def _first_missing(data: Any, words: list[str]) -> tuple[str, list[str]] | None:
    """Return the first word that nothing matches, and the names that stand beside it."""
    nodes = [data]
    for word in words:
        inner = [node[key] for node in nodes for key in _inside(node, word)]
        if not inner:
            return word, sorted({key for node in nodes if isinstance(node, dict) for key in node})
        nodes = inner
    return None


def differences(base: Any, other: Any, path: Path = ()) -> Iterator[Difference]:
    """Yield what differs between two desks' data, by dotted key in the order of the keys.

    Lists of plain values and lists of other lengths are compared as a whole.
    """
    if isinstance(base, dict) and isinstance(other, dict):
        for key in sorted(base.keys() | other.keys()):
            yield from differences(base.get(key), other.get(key), (*path, key))
    elif _alike(base, other):
        for number, (old, new) in enumerate(zip(base, other, strict=True)):
            yield from differences(old, new, (*path, number))
    elif base != other:
        yield Difference(dotted(path), base, other)


def _alike(base: Any, other: Any) -> bool:
    both = isinstance(base, list) and isinstance(other, list) and len(base) == len(other)
    return both and all(isinstance(each, dict) for each in (*base, *other))


def leading(base: Data, other: Data) -> Data:
    """Return the data of a what-if that leads from a base to another desk: the inverse of `apply`.

    Parameters
    ----------
    base, other
        Data of whole desks, defaults written out. What both share is not named.

    Examples
    --------
    >>> leading({"weeks": 2, "seating": {"ana": "day"}}, {"weeks": 3, "seating": {"bo": "day"}})
    {'remove': ['seating.ana'], 'change': {'weeks': 3}, 'add': {'seating': {'bo': 'day'}}}
    """
    steps: Data = {"remove": [], "change": {}, "add": {}}
    for key in base | other:
        _lead(base.get(key), other.get(key), (key,), steps)
    return {name: step for name, step in steps.items() if step}


def _lead(old: Any, new: Any, path: Path, steps: Data) -> None:
    """Note the steps that lead from what stands at a path of the base to what is to stand there."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old | new:
            _lead(old.get(key), new.get(key), (*path, key), steps)
        return
    if _alike(old, new):
        for number, (was, is_now) in enumerate(zip(old, new, strict=True)):
            _lead(was, is_now, (*path, number), steps)
        return
    replaced = isinstance(old, list) and isinstance(new, dict)
    if replaced or new is None:
        steps["remove"].append(".".join(str(part) for part in path))
    if new is not None:
        step = steps["add" if old is None or replaced else "change"]
        for part in path[:-1]:
            step = step.setdefault(str(part), {})
        step[str(path[-1])] = _without_none(new)


def _without_none(value: Any) -> Any:
    """Return data without what is absent: TOML has no word for it."""
    if isinstance(value, dict):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list) else value
