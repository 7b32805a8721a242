"""What follows from scores, worked out on paper: pools, ladders over twelve periods, awards."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scenarios.files.rubrics import load_rubric
from sim.kpi.rubric import (
    Award,
    Consequences,
    Grade,
    Ladder,
    Pool,
    Rubric,
    Step,
    following,
    from_pool,
    tiers_of,
    walk,
)

MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
GRADES = {"S": Grade(at_least=90.0), "fail": Grade(below=60.0)}

LITERAL = Ladder(
    begins="fine",
    steps=(
        Step(start="fine", grade="fail", in_a_row=2, to="sanction"),
        Step(start="sanction", grade="fail", without=True, to="fine"),
    ),
)
"""Two months in a row below 60: pay cut, transfer or dismissal (R002-66, R002-67)."""

PLAN = Ladder(
    begins="fine",
    steps=(
        Step(start="fine", grade="fail", to="warned"),
        Step(start="warned", grade="fail", to="plan"),
        Step(start="warned", to="fine"),
        Step(start="plan", after=3, grade="fail", to="exit"),
        Step(start="plan", after=3, to="fine"),
    ),
)
"""A warning, a plan of three months at the second failure in a row, then exit or not (R003-60, R003-61)."""

EXPERT = Ladder(begins="none", steps=(Step(start="none", grade="S", in_a_row=3, to="may_apply"),))
"""Three S in a row: may apply for a post of an expert (R003-59)."""


def rubric(**changes: object) -> Rubric:
    made = load_rubric("aftersales_100")
    return made.changed(consequences=Consequences(grades=GRADES).changed(**changes))


def frame(totals: dict[str, list[float | None]], roles: dict[str, list[str]] | None = None) -> pl.DataFrame:
    """Return scores of people over months of 2026; None is a month of leave."""
    made = load_rubric("aftersales_100")
    rows = []
    for person, scores in totals.items():
        for number, (month, total) in enumerate(zip(MONTHS, scores, strict=False)):
            tier = (
                None if total is None else made.tiers[int(tiers_of(made.tiers, np.array([total]), made.policy)[0])].name
            )
            role = roles[person][number] if roles else "adviser"
            rows.append(
                (
                    person,
                    role,
                    None,
                    month,
                    total,
                    tier,
                    [{"name": "success", "points": total, "max_points": 100.0, "n": 9}],
                )
            )
    columns = {
        "person": pl.String, "role": pl.String, "profile": pl.String, "period": pl.String, "total": pl.Float64,
        "tier": pl.String,
        "items": pl.List(pl.Struct({"name": pl.String, "points": pl.Float64, "max_points": pl.Float64, "n": pl.Int64})),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row")


def states(ladder: Ladder, scores: list[float | None], roles: list[str] | None = None) -> list[str]:
    found = following(frame({"ana": scores}, {"ana": roles} if roles else None), rubric(ladders={"it": ladder}))
    return found.states["state"].to_list()


# --- ladders over twelve months ------------------------------------------------------------------------


def test_two_months_in_a_row_below_60_are_sanctioned_as_the_document_says():
    """58 in March stands alone. 59 in May and 55 in July are a row, for June is leave; August's 61 ends it.

    59.9 and 59.9 in November and December are the next.
    """
    scores = [70, 62, 58, 66, 59, None, 55, 61, 72, 60, 59.9, 59.9]
    assert states(LITERAL, scores) == ["fine"] * 6 + ["sanction"] + ["fine"] * 4 + ["sanction"]


def test_a_gap_may_break_a_row_instead():
    scores = [70, 62, 58, 66, 59, None, 55, 61, 72, 60, 59.9, 59.9]
    assert states(LITERAL.changed(gap="breaks"), scores) == ["fine"] * 11 + ["sanction"]


def test_a_plan_lasts_three_months_and_ends_by_its_last():
    """Warned in February, planned in March; the plan lasts April, May (leave does not count in June), July: 61 passes.

    Warned again in September, planned in October; it has lasted two months by December.
    """
    scores = [75, 50, 55, 40, 65, None, 61, 70, 58, 57, 80, 80]
    assert states(PLAN, scores) == [
        "fine", "warned", "plan", "plan", "plan", "plan", "fine", "fine", "warned", "plan", "plan", "plan",
    ]  # fmt: skip
    failed = [75, 50, 55, 65, 65, 59.9, 90, 90, 90, 90, 90, 90]
    assert states(PLAN, failed)[5:] == ["exit"] * 7


def test_three_s_in_a_row_open_the_post_of_an_expert():
    scores = [91, 92, 89.9, 90, None, 95, 99, 60, 60, 60, 60, 60]
    assert states(EXPERT, scores) == ["none"] * 6 + ["may_apply"] * 6


def test_a_transfer_carries_the_state_or_begins_anew():
    """A failure in June as an adviser and one in July as an expert."""
    scores, roles = [80.0] * 5 + [50, 50] + [80.0] * 5, ["adviser"] * 6 + ["expert"] * 6
    assert states(LITERAL, scores, roles)[6] == "sanction"
    assert set(states(LITERAL.changed(transfer="restarts"), scores, roles)) == {"fine"}


def test_a_rubric_that_changes_in_july_fails_by_the_cut_of_the_month():
    """To June below 60 fails, from July below 65: 62 in June and July fails once, with 62 in August a second time."""
    scores = [80.0] * 5 + [62, 62, 62] + [80.0] * 4
    old = rubric(ladders={"it": LITERAL})
    new = rubric(grades=GRADES | {"fail": Grade(below=65.0)}, ladders={"it": LITERAL}).changed(
        valid_from=date(2026, 7, 1)
    )
    rows = frame({"ana": scores})
    days = pl.Series("valid_from", [None] * 6 + [date(2026, 7, 1)] * 6, dtype=pl.Date)
    found = following(rows.with_columns(days), (old, new))
    assert found.states["state"].to_list() == ["fine"] * 7 + ["sanction"] + ["fine"] * 4


@given(
    st.lists(st.sampled_from([None, frozenset({"fail"}), frozenset({"S"}), frozenset[str]()]), min_size=1, max_size=14)
)
def test_what_comes_later_never_changes_a_state(grades):
    scores = [("adviser", each) for each in grades]
    for ladder in (LITERAL, PLAN, EXPERT):
        assert walk(ladder, scores)[:-1] == walk(ladder, scores[:-1])


# --- pay -----------------------------------------------------------------------------------------------


def test_a_fifth_of_ten_people_gets_two_and_the_others_three_quarters():
    """40 % of the pool for 2 of 10: 0.4 x 10 / 2 = 2; 60 % for 8: 0.75; 2.67 times as much per head (R003-58)."""
    paid = from_pool(np.arange(10, 0, -1, dtype=np.float64), Pool())
    assert paid.tolist() == [2.0] * 2 + [0.75] * 8 and paid[0] / paid[-1] == pytest.approx(2.67, abs=0.005)


@pytest.mark.parametrize(
    ("rounding", "first", "second", "rest"),
    [
        ("ceil", 0.4 * 7 / 2, 0.4 * 7 / 2, 0.6 * 7 / 5),
        ("floor", 0.4 * 7, 0.6 * 7 / 6, 0.6 * 7 / 6),
        ("fractional", 0.4 * 7 / 1.4, 0.4 * 2 + 0.6 * (0.6 * 7 / 5.6), 0.6 * 7 / 5.6),
    ],
)
def test_a_fifth_of_seven_people_is_two_one_or_one_and_four_tenths(rounding, first, second, rest):
    """1.4 places: two thirds of the places of the best are whole, or the second has four tenths of one."""
    paid = from_pool(np.arange(7, 0, -1, dtype=np.float64), Pool(rounding=rounding))
    assert paid.tolist() == pytest.approx([first, second] + [rest] * 5)


def test_people_with_equal_scores_share_what_their_places_bring():
    """Second and third of ten are alike: (2 + 0.75) / 2 each."""
    assert from_pool(np.array([9.0, 8, 8, *range(7)]), Pool())[1:3].tolist() == [1.375, 1.375]
    assert from_pool(np.array([5.0]), Pool()).tolist() == [1.0]


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1),
    st.sampled_from(["ceil", "floor", "fractional"]),
)  # fmt: skip
def test_a_pool_is_paid_out_whole_to_whoever_stands_in_whatever_order(totals, best, get, rounding):
    scores = np.array(totals, dtype=np.float64)
    pool = Pool(best=best, get=get, rounding=rounding)
    paid = from_pool(scores, pool)
    assert paid.mean() == pytest.approx(1.0)
    assert from_pool(scores[::-1], pool)[::-1] == pytest.approx(paid)
    assert all(
        paid[a] == pytest.approx(paid[b]) for a in range(len(totals)) for b in range(a) if totals[a] == totals[b]
    )


def test_pay_goes_by_the_tier_or_by_the_pool_and_never_by_both():
    rows = frame({"ana": [95.0], "bo": [75.0], "cy": [None]})
    by_tier = following(rows, rubric()).people
    assert by_tier["pay"].to_list() == [1.2, 1.0, None]
    by_pool = following(rows, rubric(pay="pool", pool=Pool(best=0.5))).people
    assert by_pool["pay"].to_list()[:2] == pytest.approx([0.8, 1.2]) and by_pool["pay"][2] is None


# --- grades and awards -----------------------------------------------------------------------------------


def test_the_best_twentieth_has_an_s_beside_all_from_90_on():
    """Of three people the best one; of those at 90 each."""
    what = rubric(grades={"S": Grade(at_least=90.0, top_share=0.05)})
    low = following(frame({"ana": [80.0], "bo": [70.0], "cy": [60.0]}), what).people
    assert low["grades"].to_list() == [["S"], [], []]
    high = following(frame({"ana": [95.0], "bo": [90.0], "cy": [60.0]}), what).people
    assert high["grades"].to_list() == [["S"], ["S"], []]


def test_the_most_improved_is_told_from_regression_to_the_mean():
    """January: 40 and 80, mean 60. At reliability 0.7 Ana's 40 rises by 0.3 x 20 = 6 on its own, Bo's 80 falls by 6.

    Ana's 45 is 1 less than that, Bo's 76 is 2 more: Bo is the most improved, although he lost four points.
    """
    what = rubric(awards={"improved": Award(by="improvement")})
    found = following(frame({"ana": [40.0, 45.0], "bo": [80.0, 76.0]}), what, reliability=0.7).awards
    assert found.select("person", "period").rows() == [("bo", "2026-02")]
    assert (found["value"][0], found["expected"][0]) == (pytest.approx(2), pytest.approx(-6))


def test_an_award_for_an_item_goes_to_whoever_has_the_tickets_for_it():
    rows = frame({"ana": [90.0], "bo": [90.0], "cy": [70.0]})
    stars = following(rows, rubric(awards={"star": Award(by="item", item="success")})).awards
    assert stars["person"].to_list() == ["ana", "bo"]
    assert following(rows, rubric(awards={"star": Award(by="item", item="success", least_n=10)})).awards.is_empty()


# --- what a rubric may not say ---------------------------------------------------------------------------


def test_ladders_that_nobody_could_climb_are_refused():
    with pytest.raises(ValidationError, match="state 'plan' cannot be reached from 'fine'"):
        Ladder(begins="fine", steps=(Step(start="plan", to="exit"),))
    with pytest.raises(ValidationError, match="step fine to exit: without needs a grade"):
        Ladder(begins="fine", steps=(Step(start="fine", without=True, to="exit"),))
    with pytest.raises(ValidationError, match=r"ladders\.it: unknown grade 'S'; known: none"):
        Consequences(ladders={"it": EXPERT})
    with pytest.raises(ValidationError, match="a grade needs at_least, below or top_share"):
        Grade()
    with pytest.raises(ValidationError, match="and the key `item` belong together"):
        Award(by="item")


def test_months_and_quarters_have_consequences_of_their_own():
    mixed = pl.concat([frame({"ana": [80.0]}), frame({"ana": [80.0]}).with_columns(period=pl.lit("2026-Q1"))])
    with pytest.raises(ValueError, match="periods of one length, got month, quarter"):
        following(mixed, rubric())
