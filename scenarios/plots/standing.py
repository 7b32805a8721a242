"""Queue against capacity, as numbers: tickets that wait and people who are free, by hour of the day."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios.plots.hours import HOUR_S, Floats, Grid, grid, held, on_duty
from sim.calendar import Seconds
from sim.crew import Crew
from sim.log import Log

DAY_H = 24
FEW = 4
"""A cell of fewer observed hours says how many they are."""


class Heat(NamedTuple):
    """Tickets that wait against people who are free, by row and hour of the day.

    Attributes
    ----------
    by_day
        Whether the rows are weekdays, or teams.
    rows
        Names of the rows: numbers of weekdays (0 is Monday) or teams.
    waiting
        Tickets that wait for a person, mean over the hour, shape (rows, 24); NaN where nothing was observed.
    free, on_duty
        People on duty without a ticket in hand, and people on duty; None where no shifts are known.
    n
        Observed hours behind each cell.
    """

    by_day: bool
    rows: tuple[str, ...]
    waiting: Floats
    free: Floats | None
    on_duty: Floats | None
    n: NDArray[np.int64]

    def gap(self) -> Floats:
        """Return waiting tickets less free people, or the waiting tickets where capacity is unknown."""
        return self.waiting if self.free is None else self.waiting - self.free


class Queue(NamedTuple):
    """The maps of a log.

    Attributes
    ----------
    days, teams
        By weekday, and by team; None where no team is known.
    waits_for
        `start`: a ticket waits while it is ready and nobody works on it; `reply`: until its first human reply.
    breaks_known
        Whether people in a break or a meeting are left out of those who are free.
    no_team
        Share of the waiting time of tickets that no team ever took; it is in no row of `teams`.
    """

    days: Heat
    teams: Heat | None
    waits_for: str
    breaks_known: bool
    no_team: float


class _Lines(NamedTuple):
    """Stretches, whose they are (a number) and the team that they belong to; null for none."""

    who: NDArray[np.int64]
    begin_s: Seconds
    end_s: Seconds
    team: pl.Series

    def of(self, team: str | None) -> tuple[Seconds, Seconds]:
        """Return the stretches of a team, or all of them."""
        if team is None:
            return self.begin_s, self.end_s
        own = (self.team == team).fill_null(False).to_numpy()
        return self.begin_s[own], self.end_s[own]


def queue(log: Log, crew: Crew | None = None) -> Queue:
    """Return the maps of queue against capacity.

    Parameters
    ----------
    log
        The log.
    crew
        The crew of the world that the log is of, as it knows when breaks and meetings are.
    """
    made = grid(log)
    waits, waits_for = _waiting(log)
    duty = _on_duty(log) if crew is None else _of_crew(crew, log)
    lines = (waits,) if not len(duty.who) else (waits, duty, _free(log, duty))
    known = sorted({team for each in lines for team in each.team.drop_nulls()})
    length = waits.end_s - waits.begin_s
    outside = int(length[waits.team.is_null().to_numpy()].sum()) / max(int(length.sum()), 1)
    teams = _heat(made, known, lines) if known else None
    return Queue(_heat(made, [], lines), teams, waits_for, crew is not None, outside)


def _heat(made: Grid, teams: list[str], lines: tuple[_Lines, ...]) -> Heat:
    """Return one map: its rows are the teams, or the weekdays if none is named."""
    cells, size = (made.hour % DAY_H, DAY_H) if teams else (made.hour, 7 * DAY_H)
    n = np.bincount(cells, minlength=size)

    def table(some: _Lines) -> Floats:
        sums = np.stack([_by_cell(made, *some.of(team), cells, size) for team in teams or (None,)])
        with np.errstate(invalid="ignore"):
            return np.where(n > 0, sums / HOUR_S / np.maximum(n, 1), np.nan).reshape(-1, DAY_H)

    waiting, *capacity = map(table, lines)
    many = np.broadcast_to(n.reshape(-1, DAY_H), waiting.shape)
    on_duty, free = capacity if capacity else (None, None)
    return Heat(not teams, tuple(teams) or tuple(map(str, range(7))), waiting, free, on_duty, many)


def _by_cell(made: Grid, begin_s: Seconds, end_s: Seconds, cells: NDArray[np.int64], size: int) -> Floats:
    begin, end = np.clip(begin_s, 0, made.end_s), np.clip(end_s, 0, made.end_s)
    return np.bincount(cells, held(begin, end, len(cells)), size)


def _waiting(log: Log) -> tuple[_Lines, str]:
    """Return when tickets waited for a person, and what that means."""
    rows = log.touches.filter(pl.col("queued_s").is_not_null())
    if rows.height:
        what, begins, ends = "start", pl.col("queued_s"), pl.coalesce("started_s", "ended_s")
    else:
        rows = log.tickets.with_columns(team=pl.lit(None, pl.String))
        what, begins = "reply", pl.col("created_s")
        ends = pl.coalesce("first_reply_s", "left_s", "blocked_s", "merged_s")
    columns = {"begin": begins, "end": ends.fill_null(log.until_s), "team": pl.col("team").cast(pl.String)}
    found = rows.select("ticket", **columns).filter(pl.col("end") > pl.col("begin"))
    who, begin, end = (found[name].to_numpy() for name in ("ticket", "begin", "end"))
    return _Lines(who, begin, end, found["team"]), what


def _on_duty(log: Log) -> _Lines:
    """Return the shifts to which somebody came, without lateness."""
    came = log.shifts.filter(pl.col("presence").is_null() | (pl.col("presence") == "present"))
    who = came["person"].to_physical().cast(pl.Int64).to_numpy()
    return _Lines(who, *on_duty(log), came["team"].cast(pl.String))


def _of_crew(crew: Crew, log: Log) -> _Lines:
    """Return when the people of a crew are at work, without breaks, meetings, lateness and absence."""
    many = np.diff(crew.stay_first)
    numbers = pl.Series(list(crew.names)).cast(log.shifts.schema["person"]).to_physical().cast(pl.Int64).to_numpy()
    teams = pl.Series(list(crew.teams), dtype=pl.String)
    row = np.repeat(np.arange(len(crew)), many)
    begin, end = np.minimum(crew.stay_on_s, log.until_s), np.minimum(crew.stay_off_s, log.until_s)
    return _Lines(numbers[row], begin, end, teams.gather(row))


def _free(log: Log, duty: _Lines) -> _Lines:
    """Return the stretches on duty in which a person has no ticket in hand, several at once counted once."""
    rows = log.touches.filter(pl.col("person").is_not_null() & pl.col("started_s").is_not_null())
    who = rows["person"].to_physical().cast(pl.Int64).to_numpy()
    ends = rows["ended_s"].fill_null(log.until_s).to_numpy()
    reach = int(max(duty.end_s.max(), ends.max(initial=0), log.until_s)) + 1
    at_work, busy = (
        np.concatenate([person * reach + np.maximum(begin, 0), person * reach + np.maximum(end, 0)])
        for person, begin, end in ((duty.who, duty.begin_s, duty.end_s), (who, rows["started_s"].to_numpy(), ends))
    )
    instants = np.concatenate([at_work, busy])
    order = np.argsort(instants, kind="stable")
    steps = np.zeros((2, len(instants)), np.int64)
    steps[0, : len(at_work)] = np.repeat([1, -1], len(at_work) // 2)
    steps[1, len(at_work) :] = np.repeat([1, -1], len(busy) // 2)
    level, ordered = np.cumsum(steps[:, order], axis=1), instants[order]
    rest = np.flatnonzero((level[0, :-1] > 0) & (level[1, :-1] == 0) & (ordered[1:] > ordered[:-1]))
    begins, ends = ordered[rest], ordered[rest + 1]
    by_begin = np.argsort(duty.who * reach + duty.begin_s, kind="stable")
    places = (duty.who * reach + duty.begin_s)[by_begin]
    of = by_begin[np.searchsorted(places, begins, "right") - 1]
    return _Lines(duty.who[of], begins % reach, ends - begins + begins % reach, duty.team.gather(of))
