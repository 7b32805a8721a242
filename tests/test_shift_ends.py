"""The model by hand: work at the ends of shifts, over breaks and over nights.

Instants are minutes, as in `by_hand`.
"""

from datetime import date

import pytest

from sim import model
from sim.desk import Routing
from tests.by_hand import DAY, H, T, always, desk_of, kind, moments, run, stage, touches, world_of

PART_TIME = {"ana": {"hours": "09:00-12:00", "breaks": ("10:00-10:30",)}}


def test_work_in_hand_is_finished_over_a_break_and_over_the_end_of_the_shift() -> None:
    """40 min each, in hours from 9: 0 is worked 9:30-10:10, ten minutes of it in the break. 1 starts when the break
    ends, 10:30-11:10, 2 at 11:10-11:50, 3 at 11:50-12:30: 30 min of overtime.

    The shift of 180 min: busy 9:30-10:10 and 10:30-12:00 = 130, break 30 - 10 = 20, idle 9:00-9:30 = 30. Paid are
    180 - 30 = 150 min at 1 a minute and 30 min at 1.5: 195.
    """
    desk = desk_of(PART_TIME, routing={"at_shift_end": "finish"})
    log = run(desk, *(T(9 * H + m, work=40) for m in (30, 40, 60, 65)))
    nine = 9 * H
    assert touches(log) == [
        (0, "ana", nine + 30, nine + 70, "done"), (1, "ana", nine + 90, nine + 130, "done"),
        (2, "ana", nine + 130, nine + 170, "done"), (3, "ana", nine + 170, nine + 210, "done"),
    ]  # fmt: skip
    shift = log.shifts.row(0, named=True)
    assert [shift[c] / 60 for c in ("busy_s", "break_s", "overtime_s", "paid_s")] == [130, 20, 30, 150]
    assert shift["cost_minor"] == 19_500


def test_work_in_hand_is_carried_over_a_break_and_over_the_night_before_anything_new() -> None:
    """From 9: 0 (40 min) is worked 9:30-10:00 and 10:30-10:40; 1 (40) 10:40-11:20; 2 (50) 11:20-12:00 and on the next
    day 9:00-9:10, before 4, which is urgent and there since 8:00; 4 (10) 9:10-9:20; 3 (40) 9:20-10:00, to the second
    in which the break begins, so done before it. First shift: busy 30 + 10 + 40 + 40 = 120, break 30, no overtime.
    """
    desk = desk_of(PART_TIME, routing={"at_shift_end": "carry_over"})
    nine = 9 * H
    brought = [T(nine + m, work=w) for m, w in ((30, 40), (40, 40), (60, 50), (65, 40))]
    log = run(desk, *brought, T(DAY + 8 * H, priority="urgent"))
    morning = DAY + nine
    assert touches(log, "ticket", "started_s", "ended_s", "work_s") == [
        (0, nine + 30, nine + 100, 40), (1, nine + 100, nine + 140, 40), (2, nine + 140, morning + 10, 50),
        (4, morning + 10, morning + 20, 10), (3, morning + 20, morning + 60, 40),
    ]  # fmt: skip
    shift = log.shifts.sort("start_s").row(0, named=True)
    assert [shift[c] / 60 for c in ("busy_s", "break_s", "overtime_s", "paid_s")] == [120, 30, 0, 150]
    assert shift["cost_minor"] == 15_000


def test_work_handed_back_goes_to_the_head_of_its_queue_with_the_stated_share_of_what_was_done() -> None:
    """ana 9:00-10:00, bo 9:30-12:00. 0 (50 min) is worked 9:20-10:00 by ana, who has 40 min done: 30 are kept at a
    share of 0.75, so 20 are left. bo works on 1 9:30-10:00, then on 0, although 2 and 3 have waited since 9:25 and
    9:40 and 0 is back since 10:00 only: 10:00-10:20. Then 2 and 3, 10 min each. ana's shift has no overtime.

    0 is handed back after a wait of 0, and waits 0 again; 3 is ready before 0 comes back and yet goes after it.
    """
    people = {"ana": {"hours": "09:00-10:00"}, "bo": {"hours": "09:30-12:00"}}
    desk = desk_of(people, routing={"at_shift_end": "hand_back", "keeps_progress": 0.75})
    nine = 9 * H
    log = run(desk, T(nine + 20, work=50), T(nine + 22, work=30), T(nine + 25), T(nine + 40))
    assert touches(log, "ticket", "person", "queued_s", "started_s", "ended_s", "work_s", "ended") == [
        (0, "ana", nine + 20, nine + 20, nine + 60, 40, "handed_back"),
        (1, "bo", nine + 22, nine + 30, nine + 60, 30, "done"),
        (0, "bo", nine + 60, nine + 60, nine + 80, 20, "done"),
        (2, "bo", nine + 25, nine + 80, nine + 90, 10, "done"),
        (3, "bo", nine + 40, nine + 90, nine + 100, 10, "done"),
    ]  # fmt: skip
    assert log.shifts.filter(person="ana").sort("start_s").row(0, named=True)["overtime_s"] == 0
    assert moments(log, "reply") == [
        (nine + 20, 0, "reply", "ana"), (nine + 30, 1, "reply", "bo"), (nine + 80, 2, "reply", "bo"),
        (nine + 90, 3, "reply", "bo"),
    ]  # fmt: skip


def test_what_was_handed_back_stands_before_what_was_ready_earlier_but_was_not_in_work() -> None:
    """ana and bo 9:00-10:00, cat 11:00-18:00; whoever is away for half an hour loses the list. 0 (2 min, asks after 1)
    is ana's, parked 9:01-9:11; by then she has begun 2 (100, since 9:03), so 0 waits in her list. bo works on 1 (20),
    9:02-9:22, then on 3 (100) since 9:30. At 10:00 2 and 3 are handed back, with 43 and 70 min left, and 0 goes back
    to the pool. cat begins with 2, then 3, which was ready at 9:30 only, then 0, which was ready at 9:11.
    """
    people = {"ana": {"hours": "09:00-10:00"}, "bo": {"hours": "09:00-10:00"}, "cat": {"hours": "11:00-18:00"}}
    kinds = {"answer": kind(stage(asks=1.0, asks_after=0.5, answer=always(10)))}
    desk = desk_of(people, kinds, routing={"at_shift_end": "hand_back", "orphan_h": 0.5})
    nine = 9 * H
    brought = [T(nine, work=2, asks=True), *(T(nine + m, work=w) for m, w in ((2, 20), (3, 100), (30, 100)))]
    assert [row for row in touches(run(desk, *brought)) if row[1] == "cat"] == [
        (2, "cat", nine + 120, nine + 163, "done"), (3, "cat", nine + 163, nine + 233, "done"),
        (0, "cat", nine + 233, nine + 234, "done"),
    ]  # fmt: skip


def test_a_share_of_progress_needs_work_that_is_handed_back() -> None:
    with pytest.raises(ValueError, match=r'keeps_progress = 0.5 needs at_shift_end = "hand_back"'):
        Routing(keeps_progress=0.5)
    assert Routing(keeps_progress=0.5, at_shift_end="hand_back").keeps_progress == 0.5


def test_work_carried_over_loses_only_what_a_millisecond_holds() -> None:
    """50 min at speed 0.7 for 30 min: 1,260,000 ms done; 1,740,000 ms left are 2485.71 s, so 2486 s."""
    people = {"ana": {"hours": "09:00-12:00", "breaks": ("10:00-10:30",), "speed": {"answer": 0.7}}}
    log = run(desk_of(people, routing={"at_shift_end": "carry_over"}), T(9 * H + 30, work=50))
    assert log.touches.select("ended_s", "work_s").row(0) == ((10 * H + 30) * 60 + 2486, 1800 + 2486)


def test_nobody_begins_in_the_second_in_which_the_shift_ends_and_everybody_may_in_the_one_in_which_it_begins() -> None:
    """0 comes at 12:00, when ana goes: it waits for 9:00. 1 comes at 9:00 of the third day and is begun at once."""
    log = run(desk_of(PART_TIME), T(12 * H), T(2 * DAY + 9 * H))
    assert touches(log, "ticket", "started_s") == [(0, DAY + 9 * H), (1, 2 * DAY + 9 * H)]


def test_a_night_over_a_clock_change_carries_over_the_hour_that_it_lacks() -> None:
    """Berlin, 28 March 2026: 22:00-06:00 is seven hours long. Of 8 h of work from 22:00 one is left for the next
    night, which begins 23 h after this one did. In the night before eight hours suffice.
    """
    desk = desk_of(
        {"ana": {"hours": "22:00-06:00"}}, routing={"at_shift_end": "carry_over"}, start=date(2026, 3, 23),
        time_zone="Europe/Berlin",
    )  # fmt: skip
    friday, saturday = 4 * DAY + 22 * H, 5 * DAY + 22 * H
    log = run(desk, T(friday, work=8 * H), T(saturday, work=8 * H))
    assert touches(log, "ticket", "started_s", "ended_s", "work_s") == [
        (0, friday, friday + 8 * H, 8 * H), (1, saturday, saturday + 23 * H + H, 8 * H),
    ]  # fmt: skip
    lengths = [(row["end_s"] - row["start_s"]) // 3600 for row in log.shifts.sort("start_s").iter_rows(named=True)]
    assert lengths == [6, 8, 8, 8, 8, 8, 7, 2]


def test_a_run_that_stops_in_the_middle_shows_what_is_in_hand() -> None:
    """At 12:15 ana has worked on 0 from 11:00-12:00 (with a suspension since), nothing of 1."""
    desk = desk_of(PART_TIME, routing={"at_shift_end": "carry_over"})
    state = model.begin(desk, world_of(desk, T(11 * H, work=100), T(11 * H)))
    model.advance(state, (12 * H + 15) * 60)
    log, _ = model.log(state)
    assert touches(log, "ticket", "started_s", "ended_s", "work_s", "ended") == [(0, 11 * H, None, H, None)]
    assert log.until_s == (12 * H + 15) * 60
    model.advance(state, desk.until_s())
    assert touches(model.log(state)[0]) == [
        (0, "ana", 11 * H, DAY + 9 * H + 40, "done"), (1, "ana", DAY + 9 * H + 40, DAY + 9 * H + 50, "done"),
    ]  # fmt: skip
