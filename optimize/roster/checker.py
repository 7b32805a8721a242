"""Every rule read off a roster, day by day and without the model: what it breaks, and by how much."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from optimize.roster.data import Call, Question, Roster, Worker, weekday
from optimize.roster.rules import AtLeast, AtMost, Equal, Pairs, Rest, Rule

TINY = 1e-6
"""Less than this is nothing."""


@dataclass(frozen=True)
class Broken:
    """A rule that a roster breaks: what it is about, by how much, and what that costs.

    Attributes
    ----------
    rule, about
        The rule, and people, shifts and days that it is about.
    by
        In the unit of the rule, above 0.
    price
        `by` times the price of the rule; None for a rule that must hold.
    """

    rule: str
    about: tuple[str, ...]
    by: float
    price: float | None


def price(found: Iterable[Broken]) -> float:
    """Return what broken rules cost together; infinite if one must hold."""
    return math.fsum(math.inf if each.price is None else each.price for each in found)


def broken(question: Question, roster: Roster) -> Iterator[Broken]:
    """Yield all that a roster breaks, in the order of the rules.

    Parameters
    ----------
    question
        The question, with the rules in force.
    roster
        Shift by person and day.
    """
    checks = _Checks(question, roster)
    for what, by in checks.impossible():
        yield Broken("one_shift", what, by, None)
    for name in type(question.rules).model_fields:
        rule = question.rule(name)
        if rule is None:
            continue
        for what, by, weight in getattr(checks, name)(rule):
            if by > TINY:
                yield Broken(name, what, by, None if rule.price is None else rule.price * weight * by)


type Found = Iterator[tuple[tuple[str, ...], float, float]]
"""What is broken, by how much, and the weight of it."""


class _Checks:
    """A roster under the rules of its question; each method is named as the rule that it checks."""

    def __init__(self, question: Question, roster: Roster) -> None:
        self.question = question
        first = question.first
        before = {w.name: dict(question.before.get(w.name, {})) for w in question.workers}
        inside = set(question.days)
        self.duty = {
            name: {day: shift for day, shift in old.items() if day < first}
            | {day: shift for day, shift in roster.get(name, {}).items() if day in inside}
            for name, old in before.items()
        }
        self.turn, self.workers = question.turn, question.workers
        self.nights = {turn.name for turn in question.turns if turn.night}

    def impossible(self) -> Iterator[tuple[tuple[str, ...], float]]:
        """Yield duties that nobody offered, and duties that overlap."""
        for worker in self.workers:
            duties = sorted(self.duty[worker.name].items())
            for day, shift in duties:
                if day >= self.question.first and shift not in self.question.open_to[worker.name].get(day, ()):
                    yield (worker.name, day.isoformat(), shift), 1.0
            for (day, shift), (other, then) in pairwise(duties):
                if self._gap_min(day, shift, other, then) < 0:
                    yield (worker.name, other.isoformat(), then), 1.0

    def _gap_min(self, day: date, shift: str, other: date, then: str) -> int:
        return (other - day).days * 1440 + self.turn[then].begin_min - self.turn[shift].end_min

    def _filled(self, day: date, shift: str) -> dict[Call, int]:
        """Return how many heads of each need somebody fills who fills no other, as many in all as can be."""
        seats = [call for call in self.question.wanted.get((day, shift), ()) for _ in range(call.heads)]
        taken: dict[int, str] = {}

        def place(name: str, seen: set[int]) -> bool:
            for number, call in enumerate(seats):
                if name in call.who and number not in seen:
                    seen.add(number)
                    if number not in taken or place(taken[number], seen):
                        taken[number] = name
                        return True
            return False

        for worker in self.workers:
            if self.duty[worker.name].get(day) == shift:
                place(worker.name, set())
        return {call: sum(seats[n] == call for n in taken) for call in dict.fromkeys(seats)}

    def cover(self, _: Rule) -> Found:
        """Heads missing, need by need."""
        for day, shift in self.question.wanted:
            for call, filled in self._filled(day, shift).items():
                yield (shift, day.isoformat(), call.label), call.heads - filled, 1.0

    def surplus(self, _: Rule) -> Found:
        """People in a shift whom no need takes."""
        for day, shift in self.question.wanted:
            on = sum(self.duty[worker.name].get(day) == shift for worker in self.workers)
            yield (shift, day.isoformat()), on - sum(self._filled(day, shift).values()), 1.0

    def rest(self, rule: Rest) -> Found:
        """Duties that follow too soon on the one before."""
        for worker in self.workers:
            days = self.duty[worker.name]
            for day, shift in days.items():
                for gap in (1, 2):
                    other = day + timedelta(days=gap)
                    too_near = other in days and self._gap_min(day, shift, other, days[other]) < 60 * rule.hours
                    if too_near and other >= self.question.first:
                        yield (worker.name, other.isoformat()), 1.0, 1.0

    def _runs(self, worker: Worker, of: set[str] | None = None) -> Iterator[list[date]]:
        """Yield the days of each unbroken run of duties that reaches into the roster."""
        run: list[date] = []
        for day in sorted(self.duty[worker.name]):
            if of is not None and self.duty[worker.name][day] not in of:
                continue
            if run and day - run[-1] > timedelta(days=1):
                yield run
                run = []
            run.append(day)
        if run:
            yield run

    def _too_long(self, most: int, of: set[str] | None) -> Found:
        for worker in self.workers:
            for run in self._runs(worker, of):
                over = sum(place >= most and day >= self.question.first for place, day in enumerate(run))
                yield (worker.name, run[0].isoformat()), float(over), 1.0

    def days_in_row(self, rule: AtMost) -> Found:
        """Days beyond the most in a row."""
        yield from self._too_long(rule.most, None)

    def nights_in_row(self, rule: AtMost) -> Found:
        """Nights beyond the most in a row."""
        yield from self._too_long(rule.most, self.nights)

    def days_off_in_row(self, rule: AtLeast) -> Found:
        """Spells off between two duties that are too short."""
        for worker in self.workers:
            for day, other in pairwise(sorted(self.duty[worker.name])):
                off = (other - day).days - 1
                if 0 < off < rule.least and other >= self.question.first:
                    yield (worker.name, (day + timedelta(days=1)).isoformat()), 1.0, 1.0

    def rest_after_nights(self, rule: AtLeast) -> Found:
        """Duties that are no nights, too soon after one."""
        for worker in self.workers:
            days = self.duty[worker.name]
            for night in (day for day, shift in days.items() if shift in self.nights):
                for step in range(1, rule.least + 1):
                    day = night + timedelta(days=step)
                    if day >= self.question.first and days.get(day, next(iter(self.nights))) not in self.nights:
                        yield (worker.name, day.isoformat()), 1.0, 1.0

    def _weeks(self) -> Iterator[tuple[Worker, tuple[date, ...], list[str]]]:
        for week in range(self.question.weeks):
            days = self.question.week(week)
            for worker in self.workers:
                own = self.duty[worker.name]
                yield worker, days, [own[day] for day in days if day in own]

    def hours_most(self, _: Rule) -> Found:
        """Hours beyond the contract's most."""
        for worker, days, shifts in self._weeks():
            hours = sum(worker.hours.get(shift, 0.0) for shift in shifts)
            yield (worker.name, days[0].isoformat()), hours - worker.contract.hours_most, 1.0

    def hours_least(self, _: Rule) -> Found:
        """Hours that the contract's least is missed by."""
        for worker, days, shifts in self._weeks():
            hours = sum(worker.hours.get(shift, 0.0) for shift in shifts)
            least = worker.contract.hours_least - worker.credit_h(days)
            yield (worker.name, days[0].isoformat()), least - hours, 1.0

    def days_per_week(self, _: Rule) -> Found:
        """Days beyond the contract's most."""
        for worker, days, shifts in self._weeks():
            yield (worker.name, days[0].isoformat()), len(shifts) - worker.contract.days_most, 1.0

    def shift_kinds(self, rule: AtMost) -> Found:
        """Different shifts in a week beyond the most."""
        for worker, days, shifts in self._weeks():
            yield (worker.name, days[0].isoformat()), len(set(shifts)) - rule.most, 1.0

    def whole_weekends(self, _: Rule) -> Found:
        """Weekends of which one day is worked."""
        for worker in self.workers:
            for sat, sun in self.question.weekends:
                half = (sat in self.duty[worker.name]) != (sun in self.duty[worker.name])
                yield (worker.name, sat.isoformat()), float(half), 1.0

    def _worked(self, worker: Worker) -> list[bool]:
        own = self.duty[worker.name]
        return [sat in own or sun in own for sat, sun in self.question.weekends]

    def free_weekends(self, rule: AtLeast) -> Found:
        """Free weekends that are missing in any four that follow each other."""
        for worker in self.workers:
            worked = self._worked(worker)
            for place in range(len(worked) - 3):
                free = 4 - sum(worked[place : place + 4])
                yield (worker.name, self.question.weekends[place][0].isoformat()), rule.least - free, 1.0

    def leave(self, _: Rule) -> Found:
        """Duties on days of leave."""
        for worker in self.workers:
            for day in sorted(worker.leave & self.duty[worker.name].keys()):
                if day >= self.question.first:
                    yield (worker.name, day.isoformat()), 1.0, 1.0

    def never(self, _: Rule) -> Found:
        """Duties in shifts that the person does not work."""
        for worker in self.workers:
            for day, shift in self.duty[worker.name].items():
                if shift in worker.never and day >= self.question.first:
                    yield (worker.name, day.isoformat()), 1.0, 1.0

    def part_time(self, _: Rule) -> Found:
        """Duties on days that are not those of part-time."""
        for worker in self.workers:
            for day in self.duty[worker.name]:
                if worker.days is not None and day.weekday() not in worker.days and day >= self.question.first:
                    yield (worker.name, day.isoformat()), 1.0, 1.0

    def wishes(self, _: Rule) -> Found:
        """Wishes that are not kept, on each day that they are about."""
        for worker in self.workers:
            for wish in worker.wishes:
                always = wish.day is None and wish.weekday is None
                for day in self.question.days:
                    if wish.day not in (None, day) or wish.weekday not in (None, weekday(day)):
                        continue
                    shift = self.duty[worker.name].get(day)
                    fits = shift is not None and wish.shift in (None, shift)
                    missed = (not fits and not (always and shift is None)) if wish.wants else fits
                    if missed:
                        yield (worker.name, day.isoformat()), 1.0, wish.weight

    def _spread(self, rule: Equal, amount: dict[str, float]) -> Found:
        for pool, workers in self.question.pools.items():
            each = [amount[worker.name] / self.question.share(worker) for worker in workers]
            yield (pool,), max(each) - min(each) - rule.most, 1.0

    def _inside(self, worker: Worker) -> list[str]:
        return [shift for day, shift in self.duty[worker.name].items() if day >= self.question.first]

    def equal_nights(self, rule: Equal) -> Found:
        """Spread of nights beyond what is free."""
        nights = {w.name: float(sum(shift in self.nights for shift in self._inside(w))) for w in self.workers}
        yield from self._spread(rule, nights)

    def equal_weekends(self, rule: Equal) -> Found:
        """Spread of weekends beyond what is free."""
        yield from self._spread(rule, {w.name: float(sum(self._worked(w))) for w in self.workers})

    def equal_points(self, rule: Equal) -> Found:
        """Spread of scoring opportunity beyond what is free."""
        points = {w.name: sum(self.turn[shift].points for shift in self._inside(w)) for w in self.workers}
        yield from self._spread(rule, points)

    def apart(self, rule: Pairs) -> Found:
        """Duties of a pair in one shift."""
        for one, two in rule.pairs:
            for day in self.question.days:
                shift = self.duty[one].get(day)
                yield (one, two, day.isoformat()), float(shift is not None and shift == self.duty[two].get(day)), 1.0

    def together(self, rule: Pairs) -> Found:
        """Duties of a pair that the other does not share, on days on which neither is on leave."""
        for one, two in rule.pairs:
            for day in self.question.days:
                if any(day in self.question.worker[name].leave for name in (one, two)):
                    continue
                shifts = [self.duty[name].get(day) for name in (one, two)]
                alone = len([shift for shift in shifts if shift]) if shifts[0] != shifts[1] else 0
                yield (one, two, day.isoformat()), float(alone), 1.0
