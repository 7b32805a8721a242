"""What people do for the sake of their figures: every decision once, as a small compiled scalar function."""

from numba import njit

from sim import chance, rules
from sim.desk import POLICIES

TOKEN_REPLY, EARLY_CLOSE, CHERRY_PICK, PASS_ON, HAPPY_SURVEY = range(5)
"""Positions of the conducts in `sim.desk.CONDUCTS`."""

ASKS_NOT, CLOSES_EARLY, PASSES_ON, REPLIES_EARLY = (
    chance.code("conduct", purpose) for purpose in ("happy_survey", "early_close", "pass_on", "token_reply")
)
"""Purposes of the random numbers, each of which belongs to a ticket and its visit, whoever has it in hand."""

PICKS_EASY = chance.code("conduct", "cherry_pick")
"""Purpose of a number that belongs to a person and a look around."""

HONEST, CUT_SHORT, PASSED_ON = 0, 1, 2
"""What is done with a ticket in hand: what it needs; it is closed before that; it is handed to a colleague."""

_EASY = POLICIES["pull_cherry_pick"].ticket
EASE, WORK, AGE = _EASY.ease, _EASY.work_s, _EASY.age_s
"""Weights of the easiest first, of these the shortest, of these the oldest."""


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


def reacts(intensity: float, gain: float, full: float, rate: float, ceiling: float) -> float:
    """Return the intensity of a conduct after a month.

    Parameters
    ----------
    intensity
        Before, 0 to 1.
    gain
        Points of the month that doing it always, against never, brought among one's like.
    full
        Points of the full score, above 0.
    rate
        Rise for a gain of the full score, at least 0; nobody unlearns what does not pay.
    ceiling
        Intensity beyond which it does not rise; who is beyond it stays.
    """
    return max(intensity, min(intensity + rate * max(gain, 0.0) / full, ceiling))


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


@njit(cache=True)
def easy_index(ease: int, mean_s: int, age_s: int) -> int:
    """Return the index of a ticket for somebody who picks the easy ones; the largest is taken.

    Parameters
    ----------
    ease
        Of the ticket's kind, 0 to 1000.
    mean_s
        Mean work content of its stage in seconds.
    age_s
        Seconds since it became ready.
    """
    return EASE * ease + WORK * mean_s + AGE * age_s


@njit(cache=True)
def burden(held: int, person: int, passes: int, people: int) -> int:
    """Return how unfit a colleague is to be handed a ticket; the smallest gets it.

    Who holds the fewest tickets, of these who comes next in the order of the seats after the one who passes it on.

    Parameters
    ----------
    held
        Tickets that the colleague holds.
    person, passes, people
        Numbers of the colleague and of who passes it on, and how many people there are.
    """
    return held * people + (person - passes) % people
