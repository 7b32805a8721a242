"""What depends on a desk alone is worked out once for it, however many seeds it is run with."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from sim.desk.desk import Desk

KEPT = 16
"""Desks whose results are kept, the latest used; a result keeps its desk alive."""


class _Same:
    """A desk as a key: the very same object, since a desk cannot be changed but compares slowly."""

    __slots__ = ("desk",)

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __hash__(self) -> int:
        return id(self.desk)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.desk is other.desk


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


def kept_for[Made](desk: Desk, what: object, make: Callable[[], Made]) -> Made:
    """Return what was made for a desk before, or make it.

    Parameters
    ----------
    desk
        The desk.
    what
        Which thing, different for each.
    make
        Makes it. It is the same in every world of the desk, and nobody changes it afterwards.
    """
    shelf = _shelf(desk)
    if what not in shelf:
        shelf[what] = make()
    made: Made = shelf[what]
    return made
