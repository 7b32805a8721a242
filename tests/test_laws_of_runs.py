"""Laws of runs as a whole, on random desks: cut anywhere, begun with open tickets, told twice, judged by dues."""

from __future__ import annotations

import io
from dataclasses import fields

import numpy as np
import polars as pl
from hypothesis import assume, given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sim import model, sample
from sim.desk import Desk, Routing
from sim.log import Log
from sim.opening import opening_of
from sim.world import World
from tests.drawn import SEEDS, TABLES, desks, some
from tests.watched import assert_same, watched


@some(30)
@given(desks(), SEEDS, st.lists(st.integers(0, 700_000), max_size=8))
def test_any_steps_lead_where_one_step_leads(desk: Desk, seed: int, steps: list[int]) -> None:
    world = sample(desk, seed)
    state = model.begin(desk, world)
    for until_s in steps:
        model.advance(state, until_s)
    model.log(state)
    model.advance(state, desk.until_s())
    assert_same(model.log(state), model.run(desk, world))


@some(30)
@given(desks(), SEEDS, st.integers(0, 700_000), st.lists(st.integers(0, 700_000), max_size=4))
def test_open_tickets_of_one_run_are_all_accounted_for_in_the_next(
    desk: Desk, seed: int, at_s: int, steps: list[int]
) -> None:
    rows = opening_of(model.run(desk, sample(desk, seed))[0], at_s)
    world = sample(desk, seed + 1)
    state = model.begin(desk, world, rows)
    for until_s in [*steps, desk.until_s()]:
        model.advance(state, until_s)
    log, truth = model.log(state)
    assert_same((log, truth), model.run(desk, world, rows))
    assert Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, currency=log.currency, sla=log.sla,
        calendars=log.calendars, **{name: getattr(log, name) for name in TABLES[:-1]},
    ) == log  # fmt: skip
    ends = {
        name: set(log.tickets.filter(pl.col(f"{name}_s").is_not_null())["ticket"])
        for name in ("resolved", "left", "blocked", "merged")
    }
    assert all(ticket >= len(rows) for ticket in ends["blocked"])
    ends["open"] = set(state.view().ticket.tolist())
    assert sum(map(len, ends.values())) == len(set.union(*ends.values())) == len(rows) + len(world)
    assert log.touches.filter(pl.coalesce("started_s", "ended_s") < 0).is_empty()
    assert log.moments.filter(
        (pl.col("at_s") < 0) & ~pl.col("what").is_in(["created", "reply", "auto_reply"])
    ).is_empty()


@some(30)
@given(desks(), SEEDS, st.integers(0, 604_800))
def test_a_log_of_the_first_days_is_the_beginning_of_the_log(desk: Desk, seed: int, until_s: int) -> None:
    world = sample(desk, seed)
    state = model.begin(desk, world)
    model.advance(state, until_s)
    early = model.log(state)[0]
    whole = model.run(desk, world)[0]
    columns = [c for c in early.moments.columns if c not in ("who", "reason", "what")]
    texts = [pl.col(c).cast(pl.String) for c in ("what", "who", "reason")]
    begun = whole.moments.filter(pl.col("at_s") < until_s).select(*columns, *texts)
    assert_frame_equal(early.moments.select(*columns, *texts), begun)
    names = ("ticket", "stage", "queued_s", "assigned_s", "accepted_s", "started_s")
    over = pl.when(pl.col("ended_s") < until_s).then("ended_s").alias("ended_s")
    started = whole.touches.filter(pl.coalesce("started_s", "ended_s") < until_s)
    early_rows = early.touches.select(*names, over).sort(pl.all())
    assert_frame_equal(early_rows, started.select(*names, over).sort(pl.all()))


@some(15)
@given(desks(), SEEDS)
def test_a_run_twice_gives_the_same_bytes_and_leaves_its_arguments_alone(desk: Desk, seed: int) -> None:
    world, text = sample(desk, seed), desk.model_dump_json()
    for field in fields(World):
        if isinstance(array := getattr(world, field.name), np.ndarray):
            array.flags.writeable = False

    def written() -> list[bytes]:
        log, truth = model.run(desk, world)
        frames = [getattr(log, name) for name in TABLES] + [truth.people, truth.conduct, truth.tickets, truth.busyness]
        files = [io.BytesIO() for _ in frames]
        for frame, file in zip(frames, files, strict=True):
            frame.write_ipc(file)
        return [file.getvalue() for file in files]

    assert written() == written()
    assert desk.model_dump_json() == text


@some(30)
@given(desks(), SEEDS)
def test_every_instant_lies_on_the_grain_of_the_clock(desk: Desk, seed: int) -> None:
    log = watched(desk, seed).log
    for frame in (log.moments, log.touches, log.shifts):
        for name in (name for name in frame.columns if name.endswith("_s")):
            assert not (frame[name].drop_nulls() % desk.clock_s != 0).any(), name


@some(30)
@given(desks(), SEEDS)
def test_the_engine_and_the_log_agree_on_what_falls_due_when(desk: Desk, seed: int) -> None:
    """Nothing is compared of a ticket that waits for its requester, or whose reopening began a new cycle."""
    run = watched(desk, seed)
    new_cycle = desk.sla is not None and desk.sla.reopen == "new_cycle"
    rows = {row["ticket"]: row for row in run.log.tickets.to_dicts()}
    waits, ends = run.at("wait_begins"), run.at("wait_ends")
    for ticket, due_s in zip(run.final.ticket.tolist(), run.final.due_s.tolist(), strict=True):
        row = rows[ticket]
        if len(waits[ticket]) > len(ends[ticket]) or (new_cycle and row["reopens"]):
            continue
        clauses = ("due_response_s", "due_resolution_s") if row["first_reply_s"] is None else ("due_resolution_s",)
        dues = [row[clause] for clause in clauses if row[clause] is not None]
        assert due_s == (min(dues) // desk.clock_s * desk.clock_s if dues else 2**62)


@some(30)
@given(desks(), SEEDS)
def test_a_ticket_without_a_reply_is_warned_of_once_at_its_time(desk: Desk, seed: int) -> None:
    assume(desk.sla is not None and desk.sla.warning_min)
    run = watched(desk, seed)
    grain, lead_s = desk.clock_s, 60 * desk.sla.warning_min  # type: ignore[union-attr]
    changed = set(run.at("priority", "sla"))  # Their targets change, too.
    of_response = (pl.col("what") == "warned") & (pl.col("value") == 0)
    moments = run.log.moments.filter(of_response, ~pl.col("ticket").is_in(list(changed)))
    warned = dict(moments.select("ticket", "at_s").rows())
    assert len(warned) == moments.height
    for ticket, created_s, due_s, reply_s in run.log.tickets.select(
        "ticket", "created_s", "due_response_s", "first_reply_s"
    ).iter_rows():
        if ticket in changed:
            continue
        due_s = None if due_s is None else max(due_s // grain * grain - lead_s, created_s) // grain * grain
        out = due_s is None or due_s >= run.log.until_s or run.gone_s.get(ticket, due_s + 1) < due_s
        if out or (reply_s is not None and reply_s < due_s):
            assert ticket not in warned
        elif reply_s != due_s and run.gone_s.get(ticket) != due_s:
            assert warned[ticket] == due_s


@some(25)
@given(desks(), SEEDS)
def test_what_a_requester_does_does_not_depend_on_the_staff(desk: Desk, seed: int) -> None:
    """The n-th answer of a ticket, and the n-th return after a resolution, take equally long whoever works, help of
    colleagues apart.
    """
    more = {name: seat.changed(heads=seat.heads + 2) for name, seat in desk.staff.seats.items()}
    other = desk.changed(staff=desk.staff.changed(seats=more), routing=Routing())
    delays = []
    for run in (watched(desk, seed), watched(other, seed)):  # type: ignore[arg-type]
        found = {}
        for begin, end in (("wait_begins", "wait_ends"), ("resolved", "reopened")):
            first, last = run.at(begin), run.at(end)
            for ticket, times in last.items():
                if end == "wait_ends" and ticket in run.joint:
                    continue  # a joint ticket waits as a whole while all its open branches do
                if any(stage.assists for stage in desk.demand.kinds[run.world.kinds[run.world.kind[ticket]]].route):
                    continue
                pairs = list(zip(first[ticket], times, strict=False))
                found |= {(ticket, end, n): b - a for n, (a, b) in enumerate(pairs)}
        delays.append(found)
    for key in delays[0].keys() & delays[1].keys():
        assert delays[0][key] == delays[1][key]
