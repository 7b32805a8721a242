"""Replications: the same bytes for any number of workers, after a kill, and after a resume."""

import os
import signal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sim.desk import Desk
from sim.experiment import interval, kpis, measured, paired, processes, replicate, summary
from sim.log import Log
from sim.truth import Truth
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


def test_the_number_of_workers_changes_no_byte() -> None:
    alone = dict(replicate(desk(), range(4), digest))
    for workers in (2, 4):
        assert dict(replicate(desk(), range(4), digest, executor=processes(workers))) == alone


def test_a_killed_worker_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_FLAG, str(tmp_path / "died"))
    found = dict(replicate(desk(), range(4), dies_once, executor=processes(2)))
    assert (tmp_path / "died").exists()
    assert found == dict(replicate(desk(), range(4), rows))


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
