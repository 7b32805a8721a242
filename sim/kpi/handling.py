"""Columns of a ticket that its touches tell: who was asked when, which departments worked on it, in which order."""

from __future__ import annotations

from collections.abc import Callable, Collection

import polars as pl

from sim.log import Log

CALL_BACK = "call_back"
"""Reason of a touch that asks the learner, after the resolution, whether it holds."""

SUPERVISION = "supervision"
"""Reason of a touch by a supervisor who looks at a ticket that was escalated."""

ASSIST = "assist"
"""Reason of a touch by which a colleague helps, and of the wait for it."""

_c = pl.col
_worked = _c("person").is_not_null() & _c("started_s").is_not_null()


def handling(log: Log, needed: Collection[str]) -> list[pl.Series]:
    """Return the wanted columns, in the order of the tickets.

    Parameters
    ----------
    log
        A log.
    needed
        Names of columns; those that are not in `HANDLING` are left out.

    Returns
    -------
    list of Series
        `first_assigned_s`, `first_accepted_s`: when a person was first asked, and first accepted, in seconds;
        `departments`: how many departments worked on it; `contacts`: how often work went on in another department;
        `record_whole`: whether every touch names its person, begin and end; `steps_kept`: whether the stages were begun
        one after the other and none was skipped, as far as the last that is on record; `called_back`: whether somebody
        began a call-back; `looked_s`: when a supervisor first began to look at it, in seconds.
        Null without a touch that tells.
    """
    makers = {HANDLING[name] for name in needed if name in HANDLING}
    made = [
        log.tickets.select("ticket").join(maker(log.touches), on="ticket", how="left", maintain_order="left")
        for maker in sorted(makers, key=lambda maker: maker.__name__)
    ]
    return [frame[name] for frame in made for name in frame.columns if name in needed]


def _asked(touches: pl.DataFrame) -> pl.DataFrame:
    asked = touches.filter(_c("person").is_not_null()).group_by("ticket")
    return asked.agg(first_assigned_s=_c("assigned_s").min(), first_accepted_s=_c("accepted_s").min())


def _departments(touches: pl.DataFrame) -> pl.DataFrame:
    """Touches are sorted by ticket and begin."""
    rows = touches.filter(_worked & _c("department").is_not_null()).select("ticket", "department")
    same = _c("ticket") == _c("ticket").shift(1)
    turn = (same & (_c("department") != _c("department").shift(1))).fill_null(False)
    rows = rows.with_columns(turn=turn.cast(pl.Int64))
    return rows.group_by("ticket").agg(
        departments=_c("department").n_unique().cast(pl.Int64), contacts=_c("turn").sum()
    )


def _record(touches: pl.DataFrame) -> pl.DataFrame:
    told = pl.all_horizontal(_c(name).is_not_null() for name in ("person", "started_s", "ended_s"))
    return touches.group_by("ticket").agg(record_whole=(told | (_c("ended") == "left").fill_null(False)).all())


def _steps(touches: pl.DataFrame) -> pl.DataFrame:
    begun = touches.filter(_worked & _c("stage").is_not_null())
    begun = begun.group_by("ticket", "stage").agg(begun_s=_c("started_s").min()).sort("ticket", "stage")
    first = (_c("ticket") != _c("ticket").shift(1)).fill_null(True)
    follows = (_c("stage") == _c("stage").shift(1) + 1) & (_c("begun_s") >= _c("begun_s").shift(1))
    kept = pl.when(first).then(_c("stage") == 0).otherwise(follows)
    return begun.with_columns(steps_kept=kept).group_by("ticket").agg(_c("steps_kept").all())


def _called_back(touches: pl.DataFrame) -> pl.DataFrame:
    calls = touches.filter(_worked & (_c("reason").cast(pl.String) == CALL_BACK))
    return calls.select("ticket", called_back=pl.lit(True)).unique()


def _looked(touches: pl.DataFrame) -> pl.DataFrame:
    looks = touches.filter(_worked & (_c("reason").cast(pl.String) == SUPERVISION))
    return looks.group_by("ticket").agg(looked_s=_c("started_s").min())


HANDLING: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "first_assigned_s": _asked,
    "first_accepted_s": _asked,
    "departments": _departments,
    "contacts": _departments,
    "record_whole": _record,
    "steps_kept": _steps,
    "called_back": _called_back,
    "looked_s": _looked,
}
"""Column: what makes it of the touches."""
