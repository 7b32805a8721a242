"""How often a tier is wrong at a reliability: against numbers that others worked out."""

import numpy as np
import pytest

from sim.kpi.misclassified import misclass_two_tier, reliability_n, stepped_up

# Bivariate normal integrals, by quadrature elsewhere: labelled, reliability, wrong, label wrong, missed.
EXACT = [
    (0.25, 0.05, 0.3274, 0.655, 0.218), (0.25, 0.30, 0.2462, 0.492, 0.164), (0.25, 0.50, 0.1967, 0.393, 0.131),
    (0.25, 0.61, 0.1695, 0.339, 0.113), (0.25, 0.70, 0.1460, 0.292, 0.097), (0.25, 0.79, 0.1202, 0.240, 0.080),
    (0.25, 0.90, 0.0814, 0.163, 0.054), (0.10, 0.05, 0.16362, 0.81812, 0.09090),
    (0.10, 0.70, 0.07928, 0.39638, 0.04404),
    (0.10, 0.95, 0.03147, 0.15734, 0.01748), (0.20, 0.20, 0.23750, 0.59375, 0.14844),
]  # fmt: skip


@pytest.mark.parametrize(("labelled", "reliability", "total", "false_label", "missed"), EXACT)
def test_two_tiers_are_wrong_as_often_as_the_normal_model_says(labelled, reliability, total, false_label, missed):
    found = misclass_two_tier(reliability, labelled)
    assert found.total == pytest.approx(total, abs=5e-5)
    assert (found.false_label, found.missed) == pytest.approx((false_label, missed), abs=5e-4)


def test_a_sure_score_is_never_wrong_and_a_random_one_as_often_as_chance():
    """At reliability 0 score and truth are independent: 2 * .25 * .75 = .375 of all, .75 of the labels."""
    assert misclass_two_tier(1, 0.25).total == 0
    found = misclass_two_tier(0, 0.25)
    assert (found.total, found.false_label, found.missed) == pytest.approx((0.375, 0.75, 0.25))


def test_the_normal_model_is_what_people_simulated_one_by_one_give():
    """200,000 people, reliability .5, a quarter labelled: .1967 +- 5 errors of .0009."""
    rng = np.random.default_rng(4)
    true = rng.normal(size=200_000)
    seen = true + rng.normal(size=200_000)
    wrong = (true < np.quantile(true, 0.25)) != (seen < np.quantile(seen, 0.25))
    assert wrong.mean() == pytest.approx(misclass_two_tier(0.5, 0.25).total, abs=0.0045)


@pytest.mark.parametrize(
    ("reliability", "sd", "p", "n"),
    [(0.7, 0.05, 0.72, 188.16), (0.8, 0.05, 0.72, 322.56), (0.9, 0.05, 0.72, 725.76), (0.8, 0.08, 0.72, 126.0),
     (0.7, 0.05, 0.85, 119.0), (0.8, 0.05, 0.85, 204.0), (0.9, 0.05, 0.85, 459.0), (0.9, 0.03, 0.95, 475.0)],
)  # fmt: skip
def test_tickets_for_a_reliability_are_as_worked_out(reliability, sd, p, n):
    """R / (1 - R) * p (1 - p) / sd^2: for .7, 5 points and 72 %: 2.3333 * .2016 / .0025 = 188.16."""
    assert reliability_n(reliability, sd, p * (1 - p)) == pytest.approx(n)


def test_a_period_is_stepped_up_and_down():
    assert stepped_up(0.61, 2) == pytest.approx(1.22 / 1.61)
    assert stepped_up(stepped_up(0.3, 12), 1 / 12) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("call", "says"),
    [(lambda: reliability_n(1, 0.05, 0.2), "below 1.*got 1"), (lambda: reliability_n(0.7, 0, 0.2), "above 0, got 0"),
     (lambda: reliability_n(0.7, 0.1, -1), "0 or more, got -1"),
     (lambda: misclass_two_tier(1.2, 0.25), "between 0 and 1, got 1.2"), (lambda: misclass_two_tier(0.5, 1), "got 1"),
     (lambda: stepped_up(0.5, 0), "above 0, got 0")],
)  # fmt: skip
def test_what_no_reliability_can_be_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
