"""From an engine's plain numbers to the log and the truth: written once for all engines."""

from array import array

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.crew import Crew
from sim.laws import table_ms
from sim.layout import Layout
from sim.log import ENDED, PRESENT, WHAT, Log
from sim.truth import Truth

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

(CREATED, AUTO_REPLY, REPLY, WAIT_BEGINS, WAIT_ENDS, HANDED_ON, WARNED, RESOLVED, REOPENED, CLOSED, SURVEY_SENT, RATED,
 LEFT, BLOCKED) = (
    WHAT.index(what) for what in (
        "created", "auto_reply", "reply", "wait_begins", "wait_ends", "handed_on", "warned", "resolved", "reopened",
        "closed", "survey_sent", "rated", "left", "blocked",
    )
)  # fmt: skip
DONE, TRANSFERRED, PARKED, ENDED_LEFT = (ENDED.index(ended) for ended in ("done", "transferred", "parked", "left"))

MOMENT = ("ticket", "at_s", "what", "who", "value")
TOUCH = (
    "ticket", "stage", "visit", "person", "queued_s", "assigned_s", "accepted_s", "started_s", "ended_s", "work_s",
    "ended",
)  # fmt: skip
OUTCOME, PROCESS = 0, 1
_REASONS = ("outcome", "process")

SURVEY, ANSWERS, ANSWER_DELAY = (chance.code(purpose) for purpose in ("survey", "answers", "answer_delay"))
MOOD, OWN_OUTCOME, OWN_PROCESS = (chance.code(purpose) for purpose in ("mood", "manner", "manner.process"))
"""Deviations of satisfaction: the one that outcome and process share, and each one's own."""


def assemble(
    layout: Layout,
    reached_s: int,
    moments: array[int],
    touches: array[int],
    segments: array[int],
    solved: list[int],
) -> tuple[Log, Truth]:
    """Return log and truth of a run up to `reached_s`.

    Parameters
    ----------
    layout
        What the engine ran on.
    reached_s
        Instant up to which the run has come, in seconds.
    moments
        Flat rows of `MOMENT` in the order in which they happened; -1 for none. Creations, closings and ratings are
        added here: nothing in the desk depends on them.
    touches
        Flat rows of `TOUCH`; one that still runs has -1 as its end.
    segments
        Flat rows (person, begin_s, end_s) of the work in touches that were interrupted.
    solved
        By ticket: whether the last resolution was one, -1 before any.
    """
    desk = layout.desk
    came = int(np.searchsorted(layout.world.created_s, reached_s))
    moved = _rows(moments, len(MOMENT))
    touched = _rows(touches, len(TOUCH))
    everything = np.concatenate([_creations(layout, came), moved, *_afterwards(layout, moved, reached_s)])
    log = Log.of(
        timeline=desk.timeline(), until_s=reached_s, priorities=desk.priorities, cases=_cases(layout, came),
        moments=_moments(layout.crew, everything), touches=_touches(layout, touched),
        shifts=_shifts(layout, touched, _rows(segments, 3), reached_s), people=_people(layout.crew),
        currency=desk.currency, sla=desk.sla, calendars=dict(desk.calendars),
    )  # fmt: skip
    return log, _truth(layout, touched, solved, came)


def _rows(flat: array[int], width: int) -> Ints:
    return np.frombuffer(flat, np.int64).reshape(-1, width) if len(flat) else np.zeros((0, width), np.int64)


def _creations(layout: Layout, came: int) -> Ints:
    world = layout.world
    tickets = np.arange(came)
    rows = np.full((came, len(MOMENT)), -1, np.int64)
    rows[:, 0], rows[:, 1], rows[:, 2] = tickets, world.created_s[:came], CREATED
    automatic = np.array([layout.desk.demand.kinds[kind].auto_reply for kind in world.kinds])[world.kind[:came]]
    replies = rows[automatic].copy()
    replies[:, 2] = AUTO_REPLY
    return np.concatenate([rows, replies])


def _last(moved: Ints, what: int, column: int, n: int) -> Ints:
    """Return by ticket a column of the last moment of a sort, -1 without."""
    out = np.full(n, -1, np.int64)
    rows = moved[moved[:, 2] == what]
    out[rows[:, 0]] = rows[:, column]
    return out


def _afterwards(layout: Layout, moved: Ints, reached_s: int) -> list[Ints]:
    """Return closings, questionnaires and ratings: what follows from a resolution that holds."""
    world, outcome, n = layout.world, layout.desk.outcome, len(layout.world)
    resolved, reopened = _last(moved, RESOLVED, 1, n), _last(moved, REOPENED, 1, n)
    closed_s = resolved + layout.close_after_s
    tickets = np.flatnonzero((resolved > reopened) & (closed_s < reached_s))
    closings = _moment_rows(tickets, closed_s[tickets], CLOSED)
    if outcome.survey == 0 or not len(tickets):
        return [closings]
    names = world.name[tickets]
    asked = tickets[chance.uniforms(world.seed, SURVEY, names) <= outcome.survey]
    sent = _moment_rows(asked, closed_s[asked], SURVEY_SENT)
    latent = _satisfaction(layout, moved, asked)
    names = world.name[asked]
    logit = outcome.answers_logit + outcome.answers_per_point * (latent[OUTCOME] - 3)
    answers = chance.uniforms(world.seed, ANSWERS, names) <= special.expit(logit)
    delay_ms = chance.quantiles(
        table_ms(outcome.answer_delay)[None, :], np.zeros(len(asked), np.int64),
        chance.uniforms(world.seed, ANSWER_DELAY, names),
    )  # fmt: skip
    grain_ms = 1000 * layout.clock_s
    rated_s = closed_s[asked] + np.ceil(delay_ms / grain_ms).astype(np.int64) * layout.clock_s
    seen = answers & (rated_s < reached_s)
    rated = []
    for reason in (OUTCOME, PROCESS):
        points = np.clip(np.floor(latent[reason] + 0.5), 1, 5).astype(np.int64)
        rows = _moment_rows(asked[seen], rated_s[seen], RATED)
        rows[:, 3], rows[:, 4] = -2 - reason, points[seen]
        rated.append(rows)
    return [closings, sent, *rated]


def _moment_rows(tickets: Ints, at_s: Ints, what: int) -> Ints:
    rows = np.full((len(tickets), len(MOMENT)), -1, np.int64)
    rows[:, 0], rows[:, 1], rows[:, 2] = tickets, at_s, what
    return rows


def _satisfaction(layout: Layout, moved: Ints, tickets: Ints) -> tuple[Floats, Floats]:
    """Return latent outcome and process satisfaction in points.

    Both fall with each doubling of the wait for the first reply beyond the expectation and with each hand-off; the
    outcome also with each reopening; the process also moves with the courtesy of the last resolver. Half of the
    variance between tickets is common to both.
    """
    world, outcome, n = layout.world, layout.desk.outcome, len(layout.world)
    replies = moved[moved[:, 2] == REPLY]
    wait_min = np.zeros(n)
    wait_min[replies[:, 0]] = (replies[:, 1] - world.created_s[replies[:, 0]]) / 60
    late = np.log2(np.maximum(wait_min[tickets] / outcome.expected_wait_min, 1.0))
    counts = [np.bincount(moved[moved[:, 2] == what][:, 0], minlength=n)[tickets] for what in (HANDED_ON, REOPENED)]
    common = outcome.satisfaction - outcome.per_wait_doubling * late - outcome.per_handoff * counts[0]
    drawn = [
        special.ndtri(np.minimum(chance.uniforms(world.seed, purpose, world.name[tickets]), 1 - 2.0**-53))
        for purpose in (MOOD, OWN_OUTCOME, OWN_PROCESS)
    ]
    resolver = _last(moved, RESOLVED, 3, n)[tickets]
    courtesy = layout.crew.courtesy[resolver]
    own = outcome.satisfaction_sd * np.sqrt(0.5)
    shared = common + own * drawn[0]
    return shared + own * drawn[1] - outcome.per_reopening * counts[1], shared + own * drawn[2] + courtesy


def _cases(layout: Layout, came: int) -> pl.DataFrame:
    world, desk = layout.world, layout.desk
    kinds = [desk.demand.kinds[kind] for kind in world.kinds]
    return pl.DataFrame(
        {
            "ticket": np.arange(came),
            "learner": pl.Series(world.learner[:came]).cast(pl.String),
            "kind": _named(world.kind[:came], world.kinds),
            "category": _named(world.kind[:came], [kind.category for kind in kinds]),
            "channel": _named(world.kind[:came], [kind.channel for kind in kinds]),
            "priority": _named(world.priority[:came], desk.priorities, ordered=True),
        }
    )


def _named(codes: Ints, names: tuple[str, ...] | list[str], *, ordered: bool = False) -> pl.Series:
    """Return names for codes as an enum; a code below 0 is null. Names may repeat unless their order counts."""
    known = list(names) if ordered else sorted(set(names))
    place = np.array([known.index(name) for name in names] + [0], np.int64)[codes]
    series = pl.Series(place.astype(np.uint32)).cat.to(pl.Enum(known)) if known else pl.Series([None] * len(codes))
    return series.set(pl.Series(codes < 0), None) if (codes < 0).any() else series


def _moments(crew: Crew, rows: Ints) -> pl.DataFrame:
    order = np.lexsort((np.arange(len(rows)), rows[:, 1], rows[:, 0]))
    rows = rows[order]
    first = np.flatnonzero(np.diff(rows[:, 0], prepend=-1))
    number = np.arange(len(rows)) - np.repeat(first, np.diff(np.append(first, len(rows))))
    reason = np.where(rows[:, 3] < -1, -2 - rows[:, 3], -1)
    value = pl.Series(rows[:, 4])
    return pl.DataFrame(
        {
            "ticket": rows[:, 0], "at_s": rows[:, 1], "number": number.astype(np.int32),
            "what": _named(rows[:, 2], WHAT, ordered=True), "who": _named(np.maximum(rows[:, 3], -1), crew.names),
            "reason": _named(reason, _REASONS), "value": value.set(value < 0, None),
        }
    )  # fmt: skip


def _touches(layout: Layout, rows: Ints) -> pl.DataFrame:
    crew, kind = layout.crew, layout.world.kind[rows[:, 0]]
    stages = max(len(route) for route in layout.routes)
    skill = np.full((len(layout.routes), stages), -1, np.int64)
    department = np.full((len(layout.routes), stages), -1, np.int64)
    wanted = [[s.department for s in layout.desk.demand.kinds[k].route] for k in layout.world.kinds]
    departments = sorted({name for names in wanted for name in names})
    for number, route in enumerate(layout.routes):
        skill[number, : len(route)] = [step.skill for step in route]
        department[number, : len(route)] = [departments.index(name) for name in wanted[number]]
    columns = {name: pl.Series(rows[:, place]) for place, name in enumerate(TOUCH)}
    plain = {
        name: columns[name].set(columns[name] < 0, None)
        for name in ("ticket", "queued_s", "assigned_s", "accepted_s", "started_s", "ended_s", "work_s")
    }
    person = rows[:, 3]
    return pl.DataFrame(
        plain
        | {
            "stage": columns["stage"].cast(pl.Int16), "branch": pl.zeros(len(rows), pl.Int16, eager=True),
            "person": _named(person, crew.names), "seat": _named(person, crew.seats),
            "team": _named(person, crew.teams),
            "department": _named(department[kind, rows[:, 1]], departments),
            "skill": _named(skill[kind, rows[:, 1]], crew.skills), "ended": _named(rows[:, 10], ENDED, ordered=True),
        }
    )  # fmt: skip


def _people(crew: Crew) -> pl.DataFrame:
    return pl.DataFrame(
        {"person": crew.names, "role": crew.roles, "team": crew.teams, "seat": crew.seats},
        schema=dict.fromkeys(("person", "role", "team", "seat"), pl.String),
    )


class _Busy:
    """Busy seconds of every person as one cumulative function of time."""

    def __init__(self, touches: Ints, segments: Ints, reached_s: int) -> None:
        people = touches[touches[:, 3] >= 0]
        ends = np.where(people[:, 8] >= 0, people[:, 8], reached_s)
        whole = ends - people[:, 7] == people[:, 9]
        spans = np.concatenate([np.stack([people[:, 3], people[:, 7], ends], 1)[whole], segments])
        self.width = 4 * (reached_s + 1)
        begin = spans[:, 0] * self.width + spans[:, 1]
        order = np.argsort(begin, kind="stable")
        self.begin, self.length = begin[order], (spans[:, 2] - spans[:, 1])[order]
        self.before = np.concatenate([[0], np.cumsum(self.length)])

    def until(self, person: Ints, at_s: Ints) -> Ints:
        """Return the busy seconds of all people before `person`, and of `person` before `at_s`."""
        place = person * self.width + at_s
        found = np.searchsorted(self.begin, place, side="left")
        if not len(self.begin):
            return np.zeros_like(place)
        last = np.maximum(found - 1, 0)
        part = np.minimum(place - self.begin[last], self.length[last])
        return np.where(found > 0, self.before[last] + part, 0)

    def between(self, person: Ints, begin_s: Ints, end_s: Ints) -> Ints:
        return self.until(person, end_s) - self.until(person, begin_s)


def _shifts(layout: Layout, touches: Ints, segments: Ints, reached_s: int) -> pl.DataFrame:
    """Return one row per shift that has begun; busy + idle + break + meeting + late + absent = end - start."""
    crew = layout.crew
    duties = [duty for duty in crew.duties if duty.start_s < reached_s]
    person, start = (np.array([getattr(d, name) for d in duties], np.int64) for name in ("person", "start_s"))
    end = np.array([min(d.end_s, reached_s) for d in duties], np.int64)
    absent = np.array([d.absent for d in duties], np.bool_)
    busy = _Busy(touches, segments, reached_s)
    busy_s = np.where(absent, 0, busy.between(person, start, end))
    gaps = [
        (row, a, min(b, reached_s))
        for row, duty in enumerate(duties)
        for a, b in zip([s[1] for s in duty.spans], [s[0] for s in duty.spans[1:]], strict=False)
        if a < reached_s
    ]
    gap = np.array(gaps, np.int64).reshape(-1, 3)
    pause_s, worked_through_s = (np.zeros(len(duties), np.int64) for _ in range(2))
    np.add.at(pause_s, gap[:, 0], gap[:, 2] - gap[:, 1])
    np.add.at(worked_through_s, gap[:, 0], busy.between(person[gap[:, 0]], gap[:, 1], gap[:, 2]))
    next_s = np.full(len(duties), reached_s, np.int64)
    following: dict[int, int] = {}
    for row in range(len(duties) - 1, -1, -1):
        next_s[row] = following.get(int(person[row]), reached_s)
        if not absent[row]:
            following[int(person[row])] = int(start[row])
    overtime = np.where(absent, 0, busy.between(person, end, np.maximum(next_s, end)))
    approved = np.array([d.approved for d in duties], np.bool_)
    paid = np.where(absent & ~approved, 0, end - start - pause_s)
    wage = crew.wage_per_h[person] / 36.0
    cost = np.rint(wage * paid + wage * crew.overtime_factor[person] * overtime).astype(np.int64)
    presence = np.where(absent, np.where(approved, 1, 2), 0)
    nothing = np.zeros(len(duties), np.int64)
    return pl.DataFrame(
        {
            "person": _named(person, crew.names), "seat": _named(person, crew.seats),
            "role": _named(person, crew.roles), "team": _named(person, crew.teams),
            "start_s": start, "end_s": end, "paid_s": paid, "busy_s": busy_s,
            "break_s": np.where(absent, 0, pause_s - worked_through_s), "meeting_s": nothing, "late_s": nothing,
            "absent_s": np.where(absent, end - start, 0), "presence": _named(presence, PRESENT, ordered=True),
            "overtime_s": overtime, "cost_minor": cost,
        }
    )  # fmt: skip


def _truth(layout: Layout, touched: Ints, solved: list[int], came: int) -> Truth:
    crew, world = layout.crew, layout.world
    visits = np.zeros(len(world), np.int64)
    worked = touched[touched[:, 3] >= 0]
    np.maximum.at(visits, worked[:, 0], worked[:, 2] + 1)
    skills = len(crew.skills)
    known = pl.Series(solved[:came], dtype=pl.Int64)
    people = pl.DataFrame(
        {
            "person": np.repeat(np.array(crew.names, object), skills).tolist(),
            "role": np.repeat(np.array(crew.roles, object), skills).tolist(),
            "skill": list(crew.skills) * len(crew), "speed": crew.rate_ppm.ravel() / 1_000_000,
            "quality": crew.quality.ravel(), "courtesy": np.repeat(crew.courtesy, skills),
        }
    )  # fmt: skip
    tickets = pl.DataFrame(
        {
            "ticket": np.arange(came), "kind": _named(world.kind[:came], world.kinds),
            "difficulty": world.difficulty[:came], "work_ms": world.work_ms[:came].sum(axis=1),
            "visits": visits[:came], "solved": known.set(known < 0, None).cast(pl.Boolean),
        }
    )  # fmt: skip
    days = layout.desk.start.toordinal() + np.arange(len(world.busyness))
    return Truth(people, tickets, pl.DataFrame({"day": days, "factor": world.busyness}))
