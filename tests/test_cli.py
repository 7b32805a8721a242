"""The command line as a planner meets it: exit codes, messages, the same bytes, no traceback."""

import errno
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scenarios import cli
from scenarios.cli import main
from scenarios.codes import BAD_INPUT, DONE, INTERRUPTED
from scenarios.commands import COMMANDS, module_of
from scenarios.commands.output import as_csv, as_json
from scenarios.folder import Folder
from scenarios.problems import ScenarioError
from sim.kpi import KPIS, STANDARD
from tests.desks import DESK

SMALL = DESK.replace('breaks = ["12:00-13:00"]\n', "").replace("40.0", "20.0")
_THERE = [command for command in COMMANDS if cli.find_spec(module_of(command))]


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL, "utf-8")
    return str(path)


@pytest.fixture
def more(tmp_path):
    path = tmp_path / "more.toml"
    path.write_text('title = "More heads"\n[change.staff.seats.agent]\nheads = 3\n', "utf-8")
    return str(path)


@pytest.fixture
def fairdesk(capsys):
    def call(*words):
        code = main(words)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return code, said.out, said.err

    return call


def test_make_demo_calls_the_command_that_does_the_main_job():
    """`python -m` of a module without a main part ends well and does nothing: once it did."""
    root = Path(__file__).parents[1]
    words = ["make", "--no-print-directory", "-n", "demo"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    assert '/fairdesk demo ${LOG:+"$LOG"} --out "${OUT:-out/demo}"' in done.stdout.splitlines()[-1]


def test_help_names_every_command(fairdesk):
    code, out, _ = fairdesk("--help")
    assert code == DONE
    assert all(command in out for command in _THERE)


@pytest.mark.parametrize("command", _THERE)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_help_of_every_command_has_an_example(fairdesk, command, lang):
    code, out, _ = fairdesk(command, "--lang", lang, "--help")
    assert code == DONE
    assert f": fairdesk {command} " in out


def test_the_help_is_chinese_but_for_names(fairdesk):
    _, out, _ = fairdesk("run", "--help", "--lang", "zh")
    assert [line for line in out.splitlines() if line and line[0].isalpha() and line.isascii()] == []
    assert out.startswith("用法: fairdesk run")


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (["rnu"], "did you mean run?", "您是否想用 run？"),
        (["run", "mm1", "--by", "persn"], "did you mean person?", "您是否想用 person？"),
        (
            ["run", "mm1", "--kip", "x"],
            "unknown option --kip; did you mean --kpi?",
            "未知的选项 --kip；您是否想用 --kpi？",
        ),
        (["run", "mm1", "mm1"], '"mm1": nothing more was expected here', "此处不应再有内容"),
        (["run", "mm1", "--seed"], "--seed: a value must follow", "--seed：后面必须有一个值"),
        (["run"], "SCENARIO: must be given", "必须给出 SCENARIO"),
        (["run", "mm1", "--out", ""], "--out names no folder", "--out 没有写明文件夹"),
    ],
)
def test_a_wrong_word_is_answered_in_both_languages_and_with_the_way_to_the_help(fairdesk, words, english, chinese):
    for lang, said in (("en", english), ("zh", chinese)):
        code, out, err = fairdesk("--lang", lang, *words)
        assert (code, out) == (BAD_INPUT, "")
        assert said in err
        assert "--help" in err
        assert err.count("\n") == 1


def test_help_imports_no_heavy_library():
    """Help must answer at once: numpy alone takes longer than all of it."""
    code = "import sys; from scenarios.cli import main; main(['run', '--help']); print(sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = out.splitlines()[-1]
    assert not [name for name in ("numpy", "polars", "pydantic", "scipy", "rich", "numba") if f"'{name}'" in loaded]


def test_a_run_gives_one_document_with_the_keys_of_the_contract(fairdesk, small):
    code, out, _ = fairdesk("run", small, "--replications", "2", "--workers", "1", "--json")
    made = json.loads(out)
    assert code == DONE
    assert list(made) == ["command", "inputs", "seed", "versions", "level", "kpis"]
    assert [row["name"] for row in made["kpis"]] == list(STANDARD)
    assert list(made["kpis"][0])[:8] == ["scenario", "name", "unit", "mean", "low", "high", "n", "by"]
    assert made["kpis"][0]["n"] == 2


def test_the_document_holds_no_path_and_the_same_bytes_for_any_number_of_workers(fairdesk, small, tmp_path):
    words = ("run", small, "--replications", "3", "--json")
    _, one, _ = fairdesk(*words, "--workers", "1")
    _, two, _ = fairdesk(*words, "--workers", "2")
    assert one == two
    assert str(tmp_path) not in one


def test_another_seed_gives_other_figures_and_the_same_the_same(fairdesk, small):
    words = (
        "run",
        small,
        "--replications",
        "1",
        "--workers",
        "1",
        "--kpi",
        "tickets_created",
        "--json",
        "--seed",
    )
    figures = [json.loads(fairdesk(*words, seed)[1])["kpis"][0]["mean"] for seed in ("1", "2", "1")]
    assert figures[0] == figures[2] != figures[1]


def test_weeks_on_the_command_line_replace_those_of_the_scenario(fairdesk, small):
    words = ("run", small, "--replications", "1", "--workers", "1", "--kpi", "tickets_created", "--json")
    short, long = (json.loads(fairdesk(*words, "--weeks", weeks)[1])["kpis"][0]["mean"] for weeks in ("1", "9"))
    assert long > 5 * short


def test_weeks_that_the_desk_cannot_have_are_answered_by_its_own_rule(fairdesk):
    code, out, err = fairdesk("run", "academy", "--weeks", "300")
    assert (code, out) == (BAD_INPUT, "")
    assert err.startswith("fairdesk: academy.toml:18:12: calendars.office: holidays are stated for")
    code, _, err = fairdesk("run", "academy", "--weeks", "300", "--lang", "zh")
    assert code == BAD_INPUT and re.search("[一-鿿]", err)


def test_tables_come_in_chinese(fairdesk, small):
    _, out, _ = fairdesk("run", small, "--replications", "2", "--workers", "1", "--lang", "zh")
    assert "平均等待时间" in out
    assert "95% 区间" in out


def test_a_comparison_says_what_changed_and_pairs_the_seeds(fairdesk, small, more):
    words = ("compare", small, "--what-if", more, "--replications", "3", "--workers", "1", "--json")
    code, out, _ = fairdesk(*words)
    made = json.loads(out)
    assert code == DONE
    assert made["changes"] == [{"scenario": "more", "path": "staff.seats.agent.heads", "old": 2, "new": 3}]
    gaps = {row["name"]: row for row in made["differences"]}
    # Staff touches no ticket's chance, so every world has the same arrivals before and after.
    assert (gaps["tickets_created"]["mean"], gaps["tickets_created"]["high"]) == (0.0, 0.0)
    assert gaps["utilisation"]["mean"] < 0
    means = {(row["scenario"], row["name"]): row["mean"] for row in made["kpis"]}
    gap = means["more", "utilisation"] - means["small", "utilisation"]
    assert gaps["utilisation"]["mean"] == pytest.approx(gap)


def test_a_comparison_shows_the_change_in_its_tables(fairdesk, small, more):
    _, out, _ = fairdesk("compare", small, "--what-if", more, "--replications", "2", "--workers", "1")
    assert "staff.seats.agent.heads" in out
    assert "More heads" in out


def test_the_same_what_if_twice_is_refused(fairdesk, small, more):
    code, _, err = fairdesk("compare", small, "--what-if", more, more)
    assert code == BAD_INPUT
    assert "given twice" in err


def test_the_catalogue_of_kpis_has_the_keys_of_the_contract(fairdesk):
    code, out, _ = fairdesk("kpis", "--json")
    rows = json.loads(out)["kpis"]
    keys = {"name", "unit", "better", "dimension", "counts", "controllable_by", "source", "label"}
    keys |= {"outcome_or_process", "strategy", "switches", "standard"}
    assert code == DONE
    assert [row["name"] for row in rows] == list(KPIS)
    assert all(set(row) == keys for row in rows)


def test_the_catalogue_of_kpis_comes_in_chinese(fairdesk):
    rows = json.loads(fairdesk("kpis", "--lang", "zh", "--json")[1])["kpis"]
    assert rows[0]["label"] == "平均等待时间"
    assert "分钟" in rows[0]["counts"]


def test_a_log_that_a_run_wrote_can_be_measured(fairdesk, small, tmp_path):
    out = tmp_path / "out"
    code, _, err = fairdesk("run", small, "--replications", "1", "--workers", "1", "--out", str(out))
    assert (code, err) == (DONE, "")
    run = {row["name"]: row["mean"] for row in json.loads((out / "run.json").read_text("utf-8"))["kpis"]}
    code, said, _ = fairdesk("kpis", str(out / "log"), "--json")
    log = {row["name"]: row["mean"] for row in json.loads(said)["kpis"]}
    assert code == DONE
    assert log == run


def test_scenarios_lists_the_catalogue(fairdesk):
    made = json.loads(fairdesk("scenarios", "--json")[1])
    assert {"academy", "mm1"} <= {row["name"] for row in made["scenarios"]}
    assert {"sla_24h"} <= {row["name"] for row in made["what_ifs"]}


@pytest.mark.parametrize("what", ["scenario", "what-if", "kpis"])
def test_schema_prints_a_json_schema(fairdesk, what):
    schema = json.loads(fairdesk("schema", what)[1])
    assert schema["$schema"].endswith("2020-12/schema")
    assert json.loads(fairdesk("schema", what, "--json")[1])["schema"] == schema


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "acadmy"), "did you mean 'academy'?"),
        (("run", "none.toml"), "none.toml: there is no such file"),
        (("run", "."), ".: this is a folder; a TOML file is wanted"),
        (("run", "/"), "/: this is a folder; a TOML file is wanted"),
        (("compare", "mm1", "--what-if", "sla_24"), "did you mean 'sla_24h'?"),
        (
            ("compare", "mm1", "--what-if", "sla_24h"),
            "sla_24h.toml:8:9: change.sla: the base has no such key; a new entry",
        ),
        (("kpis", "no_such_log"), "no_such_log: there is no such file"),
        (("kpis", "--kpi", "wait_men"), "did you mean 'wait_mean'?"),
    ],
)
def test_bad_input_is_answered_with_code_2_and_a_message(fairdesk, words, said):
    code, out, err = fairdesk(*words)
    assert (code, out) == (BAD_INPUT, "")
    assert said in err


@pytest.mark.parametrize(
    "words",
    [
        (), ("fly",), ("run",), ("run", "mm1", "--seed", "-1"), ("run", "mm1", "--replications", "0"),
        ("run", "mm1", "--weeks", "x"), ("run", "mm1", "--engine", "warp"), ("run", "mm1", "--by", "mood"),
        ("run", "mm1", "--lang", "fr"), ("compare", "mm1"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_answered_with_code_2(fairdesk, words):
    code, out, err = fairdesk(*words)
    assert (code, out) == (BAD_INPUT, "")
    assert "fairdesk" in err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("per_week", "per_wek", "did you mean 'per_week'?"),
        ("20.0", "-1", "must be at least 0"),
        ("20.0", "nan", "must be a finite number"),
        ("20.0", "inf", "must be a finite number"),
        ("mean_min = 10.0", "mean_min = 0.0", "must be above 0"),
        ('skill = "answer"', 'skill = "answr"', "unknown skill"),
        ("09:00-18:00", "18:00", "expected a span"),
        ('"09:00-18:00"', '"09:00-18:00"\nbreaks = ["13:00-12:00"]', "overlaps another or lies outside"),
        ("weeks = 1", 'weeks = 1\ntime_zone = "Asia/Shanghia"', "did you mean 'Asia/Shanghai'?"),
        ("2026-03-02", "9999-12-30", "must lie within the years"),
        ("weeks = 1", "weeks = 1\ncalendars.office.hours = {}", "no open hour"),
    ],
)
def test_a_wrong_scenario_is_answered_with_code_2_in_both_languages(fairdesk, tmp_path, old, new, said):
    path = tmp_path / "wrong.toml"
    assert old in SMALL
    path.write_text(SMALL.replace(old, new, 1), "utf-8")
    code, out, err = fairdesk("run", str(path))
    assert (code, out) == (BAD_INPUT, "")
    assert said in err
    assert "wrong.toml:" in err
    code, out, err = fairdesk("run", str(path), "--lang", "zh")
    assert (code, out) == (BAD_INPUT, "")
    assert "wrong.toml:" in err
    assert re.search(r"[\u4e00-\u9fff]", err)


@pytest.mark.parametrize("raw", [b"", b"\0\1\2", "名 = 1".encode("gbk"), b"a = [", "weeks = 1".encode("utf-16")])
def test_a_file_that_is_no_toml_is_answered_with_code_2(fairdesk, tmp_path, raw):
    path = tmp_path / "odd.toml"
    path.write_bytes(raw)
    for words in (("run", str(path)), ("compare", "mm1", "--what-if", str(path))):
        code, out, err = fairdesk(*words)
        assert (code, out) == (BAD_INPUT, "")
        assert "odd.toml" in err


def test_an_out_folder_that_cannot_be_written_is_refused_before_the_work(fairdesk, small, tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file" / "below", "/proc/none"):
        code, out, err = fairdesk("run", small, "--out", str(path))
        assert (code, out) == (BAD_INPUT, "")
        assert f"--out {path}: cannot be written" in err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_a_message():
    with open("/dev/full", "w") as full:
        words = [sys.executable, "-m", "scenarios.cli", "schema"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == BAD_INPUT
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_help_that_nobody_got_is_no_success(buffered):
    words = [sys.executable, "-m", "scenarios.cli", "--help"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            words, stdout=full, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": buffered}
        )
    assert (done.returncode, "the disk is full" in done.stderr) == (BAD_INPUT, True)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize("words", ["schema", "run nowhere", "run"])
def test_the_code_is_the_same_where_python_keeps_what_is_written(words):
    done = subprocess.run(
        f"{sys.executable} -m scenarios.cli {words} >/dev/full 2>/dev/full", shell=True,
        env=os.environ | {"PYTHONUNBUFFERED": ""},
    )  # fmt: skip
    assert done.returncode == BAD_INPUT


@pytest.mark.parametrize(
    ("lang", "denied", "moon"), [("en", "Permission denied", "a: moon"), ("zh", "没有权限", "a: （moon）")]
)
def test_what_the_system_says_comes_in_the_language(fairdesk, monkeypatch, small, tmp_path, lang, denied, moon):
    """Of a file that is read, of a folder that is written, of an error on the way, and of one without words."""

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "a/b.csv")

    def strange(*_):
        raise OSError(4242, "moon", "a")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.open", refuse)
        for words in (("run", small), ("import", small)):
            code, _, err = fairdesk(*words, "--lang", lang)
            assert (code, denied in err, "small.toml" in err) == (BAD_INPUT, True, True)
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.TemporaryFile", refuse)
        code, _, err = fairdesk("run", small, "--out", str(tmp_path / "out"), "--lang", lang)
        assert (code, f"--out {tmp_path / 'out'}" in err, denied in err) == (BAD_INPUT, True, True)
    for fails, said in ((refuse, f"a/b.csv: {denied}"), (strange, moon)):
        monkeypatch.setattr("scenarios.files.desks.read", fails)
        code, _, err = fairdesk("run", small, "--lang", lang)
        assert (code, err) == (BAD_INPUT, f"fairdesk: {said}\n")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"a = [", "odd.toml:1:6: TOML 语法错误：值无效"),
        (b"a = 1\na = 2\n", "odd.toml:2:6: TOML 语法错误：同一个键不能写两次"),
        (b"[a]\n[a]\n", "odd.toml:2:3: TOML 语法错误：('a',) 不能声明两次"),
        (b'a = "x\n', "odd.toml:1:7: TOML 语法错误：不允许的字符 '\\n'"),
    ],
)
def test_toml_that_is_none_is_told_in_chinese(fairdesk, tmp_path, raw, said):
    path = tmp_path / "odd.toml"
    path.write_bytes(raw)
    code, _, err = fairdesk("run", str(path), "--lang", "zh")
    assert (code, err) == (BAD_INPUT, f"fairdesk: {tmp_path}/{said}\n")


def test_a_full_disk_that_only_polars_names_is_that_message_too(fairdesk, monkeypatch, small):
    def full(*_):
        raise RuntimeError(f"parquet: underlying IO error: {os.strerror(28)} (os error 28)")

    monkeypatch.setattr("scenarios.files.desks.read", full)
    code, _, err = fairdesk("run", small)
    assert (code, "the disk is full" in err) == (BAD_INPUT, True)


@pytest.mark.parametrize("closed", ["1", "2"])
def test_a_closed_output_is_no_fault(closed):
    words = f"{sys.executable} -m scenarios.cli run nowhere {closed}>&-"
    done = subprocess.run(["bash", "-c", words], capture_output=True, text=True)
    assert done.returncode == BAD_INPUT
    assert ("no scenario" in done.stderr) == (closed == "1")
    assert "Traceback" not in done.stderr


def test_a_signal_ends_the_workers_too():
    worker = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(3600,))
    worker.start()
    with pytest.raises(KeyboardInterrupt):
        cli._stop()
    worker.join()
    assert worker.exitcode == -signal.SIGTERM


def test_a_reader_that_goes_away_is_no_error():
    words = f"{sys.executable} -m scenarios.cli schema | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["{", "0"]
    assert done.stderr == ""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_with_code_3_and_a_message(sign, tmp_path):
    words = [sys.executable, "-m", "scenarios.cli", "run", "mm1", "--replications", "5000", "--workers", "1"]
    out = tmp_path / "out"
    process = subprocess.Popen([*words, "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not out.exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(sign)
    said, err = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert "stopped before the end" in err
    assert "Traceback" not in said + err
    assert not (out / "run.json").exists()


def test_a_fault_of_the_program_is_a_message_too(fairdesk, monkeypatch, small):
    def fail(*_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("scenarios.files.desks.read", fail)
    code, out, err = fairdesk("run", small)
    assert (code, out) == (BAD_INPUT, "")
    assert "a fault of the program, not of your input: ZeroDivisionError: division by zero" in err


@pytest.mark.parametrize("name", ["../up.txt", "/tmp/x", "a/../../up.txt", "."])
def test_nothing_is_written_outside_of_the_folder(tmp_path, name):
    folder = Folder(tmp_path / "out")
    with pytest.raises(ScenarioError, match=r"outside of --out"):
        folder.write(name, "x")
    assert list(tmp_path.rglob("*.txt")) == []


def test_a_link_does_not_lead_outside_of_the_folder(tmp_path):
    folder = Folder(tmp_path / "out")
    (tmp_path / "out" / "link").symlink_to(tmp_path)
    with pytest.raises(ScenarioError, match=r"outside of --out"):
        folder.write("link/up.txt", "x")


def test_a_file_that_cannot_be_finished_leaves_nothing_behind(tmp_path):
    folder = Folder(tmp_path / "out")
    folder.write("a.txt", "old")

    def half(path):
        path.write_text("ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        folder.make("a.txt", half)
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {"a.txt": "old"}


def test_a_log_is_found_where_import_and_run_put_it(fairdesk, small, tmp_path):
    out = tmp_path / "out"
    assert fairdesk("run", small, "--replications", "1", "--workers", "1", "--out", str(out))[0] == DONE
    _, one, _ = fairdesk("kpis", str(out), "--by", "person", "--json", "--out", str(tmp_path / "kpis"))
    _, two, _ = fairdesk("kpis", str(out / "log"), "--by", "person", "--json")
    assert json.loads(one)["kpis"][0] | {"scenario": ""} == json.loads(two)["kpis"][0] | {"scenario": ""}
    assert (tmp_path / "kpis" / "kpis.csv").exists()
    assert fairdesk("score", str(out))[0] == DONE


@pytest.mark.parametrize("command", ["kpis", "fit", "score", "demo"])
def test_a_folder_without_a_log_is_named(fairdesk, tmp_path, command):
    into = ["--out", str(tmp_path / "out")]
    (tmp_path / "empty").mkdir()
    code, out, err = fairdesk(command, str(tmp_path / "empty"), *into)
    assert (code, out) == (BAD_INPUT, "")
    assert "empty: this folder holds no log" in err


def test_a_table_has_the_columns_of_all_rows():
    assert as_csv([{"a": 1}, {"a": 2, "reason": "none"}]) == "\ufeffa,reason\r\n1,\r\n2,none\r\n"


def test_a_spreadsheet_runs_no_cell():
    rows = [{"a": "=1+1", "b": -2.5}, {"a": "@x", "b": None}]
    assert as_csv(rows) == "\ufeffa,b\r\n'=1+1,-2.5\r\n'@x,\r\n"


def test_a_document_takes_no_number_that_is_not_finite():
    with pytest.raises(ValueError, match="JSON compliant"):
        as_json({"mean": float("nan")})
