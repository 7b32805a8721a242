"""Caps on what a person holds, by hand; in minutes from Monday 2 March 2026, 00:00 UTC."""

from typing import Any

import pytest

from scenarios import load
from scenarios.notes import rule_in
from sim import fast, model, sample
from sim.desk import Cap, Desk, Kind, Pull
from sim.log import Log
from tests.by_hand import T, always, desk_of, kind, run, stage, touches, world_of

ASKS = kind(stage(asks=0.5, asks_after=0.5, answer=always(60)))
KINDS = {"answer": ASKS, "mail": kind(stage("pay"))}


def capped(cap: Cap, people: dict[str, dict[str, Any]] | None = None, kinds: dict[str, Kind] | None = None,
           **routing: Any) -> Desk:  # fmt: skip
    """Return a desk of ana, unless told otherwise, with one cap."""
    return desk_of(people or {"ana": {}}, kinds or KINDS, routing={"caps": {"few": cap}, **routing})


def both(desk: Desk, *tickets: T) -> Log:
    """Return the log of the model, having seen that the twin writes the same."""
    log, world = run(desk, *tickets), world_of(desk, *tickets)
    assert fast.run(desk, world)[0] == log == model.run(desk, world)[0]
    return log


def test_a_parked_ticket_counts_so_nothing_more_of_its_kind_is_begun_until_it_is_done() -> None:
    """At most one answer. ana asks about 0 at 5, which is answered at 65 and ends at 70. 1, there since 1, waits for
    that, while the mail 2, which does not count, is worked on 5-15.
    """
    log = both(capped(Cap(most=1, kinds=("answer",))), T(0, asks=True), T(1), T(2, kind="mail"))
    assert touches(log) == [
        (0, "ana", 0, 5, "parked"), (2, "ana", 5, 15, "done"), (0, "ana", 65, 70, "done"), (1, "ana", 70, 80, "done"),
    ]  # fmt: skip


def test_what_kinds_hold_together_counts_and_a_cap_of_all_kinds_names_none() -> None:
    """Two of any kind: 0 and 1 are parked from 5 and 10 on; 2, a mail, waits until 0 is done (65-70). 1 came back at
    70 and goes first, as it is in ana's own list: 70-75; then 2.
    """
    log = both(capped(Cap(most=2)), T(0, asks=True), T(1, asks=True), T(2, kind="mail"))
    assert touches(log) == [
        (0, "ana", 0, 5, "parked"), (1, "ana", 5, 10, "parked"), (0, "ana", 65, 70, "done"),
        (1, "ana", 70, 75, "done"), (2, "ana", 75, 85, "done"),
    ]  # fmt: skip


def test_a_cap_binds_the_seats_that_it_names_and_others_take_the_rest() -> None:
    """ana may hold one answer, bo any number: 1 and 2 are bo's, one after the other."""
    log = both(capped(Cap(most=1, seats=("ana",)), {"ana": {}, "bo": {}}), T(0, asks=True), T(1), T(6))
    assert touches(log) == [
        (0, "ana", 0, 5, "parked"), (1, "bo", 1, 11, "done"), (2, "bo", 11, 21, "done"), (0, "ana", 65, 70, "done"),
    ]  # fmt: skip


def test_an_inbox_keeps_what_nobody_may_hold_and_assigns_it_when_one_is_done() -> None:
    """ana holds 0 and 1; 2, there since 2, is assigned when 0 ends at 10, and begun after 1 at 20."""
    log = both(capped(Cap(most=2), mode="inbox"), T(0), T(1), T(2))
    assert touches(log, "ticket", "assigned_s", "started_s") == [(0, 0, 0), (1, 1, 10), (2, 10, 20)]


def test_who_picks_passes_over_what_a_cap_keeps_from_them() -> None:
    """ana looks around for a minute. 0 is parked at 6; she takes the younger mail 2 at 7, 1 once 0 is done.

    0 comes back at 66 and ends at 71; from there she looks around until 72.
    """
    desk = capped(Cap(most=1, kinds=("answer",)), mode="pull", pull=Pull(look_around=always(1)))
    log = both(desk, T(0, asks=True), T(1), T(2, kind="mail"))
    assert touches(log) == [
        (0, "ana", 1, 6, "parked"), (2, "ana", 7, 17, "done"), (0, "ana", 66, 71, "done"), (1, "ana", 72, 82, "done"),
    ]  # fmt: skip


def test_what_comes_back_to_its_owner_is_not_refused_but_counts() -> None:
    """0 is reopened when ana already holds 1, parked at 15: it is hers all the same; 2 waits for both, 1 back at 75."""
    desk = capped(Cap(most=1))
    desk = desk.changed(outcome=desk.outcome.changed(reopen_after=always(10), reopen_work=1.0))
    log = both(desk, T(0, solved=(False, True)), T(1, asks=True), T(2))
    assert touches(log) == [
        (0, "ana", 0, 10, "done"), (1, "ana", 10, 15, "parked"), (0, "ana", 20, 30, "done"),
        (1, "ana", 75, 80, "done"), (2, "ana", 80, 90, "done"),
    ]  # fmt: skip


def test_caps_that_nobody_reaches_change_nothing() -> None:
    desk = load("academy_small").changed(weeks=1)
    loose = desk.changed(routing=desk.routing.changed(caps={"all": Cap(most=100_000)}))
    assert isinstance(desk, Desk) and isinstance(loose, Desk)
    world = sample(desk, 1)
    assert fast.run(desk, world)[0] == fast.run(loose, world)[0]


@pytest.mark.parametrize(("cap", "said", "said_zh"), [
    (Cap(most=1, kinds=("anser",)), "routing.caps.few: unknown kind 'anser'; did you mean 'answer'?", "未知的工单类别"),
    (Cap(most=1, seats=("an",)), "routing.caps.few: unknown seat group 'an'; did you mean 'ana'?", "未知的席位组"),
])  # fmt: skip
def test_a_cap_of_unknown_kinds_or_seats_is_refused(cap: Cap, said: str, said_zh: str) -> None:
    with pytest.raises(ValueError) as error:
        capped(cap)
    assert said in str(error.value) and said_zh in rule_in("zh", said)


def test_a_cap_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        Cap(most=0)
