"""Frames of plain numbers and back, each in one query: words for codes, null for what is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray


class Coded(NamedTuple):
    """Words of an enum, by their positions in it; a position below 0 is null.

    Attributes
    ----------
    codes
        Positions, shape (rows,).
    words
        The enum.
    """

    codes: NDArray[np.integer[Any]]
    words: pl.Enum


class Known(NamedTuple):
    """Numbers of which those up to `unknown` are null.

    Attributes
    ----------
    values
        The numbers, shape (rows,).
    unknown
        The largest number that stands for null.
    """

    values: NDArray[np.integer[Any]]
    unknown: int = -1


class Nothing(NamedTuple):
    """Nulls of a type."""

    dtype: pl.DataType | type[pl.DataType]


Column = NDArray[Any] | pl.Series | Coded | Known | Nothing


def framed(columns: Mapping[str, Column]) -> pl.DataFrame:
    """Return a frame of columns of like length, at least one of which is not `Nothing`.

    All of them are made in one query: each query costs some tenths of a millisecond, whatever is in it.
    """
    raw = {name: pl.Series(name, _plain(column)) for name, column in columns.items() if not isinstance(column, Nothing)}
    return pl.DataFrame(list(raw.values())).select(_shown(name, column) for name, column in columns.items())


def _plain(column: NDArray[Any] | pl.Series | Coded | Known) -> NDArray[Any] | pl.Series:
    if isinstance(column, Coded):
        return column.codes
    return column.values if isinstance(column, Known) else column


def _shown(name: str, column: Column) -> pl.Expr:
    found = pl.col(name)
    if isinstance(column, Nothing):
        return pl.lit(None, dtype=column.dtype).alias(name)
    if isinstance(column, Known):
        return pl.when(found > column.unknown).then(found)
    if isinstance(column, Coded):
        signed = column.codes.dtype.kind == "i"
        codes = pl.when(found >= 0).then(found) if signed else found
        return codes.cast(width(len(column.words.categories))).cat.to(column.words)
    return found


def width(words: int) -> type[pl.DataType]:
    """Return the type in which Polars keeps the codes of an enum of so many words."""
    return pl.UInt8 if words < 2**8 else pl.UInt16 if words < 2**16 else pl.UInt32


def numbers_of(
    frame: pl.DataFrame, words: Iterable[str] = (), values: Mapping[str, int] = MappingProxyType({})
) -> dict[str, NDArray[Any]]:
    """Return columns of a frame as arrays of whole numbers, all in one query.

    Parameters
    ----------
    frame
        The frame.
    words
        Columns of names: of each the positions in its enum (or among the names that occur, sorted) as int32, -1 for
        null.
    values
        Columns of whole numbers, and what stands for null in each.

    Returns
    -------
    dict
        Arrays by column, int32 and int64, which nobody may write to: compiled code has one form then.
    """
    made: dict[str, NDArray[Any]] = {}
    wanted = []
    for name in words:
        if frame[name].null_count() == frame.height:
            made[name] = np.full(frame.height, -1, np.int32)
        else:
            column = pl.col(name) if isinstance(frame.schema[name], pl.Enum) else pl.col(name).cast(_enum(frame[name]))
            wanted.append(column.to_physical().cast(pl.Int32).fill_null(-1))
    for name, null in values.items():
        column, nulls = pl.col(name).cast(pl.Int64), frame[name].null_count()
        if nulls == frame.height:
            made[name] = np.full(frame.height, null, np.int64)
        elif nulls or frame.schema[name] != pl.Int64:
            wanted.append(column.fill_null(null))
        else:
            made[name] = frame[name].to_numpy()
    if wanted:
        made |= {column.name: column.to_numpy() for column in frame.select(wanted).iter_columns()}
    for array in made.values():
        array.setflags(write=False)
    return made


def words_of(names: pl.Series) -> list[str]:
    """Return the words of an enum in its order, or those that occur, sorted."""
    return list(_enum(names).categories)


def _enum(names: pl.Series) -> pl.Enum:
    return names.dtype if isinstance(names.dtype, pl.Enum) else pl.Enum(sorted(names.unique().drop_nulls()))
