"""What one log says of how fair it would be to appraise its people, and what no log can say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from sim.kpi.appraised import Appraised, appraised
from sim.kpi.book import STANDARD_BOOK, Book
from sim.kpi.estimators import TARGETS
from sim.kpi.judge_defects import judge_defects
from sim.kpi.log_tiers import TierRisk
from sim.kpi.observed import LEAST, of_rows
from sim.kpi.shown import MIX, cases, shown, stints, why_none
from sim.kpi.suspicious import AGAIN_S, LEVEL, SHORT, Pattern, short_and_again
from sim.log import Log

STINTS = "stint_overdue_rate"
"""Share of the pieces of work of somebody that took longer than the target of the ticket's priority."""

JUDGED = (
    "resolution_overdue_rate", "response_overdue_rate", "csat_mean", "fcr_verified_72h", "resolution_time_mean",
    "first_response_mean", "work_min_mean", "reopen_rate", "independent_rate",
)  # fmt: skip
"""KPIs that are looked at where none are named, the first that can be told leads."""

CANNOT = ("mix", "given", "conduct", "validity", "world", "fit")
"""What no log shows, whatever it holds."""

SEAT = "seat"
"""Is not shown either where nobody moved."""


@dataclass(frozen=True)
class LogFairness:
    """What a log says of its people's figures.

    Attributes
    ----------
    kpis
        What it says of each KPI that can be told of people, in the order asked for.
    untold
        Why others cannot.
    patterns
        Contacts ended at once, by person, the most striking first.
    patterns_reason
        Why there are none.
    judges
        Defects of those who stated points, as of `sim.kpi.judge_defects`; None where nobody did.
    tiers
        How sure the tiers of a rubric are; None where none was asked for.
    roles
        Roles of the people who are compared in the leading KPI.
    cannot
        Keys of what the log does not show.
    """

    kpis: tuple[Appraised, ...]
    untold: dict[str, str] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    patterns_reason: str | None = None
    judges: pl.DataFrame | None = None
    cannot: tuple[str, ...] = CANNOT
    roles: tuple[str, ...] = ()
    tiers: TierRisk | None = None

    @property
    def leading(self) -> Appraised | None:
        """The first KPI in which people can be compared; None if there is none."""
        return next((each for each in self.kpis if each.reason is None), None)


def fairness_of_log(
    log: Log, kpis: Sequence[str] | None = None, *, mix: tuple[str, ...] = MIX, role: str | None = None,
    least: int = LEAST, targets_s: Mapping[str, int] | None = None, attribution: str = "last_resolver",
    targets: tuple[float, ...] = TARGETS, short: float = SHORT, again_s: int = AGAIN_S, alarm: float = LEVEL,
    level: float = 0.95, book: Book = STANDARD_BOOK, on_progress: Callable[[], object] = lambda: None,
) -> LogFairness:  # fmt: skip
    """Return what a log says of how fair it would be to appraise its people by KPIs.

    Parameters
    ----------
    log
        A log, real or simulated.
    kpis
        Names; `JUDGED` by default, as far as the log can tell them.
    mix, role, least, attribution, book
        As of `sim.kpi.shown`.
    targets_s
        Seconds by priority that somebody may keep a ticket; adds `STINTS` in front of the others.
    targets
        Reliabilities for which the needed tickets are told.
    short, again_s, alarm
        As of `sim.kpi.suspicious.short_and_again`.
    level
        Coverage of the intervals, in (0, 1).
    on_progress
        Called after each KPI.

    Raises
    ------
    ValueError
        If a name or an amount is not as said, or a KPI that was named cannot be told of people.
    """
    made, untold = [], {}
    if targets_s:
        rows = cases(stints(log, targets_s), log, mix, role)
        made.append(
            appraised(of_rows(rows, STINTS, better="lower", mix=mix, least=least), level=level, targets=targets)
        )
        on_progress()
    for name in dict.fromkeys(kpis or JUDGED):
        if reason := why_none(log, name, book):
            if kpis:
                raise ValueError(f"{name}: {reason}")
            untold[name] = reason
        else:
            rows_of = shown(log, name, mix=mix, role=role, least=least, attribution=attribution, book=book)
            made.append(appraised(rows_of, level=level, targets=targets))
        on_progress()
    patterns, reason = short_and_again(log, short=short, again_s=again_s, level=alarm)
    told = any(each.movers is not None and each.movers.reason is None for each in made)
    judges = None if log.appraisals.is_empty() else judge_defects(log.appraisals, log, level=level)
    cannot = CANNOT if told else (SEAT, *CANNOT)
    found = LogFairness(tuple(made), untold, tuple(patterns), reason, judges, cannot)
    return replace(found, roles=_roles(log, found.leading))


def _roles(log: Log, leading: Appraised | None) -> tuple[str, ...]:
    named = [] if leading is None else [each.person for each in leading.people]
    own = log.people.filter(pl.col("person").cast(pl.String).is_in(named))["role"].cast(pl.String)
    return tuple(own.unique().sort())
