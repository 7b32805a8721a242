"""The twin is the model: equal logs, row for row, on desks that use everything and tie nearly everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config
from polars.testing import assert_frame_equal

from benchmarks.model_w2 import HEADS, w2
from scenarios.files.desks import load, load_what_if, names, what_if_names
from sim import compilation, fast, model, sample
from sim.calendar import WEEKDAYS
from sim.desk import (
    CONDUCTS,
    POLICIES,
    Branch,
    Cap,
    Demand,
    Desk,
    Duplicates,
    Kind,
    Law,
    Outcome,
    Person,
    PriorityChange,
    Role,
    Routing,
    Schedule,
    Seat,
    Shift,
    Shortcuts,
    Staff,
    Stage,
    Team,
    Triage,
    is_honest,
    seats_of,
)  # fmt: skip
from sim.desk.attention import Assist, Dispatch, Neglect, Pull, Supervisor
from sim.log import Log
from sim.opening import opening_of
from sim.sla import Clause, Sla, Target
from sim.steer import QUEUED, Orders, Steer, View
from sim.truth import Truth
from tests.drawn import POLICY, SEEDS, TABLES, desks, some


def of(examples: int) -> int:
    """Return how many desks to try: fewer with compilation off, where each takes a second."""
    return max(examples // 8, 12) if config.DISABLE_JIT else examples


CUTS = st.lists(st.integers(0, 7 * 86_400), max_size=3).map(sorted)


def assert_equal(one: tuple[Log, Truth], other: tuple[Log, Truth]) -> None:
    for name in TABLES:
        assert_frame_equal(getattr(one[0], name), getattr(other[0], name))
    for name in ("people", "conduct", "tickets", "busyness"):
        assert_frame_equal(getattr(one[1], name), getattr(other[1], name))


def assert_same_view(one: View, other: View) -> None:
    for name in View.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@some(of(200))
@given(desks(), SEEDS, CUTS)
def test_the_twin_writes_the_log_of_the_model_wherever_the_run_is_cut(desk: Desk, seed: int, cuts: list[int]) -> None:
    world = sample(desk, seed)
    states: list[Any] = [engine.begin(desk, world) for engine in (model, fast)]
    for until_s in [*cuts, desk.until_s()]:
        model.advance(states[0], until_s)
        fast.advance(states[1], until_s)
        assert_same_view(states[0].view(), states[1].view())
        assert_equal(model.log(states[0]), fast.log(states[1]))


@some(of(100))
@given(desks(), SEEDS, st.integers(1, 7 * 86_400))
def test_the_twin_begins_with_the_tickets_that_a_log_left_open(desk: Desk, seed: int, at_s: int) -> None:
    before, _ = model.run(desk, sample(desk, seed))
    opening = opening_of(before, at_s)
    world = sample(desk, seed + 10)
    assert_equal(model.run(desk, world, opening), fast.run(desk, world, opening))


def steering(policies: list[Any], pick: int, leans: bool) -> Steer:
    """Return a steerer that changes the weights now and then and reserves tickets for people who may be off duty."""

    def steer(view: View, epoch: int) -> Orders | None:
        if epoch % 5 == 4:
            return None
        queued = np.flatnonzero(view.where == 0)
        reserve = []
        if len(queued) and view.on_duty.any() and epoch % 2:
            ticket = int(view.ticket[queued[(epoch * pick) % len(queued)]])
            reserve = [(ticket, int(np.flatnonzero(view.on_duty)[0]))]
        lean = ((0, "early_close", epoch % 3 / 2),) if leans and epoch % 4 == 1 else ()
        return Orders(policies[epoch % len(policies)] if epoch % 3 == 0 else None, tuple(reserve), lean)

    return steer


@some(of(60))
@given(
    desks(clocks=(60, 600)),
    SEEDS,
    st.lists(POLICY, min_size=1, max_size=3),
    st.integers(1, 7),
    st.sampled_from([30, 600]),
)
def test_the_twin_is_steered_as_the_model_is(desk: Desk, seed: int, policies: list[Any], pick: int, every: int) -> None:
    every = max(every, desk.clock_s // 60)
    desk = desk.changed(routing=desk.routing.changed(steer_every_min=every))  # type: ignore[assignment]
    world = sample(desk, seed)
    seen: list[list[View]] = [[], []]
    logs = []
    for engine, views in zip((model, fast), seen, strict=True):
        inner = steering(policies, pick, leans=not is_honest(desk))

        def watch(view: View, epoch: int, views: list[View] = views, inner: Steer = inner) -> Orders | None:
            views.append(view)
            return inner(view, epoch)

        try:
            logs.append(engine.run(desk, world, steer=watch))
        except ValueError as refused:
            logs.append(str(refused))
    assert len(seen[0]) == len(seen[1])
    for one, other in zip(*seen, strict=True):
        assert_same_view(one, other)
    if isinstance(logs[0], str) or isinstance(logs[1], str):
        assert logs[0] == logs[1]
    else:
        assert_equal(*logs)


def restless(**changes: Any) -> Desk:
    """Return a desk that solves nothing, so that every ticket comes back every two hours until the week is over."""
    desk = w2(1, per_min=0.02)
    outcome = Outcome(solved_logit=-60.0, reopen_after=Law(law="constant", mean_min=120.0))
    changed = desk.changed(outcome=outcome, **changes)
    assert isinstance(changed, Desk)
    return changed


def test_the_twin_grows_with_what_happens_and_comes_back_to_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = restless()
    world = sample(desk, 1)
    wanted = model.run(desk, world)
    assert wanted[0].moments.height > 20 * len(world)
    assert_equal(wanted, fast.run(desk, world))
    monkeypatch.setattr("sim.fast.engine._BUDGET", 100)
    assert_equal(wanted, fast.run(desk, world))


def first_to_nobody(view: View, epoch: int) -> Orders | None:
    """Reserve the first ticket of the pool for one of its group, once all have gone home for good."""
    queued = np.flatnonzero(view.where == QUEUED)
    if epoch < 5 or not len(queued):
        return None
    return Orders(reserve=((int(view.ticket[queued[0]]), HEADS * int(view.kind[queued[0]])),))


def test_the_twin_refuses_what_the_model_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = restless()
    every = plain.routing.changed(steer_every_min=60)
    desk = plain.changed(routing=every)
    world = sample(plain, 1)
    gone = plain.changed(staff=plain.staff.changed(shifts={"always": Shift(days=("mon",), hours="00:00-04:00")}))
    never = gone.changed(routing=every)
    wrong: dict[str, tuple[Any, Steer | None]] = {
        "routing.steer_every_min is missing": (plain, lambda view, epoch: None),
        "orders: there is no ticket": (desk, lambda view, epoch: Orders(reserve=((10**6, 0),))),
        "is not in the pool": (desk, lambda view, epoch: Orders(reserve=((0, 0),))),
        "is never on duty again": (never, first_to_nobody),
    }
    for message, (asked, steer) in wrong.items():
        for engine in (model, fast):
            with pytest.raises(ValueError, match=message):
                engine.run(asked, world, steer=steer)
    with pytest.raises(AttributeError, match="tickts"):
        _ = fast.begin(plain, world).machine.tickts
    monkeypatch.setattr("sim.fast.build.MOST_TICKETS", 5)
    with pytest.raises(ValueError, match="numbers up to 4 tickets"):
        fast.run(plain, world)


def test_the_twin_regroups_many_idle_people_and_tells_of_work_that_was_interrupted() -> None:
    """Ninety people in groups of fifteen; weights change every hour, and a break each hour stops work in hand."""
    desk = restless()
    hours = tuple(f"{hour:02}:50-{hour:02}:55" for hour in range(24))
    shifts = {"always": Shift(days=WEEKDAYS, hours="00:00-24:00", breaks=hours)}
    routing = desk.routing.changed(steer_every_min=60, at_shift_end="carry_over")
    desk = desk.changed(routing=routing, staff=desk.staff.changed(shifts=shifts))  # type: ignore[assignment]
    world = sample(desk, 1)
    policies = list(POLICIES.values())

    def steer(view: View, epoch: int) -> Orders:
        return Orders(policy=policies[epoch % len(policies)])

    states: list[Any] = [engine.begin(desk, world, steer=steer) for engine in (model, fast)]
    for until_s in range(3400, 4 * 86_400, 86_400):
        model.advance(states[0], until_s)
        fast.advance(states[1], until_s)
        assert_equal(model.log(states[0]), fast.log(states[1]))


def test_the_twin_lets_the_learners_of_open_tickets_leave() -> None:
    """Nobody is there after four hours on Monday, so there are always learners who wait."""
    desk = w2(1, per_min=0.2)
    desk = desk.changed(staff=desk.staff.changed(shifts={"always": Shift(days=("mon",), hours="00:30-04:00")}))  # type: ignore[assignment]
    opening = opening_of(model.run(desk, sample(desk, 1))[0], 3 * 86_400)
    world = sample(desk, 2)
    wanted = model.run(desk, world, opening)
    assert wanted[0].moments.filter((pl.col("what") == "left") & (pl.col("ticket") < len(opening))).height > 0
    assert_equal(wanted, fast.run(desk, world, opening))


def busybodies(handoff: Law | None) -> Desk:
    """Return a desk that sorts wrongly, asks, waits for third parties, solves little and calls back; some go home."""
    work, short = Law(mean_min=20.0), Law(mean_min=30.0)
    waits: dict[str, Any] = {"asks": 0.5, "answer": short, "refers": 0.6, "refers_after": 0.8, "third_party": short}
    calls: dict[str, Any] = {"calls_back": 0.9, "call_back_after": short, "call_back_work": work}
    kinds = {
        name: Kind(
            category="all", per_week=150.0, priorities={"normal": 1.0}, room="hall", patience=Law(mean_min=600.0),
            route=(Stage(department="desk", skill=skill, work=work, **waits),), **calls,
        )
        for name, skill in (("ask", "a"), ("pay", "b"))
    }  # fmt: skip
    seats = {
        f"s{n}": Seat(role="r", team="t", takes=takes, shift=shift)
        for n, (takes, shift) in enumerate(((("a",), "day"), (("b", "a"), "day"), (("b",), "night")))
    }
    triage = Triage(confusion={"ask": {"pay": 0.4}, "pay": {"ask": 0.3}}, finds_out=Law(mean_min=5.0), handoff=handoff)
    return Desk(
        start=date(2026, 3, 2), weeks=1, priorities=("normal",),
        demand=Demand(kinds=kinds, rooms={"hall": 6}, triage=triage),
        staff=Staff(
            roles={"r": Role(skills=("a", "b"))}, teams={"t": Team(department="desk")}, seats=seats,
            shifts={
                name: Shift(days=WEEKDAYS, hours=hours)
                for name, hours in (("day", "08:00-20:00"), ("night", "18:00-09:00"))
            },
        ),
        routing=Routing(at_shift_end="hand_back", orphan_h=2.0),
        outcome=Outcome(solved_logit=0.0, reopen_after=Law(mean_min=60.0)),
    )  # fmt: skip


@pytest.mark.parametrize("handoff", [None, Law(mean_min=30.0)])
def test_the_twin_sorts_refers_and_calls_back_as_the_model_does(handoff: Law | None) -> None:
    desk = busybodies(handoff)
    world = sample(desk, 1)
    wanted = model.run(desk, world)
    assert_equal(wanted, fast.run(desk, world))
    found = set(wanted[0].touches["reason"].cast(pl.String)), set(wanted[0].moments["reason"].cast(pl.String))
    assert found == ({None, "call_back", "misrouted"}, {None, "third_party", "misrouted"})
    opening = opening_of(wanted[0], 3 * 86_400)
    assert_equal(model.run(desk, world, opening), fast.run(desk, world, opening))


def test_the_twin_forgets_and_resumes_the_clock_of_what_is_reopened_as_the_model_does() -> None:
    target = Target(response=Clause(target_min=30), resolution=Clause(target_min=240))
    neglect = Neglect(share=0.3, forgotten=Law(mean_min=60.0), remind_min=10, heeds=0.5)
    desk = busybodies(None).changed(
        routing=Routing(mode="inbox", pickup=Law(mean_min=5.0), neglect=neglect),
        sla=Sla(priorities={"normal": target}, reopen="resume"),
    )
    world = sample(desk, 1)  # type: ignore[arg-type]
    wanted = model.run(desk, world)  # type: ignore[arg-type]
    assert_equal(wanted, fast.run(desk, world))  # type: ignore[arg-type]
    assert {"reminded", "reopened", "wait_ends", "warned"} <= set(wanted[0].moments["what"].cast(pl.String))


def test_the_twin_escalates_after_the_answer_what_fell_due_when_it_was_asked() -> None:
    """Tickets come at 10:00, ask at 11:00, when they fall due, and are answered at 11:30: each is escalated then."""
    plain = busybodies(None)
    stage = Stage(
        department="desk", skill="a", work=Law(law="constant", mean_min=120.0), asks=1.0,
        answer=Law(law="constant", mean_min=30.0),
    )  # fmt: skip
    plan = Schedule(days=WEEKDAYS, at=("10:00",))
    kind = Kind(category="all", per_week=0.0, priorities={"normal": 1.0}, route=(stage,), schedules={"ten": plan})
    desk = plain.changed(
        demand=Demand(kinds={"ask": kind}), routing=Routing(escalates_overdue=True), outcome=Outcome(solved_logit=60.0),
        sla=Sla(priorities={"normal": Target(resolution=Clause(target_min=60))}),
    )  # fmt: skip
    world = sample(desk, 1)  # type: ignore[arg-type]
    wanted = model.run(desk, world)  # type: ignore[arg-type]
    assert_equal(wanted, fast.run(desk, world))  # type: ignore[arg-type]
    escalated = wanted[0].moments.filter(pl.col("what") == "escalated")["at_s"]
    assert (escalated % 86_400).unique().to_list() == [11 * 3600 + 1800]


def chatters(routing: Routing, clock_s: int = 1) -> Desk:
    """Return a desk of three people with up to three chats each, the third no slower than two, and a break at noon."""
    kinds = {
        name: Kind(
            category="all", per_week=per_week, priorities={"normal": 1.0}, chat=chat, patience=Law(mean_min=90.0),
            route=(Stage(department="desk", skill="a", work=Law(mean_min=20.0)),),
        )
        for name, per_week, chat in (("talk", 500.0, True), ("mail", 60.0, False))
    }  # fmt: skip
    seat = Seat(role="r", team="t", takes=("a",), shift="day", heads=3, chats=(1.0, 0.7, 0.7))
    return Desk(
        start=date(2026, 3, 2), weeks=1, clock_s=clock_s, priorities=("normal",), demand=Demand(kinds=kinds),
        staff=Staff(
            roles={"r": Role(skills=("a",), speed_sd=0.2)}, teams={"t": Team(department="desk")}, seats={"s": seat},
            shifts={"day": Shift(days=WEEKDAYS, hours="08:00-20:00", breaks=("12:00-12:30",))},
        ),
        routing=routing,
    )  # fmt: skip


@pytest.mark.parametrize(
    "routing",
    [{"at_shift_end": each} for each in ("finish", "carry_over", "hand_back")]
    + [{"mode": "inbox", "pickup": Law(mean_min=5.0), "at_shift_end": "carry_over"}],
)
def test_the_twin_chats_through_breaks_as_the_model_does(routing: dict[str, Any]) -> None:
    desk = chatters(Routing(**routing))
    world = sample(desk, 1)
    assert_equal(model.run(desk, world), fast.run(desk, world))


def test_the_twin_lets_the_longest_idle_of_one_second_pick_first() -> None:
    desk = chatters(Routing(mode="pull", pull=Pull(look_around=Law(mean_min=20.0)), policy="pull_fifo"), clock_s=900)
    world = sample(desk, 1)
    assert_equal(model.run(desk, world), fast.run(desk, world))


@pytest.mark.parametrize("mode", ["pool", "inbox"])
def test_the_twin_keeps_to_caps_as_the_model_does(mode: str) -> None:
    """Of the tickets, half of which are parked once, each person may hold one; in the inbox, of two seats."""
    desk = busybodies(None)
    caps = {"one": Cap(most=1), "few": Cap(most=2, seats=tuple(desk.staff.seats)[:1])}
    agree(desk.changed(routing=desk.routing.changed(mode=mode, caps=caps)))  # type: ignore[arg-type]


def helpers(**routing: Any) -> Desk:
    """Return a desk that sorts wrongly, promises much, asks its learners and its colleagues, and is supervised."""
    base, work = busybodies(Law(mean_min=30.0)), Law(mean_min=20.0)
    ask = base.demand.kinds["ask"]
    stage = Stage(
        department="desk", skill="a", work=work, asks=0.5, answer=Law(mean_min=45.0), assists=0.6, assists_after=0.5,
        assist=Assist(skill="b", work=work),
    )  # fmt: skip
    kinds = base.demand.kinds | {"ask": ask.changed(route=(stage,), patience=Law(mean_min=60.0))}
    target = Target(response=Clause(target_min=30), resolution=Clause(target_min=90))
    return base.changed(  # type: ignore[return-value]
        demand=base.demand.changed(kinds=kinds), sla=Sla(priorities={"normal": target}, warning_min=20),
        routing=Routing(
            escalates_after_h=0.5, escalates_overdue=True, supervisor=Supervisor(skill="b", work=Law(mean_min=5.0)),
            **routing,
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    "routing",
    [
        {"at_shift_end": "carry_over"},
        {"mode": "inbox", "pickup": Law(mean_min=5.0), "orphan_h": 1.0},
        {"mode": "pull", "pull": Pull(look_around=Law(mean_min=2.0)), "policy": "pull_fifo"},
        {"dispatch": Dispatch(delay=Law(mean_min=2.0), errors=0.3, finds_out=Law(mean_min=5.0))},
    ],
)
def test_the_twin_is_supervised_and_helped_as_the_model_is(routing: dict[str, Any]) -> None:
    desk = helpers(**routing)
    world = sample(desk, 1)
    wanted = model.run(desk, world)
    assert_equal(wanted, fast.run(desk, world))
    assert {"assisted", "escalated"} <= set(wanted[0].touches["ended"].drop_nulls().cast(pl.String))
    opening = opening_of(wanted[0], 3 * 86_400)
    assert_equal(model.run(desk, world, opening), fast.run(desk, world, opening))


def test_the_twin_splits_what_is_open_at_the_begin_as_the_model_does() -> None:
    base, work = busybodies(None), Law(mean_min=60.0)
    beside = (Branch(department="desk", skill="b", work=work, asks=0.5, answer=work),)
    stage = Stage(department="desk", skill="a", work=work, beside=beside)
    kind = base.demand.kinds["ask"].changed(room=None, route=(stage,))
    desk: Any = base.changed(demand=base.demand.changed(kinds=base.demand.kinds | {"ask": kind}, triage=None))
    world = sample(desk, 1)
    wanted = model.run(desk, world)
    assert_equal(wanted, fast.run(desk, world))
    assert wanted[0].touches["branch"].max() == 1
    opening = opening_of(wanted[0], 3 * 86_400)
    assert_equal(model.run(desk, world, opening), fast.run(desk, world, opening))


def first_to_its_own(view: View, epoch: int) -> Orders | None:
    """Reserve the first ticket of the pool for the first of the people who do its kind."""
    queued = np.flatnonzero(view.where == QUEUED)
    if not len(queued):
        return None
    return Orders(reserve=((int(view.ticket[queued[0]]), int(view.kind[queued[0]])),))


def test_the_twin_keeps_what_orders_reserve_as_the_model_does() -> None:
    desk: Any = w2(1, per_min=0.55, heads=1)
    desk = desk.changed(routing=desk.routing.changed(steer_every_min=30))
    world = sample(desk, 1)
    wanted = model.run(desk, world, steer=first_to_its_own)
    assert_equal(wanted, fast.run(desk, world, steer=first_to_its_own))
    with pytest.raises(AssertionError):
        assert_equal(wanted, model.run(desk, world))


@pytest.mark.parametrize("after_min", [300.0, 600.0], ids=["changed amid the work", "changed after both pauses"])
def test_the_twin_keeps_the_pauses_of_what_changes_as_the_model_does(after_min: float) -> None:
    """Every stage asks its learner half-way, and half of the tickets turn urgent some time after they came."""
    plain: Any = busybodies(None)
    work, short = Law(mean_min=30.0), Law(law="constant", mean_min=45.0)
    stage = Stage(department="desk", skill="a", work=work, asks=1.0, answer=short)
    change = PriorityChange(share=0.5, after=Law(law="constant", mean_min=after_min), to={"urgent": 1.0})
    kind = Kind(
        category="all",
        per_week=150.0,
        priorities={"normal": 1.0},
        route=(stage, stage.changed(skill="b")),
        priority_change=change,
    )
    targets = {"urgent": Target(resolution=Clause(target_min=120)), "normal": Target(resolution=Clause(target_min=900))}
    desk = plain.changed(
        priorities=("urgent", "normal"), demand=Demand(kinds={"ask": kind}), sla=Sla(priorities=targets),
        outcome=Outcome(solved_logit=60.0),
    )  # fmt: skip
    world = sample(desk, 1)
    wanted = model.run(desk, world)
    assert_equal(wanted, fast.run(desk, world))
    assert {"priority", "wait_ends"} <= set(wanted[0].moments["what"].cast(pl.String))


def test_the_twin_looks_at_stages_with_branches_as_the_model_does() -> None:
    """A supervisor looks at tickets that wait where they were sorted wrongly; their stage has a branch beside it."""
    base: Any = helpers(at_shift_end="carry_over")
    work = Law(mean_min=60.0)
    stage = Stage(department="desk", skill="a", work=work, beside=(Branch(department="desk", skill="b", work=work),))
    kind = base.demand.kinds["ask"].changed(route=(stage,), patience=None, room=None)
    desk = base.changed(demand=base.demand.changed(kinds=base.demand.kinds | {"ask": kind}))
    world = sample(desk, 1)
    wanted = model.run(desk, world)
    assert_equal(wanted, fast.run(desk, world))
    assert "escalated" in set(wanted[0].moments["what"].cast(pl.String))


ALL_OF_IT = dict.fromkeys(CONDUCTS, 0.6)


def tempted() -> Desk:
    """Return a desk whose people do everything for their figures: two skills, shifts that end within a look, copies."""
    hours = {"early": "08:00-12:00", "late": "09:00-12:00", "long": "08:00-20:00"}
    route = (
        Stage(department="d", skill="a", work=Law(mean_min=25.0)),
        Stage(department="d", skill="b", work=Law(mean_min=8.0)),
    )
    kind = Kind(
        category="all", per_week=30.0, priorities={"high": 1.0}, route=route, replies_at_end=True,
        duplicates=Duplicates(share=0.3, after=Law(mean_min=30.0), merge_min=2.0),
    )  # fmt: skip
    kinds = {"hard": kind, "easy": kind.changed(route=route[1:], replies_at_end=False, duplicates=None)}
    return Desk(
        start=date(2026, 3, 2), weeks=1, time_zone="UTC", priorities=("high",),
        demand=Demand(
            kinds=kinds, triage=Triage(confusion={"easy": {"hard": 0.3}, "hard": {}}, finds_out=Law(mean_min=5.0))
        ),
        staff=Staff(
            roles={"r": Role(skills=("a", "b"))}, teams={"t": Team(department="d")},
            shifts={name: Shift(days=WEEKDAYS, hours=span) for name, span in hours.items()},
            seats={name: Seat(role="r", team="t", takes=("a", "b"), shift=name) for name in hours},
            persons={
                "ana": Person(role="r", seat="early", conduct=ALL_OF_IT),
                "cy": Person(role="r", seat="late", conduct=ALL_OF_IT),
                "bo": Person(role="r", seat="long", conduct=ALL_OF_IT, forbidden_kinds=("easy",)),
            },
        ),
        outcome=Outcome(reopen_after=Law(mean_min=90.0), survey=1.0, answers_logit=2.0),
        shortcuts=Shortcuts(pass_on_s=1500, hard=("hard", "easy")),
    )  # fmt: skip


@pytest.mark.parametrize(
    "routing",
    [
        {"mode": "inbox"},
        {"mode": "inbox", "pickup": Law(mean_min=10.0)},
        {"mode": "pool", "at_shift_end": "hand_back"},
        {
            "mode": "pull",
            "policy": "pull_fifo",
            "pull": Pull(look_around=Law(mean_min=5.0)),
            "at_shift_end": "hand_back",
        },
    ],
    ids=["inbox", "pickup", "hand_back", "pull"],
)
def test_the_twin_takes_shortcuts_as_the_model_does(routing: dict[str, Any]) -> None:
    """People also change how they lean: by orders, every four hours."""
    desk = tempted().changed(routing=Routing(**{"orphan_h": 5.0, "steer_every_min": 240, **routing}))
    world = sample(desk, 1)  # type: ignore[arg-type]

    def steer(view: View, epoch: int) -> Orders:
        return Orders(conduct=((epoch % 3, CONDUCTS[epoch % 5], epoch % 4 / 3),))

    assert_equal(model.run(desk, world, steer=steer), fast.run(desk, world, steer=steer))  # type: ignore[arg-type]


def test_the_twin_stops_where_the_model_stops() -> None:
    """A ticket that is worked on for no time comes back each second, 4,096 times at most."""
    desk = restless()
    outcome = Outcome(solved_logit=-60.0, reopen_after=Law(law="constant", mean_min=0.01), reopen_work=0.001)
    desk = desk.changed(outcome=outcome)  # type: ignore[assignment]
    with pytest.raises(ValueError, match="a ticket was reopened 4096 times"):
        fast.run(desk, sample(desk, 1))


def test_every_line_of_the_twin_is_run_with_compilation_off(tmp_path: Path) -> None:
    """Compiled code is not measured, so the desks above are run again, uncompiled, under the coverage tool."""
    found, how = tmp_path / "coverage.json", tmp_path / "coveragerc"
    # Lines alone can be counted by the interpreter itself, which takes little more than half the time.
    # What compiles (`whole`) has tests of its own, with compilation on.
    how.write_text("[run]\nbranch = false\ncore = sysmon\nomit = */sim/fast/whole.py\n", "utf-8")
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", "test_the_twin",
        "--cov=sim.fast", f"--cov-config={how}", f"--cov-report=json:{found}",
    ]  # fmt: skip
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "COVERAGE_FILE": str(tmp_path / "coverage")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stdout[-3000:]
    files = json.loads(found.read_text("utf-8"))["files"]
    missed = {Path(name).name: lines["missing_lines"] for name, lines in files.items() if lines["missing_lines"]}
    assert missed == {}


def test_compiled_code_is_kept_by_the_sources_that_it_holds_parts_of() -> None:
    """What the compiled loop takes from other modules lies in files whose digest names the cache.

    It can take compiled functions and constants; plain functions it cannot call.
    """
    root = Path(compilation.__file__).parent
    covered = {path for pattern in compilation.SHARED for path in root.glob(pattern)}
    for loop in ("lines", "moves", "settle", "events", "dues", "memory"):
        for name, value in vars(import_module(f"sim.fast.{loop}")).items():
            home = getattr(getattr(value, "py_func", value), "__module__", "") or ""
            if home.startswith("sim.") and not isinstance(value, type | FunctionType | ModuleType):
                path = Path(str(import_module(home).__file__))
                assert path in covered, f"sim/fast/{loop}.py: {name} comes from {path.relative_to(root)}"


def test_a_change_of_a_shared_source_changes_the_folder_of_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = compilation._digest()
    monkeypatch.setattr(compilation, "SHARED", ("rules.py",))
    assert compilation._digest() != before


@pytest.mark.parametrize("name", names())
def test_both_engines_agree_on_the_catalogue(name: str) -> None:
    agree(load(name))


@pytest.mark.parametrize("name", what_if_names())
def test_both_engines_agree_on_the_what_ifs(name: str) -> None:
    agree(load_what_if("academy", name))


def agree(desk: Desk) -> None:
    large = len(seats_of(desk)) > 100
    desk = desk.changed(weeks=1 if large else min(desk.weeks, 2))  # type: ignore[assignment]
    for seed in (1,) if large else (1, 2):
        world = sample(desk, seed)
        assert_equal(model.run(desk, world), fast.run(desk, world))


def test_the_twin_warns_of_the_response_first_where_both_warnings_come_in_one_second() -> None:
    """The resolution is due after 30 min; by a change of the priority after 10 min the response is, too: both at 20."""
    desk = w2(1, per_min=0.002)
    name, kind = next(iter(desk.demand.kinds.items()))
    both = Target(response=Clause(target_min=30), resolution=Clause(target_min=30))
    one = Target(resolution=Clause(target_min=30))
    change = PriorityChange(share=1.0, after=Law(law="constant", mean_min=10.0), to={"low": 1.0})
    kind = kind.changed(priorities={"high": 1.0}, priority_change=change)
    desk = desk.changed(
        priorities=("high", "low"), demand=Demand(kinds={name: kind}),
        sla=Sla(priorities={"high": one, "low": both}, warning_min=10),
        staff=desk.staff.changed(shifts={"always": Shift(days=("sun",), hours="23:00-24:00")}),
    )  # fmt: skip
    world = sample(desk, 1)
    wanted = model.run(desk, world)
    warned = wanted[0].moments.filter(pl.col("what") == "warned").group_by("ticket", "at_s", maintain_order=True)
    assert [0, 1] in warned.agg("value")["value"].to_list()
    assert_equal(wanted, fast.run(desk, world))
