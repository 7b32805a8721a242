"""Dispatching by hand: errors of the dispatcher, and dispatchers who are away.

Instants are minutes from Monday 2 March 2026, 00:00 UTC. The desks, and the way to write tickets and touches, are those
of `by_hand`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from sim import model
from sim.calendar import Calendar
from sim.desk import Absences, Desk, Dispatch, Triage
from sim.kpi import measure
from tests.by_hand import DAY, WEEK, H, T, always, desk_of, kind, stage, touches, world_of
from tests.test_escalation import both

TEAM: dict[str, dict[str, Any]] = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",)}}


def by_hand(*seats: str, **rest: Any) -> dict[str, Any]:
    return {"dispatch": Dispatch(delay=always(20), seats=seats, **rest)}


def test_a_ticket_that_a_dispatcher_gives_to_the_wrong_person_bounces_and_is_dispatched_anew() -> None:
    """At 20 the dispatcher gives it to bo, who pays; he finds out after 5 minutes; at 45 it is ana's. Of the two
    assignments one was right.
    """
    log = both(desk_of(TEAM, routing=by_hand(errors=1.0, finds_out=always(5))), T(0))
    assert touches(log, "person", "stage", "queued_s", "assigned_s", "ended_s", "ended", "reason") == [
        ("bo", 0, 0, 20, 25, "bounced", "misrouted"), ("ana", 0, 25, 45, 55, "done", None),
    ]  # fmt: skip
    assert log.moments.filter(pl.col("what") == "handed_on").select("at_s", "reason").rows() == [(1500, "misrouted")]
    assert measure(log, ["assignment_accuracy_rate"])["mean"].to_list() == [0.5]


def test_a_share_of_errors_is_a_share_of_tickets_and_who_may_do_all_is_no_error() -> None:
    """Of 400 tickets of which 0.3 are misgiven, 120 +- 4 sd of 9.2 bounce; where there is one skill, none can."""
    tickets = [T(20 * number, work=1) for number in range(400)]
    desk = desk_of(TEAM, routing=by_hand(errors=0.3, finds_out=always(1)))
    bounced = touches(model.run(desk, world_of(desk, *tickets))[0], "ended").count(("bounced",))
    assert 83 < bounced < 157
    one = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("answer",)}}
    desk = desk_of(one, routing=by_hand(errors=1.0, finds_out=always(1)))
    assert touches(model.run(desk, world_of(desk, *tickets))[0], "ended").count(("bounced",)) == 0


def test_what_was_sorted_wrongly_is_handed_on_after_a_delay_and_what_was_misgiven_at_once() -> None:
    """0, a question, is taken for a payment: bo has it at 20, finds out at 25, hands it on for 15 min, and at 40 it is
    sorted rightly, but takes the dispatcher 20 min more: ana, 60-70. 1, a payment, is misgiven to ana at 20, who finds
    out at 23; it needs no hand-off, and is dispatched anew: bo, 43-53.
    """
    kinds = {"ask": kind(), "pay": kind(stage("pay"))}
    triage = Triage(confusion={"ask": {"pay": 1.0}}, finds_out=always(5), handoff=always(15))
    desk = desk_of(TEAM, kinds, routing=by_hand(errors=1.0, finds_out=always(3)))
    desk = desk.changed(demand=desk.demand.changed(triage=triage))
    log = both(desk, T(0, kind="ask"), T(0, kind="pay"))
    assert touches(log, "ticket", "person", "queued_s", "started_s", "ended_s", "ended") == [
        (0, "bo", 0, 20, 25, "bounced"), (1, "ana", 0, 20, 23, "bounced"), (1, "bo", 23, 43, 53, "done"),
        (0, "ana", 40, 60, 70, "done"),
    ]  # fmt: skip


def away(absent_until: date) -> Desk:
    """Return a desk whose dispatcher cy, from 8 to 18 every day, is away up to a day."""
    desk = desk_of({"ana": {"takes": ("answer",)}, "cy": {"takes": ("pay",), "hours": "08:00-18:00"}})
    staff = desk.staff
    staff = staff.changed(
        roles=staff.roles | {"dispatcher": staff.roles["adviser"]},
        seats=staff.seats | {"cy": staff.seats["cy"].changed(role="dispatcher")},
        persons=staff.persons | {"cy": staff.persons["cy"].changed(role="dispatcher")},
        absences={"ill": Absences(first_day=desk.start, last_day=absent_until, absent=1.0, roles=("dispatcher",))},
    )
    return desk.changed(staff=staff, routing=desk.routing.changed(**by_hand("cy")))


def test_tickets_wait_while_the_dispatcher_is_absent_for_a_day() -> None:
    """Tickets of Monday 9:00 and 17:50 are both dispatched 20 minutes after cy is back, on Tuesday at 8:20; ana takes
    one then and the other ten minutes later.
    """
    back = DAY + 8 * H + 20
    log = both(away(date(2026, 3, 2)), T(9 * H), T(17 * H + 50))
    assert touches(log, "ticket", "assigned_s", "started_s") == [(0, back, back), (1, back + 10, back + 10)]


def test_a_dispatcher_without_a_shift_in_the_run_is_refused() -> None:
    """The calendar of cy's shift is closed on all seven days; being away by chance is no reason to refuse."""
    days = tuple(date(2026, 3, 2 + day) for day in range(7))
    desk = away(date(2026, 3, 8))
    assert touches(model.run(desk, world_of(desk, T(9 * H)))[0]) == []
    shift = desk.staff.shifts["cy"].changed(calendar="closed")
    closed = desk.changed(
        calendars={"closed": Calendar(hours=dict.fromkeys(WEEK, ("08:00-18:00",)), holidays=days)},
        staff=desk.staff.changed(shifts=desk.staff.shifts | {"cy": shift}),
    )
    with pytest.raises(ValueError, match="nobody of cy has a shift in the run, so nobody would assign a ticket"):
        model.run(closed, world_of(closed, T(9 * H)))


def test_errors_cost_work() -> None:
    with pytest.raises(ValidationError, match="a dispatcher who makes errors needs `finds_out`"):
        Dispatch(delay=always(1), errors=0.1)
