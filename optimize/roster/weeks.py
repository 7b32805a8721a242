"""A roster over many weeks: two weeks at a time, then improved; a small question in one piece."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from optimize.roster.checker import Broken, broken, price
from optimize.roster.data import Question
from optimize.roster.model import Duties, Effort, NoRoster, joined, merged, solved
from optimize.roster.rules import Equal
from optimize.roster.view import Line, View
from optimize.solve import NoSolution

WINDOW = 2
"""Weeks that are open at once; the first of them is settled then."""

SMALL = 200
"""Up to so many possible duties, all weeks are open at once."""


USUAL = Effort(gap=0.02, nodes=1)
"""How hard two weeks are tried."""

PROVEN = Effort(gap=1e-6, nodes=500)
"""How hard a small question is tried."""


WEEK = Effort(gap=0.01, nodes=20)
"""How hard a week is tried for its bound."""

LONGEST_S = 1e6
"""Seconds of a search that has no limit."""

SPREADS = ("equal_nights", "equal_weekends", "equal_points")
"""Rules that are about all weeks together, and so have no part in the bound of a week."""

OFF = Equal(on=False)
"""A rule that is off."""


@dataclass(frozen=True)
class Made:
    """A roster and what is known of it.

    Attributes
    ----------
    duties
        Shift by person and day.
    broken
        What it breaks, by the checker.
    price
        Price of what it breaks.
    bound
        No roster of the question costs less; None if that was not looked for.
    whole
        Whether all weeks were open at once.
    stopped
        Whether seconds ended a search, so that another machine may find another roster.
    """

    duties: Duties
    broken: tuple[Broken, ...]
    price: float
    bound: float | None
    whole: bool
    stopped: bool

    @property
    def gap(self) -> float | None:
        """How far the price may be above the best, as a share of it; None if unknown."""
        if self.bound is None:
            return None
        return max(0.0, self.price - self.bound) / max(self.price, 1e-9) if self.price > self.bound else 0.0


def rostered(
    question: Question,
    *,
    seconds: float | None = None,
    proves: bool = True,
    extra: Sequence[Line] = (),
    settled: Duties | None = None,
    opens: date | None = None,
    on_week: Callable[[Duties], None] | None = None,
) -> Made:
    """Return a roster of a question: people who share no need, no pool and no pair are rostered apart.

    Parameters
    ----------
    question
        The question.
    seconds
        Most seconds of the searches together, above 0; none by default. A result that they cut short says so.
    proves
        Whether a bound on the price is looked for, too.
    extra
        Rows beside those of the rules.
    settled, opens
        Duties that stay, as those of a published roster, and the first day that is open; the first of all if absent.
    on_week
        Told of the roster so far whenever a week of some people is settled.

    Raises
    ------
    NoRoster
        If the rules that must hold cannot be kept.
    NoSolution
        If the seconds were over before there was a roster.
    ValueError
        If the seconds are none.
    """
    if seconds is not None and not 0 < seconds < math.inf:
        raise ValueError(f"a time limit must be finite and above 0, got {seconds:g}")
    until = math.inf if seconds is None else time.monotonic() + seconds
    made, stopped, whole, bounds = merged(settled or {}), False, True, list[float]()
    refused: list[NoRoster] = []
    for part in parts(question):
        maker = _Maker(part, until, tuple(extra), made, opens, on_week or _silent)
        try:
            made = merged(made, maker.all_at_once() if maker.small() else maker.by_weeks())
        except NoRoster as none:
            refused.append(none)
            continue
        stopped, whole = stopped or maker.stopped, whole and maker.small()
        bounds.append(maker.proof() if proves else 0.0)
    if refused:
        raise joined(refused)
    inside = set(question.days)
    duties = {name: {d: s for d, s in sorted(own.items()) if d in inside} for name, own in sorted(made.items())}
    wrong = tuple(broken(question, duties))
    return Made(duties, wrong, price(wrong), math.fsum(bounds) if proves else None, whole, stopped)


def _silent(_: Duties) -> None:
    """Take no note."""


def parts(question: Question) -> list[Question]:
    """Return a question as questions about people who have nothing to do with each other."""
    sets: list[set[str]] = []
    for group in _bonds(question):
        touched = [each for each in sets if each & group]
        sets = [each for each in sets if each not in touched] + [group.union(*touched)]
    order = {worker.name: number for number, worker in enumerate(question.workers)}
    return [_part(question, names) for names in sorted(sets, key=lambda names: min(order[name] for name in names))]


def _bonds(question: Question) -> Iterator[set[str]]:
    """Yield people who are rostered together."""
    for workers in question.pools.values():
        yield {worker.name for worker in workers}
    for call in question.calls:
        yield set(call.who)
    for rule in (question.rules.apart, question.rules.together):
        yield from (set(pair) for pair in (rule.pairs if rule else ()))


def _part(question: Question, names: set[str]) -> Question:
    """Return what a question asks of some people."""
    rules = question.rules
    pairs = {
        name: rule.changed(pairs=tuple(pair for pair in rule.pairs if set(pair) <= names))
        for name in ("apart", "together")
        if (rule := getattr(rules, name)) is not None
    }
    return replace(
        question, workers=tuple(worker for worker in question.workers if worker.name in names),
        calls=tuple(call for call in question.calls if call.who & names), rules=rules.changed(**pairs),
    )  # fmt: skip


class _Maker:
    """Rosters two weeks at a time."""

    def __init__(
        self,
        question: Question,
        until: float,
        extra: tuple[Line, ...],
        settled: Duties,
        opens: date | None,
        tell: Callable[[Duties], None],
    ) -> None:
        self.question, self.until, self.extra, self.tell = question, until, extra, tell
        self.settled = merged(question.before, settled)
        self.open = tuple(day for day in question.days if opens is None or day >= opens)
        self.stopped, self.bound = False, 0.0

    def left(self) -> float:
        """Return the seconds that are left."""
        return min(self.until - time.monotonic(), LONGEST_S)

    def proof(self) -> float:
        """Return a price below which no roster can be: of all weeks at once, or of each for itself."""
        if self.small():
            return self.bound
        alone = replace(self.question, rules=self.question.rules.changed(**dict.fromkeys(SPREADS, OFF)), before={})
        bounds = []
        for week in range(alone.weeks):
            if (left := self.left()) <= 0:
                self.stopped = True
                break
            try:
                found = solved(View(alone, frozenset(alone.week(week)), {}, False), (), replace(WEEK, seconds=left))
                bounds.append(max(0.0, found.solution.bound))
            except NoSolution:
                self.stopped = True
        return math.fsum(bounds)

    def small(self) -> bool:
        """Return whether all days may be open at once."""
        many = sum(len(shifts) for days in self.question.open_to.values() for shifts in days.values())
        return many <= SMALL or self.question.weeks <= WINDOW

    def all_at_once(self) -> Duties:
        """Return the roster of a small question."""
        found = self._solved(self.open, self.settled, last=True, effort=PROVEN)
        return merged(self.settled, found)

    def by_weeks(self) -> Duties:
        """Return the roster of a large question."""
        duties = self.settled
        weeks = range(self.question.weeks)
        for week in weeks:
            days = self._days(week, WINDOW)
            if not days:
                continue
            try:
                found = self._solved(days, duties, last=week + WINDOW >= len(weeks))
            except NoRoster as none:
                return merged(self.settled, self._whole(none))
            keep = set(self.question.week(week)) if week + WINDOW < len(weeks) else set(days)
            duties = merged(duties, {name: {d: s for d, s in own.items() if d in keep} for name, own in found.items()})
            self.tell(duties)
            if week + WINDOW >= len(weeks):
                break
        return self._improved(duties)

    def _improved(self, duties: Duties) -> Duties:
        """Return the roster after every other two weeks were made anew, the others settled, where that is cheaper."""
        best = price(broken(self.question, duties))
        for week in range(1, self.question.weeks - 1, WINDOW):
            days = set(self._days(week, WINDOW))
            if not days or self.left() <= 0:
                continue
            rest = {name: {d: s for d, s in own.items() if d not in days} for name, own in duties.items()}
            try:
                other = merged(rest, self._solved(sorted(days), rest, last=True))
            except (NoRoster, NoSolution):
                continue
            costs = price(broken(self.question, other))
            if costs < best - 1e-6:
                best, duties = costs, other
        return duties

    def _whole(self, none: NoRoster) -> Duties:
        """Return a roster with all weeks open at once, after two weeks had none; or say which weeks have none."""
        refused = []
        for week in range(self.question.weeks):
            if days := self._days(week, 1):
                try:
                    self._solved(days, self.settled, last=False)
                except NoRoster as alone:
                    refused.append(alone)
        if refused:
            raise joined(refused)
        if len(self.open) <= 7 * WINDOW:
            raise none
        return self._solved(self.open, self.settled, last=True)

    def _days(self, week: int, many: int) -> list[date]:
        days = self.question.days[7 * week : 7 * (week + many)]
        return [day for day in days if day in self.open]

    def _solved(self, days: Iterable[date], settled: Duties, last: bool, effort: Effort = USUAL) -> Duties:
        if (left := self.left()) <= 0:
            raise NoSolution("no roster within the time limit")
        view = View(self.question, frozenset(days), settled, last)
        rows = [line for line in self.extra if _within(line, view.free)]
        found = solved(view, rows, replace(effort, seconds=left))
        self.bound = found.solution.bound
        if found.solution.stopped == "interrupt":
            raise KeyboardInterrupt
        self.stopped |= found.solution.stopped == "time"
        return found.duties


def _within(line: Line, days: frozenset[date]) -> bool:
    """Return whether a row is about days that are open."""
    return all(date.fromisoformat(key[2]) in days for key, _ in line.terms if key[0] == "x")
