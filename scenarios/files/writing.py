"""A desk as a scenario file: TOML that a planner can read and change."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from scenarios.texts import text
from sim.desk import Desk
from sim.log import Log

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDE = 100
_KEPT = ("title", "start", "weeks", "time_zone", "currency", "priorities")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def scenario_text(desk: Desk, notes: Sequence[str] = ()) -> str:
    """Return a desk as the text of a scenario file; reading it gives the same desk.

    Parameters
    ----------
    desk
        The desk. Values that are defaults are left out, but for those at the top that a reader looks for.
    notes
        Sentences that stand as comments at the beginning.
    """
    data = desk.model_dump(exclude_defaults=True, exclude_none=True)
    data = {key: getattr(desk, key) for key in _KEPT} | data
    comments = [f"# - {' '.join(note.split())}" for note in notes]
    return "\n".join([*comments, *([""] if comments else []), *_table(data, ())]) + "\n"


def toml_text(data: Mapping[str, Any]) -> str:
    """Return plain data, as of a what-if, as the text of a TOML file; None has no place in it.

    Examples
    --------
    >>> print(toml_text({"base": "academy", "change": {"weeks": 2}}), end="")
    base = "academy"
    change = { weeks = 2 }
    """
    return "\n".join(_table(data, ())) + "\n"


def titled(desk: Desk, log: Log, name: str, lang: str) -> Desk:
    """Return a desk that was fitted to a log under a title that says so in a language.

    Parameters
    ----------
    desk, log
        The desk and its log.
    name
        Name of the log; the title has its first 100 characters.
    lang
        One of `scenarios.texts.LANGUAGES`.
    """
    return desk.changed(title=text(lang, "cli.fitted_title", name=name[:100], tickets=f"{log.cases.height:,}"))


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Return the lines of a table: its values, then the tables in it."""
    table = {str(key): value for key, value in table.items()}  # a day may be a key
    plain = {key: value for key, value in table.items() if not _nested(value)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if key in plain:
            continue
        inner = (*path, key)
        name = ".".join(_key(part) for part in inner)
        if isinstance(value, Mapping):
            body = _table(value, inner)
            heading = [] if body and body[0] == "" else ["", f"[{name}]"]
            lines += [*heading, *body]
        else:
            for item in value:
                lines += ["", f"[[{name}]]", *_table(item, inner)]
    return lines


def _nested(value: Any) -> bool:
    """Return whether a value stands under a heading of its own: a table that holds more than plain values."""
    if isinstance(value, Mapping):
        return not value or len(value) > 6 or any(isinstance(v, Mapping | list | tuple) for v in value.values())
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    made = "".join(_ESCAPES.get(mark, mark) for mark in text)
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04X}", made) + '"'


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(str(key))} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return _list([_value(item) for item in value])
    raise TypeError(f"a scenario file cannot hold a {type(value).__name__}")


def _list(items: list[str]) -> str:
    one = f"[{', '.join(items)}]"
    if len(one) <= _WIDE:
        return one
    step = 24 if len(items) == 168 else 8
    lines = [", ".join(items[start : start + step]) for start in range(0, len(items), step)]
    return "[\n" + "".join(f"    {line},\n" for line in lines) + "]"
