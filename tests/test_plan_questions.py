"""What a planner may ask of a plan: bounds on a share of days, strategies, what one head more buys, an early end."""

import json

import polars as pl
import pytest

from optimize.estimate import SCHEMA, simulated
from optimize.gains import gain_of
from optimize.staffing import CONFIRM_FROM, staff
from optimize.strategies import STRATEGIES, targets_of
from optimize.targets import Target, expanded
from scenarios.cli import main
from scenarios.files.desks import load
from sim.experiment import simulate
from sim.kpi import measure
from sim.world import sample
from tests.test_slopes import LEFT, by_rule
from tests.test_staffing import abandoned, desk, exactly, kind, n_design

# --- bounds on a share of days ---


def test_a_bound_on_a_share_of_days_is_read_and_written():
    target = Target.of("response_overdue_rate[priority=urgent]<=0.1 on 0.9")
    assert (target.value, target.days, str(target)) == (0.1, 0.9, "response_overdue_rate[priority=urgent]<=0.1 on 0.9")
    assert Target.of(str(target)) == target
    assert target.margin(0.95) == pytest.approx(0.05)
    assert target.of_a_day(0.3) == pytest.approx(-0.2)
    several = expanded(["abandoned_rate[kind]<=0.05 on 0.8", "abandoned_rate[kind]<=0.05"], n_design())
    assert [target.days for target in several] == [0.8, 0.8, None, None]


@pytest.mark.parametrize(
    ("wrong", "said"), [("on 0", "above 0"), ("on 1.2", "at most 1"), ("on x", "not a finite"), ("on", "expected as")]
)
def test_a_share_of_days_that_is_none_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        Target.of(f"wait_mean<=10 {wrong}")


def test_the_share_of_days_is_counted_over_the_days_that_have_a_figure():
    """Each day's mean wait of a log, held against the bound by hand; a kind of its own beside all of them."""
    busy = desk({"a": kind("a", 40.0, 60.0), "b": kind("b", 3.0)}, {"g": ("a", "b")}, weeks=2)
    log, _ = simulate(busy, sample(busy, 5))
    daily = measure(log, ["wait_mean"], by=("day",))["mean"].drop_nulls().to_list()
    own = measure(log, ["wait_mean"], by=("kind", "day"))
    b = own.filter(pl.col("kind").cast(pl.String) == "b")["mean"].drop_nulls().to_list()
    asked = (Target.of("wait_mean<=15 on 0.9"), Target.of("wait_mean[kind=b]<=15 on 0.5"), Target.of("wait_mean<=15"))
    frame = simulated(asked)(busy, [5]).filter(pl.col("kind").is_null())
    value = dict(zip(frame["target"], frame["value"], strict=True))
    assert value[str(asked[0])] == pytest.approx(sum(x <= 15 for x in daily) / len(daily))
    assert value[str(asked[1])] == pytest.approx(sum(x <= 15 for x in b) / len(b))
    assert 0 < value[str(asked[0])] < 1
    assert len(b) < len(daily)
    assert value[str(asked[2])] == pytest.approx(measure(log, ["wait_mean"])["mean"][0])


def test_a_mean_that_keeps_its_bound_hides_the_days_that_do_not():
    busy = desk({"a": kind("a", 1500.0, 20.0)}, {"g": ("a",)})
    busy = busy.changed(staff=busy.staff.changed(seats={"g": busy.staff.seats["g"].changed(heads=4)}))
    (mean,) = simulated([Target.of("wait_mean<=60")])(busy, [1]).filter(pl.col("kind").is_null())["value"]
    asked = [Target("wait_mean", "<=", mean + 0.01), Target("wait_mean", "<=", mean + 0.01, days=0.9)]
    whole, days = simulated(asked)(busy, [1]).filter(pl.col("kind").is_null())["value"]
    assert asked[0].margin(whole) > 0 > asked[1].margin(days)


# --- other bounds ---


def test_complaints_repeats_and_a_ceiling_on_occupancy_can_be_asked_for():
    asked = expanded(["complaint_rate<=0.02", "repeat_rate<=0.05", "utilisation<=0.85"], load("academy"))
    frame = simulated(asked)(load("academy").changed(weeks=1), [3]).filter(pl.col("kind").is_null())
    values = frame["value"].to_list()
    assert all(value is None or 0 <= value <= 1 for value in values)
    assert values[2] is not None


def test_a_ceiling_on_occupancy_adds_heads():
    """1,008 tickets of 10 min are a whole head around the clock, so 900 are 0.45 each of two."""
    busy = desk({"a": kind("a", 900.0)}, {"g": ("a",)})
    plan = staff(busy, ["utilisation<=0.5"], worlds=3, trials=8)
    assert plan.status == "confirmed"
    assert plan.seats["g"] == 2
    assert 0.4 < plan.confirmed["utilisation<=0.5"].mean < 0.5


# --- strategies ---


def test_a_strategy_asks_what_a_desk_can_have_in_its_order():
    assert [str(target) for target in targets_of("retention", n_design())] == [
        "abandoned_rate[kind=a]<=0.03",
        "abandoned_rate[kind=b]<=0.03",
    ]
    found = {name: [str(target) for target in targets_of(name, load("academy"))] for name in STRATEGIES}
    assert found["balanced"][-2:] == ["resolution_overdue_rate<=0.1", "utilisation<=0.85"]
    assert found["cost"][0] == "response_overdue_rate[priority=urgent]<=0.2"
    assert all(name.startswith("abandoned_rate[kind=") for name in found["retention"][:1])
    with pytest.raises(ValueError, match="known: balanced, retention, cost"):
        targets_of("growth", n_design())


def test_the_command_knows_the_strategies_that_there_are(capsys):
    assert main(["staff", "mm1", "--strategy", "growth"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in STRATEGIES)
    assert main(["staff", "mm1", "--strategy", "cost"]) == 2
    assert "at least one target" in capsys.readouterr().err


# --- what one head more buys ---


def test_a_gain_is_paired_world_by_world():
    """Changes -1, -2 and -3 in worlds 1 to 3: mean -2, half-width 4.303 x 1 / sqrt 3; world 4 lacks a figure."""

    def frame(values):
        return pl.DataFrame([("wait_mean<=9", None, s, v) for s, v in values.items()], schema=SCHEMA, orient="row")

    before = frame({1: 5.0, 2: 9.0, 3: 7.0, 4: None})
    after = frame({3: 4.0, 1: 4.0, 2: 7.0, 4: 1.0})
    gain = gain_of(100.0, before, after, [Target.of("wait_mean<=9")], 0.95)
    change = gain.changes["wait_mean<=9"]
    assert (gain.cost, change.mean, change.n) == (100.0, -2.0, 3)
    assert change.high - change.mean == pytest.approx(4.30265 / 3**0.5, abs=1e-4)


def test_a_plan_says_what_one_head_more_would_buy_in_the_worlds_that_confirm_it():
    """Exactly: from (3, 6) to (4, 6) and (3, 7) of the N design; at most 6 flexible heads leave one group."""
    seen = []
    plan = staff(n_design(), ["abandoned_rate[kind]<=0.05"], estimate=exactly(seen), worlds=4, gains=True)
    here = abandoned(3, 6)
    for group, more in (("plain", abandoned(4, 6)), ("flexible", abandoned(3, 7))):
        assert plan.gains[group].cost == pytest.approx({"plain": 1.0, "flexible": 1.1}[group])
        for name, was, is_now in zip("ab", here, more, strict=True):
            change = plan.gains[group].changes[f"abandoned_rate[kind={name}]<=0.05"]
            assert change.mean == pytest.approx(is_now - was, abs=1e-9)
            assert change.low <= change.mean <= change.high < 0
    assert {seed for seed in seen if seed >= CONFIRM_FROM} == set(range(CONFIRM_FROM, CONFIRM_FROM + 4))
    assert staff(n_design(), ["wait_mean<=9"], estimate=by_rule(lambda _: True, "wait_mean<=9"), worlds=2).gains == {}


# --- an early end ---


def test_an_interrupt_leaves_the_cheapest_plan_so_far_and_says_so():
    one = desk({"a": kind("a", 600.0)}, {"g": ("a",)})
    judge = by_rule(lambda heads: heads["g"] >= 3)
    count = 0

    def stop(trial):
        nonlocal count
        count += 1
        if count == 2:
            raise KeyboardInterrupt

    plan = staff(one, [str(LEFT)], estimate=judge, worlds=4, on_progress=stop)
    assert plan.status == "interrupted"
    assert plan.seats["g"] >= 3
    assert plan.confirmed[str(LEFT)].met

    def at_once(trial):
        raise KeyboardInterrupt

    hopeless = by_rule(lambda heads: False)
    with pytest.raises(KeyboardInterrupt):
        staff(one, [str(LEFT)], estimate=hopeless, worlds=4, on_progress=at_once)


# --- the command ---


def test_the_command_shows_what_a_head_more_buys_and_takes_strategies(capsys):
    words = ["staff", "mm1", "--weeks", "1", "--replications", "3", "--trials", "6", "--target", "wait_mean<=2 on 0.5"]
    assert main([*words, "--workers", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    change = found["plan"]["gains"]["agent"]["changes"]["wait_mean<=2 on 0.5"]
    assert {"mean", "low", "high", "n"} <= set(change)
    assert change["mean"] >= 0
    assert found["plan"]["gains"]["agent"]["cost"] == 1.0
    assert main([*words, "--workers", "1", "--strategy", "cost", "--lang", "zh"]) == 0
    assert "多一人能换来什么" in capsys.readouterr().out


def test_a_plan_is_the_same_to_the_byte_for_one_worker_and_for_two(capsys):
    words = ["staff", "n_design", "--weeks", "1", "--replications", "4", "--trials", "8", "--json"]
    said = []
    for workers in "12":
        assert main([*words, "--workers", workers]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
