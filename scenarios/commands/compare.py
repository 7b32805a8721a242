"""`fairdesk compare`: a base and what-ifs in the same worlds."""

import argparse
from functools import partial
from typing import Any

from scenarios.commands.options import LEVEL, kpi_options, output_options, run_options
from scenarios.texts import text

EXAMPLE = "fairdesk compare academy --what-if month_start_surge cross_training --out out/compare"


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("scenario", metavar="BASE", help=text(lang, "help.scenario"))
    parser.add_argument(
        "--what-if",
        action="extend",
        nargs="+",
        required=True,
        metavar="NAME",
        help=text(lang, "help.what_if"),
    )
    run_options(parser, lang)
    kpi_options(parser, lang)
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Run a base and its what-ifs over the same seeds and give paired differences; return the exit code."""
    from scenarios.commands.common import checked_kpis, inputs_of, options_of, replications
    from scenarios.commands.output import as_csv, as_json, document, give, kpi_rows
    from scenarios.folder import Folder
    from sim.experiment import paired, summary

    base, others = _scenarios(args)
    names, by = checked_kpis(args)
    folder = Folder(args.out, args.lang) if args.out else None
    found = replications(args, [base.desk, *(other.desk for other in others)], names, by, folder)
    frames = [summary(each, LEVEL) for each in found]
    pairs = [paired(found[0], each, LEVEL) for each in found[1:]]
    kpis = [row for s, frame in zip([base, *others], frames, strict=True) for row in kpi_rows(frame, s.name, by)]
    gaps = [row for s, frame in zip(others, pairs, strict=True) for row in kpi_rows(frame, s.name, by)]
    inputs = {"base": inputs_of(base), "what_ifs": [inputs_of(s) for s in others], **options_of(args)}
    changes = _changes(base, others)
    made = document("compare", inputs, args.seed, changes=changes, kpis=kpis, differences=gaps)
    if folder:
        folder.write("compare.json", as_json(made))
        folder.write("kpis.csv", as_csv(kpis))
        folder.write("differences.csv", as_csv(gaps))
        if not by:
            _pages(args, folder, base, others, frames, pairs)
    give(args, made, lambda: _show(args, base, others, changes, kpis, gaps), folder)
    return 0


def _scenarios(args: argparse.Namespace) -> tuple[Any, list[Any]]:
    """Return the base and its what-ifs, under different names."""
    from scenarios.commands.common import over
    from scenarios.files.desks import read, read_what_if
    from scenarios.problems import Problem, ScenarioError

    base = read(args.scenario)
    others = [read_what_if(base, name) for name in args.what_if]
    names = [base.name, *(other.name for other in others)]
    if twice := [name for number, name in enumerate(names) if name in names[:number]]:
        raise ScenarioError([Problem("what_if_twice", {"name": twice[0]})])
    return over(base, args.weeks), [over(other, args.weeks) for other in others]


def _changes(base: Any, others: list[Any]) -> list[dict[str, Any]]:
    from scenarios.files.desks import difference

    return [
        {"scenario": other.name, "path": path, "old": old, "new": new}
        for other in others
        for path, old, new in difference(base, other)
    ]


def _pages(
    args: argparse.Namespace, folder: Any, base: Any, others: list[Any], frames: list[Any], pairs: list[Any]
) -> None:
    """Write a page per what-if, with pictures of the world of the first seed."""
    from scenarios.commands.common import book_of, engine_of, seeds_of
    from scenarios.files.desks import difference
    from scenarios.labels import title_of
    from scenarios.report import compare_page
    from sim import sample

    run = engine_of(args, base.desk, *(each.desk for each in others))
    logs = [run(each.desk, sample(each.desk, args.seed))[0] for each in (base, *others)]
    titles = [title_of(args.lang, each.name, each.title) for each in (base, *others)]
    for number, (other, pair) in enumerate(zip(others, pairs, strict=True), start=1):
        page = partial(
            compare_page, lang=args.lang, base=base, other=other, changes=difference(base, other),
            found=frames[0], found_other=frames[number], differences=pair, seeds=seeds_of(args), level=LEVEL,
            logs={titles[0]: logs[0], titles[number]: logs[number]}, kpis=book_of(args).kpis,
        )  # fmt: skip
        folder.make("report.html" if len(others) == 1 else f"report-{other.name}.html", page)


def _show(
    args: argparse.Namespace, base: Any, others: list[Any], changes: list[dict[str, Any]],
    kpis: list[dict[str, Any]], gaps: list[dict[str, Any]],
) -> None:  # fmt: skip
    from scenarios.commands.common import seeds_of
    from scenarios.commands.output import say, show_kpis, show_table
    from scenarios.labels import title_of
    from scenarios.problems import shown

    lang, currency = args.lang, base.desk.currency
    titles = {each.name: title_of(lang, each.name, each.title) for each in (base, *others)}
    weeks = {"replications": args.replications, "weeks": base.desk.weeks}
    heads = [text(lang, f"table.{key}") for key in ("key", "old", "new")]
    show_kpis(
        args,
        text(lang, "cli.results_title", title=titles[base.name], **weeks),
        _of(kpis, base.name),
        currency,
    )
    for other in others:
        lines = [[c["path"], shown(c["old"]), shown(c["new"])] for c in changes if c["scenario"] == other.name]
        show_table(text(lang, "cli.changes_title", title=titles[other.name]), heads, lines)
        if not lines:
            say(text(lang, "cli.no_difference"))
        show_kpis(
            args,
            text(lang, "cli.results_title", title=titles[other.name], **weeks),
            _of(kpis, other.name),
            currency,
        )
        title = text(lang, "cli.differences_title", base=base.name)
        show_kpis(args, title, _of(gaps, other.name), currency, signed=True)
        say(text(lang, "cli.significant"))
    seeds = seeds_of(args)
    say(text(lang, "cli.seeds", first=seeds[0], last=seeds[-1], level=f"{LEVEL:.0%}"))


def _of(rows: list[dict[str, Any]], scenario: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["scenario"] == scenario]
