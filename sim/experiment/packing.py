"""What a task gave as rows of a table, and back: arrays, plain values, and the frozen classes that say so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

SCHEMA: Final = {"dtype": pl.String(), "order": pl.String(), "shape": pl.List(pl.Int64()), "values": pl.Binary()}
"""Columns of a packed result: its form as JSON in the first row, then an array a row."""

_FORM: Final = "form"
_NUMBERS: Final = ("int64", "uint64", "int32", "uint32", "float64", "bool")
_CLASSES: Final[dict[str, type[Any]]] = {}


def keepable[T](kind: type[T]) -> type[T]:
    """Let a dataclass or a named tuple be packed: only such classes are made when a file is read.

    Raises
    ------
    ValueError
        If another class has this name.
    """
    if _CLASSES.setdefault(kind.__name__, kind) is not kind:
        raise ValueError(f"another class that is kept is called {kind.__name__!r}")
    return kind


def pack(value: object) -> pl.DataFrame:
    """Return a result as a table of `SCHEMA`: plain values, lists, tuples, mappings, arrays, classes that are kept.

    Raises
    ------
    TypeError
        If there is anything else in it.

    Examples
    --------
    >>> frame = pack({"seat": np.arange(3), "why": None})
    >>> frame.height, unpack(frame)
    (2, {'seat': array([0, 1, 2]), 'why': None})
    """
    arrays: list[NDArray[Any]] = []
    form = json.dumps(_form(value, arrays))
    rows = [(_FORM, "", list[int](), form.encode()), *map(_row, arrays)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def unpack(frame: pl.DataFrame) -> Any:
    """Return what was packed.

    Raises
    ------
    ValueError
        If the table is no packed result, or one of a class that is not kept.
    """
    rows = frame.rows()
    try:
        if rows[0][0] != _FORM:
            raise ValueError("the first row is no form")
        return _made(json.loads(rows[0][3]), [_array(*row) for row in rows[1:]])
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise ValueError(f"no packed result: {error}") from None


def _form(value: object, arrays: list[NDArray[Any]]) -> Any:
    """Return the form of a value, and put its arrays aside."""
    if value is None or isinstance(value, bool | int | float | str):
        return {"is": value}
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if _CLASSES.get(type(value).__name__) is type(value):
        return {"as": type(value).__name__, "with": {name: _form(each, arrays) for name, each in _parts(value).items()}}
    if isinstance(value, Mapping):
        return {"mapping": [[_form(key, arrays), _form(each, arrays)] for key, each in value.items()]}
    if type(value) in (list, tuple):
        every = cast(list[object] | tuple[object, ...], value)
        return {type(value).__name__: [_form(each, arrays) for each in every]}
    raise TypeError(f"a {type(value).__name__} cannot be kept in a folder")


def _parts(value: Any) -> dict[str, object]:
    names = [field.name for field in fields(value)] if is_dataclass(value) else value._fields
    return {name: getattr(value, name) for name in names}


def _made(form: Any, arrays: list[NDArray[Any]]) -> Any:
    """Return the value of a form."""
    if "is" in form:
        return form["is"]
    if "array" in form:
        return arrays[form["array"]]
    if "as" in form:
        return _CLASSES[form["as"]](**{name: _made(each, arrays) for name, each in form["with"].items()})
    if "mapping" in form:
        return {_made(key, arrays): _made(each, arrays) for key, each in form["mapping"]}
    every = [_made(each, arrays) for each in form["tuple" if "tuple" in form else "list"]]
    return tuple(every) if "tuple" in form else every


def _row(array: NDArray[Any]) -> tuple[str, str, list[int], bytes]:
    """Return an array as a row; the order of its memory is kept, as sums of floats depend on it."""
    if array.dtype.name not in _NUMBERS:
        raise TypeError(f"an array of {array.dtype.name} cannot be kept in a folder")
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    return array.dtype.name, order, list(array.shape), array.tobytes(order="F" if order == "F" else "C")


def _array(dtype: str, order: str, shape: list[int], values: bytes) -> NDArray[Any]:
    if dtype not in _NUMBERS or order not in ("C", "F"):
        raise ValueError(f"an array of {dtype!r} in order {order!r}")
    flat = np.frombuffer(values, dtype=np.dtype(dtype)).copy()
    return flat.reshape(shape, order="F" if order == "F" else "C")
