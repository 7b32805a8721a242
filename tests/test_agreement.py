"""Agreement of judges: published tables to three digits, and cases on paper."""

import json

import numpy as np
import pytest

from sim.kpi.agreement import cohen_kappa, fleiss_kappa, intraclass, intraclass_of_groups


def record(shared, name):
    records = json.loads((shared / "references" / "references.json").read_text())["records"]
    return next(each for each in records if each["id"] == name)


def test_intraclass_correlations_are_those_of_shrout_and_fleiss(shared):
    known = record(shared, "shrout_fleiss")
    found, values = intraclass(np.array(known["params"]["data"])), known["values"]
    names = {
        "BMS": found.between, "WMS": found.within, "JMS": found.judges, "EMS": found.error, "ICC11": found.single.value,
        "ICC21": found.single_random.value, "ICC31": found.single_fixed.value, "ICC14": found.mean.value,
        "ICC24": found.mean_random.value, "ICC34": found.mean_fixed.value,
    }  # fmt: skip
    assert names == pytest.approx({name: values[name] for name in names}, abs=5e-4)


def test_intervals_of_intraclass_correlations_are_those_of_their_paper():
    """The table of Shrout & Fleiss; the intervals as Revelle's `psych` for R prints them."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    found = intraclass(table)
    ends = [(each.low, each.high) for each in (found.single, found.single_random, found.single_fixed)]
    assert np.array(ends) == pytest.approx(np.array([(-0.133, 0.723), (0.019, 0.761), (0.342, 0.946)]), abs=1e-3)


def test_judges_who_agree_wholly_have_a_correlation_of_one():
    found = intraclass(np.array([[1, 1], [3, 3], [4, 4]]))
    assert (found.single.value, found.single_random.value, found.mean_fixed.value) == (1.0, 1.0, 1.0)


def test_equal_groups_give_the_correlation_of_the_analysis_of_variance():
    """With equally many points each, restricted maximum likelihood is ICC(1,1): 0.166 for the table of the paper."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    found = intraclass_of_groups(table.ravel(), np.repeat(np.arange(6), 4))
    assert found.value == pytest.approx(0.165742, abs=1e-5)
    assert found.low is not None and found.low < found.value < found.high


def test_a_correlation_within_groups_may_be_negative():
    """Three people with the points 0 and 2 each: means are all 1, so between is 0 and the correlation -1."""
    found = intraclass_of_groups(np.array([0, 2, 0, 2, 0, 2.0]), np.array([1, 1, 2, 2, 3, 3]))
    assert found.value == pytest.approx(-1.0, abs=1e-4)


def test_what_a_line_explains_is_no_longer_between_people():
    """Points are exactly 5 - 2 x the time held, and a little noise: all of the correlation is the time held."""
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(30), 6)
    held = np.repeat(rng.normal(size=30), 6)
    points = 5 - 2 * held + rng.normal(size=180)
    assert intraclass_of_groups(points, groups).value > 0.6
    assert abs(intraclass_of_groups(points, groups, held).value) < 0.1


def test_intervals_of_groups_cover_a_planted_correlation():
    """30 studies of 40 people, 2 to 10 points each, correlation 0.3: 95 % intervals miss 6 times with P = 0.3 %."""
    missed = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(40), rng.integers(2, 11, 40))
        points = np.sqrt(0.3) * rng.normal(size=40)[groups] + np.sqrt(0.7) * rng.normal(size=len(groups))
        found = intraclass_of_groups(points, groups)
        missed += not found.low <= 0.3 <= found.high
    assert missed <= 5


def test_fleiss_kappa_is_that_of_the_published_example(shared):
    known = record(shared, "fleiss_kappa")
    found = fleiss_kappa(np.array(known["params"]["table"]))
    assert found.value == pytest.approx(known["values"]["kappa"], abs=5e-4)
    assert found.low < found.value < found.high


def test_cohen_kappa_by_hand():
    """50 cases, 20 and 15 agreed, 5 and 10 not: agreed 0.7, by chance 0.5 x 0.6 + 0.5 x 0.4 = 0.5, so kappa is 0.4.

    Its error: on the diagonal 0.4 (1 - 1.1 x 0.6)^2 + 0.3 (1 - 0.9 x 0.6)^2 = 0.10972; beside it
    0.36 (0.1 x 1.1^2 + 0.2 x 0.9^2) = 0.10188; less (0.4 - 0.5 x 0.6)^2 = 0.01; all 0.2016 over 50 x 0.25.
    """
    found = cohen_kappa(np.array([[20, 5], [10, 15]]))
    assert found.value == pytest.approx(0.4)
    assert found.low == pytest.approx(0.4 - 1.959964 * (0.2016 / 12.5) ** 0.5, abs=1e-6)
    assert cohen_kappa(np.array([[20, 5], [10, 15]]) / 50).low is None


def test_fleiss_kappa_of_two_judges_by_hand():
    """Two judges, four cases, three agreed: 0.75; classes 5 and 3 of 8: chance 34 / 64; kappa = 0.21875 / 0.46875."""
    found = fleiss_kappa(np.array([[2, 0], [2, 0], [0, 2], [1, 1]]))
    assert found.value == pytest.approx((0.75 - 34 / 64) / (1 - 34 / 64))


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: intraclass(np.array([[1, 2]])), "at least 2 people"),
        (lambda: intraclass(np.array([[1, np.nan], [1, 2]])), "full table"),
        (lambda: intraclass_of_groups(np.arange(3.0), np.array([1, 1, 2])), "got 2 people"),
        (lambda: fleiss_kappa(np.array([[2, 0], [1, 2]])), "same 2 or more judges"),
        (lambda: fleiss_kappa(np.array([[2, 0], [2, 0]])), "all verdicts are the same"),
        (lambda: cohen_kappa(np.array([[1, 2, 3], [1, 2, 3]])), "must be square"),
        (lambda: cohen_kappa(np.array([[4, 0], [0, 0]])), "always give the same verdict"),
    ],
)
def test_what_cannot_be_told_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
