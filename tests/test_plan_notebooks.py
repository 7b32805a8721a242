"""The notebooks of the optimizer: a plan from targets, and plans side by side, without a browser."""

import ast
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from notebooks import compare_plans, staffing
from optimize.estimate import simulated
from optimize.gains import Change, Gain
from optimize.staffing import Plan
from optimize.targets import Figure, Target, expanded
from scenarios.files.desks import ScenarioError, over, read, read_what_if
from scenarios.limits import limits_of
from scenarios.report.plans import _gains, names_of
from scenarios.sides import Side, play_side, risks, sides_of, values_in
from scenarios.whatif import Played
from tests.desks import DESK

FILE = DESK.replace("weeks = 1", "weeks = 2").replace("per_week = 40.0", "per_week = 150.0")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """One seat group of two on Mondays and Tuesdays, with 150 questions a week of 10 min."""
    path = tmp_path_factory.mktemp("desk") / "small.toml"
    path.write_text(FILE, "utf-8")
    return read(path)


def shown(outputs):
    return "".join(str(each.text) for each in outputs if hasattr(each, "text"))


def planned(desk, lang="en", stated="wait_mean<=800", started=True, **limited):
    limits = {"at_most": "", "at_least": "", "budget": ""} | limited
    defs = {"scenario": desk, "lang": lang, "weeks": 1, "worlds": 2, "trials": 3, "stated": stated}
    return staffing.app.run(defs={**defs, "limited": limits, "started": started})


def compared(desk, lang="en", chosen=(), uploads=(), stated="wait_mean<=300\nutilisation<=0.5", **defs):
    given = {"scenario": desk, "lang": lang, "weeks": 1, "seeds": [1, 2], "stated": stated, "started": True}
    return compare_plans.app.run(defs={**given, "chosen": list(chosen), "uploads": list(uploads), **defs})


MORE = b'title = "Three"\n[change.staff.seats.agent]\nheads = 3\n'


def test_nothing_long_begins_before_the_button_is_pressed(desk):
    outputs, defs = planned(desk, started=False)
    assert "plan" not in defs and "press the button" in shown(outputs)
    outputs, defs = compared(desk, uploads=[("more.toml", MORE)], started=False, lang="zh")
    assert "sides" not in defs and "按下按钮" in shown(outputs)


def _needed(notebook, name):
    """Return all names that lead to one: a cell takes what others made, and returns what it makes."""
    cells = [
        each for each in ast.parse(Path(notebook.__file__).read_text("utf-8")).body if isinstance(each, ast.FunctionDef)
    ]
    makers = {
        made.id: {each.arg for each in cell.args.args}
        for cell in cells
        for made in ast.walk(cell.body[-1])
        if isinstance(made, ast.Name)
    }
    found, left = set(), [name]
    while left:
        for each in makers.get(left.pop(), ()):
            left += [] if each in found else [each]
            found.add(each)
    return found


@pytest.mark.parametrize(("notebook", "name"), [(staffing, "plan"), (compare_plans, "sides")])
def test_another_language_starts_nothing_anew_and_every_change_waits_for_the_button(notebook, name):
    needed = _needed(notebook, name)
    assert {"scenario", "started", "go", "targets"} <= needed and not {"lang", "language"} & needed
    assert {"targets", "weeks", "scenario"} <= _needed(notebook, "started")


def test_a_plan_is_shown_with_what_binds_and_saved_as_a_what_if_that_makes_it(desk, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outputs, defs = planned(desk)
    page, plan = shown(outputs), defs["plan"]
    assert plan.status == "confirmed" and plan.seats["agent"] >= 1
    assert set(plan.gains) == {"agent"} and "more" in page
    for said in ("wait_mean&lt;=800", "With one head fewer", "Confirmed: every target is met", "plan.toml"):
        assert said in page
    path = tmp_path / "plan.toml"
    path.write_text(defs["plan_file"], "utf-8")
    made = read_what_if(desk, path).desk
    assert {group: seat.heads for group, seat in made.staff.seats.items()} == plan.seats and made.weeks == 2


def test_what_a_head_more_buys_is_shown_where_worlds_leave_no_doubt(desk):
    """Overdue falls by 0.08 for sure, shown in percent; the wait may as well rise, and nothing is known of the rest."""
    late, wait = Target.of("response_overdue_rate<=0.1"), Target.of("wait_mean<=10")
    changes = {str(late): Change(-0.08, -0.1, -0.06, 4), str(wait): Change(-3.0, -7.0, 1.0, 4)}
    plan = Plan(
        cost=9.0, status="confirmed", master_gap=0.0, seats={"agent": 2, "other": 1}, binding={}, out_of_reach={},
        confirmed={str(target): Figure(target, 0.05, 0.0, 0.1, 4) for target in (late, wait)}, desk=desk.desk,
        gains={"agent": Gain(1520.0, changes), "other": Gain(1.0, {str(wait): Change(None, None, None, 0)})},
    )  # fmt: skip
    page = "".join(_gains("en", plan, 0.9))
    assert "response_overdue_rate -8.0 [-10.0 … -6.0]" in page and "wait_mean" not in page
    assert page.count("nothing that these worlds can tell") == 1 and "1,520" in page and "90%" in page


def test_what_cannot_be_asked_for_is_said_in_words(desk):
    for stated, limited, said in (
        ("wait_mean<=", {}, "expected as wait_mean"),
        ("", {}, "a plan needs at least one target"),
        ("wait_mean<=9", {"at_most": "agnt=3"}, "there is no seat group agnt; known: agent"),
        ("wait_mean<=9", {"at_least": "agent=x"}, "expected GROUP=HEADS"),
        ("wait_mean<=9", {"budget": "much"}, "the budget must be a finite number"),
    ):
        outputs, defs = planned(desk, stated=stated, **limited)
        assert said in shown(outputs) and "plan" not in defs
    assert "没有席位组 agnt" in shown(planned(desk, lang="zh", at_most="agnt=3")[0])


def test_limits_that_leave_no_plan_are_told_with_the_way_out(desk):
    outputs, defs = planned(desk, at_most="agent = 0")
    assert defs["plan"] is None and "plan_file" not in defs
    assert "the most heads in agent" in shown(outputs) and "allow 3 more in agent" in shown(outputs)


def test_limits_are_read_line_by_line(desk):
    found = limits_of(desk.desk, "\n agent = 4 \n", "agent=1", " 1,500.5 ")
    assert (dict(found.at_most), dict(found.at_least), found.budget) == ({"agent": 4}, {"agent": 1}, 1500.5)
    assert limits_of(desk.desk).budget is None
    with pytest.raises(ScenarioError, match="finite number"):
        limits_of(desk.desk, budget="-1")


def values(*rows):
    schema = {"target": pl.String, "kind": pl.String, "seed": pl.Int64, "value": pl.Float64}
    return pl.DataFrame([(name, None, seed, value) for name, seed, value in rows], schema=schema, orient="row")


def test_the_risk_is_the_share_of_worlds_that_break_a_target():
    """Wait breaks in 1 and 2 of four worlds, utilisation in 2; in 4 it is unknown: any breaks in two of four.

    Wilson at 95 %, z^2 = 3.8415: for 2 of 4 the middle is 0.5, the half sqrt(z^2 x 0.25 / 4 + (z^2 / 8)^2) / (1 + z^2 /
    4) = 0.3500; for 1 of 3 the middle is (1/3 + 0.6402) / 2.2805 = 0.4269 and the half 0.3654.
    """
    wait, busy = Target.of("wait_mean<=10"), Target.of("utilisation>=0.5")
    seen = [(str(wait), seed, value) for seed, value in enumerate((11.0, 12.0, 10.0, 3.0), start=1)]
    seen += [(str(busy), seed, value) for seed, value in enumerate((0.5, 0.4, 0.9, None), start=1)]
    found = risks(values(*seen), (wait, busy), 0.95)
    assert [(each.broken, each.worlds) for each in found.values()] == [(2, 4), (1, 3), (2, 4)]
    assert (found[str(wait)].low, found[str(wait)].high) == pytest.approx((0.1500, 0.8500), abs=1e-4)
    assert (found[str(busy)].low, found[str(busy)].high) == pytest.approx((0.0615, 0.7923), abs=1e-4)
    none = risks(values((str(wait), 1, None)), (wait,), 0.95)
    assert {(each.worlds, each.low) for each in none.values()} == {(0, None)}


def test_a_side_is_judged_as_the_optimizer_judges_it(desk):
    base = over(desk, 1)
    goals = expanded(["wait_mean<=5", "wait_mean[kind]<=5", "response_overdue_rate[priority=normal]<=0.1"], base.desk)
    side = play_side(base, [3, 4], goals)
    wanted = simulated(goals)(base.desk, [3, 4]).filter(pl.col("kind").is_null())
    key = ["target", "seed"]
    assert side.values["value"].null_count() == 2 and side.values.height == 6
    assert side.values.sort(key).equals(wanted.with_columns(pl.col("seed").cast(pl.Int64)).sort(key))
    assert values_in(side.played.log, goals)[0][1] == side.played.measured.filter(name="wait_mean", seed=3)["mean"][0]


def test_plans_stand_side_by_side_in_the_same_worlds(desk):
    same = FILE.encode()
    outputs, defs = compared(desk, uploads=[("more.toml", MORE), ("same.toml", same)])
    page = shown(outputs)
    base, more, again = defs["sides"]
    assert [side.scenario.name for side in defs["sides"]] == ["small", "more", "same"]
    assert set(defs["differences"][1]["mean"].drop_nulls()) == {0.0} and again.values.equals(base.values)
    gap = {row["name"]: row["mean"] for row in defs["differences"][0].iter_rows(named=True)}
    assert gap["wait_mean"] < 0 and gap["utilisation"] < 0
    assert more.scenario.desk.staff.seats["agent"].heads == 3
    for said in ("more: Three", "staff.seats.agent.heads", "any of the targets", "of 2: ", "Cost of the run (CNY)"):
        assert said in page
    assert page.count("<svg") == 3 + 4


def test_another_language_changes_words_and_no_number(desk):
    english, one = compared(desk, uploads=[("more.toml", MORE)])
    chinese, two = compared(desk, uploads=[("more.toml", MORE)], lang="zh")
    assert one["differences"][0].equals(two["differences"][0])
    assert "任一目标" in shown(chinese) and "一周，逐小时" in shown(chinese) and "any of the targets" in shown(english)
    assert "any of the targets" not in shown(chinese)


def test_what_cannot_be_compared_is_said_in_words(desk):
    for given, said in (
        ({}, "Choose at least one plan"),
        ({"uploads": [("a.toml", MORE)] * 4}, "4 plans were chosen, but pictures tell apart 3"),
        ({"uploads": [("a.toml", b"[change.staff.seats.agnt]\nheads = 3\n")]}, "did you mean"),
        ({"chosen": ["no_such_what_if"]}, "no_such_what_if"),
        ({"uploads": [("a.toml", MORE)], "stated": "wait_men<=3"}, "did you mean"),
    ):
        outputs, defs = compared(desk, **given)
        assert said in shown(outputs), said
        assert "sides" not in defs


def test_plans_of_like_names_are_numbered(desk, tmp_path):
    for number, heads in enumerate((3, 4)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "plan.toml").write_text(f"[change.staff.seats.agent]\nheads = {heads}\n")
    found = sides_of(desk, [tmp_path / "0" / "plan.toml", tmp_path / "1" / "plan.toml"], 1)
    assert [each.desk.staff.seats["agent"].heads for each in found] == [2, 3, 4]
    assert [each.desk.weeks for each in found] == [1, 1, 1]
    sides = [Side(each, Played(None, pl.DataFrame()), pl.DataFrame()) for each in found]
    assert names_of(sides) == ["small", "plan", "plan (2)"]
    with pytest.raises(ScenarioError, match=r"none\.toml"):
        sides_of(desk, [tmp_path / "none.toml"], 1)


def test_an_address_cannot_name_a_plan_file_of_the_machine(monkeypatch):
    class Params:
        def to_dict(self):
            return {"scenario": "/etc/passwd", "plan": "/etc/passwd", "lang": "zh"}

    monkeypatch.setattr("marimo.query_params", Params)
    for notebook in (compare_plans, staffing):
        _, defs = notebook.app.run(defs={"started": False})
        assert defs["scenario_pick"].value == "academy_small" and defs["lang"] == "zh"
        assert "/etc/passwd" not in map(str, defs.get("chosen", []))


def test_both_notebooks_offer_what_fits_the_scenario():
    _, defs = compare_plans.app.run(defs={"started": False})
    assert "cross_training" in defs["fitting"] and defs["chosen"] == ["cross_training", "surge_prepared"]
    assert np.all([name in defs["fitting"] for name in defs["chosen"]])
