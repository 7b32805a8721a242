"""Duplicates and their merging, by hand; instants are minutes from Monday 2 March 2026, 00:00 UTC."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest

from sim import fast, model, sample
from sim.desk import Desk, Duplicates
from sim.kpi import measure
from sim.log import Log
from sim.world import World
from tests.by_hand import T, always, desk_of, kind, touches, world_of

ENGINES = pytest.mark.parametrize("engine", [model, fast])


def desk_with(hours: str = "00:00-24:00", share: float = 1.0, **fields: Any) -> Desk:
    copies = Duplicates(share=share, after=always(30), merge_min=2.0)
    return desk_of({"ana": {"hours": hours}}, {"answer": kind(duplicates=copies, **fields)})


def copies_of(world: World, *of: int) -> World:
    return replace(world, duplicate_of=np.array(of, np.int64))


def merged(log: Log) -> list[tuple[Any, ...]]:
    rows = log.moments.filter(pl.col("what") == "merged")
    return rows.select("ticket", pl.col("at_s") / 60, pl.col("who").cast(pl.String), "value").rows()


@ENGINES
def test_who_begins_to_work_on_a_copy_merges_it_into_the_first(engine: ModuleType) -> None:
    """Ana works on 0 until 10. Its copy, of 40 minutes of work, came at 5: she merges it in 2, and goes on with 2."""
    desk = desk_with()
    world = copies_of(world_of(desk, T(0), T(5, 40), T(6)), -1, 0, -1)
    log, _ = engine.run(desk, world)
    assert touches(log) == [(0, "ana", 0, 10, "done"), (1, "ana", 10, 12, "merged"), (2, "ana", 12, 22, "done")]
    assert merged(log) == [(1, 12.0, "ana", 0)]
    assert log.tickets["resolved_s"].to_list() == [600, None, 1320]
    assert measure(log, ["tickets_created", "tickets_resolved"])["mean"].to_list() == [3, 2]


@ENGINES
def test_a_copy_whose_first_ticket_left_is_worked_on_in_full(engine: ModuleType) -> None:
    """Ana comes at 60. The first left at 20, the copy of it came at 25 and would wait until 125."""
    desk = desk_with("01:00-24:00")
    world = copies_of(world_of(desk, T(0, patience=20), T(25, 40, patience=100)), -1, 0)
    log, _ = engine.run(desk, world)
    assert touches(log)[-1] == (1, "ana", 60, 100, "done")
    assert merged(log) == []


@ENGINES
def test_a_copy_that_is_taken_first_is_merged_all_the_same(engine: ModuleType) -> None:
    """The copy is urgent, the first ticket is not: at 60 Ana merges the copy and then works on the first."""
    desk = desk_with("01:00-24:00")
    world = copies_of(world_of(desk, T(0), T(25, 40, priority="urgent")), -1, 0)
    log, _ = engine.run(desk, world)
    assert touches(log) == [(1, "ana", 60, 62, "merged"), (0, "ana", 62, 72, "done")]


def test_every_ticket_has_its_copy_of_the_same_learner_after_the_delay() -> None:
    desk = desk_with()
    many = desk.demand.kinds["answer"].changed(per_week=200.0)
    desk = desk.changed(demand=desk.demand.changed(kinds={"answer": many}))  # type: ignore[assignment]
    world = sample(desk, 4)
    copies = np.flatnonzero(world.duplicate_of >= 0)
    first = world.duplicate_of[copies]
    assert (world.created_s[copies] == world.created_s[first] + 1800).all()
    assert (world.learner[copies] == world.learner[first]).all() and (world.kind[copies] == world.kind[first]).all()
    others = np.setdiff1d(np.arange(len(world)), copies)
    late = world.created_s[others] + 1800 >= desk.until_s()
    assert sorted(first.tolist()) == others[~late].tolist()


def test_copies_change_no_other_ticket() -> None:
    def names(share: float) -> set[tuple[int, ...]]:
        desk = desk_with(share=share)
        many = desk.demand.kinds["answer"].changed(per_week=200.0)
        return set(
            map(tuple, sample(desk.changed(demand=desk.demand.changed(kinds={"answer": many})), 4).name.tolist())
        )

    assert names(0.0) < names(0.3) < names(0.9)
