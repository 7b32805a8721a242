"""What a run writes down beside the work itself, by hand: ratings, who answers, and what an absence costs.

Times are minutes from Monday 2 March 2026, 00:00 UTC, as in `by_hand`, whose desks and tickets these are.
"""

import pickle
from typing import Any

import numpy as np
import polars as pl
import pytest

from sim.desk import Desk, Outcome
from sim.kpi import measure
from sim.log import SCHEMAS, Log
from tests.by_hand import DAY, H, T, always, desk_of, kind, moments, run, stage

SURE: dict[str, Any] = {
    "solved_logit": 0.0, "close_after_h": 24.0, "survey": 1.0, "answers_logit": 50.0, "answers_per_point": 0.0,
    "answer_delay": always(30), "satisfaction": 5.0, "satisfaction_sd": 0.0, "expected_wait_min": 10.0,
    "per_wait_doubling": 1.0, "per_handoff": 1.0, "per_reopening": 1.0, "reopen_after": always(60),
}  # fmt: skip
"""Everybody is asked a day after the resolution and answers half an hour later; nothing varies by mood."""


def person(desk: Desk, name: str, **changes: Any) -> Desk:
    changed = desk.staff.persons[name].changed(**changes)
    made = desk.changed(staff=desk.staff.changed(persons={**desk.staff.persons, name: changed}))
    assert isinstance(made, Desk)
    return made


def ratings(log: Log) -> list[tuple[Any, ...]]:
    return log.tickets.sort("ticket").select("rated_outcome", "rated_process").rows()


def test_ratings_fall_with_waits_hand_offs_and_reopenings_as_stated() -> None:
    """From 5 points: 0 is replied to at once. 1 waits 40 min, two doublings of 10: 3. 2 is handed on once: 4. 3 comes
    back once: an outcome of 4, while how it was handled stays at 5.
    """
    kinds = {"answer": kind(), "refund": kind(stage(), stage("pay"))}
    log = run(
        desk_of({"ana": {}}, kinds, outcome=Outcome(**SURE)),
        T(0, work=41), T(1), T(5 * H, kind="refund", work=(10, 5)), T(10 * H, solved=(False, True)),
    )  # fmt: skip
    assert ratings(log) == [(5, 5), (3, 3), (4, 4), (4, 5)]


def test_questionnaires_go_out_when_tickets_close_and_answers_come_after_their_delay() -> None:
    log = run(desk_of({"ana": {}}, outcome=Outcome(**SURE)), T(0))
    assert moments(log, "closed", "survey_sent", "rated") == [
        (10 + DAY, 0, "closed", None), (10 + DAY, 0, "survey_sent", None),
        (10 + DAY + 30, 0, "rated", None), (10 + DAY + 30, 0, "rated", None),
    ]  # fmt: skip


def test_courtesy_is_that_of_the_last_resolver_and_moves_the_process_alone() -> None:
    """bo, who pays, is two points less courteous; what ana resolves does not suffer from it."""
    people = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",)}}
    kinds = {"answer": kind(), "refund": kind(stage(), stage("pay"))}
    desk = person(desk_of(people, kinds, outcome=Outcome(**(SURE | {"per_handoff": 0.0}))), "bo", courtesy=-2.0)
    assert ratings(run(desk, T(0), T(5 * H, kind="refund", work=(10, 5)))) == [(5, 5), (5, 3)]


@pytest.mark.parametrize(("per_point", "answered"), [(50.0, [True, False]), (-50.0, [False, True])])
def test_who_answers_depends_on_the_satisfaction(per_point: float, answered: list[bool]) -> None:
    """0 is content (5), 1 waits 40 min and is not (1): 50 logits a point above 3 let only the former answer."""
    outcome = Outcome(**(SURE | {"answers_logit": 0.0, "answers_per_point": per_point, "per_wait_doubling": 2.0}))
    log = run(desk_of({"ana": {}}, outcome=outcome), T(0, work=41), T(1))
    assert [rated is not None for rated, _ in ratings(log)] == answered
    assert log.tickets["surveyed"].all()


def test_points_never_leave_the_scale() -> None:
    """Two doublings at 9 points each: 1, not -13; 7 points for a start: 5."""
    log = run(desk_of({"ana": {}}, outcome=Outcome(**(SURE | {"per_wait_doubling": 9.0}))), T(0, work=41), T(1))
    assert ratings(log) == [(5, 5), (1, 1)]
    assert ratings(run(desk_of({"ana": {}}, outcome=Outcome(**(SURE | {"satisfaction": 7.0}))), T(0))) == [(5, 5)]


@pytest.mark.parametrize(("approved", "paid_h", "presence"), [(True, 8, "approved"), (False, 0, "unapproved")])
def test_a_day_off_is_paid_if_it_was_approved(approved: bool, paid_h: int, presence: str) -> None:
    """ana never comes; 9:00-17:00 at 60.00 an hour."""
    desk = person(desk_of({"ana": {"hours": "09:00-17:00"}}), "ana", absent=1.0, approved=approved)
    shifts = run(desk, T(0)).shifts.select("presence", "paid_s", "cost_minor", "absent_s", "busy_s").unique().rows()
    assert shifts == [(presence, paid_h * 3600, paid_h * 6000, 8 * 3600, 0)]


def test_outcome_and_process_share_half_of_the_variance_between_tickets() -> None:
    """Their correlation is 1/2 before rounding: whole points add 1/12 to a variance of 0.64, which leaves 0.44."""
    outcome = Outcome(**(SURE | {"satisfaction": 3.0, "satisfaction_sd": 0.8, "solved_logit": 20.0}))
    log = run(desk_of({"ana": {}}, outcome=outcome), *(T(n, work=0.5) for n in range(4000)))
    points = np.array(ratings(log), float)
    assert len(points) == 4000
    assert np.corrcoef(points.T)[0, 1] == pytest.approx(0.44, abs=4.5 * 0.81 / np.sqrt(4000))


def test_a_log_makes_a_table_when_it_is_read_and_keeps_it() -> None:
    log = run(desk_of({"ana": {}}), T(0))
    assert log.tables.made() == frozenset()
    assert log.shifts is log.shifts
    assert log.tables.made() == {"shifts"}
    again = pickle.loads(pickle.dumps(log))
    assert again.tables.made() == set(SCHEMAS) and again == log


def test_a_kpi_of_shifts_makes_no_moments() -> None:
    log = run(desk_of({"ana": {}}), T(0))
    assert measure(log, ["utilisation"])["mean"].item() == 10 / (7 * 1440)
    assert log.tables.made() <= {"shifts", "people", "touches"}


def test_logs_that_differ_in_one_table_are_not_equal() -> None:
    one, other = (run(desk_of({"ana": {}}), T(0, work=minutes)) for minutes in (10, 11))
    assert one != other and one.cases.equals(other.cases)


def test_what_happens_in_one_second_is_told_by_ticket_and_then_as_it_happened() -> None:
    """A clock of a day: 50 tickets come at 0, each with an automatic reply; 25 people begin at once and end, as the
    other 25 begin, a day later. Each ticket: created, automatic reply, reply, resolved; closed 3 days after.
    """
    people = {f"p{n:02}": {} for n in range(25)}
    desk = desk_of(people, {"answer": kind(auto_reply=True)}, clock_s=86_400)
    log = run(desk, *(T(0) for _ in range(50)))
    what = log.moments.group_by("ticket", maintain_order=True).agg(pl.col("what").cast(pl.String))["what"].to_list()
    assert what == 50 * [["created", "auto_reply", "reply", "resolved", "closed"]]
    parts = {name: getattr(log, name).sample(fraction=1.0, shuffle=True, seed=1) for name in SCHEMAS}
    rest = {name: getattr(log, name) for name in ("timeline", "until_s", "priorities", "currency", "sla", "calendars")}
    assert Log.of(**parts, **rest) == log
    assert log.moments.filter(pl.col("at_s") == 86_400)["ticket"].is_sorted()
