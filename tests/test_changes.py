"""Changes of priority in mid-life: queues, dues, warnings and pauses by hand; engine and log agree on the dues.

Instants are minutes from Monday 2 March 2026, 00:00 UTC.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from pydantic import ValidationError

from sim import fast, model, sample
from sim.desk import Desk, Kind, PriorityChange
from sim.layout import NEVER
from sim.log import Log
from sim.sla import Clause, Sla, Target
from sim.steer import AWAY, View
from tests.by_hand import H, T, always, desk_of, kind, stage, touches, world_of
from tests.drawn import SEEDS, desks, some

ENGINES = pytest.mark.parametrize("engine", [model, fast])


def changing(after: float, to: str = "urgent", share: float = 1.0) -> PriorityChange:
    return PriorityChange(share=share, after=always(after), to={to: 1.0})


def desk_with(answer: Kind, sla: Sla | None = None, hours: str = "00:00-24:00") -> Desk:
    return desk_of({"ana": {"hours": hours}}, {"answer": answer, "other": kind()}, sla=sla)


def agreement(word: str, urgent: int, normal: int, **rest: Any) -> Sla:
    made = {"urgent": urgent, "normal": normal}
    return Sla(priorities={name: Target(**{word: Clause(target_min=at)}) for name, at in made.items()}, **rest)


def told(log: Log, what: str) -> list[tuple[Any, ...]]:
    """Return (ticket, minute, value) of moments."""
    rows = log.moments.filter(pl.col("what") == what)
    return rows.select("ticket", pl.col("at_s") / 60, "value").rows()


def due_at(engine: ModuleType, desk: Desk, minute: float, *tickets: T) -> float:
    """Return when the engine holds the only open ticket to fall due, and check that the log says the same."""
    state: Any = engine.begin(desk, world_of(desk, *tickets))
    engine.advance(state, round(60 * minute))
    view: View = state.view()
    log, _ = engine.log(state)
    row = log.tickets.row(int(view.ticket[0]), named=True)
    dues = (
        [row["due_resolution_s"]]
        if row["first_reply_s"] is not None
        else [row["due_response_s"], row["due_resolution_s"]]
    )
    assert view.due_s[0] == min(due for due in dues if due is not None)
    return float(view.due_s[0]) / 60


@ENGINES
def test_a_ticket_that_became_urgent_goes_first(engine: ModuleType) -> None:
    """Ana works on 0 until 90. Ticket 2 came after 1, but is urgent from 10 + 60 = 70 on: it is taken at 90."""
    desk = desk_with(kind(priority_change=changing(60)))
    log, _ = engine.run(desk, world_of(desk, T(0, 90, "other"), T(5, kind="other"), T(10)))
    assert told(log, "priority") == [(2, 70.0, 0)]
    assert touches(log, "ticket", "started_s") == [(0, 0), (2, 90), (1, 100)]
    assert log.tickets["priority"].to_list() == ["normal", "normal", "urgent"]


@ENGINES
def test_the_new_target_counts_from_creation_less_the_pauses_before_it(engine: ModuleType) -> None:
    """Work 0 to 100, the requester is waited for until 200; urgent from 250 on.

    Normal: 600 + 100 = 700. Urgent: 240 + 100 = 340.
    """
    asks = stage(asks=0.5, asks_after=0.5, answer=always(100))
    desk = desk_with(kind(asks, priority_change=changing(250)), agreement("resolution", 240, 600))
    assert due_at(engine, desk, 240, T(0, 200, asks=True)) == 700
    assert due_at(engine, desk, 260, T(0, 200, asks=True)) == 340


@ENGINES
def test_a_due_that_a_change_puts_into_the_past_is_the_change(engine: ModuleType) -> None:
    """As above with 60 minutes: 60 + 100 = 160 has passed at 250, so the ticket falls due at 250."""
    asks = stage(asks=0.5, asks_after=0.5, answer=always(100))
    desk = desk_with(kind(asks, priority_change=changing(250)), agreement("resolution", 60, 600))
    assert due_at(engine, desk, 260, T(0, 200, asks=True)) == 250


@ENGINES
def test_a_pause_during_which_the_priority_changes_counts_in_full(engine: ModuleType) -> None:
    """Waited for from 100 to 200, urgent from 150 on: 240 + 100 = 340."""
    asks = stage(asks=0.5, asks_after=0.5, answer=always(100))
    desk = desk_with(kind(asks, priority_change=changing(150)), agreement("resolution", 240, 600))
    assert due_at(engine, desk, 210, T(0, 200, asks=True)) == 340


@ENGINES
def test_a_reopened_ticket_whose_clock_restarts_counts_the_new_target_from_there(engine: ModuleType) -> None:
    """Resolved at 10, reopened at 70, when Ana is gone; urgent from 100 on: 70 + 90 = 160; resumed, 90 + 60 = 150."""
    for mode, due in (("restart", 160), ("resume", 150)):
        desk = desk_of(
            {"ana": {"hours": "00:00-00:15"}}, {"answer": kind(priority_change=changing(100))},
            sla=agreement("resolution", 90, 900, reopen=mode),
        )  # fmt: skip
        desk = desk.changed(outcome=desk.outcome.changed(reopen_after=always(60)))  # type: ignore[assignment]
        assert due_at(engine, desk, 110, T(0, solved=(False, True))) == due


@ENGINES
def test_warnings_go_by_the_new_target(engine: ModuleType) -> None:
    """Nobody is there before 10:00. Urgent from 60 on, to be answered by 200: warned at 190 only, not at 470."""
    desk = desk_with(kind(priority_change=changing(60)), agreement("response", 200, 480), hours="10:00-18:00")
    assert told(engine.run(desk, world_of(desk, T(0)))[0], "warned") == [(0, 190.0, 0)]


@ENGINES
def test_no_warning_of_a_target_that_is_no_more(engine: ModuleType) -> None:
    """Urgent, to be answered by 30, but normal from 10 on, by 300: warned at 290 and not at 20."""
    answer = kind(priority_change=changing(10, "normal"))
    desk = desk_with(answer, agreement("response", 30, 300), hours="10:00-18:00")
    assert told(engine.run(desk, world_of(desk, T(0, priority="urgent")))[0], "warned") == [(0, 290.0, 0)]


@ENGINES
def test_a_ticket_that_rests_or_has_that_priority_does_not_change(engine: ModuleType) -> None:
    """Ticket 0 is resolved at 10, before 60; ticket 1 is urgent already."""
    desk = desk_with(kind(priority_change=changing(60)))
    log, _ = engine.run(desk, world_of(desk, T(0), T(20, 90, priority="urgent")))
    assert told(log, "priority") == []


def test_a_share_changes_and_a_larger_one_changes_more_of_the_same() -> None:
    def changed(share: float) -> set[int]:
        desk = desk_with(kind(priority_change=changing(1, share=share)).changed(per_week=400.0))  # type: ignore[arg-type]
        log, _ = fast.run(desk, sample(desk, 3))
        return {ticket for ticket, *_ in told(log, "priority")}

    few, many = changed(0.2), changed(0.5)
    assert few < many
    assert not changed(0.0)


def test_shares_of_new_priorities_must_sum_to_one_and_name_known_ones() -> None:
    with pytest.raises(ValidationError, match=r"new priorities must sum to 1, got 0\.5"):
        PriorityChange(share=0.5, after=always(5), to={"urgent": 0.5})
    with pytest.raises(ValidationError, match="unknown priority 'urgnt'; did you mean 'urgent'"):
        desk_with(kind(priority_change=changing(5, "urgnt")))


@some(60)
@given(desks(clocks=(1,)), SEEDS)
def test_engine_and_log_agree_when_tickets_fall_due(desk: Desk, seed: int) -> None:
    assume(desk.sla is not None and desk.sla.reopen != "new_cycle")
    state = fast.begin(desk, sample(desk, seed))
    fast.advance(state, 3 * 24 * H * 60)
    view, (log, _) = state.view(), fast.log(state)
    here = view.where != AWAY
    rows = log.tickets[view.ticket[here].tolist()]
    dues = {name: rows[name].fill_null(NEVER).to_numpy() for name in ("due_response_s", "due_resolution_s")}
    replied = rows["first_reply_s"].is_not_null().to_numpy()
    first = np.minimum(dues["due_response_s"], dues["due_resolution_s"])
    np.testing.assert_array_equal(view.due_s[here], np.where(replied, dues["due_resolution_s"], first))
