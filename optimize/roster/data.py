"""What a roster is made for: days, shifts, people and needs, checked, without a desk."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from optimize.roster.rules import Contract, Rule, Rules, Wish
from sim.calendar import WEEKDAYS

type Roster = Mapping[str, Mapping[date, str]]
"""Shift by person and local day; a day that is missing is free."""

USUAL = Contract()
"""The contract of whoever has none of their own."""

MOST_NEEDS = 8
"""Needs that may share people in one shift on one day: the rows of the model double with each."""


@dataclass(frozen=True)
class Turn:
    """A shift of the roster: begin and end in minutes from midnight of its day, hours of work, whether a night."""

    name: str
    begin_min: int
    end_min: int
    hours: float
    night: bool
    points: float


@dataclass(frozen=True)
class Call:
    """Heads that a shift needs on a day, the names of who counts, and how the need is called."""

    day: date
    shift: str
    label: str
    heads: int
    who: frozenset[str]


@dataclass(frozen=True)
class Worker:
    """Somebody who is to be rostered.

    Attributes
    ----------
    name, pool
        Name, and that of the people among whom work is shared equally.
    hours
        Hours of work by shift, for shifts that the person may work.
    contract, leave, never, wishes
        See `optimize.roster.rules`.
    days
        Days of the week of part-time, Monday = 0; None for all.
    """

    name: str
    pool: str
    hours: Mapping[str, float]
    contract: Contract = USUAL
    leave: frozenset[date] = frozenset()
    never: frozenset[str] = frozenset()
    wishes: tuple[Wish, ...] = ()
    days: frozenset[int] | None = None

    def credit_h(self, days: Iterable[date]) -> float:
        """Return the hours that leave takes off the least hours of a week."""
        away = sum(day in self.leave for day in days)
        return min(1.0, away / max(1, self.contract.days_most)) * self.contract.hours_least


@dataclass(frozen=True)
class Question:
    """A roster to be made.

    Attributes
    ----------
    first, weeks
        First local day, and how many weeks of 7 days from it.
    turns, workers, calls, rules
        Shifts, people, needs, and the rules in force.
    before
        Duties before the first day, as far as they are known.

    Raises
    ------
    ValueError
        If names are not unique or unknown, a need has nobody, or a contract cannot be kept.
    """

    first: date
    weeks: int
    turns: tuple[Turn, ...]
    workers: tuple[Worker, ...]
    calls: tuple[Call, ...]
    rules: Rules
    before: Roster = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_names(self)
        _check_calls(self)
        for worker in self.workers:
            _check_contract(worker)

    @cached_property
    def days(self) -> tuple[date, ...]:
        """All local days."""
        return tuple(self.first + timedelta(days=day) for day in range(7 * self.weeks))

    @cached_property
    def turn(self) -> dict[str, Turn]:
        """Shifts by name."""
        return {turn.name: turn for turn in self.turns}

    @cached_property
    def worker(self) -> dict[str, Worker]:
        """People by name."""
        return {worker.name: worker for worker in self.workers}

    @cached_property
    def wanted(self) -> dict[tuple[date, str], tuple[Call, ...]]:
        """Needs by day and shift."""
        found: dict[tuple[date, str], list[Call]] = {}
        for call in self.calls:
            found.setdefault((call.day, call.shift), []).append(call)
        return {key: tuple(calls) for key, calls in found.items()}

    @cached_property
    def open_to(self) -> dict[str, dict[date, tuple[str, ...]]]:
        """Shifts that a person can be given, by person and day: somebody needs them there."""
        found: dict[str, dict[date, list[str]]] = {worker.name: {} for worker in self.workers}
        for (day, shift), calls in sorted(self.wanted.items()):
            for name in sorted({name for call in calls for name in call.who}):
                if shift in self.worker[name].hours:
                    found[name].setdefault(day, []).append(shift)
        return {name: {day: tuple(shifts) for day, shifts in days.items()} for name, days in found.items()}

    @cached_property
    def pools(self) -> dict[str, tuple[Worker, ...]]:
        """People by pool, in their order."""
        names = dict.fromkeys(worker.pool for worker in self.workers)
        return {name: tuple(worker for worker in self.workers if worker.pool == name) for name in names}

    def week(self, number: int) -> tuple[date, ...]:
        """Return the days of a week, from 0."""
        return self.days[7 * number : 7 * number + 7]

    @cached_property
    def weekends(self) -> tuple[tuple[date, date], ...]:
        """Saturday and Sunday of each weekend of which both are in the roster."""
        inside = set(self.days)
        pairs = ((day, day + timedelta(days=1)) for day in self.days if day.weekday() == 5)
        return tuple((sat, sun) for sat, sun in pairs if sun in inside)

    def rule(self, name: str) -> Rule | None:
        """Return a rule that is on; None if it is off."""
        found: Rule | None = getattr(self.rules, name)
        return found if found is not None and found.on else None

    def share(self, worker: Worker) -> float:
        """Return how much of a full time of five days somebody works, above 0."""
        days = min(worker.contract.days_most, 7 if worker.days is None else len(worker.days))
        return max(days, 1) / 5


def near(name: str, names: Iterable[str]) -> str:
    """Return a hint at the nearest name, for an error."""
    names = sorted(names)
    found = difflib.get_close_matches(name, names, 1, 0.5)
    return f"did you mean {found[0]!r}?" if found else f"known: {', '.join(names[:12]) or 'none'}"


def _check_names(question: Question) -> None:
    for what, names in (("people", [w.name for w in question.workers]), ("shifts", [t.name for t in question.turns])):
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two {what} are called {twice[0]!r}; every name must be one of a kind")
    for worker in question.workers:
        known = question.turn
        for shift in (*worker.hours, *worker.never, *(wish.shift for wish in worker.wishes if wish.shift)):
            if shift not in known:
                raise ValueError(f"people.{worker.name}: unknown shift {shift!r}; {near(shift, known)}")
    for rule in (question.rules.apart, question.rules.together):
        for name in (name for pair in (rule.pairs if rule else ()) for name in pair):
            if name not in question.worker:
                raise ValueError(f"rules: unknown person {name!r}; {near(name, question.worker)}")


def _check_calls(question: Question) -> None:
    for call in question.calls:
        if call.shift not in question.turn:
            raise ValueError(f"needs: unknown shift {call.shift!r}; {near(call.shift, question.turn)}")
        if call.heads and not any(call.shift in question.worker[name].hours for name in call.who):
            raise ValueError(f"needs: nobody can do {call.label!r} in shift {call.shift!r}")
    for (day, shift), calls in question.wanted.items():
        if len({call.label for call in calls}) < len(calls):
            raise ValueError(f"needs: shift {shift!r} on {day} has two needs of one name")
        if any(len(together) > MOST_NEEDS for together in sharing(calls)):
            raise ValueError(f"needs: more than {MOST_NEEDS} needs share people in shift {shift!r} on {day}")


def _check_contract(worker: Worker) -> None:
    longest = max(worker.hours.values(), default=0.0)
    days = min(worker.contract.days_most, 7 if worker.days is None else len(worker.days))
    if worker.hours and worker.contract.hours_least > longest * days + 1e-9:
        raise ValueError(
            f"people.{worker.name}: hours_least = {worker.contract.hours_least:g} is out of reach: "
            f"{days} days of at most {longest:g} hours"
        )
    if strange := worker.never - set(worker.hours):
        raise ValueError(f"people.{worker.name}: shift {sorted(strange)[0]!r} is none that the person could work")


def sharing(calls: Iterable[Call]) -> list[tuple[Call, ...]]:
    """Return needs of one shift and day in sets such that people count within one set only."""
    sets: list[tuple[Call, ...]] = []
    for call in calls:
        touched = [each for each in sets if any(call.who & other.who for other in each)]
        sets = [each for each in sets if each not in touched]
        sets.append((*(other for each in touched for other in each), call))
    return sets


def weekday(day: date) -> str:
    """Return the name of a day's weekday, as `mon`."""
    return WEEKDAYS[day.weekday()]
