"""Judge files: how simulated people are judged, stated in TOML."""

import hashlib
import json
from functools import cache
from pathlib import Path as FilePath

from pydantic import ValidationError

from scenarios.problems import Problem, ScenarioError, nearest, of_pydantic, shown
from scenarios.reading import read_toml
from sim.lab.judges import Judges

JUDGES = FilePath(__file__).parent / "judges"
"""Folder of the judges that come along."""


def judges_names() -> tuple[str, ...]:
    """Return the names of the judges that come along, sorted."""
    return tuple(sorted(path.stem for path in JUDGES.glob("*.toml")))


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
    said = str(name_or_path)
    path = JUDGES / f"{said}.toml" if said in judges_names() else FilePath(said)
    if not said or (not path.exists() and path.suffix != ".toml" and len(path.parts) == 1):
        _, near = nearest(said, judges_names())
        hint = f"did you mean {near['near']!r}?" if "near" in near else f"known judges: {near.get('known', 'none')}"
        raise ScenarioError([Problem("rule", {"message": f"there are no judges or file {shown(said)}; {hint}"})])
    data, found = read_toml(path, path.name if said in judges_names() else said)
    try:
        return Judges.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), found, data, judges_schema())) from None


def judges_inputs(name: str, judges: Judges) -> dict[str, str]:
    """Return what a document says about judges: their name and the hash of their content."""
    plain = json.dumps(judges.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"name": FilePath(name).stem, "sha256": hashlib.sha256(plain.encode()).hexdigest()}
