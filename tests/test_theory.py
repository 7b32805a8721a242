"""The engine against exact queueing theory, by the rules of `python -m benchmarks.theory`."""

import json
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

import pytest
from scipy import stats

from benchmarks.checks import LEVEL, Check, chi_square, failing, holm
from benchmarks.exact import Pools, oldest_to_longest_idle
from benchmarks.suite import N_DESIGN, N_LEAVING, X_DESIGN, quick
from benchmarks.theory import Verdict, judge, replication, report, sentence
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


def test_exact_values_of_several_skills_equal_the_references(shared: Path) -> None:
    text = (shared / "references" / "references.json").read_text("utf-8")
    known = {record["id"]: record for record in json.loads(text)["records"]}
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
    for name in ("alis_N_2agents", "alis_W_3agents"):
        asked, values = known[name]["params"], known[name]["values"]
        person = oldest_to_longest_idle(asked["lam"], asked["mu_per_agent"], asked["skills"])
        assert person.wait == pytest.approx(values["Wq"])
        assert person.p_wait == pytest.approx(values["p_delay"])
        assert person.busy == pytest.approx(values["utilisation"])
        for rate, row, flow in zip(asked["lam"], person.taken, values["flow"], strict=True):
            assert [rate * share for share in row] == pytest.approx(flow)
