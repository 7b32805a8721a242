"""The engine against exact queueing theory, by the rules of `python -m benchmarks.theory`."""

import json
from collections.abc import Iterator
from math import exp, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from benchmarks.checks import LEVEL, Check, chi_square, failing, holm
from benchmarks.exact import Pools, oldest_to_longest_idle, sharing
from benchmarks.inboxes import Inattention, in_turn, looking, shortest
from benchmarks.queues import stairs
from benchmarks.suite import LATECOMERS, N_DESIGN, N_LEAVING, SWINGING, X_DESIGN, full, quick
from benchmarks.theory import Verdict, judge, replication, report, sentence
from benchmarks.transient import Hours, day, enough, first_waits, offered, swing
from sim import erlang
from sim.experiment import processes

RECORDS = quick()


@pytest.fixture(scope="module")
def verdict() -> Iterator[Verdict]:
    make = processes(2)
    assert make is not None
    with make() as pool:
        yield judge(RECORDS, 50, pool)


def test_both_engines_give_the_same_figures() -> None:
    """The verdict is the compiled engine's; the figures of the SimPy model are the same numbers."""
    for record in RECORDS:
        assert replication(record, 7, "fast") == replication(record, 7, "simpy")


@pytest.mark.parametrize("name", [record.name for record in RECORDS])
def test_the_engine_reproduces_the_exact_queue(verdict: Verdict, name: str) -> None:
    wrong = [f"{c.value}: exact {c.exact:.5g}, z {c.z:+.2f}" for c in verdict.failed if c.record == name]
    assert not wrong


def test_the_main_figures_scatter_as_luck_would_have_it(verdict: Verdict) -> None:
    total, count, p = verdict.chi_square
    assert count == len(RECORDS)
    assert p >= LEVEL, f"chi-square {total:.1f} on {count}"


def test_every_check_is_precise_enough_to_fail(verdict: Verdict) -> None:
    assert not [f"{c.record}, {c.value}: {c.se / c.exact:.2%}" for c in verdict.weak]


def test_a_figure_that_is_a_tenth_off_would_be_found_in_every_record(verdict: Verdict) -> None:
    shifted = [Check(c.record, c.value, 1.1 * c.exact, c.mean, c.se, c.n, c.rare) for c in verdict.checks]
    assert {c.record for c in failing(shifted)} == {record.name for record in RECORDS}


def test_the_report_has_a_row_for_every_check_and_the_verdict(verdict: Verdict) -> None:
    text = report(RECORDS, verdict, "pytest")
    assert text.count("\n| ") == len(verdict.checks) + 1
    assert sentence(verdict) in text
    assert sentence(verdict).startswith("Agrees with theory: 0 of ")


def test_z_keeps_the_probability_of_students_t() -> None:
    """Sample 1, 2, 3, 6 against 1: mean 3, variance (4 + 1 + 0 + 9) / 3 = 14/3, t = 2 / sqrt(14/12)."""
    check = Check.of("record", "value", 1.0, [1.0, 2.0, 3.0, 6.0])
    t = 2 / sqrt(14 / 12)
    assert check.se == pytest.approx(sqrt(14 / 12))
    assert check.z == pytest.approx(stats.norm.isf(stats.t.sf(t, 3)))
    assert check.p == pytest.approx(2 * stats.t.sf(t, 3))
    assert check.interval == pytest.approx(stats.t.interval(0.95, 3, 3.0, sqrt(14 / 12)))


def test_z_is_finite_far_out_in_either_tail() -> None:
    """A t of thousands at 49 degrees of freedom: its probability is near 1e-141, and not rounded to 0."""
    sample = [10.0 + 1e-3 * k for k in range(50)]
    assert Check.of("record", "value", 0.0, sample).z > 25
    assert Check.of("record", "value", 20.0, sample).z < -25


def test_holm_compares_the_smallest_with_the_level_over_all_and_stops_at_the_first_that_passes() -> None:
    """Four checks at 4 %: the limits are .01, .0133, .02, .04; .001, .012 and .013 fail, .05 passes."""
    assert holm([0.013, 0.001, 0.05, 0.012], 0.04) == [True, True, False, True]
    assert holm([0.02, 0.011, 0.5, 0.5], 0.04) == [False, False, False, False]


def test_a_rare_probability_fails_outside_its_99_9_percent_interval_and_needs_no_precision() -> None:
    sample = [0.0] * 40 + [0.01] * 10
    check = Check.of("record", "tail", 0.002, sample, share=True)
    assert check.rare and check.precise and not failing([check])
    assert failing([Check.of("record", "tail", 0.008, sample, share=True)])


def test_the_chi_square_adds_the_squares_of_z() -> None:
    checks = [Check.of("a", "x", 0.5, [0.0, 1.0, 2.0]), Check.of("b", "x", 0.2, [0.0, 1.0, 2.0])]
    total, count, p = chi_square(checks)
    assert (total, count) == (checks[0].z ** 2 + checks[1].z ** 2, 2)
    assert p == pytest.approx(stats.chi2.sf(total, 2))


def test_pools_that_all_serve_all_are_one_queue() -> None:
    pools = Pools((1.0, 0.8), (1, 2), ((0, 1), (1, 0)), ((0, 1), (1, 0)), (0.0, 0.0), longest=60)
    found = pools.steady()
    exact = erlang.mmc(1.8, 1, 3)
    assert (1.0 * found.wait[0] + 0.8 * found.wait[1]) / 1.8 == pytest.approx(exact.wait_min, rel=1e-6)
    assert found.p_wait == pytest.approx((exact.p_wait, exact.p_wait), rel=1e-6)


def test_people_who_can_all_do_all_are_one_queue_and_those_of_one_class_queues_of_one() -> None:
    together = oldest_to_longest_idle((0.7, 1.1), (1.0, 1.0, 1.0), ((0, 1),) * 3)
    apart = oldest_to_longest_idle((0.7, 0.5), (1.0, 1.0), ((0,), (1,)))
    exact = erlang.mmc(1.8, 1, 3).wait_min
    assert together.wait == pytest.approx((exact, exact))
    assert apart.wait == pytest.approx((erlang.mmc(0.7, 1, 1).wait_min, erlang.mmc(0.5, 1, 1).wait_min))
    assert [share for row in apart.taken for share in row] == pytest.approx([1, 0, 0, 1])


def test_the_second_ticket_waits_if_the_first_is_still_in_work() -> None:
    """At half load an arrival comes before the end of the work in hand with probability .5 / 1.5; then a mean work."""
    assert first_waits(0.5, 1, 2).tolist() == pytest.approx([0, 1 / 3])
    assert first_waits(0.5, 2, 400)[-1] == pytest.approx(erlang.mmc(0.5, 1, 2).wait_min)


def test_hours_that_never_change_are_a_steady_queue() -> None:
    steady = erlang.erlang_a(3.0, 1, 3, 2.0)
    found = Hours((3.0,) * 4, (3,) * 4, 0.3, leaving=0.5, most=60).period()
    assert found.wait == pytest.approx(steady.wait_min)
    assert found.per_arrival(found.full()) == pytest.approx(steady.p_wait)
    assert found.busy == pytest.approx(steady.occupancy)


def test_a_long_day_from_empty_is_nearly_steady() -> None:
    """After the first few mean works each further one adds what the steady state says."""
    steady = erlang.erlang_a(2.0, 1, 3, 2.0)
    early, late = (day(2.0, 3, length, 0.25, 0.5) for length in (60.0, 61.0))
    assert late.waits - early.waits == pytest.approx(2 * steady.p_wait)
    assert late.busy - early.busy == pytest.approx(3 * steady.occupancy)
    assert 1 - (late.served - early.served) / 2 == pytest.approx(steady.p_left)
    assert (late.waited - early.waited) / (late.served - early.served) == pytest.approx(steady.wait_served_min)
    within = erlang.erlang_a_served_within(2.0, 1, 3, 2.0, 0.25)
    assert (late.in_time - early.in_time) / 2 == pytest.approx(within)


def test_with_patience_like_work_the_number_of_tickets_is_poisson_for_any_staff() -> None:
    """With `back` 0 a ticket handed back may leave as all others, as the theory has it."""
    rates, step = swing(10.0, 4.0, 1.0, 24), 0.3
    found = Hours(rates, (8, 12, 9) * 8, step, leaving=1.0, most=60).period()
    n, mean = found.hours.states[0], 0.0
    for rate in rates * 10:
        mean = rate + (mean - rate) * exp(-step)
    assert found.ends[-1] == pytest.approx(stats.poisson.pmf(n, mean), abs=1e-12)


def test_who_was_handed_back_and_never_leaves_makes_the_queue_longer() -> None:
    """Either way what comes in a period, 5 + 1, is served in it or leaves, at rates 1 and 1/2."""
    back, like_all = (Hours((5.0, 1.0), (5, 2), 1.0, leaving=0.5, most=60, back=k).period() for k in (6, 0))
    for found in (back, like_all):
        assert found.of_steps("busy").sum() + found.of_steps("waiting").sum() / 2 == pytest.approx(6)
    assert back.of_steps("present").sum() > like_all.of_steps("present").sum()
    assert back.wait < like_all.wait


def test_latecomers_are_missed_as_long_as_an_exponential_time_cut_at_the_end_of_the_shift() -> None:
    """Of a shift of S, p m (1 - exp(-S/m)) per person, here p = .4, m = 1, S = 16 steps."""
    found = LATECOMERS.period()
    length = 16 * LATECOMERS.step
    assert found.of_steps("missing")[:16].sum() == pytest.approx(2 * 0.4 * (1 - exp(-length)))
    with pytest.raises(ValueError, match="falls from 3 to 2 while somebody may be missing"):
        Hours((1.0, 1.0), (3, 2), 1.0, late=0.1).period()


def test_stairs_add_up_to_the_staff_and_each_level_is_one_shift() -> None:
    staff = (1,) * 6 + (3,) * 4 + (5,) * 8 + (2,) * 6
    pools = stairs(staff)
    assert [(pool.hours, pool.heads) for pool in pools] == [
        ("00:00-24:00", 1), ("06:00-24:00", 1), ("06:00-18:00", 1), ("10:00-18:00", 2),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="2 heads are there twice a day"):
        stairs((2, 1, 2) * 8)


def test_one_pool_that_shares_places_with_none_is_a_queue_with_places() -> None:
    steady, found = erlang.mmck(4.0, 1, 3, 8), sharing(4.0, 3, 1, 5, 0.2)
    lines = sharing(4.0, 3, 1, 8, 0.2, lines=True)
    for one in (found, lines):
        assert (one.blocked, one.p_wait, one.wait) == pytest.approx((steady.p_blocked, steady.p_wait, steady.wait_min))
    boundless = sharing(2.0, 3, 2, 200, 0.4)
    assert boundless.longer == pytest.approx(erlang.mmc_waits_longer(2.0, 1, 3, 0.4))


def test_one_person_has_the_shortest_queue_and_every_turn() -> None:
    steady = erlang.mmc(0.6, 1, 1)
    assert shortest(0.6, 1, 80) == pytest.approx((steady.wait_min, steady.p_wait))
    assert in_turn(0.6, 1) == pytest.approx((steady.wait_min, steady.p_wait))
    assert erlang.mmc(1.2, 1, 2).wait_min < shortest(1.2, 2, 60)[0] < in_turn(1.2, 2)[0] < steady.wait_min


def test_one_person_who_looks_around_is_a_queue_whose_work_is_look_and_work() -> None:
    """Look 0.4 and work 1, both exponential: E[(L + S)^2] = 2 x .16 + 2 x .4 + 2; passing half over doubles L."""
    wait, busy = looking(0.5, 1, 0.4, 0.0, 200)
    assert wait == pytest.approx(0.5 * 3.12 / (2 * (1 - 0.5 * 1.4)) + 0.4)
    assert busy == pytest.approx(0.5)
    assert looking(0.5, 1, 0.2, 0.5, 200) == pytest.approx((wait, busy))
    assert looking(1.2, 2, 1e-9, 0.0, 60)[0] == pytest.approx(erlang.mmc(1.2, 1, 2).wait_min, rel=1e-6)


def test_what_is_forgotten_until_the_first_reminder_waits_for_it_at_most() -> None:
    """All forgotten, for a mean of 2; the first reminder, after 1, is heeded: 2 (1 - exp(-1/2)), exp(-1/2) times."""
    how = Inattention(pickup=0.0, forgotten=2.0, remind=1.0, share=1.0, heeds=1.0)
    assert how.delay() == pytest.approx(2 * (1 - exp(-0.5)))
    assert how.reminders() == pytest.approx(exp(-0.5))
    deaf = Inattention(pickup=0.3, forgotten=2.0, remind=1.0, share=0.5, heeds=1e-12)
    assert deaf.delay() == pytest.approx(0.3 + 0.5 * 2.0)
    assert deaf.reminders() == pytest.approx(0.5 * sum(exp(-(k - 0.3) / 2) for k in range(1, 200)))


def test_all_records_have_names_of_their_own_and_fit_into_a_desk() -> None:
    records = full()
    assert len({record.name for record in records}) == len(records)
    assert max(record.queue.weeks() for record in records) <= 520
    assert {record.name for record in RECORDS} < {record.name for record in records}


def _known(shared: Path) -> dict[str, dict[str, Any]]:
    text = (shared / "references" / "references.json").read_text("utf-8")
    return {record["id"]: record for record in json.loads(text)["records"]}


def test_exact_waits_of_the_first_tickets_equal_the_references(shared: Path) -> None:
    known = {name: record for name, record in _known(shared).items() if name.startswith("first_")}
    assert len(known) == 4
    for record in known.values():
        asked, values = record["params"], record["values"]
        waits = first_waits(asked["lam"] / asked["mu"], asked["c"], asked["N"]) / asked["mu"]
        assert waits.mean() == pytest.approx(values["mean_delay_first_N"])
        assert waits[[1, 9, -1]] == pytest.approx([values[f"delay_customer_{k}"] for k in ("2", "10", "N")])


@pytest.mark.parametrize("name", ["ccdes_MMC", "ccdes_MMCAb"])
def test_exact_values_of_a_day_equal_the_references_and_lie_in_another_librarys_intervals(
    shared: Path, name: str
) -> None:
    record = _known(shared)[name]
    asked, values, mu = record["params"], record["values"], record["params"]["mu"]
    length, leaving = asked["T"] * mu, asked.get("theta", 0.0) / mu
    found = day(asked["lam"] / mu, asked["c"], length, asked["awt"] * mu, leaving)
    ours = {
        "abandoned": found.arrivals - found.served,
        "in_target": found.in_time,
        "service_level": found.in_time / found.served,
        "speed_of_answer": found.waited / found.served / mu,
        "occupancy": found.busy / (length * asked["c"]),
    }
    theirs = values | {"in_target": values["expected_in_target"], "abandoned": values["expected_abandoned"]}
    for figure, value in ours.items():
        assert value == pytest.approx(theirs[figure], rel=1e-6, abs=1e-6)
    for figure, (_, low, high) in record["published"]["values"].items():
        assert low <= ours[figure] <= high


def test_exact_values_of_shared_lines_equal_the_references(shared: Path) -> None:
    values = _known(shared)["wallace_whitt_84.0"]["values"]
    for found, name in (
        (sharing(14.0, 15, 6, 120, 0.05, lines=True), "one_skill_exact"),
        (sharing(84.0, 90, 1, 30, 0.05), "all_six_skills_exact"),
    ):
        exact = values[name]
        assert 10 * found.wait == pytest.approx(exact["Wq_minutes"])
        assert (found.blocked, found.p_wait) == pytest.approx((exact["p_block"], exact["p_delay"]))
        assert found.longer == pytest.approx(exact["p_wait_gt_half_min"])


def test_exact_values_of_a_rate_that_swings_equal_the_references(shared: Path) -> None:
    """The references turn the rate evenly, the chain in steps; with 960 steps a period nothing is left between them."""
    values = _known(shared)["mt_daily_no_ab"]["values"]
    steps = 960
    found = Hours(swing(8.0, 3.0, 1.0, steps), (12,) * steps, 24 / steps, most=160).period()
    assert found.wait == pytest.approx(values["Wq_per_arrival"], rel=1e-5)
    assert found.per_arrival(found.full()) == pytest.approx(values["p_delay_per_arrival"], rel=1e-5)
    present = np.roll(found.ends @ found.hours.states[0], 1)[:: steps // 24]
    assert present == pytest.approx(values["L_at_24_points"], rel=1e-4)


def test_least_staff_before_a_swinging_rate_equals_the_references(shared: Path) -> None:
    """The references name instants; the staff for an hour is that of the hour's largest mean."""
    for row in _known(shared)["fmmw_theta_eq_mu"]["values"]["rows"]:
        mean = offered(100.0, 20.0, 1.0, row["t"])
        assert mean == pytest.approx(row["m"])
        assert special.pdtrc(row["staffing"] - 1, mean) == pytest.approx(row["p_delay"])
        assert enough((mean,), 1.0, row["alpha"]) == (row["staffing"],)
    largest = max(offered(100.0, 20.0, 1.0, t) for t in np.linspace(0, 2 * np.pi, 1000))
    assert max(enough(SWINGING, 2 * np.pi / 24, 0.3)) == enough((largest,), 1.0, 0.3)[0]


@pytest.mark.parametrize("load", [0.7, 0.8])
def test_exact_waits_of_a_chain_of_skills_equal_the_references(shared: Path, load: float) -> None:
    for skills, wait in _known(shared)[f"chain6_rho{load}"]["values"]["Wq_by_skills"].items():
        own = [tuple((person + step) % 6 for step in range(int(skills))) for person in range(6)]
        assert oldest_to_longest_idle((load,) * 6, (1.0,) * 6, own).wait == pytest.approx((wait,) * 6)


def test_exact_values_of_several_skills_equal_the_references(shared: Path) -> None:
    known = _known(shared)
    for name, pools in (
        ("skill_N_design", N_DESIGN),
        ("skill_N_design_ab", N_LEAVING),
        ("skill_X_design_2x2", X_DESIGN),
    ):
        values, found = known[name]["values"], pools.steady()
        assert found.wait == pytest.approx(values["Wq"], rel=1e-8)
        assert found.p_wait == pytest.approx(values["p_delay"], rel=1e-8)
        assert found.p_left == pytest.approx(values["p_abandon"], rel=1e-8)
        assert found.busy == pytest.approx(values["utilisation"], rel=1e-8)
    for name in ("alis_N_2agents", "alis_W_3agents", "alis_formula_check"):
        asked, values = known[name]["params"], known[name]["values"]
        person = oldest_to_longest_idle(asked["lam"], asked.get("mu_per_agent") or asked["mu"], asked["skills"])
        assert person.wait == pytest.approx(values["Wq"])
        assert person.p_wait == pytest.approx(values["p_delay"])
        assert person.busy == pytest.approx(values["utilisation"])
        for rate, row, flow in zip(asked["lam"], person.taken, values["flow"], strict=True):
            assert [rate * share for share in row] == pytest.approx(flow)
