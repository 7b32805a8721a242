"""Scorecards of everybody, and what stands on them: one more ticket, mix and rate, targets, sentences."""

import json
import math
import pickle
import re
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from scenarios.cli import main
from scenarios.files.desks import load
from scenarios.files.rubrics import load_rubric
from scenarios.report import page
from scenarios.report.scorecard import scorecard_page as draws
from scenarios.report.scorecards import file_part
from sim.desk import Desk
from sim.experiment import simulate
from sim.kpi.control import any_alarm, control
from sim.kpi.detect import detectable_mean, detectable_share
from sim.kpi.mix import Change, Span, mix_and_rate
from sim.kpi.rubric import (
    Missed,
    Tally,
    feedback,
    missed,
    one_more,
    one_more_each,
    score_tally,
    standing,
    tally,
    targets,
)
from sim.kpi.rubric.tally import FIRST, TICKETS, weight_of
from sim.log import Log, write
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


class Elsewhere(Executor):
    """Does at once what is asked of it, after a journey as between processes."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        made = Future[Any]()
        fn, args = pickle.loads(pickle.dumps((fn, args)))
        made.set_result(fn(*args, **kwargs))
        return made


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


def test_scorecards_are_the_same_bytes_whoever_draws_them_and_nothing_else_is_left(cards, tmp_path, monkeypatch):
    """What a page needs is pickled, as for another process; the fixture's pages were drawn by none."""
    monkeypatch.setattr("scenarios.commands.explaining.MANY", 2)
    monkeypatch.setattr("sim.experiment.pools.processes", lambda workers: Elsewhere if workers == 2 else None)
    words = ["score", "academy_small", "--scorecards", "--workers", "2", "--out", str(tmp_path), "--lang", "zh"]
    assert main(words) == 0
    pages = {path.name: path.read_bytes() for path in (tmp_path / "scorecards").iterdir()}
    assert pages == {path.name: path.read_bytes() for path in cards.iterdir()} and len(pages) == 7


def test_a_page_that_cannot_be_drawn_leaves_those_before_it_and_no_half_page(cards, tmp_path, monkeypatch):
    """The fourth of six fails: three pages stand."""

    def fails(*drawing: Any) -> None:
        if drawing[0].name.startswith(".004"):
            raise OSError(28, "No space left on device")
        draws(*drawing)

    monkeypatch.setattr("scenarios.report.scorecards.scorecard_page", fails)
    assert main(["score", "academy_small", "--scorecards", "--out", str(tmp_path)]) != 0
    assert sorted(path.name[:3] for path in (tmp_path / "scorecards").iterdir()) == ["001", "002", "003"]


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


BEFORE = {"kind": ["easy", "easy", "hard"], "day": [1, 2, 1], "y": [40, 40, 80], "x": [4, 4, 2]}
AFTER = {"kind": ["easy", "hard", "hard"], "day": [8, 8, 9], "y": [36, 100, 100], "x": [4, 3, 3]}


def test_a_change_is_mix_and_rate_and_adds_up():
    """Eight easy tickets at 10 min and two hard ones at 40: 16 min. Then four at 9 and six at 33 1/3: 23.6 min.

    Mix: easy -0.4 x 9.5, hard +0.4 x 36 2/3, together 10.866...; rate: easy -1 x 0.6, hard -6 2/3 x 0.4, together
    -3.266...; and 10.866... - 3.266... = 7.6. By kind, from the middle of the wholes, 19.8: easy -0.4 x (9.5 - 19.8).
    Everybody got quicker, and the mean got slower: a Simpson's paradox that the two effects take apart.
    """
    found = mix_and_rate(pl.DataFrame(BEFORE), pl.DataFrame(AFTER), unit=2.0)
    assert found is not None and (found.before, found.after, found.n_before, found.n_after) == (32.0, 47.2, 10, 10)
    assert found.mix.mean == pytest.approx(2 * (-0.4 * 9.5 + 0.4 * 110 / 3), abs=1e-12)
    assert found.rate.mean == pytest.approx(2 * (-1 * 0.6 - 20 / 3 * 0.4), abs=1e-12)
    assert found.mix.mean + found.rate.mean == pytest.approx(found.change.mean, abs=1e-12)
    easy = next(group for group in found.groups if group.group == "easy")
    assert easy.mix == pytest.approx(2 * -0.4 * (9.5 - 19.8)) and easy.rate == pytest.approx(2 * -0.6)
    assert sum(group.mix for group in found.groups) == pytest.approx(found.mix.mean)


def test_a_kind_that_is_new_is_mix_alone_and_a_period_without_anything_has_no_change():
    """Ten old at 10, then ten old at 10 and ten new at 20: from 10 to 15, all of it mix."""
    before = pl.DataFrame({"kind": ["old"], "day": [1], "y": [100], "x": [10]})
    after = pl.DataFrame({"kind": ["old", "new"], "day": [8, 9], "y": [100, 200], "x": [10, 10]})
    found = mix_and_rate(before, after)
    assert found is not None and (found.change.mean, found.mix.mean, found.rate.mean) == (5.0, 5.0, 0.0)
    assert found.change.low is None and mix_and_rate(before, after.clear()) is None
    with pytest.raises(ValueError, match="kind 'odd' has 3 above the line and 0 below"):
        mix_and_rate(before, pl.DataFrame({"kind": ["odd"], "day": [8], "y": [3], "x": [0]}))


def test_the_interval_of_a_change_is_the_jackknife_over_the_days_of_both_periods():
    """One kind, so all is rate. Days 10 and 20 of one ticket each, then 30 and 50: leaving a day out gives 20 or 10
    (mean 15, sum of squares 50, times 1/2) and 50 or 30 (200, times 1/2): 125 in all, error 11.18, t of 2 df 4.303."""
    before = pl.DataFrame({"kind": ["a", "a"], "day": [1, 2], "y": [10, 20], "x": [1, 1]})
    after = pl.DataFrame({"kind": ["a", "a"], "day": [8, 9], "y": [30, 50], "x": [1, 1]})
    found = mix_and_rate(before, after)
    assert found is not None and found.change.mean == 25.0 and found.mix.mean == 0.0
    assert found.change.low is not None and 25 - found.change.low == pytest.approx(4.302653 * 125**0.5)
    assert not found.change.apart() and (found.mix.low, found.mix.high) == (0.0, 0.0)


def test_a_p_chart_has_the_limits_and_the_exact_false_alarms_of_its_counts():
    """P = 40/400 = 0.1; at n = 100 limits 0.1 +- 3 x 0.03, so 0.01 and 0.19: 20 or more, or none, of 100 is beyond."""
    found = control("abcde", [10, 12, 8, 10, 20], [100, 100, 100, 100, 100], "p", base=[True] * 4 + [False])
    assert found is not None and found.centre == pytest.approx(0.1)
    assert found.low[0] == pytest.approx(0.01) and found.high[0] == pytest.approx(0.19)
    assert found.out.tolist() == [0, 0, 0, 0, 1]
    law = stats.binom(100, 0.1)
    assert found.false_alarm[4] == pytest.approx(law.pmf(0) + law.pmf(range(20, 101)).sum())
    assert any_alarm(found.false_alarm) == pytest.approx(1 - (1 - found.false_alarm[4]) ** 5)


def test_a_p_chart_is_widened_by_the_steps_from_week_to_week():
    """10 and 30 of 100 in turn: P .2, error .04, so each step is 5 errors; over 1.128 that is 4.43 (Laney 2002).

    Limits .2 -+ 3 x .04 x 4.433: the lower one is cut off at 0, and nobody is beyond, as everybody would be by tickets.
    """
    found = control("abcdef", [10, 30] * 3, [100] * 6, "p")
    assert found.widened == pytest.approx(5 / 1.128, rel=1e-3)
    assert (found.low[0], found.high[0]) == (0.0, pytest.approx(0.2 + 0.12 * 5 / 1.128, rel=1e-3))
    assert not found.out.any()


def test_a_u_chart_counts_things_and_a_week_without_tickets_has_no_limits():
    """U = 8/16 = 0.5 per ticket; at n = 4: 0.5 + 3 sqrt(0.5/4) = 1.56, so 7 or more of 4 is beyond; none below 0."""
    found = control("abc", [1, 0, 7], [4, 0, 4], "u", of=(8, 16))
    assert found is not None and found.high[0] == pytest.approx(0.5 + 3 * 0.125**0.5) and found.low[0] == 0.0
    assert found.out.tolist() == [0, 0, 1] and math.isnan(found.values[1]) and math.isnan(found.false_alarm[1])
    assert found.false_alarm[0] == pytest.approx(stats.poisson(2).sf(6)) and not found.base.any()


def test_single_values_have_limits_from_their_own_steps():
    """10, 12, 10, 12, 10, 12: mean 11, mean step 2, limits 11 +- 5.32; 17 is beyond. Five periods are too few."""
    found = control("abcdefg", [10, 12, 10, 12, 10, 12, 17], [1] * 7, "xmr", base=[True] * 6 + [False])
    assert found is not None and (found.centre, found.high[6]) == (11.0, pytest.approx(16.32))
    assert found.out.tolist() == [0] * 6 + [1] and control("abcde", [1] * 5, [1] * 5, "xmr") is None


def test_the_stated_false_alarm_rate_of_single_values_is_about_the_true_one():
    """Twelve normal weeks as the base and a thirteenth like them, 20,000 times: the stated rate within 15 %."""
    draws = np.random.default_rng(5).normal(size=(20_000, 13))
    moving = np.abs(np.diff(draws[:, :12], axis=1)).mean(axis=1)
    beyond = np.abs(draws[:, 12] - draws[:, :12].mean(axis=1)) > 2.66 * moving
    found = control([str(k) for k in range(13)], draws[0].tolist(), [1] * 13, "xmr", base=[True] * 12 + [False])
    assert found is not None and beyond.mean() == pytest.approx(found.false_alarm[12], rel=0.15)


@pytest.mark.parametrize(("share", "n", "up"), [(0.5, 100, True), (0.9, 60, False), (0.0, 50, True), (1.0, 40, False)])
def test_the_smallest_change_of_a_share_that_shows_has_the_stated_power(share: float, n: int, up: bool):
    d = detectable_share(share, n, n, up=up)
    assert d is not None
    other = share + (d if up else -d)
    middle = (share + other) / 2
    cut = 1.959964 * (2 * middle * (1 - middle) / n) ** 0.5
    spread = ((share * (1 - share) + other * (1 - other)) / n) ** 0.5
    assert stats.norm.sf((cut - d) / spread) == pytest.approx(0.8, abs=1e-4)


def test_few_tickets_show_no_change_and_64_a_half_standard_deviation():
    assert detectable_share(0.95, 20, 20, up=True) is None and detectable_share(1.0, 50, 50, up=True) is None
    assert detectable_share(0.5, 0, 10, up=True) is None and detectable_mean(1.0, 1, 9) is None
    at_64, at_63 = detectable_mean(2.0, 64, 64), detectable_mean(2.0, 63, 63)
    assert at_64 is not None and at_63 is not None and at_64 < 1.0 < at_63


def test_a_target_is_the_next_band_or_the_best_quarter_where_hardly_anybody_reaches_it():
    """Success of 72 % on 100 tickets; the next band begins at 80 %.

    Of ten colleagues' months 0 reach it, their best quarter 77.75: this is proposed. If two of ten reach 80 it is 80.
    """
    rubric = load_rubric("aftersales_100")
    words, numbers = dict.fromkeys(("person", "item"), pl.String), dict.fromkeys(("part", "day", "value"), pl.Int64)
    counted = Tally(pl.DataFrame(schema=words | numbers | {"n": pl.Int64}), pl.DataFrame(), pl.DataFrame(), {})
    mates = [70.0, 71, 72, 73, 74, 75, 76, 77, 78, 79]
    rows = [_row("ana", "2026-03", 72.0, 100), *(_row(f"m{v}", "2026-02", v, 90) for v in mates)]
    (found,) = targets(rubric, rows, counted, "ana", "2026-03")
    assert (found.target, found.why, found.reached, found.of) == (76.75, "quarter", 3, 10)
    assert found.by == date(2026, 4, 30) and not found.told
    assert found.detectable == pytest.approx(100 * (detectable_share(0.72, 100, 100, up=True) or 0))
    rows[-1], rows[-2] = _row("x", "2026-01", 81.0, 90), _row("y", "2026-01", 80.0, 90)
    (found,) = targets(rubric, rows, counted, "ana", "2026-03")
    assert (found.target, found.why, found.reached) == (80.0, "band", 2) and 0.05 < (found.low or 0) < 0.2
    simulated = [_row(f"s{k}", "2026-01", 90.0, 90) for k in range(8)]
    (found,) = targets(rubric, rows, counted, "ana", "2026-03", reference=simulated)
    assert (found.reached, found.of, found.high) == (8, 8, pytest.approx(1.0))


def _row(person: str, period: str, value: float, n: int) -> dict[str, object]:
    item = {"name": "success", "value": value, "low": None, "high": None, "unit": "%", "points": 6.0, "n": n,
            "log_points": 6.0, "max_points": 15.0}  # fmt: skip
    return {"person": person, "role": "service", "period": period, "items": [item]}


def test_beside_others_stand_the_middle_the_best_quarter_and_what_others_published():
    """60, 70, 80 and 90: the middle 75, the best quarter from 82.5; with three people there is none."""
    rubric, rows = load_rubric("aftersales_100"), [_row(str(v), "2026-03", v, 9) for v in (60.0, 70, 80, 90)]
    (found,) = standing(rubric, rows, "60.0", "2026-03")
    assert (found.median, found.best_quarter, found.people) == (75.0, 82.5, 4)
    assert [line.value for line in found.published] == pytest.approx([68.0, 85.0])
    (found,) = standing(rubric, rows[:3], "60.0", "2026-03")
    assert found.median is None and found.best_quarter is None and found.people == 3


def test_nothing_is_called_better_or_worse_whose_interval_holds_0():
    rubric = load_rubric("aftersales_100")
    item = {**_row("ana", "2026-03", 72.0, 100)["items"][0], "low": 66.0, "high": 81.0}  # type: ignore[index]
    sure, unsure = Span(-3.0, -5.0, -1.0), Span(-3.0, -7.0, 1.0)

    def change(span: Span) -> Change:
        return Change(75.0, 72.0, 90, 100, span, Span(-2.0, None, None), Span(-1.0, None, None), ())

    short = {"success": Missed(28, 100, None, "refund", 11)}
    told = feedback(rubric, [item], short, {"success": change(sure)})
    assert [each.key for each in told] == ["missed", "unsure", "worse"]
    assert told[0].values["of_kind"] == 11 and told[1].values["cut"] == 80.0 and told[2].values["mix"] == -2.0
    assert [each.key for each in feedback(rubric, [item], {}, {"success": change(unsure)})] == ["unsure", "still"]
    blind = Span(-3.0, None, None)
    assert [each.key for each in feedback(rubric, [item], {}, {"success": change(blind)})] == ["unsure"]


def test_what_fell_short_is_counted_with_its_commonest_kind():
    """Success: y is 0 for two of four, both refunds. Response time: two lie beyond the best band; of two kinds
    with one each the first by name is told."""
    rubric = load_rubric("aftersales_100")
    rows = pl.DataFrame(
        {"kind": ["refund", "refund", "login", None], "y": [0, 0, 1, 1], "x": [1] * 4, "weight": [1] * 4}
    )
    assert missed(rubric, rubric.item("success"), rows) == Missed(2, 4, None, "refund", 2)
    cut = rubric.item("response").cuts()[0]
    times = rows.with_columns(y=pl.Series([60 * int(cut), 60 * int(cut) + 1, 9_999_999, 0]))
    assert missed(rubric, rubric.item("response"), times) == Missed(2, 4, cut, "login", 1)
    assert missed(rubric, rubric.item("volume"), rows) is None


def test_a_scorecard_explains_itself_and_a_reference_says_how_often_targets_are_reached(tmp_path, log, capsys):
    write(log, tmp_path / "log")
    asked = ["score", str(tmp_path), "--why", "service_agent#1", "--period", "2026-04", "--json"]
    assert main([*asked, "--reference", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    found = json.loads(capsys.readouterr().out)["why"]
    assert found["changes"] and found["feedback"] and found["standing"] and found["reference"].endswith("(simulated)")
    for change in found["changes"].values():
        assert change["mix"]["mean"] + change["rate"]["mean"] == pytest.approx(change["change"]["mean"], abs=1e-9)
    assert main(asked) == 0
    alone = json.loads(capsys.readouterr().out)["why"]
    assert [each["of"] for each in found["targets"]] > [each["of"] for each in alone["targets"]]
    said = (tmp_path / "out" / "scorecard.html").read_text("utf-8")
    heads = ("What may be said", "Targets for the weakest items", "What changed since the period before",
             "Week by week", "Beside others", "Comparable are the people of the role in the log")  # fmt: skip
    assert [head for head in heads if head not in said] == []


def test_a_reference_without_a_person_to_explain_is_refused(tmp_path, capsys):
    assert main(["score", "academy_small", "--reference", str(tmp_path)]) == 2
    assert "--reference" in capsys.readouterr().err
