"""Changes of agreement in mid-life: dues, warnings and pauses by hand; engine and log agree on the dues.

Instants are minutes from Monday 2 March 2026, 00:00 UTC. The desks, and the way to write tickets and touches, are those
of `by_hand`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from sim import fast, model
from sim.desk import AgreementChange, Desk, Kind
from sim.log.files import read, write
from sim.sla import Clause, Sla, Target, standings
from tests.by_hand import T, always, desk_of, kind, stage
from tests.test_changes import changing, due_at, told
from tests.test_escalation import both

ENGINES = pytest.mark.parametrize("engine", [model, fast])


def upgraded(after: float, to: str = "vip", share: float = 1.0) -> AgreementChange:
    return AgreementChange(share=share, after=always(after), to={to: 1.0})


def agreement(word: str, normal: int, vip: int, urgent: int = 5000) -> Sla:
    own = {name: Target(**{word: Clause(target_min=at)}) for name, at in (("normal", normal), ("urgent", urgent))}
    return Sla(priorities=own, agreements={"vip": {"normal": Target(**{word: Clause(target_min=vip)})}, "alike": {}})


def desk_with(answer: Kind, sla: Sla, hours: str = "00:00-24:00") -> Desk:
    return desk_of({"ana": {"hours": hours}}, {"answer": answer, "other": kind()}, sla=sla)


@ENGINES
def test_the_target_of_the_new_agreement_counts_from_creation_less_the_pauses(engine: ModuleType) -> None:
    """Work 0 to 100, the requester is waited for until 200; vip from 250 on: 600 + 100 = 700, then 340; with
    a vip target of 60, 160 has passed at 250, so the ticket falls due at 250.
    """
    asks = stage(asks=0.5, asks_after=0.5, answer=always(100))
    desk = desk_with(kind(asks, agreement_change=upgraded(250)), agreement("resolution", 600, 240))
    assert due_at(engine, desk, 240, T(0, 200, asks=True)) == 700
    assert due_at(engine, desk, 260, T(0, 200, asks=True)) == 340
    desk = desk_with(kind(asks, agreement_change=upgraded(250)), agreement("resolution", 600, 60))
    assert due_at(engine, desk, 260, T(0, 200, asks=True)) == 250


@ENGINES
def test_a_priority_that_the_agreement_does_not_name_keeps_its_target(engine: ModuleType) -> None:
    """Vip from 10 on: 240; urgent from 20 on, of which vip says nothing: 300. The other way round it is the same."""
    for under, urgent in ((10, 20), (20, 10)):
        answer = kind(agreement_change=upgraded(under), priority_change=changing(urgent))
        desk = desk_with(answer, agreement("resolution", 600, 240, 300), hours="10:00-18:00")
        assert due_at(engine, desk, 15, T(0)) == (240 if under == 10 else 300)
        assert due_at(engine, desk, 30, T(0)) == 300


def test_warnings_go_by_the_new_agreement_and_the_moment_names_it() -> None:
    """Nobody is there before 10:00. Vip, the second by name, from 60 on, to be answered by 200: warned at 190."""
    desk = desk_with(kind(agreement_change=upgraded(60)), agreement("response", 480, 200), hours="10:00-18:00")
    log = both(desk, T(0))
    assert (told(log, "warned"), told(log, "sla")) == ([(0, 190.0, 0)], [(0, 60.0, 2)])
    assert log.tickets["due_response_s"].to_list() == [200 * 60]
    desk = desk_with(kind(agreement_change=upgraded(60, "alike")), agreement("response", 480, 200), hours="10:00-18:00")
    assert both(desk, T(0)).tickets["due_response_s"].to_list() == [480 * 60]


def test_a_next_response_is_judged_by_the_agreement_in_force_at_the_reply() -> None:
    """ana asks at 10 and is gone from 30; the answer comes at 40, vip from 100 on: next response due at 40 + 60 = 100,
    not at 40 + 600; she replies at 1440.
    """
    sla = agreement("next_response", 600, 60)
    asks = stage(asks=1.0, asks_after=0.5, answer=always(30))
    desk = desk_with(kind(asks, agreement_change=upgraded(100)), sla, hours="00:00-00:30")
    rows = both(desk, T(0, 20, asks=True)).next_replies.select("wrote_s", "replied_s", "due_s").rows()
    assert rows == [(40 * 60, 1440 * 60, 100 * 60)]


def test_a_resolved_ticket_comes_under_no_other_agreement_and_a_log_keeps_what_was_agreed(tmp_path: Any) -> None:
    """Ticket 0 is resolved at 10, before 60; ticket 1, of 20, works until 110 and comes under vip at 80."""
    log = both(desk_with(kind(agreement_change=upgraded(60)), agreement("resolution", 600, 240)), T(0), T(20, 90))
    assert told(log, "sla") == [(1, 80.0, 2)]
    write(log, tmp_path / "log")
    assert read(tmp_path / "log").tickets["due_resolution_s"].to_list() == [600 * 60, (20 + 240) * 60]


def test_standings_are_priorities_and_then_those_under_each_agreement() -> None:
    sla = agreement("response", 480, 200)
    assert standings(("urgent", "normal"), sla) == (
        "urgent", "normal", "alike urgent", "alike normal", "vip urgent", "vip normal",
    )  # fmt: skip
    assert standings(("urgent",), None) == ("urgent",)


def test_agreements_must_be_known_and_their_shares_sum_to_one() -> None:
    with pytest.raises(ValidationError, match="unknown agreement 'vpi'; did you mean 'vip'"):
        desk_with(kind(agreement_change=upgraded(5, "vpi")), agreement("response", 480, 200))
    with pytest.raises(ValidationError, match=r"demand.kinds.answer: unknown agreement 'vip'"):
        desk_of(kinds={"answer": kind(agreement_change=upgraded(5))})
    with pytest.raises(ValidationError, match=r"shares of the new agreements must sum to 1, got 0\.5"):
        AgreementChange(share=0.5, after=always(5), to={"vip": 0.5})
    with pytest.raises(ValidationError, match="agreement 'vip': no priority 'urgnt'; did you mean 'urgent'"):
        Sla(priorities={"urgent": Target()}, agreements={"vip": {"urgnt": Target()}})
    with pytest.raises(ValidationError, match=r"sla.agreements.vip.normal: a target of .* is longer than the run"):
        desk_with(kind(), agreement("response", 480, 20_000))
