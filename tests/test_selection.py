"""Selecting the best of several: published constants and shares, the guarantee on planted means, honest ties."""

import json
import math

import numpy as np
import pytest
from scipy import special

from benchmarks.selection import correct
from optimize.samples import Samples
from optimize.selection import constants, fractions, kn, ocba, paired_fractions


def planted(means, sd, macro, shared=0.0):
    """Values N(mean, sd^2); a share of the variance is the world's, common to all systems of the same seed."""

    drawn = [np.random.default_rng([macro, number]).standard_normal(3000) for number in range(len(means) + 1)]

    def sampler(system, seeds):
        worlds = np.array(seeds)
        noise = math.sqrt(1 - shared) * drawn[1 + system][worlds] + math.sqrt(shared) * drawn[0][worlds]
        return means[system] + sd * noise

    return sampler


@pytest.fixture
def record(shared):
    """Values of a record of exact figures, by its name."""
    records = json.loads((shared / "references" / "references.json").read_text("utf-8"))["records"]
    return {each["id"]: each["values"] for each in records}.__getitem__


def test_the_constants_are_those_of_the_records(record):
    for said, values in record("rs_constants")["KN"].items():
        k, first, alpha = (float(part.partition("=")[2]) for part in said.split(","))
        assert constants(int(k), int(first), alpha) == pytest.approx((values["eta"], values["h2"]), rel=1e-12)


def test_the_shares_are_those_of_the_record(record):
    """Ten designs N(i, 6^2), the smallest mean is best."""
    shares = fractions(np.arange(10.0), np.full(10, 36.0), 0)
    assert shares == pytest.approx(record("ocba_example")["ocba_fractions"], rel=1e-12)


def test_the_shares_reach_99_percent_in_a_third_of_the_replications(record):
    """3,897 replications shared out equally, 1,112 by OCBA: both 99 % (the integral of the record)."""
    said = record("ocba_example")
    assert correct(np.full(10, said["total_for_99pct_equal"] / 10)) == pytest.approx(0.99, abs=1e-6)
    shares = fractions(np.arange(10.0), np.full(10, 36.0), 0)
    assert correct(shares * said["total_for_99pct_ocba_static"]) == pytest.approx(0.99, abs=1e-6)


def test_the_budget_finds_the_planted_best_more_often_than_equal_shares_do():
    """60 planted choices of 10 with 500 replications: equal shares are right in 77.7 of 100 (the record)."""
    right = [ocba(planted(range(10), 6.0, macro), 10, budget=500, paired=False, step=25).best == 0
             for macro in range(60)]  # fmt: skip
    assert sum(right) >= 51  # P(at most 50 | 0.93) = 0.2 %; P(at least 51 | 0.777) = 10 %


def test_a_world_in_common_is_taken_off_before_systems_are_compared():
    """Nine tenths of the variance is the world's: paired, the same budget knows more and says so."""
    both = [ocba(planted([0, 1, 1, 1], 4.0, 7, 0.9), 4, budget=160, paired=paired) for paired in (True, False)]
    assert [found.best for found in both] == [0, 0]
    assert both[0].probability > both[1].probability
    assert both[0].errors[1] < both[1].errors[1]


def test_a_target_that_is_reached_saves_the_rest_of_the_budget():
    found = ocba(planted([0, 5, 5], 1.0, 3), 3, budget=1000, target=0.99)
    assert found.best == 0 and found.reached and found.probability >= 0.99 and found.total < 100


def test_two_that_are_the_same_are_not_told_apart():
    """System 1 is a copy of system 0: the gap is 0 in every world; the first of equals is named best."""

    def sampler(system, seeds):
        return planted([0, 4], 1.0, 5)(0 if system < 2 else 1, seeds) + (4.0 if system == 2 else 0.0)

    found = ocba(sampler, 3, budget=90)
    assert (found.best, found.alike, found.gaps[1]) == (0, (1,), 0.0)
    assert found.total == 90


def test_the_largest_may_be_the_best():
    found = ocba(planted([1, 3, 2], 0.1, 1), 3, budget=60, lower=False)
    assert found.best == 1 and found.alike == ()
    assert found.means == pytest.approx((1, 3, 2), abs=0.2)
    assert min(found.gaps[0], found.gaps[2]) > 0


def test_the_gap_of_pairs_is_worked_out_on_paper():
    """Values 1, 2, 3 and 2, 4, 6: differences 1, 2, 3; mean 2, standard deviation 1, error 1 / sqrt 3."""
    values = {0: [1.0, 2.0, 3.0], 1: [2.0, 4.0, 6.0]}
    samples = Samples(lambda system, seeds: np.array([values[system][seed - 1] for seed in seeds]), 2)
    for system in (0, 1):
        samples.extend(system, 3)
    assert samples.gap(1, 0) == pytest.approx((2.0, 1 / math.sqrt(3), 2.0))
    found = samples.selection(0.95, 0.0, reached=True)
    assert found.alike == ()  # 2 / 0.577 = 3.46 > t(2, 0.95) = 2.92
    assert found.interval(1) == pytest.approx((2 - 2.91999 / math.sqrt(3), 2 + 2.91999 / math.sqrt(3)), abs=1e-4)
    assert found.probability == pytest.approx(1 - special.stdtr(2, -2 * math.sqrt(3)))


def test_pairs_give_the_best_as_many_worlds_as_its_nearest_rival():
    assert paired_fractions(np.array([0.0, 1.0, 2.0]), np.array([0.0, 4.0, 4.0]), 0) == pytest.approx(
        [4 / 9, 4 / 9, 1 / 9]
    )


@pytest.mark.parametrize("shared", [0.0, 0.7])
def test_dropping_keeps_its_guarantee_on_the_hardest_means(shared):
    """The slippage: best 0, all others worse by exactly the indifference; wrong in at most 10 of 100.

    80 choices at alpha = 0.1: P(more than 15 wrong | 0.1) = 0.5 %.
    """
    found = [kn(planted([0, 1, 1, 1, 1], 2.0, macro, shared), 5, indifference=1.0, alpha=0.1, step=5)
             for macro in range(80)]  # fmt: skip
    assert sum(each.best != 0 for each in found) <= 15
    assert all(each.reached for each in found)


def test_worlds_in_common_make_dropping_quicker():
    totals = [kn(planted([0, 1, 1], 4.0, 11, shared), 3, indifference=1.0).total for shared in (0.0, 0.9)]
    assert totals[1] < totals[0] / 2


def test_dropping_that_runs_out_of_budget_says_so():
    found = kn(planted([0, 0.01], 2.0, 2), 2, indifference=0.01, budget=100)
    assert not found.reached and found.total <= 100
    assert set(found.alike) == {0, 1} - {found.best}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda s: ocba(s, 1, budget=100), "at least two candidates, got 1"),
        (lambda s: ocba(s, 3, budget=29), "10 replications of 3 candidates, got 29"),
        (lambda s: ocba(s, 3, budget=100, target=1.0), "target must lie between 0 and 1"),
        (lambda s: ocba(s, 3, budget=100, first=1), "first >= 2"),
        (lambda s: ocba(lambda i, seeds: np.full(len(seeds), math.nan), 3, budget=100), "finite values"),
        (lambda s: kn(s, 3, indifference=0.0), "indifference > 0"),
        (lambda s: kn(s, 2, indifference=1.0, alpha=0.6), "0 < alpha < 1 - 1/2"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(call, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        call(planted([0, 1, 2], 1.0, 0))


def test_a_system_is_alike_when_the_interval_over_all_does_not_lie_above_0():
    found = ocba(planted([0, 0.3, 1, 3], 1.0, 4), 4, budget=60)
    assert set(found.alike) == {i for i in range(4) if i != found.best and found.interval(i)[0] <= 0} != set()


def test_means_of_unequal_worlds_are_as_if_all_had_seen_all():
    """World 3 is 10 worse for all, and only system 0 saw it: the effects of least squares are 0 and 1."""
    values = {0: [1.0, 2.0, 13.0], 1: [2.0, 3.0]}
    samples = Samples(lambda system, seeds: np.array([values[system][seed - 1] for seed in seeds]), 2)
    samples.extend(0, 3)
    samples.extend(1, 2)
    assert samples.means() == pytest.approx([16 / 3, 19 / 3])
    assert samples.best() == 0
