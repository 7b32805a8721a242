"""Rubrics with forms, profiles, periods and versions: scores of a small log on paper."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from scenarios.files.rubrics import load_rubric
from sim.calendar import Timeline
from sim.kpi.own import OwnKpi
from sim.kpi.rubric import (
    AS_WRITTEN,
    Band,
    Category,
    Item,
    Policies,
    Profile,
    Rubric,
    RubricError,
    Tier,
    alternatives,
    forms_in,
    points_of,
    score,
    score_versions,
    shifts,
    tally,
)
from sim.log import Log, LogError
from sim.log.periods import days_of

H = 3600
DAY = 24 * H

FAST = Band(upper=60.0, low_points=10, high_points=10)
SLOW = Band(lower=60.0, closed="none", low_points=4, high_points=4)
REPLY = Item(
    name="reply",
    category="work",
    max_points=10.0,
    kpi="first_response_mean",
    statistic="mean",
    unit="min",
    bands=(FAST, SLOW),
)
TONE = Item(name="tone", category="manner", max_points=20.0, bands=(Band(low_points=0, high_points=20),))
TIERS = (Tier(name="A", lower=80.0, coefficient=1.2), Tier(name="B", upper=80.0, closed="lower", coefficient=1.0))


def rubric(**changes: object) -> Rubric:
    made = Rubric(
        title={"en": "small"},
        items=(REPLY, TONE),
        tiers=TIERS,
        categories={"work": Category(weight=0.6), "manner": Category(weight=0.4)},
        sources={"self": 0.2, "supervisor": 0.8},
        policy=Policies(least_share=0.0),
    )
    return made.changed(**changes)


def log(appraisals: list[tuple] | None = None, roles: tuple[str, str] = ("adviser", "expert")) -> Log:
    """Ana answers after 30 min on 2 March and after 90 min on 3 April, Bo after 30 min on 4 March 2026."""
    told = [(1, 0, 0.5, "ana"), (2, 32, 1.5, "ana"), (3, 2, 0.5, "bo")]
    rows = []
    for ticket, day, reply_h, who in told:
        at_s = day * DAY + 9 * H
        rows += [(ticket, at_s, 0, "created", None), (ticket, at_s + int(reply_h * H), 1, "reply", who)]
        rows += [(ticket, at_s + 2 * H, 2, "resolved", who)]
    moments = pl.DataFrame(
        rows,
        orient="row",
        schema={"ticket": pl.Int64, "at_s": pl.Int64, "number": pl.Int32, "what": pl.String, "who": pl.String},
    )
    shifts = pl.DataFrame(
        {
            "person": ["ana", "ana", "bo"],
            "role": [roles[0], roles[0], roles[1]],
            "start_s": [9 * H, 32 * DAY + 9 * H, 2 * DAY + 9 * H],
            "end_s": [17 * H, 32 * DAY + 17 * H, 2 * DAY + 17 * H],
            "paid_s": [8 * H] * 3,
        }
    )
    columns = ["person", "period", "item", "source", "author", "points", "reason"]
    given = None if appraisals is None else pl.DataFrame(appraisals, schema=columns, orient="row")
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 2), "Asia/Shanghai"),
        until_s=60 * DAY,
        priorities=("normal",),
        moments=moments,
        shifts=shifts,
        appraisals=given,
        cases=pl.DataFrame(
            {"ticket": [1, 2, 3], "learner": list("abc"), "kind": ["k"] * 3, "priority": ["normal"] * 3}
        ),
        people=pl.DataFrame({"person": ["ana", "bo"], "role": list(roles)}),
    )


def rows_of(frame: pl.DataFrame, column: str) -> dict[tuple[str, str], object]:
    return {(row["person"], row["period"]): row[column] for row in frame.iter_rows(named=True)}


def item_of(frame: pl.DataFrame, person: str, period: str, name: str) -> dict:
    items = frame.filter((pl.col("person") == person) & (pl.col("period") == period))["items"][0]
    return next(item for item in items if item["name"] == name)


# --- what people state -------------------------------------------------------------------------------


def test_self_counts_20_and_the_supervisor_80_of_what_people_judge():
    """Tone: Ana gives herself 20, the supervisor gives 10: 0.2 x 20 + 0.8 x 10 = 12 of 20, 60 % of 40 points = 24.

    Her reply after 30 min earns 10 of 10, all of 60: 84, tier A; by the log alone 100. Bo is judged by the supervisor
    alone, whose 10 then count for all: 60 + 20 = 80.
    """
    forms = [
        ("ana", "2026-03", "tone", "self", "ana", 20.0, None),
        ("ana", "2026-03", "tone", "supervisor", "li", 10.0, None),
        ("bo", "2026-03", "tone", "supervisor", "li", 10.0, None),
    ]
    frame = score(log(forms), rubric(), level=None)
    assert rows_of(frame, "total") == {
        ("ana", "2026-03"): pytest.approx(84),
        ("bo", "2026-03"): pytest.approx(80),
        ("ana", "2026-04"): pytest.approx(40),
    }
    assert rows_of(frame, "objective")["ana", "2026-03"] == pytest.approx(100)
    assert rows_of(frame, "objective_share")["ana", "2026-03"] == pytest.approx(0.6)
    assert rows_of(frame, "tier")["ana", "2026-03"] == "A"
    assert item_of(frame, "ana", "2026-03", "tone")["stated"] == [
        {"source": "self", "points": 20.0},
        {"source": "supervisor", "points": 10.0},
    ]


def test_what_the_log_decides_is_overridden_on_a_prefilled_form_only_with_a_reason():
    """The log gives Ana 10 for her replies; the supervisor's 5 count with a reason, and nobody else says anything.

    Ana's own 0 needs none, for her form is not prefilled: 0.2 x 0 + 0.8 x 10 = 8. Without the reason the 5 are set
    aside and the log's 10 stay.
    """

    def points(*forms: tuple) -> float:
        return item_of(score(log(list(forms)), rubric(), level=None), "ana", "2026-03", "reply")["points"]

    assert points(("ana", "2026-03", "reply", "supervisor", "li", 5.0, "the clock was wrong")) == pytest.approx(5)
    assert points(("ana", "2026-03", "reply", "self", "ana", 0.0, None)) == pytest.approx(8)
    assert points(("ana", "2026-03", "reply", "supervisor", "li", 5.0, None)) == pytest.approx(10)


def test_rows_that_a_rubric_cannot_use_are_set_aside_with_a_reason():
    forms = [
        ("ana", "2026-03", "tone", "supervisor", "li", 10.0, None),
        ("ana", "2026-03", "tune", "supervisor", "li", 10.0, None),
        ("ana", "2026-03", "tone", "peer", "bo", 10.0, None),
        ("ana", "2026-03", "tone", "self", "ana", 20.5, None),
        ("bo", "2026-03", "reply", "supervisor", "li", 5.0, None),
        ("bo", "2026-03-20/2026-04-10", "tone", "supervisor", "li", 5.0, None),
    ]
    told = log(forms)
    found = forms_in(told, rubric(), tally(told, rubric()))
    assert found is not None and found.rows.height == 1
    reasons = dict(zip(*(found.set_aside[name].to_list() for name in ("item", "reason_not")), strict=False))
    assert found.set_aside.height == 5 and reasons["tune"] == "the rubric has no such item"
    assert set(found.set_aside["reason_not"]) == {
        "the rubric has no such item",
        "the item is not judged by this source",
        "the points lie outside of 0 to the item's maximum",
        "it lies in no single period for which anybody is appraised",
        "the log decides the item, and no reason for another value is stated",
    }


def test_several_authors_of_one_source_are_averaged_and_a_month_serves_its_quarter():
    """Two colleagues give 20 and 10: 15 of 20 points, 30 of 40. In the quarter the months' 15 and 5 average 10."""
    peers = rubric(items=(REPLY, TONE.changed(sources={"peer": 1.0})), review="quarter")
    forms = [
        ("ana", "2026-03", "tone", "peer", "bo", 20.0, None),
        ("ana", "2026-03", "tone", "peer", "cy", 10.0, None),
        ("ana", "2026-02", "tone", "peer", "bo", 5.0, None),
    ]
    frame = score(log(forms), peers, level=None)
    assert item_of(frame, "ana", "2026-03", "tone")["points"] == pytest.approx(15)
    assert item_of(frame, "ana", "2026-Q1", "tone")["points"] == pytest.approx(10)
    assert ("ana", "2026-02") not in rows_of(frame, "total"), "the log begins in March"


def test_one_source_states_points_once():
    forms = [("ana", "2026-03", "tone", "self", "ana", points, None) for points in (1.0, 2.0)]
    with pytest.raises(LogError, match="self gave 'ana' points for tone in 2026-03 twice"):
        log(forms)


# --- profiles and periods ----------------------------------------------------------------------------


def test_roles_have_their_own_weights_items_and_periods():
    """Advisers monthly, by replies alone; experts quarterly, three quarters tone.

    Ana: March 10 of 10 = 100, April 4 of 10 = 40. Bo's quarter: replies 10 of 10 x 25 + tone 8 of 20 x 75 = 55.
    """
    made = rubric(
        profiles={
            "front": Profile(roles=("adviser",), items=("reply",), weights={"work": 1.0}),
            "expert": Profile(roles=("expert",), weights={"work": 0.25, "manner": 0.75}, period="quarter"),
        }
    )
    frame = score(log([("bo", "2026-Q1", "tone", "supervisor", "li", 8.0, None)]), made, level=None)
    assert rows_of(frame, "total") == {
        ("ana", "2026-03"): pytest.approx(100),
        ("ana", "2026-04"): pytest.approx(40),
        ("bo", "2026-Q1"): pytest.approx(55),
    }
    assert rows_of(frame, "profile") == {
        ("ana", "2026-03"): "front",
        ("ana", "2026-04"): "front",
        ("bo", "2026-Q1"): "expert",
    }
    assert item_of(frame, "ana", "2026-03", "tone")["reason"] == "it does not count for the person's profile"


def test_a_role_without_a_profile_is_listed_without_a_score():
    made = rubric(profiles={"front": Profile(roles=("adviser",))})
    frame = score(log(), made, level=None)
    assert rows_of(frame, "total")["bo", "2026-03"] is None and rows_of(frame, "tier")["bo", "2026-03"] is None


def test_who_changes_roles_has_that_of_most_hours_in_the_period():
    """Ana is listed as an adviser and works as an expert in all her shifts."""
    moved = log(roles=("expert", "expert")).having(
        people=pl.DataFrame({"person": ["ana", "bo"], "role": ["adviser", "expert"]})
    )
    assert set(score(moved, rubric(), level=None)["role"]) == {"expert"}


@pytest.mark.parametrize(
    ("cadence", "periods"),
    [
        ("week", {"2026-W10", "2026-W14"}),
        ("month", {"2026-03", "2026-04"}),
        ("quarter", {"2026-Q1", "2026-Q2"}),
        ("half_year", {"2026-H1"}),
        ("year", {"2026"}),
    ],
)
def test_periods_are_named_as_logs_name_them_and_hold_all_their_days(cadence, periods):
    """2 March and 3 April 2026: ISO weeks 10 and 14."""
    frame = score(log(), rubric(period=cadence), level=None).filter(pl.col("person") == "ana")
    assert set(frame["period"]) == periods
    assert all(days_of(period) is not None for period in periods)


def test_a_rubric_that_changes_scores_each_period_by_the_version_valid_on_its_first_day():
    """From April a reply within 120 min earns all: April is 100 instead of 40, March stays."""
    later = REPLY.changed(bands=(FAST.changed(upper=120.0), SLOW.changed(lower=120.0)))
    new = rubric(items=(later, TONE), valid_from=date(2026, 4, 1))
    frame = score_versions(log(), (new, rubric()), level=None)
    assert rows_of(frame, "total") == {("ana", "2026-03"): 100, ("bo", "2026-03"): 100, ("ana", "2026-04"): 100}
    assert rows_of(frame, "valid_from") == {
        ("ana", "2026-03"): None,
        ("bo", "2026-03"): None,
        ("ana", "2026-04"): date(2026, 4, 1),
    }
    with pytest.raises(ValueError, match="two versions of the rubric are valid from 2026-04-01"):
        score_versions(log(), (new, new))


# --- values ------------------------------------------------------------------------------------------


def test_an_item_may_stand_on_a_figure_or_on_a_formula_of_ones_own():
    """March: Ana resolved 1 ticket in 8 paid hours. Her formula: 10 x 1 ticket + 30 min = 40."""
    own = {"mine": OwnKpi(formula="10 * tickets_resolved + first_response_mean", unit="count")}
    high = (Band(lower=20.0, low_points=10, high_points=10), Band(upper=20.0, low_points=0, high_points=0))
    item = Item(
        name="reply", category="work", max_points=10.0, kpi="mine", statistic="figure", unit="count", bands=high
    )
    frame = score(log(), rubric(kpi=own, items=(item, TONE)), level=None)
    assert item_of(frame, "ana", "2026-03", "reply")["value"] == pytest.approx(40)
    counted = item.changed(kpi="tickets_resolved", unit="tickets")
    assert item_of(score(log(), rubric(items=(counted, TONE))), "bo", "2026-03", "reply")["value"] == pytest.approx(1)


def test_what_is_best_in_between_is_judged_by_its_distance_from_the_ideal():
    """Ideal 75 %: 70 % and 80 % are 5 away, 95 % is 20 away."""
    near, far = (
        Band(upper=10.0, low_points=5, high_points=5),
        Band(lower=10.0, closed="none", low_points=0, high_points=0),
    )
    item = Item(name="busy", category="work", max_points=5.0, kpi="utilisation", ideal=75.0, bands=(near, far))
    assert points_of(item, np.array([70.0, 80.0, 95.0]), Policies()).tolist() == [5, 5, 0]


@pytest.mark.parametrize(("policy", "value"), [("as_is", 30.0), ("missing", None), ("shrink", 45.0)])
def test_few_tickets_are_treated_as_the_policy_says(policy, value):
    """In the year Bo has one ticket of 30 min, and both together 30, 90 and 30: 50 on average.

    His one ticket against least_n = 3 of the role's: (30 + 3 x 50) / 4 = 45.
    """
    made = rubric(
        items=(REPLY.changed(least_n=3), TONE), period="year", policy=Policies(small_n=policy, least_share=0.0)
    )
    found = item_of(score(log(roles=("expert", "expert")), made, level=None), "bo", "2026", "reply")["value"]
    assert found == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(("overlap", "earned"), [("better", [10, 10, 4]), ("worse", [10, 4, 4])])
def test_a_value_that_two_bands_hold_earns_the_better_or_the_worse(overlap, earned):
    """Written 'within 60 min' and '60 to 120 min': 60 min sharp stands in both (A-02b)."""
    item = REPLY.changed(bands=(FAST, SLOW.changed(closed="both")))
    for border in ("half_open", "round_half_up_first"):
        found = points_of(item, np.array([59.0, 60.0, 61.0]), Policies(overlap=overlap, border=border))
        assert found.tolist() == earned


def test_a_total_may_be_rounded_before_the_tiers():
    """79.9 is B, and A once rounded to whole points (A-30)."""
    made = rubric(items=(REPLY.changed(bands=(FAST, SLOW.changed(low_points=6.65, high_points=6.65))), TONE))
    forms = [("ana", "2026-04", "tone", "supervisor", "li", 20.0, None)]
    total = rows_of(score(log(forms), made, level=None), "total")["ana", "2026-04"]
    assert total == pytest.approx(0.6 * 66.5 + 40) and 79.5 < total < 80
    rounded = made.changed(policy=made.policy.changed(round_total=1.0))
    assert rows_of(score(log(forms), made, level=None), "tier")["ana", "2026-04"] == "B"
    assert rows_of(score(log(forms), rounded, level=None), "tier")["ana", "2026-04"] == "A"


# --- other answers to open questions -----------------------------------------------------------------


def test_another_answer_says_whose_tier_and_pay_it_moves():
    """Ana's April: 0.6 x 66.5 + 40 = 79.9, B; rounded to whole points A: 0.2 of her pay. Nobody else moves."""
    made = rubric(items=(REPLY.changed(bands=(FAST, SLOW.changed(low_points=6.65, high_points=6.65))), TONE))
    told = log([("ana", "2026-04", "tone", "supervisor", "li", 20.0, None)])
    rounds = [each for each in alternatives(made) if each.switch == "policy.round_total"]
    (found,) = shifts(told, made, rounds)
    assert (found.alternative.was, found.alternative.to, found.scored) == (None, 1.0, 3)
    assert found.moves.select("person", "period", "tier", "other_tier").rows() == [("ana", "2026-04", "B", "A")]
    assert found.pay_moved == pytest.approx(0.2) and found.mean_change == pytest.approx(0)


def test_each_alternative_answers_one_question_and_one_that_cannot_be_scored_says_why():
    made = load_rubric("aftersales_100")
    others = alternatives(made)
    assert len({(each.switch, str(each.to)) for each in others}) == len(others) > 25
    for each in others:
        assert each.was != each.to and each.rubric != made
    asked = {each.question for each in others}
    assert asked >= {"A-01", "A-02", "A-02b", "A-08", "A-10", "A-12", "A-13", "A-24", "A-26", "A-29", "A-30", "A-32"}
    far = SLOW.changed(lower=95.0)
    holed = rubric(items=(REPLY.changed(bands=(FAST.changed(upper=10.0), far)), TONE))
    (found,) = shifts(log(), holed, [each for each in alternatives(holed) if each.to == "strict_hole"])
    assert "lies between two bands" in found.refused and found.moves.is_empty()


# --- what a rubric may not say -----------------------------------------------------------------------


def test_profiles_that_nobody_could_score_are_refused():
    with pytest.raises(ValidationError, match=r"profiles\.b: role 'adviser' belongs to profile 'a' already"):
        rubric(profiles={"a": Profile(roles=("adviser",)), "b": Profile(roles=("adviser",))})
    with pytest.raises(ValidationError, match="'a' and 'b' are both for all other roles"):
        rubric(profiles={"a": Profile(), "b": Profile()})
    with pytest.raises(ValidationError, match=r"profiles\.a: unknown item 'tune'; known: reply, tone"):
        rubric(profiles={"a": Profile(items=("tune",))})
    with pytest.raises(ValidationError, match=r"profiles\.a: no item counts in category 'manner', which has a weight"):
        rubric(profiles={"a": Profile(items=("reply",))})
    with pytest.raises(ValidationError, match=r"profiles\.a: the weights must sum to 1, got 0\.7"):
        rubric(profiles={"a": Profile(weights={"work": 0.3, "manner": 0.4})})


def test_a_rubric_may_be_read_as_written_although_its_weights_do_not_sum():
    heavy = rubric().model_dump(mode="json")
    heavy["categories"]["work"]["weight"] = 0.7
    with pytest.raises(ValidationError, match="must sum to 1"):
        Rubric.model_validate_json(json.dumps(heavy))
    found = Rubric.model_validate_json(json.dumps(heavy), context=AS_WRITTEN)
    assert found.categories["work"].weight == 0.7


def test_a_figure_in_another_unit_is_refused():
    item = REPLY.changed(kpi="csat_mean", statistic="figure", unit="h")
    with pytest.raises(RubricError, match=r"items\.reply: statistic 'figure' in h does not fit the KPI 'csat_mean'"):
        tally(log(), rubric(items=(item, TONE)))
