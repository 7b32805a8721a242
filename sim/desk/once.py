"""What depends on a desk alone is worked out once for it, however many seeds it is run with."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from sim.desk.desk import Desk
from sim.parameters import Parameters

KEPT = 16
"""Desks whose results are kept, the latest used; a result keeps its desk alive."""


WHO = frozenset({"title", "staff", "seating"})
"""Parts of a desk that tell who works where, and its title."""


class _Same:
    """A desk as a key: the very same object, since a desk cannot be changed but compares slowly."""

    __slots__ = ("desk",)

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __hash__(self) -> int:
        return id(self.desk)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.desk is other.desk


class _Alike:
    """A desk as a key: one with the very same parts but for those that tell who works where."""

    __slots__ = ("desk", "parts")

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.parts = [getattr(desk, name) for name in Desk.model_fields if name not in WHO]

    def __hash__(self) -> int:
        return hash((self.desk.start, self.desk.weeks, id(self.desk.demand), id(self.desk.sla)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Alike) and all(map(_is_same, self.parts, other.parts))


def _is_same(one: object, other: object) -> bool:
    """Return whether two parts are one object, or simple and equal: parts that are large compare slowly."""
    return one is other or (not isinstance(one, Parameters) and one == other)


def once_per_demand[Made](make: Callable[[Desk], Made]) -> Callable[[Desk], Made]:
    """Return a function that makes something once for all desks that differ in `WHO` alone.

    A study that seats the same people again and again makes a new desk each time; what tickets come, and what was
    promised, stays.

    Parameters
    ----------
    make
        What is made depends on nothing of `WHO`, and nobody changes it afterwards.
    """

    @lru_cache(maxsize=KEPT)
    def made(alike: Any) -> Made:
        return make(alike.desk)

    @wraps(make)
    def kept(desk: Desk) -> Made:
        return made(_Alike(desk))

    return kept


def once_per_desk[Made](make: Callable[[Desk], Made]) -> Callable[[Desk], Made]:
    """Return a function that makes something of a desk the first time and gives the same thing again later.

    Parameters
    ----------
    make
        What is made depends on the desk alone, and nobody changes it afterwards.
    """

    @lru_cache(maxsize=KEPT)
    def made(same: Any) -> Made:
        return make(same.desk)

    @wraps(make)
    def kept(desk: Desk) -> Made:
        return made(_Same(desk))

    return kept


@once_per_desk
def _shelf(_: Desk) -> dict[Any, Any]:
    return {}


@once_per_demand
def _shelf_of_demand(_: Desk) -> dict[Any, Any]:
    return {}


def kept_for[Made](desk: Desk, what: object, make: Callable[[], Made], *, whoever: bool = False) -> Made:
    """Return what was made for a desk before, or make it.

    Parameters
    ----------
    desk
        The desk.
    what
        Which thing, different for each.
    make
        Makes it. It is the same in every world of the desk, and nobody changes it afterwards.
    whoever
        Whether it is the same for all desks that differ in `WHO` alone.
    """
    shelf = _shelf_of_demand(desk) if whoever else _shelf(desk)
    if what not in shelf:
        shelf[what] = make()
    made: Made = shelf[what]
    return made
