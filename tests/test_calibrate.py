"""A rubric calibrated on a desk, from menus to a file that other commands read."""

import json
import math

import numpy as np
import pytest

from optimize.thresholds import Guards
from scenarios import load
from scenarios.cli import main
from scenarios.files.rubrics import load_rubric, rubric_names, rubric_text
from scenarios.files.writing import scenario_text
from scenarios.lab.menus import menu_of
from scenarios.lab.thresholds import calibrate
from scenarios.lab.tiers import Totals, tiers_of_desks, with_cuts
from scenarios.lab.verdicts import Scores, needed, pay_costs, validity, validity_gap, verdict
from sim.desk import Desk
from sim.kpi.rubric import Rubric
from sim.lab import Trials, month_of_desk, square, trials

FAIR = load_rubric("fair_merge")
GUARDS = Guards(change=0.1, points_step=4.0, points_change=4.0, least_item=1.0)


def _small(name: str = "calibration_double") -> Desk:
    """Return a calibration desk at a third of its size: 8 people in 4 teams."""
    desk = load(name)
    data = desk.model_dump()
    for kind in data["demand"]["kinds"].values():
        kind["per_week"] /= 3
    for seat in data["staff"]["seats"].values():
        seat["heads"] = 2
    return Desk.model_validate(data)


@pytest.fixture(scope="module")
def small():
    return _small()


@pytest.fixture(scope="module")
def found(small):
    return calibrate([(small, "agent")], FAIR, guards=GUARDS, worlds=3, unseen=3, seatings=2, limits=(1.0,))


def test_what_is_found_keeps_to_the_guards_and_costs_no_more_where_it_was_decided(found):
    moved = {item.name: item.max_points for item in found.rubric.items}
    for item in FAIR.items:
        assert abs(moved[item.name] - item.max_points) <= GUARDS.points_change
    assert found.rubric.category_points() == pytest.approx(FAIR.category_points())
    best, present = min(found.candidates, key=lambda each: each.verdicts[0].money), found.candidates[0]
    assert present.choice is None
    assert best.rubric == found.rubric
    assert best.verdicts[0].money <= present.verdicts[0].money
    assert (best.money, present.money) == (best.verdicts[0].money / present.verdicts[0].money, 1.0)
    assert found.is_valid and not best.gaps


def test_the_program_thinks_its_choice_better_than_the_present_rubric_where_it_was_made(small, found):
    """Every choice of the menu is open to the program, the present one too, whose merit share it must reach."""
    from sim.lab import parts_of

    search = trials(small, [FAIR], "agent", range(1, 4), seatings=2)
    menu = menu_of(FAIR, [search], GUARDS)
    present = [at for at, o in enumerate(menu.offers) if not o.table and o.points == FAIR.item(o.item).max_points]
    made, at = parts_of(menu.points[0], search.seats), np.ix_(present, present)
    choice = found.candidates[1].choice
    assert choice.merit[0] >= made.person[at].sum() / made.whole[at].sum() - 1e-9
    assert choice.proven


def test_workers_change_nothing(small, found):
    from sim.experiment import local

    again = calibrate(
        [(small, "agent")], FAIR, guards=GUARDS, worlds=3, unseen=3, seatings=2, limits=(1.0,),
        executor=local("fast", 2),
    )  # fmt: skip
    assert again.rubric == found.rubric
    assert again.desks == found.desks


def test_on_two_desks_a_rubric_is_held_against_another_and_the_validity_of_both_is_told(small):
    """The nearest candidate is taken where none keeps the validity; the gap is the difference of the two validities."""
    like = _small("calibration_like")
    made = calibrate(
        [(small, "agent"), (like, "agent")], FAIR, against=load_rubric("aftersales_100"),
        guards=Guards(change=0, points_step=4, points_change=4), worlds=3, unseen=3, seatings=2, limits=(1.0,),
        cuts=True,
    )  # fmt: skip
    valid = [each for each in made.candidates if all(gap.mean >= 0 for gap in each.gaps)]
    assert made.is_valid == bool(valid)
    worst = [min(gap.mean for gap in each.gaps) for each in made.candidates]
    best = min(valid, key=lambda each: each.money) if valid else made.candidates[int(np.argmax(worst))]
    assert made.rubric == best.rubric
    for each in made.desks:
        assert each.gap.mean == pytest.approx(each.found.validity - each.against.validity)
        assert each.gap.low <= each.gap.mean <= each.gap.high
    assert made.tiers.cheapest.borders == tuple(sorted(made.tiers.cheapest.borders, reverse=True))
    assert sum(made.tiers.cheapest.shares) == pytest.approx(1)
    agreements = [min(each.choice.agreement) for each in made.candidates[1:]]
    assert agreements == sorted(agreements)


@pytest.mark.parametrize("name", rubric_names())
def test_a_rubric_written_as_a_file_reads_the_same(name, tmp_path):
    rubric = load_rubric(name)
    path = tmp_path / "written.toml"
    path.write_text(rubric_text(rubric), "utf-8")
    assert load_rubric(path) == rubric


def test_the_tickets_that_a_share_needs_follow_spearman_and_brown():
    """Half is merit at 100 tickets: luck must fall to a third for three quarters. Nothing helps where there is none."""
    assert needed(0.5, 0.5, 100.0) == pytest.approx(100)
    assert needed(0.5, 0.75, 100.0) == pytest.approx(300)
    assert needed(0.0, 0.5, 100.0) == math.inf


def test_wrong_tier_money_by_hand():
    """Four people, two tiers of a half each: 1.2 and 0.5, so a wrong tier is 0.7. Pooled, a and b are the best two. In
    one world c takes the place of b, in the other all is right: 2 of 8 months are wrong, 0.175 each on the mean."""
    tiers = tuple(tier for tier in FAIR.tiers if tier.name in "AE")
    rubric = FAIR.changed(tiers=tiers)
    assert isinstance(rubric, Rubric)
    unseen = np.array([[[90.0, 60, 80, 50]], [[90, 80, 60, 50]]])
    seats = np.stack([square(4, 1, index, 1) for index in range(2)])
    _, month = month_of_desk(load("academy_small"))
    made = Trials("role", ("a", "b", "c", "d"), month, range(2), seats, np.array([[[4.0, 3, 2, 1]]] * 2), ())
    scores = Scores(unseen, unseen, np.array([90.0, 75, 65, 50]))
    told = verdict(scores, made, (0.5, 0.5), pay_costs(rubric))
    assert (told.wrong, told.money) == (pytest.approx(2 / 8), pytest.approx(0.7 * 2 / 8))
    assert told.shares == (0.5, 0.5)
    assert validity(unseen, made.values) == pytest.approx(0.9486833)


def test_cheapest_cuts_by_hand_where_the_written_ones_are_wrong():
    """Four people, tiers A 1.2, C 1.0, E 0.5; a deserves A, b and c C, d E, a quarter, a half and a quarter.

    The totals, the same in every month, are 80, 70, 68 and 40. As written (90, 70) a gets C, b C, c and d E: wrong are
    a by 0.2 and c by 0.5, so the money is 0.7 / 4 and half are wrong; pay is (1 + 1 + 0.5 + 0.5) / 4. Cuts between 70
    and 80 and between 40 and 68 are right for all: pay (1.2 + 1 + 1 + 0.5) / 4."""
    totals = np.array([[[80.0, 70, 68, 40]]] * 3)
    scores = Scores(totals, totals, totals[0, 0])
    found = tiers_of_desks(
        [Totals(scores, scores, np.array([[[1, 1, 2, 2]]] * 3))], [(0.25, 0.5, 0.25)], np.array([1.2, 1.0, 0.5])
    )
    assert (found.written.money, found.written.wrong, found.written.pay) == pytest.approx((0.7 / 4, 0.5, 3.0 / 4))
    for cut in (found.kept, found.cheapest):
        assert (cut.money, cut.wrong, cut.pay) == pytest.approx((0, 0, 3.7 / 4))
        assert cut.shares == (0.25, 0.5, 0.25)
    first, second = found.cheapest.borders
    assert 70 < first <= 80 and 40 < second <= 68


def test_tiers_are_cut_anew_without_holes_unless_two_borders_are_one():
    made = with_cuts(FAIR, (88, 75, 66, 51))
    assert [(tier.lower, tier.upper) for tier in made.tiers] == [(88, None), (75, 88), (66, 75), (51, 66), (None, 51)]
    assert [tier.coefficient for tier in made.tiers] == [tier.coefficient for tier in FAIR.tiers]
    assert with_cuts(FAIR, (88, 75, 75, 51)) is None


def test_the_gap_of_two_validities_and_its_interval_by_hand():
    """Four people, three worlds, values 4 3 2 1. One score ranks them so: 1. The other has b and c swapped in the mean:
    1 - 6 x 2 / (4 x 15) = 0.8. Without the first world it agrees as well: the gaps left are 0, 0.2, 0.2, so the
    error is sqrt(2/3 x (0.0178 + 2 x 0.0044)) = 0.1333 and the half width 4.3027 x 0.1333."""
    values = np.array([[[4.0, 3, 2, 1]]] * 3)
    other = np.array([[[4.0, 1.0, 5.0, 0.0]], [[4, 3, 2, 1]], [[4, 3, 2, 1]]])
    found = validity_gap(values, other, values)
    assert found.mean == pytest.approx(0.2)
    assert found.high - found.mean == pytest.approx(4.3027 * 0.13333, rel=1e-3)
    assert validity_gap(values, np.ones_like(values), values).mean is None


@pytest.fixture(scope="module")
def scenario(small, tmp_path_factory):
    path = tmp_path_factory.mktemp("desk") / "small.toml"
    path.write_text(scenario_text(small), "utf-8")
    return str(path)


def test_the_command_writes_a_rubric_that_the_linter_reads_and_says_what_cannot_be_reached(scenario, tmp_path, capsys):
    said = ["rubric", "calibrate", "fair_merge", "--scenario", scenario, "--worlds", "3", "--unseen", "3",
            "--points-change", "2.5", "--change", "0", "--target", "0.98", "--out", str(tmp_path)]  # fmt: skip
    assert main([*said, "--json"]) == 1
    made = json.loads(capsys.readouterr().out)
    assert made["command"] == "rubric calibrate"
    desk = made["desks"][0]
    assert (made["reachable"], made["valid"], desk["needed_tickets"] > desk["tickets"]) == (False, True, True)
    assert {"desks", "frontier", "items"} <= made.keys() and made["tiers"] is None and desk["scenario"] == "small"
    assert set(desk["calibrated"]) == {
        "merit", "seat", "luck", "validity", "money", "wrong", "shares", "least_category",
    }  # fmt: skip
    assert load_rubric(tmp_path / "fair_merge_calibrated.toml").tiers == FAIR.tiers
    assert main(["rubric", "lint", str(tmp_path / "fair_merge_calibrated.toml")]) == 0
    capsys.readouterr()
    assert main([*said, "--lang", "zh", "--tiers"]) == 1
    told = capsys.readouterr().out
    assert "任何门槛都做不到" in told and "错档金额最低" in told
    tiers = load_rubric(tmp_path / "fair_merge_calibrated.toml").tiers
    assert (tiers == FAIR.tiers) == ("两个分界重合" in told)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["calibrate", "fair_merge"], "a calibration needs scenarios (--scenario)"),
        (["calibrate", "fair_merge", "--scenario", "academy_small", "--log", "x"], "--scenario"),
        (["calibrate", "fair_merge", "--log", "no_such_log"], "no_such_log"),
        (["calibrate", "fair_merge", "--scenario", "mm1", "--mapping", "x"], "--mapping"),
        (["calibrate", "fair_merge", "--scenario", "."], "everybody stays in one seat"),
        (
            ["calibrate", "fair_merge", "--scenario", "academy_small"],
            "has too few people (2); a calibration needs 4 or more",
        ),
        (["calibrate", "fair_merge", "--scenario", "academy_small", "--role", "nobody"], "unknown role 'nobody'"),
        (["calibrate", "techsupport_4d", "--scenario", "calibration_like"], "the rubric has profiles"),
        (
            ["calibrate", "fair_merge", "--scenario", "calibration_like", "--target", "1"],
            "--target: expected a share above 0 and up to 0.99",
        ),
        (["calibrate", "fair_merge", "--scenario", "calibration_like", "--worlds", "2"], "3 worlds or more, got 2"),
        (["calibrate", "fair_merge", "--scenario", "mm1", "--scenario", "mm1"], "scenario mm1 was given twice"),
        (["lint", "fair_merge", "--scenario", "mm1", "--scenario", "academy"], "--scenario --scenario"),
        (["lint", "fair_merge", "--unseen", "9"], "--unseen"),
        (["lint", "fair_merge", "--tiers"], "--tiers"),
        (["lint", "fair_merge", "--against", "aftersales_100"], "--against"),
    ],
)
def test_bad_input_is_refused_with_its_reason(options, words, capsys):
    assert main(["rubric", *options]) == 2
    assert words in capsys.readouterr().err


def test_a_volume_over_the_mean_of_the_role_holds_for_the_sums_of_hundreds_of_runs():
    """A person's seconds times the role's weighted tickets pass 2^63 from about 60 runs of 20 people on."""
    from dataclasses import replace

    import polars as pl

    from sim.experiment import simulate
    from sim.kpi.rubric import score_tally, tally
    from sim.world import sample

    desk = load("academy_small")
    counted = tally(simulate(desk, sample(desk, 1))[0], FAIR, role="service_agent")
    much = replace(
        counted, facts=counted.facts.with_columns(pl.col("n") * 100_000),
        duty=counted.duty.with_columns(pl.col("rostered_s") * 100_000),
    )  # fmt: skip

    def volumes(made):
        rows = score_tally(FAIR, made, level=None)["items"].to_list()
        return [next(item["value"] for item in row if item["name"] == "volume") for row in rows]

    assert volumes(much) == pytest.approx(volumes(counted))
