"""Parallel stages by hand: branches of a ticket that different people work on at the same time (R000-29, R000-30).

Instants are minutes from Monday 2 March 2026, 00:00 UTC, as in `test_model`, whose tickets and touches these are.
"""

from typing import Any

from sim.desk import Branch, Kind
from sim.log import Log
from tests.test_model import T, always, desk_of, kind, moments, run, stage, touches

SKILLS = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",)}}


def branch(skill: str = "pay", work: float = 30, **rest: Any) -> Branch:
    return Branch(department="finance", skill=skill, work=always(work), **rest)


def joint(*beside: Branch, before: bool = False, after: bool = False, own: Any = None, **rest: Any) -> dict[str, Kind]:
    """Return a kind whose stage has branches, with a stage before or after it in other departments."""
    one = stage(beside=beside or (branch(),), **(own or {}))
    first = stage().changed(department="intake")
    last = stage().changed(department="close", work=always(5), handoff=always(7))
    return {"answer": kind(*[first] * before, one, *[last] * after, **rest)}


def rows(log: Log) -> list[tuple[Any, ...]]:
    """Return (branch, person, queued, started, ended, how) of ticket 0, times in minutes."""
    return touches(log, "branch", "person", "queued_s", "started_s", "ended_s", "ended")


def test_all_branches_are_ready_at_once_and_the_join_waits_for_the_slowest() -> None:
    """ana answers 0-10 while bo, of finance, works 0-30; the ticket is handed on at 30, and ready at 37: 37-42."""
    log = run(desk_of(SKILLS, joint(after=True)), T(0, work=(10, 5)))
    assert rows(log) == [
        (0, "ana", 0, 0, 10, "transferred"), (1, "bo", 0, 0, 30, "transferred"), (0, "ana", 37, 37, 42, "done")
    ]  # fmt: skip
    assert touches(log, "stage", "department", "skill") == [
        (0, "desk", "answer"), (0, "finance", "pay"), (1, "close", "answer")
    ]  # fmt: skip
    assert moments(log, "reply", "handed_on", "resolved") == [
        (0, 0, "reply", "ana"), (30, 0, "handed_on", "bo"), (42, 0, "resolved", "ana")
    ]  # fmt: skip
    assert log.tickets.select("hands", "handoffs", "last_resolver").rows() == [(2, 1, "ana")]
