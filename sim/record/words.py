"""The columns in which an engine hands over what happened, and the codes in them."""

from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.log import ENDED, WHAT
from sim.log.framing import Coded

Ints = NDArray[np.int64]
Codes = NDArray[np.integer[Any]]
Rows = NDArray[np.integer[Any]]
"""What an engine wrote down, shape (k, columns), in whole numbers of any width."""
Floats = NDArray[np.float64]

(CREATED, AUTO_REPLY, REPLY, WAIT_BEGINS, WAIT_ENDS, HANDED_ON, WARNED, RESOLVED, REOPENED, CLOSED, SURVEY_SENT, RATED,
 LEFT, BLOCKED, REMINDED, PRIORITY, SLA, MERGED, ESCALATED, COMPLAINT, REFUND) = (
    WHAT.index(what) for what in (
        "created", "auto_reply", "reply", "wait_begins", "wait_ends", "handed_on", "warned", "resolved", "reopened",
        "closed", "survey_sent", "rated", "left", "blocked", "reminded", "priority", "sla", "merged",
        "escalated", "complaint", "refund",
    )
)  # fmt: skip
RECOMMENDED, AUDITED, BY_SOLUTION, AUDITED_AGAIN = range(len(WHAT), len(WHAT) + 4)
"""Ratings and resolutions with a reason of their own, until the table of moments is made."""
(DONE, TRANSFERRED, ENDED_ESCALATED, PARKED, HANDED_BACK, BOUNCED, ASSISTED, ENDED_LEFT, ENDED_MERGED) = (
    ENDED.index(ended)
    for ended in ("done", "transferred", "escalated", "parked", "handed_back", "bounced", "assisted", "left", "merged")
)

REASONS: tuple[str, ...] = ("outcome", "process")
"""Reasons of ratings, which come in pairs."""
MORE_REASONS: tuple[str, ...] = ("third_party", "misrouted", "assist", "token")
"""Reasons that an engine states: it hands over the position as the value of a moment that has no other value. Those
beyond the first `OFTEN` are words of a log only where they occur."""
THIRD_PARTY, MISROUTED, ASSIST, TOKEN = range(len(MORE_REASONS))
OFTEN = 2
VERDICTS: tuple[str, ...] = ("nps", "audit", "solution", "second_audit")
"""Reasons of `RECOMMENDED`, `AUDITED`, `BY_SOLUTION` and `AUDITED_AGAIN`."""

MOMENT = ("ticket", "at_s", "what", "who", "value")
TOUCH = (
    "ticket", "stage", "visit", "person", "queued_s", "assigned_s", "accepted_s", "started_s", "ended_s", "work_s",
    "ended",
)  # fmt: skip
SEGMENT = ("person", "begin_s", "end_s")


@lru_cache(maxsize=256)
def places(names: tuple[str, ...]) -> tuple[Codes, pl.Enum]:
    """Return the position of every name among the sorted names, each once, and the enum of these."""
    known = tuple(sorted(set(names)))
    position = {name: number for number, name in enumerate(known)}
    return np.array([position[name] for name in names], _width(len(known))), enum_of(known)


def spelt(names: tuple[str, ...], numbers: Codes) -> Coded:
    """Return the names of those with some numbers, in the enum of all names; null for nobody, who is -1."""
    place, known = place_of(names)
    return Coded(place[numbers], known)


def place_of(names: tuple[str, ...]) -> tuple[Codes, pl.Enum]:
    """Return as `places` does, with one place more, the last, which is that of number -1: nobody's."""
    place, known = places(names)
    return np.append(place, np.array(-1, place.dtype)), known


@lru_cache(maxsize=256)
def enum_of(names: tuple[str, ...]) -> pl.Enum:
    """Return the enum of names in the order given."""
    return pl.Enum(names)


def _width(names: int) -> type[np.signedinteger[Any]]:
    return np.int8 if names < 2**7 else np.int16 if names < 2**15 else np.int32
