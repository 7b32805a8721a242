"""From text columns to roles: which column plays which, its times as seconds, its words as names."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios.sources.csvfile import Table
from scenarios.sources.mapping import Beside, Mapping, lacks, plain
from scenarios.sources.quality import Ledger, SourceError
from sim.calendar import Timeline
from sim.notes import Note

EARLIEST, LATEST = 1970, 2099
"""Years in which a stamp is believed."""


def roles_of(table: Table, mapping: Mapping | Beside) -> pl.DataFrame:
    """Return the columns that a mapping names, by role, trimmed, null where empty, with `line`.

    Raises
    ------
    SourceError
        If a needed column is missing, or comes twice with different content.
    """
    path = table.ledger.path
    places: dict[str, list[int]] = {}
    for number, column in enumerate(table.header):
        places.setdefault(plain(column), []).append(number)
    if missing := [c for c in mapping.needed().values() if plain(c) not in places]:
        raise SourceError(path, lacks(missing, table.header).replace("lacks", "the file lacks", 1), 1)
    chosen = {}
    for role, column in mapping.columns.items():
        at = places.get(plain(column), [])
        if len(at) > 1:
            _same(table, column, at)
        if at:
            chosen[role] = _text(str(at[0]))
        else:
            chosen[role] = pl.lit(None, dtype=pl.String)
            table.ledger.warn("found.no_column", column=column)
    used = {plain(column) for column in mapping.columns.values()}
    for column, at in places.items():
        if len(at) > 1 and column not in used:
            table.ledger.warn("found.column_unused", column=column, times=len(at))
    return table.rows.select(pl.col("line"), **chosen)


def _text(column: str) -> pl.Expr:
    trimmed = pl.col(column).str.strip_chars()
    return pl.when(trimmed != "").then(trimmed)


def _same(table: Table, column: str, at: list[int]) -> None:
    first = str(at[0])
    for other in at[1:]:
        apart = table.rows.filter(pl.col(first).str.strip_chars() != pl.col(str(other)).str.strip_chars())
        if apart.height:
            raise SourceError(
                table.ledger.path,
                f"the column {column!r} comes {len(at)} times with different content; keep one of them",
                apart["line"][0],
            )
    table.ledger.warn("found.column_doubled", column=column, times=len(at))


def instants(frame: pl.DataFrame, roles: list[str], mapping: Mapping, ledger: Ledger) -> pl.DataFrame:
    """Return the frame with stamps of these roles as epoch seconds; unreadable stamps are set aside.

    Seconds are rounded down. A stamp without offset is wall time of the zone `stamps`.
    """
    for role in roles:
        parsed, formats = _parsed(frame[role], mapping)
        if len(formats) > 1:
            told = ", ".join(f"{pattern} ({count:,})" for pattern, count in formats.items())
            ledger.warn("found.time_formats", column=mapping.columns[role], formats=told)
        frame = frame.with_columns(parsed.alias(f"_{role}"))
        wrong = pl.col(f"_{role}").is_null() & pl.col(role).is_not_null()
        frame = ledger.keep(frame, Note.of("source.no_time", column=mapping.columns[role]), wrong)
        frame = frame.with_columns(pl.col(f"_{role}").alias(role)).drop(f"_{role}")
    return frame


def _parsed(text: pl.Series, mapping: Mapping) -> tuple[pl.Series, dict[str, int]]:
    """Return epoch seconds, null where no format fits, and how many stamps each format fitted."""
    found = pl.Series(text.name, [None] * text.len(), dtype=pl.Int64)
    used: dict[str, int] = {}
    for pattern in mapping.formats:
        if not (found.is_null() & text.is_not_null()).any():
            break
        stamps = text.str.to_datetime(pattern, time_unit="us", strict=False, exact=True)
        if stamps.dtype.time_zone is None:  # type: ignore[attr-defined]
            stamps = stamps.dt.replace_time_zone(mapping.stamps, ambiguous="earliest", non_existent="null")
        believed = stamps.dt.year().is_between(EARLIEST, LATEST)
        seconds = stamps.dt.epoch("us") // 1_000_000
        fresh = found.is_null() & believed.fill_null(False) & seconds.is_not_null()
        if count := int(fresh.sum()):
            used[pattern] = count
            found = seconds.zip_with(fresh, found)
    return found, used


def clock_s(column: str) -> pl.Expr:
    """Return a wall-clock time `H:MM:SS` as seconds of the day; null where it is none."""
    parts = pl.col(column).str.extract_groups(r"^(\d{1,2}):(\d{2}):(\d{2})$")
    hour, minute, second = (parts.struct.field(str(n)).cast(pl.Int64) for n in (1, 2, 3))
    fits = (hour < 24) & (minute < 60) & (second < 60)
    return pl.when(fits).then(hour * 3600 + minute * 60 + second)


def timeline_of(first_s: int, zone: str) -> tuple[Timeline, int]:
    """Return the timeline that begins on the local day of an epoch second, and its start in epoch seconds."""
    day = datetime.fromtimestamp(first_s, ZoneInfo(zone)).date()
    timeline = Timeline.midnight(day, zone)
    return timeline, int(timeline.start.timestamp())


_BAD = re.compile(r"[\s#.\"']+")
_LONGEST = 72


def name_of(word: str, prefix: str = "", longest: int = _LONGEST) -> str:
    """Return a word as a name without blanks, dots, quotes or '#'."""
    return (prefix + (_BAD.sub("_", word).strip("_") or "_"))[:longest]


def names_of(
    values: pl.Series, prefix: str = "", nobody: tuple[str, ...] = (), *, lower: bool = False, longest: int = _LONGEST
) -> pl.Series:
    """Return words as names without blanks, dots, quotes or '#'; words that fall together are numbered."""
    names: dict[str, str | None] = dict.fromkeys(nobody)
    taken: set[str] = set()
    for word in values.drop_nulls().unique().sort().to_list():
        if word in names:
            continue
        first = name_of(word.lower() if lower else word, prefix, longest)
        name, number = first, 2
        while name in taken:
            name, number = f"{first}_{number}", number + 1
        taken.add(name)
        names[word] = name
    if not names:
        return values.cast(pl.String)
    return values.replace_strict(names, default=None, return_dtype=pl.String)


def ranked(frame: pl.DataFrame, by: list[str]) -> NDArray[np.int64]:
    """Return ticket numbers from 0 for a sorted frame: a change of any of these columns is a new ticket."""
    if not frame.height:
        return np.zeros(0, dtype=np.int64)
    keys = frame.select(pl.struct(by).rle_id().cast(pl.Int64))
    return keys.to_series().to_numpy()
