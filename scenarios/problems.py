"""What is wrong with a file, said so that a planner can mend it."""

import difflib
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scenarios.notes import foreign_in, rule_in
from scenarios.positions import Path, Place, Places
from scenarios.texts import known, text

_SHOWN = 60
_FOREIGN = {"syntax": "message", "unreadable": "reason", "no_out": "reason"}
"""By message, the value in it that the operating system or a library has put into words."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    what
        Name of the message, a text `error.<what>`.
    values
        What the message names.
    place
        File, line and column; line 0 where only the file is known.
    key
        Dotted key, empty where there is none.
    """

    what: str
    values: Mapping[str, object] = field(default_factory=dict)
    place: Place | None = None
    key: str = ""

    def say(self, lang: str = "en") -> str:
        """Return `path:line:column: key: what is wrong (got ...)`."""
        values = dict(self.values)
        if self.what == "rule":
            values["message"] = rule_in(lang, str(values["message"]))
        elif foreign := _FOREIGN.get(self.what):
            values[foreign] = foreign_in(lang, str(values[foreign]))
        elif self.what == "literal_error":
            values["expected"] = text(lang, "error.or").join(str(values["expected"]).split(" or "))
        parts = [_where(self.place), self.key, text(lang, f"error.{self.what}", **values)]
        return ": ".join(part for part in parts if part)


def _where(place: Place | None) -> str:
    if place is None:
        return ""
    return f"{place.file}:{place.line}:{place.column}" if place.line else place.file


class ScenarioError(ValueError):
    """A file or a name that cannot be used; all problems of a file at once.

    Attributes
    ----------
    problems
        What is wrong, in the order of the file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: p.place or Place("", 0, 0))
        super().__init__("\n".join(problem.say() for problem in self.problems))

    def __reduce__(self) -> tuple[type["ScenarioError"], tuple[list[Problem]]]:
        """Let the error travel between processes."""
        return type(self), (self.problems,)

    def say(self, lang: str) -> str:
        """Return one line per problem in a language."""
        return "\n".join(problem.say(lang) for problem in self.problems)


def dotted(path: Path) -> str:
    """Return a path as a key in a file: `demand.kinds.refund.route.0`."""
    return ".".join(str(part) for part in path)


def shown(value: object) -> str:
    """Return a value as a file would state it, cut to a bearable length."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= _SHOWN else said[: _SHOWN - 3] + "..."


def nearest(word: str, words: Iterable[str]) -> tuple[str, dict[str, object]]:
    """Return the end of a message's name and its values: a near word, the known words, or neither."""
    words = list(words)
    if near := difflib.get_close_matches(word, words, 1, 0.5):
        return "_near", {"near": near[0]}
    return ("_known", {"known": ", ".join(words[:12])}) if words else ("", {})


def of_pydantic(
    errors: Iterable[Mapping[str, Any]], found: Places, data: Mapping[str, Any], schema: Mapping[str, Any]
) -> list[Problem]:
    """Return the problems that pydantic found.

    Parameters
    ----------
    errors
        `ValidationError.errors()`.
    found
        Where the keys and values stand.
    data
        What was checked.
    schema
        JSON schema of what was expected, for the names of the keys that are known.
    """
    errors = list(errors)
    ways = [tuple(error["loc"]) for error in errors]
    # An entry that is wrong is not counted, so its list is called too short as well: that helps nobody.
    inside = {way[:end] for way in ways for end in range(len(way))}
    told = [each for each, way in zip(errors, ways, strict=True) if each["type"] != "too_short" or way not in inside]
    made = [_of_one(error, found, data, schema) for error in told]
    whole = Place(found.file, 0, 0) if found.file else None
    return [replace(each, place=each.place or whole) for each in made]


def _of_one(error: Mapping[str, Any], found: Places, data: Mapping[str, Any], schema: Mapping[str, Any]) -> Problem:
    kind, path = error["type"], tuple(error["loc"])
    limits = {name: f"{x:g}" if isinstance(x, float) else x for name, x in error.get("ctx", {}).items()}
    values = {**limits, "got": shown(error["input"])}
    if kind == "extra_forbidden":
        end, near = nearest(str(path[-1]), known_keys(schema, path[:-1]))
        return Problem(f"unknown_key{end}", near, found.key(path), dotted(path))
    if kind == "missing":
        return Problem("missing", {"name": path[-1]}, found.changes.get(path) or found.key(path), dotted(path))
    if path and path[-1] == "[key]" and kind == "literal_error":
        return Problem(kind, values, found.key(path[:-1]), dotted(path[:-1]))
    if path and path[-1] == "[key]":
        return Problem("name", values, found.key(path[:-1]), dotted(path[:-1]))
    if kind == "value_error":
        return _of_rule(str(error["msg"]).removeprefix("Value error, "), path, found, data)
    if known("en", f"error.{kind}"):
        return Problem(kind, values, found.fault(path), dotted(path))
    return Problem("other", {**values, "message": error["msg"]}, found.fault(path), dotted(path))


def of_rule(message: str, found: Places, data: Mapping[str, Any]) -> Problem:
    """Return the problem that a rule of a lower floor finds in a file: at what it names, or else of the whole file.

    Parameters
    ----------
    message
        What the rule says, the key to blame before its first colon.
    found, data
        As of `of_pydantic`.
    """
    made = _of_rule(message, (), found, data)
    return replace(made, place=made.place or (Place(found.file, 0, 0) if found.file else None))


def _of_rule(message: str, path: Path, found: Places, data: Mapping[str, Any]) -> Problem:
    """Say a rule of the desk; a rule about several parts names its key at the head of its message."""
    head = re.match(r"([^\s:]+): (.+)", message, re.DOTALL)
    if head and not path and (named := _parts(head[1], data)):
        path, message = named, head[2]
    # What follows a semicolon are the names that would do.
    for name in re.finditer(r"'([^']+)'", message.partition("; ")[0]):
        path += _find(_look_up(data, path), name[1], re.findall(r"\w+", message[: name.start()]))
    return Problem("rule", {"message": message}, found.fault(path), dotted(path))


def _parts(key: str, data: Mapping[str, Any]) -> Path:
    path: Path = ()
    for part in key.split("."):
        path = (*path, int(part) if part.isdigit() and isinstance(_look_up(data, path), list) else part)
    while path and _look_up(data, path) is None:
        path = path[:-1]
    return path


def _look_up(data: Any, path: Path) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _find(inside: Any, word: str, said: Collection[str]) -> Path:
    """Return the way to a value or key that is the word: the first under a key that was spoken of, or else the first.

    A department may be called as a skill is: `unknown skill 'pay'` is about what stands under `skill` or `skills`.
    """
    ways = list(_ways(inside, word))
    spoken = [way for way in ways if any(str(part).removesuffix("s") in said for part in way)]
    return (spoken or ways or [()])[0]


def _ways(inside: Any, word: str) -> Iterator[Path]:
    pairs = inside.items() if isinstance(inside, dict) else enumerate(inside) if isinstance(inside, list) else ()
    for key, value in pairs:
        if value == word or key == word:
            yield (key,)
        else:
            yield from ((key, *way) for way in _ways(value, word))


def known_keys(schema: Mapping[str, Any], path: Path) -> list[str]:
    """Return the keys that a JSON schema knows at a path; none where any name may stand."""
    node: Any = schema
    for part in path:
        node = inner_schema(_resolved(node, schema), part)
    return list(_resolved(node, schema).get("properties", {}))


def inner_schema(node: Mapping[str, Any], part: str | int) -> Mapping[str, Any]:
    """Return the schema of an entry: of a list, of known keys or of free names; empty where there is none."""
    free = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    found = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part, free[0])
    return found if isinstance(found, Mapping) else {}


def _resolved(node: Any, schema: Mapping[str, Any]) -> Any:
    while True:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        elif "anyOf" in node:
            node = next((each for each in node["anyOf"] if each.get("type") != "null"), {})
        else:
            return node
