"""Tables of public holidays: what they state, what calendars take of them, what is refused."""

from datetime import date

import pytest
from pydantic import ValidationError

from scenarios import ScenarioError, load, load_what_if
from scenarios.files.holidays import read_table, table_named, table_names
from sim.calendar import WEEKDAYS, Calendar, Clock, Timeline
from tests.desks import DESK

OFFICE = '[calendars.office]\npublic_holidays = "cn"\n' + "".join(
    f'hours.{day} = ["09:00-18:00"]\n' for day in WEEKDAYS[:5]
)


@pytest.fixture
def write(tmp_path):
    def make(content, name="desk.toml"):
        path = tmp_path / name
        path.write_text(content, "utf-8")
        return path

    return make


def office(write, more="", start="2026-03-02"):
    text = DESK.replace("2026-03-02", start) + OFFICE + more
    return load(write(text)).calendars["office"]


@pytest.mark.parametrize("name", table_names())
def test_every_table_that_comes_along_is_sound(name):
    table = table_named(name)
    assert list(table.years) == list(range(table.years[0], table.years[-1] + 1))
    assert {day.year for day in table.holidays} == set(table.years)


def test_the_chinese_table_has_the_days_that_the_law_fixes_in_every_year():
    """Eleven fixed days until 2024, thirteen from 2025 on: the eve of the Spring Festival and the second of May."""
    table = table_named("cn")
    assert table.years == (2024, 2025, 2026)
    for year in table.years:
        days = {day for day in table.holidays if day.year == year}
        fixed = [(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)] + ([(5, 2)] if year > 2024 else [])
        assert days >= {date(year, month, day) for month, day in fixed}
    eves = {date(2025, 1, 28), date(2026, 2, 16)}
    moon = {date(2024, 6, 10), date(2025, 5, 31), date(2026, 6, 19), date(2024, 9, 17), date(2025, 10, 6),
            date(2026, 9, 25)}  # fmt: skip
    assert {*table.holidays} >= eves | moon


def test_every_day_off_that_joins_a_festival_is_worked_on_a_weekend():
    """2026: 33 days off, of which 9 + 2 + 2 fall on weekends.

    Days off from Monday to Friday: 1-2 January (2), 16-20 and 23 February (6), 6 April (1), 1, 4, 5 May (3),
    19 June (1), 25 September (1), 1, 2, 5, 6, 7 October (5): 19. The law grants 13; six weekend days are
    worked for the rest.
    """
    table = table_named("cn")
    off = [day for day in table.holidays if day.year == 2026 and day.weekday() < 5]
    worked = [day for day in table.make_up_days if day.year == 2026]
    assert (len(off), len(worked), len(off) - len(worked)) == (19, 6, 13)


def test_a_calendar_takes_the_days_of_the_table(write):
    """Saturday 28 February 2026 is worked; 1 working day after Friday the 27th at 10:00 is that Saturday at 10:00.

    Spring Festival: 1 working day after Saturday 14 February (worked) at 10:00 is Tuesday the 24th.
    """
    calendar = office(write)
    assert calendar.years == (2024, 2025, 2026)
    timeline = Timeline.midnight(date(2026, 2, 2), "Asia/Shanghai")
    clock = Clock.of(calendar, timeline, 0, 40 * 86_400)

    def later(day):
        return timeline.iso(clock.add_working_days(timeline.second(day, 600), 1))[:16]

    assert later(date(2026, 2, 27)) == "2026-02-28T10:00"
    assert later(date(2026, 2, 14)) == "2026-02-24T10:00"


def test_a_date_of_the_calendar_goes_before_the_tables(write):
    calendar = office(write, "holidays = [2026-02-28, 2026-03-03]\nmake_up_days = [2026-02-23]\n")
    assert date(2026, 2, 28) in calendar.holidays and date(2026, 2, 28) not in calendar.make_up_days
    assert date(2026, 2, 23) in calendar.make_up_days and date(2026, 2, 23) not in calendar.holidays
    assert date(2026, 3, 3) in calendar.holidays and date(2026, 5, 9) in calendar.make_up_days


def test_a_run_in_a_year_that_the_table_lacks_is_refused_by_name(write):
    with pytest.raises(ScenarioError) as caught:
        office(write, start="2026-12-28")
    said = "calendars.office: holidays are stated for 2024, 2025, 2026, but the run reaches into 2027"
    assert said in str(caught.value)
    assert "而运行时段延伸到 2027 年" in caught.value.say("zh")
    assert office(write, start="2026-12-25")


def test_a_what_if_that_moves_the_run_out_of_the_table_is_refused(write):
    base = load(write(DESK + OFFICE))
    with pytest.raises(ScenarioError, match="reaches into 2023"):
        load_what_if(base, write('title = "a"\n[change]\nstart = 2023-12-25\n', "what.toml"))
    assert load_what_if(base, write('title = "a"\n[change]\nweeks = 2\n', "other.toml")).calendars == base.calendars


@pytest.mark.parametrize(
    ("name", "said"),
    [("cnn", "there is no table of public holidays \"cnn\"; did you mean 'cn'?"), ("zz", 'holidays "zz"; known: cn')],
)
def test_an_unknown_table_is_answered_with_the_known(write, name, said):
    with pytest.raises(ScenarioError) as caught:
        load(write(DESK + OFFICE.replace('"cn"', f'"{name}"')))
    assert "calendars.office.public_holidays: " in str(caught.value) and said in str(caught.value)


@pytest.mark.parametrize("wrong", ["holidays = 3\n", "years = 3\n", "public_holidays = 3\n", "make_up_days = [3.5]\n"])
def test_what_is_no_list_of_dates_is_named(write, wrong):
    text = OFFICE.replace(
        'public_holidays = "cn"\n', wrong if "public" in wrong else 'public_holidays = "cn"\n' + wrong
    )
    with pytest.raises(ScenarioError, match=f"calendars.office.{wrong.split()[0]}"):
        load(write(DESK + text))


def test_a_calendar_made_in_python_cannot_leave_its_table_unread():
    with pytest.raises(ValidationError, match="public_holidays = 'cn' is looked up where a file is read"):
        Calendar(hours={"mon": ("09:00-18:00",)}, public_holidays="cn")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[2026]\nholidays = [2026-05-01]\nmake_up_days = [2026-05-01]\n",
            "2026-05-01 is both a holiday and a make-up",
        ),
        (
            "[2026]\nholidays = [2025-05-01]\n",
            "t.toml:2:13: 2026.holidays.0: 2025-05-01 lies in another year than 2026",
        ),
        ("[2026]\nholidays = [2026-05-01, 2026-05-01]\n", "2026-05-01 is named twice"),
        ("[2026]\nmake_up_days = [2026-05-08]\n", "2026-05-08 is no Saturday or Sunday"),
        ("[2026]\nholidays = [20260501]\n", "expected a date as 2026-05-01, got 20260501"),
        ("[2026]\nholidays = [2026-05-01T08:00:00]\n", "expected a date as 2026-05-01"),
        ("[2026]\nfestivals = []\n", "a year has the lists holidays and make_up_days"),
        ("[soon]\n", "expected a table of a year, as [2026]"),
        ("2026 = 3\n", "expected a table of a year, as [2026]"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_with_its_place(write, text, said):
    with pytest.raises(ScenarioError) as caught:
        read_table(write(text, "t.toml"), "t.toml")
    assert said in str(caught.value)
