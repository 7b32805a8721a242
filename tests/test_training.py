"""Training: permissions and moves as changes of a desk, goals, the plan under a budget, and the command."""

import json
from datetime import date
from functools import cache

import numpy as np
import pytest

from optimize.goal import Goal, Mean, Part
from optimize.permissions import Step, costs_of, steps, surge_days, taken, taken_or_none
from optimize.staffing import CONFIRM_FROM
from optimize.training import train
from scenarios.cli import main
from scenarios.files.desks import load, read, read_what_if
from scenarios.files.writing import scenario_text
from scenarios.texts import LANGUAGES
from sim import fast, sample
from sim.desk import (
    Cap,
    Demand,
    Desk,
    Kind,
    Law,
    Person,
    Role,
    Routing,
    Seat,
    Shift,
    Staff,
    Stage,
    Surge,
    Team,
    people_of,
    seats_of,
)
from tests.conftest import WEEK
from tests.stopping import stopping


def desk(loads, groups, *, persons=None, **more):
    """Skills with the share of one person's time that each asks for; seat groups of heads and of what they take."""
    kinds = {
        skill: Kind(
            category="all", per_week=load * 168 * 6, priorities={"normal": 1.0},
            route=(Stage(department="desk", skill=skill, work=Law(mean_min=10.0)),),
        )
        for skill, load in loads.items()
    }  # fmt: skip
    seats = {
        name: Seat(role="agent", team="desk", shift="always", heads=heads, takes=takes)
        for name, (heads, takes) in groups.items()
    }
    staff = Staff(
        roles={"agent": Role(skills=tuple(loads))}, teams={"desk": Team(department="desk")},
        shifts={"always": Shift(days=WEEK, hours="00:00-24:00")}, seats=seats, persons=persons or {},
    )  # fmt: skip
    start = {"start": date(2026, 3, 2), "weeks": 1, "time_zone": "UTC", "priorities": ("normal",)}
    return Desk(**{**start, **more}, demand=Demand(kinds=kinds), staff=staff)


THREE = {"busy": 0.9, "quiet": 0.2, "half": 0.5}


def three(**more):
    """One person for each of three skills, of whom one has too much to do and one hardly anything."""
    return desk(THREE, {f"{skill}_seat": (1, (skill,)) for skill in THREE}, **more)


# --- steps ---


def test_a_step_is_a_skill_of_the_role_that_a_ticket_needs_and_the_seat_does_not_take():
    assert {(step.group, step.skill) for step in steps(three())} == {
        (f"{mine}_seat", other) for mine in THREE for other in THREE if mine != other
    }
    assert steps(desk(THREE, {"all": (2, tuple(THREE))})) == ()


def test_every_named_person_is_asked_and_one_of_the_unnamed_stands_for_all():
    persons = {"ana": Person(role="agent", seat="busy_seat", forbidden_skills=("half",)), "bo": Person(role="agent")}
    base = desk(THREE, {"busy_seat": (4, ("busy",)), "rest": (1, ("quiet", "half"))}, persons=persons)
    assert [str(step) for step in steps(base) if step.group == "busy_seat"] == [
        "busy_seat.agent#2+half", "busy_seat.agent#2+quiet", "busy_seat.ana+quiet",
        "busy_seat.bo+half", "busy_seat.bo+quiet",
    ]  # fmt: skip


def test_whoever_learns_sits_in_a_like_group_and_nobody_else_moves():
    persons = {"ana": Person(role="agent"), "bo": Person(role="agent", seat="busy_seat")}
    base = desk(THREE, {"busy_seat": (3, ("busy",)), "rest": (2, ("quiet", "half"))}, persons=persons)
    after = taken(base, Step("bo", "busy_seat", skill="half"))
    assert {name: seat.heads for name, seat in after.staff.seats.items()} == {
        "busy_seat": 2, "rest": 2, "busy_seat_half": 1,
    }  # fmt: skip
    assert after.staff.seats["busy_seat_half"].takes == ("busy", "half")
    group_of = {person: seat.rpartition("#")[0] for person, seat in people_of(after).items()}
    before = {person: seat.rpartition("#")[0] for person, seat in people_of(base).items()}
    assert group_of == before | {"bo": "busy_seat_half"}
    assert after.demand == base.demand


def test_two_who_learn_the_same_sit_in_one_group_and_may_learn_on():
    base = desk(THREE, {"busy_seat": (3, ("busy",)), "rest": (1, ("quiet", "half"))})
    two = base
    for _ in range(2):
        two = taken(two, next(step for step in steps(two) if (step.group, step.skill) == ("busy_seat", "half")))
    assert two.staff.seats["busy_seat_half"].heads == 2
    more = taken(two, next(step for step in steps(two) if (step.group, step.skill) == ("busy_seat_half", "quiet")))
    assert more.staff.seats["busy_seat_half_quiet"].takes == ("busy", "half", "quiet")
    assert sorted(people_of(more)) == sorted(people_of(base))
    assert {seat.name for seat in seats_of(more)} == set(people_of(more).values())


def test_a_cap_on_the_seats_that_are_left_holds_for_those_that_are_made():
    base = three(routing=Routing(caps={"few": Cap(most=2, seats=("quiet_seat",)), "all": Cap(most=9)}))
    after = taken(base, Step("agent#3", "quiet_seat", skill="busy"))
    assert after.routing.caps["few"].seats == ("quiet_seat", "quiet_seat_busy")
    assert after.routing.caps["all"].seats is None


def test_a_move_that_leaves_work_without_anybody_is_none():
    base = desk(THREE, {"busy_seat": (1, ("busy",)), "rest": (2, ("quiet", "half"))})
    assert taken_or_none(base, Step("agent#1", "busy_seat", to="rest")) is None
    moves = [step for step in steps(base, moves=True) if step.to]
    assert [str(step) for step in moves] == ["rest.agent#3>busy_seat"]
    after = taken(base, moves[0])
    assert {name: seat.heads for name, seat in after.staff.seats.items()} == {"busy_seat": 2, "rest": 1}


def test_a_permission_that_is_granted_is_used_and_the_tickets_stay_the_same():
    base = three()
    after = taken(base, Step("agent#3", "quiet_seat", skill="busy"))
    logs = [fast.run(each, sample(each, 5))[0] for each in (base, after)]
    first, second = (log.touches.filter(log.touches["skill"] == "busy") for log in logs)
    assert logs[0].tickets["created_s"].equals(logs[1].tickets["created_s"])
    assert set(second["seat"].cast(str)) - set(first["seat"].cast(str)) == {"quiet_seat_busy#1"}


# --- goals ---


def test_the_distance_to_weighted_targets_is_worked_out_on_paper():
    """Bounds 10 and 0.2, weights 2 and 1: 15 is half of 10 too much, 0.1 keeps its bound: 2 x 0.5 + 0 = 1."""
    goal = Goal.of(["2*wait_mean<=10", "abandoned_rate<=0.2"], three())
    assert goal.values(np.array([[15.0, 0.1], [5.0, 0.3], [9.0, 0.0]])) == pytest.approx([1.0, 0.5, 0.0])
    assert str(goal) == "2*wait_mean<=10 + abandoned_rate<=0.2"
    assert goal.unit == "1" and goal.lower


def test_a_goal_may_be_a_kpi_of_some_tickets():
    goal = Goal.of(["wait_mean[kind=busy]"], three())
    assert goal.parts == (Part("wait_mean", "kind", "busy"),)
    assert not Goal.of(["csat_mean"], three()).lower
    by_axis = Goal.of(["wait_mean[kind]<=3"], three())
    assert [part.at for part in by_axis.parts] == ["busy", "half", "quiet"]


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        (["wait_men"], "did you mean 'wait_mean'"),
        (["wait_mean", "csat_mean"], "expected one KPI, or targets with bounds"),
        (["wait_mean", "csat_mean>=4"], "expected one KPI, or targets with bounds"),
        (["wait_mean[kind=bussy]"], "unknown kind 'bussy'; known: busy, half, quiet"),
        (["wait_mean[person=ana]"], "cannot split by 'person'"),
        (["0*wait_mean<=3"], "a weight above 0"),
        (["tickets_created"], "neither low nor high is better"),
    ],
)
def test_a_goal_that_makes_no_sense_is_refused(goal, said):
    with pytest.raises(ValueError, match=said):
        Goal.of(goal, three())


def test_a_mean_is_certain_when_its_whole_interval_is_above_0():
    """1, 2, 3: mean 2, error 0.577, t(2, 0.975) = 4.303: -0.48 to 4.48."""
    found = Mean.of(np.array([1.0, 2.0, 3.0]), 0.95)
    assert (found.low, found.high) == pytest.approx((-0.484, 4.484), abs=1e-3)
    assert not found.certain and Mean.of(np.array([1.0, 2.0, 3.0]), 0.8).certain


# --- costs and surges ---


def test_the_closest_statement_of_a_cost_holds():
    base = three()
    stated = {"busy": 3.0, "quiet_seat": 2.0, "quiet_seat+busy": 5.0}
    price = costs_of(stated, base)
    assert [price(step) for step in steps(base) if step.group in ("quiet_seat", "half_seat")] == [3.0, 1.0, 5.0, 2.0]
    with pytest.raises(ValueError, match="did you mean 'quiet_seat'"):
        costs_of({"quiet_seet": 2.0}, base)
    with pytest.raises(ValueError, match="finite and above 0"):
        costs_of({"busy": 0.0}, base)


def test_moves_are_judged_on_the_weeks_that_hold_the_days_of_a_surge():
    """The first day 1 of a month from Monday 2 March on is Wednesday 1 April; 1 to 7 April lie in two weeks."""
    base = three()
    surges = {
        "small": Surge(first_day=20, last_day=21, factor=1.2),
        "large": Surge(first_day=1, last_day=7, factor=2.0),
    }
    surging = base.changed(demand=base.demand.changed(surges=surges))
    name, over = surge_days(surging)
    assert (name, over.start, over.weeks) == ("large", date(2026, 3, 30), 2)
    assert surge_days(surging, "small")[1].start == date(2026, 3, 16)
    with pytest.raises(ValueError, match="unknown; known: large, small"):
        surge_days(surging, "april")
    with pytest.raises(ValueError, match="states none"):
        surge_days(base)


# --- plans ---


@cache
def planned(**how):
    base = three()
    return train(base, Goal.of(["wait_mean"], base), worlds=6, **how)


def test_the_idle_person_learns_the_skill_that_is_short():
    plan = planned(budget=1.0)
    assert [(each.step.group, each.step.skill) for each in plan.taken] == [("quiet_seat", "busy")]
    assert plan.status == "confirmed" and plan.seen.gain.certain
    assert plan.seen.before.mean - plan.seen.after.mean == pytest.approx(plan.seen.gain.mean)
    assert plan.seats == {"busy_seat": 1, "half_seat": 1, "quiet_seat_busy": 1}
    assert len(plan.singles) == 6


def test_a_larger_budget_takes_more_steps_and_each_costs_what_is_stated():
    plan = planned(budget=2.0)
    assert len(plan.taken) == 2 and plan.cost == 2.0
    assert plan.seen.gain.mean > planned(budget=1.0).seen.gain.mean
    dear = train(three(), Goal.of(["wait_mean"], three()), worlds=6, budget=2.0, cost={"busy": 3.0})
    assert all(each.step.skill != "busy" for each in dear.taken) and dear.cost <= 2.0


def test_a_step_that_others_have_made_idle_is_exchanged():
    """Six specialists in a ring: greedy steps double up; after exchanges every class is taken by two people or more."""
    skills = {f"s{k}": 0.8 for k in range(4)}
    base = desk(skills, {f"seat{k}": (1, (f"s{k}",)) for k in range(4)})
    plan = train(base, Goal.of(["wait_mean"], base), worlds=5, budget=4.0)
    takers = [skill for seat in plan.desk.staff.seats.values() if seat.heads for skill in seat.takes]
    assert len(plan.taken) == 4 and plan.status == "confirmed"
    assert min(takers.count(skill) for skill in skills) >= 2


def test_targets_that_no_permission_reaches_leave_the_plan_unconfirmed():
    base = three()
    plan = train(base, Goal.of(["wait_mean<=0.01"], base), worlds=6, budget=1.0)
    assert plan.status == "unconfirmed" and not plan.seen.figures["wait_mean<=0.01"].met


def test_a_permission_that_only_harms_is_not_taken():
    """Nothing is short: work in hand is what a second skill takes from the tickets of the first."""
    base = desk({"a": 0.01, "b": 0.01}, {"a_seat": (2, ("a",)), "b_seat": (2, ("b",))})
    plan = train(base, Goal.of(["wait_mean"], base), worlds=6, budget=1.0)
    assert plan.status in ("none", "unconfirmed") and plan.seen.gain.mean == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"budget": 0.5}, "reach for the cheapest step, busy_seat.agent#1\\+half at 1, got 0.5"),
        ({"budget": 1.0, "worlds": 4}, "worlds >= 5"),
        ({"budget": 1.0, "seed": 10**6}, "below world 1000000"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(how, said):
    with pytest.raises(ValueError, match=said):
        train(three(), Goal.of(["wait_mean"], three()), **how)


def test_a_desk_where_everybody_takes_everything_has_nobody_to_train():
    base = desk(THREE, {"all": (2, tuple(THREE))})
    with pytest.raises(ValueError, match="nobody to train"):
        train(base, Goal.of(["wait_mean"], base), budget=1.0)


def test_what_somebody_stopped_is_the_steps_so_far_which_nothing_confirms():
    """Stopped in the confirmation the steps are all; before the first step is taken there is nothing to give."""
    base, whole = three(), planned(budget=2.0)
    goal = Goal.of(["wait_mean"], base)
    found = train(base, goal, worlds=6, budget=2.0, run=stopping(0, CONFIRM_FROM)[0])
    assert (found.status, found.seen, found.taken) == ("interrupted", None, whole.taken)
    assert (found.desk, found.singles, found.master_gap) == (whole.desk, whole.singles, whole.master_gap)
    told = []

    def stops(runs, plan):
        told.append(plan)
        if plan:
            raise KeyboardInterrupt

    first = train(base, goal, worlds=6, budget=2.0, on_progress=stops)
    assert (first.taken, first.master_gap, told[0]) == (whole.taken[:1], None, ())
    assert first.runs < whole.runs
    with pytest.raises(KeyboardInterrupt):
        train(base, goal, worlds=6, budget=2.0, run=stopping(0)[0])


# --- the command ---


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_that_is_stopped_gives_its_steps_and_ends_with_three(lang, file, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("scenarios.commands.common.engine_of", lambda *_: stopping(0, CONFIRM_FROM)[0])
    words = ["train", file, "--budget", "1", "--replications", "5", "--lang", lang, "--out", str(tmp_path / "out")]
    assert main([*words, "--workers", "1"]) == 3
    assert {"en": "no unseen world has confirmed", "zh": "尚无未见过的世界予以确认"}[lang] in capsys.readouterr().out
    made = json.loads((tmp_path / "out" / "train.json").read_text("utf-8"))
    assert (made["plan"]["status"], made["gain"], made["confirmed"]) == ("interrupted", None, {})
    assert len(made["plan"]["steps"]) == 1 and (tmp_path / "out" / "plan.toml").exists()


@pytest.fixture
def file(tmp_path):
    (tmp_path / "three.toml").write_text(scenario_text(three()), "utf-8")
    return str(tmp_path / "three.toml")


def test_the_command_gives_one_document_whatever_the_workers(file, capsys):
    made = []
    for workers in ("1", "2"):
        assert main(["train", file, "--budget", "1", "--replications", "5", "--workers", workers, "--json"]) == 0
        made.append(capsys.readouterr().out)
    assert made[0] == made[1]
    found = json.loads(made[0])
    assert found["plan"]["steps"][0]["skill"] == "busy" and found["plan"]["cost"] == 1.0
    assert found["confirmed"]["wait_mean"]["met"] and found["plan"]["status"] == "confirmed"
    assert {"mean", "low", "high", "n"} <= set(found["gain"])


def test_the_plan_of_the_command_is_a_what_if_of_its_base(file, tmp_path, capsys):
    assert main(["train", file, "--budget", "1", "--replications", "5", "--out", str(tmp_path / "out")]) == 0
    assert "one of quiet_seat takes busy too" in capsys.readouterr().out
    planned_desk = read_what_if(read(file), tmp_path / "out" / "plan.toml").desk
    assert planned_desk.staff.seats["quiet_seat_busy"].takes == ("quiet", "busy")
    assert people_of(planned_desk)["agent#3"] == "quiet_seat_busy#1"
    assert load(tmp_path / "out" / "planned.toml").seating == planned_desk.seating


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_speaks_both_languages_of_moves_in_a_surge(lang, capsys):
    words = ["train", "academy_small", "--budget", "1", "--moves", "--replications", "5", "--lang", lang]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "month_start" in said and ("moves to" if lang == "en" else "调往") in said


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (["--budget", "0"], "expected a finite number above 0", "大于 0 的有限数"),
        (["--budget", "0.5"], "reach for the cheapest step", "最便宜"),
        (["--budget", "1", "--cost", "enquiry"], "expected NAME=COST", "名称=成本"),
        (["--budget", "1", "--cost", "enquirry=2"], "did you mean 'enquiry'", "enquiry"),
        (["--budget", "1", "--goal", "wait_men"], "did you mean 'wait_mean'", "wait_mean"),
        (["--budget", "1", "--surge", "month_start"], "--surge belongs to --moves", "须与 --moves 一起"),
        (["--budget", "1", "--moves", "--surge", "x"], "unknown; known: month_start", "month_start"),
        (["--budget", "1", "--replications", "2"], "at least 5 worlds", "至少需要 5"),
    ],
)
def test_the_command_refuses_bad_input_in_both_languages(words, english, chinese, capsys):
    for lang, said in zip(LANGUAGES, (english, chinese), strict=True):
        assert main(["train", "academy_small", *words, "--lang", lang]) == 2
        assert said in capsys.readouterr().err
