"""Variance components: against published numbers, against planted effects, and by hand."""

import numpy as np
import pytest

from sim.kpi.generalizability import components, composite_reliability

JUDGED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Six people by four judges: Shrout & Fleiss (1979), Psychological Bulletin 86:420, table 2."""


def test_one_facet_is_that_of_shrout_and_fleiss():
    """Published: person 2.556, judge 5.244, rest 1.019; ICC(3,4) = .91 and ICC(2,4) = .62."""
    found = components(JUDGED)
    assert (found.person, found.period, found.rest) == pytest.approx((2.555556, 5.244444, 1.019444), abs=1e-6)
    four = found.dependable(4)
    assert (four.relative, four.absolute) == pytest.approx((0.909316, 0.620050), abs=1e-6)
    one = found.dependable(1)
    assert (one.relative, one.absolute) == pytest.approx((0.714841, 0.289764), abs=1e-6)


def test_main_effects_alone_by_hand():
    """Score = a[p] + b[t] + c[i], a = 0, 3, 6; b = 0, 2; c = 0, 4: variances 9, 2 and 8, and nothing else."""
    a, b, c = np.array([0.0, 3, 6]), np.array([0.0, 2]), np.array([0.0, 4])
    found = components(a[:, None, None] + b[None, :, None] + c[None, None, :])
    assert (found.person, found.period, found.item) == pytest.approx((9, 2, 8))
    assert (found.person_period, found.person_item, found.period_item, found.rest) == pytest.approx((0, 0, 0, 0))
    dependable = found.dependable(1, 1)
    assert dependable.relative == pytest.approx(1)
    assert dependable.absolute == pytest.approx(9 / 19)


def test_planted_components_are_recovered():
    """Variances 4, 1, 2, 3, 1.5, .5 and 2 of 7 effects; the mean of 300 studies lies within 4 errors."""
    rng = np.random.default_rng(3)
    planted = [4, 1, 2, 3, 1.5, 0.5, 2]
    shapes = [(8, 1, 1), (1, 6, 1), (1, 1, 5), (8, 6, 1), (8, 1, 5), (1, 6, 5), (8, 6, 5)]
    names = ["person", "period", "item", "person_period", "person_item", "period_item", "rest"]
    made = []
    for _ in range(300):
        parts = (rng.normal(0, v**0.5, shape) for v, shape in zip(planted, shapes, strict=True))
        found = components(sum(parts))
        made.append([getattr(found, name) for name in names])
    means, errors = np.mean(made, axis=0), np.std(made, axis=0, ddof=1) / 300**0.5
    assert (np.abs(means - planted) < 4 * errors).all()


def test_a_d_study_by_hand():
    """Person 4, person x period 2, person x item 3, rest 6; two periods, three items: relative error 1 + 1 + 1 = 3."""
    found = components(np.zeros((2, 2, 3)))
    planted = type(found)(4, 1, 2, 2, 3, 0.6, 6, 10, 5, 3)
    random, fixed = planted.dependable(2), planted.dependable(2, fixed_items=True)
    assert random.relative == pytest.approx(4 / 7)
    assert random.absolute_error == pytest.approx(3 + 0.5 + 0.1 + 2 / 3)
    assert fixed.relative == pytest.approx(5 / 7)
    assert fixed.absolute_error == pytest.approx(2.6)
    assert found.dependable().relative is None


def test_a_composite_by_hand():
    """Weights .6 and .4, SDs 10 and 5, R .8 and .5: error 36 * .2 + 4 * .5 = 9.2 of 50; shared ones 2 * .24 * 3."""
    args = [0.6, 0.4], [10, 5], [0.8, 0.5], 50**0.5
    assert composite_reliability(*args) == pytest.approx(1 - 9.2 / 50)
    assert composite_reliability(*args, [[7, 3], [3, 7]]) == pytest.approx(1 - 10.64 / 50)  # the diagonal is ignored


@pytest.mark.parametrize(
    ("call", "says"),
    [(lambda: components([[1, 2]]), "2 people, 2 periods"), (lambda: components([[1, np.nan], [1, 2]]), "who has gaps"),
     (lambda: components(JUDGED).dependable(0), "1 period and 1 item or more, got 0 and 1"),
     (lambda: components(np.ones((2, 2, 2))).dependable(1, 3, fixed_items=True), "those of the study, 2, got 3"),
     (lambda: composite_reliability([1], [1, 2], [1], 1), "need one shape"),
     (lambda: composite_reliability([1], [1], [1], 0), "above 0, got 0")],
)  # fmt: skip
def test_what_no_g_study_can_be_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
