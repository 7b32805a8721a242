"""The page of a team: cells that stand out, the weekly board, complaints, hours, and what it says in both languages."""

import json
import re

import numpy as np
import polars as pl
import pytest
from scipy import stats

from scenarios.cli import main
from scenarios.files.desks import load
from scenarios.report.team import _value, marks
from sim.desk import Desk
from sim.experiment import simulate
from sim.kpi import measure
from sim.kpi.board import axis_of, complaints_by_kind, hours, pareto, weekly
from sim.kpi.scan import scan, stand_out
from sim.log import Log, write
from sim.world import sample


@pytest.fixture(scope="module")
def log() -> Log:
    desk = load("academy_small").changed(weeks=9)
    assert isinstance(desk, Desk)
    return simulate(desk, sample(desk, 1))[0]


@pytest.fixture(scope="module")
def pages(tmp_path_factory, log) -> dict[str, str]:
    made = {}
    folder = tmp_path_factory.mktemp("log")
    write(log, folder / "log")
    for lang in ("en", "zh"):
        out = tmp_path_factory.mktemp(lang)
        assert main(["kpis", str(folder), "--team", "--kpi", "csat_mean", "--out", str(out), "--lang", lang]) == 0
        made[lang] = (out / "team.html").read_text("utf-8")
        made[f"{lang} json"] = (out / "kpis.json").read_text("utf-8")
    return made


def cells(rng: np.random.Generator, shares: np.ndarray, days: int = 20, each: int = 3) -> pl.DataFrame:
    """Return whole-number sums of a table: some tickets in each cell on each day, of which a share counts."""
    row, column, day = (axis.ravel() for axis in np.meshgrid(*map(np.arange, (*shares.shape, days)), indexing="ij"))
    y = rng.binomial(each, shares[row, column])
    named = {"row": [f"team{k}" for k in row], "column": [f"kind{k}" for k in column]}
    return pl.DataFrame(named | {"day": day, "y": y, "x": np.full(len(y), each), "yy": y})


def test_a_cell_is_compared_with_the_rest_by_the_jackknife_over_days():
    """Cell a: 6, 2, 6, 2, 4 of 10 on five days; rest b: 1 of 10 each day. Difference 0.4 - 0.1 = 0.3.

    A day left out gives (20 - y) / 40: 14, 18, 14, 18, 16 fortieths; deviations from 16 squared sum to 16, over 1600
    0.01; times 4/5 0.008, error 0.0894. The floor: P = 25/100, sqrt(0.1875 x (1/50 + 1/50)) = 0.0866 is less. t 3.354
    with 4 degrees of freedom.
    """
    sums = pl.DataFrame({"row": ["a"] * 5 + ["b"] * 5, "column": ["k"] * 10, "day": [1, 2, 3, 4, 5] * 2,
                         "y": [6, 2, 6, 2, 4] + [1] * 5, "x": [10] * 10, "yy": [6, 2, 6, 2, 4] + [1] * 5})  # fmt: skip
    a, b = stand_out(sums, binary=True, unit=100.0)
    assert a.difference == pytest.approx(30.0) and b.difference == pytest.approx(-30.0)
    p = 2 * stats.t.sf(0.3 / 0.008**0.5, 4)
    assert a.q == pytest.approx(p) == b.q and (a.mean, a.n, a.stands_out, b.stands_out) == (
        pytest.approx(40.0),
        50,
        1,
        -1,
    )
    assert a.low is not None and a.low == pytest.approx(30 - 100 * stats.t.ppf(0.975, 4) * 0.008**0.5)


def test_a_cell_without_a_single_case_is_no_wonder_where_cases_are_rare():
    """Twelve tickets without a complaint where one in twenty has one: the jackknife alone would have no error."""
    days = list(range(12))
    sums = pl.DataFrame({"row": ["a"] * 12 + ["b"] * 12, "column": ["k"] * 24, "day": days * 2,
                         "y": [0] * 12 + [1] * 12, "x": [1] * 12 + [20] * 12, "yy": [0] * 12 + [1] * 12})  # fmt: skip
    a, _ = stand_out(sums, binary=True)
    assert a.mean == 0.0 and a.stands_out == 0 and a.q is not None and a.q > 0.3


def test_alike_cells_seldom_stand_out_and_a_worse_one_is_found():
    """Forty tables of 5 x 8 cells, alike: few point at any. One cell at 0.5 among 0.2 is found each time."""
    rng, alike = np.random.default_rng(7), np.full((5, 8), 0.2)
    pointed = sum(any(cell.stands_out for cell in stand_out(cells(rng, alike), binary=True)) for _ in range(40))
    assert pointed <= 5
    worse = alike.copy()
    worse[2, 3] = 0.5
    for _ in range(3):
        out = [cell for cell in stand_out(cells(rng, worse), binary=True) if cell.stands_out == 1]
        assert ("team2", "kind3") in [(cell.row, cell.column) for cell in out] and len(out) <= 2


def test_small_cells_are_not_judged_and_bad_questions_are_refused(log: Log):
    sums = cells(np.random.default_rng(1), np.full((2, 2), 0.5), days=6, each=1)
    assert all(cell.q is None and cell.mean is None for cell in stand_out(sums, binary=True))
    assert stand_out(sums.clear()) == []
    with pytest.raises(ValueError, match="least must be at least 1 ticket, got 0"):
        stand_out(sums, least=0)
    with pytest.raises(ValueError, match=r"must lie in \(0, 1\), got 1"):
        stand_out(sums, false_alarms=1)
    with pytest.raises(ValueError, match="wait_p90: only a ratio of sums"):
        scan(log, "wait_p90")


def test_the_cells_of_a_log_are_its_kpis(log: Log):
    found = {(cell.row, cell.column): cell for cell in scan(log, "reopen_rate", "team", "kind", least=1)}
    table = measure(log, ["reopen_rate"], by=("team", "kind")).filter(pl.col("mean").is_not_null())
    shown = [row for row in table.to_dicts() if found[row["team"], row["kind"]].mean is not None]
    assert len(shown) > 5
    for row in shown:
        cell = found[row["team"], row["kind"]]
        assert (cell.mean, cell.n) == (pytest.approx(row["mean"]), row["n"])


def test_the_weekly_board_holds_the_kpis_of_the_weeks_and_limits_from_all_but_the_last(log: Log):
    weeks, missing = weekly(log, ("resolution_time_mean", "tickets_created", "knowledge_shares"))
    time, created = weeks
    table = measure(log, ["resolution_time_mean"], by=("week",)).filter(pl.col("mean").is_not_null())
    assert [row["mean"] for row in time.figures] == table.sort("week")["mean"].to_list()[: len(time.figures)]
    assert time.chart is not None and time.chart.base.tolist() == [True] * (len(time.figures) - 1) + [False]
    assert np.allclose(time.chart.values, [row["mean"] for row in time.figures]) and created.chart is None
    assert list(missing) == ["knowledge_shares"] and missing["knowledge_shares"]


def test_every_figure_of_the_weekly_board_has_its_interval_under_it(log: Log, pages):
    """The last week of each KPI, if it has an interval, stands in both pages with its ends; most of them have one."""
    weeks, _ = weekly(log)
    rows = [(each.unit, row) for each in weeks for row in each.figures]
    known = [(unit, row) for unit, row in rows if row["low"] is not None]
    assert len(known) > 0.8 * len(rows) > 20
    for unit, row in known[::7]:
        low, high = (f"{row[end]:,.0f}" if unit == "tickets" else _value(row[end], unit) for end in ("low", "high"))
        for lang in ("en", "zh"):
            assert f"<br><small>{low} .. {high}</small></td>" in pages[lang]


def test_a_mark_says_worse_or_better_by_the_direction_of_the_kpi():
    def found(better: str) -> dict[str, object]:
        return {"better": better, "chart": {"out": [1, 0, -1]}, "figures": [{}] * 3}

    assert marks(found("lower")) == ["!", "", "+"] and marks(found("higher")) == ["+", "", "!"]
    assert marks(found("target")) == ["?", "", "?"] and marks({**found("lower"), "chart": None}) == [""] * 3


def test_a_pareto_chart_ends_at_all_and_marks_the_fewest_that_make_up_80_percent(log: Log):
    """5, 3, 1 and 1 of ten: half, 80 %, then 90 and 100; the first two suffice."""
    bars = pareto(pl.DataFrame({"label": ["c", "a", None, "b", "d"], "count": [1, 5, 1, 3, 0]}))
    assert [(bar.label, bar.count) for bar in bars] == [("a", 5), ("b", 3), ("c", 1), (None, 1)]
    assert [bar.cumulative for bar in bars] == pytest.approx([0.5, 0.8, 0.9, 1.0])
    assert [bar.vital for bar in bars] == [True, True, False, False]
    parts, reason = complaints_by_kind(log)
    whole = measure(log, ["complaints"])["mean"].item()
    assert reason is None and sum(part.count for part in parts) == whole > 0


def test_what_became_of_rostered_hours_adds_up(log: Log):
    table = hours(log, axis_of(log))
    parts = ("busy", "idle", "break", "meeting", "late", "absent")
    assert np.allclose(table.select(pl.sum_horizontal(*parts)).to_series(), 1.0)
    seconds = (log.shifts["end_s"] - log.shifts["start_s"]).sum()
    assert table["rostered_h"].sum() == pytest.approx(seconds / 3600)
    assert table["busy"].to_numpy() @ table["rostered_h"].to_numpy() == pytest.approx(log.shifts["busy_s"].sum() / 3600)


def test_the_page_says_all_of_it_in_both_languages_and_fetches_nothing(pages):
    heads = {
        "en": ("Weekly board", "Control charts", "Trends by team", "stands out", "Complaints by kind", "Efficiency",
               "Use of hours"),
        "zh": ("周看板", "控制图", "趋势", "突出", "投诉", "工单处理效率报告", "资源利用率报告"),
    }  # fmt: skip
    for lang, words in heads.items():
        assert [word for word in words if word not in pages[lang]] == []
        assert not re.search(r'(src|href)="(https?:)?//', pages[lang]) and "<script" not in pages[lang]
    team = json.loads(pages["en json"])["team"]
    assert team == json.loads(pages["zh json"])["team"] and team["heat"][0]["judged"] > 0


def test_a_team_page_needs_a_folder(tmp_path, log, capsys):
    write(log, tmp_path / "log")
    assert main(["kpis", str(tmp_path), "--team"]) == 2
    assert "--team writes a page and needs --out DIR" in capsys.readouterr().err
