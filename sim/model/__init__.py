"""The model: a desk in SimPy, written to be read. It is the definition that every other engine must equal.

All that happens in a second happens first, in the order (kind of event, ticket, person); then the desk decides
once, in a settle step. The order is SimPy's event priority, so no tie is left to the order of scheduling.

`state` holds what a run knows, `moves` how tickets come into queues and lists, `work` how people work, `settle` what
the desk decides, `ends` how a touch ends, `returning` what comes back, `events` what happens, and `engine` is the face;
the twin `sim.fast` has modules and functions of the same names. What does not depend on the run's state lives
elsewhere: the numbers that it starts from in `sim.layout`, the decisions in `sim.rules`, the log in `sim.record`.
"""

from sim.model.engine import advance, begin, lean, log, run
from sim.model.state import State

__all__ = ["State", "advance", "begin", "lean", "log", "run"]
