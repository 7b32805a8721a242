"""From an engine's plain numbers to the log and the truth."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim import chance
from sim.desk import CONDUCTS
from sim.layout import Layout
from sim.log import Log, Tables
from sim.log.framing import Coded, Later, Nothing, Numbered, Sheet, framed
from sim.record.moments import Came, closings, moments_of
from sim.record.satisfaction import Ends, Leanings, ratings, satisfaction
from sim.record.shifts import shifts_of
from sim.record.touches import touches_of
from sim.record.verdicts import Course, by_solution, interleaved, judged, verdicts
from sim.record.words import Ints, Rows, enum_of, places, spelt
from sim.truth import Truth
from sim.world import known_solutions
from sim.world.learners import NOT_YET, learners_of


def assemble(
    layout: Layout,
    reached_s: int,
    moments: Rows,
    touches: Rows,
    segments: Rows,
    solved: NDArray[np.integer[Any]],
    conduct: Leanings,
) -> tuple[Log, Truth]:
    """Return log and truth of a run up to `reached_s`; a table is made when it is first read.

    Parameters
    ----------
    layout
        What the engine ran on.
    reached_s
        Instant up to which the run has come, in seconds.
    moments
        Rows of `MOMENT` in the order in which they happened, shape (k, 5); -1 for none. Creations, closings and
        ratings are added here: nothing in the desk depends on them.
    touches
        Rows of `TOUCH`, shape (k, 11); those of a ticket or person in the order of time; one that still runs has -1
        as its end.
    segments
        Rows of `SEGMENT`: the work in touches that were interrupted, shape (k, 3).
    solved
        By ticket of the world: 1 or 0 whether the last resolution was one, -1 before any; of any integer type.
    conduct
        How people leaned to each conduct, and since when: the first since second 0, the others rising.

    Notes
    -----
    The arrays are kept until the tables are made, so they must not be changed afterwards. The tables are made in the
    form that `sim.log.table` gives, and are not checked again.
    """
    desk = layout.desk
    moments = _of_tickets(layout, moments)
    came = int(np.searchsorted(layout.world.created_s, reached_s))
    makers: dict[str, Callable[[], pl.DataFrame | Sheet]] = {
        "cases": partial(_cases, layout, came),
        "moments": partial(_moments, layout, came, moments, solved, conduct, reached_s),
        "touches": partial(touches_of, layout, touches),
        "shifts": partial(shifts_of, layout, touches, segments, reached_s),
        "people": partial(_people, layout),
    }
    if desk.demand.population is not None:
        makers["learners"] = partial(_learners, layout)
    log = Log(
        timeline=desk.timeline(), until_s=reached_s, priorities=desk.priorities, tables=Tables(makers),
        currency=desk.currency, sla=desk.sla, calendars=dict(desk.calendars),
    )  # fmt: skip
    facts: dict[str, Callable[[], pl.DataFrame | Sheet]] = {
        "people": partial(_abilities, layout),
        "tickets": partial(_true_tickets, layout, came, touches, solved),
        "busyness": partial(_busyness, layout),
        "conduct": partial(_conduct, layout, conduct),
    }
    return log, Truth(Tables(facts))


def _of_tickets(layout: Layout, rows: Rows) -> Rows:
    """Return rows whose first column is a ticket, those of errands as rows of their tickets."""
    errands = np.flatnonzero(rows[:, 0] >= len(layout.world)) if len(layout.parent) else ()
    if not len(errands):
        return rows
    told = rows.copy()
    told[errands, 0] = layout.parent[rows[errands, 0] - len(layout.world)]
    return told


def _moments(
    layout: Layout, came: int, moved: Rows, solved: NDArray[np.integer[Any]], conduct: Leanings, reached_s: int
) -> Sheet:
    world = layout.world
    replies_at_once = np.array([layout.desk.demand.kinds[kind].auto_reply for kind in world.kinds])
    tickets = Came(world.created_s[:came], replies_at_once[world.kind[:came]], layout.opening_replied_s)
    held = closings(moved, len(world), layout.close_after_s, reached_s)
    ends = Ends.of(layout, moved, tickets.replied_s)
    felt = satisfaction(layout, ends) if layout.desk.outcome.voiced else None
    asked = ratings(layout, moved, held, ends, felt, conduct, reached_s)
    if len(known := known_solutions(layout.desk, world, layout.opening)):
        moved = by_solution(moved, ends, known)
    if felt is not None:
        course = Course(ends, moved[ends.row, 1].astype(np.int64), felt.mean(axis=0), asked, solved, reached_s)
        moved, held = interleaved(moved, held, verdicts(layout, course))
    return moments_of(layout, tickets, moved, held, asked)


def _cases(layout: Layout, came: int) -> Sheet:
    world, desk = layout.world, layout.desk
    kinds = [desk.demand.kinds[kind] for kind in world.kinds]
    category, categories = places(tuple(kind.category for kind in kinds))
    channel, channels = places(tuple(kind.channel for kind in kinds))
    kind = world.kind[:came]
    return Sheet(
        {
            "ticket": np.arange(came), "label": Nothing(pl.String),
            "learner": Numbered(world.learner[:came]), "category": Coded(category[kind], categories),
            "kind": Coded(kind, enum_of(world.kinds)), "channel": Coded(channel[kind], channels),
            "priority": Coded(world.priority[:came], enum_of(desk.priorities)),
            "difficulty": Nothing(pl.Float64) if desk.outcome.judged is None else Later(partial(_level, layout, came)),
        }
    )  # fmt: skip


def _level(layout: Layout, came: int) -> pl.Series:
    """Return the levels of difficulty of the tickets that came, null where there is none."""
    level = judged(layout, came)
    return pl.Series("difficulty", level).set(pl.Series(level < 0), None)


def _learners(layout: Layout) -> pl.DataFrame:
    people = learners_of(layout.desk.demand, layout.world.seed)
    assert people is not None
    joined_s = pl.Series("joined_s", people.joined_s)
    made = Sheet(
        {
            "learner": Numbered(np.arange(len(people))), "joined_s": joined_s.set(joined_s == NOT_YET, None),
            "course": Coded(people.course, enum_of(people.courses)),
            "stage": Coded(people.stage, enum_of(people.stages)),
        }
    )  # fmt: skip
    return made.frame().sort("learner")


def _people(layout: Layout) -> Sheet:
    crew = layout.crew
    order = np.argsort(places(crew.names)[0])
    columns = {"person": crew.names, "role": crew.roles, "team": crew.teams, "seat": crew.seats}
    return Sheet({name: spelt(names, order) for name, names in columns.items()})


def _abilities(layout: Layout) -> pl.DataFrame:
    crew = layout.crew
    skills = len(crew.skills)
    return pl.DataFrame(
        {
            "person": np.repeat(np.array(crew.names, object), skills).tolist(),
            "role": np.repeat(np.array(crew.roles, object), skills).tolist(),
            "skill": list(crew.skills) * len(crew), "speed": crew.rate_ppm.ravel() / 1_000_000,
            "quality": crew.quality.ravel(), "courtesy": np.repeat(crew.courtesy, skills),
            "tenure_weeks": [weeks if np.isfinite(weeks) else None for weeks in np.repeat(crew.tenure_weeks, skills)],
        },
        schema_overrides={"tenure_weeks": pl.Float64},
    )  # fmt: skip


def _true_tickets(layout: Layout, came: int, touched: Rows, solved: NDArray[np.integer[Any]]) -> pl.DataFrame:
    world = layout.world
    visits = np.zeros(len(world), np.int64)
    worked = _of_tickets(layout, touched[touched[:, 3] >= 0])
    np.maximum.at(visits, worked[:, 0], worked[:, 2] + 1)
    known = solved[:came]
    return framed(
        {
            "ticket": np.arange(came), "kind": Coded(world.kind[:came], enum_of(world.kinds)),
            "difficulty": world.difficulty[:came],
            "work_ms": world.work_ms[:came].sum(axis=1) + _beside_ms(layout, came),
            "visits": visits[:came], "solved": pl.Series("solved", known > 0).set(pl.Series(known < 0), None),
        }
    )  # fmt: skip


def _beside_ms(layout: Layout, came: int) -> Ints:
    """Return the work of the branches beside the stages of each ticket's first visit."""
    world, total = layout.world, np.zeros(came, np.int64)
    for kind, route in enumerate(layout.routes if layout.parallel else ()):
        rows = np.flatnonzero(world.kind[:came] == kind)
        for step in (route[at] for at, branch in enumerate(layout.branch_of[kind]) if branch):
            u = chance.uniforms(world.seed, step.work_purpose, world.name[rows])
            drawn = chance.quantiles(layout.tables, np.full(len(rows), step.work_row), u)
            total[rows] += np.rint(drawn).astype(np.int64)
    return total


def _conduct(layout: Layout, conduct: Leanings) -> pl.DataFrame:
    crew, parts = layout.crew, []
    for from_s, rows in conduct:
        facts = {"person": list(crew.names), "role": list(crew.roles), "from_s": np.full(len(crew), from_s)}
        parts.append(pl.DataFrame(facts | {name: rows[:, at] for at, name in enumerate(CONDUCTS)}))
    return pl.concat(parts)


def _busyness(layout: Layout) -> pl.DataFrame:
    days = layout.desk.start.toordinal() + np.arange(len(layout.world.busyness))
    return pl.DataFrame({"day": days, "factor": layout.world.busyness})
