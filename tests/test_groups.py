"""Two groups side by side: against exact numbers, by hand, and against what chance alone does."""

import numpy as np
import pytest

from sim.lab.groups import compare_rates, equivalence, exchanges, four_fifths_false_alarm, sign_flips

# Admissions to a university's six departments in 1973 (Bickel, Hammel & O'Connell 1975): men and women, admitted, all.
ADMITTED = [[512, 353, 120, 138, 53, 22], [89, 17, 202, 131, 94, 24]]
APPLIED = [[825, 560, 325, 417, 191, 373], [108, 25, 593, 375, 393, 341]]


def test_the_crude_comparison_of_admissions_is_flagged_and_the_adjusted_one_cleared():
    found = compare_rates(ADMITTED, APPLIED)
    assert found.rates == pytest.approx((0.445188, 0.303542), abs=1e-6)
    assert found.impact == pytest.approx(0.681830, abs=1e-6)
    assert found.flagged
    assert found.p < 1e-9
    assert found.odds.ratio == pytest.approx(0.904697, abs=1e-6)
    assert found.adjusted_rates == pytest.approx((0.387319, 0.429955), abs=1e-6)
    assert found.adjusted_rates[1] / found.adjusted_rates[0] == pytest.approx(1.110082, abs=1e-6)
    assert not found.adjusted_flagged
    assert found.cleared


@pytest.mark.parametrize(
    ("rate", "one", "other", "exact"),
    [(0.10, 10, 10, 0.68735), (0.10, 50, 50, 0.68724), (0.25, 10, 10, 0.77562), (0.25, 20, 20, 0.65274),
     (0.25, 80, 20, 0.59536), (0.50, 20, 20, 0.46041), (0.50, 30, 10, 0.52540), (0.70, 50, 50, 0.08887),
     (0.70, 100, 100, 0.01691), (0.90, 20, 20, 0.04123), (0.90, 30, 10, 0.05967), (0.25, 500, 500, 0.04229)],
)  # fmt: skip
def test_the_four_fifths_rule_fails_fair_desks_as_often_as_worked_out(rate, one, other, exact):
    assert four_fifths_false_alarm(rate, one, other) == pytest.approx(exact, abs=1e-5)


def test_the_rule_by_hand():
    """One in each group, rate a half: 0 and 1, or 1 and 0, fail: a half. At 4 of 5 against 5 of 5 it just holds."""
    assert four_fifths_false_alarm(0.5, 1, 1) == pytest.approx(0.5)
    assert not compare_rates([[4], [5]], [[5], [5]]).flagged
    assert compare_rates([[3], [5]], [[5], [5]]).flagged


def test_nobody_chosen_is_no_ratio_and_no_flag():
    found = compare_rates([[0], [0]], [[5], [5]])
    assert (found.impact, found.flagged) == (None, False)


def test_equivalence_by_hand():
    """1, 2, 3, 6: mean 3, error 1.0801. Margin 5: (5 - 3) / 1.0801 = 1.8516, t(3): p = .0806; margin 7: .0171."""
    values = np.array([1.0, 2.0, 3.0, 6.0, np.nan])
    near, far = equivalence(values, 5), equivalence(values, 7)
    assert (near.p, far.p) == pytest.approx((0.0806, 0.0171), abs=1e-4)
    assert (near.equivalent, far.equivalent) == (False, True)
    assert equivalence(np.zeros(4), 0.1).equivalent
    # 1, -1, 1, -1: error .57735, margin 1.5: t(3) = 2.598, p = .0402, which is below .05 and above .025.
    assert equivalence(np.array([1.0, -1, 1, -1]), 1.5).equivalent
    assert not equivalence(np.array([1.0]), 5).equivalent


def test_signs_by_hand():
    """1, 2, 3: of the eight sums 6, 4, 2, 0, 0, -2, -4, -6 two are as far from 0 as 6: p = 2 / 8."""
    assert sign_flips(np.array([1.0, 2.0, 3.0])) == pytest.approx(0.25)
    assert sign_flips(np.array([])) is None


def test_many_signs_are_drawn_and_the_same_draw_twice():
    values = np.random.default_rng(2).normal(0.4, 1, 40)
    first = sign_flips(values, seed=5)
    assert first == sign_flips(values, seed=5)
    assert 0 < first < 0.2


def test_dealing_people_anew_by_hand():
    """Four and four: of 70 deals one is as high and one as low as 5 to 8 against 1 to 4: p = 2 / 70."""
    high, low = np.array([5.0, 6, 7, 8]), np.array([1.0, 2, 3, 4])
    assert exchanges(high, low) == pytest.approx(2 / 70)


def test_a_permutation_test_is_right_as_often_as_it_says():
    """100 pairs of like groups of six: p below .05 in at most 5 % of them, give or take (binomial, 99.9 %: 13)."""
    rng = np.random.default_rng(9)
    assert sum(exchanges(*rng.normal(size=(2, 6))) <= 0.05 for _ in range(100)) <= 13


@pytest.mark.parametrize(
    ("call", "says"),
    [(lambda: exchanges(np.zeros(3), np.zeros(9)), "a group of 3 is too small.*at least 4"),
     (lambda: equivalence(np.zeros(3), 0), "above 0, got 0"), (lambda: four_fifths_false_alarm(1.1, 5, 5), "got 1.1"),
     (lambda: four_fifths_false_alarm(0.1, 0, 5), "1 to 1,000,000 people, got 0"),
     (lambda: compare_rates([[6], [1]], [[5], [5]]), "at most all of them chosen"),
     (lambda: compare_rates([[1]], [[5]]), "two groups by strata")],
)  # fmt: skip
def test_groups_that_cannot_be_compared_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
