"""The model by hand: what goes away and comes back. Questions, third parties, reopenings, call-backs.

Instants are minutes, as in `by_hand`.
"""

from typing import Any

import polars as pl
import pytest

from sim.desk import Outcome
from tests.by_hand import DAY, H, T, always, desk_of, kind, minutes, moments, response, run, stage, touches


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


def test_a_list_that_empties_in_the_second_in_which_its_holder_is_free_is_no_work() -> None:
    """Inbox. ana works 0-10; 1 is in her list from 2 and leaves at 10, in the second in which she is free."""
    log = run(desk_of({"ana": {}}, routing={"mode": "inbox"}), T(0), T(2, patience=8), T(20))
    assert touches(log) == [(1, None, None, 10, "left"), (0, "ana", 0, 10, "done"), (2, "ana", 20, 30, "done")]


def test_a_ticket_reopened_more_often_than_there_are_numbers_is_refused() -> None:
    """Nothing is ever solved and everything comes back a second later."""
    outcome = Outcome(solved_logit=-1000.0, reopen_after=always(0))
    desk = desk_of({"ana": {}}, {"answer": kind(stage(work=always(0)))}, outcome=outcome)
    with pytest.raises(ValueError, match=r"demand\.kinds\.answer: a ticket was reopened 4096 times"):
        run(desk, T(0, work=0))


def test_a_ticket_closes_on_the_grain_of_the_clock() -> None:
    """Hourly instants: resolved at 1:00, closed not at 1:30 but at 2:00."""
    desk = desk_of({"ana": {}}, clock_s=3600, outcome=Outcome(close_after_h=0.5))
    assert moments(run(desk, T(0)), "resolved", "closed") == [(H, 0, "resolved", "ana"), (2 * H, 0, "closed", None)]
