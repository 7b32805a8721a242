"""A log in parts, each a folder of its own: what is larger than memory is counted part by part, and merged."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import polars as pl

from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.casemix import expected_of
from sim.kpi.kinds import sums_by_kind
from sim.kpi.measure import Window, count
from sim.kpi.statistics import Statistics, merge
from sim.log import Log, LogError, read, write

FIRST = "cases.parquet"
"""The file by which a folder is known as a log."""

WINDOWS = "windows.json"
"""The file that says which seconds each part answers for, if parts overlap in time: {folder: [begin_s, end_s]}."""

_LARGEST = 1 << 20


@dataclass(frozen=True, eq=False)
class Part:
    """What was counted of one part, or of several together.

    Attributes
    ----------
    statistics
        The statistics.
    tickets
        How many tickets the tables hold.
    until_s
        End of the observation.
    windowed
        Whether the part answers for a window that was named.
    currency, source
        Of the log.
    """

    statistics: Statistics
    tickets: int
    until_s: int
    windowed: bool
    currency: str
    source: str


@dataclass(frozen=True)
class Task:
    """The count of one part; workers can be sent it.

    Attributes
    ----------
    folder
        The log.
    window
        The seconds it answers for; what lies outside is there for the sake of what lies within.
    kpis, by, attribution, book
        As in `sim.kpi.count`.
    """

    folder: Path
    window: tuple[int, int] | None
    kpis: tuple[str, ...] | None
    by: tuple[str, ...]
    attribution: str
    book: Book = STANDARD_BOOK

    def __call__(self) -> Part:
        """Read the part and count it."""
        log = read(self.folder)
        window = None if self.window is None else Window(*self.window)
        statistics = count(log, self.kpis, by=self.by, window=window, attribution=self.attribution, book=self.book)
        return Part(statistics, log.cases.height, log.until_s, window is not None, log.currency, log.source)


def do(task: Task) -> Part:
    """Do a task: a function that a worker can import."""
    return task()


def folders_of(folder: Path) -> list[Path]:
    """Return the folders of the parts, by name; none if the folder holds no logs.

    Parameters
    ----------
    folder
        A folder of folders, each a log.
    """
    return sorted(path for path in Path(folder).iterdir() if not path.name.startswith(".") and (path / FIRST).exists())


def tasks_of(
    folder: Path, kpis: Sequence[str] | None = None, *, by: Sequence[str] = (), attribution: str = "last_resolver",
    book: Book = STANDARD_BOOK,
) -> list[Task]:  # fmt: skip
    """Return the counts that make up the count of a log in parts.

    Parameters
    ----------
    folder
        A folder of folders, each a log. Parts hold different learners, and each shift stands in one of them; or they
        overlap in time (by 30 days before what they answer for, and up to the end of what is still open), and
        `windows.json` says which seconds each answers for.
    kpis, by, attribution, book
        As in `sim.kpi.count`.

    Raises
    ------
    LogError
        If there is no part, or `windows.json` does not name a window for each.
    """
    found = folders_of(folder)
    if not found:
        raise LogError(f"{folder}: holds no logs")
    windows = _windows(Path(folder) / WINDOWS, {path.name for path in found})
    names = None if kpis is None else tuple(kpis)
    if columns := book.lacks(book.counted(book.standard if names is None else names)):
        sums = (sums_by_kind(read(path), columns, book.switches, windows.get(path.name)) for path in found)
        book = replace(book, expected=expected_of(sums))
    return [Task(path, windows.get(path.name), names, tuple(by), attribution, book) for path in found]


def _windows(path: Path, names: set[str]) -> dict[str, tuple[int, int]]:
    if not path.exists():
        return {}
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"more than {_LARGEST} bytes")
        said = json.loads(path.read_text("utf-8"))
        made = {str(name): (int(begin_s), int(end_s)) for name, (begin_s, end_s) in said.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise LogError(f"{path}: must be an object of the form {{folder: [begin_s, end_s]}}: {error}") from None
    if odd := sorted(names ^ set(made)):
        raise LogError(f"{path}: names other parts than the folder holds: {', '.join(odd[:3])}")
    ordered = sorted(made.items(), key=lambda item: item[1])
    for (one, (_, end_s)), (two, (begin_s, _)) in pairwise(ordered):
        if begin_s < end_s:
            raise LogError(f"{path}: {one} and {two} answer for the same seconds")
    return made


def together(parts: Iterable[Part]) -> Part:
    """Return all parts as one; they are merged as they come, in any order, with the same result.

    Raises
    ------
    LogError
        If parts are not of one log: they begin or end at different instants, or count in different currencies.
    """
    made: Part | None = None
    for part in parts:
        made = part if made is None else _both(made, part)
    if made is None:
        raise LogError("there are no parts to count")
    return made


def _both(one: Part, two: Part) -> Part:
    if one.currency != two.currency:
        raise LogError(f"parts of one log must count in one currency, got {one.currency} and {two.currency}")
    if one.until_s != two.until_s and not (one.windowed and two.windowed):
        raise LogError(f"parts of one log must end at one instant, got second {one.until_s} and {two.until_s}")
    try:
        statistics = merge([one.statistics, two.statistics])
    except ValueError as error:
        raise LogError(f"parts of one log do not fit together: {error}") from None
    source = one.source if one.source == two.source else "several"
    until_s = max(one.until_s, two.until_s)
    return replace(one, statistics=statistics, tickets=one.tickets + two.tickets, until_s=until_s, source=source)


def count_parts(
    folder: Path, kpis: Sequence[str] | None = None, *, by: Sequence[str] = (), attribution: str = "last_resolver",
    book: Book = STANDARD_BOOK,
) -> Statistics:  # fmt: skip
    """Return the statistics of a log in parts, one part in memory at a time: those of the whole log, to the bit.

    Parameters
    ----------
    folder, kpis, by, attribution, book
        As in `tasks_of`.

    Raises
    ------
    LogError
        If a part cannot be read, or they are not parts of one log.
    """
    return together(task() for task in tasks_of(folder, kpis, by=by, attribution=attribution, book=book)).statistics


def split(log: Log, parts: int) -> Iterator[Log]:
    """Yield the log in parts by learner: all that is of a learner in one part, what is of people in the first.

    Parameters
    ----------
    log
        A log.
    parts
        How many, at least 1. In which of them a learner comes depends on the name alone; tickets of unknown learners
        are spread by their number.

    Raises
    ------
    ValueError
        If `parts` is below 1.
    """
    if parts < 1:
        raise ValueError(f"a log can be split in at least 1 part, got {parts}")
    learner = log.cases["learner"]
    own = _places(learner, parts).zip_with(learner.is_not_null(), log.cases["ticket"] % parts)
    for number in range(parts):
        cases = log.cases.filter(own == number)
        kept = {name: getattr(log, name).join(cases, on="ticket", how="semi") for name in ("moments", "touches")}
        yield Log.of(
            timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, cases=cases, people=log.people,
            shifts=log.shifts if number == 0 else log.shifts.clear(), currency=log.currency, sla=log.sla,
            calendars=log.calendars, source=log.source, **kept,
            learners=log.learners.filter(_places(log.learners["learner"], parts) == number),
            externals=log.externals.filter(_places(log.externals["learner"], parts) == number),
        )  # fmt: skip


def _places(learner: pl.Series, parts: int) -> pl.Series:
    """Return the part in which each learner comes; the first for nobody."""
    place = {name: zlib.crc32(name.encode()) % parts for name in learner.unique().drop_nulls().to_list()}
    return learner.replace_strict(list(place), list(place.values()), default=0, return_dtype=pl.Int64)


def write_parts(log: Log, folder: Path, parts: int) -> list[Path]:
    """Write a log in parts by learner (see `split`) into a folder, and return the folders of the parts.

    Parameters
    ----------
    log
        A log.
    folder
        Made if it is not there; folders of parts that are there are replaced.
    parts
        How many, at least 1.

    Raises
    ------
    LogError
        If a part's folder holds something that is no log.
    OSError
        If it cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    digits = len(str(parts - 1))
    paths = [folder / f"part-{number:0{digits}d}" for number in range(parts)]
    for path, part in zip(paths, split(log, parts), strict=True):
        write(part, path)
    return paths
