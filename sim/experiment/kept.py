"""The folder of a run: replications are kept as they come, for one run at a time, and never read half written."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from sim.notes import Note

MANIFEST, LOCK = "manifest.json", "lock"

_HERE: Final[set[Path]] = set()
"""Locks that this process holds: it may run several experiments at once."""


class Kept:
    """The replications in a folder, by seed.

    Parameters
    ----------
    folder
        Where they are.
    schema
        Columns of each.
    called
        What their files are called, before the number.
    """

    def __init__(
        self, folder: Path, schema: Mapping[str, pl.DataType | type[pl.DataType]], called: str = "seed"
    ) -> None:
        self.folder, self.schema, self.called = folder, pl.Schema(schema), called

    def path(self, seed: int) -> Path:
        """Return the file of a seed."""
        return self.folder / f"{self.called}-{seed}.parquet"

    def read(self, seed: int) -> pl.DataFrame | None:
        """Return what is kept of a seed, None if nothing is.

        Raises
        ------
        ValueError
            If the file is damaged, or holds something else; the message names it.
        OSError
            If it cannot be read.
        """
        path = self.path(seed)
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            frame = pl.read_parquet(io.BytesIO(raw))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
            raise ValueError(f"{path}: is no Parquet file, or a damaged one; delete it, and it is made anew") from None
        if frame.schema != self.schema:
            raise ValueError(f"{path}: holds something else than a replication; delete it, and it is made anew")
        return frame

    def write(self, seed: int, frame: pl.DataFrame) -> None:
        """Keep what a seed gave, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written, as on a full disk; what was kept before stays.
        """
        raw = io.BytesIO()
        frame.write_parquet(raw)
        _write(self.path(seed), raw.getvalue())


@contextmanager
def kept(
    folder: Path,
    says: Mapping[str, object],
    schema: Mapping[str, pl.DataType | type[pl.DataType]],
    on_note: Callable[[Note], None] | None = None,
    called: str = "seed",
) -> Iterator[Kept]:
    """Give a folder to one run, until that is over.

    Parameters
    ----------
    folder
        It is made if it is not there.
    says
        What the results depend on; kept in the folder's manifest, and compared with it when it is there.
    schema
        Columns of each replication.
    on_note
        Told if a run that was killed had left its lock.
    called
        What the files of the replications are called, before the number.

    Raises
    ------
    ValueError
        If another run is at work there, the manifest is damaged, or it is that of other inputs.
    OSError
        If the folder cannot be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / LOCK, on_note):
        _agree(folder, dict(says))
        yield Kept(folder, schema, called)


def _agree(folder: Path, says: dict[str, object]) -> None:
    """Write the manifest, or see that the one that is there says the same."""
    manifest = folder / MANIFEST
    try:
        raw = manifest.read_bytes()
    except FileNotFoundError:
        _write(manifest, (json.dumps(says, indent=1) + "\n").encode())
        return
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{manifest}: is damaged; choose another folder or delete this one")
    if other := sorted(key for key in found.keys() | says.keys() if found.get(key) != says.get(key)):
        raise ValueError(
            f"{folder} holds the results of other inputs ({', '.join(other)}); choose another folder or delete it"
        )


def _write(path: Path, raw: bytes) -> None:
    """Write a file under a passing name, then give it its own; the passing one never stays."""
    passing = path.with_suffix(".part")
    try:
        passing.write_bytes(raw)
        passing.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            passing.unlink(missing_ok=True)
        error.filename, error.filename2 = str(path), None
        raise


@contextmanager
def _locked(lock: Path, on_note: Callable[[Note], None] | None) -> Iterator[None]:
    lock = lock.absolute()
    if not _taken(lock):
        held = _holder(lock)
        if not _is_dead(held, lock) or not _taken_over(lock, held):
            raise ValueError(_busy(lock, held))
        if on_note is not None:
            on_note(Note.of("kept.taken_over", lock=str(lock), pid=held.get("pid", 0)))
    _HERE.add(lock)
    try:
        yield
    finally:
        _HERE.discard(lock)
        lock.unlink(missing_ok=True)


def _me() -> bytes:
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()


def _taken(lock: Path) -> bool:
    """Make the lock, which only one can."""
    try:
        file = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    try:
        os.write(file, _me())
    except OSError as error:
        lock.unlink(missing_ok=True)
        error.filename = str(lock)
        raise
    finally:
        os.close(file)
    return True


def _holder(lock: Path) -> dict[str, Any]:
    """Return who holds the lock; nothing if it cannot be told."""
    try:
        found = json.loads(lock.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("pid"), int) else {}


def _is_dead(held: dict[str, Any], lock: Path) -> bool:
    """Say whether the holder is known to be gone: only of processes of this machine can that be known."""
    pid = held.get("pid", 0)
    if held.get("host") != socket.gethostname() or pid <= 0 or os.name != "posix":
        return False
    if pid == os.getpid():
        return lock not in _HERE  # a process before us had our number
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _taken_over(lock: Path, held: dict[str, Any]) -> bool:
    """Take the lock of a dead holder; of several who try, one gets it.

    Whoever makes the second lock may look again whether the first is still the dead one's, and replace it.
    """
    second = lock.with_name(f"{lock.name}.{held['pid']}")
    if not _taken(second):
        return False
    if _holder(lock) != held:
        second.unlink()
        return False
    second.replace(lock)
    return True


def _busy(lock: Path, held: dict[str, Any]) -> str:
    if not held:
        return f"{lock}: another run keeps its results here; if none does, delete this file"
    return (
        f"{lock}: another run keeps its results here (process {held['pid']} on {held.get('host')}); "
        "wait for it, or choose another folder; if it is over, delete this file"
    )
