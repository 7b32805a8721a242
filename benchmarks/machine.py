"""What figures were measured on, and measuring in processes of their own."""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("fairdesk", "simpy", "numpy", "numba", "polars")


def machine() -> str:
    """Return the processor, its cores, its memory and the system."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        lines = information.read_text("utf-8").splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    memory_gb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    cores = os.cpu_count()
    return f"{name}, {cores} cores, {memory_gb:.0f} GB, {platform.system()}, Python {platform.python_version()}"


def versions(names: Iterable[str] = LIBRARIES) -> str:
    """Return the versions of libraries in one line."""
    return ", ".join(f"{name} {version(name)}" for name in names)


def load() -> float:
    """Return how many processes wanted to run in the last minute; above the number of cores, figures are too high."""
    return os.getloadavg()[0]


def peak_mb() -> float:
    """Return the largest memory that this process has had since it began, in millions of bytes."""
    status = Path("/proc/self/status")
    if status.is_file():  # the number of `getrusage` may be that of the process that started this one
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def child(
    arguments: Sequence[str], folder: Path = ROOT, environment: Mapping[str, str] | None = None, limit_s: float = 900.0
) -> dict[str, Any]:
    """Run a program and return the JSON line that it prints last, or `{"why": ...}` if it prints none.

    Parameters
    ----------
    arguments
        Program and arguments.
    folder
        Where it runs, and the first place where it looks for modules.
    environment
        Variables beside those of this process.
    limit_s
        After so many seconds it is ended.
    """
    # What Python makes of the sources is kept, as it is where people work; but not beside the rivals.
    given = os.environ | {"PYTHONPYCACHEPREFIX": _compiled().name, "PYTHONPATH": str(folder)} | dict(environment or {})
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        done = subprocess.run(
            arguments, cwd=folder, env=given, capture_output=True, text=True, timeout=limit_s, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"why": type(error).__name__}
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return {"why": lines[-1][:120]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def ours(module: str, *arguments: object, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a module of the benchmarks in a process of its own and return what it prints.

    Raises
    ------
    RuntimeError
        If it fails: ours must not.
    """
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    found = child(command, environment=environment)
    if "why" in found:
        raise RuntimeError(f"{' '.join(command)}: {found['why']}")
    return found


@cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for what Python makes of sources, the same until this process ends."""
    return scratch()


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder that is deleted in the end."""
    return tempfile.TemporaryDirectory(prefix="fairdesk-bench-")
