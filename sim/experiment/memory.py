"""A pool that remembers: what a task gave for a number is kept in a folder, and is not worked out again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from sim.experiment.identity import identity
from sim.experiment.kept import Kept, kept
from sim.experiment.packing import SCHEMA, pack, unpack
from sim.experiment.pools import Pool
from sim.notes import Note


@dataclass(frozen=True)
class Remembering:
    """A pool whose tasks are kept in a folder, one folder below it for each task, one file for each number.

    A task is known by what it is made of, so that other inputs or another version have a folder of their own.

    Attributes
    ----------
    folder
        Where they are kept; one run at a time has the folder of a task.
    pool
        Who works out what is not kept; None works here.
    on_note
        Told if a run that was killed had left its lock.
    """

    folder: Path
    pool: Pool | None = None
    on_note: Callable[[Note], None] | None = None

    def __call__(self) -> Executor:
        """Return a pool without a memory, for those who do not ask for one."""
        return ThreadPoolExecutor(1) if self.pool is None else self.pool()

    @contextmanager
    def store(self, task: Callable[[int], Any]) -> Iterator[Store]:
        """Give the memory of a task to one run.

        Raises
        ------
        TypeError
            If the task is made of something that has no name and no content of its own, such as a lambda.
        ValueError
            If another run is at work in its folder, or the folder holds something else.
        OSError
            If the folder cannot be read or written.
        """
        says = {"task": hashlib.sha256(json.dumps(content(task)).encode()).hexdigest(), **identity()}
        name = hashlib.sha256(json.dumps(says).encode()).hexdigest()[:12]
        with kept(self.folder / name, says, SCHEMA, self.on_note, "world") as found:
            yield Store(found)


class Store:
    """What is kept of one task.

    Parameters
    ----------
    found
        Its folder.
    """

    def __init__(self, found: Kept) -> None:
        self._found = found

    def lacks(self, numbers: Sequence[int]) -> list[int]:
        """Return the numbers of which nothing is kept."""
        return [number for number in numbers if not self._found.path(number).exists()]

    def read(self, number: int) -> Any:
        """Return what the task gave for a number.

        Raises
        ------
        ValueError
            If the file is damaged, or holds something else; the message names it.
        """
        frame = self._found.read(number)
        path = self._found.path(number)
        try:
            return unpack(frame) if frame is not None else None
        except ValueError:
            raise ValueError(
                f"{path}: holds something else than a replication; delete it, and it is made anew"
            ) from None

    def write(self, number: int, result: object) -> None:
        """Keep what the task gave for a number, whole or not at all."""
        self._found.write(number, pack(result))


def content(value: object) -> Any:
    """Return what something is made of, as lists and texts: the same in every process.

    Raises
    ------
    TypeError
        If it is made of something that has no name and no content of its own.

    Examples
    --------
    >>> content((1, None, {"a": 0.5}))
    ['tuple', [1, None, ['dict', [['a', '0.5']]]]]
    """
    kind = type(value).__name__
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date):
        return [kind, value.isoformat()]
    if isinstance(value, np.ndarray):
        return [kind, value.dtype.str, list(value.shape), hashlib.sha256(value.tobytes()).hexdigest()]
    if isinstance(value, BaseModel):
        return [kind, value.model_dump_json()]
    if isinstance(value, partial):
        return [kind, content(value.func), content(value.args), content(value.keywords)]
    if callable(value) and (name := getattr(value, "__qualname__", None)):  # an engine of ours says what it is
        if "<" in name:
            raise TypeError(f"{name}: what has no name of its own cannot be kept in a folder")
        return [kind, f"{value.__module__}.{name}"]
    if isinstance(value, Mapping):
        return [kind, [[content(key), content(each)] for key, each in value.items()]]
    if isinstance(value, list | tuple | range):
        return [kind, [content(each) for each in value]]
    if is_dataclass(value):
        return [kind, [[field.name, content(getattr(value, field.name))] for field in fields(value)]]
    raise TypeError(f"a task made of a {kind} cannot be kept in a folder")
