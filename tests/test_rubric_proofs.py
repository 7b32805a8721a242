"""What holds for every rubric: better is never worse, borders apart policies agree, order and names play no part."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from scenarios import sources
from scenarios.cli import main
from scenarios.files.desks import load
from scenarios.files.rubrics import load_rubric, rubric_names
from scenarios.forms import forms
from scenarios.sources.native import write_csv
from sim.desk import Desk
from sim.experiment import simulate
from sim.kpi import count
from sim.kpi.rubric import Item, Policies, Rubric, points_of, score, tally
from sim.kpi.rubric.items import TIMES
from sim.kpi.rubric.tally import FIRST, parts_of
from sim.log import Log, write
from sim.world import sample
from tests.test_scorecards_by_hand import desk

NAMES = rubric_names()
COUNTED: list[tuple[str, Item]] = [(name, item) for name in NAMES for item in load_rubric(name).items if item.kpi]


@pytest.fixture(scope="module")
def log() -> Log:
    made = load("academy_small").changed(weeks=5)
    assert isinstance(made, Desk)
    return simulate(made, sample(made, 1))[0]


def ends(item: Item) -> tuple[float, float]:
    """Return a value beyond the worst border and one beyond the best."""
    cuts = item.cuts()
    wide = 1.5 * (max(cuts) - min(cuts)) + 1
    worst, best = (
        (min(cuts) - wide, max(cuts) + wide) if item.higher_is_better() else (max(cuts) + wide, min(cuts) - wide)
    )
    return (item.worst if item.worst is not None else worst), (item.best if item.best is not None else best)


@settings(max_examples=60, deadline=None)
@given(
    which=st.sampled_from(COUNTED), shares=st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2)),
    border=st.sampled_from(["half_open", "round_half_up_first", "linear"]),
    overlap=st.sampled_from(["better", "worse"]),
    inside=st.sampled_from(["interpolate", "bottom", "mid", "top"]),
)  # fmt: skip
def test_a_better_value_never_earns_less_under_any_answer(which, shares, border, overlap, inside) -> None:
    """Of two values on the way from the worst to the best, and a fifth beyond both ends."""
    _, item = which
    worst, best = ends(item)
    values = np.array([worst + share * (best - worst) for share in sorted(shares)]) + (item.ideal or 0.0)
    low, high = points_of(item, values, Policies(border=border, overlap=overlap, inside=inside))
    assert 0 <= low <= high + 1e-9 <= item.max_points + 2e-9


@settings(max_examples=60, deadline=None)
@given(which=st.sampled_from(COUNTED), rank=st.integers(0, 19), share=st.floats(0.0, 1.0))
def test_border_policies_agree_away_from_borders(which, rank, share) -> None:
    """Inside a written band, further from its ends than the grain of rounding, every policy says the same band."""
    _, item = which
    band = item.bands[rank % len(item.bands)]
    cuts = item.cuts()
    wide, grain = max(cuts) - min(cuts) + 1, item.step or 0.0
    low = (min(cuts) - wide if band.lower is None else band.lower) + grain
    high = (max(cuts) + wide if band.upper is None else band.upper) - grain
    if high - low < 1e-6:
        return
    value = np.array([low + (0.01 + 0.98 * share) * (high - low)]) + (item.ideal or 0.0)
    said = {
        border: points_of(item, value, Policies(border=border, inside=inside))[0]
        for border in ("half_open", "round_half_up_first", "strict_hole", "linear")
        for inside in ("bottom",)
    }
    assert set(said.values()) == {band.low_points}


def test_names_of_people_and_the_order_of_rows_play_no_part() -> None:
    """Ana is called zoe, which sorts her last, and every table is turned round: the cards are the same."""
    told = [("ana", "communication", "supervisor", 10.0), ("bo", "communication", "supervisor", 14.0)]
    log = desk(("adviser", "adviser"), told)

    def renamed(table: pl.DataFrame) -> pl.DataFrame:
        columns = [name for name in ("person", "who", "author", "source") if name in table.columns]
        return table.with_columns(pl.col(columns).cast(pl.String).replace({"ana": "zoe"})).reverse()

    tables = ("cases", "moments", "touches", "shifts", "people", "externals", "appraisals")
    other = Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, sla=log.sla,
        **{name: renamed(getattr(log, name)) for name in tables},
    )  # fmt: skip
    for name in NAMES:
        rubric = load_rubric(name)
        one, two = (score(each, rubric, level=0.95) for each in (log, other))
        plain = pl.col("person").replace({"zoe": "ana"})
        keys = ["period", "role", "person"]
        assert_frame_equal(one, two.with_columns(plain).sort(keys), check_exact=False, abs_tol=1e-9)


def test_alone_in_a_role_everybody_is_at_the_mean() -> None:
    """Without the person there is no mean to be held against (A-13)."""
    log, rubric = desk(("adviser", "expert"), []), load_rubric("aftersales_100")
    number = next(n for n, item in enumerate(rubric.items) if item.name == "volume")
    without = [*rubric.items]
    without[number] = rubric.items[number].changed(include_self=False)
    alone, apart = (
        [row["items"][number]["value"] for row in score(log, each, level=None).iter_rows(named=True)]
        for each in (rubric, rubric.changed(items=tuple(without)))
    )
    assert alone == [pytest.approx(100), pytest.approx(100)] and apart == [None, None]
    both = score(desk(("adviser", "adviser"), []), rubric.changed(items=tuple(without)), level=None)
    values = {row["person"]: row["items"][number]["value"] for row in both.iter_rows(named=True)}
    assert values == {"ana": pytest.approx(100 * 0.15 / 0.2), "bo": pytest.approx(100 * 0.2 / 0.15)}


# --- one log, one set of sums --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_items_rest_on_the_sums_of_their_kpis_to_the_last_unit(log: Log, name: str) -> None:
    """By person, over the log: what is above and below the line, or how many times and the seconds of them together."""
    rubric = load_rubric(name)
    facts, book = tally(log, rubric).facts, rubric.book()
    names = sorted({part for item in rubric.items if item.kpi for part in parts_of(rubric, item)})
    sums = count(log, names, by=("person",), attribution=rubric.policy.attribution, book=book).sums
    assert set(facts["item"]) <= {item.name for item in rubric.items if item.kpi}
    for item in (each for each in rubric.items if each.kpi and each.name in set(facts["item"])):
        mine = facts.filter(pl.col("item") == item.name)
        for number, part in enumerate(parts_of(rubric, item)):
            counted = sums.filter((pl.col("name") == part) & pl.col("person").is_not_null())
            wanted = tuple(int(counted[column].sum()) for column in ("y", "x"))
            if item.statistic in TIMES:
                found = int((mine["value"] * mine["n"]).sum()), int(mine["n"].sum())
            else:
                places = (FIRST + 2 * number, FIRST + 2 * number + 1)
                found = tuple(int(mine.filter(pl.col("part") == place)["n"].sum()) for place in places)
            assert found == wanted, (item.name, part)


def test_run_kpis_and_score_say_the_same_of_one_log(log: Log, tmp_path: Path, capsys: Any) -> None:
    """One figure three ways: by `kpis`, from the scores' n and values, and of a run of that seed."""
    write(log, tmp_path / "log")

    def said(*words: str) -> dict[str, Any]:
        assert main([*words, "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    people = said("score", str(tmp_path / "log"), "--rubric", "aftersales_100")["people"]
    of_all = said("kpis", str(tmp_path / "log"), "--kpi", "csat_top2_share")["kpis"][0]
    items = [item for row in people for item in row["items"] if item["name"] == "satisfaction" and item["n"]]
    good, rated = sum(item["value"] / 100 * item["n"] for item in items), sum(item["n"] for item in items)
    assert rated == of_all["n"] and good / rated == pytest.approx(of_all["mean"], rel=1e-12)
    words = ("run", "academy_small", "--weeks", "5", "--seed", "1", "--replications", "1", "--kpi", "csat_top2_share")
    assert said(*words)["kpis"][0]["mean"] == pytest.approx(of_all["mean"], rel=1e-12)


def filled(log: Log, rubric: Rubric) -> Log:
    """Return a log in which everybody who is asked gives half of the points, with a reason."""
    rows = [row for each in forms(score(log, rubric, level=None), rubric).values() for row in each]
    made = [
        (row["person"], row["period"], row["item"], row["source"], "x", row["max_points"] / 2, 'by hand, "half", =1+1')
        for row in rows
    ]
    columns = ["person", "period", "item", "source", "author", "points", "reason"]
    return log.having(appraisals=pl.DataFrame(made, schema=columns, orient="row")) if made else log


@pytest.mark.parametrize("name", NAMES)
def test_a_log_with_appraisals_written_to_csv_and_read_back_scores_identically(
    log: Log, tmp_path: Path, name: str
) -> None:
    rubric = load_rubric(name)
    told = filled(log, rubric)
    write_csv(told, tmp_path / "log.csv")
    again, quality = sources.read(tmp_path / "log.csv")
    assert quality.set_aside == {} and quality.rows_in == quality.rows_used
    level = 0.95 if name == "aftersales_100" else None
    assert_frame_equal(score(again, rubric, level=level), score(told, rubric, level=level), check_exact=True)
