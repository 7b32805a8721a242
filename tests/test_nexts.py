"""The reply that a requester waits for who has written again: moments, dues, KPIs, and that engines write it down."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from sim import fast, model, sample
from sim.calendar import WEEKDAYS, Calendar, Timeline
from sim.desk import Demand, Desk, Kind, Law, Outcome, Role, Seat, Shift, Staff, Stage, Team
from sim.kpi import measure
from sim.log import Log
from sim.sla import Clause, Sla, Target

OFFICE = Calendar(hours=dict.fromkeys(WEEKDAYS[:5], ("09:00-17:00",)))
H = 3600


def agreement(**priorities: Clause) -> Sla:
    return Sla(priorities={name: Target(next_response=clause) for name, clause in priorities.items()})


def log_of(moments: list[tuple[Any, ...]], sla: Sla | None, until_h: int = 72) -> Log:
    """Return the log of one normal ticket; each moment is (hour, what), and may add who, reason and value."""
    rows = [(0, at * H, number, *more) for number, (at, *more) in enumerate(moments)]
    columns = ("ticket", "at_s", "number", "what", "who", "reason", "value")
    frame = pl.DataFrame([dict(zip(columns, row, strict=False)) for row in rows], infer_schema_length=None)
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 2), "Asia/Shanghai"), until_s=until_h * H,
        priorities=("urgent", "normal"), moments=frame, sla=sla, calendars={"office": OFFICE},
        cases=pl.DataFrame({"ticket": [0], "kind": ["a"], "priority": ["normal"]}),
    )  # fmt: skip


def told(log: Log) -> list[tuple[Any, ...]]:
    """Return hours of writing, of the reply and of the due, and who replied."""
    rows = log.next_replies.select("wrote_s", "replied_s", "due_s", "who").rows()
    return [(*(None if s is None else s / H for s in row[:3]), row[3]) for row in rows]


ASKED = [(9, "created"), (10, "reply", "ana"), (11, "wait_begins", "ana"), (15, "wait_ends")]


def test_an_answer_is_owed_a_reply_within_open_hours():
    """Monday 15:00, 4 h from 09:00 to 17:00: 2 h on Monday, 2 h on Tuesday, so due Tuesday 11:00 = hour 35."""
    sla = agreement(normal=Clause(target_min=240, calendar="office"))
    assert told(log_of([*ASKED, (34, "reply", "bo")], sla)) == [(15.0, 34.0, 35.0, "bo")]


def test_a_question_or_a_resolution_is_a_reply_and_a_hand_on_is_none():
    sla = agreement(normal=Clause(target_min=60))
    log = log_of(
        [*ASKED, (16, "handed_on", "ana"), (17, "wait_begins", "bo"), (20, "wait_ends"), (21, "resolved", "bo")], sla
    )
    assert told(log) == [(15.0, 17.0, 16.0, "bo"), (20.0, 21.0, 21.0, "bo")]


def test_who_writes_twice_waits_since_the_first_time():
    again = [(16, "resolved", "ana"), (20, "reopened"), (21, "wait_begins", None, "vendor"), (22, "wait_ends"),
             (30, "reply", "bo")]  # fmt: skip
    assert told(log_of([*ASKED, *again], None)) == [(15.0, 16.0, None, "ana"), (20.0, 30.0, None, "bo")]


def test_the_end_of_a_wait_for_somebody_else_is_nobodys_writing():
    moments = [(9, "created"), (10, "reply", "ana"), (11, "wait_begins", "ana", "vendor"), (15, "wait_ends")]
    assert told(log_of(moments, None)) == []


def test_who_was_never_answered_waits_for_the_first_reply_not_the_next():
    moments = [(9, "created"), (10, "wait_begins", None, "vendor"), (11, "wait_ends"), (12, "reopened")]
    assert told(log_of(moments, None)) == []


def test_the_priority_in_force_at_the_reply_decides_and_a_change_is_never_due_before_it():
    """Normal 8 h from 15:00 is 23:00; urgent from 18:00 on, 1 h from 15:00 is 16:00, which has passed: due 18:00."""
    sla = agreement(normal=Clause(target_min=480), urgent=Clause(target_min=60))
    log = log_of([*ASKED, (18, "priority", None, None, 0), (19, "reply", "ana")], sla)
    assert told(log) == [(15.0, 19.0, 18.0, "ana")]
    log = log_of([*ASKED, (18, "reply", "ana"), (19, "priority", None, None, 0)], sla)
    assert told(log) == [(15.0, 18.0, 23.0, "ana")]


def test_a_reply_that_is_still_owed_is_late_once_it_is_due_and_censored_in_the_mean():
    """Written at 15:00 (resolved at 17:00, due 16:00: late) and at 20:00 (owed, due 21:00: late); 72 h long."""
    sla = agreement(normal=Clause(target_min=60))
    moments = [*ASKED, (17, "resolved", "ana"), (20, "reopened")]
    figures = measure(log_of(moments, sla), ["next_response_mean", "next_response_overdue_rate"])
    assert figures["mean"].to_list() == [120.0, 1.0]
    assert (figures["n"].to_list(), figures["censored"].to_list()) == ([1, 2], [1, 0])
    early = log_of(moments, sla, until_h=20)
    assert measure(early, ["next_response_overdue_rate"])["n"].to_list() == [1]


def test_without_the_clause_the_share_is_null_with_its_reason():
    log = log_of(ASKED, Sla(priorities={"normal": Target(response=Clause(target_min=5))}))
    figures = measure(log, ["response_overdue_rate", "next_response_overdue_rate"])
    reason = figures.filter(pl.col("name") == "next_response_overdue_rate")["reason"].item()
    assert reason == "no agreement with a next-response target is given"
    assert figures.filter(pl.col("name") == "response_overdue_rate")["reason"].item() is None


def test_a_log_splits_next_replies_by_who_gave_them():
    log = log_of([*ASKED, (17, "resolved", "ana"), (20, "reopened"), (21, "reply", "bo")], None)
    figures = measure(log, ["next_response_mean"], by=["person", "kind"])
    assert figures.select("person", "kind", "mean").rows() == [("ana", "a", 120.0), ("bo", "a", 60.0)]


def desk(**clauses: Clause) -> Desk:
    """Return a desk of one person around the clock: 30 min of work, half before a question answered after 2 h."""
    stage = Stage(
        department="d", skill="s", work=Law(law="constant", mean_min=30.0), asks=1.0, asks_after=0.5,
        answer=Law(law="constant", mean_min=120.0),
    )  # fmt: skip
    return Desk(
        start=date(2026, 3, 2), weeks=1, priorities=("normal",),
        sla=Sla(priorities={"normal": Target(**clauses)}),
        demand=Demand(kinds={"k": Kind(category="c", per_week=3.0, priorities={"normal": 1.0}, route=(stage,))}),
        staff=Staff(
            roles={"r": Role(skills=("s",))}, teams={"t": Team(department="d")},
            shifts={"h": Shift(days=WEEKDAYS, hours="00:00-24:00")},
            seats={"p": Seat(role="r", team="t", takes=("s",), shift="h", heads=1)},
        ),
        outcome=Outcome(),
    )  # fmt: skip


@pytest.mark.parametrize("engine", [model, fast])
def test_engines_write_further_replies_down_where_they_are_promised(engine: Any):
    """Work begins at second a: reply. Question at a + 15 min, answered 2 h later, work goes on at once: next reply."""
    world = sample(desk(), 5)
    plain, _ = engine.run(desk(response=Clause(target_min=60)), world)
    log, _ = engine.run(desk(next_response=Clause(target_min=60)), world)
    replies = log.moments.filter(pl.col("what") == "reply").sort("ticket", "at_s")
    assert replies.height == 2 * plain.moments.filter(pl.col("what") == "reply").height == 2 * len(world)
    first = replies.group_by("ticket").agg(pl.col("at_s").max() - pl.col("at_s").min())
    assert set(first["at_s"]) == {135 * 60}
    assert log.next_replies["next_s"].to_list() == [0] * len(world)
    others = (log.moments.filter(pl.col("what") != "reply"), plain.moments.filter(pl.col("what") != "reply"))
    assert others[0].drop("number").equals(others[1].drop("number"))
