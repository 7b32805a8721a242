"""Tables beside a log: learners and external values, read from CSV, kept with the log, and turned into figures."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scenarios import sources
from scenarios.cli import main
from scenarios.notes import reason_in, rule_in
from scenarios.sources import Mapping, SourceError
from scenarios.sources.mapping import Beside
from sim.kpi import Book, count, measure
from sim.kpi.own import OwnKpi
from sim.kpi.parts import count_parts, write_parts
from sim.log import Log, LogError, read, write
from sim.log.periods import days_of
from tests.test_kpi import equal
from tests.test_kpi_by_hand import LOG

VALUES = """person,learner,period,measure,value,source
ana,,2026-03,trainee_pass_rate,0.8,hr
bo,,2026-03,trainee_pass_rate,50%,hr
ana,,2026-03,enrolments,7,crm
ana,,2026-02,enrolments,100,crm
ana,,2026-09,enrolments,100,crm
,L1,2026/3,exam,81.5,lms
"""


def csv(tmp_path: Path, text: str = VALUES, name: str = "values.csv") -> Path:
    (tmp_path / name).write_text(text, "utf-8")
    return tmp_path / name


def having(tmp_path: Path, text: str = VALUES, **rest: Any) -> Log:
    return sources.with_beside(LOG, externals=csv(tmp_path, text), **rest)[0]


def figure(log: Log, name: str, **rest: Any) -> tuple[Any, ...]:
    return measure(log, [name], **rest).select("mean", "n", "reason").row(0)


def test_periods_have_their_days() -> None:
    """2026 has 53 ISO weeks; week 53 begins on 28 December. What is no period has none."""
    for period, first, after in (
        ("2026", date(2026, 1, 1), date(2027, 1, 1)), ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)), ("2026-W53", date(2026, 12, 28), date(2027, 1, 4)),
        ("2026-02-28", date(2026, 2, 28), date(2026, 3, 1)),
        ("2026-02-28/2026-03-01", date(2026, 2, 28), date(2026, 3, 2)),
    ):  # fmt: skip
        assert days_of(period) == (first, after)
    odd = ("2026-13", "2026-W54", "2026-Q5", "2025-02-29", "2026-03-02/2026-03-01", "March", "", "9999", "0000-01")
    assert [period for period in odd if days_of(period) is not None] == []


def test_values_become_figures_by_person_and_period(tmp_path: Path) -> None:
    """The log begins on Monday 30 March 2026: the values of March count at its begin, those of months that it knows
    nothing of never. The mean of 0.8 and 0.5 is 0.65.
    """
    log = having(tmp_path)
    assert LOG.timeline.iso(0).startswith("2026-03-30")
    assert figure(log, "trainee_pass_rate") == (pytest.approx(0.65), 2, None)
    assert figure(log, "enrolments") == (pytest.approx(7.0), 1, None)
    by = measure(log, ["trainee_pass_rate"], by=("person", "month")).select("person", "month", "mean").rows()
    assert by == [("ana", "2026-03", pytest.approx(0.8)), ("bo", "2026-03", pytest.approx(0.5))]


def test_without_the_measure_there_is_no_figure_and_the_reason_names_it() -> None:
    assert figure(LOG, "enrolments") == (None, 0, "no externals table with measure enrolments")
    assert reason_in("zh", "no externals table with measure enrolments") == "没有含指标 enrolments 的外部数据表"


def test_a_measure_may_be_a_kpi_of_one_s_own_and_part_of_a_formula(tmp_path: Path) -> None:
    """81.5 for L1; a formula adds a tenth of it to the 7 enrolments."""
    own = {
        "exam": OwnKpi(of="externals", measure="exam", mean="value", where="source = 'lms'"),
        "none": OwnKpi(of="externals", measure="exam", total="value", where="source = 'crm'"),
        "lost": OwnKpi(of="externals", measure="churn", total="value"),
    }
    names = ("exam", "none", "lost")
    index = OwnKpi.model_validate({"formula": "enrolments + exam / 10"}, context={"own": names})
    book = Book(own=(*own.items(), ("index", index)))
    told = measure(having(tmp_path), [*names, "index"], book=book)
    assert told.select("mean", "n").rows() == [(81.5, 1), (0.0, 0), (None, 0), (pytest.approx(15.15), 1)]
    assert told["reason"][2] == "no externals table with measure churn"


@pytest.mark.parametrize(("keys", "said"), [
    ({"of": "externals", "mean": "value"}, "and the key `measure` belong together"),
    ({"measure": "exam", "mean": "wait_s", "when": "created_s"}, "and the key `measure` belong together"),
    ({"of": "externals", "measure": "exam", "share": "value > 1"}, "a KPI of externals has a mean or a total, and"),
    ({"of": "externals", "measure": "exam", "mean": "worth"}, "there is no 'worth' here"),
])  # fmt: skip
def test_a_kpi_of_externals_that_makes_no_sense_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as error:
        OwnKpi.model_validate(keys)
    assert said in str(error.value)


def test_a_log_keeps_its_tables_in_parquet_csv_and_parts(tmp_path: Path) -> None:
    log = having(tmp_path)
    write(log, tmp_path / "log")
    assert read(tmp_path / "log") == log
    sources.write_csv(log, tmp_path / "log.csv")
    assert sources.read(tmp_path / "log.csv")[0].externals.equals(log.externals)
    write_parts(log, tmp_path / "parts", 3)
    names = ["trainee_pass_rate", "enrolments", "tickets_created"]
    equal(count_parts(tmp_path / "parts", names), count(log, names))


def test_rows_that_cannot_be_used_are_set_aside_with_their_lines(tmp_path: Path) -> None:
    text = VALUES + (
        "zoe,,2026-03,enrolments,1,crm\n" ",L99,2026-03,exam,1,lms\n" "ana,,March,enrolments,1,crm\n"
        "bo,,2026-03,enrolments,many,crm\n" "bo,L1,2026-03,enrolments,1,crm\n" "bo,,2026-Q1,trainee_pass_rate,80,hr\n"
        "ana,,2026-03,enrolments,7,crm\n" "bo,,2026-03,,1,crm\n"
    )  # fmt: skip
    log, told = sources.with_beside(LOG, externals=csv(tmp_path, text))
    report = told["externals"].as_dict()
    assert (report["rows_in"], report["rows_used"]) == (14, 4) and log.externals.height == 4
    assert report["examples"] == {
        "period: outside of the log": [5, 6],
        "person: not in the log": [8], "learner: not in the log": [9], "period: no readable period": [10],
        "value: no readable number": [11], "both a person and a learner, or neither": [12],
        "value: not from 0 to 1, as a share is": [13], "doubled row": [14], "measure is empty": [15],
    }  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [
    (VALUES + "ana,,2026-03,enrolments,8,crm\n", ":8: enrolments of 'ana' in 2026-03: another value stands in line 4"),
    (VALUES + ",L1,2026-03,exam,80,lms\n", ":8: exam of 'L1' in 2026-03: another value stands in line 7"),
    ("person,period,measure\nana,2026,x\n", ":1: the file lacks the column 'value'"),
    ("person,period,mesure,value\nana,2026,x,1\n", ":1: the file lacks the column 'measure' (did you mean 'mesure'?)"),
    ("person,period,measure,value\nzoe,2026,x,1\n", ":2: no row of it can be used: person: not in the log"),
    ("person,period,measure,value\n", ": holds a header and no rows"),
])  # fmt: skip
def test_a_file_that_says_two_things_or_nothing_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SourceError) as error:
        having(tmp_path, text)
    assert str(error.value).endswith("values.csv" + said)
    assert any("一" <= letter <= "鿿" for letter in rule_in("zh", str(error.value)))


@pytest.mark.parametrize(("row", "said"), [
    (("zoe", None, "2026-03", "x", 1.0), "externals: the log knows no person 'zoe'"),
    ((None, "L99", "2026-03", "x", 1.0), "externals: the log knows no learner 'L99'"),
    (("ana", "L1", "2026-03", "x", 1.0), "externals: 1 rows name both a person and a learner, or neither"),
    (("ana", None, "03-2026", "x", 1.0), "externals: '03-2026' is no period, such as 2026"),
    (("ana", None, "2026-03", "x", float("nan")), "externals: 1 values lie beyond 1e+12"),
    (("ana", None, "2026-03", "x", 1e13), "externals: 1 values lie beyond 1e+12"),
])  # fmt: skip
def test_a_table_of_externals_that_breaks_a_rule_makes_no_log(row: tuple[Any, ...], said: str) -> None:
    names = ["person", "learner", "period", "measure", "value"]
    schema = dict(zip(names, [pl.String] * 4 + [pl.Float64], strict=True))
    with pytest.raises(LogError) as error:
        LOG.having(externals=pl.DataFrame([row], schema=schema, orient="row"))
    assert said in str(error.value) and rule_in("zh", str(error.value)) != str(error.value)


def test_values_of_periods_that_overlap_are_refused_and_those_of_neighbours_are_not(tmp_path: Path) -> None:
    """March lies in the first quarter; April does not, and bo's quarter has nothing to do with ana's March."""
    head, march = "person,learner,period,measure,value,source\n", "ana,,2026-03,enrolments,7,crm\n"
    more = "ana,,2026-04,enrolments,1,crm\nbo,,2026-Q1,enrolments,2,crm\nana,,2026-Q1,exam,3,crm\n"
    assert having(tmp_path, head + march + more).externals.height == 4
    with pytest.raises(SourceError) as error:
        having(tmp_path, head + more + "ana,,2026-Q1,enrolments,9,crm\n" + march)
    said = "csv:6: enrolments of 'ana' in 2026-03: '2026-Q1' in line 5 overlaps with it, and would count twice"
    assert str(error.value).endswith(said)
    assert "重叠" in rule_in("zh", str(error.value))


def test_a_file_of_which_no_row_is_left_names_the_first_line_and_its_reason_first(tmp_path: Path) -> None:
    text = "person,period,measure,value\nana,2026-03,enrolments,x\ncy,2026-03,enrolments,1\n"
    with pytest.raises(SourceError, match=r"csv:2: no row of it can be used: value: no readable number; person: not"):
        having(tmp_path, text)


def test_a_mapping_names_columns_measures_and_source(tmp_path: Path) -> None:
    text = "员工;月份;指标;数值\nana;2026年3月;续费;3\nbo;202603;续费;4\n"
    how = Beside(
        columns={"person": "员工", "period": "月份", "measure": "指标", "value": "数值"},
        measures={"续费": "renewals"}, source="CRM",
    )  # fmt: skip
    mapping = Mapping(
        title="x", shape="events", zone="Asia/Shanghai", formats=("%Y",), columns={}, priorities={"1": "normal"},
        externals=how,
    )  # fmt: skip
    rows = having(tmp_path, text, mapping=mapping).externals.select(pl.exclude("learner")).rows()
    assert rows == [("ana", "2026-03", "renewals", 3.0, "CRM"), ("bo", "2026-03", "renewals", 4.0, "CRM")]


def test_a_table_of_learners_is_read_beside_a_log(tmp_path: Path) -> None:
    """Second 0 is Monday 30 March 2026, 00:00 local time: a day before is -86,400 s."""
    one = "L1,2026-03-29,maths,learning\n"
    text = f"learner,joined,course,stage\n{one}L2,2026-03-30 00:10:00,piano,\nL9,,,\n{one}"
    log, told = sources.with_beside(LOG, learners=csv(tmp_path, text))
    assert log.learners.rows() == [
        ("L1", -86_400, "maths", "learning"),
        ("L2", 600, "piano", None),
        ("L9", None, None, None),
    ]
    assert told["learners"].as_dict()["set_aside"] == {"doubled row": 1}
    assert figure(log, "tickets_created", by="course")[2] is None
    with pytest.raises(SourceError, match=r"csv:3: learner 'L1': another row stands in line 2"):
        sources.with_beside(LOG, learners=csv(tmp_path, "learner,course\nL1,maths\nL1,piano\n"))
    odd = sources.with_beside(LOG, learners=csv(tmp_path, "learner,joined\nL1,2026-03-01\nL2,tomorrow\n"))[1]
    assert odd["learners"].as_dict()["set_aside"] == {"joined: no readable day": 1}


def test_the_commands_take_tables_beside_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(LOG, tmp_path / "log")
    file = str(csv(tmp_path))
    assert main(["kpis", str(tmp_path / "log"), "--kpi", "enrolments", "--externals", file, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["kpis"][0]["mean"], made["beside"]["externals"]["rows_used"]) == (7.0, 4)
    sources.write_csv(LOG, tmp_path / "log.csv")
    assert (
        main(["import", str(tmp_path / "log.csv"), "--externals", file, "--out", str(tmp_path / "out"), "--lang", "zh"])
        == 0
    )
    capsys.readouterr()
    assert read(tmp_path / "out" / "log").externals.height == 4
    assert main(["kpis", str(tmp_path / "log"), "--externals", str(tmp_path / "none.csv"), "--lang", "zh"]) == 2
    assert "none.csv" in capsys.readouterr().err
    write_parts(LOG, tmp_path / "parts", 2)
    assert main(["kpis", str(tmp_path / "parts"), "--externals", file]) == 2
    assert "--learners and --externals: take the log as a whole" in capsys.readouterr().err
