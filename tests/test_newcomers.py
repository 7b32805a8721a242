"""Newcomers: how far they are behind, how fast that goes, and that they are the same people in every scenario."""

import itertools
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from sim import fast, model, sample
from sim.crew import crew_of, named
from sim.desk import (
    Demand,
    Desk,
    Kind,
    Law,
    Learning,
    Newcomers,
    Outcome,
    Person,
    Role,
    Routing,
    Schedule,
    Seat,
    Shift,
    Staff,
    Stage,
    Team,
)
from sim.lab.judges import aspects
from tests.watched import assert_same

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HALF = Learning(speed_log=float(np.log(2)), quality=1.0, half_life_weeks=1.0)
"""A complete newcomer works at half the speed; half of the deficit is gone after a week."""


def desk_of(
    learning: Learning | None,
    at: str = "10:00",
    per_week: float = 0.0,
    work_min: float = 10.0,
    heads: int = 1,
    **changes: Any,
) -> Desk:
    """Return a desk of ana, who is new, around the clock, and a ticket of ten minutes every day."""
    person = Person(role="adviser", tenure_weeks=None if learning is None else 0.0)
    kind = Kind(
        category="c", per_week=per_week, priorities={"normal": 1.0},
        schedules={} if per_week else {"daily": Schedule(days=WEEK, at=(at,), tickets=1)},
        route=(Stage(department="d", skill="talk", work=Law(law="constant", mean_min=work_min)),),
    )  # fmt: skip
    staff: dict[str, Any] = {
        "roles": {"adviser": Role(skills=("talk",), speed_sd=0.2, learning=learning)},
        "teams": {"t": Team(department="d")}, "shifts": {"all": Shift(days=WEEK, hours="00:00-24:00")},
        "seats": {"s": Seat(role="adviser", team="t", takes=("talk",), shift="all", heads=heads)},
        "persons": {"ana": person},
    }  # fmt: skip
    staff |= changes.pop("staff", {})
    given: dict[str, Any] = {"start": date(2026, 3, 2), "weeks": 3, "priorities": ("normal",)}
    return Desk(demand=Demand(kinds={"question": kind}), staff=Staff(**staff), **(given | changes))


def durations_s(desk: Desk) -> list[int]:
    """Return how long each touch lasted, in their order; both engines must agree."""
    world = sample(desk, 1)
    one, other = model.run(desk, world), fast.run(desk, world)
    assert_same(one, other)
    rows = one[0].touches.sort("started_s").filter(pl.col("ended_s").is_not_null())
    return [int(s) for s in rows["ended_s"] - rows["started_s"]]


def test_the_work_of_a_newcomer_takes_as_long_as_the_curve_says():
    """Ten minutes of work; deficit of log speed ln 2 x 2^(-t), t in weeks, so the pace is 2^-(2^-t).

    Day 0: 2^-1, 600 / 0.5 = 1,200 s. Day 7: 2^-0.5 = 0.70711, 848.53, so 849 s. Day 14: 2^-0.25 = 0.84090, 713.52, so
    714 s. Who was there for a week before is on day 0 where the newcomer is on day 7.
    """
    found = durations_s(desk_of(HALF))
    assert (found[0], found[7], found[14]) == (1200, 849, 714)
    assert all(a >= b for a, b in itertools.pairwise(found))
    persons = {"ana": Person(role="adviser", tenure_weeks=1.0)}
    assert durations_s(desk_of(HALF, staff={"persons": persons}))[:14] == found[7:]


def test_work_goes_on_at_the_pace_of_its_begin_and_after_a_night_at_that_of_the_new_day():
    """The day ends at 17:00. Begun at 16:55 on day 0 at pace 1/2: 150 s of 600 are done, 450 are left.

    Day 1: left of the deficit 2^(-1/7) = 0.905724, pace 2^-0.905724 = 0.533765, 450 / 0.533765 = 843.07, so until
    09:14:04. Around the clock, what was begun at 23:55 on day 0 is done at pace 1/2 to its end: 1,200 s.
    """
    shifts = {"all": Shift(days=WEEK, hours="09:00-17:00")}
    desk = desk_of(HALF, "16:55", staff={"shifts": shifts}, routing=Routing(at_shift_end="carry_over"))
    log, _ = fast.run(desk, sample(desk, 1))
    first = log.touches.sort("started_s").row(0, named=True)
    assert (first["started_s"], first["ended_s"]) == (60 * 1015, 86_400 + 9 * 3600 + 844)
    assert first["work_s"] == 300 + 844
    assert durations_s(desk)[0] == first["ended_s"] - first["started_s"]
    assert durations_s(desk_of(HALF, "23:55"))[0] == 1200


def test_a_newcomer_solves_as_the_logistic_says_and_nothing_that_a_settled_one_would_not():
    """Solved with chance 1/2 when settled; a logit less, that hardly wears off, leaves 1 / (1 + e) = 0.2689.

    1,500 tickets a week for three weeks, each worked on for a minute; unsolved ones come back after an hour. Four
    standard errors.
    """
    lasting = Learning(speed_log=0.0, quality=1.0, half_life_weeks=1e6)
    outcome = Outcome(solved_logit=0.0, reopen_after=Law(law="constant", mean_min=60.0))
    solved = []
    for learning in (lasting, None):
        desk = desk_of(learning, per_week=1500.0, work_min=1.0, outcome=outcome)
        tickets = fast.run(desk, sample(desk, 1))[0].tickets.filter(pl.col("first_resolved_s") < 20 * 86_400)
        solved.append(set(tickets.filter(reopens=0)["ticket"]))
        share = 1 / (1 + np.e) if learning else 0.5
        n = tickets.height
        assert len(solved[-1]) / n == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))
    assert solved[0] < solved[1]


def test_who_has_been_there_for_ages_is_like_all_others_and_nobody_else_is_touched():
    persons = {"ana": Person(role="adviser", tenure_weeks=1000.0)}
    long_ago = desk_of(HALF, staff={"persons": persons}, heads=2)
    settled = desk_of(None, heads=2)
    one, other = (fast.run(desk, sample(desk, 1)) for desk in (long_ago, settled))
    for name in ("moments", "touches", "shifts", "tickets"):
        assert getattr(one[0], name).equals(getattr(other[0], name))
    assert one[1].people["tenure_weeks"].to_list() == [1000.0, None]
    crew = crew_of(desk_of(HALF, heads=2), 1)
    assert crew.tenure_weeks.tolist() == [0.0, np.inf]
    assert (crew.pace_ppm[1] == 1_000_000).all() and not crew.lacks[1].any()
    assert crew_of(settled, 1).pace_ppm.shape == (2, 0)


def test_head_k_is_new_or_not_in_every_scenario_and_a_larger_share_keeps_those_of_a_smaller():
    """2,000 heads, 5 standard errors; newcomers joined within eight weeks, four on average."""

    def heads(new: Newcomers | None) -> Any:
        role = Role(skills=("talk",), speed_sd=0.2, quality_sd=0.3, learning=HALF, newcomers=new)
        return crew_of(desk_of(HALF, heads=2001, weeks=1, staff={"roles": {"adviser": role}}), 1)

    nobody, few, many = heads(None), heads(Newcomers(share=0.3, within_weeks=8.0)), heads(Newcomers(share=0.6))
    for crew in (few, many):
        np.testing.assert_array_equal(crew.rate_ppm, nobody.rate_ppm)
        np.testing.assert_array_equal(crew.quality, nobody.quality)
    new = [np.isfinite(crew.tenure_weeks[1:]) for crew in (nobody, few, many)]
    assert not new[0].any() and new[2][new[1]].all()
    assert new[1].mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / 2000))
    since = few.tenure_weeks[1:][new[1]]
    assert since.min() > 0 and since.max() <= 8
    assert since.mean() == pytest.approx(4.0, abs=5 * 8 / np.sqrt(12 * len(since)))
    speed = np.log(few.rate_ppm[1:, 0])
    assert abs(np.corrcoef(speed, new[1])[0, 1]) < 5 / np.sqrt(2000)


def test_newcomers_who_get_a_name_stay_new():
    role = Role(skills=("talk",), learning=HALF, newcomers=Newcomers(share=0.5, within_weeks=2.0))
    desk = desk_of(HALF, heads=8, staff={"roles": {"adviser": role}})
    before, after = crew_of(desk, 1), crew_of(named(desk), 1)
    assert 1 < np.isfinite(before.tenure_weeks).sum() < 8
    np.testing.assert_array_equal(after.tenure_weeks, before.tenure_weeks)
    np.testing.assert_array_equal(after.pace_ppm, before.pace_ppm)


def test_judges_see_newcomers_as_they_are_in_the_period():
    """Deficits in log speed are ln 2 x 2^-t, means of 21 days: of ana, of ben, who is a week ahead, and none of cas."""
    persons = {
        name: Person(role="adviser", tenure_weeks=weeks) for name, weeks in (("ana", 0.0), ("ben", 1.0), ("cas", None))
    }
    desk = desk_of(HALF, heads=3, staff={"persons": persons})
    cells = pl.DataFrame(
        {"person": list(persons), "period": "2026-03", "role": "adviser", "team": "t", "profile": None}
    )
    first = desk.start.toordinal()
    found = aspects(*fast.run(desk, sample(desk, 1)), cells.with_columns(first=first, last=first + 20), desk)
    ana = -np.mean([2 ** -(day / 7) for day in range(21)])
    lacks = np.array([ana, ana / 2, 0.0])
    for name in ("speed", "quality"):
        assert found[name].to_numpy() == pytest.approx((lacks - lacks.mean()) / lacks.std(), abs=1e-5)
    assert found["courtesy"].to_list() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: Role(skills=("talk",), newcomers=Newcomers(share=0.3)), "newcomers.share = 0.3 needs a learning"),
        (lambda: desk_of(None, staff={"persons": {"ana": Person(role="adviser", tenure_weeks=2.0)}}),
         "staff.persons.ana: tenure_weeks = 2 needs a learning curve"),
        (lambda: Person(role="adviser", tenure_weeks=-1.0), "greater than or equal to 0"),
        (lambda: Learning(half_life_weeks=0.0), "greater than 0"),
        (lambda: Learning(speed_log=6.0), "less than or equal to 5"),
        (lambda: Newcomers(share=1.2), "less than or equal to 1"),
    ],
)  # fmt: skip
def test_bad_input_is_named(change: Any, message: str):
    with pytest.raises(ValueError, match=message):
        change()
