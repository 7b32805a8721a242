"""A book of KPIs: the catalogue under some switches, and KPIs of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sim.kpi.casemix import COLUMNS, Expected
from sim.kpi.catalogue import KPIS, STANDARD, find
from sim.kpi.formulas import parsed
from sim.kpi.mechanism import Kpi
from sim.kpi.own import OwnKpi, finished_names
from sim.kpi.switches import STANDARD_SWITCHES, Switches


@dataclass(frozen=True)
class Book:
    """Which KPIs there are, and how they read what their sources leave open.

    Attributes
    ----------
    switches
        The open questions.
    own
        Names and entries of one's own KPIs.
    expected
        The expected values of the kinds; from the log that is counted where none are given.
    """

    switches: Switches = STANDARD_SWITCHES
    own: tuple[tuple[str, OwnKpi], ...] = ()
    expected: Expected | None = None

    @property
    def kpis(self) -> Mapping[str, Kpi]:
        """Every KPI by name, in the order in which tables show them; one's own stand last."""
        return _entries(self.switches, self.own)

    @property
    def formulas(self) -> Mapping[str, str]:
        """The KPIs that are formulas over finished ones, and these."""
        return {name: own.formula for name, own in self.own if own.formula is not None}

    @property
    def standard(self) -> tuple[str, ...]:
        """What is computed where nothing is named: the standard KPIs and one's own."""
        return (*STANDARD, *(name for name, _ in self.own))

    def counted(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return what has to be counted for some KPIs, each once: themselves, or what their formulas name.

        Raises
        ------
        ValueError
            If a name is unknown; the message names the nearest.
        """
        made: dict[str, None] = {}
        for name in names:
            find(name, self.kpis)
            made.update(dict.fromkeys(self.parts(name) if name in self.formulas else (name,)))
        return tuple(made)

    def lacks(self, names: Iterable[str]) -> frozenset[str]:
        """Return the columns of some KPIs that need expected values of kinds that are not given."""
        if self.expected is not None:
            return frozenset()
        expecting = _expecting(self.switches, self.own)
        return frozenset().union(*(expecting[name] for name in names if name in expecting))

    def parts(self, name: str) -> tuple[str, ...]:
        """Return the finished KPIs that a formula names, each once."""
        expression = parsed(self.formulas[name], finished_names(tuple(own for own, _ in self.own)))
        return tuple(dict.fromkeys(expression.meta.root_names()))


@lru_cache(maxsize=16)
def _entries(switches: Switches, own: tuple[tuple[str, OwnKpi], ...]) -> Mapping[str, Kpi]:
    kpis = KPIS
    if switches != STANDARD_SWITCHES:
        kpis = {name: kpi.switched(switches) for name, kpi in KPIS.items()}
    return kpis if not own else {**kpis, **{name: entry.entry(name) for name, entry in own}}


@lru_cache(maxsize=16)
def _expecting(switches: Switches, own: tuple[tuple[str, OwnKpi], ...]) -> Mapping[str, frozenset[str]]:
    """Return the KPIs that compare tickets with what is expected of their kinds, and the columns that they do it by."""

    def columns(kpi: Kpi) -> frozenset[str]:
        return frozenset(COLUMNS) & {name for term in kpi.statistics for name in term.y.meta.root_names()}

    return {name: found for name, kpi in _entries(switches, own).items() if (found := columns(kpi))}


STANDARD_BOOK = Book()
"""The catalogue with every question at its recommended answer."""
