"""Scorecards of everybody, and what stands on them: one more ticket, mix and rate, targets, sentences."""

import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from scenarios.cli import main
from scenarios.files import load
from scenarios.report import page
from scenarios.report.scorecards import file_part
from scenarios.rubric_files import load_rubric
from sim.desk import Desk
from sim.experiment import simulate
from sim.kpi.rubric import one_more, one_more_each, score_tally, tally
from sim.kpi.rubric.tally import FIRST, TICKETS, weight_of
from sim.log import Log
from sim.world import sample


@pytest.fixture(scope="module")
def log() -> Log:
    desk = load("academy_small").changed(weeks=5)
    assert isinstance(desk, Desk)
    return simulate(desk, sample(desk, 1))[0]


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    out = tmp_path_factory.mktemp("cards")
    assert main(["score", "academy_small", "--scorecards", "--out", str(out), "--lang", "zh"]) == 0
    return out / "scorecards"


@pytest.mark.parametrize("name", ["aftersales_100", "fair_merge"])
def test_one_more_ticket_for_each_is_the_ticket_put_in_alone_and_scored_again(log: Log, name: str):
    """A success that failed: one more ticket, nothing above the line, one below.

    In `fair_merge` values on few tickets are drawn towards the role's, so that a ticket for a colleague would count.
    """
    rubric = load_rubric(name)
    counted = tally(log, rubric)
    each = one_more_each(rubric, counted, "2026-03")
    item = next(i for i in rubric.items if i.statistic == "ratio" and i.higher_is_better() and i.kpi)
    before = {row["person"]: row for row in score_tally(rubric, counted, level=None).to_dicts()
              if row["period"] == "2026-03"}  # fmt: skip
    assert each.keys() == before.keys() and len(each) == 6
    for person in sorted(each)[:2]:
        day, parts = date(2026, 3, 1).toordinal(), ((TICKETS, 1), (FIRST + 1, weight_of(rubric, item)))
        rows = [(person, day, item.name, part, 0, n) for part, n in parts]
        more = pl.DataFrame(rows, schema=counted.facts.schema, orient="row")
        again = replace(counted, facts=pl.concat([counted.facts, more]))
        after = score_tally(rubric, again, level=None).filter(pl.col("person") == person, pl.col("period") == "2026-03")
        found = next(e for e in each[person] if e.item == item.name)
        assert found.total == pytest.approx(after["total"].item() - before[person]["total"])
        assert found.tier == after["tier"].item()
        assert one_more(rubric, counted, person, "2026-03") == each[person]


def test_everybody_has_a_page_and_the_index_leads_to_each(cards):
    index = (cards / "index.html").read_text("utf-8")
    links = re.findall(r'href="([^"]+)"', index)
    assert len(links) == 6 == len(set(links)) and all((cards / link).exists() for link in links)
    assert "不是排名" in index and "service_agent#1 的评分卡" in (cards / links[-3]).read_text("utf-8")


def test_scorecards_need_a_folder_and_a_period_that_is_scored(tmp_path, capsys):
    assert main(["score", "academy_small", "--scorecards"]) == 2
    assert "--scorecards writes pages and needs --out DIR" in capsys.readouterr().err
    assert main(["score", "academy_small", "--scorecards", "--period", "2031-01", "--out", str(tmp_path)]) == 2
    assert "2031-01" in capsys.readouterr().err


def test_a_name_becomes_no_path_and_no_html():
    assert file_part("../../etc") == "-etc" and file_part("<script>") == "-script" and file_part("//") == ""
    assert len(file_part("王" * 300)) < 50
    row = page.table(["a"], [[page.link('x"y.html', "<b>")], ["<i>"]])
    assert "<b>" not in row and "<i>" not in row and 'href="x%22y.html"' in row
