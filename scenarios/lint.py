"""Is a scenario complete? Targets, owners, hours of duty, dates and categories, gone over rule by rule."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import polars as pl

from scenarios.files.desks import Scenario
from scenarios.files.taxonomy import Taxonomy, taxonomy
from scenarios.positions import Path, Place
from scenarios.problems import dotted, nearest
from scenarios.texts import text
from sim.calendar import WEEKDAYS, Clock
from sim.crew import crew_of
from sim.desk import Branch, Desk, Dispatch, Kind, Shift, Stage
from sim.desk.demand import HOURS_OF_WEEK
from sim.log import Log
from sim.sla import CLAUSES, Clause

ERROR: Literal["error"] = "error"
WARNING: Literal["warning"] = "warning"
RULES: dict[str, Literal["error", "warning"]] = {
    "no_sla": ERROR, "no_response": ERROR, "no_resolution": ERROR, "no_standard": ERROR, "long_target": ERROR,
    "no_owner": ERROR, "other_owner": WARNING, "no_cover": WARNING, "no_cover_later": WARNING, "outside_run": WARNING,
    "no_share": WARNING, "unknown_category": WARNING, "other_category": WARNING,
}  # fmt: skip
"""Rules and how bad it is to break one."""


@dataclass(frozen=True)
class Finding:
    """One thing that a scenario lacks or that does not fit.

    Attributes
    ----------
    rule
        One of `RULES`.
    where
        Dotted key, or the words that a log uses.
    values
        What the message names.
    place
        Where it stands; None where no file states it.
    """

    rule: str
    where: str
    values: Mapping[str, object] = field(default_factory=dict)
    place: Place | None = None

    @property
    def severity(self) -> Literal["error", "warning"]:
        """Return whether it makes the scenario incomplete."""
        return RULES[self.rule]

    def say(self, lang: str = "en") -> str:
        """Return what is wrong, in a language."""
        values = dict(self.values)
        if "day" in values:
            values["day"] = text(lang, f"lint.{values['day']}")
        return text(lang, f"lint.{self.rule}", **values)


type Told = Iterator[tuple[str, Path, dict[str, object]]]


def lint(scenario: Scenario, words: Taxonomy | None = None) -> list[Finding]:
    """Return what a scenario lacks, in the order of its file.

    Parameters
    ----------
    scenario
        A scenario whose desk has been checked.
    words
        Categories and kinds that are known; those of `scenarios/taxonomies/two_level.toml` when absent.
    """
    desk = scenario.desk
    told = [each for rule in _RULES for each in rule(desk)]
    told += list(_categories(desk, words or taxonomy()))
    found = [Finding(rule, dotted(path), values, scenario.places.value(path)) for rule, path, values in told]
    return sorted(found, key=lambda each: each.place or Place("", 0, 0))


def lint_log(log: Log, words: Taxonomy | None = None) -> list[Finding]:
    """Return the kinds of a log that do not fit the two levels, the most frequent first.

    Parameters
    ----------
    log
        A log, real or simulated.
    words
        As in `lint`.
    """
    known = words or taxonomy()
    counted = log.cases.group_by(pl.col("kind", "category").cast(pl.String)).len("tickets")
    found = []
    for row in counted.sort("tickets", "kind", descending=[True, False]).iter_rows(named=True):
        for rule, values in _misfit(row["kind"], row["category"] or "", known):
            found.append(Finding(rule, f"{row['category']}/{row['kind']}", values | {"tickets": row["tickets"]}))
    return found


def _promises(desk: Desk) -> Told:
    """Tell of priorities of kinds that nothing is promised to (R001-03, R003-14 to R003-22)."""
    if desk.sla is None:
        yield "no_sla", ("sla",), {}
        return
    for name, kind in desk.demand.kinds.items():
        has = {each: desk.sla.target(name, each) for each in _priorities(kind)}
        standard = any(target.resolution for target in has.values())
        for priority, target in has.items():
            path = ("demand", "kinds", name, "priorities", priority)
            said: dict[str, object] = {"kind": name, "priority": priority}
            if target.response is None:
                yield "no_response", path, said
            if target.resolution is None and standard:
                yield "no_resolution", path, said
        for at, stage in enumerate(() if standard else kind.route):
            values = {"kind": name, "stage": at, "department": stage.department, "skill": stage.skill}
            yield "no_standard", ("demand", "kinds", name, "route", at), values


def _priorities(kind: Kind) -> list[str]:
    """Return the priorities that tickets of a kind may have, now or after a change."""
    later = kind.priority_change.to if kind.priority_change is not None else {}
    return list(dict.fromkeys(name for table in (kind.priorities, later) for name, share in table.items() if share > 0))


def _long_targets(desk: Desk) -> Told:
    """Tell of targets that fall due beyond the run even for a ticket of its first second."""
    if desk.sla is None:
        return
    tables: list[tuple[Path, Mapping[str, object]]] = [(("sla", "priorities"), desk.sla.priorities)]
    tables += [(("sla", "kinds", kind), table) for kind, table in desk.sla.kinds.items()]
    for path, table in tables:
        for priority, target in table.items():
            for word in CLAUSES:
                clause = getattr(target, word)
                if clause is not None and _due(desk, clause) > desk.until_s():
                    yield "long_target", (*path, priority, word), {"clause": word, "weeks": desk.weeks}


def _due(desk: Desk, clause: Clause) -> int:
    clock = Clock.of(desk.calendar(clause.calendar), desk.timeline(), 0, desk.until_s())
    if clause.target_min is not None:
        return clock.add(0, 60 * clause.target_min)
    return clock.add_working_days(0, clause.working_days or 0)


def _owners(desk: Desk) -> Told:
    """Tell of stages that nobody ever does, or nobody of their department (R001-03)."""
    staff, crew = desk.staff, crew_of(desk, 0)
    ever = {crew.skills[skill] for person in set(crew.duty_person.tolist()) for skill in crew.takes[person]}
    for name, kind in desk.demand.kinds.items():
        for place, _, branch in _branches(kind):
            seats = [seat for seat in staff.seats.values() if seat.heads and branch.skill in seat.takes]
            teams = sorted({seat.team for seat in seats})
            path = ("demand", "kinds", name, "route", *place, "department")
            values: dict[str, object] = {
                "department": branch.department, "skill": branch.skill, "teams": ", ".join(teams)
            }  # fmt: skip
            if branch.skill not in ever:
                yield "no_owner", path, values
            elif branch.department not in {staff.teams[team].department for team in teams}:
                yield "other_owner", path, values


def _cover(desk: Desk) -> Told:
    """Tell of hours of the week in which tickets come to a stage and nobody who may do it is ever on duty."""
    skills = {branch.skill for kind in desk.demand.kinds.values() for branch in kind.branches()}
    on_duty = {skill: _hours(desk, skill) for skill in skills}
    for name, kind in desk.demand.kinds.items():
        curve = (1.0,) * HOURS_OF_WEEK if kind.curve == "flat" else desk.demand.curves[kind.curve].shape()
        comes = {hour: rate for hour, rate in enumerate(curve) if rate > 0} if kind.per_week > 0 else {}
        for place, at, branch in _branches(kind):
            if at > 0 and len(place) == 1:
                comes = _goes_on(kind.route[at - 1], on_duty)
            alone = sorted(comes.keys() - on_duty[branch.skill])
            if alone:
                share = sum(comes[hour] for hour in alone) / sum(comes.values())
                values = {
                    "skill": branch.skill, "hours": len(alone), "percent": f"{share:.0%}",
                    "day": WEEKDAYS[alone[0] // 24], "hour": alone[0] % 24,
                }  # fmt: skip
                yield (
                    "no_cover" if at == 0 else "no_cover_later",
                    ("demand", "kinds", name, "route", *place, "skill"),
                    values,
                )


def _without_share(desk: Desk) -> Told:
    """Tell of laws that nothing asks for, because the share of the tickets that they are about is 0."""
    for name, kind in desk.demand.kinds.items():
        path: Path = ("demand", "kinds", name)
        for place, _, branch in _branches(kind):
            yield from _idle(branch, (*path, "route", *place))
        yield from _idle(kind, path)
    if desk.routing.dispatch is not None:
        yield from _idle(desk.routing.dispatch, ("routing", "dispatch"))


_NEEDS = {
    "answer": "asks", "third_party": "refers", "assist": "assists", "call_back_after": "calls_back",
    "call_back_work": "calls_back", "finds_out": "errors",
}  # fmt: skip
"""Keys that say nothing while the share that another key states is 0."""


def _idle(table: Branch | Kind | Dispatch, path: Path) -> Told:
    for key, share in _NEEDS.items():
        if getattr(table, key, None) is not None and getattr(table, share) == 0:
            yield "no_share", (*path, key), {"key": key, "share": share}


def _branches(kind: Kind) -> Iterator[tuple[Path, int, Branch]]:
    """Yield where each branch of a kind's route stands in it, the number of its stage, and the branch."""
    for at, stage in enumerate(kind.route):
        yield (at,), at, stage
        for number, branch in enumerate(stage.beside):
            yield (at, "beside", number), at, branch


def _goes_on(stage: Stage, on_duty: Mapping[str, set[int]]) -> dict[int, float]:
    """Return the hours of the week in which tickets leave a stage: somebody is there for one of its branches."""
    return dict.fromkeys(sorted(set().union(*(on_duty[branch.skill] for branch in stage.branches()))), 1.0)


def _hours(desk: Desk, skill: str) -> set[int]:
    """Return the hours of the week, from Monday midnight, in which somebody may do a skill in an ordinary week."""
    seats = [seat for seat in desk.staff.seats.values() if seat.heads and skill in seat.takes]
    return {hour for seat in seats for hour in _hours_of(desk.staff.shifts[seat.shift])}


def _hours_of(shift: Shift) -> Iterator[int]:
    for day in shift.weekdays():
        for begin, end in shift.spans_min():
            for hour in range(begin // 60, -(-end // 60)):
                yield (24 * day + hour) % HOURS_OF_WEEK


def _dates(desk: Desk) -> Told:
    """Tell of dates that the run does not reach."""
    last = desk.start + timedelta(days=7 * desk.weeks - 1)
    dated: list[tuple[Path, date, date]] = []
    for day in desk.demand.special_days:
        dated.append((("demand", "special_days", day), date.fromisoformat(day), date.fromisoformat(day)))
    for name, burst in desk.demand.bursts.items():
        dated.append((("demand", "bursts", name), burst.date, burst.date + timedelta(days=1)))
    for name, spell in desk.staff.absences.items():
        dated.append((("staff", "absences", name), spell.first_day, spell.last_day))
    for path, first, end in dated:
        if end < desk.start or first > last:
            yield "outside_run", path, {"start": desk.start, "last": last}


def _categories(desk: Desk, words: Taxonomy) -> Told:
    """Tell of kinds that do not fit the two levels (A-16)."""
    for name, kind in desk.demand.kinds.items():
        for rule, values in _misfit(name, kind.category, words):
            yield rule, ("demand", "kinds", name, "category"), values


def _misfit(kind: str, category: str, words: Taxonomy) -> Iterator[tuple[str, dict[str, object]]]:
    means, home = words.category(category), words.category_of_kind(kind)
    if means is None:
        _, near = nearest(category, words.words())
        best = home or words.category(str(near.get("near", ""))) or "-"
        yield "unknown_category", {"kind": kind, "category": category, "near": best}
    elif home is not None and home != means:
        yield "other_category", {"kind": kind, "category": category, "expected": home}


_RULES: Sequence[Callable[[Desk], Told]] = (_promises, _long_targets, _owners, _cover, _without_share, _dates)
