"""The records: queues of theory, the exact figures of each, and where they are seen in a log.

Every exact figure is computed here, from `sim.erlang` or `benchmarks.exact`; none is typed. The first
figure of a record is its main one: it was named before any run, and enters the chi-square.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from benchmarks import seen
from benchmarks.exact import Pools, Skilled, oldest_to_longest_idle
from benchmarks.queues import EXPONENTIAL, MEAN_MIN, Pool, Queue, Stream
from benchmarks.seen import Seen
from sim import erlang
from sim.desk import Law, PersonWeights, Policy, TicketWeights

FIRST = 1_000_000_000
"""Above any age in seconds, so that what it weighs is compared before the age."""

LEAST = 0.00005
"""A tail below it is not checked: too few tickets reach it."""

BY_MAIN = Policy(ticket=TicketWeights(main=FIRST, age_s=1), person=PersonWeights(main=1))
"""A freed person serves the main stream first; a ticket goes first to those whose main stream it is."""
BY_KIND = Policy(ticket=TicketWeights(kind=FIRST, age_s=1), person=PersonWeights(permissions=-1))
"""A freed person serves the stream of larger weight first; a ticket goes to who serves fewest streams."""


@dataclass(frozen=True)
class Value:
    """An exact figure, and how it is read off what was seen; `share` says that it is a probability."""

    name: str
    exact: float
    read: Callable[[Seen], float]
    share: bool = False


@dataclass(frozen=True)
class Record:
    """A queue of theory and its figures, the main one first; it is replicated `times` as often as others."""

    name: str
    model: str
    queue: Queue
    values: tuple[Value, ...]
    times: int = 1

    @classmethod
    def of(cls, name: str, model: str, queue: Queue, *values: Value) -> "Record":
        """Return a record; its queue takes the record's name, so that its chance is its own."""
        return cls(name, model, replace(queue, title=name), values)


def _one(name: str, law: Law, rate: float, staff: int, length: float, **rest: float | int | None) -> Queue:
    leaving = float(rest.pop("leaving", 0.0) or 0.0)
    stream = Stream(rate, work=law, leaving=leaving)
    return Queue((stream,), (Pool(staff),), length=length, title=name, **rest)  # type: ignore[arg-type]


def erlang_c(rate: float, staff: int, within: float, length: float, warm_up: float = 1000.0) -> Record:
    """Return M/M/c: exponential work, unlimited patience and room."""
    exact, name = erlang.mmc(rate, 1, staff), f"mmc_{rate:g}_{staff}"
    later = erlang.mmc_waits_longer(rate, 1, staff, within)
    return Record.of(
        name, "M/M/c, first come first served",
        _one(name, EXPONENTIAL, rate, staff, length, warm_up=warm_up),
        Value("mean wait", exact.wait_min, seen.wait),
        Value("share that waits", exact.p_wait, seen.longer, share=True),
        Value(
            f"share that waits longer than {within:.4g}",
            later,
            partial(seen.longer, than=within),
            share=True,
        ),
        Value("share of time at work", exact.occupancy, seen.busy, share=True),
    )  # fmt: skip


def erlang_b(rate: float, staff: int, length: float, law: Law = EXPONENTIAL, warm_up: float = 1000.0) -> Record:
    """Return M/G/c/c: a waiting room of no places, any law of work."""
    lost, name = erlang.erlang_b(staff, rate), f"erlangB_{staff}_{rate:g}"
    name += "" if law.law == "exponential" else f"_{law.law}"
    return Record.of(
        name, f"M/G/c/c, {law.law} work",
        _one(name, law, rate, staff, length, places=0, warm_up=warm_up),
        Value("share blocked", lost, seen.blocked, share=True),
        Value("share of time at work", rate * (1 - lost) / staff, seen.busy, share=True),
    )  # fmt: skip


def erlang_a(rate: float, staff: int, leaving: float, within: float, length: float, warm_up: float = 1000.0) -> Record:
    """Return M/M/c+M: a waiting ticket leaves after an exponential patience."""
    exact, name = erlang.erlang_a(rate, 1, staff, 1 / leaving), f"erlangA_{rate:g}_{staff}_{leaving:g}"
    served = erlang.erlang_a_served_within(rate, 1, staff, 1 / leaving, within)
    return Record.of(
        name, "M/M/c+M",
        _one(name, EXPONENTIAL, rate, staff, length, leaving=leaving, warm_up=warm_up),
        Value("share that leaves", exact.p_left, seen.left, share=True),
        Value("mean wait", exact.wait_min, seen.wait),
        Value("mean wait of the served", exact.wait_served_min, partial(seen.wait, served=True)),
        Value("share that waits", exact.p_wait, seen.longer, share=True),
        Value(f"share served within {within:.4g}", served, partial(seen.within, at_most=within), share=True),
        Value("share of time at work", exact.occupancy, seen.busy, share=True),
    )  # fmt: skip


def mmck(rate: float, staff: int, places: int, length: float, warm_up: float = 1000.0) -> Record:
    """Return M/M/c/K: `places` tickets at most, waiting or in work."""
    exact, name = erlang.mmck(rate, 1, staff, places), f"mmck_{rate:g}_{staff}_{places}"
    return Record.of(
        name, "M/M/c/K",
        _one(name, EXPONENTIAL, rate, staff, length, places=places - staff, warm_up=warm_up),
        Value("mean wait of those let in", exact.wait_min, seen.wait),
        Value("share that waits of those let in", exact.p_wait, seen.longer, share=True),
        Value("share blocked", exact.p_blocked, seen.blocked, share=True),
        Value("share of time at work", exact.occupancy, seen.busy, share=True),
    )  # fmt: skip


def mdc(rate: float, staff: int, length: float, warm_up: float = 1000.0) -> Record:
    """Return M/D/c: constant work."""
    exact, name = erlang.mdc(rate, 1, staff), f"mdc_{rate:g}_{staff}"
    law = Law(law="constant", mean_min=MEAN_MIN)
    return Record.of(
        name, "M/D/c", _one(name, law, rate, staff, length, warm_up=warm_up),
        Value("mean wait", exact.wait_min, seen.wait),
        Value("share that waits", exact.p_wait, seen.longer, share=True),
    )  # fmt: skip


SPREADS: dict[str, tuple[Law, float]] = {
    "constant": (Law(law="constant", mean_min=MEAN_MIN), 0.0),
    "erlang4": (Law(law="erlang", mean_min=MEAN_MIN, phases=4), 0.25),
    "erlang2": (Law(law="erlang", mean_min=MEAN_MIN, phases=2), 0.5),
    "gamma": (Law(law="gamma", mean_min=MEAN_MIN, scv=0.25), 0.25),
    "exponential": (EXPONENTIAL, 1.0),
    "lognormal": (Law(law="lognormal", mean_min=MEAN_MIN, scv=2.0), 2.0),
    "lognormal_quarter": (Law(law="lognormal", mean_min=MEAN_MIN, scv=0.25), 0.25),
    "hyperexponential": (Law(law="hyperexponential", mean_min=MEAN_MIN, scv=2.0), 2.0),
    "empirical": (Law(law="empirical", mean_min=MEAN_MIN, values=(MEAN_MIN / 2, 2 * MEAN_MIN), weights=(2, 1)), 0.5),
}
"""Laws of mean 1 with their squared coefficients of variation."""


def mg1(rate: float, law: str, length: float, warm_up: float = 1000.0) -> Record:
    """Return M/G/1: one person, any law of work."""
    work, scv = SPREADS[law]
    exact, name = erlang.mg1(rate, 1, scv), f"mg1_{rate:g}_{law}"
    return Record.of(
        name, f"M/G/1, {law.replace('_', ' ')} work, scv {scv:g}",
        _one(name, work, rate, 1, length, warm_up=warm_up),
        Value("mean wait", exact.wait_min, seen.wait),
        Value("share that waits", exact.p_wait, seen.longer, share=True),
    )  # fmt: skip


def mphc(rate: float, staff: int, law: str, length: float, warm_up: float = 1000.0) -> Record:
    """Return M/E2/c or M/H2/c: work in two phases."""
    work, scv = SPREADS[law]
    exact, name = erlang.mphc(rate, 1, staff, scv), f"mphc_{rate:g}_{staff}_{law}"
    return Record.of(
        name, f"M/{'E2' if scv < 1 else 'H2'}/c, scv {scv:g}",
        _one(name, work, rate, staff, length, warm_up=warm_up),
        Value("mean wait", exact.wait_min, seen.wait),
        Value("share that waits", exact.p_wait, seen.longer, share=True),
    )  # fmt: skip


def cobham(
    rates: Sequence[float], staff: int, length: float, after: Sequence[float] = (), warm_up: float = 1000.0
) -> Record:
    """Return priorities of one stream before a shared staff; the main figure is the last one's mean wait.

    `after` names mean works: how many tickets of each priority wait longer is checked too.
    """
    name = f"cobham_{'_'.join(f'{rate:g}' for rate in rates)}_{staff}"
    waits, ranks = erlang.cobham(rates, 1, staff), range(len(rates))
    means = [
        Value(f"mean wait of priority {rank + 1}", waits[rank], partial(seen.wait, rank=rank))
        for rank in reversed(ranks)
    ]
    model, queue = "M/M/c, priorities, work begun is finished", _ranked(name, rates, staff, length, warm_up)
    return Record.of(name, model, queue, *means, *_tails(rates, staff, after))


def _ranked(name: str, rates: Sequence[float], staff: int, length: float, warm_up: float) -> Queue:
    total = sum(rates)
    stream = Stream(total, shares=tuple(rate / total for rate in rates))
    return Queue((stream,), (Pool(staff),), "priority_fifo", length=length, warm_up=warm_up, title=name)


def _tails(rates: Sequence[float], staff: int, after: Sequence[float]) -> list[Value]:
    return [
        Value(f"priority {rank + 1}, share that waits longer than {than:g}", exact,
              partial(seen.longer, than=than, rank=rank), share=True)
        for rank in reversed(range(len(rates)))
        for than in after
        if (exact := erlang.cobham_waits_longer(rates, 1, staff, rank, than)) > LEAST
    ]  # fmt: skip


def tails(rates: Sequence[float], staff: int, after: Sequence[float], length: float, warm_up: float = 1000.0) -> Record:
    """Return how many tickets of each priority wait longer; the main figure is the last one's first."""
    name = f"priority_tail_{'_'.join(f'{rate:g}' for rate in rates)}_{staff}"
    queue = _ranked(name, rates, staff, length, warm_up)
    return Record.of(name, "M/M/c, priorities, tails of the wait", queue, *_tails(rates, staff, after))


def mg1_priority(classes: Sequence[tuple[float, float, Law, float]], length: float, warm_up: float = 1000.0) -> Record:
    """Return priorities before one person; a class is its rate, mean work, law of mean work 1, and scv."""
    ranks = range(len(classes))
    waits = erlang.cobham_mg1([c[0] for c in classes], [c[1] for c in classes], [c[3] for c in classes])
    streams = tuple(
        Stream(
            rate, work=Law.model_validate(law.changed(mean_min=MEAN_MIN * mean)),
            shares=tuple(float(k == rank) for k in ranks),
        )
        for rank, (rate, mean, law, _) in enumerate(classes)
    )  # fmt: skip
    pool = Pool(1, serves=tuple(ranks))
    queue = Queue(streams, (pool,), "priority_fifo", length=length, warm_up=warm_up)
    return Record.of(
        "mg1_priority", "M/G/1, priorities with laws of their own", queue,
        *(
            Value(f"mean wait of priority {k + 1}", waits[k], partial(seen.wait, rank=k))
            for k in reversed(ranks)
        ),
    )  # fmt: skip


def skilled(
    name: str,
    pools: Pools,
    length: float,
    by: Literal["main", "kind"] = "main",
    warm_up: float = 1000.0,
) -> Record:
    """Return pools with fixed preferences, told by their main streams or by weights of the streams."""
    streams = tuple(
        Stream(rate, leaving=leaving, weight=kind + 1)
        for kind, (rate, leaving) in enumerate(zip(pools.rates, pools.leaving, strict=True))
    )
    people = tuple(Pool(heads, serves) for heads, serves in zip(pools.heads, pools.serves, strict=True))
    queue = Queue(streams, people, BY_MAIN if by == "main" else BY_KIND, length=length, warm_up=warm_up)
    return Record.of(name, f"pools with fixed preferences, by {by}", queue, *_of_classes(pools.steady()))


def _of_classes(exact: Skilled) -> list[Value]:
    """Return the figures of classes and of pools or people; the main one is the wait of the last class."""
    values = []
    for kind in reversed(range(len(exact.wait))):
        waits, of = exact.p_wait[kind], f"class {kind}"
        values.append(Value(f"{of}, mean wait", exact.wait[kind], partial(seen.wait, kind=kind)))
        values.append(Value(f"{of}, share that waits", waits, partial(seen.longer, kind=kind), share=True))
        if left := exact.p_left[kind]:
            values.append(Value(f"{of}, share that leaves", left, partial(seen.left, kind=kind), share=True))
    for pool, busy in enumerate(exact.busy):
        name = f"pool {pool}, share of time at work"
        values.append(Value(name, busy, partial(seen.busy, pool=pool), share=True))
    return values


def alis(
    name: str,
    rates: Sequence[float],
    speeds: Sequence[float],
    skills: Sequence[Sequence[int]],
    length: float,
    warm_up: float = 1000.0,
) -> Record:
    """Return oldest ticket first, longest idle first, with people of different skills and speeds."""
    exact = oldest_to_longest_idle(rates, speeds, skills)
    people = tuple(Pool(1, tuple(own), speed) for own, speed in zip(skills, speeds, strict=True))
    queue = Queue(tuple(map(Stream, rates)), people, length=length, warm_up=warm_up)
    flows = [
        Value(f"class {kind}, share taken by person {person}", share,
              partial(seen.taken, kind=kind, pool=person), share=True)
        for kind, row in enumerate(exact.taken)
        for person, share in enumerate(row)
        if 0 < share < 1 - 1e-9
    ]  # fmt: skip
    return Record.of(name, "oldest ticket to the longest idle", queue, *_of_classes(exact), *flows)


def identity(rates: Sequence[float], heads: Sequence[int], length: float, warm_up: float = 1000.0) -> Record:
    """Return pools that all serve all streams: together they are M/M/c, whatever they prefer."""
    exact = erlang.mmc(sum(rates), 1, sum(heads))
    streams = tuple(map(Stream, rates))
    pools = tuple(Pool(head, (*range(number, len(rates)), *range(number))) for number, head in enumerate(heads))
    queue = Queue(streams, pools, BY_MAIN, length=length, warm_up=warm_up)
    return Record.of(
        "skill_X_identity", "full flexibility is M/M/c", queue,
        Value("mean wait of all", exact.wait_min, seen.wait),
        Value("share that waits", exact.p_wait, seen.longer, share=True),
    )  # fmt: skip
