"""The proofs of staffing: what plans are scored against is itself right, and a quick run of them goes through."""

import json
import math
from pathlib import Path

import pytest

from benchmarks import staffing, staffing_exact, staffing_page
from benchmarks.staffing_desks import LEVELS, desk_of, small
from benchmarks.staffing_rivals import asked, erlang_and_cover, pyworkforce, question_of
from benchmarks.staffing_small import Asked, Question, cheaper
from optimize.targets import Figure, expanded
from tests.test_staffing import OFFICE, desk, kind


def test_the_best_plans_of_queues_are_least_by_their_own_exact_figures():
    """10 arrivals per mean work: 14, 15 and 15 people, as record staff_erlangC says; one fewer breaks the bound."""
    best = [staffing_exact.erlang_c(10, level, 1).best["agent"] for level in LEVELS]
    assert best == [14, 15, 15]
    for level in LEVELS:
        known = staffing_exact.erlang_c(10, level, 1)
        targets = expanded(known.question.targets, known.question.desk)
        assert staffing_exact.kept(targets, known.truth(known.best))
        assert not staffing_exact.kept(targets, known.truth({"agent": known.best["agent"] - 1}))


def test_the_n_design_of_the_catalogue_is_that_of_the_record():
    """Record opt_N: 3 and 6 heads for 9.6 a week, 0.041219 and 0.045209 of the tickets leave."""
    known = staffing_exact.n_design()
    assert known.best == {"pool_0": 3, "pool_1": 6}
    assert list(known.truth(known.best).values()) == pytest.approx([0.0412187, 0.0452086], abs=1e-6)
    costs = staffing_exact.head_costs(known.question.desk)
    assert staffing_exact.cost_of(costs, known.best) == pytest.approx(9.6)


def test_all_that_costs_less_is_tried_but_what_theory_rules_out():
    """Two skills with 1.5 and 0.5 heads of work that nobody leaves, and heads of 1, 1 and 1.1; below 3.1.

    Any two heads are no more than all work, 2.0, which is not ruled out: equal is left to the simulation. So 2 heads
    that take both skills between them (a+b, a+wide, b+wide, wide+wide; but b takes no a, so b+wide has one head for
    1.5 of work and is out, as a+b is), or three heads for less than 3.1.
    """
    desk = desk_of({"a": 1.5, "b": 0.5}, {"a": ("a",), "b": ("b",), "wide": ("a", "b")}, work_min=10.0, weeks=1)
    asked = Asked.of(Question(desk, ("wait_mean<=5",)))
    found = [tuple(heads.values()) for heads in cheaper(asked, 3.1)]
    assert found == [(1, 0, 1), (0, 0, 2), (2, 1, 0)]
    assert list(cheaper(asked, 2.0)) == []


def test_random_small_desks_are_the_same_for_the_same_number_and_name_bounds_that_exist():
    for number in range(8):
        question = small(number)
        assert question == small(number)
        assert len(expanded(question.targets, question.desk)) == 2 + (number % 3 == 2)


def test_a_small_week_of_days_off_is_covered_at_the_enumerated_optimum():
    found = staffing_exact.small_office(3)
    assert found["feasible"]
    assert found["cost"] == pytest.approx(found["best"])


def test_a_stopped_run_goes_on_where_it_stood_and_a_missed_bar_is_said(tmp_path: Path):
    """Four plans, one of them truly infeasible: 75 % is less than 95 %; the infeasible one has no gap to count."""
    made, found = [], {"slack": {"opt_N": 3.0}}

    def step(number):
        made.append(number)
        return {"name": "opt_N", "feasible": number > 0, "gap": 0.01 * number, "status": "confirmed", "worlds": 9}

    for numbers in (range(2), range(4)):
        steps = ((f"exact/opt_N {number}", lambda number=number: step(number)) for number in numbers)
        staffing.tried(steps, tmp_path / "found.json", found)
    assert made == [0, 1, 2, 3]
    assert json.loads((tmp_path / "found.json").read_text()) == found
    feasible, gap = staffing_page.bars(found)
    assert (feasible.found, feasible.met) == ("75.0%", False)
    assert (gap.found, gap.met) == ("2.00%", False)
    assert "| **missed** |" in staffing_page.page(
        found | {"made": {"extent": {"worlds": 1, "trials": 1, "n_weeks": 1}} | MADE}
    )


MADE = {"machine": "one", "versions": "none"}


def test_an_instance_without_slack_is_set_aside():
    run = {"name": "opt_N", "feasible": False, "gap": -0.1}
    assert staffing_page.clear_runs({"slack": {"opt_N": 1.9}, "exact": {"opt_N 1": run}}) == []
    assert staffing_page.clear_runs({"slack": {"opt_N": 2.0}, "exact": {"opt_N 1": run}}) == [run]


def test_a_quick_run_writes_its_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    staffing.main(["--quick", "--out", str(tmp_path)])
    page = (tmp_path / "staffing.md").read_text("utf-8")
    assert capsys.readouterr().out.strip() == page.strip()
    for part in ("## Exact optima", "## Small desks, enumerated", "## What a user would pick instead"):
        assert part in page
    found = json.loads((tmp_path / "staffing.json").read_text("utf-8"))
    (run,) = found["exact"].values()
    assert run["best"] == {"pool_0": 3, "pool_1": 6}
    assert run["gap"] > -0.3
    rows = found["rivals"]["week"]["rows"]
    assert [row["name"] for row in rows][:2] == ["fairdesk staff", "Erlang C and cover"]
    assert all(row["cost"] > 0 for row in rows)
    assert (tmp_path / "plots" / "staffing.svg").read_text("utf-8").startswith("<svg")


def question(**loads):
    """Two skills on duty in two hours of the week; `both` takes both, `only` takes a, and costs half."""
    hours = [1, 1] + [0] * 166
    groups = [("both", ["a", "b"], 2.0), ("only", ["a"], 1.0)]
    return {
        "skills": ["a", "b"], "loads": {skill: load + [0.0] * 166 for skill, load in loads.items()},
        "work_min": {"a": 10.0, "b": 10.0}, "within_min": {"a": 600.0, "b": 600.0}, "shrinkage": 0.0,
        "groups": [{"name": n, "takes": takes, "cost": cost, "hours": hours} for n, takes, cost in groups],
    }  # fmt: skip


def test_erlang_and_cover_counts_nobody_twice():
    """1.5 and 0.5 hours of a need two people at 85 % of occupancy (1.76) and one; 0.5 of b one, who takes no a then."""
    heads = erlang_and_cover(question(a=[1.5, 0.5], b=[0.0, 0.5]))(1.0)
    assert heads == {"both": 1, "only": 2}
    assert erlang_and_cover(question(a=[1.5, 0.5], b=[0.0, 0.5]))(2.0) == {"both": 2, "only": 4}


@pytest.mark.parametrize(
    ("least", "told"), [(3, [(4, True), (3, True)]), (6, [(4, False), (6, True)]), (4, [(4, True)] * 2)]
)
def test_a_rival_is_asked_for_less_or_for_more_until_its_plan_is_just_enough(least, told):
    """It wants four heads a unit of work. Three are enough: 0.6 units give 3, and 0.5 two. Six are: 1.3 units do.

    Where its first plan is just enough, 0.8 units of work still give four heads, and 0.7 give three.
    """
    target = expanded(["wait_mean<=1"], desk({"a": kind("a", 60.0)}, {"g": ("a",)}))[0]

    def play(heads):
        return (Figure(target, 1.0 if heads["g"] >= least else 2.0, None, None, 1),)

    rows = asked("one", lambda factor: {"g": math.ceil(4 * factor)}, play, {"g": 1.0}, [target])
    assert [(row["cost"], row["enough"]) for row in rows] == told


def test_without_a_python_that_has_it_pyworkforce_is_left_out():
    assert pyworkforce(question(a=[1.0, 1.0], b=[0.0, 0.0]), None)(1.0) is None


def test_work_that_comes_while_nobody_is_on_duty_is_spread_over_the_next_staffed_day():
    """168 tickets of 10 minutes, one an hour, for a shift of eight hours on five days: all of the 28 hours of work
    lie in staffed hours; Tuesday has its own 8/6 hours and 16/6 of the night, two thirds of it from Monday's evening.
    """
    night = desk({"a": kind("a", 168.0)}, {"g": ("a",)}, shift=OFFICE)
    told = question_of(night)["loads"]["a"]
    assert sum(told) == pytest.approx(28.0)
    staffed = [hour for hour, load in enumerate(told) if load > 0]
    assert staffed == [day * 24 + hour for day in range(5) for hour in (9, 10, 11, 13, 14, 15, 16, 17)]
    assert sum(told[24:48]) == pytest.approx(24 / 6)
    assert sum(told[:24]) == pytest.approx((24 + 48) / 6)
