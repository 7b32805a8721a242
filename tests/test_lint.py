"""Is a scenario complete: one file that lacks one thing for each rule, and the command that says so."""

import json

import pytest

from scenarios import ScenarioError, load, read
from scenarios.cli import main
from scenarios.files.taxonomy import Taxonomy, taxonomy
from scenarios.lint import ERROR, RULES, WARNING, lint, lint_log
from scenarios.texts import LANGUAGES, texts
from sim import fast, sample
from tests.desks import DESK

SLA = """\
[sla.priorities.normal]
response = { target_min = 60, calendar = "always" }
resolution = { target_min = 240, calendar = "always" }
"""
DAYS = '"mon", "tue", "wed", "thu", "fri", "sat", "sun"'
WHOLE = DESK.replace('category = "question"', 'category = "enquiry"').replace(
    'days = ["mon", "tue"]', f"days = [{DAYS}]"
)
WHOLE = WHOLE.replace("09:00-18:00", "00:00-24:00").replace('breaks = ["12:00-13:00"]', "breaks = []") + SLA


@pytest.fixture
def found(tmp_path):
    def of(text, name="desk.toml"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return [(each.rule, each.place.line if each.place else None) for each in lint(read(path))]

    return of


def changed(*pairs):
    text = WHOLE
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_a_complete_scenario_has_no_finding(found):
    assert found(WHOLE) == []


def test_a_scenario_without_targets_has_no_standard_at_all(found):
    assert found(WHOLE.replace(SLA, "")) == [("no_sla", None)]
    assert RULES["no_sla"] == ERROR


def test_a_priority_of_a_kind_without_a_target_is_found(found):
    two = (
        ('priorities = ["normal"]', 'priorities = ["urgent", "normal"]'),
        ("priorities = { normal = 1.0 }", "priorities = { urgent = 0.1, normal = 0.9 }"),
    )
    assert found(changed(*two)) == [("no_response", 8), ("no_resolution", 8)]
    never = (two[0], (two[1][0], "priorities = { urgent = 0.0, normal = 1.0 }"))
    assert found(changed(*never)) == []
    late = "priority_change = { share = 0.1, after = { mean_min = 60.0 }, to = { urgent = 1.0 } }"
    assert {rule for rule, _ in found(changed(two[0], ("per_week = 40.0", f"per_week = 40.0\n{late}")))} == {
        "no_response", "no_resolution",
    }  # fmt: skip


def test_a_stage_that_no_resolution_target_covers_has_no_standard(found):
    text = changed(('resolution = { target_min = 240, calendar = "always" }\n', ""))
    assert found(text) == [("no_standard", 9)]


def test_laws_whose_share_is_0_are_found(found):
    """Nothing asks for them: the requester is never asked, the dispatcher never errs."""
    work = 'work = { law = "exponential", mean_min = 10.0 }'
    never = (
        changed((work, f"{work}\nanswer = {{ mean_min = 5.0 }}")) + "\n[routing.dispatch]\ndelay = { mean_min = 1.0 }\n"
    )
    assert found(never + "finds_out = { mean_min = 1.0 }\n") == [("no_share", 13), ("no_share", never.count("\n") + 1)]
    asks = changed((work, f"{work}\nasks = 0.1\nanswer = {{ mean_min = 5.0 }}"))
    assert found(asks) == []


def test_a_target_that_the_run_cannot_see_is_found(found):
    """Two hours a week are open, so 120 minutes of them fall due on Tuesday, 121 on Monday of the week after."""
    few = '[calendars.few]\nhours = { mon = ["09:00-10:00"], tue = ["09:00-10:00"] }\n'
    clause = 'target_min = 240, calendar = "always"'
    assert found(changed((clause, 'target_min = 120, calendar = "few"')) + few) == []
    assert found(changed((clause, 'target_min = 121, calendar = "few"')) + few) == [("long_target", 33)]
    assert found(changed((clause, 'working_days = 1, calendar = "few"')) + few) == []
    assert found(changed((clause, 'working_days = 3, calendar = "few"')) + few) == [("long_target", 33)]


def test_a_stage_that_another_department_does_is_found_and_one_that_nobody_ever_does_has_no_owner(found):
    other = changed(('department = "desk"\nskill', 'department = "bank"\nskill'))
    assert found(other) == [("other_owner", 10)]
    away = (
        '[staff.persons.ana]\nrole = "agent"\ndays = ["sun"]\n[staff.persons.bo]\nrole = "agent"\ndays = ["sun"]\n'
        "[calendars.closed]\nhours = { mon = ['09:00-18:00'] }\nholidays = [2026-03-08]\nyears = [2026]\n"
    )
    shift = ('hours = "00:00-24:00"', 'hours = "00:00-24:00"\ncalendar = "closed"')
    assert ("no_owner", 10) in found(changed(shift) + away)


def test_hours_without_anybody_on_duty_are_found_with_the_share_of_tickets(tmp_path):
    """Of 168 even hours, 5 of 7 days have nobody; on the others the hour of the break, too: 7 x 24 - 2 x 8 = 152."""
    path = tmp_path / "desk.toml"
    path.write_text(WHOLE.replace(DAYS, '"mon", "tue"').replace("00:00-24:00", "09:00-17:00"), "utf-8")
    (each,) = lint(read(path))
    assert (each.rule, each.severity, each.place.line) == ("no_cover", WARNING, 11)
    assert each.say() == (
        "tickets come in 152 of the 168 hours of a week in which nobody who takes answer is on duty, 90% of them all; "
        "first on Monday at 0:00"
    )
    assert each.say("zh").endswith("占全部的 90%；最早为周一 0:00")


def test_a_later_stage_is_looked_at_in_the_hours_in_which_the_one_before_is_worked_on(found):
    stage = '[[demand.kinds.question.route]]\ndepartment = "desk"\nskill = "pay"\nwork = { mean_min = 5.0 }\n'
    text = changed(
        ("[staff.roles.agent]\n", f"{stage}\n[staff.roles.agent]\n"),
        ('skills = ["answer"]', 'skills = ["answer", "pay"]'),
        ("[staff.seats.agent]", '[staff.shifts.noon]\ndays = ["mon"]\nhours = "12:00-13:00"\n'
         '[staff.seats.payer]\nrole = "agent"\nteam = "desk"\ntakes = ["pay"]\nshift = "noon"\n\n[staff.seats.agent]'),
    )  # fmt: skip
    assert found(text) == [("no_cover_later", 16)]


def test_dates_that_the_run_does_not_reach_are_found(found):
    text = (
        "[demand.special_days]\n2026-03-08 = 0.5\n2026-03-09 = 0.5\n"
        "[demand.bursts.old]\ndate = 2026-02-28\nfactor = 2.0\n"
        "[staff.absences.flu]\nfirst_day = 2026-03-08\nlast_day = 2026-03-20\nabsent = 0.5\n"
    )
    assert found(WHOLE + text) == [("outside_run", 36), ("outside_run", 37)]


def test_categories_that_the_two_levels_do_not_know_and_kinds_in_the_wrong_one_are_found(found):
    assert found(changed(('category = "enquiry"', 'category = "enquiries"'))) == [("unknown_category", 6)]
    assert found(changed(('category = "enquiry"', 'category = "课程咨询"'))) == [("unknown_category", 6)]  # a kind
    assert found(changed(('category = "enquiry"', 'category = "技术类"'))) == []
    refund = WHOLE.replace("demand.kinds.question", "demand.kinds.refund")
    assert found(refund) == [("other_category", 6)]
    assert found(refund.replace('category = "enquiry"', 'category = "服务类"')) == []


@pytest.mark.parametrize("name", ["academy_small", "academy", "academy_large"])
def test_the_academies_have_a_standard_and_an_owner_for_every_stage_and_known_categories(name):
    rules = {each.rule for each in lint(read(name))}
    assert not [rule for rule in rules if RULES[rule] == ERROR]
    assert not rules & {"unknown_category", "other_category"}


def test_the_kinds_of_a_log_are_held_against_the_two_levels():
    desk = load("academy_small").changed(weeks=1)
    assert lint_log(fast.run(desk, sample(desk, 1))[0]) == []
    desk = load("mm1").changed(weeks=1)
    log, _ = fast.run(desk, sample(desk, 1))
    (each,) = lint_log(log)
    assert (each.rule, each.where, each.values["tickets"]) == ("unknown_category", "ticket/ticket", log.cases.height)


def test_words_of_the_sources_have_their_place():
    known = taxonomy()
    assert [known.category(word) for word in ("教学类", "技术类", "服务类", "行政事务", "学术支持")] == [
        "learning", "technical", "administration", "administration", "learning",
    ]  # fmt: skip
    assert [known.category_of_kind(word) for word in ("课程咨询", "课程注册", "退费", "请假", "投诉", "线上课程")] == [
        "enquiry", "enrolment", "administration", "administration", "complaint", "technical",
    ]  # fmt: skip
    assert known.category("投诉类") == "complaint"
    assert known.category("moon") is None


def test_a_word_that_means_two_things_or_an_unknown_key_is_refused(tmp_path):
    with pytest.raises(ValueError, match="the word 'b' stands for both 'a' and 'c'"):
        Taxonomy.model_validate({"a": {"also": ["b"]}, "c": {"also": ["b"]}}, strict=False)
    path = tmp_path / "words.toml"
    path.write_text("[enquiry]\nalso = ['x']\nkind = 3\n")
    with pytest.raises(ScenarioError, match=r"words\.toml:3:1: enquiry\.kind: unknown key; did you mean 'kinds'"):
        taxonomy(path)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_rule_has_its_words(lang):
    assert {f"lint.{rule}" for rule in RULES} <= texts(lang).keys()


def test_the_command_gives_findings_as_json_and_answers_1_for_an_error(capsys, tmp_path):
    assert main(["scenarios", "lint", "mm1", "--json"]) == 1
    made = json.loads(capsys.readouterr().out)
    assert made["command"] == "scenarios lint"
    assert [(row["rule"], row["where"], row["line"]) for row in made["findings"]] == [
        ("no_sla", "sla", None), ("unknown_category", "demand.kinds.ticket.category", 12),
    ]  # fmt: skip
    path = tmp_path / "desk.toml"
    path.write_text(WHOLE, "utf-8")
    assert main(["scenarios", "lint", str(path), "--out", str(tmp_path / "out")]) == 0
    assert "desk: nothing found" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "lint.json").read_text("utf-8"))["findings"] == []
    assert main(["scenarios", "lint", "academy", "--lang", "zh"]) == 0
    assert "0 个错误" in capsys.readouterr().out


def test_the_command_looks_at_a_log_too(capsys, tmp_path):
    assert main(["run", "mm1", "--replications", "1", "--weeks", "1", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    if (tmp_path / "log").is_dir():
        assert main(["scenarios", "lint", str(tmp_path), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["findings"][0]["rule"] == "unknown_category"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lint"], "name at least one scenario or log"),
        (["lint", "acadmy"], "did you mean 'academy'"),
        (["academy"], "must be one of"),
    ],
)
def test_wrong_words_after_the_command_are_answered(capsys, words, said):
    assert main(["scenarios", *words]) == 2
    assert said in capsys.readouterr().err
