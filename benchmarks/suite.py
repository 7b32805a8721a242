"""Which records are run: a quick set of small queues at light load, and the full one."""

from dataclasses import replace
from functools import partial
from math import ceil, pi

from benchmarks import changing as c
from benchmarks import mechanics as m
from benchmarks import records as r
from benchmarks.exact import Pools
from benchmarks.inboxes import Inattention
from benchmarks.queues import MEAN_MIN, MEAN_S
from benchmarks.records import SPREADS, Record
from benchmarks.transient import Hours, enough, swing
from sim.desk import Law

N_DESIGN = Pools((3.0, 2.0), (3, 4), ((0, 1), (1,)), ((0,), (1, 0)), (0.0, 0.0), longest=110)
N_LEAVING = Pools((4.0, 3.0), (3, 5), ((0, 1), (1,)), ((0,), (1, 0)), (0.5, 0.5), longest=45)
X_DESIGN = Pools((2.0, 3.0), (3, 4), ((0, 1), (1, 0)), ((0, 1), (1, 0)), (0.0, 0.0), longest=90)
N_LIGHT = Pools((1.2, 0.9), (1, 2), ((0, 1), (1,)), ((0,), (1, 0)), (0.5, 0.5), longest=30)
LONGEST = 29_000
"""Mean works of a run that fits, with what is cut off, into the weeks that a desk may have."""
OWN_LAWS = (
    (0.2, 0.5, SPREADS["constant"][0], 0.0),
    (0.3, 1.0, SPREADS["exponential"][0], 1.0),
    (0.2, 2.0, Law(law="lognormal", mean_min=MEAN_MIN, scv=1.5), 1.5),
)
"""Rate, mean work, law and squared coefficient of variation of three priorities before one person."""
FORGETFUL = Inattention(pickup=0.12, forgotten=2.0, remind=0.6, share=0.4, heeds=0.5)
DAY_LIGHT = Hours(
    swing(2.0, -1.0, 1.0, 24, 0.25), (1,) * 7 + (2,) * 3 + (3,) * 8 + (2,) * 2 + (1,) * 4, 86_400 / MEAN_S / 24, 0.5,
    most=40, back=3,
)  # fmt: skip
"""Rates and staff by the hour, one mean work being 10,000 s; staff that goes home hands its work back."""
LATECOMERS = Hours((0.8,) * 24, (2,) * 16 + (0,) * 8, 86_400 / MEAN_S / 24, late=0.4, late_by=1.0, most=60, back=2)
"""Two people who come late to two shifts in five, and whose desk is closed at night."""
WEEK_LONG = Hours(swing(8.0, 3.0, 1.0, 168), (12,) * 168, 24 / 168, most=160)
"""A week of 24 mean works, in which the rate swings once."""
SWINGING = swing(100.0, -20.0, 1.0, 24, 0.375)
"""Arrivals by hour of a day of 2 pi mean works; the lag turned back, so that the fewest are there at midnight."""


def quick() -> tuple[Record, ...]:
    """Return one record of each sort at light load, where a short warm-up and short runs are enough."""
    records = (
        r.erlang_c(1.2, 2, 0.5, 3000, warm_up=150),
        r.erlang_a(3, 3, 1.0, 0.25, 400, warm_up=50),
        r.erlang_b(3, 5, 500, SPREADS["lognormal"][0], warm_up=50),
        r.mmck(3, 3, 5, 500, warm_up=50),
        r.mdc(1.2, 2, 2000, warm_up=150),
        r.mg1(0.5, "erlang4", 2400, warm_up=150),
        r.mg1(0.5, "lognormal_quarter", 2400, warm_up=150),
        r.mphc(1.2, 2, "hyperexponential", 5600, warm_up=150),
        r.mphc(1.2, 2, "erlang2", 3000, warm_up=150),
        r.cobham((0.3, 0.9), 2, 3300, (0.5,), warm_up=150),
        r.skilled("skill_N_light", N_LIGHT, 850, warm_up=50),
        r.alis("alis_N_light", (0.6, 0.3), (1.0, 0.8), ((0,), (0, 1)), 4700, warm_up=150),
    )
    trimmed = (_trimmed(record, record.queue.warm_up, 30) for record in (*records, *_quick_mechanics()))
    return (*trimmed, *_quick_changing())


def _quick_mechanics() -> tuple[Record, ...]:
    return (
        m.shared_places("shared_places_2_3", 2.0, 3, 2, 2, 600, 50),
        m.inbox("least_open", 0.8, 2, 5000, warm_up=100),
        m.neglect(0.8, 2, FORGETFUL, 1500, warm_up=100),
        m.pull(0.8, 2, 0.3, 0.2, 3000, warm_up=100),
        m.third(0.8, 2, Law(law="constant", mean_min=2 * MEAN_MIN), 6000, warm_up=100),
        m.cmu(8000, warm_up=150),
    )


def _quick_changing() -> tuple[Record, ...]:
    return (
        c.first(0.8, 1, 20, 80),
        c.one_day("day_2_3", 2.0, 3, 17.28, 0.25, 0.5, 70),
        c.changing("hand_back", "Mt/M/s(t)+M, work handed back", DAY_LIGHT, MEAN_S, 10, (range(6, 10),)),
        c.changing("late", "M/M/s, by day, people come late", LATECOMERS, MEAN_S, 60),
    )


def _trimmed(record: Record, warm_up: float, cool_down: float) -> Record:
    return replace(record, queue=replace(record.queue, warm_up=warm_up, cool_down=cool_down))


def full() -> tuple[Record, ...]:
    """Return all records, the quick ones included, these seven times as long, or as often if they start empty.

    Lengths are such that in 50 replications the standard error of every main figure is about 0.8 % of its value; they
    were taken from the scatter in other worlds, of seeds from 100,000 on. Runs longer than a desk may be are cut into
    several replications.

    The first 1,000 mean works are cut off, in two queues before 20 people the first 500. Where fifty people
    or more work, 100 are enough, because what went before is forgotten within 1 / (c (1 - sqrt(load))^2) mean
    works, with the load per person: at most ten there. In M/M/50 at 96 % load it takes 49 mean works; there the first
    500 are cut off.
    """
    large = (_trimmed(record, 100, 20) for record in _large())
    slow = _trimmed(r.erlang_c(48, 50, 1 / 6, 35_000), 500, 200)
    records = (*map(_longer, quick()), *_one_line(), *large, slow, *_laws(), *_priorities(), *_skills())
    return tuple(map(_in_parts, (*records, *_mechanics(), *_changing())))


def _longer(record: Record) -> Record:
    """Return a record with runs that are seven times as long, or as many if its runs are days from empty."""
    if record.queue.warm_up == 0:
        return replace(record, times=7)
    return replace(record, queue=replace(record.queue, length=7 * record.queue.length))


def _in_parts(record: Record) -> Record:
    """Return a record whose runs are short enough for a desk, replicated the more often."""
    parts = ceil(record.queue.length / LONGEST)
    if parts == 1:
        return record
    queue = replace(record.queue, length=ceil(record.queue.length / parts))
    return replace(record, queue=queue, times=parts)


def _one_line() -> tuple[Record, ...]:
    lognormal, constant = SPREADS["lognormal"][0], SPREADS["constant"][0]
    return (
        r.erlang_c(0.5, 1, 1.0, 20_000),
        r.erlang_c(0.8, 1, 1.0, 34_000),
        r.erlang_c(0.9, 1, 1.0, 180_000),
        r.erlang_c(1.5, 2, 1.0, 26_000),
        r.erlang_c(2.7, 3, 1.0, 60_000),
        r.erlang_c(4, 5, 0.5, 21_000),
        r.erlang_c(8, 10, 0.25, 22_000),
        r.erlang_c(8.4, 12, 1 / 6, 13_000),
        r.erlang_b(0.5, 1, 2200),
        r.erlang_b(3, 5, 2500),
        r.erlang_b(5, 10, 10_000, lognormal),
        r.erlang_b(9, 10, 450, constant),
        r.erlang_b(18, 20, 800, SPREADS["hyperexponential"][0]),
        r.erlang_a(8.4, 12, 2, 1 / 6, 4000),
        r.erlang_a(10, 10, 0.5, 0.25, 1700),
        r.erlang_a(10, 10, 1, 0.25, 1300),
        r.mmck(8.4, 12, 17, 6000),
    )


def _large() -> tuple[Record, ...]:
    return (
        r.erlang_c(45, 50, 0.2, 14_000),
        r.erlang_c(90, 100, 1 / 6, 14_000),
        r.erlang_b(45, 50, 800),
        r.erlang_b(90, 100, 1100),
        r.erlang_b(100, 100, 180, SPREADS["constant"][0]),
        r.erlang_a(48, 50, 0.5, 1 / 6, 3000),
        r.erlang_a(100, 100, 0.5, 0.1, 1700),
        r.erlang_a(100, 90, 0.5, 0.25, 400),
        r.mmck(84, 90, 120, 5000),
    )


def _laws() -> tuple[Record, ...]:
    return (
        r.mdc(1.6, 2, 19_000),
        r.mdc(4, 5, 8000),
        r.mdc(8, 10, 10_000),
        r.mdc(18, 20, 11_000, warm_up=500),
        r.mg1(0.8, "constant", 23_000),
        r.mg1(0.8, "erlang4", 50_000),
        r.mg1(0.8, "lognormal_quarter", 29_000),
        r.mg1(0.8, "gamma", 40_000),
        r.mg1(0.8, "exponential", 32_000),
        r.mg1(0.8, "lognormal", 100_000),
        r.mg1(0.8, "hyperexponential", 66_000),
        r.mg1(0.8, "empirical", 45_000),
        r.mg1(0.9, "erlang2", 200_000),
        r.mphc(4, 5, "erlang2", 19_000),
        r.mphc(8, 10, "erlang2", 9600),
        r.mphc(8, 10, "hyperexponential", 36_000),
    )


def _priorities() -> tuple[Record, ...]:
    return (
        r.cobham((2, 5), 10, 17_000),
        r.cobham((1, 2, 1.5), 5, 84_000),
        r.cobham((0.2, 0.3, 0.3), 1, 80_000),
        r.cobham((1, 3, 5, 9), 20, 35_000, warm_up=500),
        r.tails((2, 5), 10, (0.1, 0.25, 0.5, 1, 2), 30_000),
        r.tails((0.3, 0.5), 1, (0.5, 1, 2, 5, 10), 40_000),
        r.mg1_priority(OWN_LAWS, 170_000),
    )


def _skills() -> tuple[Record, ...]:
    chain = [tuple((person + step) % 6 for step in range(3)) for person in range(6)]
    return (
        r.skilled("skill_N_design", N_DESIGN, 6500),
        r.skilled("skill_N_design_by_kind", N_DESIGN, 8000, by="kind"),
        r.skilled("skill_N_design_ab", N_LEAVING, 2000),
        r.skilled("skill_X_design_2x2", X_DESIGN, 14_000),
        r.identity((2.5, 2.5), (3, 4), 12_000),
        r.alis("alis_N_2agents", (0.5, 0.6), (1.0, 1.0), ((0,), (0, 1)), 16_000),
        r.alis("alis_W_3agents", (0.5, 0.5, 0.3), (1.0, 0.8, 1.3), ((0,), (0, 1), (1, 2)), 11_000),
        r.alis("alis_formula_check", (0.25, 0.25, 0.15), (1.0, 0.8, 1.3), ((0,), (0, 1), (1, 2)), 34_000),
        r.alis("chain6_rho0.7_2", (0.7,) * 6, (1.0,) * 6, [own[:2] for own in chain], 7500),
        r.alis("chain6_rho0.7_3", (0.7,) * 6, (1.0,) * 6, chain, 7500),
        r.alis("chain6_rho0.8_2", (0.8,) * 6, (1.0,) * 6, [own[:2] for own in chain], 14_000),
        r.alis("chain6_rho0.8_3", (0.8,) * 6, (1.0,) * 6, chain, 10_000),
    )


def _mechanics() -> tuple[Record, ...]:
    return (
        m.shared_places("wallace_whitt_84_1", 14.0, 15, 6, 30, 400, 300),
        m.shared_places("wallace_whitt_84_6", 14.0, 15, 6, 30, 2000, 100, apart=False),
        m.inbox("random", 1.5, 3, 6000),
        m.inbox("round_robin", 1.5, 3, 5000),
        m.inbox("least_open", 1.2, 2, 9000),
        m.neglect(1.0, 2, FORGETFUL, 4000),
        m.pull(0.5, 1, 0.4, 0.0, 16_000),
        m.pull(3.0, 5, 0.2, 0.3, 5000),
        m.deflected(2.0, 0.25, 2, 15_000),
        m.third(0.8, 2, Law(mean_min=2 * MEAN_MIN), 12_000),
        m.third(6.0, 8, Law(law="lognormal", mean_min=MEAN_MIN / 4, scv=2.0), 9000),
    )


def _changing() -> tuple[Record, ...]:
    """Return days from empty and changing rates; the last three have work and patience alike, and staff for a share."""
    day, step = partial(c.one_day, copies=60), 2 * pi / 24
    served = Hours(SWINGING, (), step, leaving=1.0, most=190, back=8)
    return (
        c.first(0.9, 1, 25, 200, (2, 10, 25)),
        c.first(0.5, 1, 1000, 12),
        c.first(0.8, 1, 100, 200, (100,)),
        c.first(4.5, 5, 100, 200, (100,)),
        day("ccdes_MMC", 8.4, 12, 240.0, 1 / 6, 0.0),
        day("ccdes_MMCAb", 8.4, 12, 240.0, 1 / 6, 2.0),
        c.closing(8.4, 12, 1 / 6, 60),
        replace(
            c.changing("mt_daily_no_ab", "Mt/M/c, a week is 24 mean works", WEEK_LONG, 25_200, 400,
                       (range(42), range(42, 84))),
            times=3,
        ),
        *(
            c.changing(
                f"fmmw_theta_eq_mu_{share:g}", "Mt/M/s(t)+M, work handed back",
                replace(served, staff=enough(SWINGING, step, share)), 86_400 / (2 * pi), weeks, (range(8, 12),),
            )
            for share, weeks in ((0.1, 70), (0.3, 25), (0.5, 20))
        ),
    )  # fmt: skip
