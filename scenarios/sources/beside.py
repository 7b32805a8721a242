"""Tables beside a log: what is known of learners, and what other systems state of people and learners."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from scenarios.notes import in_words
from scenarios.sources.columns import name_of, names_of, roles_of
from scenarios.sources.csvfile import Table, read_table
from scenarios.sources.mapping import Beside, Mapping
from scenarios.sources.quality import Ledger, Quality, SourceError
from sim.kpi.externals import SHARES
from sim.log import LARGEST, Log, LogError
from sim.log.periods import days_of, first_second
from sim.notes import Note

LEARNERS = ("learner", "joined", "course", "stage")
EXTERNALS = ("person", "learner", "period", "measure", "value", "source")
APPRAISALS = ("person", "period", "item", "source", "points", "author", "reason", "provenance")
_OPTIONAL = {
    "learners": ("joined", "course", "stage"),
    "externals": ("person", "learner", "source"),
    "appraisals": ("author", "reason", "provenance"),
}
VOICES = {
    "self": "self", "supervisor": "supervisor", "peer": "peer", "hr": "hr", "audit": "audit", "knowledge": "knowledge",
    "learner": "learner", "自评": "self", "上级": "supervisor", "上级评": "supervisor", "主管": "supervisor",
    "互评": "peer", "同事": "peer", "人事": "hr", "抽查": "audit", "质检": "audit", "知识库": "knowledge",
    "学员": "learner",
}  # fmt: skip
"""Words of a table for who states points."""

_c = pl.col


def with_beside(
    log: Log,
    mapping: Mapping | None = None,
    *,
    learners: Path | None = None,
    externals: Path | None = None,
    appraisals: Path | None = None,
) -> tuple[Log, dict[str, Quality]]:
    """Return a log with the tables of some files beside it, and what became of the rows of each.

    Parameters
    ----------
    log
        The log; tables of the same name are replaced.
    mapping
        Says which columns play which role (`[learners]`, `[externals]`), and how the names of people are made; by
        default the columns are called as the roles are.
    learners
        CSV with `learner`, and perhaps `joined` (a day, or a day and time), `course` and `stage`.
    externals
        CSV with `period`, `measure`, `value`, one of `person` and `learner`, and perhaps `source`.
    appraisals
        CSV with `person`, `period`, `item`, `source`, `points`, and perhaps `author`, `reason`, `provenance`.

    Raises
    ------
    SourceError
        If a file cannot be read, lacks a column, or states two things at once; the message names file and line.
    """
    told: dict[str, Quality] = {}
    makers: dict[str, tuple[Path | None, Callable[[Log, Table, Beside], pl.DataFrame]]] = {
        "learners": (learners, _learners),
        "externals": (externals, partial(_externals, mapping=mapping)),
        "appraisals": (appraisals, partial(_appraisals, mapping=mapping)),
    }
    for name, (path, make) in makers.items():
        if path is None:
            continue
        table = read_table(path)
        frame = make(log, table, getattr(mapping, name) if mapping else Beside())
        if frame.is_empty():
            raise _nothing_left(table.ledger)
        try:
            log = log.having(**{name: frame.drop("line")})
        except LogError as error:
            raise SourceError(path, f"makes no log: {error}") from None
        told[name] = table.ledger.report(name)
    return log, told


def _nothing_left(ledger: Ledger) -> SourceError:
    """Return what is wrong with a file of which no row is left; the reasons stand in the order of their first lines."""
    firsts = sorted((lines[0], in_words(reason)) for reason, lines in ledger.examples.items())
    if not firsts:
        return SourceError(ledger.path, "holds a header and no rows")
    return SourceError(ledger.path, f"no row of it can be used: {'; '.join(said for _, said in firsts)}", firsts[0][0])


def _learners(log: Log, table: Table, how: Beside) -> pl.DataFrame:
    rows = roles_of(table, how.of(LEARNERS, _OPTIONAL["learners"]))
    ledger = table.ledger
    rows = ledger.keep(rows, Note.of("source.empty", column="learner"), _c("learner").is_null())
    rows = _once(rows, ("learner",), ledger, _two_rows)
    joined = pl.Series("joined_s", [None] * rows.height, pl.Int64)
    for pattern in how.formats:
        stamps = rows["joined"].str.to_datetime(pattern, time_unit="us", strict=False, exact=True)
        wall_s = stamps.dt.replace_time_zone(None).dt.epoch("s")
        joined = joined.fill_null(pl.Series(log.timeline.at_walls(wall_s.fill_null(0).to_numpy())).zip_with(
            wall_s.is_not_null(), pl.Series([None], dtype=pl.Int64)))  # fmt: skip
    rows = rows.with_columns(joined, names_of(rows["course"]), names_of(rows["stage"]))
    rows = ledger.keep(
        rows, Note.of("source.no_day", column="joined"), _c("joined_s").is_null() & _c("joined").is_not_null()
    )
    return rows.select("learner", "joined_s", "course", "stage", "line")


def _externals(log: Log, table: Table, how: Beside, mapping: Mapping | None) -> pl.DataFrame:
    ledger = table.ledger
    rows = roles_of(table, how.of(EXTERNALS, _OPTIONAL["externals"]))
    for column in ("period", "measure", "value"):
        rows = ledger.keep(rows, Note.of("source.empty", column=column), _c(column).is_null())
    rows = rows.with_columns(
        _person(log, rows["person"], mapping), period=_c("period").map_elements(_period, pl.String),
        measure=_c("measure").replace(how.measures), value_=_number(),
    )  # fmt: skip
    both = _c("person").is_not_null() == _c("learner").is_not_null()
    rows = ledger.keep(rows, Note.of("source.whose"), both)
    people, known = log.people["person"].cast(pl.String), {*log.cases["learner"], *log.learners["learner"]} - {None}
    rows = ledger.keep(rows, Note.of("source.unknown_person"), ~_c("person").is_in(people.implode()))
    rows = ledger.keep(rows, Note.of("source.unknown_learner"), ~_c("learner").is_in(sorted(known)))
    readable = {period for period in rows["period"].unique() if days_of(period) is not None}
    rows = ledger.keep(rows, Note.of("source.no_period", column="period"), ~_c("period").is_in(sorted(readable)))
    reached = {period for period in readable if first_second(period, log.timeline, log.until_s) is not None}
    rows = ledger.keep(rows, Note.of("source.other_period", column="period"), ~_c("period").is_in(sorted(reached)))
    rows = ledger.keep(rows, Note.of("source.no_number", column="value"), _c("value_").is_null())
    share = _c("measure").is_in(sorted(SHARES)) & ~_c("value_").is_between(0, 1)
    rows = ledger.keep(rows, Note.of("source.no_share", column="value"), share)
    rows = _once(rows, ("person", "learner", "period", "measure"), ledger, _two_values)
    _apart(rows, ledger)
    return rows.select(
        "person", "learner", "period", "measure", value="value_", source=pl.coalesce("source", pl.lit(how.source)),
        line="line",
    )  # fmt: skip


def _appraisals(log: Log, table: Table, how: Beside, mapping: Mapping | None) -> pl.DataFrame:
    ledger = table.ledger
    rows = roles_of(table, how.of(APPRAISALS, _OPTIONAL["appraisals"]))
    for column in ("person", "period", "item", "source", "points"):
        rows = ledger.keep(rows, Note.of("source.empty", column=column), _c(column).is_null())
    rows = rows.with_columns(
        _person(log, rows["person"], mapping), period=_c("period").map_elements(_period, pl.String),
        item=_c("item").replace(how.measures), source=_c("source").str.to_lowercase().replace(VOICES),
        points_=_number("points"),
    )  # fmt: skip
    rows = ledger.keep(rows, Note.of("source.unknown_person"), ~_c("person").is_in(
        log.people["person"].cast(pl.String).implode()))  # fmt: skip
    readable = {period for period in rows["period"].unique() if days_of(period) is not None}
    rows = ledger.keep(rows, Note.of("source.no_period", column="period"), ~_c("period").is_in(sorted(readable)))
    rows = ledger.keep(rows, Note.of("source.no_voice"), ~_c("source").is_in(sorted(set(VOICES.values()))))
    rows = ledger.keep(rows, Note.of("source.no_number", column="points"), _c("points_").is_null())
    rows = _once(rows, ("person", "period", "item", "source", "author"), ledger, _two_forms)
    stated = pl.lit(f"{ledger.path.name}, line ") + _c("line").cast(pl.String)
    return rows.select(
        "person", "period", "item", "source", "author", "reason", "line", points="points_",
        provenance=pl.coalesce("provenance", stated),
    )  # fmt: skip


def _two_rows(row: dict[str, object], other: int) -> str:
    return f"learner {row['learner']!r}: another row stands in line {other}"


def _two_values(row: dict[str, object], other: int) -> str:
    whose = row["person"] or row["learner"]
    return f"{row['measure']} of {whose!r} in {row['period']}: another value stands in line {other}"


def _two_forms(row: dict[str, object], other: int) -> str:
    return (
        f"{row['source']} gave {row['person']!r} points for {row['item']} in {row['period']}: another row stands in "
        f"line {other}"
    )


def _once(
    rows: pl.DataFrame, keys: tuple[str, ...], ledger: Ledger, said: Callable[[dict[str, object], int], str]
) -> pl.DataFrame:
    """Return rows without those that say the same again; two that say different things are refused."""
    contents = [column for column in rows.columns if column not in ("line", "value", "points")]
    rows = rows.sort("line")
    rows = ledger.keep(rows, Note.of("source.doubled_row"), ~pl.struct(contents).is_first_distinct())
    twice = rows.filter(~pl.struct(keys).is_first_distinct())
    if not twice.is_empty():
        row = twice.row(0, named=True)
        same = rows.filter(pl.all_horizontal(_c(key).eq_missing(row[key]) for key in keys))
        raise SourceError(ledger.path, said(row, int(same["line"][0])), int(row["line"]))
    return rows


def _apart(rows: pl.DataFrame, ledger: Ledger) -> None:
    """Refuse values of one measure in periods that overlap, as a month and its quarter: what they share counted twice.

    Raises
    ------
    SourceError
        For the first line whose period overlaps with that of a line before it.
    """
    before: dict[tuple[object, ...], list[tuple[date, date, int, str]]] = {}
    for row in rows.sort("line").iter_rows(named=True):
        days = days_of(row["period"])
        assert days is not None
        others = before.setdefault((row["person"], row["learner"], row["measure"]), [])
        for first, after, line, period in others:
            if first < days[1] and days[0] < after:
                said = f"{row['measure']} of {row['person'] or row['learner']!r} in {row['period']}: {period!r} in line"
                said = f"{said} {line} overlaps with it, and would count twice"
                raise SourceError(ledger.path, said, int(row["line"]))
        others.append((*days, int(row["line"]), row["period"]))


def _person(log: Log, words: pl.Series, mapping: Mapping | None) -> pl.Series:
    """Return the names that people have in the log: as they stand, or as the mapping makes names."""
    people = set(log.people["person"].cast(pl.String))
    prefix = mapping.people.prefix if mapping else ""
    names = {word: word if word in people else name_of(word, prefix) for word in words.unique().drop_nulls()}
    return words.replace_strict(names, default=None, return_dtype=pl.String) if names else words


_MONTH = re.compile(r"(\d{4})[/.年]?(\d{1,2})月?")


def _period(said: str) -> str:
    """Return a period by its name; months also come as 2026/3, 202603 and 2026年3月."""
    found = _MONTH.fullmatch(said)
    return f"{found[1]}-{int(found[2]):02d}" if found and not re.fullmatch(r"\d{5}", said) else said


def _number(column: str = "value") -> pl.Expr:
    """Return the values as numbers; those in percent as fractions; null where there is none, or beyond all bounds."""
    percent = _c(column).str.ends_with("%")
    number = _c(column).str.strip_suffix("%").str.strip_chars().cast(pl.Float64, strict=False)
    number = pl.when(percent).then(number / 100).otherwise(number)
    return pl.when(number.is_finite() & (number.abs() <= LARGEST)).then(number)
