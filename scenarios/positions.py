"""Where every key and value of a TOML text stands, which no reader tells.

The scanner trusts the text: hand it only text that `tomllib` has read without an error.
"""

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

type Path = tuple[str | int, ...]
"""The way to a value: keys of tables and indices of arrays."""

_SKIP = re.compile(r"[ \t]*+")
_SKIP_LINES = re.compile(r"(?:[ \t\r\n]|#[^\n]*+)*+")
_KEY = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+'""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}'
    r"|'''(?:[^']|'(?!''))*+'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*+"'
    r"|'[^'\n]*+'",
    re.DOTALL,
)
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d \d\d:[^,\]}\s#]++|[^,\]}\s#]++")


class Place(NamedTuple):
    """A place in a file: its label, and line and column counted in characters from 1."""

    file: str
    line: int
    column: int


@dataclass
class Places:
    """Places of the keys and of the values of one or more files, by path.

    Attributes
    ----------
    keys, values
        Where they stand.
    changes
        By path, where a what-if changes what stands there.
    file
        Label of the file; what is nowhere in it is missing in it.
    """

    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    changes: dict[Path, Place] = field(default_factory=dict)
    file: str = ""

    def fault(self, path: Path) -> Place | None:
        """Return where to look for what is wrong at a path: where a what-if changes something in it, or else there.

        What a what-if was made of was right, so a table that is wrong now is wrong for what was changed in it.
        """
        if path in self.changes:
            return self.values.get(path) or self.changes[path]
        inside = [place for way, place in self.changes.items() if way[: len(path)] == path]
        return min(inside) if inside else self.value(path)

    def value(self, path: Path) -> Place | None:
        """Return where a value stands, or else the nearest table around it."""
        return self._nearest(path, self.values)

    def key(self, path: Path) -> Place | None:
        """Return where a key stands, or else the nearest table around it."""
        return self._nearest(path, self.keys)

    def _nearest(self, path: Path, first: dict[Path, Place]) -> Place | None:
        for end in range(len(path), 0, -1):
            place = first.get(path[:end]) or self.keys.get(path[:end]) or self.values.get(path[:end])
            if place is not None:
                return place
        return None

    def over(self, path: Path, other: "Places", at: Path) -> None:
        """Let what stands at `at` in the other file stand at `path` here, as a change."""
        self.lose(path, other.value(at))
        for mine, theirs in ((self.keys, other.keys), (self.values, other.values)):
            for found, place in theirs.items():
                if found[: len(at)] == at:
                    mine[path + found[len(at) :]] = place

    def lose(self, path: Path, place: Place | None) -> None:
        """Forget what stands at `path`, which a what-if takes off or replaces at a place."""
        for mine in (self.keys, self.values):
            for old in [found for found in mine if found[: len(path)] == path]:
                del mine[old]
        if place is not None:
            self.changes[path] = place


def places(text: str, file: str) -> Places:
    r"""Return the places of all keys and values of a TOML text.

    Parameters
    ----------
    text
        A valid TOML document.
    file
        Label of the file, for messages.

    Examples
    --------
    >>> places("[a]\nb = [1, 2]\n", "x.toml").values[("a", "b", 1)]
    Place(file='x.toml', line=2, column=9)
    """
    return _Scanner(text, file).document()


class _Scanner:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.at = 0
        self.lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self.found = Places(file=file)
        self.lengths: dict[Path, int] = {}

    def document(self) -> Places:
        table: Path = ()
        while True:
            self.skip(_SKIP_LINES)
            if self.at >= len(self.text):
                return self.found
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        words = self.words()
        path: Path = ()
        for number, (word, place) in enumerate(words, start=1):
            path = (*path, word)
            self.found.keys.setdefault(path, place)
            if number < len(words) and path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        if array:
            count = self.lengths.get(path, 0)
            self.lengths[path] = count + 1
            path = (*path, count)
        self.found.keys[path] = words[-1][1]
        self.at += 2 if array else 1
        return path

    def pair(self, table: Path) -> None:
        path = table
        for word, place in self.words():
            path = (*path, word)
            self.found.keys.setdefault(path, place)
        self.at += 1  # the equals sign
        self.skip(_SKIP)
        self.value(path)

    def words(self) -> list[tuple[str, Place]]:
        """Read a dotted key and the white space after it."""
        words: list[tuple[str, Place]] = []
        while True:
            self.skip(_SKIP)
            place = self.place()
            word = self.take(_KEY)
            words.append((tomllib.loads(f"k={word}")["k"] if word[:1] in "\"'" else word, place))
            self.skip(_SKIP)
            if not self.text.startswith(".", self.at):
                return words
            self.at += 1

    def value(self, path: Path) -> None:
        self.found.values[path] = self.place()
        first = self.text[self.at]
        if first == "[":
            self.array(path)
        elif first == "{":
            self.inline_table(path)
        else:
            self.take(_STRING if first in "\"'" else _PLAIN)

    def array(self, path: Path) -> None:
        self.at += 1
        number = 0
        while True:
            self.skip(_SKIP_LINES)
            if self.text[self.at] == "]":
                break
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.value((*path, number))
            number += 1
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while True:
            self.skip(_SKIP_LINES)
            if self.text[self.at] == "}":
                break
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.pair(path)
        self.at += 1

    def place(self) -> Place:
        line = bisect_right(self.lines, self.at)
        return Place(self.file, line, self.at - self.lines[line - 1] + 1)

    def skip(self, pattern: re.Pattern[str]) -> None:
        if found := pattern.match(self.text, self.at):
            self.at = found.end()

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if not found:
            raise ValueError(f"no TOML at {self.place()}")
        self.at = found.end()
        return found[0]
