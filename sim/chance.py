"""Chance as a pure function: a number belongs to a seed, a purpose, a name and a visit, never to an order of calls.

The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
"""

import zlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Names = NDArray[np.uint32]

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_5, _6 = np.uint64(5), np.uint64(6)

VISITS = 1 << 12
"""A ticket's visits are numbered below this: a number has 12 bits for the visit."""

GRID_END = 37.0
"""The table of a distribution reaches from u = 1 / (1 + e^37) to 1 - that: past what 53 bits can tell from 0 and 1."""
GRID_STEPS = 4096


@njit(cache=True)
def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Return the four 32-bit words of one Philox4x32-10 block, as uint64.

    Parameters
    ----------
    c0, c1, c2, c3
        Counter, 32 bits each.
    k0, k1
        Key, 32 bits each.
    """
    a, b, c, d = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    x, y = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        p0, p1 = _M0 * a, _M1 * c
        a, b, c, d = (p1 >> _32) ^ b ^ x, p1 & _LOW, (p0 >> _32) ^ d ^ y, p0 & _LOW
        x, y = (x + _W0) & _LOW, (y + _W1) & _LOW
    return a, b, c, d


@njit(cache=True)
def _unit(high: Any, low: Any) -> Any:
    """Return a number in (0, 1] from two words: 53 bits, centred in their cell; the last rounds to 1."""
    return (np.float64(((high >> _5) << np.uint64(26)) | (low >> _6)) + 0.5) * 2.0**-53


@njit(cache=True)
def uniform(k0: int, k1: int, purpose: int, n0: int, n1: int, n2: int, visit: int) -> Any:
    """Return the uniform number in (0, 1] of one purpose, name and visit.

    Parameters
    ----------
    k0, k1
        Words of the seed, see `key`.
    purpose
        Code of the purpose, see `code`.
    n0, n1, n2
        The name, 32 bits each; `n2` below 2^20.
    visit
        0 for the first visit, below `VISITS`; a larger one would spill into the name, so callers refuse it.
    """
    a, b, _, _ = philox(n0, n1, (np.uint64(n2) << np.uint64(12)) | np.uint64(visit), purpose, k0, k1)
    return _unit(a, b)


LOTS = 1 << 20
"""Lots lie below this."""


@njit(cache=True)
def lot(k0: int, k1: int, purpose: int, n0: int, n1: int, n2: int, visit: int, who: int) -> Any:
    """Return the lot of a ticket's visit and a person, 0 to `LOTS` - 1.

    Parameters
    ----------
    k0, k1, purpose, n0, n1, n2, visit
        As in `uniform`: the words of the seed, the purpose, and the name and visit of the ticket.
    who
        Code of the person's name.
    """
    a, b, _, _ = philox(n0, n1, (np.uint64(n2) << np.uint64(12)) | np.uint64(visit), purpose, k0, k1)
    c, _, _, _ = philox(a, b, who, purpose, k0, k1)
    return np.int64(c >> np.uint64(12))


@njit(cache=True, nogil=True)
def two_uniforms(k0: int, k1: int, purpose: int, n0: int, n1: int, n2: int) -> Any:
    """Return two independent uniform numbers in (0, 1] of one purpose and name, the first being `uniform`'s."""
    a, b, c, d = philox(n0, n1, np.uint64(n2) << np.uint64(12), purpose, k0, k1)
    return _unit(a, b), _unit(c, d)


@njit(cache=True, nogil=True)
def _uniforms(k0: int, k1: int, purpose: int, names: Names, visit: int) -> Floats:
    out = np.empty(names.shape[0], np.float64)
    for i in range(names.shape[0]):
        out[i] = uniform(k0, k1, purpose, names[i, 0], names[i, 1], names[i, 2], visit)
    return out


@njit(cache=True, nogil=True)
def _of_visits(k0: int, k1: int, purpose: int, names: Names, visits: NDArray[np.int64]) -> Floats:
    out = np.empty(names.shape[0], np.float64)
    for i in range(names.shape[0]):
        out[i] = uniform(k0, k1, purpose, names[i, 0], names[i, 1], names[i, 2], visits[i])
    return out


@njit(cache=True, nogil=True)
def _pairs(k0: int, k1: int, purpose: int, names: Names) -> Floats:
    out = np.empty((names.shape[0], 2), np.float64)
    for i in range(names.shape[0]):
        out[i, 0], out[i, 1] = two_uniforms(k0, k1, purpose, names[i, 0], names[i, 1], names[i, 2])
    return out


def key(seed: int) -> tuple[int, int]:
    """Return the two key words of a seed.

    Raises
    ------
    ValueError
        If the seed is negative or needs more than 64 bits.
    """
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed must lie in 0 ... 2^64 - 1, got {seed}")
    return seed & 0xFFFFFFFF, seed >> 32


def code(*words: object) -> int:
    """Return the 32-bit code of a purpose or of a kind's or person's name.

    Examples
    --------
    >>> code("work", 0) == code("work.0")
    True
    """
    return zlib.crc32(".".join(str(word) for word in words).encode())


def check_apart(what: str, names: Iterable[str]) -> None:
    """Refuse two names with one code: they would have all their numbers in common.

    Parameters
    ----------
    what
        Where the names stand, for the message.
    names
        Names of one purpose.

    Raises
    ------
    ValueError
        If two of the names have the same code.
    """
    found: dict[int, str] = {}
    for name in names:
        if (other := found.setdefault(code(name), name)) != name:
            raise ValueError(f"{what}: {other!r} and {name!r} would be given the same chance; rename one of them")


def uniforms(seed: int, purpose: int, names: Names, visit: int = 0) -> Floats:
    """Return one uniform number per name.

    Parameters
    ----------
    seed
        0 to 2^64 - 1.
    purpose, visit
        As in `uniform`.
    names
        Shape (n, 3).

    Returns
    -------
    ndarray of float, shape (n,)
        In (0, 1].

    Raises
    ------
    ValueError
        If the seed or the visit is out of range.
    """
    if not 0 <= visit < VISITS:
        raise ValueError(f"visit must lie in 0 ... {VISITS - 1}, got {visit}")
    return _uniforms(*key(seed), purpose, names, visit)


def of_visits(seed: int, purpose: int, names: Names, visits: NDArray[np.int64]) -> Floats:
    """Return one uniform number in (0, 1] per name, shape (n, 3), and visit, shape (n,); as `uniforms` for each.

    Raises
    ------
    ValueError
        If the seed or a visit is out of range.
    """
    if len(visits) and not 0 <= visits.min() <= visits.max() < VISITS:
        raise ValueError(f"visits must lie in 0 ... {VISITS - 1}, got {visits.min()} to {visits.max()}")
    return _of_visits(*key(seed), purpose, names, visits)


def pairs(seed: int, purpose: int, names: Names) -> Floats:
    """Return two independent uniform numbers in (0, 1] per name, shape (n, 2), for names of shape (n, 3).

    The first of the pair is the number that `uniforms` gives. A seed out of range is a ValueError.
    """
    return _pairs(*key(seed), purpose, names)


def quantile_table(upper: Callable[[Floats], Floats], lower: Callable[[Floats], Floats]) -> Floats:
    """Return a distribution as a table on an even grid of z = log(u / (1 - u)).

    Parameters
    ----------
    upper, lower
        The inverse survival function and the inverse distribution function; each is asked only for
        probabilities up to 1/2, where it is exact.

    Returns
    -------
    ndarray of float, shape (GRID_STEPS + 1,)
    """
    z = np.linspace(-GRID_END, GRID_END, GRID_STEPS + 1)
    tail = 1.0 / (1.0 + np.exp(np.abs(z)))
    return np.where(z < 0, lower(tail), upper(tail))


def step_table(values: Floats, weights: Floats) -> Floats:
    """Return a law of finitely many values as a table that `quantile` tells from one of quantiles.

    Parameters
    ----------
    values, weights
        At least 0, shape (k,), k at most GRID_STEPS / 2; the weights have a sum above 0. A value of weight 0 never
        occurs.

    Returns
    -------
    ndarray of float, shape (GRID_STEPS + 1,)
        The probability of each of the k values that occur, or a smaller one; then the values, rising; at the end -k.
    """
    occurs = np.flatnonzero(weights > 0)
    order = occurs[np.argsort(values[occurs], kind="stable")]
    k, passed = len(order), np.cumsum(weights[order] / weights[order].sum())
    table = np.zeros(GRID_STEPS + 1)
    table[:k], table[k : 2 * k], table[-1] = passed / passed[-1], values[order], -k
    return table


@njit(cache=True)
def _step(tables: Floats, row: int, u: float) -> Any:
    """Return the least value of a `step_table` whose probability, or that of a smaller one, reaches `u`."""
    k = int(-tables[row, GRID_STEPS])
    first, last = 0, k - 1
    while first < last:
        middle = (first + last) >> 1
        if tables[row, middle] < u:
            first = middle + 1
        else:
            last = middle
    return tables[row, k + first]


@njit(cache=True)
def quantile(tables: Floats, row: int, u: float) -> Any:
    """Return the value of table `row` at probability `u` in (0, 1].

    Linear between the points of a `quantile_table` and flat beyond them; one of the values of a `step_table`.
    """
    if tables[row, GRID_STEPS] < 0.0:
        return _step(tables, row, u)
    z = GRID_END
    if u < 1.0:
        z = min(max(np.log(u) - np.log1p(-u), -GRID_END), GRID_END)
    place = (z + GRID_END) * (GRID_STEPS / (2.0 * GRID_END))
    left = min(int(place), GRID_STEPS - 1)
    part = place - left
    return tables[row, left] * (1.0 - part) + tables[row, left + 1] * part


@njit(cache=True, nogil=True)
def quantiles(tables: Floats, rows: NDArray[np.int64], u: Floats) -> Floats:
    """Return `quantile` for arrays of rows and probabilities, both of shape (n,)."""
    out = np.empty(u.shape[0], np.float64)
    for i in range(u.shape[0]):
        out[i] = quantile(tables, rows[i], u[i])
    return out
