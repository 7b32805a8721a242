"""The rows behind figures add up to the sums that the figures stand on, for every KPI that stands on such rows."""

import polars as pl
import pytest

from scenarios.files.desks import load
from sim.desk import Desk
from sim.experiment import simulate
from sim.kpi import count
from sim.kpi.behind import behind
from sim.kpi.catalogue import KPIS
from sim.log import Log
from sim.world import sample

TABLES = {"tickets", "touches", "next_replies", "externals"}


@pytest.fixture(scope="module")
def log() -> Log:
    desk = load("academy_small").changed(weeks=3)
    assert isinstance(desk, Desk)
    return simulate(desk, sample(desk, 1))[0]


@pytest.mark.parametrize("attribution", ["last_resolver", "first_owner", "time_share"])
def test_rows_add_up_to_the_sums_by_person_and_day(log: Log, attribution: str):
    names = [name for name, kpi in KPIS.items() if {term.table for term in kpi.statistics} <= TABLES]
    counted = count(log, names, by="person", attribution=attribution)
    seen = [name for name in names if name not in counted.nulls]
    assert len(seen) > 40
    for name in seen:
        sums = counted.sums.filter(pl.col("name") == name).select(
            pl.col("person").cast(pl.String), pl.col("day", "y", "x").cast(pl.Int64)
        )
        rows = behind(log, name, attribution=attribution)
        day = pl.Series("day", log.timeline.day(rows["at_s"].to_numpy()), dtype=pl.Int64)
        weighed = (
            rows.with_columns(day)
            .group_by("person", "day")
            .agg((pl.col("y") * pl.col("weight")).sum(), (pl.col("x") * pl.col("weight")).sum())
        )
        some = (pl.col("y") != 0) | (pl.col("x") != 0)
        one, two = (frame.filter(some).sort("person", "day") for frame in (weighed, sums))
        assert one.equals(two), name


def test_what_stands_on_no_ticket_is_refused(log: Log):
    with pytest.raises(ValueError, match="no rows of tickets stand behind a KPI of shifts"):
        behind(log, "overtime_h")
    with pytest.raises(ValueError, match="csat_mean"):
        behind(log, "csat_mea")
