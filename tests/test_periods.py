"""A year under one seating: reliability of its own scores, what it takes, and what the year brings people."""

from argparse import Namespace
from datetime import date

import numpy as np
import pytest

from scenarios.commands.fairness_year import show_course
from scenarios.files.rubrics import load_rubric
from sim.lab import Estimate, among, beside, course, months_to, needed, periods_of, split, square, stepped, year_of_desk
from sim.lab.given import given, pay_off
from sim.lab.marks import Marks
from tests.lab_desks import short_rubric
from tests.test_fairness import tiny_desk


def test_a_year_is_a_month_of_warm_up_and_four_quarters_of_the_calendar():
    desk, begin, end = year_of_desk(tiny_desk().changed(start=date(2026, 2, 10)))
    assert (begin, end) == (date(2026, 4, 1), date(2027, 4, 1))
    assert desk.start == date(2026, 3, 1)
    assert desk.weeks == 58  # 31 + 365 + 4 = 400 days


def test_periods_of_a_year_have_the_names_by_which_ladders_go():
    assert periods_of(date(2026, 4, 1), "quarter")[0] == ["2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1"]
    names, days = periods_of(date(2026, 4, 1), "month")
    assert (names[0], names[-1], len(names)) == ("2026-04", "2027-03", 12)
    assert (date.fromordinal(int(days[0])), date.fromordinal(int(days[-1]))) == (date(2026, 4, 1), date(2027, 4, 1))


def test_months_to_a_target_turn_spearman_and_brown_round():
    """From .4: .9 x .6 / (.4 x .1) = 13.5 months, and 13.5 x .4 / (1 + 12.5 x .4) = 5.4 / 6 = .9."""
    assert months_to(0.4, 0.9) == pytest.approx(13.5)
    assert stepped(0.4, 13.5) == pytest.approx(0.9)
    found = needed(Estimate(0.4, -0.1, 0.6), 0.9, 100)
    assert (found.months.mean, found.months.low, found.months.high) == pytest.approx((13.5, 6.0, None))
    assert found.tickets.mean == pytest.approx(1350)


@pytest.mark.parametrize("target", [1.0, 0.0, -0.2, float("nan")])
def test_a_target_that_nothing_or_everything_reaches_is_refused(target):
    with pytest.raises(ValueError, match="a target reliability must lie between 0 and 1"):
        course(tiny_desk(), load_rubric("aftersales_100"), "adviser", 3, targets=(0.7, target))


def test_what_is_given_beside_what_is_due_by_hand():
    """Two worlds, one run, two months, two people; the first is truly due a warning, never a star.

    World 1 warns the first in month 2 and the second never: right at the year's end. World 2 warns the second only:
    over two people one is wronged and one missed. So wrongful = (0 + 1/2) / 2 and missed the same. The star is given
    to the second in one of eight person-months, and due to the second in both months: missed (1 + 2) / 8.
    """
    warned = np.array([[[[0, 0], [1, 0]]], [[[0, 1], [0, 1]]]], dtype=float)
    star = np.array([[[[0, 1], [0, 0]]], [[[0, 0], [0, 0]]]], dtype=float)
    due = {"ladder.l.warned": np.array([[[1.0, 0], [1, 0]]]), "award.star": np.array([[[0.0, 1], [0, 1]]])}
    frame = beside("month", {"ladder.l.warned": warned, "award.star": star}, due, 0.95)
    rows = {row["what"]: row for row in frame.to_dicts()}
    assert [rows["ladder.l.warned"][key] for key in ("due", "given", "wrongful", "missed")] == [0.5, 0.5, 0.25, 0.25]
    assert [rows["award.star"][key] for key in ("due", "given", "wrongful", "missed")] == [0.5, 0.125, 0, 0.375]


def test_a_state_is_due_if_it_is_due_once_and_pay_is_off_either_way():
    """Due in the first month only, never given: missed by half of the two people, whatever the second month says.

    Pay of .8 for 1.2 and of 1.2 for .8: off by .4 both times, not by nothing. One of three is a third; half of it two.
    """
    due = {"ladder.l.warned": np.array([[[1.0, 0], [0, 0]]])}
    got = {"ladder.l.warned": np.zeros((3, 1, 2, 2))}
    assert beside("month", got, due, 0.95)["missed"].item() == 0.5
    pay = np.array([[[0.8, 1.2]], [[0.8, np.nan]]])[:, None]
    assert pay_off(pay, np.array([[[1.2, 0.8]]]), 0.95).mean == pytest.approx(0.4)
    assert among(np.array([[3.0, 2, 1]]), 0.5).tolist() == [[1, 1, 0]]


def test_the_last_tenth_are_those_with_the_fewest_points_in_each_month():
    """Eleven people: a fifth is three, a tenth two; in the second month the order is turned round. A pays 1.2, B .8."""
    total = np.stack([np.arange(55.0, 99, 4), np.arange(55.0, 99, 4)[::-1]])[None]
    ranks = np.where(total >= 70, 0, 1)
    marks = Marks(("objective",), total[None], ranks, {}, np.ones(total.shape, dtype=np.int64), 1.0)
    found = given(short_rubric(), "adviser", marks, ["2026-04", "2026-05"])
    assert np.argwhere(found["rank.bottom"][0]).tolist() == [[0, 0], [0, 1], [1, 9], [1, 10]]
    assert np.argwhere(found["rank.top"][0]).tolist() == [[0, 8], [0, 9], [0, 10], [1, 0], [1, 1], [1, 2]]
    assert np.array_equal(found["pay"], np.where(ranks == 0, 1.2, 0.8))


def test_the_best_fifth_holds_at_least_one_and_all_ties():
    assert among(np.array([[5.0, 9, 9, 1], [np.nan, 2, 3, 1]]), 0.2).tolist() == [[0, 1, 1, 0], [0, 0, 1, 0]]


def test_a_quarter_of_planted_months_is_as_reliable_as_spearman_and_brown_say():
    """Months of variance 1 between people and 2 of luck: 1 / 3; their quarters 1 / (1 + 2/3) = .6; years 6/7."""
    rng, worlds, people = np.random.default_rng(5), 40, 6
    ability = rng.normal(size=people)
    ability = (ability - ability.mean()) / ability.std(ddof=1)
    seats = np.stack([square(people, 1, world) for world in range(worlds)])
    months = ability + rng.normal(0, np.sqrt(2), (12, *seats.shape))
    for length, truth in ((1, 1 / 3), (3, 0.6), (12, 6 / 7)):
        found = split(months.reshape(12 // length, length, *seats.shape).mean(axis=1), seats)
        assert found.reliability.low < truth < found.reliability.high
        assert found.merit.half_width() < 0.1
        assert found.reliability.mean == pytest.approx(truth, abs=0.05)


def test_a_year_of_a_desk_says_how_long_it_takes_and_whom_it_hurts():
    desk = tiny_desk(a=0.6, b=1.0, c=1.6)
    found = course(desk, load_rubric("aftersales_100"), "adviser", 3, seatings=1, unseen=3, seed=4)
    month = found.shares["month"].reliability.mean
    assert found.stepped["month"].mean == pytest.approx(month)
    assert found.stepped["quarter"].mean == pytest.approx(3 * month / (1 + 2 * month))
    assert [each.target for each in found.needed] == [0.7, 0.8, 0.9]
    assert found.needed[0].months.mean <= found.needed[1].months.mean <= found.needed[2].months.mean
    assert found.unseen == 36
    assert all(sum(share.mean for share in each.named().values()) == pytest.approx(1) for each in found.shares.values())
    assert set(found.brought["what"]) == {"grade.fail", "ladder.sanction.sanction", "rank.top", "rank.bottom"}
    for row in found.brought.to_dicts():
        assert row["given"] - row["wrongful"] == pytest.approx(row["due"] - row["missed"])
        assert 0 <= row["wrongful"] <= row["given"] <= 1
    top = found.brought.filter((found.brought["what"] == "rank.top") & (found.brought["length"] == "month"))
    assert top["due"].item() == pytest.approx(1 / 3)


def test_a_year_is_told_in_both_languages(capsys):
    desk, rubric = tiny_desk(a=0.6, b=1.0, c=1.6), load_rubric("aftersales_100")
    found = course(desk, rubric, "adviser", 3, seatings=1, unseen=1, seed=4, targets=(0.75,))
    told = {"en": ("Reliability 0.75 takes", "pay is off by", "quarter"), "zh": ("信度达到 0.75", "偏离", "季")}
    for lang, words in told.items():
        show_course(Namespace(lang=lang, judges=None), found, rubric)
        said = capsys.readouterr().out
        assert all(word in said for word in words)
