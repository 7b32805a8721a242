"""What the commands that simulate share: scenarios, names of KPIs, and replications with a memory."""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.ahead import compile_ahead
from scenarios.commands.output import progress
from scenarios.commands.vain import vain_workers
from scenarios.files import desks as files
from scenarios.files.desks import Scenario
from scenarios.folder import Folder
from scenarios.notes import in_words
from scenarios.problems import Problem, ScenarioError, nearest, shown
from scenarios.texts import text
from sim.compilation import is_ready
from sim.desk import Desk
from sim.notes import Note

if TYPE_CHECKING:
    from scenarios.sources import Quality
    from sim.experiment import Pool, Run
    from sim.kpi import Book
    from sim.kpi.rubric import Rubric
    from sim.log import Log


def over(scenario: Scenario, weeks: int | None) -> Scenario:
    """Return a scenario over another number of weeks; the same where none is given."""
    return scenario if weeks is None else files.over(scenario, weeks)


def inputs_of(scenario: Scenario) -> dict[str, Any]:
    """Return what a document says about a scenario: its name, its title and the hash of its content."""
    return {"name": scenario.name, "title": scenario.title, "sha256": scenario.content_hash()}


def options_of(args: argparse.Namespace) -> dict[str, Any]:
    """Return the options that a result depends on; workers, language and folder are none."""
    keys = ("replications", "weeks", "engine", "kpi", "by", "attribution", "tag", "least", "reopen_modes")
    return {key: getattr(args, key) for key in keys if getattr(args, key, None) not in (None, False)} | book_inputs(
        args
    )


def checked_kpis(args: argparse.Namespace) -> tuple[list[str] | None, list[str]]:
    """Return the KPIs (None for the standard ones) and the columns to group by that the command line names.

    Raises
    ------
    ScenarioError
        If a KPI is unknown; the message names the nearest.
    """
    kpis = book_of(args).kpis
    if "all" in (args.kpi or ()):
        return list(kpis), list(dict.fromkeys(args.by or ()))
    problems = []
    for name in args.kpi or ():
        if name not in kpis:
            end, near = nearest(name, kpis)
            problems.append(Problem(f"unknown_kpi{end}", {**near, "got": shown(name)}))
    if problems:
        raise ScenarioError(problems)
    return (list(dict.fromkeys(args.kpi)) if args.kpi else None), list(dict.fromkeys(args.by or ()))


def book_of(args: argparse.Namespace) -> "Book":
    """Return the KPIs of the file that the command line names, beside the catalogue; the catalogue where none is.

    Raises
    ------
    ScenarioError
        If the file cannot be used.
    """
    from scenarios.files.kpis import load_book
    from sim.kpi import Book

    return Book() if getattr(args, "kpis", None) is None else load_book(args.kpis)


def book_inputs(args: argparse.Namespace) -> dict[str, Any]:
    """Return what a document says about a file of KPIs: its switches, and one's own KPIs."""
    if getattr(args, "kpis", None) is None:
        return {}
    book = book_of(args)
    own = {name: entry.model_dump(mode="json", exclude_defaults=True) for name, entry in book.own}
    return {"kpis": {"switches": book.switches.model_dump(mode="json", exclude_defaults=True), "kpi": own}}


def log_named(path: str | Path, mapping: str | None) -> "tuple[Log, dict[str, Any], Quality | None]":
    """Return the log of a folder or an export, what a document says about it, and what became of an export's rows."""
    from scenarios.logs import open_log

    log, name, quality = open_log(Path(path), mapping)
    return log, {"log": {"name": name, "source": log.source, "tickets": log.cases.height}}, quality


def run_named(
    scenario: str, seed: int, versions: "Sequence[Rubric]" = (), judges: str | None = None
) -> "tuple[Log, dict[str, Any]]":
    """Return the log of one run of a scenario, and what a document says about it.

    Parameters
    ----------
    scenario, seed
        What is run.
    versions, judges
        A rubric in its versions, and the name or file of those who judge people by it; nobody when None.

    Raises
    ------
    ScenarioError
        If there is no such scenario, or no such judges.
    """
    from sim.experiment import simulate
    from sim.world import sample

    found = files.read(scenario)
    log, truth = simulate(found.desk, sample(found.desk, seed))
    about: dict[str, Any] = {"scenario": inputs_of(found)}
    if judges is None:
        return log, about
    from scenarios.files.judges import judges_inputs, load_judges
    from scenarios.judging import appraised

    known = load_judges(judges)
    return appraised(log, truth, found.desk, versions, known, seed), about | {"judges": judges_inputs(judges, known)}


def read_beside(args: argparse.Namespace, log: "Log", mapping: str | None) -> "tuple[Log, dict[str, Quality]]":
    """Return a log with the tables beside it that the command line names, and what became of their rows.

    Parameters
    ----------
    args
        With `learners`, `externals` and perhaps `appraisals`.
    log, mapping
        The log, and the name or file of the mapping that says how the tables are read; None for none.

    Raises
    ------
    SourceError
        If a table cannot be read.
    """
    from scenarios import sources

    appraisals = getattr(args, "appraisals", None)
    if args.learners is None and args.externals is None and appraisals is None:
        return log, {}
    how = None if mapping in (None, sources.NAME) else sources.named(args.mapping or mapping)[1]
    return sources.with_beside(log, how, learners=args.learners, externals=args.externals, appraisals=appraisals)


def seeds_of(args: argparse.Namespace) -> range:
    """Return the seeds of the replications."""
    return range(args.seed, args.seed + args.replications)


def engine_of(args: argparse.Namespace, *desks: Desk) -> "Run":
    """Return the engine that the command line names; one that plans, if one of these desks goes by a rolling plan.

    One that reacts, if the people of one of these desks react to their points.

    Raises
    ------
    ValueError
        If one desk goes by a rolling plan and the people of one react, or a rubric cannot be read.
    """
    from sim.experiment import ENGINES

    if args.engine == "fast" and not is_ready():
        print(text(args.lang, "cli.compiling"), file=sys.stderr)
        compile_ahead()
    plans = [desk.routing for desk in desks if desk.routing.policy == "plan"]
    if any(routing.steer_every_min is None for routing in plans):
        print(f"fairdesk: {text(args.lang, 'assign.no_epochs')}", file=sys.stderr)
    if any(desk.reaction is not None for desk in desks):
        if any(routing.steer_every_min is not None for routing in plans):
            raise ValueError(text(args.lang, "conduct.reaction_and_plan"))
        return _reacting(args, desks)
    if all(routing.steer_every_min is None for routing in plans):
        return ENGINES[args.engine]
    from optimize.assign.running import Planned

    return Planned(ENGINES[args.engine])


def _reacting(args: argparse.Namespace, desks: Sequence[Desk]) -> "Run":
    """Return an engine whose people react to their points by the rubrics that their desks name."""
    from scenarios.files.rubrics import load_rubric
    from sim.experiment import ENGINES, Reacting, rubrics_of

    return Reacting(ENGINES[args.engine], tuple((name, load_rubric(name)) for name in rubrics_of(desks)))


def _engine_for(desk: Desk, run: "Run") -> "Run":
    """Return the engine itself for a desk without a rolling plan, so that what is kept of it does not ask for one."""
    routing = desk.routing
    planned = routing.policy == "plan" and routing.steer_every_min is not None
    return run if planned or desk.reaction is not None else getattr(run, "engine", run)


def pool_of(args: argparse.Namespace, most: int) -> "Pool | None":
    """Return what makes the workers that the command line asks for: a cluster's, or at most `most` of this machine.

    Raises
    ------
    ValueError
        If `--cluster` is no address.
    ScenarioError
        If a number of workers was given beside it.
    """
    from sim.experiment import cluster, local

    vain_workers(args)
    return cluster(args.cluster) if args.cluster is not None else local(args.engine, min(args.workers, most))


def replications(
    args: argparse.Namespace,
    desks: Sequence[Desk],
    names: Sequence[str] | None,
    by: Sequence[str],
    folder: Folder | None,
) -> list[Any]:
    """Return the KPIs of every replication of every desk, one frame of `sim.experiment.measured` each.

    Parameters
    ----------
    args
        Options of the command line: `seed`, `replications`, `engine`, `workers`, `cluster`, `lang`.
    desks
        What is run, each over the same seeds.
    names, by
        As in `sim.kpi.measure`.
    folder
        Keeps replications as they come, so that the same command goes on where it stopped.
    """
    from sim.experiment import kept_open, measured

    seeds = seeds_of(args)
    engines = [_engine_for(desk, engine) for engine in [engine_of(args, *desks)] for desk in desks]

    with kept_open(pool_of(args, args.replications)) as pool, progress(args.lang, len(seeds) * len(desks)) as advance:
        return [
            measured(
                desk, seeds, names, by=by, run=engine, executor=pool, on_done=lambda _: advance(),
                on_note=partial(_warn, args.lang), folder=_kept(args, folder, desk, names, by, engine),
                book=book_of(args),
            )
            for desk, engine in zip(desks, engines, strict=True)
        ]  # fmt: skip


def _warn(lang: str, note: Note) -> None:
    print(f"fairdesk: {in_words(note, lang)}", file=sys.stderr)


def remembering(args: argparse.Namespace, pool: "Pool | None", folder: Folder | None) -> "Pool | None":
    """Return a pool that keeps the worlds of a study in a folder; the pool itself where there is none.

    The same command goes on where it stopped; of another study nothing is taken.
    """
    from sim.experiment import Remembering

    return pool if folder is None else Remembering(folder.file("worlds"), pool, partial(_warn, args.lang))


def _kept(
    args: argparse.Namespace,
    folder: Folder | None,
    desk: Desk,
    names: Sequence[str] | None,
    by: Sequence[str],
    run: "Run",
) -> Path | None:
    """Return the folder of a desk's replications: another desk, other KPIs or another version have another."""
    from sim.experiment.identity import identity

    if folder is None:
        return None
    inputs = [desk.model_dump(mode="json"), names and list(names), list(by), args.engine, book_inputs(args), identity()]
    inputs += [run.__qualname__] if hasattr(run, "engine") else []
    said = json.dumps(inputs, sort_keys=True)
    return folder.file(f"replications/{hashlib.sha256(said.encode()).hexdigest()[:12]}")
