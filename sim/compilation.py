"""Where compiled code is kept: a folder for each state of the sources, so that no code outlives what it was made from.

Numba keeps what it compiled by the age of one file; but the compiled engine holds rules and constants of other files,
too. So the folder's name is a digest of all files whose rules or constants it may hold.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

_SOURCES = Path(__file__).parent
SHARED = (
    "chance.py",
    "conduct.py",
    "desk/conduct.py",
    "desk/policy.py",
    "layout/names.py",
    "log/tables.py",
    "record/words.py",
    "rules.py",
    "calendar/zones.py",
    "fast/*.py",
)
"""Files, as patterns below this folder, of which compiled code of other files holds parts."""
_OLD_S = 7 * 86_400


def keep_apart() -> None:
    """Let Numba keep compiled code in a folder for the present sources, unless the user chose one.

    It lies beside the sources, or in the user's cache folder if that cannot be written to. Folders of other states that
    are a week old are deleted.
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    name = f"numba-{_digest()}"
    for base in (_SOURCES / "__pycache__", Path.home() / ".cache" / "fairdesk", Path(tempfile.gettempdir())):
        folder = base / name
        try:
            new = not folder.exists()
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            break
    else:
        return
    if new:
        _tidy(base, folder)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(folder)


def is_ready() -> bool:
    """Return whether what commands need was compiled ahead, or cannot be: nothing is kept, or compilation is off."""
    place = _marker()
    return place is None or os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0") or place.exists()


def set_ready() -> None:
    """Note that what commands need was compiled ahead, for the present sources."""
    place = _marker()
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


def _marker() -> Path | None:
    folder = os.environ.get("NUMBA_CACHE_DIR")
    return Path(folder) / f"ready-{_digest()}" if folder else None


def _digest() -> str:
    found = hashlib.sha256()
    for pattern in SHARED:
        for path in sorted(_SOURCES.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


def _tidy(base: Path, present: Path) -> None:
    for folder in base.glob("numba-*"):
        try:
            if folder != present and folder.stat().st_mtime < time.time() - _OLD_S:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
