"""Laws that hold in every run, on small random desks whose clocks are so coarse that nearly everything ties."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sim import chance, model, rules, sample, steer
from sim.calendar import Calendar
from sim.crew import Crew, crew_of
from sim.desk import (
    POLICIES,
    Absences,
    Again,
    AgreementChange,
    Assist,
    Audits,
    Branch,
    Burst,
    Cap,
    Demand,
    Desk,
    Dispatch,
    Duplicates,
    Judged,
    Kind,
    Law,
    Leaning,
    LearnerWeights,
    Learning,
    LifeStage,
    Meeting,
    Neglect,
    Newcomers,
    Outcome,
    Person,
    Policy,
    Population,
    PriorityChange,
    Pull,
    Recommendation,
    Role,
    Routing,
    Schedule,
    Season,
    Seat,
    SecondAudit,
    Shift,
    Shortcuts,
    Solutions,
    Staff,
    Stage,
    Supervisor,
    Team,
    TicketWeights,
    Triage,
    Voice,
    honest,
)  # fmt: skip
from sim.desk import PersonWeights as Weights
from sim.desk.staff import check_duties, check_meets
from sim.laws import table_ms
from sim.layout import Layout, lay_out
from sim.log import Log
from sim.opening import opening_of
from sim.sla import Clause, Sla, Target
from sim.truth import Truth
from sim.world import World

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SKILLS = ("a", "b", "c")
TABLES = ("cases", "moments", "touches", "shifts", "people", "learners", "tickets")


def some(examples: int) -> Callable[[Any], Any]:
    """Run a test on so many desks, always the same ones."""
    return settings(
        max_examples=examples, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )  # fmt: skip


def minutes(*means: float) -> st.SearchStrategy[Law]:
    """Constant times make ties, the others make none."""
    return st.sampled_from(means).flatmap(
        lambda mean: st.sampled_from(
            [
                Law(law="constant", mean_min=mean),
                Law(mean_min=mean),
                Law(law="gamma", mean_min=mean, scv=2.0),
                Law(law="empirical", mean_min=mean, values=(2 * mean, 0.0, mean), weights=(1.0, 1.0, 3.0)),
            ]
        )
    )


@st.composite
def branches(draw: st.DrawFn, skill: str, department: str = "desk") -> Branch:
    asks = draw(st.sampled_from([0.0, 0.0, 0.5, 1.0]))
    refers = draw(st.sampled_from([0.0, 0.0, 0.5, 1.0]))
    after = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return Branch(
        department=department, skill=skill, work=draw(minutes(5.0, 30.0, 120.0)), asks=asks,
        asks_after=after, answer=draw(minutes(10.0, 300.0)) if asks else None, refers=refers,
        refers_after=draw(st.sampled_from([1.0, 1.0, 0.3] if after < 1 else [1.0])),
        third_party=draw(minutes(10.0, 300.0)) if refers else None,
    )  # fmt: skip


@st.composite
def stages(draw: st.DrawFn, skill: str, parallel: bool) -> Stage:
    own = draw(branches(skill))
    beside = [draw(branches(draw(st.sampled_from(SKILLS)), f"{skill}{n}")) for n in range(draw(st.integers(1, 2)))]
    handoff = draw(st.none() | minutes(10.0, 60.0))
    helps = 0.0 if own.refers or parallel else draw(st.sampled_from([0.0, 0.0, 0.5, 1.0]))
    assist = st.builds(Assist, skill=st.sampled_from([s for s in SKILLS if s != skill]), work=minutes(5.0, 60.0))
    return Stage(
        **dict(own), handoff=handoff, beside=tuple(beside) if parallel else (), assists=helps,
        assists_after=max(draw(st.sampled_from([0.0, 0.5, 1.0])), own.asks_after),
        assist=draw(assist) if helps else None,
    )  # fmt: skip


@st.composite
def changes(draw: st.DrawFn) -> PriorityChange:
    urgent = draw(st.sampled_from([0.0, 0.5, 1.0]))
    return PriorityChange(
        share=draw(st.sampled_from([0.5, 1.0])), after=draw(minutes(10.0, 300.0, 1440.0)),
        to={"urgent": urgent, "normal": 1 - urgent},
    )  # fmt: skip


@st.composite
def regrades(draw: st.DrawFn) -> AgreementChange:
    vip = draw(st.sampled_from([0.0, 0.5, 1.0]))
    return AgreementChange(
        share=draw(st.sampled_from([0.5, 1.0])), after=draw(minutes(10.0, 300.0, 1440.0)),
        to={"vip": vip, "basic": 1 - vip},
    )  # fmt: skip


@st.composite
def repeats(draw: st.DrawFn) -> Again:
    return Again(share=draw(st.sampled_from([0.2, 0.5])), after=draw(minutes(60.0, 1440.0)))


@st.composite
def duplicates(draw: st.DrawFn) -> Duplicates:
    share, after = draw(st.sampled_from([0.3, 1.0])), draw(minutes(10.0, 300.0))
    return Duplicates(share=share, after=after, merge_min=draw(st.sampled_from([0.0, 5.0])))


PEOPLE = Population(
    stages={"enquiry": LifeStage(share=0.3), "learning": LifeStage(share=0.7, tenure=Law(mean_min=90_000.0))},
    courses={"maths": 0.5, "piano": 0.5},
)
CARES = LearnerWeights(stages={"enquiry": 0.0}, courses={"piano": 3.0}, new=2.0)
PLAN = Schedule(days=("tue", "sun"), at=("02:30", "10:00"), tickets=2)


@st.composite
def kinds(draw: st.DrawFn, told: bool = False, regraded: bool = False) -> Kind:
    many, parallel = draw(st.integers(1, 3)), draw(st.sampled_from([9, 9, 9, 2, 1, 0]))
    route = [draw(stages(skill, n == parallel)) for n, skill in enumerate(draw(st.permutations(SKILLS))[:many])]
    joint, alone = any(stage.beside for stage in route), not route[0].beside
    urgent = draw(st.sampled_from([0.0, 0.4, 1.0]))
    return Kind(
        category="all", per_week=draw(st.sampled_from([5.0, 25.0, 60.0])), route=tuple(route),
        priorities={"urgent": urgent, "normal": 1 - urgent}, patience=draw(st.none() | minutes(30.0, 600.0)),
        deflected=draw(st.sampled_from([0.0, 0.0, 0.3])), repeats=draw(st.none() | repeats()),
        duplicates=draw(st.none() | duplicates()) if alone else None,
        schedules=draw(st.sampled_from([{}, {}, {"plan": PLAN}])), priority_change=draw(st.none() | changes()),
        agreement_change=draw(st.none() | regrades()) if regraded else None,
        room=draw(st.sampled_from([None, None, "hall"])) if alone else None, weight=draw(st.integers(0, 3)),
        chat=not joint and draw(st.sampled_from([False, False, True])),
        learners=CARES if told and draw(st.booleans()) else None,
        replies_at_end=draw(st.booleans()), auto_reply=draw(st.booleans()),
        difficulty_mean=draw(st.sampled_from([0.0, 0.0, 2.0, -1.0])),
        calls_back=draw(st.sampled_from([0.0, 0.0, 0.5, 1.0])), call_back_after=draw(minutes(30.0, 1440.0)),
        call_back_work=draw(minutes(5.0, 120.0)),
        solutions=draw(st.sampled_from([None, None, Solutions(share=0.5, work=0.3)])),
    )  # fmt: skip


@st.composite
def caps(draw: st.DrawFn, many: int, seats: list[str]) -> dict[str, Cap]:
    own = st.none() | st.lists(st.sampled_from(seats), min_size=1, unique=True).map(tuple)
    kinds = st.none() | st.lists(st.sampled_from([f"k{n}" for n in range(many)]), min_size=1, unique=True).map(tuple)
    return {name: Cap(most=draw(st.integers(1, 3)), kinds=draw(kinds), seats=draw(own)) for name in ("one", "two")}


SHIFTS = st.sampled_from(
    [
        Shift(days=DAYS, hours="00:00-24:00"),
        Shift(days=DAYS, hours="00:00-24:00", breaks=("12:00-13:00",)),
        Shift(days=DAYS[:5], hours="08:00-17:00", breaks=("10:00-10:20", "12:00-13:00")),
        Shift(days=DAYS, hours="22:00-06:00", breaks=("01:30-03:30",)),
        Shift(days=("mon", "wed", "thu"), hours="14:00-18:30"),
        Shift(days=DAYS[:6], hours="09:30-09:30", breaks=("23:00-01:00",)),
    ]
)
CHATS = st.sampled_from([(1.0,), (1.0, 1.0), (1.0, 0.7, 0.51), (1.0, 0.5, 1 / 3, 0.0001)])
PART_DAYS = (None, "00:00-11:00", "14:10-00:10")
BURSTS = {
    "night": Burst(date=date(2026, 3, 25), hours="22:00-03:00", factor=6.0),
    "day": Burst(date=date(2026, 10, 21), factor=4.0, kinds=("k0",)),
}
FLU = {"flu": Absences(first_day=date(2026, 3, 24), last_day=date(2026, 10, 22), absent=0.6)}
VERDICTS = {
    "recommends": Recommendation(),
    "complaints": Voice(logit=0.0, after=Law(mean_min=300.0)),
    "refunds": Voice(logit=-0.5, after=Law(law="constant", mean_min=45.0), kinds=("k0",)),
    "audits": Audits(
        share=0.3,
        after_h=1.0,
        finds=0.7,
        false_alarm=0.2,
        second=SecondAudit(share=0.6, after_h=2.0, finds=0.6, false_alarm=0.3),
    ),
    "judged": Judged(levels=(-0.5, 0.0, 0.5), share=0.8),
}
LEANINGS = {
    "early_close": Leaning(share=0.7, intensity=0.4),
    "happy_survey": Leaning(share=0.7, intensity=0.5),
    "token_reply": Leaning(share=0.7, intensity=0.6),
    "pass_on": Leaning(share=0.7, intensity=0.6),
    "cherry_pick": Leaning(share=0.7, intensity=0.5),
}
SLOW, FAST = Learning(), Learning(speed_log=1.5, quality=2.0, half_life_weeks=0.2)
MEETINGS = {
    "morning": Meeting(days=DAYS, hours="09:30-10:10"),
    "noon": Meeting(days=DAYS[:3], hours="11:40-12:20"),
    "long": Meeting(days=("thu",), hours="14:30-20:00"),
    "night": Meeting(days=DAYS, hours="23:30-02:00"),
    "all_day": Meeting(days=("wed",), hours="00:00-24:00"),
}


def meetings_within(shift: Shift) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw meetings that a shift has time for; two of them may overlap."""
    held = []
    for name, meeting in MEETINGS.items():
        with suppress(ValueError):
            check_meets(name, meeting, "shift", shift, "seat")
            held.append(name)
    return st.just(()) | st.lists(st.sampled_from(held), max_size=3, unique=True).map(tuple)


SMALL = st.integers(-2, 2)
RARE = st.sampled_from([0, 0, 0, -3, 1, 40])


def policy_of(ticket: TicketWeights, person: Weights, main_only_min: int) -> Policy:
    """Return a policy; if it would decide nothing, the oldest goes first."""
    decides = any((*ticket.model_dump().values(), *person.model_dump().values(), main_only_min))
    return Policy(ticket=ticket if decides else TicketWeights(age_s=1), person=person, main_only_min=main_only_min)


POLICY = st.sampled_from(list(POLICIES.values())) | st.builds(
    policy_of,
    st.builds(
        TicketWeights, priority=SMALL.map(lambda w: 1000 * w), age_s=st.integers(0, 2), slack_s=SMALL, kind=SMALL,
        warned=SMALL.map(lambda w: 10_000 * w), main=SMALL.map(lambda w: 500 * w), returns=SMALL, cmu=RARE, ease=RARE,
        work_s=RARE, mix=RARE,
    ),
    st.builds(
        Weights, idle_s=SMALL, speed=SMALL, permissions=SMALL, main=SMALL, open_tickets=SMALL, returns=SMALL,
        turn_s=RARE, lot=RARE, busy_s=RARE, mix=RARE,
    ),
    st.sampled_from([0, 0, 0, 25, 300]),
)  # fmt: skip
OFFICE = Calendar(hours=dict.fromkeys(DAYS[:5], ("08:00-12:00", "13:00-17:00")))


@st.composite
def agreements(draw: st.DrawFn) -> Sla:
    def clause() -> Clause | None:
        promised = [None, {"target_min": 30}, {"target_min": 240}, {"target_min": 1440}, {"working_days": 1}]
        target = draw(st.sampled_from(promised))
        return None if target is None else Clause(calendar=draw(st.sampled_from(["always", "office"])), **target)

    again = draw(st.booleans())
    target = {
        p: Target(response=clause(), resolution=clause(), next_response=clause() if again else None)
        for p in ("urgent", "normal")
    }
    mode = draw(st.sampled_from(["resume", "restart", "new_cycle"]))
    urgent = Target(response=clause(), resolution=clause(), next_response=clause() if again else None)
    agreements = {"vip": {"urgent": urgent, "normal": Target(resolution=clause())}, "basic": {}}
    return Sla(agreements=agreements, priorities=target, warning_min=draw(st.sampled_from([0, 10, 120])), reopen=mode)


@st.composite
def neglects(draw: st.DrawFn) -> Neglect:
    return Neglect(
        share=draw(st.sampled_from([0.3, 1.0])), forgotten=draw(minutes(60.0, 1440.0)),
        remind_min=draw(st.sampled_from([0, 10, 90])), heeds=draw(st.sampled_from([1.0, 0.5, 0.01])),
    )  # fmt: skip


@st.composite
def pulls(draw: st.DrawFn) -> Pull:
    shares = st.dictionaries(st.just("k0"), st.sampled_from([0.5, 0.9]))
    return Pull(look_around=draw(minutes(0.1, 5.0, 60.0)), declines=draw(shares))


@st.composite
def triages(draw: st.DrawFn, many: int) -> Triage:
    share = st.sampled_from([0.0, 0.3, 0.5])
    rows = {f"k{n}": {f"k{m}": draw(share) for m in range(many) if m != n} for n in range(many)}
    return Triage(confusion=rows, finds_out=draw(minutes(5.0, 60.0)), handoff=draw(st.none() | minutes(10.0, 300.0)))


@st.composite
def rosters(draw: st.DrawFn, start: date, person: Person, shifts: dict[str, Shift]) -> Person:
    """Return a person who works stated duties, some of them outside the run; one that makes no sense is left out."""
    duties: dict[date, str] = {}
    for day in range(-2, 9):
        shift = draw(st.sampled_from([None, *shifts]))
        also = duties | ({start + timedelta(days=day): shift} if shift else {})
        with suppress(ValueError):
            check_duties("pat", person.changed(duties=also), shifts)
            duties = also
    return person.changed(duties=duties)


@st.composite
def desks(draw: st.DrawFn, clocks: tuple[int, ...] = (1, 60, 600, 3600), **routing: Any) -> Desk:
    """Draw a desk of a week; every skill is somebody's."""
    takes = [draw(st.permutations(SKILLS))[: draw(st.integers(1, 3))] for _ in range(draw(st.integers(1, 3)))]
    missing = tuple(skill for skill in SKILLS if all(skill not in own for own in takes))
    takes[0] = (*takes[0], *missing)
    shifts = {f"h{n}": draw(SHIFTS) for n in range(len(takes))}
    persons = {}
    start = draw(st.sampled_from([date(2026, 3, 23), date(2026, 10, 19), date(2026, 4, 27)]))
    if draw(st.booleans()):
        persons["pat"] = Person(
            role="r", seat="s0", days=draw(st.none() | st.just(shifts["h0"].days[:2])),
            hours=draw(st.sampled_from([h for h in PART_DAYS if shifts["h0"].spans_min(h)])),
        )  # fmt: skip
        if draw(st.integers(0, 3)) == 0:
            persons["pat"] = persons["pat"].changed(conduct={"early_close": 1.0, "pass_on": 0.5})
        if draw(st.booleans()):
            persons["pat"] = draw(rosters(start, persons["pat"], shifts))
    seats = {
        f"s{n}": Seat(
            role="r", team="t", takes=tuple(own), shift=f"h{n}", heads=draw(st.integers(1, 2)),
            meetings=draw(meetings_within(shifts[f"h{n}"])), chats=draw(CHATS),
        )
        for n, own in enumerate(takes)
    }  # fmt: skip
    if persons and seats["s0"].heads == 2:  # somebody else may do what is forbidden to one
        persons["pat"] = persons["pat"].changed(
            forbidden_skills=draw(st.sampled_from([(), seats["s0"].takes[1:2], seats["s0"].takes[:1]]))
            if len(seats["s0"].takes) > 1 else (),
            forbidden_kinds=draw(st.sampled_from([(), ("k0",)])),
        )  # fmt: skip
    keeps, many = draw(st.sampled_from([1.0, 0.4, 0.0])), draw(st.integers(1, 3))
    told = draw(st.integers(0, 3)) == 0
    policy = routing.pop("custom", None) or draw(POLICY)
    given = {
        "mode": draw(st.sampled_from(["pool", "pool", "inbox", "pull"])),
        "pickup": draw(st.none() | minutes(10.0, 90.0)),
        "at_shift_end": draw(st.sampled_from(["finish", "carry_over", "hand_back"])),
        "orphan_h": draw(st.sampled_from([0.0, 7.0, 48.0])),
    }  # fmt: skip
    if (given | routing)["mode"] == "inbox":
        given["neglect"] = draw(st.none() | neglects())
    given |= routing
    given["keeps_progress"] = keeps if given["at_shift_end"] == "hand_back" else 1.0
    if given["mode"] == "pull":
        given["pull"] = draw(pulls())
    if given["mode"] != "pull" and draw(st.integers(0, 3)) == 0:
        rostered = persons and persons["pat"].duties is not None  # who may never be on duty, and so never dispatch
        sure = [name for name in sorted(seats) if name != "s0" or not rostered]
        groups = st.lists(st.sampled_from(sure), max_size=2, unique=True) if sure else st.just([])
        given["dispatch"] = Dispatch(
            delay=draw(minutes(0.1, 10.0, 90.0)), seats=tuple(draw(groups)),
            errors=draw(st.sampled_from([0.0, 0.5, 1.0])), finds_out=draw(minutes(5.0, 60.0)),
        )  # fmt: skip
    if draw(st.integers(0, 2)) == 0:
        given["caps"] = draw(caps(many, sorted(seats)))
    sla = draw(st.none() | agreements())
    if "escalates_after_h" not in given:
        given["escalates_after_h"] = draw(st.sampled_from([None, None, 0.5, 10.0]))
        judged = sla is not None and any(not place.endswith("next_response") for place, _ in sla.clauses())
        given["escalates_overdue"] = judged and draw(st.booleans())
        if given["escalates_after_h"] or given["escalates_overdue"]:
            supervisor = st.builds(Supervisor, skill=st.sampled_from(SKILLS), work=minutes(5.0, 60.0))
            given["supervisor"] = draw(st.none() | supervisor)
    hire = Role(
        skills=SKILLS, speed_sd=draw(st.sampled_from([0.0, 0.3])), absent=draw(st.sampled_from([0.0, 0.3])),
        late=draw(st.sampled_from([0.0, 0.5])), late_by=draw(minutes(15.0, 200.0)),
        conduct=draw(st.sampled_from([{}, {}, {}, LEANINGS])),
        learning=draw(st.sampled_from([None, None, SLOW, *[FAST] * 2])),
    )  # fmt: skip
    if hire.learning is not None:
        hire = hire.changed(newcomers=draw(st.sampled_from([None, Newcomers(share=0.6, within_weeks=1.0)])))
        if persons:
            persons["pat"] = persons["pat"].changed(tenure_weeks=draw(st.sampled_from([None, 0.0, 0.5])))
    return Desk(
        start=start, weeks=1,
        time_zone="Europe/Berlin",
        clock_s=draw(st.sampled_from(clocks)), priorities=("urgent", "normal"), calendars={"office": OFFICE},
        sla=sla,
        demand=Demand(
            kinds={f"k{n}": draw(kinds(told, regraded=sla is not None)) for n in range(many)},
            population=PEOPLE if told else None,
            triage=draw(st.none() | triages(many)),
            rooms={"hall": draw(st.integers(0, 2))},
            seasons=draw(st.sampled_from([{}, {"term": Season(first_day="10-21", last_day="03-26", factor=1.5)}])),
            busyness_shape=draw(st.sampled_from([None, 2.0])), bursts=draw(st.sampled_from([{}, BURSTS])),
        ),
        staff=Staff(
            roles={"r": hire}, teams={"t": Team(department="desk")}, seats=seats,
            shifts=shifts, meetings=MEETINGS, persons=persons, absences=draw(st.sampled_from([{}, FLU])),
        ),
        routing=Routing(policy="custom", custom=policy, **given),
        outcome=Outcome(
            solved_logit=draw(st.sampled_from([20.0, 0.0])), reopen_after=draw(minutes(60.0, 1440.0)),
            reopen_work=draw(st.sampled_from([0.3, 1.0])), close_after_h=draw(st.sampled_from([24.0, 72.0])),
            survey=1.0, answers_logit=1.0, **draw(st.sampled_from([{}, VERDICTS])),
        ),
        shortcuts=Shortcuts(
            early_close_work=draw(st.sampled_from([0.1, 0.0, 1.0])), hard=draw(st.sampled_from([None, ("k0",)])),
            pass_on_s=draw(st.sampled_from([60, 0, 4000])),
        ),
    )  # fmt: skip


SEEDS = st.integers(0, 3)


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


@some(40)
@given(desks(), SEEDS)
def test_every_ticket_is_resolved_or_open_or_left_or_turned_away(desk: Desk, seed: int) -> None:
    run = watched(desk, seed)
    tickets = run.log.tickets
    ends = {
        name: set(tickets.filter(pl.col(f"{name}_s").is_not_null())["ticket"])
        for name in ("resolved", "left", "blocked", "merged")
    }
    ends["open"] = set(run.final.ticket.tolist())
    assert sum(map(len, ends.values())) == len(set.union(*ends.values())) == len(run.world)


@some(40)
@given(desks(), SEEDS)
def test_moments_and_touches_tell_the_same_story(desk: Desk, seed: int) -> None:
    run = watched(desk, seed)
    told = {(("parked",), "wait_begins"), (("transferred", "bounced"), "handed_on"), (("done",), "resolved")}
    for ended, what in told:
        touched = [(t["ticket"], t["ended_s"]) for t in run.touches if t["ended"] in ended]
        expected = [(t, s) for t, times in run.at(what).items() for s in times if t not in run.joint]
        assert sorted(row for row in touched if row[0] not in run.joint) == sorted(expected)
    resolved, reopened, closed = run.at("resolved"), run.at("reopened"), run.at("closed")
    for ticket, times in reopened.items():
        assert all(a < b for a, b in zip(resolved[ticket], times, strict=False))
        assert len(resolved[ticket]) - len(times) in (0, 1)
        assert all(a < b for a, b in zip(times, resolved[ticket][1:], strict=False))
    for ticket, (closed_s,) in closed.items():
        assert closed_s == resolved[ticket][-1] + round(3600 * desk.outcome.close_after_h)
        assert len(reopened[ticket]) < len(resolved[ticket])
    for ticket, gone_s in run.gone_s.items():
        assert not any(t["ticket"] == ticket for t in run.touches)
        told_of = run.log.moments.filter(pl.col("ticket") == ticket, ~pl.col("what").is_in(["complaint", "refund"]))
        assert told_of["at_s"].max() == gone_s


@some(40)
@given(desks(), SEEDS)
def test_nobody_works_on_two_tickets_but_chats_and_nothing_is_worked_on_by_two(desk: Desk, seed: int) -> None:
    run = watched(desk, seed)
    last: dict[tuple[int, int], dict[str, Any]] = {}
    for touch in run.touches:
        before = last.get((touch["ticket"], touch["branch"]))
        assert before is None or (before["ended_s"] is not None and touch["started_s"] >= before["ended_s"])
        assert before is None or touch["queued_s"] >= before["ended_s"]
        last[touch["ticket"], touch["branch"]] = touch
    for touch in run.all_touches:
        beside = run.beside(touch, touch["started_s"])
        if beside:
            assert all(run.chat(other["ticket"]) for other in (touch, *beside))
            assert len(beside) < len(desk.staff.seats[touch["seat"].rpartition("#")[0]].chats)


def beside_skill(run: Run, touch: dict[str, Any]) -> str | None:
    """Return the skill that a supervisor's look, or the help of a colleague, needs; None for other touches."""
    if touch["reason"] == "supervision" and run.desk.routing.supervisor:
        return run.desk.routing.supervisor.skill
    kind = run.desk.demand.kinds[run.world.kinds[run.world.kind[touch["ticket"]]]]
    asked = kind.route[touch["stage"]].assist if touch["reason"] == "assist" else None
    return asked.skill if asked else None


@some(40)
@given(desks(), SEEDS)
def test_work_is_begun_on_duty_by_who_may_do_it_after_it_was_accepted(desk: Desk, seed: int) -> None:
    run = watched(desk, seed)
    for touch in run.all_touches:
        person = run.person[touch["person"]]
        assert (
            touch["skill"] == (beside_skill(run, touch) or run.skill(touch["ticket"], touch["stage"], touch["branch"]))
            or touch["reason"] == "misrouted"
        )
        assert run.crew.skills.index(touch["skill"]) in run.crew.takes[person]
        assert touch["seat"] == run.crew.seats[person]
        assert any(on <= touch["started_s"] < off for on, off in run.spans[person])
        assert touch["queued_s"] <= touch["assigned_s"] <= touch["accepted_s"] <= touch["started_s"] < touch["end_s"]


@some(40)
@given(desks(), SEEDS)
def test_a_shift_is_busy_idle_break_meeting_late_or_absent_and_overtime_lies_outside(desk: Desk, seed: int) -> None:
    """Work lasts from start to end of a touch, or, if a shift's end stops it, as long as that on duty."""
    run = watched(desk, seed)
    stops = desk.routing.at_shift_end != "finish"
    work: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for touch in run.all_touches:
        on_duty = run.spans[run.person[touch["person"]]] if stops else [(0, run.log.until_s)]
        spans = [(max(touch["started_s"], a), min(touch["end_s"], b)) for a, b in on_duty]
        work[touch["person"]].extend((a, b) for a, b in spans if b > a)
        assert touch["work_s"] == sum(b - a for a, b in spans if b > a)
    shifts = (
        run.log.shifts.sort("person", "start_s").with_columns(pl.col("person", "presence").cast(pl.String)).to_dicts()
    )
    duties = {(run.crew.names[d.person], d.start_s): d for d in run.crew.duties}
    assert len(shifts) == len(duties)
    inside = dict.fromkeys(run.crew.names, 0)
    for shift in shifts:
        duty = duties[shift["person"], shift["start_s"]]
        long = shift["end_s"] - shift["start_s"]
        rest = [(a, b) for (_, a), (b, _) in pairwise(duty.spans)]
        work[shift["person"]] = joined(work[shift["person"]])
        busy = overlap(shift["start_s"], shift["end_s"], work[shift["person"]])
        through = sum(overlap(a, b, work[shift["person"]]) for a, b in rest)
        meet = run.meets[duty.person, duty.start_s]
        late = [(a, min(b, duty.start_s + duty.late_s)) for a, b in duty.spans if a < duty.start_s + duty.late_s]
        if duty.absent:
            assert (shift["presence"], shift["absent_s"], shift["busy_s"], shift["break_s"]) == ("approved", long, 0, 0)
            assert shift["meeting_s"] == shift["late_s"] == 0
        else:
            assert (shift["presence"], shift["absent_s"], shift["busy_s"]) == ("present", 0, busy)
            assert shift["break_s"] == sum(b - a for a, b in rest) - through
            assert shift["meeting_s"] == sum(b - a - overlap(a, b, work[shift["person"]]) for a, b in meet)
            assert shift["late_s"] == sum(b - a - overlap(a, b, work[shift["person"]]) for a, b in late)
            inside[shift["person"]] += shift["busy_s"] + shift["overtime_s"]
        idle = long - sum(shift[c] for c in ("busy_s", "break_s", "meeting_s", "late_s", "absent_s"))
        assert idle >= 0
        assert shift["paid_s"] == long - sum(b - a for a, b in rest)
        assert not (stops and shift["overtime_s"])
    assert inside == {name: sum(b - a for a, b in work[name]) for name in inside}


@some(25)
@given(desks(clocks=(600, 3600)), SEEDS)
def test_littles_law_holds_by_kind_and_idle_time_is_what_the_shifts_say(desk: Desk, seed: int) -> None:
    """Ticket-seconds seen in the views, one for every grain of the clock, equal those added up from the log."""
    run = watched(desk, seed, every_min=desk.clock_s // 60)
    grain, until_s, n_kinds = desk.clock_s, run.log.until_s, len(run.world.kinds)
    seen = np.zeros((6, n_kinds), np.int64)
    idle = np.zeros(len(run.crew), np.int64)
    early = model.begin(run.desk, run.world)
    model.advance(early, 1)
    for view in (early.view(), *run.views):
        np.add.at(seen, (view.where, view.kind), grain)
        idle += grain * (view.idle_since_s >= 0)
    assert len(run.views) == until_s // grain - 1
    told = np.zeros((6, n_kinds), np.int64)
    for touch in run.alone:
        kind = run.world.kind[touch["ticket"]]
        told[steer.QUEUED, kind] += touch["started_s"] - touch["queued_s"]
        told[steer.WORKED, kind] += touch["end_s"] - touch["started_s"]
    for touch in run.log.touches.filter(pl.col("ended") == "left").to_dicts():
        if not run.apart(touch):
            told[steer.QUEUED, run.world.kind[touch["ticket"]]] += touch["ended_s"] - touch["queued_s"]
    for ticket, where, ready_s in zip(run.final.ticket, run.final.where, run.final.ready_s, strict=True):
        if where in (steer.QUEUED, steer.HELD, steer.PENDING):
            ends = [t["ended_s"] for t in run.touches if t["ticket"] == ticket]
            told[steer.QUEUED, run.world.kind[ticket]] += until_s - max([ready_s, *ends])
    waits = seen[[steer.QUEUED, steer.HELD, steer.PENDING]].sum(axis=0)
    assert waits.tolist() == told[steer.QUEUED].tolist()
    assert seen[steer.WORKED].tolist() == told[steer.WORKED].tolist()
    spare = (
        pl.col("end_s") - pl.col("start_s") - pl.sum_horizontal("busy_s", "break_s", "meeting_s", "late_s", "absent_s")
    )
    by_person = dict(run.log.shifts.group_by("person").agg(spare.sum()).rows())
    assert {name: idle[p] for name, p in run.person.items()} == {name: by_person.get(name, 0) for name in run.person}


@some(40)
@given(desks(), SEEDS)
def test_no_work_is_lost_or_made_by_questions_shift_ends_and_reopenings(desk: Desk, seed: int) -> None:
    """A touch ends when its work is done, reckoned anew at each suspension and each change of a chat's pace.

    Where people close tickets early, it is not done.
    """
    desk = honest(desk)
    run = watched(desk, seed)
    visits: dict[tuple[int, int, int], int] = defaultdict(int)
    part: dict[tuple[int, int], int] = defaultdict(int)
    given_back: dict[tuple[int, int], int] = {}
    kept = round(desk.routing.keeps_progress * 1_000_000)
    copies = set(np.flatnonzero(run.world.duplicate_of >= 0).tolist())
    for touch in run.own_touches:
        ticket, stage, branch = touch["ticket"], touch["stage"], touch["branch"]
        if ticket in copies:  # what merging takes is no part of what the ticket brought
            continue
        step, each = run.kind(ticket).route[stage].branches()[branch], (ticket, branch)
        if run.kind(ticket).route[stage].assists:  # whether it asks for help depends on who begins it
            continue
        visit, name = visits[ticket, stage, branch], tuple(map(int, run.world.name[ticket]))

        def u(word: str, stage: int = stage, branch: int = branch, name: Any = name, visit: int = visit) -> float:
            purpose = chance.code(f"branch.{stage}.{branch}", word) if branch else chance.code(word, stage)
            return float(chance.uniform(*chance.key(seed), purpose, *name, visit))

        if visit == 0:
            drawn = round(chance.quantile(table_ms(step.work)[None, :], 0, u("work")))
            whole = drawn if branch else int(run.layout.world.work_ms[ticket, stage])
            asked = u("asks") <= step.asks if branch else bool(run.world.asks[ticket, stage])
            third = u("refers") <= step.refers
            waits = [step.asks_after] * asked + [step.refers_after] * third
            cuts = [0, *(int(rules.part_ms(whole, round(after * 1_000_000))) for after in waits), whole]
            brought = cuts[part[each] + 1] - cuts[part[each]]
            assert touch["ended"] in (None, "handed_back") or touch["ended"] in (
                ("parked",) if part[each] < len(waits) else ("done", "transferred")
            )
        else:
            drawn = round(chance.quantile(table_ms(step.work)[None, :], 0, u("work")))
            brought = int(rules.part_ms(drawn, round(desk.outcome.reopen_work * 1_000_000)))
        brought = given_back.pop(each, brought)
        if touch["ended"] != "handed_back":
            part[each] = part[each] + 1 if touch["ended"] == "parked" else 0
        visits[ticket, stage, branch] += touch["ended"] == "done"
        left, done_s = run.worked(touch, brought)
        if touch["ended"] == "handed_back":
            assert touch["ended_s"] < done_s
            given_back[each] = rules.handed_back_ms(brought, left, kept)
        elif touch["ended"] is None:
            assert done_s >= run.log.until_s or not run.on_duty(touch["person"])
        else:
            assert touch["ended_s"] == done_s
        if desk.routing.at_shift_end != "carry_over":
            assert touch["work_s"] == touch["end_s"] - touch["started_s"]


@some(60)
@given(desks(), SEEDS)
def test_branches_are_ready_at_once_and_each_is_done_once_before_the_ticket_goes_on(desk: Desk, seed: int) -> None:
    """The n-th time that all are done is the n-th hand-off or resolution; nobody is at two branches of a ticket."""
    run = watched(desk, seed)
    assume(run.joint)
    resolved, handed_on = run.at("resolved"), run.at("handed_on")
    rows = [row for row in run.log.touches.with_columns(pl.col("reason").cast(pl.String)).to_dicts() if run.apart(row)]
    found: dict[tuple[int, int], dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row["ticket"], row["stage"]][row["branch"]].append(row)
    for (ticket, stage), branches in found.items():
        route = run.kind(ticket).route
        assert len({touches[0]["queued_s"] for touches in branches.values()}) == 1
        done = [
            [t["ended_s"] for t in branches[n] if str(t["ended"]) in ("done", "transferred")]
            for n in range(len(route[stage].branches()))
        ]
        joins = [max(times) for times in zip(*done, strict=False)]
        if stage == len(route) - 1:
            assert resolved[ticket] == joins
        else:
            assert set(joins) <= set(handed_on[ticket]) and max(map(len, done)) <= 1
            later = [t for t in run.touches if t["ticket"] == ticket and t["stage"] > stage and t["reason"] is None]
            assert not later or (joins and all(t["queued_s"] >= joins[0] for t in later))
        worked = sorted(
            (t["started_s"], t["ended_s"] or run.log.until_s, t["person"])
            for touches in branches.values() for t in touches if t["person"] is not None
        )  # fmt: skip
        assert not any(a[2] == b[2] and b[0] < a[1] for n, a in enumerate(worked) for b in worked[n + 1 :])


@some(40)
@given(desks(at_shift_end="finish"), SEEDS)
def test_call_backs_follow_resolutions_after_their_delay_and_bring_their_work(desk: Desk, seed: int) -> None:
    """At most one for each resolution, the one that the ticket's numbers of that visit ask for, before a reopening."""
    run = watched(desk, seed)
    resolved, reopened, last_s = run.at("resolved"), run.at("reopened"), dict[int, int]()
    for touch in (touch for touch in run.all_touches if touch["reason"] == "call_back"):
        ticket, queued_s = touch["ticket"], touch["queued_s"]
        kind = desk.demand.kinds[run.world.kinds[run.world.kind[ticket]]]
        visit = sum(at_s < queued_s for at_s in resolved[ticket]) - 1
        assert visit >= 0 and not any(resolved[ticket][visit] < s < touch["started_s"] for s in reopened[ticket])
        assert last_s.get(ticket, -1) <= queued_s
        last_s[ticket] = touch["end_s"]

        def drawn_ms(law: Law | None, purpose: str, ticket: int = ticket, visit: int = visit) -> int:
            assert law is not None
            name = tuple(map(int, run.world.name[ticket]))
            u = chance.uniform(*chance.key(seed), chance.code(purpose), *name, visit)
            return round(chance.quantile(table_ms(law)[None, :], 0, u))

        delay = rules.delay_s(drawn_ms(kind.call_back_after, "call_back.handoff"), desk.clock_s)
        # Who goes off duty for long puts it back into the pool, ready since it fell due.
        assert queued_s == resolved[ticket][visit] + max(delay, desk.clock_s)
        assert (touch["stage"], touch["ended"]) in ((len(kind.route), "done"), (len(kind.route), None))
        _, done_s = run.worked(touch, drawn_ms(kind.call_back_work, "call_back.work"))
        assert touch["ended_s"] in (done_s, None)


@some(30)
@given(desks(), SEEDS, st.lists(st.integers(0, 700_000), max_size=8))
def test_any_steps_lead_where_one_step_leads(desk: Desk, seed: int, steps: list[int]) -> None:
    world = sample(desk, seed)
    state = model.begin(desk, world)
    for until_s in steps:
        model.advance(state, until_s)
    model.log(state)
    model.advance(state, desk.until_s())
    assert_same(model.log(state), model.run(desk, world))


@some(30)
@given(desks(), SEEDS, st.integers(0, 700_000), st.lists(st.integers(0, 700_000), max_size=4))
def test_open_tickets_of_one_run_are_all_accounted_for_in_the_next(
    desk: Desk, seed: int, at_s: int, steps: list[int]
) -> None:
    rows = opening_of(model.run(desk, sample(desk, seed))[0], at_s)
    world = sample(desk, seed + 1)
    state = model.begin(desk, world, rows)
    for until_s in [*steps, desk.until_s()]:
        model.advance(state, until_s)
    log, truth = model.log(state)
    assert_same((log, truth), model.run(desk, world, rows))
    assert Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, currency=log.currency, sla=log.sla,
        calendars=log.calendars, **{name: getattr(log, name) for name in TABLES[:-1]},
    ) == log  # fmt: skip
    ends = {
        name: set(log.tickets.filter(pl.col(f"{name}_s").is_not_null())["ticket"])
        for name in ("resolved", "left", "blocked", "merged")
    }
    assert all(ticket >= len(rows) for ticket in ends["blocked"])
    ends["open"] = set(state.view().ticket.tolist())
    assert sum(map(len, ends.values())) == len(set.union(*ends.values())) == len(rows) + len(world)
    assert log.touches.filter(pl.coalesce("started_s", "ended_s") < 0).is_empty()
    assert log.moments.filter(
        (pl.col("at_s") < 0) & ~pl.col("what").is_in(["created", "reply", "auto_reply"])
    ).is_empty()


@some(30)
@given(desks(), SEEDS, st.integers(0, 604_800))
def test_a_log_of_the_first_days_is_the_beginning_of_the_log(desk: Desk, seed: int, until_s: int) -> None:
    world = sample(desk, seed)
    state = model.begin(desk, world)
    model.advance(state, until_s)
    early = model.log(state)[0]
    whole = model.run(desk, world)[0]
    columns = [c for c in early.moments.columns if c not in ("who", "reason", "what")]
    texts = [pl.col(c).cast(pl.String) for c in ("what", "who", "reason")]
    begun = whole.moments.filter(pl.col("at_s") < until_s).select(*columns, *texts)
    assert_frame_equal(early.moments.select(*columns, *texts), begun)
    names = ("ticket", "stage", "queued_s", "assigned_s", "accepted_s", "started_s")
    over = pl.when(pl.col("ended_s") < until_s).then("ended_s").alias("ended_s")
    started = whole.touches.filter(pl.coalesce("started_s", "ended_s") < until_s)
    early_rows = early.touches.select(*names, over).sort(pl.all())
    assert_frame_equal(early_rows, started.select(*names, over).sort(pl.all()))


@some(15)
@given(desks(), SEEDS)
def test_a_run_twice_gives_the_same_bytes_and_leaves_its_arguments_alone(desk: Desk, seed: int) -> None:
    world, text = sample(desk, seed), desk.model_dump_json()
    for field in fields(World):
        if isinstance(array := getattr(world, field.name), np.ndarray):
            array.flags.writeable = False

    def written() -> list[bytes]:
        log, truth = model.run(desk, world)
        frames = [getattr(log, name) for name in TABLES] + [truth.people, truth.conduct, truth.tickets, truth.busyness]
        files = [io.BytesIO() for _ in frames]
        for frame, file in zip(frames, files, strict=True):
            frame.write_ipc(file)
        return [file.getvalue() for file in files]

    assert written() == written()
    assert desk.model_dump_json() == text


def first_in_pool(run: Run) -> Iterator[tuple[tuple[object, ...], int, int, int | None, int]]:
    """Yield (queue, ready, ticket, start or None, when it was gone without work) of every first wait at a stage."""
    never = run.log.until_s
    seen = set()
    for touch in run.own_touches:
        place = (touch["ticket"], touch["stage"])
        if place not in seen and not run.apart(touch):
            seen.add(place)
            yield (*queue_of(run, *place), touch["queued_s"], touch["ticket"], touch["started_s"], never)  # type: ignore[misc]
    for ticket, stage, queued_s, ended_s in (
        run.log.touches.filter(pl.col("ended") == "left", pl.col("reason").is_null())
        .select("ticket", "stage", "queued_s", "ended_s")
        .iter_rows()
    ):
        yield (*queue_of(run, ticket, stage), queued_s, ticket, None, ended_s)  # type: ignore[misc]
    final = run.final
    for ticket, stage, where, ready_s in zip(final.ticket, final.stage, final.where, final.ready_s, strict=True):
        if where == steer.QUEUED and (int(ticket), int(stage)) not in seen:
            yield (*queue_of(run, int(ticket), int(stage)), int(ready_s), int(ticket), None, never)  # type: ignore[misc]


def queue_of(run: Run, ticket: int, stage: int) -> tuple[tuple[int, int, int]]:
    return ((int(run.world.kind[ticket]), stage, int(run.world.priority[ticket])),)


@some(40)
@given(desks(mode="pool"), SEEDS)
def test_within_a_queue_who_is_ready_first_is_begun_first(desk: Desk, seed: int) -> None:
    """A ticket whose priority changes moves to another queue, one that a supervisor saw to the head of its own: both
    are left out.
    """
    run = watched(desk, seed)
    warned = {ticket: min(times) for ticket, times in run.at("warned", "escalated").items()}
    queues, changed = defaultdict(list), run.at("priority", *["escalated"] * (desk.routing.supervisor is not None))
    for queue, ready_s, ticket, started_s, gone_s in (row for row in first_in_pool(run) if row[2] not in changed):
        queues[queue].append((ready_s, ticket, started_s, gone_s))
    for rows in queues.values():
        rows.sort(key=lambda row: row[:2])
        for place, (_, younger, began_s, _) in enumerate(rows):
            for _, older, start_s, gone_s in rows[:place] if began_s is not None else ():
                flags = [warned.get(ticket, gone_s + 1) <= began_s for ticket in (older, younger)]
                assert (start_s is not None and start_s <= began_s) or gone_s <= began_s or flags[0] != flags[1]


def capped(run: Run, view: steer.View) -> Callable[[int, int], bool]:
    """Return whether a cap keeps a person from a ticket of a kind: they have it in a list, in hand or parked."""
    parked = {t["ticket"]: (t["ended"], t["person"]) for t in run.own_touches if t["end_s"] <= view.now_s}
    layout = run.layout
    held = np.zeros(layout.most_held.shape, np.int64)
    for ticket, kind, where, person in zip(view.ticket, view.kind, view.where, view.person, strict=True):
        ended, by = parked.get(int(ticket), (None, None))
        if where == steer.AWAY and ended == "parked":
            person = run.person[str(by)]
        if person >= 0:
            held[person] += layout.caps[kind]
    return lambda person, kind: bool((layout.caps[kind] & (held[person] >= layout.most_held[person])).any())


@some(30)
@given(desks(), SEEDS, st.sampled_from([10, 60, 240]))
def test_nobody_idles_while_there_is_work_that_they_may_do(desk: Desk, seed: int, every_min: int) -> None:
    """Pool: no idle person and a waiting ticket of their queues. Inbox: nothing is in the pool that somebody on duty
    may do. Pull: idle people look around first; a dispatcher takes time. A ticket that is kept for its specialists is
    no work for others, nor is one that a cap keeps from them. In all three nobody idles with a ticket in hand.
    """
    assume(not desk.routing.caps or not any(kind.calls_back for kind in desk.demand.kinds.values()))
    run = watched(desk, seed, max(every_min, desk.clock_s // 60))
    may = [{run.crew.skills[skill] for skill in takes} for takes in run.crew.takes]
    main = [{run.crew.skills[takes[0]]} for takes in run.crew.takes]
    kept_s = -(-60 * desk.routing.weights().main_only_min // desk.clock_s) * desk.clock_s
    for view in run.views:
        assert not (view.idle_since_s[view.person[view.where == steer.HELD]] >= 0).any()
        if desk.routing.mode == "pull" or desk.routing.dispatch is not None:
            continue
        free = np.flatnonzero(view.on_duty if desk.routing.mode == "inbox" else view.idle_since_s >= 0)
        kept = view.now_s - view.ready_s < kept_s
        waiting, full = view.where == steer.QUEUED, capped(run, view)
        for which, own in ((waiting & ~kept, may), (waiting, main)):
            wanted = zip(
                view.ticket[which].tolist(), view.stage[which].tolist(), view.kind[which].tolist(), strict=True
            )
            for ticket, stage, kind in wanted:
                skill = run.skill(ticket, stage)
                able = [p for p in free if skill in own[p] and kind not in run.crew.barred[p]]
                assert all(full(p, kind) for p in able)


@some(30)
@given(desks(), SEEDS, st.sampled_from([10, 60, 240]))
def test_a_view_shows_who_is_open_where_and_nobody_else(desk: Desk, seed: int, every_min: int) -> None:
    every_min = max(every_min, desk.clock_s // 60)
    run = watched(desk, seed, every_min)
    resolved, reopened = run.at("resolved"), run.at("reopened")
    for number, view in enumerate(run.views, 1):
        now_s = view.now_s
        assert now_s == 60 * every_min * number
        resting = {
            t for t, times in resolved.items() if sum(s <= now_s for s in times) > sum(s <= now_s for s in reopened[t])
        }
        gone = {t for t, gone_s in run.gone_s.items() if gone_s <= now_s}
        gone |= {t for t, (merged_s,) in run.at("merged").items() if merged_s <= now_s}
        came = np.searchsorted(run.world.created_s, now_s, side="right")
        assert set(view.ticket.tolist()) == set(range(came)) - resting - gone
        worked = {(t["ticket"], t["person"]) for t in run.alone if t["started_s"] <= now_s < t["end_s"]}
        worked |= {(t["ticket"], t["person"]) for t in run.alone if t["ended"] is None and t["started_s"] <= now_s}
        held = view.where == steer.WORKED
        assert {(t, run.crew.names[p]) for t, p in zip(view.ticket[held], view.person[held], strict=True)} == worked
        on_duty = [any(a <= now_s < b for a, b in spans) for spans in run.spans]
        assert view.on_duty.tolist() == on_duty
        nobody = (view.where == steer.QUEUED) | (view.where == steer.AWAY) | (view.where == steer.APART)
        assert ((view.person == -1) == nobody).all()
        shown = [(view.person == p).sum() for p in range(len(run.crew))]
        more = run.joint or any(k.calls_back or any(s.assists for s in k.route) for k in desk.demand.kinds.values())
        assert view.holds.tolist() == shown or (more and (view.holds >= shown).all())


@some(30)
@given(desks(), SEEDS, st.sampled_from([7, 60, 1440]), st.sampled_from(["none", "empty", "same"]))
def test_a_steerer_that_orders_nothing_new_changes_nothing(desk: Desk, seed: int, every_min: int, what: str) -> None:
    assume(every_min * 60 % desk.clock_s == 0)
    orders = {"none": None, "empty": steer.Orders(), "same": steer.Orders(policy=desk.routing.weights())}[what]
    world = sample(desk, seed)
    steered = desk.changed(routing=desk.routing.changed(steer_every_min=every_min))
    assert_same(model.run(desk, world), model.run(steered, world, steer=lambda view, epoch: orders))  # type: ignore[arg-type]


@some(30)
@given(desks(orphan_h=1000.0, steer_every_min=60, escalates_after_h=None), SEEDS, st.integers(0, 100))
def test_a_reserved_ticket_is_worked_on_by_whom_it_was_reserved_for(desk: Desk, seed: int, dice: int) -> None:
    """Unless the learner leaves, or the person's last shift ends before: then it goes back to the pool."""
    world = sample(desk, seed)
    crew, layout = crew_of(desk, seed), lay_out(desk, world)
    orders: dict[int, tuple[int, int]] = {}

    def reserve(view: steer.View, epoch: int) -> steer.Orders | None:
        waiting = view.ticket[view.where == steer.QUEUED]
        if not len(waiting):
            return None
        ticket = int(waiting[(dice + epoch) % len(waiting)])
        stage = int(view.stage[view.ticket == ticket][0])
        skill = layout.routes[world.kind[ticket]][stage].skill
        able = [p for p, takes in enumerate(crew.takes) if skill in takes]
        barred = int(world.kind[ticket])
        able = [p for p in able if barred not in crew.barred[p] and crew.off_s[p] and crew.off_s[p][-1] > view.now_s]
        if not able:
            return None
        orders[ticket] = (view.now_s, able[(dice + epoch) % len(able)])
        return steer.Orders(reserve=((ticket, orders[ticket][1]),))

    state = model.begin(desk, world, steer=reserve)
    model.advance(state, desk.until_s())
    rows = model.log(state)[0].touches.sort("started_s").to_dicts()
    view = state.view()
    for ticket, (now_s, person) in orders.items():
        last_s = crew.off_s[person][-1] if crew.off_s[person] else 0
        back_s = last_s if now_s < last_s < desk.until_s() else desk.until_s()
        after = [r for r in rows if r["ticket"] == ticket and r["assigned_s"] is not None and r["started_s"] >= now_s]
        gone = [r for r in rows if r["ticket"] == ticket and r["ended"] == "left"]
        if after and after[0]["started_s"] < back_s:
            assert (after[0]["person"], after[0]["assigned_s"]) == (crew.names[person], now_s)
        elif not gone and back_s == desk.until_s():
            assert view.person[view.ticket == ticket].tolist() == [person]


@some(30)
@given(desks(), SEEDS)
def test_every_instant_lies_on_the_grain_of_the_clock(desk: Desk, seed: int) -> None:
    log = watched(desk, seed).log
    for frame in (log.moments, log.touches, log.shifts):
        for name in (name for name in frame.columns if name.endswith("_s")):
            assert not (frame[name].drop_nulls() % desk.clock_s != 0).any(), name


@some(30)
@given(desks(), SEEDS)
def test_the_engine_and_the_log_agree_on_what_falls_due_when(desk: Desk, seed: int) -> None:
    """Nothing is compared of a ticket that waits for its requester, or whose reopening began a new cycle."""
    run = watched(desk, seed)
    new_cycle = desk.sla is not None and desk.sla.reopen == "new_cycle"
    rows = {row["ticket"]: row for row in run.log.tickets.to_dicts()}
    waits, ends = run.at("wait_begins"), run.at("wait_ends")
    for ticket, due_s in zip(run.final.ticket.tolist(), run.final.due_s.tolist(), strict=True):
        row = rows[ticket]
        if len(waits[ticket]) > len(ends[ticket]) or (new_cycle and row["reopens"]):
            continue
        clauses = ("due_response_s", "due_resolution_s") if row["first_reply_s"] is None else ("due_resolution_s",)
        dues = [row[clause] for clause in clauses if row[clause] is not None]
        assert due_s == (min(dues) // desk.clock_s * desk.clock_s if dues else 2**62)


@some(30)
@given(desks(), SEEDS)
def test_a_ticket_without_a_reply_is_warned_of_once_at_its_time(desk: Desk, seed: int) -> None:
    assume(desk.sla is not None and desk.sla.warning_min)
    run = watched(desk, seed)
    grain, lead_s = desk.clock_s, 60 * desk.sla.warning_min  # type: ignore[union-attr]
    changed = set(run.at("priority", "sla"))  # Their targets change, too.
    of_response = (pl.col("what") == "warned") & (pl.col("value") == 0)
    moments = run.log.moments.filter(of_response, ~pl.col("ticket").is_in(list(changed)))
    warned = dict(moments.select("ticket", "at_s").rows())
    assert len(warned) == moments.height
    for ticket, created_s, due_s, reply_s in run.log.tickets.select(
        "ticket", "created_s", "due_response_s", "first_reply_s"
    ).iter_rows():
        if ticket in changed:
            continue
        due_s = None if due_s is None else max(due_s // grain * grain - lead_s, created_s) // grain * grain
        out = due_s is None or due_s >= run.log.until_s or run.gone_s.get(ticket, due_s + 1) < due_s
        if out or (reply_s is not None and reply_s < due_s):
            assert ticket not in warned
        elif reply_s != due_s and run.gone_s.get(ticket) != due_s:
            assert warned[ticket] == due_s


@some(25)
@given(desks(), SEEDS)
def test_what_a_requester_does_does_not_depend_on_the_staff(desk: Desk, seed: int) -> None:
    """The n-th answer of a ticket, and the n-th return after a resolution, take equally long whoever works, help of
    colleagues apart.
    """
    more = {name: seat.changed(heads=seat.heads + 2) for name, seat in desk.staff.seats.items()}
    other = desk.changed(staff=desk.staff.changed(seats=more), routing=Routing())
    delays = []
    for run in (watched(desk, seed), watched(other, seed)):  # type: ignore[arg-type]
        found = {}
        for begin, end in (("wait_begins", "wait_ends"), ("resolved", "reopened")):
            first, last = run.at(begin), run.at(end)
            for ticket, times in last.items():
                if end == "wait_ends" and ticket in run.joint:
                    continue  # a joint ticket waits as a whole while all its open branches do
                if any(stage.assists for stage in desk.demand.kinds[run.world.kinds[run.world.kind[ticket]]].route):
                    continue
                pairs = list(zip(first[ticket], times, strict=False))
                found |= {(ticket, end, n): b - a for n, (a, b) in enumerate(pairs)}
        delays.append(found)
    for key in delays[0].keys() & delays[1].keys():
        assert delays[0][key] == delays[1][key]
