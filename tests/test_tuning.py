"""Tuning: spaces of settings, what explains a figure's variation, the best setting, and the command."""

import json
import math
from functools import cache
from itertools import product

import numpy as np
import pytest
from pydantic import ValidationError

from optimize.goal import Goal
from optimize.selection import kn, ocba
from optimize.sensitivity import sensitivity
from optimize.space import Space, as_it_is, candidates, default_space, settled
from optimize.staffing import CONFIRM_FROM
from optimize.tuning import tune
from scenarios.cli import main
from scenarios.files.desks import load, read, read_what_if
from scenarios.plots.tuning import picture
from scenarios.texts import LANGUAGES
from sim.desk import POLICIES, Dispatch, Law, Policy, Pull, Routing, TicketWeights
from tests.stopping import stopping

SMALL = load("academy_small").changed(weeks=1)


# --- spaces ---


def test_a_candidate_is_one_value_of_each_factor():
    space = Space(policy=("cmu", "sla_slack"), main_only_min=(0, 30), ticket={"warned": (0, 5)})
    found = candidates(space, 100, 1)
    assert space.size() == len(found) == 8
    assert found[1] == {"policy": "cmu", "main_only_min": 0, "ticket.warned": 5}


def test_a_named_policy_keeps_its_name_until_a_weight_is_another():
    named = settled(SMALL, {"policy": "cmu", "main_only_min": 0, "warning_min": 25})
    assert (named.routing.policy, named.sla.warning_min) == ("cmu", 25)
    own = settled(SMALL, {"policy": "cmu", "main_only_min": 20, "person.speed": 7})
    assert own.routing.policy == "custom"
    assert own.routing.custom == POLICIES["cmu"].changed(
        main_only_min=20, person=POLICIES["cmu"].person.changed(speed=7)
    )
    assert own.changed(routing=SMALL.routing) == SMALL


def test_the_desk_as_it_is_has_a_value_for_each_factor():
    space = Space(policy=("cmu",), warning_min=(5,), ticket={"age_s": (1, 2)})
    assert as_it_is(SMALL, space) == {"policy": "priority_fifo", "warning_min": 10, "ticket.age_s": 1}
    own = Routing(policy="custom", custom=Policy(ticket=TicketWeights(age_s=3)))
    assert as_it_is(SMALL.changed(routing=own), space)["ticket.age_s"] == 3
    assert settled(SMALL.changed(routing=own), {"policy": "custom", "ticket.age_s": 3}).routing == own


def test_a_large_space_is_sampled_with_every_value_equally_often():
    space = Space(policy=("cmu", "sla_slack"), main_only_min=tuple(range(8)), warning_min=tuple(range(8)))
    found = candidates(space, 16, 1)
    assert found == candidates(space, 16, 1) != candidates(space, 16, 2)
    assert len(found) <= 16 and {row["main_only_min"] for row in found} == set(range(8))
    assert candidates(space, 128, 1) == candidates(space, 500, 7)


def test_the_default_space_holds_what_the_desk_allows():
    assert default_space(SMALL).warning_min == (10, 60)
    assert "manual_dispatch" not in default_space(SMALL).policy
    by_hand = Dispatch(delay=Law(mean_min=2.0))
    manual = SMALL.changed(routing=Routing(policy="manual_dispatch", dispatch=by_hand))
    assert default_space(manual).policy[0] == "manual_dispatch"
    pulling = SMALL.changed(
        routing=Routing(mode="pull", policy="pull_fifo", pull=Pull(look_around=Law(mean_min=1.0))), sla=None
    )
    assert default_space(pulling).policy == ("pull_fifo", "pull_cherry_pick")
    assert default_space(pulling).warning_min is None and default_space(pulling).main_only_min is None


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"policy": ("sla_slak", "cmu")}, "unknown policy 'sla_slak'; did you mean 'sla_slack'"),
        ({"policy": ()}, "at least 1 item"),
        ({"policy": ("cmu", "cmu")}, "the value 'cmu' stands twice"),
        ({"ticket": {"agee_s": (1,)}}, "unknown weight 'agee_s'; did you mean 'age_s'"),
        ({"persons": {}}, "Extra inputs"),
    ],
)
def test_a_space_that_makes_no_sense_is_refused(space, said):
    with pytest.raises(ValidationError, match=said):
        Space(**space)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"policy": "pull_fifo"}, "policy = pull_fifo: policy 'pull_fifo' belongs to mode"),
        ({"policy": "custom"}, "no weights of its own"),
        ({"ticket.mix": 10**7}, "ticket.mix = 10000000: Input should be less than or equal to 1000000"),
        ({"main_only_min": -1}, "greater than or equal to 0"),
    ],
)
def test_a_setting_that_the_desk_does_not_allow_is_refused_by_its_name(setting, said):
    with pytest.raises(ValueError, match=said):
        settled(SMALL, setting)


def test_a_desk_without_targets_has_no_warnings():
    with pytest.raises(ValueError, match="without service targets has no warnings"):
        settled(SMALL.changed(sla=None), {"warning_min": 5})


# --- sensitivity ---


def grid(*sizes):
    rows = list(product(*(range(size) for size in sizes)))
    return {f"f{k}": [row[k] for row in rows] for k in range(len(sizes))}, np.array(rows)


def test_shares_without_noise_are_worked_out_on_paper():
    """Two factors of two levels, values 0, 2, 6, 12. Mean 5.

    Sums of squares: f0 (1 against 9): 4 x 16 = 64; f1 (3 against 7): 4 x 4 = 16; whole 25 + 9 + 1 + 49 = 84; the
    rest 84 - 64 - 16 = 4. The world adds a number that is common to all and plays no part.
    """
    levels, _ = grid(2, 2)
    values = np.array([[0.0], [2.0], [6.0], [12.0]]) + np.array([[3.0, -1.0, 8.0]])
    found = sensitivity(levels, values)
    assert [found.shares["f0"].mean, found.shares["f1"].mean, found.rest.mean] == pytest.approx(
        [64 / 84, 16 / 84, 4 / 84]
    )
    assert found.variance == pytest.approx(84 / 3)


def test_noise_is_taken_out_of_the_shares():
    """True shares 0.8 and 0.2 under noise as large as the differences: on average over 200 data sets they come out.

    Without taking it out, 8 worlds would leave a fifth of the noise in the third factor, which does nothing.
    """
    levels, rows = grid(3, 2, 2)
    true = 2.0 * (rows[:, 0] - 1) * math.sqrt(1.5 / 4 * 0.8) * 2 + rows[:, 1] * math.sqrt(0.2) * 2.0
    size = [
        np.var([0, 0, 0]),
        np.var(true - rows[:, 1] * math.sqrt(0.2) * 2.0),
        np.var(rows[:, 1] * 2 * math.sqrt(0.2)),
    ]
    rng = np.random.default_rng(1)
    values = [true[:, None] + 1.5 * rng.standard_normal((12, 8)) + 5 * rng.standard_normal(8) for _ in range(200)]
    found = [each for each in (sensitivity(levels, y) for y in values) if each is not None]
    means = [float(np.mean([each.shares[name].mean for each in found])) for name in levels]
    assert means == pytest.approx([size[1] / sum(size), size[2] / sum(size), 0.0], abs=0.02)
    inside = [each.shares["f2"].low <= 0 <= each.shares["f2"].high for each in found]
    assert len(found) > 190 and np.mean(inside) > 0.9


def test_what_cannot_be_told_from_noise_is_not_explained():
    levels, _ = grid(3, 2)
    values = np.random.default_rng(3).standard_normal((6, 10))
    assert sensitivity(levels, values) is None
    with pytest.raises(ValueError, match="2 candidates in 3 worlds"):
        sensitivity(levels, values[:, :2])


def test_a_factor_of_a_sample_is_not_given_what_another_explains():
    """Only f0 matters; in this lopsided sample f1 goes with it, yet it gets nothing."""
    levels = {"f0": [0, 0, 0, 1, 1, 1], "f1": [0, 0, 1, 1, 1, 0]}
    values = np.array([[0.0], [0], [0], [4], [4], [4]]) + np.zeros((1, 4))
    found = sensitivity(levels, values)
    assert found.shares["f1"].mean == pytest.approx(0.0, abs=1e-12)
    assert found.shares["f0"].mean > 0.8


# --- the best of many ---


def policies_in(macro):
    """Twenty policies with a planted best: N(0, 3^2), and 1 and more behind it, half of the variance the world's."""
    drawn = np.random.default_rng([macro, 20]).standard_normal((21, 4000))

    def sampler(system, seeds):
        worlds = np.array(seeds)
        noise = (drawn[1 + system][worlds] + drawn[0][worlds]) / math.sqrt(2)
        return (0.0 if system == 13 else 1.0 + 0.2 * system) + 3.0 * noise

    return sampler


def test_the_planted_best_of_20_policies_is_found_in_fewer_replications_than_equal_shares():
    """Stated probability 95 %. Equal shares, known variances: gap 1 against an error of 3 / sqrt n of the difference.

    With the 1 nearest rivals' bound 19 x P(Z > sqrt(n) / 3) = 5 % at the slippage, equal shares need n = 71 each, 1,420
    in all; 25 choices may be wrong in at most 4 (P of more, at 5 %, is 0.7 %).
    """
    found = [ocba(policies_in(macro), 20, budget=4000, target=0.95) for macro in range(25)]
    assert sum(each.best != 13 for each in found) <= 4
    assert all(each.reached for each in found)
    assert np.mean([each.total for each in found]) < 0.7 * 1420
    dropped = [kn(policies_in(macro), 20, indifference=1.0, first=15, step=5) for macro in range(25)]
    assert sum(each.best != 13 for each in dropped) <= 4
    assert np.mean([each.total for each in dropped]) < 1420


@cache
def tuned(**how):
    space = Space(policy=("priority_fifo", "cmu"), main_only_min=(0, 120))
    return tune(SMALL, Goal.of(["wait_mean"], SMALL), space, worlds=5, **how)


def test_a_time_out_that_keeps_tickets_from_idle_people_is_not_the_best():
    plan = tuned()
    assert plan.settings[0] == {"policy": "priority_fifo", "main_only_min": 0}
    assert plan.best["main_only_min"] == 0 and plan.whole and len(plan.settings) == 4
    assert plan.selection.total == 40 and plan.runs <= 40 + 30
    assert plan.desk.routing.policy == plan.best["policy"]
    assert (plan.status == "none") == (plan.best == plan.settings[0])


def test_a_setting_that_leaves_tickets_undone_is_no_choice():
    """With a time-out of weeks, callbacks wait for a main skill that nobody has; the others wait less."""
    space = Space(main_only_min=(0, 100_000))
    plan = tune(SMALL, Goal.of(["wait_mean"], SMALL), space, worlds=5)
    assert plan.undone == ({"main_only_min": 100_000},)
    assert (plan.status, plan.seen.gain.mean, plan.desk) == ("none", 0.0, SMALL)


def test_a_best_that_leaves_tickets_undone_in_unseen_worlds_is_not_confirmed(monkeypatch):
    """The search is made blind for tickets left undone, so that the setting of above looks best; it would be missed."""
    monkeypatch.setattr("optimize.tuning._Field.left", lambda field: tuple(range(len(field.desks))))
    plan = tune(SMALL, Goal.of(["wait_served_mean"], SMALL), Space(main_only_min=(0, 100_000)), worlds=5)
    assert plan.best == {"main_only_min": 100_000} and plan.seen.gain.certain
    assert plan.seen.undone.certain and plan.status == "unconfirmed"


def test_an_indifference_without_a_budget_stays_below_the_worlds_of_the_confirmation():
    """Two alike policies and hardly any difference that matters: only the limit ends the search, after 30 worlds."""
    space = Space(policy=("priority_fifo", "cmu"))
    plan = tune(SMALL, Goal.of(["wait_mean"], SMALL), space, indifference=1e-9, worlds=5, seed=CONFIRM_FROM - 30)
    assert not plan.selection.reached and plan.selection.total <= 30


def test_an_indifference_asks_for_the_guarantee():
    plan = tuned(indifference=2000.0)
    assert plan.selection.reached and plan.selection.total <= tuned().selection.total


def test_a_tuning_of_one_candidate_is_refused():
    with pytest.raises(ValueError, match="at least two candidates"):
        tune(SMALL, Goal.of(["wait_mean"], SMALL), Space(policy=("cmu",)), worlds=5)


def test_what_somebody_stopped_is_the_best_so_far_which_nothing_confirms():
    """Stopped in the confirmation the choice is as it would have been; in the third look it is between two settings."""
    whole, goal = tuned(), Goal.of(["wait_mean"], SMALL)
    space = Space(policy=("priority_fifo", "cmu"), main_only_min=(0, 120))
    late = tune(SMALL, goal, space, worlds=5, run=stopping(0, CONFIRM_FROM)[0])
    assert (late.status, late.seen, late.selection) == ("interrupted", None, whole.selection)
    assert (late.settings, late.effects, late.whole, late.desk) == (
        whole.settings, whole.effects, True, whole.desk,
    )  # fmt: skip
    early = tune(SMALL, goal, space, worlds=5, run=stopping(12)[0])
    assert (early.status, early.settings, early.whole) == ("interrupted", whole.settings[:2], False)
    assert (early.selection.n, early.effects, early.undone) == ((5, 5), None, ())
    with pytest.raises(KeyboardInterrupt):
        tune(SMALL, goal, space, worlds=5, run=stopping(9)[0])


# --- the command ---


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_that_is_stopped_gives_its_best_and_ends_with_three(lang, space, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("scenarios.commands.common.engine_of", lambda *_: stopping(12)[0])
    words = ["tune", "academy_small", "--space", space, *QUICK, "--lang", lang, "--out", str(tmp_path / "out")]
    assert main([*words, "--workers", "1"]) == 3
    assert {"en": "no unseen world has confirmed", "zh": "尚无未见过的世界予以确认"}[lang] in capsys.readouterr().out
    made = json.loads((tmp_path / "out" / "tune.json").read_text("utf-8"))
    assert (made["plan"]["status"], made["gain"], made["confirmed"]) == ("interrupted", None, {})
    assert len(made["candidates"]) == 2 and (tmp_path / "out" / "tune.svg").exists()


SPACE = 'policy = ["priority_fifo", "cmu"]\nmain_only_min = [0, 120]\n'
QUICK = ["--weeks", "1", "--replications", "5"]


@pytest.fixture
def space(tmp_path):
    (tmp_path / "space.toml").write_text(SPACE, "utf-8")
    return str(tmp_path / "space.toml")


def test_the_command_gives_one_document_whatever_the_workers(space, capsys):
    made = []
    for workers in ("1", "2"):
        words = ["tune", "academy_small", "--space", space, *QUICK, "--workers", workers, "--json"]
        assert main(words) == 0
        made.append(capsys.readouterr().out)
    assert made[0] == made[1]
    found = json.loads(made[0])
    assert found["plan"]["setting"]["main_only_min"] == 0 and found["plan"]["seats"]["front_day"] == 1
    assert found["selection"]["bound"] == "bonferroni" and len(found["candidates"]) == 4
    assert set(found["confirmed"]["wait_mean"]) == {"mean", "low", "high", "n", "met"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_writes_a_plan_and_a_picture_in_both_languages(lang, space, tmp_path, capsys):
    out = tmp_path / lang
    assert main(["tune", "academy_small", "--space", space, *QUICK, "--lang", lang, "--out", str(out)]) == 0
    said, drawn = capsys.readouterr().out, (out / "tune.svg").read_text("utf-8")
    assert ("cannot be told apart" in said) or ("worse" in said) or ("较差" in said)
    assert ("Worse than the best" if lang == "en" else "比最优差") in drawn
    best = json.loads((out / "tune.json").read_text("utf-8"))["plan"]["setting"]["policy"]
    assert read_what_if(read("academy_small"), out / "plan.toml").desk.routing.policy == best


def test_the_picture_is_the_same_each_time_and_marks_the_best():
    plan = tuned()
    names = [str(number) for number in range(len(plan.settings))]
    assert picture(plan, names, "wait_mean", "en") == picture(plan, names, "wait_mean", "en")


@pytest.mark.parametrize(
    ("content", "words", "english", "chinese"),
    [
        ('policy = ["cmuu"]', [], "policy.0: unknown policy 'cmuu'; did you mean 'cmu'?", "未知的派单策略 'cmuu'"),
        ("main_only_min = []", [], "space.toml:1", "space.toml:1"),
        ("main_only = [1]", [], "main_only_min", "main_only_min"),
        ("[ticket]\nage = [1, 2]", [], "did you mean 'age_s'", "未知的权重"),
        ("[ticket]\nage_s = [1, 99999999999]", [], "must be at most 10000000000", "ticket.age_s"),
        ('policy = ["cmu"]', ["--candidates", "2", "--budget", "3"], "two candidates, got 1", "至少要有两个候选"),
        (SPACE, ["--budget", "3"], "takes 20 replications, got 3", "首轮需要 20 次"),
        (SPACE, ["--replications", "2"], "at least 5 worlds", "至少需要 5 个"),
        (SPACE, ["--indifference", "0"], "expected a finite number above 0", "大于 0 的有限数"),
        (SPACE, ["--goal", "wait_men"], "did you mean 'wait_mean'", "wait_mean"),
    ],
)  # fmt: skip
def test_the_command_refuses_bad_input_in_both_languages(content, words, english, chinese, tmp_path, capsys):
    (tmp_path / "space.toml").write_text(content, "utf-8")
    for lang, said in zip(LANGUAGES, (english, chinese), strict=True):
        given = ["tune", "academy_small", "--space", str(tmp_path / "space.toml"), *QUICK, *words, "--lang", lang]
        assert main(given) == 2
        assert said in capsys.readouterr().err
