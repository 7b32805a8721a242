"""What becomes of tickets: reopening, closing, ratings, and learners who leave."""

import numpy as np
import polars as pl

from sim.desk import Law, Outcome, Routing
from sim.fit.facts import Facts
from sim.fit.laws import heavy_law_of, law_of, waits_rate
from sim.fit.routes import first_acts

FEWEST_WHO_LEFT = 20


def outcome_of(facts: Facts) -> Outcome:
    """Return reopening, closing and ratings as far as the log shows them."""
    what = pl.col("what").cast(pl.String)
    turns = facts.log.moments.filter(what.is_in(["resolved", "reopened"])).sort("ticket", "at_s", "number")
    turns = turns.with_columns(
        next=what.shift(-1).over("ticket"), after=pl.col("at_s").shift(-1).over("ticket") - pl.col("at_s")
    )
    resolved = turns.filter(what == "resolved")
    back = resolved.filter(pl.col("next") == "reopened")["after"].to_numpy().astype(float)
    chances = resolved.height
    fields: dict[str, object] = {}
    if len(back):
        share = len(back) / chances
        law = law_of(back) if facts.works else heavy_law_of(back)
        fields |= {"solved_logit": _logit(1 - share), "reopen_after": law, "reopen_work": _reopen_work(facts)}
        longest_h = float(np.ceil(back.max() / 3600))
        facts.assume("Every resolution reopens with the same probability, whoever resolved it.")
    else:
        longest_h = 0.0
        facts.assume("No ticket was reopened: every resolution holds.")
    return Outcome(**fields, **_closing(facts, longest_h), **_ratings(facts))  # type: ignore[arg-type]


def _logit(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return float(np.round(np.log(share / (1 - share)), 4))


def _reopen_work(facts: Facts) -> float:
    if not facts.works:
        facts.assume("A reopened ticket asks for half the work of its last stage.")
        return 0.5
    spells = facts.spells.filter(pl.col("work_s").is_not_null())
    again = spells.filter("again")
    last = spells.filter(~pl.col("again")).join(again.select("ticket").unique(), on="ticket", how="semi")
    last = last.group_by("ticket", maintain_order=True).last()
    if not again.height or not last.height or not last["work_s"].sum():
        return 0.5
    per_visit = again["work_s"].sum() / again.height
    return float(np.round(np.clip(per_visit / (last["work_s"].sum() / last.height), 0.05, 10), 3))


def _closing(facts: Facts, longest_h: float) -> dict[str, float]:
    tickets = facts.tickets.filter(pl.col("closed_s").is_not_null() & pl.col("resolved_s").is_not_null())
    if not tickets.height:
        return {"close_after_h": max(72.0, longest_h)}
    delay_h = float(((tickets["closed_s"] - tickets["resolved_s"]) / 3600).median() or 0.0)  # type: ignore[arg-type]
    return {"close_after_h": max(round(delay_h, 2), longest_h)}


def _ratings(facts: Facts) -> dict[str, float]:
    tickets = facts.tickets
    rated = tickets["rated_outcome"].drop_nulls()
    asked = int(tickets["surveyed"].sum())
    closed = int(tickets["closed_s"].is_not_null().sum())
    if not rated.len() or not asked or not closed:
        facts.assume("No ratings are on record: none are simulated.")
        return {"survey": 0.0}
    facts.assume("Ratings keep the default dependence on wait, reopening and hand-offs; share and mean are fitted.")
    return {
        "survey": round(min(asked / closed, 1.0), 4),
        "answers_logit": _logit(rated.len() / asked),
        "answers_per_point": 0.0,
        "satisfaction": round(float(rated.mean() or 0.0), 3),  # type: ignore[arg-type]
    }


def patience_of(facts: Facts, variants: pl.DataFrame) -> dict[str, Law | None]:
    """Return the patience of each fitted kind: exponential, from waits that service cut off."""
    rows = facts.tickets.join(variants, on="ticket").with_columns(
        until=pl.min_horizontal("left_s", "first_started_s").fill_null(facts.log.until_s),
        left=pl.col("left_s").is_not_null(),
    )
    waited = (rows["until"] - rows["created_s"]).to_numpy().astype(float)
    left = rows["left"].to_numpy()
    common = waits_rate(waited, left)
    out: dict[str, Law | None] = dict.fromkeys(variants["variant"].unique().sort().to_list())
    if common is None:
        return out
    facts.assume(
        "Patience is exponential: the time that all waited, divided by the number who left; kinds with fewer than "
        f"{FEWEST_WHO_LEFT} who left take the patience of all."
    )
    names = rows["variant"].to_numpy()
    for name in out:
        mine = names == name
        mean = waits_rate(waited[mine], left[mine]) if left[mine].sum() >= FEWEST_WHO_LEFT else common
        out[name] = Law(law="exponential", mean_min=round(max(mean or common, 1.0) / 60, 4))
    return out


def routing_of(facts: Facts) -> Routing:
    """Return how tickets find people: a pool with work times, personal inboxes where only holding is known."""
    if facts.works:
        facts.assume("Routing is not on record: one pool by priority, then age, to whoever is idle longest.")
        return Routing(mode="pool", policy="priority_fifo")
    law = heavy_law_of(first_acts(facts))
    facts.assume(
        "Routing is not on record: a ticket lands in the inbox of somebody on duty, by priority, then age; the pick-up "
        "delay has the mean and the median of the time to the first act, nights left out."
    )
    return Routing(mode="inbox", policy="priority_fifo", pickup=law)


def replies_at_end(facts: Facts) -> bool:
    """Return whether first replies come at the end of the first work rather than at its begin."""
    if not facts.works:
        return False
    first = facts.spells.filter(pl.col("order") == 0).join(
        facts.tickets.select("ticket", "first_reply_s"), on="ticket"
    )
    at_end = (first["first_reply_s"] == first["end_s"]).sum()
    at_begin = (first["first_reply_s"] == first["started_s"]).sum()
    return bool(at_end > at_begin)
