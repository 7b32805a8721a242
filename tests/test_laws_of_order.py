"""Laws of who takes what and of what a steerer sees, that hold in every run on random desks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
from hypothesis import assume, given
from hypothesis import strategies as st

from sim import model, sample, steer
from sim.crew import crew_of
from sim.desk import Desk
from sim.layout import lay_out
from tests.drawn import SEEDS, desks, some
from tests.watched import Run, assert_same, watched


def first_in_pool(run: Run) -> Iterator[tuple[tuple[object, ...], int, int, int | None, int]]:
    """Yield (queue, ready, ticket, start or None, when it was gone without work) of every first wait at a stage."""
    never = run.log.until_s
    seen = set()
    for touch in run.own_touches:
        place = (touch["ticket"], touch["stage"])
        if place not in seen and not run.apart(touch):
            seen.add(place)
            yield (*queue_of(run, *place), touch["queued_s"], touch["ticket"], touch["started_s"], never)  # type: ignore[misc]
    for ticket, stage, queued_s, ended_s in (
        run.log.touches.filter(pl.col("ended") == "left", pl.col("reason").is_null())
        .select("ticket", "stage", "queued_s", "ended_s")
        .iter_rows()
    ):
        yield (*queue_of(run, ticket, stage), queued_s, ticket, None, ended_s)  # type: ignore[misc]
    final = run.final
    for ticket, stage, where, ready_s in zip(final.ticket, final.stage, final.where, final.ready_s, strict=True):
        if where == steer.QUEUED and (int(ticket), int(stage)) not in seen:
            yield (*queue_of(run, int(ticket), int(stage)), int(ready_s), int(ticket), None, never)  # type: ignore[misc]


def queue_of(run: Run, ticket: int, stage: int) -> tuple[tuple[int, int, int]]:
    return ((int(run.world.kind[ticket]), stage, int(run.world.priority[ticket])),)


@some(40)
@given(desks(mode="pool"), SEEDS)
def test_within_a_queue_who_is_ready_first_is_begun_first(desk: Desk, seed: int) -> None:
    """A ticket whose priority changes moves to another queue, one that a supervisor saw to the head of its own: both
    are left out.
    """
    run = watched(desk, seed)
    warned = {ticket: min(times) for ticket, times in run.at("warned", "escalated").items()}
    queues, changed = defaultdict(list), run.at("priority", *["escalated"] * (desk.routing.supervisor is not None))
    for queue, ready_s, ticket, started_s, gone_s in (row for row in first_in_pool(run) if row[2] not in changed):
        queues[queue].append((ready_s, ticket, started_s, gone_s))
    for rows in queues.values():
        rows.sort(key=lambda row: row[:2])
        for place, (_, younger, began_s, _) in enumerate(rows):
            for _, older, start_s, gone_s in rows[:place] if began_s is not None else ():
                flags = [warned.get(ticket, gone_s + 1) <= began_s for ticket in (older, younger)]
                assert (start_s is not None and start_s <= began_s) or gone_s <= began_s or flags[0] != flags[1]


def capped(run: Run, view: steer.View) -> Callable[[int, int], bool]:
    """Return whether a cap keeps a person from a ticket of a kind: they have it in a list, in hand or parked."""
    parked = {t["ticket"]: (t["ended"], t["person"]) for t in run.own_touches if t["end_s"] <= view.now_s}
    layout = run.layout
    held = np.zeros(layout.most_held.shape, np.int64)
    for ticket, kind, where, person in zip(view.ticket, view.kind, view.where, view.person, strict=True):
        ended, by = parked.get(int(ticket), (None, None))
        if where == steer.AWAY and ended == "parked":
            person = run.person[str(by)]
        if person >= 0:
            held[person] += layout.caps[kind]
    return lambda person, kind: bool((layout.caps[kind] & (held[person] >= layout.most_held[person])).any())


@some(30)
@given(desks(), SEEDS, st.sampled_from([10, 60, 240]))
def test_nobody_idles_while_there_is_work_that_they_may_do(desk: Desk, seed: int, every_min: int) -> None:
    """Pool: no idle person and a waiting ticket of their queues. Inbox: nothing is in the pool that somebody on duty
    may do. Pull: idle people look around first; a dispatcher takes time. A ticket that is kept for its specialists is
    no work for others, nor is one that a cap keeps from them. In all three nobody idles with a ticket in hand.
    """
    assume(not desk.routing.caps or not any(kind.calls_back for kind in desk.demand.kinds.values()))
    run = watched(desk, seed, max(every_min, desk.clock_s // 60))
    may = [{run.crew.skills[skill] for skill in takes} for takes in run.crew.takes]
    main = [{run.crew.skills[takes[0]]} for takes in run.crew.takes]
    kept_s = -(-60 * desk.routing.weights().main_only_min // desk.clock_s) * desk.clock_s
    for view in run.views:
        assert not (view.idle_since_s[view.person[view.where == steer.HELD]] >= 0).any()
        if desk.routing.mode == "pull" or desk.routing.dispatch is not None:
            continue
        free = np.flatnonzero(view.on_duty if desk.routing.mode == "inbox" else view.idle_since_s >= 0)
        kept = view.now_s - view.ready_s < kept_s
        waiting, full = view.where == steer.QUEUED, capped(run, view)
        for which, own in ((waiting & ~kept, may), (waiting, main)):
            wanted = zip(
                view.ticket[which].tolist(), view.stage[which].tolist(), view.kind[which].tolist(), strict=True
            )
            for ticket, stage, kind in wanted:
                skill = run.skill(ticket, stage)
                able = [p for p in free if skill in own[p] and kind not in run.crew.barred[p]]
                assert all(full(p, kind) for p in able)


@some(30)
@given(desks(), SEEDS, st.sampled_from([10, 60, 240]))
def test_a_view_shows_who_is_open_where_and_nobody_else(desk: Desk, seed: int, every_min: int) -> None:
    every_min = max(every_min, desk.clock_s // 60)
    run = watched(desk, seed, every_min)
    resolved, reopened = run.at("resolved"), run.at("reopened")
    for number, view in enumerate(run.views, 1):
        now_s = view.now_s
        assert now_s == 60 * every_min * number
        resting = {
            t for t, times in resolved.items() if sum(s <= now_s for s in times) > sum(s <= now_s for s in reopened[t])
        }
        gone = {t for t, gone_s in run.gone_s.items() if gone_s <= now_s}
        gone |= {t for t, (merged_s,) in run.at("merged").items() if merged_s <= now_s}
        came = np.searchsorted(run.world.created_s, now_s, side="right")
        assert set(view.ticket.tolist()) == set(range(came)) - resting - gone
        worked = {(t["ticket"], t["person"]) for t in run.alone if t["started_s"] <= now_s < t["end_s"]}
        worked |= {(t["ticket"], t["person"]) for t in run.alone if t["ended"] is None and t["started_s"] <= now_s}
        held = view.where == steer.WORKED
        assert {(t, run.crew.names[p]) for t, p in zip(view.ticket[held], view.person[held], strict=True)} == worked
        on_duty = [any(a <= now_s < b for a, b in spans) for spans in run.spans]
        assert view.on_duty.tolist() == on_duty
        nobody = (view.where == steer.QUEUED) | (view.where == steer.AWAY) | (view.where == steer.APART)
        assert ((view.person == -1) == nobody).all()
        shown = [(view.person == p).sum() for p in range(len(run.crew))]
        more = run.joint or any(k.calls_back or any(s.assists for s in k.route) for k in desk.demand.kinds.values())
        assert view.holds.tolist() == shown or (more and (view.holds >= shown).all())


@some(30)
@given(desks(), SEEDS, st.sampled_from([7, 60, 1440]), st.sampled_from(["none", "empty", "same"]))
def test_a_steerer_that_orders_nothing_new_changes_nothing(desk: Desk, seed: int, every_min: int, what: str) -> None:
    assume(every_min * 60 % desk.clock_s == 0)
    orders = {"none": None, "empty": steer.Orders(), "same": steer.Orders(policy=desk.routing.weights())}[what]
    world = sample(desk, seed)
    steered = desk.changed(routing=desk.routing.changed(steer_every_min=every_min))
    assert_same(model.run(desk, world), model.run(steered, world, steer=lambda view, epoch: orders))  # type: ignore[arg-type]


@some(30)
@given(desks(orphan_h=1000.0, steer_every_min=60, escalates_after_h=None), SEEDS, st.integers(0, 100))
def test_a_reserved_ticket_is_worked_on_by_whom_it_was_reserved_for(desk: Desk, seed: int, dice: int) -> None:
    """Unless the learner leaves, or the person's last shift ends before: then it goes back to the pool."""
    world = sample(desk, seed)
    crew, layout = crew_of(desk, seed), lay_out(desk, world)
    orders: dict[int, tuple[int, int]] = {}

    def reserve(view: steer.View, epoch: int) -> steer.Orders | None:
        waiting = view.ticket[view.where == steer.QUEUED]
        if not len(waiting):
            return None
        ticket = int(waiting[(dice + epoch) % len(waiting)])
        stage = int(view.stage[view.ticket == ticket][0])
        skill = layout.routes[world.kind[ticket]][stage].skill
        able = [p for p, takes in enumerate(crew.takes) if skill in takes]
        barred = int(world.kind[ticket])
        able = [p for p in able if barred not in crew.barred[p] and crew.off_s[p] and crew.off_s[p][-1] > view.now_s]
        if not able:
            return None
        orders[ticket] = (view.now_s, able[(dice + epoch) % len(able)])
        return steer.Orders(reserve=((ticket, orders[ticket][1]),))

    state = model.begin(desk, world, steer=reserve)
    model.advance(state, desk.until_s())
    rows = model.log(state)[0].touches.sort("started_s").to_dicts()
    view = state.view()
    for ticket, (now_s, person) in orders.items():
        last_s = crew.off_s[person][-1] if crew.off_s[person] else 0
        back_s = last_s if now_s < last_s < desk.until_s() else desk.until_s()
        after = [r for r in rows if r["ticket"] == ticket and r["assigned_s"] is not None and r["started_s"] >= now_s]
        gone = [r for r in rows if r["ticket"] == ticket and r["ended"] == "left"]
        if after and after[0]["started_s"] < back_s:
            assert (after[0]["person"], after[0]["assigned_s"]) == (crew.names[person], now_s)
        elif not gone and back_s == desk.until_s():
            assert view.person[view.ticket == ticket].tolist() == [person]
