"""The catalogue of KPIs. Labels live with the texts of reports; everything else about a KPI stands here."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from sim.kpi.assignment import ASSIGNMENT
from sim.kpi.collaboration import DEPARTMENTS
from sim.kpi.externals import OUTSIDE
from sim.kpi.mechanism import Kpi
from sim.kpi.mixed import MIXED
from sim.kpi.outcomes import COLLABORATION, QUALITY, RESOURCES, SATISFACTION
from sim.kpi.problems import PROBLEMS
from sim.kpi.timeliness import NEXT_RESPONSES, RESOLUTIONS, RESPONSES, WAITS
from sim.kpi.verdicts import VERDICTS
from sim.kpi.waiting import AGES, CAUSES

_STANDARD = (WAITS, RESPONSES, RESOLUTIONS, QUALITY, SATISFACTION, COLLABORATION, RESOURCES)
_FURTHER = (NEXT_RESPONSES, ASSIGNMENT, DEPARTMENTS, PROBLEMS, MIXED, VERDICTS, CAUSES, AGES, OUTSIDE)

STANDARD: tuple[str, ...] = tuple(kpi.name for family in _STANDARD for kpi in family)
"""The KPIs that are computed where none are named; others must be asked for."""

KPIS: dict[str, Kpi] = {kpi.name: kpi for family in (*_STANDARD, *_FURTHER) for kpi in family}
"""Every KPI by name, in the order in which tables show them."""


def find(name: str, known: Mapping[str, Kpi] = KPIS) -> Kpi:
    """Return a KPI by its name.

    Parameters
    ----------
    name
        The name.
    known
        Where to look; the catalogue by default.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.
    """
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
    raise ValueError(f"no KPI {name!r}{hint}")


def catalogue(kpis: Mapping[str, Kpi] = KPIS) -> list[dict[str, object]]:
    """Return the catalogue as plain data: what each KPI is, in the order of `KPIS`.

    Returns
    -------
    list of dict
        With `name`, `unit`, `better`, `dimension`, `counts`, `controllable_by`, `outcome_or_process`, `source`,
        `strategy`, `switches`, and `standard`: whether it is computed where none are named.
    """
    plain = ("name", "unit", "better", "dimension", "counts", "controllable_by", "outcome_or_process")
    lists = ("source", "strategy", "switches")
    return [
        {key: getattr(kpi, key) for key in plain}
        | {key: list(getattr(kpi, key)) for key in lists}
        | {"standard": kpi.name in STANDARD}
        for kpi in kpis.values()
    ]
