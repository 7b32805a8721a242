"""`fairdesk import`: an export becomes a log, with a report of what became of its rows."""

import argparse
from pathlib import Path
from typing import Any

from scenarios.commands.options import beside_options, output_options
from scenarios.texts import text

EXAMPLE = "fairdesk import export.csv --out out/real"


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("file", metavar="FILE", help=text(lang, "help.file"))
    parser.add_argument("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    beside_options(parser, lang, appraisals=True)
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Read an export, write its log into `--out`, and say what became of its rows; return the exit code."""
    from scenarios import sources
    from scenarios.commands.common import read_beside
    from scenarios.commands.output import as_json, document, give, say, show_table
    from scenarios.folder import Folder
    from sim.log import write

    log, quality = sources.read(Path(args.file), args.mapping)
    log, beside = read_beside(args, log, quality.mapping)
    folder = Folder(args.out, args.lang) if args.out else None
    inputs = {"file": Path(args.file).name, "mapping": quality.mapping}
    made = document("import", inputs, None, quality=quality.as_dict(), log=_about(log))
    if beside:
        made["beside"] = {name: each.as_dict() for name, each in beside.items()}
    if folder:
        write(log, folder.file("log"))
        folder.written.append(folder.file("log"))
        folder.write("import.json", as_json(made))

    def show() -> None:
        for each in (quality, *beside.values()):
            show_quality(args.lang, each.as_dict(args.lang), show_table, say)

    give(args, made, show, folder)
    return 0


def _about(log: Any) -> dict[str, Any]:
    """Return what a log holds, in counts and local times."""
    return {
        "tickets": log.cases.height,
        "moments": log.moments.height,
        "touches": log.touches.height,
        "people": log.people.height,
        "zone": log.timeline.zone,
        "from": log.timeline.iso(0),
        "until": log.timeline.iso(log.until_s),
        "priorities": list(log.priorities),
    }


def show_quality(lang: str, report: dict[str, Any], show_table: Any, say: Any) -> None:
    """Print a quality report: rows in, used and set aside, then the warnings."""
    lines = [
        [text(lang, "cli.rows_in"), f"{report['rows_in']:,}", ""],
        [text(lang, "cli.rows_used"), f"{report['rows_used']:,}", ""],
        *(
            [f"- {reason}", f"{rows:,}", ", ".join(str(line) for line in report["examples"].get(reason, ()))]
            for reason, rows in report["set_aside"].items()
        ),
    ]
    heads = [
        text(lang, "table.reason"),
        text(lang, "table.rows"),
        text(lang, "table.lines"),
    ]
    show_table(
        text(lang, "cli.quality_title", mapping=report["mapping"]),
        heads,
        lines,
        right=(1,),
    )
    for warning in report["warnings"]:
        say(f"! {warning}")
