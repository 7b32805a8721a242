"""The tables of a log: their columns, their words, and the check that makes a frame one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from sim.log.framing import Sheet

WHAT = (
    "created", "auto_reply", "reply", "wait_begins", "wait_ends", "handed_on", "escalated", "priority",
    "sla", "warned", "resolved", "reopened", "closed", "survey_sent", "rated", "complaint", "refund", "left",
    "blocked", "merged", "reminded",
)  # fmt: skip
"""Kinds of moments.

`rated` has reason `outcome` (or none) or `process` and value 1 to 5, or reason `nps` and value 0 to 10, or reason
`audit` and value 1 if somebody else found the ticket resolved, 0 if not, or reason `second_audit` and the same of
another department that looked once more; `resolved` may have reason `solution`: by one that stood in the knowledge
base; `priority` has the rank of the new priority as value (0 is the highest), `sla` the number of the new agreement
among those of the log's by name, from 1, or 0 for none of them; `wait_begins` has reason `requester` (or none), which
stops the resolution clock, or another reason, which does not; `reminded` has the number of the reminder since the
assignment as value; `reply` is a human's, with reason `token` if it is one without substance, `auto_reply` a machine's.
"""

ENDED = ("done", "transferred", "escalated", "parked", "handed_back", "bounced", "assisted", "left", "merged")
"""How a touch ended. `left` is a wait that no work ended: it has no person."""

PRESENT = ("present", "approved", "unapproved")
"""Whether somebody came to a shift, or was absent with or without approval."""


class LogError(ValueError):
    """A table breaks a rule of the log."""


_TEXT = pl.String
_I = pl.Int64
SCHEMAS: dict[str, dict[str, Any]] = {
    "cases": {
        "ticket": _I, "label": _TEXT, "learner": _TEXT, "category": _TEXT, "kind": _TEXT, "channel": _TEXT,
        "priority": _TEXT, "difficulty": pl.Float64,
    },
    "moments": {
        "ticket": _I, "at_s": _I, "number": pl.Int32, "what": _TEXT, "who": _TEXT, "reason": _TEXT,
        "value": _I,
    },
    "touches": {
        "ticket": _I, "stage": pl.Int16, "branch": pl.Int16, "person": _TEXT, "seat": _TEXT, "team": _TEXT,
        "department": _TEXT, "skill": _TEXT, "queued_s": _I, "assigned_s": _I, "accepted_s": _I,
        "started_s": _I, "ended_s": _I, "work_s": _I, "ended": _TEXT, "reason": _TEXT,
    },
    "shifts": {
        "person": _TEXT, "seat": _TEXT, "role": _TEXT, "team": _TEXT, "start_s": _I, "end_s": _I,
        "paid_s": _I, "busy_s": _I, "break_s": _I, "meeting_s": _I, "late_s": _I, "absent_s": _I,
        "presence": _TEXT, "overtime_s": _I, "cost_minor": _I,
    },
    "people": {"person": _TEXT, "role": _TEXT, "team": _TEXT, "seat": _TEXT},
}  # fmt: skip
"""Columns and plain types; text is held as enums over the names that occur, labels and learners apart."""

OPTIONAL: dict[str, dict[str, Any]] = {
    "learners": {"learner": _TEXT, "joined_s": _I, "course": _TEXT, "stage": _TEXT},
    "externals": {
        "person": _TEXT, "learner": _TEXT, "period": _TEXT, "measure": _TEXT, "value": pl.Float64, "source": _TEXT,
    },
    "appraisals": {
        "person": _TEXT, "period": _TEXT, "item": _TEXT, "source": _TEXT, "author": _TEXT, "points": pl.Float64,
        "reason": _TEXT, "provenance": _TEXT, "ticket": _I, "stage": pl.Int16,
    },
}  # fmt: skip
"""Tables that a log may have beside these.

`joined_s` is the second in which somebody became a learner, below 0 if that was before the log; `stage` is the stage of
the life cycle. `externals` are values of measures that another system states of a person or of a learner for a period
(see `sim.log.periods`). `appraisals` are points that somebody (`source`: self, supervisor, peer, hr, audit, knowledge
or learner; `author`: who of them) gave a person for an item of a rubric in a period; `reason` says why, or is a note,
`provenance` where the row comes from; `ticket` and `stage` name the touch that they are for, if not for all the work
of the period.
"""

NEVER_NULL: dict[str, tuple[str, ...]] = {
    "cases": ("ticket", "kind", "priority"),
    "moments": ("ticket", "at_s", "number", "what"),
    "touches": ("ticket",),
    "shifts": ("person", "start_s", "end_s", "paid_s"),
    "people": ("person", "role"),
    "learners": ("learner",),
    "externals": ("period", "measure", "value"),
    "appraisals": ("person", "period", "item", "source", "points"),
}
"""Columns that every row must fill. A touch that still runs has neither `ended` nor `ended_s`."""

ORDERS: dict[str, tuple[str, ...]] = {
    "cases": ("ticket",),
    "moments": ("at_s", "ticket", "number"),
    "touches": ("ticket", "started_s", "ended_s", "stage", "branch"),
    "shifts": ("start_s", "person", "end_s"),
    "people": ("person",),
    "learners": ("learner",),
    "externals": ("measure", "period", "person", "learner"),
    "appraisals": ("period", "person", "item", "source", "author", "ticket", "stage"),
}
"""What the rows of a table are sorted by, nulls first."""

_PLAIN = ("label", "learner")
_FIXED = {"what": WHAT, "ended": ENDED, "presence": PRESENT}
_SHARED = ({"person", "who"}, {"seat"}, {"team"}, {"role"})


class Tables(Mapping[str, pl.DataFrame]):
    """Tables by name, each made when it is first read and then kept.

    Parameters
    ----------
    tables
        By name, a table or a function that makes it. Two threads that read a table at the same time may both make it,
        and get the same.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame | Callable[[], pl.DataFrame | Sheet]]) -> None:
        self._tables: dict[str, Sheet | Callable[[], pl.DataFrame | Sheet]] = {
            name: Sheet.of(found) if isinstance(found, pl.DataFrame) else found for name, found in tables.items()
        }

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table; make it, if it is not there yet."""
        return self.sheet(name).frame()

    def sheet(self, name: str) -> Sheet:
        """Return a table in columns, of which only those become columns of a frame that are read as such."""
        found = self._tables[name]
        if not isinstance(found, Sheet):
            found = self._tables[name] = Sheet.of(found())
        return found

    def __iter__(self) -> Iterator[str]:
        """Go over the names."""
        return iter(self._tables)

    def __len__(self) -> int:
        """Return the number of tables."""
        return len(self._tables)

    def __eq__(self, other: object) -> bool:
        """Say whether all tables are equal, types included."""
        if not isinstance(other, Tables):
            return NotImplemented
        if self is other:
            return True
        return set(self) == set(other) and all(
            self[name].schema == other[name].schema and self[name].equals(other[name]) for name in self
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type, tuple[dict[str, pl.DataFrame]]]:
        """Make all tables before they are pickled."""
        return Tables, (dict(self),)

    def made(self) -> frozenset[str]:
        """Return the names of the tables that are made already."""
        return frozenset(name for name, found in self._tables.items() if isinstance(found, Sheet))


def table(name: str, frame: pl.DataFrame, priorities: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return a frame as a checked table of the log: columns in order, types, enums, row order.

    Parameters
    ----------
    name
        A key of `SCHEMAS` or `OPTIONAL`.
    frame
        At least the columns that are never null; missing ones become null.
    priorities
        Names of the priorities, highest first, for the column `priority`.

    Raises
    ------
    LogError
        If a column is unknown, a value has the wrong type or a needed value is null; the message names them.
    """
    schema = (SCHEMAS | OPTIONAL)[name]
    if unknown := [column for column in frame.columns if column not in schema]:
        raise LogError(f"{name}: unknown column {unknown[0]!r}; known: {', '.join(schema)}")
    if missing := [column for column in NEVER_NULL[name] if column not in frame.columns]:
        raise LogError(f"{name}: column {missing[0]!r} is missing")
    columns = []
    for column, dtype in schema.items():
        values = frame[column] if column in frame.columns else pl.Series(column, [None] * frame.height, dtype)
        columns.append(_typed(name, values, dtype, priorities))
    made = pl.DataFrame(columns)
    for column in NEVER_NULL[name]:
        if count := made[column].null_count():
            raise LogError(f"{name}: {count} rows have no {column}")
    return _ordered(made, ORDERS[name])


def share_names(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables with one enum for the same thing: all persons, all seats, all teams, all roles.

    Two tables join on `person` only if both spell it with the same enum; `who` is spelt as a person is.
    """
    made = dict(tables)
    for names in _SHARED:
        places = [(name, column) for name, frame in made.items() for column in frame.columns if column in names]
        known = {made[name].schema[column] for name, column in places}
        if len(known) > 1:
            enum = pl.Enum(sorted({word for dtype in known for word in _words(dtype)}))
            for name, column in places:
                made[name] = made[name].with_columns(pl.col(column).cast(enum))
    return made


def _words(dtype: pl.DataType) -> Iterable[str]:
    return dtype.categories if isinstance(dtype, pl.Enum) else ()


def _ordered(frame: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Sort by the keys, then by all other columns, so that the order of the rows that came plays no part."""
    others = [column for column in frame.columns if column not in by]
    return frame.sort([*by, *others])


def _typed(name: str, values: pl.Series, dtype: Any, priorities: tuple[str, ...]) -> pl.Series:
    known = priorities if values.name == "priority" else _FIXED.get(values.name, ())
    try:
        if dtype != _TEXT or values.name in _PLAIN:
            return values.cast(dtype)
        if isinstance(values.dtype, pl.Enum) and (not known or tuple(values.dtype.categories) == known):
            return values
        text = values.cast(_TEXT)
        return text.cast(pl.Enum(known or text.drop_nulls().unique().sort()))
    except pl.exceptions.PolarsError as error:
        raise LogError(f"{name}.{values.name}: {str(error).splitlines()[0]}") from None
