"""How many of whom: the cheapest heads per seat group whose targets unseen worlds confirm.

The master model gives a start, simulations give the cuts that it lacks, a local search takes away what is not
needed, and worlds that the search never saw have the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from optimize.estimate import Estimate, simulated
from optimize.gains import Gain, gain_of
from optimize.judging import Judged, Question, Trial, judged_of
from optimize.master import Limits
from optimize.moves import moved
from optimize.search import Search
from optimize.slopes import Heads
from optimize.targets import Figure, Target, expanded
from sim.desk import Desk
from sim.experiment import Pool, Run, kept_open

CONFIRM_FROM = 1_000_000
"""Number of the first world that may confirm a plan; the search stays below."""

TIGHTENINGS = 5
"""How often a plan that unseen worlds refuse is replaced."""


@dataclass(frozen=True)
class Plan:
    """Heads per seat group, and what unseen worlds say about them.

    Attributes
    ----------
    cost
        Cost per week in the desk's currency; the number of heads if no role has a wage.
    status
        `confirmed` if unseen worlds confirm every target, else `unconfirmed`; `interrupted` if the search was
        cut short.
    master_gap
        The solver's gap for the last master model; it says nothing about the plan.
    seats
        Heads by seat group.
    confirmed
        Figure by target, in worlds that the search did not see; of an interrupted search, in its own worlds.
    binding
        By seat group, what one head fewer would break as far as that was looked at: targets, or `least` where
        a limit, a named person, a team, a skill or work that would pile up needs the head.
    gains
        By seat group, what one head more would buy; empty unless it was asked for.
    out_of_reach
        Targets that no number of heads reaches within the limits, and what far too many heads make of them (None
        where that was not looked at); they are in question, and the search left them aside.
    desk
        The plan as a desk. A seating of the base names seats that may be gone, so it is not kept.
    """

    cost: float
    status: str
    master_gap: float
    seats: dict[str, int]
    confirmed: dict[str, Figure]
    binding: dict[str, tuple[str, ...]]
    gains: dict[str, Gain]
    out_of_reach: dict[str, float | None]
    desk: Desk

    @property
    def in_question(self) -> tuple[str, ...]:
        """The targets that unseen worlds do not confirm."""
        return tuple(name for name, figure in self.confirmed.items() if not figure.met)


def staff(
    desk: Desk,
    targets: Sequence[Target | str],
    *,
    run: Run | None = None,
    executor: Pool | None = None,
    estimate: Estimate | None = None,
    worlds: int = 20,
    seed: int = 1,
    level: float = 0.95,
    limits: Limits | None = None,
    trials: int = 80,
    gains: bool = False,
    on_progress: Callable[[Trial], None] | None = None,
) -> Plan:
    """Return the cheapest plan found that unseen worlds confirm, or the last one, marked `unconfirmed`.

    Ctrl-C ends the search: the cheapest plan that its own worlds accept is returned as `interrupted`; where there is
    none yet, KeyboardInterrupt goes on to the caller.

    Parameters
    ----------
    desk
        The desk. How many heads it has plays no part, but that a team with heads and work keeps one (see
        `optimize.master.kept_teams`); all else holds.
    targets
        Bounds on KPIs, see `Target`.
    run, executor
        Engine (the default one if none is given) and pool of the simulations.
    estimate
        Takes the place of the simulations.
    worlds
        Worlds of a judgement, at least 2. The search uses world `seed` and the following, each confirmation
        its own ones from `CONFIRM_FROM` on.
    seed
        First world of the search, such that it stays below `CONFIRM_FROM`.
    level
        Confidence level of all targets' intervals together, in one confirmation.
    limits
        What a planner rules out.
    trials
        Most plans that the search simulates, at least 1.
    gains
        Whether to find out, in the worlds that confirm, what one head more in each seat group would buy; that takes
        as many simulations as there are groups.
    on_progress
        Told of each plan that is simulated.

    Raises
    ------
    Infeasible
        If the limits leave no plan that can do the expected work.
    ValueError
        If an argument or a target is no good.

    Notes
    -----
    Cutting planes after Cezik and L'Ecuyer (2008). Targets that five times one head more than the first master gives
    each group miss are out of reach, and set aside. Where another target is missed, heads are added to
    each group that a chain of shared skills links to it, one group at a time in the same worlds, and what that
    does for the target is the slope of a cut. A cut that a later simulation contradicts is relaxed or dropped.
    Where slopes show nothing, or after two thirds of `trials`, the groups that serve the skills in question get at
    least one more head, and the expected work of these skills is scaled up; a target that heads for 2.5 times
    the expected work do not reach is set aside, too. Then single heads are dropped, the dearest first, exchanged
    for cheaper ones, and two are given for one. A plan that unseen worlds leave open, because the means keep all
    bounds but not all intervals do, is looked at once more, in three times as many new worlds.

    Whatever the targets, heads have the hours for all work that does not go away by itself: else a plan could
    meet a target on replies while the later stages pile up.

    The search takes it that a head more never harms, which routing can break: so a plan is confirmed as it
    stands, but that no cheaper one exists is not claimed.
    """
    if worlds < 2 or trials < 1 or not 0 < level < 1:
        raise ValueError(f"worlds >= 2, trials >= 1, 0 < level < 1 are needed, got {worlds}, {trials}, {level}")
    if not 0 <= seed <= CONFIRM_FROM - worlds:
        raise ValueError(f"seed must keep the search below world {CONFIRM_FROM}, got {seed}")
    goals, seeds = expanded(targets, desk), range(seed, seed + worlds)
    tell = on_progress or _silent
    with kept_open(executor) as pool:
        judge = estimate or simulated(goals, run=run, executor=pool)
        question = Question(desk, goals, judge, seeds, level, limits or Limits(), trials, tell)
        search = Search(question)
        try:
            return _plan(search, gains)
        except KeyboardInterrupt:
            return _so_far(search)


def _silent(_: Trial) -> None:
    """Take no note."""


def _plan(search: Search, gains: bool) -> Plan:
    """Search, confirm, and search on from what unseen worlds refuse."""
    unseen = _Unseen(search)
    start = search.reach()
    for attempt in range(TIGHTENINGS + 1):
        heads = search.lean(start)
        judged = unseen.judge(heads)
        if not any(target not in search.set_aside for target in judged.missed):
            break
        if attempt == TIGHTENINGS or not search.accepts(heads):
            break
        search.refuse(heads, judged)
        if heads == start:
            start = search.reach()
    status = "unconfirmed" if judged.missed else "confirmed"
    return _made(search, heads, judged, status, unseen.gains(heads) if gains else {})


def _so_far(search: Search) -> Plan:
    """Return the cheapest plan that the worlds of an interrupted search accept.

    Raises
    ------
    KeyboardInterrupt
        If there is none.
    """
    heads = search.best
    judged = None if heads is None else search.known(heads)
    if heads is None or judged is None:
        raise KeyboardInterrupt
    return _made(search, heads, judged, "interrupted", {})


class _Unseen:
    """Worlds that neither the search nor an earlier confirmation saw."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._next = CONFIRM_FROM
        self._seeds: Sequence[int] = ()
        self._frame = pl.DataFrame()

    def judge(self, heads: Heads) -> Judged:
        """Return what new worlds say; if they leave it open, what three times as many other ones say."""
        judged = self._judge(heads, len(self._search.question.seeds))
        live = [target for target in judged.missed if target not in self._search.set_aside]
        known = [figure for figure in judged.figures if figure.target in live]
        kept = [figure.mean is not None and figure.target.margin(figure.mean) > 0 for figure in known]
        if kept and all(kept):
            judged = self._judge(heads, 3 * len(self._search.question.seeds))
        return judged

    def _judge(self, heads: Heads, worlds: int) -> Judged:
        question, desk = self._search.question, self._search.desk_of(heads)
        self._seeds = range(self._next, self._next + worlds)
        self._next += worlds
        self._frame = question.estimate(desk, self._seeds)
        judged = judged_of(desk, self._frame, question.targets, question.level, worlds)
        self._search.tell(heads, worlds, judged, unseen=True)
        return judged

    def gains(self, heads: Heads) -> dict[str, Gain]:
        """Return what one head more buys by seat group, in the worlds of the last judgement; not beyond a limit."""
        search, question, found = self._search, self._search.question, {}
        for place, group in enumerate(search.groups):
            more = moved(heads, (place, 1))
            if search.allowed(more):
                frame = question.estimate(search.desk_of(more), self._seeds)
                cost = search.costs[group]
                found[group] = gain_of(cost, self._frame, frame, question.targets, question.level)
        return found


def _made(search: Search, heads: Heads, judged: Judged, status: str, gains: dict[str, Gain]) -> Plan:
    binding = {}
    for place, group in enumerate(search.groups):
        if heads[place] and (broken := search.breaks(moved(heads, (place, -1)))):
            binding[group] = broken
    return Plan(
        cost=search.cost(heads),
        status=status,
        master_gap=search.last.gap,
        seats=dict(zip(search.groups, heads, strict=True)),
        confirmed={str(figure.target): figure for figure in judged.figures},
        binding=binding,
        gains=gains,
        out_of_reach={
            str(target): search.at_best.get(target) for target in search.question.targets if target in search.set_aside
        },
        desk=search.desk_of(heads),
    )
