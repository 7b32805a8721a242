"""Gaps among equals: the same people in all seats, one person with and without part-time."""

import numpy as np
import pytest

from sim.lab.gaps import by_group, gaps, seat_groups
from sim.lab.setting import Setting
from tests.lab_desks import lab_desk, short_rubric

FOUR = {"ann": {}, "ben": {}, "cas": {}, "dan": {}}


def test_a_gap_by_hand():
    """One world, two seatings of three: inside 5 and 7, outside 4, 2 and 6 (one has no score): 6 - 4 = 2."""
    totals = np.array([[[5.0, 4.0, 2.0], [6.0, np.nan, 7.0]]])
    inside = np.array([[[True, False, False], [False, False, True]]])
    assert by_group(totals, inside) == pytest.approx([2.0])


def test_groups_are_those_of_the_seats_and_never_all_of_them():
    """Seats sorted: early#1, late#1, weekend#1, x_early#1; one team and one mix for all."""
    found = seat_groups(Setting(lab_desk(FOUR), short_rubric(), "adviser", 3))
    assert {key: at.tolist() for key, at in found.items()} == {
        ("shift", "early"): [0, 3], ("shift", "late"): [1], ("shift", "weekend"): [2],
    }  # fmt: skip


def test_a_shift_that_costs_points_is_found_and_like_shifts_are_not_called_unlike():
    setting = Setting(lab_desk(FOUR), short_rubric(), "adviser", 8)
    found = gaps(setting, seatings=2, probes=1)
    rows = {(row["what"], row["group"]): row for row in found.groups.to_dicts()}
    late = rows["shift", "late"]
    assert not late["low"] < 0 < late["high"]
    assert late["p"] == pytest.approx(2 / 2**8)  # all eight worlds say the same
    assert set(rows) == {("shift", "early"), ("shift", "late"), ("shift", "weekend"), ("part_time", "part_time"),
                         ("leave", "leave")}  # fmt: skip
    assert all(row["worlds"] == 8 for row in rows.values())
    assert [note.key for note in found.notes] == ["gaps.no_tenure"]


def test_seats_that_are_all_alike_leave_part_time_and_leave_to_compare():
    staff = lab_desk(FOUR).staff
    seats = {"early": staff.seats["early"].changed(heads=4)}
    alike = lab_desk(FOUR).changed(staff=staff.changed(seats=seats))
    found = gaps(Setting(alike, short_rubric(), "adviser", 3), probes=1)
    assert found.groups["what"].to_list() == ["part_time", "leave"]
    assert [note.key for note in found.notes] == ["gaps.alike", "gaps.no_tenure"]
    with pytest.raises(ValueError, match="above 0, got 0"):
        gaps(Setting(alike, short_rubric(), "adviser", 3), margin=0)
    with pytest.raises(ValueError, match="1 seating or more"):
        gaps(Setting(alike, short_rubric(), "adviser", 3), seatings=0)
