"""Compiling ahead: what nearly every command needs is compiled by two processes at once, before anyone waits for it."""

import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from scenarios.codes import DONE, INTERRUPTED
from scenarios.texts import text
from sim import compilation

_SEED = 1


def _engine() -> None:
    """Run the twin."""
    from scenarios.files.desks import load
    from sim import fast, sample

    desk = load("academy_small").changed(weeks=1)
    fast.run(desk, sample(desk, _SEED))


def _figures() -> None:
    """Make the log of a run of the model, and all figures from it."""
    from scenarios.files.desks import load
    from sim import model, sample
    from sim.kpi import KPIS, count, measure

    desk = load("academy_small").changed(weeks=1)
    log, _ = model.run(desk, sample(desk, _SEED))
    assert log.moments.height and log.touches.height and log.shifts.height
    measure(log, list(KPIS))
    count(log, list(KPIS), by=("person", "month"))


PARTS: dict[str, Callable[[], None]] = {"engine": _engine, "figures": _figures}
"""What is compiled side by side, by name."""


def compile_ahead() -> None:
    """Compile the engine, and beside it what makes logs and figures; return at once if that is done.

    A part that cannot be compiled so is left to the first who needs it, and is not tried again.
    """
    if compilation.is_ready():
        return
    spawn: Any = multiprocessing.get_context("spawn")
    parts = [spawn.Process(target=_compile, args=(name,), daemon=True) for name in PARTS]
    try:
        with _deaf():
            for part in parts:
                part.start()
        for part in parts:
            part.join()
    finally:
        for part in parts:
            if part.is_alive():
                part.terminate()
    compilation.set_ready()


def _compile(name: str) -> None:
    """Compile one part, in a process of its own; say by its exit code alone whether that went well."""
    try:
        PARTS[name]()
    except Exception:
        sys.exit(1)


@contextmanager
def _deaf() -> Iterator[None]:
    """Let processes be born that Ctrl-C does not reach: who started them ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def main() -> int:
    """Compile ahead as `make setup` does, and return the exit code."""
    if not compilation.is_ready():
        print(text("en", "cli.compiling"), file=sys.stderr)
    try:
        compile_ahead()
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


if __name__ == "__main__":
    sys.exit(main())
