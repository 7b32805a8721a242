"""A product is launched: the desk by hand, the figures by hand, and people who work as before."""

import numpy as np
import pytest

from scenarios.lab.further import sections
from sim.lab import Setting, square
from sim.lab.launch import ADDED, INSTEAD, busiest, drift, expected, launch, launched, left_out, paired
from sim.lab.trials import trials
from tests.lab_desks import lab_desk, short_rubric

PEOPLE = {"ann": {"speed": {"talk": 0.7}}, "ben": {"speed": {"talk": 1.4}}, "cas": {}}


def setting_of(**changes):
    return Setting(lab_desk(PEOPLE).changed(**changes), short_rubric(), "adviser", 3)


def test_the_new_kind_is_like_the_old_one_but_heavier_and_harder():
    """84 tickets a week of 25 minutes: 30 % more, or instead, of 37.5 minutes, a logit harder."""
    base = lab_desk(PEOPLE)
    more, other = (launched(base, "question", instead).demand.kinds for instead in (False, True))
    assert [kind.per_week for kind in more.values()] == pytest.approx([84, 25.2])
    assert [kind.per_week for kind in other.values()] == pytest.approx([58.8, 25.2])
    assert more["launched"].route[0].work.mean_min == pytest.approx(37.5)
    assert more["launched"].difficulty_mean == 1.0
    again = launched(launched(base, "question", False), "question", False)
    assert list(again.demand.kinds) == ["question", "launched", "launched_2"]


def test_what_cannot_be_launched_is_refused():
    with pytest.raises(ValueError, match="share of new tickets must lie above 0 and at most at 1, got 0"):
        launched(lab_desk(PEOPLE), "question", False, share=0)
    with pytest.raises(ValueError, match="must be above 0, got -1"):
        launched(lab_desk(PEOPLE), "question", False, heavier=-1)
    silent = lab_desk(PEOPLE).demand.kinds["question"].changed(per_week=0.0)
    demand = lab_desk(PEOPLE).demand.changed(kinds={"question": silent})
    with pytest.raises(ValueError, match="reaches the role 'adviser'"):
        busiest(setting_of(demand=demand))


def test_a_change_is_paired_by_world():
    """Worlds 1, 2, 6 become 3, 4, 8: each figure is uncertain, the change is exactly 2."""
    before, after = (left_out(lambda kept, x=x: float(x[kept].mean()), 3) for x in (np.array([1.0, 2, 6]),
                                                                                  np.array([3.0, 4, 8])))  # fmt: skip
    found = paired([before, after])
    assert found.before.mean == pytest.approx(3) and found.after.mean == pytest.approx(5)
    assert found.before.low < 0 < found.before.high
    assert (found.change.low, found.change.mean, found.change.high) == pytest.approx((2, 2, 2))


def test_expected_scores_are_means_over_what_is_known():
    scores = np.array([[[1.0, np.nan]], [[3.0, np.nan]], [[9.0, 4.0]]])
    assert expected(scores, np.array([True, True, False])) == pytest.approx([2, np.nan], nan_ok=True)
    assert expected(scores, np.ones(3, dtype=bool)) == pytest.approx([13 / 3, 4])


def test_where_nothing_changes_nothing_drifts():
    setting = setting_of()
    one = trials(setting.base, [setting.rubric], "adviser", range(1, 4), seatings=2)
    assert (one.seats[0] == square(3, 1, 0, 2)).all()
    found = drift(setting, one, one)
    assert (found.order.mean, found.tier_changed.mean) == (pytest.approx(1), 0)
    for name, each in found.figures.items():
        assert (each.change.low, each.change.mean, each.change.high) == (0, 0, 0), name
        assert each.before == each.after


def test_heavier_and_harder_tickets_cost_points_of_people_who_work_as_before():
    """Only the mix changes, yet fewer tickets are solved and queues grow: the mean score falls, surely."""
    found = launch(setting_of(), share=0.6, heavier=2.0, harder=2.0, seatings=2)
    assert (found.kind, found.like, found.seatings) == ("launched", "question", 2)
    for name in (ADDED, INSTEAD):
        assert found.drifts[name].figures["score"].change.high < 0
        assert found.drifts[name].tier_changed.mean > 0
    added, instead = (found.drifts[name].figures["score"].change.mean for name in (ADDED, INSTEAD))
    assert added < instead


def test_the_section_shows_every_figure_in_both_languages():
    _, section = next(sections(setting_of(), ["launch"], None))
    made = section()
    assert [row["variant"] for row in made.rows] == ["added"] * 4 + ["instead"] * 4
    for lang, word in (("en", "product is like question"), ("zh", "新产品的工单仿照 question")):
        assert all(len(line) == len(made.heads(lang)) for line in made.lines(lang))
        assert word in " ".join(made.said(lang))
    assert set(made.document()["drifts"]) == {"added", "instead"}
