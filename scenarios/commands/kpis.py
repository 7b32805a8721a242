"""`fairdesk kpis`: the catalogue of KPIs, or the KPIs of a log."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from scenarios.commands.options import LEVEL, beside_options, kpi_options, output_options, whole
from scenarios.commands.vain import vain, vain_mapping, vain_without_a_log, vain_workers
from scenarios.texts import known, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.folder import Folder
    from scenarios.sources import Quality
    from sim.kpi.own import OwnKpi
    from sim.kpi.parts import Part

EXAMPLE = "fairdesk kpis out/small/log --by kind"

_CREDITS = ("last_resolver", "first_owner", "closer", "time_share", "equal_split", "plurality")
_OF_A_LOG = (
    "--by", "--attribution", "--reopen-modes", "--bottlenecks", "--team", "--least", "--mapping", "--learners",
    "--externals", "--workers", "--cluster",
)  # fmt: skip
_TAGS = ("outcome", "process", "retention", "cost", "new_learners", "capability")


def arguments(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the command's options."""
    parser.add_argument("log", nargs="?", metavar="LOG", help=text(lang, "help.log"))
    kpi_options(parser, lang)
    about = text(lang, "help.attribution", default=_CREDITS[0])
    parser.add_argument("--attribution", choices=_CREDITS, default=_CREDITS[0], help=about)
    parser.add_argument("--tag", choices=_TAGS, help=text(lang, "help.tag"))
    parser.add_argument("--reopen-modes", action="store_true", help=text(lang, "help.reopen_modes"))
    parser.add_argument("--bottlenecks", action="store_true", help=text(lang, "help.bottlenecks"))
    parser.add_argument("--team", action="store_true", help=text(lang, "team.help"))
    parser.add_argument("--least", type=whole("--least", 1, 10**6, lang), help=text(lang, "help.least"))
    parser.add_argument("--mapping", metavar="NAME", help=text(lang, "help.mapping"))
    beside_options(parser, lang)
    workers = whole("--workers", 1, 256, lang)
    parser.add_argument("--workers", type=workers, default=1, help=text(lang, "help.workers", default=1))
    parser.add_argument("--cluster", metavar="tcp://HOST:PORT", help=text(lang, "help.cluster"))
    output_options(parser, lang)


def run(args: argparse.Namespace) -> int:
    """List the catalogue, or measure a log; return the exit code."""
    if args.log is None:
        vain_without_a_log(args, _OF_A_LOG)
    return _catalogue(args) if args.log is None else _measure(args)


def _catalogue(args: argparse.Namespace) -> int:
    from scenarios.commands.common import book_inputs, book_of
    from scenarios.commands.output import as_csv, as_json, document, give, show_table
    from scenarios.folder import Folder
    from scenarios.labels import unit_label
    from sim.kpi import catalogue

    names, book = _named(args), book_of(args)
    own = dict(book.own)
    folder = Folder(args.out, args.lang) if args.out else None
    rows: list[dict[str, Any]] = [
        {**entry, "counts": _counts(args.lang, entry), "label": _label(args.lang, str(entry["name"]), own)}
        for entry in catalogue(book.kpis)
        if entry["name"] in names
    ]
    made = document("kpis", {"lang": args.lang, **book_inputs(args)}, None, kpis=rows)
    if folder:
        folder.write("kpis.json", as_json(made))
        folder.write("kpis.csv", as_csv(rows))

    def show() -> None:
        keys = ("name", "label", "unit", "better", "controllable_by", "counts", "source")
        said = {"better": "better", "controllable_by": "controllable"}
        lines = [
            [
                unit_label(args.lang, row["unit"]) if key == "unit"
                else text(args.lang, f"{said[key]}.{row[key]}") if key in said
                else ", ".join(row[key]) if isinstance(row[key], list | tuple) else str(row[key])
                for key in keys
            ]
            for row in rows
        ]  # fmt: skip
        show_table(text(args.lang, "cli.kpis_title"), [text(args.lang, f"table.{key}") for key in keys], lines)

    give(args, made, show, folder)
    return 0


def _named(args: argparse.Namespace) -> list[str]:
    """Return the KPIs asked for by name or tag; if none is named, all, or the standard ones of a log."""
    from scenarios.commands.common import book_of, checked_kpis

    book = book_of(args)
    named, _ = checked_kpis(args)
    standard = args.tag is None and args.log is not None
    asked = list(book.standard if standard else book.kpis) if named is None else named
    return [
        name for name in asked
        if args.tag is None or args.tag in (book.kpis[name].outcome_or_process, *book.kpis[name].strategy)
    ]  # fmt: skip


def _label(lang: str, name: str, own: "Mapping[str, OwnKpi]") -> str:
    from scenarios.labels import label

    return own[name].label or name if name in own else label(lang, name)


def _counts(lang: str, entry: dict[str, Any]) -> str:
    """Return what a KPI counts; English stands in the KPI itself."""
    key = f"counts.{entry['name']}"
    return text(lang, key) if known(lang, key) else str(entry["counts"])


def _measure(args: argparse.Namespace) -> int:
    from scenarios.commands.common import checked_kpis, options_of
    from scenarios.commands.import_ import show_quality
    from scenarios.commands.output import as_csv, as_json, document, give, kpi_rows, say, show_kpis, show_table
    from scenarios.folder import Folder
    from scenarios.problems import Problem, ScenarioError

    names, by = _named(args), checked_kpis(args)[1]
    if args.team and not args.out:
        raise ScenarioError([Problem("team_needs_out")])
    folder = Folder(args.out, args.lang) if args.out else None
    frame, name, about = _parts(args, names, by) if _in_parts(Path(args.log)) else _whole(args, names, by)
    rows = kpi_rows(_large_enough(frame, args.least), name, ["reopen", *by] if args.reopen_modes else by)
    said = {"name": name, "source": about.source, "tickets": about.tickets}
    waits = {} if about.bottlenecks is None else {"bottlenecks": about.bottlenecks}
    beside = {name: each.as_dict() for name, each in about.beside.items()}
    team = {} if about.team is None else {"team": about.team}
    more: dict[str, Any] = waits | team | ({"beside": beside} if beside else {})
    made = document("kpis", {"log": said, **options_of(args)}, None, kpis=rows, **more)
    if folder:
        folder.write("kpis.json", as_json(made))
        folder.write("kpis.csv", as_csv(rows))
        if about.bottlenecks is not None:
            folder.write("bottlenecks.csv", as_csv(about.bottlenecks))
        if about.team is not None:
            _write_team(args, folder, name, about)
    title = text(args.lang, "cli.log_title", name=name, tickets=f"{about.tickets:,}")

    def show() -> None:
        for each in about.beside.values():
            show_quality(args.lang, each.as_dict(args.lang), show_table, say)
        show_kpis(args, title, rows, about.currency)
        if about.bottlenecks is not None:
            _show_bottlenecks(args.lang, about.bottlenecks)

    give(args, made, show, folder)
    return 0


def _show_bottlenecks(lang: str, rows: list[dict[str, Any]]) -> None:
    from scenarios.commands.output import show_table
    from scenarios.labels import number

    heads = [
        text(lang, f"bottleneck.{key}") for key in ("department", "skill", "cause", "wait_h", "share", "wait_min_mean")
    ]
    lines = [
        [
            row["department"] or "-", row["skill"] or "-", text(lang, f"cause.{row['cause']}"),
            number(row["wait_h"], "h"), number(row["share"], "1"), number(row["wait_min_mean"], "min"),
        ]
        for row in rows
    ]  # fmt: skip
    show_table(text(lang, "cli.bottlenecks_title"), heads, lines, right=(3, 4, 5))


def _large_enough(frame: Any, least: int | None) -> Any:
    """Return figures; those of groups with fewer tickets than `least` give way to the reason."""
    import polars as pl

    if least is None:
        return frame
    small = (pl.col("n") < least) & pl.col("mean").is_not_null()
    return frame.with_columns(
        *(pl.when(~small).then(key).alias(key) for key in ("mean", "low", "high")),
        reason=pl.when(small).then(pl.lit(f"fewer than {least}")).otherwise("reason"),
    )


def _write_team(args: argparse.Namespace, folder: "Folder", name: str, about: "_About") -> None:
    from scenarios.commands.output import as_csv
    from scenarios.report.team import team_page

    found: dict[str, Any] = about.team or {}
    cells = [{"kpi": each["name"], **cell} for each in found["heat"] for cell in each["cells"]]
    folder.write("cells.csv", as_csv(cells))
    weeks = [{"kpi": each["name"], **row} for each in found["weeks"]["figures"] for row in each["figures"]]
    folder.write("weeks.csv", as_csv(weeks))
    folder.make("team.html", lambda path: team_page(path, args.lang, name, found, about.currency, ""))


class _About(NamedTuple):
    """What is told of a log beside its KPIs."""

    source: str
    tickets: int
    currency: str
    bottlenecks: list[dict[str, Any]] | None = None
    beside: "Mapping[str, Quality]" = MappingProxyType({})
    team: dict[str, Any] | None = None


def _whole(args: argparse.Namespace, names: list[str], by: list[str]) -> tuple[Any, str, _About]:
    """Return the figures of a log that is read at once, its name, and what is told of it."""
    from scenarios.commands.common import book_of, read_beside
    from scenarios.logs import open_log
    from sim.kpi import bottlenecks, measure, reopen_modes

    vain(args, ("--workers", "--cluster"), text(args.lang, "cli.several_logs"))
    vain_mapping(args, Path(args.log))
    log, name, quality = open_log(Path(args.log), args.mapping)
    log, beside = read_beside(args, log, args.mapping or (quality.mapping if quality else None))
    figures = reopen_modes if args.reopen_modes else measure
    frame = figures(log, names, by=by, attribution=args.attribution, level=LEVEL, book=book_of(args))
    waits = bottlenecks(log).to_dicts() if args.bottlenecks else None
    team = None
    if args.team:
        from scenarios.board import board_of

        team = board_of(log, axis=_axis(args), least=args.least, book=book_of(args))
    return frame, name, _About(log.source, log.cases.height, log.currency, waits, beside, team)


def _axis(args: argparse.Namespace) -> str | None:
    """Return what the page of a team is split by, if the command line says so."""
    from sim.kpi.board import AXES

    return next((each for each in args.by or () if each in AXES), None)


def _in_parts(path: Path) -> bool:
    """Say whether a path is a folder of logs, and neither a log nor a folder with one in `log`."""
    from sim.kpi.parts import FIRST, folders_of

    if not path.is_dir() or any((each / FIRST).exists() for each in (path, path / "log")):
        return False
    return bool(folders_of(path))


def _parts(args: argparse.Namespace, names: list[str], by: list[str]) -> tuple[Any, str, _About]:
    """Return the same of a folder of logs, which are counted part by part, here or by workers, and never all held."""
    from scenarios.commands.common import book_of
    from scenarios.commands.output import progress
    from scenarios.problems import Problem, ScenarioError
    from sim.experiment import cluster, processes, spread
    from sim.kpi import finish
    from sim.kpi.parts import do, tasks_of, together

    if args.bottlenecks:
        raise ScenarioError([Problem("bottlenecks_in_parts")])
    if args.reopen_modes:
        raise ScenarioError([Problem("reopen_modes_in_parts")])
    if args.team:
        raise ScenarioError([Problem("team_in_parts")])
    if args.learners is not None or args.externals is not None:
        raise ScenarioError([Problem("beside_in_parts")])
    vain(args, ["--mapping"], text(args.lang, "cli.an_export"))
    vain_workers(args)
    tasks = tasks_of(Path(args.log), names, by=by, attribution=args.attribution, book=book_of(args))
    pool = cluster(args.cluster) if args.cluster is not None else processes(min(args.workers, len(tasks)))
    with progress(args.lang, len(tasks)) as advance:

        def counted() -> "Iterator[Part]":
            found = map(do, tasks) if pool is None else (part for _, part in spread(do, enumerate(tasks), pool))
            for part in found:
                advance()
                yield part

        made = together(counted())
    about = _About(made.source, made.tickets, made.currency)
    return finish(made.statistics, LEVEL), Path(args.log).resolve().name, about
