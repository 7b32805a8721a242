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
    tickets = tickets[asked]
    closed_s = moved[held[asked], 1].astype(np.int64) + layout.close_after_s
    latent = satisfaction(layout, moved, held[asked], replied_s)
    names = world.name[tickets]
    logit = outcome.answers_logit + outcome.answers_per_point * (latent[0] - 3)
    answers = chance.uniforms(world.seed, ANSWERS, names) <= special.expit(logit)
    delay_ms = chance.quantiles(
        table_ms(outcome.answer_delay)[None, :], np.zeros(len(tickets), np.int64),
        chance.uniforms(world.seed, ANSWER_DELAY, names),
    )  # fmt: skip
    grain_ms = 1000 * layout.clock_s
    rated_s = closed_s + np.ceil(delay_ms / grain_ms).astype(np.int64) * layout.clock_s
    seen = np.flatnonzero(answers & (rated_s < reached_s))
    seen = seen[np.argsort(rated_s[seen], kind="stable")]
    points = np.clip(np.floor(np.stack(latent)[:, seen] + 0.5), 1, 5).astype(np.int64)
    return Ratings(asked, tickets[seen], rated_s[seen], points)


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
    world, outcome = layout.world, layout.desk.outcome
    tickets, resolvers = moved[rows, 0].astype(np.int64), moved[rows, 3]
    waited_s, handoffs, reopenings = told_at(moved, rows, world.created_s, replied_s)
    late = np.log2(np.maximum(waited_s / 60 / outcome.expected_wait_min, 1.0))
    common = outcome.satisfaction - outcome.per_wait_doubling * late - outcome.per_handoff * handoffs
    drawn = [
        special.ndtri(np.minimum(chance.uniforms(world.seed, purpose, world.name[tickets]), 1 - 2.0**-53))
        for purpose in (MOOD, OWN_OUTCOME, OWN_PROCESS)
    ]
    courtesy = np.where(resolvers >= 0, layout.crew.courtesy[resolvers], 0.0)
    own = outcome.satisfaction_sd * np.sqrt(0.5)
    shared = common + own * drawn[0]
    lost = outcome.per_reopening * reopenings
    return shared + own * drawn[1] - lost, shared + own * drawn[2] + courtesy


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
