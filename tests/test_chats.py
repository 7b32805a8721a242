"""Several chats in one person's hands, by hand and by theory; in minutes from Monday 2 March 2026, 00:00 UTC."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from sim import fast, sample
from sim.desk import Desk, Kind, Law, Seat
from tests.by_hand import DAY, H, T, always, desk_of, kind, run, stage, touches

CHAT = kind(chat=True)
MAIL = kind(stage("pay"))


def chat_desk(
    chats: tuple[float, ...], *, kinds: dict[str, Kind] | None = None, routing: dict[str, Any] | None = None,
    people: dict[str, dict[str, Any]] | None = None,
) -> Desk:  # fmt: skip
    """Return a desk of ana, unless told otherwise, whose seats hold so many chats at these speeds."""
    desk = desk_of(people or {"ana": {}}, kinds or {"answer": CHAT, "mail": MAIL}, routing=routing)
    seats = {name: seat.changed(chats=chats) for name, seat in desk.staff.seats.items()}
    return desk.changed(staff=desk.staff.changed(seats=seats))  # type: ignore[return-value]


def test_two_chats_at_once_go_slower_each_and_a_third_waits_for_room() -> None:
    """10 min each, half as fast two at once. 0 alone 0-4, 6 min left; with 1 from 4: 12 min more, to 16. 1 has done 6
    by then, 4 left. 2, there since 5, begins at 16: 1 needs 8 min more, to 24; 2 has done 4 by then, and 6 alone: 30.

    Busy is 0-30, once; the touches last 16, 20 and 14 min.
    """
    log = run(chat_desk((1.0, 0.5)), T(0), T(4), T(5))
    assert touches(log, "ticket", "started_s", "ended_s", "work_s", "ended") == [
        (0, 0, 16, 16, "done"), (1, 4, 24, 20, "done"), (2, 16, 30, 14, "done"),
    ]  # fmt: skip
    assert log.shifts.sort("start_s")["busy_s"][0] == 30 * 60


def test_a_change_of_pace_rounds_down_what_was_done_and_an_end_up() -> None:
    """Three at once at 1/3 each, 333,333 ppm. 0, 1 and 2 (1 min each) begin at 0: 60,000 ms at that rate are
    180,000.18 ms, so 181 s. 3 waits until then and is alone: 60 s.
    """
    log = run(chat_desk((1.0, 1.0, 1 / 3)), *(T(0, work=1) for _ in range(4)))
    seconds = log.touches.sort("ticket").select("started_s", "ended_s").rows()
    assert seconds == [(0, 181), (0, 181), (0, 181), (181, 241)]


def test_chats_that_end_in_one_second_end_together() -> None:
    """0 (10) and 1 (10) at half speed from 0 to 20: the end of 0 does not put off that of 1."""
    log = run(chat_desk((1.0, 0.5)), T(0), T(0))
    assert touches(log, "ticket", "ended_s") == [(0, 20), (1, 20)]


def test_who_is_idle_comes_before_who_has_room_and_other_work_is_done_alone() -> None:
    """ana takes 0 at 0, bo, who is idle, 1 at 1. 2 goes at 2 to ana, whose hands have not changed for longer. The mail,
    there since 3, waits for empty hands: bo's, at 11; until 21 bo takes no chat. 4 comes at 13: ana, idle since 12.
    5, at 14, is ana's too, beside 4.
    """
    people = {"ana": {}, "bo": {}}
    log = run(
        chat_desk((1.0, 1.0), people=people),
        *(T(at, kind="mail" if at == 3 else "answer") for at in (0, 1, 2, 3, 13, 14)),
    )
    assert touches(log) == [
        (0, "ana", 0, 10, "done"), (1, "bo", 1, 11, "done"), (2, "ana", 2, 12, "done"), (3, "bo", 11, 21, "done"),
        (4, "ana", 13, 23, "done"), (5, "ana", 14, 24, "done"),
    ]  # fmt: skip


def test_a_seat_that_holds_one_chat_and_a_kind_that_is_no_chat_are_worked_on_one_by_one() -> None:
    for desk in (chat_desk((1.0,)), chat_desk((1.0, 1.0), kinds={"answer": kind()})):
        assert touches(run(desk, T(0), T(0)), "started_s", "ended_s") == [(0, 10), (10, 20)]


def test_the_answer_to_a_chat_goes_on_beside_another_chat() -> None:
    """0 asks after 5 of its 10 min, at 5, and is answered at 9; 1 (10 min) came at 6. Two at once lose nothing: 0
    goes on 9-14 beside 1, 6-16.
    """
    asking = kind(stage(asks=1.0, asks_after=0.5, answer=always(4)), chat=True)
    log = run(chat_desk((1.0, 1.0), kinds={"answer": asking}), T(0, asks=True), T(6))
    assert touches(log) == [
        (0, "ana", 0, 5, "parked"), (1, "ana", 6, 16, "done"), (0, "ana", 9, 14, "done"),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["pool", "inbox"])
def test_an_inbox_hands_out_at_once_and_chats_of_the_own_list_are_begun_as_there_is_room(mode: str) -> None:
    """At most two at once, no slower: 0 and 1 0-10, the mail, which waits for empty hands, after 2, 10-20: 20-30."""
    desk = chat_desk((1.0, 1.0), routing={"mode": mode, "policy": "longest_idle"})
    log = run(desk, T(0), T(0), T(0), T(1, kind="mail"))
    assert touches(log, "ticket", "started_s", "ended_s") == [(0, 0, 10), (1, 0, 10), (2, 10, 20), (3, 20, 30)]
    assert log.touches.sort("ticket")["assigned_s"][3] == (60 if mode == "inbox" else 1200)


PART_DAY = {"ana": {"hours": "09:00-12:00", "breaks": ("10:00-10:30",)}}


def test_chats_are_carried_over_a_break_together() -> None:
    """0 and 1 (20 min each) from 9:50 at half speed: 5 min done each by 10:00, 15 left. 10:30-11:00 both, to the end.

    Busy are 10 + 30 min; each touch has 40 min of work; the break is whole.
    """
    nine = 9 * H
    desk = chat_desk((1.0, 0.5), people=PART_DAY, routing={"at_shift_end": "carry_over"})
    log = run(desk, T(nine + 50, work=20), T(nine + 50, work=20))
    assert touches(log, "started_s", "ended_s", "work_s") == [(nine + 50, nine + 120, 40)] * 2
    shift = log.shifts.sort("start_s").row(0, named=True)
    assert [shift[name] / 60 for name in ("busy_s", "break_s", "overtime_s")] == [40, 30, 0]


def test_of_chats_handed_back_the_stated_share_of_what_was_done_at_all_paces_is_kept() -> None:
    """0 (20) alone 9:40-9:50: 10 done; with 1 (20) 9:50-10:00 at half speed: 5 more of 0, 5 of 1. Half is kept: 12.5
    of 0 and 17.5 of 1 are left. Both go on at 10:30 at half speed: 0 to 10:55; 1 has done 12.5 by then: 11:00.
    """
    nine = 9 * H
    routing = {"at_shift_end": "hand_back", "keeps_progress": 0.5}
    log = run(chat_desk((1.0, 0.5), people=PART_DAY, routing=routing), T(nine + 40, work=20), T(nine + 50, work=20))
    assert touches(log, "ticket", "started_s", "ended_s", "work_s", "ended") == [
        (0, nine + 40, nine + 60, 20, "handed_back"), (1, nine + 50, nine + 60, 10, "handed_back"),
        (0, nine + 90, nine + 115, 25, "done"), (1, nine + 90, nine + 120, 30, "done"),
    ]  # fmt: skip


def test_chats_that_outlast_the_shift_are_finished_and_nothing_new_is_begun_beside_them() -> None:
    """ana goes at 12:00 with 0 and 1 in hand, until 12:05 and 12:07; 2, there since 11:58, waits for the morning."""
    desk = chat_desk((1.0, 1.0), people={"ana": {"hours": "09:00-12:00"}})
    twelve = 12 * H
    log = run(desk, T(twelve - 5), T(twelve - 3), T(twelve - 2))
    assert touches(log, "ticket", "started_s", "ended_s") == [
        (0, twelve - 5, twelve + 5), (1, twelve - 3, twelve + 7), (2, DAY + 9 * H, DAY + 9 * H + 10),
    ]  # fmt: skip
    assert log.shifts.sort("start_s")["overtime_s"][0] == 7 * 60


@pytest.mark.parametrize("chats", [(0.5,), (1.0, 0.5, 0.6), (1.0, 0.0)])
def test_speeds_of_chats_begin_with_1_never_rise_and_stay_above_0(chats: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="chats must begin with 1 and never rise, and stay above 0, got "):
        Seat(role="adviser", team="desk", takes=("answer",), shift="day", chats=chats)


@pytest.mark.parametrize("work", [Law(mean_min=10.0), Law(law="hyperexponential", mean_min=10.0, scv=4.0)])
def test_chats_that_share_one_person_evenly_take_as_long_as_processor_sharing_says(
    mmc: Callable[..., Desk], work: Law
) -> None:
    """M/G/1 processor sharing (Kleinrock 1976, section 4.4): the mean time in system is work / (1 - rho), whatever the
    law of the work; here 20 min at rho = 0.5. Served in order of arrival it would be 35 min at an scv of 4.

    Beyond 20 at once, which at rho = 0.5 happens once in 2^20 tickets, chats wait. 4 standard errors of weekly means;
    touches end at whole seconds, so up to half a second later.
    """
    desk = mmc(per_mean=0.5, people=1, mean_min=10.0, weeks=200, work=work, chat=True)
    seat = desk.staff.seats["seat"].changed(chats=tuple(1 / many for many in range(1, 21)))
    desk = desk.changed(staff=desk.staff.changed(seats={"seat": seat}))
    log, _ = fast.run(desk, sample(desk, 1))
    done = log.tickets.select(
        week=pl.col("created_s") // 604_800, lasts=(pl.col("resolved_s") - pl.col("created_s")) / 60
    )
    weeks = done.group_by("week").agg(pl.col("lasts").mean())["lasts"].to_numpy()
    exact = 10.0 / (1 - 0.5)
    assert weeks.mean() == pytest.approx(exact, abs=4 * weeks.std(ddof=1) / np.sqrt(len(weeks)) + 0.01)
    assert weeks.std(ddof=1) / np.sqrt(len(weeks)) < 0.02 * exact
    busy = log.shifts.select(pl.col("busy_s").sum() / (pl.col("end_s") - pl.col("start_s")).sum()).item()
    assert busy == pytest.approx(0.5, rel=0.02)
