"""Which kinds of tickets a change cannot reach, from the skills that people share."""

from collections.abc import Iterable

from scenarios import difference
from sim.desk import Desk


def untouched(base: Desk, other: Desk) -> tuple[str, ...]:
    """Return the kinds of tickets that a change of demand or seats cannot reach, sorted.

    What changes reaches the skills that changed kinds need or that changed seats, or seats of their roles, take; from a
    skill it spreads to all that its people do besides, and from a stage of a kind to the later stages. Any other change
    may reach every kind.
    """
    if base.demand.triage or other.demand.triage:
        return ()  # any first stage may meet tickets of any kind
    skills: set[str] = set()
    for path, *_ in difference(base, other):
        found = _reached(path.split("."), base, other)
        if found is None:
            return ()
        skills |= found
    before = -1
    while len(skills) > before:
        before = len(skills)
        for seat in (*base.staff.seats.values(), *other.staff.seats.values()):
            if skills & set(seat.takes):
                skills |= set(seat.takes)
        for kind in base.demand.kinds.values():
            names = [{branch.skill for branch in stage.branches()} for stage in kind.route]
            first = next((at for at, own in enumerate(names) if own & skills), len(names))
            skills |= set().union(*names[first:])
    needs = {name: {branch.skill for branch in kind.branches()} for name, kind in base.demand.kinds.items()}
    return tuple(sorted(name for name, own in needs.items() if not own & skills))


def _reached(words: list[str], base: Desk, other: Desk) -> set[str] | None:
    """Return the skills that a change at a key reaches at once; None for all."""
    match words:
        case ["demand", "kinds", name, *_]:
            kinds: Iterable[str] = (name,)
        case ["demand", "surges" | "bursts" as table, name, *_]:
            own = [getattr(desk.demand, table).get(name) for desk in (base, other)]
            if any(each is not None and each.kinds is None for each in own):
                return None
            kinds = {kind for each in own if each is not None for kind in each.kinds}
        case ["staff", "seats", name, *_]:
            seats = [desk.staff.seats[name] for desk in (base, other) if name in desk.staff.seats]
            roles = {seat.role for seat in seats}
            alike = [seat for desk in (base, other) for seat in desk.staff.seats.values() if seat.role in roles]
            return {skill for seat in alike for skill in seat.takes}
        case _:
            return None
    own = [desk.demand.kinds[name] for desk in (base, other) for name in kinds if name in desk.demand.kinds]
    return {branch.skill for kind in own for branch in kind.branches()}
