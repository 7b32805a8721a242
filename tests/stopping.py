"""Engines that somebody stops, for tests of what is left then."""

from functools import wraps

from sim import fast
from sim.desk import Desk
from sim.experiment import Run
from sim.log import Log
from sim.truth import Truth
from sim.world import World


def stopping(after: int | None, least: int = 0) -> tuple[Run, list[int]]:
    """Return the compiled engine, and the seeds that it ran; it has the name of the real one.

    Parameters
    ----------
    after
        It is interrupted after so many runs; never if None.
    least
        Of worlds from this seed on; the others run in any case, and are not counted.
    """
    runs: list[int] = []

    @wraps(fast.run)
    def run(desk: Desk, world: World) -> tuple[Log, Truth]:
        if world.seed >= least:
            if len(runs) == after:
                raise KeyboardInterrupt
            runs.append(world.seed)
        return fast.run(desk, world)

    return run, runs
