"""Gaps among equals: the same people in all seats, one person with and without part-time."""

import numpy as np
import pytest

from sim.desk import Desk, Learning
from sim.lab.gaps import by_group, gaps, seat_groups
from sim.lab.moves import moved, newcomer
from sim.lab.setting import Setting
from tests.lab_desks import lab_desk, scored, short_rubric

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
                         ("leave", "leave"), ("newcomer", "newcomer")}  # fmt: skip
    assert all(row["worlds"] == 8 for row in rows.values())
    told = [row for row in rows.values() if row["impact"] is not None]
    assert told and all(row["flagged"] == (row["impact"] < 0.8) for row in told)
    assert [note.key for note in found.notes] == ["gaps.assumed_curve"]


def test_seats_that_are_all_alike_leave_part_time_and_leave_to_compare():
    staff = lab_desk(FOUR).staff
    seats = {"early": staff.seats["early"].changed(heads=4)}
    alike = lab_desk(FOUR).changed(staff=staff.changed(seats=seats))
    found = gaps(Setting(alike, short_rubric(), "adviser", 3), probes=1)
    assert found.groups["what"].to_list() == ["part_time", "leave", "newcomer"]
    assert [note.key for note in found.notes] == ["gaps.alike", "gaps.assumed_curve"]
    with pytest.raises(ValueError, match="above 0, got 0"):
        gaps(Setting(alike, short_rubric(), "adviser", 3), margin=0)
    with pytest.raises(ValueError, match="1 seating or more"):
        gaps(Setting(alike, short_rubric(), "adviser", 3), seatings=0)


def learning_desk(learning: Learning, **tenure_weeks: float) -> Desk:
    """Return the desk of four whose role has a curve."""
    staff = lab_desk(FOUR).staff
    roles = {"adviser": staff.roles["adviser"].changed(learning=learning)}
    new = {name: staff.persons[name].changed(tenure_weeks=weeks) for name, weeks in tenure_weeks.items()}
    return lab_desk(FOUR).changed(staff=staff.changed(roles=roles, persons=staff.persons | new))


def test_a_newcomer_scores_below_the_same_person_settled_as_one_step_at_a_time_says():
    curve = Learning(speed_log=0.7, quality=1.5, half_life_weeks=4.0)
    setting = Setting(learning_desk(curve), short_rubric(), "adviser", 3)
    found = moved(setting, {"newcomer": newcomer}, 4).gains["newcomer"]
    for at, name in enumerate(setting.people):
        persons = setting.base.staff.persons
        new = persons | {name: persons[name].changed(tenure_weeks=0.0)}
        desk = setting.base.changed(staff=setting.base.staff.changed(persons=new))
        assert found[0, at] == pytest.approx(
            scored(desk, short_rubric(), 1, name) - scored(setting.base, short_rubric(), 1, name)
        )
    assert found.mean() < -5


def test_the_gap_of_newcomers_is_nothing_where_there_is_nothing_to_learn_and_told_where_there_is():
    flat = Setting(learning_desk(Learning(speed_log=0.0, quality=0.0)), short_rubric(), "adviser", 3)
    row = gaps(flat, seatings=1, probes=1).groups.filter(what="newcomer").row(0, named=True)
    assert (row["gap"], row["equivalent"], row["seats"], row["impact"]) == (0.0, True, None, None)
    steep = Setting(learning_desk(Learning(quality=2.0)), short_rubric(), "adviser", 6)
    found = gaps(steep, seatings=1, probes=4)
    row = found.groups.filter(what="newcomer").row(0, named=True)
    assert row["high"] < -2 and not row["equivalent"] and row["p"] == pytest.approx(2 / 2**6)
    (note,) = found.notes
    assert note.key == "gaps.curve" and dict(note.values) == {"slower": 39, "quality": "2", "weeks": "8", "days": 7}


def test_who_is_new_already_is_not_made_new_again():
    desk = learning_desk(Learning(), ann=3.0)
    setting = Setting(desk, short_rubric(), "adviser", 3)
    with pytest.raises(ValueError, match="ann is a newcomer already, of 3 weeks"):
        newcomer(setting.base, "ann")
    found = moved(setting, {"newcomer": newcomer}, 4).gains["newcomer"]
    assert np.isnan(found[:, setting.people.index("ann")]).all() and np.isfinite(found).sum() == 9
