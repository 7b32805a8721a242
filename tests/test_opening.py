"""Open tickets at the begin of a run: by hand, from a log and back, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from scenarios import load
from sim import model, sample
from sim.crew import crew_of
from sim.desk import Desk, Outcome
from sim.log import Log
from sim.opening import Opening, opening_of
from sim.sla import Clause, Sla, Target
from tests.by_hand import H, T, always, desk_of, kind, minutes, stage, touches, world_of


def opening(*rows: dict[str, Any]) -> Opening:
    """Return open tickets of the kind `answer` and the priority `normal`; instants in minutes before the run."""
    usual = {"kind": "answer", "priority": "normal", "created": -60}
    made = []
    for row in rows:
        told = usual | row
        made.append({(f"{k}_s" if k in ("created", "ready", "replied") else k): v for k, v in told.items()})
    frame = pl.DataFrame(made, infer_schema_length=None)
    return Opening.of(frame.with_columns(pl.col("^(created|ready|replied)_s$") * 60))


def run(desk: Desk, open_tickets: Opening, *tickets: T) -> Log:
    return model.run(desk, world_of(desk, *tickets), open_tickets)[0]


def moments(log: Log, *what: str) -> list[tuple[Any, ...]]:
    rows = log.moments.filter(pl.col("what").is_in(what)).select("ticket", pl.col("at_s") / 60, "what", "who")
    return rows.rows()


def steady(**rest: Any) -> Desk:
    """Return a desk on which every first piece of work takes 10 minutes, whatever a ticket's name is."""
    kinds = {"answer": kind(stage(work=always(10)), **rest.pop("of_kind", {}))}
    return desk_of(
        {"ana": {"hours": rest.pop("hours", "09:00-17:00")}}, kinds, outcome=Outcome(solved_logit=40.0), **rest
    )


def test_three_open_tickets_are_worked_on_by_age_and_before_the_new_one() -> None:
    """Ana comes at 9:00. 0 was created at -3:00 and answered at -2:30 by her: it is in her list, so it goes first,
    9:00-9:10. 1 (created -2:00) and 2 (-1:00) wait in the pool by age: 9:10-9:20, 9:20-9:30. 3 comes at 8:00 and goes
    last, 9:30-9:40. First replies: 0 has its own, at -2:30; 1 at 9:10; 2 at 9:20; 3 at 9:30.
    """
    log = run(
        steady(routing={"orphan_h": 24.0}),
        opening({"created": -60}, {"created": -180, "ready": -170, "replied": -150, "owner": "ana"}, {"created": -120}),
        T(8 * H),
    )
    assert touches(log) == [
        (0, "ana", 540, 550, "done"), (1, "ana", 550, 560, "done"), (2, "ana", 560, 570, "done"),
        (3, "ana", 570, 580, "done"),
    ]  # fmt: skip
    assert log.touches["queued_s"].to_list() == [-170 * 60, -120 * 60, -60 * 60, 8 * 3600]
    assert moments(log, "created", "reply") == [
        (0, -180, "created", None), (0, -150, "reply", None), (1, -120, "created", None), (2, -60, "created", None),
        (3, 480, "created", None), (1, 550, "reply", "ana"), (2, 560, "reply", "ana"), (3, 570, "reply", "ana"),
    ]  # fmt: skip


def test_a_third_party_that_was_waited_for_is_not_waited_for_again() -> None:
    """10 min of work, a third party after 0.4 of it: 0 was referred, so 6 min are left; 1 was not, and waits 30 min."""
    referring = {"refers": 1.0, "refers_after": 0.4, "third_party": always(30)}
    desk = desk_of({"ana": {}}, {"answer": kind(stage(work=always(10), **referring))}, outcome=Outcome(solved_logit=40))
    log = run(desk, opening({"created": -9, "referred": True}, {"created": -8}))
    assert touches(log) == [
        (0, "ana", 0, 6, "done"), (1, "ana", 6, 10, "parked"), (1, "ana", 40, 46, "done")
    ]  # fmt: skip
    found = opening_of(log, 20 * 60)
    assert (found.referred.tolist(), found.asked.tolist(), found.ready_s.tolist()) == ([True], [False], [0])


def test_an_owner_away_for_long_or_unknown_leaves_the_ticket_to_the_pool() -> None:
    """Ana is next on duty 9 h after the begin; orphan_h is 8: the pool goes by age, so 0 (older) comes first."""
    rows = opening({"created": -180}, {"created": -120, "owner": "ana"}, {"created": -60, "owner": "zoe"})
    assert [t[0] for t in touches(run(steady(routing={"orphan_h": 8.0}), rows))] == [0, 1, 2]
    assert [t[0] for t in touches(run(steady(routing={"orphan_h": 9.0}), rows))] == [1, 0, 2]


def test_an_open_ticket_is_at_its_stage_and_a_reopened_one_brings_a_share_of_its_work() -> None:
    """Two stages of 10 and 30 min: 0 was handed on, so only 30 are left; 1 came back, 0.5 x 30 = 15; 2 begins anew."""
    route = stage(work=always(10)), stage("pay", work=always(30))
    outcome = Outcome(solved_logit=40.0, reopen_work=0.5)
    log = run(
        desk_of({"ana": {}}, {"answer": kind(*route)}, outcome=outcome),
        opening({"created": -9, "stage": 1}, {"created": -8, "stage": 1, "reopens": 2}, {"created": -7}),
    )
    assert touches(log, "ticket", "stage", "work_s") == [(0, 1, 30), (1, 1, 15), (2, 0, 10), (2, 1, 30)]


def test_what_was_asked_is_not_asked_again() -> None:
    """10 min of work with a question after 0.4 of it: 0 was asked, so 6 min are left; 1 was not, and asks for sure."""
    asks = stage(work=always(10), asks=1.0, asks_after=0.4, answer=always(5))
    desk = desk_of({"ana": {}}, {"answer": kind(asks)}, outcome=Outcome(solved_logit=40.0))
    log = run(desk, opening({"created": -9, "asked": True}, {"created": -8}))
    assert touches(log) == [
        (0, "ana", 0, 6, "done"), (1, "ana", 6, 10, "parked"), (1, "ana", 15, 21, "done"),
    ]  # fmt: skip


def test_patience_of_who_was_never_served_runs_from_the_begin_and_nobody_is_turned_away() -> None:
    """Ana comes at 9:00; patience is 60 min: 0 and 1 leave at 1:00, 2 was replied to and stays. The room has one place:
    three open tickets are in it, none is turned away, but 3, who comes at 0:30, is.
    """
    desk = steady(of_kind={"patience": always(60), "room": "hall"}, rooms={"hall": 1})
    rows = opening({"created": -90}, {"created": -80}, {"created": -70, "replied": -65, "owner": "ana"})
    log = run(desk, rows, T(30, patience=60))
    assert moments(log, "left", "blocked", "resolved") == [
        (3, 30, "blocked", None), (0, 60, "left", None), (1, 60, "left", None), (2, 550, "resolved", "ana"),
    ]  # fmt: skip


def test_dues_count_from_creation_and_no_warning_comes_before_the_begin() -> None:
    """Response 90 min, warning 10 before: created -60, due 30, warned 20; created -120, due -30, warned at 0."""
    sla = Sla(priorities={"normal": Target(response=Clause(target_min=90))}, warning_min=10)
    log = run(steady(sla=sla), opening({"created": -120}, {"created": -60}))
    assert [minutes(s) for s in log.tickets["due_response_s"]] == [-30, 30]
    assert moments(log, "warned") == [(0, 0, "warned", None), (1, 20, "warned", None)]


def test_the_open_tickets_of_a_log_are_read_back_from_it() -> None:
    """Ana: 0 from 0:00 to 0:10, handed on to bo, who comes at 23:00; 1 from 0:10 to 0:15, resolved; 2 from 0:15 to
    0:19, when she asks; 3 from 0:20 on. At 0:25 three are open: 0 ready since 0:10; 2 waits for the answer, so it is
    answered at the begin; 3 is in work, ready since 0:20. Nobody has begun the second stage of 0.
    """
    ask = stage(work=always(10), asks=0.5, asks_after=0.4, answer=always(600))
    kinds = {"answer": kind(stage(), stage("pay")), "ask": kind(ask), "plain": kind(stage())}
    people = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",), "hours": "23:00-24:00"}}
    desk = desk_of(people, kinds, outcome=Outcome(solved_logit=40.0))
    tickets = T(0), T(1, work=5, kind="plain"), T(10, kind="ask", asks=True), T(20, work=50, kind="plain")
    found = opening_of(model.run(desk, world_of(desk, *tickets))[0], 25 * 60)
    assert found.kind == ("answer", "ask", "plain")
    assert found.stage.tolist() == [1, 0, 0]
    assert found.owner == ("ana", "ana", "ana")
    assert [minutes(s) for s in found.created_s] == [-25, -15, -5]
    assert [minutes(s) for s in found.ready_s] == [-15, 0, -5]
    assert [minutes(s) for s in found.replied_s] == [-25, -10, -5]
    assert found.asked.tolist() == [False, True, False]
    assert found.begun.tolist() == [False, True, True]
    assert found.learner == ("0", "2", "3")


def test_a_run_goes_on_from_the_open_tickets_of_another_and_loses_none() -> None:
    """Four weeks and then four: what is open at the end of the first is open at the begin of the second."""
    desk = load("academy_small").changed(weeks=4)
    assert isinstance(desk, Desk)
    first, _ = model.run(desk, sample(desk, 1))
    rows = opening_of(first)
    gone = pl.all_horizontal(pl.col(f"{name}_s").is_null() for name in ("resolved", "closed", "left", "blocked"))
    still = first.tickets.filter(gone)
    assert len(rows) == still.height > 5
    assert rows.created_s.tolist() == (still["created_s"].sort() - first.until_s).to_list()
    later = desk.changed(start=desk.start + timedelta(days=7 * desk.weeks))
    world = sample(later, 2)  # type: ignore[arg-type]
    second, _ = model.run(later, world, rows)  # type: ignore[arg-type]
    assert second.cases.height == len(rows) + len(world)
    opened = second.tickets.head(len(rows))
    assert opened["kind"].cast(pl.String).to_list() == list(rows.kind)
    assert opened["priority"].cast(pl.String).to_list() == list(rows.priority)
    assert (opened["created_s"] < 0).all() and (second.tickets["created_s"][len(rows) :] >= 0).all()
    crew = crew_of(later, world.seed)  # type: ignore[arg-type]
    soon = {name for name, on in zip(crew.names, crew.on_s, strict=True) if on[0] <= later.routing.orphan_h * 3600}  # type: ignore[attr-defined]
    taken = second.touches.unique("ticket", keep="first", maintain_order=True).head(len(rows))
    own = [(rows.owner[t], p) for t, p in taken.select("ticket", "person").rows() if rows.begun[t]]
    assert len(own) > 10 and all(owner == who for owner, who in own if owner in soon)
    assert any(owner in soon for owner, _ in own)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"kind": "anser"}, "opening: row 0, kind: the desk has no kind 'anser'; did you mean 'answer'?"),
        ({"priority": "high"}, "opening: row 0, priority: the desk has no priority 'high'; known: urgent, normal"),
        ({"created": 0}, "opening: row 0, created_s: must be below 0: seconds to the begin of the run, got 0"),
        ({"ready": 1}, "opening: row 0, ready_s: must be between created_s and 0, got 60"),
        ({"replied": -61}, "opening: row 0, replied_s: must be empty, or between created_s and -1, got -3660"),
        ({"stage": -1}, "opening: row 0, stage: must be between 0 and 4095, got -1"),
        ({"reopens": 4095}, "opening: row 0, reopens: must be between 0 and 4094, got 4095"),
        ({"onwer": "ana"}, "opening: unknown column 'onwer'; did you mean 'owner'?"),
        ({"stage": "two"}, "opening: stage: "),
    ],
)
def test_a_wrong_table_is_refused_with_row_column_value_and_what_was_expected(row: Any, message: str) -> None:
    with pytest.raises(ValueError) as raised:
        run(steady(), opening(row))
    assert str(raised.value).startswith(message)


def test_what_an_opening_must_tell_is_asked_for() -> None:
    with pytest.raises(ValueError, match="opening: column 'created_s' is missing"):
        Opening.of(pl.DataFrame({"kind": ["answer"], "priority": ["normal"]}))


def test_learners_keep_their_numbers_and_others_get_the_next() -> None:
    """The desk has 1000 learners: 7 stays 7, Li is 1000 twice, nobody is 1001."""
    rows = opening(*({"created": -9 + n, "learner": name} for n, name in enumerate(["7", "Li", None, "Li"])))
    assert run(steady(), rows).cases["learner"].to_list() == ["7", "1000", "1001", "1000"]


def test_an_opening_without_a_ticket_changes_nothing() -> None:
    desk = steady()
    empty = Opening.of(pl.DataFrame(schema={"kind": pl.String, "priority": pl.String, "created_s": pl.Int64}))
    assert run(desk, empty, T(9 * H)) == model.run(desk, world_of(desk, T(9 * H)))[0]


def test_new_tickets_are_the_same_with_and_without_open_ones() -> None:
    desk = steady()
    world = sample(desk, 3)
    log = model.run(desk, world, opening({}, {}))[0]
    assert log.tickets["created_s"].to_list()[2:] == world.created_s.tolist()
