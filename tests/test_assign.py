"""The rolling plan: what it chooses, worked out by hand and by trying everything, and how it steers both engines."""

import json
import pickle
import re
from datetime import date
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from benchmarks.assign import main_share, spread
from optimize.assign.choices import Choices, choices_of
from optimize.assign.confirm import late_share
from optimize.assign.facts import facts_of
from optimize.assign.model import chosen
from optimize.assign.opened import plan_open
from optimize.assign.planner import Planner
from optimize.assign.running import Planned
from optimize.solve import NoSolution
from scenarios import load
from scenarios.cli import main
from sim import fast, measure, model, sample
from sim.calendar import Calendar
from sim.desk import Cap, Desk, Planning, Routing
from sim.layout import NEVER
from sim.log import read as read_log
from sim.opening import Opening, open_tickets
from sim.sla import Clause, Sla, Target
from sim.steer import HELD, QUEUED, WORKED, Orders, View
from tests.by_hand import WEEK, H, T, always, desk_of, kind, stage, world_of
from tests.drawn import SEEDS, TABLES, desks, some

NOON_S = 12 * 3600
PEOPLE: dict[str, dict[str, Any]] = {"ana": {"takes": ("answer", "pay")}, "bo": {"takes": ("pay", "answer")}}
KINDS = {"a": kind(stage("answer", work=always(30))), "b": kind(stage("pay", work=always(20)))}
PLAIN = Planning(breach=0.0, fit=1.0, fairness=0.0)


def planned(plan: Planning = PLAIN, people: dict[str, dict[str, Any]] = PEOPLE, **routing: Any) -> Desk:
    """Return a desk of ana, whose main skill is that of kind a, and bo, whose main skill is that of kind b."""
    given = {"policy": "plan", "steer_every_min": 15, "plan": plan} | routing
    return desk_of(people, KINDS, routing=given)


def view_of(*tickets: tuple[int, float], held: tuple[int, ...] = (), people: int = 2) -> View:
    """Return a view at noon: tickets that wait, each its kind and minutes to its due; and who holds one of a."""
    n = len(tickets) + len(held)
    due_s = [NOON_S + round(60 * slack) for _, slack in tickets] + [NEVER] * len(held)
    zeros = np.zeros(n, np.int64)
    person = np.array([-1] * len(tickets) + list(held), np.int64)
    return View(
        now_s=NOON_S, ticket=np.arange(n), kind=np.array([k for k, _ in tickets] + [0] * len(held)), priority=zeros,
        stage=zeros, created_s=zeros, ready_s=zeros, where=np.where(person < 0, QUEUED, WORKED), person=person,
        due_s=np.array(due_s, np.int64), replied=np.zeros(n, np.bool_), on_duty=np.ones(people, np.bool_),
        idle_since_s=np.full(people, -1), holds=np.bincount(person[person >= 0], minlength=people),
        given=np.zeros(people, np.int64), given_ease=np.zeros(people, np.int64),
    )  # fmt: skip


def cheapest(choices: Choices, caps: np.ndarray[Any, Any]) -> float:
    """Return the least cost of all ways to give each ticket one turn or the pool."""
    best = np.inf
    for way in product(range(-1, choices.cost.shape[1]), repeat=len(choices.waiting)):
        taken = [turn for turn in way if turn >= 0]
        if len(set(taken)) < len(taken):
            continue
        held = np.zeros(choices.room.shape, np.int64)
        for ticket, turn in enumerate(way):
            if turn >= 0:
                held[choices.turns.person[turn]] += caps[choices.waiting.kind[ticket]]
        if (held <= choices.room).all():
            costs = [choices.pool[t] if turn < 0 else choices.cost[t, turn] for t, turn in enumerate(way)]
            best = min(best, float(sum(costs)))
    return best


def test_three_tickets_and_two_people_are_planned_as_on_paper() -> None:
    """Nothing is promised but dues: lateness counts to the end of the work. Minutes; m = begin + work, d = time to due.

    Ticket 0 is of kind a (30 min, ana's skill), due now; 1 and 2 are of kind b (20 min, bo's): 1 is due in
    20 ln 2 = 13.863 min, 2 was due 20 min ago. A turn takes the mean (30 + 20 + 20) / 3 = 23.333, so turns begin at 0
    and 23.333. Late is m - d when overdue, else m exp(-d / m); fit adds the work of a strange skill. A skill's pool
    begins its n-th ticket after n touches of all who may do it: two people end 2 / 23.333 a minute, of which a has a
    third (35 per ticket) and b two thirds (17.5); half of the work in the pool is strange.

    ======  ==============  ===================  ==============  ===================  ======================
    ticket  ana 0           ana 1                bo 0            bo 1                 pool
    ======  ==============  ===================  ==============  ===================  ======================
    0       30              53.333               30 + 30 = 60    53.333 + 30          35 + 30 + 15 = 80
    1       10 + 20 = 30    31.468 + 20          20 / 2 = 10     43.333 e^-.31992     55 e^-.25205 + 10
                                                                 = 31.468             = 52.745
    2       40 + 20 = 60    63.333 + 20          40              63.333               57.5 + 10 = 67.5
    ======  ==============  ===================  ==============  ===================  ======================

    0 goes to ana first. Of the others, 2 first and 1 second cost 40 + 31.468 = 71.468, the other way round
    10 + 63.333 = 73.333: bo does 2 first. Together 101.468.
    """
    facts, view = facts_of(planned()), view_of((0, 0.0), (1, 20 * np.log(2)), (1, -20.0))
    choices = choices_of(facts, PLAIN, view)
    assert choices.waiting.ticket.tolist() == [2, 0, 1]
    assert choices.turns.person.tolist() == [0, 0, 1, 1]
    table = np.array([[60, 83.333, 40, 63.333], [30, 53.333, 60, 83.333], [30, 51.468, 10, 31.468]])
    np.testing.assert_allclose(choices.cost, table, atol=0.02)
    np.testing.assert_allclose(choices.pool, [67.5, 80.0, 52.745], atol=0.02)
    found = chosen(facts, PLAIN, choices)
    assert found.pairs == ((1, 0), (0, 2), (2, 3))
    assert found.cost == pytest.approx(101.468, abs=0.02) == cheapest(choices, facts.caps)
    assert Planner(planned()).reserves(view) == ((0, 0), (2, 1))


def test_the_plan_costs_what_the_best_of_all_ways_costs() -> None:
    """Sixty random views of up to four tickets, of two people who may hold some already; caps bind in half of them."""
    dice = np.random.default_rng(5)
    caps = {"one": Cap(most=1, kinds=("a",)), "two": Cap(most=2)}
    desks_ = [planned(), planned(caps=caps)]
    capped = 0
    for trial in range(60):
        desk = desks_[trial % 2]
        tickets = [(int(dice.integers(2)), float(dice.uniform(-60, 120))) for _ in range(dice.integers(1, 5))]
        view = view_of(*tickets, held=tuple(dice.integers(0, 2, dice.integers(0, 3)).tolist()))
        weights = Planning(fit=float(dice.uniform(0, 2)), breach=float(dice.uniform(0, 90)))
        choices = choices_of(facts_of(desk), weights, view)
        found = chosen(facts_of(desk), weights, choices)
        assert found.cost == pytest.approx(cheapest(choices, facts_of(desk).caps), abs=1e-6)
        free = Choices(*choices[:-1], np.zeros((2, 0), np.int64))
        capped += found.cost > chosen(facts_of(desks_[0]), weights, free).cost + 1e-6
    assert capped > 5


def test_who_lacks_easy_tickets_is_given_the_easy_one() -> None:
    """ana and bo are alike. Both were given 10 tickets; 5.0 of ana's and 7.0 of bo's are expected to be solved, so of
    12 in 20 ana lacks 10 x 0.6 - 5.0 = 1 ticket and bo has one too many. Kind a is solved with 1 / (1 + e) = 0.269, b
    with 1 / (1 + 1 / e) = 0.731: a ticket of b takes 1 x (0.731 - 0.6) = 0.131 off ana's, one of a -0.331; of bo's
    -0.131 and 0.331.
    """
    alike = {"ana": {"takes": ("answer", "pay")}, "bo": {"takes": ("answer", "pay")}}
    kinds = {"a": kind(stage(), difficulty_mean=1.0), "b": kind(stage(), difficulty_mean=-1.0)}
    weights = Planning(breach=0.0, fit=0.0, fairness=10.0)
    desk = desk_of(alike, kinds, routing={"policy": "plan", "steer_every_min": 15, "plan": weights})
    view = view_of((0, 0.0), (1, 0.0))
    view.given[:], view.given_ease[:] = 10, (5000, 7000)
    choices = choices_of(facts_of(desk), weights, view)
    assert choices.waiting.ticket.tolist() == [0, 1]
    first = choices.turns.position == 0
    np.testing.assert_allclose(choices.cost[:, first] - 10, [[3.31, -3.31], [-1.31, 1.31]], atol=0.011)
    assert Planner(desk).reserves(view) == ((1, 0), (0, 1))


def test_a_turn_waits_for_what_is_held_and_for_the_end_of_a_break() -> None:
    """ana holds a ticket of 30 minutes at noon and has a break from 12:20 to 13:00, so her turn begins at 13:10."""
    people = {"ana": {"hours": "08:00-20:00", "breaks": ("12:20-13:00",)}}
    choices = choices_of(facts_of(planned(people=people)), PLAIN, view_of((0, 0.0), held=(0,), people=1))
    assert choices.turns.begin_s.tolist() == [NOON_S + 70 * 60]


def test_an_order_counts_as_given_in_both_engines() -> None:
    """One ticket is in ana's hands, the other is reserved for her at the first epoch; the first counted as it began."""
    desk = planned(people={"ana": {}})
    world = world_of(desk, T(0, kind="a", work=2 * H), T(1, kind="b"))
    for engine in (model, fast):
        seen: list[View] = []

        def steer(view: View, epoch: int, seen: list[View] = seen) -> Orders:
            seen.append(view)
            return Orders(reserve=((1, 0),) if epoch == 1 else ())

        state: Any = engine.begin(desk, world, steer=steer)  # type: ignore[attr-defined]
        engine.advance(state, 3600)  # type: ignore[attr-defined]
        assert [view.given.tolist() for view in seen[:2]] == [[1], [2]]
        assert [view.given_ease.tolist() for view in seen[:2]] == [[500], [1000]]
        assert seen[1].where.tolist() == [WORKED, HELD]


PLANS = st.builds(
    Planning, lateness=st.sampled_from([0.0, 1.0, 30.0]), breach=st.sampled_from([0.0, 60.0]),
    fit=st.sampled_from([0.0, 0.5, 5.0]), fairness=st.sampled_from([0.0, 10.0, 1000.0]), positions=st.integers(1, 4),
)  # fmt: skip


@some(8)
@given(desks(clocks=(60, 600)), SEEDS, PLANS, st.sampled_from([290, 700]))
def test_no_engine_refuses_an_order_of_the_plan_and_both_write_the_same_log(
    desk: Desk, seed: int, plan: Planning, every: int
) -> None:
    routing = desk.routing.model_dump() | {"policy": "plan", "custom": None, "steer_every_min": every, "plan": plan}
    desk = Desk.model_validate(dict(desk) | {"routing": routing})
    world = sample(desk, seed)
    planners = [Planner(desk), pickle.loads(pickle.dumps(Planner(desk)))]
    logs = [engine.run(desk, world, steer=own)[0] for engine, own in zip((model, fast), planners, strict=True)]
    for name in TABLES:
        assert_frame_equal(getattr(logs[0], name), getattr(logs[1], name))
    assert planners[0].decisions == planners[1].decisions
    assume(planners[0].decisions)


def test_without_a_plan_the_desk_goes_by_slack_and_the_planner_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search is made to give up each time: the log is that of `sla_slack`."""

    def gives_up(*_: Any, **__: Any) -> Any:
        raise NoSolution("no solution within 0 nodes")

    desk = planned(people={"ana": {}})
    world = world_of(desk, *(T(n, kind="ab"[n % 2], work=40) for n in range(12)))
    planner = Planner(desk)
    monkeypatch.setattr("optimize.assign.model.solve", gives_up)
    found, _ = model.run(desk, world, steer=planner)
    slack = desk.changed(routing=desk.routing.changed(policy="sla_slack", steer_every_min=None, plan=None))
    assert_frame_equal(found.touches, model.run(slack, world)[0].touches)  # type: ignore[arg-type]
    assert planner.decisions >= planner.given_way > 10


def test_weights_of_a_plan_that_nobody_reads_are_refused() -> None:
    for wrong in ({"policy": "sla_slack"}, {"steer_every_min": None}):
        with pytest.raises(ValueError, match='the table `plan` belongs to policy = "plan" with `steer_every_min`'):
            planned(**wrong)


def test_a_planner_without_epochs_is_refused() -> None:
    with pytest.raises(ValueError, match=r"routing\.steer_every_min is missing: a plan needs epochs"):
        Planner(desk_of(routing={"policy": "plan"}))


ROLLING = """
title = "Planned"
base = "academy_small"

[change.routing]
policy = "plan"

[add.routing]
steer_every_min = 720
"""


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[dict[str, Any], str]:
    """Return the document of a command, and what it said beside it."""
    assert main([*words, "--json", "--workers", "1"]) == 0
    said = capsys.readouterr()
    return json.loads(said.out), said.err


def test_commands_plan_by_themselves_and_keep_what_the_weights_gave_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of another weight other runs are kept, and nothing is run again."""
    file, out = tmp_path / "rolling.toml", tmp_path / "out"
    common = ("--replications", "1", "--weeks", "1", "--kpi", "wait_mean", "--out", str(out))
    means = []
    for weights in ("", "", "\n[add.routing.plan]\nfairness = 9000.0\n"):
        file.write_text(ROLLING + weights, "utf-8")
        found, _ = asked(capsys, "run", str(file), *common)
        means.append([row["mean"] for row in found["kpis"]])
    assert means[0] == means[1]
    assert len(list((out / "replications").iterdir())) == 2
    desk = load("academy_small").changed(weeks=1)
    desk = desk.changed(routing=desk.routing.changed(policy="plan", steer_every_min=720))  # type: ignore[attr-defined]
    log, _ = Planned(fast.run)(desk, sample(desk, 1))
    assert log.source == "simulated"
    assert means[0][0] == measure(log, ["wait_mean"])["mean"].item()


def test_policy_plan_without_epochs_goes_by_slack_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, steps in {"plan": 'policy = "plan"', "slack": 'policy = "sla_slack"'}.items():
        words = f'title = "x"\nbase = "academy_small"\n[change.routing]\n{steps}\n'
        (tmp_path / f"{name}.toml").write_text(words, "utf-8")
    common = ("--replications", "1", "--weeks", "1", "--kpi", "wait_mean")
    both = [
        asked(capsys, "compare", "academy_small", "--what-if", str(tmp_path / f"{name}.toml"), *common)
        for name in ("plan", "slack")
    ]
    assert both[0][0]["kpis"][1]["mean"] == both[1][0]["kpis"][1]["mean"]
    assert "without routing.steer_every_min there is no epoch" in both[0][1]
    assert "steer_every_min" not in both[1][1]


def test_a_log_says_how_often_the_plan_gave_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: Any, **__: Any) -> Any:
        raise NoSolution("no solution within 1 nodes")

    monkeypatch.setattr("optimize.assign.planner.chosen", gives_up)
    desk = planned(people={"ana": {}})
    log, _ = Planned(model.run)(desk, world_of(desk, *(T(n, kind="a", work=40) for n in range(3))))
    assert re.fullmatch(r"simulated, sla_slack in place of a plan at (\d+) of \1 decisions", log.source)


MORNING: dict[str, dict[str, Any]] = {
    "ana": {"takes": ("answer", "pay"), "hours": "09:00-17:00"},
    "bo": {"takes": ("pay", "answer"), "hours": "09:00-17:00"},
}


def opened(*tickets: tuple[str, int, str | None]) -> Opening:
    """Return open tickets: kind, hours since their creation and readiness, and an owner who has begun."""
    rows = [
        {"kind": kind, "priority": "normal", "created_s": -3600 * hours, "owner": owner}
        for kind, hours, owner in tickets
    ]
    return Opening.of(pl.DataFrame(rows, schema_overrides={"owner": pl.String}))


def test_open_tickets_are_planned_for_the_morning_as_on_paper() -> None:
    """Work begins at 9:00; nothing is promised, so a ticket is taken as due 24 h after it became ready.

    Z (b, 20 h old) is due at 4:00 and X2 (a, 30 h old, 30 min, begun by bo) was due at 18:00 the day before: bo does it
    first, 9:00 to 9:30, late by 30 min of work and the 15 h before. Z waits for bo until 9:30, or is done by ana at
    9:00, in a strange skill (cost 20), late 5 h + 20 min = 320 min, where bo would make it 350: ana does it. X (a, 1 h
    old, due at 23:00) is ana's skill, and hers at 9:20.
    """
    opening = opened(("a", 30, "bo"), ("b", 20, None), ("a", 1, None))
    desk = planned(PLAIN, MORNING)
    found = plan_open(desk, opening)
    told = [(each.person, each.position, each.begin_s, each.end_s, each.why) for each in found.assignments]
    nine, minute = 9 * 3600, 60
    assert told == [
        ("bo", 1, nine, nine + 30 * minute, "theirs"),
        ("ana", 1, nine, nine + 20 * minute, "due"),
        ("ana", 2, nine + 20 * minute, nine + 50 * minute, "fit"),
    ]
    late = [each.late_min for each in found.assignments]
    assert late == pytest.approx([930.0, 320.0, 0.0], abs=0.01)
    assert [each.late_chance for each in found.assignments] == pytest.approx([1.0, 1.0, 0.0], abs=0.001)
    assert found.plan.late_min == pytest.approx(1250.0, abs=0.01)
    assert found.cost == pytest.approx(1250.0 + 20.0 + 30.0, abs=0.01)
    assert found.orders == (((1, 0), (2, 0)), ())
    assert found.slack.late_min == pytest.approx(1250.0, abs=0.01)


def test_every_open_ticket_is_told_of_once_with_the_reason() -> None:
    """bo alone may do b, and is off all week by the calendar; ana does the rest, more than one window of it."""
    shut = Calendar(hours=dict.fromkeys(WEEK, ("09:00-17:00",)), holidays=tuple(date(2026, 3, d) for d in range(1, 10)))
    people = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",), "hours": "09:00-17:00"}}
    desk = planned(PLAIN, people)
    shifts = desk.staff.shifts | {"bo": desk.staff.shifts["bo"].changed(calendar="shut")}
    desk = Desk.model_validate(
        dict(desk) | {"calendars": {"shut": shut}, "staff": desk.staff.changed(shifts=shifts)}
    )  # fmt: skip
    opening = opened(*[("a", 1 + n % 40, None) for n in range(120)], ("b", 3, None))
    found = plan_open(desk, opening).assignments
    assert [each.ticket for each in found] == list(range(121))
    assert {each.why for each in found if opening.kind[each.ticket] == "b"} == {"hours"}
    theirs = [each for each in found if opening.kind[each.ticket] == "a"]
    assert {(each.person, each.why) for each in theirs} == {("ana", "only")}
    assert sorted(each.position or 0 for each in theirs) == list(range(1, 121))


def test_a_ticket_is_late_that_was_not_there_when_it_fell_due() -> None:
    """Of 120 min, 10 and 60 are left. ana needs 20 min for each b: the first is done at 20, late; the second at 40."""
    desk = planned(PLAIN, {"ana": {}})
    sla = Sla(priorities={"normal": Target(resolution=Clause(target_min=120))})
    desk = Desk.model_validate(dict(desk) | {"sla": sla})
    rows = [{"kind": "b", "priority": "normal", "created_s": -60 * age} for age in (110, 60)]
    opening = Opening.of(pl.DataFrame(rows))
    plan = plan_open(desk, opening)
    assert plan.orders == (((0, 0), (1, 0)),)
    log, _ = fast.run(desk.changed(routing=Routing(policy="sla_slack")), world_of(desk), opening)  # type: ignore[arg-type]
    assert late_share(log, opening, 0) == 0.5


def test_the_open_tickets_of_a_log_are_planned_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same bytes twice, in any language; every open ticket is there once; what is planned keeps its order."""
    asked(capsys, "run", "academy_small", "--weeks", "1", "--replications", "1", "--out", str(tmp_path / "run"))
    words = (str(tmp_path / "run"), "--scenario", "academy_small", "--at", "2026-03-05", "--replications", "2")
    assert main(["assign", *words, "--json", "--out", str(tmp_path / "out")]) == 0
    first = capsys.readouterr().out
    assert main(["assign", *words, "--json", "--lang", "zh", "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == first
    assert "张未结工单" in (tmp_path / "out" / "report.html").read_text("utf-8")
    found = json.loads(first)
    assert set(found) >= {"command", "inputs", "plan", "confirmed", "assignments"}
    assert set(found["plan"]) >= {"cost", "status", "master_gap", "seats"}
    assert set(found["confirmed"]["late_share_difference"]) >= {"mean", "low", "high", "met"}
    log = read_log(tmp_path / "run" / "log")
    open_ = open_tickets(log, log.timeline.second(date(2026, 3, 5), 0))
    rows = found["assignments"]
    assert sorted(int(row["ticket"]) for row in rows) == sorted(open_["ticket"].to_list())
    for one, two in pairwise(row for row in rows if row["person"]):
        if one["person"] == two["person"]:
            assert two["position"] == one["position"] + 1
            assert two["begin"] == one["end"] or two["begin"] > one["end"]
    assert (tmp_path / "out" / "assignments.csv").read_text("utf-8-sig").count("\n") == len(rows) + 1


def test_what_cannot_be_planned_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "run", "academy_small", "--weeks", "1", "--replications", "1", "--out", str(tmp_path / "run"))
    folder = str(tmp_path / "run")
    wrong = {
        "no ticket is open at the begin of 2026-03-02": ("--at", "2026-03-02"),
        "--at must be a day as 2026-03-16, got 'monday'": ("--at", "monday"),
        "mm1: has no kind 'course_enquiry', which": ("--scenario", "mm1", "--at", "2026-03-05"),
        "mm1: has no priority 'important', which": ("--scenario", "mm1", "--at", "2026-03-05"),
    }
    for message, words in wrong.items():
        assert main(["assign", folder, *words]) == 2
        assert message in capsys.readouterr().err


def test_the_benchmark_s_figures_are_as_on_paper() -> None:
    """Two tickets of a at once: ana works half of the time in all, at her main skill; bo the rest, at none of his.

    Of two kinds, solved with chance 0.269 and 0.731, each person does one: both lie 0.231 from the mean of their role.
    """
    desk = planned()
    log, _ = model.run(desk, world_of(desk, T(0, kind="a", work=30), T(0, kind="a", work=30)))
    assert main_share(facts_of(desk), log) == 0.5
    assert spread(facts_of(desk), log) == 0.0
    kinds = {"a": kind(stage(), difficulty_mean=1.0), "b": kind(stage(), difficulty_mean=-1.0)}
    desk = desk_of(None, kinds)
    log, _ = model.run(desk, world_of(desk, T(0, kind="a"), T(0, kind="b")))
    assert main_share(facts_of(desk), log) == 1.0
    assert spread(facts_of(desk), log) == pytest.approx(0.231, abs=0.001)
