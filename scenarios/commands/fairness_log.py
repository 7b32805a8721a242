"""`fairdesk fairness` on a log: what it says of people's figures without any truth, and what it cannot say."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL, beside_options, needs, whole
from scenarios.commands.vain import vain_mapping
from scenarios.notes import reason_in
from scenarios.texts import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.kpi.log_fairness import LogFairness
    from sim.log import Log

LEAST = 30
MIX = ("kind", "priority")
POLICIES = ("last_resolver", "first_owner", "closer", "plurality")
_AXES = ("kind", "priority", "category", "channel", "team", "seat")
_GIVEN = (
    "kpi",
    "mix",
    "least",
    "target",
    "attribution",
    "mapping",
    "learners",
    "externals",
    "appraisals",
)


def is_log(subject: str) -> bool:
    """Say whether the command's argument names a folder or an export, not a scenario."""
    path = Path(subject)
    return path.is_dir() or (path.is_file() and path.suffix != ".toml")


def log_options(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the options that are about logs."""
    group = parser.add_argument_group(text(lang, "fairlog.options"))
    add = group.add_argument
    add("--kpi", action="append", metavar="NAME", help=text(lang, "fairlog.kpi"))
    add("--mix", action="append", choices=_AXES, metavar="AXIS", help=text(lang, "fairlog.mix", known=", ".join(_AXES)))
    add("--least", type=whole("--least", 2, 10**6, lang), help=text(lang, "fairlog.least", default=LEAST))
    add("--target", action="append", type=_target(lang), metavar="PRIORITY=MINUTES", help=text(lang, "fairlog.target"))
    add("--attribution", choices=POLICIES, help=text(lang, "help.attribution", default=POLICIES[0]))
    add("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    beside_options(parser, lang, appraisals=True)


def refuse_log_options(args: argparse.Namespace) -> None:
    """Refuse options about logs where a scenario is asked about.

    Raises
    ------
    ScenarioError
        If one was given.
    """
    for name in _GIVEN:
        given = getattr(args, name, None) is not None
        needs(args, f"--{name}", given, text(args.lang, "fairlog.a_log"), False)


def _target(lang: str) -> Callable[[str], tuple[str, int]]:
    def read(said: str) -> tuple[str, int]:
        name, _, minutes = said.rpartition("=")
        try:
            seconds = round(float(minutes) * 60)
        except (ValueError, OverflowError):
            seconds = 0
        if not name or not 0 < seconds <= 10**9:
            raise argparse.ArgumentTypeError(text(lang, "fairlog.bad_target", got=said[:60]))
        return name, seconds

    return read


def reliability_of(lang: str) -> Callable[[str], float]:
    """Return a reader of a reliability between 0 and 1, both left out."""

    def read(said: str) -> float:
        try:
            value = float(said)
        except ValueError:
            value = 1.0
        if not 0 < value < 1:
            raise argparse.ArgumentTypeError(text(lang, "fairlog.bad_reliability", got=said[:40]))
        return value

    return read


def run(args: argparse.Namespace) -> int:
    """Say what a log shows of people's figures; return the exit code."""
    from scenarios.commands.common import log_named, read_beside
    from scenarios.commands.output import as_csv, as_json, document, give, progress
    from scenarios.folder import Folder
    from scenarios.report.fairness_log import fairness_log_page
    from sim.kpi.estimators import TARGETS
    from sim.kpi.log_fairness import JUDGED, fairness_of_log

    vain_mapping(args, Path(args.scenario))
    folder = Folder(args.out, args.lang) if args.out else None
    log, about, quality = log_named(args.scenario, args.mapping)
    log, _ = read_beside(args, log, args.mapping or (quality.mapping if quality else None))
    _check_kpis(args, log)
    wanted = tuple(args.reliability or TARGETS)
    asked = {
        "mix": tuple(dict.fromkeys(args.mix or MIX)), "role": args.role, "least": args.least or LEAST,
        "attribution": args.attribution or POLICIES[0], "targets": wanted,
    }  # fmt: skip
    targets_s = dict(args.target or ())
    for name in ("seatings", "years", "pay"):
        given = getattr(args, name, None) is not None
        needs(args, f"--{name}", given, text(args.lang, "lab_tests.a_scenario"), False)
    with progress(args.lang, len(args.kpi or JUDGED) + bool(targets_s)) as advance:
        found = fairness_of_log(log, args.kpi, **asked, targets_s=targets_s, level=LEVEL, on_progress=advance)
    found, rubric = _with_tiers(args, log, found)
    inputs = {**about, "kpi": args.kpi, **asked, "target_s": targets_s, "rubric": rubric}
    made = document("fairness", inputs, None, **parts_of(found))
    if folder:
        folder.write("fairness.json", as_json(made))
        folder.write("fairness_people.csv", as_csv(people_rows(found)))
        folder.write("fairness_reliability.csv", as_csv(reliability_rows(found)))
        name = about["log"]["name"]
        page = partial(fairness_log_page, lang=args.lang, found=found, name=name, mix=asked["mix"], wanted=wanted)
        folder.make("fairness.html", page)
    give(args, made, lambda: _show(args, found, about["log"]["name"], wanted), folder)
    return 0


def _with_tiers(args: argparse.Namespace, log: Log, found: LogFairness) -> tuple[LogFairness, dict[str, str] | None]:
    """Add how sure the tiers of a rubric are, if one was named, and return what a document says of it."""
    if args.rubric is None:
        return found, None
    import polars as pl

    from scenarios.commands.score import rubric_inputs
    from scenarios.files.rubrics import load_rubric
    from sim.kpi.log_tiers import tier_risk
    from sim.kpi.rubric import score

    rubric = load_rubric(args.rubric)
    scores = score(log, rubric, level=LEVEL)
    if args.role is not None:
        scores = scores.filter(pl.col("role").cast(pl.String) == args.role)
    most = max([100.0, *scores["total"].drop_nulls()])
    return replace(found, tiers=tier_risk(scores, most=most, level=LEVEL)), rubric_inputs(args.rubric, rubric)


def _check_kpis(args: argparse.Namespace, log: Log) -> None:
    """Refuse a KPI that was asked for and that this log cannot tell of people, with the reason."""
    from scenarios.problems import Problem, ScenarioError
    from sim.kpi.shown import why_none

    reasons = {name: why_none(log, name) for name in args.kpi or ()}
    problems = [
        Problem("no_kpi_of_people", {"kpi": name, "reason": reason_in(args.lang, reason)})
        for name, reason in reasons.items()
        if reason
    ]
    if problems:
        raise ScenarioError(problems)


def parts_of(found: LogFairness) -> dict[str, Any]:
    """Return what a log says as the keys of its document; shares and validity are beyond a log."""
    leading = found.leading
    return {
        "shares": None, "validity": None,
        "reliability": {
            each.name: {on: [asdict(one) for one in ones] for on, ones in each.reliability.items()}
            for each in found.kpis
        },
        "wrong_tier": {each.name: each.wrong for each in found.kpis},
        "leading": None if leading is None else leading.name,
        "kpis": [
            {key: value for key, value in asdict(each).items() if key not in ("reliability", "people")}
            for each in found.kpis
        ],
        "people": people_rows(found), "untold": found.untold,
        "patterns": [asdict(each) for each in found.patterns], "patterns_reason": found.patterns_reason,
        "tiers": None if found.tiers is None else asdict(found.tiers),
        "judges": None if found.judges is None else found.judges.to_dicts(),
        "cannot_show": {key: text("en", f"fairlog.cannot_{key}") for key in found.cannot},
    }  # fmt: skip


def people_rows(found: LogFairness) -> list[dict[str, Any]]:
    """Return a row per KPI and person."""
    return [{"kpi": each.name, "unit": each.unit, **asdict(one)} for each in found.kpis for one in each.people]


def reliability_rows(found: LogFairness) -> list[dict[str, Any]]:
    """Return a row per KPI, kind of figure and estimator."""
    return [
        {"kpi": each.name, "on": on, **asdict(one)}
        for each in found.kpis for on, ones in each.reliability.items() for one in ones
    ]  # fmt: skip


def _show(args: argparse.Namespace, found: LogFairness, name: str, wanted: tuple[float, ...]) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.report import log_words as words
    from scenarios.report.judged import judge_sentences, judge_table

    lang = args.lang
    say(text(lang, "fairlog.title", name=name))
    say(words.sentence(found, lang))
    table = words.kpi_table(found, lang, wanted)
    if table.lines:
        show_table(text(lang, "fairlog.kpis"), table.heads, table.lines, table.right)
    if found.leading is not None:
        people = words.people_table(found.leading, lang)
        show_table(words.people_title(found.leading, lang), people.heads, people.lines, people.right)
    for line in (*words.hurt(found, lang), *words.helps(found, lang, wanted)):
        say(line)
    if found.tiers is not None:
        say(words.tier_sentence(found.tiers, lang))
    say(words.pattern_sentence(found, lang))
    say(words.seat_sentence(found, lang))
    if found.judges is not None:
        judges = judge_table(found.judges, lang)
        show_table(text(lang, "fairlog.judges"), judges.heads, judges.lines, judges.right)
        for line in judge_sentences(found.judges, lang):
            say(line)
    say(text(lang, "fairlog.cannot"))
    for line in words.cannot(found, lang):
        say(f"- {line}")
    if found.untold:
        reasons = (f"{words.label_of(lang, key)}: {reason_in(lang, reason)}" for key, reason in found.untold.items())
        say(text(lang, "fairlog.untold", kpis="; ".join(reasons)))
