"""Who is asked, who answers and what: written after the run, because nothing in the desk depends on it."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.laws import table_ms
from sim.layout import Layout
from sim.record.words import HANDED_ON, REOPENED, REPLY, Floats, Ints, Rows

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
    tickets, resolvers = moved[held, 0].astype(np.int64), moved[held, 3]
    if outcome.survey == 0 or not len(held):
        none = np.zeros(0, np.int64)
        return Ratings(np.zeros(len(held), np.bool_), none, none, np.zeros((2, 0), np.int64))
    asked = chance.uniforms(world.seed, SURVEY, world.name[tickets]) <= outcome.survey
    tickets, resolvers = tickets[asked], resolvers[asked]
    closed_s = moved[held[asked], 1].astype(np.int64) + layout.close_after_s
    latent = _satisfaction(layout, moved, tickets, resolvers, replied_s)
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


def _satisfaction(
    layout: Layout, moved: Rows, tickets: Ints, resolvers: Ints, replied_s: Ints
) -> tuple[Floats, Floats]:
    """Return latent outcome and process satisfaction in points.

    Both fall with each doubling of the wait for the first reply beyond the expectation and with each hand-off; the
    outcome also with each reopening; the process also moves with the courtesy of the last resolver. Half of the
    variance between tickets is common to both.
    """
    world, outcome = layout.world, layout.desk.outcome
    waited_s, handoffs, reopenings = _told(moved, world.created_s, replied_s)
    late = np.log2(np.maximum(waited_s[tickets] / 60 / outcome.expected_wait_min, 1.0))
    common = outcome.satisfaction - outcome.per_wait_doubling * late - outcome.per_handoff * handoffs[tickets]
    drawn = [
        special.ndtri(np.minimum(chance.uniforms(world.seed, purpose, world.name[tickets]), 1 - 2.0**-53))
        for purpose in (MOOD, OWN_OUTCOME, OWN_PROCESS)
    ]
    courtesy = layout.crew.courtesy[resolvers]
    own = outcome.satisfaction_sd * np.sqrt(0.5)
    shared = common + own * drawn[0]
    lost = outcome.per_reopening * reopenings[tickets]
    return shared + own * drawn[1] - lost, shared + own * drawn[2] + courtesy


@njit(cache=True, nogil=True)
def _told(moved: Rows, created_s: Ints, replied_s: Ints) -> Any:
    """Return by ticket the wait for the first reply in seconds (-1: none), how often it was handed on and reopened."""
    n = len(created_s)
    waited_s, handoffs, reopenings = np.full(n, -1, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for ticket in range(len(replied_s)):
        if replied_s[ticket] < 0:
            waited_s[ticket] = replied_s[ticket] - created_s[ticket]
    for row in range(len(moved)):
        ticket, what = moved[row, 0], moved[row, 2]
        if what == REPLY and waited_s[ticket] < 0:
            waited_s[ticket] = moved[row, 1] - created_s[ticket]
        elif what == HANDED_ON:
            handoffs[ticket] += 1
        elif what == REOPENED:
            reopenings[ticket] += 1
    return waited_s, handoffs, reopenings
