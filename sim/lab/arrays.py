"""The marks of a whole study as arrays: worlds by seatings by people, for every measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.lab.latin import Seats
from sim.lab.marks import Marks
from sim.lab.seating import Seated
from sim.lab.split import Shares, split

type Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Arrays:
    """The marks of a study: worlds by seatings by people, for every measure.

    Attributes
    ----------
    people
        Names, sorted.
    seats
        Position of the seat (of those of the role, sorted by name), shape (worlds, seatings, people).
    lived, honest
        Measure (see `sim.lab.marks.Marks`) to its values, shape (worlds, seatings, people), NaN where there is
        nothing; as lived, and with conduct off. The same arrays where nobody has any conduct.
    tiers
        Rank of the tier as lived, -1 where there is none, shape (worlds, seatings, people).
    tickets
        Tickets behind the item that has the most of them, shape (worlds, seatings, people).
    values
        Declared value in minutes of reference work, shape (worlds, seatings, people).
    """

    people: tuple[str, ...]
    seats: Seats
    lived: Mapping[str, Floats]
    honest: Mapping[str, Floats]
    tiers: NDArray[np.int64]
    tickets: NDArray[np.int64]
    values: Floats

    @classmethod
    def of(cls, people: Iterable[str], found: list[Seated]) -> Arrays:
        """Return the arrays of some worlds, in one period; measures that a world lacks are NaN there."""
        lived = _stacked([each.marks for each in found])
        plain = [each.honest for each in found if each.honest is not None]
        return cls(
            people=tuple(people), seats=np.stack([each.seats for each in found]), lived=lived,
            honest=_stacked(plain) if plain else lived, tiers=np.stack([each.marks.tiers[:, 0] for each in found]),
            tickets=np.stack([each.marks.tickets[:, 0] for each in found]),
            values=np.stack([each.values for each in found]),
        )  # fmt: skip

    def split(self, name: str, level: float = 0.95) -> Shares:
        """Return what a measure is made of."""
        honest = None if self.honest is self.lived else self.honest.get(name)
        return split(self.lived[name], self.seats, honest=honest, level=level)


def _stacked(marks: list[Marks]) -> dict[str, Floats]:
    names = dict.fromkeys(name for each in marks for name in each.names)
    none = np.full(marks[0].tiers[:, 0].shape, np.nan)
    return {name: np.stack([each.of(name)[:, 0] if name in each.names else none for each in marks]) for name in names}
