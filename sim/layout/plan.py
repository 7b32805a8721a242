"""What the layouts of a desk have in common, worked out once."""

from typing import Any, NamedTuple

import numpy as np

from sim import chance, rules
from sim.calendar.zones import DAY_S, EPOCH_DAY
from sim.crew import PPM, skills_of
from sim.desk import Desk, Law
from sim.desk.once import once_per_demand, once_per_desk
from sim.laws import table_ms
from sim.layout.form import Floats
from sim.layout.people import caps_of, chats_of, codes_of, tempted_of
from sim.layout.steps import Way, way_of
from sim.sla import SlaClock


class Plan(NamedTuple):
    """What the layouts of a desk have in common: attributes of `Layout`, and a clock to copy."""

    parts: dict[str, Any]
    sla_clock: SlaClock | None


@once_per_desk
def plan_of(desk: Desk) -> Plan:
    """Return what the layouts of a desk have in common."""
    skills = skills_of(desk)
    tables: list[Floats] = []

    def row(law: Law | None) -> int:
        if law is None:
            return -1
        tables.append(table_ms(law))
        return len(tables) - 1

    names = sorted(desk.demand.kinds)
    kinds = [desk.demand.kinds[name] for name in names]
    ways = [way_of(desk, name, skills, row) for name in names]
    reopen_row, pickup_row = row(desk.outcome.reopen_after), row(desk.routing.pickup)
    neglect, pull = desk.routing.neglect, desk.routing.pull
    forgotten_row = row(None if neglect is None else neglect.forgotten)
    dispatch = desk.routing.dispatch
    dispatch_row = row(None if dispatch is None else dispatch.delay)
    look_row = row(None if pull is None else pull.look_around)
    rooms = sorted(desk.demand.rooms)
    first_day = desk.start.toordinal() - EPOCH_DAY
    midnights = desk.timeline().at_walls((first_day + np.arange(7 * desk.weeks)) * DAY_S)
    parts = {
        "until_s": desk.until_s(), "clock_s": desk.clock_s, "tables": np.array(tables),
        **{name: tuple(getattr(way, name) for way in ways) for name in Way._fields},
        "helping": any(way.assists != way.looks for way in ways),
        "helper": tuple(bool(kind.calls_back) + max(step.branches for step in way.routes)
                        for kind, way in zip(kinds, ways, strict=True)),
        "parallel": any(stage.beside for kind in kinds for stage in kind.route),
        "stages": max(len(way.routes) for way in ways),
        "calls_back": tuple(kind.calls_back for kind in kinds),
        "reopen_row": reopen_row, "pickup_row": pickup_row, "forgotten_row": forgotten_row,
        "escalates_s": int(rules.delay_s(round(3_600_000 * (desk.routing.escalates_after_h or 0)), desk.clock_s)),
        "escalates_overdue": desk.routing.escalates_overdue,
        "dispatch_row": dispatch_row, "look_row": look_row, "kind_codes": tuple(chance.code(name) for name in names),
        "declines": tuple(0.0 if pull is None else pull.declines.get(name, 0.0) for name in names),
        "remind_s": 0 if neglect is None else int(rules.delay_s(60_000 * neglect.remind_min, desk.clock_s)),
        "rooms": tuple(-1 if kind.room is None else rooms.index(kind.room) for kind in kinds),
        "places": tuple(desk.demand.rooms[room] for room in rooms),
        "ease": tuple(rules.ease_of(desk.outcome.solved_logit, kind.difficulty_mean) for kind in kinds),
        "midnights_s": midnights // desk.clock_s * desk.clock_s, **codes_of(desk),
        "merge_ms": tuple(round(60_000 * kind.duplicates.merge_min) if kind.duplicates else 0 for kind in kinds),
        "next_replies": bool(desk.sla and any(place.endswith("next_response") for place, _ in desk.sla.clauses())),
        "lead_s": 60 * desk.sla.warning_min if desk.sla else 0, "orphan_s": round(desk.routing.orphan_h * 3600),
        "close_after_s": -(-round(desk.outcome.close_after_h * 3600) // desk.clock_s) * desk.clock_s,
        "reopen_ppm": round(desk.outcome.reopen_work * PPM), "keeps_ppm": round(desk.routing.keeps_progress * PPM),
        **tempted_of(desk), **chats_of(desk, kinds), **caps_of(desk, names),
    }  # fmt: skip
    return Plan(parts, _clock_of(desk))


@once_per_demand
def _clock_of(desk: Desk) -> SlaClock | None:
    return SlaClock.of(desk.sla, desk.calendars, desk.timeline(), 0, desk.until_s()) if desk.sla else None
