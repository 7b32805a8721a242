"""Shrinkage, funnels, wrong tiers, places and early endings: against exact values, by hand, with nothing to find."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from scenarios import load
from sim import fast, sample
from sim.desk import honest
from sim.kpi.funnel import any_false_alarm, binomial_limits, false_alarm, funnel
from sim.kpi.livingston import wrong_tier
from sim.kpi.misclassified import misclass_two_tier
from sim.kpi.ranks import ranks
from sim.kpi.shrinkage import interval, shrunken, variance_between
from sim.kpi.suspicious import at_least, short_and_again
from sim.log import Log
from tests.test_kpi_further import LOG


def record(shared: Path, name: str) -> Any:
    """Return a record of exact values."""
    records = json.loads((shared / "references" / "references.json").read_text("utf-8"))["records"]
    return next(each for each in records if each["id"] == name)


def test_shrinkage_gives_the_published_averages_of_eighteen_players(shared: Path) -> None:
    found = record(shared, "efron_morris")
    seen, known = np.array(found["params"]["hits_of_45"]) / 45, found["values"]
    made = shrunken(seen, np.full(18, np.sqrt(seen.mean() * (1 - seen.mean()) / 45)))
    assert made.centre == pytest.approx(known["grand_mean"], abs=5e-4)
    assert made.kept == pytest.approx(np.full(18, known["shrink_factor"]), abs=5e-4)
    assert made.value == pytest.approx(known["js"], abs=5e-4)
    later = np.array(found["params"]["remainder"])
    assert ((seen - later) ** 2).sum() / ((made.value - later) ** 2).sum() == pytest.approx(known["ratio"], rel=5e-3)


def test_shrinkage_keeps_the_order_of_equal_errors_and_draws_in_whoever_has_few_tickets() -> None:
    """Values 0 1 2 3 10, errors 1: SS / 4 = 62.8 / 4 = 15.7, given up is 2/4 of 1/15.7; with error 9 the 10 falls."""
    value = np.array([0.0, 1, 2, 3, 10])
    even = shrunken(value, np.ones(5))
    assert even.kept == pytest.approx(np.full(5, 1 - 0.5 / 15.7))
    assert (np.diff(even.value) > 0).all() and (interval(even)[0] < even.value).all()
    uneven = shrunken(value, np.array([1.0, 1, 1, 1, 9]))
    assert uneven.value[4] < 7 and uneven.kept[4] < uneven.kept[0]
    assert variance_between(np.array([1.0, 1.1]), np.ones(2)) == 0
    with pytest.raises(ValueError, match="shrinkage needs 4 people or more, got 3"):
        shrunken(value[:3], np.ones(3))


def test_the_error_of_a_shrunken_figure_is_worked_out_by_hand() -> None:
    """0, 1, 3 and 4 with errors of 1: squares about 2 sum to 10, freedom 3, so the variance between is 7/3.

    Given up is (1/3) x 1 / (1 + 7/3) = .1. Squared errors: .9 + 2 x .01 x 4 + .1 / 4 = 1.005 at the ends and
    .9 + 2 x .01 + .025 = .945 within (Morris 1983).
    """
    found = shrunken(np.array([0.0, 1, 3, 4]), np.ones(4))
    assert found.value == pytest.approx([0.2, 1.1, 2.9, 3.8]) and found.kept == pytest.approx([0.9] * 4)
    assert found.error**2 == pytest.approx([1.005, 0.945, 0.945, 1.005])


def test_funnel_limits_have_the_exact_coverage_of_the_record(shared: Path) -> None:
    known = record(shared, "funnel")["values"]
    for name, limits in known["limits"].items():
        share, n = (float(part.split("=")[1]) for part in name.split(","))
        for level, each in limits.items():
            assert binomial_limits(share, int(n), float(level) / 100) == pytest.approx(each["normal"], abs=5e-4)
            assert false_alarm(share, int(n), float(level) / 100) == pytest.approx(each["exact_prob_outside"], abs=1e-9)
    for people, each in known["false_alarm_of_k_staff"].items():
        assert any_false_alarm(int(people)) == pytest.approx(each["l95"])
        assert any_false_alarm(int(people), 0.998) == pytest.approx(each["l998"])


def test_nobody_is_beyond_a_limit_that_is_the_end_of_the_scale() -> None:
    """One in ten of 10 tickets: limits 0 and .286, so only 3 or more lie outside: 1 - .9^10 - .9^9 - .45 x .9^8."""
    assert false_alarm(0.1, 10) == pytest.approx(1 - 0.9**10 - 0.9**9 - 0.45 * 0.9**8)
    assert false_alarm(0.9, 10) == pytest.approx(false_alarm(0.1, 10))


def test_a_funnel_of_five_is_worked_out_by_hand() -> None:
    """z -4 -2 0 2 4, drawn in at the 10 % and 90 % points -3.2 and 3.2: phi = (2 x 10.24 + 2 x 4) / 5 = 5.696.

    w = 1: tau^2 = (5 x 5.696 - 4) / (5 - 1) = 6.12; the limits 1.96 and 3.09 times sqrt(7.12) leave out nobody."""
    found = funnel(np.array([-4.0, -2, 0, 2, 4]), np.ones(5), 0.0)
    assert (found.dispersion, found.between) == (pytest.approx(5.696), pytest.approx(6.12))
    assert found.inner[0] == pytest.approx(1.959964 * np.sqrt(7.12)) and not found.outside.any()
    alone = funnel(np.array([0.1, -0.1] * 10 + [6.0]), np.ones(21), 0.0)
    assert alone.between == 0 and alone.outside.tolist() == [0] * 20 + [2]
    with pytest.raises(ValueError, match="a funnel needs 2 people or more"):
        funnel(np.array([1.0]), np.ones(1), 0.0)


def test_wrong_tiers_from_one_log_agree_with_the_normal_model_where_shares_are_nearly_normal() -> None:
    for reliability in (0.3, 0.5, 0.7, 0.9):
        found = wrong_tier(0.5, 0.03**2 / reliability, reliability, (0.25, 0.75))
        assert found.wrong == pytest.approx(misclass_two_tier(reliability, 0.25).total, abs=1e-3)
        assert found.joint.sum(axis=0) == pytest.approx([0.25, 0.75], abs=1e-6)


def test_wrong_tiers_agree_with_a_simulation_where_shares_are_skewed() -> None:
    """Forty ratings, mean share .85, SD .05, reliability .44: true shares are beta, so half a million draws show it."""
    share, sd, n = 0.85, 0.05, 40
    reliability = sd**2 / (sd**2 + (share * (1 - share) - sd**2) / n)
    found = wrong_tier(share, sd**2 / reliability, reliability, (0.2, 0.6, 0.2))
    assert found.length == pytest.approx(n)
    draw = np.random.default_rng(5)
    weight = share * (1 - share) / sd**2 - 1
    true = draw.beta(share * weight, (1 - share) * weight, 500_000)
    seen = draw.binomial(n, true) + draw.random(500_000)
    tiers = [np.searchsorted(np.quantile(each, (0.2, 0.8)), each) for each in (true, seen)]
    assert found.wrong == pytest.approx(float((tiers[0] != tiers[1]).mean()), abs=0.01)
    assert all(found.joint[place, place] > found.joint[place, other] for place, other in ((0, 2), (2, 0)))
    # Rows are true tiers: the lowest seen as the highest are more than the other way round, .0031 and .0019.
    for one, other in ((0, 2), (2, 0)):
        both = float(((tiers[0] == one) & (tiers[1] == other)).mean())
        assert found.joint[one, other] == pytest.approx(both, abs=4e-4)
    for wrong in ({"reliability": 1.0}, {"shares": (0.5, 0.4)}, {"variance": 0.5}):
        with pytest.raises(ValueError, match=r"must lie in|sum to 1|are not those of"):
            wrong_tier(**{"mean": 0.85, "variance": 0.0057, "reliability": 0.44, "shares": (0.5, 0.5), **wrong})  # type: ignore[arg-type]


def test_people_who_are_far_apart_have_places_of_their_own_and_the_others_share_theirs() -> None:
    """Figures 0, 10, 10.5 and 30 with errors 1: only the middle two cannot be told apart, 5 of 6 pairs can."""
    found = ranks(np.array([0.0, 10, 10.5, 30]), np.ones(4), np.full(4, 50), higher=True)
    assert found.place.tolist() == [4, 3, 2, 1]
    assert (found.low.tolist(), found.high.tolist()) == ([4, 2, 2, 1], [4, 3, 3, 1])
    assert found.told_apart == pytest.approx(5 / 6)
    few = ranks(np.array([0.0, 10, 10.5, 30]), np.ones(4), np.full(4, 3), higher=False)
    assert few.critical > found.critical and few.place.tolist() == [1, 2, 3, 4]
    least = ranks(np.array([0.0, 10, 10.5, 30]), np.ones(4), np.full(4, 50), higher=False)
    assert (least.low.tolist(), least.high.tolist()) == ([1, 2, 2, 4], [1, 3, 3, 4])


def test_places_hold_together_for_all_people_as_often_as_stated() -> None:
    """Two normal figures with known errors: the critical value is that of one difference, 1.96; of ten people 3.16.

    The latter is the studentised range of ten at 95 % with many days, 4.474, over the square root of 2."""
    assert ranks(np.zeros(2), np.ones(2), np.full(2, 10**6), higher=True).critical == pytest.approx(1.96, abs=0.06)
    assert ranks(np.zeros(10), np.ones(10), np.full(10, 10**6), higher=True).critical == pytest.approx(3.16, abs=0.06)


def calls(early: float, seed: int) -> Log:
    """Return a month of six people and 1,800 calls of known learners; one of the six ends so many calls at once."""
    draw = np.random.default_rng(seed)
    n = 1800
    who, learner = draw.integers(0, 6, n), draw.integers(0, 2000, n)
    work = np.maximum(draw.lognormal(5, 0.8, n), 1).astype(int)
    cut = (who == 2) & (draw.random(n) < early)
    work[cut] = 4
    start = np.sort(draw.integers(0, 28 * 86_400, n))
    back = np.flatnonzero(cut & (draw.random(n) < 0.6))
    start = np.concatenate([start, start[back] + 600])
    who, learner = np.concatenate([who, draw.integers(3, 6, len(back))]), np.concatenate([learner, learner[back]])
    work = np.concatenate([work, np.full(len(back), 150)])
    ticket = np.arange(len(start))
    names = [f"p{each}" for each in who]
    touches = pl.DataFrame({
        "ticket": ticket, "person": names, "queued_s": start, "started_s": start, "ended_s": start + work,
        "work_s": work, "ended": "done",
    })  # fmt: skip
    moments = pl.DataFrame({"ticket": ticket, "at_s": start, "number": 0, "what": "created"})
    kind = {"kind": "call", "priority": "normal", "learner": [f"l{each}" for each in learner]}
    return Log.of(
        timeline=LOG.timeline, until_s=29 * 86_400, priorities=("normal",), moments=moments.sort("at_s", "ticket"),
        cases=pl.DataFrame({"ticket": ticket, **kind}), touches=touches.sort("ticket"),
        people=pl.DataFrame({"person": sorted(set(names)), "role": "r"}),
    )  # fmt: skip


def test_who_ends_calls_at_once_is_named_and_nobody_is_in_honest_logs_more_often_than_stated() -> None:
    assert at_least(2, 2, 2, 4) == pytest.approx(1 / 6) and at_least(0, 3, 2, 9) == 1
    found, reason = short_and_again(calls(0.15, 1))
    assert reason is None and [each.person for each in found if each.named] == ["p2"]
    assert found[0].short > 0.1 and (found[0].again or 0) > 0.4 > 0.1 > (found[0].again_after_long or 0)
    # The least of six probabilities counts six times (Holm): worked out anew from the counts.
    n = [each.contacts for each in found]
    short = [round(each.short * each.contacts) for each in found]
    again = round((found[0].again or 0) * short[0])
    later = round((found[0].again_after_long or 0) * (n[0] - short[0]))
    worse = max(at_least(short[0], n[0], sum(short), sum(n)), at_least(again, short[0], again + later, n[0]))
    assert found[0].p == pytest.approx(6 * worse, rel=1e-6)
    assert not any(each.named for seed in range(12) for each in short_and_again(calls(0.0, seed))[0])


def test_who_closes_tickets_early_is_found_by_their_reopenings_and_nobody_on_the_honest_desk() -> None:
    """Call centre: one of six, lin, ends a fifth of the calls early; who was not helped reopens the ticket."""
    desk = load("call_centre").changed(weeks=1)
    found, _ = short_and_again(fast.run(desk, sample(desk, 1))[0])
    assert [each.person for each in found if each.named] == ["lin"]
    assert 0.15 < found[0].short < 0.23 and (found[0].again or 0) > 0.9 > 0.3 > (found[0].again_after_long or 1)
    logs = [fast.run(honest(desk), sample(honest(desk), seed))[0] for seed in range(4)]
    assert not any(each.named for log in logs for each in short_and_again(log)[0])


def test_a_reopening_counts_for_the_contacts_before_it_and_what_is_done_after_it_for_nothing() -> None:
    """By hand: ana has 1 (reopened a day later) and 2 (five days later) of work 100, bo 3 of work 100. Medians are 100.

    The 5 seconds after the reopening of 1 are no contact: nothing is short, and ana's learners are back after 1 of 2.
    """
    day = 86_400
    work = [(1, "ana", 0, 100), (1, "ana", 2 * day, 5), (2, "ana", 0, 100), (3, "bo", 0, 100)]
    touches = pl.DataFrame([
        {"ticket": n, "person": who, "queued_s": at, "started_s": at, "ended_s": at + took, "work_s": took,
         "ended": "done"}
        for n, who, at, took in work
    ])  # fmt: skip
    told = [(0, n, "created") for n in (1, 2, 3)] + [(100, n, "resolved") for n in (1, 2, 3)]
    told += [(day, 1, "reopened"), (2 * day + 5, 1, "resolved"), (5 * day, 2, "reopened")]
    moments = pl.DataFrame(told, schema=["at_s", "ticket", "what"], orient="row").with_row_index("number")
    cases = pl.DataFrame({"ticket": [1, 2, 3], "kind": "a", "priority": "normal", "learner": ["x", "y", "z"]})
    log = Log.of(
        timeline=LOG.timeline, until_s=6 * day, priorities=("normal",), cases=cases, moments=moments, touches=touches
    )
    found = {each.person: each for each in short_and_again(log)[0]}
    assert (found["ana"].contacts, found["ana"].short, found["ana"].again_after_long) == (2, 0, 0.5)
    later = short_and_again(log, reopened_s=6 * day)[0]
    assert {each.person: each.again_after_long for each in later} == {"ana": 1.0, "bo": 0.0}


def test_a_log_without_known_learners_or_of_one_person_says_why_nobody_is_looked_at() -> None:
    log = calls(0.0, 1)
    none = Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, moments=log.moments, people=log.people,
        cases=log.cases.with_columns(learner=pl.lit(None, pl.String)), touches=log.touches,
    )  # fmt: skip
    assert short_and_again(none) == ([], "no contact has both a known work and a known learner")
    for name in ("short", "again_s", "reopened_s", "level"):
        with pytest.raises(ValueError, match=f"{name} must lie above 0"):
            short_and_again(log, **{name: 0})  # type: ignore[arg-type]


def test_the_call_centres_early_endings_are_found_without_being_told(shared: Path) -> None:
    from scenarios.logs import open_log

    log, _, _ = open_log(shared / "data" / "call_centre_1999_02.csv")
    found, _ = short_and_again(log)
    assert found[0].person == "AG18" and found[0].named and found[0].p < 1e-30
    assert (found[0].again or 0) > 0.5 > 0.2 > (found[0].again_after_long or 0)
    assert sum(each.named for each in found) <= 6 and all(one.p <= two.p for one, two in pairwise(found))
