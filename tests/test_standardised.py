"""Rates over like cases: by hand, and against the published table in which the crude comparison misleads."""

import json
from pathlib import Path

import numpy as np
import pytest

from sim.kpi.standardised import (
    directly_standardised,
    mantel_haenszel,
    observed_over_expected,
)

EVENTS, CASES = np.array([[9, 4], [2, 21]]), np.array([[10, 20], [10, 80]])
"""Two people, easy and hard cases: 9 of 10 and 4 of 20; 2 of 10 and 21 of 80."""


def test_who_has_the_harder_cases_is_expected_to_solve_fewer() -> None:
    """Rates of the cells: 11/20 and 25/100. Expected: 10 x .55 + 20 x .25 = 10.5 and 5.5 + 20 = 25.5.

    O/E is 13/10.5 and 23/25.5; O and E have the same sum, 36."""
    made = CASES @ (EVENTS.sum(axis=0) / CASES.sum(axis=0))
    assert made == pytest.approx([10.5, 25.5])
    found = observed_over_expected(EVENTS.sum(axis=1), made)
    assert found.ratio == pytest.approx([13 / 10.5, 23 / 25.5])
    assert (found.low < found.ratio).all() and (found.ratio < found.high).all()


def test_the_interval_of_ten_events_is_that_of_the_tables() -> None:
    """The exact Poisson limits of 10 events are 4.795 and 18.390; Byar's are within one in a hundred of these."""
    found = observed_over_expected(np.array([10, 0]), np.array([1.0, 2.0]))
    assert found.low[0] == pytest.approx(4.795, rel=0.01) and found.high[0] == pytest.approx(18.390, rel=0.01)
    assert (found.ratio[1], found.low[1]) == (0.0, 0.0) and found.high[1] > 0
    assert np.isnan(observed_over_expected(np.array([1]), np.array([0.0])).ratio[0])


def test_a_direct_rate_says_which_share_of_the_standard_it_leaves_out() -> None:
    """Standard 20 easy and 100 hard: .9 x 1/6 + .2 x 5/6 = .3166..; somebody with hard cases only shows 5/6 of it."""
    rates, covered = directly_standardised(
        np.array([[9, 4], [0, 5], [0, 0]]), np.array([[10, 20], [0, 10], [0, 0]]), np.array([20, 100])
    )
    assert rates[:2] == pytest.approx([0.9 / 6 + 0.2 * 5 / 6, 0.5])
    assert covered == pytest.approx([1, 5 / 6, 0]) and np.isnan(rates[2])


def test_the_pooled_odds_ratio_compares_two_groups_and_within_cells_only() -> None:
    """Cells: 9/1 against 2/8 is 9 x 8 / (1 x 2); 4/16 against 21/59. Sums: 72/20 + 236/100 over 2/20 + 336/100."""
    assert mantel_haenszel(EVENTS, CASES).ratio == pytest.approx((72 / 20 + 236 / 100) / (2 / 20 + 336 / 100))
    apart = mantel_haenszel(np.array([[3, 0], [0, 4]]), np.array([[5, 0], [0, 9]]))
    assert np.isnan(apart.ratio)
    with pytest.raises(ValueError, match="compares 2 groups, got 3"):
        mantel_haenszel(np.zeros((3, 1)), np.ones((3, 1)))


def test_the_crude_comparison_of_the_published_table_misleads_and_the_adjusted_ones_do_not(shared: Path) -> None:
    records = json.loads((shared / "references" / "references.json").read_text("utf-8"))["records"]
    record = next(each for each in records if each["id"] == "berkeley")
    counts = np.array(list(record["params"]["data"].values()), dtype=float)
    events, cases = counts[:, :, 0].T, counts.sum(axis=2).T
    known = record["values"]
    crude = events.sum(axis=1) / cases.sum(axis=1)
    assert crude[1] / crude[0] == pytest.approx(known["crude_impact_ratio"]) and crude[1] / crude[0] < 0.8
    pooled = mantel_haenszel(events, cases)
    assert pooled.ratio == pytest.approx(known["MH_OR_m_vs_f"])
    # The interval that `mantelhaen.test` of R prints for this table.
    assert (pooled.low, pooled.high) == pytest.approx((0.7719074, 1.0603298), abs=1e-7)
    rates, _ = directly_standardised(events, cases, cases.sum(axis=0))
    assert rates == pytest.approx([known["std_rate_m"], known["std_rate_f"]]) and rates[1] / rates[0] > 0.8
    found = observed_over_expected(events.sum(axis=1), cases @ (events.sum(axis=0) / cases.sum(axis=0)))
    assert found.ratio == pytest.approx([known["OE_m"], known["OE_f"]])
