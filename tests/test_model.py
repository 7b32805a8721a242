"""The model by hand: speed, sorting, stages, views, and the worlds and orders that it refuses.

Instants are minutes, as in `by_hand`.
"""

from datetime import date
from typing import Any

import polars as pl
import pytest

from sim import model, sample, steer
from sim.desk import Demand, Desk, Outcome, Routing, Triage
from sim.log import Log
from sim.sla import Clause, Sla, Target
from tests.by_hand import H, T, always, desk_of, kind, moments, run, stage, touches, world_of


def test_slower_people_take_longer_and_seconds_are_rounded_up() -> None:
    """10 min at speed 0.7 are 857.14 s, so 858 s; at 1.6 they are 375 s. A touch without work lasts a second."""
    desk = desk_of({"ana": {"speed": {"answer": 0.7}}, "bo": {"speed": {"answer": 1.6}}})
    log = run(desk, T(0), T(0), T(60, work=0))
    assert log.touches["work_s"].to_list() == [858, 375, 1]


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
