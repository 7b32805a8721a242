"""What people do for the sake of their figures: every decision once, as a small compiled scalar function."""

from numba import njit

from sim import chance, rules

TOKEN_REPLY, EARLY_CLOSE, CHERRY_PICK, PASS_ON, HAPPY_SURVEY = range(5)
"""Positions of the conducts in `sim.desk.CONDUCTS`."""

ASKS_NOT, CLOSES_EARLY = (chance.code("conduct", purpose) for purpose in ("happy_survey", "early_close"))
"""Purposes of the random numbers, each of which belongs to a ticket and its visit, whoever has it in hand."""

HONEST, CUT_SHORT = 0, 1
"""What is done with a ticket in hand: what it needs; it is closed before that."""


@njit(cache=True)
def gives_in(u: float, intensity: float) -> bool:
    """Return whether somebody does it on an occasion whose uniform is `u` in (0, 1]: it is at most the intensity.

    Parameters
    ----------
    u
        Of the occasion; a stronger intensity keeps all occasions of a weaker one.
    intensity
        0 (never) to 1 (always).
    """
    return u <= intensity


@njit(cache=True)
def cut_ms(left_ms: int, early_ppm: int) -> int:
    """Return the work that is left undone when a ticket is closed early, in milliseconds at speed 1.

    Parameters
    ----------
    left_ms
        Work in hand, at least 0.
    early_ppm
        Share of it that is done first, in parts per million; what is done is rounded down to the millisecond.
    """
    return left_ms - rules.part_ms(left_ms, early_ppm)
