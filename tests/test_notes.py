"""Remarks: every one that the code makes stands in both languages and names the same values."""

import ast
import errno
import html
import importlib
import inspect
import os
import re
import string
import tomllib
from pathlib import Path

import pytest

from scenarios import load, sources
from scenarios.demo import Study
from scenarios.files.rubrics import load_rubric
from scenarios.notes import foreign_in, in_words, reason_in, rule_in
from scenarios.report.demo import demo_page
from scenarios.texts import texts
from sim import model, sample
from sim.experiment import measured, summary
from sim.fit import fit
from sim.kpi import KPIS, Window
from sim.kpi.facts import AXES, FACTS, why_not
from sim.kpi.rubric import score
from sim.lab.fidelity import fidelity
from sim.notes import Note

ROOT = Path(__file__).parents[1]
KEY = re.compile(r"(fit|source|found|fairness)\.[a-z_]+")
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[A-Za-z]{2,}){3,}")


def names(said):
    return {name for _, name, _, _ in string.Formatter().parse(said) if name}


def made(calls):
    """Return key -> names of its values, of all calls that are given a key of a note."""
    for call in calls:
        for arg in call.args[:1]:
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and KEY.fullmatch(arg.value):
                yield arg.value, {keyword.arg for keyword in call.keywords}


def in_code():
    found = {}
    for folder in ("sim", "scenarios/sources"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            found.update(made(node for node in ast.walk(tree) if isinstance(node, ast.Call)))
    return found


def notes_of(lang):
    sections = tomllib.loads((ROOT / f"scenarios/texts/notes.{lang}.toml").read_text("utf-8"))
    keys = [f"{section}.{name}" for section, table in sections.items() for name in table]
    return {key: texts(lang)[key] for key in keys if KEY.fullmatch(key)}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_note_in_the_code_has_its_sentence_with_the_same_values_and_none_is_left_over(lang):
    assert {key: names(said) for key, said in notes_of(lang).items()} == in_code()


def test_english_sentences_are_english_and_chinese_ones_chinese():
    assert not [said for said in notes_of("en").values() if re.search(r"[\u4e00-\u9fff]", said)]
    assert not [said for said in notes_of("zh").values() if not re.search(r"[\u4e00-\u9fff]", said)]


def test_a_note_is_filled_in():
    note = Note.of("fit.rare_people", people=1200, touches=5)
    assert in_words(note).startswith("1,200 people with fewer than 5 touches")
    assert in_words(note, "zh") == "1,200 名经手不足 5 次的人员未计入，其工作由其他人承担。"


def test_notes_are_equal_by_key_and_values():
    assert Note.of("source.empty", column="a") == Note.of("source.empty", column="a")
    assert Note.of("source.empty", column="a") < Note.of("source.empty", column="b")


def reasons_of_the_code():
    """Return every reason that KPIs and rubrics can give, by what computes them."""
    found = set(FACTS.values())
    axes = {axis for each in AXES.values() for axis in each}
    found |= {why_not(kpi, {*FACTS, *kpi.requires}, [axis]) for kpi in KPIS.values() for axis in axes}
    found |= {why_not(kpi, FACTS, []) for kpi in KPIS.values()}
    for path in (
        "finishers.py",
        "composed.py",
        "rubric/score.py",
        "rubric/tally.py",
        "rubric/forms.py",
        "rubric/versions.py",
        "rubric/lint.py",
        "rubric/review.py",
        "estimators.py",
        "log_tiers.py",
        "movers.py",
        "suspicious.py",
        "shown.py",
    ):
        for node in ast.parse((ROOT / "sim" / "kpi" / path).read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and " " in str(node.value.value):
                found.add(node.value.value)
    return (found - {None}) | {"fewer than 10"}


def test_every_reason_for_no_figure_is_said_in_chinese_and_none_is_left_over():
    reasons = reasons_of_the_code()
    assert {"the log holds no shifts", "nothing to count in the period", "shifts have no kind"} <= reasons
    assert [reason for reason in reasons if re.search(r"[a-z]{3,} [a-z]+", reason_in("zh", reason))] == []
    assert [reason for reason in reasons if reason_in("en", reason) != reason] == []
    told = {reason_in("zh", reason) for reason in reasons}
    axes = [reason.split()[-1] for reason in reasons]
    left = [said for key, said in texts("zh").items() if key.startswith("reason.")]
    assert [
        said for said in left if not any(said.format(axis=axis, least=10, measure=axis) in told for axis in axes)
    ] == []


def test_a_reason_of_somebody_else_is_left_as_it_is():
    assert reason_in("zh", "the moon was full") == "the moon was full"


# Rules

STATED = ("sim/calendar/hours.py", "sim/desk", "sim/fit", "sim/log", "sim/kpi/rubric", "sim/kpi/formulas.py",
          "sim/kpi/own.py", "sim/lab/seating.py", "sim/world", "optimize/targets.py", "optimize/master.py",
          "optimize/samples.py", "optimize/selection.py", "optimize/permissions.py", "optimize/goal.py",
          "optimize/training.py", "optimize/sensitivity.py",
          "optimize/space.py", "optimize/tuning.py", "optimize/roster", "scenarios/sources")  # fmt: skip
ERRORS = ("FormulaError", "ValueError", "LogError", "RubricError", "SourceError")


def stated(node):
    """Return a message as it might be raised, with x in the places of its values."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
    if isinstance(node, ast.BinOp):
        return stated(node.left) + stated(node.right)
    return "x"


def rules_of_the_code():
    for path in (path for name in STATED for path in [ROOT / name, *(ROOT / name).rglob("*.py")] if path.is_file()):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) in ERRORS:
                yield stated(node.exc.args[ast.unparse(node.exc.func) == "SourceError"])


def test_every_rule_that_a_file_can_break_is_said_in_chinese():
    rules = {rule for rule in rules_of_the_code() if re.search(r"[a-z]{2}", rule.rpartition(": ")[2])}
    assert len(rules) > 60
    assert [rule for rule in sorted(rules) if not re.search(r"[\u4e00-\u9fff]", rule_in("zh", rule))] == []


def test_a_rule_is_said_with_its_place_its_values_and_the_nearest_name():
    said = "csv/a.csv:1: the header looks like calls, but lacks the column 'date' (did you mean 'data'?)"
    assert rule_in("zh", said) == "csv/a.csv:1: 表头像是 calls，但缺少列 'date'（您是否想写 'data'？）"
    said = "a.csv: makes no log: touches: 2 rows have no ticket"
    assert rule_in("zh", said) == "a.csv: 无法构成日志：touches: 2 行没有 ticket"
    said = "staff.seats.a: unknown team 'suport'; did you mean 'support'?"
    assert rule_in("zh", said) == "staff.seats.a: 未知的团队 'suport'；您是否想写 'support'？"
    said = "a.csv: no row of it can be used: an event before the ticket was created; at is empty"
    assert rule_in("zh", said) == "a.csv: 没有可用的行：事件早于工单创建；at 为空"
    assert rule_in("en", said) == said
    assert rule_in("en", "priorities must sum to 1, got 2") == "priorities must sum to 1, got 2"
    assert rule_in("zh", "the moon: was full") == "the moon: was full"


# What the operating system and the TOML reader say


def said_by_tomllib():
    """Return every message of the reader that this Python has, with x in the places of its values."""
    for node in ast.walk(ast.parse(inspect.getsource(importlib.import_module("tomllib._parser")))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "suffixed_err":
            yield stated(node.args[2])


def test_every_message_of_the_toml_reader_is_said_in_chinese():
    messages = set(said_by_tomllib())
    assert len(messages) > 15
    assert [said for said in sorted(messages) if not re.match(r"[^（]*[\u4e00-\u9fff]", foreign_in("zh", said))] == []


def test_every_reason_of_the_operating_system_in_the_texts_is_one_of_its_own():
    reasons = {key.removeprefix("system."): said for key, said in texts("zh").items() if key.startswith("system.")}
    assert {"EACCES", "ENOSPC", "EISDIR", "EROFS"} <= reasons.keys() <= set(dir(errno))
    for name, said in reasons.items():
        assert foreign_in("zh", os.strerror(getattr(errno, name))) == said
        assert foreign_in("en", os.strerror(getattr(errno, name))) == os.strerror(getattr(errno, name))


def test_a_reason_that_nobody_translated_stands_in_brackets():
    assert foreign_in("zh", "The moon is full") == "（The moon is full）"
    assert foreign_in("en", "The moon is full") == "The moon is full"


# The page


def words_of(page):
    """Return what a reader reads of a page, without code, pictures and style; one line per element."""
    bare = re.sub(r"<(pre|style|svg)\b.*?</\1>|<code>.*?</code>", "\n", page, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", "\n", bare))


def english_in(page):
    return [run[0] for run in ENGLISH.finditer(words_of(page))]


def test_the_search_for_english_finds_it_and_leaves_names_alone():
    assert english_in("<p>日志: Touches are spells of holding</p>") == ["Touches are spells of holding"]
    assert english_in("<p>demand.kinds.a</p><p>agent_1</p><pre>one two three four five</pre><td>a b</td>") == []


def study_of(log, quality, simulated):
    """Return a study of a log in its smallest form: two short runs, no plan and no split of scores."""
    fitted = fit(log)
    desk = fitted.desk.changed(weeks=1)
    beside = fidelity(log, desk, range(2))
    return Study(
        name="log", simulated=simulated, promised=False, log=log, quality=quality,
        window=Window(0, desk.until_s()), fitted=fitted, fidelity=beside,
        base=summary(measured(desk, range(2))), what_ifs=(), targets=(), plan=None, refusal=None, paid=False,
        scores=score(log, load_rubric("aftersales_100")), fairness=None,
        pictured=model.run(desk, sample(desk, 1))[0], seed=1, replications=2,
    )  # fmt: skip


def test_the_chinese_page_of_the_sample_has_no_english_sentence(tmp_path):
    desk = load("academy_small").changed(weeks=4)
    demo_page(tmp_path / "zh.html", "zh", study_of(model.run(desk, sample(desk, 1))[0], None, True))
    page = (tmp_path / "zh.html").read_text("utf-8")
    assert english_in(page) == []
    assert "张工单）拟合&quot;" in page  # the title of the desk that stands at the end of the page


def test_the_chinese_page_of_the_school_log_has_no_english_sentence(shared, tmp_path):
    log, quality = sources.read(shared / "data" / "school_support_2025.csv")
    demo_page(tmp_path / "zh.html", "zh", study_of(log, quality, False))
    assert english_in((tmp_path / "zh.html").read_text("utf-8")) == []
