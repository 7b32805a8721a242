"""The roster as a model in PuLP: rows over duties, solved through the one door, read back as duties."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pulp

from optimize.explain import Infeasible
from optimize.roster.data import Roster
from optimize.roster.lines import lines
from optimize.roster.view import Key, Line, View
from optimize.solve import Solution, solve

type Duties = dict[str, dict[date, str]]
"""A roster that is being made: shift by person and local day."""

EASE = {
    "cover": 1.0,
    "hours_least": 0.2,
    "hours_most": 0.5,
    "leave": 20.0,
    "never": 20.0,
    "part_time": 20.0,
    "rest": 8.0,
}
"""Price of a unit by which a rule gives way in the explanation of an infeasible roster; 4 where missing."""


class NoRoster(Infeasible):
    """No roster keeps all rules that must hold.

    Attributes
    ----------
    lines
        What each row of `rows` and `relaxation` is about, by its name.
    """

    def __init__(self, found: Infeasible, named: dict[str, Line]) -> None:
        super().__init__(found.rows, found.bounds, found.relaxation)
        rows = (*found.rows, *(step.row for step in found.relaxation))
        self.lines = {name: named[name] for name in rows if name in named}


def joined(found: Sequence[NoRoster]) -> NoRoster:
    """Return several findings as one: each is about other people, or another week, and all must give way."""
    rows = tuple(dict.fromkeys(row for each in found for row in each.rows))
    steps = tuple({step.row: step for each in found for step in each.relaxation}.values())
    bounds = tuple(dict.fromkeys(bound for each in found for bound in each.bounds))
    named = {name: line for each in found for name, line in each.lines.items()}
    return NoRoster(Infeasible(rows, bounds, steps), named)


@dataclass(frozen=True)
class Solved:
    """Duties on the days that were open, and what the solver says of them."""

    duties: Duties
    solution: Solution


@dataclass(frozen=True)
class Effort:
    """How hard a model is tried: relative gap, nodes, and seconds, which no result should depend on."""

    gap: float = 0.01
    nodes: int = 400
    seconds: float = 120.0


USUAL = Effort()
"""How hard a model is tried where nothing is said."""


def solved(view: View, extra: Iterable[Line] = (), effort: Effort = USUAL) -> Solved:
    """Return the best duties found for the open days of a view.

    Parameters
    ----------
    view
        What is open.
    extra
        Rows beside those of the rules.
    effort
        When the search stops.

    Raises
    ------
    NoRoster
        If the rules that must hold cannot be kept.
    NoSolution
        If the search stopped without a roster.
    """
    problem, model = built([*lines(view), *extra])
    named = model.named
    try:
        solution = solve(
            problem, time_limit_s=effort.seconds, gap=effort.gap, nodes=effort.nodes,
            prices={name: _ease(line) for name, line in named.items()},
        )  # fmt: skip
    except Infeasible as none:
        raise NoRoster(none, named) from None
    return Solved(_read(model, solution), solution)


def _ease(line: Line) -> float:
    never = line.rule in ("shape", "one_shift") or line.price is not None
    return math.inf if never else EASE.get(line.rule, 4.0)


def built(rows: Iterable[Line], whole: bool = True) -> tuple[pulp.LpProblem, Built]:
    """Return the model of some rows, and what its rows and variables stand for.

    Parameters
    ----------
    rows
        Rows; what breaks one with a price is paid for.
    whole
        Whether duties are whole numbers.
    """
    problem = pulp.LpProblem("roster", pulp.LpMinimize)
    model = Built(problem, whole)
    for line in rows:
        model.add(line)
    problem.setObjective(pulp.LpAffineExpression.from_list(model.costs))
    return problem, model


class Built:
    """A problem that is being built.

    Attributes
    ----------
    named
        Rows by their names.
    duties
        Names of the variables of duties, and the duties.
    """

    def __init__(self, problem: pulp.LpProblem, whole: bool) -> None:
        self.problem, self.whole = problem, whole
        self.named: dict[str, Line] = {}
        self.costs: list[tuple[pulp.LpVariable, float]] = []
        self.duties: dict[str, Key] = {}
        self._known: dict[Key, pulp.LpVariable] = {}

    def add(self, line: Line) -> None:
        """Add a row; what may break it gets a variable of its own, unless the row is but that variable."""
        if line.price is not None and len(line.terms) == 1 and line.terms[0][0][0] == "short":
            self.costs.append((self._variable(line.terms[0][0]), line.price))
            return
        name = self._name(line)
        terms = [(self._variable(key), value) for key, value in _joined(line.terms)]
        if not terms:
            terms = [(self._variable(("nothing",)), 1.0)]
        if line.price is not None:
            terms += self._slacks(line, name)
        expression = pulp.LpAffineExpression.from_list(terms)
        if line.low == line.high:
            self.problem.addConstraint(expression == line.low, name)
        elif math.isfinite(line.low):
            self.problem.addConstraint(expression >= line.low, name)
        else:
            self.problem.addConstraint(expression <= line.high, name)
        self.named[name] = line

    def _slacks(self, line: Line, name: str) -> list[tuple[pulp.LpVariable, float]]:
        sides = [(1.0, "less")] if math.isfinite(line.low) else []
        sides += [(-1.0, "more")] if math.isfinite(line.high) else []
        made = [(self.problem.add_variable(f"{side}_{name}", 0, None), sign) for sign, side in sides]
        self.costs += [(variable, line.price or 0.0) for variable, _ in made]
        return made

    def _name(self, line: Line) -> str:
        """Return `rule_person_day`, in signs that a solver leaves alone, numbered where that is not enough."""
        plain = re.sub(r"[^\w]", "_", "_".join((line.rule, *line.about)).replace("-", ""))
        name, number = plain, 2
        while name in self.named:
            name, number = f"{plain}_{number}", number + 1
        return name

    def _variable(self, key: Key) -> pulp.LpVariable:
        if key not in self._known:
            yes_or_no = key[0] in ("x", "kind", "weekend")
            free = key[0] in ("most", "least", "short")
            high = 1 if yes_or_no else None if free else 0
            name, whole = f"v{len(self._known)}", key[0] == "x" and self.whole
            self._known[key] = self.problem.add_variable(name, 0, high, "Integer" if whole else "Continuous")
            if key[0] == "x":
                self.duties[name] = key
        return self._known[key]


def _joined(terms: Sequence[tuple[Key, float]]) -> list[tuple[Key, float]]:
    """Return terms with each key once."""
    sums: dict[Key, float] = {}
    for key, value in terms:
        sums[key] = sums.get(key, 0.0) + value
    return [(key, value) for key, value in sums.items() if value]


def _read(model: Built, solution: Solution) -> Duties:
    made: Duties = {}
    for variable, (_, name, day, shift) in model.duties.items():
        if solution.values[variable]:
            made.setdefault(name, {})[date.fromisoformat(day)] = shift
    return made


def merged(*rosters: Roster) -> Duties:
    """Return rosters as one; where two state a day, the later one counts."""
    made: Duties = {}
    for roster in rosters:
        for name, days in roster.items():
            made.setdefault(name, {}).update(days)
    return made
