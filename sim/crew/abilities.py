"""How able the people of a desk are, and what they do for the sake of their figures."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim import chance
from sim.desk import CONDUCTS, Desk, Seat
from sim.desk.staff import FASTEST

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
PPM = 1_000_000

HIRE_CONDUCT = tuple(chance.code("hire", "conduct", name) for name in CONDUCTS)
HIRE_SPEED, HIRE_QUALITY, HIRE_COURTESY = (chance.code("hire", what) for what in ("speed", "quality", "courtesy"))


def abilities(
    desk: Desk, names: tuple[str, ...], seats: list[Seat], skills: tuple[str, ...]
) -> tuple[Ints, Floats, Floats]:
    """Return speed in ppm and quality by person and skill, and courtesy; skills outside the role count as untrained."""
    speed, quality = np.empty((len(names), len(skills))), np.empty((len(names), len(skills)))
    courtesy = np.empty(len(names))
    heads: dict[str, list[int]] = {}
    for number, (name, seat) in enumerate(zip(names, seats, strict=True)):
        role, person = desk.staff.roles[seat.role], desk.staff.persons.get(name)
        if person is None:
            heads.setdefault(seat.role, []).append(number)
            continue
        trained = {s: person.speed.get(s, 1.0) for s in (person.speed or dict.fromkeys(role.skills))}
        known = dict.fromkeys(trained, 0.0) | person.quality
        speed[number] = [trained.get(s, role.untrained_speed) for s in skills]
        quality[number] = [known.get(s, role.untrained_quality) for s in skills]
        courtesy[number] = person.courtesy
    for role_name, who in heads.items():
        role, rows = desk.staff.roles[role_name], np.array(who)
        trained_in = np.array([s in role.skills for s in skills])
        factor, level, manner = _hired(desk, role_name, np.array([int(names[n].rpartition("#")[2]) for n in who]))
        speed[rows] = np.where(trained_in, factor[:, None], role.untrained_speed)
        quality[rows] = np.where(trained_in, level[:, None], role.untrained_quality)
        courtesy[rows] = manner
    rate_ppm = np.maximum(np.rint(np.minimum(speed, FASTEST) * PPM).astype(np.int64), 1)
    return rate_ppm, quality, courtesy


def _hired(desk: Desk, role_name: str, head: Ints) -> tuple[Floats, Floats, Floats]:
    """Return speed, quality and courtesy of `role#k`: head k is the same human in every scenario and world."""
    role = desk.staff.roles[role_name]
    who = np.zeros((len(head), 3), np.uint32)
    who[:, 0], who[:, 1] = chance.code(role_name), head
    normal = [
        special.ndtri(np.minimum(chance.uniforms(desk.staff.hire_seed, purpose, who), 1 - 2.0**-53))
        for purpose in (HIRE_SPEED, HIRE_QUALITY, HIRE_COURTESY)
    ]
    speed = np.exp(role.speed_sd * normal[0] - role.speed_sd**2 / 2)
    quality, courtesy = role.quality_sd * normal[1], role.courtesy_sd * normal[2]
    return np.asarray(speed, np.float64), np.asarray(quality, np.float64), np.asarray(courtesy, np.float64)


def conduct_of(desk: Desk, names: tuple[str, ...], seats: list[Seat]) -> Floats:
    """Return the intensity of each conduct by person: head k has it or not in every scenario and world."""
    made = np.zeros((len(names), len(CONDUCTS)))
    for number, (name, seat) in enumerate(zip(names, seats, strict=True)):
        person = desk.staff.persons.get(name)
        leanings = desk.staff.roles[seat.role].conduct if person is None else {}
        who = np.array([[chance.code(seat.role), int(name.rpartition("#")[2]), 0]], np.uint32) if leanings else None
        for at, conduct in enumerate(CONDUCTS):
            if person is not None:
                made[number, at] = person.conduct.get(conduct, 0.0)
            elif who is not None and (leaning := leanings.get(conduct)) is not None:
                has = chance.uniforms(desk.staff.hire_seed, HIRE_CONDUCT[at], who)[0] <= leaning.share
                made[number, at] = leaning.intensity * has
    return made
