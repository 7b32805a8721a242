"""How sums are made plays no part: in which pieces, by how many threads, for all cells or those that occur."""

import pickle
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.calendar import Timeline
from sim.kpi import KPIS, STANDARD, Kpi, count, counter, finish, kernels, measure, tallies
from sim.kpi.kernels import NONE, Ints, frozen
from sim.kpi.mechanism import ONE, Finish, Term
from sim.kpi.statistics import GRID
from sim.kpi.wide import carried, floats, product, series
from sim.log import Log
from tests.test_kpi import LOG, SPLITS, desk, equal

HUGE = 2**41 - 1


@pytest.mark.parametrize(("by", "attribution"), SPLITS)
def test_the_sums_of_cells_that_occur_are_those_of_all_cells(
    by: tuple[str, ...], attribution: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = count(LOG, list(KPIS), by=by, attribution=attribution)
    monkeypatch.setattr(counter, "ROOM", 1)
    equal(count(LOG, list(KPIS), by=by, attribution=attribution), whole)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("by", "attribution"), SPLITS)
def test_pieces_and_threads_play_no_part(
    by: tuple[str, ...], attribution: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = count(LOG, list(KPIS), by=by, attribution=attribution)
    monkeypatch.setattr(tallies, "PIECE", 17)
    monkeypatch.setattr(pl, "thread_pool_size", lambda: threads)
    equal(count(LOG, list(KPIS), by=by, attribution=attribution), whole)


@pytest.mark.parametrize(("by", "attribution"), SPLITS)
def test_a_measure_is_the_finished_count(by: tuple[str, ...], attribution: str) -> None:
    finished = finish(count(LOG, list(KPIS), by=by, attribution=attribution))
    assert measure(LOG, list(KPIS), by=by, attribution=attribution).equals(finished)


numbers = st.integers(-HUGE, HUGE)
rows = st.lists(st.tuples(st.integers(-1, 3), numbers, numbers, st.integers(0, 10**6)), max_size=40)


def columns(drawn: list[tuple[int, ...]]) -> list[Ints]:
    return [frozen(np.array([row[k] for row in drawn], dtype=np.int64)) for k in range(4)]


@given(rows)
@settings(max_examples=60, deadline=None)
def test_sums_and_products_of_weighted_rows_are_exact(drawn: list[tuple[int, int, int, int]]) -> None:
    slot, y, x, weight = columns(drawn)
    every = frozen(np.zeros(0, dtype=np.bool_))
    none = frozen(np.zeros(0, dtype=np.int64))
    sums, products = np.zeros((4, 6), dtype=np.int64), np.zeros((4, 6), dtype=np.int64)
    kernels.add(sums, slot, every, every, none, y, x, weight, 1, 0, 0)
    kernels.add_products(products, slot, every, every, y, x, weight, 0, 0)
    for at in range(4):
        own = [(b * w, c * w) for a, b, c, w in drawn if a == at]
        assert sums[at, 0] == len(own)
        for place, part in ((2, 0), (4, 1)):
            exact = sum(each[part] for each in own)
            two = carried(sums[at : at + 1, place : place + 2])
            assert series(two).item() == exact and floats(two)[0] == float(exact)
        assert series(product(products[at : at + 1])).item() == sum(b * c for b, c in own)


def test_where_and_known_say_what_counts_and_what_is_censored() -> None:
    """Slot 0: 3 counts, 4 is censored, 5 is left out; slot 1: 6 counts; the row of slot -1 is not looked at."""
    slot, y = (frozen(np.array(v, dtype=np.int64)) for v in ([0, 0, 0, 1, -1], [3, 4, 5, 6, 7]))
    where, known = (frozen(np.array(v, dtype=np.bool_)) for v in ([1, 1, 0, 1, 1], [1, 0, 1, 1, 1]))
    none = frozen(np.zeros(0, dtype=np.int64))
    sums = np.zeros((2, 6), dtype=np.int64)
    kernels.add(sums, slot, where, known, none, y, none, none, 1, 0, 1)
    assert sums.tolist() == [[1, 1, 0, 3, 0, 1], [1, 0, 0, 6, 0, 1]]


@given(st.lists(st.integers(-5, 2 * 10**10), max_size=60))
@settings(max_examples=60, deadline=None)
def test_the_bin_of_a_number_is_the_last_whose_edge_it_reaches(values: list[int]) -> None:
    edges = [int(edge) + step for edge in GRID[[0, 3599, 3600, 3601, 4000, -2, -1]] for step in (-1, 0, 1)]
    exact = int(np.flatnonzero(np.diff(GRID) > 1)[0]) + 1
    for value in (*values, *edges):
        expected = int(np.searchsorted(GRID, value, "right")) - 1
        assert kernels.bin_of(value, frozen(GRID), frozen(kernels.places(GRID)), exact) == expected


def test_every_edge_of_the_grid_begins_its_own_bin() -> None:
    exact = int(np.flatnonzero(np.diff(GRID) > 1)[0]) + 1
    starts = frozen(kernels.places(GRID))
    for at, edge in enumerate(GRID.tolist()):
        assert kernels.bin_of(edge, frozen(GRID), starts, exact) == at
        assert kernels.bin_of(edge - 1, frozen(GRID), starts, exact) == at - 1


marks = st.lists(st.integers(0, 5000), max_size=50)


@given(marks, marks)
@settings(max_examples=60, deadline=None)
def test_sorted_runs_merge_to_the_counts_of_both(one: list[int], two: list[int]) -> None:
    found = []
    for drawn in (one, two):
        own = tallies.Marks.room(len(drawn), weighted=False)
        own.mark[:] = drawn
        own.size = len(drawn)
        found.append(own.run(13))
    keys, totals = tallies.merge_marks(*found)
    both = Counter(one) + Counter(two)
    assert dict(zip(keys.tolist(), totals.tolist(), strict=True)) == dict(both)
    assert all(a < b for a, b in pairwise(keys.tolist()))


def test_a_local_day_that_is_told_twice_is_one_cell() -> None:
    """St John's put the clock back from 00:01 to 23:01 on 1 November 2009, so 31 October ends twice."""
    timeline = Timeline.midnight(date(2009, 10, 30), "America/St_Johns")
    at_s = np.arange(0, 4 * 86_400, 97, dtype=np.int64)
    begins, shown, _ = timeline.offsets(0, int(at_s[-1]))
    out = np.empty(len(at_s), dtype=np.int64)
    none = frozen(np.zeros(0, dtype=np.int64))
    kernels.cells_of(frozen(at_s), none, 0, int(at_s[-1]), frozen(begins), frozen(shown), 0, 0, out)
    assert out.tolist() == timeline.day(at_s).tolist()
    assert (np.diff(out) < 0).any()


def test_an_instant_that_is_not_known_or_outside_has_no_cell() -> None:
    timeline = LOG.timeline
    begins, shown, _ = timeline.offsets(0, 100)
    at_s, out = frozen(np.array([NONE, -1, 0, 100, 101], dtype=np.int64)), np.empty(5, dtype=np.int64)
    none = frozen(np.zeros(0, dtype=np.int64))
    kernels.cells_of(at_s, none, 0, 100, frozen(begins), frozen(shown), 0, 0, out)
    day = timeline.day(0)
    assert out.tolist() == [-1, -1, day, day, -1]


def test_a_number_too_large_to_be_summed_exactly_is_refused() -> None:
    touches = LOG.touches.with_columns(work_s=pl.lit(2**61))
    log = replace(LOG, tables=type(LOG.tables)({**LOG.tables, "touches": touches}))
    with pytest.raises(ValueError, match=r"^work_min_mean: a number of the log is too large to be"):
        count(log, ["wait_mean", "work_min_mean"])


def test_a_split_into_more_groups_than_can_be_numbered_is_refused() -> None:
    words = pl.Enum([f"w{n}" for n in range(9000)])
    names = {axis: pl.Series(["w0"] * LOG.cases.height, dtype=words) for axis in ("kind", "category", "channel")}
    cases = LOG.cases.with_columns(**names)
    log = replace(LOG, tables=type(LOG.tables)({**LOG.tables, "cases": cases}))
    by = ("kind", "category", "channel", "priority")
    with pytest.raises(ValueError, match="possible groups are too many"):
        count(log, ["tickets_created"], by=(*by, "person", "seat", "team"))
    assert measure(log, ["tickets_created"], by=by)["n"].sum() == LOG.cases.height


def test_a_figure_that_needs_no_moments_makes_none() -> None:
    def untouched() -> pl.DataFrame:
        raise AssertionError("the moments were made")

    log = desk(40)
    bare = replace(log, tables=type(log.tables)({**log.tables, "moments": untouched}))
    vars(bare)["_tickets"] = log.sheet("tickets")
    need = {"fcr_single_contact", "backlog_mean", "backlog_end"}
    names = [name for name in STANDARD if name not in need]
    assert measure(bare, names).equals(measure(log, names))
    for name in need:
        with pytest.raises(AssertionError, match="moments were made"):
            measure(bare, [name])


def test_a_figure_of_shifts_makes_no_tickets_either() -> None:
    def untouched() -> pl.DataFrame:
        raise AssertionError("another table was made")

    others = dict.fromkeys(("cases", "moments", "touches"), untouched)
    bare = replace(LOG, tables=type(LOG.tables)({**LOG.tables, **others}))
    names = ["utilisation", "cost_total", "overtime_h"]
    assert measure(bare, names, by=("person", "week")).equals(measure(LOG, names, by=("person", "week")))


def test_statistics_travel_in_a_fraction_of_their_room() -> None:
    statistics = count(desk(2000), by="person")
    plain = statistics.sums.estimated_size() + statistics.bins.estimated_size()
    assert len(pickle.dumps(statistics)) * 10 < plain
    equal(pickle.loads(pickle.dumps(statistics)), statistics)


def test_a_kpi_of_several_tables_and_values_below_the_grid_is_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Creation less 31 days is negative for every ticket: below the grid there is no figure, but the count stands."""
    early = pl.col("created_s") - 31 * 86_400
    odd = Kpi(
        name="odd_p50", unit="min", better="none", dimension="decision", finish=Finish("quantile", share=0.5),
        statistics=(Term("tickets", "created_s", y=early, x=ONE, binned=True),), counts="Odd.",
        controllable_by="learner", source=("R000-00",),
    )  # fmt: skip
    monkeypatch.setitem(KPIS, "odd_p50", odd)
    row = measure(LOG, ["odd_p50"]).row(0, named=True)
    assert (row["mean"], row["n"]) == (None, LOG.cases.height)
    assert count(LOG, ["odd_p50"]).bins["bin"].unique().to_list() == [-1]


def by_hand(log: Log) -> dict[Any, tuple[float, float, int]]:
    """Return mean and sum of squares of resolution times by last resolver and day, ticket by ticket."""
    found: dict[Any, list[int]] = {}
    for row in log.tickets.filter(pl.col("resolved_s").is_not_null()).iter_rows(named=True):
        key = row["last_resolver"], log.timeline.day(row["resolved_s"])
        found.setdefault(key, []).append(row["resolved_s"] - row["created_s"] - row["paused_s"])
    return {key: (sum(v), sum(each * each for each in v), len(v)) for key, v in found.items()}


def test_the_sums_are_those_of_a_plain_loop_over_tickets() -> None:
    sums = count(LOG, ["resolution_time_mean"], by="person").sums
    told = {(r["person"], r["day"]): (r["y"], r["yy"], r["n"]) for r in sums.iter_rows(named=True)}
    assert told == by_hand(LOG)
