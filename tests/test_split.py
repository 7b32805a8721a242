"""The split of scores against loops over pairs of worlds, written as the definitions stand."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from sim.lab.intervals import by_world, mean_of, mean_t
from sim.lab.latin import square
from sim.lab.split import split

PERIODS, WORLDS, SEATINGS, PEOPLE = 2, 5, 2, 4


def drawn():
    """Return scores of two periods, with one person without a score once, those with conduct off, and seats."""
    rng = np.random.default_rng(3)
    shape = (PERIODS, WORLDS, SEATINGS, PEOPLE)
    able = np.linspace(-3, 3, PEOPLE)
    scores, honest = (50 + able + rng.normal(0, 2, shape) for _ in range(2))
    scores[1, 2, 0, 3] = np.nan
    return scores, honest, np.stack([square(PEOPLE, 3, world, SEATINGS) for world in range(WORLDS)])


def off(scores):
    """Return scores less the mean of their run, 0 where there is none."""
    return np.nan_to_num(scores - np.nanmean(scores, axis=-1, keepdims=True))


def by_definition(scores, honest, seats, worlds):
    """Return person, merit, seat, fit and variance of one period from some worlds."""
    one, plain = off(scores), off(honest)
    own, clean = one.mean(axis=1), plain.mean(axis=1)
    by_seat = np.array([  # sum of what each person scored in each seat, by world
        [[one[w, :, who][seats[w, :, who] == seat].sum() for seat in range(PEOPLE)] for who in range(PEOPLE)]
        for w in range(WORLDS)
    ])  # fmt: skip
    sums = np.zeros(4)
    for w, v in permutations(worlds, 2):
        sums[0] += own[w] @ own[v]
        sums[1] += own[w] @ clean[v]
        sums[2] += by_seat[w].sum(axis=0) @ by_seat[v].sum(axis=0) / SEATINGS**2
        sums[3] += (by_seat[w] * by_seat[v]).sum() * (PEOPLE / SEATINGS) ** 2 / PEOPLE
    person, merit, seat, pair = sums / (len(worlds) * (len(worlds) - 1) * (PEOPLE - 1))
    fit = (pair - person - seat) * (PEOPLE - 1) / (PEOPLE - 2)
    return np.array([person, merit, seat, fit, (one[list(worlds)] ** 2).sum(axis=2).mean() / (PEOPLE - 1)])


def shares(scores, honest, seats, worlds):
    """Return merit, conduct, seat, fit and luck, the components averaged over periods before they are divided."""
    person, merit, seat, fit, whole = np.mean(
        [by_definition(scores[at], honest[at], seats, worlds) for at in range(PERIODS)], axis=0
    )
    return np.array([merit, person - merit, seat, fit, whole - person - seat - fit]) / whole


def test_shares_and_their_intervals_are_those_of_the_definitions():
    """Intervals are a jackknife: everything anew without each of the five worlds, t(4) = 2.7764."""
    scores, honest, seats = drawn()
    found = split(scores, seats, honest=honest)
    whole = shares(scores, honest, seats, range(WORLDS))
    left = np.array([shares(scores, honest, seats, [v for v in range(WORLDS) if v != w]) for w in range(WORLDS)])
    half = stats.t.ppf(0.975, 4) * np.sqrt(4 / 5 * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    assert [each.mean for each in found.named().values()] == pytest.approx(whole)
    assert [each.half_width() for each in found.named().values()] == pytest.approx(half)
    assert found.person.mean == pytest.approx(whole[0] + whole[1])


def test_what_all_have_in_common_is_the_variance_between_worlds():
    """Means of the worlds 1, 2 and 6: variance 7; of the second period 2, 2 and 2: 0; 3.5 on average."""
    seats = np.stack([square(2, 1, world) for world in range(3)])
    level = np.array([[1.0, 2, 6], [2, 2, 2]])[..., None, None]
    assert split(level + np.broadcast_to([1.0, -1], (2, 3, 2, 2)), seats).swing == pytest.approx(3.5)


def test_means_of_worlds_leave_out_what_is_not_known():
    """1 and 3 of three worlds are 2; of two people and two runs the means are 2 of 1, 2, 3 and nothing."""
    assert mean_t(np.array([1.0, np.nan, 3.0])).mean == 2
    values = np.array([[[1.0, 2], [3, np.nan]], [[np.nan, np.nan], [np.nan, np.nan]]])
    assert by_world(values) == pytest.approx([2, np.nan], nan_ok=True)


def test_a_persons_mean_leaves_out_a_world_at_a_time_and_counts_what_is_known():
    """Ann 2 + 4, 6 and 9 in three worlds: 21 / 4; without each 7.5, 5 and 4. Ben is never there."""
    sums, counts = np.array([[6.0, 0], [6, 0], [9, 0]]), np.array([[2, 0], [1, 0], [1, 0]])
    ann, ben = mean_of(sums, counts, 0.95)
    spread = ((np.array([7.5, 5, 4]) - 5.5) ** 2).sum()
    assert ann.mean == pytest.approx(5.25) and ben.mean is None
    assert ann.half_width() == pytest.approx(4.302653 * (2 / 3 * spread) ** 0.5, rel=1e-6)
