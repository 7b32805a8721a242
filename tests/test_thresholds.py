"""Thresholds from menus: guards, the mixed program and the tier cuts, against enumeration of all there is."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from optimize import Infeasible
from optimize.thresholds import (
    Ground,
    Guards,
    Offer,
    best_choice,
    calibrated,
    cuts_by_cost,
    cuts_by_share,
    expected_cost,
    frontier,
    moved,
    ranks_of,
    scaled,
    shares_of,
    tables_of,
    worths_of,
)
from optimize.thresholds.menu import knots_of
from scenarios.files.rubrics import load_rubric
from sim.kpi.rubric import Policies, maximum, points_of

FAIR, LITERAL = load_rubric("fair_merge"), load_rubric("aftersales_100")
PAY = np.array([1.2, 1.0, 0.5])
COST = np.abs(PAY[:, None] - PAY[None])


# --- menus ------------------------------------------------------------------------------------------------------------


def test_a_table_keeps_its_points_and_moves_its_borders_on_a_round_grid_within_the_guards():
    """Solved for good runs from 55 over 80 to 95 %: a tenth of 40 is 4, so borders move by 2."""
    item = FAIR.item("verified")
    assert knots_of(item) == (95, 80, 55)
    made = {knots_of(each) for each in tables_of(item, Guards(change=0.1))}
    assert made == set(product((93, 95, 97), (78, 80, 82), (53, 55, 57)))
    for each in tables_of(item, Guards(change=0.1)):
        ends = np.array([knots_of(each)[0], knots_of(each)[1], knots_of(each)[2]])
        assert points_of(each, ends, Policies()).tolist() == [
            item.max_points, item.bands[0].low_points, item.bands[-1].low_points,
        ]  # fmt: skip


def test_the_present_table_comes_first_and_alone_where_nothing_may_move():
    item = LITERAL.item("success")
    assert tables_of(item, Guards())[0] == item
    assert tables_of(item, Guards(change=0.0)) == (item,)
    assert tables_of(item, Guards(steps=0)) == (item,)


def test_a_moved_hole_keeps_its_width_and_borders_out_of_order_are_refused():
    """Written 90 and more, 80 to 89, below 80: a hole from 89 to 90 becomes one from 91 to 92."""
    item = moved(LITERAL.item("success"), (100, 92, 81, 0))
    assert (item.bands[0].lower, item.bands[1].upper, item.bands[1].lower, item.bands[2].upper) == (92, 91, 81, 81)
    with pytest.raises(ValueError, match="success: borders must be in order"):
        moved(LITERAL.item("success"), (100, 80, 90, 0))
    with pytest.raises(ValueError, match="4 borders are wanted, got 2"):
        moved(LITERAL.item("success"), (90, 80))


def test_points_are_scaled_band_by_band_within_their_guards():
    item = scaled(FAIR.item("volume"), 10.0)
    assert [(band.low_points, band.high_points) for band in item.bands] == [(5, 10), (0, 5)]
    assert worths_of(FAIR.item("volume"), Guards(points_step=2.5, points_change=5)) == (16, 11, 13.5, 18.5, 21)


def test_a_calibrated_rubric_weighs_categories_by_their_points_and_still_adds_up_to_100():
    made = calibrated(
        FAIR, {"volume": scaled(FAIR.item("volume"), 21.0), "verified": scaled(FAIR.item("verified"), 17.5)}
    )
    assert (made.categories["skill"].weight, made.categories["efficiency"].weight) == (0.25, 0.25)
    assert maximum(made) == pytest.approx(100)


# --- the mixed program ------------------------------------------------------------------------------------------------


def _offers_at_random(seed, items=3, tables=3):
    """Return offers of two worths per table, and variances that belong to them: sums of squares of drawn loadings."""
    rng = np.random.default_rng(seed)
    offers, loadings = [], []
    for number in range(items):
        for table, points in product(range(tables), (5.0, 10.0)):
            offers.append(Offer(f"item_{number}", "ab"[number % 2], points, table))
            loadings.append(points * rng.normal(size=4) * np.where(np.arange(4) % items == number, 1.0, 0.4))
    rows = np.array(loadings)
    person, seat = rows[:, :2] @ rows[:, :2].T, 0.6 * rows[:, 2:3] @ rows[:, 2:3].T
    return offers, person, seat, person + seat + rows[:, 3:] @ rows[:, 3:].T + np.diag((rows**2).sum(axis=1))


def _drawn(seed):
    """Return offers and their only ground."""
    offers, *matrices = _offers_at_random(seed)
    return offers, [Ground(*matrices)]


def _enumerated(offers, person, seat, whole, categories, *, keep, least, most_seat=1.0):
    """Return the largest merit share of all choices that obey the guards, found by looking at each."""
    items = sorted({offer.item for offer in offers})
    best = -1.0
    for picked in product(*([at for at, o in enumerate(offers) if o.item == item] for item in items)):
        points = {name: sum(offers[at].points for at in picked if offers[at].category == name) for name in categories}
        fits = points == categories if keep else (
            sum(points.values()) == sum(categories.values()) and all(points[n] >= least for n in categories)
        )  # fmt: skip
        at = np.ix_(picked, picked)
        if fits and seat[at].sum() <= most_seat * whole[at].sum() + 1e-9:
            best = max(best, float(person[at].sum() / whole[at].sum()))
    return best


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("keep", [True, False])
def test_the_program_finds_what_enumeration_of_all_menus_finds(seed, keep):
    ground = _offers_at_random(seed)
    categories = {"a": 15.0, "b": 10.0}
    made = best_choice(*_drawn(seed), categories=categories, least=None if keep else {"a": 5.0, "b": 5.0})
    assert made.merit[0] == pytest.approx(_enumerated(*ground, categories, keep=keep, least=5.0), rel=1e-6)
    assert made.proven


def test_a_limit_on_the_seats_share_binds_and_the_frontier_falls_with_it():
    ground = _offers_at_random(5)
    categories = {"a": 15.0, "b": 10.0}
    free = best_choice(*_drawn(5), categories=categories)
    limits = [1.0, *(share * free.seat[0] for share in (0.9, 0.7, 0.5))]
    made = frontier(*_drawn(5), limits, categories=categories)
    assert len(made) > 1
    for choice, limit in zip(made, limits, strict=False):
        assert choice.seat[0] <= limit + 1e-9
        best = _enumerated(*ground, categories, keep=True, least=0, most_seat=limit)
        assert choice.merit[0] == pytest.approx(best, rel=1e-6)
    assert [each.merit for each in made] == sorted((each.merit for each in made), reverse=True)


def _twice(seed):
    """Return offers on two desks, with the worth of each offer: its person effect on a value of unit variance."""
    offers, *first = _offers_at_random(seed)
    _, *second = _offers_at_random(seed + 50)
    rng = np.random.default_rng(seed)
    grounds = []
    for place, matrices in enumerate((first, second)):
        points = np.array([offer.points for offer in offers])
        worth = points * rng.uniform(0.0, 0.6, len(offers))
        grounds.append(Ground(*matrices, worth=(worth, 1.0), best=0.9 - 0.3 * place))
    return offers, grounds


@pytest.mark.parametrize(("seed", "agreement"), [(1, 0.0), (2, 0.0), (1, 0.4), (2, 0.4), (3, 0.5)])
def test_on_two_desks_the_smaller_share_of_its_best_is_maximised_and_agreement_with_the_value_kept(seed, agreement):
    """Of all 6^3 choices, those of 15 and 10 points per category that agree on both desks, the best smaller share."""
    offers, grounds = _twice(seed)
    items, best = sorted({offer.item for offer in offers}), -1.0
    for picked in product(*([at for at, o in enumerate(offers) if o.item == item] for item in items)):
        totals = [sum(offers[at].points for at in picked if offers[at].category == name) for name in "ab"]
        agrees = all((each.agreement(picked) or 0) >= agreement for each in grounds)
        if totals == [15.0, 10.0] and agrees:
            at = np.ix_(picked, picked)
            best = max(best, min(float(each.person[at].sum() / each.whole[at].sum()) / each.best for each in grounds))
    assert best > 0
    made = best_choice(offers, grounds, categories={"a": 15.0, "b": 10.0}, agreement=agreement)
    least = min(merit / each.best for merit, each in zip(made.merit, grounds, strict=True))
    assert least == pytest.approx(best, rel=1e-6) and made.proven
    assert min(made.agreement) >= agreement - 1e-9


def test_an_agreement_needs_the_worth_of_the_offers_and_a_program_needs_a_desk():
    with pytest.raises(ValueError, match="needs the worth of the offers"):
        best_choice(*_drawn(1), categories={"a": 15.0, "b": 10.0}, agreement=0.5)
    with pytest.raises(ValueError, match="matrices over 18 offers are wanted, got"):
        best_choice(_drawn(1)[0], [], categories={"a": 15.0, "b": 10.0})


def test_guards_that_nothing_obeys_are_said_by_name():
    with pytest.raises(Infeasible, match="points_a"):
        best_choice(*_drawn(1), categories={"a": 99.0, "b": 10.0})


def test_the_order_of_the_offers_plays_no_part():
    offers, *matrices = _offers_at_random(2)
    order = np.random.default_rng(1).permutation(len(offers))
    turned = [matrix[np.ix_(order, order)] for matrix in matrices]
    one = best_choice(offers, [Ground(*matrices)], categories={"a": 15.0, "b": 10.0})
    other = best_choice([offers[at] for at in order], [Ground(*turned)], categories={"a": 15.0, "b": 10.0})
    assert {offers[at] for at in one.offers.values()} == {offers[order[at]] for at in other.offers.values()}


# --- tier cuts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_the_cuts_of_dynamic_programming_are_those_of_enumeration(seed):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, 40)
    totals = np.round(70 - 8 * true + rng.normal(0, 6, 40))
    totals[3] = np.nan
    grid = np.arange(45.0, 90.0, 3.0)
    made = cuts_by_cost(totals, true, COST, grid)
    costs = {
        borders: expected_cost(true, ranks_of(totals, borders), COST)
        for low, high in combinations_with_replacement(grid, 2)
        for borders in [(high, low)]
    }
    assert made.cost == pytest.approx(min(costs.values()))
    assert costs[made.borders] == pytest.approx(made.cost)


def test_cuts_by_hand():
    """Six months deserve A A B B C C and have 90 70 80 60 50 40; A is worth 1.2, B 1.0, C 0.5. With 85 and 55 one A is
    paid as B: 0.2. With 65 and 55 one B is paid as A: 0.2 as well. Mean 0.2 / 6."""
    totals, true = np.array([90.0, 70, 80, 60, 50, 40]), np.array([0, 0, 1, 1, 2, 2])
    made = cuts_by_cost(totals, true, COST, [45, 55, 65, 75, 85])
    assert made.cost == pytest.approx(0.2 / 6)
    assert made.borders[1] == 55


def test_shares_of_tiers_are_kept_and_equal_totals_stay_together():
    totals = np.array([[95.0, 80, 80, 60], [70, 50, 40, np.nan]])
    borders = cuts_by_share(totals, (2 / 7, 3 / 7, 2 / 7))
    assert borders == (80, 60)
    assert shares_of(ranks_of(totals, borders), 3) == pytest.approx((3 / 7, 2 / 7, 2 / 7))
    assert shares_of(ranks_of(totals, cuts_by_share(totals, (0.0, 1.0))), 2) == (0.0, 1.0)
    with pytest.raises(ValueError, match="sum to 1"):
        cuts_by_share(totals, (0.5, 0.4))


def test_the_order_of_people_plays_no_part_in_the_cuts():
    rng = np.random.default_rng(3)
    true = rng.integers(0, 3, 60)
    totals = 60 - 5 * true + rng.normal(0, 5, 60)
    order = rng.permutation(60)
    grid = np.arange(40.0, 80.0)
    assert cuts_by_cost(totals, true, COST, grid) == cuts_by_cost(totals[order], true[order], COST, grid)
