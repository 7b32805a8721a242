"""The rules of a roster as rows over duties: what `optimize.roster.model` hands to the solver."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import combinations
from math import inf
from typing import Any

from optimize.roster.data import Call, Worker, sharing, weekday
from optimize.roster.rules import Equal, Pairs
from optimize.roster.view import DAY, Key, Line, Sum, View, said, total


def stated(view: View, rule: str) -> Any:
    """Return what is stated of a rule that is on."""
    return getattr(view.question.rules, rule)


def lines(view: View) -> Iterator[Line]:
    """Yield the rows of all rules that are on, and of those that cannot be turned off."""
    yield from _one_shift(view)
    yield from _cover(view)
    if view.question.rule("free_weekends") or view.question.rule("equal_weekends"):
        yield from _weekends(view)
    for name, rows in ROWS.items():
        if view.question.rule(name):
            yield from rows(view)


def _one_shift(view: View) -> Iterator[Line]:
    """One shift a day, and none that begins before another has ended."""
    for worker in view.question.workers:
        for day in sorted(view.free):
            if len(view.shifts(worker.name, day)) > 1:
                yield Line("one_shift", said((worker.name, day)), view.on(worker.name, day).terms, high=1.0)
    rest = view.question.rule("rest")
    if rest is None or rest.price is not None:
        yield from _too_near(view, 0.0, "one_shift")


def _too_near(view: View, hours: float, rule: str) -> Iterator[Line]:
    """Yield, for each duty, that none follows whose begin is too near to its end."""
    turns = view.question.turns
    for gap in (1, 2):
        near = {
            turn.name: {
                other.name for other in turns if other.begin_min + 1440 * gap < turn.end_min + round(60 * hours)
            }
            for turn in turns
        }
        for worker in view.question.workers:
            for day in view.days(gap):
                for shift, others in ((shift, others) for shift, others in near.items() if others):
                    pair = view.on(worker.name, day, {shift}), view.on(worker.name, day + gap * DAY, others)
                    if all(each.terms or each.constant for each in pair):
                        yield from view.row(rule, (worker.name, day, shift, gap), pair[0] + pair[1], high=1.0)


def _rest(view: View) -> Iterator[Line]:
    yield from _too_near(view, getattr(view.question.rules.rest, "hours", 0.0), "rest")


def _cover(view: View) -> Iterator[Line]:
    """By Hall's theorem: who counts for any of some needs is at least what these need together, less what is short."""
    rule, surplus = view.question.rule("cover"), view.question.rule("surplus")
    for (day, shift), calls in view.question.wanted.items():
        if day not in view.free or not (rule or surplus):
            continue
        hard = rule is not None and rule.price is None
        short: Short = {} if hard else {call: ("short", shift, day.isoformat(), call.label) for call in calls}
        for together in sharing(calls):
            for many in range(1, len(together) + 1):
                yield from (_hall(view, some, short) for some in combinations(together, many))
        for key in short.values() if rule else ():
            yield Line("cover", key[1:], ((key, 1.0),), high=0.0, price=rule.price if rule else None)
        if surplus:
            yield from _surplus(view, day, shift, short)


type Short = dict[Call, Key]
"""The heads that a need is short of, by need; none where nothing may be short."""


def _hall(view: View, some: tuple[Call, ...], short: Short) -> Line:
    who = sorted(frozenset[str]().union(*(call.who for call in some)))
    found = total(view.on(name, some[0].day, {some[0].shift}) for name in who)
    terms = found.terms + tuple((short[call], 1.0) for call in some if short)
    about = said((some[0].shift, some[0].day, *(call.label for call in some)))
    return Line("shape" if short else "cover", about, terms, low=float(sum(call.heads for call in some)))


def _surplus(view: View, day: date, shift: str, short: Short) -> Iterator[Line]:
    calls = view.question.wanted[day, shift]
    found = total(view.on(worker.name, day, {shift}) for worker in view.question.workers)
    # What is short is not there, so that on - (heads - short) are beyond the need.
    found += Sum(tuple((short[call], 1.0) for call in calls if short))
    yield from view.row("surplus", (shift, day), found, high=float(sum(call.heads for call in calls)))


def _in_row(rule: str) -> Callable[[View], Iterator[Line]]:
    def rows(view: View) -> Iterator[Line]:
        most = stated(view, rule).most
        of = _nights(view) if rule == "nights_in_row" else None
        days = view.days(most)
        for worker in view.question.workers:
            for place in range(len(days) - most):
                found = view.over(worker.name, days[place : place + most + 1], of)
                if found.constant + len({key[2] for key, _ in found.terms}) > most:
                    yield from view.row(rule, (worker.name, days[place]), found, high=float(most))

    return rows


def _nights(view: View) -> set[str]:
    return {turn.name for turn in view.question.turns if turn.night}


def _days_off_in_row(view: View) -> Iterator[Line]:
    """A day of work, fewer days off than the least, a day of work: never."""
    least = stated(view, "days_off_in_row").least
    for many in range(1, least):
        days = view.days(many + 1)
        for worker in view.question.workers:
            for place in range(len(days) - many - 1):
                ends = view.over(worker.name, (days[place], days[place + many + 1]))
                off = view.over(worker.name, days[place + 1 : place + many + 1])
                if ends.constant + len(ends.terms) > 1:
                    yield from view.row(
                        "days_off_in_row", (worker.name, days[place + 1], many), ends + off.times(-1.0), high=1.0
                    )


def _seen(view: View) -> set[date]:
    """Return the days that are open or lie before one that is."""
    last = max(view.free)
    return {day for day in view.question.days if day <= last} if not view.last else set(view.question.days)


def _rest_after_nights(view: View) -> Iterator[Line]:
    least, nights = stated(view, "rest_after_nights").least, _nights(view)
    others = {turn.name for turn in view.question.turns} - nights
    for worker in view.question.workers:
        for day in view.days(least):
            night = view.on(worker.name, day, nights)
            for step in range(1, least + 1):
                after = view.on(worker.name, day + step * DAY, others)
                if (night.terms or night.constant) and (after.terms or after.constant):
                    yield from view.row("rest_after_nights", (worker.name, day, step), night + after, high=1.0)


def _hours(view: View, worker: Worker, days: Iterable[date]) -> Sum:
    parts = [view.on(worker.name, day, {shift}).times(h) for day in days for shift, h in worker.hours.items()]
    return total(parts)


def _weekly(rule: str) -> Callable[[View], Iterator[Line]]:
    def rows(view: View) -> Iterator[Line]:
        for week in range(view.question.weeks):
            days = view.question.week(week)
            for worker in view.question.workers:
                about, contract = (worker.name, days[0]), worker.contract
                if rule == "days_per_week":
                    yield from view.row(rule, about, view.over(worker.name, days), high=float(contract.days_most))
                elif rule == "hours_most":
                    yield from view.row(rule, about, _hours(view, worker, days), high=contract.hours_most)
                elif least := contract.hours_least - worker.credit_h(days):
                    yield from view.row(rule, about, _hours(view, worker, days), low=least)

    return rows


def _shift_kinds(view: View) -> Iterator[Line]:
    most = stated(view, "shift_kinds").most
    for week in range(view.question.weeks):
        days = view.question.week(week)
        if not view.free.intersection(days):
            continue
        for worker in view.question.workers:
            shifts = sorted({shift for day in days for shift in view.shifts(worker.name, day)})
            past = {view.settled.get(worker.name, {}).get(day) for day in days if day not in view.free} - {None}
            if len({*shifts, *past}) <= most:
                continue
            kinds = {shift: ("kind", worker.name, days[0].isoformat(), shift) for shift in shifts if shift not in past}
            for shift, key in kinds.items():
                for day in days:
                    for x, _ in view.on(worker.name, day, {shift}).terms:
                        yield Line("shape", said((*key, day)), ((key, 1.0), (x, -1.0)), low=0.0)
            terms = tuple((key, 1.0) for key in kinds.values())
            price = stated(view, "shift_kinds").price
            yield Line("shift_kinds", said((worker.name, days[0])), terms, high=float(most - len(past)), price=price)


def _whole_weekends(view: View) -> Iterator[Line]:
    for worker in view.question.workers:
        for sat, sun in view.question.weekends:
            pair = view.on(worker.name, sat) + view.on(worker.name, sun).times(-1.0)
            if {sat, sun} <= _seen(view):
                yield from view.row("whole_weekends", (worker.name, sat), pair, low=0.0, high=0.0)


def _weekend(view: View, name: str, pair: tuple[date, date]) -> tuple[Sum, list[Line]]:
    """Return whether somebody works on a weekend, and the rows that define it."""
    both = [view.on(name, day) for day in pair]
    if any(each.constant for each in both) or not (both[0].terms or both[1].terms):
        return Sum((), float(any(each.constant for each in both))), []
    key = ("weekend", name, pair[0].isoformat())
    less = [each.times(-1.0).terms for each in both]
    rows = [
        Line("shape", said((*key, day)), ((key, 1.0), *each), low=0.0)
        for day, each in zip(pair, less, strict=True)
        if each
    ]
    rows.append(Line("shape", said((*key, "either")), ((key, 1.0), *less[0], *less[1]), high=0.0))
    return Sum(((key, 1.0),)), rows


def _free_weekends(view: View) -> Iterator[Line]:
    rule = view.question.rules.free_weekends
    for worker in view.question.workers:
        found = [_weekend(view, worker.name, pair)[0] for pair in view.question.weekends]
        for place in range(len(found) - 3):
            four = total(found[place : place + 4])
            if four.terms and rule:
                about = said((worker.name, view.question.weekends[place][0]))
                yield Line("free_weekends", about, four.terms, high=4.0 - rule.least - four.constant, price=rule.price)


def _weekends(view: View) -> Iterator[Line]:
    for worker in view.question.workers:
        for pair in view.question.weekends:
            yield from _weekend(view, worker.name, pair)[1]


def _leave(view: View) -> Iterator[Line]:
    for worker in view.question.workers:
        for day in sorted(worker.leave):
            yield from view.row("leave", (worker.name, day), view.on(worker.name, day), high=0.0)


def _never(view: View) -> Iterator[Line]:
    for worker in view.question.workers:
        for day in sorted(view.free) if worker.never else ():
            yield from view.row("never", (worker.name, day), view.on(worker.name, day, worker.never), high=0.0)


def _part_time(view: View) -> Iterator[Line]:
    for worker in view.question.workers:
        for day in sorted(view.free) if worker.days is not None else ():
            if worker.days is not None and day.weekday() not in worker.days:
                yield from view.row("part_time", (worker.name, day), view.on(worker.name, day), high=0.0)


def _wishes(view: View) -> Iterator[Line]:
    price = stated(view, "wishes").price
    for worker in view.question.workers:
        for number, wish in enumerate(worker.wishes):
            weight = None if price is None else price * wish.weight
            for day in sorted(view.free):
                if wish.day not in (None, day) or wish.weekday not in (None, weekday(day)):
                    continue
                of = None if wish.shift is None else {wish.shift}
                always = wish.day is None and wish.weekday is None
                if wish.wants and always:
                    of = {turn.name for turn in view.question.turns} - {wish.shift}
                low, high = (1.0, inf) if wish.wants and not always else (-inf, 0.0)
                found = view.on(worker.name, day, of)
                if found.terms or low > 0:
                    yield Line("wishes", said((worker.name, day, number)), found.terms, low, high, weight)


def _equal(rule: str) -> Callable[[View], Iterator[Line]]:
    def rows(view: View) -> Iterator[Line]:
        own: Equal = stated(view, rule)
        for pool, workers in view.question.pools.items():
            if len(workers) < 2:
                continue
            high, low = ("most", rule, pool), ("least", rule, pool)
            shares = {worker.name: _amount(view, rule, worker) for worker in workers}
            if not any(each.terms for each in shares.values()):
                continue
            for name, each in shares.items():
                yield Line("shape", said((*high, name)), ((high, 1.0), *each.times(-1.0).terms), low=each.constant)
                yield Line("shape", said((*low, name)), ((low, 1.0), *each.times(-1.0).terms), high=each.constant)
            price = own.price if view.last or own.price is not None else SOON
            yield Line(rule, said((pool,)), ((high, 1.0), (low, -1.0)), high=own.most, price=price)

    return rows


SOON = 50.0
"""Price of a spread that must hold in the end, while the end of the roster is not in sight."""


def _amount(view: View, rule: str, worker: Worker) -> Sum:
    """Return what somebody has of what is to be shared equally, by full time."""
    question = view.question
    if rule == "equal_nights":
        found = view.over(worker.name, question.days, _nights(view))
    elif rule == "equal_weekends":
        found = total(_weekend(view, worker.name, pair)[0] for pair in question.weekends)
    else:
        found = total(
            view.on(worker.name, day, {turn.name}).times(turn.points)
            for day in question.days
            for turn in question.turns
        )
    return found.times(1 / question.share(worker))


def _pairs(rule: str) -> Callable[[View], Iterator[Line]]:
    def rows(view: View) -> Iterator[Line]:
        own: Pairs = stated(view, rule)
        for one, two in own.pairs:
            for day in sorted(view.free):
                for turn in view.question.turns:
                    a, b = view.on(one, day, {turn.name}), view.on(two, day, {turn.name})
                    if rule == "apart" and a.terms and b.terms:
                        yield from view.row(rule, (one, two, day, turn.name), a + b, high=1.0)
                    elif rule == "together" and not any(day in view.question.worker[n].leave for n in (one, two)):
                        both = a + b.times(-1.0)
                        yield from view.row(rule, (one, two, day, turn.name), both, low=0.0, high=0.0)

    return rows


ROWS: dict[str, Callable[[View], Iterator[Line]]] = {
    "rest": _rest, "days_in_row": _in_row("days_in_row"), "days_off_in_row": _days_off_in_row,
    "nights_in_row": _in_row("nights_in_row"), "rest_after_nights": _rest_after_nights,
    "hours_most": _weekly("hours_most"), "hours_least": _weekly("hours_least"),
    "days_per_week": _weekly("days_per_week"), "shift_kinds": _shift_kinds, "whole_weekends": _whole_weekends,
    "free_weekends": _free_weekends, "leave": _leave, "never": _never, "part_time": _part_time, "wishes": _wishes,
    "equal_nights": _equal("equal_nights"), "equal_weekends": _equal("equal_weekends"),
    "equal_points": _equal("equal_points"), "apart": _pairs("apart"), "together": _pairs("together"),
}  # fmt: skip
"""What makes the rows of each rule; `cover` and `surplus` are made together."""
