"""What the benchmark of scores measures is a score; how long it takes is not asked here."""

from pathlib import Path

from benchmarks.score import ITEMS, STEPS, log_of, one, page, rubric
from sim.log import write


def test_forty_items_of_the_rubrics_that_come_along_are_scored_for_everybody(tmp_path: Path) -> None:
    write(log_of(400, people=4), tmp_path / "log")
    found = one(tmp_path / "log")
    assert len(rubric().items) == ITEMS and found["decided"] >= 25
    assert found["tickets"] == 400 and found["scores"] == 4 * 12
    assert found["same"] and set(found["took"]) == set(STEPS) and found["rows"] > 2000
    said = page([found, found])
    assert "Rounds: 2" in said and all(text in said for text in STEPS.values())
