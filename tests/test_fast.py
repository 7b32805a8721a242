"""The twin is the model: equal logs, row for row, on desks that use everything and tie nearly everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config
from polars.testing import assert_frame_equal

from scenarios.files import load, load_what_if, names, what_if_names
from sim import compilation, fast, model, sample
from sim.desk import Desk
from sim.log import Log
from sim.opening import opening_of
from sim.steer import Orders, Steer, View
from sim.truth import Truth
from tests.test_laws import POLICY, SEEDS, TABLES, desks, some


def of(examples: int) -> int:
    """Return how many desks to try: fewer with compilation off, where each takes a second."""
    return examples // 12 if config.DISABLE_JIT else examples


CUTS = st.lists(st.integers(0, 7 * 86_400), max_size=3).map(sorted)


def assert_equal(one: tuple[Log, Truth], other: tuple[Log, Truth]) -> None:
    for name in TABLES:
        assert_frame_equal(getattr(one[0], name), getattr(other[0], name))
    for name in ("people", "tickets", "busyness"):
        assert_frame_equal(getattr(one[1], name), getattr(other[1], name))


def assert_same_view(one: View, other: View) -> None:
    for name in View.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@some(of(200))
@given(desks(), SEEDS, CUTS)
def test_the_twin_writes_the_log_of_the_model_wherever_the_run_is_cut(desk: Desk, seed: int, cuts: list[int]) -> None:
    world = sample(desk, seed)
    states: list[Any] = [engine.begin(desk, world) for engine in (model, fast)]
    for until_s in [*cuts, desk.until_s()]:
        model.advance(states[0], until_s)
        fast.advance(states[1], until_s)
        assert_same_view(states[0].view(), states[1].view())
        assert_equal(model.log(states[0]), fast.log(states[1]))


@some(of(40))
@given(desks(), SEEDS, st.integers(1, 7 * 86_400))
def test_the_twin_begins_with_the_tickets_that_a_log_left_open(desk: Desk, seed: int, at_s: int) -> None:
    before, _ = model.run(desk, sample(desk, seed))
    opening = opening_of(before, at_s)
    world = sample(desk, seed + 10)
    assert_equal(model.run(desk, world, opening), fast.run(desk, world, opening))


def steering(policies: list[Any], pick: int) -> Steer:
    """Return a steerer that changes the weights now and then and reserves tickets for people who may be off duty."""

    def steer(view: View, epoch: int) -> Orders | None:
        if epoch % 5 == 4:
            return None
        queued = np.flatnonzero(view.where == 0)
        reserve = []
        if len(queued) and view.on_duty.any() and epoch % 2:
            ticket = int(view.ticket[queued[(epoch * pick) % len(queued)]])
            reserve = [(ticket, int(np.flatnonzero(view.on_duty)[0]))]
        return Orders(policies[epoch % len(policies)] if epoch % 3 == 0 else None, tuple(reserve))

    return steer


@some(of(60))
@given(
    desks(clocks=(60, 600)),
    SEEDS,
    st.lists(POLICY, min_size=1, max_size=3),
    st.integers(1, 7),
    st.sampled_from([30, 600]),
)
def test_the_twin_is_steered_as_the_model_is(desk: Desk, seed: int, policies: list[Any], pick: int, every: int) -> None:
    every = max(every, desk.clock_s // 60)
    desk = desk.changed(routing=desk.routing.changed(steer_every_min=every))  # type: ignore[assignment]
    world = sample(desk, seed)
    seen: list[list[View]] = [[], []]
    logs = []
    for engine, views in zip((model, fast), seen, strict=True):
        inner = steering(policies, pick)

        def watch(view: View, epoch: int, views: list[View] = views, inner: Steer = inner) -> Orders | None:
            views.append(view)
            return inner(view, epoch)

        try:
            logs.append(engine.run(desk, world, steer=watch))
        except ValueError as refused:
            logs.append(str(refused))
    assert len(seen[0]) == len(seen[1])
    for one, other in zip(*seen, strict=True):
        assert_same_view(one, other)
    if isinstance(logs[0], str) or isinstance(logs[1], str):
        assert logs[0] == logs[1]
    else:
        assert_equal(*logs)


def test_every_line_of_the_twin_is_run_with_compilation_off(tmp_path: Path) -> None:
    """Compiled code is not measured, so the desks above are run again, uncompiled, under the coverage tool."""
    found = tmp_path / "coverage.json"
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", "the_twin",
        "--cov=sim.fast", f"--cov-report=json:{found}",
    ]  # fmt: skip
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "COVERAGE_FILE": str(tmp_path / "coverage")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stdout[-3000:]
    files = json.loads(found.read_text("utf-8"))["files"]
    missed = {Path(name).name: lines["missing_lines"] for name, lines in files.items() if lines["missing_lines"]}
    assert missed == {}


def test_compiled_code_is_kept_by_the_sources_that_it_holds_parts_of() -> None:
    """What the compiled loop takes from other modules lies in files whose digest names the cache."""
    root = Path(compilation.__file__).parent
    covered = {path for pattern in compilation.SHARED for path in root.glob(pattern)}
    for loop in ("lines", "moves", "settle", "events", "dues", "memory"):
        for name, value in vars(import_module(f"sim.fast.{loop}")).items():
            home = getattr(getattr(value, "py_func", value), "__module__", "") or ""
            if home.startswith("sim.") and not isinstance(value, type | ModuleType):
                path = Path(str(import_module(home).__file__))
                assert path in covered, f"sim/fast/{loop}.py: {name} comes from {path.relative_to(root)}"


def test_a_change_of_a_shared_source_changes_the_folder_of_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = compilation._digest()
    monkeypatch.setattr(compilation, "SHARED", ("rules.py",))
    assert compilation._digest() != before


@pytest.mark.parametrize("name", names())
def test_both_engines_agree_on_the_catalogue(name: str) -> None:
    agree(load(name))


@pytest.mark.parametrize("name", what_if_names())
def test_both_engines_agree_on_the_what_ifs(name: str) -> None:
    agree(load_what_if("academy", name))


def agree(desk: Desk) -> None:
    desk = desk.changed(weeks=min(desk.weeks, 2))  # type: ignore[assignment]
    for seed in (1, 2):
        world = sample(desk, seed)
        assert_equal(model.run(desk, world), fast.run(desk, world))
