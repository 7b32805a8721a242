"""The benchmarks themselves: what they compare is the same work, and what they say is what was measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks import features, once, page, parity, scaling, staffing_large
from benchmarks.model_w2 import columns, w1, w2, write
from benchmarks.suite import quick
from benchmarks.theory import samples
from benchmarks.w2_settle import settled, told
from optimize.workload import load_h, workload
from scenarios.files.desks import load
from sim import fast, model, sample
from sim.desk import Desk


def test_the_reference_of_w2_matches_after_all_that_happens_in_a_second() -> None:
    """Two groups of one person; group 0 serves kind 0, then 1; group 1 serves kind 1, then 0.

    | ticket | arrives | kind | priority | work | patience | |
    |---|--:|--:|--:|--:|--:|---|
    | 0 | 0 | 0 | 2 | 10 | 99 | begins at 0 with person 0, ends at 10 |
    | 1 | 0 | 0 | 2 | 30 | 99 | person 0 is taken: at 0 with person 1, ends at 30 |
    | 2 | 5 | 0 | 2 | 10 | 99 | waits; 3 is more urgent at 10; begins at 30: both are idle, person 0 is its main |
    | 3 | 10 | 1 | 0 | 20 | 99 | arrives in the second in which person 0 ends: begins at 10, ends at 30 |
    | 4 | 7 | 0 | 2 | 10 | 3 | its patience ends at 10, before person 0 is given away: never |
    | 5 | 30 | 0 | 2 | 10 | 99 | 2 goes first and takes person 0; person 1 may serve kind 0: begins at 30 |
    """
    rows = [
        (0, 10, 99, 0, 2), (0, 30, 99, 0, 2), (5, 10, 99, 0, 2), (7, 10, 3, 0, 2), (10, 20, 99, 1, 0),
        (30, 10, 99, 0, 2),
    ]  # fmt: skip
    names = ("arrival", "service", "patience", "typ", "prio")
    start, person = settled(dict(zip(names, zip(*rows, strict=True), strict=True)), 100, groups=2, heads=1)
    assert start.tolist() == [0, 0, 30, -1, 10, 30]
    assert person.tolist() == [0, 1, 0, -1, 0, 1]


@pytest.mark.parametrize("engine", [fast, model])
def test_the_engines_begin_every_ticket_of_w2_as_the_reference_does(engine: ModuleType) -> None:
    desk = w2(1, per_min=0.55, heads=1)
    world = sample(desk, 3)
    one = settled(columns(world), desk.until_s(), heads=1)
    other = told(engine.run(desk, world)[0], len(world))
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])
    assert (one[0] < 0).mean() > 0.01 and (one[0] > world.created_s).mean() > 0.3


def test_a_world_is_written_for_other_programs_in_their_unit(tmp_path: Path) -> None:
    world = sample(w1(1, per_min=0.1, heads=1), 1)
    write(world, tmp_path / "w1.bin", ticks_per_s=10)
    arrival, service, patience, typ, prio = np.fromfile(tmp_path / "w1.bin", np.int64).reshape(5, len(world))
    np.testing.assert_array_equal(arrival, 10 * world.created_s)
    np.testing.assert_array_equal(service, 10 * np.ceil(world.work_ms[:, 0] / 1000).clip(1).astype(np.int64))
    assert set(patience) == {-10} and set(typ) == set(prio) == {0}


class Wrong:
    """The model, but that resolutions are told a second late."""

    begin, advance = staticmethod(model.begin), staticmethod(model.advance)

    @staticmethod
    def run(*given: Any) -> Any:
        return model.run(*given)

    @staticmethod
    def log(state: Any) -> Any:
        log, truth = model.log(state)
        tables = {name: getattr(log, name) for name in parity.TABLES}
        late = (tables["moments"]["what"] == "resolved").cast(int)
        tables["moments"] = tables["moments"].with_columns(at_s=tables["moments"]["at_s"] + late)
        return SimpleNamespace(**tables), truth


def test_a_difference_between_the_engines_is_told_as_a_scenario_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(parity, "fast", Wrong)
    _, case, how = parity.random_desks(60, 1, shrink=False)
    assert case is not None and "at_s" in how
    path = tmp_path / "case.toml"
    path.write_text(str(case), "utf-8")
    assert load(path) == case.desk
    with pytest.raises(AssertionError):
        parity.compare(replace(case, desk=load(path)))


def test_a_case_is_equal_however_it_is_cut_and_steered() -> None:
    desk = load("academy_small")
    short = Desk.model_validate(desk.changed(weeks=1, routing=desk.routing.changed(steer_every_min=240)).model_dump())
    found = parity.compare(parity.Case(short, 5, (1000, 90_000), None, (short.routing.weights(),), 3))
    assert found["steered"] and found["cut"] and found["views"] > 3


def test_a_record_that_is_replicated_more_often_has_seeds_of_its_own() -> None:
    record = replace(quick()[1], times=2)
    once_each = [next(samples([replace(record, times=1)], seed, seed)) for seed in (3, 4)]
    assert next(samples([record], 2, 2)) == [row for rows in once_each for row in rows]


def measured() -> dict[str, Any]:
    def speed(engine: str, run_s: float) -> dict[str, Any]:
        return {"engine": engine, "tickets": 1000, "run_s": [run_s, run_s, 9.0], "wait_min": 0.4, "left": 0.01}

    names = {"kernel": 0.02, "fast": 0.08, "model": 2.0, "cpp_ours": 0.01, "cimba": 0.3, "simpy_naive": 1.0}
    size = {f"{stage}_{unit}": 7000.0 for stage in scaling.STAGES for unit in ("s", "mb")} | {"n": 1000, "people": 12}
    return {
        "machine": "m", "versions": "v", "command": "c", "began": "b", "load_before": 0.0, "load_after": 0.0,
        "rounds": 3,
        "w1": {"speeds": [speed("fast", 0.5)], "why": {"ciw": "no module"}},
        "w2": {"speeds": [speed(name, run_s) for name, run_s in names.items()], "why": {}},
        "equality": {"n": 1000, "start": ["a", "a"], "person": ["b", "b"], "differ": 0},
        "tickets": [size, size], "largest": size, "people": [{**size, "again_s": 1.0}, {**size, "again_s": 2.5}],
        "stages": {name: {f"{stage}_s": 1.0 for stage in scaling.STAGES} for name in ("w2", "academy")},
        "quarter": {"replications": 5, "tickets": 9, "kernel_s": 1.0, "kpis_s": 2.0, "tenth_mb": 1.0, "last_mb": 1.0},
        "workers": [{"engine": "fast", "replications": 5, "one_s": 9.0, "two_s": 6.0}],
        "many": {"replications": 5, "run_s": 1.0, "last_mb": 1.0},
        "first": {heat: dict.fromkeys(("import_s", "sample_s", "run_s", "again_s"), 0.5) for heat in ("cold", "warm")},
    }  # fmt: skip


def test_the_bars_are_ratios_of_medians_and_say_which_are_missed() -> None:
    """Kernel 0.01 / 0.02 of C++; with its log 0.01 / 0.08 of it, and 0.3 / 0.08 of the fastest peer."""
    cells = [[cell.strip() for cell in row.split("|")[2:5]] for row in page.bars(measured()).splitlines()[2:]]
    assert cells == [
        [">= 0.5 x", "0.500 x", "met"], [">= 0.2 x", "0.125 x", "**missed**"], [">= 4 x", "3.75 x", "**missed**"],
        [">= 1 x", "0.50 x", "**missed**"], ["< 2 x", "2.50 x", "**missed**"], ["< 8 GB", "7.0 GB", "met"],
        ["<= 3 x", "2.00 x", "met"], ["flat", "1.00 x", "met"], [">= 1.7 x", "1.50 x", "**missed**"],
        ["< 1 s", "1.00 s", "**missed**"],
    ]  # fmt: skip


def test_the_page_says_who_did_not_run_and_why() -> None:
    text = page.page(measured())
    assert "Not run: Ciw: no module." in text
    assert "**every one** begins in the same second" in text


def test_pictures_are_the_same_bytes_for_the_same_figures(tmp_path: Path) -> None:
    pages = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        scaling.draw_people(measured()["people"], folder)
        pages.append((folder / "people.svg").read_bytes())
    assert pages[0] == pages[1]
    assert b"microseconds per ticket" in pages[0]


def test_one_run_of_ours_is_told_as_a_rival_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    small = dict.fromkeys(("w1", "w2"), lambda weeks, per_min=0.2: w2(1, per_min=min(per_min, 0.2), heads=1))
    monkeypatch.setattr(once, "WORKLOADS", small)
    found = {engine: once.once(engine, "w2", 1) for engine in (once.KERNEL, once.FAST, once.MODEL)}
    told_ = [
        json.dumps({key: value for key, value in row.items() if key in ("n", "mean_wait_min", "abandoned")})
        for row in found.values()
    ]
    assert told_[0] == told_[1] == told_[2]
    assert all(row["run_s"] > 0 and row["n"] > 1000 for row in found.values())


@pytest.mark.parametrize("feature", features.FEATURES, ids=lambda feature: feature.name)
def test_a_mechanic_that_is_measured_is_switched_on_in_both_engines(feature: features.Feature) -> None:
    plain = w2(1, per_min=0.05, heads=1)
    desk = feature.change(plain)
    assert (desk == plain) == (feature is features.FEATURES[0])
    world = sample(desk, 1)
    one, other = fast.run(desk, world)[0], model.run(desk, world)[0]
    assert one.tables == other.tables
    assert one.touches.height >= len(world) > 400


def test_the_large_desk_is_drawn_alike_from_a_seed() -> None:
    """12 skills, each taken in three shifts by specialists, and by all-rounders of six pairs: 54 seat groups."""
    one = staffing_large.large_desk(3)
    assert one == staffing_large.large_desk(3) != staffing_large.large_desk(4)
    assert len(one.staff.seats) == 54
    assert len({skill for seat in one.staff.seats.values() for skill in seat.takes}) == 12
    assert sum(load_h(workload(one)).values()) == pytest.approx(0.8 * 170 * 40, rel=0.03)
