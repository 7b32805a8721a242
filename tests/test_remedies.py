"""Variants of a rubric by hand, and remedies side by side."""

from datetime import date

import numpy as np
import pytest

from scenarios.files.rubrics import load_rubric
from sim.desk import Audits
from sim.lab import Setting
from sim.lab.remedies import changed_desks, remedies, validity
from sim.lab.trials import trials
from sim.lab.variants import (
    by_audit,
    by_targets,
    customer_weight,
    mix_adjusted,
    per_person,
    per_rostered_hour,
    shrunk,
    smoothed,
    with_audits,
    without_volume,
)  # fmt: skip
from tests.lab_desks import lab_desk, rated_rubric, short_rubric

PEOPLE = {"ann": {"speed": {"talk": 0.7}}, "ben": {"speed": {"talk": 1.4}}, "cas": {}}


@pytest.fixture(scope="module")
def literal():
    return load_rubric("aftersales_100")


def test_without_volume_the_other_items_stand_and_the_weights_sum_to_one(literal):
    made = without_volume(literal)
    assert {item.name for item in literal.items} - {item.name for item in made.items} == {"volume"}
    assert sum(made.weights_of(None).values()) == pytest.approx(1)
    assert without_volume(short_rubric()) is None


def test_customers_get_a_category_that_weighs_a_fifth(literal):
    """Weights .3, .3, .2, .1, .1 become four fifths of themselves: .24, .24, .16, .08, .08, and .2."""
    made = customer_weight(literal)
    assert made.item("satisfaction").category == "customer"
    assert list(made.weights_of(None).values()) == pytest.approx([0.24, 0.24, 0.16, 0.08, 0.08, 0.2])
    assert customer_weight(short_rubric()) is None


def test_the_mix_is_taken_out_of_shares_and_volumes(literal):
    made = {item.name: item.kpi for item in mix_adjusted(literal).items}
    assert (made["success"], made["volume"]) == ("fcr_mix_adjusted", "mix_adjusted_volume")
    assert made["repair_time"] == "resolution_overdue_mix_adjusted"


def test_hours_count_or_not(literal):
    assert per_rostered_hour(literal) is None
    written = per_person(literal)
    assert written.item("volume").per == "ticket"
    assert per_rostered_hour(written) == literal


def test_times_are_judged_by_the_targets_with_the_same_points(literal):
    """Three bands of minutes become late shares up to 5, 20 and above, in percent."""
    old, new = literal.item("response"), by_targets(literal).item("response")
    assert (new.kpi, new.unit, new.cuts()) == ("response_overdue_rate", "%", (5.0, 20.0))
    assert [band.high_points for band in new.bands] == [band.high_points for band in old.bands]


def test_smoothed_bands_meet_half_way(literal):
    """Satisfaction 5 from 95 %, 3 from 90 %, else 0: now 5 at 100 %, 4 at 95 %, 1.5 at 90 %, 0 at 85 %."""
    item = smoothed(literal).item("satisfaction")
    assert [(band.high_points, band.low_points) for band in item.bands] == [(5, 4), (4, 1.5), (1.5, 0)]
    assert (item.best, item.worst, item.cuts()) == (100, 85, (95, 90))


def test_few_tickets_are_drawn_to_the_role(literal):
    made = shrunk(literal)
    assert made.policy.small_n == "shrink"
    assert made.item("success").least_n == 60


def test_what_auditors_state_goes_by_the_audits_of_the_log_with_the_same_points(literal):
    """Compliance 5, 2 to 3, 0: no failed audit, up to a fifth failed, more than a fifth and at least three (A-26)."""
    item = by_audit(literal).item("compliance")
    assert (item.kpi, item.unit, item.cuts(), item.worst_needs) == ("audit_false_resolved_rate", "%", (0.0, 20.0), 3)
    assert [band.high_points for band in item.bands] == [5, 3, 0]
    changed = [a.name for a, b in zip(literal.items, by_audit(literal).items, strict=True) if a != b]
    assert changed == ["compliance"] and by_audit(short_rubric()) is None
    assert [each.kpi for each in by_audit(load_rubric("fair_merge")).items if each.name == "compliance"] == [item.kpi]
    assert with_audits(literal, lab_desk(PEOPLE)) == literal


def test_a_larger_and_a_perfect_audit_move_the_points_that_audits_decide():
    """Everything is solved, and 3 audits in 10 fail by error alone: points are lost by it, and none in a perfect audit.

    More than a fifth of failed audits costs all 50 points if they are three or more: so the larger audit, which has
    three almost surely, costs the innocent more than that of a tenth. No other item moves.
    """
    bands = [{"low_points": 50, "high_points": 50}, {"low_points": 20, "high_points": 30},
             {"low_points": 0, "high_points": 0}]  # fmt: skip
    audited = {"name": "compliance", "category": "work", "max_points": 50, "sources": {"audit": 1.0}, "bands": bands}
    rubric = short_rubric(items=[short_rubric().items[0].model_dump(mode="json"), audited])
    desk, law = lab_desk(PEOPLE), Audits(share=0.1, after_h=1.0, finds=1.0, false_alarm=0.3)
    desk = desk.changed(outcome=desk.outcome.changed(audits=law, solved_logit=50.0))
    setting = Setting(desk, rubric, "adviser", 3)
    desks, idle = changed_desks(setting)
    assert {"larger_audit", "perfect_audit"} <= set(desks) and "larger_audit" not in idle
    assert desks["larger_audit"].outcome.audits.share == pytest.approx(0.3)
    there = [setting.base, desks["larger_audit"], desks["perfect_audit"]]
    lived = setting.lived(there, rubrics=[with_audits(rubric, setting.base)])
    points = lived.of("item.compliance")
    tenth, larger, perfect = points.mean(axis=(0, 2))
    assert perfect == points[:, 2].min() == 50 and larger < tenth < 45
    assert np.ptp(lived.of("item.solved").mean(axis=(0, 2))) == 0


def test_a_quarter_is_three_months_from_the_first_full_one_on():
    found = trials(lab_desk(PEOPLE), [short_rubric()], "adviser", range(1, 3), seatings=1, months=3)
    assert (found.month.begin, found.month.end) == (date(2026, 3, 1), date(2026, 6, 1))


def test_validity_by_hand():
    """Mean scores 1, 2, 3 (one month is missing) and values 5, 4, 9: ranks 1 2 3 and 2 1 3: 1 - 6 * 2 / 24 = .5."""
    scores = np.array([[[1.0, 2.0, 2.0]], [[1.0, 2.0, 4.0]], [[1.0, np.nan, 3.0]]])
    values = np.broadcast_to([5.0, 4.0, 9.0], scores.shape)
    assert validity(scores, values).mean == pytest.approx(0.5)
    assert validity(scores, np.ones(scores.shape)).mean is None


def test_remedies_stand_side_by_side_and_the_same_rubric_gives_the_same_figures():
    setting = Setting(lab_desk(PEOPLE), short_rubric(), "adviser", 3)
    found = remedies(setting, {"same": short_rubric()}, unseen=3, seatings=1, probed_worlds=3)
    rows = {row["variant"]: row for row in found.variants.to_dicts()}
    assert list(rows) == ["literal", "same", "mix_adjusted", "by_targets", "smoothed", "shrunk", "quarter", "fair_mix"]
    assert {**rows["literal"], "variant": "same"} == rows["same"]
    assert rows["by_targets"]["merit"] != rows["literal"]["merit"]
    assert rows["quarter"]["merit"] != rows["literal"]["merit"]
    assert found.left_out == (
        "without_volume",
        "customer_weight",
        "per_rostered_hour",
        "per_person",
        "by_audit",
        "all_answer",
        "larger_audit",
        "perfect_audit",
    )
    assert all(row["wait_mean_change"] == 0 for name, row in rows.items() if name != "fair_mix")
    assert rows["fair_mix"]["wait_mean_change"] is not None
    literal, smooth = rows["literal"], rows["smoothed"]
    assert (literal["merit_change"], literal["merit_change_high"], rows["same"]["wrong_tier_change"]) == (0, 0, 0)
    for name in ("merit", "wrong_tier", "pay_off"):
        assert smooth[f"{name}_change"] == pytest.approx(smooth[name] - literal[name])
        assert smooth[f"{name}_change_low"] <= smooth[f"{name}_change"] <= smooth[f"{name}_change_high"]


def test_when_everybody_answers_a_rating_is_that_of_all():
    """Content learners answer less often here: with all answers, more ratings, and the desk is the same otherwise."""
    outcome = lab_desk(PEOPLE).outcome.changed(answers_logit=-1.0, answers_per_point=-1.0)
    setting = Setting(lab_desk(PEOPLE).changed(outcome=outcome), rated_rubric(), "adviser", 3)
    desks, idle = changed_desks(setting)
    lived = setting.lived([setting.base, desks["all_answer"]])
    n = np.stack([each.tickets[:, 0].sum(axis=1) for each in lived.marks[0]])
    assert (n[:, 1] > 2 * n[:, 0]).all()
    rated = lived.of("kpi.rated").mean(axis=(0, 2))
    assert rated[1] > rated[0] + 5
    assert idle == ["larger_audit", "perfect_audit"]
