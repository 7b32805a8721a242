"""The further tests of a score as sections, and on the command line."""

import json
from functools import wraps

import polars as pl
import pytest

from scenarios.cli import main
from scenarios.lab.further import TESTS, chosen, sections
from scenarios.report.lab_tests import further_page
from sim.experiment import Remembering, simulate
from sim.lab import Remedies, Setting
from sim.lab.remedies import _ROWS
from sim.lab.variants import CHANGES
from tests.lab_desks import lab_desk, short_rubric

PEOPLE = {"ann": {"speed": {"talk": 0.8}}, "ben": {"speed": {"talk": 1.25}}, "cas": {}}
WORK = {"work": {"weight": 0.5}, "pace": {"weight": 0.5}}


def two_categories():
    """Return the short rubric with its second item in a category of its own."""
    rubric = short_rubric()
    items = [item.model_dump(mode="json") for item in rubric.items]
    items[1]["category"] = "pace"
    return short_rubric(categories=WORK, items=items)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    return Remembering(tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="module")
def found(worlds):
    setting = Setting(lab_desk(PEOPLE), two_categories(), "adviser", 3, executor=worlds)
    return {name: section() for name, section in sections(setting, TESTS, 0.5)}


def test_what_was_kept_of_the_worlds_of_every_test_is_not_run_again(found, worlds):
    """The engine has the name of the one that ran, and refuses to run."""

    @wraps(simulate)
    def refuses(desk, world):
        raise AssertionError("a world was run again")

    setting = Setting(lab_desk(PEOPLE), two_categories(), "adviser", 3, executor=worlds, run=refuses)
    again = {name: section().document() for name, section in sections(setting, TESTS, 0.5)}
    assert again == {name: section.document() for name, section in found.items()}


def test_every_test_gives_rows_that_both_languages_can_show(found, tmp_path):
    for name, each in found.items():
        assert each.rows or name == "heard", name
        for lang in ("en", "zh"):
            assert all(len(line) == len(each.heads(lang)) for line in each.lines(lang))
            assert all(each.said(lang))
            further_page(tmp_path / f"{lang}.html", lang, [each], name, "foot")
    json.dumps({name: each.document() for name, each in found.items()}, allow_nan=False)


def test_the_figures_of_the_sections_hang_together(found):
    """Three people in three unlike seats: three pairs, both ways; ann the slowest is the last; half a month costs."""
    assert len(found["swap"].rows) == 6
    assert found["clone"].rows[0]["by_name"] == 0
    assert [row["group"] for row in found["gaps"].rows] == [
        "early",
        "late",
        "weekend",
        "part_time",
        "leave",
        "newcomer",
    ]
    assert set(found["resistance"].more["ability"]) == {"speed"}
    assert sorted(row["rank"] for row in found["stability"].rows) == [1, 2, 3]
    relative = [row["relative"] for row in found["items"].rows]
    assert relative == sorted(relative)
    assert [row["year"] for row in found["forced"].rows] == list(range(1, 11))


def test_tests_that_have_nothing_to_go_by_say_so():
    setting = Setting(lab_desk(PEOPLE), short_rubric(), "adviser", 3)
    stability, forced = (section() for _, section in sections(setting, ["stability", "forced"], None))
    assert stability.rows == forced.rows == []
    assert "fewer than two categories" in stability.said("en")[0]
    assert "nothing to rank by" in forced.said("en")[0]


def test_a_test_is_asked_for_by_name_and_a_misspelt_one_is_refused():
    assert chosen("gaps, swap") == ["swap", "gaps"]
    assert chosen("all") == list(TESTS)
    with pytest.raises(ValueError, match=r"unknown test 'swop'; did you mean 'swap'\? \(known: swap, clone"):
        chosen("swop")
    with pytest.raises(ValueError, match="names of tests were expected"):
        chosen(" , ")


def test_the_command_adds_the_tests_to_its_document(capsys):
    words = [
        "fairness",
        "academy_small",
        "--role",
        "service_agent",
        "--worlds",
        "3",
        "--unseen",
        "1",
        "--seatings",
        "1",
    ]
    assert main([*words, "--tests", "stability,forced", "--seatings", "1", "--workers", "1", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert set(made["tests"]) == {"stability", "forced"}
    assert made["inputs"]["tests"] == ["stability", "forced"]
    assert len(made["tests"]["stability"]["rows"]) == 2
    assert main([*words, "--tests", "luck"]) == 2
    assert "unknown test 'luck'" in capsys.readouterr().err


def test_what_was_found_before_somebody_stopped_is_given(capsys, monkeypatch):
    def stops(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.lab.lived_as_is", stops)
    words = ["fairness", "academy_small", "--role", "service_agent", "--worlds", "3", "--unseen", "1"]
    assert main([*words, "--tests", "clone,items", "--seatings", "1", "--workers", "1", "--json"]) == 3
    assert set(json.loads(capsys.readouterr().out)["tests"]) == {"clone"}


def test_tests_of_a_log_are_refused(capsys, tmp_path):
    assert main(["fairness", str(tmp_path), "--tests", "swap"]) == 2
    assert "--tests" in capsys.readouterr().err


def test_remedies_are_a_table_that_both_languages_can_show(capsys, monkeypatch):
    """One variant of each name, without a figure but the merit; the audit was left out."""
    names = ["literal", "fair_merge", *CHANGES, "quarter", "fair_mix", "all_answer", "larger_audit"]
    rows = [dict.fromkeys(_ROWS) | {"variant": name, "merit": 0.4, "gamed_by": "pass_on"} for name in names]
    made = Remedies(pl.DataFrame(rows, schema=_ROWS), ("larger_audit",), 3, 1, 5)
    monkeypatch.setattr("sim.lab.remedies", lambda *_: made)
    words = ["academy_small", "--role", "service_agent", "--worlds", "3", "--unseen", "1", "--seatings", "1"]
    for lang, merit, audit in (("en", "40%", "an audit three times as large"), ("zh", "40%", "抽查扩大到三倍")):
        assert main(["--lang", lang, "fairness", *words, "--workers", "1", "--remedies"]) == 0
        said = capsys.readouterr().out
        assert merit in said
        assert said.count(audit) == 2


def test_remedies_of_a_log_are_refused(capsys, tmp_path):
    assert main(["fairness", str(tmp_path), "--remedies"]) == 2
    assert "--remedies" in capsys.readouterr().err
