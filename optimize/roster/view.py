"""Rows over duties, and a question of which some days are open: the words in which rules are stated."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf

from optimize.roster.data import Question, Roster

type Key = tuple[str, ...]
"""A variable: `("x", person, day, shift)`, or a quantity that rows bring along, as `("short", ...)`."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """A row `low <= sum of terms <= high`.

    Attributes
    ----------
    rule
        Name of the rule, or `shape` for a row that only defines a quantity.
    about
        What it is about: people, shifts, days as texts; with `rule` it is the line's name.
    terms, low, high
        The row; a key may stand twice.
    price
        What each unit costs by which the row is broken; None if it must hold.
    """

    rule: str
    about: tuple[str, ...]
    terms: tuple[tuple[Key, float], ...]
    low: float = -inf
    high: float = inf
    price: float | None = None


@dataclass(frozen=True)
class Sum:
    """A number of duties: those that are open, and those that are settled."""

    terms: tuple[tuple[Key, float], ...] = ()
    constant: float = 0.0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.terms + other.terms, self.constant + other.constant)

    def times(self, factor: float) -> "Sum":
        """Return the sum times a factor."""
        return Sum(tuple((key, factor * value) for key, value in self.terms), factor * self.constant)


@dataclass(frozen=True)
class View:
    """A question of which some days are open and the others settled.

    Attributes
    ----------
    question
        The question.
    free
        Local days that are open.
    settled
        Duties on all other days; a day that is missing is free of duty, or not looked at yet.
    last
        Whether the end of the roster is in sight, so that equal shares must hold and not only be aimed at.
    """

    question: Question
    free: frozenset[date]
    settled: Roster
    last: bool = True

    def shifts(self, name: str, day: date) -> tuple[str, ...]:
        """Return the shifts that are open to a person on a day."""
        return self.question.open_to[name].get(day, ()) if day in self.free else ()

    def on(self, name: str, day: date, of: Collection[str] | None = None) -> Sum:
        """Return whether somebody works on a day, in any shift or in one of some."""
        if day in self.free:
            shifts = [shift for shift in self.shifts(name, day) if of is None or shift in of]
            return Sum(tuple((("x", name, day.isoformat(), shift), 1.0) for shift in shifts))
        settled = self.settled.get(name, {}).get(day)
        return Sum((), float(settled is not None and (of is None or settled in of)))

    def over(self, name: str, days: Iterable[date], of: Collection[str] | None = None) -> Sum:
        """Return how often somebody works on some days."""
        return total(self.on(name, day, of) for day in days)

    def row(
        self, rule: str, about: Iterable[object], found: Sum, low: float = -inf, high: float = inf
    ) -> Iterator[Line]:
        """Yield the row of a rule that is on; none if nothing of it is open."""
        terms = found.terms
        if terms and any(key[0] == "x" for key, _ in terms):
            found_rule = self.question.rule(rule)
            price = found_rule.price if found_rule else None
            yield Line(rule, said(about), terms, low - found.constant, high - found.constant, price)

    def days(self, back: int = 0) -> list[date]:
        """Return the days of the roster, after as many days before it as are asked for."""
        first = self.question.days[0]
        return [*(first - DAY * step for step in range(back, 0, -1)), *self.question.days]


def said(about: Iterable[object]) -> tuple[str, ...]:
    """Return what a row is about as texts."""
    return tuple(each.isoformat() if isinstance(each, date) else str(each) for each in about)


def total(sums: Iterable[Sum]) -> Sum:
    """Return the sum of sums."""
    parts = list(sums)
    return Sum(tuple(term for part in parts for term in part.terms), sum(part.constant for part in parts))
