"""The same log under every other answer to the questions that a rubric leaves open: who changes tier, and pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import polars as pl

from sim.kpi.credit import POLICIES
from sim.kpi.rubric.data import Rubric
from sim.kpi.rubric.following import following, length_of
from sim.kpi.rubric.items import TIMES, Item
from sim.kpi.rubric.points import RubricError
from sim.kpi.rubric.policies import BorderPolicy, InsidePolicy, MissingPolicy, OverlapPolicy, SmallPolicy
from sim.kpi.rubric.score import forms_in, score_tally
from sim.kpi.rubric.tally import Tally, tally
from sim.log import Log

_FCR = ("fcr_no_followup", "fcr_single_contact", "fcr_verified_72h")
_POLICIES: tuple[tuple[str, str, tuple[object, ...]], ...] = (
    ("A-02", "border", get_args(BorderPolicy)), ("A-02b", "overlap", get_args(OverlapPolicy)),
    ("A-24", "inside", get_args(InsidePolicy)), ("A-29", "missing", get_args(MissingPolicy)),
    ("A-30", "round_total", (None, 1.0)), ("A-10", "double_weighting", (False, True)),
    ("A-09", "prefilled", (("supervisor",), ("self", "supervisor"), ())), ("small n", "small_n", get_args(SmallPolicy)),
    ("A-12", "attribution", tuple(POLICIES)),
)  # fmt: skip
_SWITCHES: tuple[tuple[str, str, tuple[object, ...]], ...] = (
    ("A-04", "low_rating", (1, 2, 3)), ("A-06", "overdue_open", ("late", "left_out")),
    ("A-08", "misjudged", ("fail", "left_out")), ("A-19", "accept_from", ("assignment", "creation")),
    ("A-22", "complaints_per", ("resolved", "created")), ("A-22", "repeat_days", (7, 30, 90)),
    ("A-32", "period", ("as_defined", "created", "resolved", "closed")),
)  # fmt: skip
_COUNTS = frozenset({"attribution", "kpi", "per"})
"""Keys of policies and items that change what is counted, not only what it earns: without shifts, `per` does."""


@dataclass(frozen=True)
class Alternative:
    """Another answer to one open question.

    Attributes
    ----------
    question
        Its id, as `A-02`.
    switch
        The key of the rubric that answers it, as `policy.border` or `items.response.statistic`.
    was, to
        The rubric's answer, and the other one.
    rubric
        The rubric under the other answer.
    recounts
        Whether the log has to be counted anew.
    """

    question: str
    switch: str
    was: object
    to: object
    rubric: Rubric
    recounts: bool


@dataclass(frozen=True)
class Shift:
    """What another answer changes.

    Attributes
    ----------
    alternative
        The other answer.
    scored
        Person-periods that have a score under either.
    moves
        person, role, period, total, other_total, tier, other_tier, pay, other_pay: those whose tier or pay changes.
    mean_change
        Mean absolute change of the total over those that have one under both, in points; None without any.
    pay_moved
        Sum of the absolute changes of pay, in parts of one person's performance pay of a period.
    refused
        Why the rubric cannot be scored so; empty where it can.
    """

    alternative: Alternative
    scored: int
    moves: pl.DataFrame
    mean_change: float | None
    pay_moved: float
    refused: str = ""


def alternatives(rubric: Rubric) -> list[Alternative]:
    """Return every other answer to a question that a rubric leaves open, one question at a time."""
    made = [*_of_policies(rubric), *_of_switches(rubric)]
    for number, item in enumerate(rubric.items):
        made += _of_item(rubric, item, number)
    return made


def _of_policies(rubric: Rubric) -> Iterator[Alternative]:
    for question, name, choices in _POLICIES:
        was = getattr(rubric.policy, name)
        for other in choices:
            if other != was:
                changed = rubric.changed(policy=rubric.policy.changed(**{name: other}))
                yield Alternative(question, f"policy.{name}", was, other, changed, name in _COUNTS)


def _of_switches(rubric: Rubric) -> Iterator[Alternative]:
    kpis, named = rubric.book().kpis, {item.kpi for item in rubric.items if item.kpi}
    touched = {switch for name in named if name in kpis for switch in kpis[name].switches} | {"period"}
    for question, name, choices in _SWITCHES:
        if name not in touched:
            continue
        was = getattr(rubric.switches, name)
        for other in choices:
            if other != was:
                changed = rubric.changed(switches=rubric.switches.changed(**{name: other}))
                yield Alternative(question, f"switches.{name}", was, other, changed, True)


def _of_item(rubric: Rubric, item: Item, number: int) -> Iterator[Alternative]:
    def other(question: str, name: str, to: object) -> Alternative:
        items = list(rubric.items)
        items[number] = item.changed(**{name: to})
        switch = f"items.{item.name}.{name}"
        changed = rubric.changed(items=tuple(items))
        return Alternative(question, switch, getattr(item, name), to, changed, name in _COUNTS)

    if item.statistic in TIMES:
        yield from (other("A-01", "statistic", to) for to in TIMES if to != item.statistic)
    if item.statistic == "relative":
        yield other("A-13", "per", "ticket" if item.per == "rostered_hour" else "rostered_hour")
        yield other("A-13", "include_self", not item.include_self)
    if item.worst_needs:
        yield other("A-26", "worst_needs", 0)
    if item.kpi in _FCR:
        yield from (other("A-08", "kpi", to) for to in _FCR if to != item.kpi)


def shifts(
    log: Log, rubric: Rubric, others: Sequence[Alternative] | None = None,
    periods: Callable[[str], bool] = lambda period: True,
) -> Iterator[Shift]:  # fmt: skip
    """Yield what every other answer changes in the scores of a log.

    Parameters
    ----------
    log
        A log.
    rubric
        The rubric.
    others
        The answers to try; all of `alternatives` by default.
    periods
        Says of a period whether it counts: those of one version of a rubric (`Version.scores`); all by default.

    Notes
    -----
    One question is answered otherwise at a time; answers that matter only together are not found. It is about people
    whose tier hangs on how somebody read a document, not on their work.
    """
    counted = tally(log, rubric)
    base = _scored(log, rubric, counted, periods)
    for other in alternatives(rubric) if others is None else others:
        try:
            again = tally(log, other.rubric) if other.recounts else counted
            scores = _scored(log, other.rubric, again, periods)
        except (RubricError, ValueError) as error:
            yield Shift(other, 0, base.clear(), None, 0.0, str(error))
            continue
        yield _shift(other, base, scores)


def _scored(log: Log, rubric: Rubric, counted: Tally, periods: Callable[[str], bool]) -> pl.DataFrame:
    """Return person, role, period, total, tier and pay."""
    frame = score_tally(rubric, counted, forms=forms_in(log, rubric, counted), level=None)
    frame = frame.filter(pl.col("period").is_in([each for each in frame["period"].unique() if periods(each)]))
    lengths = frame["period"].map_elements(length_of, pl.String)
    parts = [following(rows, rubric).people for _, rows in frame.group_by(lengths, maintain_order=True)]
    columns = ["person", "role", "period", "total", "tier", "pay"]
    if not parts:
        return following(frame, rubric).people.select(columns)
    return pl.concat([part.select(columns) for part in parts]).sort("period", "role", "person")


def _shift(other: Alternative, base: pl.DataFrame, scores: pl.DataFrame) -> Shift:
    renamed = scores.select(
        "person", "period", other_role="role", other_total="total", other_tier="tier", other_pay="pay"
    )
    both = base.join(renamed, on=["person", "period"], how="full", coalesce=True)
    both = both.with_columns(role=pl.coalesce("role", "other_role")).drop("other_role")
    scored = both.filter(pl.col("total").is_not_null() | pl.col("other_total").is_not_null())
    apart = (pl.col("other_total") - pl.col("total")).abs()
    paid = (pl.col("other_pay").fill_null(0) - pl.col("pay").fill_null(0)).abs()
    moved = scored.filter(pl.col("tier").ne_missing(pl.col("other_tier")) | (paid > 1e-9)).sort(
        "period", "role", "person"
    )
    mean = scored.select(apart.mean()).item()
    return Shift(other, scored.height, moved, mean, float(scored.select(paid.sum()).item() or 0.0))
