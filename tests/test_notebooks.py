import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import notebooks
from notebooks import calibrate_thresholds, what_if
from optimize.thresholds import Guards
from scenarios import whatif
from scenarios.files.desks import read, read_what_if
from scenarios.files.rubrics import load_rubric
from scenarios.lab import calibration
from scenarios.whatif import Moves
from sim.experiment import differences, paired, simulate
from sim.kpi.rubric import score_tally, tally
from sim.lab import month_of_desk, trials
from sim.lab.seating import seated
from sim.world import sample

NOTEBOOKS = sorted(path for path in Path(notebooks.__file__).parent.glob("*.py") if path.stem != "__init__")


@pytest.fixture(scope="module")
def small():
    """The small academy; its first full month is April 2026, as it starts on 2 March."""
    return read("academy_small")


@pytest.fixture(scope="module")
def rubric():
    return load_rubric("aftersales_100")


@pytest.fixture(scope="module")
def played(small, rubric):
    """Two people of one role, three worlds, both seatings."""
    return trials(small.desk, [rubric], "service_agent", range(1, 4), seatings=2)


def _what_if(moves, lang="en", **defs):
    return what_if.app.run(defs={"moves": moves, "weeks": 1, "seeds": [1, 2], "lang": lang, **defs})


def _change(defs, name):
    return next(row for row in defs["differences"].iter_rows(named=True) if row["name"] == name)


def _shown(outputs):
    return "".join(str(each.text) for each in outputs if hasattr(each, "text"))


# --- the rules of a notebook ----------------------------------------------------------------------------


def test_all_notebooks_are_there():
    assert {"what_if", "calibrate_thresholds", "staffing", "compare_plans"} <= {path.stem for path in NOTEBOOKS}


def test_marimo_finds_nothing_to_complain_about():
    command = [sys.executable, "-m", "marimo", "check", "--strict", *map(str, NOTEBOOKS)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_what_if_in_an_address_cannot_name_a_file_of_the_machine(monkeypatch):
    class Params:
        def to_dict(self):
            return {"scenario": "/etc/passwd", "lang": "zh"}

    monkeypatch.setattr("marimo.query_params", Params)
    _, defs = what_if.app.run(defs={"moves": Moves(), "weeks": 1, "seeds": [1]})
    assert defs["scenario_pick"].value == "academy_small"
    assert defs["lang"] == "zh"


# --- what if? -------------------------------------------------------------------------------------------


def test_more_arrivals_mean_longer_waits_and_busier_people():
    _, defs = _what_if(Moves(volume=1.6))
    assert _change(defs, "wait_mean")["mean"] > 0
    assert _change(defs, "utilisation")["mean"] > 0


def test_fewer_arrivals_mean_less_of_both():
    _, defs = _what_if(Moves(volume=0.6))
    assert _change(defs, "wait_mean")["mean"] < 0
    assert _change(defs, "utilisation")["mean"] < 0


def test_more_heads_cost_more_and_shorten_the_wait():
    _, defs = _what_if(Moves(heads={"adviser_day": 2}))
    assert _change(defs, "cost_total")["mean"] > 0
    assert _change(defs, "wait_mean")["mean"] < 0


def test_without_a_move_nothing_differs_in_any_world():
    outputs, defs = _what_if(Moves())
    assert defs["changes"] == []
    assert set(defs["differences"]["mean"].drop_nulls()) == {0.0}
    assert "compare" not in _shown(outputs)


def test_a_policy_that_is_picked_reaches_the_desk():
    _, defs = _what_if(Moves(policy="longest_idle"))
    assert [tuple(each) for each in defs["changes"]] == [("routing.policy", "priority_fifo", "longest_idle")]


def test_the_page_names_what_it_found_and_the_command_that_plays_it_again():
    outputs, _ = _what_if(Moves(heads={"registry": 1}))
    said = _shown(outputs)
    assert "staff.seats.registry.heads" in said
    assert "fairdesk compare academy_small --weeks 1 --what-if my_what_if.toml" in said
    assert said.count("<svg") == 4


def test_another_language_changes_words_and_no_number():
    english, first = _what_if(Moves(volume=1.3))
    chinese, second = _what_if(Moves(volume=1.3), lang="zh")
    assert first["differences"].equals(second["differences"])
    assert "平均等待时间" in _shown(chinese)
    assert "Mean wait" in _shown(english)
    assert "Mean wait" not in _shown(chinese)


def test_moves_written_to_a_file_make_the_same_desk(small, tmp_path):
    moves = Moves(volume=1.35, heads={"front_day": 2, "registry": 0}, policy="sla_slack")
    path = tmp_path / "mine.toml"
    path.write_text(whatif.as_toml(whatif.what_if(small, moves), "academy_small"), "utf-8")
    assert read_what_if(small, path).desk == whatif.moved(small, moves).desk
    assert read(path).desk == whatif.moved(small, moves).desk


def test_a_seat_group_with_a_chinese_name_survives_the_file():
    made = whatif.as_toml({"change": {"staff": {"seats": {"前台": {"heads": 2}}}}}, "学院")
    assert made == 'base = "学院"\n\n[change.staff.seats."前台"]\nheads = 2\n'


def test_moves_state_only_what_differs(small):
    assert whatif.what_if(small, Moves(heads={"registry": 0}, policy="priority_fifo")) == {}
    assert whatif.what_if(small, Moves(heads={"registry": 1})) == {
        "change": {"staff": {"seats": {"registry": {"heads": 2}}}}
    }


def test_an_unknown_seat_group_is_named(small):
    with pytest.raises(ValueError, match=r"unknown seat group 'registri'; known: adviser_day"):
        whatif.what_if(small, Moves(heads={"registri": 1}))


def test_what_is_played_is_what_an_experiment_measures(small):
    base, other = small.desk.changed(weeks=1), whatif.moved(small, Moves(volume=1.5)).desk.changed(weeks=1)
    told = []
    sides = [whatif.play(desk, [4, 5], ["wait_mean"], on_done=told.append) for desk in (base, other)]
    assert told == [1, 2, 1, 2]
    assert paired(*(side.measured for side in sides)).equals(differences(base, other, [4, 5], ["wait_mean"]))
    assert sides[1].log.cases.height > sides[0].log.cases.height


def test_playing_in_no_world_is_refused(small):
    with pytest.raises(ValueError, match="at least one seed"):
        whatif.play(small.desk, [])


# --- thresholds -----------------------------------------------------------------------------------------


def _calibrated(small, borders, lang="en"):
    # The desk as it is, not doubled: two people of a role, one seating of three worlds.
    rubric = load_rubric("aftersales_100")
    items = [rubric.item(name) for name in ("response", "success")]
    defs = {"desk": small.desk, "small": small, "rubric": rubric, "items": items}
    where = {"role": "service_agent", "worlds": 3, "seatings": 1}
    return calibrate_thresholds.app.run(defs={**defs, **where, "borders": borders, "lang": lang})


def test_easier_response_borders_give_points_and_leave_success_alone(small):
    _, defs = _calibrated(small, {"response": [240, 400], "success": [90, 80]})
    before, after = defs["before"], defs["after"]
    assert (after.points["response"] > before.points["response"]).all()
    assert np.array_equal(after.points["success"], before.points["success"], equal_nan=True)
    assert (after.totals > before.totals).all()


def test_harder_success_borders_take_points(small):
    _, defs = _calibrated(small, {"response": [60, 120], "success": [99, 97]})
    before, after = defs["before"], defs["after"]
    assert (after.points["success"] < before.points["success"]).all()
    assert (after.totals < before.totals).all()


def test_borders_as_written_change_nothing(small):
    outputs, defs = _calibrated(small, {"response": [60, 120], "success": [90, 80]}, lang="zh")
    assert {gap.mean for gap in defs["gaps"].values()} == {0.0}
    assert "能力（人）" in _shown(outputs)
    assert _shown(outputs).count("<svg") == 2


def test_two_equal_borders_are_refused_in_words(small):
    outputs, defs = _calibrated(small, {"response": [90, 90], "success": [90, 80]})
    assert "must not be the same" in _shown(outputs)
    assert "after" not in defs


def test_worlds_scored_again_give_what_a_fresh_count_gives(small, rubric, played):
    moved = calibration.with_borders(rubric, {"response": [30, 200], "success": [75, 60]})
    fresh = trials(small.desk, [moved], "service_agent", range(1, 4), seatings=2)
    again, first = calibration.scored(played, moved), calibration.scored(fresh, moved)
    assert np.array_equal(again.totals, first.totals)
    assert again.shares == first.shares


def test_a_trial_is_the_score_of_its_month(small, played, rubric):
    """The first seating of the second world is played and scored by hand, as `fairdesk score` would."""
    begin, end = date(2026, 4, 1), date(2026, 5, 1)
    assert (played.month.begin, played.month.end) == (begin, end)
    desk, _ = month_of_desk(small.desk)
    log, _ = simulate(seated(desk, "service_agent", played.seats[1, 0].tolist()), sample(desk, seed=2))
    counted = tally(log, rubric, begin=begin, end=end, role="service_agent").in_one(begin)
    direct = score_tally(rubric, counted, level=None).sort(pl.col("person").cast(pl.String))
    made = calibration.scored(played, rubric)
    assert sorted(played.people) == list(played.people)
    assert made.totals[1, 0].tolist() == pytest.approx(direct["total"].to_list(), rel=1e-12)
    assert [rubric.tiers[rank].name for rank in made.tiers[1, 0].tolist()] == [str(tier) for tier in direct["tier"]]


def test_the_four_shares_sum_to_one(played, rubric):
    shares = calibration.scored(played, rubric).shares
    assert shares.person.mean + shares.seat.mean + shares.fit.mean + shares.luck.mean == pytest.approx(1, abs=1e-12)


def test_the_change_of_a_share_is_the_gap_of_its_two_estimates(played, rubric):
    moved = calibration.with_borders(rubric, {"response": [240, 400]})
    before, after = (calibration.scored(played, each) for each in (rubric, moved))
    gap = calibration.change_of_share(before, after, played.seats, "seat")
    assert gap.mean == pytest.approx(after.shares.seat.mean - before.shares.seat.mean)
    assert gap.low < gap.mean < gap.high


def test_moved_borders_keep_the_points_and_the_width_of_a_hole(rubric):
    """As written success reads 90 or more, 80 to 89, below 80: one percent lies between the first two."""
    item = calibration.with_borders(rubric, {"success": [70, 50]}).item("success")
    assert [(band.lower, band.upper) for band in item.bands] == [(70, None), (50, 69), (None, 50)]
    assert item.cuts() == (70, 50)
    assert [band.high_points for band in item.bands] == [band.high_points for band in rubric.item("success").bands]


def test_borders_out_of_order_or_too_few_are_refused(rubric):
    with pytest.raises(ValueError, match="response: borders must be in order"):
        calibration.with_borders(rubric, {"response": [120, 60]})
    with pytest.raises(ValueError, match="response: 2 borders are wanted, got 1"):
        calibration.with_borders(rubric, {"response": [120]})


def test_somebody_without_points_has_no_mean():
    months = np.array([[[1.0, np.nan]], [[4.0, np.nan]]])
    assert calibration.mean_by_person(months) == [2.5, None]


def test_the_program_of_the_thresholds_notebook_runs_when_it_is_asked(small):
    """Two people of a role are too few for a calibration, so its desk has one head more in every seat."""
    desk = whatif.moved(small, whatif.Moves(volume=2.0, heads=dict.fromkeys(small.desk.staff.seats, 1))).desk
    rubric = load_rubric("aftersales_100")
    items = [rubric.item(name) for name in ("response", "success")]
    where = {
        "role": "service_agent",
        "worlds": 3,
        "seatings": 1,
        "lang": "zh",
        "asked": True,
        "guards": Guards(change=0.0, points_change=2.5),
    }
    borders = {"response": [60, 120], "success": [90, 80]}
    defs = {"desk": desk, "small": small, "rubric": rubric, "items": items, "borders": borders}
    outputs, made = calibrate_thresholds.app.run(defs={**defs, **where})
    assert "校准后" in _shown(outputs)
    assert len(made["calibration"].candidates) >= 1
