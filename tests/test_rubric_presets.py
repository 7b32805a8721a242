"""The rubrics that come along: sources, switches, and what everybody is judged by."""

import re
from pathlib import Path

import numpy as np
import pytest

from scenarios.cli import main
from scenarios.files.desks import load
from scenarios.files.rubrics import RUBRICS, load_rubric, rubric_names
from scenarios.problems import ScenarioError
from sim.desk import Desk
from sim.experiment import simulate
from sim.kpi.rubric import Rubric, lint, maximum, points_of, score, weighed
from sim.world import sample

OURS = [name for name in rubric_names() if not name.startswith("aftersales_")]
CITED = re.compile(r"R00[0-3]-\d\d")


@pytest.fixture(scope="module")
def log():
    desk = load("academy_small").changed(weeks=5)
    assert isinstance(desk, Desk)
    return simulate(desk, sample(desk, 1))[0]


def test_there_is_a_rubric_for_each_seed():
    assert {"aftersales_100", "techsupport_4d", "training_6d", "learner_service", "fair_merge"} <= set(rubric_names())


@pytest.mark.parametrize("name", rubric_names())
def test_every_item_and_category_cites_its_source(name):
    rubric = load_rubric(name)
    cited = [item.source for item in rubric.items] + [category.source for category in rubric.categories.values()]
    assert all(source and all(CITED.fullmatch(each) for each in source) for source in cited)


@pytest.mark.parametrize("name", rubric_names())
def test_every_label_is_in_both_languages(name):
    labelled: list = []

    def walk(value):
        if isinstance(value, dict):
            if isinstance(value.get("label"), dict) and value["label"]:
                labelled.append(value["label"])
            for each in value.values():
                walk(each)
        elif isinstance(value, list | tuple):
            for each in value:
                walk(each)

    walk(load_rubric(name).model_dump())
    assert len(labelled) > 5 and all(set(label) == {"en", "zh"} for label in labelled)


@pytest.mark.parametrize("name", OURS)
def test_our_own_bands_have_no_hole_no_overlap_and_no_cliff(name):
    found = {each.rule for each in lint(load_rubric(name))}
    assert found.isdisjoint({"hole", "overlap", "cliff", "unreachable", "weights", "double_weight"})


@pytest.mark.parametrize("name", OURS)
def test_a_better_value_never_earns_less(name):
    """Along 400 values from beyond the worst to beyond the best, or towards the ideal."""
    rubric = load_rubric(name)
    for item in (item for item in rubric.items if item.kpi):
        values = np.linspace(item.worst, item.best, 400)
        if item.ideal is not None:
            values = item.ideal + values
        points = points_of(item, values, rubric.policy)
        assert (np.diff(points) >= -1e-12).all() and points[0] == 0 and points[-1] == item.max_points


@pytest.mark.parametrize("name", rubric_names())
def test_a_desk_is_scored_by_every_rubric_that_comes_along(name, log):
    rubric = load_rubric(name)
    frame = score(log, rubric, level=None)
    assert frame["person"].n_unique() == 6 and frame["total"].null_count() == 0
    assert frame["total"].is_between(0, maximum(rubric)).all()
    assert frame["objective_share"].min() > 0.3


def test_three_roles_of_technical_support_have_their_own_periods_and_weights():
    rubric = load_rubric("techsupport_4d")
    assert rubric.cadences_of("front_line") == ("month", "quarter")
    assert rubric.cadences_of("expert") == rubric.cadences_of("manager") == ("quarter", "year")
    assert rubric.profile_of("tech_expert") == "expert" and rubric.profile_of("anybody") == "front_line"
    assert [maximum(rubric, name) for name in rubric.profiles] == [100, 100, 100]
    assert "hard_problems" not in rubric.items_of("front_line") and "hard_problems" in rubric.items_of("expert")


def test_what_the_router_and_the_manager_move_counts_for_managers_alone():
    """Assignment and data-driven decisions are no merit of who works on tickets (A-34)."""
    rubric = load_rubric("training_6d")
    for name in ("teaching", "administration"):
        weights = rubric.weights_of(name)
        assert weights["assignment"] == weights["decision"] == 0
    assert min(rubric.weights_of("manager").values()) > 0


def test_the_merged_proposal_changes_what_it_says_it_changes():
    """Judged 30 points instead of 40; lateness in 2 items instead of 3; learners' ratings 15 points instead of 5."""
    ours, literal = load_rubric("fair_merge"), load_rubric("aftersales_100")

    def points(rubric, wanted):
        return sum(item.max_points for item in rubric.items if wanted(item))

    assert [points(each, lambda item: item.kpi is None) for each in (ours, literal)] == [30, 40]
    late = [next(each for each in lint(rubric) if each.rule == "late_again") for rubric in (ours, literal)]
    assert [each.values["items"].count(",") + 1 for each in late] == [2, 3]
    assert [points(each, lambda item: "csat" in str(item.kpi)) for each in (ours, literal)] == [15, 5]
    assert ours.weights_of(None) == literal.weights_of(None)
    assert [tier.coefficient for tier in ours.tiers] == [tier.coefficient for tier in literal.tiers]
    assert min(ours.category_points().values()) >= 5 and ours.period == "quarter"


def test_special_posts_are_scored_on_their_own_item_beside_the_twelve():
    """Refunds: 90 of the total go by the twelve items and 10 by disputes, of which each 0.01 % takes a tenth."""
    posts, literal = load_rubric("aftersales_posts"), load_rubric("aftersales_100")
    twelve = [item.name for item in literal.items]
    assert posts.items[:12] == literal.items and posts.tiers == literal.tiers
    assert posts.items_of("general") == set(twelve) and posts.weights_of("general") == {
        **literal.weights_of(None), "special": 0.0
    }  # fmt: skip
    own = {"refunds": "refund_disputes", "technical": "independent", "advisers": "second_sales"}
    assert {name: posts.items_of(name) - set(twelve) for name in own} == {name: {item} for name, item in own.items()}
    assert all(posts.weights_of(name)["special"] == 0.1 and maximum(posts, name) == 100 for name in own)
    earned = [
        points_of(posts.item(name), np.array(values), posts.policy).tolist()
        for name, values in (("refund_disputes", [0.0, 0.01, 1.0]), ("independent", [90.0, 70.0, 50.0]))
    ]
    assert earned == [[10, pytest.approx(9.9), 0], [10, pytest.approx(5), 0]]


def test_a_rubric_on_a_base_says_where_it_is_wrong(tmp_path):
    own = tmp_path / "own.toml"
    for text, said in (
        ('base = "aftersales"', r"own\.toml:1:8: base: no rubric is called \"aftersales\"; did you mean"),
        ('base = "aftersales_100"\nperiods = 1', r"own\.toml:2:1: periods: unknown key"),
        ('base = "aftersales_100"\n[change.categories.attitude]\nweight = 0.4', r"own\.toml:3:10: .*to 1, got 1\.1"),
        ('base = "aftersales_100"\n[[items]]\nname = "x"', r"own\.toml:2:3: items\.12.*'category' is missing"),
    ):  # fmt: skip
        own.write_text(text + "\n", "utf-8")
        with pytest.raises(ScenarioError, match=said):
            load_rubric(own)


def test_four_and_six_dimensions_weigh_what_their_items_do():
    """After-sales: replies, resolutions, tasks, volume and discipline, 10 points each, are timeliness."""
    found = weighed(load_rubric("aftersales_100"))[0]
    assert found.four == {
        "timeliness": pytest.approx(0.5), "quality": pytest.approx(0.2), "experience": pytest.approx(0.2),
        "team": pytest.approx(0.1), "unsaid": 0.0,
    }  # fmt: skip
    assert found.six["assignment"] == pytest.approx(0.2) and found.six["collaboration"] == pytest.approx(0.1)
    for name in rubric_names():
        for each in weighed(load_rubric(name)):
            assert sum(each.six.values()) == pytest.approx(1) and sum(each.four.values()) == pytest.approx(1)
            assert each.six["unsaid"] == 0


def test_lint_tells_of_a_rubric_without_a_word_for_the_team(capsys):
    """Learner service asks for nothing that colleagues gain by; the front line of technical support for 5 of 35."""
    found = {name: [e.path for e in lint(load_rubric(name)) if e.rule == "unbalanced"] for name in rubric_names()}
    assert {name: paths for name, paths in found.items() if paths} == {
        "learner_service": [("categories",)], "techsupport_4d": [("profiles", "front_line")],
    }  # fmt: skip
    assert main(["rubric", "map", "training_6d", "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "四个维度" in said and "团队价值" in said


def test_a_role_may_be_put_under_another_profile():
    rubric = load_rubric("techsupport_4d").with_roles({"adviser": "expert", "tech_expert": "front_line"})
    assert rubric.profile_of("adviser") == "expert" and rubric.profile_of("tech_expert") == "front_line"
    with pytest.raises(ValueError, match="no profile 'experts'; did you mean 'expert'"):
        rubric.with_roles({"adviser": "experts"})


def test_score_takes_profiles_from_the_command_line(capsys):
    words = ["score", "academy_small", "--rubric", "techsupport_4d", "--profile", "tech_support=expert"]
    assert main(words) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip().startswith("tech_support#1")]
    assert {line[2] for line in lines} == {"2026", "2026-Q1"}
    assert main(["score", "academy_small", "--rubric", "techsupport_4d", "--profile", "tech_support"]) == 2
    assert "expected ROLE=PROFILE" in capsys.readouterr().err


def test_numbers_that_no_document_states_are_marked_as_assumptions():
    for name in OURS:
        rubric = load_rubric(name)
        assert isinstance(rubric, Rubric) and all("G-01" in item.assumes for item in rubric.items)
        assert "our assumption" in Path(RUBRICS / f"{name}.toml").read_text("utf-8")
