"""Desks drawn at random: all mechanics together, on clocks so coarse that nearly everything ties."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from sim.calendar import Calendar
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
)
from sim.desk import PersonWeights as Weights
from sim.desk.staff import check_duties, check_meets
from sim.sla import Clause, Sla, Target

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
