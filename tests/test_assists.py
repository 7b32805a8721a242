"""Help of colleagues by hand: who asks, who helps, what waits meanwhile.

Instants are minutes from Monday 2 March 2026, 00:00 UTC. The desks, and the way to write tickets and touches, are those
of `by_hand`.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from sim import model
from sim.desk import Assist, Cap, Person, PriorityChange, Stage
from sim.kpi import measure
from sim.opening import opening_of
from sim.sla import Clause, Sla, Target
from tests.by_hand import T, always, desk_of, kind, moments, stage, touches, world_of
from tests.test_escalation import both

TEAM: dict[str, dict[str, Any]] = {"ana": {"takes": ("answer",)}, "lee": {"takes": ("pay",)}}
SHOWN = ("ticket", "person", "stage", "queued_s", "started_s", "ended_s", "ended", "reason")


def helped(share: float = 1.0, after: float = 0.5, **rest: Any) -> Stage:
    return stage(assists=share, assists_after=after, assist=Assist(skill="pay", work=always(15)), **rest)


def test_a_colleague_helps_while_the_asker_takes_other_work() -> None:
    """ana does half of 0, 0-10, and asks lee, who helps 10-25. She works on 1, 10-30, and goes on with 0, of her list,
    before 2, which came at 5: 30-40.
    """
    desk = desk_of(TEAM, {"answer": kind(helped()), "other": kind()})
    log = both(desk, T(0, work=20), T(2, work=20, kind="other"), T(5, kind="other"))
    assert touches(log, *SHOWN) == [
        (0, "ana", 0, 0, 0, 10, "parked", None), (0, "lee", 0, 10, 10, 25, "assisted", "assist"),
        (1, "ana", 0, 2, 10, 30, "done", None), (0, "ana", 0, 25, 30, 40, "done", None),
        (2, "ana", 0, 5, 40, 50, "done", None),
    ]  # fmt: skip
    waits = log.moments.filter(log.moments["what"].is_in(["wait_begins", "wait_ends"]))
    assert waits.select("at_s", "who", "reason").rows() == [(600, "ana", "assist"), (1500, None, "assist")]
    row = log.tickets.row(0, named=True)
    assert (row["hands"], row["first_owner"], row["paused_s"]) == (1, "ana", 0)


def test_the_kpi_of_help_is_the_time_from_asking_to_the_begin_of_help() -> None:
    """lee helps with 0 from 10 to 25, asked at 10, and with 1, of bo, from 25 on, asked at 12: 0 and 13 minutes."""
    team = TEAM | {"bo": {"takes": ("answer",)}}
    log = both(desk_of(team, {"answer": kind(helped())}), T(0, work=20), T(2, work=20))
    row = measure(log, ["assist_response_mean"]).row(0, named=True)
    assert (row["mean"], row["n"]) == (pytest.approx(6.5), 2)
    assert measure(both(desk_of(TEAM), T(0)), ["assist_response_mean"])["mean"].to_list() == [None]


def test_help_has_the_priority_of_its_ticket() -> None:
    """lee is busy until 30. ana asks at 10 for 1, bo at 12 for 2, which became urgent at 7: that is helped first."""
    rises = PriorityChange(share=1.0, after=always(5), to={"urgent": 1.0})
    kinds = {"answer": kind(helped()), "rises": kind(helped(), priority_change=rises), "pay": kind(stage("pay"))}
    desk = desk_of(TEAM | {"bo": {"takes": ("answer",)}}, kinds)
    log = both(desk, T(0, work=30, kind="pay"), T(0, work=20), T(2, work=20, kind="rises"))
    assert [row for row in touches(log) if row[1] == "lee"] == [
        (0, "lee", 0, 30, "done"), (2, "lee", 30, 45, "assisted"), (1, "lee", 45, 60, "assisted"),
    ]  # fmt: skip


def test_who_waits_for_help_holds_the_ticket_against_a_cap() -> None:
    """With one open ticket each ana waits for the help with 0, 10-25, and begins 1 only when 0 is done, at 35; then she
    asks again at 40: help 40-55, 55-60.
    """
    desk = desk_of(TEAM, {"answer": kind(helped())}, routing={"caps": {"one": Cap(most=1)}})
    assert touches(both(desk, T(0, work=20), T(2, work=10))) == [
        (0, "ana", 0, 10, "parked"), (0, "lee", 10, 25, "assisted"), (0, "ana", 25, 35, "done"),
        (1, "ana", 35, 40, "parked"), (1, "lee", 40, 55, "assisted"), (1, "ana", 55, 60, "done"),
    ]  # fmt: skip


def test_who_takes_the_skill_themselves_asks_nobody() -> None:
    """bo takes both skills: 20 minutes in one touch."""
    desk = desk_of({"bo": {}, "lee": {"takes": ("pay",)}}, {"answer": kind(helped())})
    assert touches(both(desk, T(0, work=20))) == [(0, "bo", 0, 20, "done")]


def test_the_requester_is_asked_first_and_only_that_wait_stops_the_clock() -> None:
    """Of 40 minutes 10 come before the question, 10 before the help, 20 after it: 0-10, answer at 110, 110-120, help
    120-135, 135-155. The resolution is due 200 minutes after 0, less the 100 of the question: 300.
    """
    asks = helped(asks=0.5, asks_after=0.25, answer=always(100))
    sla = Sla(priorities=dict.fromkeys(("urgent", "normal"), Target(resolution=Clause(target_min=200))))
    log = both(desk_of(TEAM, {"answer": kind(asks)}, sla=sla), T(0, work=40, asks=True))
    assert touches(log) == [
        (0, "ana", 0, 10, "parked"), (0, "ana", 110, 120, "parked"), (0, "lee", 120, 135, "assisted"),
        (0, "ana", 135, 155, "done"),
    ]  # fmt: skip
    assert log.tickets.select("due_resolution_s", "paused_s").row(0) == (300 * 60, 100 * 60)


def test_help_comes_beside_a_call_back_and_not_again_after_a_reopening() -> None:
    """0 is done at 35 (help 10-25) but not solved: back at 95, half of 20 anew, 95-105, and called back at 125, 20
    minutes after it was resolved; the call-back of 55, which falls due while it rests, is made first.
    """
    answer = kind(helped(work=always(20)), calls_back=1.0, call_back_after=always(20), call_back_work=always(5))
    desk = desk_of(TEAM, {"answer": answer})
    desk = desk.changed(outcome=desk.outcome.changed(reopen_after=always(60)))  # type: ignore[assignment]
    assert touches(both(desk, T(0, work=20, solved=(False, True))), "person", "started_s", "ended_s", "reason") == [
        ("ana", 0, 10, None), ("lee", 10, 25, "assist"), ("ana", 25, 35, None), ("ana", 55, 60, "call_back"),
        ("ana", 95, 105, None), ("ana", 125, 130, "call_back"),
    ]  # fmt: skip


def test_a_ticket_that_waits_for_help_at_the_begin_of_a_run_has_been_helped() -> None:
    """Parked at 10, the log ends at 20: in the next run half of a work drawn anew, 5 minutes, is done at once."""
    desk = desk_of(TEAM, {"answer": kind(helped())})
    rows = opening_of(model.run(desk, world_of(desk, T(0, work=20)))[0], 20 * 60)
    assert (rows.asked.tolist(), rows.referred.tolist(), rows.owner) == ([False], [True], ("ana",))
    log = model.run(desk, world_of(desk), rows)[0]
    assert moments(log, "wait_begins") == [] and touches(log, "person", "started_s", "ended_s")[:1] == [("ana", 0, 5)]


def test_help_without_a_helper_or_beside_a_third_party_is_refused() -> None:
    with pytest.raises(ValidationError, match="a stage that asks a colleague needs `assist`"):
        stage(assists=0.5)
    with pytest.raises(ValidationError, match="a stage either waits for a third party or asks a colleague"):
        helped(refers=0.5, third_party=always(5))
    with pytest.raises(ValidationError, match=r"assists_after 0.5 lies before asks_after"):
        helped(asks=0.5, asks_after=0.75, answer=always(5))
    unknown = stage(assists=1.0, assist=Assist(skill="pya", work=always(5)))
    with pytest.raises(ValidationError, match=r"unknown skill that a seat with heads takes 'pya'; did you mean 'pay'"):
        desk_of(TEAM, {"answer": kind(unknown)})
    desk = desk_of({"ana": {"takes": ("answer",)}, "bo": {"takes": ("answer", "pay")}}, {"answer": kind(helped())})
    persons = {"bo": Person(role="adviser", seat="bo", forbidden_skills=("pay",))}
    with pytest.raises(
        ValidationError, match=r"demand.kinds.answer.route: the skill 'pay' is forbidden to all who take it"
    ):
        desk.changed(staff=desk.staff.changed(persons=persons))
