"""What results depend on beside their inputs: the versions of Python, of the libraries and of our own source."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

LIBRARIES: Final = ("fairdesk", "numba", "numpy", "polars", "scipy", "simpy", "tzdata")
"""The libraries that have a part in the figures."""


def _source() -> str:
    """Return a digest of the simulator's source; it changes with a commit, a version does not."""
    root, digest = Path(__file__).resolve().parents[1], hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


# Taken when this is imported, with the rest: a process goes on with what it read, whatever becomes of the files.
_SOURCE: Final = _source()


@cache
def identity() -> dict[str, str | None]:
    """Return what runs here: `python` (major and minor), the libraries, and `source`; None for what is not installed.

    Examples
    --------
    >>> list(identity())[:2]
    ['python', 'fairdesk']
    """
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: _version(name) for name in LIBRARIES}, "source": _SOURCE}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
