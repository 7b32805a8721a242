"""Work that may wait: an inventory with due dates, a cut where it is too rosy, and what a plan leaves undone."""

import json

import numpy as np
import pytest

from optimize.master import Limits, master
from optimize.partly import nearest, spans
from optimize.staffing import staff
from optimize.workload import Batch, workload
from scenarios.cli import main
from sim.calendar import Calendar
from sim.desk import Curve, Law
from sim.sla import Clause, Sla
from sim.sla import Target as Promise
from tests.conftest import WEEK
from tests.test_staffing import OFFICE, desk, flat, kind

OPEN = {"office": Calendar(hours=dict.fromkeys(WEEK[:5], ("09:00-12:00", "13:00-18:00")))}
LATE = ["response_overdue_rate<=0.1"]


def monday(clause, tickets=150.0, minutes=24.0, days=(8.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)):
    """A desk of office hours where two thirds of a week's 150 tickets of 24 minutes come on Monday."""
    sla = Sla(priorities={"normal": Promise(response=clause)})
    made = desk({"a": kind("a", tickets)}, {"g": ("a",)}, shift=OFFICE, sla=sla, calendars=OPEN, weeks=2)
    stage = made.demand.kinds["a"].route[0].changed(work=Law(law="constant", mean_min=minutes))
    kinds = {"a": made.demand.kinds["a"].changed(curve="days", route=(stage,))}
    curves = {"days": Curve(days=days, hours=(0.0,) * 9 + (1.0,) * 8 + (0.0,) * 7)}
    return made.changed(demand=made.demand.changed(kinds=kinds, curves=curves))


def test_two_working_days_let_a_quiet_tuesday_pay_for_a_busy_monday():
    """40 of 60 person-hours come within Monday's 8 hours: on time they take 5 heads and more, by Wednesday 2 do."""
    at_once = staff(monday(Clause(target_min=30, calendar="office")), LATE, worlds=4, trials=12)
    later = staff(monday(Clause(working_days=2, calendar="office")), LATE, worlds=4, trials=12)
    assert at_once.status == later.status == "confirmed"
    assert later.seats["g"] < at_once.seats["g"]
    assert at_once.seats["g"] >= 5
    assert later.seats["g"] <= 3


def test_work_waits_over_the_weekend_for_a_clause_of_working_days():
    """Friday 10:00 + 2 working days is Tuesday 10:00, 96 hours later; Monday 10:00 + 2 is Wednesday 10:00."""
    (batch,) = [b for b in workload(monday(Clause(working_days=2, calendar="office"))) if b.work_h.sum() > 1]
    assert (batch.wait_h[4 * 24 + 10], batch.wait_h[10]) == (95, 47)


def test_where_the_inventory_is_too_rosy_the_simulation_adds_heads():
    """38 person-hours in 40 of duty: on average one head does, but tickets of two hours come in lumps."""
    rosy = monday(Clause(target_min=120, calendar="office"), 19.0, 120.0, (1.0,) * 5 + (0.0,) * 2)
    told = []
    plan = staff(rosy, LATE, worlds=4, trials=20, on_progress=told.append)
    first = master(rosy, workload(rosy))
    assert plan.status == "confirmed"
    assert plan.seats["g"] > first.heads["g"]
    assert any(trial.seats == first.heads and trial.missed for trial in told)


# --- the plan that comes nearest ---


def test_the_nearest_plan_says_what_it_leaves_undone():
    """Work for five heads in two hours of Monday and one else; at most three leave 2 + 2 person-hours."""
    one = desk({"a": kind("a", 1.0)}, {"g": ("a",)})
    work = np.where(np.isin(np.arange(168), (9, 10)), 5.0, 1.0)
    found = nearest(one, Limits(at_most={"g": 3}), [Batch("a", work, (0,) * 168)])
    assert found.seats == {"g": 3}
    (unmet,) = found.unmet
    assert (unmet.skill, unmet.hours, unmet.person_h) == ("a", (9, 10), pytest.approx(4.0))
    assert spans(unmet.hours) == "mon 09-11"


def test_limits_that_collide_themselves_leave_no_nearest_plan():
    one = desk({"a": kind("a", 1.0)}, {"g": ("a",)})
    assert nearest(one, Limits(at_least={"g": 4}, budget=2.0), [flat("a", 1)]) is None


@pytest.mark.parametrize(("lang", "said"), [("en", "It does not do in time:"), ("zh", "它不能按时完成")])
def test_the_command_tells_what_the_nearest_plan_leaves_undone(capsys, lang, said):
    assert main(["staff", "n_design", "--at-most", "pool_1=1", "--lang", lang, "--json"]) == 1
    heard = capsys.readouterr()
    assert said in heard.err
    partly = json.loads(heard.out)["infeasible"]["partly"]
    assert partly["seats"]["pool_1"] == 1
    (unmet,) = partly["unmet"]
    assert (unmet["skill"], unmet["person_h"]) == ("skill_1", pytest.approx(168 * 2.0, rel=0.01))
    assert unmet["hours"].startswith("mon 00-24, tue 00-24")


# --- horizons ---


def test_a_horizon_of_one_shift_and_one_of_a_year_are_planned():
    """One shift a week, one day's work in it; and the same desk over 52 weeks, of which a world plays all."""
    shift = OFFICE.changed(days=("mon",))
    short = desk({"a": kind("a", 20.0, curve="office")}, {"g": ("a",)}, shift=shift)
    long = short.changed(weeks=52)
    for one in (short, long):
        plan = staff(one, ["wait_mean<=3000"], worlds=2, trials=6)
        assert plan.seats["g"] >= 1
        assert plan.status in ("confirmed", "unconfirmed")
        assert plan.status == "confirmed" or plan.in_question
