"""The twin's memory: a record per ticket, person, queue, event; the compiled loop reaches all of them from one.

The desk's own record holds scalars and the addresses of arrays of records. A compiled function takes that record and
nothing else, as a C function takes a pointer; so a call costs nothing, whatever the machine holds. The arrays belong
to `Machine`, which lives longer than any call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import from_dtype, njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from sim.chance import GRID_STEPS
from sim.fast.forms import ARRAYS, DESK
from sim.fast.whole import part

Ints = NDArray[np.int64]


Records = NDArray[Any]


_numba: Any = numba


_carray = _numba.carray


_types: Any = types


UNCOMPILED = bool(_numba.config.DISABLE_JIT)
"""Whether compilation is switched off, so that the loop runs as plain Python."""


def records(shape: int | tuple[int, ...], dtype: np.dtype[Any]) -> Records:
    """Return zeroed records whose fields are read and written by name."""
    return np.zeros(shape, dtype).view(np.recarray)


class Machine:
    """The arrays of a run and the record that the compiled loop is given.

    Attributes
    ----------
    desk
        The desk's record, shape (1,).
    arrays
        The arrays by name (`ARRAYS`, `NUMBERS`), flat.
    """

    def __init__(self, desk: Records, arrays: dict[str, Any]) -> None:
        self.desk = desk
        self.arrays: dict[str, Any] = {}
        for name, array in arrays.items():
            self.put(name, array)

    def put(self, name: str, array: Any) -> None:
        """Let an array stand in the place of another."""
        flat = np.ascontiguousarray(array).reshape(-1)
        if name in ARRAYS:
            flat = flat.view(ARRAYS[name]).view(np.recarray)
        old = self.arrays.get(name)
        if UNCOMPILED:
            if old is not None:
                _KNOWN.pop(old.ctypes.data, None)
            _KNOWN[flat.ctypes.data] = flat
        self.arrays[name] = flat
        self.desk[f"at_{name}"], self.desk[f"n_{name}"] = flat.ctypes.data, len(flat)

    def __getattr__(self, name: str) -> Any:
        """Return an array by its name."""
        try:
            return self.__dict__["arrays"][name]
        except KeyError:
            raise AttributeError(name) from None

    def grow(self, name: str, more: int) -> None:
        """Give an array that grows room for so many more records than it has now."""
        array = self.arrays[name]
        self.put(name, np.concatenate([array, np.zeros(more, array.dtype)]))


_cgutils: Any = cgutils


_OFFSETS = {name: place[1] for name, place in (DESK.fields or {}).items()}


_KNOWN: dict[int, Any] = {}
"""Arrays by address, for runs with compilation switched off."""


def _at(name: str, width: str | int = 0) -> Any:
    """Return a function from the desk's record and a place to the record there of an array.

    Parameters
    ----------
    name
        The array.
    width
        For a place of two numbers: how many records lie between one first number and the next, or the scalar that
        tells.
    """
    if UNCOMPILED:
        return _read(name, width)
    return _compiled_at(name, width)  # pragma: no cover


def _compiled_at(name: str, width: str | int) -> Any:  # pragma: no cover  (coverage is measured uncompiled)
    record, size = from_dtype(ARRAYS[name]), ARRAYS[name].itemsize

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        m, *place = arguments

        def scalar(field: str) -> Any:
            return builder.load(_cgutils.get_record_member(builder, m, _OFFSETS[field], ir.IntType(64)))

        at = place[0]
        if width:
            step = scalar(width) if isinstance(width, str) else ir.Constant(ir.IntType(64), width)
            at = builder.add(builder.mul(at, step), place[1])
        address = builder.add(scalar(f"at_{name}"), builder.mul(at, ir.Constant(ir.IntType(64), size)))
        return builder.inttoptr(address, context.get_value_type(record))

    if width:

        @intrinsic
        def place_of_two(typing: Any, m: Any, one: Any, other: Any) -> Any:
            return record(m, types.int64, types.int64), build

        return place_of_two

    @intrinsic
    def place_of_one(typing: Any, m: Any, number: Any) -> Any:
        return record(m, types.int64), build

    return place_of_one


def _read(name: str, width: str | int) -> Callable[..., Any]:
    """Return what `_at` returns, for runs with compilation switched off."""

    def read(m: Any, one: int, other: int = 0) -> Any:
        step = m[width] if isinstance(width, str) else width or 1
        return _KNOWN[int(m[f"at_{name}"])][int(one) * int(step) + int(other)]

    return read


def _pointer(element: Any) -> Any:  # pragma: no cover
    """Return a function from an address to a pointer to numbers."""

    @intrinsic
    def pointer(typing: Any, address: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(_types.CPointer(element)))

        return _types.CPointer(element)(types.int64), build

    return pointer


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function of the desk's record and whole numbers, once, for 64 bits."""
    return _compiled(function, forceinline=False)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a function of the desk's record and whole numbers that becomes part of its callers."""
    return _compiled(function, forceinline=True)


def _compiled(function: Callable[..., Any], *, forceinline: bool) -> Any:
    return part(function, (from_dtype(DESK), *[types.int64] * (function.__code__.co_argcount - 1)), inline=forceinline)


entry = njit(cache=True, nogil=True)
"""Compiles a function that Python calls, with the desk's record in an array of shape (1,)."""


# Records by number, or by two numbers: the functions by which the loop reads and writes.
ticket_at = _at("tickets")


delay_at = _at("delays")


run_at = _at("runs")


due_at = _at("dues")


person_at = _at("people")


queue_at = _at("queues")


group_at = _at("groups")


skill_at = _at("skills")


kind_at = _at("kinds")


room_at = _at("rooms")


barred_at = _at("barred", "n_kinds")


picking_at = _at("picking")


cap_at = _at("caps", "caps")


counted_at = _at("counted", "caps")


role_at = _at("roles")


midnight_at = _at("midnights")


clock_at = _at("clocks")


event_at = _at("events")


moment_at = _at("moments")


touch_at = _at("touches")


segment_at = _at("segments")


span_at = _at("spans")


duty_at = _at("duties")


look_at = _at("looking")


opened_at = _at("open_skills")


taker_at = _at("takers")


taken_at = _at("taken")


ability_at = _at("abilities", "n_skills")


learned_at = _at("learned", "learning")


step_at = _at("steps", "stages")


promise_at = _at("promises", "standings")


work_at = _at("work", "width")


asks_at = _at("asks", "width")


parent_at = _at("parents")


child_at = _at("children")


response_at = _at("responses", "standings")


change_at = _at("changes")


pause_at = _at("pauses")


duplicate_at = _at("duplicates")


overdue_at = _at("overdues")


put_by_at = _at("put_bys")


shortcut_at = _at("shortcuts")


leaning_at = _at("leanings")


waiting_at = _at("open_queues", "n_queues")


held_at = _at("lists", 2)


slot_at = _at("slots", "hands")


pace_at = _at("paces", "hands")


if UNCOMPILED:

    def numbers(address: int, first: int, last: int) -> Any:
        """Return whole numbers first ... last - 1 of the array at an address."""
        return _KNOWN[address][first:last]

    def tables(m: Any) -> Any:
        """Return the quantiles in milliseconds by row."""
        return _KNOWN[m.at_tables].reshape(-1, GRID_STEPS + 1)

else:  # pragma: no cover
    _INT, _FLOAT = _pointer(types.int64), _pointer(types.float64)

    @njit(cache=True, nogil=True)
    def numbers(address: int, first: int, last: int) -> Any:
        """Return whole numbers first ... last - 1 of the array at an address."""
        return _carray(_INT(address), last)[first:last]

    @inlined
    def tables(m: Any) -> Any:
        """Return the quantiles in milliseconds by row."""
        return _carray(_FLOAT(m.at_tables), (m.n_tables // (GRID_STEPS + 1), GRID_STEPS + 1))
