"""The page and the notebook of a fairness study: in both languages, with what it cannot see, and no file from afar."""

import re

import pytest

from notebooks import fairness as notebook
from scenarios.appraisal import fairness_sentence
from scenarios.files import read
from scenarios.report.fairness import fairness_page
from scenarios.rubric_files import load_rubric
from sim.lab import fairness

SMALL, RUBRIC = read("academy_small"), load_rubric("aftersales_100")


@pytest.fixture(scope="module")
def study():
    return fairness(SMALL.desk, RUBRIC, "learning_adviser", 3, seatings=1, unseen=2)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Who would be hurt", "What would help", "What this page cannot see", "true tier", "Merit")),
        ("zh", ("谁会受到伤害", "什么会有帮助", "本页看不到什么", "真实等级", "能力")),
    ],
)
def test_a_page_leads_with_the_sentence_and_ends_with_what_it_cannot_see(study, tmp_path, lang, words):
    path = tmp_path / "fairness.html"
    fairness_page(path, lang, study, RUBRIC, "<b>Small</b>", "-", pay=1000.0)
    made = path.read_text("utf-8")
    body = made[made.index("<h1>") :]
    assert body.index("<blockquote>") < body.index(words[0]) < body.index(words[1]) < body.index(words[2])
    assert all(word in made for word in words)
    assert "&lt;b&gt;Small" in made and "<b>Small" not in made
    assert not re.search(r"(src|href)=.(?!#)|url\((?!#)|data:", body)
    assert made.count("<figure") == 3


def test_money_is_the_pay_of_a_month_times_what_is_off(study, tmp_path):
    path = tmp_path / "fairness.html"
    fairness_page(path, "en", study, RUBRIC, "Small", "-", pay=2000.0)
    assert f"{2000 * study.wrong.pay.mean:,.2f} a person and month" in path.read_text("utf-8")


def test_the_notebook_shows_the_study_of_the_same_worlds(study):
    defs = {"scenario": SMALL, "rubric": RUBRIC, "role": "learning_adviser", "lang": "zh"}
    outputs, made = notebook.app.run(defs={**defs, "worlds": 3, "seatings": 1, "unseen": 2, "started": True})
    shown = "".join(str(each.text) for each in outputs if hasattr(each, "text"))
    assert made["found"].shares == study.shares
    assert fairness_sentence(study, "zh") in shown and "谁会受到伤害" in shown


def test_the_notebook_says_why_a_study_cannot_be():
    defs = {"scenario": SMALL, "rubric": RUBRIC, "role": "nobody", "lang": "en", "started": True}
    outputs, made = notebook.app.run(defs={**defs, "worlds": 3, "seatings": 1, "unseen": 2})
    assert made["found"] is None
    assert "nobody" in "".join(str(each.text) for each in outputs if hasattr(each, "text"))
