"""Who is asked, who answers and what: written after the run, because nothing in the desk depends on it."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.laws import table_ms
from sim.layout import Layout
from sim.record.words import HANDED_ON, LEFT, REOPENED, REPLY, Floats, Ints, Rows

SURVEY, ANSWERS, ANSWER_DELAY = (chance.code(purpose) for purpose in ("survey", "answers", "answer_delay"))
MOOD, OWN_OUTCOME, OWN_PROCESS = (chance.code(purpose) for purpose in ("mood", "manner", "manner.process"))
"""Deviations of satisfaction: the one that outcome and process share, and each one's own."""


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


def ratings(layout: Layout, moved: Rows, held: Ints, replied_s: Ints, reached_s: int) -> Ratings:
    """Return the questionnaires about the resolutions that closed.

    Parameters
    ----------
    layout
        What the engine ran on.
    moved, held
        Rows of `MOMENT`, and which of them are the resolutions that closed.
    replied_s
        Replies before the run, see `Came`.
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
    names = world.name[tickets]
    shared, result = _outcome(layout, moved, rows, names, replied_s)
    logit = outcome.answers_logit + outcome.answers_per_point * (result - 3)
    answers = np.flatnonzero(chance.uniforms(world.seed, ANSWERS, names) <= special.expit(logit))
    closed_s = moved[rows[answers], 1].astype(np.int64) + layout.close_after_s
    rated_s = closed_s + _delays_s(layout, names[answers])
    seen = np.flatnonzero(rated_s < reached_s)
    seen = seen[np.argsort(rated_s[seen], kind="stable")]
    told = answers[seen]
    process = _process(layout, moved, rows[told], names[told], shared[told])
    points = np.clip(np.floor(np.stack([result[told], process]) + 0.5), 1, 5).astype(np.int64)
    return Ratings(asked, tickets[told], rated_s[seen], points)


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


def satisfaction(layout: Layout, moved: Rows, rows: Ints, replied_s: Ints) -> tuple[Floats, Floats]:
    """Return latent outcome and process satisfaction in points, at some rows of `MOMENT`.

    Both fall with each doubling of the wait for the first reply beyond the expectation and with each hand-off; the
    outcome also with each reopening; the process also moves with the courtesy of the last resolver. Half of the
    variance between tickets is common to both.

    Parameters
    ----------
    layout
        What the engine ran on.
    moved, rows
        Rows of `MOMENT`, and which of them, rising: resolutions, or leavings, which a person has no part in and whose
        wait is that up to them. What comes after a row plays no part in it.
    replied_s
        Replies before the run, see `Came`.
    """
    names = layout.world.name[moved[rows, 0]]
    shared, outcome = _outcome(layout, moved, rows, names, replied_s)
    return outcome, _process(layout, moved, rows, names, shared)


def _outcome(layout: Layout, moved: Rows, rows: Ints, names: chance.Names, replied_s: Ints) -> tuple[Floats, Floats]:
    """Return what both sorts of satisfaction have in common, and that with the outcome."""
    outcome = layout.desk.outcome
    waited_s, handoffs, reopenings = told_at(moved, rows, layout.world.created_s, replied_s)
    late = np.log2(np.maximum(waited_s / 60 / outcome.expected_wait_min, 1.0))
    common = outcome.satisfaction - outcome.per_wait_doubling * late - outcome.per_handoff * handoffs
    shared = common + _deviation(layout, MOOD, names)
    return shared, shared + _deviation(layout, OWN_OUTCOME, names) - outcome.per_reopening * reopenings


def _process(layout: Layout, moved: Rows, rows: Ints, names: chance.Names, shared: Floats) -> Floats:
    """Return satisfaction with the process from what it has in common with the outcome."""
    resolvers = moved[rows, 3]
    courtesy = np.where(resolvers >= 0, layout.crew.courtesy[resolvers], 0.0)
    return np.asarray(shared + _deviation(layout, OWN_PROCESS, names) + courtesy, np.float64)


@njit(cache=True, nogil=True)
def told_at(moved: Rows, rows: Ints, created_s: Ints, replied_s: Ints) -> Any:
    """Return what had happened up to some rows, which rise, to the ticket of each.

    Its wait for the first reply in seconds (up to a leaving, if there was none by then; else -1), and how often it was
    handed on and reopened.
    """
    n, many = len(created_s), len(rows)
    first_s, handed, again = np.full(n, -1, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    waited_s, handoffs, reopenings = np.empty(many, np.int64), np.empty(many, np.int64), np.empty(many, np.int64)
    for ticket in range(len(replied_s)):
        if replied_s[ticket] < 0:
            first_s[ticket] = replied_s[ticket] - created_s[ticket]
    at = 0
    for row in range(len(moved)):
        ticket, what = moved[row, 0], moved[row, 2]
        if what in (REPLY, LEFT) and first_s[ticket] < 0:
            first_s[ticket] = moved[row, 1] - created_s[ticket]
        elif what == HANDED_ON:
            handed[ticket] += 1
        elif what == REOPENED:
            again[ticket] += 1
        if at < many and rows[at] == row:
            waited_s[at], handoffs[at], reopenings[at] = first_s[ticket], handed[ticket], again[ticket]
            at += 1
    return waited_s, handoffs, reopenings
