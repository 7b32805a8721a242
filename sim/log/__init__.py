"""The log of a desk, real or simulated: tables that every measure reads, and nothing else.

`moments` is the source of truth; the table of tickets is derived from it by one function that real and
simulated logs share, so another SLA, calendar or priority rule is a recomputation.
"""

from sim.log.files import read, write
from sim.log.log import LARGEST, Log
from sim.log.tables import ENDED, OPTIONAL, PRESENT, SCHEMAS, WHAT, LogError, Tables, table
from sim.log.tickets import derive

__all__ = [
    "ENDED", "LARGEST", "OPTIONAL", "PRESENT", "SCHEMAS", "WHAT", "Log", "LogError", "Tables", "derive", "read",
    "table", "write",
]  # fmt: skip
