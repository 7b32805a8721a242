"""A log as one text table, to be read by spreadsheets and by this program again, without any loss."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from scenarios.sources.csvfile import Table
from scenarios.sources.quality import Ledger, SourceError
from sim.log import OPTIONAL, SCHEMAS, Log, LogError
from sim.log.files import facts_of, facts_said
from sim.notes import Note

NAME = "fairdesk"
"""The name of this form, among those of the mappings."""

_TABLE, _FACTS = "table", "facts"
_LOG = "log"
"""Word in the column `table` of the row that holds what is said of the whole log."""

_FORMULA = r"^['=+\-@\t\r]"
_SCHEMAS = SCHEMAS | OPTIONAL
_COLUMNS = tuple(dict.fromkeys(column for schema in _SCHEMAS.values() for column in schema))


def write_csv(log: Log, path: Path) -> None:
    """Write a log as one text table: a row for the log, then those of each of its tables.

    Parameters
    ----------
    log
        The log.
    path
        File that is written, in UTF-8 with a byte order mark. Seconds count from the begin that the first row states. A
        text that a spreadsheet would run begins with an apostrophe.
    """
    head = pl.DataFrame({_TABLE: [_LOG], _FACTS: [json.dumps(facts_of(log), sort_keys=True, ensure_ascii=False)]})
    parts = [head]
    for name, schema in _SCHEMAS.items():
        texts = [
            pl.col(column).cast(pl.String).str.replace(f"({_FORMULA})", "'$1") if dtype == pl.String
            else pl.col(column).cast(pl.String)
            for column, dtype in schema.items()
        ]  # fmt: skip
        parts.append(getattr(log, name).select(pl.lit(name).alias(_TABLE), *texts))
    rows = pl.concat(parts, how="diagonal").select(_TABLE, *_COLUMNS, _FACTS)
    rows.write_csv(path, include_bom=True)


def is_native(header: list[str]) -> bool:
    """Say whether a header is that of a log written by `write_csv`."""
    return {_TABLE, _FACTS, "ticket", "at_s"} <= set(header)


def log_of_rows(table: Table) -> Log:
    """Return the log of a text table that `write_csv` wrote; rows that cannot be read are set aside.

    Raises
    ------
    SourceError
        If the row of the log itself is missing or damaged, or what is left makes no log.
    """
    path, ledger = table.ledger.path, table.ledger
    names = {column: str(place) for place, column in enumerate(table.header)}
    rows = table.rows.select("line", **{name: _text(place) for name, place in names.items() if name in _KNOWN})
    known = Note.of("source.unknown_word", column=_TABLE)
    rows = ledger.keep(rows, known, ~pl.col(_TABLE).is_in([_LOG, *_SCHEMAS]).fill_null(False))
    heads = rows.filter(pl.col(_TABLE) == _LOG)
    if heads.height != 1:
        raise SourceError(path, f"expected one row of the table 'log', got {heads.height}")
    try:
        facts = facts_said(str(heads[_FACTS][0]))
        tables: dict[str, Any] = {name: _rows_of(rows, name, ledger) for name in _SCHEMAS}
        return Log.of(**tables, **facts)
    except LogError as error:
        raise SourceError(path, f"makes no log: {error}") from None


_KNOWN = frozenset((_TABLE, _FACTS, *_COLUMNS))


def _text(place: str) -> pl.Expr:
    return pl.when(pl.col(place) != "").then(pl.col(place))


def _rows_of(rows: pl.DataFrame, name: str, ledger: Ledger) -> pl.DataFrame:
    own, schema = rows.filter(pl.col(_TABLE) == name), _SCHEMAS[name]
    for column, dtype in schema.items():
        if column not in own.columns:
            own = own.with_columns(pl.lit(None, dtype=pl.String).alias(column))
        if dtype == pl.String:
            own = own.with_columns(pl.col(column).str.replace(r"^'", ""))
            continue
        own = own.with_columns(pl.col(column).cast(dtype, strict=False).alias("_number"))
        wrong = pl.col("_number").is_null() & pl.col(column).is_not_null()
        own = ledger.keep(own, Note.of("source.no_number", column=column), wrong)
        own = own.with_columns(pl.col("_number").alias(column)).drop("_number")
    return own.select(*schema)
