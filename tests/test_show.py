"""`fairdesk show`: its pages, its document, what it answers to bad input."""

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scenarios import load
from scenarios.cli import BAD_INPUT, DONE, main
from scenarios.looks import Asked, Looks, looks_at
from scenarios.plots.lanes import minutes, shown, word
from scenarios.plots.maps import cell
from scenarios.report.show import look_page
from scenarios.report.tables import tables_of
from scenarios.texts import LANGUAGES
from sim import fast, sample
from sim.log import Log, write
from tests.test_looks import DAY_S, MONDAY, H, a_day, log_of, shift, told, touch

NASTY = '<b>Ana</b> & $x_1$ "O\'Neil"'


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Any:
    """Call the command and return its exit code, output and errors."""

    def call(*words: object) -> tuple[int, str, str]:
        code = main(["show", *map(str, words)])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return code, said.out, said.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write the log of a ticket."""
    write(told(), tmp_path / "log")
    return tmp_path / "log"


def nasty() -> Log:
    """Return a log whose people, kinds, labels and reasons would be markup if nobody looked."""
    log = log_of(
        [
            (0, 9 * H, "created", None), (0, 9 * H + 60, "reply", NASTY),
            (0, 9 * H + 90, "wait_begins", NASTY, "<i>boss</i>"),
        ],
        [touch(0, NASTY, 9 * H, 9 * H + 60, 9 * H + 90, seat="<s>", skill="_odd\x07", team="<team>")],
        shifts=[shift(NASTY, 9 * H, 12 * H, team="<team>")], labels={0: "<script>alert(1)</script>"},
    )  # fmt: skip
    cases = log.cases.with_columns(kind=pl.lit("_<kind>"))
    return Log.of(
        timeline=log.timeline, until_s=log.until_s, priorities=log.priorities, cases=cases, moments=log.moments,
        touches=log.touches, shifts=log.shifts,
    )  # fmt: skip


def all_of(log: Log, person: str) -> Looks:
    """Return everything that can be shown of a log."""
    ticket = int(log.cases["ticket"][0])
    return looks_at(log, Asked(ticket=ticket, person=person, day=MONDAY, week=True, queue=True))


def page_of(path: Path, looks: Looks, lang: str = "en", name: str = "mine") -> str:
    """Write the page of what is shown, and return its text."""
    look_page(path, lang, name, None, looks)
    return path.read_text("utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_of_all_looks_fetches_nothing_and_escapes_what_a_log_says(tmp_path: Path, lang: str) -> None:
    words = page_of(tmp_path / "page.html", all_of(nasty(), NASTY), lang, "<u>log</u>")
    assert not re.search(r"<(script|b|i|s|team|kind|u)>", words)
    assert "<image" not in words
    assert re.findall(r"""(?:src|href)=["']([^"'#][^"']*)""", words) == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in words
    # A dollar sign begins no formula, in the picture neither.
    assert words.count("$x_1$") > 3
    assert words.count("<svg") == 5


def test_a_page_has_the_same_bytes_twice(tmp_path: Path) -> None:
    desk = load("academy_small").changed(weeks=1)
    pages = []
    for name in ("a", "b"):
        log, _ = fast.run(desk, sample(desk, 1))
        pages.append(page_of(tmp_path / f"{name}.html", all_of(log, "tech_support#1")))
    assert pages[0] == pages[1]


def test_letters_of_a_picture_are_letters_in_both_languages(tmp_path: Path) -> None:
    english, chinese = (page_of(tmp_path / "page.html", all_of(a_day(), "Ana"), lang) for lang in LANGUAGES)
    for words in ("Shift", "Touches", "Idle or break", "overtime", "Utilisation"):
        assert f">{words}<" in english
    for words in ("班次", "经手", "空闲或休息", "加班", "利用率", "周一"):
        assert f">{words}<" in chinese
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"<style>.*?</style>", "", english))


def test_a_log_without_touches_and_shifts_is_shown_and_says_what_it_lacks(tmp_path: Path) -> None:
    log = log_of([(0, 9 * H, "created", None), (0, 10 * H, "reply", "Ana"), (0, 10 * H, "resolved", "Ana")])
    words = page_of(tmp_path / "page.html", all_of(log, "Ana"))
    for said in (
        "The log tells of no touch of this ticket", "No service target promises this ticket anything",
        "utilisation cannot be computed", "What Ana wrote", "The log knows neither work nor shifts",
        "the map shows the queue alone: tickets that wait for their first human reply",
    ):  # fmt: skip
        assert said in words


def test_a_day_off_and_a_day_without_anything_are_told_apart(tmp_path: Path) -> None:
    log = log_of(
        [(0, 0, "created", None)],
        [touch(0, "Ana", 0, 60, 120)],
        shifts=[shift("Bo", 0, H), shift("Ana", DAY_S, DAY_S + H)],
    )
    words = page_of(tmp_path / "page.html", looks_at(log, Asked(person="Ana", day=MONDAY)))
    assert "Ana has no shift on this day." in words
    words = page_of(tmp_path / "page.html", looks_at(log, Asked(person="Bo", day=MONDAY.replace(day=5))))
    assert "nothing that Bo did on 2026-03-05. The nearest day with something to show is 2026-03-02." in words


def test_the_tables_tell_what_the_picture_shows() -> None:
    tables = [each.table for each in tables_of(looks_at(told(), Asked(ticket=7)), "en")]
    moments, touches, waits, promises = (each.lines for each in tables if each is not None)
    assert moments[1] == ["2", "2026-03-02 09:10:00", "reply", "Ana", "-"]
    assert touches[0] == [
        "Ana", "desk", "-", "10.0 min", "2026-03-02 09:10:00", "2026-03-02 09:20:00", "10.0 min", "parked",
    ]  # fmt: skip
    assert waits[2] == ["waits for the requester", "-", "2026-03-02 09:20:00", "2026-03-02 10:20:00", "60.0 min"]
    assert [line[0::4] for line in promises] == [["First reply", "5.0 min late"], ["Resolution", "in time"]]


def test_a_changed_priority_is_said_by_name() -> None:
    log = log_of([(0, 0, "created", None), (0, 60, "priority", "Ana", None, 0)])
    (first, *_) = tables_of(looks_at(log, Asked(ticket=0)), "en")
    assert first.table is not None
    assert first.table.lines[1][2:] == ["priority changed", "Ana", "normal"]


def test_a_touch_says_why_it_was_there() -> None:
    log = log_of([(0, 0, "created", None)], [touch(0, "Ana", 0, 60, 120, reason="call_back")])
    _, touches, *_ = tables_of(looks_at(log, Asked(ticket=0)), "zh")
    assert touches.table is not None
    assert touches.table.lines[0][-1] == "完成, 回访"


def test_the_worst_hours_are_those_in_which_somebody_is_on_duty() -> None:
    """Two tickets wait from 9 on; Ana is there from 10 to 11 and takes none, so one more waits than is free."""
    moments = [(ticket, 9 * H, "created", None) for ticket in (0, 1)]
    waits = [{"ticket": ticket, "queued_s": 9 * H, "ended_s": 11 * H, "ended": "left"} for ticket in (0, 1)]
    (only,) = tables_of(
        looks_at(log_of(moments, waits, shifts=[shift("Ana", 10 * H, 11 * H)]), Asked(queue=True)), "en"
    )
    assert only.table is not None
    assert only.table.lines == [["Mon", "10:00", "2.00", "1.00", "1.00", "+1.0", "1"]]
    (alone,) = tables_of(looks_at(log_of(moments, waits), Asked(queue=True)), "en")
    assert alone.table is not None
    assert len(alone.table.heads) == 4
    assert alone.table.lines[0] == ["Mon", "9:00", "2.00", "1"]


def test_lengths_of_time_have_a_unit_that_suits_them() -> None:
    assert [minutes("en", each) for each in (None, 0, 8, 90, 7199, 7200, 200_000)] == [
        "-", "0.0 min", "8 s", "1.5 min", "120.0 min", "2.0 h", "2.3 d",
    ]  # fmt: skip


def test_names_in_a_picture_are_short_and_can_be_seen() -> None:
    assert shown("a" * 40) == "a" * 25 + "…"
    assert shown("a\nb\x00") == "a\ufffdb\ufffd"
    assert shown("_a") == " _a"
    assert word("zh", "what", "reply") == "人工回复"
    assert word("zh", "what", "no_such_word") == "no_such_word"


def test_a_cell_shows_its_sign_only_where_there_are_two_sides() -> None:
    assert [cell(value, True) for value in (9.94, -9.96, 0.04)] == ["+9.9", "−10", "0"]
    assert cell(2.0, False) == "2.0"


def test_the_command_shows_a_ticket_of_a_log(show: Any, folder: Path, tmp_path: Path) -> None:
    code, out, _ = show(folder, "--ticket", 7, "--out", tmp_path / "out")
    assert code == DONE
    assert "Ticket 7" in out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"show.html", "show.json"}
    made = json.loads((tmp_path / "out" / "show.json").read_text("utf-8"))
    assert list(made) == ["command", "inputs", "seed", "versions", "level", "ticket"]
    assert made["inputs"] == {"log": {"name": "log", "source": "simulated", "tickets": 1}, "ticket": 7}
    assert made["ticket"]["dues"][0] == {
        "what": "response", "since_s": 32_400, "due_s": 32_700, "done_s": 33_000, "met": False,
    }  # fmt: skip
    assert str(tmp_path) not in json.dumps(made)


def test_the_command_shows_week_and_queue_if_nothing_else_is_asked_for(show: Any, folder: Path) -> None:
    code, out, _ = show(folder, "--json")
    made = json.loads(out)
    assert code == DONE
    assert list(made)[5:] == ["week", "queue"]
    assert len(made["week"]["arrivals"]["mean"]) == 168
    assert [row["row"] for row in made["queue"]["by_weekday"]] == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert made["week"]["staffed"] is None
    assert show(folder, "--json")[1] == out


def test_the_command_runs_one_world_of_a_scenario(show: Any) -> None:
    words = ("academy_small", "--weeks", 1, "--seed", 4, "--person", "tech_support#1", "--day", "2026-03-03", "--json")
    code, out, _ = show(*words)
    made = json.loads(out)
    assert (code, made["seed"], made["day"]["day"]) == (DONE, 4, "2026-03-03")
    assert made["day"]["offs"] == [{"what": "break", "begin_s": DAY_S + 12 * H, "end_s": DAY_S + 13 * H}]
    assert show(*words, "--engine", "simpy")[1] == out


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (("--ticket", "8"), "no ticket \"8\"; did you mean 7?", "没有工单 \"8\"；您是否想写 7？"),
        (("--person", "Anna"), "did you mean Ana?", "您是否想写 Ana？"),
        (("--person", "Ana", "--day", "2027-01-01"), "the nearest is 2026-03-08", "最近的是 2026-03-08"),
        (("--week", "--day", "3.3.2026"), "must be a date", "必须是日期"),
        (("--ticket", "7", "--day", "2026-03-02"), "--day belongs to --person or --week", "--day 属于"),
        (("--seed", "3"), "--seed belongs to a scenario", "--seed 属于场景"),
    ],
)  # fmt: skip
def test_bad_input_is_answered_in_both_languages(
    show: Any, folder: Path, words: tuple[str, ...], english: str, chinese: str
) -> None:
    for lang, said in (("en", english), ("zh", chinese)):
        code, out, err = show(folder, *words, "--lang", lang)
        assert (code, out) == (BAD_INPUT, "")
        assert said in err


def test_a_log_without_tickets_is_bad_input(show: Any, tmp_path: Path) -> None:
    log = told()
    empty = Log.of(
        timeline=log.timeline, until_s=10, priorities=("normal",), cases=log.cases.clear(), moments=log.moments.clear()
    )
    write(empty, tmp_path / "log")
    code, _, err = show(tmp_path / "log")
    assert code == BAD_INPUT
    assert "the log has no tickets" in err


def test_what_is_neither_a_log_nor_a_scenario_names_the_nearest_scenario(show: Any) -> None:
    code, _, err = show("acadmy_small")
    assert code == BAD_INPUT
    assert "academy_small" in err


def test_a_scenario_takes_no_mapping(show: Any) -> None:
    code, _, err = show("mm1", "--mapping", "school_support")
    assert code == BAD_INPUT
    assert "--mapping belongs to a CSV export; mm1 is a scenario" in err
