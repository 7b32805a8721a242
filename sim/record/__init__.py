"""From an engine's plain numbers to the log and the truth: written once for all engines.

An engine hands over what it wrote down as rows of whole numbers (`MOMENT`, `TOUCH`, `SEGMENT`). The tables of the log
are made of them when they are first read, already in the order and with the types that `sim.log` asks for.
"""

from sim.record.assemble import assemble
from sim.record.words import (
    AUTO_REPLY,
    BLOCKED,
    CLOSED,
    CREATED,
    DONE,
    ENDED_LEFT,
    HANDED_BACK,
    HANDED_ON,
    LEFT,
    MOMENT,
    PARKED,
    RATED,
    REMINDED,
    REOPENED,
    REPLY,
    RESOLVED,
    SEGMENT,
    SURVEY_SENT,
    THIRD_PARTY,
    TOUCH,
    TRANSFERRED,
    WAIT_BEGINS,
    WAIT_ENDS,
    WARNED,
    Rows,
)

__all__ = [
    "AUTO_REPLY",
    "BLOCKED",
    "CLOSED",
    "CREATED",
    "DONE",
    "ENDED_LEFT",
    "HANDED_BACK",
    "HANDED_ON",
    "LEFT",
    "MOMENT",
    "PARKED",
    "RATED",
    "REMINDED",
    "REOPENED",
    "REPLY",
    "RESOLVED",
    "SEGMENT",
    "SURVEY_SENT",
    "THIRD_PARTY",
    "TOUCH",
    "TRANSFERRED",
    "WAIT_BEGINS",
    "WAIT_ENDS",
    "WARNED",
    "Rows",
    "assemble",
]
