"""Where second 0 lies, and whose wall clock counts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from operator import index
from typing import Self, overload

import numpy as np

from sim.calendar.zones import DAY_S, EPOCH, EPOCH_DAY, Seconds, Zone, whole_seconds, zone_named


@dataclass(frozen=True)
class Timeline:
    """Where second 0 lies, and whose wall clock counts.

    Parameters
    ----------
    start
        The instant of second 0: aware, in UTC, without a fraction of a second.
    zone
        IANA name of the time zone of wall times, such as `Asia/Shanghai`.

    Raises
    ------
    ValueError
        If the start is not such an instant, or the zone is unknown (the message names the nearest).

    Examples
    --------
    >>> timeline = Timeline.midnight(date(2026, 3, 2), "Asia/Shanghai")
    >>> timeline.iso(timeline.second(date(2026, 3, 3), 9 * 60))
    '2026-03-03T09:00:00+08:00'
    """

    start: datetime
    zone: str

    def __post_init__(self) -> None:
        """Check the start and the zone."""
        if self.start.utcoffset() != timedelta(0) or self.start.microsecond:
            raise ValueError(f"the start must be a whole second in UTC, got {self.start.isoformat()}")
        zone_named(self.zone)

    def __reduce__(self) -> tuple[type, tuple[datetime, str]]:
        """Leave what is cached behind when pickled."""
        return type(self), (self.start, self.zone)

    @classmethod
    def midnight(cls, day: date, zone: str) -> Self:
        """Return the timeline whose second 0 is the first instant of a local day."""
        wall_s = (day.toordinal() - EPOCH_DAY) * DAY_S
        return cls(EPOCH + timedelta(seconds=zone_named(zone).epoch(wall_s)), zone)

    @cached_property
    def _start_s(self) -> int:
        return (self.start - EPOCH) // timedelta(seconds=1)

    @cached_property
    def _zone(self) -> Zone:
        return zone_named(self.zone)

    def second(self, day: date, minute: int) -> int:
        """Return the second at which the wall clock shows a minute of a local day.

        Parameters
        ----------
        day
            A local day.
        minute
            Wall minutes after that day's 00:00; 1440 and more run on into the next days' wall clock.
        """
        return self.at_wall((day.toordinal() - EPOCH_DAY) * DAY_S + 60 * index(minute))

    @overload
    def day(self, at_s: int) -> int: ...
    @overload
    def day(self, at_s: Seconds) -> Seconds: ...
    def day(self, at_s: int | Seconds) -> int | Seconds:
        """Return the local date of a second, or of an array of seconds, as `date.toordinal` counts."""
        if isinstance(at_s, np.ndarray):
            return self.walls(at_s) // DAY_S + EPOCH_DAY
        return self.wall(at_s) // DAY_S + EPOCH_DAY

    @overload
    def hour_of_week(self, at_s: int) -> int: ...
    @overload
    def hour_of_week(self, at_s: Seconds) -> Seconds: ...
    def hour_of_week(self, at_s: int | Seconds) -> int | Seconds:
        """Return the local hour of the week, 0 to 167, of a second or an array; 0 begins on Monday 00:00."""
        # The first of January 1970 was a Thursday, the fourth day of its week.
        if isinstance(at_s, np.ndarray):
            return (self.walls(at_s) // 3600 + 72) % 168
        return (self.wall(at_s) // 3600 + 72) % 168

    def iso(self, at_s: int) -> str:
        """Return the local wall time of a second, with its offset from UTC, as ISO 8601 writes it."""
        return (self.start + timedelta(seconds=index(at_s))).astimezone(self._zone.info).isoformat(timespec="seconds")

    def at(self, instant: datetime) -> int:
        """Return the second of an aware instant, rounded down.

        Raises
        ------
        ValueError
            If the instant has no time zone.
        """
        if instant.utcoffset() is None:
            raise ValueError(f"an instant must have a time zone, got {instant.isoformat()}")
        return (instant.astimezone(UTC) - self.start) // timedelta(seconds=1)

    def wall(self, at_s: int) -> int:
        """Return what the wall clock shows at a second, as seconds since 1970-01-01 00:00 on that clock."""
        return self._zone.wall(index(at_s) + self._start_s)

    def walls(self, at_s: Seconds) -> Seconds:
        """Return what the wall clock shows at an array of seconds, as `wall` does."""
        return self._zone.walls(whole_seconds(at_s) + self._start_s)

    def at_wall(self, wall_s: int) -> int:
        """Return the second at which the wall clock first shows a time (seconds since 1970-01-01 00:00)."""
        return self._zone.epoch(wall_s) - self._start_s

    def at_walls(self, wall_s: Seconds) -> Seconds:
        """Return the seconds at which the wall clock first shows an array of times, as `at_wall` does."""
        return self._zone.epochs(wall_s) - self._start_s

    def offsets(self, first_s: int, last_s: int) -> tuple[Seconds, Seconds, Seconds]:
        """Return what the way from seconds to wall times and back rests on, as arrays for compiled code.

        Parameters
        ----------
        first_s, last_s
            Seconds that the arrays cover, a day or more on either side included.

        Returns
        -------
        tuple of ndarray
            Segment i begins at second `begins[i]` and shows second + `shown[i]` on the wall clock; `reach[i]` is the
            latest wall time that any segment up to i has shown (see `at_wall`).
        """
        table = self._zone.table(first_s + self._start_s - DAY_S, last_s + self._start_s + DAY_S)
        return table.begins_array - self._start_s, table.offset_array + self._start_s, table.reach_array
