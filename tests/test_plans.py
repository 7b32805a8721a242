"""Plans as files: a what-if of only the differences, and the whole desk; `run` and `compare` take both."""

import json
import os
from itertools import combinations

import pytest

from scenarios.cli import main
from scenarios.files.changes import apply, leading
from scenarios.files.desks import difference, load, of_desk, read, read_what_if, what_if_names
from scenarios.files.writing import scenario_text
from scenarios.folder import Folder
from scenarios.plans import write_plan
from scenarios.positions import Places
from sim.desk import Stage, people_of, seats_of


def planned(desk):
    """A desk with a head more, other work, and what it had as an option taken away."""
    group = min(desk.staff.seats)
    seats = desk.staff.seats | {group: desk.staff.seats[group].changed(heads=desk.staff.seats[group].heads + 1)}
    name, kind = min(desk.demand.kinds.items())
    stage = Stage.model_validate(kind.route[0].model_dump() | {"work": {"mean_min": 3.0}, "assists": 0.0})
    kinds = desk.demand.kinds | {name: kind.changed(route=(stage, *kind.route[1:]), patience=None)}
    return desk.changed(staff=desk.staff.changed(seats=seats), demand=desk.demand.changed(kinds=kinds), seating={})


def quick(*words):
    return main([*words, "--replications", "1", "--weeks", "1", "--workers", "1", "--kpi", "wait_mean", "--json"])


def test_what_leads_from_a_base_to_each_what_if_of_the_catalogue_gives_it_again():
    base = read("academy")
    for name in what_if_names():
        other = read_what_if(base, name).desk.model_dump(mode="json")
        steps = leading(base.data(), other)
        made = apply(base.data(), Places(), steps, Places())
        assert not made.problems
        assert type(base.desk).model_validate_json(json.dumps(made.data)).model_dump(mode="json") == other
        assert leading(base.data(), base.data()) == {}


def test_what_leads_there_names_only_what_differs():
    """A number changed, a table taken off, one added, an entry of a list changed, a list of another length."""
    base = {"n": 1, "same": {"a": 1}, "old": {"x": {"v": 1}}, "r": [{"k": 1, "o": None}, {"k": 2}], "l": [1], "e": 5}
    other = {
        "n": 2,
        "same": {"a": 1},
        "old": {"y": {"v": 2}},
        "r": [{"k": 1, "o": 3}, {"k": 4}],
        "l": [1, 2],
        "e": None,
    }
    steps = leading(base, other)
    assert steps["remove"] == ["old.x", "e"]
    assert steps["change"] == {"n": 2, "r": {"1": {"k": 4}}, "l": [1, 2]}
    assert steps["add"] == {"old": {"y": {"v": 2}}, "r": {"0": {"o": 3}}}
    assert apply(base, Places(), steps, Places()).data == {key: value for key, value in other.items() if key != "e"}


@pytest.mark.parametrize("kind", ["catalogue", "file", "what_if"])
def test_run_and_compare_take_a_plan_from_another_folder(tmp_path, monkeypatch, capsys, kind):
    """The base is a catalogue name, a file of the user's, or a what-if of it."""
    name = "academy_small"
    if kind != "catalogue":
        (tmp_path / "mine").mkdir()
        name = str(tmp_path / "mine" / "desk.toml")
        (tmp_path / "mine" / "desk.toml").write_text(scenario_text(load("academy_small")), "utf-8")
    if kind == "what_if":
        more = tmp_path / "mine" / "more.toml"
        more.write_text('base = "desk.toml"\n[change.outcome]\nexpected_wait_min = 33\n', "utf-8")
        name = str(more)
    base = read(name)
    write_plan(Folder(tmp_path / "out" / "plan"), "en", base, planned(base.desk), "One more")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    plan, whole = (os.path.join("..", "out", "plan", file) for file in ("plan.toml", "planned.toml"))
    assert load(plan) == planned(base.desk)
    assert load(whole) == planned(base.desk).changed(title="One more")
    assert read(plan).title == "One more"
    for words in (("run", plan), ("run", whole), ("compare", name, "--what-if", plan)):
        assert quick(*words) == 0
    capsys.readouterr()
    assert quick("compare", whole, "--what-if", "sla_24h") == 0
    assert json.loads(capsys.readouterr().out)["inputs"]["base"]["name"] == "planned"


def test_a_plan_holds_only_what_it_changes(tmp_path):
    base = read("academy_small")
    write_plan(Folder(tmp_path), "en", base, planned(base.desk), "One more")
    said = (tmp_path / "plan.toml").read_text("utf-8")
    assert 'base = "academy_small"' in said
    assert len(said.splitlines()) < 30 < len((tmp_path / "planned.toml").read_text("utf-8").splitlines())


def test_a_base_that_no_file_holds_is_not_named_and_its_seating_is_taken_off(tmp_path):
    """Two of a role exchange seats in the base; the plan seats everybody in the default order."""
    desk = load("academy_small")
    role = {seat.name: seat.seat.role for seat in seats_of(desk)}
    (one, here), (two, there) = next(
        pair for pair in combinations(people_of(desk).items(), 2) if role[pair[0][1]] == role[pair[1][1]]
    )
    base = of_desk(desk.changed(seating={one: there, two: here}), "exchanged")
    write_plan(Folder(tmp_path), "en", base, planned(base.desk), "No file")
    said = (tmp_path / "plan.toml").read_text("utf-8")
    assert "base =" not in said
    assert f'"seating.{one}"' in said
    assert read_what_if(base, tmp_path / "plan.toml").desk == planned(base.desk)


@pytest.mark.parametrize(("lang", "said"), [("en", "nothing has to change"), ("zh", "无需任何改动")])
def test_a_plan_that_changes_nothing_can_be_read_and_says_so(tmp_path, lang, said):
    base = read("mm1")
    write_plan(Folder(tmp_path, lang), lang, base, base.desk, "As it is")
    assert said in (tmp_path / "plan.toml").read_text("utf-8")
    assert difference(base, read(tmp_path / "plan.toml")) == []
