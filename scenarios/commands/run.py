"""`fairdesk run`: a scenario's KPIs over replications."""

import argparse
from functools import partial

from scenarios.commands.options import LEVEL, kpi_options, needs, output_options, run_options
from scenarios.texts import text

EXAMPLE = """fairdesk run academy_small --replications 20 --out out/small
  fairdesk run academy --replications 1000 --engine simpy --workers 2 --out out/academy
  fairdesk run academy --replications 1000 --cluster tcp://127.0.0.1:8786 --out out/academy"""


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("scenario", metavar="SCENARIO", help=text(lang, "help.scenario"))
    run_options(parser, lang)
    kpi_options(parser, lang)
    parser.add_argument("--csv", action="store_true", help=text(lang, "help.csv"))
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Run a scenario and give its KPIs with their intervals over replications; return the exit code."""
    from scenarios.commands.common import (
        checked_kpis,
        engine_of,
        inputs_of,
        options_of,
        over,
        replications,
        seeds_of,
    )
    from scenarios.commands.output import as_csv, as_json, document, give, kpi_rows, say, show_kpis
    from scenarios.files.desks import read
    from scenarios.folder import Folder
    from scenarios.labels import title_of
    from scenarios.sources import write_csv
    from sim import log, sample
    from sim.experiment import summary

    needs(args, "--csv", args.csv, "--out", args.out is not None)
    scenario = over(read(args.scenario), args.weeks)
    names, by = checked_kpis(args)
    folder = Folder(args.out, args.lang) if args.out else None
    (found,) = replications(args, [scenario.desk], names, by, folder)
    rows = kpi_rows(summary(found, LEVEL), scenario.name, by)
    inputs = {"scenario": inputs_of(scenario), **options_of(args)}
    made = document("run", inputs, args.seed, kpis=rows)
    if folder:
        folder.write("run.json", as_json(made))
        folder.write("kpis.csv", as_csv(rows))
        first, _ = engine_of(args, scenario.desk)(scenario.desk, sample(scenario.desk, args.seed))
        log.write(first, folder.file("log"))
        folder.written.append(folder.file("log"))
        if args.csv:
            folder.make("log.csv", partial(write_csv, first))
        else:
            folder.drop("log.csv")

    def show() -> None:
        title = text(
            args.lang, "cli.results_title", title=title_of(args.lang, scenario.name, scenario.title),
            replications=args.replications, weeks=scenario.desk.weeks,
        )  # fmt: skip
        show_kpis(args, title, rows, scenario.desk.currency)
        seeds = seeds_of(args)
        say(text(args.lang, "cli.seeds", first=seeds[0], last=seeds[-1], level=f"{LEVEL:.0%}"))

    give(args, made, show, folder)
    return 0
