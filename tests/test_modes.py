"""The modes of a reopening side by side, and targets that are longer than a run."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from pydantic import ValidationError

from scenarios.cli import main
from sim.calendar import Timeline
from sim.kpi import REOPEN_MODES, Book, Window, measure, reopen_modes
from sim.kpi.own import OwnKpi
from sim.kpi.parts import write_parts
from sim.log import Log, write
from sim.sla import Clause, Sla, Target
from tests.by_hand import desk_of
from tests.test_kpi_by_hand import LOG

SLA = Sla(priorities={"normal": Target(resolution=Clause(target_min=70))})


def log_of(sla: Sla | None) -> Log:
    """Return two tickets, resolved at minute 60 and 80, reopened at 160 and 90, resolved again at 190 and 100."""
    times = {0: (0, 60, 160, 190), 1: (0, 80, 90, 100)}
    what = ("created", "resolved", "reopened", "resolved")
    rows = [(t, 60 * at, n, what[n]) for t, instants in times.items() for n, at in enumerate(instants)]
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 2), "UTC"), until_s=86_400, priorities=("normal",), sla=sla,
        cases=pl.DataFrame({"ticket": [0, 1], "kind": ["a", "a"], "priority": ["normal"] * 2}),
        moments=pl.DataFrame(rows, schema=["ticket", "at_s", "number", "what"], orient="row"),
    )  # fmt: skip


def test_the_modes_judge_one_log_differently():
    """Due after 70 minutes.

    Resumed: 70 + 100 = 170 < 190 and 70 + 10 = 80 < 100, both late. Restarted: 160 + 70 = 230 and 90 + 70 = 160, none.
    New cycles: the first is judged, 60 < 70 and 80 > 70, one of two late.
    """
    rows = reopen_modes(log_of(SLA), ["resolution_overdue_rate"])
    assert rows.select("reopen", "mean", "n").rows() == [("resume", 1.0, 2), ("restart", 0.0, 2), ("new_cycle", 0.5, 2)]


def test_each_mode_is_what_the_log_says_under_it():
    made = reopen_modes(log_of(SLA), by="kind")
    for mode in REOPEN_MODES:
        under = log_of(SLA.changed(reopen=mode))
        assert made.filter(pl.col("reopen") == mode).drop("reopen").equals(measure(under, by="kind"))


def test_who_answers_and_what_is_counted_is_passed_on_to_each_mode():
    """Under each mode the figures are those of `measure` with like arguments; who resolved last is not who began."""
    own = OwnKpi(when="created_s", share="reopens > 0", unit="1")
    asked = {"by": "person", "attribution": "first_owner", "level": 0.5, "book": Book(own=(("again", own),))}
    asked |= {"window": Window(0, LOG.until_s // 2)}
    names = ["resolution_overdue_rate", "reopen_rate", "again"]
    made = reopen_modes(LOG, names, **asked)
    for mode in REOPEN_MODES:
        under = LOG.under(LOG.sla.changed(reopen=mode), LOG.calendars)
        assert made.filter(pl.col("reopen") == mode).drop("reopen").equals(measure(under, names, **asked))
    for key, plain in (("attribution", "last_resolver"), ("level", 0.95), ("window", None)):
        assert not made.equals(reopen_modes(LOG, names, **(asked | {key: plain}))), key


def test_without_an_agreement_there_is_no_mode():
    with pytest.raises(ValueError, match="the log has no agreement"):
        reopen_modes(log_of(None))


def test_the_command_line_sets_the_modes_side_by_side(tmp_path, capsys):
    write(log_of(SLA), tmp_path / "log")
    asked = ["kpis", str(tmp_path / "log"), "--kpi", "resolution_overdue_rate", "--reopen-modes"]
    assert main([*asked, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    rows = [(row["by"]["reopen"], row["mean"]) for row in made["kpis"]]
    assert rows == [("resume", 1.0), ("restart", 0.0), ("new_cycle", 0.5)]
    assert made["inputs"]["reopen_modes"] is True
    assert main([*asked, "--by", "kind", "--lang", "zh"]) == 0
    assert "new_cycle" in capsys.readouterr().out


def test_the_command_line_says_why_there_are_no_modes(tmp_path, capsys):
    write(log_of(None), tmp_path / "log")
    assert main(["kpis", str(tmp_path / "log"), "--reopen-modes", "--lang", "zh"]) == 2
    assert "日志没有服务约定" in capsys.readouterr().err
    write_parts(log_of(SLA), tmp_path / "parts", 2)
    assert main(["kpis", str(tmp_path / "parts"), "--reopen-modes"]) == 2
    assert "--reopen-modes: takes the log as a whole" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ({"target_min": 10_081}, "sla.priorities.normal: a target of 10081 min is longer than the run (weeks = 1)"),
        ({"working_days": 8}, "sla.priorities.normal: a target of 8 working days is longer than the run (weeks = 1)"),
    ],
)
def test_a_target_longer_than_the_run_is_refused_by_name(clause, said):
    with pytest.raises(ValidationError) as caught:
        desk_of(sla=Sla(priorities={"normal": Target(resolution=Clause(**clause))}))
    assert said in str(caught.value)
    longest = {name: limit - 1 for name, limit in clause.items()}
    assert desk_of(sla=Sla(priorities={"normal": Target(response=Clause(**longest))}))
