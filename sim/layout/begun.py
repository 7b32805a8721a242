"""Tickets that are open when a run begins."""

from typing import Any

import numpy as np

from sim import chance, rules
from sim.crew import Crew
from sim.desk import Desk
from sim.layout.form import Step
from sim.layout.plan import Plan
from sim.opening import Opening, opened
from sim.world import World

NOTHING = np.zeros(0, np.int64)


NO_OPENING: dict[str, Any] = {"opening": 0} | {
    **{f"opening_{name}": NOTHING for name in ("stage", "visit", "ready_s", "owner", "replied_s", "leaves_s")},
    **{f"opening_{name}": NOTHING.astype(np.bool_) for name in ("returns", "referred")},
}


def begun_with(desk: Desk, world: World, opening: Opening, plan: Plan, crew: Crew) -> tuple[World, dict[str, Any]]:
    """Return the world with the open tickets put first, and the attributes of `Layout` that tell of them."""
    joined, n = opened(desk, world, opening), len(opening)
    routes = plan.parts["routes"]
    kind = joined.kind[:n]
    stage = np.minimum(opening.stage, np.array(plan.parts["last"])[kind])
    reopened = opening.reopens > 0
    for row in np.flatnonzero(opening.asked | opening.referred | reopened).tolist():
        step, at = routes[kind[row]][stage[row]], int(stage[row])
        if step.branches:  # all of them are brought anew
            continue
        done_ppm = step.refers_after_ppm if opening.referred[row] else step.asks_after_ppm
        joined.work_ms[row, at] = left_ms(joined, row, at, step, int(opening.reopens[row]), plan, done_ppm)
        joined.asks[row, at] = False
    person: dict[str | None, int] = {name: number for number, name in enumerate(crew.names)}
    owner = [person.get(name, -1) for name in opening.owner]
    may = [
        who >= 0 and routes[k][at].skill in crew.takes[who] and k not in crew.barred[who]
        for who, k, at in zip(owner, kind, stage, strict=True)
    ]
    untouched = np.array([name is None for name in opening.owner]) & (stage == 0) & ~reopened
    untouched &= opening.replied_s == 0
    grain = desk.clock_s
    return joined, {
        "opening": n, "opening_stage": stage, "opening_visit": opening.reopens,
        "opening_ready_s": opening.ready_s // grain * grain, "opening_owner": np.array(owner, np.int64),
        "opening_returns": opening.begun & np.array(may, np.bool_),
        "opening_referred": opening.referred | reopened,
        "opening_replied_s": opening.replied_s // grain * grain,
        "opening_leaves_s": np.where(untouched, joined.patience_s[:n], -1),
    }  # fmt: skip


def left_ms(world: World, row: int, stage: int, step: Step, visit: int, plan: Plan, done_ppm: int) -> int:
    """Return what is left of a stage: a reopened ticket's share of new work, else the part after the last wait."""
    work = int(world.work_ms[row, stage])
    if not visit:
        return work - int(rules.part_ms(work, done_ppm))
    (k0, k1), (n0, n1, n2) = chance.key(world.seed), world.name[row].tolist()
    u = chance.uniform(k0, k1, step.work_purpose, n0, n1, n2, visit)
    return int(rules.part_ms(round(chance.quantile(plan.parts["tables"], step.work_row, u)), plan.parts["reopen_ppm"]))
