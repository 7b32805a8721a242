"""The door to the solver: honest status, checked solutions, explained infeasibility."""

import _thread
import signal
import threading
from itertools import pairwise

import numpy as np
import pulp
import pytest

from optimize.covering import cover
from optimize.rows import Row, gathered
from optimize.solve import Infeasible, NoSolution, Unbounded, WrongSolution, solve

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIVE_IN_A_ROW = {day: tuple(DAYS[(i + k) % 7] for k in range(5)) for i, day in enumerate(DAYS)}


def two_people():
    """min 3 x + 2 y, x + y >= 3.5, x <= 2: whole numbers give x = 0, y = 4 and cost 8."""
    problem = pulp.LpProblem("two", pulp.LpMinimize)
    x = problem.add_variable("x", 0, None, "Integer")
    y = problem.add_variable("y", 0, None, "Integer")
    problem += 3 * x + 2 * y
    problem += x + y >= 3.5, "cover_mon_09"
    problem += x <= 2, "at_most_x"
    return problem


def knapsack(items=60, rows=40):
    """A model that no solver proves optimal in the seconds of a test."""
    problem = pulp.LpProblem("hard", pulp.LpMaximize)
    taken = [problem.add_variable(f"item_{i}", 0, 1, "Integer") for i in range(items)]
    problem += pulp.lpSum((10 + 37 * i * i % 89) * x for i, x in enumerate(taken))
    for row in range(rows):
        weight = pulp.lpSum((5 + (31 * i + 17 * row) * (i + 3 * row) % 91) * x for i, x in enumerate(taken))
        problem += weight <= 600, f"weight_{row}"
    return problem


def test_a_whole_number_model_is_solved_to_its_optimum():
    found = solve(two_people())
    assert (found.values, found.objective, found.status) == ({"x": 0, "y": 4}, 8.0, "optimal")
    assert all(isinstance(value, int) for value in found.values.values())
    assert found.bound == pytest.approx(8.0)
    assert found.gap == pytest.approx(0.0, abs=1e-9)


def test_a_model_that_is_solved_twice_gives_the_same_values():
    assert solve(knapsack(30, 12), gap=0.02, seed=3) == solve(knapsack(30, 12), gap=0.02, seed=3)


def test_another_number_of_threads_after_the_first_solve_is_no_trouble():
    assert [solve(two_people(), threads=n).objective for n in (1, 2, 1)] == [8.0, 8.0, 8.0]


def test_a_solve_that_stops_at_its_gap_is_called_feasible_with_that_gap():
    found = solve(knapsack(), gap=0.5)
    assert found.status == "feasible"
    assert 0 < found.gap <= 0.5
    assert found.objective < found.bound


def test_a_time_limit_before_any_solution_is_no_infeasibility():
    with pytest.raises(NoSolution, match="no solution within"):
        solve(knapsack(), time_limit_s=1e-6)


def test_a_search_that_runs_out_of_time_says_so():
    found = solve(knapsack(), time_limit_s=1.5)
    assert (found.status, found.stopped) == ("feasible", "time")
    assert 0 < found.gap < float("inf")


def test_an_infeasible_model_names_the_rules_that_collide_and_the_cheapest_way_out():
    """x + y >= 9 with x <= 3 and y <= 2 misses 4; raising x's limit costs 5 a unit, the cover 1 a unit."""
    problem = pulp.LpProblem("tight", pulp.LpMinimize)
    x, y = problem.add_variable("x", 0, None, "Integer"), problem.add_variable("y", 0, 2)
    problem += x + y
    problem += x + y >= 9, "cover_mon_09"
    problem += x <= 3, "at_most_x"
    problem += x + y <= 100, "wide"
    with pytest.raises(Infeasible) as caught:
        solve(problem, prices={"at_most_x": 5.0})
    assert set(caught.value.rows) == {"cover_mon_09", "at_most_x"}
    assert caught.value.bounds == ("y",)
    assert [(r.row, r.by, r.side) for r in caught.value.relaxation] == [("cover_mon_09", pytest.approx(4), "low")]
    assert "cover_mon_09 lowered by 4" in str(caught.value)
    with pytest.raises(Infeasible) as caught:
        solve(problem, prices={"cover_mon_09": 5.0})
    assert [(r.row, r.by) for r in caught.value.relaxation] == [("at_most_x", pytest.approx(4))]


def test_a_rule_with_an_infinite_price_does_not_give_way():
    problem = two_people()
    problem += pulp.lpSum(problem.variables()) <= 3, "budget"
    with pytest.raises(Infeasible) as caught:
        solve(problem, prices={"budget": float("inf"), "at_most_x": 0.1, "cover_mon_09": 100.0})
    assert [step.row for step in caught.value.relaxation] == ["cover_mon_09"]


def test_whole_numbers_alone_can_collide():
    problem = pulp.LpProblem("half", pulp.LpMinimize)
    x = problem.add_variable("x", 0, 10, "Integer")
    problem += x
    problem += 2 * x == 3, "half_a_person"
    problem += x <= 9, "wide"
    with pytest.raises(Infeasible) as caught:
        solve(problem)
    assert caught.value.rows == ("half_a_person",)


def test_an_unbounded_model_names_the_variable_that_runs_away():
    problem = pulp.LpProblem("open", pulp.LpMaximize)
    x, y = problem.add_variable("x", 0, None, "Integer"), problem.add_variable("y", 0, 4)
    problem += x + y
    problem += x - y >= 1, "order"
    with pytest.raises(Unbounded, match="along x") as caught:
        solve(problem)
    assert caught.value.variables == ("x",)


def test_an_option_that_the_solver_does_not_know_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'mip_max_nodes'"):
        solve(two_people(), options={"mip_max_node": 3})


@pytest.mark.parametrize(
    ("options", "said"),
    [({"presolve": 3}, "does not take the value 3"), ({"threads": 2}, "argument `threads`")],
)
def test_an_option_of_the_wrong_kind_is_refused(options, said):
    with pytest.raises(ValueError, match=said):
        solve(two_people(), options=options)


@pytest.mark.parametrize("wrong", [{"time_limit_s": 0}, {"gap": -1}, {"seed": -1}, {"threads": 0}])
def test_an_argument_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        solve(two_people(), **wrong)


@pytest.mark.parametrize(
    "change", [{"y": 3.5}, {"y": 3.999}, {"x": 3.0}, {"y": float("nan")}, {"y": 3.0}, {"x": -1.0, "y": 5.0}]
)
def test_a_tampered_solution_is_caught(monkeypatch, change):
    """y = 3.5 and y = 3.999 are not whole, x = 3 breaks at_most_x alone, NaN is no number, y = 3 breaks cover_mon_09
    alone, and x = -1 with y = 5 breaks no row but lies below its bound.
    """
    honest = pulp.HiGHS.findSolutionValues

    def tampered(self, lp):
        result = honest(self, lp)
        for variable in lp.variables():
            variable.varValue = change.get(variable.name, variable.varValue)
        return result

    monkeypatch.setattr(pulp.HiGHS, "findSolutionValues", tampered)
    with pytest.raises(WrongSolution):
        solve(two_people())


def test_a_row_may_be_missed_by_rounding_only():
    row = Row("cover", (("x", 1.0),), 4.0, float("inf"))
    assert row.missed_by({"x": 4.0 - 1e-9}) == 0
    assert row.missed_by({"x": 3.9999}) == pytest.approx(1e-4, rel=0.05)


def test_a_bound_holds_on_both_sides():
    problem = pulp.LpProblem("bounds", pulp.LpMinimize)
    x = problem.add_variable("x", 1, 2)
    problem += x
    problem += x >= 0, "row"
    broken = gathered(problem).broken
    assert [bool(broken({"x": value})) for value in (0.999, 1.0, 1.5, 2.0, 2.001)] == [True, False, False, False, True]


def test_two_rows_of_one_name_are_refused():
    problem = two_people()
    problem += problem.variables()[0] >= 0, "at_most-x"
    with pytest.raises(ValueError, match="two rows are called 'at_most_x'"):
        gathered(problem)


def split(rows=5, columns=40):
    """Weights to be split into exact halves in every row: hardly any choice obeys all, and none is found at once."""
    problem = pulp.LpProblem("split", pulp.LpMinimize)
    taken = [problem.add_variable(f"item_{i}", 0, 1, "Integer") for i in range(columns)]
    problem += pulp.lpSum(taken)
    for row in range(rows):
        weights = np.random.default_rng(row).integers(0, 100, columns).tolist()
        total = pulp.lpSum(w * x for w, x in zip(weights, taken, strict=True))
        problem += total == sum(weights) // 2, f"half_{row}"
    return problem


def test_an_interrupt_reaches_the_caller_and_the_solver_can_be_used_again():
    """The handler is set here, because a shell that starts the tests in the background ignores interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, _thread.interrupt_main)
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            solve(split(), time_limit_s=60)
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)
    assert solve(two_people()).objective == 8.0


def test_an_interrupt_after_a_first_solution_returns_it_checked_and_says_so():
    told = []

    def stop(seen):
        told.append(seen)
        if seen.best is not None:
            raise KeyboardInterrupt

    problem = knapsack()
    found = solve(problem, time_limit_s=60, on_progress=stop)
    assert (found.status, found.stopped) == ("interrupted", "interrupt")
    assert not gathered(problem).broken(found.values)
    assert told[-1].best <= found.objective < found.bound <= told[-1].bound
    assert 0 < found.gap <= told[-1].gap
    assert all(a.seconds < b.seconds and a.nodes <= b.nodes for a, b in pairwise(told))


def test_a_fault_of_whoever_is_told_stops_the_search_and_is_raised():
    def fail(seen):
        raise ValueError("no more of this")

    with pytest.raises(ValueError, match="no more of this"):
        solve(knapsack(), time_limit_s=60, on_progress=fail)
    assert solve(two_people()).objective == 8.0


def test_a_limit_of_nodes_ends_the_search_at_the_same_solution_each_time():
    found = [solve(knapsack(30, 12), nodes=1, seed=3) for _ in range(2)]
    assert found[0] == found[1]
    assert (found[0].status, found[0].stopped) == ("feasible", "nodes")
    with pytest.raises(NoSolution, match="within 1 nodes"):
        solve(split(), nodes=1)


def test_a_search_that_starts_from_a_solution_is_never_worse():
    """The best of 30 items is put in as the start; with a gap of 50 % anything else would have done."""
    best = solve(knapsack(30, 12), gap=0.0)
    again = solve(knapsack(30, 12), gap=0.5, start=best.values)
    assert again.objective == best.objective > solve(knapsack(30, 12), gap=0.5).objective
    part = {name: value for name, value in best.values.items() if value}
    assert solve(knapsack(30, 12), gap=0.5, start=part).objective >= 0.5 * best.bound


@pytest.mark.parametrize(
    ("start", "said"), [({"item_99": 1.0}, "no such variable; did you mean"), ({"item_1": float("inf")}, "finite")]
)
def test_a_start_that_makes_no_sense_is_refused(start, said):
    with pytest.raises(ValueError, match=said):
        solve(knapsack(), start=start)


def test_a_linear_model_that_is_cut_short_claims_no_proof():
    """A transport of 40 x 40 ends after so many iterations before it obeys all rows, or before it is proven best."""
    problem = pulp.LpProblem("transport", pulp.LpMinimize)
    n = range(40)
    sent = {(i, j): problem.add_variable(f"sent_{i}_{j}", 0) for i in n for j in n}
    problem += pulp.lpSum((1 + (i * 7 + j * 13) % 29) * x for (i, j), x in sent.items())
    for i in n:
        problem += pulp.lpSum(sent[i, j] for j in n) <= 10 + i % 3, f"from_{i}"
        problem += pulp.lpSum(sent[j, i] for j in n) >= 8 + i % 2, f"to_{i}"
    with pytest.raises(NoSolution, match="iteration limit"):
        solve(problem, options={"simplex_iteration_limit": 10, "presolve": "off"})
    primal = {"simplex_strategy": 4, "presolve": "off"}
    found = solve(problem, options={"simplex_iteration_limit": 90, **primal})
    assert (found.status, found.stopped, found.gap) == ("feasible", "limit", float("inf"))
    assert found.objective > solve(problem).objective


def test_the_post_office_of_winston_needs_23_people_and_its_relaxation_22_and_a_third():
    need = dict(zip(DAYS, (17, 13, 15, 19, 14, 16, 11), strict=True))
    whole, loose = cover(need, FIVE_IN_A_ROW), cover(need, FIVE_IN_A_ROW, whole=False)
    assert (whole.cost, whole.status) == (23, "optimal")
    assert loose.cost == pytest.approx(67 / 3)
    for day, people in need.items():
        assert sum(n for pattern, n in whole.counts.items() if day in FIVE_IN_A_ROW[pattern]) >= people


def test_a_cover_that_its_limits_forbid_says_so():
    """Two early people are needed and at most one may be had: one more, or one person less covered."""
    with pytest.raises(Infeasible) as caught:
        cover({"early": 2, "late": 1}, {"day": ("early", "late")}, most={"day": 1})
    assert set(caught.value.rows) == {"cover_early", "at_most_day"}


def test_a_pattern_over_an_unknown_period_is_refused():
    with pytest.raises(ValueError, match="no need is stated for period 'noon'"):
        cover({"early": 1}, {"day": ("early", "noon")})
