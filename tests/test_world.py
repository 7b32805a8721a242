"""Worlds: the right number of tickets at the right times, and common random numbers by construction."""

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim import sample
from sim.calendar import ALWAYS, Calendar
from sim.desk import (
    Burst,
    Curve,
    Demand,
    Desk,
    Kind,
    Law,
    Outcome,
    Role,
    Routing,
    Seat,
    Shift,
    Staff,
    Stage,
    Surge,
    Team,
)
from sim.sla import Clause, Sla, Target
from sim.world import World

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE_HOURS = (0.0,) * 8 + (1.0, 3.0, 4.0, 2.0, 1.0, 2.0, 3.0, 3.0, 2.0, 1.0) + (0.5,) * 6

REFUND = Kind(
    category="money", per_week=400.0, curve="office", priorities={"urgent": 0.2, "normal": 0.8},
    route=(
        Stage(department="desk", skill="answer", work=Law(law="lognormal", mean_min=9.0, scv=1.5), asks=0.3,
              answer=Law(mean_min=60.0)),
        Stage(department="bank", skill="pay", work=Law(law="gamma", mean_min=4.0, scv=0.5)),
    ),
    difficulty_mean=0.4, difficulty_sd=1.2, patience=Law(mean_min=30.0),
)  # fmt: skip
LOGIN = Kind(
    category="platform", per_week=250.0, priorities={"normal": 1.0},
    route=(Stage(department="desk", skill="answer", work=Law(law="constant", mean_min=3.0)),),
)  # fmt: skip


def desk_of(kinds: dict[str, Kind], *, demand: dict[str, Any] | None = None, **rest: Any) -> Desk:
    """Return a desk with two people around the clock."""
    given: dict[str, Any] = {
        "start": date(2026, 3, 2), "weeks": 3, "time_zone": "Europe/Berlin", "priorities": ("urgent", "normal"),
        "staff": Staff(
            roles={"adviser": Role(skills=("answer", "pay"))}, teams={"desk": Team(department="desk")},
            shifts={"always": Shift(days=WEEK, hours="00:00-24:00")},
            seats={"seat": Seat(role="adviser", team="desk", takes=("answer", "pay"), shift="always", heads=2)},
        ),
    }  # fmt: skip
    curves = {"office": Curve(days=(2.0, 1.5, 1.0, 1.0, 1.0, 0.2, 0.0), hours=OFFICE_HOURS)}
    return Desk(demand=Demand(kinds=kinds, **({"curves": curves} | (demand or {}))), **(given | rest))


def flat(per_week: float, **kind: Any) -> Kind:
    return LOGIN.changed(per_week=per_week, **kind)  # type: ignore[return-value]


def by_name(world: World) -> dict[tuple[int, ...], tuple[object, ...]]:
    """Return what every ticket is and needs, under its name."""
    columns = (
        world.created_s, [world.kinds[k] for k in world.kind], world.priority, world.learner, world.difficulty,
        world.patience_s, world.work_ms.tolist(), world.asks.tolist(),
    )  # fmt: skip
    rows = list(zip(*(np.asarray(c, object).tolist() for c in columns), strict=True))
    found = dict(zip(map(tuple, world.name.tolist()), rows, strict=True))
    assert len(found) == len(world)
    return found


def wall(desk: Desk, world: World) -> list[datetime]:
    """Return the local wall time of every creation, by the standard library alone."""
    start = desk.timeline().start
    return [(start + timedelta(seconds=int(s))).astimezone(ZoneInfo(desk.time_zone)) for s in world.created_s]


def assert_same(one: World, other: World) -> None:
    for field in dataclasses.fields(World):
        a, b = getattr(one, field.name), getattr(other, field.name)
        assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b, field.name


BASE = desk_of({"refund": REFUND, "login": LOGIN})


def test_a_world_is_in_order_and_within_its_run() -> None:
    world = sample(BASE, 1)
    assert (np.diff(world.created_s) >= 0).all()
    assert world.created_s.min() >= 0
    assert world.created_s.max() < world.until_s == 21 * 86_400


def test_staff_routing_targets_and_outcome_touch_no_number_of_a_world() -> None:
    seat = Seat(role="adviser", team="desk", takes=("pay", "answer"), shift="always", heads=9)
    hours = Calendar(hours={"mon": ("09:00-17:00",)})
    other = BASE.changed(
        staff=BASE.staff.changed(seats={"aaa": seat, **BASE.staff.seats}, hire_seed=4),
        routing=Routing(mode="inbox", policy="sla_slack", at_shift_end="carry_over", pickup=Law(mean_min=3.0)),
        outcome=Outcome(solved_logit=-1.0, survey=1.0, reopen_work=1.0), calendars={"short": hours},
        sla=Sla(priorities={"urgent": Target(response=Clause(target_min=5, calendar="short"))}), title="other",
    )  # fmt: skip
    assert_same(sample(BASE, 3), sample(other, 3))


def test_the_order_of_kinds_and_surges_in_a_file_plays_no_part() -> None:
    surges = {f"s{n}": Surge(first_day=1, last_day=28, factor=f) for n, f in enumerate((0.1, 0.7, 1.3, 3.3))}
    one = desk_of({"refund": REFUND, "login": LOGIN}, demand={"surges": surges})
    other = desk_of({"login": LOGIN, "refund": REFUND}, demand={"surges": dict(reversed(surges.items()))})
    assert_same(sample(one, 2), sample(other, 2))


@pytest.mark.parametrize("factor", [1.3, 3.0])
def test_more_volume_adds_tickets_and_moves_none(factor: float) -> None:
    more = desk_of({"refund": REFUND.changed(per_week=400.0 * factor), "login": flat(250.0 * factor)})  # type: ignore[dict-item]
    few, many = by_name(sample(BASE, 5)), by_name(sample(more, 5))
    assert few.items() <= many.items()
    assert len(many) == pytest.approx(factor * len(few), abs=5 * np.sqrt(factor * len(few)))


def test_a_busy_day_adds_tickets_and_moves_none_and_a_quiet_day_only_takes_away() -> None:
    busy = desk_of({"refund": REFUND, "login": LOGIN}, demand={"busyness_shape": 1.5})
    world, plain = sample(busy, 11), sample(BASE, 11)
    assert world.busyness.max() > 2.5
    assert world.busyness.min() < 0.4
    assert (plain.busyness == 1).all()
    few, many = by_name(plain), by_name(world)
    for day, factor in enumerate(world.busyness):
        before = {name: row for name, row in few.items() if name[1] >> 16 == day}
        after = {name: row for name, row in many.items() if name[1] >> 16 == day}
        assert before.items() <= after.items() if factor >= 1 else after.items() <= before.items()


def test_a_special_day_and_a_surge_of_some_kinds_leave_the_rest_alone() -> None:
    surged = desk_of(
        {"refund": REFUND, "login": LOGIN},
        demand={
            "special_days": {"2026-03-10": 2.5},
            "surges": {"start": Surge(first_day=1, last_day=5, factor=2.0, kinds=("refund",))},
        },
    )
    few, many = by_name(sample(BASE, 7)), by_name(sample(surged, 7))
    assert few.items() < many.items()
    added = {(row[1], name[1] >> 16) for name, row in many.items() if name not in few}
    assert added == {("refund", day) for day in (0, 1, 2, 3, 8)} | {("login", 8)}


def test_a_burst_adds_tickets_of_its_kinds_in_its_hours_alone() -> None:
    """Logins come at 250 / 168 an hour; eight times as many for 3 h on 11 March are 31 more, with an SD below 6.

    A burst over midnight has hours on two days, and one of factor 0 takes all away.
    """
    outage = Burst(date=date(2026, 3, 11), hours="14:00-17:00", factor=8.0, kinds=("login",))
    night = Burst(date=date(2026, 3, 17), hours="20:00-04:00", factor=0.0)
    desk = desk_of({"refund": REFUND, "login": LOGIN}, demand={"bursts": {"outage": outage, "night": night}})
    world = sample(desk, 7)
    few, many = by_name(sample(BASE, 7)), by_name(world)
    when = dict(zip(many, wall(desk, world), strict=True))
    added = [(many[name][1], when[name].date(), when[name].hour) for name in many.keys() - few.keys()]
    assert {row[:2] for row in added} == {("login", date(2026, 3, 11))}
    assert {hour for *_, hour in added} == {14, 15, 16}
    assert len(added) == pytest.approx(31, abs=25)
    gone = few.keys() - many.keys()
    base = dict(zip(few, wall(BASE, sample(BASE, 7)), strict=True))
    assert gone == {name for name, at in base.items() if 20 <= at.hour + 24 * (at.day - 17) < 28}
    assert {base[name].day for name in gone} == {17, 18}
    assert all(many[name] == few[name] for name in many.keys() & few.keys())


def test_another_kind_and_more_weeks_move_no_ticket() -> None:
    world = by_name(sample(BASE, 4))
    wider = desk_of({"refund": REFUND, "login": LOGIN, "aa": flat(90.0), "zz": flat(90.0)}, weeks=5)
    found = by_name(sample(wider, 4))
    for name, row in world.items():
        assert found[name] == row


def test_another_kind_and_more_weeks_change_no_day_s_busyness() -> None:
    busy = {"busyness_shape": 4.0}
    world = sample(desk_of({"refund": REFUND}, demand=busy), 4)
    wider = sample(desk_of({"aa": flat(90.0), "refund": REFUND, "zz": flat(90.0)}, demand=busy, weeks=5), 4)
    assert world.busyness.std() > 0.2
    assert (wider.busyness[:21] == world.busyness).all()
    assert by_name(world).items() <= by_name(wider).items()


def test_another_seed_gives_another_world() -> None:
    assert not by_name(sample(BASE, 1)).items() & by_name(sample(BASE, 2)).items()


def test_a_kind_of_rate_0_sends_nothing_and_a_desk_of_nothing_is_an_empty_world() -> None:
    world = sample(desk_of({"refund": REFUND.changed(per_week=0.0)}), 1)  # type: ignore[dict-item]
    assert len(world) == 0
    assert world.work_ms.shape == (0, 2)


def daily(world: World, days: int) -> NDArray[np.int64]:
    """Return tickets by day in UTC."""
    return np.bincount(world.created_s // 86_400, minlength=days)


def test_counts_by_day_are_poisson() -> None:
    """Variance over mean of n Poisson counts is 1 with a standard error of sqrt(2 / n)."""
    weeks = 200
    for per_week in (14.0, 700.0):
        world = sample(desk_of({"login": flat(per_week)}, weeks=weeks, time_zone="UTC"), 1)
        counts = daily(world, 7 * weeks)
        n = len(counts)
        assert counts.mean() == pytest.approx(per_week / 7, abs=4 * np.sqrt(per_week / 7 / n))
        assert counts.var(ddof=1) / counts.mean() == pytest.approx(1, abs=4 * np.sqrt(2 / n))
        shifted = np.corrcoef(counts[:-1], counts[1:])[0, 1]
        assert abs(shifted) < 4 / np.sqrt(n)


def test_busyness_makes_counts_over_dispersed_by_the_mean_over_the_shape_and_is_shared_by_kinds() -> None:
    """Given G with mean 1 and variance 1 / k, counts of mean m have variance m + m^2 / k and covariance m^2 / k."""
    weeks, mean, shape = 400, 50.0, 8.0
    kinds = {"a": flat(7 * mean), "b": flat(7 * mean)}
    desk = desk_of(kinds, weeks=weeks, time_zone="UTC", demand={"busyness_shape": shape})
    world = sample(desk, 1)
    a, b = (np.bincount(world.created_s[world.kind == k] // 86_400, minlength=7 * weeks) for k in (0, 1))
    assert world.busyness.mean() == pytest.approx(1, abs=4 / np.sqrt(shape * 7 * weeks))
    assert world.busyness.var() == pytest.approx(1 / shape, rel=0.15)
    assert a.var() / a.mean() == pytest.approx(1 + mean / shape, rel=0.15)
    assert np.cov(a, b)[0, 1] == pytest.approx(mean**2 / shape, rel=0.2)


def test_arrivals_follow_the_hours_of_the_local_week() -> None:
    """Chi-square against the curve's shape: the mean plus 5 standard deviations of its law is allowed."""
    weeks = 20
    desk = desk_of({"refund": REFUND.changed(per_week=4000.0)}, weeks=weeks, time_zone="Asia/Shanghai")  # type: ignore[dict-item]
    world = sample(desk, 1)
    hour = np.array([24 * t.weekday() + t.hour for t in wall(desk, world)])
    shape = np.array(desk.demand.curves["office"].shape())
    wanted = 4000.0 * weeks * shape / shape.sum()
    counts = np.bincount(hour, minlength=168)
    assert not counts[wanted == 0].any()
    open_hours = wanted > 0
    chi2 = ((counts - wanted)[open_hours] ** 2 / wanted[open_hours]).sum()
    assert abs(chi2 - open_hours.sum()) < 5 * np.sqrt(2 * open_hours.sum())


def test_within_an_hour_arrivals_are_even() -> None:
    world = sample(desk_of({"login": flat(50_000.0)}, weeks=1), 1)
    counts = np.bincount(world.created_s % 3600 // 60, minlength=60)
    wanted = len(world) / 60
    assert abs(((counts - wanted) ** 2 / wanted).sum() - 59) < 5 * np.sqrt(2 * 59)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
def test_a_surge_holds_on_the_local_days_of_its_month(zone: str) -> None:
    surges = {"off": Surge(first_day=30, last_day=31, factor=0.0), "first": Surge(first_day=1, last_day=1, factor=4.0)}
    desk = desk_of({"login": flat(1400.0)}, start=date(2026, 3, 23), time_zone=zone, demand={"surges": surges})
    dates = [t.date() for t in wall(desk, sample(desk, 1))]
    assert dates.count(date(2026, 3, 30)) == dates.count(date(2026, 3, 31)) == 0
    assert dates.count(date(2026, 3, 29)) == pytest.approx(200, abs=60)
    assert dates.count(date(2026, 4, 1)) == pytest.approx(800, abs=120)
    assert dates.count(date(2026, 4, 2)) == pytest.approx(200, abs=60)


def test_the_days_of_a_clock_change_have_23_and_25_hours_of_arrivals() -> None:
    """In Berlin 02:00-03:00 does not exist on 29 March 2026 and comes twice on 25 October."""
    hours = [0.0] * 24
    hours[2] = 1.0
    for start, change, factor in [
        (date(2026, 3, 23), date(2026, 3, 29), 0),
        (date(2026, 10, 19), date(2026, 10, 25), 2),
    ]:
        night = {"curves": {"office": Curve(hours=tuple(hours))}}
        desk = desk_of({"refund": REFUND.changed(per_week=7000.0)}, start=start, weeks=1, demand=night)  # type: ignore[dict-item]
        world = sample(desk, 1)
        walls = wall(desk, world)
        assert {t.hour for t in walls} == {2}
        assert sum(t.date() == change for t in walls) == pytest.approx(1000 * factor, abs=5 * np.sqrt(1000 * factor))
        even = desk_of({"login": flat(70_000.0)}, start=start, weeks=1)
        counts = [t.date() == change for t in wall(even, sample(even, 1))]
        wanted = 10_000 * (23 + factor) / 24
        assert sum(counts) == pytest.approx(wanted, abs=4 * np.sqrt(wanted))
        assert sample(even, 1).until_s == (168 - 1 + factor) * 3600


@pytest.mark.parametrize("clock_s", [60, 600, 3600])
def test_a_coarse_clock_moves_every_ticket_to_the_grain_before_it(clock_s: int) -> None:
    fine, coarse = by_name(sample(BASE, 1)), by_name(sample(BASE.changed(clock_s=clock_s), 1))  # type: ignore[arg-type]
    assert fine.keys() == coarse.keys()
    for name, row in fine.items():
        other = coarse[name]
        assert other[0] == row[0] // clock_s * clock_s  # type: ignore[operator]
        assert other[1:5] == row[1:5]
        assert other[5] == (row[5] if row[5] == -1 else -(-row[5] // clock_s) * clock_s)  # type: ignore[operator]
        assert other[6:] == row[6:]


def test_features_have_the_shares_and_means_that_the_kind_states() -> None:
    """Tolerances are 5 standard errors."""
    world = sample(desk_of({"refund": REFUND.changed(per_week=7000.0)}, weeks=3, demand={"learners": 50}), 1)  # type: ignore[dict-item]
    n = len(world)
    assert (world.priority == 0).mean() == pytest.approx(0.2, abs=5 * np.sqrt(0.16 / n))
    assert world.asks[:, 0].mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / n))
    assert not world.asks[:, 1].any()
    assert world.difficulty.mean() == pytest.approx(0.4, abs=5 * 1.2 / np.sqrt(n))
    assert world.difficulty.std() == pytest.approx(1.2, rel=5 / np.sqrt(2 * n))
    assert world.work_ms[:, 0].mean() == pytest.approx(540_000, rel=5 * np.sqrt(1.5 / n))
    assert world.work_ms[:, 1].mean() == pytest.approx(240_000, rel=5 * np.sqrt(0.5 / n))
    assert (world.patience_s - 0.5).mean() == pytest.approx(1800, rel=5 / np.sqrt(n))
    assert set(world.learner.tolist()) == set(range(50))
    features = (world.difficulty, world.learner, world.patience_s, world.work_ms[:, 0], world.work_ms[:, 1])
    assert np.abs(np.corrcoef(features) - np.eye(5)).max() < 5 / np.sqrt(n)


def test_what_a_ticket_brings_is_drawn_from_numbers_of_their_own() -> None:
    """No two of its features go together: correlations of ranks stay within five standard errors of 0."""
    world = sample(desk_of({"refund": REFUND.changed(per_week=4000.0)}), 1)  # type: ignore[dict-item]
    features = (
        world.learner, world.priority, world.difficulty, world.patience_s, *world.work_ms.T, world.asks[:, 0],
        world.created_s % 86_400,
    )  # fmt: skip
    ranks = [stats.rankdata(feature) for feature in features]
    found = np.corrcoef(ranks) - np.eye(len(ranks))
    assert np.abs(found).max() < 5 / np.sqrt(len(world))


def test_a_priority_without_a_share_never_comes() -> None:
    kind = REFUND.changed(priorities={"b": 0.3, "c": 0.7, "d": 0.0})
    world = sample(desk_of({"refund": kind}, priorities=("a", "b", "c", "d", "e")), 1)  # type: ignore[dict-item]
    assert set(world.priority.tolist()) == {1, 2}


def test_a_ticket_without_patience_waits_without_limit() -> None:
    world = sample(BASE, 1)
    login = world.kind == world.kinds.index("login")
    assert (world.patience_s[login] == -1).all()
    assert (world.patience_s[~login] >= 1).all()


@pytest.mark.parametrize("per_week", [1.6e7, 1e300])
def test_a_rate_beyond_the_model_is_refused_by_name(per_week: float) -> None:
    with pytest.raises(ValueError, match=r"demand\.kinds\.login: more than 2 million tickets a day"):
        sample(desk_of({"login": flat(per_week)}, weeks=1), 1)


def test_two_kinds_whose_names_have_one_code_are_refused() -> None:
    """The two words are a well-known pair of one CRC-32."""
    with pytest.raises(ValueError, match=r"demand\.kinds: 'buckeroo' and 'plumless' would be given the same chance"):
        sample(desk_of({"plumless": LOGIN, "buckeroo": LOGIN}), 1)


def test_a_local_day_of_26_hours_is_refused_by_its_date() -> None:
    """Troll puts its clocks two hours back on 26 October 2025."""
    desk = desk_of({"login": LOGIN}, weeks=1, start=date(2025, 10, 20), time_zone="Antarctica/Troll")
    with pytest.raises(ValueError, match=r"time_zone: 2025-10-26 lasts 26 h in Antarctica/Troll"):
        sample(desk, 1)


def test_a_curve_named_flat_is_refused() -> None:
    with pytest.raises(ValueError, match=r"demand\.curves\.flat: `flat` is the even curve"):
        desk_of({"login": LOGIN}, demand={"curves": {"flat": Curve()}})


def test_a_calendar_named_always_is_refused_unless_it_is_that() -> None:
    with pytest.raises(ValueError, match=r"calendars\.always: `always` is open around the clock"):
        desk_of({"login": LOGIN}, calendars={"always": Calendar(hours={"mon": ("09:00-10:00",)})})
    assert desk_of({"login": LOGIN}, calendars={"always": ALWAYS}).calendar("always") == ALWAYS


@pytest.mark.parametrize("day", ["20260501", "2026-W18-5", "2026-13-01", "first_of_may"])
def test_a_special_day_that_is_not_written_as_a_date_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match="special_days"):
        desk_of({"login": LOGIN}, demand={"special_days": {day: 0.0}})
