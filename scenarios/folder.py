"""The folder of `--out`: nothing is written outside of it, and no file is left half written."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from scenarios.problems import Problem, ScenarioError
from scenarios.texts import text


class Folder:
    """A folder that exists and takes files.

    Parameters
    ----------
    path
        Where it is; it is made, with the folders above it, if it is not there.
    lang
        Language of messages.

    Raises
    ------
    ScenarioError
        If it cannot be made or written to.
    """

    def __init__(self, path: Path, lang: str = "en") -> None:
        self.lang = lang
        self.written: list[Path] = []
        try:
            if path.exists() and not path.is_dir():
                raise ScenarioError([Problem("out_is_file", {"path": path})])
            path.mkdir(parents=True, exist_ok=True)
            self.path = path.resolve()
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except ScenarioError:
            raise
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise ScenarioError([Problem("no_out", {"path": path, "reason": reason})]) from None

    def file(self, name: str) -> Path:
        """Return the path of a file in the folder.

        Raises
        ------
        ScenarioError
            If it would lie outside.
        """
        path = (self.path / name).resolve()
        if self.path not in path.parents:
            raise ScenarioError([Problem("outside_out", {"name": name})])
        return path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file whole or not at all, and return its path."""
        raw = content.encode() if isinstance(content, str) else content
        return self.make(name, lambda path: path.write_bytes(raw))

    def make(self, name: str, write: Callable[[Path], object]) -> Path:
        """Let `write` make a file or folder under a passing name, then give it its own."""
        path = self.file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        passing = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            write(passing)
            os.replace(passing, path)
        except OSError as error:
            # The passing name would tell nobody anything.
            error.filename = str(path)
            raise
        finally:
            passing.unlink(missing_ok=True)
        self.written.append(path)
        return path

    def drop(self, name: str) -> None:
        """Delete a file of an earlier run that this one does not write."""
        self.file(name).unlink(missing_ok=True)

    def report(self) -> list[str]:
        """Return a line for each file that was written."""
        return [text(self.lang, "cli.written", path=path) for path in self.written]
