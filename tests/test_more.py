"""What comes by the calendar or of other tickets: seasons, schedules, repeats, and what self-service keeps away."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from optimize.workload import _arrivals
from sim import chance, model, sample
from sim.desk import Again, Desk, Schedule, Season
from sim.world import World, day_factors
from tests.by_hand import DAY, H, always, desk_of, kind
from tests.drawn import some


def desk_with(weeks: int = 1, zone: str = "UTC", demand: dict[str, Any] | None = None, **fields: Any) -> Desk:
    per_week = fields.pop("per_week", 300.0)
    desk = desk_of({"ana": {}}, {"answer": kind(**fields).changed(per_week=per_week)})  # type: ignore[dict-item]
    changed = desk.demand.changed(**(demand or {}))
    return desk.changed(weeks=weeks, time_zone=zone, demand=changed)  # type: ignore[return-value]


def by_name(world: World) -> dict[tuple[int, ...], tuple[int, ...]]:
    """Return everything that was drawn for a ticket, by its name."""
    facts = (world.created_s, world.kind, world.priority, world.learner, world.patience_s, world.work_ms[:, 0])
    return dict(zip(map(tuple, world.name.tolist()), zip(*(f.tolist() for f in facts), strict=True), strict=True))


def test_self_service_keeps_a_share_away_and_changes_nothing_for_the_others():
    """Of n = 1200 or so, 30 % stay away: the share lies within 4 standard errors, 4 x sqrt(0.21 / n) = 0.053."""
    whole, some_of, fewer = (by_name(sample(desk_with(4, deflected=share), 5)) for share in (0.0, 0.3, 0.6))
    assert fewer.keys() < some_of.keys() < whole.keys()
    assert all(whole[name] == facts for name, facts in some_of.items())
    assert abs(1 - len(some_of) / len(whole) - 0.3) < 4 * np.sqrt(0.21 / len(whole))
    assert not by_name(sample(desk_with(deflected=1.0), 5))


def test_a_ticket_is_deflected_if_its_own_number_lies_within_the_share():
    whole, left = (by_name(sample(desk_with(deflected=share), 2)) for share in (0.0, 0.25))
    names = np.array(list(whole), np.uint32)
    u = chance.uniforms(2, chance.code("deflected"), names)
    assert {tuple(name) for name in names[u > 0.25].tolist()} == left.keys()


@pytest.mark.parametrize(
    ("first", "last", "inside", "outside"),
    [
        ("2026-03-04", "2026-03-05", ["2026-03-04", "2026-03-05"], ["2026-03-03", "2026-03-06", "2027-03-04"]),
        ("06-10", "07-05", ["2026-06-10", "2027-07-05"], ["2026-06-09", "2026-07-06"]),
        ("12-20", "01-06", ["2026-12-20", "2026-12-31", "2027-01-06"], ["2026-12-19", "2027-01-07"]),
    ],
)
def test_a_season_holds_its_first_day_and_its_last(first, last, inside, outside):
    season = Season(first_day=first, last_day=last, factor=2.0)
    assert all(season.holds(date.fromisoformat(day)) for day in inside)
    assert not any(season.holds(date.fromisoformat(day)) for day in outside)


def test_seasons_multiply_with_each_other_and_with_surges_and_touch_their_kinds():
    """2 March is day 0. Days 2 and 3 have the factor 2, day 3 also 3 for one of the kinds."""
    seasons = {
        "term": Season(first_day="2026-03-04", last_day="2026-03-05", factor=2.0),
        "graduation": Season(first_day="03-05", last_day="03-05", factor=3.0, kinds=("answer",)),
    }
    assert day_factors(desk_with(demand={"seasons": seasons}), "answer").tolist() == [1, 1, 2, 6, 1, 1, 1]
    desk = desk_of(kinds={"answer": kind(), "pay": kind()})
    desk = desk.changed(demand=desk.demand.changed(seasons=seasons))
    assert day_factors(desk, "pay").tolist() == [1, 1, 2, 2, 1, 1, 1]


def test_a_higher_season_adds_tickets_and_moves_none():
    season = Season(first_day="2026-03-04", last_day="2026-03-05", factor=2.0)
    plain, more = by_name(sample(desk_with(), 3)), by_name(sample(desk_with(demand={"seasons": {"a": season}}), 3))
    assert plain.items() < more.items()
    added = {facts[0] // 86_400 for name, facts in more.items() if name not in plain}
    assert added == {2, 3}


def test_scheduled_work_comes_to_the_second_and_without_chance():
    """Tuesday 3 and Thursday 5 March at 09:00 and 14:30, two tickets each; in the second week none."""
    plan = Schedule(days=("tue", "thu"), at=("09:00", "14:30"), tickets=2, every_weeks=2)
    desk = desk_with(3, per_week=0.0, schedules={"follow_up": plan})
    minutes = [day * DAY + at for day in (1, 3, 15, 17) for at in (9 * H, 14 * H + 30) for _ in range(2)]
    for seed in (1, 2):
        world = sample(desk, seed)
        assert (world.created_s / 60).tolist() == minutes
        assert len({tuple(name) for name in world.name.tolist()}) == len(world)
    assert sample(desk, 1).learner.tolist() != sample(desk, 2).learner.tolist()


def test_a_scheduled_time_is_one_of_the_wall_clock():
    """Berlin moves its clocks on 29 March 2026: 09:00 is 8 h after midnight on that Sunday."""
    plan = Schedule(days=("sat", "sun"), at=("09:00",))
    desk = desk_with(per_week=0.0, schedules={"a": plan}, zone="Europe/Berlin").changed(start=date(2026, 3, 23))
    assert sample(desk, 1).created_s.tolist() == [(5 * 24 + 9) * 3600, (6 * 24 + 8) * 3600]


def test_a_schedule_changes_no_other_ticket():
    plain = by_name(sample(desk_with(), 4))
    more = by_name(sample(desk_with(schedules={"a": Schedule(at=("10:00",), tickets=3)}), 4))
    assert plain.items() < more.items()
    assert len(more) == len(plain) + 15


def test_a_repeat_is_a_new_ticket_of_the_same_learner_after_the_delay():
    """With share 1 every ticket of day d comes again on days d + 2, d + 4, ... up to the end of the week."""
    desk = desk_with(per_week=10.0, repeats=Again(share=1.0, after=always(2 * DAY)))
    plain, world = sample(desk_with(per_week=10.0), 6), sample(desk, 6)
    wanted = sorted(
        (at_s, learner)
        for first_s, learner in zip(plain.created_s.tolist(), plain.learner.tolist(), strict=True)
        for at_s in range(first_s, desk.until_s(), 2 * 86_400)
    )
    assert sorted(zip(world.created_s.tolist(), world.learner.tolist(), strict=True)) == wanted
    assert len({tuple(name) for name in world.name.tolist()}) == len(world)


def test_a_larger_share_repeats_more_of_the_same_and_changes_no_ticket():
    few, many = (by_name(sample(desk_with(repeats=Again(share=share, after=always(300.0))), 8)) for share in (0.1, 0.4))
    assert by_name(sample(desk_with(), 8)).items() < few.items() < many.items()


@some(40)
@given(st.sampled_from([1, 60, 3600]), st.floats(0, 0.9), st.integers(0, 20))
def test_tickets_come_in_the_order_of_creation_then_of_kind_and_name(clock_s: int, share: float, seed: int):
    fields = {"repeats": Again(share=share, after=always(60)), "schedules": {"a": Schedule(at=("10:00",), tickets=2)}}
    desk = desk_of({"ana": {}}, {name: kind(**fields).changed(per_week=40.0) for name in ("a", "b")}, clock_s=clock_s)
    world = sample(desk, seed)
    keys = list(zip(world.created_s.tolist(), world.kind.tolist(), map(tuple, world.name.tolist()), strict=True))
    assert keys == sorted(keys)
    assert (world.created_s % clock_s == 0).all() and (world.created_s < desk.until_s()).all()


def test_the_optimizer_expects_as_many_tickets_as_come():
    """Weekly: 300 x 0.8 / (1 - 0.25) + 3 x 5 = 335; over 40 weeks, with little left to repeat after the end."""
    desk = desk_with(
        40,
        deflected=0.2,
        repeats=Again(share=0.25, after=always(60)),
        schedules={"a": Schedule(at=("10:00",), tickets=3)},
    )
    expected = _arrivals(desk, "answer", desk.demand.kinds["answer"]).sum()
    assert expected == pytest.approx(335)
    assert len(sample(desk, 1)) / 40 == pytest.approx(335, abs=4 * np.sqrt(335 / 40 * 1.7))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Season(first_day="2026-3-4", last_day="2026-03-05", factor=1.0), "got '2026-3-4'"),
        (lambda: Season(first_day="13-01", last_day="13-02", factor=1.0), "or as 06-10 for every year, got '13-01'"),
        (lambda: Season(first_day="03-01", last_day="2026-03-05", factor=1.0), "must both name a year, or neither"),
        (lambda: Season(first_day="2026-03-06", last_day="2026-03-05", factor=1.0), "lies before first_day"),
        (lambda: Schedule(at=("9:00",)), "expected a wall time from 00:00 to 24:00, got '9:00'"),
        (lambda: Schedule(at=("10:00", "09:00")), "must rise, got 10:00, 09:00"),
        (lambda: Schedule(days=("mon", "mon"), at=("10:00",)), "a day is named twice in mon, mon"),
        (lambda: desk_with(demand={"seasons": {"a": Season(first_day="03-01", last_day="03-05", factor=1.0,
                                                           kinds=("answr",))}}), "did you mean 'answer'"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(made, said):
    with pytest.raises(ValidationError) as caught:
        made()
    assert said in str(caught.value)


def test_a_world_of_other_demand_is_refused():
    desk, other = desk_with(deflected=0.5), desk_with()
    with pytest.raises(ValueError, match=r"its demand\.kinds\.answer differs"):
        model.begin(other, sample(desk, 1))
