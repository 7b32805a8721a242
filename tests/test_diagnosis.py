"""Cells that stand out, and queues in which tickets wait longest."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from scenarios.cli import main
from sim.kpi import Window, bottlenecks, heat, measure, reliability
from sim.kpi.parts import write_parts
from sim.log import Log, write
from tests.test_kpi_further import LOG, at


def test_the_worst_queue_stands_first() -> None:
    """Hours in queues: A has 5 min of 1, 25 h of 8; B 10 min of 1. Asked and not begun: A 5, 30 and 10 min; none in B.

    The call-back of 3 has no assignment, so it waits in the queue until it is begun, for 0 min."""
    rows = bottlenecks(LOG).select("department", "skill", "cause", "waits", "wait_h").rows()
    assert rows == [
        ("A", "of ana", "queue", 7, pytest.approx((5 + 1500) / 60)),
        ("A", "of ana", "pickup", 6, pytest.approx(45 / 60)),
        ("B", "of bo", "queue", 2, pytest.approx(10 / 60)),
    ]
    assert bottlenecks(LOG)["share"].sum() == pytest.approx(1)
    assert bottlenecks(LOG)["wait_min_mean"].to_list()[1] == pytest.approx(45 / 6)
    day = bottlenecks(LOG, ("department",), Window(at("0 09:00"), at("0 09:01")))
    assert day.select("department", "cause", "wait_min_mean").rows() == [("A", "pickup", 5), ("A", "queue", 5)]


def test_a_ticket_that_nobody_was_asked_for_waits_to_the_end_of_the_log_or_until_it_leaves() -> None:
    touches = pl.DataFrame(
        {"ticket": [1, 2], "queued_s": [0, 10], "ended_s": [None, 40], "ended": [None, "left"], "skill": ["a", "a"]}
    )
    log = Log.of(
        timeline=LOG.timeline, until_s=100, priorities=("normal",), touches=touches,
        cases=pl.DataFrame({"ticket": [1, 2], "kind": ["a", "a"], "priority": ["normal"] * 2}),
        moments=pl.DataFrame({"ticket": [1, 2], "at_s": [0, 10], "number": [0, 0], "what": ["created"] * 2}),
    )  # fmt: skip
    assert bottlenecks(log, ("skill",)).rows() == [("a", "queue", 2, 130 / 3600, 1.0, 130 / 120)]


def rated(sick: float, seed: int = 4) -> Log:
    """Return the log of 20 teams with 40 rated tickets each on 20 days; in one of them few are content."""
    draw = np.random.default_rng(seed)
    ticket = np.arange(800)
    team = ticket % 20
    happy = draw.random(800) < np.where(team == 7, sick, 0.8)
    at_s = ticket // 40 * 86_400 + ticket % 40
    rows = pl.DataFrame({"ticket": ticket, "at_s": at_s})
    moments = pl.concat(
        [
            rows.with_columns(
                pl.Series("who", who, dtype=pl.String), pl.Series("value", value, dtype=pl.Int64), what=pl.lit(what),
                number=number,
            )
            for number, (what, who, value) in enumerate(
                [
                    ("created", [None] * 800, [None] * 800), ("resolved", [f"p{n:02}" for n in team], [None] * 800),
                    ("rated", [None] * 800, np.where(happy, 5, 1).tolist()),
                ]
            )
        ],
        how="vertical_relaxed",
    )  # fmt: skip
    people = pl.DataFrame(
        {"person": [f"p{n:02}" for n in range(20)], "role": "r", "team": [f"t{n:02}" for n in range(20)]}
    )
    return Log.of(
        timeline=LOG.timeline, until_s=21 * 86_400, priorities=("normal",), moments=moments, people=people,
        cases=pl.DataFrame({"ticket": ticket, "kind": "a", "priority": "normal"}),
    )  # fmt: skip


def test_the_sick_cell_stands_out_and_of_the_well_ones_none_although_twenty_were_looked_at() -> None:
    """0.3 instead of 0.8 are content in one of twenty teams; of the plain 95 % intervals some leave out the whole."""
    found = heat(rated(0.3), "csat_top2_share")
    assert found.filter(pl.col("stands_out") != 0).select("team", "kind", "stands_out").rows() == [("t07", "a", -1)]
    well = rated(0.8, seed=10)
    plain = measure(well, ["csat_top2_share"], by=("team", "kind"))
    whole = measure(well, ["csat_top2_share"])["mean"].item()
    assert plain.filter((pl.col("high") < whole) | (pl.col("low") > whole)).height > 0
    assert heat(well, "csat_top2_share")["stands_out"].to_list() == [0] * 20
    assert (heat(well, "csat_top2_share")["high"] - plain["high"]).min() > 0


def test_a_cell_of_few_tickets_is_too_small_to_be_shown() -> None:
    found = heat(LOG, "csat_mean", "kind", "priority", least=3)
    assert found.rows() == [("a", "normal", None, None, None, 2, 0, "fewer than 3")]
    assert heat(LOG, "csat_mean", "kind", "priority", least=2)["mean"].to_list() == [3.5]
    with pytest.raises(ValueError, match="least must be at least 1 ticket, got 0"):
        heat(LOG, "csat_mean", least=0)


def test_the_command_shows_bottlenecks_and_hides_small_groups(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(LOG, tmp_path / "log")
    options = ["kpis", str(tmp_path / "log"), "--kpi", "csat_mean", "--by", "kind", "--least", "3", "--bottlenecks"]
    assert main([*options, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["kpis"][0] | {"scenario": ""} == {
        "scenario": "", "name": "csat_mean", "unit": "points", "mean": None, "low": None, "high": None, "n": 2,
        "by": {"kind": "a"}, "reason": "fewer than 3",
    }  # fmt: skip
    assert [row["department"] for row in made["bottlenecks"]] == ["A", "A", "B"]
    assert main([*options, "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert "少于 3 张" in told and "已分派未开始" in told
    write_parts(LOG, tmp_path / "parts", 2)
    assert main(["kpis", str(tmp_path / "parts"), "--bottlenecks"]) == 2
    assert "takes the log as a whole" in capsys.readouterr().err


def scored(*people: tuple[int, ...]) -> Log:
    """Return the log of people with a rated ticket on each of some days: the points of each, day by day."""
    rows, cases = [], []
    for who, points in enumerate(people):
        for day, value in enumerate(points):
            ticket, at_s = len(cases), day * 86_400 + 60 * who
            cases.append(ticket)
            rows += [
                (ticket, at_s, 0, "created", None, None), (ticket, at_s + 1, 1, "resolved", f"p{who}", None),
                (ticket, at_s + 2, 2, "rated", None, value),
            ]  # fmt: skip
    columns = ("ticket", "at_s", "number", "what", "who", "value")
    return Log.of(
        timeline=LOG.timeline, until_s=10 * 86_400, priorities=("normal",),
        moments=pl.DataFrame(rows, schema=columns, orient="row"),
        cases=pl.DataFrame({"ticket": cases, "kind": "a", "priority": "normal"}),
    )  # fmt: skip


def test_the_reliability_is_the_variance_between_people_less_that_of_their_errors() -> None:
    """Means 2, 3 and 5: variance 7/3. Errors are those of a mean of four: variances of the days 2/3, 2/3 and 0 over 4,
    so 1/9 on the average; reliability 1 - (1/9) / (7/3) = 20/21. Odd days 1 + 3 ... halves 1, 4, 5 and 3, 2, 5."""
    log = scored((1, 3, 2, 2), (4, 2, 3, 3), (5, 5, 5, 5))
    found = reliability(log, ["csat_mean"]).row(0, named=True)
    assert found["reliability"] == pytest.approx(20 / 21)
    assert (found["people"], found["n"], found["reason"]) == (3, 12, None)
    r = float(np.corrcoef([1.5, 3.5, 5], [2.5, 2.5, 5])[0, 1])
    assert found["split_half"] == pytest.approx(2 * r / (1 + r))


def test_a_reliability_may_be_negative_and_lacks_what_it_rests_on() -> None:
    """Equal people who differ by chance: means 3, 3.25 and 3, errors far above."""
    found = reliability(scored((1, 5, 1, 5), (5, 1, 5, 2), (5, 1, 1, 5)), ["csat_mean"])
    assert found["reliability"].item() < 0
    two = reliability(scored((1, 5), (5, 1)), ["csat_mean"]).row(0, named=True)
    assert (two["reliability"], two["people"], two["reason"]) == (
        None,
        2,
        "fewer than 3 people have figures with errors",
    )
    alike = reliability(scored((3, 3), (3, 3), (3, 3)), ["csat_mean", "work_min_mean"])
    assert alike["reason"].to_list() == [
        "all people are alike",
        "the log does not say how long people worked on tickets",
    ]
    with pytest.raises(ValueError, match="tickets_resolved is no ratio"):
        reliability(LOG, ["tickets_resolved"])
