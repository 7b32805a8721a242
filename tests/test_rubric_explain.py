"""Why somebody has a score: rows that add up to each item, the next tier, and what one more ticket would do."""

import numpy as np
import polars as pl
import pytest

from scenarios.files.desks import load
from scenarios.files.rubrics import load_rubric
from sim.desk import Desk
from sim.experiment import simulate
from sim.kpi.rubric import drill, one_more, points_of, score, tally, to_next_tier
from sim.log import Log
from sim.world import sample


@pytest.fixture(scope="module")
def log() -> Log:
    desk = load("academy_small").changed(weeks=5)
    assert isinstance(desk, Desk)
    return simulate(desk, sample(desk, 1))[0]


def value_of(rows: pl.DataFrame, statistic: str, unit: str) -> float:
    y, x, weight = (rows[name].to_numpy().astype(np.float64) for name in ("y", "x", "weight"))
    if statistic in ("mean", "share_weighted"):
        return float(np.mean(y)) / {"min": 60, "h": 3600}[unit]
    if statistic in ("median", "p90"):
        reached = np.sort(y)[int(np.ceil({"median": 0.5, "p90": 0.9}[statistic] * len(y) - 1e-9)) - 1]
        return float(reached) / {"min": 60, "h": 3600}[unit]
    return 100 * float((y * weight).sum() / (x * weight).sum())


@pytest.mark.parametrize("name", ["aftersales_100", "learner_service", "training_6d", "techsupport_4d"])
def test_every_drill_down_adds_up_to_its_item(log: Log, name: str):
    rubric = load_rubric(name)
    frame, checked = score(log, rubric, level=None), 0
    for row in frame.filter(pl.col("period") == "2026-03").iter_rows(named=True):
        for item, found in zip(rubric.items, row["items"], strict=True):
            if found["value"] is None or item.statistic in ("relative", "figure") or item.kpi == "idle_rate":
                continue
            rows = drill(log, rubric, item, row["person"], "2026-03")
            assert value_of(rows, item.statistic, item.unit) == pytest.approx(found["value"])
            checked += 1
    assert checked >= 12


def test_the_next_tier_is_the_nearest_better_one():
    rubric = load_rubric("aftersales_100")
    assert to_next_tier(rubric, 78.5) == ("B", 1.5) and to_next_tier(rubric, 12.0) == ("D", 48.0)
    assert to_next_tier(rubric, 90.0) is None


def test_one_more_bad_ticket_is_the_ticket_put_in_and_scored_again(log: Log):
    """By hand for one item: n resolutions of which k late become n + 1 and k + 1."""
    rubric, counted = load_rubric("aftersales_100"), tally(log, load_rubric("aftersales_100"))
    frame = score(log, rubric, level=None).filter(pl.col("person") == "service_agent#1", pl.col("period") == "2026-03")
    base = frame.row(0, named=True)
    found = {each.item: each for each in one_more(rubric, counted, base["person"], "2026-03")}
    assert set(found) == {"response", "satisfaction", "success", "repair_time", "task_time"}
    items = {item["name"]: item for item in base["items"]}
    n, share = items["success"]["n"], items["success"]["value"] / 100
    less = 100 * (share * n / (n + 1))
    points = points_of(rubric.item("success"), np.array([less]), rubric.policy)[0]
    assert found["success"].points == pytest.approx(points - items["success"]["points"])
    assert all((each.points or 0) <= 1e-9 and (each.total or 0) <= 1e-9 for each in found.values())


def test_a_period_that_is_none_or_lies_elsewhere_is_refused(log: Log):
    rubric = load_rubric("aftersales_100")
    with pytest.raises(ValueError, match="'March' is no period"):
        drill(log, rubric, rubric.item("success"), "anybody", "March")
    with pytest.raises(ValueError, match="2027-03 lies outside of the log"):
        drill(log, rubric, rubric.item("success"), "anybody", "2027-03")


def test_the_next_tier_goes_by_the_rounded_total_and_the_rubric_s_borders():
    """Rounded to tens 57.3 is 60 and so D: the next is C, 12.7 off; 89.6 rounded first is A, the best."""
    rubric = load_rubric("aftersales_100")
    tens = rubric.changed(policy=rubric.policy.changed(round_total=10.0))
    assert to_next_tier(tens, 57.3) == ("C", pytest.approx(12.7))
    first = rubric.changed(policy=rubric.policy.changed(border="round_half_up_first"))
    assert to_next_tier(first, 89.6) is None


def test_two_tiers_of_one_name_are_refused():
    rubric = load_rubric("aftersales_100")
    with pytest.raises(ValueError, match="tiers: 'A' is named twice"):
        rubric.changed(tiers=(*rubric.tiers[:-1], rubric.tiers[-1].changed(name="A")))
