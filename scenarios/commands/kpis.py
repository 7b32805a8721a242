"""`fairdesk kpis`: the catalogue of KPIs, or the KPIs of a log."""

import argparse
from pathlib import Path
from typing import Any

from scenarios.commands.options import LEVEL, kpi_options, output_options
from scenarios.texts import known, text

EXAMPLE = "fairdesk kpis out/small/log --by kind"

_CREDITS = ("last_resolver", "first_owner", "time_share")


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("log", nargs="?", metavar="LOG", help=text(lang, "help.log"))
    kpi_options(parser, lang)
    about = text(lang, "help.attribution", default=_CREDITS[0])
    parser.add_argument("--attribution", choices=_CREDITS, default=_CREDITS[0], help=about)
    parser.add_argument("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """List the catalogue, or measure a log; return the exit code."""
    return _catalogue(args) if args.log is None else _measure(args)


def _catalogue(args: argparse.Namespace) -> int:
    from scenarios.commands.common import checked_kpis
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import (
        as_csv,
        as_json,
        document,
        give,
        label,
        show_table,
        unit_label,
        unit_of,
    )
    from sim.kpi import catalogue

    names, _ = checked_kpis(args)
    folder = Folder(args.out, args.lang) if args.out else None
    rows: list[dict[str, Any]] = [
        {**entry, "counts": _counts(args.lang, entry), "label": label(args.lang, str(entry["name"]))}
        for entry in catalogue()
        if names is None or entry["name"] in names
    ]
    made = document("kpis", {"lang": args.lang}, None, kpis=rows)
    if folder:
        folder.write("kpis.json", as_json(made))
        folder.write("kpis.csv", as_csv(rows))

    def show() -> None:
        keys = ("name", "label", "unit", "better", "controllable_by", "counts", "source")
        said = {"better": "better", "controllable_by": "controllable"}
        lines = [
            [
                unit_label(args.lang, unit_of(row["name"], row["unit"])) if key == "unit"
                else text(args.lang, f"{said[key]}.{row[key]}") if key in said
                else ", ".join(row[key]) if isinstance(row[key], list | tuple) else str(row[key])
                for key in keys
            ]
            for row in rows
        ]  # fmt: skip
        show_table(text(args.lang, "cli.kpis_title"), [text(args.lang, f"table.{key}") for key in keys], lines)

    give(args, made, show, folder)
    return 0


def _counts(lang: str, entry: dict[str, Any]) -> str:
    """Return what a KPI counts; English stands in the KPI itself."""
    key = f"counts.{entry['name']}"
    return text(lang, key) if known(lang, key) else str(entry["counts"])


def _measure(args: argparse.Namespace) -> int:
    from scenarios.commands.common import checked_kpis, options_of
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_csv, as_json, document, give, kpi_rows, show_kpis
    from scenarios.logs import open_log
    from sim.kpi import measure

    names, by = checked_kpis(args)
    log, name, _ = open_log(Path(args.log), args.mapping)
    folder = Folder(args.out, args.lang) if args.out else None
    frame = measure(log, names, by=by, attribution=args.attribution, level=LEVEL)
    rows = kpi_rows(frame, name, by)
    inputs = {"log": {"name": name, "source": log.source, "tickets": log.cases.height}, **options_of(args)}
    made = document("kpis", inputs, None, kpis=rows)
    if folder:
        folder.write("kpis.json", as_json(made))
        folder.write("kpis.csv", as_csv(rows))
    title = text(args.lang, "cli.log_title", name=name, tickets=f"{log.cases.height:,}")
    give(args, made, lambda: show_kpis(args, title, rows, log.currency), folder)
    return 0
