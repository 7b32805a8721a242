import json
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sim.calendar import ALWAYS, WEEKDAYS, Calendar, Timeline
from sim.log import SCHEMAS, WHAT, Log, LogError, read, table, write
from sim.log.told import Moments as Read
from sim.log.told import stretches
from sim.sla import Clause, Sla, SlaClock, Target, cycles

H = 3600
TIMELINE = Timeline.midnight(date(2026, 3, 2), "Asia/Shanghai")
OFFICE = Calendar(hours=dict.fromkeys(WEEKDAYS, ("09:00-18:00",)))
PRIORITIES = ("urgent", "normal")
Moment = tuple[int, int, str, str | None, str | None, int | None]


def agreement(reopen: Literal["resume", "restart", "new_cycle"] = "resume") -> Sla:
    """Urgent: 1 h and 2 h; normal: 2 h and 8 h, all in office hours."""
    targets = {"urgent": (60, 120), "normal": (120, 480)}
    return Sla(
        reopen=reopen,
        priorities={
            name: Target(
                response=Clause(target_min=first, calendar="office"),
                resolution=Clause(target_min=last, calendar="office"),
            )
            for name, (first, last) in targets.items()
        },
    )


def moment(at_h: float, what: str, who: str | None = None, reason: str | None = None, value: int | None = None) -> Any:
    """Return a moment of ticket 1, at hours since midnight."""
    return (1, round(at_h * H), what, who, reason, value)


def moments(*rows: Moment) -> pl.DataFrame:
    """Return moments in the order in which they are written."""
    columns = ("ticket", "at_s", "what", "who", "reason", "value")
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None).with_row_index("number")


def log_of(*rows: Moment, tickets: int = 1, **options: Any) -> Log:
    """Return a log of tickets with the priority `normal`, one week long."""
    numbers = list(range(1, tickets + 1))
    cases = pl.DataFrame({"ticket": numbers, "kind": ["refund"] * tickets, "priority": ["normal"] * tickets})
    given = {"cases": cases, "moments": moments(*rows), "sla": agreement(), "calendars": {"office": OFFICE}}
    return Log.of(timeline=TIMELINE, until_s=7 * 24 * H, priorities=PRIORITIES, **(given | options))


def ticket(*rows: Moment, **options: Any) -> dict[str, Any]:
    """Return the row of the only ticket."""
    return log_of(*rows, **options).tickets.row(0, named=True)


def test_an_automatic_reply_is_no_reply() -> None:
    row = ticket(moment(9, "created"), moment(9, "auto_reply", "bot"), moment(10, "reply", "ana"))
    assert (row["first_auto_reply_s"], row["first_reply_s"], row["replies"]) == (9 * H, 10 * H, 1)
    assert (row["first_replier"], row["first_owner"], row["response_open_s"]) == ("ana", "ana", H)


def test_what_did_not_happen_is_null_and_counts_are_zero() -> None:
    row = ticket(moment(9, "created"))
    unknown = (
        "first_reply_s",
        "resolved_s",
        "closed_s",
        "left_s",
        "last_resolver",
        "rated_outcome",
        "ready_s",
    )
    assert [row[name] for name in unknown] == [None] * len(unknown)
    assert [row[name] for name in ("replies", "reopens", "handoffs", "hands", "paused_s")] == [0] * 5
    assert row["surveyed"] is False


def test_a_reopened_ticket_is_not_resolved_until_it_is_resolved_again() -> None:
    rows = [
        moment(9, "created"),
        moment(10, "resolved", "ana"),
        moment(11, "closed", "bo"),
        moment(12, "reopened"),
    ]
    row = ticket(*rows)
    assert (row["first_resolved_s"], row["resolved_s"], row["closed_s"]) == (10 * H, None, None)
    assert (row["reopens"], row["last_resolver"]) == (1, "ana")
    row = ticket(*rows, moment(13, "resolved", "bo"))
    assert (row["first_resolved_s"], row["resolved_s"], row["last_resolver"]) == (10 * H, 13 * H, "bo")


def test_the_last_rating_of_each_kind_counts_and_one_without_reason_is_of_the_outcome() -> None:
    rows = [moment(9, "created"), moment(10, "rated", value=2), moment(11, "rated", None, "outcome", 4)]
    row = ticket(*rows, moment(12, "rated", None, "process", 5))
    assert (row["rated_outcome"], row["rated_process"], row["rated_s"]) == (4, 5, 12 * H)


def test_a_pause_moves_the_due_of_the_resolution_and_not_that_of_the_response() -> None:
    """Normal, created 09:00: response due 11:00, resolution 17:00; a pause of 10:00 to 12:00 moves it to
    10:00 of the next day (one hour is left at 18:00). Open seconds to 16:00: 7 h less 2 h."""
    pause = [moment(10, "wait_begins", "ana", "requester"), moment(12, "wait_ends")]
    row = ticket(moment(9, "created"), *pause, moment(16, "resolved", "ana"))
    assert (row["due_response_s"], row["due_resolution_s"]) == (11 * H, (24 + 10) * H)
    assert (row["paused_s"], row["resolution_open_s"]) == (2 * H, 5 * H)


def test_open_seconds_leave_out_closed_hours_and_a_clause_that_lacks_counts_every_second() -> None:
    """Created 17:00, resolved 11:00 of the next day: one open hour to 18:00 and two from 09:00 on.

    Waiting for the requester from 02:00 to 10:00 costs the hour from 09:00 on. With no promise of a reply, one at 11:00
    took 18 hours."""
    pause = [moment(26, "wait_begins", "ana", "requester"), moment(34, "wait_ends")]
    rows = [moment(17, "created"), *pause, moment(35, "reply", "ana"), moment(35, "resolved", "ana")]
    assert ticket(*rows)["resolution_open_s"] == 2 * H
    silent = Sla(priorities={"normal": Target(resolution=Clause(target_min=480, calendar="office"))})
    row = ticket(*rows, sla=silent)
    assert (row["response_open_s"], row["resolution_open_s"]) == (18 * H, 2 * H)


def test_waiting_for_a_third_party_stops_no_clock() -> None:
    pause = [moment(10, "wait_begins", "ana", "third party"), moment(12, "wait_ends")]
    row = ticket(moment(9, "created"), *pause)
    assert (row["paused_s"], row["due_resolution_s"]) == (0, 17 * H)


def test_a_resolution_ends_a_pause_and_waits_of_a_resting_ticket_are_ignored() -> None:
    rows = [
        moment(9, "created"), moment(10, "wait_begins", "ana"), moment(11, "resolved", "ana"),
        moment(12, "wait_begins"), moment(13, "wait_ends"), moment(14, "reopened"),
    ]  # fmt: skip
    found = stretches(Read.of(moments(*rows), np.array([1])), 1, 20 * H)
    assert list(zip(*found, strict=True)) == [(0, 10 * H, 11 * H, False), (0, 11 * H, 14 * H, True)]


def test_a_wait_that_lasts_beyond_the_log_moves_the_due_beyond_it() -> None:
    row = ticket(moment(9, "created"), moment(10, "wait_begins", "ana"))
    assert row["paused_s"] == 7 * 24 * H - 10 * H
    assert row["due_resolution_s"] > 7 * 24 * H


@pytest.mark.parametrize(
    ("reopen", "due_h", "judged_h"),
    [("resume", 24 + 11, 16), ("restart", 24 + 14, 16), ("new_cycle", 17, 12)],
)
def test_the_three_reopen_modes(reopen: Any, due_h: int, judged_h: int) -> None:
    """Created 09:00 with 8 h, resolved 12:00, reopened 15:00, resolved 16:00. Resume: 3 h of rest, so 17:00
    becomes 11:00 of the next day. Restart: 8 h from 15:00. New cycle: the first cycle is judged, due 17:00."""
    rows = [
        moment(9, "created"),
        moment(12, "resolved", "ana"),
        moment(15, "reopened"),
        moment(16, "resolved", "ana"),
    ]
    row = ticket(*rows, sla=agreement(reopen))
    assert (row["due_resolution_s"], row["judged_s"]) == (due_h * H, judged_h * H)


def test_a_change_of_priority_changes_the_dues_but_never_into_the_past() -> None:
    """Normal, created 09:00. Urgent at 09:30: response due 10:00, resolution 11:00. Urgent at 12:00: both are
    past, so they fall due at 12:00."""
    early = ticket(moment(9, "created"), moment(9.5, "priority", "bo", value=0))
    assert (early["priority"], early["due_response_s"], early["due_resolution_s"]) == (
        "urgent",
        10 * H,
        11 * H,
    )
    late = ticket(moment(9, "created"), moment(12, "priority", "bo", value=0))
    assert (late["due_response_s"], late["due_resolution_s"]) == (12 * H, 12 * H)


def test_a_change_of_priority_after_the_reply_leaves_the_response_alone() -> None:
    row = ticket(moment(9, "created"), moment(10, "reply", "ana"), moment(10.5, "priority", "bo", value=0))
    assert (row["due_response_s"], row["due_resolution_s"]) == (11 * H, 11 * H)


def test_another_agreement_is_a_recomputation() -> None:
    log = log_of(moment(9, "created"), moment(10, "resolved", "ana"))
    assert log.tickets["due_resolution_s"].item() == 17 * H
    assert log.under(None, {}).tickets["due_resolution_s"].item() is None
    night = log.under(agreement(), {"office": ALWAYS})
    assert night.tickets["due_response_s"].item() == 11 * H
    assert_frame_equal(night.moments, log.moments)


def test_touches_tell_who_came_first_and_how_many_hands_there_were() -> None:
    touches = pl.DataFrame(
        {
            "ticket": [1, 1, 1], "person": ["bo", "ana", "bo"], "queued_s": [9 * H, 9 * H, 11 * H],
            "started_s": [11 * H, 10 * H, 12 * H], "ended_s": [12 * H, 11 * H, 13 * H], "ended": ["done"] * 3,
        }
    )  # fmt: skip
    row = ticket(moment(9, "created"), moment(10, "reply", "cy"), touches=touches)
    assert (row["first_owner"], row["hands"], row["ready_s"]) == ("ana", 2, 9 * H)
    assert (row["first_started_s"], row["first_replier"]) == (10 * H, "cy")


def test_the_order_of_the_rows_plays_no_part() -> None:
    rows = [
        moment(9, "created"),
        moment(10, "reply", "ana"),
        moment(10, "resolved", "ana"),
        moment(12, "reopened"),
    ]
    log = log_of(*rows)
    turned = log_of(moments=log.moments.reverse())
    assert_frame_equal(log.moments, turned.moments)
    assert_frame_equal(log.tickets, turned.tickets)


def test_an_empty_log_has_no_tickets() -> None:
    log = log_of(
        tickets=0,
        moments=pl.DataFrame(schema=SCHEMAS["moments"]),
        cases=pl.DataFrame(schema=SCHEMAS["cases"]),
    )
    assert log.tickets.is_empty()
    assert log.tickets.columns == ticket_columns()


def ticket_columns() -> list[str]:
    return log_of(moment(9, "created")).tickets.columns


def test_persons_are_spelt_alike_in_all_tables() -> None:
    people = pl.DataFrame({"person": ["zoe"], "role": ["adviser"]})
    log = log_of(moment(9, "created"), moment(10, "reply", "ana"), people=people)
    assert log.moments.schema["who"] == log.people.schema["person"] == log.touches.schema["person"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([moment(9, "created"), moment(10, "created")], "1 cases, but 1 tickets with one `created`"),
        ([moment(9, "reply", "ana")], "1 cases, but 0 tickets"),
        ([moment(9, "created"), moment(8, "reply", "ana")], "1 rows lie before their ticket was created"),
        (
            [moment(9, "created"), moment(200, "reply", "ana")],
            "1 rows lie after the end of the log, second 604800",
        ),
        ([moment(9, "created"), moment(9, "priority", value=2)], "1 rows have no rank of the 2 priorities"),
        ([moment(9, "created"), moment(9, "rated", value=6)], "1 rows have a rating outside 1 to 5"),
        ([moment(9, "created"), (2, 9 * H, "reply", "ana", None, None)], "1 rows of tickets without a case"),
        ([moment(9, "created"), moment(9, "solved")], "moments.what"),
    ],
)
def test_a_log_that_breaks_a_rule_says_which(rows: list[Moment], message: str) -> None:
    with pytest.raises(LogError, match=message):
        log_of(*rows)


def test_a_touch_that_ends_before_it_starts_is_refused() -> None:
    touches = pl.DataFrame({"ticket": [1], "started_s": [10 * H], "ended_s": [9 * H]})
    with pytest.raises(LogError, match="touches: 1 rows end before they start"):
        log_of(moment(9, "created"), touches=touches)


def test_a_table_names_the_column_that_is_unknown_missing_or_null() -> None:
    cases = pl.DataFrame(
        {"ticket": [1], "kind": ["refund"], "priority": [None]}, schema_overrides={"priority": pl.String}
    )
    with pytest.raises(LogError, match="cases: 1 rows have no priority"):
        table("cases", cases, PRIORITIES)
    with pytest.raises(LogError, match="cases: column 'kind' is missing"):
        table("cases", cases.drop("kind"), PRIORITIES)
    with pytest.raises(LogError, match="cases: unknown column 'colour'"):
        table("cases", cases.with_columns(colour=pl.lit("red")), PRIORITIES)
    with pytest.raises(LogError, match=r"cases\.priority"):
        table("cases", cases.with_columns(priority=pl.lit("huge")), PRIORITIES)


def test_every_word_of_a_moment_is_known_once() -> None:
    assert len(set(WHAT)) == len(WHAT)


def test_a_log_is_read_as_it_was_written_and_written_alike_twice(tmp_path: Path) -> None:
    log = log_of(moment(9, "created"), moment(10, "reply", "ana"), moment(11, "priority", "bo", value=0))
    write(log, tmp_path / "one")
    again = read(tmp_path / "one")
    assert_frame_equal(log.tickets, again.tickets)
    assert (again.timeline, again.until_s, again.sla, again.priorities) == (
        TIMELINE,
        7 * 24 * H,
        log.sla,
        PRIORITIES,
    )
    write(again, tmp_path / "two")
    write(log, tmp_path / "two")
    for name in SCHEMAS:
        one, two = (tmp_path / folder / f"{name}.parquet" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_folder_with_other_files_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(LogError, match="holds files that are no part of a log"):
        write(log_of(moment(9, "created")), tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "precious"


@pytest.mark.parametrize("damage", ["missing", "binary", "foreign"])
def test_a_damaged_folder_is_named(tmp_path: Path, damage: str) -> None:
    write(log_of(moment(9, "created")), tmp_path / "log")
    path = tmp_path / "log" / "cases.parquet"
    if damage == "missing":
        path.unlink()
    elif damage == "binary":
        path.write_bytes(b"\x00\xff" * 50)
    else:
        pl.read_parquet(path).write_parquet(path)
    with pytest.raises(LogError, match=r"cases\.parquet"):
        read(tmp_path / "log")


def test_a_folder_whose_name_looks_like_a_pattern_is_read_as_it_is_called(tmp_path: Path) -> None:
    log = log_of(moment(9, "created"))
    write(log, tmp_path / "a[1]*")
    assert_frame_equal(read(tmp_path / "a[1]*").tickets, log.tickets)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ("[" * 100_000, "metadata"),
        ({"until_s": 10**30}, "until_s must lie in"),
        ({"until_s": 0}, "lie after the end of the log"),
        ({"calendars": []}, "metadata"),
        ({"zone": "../../etc/passwd"}, "unknown time zone"),
        ({"priorities": ["a"]}, r"cases\.priority"),
    ],
)
def test_hostile_facts_of_a_log_are_an_error_that_names_the_folder(tmp_path: Path, facts: Any, said: str) -> None:
    write(log_of(moment(9, "created")), tmp_path / "log")
    path = tmp_path / "log" / "cases.parquet"
    if isinstance(facts, dict):
        facts = json.dumps(json.loads(pl.read_parquet_metadata(path)["fairdesk"]) | facts)
    pl.read_parquet(path).write_parquet(path, metadata={"fairdesk": facts})
    with pytest.raises(LogError, match=rf"log.*{said}"):
        read(tmp_path / "log")


@pytest.mark.parametrize("reopen", ["resume", "restart", "new_cycle"])
@pytest.mark.parametrize("clause", [{"target_min": 600}, {"working_days": 2}])
def test_dues_of_many_tickets_are_those_of_each_ticket_alone(reopen: Any, clause: Any) -> None:
    """200 tickets with up to six waits and reopenings: the log's dues against `SlaClock`, asked ticket by ticket."""
    rng = np.random.default_rng(5)
    rows: list[Any] = []
    for number in range(200):
        at_s, turns = int(rng.integers(0, 2 * 24 * H)), rng.choice(["wait", "rest", "none"], 6)
        rows.append((number, at_s, "created", None, None, None))
        for turn in turns[: rng.integers(0, 7)]:
            began, ended = (at_s + int(s) for s in np.sort(rng.integers(0, 20 * H, 2)))
            words = {"wait": ("wait_begins", "wait_ends"), "rest": ("resolved", "reopened")}.get(str(turn), ())
            rows.extend(
                (number, when, word, None, None, None) for when, word in zip((began, ended), words, strict=False)
            )
            at_s = ended
    sla = Sla(priorities={"normal": Target(resolution=Clause(calendar="office", **clause))}, reopen=reopen)
    cases = pl.DataFrame({"ticket": list(range(200)), "kind": ["refund"] * 200, "priority": ["normal"] * 200})
    frame = moments(*sorted(rows, key=lambda row: row[:2]))
    log = Log.of(
        timeline=TIMELINE, until_s=30 * 24 * H, priorities=PRIORITIES, cases=cases, moments=frame, sla=sla,
        calendars={"office": OFFICE},
    )  # fmt: skip
    clock = SlaClock.of(sla, {"office": OFFICE}, TIMELINE, 0, log.until_s)
    found = stretches(Read.of(log.moments, np.arange(200)), 200, log.until_s)
    paused = pl.DataFrame(found._asdict())
    expected = []
    for number, created_s in log.tickets.select("ticket", "created_s").rows():
        mine = paused.filter(pl.col("row") == number)
        waits, rests = (
            mine.filter(pl.col("rests") == rest).select("begin_s", "end_s").rows() for rest in (False, True)
        )
        cycle = cycles(reopen, created_s, waits, rests)[0]
        expected.append(clock.due_resolution("refund", "normal", cycle.begin_s, cycle.pauses))
    assert paused.height > 300
    assert log.tickets["due_resolution_s"].to_list() == expected


def test_a_log_that_tells_more_than_its_parts_is_equal_to_itself_only() -> None:
    one, other = (log_of(moment(9, "created"), moment(hour, "reply", "ana")) for hour in (10, 11))
    assert one == log_of(moment(9, "created"), moment(10, "reply", "ana")) and one != other
    assert list(one.tables) == list(SCHEMAS) and len(one.tables) == 5
