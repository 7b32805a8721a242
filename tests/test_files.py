"""Every file that comes along loads, and says where each of its keys stands."""

import tomllib

import numpy as np
import pytest

from scenarios import load, read, read_what_if
from scenarios.files.desks import CATALOGUE, difference, names, what_if_names
from scenarios.files.schema import scenario_schema, what_if_schema
from scenarios.positions import places
from scenarios.problems import inner_schema
from scenarios.texts import text
from sim.desk import Desk, people_of
from sim.world import course_of

_FILES = sorted(CATALOGUE.rglob("*.toml"))


def _paths(node, path=()):
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from _paths(value, (*path, key))


def _known(schema, node, root, path=""):
    """Yield the keys of data that a schema does not know."""
    while "$ref" in node or "anyOf" in node:
        if "$ref" in node:
            node = root["$defs"][node["$ref"].split("/")[-1]]
            continue
        by_number = [each for each in node["anyOf"] if isinstance(schema, dict) and "patternProperties" in each]
        node = (by_number or node["anyOf"])[0]
    if isinstance(schema, dict):
        for key, value in schema.items():
            inner = inner_schema(node, key)
            if not inner:
                yield f"{path}.{key}"
            else:
                yield from _known(value, inner, root, f"{path}.{key}")
    if isinstance(schema, list):
        for number, value in enumerate(schema):
            yield from _known(value, node.get("items", {}), root, f"{path}.{number}")


@pytest.mark.parametrize("name", names())
def test_every_scenario_of_the_catalogue_loads(name):
    assert isinstance(load(name), Desk)
    assert load(name).title


def test_the_catalogue_has_the_scenarios_that_were_promised():
    assert set(names()) >= {"academy", "academy_small", "academy_large", "mm1", "mmc", "erlang_a", "n_design"}
    assert set(what_if_names()) >= {
        "month_start_surge", "surge_prepared", "cross_training", "auto_verified_enrolment", "assigned_inboxes",
        "no_reminders", "manual_dispatch", "sla_24h", "platform_outage", "flu_week", "rolling_plan",
    }  # fmt: skip


@pytest.mark.parametrize("base", ["academy", "academy_small", "academy_large"])
@pytest.mark.parametrize("name", what_if_names())
def test_every_what_if_changes_something_in_every_academy(name, base):
    scenario = read(base)
    changed = read_what_if(scenario, name)
    assert difference(scenario, changed)
    assert changed.asks.endswith("?")


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_every_file_says_which_requirement_or_record_it_carries_out(path):
    said = path.read_text("utf-8")
    assert "R00" in said or "record " in said


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_every_key_and_value_of_a_file_has_a_place(path):
    said = path.read_text("utf-8")
    data = tomllib.loads(said)
    found = places(said, path.name)
    missing = [way for way in _paths(data) if way not in found.values and way not in found.keys]
    assert not missing
    assert set(found.values) | set(found.keys) == set(_paths(data))


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_the_json_schema_knows_every_key_of_a_file(path):
    data = tomllib.loads(path.read_text("utf-8"))
    schema = what_if_schema() if "base" in data else scenario_schema()
    assert list(_known(data, schema, schema)) == []


def test_the_academy_has_30_people_over_13_weeks_and_the_small_one_6_over_4():
    assert (len(people_of(load("academy"))), load("academy").weeks) == (30, 13)
    assert (len(people_of(load("academy_small"))), load("academy_small").weeks) == (6, 4)


def test_the_large_academy_has_300_people_in_teams_and_a_million_tickets_in_a_year():
    """Expected tickets: the rate of each hour of the week, times the day's factor, summed over 364 days."""
    year = load("academy_large").changed(weeks=52)
    assert len(people_of(year)) == 300
    assert len(year.staff.teams) == 11
    course = course_of(year)
    by_weekday = course.hourly.reshape(-1, 7, 24).mean(2)  # the run begins on a Monday
    expected = float((by_weekday[:, np.arange(364) % 7] * course.factor).sum())
    assert expected == pytest.approx(1e6, rel=0.05)
    assert load("academy_large").weeks == 13


def test_the_presets_by_size_have_like_work_for_each_person():
    """Work offered in a week over heads, in hours: within a third of each other, so that only the size differs."""
    hours = []
    for name in ("academy_small", "academy", "academy_large"):
        desk = load(name)
        work = sum(k.per_week * sum(stage.work.mean_min for stage in k.route) for k in desk.demand.kinds.values())
        hours.append(work / 60 / len(people_of(desk)))
    assert max(hours) < 4 / 3 * min(hours)


def test_the_academys_targets_are_those_of_preset_003():
    """30 min, 2 h, 8 h to respond; 4 h, 1 and 3 working days to resolve (R003-14 to R003-22)."""
    sla = load("academy").sla
    assert [sla.priorities[p].response.target_min for p in ("urgent", "important", "normal")] == [
        30,
        120,
        480,
    ]
    assert sla.priorities["urgent"].resolution.target_min == 240
    assert [sla.priorities[p].resolution.working_days for p in ("important", "normal")] == [1, 3]
    assert sla.warning_min == 10


@pytest.mark.parametrize(
    ("name", "lams", "heads", "patience_min"),
    [
        ("mm1", [0.8], [1], None),
        ("mmc", [8.0], [10], None),
        ("erlang_a", [10.0], [10], 20.0),
        ("n_design", [4.0, 3.0], [3, 5], 20.0),
    ],
)
def test_a_textbook_queue_has_the_load_of_its_record(name, lams, heads, patience_min):
    """Lam counts tickets in a mean service time of 10 minutes; theta 0.5 is a patience of two of them."""
    desk = load(name)
    kinds = [desk.demand.kinds[key] for key in sorted(desk.demand.kinds)]
    assert [kind.per_week / (7 * 24 * 6) for kind in kinds] == pytest.approx(lams)
    assert all(kind.route[0].work.mean_min == 10.0 for kind in kinds)
    assert [kind.patience and kind.patience.mean_min for kind in kinds] == [patience_min] * len(lams)
    assert [desk.staff.seats[key].heads for key in sorted(desk.staff.seats)] == heads
    assert desk.sla is None
    assert desk.priorities == ("normal",)
    assert all(shift.hours == "00:00-24:00" and len(shift.days) == 7 for shift in desk.staff.shifts.values())


def test_the_translated_titles_are_those_of_the_files():
    base = read("academy")
    found = {name: read(name) for name in names()} | {name: read_what_if(base, name) for name in what_if_names()}
    assert {name: text("en", f"scenario.{name}") for name in found} == {n: s.title for n, s in found.items()}
    assert {name: text("en", f"asks.{name}") for name in what_if_names()} == {
        name: found[name].asks for name in what_if_names()
    }
