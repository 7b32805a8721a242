"""The roster by hand: meetings within a shift, in minutes from Monday 2 March 2026, 00:00 UTC."""

from typing import Any

import polars as pl
import pytest

from sim import model
from sim.crew import crew_of
from sim.desk import Desk, Meeting, Shift
from sim.log import Log
from tests.test_model import DAY, WEEK, H, T, desk_of, run, touches, world_of

NINE = 9 * H
PARTS = ("busy_s", "break_s", "meeting_s", "late_s", "absent_s", "overtime_s", "paid_s")


def meeting_desk(meetings: dict[str, Meeting], at_shift_end: str = "finish", **own: Any) -> Desk:
    """Return a desk of ana, on duty 9:00-12:00 with a break 10:00-10:30, who goes to all the meetings."""
    own = {"hours": "09:00-12:00", "breaks": ("10:00-10:30",)} | own
    desk = desk_of({"ana": own}, routing={"at_shift_end": at_shift_end})
    seat = desk.staff.seats["ana"].changed(meetings=tuple(meetings))
    return desk.changed(staff=desk.staff.changed(meetings=meetings, seats={"ana": seat}))  # type: ignore[return-value]


def shift_of(log: Log, row: int = 0) -> dict[str, float]:
    """Return what became of a shift, in minutes."""
    found = log.shifts.sort("start_s").row(row, named=True)
    return {name: found[name] / 60 for name in PARTS}


def on_duty(desk: Desk) -> list[tuple[float, float]]:
    crew = crew_of(desk, 1)
    return [(a / 60, b / 60) for a, b in zip(crew.on_s[0], crew.off_s[0], strict=True)]


def test_work_in_hand_goes_on_in_a_meeting_under_finish_and_shortens_it() -> None:
    """Meeting 11:00-11:20. 0 (40 min) comes at 10:40 and is worked on to its end, 11:20, which takes the whole meeting.
    1 comes at 11:05 on the next day, in the meeting: it waits for 11:20.

    First shift of 180 min: busy 40, break 30, meeting 20 - 20 = 0; second: busy 10, break 30, meeting 20.
    """
    desk = meeting_desk({"weekly": Meeting(days=WEEK, hours="11:00-11:20")})
    log = run(desk, T(NINE + 100, work=40), T(DAY + NINE + 125))
    assert touches(log) == [
        (0, "ana", NINE + 100, NINE + 140, "done"),
        (1, "ana", DAY + NINE + 140, DAY + NINE + 150, "done"),
    ]
    assert shift_of(log) == dict(zip(PARTS, (40, 30, 0, 0, 0, 0, 150), strict=True))
    assert shift_of(log, 1) == dict(zip(PARTS, (10, 30, 20, 0, 0, 0, 150), strict=True))


def test_work_in_hand_stops_for_a_meeting_under_carry_over() -> None:
    """Meeting 11:00-11:20. 0 (40 min) is worked 10:40-11:00 and 11:20-11:40: busy 40, break 30, meeting 20."""
    desk = meeting_desk({"weekly": Meeting(days=("mon",), hours="11:00-11:20")}, "carry_over")
    log = run(desk, T(NINE + 100, work=40))
    assert touches(log, "started_s", "ended_s", "work_s") == [(NINE + 100, NINE + 160, 40)]
    assert shift_of(log) == dict(zip(PARTS, (40, 30, 20, 0, 0, 0, 150), strict=True))


def test_what_of_a_meeting_lies_in_a_break_or_outside_the_shift_is_not_held_and_two_at_once_are_one() -> None:
    """Monday: 8:30-9:10 counts from 9:00, 9:50-10:40 without the break: 9:50-10:00 and 10:30-10:40; 10:35-10:50
    overlaps it. At work 9:10-9:50 and 10:50-12:00; meetings 10 + 10 + 20 = 40 min. Tuesday has none.
    """
    meetings = {
        "early": Meeting(days=("mon",), hours="08:30-09:10"),
        "over": Meeting(days=("mon",), hours="09:50-10:40"),
        "also": Meeting(days=("mon",), hours="10:35-10:50"),
    }
    desk = meeting_desk(meetings)
    assert on_duty(desk)[:4] == [
        (NINE + 10, NINE + 50), (NINE + 110, NINE + 180), (DAY + NINE, DAY + NINE + 60),
        (DAY + NINE + 90, DAY + NINE + 180),
    ]  # fmt: skip
    log = run(desk, T(5 * DAY))
    assert shift_of(log) == dict(zip(PARTS, (0, 30, 40, 0, 0, 0, 150), strict=True))
    assert shift_of(log, 1)["meeting_s"] == 0


def test_a_meeting_after_midnight_belongs_to_the_shift_that_began_the_day_before() -> None:
    """Shift 22:00-06:00 on Monday alone; the meeting of Tuesday is 01:00-02:00, that of Monday met no shift."""
    meeting = {"night": Meeting(days=("mon", "tue"), hours="01:00-02:00")}
    desk = meeting_desk(meeting, hours="22:00-06:00", breaks=(), days=("mon",))
    assert on_duty(desk) == [(22 * H, 25 * H), (26 * H, 30 * H)]
    assert shift_of(run(desk, T(5 * DAY)))["meeting_s"] == 60


def test_a_meeting_that_goes_on_when_the_log_ends_counts_so_far() -> None:
    desk = meeting_desk({"weekly": Meeting(days=WEEK, hours="11:00-11:20")})
    state = model.begin(desk, world_of(desk, T(5 * DAY)))
    model.advance(state, 60 * (NINE + 125))
    log, _ = model.log(state)
    assert shift_of(log) == dict(zip(PARTS, (0, 30, 5, 0, 0, 0, 95), strict=True))
    assert log.shifts.select(pl.col("end_s") / 60).item() == NINE + 125


@pytest.mark.parametrize(
    ("meetings", "message"),
    [
        ({"weekly": Meeting(days=("mon",), hours="13:00-14:00")}, "meeting 'weekly' .13:00-14:00. lies outside all"),
        ({"weekly": Meeting(days=("mon",), hours="10:00-10:30")}, "lies outside all hours of work of shift 'ana'"),
    ],
)
def test_a_meeting_that_is_never_held_is_refused(meetings: dict[str, Meeting], message: str) -> None:
    with pytest.raises(ValueError, match=r"staff\.seats\.ana: .*" + message):
        meeting_desk(meetings)


def test_an_unknown_meeting_is_refused_with_the_nearest_name_and_a_day_named_twice_too() -> None:
    desk = meeting_desk({"weekly": Meeting(days=WEEK, hours="11:00-11:20")})
    seat = desk.staff.seats["ana"].changed(meetings=("weakly",))
    with pytest.raises(ValueError, match=r"staff\.seats\.ana: unknown meeting 'weakly'; did you mean 'weekly'"):
        desk.changed(staff=desk.staff.changed(seats={"ana": seat}))
    with pytest.raises(ValueError, match="a day is named twice"):
        Meeting(days=("mon", "mon"), hours="09:00-10:00")


def test_a_meeting_across_the_end_of_the_week_meets_a_shift_of_monday() -> None:
    shift = {"hours": "00:00-06:00", "breaks": (), "days": ("mon",)}
    desk = meeting_desk({"night": Meeting(days=("sun",), hours="23:30-00:30")}, **shift)
    assert isinstance(desk.staff.shifts["ana"], Shift)
    assert on_duty(desk) == [(30, 6 * H)]
