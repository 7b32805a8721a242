"""A log as CSV: what is written and read again is the same log, and so are its statistics."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from scenarios import load
from scenarios.cli import main
from scenarios.logs import open_log
from scenarios.sources import SourceError, read, write_csv
from sim import fast, sample
from sim.desk import Desk
from sim.kpi import KPIS, count
from sim.log import Log, write
from sim.log import read as read_log
from tests.test_kpi import desk, equal
from tests.test_kpi_further import LOG as PAPER


def simulated() -> Log:
    """Return a week of the small academy."""
    small = load("academy_small").changed(weeks=1)
    assert isinstance(small, Desk)
    return fast.run(small, sample(small, 3))[0]


def back(log: Log, tmp_path: Path) -> Log:
    """Return a log that was written and read again."""
    write_csv(log, tmp_path / "log.csv")
    made, quality = read(tmp_path / "log.csv")
    rows = 1 + sum(log.tables[name].height for name in log.tables)
    assert (quality.rows_in, quality.rows_used, quality.set_aside, quality.mapping) == (rows, rows, {}, "fairdesk")
    return made


@pytest.mark.parametrize("by", [(), ("person", "month"), ("kind", "day"), ("team", "priority")])
def test_a_simulated_log_written_as_csv_and_read_again_gives_the_same_statistics(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    log = simulated()
    equal(count(back(log, tmp_path), list(KPIS), by=by), count(log, list(KPIS), by=by))


@pytest.mark.parametrize("log", [PAPER, desk(150)], ids=["on paper", "at random"])
def test_a_log_with_all_that_can_happen_is_the_same_after_csv(tmp_path: Path, log: Log) -> None:
    made = back(log, tmp_path)
    assert made.tables == log.tables
    write(log, tmp_path / "folder")
    assert read_log(tmp_path / "folder") == log
    assert replace(made, tables=log.tables) == log
    equal(count(made, list(KPIS), by=("person",)), count(log, list(KPIS), by=("person",)))


def test_names_that_a_spreadsheet_would_run_are_written_so_that_it_does_not(tmp_path: Path) -> None:
    """The learner is called =1+1, the kind -x and the label 'a."""
    cases = pl.DataFrame({"ticket": [1], "kind": ["-x"], "priority": ["normal"], "learner": ["=1+1"], "label": ["'a"]})
    moments = pl.DataFrame({"ticket": [1], "at_s": [-5], "number": [0], "what": ["created"]})
    log = Log.of(timeline=PAPER.timeline, until_s=9, priorities=("normal",), cases=cases, moments=moments)
    made = back(log, tmp_path)
    assert made.tables == log.tables
    text = (tmp_path / "log.csv").read_text("utf-8-sig")
    assert "'=1+1" in text and "'-x" in text and "''a" in text and ",-5," in text


def test_rows_that_cannot_be_read_are_set_aside_and_counted(tmp_path: Path) -> None:
    write_csv(PAPER, tmp_path / "log.csv")
    lines = (tmp_path / "log.csv").read_text("utf-8-sig").splitlines()
    shift = next(place for place, line in enumerate(lines) if line.startswith("touches"))
    lines[shift] = lines[shift].replace(",ana,", ",bo,").replace("touches,1,", "touches,one,")
    lines.append("parties" + lines[-1].removeprefix("people"))
    (tmp_path / "odd.csv").write_text("\n".join(lines))
    made, quality = read(tmp_path / "odd.csv")
    assert quality.as_dict()["set_aside"] == {"table: unknown word": 1, "ticket: no readable number": 1}
    assert made.touches.height == PAPER.touches.height - 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("log,", "lag,", "expected one row of the table 'log', got 0"),
        ("until_s", "til_s", "makes no log: metadata: 'until_s'"),
        ("moments,1,", "moments,99,", "makes no log:"),
    ],
)
def test_a_damaged_table_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    write_csv(PAPER, tmp_path / "log.csv")
    text = (tmp_path / "log.csv").read_text("utf-8-sig")
    (tmp_path / "log.csv").write_text(text.replace(old, new))
    with pytest.raises(SourceError, match=said):
        read(tmp_path / "log.csv")


def test_the_commands_write_a_log_as_csv_and_take_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--weeks", "1", "--replications", "1", "--workers", "1", "--kpi", "wait_mean", "--csv"]
    assert main(["run", "academy_small", *options, "--out", str(tmp_path / "out")]) == 0
    assert main(["import", str(tmp_path / "out" / "log.csv"), "--out", str(tmp_path / "back")]) == 0
    told = capsys.readouterr().out
    assert "log.csv" in told
    one, two = (open_log(tmp_path / name)[0] for name in ("out", "back"))
    assert one.tables == two.tables
    assert main(["run", "academy_small", *options[:-1], "--out", str(tmp_path / "out")]) == 0
    assert not (tmp_path / "out" / "log.csv").exists()
