"""Wall clocks and open hours: where second 0 lies, what is open, business time between instants."""

from sim.calendar.clock import Clock
from sim.calendar.hours import ALWAYS, WEEKDAYS, Calendar, Weekday
from sim.calendar.timeline import Timeline
from sim.calendar.zones import Seconds

__all__ = ["ALWAYS", "WEEKDAYS", "Calendar", "Clock", "Seconds", "Timeline", "Weekday"]
