import pickle
from datetime import date
from typing import Any, get_args

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import sim.kpi
from sim.calendar import WEEKDAYS, Calendar, Timeline
from sim.kpi import KPIS, Book, Statistics, Switches, Window, catalogue, count, finish, measure, merge
from sim.kpi.backlog import ENDS, OPENS, backlog
from sim.kpi.casemix import COLUMNS
from sim.kpi.credit import POLICIES, credit
from sim.kpi.externals import OUTSIDE
from sim.kpi.facts import AXES, FACTS
from sim.kpi.kinds import expected_by_kind
from sim.kpi.mechanism import Strategy
from sim.kpi.statistics import GRID, PERIODS, PPM
from sim.log import Log
from sim.sla import Clause, Sla, Target

H, DAY = 3600, 86_400
OFFICE = Calendar(hours=dict.fromkeys(WEEKDAYS[:5], ("09:00-12:00", "13:30-18:00")))
SLA = Sla(
    priorities={
        "urgent": Target(response=Clause(target_min=30), resolution=Clause(target_min=240)),
        "normal": Target(
            response=Clause(target_min=480, calendar="office"),
            resolution=Clause(working_days=1, calendar="office"),
        ),
    }
)
SPLITS: list[tuple[tuple[str, ...], str]] = [
    ((), "last_resolver"), (("person", "month"), "last_resolver"), (("person", "week"), "time_share"),
    (("team", "day"), "first_owner"), (("kind", "priority"), "last_resolver"),
]  # fmt: skip


MEASURES = [kpi.name for kpi in OUTSIDE]


def desk(size: int = 300, seed: int = 1, learners: int = 60) -> Log:
    """Return a log of a month at random, with all that can happen to a ticket."""
    draw = np.random.default_rng(seed)
    people = np.array(["ana", "bo", "cy"])
    rows: list[tuple[Any, ...]] = []
    touches: list[dict[str, Any]] = []
    until_s = 31 * DAY + 7 * H
    created = np.sort(draw.integers(0, 31 * DAY, size))
    for number, born in enumerate(created.tolist()):

        def note(at_s: int, what: str, *rest: Any, number: int = number) -> None:
            rows.append((number, at_s, what, *rest, *[None] * (3 - len(rest))))

        note(born, "created")
        fate, at_s = draw.random(), born + int(draw.integers(0, 2 * DAY))
        if number % 7 == 0:
            note(born + 60, "warned")
        if number % 11 == 0:
            note(at_s + 90, "escalated", "ana")
            note(at_s + 95, ("complaint", "refund")[number % 2])
            note(at_s + 99, "rated", None, "nps", number % 10)
            note(at_s + 99, "rated", None, "audit", number % 3 % 2)
        if fate < 0.05:
            note(born, "blocked")
        elif fate < 0.12:
            note(at_s, "left")
            touches.append({"ticket": number, "queued_s": born, "ended_s": at_s, "ended": "left"})
        elif fate < 0.95:
            for stage in range(int(draw.integers(1, 4))):
                who, work = str(draw.choice(people)), int(draw.integers(60, 5000))
                note(at_s + 30, "reply", who)
                touches.append(
                    {
                        "ticket": number, "stage": stage, "person": who, "team": who[0].upper(),
                        "department": who[-1], "queued_s": born, "assigned_s": at_s - work // 9,
                        "accepted_s": at_s, "reason": (None, "skill", "call_back")[work % 3],
                        "started_s": at_s, "ended_s": at_s + work, "work_s": work,
                        "ended": ("transferred", "bounced", "done", "done")[work % 4],
                    }
                )  # fmt: skip
                if draw.random() < 0.3:
                    note(at_s + work, "wait_begins", who, "requester")
                    at_s += int(draw.integers(0, 6 * H))
                    note(at_s + work, "wait_ends")
                at_s += work
                note(at_s, "resolved", who)
                if draw.random() < 0.6:
                    break
                at_s += int(draw.integers(1, 4 * DAY))
                note(at_s, "reopened")
                at_s += 600
            note(at_s + 60, "survey_sent")
            if draw.random() < 0.5:
                note(at_s + 600, "rated", None, "outcome", int(draw.integers(1, 6)))
    columns = ("ticket", "at_s", "what", "who", "reason", "value")
    moments = pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)
    moments = moments.filter(pl.col("at_s") <= until_s).with_row_index("number")
    worked = pl.DataFrame(touches, schema_overrides={"work_s": pl.Int64}, infer_schema_length=None)
    shifts = pl.DataFrame(
        [
            {
                "person": who, "team": who[0].upper(), "start_s": d * DAY + 9 * H, "end_s": d * DAY + 18 * H,
                "paid_s": 8 * H, "busy_s": int(draw.integers(0, 8 * H)), "break_s": H, "cost_minor": 30_011,
                "overtime_s": int(draw.integers(0, H)),
            }
            for d in range(31)
            for who in people.tolist()
        ]
    )  # fmt: skip
    ids = np.arange(size)
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 15), "Europe/Berlin"), until_s=until_s,
        priorities=("urgent", "normal"), moments=moments, touches=worked.filter(pl.col("ended_s") <= until_s),
        shifts=shifts, sla=SLA, calendars={"office": OFFICE},
        cases=pl.DataFrame(
            {
                "ticket": ids, "kind": draw.choice(["exam", "login", "refund"], size),
                "category": draw.choice(["a", "b"], size), "channel": ["web"] * size,
                "priority": draw.choice(["urgent", "normal"], size),
                "learner": [f"L{n}" for n in draw.integers(0, learners, size)],
                "difficulty": ids % 5 + 1.0,
            }
        ),
        people=pl.DataFrame({"person": people, "role": ["adviser", "adviser", "expert"]}),
        externals=pl.DataFrame(
            [
                (person, None, period, measure, float(n % 2), "crm")
                for n, person in enumerate(people) for measure in MEASURES
                for period in ("2026-03", "2026-Q2", "2026-W12")
            ],
            schema=["person", "learner", "period", "measure", "value", "source"], orient="row",
        ),
        learners=pl.DataFrame(
            {
                "learner": [f"L{n}" for n in range(learners)], "joined_s": [n % 9 * 5 * DAY for n in range(learners)],
                "course": [("maths", "piano", None)[n % 3] for n in range(learners)],
                "stage": [("enquiry", "learning")[n % 2] for n in range(learners)],
            }
        ),
    )  # fmt: skip


LOG = desk()


def part(log: Log, keep: pl.Expr, shifts: pl.Expr) -> Log:
    """Return the part of a log with some of its tickets and shifts."""
    cases = log.cases.filter(keep)
    kept = {name: getattr(log, name).join(cases, on="ticket", how="semi") for name in ("moments", "touches")}
    return Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, cases=cases, people=log.people,
        learners=log.learners, shifts=log.shifts.filter(shifts), sla=log.sla, calendars=log.calendars, **kept,
        externals=log.externals.filter(shifts),
    )  # fmt: skip


def equal(one: Statistics, two: Statistics) -> None:
    """Assert that statistics are the same, to the bit."""
    assert_frame_equal(one.sums, two.sums)
    assert_frame_equal(one.bins, two.bins)
    assert (one.facts, one.windows, one.nulls) == (two.facts, two.windows, two.nulls)
    assert pickle.dumps(finish(one).to_dict(as_series=False)) == pickle.dumps(finish(two).to_dict(as_series=False))


@pytest.mark.parametrize(("by", "attribution"), SPLITS)
def test_two_parts_merged_are_the_whole(by: tuple[str, ...], attribution: str) -> None:
    """Learners are split in two, shifts and external values by person, so each part lacks what the other has."""
    few = pl.col("learner").str.ends_with("1")
    here = pl.col("person").cast(pl.String) == "ana"
    window = Window(0, LOG.until_s)
    whole = count(LOG, list(KPIS), by=by, attribution=attribution, window=window)
    book = Book(expected=expected_by_kind(LOG, COLUMNS))
    parts = [
        count(part(LOG, keep, shifts), list(KPIS), by=by, attribution=attribution, window=window, book=book)
        for keep, shifts in ((few, here), (~few, ~here))
    ]
    equal(merge(parts), whole)
    equal(parts[1].merge(parts[0]), whole)


def test_windows_one_after_the_other_merge_to_the_whole() -> None:
    names = [name for name in KPIS if not name.startswith("backlog")]
    cut = 12 * DAY + 5 * H
    parts = [count(LOG, names, by="kind", window=w) for w in (Window(0, cut), Window(cut, LOG.until_s))]
    equal(merge(reversed(parts)), count(LOG, names, by="kind", window=Window(0, LOG.until_s)))


def test_the_mean_backlog_merges_over_time_though_a_window_cuts_a_day() -> None:
    cut = 12 * DAY + 5 * H
    parts = [count(LOG, ["backlog_mean"], window=w) for w in (Window(0, cut), Window(cut, LOG.until_s))]
    whole = measure(LOG, ["backlog_mean"], window=Window(0, LOG.until_s))
    assert_frame_equal(finish(merge(parts)).drop("n"), whole.drop("n"))


@pytest.mark.parametrize(("by", "attribution"), SPLITS)
def test_the_order_of_rows_plays_no_part(by: tuple[str, ...], attribution: str) -> None:
    shuffled = {name: getattr(LOG, name).sample(fraction=1, shuffle=True, seed=3) for name in LOG.tables}
    other = Log.of(
        timeline=LOG.timeline, until_s=LOG.until_s, priorities=LOG.priorities, sla=LOG.sla,
        calendars=LOG.calendars, **shuffled,
    )  # fmt: skip
    counted = (count(log, list(KPIS), by=by, attribution=attribution) for log in (other, LOG))
    equal(*counted)


@pytest.mark.parametrize("policy", POLICIES)
def test_people_and_nobody_add_up_to_the_desk(policy: str) -> None:
    names = ["tickets_resolved", "tickets_created", "cost_total", "overtime_h"]
    split = measure(LOG, names, by="person", attribution=policy)
    whole = measure(LOG, names)
    for name in names:
        parts = split.filter(pl.col("name") == name)["mean"].sum()
        assert parts == pytest.approx(whole.filter(pl.col("name") == name)["mean"].item(), rel=1e-12)


def test_the_shares_of_a_ticket_add_up_to_a_million_exactly() -> None:
    shares = credit(LOG, "time_share")
    assert shares.group_by("ticket").agg(pl.col("weight").sum())["weight"].unique().to_list() == [PPM]
    work = LOG.touches.filter(pl.col("work_s") > 0).group_by("ticket", "person").agg(pl.col("work_s").sum())
    total = work.group_by("ticket").agg(all_s=pl.col("work_s").sum())
    exact = work.join(total, on="ticket").with_columns(exact=pl.col("work_s") * PPM / pl.col("all_s"))
    joined = exact.join(shares, on=["ticket", "person"], how="left")
    assert joined["weight"].null_count() == 0
    assert ((joined["weight"] - joined["exact"]).abs() < 1).all()


def test_three_equal_shares_differ_by_at_most_a_millionth() -> None:
    touches = pl.DataFrame(
        {
            "ticket": [0] * 3,
            "person": ["cy", "ana", "bo"],
            "started_s": [1, 2, 3],
            "ended_s": [8, 9, 10],
            "work_s": [7] * 3,
        }
    )
    log = Log.of(
        timeline=LOG.timeline, until_s=DAY, priorities=("normal",), touches=touches,
        cases=pl.DataFrame({"ticket": [0], "kind": ["exam"], "priority": ["normal"]}),
        moments=pl.DataFrame({"ticket": [0], "at_s": [0], "number": [0], "what": ["created"]}),
    )  # fmt: skip
    shares = credit(log, "time_share").sort("person")
    assert shares["weight"].to_list() == [333_334, 333_333, 333_333]


def open_stretches(log: Log) -> pl.DataFrame:
    """Return when tickets were open, ticket by ticket: `ticket`, `from_s`, `to_s`."""
    turns = log.moments.filter(pl.col("what").is_in([*OPENS, *ENDS])).sort("ticket", "at_s", "number")
    following = pl.col("at_s").shift(-1).over("ticket").fill_null(log.until_s)
    turns = turns.select("ticket", from_s="at_s", to_s=following, opens=pl.col("what").is_in(OPENS))
    return turns.filter(pl.col("opens")).drop("opens")


def test_the_backlog_equals_a_count_second_by_second() -> None:
    """The clock is put forward on 29 March, so that day has 23 hours."""
    log = desk(size=25, seed=4)
    begin_s, end_s = 13 * DAY + 1234, 16 * DAY + 77
    found = backlog(log, ("kind",), begin_s, end_s)
    kinds = log.tickets.select("ticket", "kind")
    stretches = open_stretches(log).join(kinds, on="ticket")
    days = log.timeline.day(np.arange(begin_s, end_s))
    for kind, day, open_s, at_end in found.select("kind", "day", "open_s", "open_at_end").iter_rows():
        seconds = np.arange(begin_s, end_s)[days == day]
        own = stretches.filter(pl.col("kind").cast(pl.String) == kind)
        counted = sum(((seconds >= a) & (seconds < b)).sum() for a, b in own.select("from_s", "to_s").iter_rows())
        assert open_s == counted
        last = seconds[-1]
        assert at_end == sum(a <= last < b and b != last + 1 for a, b in own.select("from_s", "to_s").iter_rows())


def test_a_quantile_is_the_value_of_that_rank_up_to_half_a_bin() -> None:
    waits = LOG.tickets.filter(pl.col("blocked_s").is_null()).select(
        pl.coalesce("first_started_s", "left_s") - pl.coalesce("ready_s", "created_s")
    )
    ordered = waits.to_series().drop_nulls().sort().to_list()
    exact = ordered[int(np.ceil(0.9 * len(ordered))) - 1] / 60
    row = measure(LOG, ["wait_p90"]).row(0, named=True)
    assert row["mean"] == pytest.approx(exact, rel=0.006)
    assert row["low"] < row["mean"] < row["high"]


def test_the_grid_is_exact_to_an_hour_and_then_a_hundredth_wide() -> None:
    assert GRID[:3601].tolist() == list(range(3601))
    widths = np.diff(GRID[3600:]) / GRID[3600:-1]
    assert widths.max() <= 0.01 and widths.min() > 0.0099 - 1e-3


def test_a_higher_level_widens_an_interval_and_leaves_the_figure() -> None:
    statistics = count(LOG, ["wait_mean", "csat_mean", "wait_p90"])
    narrow, wide = finish(statistics, 0.8), finish(statistics, 0.99)
    assert narrow["mean"].to_list() == wide["mean"].to_list()
    assert (wide["high"] > narrow["high"]).all() and (wide["low"] < narrow["low"]).all()


def test_a_single_day_gives_no_interval() -> None:
    rows = measure(LOG, ["wait_mean", "wait_p90", "tickets_created"], by="day")
    assert rows.filter(pl.col("low").is_not_null() | pl.col("high").is_not_null()).is_empty()


def test_an_empty_log_has_reasons_and_totals_of_zero() -> None:
    log = part(LOG, pl.lit(False), pl.lit(False))
    rows = measure(log, list(KPIS))
    assert rows["name"].to_list() == list(KPIS)
    zero = {"tickets_created", "tickets_resolved", "backlog_mean", "backlog_end"}
    for row in rows.iter_rows(named=True):
        assert (row["mean"] == 0) == (row["name"] in zero)
        assert (row["reason"] is None) == (row["name"] in zero)
    for by in ("person", "month"):
        assert set(measure(log, list(KPIS), by=by)["name"]) == set(KPIS)


def test_a_log_of_one_ticket_that_nobody_answered() -> None:
    """Created at second 0, urgent, reply due after 30 minutes, resolution after 4 hours: both late."""
    log = Log.of(
        timeline=LOG.timeline, until_s=DAY, priorities=("urgent", "normal"), sla=SLA,
        calendars={"office": OFFICE},
        cases=pl.DataFrame({"ticket": [7], "kind": ["exam"], "priority": ["urgent"]}),
        moments=pl.DataFrame({"ticket": [7], "at_s": [0], "number": [0], "what": ["created"]}),
    )  # fmt: skip
    rows = {row["name"]: row for row in measure(log).iter_rows(named=True)}
    assert (rows["response_overdue_rate"]["mean"], rows["resolution_overdue_rate"]["mean"]) == (1.0, 1.0)
    assert (rows["first_response_mean"]["mean"], rows["first_response_mean"]["censored"]) == (None, 1)
    assert rows["first_response_mean"]["reason"] == "what there is to count was not seen to its end"
    assert rows["wait_mean"]["reason"] == "the log does not say when work on tickets began"
    assert rows["csat_mean"]["reason"] == "the log holds no rating of an outcome"
    assert (rows["tickets_created"]["mean"], rows["backlog_end"]["mean"]) == (1.0, 1.0)


def resolved(until_s: int, *later: tuple[str, int]) -> Log:
    """Return a log of one ticket, resolved at second 0 after its creation, and what came later to it or its learner."""
    rows = [(0, 0, "created"), (0, 0, "resolved"), *((int(what == "created"), at_s, what) for what, at_s in later)]
    moments = pl.DataFrame(rows, schema=["ticket", "at_s", "what"], orient="row").with_row_index("number")
    tickets = moments["ticket"].unique().sort()
    return Log.of(
        timeline=LOG.timeline, until_s=until_s, priorities=("urgent", "normal"), moments=moments,
        cases=pl.DataFrame({"ticket": tickets, "kind": "exam", "priority": "normal", "learner": "L1"}),
    )  # fmt: skip


@pytest.mark.parametrize(("seconds", "holds"), [(72 * H, 0.0), (72 * H + 1, 1.0)])
@pytest.mark.parametrize(("what", "name"), [("reopened", "fcr_no_followup"), ("created", "fcr_verified_72h")])
def test_what_comes_back_within_72_hours_sharp_counts_against_the_resolution(
    what: str, name: str, seconds: int, holds: float
) -> None:
    row = measure(resolved(10 * DAY, (what, seconds)), [name]).row(0, named=True)
    assert (row["mean"], row["n"], row["censored"]) == (holds, 1, 0)


@pytest.mark.parametrize(("until_s", "n", "censored"), [(72 * H, 1, 0), (72 * H - 1, 0, 1)])
def test_a_resolution_is_verified_once_the_log_has_seen_72_hours_of_it(until_s: int, n: int, censored: int) -> None:
    rows = measure(resolved(until_s), ["fcr_no_followup", "fcr_single_contact", "fcr_verified_72h"])
    known = rows.filter(pl.col("name") != "fcr_single_contact")
    assert known.select("mean", "n", "censored").rows() == [(1.0 if n else None, n, censored)] * 2


def test_a_reply_that_falls_due_after_the_end_of_the_log_is_not_late_yet() -> None:
    """Urgent, created at 0 and 1, due after 30 min; the log ends one second after the first due, the period later."""
    moments = {"ticket": [0, 1, 1], "at_s": [0, 2, 3], "number": [0, 0, 1], "what": ["created", "created", "reply"]}
    log = Log.of(
        timeline=LOG.timeline, until_s=1801, priorities=("urgent", "normal"), sla=SLA, calendars={"office": OFFICE},
        cases=pl.DataFrame({"ticket": [0, 1], "kind": "exam", "priority": "urgent"}), moments=pl.DataFrame(moments),
    )  # fmt: skip
    row = measure(log, ["response_overdue_rate"], window=Window(0, DAY)).row(0, named=True)
    assert (row["mean"], row["n"], row["censored"]) == (1.0, 1, 1)


def test_the_top_two_points_are_4_and_5_and_the_low_ones_1_and_2() -> None:
    """One ticket for each of the points 1 to 5: two of five at the top, two low."""
    rows = [(n, at_s, what) for n in range(5) for at_s, what in ((0, "created"), (1, "resolved"), (2, "rated"))]
    moments = pl.DataFrame(rows, schema=["ticket", "at_s", "what"], orient="row").with_columns(
        number=pl.col("at_s"), value=pl.when(pl.col("what") == "rated").then(pl.col("ticket") + 1)
    )
    log = Log.of(
        timeline=LOG.timeline, until_s=DAY, priorities=("normal",), moments=moments,
        cases=pl.DataFrame({"ticket": range(5), "kind": "exam", "priority": "normal"}),
    )  # fmt: skip
    assert measure(log, ["csat_mean", "csat_top2_share", "csat_low_share"])["mean"].to_list() == [3.0, 0.4, 0.4]


def test_a_source_that_never_says_who_replied_gives_no_rate_of_late_replies() -> None:
    silent = LOG.moments.filter(pl.col("what") != "reply")
    log = Log.of(
        timeline=LOG.timeline, until_s=LOG.until_s, priorities=LOG.priorities, cases=LOG.cases,
        moments=silent, sla=SLA, calendars={"office": OFFICE},
    )  # fmt: skip
    row = measure(log, ["response_overdue_rate"]).row(0, named=True)
    assert (row["mean"], row["reason"]) == (None, "the log does not say when people replied")


def test_without_an_agreement_the_rates_of_overdue_are_null() -> None:
    rows = measure(LOG.under(None, {}), ["response_overdue_rate", "resolution_overdue_rate", "wait_mean"])
    assert [value is None for value in rows["mean"]] == [True, True, False]
    assert rows["reason"][0] == "no agreement with a response target is given"


def test_what_a_table_cannot_be_split_by_is_null_with_the_reason() -> None:
    rows = {row["name"]: row for row in measure(LOG, ["utilisation", "backlog_mean"], by="kind").iter_rows(named=True)}
    assert rows["utilisation"]["reason"] == "shifts have no kind"
    assert measure(LOG, ["backlog_mean"], by="person")["reason"].to_list() == ["an open ticket has no person"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kpis": ["wait_men"]}, "no KPI 'wait_men'; did you mean 'wait_mean'"),
        ({"by": "persons"}, "cannot split by 'persons'; did you mean 'person'"),
        ({"attribution": "last_assignee"}, "known are last_resolver, first_owner, closer, time_share"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        count(LOG, **options)


def test_a_window_without_a_second_and_a_level_of_one_are_refused() -> None:
    with pytest.raises(ValueError, match="must end after it begins"):
        Window(5, 5)
    with pytest.raises(ValueError, match="must lie in"):
        finish(count(LOG, ["wait_mean"]), 1.0)


def test_parts_that_were_counted_differently_do_not_merge() -> None:
    with pytest.raises(ValueError, match="different attribution"):
        merge([count(LOG, by="person"), count(LOG, by="person", attribution="first_owner")])


def test_statistics_survive_being_sent_to_another_process() -> None:
    statistics = count(LOG, by=("person", "month"))
    equal(pickle.loads(pickle.dumps(statistics)), statistics)


def test_idle_rate_is_what_utilisation_leaves() -> None:
    rows = measure(LOG, ["utilisation", "idle_rate"], by="person")
    one, two = (rows.filter(pl.col("name") == name)["mean"] for name in ("utilisation", "idle_rate"))
    assert (one + two).to_list() == pytest.approx([1.0] * 3)


def test_every_entry_of_the_catalogue_is_whole() -> None:
    for name, kpi in KPIS.items():
        assert kpi.name == name and name == name.lower() and " " not in name
        assert (
            kpi.counts.endswith(".") and kpi.source and all(f in FACTS or f == f"measure {name}" for f in kpi.requires)
        )
        assert all(term.table in AXES for term in kpi.statistics)
        assert all(identifier[:2] == "R0" and "-" in identifier for identifier in kpi.source)
    assert [entry["name"] for entry in catalogue()] == list(KPIS)
    keys = {"name", "unit", "better", "dimension", "counts", "controllable_by", "outcome_or_process", "source"}
    keys |= {"strategy", "switches", "standard"}
    assert {kpi.outcome_or_process for kpi in KPIS.values()} == {"outcome", "process"}
    assert {tag for kpi in KPIS.values() for tag in kpi.strategy} == set(get_args(Strategy))
    assert {name for kpi in KPIS.values() for name in kpi.switches} | {"period"} == set(Switches.model_fields)
    assert all(set(entry) == keys for entry in catalogue())


NOT_IN_LOG = ("next_response_overdue_rate", "token_reply_rate", "assist_response_mean", "intervention_time_mean")
"""The log has no such clause, no reply in it states a reason, nobody asks for help, no supervisor looks at anything."""


def test_every_figure_can_be_split_by_all_that_its_table_knows() -> None:
    for by in sorted({axis for axes in AXES.values() for axis in axes} | set(PERIODS)):
        rows = measure(LOG, list(KPIS), by=by)
        for name, kpi in KPIS.items():
            if name in NOT_IN_LOG:
                continue
            can = by in PERIODS or all(by in AXES[term.table] for term in kpi.statistics)
            reasons = rows.filter(pl.col("name") == name)["reason"].drop_nulls().to_list()
            assert any(" no " in reason for reason in reasons) == (not can or name.startswith("process_csat"))


def test_the_public_names_are_those_of_the_package() -> None:
    assert sim.kpi.__all__ == sorted(sim.kpi.__all__, key=lambda word: (not word.isupper(), word[0].islower(), word))
    assert all(hasattr(sim.kpi, name) for name in sim.kpi.__all__)
