"""A small log and its KPIs, kept as files, to notice change.

It shows only that nothing changed since the files were written, not that they are right: what is right is shown by
hand, by the laws and by theory. If a change is meant, write the files anew, look at the difference, and say in the
commit which KPI moved, by how much, and why that is right:

    python -m tests.test_kept

Seconds, counts and statistics must be the same to the last digit; figures that divide them may differ by 1e-9, as
machines round differently.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from scenarios import load
from sim import model, sample
from sim.desk import Desk
from sim.kpi import count, measure
from sim.log import SCHEMAS, Log, read, write

KEPT = Path(__file__).parent / "kept"
SPLITS = ((), ("person",), ("kind",), ("priority", "day"))
KPIS = ("response_overdue_rate", "resolution_time_mean", "fcr_verified_72h", "tickets_resolved", "backlog_mean")
"""What is split; the whole log is measured by all."""


def simulated() -> Log:
    desk = load("academy_small").changed(weeks=1)
    assert isinstance(desk, Desk)
    return model.run(desk, sample(desk, 1))[0]


def figures(log: Log) -> list[dict[str, Any]]:
    """Return all figures of a log, one row each, with what it was split by."""
    parts = [(by, measure(log, KPIS if by else None, by=by)) for by in SPLITS]
    return [{"by": list(by), **row} for by, frame in parts for row in frame.to_dicts()]


def statistics(log: Log) -> list[dict[str, Any]]:
    """Return the whole-number sums behind the figures, day by day."""
    return count(log).sums.to_dicts()


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def kept(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (KEPT / name).read_text("utf-8").splitlines()]


def keep() -> None:
    """Write the files anew."""
    KEPT.mkdir(exist_ok=True)
    log = simulated()
    write(log, KEPT / "log")
    (KEPT / "figures.jsonl").write_text(lines(figures(log)), "utf-8")
    (KEPT / "statistics.jsonl").write_text(lines(statistics(log)), "utf-8")


@pytest.mark.parametrize("name", [*SCHEMAS, "tickets"])
def test_the_engine_still_writes_the_kept_log(name: str, today: Log, stored: Log) -> None:
    assert_frame_equal(getattr(today, name), getattr(stored, name), rel_tol=1e-9, abs_tol=1e-9)


def test_the_kept_log_says_the_same_about_itself(today: Log, stored: Log) -> None:
    for name in ("timeline", "until_s", "priorities", "currency", "sla", "calendars", "source"):
        assert getattr(today, name) == getattr(stored, name), name


def test_the_kept_log_still_has_the_kept_statistics(stored: Log) -> None:
    assert statistics(stored) == kept("statistics.jsonl")


def test_the_kept_log_still_has_the_kept_figures(stored: Log) -> None:
    now, then = (pl.DataFrame(rows, infer_schema_length=None) for rows in (figures(stored), kept("figures.jsonl")))
    assert_frame_equal(now, then, rel_tol=1e-9, abs_tol=1e-9)


@pytest.fixture(scope="module")
def today() -> Log:
    return simulated()


@pytest.fixture(scope="module")
def stored() -> Log:
    return read(KEPT / "log")


if __name__ == "__main__":
    keep()
