"""Agreements as data: what is promised to whom, by priority, kind and agreement, and the presets."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Literal, Self

from pydantic import Field, model_validator

from sim.parameters import Name, Parameters

Reopen = Literal["resume", "restart", "new_cycle"]
"""What a reopening does to the resolution clock; see `sim.sla.cycles`."""


class Clause(Parameters):
    """One target on one calendar: minutes of open time, or working days.

    Raises
    ------
    pydantic.ValidationError
        If both targets are given, or none.
    """

    target_min: int | None = Field(default=None, gt=0, le=5_256_000, description="Open minutes, up to ten years.")
    working_days: int | None = Field(default=None, gt=0, le=3650, description="Working days, up to 3650.")
    calendar: Name = Field(default="always", description="Name of the calendar whose open hours count.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.target_min is None) == (self.working_days is None):
            given = "both" if self.working_days is not None else "neither"
            raise ValueError(f"a clause has either target_min or working_days, got {given}")
        return self


class Target(Parameters):
    """What is promised to tickets of one priority."""

    response: Clause | None = Field(default=None, description="Until the first reply of a person.")
    resolution: Clause | None = Field(default=None, description="Until the ticket is resolved, less pauses.")
    next_response: Clause | None = Field(
        default=None, description="Until a person replies after the requester has written again."
    )


CLAUSES = ("response", "resolution", "next_response")
"""The clauses of a target."""


class Sla(Parameters):
    """A service level agreement.

    Raises
    ------
    pydantic.ValidationError
        If a kind overrides a priority that the agreement does not list.
    """

    priorities: dict[Name, Target] = Field(description="Target by priority; one without a target is not listed.")
    kinds: dict[Name, dict[Name, Target]] = Field(
        default={}, description="Kind, priority, target: a clause stated here goes before the priority's own."
    )
    agreements: dict[Name, dict[Name, Target]] = Field(
        default={},
        description="Agreement, priority, target: a clause stated here goes before all others, for tickets that came "
        "under this agreement (`agreement_change` of a kind); an empty table promises what stands without it.",
    )
    warning_min: int = Field(default=10, ge=0, description="Elapsed minutes before a due at which to warn; 0: never.")
    reopen: Reopen = Field(default="resume", description="What a reopening does to the resolution clock; see `cycles`.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        for kind, targets in self.kinds.items():
            for priority in targets.keys() - self.priorities.keys():
                raise ValueError(f"kind {kind!r}: no priority {priority!r}{nearest(priority, self.priorities)}")
        for agreement, targets in self.agreements.items():
            for priority in targets.keys() - self.priorities.keys():
                near = nearest(priority, self.priorities)
                raise ValueError(f"agreement {agreement!r}: no priority {priority!r}{near}")
        return self

    def target(self, kind: str, priority: str) -> Target:
        """Return what is promised to a kind and priority, or standing (see `standings`); else an empty target."""
        agreement, _, rank = priority.rpartition(" ")
        own = self.priorities.get(rank, Target())
        over = self.kinds.get(kind, {}).get(rank, Target())
        under = self.agreements.get(agreement, {}).get(rank, Target())
        return Target(
            response=under.response or over.response or own.response,
            resolution=under.resolution or over.resolution or own.resolution,
            next_response=under.next_response or over.next_response or own.next_response,
        )

    def clauses(self) -> Iterator[tuple[str, Clause]]:
        """Yield every clause with words that say where it stands."""
        places = {f"priority {priority!r}": target for priority, target in self.priorities.items()}
        for kind, targets in self.kinds.items():
            places |= {f"kind {kind!r}, priority {priority!r}": target for priority, target in targets.items()}
        for agreement, targets in self.agreements.items():
            places |= {
                f"agreement {agreement!r}, priority {priority!r}": target for priority, target in targets.items()
            }
        for place, target in places.items():
            for word in CLAUSES:
                clause: Clause | None = getattr(target, word)
                if clause is not None:
                    yield f"{place}, {word}", clause


def standings(priorities: tuple[str, ...], sla: Sla | None) -> tuple[str, ...]:
    """Return what tickets may be judged by: each priority, then, by agreement in the order of their names, each again.

    Number k x (number of priorities) + rank is that of a rank under the k-th agreement, from 1; 0 stands for none.

    Examples
    --------
    >>> standings(("urgent", "normal"), Sla(priorities={"normal": Target()}, agreements={"vip": {}}))
    ('urgent', 'normal', 'vip urgent', 'vip normal')
    """
    agreements = sorted(sla.agreements) if sla is not None else []
    return (*priorities, *(f"{agreement} {priority}" for agreement in agreements for priority in priorities))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return words for the end of a complaint about an unknown name: the nearest known one, else all."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(names)}"


def _preset(
    clauses: Mapping[str, tuple[Mapping[str, object] | None, Mapping[str, object] | None]],
) -> Sla:
    return Sla.model_validate(
        {"priorities": {p: {"response": first, "resolution": last} for p, (first, last) in clauses.items()}}
    )


_OFFICE = {"calendar": "office"}

PRESETS: dict[str, Sla] = {
    "003": _preset(
        {
            "urgent": ({"target_min": 30}, {"target_min": 240}),
            "important": ({"target_min": 120, **_OFFICE}, {"working_days": 1, **_OFFICE}),
            "normal": ({"target_min": 480, **_OFFICE}, {"working_days": 3, **_OFFICE}),
        }
    ),
    "001": _preset(dict.fromkeys(("urgent", "important", "normal"), ({"target_min": 1440}, None))),
}
"""Agreements of the seed documents: `003` needs a calendar named `office` (R003-14 to R003-22)."""
