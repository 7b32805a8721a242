"""Oldest ticket to longest idle, exactly known: raw volume ranks by permission, not by ability, and the lab says so."""

import json

import numpy as np
import pytest

from benchmarks.exact import oldest_to_longest_idle
from sim.desk import Desk
from sim.lab import Setting, split
from sim.lab.trials import trials
from tests.lab_desks import short_rubric

SPEEDS = {"ann": 1.0, "ben": 0.8, "cas": 1.3}
RATES, TAKES = [0.5, 0.5, 0.3], [["x"], ["x", "y"], ["y", "z"]]
"""Tickets of kinds x, y and z in the time that one takes at speed 1; what the seats of ann, ben and cas may take."""
UNIT_MIN = 10.0


def alis_desk() -> Desk:
    """Return the desk of the exact result, open day and night, in units of ten minutes."""
    always = {"all": {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "hours": "00:00-24:00"}}
    kinds = {
        name: {
            "category": "c", "per_week": rate * 7 * 24 * 60 / UNIT_MIN, "priorities": {"normal": 1.0},
            "route": [{"department": "d", "skill": name, "work": {"law": "exponential", "mean_min": UNIT_MIN}}],
        }
        for name, rate in zip("xyz", RATES, strict=True)
    }  # fmt: skip
    seat = {"role": "agent", "team": "t", "shift": "all"}
    data = {
        "start": "2026-03-01", "weeks": 2, "priorities": ["normal"], "demand": {"kinds": kinds},
        "routing": {"policy": "longest_idle"},
        "staff": {
            "roles": {"agent": {"skills": ["x", "y", "z"]}}, "teams": {"t": {"department": "d"}}, "shifts": always,
            "seats": {f"s{at}": seat | {"takes": takes} for at, takes in enumerate(TAKES)},
            "persons": {
                name: {"role": "agent", "seat": f"s{at}", "speed": dict.fromkeys("xyz", speed)}
                for at, (name, speed) in enumerate(SPEEDS.items())
            },
        },
    }  # fmt: skip
    return Desk.model_validate_json(json.dumps(data))


def volume_and_time():
    """Return a rubric of tickets resolved over the mean of the role, and of the work that a ticket takes."""
    both = [
        {"name": "volume", "category": "work", "max_points": 50, "kpi": "tickets_resolved", "statistic": "relative",
         "per": "ticket", "best": 200.0, "worst": 0.0, "bands": [
             {"lower": 100, "low_points": 25, "high_points": 50}, {"upper": 100, "low_points": 0, "high_points": 25}]},
        {"name": "work", "category": "work", "max_points": 50, "kpi": "work_min_mean", "statistic": "figure",
         "unit": "min", "best": 0.0, "worst": 40.0, "bands": [
             {"upper": 10, "low_points": 25, "high_points": 50}, {"lower": 10, "low_points": 0, "high_points": 25}]},
    ]  # fmt: skip
    return short_rubric(items=both)


def test_raw_volume_puts_who_may_take_least_last_as_exactly_known():
    """Flows .327, .399, .574 of 1.3: ann, who may take one kind only, is last, though she is quicker than ben."""
    flows = oldest_to_longest_idle(RATES, list(SPEEDS.values()), [[0], [0, 1], [1, 2]]).taken
    each = np.array([sum(rate * share[at] for rate, share in zip(RATES, flows, strict=True)) for at in range(3)])
    setting = Setting(alis_desk(), volume_and_time(), "agent", 3)
    lived = setting.lived([setting.base])
    volume = lived.of("kpi.volume")[:, 0].mean(axis=0) / 100
    assert each == pytest.approx([0.3274, 0.3989, 0.5738], abs=1e-4)
    assert volume == pytest.approx(3 * each / each.sum(), abs=0.05)
    assert volume.argmin() == 0
    work = lived.of("kpi.work")[:, 0].mean(axis=0)
    assert work == pytest.approx([10 / speed for speed in SPEEDS.values()], abs=0.6)
    assert np.argsort(-work).tolist() == [1, 0, 2]  # ben, ann, cas: the order of ability


def test_the_laboratory_calls_volume_the_seat_s_and_work_per_ticket_the_person_s():
    """Everybody in every seat: most of what differs in volume goes with the seat, of the time per ticket with whom."""
    found = trials(alis_desk(), [volume_and_time()], "agent", range(1, 5), seatings=3)
    marks = found.marks(volume_and_time())
    volume, work = (split(found.shaped(marks.of(name)), found.seats) for name in ("kpi.volume", "kpi.work"))
    assert volume.seat.mean > 0.5 > volume.merit.mean
    assert work.merit.mean > 0.8
    assert abs(work.seat.mean) < 0.1
    people = found.shaped(marks.of("kpi.volume")).mean(axis=(0, 1))
    assert np.argsort(people).tolist() == [1, 0, 2]  # over all seats alike, volume has the order of ability, too
