"""Laws of tickets and of work that hold in every run, on small random desks whose clocks are so coarse that nearly
everything ties.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from hypothesis import assume, given

from sim import chance, model, rules, steer
from sim.desk import Desk, Law, honest
from sim.laws import table_ms
from tests.drawn import SEEDS, desks, some
from tests.watched import Run, joined, overlap, watched


@some(40)
@given(desks(), SEEDS)
def test_every_ticket_is_resolved_or_open_or_left_or_turned_away(desk: Desk, seed: int) -> None:
    run = watched(desk, seed)
    tickets = run.log.tickets
    ends = {
        name: set(tickets.filter(pl.col(f"{name}_s").is_not_null())["ticket"])
        for name in ("resolved", "left", "blocked", "merged")
    }
    ends["open"] = set(run.final.ticket.tolist())
    assert sum(map(len, ends.values())) == len(set.union(*ends.values())) == len(run.world)


@some(40)
@given(desks(), SEEDS)
def test_moments_and_touches_tell_the_same_story(desk: Desk, seed: int) -> None:
    run = watched(desk, seed)
    told = {(("parked",), "wait_begins"), (("transferred", "bounced"), "handed_on"), (("done",), "resolved")}
    for ended, what in told:
        touched = [(t["ticket"], t["ended_s"]) for t in run.touches if t["ended"] in ended]
        expected = [(t, s) for t, times in run.at(what).items() for s in times if t not in run.joint]
        assert sorted(row for row in touched if row[0] not in run.joint) == sorted(expected)
    resolved, reopened, closed = run.at("resolved"), run.at("reopened"), run.at("closed")
    for ticket, times in reopened.items():
        assert all(a < b for a, b in zip(resolved[ticket], times, strict=False))
        assert len(resolved[ticket]) - len(times) in (0, 1)
        assert all(a < b for a, b in zip(times, resolved[ticket][1:], strict=False))
    for ticket, (closed_s,) in closed.items():
        assert closed_s == resolved[ticket][-1] + round(3600 * desk.outcome.close_after_h)
        assert len(reopened[ticket]) < len(resolved[ticket])
    for ticket, gone_s in run.gone_s.items():
        assert not any(t["ticket"] == ticket for t in run.touches)
        told_of = run.log.moments.filter(pl.col("ticket") == ticket, ~pl.col("what").is_in(["complaint", "refund"]))
        assert told_of["at_s"].max() == gone_s


@some(40)
@given(desks(), SEEDS)
def test_nobody_works_on_two_tickets_but_chats_and_nothing_is_worked_on_by_two(desk: Desk, seed: int) -> None:
    run = watched(desk, seed)
    last: dict[tuple[int, int], dict[str, Any]] = {}
    for touch in run.touches:
        before = last.get((touch["ticket"], touch["branch"]))
        assert before is None or (before["ended_s"] is not None and touch["started_s"] >= before["ended_s"])
        assert before is None or touch["queued_s"] >= before["ended_s"]
        last[touch["ticket"], touch["branch"]] = touch
    for touch in run.all_touches:
        beside = run.beside(touch, touch["started_s"])
        if beside:
            assert all(run.chat(other["ticket"]) for other in (touch, *beside))
            assert len(beside) < len(desk.staff.seats[touch["seat"].rpartition("#")[0]].chats)


def beside_skill(run: Run, touch: dict[str, Any]) -> str | None:
    """Return the skill that a supervisor's look, or the help of a colleague, needs; None for other touches."""
    if touch["reason"] == "supervision" and run.desk.routing.supervisor:
        return run.desk.routing.supervisor.skill
    kind = run.desk.demand.kinds[run.world.kinds[run.world.kind[touch["ticket"]]]]
    asked = kind.route[touch["stage"]].assist if touch["reason"] == "assist" else None
    return asked.skill if asked else None


@some(40)
@given(desks(), SEEDS)
def test_work_is_begun_on_duty_by_who_may_do_it_after_it_was_accepted(desk: Desk, seed: int) -> None:
    run = watched(desk, seed)
    for touch in run.all_touches:
        person = run.person[touch["person"]]
        assert (
            touch["skill"] == (beside_skill(run, touch) or run.skill(touch["ticket"], touch["stage"], touch["branch"]))
            or touch["reason"] == "misrouted"
        )
        assert run.crew.skills.index(touch["skill"]) in run.crew.takes[person]
        assert touch["seat"] == run.crew.seats[person]
        assert any(on <= touch["started_s"] < off for on, off in run.spans[person])
        assert touch["queued_s"] <= touch["assigned_s"] <= touch["accepted_s"] <= touch["started_s"] < touch["end_s"]


@some(40)
@given(desks(), SEEDS)
def test_a_shift_is_busy_idle_break_meeting_late_or_absent_and_overtime_lies_outside(desk: Desk, seed: int) -> None:
    """Work lasts from start to end of a touch, or, if a shift's end stops it, as long as that on duty."""
    run = watched(desk, seed)
    stops = desk.routing.at_shift_end != "finish"
    work: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for touch in run.all_touches:
        on_duty = run.spans[run.person[touch["person"]]] if stops else [(0, run.log.until_s)]
        spans = [(max(touch["started_s"], a), min(touch["end_s"], b)) for a, b in on_duty]
        work[touch["person"]].extend((a, b) for a, b in spans if b > a)
        assert touch["work_s"] == sum(b - a for a, b in spans if b > a)
    shifts = (
        run.log.shifts.sort("person", "start_s").with_columns(pl.col("person", "presence").cast(pl.String)).to_dicts()
    )
    duties = {(run.crew.names[d.person], d.start_s): d for d in run.crew.duties}
    assert len(shifts) == len(duties)
    inside = dict.fromkeys(run.crew.names, 0)
    for shift in shifts:
        duty = duties[shift["person"], shift["start_s"]]
        long = shift["end_s"] - shift["start_s"]
        rest = [(a, b) for (_, a), (b, _) in pairwise(duty.spans)]
        work[shift["person"]] = joined(work[shift["person"]])
        busy = overlap(shift["start_s"], shift["end_s"], work[shift["person"]])
        through = sum(overlap(a, b, work[shift["person"]]) for a, b in rest)
        meet = run.meets[duty.person, duty.start_s]
        late = [(a, min(b, duty.start_s + duty.late_s)) for a, b in duty.spans if a < duty.start_s + duty.late_s]
        if duty.absent:
            assert (shift["presence"], shift["absent_s"], shift["busy_s"], shift["break_s"]) == ("approved", long, 0, 0)
            assert shift["meeting_s"] == shift["late_s"] == 0
        else:
            assert (shift["presence"], shift["absent_s"], shift["busy_s"]) == ("present", 0, busy)
            assert shift["break_s"] == sum(b - a for a, b in rest) - through
            assert shift["meeting_s"] == sum(b - a - overlap(a, b, work[shift["person"]]) for a, b in meet)
            assert shift["late_s"] == sum(b - a - overlap(a, b, work[shift["person"]]) for a, b in late)
            inside[shift["person"]] += shift["busy_s"] + shift["overtime_s"]
        idle = long - sum(shift[c] for c in ("busy_s", "break_s", "meeting_s", "late_s", "absent_s"))
        assert idle >= 0
        assert shift["paid_s"] == long - sum(b - a for a, b in rest)
        assert not (stops and shift["overtime_s"])
    assert inside == {name: sum(b - a for a, b in work[name]) for name in inside}


@some(25)
@given(desks(clocks=(600, 3600)), SEEDS)
def test_littles_law_holds_by_kind_and_idle_time_is_what_the_shifts_say(desk: Desk, seed: int) -> None:
    """Ticket-seconds seen in the views, one for every grain of the clock, equal those added up from the log."""
    run = watched(desk, seed, every_min=desk.clock_s // 60)
    grain, until_s, n_kinds = desk.clock_s, run.log.until_s, len(run.world.kinds)
    seen = np.zeros((6, n_kinds), np.int64)
    idle = np.zeros(len(run.crew), np.int64)
    early = model.begin(run.desk, run.world)
    model.advance(early, 1)
    for view in (early.view(), *run.views):
        np.add.at(seen, (view.where, view.kind), grain)
        idle += grain * (view.idle_since_s >= 0)
    assert len(run.views) == until_s // grain - 1
    told = np.zeros((6, n_kinds), np.int64)
    for touch in run.alone:
        kind = run.world.kind[touch["ticket"]]
        told[steer.QUEUED, kind] += touch["started_s"] - touch["queued_s"]
        told[steer.WORKED, kind] += touch["end_s"] - touch["started_s"]
    for touch in run.log.touches.filter(pl.col("ended") == "left").to_dicts():
        if not run.apart(touch):
            told[steer.QUEUED, run.world.kind[touch["ticket"]]] += touch["ended_s"] - touch["queued_s"]
    for ticket, where, ready_s in zip(run.final.ticket, run.final.where, run.final.ready_s, strict=True):
        if where in (steer.QUEUED, steer.HELD, steer.PENDING):
            ends = [t["ended_s"] for t in run.touches if t["ticket"] == ticket]
            told[steer.QUEUED, run.world.kind[ticket]] += until_s - max([ready_s, *ends])
    waits = seen[[steer.QUEUED, steer.HELD, steer.PENDING]].sum(axis=0)
    assert waits.tolist() == told[steer.QUEUED].tolist()
    assert seen[steer.WORKED].tolist() == told[steer.WORKED].tolist()
    spare = (
        pl.col("end_s") - pl.col("start_s") - pl.sum_horizontal("busy_s", "break_s", "meeting_s", "late_s", "absent_s")
    )
    by_person = dict(run.log.shifts.group_by("person").agg(spare.sum()).rows())
    assert {name: idle[p] for name, p in run.person.items()} == {name: by_person.get(name, 0) for name in run.person}


@some(40)
@given(desks(), SEEDS)
def test_no_work_is_lost_or_made_by_questions_shift_ends_and_reopenings(desk: Desk, seed: int) -> None:
    """A touch ends when its work is done, reckoned anew at each suspension and each change of a chat's pace.

    Where people close tickets early, it is not done.
    """
    desk = honest(desk)
    run = watched(desk, seed)
    visits: dict[tuple[int, int, int], int] = defaultdict(int)
    part: dict[tuple[int, int], int] = defaultdict(int)
    given_back: dict[tuple[int, int], int] = {}
    kept = round(desk.routing.keeps_progress * 1_000_000)
    copies = set(np.flatnonzero(run.world.duplicate_of >= 0).tolist())
    for touch in run.own_touches:
        ticket, stage, branch = touch["ticket"], touch["stage"], touch["branch"]
        if ticket in copies:  # what merging takes is no part of what the ticket brought
            continue
        step, each = run.kind(ticket).route[stage].branches()[branch], (ticket, branch)
        if run.kind(ticket).route[stage].assists:  # whether it asks for help depends on who begins it
            continue
        visit, name = visits[ticket, stage, branch], tuple(map(int, run.world.name[ticket]))

        def u(word: str, stage: int = stage, branch: int = branch, name: Any = name, visit: int = visit) -> float:
            purpose = chance.code(f"branch.{stage}.{branch}", word) if branch else chance.code(word, stage)
            return float(chance.uniform(*chance.key(seed), purpose, *name, visit))

        if visit == 0:
            drawn = round(chance.quantile(table_ms(step.work)[None, :], 0, u("work")))
            whole = drawn if branch else int(run.layout.world.work_ms[ticket, stage])
            asked = u("asks") <= step.asks if branch else bool(run.world.asks[ticket, stage])
            third = u("refers") <= step.refers
            waits = [step.asks_after] * asked + [step.refers_after] * third
            cuts = [0, *(int(rules.part_ms(whole, round(after * 1_000_000))) for after in waits), whole]
            brought = cuts[part[each] + 1] - cuts[part[each]]
            assert touch["ended"] in (None, "handed_back") or touch["ended"] in (
                ("parked",) if part[each] < len(waits) else ("done", "transferred")
            )
        else:
            drawn = round(chance.quantile(table_ms(step.work)[None, :], 0, u("work")))
            brought = int(rules.part_ms(drawn, round(desk.outcome.reopen_work * 1_000_000)))
        brought = given_back.pop(each, brought)
        if touch["ended"] != "handed_back":
            part[each] = part[each] + 1 if touch["ended"] == "parked" else 0
        visits[ticket, stage, branch] += touch["ended"] == "done"
        left, done_s = run.worked(touch, brought)
        if touch["ended"] == "handed_back":
            assert touch["ended_s"] < done_s
            given_back[each] = rules.handed_back_ms(brought, left, kept)
        elif touch["ended"] is None:
            assert done_s >= run.log.until_s or not run.on_duty(touch["person"])
        else:
            assert touch["ended_s"] == done_s
        if desk.routing.at_shift_end != "carry_over":
            assert touch["work_s"] == touch["end_s"] - touch["started_s"]


@some(60)
@given(desks(), SEEDS)
def test_branches_are_ready_at_once_and_each_is_done_once_before_the_ticket_goes_on(desk: Desk, seed: int) -> None:
    """The n-th time that all are done is the n-th hand-off or resolution; nobody is at two branches of a ticket."""
    run = watched(desk, seed)
    assume(run.joint)
    resolved, handed_on = run.at("resolved"), run.at("handed_on")
    rows = [row for row in run.log.touches.with_columns(pl.col("reason").cast(pl.String)).to_dicts() if run.apart(row)]
    found: dict[tuple[int, int], dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row["ticket"], row["stage"]][row["branch"]].append(row)
    for (ticket, stage), branches in found.items():
        route = run.kind(ticket).route
        assert len({touches[0]["queued_s"] for touches in branches.values()}) == 1
        done = [
            [t["ended_s"] for t in branches[n] if str(t["ended"]) in ("done", "transferred")]
            for n in range(len(route[stage].branches()))
        ]
        joins = [max(times) for times in zip(*done, strict=False)]
        if stage == len(route) - 1:
            assert resolved[ticket] == joins
        else:
            assert set(joins) <= set(handed_on[ticket]) and max(map(len, done)) <= 1
            later = [t for t in run.touches if t["ticket"] == ticket and t["stage"] > stage and t["reason"] is None]
            assert not later or (joins and all(t["queued_s"] >= joins[0] for t in later))
        worked = sorted(
            (t["started_s"], t["ended_s"] or run.log.until_s, t["person"])
            for touches in branches.values() for t in touches if t["person"] is not None
        )  # fmt: skip
        assert not any(a[2] == b[2] and b[0] < a[1] for n, a in enumerate(worked) for b in worked[n + 1 :])


@some(40)
@given(desks(at_shift_end="finish"), SEEDS)
def test_call_backs_follow_resolutions_after_their_delay_and_bring_their_work(desk: Desk, seed: int) -> None:
    """At most one for each resolution, the one that the ticket's numbers of that visit ask for, before a reopening."""
    run = watched(desk, seed)
    resolved, reopened, last_s = run.at("resolved"), run.at("reopened"), dict[int, int]()
    for touch in (touch for touch in run.all_touches if touch["reason"] == "call_back"):
        ticket, queued_s = touch["ticket"], touch["queued_s"]
        kind = desk.demand.kinds[run.world.kinds[run.world.kind[ticket]]]
        visit = sum(at_s < queued_s for at_s in resolved[ticket]) - 1
        assert visit >= 0 and not any(resolved[ticket][visit] < s < touch["started_s"] for s in reopened[ticket])
        assert last_s.get(ticket, -1) <= queued_s
        last_s[ticket] = touch["end_s"]

        def drawn_ms(law: Law | None, purpose: str, ticket: int = ticket, visit: int = visit) -> int:
            assert law is not None
            name = tuple(map(int, run.world.name[ticket]))
            u = chance.uniform(*chance.key(seed), chance.code(purpose), *name, visit)
            return round(chance.quantile(table_ms(law)[None, :], 0, u))

        delay = rules.delay_s(drawn_ms(kind.call_back_after, "call_back.handoff"), desk.clock_s)
        # Who goes off duty for long puts it back into the pool, ready since it fell due.
        assert queued_s == resolved[ticket][visit] + max(delay, desk.clock_s)
        assert (touch["stage"], touch["ended"]) in ((len(kind.route), "done"), (len(kind.route), None))
        _, done_s = run.worked(touch, drawn_ms(kind.call_back_work, "call_back.work"))
        assert touch["ended_s"] in (done_s, None)
