"""The engines by name, imported when one is first asked for, and the pool on this machine that suits each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from sim.experiment.pools import Pool, processes, threads

if TYPE_CHECKING:
    from sim.desk import Desk
    from sim.log import Log
    from sim.truth import Truth
    from sim.world import World

type Run = Callable[[Desk, World], tuple[Log, Truth]]
"""What runs a desk in a world: `sim.model.run` or its equal."""

DEFAULT_ENGINE: Final = "fast"
"""The engine of whoever names none."""

_HOMES: Final = {"simpy": "sim.model", "fast": "sim.fast"}
_FREE: Final = ("fast",)
"""Engines that let other threads work while they run."""


class _Engines(Mapping[str, Run]):
    """Engines by name; looking one up imports it, naming them all imports none."""

    def __getitem__(self, name: str) -> Run:
        return cast(Run, import_module(_HOMES[name]).run)

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)


ENGINES: Final[Mapping[str, Run]] = _Engines()
"""`simpy` is the definition, `fast` its compiled twin; both write the same log."""


def simulate(desk: Desk, world: World) -> tuple[Log, Truth]:
    """Return log and truth of a run by the engine of whoever names none."""
    return ENGINES[DEFAULT_ENGINE](desk, world)


def local(engine: str, workers: int) -> Pool | None:
    """Return the pool of this machine that suits an engine: threads if it lets them work, else processes.

    Parameters
    ----------
    engine
        A name of `ENGINES`.
    workers
        At least 1; one needs no pool, and the result is None.

    Raises
    ------
    ValueError
        If `workers` is below 1.

    Examples
    --------
    >>> list(ENGINES), local("simpy", 1)
    (['simpy', 'fast'], None)
    """
    return threads(workers) if engine in _FREE else processes(workers)
