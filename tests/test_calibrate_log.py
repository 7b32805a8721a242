"""A rubric calibrated on a log: reliable months, months that are whole, and what a log is refused for."""

import json
from datetime import date

import numpy as np
import pytest

from scenarios import load
from scenarios.cli import main
from scenarios.files.rubrics import load_rubric
from scenarios.lab.log_thresholds import calibrate_on_log, months_of, reliability
from sim.desk import Desk
from sim.experiment import simulate
from sim.log import write
from sim.world import sample

FAIR, LITERAL = load_rubric("fair_merge"), load_rubric("aftersales_100")


def _log(weeks):
    """Return a log of the calibration desk at half its size, 12 people in 4 teams, from Monday 5 January 2026 on."""
    data = load("calibration_double").model_dump()
    for kind in data["demand"]["kinds"].values():
        kind["per_week"] /= 2
    for seat in data["staff"]["seats"].values():
        seat["heads"] = 3
    desk = Desk.model_validate(data | {"weeks": weeks, "start": date(2026, 1, 5)})
    return simulate(desk, sample(desk, 3))[0]


@pytest.fixture(scope="module")
def log():
    return _log(30)


@pytest.fixture(scope="module")
def folder(log, tmp_path_factory):
    path = tmp_path_factory.mktemp("log")
    write(log, path)
    return str(path)


def test_the_reliability_of_a_month_by_hand():
    """Three people, three months. Centred products of the months (1 2 3), (1 2 3), (2 4 6) over two are 1, 2 and 2; the
    variances 1, 1 and 4: 5/3 over 2. Turned round in the third month they are 1, -1 and -1 over variances of 1."""
    twice = np.array([[[1.0, 2, 3]], [[1, 2, 3]], [[2, 4, 6]]])
    turned = np.array([[[1.0, 2, 3]], [[1, 2, 3]], [[3, 2, 1]]])
    assert reliability(twice).mean == pytest.approx(5 / 6)
    assert reliability(turned).mean == pytest.approx(-1 / 3)
    assert reliability(twice, turned).mean == pytest.approx(5 / 6 + 1 / 3)
    assert reliability(twice[:2]).low is None


def test_months_are_whole_and_of_people_who_are_scored_in_all(log):
    """30 weeks from 5 January end on 2 August: February to July lie within."""
    made, left_out = months_of(log, FAIR)
    days = [date.fromordinal(int(day)) for day in made.begins]
    assert days == [date(2026, month, 1) for month in range(2, 9)]
    assert (len(made.people), left_out, made.role) == (12, 0, "agent")
    totals = made.marks(FAIR).of("objective")
    assert totals.shape == (1, 6, 12) and np.isfinite(totals).all()
    every_other = made.of((0, 2, 4))
    assert np.array_equal(every_other.shaped(totals)[:, 0], totals[0, ::2])


def test_only_items_with_the_kinds_taken_out_move_and_categories_keep_their_points(log):
    found = calibrate_on_log(log, FAIR)
    moved = {old.name for old, new in zip(FAIR.items, found.rubric.items, strict=True) if old != new}
    assert moved <= set(found.items) == {
        "process_satisfaction", "result_satisfaction", "verified", "resolution", "volume",
    }  # fmt: skip
    assert found.rubric.category_points() == pytest.approx(FAIR.category_points())
    assert found.gain.mean == pytest.approx(found.found.mean - found.present.mean)
    assert (found.months, found.people) == ((3, 3), 12)


def test_the_command_says_that_it_is_not_merit(folder, tmp_path, capsys):
    said = ["rubric", "calibrate", "fair_merge", "--log", folder, "--target", "0.98", "--out", str(tmp_path)]
    assert main([*said, "--json"]) == 1
    made = json.loads(capsys.readouterr().out)
    assert made["maximises"] == "reliability" and set(made["cannot_show"]) == {"seat", "conduct", "validity", "money"}
    assert made["reliability"]["needed"] > made["reliability"]["tickets"]
    assert main(["rubric", "lint", str(tmp_path / "fair_merge_calibrated.toml")]) == 0
    capsys.readouterr()
    assert main([*said, "--lang", "zh"]) == 1
    told = capsys.readouterr().out
    assert "任何门槛都做不到" in told and "不是能力" in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["aftersales_100"], "no item of the rubric has the kinds of the tickets taken out"),
        (["techsupport_4d"], "the rubric has profiles"),
        (["fair_merge", "--role", "agents"], "nobody of the log has role 'agents'; roles: agent"),
        (["fair_merge", "--scenario", "mm1"], "--scenario"),
        (["fair_merge", "--tiers"], "--tiers"),
        (["fair_merge", "--worlds", "5"], "--worlds"),
    ],
)
def test_what_a_log_cannot_do_is_refused_with_its_reason(options, words, folder, capsys):
    assert main(["rubric", "calibrate", *options, "--log", folder]) == 2
    assert words in capsys.readouterr().err


def test_too_few_months_or_people_are_refused():
    short = _log(9)
    with pytest.raises(
        ValueError, match="needs 6 whole months, three to choose in and three to judge in; this one has 1"
    ):
        calibrate_on_log(short, FAIR)


def test_a_rubric_that_compares_what_the_seat_brings_is_refused(log):
    with pytest.raises(ValueError, match="would be those of the seat; calibrate it on a scenario"):
        calibrate_on_log(log, LITERAL)
