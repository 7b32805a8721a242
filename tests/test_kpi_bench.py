"""What the benchmark compares counts the same; how long it takes is not asked here."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.kpi import OURS, TIMELINE, UNTIL_S, Speed, agreement, bar, one, ours_on, page, tickets
from benchmarks.kpi_rivals import RIVALS


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "tickets.parquet"
    tickets(20_000).write_parquet(path, compression="uncompressed")
    return path


def told(figures: Any) -> dict[str, list[Any]]:
    return {key: sorted((*group, *values) for group, values in rows.items()) for key, rows in figures.items()}


@pytest.mark.parametrize(("name", "library"), [("polars", "polars"), ("pandas", "pandas"), ("duckdb", "duckdb")])
def test_what_is_written_by_hand_counts_the_same(table: Path, name: str, library: str) -> None:
    pytest.importorskip(library)
    if name == "pandas":
        pytest.importorskip("pyarrow")
    found = []
    for run, figures in (ours_on(table), RIVALS[name](table, int(TIMELINE.start.timestamp()), UNTIL_S)):
        found.append(told(figures(run())))
    assert len(found[0]["reply"]) > 1000
    assert "p90" in agreement(*found)


def test_another_count_is_noticed(table: Path) -> None:
    run, figures = ours_on(table)
    own = told(figures(run()))
    other = json.loads(json.dumps(own))
    other["late"][0][2] += 0.01
    with pytest.raises(RuntimeError, match="figures differ"):
        agreement(json.loads(json.dumps(own)), other)
    del other["late"][0]
    with pytest.raises(RuntimeError, match="the groups differ"):
        agreement(json.loads(json.dumps(own)), other)


def test_a_contender_tells_its_seconds_its_memory_and_its_figures(table: Path) -> None:
    found = one(OURS, table)
    assert found.keys() == {"run_s", "cpu_s", "table_mb", "peak_mb", "figures"}
    assert found["run_s"] > 0 and found["peak_mb"] >= found["table_mb"] > 1


def test_the_page_says_whether_the_bar_is_met() -> None:
    def speed(name: str, run_s: float, peak_mb: float = 900.0) -> Speed:
        return Speed(name, 1000, (run_s,), (run_s,), 1.0, peak_mb)

    speeds = [speed(OURS, 1.5), speed("polars", 1.0)]
    assert "**met**, 1.50 x" in bar(speeds)
    assert "MISSED" in bar([speed(OURS, 2.1), speed("polars", 1.0)])
    assert "MISSED" in bar([speed(OURS, 1.0, 4100.0), speed("polars", 1.0)])
    said = page([(speeds, {"polars": "0"})], 1)
    assert "| Polars by hand, the same counts | 1.000 | 1.50 x |" in said
    assert "left out: pandas, duckdb." in said
