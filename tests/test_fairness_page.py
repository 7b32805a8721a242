"""The page and the notebook of a fairness study: in both languages, with what it cannot see, and no file from afar."""

import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from notebooks import fairness as notebook
from scenarios.files.desks import read
from scenarios.files.rubrics import load_rubric
from scenarios.lab.appraisal import fairness_sentence
from scenarios.report.fairness import fairness_page, limits
from sim.lab import Course, Estimate, fairness, needed
from sim.lab.needed import lasting

SMALL, RUBRIC = read("academy_small"), load_rubric("aftersales_100")


@pytest.fixture(scope="module")
def study():
    return fairness(SMALL.desk, RUBRIC, "learning_adviser", 3, seatings=1, unseen=2)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Who would be hurt", "What would help", "What this page cannot see", "true tier", "Merit")),
        ("zh", ("谁会因此吃亏", "什么会有帮助", "本页看不到什么", "真实等级", "能力")),
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


def test_it_is_said_who_judges_the_rest_if_there_is_a_rest(study):
    """The log decides a part, with or without judges who were modelled, or all of it: then nobody judges anything."""
    assert (
        "people judge the rest" in fairness_sentence(study)
        and "the bias of judges come on top" in limits("en", study)[1]
    )
    assert "modelled judges stated them" in limits("en", replace(study, headline="total"))[1]
    alone = replace(study, objective_share=1.0)
    assert fairness_sentence(alone).endswith("the log decides all of the rubric's points.")
    assert "nobody judges any" in limits("en", alone)[1] and "没有由人评定的部分" in limits("zh", alone)[1]


def test_everybodys_score_has_its_interval_and_tickets_and_no_zero_is_negative(study, tmp_path):
    path = tmp_path / "fairness.html"
    fairness_page(path, "en", study, RUBRIC, "Small", "-")
    made, row = path.read_text("utf-8"), study.persons.row(0, named=True)
    assert row["expected_low"] < row["expected"] < row["expected_high"] and row["tickets"] > 1
    assert f"{row['expected']:.1f}<br><small>{row['expected_low']:.1f} … {row['expected_high']:.1f}</small>" in made
    assert not re.search(r"[^0-9]-0[.]?0*[^.0-9]", re.sub(r"<svg.*?</svg>", "", made, flags=re.S))


def test_money_is_the_pay_of_a_month_times_what_is_off(study, tmp_path):
    path = tmp_path / "fairness.html"
    fairness_page(path, "en", study, RUBRIC, "Small", "-", pay=2000.0)
    assert f"{2000 * study.wrong.pay.mean:,.2f} a person and month" in path.read_text("utf-8")


def test_the_notebook_shows_the_study_of_the_same_worlds(study):
    defs = {"scenario": SMALL, "rubric": RUBRIC, "role": "learning_adviser", "lang": "zh"}
    outputs, made = notebook.app.run(defs={**defs, "worlds": 3, "seatings": 1, "unseen": 2, "started": True})
    shown = "".join(str(each.text) for each in outputs if hasattr(each, "text"))
    assert made["found"].shares == study.shares
    assert fairness_sentence(study, "zh") in shown and "谁会因此吃亏" in shown


def test_the_notebook_says_why_a_study_cannot_be():
    defs = {"scenario": SMALL, "rubric": RUBRIC, "role": "nobody", "lang": "en", "started": True}
    outputs, made = notebook.app.run(defs={**defs, "worlds": 3, "seatings": 1, "unseen": 2})
    assert made["found"] is None
    assert "nobody" in "".join(str(each.text) for each in outputs if hasattr(each, "text"))


def test_the_page_of_a_year_says_the_months_to_each_target_and_links_the_further_tests(study, tmp_path):
    """A month of reliability 1/2: 0.7 takes .7 (1 - .5) / (.5 (1 - .7)) = 2.3 months, at 10 tickets each 23."""
    shares = study.measures["objective"]
    half = replace(shares, reliability=Estimate(0.5, None, None))
    year = Course(
        role=study.role, people=2, begin=date(2026, 4, 1), end=date(2027, 4, 1),
        shares=dict.fromkeys(("month", "quarter", "year"), half), most=Estimate(0.25, None, None),
        stepped={length: lasting(half.reliability, n) for length, n in (("month", 1), ("quarter", 3), ("year", 12))},
        needed=(needed(half.reliability, 0.7, 10.0),),
        brought=pl.DataFrame([{"length": "month", "what": "rank.top", "due": 0.5, "given": 0.4, "wrongful": 0.125,
                               "missed": 0.225, "wrongful_low": 0.05, "wrongful_high": 0.2,
                               "missed_low": None, "missed_high": None}]),
        pay={"month": Estimate(0.1, 0.05, 0.15)}, tickets=10.0, worlds=3, seatings=1, unseen=2, precise=False,
        level=0.95,
    )  # fmt: skip
    for lang, head, said in (("en", "What a year makes of it", "takes 2.3 months"), ("zh", "放到一年里看", "2.3 个月")):
        path = tmp_path / f"{lang}.html"
        fairness_page(path, lang, study, RUBRIC, "Small", "-", year=year, judged=True, tests="fairness_tests.html")
        made = path.read_text("utf-8")
        assert head in made and said in made and '<a href="fairness_tests.html">' in made
        assert ">75.0</td>" in made and ">92.3</td>" in made and ">22.5</td>" in made
    plain = tmp_path / "plain.html"
    fairness_page(plain, "en", study, RUBRIC, "Small", "-")
    assert "What a year" not in plain.read_text("utf-8") and "<a href" not in plain.read_text("utf-8")
