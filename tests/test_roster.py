"""The roster by hand: meetings, lateness and part-time, in minutes from Monday 2 March 2026, 00:00 UTC."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from optimize import workload
from scenarios import load
from scenarios.files.writing import scenario_text
from sim import fast, measure, model
from sim.crew import crew_of
from sim.desk import Desk, Law, Meeting, Role, Shift
from sim.log import Log
from tests.by_hand import DAY, WEEK, H, T, desk_of, run, touches, world_of

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


def late_desk(late_min: float, *, at_shift_end: str = "finish", share: float = 1.0, **own: Any) -> Desk:
    """Return a desk of ana, on duty 9:00-12:00 with a break 10:00-10:30, who comes late by so much."""
    own = {"hours": "09:00-12:00", "breaks": ("10:00-10:30",)} | own
    desk = desk_of({"ana": own}, routing={"at_shift_end": at_shift_end})
    law = Law(law="constant", mean_min=late_min)
    ana = desk.staff.persons["ana"].changed(late=share, late_by=law)
    return desk.changed(staff=desk.staff.changed(persons={"ana": ana}))  # type: ignore[return-value]


def test_who_comes_late_begins_late_and_it_counts_as_neither_break_nor_idle() -> None:
    """80 min late: at 10:20, in the break, so on duty from 10:30. 0 came at 9:00 and is begun then, 10 min.

    The shift of 180 min: late 9:00-10:00 = 60, break 30, busy 10, idle 80; paid are 150 min.
    """
    desk = late_desk(80)
    assert on_duty(desk)[0] == (NINE + 90, NINE + 180)
    log = run(desk, T(NINE))
    assert touches(log) == [(0, "ana", NINE + 90, NINE + 100, "done")]
    assert shift_of(log) == dict(zip(PARTS, (10, 30, 0, 60, 0, 0, 150), strict=True))


def test_a_meeting_that_somebody_comes_too_late_for_is_lateness() -> None:
    """20 min late on a day with a meeting 9:10-9:40: late 9:00-9:20, meeting 9:20-9:40."""
    desk = late_desk(20)
    seat = desk.staff.seats["ana"].changed(meetings=("daily",))
    meetings = {"daily": Meeting(days=WEEK, hours="09:10-09:40")}
    desk = desk.changed(staff=desk.staff.changed(meetings=meetings, seats={"ana": seat}))  # type: ignore[assignment]
    assert on_duty(desk)[0] == (NINE + 40, NINE + 60)
    assert shift_of(run(desk, T(5 * DAY))) == dict(zip(PARTS, (0, 30, 20, 20, 0, 0, 150), strict=True))


def test_lateness_that_outlasts_the_shift_takes_all_of_it_and_the_ticket_waits_for_the_next_day_too() -> None:
    """Each day 10 hours late: nobody ever comes on duty."""
    log = run(late_desk(600), T(NINE))
    assert touches(log) == []
    assert shift_of(log) == dict(zip(PARTS, (0, 30, 0, 150, 0, 0, 150), strict=True))


def test_nobody_is_late_to_a_shift_that_follows_at_once_on_one_they_were_at() -> None:
    """Seven shifts around the clock: only the first is begun late, by 30 min."""
    desk = late_desk(30, hours="00:00-24:00", breaks=())
    assert on_duty(desk) == [(30, 7 * DAY)]
    log = run(desk, T(6 * DAY))
    assert [shift_of(log, row)["late_s"] for row in range(7)] == [30, 0, 0, 0, 0, 0, 0]


def test_overtime_that_reaches_into_a_late_begin_is_work() -> None:
    """Shift 9:00-8:00 of the next day. 0 (100 min) is begun at 7:30 on Tuesday and ends at 9:10: 60 min of it are
    overtime, 8:00-9:00, and 10 min belong to the second shift, to which ana, 30 min late, comes at 9:30: late 20.
    The shift of Sunday, which reaches from 0:00 to 8:00, was begun in time.
    """
    log = run(late_desk(30, hours="09:00-08:00", breaks=()), T(DAY + 7 * H + 30, work=100))
    assert touches(log) == [(0, "ana", DAY + 450, DAY + 550, "done")]
    assert [shift_of(log, row)[name] for row in (0, 1, 2) for name in ("late_s", "busy_s", "overtime_s")] == [
        0, 0, 0, 30, 30, 60, 20, 10, 0,
    ]  # fmt: skip


def test_lateness_comes_as_often_as_stated_by_the_law_stated_and_belongs_to_the_person_and_the_day() -> None:
    """2,000 shifts at 0.3 by an exponential of 20 min: share and mean within 5 standard errors.

    More probable lateness keeps every late day; another seat changes none; a delay is rounded up to the clock.
    """
    role = Role(skills=("answer", "pay"), late=0.3, late_by=Law(mean_min=20.0), absent=0.1)
    base = desk_of({"ana": {"hours": "09:00-17:00"}, "bo": {"hours": "12:00-20:00"}}, weeks=1)
    seat = base.staff.seats["ana"].changed(heads=20)
    staff = base.staff.changed(seats={"ana": seat, "bo": seat.changed(shift="bo")}, roles={"adviser": role}, persons={})
    desk = base.changed(staff=staff, weeks=7)
    crew = crew_of(desk, 1)  # type: ignore[arg-type]
    late = np.array([duty.late_s for duty in crew.duties if not duty.absent])
    assert (late > 0).mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / len(late)))
    assert late[late > 0].mean() / 60 == pytest.approx(20.0, abs=5 * 20 / np.sqrt((late > 0).sum()))
    assert {duty.late_s for duty in crew.duties if duty.absent} == {0}

    def lateness(desk: Any) -> dict[tuple[str, int], int]:
        crew = crew_of(desk, 1)
        return {(crew.names[d.person], d.start_s // 86_400): d.late_s for d in crew.duties}

    few = lateness(desk)
    moved = desk.changed(seating={"adviser#1": "bo#1", "adviser#21": "ana#1"})
    assert lateness(moved) == few
    many = lateness(desk.changed(staff=staff.changed(roles={"adviser": role.changed(late=0.6)})))
    assert all(many[key] == value for key, value in few.items() if value)
    assert sum(map(bool, many.values())) > 1.5 * sum(map(bool, few.values()))
    coarse = lateness(desk.changed(clock_s=600))
    assert all(coarse[key] == -(-value // 600) * 600 for key, value in few.items())


def test_the_optimizer_counts_nobody_as_on_duty_in_a_meeting() -> None:
    desk = meeting_desk({"weekly": Meeting(days=("mon",), hours="11:00-11:15")}, breaks=())
    hours = workload.on_duty(desk)["ana"]
    assert hours[9:13].tolist() == [1.0, 1.0, 0.75, 0.0]
    assert hours[24 + 9 : 24 + 13].tolist() == [1.0, 1.0, 1.0, 0.0]


def part_time(**own: Any) -> Desk:
    """Return a desk of ana, who is part-time on a shift of 9:00-17:00 with a break 12:00-13:00."""
    desk = desk_of({"ana": {"hours": own.pop("shift", "09:00-17:00"), "breaks": own.pop("breaks", ("12:00-13:00",))}})
    ana = desk.staff.persons["ana"].changed(**own)
    return desk.changed(staff=desk.staff.changed(persons={"ana": ana}))  # type: ignore[return-value]


def test_a_part_timer_is_rostered_on_some_days_and_for_some_hours_only() -> None:
    """Tuesday and Friday, 08:00-12:30: at work 9:00-12:00, paid 180 min, no break, as it would end the shift."""
    desk = part_time(days=("tue", "fri"), hours="08:00-12:30")
    assert on_duty(desk) == [(DAY + NINE, DAY + 12 * H), (4 * DAY + NINE, 4 * DAY + 12 * H)]
    log = run(desk, T(0))
    assert touches(log) == [(0, "ana", DAY + NINE, DAY + NINE + 10, "done")]
    assert log.shifts.height == 2
    assert shift_of(log) == dict(zip(PARTS, (10, 0, 0, 0, 0, 0, 180), strict=True))


def test_hours_of_the_day_cut_a_night_on_both_sides_of_midnight_and_may_leave_two_parts() -> None:
    """22:00-06:00 within 23:00-02:00 is 23:00-02:00; 09:00-17:00 within 16:00-10:00 is 9:00-10:00 and 16:00-17:00."""
    assert Shift(days=WEEK, hours="22:00-06:00").spans_min("23:00-02:00") == ((23 * H, 26 * H),)
    assert Shift(days=WEEK, hours="22:00-06:00").spans_min("01:00-03:00") == ((25 * H, 27 * H),)
    assert Shift(days=WEEK, hours="09:00-17:00").spans_min("16:00-10:00") == ((NINE, 10 * H), (16 * H, 17 * H))


def test_part_time_goes_with_the_person_to_another_seat() -> None:
    desk = desk_of({"ana": {"hours": "09:00-17:00"}, "bo": {"hours": "10:00-18:00"}})
    ana = desk.staff.persons["ana"].changed(days=("wed",))
    desk = desk.changed(staff=desk.staff.changed(persons=desk.staff.persons | {"ana": ana}))  # type: ignore[assignment]
    moved = desk.changed(seating={"ana": "bo#1", "bo": "ana#1"})
    crew = crew_of(moved, 1)  # type: ignore[arg-type]
    assert [len(on) for on in crew.on_s] == [7, 1]
    assert (crew.names, crew.on_s[1]) == (("bo", "ana"), ((2 * DAY + 10 * H) * 60,))


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"hours": "17:00-20:00"}, r"hours = '17:00-20:00' leave nothing of shift 'ana' \(09:00-17:00\)"),
        ({"hours": "12:00-13:00"}, "hours = '12:00-13:00' leave nothing of shift 'ana'"),
    ],
)
def test_part_time_that_leaves_nothing_is_refused(own: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"staff\.persons\.ana: " + message):
        part_time(**own)


def test_part_time_on_days_without_the_shift_is_refused() -> None:
    desk = desk_of({"ana": {"days": ("mon", "tue")}})
    ana = desk.staff.persons["ana"].changed(days=("sun",))
    with pytest.raises(ValueError, match=r"no day of shift 'ana' is among days = \['sun'\]; it is on \['mon', 'tue'\]"):
        desk.changed(staff=desk.staff.changed(persons={"ana": ana}))


# Duties by date


def rostered(duties: dict[int, str], shifts: dict[str, Shift] | None = None, **own: Any) -> Desk:
    """Return a desk of ana in a seat of 9:00-12:00, who works duties by day of the run, 0 = Monday 2 March 2026."""
    desk = desk_of({"ana": {"hours": "09:00-12:00"}}, routing={"at_shift_end": "hand_back"})
    more = {
        "early": Shift(days=("mon",), hours="06:00-11:00", breaks=("08:00-08:30",)),
        "night": Shift(days=("mon",), hours="22:00-06:00", breaks=("01:00-02:00",)),
    } | (shifts or {})
    days = {desk.start + timedelta(days=day): shift for day, shift in duties.items()}
    ana = desk.staff.persons["ana"].changed(duties=days, **own)
    return desk.changed(staff=desk.staff.changed(persons={"ana": ana}, shifts=desk.staff.shifts | more))  # type: ignore[return-value]


def test_a_person_works_the_duties_of_the_roster_and_no_other() -> None:
    """Early on Monday, a night from Wednesday into Thursday, the seat's own shift on Saturday; the rest is free.

    At work: Monday 6:00-8:00 and 8:30-11:00, Wednesday 22:00-1:00 and 2:00-6:00, Saturday 9:00-12:00. A ticket of
    Monday 12:00 (600 min of work) waits for Wednesday 22:00: 180 min of it are done by the break, when it goes back,
    240 by Thursday 6:00, the last 180 take the whole of Saturday. Paid: 270 + 420 + 180; breaks in it: 30 + 60 + 0.
    """
    desk = rostered({0: "early", 2: "night", 5: "ana"})
    on = [(6 * H, 8 * H), (8 * H + 30, 11 * H), (2 * DAY + 22 * H, 3 * DAY + H), (3 * DAY + 2 * H, 3 * DAY + 6 * H)]
    assert on_duty(desk) == [*on, (5 * DAY + NINE, 5 * DAY + 12 * H)]
    log = run(desk, T(12 * H, work=600))
    assert touches(log) == [
        (0, "ana", 2 * DAY + 22 * H, 3 * DAY + H, "handed_back"),
        (0, "ana", 3 * DAY + 2 * H, 3 * DAY + 6 * H, "handed_back"),
        (0, "ana", 5 * DAY + NINE, 5 * DAY + 12 * H, "done"),
    ]
    paid, breaks, busy = ([shift_of(log, row)[part] for row in range(3)] for part in ("paid_s", "break_s", "busy_s"))
    assert (paid, breaks, busy) == ([270, 420, 180], [30, 60, 0], [0, 420, 180])
    assert_frame_equal(fast.run(desk, world_of(desk, T(12 * H, work=600)))[0].touches, log.touches)


def test_rostered_minutes_follow_the_duties() -> None:
    """0 + 420 + 180 of 270 + 420 + 180 min at work are busy, breaks apart: utilisation 600 / 870."""
    desk = rostered({0: "early", 2: "night", 5: "ana"})
    found = measure(run(desk, T(12 * H, work=600)), ["utilisation"])
    assert found["mean"].to_list() == [pytest.approx(600 / 870)]


def test_duties_outside_the_run_are_of_no_effect_but_for_a_night_that_reaches_into_it() -> None:
    """The night before the first Monday ends on it at 6:00; the one of the last Sunday is cut at the end."""
    assert on_duty(rostered({-1: "night", -2: "early", 6: "night", 7: "early"})) == [
        (0, H), (2 * H, 6 * H), (6 * DAY + 22 * H, 7 * DAY),
    ]  # fmt: skip
    assert on_duty(rostered({})) == []


@pytest.mark.parametrize(
    ("duties", "own", "message"),
    [
        ({0: "night", 1: "dawn"}, {}, r"2026-03-03 'dawn' begins before 2026-03-02 'night' has ended"),
        ({0: "early"}, {"hours": "20:00-23:00"}, r"hours = '20:00-23:00' leave nothing of 2026-03-02 'early'"),
        ({1: "early"}, {"days": ("mon",)}, r"2026-03-03 'early' is on a day that is not among days = \['mon'\]"),
        ({0: "erly"}, {}, r"unknown shift 'erly'; did you mean 'early'\?"),
    ],
)
def test_duties_that_make_no_sense_are_refused(duties: dict[int, str], own: dict[str, Any], message: str) -> None:
    dawn = Shift(days=WEEK, hours="05:00-09:00")
    with pytest.raises(ValueError, match=r"staff\.persons\.ana\.duties: " + message):
        rostered(duties, {"dawn": dawn}, **own)


def test_a_roster_is_read_from_a_file_and_written_as_it_was_read(tmp_path: Path) -> None:
    desk = rostered({0: "early", 2: "night"})
    (tmp_path / "desk.toml").write_text(scenario_text(desk), "utf-8")
    assert load(tmp_path / "desk.toml") == desk
    assert '2026-03-04 = "night"' in scenario_text(rostered(dict.fromkeys(range(7), "night")))
