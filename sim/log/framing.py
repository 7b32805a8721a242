"""Frames of plain numbers and back, each in one query: words for codes, null for what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
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


class Numbered(NamedTuple):
    """Text that is made of numbers: names of those who have none but their number.

    Attributes
    ----------
    numbers
        At least 0, shape (rows,).
    """

    numbers: NDArray[np.int64]


Column = NDArray[Any] | pl.Series | Coded | Known | Numbered | Nothing


class Later(NamedTuple):
    """A column that is worked out when somebody asks for it.

    Attributes
    ----------
    make
        Works it out, always the same.
    """

    make: Callable[[], Column]


class Sheet:
    """A table in columns of plain numbers; each becomes a column of a frame when somebody asks for it.

    So what is read by compiled code alone never is in a frame. No column stands in memory twice, and two threads that
    ask for one at the same time get the same.

    Parameters
    ----------
    columns
        Columns of like length by name, at least one of which is neither `Nothing` nor `Later`. Nobody changes them
        afterwards.
    """

    def __init__(self, columns: Mapping[str, Column | Later]) -> None:
        self._columns = dict(columns)
        self.height = next(_length(column) for column in columns.values() if not isinstance(column, Nothing | Later))
        self._frame: pl.DataFrame | None = None

    @classmethod
    def of(cls, table: pl.DataFrame | Sheet) -> Sheet:
        """Return the sheet of a frame; a sheet is its own."""
        if isinstance(table, Sheet):
            return table
        made = cls({column.name: column for column in table.iter_columns()})
        made._frame = table
        return made

    @property
    def names(self) -> list[str]:
        """Names of the columns, in their order."""
        return list(self._columns)

    def raw(self, name: str) -> Column:
        """Return a column as it stands at present."""
        found = self._columns[name]
        if isinstance(found, Later):
            found = self._columns[name] = found.make()
        return found

    def columns(self) -> dict[str, Column | Later]:
        """Return all columns for another sheet; what is not worked out yet is worked out for both at once."""
        return {
            name: Later(partial(self.raw, name)) if isinstance(found, Later) else found
            for name, found in self._columns.items()
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as a frame."""
        return Sheet.of, (self.frame(),)

    def __getitem__(self, name: str) -> pl.Series:
        """Return a column of the frame."""
        found = self.raw(name)
        if not isinstance(found, pl.Series):
            found = self._columns[name] = _framed({name: found}, self.height)[name]
        return found

    def some(self, names: Iterable[str]) -> pl.DataFrame:
        """Return a frame of some of the columns, in the order in which they are named."""
        wanted = list(names)
        missing = {name: found for name in wanted if not isinstance(found := self.raw(name), pl.Series)}
        if missing:
            self._columns |= {column.name: column for column in _framed(missing, self.height).iter_columns()}
        return pl.DataFrame([self._columns[name] for name in wanted])

    def frame(self) -> pl.DataFrame:
        """Return the frame of all columns."""
        if self._frame is None:
            self._frame = self.some(self._columns)
        return self._frame

    def knows(self, name: str) -> bool:
        """Return whether a column says anything of any row."""
        column = self.raw(name)
        if isinstance(column, pl.Series):
            return column.null_count() < len(column)
        if isinstance(column, Known):
            return bool((column.values > column.unknown).any())
        if isinstance(column, Coded):
            return bool((column.codes >= 0).any())
        return not isinstance(column, Nothing) and self.height > 0

    def type(self, name: str) -> pl.DataType:
        """Return the type of a column of words."""
        column = self.raw(name)
        if isinstance(column, Coded):
            return column.words
        return self[name].dtype


def _length(column: NDArray[Any] | pl.Series | Coded | Known | Numbered) -> int:
    return len(column[0] if isinstance(column, Coded | Known | Numbered) else column)


def framed(columns: Mapping[str, Column]) -> pl.DataFrame:
    """Return a frame of columns of like length, at least one of which is not `Nothing`."""
    return Sheet(columns).frame()


def _framed(columns: Mapping[str, Column], rows: int) -> pl.DataFrame:
    """Return a frame of columns, all made in one query."""
    raw = {name: pl.Series(name, _plain(column)) for name, column in columns.items() if not isinstance(column, Nothing)}
    made = pl.DataFrame(list(raw.values())).select(_shown(name, columns[name]) for name in raw)
    nothing = {name: column for name, column in columns.items() if isinstance(column, Nothing)}
    nulls = [pl.Series(name, [None], dtype=column.dtype).new_from_index(0, rows) for name, column in nothing.items()]
    return made.hstack(nulls) if nulls and raw else pl.DataFrame(nulls) if nulls else made


def _plain(column: Column) -> NDArray[Any] | pl.Series:
    if isinstance(column, Coded):
        return column.codes
    if isinstance(column, Known):
        return column.values
    if isinstance(column, Numbered):
        return _texts(column.numbers)
    assert not isinstance(column, Nothing)
    return column


def _texts(numbers: NDArray[np.int64]) -> pl.Series:
    """Return numbers as text; each is written once."""
    many = int(numbers.max(initial=-1)) + 1
    if many > len(numbers):
        return pl.Series(numbers).cast(pl.String)
    return pl.Series(np.arange(many)).cast(pl.String).gather(pl.Series(numbers))


def _shown(name: str, column: Column) -> pl.Expr:
    if isinstance(column, Known):
        return _known(name, column.unknown)
    if isinstance(column, Coded):
        return _word(name, column)
    return pl.col(name)


@lru_cache(maxsize=512)
def _known(name: str, unknown: int) -> pl.Expr:
    return pl.when(pl.col(name) > unknown).then(pl.col(name))


def _word(name: str, column: Coded) -> pl.Expr:
    found = pl.col(name)
    codes = pl.when(found >= 0).then(found) if column.codes.dtype.kind == "i" else found
    return codes.cast(width(len(column.words.categories))).cat.to(column.words)


def width(words: int) -> type[pl.DataType]:
    """Return the type in which Polars keeps the codes of an enum of so many words."""
    return pl.UInt8 if words < 2**8 else pl.UInt16 if words < 2**16 else pl.UInt32


def numbers_of(
    table: pl.DataFrame | Sheet, words: Iterable[str] = (), values: Mapping[str, int] = MappingProxyType({})
) -> dict[str, NDArray[Any]]:
    """Return columns of a table as arrays of whole numbers.

    Parameters
    ----------
    table
        The table. What a sheet holds in plain numbers is read from there; all else takes one query.
    words
        Columns of names: of each the positions in its enum (or among the names that occur, sorted) as int32, -1 for
        null. Of text that is made of numbers, the numbers as int64.
    values
        Columns of whole numbers, and what stands for null in each.

    Returns
    -------
    dict
        Arrays by column, int32 and int64, which nobody may write to: compiled code has one form then.
    """
    sheet, made, wanted = Sheet.of(table), dict[str, NDArray[Any]](), dict[str, pl.Expr]()
    for name in words:
        column = sheet.raw(name)
        if isinstance(column, pl.Series):
            if column.null_count() == len(column):
                made[name] = np.full(len(column), -1, np.int32)
            else:
                wanted[name] = _codes(column)
        else:
            made[name] = _positions(column, sheet.height)
    for name, null in values.items():
        column = sheet.raw(name)
        if isinstance(column, pl.Series):
            nulls = column.null_count()
            if nulls == len(column):
                made[name] = np.full(len(column), null, np.int64)
            elif nulls or column.dtype != pl.Int64:
                wanted[name] = pl.col(name).cast(pl.Int64).fill_null(null)
            else:
                made[name] = column.to_numpy()
        else:
            made[name] = _values(column, null, sheet.height)
    if wanted:
        made |= {
            column.name: column.to_numpy() for column in sheet.some(wanted).select(*wanted.values()).iter_columns()
        }
    return {name: _unchanged(array) for name, array in made.items()}


def _unchanged(array: NDArray[Any]) -> NDArray[Any]:
    seen = array.view()
    seen.setflags(write=False)
    return seen


def _codes(column: pl.Series) -> pl.Expr:
    found = pl.col(column.name)
    named = found if isinstance(column.dtype, pl.Enum) else found.cast(_enum(column))
    return named.to_physical().cast(pl.Int32).fill_null(-1)


def _positions(column: Column, rows: int) -> NDArray[Any]:
    if isinstance(column, Coded):
        return column.codes.astype(np.int32)
    if isinstance(column, Numbered):
        return column.numbers
    assert isinstance(column, Nothing)
    return np.full(rows, -1, np.int32)


def _values(column: Column, null: int, rows: int) -> NDArray[Any]:
    if isinstance(column, Nothing):
        return np.full(rows, null, np.int64)
    if isinstance(column, Known):
        values = column.values.astype(np.int64, copy=False)
        return values if column.unknown == null else np.where(values > column.unknown, values, null)
    assert isinstance(column, np.ndarray)
    return column.astype(np.int64, copy=False)


def words_of(table: pl.DataFrame | Sheet, name: str) -> list[str]:
    """Return the words of a column of words: those of its enum in order, or those that occur, sorted."""
    column = Sheet.of(table).raw(name)
    if isinstance(column, Coded):
        return list(column.words.categories)
    if isinstance(column, Nothing):
        return list(column.dtype.categories) if isinstance(column.dtype, pl.Enum) else []
    assert isinstance(column, pl.Series)
    return list(_enum(column).categories)


def _enum(names: pl.Series) -> pl.Enum:
    return names.dtype if isinstance(names.dtype, pl.Enum) else pl.Enum(sorted(names.unique().drop_nulls()))
