"""The marks of a study: the points of the rubric, without a table for every run."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from scenarios.files.desks import read
from scenarios.files.rubrics import load_rubric
from sim import fast, sample
from sim.kpi.rubric import following, score_tally, tally
from sim.lab import counted, counts_of, marks_of, month_of_desk, pooled, role_of


@pytest.fixture(scope="module")
def logs():
    """Return two months of the small academy, and whom it is about."""
    desk, month = month_of_desk(read("academy_small").desk)
    return [fast.run(desk, sample(desk, seed))[0] for seed in (1, 2)], month, role_of(desk, "service_agent")[0]


@pytest.mark.parametrize("name", ["aftersales_100", "fair_merge", "techsupport_4d", "training_6d", "learner_service"])
def test_marks_of_many_runs_are_those_of_the_score_of_each(logs, name):
    """Totals, items, tiers and pay of every run as `score_tally` and `following` give them for the month alone."""
    rubric = load_rubric(name)
    rubric = rubric.changed(
        period="month", review=None,
        profiles={key: each.changed(period=None, review=None) for key, each in rubric.profiles.items()},
    )  # fmt: skip
    runs, month, people = logs
    tallies = [tally(log, rubric, begin=month.begin, end=month.end, role="service_agent") for log in runs]
    made = marks_of(rubric, "service_agent", len(people), [counts_of(each, people) for each in tallies])
    for run, each in enumerate(tallies):
        frame = score_tally(rubric, each, level=None).sort("person")
        assert frame["person"].cast(pl.String).to_list() == people
        assert np.array_equal(made.of("objective")[run, 0], frame["total"].fill_null(np.nan), equal_nan=True)
        names = [None if rank < 0 else rubric.tiers[rank].name for rank in made.tiers[run, 0]]
        assert names == frame["tier"].to_list()
        paid = following(frame, rubric).people.sort("person")["pay"].fill_null(np.nan)
        assert np.array_equal(made.of("pay")[run, 0], paid, equal_nan=True)
        for row, items in enumerate(frame["items"].to_list()):
            known = {item["name"]: item for item in items if f"item.{item['name']}" in made.names}
            assert known
            for item in known.values():
                for what, key in (("kpi", "value"), ("item", "points")):
                    value = made.of(f"{what}.{item['name']}")[run, 0, row]
                    assert value == item[key] or (item[key] is None and np.isnan(value))


@pytest.mark.parametrize("name", ["aftersales_100", "fair_merge", "learner_service", "training_6d"])
def test_counts_of_a_log_are_those_of_its_tally(logs, name):
    rubric, (runs, month, people) = load_rubric(name), logs
    quick = counted(runs[0], rubric, month.begin, month.end, people)
    plain = counts_of(tally(runs[0], rubric, begin=month.begin, end=month.end), people)
    assert quick.reasons == plain.reasons
    assert np.array_equal(quick.duty, plain.duty)
    assert {key for key, rows in quick.facts.items() if rows.size} == set(plain.facts)
    assert all(np.array_equal(quick.facts[key], rows) for key, rows in plain.facts.items())


def test_months_of_one_run_are_scored_apart_and_their_sums_together(logs):
    """Of the month's two halves each has its own marks, and its tickets add up to the month's."""
    rubric, (runs, month, people) = load_rubric("aftersales_100"), logs
    counts = [counts_of(tally(log, rubric, begin=month.begin, end=month.end), people) for log in runs]
    half = date(month.begin.year, month.begin.month, 16)
    days = np.array([day.toordinal() for day in (month.begin, half, month.end)])
    halves = marks_of(rubric, "service_agent", len(people), counts, days)
    whole = marks_of(rubric, "service_agent", len(people), counts)
    assert halves.values.shape == (len(whole.names), 2, 2, len(people))
    assert (halves.tickets.max(axis=1) < whole.tickets[:, 0]).all()
    assert (halves.tickets.sum(axis=1) >= whole.tickets[:, 0]).all()
    first = tally(runs[0], rubric, begin=month.begin, end=half)
    alone = marks_of(rubric, "service_agent", len(people), [counts_of(first, people)])
    assert np.array_equal(alone.of("objective")[0, 0], halves.of("objective")[0, 0], equal_nan=True)


def test_pooled_counts_are_those_of_merged_tallies(logs):
    rubric, (runs, month, people) = load_rubric("aftersales_100"), logs
    tallies = [tally(log, rubric, begin=month.begin, end=month.end) for log in runs]
    made = pooled([counts_of(each, people) for each in tallies])
    merged = counts_of(type(tallies[0]).merged([each.in_one(month.begin) for each in tallies]), people)
    for name, rows in merged.facts.items():
        assert np.array_equal(np.delete(rows, 1, axis=0), np.delete(made.facts[name], 1, axis=0))
    assert np.array_equal(merged.duty[[0, 2]], made.duty[[0, 2]])


def test_an_unknown_measure_is_refused_with_those_that_there_are(logs):
    rubric, (runs, month, people) = load_rubric("aftersales_100"), logs
    counts = counts_of(tally(runs[0], rubric, begin=month.begin, end=month.end), people)
    with pytest.raises(KeyError, match="no measure 'total'; known: kpi\\."):
        marks_of(rubric, "service_agent", len(people), [counts]).of("total")
