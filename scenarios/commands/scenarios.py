"""`fairdesk scenarios`: what comes along."""

import argparse
from typing import Any

from scenarios.commands.options import output_options
from scenarios.texts import text

EXAMPLE = "fairdesk scenarios --lang zh"


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """List the catalogue's scenarios and what-ifs, and return the exit code."""
    from scenarios.commands.folder import Folder
    from scenarios.commands.output import as_json, asks_of, document, give, show_table, title_of
    from scenarios.files import CATALOGUE, names, read, what_if_names
    from scenarios.reading import read_toml

    folder = Folder(args.out, args.lang) if args.out else None
    scenarios: list[dict[str, Any]] = [
        {
            "name": s.name,
            "title": s.title,
            "weeks": s.desk.weeks,
            "people": _heads(s.desk),
            "sha256": s.content_hash(),
        }
        for s in map(read, names())
    ]
    what_ifs: list[dict[str, str]] = []
    for name in what_if_names():
        data, _ = read_toml(CATALOGUE / "what_ifs" / f"{name}.toml")
        what_ifs.append({"name": name, **{key: str(data.get(key, "")) for key in ("title", "asks", "base")}})
    made = document("scenarios", {}, None, scenarios=scenarios, what_ifs=what_ifs)
    if folder:
        folder.write("scenarios.json", as_json(made))

    def show() -> None:
        heads = [text(args.lang, f"table.{key}") for key in ("name", "title", "weeks", "people")]
        lines = [
            [s["name"], title_of(args.lang, s["name"], s["title"]), str(s["weeks"]), str(s["people"])]
            for s in scenarios
        ]
        show_table(text(args.lang, "cli.scenarios_title"), heads, lines, right=(2, 3))
        heads = [text(args.lang, f"table.{key}") for key in ("name", "title", "asks", "base")]
        lines = [
            [w["name"], title_of(args.lang, w["name"], w["title"]), asks_of(args.lang, w["name"], w["asks"]), w["base"]]
            for w in what_ifs
        ]
        show_table(text(args.lang, "cli.what_ifs_title"), heads, lines)

    give(args, made, show, folder)
    return 0


def _heads(desk: object) -> int:
    from sim.desk import Desk

    assert isinstance(desk, Desk)
    return sum(seat.heads for seat in desk.staff.seats.values())
