"""A space of routing settings as data: which policies, weights, time-outs and warnings are tried."""

from __future__ import annotations

import difflib
import itertools
import zlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

import numpy as np
from pydantic import AfterValidator, Field, ValidationError, model_validator

from sim.desk import POLICIES, Desk, PersonWeights, Policy, Routing, TicketWeights
from sim.parameters import Parameters

type Setting = dict[str, str | int]
"""A candidate: the value of each factor."""

DEFAULT_POLICIES = ("longest_idle", "priority_fifo", "sla_slack", "specialist_first", "best_skill", "cmu")
"""Policies that are tried where nothing is stated, beside the desk's own."""

MOST_VALUES = 50
"""Values of one factor at most."""


def _once[T](values: tuple[T, ...]) -> tuple[T, ...]:
    twice = [value for number, value in enumerate(values) if value in values[:number]]
    if twice:
        raise ValueError(f"the value {twice[0]!r} stands twice")
    return values


def _known(values: tuple[str, ...]) -> tuple[str, ...]:
    for name in values:
        if name not in (*POLICIES, "custom"):
            near = difflib.get_close_matches(name, POLICIES, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(POLICIES))}, custom"
            raise ValueError(f"unknown policy {name!r}; {hint}")
    return values


Wholes = Annotated[
    tuple[Annotated[int, Field(ge=-(10**10), le=10**10)], ...],
    Field(min_length=1, max_length=MOST_VALUES),
    AfterValidator(_once),
]


class Space(Parameters):
    """Values that are tried, by factor; a factor that is not stated stays as the desk has it."""

    policy: (
        Annotated[
            tuple[str, ...], Field(min_length=1, max_length=MOST_VALUES), AfterValidator(_known), AfterValidator(_once)
        ]
        | None
    ) = Field(default=None, description="Named policies; `custom` is the desk's own weights.")
    main_only_min: Wholes | None = Field(
        default=None, description="Minutes that a ticket waits for somebody whose main skill it needs."
    )
    warning_min: Wholes | None = Field(
        default=None, description="Minutes before a due at which the desk is warned; 0 = never."
    )
    ticket: dict[str, Wholes] = Field(
        default={}, description="Weights of the ticket index by feature, over those of the policy."
    )
    person: dict[str, Wholes] = Field(
        default={}, description="Weights of the person index by feature, over those of the policy."
    )

    @model_validator(mode="after")
    def _weights_are_known(self) -> Self:
        for table, form in (("ticket", TicketWeights), ("person", PersonWeights)):
            for name in getattr(self, table):
                if name not in form.model_fields:
                    near = difflib.get_close_matches(name, form.model_fields, 1, 0.5)
                    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(form.model_fields)}"
                    raise ValueError(f"{table}.{name}: unknown weight {name!r}; {hint}")
        return self

    def factors(self) -> dict[str, tuple[str | int, ...]]:
        """Return the values by factor, `ticket.` or `person.` before the name of a weight."""
        plain = {name: getattr(self, name) for name in ("policy", "main_only_min", "warning_min")}
        weights = {f"{table}.{name}": v for table in ("ticket", "person") for name, v in getattr(self, table).items()}
        return {name: values for name, values in (plain | weights).items() if values is not None}

    def size(self) -> int:
        """Return the number of candidates."""
        return int(np.prod([len(values) for values in self.factors().values()], dtype=object))


def default_space(desk: Desk) -> Space:
    """Return a space for planners who state none.

    The policies of `DEFAULT_POLICIES` and the desk's own; a time-out for main skills of 0 or 30 minutes or the
    desk's; where service targets have warnings, a lead of 10 or 60 minutes or the desk's. In mode `pull` nobody is
    given a ticket, so it is the two policies that pick. Policies that the desk does not allow are left out.
    """
    routing = desk.routing
    names = ("pull_fifo", "pull_cherry_pick") if routing.mode == "pull" else DEFAULT_POLICIES
    policies = [name for name in dict.fromkeys((routing.policy, *names)) if _allows(desk, {"policy": name})]
    timeouts = () if routing.mode == "pull" else dict.fromkeys((routing.weights().main_only_min, 0, 30))
    leads = () if desk.sla is None else dict.fromkeys((desk.sla.warning_min, 10, 60))
    return Space(policy=tuple(policies), main_only_min=tuple(timeouts) or None, warning_min=tuple(leads) or None)


def _allows(desk: Desk, setting: Setting) -> bool:
    try:
        settled(desk, setting)
    except ValueError:
        return False
    return True


def as_it_is(desk: Desk, space: Space) -> Setting:
    """Return the desk's own value of each factor."""
    weights = desk.routing.weights()
    own: dict[str, Any] = {"policy": desk.routing.policy, "main_only_min": weights.main_only_min}
    own["warning_min"] = desk.sla.warning_min if desk.sla else 0
    for table in ("ticket", "person"):
        own |= {f"{table}.{name}": value for name, value in getattr(weights, table).model_dump().items()}
    return {name: own[name] for name in space.factors()}


def settled(desk: Desk, setting: Mapping[str, str | int]) -> Desk:
    """Return the desk under a setting.

    Raises
    ------
    ValueError
        If the desk does not allow it; the message names the setting.
    """
    said = ", ".join(f"{name} = {value}" for name, value in setting.items())
    if "warning_min" in setting and desk.sla is None:
        raise ValueError(f"setting {said}: a desk without service targets has no warnings")
    try:
        sla = (
            desk.sla.changed(warning_min=setting["warning_min"]) if desk.sla and "warning_min" in setting else desk.sla
        )
        return desk.changed(routing=_routing(desk.routing, setting), sla=sla)
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ValueError(f"setting {said}: {reason}") from None


def _routing(routing: Routing, setting: Mapping[str, str | int]) -> Routing:
    """Return the routing under a setting: a named policy keeps its name as long as its weights are its own."""
    name = str(setting.get("policy", routing.policy))
    if name == "custom" and routing.custom is None:
        raise ValueError("setting policy = custom: the desk has no weights of its own")
    named = routing.custom if name == "custom" else POLICIES[name]
    assert named is not None
    tables = {table: _over(getattr(named, table), table, setting) for table in ("ticket", "person")}
    weights = Policy(**tables, main_only_min=int(setting.get("main_only_min", named.main_only_min)))
    own = weights != named or name == "custom"
    return routing.changed(policy="custom" if own else name, custom=weights if own else None)


def _over[T: (TicketWeights, PersonWeights)](weights: T, table: str, setting: Mapping[str, str | int]) -> T:
    prefix = f"{table}."
    return weights.changed(**{k.removeprefix(prefix): v for k, v in setting.items() if k.startswith(prefix)})


def candidates(space: Space, most: int, seed: int) -> tuple[Setting, ...]:
    """Return the candidates of a space: all of a small one, a sample of a larger one.

    In the sample every value of a factor comes up equally often, up to one, in an order that the seed shuffles;
    combinations that come up twice are counted once, so there may be fewer than `most`.

    Parameters
    ----------
    space
        The space.
    most
        Most candidates, at least 2.
    seed
        Seed of the sample, at least 0.

    Raises
    ------
    ValueError
        If the space holds one candidate only.
    """
    factors = space.factors()
    if space.size() < 2:
        raise ValueError(f"space: a choice needs at least two candidates, got {space.size()}")
    if space.size() <= most:
        rows: Iterator[tuple[str | int, ...]] = itertools.product(*factors.values())
    else:
        rows = zip(*(_shuffled(name, values, most, seed) for name, values in factors.items()), strict=True)
    return tuple(dict(zip(factors, row, strict=True)) for row in dict.fromkeys(rows))


def _shuffled(name: str, values: tuple[str | int, ...], many: int, seed: int) -> list[str | int]:
    order = np.random.default_rng([seed, zlib.crc32(b"tune"), zlib.crc32(name.encode())]).permutation(many)
    return [values[place % len(values)] for place in order.tolist()]
