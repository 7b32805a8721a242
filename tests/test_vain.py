"""Options that would do nothing are refused with a sentence, in both languages; those that stand by default are not."""

import re
from pathlib import Path

import pytest

from scenarios.arguments import Parser
from scenarios.cli import BAD_INPUT, main
from scenarios.commands import COMMANDS
from scenarios.commands.rubric import _TAKERS, _WHAT, arguments
from scenarios.commands.vain import given_in

A_SCENARIO = "a scenario: a log cannot be played again"
SEVERAL, EXPORT, LOG = "a folder of several logs", "an export", "a log"

VAIN = [
    *((("fairness", "LOG", option, value), A_SCENARIO) for option, value in (
        ("--engine", "simpy"), ("--workers", "2"), ("--cluster", "tcp://h:1"), ("--remedies", ""), ("--tests", "swap"),
        ("--worlds", "9"), ("--unseen", "9"), ("--years", "9"), ("--seed", "1"), ("--pay", "9"), ("--judges", "ideal"),
    )),
    (("fairness", "LOG", "--mapping", "call_centre"), EXPORT),
    *((("fairness", "mm1", option, value), LOG) for option, value in (
        ("--kpi", "wait_mean"), ("--mapping", "call_centre"), ("--attribution", "closer"), ("--least", "9"),
        ("--learners", "x.csv"),
    )),
    *((("kpis", option, value), LOG) for option, value in (
        ("--by", "kind"), ("--attribution", "last_resolver"), ("--reopen-modes", ""), ("--bottlenecks", ""),
        ("--team", ""), ("--least", "9"), ("--mapping", "call_centre"), ("--learners", "x.csv"),
        ("--externals", "x.csv"), ("--workers", "1"), ("--cluster", "tcp://h:1"),
    )),
    (("kpis", "LOG", "--workers", "2"), SEVERAL), (("kpis", "LOG", "--cluster", "tcp://h:1"), SEVERAL),
    (("kpis", "LOG", "--mapping", "call_centre"), EXPORT), (("fit", "LOG", "--mapping", "call_centre"), EXPORT),
    (("assign", "LOG", "--mapping", "call_centre"), EXPORT), (("show", "LOG", "--mapping", "call_centre"), EXPORT),
    (("score", "LOG", "--mapping", "call_centre"), EXPORT), (("score", "mm1", "--mapping", "call_centre"), EXPORT),
    (("score", "LOG", "--seed", "1"), A_SCENARIO), (("run", "mm1", "--csv"), "--out"),
    (("rubric", "diff", "aftersales_100", "--log", "LOG", "--seed", "1"), A_SCENARIO),
    (("rubric", "lint", "aftersales_100", "--log", "LOG", "--mapping", "call_centre"), EXPORT),
    (("rubric", "diff", "aftersales_100", "--log", "LOG", "--judges", "ideal"), "--scenario"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "other"), VAIN, ids=lambda part: " ".join(part) if isinstance(part, tuple) else "")
def test_an_option_that_would_do_nothing_is_refused(
    words: tuple[str, ...], other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [str(tmp_path) if word == "LOG" else word for word in words if word]
    option = next(word for word in reversed(said) if word.startswith("--"))
    assert main(said) == BAD_INPUT
    assert capsys.readouterr().err == f"fairdesk: {option} says nothing without {other}\n"
    assert main([*said, "--lang", "zh"]) == BAD_INPUT
    assert re.fullmatch(rf"fairdesk: 没有 .+ 时，{option} 不起作用\n", capsys.readouterr().err)


@pytest.mark.parametrize("what", sorted(_WHAT))
def test_what_is_done_with_a_rubric_refuses_the_options_that_it_does_not_look_at(
    what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = {"--worlds": "9", "--unseen": "9", "--target": "0.5", "--change": "0.1", "--engine": "fast"}
    parser = Parser()
    arguments(parser, "en")
    flags = {option for action in parser._actions if action.nargs == 0 for option in action.option_strings}
    for option, takers in _TAKERS.items():
        if what not in takers:
            value = [] if option in flags else [numbers.get(option, "1")]
            assert main(["rubric", what, "aftersales_100", option, *value]) == BAD_INPUT
            others = ", ".join(f"rubric {taker}" for taker in takers)
            assert capsys.readouterr().err == f"fairdesk: {option} says nothing without {others}\n"


def test_a_number_of_workers_beside_a_cluster_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "mm1", "--cluster", "tcp://127.0.0.1:1"]
    for lang, said in (
        ("en", "--workers says nothing beside --cluster"),
        ("zh", "有 --cluster 时，--workers 不起作用"),
    ):
        assert main([*words, "--workers", "2", "--lang", lang]) == BAD_INPUT
        assert capsys.readouterr().err == f"fairdesk: {said}\n"


def test_a_list_of_questions_takes_no_rubric_and_a_roster_no_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubric", "questions", "aftersales_100"]) == BAD_INPUT
    assert "takes no rubric" in capsys.readouterr().err
    assert main(["roster", "academy_small", "--seed", "2"]) == BAD_INPUT
    assert "--seed" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["roster", "staff"])
def test_one_replication_is_refused_where_an_interval_needs_two(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "academy_small", "--replications", "1"]) == BAD_INPUT
    assert "--replications" in capsys.readouterr().err


def test_only_options_that_a_command_line_states_are_given() -> None:
    assert given_in(["kpis", "log", "--by", "kind", "--least=3", "--", "--team"]) == {"--by", "--least"}
    assert all(not given_in([command]) for command in COMMANDS)
