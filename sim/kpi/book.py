"""A book of KPIs: the catalogue under some switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sim.kpi.catalogue import KPIS
from sim.kpi.mechanism import Kpi
from sim.kpi.switches import STANDARD_SWITCHES, Switches


@dataclass(frozen=True)
class Book:
    """Which KPIs there are, and how they read what their sources leave open.

    Attributes
    ----------
    switches
        The open questions.
    """

    switches: Switches = STANDARD_SWITCHES

    @cached_property
    def kpis(self) -> Mapping[str, Kpi]:
        """Every KPI by name, in the order in which tables show them."""
        return _switched(self.switches)

    def __reduce__(self) -> tuple[type[Book], tuple[Switches]]:
        """Travel light: the entries are made again where they are needed."""
        return Book, (self.switches,)


@lru_cache(maxsize=16)
def _switched(switches: Switches) -> Mapping[str, Kpi]:
    if switches == STANDARD_SWITCHES:
        return KPIS
    return {name: kpi.switched(switches) for name, kpi in KPIS.items()}


STANDARD_BOOK = Book()
"""The catalogue with every question at its recommended answer."""
