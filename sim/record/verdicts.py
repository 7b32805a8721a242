"""What learners and auditors say of the work: written after the run, because nothing in the desk depends on it.

Nothing that is said depends on what happened later: a log of the first days is the beginning of the log.
"""

from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.desk import Audits, Voice
from sim.laws import table_ms
from sim.layout import Layout
from sim.record.satisfaction import Ratings, satisfaction
from sim.record.words import (
    AUDITED,
    COMPLAINT,
    LEFT,
    RECOMMENDED,
    REFUND,
    REOPENED,
    RESOLVED,
    Floats,
    Ints,
    Rows,
)

_VOICES = {COMPLAINT: "complaint", REFUND: "refund"}
_RECOMMENDS, _AUDIT, _FINDS, _JUDGED, _ERROR = (
    chance.code(purpose) for purpose in ("recommends", "audit", "audit.finds", "judged", "judged.error")
)


class Course(NamedTuple):
    """What happened, as far as verdicts depend on it.

    Attributes
    ----------
    moved, held
        Rows of `MOMENT` in the order in which they happened, and which of them are the resolutions that closed.
    replied_s
        Replies before the run, see `Came`.
    ratings
        Questionnaires about the resolutions that closed.
    solved
        By ticket: 1 or 0 whether the last resolution was one, -1 before any.
    reached_s
        Instant before which a verdict is seen, in seconds.
    """

    moved: Rows
    held: Ints
    replied_s: Ints
    ratings: Ratings
    solved: NDArray[np.integer[Any]]
    reached_s: int


def verdicts(layout: Layout, course: Course) -> Rows:
    """Return rows of `MOMENT` of recommendations, complaints, refunds in dispute and audits, in the order of time."""
    outcome = layout.desk.outcome
    said: list[Ints] = []
    if outcome.recommends is not None:
        said.append(_recommended(layout, course))
    voices = [(COMPLAINT, outcome.complaints), (REFUND, outcome.refunds)]
    if any(voice is not None for _, voice in voices):
        over = _over(course.moved)
        content = np.mean(satisfaction(layout, course.moved, over.row, course.replied_s), axis=0)
        said += [_voiced(layout, course, over, content, what, voice) for what, voice in voices if voice is not None]
    if outcome.audits is not None:
        said.append(_audited(layout, course, outcome.audits))
    rows = np.concatenate([np.zeros((0, 5), np.int64), *said])
    rows = rows[rows[:, 1] < course.reached_s]
    return rows[np.lexsort((rows[:, 2], rows[:, 0], rows[:, 1]))].astype(course.moved.dtype)


def interleaved(moved: Rows, held: Ints, said: Rows) -> tuple[Rows, Ints]:
    """Return both streams of rows as one in the order of time, and where the held ones are then.

    In one second what an engine wrote down comes first.
    """
    order = np.argsort(np.concatenate([moved[:, 1], said[:, 1]]), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return np.concatenate([moved, said])[order], place[held]


def judged(layout: Layout, came: int) -> Floats:
    """Return the level that the board gives each of the tickets that came, from 1; -1 for those it does not judge."""
    world, board = layout.world, layout.desk.outcome.judged
    if board is None:
        return np.full(came, -1.0)
    names = world.name[:came]
    error = board.error_sd * _normal(chance.uniforms(world.seed, _ERROR, names))
    level = 1.0 + np.searchsorted(np.array(board.levels), world.difficulty[:came] + error, side="right")
    return np.where(chance.uniforms(world.seed, _JUDGED, names) <= board.share, level, -1.0)


def _normal(u: Floats) -> Floats:
    return np.asarray(special.ndtri(np.minimum(u, 1 - 2.0**-53)), np.float64)


def _rows(ticket: Ints, at_s: Ints, what: int, value: Ints | int = -1) -> Ints:
    made = np.full((len(ticket), 5), -1, np.int64)
    made[:, 0], made[:, 1], made[:, 2], made[:, 4] = ticket, at_s, what, value
    return made


def _recommended(layout: Layout, course: Course) -> Ints:
    """Return how willingly those who answered the questionnaire recommend the desk."""
    outcome, ratings = layout.desk.outcome, course.ratings
    assert outcome.recommends is not None
    closed = np.full(len(layout.world), -1, np.int64)
    closed[course.moved[course.held, 0]] = course.held
    rows = np.sort(closed[ratings.ticket])
    content = np.empty(len(layout.world))
    content[course.moved[rows, 0]] = np.mean(satisfaction(layout, course.moved, rows, course.replied_s), axis=0)
    own = _normal(chance.uniforms(layout.world.seed, _RECOMMENDS, layout.world.name[ratings.ticket]))
    law = outcome.recommends
    points = law.at_three + law.per_point * (content[ratings.ticket] - 3) + law.sd * own
    return _rows(ratings.ticket, ratings.rated_s, RECOMMENDED, np.clip(np.floor(points + 0.5), 0, 10).astype(np.int64))


class _Over(NamedTuple):
    """Resolutions and leavings: the row, and how many reopenings of the ticket came before; and what came of them.

    Attributes
    ----------
    row, visit
        Rows of `MOMENT` in their order, and how often the ticket had been reopened by then.
    until_s
        When the ticket was reopened after it, 2^62 if it was not.
    """

    row: Ints
    visit: Ints
    until_s: Ints


@njit(cache=True, nogil=True)
def _ends(moved: Rows) -> Any:
    most = 0
    for row in range(len(moved)):
        most = max(most, moved[row, 0])
    many = np.zeros(most + 1, np.int64)
    last = np.full(most + 1, -1, np.int64)
    found, visit, until_s = (
        np.empty(len(moved), np.int64),
        np.empty(len(moved), np.int64),
        np.empty(len(moved), np.int64),
    )
    size = 0
    for row in range(len(moved)):
        ticket, what = moved[row, 0], moved[row, 2]
        if what in (RESOLVED, LEFT):
            found[size], visit[size], until_s[size] = row, many[ticket], 2**62
            last[ticket] = size
            size += 1
        elif what == REOPENED:
            many[ticket] += 1
            if last[ticket] >= 0:
                until_s[last[ticket]] = moved[row, 1]
    return found[:size].copy(), visit[:size].copy(), until_s[:size].copy()


def _over(moved: Rows) -> _Over:
    return _Over(*_ends(moved))


def _voiced(layout: Layout, course: Course, over: _Over, content: Floats, what: int, voice: Voice) -> Ints:
    """Return one voice: of each ticket that of the first resolution, or the leaving, that brings it."""
    world, purpose = layout.world, _VOICES[what]
    ticket = course.moved[over.row, 0].astype(np.int64)
    names = world.name[ticket]
    chances = special.expit(voice.logit + voice.per_point * (content - 3))
    raised = chance.of_visits(world.seed, chance.code(purpose), names, over.visit) <= chances
    if voice.kinds is not None:
        raised &= np.isin(world.kind[ticket], [world.kinds.index(name) for name in voice.kinds])
    brings = np.flatnonzero(raised)
    brings = brings[np.unique(ticket[brings], return_index=True)[1]]
    delay_ms = chance.quantiles(
        table_ms(voice.after)[None, :], np.zeros(len(brings), np.int64),
        chance.of_visits(world.seed, chance.code(purpose, "delay"), names[brings], over.visit[brings]),
    )  # fmt: skip
    delay_s = np.ceil(delay_ms / (1000 * layout.clock_s)).astype(np.int64) * layout.clock_s
    return _rows(ticket[brings], course.moved[over.row[brings], 1].astype(np.int64) + delay_s, what)


def _audited(layout: Layout, course: Course, audits: Audits) -> Ints:
    """Return the results of the audits of all months that end before the log does."""
    over = _over(course.moved)
    found = [_of_month(layout, course, audits, over, *month) for month in _months(layout, course.reached_s)]
    return np.concatenate([np.zeros((0, 5), np.int64), *found])


def _months(layout: Layout, reached_s: int) -> list[tuple[int, int]]:
    """Return begin and end of the local months of the run, in seconds on the grain, that end before an instant."""
    timeline, start, grain = layout.desk.timeline(), layout.desk.start, layout.clock_s
    ends, year, month = [0], start.year, start.month
    while ends[-1] < reached_s:
        year, month = year + month // 12, month % 12 + 1
        ends.append(-(-timeline.second(date(year, month, 1), 0) // grain) * grain)
    return [(begin_s, end_s) for begin_s, end_s in pairwise(ends) if end_s < reached_s]


def _of_month(layout: Layout, course: Course, audits: Audits, over: _Over, begin_s: int, end_s: int) -> Ints:
    """Return the results of one month: of each person's resolutions that stand at its end, the lowest lots.

    Parameters
    ----------
    layout, course, audits, over
        What the engine ran on, what happened, the law, and the resolutions.
    begin_s, end_s
        The month.
    """
    world = layout.world
    at_s = course.moved[over.row, 1]
    stands = (course.moved[over.row, 2] == RESOLVED) & (at_s >= begin_s) & (at_s < end_s) & (over.until_s >= end_s)
    row, visit, reopened = over.row[stands], over.visit[stands], over.until_s[stands] < 2**62
    ticket, person = course.moved[row, 0].astype(np.int64), course.moved[row, 3]
    names = world.name[ticket]
    lots = chance.of_visits(world.seed, _AUDIT, names, visit)
    order = np.lexsort((ticket, lots, person))
    _, first, many = np.unique(person[order], return_index=True, return_counts=True)
    rank = np.arange(len(order)) - np.repeat(first, many)
    taken = order[rank < np.repeat([sample_size(int(n), audits.share) for n in many], many)]
    truly = (course.solved[ticket[taken]] == 1) & ~reopened[taken]
    failed = chance.of_visits(world.seed, _FINDS, names[taken], visit[taken]) <= np.where(
        truly, audits.false_alarm, audits.finds
    )
    grain = layout.clock_s
    told_s = end_s + int(np.ceil(audits.after_h * 3600 / grain)) * grain
    return _rows(ticket[taken], np.full(len(taken), told_s), AUDITED, np.where(failed, 0, 1))


def sample_size(resolutions: int, share: float) -> int:
    """Return how many of a person's resolutions of a month are audited: the share, rounded up.

    A product that lies within a billionth above a whole number is that number: 0.1 x 30 is 3.
    """
    return int(np.ceil(resolutions * share - 1e-9))
