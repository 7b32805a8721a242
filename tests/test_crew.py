"""The crew: who sits where, how able they are, and when they are on duty."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sim.calendar import Calendar
from sim.crew import Crew, Duty, crew_of
from sim.desk import Absences, Demand, Desk, Kind, Law, Person, Role, Seat, Shift, Staff, Stage, Team, people_of

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS = WEEK[:5]
ADVISER = Role(
    skills=("answer", "pay"), wage_per_h=30.0, speed_sd=0.3, quality_sd=0.5, courtesy_sd=0.2, absent=0.2,
    untrained_speed=0.5, untrained_quality=-2.0,
)  # fmt: skip
DAY, NIGHT = Shift(days=WORKDAYS, hours="09:00-17:00", breaks=("12:00-12:30",)), Shift(days=WEEK, hours="22:00-06:00")
FRONT = Seat(role="adviser", team="desk", takes=("answer",), shift="day", heads=3)
BACK = Seat(role="adviser", team="bank", takes=("pay", "answer"), shift="night", heads=2)


def desk_of(seats: dict[str, Seat] | None = None, *, staff: dict[str, Any] | None = None, **rest: Any) -> Desk:
    """Return a desk of two seat groups of one role."""
    parts: dict[str, Any] = {
        "roles": {"adviser": ADVISER, "lead": Role(skills=("answer", "pay"), speed_sd=0.3)},
        "teams": {"desk": Team(department="front"), "bank": Team(department="back")},
        "shifts": {"day": DAY, "night": NIGHT},
        "seats": seats or {"front": FRONT, "back": BACK},
    }
    kind = Kind(
        category="all", per_week=10.0, priorities={"normal": 1.0},
        route=(Stage(department="front", skill="answer", work=Law(mean_min=5.0)),),
    )  # fmt: skip
    given: dict[str, Any] = {
        "start": date(2026, 3, 2),
        "weeks": 2,
        "time_zone": "Asia/Shanghai",
        "priorities": ("normal",),
    }
    return Desk(demand=Demand(kinds={"ticket": kind}), staff=Staff(**(parts | (staff or {}))), **(given | rest))


def abilities(crew: Crew) -> dict[str, tuple[object, ...]]:
    """Return what every person can do, under the person's name."""
    return {
        name: (crew.rate_ppm[p].tolist(), crew.quality[p].tolist(), float(crew.courtesy[p]))
        for p, name in enumerate(crew.names)
    }


def duties_of(crew: Crew, name: str) -> list[Duty]:
    return [duty for duty in crew.duties if duty.person == crew.names.index(name)]


def absences(desk: Desk, crew: Crew) -> dict[str, set[date]]:
    """Return the local days on which somebody's missed shift begins."""
    zone, start = ZoneInfo(desk.time_zone), desk.timeline().start
    return {
        name: {
            (start + timedelta(seconds=d.start_s)).astimezone(zone).date() for d in duties_of(crew, name) if d.absent
        }
        for name in crew.names
    }


def at(desk: Desk, *wall: int) -> int:
    """Return the second of a local wall time."""
    moment = datetime(*wall, tzinfo=ZoneInfo(desk.time_zone))  # type: ignore[misc,arg-type]
    return int((moment - desk.timeline().start).total_seconds())


def test_head_k_is_the_same_human_in_every_scenario_and_world() -> None:
    base = abilities(crew_of(desk_of(), 1))
    many = desk_of({"aa": BACK, "front": FRONT.changed(heads=6, shift="night"), "zz": BACK})  # type: ignore[dict-item]
    assert base == abilities(crew_of(desk_of(), 2))
    assert base.items() < abilities(crew_of(many, 3)).items()
    assert len({str(ability) for ability in base.values()}) == len(base) == 5


def test_another_role_or_hire_seed_draws_other_people() -> None:
    base = abilities(crew_of(desk_of(), 1))
    leads = desk_of({"front": FRONT.changed(role="lead")})  # type: ignore[dict-item]
    assert abilities(crew_of(leads, 1))["lead#1"][0] != base["adviser#1"][0]
    assert abilities(crew_of(desk_of(staff={"hire_seed": 1}), 1))["adviser#1"] != base["adviser#1"]


def test_drawn_speeds_have_mean_1_and_the_stated_spread() -> None:
    """Lognormal with SD of log 0.3; 2,000 heads, 5 standard errors."""
    crew = crew_of(desk_of({"front": FRONT.changed(heads=2000)}, weeks=1), 1)  # type: ignore[dict-item]
    speed = crew.rate_ppm[:, 0] / 1e6
    assert (crew.rate_ppm[:, 0] == crew.rate_ppm[:, 1]).all()
    assert speed.mean() == pytest.approx(1, abs=5 * np.sqrt(np.expm1(0.09) / 2000))
    assert np.log(speed).std() == pytest.approx(0.3, rel=5 / np.sqrt(4000))
    assert crew.quality[:, 0].std() == pytest.approx(0.5, rel=5 / np.sqrt(4000))
    assert crew.courtesy.mean() == pytest.approx(0, abs=5 * 0.2 / np.sqrt(2000))
    drawn = np.corrcoef([np.log(speed), crew.quality[:, 0], crew.courtesy])
    assert np.abs(drawn - np.eye(3)).max() < 5 / np.sqrt(2000)


def test_the_order_of_a_file_plays_no_part() -> None:
    people = {name: Person(role="adviser", speed={"pay": 1.0 + n / 10}) for n, name in enumerate(("zoe", "ana", "bo"))}
    one = desk_of(staff={"persons": people})
    other = desk_of(
        {"back": BACK, "front": FRONT},
        staff={
            "persons": dict(reversed(people.items())),
            "shifts": {"night": NIGHT, "day": DAY},
            "teams": {"bank": Team(department="back"), "desk": Team(department="front")},
            "roles": {"lead": Role(skills=("answer", "pay"), speed_sd=0.3), "adviser": ADVISER},
        },
    )
    a, b = crew_of(one, 5), crew_of(other, 5)
    assert (a.names, a.seats, a.takes, a.duties, a.on_s, a.off_s) == (
        b.names,
        b.seats,
        b.takes,
        b.duties,
        b.on_s,
        b.off_s,
    )
    assert abilities(a) == abilities(b)


def test_named_people_take_the_seats_they_state_then_the_first_free_and_heads_fill_the_rest() -> None:
    """back#1, back#2, front#1 ... front#3 in order; bo states front, ana and zoe take what is first and free."""
    people = {"zoe": Person(role="adviser"), "ana": Person(role="adviser"), "bo": Person(role="adviser", seat="front")}
    assert people_of(desk_of(staff={"persons": people})) == {
        "ana": "back#1", "zoe": "back#2", "bo": "front#1", "adviser#1": "front#2", "adviser#2": "front#3",
    }  # fmt: skip


def test_seats_are_counted_not_spelt() -> None:
    where = people_of(desk_of({"front": FRONT.changed(heads=12)}))  # type: ignore[dict-item]
    assert list(where.items())[9:] == [(f"adviser#{n}", f"front#{n}") for n in (10, 11, 12)]


def test_exchanging_two_people_moves_the_ability_and_leaves_the_seat() -> None:
    desk = desk_of()
    assert people_of(desk)["adviser#1"] == "back#1"
    moved = desk.changed(seating={"adviser#1": "front#1", "adviser#3": "back#1"})
    before, after = crew_of(desk, 1), crew_of(moved, 1)  # type: ignore[arg-type]
    assert abilities(before) == abilities(after)
    for field in ("seats", "teams", "departments", "takes", "roles"):
        assert getattr(before, field) == getattr(after, field), field
    assert dict(zip(after.names, after.seats, strict=True)) == people_of(desk) | {
        "adviser#1": "front#1",
        "adviser#3": "back#1",
    }
    spans = {name: [(d.start_s, d.spans) for d in duties_of(before, name)] for name in before.names}
    assert [(d.start_s, d.spans) for d in duties_of(after, "adviser#1")] == spans["adviser#3"]
    assert [(d.start_s, d.spans) for d in duties_of(after, "adviser#3")] == spans["adviser#1"]


@pytest.mark.parametrize(
    ("seating", "message"),
    [
        ({"adviser#1": "front#1"}, "two persons share a seat"),
        ({"adviser#1": "lead#1", "lead#1": "back#1"}, "seat of another role"),
        ({"adviser#9": "front#1"}, "unknown person"),
        ({"adviser#1": "front#9"}, "unknown seat"),
    ],
)
def test_a_seating_that_is_no_exchange_within_a_role_is_refused(seating: dict[str, str], message: str) -> None:
    lead = FRONT.changed(role="lead", heads=1)
    with pytest.raises(ValueError, match=message):
        desk_of({"front": FRONT, "back": BACK, "lead": lead}, seating=seating)  # type: ignore[dict-item]


def test_more_named_people_than_seats_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no free seat of role 'adviser' is left"):
        desk_of(staff={"persons": {f"p{n}": Person(role="adviser") for n in range(6)}})


def test_absence_belongs_to_the_person_and_the_day_not_to_the_seat() -> None:
    """Both seats work by day, so that an exchange changes nothing but the chair; then one moves to another hour."""
    late = DAY.changed(hours="10:00-18:00")
    seats = {"front": FRONT, "back": BACK.changed(shift="day")}
    desk = desk_of(seats, weeks=8, staff={"shifts": {"day": DAY, "late": late}})  # type: ignore[arg-type]
    before = absences(desk, crew_of(desk, 1))
    exchanged = desk.changed(seating={"adviser#1": "front#1", "adviser#3": "back#1"})
    assert absences(exchanged, crew_of(exchanged, 1)) == before  # type: ignore[arg-type]
    moved = desk.changed(staff=desk.staff.changed(seats={"front": FRONT, "back": BACK.changed(shift="late")}))
    assert absences(moved, crew_of(moved, 1)) == before  # type: ignore[arg-type]
    assert len({frozenset(days) for days in before.values()}) == 5
    assert absences(desk, crew_of(desk, 2)) != before


def test_more_absence_keeps_every_missed_day() -> None:
    few, many = (desk_of(weeks=8, staff={"roles": {"adviser": ADVISER.changed(absent=p)}}) for p in (0.1, 0.4))
    one, other = absences(few, crew_of(few, 1)), absences(many, crew_of(many, 1))
    assert all(one[name] < other[name] for name in one)


def test_absence_comes_as_often_as_stated() -> None:
    """2,000 shifts at 0.2; 5 standard errors."""
    crew = crew_of(desk_of({"front": FRONT.changed(heads=50)}, weeks=8), 1)  # type: ignore[dict-item]
    missed = [duty.absent for duty in crew.duties]
    assert np.mean(missed) == pytest.approx(0.2, abs=5 * np.sqrt(0.16 / len(missed)))


def test_somebody_who_never_and_somebody_who_always_misses() -> None:
    people = {"ana": Person(role="adviser", absent=0.0), "bo": Person(role="adviser", absent=1.0, approved=False)}
    crew = crew_of(desk_of(staff={"persons": people}), 1)
    assert not any(duty.absent for duty in duties_of(crew, "ana"))
    assert all(duty.absent and not duty.approved for duty in duties_of(crew, "bo"))
    assert crew.on_s[crew.names.index("bo")] == ()


def test_abilities_of_a_named_person_are_as_stated_and_untrained_where_unstated() -> None:
    people = {
        "all": Person(role="adviser", quality={"pay": 0.7}, courtesy=0.3),
        "one": Person(role="adviser", speed={"answer": 1.25}, quality={"answer": 0.4}),
        "two": Person(role="adviser", speed={"answer": 1.25}, quality={"pay": -0.4}),
    }
    made = abilities(crew_of(desk_of(staff={"persons": people}), 1))
    assert made["all"] == ([1_000_000, 1_000_000], [0.0, 0.7], 0.3)
    assert made["one"] == ([1_250_000, 500_000], [0.4, -2.0], 0.0)
    assert made["two"] == ([1_250_000, 500_000], [0.0, -0.4], 0.0)


def test_a_person_is_on_duty_in_the_spans_of_the_shift_but_not_in_its_breaks() -> None:
    desk = desk_of(staff={"roles": {"adviser": ADVISER.changed(absent=0.0)}}, weeks=1)
    crew = crew_of(desk, 1)
    person = crew.names.index("adviser#3")
    assert crew.seats[person] == "front#1"
    hours = [(h, m) for h, m in ((9, 0), (12, 30))], [(h, m) for h, m in ((12, 0), (17, 0))]
    assert crew.on_s[person] == tuple(at(desk, 2026, 3, day, h, m) for day in range(2, 7) for h, m in hours[0])
    assert crew.off_s[person] == tuple(at(desk, 2026, 3, day, h, m) for day in range(2, 7) for h, m in hours[1])


def test_a_night_shift_is_cut_at_both_ends_of_the_run() -> None:
    """Seven nights begin within the week and one began before it: 00:00-06:00, six whole nights, 22:00-24:00."""
    desk = desk_of(staff={"roles": {"adviser": ADVISER.changed(absent=0.0)}}, weeks=1)
    crew = crew_of(desk, 1)
    spans = list(zip(crew.on_s[0], crew.off_s[0], strict=True))
    assert spans[0] == (0, 6 * 3600)
    assert spans[-1] == (desk.until_s() - 7200, desk.until_s())
    assert [end - begin for begin, end in spans[1:-1]] == [8 * 3600] * 6


def test_shifts_that_touch_are_one_span_but_two_duties() -> None:
    around = Shift(days=WEEK, hours="08:00-08:00")
    seats = {"front": FRONT.changed(shift="around", heads=1)}
    roles = {"adviser": ADVISER.changed(absent=0.0)}
    desk = desk_of(seats, weeks=1, staff={"shifts": {"around": around}, "roles": roles})  # type: ignore[arg-type]
    crew = crew_of(desk, 1)
    assert len(crew.duties) == 8
    assert (crew.on_s, crew.off_s) == (((0,),), ((desk.until_s(),),))


@pytest.mark.parametrize(("start", "hours"), [(date(2026, 3, 23), 7), (date(2026, 10, 19), 9), (date(2026, 6, 1), 8)])
def test_a_night_over_a_clock_change_lasts_an_hour_less_or_more(start: date, hours: int) -> None:
    """In Berlin clocks change in the nights to 29 March and 25 October 2026; the shift is 22:00-06:00 by the wall."""
    roles = {"adviser": ADVISER.changed(absent=0.0)}
    desk = desk_of(staff={"roles": roles}, start=start, weeks=1, time_zone="Europe/Berlin")
    night = duties_of(crew_of(desk, 1), "adviser#1")[6]
    assert night.start_s == at(desk, *(start + timedelta(days=5)).timetuple()[:3], 22)
    assert night.end_s - night.start_s == hours * 3600


def test_a_calendar_takes_holidays_off_and_puts_make_up_days_on() -> None:
    """Labour Day 2026: Friday 1 May is off, Saturday 9 May is made up."""
    office = Calendar(
        hours=dict.fromkeys(WORKDAYS, ("09:00-17:00",)), holidays=(date(2026, 5, 1),), make_up_days=(date(2026, 5, 9),)
    )
    roles = {"adviser": ADVISER.changed(absent=0.0)}
    desk = desk_of(
        {"front": FRONT.changed(heads=1)}, start=date(2026, 4, 27), weeks=2, calendars={"office": office},
        staff={"shifts": {"day": DAY.changed(calendar="office")}, "roles": roles},
    )  # type: ignore[dict-item]  # fmt: skip
    days = [desk.timeline().day(duty.start_s) - desk.start.toordinal() for duty in crew_of(desk, 1).duties]
    assert days == [0, 1, 2, 3, 7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize("clock_s", [600, 3600])
def test_a_coarse_clock_moves_every_edge_to_the_grain_before_it(clock_s: int) -> None:
    shift = {"day": DAY.changed(hours="09:15-16:50", breaks=("12:05-12:10", "13:00-14:00")), "night": NIGHT}
    roles = {"adviser": ADVISER.changed(absent=0.0)}
    fine = crew_of(desk_of(staff={"shifts": shift, "roles": roles}), 1)
    coarse = crew_of(desk_of(staff={"shifts": shift, "roles": roles}, clock_s=clock_s), 1)
    for a, b in zip(fine.duties, coarse.duties, strict=True):
        moved = [(x // clock_s * clock_s, y // clock_s * clock_s) for x, y in a.spans]
        assert b.spans == tuple(span for span in moved if span[1] > span[0])
    assert all(s % clock_s == 0 for spans in (*coarse.on_s, *coarse.off_s) for s in spans)
    assert all(
        a < b for on, off in zip(coarse.on_s, coarse.off_s, strict=True) for a, b in zip(off, on[1:], strict=False)
    )


def test_a_shift_that_is_all_break_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the breaks leave nothing of the shift 09:00-17:00"):
        Shift(days=WORKDAYS, hours="09:00-17:00", breaks=("09:00-12:00", "12:00-17:00"))


def test_two_roles_whose_names_have_one_code_are_refused() -> None:
    roles = {"adviser": ADVISER, "lead": ADVISER, "plumless": ADVISER, "buckeroo": ADVISER}
    with pytest.raises(ValueError, match=r"staff\.roles: 'plumless' and 'buckeroo' would be given the same chance"):
        crew_of(desk_of(staff={"roles": roles}), 1)


def test_nobody_is_faster_than_the_model_can_count() -> None:
    """A log speed beyond log 1000 is one of 10,000 heads even at an SD of 3.7; the hire of seed 2689 has one."""
    parts = {"roles": {"adviser": ADVISER.changed(speed_sd=3.7)}, "hire_seed": 2689}
    crew = crew_of(desk_of({"front": FRONT.changed(heads=20)}, staff=parts, weeks=1), 1)  # type: ignore[dict-item]
    assert crew.rate_ppm.max() == 10**9
    with pytest.raises(ValueError, match="less than or equal to 1000"):
        Person(role="adviser", speed={"answer": 1001.0})


def test_one_more_head_moves_the_later_heads_of_the_role() -> None:
    """Seats in their order: back#1, back#2, front#1 ... With a third seat at the back, adviser#3 sits there."""
    base, more = desk_of(), desk_of({"front": FRONT, "back": BACK.changed(heads=3)})  # type: ignore[dict-item]
    assert (people_of(base)["adviser#3"], people_of(more)["adviser#3"]) == ("front#1", "back#3")


def test_what_a_desk_alone_decides_is_made_once_and_a_changed_desk_gets_its_own() -> None:
    desk = desk_of()
    one, other = crew_of(desk, 1), crew_of(desk, 2)
    assert one.rate_ppm is other.rate_ppm
    roles = {name: role.changed(speed_sd=role.speed_sd + 0.5) for name, role in desk.staff.roles.items()}
    changed = crew_of(desk.changed(staff=desk.staff.changed(roles=roles)), 1)  # type: ignore[arg-type]
    assert (changed.rate_ppm != one.rate_ppm).any()


def test_duties_and_stays_tell_the_same_as_their_arrays() -> None:
    """A person's stays are the spans of the duties that were not missed, neighbours joined."""
    desk = desk_of(staff={"roles": {name: r.changed(absent=0.3) for name, r in desk_of().staff.roles.items()}})
    crew = crew_of(desk, 3)
    assert {duty.absent for duty in crew.duties} == {True, False}
    for person in range(len(crew)):
        joined: list[list[int]] = []
        for begin, end in (s for d in crew.duties if d.person == person and not d.absent for s in d.spans):
            if joined and joined[-1][1] == begin:
                joined[-1][1] = end
            else:
                joined.append([begin, end])
        assert list(zip(crew.on_s[person], crew.off_s[person], strict=True)) == [tuple(stay) for stay in joined]


def test_in_a_wave_of_flu_more_are_absent_and_whoever_was_absent_still_is() -> None:
    """Everybody of the role in the wave at a chance of 1, nobody before or after beyond the usual."""
    wave = Absences(first_day=date(2026, 3, 4), last_day=date(2026, 3, 6), absent=1.0, roles=("adviser",))
    plain, ill = desk_of(), desk_of(staff={"absences": {"flu": wave}})
    before, after = (absences(desk, crew_of(desk, 3)) for desk in (plain, ill))
    flu = {date(2026, 3, day) for day in (4, 5, 6)}
    for name, days in after.items():
        assert days - flu == before[name] - flu
        assert days >= flu
    mild = desk_of(staff={"absences": {"flu": wave.changed(absent=0.1)}})
    assert absences(mild, crew_of(mild, 3)) == before  # the role's own 0.2 is higher
    others = desk_of(staff={"absences": {"flu": wave.changed(roles=("lead",))}})
    assert absences(others, crew_of(others, 3)) == before


def test_a_desk_may_have_nobody_who_is_ever_on_duty() -> None:
    """A week from Monday to Friday, all of it a festival."""
    days = tuple(date(2026, 3, 2 + day) for day in range(5))
    closed = Calendar(hours=dict.fromkeys(WORKDAYS, ("09:00-17:00",)), holidays=days)
    shifts = {"day": DAY.changed(calendar="closed")}
    desk = desk_of({"front": FRONT.changed(heads=2)}, staff={"shifts": shifts}, weeks=1, calendars={"closed": closed})  # type: ignore[dict-item]
    crew = crew_of(desk, 1)
    assert crew.duties == ()
    assert crew.on_s == ((), ())
