import string

import pytest

from scenarios.commands import COMMANDS
from scenarios.plots.lanes import CAUSES
from scenarios.texts import LANGUAGES, text, texts
from sim.kpi import KPIS
from sim.log import ENDED, WHAT

# English sentences of these stand in the code itself, or are the operating system's.
_OWN = ("counts.", "reason.", "rule.", "system.")


def _names(said):
    return sorted({name.split(".")[0].rstrip("!r") for _, name, _, _ in string.Formatter().parse(said) if name})


def _shared(lang):
    return {key for key in texts(lang) if not key.startswith(_OWN)}


def test_both_languages_have_the_same_texts():
    assert _shared("en") == _shared("zh")


def test_both_languages_fill_in_the_same_values():
    wrong = [key for key in _shared("en") if _names(texts("en")[key]) != _names(texts("zh")[key])]
    assert wrong == []


def test_no_text_is_empty():
    assert [key for lang in LANGUAGES for key, said in texts(lang).items() if not said.strip()] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kpi_has_a_label_a_unit_and_words_for_its_direction(lang):
    for kpi in KPIS.values():
        keys = [f"kpi.{kpi.name}", f"unit.{kpi.unit}", f"better.{kpi.better}", f"dimension.{kpi.dimension}"]
        keys.append(f"controllable.{kpi.controllable_by}")
        assert [key for key in keys if key not in texts(lang)] == []


def test_every_kpi_says_in_chinese_what_it_counts():
    assert {f"counts.{name}" for name in KPIS} == {key for key in texts("zh") if key.startswith("counts.")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_has_its_line_of_help(lang):
    assert all(f"help.{command}" in texts(lang) for command in COMMANDS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_of_a_log_can_be_shown(lang):
    """Moments and ends of touches in the time-line of a ticket, and what a ticket waits for."""
    keys = {f"what.{word}" for word in WHAT} | {f"ended.{word}" for word in ENDED}
    keys |= {f"waits.{cause}" for cause in CAUSES}
    assert keys - texts(lang).keys() == set()


def test_no_label_of_a_kpi_is_left_over():
    labels = {key.removeprefix("kpi.") for key in texts("en") if key.startswith("kpi.")}
    assert labels == set(KPIS)


def test_a_chinese_text_is_chinese():
    assert text("zh", "kpi.wait_mean") == "平均等待时间"


def test_a_text_stands_in_one_file_only(tmp_path, monkeypatch):
    (tmp_path / "en.toml").write_text('[a]\nb = "c"\n')
    monkeypatch.setattr("scenarios.texts._FOLDER", tmp_path)
    assert texts.__wrapped__("en") == {"a.b": "c"}
    (tmp_path / "more.en.toml").write_text('[a]\nb = "c"\n')
    with pytest.raises(ValueError, match=r"more\.en\.toml: a\.b stands in another file too"):
        texts.__wrapped__("en")


def test_a_count_chooses_its_word(monkeypatch):
    """Numbers, and figures as they are shown: only one is one."""
    said = {"a.b": "{n:,} {n:person is|people are} here, at {place:>4}{end!r}"}
    monkeypatch.setattr("scenarios.texts.texts", lambda _: said)
    assert text("en", "a.b", n=1, place="x", end="y") == "1 person is here, at    x'y'"
    for count, shown in ((0, "0"), (2, "2"), (1200, "1,200")):
        assert text("en", "a.b", n=count, place="x", end="y") == f"{shown} people are here, at    x'y'"
    said["a.c"] = "{n} {n:seat|seats}"
    assert [text("en", "a.c", n=shown) for shown in ("1", "1.0", "11")] == ["1 seat", "1.0 seats", "11 seats"]


def test_words_for_one_and_for_many_go_with_a_number_that_is_shown():
    """Each choice has two words, and names a value that stands in the text as it is."""
    for key in _shared("en"):
        fields = [(name, spec) for _, name, spec, _ in string.Formatter().parse(texts("en")[key]) if name]
        for name, spec in fields:
            if "|" in (spec or ""):
                assert spec.count("|") == 1 and all(spec.split("|")), key
                assert any(other == name and "|" not in more for other, more in fields), key


def test_an_unknown_language_or_text_is_an_error():
    with pytest.raises(KeyError, match="unknown language"):
        text("fr", "kpi.wait_mean")
    with pytest.raises(KeyError):
        text("en", "kpi.nothing")
