"""Person and seat apart: on planted effects, and where nobody moved."""

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from benchmarks.movers import PEOPLE, SEATS, Truth, exchanged
from sim.kpi.movers import movers
from sim.kpi.observed import Observed, of_rows

type Planted = tuple[Observed, NDArray[np.float64], NDArray[np.float64]]


def moved(share: float, seed: int, *, people: int = 20, days: int = 40, n: int = 6) -> Planted:
    """Return rows in which so many change the seat after half the time, their effects, and those of their seats."""
    own, seats = np.random.default_rng(9).normal(0, 0.5, people), np.array([-0.6, -0.2, 0.0, 0.3, 0.7])
    draw = np.random.default_rng([seed, 1])
    home = np.arange(people) * 5 // people
    who = draw.permutation(people)[: round(share * people)]
    other = home.copy()
    other[who] = (home[who] + 1 + draw.integers(0, 4, len(who))) % 5
    person = np.repeat(np.arange(people), days * n)
    day = np.tile(np.repeat(np.arange(days), n), people)
    seat = np.where(day < days // 2, home[person], other[person])
    kind = draw.integers(0, 3, len(person))
    luck = draw.normal(0, 1, len(person)) + draw.normal(0, 0.5, (people, days))[person, day]
    words = {"person": [f"p{each:02}" for each in person], "kind": [f"k{each}" for each in kind]}
    rows = pl.DataFrame({
        "ticket": np.arange(len(person)), **words, "seat": [f"s{each}" for each in seat], "day": day,
        "y": own[person] + seats[seat] + 0.3 * kind + luck, "x": 1,
    })  # fmt: skip
    return of_rows(rows, "planted"), own, (seats[home] + seats[other]) / 2


def test_where_nobody_moved_person_and_seat_cannot_be_told_apart() -> None:
    rows, _, _ = moved(0.0, 1)
    found = movers(rows)
    assert found.reason == "nobody worked in two seats, so person and seat cannot be told apart"
    assert (found.person, found.moved, found.left_out) == (None, 0, 16)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_those_who_moved_tell_person_from_seat_for_all_whom_they_connect(share: float) -> None:
    """Means of eight estimates lie within three of their standard errors of what was planted; intervals hold it."""
    errors, held = [], []
    for seed in range(8):
        rows, own, felt = moved(share, seed)
        found = movers(rows)
        here = [int(name[1:]) for name in found.people]
        truth = (own[here].var(ddof=1), felt[here].var(ddof=1), 2 * np.cov(own[here], felt[here])[0, 1])
        parts = (found.person, found.seat, found.both)
        assert found.moved == round(share * 20) and found.left_out == 20 - len(here)
        errors.append([part.mean - true for part, true in zip(parts, truth, strict=True) if part is not None])
        held += [part.low <= true <= part.high for part, true in zip(parts, truth, strict=True)]  # type: ignore[union-attr, operator]
    spread = np.std(errors, axis=0, ddof=1) / np.sqrt(8)
    assert (np.abs(np.mean(errors, axis=0)) < 3 * spread).all() and np.mean(held) > 0.85


def test_least_squares_takes_luck_for_difference_and_the_leave_out_estimate_does_not() -> None:
    """Nine people alike in three alike seats that all share, 300 rows each of SD 1: least squares tells 1/300."""
    plain, corrected = [], []
    for seed in range(10):
        draw = np.random.default_rng(seed)
        rows = pl.DataFrame({
            "ticket": np.arange(2700), "person": np.repeat([f"p{each}" for each in range(9)], 300), "kind": "k",
            "seat": [f"s{each}" for each in draw.integers(0, 3, 2700)], "day": np.tile(np.arange(30), 90),
            "y": draw.normal(0, 1, 2700), "x": 1,
        })  # fmt: skip
        found = movers(of_rows(rows, "luck"))
        assert found.plain is not None and found.person is not None
        plain.append(found.plain[0])
        corrected.append(found.person.mean)
    error = float(np.std(corrected, ddof=1)) / np.sqrt(10)
    assert np.mean(plain) == pytest.approx(1 / 300, abs=3 * error) and abs(np.mean(corrected)) < 3 * error
    assert np.mean(plain) > 3 * abs(np.mean(corrected))


def test_the_variances_left_over_are_those_of_fits_without_each_person_day() -> None:
    """Five people, each in two of three seats, six days of one to three rows: everything is fitted anew without a row.

    Kline, Saggio and Soelvsten (2020): the variance of a person-day is y times what a fit without it misses it by.
    """
    draw = np.random.default_rng(3)
    person, day = np.repeat(np.arange(5), 6), np.tile(np.arange(6), 5)
    seat, n = (person + (day > 2)) % 3, draw.integers(1, 4, 30)
    y = draw.normal(0, 1, 30) + 0.5 * seat + 0.3 * person
    rows = pl.DataFrame({
        "ticket": np.arange(n.sum()), "person": np.repeat([f"p{each}" for each in person], n), "kind": "k",
        "seat": np.repeat([f"s{each}" for each in seat], n), "day": np.repeat(day, n), "y": np.repeat(y, n), "x": 1,
    })  # fmt: skip
    off = y - float(np.average(y, weights=n))
    design = np.column_stack([np.eye(5)[person], np.eye(3)[seat][:, 1:]])

    def fit(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        weighed = design[rows] * n[rows, None]
        return np.asarray(np.linalg.solve(weighed.T @ design[rows], weighed.T @ off[rows]))

    every = np.arange(30)
    noise = np.array([off[one] * (off[one] - design[one] @ fit(np.delete(every, one))) for one in every])
    inverse = np.linalg.inv((design * n[:, None]).T @ design)
    spread = inverse @ (design.T * (n**2 * noise)) @ design @ inverse
    effects, centre = fit(every), np.eye(5) - 0.2
    form = np.zeros((7, 7))
    form[:5, :5] = centre / 4
    found = movers(of_rows(rows, "exact", least=2))
    assert found.plain is not None and found.person is not None
    assert found.plain[0] == pytest.approx(effects @ form @ effects)
    assert found.person.mean == pytest.approx(effects @ form @ effects - np.trace(form @ spread))


def test_one_seat_and_one_person_are_told_so() -> None:
    rows = pl.DataFrame({"ticket": range(8), "person": "a", "kind": "k", "seat": "s", "day": range(8), "y": 1, "x": 1})
    assert movers(of_rows(rows, "x", least=2)).reason == "all worked in one seat, so nothing can be said of seats"
    two = rows.with_columns(seat=pl.Series(["s", "t"] * 4))
    assert movers(of_rows(two, "x", least=2)).reason == "fewer than 3 people are connected by those who moved"


def test_people_of_the_study_exchange_seats_in_pairs_and_truth_is_theirs() -> None:
    """Five percent of forty are a pair from unlike seats. Two people with effects 0 and 2 in one seat: variance 2."""
    row = exchanged(0.05, 1)
    heads = PEOPLE // SEATS
    other = [person for person, seat in enumerate(row) if seat != person]
    assert len(other) == 2 and sorted(row) == list(range(PEOPLE))
    assert row[other[0]] == other[1] and other[0] // heads != other[1] // heads
    own, seats = np.zeros((2, PEOPLE)), np.tile([-1.0, 1.0, 0.0, 0.0], (2, 1))
    own[:, 1] = 2.0
    truth = Truth(own, seats).parts(range(PEOPLE), range(PEOPLE), ["agent#1", "agent#10"])
    assert truth == pytest.approx([2.0, 0.0, 0.0])
    apart = Truth(own, seats).parts(range(PEOPLE), row, ["agent#1", "agent#10"])
    assert apart[0] == pytest.approx(2.0)
