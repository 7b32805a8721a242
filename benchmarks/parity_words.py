"""What `benchmarks.parity` found, in words."""

from typing import Any


def paragraph(found: dict[str, Any]) -> str:
    """Return what was found in a few sentences."""
    desks_, scenarios, command = found["desks"], found["catalogue"], found["command"]
    verdict = "**no difference**" if not found["differences"] else f"**{found['differences']} DIFFERENCES**"
    return (
        f"`{command}`: {verdict} between `sim.fast` and `sim.model` on {desks_['cases']:,} random desks "
        f"({desks_['cut']:,} cut at random instants, {desks_['steered']:,} steered, {desks_['opened']:,} begun with "
        f"open tickets, {desks_['inbox']:,} in inbox mode, {desks_.get('refused', 0):,} refused by both in the same "
        f"words) and {scenarios['scenarios']} scenarios and what-ifs of the catalogue (weeks: {found['weeks']}): "
        f"{desks_['tickets'] + scenarios['tickets']:,} tickets, {desks_['moments'] + scenarios['moments']:,} moments, "
        f"{desks_['touches'] + scenarios['touches']:,} touches and {desks_['views'] + scenarios['views']:,} views were "
        "equal, row for row."
    )
