"""KPIs of users: formulas, files, and what is refused."""

import json
import pickle
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scenarios.cli import main
from scenarios.files.kpis import load_book
from scenarios.problems import ScenarioError
from sim.kpi import Book, Switches, count, finish, measure, merge
from sim.kpi.formulas import FormulaError, parsed
from sim.kpi.own import OwnKpi, columns_of
from sim.kpi.parts import split
from sim.log import Log, write
from tests.test_kpi import desk as desk_at_random
from tests.test_kpi_by_hand import LOG, at

KNOWN: dict[str, Any] = {"wait_s": pl.Int64(), "rated": pl.Float64(), "kind": pl.String(), "surveyed": pl.Boolean()}
ROWS = pl.DataFrame(
    {
        "wait_s": [0, 600, None], "rated": [0.5, 2.0, 4.0], "surveyed": [True, False, None],
        "kind": pl.Series(["a", "b", "a"], dtype=pl.Enum(["a", "b"])),
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("1 + 2 * 3", [7]),
        ("(wait_s + 600) / 100", [6.0, 12.0, None]),
        ("0.5 * rated - -1", [1.25, 2.0, 3.0]),
        ("case when wait_s > 0 then 1 else 0 end / 2", [0.0, 0.5, 0.0]),
        ("coalesce(wait_s, 5)", [0, 600, 5]),
        ("greatest(rated, 1) + least(rated, 1)", [1.5, 3.0, 5.0]),
        ("nullif(wait_s, 0)", [None, 600, None]),
        ("CASE WHEN kind = 'b' THEN 1 ELSE 0 END", [0, 1, 0]),
    ],
)
def test_a_formula_gives_numbers(formula: str, values: list[float | None]) -> None:
    assert ROWS.select(made=parsed(formula, KNOWN))["made"].to_list() == values


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("wait_s <= 600 and kind <> 'b'", [True, False, None]),
        ("kind in ('b', 'nobody''s')".replace("''", ""), [False, True, False]),
        ("wait_s is not null or not surveyed", [True, True, None]),
        ("rated between 1 and 3", [False, True, False]),
        ("kind = 'a kind that the log does not have'", [False, False, False]),
    ],
)
def test_a_formula_gives_true_or_false(formula: str, values: list[bool | None]) -> None:
    assert ROWS.select(made=parsed(formula, KNOWN, truth=True))["made"].to_list() == values


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (" ", "must not be empty"),
        ("1" * 501, "at most 500 characters, got 501"),
        ("read_csv('/etc/hostname')", "'read_csv' is not allowed here; functions are abs"),
        ("(select max(wait_s) from tickets)", "there is no 'select' here"),
        ("rpad('a', 3000000000, 'x')", "'rpad' is not allowed here"),
        ("wait_s > any (1)", "'any' is not allowed here"),
        ("wait", "there is no 'wait' here; did you mean 'wait_s'?"),
        ("nonsense", "there is no 'nonsense' here; known are kind, rated, surveyed, wait_s"),
        ("wait_s; 1", "';' is not allowed in a formula (character 7)"),
        ('"wait_s"', "is not allowed in a formula (character 1)"),
        ("kind = 'it''s'", "an operator is missing, before"),
        ("wait_s rated", "an operator is missing, before 'rated'"),
        ("((wait_s)", "brackets do not match"),
        (")wait_s(", "brackets do not match"),
        ("(" * 17 + "1" + ")" * 17, "go deeper than 16"),
        ("wait_s +", "is no formula that can be computed"),
        ("and", "is no formula that can be computed"),
        ("wait_s + kind", "must give a number|is no formula"),
        ("kind", "must give a number"),
        ("wait_s > 1", "must give a number"),
        ("1e9", "is not allowed"),
        ("wait_s.x", "is not allowed"),
    ],
)
def test_a_formula_that_says_more_than_it_may_is_refused(formula: str, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parsed(formula, KNOWN)
    assert any(part in str(caught.value) for part in message.split("|"))


def test_a_condition_must_be_true_or_false() -> None:
    with pytest.raises(FormulaError, match="'wait_s' must give true or false"):
        parsed("wait_s", KNOWN, truth=True)


def book(switches: Switches | None = None, **own: dict[str, Any]) -> Book:
    """Return a book with KPIs of one's own."""
    entries = tuple((name, OwnKpi.model_validate(entry)) for name, entry in own.items())
    return Book(switches or Switches(), entries)


QUICK = {"when": "created_s", "share": "first_response_s <= 1200", "where": "kind = 'enquiry'", "unit": "1"}


def row(found: pl.DataFrame) -> tuple[Any, ...]:
    return found.select("mean", "n", "reason").row(0)


def test_a_share_of_ones_own_counts_rows_and_takes_what_is_not_known_for_no() -> None:
    """Of the 8 enquiries 1 and 2 were answered after 20 minutes, 4 and 6 later; 5, 8, 9 and 10 never."""
    assert row(measure(LOG, ["quick"], book=book(quick=QUICK))) == (2 / 8, 8, None)
    assert measure(LOG, ["quick"], by="person", book=book(quick=QUICK)).select("person", "mean", "n").rows() == [
        (None, 0.0, 4), ("ana", 2 / 3, 3), ("bo", 0.0, 1),
    ]  # fmt: skip


def test_a_mean_and_a_total_of_ones_own_leave_out_what_is_not_known() -> None:
    """Resolved: 30 + 60 + 420 + 970 + 40 + 1060 minutes; busy 80 + 70 + 80 + 30 + 40 minutes in five shifts. A third
    of a second is rounded once per row: 8 * 60 * 60 / 7 is 4114."""
    mean = {"when": "resolved_s", "mean": "resolution_s", "divide": 60, "unit": "min"}
    total = {"of": "shifts", "when": "start_s", "total": "busy_s", "divide": 3600, "unit": "h"}
    odd = {"of": "shifts", "when": "start_s", "total": "paid_s / 7"}
    none = {"of": "shifts", "when": "start_s", "mean": "busy_s / (paid_s - 28800)"}
    own = book(mean=mean, total=total, odd=odd, none=none)
    assert row(measure(LOG, ["mean"], book=own)) == (pytest.approx(2580 / 6), 6, None)
    assert row(measure(LOG, ["total"], book=own)) == (5.0, 5, None)
    assert row(measure(LOG, ["odd"], book=own)) == (5 * 4114, 5, None)
    unknown = "no row that counts has a known value: it was not seen to its end, or is divided by 0"
    assert row(measure(LOG, ["none"], book=own)) == (None, 0, unknown)


def test_a_formula_over_finished_kpis_has_the_least_n_of_its_parts() -> None:
    """Two of three are rated 4 or 5 ... one of three; one of six was reopened."""
    own = book(index={"formula": "0.4 * csat_top2_share + 0.6 * (1 - reopen_rate)"})
    assert row(measure(LOG, ["index"], book=own)) == (pytest.approx(0.4 / 3 + 0.6 * 5 / 6), 3, None)
    found = measure(LOG, ["reopen_rate", "index", "wait_mean"], book=own)
    assert found["name"].to_list() == ["reopen_rate", "index", "wait_mean"]
    assert found["low"].is_null().to_list() == [False, True, False]


def test_a_formula_is_computed_group_by_group_and_lacks_what_its_parts_lack() -> None:
    own = book(index={"formula": "csat_mean + tickets_resolved"})
    rows = measure(LOG, ["index"], by="kind", book=own).select("kind", "mean", "reason").rows()
    assert rows == [("enquiry", 10 / 3 + 4, None), ("refund", None, "csat_mean: nothing to count in the period")]


def test_a_formula_that_divides_by_zero_gives_the_reason_and_no_number() -> None:
    own = book(index={"formula": "csat_mean / (tickets_created - 10)"})
    assert row(measure(LOG, ["index"], book=own)) == (None, 3, "the formula gives no number: it divides by zero")


def test_a_formula_may_use_a_share_of_ones_own() -> None:
    own = book(quick=QUICK)
    index = OwnKpi.model_validate({"formula": "1 - quick"}, context={"own": ("quick",)})
    own = Book(own.switches, (*own.own, ("index", index)))
    assert row(measure(LOG, ["index"], book=own)) == (6 / 8, 8, None)
    assert measure(LOG, book=own)["name"].to_list()[-2:] == ["quick", "index"]


def test_ones_own_kpis_merge_and_travel() -> None:
    log = desk_at_random(120)
    own = book(
        Switches(low_rating=1), quick=QUICK, index={"formula": "csat_low_share + reopen_rate / tickets_resolved"},
        work={"of": "touches", "when": "ended_s", "total": "work_s"},
    )  # fmt: skip
    names = ["index", "quick", "work"]
    whole = count(log, names, by="kind", book=own)
    merged = merge([pickle.loads(pickle.dumps(count(part, names, by="kind", book=own))) for part in split(log, 3)])
    assert finish(merged).equals(finish(whole)) and finish(whole).equals(measure(log, names, by="kind", book=own))


def test_every_column_that_a_formula_may_name_can_be_counted() -> None:
    for table, when in (("tickets", "created_s"), ("touches", "ended_s"), ("shifts", "start_s")):
        for name, dtype in columns_of(table).items():  # type: ignore[arg-type]
            number = dtype.is_numeric()
            entry = {"of": table, "when": when, **({"total": name} if number else {"share": f"{name} is not null"})}
            found = measure(LOG, ["own"], book=book(own=entry))
            assert found.height == 1 and found["mean"].null_count() <= number, name


FILE = """title = "Ours"

[switches]
low_rating = 1

[kpi.quick]
when = "created_s"
share = "first_response_s <= 1200"
unit = "1"

[kpi.index]
formula = "1 - quick"
"""


def problems(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """Return what is said of a file after some changes, without its path."""
    text = FILE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load_book(path)
    return [line.removeprefix(str(path)) for line in str(caught.value).splitlines()]


def test_a_file_makes_a_book(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(FILE)
    made = load_book(path)
    assert made.switches == Switches(low_rating=1)
    assert measure(LOG, ["csat_low_share", "quick", "index"], book=made)["mean"].to_list() == [0, 3 / 10, 7 / 10]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("first_response_s", "first_respons_s", ":8:9: kpi.quick.share: there is no 'first_respons_s' here"),
        ("1 - quick", "1 - quic", ":12:11: kpi.index.formula: there is no 'quic' here; did you mean 'quick'?"),
        ("1 - quick", "1 - index", ":12:11: kpi.index.formula: there is no 'index' here;"),
        ("created_s", "create_s", ":7:8: kpi.quick.when: there is no 'create_s' here; did you mean 'created_s'?"),
        ("low_rating = 1", "low_ratin = 1", ":4:1: switches.low_ratin: unknown key; did you mean 'low_rating'?"),
        ("low_rating = 1", "low_rating = 4", ":4:14: switches.low_rating: must be at most 3 (got 4)"),
        ("[kpi.index]", "[kpi.all]", ":11:6: kpi.all: 'all' stands for every KPI; choose another name"),
        ("[kpi.index]", "[kpi.wait_mean]", ":11:6: kpi.wait_mean: 'wait_mean' is a KPI of the catalogue; choose"),
        ("[kpi.index]", "[kpi.Index]", ":11:6: kpi.Index: 'Index' must be a word of small letters, digits and"),
        ("1 - quick", "1 - 0.5", ":12:11: kpi.index.formula: '1 - 0.5' names no KPI"),
        ('unit = "1"', 'unit = "%"', ":9:8: kpi.quick.unit: must be '1', 'min'"),
        ('when = "created_s"', "", ":6:6: kpi.quick: when is missing"),
        ('unit = "1"', 'mean = "wait_s"', "needs exactly one of formula, share, mean, total, got share, mean"),
        ('formula = "1 - quick"', 'formula = "1 - quick"\nwhen = "created_s"', "takes neither when nor where"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_with_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    told = problems(tmp_path, (old, new))
    assert any(said in line for line in told), told


def test_the_command_takes_a_file_and_says_what_is_wrong_in_chinese(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, log = tmp_path / "own.toml", tmp_path / "log"
    path.write_text(FILE)
    write(LOG, log)
    options = ["kpis", str(log), "--kpis", str(path)]
    assert main([*options, "--kpi", "index", "--kpi", "quick", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [(found["name"], found["mean"]) for found in made["kpis"]] == [("index", 0.7), ("quick", 0.3)]
    assert made["inputs"]["kpis"]["switches"] == {"low_rating": 1}
    assert main([*options, "--kpi", "quik"]) == 2
    assert "did you mean 'quick'" in capsys.readouterr().err
    assert main([*options, "--kpi", "all", "--json"]) == 0
    assert [found["name"] for found in json.loads(capsys.readouterr().out)["kpis"]] == list(load_book(path).kpis)
    path.write_text(FILE.replace("<= 1200", "<= sleep(3)"))
    assert main([*options, "--lang", "zh"]) == 2
    assert "此处不能使用 'sleep'；可用的函数有 abs" in capsys.readouterr().err


def test_a_run_and_a_comparison_take_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.toml"
    path.write_text(FILE)
    options = ["--weeks", "1", "--replications", "2", "--workers", "1", "--kpis", str(path), "--kpi", "index", "--json"]
    assert main(["run", "academy_small", *options]) == 0
    (found,) = json.loads(capsys.readouterr().out)["kpis"]
    assert found["name"] == "index" and found["low"] < found["mean"] < found["high"]
    assert main(["compare", "academy_small", "--what-if", "sla_24h", *options]) == 0
    (gap,) = json.loads(capsys.readouterr().out)["differences"]
    assert gap["name"] == "index" and gap["n"] == 2


def test_an_empty_log_gives_ones_own_kpis_no_figure() -> None:
    empty = Log.of(
        timeline=LOG.timeline, until_s=at("1 00:00"), priorities=("normal",), cases=LOG.cases.clear(),
        moments=LOG.moments.clear(),
    )  # fmt: skip
    found = measure(empty, ["quick", "index"], book=book(quick=QUICK, index={"formula": "csat_mean"}))
    assert found["mean"].to_list() == [None, None]
    assert found["reason"].to_list()[1] == "csat_mean: the log holds no rating of an outcome"
