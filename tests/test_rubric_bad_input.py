"""Rubrics, options and forms that cannot be used: each is refused where it stands, or set aside with a reason."""

import csv
import json
import re
from datetime import date
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest

from scenarios.cli import main
from scenarios.files.rubrics import RUBRICS, read_rubric
from scenarios.notes import rule_in
from scenarios.problems import ScenarioError
from sim.calendar import Timeline
from sim.kpi.rubric import alternatives, forms_in, scored, shifts, tally
from sim.log import Log, write

H = 3600
DAY = 24 * H
HTML = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://x","y")'

RUBRIC = """\
title = { en = "small" }
[policy]
least_share = 0.0
[sources]
supervisor = 1.0
[kpi.quick]
formula = "tickets_resolved * 2"
[categories.work]
weight = 1.0
[[items]]
name = "reply"
category = "work"
max_points = 10
kpi = "first_response_mean"
statistic = "mean"
unit = "min"
bands = [
    { upper = 60, low_points = 10, high_points = 10 },
    { lower = 60, closed = "none", low_points = 4, high_points = 4 },
]
[[items]]
name = "tone"
category = "work"
max_points = 5
bands = [{ low_points = 0, high_points = 5 }]
[[tiers]]
name = "A"
lower = 50
coefficient = 1.2
[[tiers]]
name = "B"
upper = 50
closed = "lower"
coefficient = 1.0
"""
LATER = """
[[versions]]
valid_from = 2026-04-01
[versions.change.items.0.bands.0]
high_points = 8
low_points = 8
[versions.change.items.0]
max_points = 8
"""


def desk_log(people: tuple[str, str] = ("ana", "bo"), roles: tuple[str, str] = ("adviser", "expert")) -> Log:
    """Each of two people answers two tickets after 30 and 90 min, in March and in April 2026, and has 10 shifts."""
    moments, cases = [], []
    for number, (who, day, reply_h) in enumerate(
        [(people[0], 0, 0.5), (people[0], 32, 1.5), (people[1], 2, 0.5), (people[1], 33, 1.5)]
    ):
        at_s = day * DAY + 9 * H
        moments += [(number, at_s, 0, "created", None), (number, at_s + int(reply_h * H), 1, "reply", who)]
        moments += [(number, at_s + 2 * H, 2, "resolved", who)]
        cases.append((number, f"l{number}", "k", "normal"))
    shifts = [(who, role, day * DAY + 9 * H, day * DAY + 17 * H, 8 * H) for who, role in zip(people, roles, strict=True)
              for day in (*range(5), *range(30, 35))]  # fmt: skip
    schema = {"ticket": pl.Int64, "at_s": pl.Int64, "number": pl.Int32, "what": pl.String, "who": pl.String}
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 2), "Asia/Shanghai"), until_s=60 * DAY, priorities=("normal",),
        moments=pl.DataFrame(moments, orient="row", schema=schema),
        shifts=pl.DataFrame(shifts, orient="row", schema=["person", "role", "start_s", "end_s", "paid_s"]),
        cases=pl.DataFrame(cases, orient="row", schema=["ticket", "learner", "kind", "priority"]),
        people=pl.DataFrame({"person": list(people), "role": list(roles)}),
    )  # fmt: skip


def rubric_file(folder: Path, old: str = "", new: str = "", text: str = RUBRIC) -> str:
    assert old in text
    path = folder / "own.toml"
    path.write_text(text.replace(old, new, 1) if old else text, "utf-8")
    return str(path)


def log_folder(folder: Path, log: Log) -> str:
    write(log, folder / "log")
    return str(folder / "log")


def forms_file(folder: Path, *rows: str) -> str:
    path = folder / "forms.csv"
    path.write_text("person,period,item,source,points\n" + "".join(f"{row}\n" for row in rows), "utf-8")
    return str(path)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words]) == 2
    return capsys.readouterr().err


# --- rubrics -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"first_response_mean"', '"first_respnse_mean"',
         r"own\.toml:14:7: items\.0\.kpi: unknown KPI 'first_respnse_mean'; did you mean 'first_response_mean'\?"),
        ('"first_response_mean"', '"zzzzzz"', r"own\.toml:14:7: items\.0\.kpi: unknown KPI 'zzzzzz'; known: \w+, "),
        ('statistic = "mean"\nunit = "min"', 'statistic = "ratio"\nunit = "%"',
         r"own\.toml:15:13: items\.0\.statistic: .* does not fit the KPI 'first_response_mean'"),
        ('"tickets_resolved * 2"', "\"read_csv('/etc/hosts')\"",
         r"own\.toml:7:11: kpi\.quick\.formula: 'read_csv' is not allowed here"),
        ('"tickets_resolved * 2"', '"(select 1)"', r"own\.toml:7:11: kpi\.quick\.formula: there is no 'select'"),
        ('"tickets_resolved * 2"', '"tickets_resolvd * 2"', r"own\.toml:7:11: .* did you mean 'tickets_resolved'"),
        ("[kpi.quick]", "[kpi.wait_mean]", r"own\.toml:6:6: kpi\.wait_mean: 'wait_mean' is a KPI of the catalogue"),
        ("supervisor = 1.0", "nobody = 1.0", r"own\.toml:5:1: sources\.nobody: must be 'self', 'supervisor', 'peer'"),
        ("high_points = 5 }]", "high_points = 6 }]", r"own\.toml:\d+:\d+: .*the best band ends at 6, but max_points"),
        ("low_points = 0, high", "low_points = -1, high", r"own\.toml:25:25: items\.1\.bands\.0\.low_points: .*-1"),
        ("coefficient = 1.2", "coefficient = 1e9", r"own\.toml:\d+:15: tiers\.0\.coefficient: .*100"),
        ('name = "tone"', 'name = "reply"', r"own\.toml:\d+:\d+: items.*'reply' is named twice"),
    ],
)  # fmt: skip
def test_a_rubric_that_cannot_be_used_is_refused_where_it_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    assert re.search(said, refused(capsys, "rubric", "lint", rubric_file(tmp_path, old, new)))


def test_a_rubric_with_a_title_alone_names_its_file_and_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, "rubric", "lint", rubric_file(tmp_path, text='title = { en = "nothing else" }\n'))
    lines = [line.removeprefix("fairdesk: ") for line in said.splitlines()]
    assert [line.partition(": ")[0] for line in lines] == [str(tmp_path / "own.toml")] * 3
    assert all(f"{word!r} is missing" in said for word in ("categories", "items", "tiers"))


def test_a_formula_of_a_rubric_may_name_the_rubrics_own_kpis(tmp_path: Path) -> None:
    more = '[kpi.answered]\nwhen = "first_reply_s"\ntotal = "1"\n[kpi.quick]\nformula = "answered * 2"\n'
    path = rubric_file(tmp_path, '[kpi.quick]\nformula = "tickets_resolved * 2"\n', more)
    assert read_rubric(path).versions[0].book().parts("quick") == ("answered",)


def test_a_later_version_with_an_unknown_kpi_is_refused_at_its_change(tmp_path: Path) -> None:
    later = LATER.replace("max_points = 8", 'max_points = 8\nkpi = "first_respnse_mean"')
    with pytest.raises(ScenarioError, match=r"own\.toml:\d+:7: .*unknown KPI 'first_respnse_mean'"):
        read_rubric(rubric_file(tmp_path, text=RUBRIC + later))


@pytest.mark.parametrize("path", sorted(RUBRICS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_rubric_that_comes_along_can_be_read(path: Path) -> None:
    assert all(tier.coefficient <= 100 for version in read_rubric(path).versions for tier in version.tiers)


# --- options -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("score", "mm1", "--period", "2026-03"), "--period says nothing without --why, --scorecards"),
        (("rubric", "lint", "aftersales_100", "--mapping", "call_centre"), "--mapping says nothing without --log"),
        (("rubric", "diff", "aftersales_100", "--scenario", "mm1", "--mapping", "call_centre"),
         "--mapping says nothing without --log"),
        (("rubric", "lint", "aftersales_100", "--pay", "10"), "--pay says nothing without rubric diff"),
        (("rubric", "diff", "aftersales_100", "--scenario", "mm1", "--pay", "1e13"), "1e13"),
        (("roster", "academy_small", "--since", "2026-03-04"), "--since says nothing without --keep"),
        (("score", "mm1", "--profile", "a=x", "--profile", "a=y"), '--profile: the role "a" is named twice'),
        (("score", "mm1", "--rubric", "techsupport_4d", "--profile", "server=frontlin"),
         "--profile: the rubric has no profile 'frontlin'"),
    ],
)  # fmt: skip
def test_an_option_that_would_be_ignored_or_names_nobody_is_refused(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert said in refused(capsys, *words)


def test_a_role_that_the_log_lacks_has_no_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_folder(tmp_path, desk_log())
    said = refused(capsys, "score", log, "--rubric", "techsupport_4d", "--profile", "advisor=expert")
    assert '--profile: the log has no role "advisor"; did you mean adviser?' in said


def test_names_that_a_desk_lacks_are_refused_at_their_line_of_the_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('weeks = 1\n\n[people."nobody"]\nnever = ["early"]\n', "utf-8")
    said = refused(capsys, "roster", "academy_small", "--rules", str(rules))
    assert f"{rules}:3:9: people.nobody: unknown name 'nobody'" in said


def test_what_a_message_says_of_a_span_is_no_other_message_in_chinese() -> None:
    assert (
        rule_in("zh", "absent: ana: 2026-03-02 to 2026-03-04 lies outside of 2026-04-01 to 2026-04-07").count("之间")
        == 0
    )
    days = "absent: ana: 2026-03-02 to 2026-03-04 lies outside of 2026-04-01 to 2026-04-07"
    assert "之间" not in rule_in("zh", days)
    assert rule_in("zh", "x can only be 0 to 1, got 2") == "x 只能在 0 到 1 之间，实际为 2"
    kept = rule_in("zh", "the kept roster: unknown person 'bo'; known: ana")
    assert kept == "所保留的排班：未知的人员 'bo'；现有：ana"


# --- what people state ---------------------------------------------------------------------------------


def test_every_row_of_stated_points_is_used_or_set_aside_with_its_reason(tmp_path: Path) -> None:
    """Of nine rows one is used; a week of March stands beside the whole of March, experts have no tone to be judged."""
    profiles = '[profiles.advice]\nroles = ["adviser"]\n[profiles.other]\nitems = ["reply"]\n[categories.work]'
    rubric = read_rubric(rubric_file(tmp_path, "[categories.work]", profiles)).versions[0]
    rows = [
        ("ana", "2026-03", "tone", "supervisor", 5.0), ("ana", "2026-03-02/2026-03-08", "tone", "supervisor", 1.0),
        ("ana", "2025-11", "tone", "supervisor", 5.0), ("ana", "2026-07", "tone", "supervisor", 5.0),
        ("ana", "2026-Q1", "tone", "supervisor", 5.0), ("bo", "2026-03", "tone", "supervisor", 5.0),
        ("ana", "some day", "tone", "supervisor", 5.0), ("ana", "2026-03", "tone", "self", 5.0),
        ("ana", "2026-04", "tone", "supervisor", 5.5),
    ]  # fmt: skip
    stated = pl.DataFrame(rows, orient="row", schema=["person", "period", "item", "source", "points"])
    log = desk_log()
    log = log.having(appraisals=stated.filter(pl.col("period") != "some day"))
    found = scored(log, [rubric], level=None)
    used = [each for row in found.people.iter_rows(named=True) for item in row["items"] for each in item["stated"]]
    assert len(used) == 1 and found.set_aside.height == log.appraisals.height - 1
    reasons = dict(zip(*(found.set_aside[name] for name in ("period", "reason_not")), strict=True))
    assert reasons["2025-11"] == reasons["2026-07"] == "the log has no day in the period"
    assert reasons["2026-03-02/2026-03-08"] == (
        "points for a whole period of appraisal stand beside those for a part of it"
    )
    assert reasons["2026-Q1"] == "it lies in no single period for which anybody is appraised"
    assert found.set_aside.filter(person="bo")["reason_not"].to_list() == [
        "the item does not count for the person's profile"
    ]
    assert "2026-07" not in found.people["period"].to_list(), "the log does not hold that month"


def test_points_stated_before_the_first_version_are_set_aside(tmp_path: Path) -> None:
    rubric = read_rubric(rubric_file(tmp_path, text="valid_from = 2026-04-01\n" + RUBRIC)).versions[0]
    rows = [("ana", "2026-03", "tone", "supervisor", 5.0), ("ana", "2026-04", "tone", "supervisor", 5.0)]
    stated = pl.DataFrame(rows, orient="row", schema=["person", "period", "item", "source", "points"])
    found = scored(desk_log().having(appraisals=stated), [rubric], level=None)
    assert found.set_aside.select("period", "reason_not").rows() == [
        ("2026-03", "no version of the rubric is valid in the period")
    ]
    assert set(found.people["period"]) == {"2026-04"}


def test_points_for_nobody_are_refused_when_no_row_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, forms = log_folder(tmp_path, desk_log()), forms_file(tmp_path, "nobody,2026-03,tone,supervisor,5")
    said = refused(capsys, "score", log, "--rubric", rubric_file(tmp_path), "--appraisals", forms)
    assert "forms.csv:2: no row of it can be used: person: not in the log" in said


def test_two_rows_for_one_item_are_refused_at_the_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = log_folder(tmp_path, desk_log())
    forms = forms_file(tmp_path, "ana,2026-03,tone,supervisor,5", "ana,2026-03,tone,supervisor,4")
    said = refused(capsys, "score", log, "--rubric", rubric_file(tmp_path), "--appraisals", forms)
    assert "forms.csv:3: supervisor gave 'ana' points for tone in 2026-03: another row stands in line 2" in said


@pytest.mark.parametrize("points", ["-1", "5.01", "1e308", "nan"])
def test_points_outside_of_an_items_range_count_for_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], points: str
) -> None:
    log = log_folder(tmp_path, desk_log())
    forms = forms_file(tmp_path, f"ana,2026-03,tone,supervisor,{points}", "bo,2026-03,tone,supervisor,5")
    assert main(["score", log, "--rubric", rubric_file(tmp_path), "--appraisals", forms, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    aside = made["set_aside"] | made["beside"]["appraisals"]["set_aside"]
    assert sum(aside.values()) == 1
    row = next(row for row in made["people"] if row["person"] == "ana" and row["period"] == "2026-03")
    assert row["total"] == 100.0 and row["items"][1]["points"] is None


# --- odd people and periods ----------------------------------------------------------------------------


def test_who_works_in_two_roles_of_a_month_is_scored_in_the_one_with_more_hours(tmp_path: Path) -> None:
    """Ana's five March shifts: two as an adviser, three as an expert."""
    log = desk_log()
    late = pl.col("start_s").is_between(2 * DAY, 5 * DAY)
    shifts = log.shifts.with_columns(
        role=pl.when((pl.col("person").cast(pl.String) == "ana") & late)
        .then(pl.lit("expert")).otherwise(pl.col("role").cast(pl.String))
    )  # fmt: skip
    rubric = read_rubric(rubric_file(tmp_path)).versions[0]
    frame = scored(log.having(shifts=shifts), [rubric], level=None).people
    roles = {(row["person"], row["period"]): row["role"] for row in frame.iter_rows(named=True)}
    assert roles["ana", "2026-03"] == "expert" and roles["ana", "2026-04"] == "adviser"


def test_a_month_on_duty_without_a_ticket_has_no_total_and_says_why(tmp_path: Path) -> None:
    log = desk_log()
    few = log.cases.filter(pl.col("ticket") != 1)["ticket"].implode()
    log = Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=("normal",), people=log.people, shifts=log.shifts,
        cases=log.cases.filter(pl.col("ticket").is_in(few)), moments=log.moments.filter(pl.col("ticket").is_in(few)),
    )  # fmt: skip
    frame = scored(log, [read_rubric(rubric_file(tmp_path)).versions[0]], level=None).people
    row = frame.filter((pl.col("person") == "ana") & (pl.col("period") == "2026-04")).row(0, named=True)
    assert row["total"] is None and row["tier"] is None
    assert row["items"][0]["reason"] == "no ticket of the person counts for it in the period"


@pytest.mark.parametrize("name", [HTML, FORMULA])
def test_a_name_that_is_markup_or_a_formula_stays_a_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    log, out = log_folder(tmp_path, desk_log(people=(name, "bo"))), tmp_path / "out"
    words = ["score", log, "--rubric", rubric_file(tmp_path), "--why", name, "--out", str(out)]
    assert main(words) == 0
    capsys.readouterr()
    page = (out / "scorecard.html").read_text("utf-8")
    assert "<img" not in page and (name.replace('"', "") in page or "&lt;img" in page or "=HYPERLINK(" in page)
    rows = list(csv.DictReader(StringIO((out / "score.csv").read_text("utf-8-sig"))))
    assert not any(row["person"].startswith(("=", "+", "-", "@")) for row in rows)
    with ZipFile(out / "score.xlsx") as book:
        sheets = [book.read(each).decode() for each in book.namelist() if each.startswith("xl/worksheets/sheet")]
        shared = [book.read(each).decode() for each in book.namelist() if "sharedStrings" in each]
    assert not any("<f>" in sheet for sheet in sheets) and not any("<img" in each for each in (*sheets, *shared))


# --- versions, and answers that are counted once ---------------------------------------------------------


def test_forms_and_diff_go_by_the_version_of_each_period(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """March: 10 points for a reply in time; from April on 8, and the replies of April are late."""
    log, rubric = log_folder(tmp_path, desk_log()), rubric_file(tmp_path, text=RUBRIC + LATER)
    assert main(["rubric", "forms", rubric, "--log", log, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["forms"]["supervisor"]
    most = {(row["period"], row["item"]): row["max_points"] for row in rows}
    assert most["2026-03", "reply"] == 10 and most["2026-04", "reply"] == 8
    assert main(["rubric", "diff", rubric, "--log", log, "--json"]) == 0
    switches = json.loads(capsys.readouterr().out)["switches"]
    months = {
        begins: {move["period"] for row in switches if row["valid_from"] == begins for move in row["moves"]}
        for begins in (None, "2026-04-01")
    }
    assert months[None] <= {"2026-03"} and months["2026-04-01"] <= {"2026-04"}
    assert {row["scored"] for row in switches} == {2}, "two people in one month of each version"


def test_another_answer_about_points_alone_does_not_count_the_log_again(tmp_path: Path) -> None:
    rubric = read_rubric("aftersales_100").versions[0]
    again = {each.switch for each in alternatives(rubric) if each.recounts}
    assert {"items.response.statistic", "items.volume.include_self"}.isdisjoint(again)
    assert "policy.attribution" in again and "items.success.kpi" in again
    log, small = desk_log(), read_rubric(rubric_file(tmp_path)).versions[0]
    for other in alternatives(small):
        if not other.recounts and other.switch.startswith("items."):
            found = next(iter(shifts(log, small, [other])))
            fresh = scored(log, [other.rubric], level=None).people["total"].to_list()
            kept = {(row["person"], row["period"]): row["other_total"] for row in found.moves.iter_rows(named=True)}
            assert all(total in fresh for total in kept.values())


def test_a_ticket_of_the_last_second_counts_in_every_item_alike(tmp_path: Path) -> None:
    """A log that ends at the very second of a reply holds it, for the mean of times as for a share of tickets."""
    log = desk_log()
    end_s = 33 * DAY + 9 * H + int(1.5 * H)
    whole = Log.of(
        timeline=log.timeline, until_s=end_s, priorities=("normal",), people=log.people,
        shifts=log.shifts.filter(pl.col("start_s") < end_s), cases=log.cases,
        moments=log.moments.filter(pl.col("at_s") <= end_s),
    )  # fmt: skip
    rubric = read_rubric(rubric_file(tmp_path)).versions[0]
    counted = tally(whole, rubric)
    assert forms_in(whole, rubric, counted) is None
    times = counted.facts.filter(pl.col("item") == "reply").sort("person", "day")["value"].to_list()
    assert times == [1800, 5400, 1800, 5400]
