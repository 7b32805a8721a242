"""The model by hand: a few tickets, one to three people, every instant worked out on paper.

Instants are minutes from Monday 2 March 2026, 00:00 UTC, unless a test says otherwise. A ticket is written as the
minute of its creation and what it brings; a touch as (ticket, person, from, to, how it ended).
"""

import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from sim import chance, model, rules, sample, steer
from sim.calendar import Calendar
from sim.desk import (
    Demand,
    Desk,
    Kind,
    Law,
    Outcome,
    Person,
    PersonWeights,
    Policy,
    Role,
    Routing,
    Seat,
    Shift,
    Staff,
    Stage,
    Team,
    TicketWeights,
    Triage,
)  # fmt: skip
from sim.log import Log
from sim.sla import Clause, Sla, Target
from sim.world import World

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
H, DAY = 60, 1440
ALWAYS = "00:00-24:00"


def always(minutes: float) -> Law:
    return Law(law="constant", mean_min=float(minutes))


@dataclass(frozen=True)
class T:
    """A ticket of a world made by hand: instants and times in minutes."""

    at: float
    work: float | tuple[float, ...] = 10
    kind: str = "answer"
    priority: str = "normal"
    patience: float | None = None
    asks: bool = False
    solved: tuple[bool, ...] = (True,)


def stage(skill: str = "answer", **rest: Any) -> Stage:
    return Stage(department="desk", skill=skill, work=rest.pop("work", always(10)), **rest)


def kind(*route: Stage, **rest: Any) -> Kind:
    shares = {"urgent": 0.5, "normal": 0.5}
    return Kind(category="all", per_week=1.0, priorities=shares, route=route or (stage(),), **rest)


def desk_of(
    people: dict[str, dict[str, Any]] | None = None, kinds: dict[str, Kind] | None = None, *,
    routing: dict[str, Any] | None = None, rooms: dict[str, int] | None = None, **rest: Any,
) -> Desk:  # fmt: skip
    """Return a desk of named people: each has `hours`, `breaks`, `takes`, `speed`; their order is that of the names."""
    people = people or {"ana": {}, "bo": {}}
    skills = ("answer", "pay")
    shifts, seats, persons = {}, {}, {}
    for name, own in people.items():
        shifts[name] = Shift(days=own.get("days", WEEK), hours=own.get("hours", ALWAYS), breaks=own.get("breaks", ()))
        seats[name] = Seat(role="adviser", team="desk", takes=own.get("takes", skills), shift=name)
        persons[name] = Person(role="adviser", speed=own.get("speed", {}), seat=name)
    given: dict[str, Any] = {
        "start": date(2026, 3, 2), "weeks": 1, "time_zone": "UTC", "priorities": ("urgent", "normal"),
        "demand": Demand(kinds=kinds or {"answer": kind()}, rooms=rooms or {}),
        "staff": Staff(
            roles={"adviser": Role(skills=skills, wage_per_h=60.0)}, teams={"desk": Team(department="desk")},
            shifts=shifts, seats=seats, persons=persons,
        ),
        "routing": Routing(**(routing or {})), "outcome": Outcome(solved_logit=0.0),
    }  # fmt: skip
    return Desk(**(given | rest))


def named(kind: str, number: int, solved: tuple[bool, ...]) -> tuple[int, int, int]:
    """Return a name whose ticket is solved or not at each visit as wanted: at logit 0, if its uniform is below 1/2."""
    purpose = chance.code("solved")
    for trial in range(10_000):
        name = (zlib.crc32(kind.encode()), trial, number)
        if all((chance.uniform(1, 0, purpose, *name, visit) < 0.5) == want for visit, want in enumerate(solved)):
            return name
    raise AssertionError("no such name")


def world_of(desk: Desk, *tickets: T) -> World:
    """Return a world of exactly these tickets, in the order given, with seed 1."""
    kinds = tuple(sorted(desk.demand.kinds))
    stages = max(len(kind.route) for kind in desk.demand.kinds.values())
    n = len(tickets)
    work, asks = np.zeros((n, stages), np.int64), np.zeros((n, stages), np.bool_)
    for row, ticket in enumerate(tickets):
        parts = ticket.work if isinstance(ticket.work, tuple) else (ticket.work,)
        work[row, : len(parts)] = [round(60_000 * part) for part in parts]
        asks[row, 0] = ticket.asks
    return World(
        seed=1, kinds=kinds, priorities=desk.priorities, until_s=desk.until_s(),
        created_s=np.array([round(60 * t.at) for t in tickets], np.int64),
        kind=np.array([kinds.index(t.kind) for t in tickets], np.int64),
        priority=np.array([desk.priorities.index(t.priority) for t in tickets], np.int64),
        learner=np.arange(n), name=np.array([named(t.kind, r, t.solved) for r, t in enumerate(tickets)], np.uint32),
        difficulty=np.zeros(n),
        patience_s=np.array([-1 if t.patience is None else round(60 * t.patience) for t in tickets], np.int64),
        work_ms=work, asks=asks, busyness=np.ones(7 * desk.weeks),
    )  # fmt: skip


def run(desk: Desk, *tickets: T) -> Log:
    return model.run(desk, world_of(desk, *tickets))[0]


def minutes(seconds: int | None) -> float | None:
    return None if seconds is None else seconds / 60


def touches(log: Log, *columns: str) -> list[tuple[Any, ...]]:
    """Return (ticket, person, started, ended, how), or the named columns, in the order of start, times in minutes."""
    names = columns or ("ticket", "person", "started_s", "ended_s", "ended")
    rows = log.touches.sort("started_s", "ticket").with_columns(pl.col("^.*_s$") / 60)
    return rows.select(names).rows()


def moments(log: Log, *what: str) -> list[tuple[Any, ...]]:
    """Return (minute, ticket, what, who) of the named kinds of moments."""
    rows = log.moments.filter(pl.col("what").is_in(what))
    return rows.select(pl.col("at_s") / 60, "ticket", "what", "who").rows()


def response(minutes_of: dict[str, int], *, warning_min: int = 10, resolution: dict[str, int] | None = None) -> Sla:
    late = resolution or {}
    return Sla(
        priorities={
            p: Target(
                response=Clause(target_min=minutes_of[p]) if p in minutes_of else None,
                resolution=Clause(target_min=late[p]) if p in late else None,
            )
            for p in minutes_of.keys() | late.keys()
        },
        warning_min=warning_min,
    )


def test_the_higher_priority_goes_first_and_within_a_priority_the_older() -> None:
    """Two people, 10 min each. 0 and 1 start at 0. At 10 both are free: 3 (urgent, since 2) to ana, whose number is
    lower, 4 (urgent, since 3) to bo, although 2 (normal) waits since 1. At 20: 2 to ana and 5 to bo.
    """
    log = run(desk_of(), T(0), T(0), T(1), T(2, priority="urgent"), T(3, priority="urgent"), T(4))
    assert touches(log) == [
        (0, "ana", 0, 10, "done"), (1, "bo", 0, 10, "done"), (3, "ana", 10, 20, "done"), (4, "bo", 10, 20, "done"),
        (2, "ana", 20, 30, "done"), (5, "bo", 20, 30, "done"),
    ]  # fmt: skip


def test_the_longest_idle_takes_the_next_ticket() -> None:
    """ana works 0-10, bo 1-6. At 20 ana is idle for 10 min, bo for 14: bo. At 21 ana."""
    log = run(desk_of(), T(0), T(1, work=5), T(20), T(21))
    assert [row[1] for row in touches(log)] == ["ana", "bo", "bo", "ana"]


def test_slower_people_take_longer_and_seconds_are_rounded_up() -> None:
    """10 min at speed 0.7 are 857.14 s, so 858 s; at 1.6 they are 375 s. A touch without work lasts a second."""
    desk = desk_of({"ana": {"speed": {"answer": 0.7}}, "bo": {"speed": {"answer": 1.6}}})
    log = run(desk, T(0), T(0), T(60, work=0))
    assert log.touches["work_s"].to_list() == [858, 375, 1]


PART_TIME = {"ana": {"hours": "09:00-12:00", "breaks": ("10:00-10:30",)}}


def test_work_in_hand_is_finished_over_a_break_and_over_the_end_of_the_shift() -> None:
    """40 min each, in hours from 9: 0 is worked 9:30-10:10, ten minutes of it in the break. 1 starts when the break
    ends, 10:30-11:10, 2 at 11:10-11:50, 3 at 11:50-12:30: 30 min of overtime.

    The shift of 180 min: busy 9:30-10:10 and 10:30-12:00 = 130, break 30 - 10 = 20, idle 9:00-9:30 = 30. Paid are
    180 - 30 = 150 min at 1 a minute and 30 min at 1.5: 195.
    """
    desk = desk_of(PART_TIME, routing={"at_shift_end": "finish"})
    log = run(desk, *(T(9 * H + m, work=40) for m in (30, 40, 60, 65)))
    nine = 9 * H
    assert touches(log) == [
        (0, "ana", nine + 30, nine + 70, "done"), (1, "ana", nine + 90, nine + 130, "done"),
        (2, "ana", nine + 130, nine + 170, "done"), (3, "ana", nine + 170, nine + 210, "done"),
    ]  # fmt: skip
    shift = log.shifts.row(0, named=True)
    assert [shift[c] / 60 for c in ("busy_s", "break_s", "overtime_s", "paid_s")] == [130, 20, 30, 150]
    assert shift["cost_minor"] == 19_500


def test_work_in_hand_is_carried_over_a_break_and_over_the_night_before_anything_new() -> None:
    """From 9: 0 (40 min) is worked 9:30-10:00 and 10:30-10:40; 1 (40) 10:40-11:20; 2 (50) 11:20-12:00 and on the next
    day 9:00-9:10, before 4, which is urgent and there since 8:00; 4 (10) 9:10-9:20; 3 (40) 9:20-10:00, to the second
    in which the break begins, so done before it. First shift: busy 30 + 10 + 40 + 40 = 120, break 30, no overtime.
    """
    desk = desk_of(PART_TIME, routing={"at_shift_end": "carry_over"})
    nine = 9 * H
    brought = [T(nine + m, work=w) for m, w in ((30, 40), (40, 40), (60, 50), (65, 40))]
    log = run(desk, *brought, T(DAY + 8 * H, priority="urgent"))
    morning = DAY + nine
    assert touches(log, "ticket", "started_s", "ended_s", "work_s") == [
        (0, nine + 30, nine + 100, 40), (1, nine + 100, nine + 140, 40), (2, nine + 140, morning + 10, 50),
        (4, morning + 10, morning + 20, 10), (3, morning + 20, morning + 60, 40),
    ]  # fmt: skip
    shift = log.shifts.sort("start_s").row(0, named=True)
    assert [shift[c] / 60 for c in ("busy_s", "break_s", "overtime_s", "paid_s")] == [120, 30, 0, 150]
    assert shift["cost_minor"] == 15_000


def test_work_handed_back_goes_to_the_head_of_its_queue_with_the_stated_share_of_what_was_done() -> None:
    """ana 9:00-10:00, bo 9:30-12:00. 0 (50 min) is worked 9:20-10:00 by ana, who has 40 min done: 30 are kept at a
    share of 0.75, so 20 are left. bo works on 1 9:30-10:00, then on 0, although 2 and 3 have waited since 9:25 and
    9:40 and 0 is back since 10:00 only: 10:00-10:20. Then 2 and 3, 10 min each. ana's shift has no overtime.

    0 is handed back after a wait of 0, and waits 0 again; 3 is ready before 0 comes back and yet goes after it.
    """
    people = {"ana": {"hours": "09:00-10:00"}, "bo": {"hours": "09:30-12:00"}}
    desk = desk_of(people, routing={"at_shift_end": "hand_back", "keeps_progress": 0.75})
    nine = 9 * H
    log = run(desk, T(nine + 20, work=50), T(nine + 22, work=30), T(nine + 25), T(nine + 40))
    assert touches(log, "ticket", "person", "queued_s", "started_s", "ended_s", "work_s", "ended") == [
        (0, "ana", nine + 20, nine + 20, nine + 60, 40, "handed_back"),
        (1, "bo", nine + 22, nine + 30, nine + 60, 30, "done"),
        (0, "bo", nine + 60, nine + 60, nine + 80, 20, "done"),
        (2, "bo", nine + 25, nine + 80, nine + 90, 10, "done"),
        (3, "bo", nine + 40, nine + 90, nine + 100, 10, "done"),
    ]  # fmt: skip
    assert log.shifts.filter(person="ana").sort("start_s").row(0, named=True)["overtime_s"] == 0
    assert moments(log, "reply") == [
        (nine + 20, 0, "reply", "ana"), (nine + 30, 1, "reply", "bo"), (nine + 80, 2, "reply", "bo"),
        (nine + 90, 3, "reply", "bo"),
    ]  # fmt: skip


def test_what_was_handed_back_stands_before_what_was_ready_earlier_but_was_not_in_work() -> None:
    """ana and bo 9:00-10:00, cat 11:00-18:00; whoever is away for half an hour loses the list. 0 (2 min, asks after 1)
    is ana's, parked 9:01-9:11; by then she has begun 2 (100, since 9:03), so 0 waits in her list. bo works on 1 (20),
    9:02-9:22, then on 3 (100) since 9:30. At 10:00 2 and 3 are handed back, with 43 and 70 min left, and 0 goes back
    to the pool. cat begins with 2, then 3, which was ready at 9:30 only, then 0, which was ready at 9:11.
    """
    people = {"ana": {"hours": "09:00-10:00"}, "bo": {"hours": "09:00-10:00"}, "cat": {"hours": "11:00-18:00"}}
    kinds = {"answer": kind(stage(asks=1.0, asks_after=0.5, answer=always(10)))}
    desk = desk_of(people, kinds, routing={"at_shift_end": "hand_back", "orphan_h": 0.5})
    nine = 9 * H
    brought = [T(nine, work=2, asks=True), *(T(nine + m, work=w) for m, w in ((2, 20), (3, 100), (30, 100)))]
    assert [row for row in touches(run(desk, *brought)) if row[1] == "cat"] == [
        (2, "cat", nine + 120, nine + 163, "done"), (3, "cat", nine + 163, nine + 233, "done"),
        (0, "cat", nine + 233, nine + 234, "done"),
    ]  # fmt: skip


def test_a_share_of_progress_needs_work_that_is_handed_back() -> None:
    with pytest.raises(ValueError, match=r'keeps_progress = 0.5 needs at_shift_end = "hand_back"'):
        Routing(keeps_progress=0.5)
    assert Routing(keeps_progress=0.5, at_shift_end="hand_back").keeps_progress == 0.5


def test_work_carried_over_loses_only_what_a_millisecond_holds() -> None:
    """50 min at speed 0.7 for 30 min: 1,260,000 ms done; 1,740,000 ms left are 2485.71 s, so 2486 s."""
    people = {"ana": {"hours": "09:00-12:00", "breaks": ("10:00-10:30",), "speed": {"answer": 0.7}}}
    log = run(desk_of(people, routing={"at_shift_end": "carry_over"}), T(9 * H + 30, work=50))
    assert log.touches.select("ended_s", "work_s").row(0) == ((10 * H + 30) * 60 + 2486, 1800 + 2486)


def test_nobody_begins_in_the_second_in_which_the_shift_ends_and_everybody_may_in_the_one_in_which_it_begins() -> None:
    """0 comes at 12:00, when ana goes: it waits for 9:00. 1 comes at 9:00 of the third day and is begun at once."""
    log = run(desk_of(PART_TIME), T(12 * H), T(2 * DAY + 9 * H))
    assert touches(log, "ticket", "started_s") == [(0, DAY + 9 * H), (1, 2 * DAY + 9 * H)]


def test_a_question_stops_the_resolution_clock_and_the_answer_goes_back_to_whom_asked() -> None:
    """0 brings 20 min and asks after a quarter: ana works 0-5, then the requester has 30 min: until 35. Meanwhile
    ana works on 1 (40 min): 5-45. bo is idle at 35, but 0 is ana's: 45-60. Its target of 60 min, less the pause of 30,
    falls due at 90, that of its reply at 15.
    """
    asking = {"answer": kind(stage(asks=0.5, asks_after=0.25, answer=always(30)))}
    sla = response({"normal": 15}, resolution={"normal": 60}, warning_min=0)
    desk = desk_of(kinds=asking, sla=sla)
    log = run(desk, T(0, work=20, asks=True), T(2, work=3), T(5, work=40))
    assert touches(log) == [
        (0, "ana", 0, 5, "parked"), (1, "bo", 2, 5, "done"), (2, "ana", 5, 45, "done"), (0, "ana", 45, 60, "done"),
    ]  # fmt: skip
    assert moments(log, "wait_begins", "wait_ends") == [(5, 0, "wait_begins", "ana"), (35, 0, "wait_ends", None)]
    ticket = log.tickets.row(0, named=True)
    assert [minutes(ticket[c]) for c in ("due_response_s", "due_resolution_s", "paused_s")] == [15, 90, 30]


def test_a_mistake_in_sorting_costs_a_touch_and_a_delay_and_bounces_to_the_right_queue() -> None:
    """All questions are taken for payments. 0 waits for bo, who pays 1 (0-20) first; he finds out in 5 min of work,
    20-25, and 15 min later 0 is in ana's queue: 40-50. Payments are sorted rightly. 0 is replied to by bo at 20.
    """
    people = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",)}}
    kinds = {"ask": kind(stage()), "pay": kind(stage("pay"))}
    triage = Triage(confusion={"ask": {"pay": 1.0}}, finds_out=always(5), handoff=always(15))
    desk = desk_of(people, kinds)
    desk = desk.changed(demand=desk.demand.changed(triage=triage))
    log = run(desk, T(0, work=20, kind="pay"), T(0, kind="ask"))
    assert touches(log, "ticket", "person", "stage", "queued_s", "started_s", "ended_s", "ended", "reason") == [
        (0, "bo", 0, 0, 0, 20, "done", None), (1, "bo", 0, 0, 20, 25, "bounced", "misrouted"),
        (1, "ana", 0, 40, 40, 50, "done", None),
    ]  # fmt: skip
    assert [row for row in moments(log, "reply", "handed_on", "resolved") if row[1] == 1] == [
        (20, 1, "reply", "bo"), (25, 1, "handed_on", "bo"), (50, 1, "resolved", "ana"),
    ]  # fmt: skip
    handed = log.moments.filter(pl.col("what") == "handed_on")
    assert (handed["reason"].cast(pl.String).to_list(), handed["value"].to_list()) == (["misrouted"], [None])


def test_a_bounce_is_no_reply_where_replies_come_at_the_end_and_a_share_of_mistakes_is_a_share_of_tickets() -> None:
    """As above, but replies come at the end of the first work that does not bounce: at 15, not at 5 (no delay). Of 400
    tickets of which 0.3 are sorted wrongly, 120 +- 4 sd of 9.2 are; a kind of the same skill is no mistake.
    """
    people = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",)}}
    kinds = {"ask": kind(stage(), replies_at_end=True), "pay": kind(stage("pay")), "same": kind(stage())}
    desk = desk_of(people, kinds)

    def sorted_by(**row: float) -> Log:
        triage = Triage(confusion={"ask": row}, finds_out=always(5))
        tickets = [T(20 * n, kind="ask") for n in range(400)]
        return run(desk.changed(demand=desk.demand.changed(triage=triage)), *tickets)

    assert [row[0] for row in moments(sorted_by(pay=1.0), "reply")][:2] == [15, 35]
    bounced = [
        sorted_by(**row).touches.filter(pl.col("ended") == "bounced").height for row in ({"pay": 0.3}, {"same": 1.0})
    ]
    assert abs(bounced[0] - 120) < 37 and bounced[1] == 0


def test_a_confusion_matrix_that_contradicts_itself_is_refused() -> None:
    laws = {"finds_out": always(5)}
    with pytest.raises(ValueError, match=r"confusion\.answer: a kind is not mistaken for itself"):
        Triage(confusion={"answer": {"answer": 0.5}}, **laws)
    with pytest.raises(ValueError, match=r"confusion.a: the shares must sum to at most 1, got 1.1"):
        Triage(confusion={"a": {"b": 0.5, "c": 0.6}}, **laws)
    desk = desk_of()
    with pytest.raises(ValueError, match=r"triage\.confusion\.answer: unknown kind 'anwser'; did you mean 'answer'"):
        desk.changed(demand=desk.demand.changed(triage=Triage(confusion={"answer": {"anwser": 0.5}}, **laws)))


def test_a_third_party_stops_the_work_but_not_the_resolution_clock() -> None:
    """0 brings 20 min; half is done before the third party's 30 min: ana works 0-10, 0 comes back at 40. Meanwhile ana
    works on 1 (35 min): 10-45; then on 0, 45-55. Its target of 50 min stays due at 50, with a warning
    at 35, fifteen minutes before, which a wait for the requester would have put off.
    """
    referring = {"answer": kind(stage(refers=1.0, refers_after=0.5, third_party=always(30))), "other": kind()}
    sla = response({"normal": 900}, resolution={"normal": 50}, warning_min=15)
    log = run(desk_of({"ana": {}}, referring, sla=sla), T(0, work=20), T(10, work=35, kind="other"))
    assert touches(log) == [(0, "ana", 0, 10, "parked"), (1, "ana", 10, 45, "done"), (0, "ana", 45, 55, "done")]
    what = ("wait_begins", "wait_ends", "warned", "resolved")
    assert [row for row in moments(log, *what) if row[1] == 0] == [
        (10, 0, "wait_begins", "ana"), (35, 0, "warned", None), (40, 0, "wait_ends", None), (55, 0, "resolved", "ana"),
    ]  # fmt: skip
    reasons = log.moments.filter(pl.col("what").is_in(what[:2]))
    assert reasons["reason"].cast(pl.String).to_list() == ["third_party"] * 2
    assert reasons["value"].null_count() == 2
    ticket = log.tickets.row(0, named=True)
    assert [minutes(ticket[c]) for c in ("due_resolution_s", "paused_s")] == [50, 0]


def test_a_stage_asks_its_requester_first_and_waits_for_a_third_party_then() -> None:
    """20 min, the question after a quarter (10 min to the answer), the third party (20 min) after all of it: work 0-5,
    15-30, and at 50 a last second in which ana resolves it. The target of 60 min moves by the 10 only.
    """
    both = stage(asks=0.5, asks_after=0.25, answer=always(10), refers=1.0, third_party=always(20))
    sla = response({"normal": 900}, resolution={"normal": 60}, warning_min=0)
    log = run(desk_of({"ana": {}}, {"answer": kind(both)}, sla=sla), T(0, work=20, asks=True))
    last = 50 + 1 / 60
    assert touches(log) == [
        (0, "ana", 0, 5, "parked"), (0, "ana", 15, 30, "parked"), (0, "ana", 50, last, "done")
    ]  # fmt: skip
    reasons = log.moments.filter(pl.col("what").is_in(["wait_begins", "wait_ends"]))["reason"]
    assert reasons.cast(pl.String).to_list() == [None, None, "third_party", "third_party"]
    ticket = log.tickets.row(0, named=True)
    assert [minutes(ticket[c]) for c in ("due_resolution_s", "paused_s")] == [70, 10]


def test_an_answered_question_goes_before_the_pool() -> None:
    """0 asks at 5 and is answered at 15 while ana works on 1 (5-20); 2 waits in the pool since 6. At 20 ana's own
    list comes first: 0 until 35, then 2.
    """
    asking = {"answer": kind(stage(asks=0.5, asks_after=0.25, answer=always(10)))}
    log = run(desk_of({"ana": {}}, asking), T(0, work=20, asks=True), T(1, work=15), T(6))
    assert touches(log, "ticket", "started_s") == [(0, 0), (1, 5), (0, 20), (2, 35)]


def test_an_unsolved_ticket_is_reopened_and_goes_back_to_its_owner() -> None:
    """0 is done by ana 0-10, not solved, and comes back an hour later, at 70. ana works on 2 (65-85) and bo idles:
    0 waits for ana, 85-90, half of 10 min, and is solved. It closes 72 h after 90.
    """
    outcome = Outcome(solved_logit=0.0, reopen_after=always(60), reopen_work=0.5)
    desk = desk_of(outcome=outcome)
    log = run(desk, T(0, solved=(False, True)), T(1, work=30), T(65, work=20))
    assert touches(log) == [
        (0, "ana", 0, 10, "done"), (1, "bo", 1, 31, "done"), (2, "ana", 65, 85, "done"), (0, "ana", 85, 90, "done"),
    ]  # fmt: skip
    closed = 72 * H
    assert [row for row in moments(log, "resolved", "reopened", "closed") if row[1] == 0] == [
        (10, 0, "resolved", "ana"), (70, 0, "reopened", None), (90, 0, "resolved", "ana"),
        (90 + closed, 0, "closed", None),
    ]  # fmt: skip


def test_a_call_back_is_made_by_the_last_resolver_and_counts_as_a_touch_of_its_own() -> None:
    """0 is done by ana 0-10 and called back an hour later, at 70; ana works on 2 (60-80) and bo idles: the call waits
    for her, 80-85. Nothing else happens to 0: it is closed 72 h after 10. 2 is called back at 140, and 1, of a kind
    without call-backs, is not.
    """
    calling = {"answer": kind(calls_back=1.0, call_back_after=always(60), call_back_work=always(5)), "other": kind()}
    log = run(desk_of(kinds=calling), T(0), T(5, work=50, kind="other"), T(60, work=20))
    assert touches(log, "ticket", "person", "stage", "queued_s", "started_s", "ended_s", "reason") == [
        (0, "ana", 0, 0, 0, 10, None), (1, "bo", 0, 5, 5, 55, None), (2, "ana", 0, 60, 60, 80, None),
        (0, "ana", 1, 70, 80, 85, "call_back"), (2, "ana", 1, 140, 140, 145, "call_back"),
    ]  # fmt: skip
    assert log.touches["skill"].cast(pl.String).unique().to_list() == ["answer"]
    what = log.moments.filter(pl.col("ticket") == 0)["what"].cast(pl.String)
    assert what.to_list() == ["created", "reply", "resolved", "closed"]
    assert log.tickets["closed_s"].to_list() == [60 * (at + 72 * H) for at in (10, 55, 80)]


def test_a_call_back_that_nobody_has_begun_is_withdrawn_when_the_ticket_is_reopened() -> None:
    """0 is done 0-10, its call-back is due at 40 and waits, ana being at 1 until 100; at 70 the learner comes back: no
    call for that visit. Then 0 is worked on 100-105 (half of 10 min), and its call-back is made at 135-140.
    """
    calling = {"answer": kind(calls_back=1.0, call_back_after=always(30), call_back_work=always(5)), "other": kind()}
    outcome = Outcome(solved_logit=0.0, reopen_after=always(60), reopen_work=0.5)
    desk = desk_of({"ana": {}}, calling, outcome=outcome)
    log = run(desk, T(0, solved=(False, True)), T(5, work=90, kind="other"))
    assert touches(log, "ticket", "started_s", "ended_s", "reason") == [
        (0, 0, 10, None), (1, 10, 100, None), (0, 100, 105, None), (0, 135, 140, "call_back")
    ]  # fmt: skip


def test_a_call_back_in_progress_goes_on_when_the_ticket_is_reopened_and_one_due_meanwhile_is_dropped() -> None:
    """0 is done by ana 0-10 and called back by her 20-80; it is reopened at 40 and waits for her: 80-85. With nothing
    in progress its next call-back, due at 95, is made 95-155. Due after the reopening, at 71, the first is dropped.
    """

    def calls(after: float) -> list[tuple[Any, ...]]:
        laws = {"calls_back": 1.0, "call_back_after": always(after), "call_back_work": always(60)}
        outcome = Outcome(solved_logit=0.0, reopen_after=always(30), reopen_work=0.5)
        log = run(desk_of({"ana": {}}, {"answer": kind(**laws)}, outcome=outcome), T(0, solved=(False, True)))
        return touches(log, "started_s", "ended_s", "reason")

    assert calls(10) == [(0, 10, None), (20, 80, "call_back"), (80, 85, None), (95, 155, "call_back")]
    assert calls(61) == [(0, 10, None), (40, 45, None), (106, 166, "call_back")]


@pytest.mark.parametrize(("delay_min", "comes_back"), [(119, True), (120, False)])
def test_a_ticket_that_closed_is_not_reopened(delay_min: int, comes_back: bool) -> None:
    """It closes 2 h after it was resolved; a learner who comes in that second or later has given up."""
    outcome = Outcome(solved_logit=0.0, reopen_after=always(delay_min), close_after_h=2.0)
    log = run(desk_of(outcome=outcome), T(0, solved=(False, True)))
    assert len(moments(log, "reopened")) == comes_back
    assert len(moments(log, "closed")) == 1


@pytest.mark.parametrize(("orphan_h", "person", "began"), [(13.9, "bo", 19 * H), (14.0, "ana", DAY + 9 * H)])
def test_a_ticket_whose_owner_is_away_too_long_goes_to_the_pool(orphan_h: float, person: str, began: int) -> None:
    """bo works on 0, 16:40-17:00, so ana (9:00-17:00) takes 1, 16:50-17:00, just before she goes. It is not solved
    and comes back at 19:00, 14 h before she does: it waits for her, or bo takes it.
    """
    outcome = Outcome(solved_logit=0.0, reopen_after=always(120))
    desk = desk_of({"ana": {"hours": "09:00-17:00"}, "bo": {}}, routing={"orphan_h": orphan_h}, outcome=outcome)
    log = run(desk, T(16 * H + 40, work=20), T(16 * H + 50, solved=(False, True)))
    assert touches(log) == [
        (0, "bo", 16 * H + 40, 17 * H, "done"), (1, "ana", 16 * H + 50, 17 * H, "done"),
        (1, person, began, began + 5, "done"),
    ]  # fmt: skip


def test_patience_that_ends_in_the_second_in_which_somebody_is_free_is_over() -> None:
    """ana works 0-10. 1 waits from 2 for at most 8 min and leaves at 10; 2 would wait one second more: 10-20."""
    log = run(desk_of({"ana": {}}), T(0), T(2, patience=8), T(2, patience=8 + 1 / 60))
    assert touches(log) == [(1, None, None, 10, "left"), (0, "ana", 0, 10, "done"), (2, "ana", 10, 20, "done")]
    assert moments(log, "left") == [(10, 1, "left", None)]


def test_a_list_that_empties_in_the_second_in_which_its_holder_is_free_is_no_work() -> None:
    """Inbox. ana works 0-10; 1 is in her list from 2 and leaves at 10, in the second in which she is free."""
    log = run(desk_of({"ana": {}}, routing={"mode": "inbox"}), T(0), T(2, patience=8), T(20))
    assert touches(log) == [(1, None, None, 10, "left"), (0, "ana", 0, 10, "done"), (2, "ana", 20, 30, "done")]


def test_patience_does_not_run_once_work_has_begun() -> None:
    """0 would wait 3 min for work to begin; it begins at once, stops at 5 for a question, and goes on at 35."""
    asking = {"answer": kind(stage(asks=0.5, asks_after=0.25, answer=always(30)))}
    log = run(desk_of({"ana": {}}, asking), T(0, work=20, asks=True, patience=3))
    assert touches(log) == [(0, "ana", 0, 5, "parked"), (0, "ana", 35, 50, "done")]


def test_a_waiting_room_of_one_turns_the_newest_away() -> None:
    """ana works 0-10; 1 waits since 1; 2 finds the room full at 2. At 10 ana takes 1, so 3, which comes then, has the
    place; 4 and 5 at 11 have none. At 20 ana takes 3; 6 and 7 come then, and the newer one is turned away.
    """
    desk = desk_of({"ana": {}}, {"answer": kind(room="hall")}, rooms={"hall": 1})
    log = run(desk, T(0), T(1), T(2), T(10), T(11), T(11), T(20), T(20))
    assert touches(log, "ticket", "started_s") == [(0, 0), (1, 10), (3, 20), (6, 30)]
    assert moments(log, "blocked") == [(t, n, "blocked", None) for t, n in ((2, 2), (11, 4), (11, 5), (20, 7))]


def test_a_room_without_places_turns_away_whom_nobody_can_serve_at_once() -> None:
    desk = desk_of({"ana": {}}, {"answer": kind(room="hall")}, rooms={"hall": 0})
    log = run(desk, T(0), T(5), T(10))
    assert touches(log, "ticket", "started_s") == [(0, 0), (2, 10)]
    assert moments(log, "blocked") == [(5, 1, "blocked", None)]


@pytest.mark.parametrize(("warning_min", "order"), [(10, [0, 1, 2]), (0, [0, 2, 1]), (5, [0, 2, 1])])
def test_a_warning_raises_the_index(warning_min: int, order: list[int]) -> None:
    """ana works 0-25. 1 is normal, its reply falls due at 31; warned 10 min before, at 21, it goes before 2, which is
    urgent. Warned 5 min before, at 26, it comes too late.
    """
    desk = desk_of({"ana": {}}, sla=response({"normal": 30}, warning_min=warning_min))
    log = run(desk, T(0, work=25, priority="urgent"), T(1), T(2, priority="urgent"))
    assert [row[0] for row in touches(log)] == order
    assert [row[:2] for row in moments(log, "warned")] == ([(31 - warning_min, 1)] if warning_min else [])


def test_a_warned_ticket_goes_before_one_of_its_queue_that_was_ready_earlier() -> None:
    """ana and cy answer, bo pays and is busy until 40.5. ana answers 0 from 0 to 30, cy 1 from 1 to 6; so 1 is ready to
    be paid first. Their resolutions fall due at 50 and 51: 0 is warned of at 40, 1 not before 41, so 0 goes first.
    """
    people = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",)}, "cy": {"takes": ("answer",)}}
    kinds = {"refund": kind(stage(), stage("pay")), "pay": kind(stage("pay"))}
    sla = response({}, resolution={"normal": 50})
    log = run(
        desk_of(people, kinds, sla=sla), T(0, work=40.5, kind="pay", priority="urgent"),
        T(0, work=(30, 5), kind="refund"), T(1, work=(5, 5), kind="refund"),
    )  # fmt: skip
    assert [row[:3] for row in touches(log) if row[1] == "bo"] == [(0, "bo", 0), (1, "bo", 40.5), (2, "bo", 45.5)]
    assert moments(log, "warned")[:2] == [(40, 1, "warned", None), (41, 2, "warned", None)]


@pytest.mark.parametrize(("reopen", "minute"), [("resume", 90), ("restart", 100), ("new_cycle", 100)])
def test_after_a_reopening_the_warning_comes_when_the_reopen_mode_says(reopen: str, minute: int) -> None:
    """ana works on 0 from 0 to 10, it is not solved and comes back at 70, when she is busy (60-120). Of its 40 min 10
    have passed: it falls due at 70 + 30, or anew at 70 + 40. It is warned of 10 min before that.
    """
    outcome = Outcome(solved_logit=0.0, reopen_after=always(60))
    sla = response({}, resolution={"normal": 40}).changed(reopen=reopen)
    desk = desk_of({"ana": {}}, sla=sla, outcome=outcome)
    log = run(desk, T(0, solved=(False, True)), T(60, work=60, priority="urgent"))
    assert moments(log, "warned") == [(minute, 0, "warned", "ana")]


def test_a_warning_of_a_reply_already_given_is_not_noted_and_one_of_the_resolution_is() -> None:
    """0 is replied to at 0, before its warning at 20; it is worked on until 60, so its resolution, due at 40, is
    warned of at 30, to ana, who holds it.
    """
    sla = response({"normal": 30}, resolution={"normal": 40})
    log = run(desk_of({"ana": {}}, sla=sla), T(0, work=60))
    assert moments(log, "warned") == [(30, 0, "warned", "ana")]


def test_a_reply_may_come_when_the_first_work_ends() -> None:
    log = run(desk_of({"ana": {}}, {"answer": kind(replies_at_end=True)}), T(0), T(1))
    assert moments(log, "reply") == [(10, 0, "reply", "ana"), (20, 1, "reply", "ana")]


def test_a_night_over_a_clock_change_carries_over_the_hour_that_it_lacks() -> None:
    """Berlin, 28 March 2026: 22:00-06:00 is seven hours long. Of 8 h of work from 22:00 one is left for the next
    night, which begins 23 h after this one did. In the night before eight hours suffice.
    """
    desk = desk_of(
        {"ana": {"hours": "22:00-06:00"}}, routing={"at_shift_end": "carry_over"}, start=date(2026, 3, 23),
        time_zone="Europe/Berlin",
    )  # fmt: skip
    friday, saturday = 4 * DAY + 22 * H, 5 * DAY + 22 * H
    log = run(desk, T(friday, work=8 * H), T(saturday, work=8 * H))
    assert touches(log, "ticket", "started_s", "ended_s", "work_s") == [
        (0, friday, friday + 8 * H, 8 * H), (1, saturday, saturday + 23 * H + H, 8 * H),
    ]  # fmt: skip
    lengths = [(row["end_s"] - row["start_s"]) // 3600 for row in log.shifts.sort("start_s").iter_rows(named=True)]
    assert lengths == [6, 8, 8, 8, 8, 8, 7, 2]


def test_specialist_first_keeps_the_generalist_free_and_gives_everybody_their_own_work_first() -> None:
    """ana takes answer and pay, bo only pay. ana is idle longer (her number is lower), yet 0 (pay) goes to bo, 0-10.
    1 (pay, at 1) is left for ana, 1-11. 2 (pay, since 3) and 3 (answer, since 4) wait for her: at 10 bo takes 2; at 11
    ana takes 3. 4 (pay, since 5) and 5 (answer, since 6) wait: at 20 bo takes 4, at 21 ana 5. 6 (pay, since 12) and
    7 (answer, since 13) and bo busy 20-60: at 31 ana takes 7, her main skill, before the older 6.
    """
    people = {"ana": {"takes": ("answer", "pay")}, "bo": {"takes": ("pay",)}}
    kinds = {"answer": kind(), "pay": kind(stage("pay"))}
    desk = desk_of(people, kinds, routing={"policy": "specialist_first"})
    log = run(
        desk, T(0, kind="pay"), T(1, kind="pay"), T(3, kind="pay"), T(4), T(5, kind="pay", work=40), T(6),
        T(12, kind="pay"), T(13),
    )  # fmt: skip
    assert [row[:3] for row in touches(log)] == [
        (0, "bo", 0), (1, "ana", 1), (2, "bo", 10), (3, "ana", 11), (4, "bo", 20), (5, "ana", 21), (7, "ana", 31),
        (6, "ana", 41),
    ]  # fmt: skip


def test_specialist_first_keeps_to_priority_before_skill() -> None:
    """At 10 ana, whose main skill is answer, takes the urgent pay ticket before the older answer ticket."""
    kinds = {"answer": kind(), "pay": kind(stage("pay"))}
    desk = desk_of({"ana": {"takes": ("answer", "pay")}}, kinds, routing={"policy": "specialist_first"})
    log = run(desk, T(0), T(1), T(2, kind="pay", priority="urgent"))
    assert [row[0] for row in touches(log)] == [0, 2, 1]


def test_best_skill_takes_the_fastest_of_the_idle() -> None:
    """bo is the fastest at pay (1.5: 15 min take 10), cy at answer (1.2: 12 min take 10), whoever is idle longest.
    2 comes when both are busy: ana.
    """
    people: dict[str, dict[str, Any]] = {
        "ana": {}, "bo": {"speed": {"answer": 0.8, "pay": 1.5}}, "cy": {"speed": {"answer": 1.2, "pay": 1.0}},
    }  # fmt: skip
    kinds = {"answer": kind(), "pay": kind(stage("pay"))}
    log = run(
        desk_of(people, kinds, routing={"policy": "best_skill"}),
        T(0, kind="pay", work=15), T(1, work=12), T(2, kind="pay"), T(40, kind="pay", work=15), T(41, work=12),
    )  # fmt: skip
    assert touches(log) == [
        (0, "bo", 0, 10, "done"), (1, "cy", 1, 11, "done"), (2, "ana", 2, 12, "done"), (3, "bo", 40, 50, "done"),
        (4, "cy", 41, 51, "done"),
    ]  # fmt: skip


def test_sla_slack_takes_what_falls_due_next_whatever_its_priority_and_age() -> None:
    """ana works 0-10. 1 (urgent, at 1) is due at 241, 2 (normal, at 2) at 32, 3 (normal, at 3) at 33."""
    sla = response({"urgent": 240, "normal": 30}, warning_min=0)
    desk = desk_of({"ana": {}}, routing={"policy": "sla_slack"}, sla=sla)
    log = run(desk, T(0), T(1, priority="urgent"), T(2), T(3))
    assert [row[0] for row in touches(log)] == [0, 2, 3, 1]


def test_what_falls_due_next_before_a_reply_is_the_response_or_the_resolution() -> None:
    """ana works 0-10. 1 (urgent, at 1) has only a resolution, due at 61; 2 (normal, at 2) a response, due at 92."""
    sla = response({"normal": 90}, resolution={"urgent": 60}, warning_min=0)
    desk = desk_of({"ana": {}}, routing={"policy": "sla_slack"}, sla=sla)
    world = world_of(desk, T(0), T(1, priority="urgent"), T(2))
    assert [row[0] for row in touches(model.run(desk, world)[0])] == [0, 1, 2]
    state = model.begin(desk, world)
    model.advance(state, 5 * 60)
    assert state.view().due_s.tolist() == [2**62, 61 * 60, 92 * 60]


def test_fewest_open_tickets_counts_what_a_person_holds() -> None:
    """Inbox. At 0 both hold nothing: ana (number). At 1 bo holds fewer. At 2 they tie: ana was assigned longer ago.
    ana finishes 0 at 3 and holds 1 as bo does; at 4 they tie again, bo was assigned longer ago.
    """
    custom = Policy(ticket=TicketWeights(age_s=1), person=PersonWeights(open_tickets=-1))
    desk = desk_of(routing={"mode": "inbox", "policy": "custom", "custom": custom})
    log = run(desk, T(0, work=3), T(1), T(2), T(4))
    assert sorted(touches(log, "ticket", "person")) == [(0, "ana"), (1, "bo"), (2, "ana"), (3, "bo")]


def test_the_first_two_tickets_of_an_inbox_go_to_two_people() -> None:
    """Both come at second 0 and take no time to pick up: nobody was assigned before, so the second goes to bo."""
    log = run(desk_of(routing={"mode": "inbox"}), T(0), T(0))
    assert touches(log, "ticket", "person", "started_s") == [(0, "ana", 0), (1, "bo", 0)]


def test_an_inbox_assigns_at_once_even_to_the_busy_and_work_begins_after_the_pick_up() -> None:
    """Pick-up 5 min, work 10 min, to the one assigned longest ago. 0: ana, 6-16. 1: bo at 2, 7-17. 2: ana at 3,
    accepted at 8, begun when she is free, 16-26. 3: bo at 4, accepted 9, 17-27. 4: ana at 15, accepted 20, 26-36.
    """
    desk = desk_of(routing={"mode": "inbox", "pickup": always(5)})
    log = run(desk, T(1), T(2), T(3), T(4), T(15))
    assert touches(log, "ticket", "person", "assigned_s", "accepted_s", "started_s", "ended_s") == [
        (0, "ana", 1, 6, 6, 16), (1, "bo", 2, 7, 7, 17), (2, "ana", 3, 8, 16, 26), (3, "bo", 4, 9, 17, 27),
        (4, "ana", 15, 20, 26, 36),
    ]  # fmt: skip


def test_a_list_of_somebody_who_goes_for_long_goes_back_to_the_pool() -> None:
    """Inbox, pick-up 2 min, by turns. 0: ana, 16:00-17:05 (she goes at 17:00 for 16 h and finishes it). 1: bo,
    16:01-17:30. 2: ana at 16:30. 3: bo at 16:31. 4: ana at 16:59, not yet accepted when she goes. 2 and 4 go to bo at
    17:00, who accepts them at 17:02. At 17:30 he begins with what is ready longest: 2, then 3, then 4.
    """
    people = {"ana": {"hours": "09:00-17:00"}, "bo": {}}
    desk = desk_of(people, routing={"mode": "inbox", "pickup": always(2), "orphan_h": 12.0})
    five = 17 * H
    log = run(desk, T(five - 62, work=65), T(five - 61, work=89), T(five - 30), T(five - 29, work=1), T(five - 1))
    assert touches(log, "ticket", "person", "assigned_s", "accepted_s", "started_s", "ended_s") == [
        (0, "ana", five - 62, five - 60, five - 60, five + 5), (1, "bo", five - 61, five - 59, five - 59, five + 30),
        (2, "bo", five, five + 2, five + 30, five + 40), (3, "bo", five - 29, five - 27, five + 40, five + 41),
        (4, "bo", five, five + 2, five + 41, five + 51),
    ]  # fmt: skip


@pytest.mark.parametrize("at_shift_end", ["finish", "carry_over"])
def test_an_inbox_assigns_when_somebody_comes_on_duty_even_with_work_in_hand(at_shift_end: str) -> None:
    """ana, 9:00-17:00, has 18 h of work in hand from 16:00, so at 9:00 of the next day she is busy either way. 1 comes
    at 20:00, when nobody is there; it is hers at 9:00, the second in which she comes on duty.
    """
    desk = desk_of({"ana": {"hours": "09:00-17:00"}}, routing={"mode": "inbox", "at_shift_end": at_shift_end})
    log = run(desk, T(16 * H, work=18 * H), T(20 * H))
    assert touches(log, "ticket", "assigned_s")[1] == (1, DAY + 9 * H)


def test_a_ticket_passes_its_stages_with_a_delay_between_them() -> None:
    """Desk 0-10, hand-off 15 min, bank from 25: bo alone may pay, and is busy with 1 until 30. Then 5 min, 30-35."""
    people = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",)}}
    refund = kind(stage(), stage("pay", handoff=always(15)))
    desk = desk_of(people, {"refund": refund, "pay": kind(stage("pay"))})
    log = run(desk, T(0, work=(10, 5), kind="refund"), T(20, kind="pay"))
    assert touches(log, "ticket", "person", "queued_s", "started_s", "ended_s", "ended") == [
        (0, "ana", 0, 0, 10, "transferred"), (1, "bo", 20, 20, 30, "done"), (0, "bo", 25, 30, 35, "done"),
    ]  # fmt: skip
    assert moments(log, "handed_on", "resolved") == [
        (10, 0, "handed_on", "ana"), (30, 1, "resolved", "bo"), (35, 0, "resolved", "bo"),
    ]  # fmt: skip


def test_a_run_that_stops_in_the_middle_shows_what_is_in_hand() -> None:
    """At 12:15 ana has worked on 0 from 11:00-12:00 (with a suspension since), nothing of 1."""
    desk = desk_of(PART_TIME, routing={"at_shift_end": "carry_over"})
    state = model.begin(desk, world_of(desk, T(11 * H, work=100), T(11 * H)))
    model.advance(state, (12 * H + 15) * 60)
    log, _ = model.log(state)
    assert touches(log, "ticket", "started_s", "ended_s", "work_s", "ended") == [(0, 11 * H, None, H, None)]
    assert log.until_s == (12 * H + 15) * 60
    model.advance(state, desk.until_s())
    assert touches(model.log(state)[0]) == [
        (0, "ana", 11 * H, DAY + 9 * H + 40, "done"), (1, "ana", DAY + 9 * H + 40, DAY + 9 * H + 50, "done"),
    ]  # fmt: skip


def test_a_warning_that_fell_into_a_pause_outside_open_hours_is_given_when_the_pause_ends() -> None:
    """Office 9:00-17:00. 0 comes at 9:00; ana asks at 17:00, after half of 16 h, and is answered at 8:58 of the next
    day. The pause has no open second, so the target of 8 h 5 min still falls due at 9:05 of that day. The warning of
    8:55 fell into the pause; the ticket is the desk's again from 8:58, so it is warned of then.
    """
    office = Calendar(hours=dict.fromkeys(WEEK, ("09:00-17:00",)))
    asking = {"answer": kind(stage(asks=0.5, asks_after=0.5, answer=always(15 * H + 58)))}
    clause = Clause(target_min=8 * H + 5, calendar="office")
    sla = Sla(priorities={"normal": Target(resolution=clause)}, warning_min=10)
    desk = desk_of({"ana": {}}, asking, sla=sla, calendars={"office": office})
    log = run(desk, T(9 * H, work=16 * H, asks=True))
    assert moments(log, "warned") == [(DAY + 8 * H + 58, 0, "warned", "ana")]


@pytest.mark.parametrize("weights", [{"slack_s": -2_000_000_000}, {"warned": 20_000_000_000}])
def test_a_weight_that_could_leave_64_bits_is_refused(weights: dict[str, int]) -> None:
    """A ticket without a due has a slack of 4e9 s; times 10^9, with 10^10 for each of 3.1e8 s of age: below 2^63."""
    assert 10**9 * rules.BIG + 10**10 * 520 * 7 * 86_400 + 10**13 < 2**63
    with pytest.raises(ValueError, match=r"should be (less|greater) than or equal to"):
        TicketWeights(**weights)


def test_a_view_tells_the_instant_reached_and_not_the_last_event() -> None:
    """Ticket 0 is worked on from 0 to 10, 1 comes at 30; nothing happens between. ana has been idle since 10."""
    desk = desk_of({"ana": {}})
    state = model.begin(desk, world_of(desk, T(0), T(30)))
    assert state.view().now_s == 0
    model.advance(state, 20 * 60 + 1)
    view = state.view()
    assert (view.now_s, view.ticket.tolist(), view.idle_since_s.tolist()) == (20 * 60 + 1, [], [10 * 60])
    model.advance(state, 5)
    assert state.view().now_s == 20 * 60 + 1
    model.advance(state, 2**40)
    assert state.view().now_s == desk.until_s()


def test_an_inbox_shows_whom_nobody_assigned_anything_as_idle_since_the_beginning() -> None:
    desk = desk_of({"ana": {}, "bo": {"hours": "09:00-17:00"}}, routing={"mode": "inbox"})
    state = model.begin(desk, world_of(desk, T(9 * H)))
    model.advance(state, 60)
    assert state.view().idle_since_s.tolist() == [0, -1]


def test_an_epoch_off_the_grain_of_the_clock_is_refused() -> None:
    assert desk_of(clock_s=600, routing={"steer_every_min": 20}).routing.steer_every_min == 20
    with pytest.raises(ValueError, match="must be a multiple of clock_s = 600 s, got 15 min"):
        desk_of(clock_s=600, routing={"steer_every_min": 15})


def test_somebody_to_steer_is_refused_by_a_desk_without_epochs() -> None:
    desk = desk_of()
    with pytest.raises(ValueError, match=r"routing\.steer_every_min is missing"):
        model.run(desk, world_of(desk, T(0)), steer=lambda view, epoch: None)


@pytest.mark.parametrize(
    ("every_min", "order", "message"),
    [
        (18 * H, (1, 0), "person 0 is never on duty again"),
        (18 * H, (1, 1), "person 1 may not do it"),
        (18 * H, (0, 0), "ticket 0 is not in the pool"),
        (18 * H, (2, 0), "there is no ticket 2"),
        (8 * H, (1, 0), None),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_refused(
    every_min: int, order: tuple[int, int], message: str | None
) -> None:
    """Both tickets need pay: bo never may, ana (Monday 9:00-17:00) and cy (Monday 0:00-6:00) may. cy does 0 at once. 1
    comes a minute before the only order, at 8:00, when ana is still to come, or at 18:00, when she has gone for good.
    """
    people: dict[str, dict[str, Any]] = {
        "ana": {"days": ("mon",), "hours": "09:00-17:00", "takes": ("pay",)}, "bo": {"takes": ("answer",)},
        "cy": {"days": ("mon",), "hours": "00:00-06:00", "takes": ("pay",)},
    }  # fmt: skip
    kinds = {"pay": kind(stage("pay")), "answer": kind()}
    desk = desk_of(people, kinds, routing={"steer_every_min": every_min, "orphan_h": 1000.0})
    world = world_of(desk, T(0, kind="pay"), T(every_min - 1, kind="pay", work=24 * H))
    steps = iter([steer.Orders(reserve=(order,))])
    state = model.begin(desk, world, steer=lambda view, epoch: next(steps, None))
    if message is None:
        model.advance(state, 10 * H * 60)
        assert touches(model.log(state)[0])[1] == (1, "ana", 9 * H, None, None)
    else:
        with pytest.raises(ValueError, match=message):
            model.advance(state, desk.until_s())


def test_a_ticket_reopened_more_often_than_there_are_numbers_is_refused() -> None:
    """Nothing is ever solved and everything comes back a second later."""
    outcome = Outcome(solved_logit=-1000.0, reopen_after=always(0))
    desk = desk_of({"ana": {}}, {"answer": kind(stage(work=always(0)))}, outcome=outcome)
    with pytest.raises(ValueError, match=r"demand\.kinds\.answer: a ticket was reopened 4096 times"):
        run(desk, T(0, work=0))


def test_a_world_with_other_priorities_is_refused() -> None:
    desk = desk_of()
    other = desk.changed(priorities=("normal", "urgent"))
    with pytest.raises(ValueError, match="its kinds, priorities or length differ"):
        model.begin(other, world_of(desk, T(0)))


LATER = kind(stage(work=always(11)))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"start": date(2026, 3, 9)}, "start"),
        ({"time_zone": "Asia/Shanghai"}, "time_zone"),
        ({"clock_s": 60}, "clock_s"),
        ({"demand": Demand(kinds={"answer": LATER})}, "demand.kinds.answer"),
        ({"demand": Demand(kinds={"answer": kind()}, learners=7)}, "demand.learners"),
        ({"demand": Demand(kinds={"answer": kind()}, special_days={"2026-03-03": 2.0})}, "demand.special_days"),
    ],
)
def test_a_world_of_another_demand_is_refused_by_name(change: dict[str, Any], where: str) -> None:
    with pytest.raises(ValueError, match=f"another demand: its {where} differs from the desk's"):
        model.begin(desk_of().changed(**change), sample(desk_of(), 1))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"routing": Routing(policy="best_skill")},
        {"sla": Sla(priorities={"normal": Target(response=Clause(target_min=5))})},
        {"outcome": Outcome(solved_logit=1.0)},
        {"title": "another"},
        {"staff": desk_of({"eve": {"hours": "09:00-10:00"}}).staff},
        {"demand": Demand(kinds={"answer": kind(room="hall", weight=7, auto_reply=True)}, rooms={"hall": 2})},
    ],
)
def test_staff_routing_targets_and_rooms_may_change_in_the_same_world(change: dict[str, Any]) -> None:
    other = desk_of().changed(**change)
    assert isinstance(other, Desk)
    model.begin(other, sample(desk_of(), 1))


def test_a_ticket_closes_on_the_grain_of_the_clock() -> None:
    """Hourly instants: resolved at 1:00, closed not at 1:30 but at 2:00."""
    desk = desk_of({"ana": {}}, clock_s=3600, outcome=Outcome(close_after_h=0.5))
    assert moments(run(desk, T(0)), "resolved", "closed") == [(H, 0, "resolved", "ana"), (2 * H, 0, "closed", None)]
