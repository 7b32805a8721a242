"""The scorecard of a person: what it says in both languages, that it is offline, and what it cannot see."""

import re

import pytest

from scenarios.cli import main
from scenarios.plots.scorecard import radar, trend


@pytest.fixture(scope="module")
def cards(tmp_path_factory) -> dict[str, str]:
    made = {}
    for lang in ("en", "zh"):
        out = tmp_path_factory.mktemp(lang)
        assert main(["score", "academy_small", "--why", "service_agent#1", "--out", str(out), "--lang", lang]) == 0
        made[lang] = (out / "scorecard.html").read_text("utf-8")
    return made


def test_a_scorecard_says_the_score_with_its_interval_and_what_it_cannot_see(cards):
    english, chinese = cards["en"], cards["zh"]
    assert re.search(r"\d+\.\d of 100 points \(\d+\.\d to \d+\.\d, 95 %\), tier [A-E]", english)
    assert "It cannot see help given to colleagues" in english and "luck" in english
    assert "的评分卡" in chinese and "看不到什么" in chinese and "points are lacking" not in chinese


def test_a_scorecard_shows_tickets_behind_items_the_worst_first(cards):
    section = cards["en"].split("Response time:")[1]
    minutes = [float(value) for value in re.findall(r"<td>([\d.]+) min</td>", section)[:10]]
    assert len(minutes) == 10 and minutes == sorted(minutes, reverse=True)


def test_a_scorecard_fetches_nothing(cards):
    for page in cards.values():
        assert not re.search(r'(src|href)="(https?:)?//', page) and "<script" not in page


def test_pictures_are_the_same_bytes_each_time_and_hold_their_labels():
    drawn = [radar(["a", "b", "c"], [0.5, None, 1.0], [0.4, 0.5, 0.6], ("ana", "mean")) for _ in range(2)]
    assert drawn[0] == drawn[1] and "ana" in drawn[0]
    line = trend(
        [("2026-03", 60.0, 50.0, 70.0), ("2026-04", None, None, None)], [("A", 90.0)], [55.0, None], ("ana", "m")
    )
    assert "2026-04" in line and line == trend(
        [("2026-03", 60.0, 50.0, 70.0), ("2026-04", None, None, None)], [("A", 90.0)], [55.0, None], ("ana", "m")
    )


def test_a_name_that_is_html_is_shown_as_text(tmp_path, capsys):
    assert main(["score", "academy_small", "--why", "<b>x</b>", "--out", str(tmp_path)]) == 2
    assert "nobody is scored by the name" in capsys.readouterr().err
