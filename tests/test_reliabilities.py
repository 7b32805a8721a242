"""Rows of people, what the mix lets expect, and reliability by several estimators."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sim.kpi.casemix import compared_with_nobody, cross_fitted
from sim.kpi.estimators import beta_weight, reliabilities, tickets_for
from sim.kpi.observed import Observed, figures, of_rows
from sim.kpi.shown import cases, shown, stints, why_none
from tests.test_kpi_further import LOG


def planted(seed: int, *, people: int = 24, n: int = 188, sd: float = 0.05, days: int = 28) -> Observed:
    """Return rows of people whose shares are 0.72 with this SD: with 0.05 and 188 rows the reliability is 0.70."""
    draw = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), n)
    share = np.clip(0.72 + sd * draw.standard_normal(people), 0, 1)
    rows = {"ticket": np.arange(people * n), "person": [f"p{each:03}" for each in person], "kind": "a"}
    made = pl.DataFrame(
        {**rows, "day": draw.integers(0, days, people * n), "y": draw.random(people * n) < share[person], "x": 1}
    )
    return of_rows(made, "planted", better="higher")


def test_every_estimator_finds_the_planted_reliability_within_its_interval() -> None:
    """Variance between people .0025, of noise (.72 x .28 - .0025) / 188: .0025 over the sum of both is .7024."""
    found = {each.estimator: each for each in reliabilities(planted(1, people=60))}
    assert set(found) == {"signal_noise", "split_half", "beta_binomial", "anova", "periods"}
    for each in found.values():
        assert each.low is not None and each.high is not None and each.low < 0.70 < each.high
        assert each.people == 60 and each.tickets == pytest.approx(188)
        assert each.tickets_for[2] == pytest.approx(each.tickets_for[0] * (9 / (7 / 3)))  # type: ignore[operator]


def test_the_signal_of_two_days_is_worked_out_by_hand() -> None:
    """Three people, two days of one row each: 1 2, 3 4, 5 8. Values 1.5, 3.5, 6.5, variance 19/3; errors: leaving out a
    day gives 2 and 1, so sqrt(1/2 x (.25 + .25)) = .5, .5 and 1.5; mean square 2.75/3. (19 - 2.75)/19 = .8553.
    """
    rows = pl.DataFrame({
        "ticket": range(6), "person": list("aabbcc"), "kind": "k", "day": [0, 1] * 3, "y": [1, 2, 3, 4, 5, 8], "x": 1,
    })  # fmt: skip
    made = of_rows(rows, "hand", least=2)
    assert figures(made).error == pytest.approx([0.5, 0.5, 1.5])
    found = {each.estimator: each for each in reliabilities(made)}
    assert found["signal_noise"].value == pytest.approx((19 - 2.75) / 19)
    assert (found["periods"].value, found["periods"].reason) == (None, "fewer than two whole weeks are seen")
    assert found["beta_binomial"].reason == "rows are not yes or no"


def test_one_way_analysis_gives_the_published_coefficients(shared: Path) -> None:
    """The four ratings of six targets as rows: ICC(1,4) of the record, and its ICC(1,1) by Spearman and Brown."""
    records = json.loads((shared / "references" / "references.json").read_text("utf-8"))["records"]
    record = next(each for each in records if each["id"] == "shrout_fleiss")
    data = record["params"]["data"]
    rows = pl.DataFrame({
        "ticket": range(24), "person": [f"t{at}" for at in range(6) for _ in range(4)], "kind": "k",
        "day": list(range(4)) * 6, "y": [each for row in data for each in row], "x": 1,
    })  # fmt: skip
    found = next(each for each in reliabilities(of_rows(rows, "ratings", least=2)) if each.estimator == "anova")
    assert found.value == pytest.approx(record["values"]["ICC14"], abs=5e-4)
    assert found.value / (4 - 3 * found.value) == pytest.approx(record["values"]["ICC11"], abs=5e-4)  # type: ignore[operator]


def hand(person: str, day: list[int], y: list[int]) -> Observed:
    """Return rows of one kind, a person per letter."""
    rows = {"ticket": range(len(y)), "person": list(person), "kind": "k", "day": day, "y": y, "x": 1}
    return of_rows(pl.DataFrame(rows), "hand", least=2)


def test_people_with_unequal_numbers_of_rows_are_analysed_by_hand() -> None:
    """Rows 1 3, 4 6 and 5 7 9 7: between 8 + 50 + 196 - 42^2 / 8 = 33.5, over 2; within 2 + 2 + 8 = 12, over 5.

    A mean square between is one of means of n0 = (8 - 24 / 8) / 2 = 2.5 rows: person (16.75 - 2.4) / 2.5 = 5.74. Noise
    of a mean: 2.4 (1/2 + 1/2 + 1/4) / 3 = 1. So 5.74 / 6.74, of 3 / 1.25 = 2.4 rows.
    """
    made = hand("aabbcccc", [0, 1, 0, 1, 0, 1, 2, 3], [1, 3, 4, 6, 5, 7, 9, 7])
    found = next(each for each in reliabilities(made) if each.estimator == "anova")
    assert found.value == pytest.approx(5.74 / 6.74) and found.tickets == pytest.approx(2.4)


def test_weeks_that_somebody_missed_are_worked_out_by_hand() -> None:
    """Three weeks of four people, the last without d. Off the week's mean: -3 -1 1 3; -1 -1 1 1; -3 0 3.

    Squares 20 + 4 + 18 = 42 over 3 + 3 + 2 = 8 degrees of freedom; products of two weeks 8 + 12 + 6 = 26 over
    3 + 2 + 2 = 7. A week: (26 / 7) / (42 / 8); of three: 3 w / (1 + 2 w).
    """
    made = hand("abcdabcdabc", [0] * 4 + [7] * 4 + [20] * 3, [1, 3, 5, 7, 2, 2, 4, 4, 0, 3, 6])
    found = next(each for each in reliabilities(made) if each.estimator == "periods")
    week = (26 / 7) / (42 / 8)
    assert found.value == pytest.approx(3 * week / (1 + 2 * week))


def test_people_who_do_not_differ_have_no_reliability_and_no_number_of_tickets_helps() -> None:
    found = {each.estimator: each for each in reliabilities(planted(3, sd=0.0, people=40, n=60))}
    assert all(abs(each.value or 0) < 0.45 for each in found.values())
    assert tickets_for(-0.1, 60, 0.7) is None
    assert beta_weight(np.array([3, 4]), np.array([4, 4])) > 1000  # type: ignore[operator]


def test_where_people_look_more_alike_than_luck_makes_them_no_interval_pretends_to_be_sure() -> None:
    """Six people, each with a yes on every second day: shares do not differ at all, so the weight is the largest."""
    made = hand("abcdef" * 20, [at // 6 for at in range(120)], [at // 6 % 2 for at in range(120)])
    found = {each.estimator: each for each in reliabilities(made)}["beta_binomial"]
    assert found.value == pytest.approx(0, abs=1e-4) and (found.low, found.high) == (None, None)


def test_a_log_of_one_person_and_a_target_of_one_are_told_so() -> None:
    alone = planted(1, people=1, n=40)
    assert {each.reason for each in reliabilities(alone)} == {
        "fewer than 3 people have figures with errors", "fewer than 3 people have figures of both halves"
    }  # fmt: skip
    with pytest.raises(ValueError, match="a target reliability must lie in"):
        reliabilities(alone, targets=(1.0,))
    with pytest.raises(ValueError, match="least must be 2 rows or more, got 1"):
        of_rows(pl.DataFrame(), "x", least=1)


def test_what_is_expected_comes_from_other_folds_and_from_the_finest_cell_with_ten_of_them() -> None:
    """Two folds of 15 rows, 5 + 10 and 10 + 5 in cells 0 and 1; y is 1 in cell 0. Fold 0 from fold 1: 1 in cell 0, the
    whole fold's 10/15 in cell 1, as it has but five rows there. Fold 1 from fold 0: 5/15 and 0. The sum, 15, is kept.
    """
    fold = np.repeat([0, 1], 15)
    cell = np.concatenate([np.repeat([0, 1], [5, 10]), np.repeat([0, 1], [10, 5])])
    y = (cell == 0).astype(float)
    plain = np.concatenate([
        np.where(cell[:15] == 0, 1.0, 10 / 15),  # fold 1 holds ten rows of cell 0 and five of cell 1
        np.where(cell[15:] == 0, 5 / 15, 0.0),  # fold 0 holds five of cell 0 and ten of cell 1
    ])  # fmt: skip
    found = cross_fitted([cell], fold, y, np.ones(30))
    assert found == pytest.approx(plain * y.sum() / plain.sum()) and found.sum() == pytest.approx(15)
    assert compared_with_nobody(np.repeat([0, 1], 15), np.repeat([0, 1, 0], [10, 15, 5])).tolist() == (
        [True] * 10 + [False] * 5 + [True] * 10 + [False] * 5
    )


def test_what_is_expected_sums_to_what_was_seen() -> None:
    """10 of 20 rows in one fold, 2 of 10 in the other: each is expected at the other's rate, .2 and .5, in all 9.

    What was seen is 12, so all is multiplied by 12 / 9.
    """
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [10, 10, 2, 8])
    found = cross_fitted([], np.repeat([0, 1], [20, 10]), y, np.ones(30))
    assert found == pytest.approx(np.repeat([0.2, 0.5], [20, 10]) * 12 / 9)


def test_rows_of_a_log_carry_what_makes_cases_alike_and_unknown_names_are_answered_with_the_nearest() -> None:
    made = shown(LOG, "fcr_no_followup", least=2)
    assert made.y.sum() <= made.x.sum() and made.binary and set(made.people) <= {"ana", "bo"}
    assert why_none(LOG, "utilisation") == "it is no ratio of sums over tickets"
    for wrong, said in (
        ({"mix": ("kinds",)}, "no axis of the mix 'kinds'; did you mean 'kind'"),
        ({"role": "nobody"}, "no role 'nobody'"),
        ({"attribution": "time_share"}, "shares tickets out has no rows of people"),
    ):
        with pytest.raises(ValueError, match=said):
            shown(LOG, "fcr_no_followup", **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"target of \w+ must be above 0 s, got 0"):
        stints(LOG, {LOG.priorities[0]: 0})


def test_the_school_desk_moves_ranks_by_eight_of_21_once_priorities_are_compared_with_their_like(shared: Path) -> None:
    """Handing a ticket on within half an hour, a day or three, by priority: 21 people have 30 pieces of work."""
    from scenarios.logs import open_log

    log, _, _ = open_log(shared / "data" / "school_support_2025.csv")
    mix = ("priority",)
    targets = {"high": 1800, "medium": 86_400, "low": 259_200}
    found = of_rows(cases(stints(log, targets), log, mix), "stint_overdue_rate", mix=mix)
    raw, adjusted = (figures(found.on(which)).value for which in ("raw", "adjusted"))
    assert len(found.people) == 21 and raw.min() < 0.05 and raw.max() > 0.6
    places = [each.argsort(kind="stable").argsort() for each in (raw, adjusted)]
    assert np.abs(places[0] - places[1]).max() == 8
