import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from scenarios.cli import main
from sim.kpi import KPIS, count, finish, merge
from sim.kpi.parts import WINDOWS, count_parts, do, folders_of, split, tasks_of, together, write_parts
from sim.log import Log, LogError, write
from tests.test_kpi import DAY, LOG, SPLITS, equal


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    write_parts(LOG, folder, 5)
    return folder


@pytest.mark.parametrize(("by", "attribution"), SPLITS)
def test_a_log_in_five_parts_by_learner_has_the_statistics_of_the_whole(
    five: Path, by: tuple[str, ...], attribution: str
) -> None:
    whole = count(LOG, list(KPIS), by=by, attribution=attribution)
    equal(count_parts(five, list(KPIS), by=by, attribution=attribution), whole)
    done = [do(task) for task in tasks_of(five, list(KPIS), by=by, attribution=attribution)]
    equal(together(reversed(done)).statistics, whole)
    assert together(done).tickets == LOG.cases.height


def test_each_ticket_and_shift_stands_in_one_part_and_each_learner_too() -> None:
    parts = list(split(LOG, 5))
    assert all(part.cases.height for part in parts)
    tickets = pl.concat([part.cases["ticket"] for part in parts])
    assert sorted(tickets) == LOG.cases["ticket"].to_list()
    learners = [set(part.cases["learner"]) for part in parts]
    assert sum(map(len, learners)) == LOG.cases["learner"].n_unique()
    assert [part.shifts.height for part in parts] == [LOG.shifts.height, 0, 0, 0, 0]
    for table in ("moments", "touches"):
        assert sum(getattr(part, table).height for part in parts) == getattr(LOG, table).height


def test_tickets_of_unknown_learners_are_spread_and_counted_once() -> None:
    cases = LOG.cases.with_columns(learner=pl.when(pl.col("ticket") % 4 == 0).then(pl.col("learner")))
    log = replace(LOG, tables=type(LOG.tables)({**LOG.tables, "cases": cases}))
    parts = list(split(log, 3))
    assert min(part.cases["learner"].null_count() for part in parts) > 0
    equal(merge([count(part) for part in parts]), count(log))


def test_a_log_cannot_be_split_in_no_part() -> None:
    with pytest.raises(ValueError, match="at least 1 part, got 0"):
        next(split(LOG, 0))


def test_a_fact_that_only_the_whole_log_denies_is_denied_though_a_part_would_grant_it() -> None:
    """Nobody replies in the whole log: a desk without replies could still be one where nothing was resolved, and one
    part holds no resolution; but the other does, so nobody knows when people replied."""
    moments = LOG.moments.filter(~pl.col("what").is_in(["reply"]))
    log = replace(LOG, tables=type(LOG.tables)({**LOG.tables, "moments": moments}))
    solved = pl.col("ticket").is_in(moments.filter(pl.col("what") == "resolved")["ticket"].implode())
    parts = [_only(log, ~solved), _only(log, solved)]
    assert "replies" in count(parts[0], ["first_response_mean"]).facts
    whole = count(log, ["first_response_mean"])
    equal(merge([count(part, ["first_response_mean"]) for part in parts]), whole)
    assert finish(whole)["reason"].to_list() == ["the log does not say when people replied"]


def _only(log: Log, keep: pl.Expr) -> Log:
    cases = log.cases.filter(keep)
    kept = {name: getattr(log, name).join(cases, on="ticket", how="semi") for name in ("moments", "touches")}
    return Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, cases=cases, people=log.people,
        sla=log.sla, calendars=log.calendars, **kept,
    )  # fmt: skip


def windowed(folder: Path, windows: object, names: Sequence[str] = ("early", "late")) -> Path:
    for name in names:
        write(LOG, folder / name)
    (folder / WINDOWS).write_text(windows if isinstance(windows, str) else json.dumps(windows), "utf-8")
    return folder


def test_parts_that_overlap_in_time_count_for_their_own_seconds(tmp_path: Path) -> None:
    cut = 12 * DAY + 5
    folder = windowed(tmp_path, {"early": [0, cut], "late": [cut, LOG.until_s]})
    names = [name for name in KPIS if not name.startswith("backlog")]
    equal(count_parts(folder, names, by=("kind",)), count(LOG, names, by="kind"))


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ("{", "must be an object"),
        ({"early": 5}, "must be an object"),
        ({"early": [0, 9]}, "names other parts than the folder holds: late"),
        ({"early": [0, 9], "late": [8, 20]}, "early and late answer for the same seconds"),
    ],
)
def test_windows_that_say_too_little_or_too_much_are_refused(tmp_path: Path, windows: object, message: str) -> None:
    with pytest.raises(LogError, match=message):
        count_parts(windowed(tmp_path, windows))


def test_parts_of_different_logs_are_refused(tmp_path: Path) -> None:
    write(LOG, tmp_path / "a")
    write(replace(LOG, until_s=LOG.until_s + 1), tmp_path / "b")
    with pytest.raises(LogError, match=f"one instant, got second {LOG.until_s} and {LOG.until_s + 1}"):
        count_parts(tmp_path)
    write(replace(LOG, currency="EUR"), tmp_path / "b")
    with pytest.raises(LogError, match="one currency, got CNY and EUR"):
        count_parts(tmp_path)


def test_a_folder_without_logs_is_no_log_in_parts(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert folders_of(tmp_path) == []
    with pytest.raises(LogError, match="holds no logs"):
        tasks_of(tmp_path)


def test_the_command_gives_the_same_document_for_the_parts_as_for_the_whole(
    five: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / five.name
    write(LOG, whole)
    said = []
    for path in (five, whole):
        assert main(["kpis", str(path), "--by", "person", "--by", "month", "--json"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] and json.loads(said[0])["inputs"]["log"]["tickets"] == LOG.cases.height


def test_a_damaged_part_is_named_and_nothing_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = write_parts(LOG, tmp_path, 2)
    (paths[1] / "moments.parquet").write_bytes(b"nothing")
    assert main(["kpis", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert not said.out and "part-1" in said.err and "damaged" in said.err


def test_the_parts_of_a_part_merge_like_the_part() -> None:
    one, two, three = (count(part, by="person") for part in split(LOG, 3))
    equal(merge([merge([three, one]), two]), merge([one, two, three]))


def test_labels_that_only_one_part_knows_stay_in_their_order() -> None:
    """The kinds of the parts do not overlap, so their numbers must be given anew."""
    parts = []
    for kind in ("refund", "exam", "login"):
        part = _only(LOG, pl.col("kind").cast(pl.String) == kind)
        cases = part.cases.with_columns(kind=pl.col("kind").cast(pl.String).cast(pl.Enum([kind])))
        parts.append(replace(part, tables=type(part.tables)({**part.tables, "cases": cases})))
    names = ["tickets_created", "tickets_resolved", "wait_p90", "resolution_time_mean", "backlog_mean"]
    merged = merge([count(part, names, by=("kind", "week")) for part in parts])
    equal(merged, count(LOG, names, by=("kind", "week")))
