"""What becomes of tickets: reopening, closing, ratings, and learners who leave."""

import numpy as np
import polars as pl

from sim.desk import Law, Outcome, Routing
from sim.fit.facts import Facts
from sim.fit.laws import heavy_law_of, law_of, waits_rate
from sim.fit.routes import first_acts

FEWEST_WHO_LEFT = 20
EXPECTED_TO_LEAVE = 5
"""A kind that nobody left is patient, if by the patience of all so many should have left."""
SLOWEST = 0.99
"""Longer delays to the first act count as this quantile: forgotten tickets are no habit."""


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
        facts.assume("fit.same_reopening")
    else:
        longest_h = 0.0
        facts.assume("fit.no_reopening")
    return Outcome(**fields, **_closing(facts, longest_h), **_ratings(facts))  # type: ignore[arg-type]


def _logit(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return float(np.round(np.log(share / (1 - share)), 4))


def _reopen_work(facts: Facts) -> float:
    if not facts.works:
        facts.assume("fit.half_again")
        return 0.5
    spells = facts.spells.filter(pl.col("work_s").is_not_null())
    again = spells.filter("again")
    last = spells.filter(~pl.col("again")).join(again.select("ticket").unique(), on="ticket", how="semi")
    last = last.group_by("ticket", maintain_order=True).last()
    if not again.height or not last.height or not last["work_s"].sum():
        return 0.5
    ratio = np.mean(again["work_s"].to_numpy()) / np.mean(last["work_s"].to_numpy())
    return float(np.round(np.clip(ratio, 0.05, 10), 3))


def _closing(facts: Facts, longest_h: float) -> dict[str, float]:
    tickets = facts.tickets.filter(pl.col("closed_s").is_not_null() & pl.col("resolved_s").is_not_null())
    if not tickets.height:
        return {"close_after_h": max(72.0, longest_h)}
    delay_h = float(np.median((tickets["closed_s"] - tickets["resolved_s"]).to_numpy()) / 3600)
    return {"close_after_h": max(round(delay_h, 2), longest_h)}


def _ratings(facts: Facts) -> dict[str, float]:
    tickets = facts.tickets
    rated = tickets["rated_outcome"].drop_nulls()
    asked = int(tickets["surveyed"].sum())
    closed = int(tickets["closed_s"].is_not_null().sum())
    if not rated.len() or not asked or not closed:
        facts.assume("fit.no_ratings")
        return {"survey": 0.0}
    facts.assume("fit.ratings")
    return {
        "survey": round(min(asked / closed, 1.0), 4),
        "answers_logit": _logit(rated.len() / asked),
        "answers_per_point": 0.0,
        **_satisfaction(tickets.filter(pl.col("rated_outcome").is_not_null())),
    }


def _satisfaction(rated: pl.DataFrame) -> dict[str, float]:
    """Return what a rating begins with and loses, by least squares; a loss below 0 counts as none."""
    base = Outcome()
    wait_min = (rated["first_reply_s"].fill_null(rated["rated_s"]) - rated["created_s"]).to_numpy() / 60
    causes = {
        "per_wait_doubling": np.log2(np.maximum(wait_min / base.expected_wait_min, 1.0)),
        "per_reopening": rated["reopens"].to_numpy().astype(float),
        "per_handoff": rated["handoffs"].to_numpy().astype(float),
    }
    points = rated["rated_outcome"].to_numpy().astype(float)
    kept = [name for name in causes if np.ptp(causes[name]) > 0 and len(points) >= 30]
    losses = dict.fromkeys(causes, 0.0)
    if kept:
        table = np.column_stack([np.ones(len(points)), *(-causes[name] for name in kept)])
        found = np.linalg.lstsq(table, points, rcond=None)[0]
        losses |= {name: float(np.round(max(loss, 0.0), 3)) for name, loss in zip(kept, found[1:], strict=True)}
    lost = sum(losses[name] * causes[name].mean() for name in causes)
    rest = points - points.mean() + sum(losses[name] * (causes[name] - causes[name].mean()) for name in causes)
    return losses | {
        "satisfaction": float(np.round(points.mean() + lost, 3)),
        "satisfaction_sd": float(np.round(rest.std(), 3)),
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
    facts.assume("fit.patience", left=FEWEST_WHO_LEFT)
    names = rows["variant"].to_numpy()
    for name in out:
        mine = names == name
        if not left[mine].any() and waited[mine].sum() > EXPECTED_TO_LEAVE * common:
            continue
        mean = waits_rate(waited[mine], left[mine]) if left[mine].sum() >= FEWEST_WHO_LEFT else common
        out[name] = Law(law="exponential", mean_min=round(max(mean or common, 1.0) / 60, 4))
    return out


def routing_of(facts: Facts) -> Routing:
    """Return how tickets find people: a pool, or personal inboxes where only holding is known."""
    if facts.works:
        facts.assume("fit.pool")
        return Routing(mode="pool", policy="priority_fifo")
    waits = first_acts(facts)
    law = heavy_law_of(np.minimum(waits, np.quantile(waits, SLOWEST)))
    facts.assume("fit.inbox", cut=round(1 - SLOWEST, 4))
    return Routing(mode="inbox", policy="priority_fifo", pickup=law)


def replies_at_end(facts: Facts) -> bool:
    """Return whether first replies come at the end of the first work rather than at its begin."""
    if not facts.works:
        return False
    first = facts.spells.filter(pl.col("order") == 0).join(facts.tickets.select("ticket", "first_reply_s"), on="ticket")
    at_end = (first["first_reply_s"] == first["end_s"]).sum()
    at_begin = (first["first_reply_s"] == first["started_s"]).sum()
    return bool(at_end > at_begin)
