"""KPI files: switches, and KPIs of one's own, stated in TOML."""

import json
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from scenarios.files.reading import read_toml
from scenarios.problems import ScenarioError, of_pydantic
from sim.kpi import Book, KpiFile


@cache
def kpi_file_schema() -> dict[str, object]:
    """Return the JSON schema of a KPI file."""
    return KpiFile.model_json_schema()


def load_book(path: str | FilePath) -> Book:
    """Return the KPIs of a file, beside those of the catalogue.

    Parameters
    ----------
    path
        A TOML file with `[switches]` and `[kpi.NAME]`.

    Raises
    ------
    ScenarioError
        If there is no such file, or anything in it is wrong: one line per problem, with line and column.
    """
    data, found = read_toml(FilePath(path), str(path))
    try:
        made = KpiFile.model_validate_json(json.dumps(data, default=str), context={"own": own_names(data)})
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), found, data, kpi_file_schema())) from None
    return Book(made.switches, tuple(made.kpi.items()))


def own_names(data: dict[str, Any]) -> tuple[str, ...]:
    """Return the names that a formula over finished KPIs may use beside those of the catalogue."""
    kpis = data.get("kpi")
    entries = kpis.items() if isinstance(kpis, dict) else ()
    return tuple(name for name, entry in entries if isinstance(entry, dict) and "formula" not in entry)
