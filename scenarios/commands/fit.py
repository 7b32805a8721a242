"""`fairdesk fit`: the scenario that a log shows, what was assumed, and its KPIs beside those of the log."""

import argparse
from pathlib import Path
from typing import Any

from scenarios.commands.options import LEVEL, output_options, run_options
from scenarios.commands.vain import vain_mapping
from scenarios.texts import text

EXAMPLE = "fairdesk fit export.csv --out out/fitted"


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("log", metavar="LOG", help=text(lang, "help.fitted_log"))
    parser.add_argument("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    run_options(parser, lang, replications=5)
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Fit a desk, write it as a scenario into `--out`, and show how true it is; return the exit code."""
    from scenarios.commands.common import engine_of, pool_of, seeds_of
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.files.writing import scenario_text, titled
    from scenarios.folder import Folder
    from scenarios.logs import open_log
    from scenarios.notes import in_words
    from sim.desk import Desk
    from sim.fit import fit
    from sim.lab.fidelity import fidelity

    vain_mapping(args, Path(args.log))
    log, name, _ = open_log(Path(args.log), args.mapping)
    found = fit(log)
    assumed = {lang: [in_words(note, lang) for note in found.assumed] for lang in ("en", args.lang)}
    desk = found.desk if args.weeks is None else found.desk.changed(weeks=args.weeks)
    assert isinstance(desk, Desk)
    folder = Folder(args.out, args.lang) if args.out else None
    pool = pool_of(args, args.replications)
    frame = fidelity(log, desk, seeds_of(args), level=LEVEL, run=engine_of(args), executor=pool)
    rows = frame.to_dicts()
    inputs = {
        "log": {"name": name, "source": log.source, "tickets": log.cases.height},
        "replications": args.replications,
        **({} if args.weeks is None else {"weeks": args.weeks}),
    }
    made = document("fit", inputs, args.seed, scenario="scenario.toml", assumed=assumed["en"], fidelity=rows)
    if folder:
        folder.write("scenario.toml", scenario_text(titled(desk, log, name, args.lang), assumed[args.lang]))
        folder.write("fit.json", as_json(made))
        folder.write("fidelity.csv", as_csv(rows))
    give(args, made, lambda: _show(args.lang, name, rows, assumed[args.lang], log.currency), folder)
    return 0


def _show(lang: str, name: str, rows: list[dict[str, Any]], assumed: list[str], currency: str) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.labels import label, number, unit_label

    between = text(lang, "table.interval", level=f"{LEVEL:.0%}")
    heads = [
        text(lang, "table.kpi"), text(lang, "table.real"), between,
        text(lang, "table.simulated"), between, text(lang, "table.unit"),
    ]  # fmt: skip
    lines = []
    for row in rows:
        unit = row["unit"]
        told = {key: number(value, unit) for key, value in row.items() if key not in ("name", "unit")}
        lines.append([
            label(lang, row["name"]), told["real"], f"{told['real_low']} .. {told['real_high']}",
            told["mean"], f"{told['low']} .. {told['high']}", unit_label(lang, unit, currency),
        ])  # fmt: skip
    show_table(
        text(lang, "cli.fidelity_title", name=name),
        heads,
        lines,
        right=(1, 3),
    )
    say(text(lang, "cli.assumed"))
    for sentence in assumed:
        say(f"- {sentence}")
