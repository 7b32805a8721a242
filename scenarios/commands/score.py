"""`fairdesk score`: the people of a log, or of one run of a scenario, by a rubric."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import LEVEL, beside_options, needs, output_options, whole
from scenarios.commands.vain import vain, vain_for_a_log, vain_mapping
from scenarios.notes import reason_in
from scenarios.texts import text

if TYPE_CHECKING:
    import polars as pl

    from scenarios.sources import Quality
    from sim.kpi.rubric import Rubric
    from sim.log import Log

EXAMPLE = "fairdesk score out/small/log --rubric aftersales_100"
RUBRIC = "aftersales_100"

_LAST_SEED = 2**53


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("subject", metavar="LOG_OR_SCENARIO", help=text(lang, "help.subject"))
    parser.add_argument("--rubric", default=RUBRIC, metavar="NAME", help=text(lang, "help.rubric_file", default=RUBRIC))
    parser.add_argument(
        "--profile", action="append", default=[], type=_profile(lang), metavar="ROLE=PROFILE",
        help=text(lang, "rubric.profile"),
    )  # fmt: skip
    parser.add_argument("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    beside_options(parser, lang, appraisals=True)
    parser.add_argument("--judges", metavar="NAME", help=text(lang, "judges.option"))
    parser.add_argument("--why", metavar="PERSON", help=text(lang, "rubric.why"))
    parser.add_argument("--reference", type=Path, metavar="LOG", help=text(lang, "rubric.reference"))
    parser.add_argument("--scorecards", action="store_true", help=text(lang, "rubric.scorecards"))
    parser.add_argument("--workers", type=whole("--workers", 1, 256, lang), help=text(lang, "rubric.workers"))
    parser.add_argument("--period", metavar="PERIOD", help=text(lang, "rubric.period"))
    seed = whole("--seed", 0, _LAST_SEED, lang)
    parser.add_argument("--seed", type=seed, default=1, help=text(lang, "help.seed", default=1))
    output_options(parser, lang)


def _profile(lang: str) -> Callable[[str], tuple[str, str]]:
    def read(said: str) -> tuple[str, str]:
        role, _, profile = said.partition("=")
        if not role or not profile:
            raise argparse.ArgumentTypeError(text(lang, "rubric.expected_profile", got=said[:60]))
        return role, profile

    return read


def run(args: argparse.Namespace) -> int:
    """Score the people of a log or of one simulated run; return the exit code."""
    from scenarios.commands.explaining import Explained, show_why
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.files.rubrics import read_rubric
    from scenarios.folder import Folder
    from scenarios.spreadsheets import workbook
    from sim.kpi.rubric import scored

    _check_options(args)
    versions = [_with_roles(each, args.profile) for each in read_rubric(args.rubric).versions]
    log, about, beside = subject_of(args, versions)
    _check_roles(log, args.profile)
    folder = Folder(args.out, args.lang) if args.out else None
    found = scored(log, versions, level=LEVEL)
    frame = found.people
    valid_from = frame["valid_from"].cast(str)
    people = (frame.with_columns(valid_from) if len(versions) > 1 else frame.drop("valid_from")).to_dicts()
    aside = dict(sorted(Counter(found.set_aside["reason_not"]).items()))
    follows = _follows(frame, versions)
    inputs = {**about, "rubric": rubric_inputs(args.rubric, *versions)}
    made = document("score", inputs, args.seed if "scenario" in about else None, people=people, set_aside=aside)
    made["consequences"] = follows
    why = Explained(args, log, versions, frame) if args.why is not None or args.scorecards else None
    if why is not None and why.reasons is not None:
        made["why"] = why.reasons
    if beside:
        made["beside"] = {name: each.as_dict() for name, each in beside.items()}
    if folder:
        folder.write("score.json", as_json(made))
        folder.write("score.csv", as_csv(people))
        for part, rows in follows.items():
            folder.write(f"{part}.csv", as_csv(rows))
        folder.make("score.parquet", frame.write_parquet)
        if why is not None:
            why.write(people, folder)
        folder.write("score.xlsx", workbook({"score": _flat(people), **follows}))
    name = next(iter(about.values()))["name"]

    def show() -> None:
        _show(args, name, versions[-1], people, aside, follows["pay"])
        if why is not None and why.reasons is not None:
            show_why(args.lang, why.rubric(), why.reasons)

    give(args, made, show, folder)
    return 0


def _check_options(args: argparse.Namespace) -> None:
    """Refuse options that lack what they need."""
    from scenarios.problems import Problem, ScenarioError

    explains = args.why is not None or args.scorecards
    needs(args, "--workers", args.workers is not None, "--scorecards", args.scorecards)
    needs(args, "--period", args.period is not None, "--why, --scorecards", explains)
    needs(args, "--reference", args.reference is not None, "--why, --scorecards", explains)
    if args.scorecards and not args.out:
        raise ScenarioError([Problem("scorecards_need_out")])


def _flat(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per person and period, with a column for the points of each item."""
    return [
        {key: value for key, value in row.items() if key != "items"}
        | {item["name"]: item["points"] for item in row["items"]}
        for row in people
    ]


def _follows(frame: pl.DataFrame, versions: Sequence[Rubric]) -> dict[str, list[dict[str, Any]]]:
    """Return what follows from scores: `pay`, `states` of ladders and `awards`.

    Grades and pay go by the version of the period, ladders and awards by the last.
    """
    import polars as pl

    from sim.kpi.rubric import following, length_of

    made: dict[str, list[dict[str, Any]]] = {"pay": [], "states": [], "awards": []}
    if frame.is_empty():
        return made
    for _, rows in frame.group_by(frame["period"].map_elements(length_of, pl.String), maintain_order=True):
        found = following(rows, versions)
        made["pay"] += found.people.select("person", "role", "period", "grades", "pay").to_dicts()
        made["states"] += found.states.to_dicts()
        made["awards"] += found.awards.to_dicts()
    return made


def _with_roles(rubric: Rubric, chosen: Sequence[tuple[str, str]]) -> Rubric:
    """Return a rubric with some roles under the profiles that the command line names.

    Raises
    ------
    ScenarioError
        If a role is named twice, or a profile is unknown.
    """
    from scenarios.problems import Problem, ScenarioError, shown

    roles = [role for role, _ in chosen]
    if twice := sorted({role for role in roles if roles.count(role) > 1}):
        raise ScenarioError([Problem("profile_twice", {"got": shown(twice[0])}, key="--profile")])
    try:
        return rubric.with_roles(dict(chosen))
    except ValueError as error:
        raise ScenarioError([Problem("rule", {"message": str(error)}, key="--profile")]) from None


def _check_roles(log: Log, chosen: Sequence[tuple[str, str]]) -> None:
    """Refuse roles that nobody of a log has."""
    from scenarios.problems import Problem, ScenarioError, nearest, shown

    known = sorted({*log.people["role"].cast(str), *log.shifts["role"].cast(str)} - {None})
    problems = []
    for role, _ in chosen:
        if role not in known:
            end, near = nearest(role, known)
            problems.append(Problem(f"no_role{end}", {**near, "got": shown(role)}, key="--profile"))
    if problems:
        raise ScenarioError(problems)


def subject_of(args: argparse.Namespace, versions: Sequence[Rubric]) -> tuple[Log, dict[str, Any], dict[str, Quality]]:
    """Return a log, what a document says about it, and what became of the rows of the tables beside it.

    It is that of a folder, of an export, or of one run of a scenario, whose people may be judged.

    Raises
    ------
    ScenarioError
        If the subject is none of them, or cannot be judged.
    """
    from scenarios.commands.common import log_named, read_beside, run_named

    path = Path(args.subject)
    if path.is_dir() or (path.is_file() and path.suffix != ".toml"):
        _check_judges(args, "judges.no_truth")
        vain_for_a_log(args, ["--seed"])
        vain_mapping(args, path)
        log, about, quality = log_named(path, args.mapping)
        log, beside = read_beside(args, log, args.mapping or (quality.mapping if quality else None))
        return log, about, beside
    if args.appraisals is not None:
        _check_judges(args, "judges.two_voices")
    vain(args, ["--mapping"], text(args.lang, "cli.an_export"))
    log, about = run_named(args.subject, args.seed, versions, args.judges)
    log, beside = read_beside(args, log, None)
    return log, about, beside


def _check_judges(args: argparse.Namespace, why_not: str) -> None:
    """Refuse simulated judges where there is nobody for them to judge, or somebody else has."""
    from scenarios.problems import Problem, ScenarioError

    if args.judges is not None:
        raise ScenarioError([Problem("rule", {"message": text(args.lang, why_not)})])


def rubric_inputs(name: str, *versions: Rubric) -> dict[str, str]:
    """Return what a document says about a rubric: its name and the hash of its content, all versions together."""
    content = [each.model_dump(mode="json") for each in versions]
    made = content[0] if len(content) == 1 else content
    plain = json.dumps(made, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"name": Path(name).stem, "sha256": hashlib.sha256(plain.encode()).hexdigest()}


def _show(
    args: argparse.Namespace, name: str, rubric: Rubric, people: list[dict[str, Any]], aside: dict[str, int],
    pay: list[dict[str, Any]],
) -> None:  # fmt: skip
    from scenarios.commands.output import say, show_table
    from scenarios.labels import number

    lang = args.lang
    if not people:
        say(text(lang, "score.nobody"))
        return
    paid = {(row["person"], row["period"]): row["pay"] for row in pay}
    columns = ("person", "role", "period", "total", "interval", "tier", "coefficient", "objective")
    lines = [
        [
            str(row["person"]), row["role"] or "-", row["period"], number(row["total"], "points"),
            "-" if row["low"] is None else " .. ".join(number(row[end], "points") for end in ("low", "high")),
            row["tier"] or "-", _factor(paid.get((row["person"], row["period"]))), f"{row['objective_share']:.0%}",
        ]
        for row in people
    ]  # fmt: skip
    title = text(lang, "score.title", name=name, rubric=rubric.title.get(lang, Path(args.rubric).stem))
    heads = [text(lang, f"table.{column}", level=f"{LEVEL:.0%}") for column in columns]
    say(title)
    show_table("", heads, lines, right=(3, 4, 6, 7))
    absent = [item for item in rubric.items if all(_points(row, item.name) is None for row in people)]
    if absent:
        items = (_why(lang, item.label.get(lang, item.name), people[-1], item.name) for item in absent)
        say(text(lang, "score.no_source", items=text(lang, "score.between_items").join(items)))
    if aside:
        reasons = "; ".join(f"{reason_in(lang, reason)} ({rows})" for reason, rows in aside.items())
        say(text(lang, "rubric.set_aside", rows=sum(aside.values()), reasons=reasons))
    say(text(lang, "score.cannot_see", least=f"{rubric.policy.least_share:.0%}"))


def _factor(pay: float | None) -> str:
    return "-" if pay is None else f"{pay:.4g}" if pay != int(pay) else f"{pay:.1f}"


def _why(lang: str, label: str, row: dict[str, Any], name: str) -> str:
    """Return the label of an item without points, and the reason."""
    reason = next((each["reason"] for each in row["items"] if each["name"] == name), None)
    return label if reason is None else text(lang, "score.no_source_item", label=label, reason=reason_in(lang, reason))


def _points(row: dict[str, Any], name: str) -> float | None:
    found: float | None = next((item["points"] for item in row["items"] if item["name"] == name), None)
    return found
