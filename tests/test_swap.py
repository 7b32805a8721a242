"""Two people exchange seats, and one person sits in two: what the seat does, in the same worlds."""

import numpy as np
import pytest

from sim.lab.setting import Setting
from sim.lab.swap import clones, swaps
from tests.lab_desks import lab_desk, scored, short_rubric

ALIKE = {"ann": {}, "ben": {}, "cas": {}}


def test_a_swap_is_the_difference_of_two_runs_of_the_same_worlds():
    """The same, worked out by the model: Ann in the late seat and Ben in the early one, less as they sit."""
    desk, rubric = lab_desk({"ann": {"speed": {"talk": 1.3}}, "ben": {}}), short_rubric()
    found = swaps(Setting(desk, rubric, "adviser", 3, seed=7), [("ann", "ben")])
    base = Setting(desk, rubric, "adviser", 3).base
    swapped = base.changed(seating={"ann": "late#1", "ben": "early#1"})
    for row in found.to_dicts():
        changes = [
            scored(swapped, rubric, w, row["person"]) - scored(base, rubric, w, row["person"]) for w in (7, 8, 9)
        ]
        assert row["change"] == pytest.approx(sum(changes) / 3)
        assert row["low"] < row["change"] < row["high"]
        best = [[scored(each, rubric, w, row["person"]) >= 70 for each in (swapped, base)] for w in (7, 8, 9)]
        assert row["tier_changed"] == pytest.approx(np.mean([there != here for there, here in best]))
    assert found.select("person", "other", "seat", "new_seat").rows() == [
        ("ann", "ben", "early#1", "late#1"), ("ben", "ann", "late#1", "early#1"),
    ]  # fmt: skip


def test_the_weekend_seat_costs_points_and_like_people_lose_what_their_partners_win():
    """Nobody differs but in the seat, so what one loses by the swap the other wins, to the point."""
    found = swaps(Setting(lab_desk(ALIKE), short_rubric(), "adviser", 4), [("ann", "cas")])
    ann, cas = found["change"]
    assert ann == pytest.approx(-cas)
    assert abs(ann) > 1


def test_people_in_like_seats_are_no_pair_and_the_pairs_are_drawn_by_the_seed():
    """Four people: six pairs, of which ann and dan sit in the two early seats."""
    setting = Setting(lab_desk({**ALIKE, "dan": {}}), short_rubric(), "adviser", 3)
    found = swaps(setting, 2)
    assert found.height == 4
    assert not {("ann", "dan"), ("dan", "ann")} & set(found.select("person", "other").rows())
    assert found.equals(swaps(setting, 2))


def test_one_person_in_two_like_seats_scores_alike_and_names_do_not_matter():
    """Ann and her clone in dan's like seat: no gap but chance; in each other's places every seat scores the same."""
    setting = Setting(lab_desk({**ALIKE, "dan": {"speed": {"talk": 0.5}}}), short_rubric(), "adviser", 6)
    found = clones(setting, "ann", "dan")
    assert found.by_name.mean == 0
    assert found.gap.low < 0 < found.gap.high
    assert found.seats == ("early#1", "x_early#1")


def test_one_person_in_two_unlike_seats_shows_what_the_seat_does():
    setting = Setting(lab_desk(ALIKE), short_rubric(), "adviser", 12)
    found, (swapped, _) = clones(setting, "ann", "cas"), swaps(setting, [("ann", "cas")])["change"]
    assert found.by_name.mean == 0
    assert np.sign(found.gap.mean) == np.sign(swapped)  # all are alike: in that seat ann gains what her clone has
    assert not found.gap.low < 0 < found.gap.high


def test_who_is_not_there_cannot_swap():
    setting = Setting(lab_desk(ALIKE), short_rubric(), "adviser", 3)
    with pytest.raises(ValueError, match="nobody called 'anne'; did you mean 'ann'"):
        swaps(setting, [("anne", "ben")])
    with pytest.raises(ValueError, match="two people, got 'ann' twice"):
        clones(setting, "ann", "ann")
    with pytest.raises(ValueError, match="1 pair or more, got 0"):
        swaps(setting, 0)
    with pytest.raises(ValueError, match="3 worlds or more, got 2"):
        Setting(lab_desk(ALIKE), short_rubric(), "adviser", 2)
    with pytest.raises(ValueError, match="unknown role 'advisor'"):
        Setting(lab_desk(ALIKE), short_rubric(), "advisor")
