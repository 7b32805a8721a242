"""Wall clocks, open hours and business time, by hand, by law, and against a count second by second."""

import pickle
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.calendar import ALWAYS, WEEKDAYS, Calendar, Clock, Timeline

LAW = settings(derandomize=True, deadline=None, max_examples=60)
DAY_S, HOUR_S = 86_400, 3600
BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"
OFFICE = Calendar(hours=dict.fromkeys(WEEKDAYS[:5], ("09:00-12:00", "13:30-18:00")))
NIGHT = Calendar(hours=dict.fromkeys(WEEKDAYS, ("00:00-06:00", "22:00-24:00")))


def at(timeline: Timeline, text: str) -> int:
    """Return the second of a wall time such as '2026-03-06 16:00'."""
    when = datetime.fromisoformat(text)
    return timeline.second(when.date(), 60 * when.hour + when.minute)


def shown(timeline: Timeline, at_s: int) -> str:
    return timeline.iso(at_s)[:16].replace("T", " ")


def office(**changes: object) -> tuple[Timeline, Clock]:
    timeline = Timeline.midnight(date(2026, 3, 2), SHANGHAI)
    return timeline, Clock.of(Calendar.model_validate(OFFICE.model_dump() | changes), timeline, 0, 60 * DAY_S)


# Timelines


def test_second_zero_is_local_midnight():
    timeline = Timeline.midnight(date(2026, 3, 2), SHANGHAI)
    assert timeline.start == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert timeline.iso(0) == "2026-03-02T00:00:00+08:00"


def test_a_day_without_a_midnight_begins_after_the_gap():
    """Beirut moved its clocks on at midnight: 2024-03-31 began at 01:00."""
    assert Timeline.midnight(date(2024, 3, 31), "Asia/Beirut").iso(0) == "2024-03-31T01:00:00+03:00"


def test_a_day_with_two_midnights_begins_at_the_first():
    """Havana moved its clocks back from 01:00 to 00:00 on 2026-11-01."""
    timeline = Timeline.midnight(date(2026, 11, 1), "America/Havana")
    assert timeline.iso(0) == "2026-11-01T00:00:00-04:00"
    assert timeline.iso(HOUR_S) == "2026-11-01T00:00:00-05:00"
    assert timeline.second(date(2026, 11, 2), 0) == 25 * HOUR_S


def test_a_wall_time_that_does_not_exist_is_the_first_instant_after_the_gap():
    timeline = Timeline.midnight(date(2026, 3, 29), BERLIN)
    for text in ("2026-03-29 02:00", "2026-03-29 02:30", "2026-03-29 02:59", "2026-03-29 03:00"):
        assert timeline.iso(at(timeline, text)) == "2026-03-29T03:00:00+02:00"
    assert at(timeline, "2026-03-29 03:01") == 2 * HOUR_S + 60


def test_a_wall_time_that_exists_twice_is_the_first():
    timeline = Timeline.midnight(date(2026, 10, 25), BERLIN)
    assert at(timeline, "2026-10-25 02:00") == 2 * HOUR_S
    assert timeline.iso(at(timeline, "2026-10-25 02:30")) == "2026-10-25T02:30:00+02:00"
    assert timeline.iso(3 * HOUR_S + 1800) == "2026-10-25T02:30:00+01:00"
    assert at(timeline, "2026-10-25 03:00") == 4 * HOUR_S


def test_shanghai_has_no_clock_change():
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        timeline = Timeline.midnight(day, SHANGHAI)
        assert [timeline.second(day, 60 * h) for h in range(25)] == [HOUR_S * h for h in range(25)]


def test_minutes_beyond_midnight_run_on_into_the_next_days_wall_clock():
    """Saturday 22:00 to Sunday 06:00 over the change of 2026-03-29 lasts seven hours."""
    timeline = Timeline.midnight(date(2026, 3, 28), BERLIN)
    begin, end = timeline.second(date(2026, 3, 28), 22 * 60), timeline.second(date(2026, 3, 28), 30 * 60)
    assert timeline.iso(end) == "2026-03-29T06:00:00+02:00"
    assert end - begin == 7 * HOUR_S


def test_an_instant_is_rounded_down_to_its_second():
    timeline = Timeline.midnight(date(2026, 3, 2), SHANGHAI)
    instant = datetime(2026, 3, 2, 9, 0, 0, 999_999, tzinfo=ZoneInfo(SHANGHAI))
    assert timeline.at(instant) == 9 * HOUR_S
    assert timeline.at(instant.astimezone(ZoneInfo("America/New_York"))) == 9 * HOUR_S
    assert timeline.at(datetime(2026, 3, 1, 15, 59, 59, 1, tzinfo=UTC)) == -1


def test_the_second_pass_of_an_hour_is_told_by_its_fold():
    timeline = Timeline.midnight(date(2026, 10, 25), BERLIN)
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo(BERLIN))
    assert [timeline.at(first), timeline.at(first.replace(fold=1))] == [2 * HOUR_S + 1800, 3 * HOUR_S + 1800]


def test_the_hour_of_the_week_counts_from_monday():
    timeline = Timeline.midnight(date(2026, 3, 2), SHANGHAI)
    assert timeline.hour_of_week(0) == timeline.hour_of_week(3599) == 0
    assert timeline.hour_of_week(np.arange(-1, 8 * 24) * HOUR_S).tolist() == [(h % 168) for h in range(-1, 192)]


@LAW
@given(
    zone=st.sampled_from([BERLIN, SHANGHAI, "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca"]),
    at_s=st.lists(st.integers(-60 * 366 * DAY_S, 60 * 366 * DAY_S), min_size=1, max_size=20),
)
def test_days_and_hours_are_those_of_the_zone_database(zone: str, at_s: list[int]):
    timeline = Timeline(datetime(2018, 1, 1, tzinfo=UTC), zone)
    walls = [(timeline.start + timedelta(seconds=s)).astimezone(ZoneInfo(zone)) for s in at_s]
    expected_day = [wall.toordinal() for wall in walls]
    expected_hour = [wall.weekday() * 24 + wall.hour for wall in walls]
    assert [timeline.day(s) for s in at_s] == timeline.day(np.array(at_s)).tolist() == expected_day
    assert [timeline.hour_of_week(s) for s in at_s] == expected_hour
    assert timeline.hour_of_week(np.array(at_s)).tolist() == expected_hour


@LAW
@given(
    zone=st.sampled_from([BERLIN, "America/Sao_Paulo", "Australia/Lord_Howe"]),
    day=st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    minute=st.integers(0, 1440),
)
def test_a_wall_time_leads_to_the_first_instant_that_shows_it_or_more(zone: str, day: date, minute: int):
    timeline = Timeline(datetime(2018, 1, 1, tzinfo=UTC), zone)
    wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    found = timeline.second(day, minute)
    wall = (timeline.start + timedelta(seconds=found)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    before = [
        (timeline.start + timedelta(seconds=found - s)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for s in (1, 1800, 3600, 7199)
    ]
    assert wall >= wanted
    assert all(earlier < wanted for earlier in before)


def test_an_unknown_zone_names_the_nearest():
    with pytest.raises(ValueError, match="unknown time zone 'Asia/Shangai': did you mean 'Asia/Shanghai'"):
        Timeline.midnight(date(2026, 3, 2), "Asia/Shangai")


@pytest.mark.parametrize("zone", ["", "../etc/passwd", "/etc/localtime", "America", "zzzzzz"])
def test_a_zone_that_is_no_zone_is_refused(zone: str):
    with pytest.raises(ValueError, match="unknown time zone"):
        Timeline.midnight(date(2026, 3, 2), zone)


def test_a_start_must_be_a_whole_second_in_utc():
    for start in (
        datetime(2026, 3, 2),
        datetime(2026, 3, 2, tzinfo=ZoneInfo(SHANGHAI)),
        datetime(2026, 3, 2, 0, 0, 0, 1, tzinfo=UTC),
    ):
        with pytest.raises(ValueError, match="a whole second in UTC"):
            Timeline(start, SHANGHAI)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="must have a time zone"):
        Timeline.midnight(date(2026, 3, 2), SHANGHAI).at(datetime(2026, 3, 2))


def test_a_timeline_survives_pickling_with_its_answers():
    timeline = Timeline.midnight(date(2026, 3, 2), BERLIN)
    timeline.day(5)
    copy = pickle.loads(pickle.dumps(timeline))
    assert copy == timeline
    assert copy.iso(5) == timeline.iso(5)


def test_a_fraction_of_a_second_is_refused():
    timeline, clock = office()
    with pytest.raises(TypeError):
        timeline.day(1.5)
    with pytest.raises(TypeError):
        clock.open_s(np.array([1.5]))


# Calendars


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ({"mon": ("13:00-18:00", "12:00-14:00")}, "mon: '12:00-14:00' overlaps '13:00-18:00'"),
        ({"mon": ("09:00-12:00", "11:59-14:00")}, "mon: '11:59-14:00' overlaps '09:00-12:00'"),
        ({"tue": ("13:00-18:00", "09:00-12:00")}, "tue: '09:00-12:00' must stand before '13:00-18:00'"),
        ({"wed": ("18:00-09:00",)}, "wed: '18:00-09:00' must end after it begins; write a night as two"),
        ({"wed": ("09:00-09:00",)}, "must end after it begins"),
        ({"thu": ("9:00-17:00",)}, "thu: an interval must look like '09:00-17:30'"),
        ({"thu": ("09:00-24:30",)}, "must look like"),
        ({"thu": ("09:60-12:00",)}, "must look like"),
        ({"thu": ("24:00-24:00",)}, "must look like"),
        ({}, "the calendar has no open hour"),
        ({"mon": (), "tue": ()}, "the calendar has no open hour"),
        ({"monday": ("09:00-12:00",)}, "Input should be 'mon', 'tue'"),
    ],
)
def test_hours_that_make_no_sense_are_refused_by_name(hours: dict[str, tuple[str, ...]], message: str):
    with pytest.raises(ValidationError, match=message):
        Calendar.model_validate({"hours": hours})


def test_a_date_cannot_be_both_a_holiday_and_a_make_up_day():
    with pytest.raises(ValidationError, match="2026-10-10 is both a holiday and a make-up day"):
        OFFICE.changed(holidays=(date(2026, 10, 10),), make_up_days=(date(2026, 10, 10),))


def test_a_make_up_day_needs_hours_to_follow():
    with pytest.raises(ValidationError, match="make_up_like is 'sun', which has no open hour"):
        OFFICE.changed(make_up_days=(date(2026, 10, 10),), make_up_like="sun")


def test_a_calendar_reads_lists_and_dates_as_a_file_states_them():
    stated = {"hours": {"mon": ["09:00-12:00"]}, "holidays": [date(2026, 10, 5)]}
    assert Calendar.model_validate(stated).holidays == (date(2026, 10, 5),)
    assert Calendar.model_validate_json(Calendar.model_validate(stated).model_dump_json()).hours == {
        "mon": ("09:00-12:00",)
    }


# Clocks, by hand


def test_a_lunch_break_does_not_count():
    """Friday 11:00 to 14:00: an hour before lunch, half an hour after it."""
    timeline, clock = office()
    assert clock.between(at(timeline, "2026-03-06 11:00"), at(timeline, "2026-03-06 14:00")) == 5400
    assert shown(timeline, clock.add(at(timeline, "2026-03-06 11:00"), 5400)) == "2026-03-06 14:00"


def test_time_that_is_used_up_at_closing_ends_at_closing():
    """Friday 16:00 and two hours end on Friday 18:00; one second more on Monday 09:00:01."""
    timeline, clock = office()
    friday = at(timeline, "2026-03-06 16:00")
    assert shown(timeline, clock.add(friday, 2 * HOUR_S)) == "2026-03-06 18:00"
    assert timeline.iso(clock.add(friday, 2 * HOUR_S + 1)) == "2026-03-09T09:00:01+08:00"
    both = clock.add(np.array([friday, friday]), np.array([2 * HOUR_S, 2 * HOUR_S + 1]))
    assert both.tolist() == [clock.add(friday, 2 * HOUR_S), clock.add(friday, 2 * HOUR_S + 1)]


def test_an_interval_holds_its_first_second_and_not_its_end():
    timeline, clock = office()
    for text, following in [
        ("2026-03-06 09:00", "2026-03-06 09:00"),
        ("2026-03-06 12:00", "2026-03-06 13:30"),
        ("2026-03-06 18:00", "2026-03-09 09:00"),
        ("2026-03-07 10:00", "2026-03-09 09:00"),
    ]:
        assert shown(timeline, clock.next_open(at(timeline, text))) == following
        assert clock.add(at(timeline, text), 0) == clock.next_open(at(timeline, text))


@pytest.mark.parametrize(
    ("begin", "days", "due"),
    [
        ("2026-03-06 16:00", 1, "2026-03-09 16:00"),
        ("2026-03-04 10:15", 3, "2026-03-09 10:15"),
        ("2026-03-05 12:30", 1, "2026-03-06 13:30"),
        ("2026-03-05 20:00", 1, "2026-03-09 09:00"),
        ("2026-03-06 07:00", 1, "2026-03-09 09:00"),
        ("2026-03-07 10:00", 1, "2026-03-09 10:00"),
        ("2026-03-06 18:00", 1, "2026-03-10 09:00"),
        ("2026-03-07 10:00", 0, "2026-03-09 09:00"),
    ],
)
def test_a_working_day_later_is_the_same_clock_time_moved_to_the_next_open_instant(begin: str, days: int, due: str):
    """Lunch moves to 13:30, an evening to the morning after the next working day."""
    timeline, clock = office()
    assert shown(timeline, clock.add_working_days(at(timeline, begin), days)) == due


def test_a_holiday_between_is_no_working_day():
    """Friday 16:00 and one working day, with Monday closed: Tuesday 16:00."""
    timeline, clock = office(holidays=(date(2026, 3, 9),))
    friday = at(timeline, "2026-03-06 16:00")
    assert shown(timeline, clock.add_working_days(friday, 1)) == "2026-03-10 16:00"
    assert shown(timeline, clock.add(friday, 3 * HOUR_S)) == "2026-03-10 10:00"


def test_a_make_up_day_is_a_working_day_with_the_hours_of_its_model():
    """Saturday 7 March works like a Friday of 09:00 to 11:00, so it is the working day after Friday."""
    hours = {**OFFICE.hours, "fri": ("09:00-11:00",)}
    timeline, clock = office(hours=hours, make_up_days=(date(2026, 3, 7),), make_up_like="fri")
    friday = at(timeline, "2026-03-06 10:30")
    assert shown(timeline, clock.add_working_days(friday, 1)) == "2026-03-07 10:30"
    assert shown(timeline, clock.add_working_days(friday, 2)) == "2026-03-09 10:30"
    assert clock.between(at(timeline, "2026-03-07 00:00"), at(timeline, "2026-03-08 00:00")) == 2 * HOUR_S
    assert shown(timeline, clock.add(friday, 2 * HOUR_S)) == "2026-03-07 10:30"


def test_national_day_week_of_2025_with_its_make_up_days():
    """Closed 1 to 8 October 2025, open on Sunday 28 September and Saturday 11 October.

    From Tuesday 30 September 17:00, three working days: 9, 10 and 11 October. Twenty hours of 7.5-hour days:
    one on the 30th, 7.5 on the 9th, 7.5 on the 10th, four on the 11th: three before lunch and one after it.
    """
    timeline = Timeline.midnight(date(2025, 9, 1), SHANGHAI)
    calendar = OFFICE.changed(
        holidays=tuple(date(2025, 10, d) for d in range(1, 9)),
        make_up_days=(date(2025, 9, 28), date(2025, 10, 11)),
    )
    clock = Clock.of(calendar, timeline, 0, 45 * DAY_S)
    tuesday = at(timeline, "2025-09-30 17:00")
    assert shown(timeline, clock.add_working_days(tuesday, 3)) == "2025-10-11 17:00"
    assert shown(timeline, clock.add(tuesday, 20 * HOUR_S)) == "2025-10-11 14:30"
    assert clock.between(at(timeline, "2025-09-28 00:00"), at(timeline, "2025-09-29 00:00")) == 27_000


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 28), BERLIN, 7),
        (date(2026, 10, 24), BERLIN, 9),
        (date(2026, 3, 28), SHANGHAI, 8),
        (date(2026, 10, 24), SHANGHAI, 8),
    ],
)
def test_a_night_over_a_clock_change_has_the_hours_that_pass(day: date, zone: str, hours: int):
    """22:00 to 06:00 is eight hours, less the hour skipped in March, plus the one repeated in October."""
    timeline = Timeline.midnight(day, zone)
    clock = Clock.of(NIGHT, timeline, 0, 2 * DAY_S)
    begin, end = timeline.second(day, 20 * 60), timeline.second(day, 32 * 60)
    assert clock.between(begin, end) == hours * HOUR_S
    assert clock.add(begin, hours * HOUR_S) == timeline.second(day, 30 * 60)


def test_a_working_day_keeps_the_wall_clock_over_a_clock_change():
    """Saturday 16:00 in Berlin and one day lead to Sunday 16:00, which is 23 hours later in March."""
    timeline = Timeline.midnight(date(2026, 3, 28), BERLIN)
    clock = Clock.of(ALWAYS, timeline, 0, 9 * DAY_S)
    assert clock.add_working_days(16 * HOUR_S, 1) == 16 * HOUR_S + 23 * HOUR_S
    assert timeline.iso(clock.add_working_days(2 * HOUR_S + 1800, 1)) == "2026-03-29T03:00:00+02:00"


def test_hours_that_a_clock_change_swallows_are_no_working_day():
    """Open 02:00 to 03:00 on Sundays only: on 29 March the hour does not exist."""
    timeline = Timeline.midnight(date(2026, 3, 22), BERLIN)
    clock = Clock.of(Calendar(hours={"sun": ("02:00-03:00",)}), timeline, 0, 9 * DAY_S)
    begin = at(timeline, "2026-03-22 02:30")
    assert shown(timeline, clock.add_working_days(begin, 1)) == "2026-04-05 02:30"
    assert shown(timeline, clock.add(begin, 2400)) == "2026-04-05 02:10"


def test_around_the_clock_every_second_counts():
    timeline = Timeline.midnight(date(2026, 3, 28), BERLIN)
    clock = Clock.of(ALWAYS, timeline, 0, DAY_S)
    for begin, end in [(0, 5), (-3 * DAY_S, 400 * DAY_S), (7, 7)]:
        assert clock.between(begin, end) == end - begin
        assert clock.add(begin, end - begin) == end


# Clocks, against a count and by law


@LAW
@given(
    zone=st.sampled_from([BERLIN, SHANGHAI, "America/New_York"]),
    begin_quarter=st.integers(0, 3000),
    quarters=st.integers(0, 500),
)
def test_business_time_is_the_count_of_quarter_hours_whose_wall_time_is_open(
    zone: str, begin_quarter: int, quarters: int
):
    timeline = Timeline.midnight(date(2026, 3, 6), zone)
    clock = Clock.of(OFFICE, timeline, 0, 30 * DAY_S)
    counted = 0
    for quarter in range(begin_quarter, begin_quarter + quarters):
        wall = (timeline.start + timedelta(minutes=15 * quarter)).astimezone(ZoneInfo(zone))
        minute = 60 * wall.hour + wall.minute
        counted += wall.weekday() < 5 and (540 <= minute < 720 or 810 <= minute < 1080)
    assert clock.between(900 * begin_quarter, 900 * (begin_quarter + quarters)) == 900 * counted


CALENDARS = st.sampled_from(
    [
        ALWAYS,
        OFFICE,
        NIGHT,
        OFFICE.changed(holidays=tuple(date(2026, 4, d) for d in range(1, 29)), make_up_days=(date(2026, 3, 28),)),
        Calendar(hours={"sun": ("01:30-03:30", "03:30-04:00")}),
    ]
)
INSTANTS = st.integers(-90 * DAY_S, 500 * DAY_S)
CLOCKS = st.builds(
    lambda calendar, zone, first: Clock.of(
        calendar, Timeline.midnight(date(2026, 3, 2), zone), first * DAY_S, (first + 3) * DAY_S
    ),
    CALENDARS,
    st.sampled_from([BERLIN, SHANGHAI, "America/Sao_Paulo"]),
    st.integers(-3, 40),
)


@LAW
@given(clock=CLOCKS, at_s=INSTANTS, later_s=st.integers(0, 40 * DAY_S))
def test_open_seconds_never_fall_and_never_outrun_the_seconds(clock: Clock, at_s: int, later_s: int):
    assert 0 <= clock.open_s(at_s + later_s) - clock.open_s(at_s) <= later_s
    assert clock.open_s(clock.first_s) == 0


@LAW
@given(clock=CLOCKS, at_s=INSTANTS, open_s=st.integers(1, 40 * HOUR_S))
def test_adding_open_time_inverts_counting_it_and_gives_the_earliest_instant(clock: Clock, at_s: int, open_s: int):
    due_s = clock.add(at_s, open_s)
    assert clock.between(at_s, due_s) == open_s
    assert clock.between(at_s, due_s - 1) == open_s - 1


@LAW
@given(clock=CLOCKS, at_s=INSTANTS)
def test_the_next_open_instant_is_open_and_nothing_before_it_is(clock: Clock, at_s: int):
    opened_s = clock.next_open(at_s)
    assert clock.between(at_s, opened_s) == 0
    assert clock.between(opened_s, opened_s + 1) == 1


@LAW
@given(clock=CLOCKS, instants=st.lists(INSTANTS, min_size=3, max_size=3))
def test_business_time_adds_up(clock: Clock, instants: list[int]):
    a, b, c = instants
    assert clock.between(a, b) + clock.between(b, c) == clock.between(a, c)


@LAW
@given(
    clock=CLOCKS,
    at_s=st.lists(INSTANTS, max_size=12),
    open_s=st.integers(0, 30 * HOUR_S),
    days=st.integers(0, 9),
)
def test_numbers_and_arrays_are_answered_alike(clock: Clock, at_s: list[int], open_s: int, days: int):
    fresh = Clock.of(clock.calendar, clock.timeline, clock.first_s, clock.first_s)
    array = np.array(at_s, dtype=np.int64)
    answers = {
        "open_s": (fresh.open_s(array), [clock.open_s(s) for s in at_s]),
        "next_open": (fresh.next_open(array), [clock.next_open(s) for s in at_s]),
        "between": (fresh.between(array, array + 5000), [clock.between(s, s + 5000) for s in at_s]),
        "add": (fresh.add(array, open_s), [clock.add(s, open_s) for s in at_s]),
        "add each": (fresh.add(7, np.abs(array) % 90_000), [clock.add(7, abs(s) % 90_000) for s in at_s]),
        "add_working_days": (
            fresh.add_working_days(array, days),
            [clock.add_working_days(s, days) for s in at_s],
        ),
    }
    for name, (together, one_by_one) in answers.items():
        assert together.dtype == np.int64, name
        assert together.tolist() == one_by_one, name
        assert all(type(answer) is int for answer in one_by_one), name


@pytest.mark.parametrize("order", ["rising", "falling", "far apart"])
@pytest.mark.parametrize("hours", [OFFICE, NIGHT, ALWAYS])
def test_numbers_and_arrays_are_answered_alike_at_every_edge(hours: Calendar, order: str):
    """At begins and ends of open periods, at midnights and at both clock changes of a year, a second to either side."""
    timeline = Timeline.midnight(date(2026, 3, 1), BERLIN)
    clock = Clock.of(hours, timeline, 0, 260 * DAY_S)
    begins, ends, *_ = clock.periods()
    changes = [timeline.second(day, minute) for day in (date(2026, 3, 29), date(2026, 10, 25)) for minute in (120, 180)]
    nights = [timeline.second(date.fromordinal(date(2026, 3, 1).toordinal() + day), 0) for day in range(0, 240, 7)]
    edges = np.concatenate([begins[1::9], ends[1::9], begins[15:50], ends[15:50], changes, nights]).astype(np.int64)
    at_s = np.unique(np.concatenate([edges - 1, edges, edges + 1]))
    if order != "rising":
        at_s = at_s[::-1].copy() if order == "falling" else at_s[np.argsort(at_s % 97)]
    one = at_s.tolist()
    assert clock.open_s(at_s).tolist() == [clock.open_s(s) for s in one]
    assert clock.next_open(at_s).tolist() == [clock.next_open(s) for s in one]
    for more in (0, 1, 3 * HOUR_S, 9 * HOUR_S):
        assert clock.add(at_s, more).tolist() == [clock.add(s, more) for s in one], more
    for days in (0, 1, 5):
        assert clock.add_working_days(at_s, days).tolist() == [clock.add_working_days(s, days) for s in one], days


@LAW
@given(clock=CLOCKS, at_s=INSTANTS, open_s=st.integers(0, 3000 * HOUR_S))
def test_the_span_compiled_at_first_changes_no_answer(clock: Clock, at_s: int, open_s: int):
    wide = Clock.of(clock.calendar, clock.timeline, -200 * DAY_S, 900 * DAY_S)
    assert wide.add(at_s, open_s) == clock.add(at_s, open_s)
    assert wide.between(at_s, at_s + open_s) == clock.between(at_s, at_s + open_s)
    assert wide.add_working_days(at_s, 40) == clock.add_working_days(at_s, 40)


def test_a_number_of_numpy_gives_a_python_number():
    _, clock = office()
    for answer in (
        clock.open_s(np.int64(50_000)),
        clock.add(np.int64(50_000), np.int64(7)),
        clock.next_open(np.int64(1)),
    ):
        assert type(answer) is int


def test_time_cannot_be_added_backwards():
    _, clock = office()
    for wrong in (lambda: clock.add(0, -1), lambda: clock.add(np.array([0, 1]), np.array([5, -1]))):
        with pytest.raises(ValueError, match="open seconds to add must be at least 0, got -1"):
            wrong()
    with pytest.raises(ValueError, match="working days to add must be at least 0, got -2"):
        clock.add_working_days(0, -2)


def test_a_due_beyond_all_calendars_is_refused():
    _, clock = office()
    with pytest.raises(ValueError, match="an instant must lie within the years 1800 to 2399"):
        clock.add(0, 10**12)


def test_a_clock_that_ends_before_it_begins_is_refused():
    timeline = Timeline.midnight(date(2026, 3, 2), SHANGHAI)
    with pytest.raises(ValueError, match="must end at or after its beginning, got 5 s to 4 s"):
        Clock.of(OFFICE, timeline, 5, 4)


def test_a_clock_survives_pickling():
    _, clock = office()
    copy = pickle.loads(pickle.dumps(clock))
    assert copy.add(12_345, 99_999) == clock.add(12_345, 99_999)
