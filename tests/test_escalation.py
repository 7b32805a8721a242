"""Escalations by hand: what is overdue, and what takes a supervisor's time.

Instants are minutes from Monday 2 March 2026, 00:00 UTC. The desks, and the way to write tickets and touches, are those
of `by_hand`.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from sim import fast, model
from sim.calendar import Calendar
from sim.desk import Desk, Person, Supervisor, Triage
from sim.kpi import measure
from sim.log import Log
from sim.sla import Clause, Sla, Target
from tests.by_hand import WEEK, T, always, desk_of, kind, moments, stage, touches, world_of
from tests.watched import assert_same

TEAM: dict[str, dict[str, Any]] = {"ana": {"takes": ("answer",)}, "lee": {"takes": ("pay",)}}
LOOKS = {"escalates_after_h": 1.0, "supervisor": Supervisor(skill="pay", work=always(5))}
SHOWN = ("ticket", "person", "queued_s", "started_s", "ended_s", "ended", "reason")


def both(desk: Desk, *tickets: T) -> Log:
    """Return the log of the model, after the twin has made the same."""
    made = model.run(desk, world_of(desk, *tickets))
    assert_same(made, fast.run(desk, world_of(desk, *tickets)))
    return made[0]


def due(calendar: str = "always", **targets: int) -> Sla:
    clauses = {word: Clause(target_min=at, calendar=calendar) for word, at in targets.items()}
    return Sla(priorities=dict.fromkeys(("urgent", "normal"), Target(**clauses)))


def test_an_escalated_ticket_takes_a_supervisors_time_and_goes_to_the_head_of_its_queue() -> None:
    """ana works on 0 until 90. 1, 2 (urgent) and 3 wait since 5, 6 and 10, so they are escalated at 65, 66 and 70: lee
    looks at them 65-70, 70-75 and 75-80. At 90 all are back: 2 first, as it is urgent, then 1 and 3 as they came back.
    ana's work is the first reply, and she is the owner.
    """
    log = both(desk_of(TEAM, routing=LOOKS), T(0, work=90), T(5), T(6, priority="urgent"), T(10))
    looks = [row for row in touches(log, *SHOWN) if row[-1]]
    assert looks == [
        (1, "lee", 5, 65, 70, "escalated", "supervision"), (2, "lee", 6, 70, 75, "escalated", "supervision"),
        (3, "lee", 10, 75, 80, "escalated", "supervision"),
    ]  # fmt: skip
    assert touches(log)[-3:] == [
        (2, "ana", 90, 100, "done"),
        (1, "ana", 100, 110, "done"),
        (3, "ana", 110, 120, "done"),
    ]
    assert moments(log, "escalated") == [
        (65, 1, "escalated", None),
        (66, 2, "escalated", None),
        (70, 3, "escalated", None),
    ]
    tickets = log.tickets.to_dicts()
    assert [row["first_started_s"] / 60 for row in tickets] == [0, 100, 90, 110]
    assert [row["first_owner"] for row in tickets] == ["ana"] * 4
    assert moments(log, "reply")[1:] == [(90, 2, "reply", "ana"), (100, 1, "reply", "ana"), (110, 3, "reply", "ana")]


def test_the_kpi_of_interventions_counts_from_escalation_to_look() -> None:
    """As above: 65 - 65, 70 - 66 and 75 - 70 minutes, 3 in the mean; without a supervisor there is no figure."""
    tickets = T(0, work=90), T(5), T(6, priority="urgent"), T(10)
    row = measure(both(desk_of(TEAM, routing=LOOKS), *tickets), ["intervention_time_mean"]).row(0, named=True)
    assert (row["mean"], row["n"]) == (pytest.approx(3.0), 3)
    row = measure(both(desk_of(TEAM, routing={"escalates_after_h": 1.0}), *tickets), ["intervention_time_mean"])
    assert row.row(0, named=True)["mean"] is None


def test_what_was_done_before_is_kept_while_a_supervisor_looks() -> None:
    """ana works on 0 from 0 to 10 of 30, asks (half of 20), and is off from 15; the answer comes at 40, nobody is there
    until 140. At 100 it is escalated; lee looks until 105; ana does the other 10 from 140 to 150.
    """
    people = {"ana": {"takes": ("answer",), "breaks": ("00:15-02:20",)}, "lee": {"takes": ("pay",)}}
    asks = stage(asks=0.5, asks_after=0.5, answer=always(30))
    log = both(desk_of(people, {"answer": kind(asks)}, routing=LOOKS), T(0, work=20, asks=True))
    assert touches(log) == [
        (0, "ana", 0, 10, "parked"), (0, "lee", 100, 105, "escalated"), (0, "ana", 140, 150, "done"),
    ]  # fmt: skip


def test_a_learner_who_leaves_before_the_look_leaves_the_stage_and_stays_after_it() -> None:
    """Nobody is there for answers. 0 and 1 are escalated at 60. lee looks at 0 for 5 minutes; the learner of 1, whose
    patience ends at 62, leaves the queue of the first stage, where it was ready at 0; that of 0 stays after 65.
    """
    log = both(desk_of({"ana": {"takes": ("answer",), "hours": "20:00-21:00"}, "lee": {"takes": ("pay",)}},
                       routing=LOOKS), T(0, patience=61), T(0, patience=62))  # fmt: skip
    assert touches(log, *SHOWN, "stage")[:2] == [
        (1, None, 0, None, 62, "left", None, 0), (0, "lee", 0, 60, 65, "escalated", "supervision", 0),
    ]  # fmt: skip
    assert moments(log, "left") == [(62, 1, "left", None)]


def test_a_supervisor_sends_what_was_sorted_wrongly_where_it_belongs() -> None:
    """All questions are taken for payments, and pay is busy with 1 until 90; 0 is escalated at 60 and bo looks at it,
    60-65; then ana has it: 65-75.
    """
    people = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("look",)}, "cy": {"takes": ("pay",)}}
    kinds = {"ask": kind(stage()), "pay": kind(stage("pay"))}
    desk = desk_of({**people, "bo": {"takes": ("answer",)}}, kinds)
    skills = ("answer", "pay", "look")
    staff = desk.staff.changed(
        roles={"adviser": desk.staff.roles["adviser"].changed(skills=skills)},
        seats={name: seat.changed(takes=people[name]["takes"]) for name, seat in desk.staff.seats.items()},
    )
    triage = Triage(confusion={"ask": {"pay": 1.0}}, finds_out=always(5))
    routing = desk.routing.changed(escalates_after_h=1.0, supervisor=Supervisor(skill="look", work=always(5)))
    desk = desk.changed(staff=staff, routing=routing, demand=desk.demand.changed(triage=triage))
    log = both(desk, T(0, work=90, kind="pay"), T(0, kind="ask"))
    assert touches(log)[1:] == [(1, "bo", 60, 65, "escalated"), (1, "ana", 65, 75, "done")]


def test_a_ticket_is_escalated_when_its_response_and_when_its_resolution_falls_due() -> None:
    """ana works on 0 until 100. 1, of 0, should be answered by 30 and resolved by 105: escalated at both; at 105 it is
    in hand (100-110), so nothing else comes of it. 2, which came at 90, is begun at 110, so it is answered
    before 120.
    """
    desk = desk_of({"ana": {}}, routing={"escalates_overdue": True}, sla=due(response=30, resolution=105))
    log = both(desk, T(0, work=100), T(0), T(90))
    assert moments(log, "escalated") == [(30, 1, "escalated", None), (105, 1, "escalated", None)]
    assert moments(log, "resolved")[-1] == (120, 2, "resolved", "ana")


def test_what_falls_due_while_a_supervisor_has_it_is_told_and_goes_up_no_second_time() -> None:
    """ana works on 0 until 90. 1 and 2, of 5, are escalated at 65; lee looks at them 65-70 and 70-75. At 67 both should
    be answered: that is told, of 1 in her hands and of 2 that waits for her, and nothing else comes of it.
    """
    routing = LOOKS | {"escalates_overdue": True}
    log = both(desk_of(TEAM, routing=routing, sla=due(response=62)), T(0, work=90), T(5), T(5))
    assert moments(log, "escalated") == [
        (at, ticket, "escalated", None) for at in (65, 67) for ticket in (1, 2)
    ]  # fmt: skip
    assert touches(log)[1:] == [
        (1, "lee", 65, 70, "escalated"), (2, "lee", 70, 75, "escalated"), (1, "ana", 90, 100, "done"),
        (2, "ana", 100, 110, "done"),
    ]  # fmt: skip


def test_what_falls_due_while_the_requester_is_waited_for_is_escalated_when_the_wait_ends() -> None:
    """The resolution is due at 60, when the hours of the calendar end. ana asks at 60; the answer of 160 brings no open
    time, so the due instant is still 60: it is escalated at 160, once.
    """
    hours = Calendar(hours=dict.fromkeys(WEEK, ("00:00-01:00",)))
    asks = stage(asks=0.5, asks_after=1.0, answer=always(100))
    desk = desk_of(
        {"ana": {}}, {"answer": kind(asks)}, routing={"escalates_overdue": True}, calendars={"short": hours},
        sla=due("short", resolution=60),
    )  # fmt: skip
    assert moments(both(desk, T(0, work=60, asks=True)), "escalated") == [(160, 0, "escalated", None)]


def test_escalations_without_targets_or_supervisors_without_escalations_are_refused() -> None:
    with pytest.raises(ValidationError, match="no response or resolution ever falls due; state targets in `sla`"):
        desk_of(routing={"escalates_overdue": True})
    with pytest.raises(ValidationError, match="supervisor needs tickets that are escalated: state `escalates_after_h`"):
        desk_of(routing={"supervisor": Supervisor(skill="pay", work=always(5))})
    with pytest.raises(ValidationError, match=r"unknown skill that a seat with heads takes 'pya'; did you mean 'pay'"):
        desk_of(routing=LOOKS | {"supervisor": Supervisor(skill="pya", work=always(5))})
    desk = desk_of({"ana": {"takes": ("answer",)}, "bo": {"takes": ("answer", "pay")}}, routing=LOOKS)
    with pytest.raises(ValidationError, match="'pay' is forbidden to all who take it, for 'answer'"):
        desk.changed(
            staff=desk.staff.changed(
                persons={"bo": Person(role="adviser", seat="bo", forbidden_skills=("pay",))},
            )
        )
