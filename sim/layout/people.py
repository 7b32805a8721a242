"""Who is who: chats, caps, dispatchers, and the groups that a policy does not tell apart."""

from typing import Any

import numpy as np

from sim import chance
from sim.crew import PPM, Crew
from sim.desk import Desk, Kind, Policy, is_honest, people_of, seats_of
from sim.layout.form import Ints, Layout
from sim.layout.names import NEVER


def chats_of(desk: Desk, kinds: list[Kind]) -> dict[str, Any]:
    """Return the attributes of `Layout` that tell of chats."""
    chat = tuple(kind.chat for kind in kinds)
    seats = [desk.staff.seats[seat.rpartition("#")[0]] for seat in people_of(desk).values()]
    most = np.array([len(seat.chats) if any(chat) else 1 for seat in seats], np.int64)
    paces_ppm = np.full((len(seats), max(most, default=1)), PPM, np.int64)
    for row, seat in enumerate(seats):
        paces_ppm[row, : most[row]] = [round(pace * PPM) for pace in seat.chats[: most[row]]]
    return {"chat": chat, "most": most, "paces_ppm": paces_ppm, "chatting": bool((most > 1).any())}


def caps_of(desk: Desk, names: list[str]) -> dict[str, Any]:
    """Return the attributes of `Layout` that tell of caps."""
    caps = [cap for _, cap in sorted(desk.routing.caps.items())]
    groups = [seat.rpartition("#")[0] for seat in people_of(desk).values()]
    counts = [[cap.kinds is None or name in cap.kinds for cap in caps] for name in names]
    most = [[cap.most if cap.seats is None or group in cap.seats else NEVER for cap in caps] for group in groups]
    return {
        "caps": np.array(counts, np.bool_).reshape(len(names), len(caps)),
        "most_held": np.array(most, np.int64).reshape(len(groups), len(caps)),
    }


def dispatchers_of(desk: Desk, crew: Crew) -> tuple[Ints, Ints]:
    """Return begins and ends of the spans in which somebody is on duty who dispatches."""
    if desk.routing.dispatch is None or not desk.routing.dispatch.seats:
        return np.zeros(1, np.int64), np.array([NEVER])
    groups = desk.routing.dispatch.seats
    who = [person for person, seat in enumerate(crew.seats) if seat.rpartition("#")[0] in groups]
    if not np.isin(crew.duty_person, who).any():
        raise ValueError(
            f"routing.dispatch.seats: nobody of {', '.join(groups)} has a shift in the run, so nobody would "
            "assign a ticket"
        )
    spans = sorted(span for person in who for span in zip(crew.on_s[person], crew.off_s[person], strict=True))
    joined: list[tuple[int, int]] = []
    for on_s, off_s in spans or [(NEVER, NEVER)]:
        if joined and on_s <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], off_s)
        else:
            joined.append((on_s, off_s))
    both = np.array(joined, np.int64)
    return both[:, 0].copy(), both[:, 1].copy()


def tempted_of(desk: Desk) -> dict[str, Any]:
    """Return the attributes of `Layout` that tell of conduct."""
    return {
        "tempted": not is_honest(desk),
        "early_ppm": round(desk.shortcuts.early_close_work * PPM), "token_ms": 1000 * desk.shortcuts.token_reply_s,
        "pass_ms": 1000 * desk.shortcuts.pass_on_s, "hard": _hard(desk),
    }  # fmt: skip


def _hard(desk: Desk) -> tuple[bool, ...]:
    """Return by kind whether it is passed on: as stated, or because it brings more work than the mean ticket."""
    kinds = sorted(desk.demand.kinds.items())
    if desk.shortcuts.hard is not None:
        return tuple(name in desk.shortcuts.hard for name, _ in kinds)
    work_min = np.array([sum(branch.work.mean_min for branch in kind.branches()) for _, kind in kinds])
    rates = np.array([kind.per_week for _, kind in kinds])
    mean_min = work_min @ rates / rates.sum() if rates.any() else work_min.mean()
    return tuple((work_min > mean_min * (1 + 1e-9)).tolist())


def codes_of(desk: Desk) -> dict[str, tuple[int, ...]]:
    """Return the attributes of `Layout` that tell who somebody is."""
    seats = {seat.name: seat.seat for seat in seats_of(desk)}
    roles, where = sorted(desk.staff.roles), people_of(desk)
    return {
        "codes": tuple(chance.code(name) for name in where),
        "role": tuple(roles.index(seats[seat].role) for seat in where.values()),
    }


def groups_of(layout: Layout, policy: Policy) -> tuple[int, ...]:
    """Return a group number per person: persons of a group differ for the policy in idle time only.

    Within a group the longest idle goes first, so only the first of each group need be compared. A policy that
    *scans* (see `Policy.scans`) has groups of one; so have people whom a cap binds, and a desk of whose tickets there
    are branches: who has one of them may not be given another.
    """
    crew, scans, by_speed = layout.crew, policy.scans() or layout.parallel, policy.by_speed()
    bound = (layout.most_held < NEVER).any(axis=1)
    keys: dict[object, int] = {}
    out = []
    for person in range(len(crew)):
        rates = tuple(crew.rate_ppm[person]) if by_speed else ()
        sign: object = person if scans or bound[person] else (crew.takes[person], crew.barred[person], rates)
        out.append(keys.setdefault(sign, len(keys)))
    return tuple(out)
