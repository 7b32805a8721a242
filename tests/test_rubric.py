"""Rubrics: bands and borders by hand, the arithmetic of the 100 points, scores of a small log on paper."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from scenarios.files.rubrics import load_rubric, rubric_names
from scenarios.problems import ScenarioError
from sim.calendar import Timeline
from sim.kpi.rubric import (
    Band,
    Item,
    Rubric,
    RubricError,
    Tally,
    maximum,
    points_of,
    ranges,
    score,
    score_tally,
    tally,
    tiers_of,
)
from sim.log import Log
from sim.sla import Clause, Sla, Target

H = 3600
DAY = 24 * H


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return load_rubric("aftersales_100")


def points(rubric: Rubric, name: str, value: float, late: int | None = None, **policy: str) -> float:
    counts = None if late is None else np.array([late])
    found = points_of(rubric.item(name), np.array([value]), rubric.policy.changed(**policy), counts)
    return float(found[0])


# --- the file ----------------------------------------------------------------------------------------


def test_every_rubric_that_comes_along_loads():
    assert "aftersales_100" in rubric_names()
    for name in rubric_names():
        assert maximum(load_rubric(name)) == 100


def test_the_rubric_has_12_items_36_bands_5_categories_and_100_points(rubric: Rubric):
    assert len(rubric.items) == 12
    assert sum(len(item.bands) for item in rubric.items) == 36
    assert rubric.category_points() == {
        "attitude": 30,
        "skill": 30,
        "efficiency": 20,
        "teamwork": 10,
        "discipline": 10,
    }
    assert sum(item.max_points for item in rubric.items) == 100


def test_each_band_cites_its_own_requirement(rubric: Rubric):
    cited = [source for item in rubric.items for band in item.bands for source in band.source]
    manual = {20, 30, 37, 44}  # the lines of the category weights among them
    assert cited == [f"R002-{n:02}" for n in range(11, 51) if n not in manual]


def test_the_same_band_everywhere_gives_84_to_100_then_42_to_66_then_0_to_14(rubric: Rubric):
    assert ranges(rubric) == [(84, 100), (42, 66), (0, 14)]


def test_weights_on_top_of_points_reach_24_of_100_and_only_when_asked_for(rubric: Rubric):
    assert maximum(rubric) == 100
    assert maximum(rubric.changed(policy=rubric.policy.changed(double_weighting=True))) == 24


def test_tiers_pay_12_11_10_08_05_at_90_80_70_60(rubric: Rubric):
    totals = np.array([100, 90, 89.99, 80, 79.5, 70, 69.5, 60, 59.99, 0])
    ranks = tiers_of(rubric.tiers, totals, rubric.policy)
    paid = [rubric.tiers[rank].coefficient for rank in ranks]
    assert paid == [1.2, 1.2, 1.1, 1.1, 1.0, 1.0, 0.8, 0.8, 0.5, 0.5]


def test_only_the_border_at_60_has_no_hole_between_tiers(rubric: Rubric):
    strict = rubric.policy.changed(border="strict_hole")
    for total in (69.5, 79.5, 89.5):
        with pytest.raises(RubricError, match="between two bands"):
            tiers_of(rubric.tiers, np.array([total]), strict)
    assert tiers_of(rubric.tiers, np.array([59.99, 60.0]), strict).tolist() == [4, 3]


# --- bands and borders by hand -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "earned"),
    [
        (0, 10),
        (30, 9),
        (60, 8),
        (60.01, 7 - 3 * 0.01 / 60),
        (90, 5.5),
        (120, 4),
        (300, 1.5),
        (480, 0),
        (900, 0),
    ],
)
def test_response_points_run_from_10_to_0_and_one_hour_sharp_is_within_one_hour(rubric, minutes, earned):
    """To 60 min 10 to 8; to 120 min 7 to 4; beyond, 3 at 120 min to 0 at 480 min: 300 min earns 1.5."""
    assert points(rubric, "response", minutes) == pytest.approx(earned)


@pytest.mark.parametrize(("seconds", "earned"), [(59 * 60 + 59, 8 + 2 / 3600), (3600, 8), (3601, 7 - 3 / 3600)])
def test_response_borders_are_exact_to_the_second(rubric, seconds, earned):
    assert points(rubric, "response", seconds / 60) == pytest.approx(earned, abs=1e-12)


@pytest.mark.parametrize(
    ("percent", "half_open", "rounded", "linear"),
    [
        (100, 5, 5, 5),
        (95, 5, 5, 5),
        (94.5, 3, 5, 4),
        (94.4, 3, 3, 3.8),
        (94, 3, 3, 3),
        (90, 3, 3, 3),
        (89.9, 0, 3, 0),
    ],
)
def test_satisfaction_between_94_and_95_depends_on_the_border_policy(rubric, percent, half_open, rounded, linear):
    assert points(rubric, "satisfaction", percent) == half_open
    assert points(rubric, "satisfaction", percent, border="round_half_up_first") == rounded
    assert points(rubric, "satisfaction", percent, border="linear") == pytest.approx(linear)


def test_a_strict_hole_is_an_error_that_names_the_value(rubric: Rubric):
    with pytest.raises(RubricError, match=r"satisfaction: 94\.5 lies between"):
        points(rubric, "satisfaction", 94.5, border="strict_hole")
    assert points(rubric, "satisfaction", 94.0, border="strict_hole") == 3


@pytest.mark.parametrize(
    ("percent", "earned"),
    [(100, 15), (95, 13.5), (90, 12), (89.5, 8 + 3 * 0.95), (85, 9.5), (80, 8), (40, 3.5), (0, 0)],
)
def test_success_points_are_linear_between_the_ends_of_a_band(rubric, percent, earned):
    assert points(rubric, "success", percent) == pytest.approx(earned)


@pytest.mark.parametrize(("inside", "earned"), [("bottom", 12), ("mid", 13.5), ("top", 15)])
def test_points_inside_a_band_can_be_its_bottom_middle_or_top(rubric, inside, earned):
    assert points(rubric, "success", 91, inside=inside) == earned


@pytest.mark.parametrize(
    ("percent", "earned"), [(130, 10), (120, 10), (110, 9), (100, 8), (99.99, 7), (80, 4), (79.9, 0)]
)
def test_volume_stops_at_120_percent_of_the_mean(rubric, percent, earned):
    assert points(rubric, "volume", percent) == pytest.approx(earned, abs=0.01)


@pytest.mark.parametrize("name", ["repair_time", "task_time"])
def test_lateness_is_several_only_from_three_tickets_on(rubric, name):
    """A-26: none late 10; 10 % is half way from 7 to 4; 50 % earns 0, but 4 with only 2 late tickets."""
    assert points(rubric, name, 0, late=0) == 10
    assert points(rubric, name, 10, late=1) == 5.5
    assert points(rubric, name, 20, late=4) == 4
    assert points(rubric, name, 50, late=3) == 0
    assert points(rubric, name, 50, late=2) == 4


# --- what a file may not say -------------------------------------------------------------------------


def test_weights_that_do_not_sum_to_one_are_refused(rubric: Rubric):
    heavy = rubric.categories["skill"].changed(weight=0.4)
    with pytest.raises(ValidationError, match=r"weights must sum to 1, got 1\.1"):
        rubric.changed(categories=rubric.categories | {"skill": heavy})


def test_bands_in_the_wrong_order_are_refused():
    low, high = Band(upper=80.0, low_points=0, high_points=7), Band(lower=80.0, low_points=8, high_points=15)
    with pytest.raises(ValidationError, match="best points to the worst"):
        Item(
            name="x",
            category="c",
            max_points=15.0,
            kpi="fcr_verified_72h",
            best=100.0,
            worst=0.0,
            bands=(low, high),
        )


def test_points_that_run_need_to_know_where_they_stop():
    low, high = Band(upper=80.0, low_points=0, high_points=0), Band(lower=80.0, low_points=8, high_points=15)
    with pytest.raises(ValidationError, match="state best"):
        Item(name="x", category="c", max_points=15.0, kpi="fcr_verified_72h", bands=(high, low))


def test_a_mistyped_rubric_says_line_column_and_the_nearest_key(tmp_path):
    text = 'title = { en = "x" }\n[policy]\nbordr = "half_open"\n'
    path = tmp_path / "r.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError, match=r"r\.toml:3:1: policy\.bordr: unknown key; did you mean 'border'"):
        load_rubric(path)


def test_an_unknown_rubric_names_the_nearest():
    with pytest.raises(ScenarioError, match="aftersales_100"):
        load_rubric("aftersale_100")


def test_an_unknown_kpi_is_refused_before_anything_is_counted(rubric: Rubric):
    strange = rubric.item("success").changed(kpi="fcr_verified_73h")
    others = tuple(item for item in rubric.items if item.name != "success")
    with pytest.raises(RubricError, match="unknown KPI 'fcr_verified_73h'"):
        tally(small_log(), rubric.changed(items=(*others, strange)))


# --- a small log on paper ----------------------------------------------------------------------------

SLA = Sla(priorities={"normal": Target(response=Clause(target_min=120), resolution=Clause(target_min=480))})


def small_log(ratings: bool = True, until_s: int = 20 * DAY) -> Log:
    """Ana resolves 3 tickets, Bo 1; see the test for the paper work."""
    rows = []  # ticket, created day, reply after h, resolved after h, who, rating
    for ticket, day, reply, done, who, rating in [
        (1, 0, 0.5, 2, "ana", 5),
        (2, 1, 1.5, 3, "ana", 4),
        (3, 2, 3.0, 12, "ana", 2),
        (4, 3, 1.0, 4, "bo", None),
    ]:
        at = day * DAY + 9 * H
        rows += [(ticket, at, 0, "created", None, None, None)]
        rows += [(ticket, int(at + reply * H), 1, "reply", who, None, None)]
        rows += [(ticket, int(at + done * H), 2, "resolved", who, None, None)]
        if rating and ratings:
            rows += [(ticket, int(at + done * H + 60), 3, "rated", None, "outcome", rating)]
    moments = pl.DataFrame(rows, orient="row", schema={
        "ticket": pl.Int64, "at_s": pl.Int64, "number": pl.Int32, "what": pl.String, "who": pl.String,
        "reason": pl.String, "value": pl.Int64,
    })  # fmt: skip
    shifts = pl.DataFrame({
        "person": ["ana", "ana", "bo"], "start_s": [9 * H, DAY + 9 * H, 3 * DAY + 9 * H],
        "end_s": [17 * H, DAY + 17 * H, 3 * DAY + 17 * H], "paid_s": [8 * H] * 3,
    })  # fmt: skip
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 2), "Asia/Shanghai"), until_s=until_s,
        priorities=("normal",), moments=moments, shifts=shifts, sla=SLA,
        cases=pl.DataFrame({"ticket": [1, 2, 3, 4], "learner": list("abcd")}).with_columns(
            kind=pl.lit("k"), priority=pl.lit("normal")
        ),
        people=pl.DataFrame({"person": ["ana", "bo"], "role": ["adviser"] * 2}),
    )  # fmt: skip


def items_of(frame: pl.DataFrame, person: str) -> dict[str, dict]:
    return {item["name"]: item for item in frame.filter(pl.col("person") == person)["items"][0]}


def test_a_small_log_earns_what_it_earns_on_paper(rubric: Rubric):
    """Ana: 3 tickets in 16 rostered hours; Bo: 1 in 8.

    Response: Ana's replies after 30, 90, 180 min earn 9, 5.5 and 3 - 3 * 60/360 = 2.5, on average 17/3. Bo's
    after 60 min earns 8. Satisfaction: 2 of 3 ratings are 4 or 5: 0 points; Bo has none. Success: all four
    hold: 15. Resolution in time: 12 h against 8 h, so 1 of Ana's 3 is late: above 20 %, but fewer than 3: 4.
    Bo 10. Tasks in time: the reply after 3 h against 2 h: the same 4; Bo 10. Volume: 3/16 and 1/8 per hour
    against 4/24: 112.5 % earns 8 + 2 * 12.5/20 = 9.25, 75 % earns 0. Ana: attitude (17/3 + 0) of 15, skill 15
    + 4 of 25, efficiency 9.25 + 4 of 20: 17/3 + 19 + 13.25 over 60. Bo, without ratings: attitude 8/10 of 15
    = 12, skill 25, efficiency 10: 47 over 60; 55 points were there.
    """
    frame = score(small_log(), rubric, level=None)
    ana, bo = items_of(frame, "ana"), items_of(frame, "bo")
    expected = {
        "response": 17 / 3,
        "satisfaction": 0,
        "success": 15,
        "repair_time": 4,
        "volume": 9.25,
        "task_time": 4,
    }
    assert {name: ana[name]["points"] for name in expected} == pytest.approx(expected)
    assert bo["satisfaction"]["points"] is None
    assert "no ticket of the person" in bo["satisfaction"]["reason"]
    assert frame["total"].to_list() == pytest.approx([100 * (17 / 3 + 19 + 13.25) / 60, 100 * 47 / 60])
    assert frame["objective_share"].to_list() == pytest.approx([0.60, 0.55])
    assert frame["period"].to_list() == ["2026-03"] * 2
    assert frame["tier"].to_list() == ["D", "C"]


def shared_log() -> Log:
    """Return the small log, in which Bo worked 30 of the 40 min on ticket 1 and 10 of the 60 on ticket 3."""
    log, day_s = small_log(), [9 * H, DAY + 9 * H, 2 * DAY + 9 * H, 3 * DAY + 9 * H]
    spells = [(1, "bo", 0, 30), (1, "ana", 30, 40), (2, "ana", 0, 20), (3, "ana", 0, 50), (3, "bo", 50, 60),
              (4, "bo", 0, 30)]  # fmt: skip
    rows = [
        {"ticket": t, "person": who, "started_s": day_s[t - 1] + 60 * a, "ended_s": day_s[t - 1] + 60 * b,
         "work_s": 60 * (b - a), "ended": "done"}
        for t, who, a, b in spells
    ]  # fmt: skip
    tables = {name: getattr(log, name) for name in ("cases", "moments", "shifts", "people")}
    return Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, sla=SLA,
        touches=pl.DataFrame(rows), **tables,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "n", "volume"),
    [
        ("last_resolver", (3, 1), 300 / 4), ("closer", (0, 0), None), ("first_owner", (2, 2), 200 / 4),
        ("plurality", (2, 2), 200 / 4), ("time_share", (2, 2), 25 * (1 / 4 + 1 + 5 / 6)),
        ("equal_split", (2, 2), 25 * (1 / 2 + 1 + 1 / 2)),
    ],
)  # fmt: skip
def test_each_policy_credits_the_tickets_that_it_says(rubric: Rubric, policy, n, volume):
    """Tickets resolved, as written: Ana's percent of the mean of both is twice her percent of all four.

    By the last resolver 3 of 4; by who began first, or worked most, 2; by time 1/4, 1 and 5/6 of three; split evenly
    1/2, 1 and 1/2. Nobody closed any. Of times, what two people share is no one's.
    """
    ways = rubric.policy.changed(attribution=policy)
    written = [item.changed(per="ticket") if item.name == "volume" else item for item in rubric.items]
    frame = score(shared_log(), rubric.changed(policy=ways, items=tuple(written)), level=None)
    if volume is None:
        assert [items_of(frame, who)["volume"]["value"] for who in frame["person"]] == [None, None]
        return
    ana, bo = items_of(frame, "ana"), items_of(frame, "bo")
    assert (ana["volume"]["n"], bo["volume"]["n"]) == n
    assert ana["volume"]["value"] == pytest.approx(2 * volume)
    assert ana["success"]["value"] == pytest.approx(100)
    assert ana["response"]["points"] == pytest.approx(17 / 3)  # replies are the first replier's, whatever the policy


def test_late_tickets_that_are_shared_out_are_counted_as_whole_ones(rubric: Rubric):
    """Ticket 3 is late: 5/6 of it is Ana's, so less than one late ticket of her 1/4 + 1 + 5/6; then 3 ask for 3."""
    item = rubric.item("repair_time").changed(worst_needs=1)
    others = tuple(each for each in rubric.items if each.name != "repair_time")
    ways = rubric.policy.changed(attribution="time_share")
    ana = items_of(score(shared_log(), rubric.changed(policy=ways, items=(*others, item)), level=None), "ana")
    assert ana["repair_time"]["points"] == 4 and ana["repair_time"]["n"] == 2


def test_an_item_may_stand_on_an_external_value(rubric: Rubric):
    """Ana's trainees passed in 80 % of cases, Bo's in half: the value is that share, and n one value each."""
    values = pl.DataFrame(
        [("ana", "2026-03", "trainee_pass_rate", 0.8), ("bo", "2026-03", "trainee_pass_rate", 0.5)],
        schema=["person", "period", "measure", "value"], orient="row",
    )  # fmt: skip
    item = rubric.item("success").changed(kpi="trainee_pass_rate")
    others = tuple(each for each in rubric.items if each.name != "success")
    frame = score(small_log().having(externals=values), rubric.changed(items=(*others, item)), level=None)
    told = [(items_of(frame, who)["success"]["value"], items_of(frame, who)["success"]["n"]) for who in ("ana", "bo")]
    assert told == [(pytest.approx(80), 1), (pytest.approx(50), 1)]


def test_there_is_no_tier_where_the_log_decides_too_little(rubric: Rubric):
    """The log decides 60 of Ana's points and 55 of Bo's."""
    shy = rubric.changed(policy=rubric.policy.changed(least_share=0.58))
    assert score(small_log(), shy, level=None)["tier"].to_list() == ["D", None]


def test_items_that_people_judge_have_no_points_but_a_reason(rubric: Rubric):
    ana = items_of(score(small_log(), rubric, level=None), "ana")
    manual = [name for name, item in ana.items() if item["reason"] and "no source in this log" in item["reason"]]
    assert manual == [
        "communication",
        "learning",
        "cooperation",
        "cross_department",
        "attendance",
        "compliance",
    ]


@pytest.mark.parametrize(
    ("missing", "total"),
    [("renormalise", 47 / 60), ("zero", 43 / 60), ("full", 48 / 60), ("team_mean", 43 / 60)],
)
def test_an_item_without_data_is_treated_as_the_policy_says(rubric, missing, total):
    """Bo has no ratings: 8 + 25 + 10 = 43 with zero, + 5 with full; the team's mean is Ana's 0."""
    policy = rubric.policy.changed(missing=missing)
    frame = score(small_log(), rubric.changed(policy=policy), level=None)
    assert frame["total"][1] == pytest.approx(100 * total)


def test_volume_as_written_counts_tickets_and_not_hours(rubric: Rubric):
    """3 and 1 tickets: the mean is 2, so 150 % and 50 %."""
    items = tuple(i.changed(per="ticket") if i.name == "volume" else i for i in rubric.items)
    frame = score(small_log(), rubric.changed(items=items), level=None)
    assert [items_of(frame, p)["volume"]["value"] for p in ("ana", "bo")] == [150, 50]


@pytest.mark.parametrize(("statistic", "value"), [("mean", 100), ("median", 90), ("p90", 180)])
def test_response_may_be_judged_by_mean_median_or_p90(rubric, statistic, value):
    """30, 90 and 180 min."""
    items = tuple(i.changed(statistic=statistic) if i.name == "response" else i for i in rubric.items)
    frame = score(small_log(), rubric.changed(items=items), level=None)
    assert items_of(frame, "ana")["response"]["value"] == pytest.approx(value)


def test_two_halves_of_a_log_add_up_to_the_whole(rubric: Rubric):
    log = small_log()
    parts = [tally(log, rubric, begin=b, end=e) for b, e in [(None, date(2026, 3, 4)), (date(2026, 3, 4), None)]]
    whole, both = tally(log, rubric), Tally.merged(parts)
    assert both.facts.equals(whole.facts)
    assert both.duty.equals(whole.duty)
    assert score_tally(rubric, both).equals(score_tally(rubric, whole))


def test_without_ratings_nobody_is_judged_by_satisfaction(rubric: Rubric):
    frame = score(small_log(ratings=False), rubric, level=None)
    assert frame["objective_share"].to_list() == pytest.approx([0.55, 0.55])
    assert "rating" in items_of(frame, "ana")["satisfaction"]["reason"]


def test_success_that_nobody_could_verify_yet_is_no_success(rubric: Rubric):
    """The log ends on day 3 at 17:00: only the ticket of day 0 was resolved 72 h before."""
    ana = items_of(score(small_log(until_s=3 * DAY + 17 * H), rubric, level=None), "ana")
    assert (ana["success"]["n"], ana["success"]["points"]) == (1, 15)


def test_an_interval_needs_two_days_and_holds_the_total(rubric: Rubric):
    frame = score(small_log(), rubric)
    low, total, high = (frame[c].to_list() for c in ("low", "total", "high"))
    assert low[0] < total[0] < high[0]
    assert low[1] is None


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_is_that_of_scores_with_one_day_left_out_at_a_time(rubric: Rubric, level: float):
    """Ana has facts on three days. Each total is scored anew from the sums of the other days, and the interval is
    Student's t with two degrees of freedom times the jackknife error sqrt(2/3 * sum of squares), within 0 to 100.
    """
    counted = tally(small_log(), rubric)
    mine = counted.facts.filter(pl.col("person") == "ana")
    days = mine["day"].unique().sort().to_list()
    left = []
    for day in days:
        parts = [frame.filter(pl.col("day") != day) for frame in (counted.facts, counted.duty)]
        frame = score_tally(rubric, Tally(*parts, counted.people, counted.reasons), level=None)
        left.append(frame.filter(pl.col("person") == "ana")["total"][0])
    assert len(days) == 3
    error = np.sqrt(2 / 3 * np.sum((np.array(left) - np.mean(left)) ** 2))
    half = {0.8: 1.8856, 0.95: 4.3027}[level] * error
    row = score_tally(rubric, counted, level=level).filter(pl.col("person") == "ana").row(0, named=True)
    assert row["low"] == pytest.approx(max(row["total"] - half, 0), rel=1e-4)
    assert row["high"] == pytest.approx(min(row["total"] + half, 100), rel=1e-4)


def test_the_order_of_rows_plays_no_part(rubric: Rubric):
    counted = tally(small_log(), rubric)
    mixed = Tally(counted.facts.reverse(), counted.duty.reverse(), counted.people.reverse(), counted.reasons)
    assert score_tally(rubric, mixed).equals(score_tally(rubric, counted))
