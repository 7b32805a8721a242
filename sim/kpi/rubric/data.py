"""A rubric as data: items with bands as written, weights, profiles of roles, sources, tiers and switches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sim.kpi.book import Book
from sim.kpi.mechanism import Dimension
from sim.kpi.own import OwnKpi, new_names
from sim.kpi.rubric.bands import Borders, Text
from sim.kpi.rubric.consequences import Cadence, Consequences
from sim.kpi.rubric.items import WHOLE, Item, Source
from sim.kpi.rubric.policies import Policies
from sim.kpi.switches import STANDARD_SWITCHES, Switches
from sim.parameters import Name, Parameters, Positive, Share

AS_WRITTEN = {"as_written": True}
"""Context of a validation that lets through what can be read but not scored, for a linter to judge."""


Coefficient = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
"""A factor on pay: 100 times somebody's pay is a slip of the keyboard."""


class Category(Parameters):
    """A category and its weight in the total."""

    label: Text = Field(default={}, description="What it is called, by language.")
    weight: Share = Field(description="Share of the category in the total; the weights sum to 1.")
    dimension: Dimension | None = Field(default=None, description="Dimension of those items of it that people judge.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")


class Tier(Borders):
    """A tier of the total: borders as written in points, and what follows."""

    name: Name = Field(description="Name of the tier.")
    label: Text = Field(default={}, description="What follows from it, by language.")
    coefficient: Coefficient = Field(description="Factor on performance pay.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")


class Profile(Parameters):
    """Whom a part of the rubric is for: roles, and what counts for them (R003-07, R002-09, A-11)."""

    label: Text = Field(default={}, description="What it is called, by language.")
    roles: tuple[Name, ...] = Field(default=(), description="Roles of the log; none: every role that no other takes.")
    weights: dict[Name, Share] = Field(default={}, description="Category weights, sum 1; the rubric's when absent.")
    items: tuple[Name, ...] = Field(default=(), description="Items that count; all when absent.")
    period: Cadence | None = Field(default=None, description="Appraised for each; the rubric's when absent.")
    review: Cadence | None = Field(default=None, description="And reviewed for each; the rubric's when absent.")
    source: tuple[str, ...] = Field(default=(), description="Requirements that it carries out.")
    assumes: tuple[str, ...] = Field(default=(), description="Open questions that it answers.")


class Rubric(Parameters):
    """An appraisal rubric.

    Notes
    -----
    The category weight applies to the share of the category's points that was earned (A-10), so that with
    points and weights that agree the total is the plain sum of the points.
    """

    title: Text = Field(description="What the rubric is called, by language.")
    source: tuple[str, ...] = Field(default=(), description="Where it comes from.")
    valid_from: date | None = Field(default=None, description="First day of this version; from ever when absent.")
    policy: Policies = Policies()
    period: Cadence = Field(default="month", description="People are appraised for each.")
    review: Cadence | None = Field(default=None, description="And reviewed for each, from all its tickets.")
    sources: dict[Source, Positive] = Field(
        default={"supervisor": 1.0}, description="Who states points, and with what weight (R002-57, R002-58)."
    )
    switches: Switches = Field(default=STANDARD_SWITCHES, description="How open questions of KPIs are answered.")
    kpi: dict[Name, OwnKpi] = Field(default={}, max_length=100, description="KPIs of one's own, by name.")
    profiles: dict[Name, Profile] = Field(default={}, description="Parts for some roles; one for all when absent.")
    categories: dict[Name, Category] = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)
    tiers: tuple[Tier, ...] = Field(min_length=1, description="Tiers, the best first.")
    consequences: Consequences = Field(default=Consequences(), description="What follows from the scores.")

    @field_validator("kpi")
    @classmethod
    def _new(cls, value: dict[str, OwnKpi]) -> dict[str, OwnKpi]:
        return new_names(value)

    @model_validator(mode="after")
    def _holds_together(self, info: ValidationInfo) -> Self:
        names = [item.name for item in self.items]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"items: {min(twice)!r} is named twice")
        for item in self.items:
            if item.category not in self.categories:
                raise ValueError(
                    f"items.{item.name}: unknown category {item.category!r}; known: {_list(self.categories)}"
                )
        if empty := [name for name in self.categories if not any(i.category == name for i in self.items)]:
            raise ValueError(f"categories.{empty[0]}: no item belongs to it")
        _check_profiles(self)
        _check_tiers(self.tiers)
        if not (info.context or {}).get("as_written"):
            for where, weights in self.all_weights().items():
                if abs(sum(weights.values()) - 1) > WHOLE:
                    raise ValueError(f"{where}: the weights must sum to 1, got {sum(weights.values()):.6g}")
        return self

    def all_weights(self) -> dict[str, dict[str, float]]:
        """Return the category weights by where they are stated: `categories`, or `profiles.<name>`."""
        stated = {"categories": {name: category.weight for name, category in self.categories.items()}}
        return stated | {f"profiles.{n}": dict(p.weights) for n, p in self.profiles.items() if p.weights}

    def weights_of(self, profile: str | None) -> dict[str, float]:
        """Return the weight of every category for a profile, or for everybody."""
        own = self.profiles[profile].weights if profile is not None else {}
        return {name: own.get(name, 0.0) if own else c.weight for name, c in self.categories.items()}

    def items_of(self, profile: str | None) -> frozenset[str]:
        """Return the names of the items that count for a profile, or for everybody."""
        own = self.profiles[profile].items if profile is not None else ()
        return frozenset(own or (item.name for item in self.items))

    def profile_of(self, role: str | None) -> str | None:
        """Return the profile that a role falls under; None where none does, or there are no profiles."""
        own = [name for name, profile in self.profiles.items() if role is not None and role in profile.roles]
        rest = [name for name, profile in self.profiles.items() if not profile.roles]
        return next(iter([*own, *rest]), None)

    def with_roles(self, roles: Mapping[str, str]) -> Self:
        """Return the same rubric with some roles under other profiles.

        Parameters
        ----------
        roles
            Role of the log and name of the profile that it falls under.

        Raises
        ------
        ValueError
            If there is no such profile; the message names the nearest.
        """
        for name in roles.values():
            if name not in self.profiles:
                near = get_close_matches(name, self.profiles, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; known: {_list(self.profiles) or 'none'}"
                raise ValueError(f"the rubric has no profile {name!r}{hint}")
        made = {}
        for name, profile in self.profiles.items():
            kept = [role for role in profile.roles if role not in roles]
            mine = (*kept, *(role for role, other in roles.items() if other == name))
            # A profile that is for all other roles stays so: it names none.
            made[name] = profile.changed(roles=mine if profile.roles else ())
        return self.changed(profiles=made)

    def cadences_of(self, profile: str | None) -> tuple[Cadence, ...]:
        """Return for what periods a profile is scored: its own and the reviewed ones, each once."""
        own = self.profiles[profile] if profile is not None else None
        period, review = (own.period, own.review) if own else (None, None)
        stated = (period or self.period, review or self.review)
        return tuple(dict.fromkeys(each for each in stated if each is not None))

    def book(self) -> Book:
        """Return the KPIs that its items may name."""
        return Book(self.switches, tuple(self.kpi.items()))

    def sources_of(self, item: Item) -> dict[str, float]:
        """Return who states points for an item, with what weight."""
        return {str(source): weight for source, weight in (item.sources or self.sources).items()}

    def item(self, name: str) -> Item:
        """Return an item by its name."""
        return next(item for item in self.items if item.name == name)

    def category_points(self, profile: str | None = None) -> dict[str, float]:
        """Return the most points of each category, for a profile or for everybody."""
        counted = self.items_of(profile)
        mine = [item for item in self.items if item.name in counted]
        return {c: sum(i.max_points for i in mine if i.category == c) for c in self.categories}


def _list(names: object) -> str:
    return ", ".join(sorted(names))  # type: ignore[call-overload]


def _check_profiles(rubric: Rubric) -> None:
    """Refuse profiles that name what is not there, or that two roles' people would fall under."""
    items, taken = {item.name for item in rubric.items}, dict[str, str]()
    rest = [name for name, profile in rubric.profiles.items() if not profile.roles]
    if len(rest) > 1:
        raise ValueError(f"profiles: {rest[0]!r} and {rest[1]!r} are both for all other roles; one states no roles")
    for name, profile in rubric.profiles.items():
        for role in profile.roles:
            if role in taken:
                raise ValueError(f"profiles.{name}: role {role!r} belongs to profile {taken[role]!r} already")
            taken[role] = name
        for what, stated, known in (("category", profile.weights, rubric.categories), ("item", profile.items, items)):
            if odd := [each for each in stated if each not in known]:
                raise ValueError(f"profiles.{name}: unknown {what} {odd[0]!r}; known: {_list(known)}")
        counted = {rubric.item(each).category for each in rubric.items_of(name)}
        if idle := [each for each, weight in rubric.weights_of(name).items() if weight and each not in counted]:
            raise ValueError(f"profiles.{name}: no item counts in category {idle[0]!r}, which has a weight")


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    names = [tier.name for tier in tiers]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"tiers: {min(twice)!r} is named twice")
    cuts = [tier.lower for tier in tiers[:-1]]
    if any(cut is None for cut in cuts) or tiers[-1].lower is not None:
        raise ValueError("tiers: each tier but the last needs its lower border, and the last has none")
    stated = [cut for cut in cuts if cut is not None]
    if any(a <= b for a, b in pairwise(stated)):
        raise ValueError("tiers: the borders are not in order, the best tier first")


def maximum(rubric: Rubric, profile: str | None = None) -> float:
    """Return the best total that the rubric can give, in points, for a profile or for everybody.

    It is 100 when the weights apply to category shares, and 24 for the after-sales rubric of seed 002 when
    somebody asks for double weighting (A-10).
    """
    weights, points = rubric.weights_of(profile), rubric.category_points(profile)
    if rubric.policy.double_weighting:
        return float(sum(Decimal(str(weight)) * Decimal(str(points[name])) for name, weight in weights.items()))
    return float(100 * sum(Decimal(str(weight)) for weight in weights.values()))


def ranges(rubric: Rubric) -> list[tuple[float, float]]:
    """Return fewest and most points of a person who is in the same band on every item, the best band first.

    Raises
    ------
    ValueError
        If the items differ in their number of bands.
    """
    counts = {len(item.bands) for item in rubric.items}
    if len(counts) > 1:
        raise ValueError(f"items differ in their number of bands: {sorted(counts)}")
    return [
        (
            sum(i.bands[rank].low_points for i in rubric.items),
            sum(i.bands[rank].high_points for i in rubric.items),
        )
        for rank in range(counts.pop())
    ]
