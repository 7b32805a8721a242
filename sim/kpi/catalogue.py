"""The catalogue of KPIs. Labels live with the texts of reports; everything else about a KPI stands here."""

from __future__ import annotations

from difflib import get_close_matches

from sim.kpi.mechanism import Kpi
from sim.kpi.outcomes import COLLABORATION, QUALITY, RESOURCES, SATISFACTION
from sim.kpi.timeliness import RESOLUTIONS, RESPONSES, WAITS

KPIS: dict[str, Kpi] = {
    kpi.name: kpi
    for family in (WAITS, RESPONSES, RESOLUTIONS, QUALITY, SATISFACTION, COLLABORATION, RESOURCES)
    for kpi in family
}
"""Every KPI by name, in the order in which tables show them."""


def find(name: str) -> Kpi:
    """Return a KPI by its name.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.
    """
    if name in KPIS:
        return KPIS[name]
    near = get_close_matches(name, KPIS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(KPIS)}"
    raise ValueError(f"no KPI {name!r}{hint}")


def catalogue() -> list[dict[str, object]]:
    """Return the catalogue as plain data: what each KPI is, in the order of `KPIS`.

    Returns
    -------
    list of dict
        With `name`, `unit`, `better`, `dimension`, `counts`, `controllable_by` and `source`.
    """
    keys = ("name", "unit", "better", "dimension", "counts", "controllable_by")
    return [{key: getattr(kpi, key) for key in keys} | {"source": list(kpi.source)} for kpi in KPIS.values()]
