"""Exports become logs: hostile files, mappings, and what a row proves."""

import csv
import gzip
import io
import json
import tomllib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from scenarios.cli import main
from scenarios.sources import Quality, SourceError, known, read
from sim.notes import Note

SHARED = Path(__file__).parents[2] / "shared" / "data"
EVENTS = [
    "ticket_id", "created_at", "event_timestamp", "status_event", "escalation_level", "assigned_by", "assigned_to",
    "resolved_by", "support_team", "priority", "issue_type", "product", "school", "first_response_timestamp",
]  # fmt: skip
CALLS = [
    "vru+line", "call_id", "customer_id", "priority", "type", "date", "vru_entry", "vru_exit", "q_start", "q_exit",
    "outcome", "ser_start", "ser_exit", "server",
]  # fmt: skip


def event(ticket, minute, status, by="", to="", resolver="", team="CX", tier="TIER_1", **more):
    """Return a row of a ticket that was created at 06:00 UTC on 14 July 2025, `minute` minutes later."""
    row = {
        "ticket_id": ticket, "created_at": "2025-07-14T06:00:00.000",
        "event_timestamp": f"2025-07-14T{6 + minute // 60:02d}:{minute % 60:02d}:00.000", "status_event": status,
        "escalation_level": tier, "assigned_by": by, "assigned_to": to, "resolved_by": resolver,
        "support_team": team, "priority": "HIGH", "issue_type": "TECHNICAL", "product": "Product A",
        "school": "School 1", "first_response_timestamp": "",
    }  # fmt: skip
    return row | more


LIFE = [
    event("7", 0, "OPEN", "99", "17"),
    event("7", 10, "IN_PROGRESS", "17", "17"),
    event("7", 25, "ESCALATED", "17", "8", team="TECH", tier="TIER_2"),
    event("7", 60, "RESOLVED", "8", "17", "8", team="TECH", tier="TIER_2"),
    event("7", 60, "RESOLVED", "8", "17", "8", team="CX", tier="TIER_2"),
    event("7", 90, "IN_PROGRESS", "17", "17"),
    event("7", 95, "ON_STANDBY", "17", "17"),
    event("7", 110, "IN_PROGRESS", "17", "17"),
    event("7", 120, "RESOLVED", "", "", "17"),
    event("7", 121, "CLOSED", "17", "", "17"),
    event("8", 5, "OPEN", "99", "17", priority="LOW", issue_type="", school=""),
]


def call(number, *clocks, outcome="AGENT", server="AG01", **more):
    """Return a call of 1 February 1999: menu entered and left, queue begun and ended, service begun and ended."""
    row = {
        "vru+line": "AA0101", "call_id": number, "customer_id": "0", "priority": "0", "type": "PS",
        "date": "1999-02-01", **dict(zip(CALLS[6:10], clocks[:4], strict=True)), "outcome": outcome,
        "ser_start": clocks[4], "ser_exit": clocks[5], "server": server,
    }  # fmt: skip
    return row | more


NEVER = "0:00:00"
DAY = [
    call("1", "9:00:00", "9:00:10", NEVER, NEVER, "9:00:10", "9:02:10"),
    call("2", "9:01:00", "9:01:10", "9:01:10", "9:01:40", "9:01:40", "9:05:00", priority="2", customer_id="C7"),
    call("3", "9:02:00", "9:02:10", "9:02:10", "9:03:00", NEVER, NEVER, outcome="HANG", server="NO_SERVER"),
]


def text_of(rows, columns=None, mark=","):
    columns = columns or list(rows[0])
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue()


def written(tmp_path, content, name="export.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def assert_same(one, other):
    assert (one.timeline, one.until_s, one.priorities) == (other.timeline, other.until_s, other.priorities)
    for table in ("cases", "moments", "touches", "people"):
        assert_frame_equal(getattr(one, table), getattr(other, table))


def story(log, ticket):
    rows = log.moments.filter(pl.col("ticket") == ticket).sort("at_s", "number")
    begin = log.tickets.filter(pl.col("ticket") == ticket)["created_s"][0]
    return [(what, (at - begin) // 60, who) for what, at, who in rows.select("what", "at_s", "who").iter_rows()]


def test_the_life_of_a_ticket_by_hand(tmp_path):
    """Created 06:00 UTC = 09:00 in Nairobi; minutes from there.

    10 the owner clicks: first act, so first reply; 25 tier 1 -> 2: handed on and escalated; 60 resolved, said twice;
    90 work again: reopened; 95-110 standby; 120 resolved; 121 closed. Ticket 8 is only opened.
    """
    log, quality = read(written(tmp_path, text_of(LIFE)))
    assert story(log, 0) == [
        ("created", 0, None), ("reply", 10, "agent_17"), ("handed_on", 25, "agent_17"),
        ("escalated", 25, "agent_17"), ("resolved", 60, "agent_8"), ("reopened", 90, "agent_17"),
        ("wait_begins", 95, "agent_17"), ("wait_ends", 110, None), ("resolved", 120, "agent_17"),
        ("closed", 121, "agent_17"),
    ]  # fmt: skip
    assert story(log, 1) == [("created", 0, None)]
    assert log.timeline.iso(log.tickets["created_s"][0]) == "2025-07-14T09:00:00+03:00"
    assert log.cases["kind"].to_list() == ["product_a-technical", "product_a-unclassified"]
    assert log.cases["priority"].to_list() == ["high", "low"]
    assert quality.as_dict()["set_aside"] == {"doubled event: same ticket, second, status and person": 1}
    assert (quality.rows_in, quality.rows_used) == (11, 10)


def test_touches_are_spells_of_holding_without_work_times(tmp_path):
    """Ticket 7: agent 17 from 0 to 25, agent 8 from 25 to 60, agent 17 again from 90 to 120; ticket 8: still held."""
    log, _ = read(written(tmp_path, text_of(LIFE)))
    begin = log.tickets["created_s"][0]
    spells = [
        (person, (assigned - begin) // 60, None if end is None else (end - begin) // 60, ended)
        for person, assigned, end, ended in log.touches.sort("ticket", "assigned_s")
        .select("person", "assigned_s", "ended_s", "ended")
        .iter_rows()
    ]
    assert spells == [
        ("agent_17", 0, 25, "escalated"), ("agent_8", 25, 60, "done"), ("agent_17", 90, 120, "done"),
        ("agent_17", 5, None, None),
    ]  # fmt: skip
    assert log.touches["work_s"].null_count() == log.touches.height


def test_calls_by_hand(tmp_path):
    """Call 1 is served at once for 120 s; call 2 waits 30 s, then 200 s of work; call 3 leaves after 50 s."""
    log, quality = read(written(tmp_path, text_of(DAY)))
    tickets = log.tickets.sort("ticket")
    assert (tickets["first_reply_s"] - tickets["created_s"]).to_list() == [0, 30, None]
    assert (tickets["left_s"] - tickets["created_s"]).to_list() == [None, None, 50]
    assert log.touches.sort("ticket")["work_s"].to_list() == [120, 200, None]
    assert log.cases.sort("ticket")["learner"].to_list() == [None, "C7", None]
    assert log.timeline.iso(tickets["created_s"][0]) == "1999-02-01T09:00:10+02:00"
    assert quality.set_aside == {}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (call("9", "9:00:00", "9:00:09", NEVER, NEVER, "9:00:10", "9:00:05"), "service ends before it begins"),
        (call("9", "9:00:00", "9:00:09", NEVER, NEVER, "9:00:10", "19:30:00"), "did not log off"),
        (call("9", "9:00:00", "9:00:09", NEVER, NEVER, NEVER, NEVER), "no service time"),
        (call("9", "9:00:00", "9:00:09", NEVER, NEVER, "9:00:10", "9:01:00", server="NO_SERVER"), "nobody"),
        (call("9", "9:00:00", "9:00:09", NEVER, NEVER, NEVER, NEVER, outcome="HANG"), "hung up in the menu"),
        (call("9", "9:00:00", "9:00:09", NEVER, NEVER, NEVER, NEVER, outcome="PHANTOM"), "PHANTOM"),
        (call("9", "9:00:00", "25:00:09", NEVER, NEVER, "9:00:10", "9:01:00"), "vru_exit: no readable time"),
        (call("9", "9:00:00", "9:00:09", NEVER, NEVER, "9:00:10", "9:01:00", date="1.2."), "no readable day"),
        (call("9", "9:00:00", "9:00:09", NEVER, NEVER, "9:00:10", "9:01:00", type="XX"), "type: unknown word"),
        (DAY[0], "doubled row"),
    ],
)
def test_a_call_that_proves_nothing_is_set_aside_with_its_reason(tmp_path, row, reason):
    log, quality = read(written(tmp_path, text_of([*DAY, row])))
    assert log.cases.height == 3
    assert sum(quality.set_aside.values()) == 1
    assert reason in next(iter(quality.as_dict()["set_aside"]))
    assert next(iter(quality.examples.values())) == [5]


def test_a_service_over_midnight_is_of_the_next_day(tmp_path):
    """23:59:30 to 0:01:00 are 90 s."""
    row = call("4", "23:59:00", "23:59:20", NEVER, NEVER, "23:59:30", "0:01:00")
    log, _ = read(written(tmp_path, text_of([*DAY, row])))
    assert log.touches.sort("queued_s")["work_s"].to_list()[-1] == 90


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("gb18030"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\n\n" + text.encode() + b"\n\n",
        lambda text: gzip.compress(text.encode()),
    ],
)
def test_encoding_line_ends_and_packing_change_nothing(tmp_path, encode):
    rows = [row | {"school": "北京学校"} for row in LIFE]
    log, _ = read(written(tmp_path, encode(text_of(rows))))
    plain, _ = read(written(tmp_path, text_of(rows), "plain.csv"))
    assert log.cases["learner"][0] == "北京学校"
    assert_same(log, plain)


def test_semicolons_are_separators_too(tmp_path):
    one, _ = read(written(tmp_path, text_of(LIFE, mark=";")))
    other, _ = read(written(tmp_path, text_of(LIFE), "plain.csv"))
    assert_same(one, other)


def test_a_cell_of_a_million_characters_is_read(tmp_path):
    log, quality = read(written(tmp_path, text_of([row | {"school": "x" * 1_000_000} for row in LIFE[:2]])))
    assert len(log.cases["learner"][0]) == 1_000_000
    assert quality.rows_used == 2


@settings(max_examples=20, deadline=None)
@given(rows=st.permutations(LIFE), columns=st.permutations(EVENTS))
def test_the_order_of_rows_and_columns_plays_no_part(tmp_path_factory, rows, columns):
    folder = tmp_path_factory.mktemp("shuffled")
    one, quality = read(written(folder, text_of(rows, columns)))
    other, same = read(written(folder, text_of(LIFE), "plain.csv"))
    assert_same(one, other)
    assert quality.set_aside == same.set_aside


@settings(max_examples=20, deadline=None)
@given(rows=st.permutations(DAY), columns=st.permutations(CALLS))
def test_the_order_of_calls_plays_no_part(tmp_path_factory, rows, columns):
    folder = tmp_path_factory.mktemp("shuffled")
    one, _ = read(written(folder, text_of(rows, columns)))
    other, _ = read(written(folder, text_of(DAY), "plain.csv"))
    assert_same(one, other)


_CELLS = st.sampled_from(["", "0", "7", "OPEN", "RESOLVED", "2025-07-14T06:00:00.000", "gestern", "HIGH", "北京", "?"])


@settings(max_examples=40, deadline=None)
@given(noise=st.lists(st.lists(_CELLS, min_size=12, max_size=16), max_size=6))
def test_rows_in_are_rows_used_plus_rows_set_aside(tmp_path_factory, noise):
    lines = [",".join(row) for row in noise]
    path = written(tmp_path_factory.mktemp("noise"), text_of(LIFE, EVENTS) + "\n".join(lines))
    _, quality = read(path)
    assert quality.rows_in == len(LIFE) + len(noise)
    assert quality.rows_in == quality.rows_used + sum(quality.set_aside.values())


_CLOCKS = st.sampled_from(["", NEVER, "9:00:10", "25:00:00", "9:99:00", "HANG", "AG01", "1999-02-30", "1999-02-01"])


@settings(max_examples=40, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(CALLS), _CLOCKS), max_size=8))
def test_spoilt_calls_are_set_aside_or_an_error_and_nothing_else(tmp_path_factory, changes):
    rows = [dict(row) for row in DAY]
    for number, column, cell in changes:
        rows[number][column] = cell
    path = written(tmp_path_factory.mktemp("spoilt"), text_of(rows))
    try:
        log, quality = read(path)
    except SourceError as error:
        assert "no row of it can be used" in str(error)
    else:
        assert log.cases.height == quality.rows_used == 3 - sum(quality.set_aside.values())


def test_a_report_that_loses_a_row_cannot_be_made():
    with pytest.raises(AssertionError, match="3 rows came in, but 2"):
        Quality(3, 1, {Note.of("source.no_ticket"): 1})


def test_an_answer_that_is_stated_for_after_the_last_event_is_none_yet(tmp_path):
    rows = [event("7", 0, "OPEN", "99", "17", first_response_timestamp="2025-07-14 09:00:00")]
    log, _ = read(written(tmp_path, text_of(rows)))
    assert log.tickets["first_reply_s"].to_list() == [None]
    later = event("8", 240, "OPEN", "99", "17")
    log, _ = read(written(tmp_path, text_of([*rows, later])))
    assert log.tickets["first_reply_s"].drop_nulls().len() == 1


def test_mixed_time_formats_are_read_and_reported(tmp_path):
    rows = [LIFE[0], LIFE[1] | {"event_timestamp": "2025-07-14 06:10:00"}, *LIFE[2:]]
    log, quality = read(written(tmp_path, text_of(rows)))
    assert_same(log, read(written(tmp_path, text_of(LIFE), "plain.csv"))[0])
    assert any("event_timestamp: mixed time formats" in warning for warning in quality.as_dict()["warnings"])


def test_unreadable_times_and_events_before_creation_are_set_aside_with_their_lines(tmp_path):
    early = event("7", 0, "IN_PROGRESS", "17", "17", event_timestamp="2025-07-14T05:59:00.000")
    rows = [*LIFE, early, LIFE[1] | {"event_timestamp": "14.7. morgens"}]
    _, quality = read(written(tmp_path, text_of(rows)))
    examples = quality.as_dict()["examples"]
    assert examples["an event before the ticket was created"] == [13]
    assert examples["event_timestamp: no readable time"] == [14]


def test_a_doubled_column_with_the_same_content_is_a_warning(tmp_path):
    text = "\n".join(line + "," + line.split(",")[0] for line in text_of(LIFE).splitlines())
    log, quality = read(written(tmp_path, text))
    assert log.cases.height == 2
    assert any(
        "'ticket_id' comes 2 times with the same content" in warning for warning in quality.as_dict()["warnings"]
    )


def test_a_doubled_column_with_other_content_is_an_error_with_its_line(tmp_path):
    lines = text_of(LIFE).splitlines()
    text = "\n".join([lines[0] + ",ticket_id", lines[1] + ",7", *(line + ",5" for line in lines[2:])])
    with pytest.raises(SourceError, match=r"export\.csv:3: the column 'ticket_id' comes 2 times"):
        read(written(tmp_path, text))


def test_a_missing_column_is_named_with_the_nearest(tmp_path):
    text = text_of(LIFE).replace("status_event", "status_evnt", 1)
    with pytest.raises(
        SourceError, match=r"looks like school_support, but .*'status_event' \(did you mean 'status_evnt'"
    ):
        read(written(tmp_path, text))


def test_an_optional_column_may_be_missing(tmp_path):
    columns = [column for column in EVENTS if column != "school"]
    log, quality = read(written(tmp_path, text_of(LIFE, columns)))
    assert log.cases["learner"].null_count() == 2
    assert any("no column 'school'" in warning for warning in quality.as_dict()["warnings"])


HOSTILE = {
    "zero bytes": (b"", "is empty (0 bytes)"),
    "blank lines": (b"\n \n\n", "nothing but blank lines"),
    "header only": (text_of(LIFE[:1]).splitlines()[0].encode(), "a header and no rows"),
    "binary": (bytes(range(256)) * 10, "got a binary file"),
    "control characters": (b"a,b\n1,\x01\n", "control character"),
    "spreadsheet": (b"PK\x03\x04rest", "a spreadsheet or zip archive"),
    "parquet": (b"PAR1....", "a Parquet file"),
    "neither encoding": (b"a,b\n\xff\xff\xff,1\n", ":2: is neither UTF-8 nor GB18030"),
    "cut gzip": (gzip.compress(b"a,b\n" * 1000)[:30], "broken or cut off"),
    "open quote": (b'a,b\n1,"2\n3,4\n', "never closed"),
    "one column": (b"a\n1\n", "a header of 2 to"),
    "foreign header": (
        b"Id,Requester,Assignee\n1,2,3\n",
        "fits no known mapping (call_centre, manager_rubric, school_support)",
    ),
    "nothing usable": (text_of([LIFE[0] | {"status_event": "?"}]).encode(), "no row of it can be used"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_an_error_that_names_file_and_cause(tmp_path, case):
    content, message = HOSTILE[case]
    with pytest.raises(SourceError) as error:
        read(written(tmp_path, content))
    assert "export.csv" in str(error.value)
    assert message in str(error.value)


def test_a_folder_and_a_missing_file_are_errors(tmp_path):
    with pytest.raises(SourceError, match="got a folder"):
        read(tmp_path)
    with pytest.raises(SourceError, match="no such file"):
        read(tmp_path / "export.csv")


def test_rows_of_another_width_are_set_aside_and_not_dropped(tmp_path):
    _, quality = read(written(tmp_path, text_of(LIFE) + "1,2\n" + ",".join("x" * 30) + "\n"))
    assert quality.as_dict()["set_aside"]["a row of another number of cells than the header"] == 2


def test_an_unknown_mapping_is_an_error_that_names_the_nearest(tmp_path):
    with pytest.raises(SourceError, match="did you mean 'call_centre'"):
        read(written(tmp_path, text_of(DAY)), "call_center")


def test_a_mapping_may_come_from_a_file_of_ones_own(tmp_path):
    folder = Path(__file__).parents[1] / "scenarios" / "mappings"
    own = (folder / "school_support.toml").read_text("utf-8").replace('"status_event"', '"state"')
    path = written(tmp_path, own, "own.toml")
    log, quality = read(written(tmp_path, text_of(LIFE).replace("status_event", "state")), str(path))
    assert (log.cases.height, quality.mapping) == (2, "own")


def test_a_mapping_with_an_unknown_key_is_an_error(tmp_path):
    path = written(tmp_path, 'titel = "x"\n', "own.toml")
    with pytest.raises(SourceError, match=r"own\.toml: "):
        read(written(tmp_path, text_of(LIFE)), str(path))


def test_every_mapping_that_comes_along_loads():
    assert list(known()) == ["call_centre", "manager_rubric", "school_support"]


def test_the_command_gives_the_quality_report_as_json(tmp_path, capsys):
    path = written(tmp_path, text_of(LIFE))
    assert main(["import", str(path), "--json", "--out", str(tmp_path / "out")]) == 0
    quality = json.loads(capsys.readouterr().out)["quality"]
    assert quality["rows_in"] == quality["rows_used"] + sum(quality["set_aside"].values()) == 11
    assert (tmp_path / "out" / "log" / "cases.parquet").exists()


def test_both_languages_have_the_same_texts_about_imports():
    folder = Path(__file__).parents[1] / "scenarios" / "texts"
    said = [tomllib.loads((folder / f"import.{lang}.toml").read_text("utf-8")) for lang in ("en", "zh")]
    keys = [{(section, name) for section, table in each.items() for name in table} for each in said]
    assert keys[0] == keys[1]


def test_the_command_shows_its_tables_in_chinese(tmp_path, capsys):
    assert main(["import", str(written(tmp_path, text_of(LIFE))), "--lang", "zh"]) == 0
    assert "读入行数" in capsys.readouterr().out


def test_the_command_answers_bad_input_with_exit_code_2_and_no_traceback(tmp_path, capsys):
    assert main(["import", str(written(tmp_path, b""))]) == 2
    told = capsys.readouterr().err
    assert "0 bytes" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("name", "mapping", "rows", "tickets"),
    [
        ("school_support_2025.csv", "school_support", 7997, 1328),
        ("call_centre_1999_02.csv", "call_centre", 33344, 30584),
    ],
)
def test_a_real_export_is_read_whole(name, mapping, rows, tickets):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the real log {name} is not beside this repository")
    log, quality = read(path)
    assert (quality.mapping, quality.rows_in, log.cases.height) == (mapping, rows, tickets)
    assert quality.rows_in == quality.rows_used + sum(quality.set_aside.values())


def test_the_real_calls_have_their_known_figures():
    """Of those who queue, 21.5 % hang up; the service of calls that a named agent took has a median of 109 s."""
    path = SHARED / "call_centre_1999_02.csv"
    if not path.exists():
        pytest.skip("the real log call_centre_1999_02.csv is not beside this repository")
    log, _ = read(path)
    queued = log.tickets.filter(pl.col("left_s").is_not_null() | (pl.col("first_started_s") > pl.col("created_s")))
    assert 0.20 < queued["left_s"].is_not_null().mean() < 0.24
    assert 105 <= log.touches["work_s"].median() <= 115
