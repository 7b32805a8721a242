"""`fairdesk demo`: the main job from a log to a page."""

import argparse
import os
from functools import partial
from pathlib import Path
from typing import Any

from scenarios.commands.options import out_option, whole
from scenarios.texts import LANGUAGES, text

EXAMPLE = "fairdesk demo export.csv --out out/demo"


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    workers = min(2, os.cpu_count() or 1)
    parser.add_argument("log", nargs="?", type=Path, metavar="LOG", help=text(lang, "help.demo_log"))
    parser.add_argument(
        "--seed", type=whole("--seed", 0, 2**53, lang), default=1, help=text(lang, "help.seed", default=1)
    )
    parser.add_argument(
        "--workers", type=whole("--workers", 1, 256, lang), default=workers,
        help=text(lang, "help.workers", default=workers),
    )  # fmt: skip
    out_option(parser, lang, Path("out/demo"))


def run(args: argparse.Namespace) -> int:
    """Do the main job, print its findings and where the page is; return the exit code."""
    from scenarios.commands.output import as_csv, say, step
    from scenarios.demo import study
    from scenarios.files.writing import scenario_text, titled
    from scenarios.folder import Folder
    from scenarios.notes import in_words
    from scenarios.report.demo import demo_page
    from sim.experiment import kept_open, processes
    from sim.log import write

    folder = Folder(args.out, args.lang)
    with kept_open(processes(args.workers)) as pool:
        kept = folder.file("replications")
        with step(args.lang) as tell:
            found = study(args.log, seed=args.seed, executor=pool, kept=kept, tell=tell)
    if found.simulated:
        write(found.log, folder.file("sample_log"))
    assumed = [in_words(note, args.lang) for note in found.fitted.assumed]
    fitted = titled(found.fitted.desk, found.log, found.name, args.lang)
    folder.write("fitted.toml", scenario_text(fitted, assumed))
    folder.write("scores.csv", as_csv(found.scores.drop("items").to_dicts()))
    for lang in (args.lang, *(other for other in LANGUAGES if other != args.lang)):
        name = "report.html" if lang == args.lang else f"report.{lang}.html"
        folder.make(name, partial(demo_page, lang=lang, found=found))
    _show(args.lang, found)
    for line in folder.report():
        say(line)
    return 0


def _show(lang: str, found: Any) -> None:
    """Print the KPIs, the plan and the one sentence about fairness."""
    from scenarios.commands.output import say, show_table
    from scenarios.lab.appraisal import fairness_sentence
    from scenarios.labels import label, number, unit_label
    from scenarios.refusals import refusal_lines
    from scenarios.report.demo import plan_sentence, same_days

    if found.simulated:
        say(text(lang, "demo.simulated", name=found.name))
    heads = [text(lang, "table.kpi"), text(lang, "demo.log"), text(lang, "demo.fitted")]
    heads += [text(lang, f"demo.short_{what_if.key}", **what_if.says) for what_if in found.what_ifs]
    sides = [dict(zip(w.found["name"], w.found["mean"], strict=True)) for w in found.what_ifs]
    lines = []
    for row in found.fidelity.iter_rows(named=True):
        unit = row["unit"]
        values = [row["real"], row["mean"], *(side.get(row["name"]) for side in sides)]
        name = unit_label(lang, unit, found.log.currency)
        lines.append([label(lang, row["name"]), *(number(value, unit) for value in values), name])
    show_table(text(lang, "demo.title", name=found.name), [*heads, text(lang, "table.unit")], lines, right=(1, 2, 3, 4))
    say(same_days(found, lang))
    say(text(lang, "demo.plan_lead", targets="; ".join(map(str, found.targets))))
    if found.plan is None:
        for line in refusal_lines(lang, found.refusal) if found.refusal else ():
            say(line)
    else:
        say(plan_sentence(found, lang))
        say(", ".join(f"{name} {count}" for name, count in sorted(found.plan.seats.items())))
    if found.fairness is not None:
        say(fairness_sentence(found.fairness, lang))
