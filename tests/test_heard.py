"""Silence and faulty audits, carried into tiers and pay: the exact share that answers show, and paired changes."""

import numpy as np
import pytest

from scenarios.files.rubrics import load_rubric
from scenarios.lab.further import sections
from sim.desk.service import Outcome
from sim.desk.verdicts import Audits
from sim.lab import Setting, hearing, seen_share
from sim.lab.heard import heard_desks
from sim.record.satisfaction import answer_chance
from tests.lab_desks import lab_desk, rated_rubric, short_rubric

PEOPLE = {"ann": {"quality": {"talk": 0.5}}, "ben": {"quality": {"talk": -0.5}}, "cas": {}}


def audited_rubric():
    """Return half the points for good ratings, half for audits that find nothing."""
    rated = rated_rubric().items[0].model_dump(mode="json") | {"max_points": 50, "name": "rated"}
    rated["bands"] = [{"lower": 50, "low_points": 25, "high_points": 50},
                      {"upper": 50, "low_points": 0, "high_points": 25}]  # fmt: skip
    audit = rated | {
        "name": "audited", "kpi": "audit_false_resolved_rate", "best": 0.0, "worst": 100.0,
        "bands": [{"upper": 20, "low_points": 25, "high_points": 50},
                  {"lower": 20, "low_points": 0, "high_points": 25}],
    }  # fmt: skip
    return short_rubric(items=[rated, audit])


def silent(**changes):
    """Return the desk where few answer, the unhappy rather than the content."""
    desk = lab_desk(PEOPLE)
    return desk.changed(outcome=desk.outcome.changed(answers_logit=-1.0, answers_per_point=-1.0, **changes))


def test_a_true_four_fifths_shows_as_three_quarters_when_the_unhappy_answer_more():
    """30 % of the content (5 points) and 40 % of the unhappy (1 point) answer: .8 * .3 / (.24 + .2 * .4) = .75."""
    high, low = np.log(0.4 / 0.6), np.log(0.3 / 0.7)
    rule = Outcome(answers_logit=(high + low) / 2, answers_per_point=(low - high) / 4)
    assert answer_chance(rule, np.array([5.0, 1.0])) == pytest.approx([0.3, 0.4])
    assert seen_share(rule, 0.8, 5.0, 1.0) == pytest.approx(0.75)


def test_only_what_an_item_goes_by_is_heard_better():
    silence = Setting(silent(), rated_rubric(), "adviser", 3)
    assert list(heard_desks(silence)) == ["as_is", "all_answer"]
    audits = Setting(silent(audits=Audits(share=0.2, finds=0.5, false_alarm=0.2)), audited_rubric(), "adviser", 3)
    desks = heard_desks(audits)
    assert list(desks) == ["as_is", "all_answer", "perfect_audit", "both"]
    assert desks["both"].outcome.audits == Audits(share=1.0, finds=1.0, false_alarm=0.0)
    assert desks["both"].outcome.answers_logit == 30
    assert hearing(Setting(silent(), short_rubric(), "adviser", 3)) is None


def test_compliance_as_written_goes_by_the_audits_of_a_desk_that_has_them():
    """R002-48 to R002-50 in `aftersales_100`: no log decides it, so the laboratory lets the desk's audits do so."""
    rubric = load_rubric("aftersales_100")
    assert list(heard_desks(Setting(silent(), rubric, "adviser", 3))) == ["as_is", "all_answer"]
    audited = Setting(silent(audits=Audits()), rubric, "adviser", 3)
    assert list(heard_desks(audited)) == ["as_is", "all_answer", "perfect_audit", "both"]


def test_pay_is_nearer_the_true_one_when_all_are_heard():
    """All are truly A; the unhappy who answer most make some B, who lose pay: with all answers fewer, surely."""
    setting = Setting(silent(satisfaction=4.9), rated_rubric(), "adviser", 8)
    found = hearing(setting, unseen=12, seatings=3)
    assert list(found.variants) == ["as_is", "all_answer"]
    as_is, every = found.variants.values()
    assert (as_is.tier_change.mean, as_is.pay_change.high, as_is.bias_change.low) == (0, 0, 0)
    assert every.tier_change.mean == pytest.approx(every.wrong.tier.mean - as_is.wrong.tier.mean)
    assert every.pay_change.mean == pytest.approx(every.wrong.pay.mean - as_is.wrong.pay.mean)
    assert every.bias_change.mean == pytest.approx(every.bias.mean - as_is.bias.mean)
    assert every.tier_change.high < 0 and every.pay_change.high < 0
    assert as_is.bias.high < 0 < every.bias_change.low


def test_the_section_tells_what_answers_show_in_both_languages(monkeypatch):
    setting = Setting(silent(), rated_rubric(), "adviser", 3)
    few = hearing(setting, unseen=3, seatings=1)
    monkeypatch.setattr("sim.lab.hearing", lambda _: few)
    _, section = next(sections(setting, ["heard"], None))
    made = section()
    assert [row["variant"] for row in made.rows] == ["as_is", "all_answer"]
    for lang, words in (("en", "a true 80% of content learners"), ("zh", "真实满意比例为 80%")):
        assert all(len(line) == len(made.heads(lang)) for line in made.lines(lang))
        assert words in made.said(lang)[0]
    assert set(made.document()["variants"]) == {"as_is", "all_answer"}
