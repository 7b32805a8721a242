"""Rubric files: an appraisal rubric stated in TOML."""

import json
from functools import cache
from pathlib import Path as FilePath

from pydantic import ValidationError

from scenarios.problems import Problem, ScenarioError, nearest, of_pydantic, shown
from scenarios.reading import read_toml
from sim.kpi.rubric import Rubric

RUBRICS = FilePath(__file__).parent / "rubrics"
"""Folder of the rubrics that come along."""


def rubric_names() -> tuple[str, ...]:
    """Return the names of the rubrics that come along, sorted."""
    return tuple(sorted(path.stem for path in RUBRICS.glob("*.toml")))


@cache
def rubric_schema() -> dict[str, object]:
    """Return the JSON schema of a rubric."""
    return Rubric.model_json_schema()


def load_rubric(name_or_path: str | FilePath) -> Rubric:
    """Return the rubric of a name or of a file.

    Parameters
    ----------
    name_or_path
        A name that `rubric_names()` lists, or the path of a TOML file.

    Raises
    ------
    ScenarioError
        If there is no such file, or anything in it is wrong: one line per problem, with line and column.
    """
    said = str(name_or_path)
    path = RUBRICS / f"{said}.toml" if said in rubric_names() else FilePath(said)
    if not said or (not path.exists() and path.suffix != ".toml" and len(path.parts) == 1):
        _, near = nearest(said, rubric_names())
        hint = f"did you mean {near['near']!r}?" if "near" in near else f"known rubrics: {near.get('known', 'none')}"
        raise ScenarioError([Problem("rule", {"message": f"there is no rubric or file {shown(said)}; {hint}"})])
    data, found = read_toml(path, path.name if said in rubric_names() else said)
    try:
        return Rubric.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), found, data, rubric_schema())) from None
