"""On a desk where three in ten pick the easy tickets, what they gain is told from what people can do."""

import numpy as np
import pytest
from scipy import stats

from scenarios.files.rubrics import load_rubric
from sim.desk import Pull, Routing, honest
from sim.lab import fairness
from tests.test_conduct import desk, kind, minutes

SPEEDS = np.exp(np.linspace(-0.2, 0.2, 10))
PICKERS = (1, 4, 7)
"""Of ten people from slow to fast, so spread that picking goes with no ability."""


@pytest.fixture(scope="module")
def studies():
    """Return the split of a month of ten people, as lived and where nobody picks: easy tickets take 5 min, hard 20."""
    kinds = {"easy": kind(work=5.0).changed(per_week=7500.0), "hard": kind(work=20.0).changed(per_week=5000.0)}
    people = {f"p{at}": {"cherry_pick": 0.9} if at in PICKERS else {} for at in range(10)}
    made = desk(
        people, kinds, hours="09:00-17:00", weeks=5, routing=Routing(mode="pull", pull=Pull(look_around=minutes(0.1)))
    )
    persons = {
        name: person.changed(speed={"answer": float(speed)})
        for (name, person), speed in zip(made.staff.persons.items(), SPEEDS, strict=True)
    }
    made = made.changed(staff=made.staff.changed(persons=persons))
    rubric = load_rubric("aftersales_100")
    return [fairness(each, rubric, "adviser", 4, seatings=2, unseen=1) for each in (made, honest(made))]


def test_picking_the_easy_tickets_is_conduct_and_no_merit(studies):
    """Tickets resolved: the pickers lead, whoever they are. Ability shows less, for all others get the hard
    tickets, of which a fast one does few more; it is there all the same, and none of the gain counts as ability.
    """
    lived, plain = (study.measures["kpi.volume"] for study in studies)
    assert lived.conduct.low > 0.5
    assert lived.merit.high < 0.5
    assert lived.merit.low > 0
    assert lived.merit.mean * lived.variance.mean < plain.merit.mean * plain.variance.mean
    assert plain.conduct.mean == 0 and plain.merit.low > 0.9


def test_the_effect_of_a_person_follows_ability_only_where_nobody_picks(studies):
    means = [study.arrays.lived["kpi.volume"].mean(axis=(0, 1)) for study in studies]
    with_pickers, without = (stats.spearmanr(mean, SPEEDS).statistic for mean in means)
    assert without == pytest.approx(1)
    assert with_pickers < 0.7
    assert set(np.argsort(means[0])[-3:]) == set(PICKERS)
