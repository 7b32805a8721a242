"""Pictures of logs and figures, as inline SVG."""

from scenarios.plots.pictures import all_pictures, backlog, bars, load, occupancy, svg, waits

__all__ = ["all_pictures", "backlog", "bars", "load", "occupancy", "svg", "waits"]
