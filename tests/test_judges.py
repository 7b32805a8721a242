"""Simulated judges: what they see, what their habits do to points, and who cannot be judged."""

import json

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from scenarios import load
from scenarios.cli import main
from scenarios.files.judges import judges_names, load_judges
from scenarios.files.rubrics import load_rubric
from scenarios.judging import appraised
from scenarios.problems import ScenarioError
from scenarios.sources import read
from sim import fast, sample
from sim.kpi.judge_defects import judge_defects
from sim.kpi.rubric import score
from sim.lab.judges import Judge, Judges, Trait, fit_judges, judge, marked, merits
from sim.log.tables import OPTIONAL


@pytest.fixture(scope="module")
def month():
    """Four weeks with ten people in one role, and the rubric of seed 002."""
    desk = load("academy_small").changed(weeks=4)
    staff = desk.staff.changed(
        seats=dict(desk.staff.seats)
        | {
            "service_seat": next(seat for seat in desk.staff.seats.values() if seat.role == "service_agent").changed(
                heads=8
            )
        }
    )
    desk = desk.changed(staff=staff)
    return desk, *fast.run(desk, sample(desk, seed=1)), load_rubric("aftersales_100")


def judged(month, seed=3, **habits):
    """Return the supervisor's forms under some habits."""
    desk, log, truth, rubric = month
    return judge(log, truth, desk, rubric, Judges(sources={"supervisor": Judge(**habits)}), seed)


def test_ideal_judges_give_back_what_people_deserve(month):
    """Rank correlation 1 on every item with merit, and points on a straight line of it: most x (0.5 + 0.1 merit)."""
    desk, log, truth, rubric = month
    ideal = load_judges("ideal")
    rows = judge(log, truth, desk, rubric, ideal, 1).with_columns(pl.col(pl.Enum).cast(pl.String))
    both = rows.join(merits(log, truth, desk, rubric, ideal), on=["person", "period", "item"])
    most = {item.name: item.max_points for item in rubric.items}
    share = both["points"] / both["item"].replace_strict(most)
    assert both.height == rows.height > 0
    assert np.allclose(share, 0.5 + 0.1 * both["merit"], atol=1e-12)
    assert both["merit"].std() > 0.5


def test_merit_is_ability_in_sds_within_the_role(month):
    """Of courtesy alone: the SDs of everybody's mean courtesy from the mean of the role, by truth."""
    desk, log, truth, rubric = month
    found = merits(log, truth, desk, rubric, Judges(traits={"communication": Trait(courtesy=2.0)}))
    mine = found.filter((pl.col("item") == "communication") & (pl.col("period") == "2026-03")).sort("person")
    people = truth.people.with_columns(pl.col("person").cast(pl.String)).filter(
        pl.col("person").is_in(mine["person"].implode())
    )
    for _, own in people.group_by(pl.col("role").cast(pl.String)):
        means = own.group_by("person").agg(pl.col("courtesy").mean()).sort("person")
        x = means["courtesy"].to_numpy()
        want = (x - x.mean()) / x.std() if x.std() > 1e-12 else 0 * x
        got = mine.filter(pl.col("person").is_in(means["person"].implode()))["merit"].to_numpy()
        assert got == pytest.approx(want, abs=1e-5)


def test_nobody_writes_nothing(month):
    desk, log, truth, rubric = month
    rows = judge(log, truth, desk, rubric, load_judges("none"), 1)
    assert rows.is_empty()
    assert rows.columns == list(OPTIONAL["appraisals"])


def test_a_form_depends_on_its_names_and_the_seed_alone(month):
    """Forms of a source stay the same to the last bit beside those of another source; another seed has others."""
    desk, log, truth, rubric = month
    alone = judged(month, noise=0.2)
    both = judge(log, truth, desk, rubric, Judges(sources={"supervisor": Judge(noise=0.2), "self": Judge()}), 3)
    beside = both.filter(pl.col("source").cast(pl.String) == "supervisor")
    assert alone["points"].to_list() == beside["points"].to_list()
    assert alone["points"].to_list() == judged(month, noise=0.2)["points"].to_list()
    assert alone["points"].to_list() != judged(month, seed=4, noise=0.2)["points"].to_list()


def _shares(month, rows):
    most = {item.name: item.max_points for item in month[3].items}
    frame = rows.with_columns(pl.col(pl.Enum).cast(pl.String))
    return frame.with_columns(share=(pl.col("points") / pl.col("item").replace_strict(most)).round(9))


def test_with_halo_all_items_of_a_form_get_the_same_share(month):
    frame = _shares(month, judged(month, halo=1.0, noise=0.1, item_noise=0.3))
    forms = frame.group_by("person", "period").agg(pl.col("share").n_unique())
    assert (forms["share"] == 1).all()
    apart = _shares(month, judged(month, noise=0.1, item_noise=0.3)).group_by("person").agg(pl.col("share").n_unique())
    assert (apart["share"] > 1).all()


def test_leniency_inflation_and_drift_move_everybody(month):
    low, high = (_shares(month, judged(month, leniency=x, sees=0.0))["share"] for x in (0.4, 0.55))
    assert (high - low).to_numpy() == pytest.approx(0.15)
    added = _shares(month, judged(month, leniency=0.4, inflation=0.1, sees=0.0))["share"]
    assert (added - low).to_numpy() == pytest.approx(0.1)


def test_points_fall_with_the_time_held_where_judges_blame_for_it(month):
    log = month[1]
    shares = _shares(month, judged(month, leniency=0.5, sees=0.0, blame=0.1))
    mine = shares.unique(["person", "period"]).filter(pl.col("period") == "2026-03").sort("person")
    held = log.touches.filter(pl.col("person").is_not_null() & pl.col("ended_s").is_not_null()).with_columns(
        pl.col("person").cast(pl.String),
        hold=(pl.col("ended_s") - pl.coalesce("assigned_s", "started_s")).clip(1).log(),
    )
    roles = log.people.select(pl.col("person", "role").cast(pl.String))
    both = mine.join(held.group_by("person").agg(pl.col("hold").mean()), on="person").join(roles, on="person")
    own = both.filter(pl.col("role") == "service_agent")
    assert own.height == 10
    assert own.select(pl.corr("share", "hold")).item() == pytest.approx(-1.0)


def test_marks_are_levels_and_the_ceiling_takes_all_above_it():
    """Of 5 levels: 0.36 is nearest to 0.25 (1.44 steps), 0.375 to 0.5 (1.5 steps); 0.8 is below the ceiling of 0.9."""
    five = Judge(levels=5, ceiling=0.9)
    assert marked(np.array([-0.3, 0.36, 0.375, 0.8, 0.89, 0.9, 1.7]), five).tolist() == [0, 0.25, 0.5, 0.75, 0.75, 1, 1]
    assert marked(np.array([-0.3, 0.36, 1.7]), Judge()).tolist() == [0, 0.36, 1]


def test_forms_that_are_missing_are_as_many_as_stated_and_depend_on_the_points(month):
    assert judged(month, missing=1.0).is_empty()
    whole = judged(month, missing=0.0).height
    runs = [judged(month, seed=seed, missing=0.5, sees=0.3, missing_per_share=-40.0) for seed in range(6)]
    assert 0.25 < sum(rows.height for rows in runs) / (6 * whole) < 0.75
    full = _shares(month, judged(month, sees=0.3))["share"].mean()
    assert min(_shares(month, rows)["share"].mean() for rows in runs) > full


def test_notes_are_pasted_on_forms_with_the_most_points_only(month):
    rows = judged(month, leniency=0.8, sees=0.2, halo=1.0, ceiling=0.8, pasted=1.0)
    full = _shares(month, rows)
    assert (full["reason"].is_not_null() == (full["share"] == 1)).all()
    assert set(full["reason"].drop_nulls()) == {"Did the work perfectly, as ever"}
    assert 0 < full["reason"].null_count() < full.height


def test_peers_are_colleagues_of_the_team_and_never_oneself(month):
    desk, log, truth, rubric = month
    peers = rubric.changed(sources={"peer": 1.0})
    rows = judge(log, truth, desk, peers, Judges(sources={"peer": Judge(authors=3)}), 1)
    forms = rows.with_columns(pl.col(pl.Enum).cast(pl.String)).unique(["person", "period", "author"])
    assert (forms["person"] != forms["author"]).all()
    counts = forms.group_by("person", "period").len()["len"]
    assert counts.max() == 3
    teams = dict(log.people.select(pl.col("person", "team").cast(pl.String)).iter_rows())
    assert all(teams[person] == teams[author] for person, author in forms.select("person", "author").iter_rows())


def test_judged_people_get_points_for_every_item_that_people_judge(month):
    """The total then rests on all 100 points; what the log decides alone stays as it was without judges."""
    desk, log, truth, rubric = month
    scored = score(appraised(log, truth, desk, (rubric,), load_judges("ideal"), 1), rubric, level=None)
    bare = score(log, rubric, level=None)
    assert scored["objective"].to_list() == bare["objective"].to_list()
    judged_items = [item.name for item in rubric.items if item.kpi is None]
    for row in scored.filter(pl.col("total").is_not_null()).iter_rows(named=True):
        points = {item["name"]: item["points"] for item in row["items"]}
        assert all(points[name] is not None for name in judged_items)


def test_score_takes_judges_by_name(capsys):
    assert main(["score", "academy_small", "--judges", "ideal", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["inputs"]["judges"]["name"] == "ideal"
    items = {item["name"]: item for item in told["people"][0]["items"]}
    assert items["communication"]["points"] == pytest.approx(7.5)
    assert told["set_aside"] == {}


# --- the judges fitted to a manager ------------------------------------------------------------------


def _appraisals(month, habits, seeds):
    """Return the supervisor's forms of the ten people of one role, each seed a month of its own."""
    desk, log, truth, rubric = month
    parts = []
    for seed in range(seeds):
        rows = judge(log, truth, desk, rubric, Judges(sources={"supervisor": habits}), seed)
        rows = rows.with_columns(pl.col(pl.Enum).cast(pl.String))
        year, number = divmod(seed, 12)
        mine = rows.filter(pl.col("person").str.starts_with("service_agent") & (pl.col("period") == "2026-03"))
        parts.append(mine.with_columns(period=pl.lit(f"{2026 + year}-{number + 1:02d}")))
    return pl.concat(parts)


def test_the_default_is_what_a_manager_gave(shared):
    """Fitted again, figure by figure; `leniency_sd`, `results` and `memory` no single manager's marks can tell."""
    log, _ = read(shared / "data" / "manager_rubric_2022H1.csv")
    found = fit_judges(log.appraisals, log)["supervisor"]
    stated = load_judges("default").sources["supervisor"]
    untold = {"leniency_sd": 0.0, "results": 0.0, "memory": 0.0}
    assert stated.model_dump() | untold == pytest.approx(found.model_dump(), abs=0.0015)


def test_default_judges_give_back_halo_ceiling_and_missing_forms(month):
    """Within 3, 6 and 1 points of 93.5 %, 60 % and 1.5 % (393 turns, 6 without marks), in 600 forms of ten people.

    Three items are looked at, as the manager had three: more items agree by chance less often.
    """
    habits = load_judges("default").sources["supervisor"].changed(leniency_sd=0.0)
    three = pl.col("item").is_in(["communication", "learning", "cooperation"])
    rows = _appraisals(month, habits, 60).filter(three)
    found = dict(
        judge_defects(rows, most={item.name: item.max_points for item in month[3].items})
        .filter((pl.col("part") == "all") & pl.col("what").is_null())
        .select("defect", "value")
        .iter_rows()
    )
    assert found["halo"] == pytest.approx(0.935, abs=0.03)
    assert found["ceiling"] == pytest.approx(0.60, abs=0.06)
    assert 1 - rows.unique(["person", "period"]).height / 600 == pytest.approx(6 / 393, abs=0.01)


def test_a_fit_finds_planted_habits(month):
    """Of 400 forms: leniency and noise within 0.06, halo within 0.08; people differ by merit and noise alone."""
    planted = Judge(leniency=0.55, sees=0.15, noise=0.15, item_noise=0.25, halo=0.6, ceiling=0.9, levels=5, pasted=0.5)
    found = fit_judges(_appraisals(month, planted, 40), most={item.name: item.max_points for item in month[3].items})
    got = found["supervisor"]
    assert (got.leniency, got.noise, got.sees) == pytest.approx((0.55, 0.15, 0.15), abs=0.06)
    assert got.halo == pytest.approx(0.6, abs=0.08)
    assert got.pasted == pytest.approx(0.5, abs=0.25)
    assert got.levels == 5


# --- bad input ---------------------------------------------------------------------------------------


def test_a_fit_needs_enough_forms(month):
    with pytest.raises(ValueError, match="at least 50 forms, got 30"):
        fit_judges(_appraisals(month, Judge(), 3))


@pytest.mark.parametrize(
    "stated, said",
    [
        ({"sources": {"boss": {}}}, "Input should be 'self', 'supervisor'"),
        ({"sources": {"self": {"halos": 0.5}}}, "Extra inputs"),
        ({"sources": {"self": {"halo": 1.5}}}, "less than or equal to 1"),
        ({"sources": {"self": {"noise": -0.1}}}, "greater than or equal to 0"),
        ({"sources": {"self": {"levels": 1}}}, "at least 2, got 1"),
        ({"traits": {"tone": {}}}, "needs a weight above 0"),
    ],
)
def test_judges_that_make_no_sense_are_refused(stated, said):
    with pytest.raises(ValidationError, match=said):
        Judges.model_validate_json(json.dumps(stated))


def test_a_rubric_without_judged_items_needs_no_judges(month):
    desk, log, truth, rubric = month
    decided = tuple(item for item in rubric.items if item.kpi is not None)
    kept = {item.category: rubric.categories[item.category].changed(weight=1 / 3) for item in decided}
    with pytest.raises(ValueError, match="leaves no item to people"):
        judge(log, truth, desk, rubric.changed(items=decided, categories=kept), load_judges("ideal"), 1)
    with pytest.raises(ValueError, match="nobody of hr is asked by the rubric, which asks self, supervisor"):
        judge(log, truth, desk, month[3], Judges(sources={"hr": Judge()}), 1)


def test_a_file_of_judges_says_where_it_is_wrong(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[sources.supervisor]\nhalo = 2.0\n")
    with pytest.raises(ScenarioError, match=r"mine\.toml:2:8: sources\.supervisor\.halo"):
        load_judges(file)
    with pytest.raises(ScenarioError, match="did you mean 'ideal'"):
        load_judges("idael")
    assert set(judges_names()) == {"default", "ideal", "none"}


def test_a_log_is_not_judged_by_simulated_judges(tmp_path, capsys):
    (tmp_path / "log.csv").write_text("a\n1\n")
    assert main(["score", str(tmp_path / "log.csv"), "--judges", "ideal"]) == 2
    assert "need a scenario" in capsys.readouterr().err
    assert main(["score", "academy_small", "--judges", "ideal", "--appraisals", str(tmp_path / "log.csv")]) == 2
    assert "choose one" in capsys.readouterr().err
