"""The rubrics that come along: sources, switches, and what everybody is judged by."""

import re
from pathlib import Path

import numpy as np
import pytest

from scenarios.cli import main
from scenarios.files import load
from scenarios.rubric_files import RUBRICS, load_rubric, rubric_names
from sim.desk import Desk
from sim.experiment import simulate
from sim.kpi.rubric import Rubric, lint, maximum, points_of, score
from sim.world import sample

OURS = [name for name in rubric_names() if name != "aftersales_100"]
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
