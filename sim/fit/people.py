"""People: who takes what, how fast they are, and when they are there."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.calendar import WEEKDAYS
from sim.desk import Person, Role, Seat, Shift, Staff, Team
from sim.fit.facts import Facts
from sim.fit.routes import AGAIN, Routes
from sim.fit.shifts import Hours, hours_of, presence_of

FEWEST_TOUCHES = 5
LEAST_SKILL_SHARE = 0.02
_BAD = re.compile(r"[\s#.\"']+")


@dataclass(frozen=True)
class Someone:
    """A person as far as a log shows: the team, the role and the skills, the main one first."""

    name: str
    team: str
    role: str
    skills: tuple[str, ...]


def speeds_of(facts: Facts, routes: Routes) -> dict[str, float]:
    """Return speed by person, geometric mean 1 over touches; none where work is unknown.

    Notes
    -----
    The log of work over the geometric mean of its kind and stage, averaged by person and shrunk by
    n / (n + within / between), with both variances by moments (one-way random effects).
    """
    if not facts.works:
        facts.assume("fit.same_speed")
        return {}
    rows = routes.steps.filter(pl.col("work_s").is_not_null() & ~pl.col("again") & (pl.col("ended") != "parked"))
    cell = rows.select("variant", "step").with_columns(pl.concat_str("variant", "step", separator="/").alias("cell"))
    log_work = np.log(np.maximum(rows["work_s"].to_numpy() - 0.5, 0.5))
    cells, people = _codes(cell["cell"]), _codes(rows["person"])
    effect = np.zeros(people[1].size)
    for _ in range(20):
        mean = _means(cells[0], log_work - effect[people[0]], cells[1].size)
        effect = _means(people[0], log_work - mean[cells[0]], people[1].size)
    count = np.bincount(people[0], minlength=people[1].size).astype(float)
    rest = log_work - mean[cells[0]] - effect[people[0]]
    within = (rest**2).sum() / max(len(rest) - people[1].size - cells[1].size, 1)
    between = max(float(np.average(effect**2 - within / count, weights=count)) if len(rest) else 0.0, 0.0)
    kept = count * between / np.maximum(count * between + within, 1e-12)
    shrunk = effect * kept
    shrunk -= np.average(shrunk, weights=count) if len(rest) else 0.0
    return {str(p): float(np.round(np.exp(-e), 4)) for p, e in zip(people[1], shrunk, strict=True)}


def _codes(values: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    names, codes = np.unique(values.to_numpy().astype(str), return_inverse=True)
    return codes, names


def _means(codes: NDArray[np.int64], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.bincount(codes, values, size) / np.maximum(np.bincount(codes, minlength=size), 1)


def staff_of(facts: Facts, routes: Routes, speed: dict[str, float]) -> Staff:
    """Return everybody that the log shows, in seats that take what they took, when they were there."""
    everybody = _everybody(facts, routes)
    names = _names(sorted(everybody))
    worked = presence_of(facts, list(everybody))
    hours, missed = hours_of(facts, worked, {name: someone.team for name, someone in everybody.items()})
    shifts, seats, persons = {}, {}, {}
    groups: dict[tuple[str, str, tuple[str, ...], Hours], list[str]] = {}
    for name, someone in sorted(everybody.items()):
        key = (someone.team, someone.role, someone.skills, hours[name])
        groups.setdefault(key, []).append(name)
    numbers: Counter[str] = Counter()
    shift_names: dict[Hours, str] = {}
    for (team, role, skills, when), people in sorted(groups.items()):
        numbers[team] += 1
        shift = shift_names.setdefault(when, f"shift_{len(shift_names) + 1}")
        shifts[shift] = Shift(days=tuple(WEEKDAYS[d] for d in when.days), hours=when.text(), breaks=when.breaks)
        seat = f"{_plain(team)[:60]}_{numbers[team]}"
        seats[seat] = Seat(role=_plain(role), team=_plain(team), takes=skills, shift=shift, heads=len(people))
        for name in people:
            persons[names[name]] = _person(name, seat, _plain(role), skills, speed, missed, worked[name].wage_per_h)
    roles = _roles(everybody, facts)
    teams = {_plain(s.team): Team(department=_department(facts, s.team)) for s in everybody.values()}
    return Staff(roles=roles, teams=teams, shifts=shifts, seats=seats, persons=persons)


def _person(
    name: str,
    seat: str,
    role: str,
    skills: tuple[str, ...],
    speed: dict[str, float],
    missed: dict[str, float],
    wage_per_h: float | None,
) -> Person:
    pace = speed.get(name)
    return Person(
        role=role, seat=seat, speed={} if pace is None else dict.fromkeys(skills, pace),
        absent=missed.get(name, 0.0), wage_per_h=wage_per_h,
    )  # fmt: skip


def _plain(name: str) -> str:
    return _BAD.sub("_", name).strip("_")[:72] or "desk"


def _names(people: list[str]) -> dict[str, str]:
    """Return names without '#': numbered heads of a simulated log are persons of their own here."""
    names: dict[str, str] = {}
    for person in people:
        name, number = _plain(person), 2
        while name in names.values():
            name, number = f"{_plain(person)}_{number}", number + 1
        names[person] = name
    return names


def _everybody(facts: Facts, routes: Routes) -> dict[str, Someone]:
    """Return the people who touch tickets often enough, with the skills that they take."""
    visits = routes.steps.with_columns(
        skill=pl.struct("variant", "step").map_elements(
            lambda row: routes.ways[row["variant"]][row["step"]][1].removesuffix(AGAIN),
            return_dtype=pl.String,
        )
    ).select("person", "skill", "team")
    counts: dict[str, Counter[str]] = {}
    teams: dict[str, Counter[str]] = {}
    for person, skill, team in visits.iter_rows():
        counts.setdefault(person, Counter())[skill] += 1
        teams.setdefault(person, Counter())[team] += 1
    kept = {p for p, c in counts.items() if sum(c.values()) >= FEWEST_TOUCHES}
    if rare := len(counts) - len(kept):
        facts.assume("fit.rare_people", people=rare, touches=FEWEST_TOUCHES)
    kept = kept or set(counts)
    needed = {skill for way in routes.ways.values() for _, skill in way}
    skills = {p: _taken(counts[p], needed) for p in kept}
    for skill in sorted(needed - {s for taken in skills.values() for s in taken}):
        bare = skill.removesuffix(AGAIN)
        best = max(sorted(kept), key=lambda p: counts[p][bare])
        skills[best] = (*skills[best], skill)
    roles = dict(facts.log.people.select(pl.col("person", "role").cast(pl.String)).iter_rows())
    out = {}
    for person in sorted(kept):
        team = max(sorted(teams[person]), key=lambda t: teams[person][t])
        out[person] = Someone(person, team, roles.get(person) or team, skills[person])
    return out


def _taken(counts: Counter[str], needed: set[str]) -> tuple[str, ...]:
    total = sum(counts.values())
    taken = sorted((s for s in counts if counts[s] >= max(2, LEAST_SKILL_SHARE * total)), key=lambda s: (-counts[s], s))
    taken = taken or [max(sorted(counts), key=lambda s: counts[s])]
    return tuple(name for s in taken for name in (s, s + AGAIN) if name == s or name in needed)


def _roles(everybody: dict[str, Someone], facts: Facts) -> dict[str, Role]:
    skills: dict[str, dict[str, None]] = {}
    for someone in everybody.values():
        skills.setdefault(_plain(someone.role), {}).update(dict.fromkeys(someone.skills))
    if not facts.log.shifts.height:
        facts.assume("fit.wages")
    return {role: Role(skills=tuple(sorted(names))) for role, names in sorted(skills.items())}


def _department(facts: Facts, team: str) -> str:
    places = facts.spells.filter(pl.col("team") == team)["department"]
    return _plain(str(places.mode().sort()[0]))
