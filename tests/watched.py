"""A run of the model with all that a law asks of it: who was where when, and what a view showed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from sim import model, rules, sample, steer
from sim.crew import Crew, crew_of
from sim.desk import Desk, Kind
from sim.layout import Layout, lay_out
from sim.log import Log
from sim.truth import Truth
from sim.world import World
from tests.drawn import TABLES


@dataclass(frozen=True)
class Run:
    """A run, with a view at every `every_min` minutes."""

    desk: Desk
    world: World
    log: Log
    truth: Truth
    views: list[steer.View]
    final: steer.View

    @cached_property
    def crew(self) -> Crew:
        return crew_of(self.desk, self.world.seed)

    @cached_property
    def layout(self) -> Layout:
        return lay_out(self.desk, self.world)

    @cached_property
    def person(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.crew.names)}

    @cached_property
    def touches(self) -> list[dict[str, Any]]:
        """Touches of people in the order of their start, errands apart; one that still runs ends with the run."""
        return [touch for touch in self.all_touches if touch["reason"] not in ("call_back", "assist")]

    @cached_property
    def own_touches(self) -> list[dict[str, Any]]:
        """The same without those of departments that the ticket does not belong to, and without supervisors' looks."""
        return [touch for touch in self.all_touches if touch["reason"] is None]

    @cached_property
    def all_touches(self) -> list[dict[str, Any]]:
        """The same with call-backs and help."""
        rows = self.log.touches.filter(pl.col("person").is_not_null()).sort("started_s", "ticket")
        end = {"end_s": pl.col("ended_s").fill_null(self.log.until_s)}
        return rows.with_columns(pl.col("ended", "reason").cast(pl.String), **end).to_dicts()

    @cached_property
    def spans(self) -> list[list[tuple[int, int]]]:
        return [list(zip(on, off, strict=True)) for on, off in zip(self.crew.on_s, self.crew.off_s, strict=True)]

    @cached_property
    def meets(self) -> dict[tuple[int, int], list[tuple[int, int]]]:
        """Meetings of every duty, which is named by person and start."""
        crew = self.crew
        found: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for duty, begin_s, end_s in zip(crew.meet_duty, crew.meet_begin_s, crew.meet_end_s, strict=True):
            found[int(crew.duty_person[duty]), int(crew.duty_start_s[duty])].append((int(begin_s), int(end_s)))
        return found

    @cached_property
    def gone_s(self) -> dict[int, int]:
        """When tickets left or were turned away."""
        rows = self.log.moments.filter(pl.col("what").is_in(["left", "blocked"]))
        return dict(rows.select("ticket", "at_s").rows())

    def skill(self, ticket: int, stage: int, branch: int = 0) -> str:
        """Return the skill of a step: a stage, a branch beside one, a call-back or a wrong queue."""
        route = self.layout.routes[self.world.kind[ticket]]
        return self.crew.skills[route[route[stage].beside + branch - 1 if branch else stage].skill]

    def kind(self, ticket: int) -> Kind:
        return self.desk.demand.kinds[self.world.kinds[self.world.kind[ticket]]]

    @cached_property
    def joint(self) -> set[int]:
        """Tickets whose kind has a stage with branches."""
        return {t for t in range(len(self.world)) if any(stage.beside for stage in self.kind(t).route)}

    def apart(self, touch: dict[str, Any]) -> bool:
        """Return whether a touch is one of a branch."""
        route = self.kind(touch["ticket"]).route if touch["ticket"] in self.joint and touch["reason"] is None else ()
        return touch["stage"] < len(route) and bool(route[touch["stage"]].beside)

    @cached_property
    def alone(self) -> list[dict[str, Any]]:
        """Touches of people but those of branches and call-backs, in the order of their start."""
        return [touch for touch in self.touches if not self.apart(touch)]

    def on_duty(self, person: str) -> bool:
        """Return whether somebody is on duty at the end of the log."""
        return any(a < self.log.until_s <= b for a, b in self.spans[self.person[person]])

    def chat(self, ticket: int) -> bool:
        return self.desk.demand.kinds[self.world.kinds[self.world.kind[ticket]]].chat

    @cached_property
    def by_person(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for touch in self.all_touches:
            found[touch["person"]].append(touch)
        return found

    def beside(self, touch: dict[str, Any], at_s: int) -> list[dict[str, Any]]:
        """Return the other touches of the same person that go on at an instant."""
        mine = self.by_person[touch["person"]]
        return [t for t in mine if t is not touch and t["started_s"] <= at_s < t["end_s"]]

    def repaced(self, touch: dict[str, Any], at_s: int, paces: tuple[float, ...]) -> bool:
        """Return whether the pace of a chat changes at an instant, be it back again within the second."""
        mine = [t for t in self.by_person[touch["person"]] if t is not touch]
        ended = sum(t["end_s"] == at_s and t["started_s"] < at_s for t in mine)
        begun, on = sum(t["started_s"] == at_s for t in mine), sum(t["started_s"] < at_s < t["end_s"] for t in mine)
        return len({paces[on], paces[on + ended], paces[on + begun]}) > 1

    def worked(self, touch: dict[str, Any], brought_ms: int) -> tuple[int, int]:
        """Return what is left at a touch's end, and when it would be done at the pace of then, from paces and spans."""
        crew, person, spans = self.crew, self.person[touch["person"]], self.spans[self.person[touch["person"]]]
        begin, end = touch["started_s"], touch["end_s"]
        paces = self.desk.staff.seats[touch["seat"].rpartition("#")[0]].chats
        carries = self.desk.routing.at_shift_end == "carry_over"
        near = [t for t in self.by_person[touch["person"]] if t is not touch]
        cuts = {at_s for t in near for at_s in (t["started_s"], t["end_s"])}
        cuts |= {at_s for span in spans for at_s in span} if carries else set()
        settled = int(crew.rate_ppm[person, crew.skills.index(touch["skill"])])
        left_ms, since_s, pace, rate = brought_ms, begin, -1, 0
        for at_s in (begin, *sorted(at_s for at_s in cuts if begin < at_s < end), end):
            on = not carries or any(a <= at_s < b for a, b in spans)
            now = round(1_000_000 * paces[len(self.beside(touch, at_s))]) if on and at_s < end else 0
            if (now != pace or (on and self.repaced(touch, at_s, paces))) and at_s < end:
                left_ms = left_ms if pace <= 0 else rules.left_after_ms(left_ms, at_s - since_s, rate)
                new = crew.pace_ppm[person]
                alone = rules.shared_rate_ppm(settled, int(new[at_s // 86_400])) if len(new) else settled
                since_s, pace, rate = at_s, now, rules.shared_rate_ppm(alone, now)
        return rules.left_after_ms(left_ms, end - since_s, rate) if pace else left_ms, (
            since_s + rules.handling_s(left_ms, rate, self.desk.clock_s)
        )

    def at(self, *what: str) -> dict[int, list[int]]:
        """Return by ticket when something happened to it."""
        found: dict[int, list[int]] = defaultdict(list)
        for ticket, at_s in self.log.moments.filter(pl.col("what").is_in(what)).select("ticket", "at_s").iter_rows():
            found[ticket].append(at_s)
        return found


def watched(desk: Desk, seed: int, every_min: int | None = None) -> Run:
    """Return a run; with `every_min`, it is watched by a steerer that does nothing."""
    views: list[steer.View] = []

    def watch(view: steer.View, epoch: int) -> None:
        assert epoch == len(views) + 1
        views.append(view)

    world = sample(desk, seed)
    if every_min is not None:
        desk = desk.changed(routing=desk.routing.changed(steer_every_min=every_min))  # type: ignore[assignment]
    state = model.begin(desk, world, steer=None if every_min is None else watch)
    model.advance(state, desk.until_s())
    return Run(desk, world, *model.log(state), views, state.view())


def joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans, sorted and apart, that cover the same seconds."""
    apart: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if apart and begin <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((begin, end))
    return apart


def overlap(begin: int, end: int, spans: list[tuple[int, int]]) -> int:
    return sum(max(min(end, b) - max(begin, a), 0) for a, b in spans)


def assert_same(one: tuple[Log, Truth], other: tuple[Log, Truth]) -> None:
    for name in TABLES:
        assert_frame_equal(getattr(one[0], name), getattr(other[0], name))
    for name in ("people", "conduct", "tickets", "busyness"):
        assert_frame_equal(getattr(one[1], name), getattr(other[1], name))
