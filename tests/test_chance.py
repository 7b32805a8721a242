"""Chance: the published answers of the generator, its cut into numbers, and the tables of every law."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim import chance
from sim.desk import Law
from sim.laws import table_ms

Z = np.linspace(-chance.GRID_END, chance.GRID_END, chance.GRID_STEPS + 1)


def hyperexponential(scv: float) -> tuple[Callable[..., NDArray[np.float64]], float]:
    """Return the survival function with mean 1 and balanced means, and its slow rate (Whitt 1982)."""
    p = 0.5 * (1 + np.sqrt((scv - 1) / (scv + 1)))
    fast, slow = 2 * p, 2 * (1 - p)
    return lambda x: p * np.exp(-fast * x) + (1 - p) * np.exp(-slow * x), slow


LAWS = [
    (Law(law="constant", mean_min=7.0), None, 0.0),
    (Law(law="exponential", mean_min=7.0), stats.expon(scale=7.0), 1.0),
    (Law(law="lognormal", mean_min=7.0, scv=0.3), "lognormal", 0.3),
    (Law(law="lognormal", mean_min=7.0, scv=4.0), "lognormal", 4.0),
    (Law(law="gamma", mean_min=7.0, scv=0.25), stats.gamma(4.0, scale=7.0 / 4), 0.25),
    (Law(law="gamma", mean_min=7.0, scv=5.0), stats.gamma(0.2, scale=35.0), 5.0),
    (Law(law="erlang", mean_min=7.0, phases=3), stats.gamma(3.0, scale=7.0 / 3), 1 / 3),
    (Law(law="erlang", mean_min=7.0, phases=100), stats.gamma(100.0, scale=0.07), 0.01),
]


def frozen(law: Law, reference: object) -> object:
    """Return SciPy's distribution of a law, in minutes."""
    if reference != "lognormal":
        return reference
    sigma = np.sqrt(np.log1p(law.scv or 0.0))
    return stats.lognorm(sigma, scale=law.mean_min * np.exp(-(sigma**2) / 2))


def moments(table: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and scv of a table by Simpson's rule over z, whose law is the logistic one."""
    z = np.linspace(-chance.GRID_END, chance.GRID_END, 8 * chance.GRID_STEPS + 1)
    weight = np.full(z.size, 2.0)
    weight[1::2], weight[0], weight[-1] = 4.0, 1.0, 1.0
    weight *= (z[1] - z[0]) / 3 * stats.logistic.pdf(z)
    x = np.interp(z, Z, table)
    mean = float(weight @ x)
    return mean, float(weight @ x**2) / mean**2 - 1


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_the_generator_gives_the_published_answers(
    counter: tuple[int, ...], key: tuple[int, int], answer: tuple[int, ...]
) -> None:
    """Known answers of Random123 1.x, `kat_vectors`, philox4x32 with 10 rounds."""
    assert tuple(int(word) for word in chance.philox(*counter, *key)) == answer


def test_a_uniform_is_made_of_the_first_two_words_of_its_block() -> None:
    """27 bits of one word and 26 of the next, centred in their cell of width 2^-53."""
    words = chance.philox(11, 12, (13 << 12) | 3, 99, 5, 6)
    bits = (int(words[0]) >> 5 << 26) | int(words[1]) >> 6
    assert chance.uniform(5, 6, 99, 11, 12, 13, 3) == (bits + 0.5) / 2**53


@pytest.mark.parametrize(("high", "low"), [(0, 0), (0xFFFFFFFF, 0xFFFFFFFF), (0x80000000, 0)])
def test_the_extreme_words_give_numbers_above_0_and_not_above_1(high: int, low: int) -> None:
    assert 0 < chance._unit(np.uint64(high), np.uint64(low)) <= 1


def test_one_number_at_a_time_or_all_at_once_are_the_same_numbers() -> None:
    names = np.random.default_rng(1).integers(0, 2**20, (200, 3)).astype(np.uint32)
    names[:, :2] += np.uint32(2**32 - 2**20)
    for seed, visit in [(0, 0), (7, 1), (2**64 - 1, 4095)]:
        at_once = chance.uniforms(seed, chance.code("x"), names, visit)
        one_by_one = [chance.uniform(*chance.key(seed), chance.code("x"), *map(int, n), visit) for n in names]
        assert at_once.tolist() == one_by_one


def test_the_first_of_a_pair_is_the_uniform_of_the_same_name() -> None:
    names = np.arange(300, dtype=np.uint32).reshape(100, 3)
    assert np.array_equal(chance.pairs(3, 5, names)[:, 0], chance.uniforms(3, 5, names))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_neighbouring_names_give_even_and_uncorrelated_numbers(place: int) -> None:
    names = np.zeros((50_000, 3), np.uint32)
    names[:, place] = np.arange(50_000)
    u = chance.pairs(1, chance.code("a"), names)
    other = chance.uniforms(1, chance.code("b"), names)
    second = chance.uniforms(1, chance.code("a"), names, visit=1)
    for numbers in (u[:, 0], u[:, 1], second):
        assert stats.kstest(numbers, "uniform").pvalue > 1e-4
    correlations = np.corrcoef([u[:-1, 0], u[1:, 0], u[:-1, 1], other[:-1], second[:-1]])
    assert np.abs(correlations - np.eye(5)).max() < 4.5 / np.sqrt(50_000)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_64_bits_cannot_hold_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match=r"seed must lie in 0 \.\.\. 2\^64 - 1"):
        chance.key(seed)


def test_seeds_differ_in_both_halves() -> None:
    assert chance.key(2**40 + 3) == (3, 2**8)
    names = np.zeros((1, 3), np.uint32)
    assert len({chance.uniforms(seed, 1, names)[0] for seed in (0, 1, 2**32, 2**32 + 1)}) == 4


@pytest.mark.parametrize(("law", "reference", "scv"), LAWS)
def test_a_table_has_the_mean_and_the_spread_of_its_law(law: Law, reference: object, scv: float) -> None:
    mean, spread = moments(table_ms(law))
    assert mean == pytest.approx(60_000 * law.mean_min, rel=1e-3)
    assert spread == pytest.approx(scv, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize(("law", "reference", "scv"), LAWS[1:])
def test_a_table_is_the_quantile_function_of_scipy(law: Law, reference: object, scv: float) -> None:
    """On the grid itself to 1e-9, tails down to e^-30 included; between grid points to 1e-3."""
    exact = frozen(law, reference)
    table = table_ms(law) / 60_000
    tails = np.abs(Z) <= 30
    tail = 1 / (1 + np.exp(np.abs(Z[tails])))
    wanted = np.where(Z[tails] < 0, exact.ppf(tail), exact.isf(tail))  # type: ignore[attr-defined]
    assert table[tails] == pytest.approx(wanted, rel=1e-9, abs=1e-250)
    u = chance.uniforms(1, 1, np.arange(3000, dtype=np.uint32).reshape(1000, 3))
    drawn = chance.quantiles(table[None, :], np.zeros(len(u), np.int64), u)
    assert drawn == pytest.approx(exact.ppf(u), rel=1e-3)  # type: ignore[attr-defined]


@pytest.mark.parametrize("scv", [1.01, 2.0, 10.0, 100.0, 1000.0])
def test_a_hyperexponential_table_inverts_its_survival_function_far_into_both_tails(scv: float) -> None:
    survival, _ = hyperexponential(scv)
    x = table_ms(Law(law="hyperexponential", mean_min=1.0, scv=scv)) / 60_000
    right, left = (Z >= 0) & (Z <= 30), (Z < 0) & (Z >= -15)
    assert survival(x[right]) == pytest.approx(1 / (1 + np.exp(Z[right])), rel=1e-6, abs=0)
    assert 1 - survival(x[left]) == pytest.approx(1 / (1 + np.exp(-Z[left])), rel=1e-6, abs=0)


@pytest.mark.parametrize("scv", [1.01, 2.0, 10.0, 100.0, 1000.0])
def test_a_hyperexponential_table_has_its_mean_and_spread(scv: float) -> None:
    mean, spread = moments(table_ms(Law(law="hyperexponential", mean_min=1.0, scv=scv)))
    assert mean == pytest.approx(60_000, rel=1e-3)
    assert spread == pytest.approx(scv, rel=1e-3)


def test_no_table_ever_falls() -> None:
    for law, _, _ in LAWS:
        assert (np.diff(table_ms(law)) >= 0).all()


def test_a_quantile_is_linear_in_the_logit_between_grid_points_and_flat_beyond_them() -> None:
    tables = np.stack([np.zeros(Z.size), Z])
    u = np.array([0.5, 0.1, 1e-9, 1 - 1e-9, 1e-300, 1.0])
    wanted = [0.0, np.log(1 / 9), np.log(1e-9), -np.log(1e-9), -chance.GRID_END, chance.GRID_END]
    found = chance.quantiles(tables, np.ones(6, np.int64), u)
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-12)
    assert found.tolist() == [chance.quantile(tables, 1, x) for x in u]
    assert not chance.quantiles(tables, np.zeros(6, np.int64), u).any()


@pytest.mark.parametrize("visit", [-1, chance.VISITS])
def test_a_visit_that_would_spill_into_the_name_is_refused(visit: int) -> None:
    names = np.array([[1, 2, 3]], np.uint32)
    with pytest.raises(ValueError, match=r"visit must lie in 0 \.\.\. 4095"):
        chance.uniforms(1, 1, names, visit)
    assert chance.uniforms(1, 1, names, chance.VISITS - 1) != chance.uniforms(1, 1, names)


def test_names_with_one_code_are_refused_and_others_are_not() -> None:
    chance.check_apart("kinds", ["plumless", "refund", "plumless"])
    with pytest.raises(ValueError, match="kinds: 'plumless' and 'buckeroo' would be given the same chance"):
        chance.check_apart("kinds", ["plumless", "refund", "buckeroo"])


def test_no_time_is_longer_than_ten_years() -> None:
    ten_years_ms = 5_256_000 * 60_000
    assert table_ms(Law(law="lognormal", mean_min=5_256_000.0, scv=9.0)).max() == ten_years_ms
    with pytest.raises(ValueError, match="less than or equal to 5256000"):
        Law(mean_min=5_256_001.0)


def test_an_empirical_law_gives_its_values_as_often_as_its_weights_say() -> None:
    """Weights 1, 0, 2, 1 of 30, 7, 10, 60 minutes: up to u = 1/2 it is 10, up to 3/4 it is 30, then 60; mean 27.5."""
    law = Law(law="empirical", mean_min=27.5, values=(30.0, 7.0, 10.0, 60.0), weights=(1.0, 0.0, 2.0, 1.0))
    tables = np.stack([table_ms(Law(law="constant", mean_min=3.0)), table_ms(law)])
    u = np.array([1e-300, 0.25, 0.5, 0.5 + 1e-15, 0.75, 0.76, 1 - 2.0**-53, 1.0])
    wanted = [10.0, 10.0, 10.0, 30.0, 30.0, 60.0, 60.0, 60.0]
    assert (chance.quantiles(tables, np.ones(8, np.int64), u) / 60_000).tolist() == wanted
    assert chance.quantile(tables, 0, 0.3) == 180_000
    drawn = chance.quantiles(tables, np.ones(999, np.int64), (np.arange(999) + 0.5) / 999) / 60_000
    assert drawn.mean() == pytest.approx(27.5, rel=2e-3)


def test_an_empirical_law_of_a_thousand_values_has_every_one_of_them_once() -> None:
    values = tuple(float(value) for value in range(1000, 0, -1))
    tables = table_ms(Law(law="empirical", mean_min=500.5, values=values))[None, :]
    drawn = chance.quantiles(tables, np.zeros(1000, np.int64), (np.arange(1000) + 0.5) / 1000)
    assert (drawn / 60_000).tolist() == sorted(values)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"law": "empirical", "mean_min": 5.0}, "an empirical law needs it"),
        ({"mean_min": 5.0, "values": (5.0,)}, "values belongs to an empirical law"),
        ({"mean_min": 5.0, "weights": (5.0,)}, "weights belongs to an empirical law"),
        ({"law": "empirical", "mean_min": 5.0, "values": (5.0,), "weights": (1.0, 2.0)}, "got 2 for 1"),
        ({"law": "empirical", "mean_min": 5.0, "values": (5.0,), "weights": (0.0,)}, "sum above 0, got 0"),
        ({"law": "empirical", "mean_min": 5.0, "values": (4.0, 8.0)}, "the mean of the values, 6, got 5"),
        ({"law": "empirical", "mean_min": 5.0, "values": (-4.0, 14.0)}, "greater than or equal to 0"),
        ({"law": "empirical", "mean_min": 5.0, "values": (5.0,), "scv": 1.0}, "takes no scv"),
        ({"law": "empirical", "mean_min": 0.0, "values": (0.0,)}, "mean_min of law = empirical must be above 0"),
    ],
)
def test_an_empirical_law_that_contradicts_itself_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Law(**wrong)
