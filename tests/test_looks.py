"""The numbers behind the closer looks: a ticket's course, a person's day, the week by hour, queue against capacity."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from scenarios import load
from scenarios.looks import Asked, checked_day, days_of, looks_at, person_named, ticket_named
from scenarios.plots import hours, standing, walls
from scenarios.plots.course import Due, Waited, course
from scenarios.plots.lanes import colours, groups
from scenarios.plots.working_day import Off, working_day
from scenarios.problems import ScenarioError
from sim import model, sample
from sim.calendar import WEEKDAYS, Calendar, Timeline
from sim.crew import crew_of
from sim.desk import Law
from sim.log import Log
from sim.sla import Clause, Sla, Target

MONDAY = date(2026, 3, 2)
DAY_S = 86_400
H = 3600
HOUR_SLA = Sla(
    priorities={"normal": Target(response=Clause(target_min=5), resolution=Clause(target_min=60))}, warning_min=0
)

_TYPES = {"number": pl.Int32, "who": pl.String, "reason": pl.String, "value": pl.Int64}


def log_of(
    moments: list[tuple[Any, ...]], touches: list[dict[str, Any]] | None = None, until_s: int = 7 * DAY_S,
    shifts: list[dict[str, Any]] | None = None, labels: dict[int, str] | None = None, **rest: Any,
) -> Log:  # fmt: skip
    """Return a log of moments (ticket, second, what, who, perhaps reason and value), in UTC from a Monday on."""
    tickets = sorted({ticket for ticket, *_ in moments})
    rows = [
        {"ticket": t, "at_s": at_s, "number": number, "what": what, "who": who, "reason": more[0] if more else None}
        | {"value": more[1] if more[1:] else None}
        for number, (t, at_s, what, who, *more) in enumerate(moments)
    ]
    cases = pl.DataFrame({"ticket": tickets, "kind": "question", "priority": "normal"})
    cases = cases.with_columns(label=pl.Series([(labels or {}).get(t) for t in tickets], dtype=pl.String))
    return Log.of(
        timeline=Timeline.midnight(MONDAY, "UTC"), until_s=until_s, priorities=("normal",), cases=cases,
        moments=pl.DataFrame(rows, schema_overrides=_TYPES),
        touches=pl.DataFrame(touches) if touches else None, shifts=pl.DataFrame(shifts) if shifts else None, **rest,
    )  # fmt: skip


def touch(ticket: int, person: str, queued: int, started: int, ends: int, **rest: Any) -> dict[str, Any]:
    """Return a touch that was assigned when it began and worked on all the time, unless the rest says otherwise."""
    whole = {
        "ticket": ticket, "person": person, "team": "desk", "queued_s": queued, "assigned_s": started,
        "started_s": started, "ended_s": ends, "work_s": ends - started, "ended": "done",
    }  # fmt: skip
    return whole | rest


def shift(person: str, start: int, end: int, **rest: Any) -> dict[str, Any]:
    """Return a shift of which nothing is told but what the rest says."""
    parts = dict.fromkeys(("busy_s", "break_s", "meeting_s", "late_s", "absent_s", "overtime_s"), 0)
    whole = {
        "person": person,
        "team": "desk",
        "start_s": start,
        "end_s": end,
        "paid_s": end - start,
        "presence": "present",
    }
    return whole | parts | rest


def told() -> Log:
    """Return a ticket that was asked back, resolved, reopened and resolved again by somebody else."""
    moments = [
        (7, 9 * H, "created", None), (7, 33_000, "reply", "Ana"), (7, 33_600, "wait_begins", "Ana"),
        (7, 37_200, "wait_ends", None), (7, 37_860, "resolved", "Ana"), (7, 41_460, "reopened", None),
        (7, 42_060, "resolved", "Bo"), (7, 42_060 + 3 * DAY_S, "closed", None),
    ]  # fmt: skip
    touches = [
        touch(7, "Ana", 9 * H, 33_000, 33_600, assigned_s=32_700, ended="parked"),
        touch(7, "Ana", 37_200, 37_260, 37_860, assigned_s=37_200), touch(7, "Bo", 41_460, 41_460, 42_060),
    ]  # fmt: skip
    return log_of(moments, touches, sla=HOUR_SLA)


def test_the_course_of_a_ticket_tells_what_it_waited_for_and_what_was_promised() -> None:
    """Created 09:00. In the queue for 5 minutes, then 5 minutes in Ana's list; asked back at 09:20 for an hour; a
    minute in Ana's list; resolved 10:31, back after an hour, and Bo takes it at once.

    The reply was due 09:05 and came 09:10. The resolution was due 10:00, moved by the hour of the question and the
    hour of rest to 12:00 = 43200; Bo resolved at 42060, in time.
    """
    found = course(told(), 7)
    assert found.waits == [
        Waited("queue", None, 32_400, 32_700), Waited("inbox", "Ana", 32_700, 33_000),
        Waited("requester", None, 33_600, 37_200), Waited("inbox", "Ana", 37_200, 37_260),
        Waited("resolved", None, 37_860, 41_460),
    ]  # fmt: skip
    assert found.dues == [
        Due("response", 32_400, 32_700, 33_000, False), Due("resolution", 32_400, 43_200, 42_060, True),
    ]  # fmt: skip
    assert (found.closed, found.closed_by) == ([], "")
    # The picture ends with the due, not with the closing three days later; a fiftieth is left free on either side.
    assert (found.begin_s, found.end_s) == (32_400 - 216, 43_200 + 216)


def test_a_wait_for_a_third_party_and_a_promise_that_cannot_be_told_are_said_as_such() -> None:
    moments = [
        (0, 100, "created", None), (0, 160, "reply", "Ana"), (0, 200, "wait_begins", "Ana", "third_party"),
    ]  # fmt: skip
    found = course(log_of(moments, until_s=900, sla=HOUR_SLA), 0)
    assert found.waits == [Waited("first_reply", None, 100, 160), Waited("third_party", None, 200, 900)]
    assert found.dues == [Due("response", 100, 400, 160, True), Due("resolution", 100, 3700, None, None)]


def test_a_promise_that_was_broken_and_never_kept_is_broken() -> None:
    log = log_of([(0, 0, "created", None)], until_s=10_000, sla=HOUR_SLA)
    assert [(due.done_s, due.met) for due in course(log, 0).dues] == [(None, False), (None, False)]
    assert course(log, 0).waits == [Waited("first_reply", None, 0, 10_000)]


def test_closed_hours_are_those_of_the_target_s_calendar() -> None:
    """From Monday 17:00 to Tuesday 10:00, an office that is open from 9 to 18 is closed from 18:00 to 9:00."""
    office = Calendar(hours=dict.fromkeys(WEEKDAYS[:5], ("09:00-18:00",)))
    sla = Sla(priorities={"normal": Target(resolution=Clause(target_min=60, calendar="office"))}, warning_min=0)
    moments = [(0, 17 * H, "created", None), (0, 34 * H, "resolved", "Ana")]
    log = log_of(moments, sla=sla, calendars={"office": office})
    assert course(log, 0).closed == [(18 * H, 33 * H)]
    assert course(log, 0).closed_by == "calendar"


def test_without_a_calendar_the_hours_are_shaded_in_which_nobody_is_on_duty() -> None:
    """Ana is there from 9 to 12, Bo from 11 to 13, Cy is absent; from 8 to 14 that leaves the first and last hour."""
    shifts = [shift("Ana", 9 * H, 12 * H), shift("Bo", 11 * H, 13 * H), shift("Cy", 8 * H, 14 * H, absent_s=6 * H)]
    log = log_of([(0, 0, "created", None)], shifts=shifts)
    assert walls.shaded(log, "", 8 * H, 14 * H) == ([(8 * H, 9 * H), (13 * H, 14 * H)], "duty")


def test_marks_of_an_axis_stand_at_round_local_times() -> None:
    """In Kathmandu, 5:45 before UTC, 10:00 is 15300 s after 05:45, which second 0 is at 00:00 UTC."""
    timeline = Timeline.midnight(MONDAY, "Asia/Kathmandu")
    at_s, labels = walls.ticks(timeline, 9 * H + 1, 12 * H)
    assert labels == ["09:30\n03-02", "10:00", "10:30", "11:00", "11:30", "12:00"]
    assert at_s[1] == 10 * H
    assert walls.ticks(timeline, 0, 20)[1][:2] == ["00:00:00\n03-02", "00:00:05"]


def test_marks_of_a_long_axis_are_days_and_never_many() -> None:
    timeline = Timeline.midnight(MONDAY, "UTC")
    for days in (1, 3, 20, 90, 700):
        assert 2 <= len(walls.ticks(timeline, 0, days * DAY_S)[0]) <= 9
    assert walls.ticks(timeline, 0, 3 * DAY_S)[1][:3] == ["00:00\n03-02", "12:00", "00:00\n03-03"]


def test_marks_jump_with_the_clocks() -> None:
    """In Berlin on 29 March 2026 the clock goes from 01:59 to 03:00, so 06:00 is five hours after midnight."""
    timeline = Timeline.midnight(date(2026, 3, 29), "Europe/Berlin")
    at_s, labels = walls.ticks(timeline, 0, 23 * H, 5)
    assert dict(zip(labels, at_s, strict=True))["06:00"] == 5 * H


def test_stretches_less_others_are_what_is_left() -> None:
    assert walls.less([(0, 10), (20, 30)], [(2, 4), (8, 22), (29, 40)]) == [(0, 2), (4, 8), (22, 29)]
    begin, end = walls.union(np.array([5, 0, 9, 3]), np.array([7, 4, 9, 5]))
    assert (begin.tolist(), end.tolist()) == ([0], [7])


def a_day() -> Log:
    """Return Ana's Monday: a shift from 9 to 12 with two tickets at once and one beyond the end."""
    worked = [
        touch(0, "Ana", 0, 33_000, 36_000),
        touch(1, "Ana", 0, 34_000, 36_400),
        touch(2, "Ana", 0, 42_000, 43_800),
    ]
    moments = [(t, 0, "created", None) for t in range(3)]
    rest = {"busy_s": 4600, "break_s": 900, "late_s": 600, "overtime_s": 600}
    return log_of(moments, worked, shifts=[shift("Ana", 9 * H, 12 * H, **rest)])


def test_a_person_s_day_adds_up() -> None:
    """Rostered 10800 s: 600 late, 900 break, busy 33000-36400 and 42000-43200 = 4600, so idle 4700.

    Without touches are 36400-42000 = 5600 s, which are the idle ones and the break, as a log does not tell when that
    was. After the shift 600 s are overtime. As in the KPI, lateness counts as time at work: 4600 / (4600 + 4700 + 600).
    """
    found = working_day(a_day(), "Ana", MONDAY)
    assert found.sums == {
        "busy": 4600, "idle": 4700, "break": 900, "meeting": 0, "late": 600, "absent": 0, "rostered": 10_800,
        "overtime": 600,
    }  # fmt: skip
    assert found.idle == [(36_400, 42_000)]
    assert found.overtime == [(43_200, 43_800)]
    assert found.utilisation() == pytest.approx(4600 / 9900)
    assert [(each.ticket, each.lane) for each in found.worked] == [("0", 0), ("1", 1), ("2", 0)]
    assert found.offs is None


def test_a_touch_that_goes_on_the_next_day_is_drawn_only_on_duty() -> None:
    """Begun Monday 11:40, stopped at 12:00 and finished on Tuesday from 9:00 to 9:10: 1200 s and 600 s of work."""
    shifts = [shift("Ana", 9 * H, 12 * H), shift("Ana", DAY_S + 9 * H, DAY_S + 12 * H)]
    worked = [touch(0, "Ana", 0, 42_000, DAY_S + 33_000, work_s=1800)]
    log = log_of([(0, 0, "created", None)], worked, shifts=shifts)
    monday, tuesday = (working_day(log, "Ana", day) for day in (MONDAY, date(2026, 3, 3)))
    assert monday.worked[0].stretches == [(42_000, 43_200)]
    assert tuesday.worked[0].stretches == [(DAY_S + 32_400, DAY_S + 33_000)]
    assert tuesday.idle == [(DAY_S + 33_000, DAY_S + 43_200)]


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    log = log_of([(0, 0, "created", None)], [touch(0, "Ana", 0, 25 * H, 26 * H)], shifts=[shift("Ana", 22 * H, 30 * H)])
    found = working_day(log, "Ana", MONDAY)
    assert [each.begin_s for each in found.worked] == [25 * H]
    assert found.idle == [(22 * H, 25 * H), (26 * H, 30 * H)]


def test_a_day_of_a_log_without_shifts_says_so_and_has_no_utilisation() -> None:
    log = log_of([(0, 0, "created", None), (0, 60, "reply", "Ana")], [touch(0, "Ana", 0, 60, 120)])
    found = working_day(log, "Ana", MONDAY)
    assert found.no_shifts
    assert found.utilisation() is None
    assert found.sums["rostered"] is None
    assert found.moments == [(60, "0", "reply")]
    assert working_day(log, "Ana", date(2026, 3, 4)).empty()


def test_every_simulated_day_adds_up_to_what_the_log_says() -> None:
    """Idle time and overtime as stretches of the picture are the sums of the log, to the second."""
    base = load("academy_small").changed(weeks=1)
    staff = base.staff
    roles = {
        name: role.changed(absent=0.15, late=0.4, late_by=Law(mean_min=20.0)) for name, role in staff.roles.items()
    }
    desk = base.changed(staff=staff.changed(roles=roles))
    log, _ = model.run(desk, sample(desk, 3))
    crew = crew_of(desk, 3)
    seen = set()
    for person, start_s in log.shifts.select("person", "start_s").iter_rows():
        found = working_day(log, person, walls.date_of(log.timeline, start_s), crew)
        assert sum(end - begin for begin, end in found.idle) == found.sums["idle"]
        assert sum(end - begin for begin, end in found.overtime) == found.sums["overtime"]
        seen |= {off.what for off in found.offs or ()}
    assert seen == {"break", "late", "absent"}


def test_a_crew_knows_when_breaks_and_lateness_are() -> None:
    desk = load("academy_small").changed(weeks=1)
    log, _ = model.run(desk, sample(desk, 1))
    found = working_day(log, "tech_support#1", MONDAY, crew_of(desk, 1))
    assert found.offs == [Off("break", 12 * H, 13 * H)]


def two_weeks() -> Log:
    """Return four tickets: two on a Monday after 9, one on Tuesday at 10, one on the next Monday at 9."""
    at_s = [9 * H + 600, 9 * H + 3000, DAY_S + 10 * H, 7 * DAY_S + 9 * H]
    moments = [(t, when, "created", None) for t, when in enumerate(at_s)]
    worked = [
        touch(0, "Ana", at_s[0], at_s[0] + 600, at_s[0] + 2400),
        touch(1, "Ana", at_s[1], at_s[1] + 1800, at_s[1] + 5400),
    ]
    return log_of(moments, worked, until_s=14 * DAY_S, shifts=[shift("Ana", 9 * H, 11 * H + 1800)])


def test_the_week_by_hour_is_a_ratio_of_sums_over_the_weeks_that_were_observed() -> None:
    """Mondays 9 to 10: two tickets, then one, so 1.5 in the mean, and 1.1 to 1.9 are the middle 80 %.

    Tuesday 10 was seen once, as the log's last ticket comes on the second Monday. The two tickets waited 10 and 30
    minutes and bring 30 and 60 minutes of work, 1.5 hours in two such hours. Ana was there on one of two Mondays,
    half of the hour from 11 to 12.
    """
    found = hours.week(two_weeks())
    assert found.weeks == 2
    assert found.monday == MONDAY
    assert found.arrivals.mean[[9, 34]].tolist() == [1.5, 1.0]
    assert found.arrivals.n[[9, 34]].tolist() == [2, 1]
    assert (found.arrivals.low[9], found.arrivals.high[9]) == pytest.approx((1.1, 1.9))
    assert found.arrivals.chosen[9] == 2
    assert found.offered is not None
    assert found.offered.mean[9] == pytest.approx(0.75)
    assert found.waits.mean[9] == pytest.approx(20.0)
    assert (found.waits.n[9], found.waits_for, found.unserved) == (2, "start", 2)
    assert found.staffed is not None
    assert found.staffed.mean[[8, 9, 10, 11]].tolist() == [0.0, 0.5, 0.5, 0.25]
    later = hours.week(two_weeks(), date(2026, 3, 11))
    assert (later.monday, later.arrivals.chosen[9]) == (date(2026, 3, 9), 1.0)
    assert np.isnan(later.arrivals.chosen[34])


def test_a_log_without_touches_is_shown_by_its_first_replies() -> None:
    found = hours.week(log_of([(0, 9 * H, "created", None), (0, 9 * H + 300, "reply", "Ana")]))
    assert (found.offered, found.staffed, found.waits_for) == (None, None, "reply")
    assert found.waits.mean[9] == pytest.approx(5.0)


def test_seconds_are_held_by_the_hours_that_they_lie_in() -> None:
    found = hours.held(np.array([1800, 3000]), np.array([5400, 3600]), 3)
    assert found.tolist() == [1800 + 600, 1800, 0]


def at_nine() -> Log:
    """Return a Monday of two teams: one ticket waits from 9:30 to 10:00, Ana works on it and another at once."""
    moments = [(0, 9 * H + 1800, "created", None), (1, 10 * H, "created", None), (2, 9 * H, "created", None)]
    worked = [touch(0, "Ana", 9 * H + 1800, 10 * H, 10 * H + 1800), touch(1, "Ana", 10 * H, 10 * H, 10 * H + 900)]
    gone = {"ticket": 2, "queued_s": 9 * H, "ended_s": 9 * H + 600, "ended": "left"}
    shifts = [shift("Ana", 9 * H, 11 * H), shift("Bo", 9 * H, 10 * H, team="back")]
    return log_of(moments, [*worked, gone], shifts=shifts)


def test_queue_against_capacity_is_the_mean_of_an_hour() -> None:
    """From 9 to 10 a ticket waits for half an hour and another for 10 minutes; Ana and Bo are free.

    From 10 to 11 nobody waits; Ana has tickets in hand for half an hour, two at once count once, and Bo is gone.
    """
    found = standing.queue(at_nine())
    monday = found.days.waiting[0, [8, 9, 10, 11]]
    assert monday == pytest.approx([0, 0.5 + 1 / 6, 0, 0])
    assert found.days.free is not None
    assert found.days.on_duty is not None
    assert found.days.free[0, [9, 10, 11]].tolist() == [2.0, 0.5, 0.0]
    assert found.days.on_duty[0, [9, 10, 11]].tolist() == [2.0, 1.0, 0.0]
    assert found.days.gap()[0, 9] == pytest.approx(2 / 3 - 2)
    assert np.isnan(found.days.waiting[1]).all()
    assert found.days.n[:2, 9].tolist() == [1, 0]
    assert found.teams is not None
    assert found.teams.rows == ("back", "desk")
    assert found.teams.waiting[:, 9].tolist() == [0.0, 0.5]
    assert found.teams.free is not None
    assert found.teams.free[:, 9].tolist() == [1.0, 1.0]
    assert found.no_team == pytest.approx(600 / 2400)
    assert not found.breaks_known


def test_queue_of_a_log_without_shifts_has_no_capacity() -> None:
    found = standing.queue(log_of([(0, 0, "created", None), (0, 1800, "reply", "Ana")]))
    assert found.days.free is None
    assert found.teams is None
    assert found.waits_for == "reply"
    assert found.days.gap()[0, 0] == 0.5


def test_people_in_a_break_are_not_free_where_the_crew_is_known() -> None:
    desk = load("academy_small").changed(weeks=1)
    log, _ = model.run(desk, sample(desk, 1))
    known, told_by_log = standing.queue(log, crew_of(desk, 1)).days, standing.queue(log).days
    assert known.on_duty is not None
    assert told_by_log.on_duty is not None
    assert known.on_duty[0, 12] < told_by_log.on_duty[0, 12]
    for found in (known, told_by_log):
        assert found.free is not None
        assert found.on_duty is not None
        assert (found.free <= found.on_duty + 1e-9).all()


def test_a_ticket_is_found_by_its_label_before_its_number() -> None:
    log = log_of([(t, 0, "created", None) for t in range(3)], labels={0: "1", 1: "A-17"})
    assert ticket_named(log, "1") == 0
    assert ticket_named(log, "A-17") == 1
    assert ticket_named(log, "2") == 2
    with pytest.raises(ScenarioError, match=r'no ticket "A-71"; did you mean A-17\?'):
        ticket_named(log, "A-71")


def test_an_unknown_number_names_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r'no ticket "99"; did you mean 7\?'):
        ticket_named(told(), "99")


def test_an_unknown_person_or_day_names_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r'no person "Anna"; did you mean Ana\?'):
        person_named(told(), "Anna")
    with pytest.raises(ScenarioError, match="names no people"):
        person_named(log_of([(0, 0, "created", None)]), "Ana")
    with pytest.raises(ScenarioError, match="outside of the log, 2026-03-02 to 2026-03-08; the nearest is 2026-03-08"):
        checked_day(told(), "2026-04-01")
    with pytest.raises(ScenarioError, match="must be a date such as 2026-03-02"):
        checked_day(told(), "tomorrow")
    assert checked_day(told(), "2026-03-04") == date(2026, 3, 4)


def test_a_person_without_a_day_is_shown_on_the_fullest_and_an_empty_day_names_the_nearest() -> None:
    worked = [touch(0, "Ana", 0, DAY_S, DAY_S + 60), touch(0, "Ana", 0, 3 * DAY_S, 3 * DAY_S + 60)]
    worked.append(touch(0, "Ana", 0, 3 * DAY_S + 90, 3 * DAY_S + 120))
    log = log_of([(0, 0, "created", None)], worked)
    assert list(days_of(log, "Ana").values()) == [(1, 0, 0), (2, 0, 0)]
    fullest = looks_at(log, Asked(person="Ana")).day
    assert fullest is not None
    assert fullest.day == date(2026, 3, 5)
    assert looks_at(log, Asked(person="Ana", day=MONDAY)).near == date(2026, 3, 3)
    assert looks_at(log, Asked(person="Ana", day=date(2026, 3, 3))).near is None


def test_a_log_has_no_ticket_that_nobody_named() -> None:
    with pytest.raises(KeyError, match="no ticket 3"):
        course(told(), 3)


def test_numbers_that_stand_too_close_share_a_place() -> None:
    assert groups([0, 10, 19, 40], 20) == [(0, 2), (3, 3)]
    assert groups([], 20) == []


def test_the_most_frequent_kinds_have_colours_of_their_own() -> None:
    found = colours(["b", "a", "b", *"cdefgh"])
    assert list(found)[:2] == ["b", "a"]
    assert len(set(found.values())) == 8
    assert found["g"] != found["h"]
