"""Cuts with slopes, and the moves of the local search."""

import polars as pl
import pytest

from optimize.estimate import SCHEMA
from optimize.master import master
from optimize.moves import exchanges, links, two_for_one
from optimize.slopes import Slope, reaching, served, shown, slope_of, step_of
from optimize.staffing import staff
from optimize.targets import Figure, Target
from tests.test_staffing import desk, flat, kind

LEFT = Target.of("abandoned_rate<=0.1")


def figure(mean, half=0.0, target=LEFT, n=6):
    return Figure(target, mean, mean - half, mean + half, n)


def three():
    """Clerks take a, all-rounders a and b, experts b and c, and porters d alone."""
    return desk(
        {name: kind(name, 10.0) for name in "abcd"},
        {"all": ("b", "a"), "clerk": ("a",), "expert": ("c", "b"), "porter": ("d",)},
    )


GROUPS = ("all", "clerk", "expert", "porter")


def test_the_step_of_a_slope_is_longer_where_service_is_poor():
    """40 % served: 3 heads; 60 %: 2; 80 %: 1; a group of 45 gets a tenth."""
    assert [step_of([figure(left)], 5) for left in (0.6, 0.4, 0.2)] == [3, 2, 1]
    assert step_of([figure(0.2)], 45) == 4
    assert step_of([figure(0.2), figure(0.6)], 5) == 3
    assert served(figure(0.7, target=Target.of("utilisation>=0.8"))) == 0.7
    assert served(figure(2.0, target=Target.of("csat_mean>=4"))) == 0.5
    assert served(Figure(LEFT, None, None, None, 0)) == 0.0


def test_a_slope_is_what_a_head_more_does_in_the_same_worlds_and_never_below_0():
    """From 0.30 to 0.18 with 2 heads: 0.06 a head; a group that made it worse counts 0; -0.2 is the level."""
    after = {0: (2, figure(0.18)), 1: (1, figure(0.31)), 2: (1, figure(0.27))}
    cut = slope_of(LEFT, (3, 1, 4), figure(0.30), after, 40)
    assert cut.slopes == pytest.approx((0.06, 0.0, 0.03))
    assert cut.level == pytest.approx(-0.2)
    assert cut.margin((5, 9, 6)) == pytest.approx(-0.2 + 2 * 0.06 + 2 * 0.03)
    weights, least = cut.row(("g", "h", "i"))
    assert weights == pytest.approx({"g": 1.0, "i": 0.5})
    assert least == pytest.approx(3 + 0.5 * 4 + 0.2 / 0.06)


def test_a_cut_asks_for_a_step_that_its_slopes_can_answer_for():
    """A slope of 0.001 would ask for 200 heads; 8 serve, so it is 2, and of 40 a quarter."""
    far = {0: (1, figure(0.299))}
    assert slope_of(LEFT, (8,), figure(0.30), far, 8).row(("g",))[1] == pytest.approx(10)
    assert slope_of(LEFT, (40,), figure(0.30), far, 40).row(("g",))[1] == pytest.approx(50)
    assert slope_of(LEFT, (8,), figure(0.30), {0: (1, figure(0.30))}, 8) is None


def test_what_worlds_show_is_the_mean_where_it_breaks_the_bound_and_else_the_worse_end():
    assert shown(figure(0.2, 0.05)) == pytest.approx(-0.1)
    assert shown(figure(0.08, 0.05)) == pytest.approx(-0.03)
    assert shown(figure(0.08, 0.01)) == pytest.approx(0.01)
    assert shown(Figure(LEFT, None, None, None, 0)) == float("-inf")


def test_a_cut_that_worlds_contradict_is_relaxed_and_dropped_where_they_accept():
    """At 4 heads the cut says -0.1: worlds that say -0.04 raise it by 0.06; worlds that accept 4 drop it."""
    cut = Slope(LEFT, (2,), -0.2, (0.05,))
    assert cut.learnt((4,), figure(0.14)).margin((4,)) == pytest.approx(-0.04)
    assert cut.learnt((4,), figure(0.08)) is None
    assert cut.learnt((4,), figure(0.30)) is cut
    assert cut.learnt((6,), figure(0.30)) is cut


def test_only_groups_that_a_chain_of_skills_links_can_relieve_a_skill():
    assert reaching(three(), GROUPS, frozenset("a")) == ("all", "clerk", "expert")
    assert reaching(three(), GROUPS, frozenset("d")) == ("porter",)
    assert links(three(), GROUPS)[3] == {3}


def test_the_master_obeys_a_slope_at_least_cost():
    """0.2 more than 2 all-rounders at 3 and 2 clerks at 1 do: with 0.1 and 0.05 a head, 10 clerks do it for 10 (2 and
    6 cost 12); with 0.2 and 0.05, 3 and 2 do it for 11.
    """
    two = desk({"a": kind("a", 1.0)}, {"all": ("a",), "clerk": ("a",)}, wages={"all": 3 / 168, "clerk": 1 / 168})
    cut = Slope(LEFT, (2, 2), -0.2, (0.1, 0.05))
    assert master(two, [flat("a", 1)], slopes=[cut]).heads == {"all": 0, "clerk": 10}
    assert master(two, [flat("a", 1)], slopes=[Slope(LEFT, (2, 2), -0.2, (0.2, 0.05))]).cost == 11


def test_exchanges_save_and_stay_among_linked_groups():
    linked = links(three(), GROUPS)
    found = exchanges((2, 1, 0, 5), (3.0, 1.0, 2.0, 0.5), linked)
    assert found == [(1, 2, 0, 5), (1, 1, 1, 5)]
    twos = two_for_one((2, 1, 0, 5), (3.0, 1.0, 2.0, 0.5), linked)
    assert (0, 1, 1, 5) in twos
    assert all(min(heads) >= 0 and sum(heads) == 7 and heads[3] == 5 for heads in twos)


def by_rule(accepted, target="abandoned_rate<=0.1"):
    """An estimate that says 0.05 where a rule accepts the heads, else 0.3, and notes what it was asked."""
    asked = []

    def estimate(plan, seeds):
        heads = {name: seat.heads for name, seat in plan.staff.seats.items()}
        asked.append(heads)
        value = 0.05 if accepted(heads) else 0.3
        rows = [(target, None, seed, value + 1e-6 * (seed % 7)) for seed in seeds]
        return pl.DataFrame(rows, schema=SCHEMA, orient="row")

    estimate.asked = asked
    return estimate


def test_two_are_given_for_one_where_single_moves_lead_nowhere():
    """All cost 1: four clerks do, or two all-rounders; a clerk less fails, an exchange saves nothing."""
    two = desk({"a": kind("a", 6.0), "b": kind("b", 6.0)}, {"all": ("b", "a"), "clerk": ("a",)})
    judge = by_rule(lambda heads: heads["clerk"] + 2 * heads["all"] >= 6)
    plan = staff(two, [str(LEFT)], estimate=judge, worlds=4)
    assert (plan.cost, plan.seats) == (3, {"all": 3, "clerk": 0})


def test_a_target_that_no_number_of_heads_reaches_is_set_aside_and_named():
    """The other target is planned for as if it were alone: 7 clerks."""
    one = desk({"a": kind("a", 6.0)}, {"clerk": ("a",)})
    reach = by_rule(lambda heads: heads["clerk"] >= 7)
    lost = by_rule(lambda heads: False, "wait_mean<=0.2")
    plan = staff(
        one, [str(LEFT), "wait_mean<=0.2"], worlds=4,
        estimate=lambda plan, seeds: pl.concat([reach(plan, seeds), lost(plan, seeds)]),
    )  # fmt: skip
    assert (plan.seats, plan.status, plan.out_of_reach) == (
        {"clerk": 7},
        "unconfirmed",
        {"wait_mean<=0.2": pytest.approx(0.3, abs=1e-5)},
    )
    assert [name for name, figure in plan.confirmed.items() if figure.met] == [str(LEFT)]


@pytest.mark.parametrize("trials", [1, 4, 9, 30])
def test_a_search_simulates_no_more_plans_than_it_may(trials):
    one = desk({"a": kind("a", 6000.0), "b": kind("b", 6000.0)}, {"all": ("a", "b"), "clerk": ("a",), "other": ("b",)})
    told = []
    judge = by_rule(lambda heads: heads["clerk"] + heads["other"] + heads["all"] >= 23 and heads["other"] >= 9)
    plan = staff(one, [str(LEFT)], estimate=judge, worlds=4, trials=trials, on_progress=told.append)
    assert sum(not trial.unseen for trial in told) <= trials + 1
    assert (plan.status == "confirmed") == (sum(plan.seats.values()) >= 23 and plan.seats["other"] >= 9)
    if trials == 30:
        assert plan.cost == 23
