"""Learners: what a world draws of them, whose tickets they are, and the KPIs of their segments."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from scenarios import load, sources
from scenarios.cli import main
from scenarios.notes import reason_in, rule_in
from sim import fast, model, sample
from sim.desk import Demand, Desk, Kind, Law, LearnerWeights, LifeStage, Population
from sim.fit import fit
from sim.kpi import Book, Switches, count, measure
from sim.kpi.own import OwnKpi
from sim.kpi.parts import count_parts, write_parts
from sim.log import Log, read, write
from sim.notes import Note
from sim.world.learners import NOT_YET, learners_of
from tests.by_hand import always, desk_of, kind
from tests.test_kpi import equal
from tests.test_kpi_further import LOG as PAPER

DAY_MIN = 1440
PEOPLE = Population(
    stages={
        "enquiry": LifeStage(share=0.25), "learning": LifeStage(share=0.5, tenure=always(10 * DAY_MIN)),
        "after_class": LifeStage(share=0.25, tenure=Law(mean_min=400.0 * DAY_MIN)), "graduation": LifeStage(share=0.0),
    },
    courses={"maths": 0.75, "piano": 0.25},
)  # fmt: skip


def told(weights: LearnerWeights | None = None, people: Population = PEOPLE, **demand: Any) -> Desk:
    """Return a desk of ana with 60 tickets a week of one kind."""
    one = kind(learners=weights).changed(per_week=60.0)
    assert isinstance(one, Kind)
    desk = desk_of({"ana": {}})
    return desk.changed(  # type: ignore[return-value]
        demand=Demand(**({"kinds": {"answer": one}, "population": people, "learners": 400} | demand))
    )


def learners(desk: Desk, seed: int = 1) -> pl.DataFrame:
    return model.run(desk, sample(desk, seed))[0].learners


def test_learners_have_stages_courses_and_tenure_in_the_stated_shares() -> None:
    """Of 40,000: each share within 4 standard errors, 4 sqrt(p (1 - p) / n). Who enquires is no learner yet; in their
    course all are since ten days, 864,000 s; after class the mean is 400 days, exponential, whose SD is 400, too.
    """
    made = learners(told(learners=40_000))
    for column, shares in (("stage", {"enquiry": 0.25, "learning": 0.5}), ("course", {"maths": 0.75})):
        for name, share in shares.items():
            found = (made[column].cast(pl.String) == name).mean()
            assert found == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 40_000))
    since = {stage[0]: -rows["joined_s"] for stage, rows in made.group_by(pl.col("stage").cast(pl.String))}
    assert set(since) == {"enquiry", "learning", "after_class"}
    assert since["enquiry"].null_count() == len(since["enquiry"])
    assert set(since["learning"]) == {864_000}
    days = since["after_class"] / 86_400
    assert days.mean() == pytest.approx(400, abs=4 * 400 / np.sqrt(len(days)))


def test_a_learner_belongs_to_the_seed_and_the_number_so_more_of_them_change_none() -> None:
    few, many = learners_of(told().demand, 3), learners_of(told(learners=900).demand, 3)
    assert few is not None and many is not None and len(few) == 400
    for name in ("stage", "course", "joined_s"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:400])
    other = learners_of(told().demand, 4)
    assert other is not None and (other.stage != few.stage).any()


def test_a_population_without_weights_changes_no_ticket() -> None:
    without, beside = (
        sample(told().changed(demand=Demand(kinds=told().demand.kinds, learners=400)), 1),
        sample(told(), 1),
    )  # type: ignore[arg-type]
    for name in ("created_s", "kind", "priority", "learner", "name", "work_ms"):
        np.testing.assert_array_equal(getattr(without, name), getattr(beside, name))


def test_tickets_are_those_of_learners_by_their_weights() -> None:
    """Weights: enquiry 0, piano 3, new (all that are learning) 2. Of the population maths/learning is 0.375 and weighs
    2, piano/learning 0.125 and 6, maths/after class 0.1875 and 1, piano/after class 0.0625 and 3 (few of those are new,
    1 - exp(-30 / 400) = 7 %, and weigh twice). Sum: 0.75 + 0.75 + (0.1875 + 0.1875) x 1.072 = 1.902; so piano has
    (0.75 + 0.201) / 1.902 = 1/2 and learning 1.5 / 1.902 = 0.789.
    """
    weights = LearnerWeights(stages={"enquiry": 0.0}, courses={"piano": 3.0}, new=2.0)
    desk = told(
        weights, learners=40_000, kinds={"answer": told(weights).demand.kinds["answer"].changed(per_week=20_000)}
    )
    world = sample(desk, 1)
    people = learners_of(desk.demand, 1)
    assert people is not None
    stage, course = (getattr(people, name)[world.learner] for name in ("stage", "course"))
    assert "enquiry" not in {people.stages[code] for code in np.unique(stage)}
    n = len(world)
    assert (course == people.courses.index("piano")).mean() == pytest.approx(0.5, abs=0.02 + 2 / np.sqrt(n))
    assert (stage == people.stages.index("learning")).mean() == pytest.approx(0.789, abs=0.02 + 2 / np.sqrt(n))


def test_both_engines_write_the_table_and_it_survives_parquet_and_csv(tmp_path: Path) -> None:
    desk = told()
    world = sample(desk, 1)
    log = fast.run(desk, world)[0]
    assert log == model.run(desk, world)[0] and log.learners.height == 400
    write(log, tmp_path / "log")
    assert read(tmp_path / "log").learners.equals(log.learners)
    sources.write_csv(log, tmp_path / "log.csv")
    back = sources.read(tmp_path / "log.csv")[0].learners
    assert back.with_columns(pl.col("course", "stage").cast(pl.String)).equals(
        log.learners.with_columns(pl.col("course", "stage").cast(pl.String))
    )
    assert log.learners["joined_s"].max() < NOT_YET


def rows(by: str, kpi: str = "resolution_time_mean", log: Log | None = None, **switches: Any) -> dict[str | None, Any]:
    frame = measure(log or with_segments(), [kpi], by=by, book=Book(Switches(**switches)))
    return {row[by]: (row["mean"], row["n"]) for row in frame.to_dicts()}


def with_segments() -> Log:
    """Return the log on paper, L1 and L6 in maths, L2 in piano; L1 is at `learning`, L2 at `enquiry`."""
    more = pl.DataFrame({"learner": ["L1", "L2", "L6"], "course": ["maths", "piano", "maths"],
                         "stage": ["learning", "enquiry", None]})  # fmt: skip
    table = PAPER.learners.drop("course", "stage").join(more, on="learner")
    return Log.of(
        timeline=PAPER.timeline, until_s=PAPER.until_s, priorities=PAPER.priorities, sla=PAPER.sla,
        calendars=PAPER.calendars, learners=table,
        **{name: getattr(PAPER, name) for name in ("cases", "moments", "touches", "shifts", "people")},
    )  # fmt: skip


def test_kpis_are_split_by_course_stage_and_tenure() -> None:
    """New within 30 days are the three tickets of `new_learner_resolution_time_mean` (60, 280 and 370 min, 710 / 3):
    1 and 2 are of L1, in maths, 3 of L2, in piano.
    """
    whole = measure(with_segments(), ["resolution_time_mean"]).row(0, named=True)
    by_course, by_tenure = rows("course"), rows("tenure")
    new = measure(with_segments(), ["new_learner_resolution_time_mean"]).row(0, named=True)
    assert by_tenure["new"] == (pytest.approx(new["mean"]), new["n"]) == (pytest.approx(710 / 3), 3)
    for split in (by_course, by_tenure, rows("life_stage")):
        assert sum(n for _, n in split.values()) == whole["n"]
        assert sum(mean * n for mean, n in split.values() if n) == pytest.approx(whole["mean"] * whole["n"])
    assert rows("tenure", new_days=9)["longer"][1] >= 1
    assert set(by_course) >= {"maths", "piano"}


@pytest.mark.parametrize(
    "kpi", ["wait_served_mean", "backlog_mean", "backlog_age_mean", "work_min_mean", "next_response_mean"]
)
def test_whatever_is_split_by_kind_is_split_by_course(kpi: str) -> None:
    log = with_segments()
    whole = measure(log, [kpi]).row(0, named=True)
    assert sum(n for _, n in rows("course", kpi, log).values()) == whole["n"]


def test_parts_of_a_log_by_learner_merge_to_the_same_segments(tmp_path: Path) -> None:
    desk = told()
    log = fast.run(desk, sample(desk, 1))[0]
    write_parts(log, tmp_path, 3)
    names = ["resolution_time_mean", "tickets_created"]
    equal(count_parts(tmp_path, names, by=("course", "tenure")), count(log, names, by=("course", "tenure")))


def test_a_log_that_does_not_tell_has_no_figure_and_says_why() -> None:
    desk = load("academy_small").changed(weeks=1)
    assert isinstance(desk, Desk)
    log = fast.run(desk, sample(desk, 1))[0]
    for by, reason in (
        ("course", "the log does not say which courses learners take"),
        ("life_stage", "the log does not say at which stage of their life cycle learners are"),
        ("tenure", "the log does not say since when learners have been learners"),
    ):
        frame = measure(log, ["tickets_created"], by=by)
        assert set(frame["mean"]) <= {None} and set(frame["reason"]) == {reason}
        assert reason_in("zh", reason) != reason


def test_one_s_own_kpi_may_ask_for_the_course_of_a_ticket_s_learner() -> None:
    own = OwnKpi(of="tickets", when="created_s", share="course = 'maths' and life_stage = 'learning'")
    made = measure(with_segments(), ["maths"], book=Book(own=(("maths", own),))).row(0, named=True)
    tickets = with_segments().cases["learner"].to_list()
    assert made["mean"] == pytest.approx(tickets.count("L1") / len(tickets))


def test_the_command_line_splits_by_segments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(with_segments(), tmp_path / "log")
    assert main(["kpis", str(tmp_path / "log"), "--kpi", "tickets_created", "--by", "course", "--by", "tenure"]) == 0
    assert "piano" in capsys.readouterr().out


@pytest.mark.parametrize(("make", "said"), [
    (lambda: Population(stages={"learning": LifeStage(share=0.5)}), "the shares of stages must sum to 1, got 0.5"),
    (lambda: Population(stages={"learning": LifeStage(share=1)}, courses={"maths": 0.9}),
     "the shares of courses must sum to 1, got 0.9"),
    (lambda: told(LearnerWeights(stages={"lerning": 2.0})),
     "demand.kinds.answer.learners.stages: unknown life stage 'lerning'; did you mean 'learning'?"),
    (lambda: told(LearnerWeights(courses={"pino": 2.0})),
     "demand.kinds.answer.learners.courses: unknown course 'pino'; did you mean 'piano'?"),
    (lambda: told(LearnerWeights(), population=None),
     "demand.kinds.answer.learners: weights of learners need the table `demand.population`"),
    (lambda: told(learners=20_000_000), "learners: a population has at most 10,000,000 learners, got 20,000,000"),
    (lambda: sample(told(LearnerWeights(new=0.0, courses={"maths": 0.0}), learners=1), 1),
     "demand.kinds.answer.learners: none of the 1 learners of this world has a weight above 0"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_both_languages(make: Any, said: str) -> None:
    with pytest.raises(ValueError) as error:
        make()
    assert said in str(error.value)
    assert any("一" <= letter <= "鿿" for letter in rule_in("zh", said))


def test_a_fit_reads_the_population_from_the_table_of_learners() -> None:
    """Shares are those of the 400; who enquires has no tenure, who learns has one of ten days, all alike."""
    log = fast.run(told(), sample(told(), 1))[0]
    fitted = fit(log)
    people = fitted.desk.demand.population
    assert people is not None and fitted.desk.demand.learners == 400
    assert {name: stage.share for name, stage in people.stages.items()} == {
        name: (log.learners["stage"].cast(pl.String) == name).mean() for name in ("after_class", "enquiry", "learning")
    }
    assert people.courses["maths"] == (log.learners["course"].cast(pl.String) == "maths").mean()
    assert people.stages["enquiry"].tenure is None and people.stages["learning"].tenure == always(10 * DAY_MIN)
    later = people.stages["after_class"].tenure
    since = log.learners.filter(pl.col("stage").cast(pl.String) == "after_class")["joined_s"] / -60
    assert later is not None and later.mean_min == pytest.approx(since.mean())
    assert Note.of("fit.population") in fitted.assumed
