"""The table of open questions: every switch is there, says its default and may say otherwise; so is every test."""

import ast
import json
from pathlib import Path

import pytest

from scenarios.cli import main
from scenarios.files.desks import load
from scenarios.files.rubrics import load_rubric, rubric_names
from scenarios.questions import NONE, OpenQuestion, answer, open_questions, otherwise, questions_page
from sim.desk import Desk
from sim.kpi.rubric import AS_WRITTEN, Rubric, alternatives, lint

ROOT = Path(__file__).parents[1]
ALL = open_questions()
SWITCHED = [each for each in ALL if each.switch and not each.switch.startswith("lint ")]


def named(question: OpenQuestion) -> str:
    return f"{question.id} {question.switch}"


def data_of(question: OpenQuestion) -> dict:
    found = load(question.where) if question.of_scenario else load_rubric(question.where)
    return json.loads(found.model_dump_json())


def test_every_question_of_the_documents_stands_in_the_table():
    """A-01 to A-34 with A-02b and A-25b, and G-01."""
    wanted = [f"A-{number:02}" for number in range(1, 35)] + ["A-02b", "A-25b", "G-01"]
    assert sorted({each.id for each in ALL}) == sorted(wanted)
    assert all(set(each.asks) == {"en", "zh"} for each in ALL)
    assert {each.id for each in ALL if not each.switch} == {"A-21", "A-33"}, "these decide no score"


@pytest.mark.parametrize("question", SWITCHED, ids=named)
def test_a_switch_is_there_with_its_default_and_may_answer_otherwise(question):
    data = data_of(question)
    assert answer(question, data) == question.default
    made = Desk if question.of_scenario else Rubric
    assert question.other
    for other in otherwise(question, data):
        assert made.model_validate_json(json.dumps(other), context=AS_WRITTEN) != made.model_validate_json(
            json.dumps(data), context=AS_WRITTEN
        )


def test_what_no_switch_answers_the_linter_tells_of():
    for question in ALL:
        if question.switch.startswith("lint "):
            rules = {each.rule for each in lint(load_rubric(question.where))}
            assert question.switch.removeprefix("lint ") in rules


def test_every_test_that_is_named_is_there():
    there: dict[str, set[str]] = {}
    for question in ALL:
        assert question.tests or not question.switch
        for file, _, name in (each.partition("::") for each in question.tests):
            tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
            known = there.setdefault(file, {n.name for n in tree.body if isinstance(n, ast.FunctionDef)})
            assert name in known, f"{question.id}: {file}::{name}"


def test_every_answer_that_diff_tries_stands_in_the_table():
    """Of questions with a number; a policy for few tickets is ours."""
    told: dict[tuple[str, str], list] = {}
    for question in SWITCHED:
        key = question.id, question.switch.split(".")[-1] if question.switch.startswith("items.") else question.switch
        told.setdefault(key, []).extend([question.default, *question.other])
    for name in rubric_names():
        for each in alternatives(load_rubric(name)):
            if not each.question.startswith("A-"):
                continue
            last = each.switch.split(".")[-1] if each.switch.startswith("items.") else each.switch
            to = list(each.to) if isinstance(each.to, tuple) else NONE if each.to is None else each.to
            assert to in told[each.question, last], each.switch


def test_the_page_is_made_of_the_table(capsys, tmp_path):
    assert (ROOT / "QUESTIONS.md").read_text("utf-8") == questions_page()
    assert main(["rubric", "questions", "--lang", "zh", "--out", str(tmp_path / "out")]) == 0
    assert "未定问题" in capsys.readouterr().out
    assert (tmp_path / "out" / "questions.md").read_text("utf-8") == questions_page("zh")
    assert main(["rubric", "lint"]) == 2
    assert "needs the name of a rubric" in capsys.readouterr().err
