"""The fast twin: the machine of `sim.model`, compiled; equal logs, row for row, to the second."""

from sim.fast.engine import State, advance, begin, lean, log, run

__all__ = ["State", "advance", "begin", "lean", "log", "run"]
