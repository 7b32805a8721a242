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
from sim.desk import Audits, Recommendation, SecondAudit, Voice
from sim.laws import table_ms
from sim.layout import Layout
from sim.record.satisfaction import NEVER_S, Ends, Ratings
from sim.record.words import (
    AUDITED,
    AUDITED_AGAIN,
    BY_SOLUTION,
    COMPLAINT,
    MOMENT,
    RECOMMENDED,
    REFUND,
    Floats,
    Ints,
    Rows,
)

_VOICES = {COMPLAINT: "complaint", REFUND: "refund"}
_RECOMMENDS, _AUDIT, _FINDS, _JUDGED, _ERROR = (
    chance.code(purpose) for purpose in ("recommends", "audit", "audit.finds", "judged", "judged.error")
)
_AGAIN, _FINDS_AGAIN = (chance.code(purpose) for purpose in ("audit.again", "audit.again.finds"))


class Course(NamedTuple):
    """What happened, as far as verdicts depend on it.

    Attributes
    ----------
    ends, at_s, content
        Resolutions and leavings, when they were, and the satisfaction then: the mean of outcome and process.
    ratings
        Questionnaires about the resolutions that closed.
    solved
        By ticket: 1 or 0 whether the last resolution was one, -1 before any.
    reached_s
        Instant before which a verdict is seen, in seconds.
    """

    ends: Ends
    at_s: Ints
    content: Floats
    ratings: Ratings
    solved: NDArray[np.integer[Any]]
    reached_s: int


def verdicts(layout: Layout, course: Course) -> Rows:
    """Return rows of `MOMENT` of recommendations, complaints, refunds in dispute and audits, in the order of time."""
    outcome = layout.desk.outcome
    said: list[Ints] = [np.zeros((0, len(MOMENT)), np.int64)]
    if outcome.recommends is not None:
        said.append(_recommended(layout, course, outcome.recommends))
    for what, voice in ((COMPLAINT, outcome.complaints), (REFUND, outcome.refunds)):
        if voice is not None:
            said.append(_voiced(layout, course, what, voice))
    if outcome.audits is not None:
        said += [_audited(layout, course, outcome.audits, *month) for month in _months(layout, course.reached_s)]
    rows = np.concatenate(said)
    rows = rows[rows[:, 1] < course.reached_s]
    return rows[np.lexsort((rows[:, 2], rows[:, 0], rows[:, 1]))]


def interleaved(moved: Rows, held: Ints, said: Rows) -> tuple[Rows, Ints]:
    """Return both streams of rows as one in the order of time, and where the held ones are then.

    In one second what an engine wrote down comes first.
    """
    after = np.searchsorted(moved[:, 1], said[:, 1], side="right")
    return _inserted(moved, after, said), held + np.searchsorted(after, held, side="right")


@njit(cache=True, nogil=True)
def _inserted(rows: Any, after: Any, more: Any) -> Any:
    """Return rows with others put in: `after`, not falling, says before which row each of these comes."""
    out = np.empty((len(rows) + len(more), rows.shape[1]), rows.dtype)
    at, k = 0, 0
    for row in range(len(rows) + 1):
        while k < len(more) and after[k] == row:
            for column in range(rows.shape[1]):
                out[at, column] = more[k, column]
            at, k = at + 1, k + 1
        if row < len(rows):
            for column in range(rows.shape[1]):
                out[at, column] = rows[row, column]
            at += 1
    return out


def by_solution(moved: Rows, ends: Ends, known: NDArray[np.bool_]) -> Rows:
    """Return rows of `MOMENT` in which the first resolutions of tickets with a known solution are marked as by one."""
    first = (ends.person >= 0) & (ends.reopenings == 0) & known[ends.ticket]
    marked = moved.copy()
    marked[ends.row[first], 2] = BY_SOLUTION
    return marked


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


def _recommended(layout: Layout, course: Course, law: Recommendation) -> Ints:
    """Return how willingly those who answered the questionnaire recommend the desk."""
    ratings, content = course.ratings, np.empty(len(layout.world))
    content[course.ends.ticket] = course.content
    own = _normal(chance.uniforms(layout.world.seed, _RECOMMENDS, layout.world.name[ratings.ticket]))
    points = law.at_three + law.per_point * (content[ratings.ticket] - 3) + law.sd * own
    whole = np.clip(np.floor(points + 0.5), 0, 10).astype(np.int64)
    return _rows(ratings.ticket, ratings.rated_s, RECOMMENDED, whole)


def _voiced(layout: Layout, course: Course, what: int, voice: Voice) -> Ints:
    """Return one voice: of each ticket that of the first end that brings it."""
    world, purpose = layout.world, _VOICES[what]
    about = np.arange(len(course.at_s))
    if voice.kinds is not None:
        own = [world.kinds.index(name) for name in voice.kinds]
        about = np.flatnonzero(np.isin(world.kind[course.ends.ticket], own))
    names, visits = world.name[course.ends.ticket[about]], course.ends.reopenings[about]
    chances = special.expit(voice.logit + voice.per_point * (course.content[about] - 3))
    raised = np.flatnonzero(chance.of_visits(world.seed, chance.code(purpose), names, visits) <= chances)
    raised = raised[np.unique(course.ends.ticket[about[raised]], return_index=True)[1]]
    u = chance.of_visits(world.seed, chance.code(purpose, "delay"), names[raised], visits[raised])
    delay_ms = chance.quantiles(table_ms(voice.after)[None, :], np.zeros(len(raised), np.int64), u)
    delay_s = np.ceil(delay_ms / (1000 * layout.clock_s)).astype(np.int64) * layout.clock_s
    brings = about[raised]
    return _rows(course.ends.ticket[brings], course.at_s[brings] + delay_s, what)


def _months(layout: Layout, reached_s: int) -> list[tuple[int, int]]:
    """Return begin and end of the local months of the run, in seconds on the grain, that end before an instant."""
    timeline, start, grain = layout.desk.timeline(), layout.desk.start, layout.clock_s
    ends, year, month = [0], start.year, start.month
    while ends[-1] < reached_s:
        year, month = year + month // 12, month % 12 + 1
        ends.append(-(-timeline.second(date(year, month, 1), 0) // grain) * grain)
    return [(begin_s, end_s) for begin_s, end_s in pairwise(ends) if end_s < reached_s]


def _audited(layout: Layout, course: Course, audits: Audits, begin_s: int, end_s: int) -> Ints:
    """Return the results of one month: of each person's resolutions that stand at its end, the lowest lots.

    Parameters
    ----------
    layout, course, audits
        What the engine ran on, what happened, and the law.
    begin_s, end_s
        The month.
    """
    world, at_s = layout.world, course.at_s
    stands = (course.ends.person >= 0) & (at_s >= begin_s) & (at_s < end_s) & (course.ends.until_s >= end_s)
    ends = course.ends.some(stands)
    lots = chance.of_visits(world.seed, _AUDIT, world.name[ends.ticket], ends.reopenings)
    order = np.argsort(ends.person + lots / 2, kind="stable")
    _, first, many = np.unique(ends.person[order], return_index=True, return_counts=True)
    rank = np.arange(len(order)) - np.repeat(first, many)
    taken = ends.some(order[rank < np.repeat([sample_size(int(n), audits.share) for n in many], many)])
    told_s = end_s + _after_s(layout, audits.after_h)
    found = _found(layout, course, taken, audits, _FINDS, told_s, AUDITED)
    if audits.second is None:
        return found
    again = _lowest(layout, taken, audits.second.share)
    second_s = told_s + _after_s(layout, audits.second.after_h)
    return np.concatenate([found, _found(layout, course, again, audits.second, _FINDS_AGAIN, second_s, AUDITED_AGAIN)])


def _after_s(layout: Layout, hours: float) -> int:
    return int(np.ceil(hours * 3600 / layout.clock_s)) * layout.clock_s


def _lowest(layout: Layout, taken: Ends, share: float) -> Ends:
    """Return the audited resolutions that are audited again: the lowest lots of the whole month."""
    lots = chance.of_visits(layout.world.seed, _AGAIN, layout.world.name[taken.ticket], taken.reopenings)
    return taken.some(np.sort(np.argsort(lots, kind="stable")[: sample_size(len(lots), share)]))


def _found(
    layout: Layout, course: Course, taken: Ends, law: Audits | SecondAudit, purpose: int, told_s: int, what: int
) -> Ints:  # fmt: skip
    """Return what an audit finds of some resolutions: 1 where it finds them resolved."""
    truly = (course.solved[taken.ticket] == 1) & (taken.until_s == NEVER_S)
    u = chance.of_visits(layout.world.seed, purpose, layout.world.name[taken.ticket], taken.reopenings)
    failed = u <= np.where(truly, law.false_alarm, law.finds)
    return _rows(taken.ticket, np.full(len(failed), told_s), what, np.where(failed, 0, 1))


def sample_size(resolutions: int, share: float) -> int:
    """Return how many of a person's resolutions of a month are audited: the share, rounded up.

    A product that lies within a billionth above a whole number is that number: 0.1 x 30 is 3.
    """
    return int(np.ceil(resolutions * share - 1e-9))
