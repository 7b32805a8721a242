"""A small desk with unlike seats and a short rubric, for tests of the laboratory."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl

from sim import model, sample
from sim.desk import Desk
from sim.kpi.rubric import Rubric, score_tally, tally

WEEK = ["mon", "tue", "wed", "thu", "fri"]


def lab_desk(people: dict[str, dict[str, Any]], **changes: Any) -> Desk:
    """Return up to four people in an early, a late, a weekend and another early seat, 12 tickets a day."""
    seat = {"role": "adviser", "team": "t", "takes": ["talk"]}
    seats = {
        "early": seat | {"shift": "early"}, "late": seat | {"shift": "late"},
        "weekend": seat | {"shift": "weekend"}, "x_early": seat | {"shift": "early"},
    }  # fmt: skip
    data: dict[str, Any] = {
        "start": "2026-03-01", "weeks": 2, "priorities": ["normal"],
        "sla": {"priorities": {"normal": {"response": {"target_min": 120}, "resolution": {"target_min": 480}}}},
        "demand": {"kinds": {"question": {
            "category": "c", "per_week": 84, "priorities": {"normal": 1.0},
            "route": [{"department": "d", "skill": "talk", "work": {"law": "gamma", "mean_min": 25, "scv": 0.5}}],
        }}},
        "staff": {
            "roles": {"adviser": {"skills": ["talk"]}},
            "teams": {"t": {"department": "d"}},
            "shifts": {
                "early": {"days": WEEK, "hours": "08:00-14:00"}, "late": {"days": WEEK, "hours": "14:00-20:00"},
                "weekend": {"days": ["sat", "sun", "mon"], "hours": "09:00-19:00"},
            },
            "seats": dict(list(seats.items())[: len(people)]),
            "persons": {name: {"role": "adviser"} | person for name, person in people.items()},
        },
        "outcome": {"solved_logit": 1.5, "survey": 1.0, "answers_logit": 1.0},
    }  # fmt: skip
    return Desk.model_validate_json(json.dumps(data | changes))


def short_rubric(**changes: Any) -> Rubric:
    """Return half the points for tickets solved at first contact, half for a first reply within two hours."""
    data: dict[str, Any] = {
        "title": {"en": "Two items", "zh": "两项"},
        "categories": {"work": {"weight": 1.0}},
        "items": [
            {"name": "solved", "category": "work", "max_points": 50, "kpi": "fcr_verified_72h", "statistic": "ratio",
             "best": 100.0, "worst": 0.0,
             "bands": [{"lower": 50, "low_points": 25, "high_points": 50},
                       {"upper": 50, "low_points": 0, "high_points": 25}]},
            {"name": "prompt", "category": "work", "max_points": 50, "kpi": "first_response_mean",
             "statistic": "share_weighted", "unit": "min", "best": 0.0, "worst": 2400.0,
             "bands": [{"upper": 120, "low_points": 30, "high_points": 50},
                       {"lower": 120, "low_points": 0, "high_points": 30}]},
        ],
        "tiers": [{"name": "A", "lower": 70, "coefficient": 1.2}, {"name": "B", "upper": 69, "coefficient": 0.8}],
    }  # fmt: skip
    return Rubric.model_validate_json(json.dumps(data | changes))


def scored(desk: Desk, rubric: Rubric, world: int, person: str) -> float:
    """Return what a person scores in March in one world, worked out by the model, one step at a time."""
    log, _ = model.run(desk, sample(desk, world))
    rows = score_tally(rubric, tally(log, rubric, begin=date(2026, 3, 1), end=date(2026, 4, 1)), level=None)
    return float(rows.filter(rows["person"].cast(pl.String) == person)["total"][0])


def rated_rubric() -> Rubric:
    """Return all points for the share of ratings that are good."""
    item = {
        "name": "rated", "category": "work", "max_points": 100, "kpi": "csat_top2_share", "statistic": "ratio",
        "best": 100.0, "worst": 0.0, "bands": [
            {"lower": 50, "low_points": 50, "high_points": 100}, {"upper": 50, "low_points": 0, "high_points": 50}],
    }  # fmt: skip
    return short_rubric(items=[item])
