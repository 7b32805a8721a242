"""A desk from a log: arrivals, routes, work, people, outcome; and the list of what had to be assumed."""

from dataclasses import dataclass

import polars as pl

from sim.desk import Demand, Desk, Kind
from sim.fit.arrivals import arrivals_of, busyness_shape, priorities_of, surge_of
from sim.fit.facts import Facts, day_zero, facts_of
from sim.fit.learners import population_of
from sim.fit.outcomes import outcome_of, patience_of, replies_at_end, routing_of
from sim.fit.people import speeds_of, staff_of
from sim.fit.routes import Routes, routes_of, stages_of
from sim.log import Log
from sim.notes import Note
from sim.sla import Sla

__all__ = ["Fit", "fit"]


@dataclass(frozen=True)
class Fit:
    """A fitted desk.

    Attributes
    ----------
    desk
        A desk that can be simulated; its kinds are the log's, told apart by their way where a kind has
        several.
    assumed
        What the log does not tell and how it was filled in; `scenarios.notes` has the sentences.
    variants
        `ticket`, `variant`: the fitted kind of each ticket of the log.
    """

    desk: Desk
    assumed: list[Note]
    variants: pl.DataFrame


def fit(log: Log, title: str = "") -> Fit:
    """Return the desk that a log shows, and what was assumed.

    Parameters
    ----------
    log
        A log, real or simulated; tickets that are still open at its end are right-censored.
    title
        Title of the desk.

    Raises
    ------
    ValueError
        If the log has no ticket, or nobody touched one.
    """
    facts = facts_of(log)
    routes = routes_of(facts)
    speed = speeds_of(facts, routes)
    demand = _demand(facts, routes, speed)
    routing = routing_of(facts)
    staff = staff_of(facts, routes, speed)
    desk = Desk(
        title=title or f"Fitted to a log of {log.cases.height} tickets ({log.source})",
        start=day_zero(log), weeks=max(1, min(520, round(facts.weeks))), time_zone=log.timeline.zone,
        currency=log.currency, priorities=log.priorities, demand=demand, staff=staff, routing=routing,
        outcome=outcome_of(facts), sla=_targets(log, demand),
        calendars=dict(log.calendars) if log.sla else {},
    )  # fmt: skip
    return Fit(desk, list(facts.assumed), routes.variants)


def _demand(facts: Facts, routes: Routes, speed: dict[str, float]) -> Demand:
    surge = surge_of(facts)
    rates, curves = arrivals_of(facts, routes.variants, surge)
    priorities = priorities_of(facts, routes.variants)
    patience = patience_of(facts, routes.variants)
    stages = stages_of(facts, routes, speed)
    at_end = replies_at_end(facts)
    about = {
        name: (category, channel, auto)
        for name, category, channel, auto in facts.tickets.join(routes.variants, on="ticket")
        .group_by("variant")
        .agg(
            pl.col("category").mode().sort().first(),
            pl.col("channel").fill_null("web").mode().sort().first(),
            pl.col("first_auto_reply_s").is_not_null().mean() > 0.5,
        )
        .iter_rows()
    }
    kinds = {
        name: Kind(
            category=about[name][0], channel=about[name][1], auto_reply=about[name][2], per_week=per_week,
            curve=curve, priorities=priorities[name], route=stages[name], patience=patience[name],
            replies_at_end=at_end,
        )
        for name, (per_week, curve) in sorted(rates.items())
    }  # fmt: skip
    population, learners = population_of(facts)
    return Demand(
        kinds=kinds,
        curves=curves,
        busyness_shape=busyness_shape(facts, surge),
        surges={} if surge is None else {"month_start": surge},
        learners=learners,
        population=population,
    )


def _targets(log: Log, demand: Demand) -> Sla | None:
    """Return the log's own agreement, without kinds that the fitted desk does not have."""
    if log.sla is None:
        return None
    kinds = {name: table for name, table in log.sla.kinds.items() if name in demand.kinds}
    changed = log.sla.changed(kinds=kinds)
    assert isinstance(changed, Sla)
    return changed
