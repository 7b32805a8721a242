"""A desk is fitted to a log: what was put in comes out, and what the log does not tell is said."""

import json
import math
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from scenarios import load
from scenarios.cli import main
from scenarios.files.desks import read as read_scenario
from scenarios.files.writing import scenario_text
from scenarios.notes import in_words
from scenarios.sources import read
from sim import model, sample
from sim.calendar import Timeline
from sim.desk import Desk
from sim.fit import fit
from sim.fit.laws import heavy_law_of, law_of, waits_rate
from sim.fit.routes import way_of
from sim.lab.fidelity import cut, daily, fidelity, rolling, scores, winkler
from sim.log import Log, write
from sim.notes import Note
from tests.test_fast import busybodies

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="module")
def academy():
    return load("academy")


@pytest.fixture(scope="module")
def simulated(academy):
    return model.run(academy, sample(academy, 1))[0]


@pytest.fixture(scope="module")
def fitted(simulated):
    return fit(simulated)


def log_of(rows, touches, until_s, people=("ana",)):
    """Return a log from (ticket, at_s, what) and touches."""
    moments = pl.DataFrame(rows, schema=["ticket", "at_s", "what", "who"], orient="row").with_columns(
        number=pl.int_range(pl.len()).over("ticket")
    )
    tickets = moments["ticket"].unique().sort()
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 2), "UTC"), until_s=until_s, priorities=("high", "low"),
        cases=pl.DataFrame({"ticket": tickets, "kind": "a", "category": "c", "priority": "low"}), moments=moments,
        touches=pl.DataFrame(touches), people=pl.DataFrame({"person": people, "role": "clerk"}),
    )  # fmt: skip


TOUCH = {"person": "ana", "team": "desk", "department": "desk", "skill": "a", "stage": 0}


def test_arrival_rates_are_recovered(academy, fitted):
    """Per week within 15 %, plus four standard errors: surges, special days and busyness move a quarter's mean."""
    for name, kind in academy.demand.kinds.items():
        weeks = academy.weeks
        error = 4 * math.sqrt(kind.per_week * weeks) / weeks
        assert abs(fitted.desk.demand.kinds[name].per_week - kind.per_week) <= 0.15 * kind.per_week + error, name


def test_work_means_are_recovered(academy, simulated, fitted):
    """Within 15 % and four standard errors: reference speed is that of the people there, who differ by about 10 %."""
    seen = simulated.cases["kind"].cast(pl.String).value_counts()
    counts = dict(seen.iter_rows())
    for name, kind in academy.demand.kinds.items():
        for true, found in zip(kind.route, fitted.desk.demand.kinds[name].route, strict=True):
            error = 4 * math.sqrt(true.work.scv / counts[name])
            assert abs(found.work.mean_min / true.work.mean_min - 1) <= 0.15 + error, (name, true.skill)
            assert found.work.law == true.work.law


def test_routes_hand_off_delays_and_questions_are_recovered(academy, fitted):
    for name, kind in academy.demand.kinds.items():
        route = fitted.desk.demand.kinds[name].route
        assert [(s.department, s.skill) for s in route] == [(s.department, s.skill) for s in kind.route]
        for true, found in zip(kind.route, route, strict=True):
            assert (found.handoff is None) == (true.handoff is None)
            if true.handoff is not None:
                assert found.handoff.mean_min == pytest.approx(true.handoff.mean_min, rel=0.25)
            assert found.asks == pytest.approx(true.asks, abs=0.06)


def test_shifts_breaks_wages_and_reopening_are_recovered(academy, fitted):
    def hours(desk):
        seats = desk.staff.seats.values()
        shifts = [(desk.staff.shifts[seat.shift], seat) for seat in seats]
        found = {}
        for shift, seat in shifts:
            key = (seat.role, shift.hours, shift.days, shift.breaks)
            found[key] = found.get(key, 0) + seat.heads
        return found

    assert hours(fitted.desk) == hours(academy)
    wages = {role: set() for role in academy.staff.roles}
    for person in fitted.desk.staff.persons.values():
        wages[person.role].add(round(person.wage_per_h))
    assert {role: {round(r.wage_per_h)} for role, r in academy.staff.roles.items()} == wages
    assert fitted.desk.outcome.reopen_work == pytest.approx(academy.outcome.reopen_work, rel=0.15)
    assert fitted.desk.outcome.close_after_h == pytest.approx(academy.outcome.close_after_h, rel=0.01)


def test_busyness_is_recovered(academy, fitted):
    """A gamma shape from 91 days has a relative error of about 20 %, and surges and special days add to it."""
    assert academy.demand.busyness_shape / 2 < fitted.desk.demand.busyness_shape < academy.demand.busyness_shape * 2


def test_the_same_log_gives_the_same_desk_and_every_assumption_is_a_sentence(simulated, fitted):
    again = fit(simulated)
    assert again.desk == fitted.desk
    assert again.assumed == fitted.assumed
    said = [in_words(note) for note in fitted.assumed]
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in said)


def test_a_log_of_one_ticket_is_fitted():
    """One ticket, worked on for ten minutes: constant work of 599.5 s (half a second is taken off each rounding)."""
    log = log_of(
        [(0, 3600, "created", None), (0, 3700, "reply", "ana"), (0, 4300, "resolved", "ana")],
        [TOUCH | {"ticket": 0, "started_s": 3700, "ended_s": 4300, "work_s": 600, "ended": "done"}], 86_400,
    )  # fmt: skip
    desk = fit(log).desk
    (stage,) = desk.demand.kinds["a"].route
    assert (stage.work.law, stage.work.mean_min) == ("constant", pytest.approx(599.5 / 60, rel=1e-4))
    assert list(desk.staff.persons) == ["ana"]


def test_a_log_without_tickets_or_touches_cannot_be_fitted():
    empty = log_of([(0, 1, "created", None)], [TOUCH | {"ticket": 0}], 10).cases.clear()
    log = log_of([(0, 1, "created", None)], [{**TOUCH, "ticket": 0, "person": None}], 10)
    assert empty.height == 0
    with pytest.raises(ValueError, match="nobody touched"):
        fit(log)


def test_a_lognormal_law_is_recovered_from_times_that_were_cut_off():
    """Mean 30 min and scv 1.5; what ran over 45 min was cut off there."""
    s = math.sqrt(math.log(2.5))
    times = np.exp(np.random.default_rng(5).normal(math.log(1800) - s * s / 2, s, 6000))
    law = law_of(times[times <= 2700], np.full((times > 2700).sum(), 2700.0))
    assert law.law == "lognormal"
    assert law.mean_min == pytest.approx(30, rel=0.06)
    assert law.scv == pytest.approx(1.5, rel=0.15)


def test_exponential_times_keep_their_mean():
    times = np.random.default_rng(6).exponential(600, 4000)
    law = law_of(times)
    assert law.law == "exponential"
    assert law.mean_min == pytest.approx(times.mean() / 60, rel=1e-4)


def test_call_backs_and_wrong_departments_are_no_stages_and_the_fit_says_so() -> None:
    """Two kinds of one stage each, half of whose tickets are sorted wrongly: both are fitted with one stage."""
    desk = busybodies(None)
    log = model.run(desk, sample(desk, 1))[0]
    found = fit(log)
    keys = {note.key: note for note in found.assumed}
    errands = log.touches["reason"].cast(pl.String).is_in(["call_back", "misrouted"]).sum()
    assert keys["fit.errands"] == Note.of("fit.errands", touches=errands)
    assert "fit.third_parties" in keys
    assert {len(kind.route) for kind in found.desk.demand.kinds.values()} == {1}


def test_a_heavy_law_has_the_mean_and_the_median_of_the_sample():
    """Mean 10, median 4: exp(s^2 / 2) = 2.5, so scv = exp(s^2) - 1 = 5.25."""
    law = heavy_law_of(60.0 * np.array([1.0, 2.0, 4.0, 8.0, 35.0]))
    assert (law.mean_min, law.scv) == (10.0, 5.25)


def test_patience_counts_the_waits_of_those_who_were_served():
    """Waits of 10, 20 and 30 s; one left: 60 s of waiting for one who leaves."""
    assert waits_rate(np.array([10.0, 20.0, 30.0]), np.array([False, False, True])) == 60.0
    assert waits_rate(np.array([10.0]), np.array([False])) is None


def test_a_way_names_second_visits_and_counts_later_ones_with_them():
    assert way_of(["a/x", "a/x", "b/y", "a/x", "b/y", "a/x"]) == ("a/x", "b/y", "a/x-again", "b/y-again")


def test_a_cut_log_knows_nothing_of_what_came_later():
    """Cut at 1000: the first ticket is answered and still in work, the second has not come."""
    log = log_of(
        [(0, 100, "created", None), (0, 900, "reply", "ana"), (0, 1500, "resolved", "ana"),
         (1, 1200, "created", None)],
        [TOUCH | {"ticket": 0, "started_s": 900, "ended_s": 1500, "work_s": 600, "ended": "done"},
         TOUCH | {"ticket": 1, "started_s": 1600, "ended_s": 1700, "work_s": 100, "ended": "done"}], 2000,
    )  # fmt: skip
    past = cut(log, 1000)
    assert past.moments["what"].to_list() == ["created", "reply"]
    assert past.touches.select("ticket", "ended_s", "work_s", "ended").rows() == [(0, None, None, None)]
    assert cut(log, 3000) is log


def test_daily_figures_count_every_day():
    """Day 0: two tickets, answered after 10 and 20 minutes; day 1: none; day 2: one that left after 5 minutes."""
    log = log_of(
        [(0, 0, "created", None), (0, 600, "reply", "ana"), (1, 60, "created", None), (1, 1260, "reply", "ana"),
         (2, 172_800, "created", None), (2, 173_100, "left", None)],
        [TOUCH | {"ticket": 0}], 180_000,
    )  # fmt: skip
    assert daily(log).rows() == [(0, 2.0, 15.0), (1, 0.0, None), (2, 1.0, 5.0)]


def test_the_interval_score_is_the_width_plus_the_miss():
    """Band 2 to 4 at 80 %: width 2; a truth of 1 misses by 1, times 2 / 0.2 = 10."""
    assert winkler(3.0, 2.0, 4.0, 0.8) == 2.0
    assert winkler(1.0, 2.0, 4.0, 0.8) == 12.0


def test_the_fitted_desk_behaves_as_the_log():
    """Volume lies within the band of one more period; work per touch within 10 %, ratings within 0.25 points."""
    desk = load("academy_small")
    log = model.run(desk, sample(desk, 3))[0]
    names = ["tickets_created", "work_min_mean", "csat_mean"]
    rows = {row["name"]: row for row in fidelity(log, fit(log).desk, range(4), names).to_dicts()}
    created, work, csat = (rows[name] for name in names)
    assert created["band_low"] <= created["real"] <= created["band_high"]
    assert work["mean"] == pytest.approx(work["real"], rel=0.1)
    assert csat["mean"] == pytest.approx(csat["real"], abs=0.25)


def test_forecasts_are_made_of_the_past_alone():
    """A desk whose future is changed after the origin gets the same forecast of the first week after it."""
    desk = load("academy_small")
    log = model.run(desk, sample(desk, 3))[0]
    later = cut(log, log.timeline.second(desk.start, 1440 * 21))
    whole, short = (rolling(each, range(3)).filter(pl.col("day") < date(2026, 3, 23)) for each in (log, later))
    assert whole.height == 14
    bands = ["day", "name", "low", "high", "naive_low", "naive_high"]
    assert whole.select(bands).equals(short.select(bands))
    told = scores(whole)
    assert told["name"].to_list() == ["tickets", "response_min"]
    assert told["days"].to_list() == [7, 7]


def test_the_naive_band_lies_around_the_same_weekday_a_week_before():
    """Its half is 1.2816 times the root mean square of the differences over a week that are known at the origin."""
    desk = load("academy_small").changed(weeks=3)
    log = model.run(desk, sample(desk, 3))[0]
    days = daily(log)["tickets"].to_numpy()
    half = 1.2816 * np.sqrt(np.mean((days[7:14] - days[:7]) ** 2))
    rows = rolling(log, range(2)).filter(pl.col("name") == "tickets").sort("day")
    assert rows["real"].to_list() == days[14:21].tolist()
    assert rows["naive_low"].to_list() == pytest.approx(np.maximum(days[7:14] - half, 0), rel=1e-3)
    assert rows["naive_high"].to_list() == pytest.approx(days[7:14] + half, rel=1e-3)


def test_a_written_scenario_is_the_same_desk(tmp_path, fitted, academy):
    for number, desk in enumerate((fitted.desk, academy)):
        path = tmp_path / f"{number}.toml"
        path.write_text(scenario_text(desk, ["A note\nin two lines."]), "utf-8")
        assert read_scenario(path).desk == desk


def test_a_title_with_quotes_and_controls_survives_writing(tmp_path):
    desk = load("mm1").changed(title='a "b" \\ c\nd\x07 中文')
    assert isinstance(desk, Desk)
    path = tmp_path / "odd.toml"
    path.write_text(scenario_text(desk), "utf-8")
    assert read_scenario(path).desk == desk


def test_the_command_writes_a_scenario_and_gives_the_keys_of_the_contract(tmp_path, capsys):
    desk = load("academy_small").changed(weeks=2)
    write(model.run(desk, sample(desk, 3))[0], tmp_path / "log")
    argv = ["fit", str(tmp_path / "log"), "--replications", "2", "--workers", "1", "--json"]
    assert main([*argv, "--out", str(tmp_path / "out")]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["scenario"] == "scenario.toml"
    assert {"name", "real", "mean", "low", "high"} <= set(made["fidelity"][0])
    assert made["assumed"]
    desk = read_scenario(tmp_path / "out" / "scenario.toml").desk
    tickets = pl.read_parquet(tmp_path / "log" / "cases.parquet").height
    assert (desk.weeks, desk.title) == (2, f"Fitted to the log log ({tickets:,} tickets)")
    assert main([*argv, "--out", str(tmp_path / "zh"), "--lang", "zh"]) == 0
    capsys.readouterr()
    assert read_scenario(tmp_path / "zh" / "scenario.toml").desk.title == f"由日志 log（{tickets:,} 张工单）拟合"


@pytest.mark.parametrize("name", ["school_support_2025.csv", "call_centre_1999_02.csv"])
def test_a_real_log_is_fitted_and_simulated(name):
    """Volume within a quarter of the real one; the time to the first reply within a factor of two."""
    if not (SHARED / name).exists():
        pytest.skip(f"the real log {name} is not beside this repository")
    log, _ = read(SHARED / name)
    figures = ["wait_mean", "resolution_time_mean", "backlog_mean"]
    found = fidelity(log, fit(log).desk, range(1), ["tickets_created", *figures])
    rows = {row["name"]: row for row in found.to_dicts()}
    assert rows["tickets_created"]["mean"] == pytest.approx(rows["tickets_created"]["real"], rel=0.25)
    for figure in figures:
        assert 0.5 < rows[figure]["mean"] / rows[figure]["real"] < 2, figure
