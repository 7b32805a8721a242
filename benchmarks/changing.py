"""Records of desks in no steady state: days that start empty, and rates and staff that change by the hour.

Like those of `benchmarks.records`, whose first figure is the main one too.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import ceil, exp, sqrt

import numpy as np
from scipy import special

from benchmarks import seen
from benchmarks.queues import MEAN_S, WEEK_S, Queue, Stream, beside, stairs
from benchmarks.records import Record, Value
from benchmarks.transient import Hours, Period, day, first_waits, passed
from sim.desk import Routing

HAND_BACK = Routing(policy="longest_idle", at_shift_end="hand_back")


def first(rate: float, staff: int, n: int, copies: int, each: Sequence[int] = ()) -> Record:
    """Return the first `n` tickets that come to an empty M/M/c; `each` names some that are looked at one by one."""
    exact = first_waits(rate, staff, n)
    length, cool_down = (n + 9 * sqrt(n) + 20) / rate, 60.0
    queue = beside(copies, Stream(rate), staff, length, cool_down)
    return Record.of(
        f"first_{n}_{rate:g}_{staff}", f"M/M/c from empty, {copies} side by side", queue,
        Value(f"mean wait of the first {n}", float(exact.mean()), partial(seen.first, last=n)),
        *(
            Value(f"mean wait of number {k}", float(exact[k - 1]), partial(seen.first, begin=k, last=k))
            for k in each
        ),
    )  # fmt: skip


def one_day(name: str, rate: float, staff: int, length: float, within: float, leaving: float, copies: int) -> Record:
    """Return a day that starts empty and stops at an hour; who is there then is served as before."""
    weeks = ceil((length + 30) * MEAN_S / WEEK_S)
    queue = beside(copies, Stream(rate, leaving=leaving), staff, length, weeks * WEEK_S / MEAN_S - length)
    exact = day(rate, staff, length, within, leaving)
    days = length * MEAN_S // 86_400 * 86_400 / MEAN_S
    left = [Value("share that leaves", 1 - exact.served / exact.arrivals, seen.left, share=True)]
    return Record.of(
        name, f"a day of M/M/c{'+M' * (leaving > 0)} from empty, {copies} side by side", queue,
        Value("mean wait of the served", exact.waited / exact.served, partial(seen.wait, served=True)),
        Value(f"share served within {within:.4g}", exact.in_time / exact.arrivals,
              partial(seen.within, at_most=within), share=True),
        Value("share that waits", exact.waits / exact.arrivals, seen.longer, share=True),
        *(left if leaving else ()),
        Value("share of time at work", day(rate, staff, days, within, leaving).busy / (days * staff),
              seen.at_work, share=True),
    )  # fmt: skip


def closing(rate: float, staff: int, within: float, copies: int) -> Record:
    """Return five days from empty, at whose end people go home once they have finished what they have begun."""
    length = 5 * 86_400 / MEAN_S
    stream = Stream(rate * 5 / 7, hours=tuple(7 / 5 * (hour < 120) for hour in range(168)))
    queue = beside(copies, stream, staff, length, WEEK_S / MEAN_S - length)
    exact = day(rate, staff, length, within)
    return Record.of(
        f"closing_{rate:g}_{staff}", f"five days of M/M/c from empty, then work in hand is finished; {copies} copies",
        replace(queue, pools=tuple(replace(pool, days=5) for pool in queue.pools)),
        Value("overtime per person", exact.busy_at_end / staff, seen.overtime),
        Value(f"share begun within {within:.4g} before the end", _begun(rate, staff, length, within),
              partial(seen.within, at_most=within), share=True),
        Value("share of time at work", exact.busy / (length * staff), seen.at_work, share=True),
    )  # fmt: skip


def _begun(rate: float, staff: int, length: float, within: float) -> float:
    """Return the share of the tickets of M/M/c from empty that are begun in time and before the end."""
    early = day(rate, staff, length - within, within)
    most = 90
    flow = Hours((rate,), (staff,), length, most=most).flow(rate, staff)
    _, share = passed(flow, np.eye(most + 1)[0], length - within)
    turns = np.maximum(np.arange(most + 1) - staff + 1, 0)
    nodes, weights = special.roots_legendre(20)
    late, before = 0.0, 0.0
    for node, weight in zip(nodes, weights, strict=True):
        at = within * (node + 1) / 2
        _, share = passed(flow, share, at - before)
        before = at
        soon = np.where(turns > 0, special.gammainc(np.maximum(turns, 1), staff * (within - at)), 1.0)
        late += weight * within / 2 * rate * float(share @ soon)
    return (early.in_time + late) / (rate * length)


def changing(
    name: str, model: str, hours: Hours, mean_s: float, weeks: int, parts: Sequence[range] = (), warm_up: int = 1
) -> Record:
    """Return a desk whose hours repeat by day or week; its work in hand is handed back when people go home.

    Parameters
    ----------
    name, model
        Of the record.
    hours
        By the hour: 24 steps, or 168 and then a staff that is the same on all days.
    mean_s
        Seconds of a mean work.
    weeks, warm_up
        Weeks that are measured, and before them.
    parts
        Steps that are looked at by themselves.
    """
    exact, week = hours.period(), WEEK_S / mean_s
    often = 168 // len(hours.rates)
    mean = sum(hours.rates) / len(hours.rates)
    stream = Stream(mean, leaving=hours.leaving, hours=tuple(rate / mean for rate in hours.rates) * often)
    pools = stairs(hours.staff[:24])
    queue = Queue((stream,), pools, HAND_BACK, warm_up=warm_up * week, length=weeks * week, cool_down=week,
                  mean_s=mean_s, late=hours.late, late_by=hours.late_by)  # fmt: skip
    values = [
        Value("share that waits", exact.per_arrival(exact.full()), seen.longer, share=True),
        Value("mean wait", exact.wait, seen.wait),
        *(_in_part(exact, part) for part in parts),
        Value("share of time at work", exact.busy, seen.at_work, share=True),
    ]
    if hours.leaving:
        values.append(Value("share that leaves", hours.leaving * exact.wait, seen.left, share=True))
    if hours.late:
        values.append(_missing(exact))
    return Record.of(name, model, queue, *values)


def _in_part(exact: Period, part: range) -> Value:
    """Return the share that waits of the tickets of some steps of the period."""
    steps, rates = list(part), np.array(exact.hours.rates)
    share = float(rates[steps] @ exact.full()[steps] / rates[steps].sum())
    name = f"share that waits from hour {part.start} to {part.stop}"
    return Value(name, share, partial(seen.longer_at, hours=part, of=len(rates)), share=True)


def _missing(exact: Period) -> Value:
    """Return the share of the hours on shift that is lost by lateness: of a shift of length S, p m (1 - exp(-S/m)) / S.

    Raises
    ------
    ValueError
        If people do not all work the same hours.
    """
    hours = exact.hours
    if len({staff for staff in hours.staff if staff}) > 1:
        raise ValueError(f"lateness is known only if all work the same hours, got staff {list(hours.staff)}")
    length = hours.step * sum(staff > 0 for staff in hours.staff)
    lost = hours.late * hours.late_by * (1 - exp(-length / hours.late_by)) / length
    return Value("share of time on shift that is late", lost, seen.late, share=True)
