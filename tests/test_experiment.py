"""Replications: the same bytes for any number of workers, after a kill, and after a resume."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from scenarios.commands import options
from sim import model
from sim.desk import Desk
from sim.experiment import (
    DEFAULT_ENGINE,
    ENGINES,
    Pool,
    PoolError,
    interval,
    kept_open,
    kpis,
    local,
    measured,
    paired,
    processes,
    replicate,
    spread,
    summary,
    threads,
)
from sim.experiment.pools import slots
from sim.log import Log
from sim.truth import Truth
from sim.world import World
from tests.conftest import queue

NAMES = ["wait_mean", "tickets_created", "utilisation"]


def desk() -> Desk:
    return queue(per_mean=2.0, people=3, mean_min=60.0)


def digest(log: Log, _: Truth) -> str:
    """Return everything that a run wrote, as text."""
    tables = (log.cases, log.moments, log.touches, log.shifts, log.people, log.tickets)
    return "".join(frame.write_ndjson() for frame in tables)


def rows(log: Log, _: Truth) -> int:
    return log.moments.height


_FLAG = "FAIRDESK_TEST_DIES_ONCE"


def dies_once(log: Log, _: Truth) -> int:
    """Kill the worker that comes first; the flag's file says that one has died already."""
    flag = Path(os.environ[_FLAG])
    if not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return log.moments.height


@pytest.mark.parametrize("make", [threads(2), threads(4), processes(4)])
def test_neither_the_kind_nor_the_number_of_workers_changes_a_byte(make: Pool) -> None:
    assert dict(replicate(desk(), range(4), digest, executor=make)) == dict(replicate(desk(), range(4), digest))


def test_threads_measure_what_one_alone_measures() -> None:
    """All that is shared between threads, caches and Polars' own pool, is shared by eight runs at once."""
    how = {"by": ("person", "week"), "run": ENGINES[DEFAULT_ENGINE]}
    assert_frame_equal(measured(desk(), range(16), executor=threads(8), **how), measured(desk(), range(16), **how))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_bytes_from_the_pool_that_suits_it(engine: str) -> None:
    if find_spec(f"sim.{'model' if engine == 'simpy' else engine}") is None:
        pytest.skip(f"the engine {engine} is absent")
    found = dict(replicate(desk(), range(3), digest, run=ENGINES[engine], executor=local(engine, 2)))
    assert found == dict(replicate(desk(), range(3), digest, run=model.run))


def test_the_definition_is_an_engine_and_so_is_the_default() -> None:
    assert ENGINES["simpy"] is model.run
    assert DEFAULT_ENGINE in ENGINES
    with pytest.raises(KeyError):
        ENGINES["warp"]


def test_the_names_of_engines_cost_no_import_of_an_engine_or_a_table_library() -> None:
    code = "import sys; from sim.experiment import DEFAULT_ENGINE, ENGINES, local; list(ENGINES); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "sim.experiment.engines" in loaded
    assert not {"simpy", "numba", "polars", "numpy", "sim.model", "sim.fast", "distributed"} & set(loaded)


def test_the_command_line_knows_every_engine() -> None:
    parser = options.argparse.ArgumentParser()
    options.engine_options(parser, "en")
    assert parser.parse_args([]).engine == DEFAULT_ENGINE
    for name in ENGINES:
        assert parser.parse_args(["--engine", name]).engine == name


def test_a_killed_worker_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_FLAG, str(tmp_path / "died"))
    with kept_open(processes(2)) as pool:
        found = dict(replicate(desk(), range(4), dies_once, executor=pool))
    assert (tmp_path / "died").exists()
    assert found == dict(replicate(desk(), range(4), rows))


def test_a_task_that_kills_every_worker_is_given_up_and_named() -> None:
    with pytest.raises(PoolError, match="task 7: 4 workers were killed"):
        list(spread(signal.raise_signal, [(7, signal.SIGKILL)], processes(2)))


class Here(Executor):
    """A pool of three whose tasks are done at once, one after the other."""

    workers = 3

    def __init__(self) -> None:
        self.done: list[int] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.done.append(args[0])
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args))
        except ArithmeticError as error:
            future.set_exception(error)
        return future


def test_no_more_than_two_tasks_per_worker_are_in_flight_and_none_is_read_before_its_turn() -> None:
    """Three workers: at most six tasks lie between what was read and what was delivered, of a thousand."""
    read, ahead = [0], []

    def items() -> Iterator[tuple[int, int]]:
        for number in range(1000):
            read[0] += 1
            yield number, number

    for delivered, _ in enumerate(spread(abs, items(), Here)):
        ahead.append(read[0] - delivered)
    assert len(ahead) == 1000
    assert max(ahead) == 6


def test_the_window_is_that_of_the_pool_also_when_it_is_kept_open() -> None:
    with kept_open(Here) as pool:
        assert pool is not None
        assert slots(pool()) == 3
    assert slots(Here()) == 3


def fails(number: int) -> int:
    if number == 2:
        raise ZeroDivisionError(f"number {number}")
    return number


def test_an_error_of_a_task_is_told_after_what_came_whole() -> None:
    found = []
    with pytest.raises(ZeroDivisionError, match="number 2"):
        for index, _ in spread(fails, [(number, number) for number in range(6)], Here):
            found.append(index)
    assert found == [0, 1, 3, 4, 5]


def test_replications_come_in_the_order_of_their_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five of them, of which two at a time are put together."""
    monkeypatch.setattr("sim.experiment.replications._TOGETHER", 2)
    found = measured(desk(), [5, 1, 4, 2, 3], NAMES)
    assert found["seed"].to_list() == [seed for seed in (5, 1, 4, 2, 3) for _ in NAMES]
    assert found.schema["seed"] == pl.UInt64
    assert_frame_equal(found.sort("seed", maintain_order=True), measured(desk(), range(1, 6), NAMES))


def test_a_run_that_was_stopped_runs_nothing_again_that_is_there(tmp_path: Path) -> None:
    runs: list[int] = []

    def counted(of: Desk, world: World) -> tuple[Log, Truth]:
        runs.append(world.seed)
        return model.run(of, world)

    def stops(done: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(desk(), range(5), NAMES, run=counted, folder=tmp_path, on_done=stops)
    found = measured(desk(), range(5), NAMES, run=counted, folder=tmp_path)
    assert sorted(runs) == [0, 1, 2, 3, 4]
    assert_frame_equal(found, measured(desk(), range(5), NAMES))


def test_a_run_that_was_stopped_goes_on_where_it_stopped(tmp_path: Path) -> None:
    seen: list[int] = []

    def stops(done: int) -> None:
        seen.append(done)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(desk(), range(4), NAMES, folder=tmp_path, on_done=stops)
    stamps = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("seed-*.parquet")}
    assert len(stamps) == 2
    resumed = measured(desk(), range(4), NAMES, folder=tmp_path, on_done=seen.append)
    assert seen == [1, 2, 3, 4]
    assert all((tmp_path / name).stat().st_mtime_ns == stamp for name, stamp in stamps.items())
    assert_frame_equal(resumed, measured(desk(), range(4), NAMES))


def test_a_folder_of_other_inputs_is_refused(tmp_path: Path) -> None:
    measured(desk(), range(1), NAMES, folder=tmp_path)
    other = queue(per_mean=2.5, people=3, mean_min=60.0)
    with pytest.raises(ValueError, match="other inputs"):
        measured(other, range(1), NAMES, folder=tmp_path)


def test_a_half_written_replication_is_never_read(tmp_path: Path) -> None:
    measured(desk(), range(2), NAMES, folder=tmp_path)
    whole = tmp_path / "seed-1.parquet"
    whole.rename(whole.with_suffix(".part"))
    assert_frame_equal(measured(desk(), range(2), NAMES, folder=tmp_path), measured(desk(), range(2), NAMES))


def test_an_interval_is_student_s_t() -> None:
    """Values 1, 2, 3, 4: mean 2.5, sd 1.29099, t(3; .975) = 3.18245, half-width 3.18245 x 1.29099 / 2 = 2.05426."""
    mean, low, high = interval(np.array([1.0, 2.0, 3.0, 4.0]))
    assert mean == 2.5
    assert low == pytest.approx(2.5 - 2.05426, abs=1e-4)
    assert high == pytest.approx(2.5 + 2.05426, abs=1e-4)
    assert interval(np.array([7.0])) == (7.0, None, None)
    assert interval(np.array([])) == (None, None, None)


def test_differences_are_paired_by_seed_and_leave_out_what_one_side_lacks() -> None:
    """Base 1, 2, 3 and other 2, 4, null by seed: differences 1 and 2, mean 1.5, two worlds."""

    def frame(values: list[float | None]) -> pl.DataFrame:
        return pl.DataFrame({"seed": [0, 1, 2], "name": "wait_mean", "unit": "min", "mean": values})

    found = paired(frame([1.0, 2.0, 3.0]), frame([2.0, 4.0, None]))
    assert found["mean"].to_list() == [1.5]
    assert found["n"].to_list() == [2]


def test_common_worlds_make_a_difference_surer_than_two_means() -> None:
    base, other = desk(), queue(per_mean=2.0, people=4, mean_min=60.0)
    runs = [measured(side, range(12), ["wait_mean"]) for side in (base, other)]
    gap = paired(*runs).row(0, named=True)
    widths = [row["high"] - row["low"] for row in (summary(run).row(0, named=True) for run in runs)]
    assert gap["high"] < 0
    assert gap["high"] - gap["low"] < sum(widths)


def test_kpis_are_the_summary_of_the_replications() -> None:
    runs = measured(desk(), range(3), NAMES)
    found = kpis(desk(), range(3), NAMES)
    assert_frame_equal(found, summary(runs))
    assert found["n"].to_list() == [3, 3, 3]
    created = runs.filter(pl.col("name") == "tickets_created")["mean"]
    assert found.filter(pl.col("name") == "tickets_created")["mean"][0] == pytest.approx(created.mean())


def test_workers_must_be_at_least_one() -> None:
    assert processes(1) is None
    with pytest.raises(ValueError, match="at least 1"):
        processes(0)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs masks of signals")
def test_ctrl_c_does_not_reach_a_worker_even_while_it_starts():
    make = processes(2)
    assert make is not None
    with make() as pool:
        masks = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()
    assert signal.SIGINT in masks
    assert signal.SIGTERM not in masks
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
