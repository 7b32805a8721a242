"""What each habit of judges does to scores, by judging the same months with it and without."""

import json

import polars as pl
import pytest

from scenarios import load
from scenarios.cli import main
from scenarios.files.rubrics import load_rubric
from sim import fast, sample
from sim.lab.judged import WITHOUT, habits
from sim.lab.judges import Judge, Judges, aspects, basis_of, cells_to_judge, stated


@pytest.fixture(scope="module")
def desk():
    """The small academy with four people at the front desk."""
    made = load("academy_small").changed(weeks=4)
    seats = dict(made.staff.seats)
    seats["front_day"] = seats["front_day"].changed(heads=3)
    return made.changed(staff=made.staff.changed(seats=seats))


def found_of(desk, worlds=2, **sources):
    judges = Judges(sources={name: Judge(**each) for name, each in sources.items()})
    return habits(desk, load_rubric("aftersales_100"), judges, "service_agent", worlds, run=fast.run)


def test_ten_points_more_from_oneself_are_two_points_more_in_all(desk):
    """A-09: self counts 20 %. People judge 40 of 100 points: a tenth of them more from oneself is 0.2 x 4 = 0.8 in all.

    Nobody gains more than another, and nobody's place changes.
    """
    found = found_of(desk, self={"inflation": 0.1}, supervisor={"sees": 0.1})
    inflation = next(each for each in found.habits if each.name == "inflation")
    assert inflation.points.mean == pytest.approx(0.8)
    assert inflation.between.mean == pytest.approx(0.0, abs=1e-9)
    assert inflation.merit.mean == pytest.approx(0.0, abs=1e-9)


def test_a_lenient_supervisor_gives_everybody_the_same_more(desk):
    """Leniency of 0.7 instead of 0.5, weight 0.8 of 40 points, and self the same: 0.2 x 40 = 8 points."""
    found = found_of(desk, self={"leniency": 0.7}, supervisor={"leniency": 0.7})
    assert [each.name for each in found.habits] == ["leniency"]
    assert found.habits[0].points.mean == pytest.approx(8.0)
    assert found.people == 4


def test_noise_takes_merit_out_of_points_and_its_absence_leaves_it_whole(desk):
    """Without noise, points are in the order of merit but for items that nobody's ability decides."""
    found = found_of(desk, 3, supervisor={"noise": 0.3, "sees": 0.05})
    noise = next(each for each in found.habits if each.name == "noise")
    assert noise.merit.mean > 0.2
    assert noise.merit.mean + found.merit.mean == pytest.approx(1.0, abs=1e-9)


def test_judges_without_habits_have_none(desk):
    found = found_of(desk, supervisor={"leniency": 0.5})
    assert found.habits == ()
    assert found.merit.mean == pytest.approx(1.0)


def test_memory_weighs_the_last_two_weeks(desk):
    """A form is leniency + results x ((1 - memory) x whole period + memory x last two weeks), each in SDs: by hand."""
    log, truth = fast.run(desk, sample(desk, 3))
    rubric = load_rubric("aftersales_100")
    judges = Judges(sources={"supervisor": Judge(leniency=0.5, sees=0.0, results=0.1, memory=0.25)})
    rows = stated(basis_of(log, truth, desk, rubric, judges), rubric, judges, 1)
    cells = cells_to_judge(log, desk, rubric)
    shown = cells.with_columns(aspects(log, truth, cells, desk).select("held", "recent"))
    want = shown.select("person", "period", share=0.5 + 0.1 * (0.75 * pl.col("held") + 0.25 * pl.col("recent")))
    got = rows.with_columns(pl.col(pl.Enum).cast(pl.String)).filter(pl.col("item") == "communication")
    both = got.join(want, on=["person", "period"])
    assert (both["points"] / 15).to_list() == pytest.approx(both["share"].to_list())
    assert both["share"].n_unique() > 2


def test_drift_makes_later_months_stricter(desk):
    """Two periods, April beginning 30 days after March (the first with a shift on 2 March, the second on 1 April)."""
    longer = desk.changed(weeks=9)
    log, truth = fast.run(longer, sample(longer, 3))
    rubric = load_rubric("aftersales_100")
    judges = Judges(sources={"supervisor": Judge(leniency=0.6, sees=0.0, drift=-0.06)})
    rows = stated(basis_of(log, truth, longer, rubric, judges), rubric, judges, 1)
    means = rows.with_columns(pl.col(pl.Enum).cast(pl.String)).filter(pl.col("item") == "communication")
    shares = dict(means.group_by("period").agg(pl.col("points").mean() / 15).iter_rows())
    assert shares["2026-03"] == pytest.approx(0.6)
    assert shares["2026-04"] == pytest.approx(0.6 - 0.06)


def test_leniency_of_an_author_is_the_same_for_all_whom_the_author_judges(desk):
    log, truth = fast.run(desk, sample(desk, 3))
    rubric = load_rubric("aftersales_100")
    judges = Judges(sources={"supervisor": Judge(leniency=0.5, sees=0.0, leniency_sd=0.1)})
    rows = stated(basis_of(log, truth, desk, rubric, judges), rubric, judges, 1).filter(pl.col("points").is_not_null())
    rows = rows.with_columns(pl.col(pl.Enum).cast(pl.String)).filter(pl.col("item") == "communication")
    by_author = rows.group_by("author").agg(pl.col("points").n_unique())
    assert (by_author["points"] == 1).all()
    assert rows["points"].n_unique() == by_author.height > 1


def test_peers_judge_what_colleagues_need(desk):
    """R003-35: under the profile of experts, help and diagnosis get points from colleagues of the team."""
    rubric = load_rubric("techsupport_4d").with_roles({"service_agent": "expert"}).changed(period="month")
    log, truth = fast.run(desk, sample(desk, 3))
    judges = Judges(sources={"peer": Judge(authors=2)})
    rows = stated(basis_of(log, truth, desk, rubric, judges), rubric, judges, 1)
    rows = rows.with_columns(pl.col(pl.Enum).cast(pl.String))
    assert set(rows["item"]) == {"prompt_help", "right_diagnosis"}
    assert set(rows["source"]) == {"peer"}
    assert all(person.startswith("service_agent") for person in {*rows["person"], *rows["author"]})
    assert (rows["person"] != rows["author"]).all()


def test_every_habit_can_be_left_out():
    for name, change in WITHOUT.items():
        assert set(change) <= set(Judge.model_fields), name


def test_the_command_tells_what_habits_do(capsys):
    words = [
        "rubric",
        "judges",
        "aftersales_100",
        "--scenario",
        "academy_small",
        "--worlds",
        "2",
        "--judges",
        "default",
    ]
    assert main([*words, "--role", "service_agent", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["role"] == "service_agent"
    assert {row["name"] for row in told["habits"]} >= {"leniency", "halo", "blame", "inflation"}
    assert main([*words, "--role", "nobody"]) == 2
    assert "unknown role 'nobody'" in capsys.readouterr().err


def test_too_few_worlds_are_refused(desk):
    with pytest.raises(ValueError, match="worlds must be at least 2, got 1"):
        found_of(desk, 1, supervisor={})
