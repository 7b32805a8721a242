"""What is wrong with rubrics as written: the after-sales rubric by count, every fault in a small one, the command."""

import json
from collections import Counter
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from scipy import stats

from scenarios.cli import main
from scenarios.files.rubrics import RUBRICS, load_rubric, read_rubric
from scenarios.problems import ScenarioError
from sim.kpi.rubric import AS_WRITTEN, Rubric, RubricError, lint, points_of, tiers_of
from sim.sla import Clause, Sla, Target

SMALL = """\
title = { en = "small" }

[policy]
double_weighting = false

[categories.work]
weight = 0.6

[categories.manner]
weight = 0.4

[[items]]
name = "quick"
category = "work"
max_points = 10
kpi = "first_response_mean"
statistic = "mean"
unit = "min"
best = 0
worst = 600
bands = [
    { upper = 60, low_points = 6, high_points = 10 },
    { lower = 60, upper = 240, closed = "upper", low_points = 3, high_points = 5 },
    { lower = 240, closed = "none", low_points = 0, high_points = 2 },
]

[[items]]
name = "manner"
category = "manner"
max_points = 3
bands = [
    { low_points = 2, high_points = 3 },
    { low_points = 0, high_points = 1 },
]

[[tiers]]
name = "good"
lower = 60
coefficient = 1.1

[[tiers]]
name = "other"
upper = 60
closed = "lower"
coefficient = 1.0
"""


def written(tmp_path, text: str = SMALL):
    path = tmp_path / "small.toml"
    path.write_text(text, "utf-8")
    return path


def of(tmp_path, *changes: tuple[str, str], **more) -> list:
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return lint(read_rubric(written(tmp_path, text), as_written=True).versions[0], **more)


# --- the rubric that comes along ---------------------------------------------------------------------


def test_the_after_sales_rubric_has_six_holes_an_overlap_and_fifteen_cliffs():
    """Holes: satisfaction 94 to 95, success 89 to 90, volume 99 to 100, totals at 70, 80 and 90; 60 min stands twice.

    Cliffs of at least 40 %: both borders of satisfaction (2 and 3 of 5), and of the five judged items with 5, 2 to 3
    and 0 points (2 and 2 of 5); the last border of three items of 10 points (4).
    """
    counts = Counter(each.rule for each in lint(load_rubric("aftersales_100")))
    assert counts == {
        "hole": 6, "overlap": 1, "cliff": 2 + 2 * 5 + 3, "unreachable": 9, "uncontrollable": 4, "zero_sum": 1,
        "late_again": 1, "pay_jump": 2,
    }  # fmt: skip


def test_a_five_hour_answer_may_keep_the_target_and_earn_next_to_nothing():
    """Normal tickets may take 8 h (R003-16): the after-sales rubric gives such an answer 0 to 3 of 10 points (A-07)."""
    sla = Sla(priorities={name: Target(response=Clause(target_min=m)) for name, m in (("urgent", 30), ("normal", 300))})
    found = [each for each in lint(load_rubric("aftersales_100"), sla=sla) if each.rule == "against_sla"]
    assert [(each.item, each.values["priority"], each.values["points"]) for each in found] == [
        ("response", "normal", "1.5")
    ]


# --- the arithmetic of the document ------------------------------------------------------------------


def test_with_17_to_19_ratings_one_bad_one_lies_in_the_hole_between_94_and_95_percent():
    """16/17 = 94.1 %, 17/18 = 94.4 %, 18/19 = 94.7 %; with 15, 16 or 20 no count lies there."""
    hit = [n for n in range(10, 34) if any(94 < 100 * good / n < 95 for good in range(n + 1))]
    assert hit == [17, 18, 19]
    assert stats.binom.pmf(17, 18, 0.95) == pytest.approx(0.38, abs=0.005)
    strict = load_rubric("aftersales_100")
    strict = strict.changed(policy=strict.policy.changed(border="strict_hole"))
    with pytest.raises(RubricError, match="satisfaction: 94"):
        points_of(strict.item("satisfaction"), np.array([100 * 17 / 18]), strict.policy)


@pytest.mark.parametrize(("n", "full"), [(10, 0.60), (18, 0.40), (20, 0.74), (40, 0.68), (100, 0.62)])
def test_who_satisfies_95_percent_gets_full_marks_by_luck(n, full):
    """P(the share of n ratings is at least 95 %) if each is good with probability 0.95."""
    least = -(-95 * n // 100)
    assert stats.binom.sf(least - 1, n, 0.95) == pytest.approx(full, abs=0.006)


def test_pay_at_the_cuts_is_multiplied_by_160_125_110_and_109():
    rubric = load_rubric("aftersales_100")
    pay = [
        rubric.tiers[rank].coefficient
        for rank in tiers_of(rubric.tiers, np.array([90.0, 80, 70, 60, 59]), rubric.policy)
    ]
    assert [round(a / b, 2) for a, b in pairwise(pay)] == [1.09, 1.10, 1.25, 1.60]


# --- every fault in a small rubric -------------------------------------------------------------------


def test_a_plain_rubric_has_only_what_its_kpi_brings(tmp_path):
    """Bands of 6 to 10, 3 to 5 and 0 to 2 of 10 touch: no cliff, no hole; the router moves response times."""
    assert [each.rule for each in of(tmp_path)] == ["uncontrollable"]


@pytest.mark.parametrize(
    ("old", "new", "rule", "path", "item"),
    [
        ("weight = 0.6", "weight = 0.7", "weights", ("categories",), None),
        ("double_weighting = false", "double_weighting = true", "double_weight", ("policy", "double_weighting"), None),
        ("lower = 60, upper = 240", "lower = 70, upper = 240", "hole", ("items", 0, "bands", 1), "quick"),
        ('lower = 60, upper = 240, closed = "upper"', 'lower = 60, upper = 240, closed = "both"', "overlap",
         ("items", 0, "bands", 1), "quick"),
        ("lower = 60, upper = 240", "lower = 50, upper = 240", "overlap", ("items", 0, "bands", 1), "quick"),
        ("low_points = 3, high_points = 5", "low_points = 4, high_points = 5", "unreachable",
         ("items", 0, "bands"), "quick"),
        ("{ low_points = 0, high_points = 1 }", "{ low_points = 0, high_points = 0 }", "cliff",
         ("items", 1, "bands", 1), "manner"),
        ("coefficient = 1.1", "coefficient = 1.2", "pay_jump", ("tiers", 1, "coefficient"), None),
        ("upper = 60\nclosed", "upper = 59\nclosed", "hole", ("tiers", 1), None),
    ],
)  # fmt: skip
def test_each_fault_is_found_where_it_stands(tmp_path, old, new, rule, path, item):
    found = [each for each in of(tmp_path, (old, new)) if each.rule == rule]
    assert [(each.path, each.item) for each in found] == [(path, item)]


def test_lateness_in_two_items_and_volume_against_colleagues_are_told_of(tmp_path):
    item = """
[[items]]
name = "{name}"
category = "work"
max_points = 5
kpi = "{kpi}"
statistic = "{how}"
bands = [{{ {side} = 10, low_points = 3, high_points = 5 }}, {{ low_points = 0, high_points = 2 }}]
best = {best}
worst = {worst}
"""
    late = item.format(name="late", kpi="resolution_overdue_rate", how="ratio", side="upper", best=0, worst=100)
    many = item.format(name="many", kpi="tickets_resolved", how="relative", side="lower", best=150, worst=0)
    found = {each.rule: each for each in of(tmp_path, ("[[tiers]]", late + many + "\n[[tiers]]"))}
    assert found["late_again"].values == {"items": "quick, late", "points": "15"}
    assert found["zero_sum"].item == "many"


# --- the command -------------------------------------------------------------------------------------


def run(capsys, *words: str) -> tuple[int, str]:
    code = main([*words])
    return code, capsys.readouterr().out


def test_lint_says_the_line_and_exits_with_1_if_there_is_an_error(tmp_path, capsys):
    path = written(tmp_path, SMALL.replace("lower = 60, upper = 240", "lower = 70, upper = 240"))
    code, out = run(capsys, "rubric", "lint", str(path), "--json")
    found = [row for row in json.loads(out)["findings"] if row["rule"] == "hole"]
    assert code == 1 and [(row["item"], row["line"], row["message"]) for row in found] == [
        ("quick", 23, "nothing is said between 60 and 70 min")
    ]
    assert main(["rubric", "lint", str(written(tmp_path))]) == 0


def test_lint_speaks_chinese(tmp_path, capsys):
    path = written(tmp_path, SMALL.replace("weight = 0.6", "weight = 0.7"))
    code, out = run(capsys, "rubric", "lint", str(path), "--lang", "zh", "--json")
    messages = [row["message"] for row in json.loads(out)["findings"]]
    assert code == 1 and "categories 的权重之和为 1.1，应为 1" in messages


def test_lint_with_a_log_says_which_items_it_holds_no_data_for(tmp_path, capsys):
    assert main(["run", "academy_small", "--weeks", "1", "--replications", "2", "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    code, out = run(capsys, "rubric", "lint", "aftersales_100", "--log", str(tmp_path / "run" / "log"), "--json")
    found = [row for row in json.loads(out)["findings"] if row["rule"] == "no_data"]
    judged = {"communication", "learning", "cooperation", "cross_department", "attendance", "compliance"}
    assert code == 1 and {row["item"] for row in found} == judged


# --- versions ----------------------------------------------------------------------------------------

LATER = """
[[versions]]
valid_from = 2026-07-01
[versions.change.items.0]
max_points = 8
[versions.change.items.0.bands.0]
high_points = 8
"""


def test_a_later_version_states_only_what_changes(tmp_path):
    found = read_rubric(written(tmp_path, SMALL + LATER))
    assert [each.valid_from for each in found.versions] == [None, date(2026, 7, 1)]
    assert [each.items[0].max_points for each in found.versions] == [10, 8]
    assert found.versions[1].items[1] == found.versions[0].items[1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("valid_from = 2026-07-01", "", r"small\.toml:47:\d+: versions\.0: 'valid_from' is missing"),
        ("[versions.change.items.0]", "[versions.chnge.items.0]", r"0\.chnge: unknown key; did you mean 'change'"),
        ("[versions.change.items.0]\n", "[versions.change.items.7]\n", r"small\.toml:\d+:\d+: change\.items\.7"),
        ("high_points = 8", "high_points = 9", r"the best band ends at 9, but max_points is 8"),
    ],
)  # fmt: skip
def test_a_version_that_cannot_be_used_says_where(tmp_path, old, new, said):
    with pytest.raises(ScenarioError, match=said):
        read_rubric(written(tmp_path, SMALL + LATER.replace(old, new)))


def test_a_rubric_read_as_written_is_the_same_rubric(tmp_path):
    plain, lax = (read_rubric(written(tmp_path), as_written=how).versions[0] for how in (False, True))
    assert plain == lax and Rubric.model_validate_json(plain.model_dump_json(), context=AS_WRITTEN) == plain


# --- points that people stated, by the command ---------------------------------------------------------


def test_score_takes_points_that_people_stated_and_sets_aside_what_it_cannot_use(tmp_path, capsys):
    """Communication is judged: the supervisor's 12 of 15 count.

    Unknown people and sources go at reading, rows for items that the rubric does not have, or that the log decides, at
    scoring.
    """
    assert main(["run", "academy_small", "--weeks", "5", "--replications", "2", "--out", str(tmp_path / "run")]) == 0
    log = str(tmp_path / "run" / "log")
    code, plain = run(capsys, "score", log, "--json")
    people = [row for row in json.loads(plain[plain.index("{") :])["people"] if row["period"] == "2026-03"]
    who = people[0]["person"]
    text = (
        "person,period,item,source,points,reason\n"
        f"{who},2026年3月,communication,上级评,12,\n{who},2026-03,success,supervisor,1,\n"
        f"{who},2026-03,comunication,supervisor,1,\nnobody,2026-03,communication,supervisor,1,\n"
        f"{who},2026-03,communication,boss,1,\n{who},2026-03,learning,self,many,\n"
    )
    path = tmp_path / "forms.csv"
    path.write_text(text, "utf-8")
    code, out = run(capsys, "score", log, "--appraisals", str(path), "--json")
    made = json.loads(out)
    assert code == 0 and made["beside"]["appraisals"]["set_aside"] == {
        "person: not in the log": 1, "points: no readable number": 1,
        "source: none of self, supervisor, peer, hr, audit, knowledge, learner": 1,
    }  # fmt: skip
    assert made["set_aside"] == {
        "the log decides the item, and no reason for another value is stated": 1, "the rubric has no such item": 1,
    }  # fmt: skip
    row = next(row for row in made["people"] if (row["person"], row["period"]) == (who, "2026-03"))
    item = next(item for item in row["items"] if item["name"] == "communication")
    assert item["points"] == pytest.approx(12) and item["stated"] == [{"source": "supervisor", "points": 12.0}]
    assert row["objective"] == people[0]["objective"] and row["total"] != people[0]["total"]


def test_two_forms_of_one_source_are_refused_with_both_lines(tmp_path, capsys):
    assert main(["run", "academy_small", "--weeks", "1", "--replications", "2", "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    who = json.loads(run(capsys, "score", str(tmp_path / "run" / "log"), "--json")[1])["people"][0]["person"]
    rows = "".join(f"{who},2026-03,communication,self,{points}\n" for points in (1, 2))
    (tmp_path / "forms.csv").write_text("person,period,item,source,points\n" + rows, "utf-8")
    assert main(["score", str(tmp_path / "run" / "log"), "--appraisals", str(tmp_path / "forms.csv")]) == 2
    said = capsys.readouterr().err
    assert "forms.csv:3" in said and "another row stands in line 2" in said


def test_diff_tells_what_every_other_answer_moves(tmp_path, capsys):
    assert main(["run", "academy_small", "--weeks", "5", "--replications", "2", "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    words = ("rubric", "diff", "learner_service", "--log", str(tmp_path / "run" / "log"), "--pay", "1000", "--json")
    code, out = run(capsys, *words)
    rows = {(row["switch"], str(row["to"])): row for row in json.loads(out)["switches"]}
    top, bottom = rows["policy.inside", "top"], rows["policy.inside", "bottom"]
    assert (
        code == 0
        and top["mean_change"] > 0
        and all(move["other_total"] >= move["total"] for move in top["moves"] if move["total"] is not None)
    )
    assert all(move["other_total"] <= move["total"] for move in bottom["moves"] if move["total"] is not None)
    paid = sum(abs((move["other_pay"] or 0) - (move["pay"] or 0)) for move in top["moves"])
    assert top["pay_moved"] == pytest.approx(1000 * paid)


def test_diff_needs_a_log_or_a_scenario(capsys):
    assert main(["rubric", "diff", "aftersales_100"]) == 2
    assert "--log and --scenario" in capsys.readouterr().err
    assert main(["rubric", "diff", "aftersales_100", "--scenario", "mm1", "--pay", "-1"]) == 2


def test_forms_are_written_filled_in_and_read_back(tmp_path, capsys):
    """Six judged items of six people, and six that the log decides, on the supervisor's form; filled in, all count."""
    assert main(["run", "academy_small", "--weeks", "5", "--replications", "2", "--out", str(tmp_path / "run")]) == 0
    log, out = str(tmp_path / "run" / "log"), tmp_path / "forms"
    capsys.readouterr()
    assert main(["rubric", "forms", "aftersales_100", "--log", log, "--out", str(out), "--lang", "zh"]) == 0
    capsys.readouterr()
    frame = pl.read_csv(out / "form_supervisor.csv", infer_schema_length=None)
    march = frame.filter(pl.col("period") == "2026-03")
    assert march.height == 6 * 12 and march["person"].n_unique() == 6
    judged = march.filter(pl.col("log_points").is_null() & (pl.col("max_points") > 0))
    filled = march.with_columns(points=pl.when(pl.col("item") == "communication").then(13.0))
    filled.write_csv(tmp_path / "filled.csv")
    code, said = run(capsys, "score", log, "--appraisals", str(tmp_path / "filled.csv"), "--json")
    made = json.loads(said)
    assert code == 0 and made["beside"]["appraisals"]["set_aside"] == {"points is empty": 6 * 11}
    points = {
        item["points"] for row in made["people"] if row["period"] == "2026-03"
        for item in row["items"] if item["name"] == "communication"
    }  # fmt: skip
    assert {round(each, 9) for each in points} == {13.0} and judged.height >= 36 and "热情" in str(march["bands"][0])


def test_score_says_why_somebody_has_it(capsys):
    code, out = run(capsys, "score", "academy_small", "--why", "service_agent#1", "--json")
    made = json.loads(out)["why"]
    assert code == 0 and made["person"] == "service_agent#1" and made["next_tier"]["points"] > 0
    item = next(item for item in made["items"] if item["name"] == "success")
    assert item["rows"] == len(item["tickets"]) >= item["n"] and item["one_more"]["points"] < 0
    assert main(["score", "academy_small", "--why", "service_agent#1", "--lang", "zh"]) == 0
    assert "得分由来：service_agent#1，2026-03" in capsys.readouterr().out
    assert main(["score", "academy_small", "--why", "service_agent1"]) == 2
    assert "did you mean 'service_agent#1'" in capsys.readouterr().err
    assert main(["score", "academy_small", "--why", "service_agent#1", "--period", "2026-04"]) == 2


def test_a_version_that_renames_an_item_is_scored_and_paid_by_its_own_periods(tmp_path, capsys):
    """From April the lowest tier pays 0.25 instead of 0.5, and the first item has another name."""
    later = """
[[versions]]
valid_from = 2026-04-01
[versions.change.items.0]
name = "talking"
[versions.change.tiers.4]
coefficient = 0.25
"""
    path = tmp_path / "r.toml"
    path.write_text((RUBRICS / "aftersales_100.toml").read_text("utf-8") + later, "utf-8")
    assert main(["run", "academy_small", "--weeks", "9", "--replications", "2", "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    words = ["score", str(tmp_path / "run" / "log"), "--rubric", str(path), "--why", "service_agent#1"]
    assert main(words) == 0
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines() if line.strip().startswith("tech_support#1 ")]
    paid = {row[2]: row[row.index("E") + 1] for row in rows if "E" in row}
    assert paid.get("2026-03", "0.5") == "0.5" and paid.get("2026-04", "0.25") == "0.25" and paid
    assert "Why: service_agent#1, 2026-0" in out
