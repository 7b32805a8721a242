"""Judge files: how simulated people are judged, stated in TOML."""

import hashlib
import json
from functools import cache
from pathlib import Path as FilePath

from pydantic import ValidationError

from scenarios.files.reading import in_folder, located, read_toml
from scenarios.problems import ScenarioError, of_pydantic
from sim.lab.judges import Judges

JUDGES = FilePath(__file__).parents[1] / "judges"
"""Folder of the judges that come along."""


def judges_names() -> tuple[str, ...]:
    """Return the names of the judges that come along, sorted."""
    return tuple(in_folder(JUDGES))


@cache
def judges_schema() -> dict[str, object]:
    """Return the JSON schema of a file of judges."""
    return Judges.model_json_schema()


def load_judges(name_or_path: str | FilePath) -> Judges:
    """Return the judges of a name or of a file.

    Parameters
    ----------
    name_or_path
        A name that `judges_names()` lists, or the path of a TOML file.

    Raises
    ------
    ScenarioError
        If there is no such file, or anything in it is wrong: one line per problem, with line and column.
    """
    data, found = read_toml(*located(name_or_path, in_folder(JUDGES), "no_judges"))
    try:
        return Judges.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), found, data, judges_schema())) from None


def judges_inputs(name: str, judges: Judges) -> dict[str, str]:
    """Return what a document says about judges: their name and the hash of their content."""
    plain = json.dumps(judges.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"name": FilePath(name).stem, "sha256": hashlib.sha256(plain.encode()).hexdigest()}
