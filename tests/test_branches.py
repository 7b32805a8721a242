"""Parallel stages by hand: branches of a ticket that different people work on at the same time (R000-29, R000-30).

Instants are minutes from Monday 2 March 2026, 00:00 UTC, as in `by_hand`, whose tickets and touches these are.
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from optimize.workload import lasting_h
from scenarios.files.desks import read
from scenarios.files.writing import scenario_text
from scenarios.lint import lint
from scenarios.plots.course import course
from scenarios.plots.lanes import course_picture
from scenarios.report.tables import about_waits, touches_table
from scenarios.sources import read as read_csv
from scenarios.sources import write_csv
from sim import fast, model, sample, steer
from sim.desk import Branch, Desk, Duplicates, Kind, Outcome, Person, PriorityChange, Pull, Role
from sim.fit import fit
from sim.kpi.features import features
from sim.kpi.spans import CAUSES
from sim.log import Log, write
from sim.log import read as read_log
from sim.notes import Note
from sim.opening import opening_of
from tests.by_hand import H, T, always, desk_of, kind, moments, response, run, stage, touches, world_of
from tests.conftest import queue
from tests.test_escalation import both

SKILLS = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",)}}


def branch(skill: str = "pay", work: float = 30, **rest: Any) -> Branch:
    return Branch(department="finance", skill=skill, work=always(work), **rest)


def joint(*beside: Branch, before: bool = False, after: bool = False, own: Any = None, **rest: Any) -> dict[str, Kind]:
    """Return a kind whose stage has branches, with a stage before or after it in other departments."""
    one = stage(beside=beside or (branch(),), **(own or {}))
    first = stage().changed(department="intake")
    last = stage().changed(department="close", work=always(5), handoff=always(7))
    return {"answer": kind(*[first] * before, one, *[last] * after, **rest)}


def rows(log: Log) -> list[tuple[Any, ...]]:
    """Return (branch, person, queued, started, ended, how) of ticket 0, times in minutes."""
    return touches(log, "branch", "person", "queued_s", "started_s", "ended_s", "ended")


def test_all_branches_are_ready_at_once_and_the_join_waits_for_the_slowest() -> None:
    """ana answers 0-10 while bo, of finance, works 0-30; the ticket is handed on at 30, and ready at 37: 37-42."""
    log = run(desk_of(SKILLS, joint(after=True)), T(0, work=(10, 5)))
    assert rows(log) == [
        (0, "ana", 0, 0, 10, "transferred"), (1, "bo", 0, 0, 30, "transferred"), (0, "ana", 37, 37, 42, "done")
    ]  # fmt: skip
    assert touches(log, "stage", "department", "skill") == [
        (0, "desk", "answer"), (0, "finance", "pay"), (1, "close", "answer")
    ]  # fmt: skip
    assert moments(log, "reply", "handed_on", "resolved") == [
        (0, 0, "reply", "ana"), (30, 0, "handed_on", "bo"), (42, 0, "resolved", "ana")
    ]  # fmt: skip
    assert log.tickets.select("hands", "handoffs", "last_resolver").rows() == [(2, 1, "ana")]


def test_the_resolution_clock_pauses_only_while_all_open_branches_wait_for_the_requester() -> None:
    """ana asks at 5, half of her 10 min done, and is answered at 65: 65-70. bo works 0-30, so the ticket waits as a
    whole from 30 to 65: 35 of the 70 min are paused, and what was due at 120 is due at 155. The causes of the wait are
    30 + 5 min of work and 35 of the learner.
    """
    asking = {"asks": 1.0, "answer": always(60)}
    log = run(desk_of(SKILLS, joint(own=asking), sla=response({}, resolution={"normal": 120})), T(0, asks=True))
    assert rows(log) == [
        (0, "ana", 0, 0, 5, "parked"), (1, "bo", 0, 0, 30, "done"), (0, "ana", 65, 65, 70, "done")
    ]  # fmt: skip
    assert moments(log, "wait_begins", "wait_ends", "resolved") == [
        (30, 0, "wait_begins", "bo"), (65, 0, "wait_ends", None), (70, 0, "resolved", "ana")
    ]  # fmt: skip
    assert log.tickets.select(pl.col("paused_s", "due_resolution_s") / 60).rows() == [(35, 155)]
    told = features(log, frozenset(CAUSES)).select(pl.col(CAUSES) / 60).row(0, named=True)
    assert told == dict.fromkeys(CAUSES, 0.0) | {"work_span_s": 35, "requester_s": 35}


def test_a_ticket_waits_for_a_third_party_as_long_as_one_of_its_waiting_branches_does() -> None:
    """ana is done at 10 but for what comes after the third party, at 70: a second of it. bo asks at 15 and is answered
    at 115: 115-130. As a whole the ticket waits for the third party 15-70, for its requester from 70 min 1 s to 115.
    """
    kinds = joint(branch(asks=1.0, answer=always(100)), own={"refers": 1.0, "third_party": always(60)})
    log = run(desk_of(SKILLS, kinds), T(0))
    second = 1 / 60
    assert rows(log) == [
        (0, "ana", 0, 0, 10, "parked"), (1, "bo", 0, 0, 15, "parked"), (0, "ana", 70, 70, 70 + second, "done"),
        (1, "bo", 115, 115, 130, "done"),
    ]  # fmt: skip
    waits = log.moments.filter(pl.col("what").cast(pl.String).str.starts_with("wait"))
    assert waits.select(pl.col("at_s") / 60, "what", "who", "reason").rows() == [
        (15, "wait_begins", "bo", "third_party"), (70, "wait_ends", None, "third_party"),
        (70 + second, "wait_begins", "ana", None), (115, "wait_ends", None, None),
    ]  # fmt: skip
    assert log.tickets["paused_s"].to_list() == [45 * 60 - 1]


def test_the_first_reply_of_any_branch_is_the_reply_of_the_ticket() -> None:
    """Replies come when work ends: bo, who needs 5 min, replies at 5, and ana, done at 10, has nothing to add."""
    log = run(desk_of(SKILLS, joint(branch(work=5), replies_at_end=True)), T(0))
    assert moments(log, "reply", "resolved") == [(5, 0, "reply", "bo"), (10, 0, "resolved", "ana")]


@pytest.mark.parametrize(("orphan_h", "who", "began"), [(0.34, "bo", 9 * H), (0.33, "ana", 8 * H + 40)])
def test_nobody_takes_two_branches_of_a_ticket_unless_nobody_else_comes(orphan_h: float, who: str, began: int) -> None:
    """Both may do both. ana is alone from 8:30 on and does her branch to 8:40; bo comes at 9:00, a third of an hour
    later: if that is soon enough, the other branch waits for him, else she goes on with it.
    """
    people = {"ana": {}, "bo": {"hours": "09:00-17:00"}}
    log = run(desk_of(people, joint(), routing={"orphan_h": orphan_h}), T(8 * H + 30))
    assert [row[:4] for row in rows(log)] == [(0, "ana", 8 * H + 30, 8 * H + 30), (1, who, 8 * H + 30, began)]


def test_a_branch_does_not_wait_for_somebody_to_whom_its_kind_is_forbidden() -> None:
    """Both take the skill, but the kind is forbidden to bo: ana, 0-10, does the other branch as well, 10-40."""
    desk = desk_of(None, joint())
    staff = desk.staff.changed(persons=desk.staff.persons | {"bo": Person(role="adviser", forbidden_kinds=("answer",))})
    log = both(desk.changed(staff=staff), T(0))
    assert rows(log) == [(0, "ana", 0, 0, 10, "done"), (1, "ana", 0, 10, 40, "done")]


def test_branches_of_the_next_stage_do_not_go_back_to_who_did_those_of_the_one_before() -> None:
    """ana answers and bo pays, 0-10 and 0-30; then bo pays first and ana answers beside it: both are free at 30."""
    first = stage(beside=(branch(),))
    then = stage("pay", work=always(5), beside=(branch("answer", work=20),)).changed(department="close")
    log = both(desk_of(SKILLS, {"answer": kind(first, then)}), T(0, work=(10, 5)))
    assert rows(log) == [
        (0, "ana", 0, 0, 10, "transferred"), (1, "bo", 0, 0, 30, "transferred"), (0, "bo", 30, 30, 35, "done"),
        (1, "ana", 30, 30, 50, "done"),
    ]  # fmt: skip


def test_branches_ask_after_the_stated_share_of_their_work() -> None:
    """ana asks after a quarter of 20 min, at 5, and is answered at 15: 15-30. bo asks after 0.8 of 30, at 24: 34-40."""
    own = {"asks": 1.0, "asks_after": 0.25, "answer": always(10), "work": always(20)}
    beside = branch(asks=1.0, asks_after=0.8, answer=always(10))
    log = both(desk_of(SKILLS, joint(beside, own=own)), T(0, work=20, asks=True))
    assert rows(log) == [
        (0, "ana", 0, 0, 5, "parked"), (1, "bo", 0, 0, 24, "parked"), (0, "ana", 15, 15, 30, "done"),
        (1, "bo", 34, 34, 40, "done"),
    ]  # fmt: skip


def test_one_person_alone_does_one_branch_after_the_other() -> None:
    """ana does her branch 0-10, then, being alone, the other one, 10-40."""
    log = run(desk_of({"ana": {}}, joint()), T(0))
    assert rows(log) == [(0, "ana", 0, 0, 10, "done"), (1, "ana", 0, 10, 40, "done")]


@pytest.mark.parametrize("mode", ["inbox", "pull"])
def test_branches_go_to_different_people_whoever_assigns(mode: str) -> None:
    """ana and bo may do both: at once in inboxes; after looking around for a minute if they pick."""
    routing: dict[str, Any] = {"mode": mode}
    if mode == "pull":
        routing["pull"] = Pull(look_around=always(1))
    log = run(desk_of(None, joint(), routing=routing), T(0))
    begin = 1 if mode == "pull" else 0
    assert {(row[1], row[3]) for row in rows(log)} == {("ana", begin), ("bo", begin)}
    assert moments(log, "resolved")[0][0] == begin + 30


def test_a_learner_leaves_before_work_on_any_branch_and_every_waiting_branch_is_told() -> None:
    """Nobody is there before 9:00. 0 comes at 8:00 and leaves at 8:20, two waits of 20 min. 1 comes at 8:50; bo begins
    his branch at 9:00, so the learner, who would leave at 9:10, stays until ana, from 10:00 on, does hers.
    """
    people = {"ana": SKILLS["ana"] | {"hours": "10:00-17:00"}, "bo": SKILLS["bo"] | {"hours": "09:00-17:00"}}
    log = run(desk_of(people, joint()), T(8 * H, patience=20), T(8 * H + 50, patience=20))
    left = log.touches.filter(pl.col("ended") == "left").sort("branch")
    assert left.select("ticket", "branch", "person", pl.col("queued_s", "ended_s") / 60).rows() == [
        (0, 0, None, 8 * H, 8 * H + 20), (0, 1, None, 8 * H, 8 * H + 20)
    ]  # fmt: skip
    assert moments(log, "left", "resolved") == [(8 * H + 20, 0, "left", None), (10 * H + 10, 1, "resolved", "ana")]


def test_a_reopened_ticket_repeats_all_branches_of_its_last_stage_each_with_who_did_it() -> None:
    """Resolved by bo at 30, reopened at 90 with half of the work: ana 90-95, bo 90-105."""
    outcome = Outcome(solved_logit=0.0, reopen_after=always(60), reopen_work=0.5)
    log = run(desk_of(None, joint(), outcome=outcome), T(0, solved=(False, True)))
    assert rows(log) == [
        (0, "ana", 0, 0, 10, "done"), (1, "bo", 0, 0, 30, "done"),
        (0, "ana", 90, 90, 95, "done"), (1, "bo", 90, 90, 105, "done"),
    ]  # fmt: skip
    assert moments(log, "resolved", "reopened") == [
        (30, 0, "resolved", "bo"), (90, 0, "reopened", None), (105, 0, "resolved", "bo")
    ]  # fmt: skip


def test_a_call_back_goes_to_who_did_the_branch_of_the_stage_itself() -> None:
    """bo ends the ticket at 30, but the call, an hour later, needs the skill of ana's branch."""
    laws = {"calls_back": 1.0, "call_back_after": always(60), "call_back_work": always(5)}
    log = run(desk_of(SKILLS, joint(**laws)), T(0))
    assert touches(log, "person", "stage", "branch", "started_s", "skill", "reason")[-1] == (
        "ana", 1, 0, 90, "answer", "call_back"
    )  # fmt: skip


def test_a_ticket_whose_priority_rises_takes_its_waiting_branches_along() -> None:
    """bo is at 0 until 20. 1 and 2 wait for him, joint tickets of equal age but for 2's change at 15: 2 goes first."""
    rises = PriorityChange(share=1.0, after=always(15), to={"urgent": 1.0})
    kinds = joint() | {"rising": joint(priority_change=rises)["answer"], "pay": kind(stage("pay"))}
    log = run(desk_of(SKILLS, kinds), T(0, work=20, kind="pay"), T(0), T(0, kind="rising"))
    assert [row[1:] for row in touches(log, "branch", "ticket", "started_s") if row[0]] == [(2, 20), (1, 50)]


def test_a_view_shows_a_ticket_apart_and_none_of_its_branches() -> None:
    """At 5 min both are at it; at 15 only bo; at 31 it is resolved."""
    desk = desk_of(SKILLS, joint())
    state = model.begin(desk, world_of(desk, T(0)))
    for minute, where in ((5, [steer.APART]), (15, [steer.APART]), (31, [])):
        model.advance(state, 60 * minute)
        view = state.view()
        assert (view.where.tolist(), view.person.tolist()) == (where, [-1] * len(where))
        assert view.holds.tolist() == {5: [1, 1], 15: [0, 1], 31: [0, 0]}[minute]


def test_open_tickets_bring_all_branches_of_their_stage_anew() -> None:
    """At 12 ana is done and bo is not: from there on both branches are to be done, 0-10 and 0-30."""
    desk = desk_of(SKILLS, joint(), outcome=Outcome(solved_logit=20.0))
    before = run(desk, T(0))
    log = model.run(desk, world_of(desk), opening_of(before, 12 * 60))[0]
    assert rows(log) == [(0, "ana", -12, 0, 10, "done"), (1, "bo", -12, 0, 30, "done")]


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ({"chat": True}, "a chat is one conversation"),
        ({"room": "hall"}, "the first stage of a kind with a waiting room cannot have branches"),
        ({"duplicates": Duplicates(share=0.5, after=always(5), merge_min=1.0)}, "of a kind with duplicates cannot"),
    ],
)
def test_branches_that_make_no_sense_are_refused(rest: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        joint(**rest)


def test_a_branch_that_nobody_may_do_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"demand.kinds.answer.route: unknown skill .* 'pya'; did you mean 'pay'"):
        desk_of(SKILLS, joint(branch("pya")))
    with pytest.raises(ValueError, match="goes in a circle: finance/pay comes twice"):
        joint(branch(), before=True).update(
            x=kind(stage("pay").changed(department="finance"), stage(beside=(branch(),)))
        )


def test_the_truth_of_a_ticket_counts_the_work_of_all_branches_and_its_stages_keep_their_own() -> None:
    """10 min of the world and 30 of the branch; the same world fits the desk without branches."""
    desk, plain = desk_of(SKILLS, joint()), desk_of(SKILLS)
    world = world_of(desk, T(0))
    assert model.run(desk, world)[1].tickets["work_ms"].to_list() == [40 * 60_000]
    assert model.run(plain, world)[1].tickets["work_ms"].to_list() == [10 * 60_000]
    assert sample(desk, 1).demand == sample(plain, 1).demand


def test_the_time_line_of_a_ticket_draws_its_branches_in_lanes_of_their_own() -> None:
    """ana does both, 0-10 and 10-40: a lane for each skill; the waits of 10 min and of 0 cover 10 min together."""
    log = run(desk_of({"ana": {}}, joint()), T(0))
    found = course(log, 0)
    drawn = course_picture(found, log.timeline, "en")
    assert "ana (answer)" in drawn and "ana (pay)" in drawn
    assert [row[2] for row in touches_table(found, log.timeline, "en").lines] == ["answer", "pay"]
    late = course(run(desk_of(SKILLS, joint()), T(0), T(5)), 1)
    assert about_waits(late, "en") == "Work took 40.0 min in all; the ticket waited 25.0 min."


def test_a_file_states_branches_and_lint_tells_of_one_that_another_department_does(tmp_path: Path) -> None:
    """The branch beside the stage is that of finance, and bo sits at the desk; the file gives the same desk again."""
    desk, path = desk_of(SKILLS, joint()), tmp_path / "desk.toml"
    path.write_text(scenario_text(desk), "utf-8")
    assert read(path).desk == desk
    others = [each.where for each in lint(read(path)) if each.rule == "other_owner"]
    assert others == ["demand.kinds.answer.route.0.beside.0.department"]


def test_a_plan_counts_the_work_of_all_branches() -> None:
    """One ticket a week, reopened once on average with half of its work: 15 min and 45 min."""
    assert lasting_h(desk_of(SKILLS, joint())) == pytest.approx({"answer": 15 / 60, "pay": 45 / 60})


@pytest.mark.parametrize("kind_of_read", ["csv", "folder"])
def test_a_log_with_branches_is_the_same_after_it_was_written_and_read(tmp_path: Path, kind_of_read: str) -> None:
    """The number of the branch and the skill of each touch come back."""
    log = run(desk_of(SKILLS, joint(after=True)), T(0, work=(10, 5)), T(3, work=(10, 5)))
    if kind_of_read == "csv":
        write_csv(log, tmp_path / "log.csv")
        made = read_csv(tmp_path / "log.csv")[0]
    else:
        write(log, tmp_path / "folder")
        made = read_log(tmp_path / "folder")
    assert (made.moments.rows(), made.touches.rows()) == (log.moments.rows(), log.touches.rows())
    assert made.touches["branch"].to_list() == [0, 1, 0] * 2


def test_two_like_queues_with_a_fork_before_and_a_join_behind_them_take_as_long_as_theory_has_it() -> None:
    """Every ticket has exponential work for each of two people: the response is (12 - rho) / 8 times that of M/M/1, at
    rho = 1/2 and 10 min 28.75 min (Nelson and Tantawi 1988); tickets of the first 50 h are left out.
    """
    plain = queue(per_mean=0.5, people=1, mean_min=10.0, weeks=26)
    stage_ = plain.demand.kinds["ticket"].route[0]
    beside = Branch(department="other", skill="b", work=stage_.work)
    fork = plain.demand.kinds["ticket"].changed(route=(stage_.changed(skill="a", beside=(beside,)),))
    seat = plain.staff.seats["seat"]
    staff = plain.staff.changed(
        roles={"adviser": Role(skills=("a", "b"))}, seats={skill: seat.changed(takes=(skill,)) for skill in "ab"}
    )
    parts: dict[str, Any] = {name: getattr(plain, name) for name in type(plain).model_fields}
    parts |= {"demand": plain.demand.changed(kinds={"ticket": fork}), "staff": staff}
    desk = Desk(**(parts | {"outcome": Outcome(solved_logit=30.0)}))
    means = []
    for seed in range(10):
        tickets = fast.run(desk, sample(desk, seed))[0].tickets.filter(pl.col("created_s") > 50 * 3600)
        means.append(float((tickets["resolved_s"] - tickets["created_s"]).mean()) / 60)
    se = float(np.std(means, ddof=1)) / np.sqrt(len(means))
    assert se < 0.01 * 28.75
    assert abs(np.mean(means) - (12 - 0.5) / 8 * 10 / (1 - 0.5)) < 4 * se


def test_a_fit_takes_branches_one_after_the_other_and_says_so() -> None:
    """Three tickets, each with one touch beside the stage's own: a route of two stages."""
    log = run(desk_of(SKILLS, joint(), outcome=Outcome(solved_logit=20.0)), T(0), T(60), T(120))
    found = fit(log)
    assert Note.of("fit.branches", touches=3) in found.assumed
    assert {len(kind.route) for kind in found.desk.demand.kinds.values()} == {2}
