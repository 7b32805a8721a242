"""The tickets that are open when a run begins: taken from a log, real or simulated, or stated in a table."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim import chance
from sim.desk import Desk
from sim.log import Log, derive
from sim.world import World, drawn

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST = 1 << 20
"""Fewer tickets than this may be open: a name has 20 bits for the number of a ticket."""

OPENING = "opening.ticket"
_CODE = chance.code(OPENING)

COLUMNS = {
    "kind": pl.String, "priority": pl.String, "learner": pl.String, "created_s": pl.Int64, "ready_s": pl.Int64,
    "stage": pl.Int64, "owner": pl.String, "replied_s": pl.Int64, "reopens": pl.Int64, "begun": pl.Boolean,
    "asked": pl.Boolean, "referred": pl.Boolean,
}  # fmt: skip
"""Columns of a table of open tickets; see `Opening`."""


@dataclass(frozen=True, eq=False)
class Opening:
    """Tickets that are open at second 0 of a run, in the order of creation. Make one with `Opening.of`.

    Attributes
    ----------
    kind, priority
        Names, one per ticket.
    learner, owner
        Names, None if unknown; the owner is the person who last worked on it, None if nobody has.
    created_s, ready_s
        When it was created, below 0; when it became ready for its present stage, at most 0; shape (n,).
    stage
        Times that it was handed on, shape (n,).
    replied_s
        When somebody first replied, below 0, or 0 if nobody has, shape (n,).
    reopens
        Times that it was reopened, shape (n,).
    begun
        Whether the owner has worked on the present stage, so that it returns to them, shape (n,).
    asked
        Whether the requester was asked the question of the present stage already, shape (n,).
    referred
        Whether a third party was waited for at the present stage already, so that nothing is asked any more, shape
        (n,).
    """

    kind: tuple[str, ...]
    priority: tuple[str, ...]
    learner: tuple[str | None, ...]
    owner: tuple[str | None, ...]
    created_s: Ints
    ready_s: Ints
    stage: Ints
    replied_s: Ints
    reopens: Ints
    begun: Flags
    asked: Flags
    referred: Flags

    def __len__(self) -> int:
        return len(self.created_s)

    @classmethod
    def of(cls, rows: pl.DataFrame) -> Opening:
        """Return the open tickets of a checked table, in the order of creation.

        Parameters
        ----------
        rows
            `kind`, `priority` and `created_s`, and any others of `COLUMNS`; `ready_s` is `created_s` where it is
            missing, `begun` is whether there is an owner, counts are 0, nothing was asked, the rest is unknown.

        Raises
        ------
        ValueError
            If a column is unknown or missing or a value is out of its range; the message names row (from 0), column,
            value and what was expected.
        """
        frame = _typed(rows)
        for column, wrong, wanted in _RULES:
            found = frame.filter(wrong.fill_null(True))
            if found.height:
                row, value = found.row(0, named=True)["row"], found.row(0, named=True)[column]
                raise ValueError(f"opening: row {row}, {column}: must be {wanted}, got {value!r}")
        if frame.height >= MOST:
            raise ValueError(f"opening: fewer than {MOST} tickets may be open, got {frame.height}")
        frame = frame.sort("created_s", maintain_order=True)
        made: dict[str, Any] = {name: frame[name].to_numpy() for name in COLUMNS if name not in _WORDS}
        made |= {name: tuple(frame[name].to_list()) for name in _WORDS}
        return cls(**made)


_WORDS = ("kind", "priority", "learner", "owner")
_FILLED = {"stage": 0, "replied_s": 0, "reopens": 0, "asked": False, "referred": False}
_RULES = (
    ("kind", pl.col("kind").is_null(), "the name of a kind"),
    ("priority", pl.col("priority").is_null(), "the name of a priority"),
    ("created_s", ~(pl.col("created_s") < 0), "below 0: seconds to the begin of the run"),
    ("ready_s", ~pl.col("ready_s").is_between(pl.col("created_s"), 0), "between created_s and 0"),
    (
        "replied_s",
        ~((pl.col("replied_s") == 0) | pl.col("replied_s").is_between(pl.col("created_s"), -1)),
        "empty, or between created_s and -1",
    ),
    ("stage", ~pl.col("stage").is_between(0, 4095), "between 0 and 4095"),
    ("reopens", ~pl.col("reopens").is_between(0, chance.VISITS - 2), f"between 0 and {chance.VISITS - 2}"),
)


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a table with all columns, typed, and the number of each row."""
    for column in rows.columns:
        if column not in COLUMNS:
            near = get_close_matches(column, COLUMNS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(COLUMNS)}"
            raise ValueError(f"opening: unknown column {column!r}{hint}")
    for column in ("kind", "priority", "created_s"):
        if column not in rows.columns:
            raise ValueError(f"opening: column {column!r} is missing")
    columns = []
    for name, dtype in COLUMNS.items():
        values = rows[name] if name in rows.columns else pl.repeat(None, rows.height, dtype=dtype, eager=True)
        try:
            columns.append(values.cast(dtype).alias(name))
        except pl.exceptions.PolarsError as error:
            raise ValueError(f"opening: {name}: {str(error).splitlines()[0]}") from None
    frame = pl.DataFrame(columns).with_row_index("row")
    return frame.with_columns(
        pl.col("ready_s").fill_null(pl.col("created_s")),
        pl.col("begun").fill_null(pl.col("owner").is_not_null()),
        *(pl.col(name).fill_null(value) for name, value in _FILLED.items()),
    )


def opening_of(log: Log, at_s: int | None = None) -> Opening:
    """Return the tickets of a log that are open at an instant, which becomes second 0.

    Parameters
    ----------
    log
        A log, real or simulated.
    at_s
        The instant, in seconds of the log; its end by default. Only what lies before it counts.

    Returns
    -------
    Opening
        Tickets created before the instant and neither resolved, closed, gone, turned away nor merged by then. The
        stage is the number of times that it was handed on, bounces apart; the owner is who last began to work on it,
        else who last wrote about it. A ticket that waits for its requester or a third party at the instant is answered
        at second 0.

    Raises
    ------
    ValueError
        If the log has a million open tickets or more.
    """
    frame = open_tickets(log, log.until_s if at_s is None else at_s)
    return Opening.of(frame.drop("ticket"))


def open_tickets(log: Log, at_s: int) -> pl.DataFrame:
    """Return the tickets of a log that are open at an instant: the rows of `opening_of`, in its order, and `ticket`."""
    moments = log.moments.filter(pl.col("at_s") < at_s)
    began = pl.coalesce("started_s", "queued_s")
    touches = log.touches.filter(began.is_null() | (began < at_s))
    cases = log.cases.join(moments.filter(pl.col("what") == "created").select("ticket"), on="ticket", how="semi")
    cases = cases.sort("ticket")
    facts = derive(cases, moments, touches, timeline=log.timeline, until_s=at_s).frame()
    gone = ("resolved_s", "closed_s", "left_s", "blocked_s", "merged_s")
    still = facts.filter(pl.all_horizontal(pl.col(name).is_null() for name in gone))
    made = still.select("ticket", "kind", "priority", "learner", "created_s", "first_reply_s", "handoffs", "reopens")
    for more in (_last_turns(moments), _last_work(touches), _last_words(moments), _bounces(moments)):
        made = made.join(more, on="ticket", how="left", maintain_order="left")
    waiting = (pl.col("asked") | pl.col("referred")).fill_null(False) & (pl.col("turn") == "wait_begins")
    ready = pl.when(waiting).then(at_s).otherwise(pl.coalesce("queued_s", "turned_s", "created_s"))
    return made.sort("created_s", "ticket").select(
            "ticket", pl.col("kind", "priority").cast(pl.String), "learner", created_s=pl.col("created_s") - at_s,
            ready_s=pl.max_horizontal(pl.min_horizontal(ready, at_s), "created_s") - at_s,
            stage=pl.col("handoffs") - pl.col("bounces").fill_null(0),
            owner=pl.coalesce(pl.col("person", "writer").cast(pl.String)),
            replied_s=pl.col("first_reply_s") - at_s, reopens=pl.col("reopens"), asked=pl.col("asked"),
            referred=pl.col("referred"),
            begun=pl.col("person").is_not_null() & (pl.col("back") | (pl.col("started_s") >= pl.col("entered_s"))),
        )  # fmt: skip


def _last_turns(moments: pl.DataFrame) -> pl.DataFrame:
    """Return by ticket what last made it ready or wait, when, since when it is at its stage, and for whom it waited."""
    what = pl.col("what").cast(pl.String)
    waits, third = pl.col("turn") == "wait_begins", pl.col("reason").cast(pl.String).is_in(["third_party", "assist"])
    turns = moments.filter(what.is_in(["created", "handed_on", "wait_begins", "wait_ends", "reopened"]))
    turns = turns.sort("ticket", "at_s", "number").with_columns(what.alias("turn"))
    stage = (pl.col("turn").is_in(["handed_on", "reopened"])).cum_sum().over("ticket")
    turns = turns.with_columns(stage=stage).filter(pl.col("stage") == pl.col("stage").max().over("ticket"))
    return turns.group_by("ticket", maintain_order=True).agg(
        pl.col("turn").last(),
        turned_s=pl.col("at_s").last(),
        asked=(waits & ~third.fill_null(False)).any(),
        referred=(waits & third).any(),
        entered_s=pl.col("at_s").first(),
        back=pl.col("turn").first() == "reopened",
    )


def _bounces(moments: pl.DataFrame) -> pl.DataFrame:
    """Return by ticket how often a wrong department handed it on to the right one."""
    misrouted = pl.col("reason").cast(pl.String) == "misrouted"
    rows = moments.filter((pl.col("what") == "handed_on") & misrouted)
    return rows.group_by("ticket", maintain_order=True).agg(bounces=pl.len().cast(pl.Int64))


def _last_work(touches: pl.DataFrame) -> pl.DataFrame:
    """Return by ticket who last began to work on it, and since when that touch was ready, if it goes on."""
    called = pl.col("reason").cast(pl.String).is_in(["call_back", "assist", "supervision"]).fill_null(False)
    worked = touches.filter(pl.col("person").is_not_null() & pl.col("started_s").is_not_null() & ~called)
    worked = worked.sort("ticket", "started_s", maintain_order=True)
    goes_on = pl.when(pl.col("ended_s").is_null()).then("queued_s")
    return worked.group_by("ticket", maintain_order=True).agg(
        pl.col("person").last(), pl.col("started_s").last(), queued_s=goes_on.last()
    )


def _last_words(moments: pl.DataFrame) -> pl.DataFrame:
    """Return by ticket who last wrote about it."""
    wrote = pl.col("what").is_in(["reply", "handed_on", "escalated", "resolved"])
    rows = moments.filter(wrote & pl.col("who").is_not_null()).sort("ticket", "at_s", "number")
    return rows.group_by("ticket", maintain_order=True).agg(writer=pl.col("who").last())


def opened(desk: Desk, world: World, opening: Opening) -> World:
    """Return a world with the open tickets put first: their draws are those of their own names.

    Parameters
    ----------
    desk, world
        The desk, and a world of its demand.
    opening
        The open tickets.

    Returns
    -------
    World
        The k-th open ticket is named (code of `opening.ticket`, 0, k). Learners whose names are numbers keep them,
        others are numbered from the desk's number of learners on.

    Raises
    ------
    ValueError
        If a ticket is of a kind or a priority that the desk does not have.
    """
    chance.check_apart("demand.kinds", (*world.kinds, OPENING))
    kind = _places("kind", opening.kind, world.kinds)
    name = np.zeros((len(opening), 3), np.uint32)
    name[:, 0], name[:, 2] = _CODE, np.arange(len(opening))
    columns = drawn(desk, world.seed, kind, name) | {
        "kind": kind, "name": name, "created_s": opening.created_s // desk.clock_s * desk.clock_s,
        "priority": _places("priority", opening.priority, world.priorities),
        "learner": _learners(opening, desk.demand.learners),
    }  # fmt: skip
    joined = {
        column: np.concatenate([first, getattr(world, column).reshape(-1, *first.shape[1:])])
        for column, first in columns.items()
    }
    if len(copies := world.duplicate_of):
        shifted = np.where(copies < 0, -1, copies + len(opening))
        joined["duplicate_of"] = np.concatenate([np.full(len(opening), -1, np.int64), shifted])
    return World(
        seed=world.seed, kinds=world.kinds, priorities=world.priorities, until_s=world.until_s,
        busyness=world.busyness, demand=world.demand, **joined,
    )  # fmt: skip


def _places(what: str, names: tuple[str, ...], known: tuple[str, ...]) -> Ints:
    place = {name: number for number, name in enumerate(known)}
    for row, name in enumerate(names):
        if name not in place:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
            raise ValueError(f"opening: row {row}, {what}: the desk has no {what} {name!r}{hint}")
    return np.array([place[name] for name in names], np.int64)


def _learners(opening: Opening, learners: int) -> Ints:
    """Return the numbers of learners: those whose names are numbers keep them, the others get the next ones."""
    kept = [int(name) if name is not None and _is_number(name) else -1 for name in opening.learner]
    following = max([learners, *(number + 1 for number in kept)])
    given: dict[str, int] = {}
    out = np.array(kept, np.int64)
    for row in np.flatnonzero(out < 0):
        name = opening.learner[row]
        key = f"nobody {row}" if name is None else f"learner {name}"
        out[row] = given.setdefault(key, following + len(given))
    return out


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 16 and str(int(name)) == name
