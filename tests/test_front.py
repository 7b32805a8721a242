"""The front of plans between cost, service and a third objective."""

import json
import math
from itertools import product

import polars as pl
import pytest

from optimize.estimate import SCHEMA
from optimize.pareto import COMMON_FROM, Point, bounds_from, front, opportunity_spread, undominated
from optimize.targets import Target
from scenarios.cli import main
from scenarios.commands.front import swept
from scenarios.files.desks import read
from scenarios.plots.fronts import front as picture
from scenarios.texts import text
from tests.test_staffing import desk, kind, n_design

WAIT = "wait_mean<=0"


def two_groups():
    """One head of a costs 1, one of b costs 2 a week; each has a kind of ticket of its own with little work."""
    kinds = {"a": kind("a", 6.0), "b": kind("b", 6.0)}
    return desk(kinds, {"a": ("a",), "b": ("b",)}, wages={"a": 1 / 168, "b": 2 / 168})


def by_hand(targets):
    """The mean wait is 12 minutes over the heads of a, plus 4 over those of b, in every world."""

    def estimate(plan, seeds):
        heads = {name: seat.heads for name, seat in plan.staff.seats.items()}
        parts = {"a": 12 / heads["a"], "b": 4 / heads["b"]}
        rows = [(str(t), None, seed, sum(parts.values())) for t in targets for seed in seeds]
        rows += [(str(t), name, seed, 2 * part) for t in targets for name, part in parts.items() for seed in seeds]
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")

    return estimate


def test_the_front_of_two_seat_groups_is_that_of_enumeration():
    """12/a + 4/b minutes for a + 2 b a week; the cheapest plan of every bound, by trying all heads up to 12.

    Bound 16: 1 and 1 for 3. 10: 2 and 1 for 4. 7: 4 and 1 (3 + 4) for 6. 5: 4 and 2 (3 + 2) for 8. Bound 5.5 gives
    4 and 2 as well, and stands on the front once.
    """
    bounds, every = [16, 10, 7, 5.5, 5], list(product(range(1, 13), repeat=2))
    best = [min((h for h in every if 12 / h[0] + 4 / h[1] <= b), key=lambda h: h[0] + 2 * h[1]) for b in bounds]
    assert best == [(1, 1), (2, 1), (4, 1), (4, 2), (4, 2)]
    points = front(two_groups(), WAIT, bounds, estimate=by_hand, worlds=4)
    assert [(point.seats["a"], point.seats["b"]) for point in points] == best[:4]
    assert [point.cost for point in points] == pytest.approx([3, 4, 6, 8])
    assert [point.service for point in points] == pytest.approx([16, 10, 7, 5])
    assert all(point.confirmed and point.third is None for point in points)
    assert {g: seat.heads for g, seat in points[-1].desk.staff.seats.items()} == {"a": 4, "b": 2}


def test_a_third_objective_decides_between_plans_of_one_cost():
    """Both groups take the skill and cost 1; the wait is 12 minutes over all heads, so bound 4 asks for any three.

    The third objective counts the heads of `one`; each group keeps what the planner states, at least 1, so 1 and 2 is
    best, whatever the search came to.
    """
    even = desk({"a": kind("a", 6.0)}, {"one": ("a",), "two": ("a",)})
    seen = []

    def judged(targets):
        def estimate(plan, seeds):
            value = 12 / sum(seat.heads for seat in plan.staff.seats.values())
            rows = [(str(t), None, seed, value) for t in targets for seed in seeds]
            return pl.DataFrame(rows, schema=SCHEMA, orient="row")

        return estimate

    def third(plan, seeds):
        seen.extend(seeds)
        return float(plan.staff.seats["one"].heads)

    (point,) = front(even, WAIT, [4], estimate=judged, worlds=3, third=third)
    assert sum(point.seats.values()) == 3
    least = min(point.seats["one"] for point in front(even, WAIT, [4], estimate=judged, worlds=3, third=third))
    assert point.third == least == point.seats["one"]
    assert set(seen) == set(range(COMMON_FROM, COMMON_FROM + 3))
    (plain,) = front(even, WAIT, [4], estimate=judged, worlds=3)
    assert point.third <= plain.seats["one"]


def made(cost, service, third, sense="<="):
    return Point(
        Target("csat_mean" if sense == ">=" else "wait_mean", sense, 3.0), {}, cost, service, third, {}, n_design()
    )


def test_points_that_another_beats_are_left_out():
    """(2, 5, 3) is beaten by (2, 5, 2); (3, 5, 1) is not, for its third is the least; of two equals one stays."""
    points = [made(2, 5, 3), made(3, 5, 1), made(2, 5, 2), made(1, 9, 9), made(1, 9, 9), made(4, 9, 9)]
    assert [(p.cost, p.service, p.third) for p in undominated(points)] == [(1, 9, 9), (2, 5, 2), (3, 5, 1)]


def test_more_is_better_where_the_service_is_bounded_from_below():
    points = [made(1, 3.5, None, ">="), made(2, 4.0, None, ">="), made(3, 3.9, None, ">=")]
    assert [p.service for p in undominated(points)] == [3.5, 4.0]


def test_a_service_that_no_world_tells_is_worse_than_any():
    assert [p.cost for p in undominated([made(1, math.nan, None), made(1, 9, None)])] == [1]
    assert undominated([made(1, math.nan, None), made(1, 9, None)])[0].service == 9


def test_an_interrupt_leaves_the_plans_that_were_found():
    found = []

    def interrupted(targets):
        judge = by_hand(targets)

        def estimate(plan, seeds):
            if any(target.value == 10 for target in targets):
                raise KeyboardInterrupt
            return judge(plan, seeds)

        return estimate

    with pytest.raises(KeyboardInterrupt):
        front(two_groups(), WAIT, [16, 10], estimate=interrupted, worlds=2, on_point=found.append)
    assert [point.cost for point in found] == pytest.approx([3])


def test_a_front_without_a_bound_is_refused():
    with pytest.raises(ValueError, match="at least one bound"):
        front(two_groups(), WAIT, [])


def test_bounds_that_nobody_states_lie_around_what_the_desk_does():
    """One head of each group for 7 of work: far more than half leave, so 1.4 and 2 times that are both everybody."""
    found = bounds_from(n_design(mean_min=60.0), Target("abandoned_rate", "<=", 0.0), worlds=2)
    assert len(found) == 4
    assert found == sorted(found)
    assert found[-1] == 1.0
    assert found[2] == pytest.approx(2 * found[0], abs=0.01)


def test_people_who_get_the_same_tickets_have_no_spread_of_opportunity():
    """A desk whose only person has nobody to differ from has none; two who share the work of a role have some."""
    alone = desk({"a": kind("a", 60.0)}, {"g": ("a",)})
    spread = opportunity_spread()
    assert spread(alone, [1]) is None
    both = alone.changed(staff=alone.staff.changed(seats={"g": alone.staff.seats["g"].changed(heads=2)}))
    found = spread(both, [1, 2])
    assert 0 < found < 1


# --- the command ---


@pytest.mark.parametrize(
    ("said", "kpi", "sense", "by", "bounds"),
    [
        ("wait_mean<=5,10", "wait_mean", "<=", None, [5.0, 10.0]),
        ("abandoned_rate[kind] <= 0.02, 0.05", "abandoned_rate", "<=", "kind", [0.02, 0.05]),
        ("csat_mean>=4", "csat_mean", ">=", None, [4.0]),
        ("wait_mean<=5,9 on 0.9", "wait_mean", "<=", None, [5.0, 9.0]),
        ("csat_mean", "csat_mean", ">=", None, []),
        ("wait_mean", "wait_mean", "<=", None, []),
    ],
)
def test_a_sweep_is_a_kpi_with_bounds_or_without(said, kpi, sense, by, bounds):
    target, found = swept("en", said)
    assert (target.kpi, target.sense, target.by, found) == (kpi, sense, by, bounds)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("wait_mean<5", "expected KPI<=VALUE"),
        ("wait_mean<=5,,6", "--front"),
        ("wait_meen<=5", "wait_mean"),
        ("abandoned_rate<=0.1,2", "0 to 1"),
        ("wait_mean[day]<=5", "cannot split by 'day'"),
    ],
)
def test_a_sweep_that_cannot_be_read_is_bad_input(said, told, capsys):
    assert main(["staff", "n_design", "--front", said]) == 2
    assert told in capsys.readouterr().err


def test_the_command_writes_a_front_of_plans_that_can_be_opened(tmp_path, capsys):
    """Of the two bounds, the stricter costs more; every plan is a scenario with the heads that the table states."""
    options = ["--weeks", "1", "--replications", "3", "--trials", "6", "--workers", "1"]
    asked = ["staff", "n_design", "--front", "abandoned_rate[kind]<=0.05,0.15", *options]
    assert main([*asked, "--out", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["inputs"]["bounds"] == [0.05, 0.15]
    costs = [point["cost"] for point in found["front"]]
    assert costs == sorted(set(costs))
    services = [point["service"] for point in found["front"]]
    assert services == sorted(services, reverse=True) or any(point["spread"] is not None for point in found["front"])
    for number, point in enumerate(found["front"], 1):
        desk = read(str(tmp_path / f"plan_{number}" / "planned.toml")).desk
        assert {group: seat.heads for group, seat in desk.staff.seats.items()} == point["seats"]
    assert json.loads((tmp_path / "front.json").read_text("utf-8")) == found
    assert len((tmp_path / "front.csv").read_text("utf-8-sig").splitlines()) == 1 + len(costs)
    assert (tmp_path / "front.svg").read_text("utf-8").startswith("<svg")


def test_the_picture_and_the_table_speak_chinese():
    point = front(two_groups(), WAIT, [16], estimate=by_hand, worlds=2)[0]
    drawn = picture([point], text("zh", "kpi.wait_mean"), "CNY", "zh")
    assert "每周成本（CNY）" in drawn
    assert "平均等待时间" in drawn
    assert drawn == picture([point], text("zh", "kpi.wait_mean"), "CNY", "zh")
