"""`fairdesk schema`: the JSON schema of a scenario, of a what-if or of a file of KPIs."""

import argparse

from scenarios.commands.options import output_options
from scenarios.texts import text

EXAMPLE = "fairdesk schema what-if > what-if.schema.json"

_WHAT = ("scenario", "what-if", "kpis")


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument(
        "what", nargs="?", choices=_WHAT, default=_WHAT[0], help=text(lang, "help.what", default=_WHAT[0])
    )
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """Print a schema, which is JSON in any case, and return the exit code."""
    from scenarios.commands.output import as_json, document, give, say
    from scenarios.files.schema import kpis_schema, scenario_schema, what_if_schema
    from scenarios.folder import Folder

    folder = Folder(args.out, args.lang) if args.out else None
    makers = {"scenario": scenario_schema, "what-if": what_if_schema, "kpis": kpis_schema}
    schema = makers[args.what]()
    if folder:
        folder.write(f"{args.what}.schema.json", as_json(schema))
    made = document("schema", {"what": args.what}, None, schema=schema)
    give(args, made, lambda: say(as_json(schema).rstrip("\n")))
    return 0
