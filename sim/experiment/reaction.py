"""People who react to their points: at the end of each month they do more of what is seen to have paid."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.conduct import reacts
from sim.desk import CONDUCTS, Desk, Reaction
from sim.kpi.rubric import Rubric, score
from sim.log import Log
from sim.log.periods import days_of

if TYPE_CHECKING:
    from sim.experiment.engines import Run
    from sim.truth import Truth
    from sim.world import World

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reacting:
    """An engine whose people react to their points where the desk says so; it runs all other desks as it is.

    Attributes
    ----------
    engine
        `sim.model.run` or its equal.
    rubrics
        Names, as in `sim.desk.Reaction`, and rubrics.

    Notes
    -----
    At the end of every local month the log so far is scored. Within a role and for each conduct, the gain is the slope,
    on the intensities, of the points for a period that ends then: what people see who compare themselves with those
    who do more of it. So nobody begins what nobody does. What follows is `sim.conduct.reacts`; there is no chance in
    it. Nobody looks behind the slope: of conducts that go together each seems to bring what all bring.
    """

    engine: Run
    rubrics: tuple[tuple[str, Rubric], ...]

    def __post_init__(self) -> None:
        # What is kept of a run names its engine; what people do depends on the rubrics, too.
        said = hashlib.sha256("".join(rubric.model_dump_json() for _, rubric in self.rubrics).encode()).hexdigest()[:16]
        name = f"{self.engine.__module__}.{self.engine.__qualname__}"
        object.__setattr__(self, "__qualname__", f"Reacting[{name}, {said}]")

    def __call__(self, desk: Desk, world: World) -> tuple[Log, Truth]:
        """Return log and truth of a run.

        Raises
        ------
        ValueError
            If people react by a rubric that was not handed in.
        """
        if desk.reaction is None:
            return self.engine(desk, world)
        rubric = dict(self.rubrics).get(desk.reaction.rubric)
        if rubric is None:
            known = ", ".join(name for name, _ in self.rubrics) or "none"
            raise ValueError(f"reaction: the rubric {desk.reaction.rubric!r} was not handed in; there is {known}")
        steps: Any = import_module(self.engine.__module__)
        state = steps.begin(desk, world)
        for day in month_ends(desk) if state.layout.tempted else ():
            steps.advance(state, desk.timeline().second(day, 0))
            log, _ = steps.log(state)
            steps.lean(state, orders(desk.reaction, state.layout.crew, state.leanings[-1][1], points(log, rubric, day)))
        steps.advance(state, desk.until_s())
        made: tuple[Log, Truth] = steps.log(state)
        return made


def month_ends(desk: Desk) -> list[date]:
    """Return the first days of the local months that begin within a run, after its first day."""
    days: list[date] = []
    year, month = desk.start.year, desk.start.month
    while True:
        year, month = year + month // 12, month % 12 + 1
        day = date(year, month, 1)
        if desk.timeline().second(day, 0) >= desk.until_s():
            return days
        days.append(day)


def points(log: Log, rubric: Rubric, day: date) -> dict[str, float]:
    """Return by person the total of the period that ends before a day; without those who have none."""
    made = score(log, rubric, level=None).select("person", "period", "total").drop_nulls()
    ended = {period: (days_of(period) or (day, None))[1] == day for period in map(str, made["period"].unique())}
    return {str(person): float(total) for person, period, total in made.rows() if ended[str(period)]}


def orders(
    reaction: Reaction, crew: Any, intensities: Floats, scored: Mapping[str, float]
) -> tuple[tuple[int, str, float], ...]:
    """Return how people lean from now on: those whose intensity changes, in the order of the crew.

    Parameters
    ----------
    reaction
        How they react.
    crew
        Who is who: `names` and `roles`.
    intensities
        By person and conduct, shape (people, conducts).
    scored
        Points by person.
    """
    made = []
    for role in sorted(set(crew.roles)):
        own = [person for person, of in enumerate(crew.roles) if of == role]
        seen = [person for person in own if crew.names[person] in scored]
        total = np.array([scored[crew.names[person]] for person in seen])
        for name in reaction.conducts:
            at = CONDUCTS.index(name)
            gain = slope(intensities[seen, at], total)
            for person in own:
                before = float(intensities[person, at])
                after = reacts(before, gain, reaction.full, reaction.rate, reaction.ceiling)
                if after != before:
                    made.append((person, name, after))
    return tuple(sorted(made))


def slope(x: Floats, y: Floats) -> float:
    """Return the least-squares slope of y on x, both of shape (n,); 0 where the x do not differ.

    Examples
    --------
    >>> slope(np.array([0.0, 1.0]), np.array([60.0, 80.0]))
    20.0
    """
    apart = x - x.mean() if len(x) else x
    spread = float(apart @ apart)
    return float(apart @ y) / spread if spread > 0 else 0.0


def rubrics_of(desks: Iterable[Desk]) -> tuple[str, ...]:
    """Return the names of the rubrics that people of some desks react to, sorted, each once."""
    return tuple(sorted({desk.reaction.rubric for desk in desks if desk.reaction is not None}))
