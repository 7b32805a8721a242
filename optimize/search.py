"""The search for a cheap plan that worlds accept: up by cuts of a master model, down by a local search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from optimize.judging import Judged, Question, Trial, judged_of, shortfall
from optimize.master import (
    Cut,
    Master,
    head_costs,
    kept_teams,
    least_heads,
    master,
    routed_skills,
    work_floors,
)
from optimize.moves import exchanges, links, moved, two_for_one
from optimize.slopes import Heads, Slope, reaching, slope_of, step_of
from optimize.solve import Infeasible
from optimize.targets import Figure, Target, figures, hopeless_from_the_start
from optimize.workload import load_h, on_duty, workload
from sim.desk import Desk

MOST_ALPHA = 2.5
"""A target missed although its skill has heads for so many times the work is out of reach of more heads."""

FIRST_LOOK = 4
"""A plan that clearly misses a target in a quarter of the worlds, but at least so many, is given up."""

LARGE_H, LARGE_GAP = 3000.0, 0.005
"""With more person-hours of work a week, a master model is solved to this gap: its cuts are no closer than that."""

MOST_NODES = 10_000
"""Nodes after which the best solution of a master model will do; a limit of seconds would depend on the machine."""

DOUBTFUL = 4
"""So many heads that slopes forbid are looked at nevertheless: slopes are no proof."""

PATIENCE = 2
"""So often one head more is asked of the groups in question together; from then on of each of them."""

AMPLE = 5
"""Targets that so many times the heads of the first master, and one more, miss are out of the reach of heads."""


class Search:
    """The search, and what it remembers: heads are never simulated twice in the same worlds.

    Attributes
    ----------
    set_aside
        Targets that more heads do not reach.
    at_best
        What far too many heads make of them, where that was looked at.
    last
        The last master that was solved.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.costs = head_costs(question.desk)
        self.groups = tuple(self.costs)
        self._floors = self._hours_needed()
        self._least = least_heads(question.desk)
        self._routed = routed_skills(question.desk)
        self._teams = kept_teams(question.desk, question.limits)
        self.set_aside = tuple(t for t in question.targets if hopeless_from_the_start(question.desk, t))
        self.at_best: dict[Target, float] = {}
        self._batches = workload(question.desk)
        self._gap = LARGE_GAP if sum(load_h(self._batches).values()) > LARGE_H else 1e-6
        self._alpha: dict[str, float] = {}
        self._cuts: list[Cut] = []
        self._slopes: list[Slope] = []
        self._linked = links(question.desk, self.groups)
        self._judged: dict[Heads, Judged] = {}
        self._refused: dict[Heads, Judged] = {}
        self._spent = 0
        self.last: Master = self._master()

    def _hours_needed(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return hours of duty of a head by set of groups and group, and the least hours by set of groups."""
        floors = work_floors(self.question.desk)
        hours = {group: float(duty.sum()) for group, duty in on_duty(self.question.desk).items()}
        rows = [[hours[group] if group in some else 0.0 for group in self.groups] for some, _ in floors]
        return np.array(rows).reshape(len(floors), len(self.groups)), np.array([least for _, least in floors])

    def desk_of(self, heads: Heads) -> Desk:
        """Return the desk with these heads; a seating is not kept, for it may name seats that are gone."""
        desk = self.question.desk
        seats = {
            group: desk.staff.seats[group].changed(heads=number)
            for group, number in zip(self.groups, heads, strict=True)
        }
        return desk.changed(staff=desk.staff.changed(seats=seats), seating={})

    def cost(self, heads: Heads) -> float:
        """Return the cost of heads per week."""
        return sum(self.costs[group] * number for group, number in zip(self.groups, heads, strict=True))

    def refuse(self, heads: Heads, judged: Judged) -> None:
        """Take note that unseen worlds refused heads which those of the search may have accepted."""
        self._refused[heads] = judged

    # The way up.

    def reach(self) -> Heads:
        """Return heads that the worlds of the search accept, or the last that limits and trials allow."""
        if not self._spent and self.question.trials > FIRST_LOOK:
            self._rule_out()
        while True:
            heads, best = tuple(self.last.heads[group] for group in self.groups), self.best
            if best is not None and self.cost(best) <= self.cost(heads):
                return best
            judged = self._judge(heads)
            missed = self._live(judged)
            if not missed:
                return heads
            if self._spent >= self._way_up and best is not None:
                return self._between(heads, best)
            if self._spent >= self.question.trials:
                return heads
            if not self._learn(heads, judged, missed):
                self._tighten(heads, judged, missed)
            try:
                self.last = self._master()
            except Infeasible:
                return heads if best is None else best

    @property
    def _way_up(self) -> int:
        """Simulations after which the way up is over, if any heads are accepted: the way down needs some, too."""
        return max(self.question.trials * 2 // 3, 1)

    def _between(self, low: Heads, high: Heads) -> Heads:
        """Return accepted heads on the line between some that are not and some that are, by halving."""
        while any(b - a > 1 for a, b in zip(low, high, strict=True)) and self._spent < self.question.trials:
            middle = tuple(-((-a - b) // 2) for a, b in zip(low, high, strict=True))
            low, high = (low, middle) if self.accepts(middle) else (middle, high)
        return high

    @property
    def best(self) -> Heads | None:
        """The cheapest heads so far that the worlds of the search accept."""
        some = [heads for heads, judged in self._judged.items() if self._whole(judged) and self.accepts(heads)]
        return min(some, key=lambda heads: (self.cost(heads), heads), default=None)

    def known(self, heads: Heads) -> Judged | None:
        """Return what the worlds of the search said about heads, if they were simulated."""
        return self._judged.get(heads)

    def _master(self) -> Master:
        return master(
            self.question.desk, self._batches, alpha=self._alpha, cuts=self._cuts, slopes=self._slopes,
            limits=self.question.limits, gap=self._gap, nodes=MOST_NODES, time_limit_s=600.0,
        )  # fmt: skip

    def _rule_out(self) -> None:
        """Set aside the targets that many more heads than could be needed miss: they are no matter of heads."""
        most = self.question.limits.at_most
        ample = {g: min(AMPLE * (n + 1), most.get(g, AMPLE * (n + 1))) for g, n in self.last.heads.items()}
        judged = self._look(tuple(ample[group] for group in self.groups), len(self.question.seeds))
        self.at_best = {f.target: f.mean for f in judged.figures if f.mean is not None}
        out = [target for target, mean in self.at_best.items() if target.margin(mean) < 0]
        self.set_aside += tuple(target for target in out if target not in self.set_aside)

    def _learn(self, heads: Heads, judged: Judged, missed: Sequence[Target]) -> bool:
        """Cut off heads by slopes; say False if there are none to be had, or no simulations left for them."""
        if heads in self._refused or self._judged.get(heads) is not judged:
            return False
        before = {figure.target: figure for figure in judged.figures}
        skills = frozenset(skill for target in missed for skill in judged.skills[target])
        most = self.question.limits.at_most
        places = {group: place for place, group in enumerate(self.groups)}
        near = [places[group] for group in reaching(self.question.desk, self.groups, skills)]
        room = [place for place in near if heads[place] < most.get(self.groups[place], heads[place] + 1)]
        if not room or self._spent + len(room) > self._way_up:
            return False
        after: dict[int, tuple[int, Mapping[Target, Figure]]] = {}
        for place in room:
            step = step_of([before[target] for target in missed], heads[place])
            more = self._look(moved(heads, (place, step)), judged.worlds)
            after[place] = step, {figure.target: figure for figure in more.figures}
        new = [self._slope(target, heads, before[target], after, judged.skills[target]) for target in missed]
        self._slopes += [slope for slope in new if slope is not None]
        return any(new)

    def _slope(
        self,
        target: Target,
        heads: Heads,
        before: Figure,
        after: Mapping[int, tuple[int, Mapping[Target, Figure]]],
        skills: Sequence[str],
    ) -> Slope | None:
        desk = self.question.desk
        near = set(reaching(desk, self.groups, frozenset(skills)))
        mine = {place: (step, found[target]) for place, (step, found) in after.items() if self.groups[place] in near}
        seats = desk.staff.seats
        serving = sum(n for g, n in zip(self.groups, heads, strict=True) if set(skills) & set(seats[g].takes))
        return slope_of(target, heads, before, mine, serving)

    def _tighten(self, heads: Heads, judged: Judged, missed: Sequence[Target]) -> None:
        """Ask for more where targets are missed; set aside those that much more has not reached."""
        short = {figure.target: shortfall(figure) for figure in judged.figures}
        skills = {skill for target in missed for skill in judged.skills[target]}
        for skill in skills:
            worst = max(short[target] for target in missed if skill in judged.skills[target])
            self._alpha[skill] = self._alpha.get(skill, 1.0) * (1 + 0.05 * (1 + min(worst, 4.0)))
        lost = [t for t in missed if max(self._alpha[skill] for skill in judged.skills[t]) > MOST_ALPHA]
        if lost:
            self.set_aside += tuple(lost)
            self._alpha, self._cuts = {}, []
            self._slopes = [slope for slope in self._slopes if slope.target not in lost]
            self._judged = {heads: judged for heads, judged in self._judged.items() if self._whole(judged)}
            return
        seats = self.question.desk.staff.seats
        groups = tuple(group for group in self.groups if skills & set(seats[group].takes))
        number = dict(zip(self.groups, heads, strict=True))
        have = sum(number[group] for group in groups)
        self._cuts.append(Cut("_".join(sorted(skills)), groups, have + 1))
        most = self.question.limits.at_most
        if len(self._cuts) > PATIENCE:  # which of the groups is it? all of them, and the way down sorts it out
            some = [group for group in groups if number[group] < most.get(group, number[group] + 1)]
            self._cuts += [Cut(group, (group,), number[group] + 1) for group in some]

    # The way down.

    def lean(self, start: Heads) -> Heads:
        """Return the cheapest accepted heads that dropping and exchanging single heads leads to.

        Heads that are not accepted are returned as they are.
        """
        best = start
        while self.accepts(best):
            best = self._dropped(best)
            cheaper = next((heads for heads in self._near(best) if self.accepts(heads)), None)
            if cheaper is None:
                break
            best = cheaper
        return best

    def _near(self, heads: Heads) -> list[Heads]:
        """Return cheaper heads, first those that no slope forbids; few of those that give two for one else."""
        costs = [self.costs[group] for group in self.groups]
        ones = sorted(exchanges(heads, costs, self._linked), key=self._forbidden)
        twos = sorted(two_for_one(heads, costs, self._linked), key=self._forbidden)
        fine = sum(not self._forbidden(other) for other in twos)
        return ones + twos[: fine + DOUBTFUL]

    def _forbidden(self, heads: Heads) -> float:
        """Return by how much slopes forbid heads, relative to the levels of their cuts; 0 if they do not."""
        live = [slope for slope in self._slopes if slope.target not in self.set_aside]
        return max((slope.margin(heads) / slope.level for slope in live if slope.margin(heads) < 0), default=0.0)

    def accepts(self, heads: Heads) -> bool:
        """Say whether heads are allowed and all targets within reach are met in the worlds of the search."""
        if heads not in self._judged and self._spent >= self.question.trials:
            return False
        return self.allowed(heads) and not self._live(self._judge(heads))

    def _dropped(self, heads: Heads) -> Heads:
        for place in sorted(range(len(heads)), key=lambda i: (-self.costs[self.groups[i]], i)):
            step, growing = 1, True
            while step:
                fewer = moved(heads, (place, -step))
                if self.accepts(fewer):
                    heads, step = fewer, 2 * step if growing else step
                else:
                    step, growing = step // 2, False
        return heads

    def allowed(self, heads: Heads) -> bool:
        """Say whether heads keep the planner's limits, seat all named persons, close no team, and can do all work."""
        desk, limits = self.question.desk, self.question.limits
        seats, number = desk.staff.seats, dict(zip(self.groups, heads, strict=True))
        groups, roles = self._least
        return (
            all(number[g] >= max(groups[g], limits.at_least.get(g, 0)) for g in self.groups)
            and all(number[g] <= most for g, most in limits.at_most.items())
            and all(sum(number[g] for g in self.groups if seats[g].role == r) >= n for r, n in roles.items())
            and all(any(number[g] for g in self.groups if s in seats[g].takes) for s in self._routed)
            and all(any(number[g] for g in groups_of_team) for groups_of_team in self._teams.values())
            and bool(np.all(self._floors[0] @ np.array(heads) >= self._floors[1] - 1e-6))
            and (limits.budget is None or self.cost(heads) <= limits.budget + 1e-6)
        )

    def breaks(self, heads: Heads) -> tuple[str, ...] | None:
        """Return what is wrong with heads as far as it is known: targets, or `least`; None if nothing is."""
        if not self.allowed(heads):
            return ("least",)
        judged = self._judged.get(heads) or self._worse(heads)
        missed = self._live(judged) if judged else []
        return tuple(str(target) for target in missed) or None

    # Judging.

    def _live(self, judged: Judged) -> list[Target]:
        return [target for target in judged.missed if target not in self.set_aside]

    def _worse(self, heads: Heads) -> Judged | None:
        """Return the judgement of heads that miss a target and have at least as many in every group."""
        for known in (self._refused, self._judged):
            for other, judged in known.items():
                if all(a <= b for a, b in zip(heads, other, strict=True)) and self._live(judged):
                    return judged
        return None

    def _judge(self, heads: Heads) -> Judged:
        worse = self._worse(heads)
        if worse is not None:
            return worse
        if heads not in self._judged:
            first = max(FIRST_LOOK, len(self.question.seeds) // 4)
            self._judged[heads] = self._look(heads, min(first, len(self.question.seeds)), go_on=True)
        return self._judged[heads]

    def _whole(self, judged: Judged) -> bool:
        return judged.worlds == len(self.question.seeds)

    def _look(self, heads: Heads, worlds: int, *, go_on: bool = False) -> Judged:
        """Simulate heads in the first worlds of the search, and in the others unless a target is clearly missed."""
        question, desk = self.question, self.desk_of(heads)
        known = self._judged.get(heads)
        if known is not None and known.worlds == worlds:
            return known
        self._spent += 1
        frame = question.estimate(desk, question.seeds[:worlds])
        early = figures(frame, question.targets, question.level) if go_on else ()
        if go_on and not any(f.hopeless and f.target not in self.set_aside for f in early):
            frame = pl.concat([frame, question.estimate(desk, question.seeds[worlds:])])
            worlds = len(question.seeds)
        some = go_on and worlds < len(question.seeds)
        judged = judged_of(desk, frame, question.targets, question.level, worlds, hopeless=some)
        if worlds == len(question.seeds):
            self._judged.setdefault(heads, judged)
            self._relax(heads, judged)
        self.tell(heads, worlds, judged, unseen=False)
        return judged

    def _relax(self, heads: Heads, judged: Judged) -> None:
        """Hold the slopes against what worlds say."""
        seen = {figure.target: figure for figure in judged.figures}
        learnt = [slope.learnt(heads, seen[slope.target]) for slope in self._slopes]
        self._slopes = [slope for slope in learnt if slope is not None]

    def tell(self, heads: Heads, worlds: int, judged: Judged, *, unseen: bool) -> None:
        """Tell whoever follows the search of a trial."""
        seats = dict(zip(self.groups, heads, strict=True))
        missed = tuple(str(target) for target in judged.missed)
        self.question.tell(Trial(seats, self.cost(heads), worlds, missed, unseen))
