"""Space files: the routing settings that `fairdesk tune` tries, stated in TOML."""

import json
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from optimize.space import Space
from scenarios.files.reading import read_toml
from scenarios.problems import ScenarioError, of_pydantic


@cache
def space_schema() -> dict[str, object]:
    """Return the JSON schema of a space file."""
    return Space.model_json_schema()


def load_space(path: str | Path) -> Space:
    """Return the space of a file.

    Parameters
    ----------
    path
        A TOML file with `policy`, `main_only_min`, `warning_min`, `[ticket]` and `[person]`, as far as they are tried.

    Raises
    ------
    ScenarioError
        If there is no such file, or anything in it is wrong: one line per problem, with line and column.
    """
    data, found = read_toml(Path(path), str(path))
    try:
        return Space.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), found, data, space_schema())) from None
