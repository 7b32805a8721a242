"""What the moments and touches of a log tell of each ticket: compiled passes over their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from sim.calendar import Seconds
from sim.log.framing import Coded, Sheet, numbers_of, words_of
from sim.log.tables import WHAT

NONE = int(np.iinfo(np.int64).min)
"""Stands for an unknown number in an array."""

FIRSTS = {
    "created": "created_s", "auto_reply": "first_auto_reply_s", "reply": "first_reply_s",
    "resolved": "first_resolved_s", "left": "left_s", "blocked": "blocked_s", "reopened": "first_reopened_s",
    "survey_sent": "surveyed_s", "merged": "merged_s", "warned": "warned_s",
}  # fmt: skip
"""Moments of which the first counts, and the column that says when it was."""

LASTS = {"resolved": "resolved_s", "closed": "closed_s", "rated": "rated_s"}
COUNTS = {"reply": "replies", "reopened": "reopens", "handed_on": "handoffs", "escalated": "escalations"}
VALUES = ("rated_outcome", "rated_process", "rank")
PEOPLE = ("first_replier", "last_resolver", "closer", "first_person")

INWARD = ("assist", "supervision")
"""Reasons of touches that are no work for the learner: who makes them neither begins the work nor owns the ticket."""

_REPLY, _RESOLVED, _CLOSED, _REOPENED, _RATED, PRIORITY, _WAIT_BEGINS, _WAIT_ENDS = (
    WHAT.index(word)
    for word in ("reply", "resolved", "closed", "reopened", "rated", "priority", "wait_begins", "wait_ends")
)
_RESTS = np.array([word in ("resolved", "closed", "left", "merged", "blocked") for word in WHAT])
_WRITES = np.array([word in ("reply", "handed_on", "escalated", "resolved") for word in WHAT])
_NOBODY, _NOTHING = -1, WHAT.index("reminded")
SLA = WHAT.index("sla")


def _places(names: dict[str, str]) -> NDArray[np.int8]:
    """Return by kind of moment the position of its column, -1 for none."""
    order = list(names)
    return np.array([order.index(word) if word in names else -1 for word in WHAT], np.int8)


_FIRST, _LAST, _COUNT = _places(FIRSTS), _places(LASTS), _places(COUNTS)


class Moments(NamedTuple):
    """The moments of a log as arrays of one length, in their order.

    Attributes
    ----------
    row
        Which ticket, as a position among the tickets.
    at_s, what
        When, and the position of what in `WHAT`.
    who
        Position of the person, -1 for nobody.
    process, requester
        Whether the reason is `process`; whether it is `requester` or there is none.
    value
        `NONE` where there is none.
    """

    row: Seconds
    at_s: Seconds
    what: NDArray[np.uint8]
    who: NDArray[np.int32]
    process: NDArray[np.bool_]
    requester: NDArray[np.bool_]
    value: Seconds

    @classmethod
    def of(cls, moments: pl.DataFrame | Sheet, tickets: Seconds) -> Moments:
        """Return the arrays of a table; every moment belongs to one of the tickets, which are sorted."""
        numbers = numbers_of(moments, ("who", "reason"), {"ticket": NONE, "at_s": NONE, "value": NONE})
        code, words = numbers["reason"], words_of(moments, "reason")
        process = code == (words.index("process") if "process" in words else -2)
        requester = (code == _NOBODY) | (code == (words.index("requester") if "requester" in words else -2))
        told_of = _of_tickets(what_of(moments), code, words)
        columns = (
            rows_of(numbers["ticket"], tickets), numbers["at_s"], told_of, numbers["who"], process, requester,
            numbers["value"],
        )  # fmt: skip
        return cls(*map(fixed, columns))


def what_of(moments: pl.DataFrame | Sheet) -> NDArray[np.uint8]:
    """Return what moments are, as positions in `WHAT`."""
    column = Sheet.of(moments).raw("what")
    if isinstance(column, Coded):
        return np.asarray(column.codes, np.uint8)
    assert isinstance(column, pl.Series)
    if column.dtype != pl.Enum(WHAT):
        column = column.cast(pl.String).cast(pl.Enum(WHAT))
    return column.to_physical().to_numpy()


def _of_tickets(what: NDArray[np.uint8], reason: NDArray[Any], words: Sequence[str]) -> NDArray[np.uint8]:
    """Return what moments are; a rating of neither outcome nor process tells nothing of its ticket here."""
    others = [words.index(word) for word in ("nps", "audit", "second_audit") if word in words]
    if not others:
        return what
    return np.where((what == _RATED) & np.isin(reason, others), _NOTHING, what).astype(np.uint8)


def fixed(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array marked as one that nobody writes to, as those of a table are: compiled code has one form then."""
    seen = array.view()
    seen.setflags(write=False)
    return seen


def rows_of(numbers: Seconds, tickets: Seconds) -> Seconds:
    """Return the positions of tickets, given by number, among all tickets, which are sorted and different."""
    if len(tickets) and tickets[0] == 0 and tickets[-1] == len(tickets) - 1:
        return numbers
    return np.searchsorted(tickets, numbers)


class Told(NamedTuple):
    """Facts by ticket: instants and values (`NONE` if unknown), counts, and positions of persons (-1 for nobody).

    Attributes
    ----------
    firsts, lasts, counts, values, people
        One row per column of `FIRSTS`, `LASTS`, `COUNTS`, `VALUES`, `PEOPLE`.
    """

    firsts: Seconds
    lasts: Seconds
    counts: Seconds
    values: Seconds
    people: NDArray[np.int32]

    @property
    def rank(self) -> Seconds:
        """The position of the last priority by ticket; `NONE` where it never changed."""
        return np.asarray(self.values[VALUES.index("rank")])

    def instants(self) -> dict[str, Seconds]:
        """Return the instants by the name of their column, the first ones and then the last ones."""
        names = (*FIRSTS.values(), *LASTS.values())
        return dict(zip(names, (*self.firsts, *self.lasts), strict=True))


def told(moments: Moments, tickets: int) -> Told:
    """Return what the moments tell of so many tickets; a ticket that is open again is neither resolved nor closed."""
    made = Told(
        np.full((len(FIRSTS), tickets), NONE), np.full((len(LASTS), tickets), NONE),
        np.zeros((len(COUNTS), tickets), np.int64), np.full((len(VALUES), tickets), NONE),
        np.full((len(PEOPLE), tickets), _NOBODY, np.int32),
    )  # fmt: skip
    _tell(moments.row, moments.at_s, moments.what, moments.who, moments.process, moments.value, *made)
    return made


@njit(cache=True, nogil=True)
def _tell(
    row: Any, at_s: Any, what: Any, who: Any, process: Any, value: Any, firsts: Any, lasts: Any, counts: Any,
    values: Any, people: Any,
) -> None:  # fmt: skip
    again = np.zeros(firsts.shape[1], np.bool_)
    for i in range(len(row)):
        ticket, word = row[i], what[i]
        first, last, count = _FIRST[word], _LAST[word], _COUNT[word]
        if first >= 0 and firsts[first, ticket] == NONE:
            firsts[first, ticket] = at_s[i]
            if word == _REPLY:
                people[0, ticket] = who[i]
        if last >= 0:
            lasts[last, ticket] = at_s[i]
        if count >= 0:
            counts[count, ticket] += 1
        if word == _RESOLVED:
            people[1, ticket] = who[i]
            again[ticket] = False
        elif word == _CLOSED:
            people[2, ticket] = who[i]
            again[ticket] = False
        elif word == _REOPENED:
            again[ticket] = True
        elif word == _RATED:
            values[1 if process[i] else 0, ticket] = value[i]
        elif word == PRIORITY:
            values[2, ticket] = value[i]
    for ticket in range(len(again)):
        if again[ticket]:
            lasts[0, ticket] = lasts[1, ticket] = NONE


class Hands(NamedTuple):
    """Who worked on each ticket.

    Attributes
    ----------
    started_s, ready_s
        When the first work began; when it was first ready; `NONE` if unknown.
    person
        Position of who worked first, -1 for nobody.
    many
        How many persons worked on it, or, where nobody is known to have worked, how many wrote about it.
    """

    started_s: Seconds
    ready_s: Seconds
    person: NDArray[np.int32]
    many: Seconds


def hands(moments: Moments, touches: Sheet, tickets: Seconds, spelling: pl.DataType) -> Hands:
    """Return who worked on each ticket; `spelling` is the type of the persons in the moments."""
    if (own := touches.type("person")) != spelling and touches.knows("person"):
        raise TypeError(f"persons must be spelt alike in moments and touches, got {spelling} and {own}")
    late = np.iinfo(np.int16).max
    instants = dict.fromkeys(("ticket", "started_s", "queued_s"), NONE)
    numbers = _own(touches, {**instants, "stage": late, "branch": late})
    made = Hands(
        np.full(len(tickets), NONE), np.full(len(tickets), NONE), np.full(len(tickets), _NOBODY, np.int32),
        np.zeros(len(tickets), np.int64),
    )  # fmt: skip
    who = numbers["person"]
    people = 1 + max(int(who.max(initial=-1)), int(moments.who.max(initial=-1)))
    row = fixed(rows_of(numbers["ticket"], tickets))
    seconds, place = (numbers["started_s"], numbers["queued_s"]), (numbers["stage"], numbers["branch"])
    _touch(row, who, *seconds, *place, people, *made)
    _write(made, moments, people)
    return made


def _own(touches: Sheet, values: dict[str, int]) -> dict[str, NDArray[Any]]:
    """Return the numbers of the touches without those that are no work for the learner; most logs have none."""
    numbers = numbers_of(touches, ("person",), values)
    known = words_of(touches, "reason")
    inward = [known.index(word) for word in INWARD if word in known]
    if not inward:
        return numbers
    own = ~np.isin(numbers_of(touches, ("reason",))["reason"], inward)
    return {name: fixed(array[own]) for name, array in numbers.items()}


@njit(cache=True, nogil=True)
def _touch(
    row: Any, who: Any, started_s: Any, queued_s: Any, stage: Any, branch: Any, people: int, first_s: Any,
    ready_s: Any, person: Any, many: Any,
) -> None:  # fmt: skip
    """Go over the touches, which are sorted by ticket."""
    seen = np.full(people, -1, np.int64)
    best = -1
    for i in range(len(row)):
        ticket = row[i]
        if queued_s[i] != NONE and (ready_s[ticket] == NONE or queued_s[i] < ready_s[ticket]):
            ready_s[ticket] = queued_s[i]
        if who[i] < 0 or started_s[i] == NONE:
            continue
        if seen[who[i]] != ticket:
            seen[who[i]] = ticket
            many[ticket] += 1
        now = (started_s[i], stage[i], branch[i])
        if first_s[ticket] == NONE or now < (started_s[best], stage[best], branch[best]):
            best = i
            first_s[ticket], person[ticket] = started_s[i], who[i]


def _write(made: Hands, moments: Moments, people: int) -> None:
    """Count who wrote about the tickets that nobody is known to have worked on."""
    idle = made.started_s == NONE
    if idle.any():
        pairs = np.unique(_written(moments.row, moments.what, moments.who, idle, people))
        made.many[:] += np.bincount(pairs // max(people, 1), minlength=len(idle))


@njit(cache=True, nogil=True)
def _written(row: Any, what: Any, who: Any, idle: Any, people: int) -> Any:
    """Return ticket and writer as one number, for every moment in which somebody wrote about an idle ticket."""
    many = 0
    for i in range(len(row)):
        many += idle[row[i]] and _WRITES[what[i]] and who[i] >= 0
    pairs = np.empty(many, np.int64)
    many = 0
    for i in range(len(row)):
        if idle[row[i]] and _WRITES[what[i]] and who[i] >= 0:
            pairs[many] = row[i] * people + who[i]
            many += 1
    return pairs


class Stretches(NamedTuple):
    """The ledger: when tickets were paused, sorted by ticket and begin, never overlapping, never empty.

    It is kept apart from targets and calendars, so that a change of priority or of the agreement loses no pause.

    Attributes
    ----------
    row
        Which ticket, as a position among the tickets.
    begin_s, end_s
        When it was paused; a wait that still runs ends with the log.
    rests
        True from a resolution to the reopening after it, false while the requester is waited for (a `wait_begins` with
        the reason `requester`, or with none). What is said about waiting while a ticket rests is ignored.
    """

    row: Seconds
    begin_s: Seconds
    end_s: Seconds
    rests: NDArray[np.bool_]


def stretches(moments: Moments, tickets: int, until_s: int) -> Stretches:
    """Return when so many tickets were paused, from the moments alone, which are in the order of their instants."""
    many = np.bincount(moments.what, minlength=len(WHAT))
    size = int(many[_WAIT_BEGINS] + many[_REOPENED])
    if not size:
        nothing = np.zeros(0, np.int64)
        return Stretches(nothing, nothing, nothing, np.zeros(0, np.bool_))
    found = _stretch(moments.row, moments.at_s, moments.what, moments.requester, tickets, until_s, size)
    order = np.argsort(found[0], kind="stable")
    return Stretches(*(column[order] for column in found))


@njit(cache=True, nogil=True)
def _stretch(row: Any, at_s: Any, what: Any, requester: Any, tickets: int, until_s: int, size: int) -> Any:
    """Follow each ticket: it runs (0), waits for its requester (1) or rests (2), since an instant.

    A stretch begins with a `wait_begins` or ends with a `reopened`, so there are at most `size` of them.
    """
    state, since_s = np.zeros(tickets, np.int8), np.zeros(tickets, np.int64)
    who, begin_s, end_s = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    rests = np.empty(size, np.bool_)
    many = 0
    for i in range(len(row)):
        ticket, word = row[i], what[i]
        turns_to_rest = _RESTS[word]
        if not turns_to_rest and word != _REOPENED and word != _WAIT_BEGINS and word != _WAIT_ENDS:
            continue
        before = state[ticket]
        if before == 2 and word != _REOPENED:
            continue
        if before != 0 and at_s[i] > since_s[ticket]:
            who[many], begin_s[many], end_s[many], rests[many] = ticket, since_s[ticket], at_s[i], before == 2
            many += 1
        state[ticket] = 2 if turns_to_rest else 1 if word == _WAIT_BEGINS and requester[i] else 0
        since_s[ticket] = at_s[i]
    for ticket in range(tickets):
        if state[ticket] == 1 and until_s > since_s[ticket]:
            who[many], begin_s[many], end_s[many], rests[many] = ticket, since_s[ticket], until_s, False
            many += 1
    return who[:many], begin_s[:many], end_s[:many], rests[:many]
