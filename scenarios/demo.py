"""The main job in one go: a log in, a desk fitted, what-ifs, a plan, scores, and what the scores are made of."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from optimize.explain import Infeasible
from optimize.staffing import Plan, staff
from optimize.targets import Target
from scenarios.files.changes import Difference
from scenarios.files.desks import Scenario, difference, read
from scenarios.files.rubrics import load_rubric
from scenarios.logs import open_log
from scenarios.positions import Places
from scenarios.sources.quality import Quality
from sim.desk import Desk, Surge, seats_of
from sim.experiment import Pool, measured, paired, simulate, summary
from sim.fit import Fit, fit
from sim.kpi import Window
from sim.kpi.rubric import score
from sim.lab import Fairness, fairness
from sim.lab.fidelity import fidelity
from sim.log import Log
from sim.sla import Clause, Sla
from sim.sla import Target as SlaTarget
from sim.world import sample

SAMPLE, SAMPLE_WEEKS = "academy", 8
"""The catalogue scenario that stands in for a log when none is given, and for how many weeks."""
RESPONSE_H = 24
"""Response target of a log that states none (R001-26)."""
RUBRIC = "aftersales_100"
REPLICATIONS = 6
LARGEST_RUNS, LEAST_RUNS, FAIRNESS_WORLDS = 160, 40, 20
"""Bounds on the runs of the fairness study (between them, busier desks are given fewer), and its worlds."""
TICKETS = 400_000
"""Tickets that the fairness study simulates, within those bounds."""
PLAN_TICKETS, LEAST_TRIALS, MOST_TRIALS, PLAN_WORLDS, PLAN_WEEKS = 1_200_000, 12, 60, 6, 2
"""Tickets that the search for a plan simulates, bounds on the plans that it tries, and the worlds of each."""
SURGE, SURGE_DAYS = 1.3, 7
"""Factor of the what-if on the first days of each month, and how many days these are."""


@dataclass(frozen=True)
class WhatIf:
    """One what-if beside the fitted desk.

    Attributes
    ----------
    key, says
        Its key among the texts, and the values that they name.
    desk, changes
        Its desk, and what differs from the fitted one.
    found, differences
        Its KPIs, and their paired differences to those of the fitted desk.
    """

    key: str
    says: Mapping[str, object]
    desk: Desk
    changes: list[Difference]
    found: pl.DataFrame
    differences: pl.DataFrame


@dataclass(frozen=True)
class Study:
    """Everything that the page of the demo shows.

    Attributes
    ----------
    name, simulated, promised
        Name of the log; whether it is a sample of our own; whether it states service targets.
    log, quality
        The log and what became of its rows; None for a simulated log or a folder.
    window
        The seconds that all KPIs but those of plan and scores cover: what both the log and the desk have.
    fitted, fidelity, base
        The fit, its KPIs beside the log's, and the KPIs of the fitted desk.
    what_ifs
        What-ifs beside the fitted desk.
    targets, plan, refusal
        What the plan had to keep, and the plan; or why there is none.
    paid
        Whether the log knows wages, so that the plan's cost is money; otherwise it is paid hours.
    scores, fairness
        Scores of the people of the log; what a month's score in the simulated desk is made of.
    pictured
        One world of the fitted desk.
    seed, replications
        First seed and number of replications.
    """

    name: str
    simulated: bool
    promised: bool
    log: Log
    quality: Quality | None
    window: Window
    fitted: Fit
    fidelity: pl.DataFrame
    base: pl.DataFrame
    what_ifs: tuple[WhatIf, ...]
    targets: tuple[Target, ...]
    plan: Plan | None
    refusal: Infeasible | None
    paid: bool
    scores: pl.DataFrame
    fairness: Fairness | None
    pictured: Log
    seed: int
    replications: int

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last local day of the window."""
        return days_of(self.log, self.window)


def read_any(path: Path | None, seed: int) -> tuple[Log, str, Quality | None]:
    """Return a log, its name and its quality report: an export, a folder of a log, or a simulated sample."""
    if path is None:
        desk = read(SAMPLE).desk.changed(weeks=SAMPLE_WEEKS)
        return simulate(desk, sample(desk, seed))[0], SAMPLE, None
    return open_log(path)


def study(
    path: Path | None, *, seed: int = 1, executor: Pool | None = None, kept: Path | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Study:  # fmt: skip
    """Return the whole study of a log.

    Parameters
    ----------
    path
        An export or the folder of a log; None for a simulated sample.
    seed
        First seed of all worlds.
    executor
        Makes a pool, see `sim.experiment.processes`.
    kept
        Folder that keeps replications, so that an interrupted study goes on where it stopped.
    tell
        Told the key of each step as it begins.
    """
    seeds = range(seed, seed + REPLICATIONS)
    tell("read")
    log, name, quality = read_any(path, seed)
    promised = log.sla is not None
    if not promised:
        target = SlaTarget(response=Clause(target_min=60 * RESPONSE_H))
        log = log.under(Sla(priorities=dict.fromkeys(log.priorities, target), warning_min=0), {})
    tell("fit")
    fitted = fit(log)
    tell("fidelity")
    beside = fidelity(log, fitted.desk, seeds, executor=executor)
    tell("what_ifs")
    window = Window(0, min(log.until_s, fitted.desk.until_s()))
    run = partial(_runs, seeds=seeds, window=window, executor=executor, kept=kept)
    base = run(fitted.desk)
    asked = (_one_more(fitted.desk, seeds[0]), _surge(fitted.desk, *days_of(log, window)))
    what_ifs = tuple(_compared(*each, fitted.desk, base, run(each[2])) for each in asked)
    tell("staff")
    targets = targets_of(fitted.desk, summary(base), promised=promised)
    plan, refusal = _planned(fitted.desk, targets, seed, executor)
    tell("score")
    scores = score(log, load_rubric(RUBRIC))
    tell("fairness")
    split = _split(fitted.desk, seed, executor)
    return Study(
        name=name, simulated=path is None, promised=promised, log=log, quality=quality, window=window,
        fitted=fitted, fidelity=beside, base=summary(base), what_ifs=what_ifs, targets=targets, plan=plan,
        refusal=refusal, paid=_paid(fitted.desk), scores=scores, fairness=split,
        pictured=simulate(fitted.desk, sample(fitted.desk, seed))[0], seed=seed,
        replications=REPLICATIONS,
    )  # fmt: skip


def days_of(log: Log, window: Window) -> tuple[date, date]:
    """Return the first and the last local day of a window."""
    first, last = (log.timeline.day(at_s) for at_s in (window.begin_s, window.end_s - 1))
    return date.fromordinal(first), date.fromordinal(last)


def _runs(
    desk: Desk, seeds: Sequence[int], window: Window, executor: Pool | None, kept: Path | None
) -> pl.DataFrame:  # fmt: skip
    """Return the KPIs of a desk in each world; another desk or window has another folder of replications."""
    said = hashlib.sha256(f"{desk.model_dump_json()} {window}".encode()).hexdigest()
    return measured(desk, seeds, window=window, executor=executor, folder=kept and kept / said[:12])


def _compared(
    key: str, says: Mapping[str, object], other: Desk, desk: Desk, base: pl.DataFrame, runs: pl.DataFrame
) -> WhatIf:
    sides = [Scenario(name, "", "", side, Places()) for name, side in (("fitted", desk), (key, other))]
    return WhatIf(key, says, other, difference(*sides), summary(runs), paired(base, runs))


def busiest_seat(desk: Desk, seed: int) -> str:
    """Return the seat group with most heads in the team that is busiest in a world."""
    log, _ = simulate(desk, sample(desk, seed))
    shifts = log.shifts.filter(pl.col("presence") == "present")
    sums = shifts.group_by("team").agg(
        pl.col("busy_s").sum(), at_work=(pl.col("end_s") - pl.col("start_s") - pl.col("break_s")).sum()
    )
    busy = sums.with_columns(pl.col("team").cast(pl.String), share=pl.col("busy_s") / pl.col("at_work"))
    team = busy.sort("share", "team")["team"][-1]
    groups = [(seat.heads, name) for name, seat in desk.staff.seats.items() if seat.team == team]
    return max(groups)[1]


def _one_more(desk: Desk, seed: int) -> tuple[str, Mapping[str, object], Desk]:
    group = busiest_seat(desk, seed)
    seats = dict(desk.staff.seats)
    seats[group] = seats[group].changed(heads=seats[group].heads + 1)
    return "one_more", {"place": group}, desk.changed(staff=desk.staff.changed(seats=seats))


def surge_days(first: date, last: date) -> tuple[int, int]:
    """Return the first and the last day of the month on which more tickets come.

    The first week of the month, if any of it lies within the days from `first` to `last`; else the first week
    of these days, which then all belong to one month: a surge outside of them would change nothing.

    Examples
    --------
    >>> surge_days(date(2026, 3, 2), date(2026, 3, 4)), surge_days(date(2026, 3, 10), date(2026, 3, 31))
    ((1, 7), (10, 16))
    """
    if _within(first, last, 1, SURGE_DAYS):
        return 1, SURGE_DAYS
    return first.day, min(first.day + SURGE_DAYS - 1, last.day)


def _within(first: date, last: date, low: int, high: int) -> int:
    """Return how many of the days from `first` to `last` are `low` to `high` of their month."""
    days = range((last - first).days + 1)
    return sum(low <= (first + timedelta(days=day)).day <= high for day in days)


def _surge(desk: Desk, first: date, last: date) -> tuple[str, Mapping[str, object], Desk]:
    low, high = surge_days(first, last)
    key, name = ("surge", "first_week") if low == 1 else ("surge_of_log", "first_days")
    says = {
        "percent": round(100 * (SURGE - 1)), "low": low, "high": high,
        "touched": _within(first, last, low, high), "days": (last - first).days + 1,
    }  # fmt: skip
    surges = desk.demand.surges | {name: Surge(first_day=low, last_day=high, factor=SURGE)}
    return key, says, desk.changed(demand=desk.demand.changed(surges=surges))


def targets_of(desk: Desk, found: pl.DataFrame, *, promised: bool) -> tuple[Target, ...]:
    """Return what a plan must keep.

    At most 10 % answered late where replies are promised and at most 5 % abandoned where learners are impatient;
    otherwise a mean wait no longer than the fitted desk's, rounded up to 5 minutes.
    """
    means = dict(zip(found["name"], found["mean"], strict=True))
    targets = []
    if promised and means.get("response_overdue_rate") is not None:
        targets.append(Target("response_overdue_rate", "<=", 0.1))
    if any(kind.patience is not None for kind in desk.demand.kinds.values()):
        targets.append(Target("abandoned_rate", "<=", 0.05))
    return tuple(targets) or (Target("wait_mean", "<=", 5.0 * -(-(means["wait_mean"] or 0.0) // 5) or 5.0),)


def _planned(
    desk: Desk, targets: Sequence[Target], seed: int, executor: Pool | None
) -> tuple[Plan | None, Infeasible | None]:
    """Return a plan of the week with unnamed heads at their role's mean wage; or why there is none.

    Without wages an hour costs 1, so that the cost is paid hours.
    """
    paid: dict[str, list[float]] = {role: [] for role in desk.staff.roles}
    for person in desk.staff.persons.values():
        if person.wage_per_h is not None:
            paid[person.role].append(person.wage_per_h)
    known = {name: sum(wages) / len(wages) for name, wages in paid.items() if any(wages)}
    known |= {name: role.wage_per_h for name, role in desk.staff.roles.items() if role.wage_per_h}
    roles = {
        name: role.changed(wage_per_h=known.get(name, 0.0) if known else 1.0) for name, role in desk.staff.roles.items()
    }
    staff_of = desk.staff.changed(persons={}, roles=roles)
    unnamed = desk.changed(staff=staff_of, seating={}, weeks=min(desk.weeks, PLAN_WEEKS))
    per_trial = PLAN_WORLDS * PLAN_WEEKS * sum(kind.per_week for kind in desk.demand.kinds.values())
    trials = min(max(int(PLAN_TICKETS / max(per_trial, 1.0)), LEAST_TRIALS), MOST_TRIALS)
    try:
        return staff(unnamed, targets, worlds=PLAN_WORLDS, seed=seed, trials=trials, executor=executor), None
    except Infeasible as refusal:
        return None, refusal


def _paid(desk: Desk) -> bool:
    wages = [role.wage_per_h for role in desk.staff.roles.values()]
    return any([*wages, *(person.wage_per_h for person in desk.staff.persons.values())])


def _split(desk: Desk, seed: int, executor: Pool | None) -> Fairness | None:
    """Return the study of the role with most people; None where no role has two."""
    people: dict[str, int] = {}
    for seat in seats_of(desk):
        people[seat.seat.role] = people.get(seat.seat.role, 0) + 1
    size, role = max((count, name) for name, count in people.items())
    if size < 2:
        return None
    per_month = 4.35 * sum(kind.per_week for kind in desk.demand.kinds.values())
    runs = min(max(int(TICKETS / max(per_month, 1.0)), LEAST_RUNS), LARGEST_RUNS)
    seatings = min(max(runs // FAIRNESS_WORLDS, 2), size)
    return fairness(
        desk,
        load_rubric(RUBRIC),
        role,
        worlds=FAIRNESS_WORLDS,
        seatings=seatings,
        unseen=runs,
        seed=seed,
        executor=executor,
    )
