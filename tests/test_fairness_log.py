"""`fairdesk fairness` on a log: what it says, what it cannot say, and what it refuses."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from scenarios.cli import main
from sim.kpi.appraised import appraised
from sim.kpi.log_fairness import CANNOT, fairness_of_log
from sim.kpi.log_tiers import tier_risk
from sim.kpi.observed import Observed
from sim.kpi.shown import shown
from sim.log import Log, write
from tests.test_diagnosis import rated
from tests.test_movers import moved
from tests.test_reliabilities import planted


def told(log: Path, capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    """Return the document of the command."""
    assert main(["fairness", str(log), "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The log of 20 teams of one, one of which has few content learners."""
    write(rated(0.3), tmp_path / "log")
    return tmp_path / "log"


def test_a_log_says_whose_figures_would_be_there_again_and_what_it_cannot_show(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = told(folder, capsys, "--kpi", "csat_top2_share", "--out", str(tmp_path / "out"))
    assert (made["shares"], made["validity"], made["leading"]) == (None, None, "csat_top2_share")
    assert set(made["cannot_show"]) == {"seat", *CANNOT}
    own = {each["estimator"]: each for each in made["reliability"]["csat_top2_share"]["adjusted"]}
    assert own["signal_noise"]["people"] == 20 and round(own["signal_noise"]["tickets"], 6) == 40
    last = made["people"][-1]
    assert (last["person"], last["place"], last["outside"], last["n"]) == ("p07", 20, -2, 40)
    assert last["value"] < last["drawn"] < made["kpis"][0]["overall"]
    assert 0 < made["wrong_tier"]["csat_top2_share"] < 0.38
    page = (tmp_path / "out" / "fairness.html").read_text("utf-8")
    assert "Who would be hurt" in page and "What this log cannot show" in page and page.count("<svg") == 2
    rows = list(csv.DictReader((tmp_path / "out" / "fairness_people.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == 20 and json.loads((tmp_path / "out" / "fairness.json").read_text("utf-8")) == made


def test_the_tables_and_the_page_are_said_in_chinese_too(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "zh", "fairness", str(folder), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "这份日志不能显示什么" in said and "无法区分人与席位" in said
    page = (tmp_path / "out" / "fairness.html").read_text("utf-8")
    assert "谁会因此吃亏" in page and "Who would be hurt" not in page


def test_what_cannot_be_asked_is_refused_with_the_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, said in (
        (["--role", "x"], "no role 'x'; known are r"),
        (["--reliability", "1"], "--reliability: a share above 0 and below 1 was expected"),
        (["--target", "normal=0"], "--target: PRIORITY=MINUTES with minutes above 0 was expected, got 'normal=0'"),
        (["--target", "urgent=5"], "no priority 'urgent'; known are normal"),
        (
            ["--kpi", "utilisation"],
            "--kpi utilisation: cannot be told of the people of this log: it is no ratio of sums over tickets",
        ),
        (["--least", "1"], "--least"),
        (["--worlds", "20"], "--worlds"),
        (["--unseen", "200"], "--unseen"),
        (["--seed", "1"], "--seed"),
    ):
        assert main(["fairness", str(folder), *options]) == 2, options
        assert said in capsys.readouterr().err
    assert main(["fairness", "academy_small", "--mix", "kind"]) == 2
    assert "--mix" in capsys.readouterr().err


def test_a_log_of_one_week_and_one_of_one_person_say_what_they_lack() -> None:
    log = rated(0.3)
    week = fairness_of_log(log, ["csat_top2_share"], least=2).leading
    assert week is not None and week.reason is None
    short = Log.of(
        timeline=log.timeline, until_s=7 * 86_400, priorities=log.priorities, people=log.people,
        cases=log.cases.filter(pl.col("ticket") < 280), moments=log.moments.filter(pl.col("ticket") < 280),
    )  # fmt: skip
    found = fairness_of_log(short, ["csat_top2_share"], least=10).leading
    assert found is not None
    weeks = found.reliability_of("periods")
    assert weeks is not None and weeks.reason == "fewer than two whole weeks are seen"
    alone = log.moments.with_columns(who=pl.when(pl.col("who").is_not_null()).then(pl.lit("p00")))
    one = Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, cases=log.cases, moments=alone,
        people=log.people.head(1),
    )  # fmt: skip
    nobody = fairness_of_log(one, ["csat_top2_share"])
    assert nobody.leading is None and nobody.kpis[0].reason == "fewer than 3 people have figures with errors"


def test_everything_about_a_kpi_stands_together_and_agrees() -> None:
    """Planted shares with SD .05 and 188 tickets: reliability .70, a wrong quarter for .146 of people."""
    found = appraised(planted(2, people=80))
    own = found.reliability_of()
    assert own is not None and own.value == pytest.approx(0.70, abs=0.1)
    assert found.wrong == pytest.approx(0.146, abs=0.03)
    assert found.between == pytest.approx(0.05, abs=0.015)
    assert [each.place for each in found.people] == list(range(1, 81))
    assert all((each.place_low or 0) <= (each.place or 0) <= (each.place_high or 0) for each in found.people)
    assert all(each.kept == pytest.approx(0.70, abs=0.1) for each in found.people)
    assert found.told_apart is not None and 0 < found.told_apart < 0.5 and (found.most_moved or 0) < 5


def test_those_who_moved_take_the_seat_from_what_a_log_cannot_show() -> None:
    rows, _, _ = moved(0.3, 1)
    found = appraised(rows)
    assert found.movers is not None and found.movers.reason is None and found.movers.moved == 6
    assert isinstance(rows, Observed) and found.reason is None


def test_the_rows_of_people_add_up_to_their_kpi() -> None:
    from sim.kpi import measure

    log = rated(0.3)
    own = {each.person: each.value for each in appraised(shown(log, "csat_top2_share")).people}
    known = measure(log, ["csat_top2_share"], by="person")
    assert own == pytest.approx(dict(known.select("person", "mean").rows()))


def test_the_habits_of_a_manager_are_found_without_being_told(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = told(shared / "data" / "manager_rubric_2022H1.csv", capsys, "--out", str(tmp_path))
    found = {(row["part"], row["defect"]): row for row in made["judges"] if row["defect"] != "mean"}
    assert found["regulars", "halo"]["value"] == pytest.approx(0.935, abs=0.015)
    assert found["regulars", "ceiling"]["value"] == pytest.approx(0.60, abs=0.02)
    assert found["all", "held_rho"]["value"] == pytest.approx(-0.68, abs=0.05)
    assert found["all", "icc"]["value"] == pytest.approx(0.48, abs=0.03)
    assert 0.15 <= found["team:back_line", "icc_beside_held"]["value"] <= 0.25
    assert max(row["n"] for row in made["judges"] if row["defect"] == "pasted") == 159
    page = (tmp_path / "fairness.html").read_text("utf-8")
    assert "one note stands on 159 forms" in page and "Those who judge" in page


def scored(reliability: float, people: int = 4000) -> pl.DataFrame:
    """Return totals of mean 70 and SD 10 with this reliability, tiers from 65 and 75 on, and their true totals."""
    draw = np.random.default_rng(8)
    true = draw.normal(70, 10 * np.sqrt(reliability), people)
    error = 10 * np.sqrt(1 - reliability)
    total = np.clip(true + draw.normal(0, error, people), 0, 100)
    return pl.DataFrame({
        "person": [f"p{each}" for each in range(people)], "period": "2026-03", "total": total, "true": true,
        "low": total - 1.959964 * error, "high": total + 1.959964 * error,
        "tier": np.array(["C", "B", "A"])[np.searchsorted([65, 75], total)],
    })  # fmt: skip


def test_wrong_tiers_of_a_rubric_are_told_from_totals_and_their_intervals() -> None:
    """Reliability .6: how many of 4,000 lie in another third by their true totals, cut at the same shares."""
    frame = scored(0.6)
    found = tier_risk(frame)
    assert (found.period, found.people, found.tiers) == ("2026-03", 4000, ("C", "B", "A"))
    assert found.reliability == pytest.approx(0.6, abs=0.03) and found.wrong is not None
    cuts = np.quantile(frame["true"].to_numpy(), np.cumsum(found.given)[:2])
    truly = np.array(["C", "B", "A"])[np.searchsorted(cuts, frame["true"].to_numpy())]
    assert found.wrong == pytest.approx(float((truly != frame["tier"].to_numpy()).mean()), abs=0.02)
    assert found.wrong_by_tier[1] > max(found.wrong_by_tier[0], found.wrong_by_tier[2])


def test_tiers_that_cannot_be_judged_say_why() -> None:
    frame = scored(0.6).head(40)
    assert tier_risk(frame.head(2)).reason == "fewer than 3 people have figures with errors"
    assert tier_risk(frame.head(0)).period is None
    assert tier_risk(frame.with_columns(tier=pl.lit("B"))).reason == "all people are in one tier"
    wide = frame.with_columns(low=pl.col("total") - 40, high=pl.col("total") + 40)
    assert tier_risk(wide).reason == "no difference between scores shows beyond luck, so tiers are drawn by lot"
