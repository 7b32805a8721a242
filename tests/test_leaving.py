"""The model by hand: who leaves or is turned away, who is replied to, and who is warned of.

Instants are minutes, as in `by_hand`.
"""

import pytest

from sim import model
from sim.calendar import Calendar
from sim.desk import Outcome
from sim.sla import Clause, Sla, Target
from tests.by_hand import DAY, WEEK, H, T, always, desk_of, kind, moments, response, run, stage, touches, world_of


def test_patience_that_ends_in_the_second_in_which_somebody_is_free_is_over() -> None:
    """ana works 0-10. 1 waits from 2 for at most 8 min and leaves at 10; 2 would wait one second more: 10-20."""
    log = run(desk_of({"ana": {}}), T(0), T(2, patience=8), T(2, patience=8 + 1 / 60))
    assert touches(log) == [(1, None, None, 10, "left"), (0, "ana", 0, 10, "done"), (2, "ana", 10, 20, "done")]
    assert moments(log, "left") == [(10, 1, "left", None)]


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


def test_what_falls_due_next_before_a_reply_is_the_response_or_the_resolution() -> None:
    """ana works 0-10. 1 (urgent, at 1) has only a resolution, due at 61; 2 (normal, at 2) a response, due at 92."""
    sla = response({"normal": 90}, resolution={"urgent": 60}, warning_min=0)
    desk = desk_of({"ana": {}}, routing={"policy": "sla_slack"}, sla=sla)
    world = world_of(desk, T(0), T(1, priority="urgent"), T(2))
    assert [row[0] for row in touches(model.run(desk, world)[0])] == [0, 1, 2]
    state = model.begin(desk, world)
    model.advance(state, 5 * 60)
    assert state.view().due_s.tolist() == [2**62, 61 * 60, 92 * 60]


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
