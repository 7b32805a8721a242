"""Records of the desk's own mechanics: inboxes, what is forgotten in them, third parties, weights, shared places.

Like those of `benchmarks.records`, whose first figure is the main one too.
"""

from functools import partial
from math import exp

from benchmarks import seen
from benchmarks.exact import sharing
from benchmarks.inboxes import Inattention, in_turn, looking, shortest
from benchmarks.queues import MEAN_MIN, Pool, Queue, Stream
from benchmarks.records import Record, Value
from sim import erlang
from sim.desk import Law, Routing
from sim.desk.attention import Neglect, Pull


def shared_places(
    name: str, rate: float, heads: int, pools: int, places: int, length: float, warm_up: float, *, apart: bool = True
) -> Record:
    """Return like streams before as many like pools that share places to wait; each pool serves its own, or all.

    Notes
    -----
    As Wallace and Whitt (2005) have it, but for the bound: theirs is one on lines, which work takes up too. With
    pools that serve all it is the same, and the queue is M/M/c/K; both have a product form.
    """
    asked = (rate, heads, pools) if apart else (rate * pools, heads * pools, 1)
    within = 0.75 / heads
    exact = sharing(*asked, places, within)
    serves = [(own,) if apart else (*range(own, pools), *range(own)) for own in range(pools)]
    queue = Queue((Stream(rate),) * pools, tuple(Pool(heads, own) for own in serves), "longest_idle",
                  places, warm_up, length, 20.0)  # fmt: skip
    return Record.of(
        name, f"{pools} times M/M/{heads}, {places} places for all" if apart else f"M/M/c/K with {pools} skills", queue,
        Value("mean wait of those let in", exact.wait, seen.wait),
        Value("share that waits of those let in", exact.p_wait, seen.longer, share=True),
        Value(f"share that waits longer than {within:.4g}", exact.longer,
              partial(seen.longer, than=within), share=True),
        Value("share blocked", exact.blocked, seen.blocked, share=True),
    )  # fmt: skip


def _inbox(name: str, policy: str, rate: float, people: int, length: float, warm_up: float) -> Queue:
    routing = Routing(mode="inbox", policy=policy)
    return Queue((Stream(rate),), (Pool(people),), routing, length=length, warm_up=warm_up, title=name)


def inbox(policy: str, rate: float, people: int, length: float, warm_up: float = 1000.0) -> Record:
    """Return tickets that are assigned at once, at random, in turn, or to whom has fewest; each works in order."""
    if policy == "random":
        steady = erlang.mmc(rate / people, 1, 1)
        wait, waits, model = steady.wait_min, steady.p_wait, "inbox, at random: M/M/1 each"
    elif policy == "round_robin":
        (wait, waits), model = in_turn(rate, people), f"inbox, in turn: E{people}/M/1 each"
    elif policy == "least_open":
        (wait, waits), model = shortest(rate, people, 60), "inbox, to whom has fewest: the shortest queue"
    else:
        raise ValueError(f"policy must be random, round_robin or least_open, got {policy!r}")
    return Record.of(
        f"inbox_{policy}_{rate:g}_{people}", model, _inbox("inbox", policy, rate, people, length, warm_up),
        Value("mean wait", wait, seen.wait),
        Value("share that waits", waits, seen.longer, share=True),
        Value("share of time at work", rate / people, seen.busy, share=True),
    )  # fmt: skip


def neglect(rate: float, people: int, how: Inattention, length: float, warm_up: float = 1000.0) -> Record:
    """Return tickets assigned at random that are picked up late, forgotten, and remembered.

    Notes
    -----
    What is displaced by independent times is Poisson still (Doob 1953), so each person is M/M/1 from the acceptance on,
    and the mean wait is that of M/M/1 and the mean delay.
    """
    queue = _inbox("neglect", "random", rate, people, length, warm_up)
    routing = Routing(
        mode="inbox", policy="random", pickup=Law(law="constant", mean_min=how.pickup * MEAN_MIN),
        neglect=Neglect(share=how.share, forgotten=Law(mean_min=how.forgotten * MEAN_MIN),
                        remind_min=round(how.remind * MEAN_MIN), heeds=how.heeds),
    )  # fmt: skip
    return Record.of(
        f"neglect_{rate:g}_{people}", "inbox, forgotten and reminded of: a delay, then M/M/1 each",
        Queue(queue.streams, queue.pools, routing, length=length, warm_up=warm_up),
        Value("mean wait", how.delay() + erlang.mmc(rate / people, 1, 1).wait_min, seen.wait),
        Value("mean delay to the acceptance", how.delay(), seen.accepted),
        Value("reminders per ticket", how.reminders(), seen.reminders),
    )  # fmt: skip


def pull(rate: float, people: int, look: float, passes: float, length: float, warm_up: float = 1000.0) -> Record:
    """Return people who look around while something waits, pass over it now and then, and pick the oldest."""
    name = f"pull_{rate:g}_{people}_{passes:g}"
    kind = name.replace(".", "_") + "-0"
    own = Pull(look_around=Law(mean_min=look * MEAN_MIN), declines={kind: passes} if passes else {})
    routing = Routing(mode="pull", policy="pull_fifo", pull=own)
    wait, busy = looking(rate, people, look, passes, 150)
    return Record.of(
        name, "pull: idle people look around, then take the oldest",
        Queue((Stream(rate),), (Pool(people),), routing, length=length, warm_up=warm_up),
        Value("mean wait", wait, seen.wait),
        Value("share of time at work", busy, seen.busy, share=True),
    )  # fmt: skip


def deflected(rate: float, share: float, staff: int, length: float, warm_up: float = 1000.0) -> Record:
    """Return M/M/c of which a share of the tickets never comes: what is left is Poisson, with the rest of the rate."""
    exact = erlang.mmc(rate * (1 - share), 1, staff)
    return Record.of(
        f"deflected_{rate:g}_{share:g}_{staff}", "M/M/c, a share of the tickets is deflected",
        Queue((Stream(rate, deflected=share),), (Pool(staff),), length=length, warm_up=warm_up),
        Value("mean wait", exact.wait_min, seen.wait),
        Value("share that waits", exact.p_wait, seen.longer, share=True),
        Value("share of time at work", exact.occupancy, seen.busy, share=True),
    )  # fmt: skip


def third(rate: float, staff: int, law: Law, length: float, warm_up: float = 1000.0) -> Record:
    """Return M/M/c after which a third party is waited for.

    Notes
    -----
    What leaves M/M/c is Poisson (Burke 1956), so the number that is waited for is that of M/G/inf: Poisson, whatever
    the law. What comes back needs one second of work.
    """
    mean = rate * law.mean_min / MEAN_MIN
    stream = Stream(rate, third=law)
    return Record.of(
        f"third_{rate:g}_{staff}_{law.law}", f"M/M/c, then M/G/inf with {law.law} waits",
        Queue((stream,), (Pool(staff),), length=length, warm_up=warm_up),
        Value("mean number waited for", mean, seen.parked),
        *(
            Value(f"share of time with {k} waited for", exp(-mean) * mean**k / (1 if k < 2 else 2),
                  partial(seen.parked, number=k), share=True)
            for k in range(3)
        ),
        Value("mean wait", erlang.mmc(rate, 1, staff).wait_min, seen.wait),
    )  # fmt: skip


def cmu(length: float, warm_up: float = 1000.0) -> Record:
    """Return two streams before one person by weight x rate of work: the lighter one is shorter, and goes first.

    Weights 2 and 3, mean works 0.5 and 1.5: 2 / 0.5 = 4 beats 3 / 1.5 = 2.
    """
    rates, means, weights = (0.5, 0.3), (0.5, 1.5), (2, 3)
    waits = erlang.cobham_mg1(rates, means, (1.0, 1.0))
    streams = tuple(
        Stream(rate, work=Law(mean_min=mean * MEAN_MIN), weight=weight)
        for rate, mean, weight in zip(rates, means, weights, strict=True)
    )
    queue = Queue(streams, (Pool(1, (0, 1)),), "cmu", length=length, warm_up=warm_up)
    return Record.of(
        "cmu", "M/M/1, weight x rate of work decides", queue,
        *(Value(f"mean wait of stream {k}", waits[k], partial(seen.wait, kind=k)) for k in (1, 0)),
    )  # fmt: skip
