"""A log by its path: the folder of a log, a folder that a command wrote one into, or an export."""

from pathlib import Path

from scenarios.positions import Place
from scenarios.problems import Problem, ScenarioError
from scenarios.sources import Quality
from scenarios.sources import read as read_export
from sim.log import Log, read

_FIRST = "cases.parquet"


def open_log(path: Path, mapping: str | None = None) -> tuple[Log, str, Quality | None]:
    """Return a log, its name, and the quality report of an export; None for a folder.

    Parameters
    ----------
    path
        Folder of a log; the folder that was `--out` of `import` or `run`, which has one in `log`; or an export.
    mapping
        Mapping of an export, by name or file; by its header when absent.

    Raises
    ------
    ScenarioError
        If there is nothing of that name, or a folder that holds no log.
    SourceError
        If an export cannot be read.
    LogError
        If a folder holds a damaged log.
    """
    if path.is_dir():
        folder = next((each for each in (path, path / "log") if (each / _FIRST).exists()), None)
        if folder is None:
            raise ScenarioError([Problem("no_log", {}, Place(str(path), 0, 0))])
        return read(folder), path.resolve().name, None
    if not path.exists():
        raise ScenarioError([Problem("missing_file", {}, Place(str(path), 0, 0))])
    log, quality = read_export(path, mapping)
    return log, path.name, quality
