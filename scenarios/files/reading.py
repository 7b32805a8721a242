"""A TOML file from somewhere, read as if it were hostile."""

import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from scenarios.positions import Place, Places, places
from scenarios.problems import Problem, ScenarioError, nearest, shown

LIMIT_BYTES = 2_000_000
"""Longest file in bytes."""
LIMIT_DEPTH = 32
"""Deepest nesting of tables and arrays."""

# A dotted key of more words than LIMIT_DEPTH; tomllib takes quadratic time over it.
_LONG_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++\s*+\.\s*+){33,}""")


def read_toml(path: FilePath, label: str | None = None) -> tuple[dict[str, Any], Places]:
    """Return the data of a TOML file and where everything in it stands.

    Parameters
    ----------
    path
        A regular file of at most `LIMIT_BYTES`, in UTF-8, with or without a byte order mark.
    label
        How messages call it; the path when absent.

    Raises
    ------
    ScenarioError
        If it cannot be read, is too large or too deep, is not UTF-8, or is no TOML.
    """
    label = label or str(path)
    return parsed(decoded(read_bytes(path, label), label), label)


def located(
    name_or_path: str | FilePath, known: Mapping[str, FilePath], missing: str, beside: FilePath | None = None
) -> tuple[FilePath, str]:
    """Return the path of what comes along under a name, or of a file, and what messages call it.

    Parameters
    ----------
    name_or_path
        A name, or the path of a TOML file.
    known
        Files by the names under which they come along.
    missing
        Message where there is neither: the texts `error.<missing>` and those with `_near` and `_known`.
    beside
        Folder from which a path goes that does not begin at the root; the present one if None.

    Raises
    ------
    ScenarioError
        If there is neither; the message names the nearest name.
    """
    said = str(name_or_path)
    if said in known:
        return known[said], known[said].name
    path = FilePath(said)
    if beside is not None and not path.is_absolute():
        path = beside / path
    if not said or (not path.exists() and path.suffix != ".toml" and len(FilePath(said).parts) == 1):
        end, near = nearest(said, known)
        raise ScenarioError([Problem(f"{missing}{end}", {**near, "got": shown(said)})])
    return path, str(path)


def in_folder(folder: FilePath) -> dict[str, FilePath]:
    """Return the TOML files of a folder by their names without the ending, sorted."""
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_bytes(path: FilePath, label: str, limit: int = LIMIT_BYTES) -> bytes:
    """Return what a regular file of a bearable size holds; a `ScenarioError` says why not."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ScenarioError([_of_file("is_folder" if stat.S_ISDIR(mode) else "no_regular_file", label)])
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        what = "missing_file" if isinstance(error, FileNotFoundError) else "unreadable"
        reason = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        raise ScenarioError([_of_file(what, label, reason=reason)]) from None
    if len(raw) > limit:
        raise ScenarioError([_of_file("too_large", label, limit=limit)])
    return raw


def _of_file(what: str, label: str, **values: object) -> Problem:
    return Problem(what, values, Place(label, 0, 0))


def decoded(raw: bytes, label: str) -> str:
    """Return bytes as text.

    Raises
    ------
    ScenarioError
        If they are empty, binary, or in another encoding than UTF-8.
    """
    if not raw.strip():
        raise ScenarioError([_of_file("empty", label)])
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ScenarioError([_of_file("encoding", label, guess="UTF-16")])
    if b"\0" in raw:
        raise ScenarioError([_of_file("binary", label)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        place = Place(label, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        guess = _guess(raw)
        problem = Problem("encoding", {"guess": guess}, place) if guess else Problem("binary", {}, place)
        raise ScenarioError([problem]) from None


def _guess(raw: bytes) -> str:
    """Return an encoding in which the bytes are text; an empty one where they are not text at all."""
    control = sum(byte < 32 and byte not in b"\t\n\r" for byte in raw)
    if control > len(raw) // 100:
        return ""
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return "Latin-1"
    return "GBK"


def parsed(text: str, label: str) -> tuple[dict[str, Any], Places]:
    """Return the data of a TOML text and where everything in it stands.

    Raises
    ------
    ScenarioError
        If the text is no TOML, or nested deeper than `LIMIT_DEPTH`.
    """
    text = text.replace("\r\n", "\n")
    if _LONG_KEY.search(text):
        raise ScenarioError([_of_file("too_deep", label, limit=LIMIT_DEPTH)])
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError([_syntax(str(error), text, label)]) from None
    except RecursionError:
        raise ScenarioError([_of_file("too_deep", label, limit=LIMIT_DEPTH)]) from None
    except ValueError as error:  # a number of thousands of digits
        raise ScenarioError([_of_file("syntax", label, message=str(error).partition(";")[0])]) from None
    if _too_deep(data):
        raise ScenarioError([_of_file("too_deep", label, limit=LIMIT_DEPTH)])
    return data, places(text, label)


def _syntax(message: str, text: str, label: str) -> Problem:
    said, _, where = message.rpartition(" (at ")
    at = re.fullmatch(r"line (\d+), column (\d+)\)", where)
    if at:
        place = Place(label, int(at[1]), int(at[2]))
    else:
        last = text.rstrip("\n").rpartition("\n")[2]
        place = Place(label, text.rstrip("\n").count("\n") + 1, len(last) + 1)
    return Problem("syntax", {"message": said or message}, place)


def _too_deep(data: Any) -> bool:
    level = [data]
    for _ in range(LIMIT_DEPTH + 1):
        level = [
            value
            for node in level
            for value in (node.values() if isinstance(node, dict) else node)
            if isinstance(value, dict | list)
        ]
        if not level:
            return False
    return True
