"""What is read off the log of a queue: one figure per replication, in mean works."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim import Log

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Seen:
    """The tickets created in a window, and the work in it.

    Attributes
    ----------
    kind, rank, pool
        By ticket: number of the stream, of the priority, and of the pool that took it (-1 for none).
    wait
        By ticket: until work began, until it left, or until the end of the log, in mean works.
    served, left, blocked
        By ticket.
    hour
        By ticket: hour of the week in which it was created, 0 to 167.
    busy
        Share of the time at work by pool, over the whole days of the window.
    log, window_s, mean_s
        What it was seen in, and the seconds of a mean work.
    """

    kind: Ints
    rank: Ints
    pool: Ints
    wait: Floats
    served: Truths
    left: Truths
    blocked: Truths
    hour: Ints
    busy: Floats
    log: Log
    window_s: tuple[int, int]
    mean_s: float

    @classmethod
    def of(cls, log: Log, window_s: tuple[int, int], mean_s: float) -> "Seen":
        """Return what a window of a log shows, first second included, last one not."""
        first, last = window_s
        tickets = log.tickets.filter(pl.col("created_s").is_between(first, last, closed="left"))
        end = pl.coalesce("first_started_s", "left_s", pl.lit(log.until_s))
        numbers = _numbers(log.people["person"], log.people["seat"])
        owner = pl.col("first_owner").cast(pl.String)
        columns = tickets.select(
            kind=pl.col("kind").cast(pl.String).str.extract(r"-(\d+)$").cast(pl.Int64),
            rank=pl.col("priority").to_physical().cast(pl.Int64),
            pool=owner.replace_strict(numbers, default=-1, return_dtype=pl.Int64),
            wait=(end - pl.col("created_s")) / mean_s,
            served=pl.col("first_started_s").is_not_null(),
            left=pl.col("left_s").is_not_null(),
            blocked=pl.col("blocked_s").is_not_null(),
            hour=pl.col("created_s") // 3600 % 168,
        )
        arrays = {name: columns[name].to_numpy() for name in columns.columns}
        return cls(**arrays, busy=_busy(log, first, last), log=log, window_s=window_s, mean_s=mean_s)

    def of_class(self, kind: int | None, rank: int | None) -> Truths:
        """Return which tickets belong to a stream and a priority; None for all."""
        chosen = np.ones(len(self.kind), np.bool_)
        if kind is not None:
            chosen &= self.kind == kind
        return chosen if rank is None else chosen & (self.rank == rank)


def _numbers(persons: pl.Series, seats: pl.Series) -> dict[str, int]:
    """Return the number of the pool by person, from seats named `pool-3#1`."""
    pools = seats.cast(pl.String).str.extract(r"^pool-(\d+)#").cast(pl.Int64)
    return dict(zip(persons.cast(pl.String).to_list(), pools.to_list(), strict=True))


def _busy(log: Log, first: int, last: int) -> Floats:
    shifts = log.shifts.filter((pl.col("start_s") >= first) & (pl.col("end_s") <= last))
    pool = pl.col("seat").cast(pl.String).str.extract(r"^pool-(\d+)#").cast(pl.Int64)
    sums = shifts.group_by(pool=pool).agg(
        busy=pl.col("busy_s").sum(), rostered=(pl.col("end_s") - pl.col("start_s")).sum()
    )
    shares: Floats = sums.sort("pool").select(pl.col("busy") / pl.col("rostered")).to_series().to_numpy()
    return shares


def wait(seen: Seen, kind: int | None = None, rank: int | None = None, served: bool = False) -> float:
    """Return the mean wait of the tickets let in, or of those served."""
    chosen = seen.of_class(kind, rank) & (seen.served if served else ~seen.blocked)
    return float(seen.wait[chosen].mean())


def longer(seen: Seen, than: float = 0.0, kind: int | None = None, rank: int | None = None) -> float:
    """Return the share of the tickets let in that wait longer than some mean works."""
    chosen = seen.of_class(kind, rank) & ~seen.blocked
    return float((seen.wait[chosen] > than).mean())


def within(seen: Seen, at_most: float) -> float:
    """Return the share of all tickets that are served after at most so many mean works of waiting."""
    return float((seen.served & (seen.wait <= at_most)).mean())


def left(seen: Seen, kind: int | None = None) -> float:
    """Return the share of the tickets that leave before work begins."""
    return float(seen.left[seen.of_class(kind, None)].mean())


def blocked(seen: Seen) -> float:
    """Return the share of the tickets that find no room."""
    return float(seen.blocked.mean())


def busy(seen: Seen, pool: int = 0) -> float:
    """Return the share of time at work of a pool."""
    return float(seen.busy[pool])


def taken(seen: Seen, kind: int, pool: int) -> float:
    """Return the share of the served tickets of a stream that a pool took."""
    return float((seen.pool[seen.of_class(kind, None) & seen.served] == pool).mean())


def at_work(seen: Seen) -> float:
    """Return the share of all time on shift at work, over shifts inside the window; overtime is apart."""
    return _share_of_shifts(seen, "busy_s")


def late(seen: Seen) -> float:
    """Return the share of all time on shift by which people came late."""
    return _share_of_shifts(seen, "late_s")


def overtime(seen: Seen) -> float:
    """Return the overtime per person in mean works."""
    shifts = seen.log.shifts
    return float(shifts["overtime_s"].to_numpy().sum()) / shifts["person"].n_unique() / seen.mean_s


def _share_of_shifts(seen: Seen, column: str) -> float:
    """Return the sum of some seconds over the length of the shifts inside the window."""
    first, last = seen.window_s
    shifts = seen.log.shifts.filter((pl.col("start_s") >= first) & (pl.col("end_s") <= last))
    length_s = (shifts["end_s"] - shifts["start_s"]).to_numpy().sum()
    return float(shifts[column].to_numpy().sum() / length_s)


def longer_at(seen: Seen, hours: range, of: int) -> float:
    """Return the share that waits of the tickets of some hours of a period of so many."""
    chosen = np.isin(seen.hour % of, list(hours)) & ~seen.blocked
    return float((seen.wait[chosen] > 0).mean())


def first(seen: Seen, last: int, begin: int = 1) -> float:
    """Return the mean wait of the tickets number `begin` to `last` of every stream.

    Raises
    ------
    ValueError
        If fewer came in the window.
    """
    order = np.argsort(seen.kind, kind="stable")
    many = np.bincount(seen.kind)
    if many.min() < last:
        raise ValueError(f"only {many.min()} tickets of a stream came, {last} are asked for")
    number = np.arange(len(order)) - np.repeat(np.cumsum(many) - many, many) + 1
    return float(seen.wait[order][(number >= begin) & (number <= last)].mean())


def accepted(seen: Seen) -> float:
    """Return the mean time from the assignment of a ticket to its acceptance, in mean works."""
    first, last = seen.window_s
    touches = seen.log.touches.filter(pl.col("assigned_s").is_between(first, last, closed="left"))
    delay = (touches["accepted_s"] - touches["assigned_s"]).drop_nulls()
    return float(np.mean(delay.to_numpy())) / seen.mean_s


def reminders(seen: Seen) -> float:
    """Return the reminders per ticket."""
    return len(_moments(seen, "reminded")) / len(seen.kind)


def _moments(seen: Seen, what: str, reason: str | None = None) -> Ints:
    """Return the instants of moments of a sort in the window."""
    first, last = seen.window_s
    chosen = (pl.col("what") == what) & pl.col("at_s").is_between(first, last, closed="left")
    if reason is not None:
        chosen &= pl.col("reason") == reason
    instants: Ints = seen.log.moments.filter(chosen)["at_s"].to_numpy()
    return instants


def parked(seen: Seen, number: int | None = None) -> float:
    """Return the mean number of tickets for which a third party is waited for, or the share of time with so many."""
    first, last = seen.window_s
    moments = seen.log.moments.filter(pl.col("reason") == "third_party")
    begins, ends = (
        np.sort(moments.filter(pl.col("what") == what)["at_s"].to_numpy()) for what in ("wait_begins", "wait_ends")
    )
    edges = np.unique(np.clip(np.concatenate([begins, ends, [first, last]]), first, last))
    there = np.searchsorted(begins, edges[:-1], "right") - np.searchsorted(ends, edges[:-1], "right")
    value = there if number is None else there == number
    return float(np.diff(edges) @ value / (last - first))
