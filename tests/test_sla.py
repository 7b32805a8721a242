"""Agreements: dues by hand, pauses and reopening, presets, and what is refused."""

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.calendar import WEEKDAYS, Calendar, Clock, Timeline
from sim.sla import PRESETS, Clause, Sla, SlaClock, Target, cycles

LAW = settings(derandomize=True, deadline=None, max_examples=60)
DAY_S, HOUR_S = 86_400, 3600
OFFICE = Calendar(hours=dict.fromkeys(WEEKDAYS[:5], ("09:00-12:00", "13:30-18:00")))
TIMELINE = Timeline.midnight(date(2026, 3, 2), "Asia/Shanghai")
OFFICE_CLOCK = Clock.of(OFFICE, TIMELINE, 0, 60 * DAY_S)


def clock_of(sla: Sla, **calendars: Calendar) -> SlaClock:
    return SlaClock.of(sla, {"office": OFFICE, **calendars}, TIMELINE, 0, 60 * DAY_S)


def at(text: str) -> int:
    when = datetime.fromisoformat(f"2026-03-{text}")
    return TIMELINE.second(when.date(), 60 * when.hour + when.minute)


def shown(at_s: int | None) -> str:
    assert at_s is not None
    return TIMELINE.iso(at_s)[8:16].replace("T", " ")


def resolved_in(**target: object) -> Sla:
    """Return an agreement on the resolution of normal tickets, on office hours."""
    clause = Clause.model_validate({"calendar": "office", **target})
    return Sla(priorities={"normal": Target(resolution=clause)})


@pytest.mark.parametrize(
    ("priority", "created", "response", "resolution"),
    [
        ("urgent", "06 17:45", "06 18:15", "06 21:45"),
        ("important", "06 17:00", "09 10:00", "09 17:00"),
        ("normal", "06 16:00", "09 16:30", "11 16:00"),
        ("normal", "07 10:00", "10 09:30", "11 10:00"),
    ],
)
def test_preset_003_by_hand(priority: str, created: str, response: str, resolution: str):
    """Friday is the 6th; an office day has 7.5 hours, from 09:00 to 12:00 and from 13:30 to 18:00.

    Important, Friday 17:00: one of two hours on Friday, one on Monday, and the next working day at 17:00.
    Normal, Friday 16:00: eight hours are two on Friday, three on Monday before lunch and three from 13:30 on.
    Normal, Saturday 10:00: 7.5 hours on Monday, half an hour on Tuesday; the third working day is Wednesday.
    """
    clock = clock_of(PRESETS["003"])
    assert shown(clock.due_response("any", priority, at(created))) == response
    assert shown(clock.due_resolution("any", priority, at(created))) == resolution


def test_preset_001_promises_an_answer_within_a_day_and_no_resolution():
    clock = SlaClock.of(PRESETS["001"], {}, TIMELINE, 0, DAY_S)
    for priority in ("urgent", "important", "normal"):
        assert clock.due_response("any", priority, at("07 10:00")) == at("08 10:00")
        assert clock.due_resolution("any", priority, at("07 10:00")) is None


def test_a_priority_without_a_target_falls_never_due():
    clock = clock_of(PRESETS["003"])
    assert clock.due_response("any", "someday", 0) is None
    assert clock.due_resolution("any", "someday", 0, [(1, 2)]) is None
    assert clock.due_response_array("any", "someday", np.arange(3)) is None


def test_a_kind_overrides_the_clauses_that_it_states_and_inherits_the_rest():
    refund = {"normal": Target(resolution=Clause(target_min=60))}
    clock = clock_of(PRESETS["003"].model_copy(update={"kinds": {"refund": refund}}))
    created = at("06 16:00")
    assert clock.due_resolution("refund", "normal", created) == created + HOUR_S
    assert clock.due_resolution("other", "normal", created) == at("11 16:00")
    assert clock.due_response("refund", "normal", created) == clock.due_response("other", "normal", created)
    assert clock.due_resolution("refund", "urgent", created) == created + 4 * HOUR_S


# Pauses


def test_a_pause_moves_the_due_by_its_open_seconds():
    """Five office hours from Friday 09:00 end at 15:30. Waiting from 11:00 to 14:00 costs 1.5 of them."""
    clock = clock_of(resolved_in(target_min=300))
    assert shown(clock.due_resolution("any", "normal", at("06 09:00"))) == "06 15:30"
    assert (
        shown(clock.due_resolution("any", "normal", at("06 09:00"), [(at("06 11:00"), at("06 14:00"))])) == "06 17:00"
    )


def test_a_pause_brings_a_later_pause_before_the_due():
    """The due of 15:30 moves to 17:00, so a pause from 16:00 to 17:30 counts and leads to Monday 09:30.

    Open and not paused: 2 hours to 11:00, 2 from 14:00 to 16:00, half an hour to 18:00, another on Monday.
    """
    clock = clock_of(resolved_in(target_min=300))
    pauses = [(at("06 16:00"), at("06 17:30")), (at("06 11:00"), at("06 14:00"))]
    assert shown(clock.due_resolution("any", "normal", at("06 09:00"), pauses)) == "09 09:30"
    assert shown(clock.due_resolution("any", "normal", at("06 09:00"), pauses[:1])) == "06 15:30"


def test_a_pause_that_begins_at_the_due_does_not_move_it():
    clock = clock_of(resolved_in(target_min=300))
    assert (
        shown(clock.due_resolution("any", "normal", at("06 09:00"), [(at("06 15:30"), at("06 17:00"))])) == "06 15:30"
    )


def test_a_pause_in_closed_hours_moves_nothing():
    """From Friday 11:00, 5.5 open hours end at 18:00; a pause over lunch and one after that cost none."""
    clock = clock_of(resolved_in(target_min=330))
    pauses = [(at("06 12:00"), at("06 13:30")), (at("06 18:00"), at("09 09:00"))]
    assert shown(clock.due_resolution("any", "normal", at("06 11:00"), pauses)) == "06 18:00"


def test_a_pause_moves_a_due_in_working_days_by_its_open_seconds():
    """Friday 16:00 and one working day is Monday 16:00.

    Waiting from Friday 17:00 to Monday 10:00 is two open hours, to 18:00. Waiting on Monday from 15:00 to
    18:00 is three: two of them fit between 16:00 and 18:00, the third ends on Tuesday 10:00.
    """
    clock = clock_of(resolved_in(working_days=1))
    pauses = [(at("06 17:00"), at("09 10:00"))]
    assert shown(clock.due_resolution("any", "normal", at("06 16:00"), pauses)) == "09 18:00"
    assert (
        shown(clock.due_resolution("any", "normal", at("06 16:00"), [(at("09 15:00"), at("09 18:00"))])) == "10 10:00"
    )


def test_pauses_that_overlap_count_once_and_time_before_creation_not_at_all():
    clock = clock_of(resolved_in(target_min=300))
    created = at("06 10:00")
    plain = clock.due_resolution("any", "normal", created, [(at("06 10:00"), at("06 12:00"))])
    overlapping = [
        (at("06 09:00"), at("06 11:30")),
        (at("06 10:30"), at("06 12:00")),
        (at("06 10:40"), at("06 11:00")),
    ]
    assert clock.due_resolution("any", "normal", created, overlapping) == plain


def test_a_pause_that_ends_before_it_begins_is_refused():
    clock = clock_of(resolved_in(target_min=300))
    with pytest.raises(ValueError, match="a pause must not end before it begins, got 9 s to 8 s"):
        clock.due_resolution("any", "normal", 0, [(9, 8)])


PAUSES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 60)), max_size=6).map(
    lambda drawn: [(1800 * begin, 1800 * (begin + length)) for begin, length in drawn]
)


@LAW
@given(created_s=st.integers(0, 10 * DAY_S), pauses=PAUSES, target_min=st.integers(1, 3000))
def test_a_due_in_hours_is_the_first_instant_at_which_open_time_less_pauses_reaches_the_target(
    created_s: int, pauses: list[tuple[int, int]], target_min: int
):
    """Moving the due pause by pause and counting the unpaused open seconds are the same reading."""
    clock = clock_of(resolved_in(target_min=target_min))
    due = clock.due_resolution("any", "normal", created_s, pauses)
    assert due is not None
    paused = np.zeros(due, dtype=bool)
    for begin, end in pauses:
        paused[begin:end] = True
    seconds = np.flatnonzero(~paused[created_s:]) + created_s
    opened = OFFICE_CLOCK.open_s(seconds + 1) - OFFICE_CLOCK.open_s(seconds)
    assert int(opened.sum()) == 60 * target_min
    assert opened[-1] == 1
    assert seconds[-1] == due - 1


@LAW
@given(created_s=st.integers(0, 10 * DAY_S), pauses=PAUSES, days=st.integers(1, 5))
def test_more_pauses_never_bring_a_due_forward(created_s: int, pauses: list[tuple[int, int]], days: int):
    clock = clock_of(resolved_in(working_days=days))
    dues = [clock.due_resolution("any", "normal", created_s, sorted(pauses)[:n]) for n in range(len(pauses) + 1)]
    assert dues == sorted(d for d in dues if d is not None)
    assert dues[0] == OFFICE_CLOCK.add_working_days(created_s, days)


# Reopening


def test_after_a_reopening_the_clock_resumes_restarts_or_begins_a_new_cycle():
    """Created Friday 09:00, resolved 11:00, reopened 15:00; five office hours are promised.

    Resume: two hours were used, the three left begin at 15:00 and end at 18:00. Restart and new cycle: five
    hours from 15:00 end on Monday 11:00; the new cycle keeps the first due, 15:30, for the first cycle.
    """
    clock = clock_of(resolved_in(target_min=300))
    reopened = [(at("06 11:00"), at("06 15:00"))]

    def dues(reopen: str) -> list[str]:
        runs = cycles(reopen, at("06 09:00"), [], reopened)
        return [shown(clock.due_resolution("any", "normal", run.begin_s, run.pauses)) for run in runs]

    assert dues("resume") == ["06 18:00"]
    assert dues("restart") == ["09 11:00"]
    assert dues("new_cycle") == ["06 15:30", "09 11:00"]


def test_a_wait_belongs_to_the_cycle_in_which_it_began():
    runs = cycles("new_cycle", 0, [(60, 70), (10, 20)], [(30, 50), (80, 90)])
    assert runs == ((0, ((10, 20),)), (50, ((60, 70),)), (90, ()))
    assert cycles("restart", 0, [(60, 70), (10, 20)], [(30, 50)]) == ((50, ((60, 70),)),)
    assert cycles("resume", 0, [(60, 70), (10, 20)], [(30, 50)]) == ((0, ((10, 20), (30, 50), (60, 70))),)


def test_a_ticket_never_reopened_has_one_cycle_in_every_mode():
    for reopen in ("resume", "restart", "new_cycle"):
        assert cycles(reopen, 7, [(8, 9)], []) == ((7, ((8, 9),)),)


# Arrays


@pytest.mark.parametrize("priority", ["urgent", "important", "normal"])
def test_arrays_fall_due_like_their_tickets(priority: str):
    clock = clock_of(PRESETS["003"])
    created = np.arange(0, 20 * DAY_S, 40_013)
    response, resolution = (f("any", priority, created) for f in (clock.due_response_array, clock.due_resolution_array))
    assert response is not None and resolution is not None
    assert response.tolist() == [clock.due_response("any", priority, s) for s in created.tolist()]
    assert resolution.tolist() == [clock.due_resolution("any", priority, s) for s in created.tolist()]


# What is refused


def test_an_unknown_calendar_names_the_clause_and_the_nearest_calendar():
    sla = Sla(priorities={"normal": Target(response=Clause(target_min=5, calendar="offise"))})
    with pytest.raises(ValueError, match=r"priority 'normal', response: no calendar 'offise'; did you mean 'office'\?"):
        clock_of(sla)


def test_an_unknown_calendar_like_no_other_lists_those_known():
    sla = Sla(
        priorities={"normal": Target()},
        kinds={"refund": {"normal": Target(resolution=Clause(target_min=5, calendar="zz"))}},
    )
    message = "kind 'refund', priority 'normal', resolution: no calendar 'zz'; known are always, office"
    with pytest.raises(ValueError, match=message):
        clock_of(sla)


def test_always_cannot_be_given_other_hours():
    with pytest.raises(ValueError, match="calendar 'always' is open around the clock"):
        clock_of(PRESETS["001"], always=OFFICE)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "either target_min or working_days, got neither"),
        ({"target_min": 5, "working_days": 1}, "either target_min or working_days, got both"),
        ({"target_min": 0}, "greater than 0"),
        ({"target_min": -5}, "greater than 0"),
        ({"working_days": 0}, "greater than 0"),
        ({"target_min": 10**9}, "less than or equal"),
        ({"target_min": 5.5}, "valid integer"),
        ({"target_min": 5, "calender": "office"}, "Extra inputs are not permitted"),
    ],
)
def test_a_clause_that_makes_no_sense_is_refused(fields: dict[str, object], message: str):
    with pytest.raises(ValidationError, match=message):
        Clause.model_validate(fields)


def test_a_kind_cannot_override_a_priority_that_the_agreement_lacks():
    stated = {"priorities": {"normal": {}}, "kinds": {"refund": {"norml": {}}}}
    with pytest.raises(ValidationError, match=r"kind 'refund': no priority 'norml'; did you mean 'normal'\?"):
        Sla.model_validate(stated)
