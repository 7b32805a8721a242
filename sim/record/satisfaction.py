"""Who is asked, who answers and what: written after the run, because nothing in the desk depends on it."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.conduct import ASKS_NOT, HAPPY_SURVEY
from sim.desk.service import Outcome
from sim.laws import table_ms
from sim.layout import Layout
from sim.record.words import HANDED_ON, LEFT, REOPENED, REPLY, RESOLVED, TOKEN, Floats, Ints, Rows

SURVEY, ANSWERS, ANSWER_DELAY = (chance.code(purpose) for purpose in ("survey", "answers", "answer_delay"))
MOOD, OWN_OUTCOME, OWN_PROCESS = (chance.code(purpose) for purpose in ("mood", "manner", "manner.process"))
"""Deviations of satisfaction: the one that outcome and process share, and each one's own."""


NEVER_S = 2**62
"""When a ticket was reopened that was not."""


Leanings = tuple[tuple[int, Floats], ...]
"""Intensities by person and conduct, shape (people, conducts), and the second from which on they hold."""


class Ratings(NamedTuple):
    """Questionnaires about tickets that closed.

    Attributes
    ----------
    asked
        By closing: whether a questionnaire was sent, shape (closings,).
    ticket, rated_s
        Tickets whose answer was seen, and when, in the order of the answers, shape (answers,).
    points
        Their ratings of outcome and process, 1 to 5, shape (2, answers).
    """

    asked: NDArray[np.bool_]
    ticket: Ints
    rated_s: Ints
    points: Ints


class Ends(NamedTuple):
    """Resolutions, and leavings of learners, in the order in which they happened: what had come before, and after.

    Attributes
    ----------
    row
        Rows of `MOMENT`.
    ticket, person
        The ticket, and who resolved it, -1 for nobody.
    waited_s
        Wait for the first reply in seconds; up to the leaving, if there was none by then, else -1.
    handoffs, reopenings
        How often the ticket had been handed on and reopened by then.
    until_s
        When it was reopened after it, `NEVER_S` if it was not.
    """

    row: Ints
    ticket: Ints
    person: Ints
    waited_s: Ints
    handoffs: Ints
    reopenings: Ints
    until_s: Ints

    @classmethod
    def of(cls, layout: Layout, moved: Rows, replied_s: Ints) -> Self:
        """Return the ends in some rows of `MOMENT`; `replied_s` as in `Came`."""
        return cls(*_ends(moved, layout.world.created_s, replied_s))

    def some(self, which: NDArray[Any]) -> Ends:
        """Return some of them."""
        return Ends(*(column[which] for column in self))


def ratings(
    layout: Layout, moved: Rows, held: Ints, ends: Ends, felt: Floats | None, conduct: Leanings, reached_s: int
) -> Ratings:
    """Return the questionnaires about the resolutions that closed.

    Parameters
    ----------
    layout
        What the engine ran on.
    moved, held
        Rows of `MOMENT`, and which of them are the resolutions that closed.
    ends
        All resolutions and leavings.
    felt
        The satisfaction at them, if it is known already.
    conduct
        How people lean to ask only those who are content; whoever resolved a ticket asks when it closes.
    reached_s
        Instant before which an answer is seen.
    """
    world, outcome = layout.world, layout.desk.outcome
    tickets = moved[held, 0].astype(np.int64)
    if outcome.survey == 0 or not len(held):
        none = np.zeros(0, np.int64)
        return Ratings(np.zeros(len(held), np.bool_), none, none, np.zeros((2, 0), np.int64))
    asked = chance.uniforms(world.seed, SURVEY, world.name[tickets]) <= outcome.survey
    tickets, rows = tickets[asked], held[asked]
    names, at = world.name[tickets], np.searchsorted(ends.row, rows)
    shared, result = _outcome(layout, ends.some(at), names) if felt is None else (felt[0, at], felt[0, at])
    closed_s = moved[rows, 1].astype(np.int64) + layout.close_after_s
    if any(lean[:, HAPPY_SURVEY].any() for _, lean in conduct):
        asks = ~_spared(layout, conduct, names, ends.person[at], closed_s, result)
        asked[np.flatnonzero(asked)[~asks]] = False
        tickets, names, at, closed_s = tickets[asks], names[asks], at[asks], closed_s[asks]
        shared, result = shared[asks], result[asks]
    answers = np.flatnonzero(chance.uniforms(world.seed, ANSWERS, names) <= answer_chance(outcome, result))
    rated_s = closed_s[answers] + _delays_s(layout, names[answers])
    seen = np.flatnonzero(rated_s < reached_s)
    seen = seen[np.argsort(rated_s[seen], kind="stable")]
    told = answers[seen]
    process = _process(layout, ends.some(at[told]), names[told], shared[told]) if felt is None else felt[1, at[told]]
    points = np.clip(np.floor(np.stack([result[told], process]) + 0.5), 1, 5).astype(np.int64)
    return Ratings(asked, tickets[told], rated_s[seen], points)


def answer_chance(outcome: Outcome, result: Floats) -> Floats:
    """Return the chance that somebody who is asked answers.

    Parameters
    ----------
    outcome
        The survey rule of a desk.
    result
        Satisfaction with the outcome, in points, any shape.
    """
    made: Floats = special.expit(outcome.answers_logit + outcome.answers_per_point * (result - 3))
    return made


def _spared(
    layout: Layout, conduct: Leanings, names: chance.Names, person: Ints, closed_s: Ints, result: Floats
) -> NDArray[np.bool_]:
    """Return by closing whether an unhappy learner is not asked by whoever resolved the ticket."""
    since = np.searchsorted([from_s for from_s, _ in conduct], closed_s, side="right") - 1
    lean = np.stack([rows[:, HAPPY_SURVEY] for _, rows in conduct])[since, person]
    unhappy = result < layout.desk.shortcuts.unhappy_below
    return np.asarray(unhappy & (chance.uniforms(layout.world.seed, ASKS_NOT, names) <= lean), np.bool_)


def _delays_s(layout: Layout, names: chance.Names) -> Ints:
    """Return the seconds from closing to answer, on the grain of the clock."""
    u = chance.uniforms(layout.world.seed, ANSWER_DELAY, names)
    table = table_ms(layout.desk.outcome.answer_delay)[None, :]
    delay_ms = chance.quantiles(table, np.zeros(len(u), np.int64), u)
    return np.ceil(delay_ms / (1000 * layout.clock_s)).astype(np.int64) * layout.clock_s


def _deviation(layout: Layout, purpose: int, names: chance.Names) -> Floats:
    """Return one of the deviations of satisfaction, in points: half of the variance between tickets."""
    u = np.minimum(chance.uniforms(layout.world.seed, purpose, names), 1 - 2.0**-53)
    return np.asarray(layout.desk.outcome.satisfaction_sd * np.sqrt(0.5) * special.ndtri(u), np.float64)


def satisfaction(layout: Layout, ends: Ends) -> Floats:
    """Return latent outcome and process satisfaction in points at some ends, shape (2, ends).

    Both fall with each doubling of the wait for the first reply beyond the expectation and with each hand-off; the
    outcome also with each reopening; the process also moves with the courtesy of the last resolver. Half of the
    variance between tickets is common to both. What comes after an end plays no part in it.
    """
    names = layout.world.name[ends.ticket]
    shared, outcome = _outcome(layout, ends, names)
    return np.stack([outcome, _process(layout, ends, names, shared)])


def _outcome(layout: Layout, ends: Ends, names: chance.Names) -> tuple[Floats, Floats]:
    """Return what both sorts of satisfaction have in common, and that with the outcome."""
    outcome = layout.desk.outcome
    late = np.log2(np.maximum(ends.waited_s / 60 / outcome.expected_wait_min, 1.0))
    common = outcome.satisfaction - outcome.per_wait_doubling * late - outcome.per_handoff * ends.handoffs
    shared = common + _deviation(layout, MOOD, names)
    return shared, shared + _deviation(layout, OWN_OUTCOME, names) - outcome.per_reopening * ends.reopenings


def _process(layout: Layout, ends: Ends, names: chance.Names, shared: Floats) -> Floats:
    """Return satisfaction with the process from what it has in common with the outcome."""
    courtesy = np.where(ends.person >= 0, layout.crew.courtesy[ends.person], 0.0)
    return np.asarray(shared + _deviation(layout, OWN_PROCESS, names) + courtesy, np.float64)


@njit(cache=True, nogil=True)
def _ends(moved: Rows, created_s: Ints, replied_s: Ints) -> Any:
    """Return the columns of `Ends`."""
    n, many = len(created_s), 0
    for row in range(len(moved)):
        many += moved[row, 2] in (RESOLVED, LEFT)
    first_s, handed, again = np.full(n, -1, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    last, out = np.full(n, -1, np.int64), np.empty((7, many), np.int64)
    for ticket in range(len(replied_s)):
        if replied_s[ticket] < 0:
            first_s[ticket] = replied_s[ticket] - created_s[ticket]
    at = 0
    for row in range(len(moved)):
        ticket, what = moved[row, 0], moved[row, 2]
        if what in (REPLY, LEFT) and first_s[ticket] < 0 and moved[row, 4] != TOKEN:
            first_s[ticket] = moved[row, 1] - created_s[ticket]
        elif what == HANDED_ON:
            handed[ticket] += 1
        elif what == REOPENED:
            again[ticket] += 1
            if last[ticket] >= 0:
                out[6, last[ticket]] = moved[row, 1]
        if what in (RESOLVED, LEFT):
            out[0, at], out[1, at], out[2, at] = row, ticket, moved[row, 3]
            out[3, at], out[4, at], out[5, at] = first_s[ticket], handed[ticket], again[ticket]
            last[ticket], out[6, at] = at, NEVER_S
            at += 1
    return out
