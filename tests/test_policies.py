"""The model by hand: who takes which ticket, from the pool and by assignment.

Instants are minutes, as in `by_hand`.
"""

from typing import Any

import pytest

from sim import model, rules
from sim.desk import PersonWeights, Policy, TicketWeights
from tests.by_hand import DAY, H, T, always, desk_of, kind, response, run, stage, touches, world_of


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


@pytest.mark.parametrize("weights", [{"slack_s": -2_000_000_000}, {"warned": 20_000_000_000}])
def test_a_weight_that_could_leave_64_bits_is_refused(weights: dict[str, int]) -> None:
    """A ticket without a due has a slack of 4e9 s; times 10^9, with 10^10 for each of 3.1e8 s of age: below 2^63."""
    assert 10**9 * rules.BIG + 10**10 * 520 * 7 * 86_400 + 10**13 < 2**63
    with pytest.raises(ValueError, match=r"should be (less|greater) than or equal to"):
        TicketWeights(**weights)


def test_an_inbox_shows_whom_nobody_assigned_anything_as_idle_since_the_beginning() -> None:
    desk = desk_of({"ana": {}, "bo": {"hours": "09:00-17:00"}}, routing={"mode": "inbox"})
    state = model.begin(desk, world_of(desk, T(9 * H)))
    model.advance(state, 60)
    assert state.view().idle_since_s.tolist() == [0, -1]
