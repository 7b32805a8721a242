"""Small named desks, and where the shared references lie if they are there."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sim.desk import Demand, Desk, Kind, Law, Role, Routing, Seat, Shift, Staff, Stage, Team

SHARED = Path(__file__).resolve().parents[2] / "shared"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.fixture
def shared() -> Path:
    """The folder of real logs and exact values; the test is skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("needs the shared folder of real logs and references, which is absent")
    return SHARED


def queue(*, per_mean: float, people: int, mean_min: float = 100.0, weeks: int = 1, **kind: Any) -> Desk:
    """Return one kind of ticket before like people, around the clock: an M/M/c queue unless `kind` says otherwise.

    `per_mean` is the number of arrivals in one mean work content, so the offered load in persons.
    """
    work = kind.pop("work", Law(mean_min=mean_min))
    return Desk(
        start=date(2026, 3, 2), weeks=weeks, time_zone="UTC", priorities=("normal",),
        demand=Demand(
            rooms=kind.pop("rooms", {}),
            kinds={
                "ticket": Kind(
                    category="all", per_week=per_mean / mean_min * 10_080, priorities={"normal": 1.0},
                    route=(Stage(department="desk", skill="answer", work=work),), **kind,
                )
            },
        ),
        staff=Staff(
            roles={"adviser": Role(skills=("answer",))}, teams={"desk": Team(department="desk")},
            shifts={"always": Shift(days=WEEK, hours="00:00-24:00")},
            seats={"seat": Seat(role="adviser", team="desk", takes=("answer",), shift="always", heads=people)},
        ),
        routing=Routing(policy="longest_idle"),
    )  # fmt: skip


@pytest.fixture
def mmc() -> Callable[..., Desk]:
    """Make textbook queues."""
    return queue
