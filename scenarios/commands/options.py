"""Options that several commands share."""

import argparse
import math
import os
from collections.abc import Callable
from pathlib import Path

from scenarios.texts import text
from sim.experiment.engines import DEFAULT_ENGINE, ENGINES

LEVEL = 0.95
"""Level of every interval that the command line shows."""

LAST_SEED = 2**53
"""A seed above it would not survive JSON."""
_BY = (
    "person", "seat", "team", "department", "role", "kind", "category", "priority", "channel", "course",
    "life_stage", "tenure", "day", "week", "month",
)  # fmt: skip


def whole(option: str, low: int, high: int, lang: str) -> Callable[[str], int]:
    """Return a reader of whole numbers from `low` to `high` for an option."""

    def read(said: str) -> int:
        try:
            value = int(said)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(
                text(lang, "error.count_range", option=option, low=low, high=high, got=said[:40])
            )
        return value

    return read


def amount(said_key: str, lang: str, *, least: float | None = None, most: float = math.inf) -> Callable[[str], float]:
    """Return a reader of finite numbers for an option: above 0, or from `least` on, and up to `most`.

    Parameters
    ----------
    said_key
        Key of the text that says what was expected; it names `got`.
    lang
        Language of the message.
    least, most
        Ends of what is allowed, both included; without `least` 0 is not.
    """

    def read(said: str) -> float:
        try:
            value = float(said)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value <= most and (value > 0 if least is None else value >= least)):
            raise argparse.ArgumentTypeError(text(lang, said_key, got=said[:40]))
        return value

    return read


def needs(args: argparse.Namespace, option: str, given: bool, other: str, there: bool) -> None:
    """Refuse an option that would say nothing without another.

    Parameters
    ----------
    args
        Arguments, for the language.
    option, given
        The option, and whether it was given.
    other, there
        What it needs, and whether that is there.

    Raises
    ------
    ScenarioError
        If it was given in vain.
    """
    if given and not there:
        from scenarios.problems import Problem, ScenarioError

        raise ScenarioError([Problem("in_vain", {"option": option, "other": other})])


def run_options(
    parser: argparse.ArgumentParser, lang: str, replications: int = 10, *, least: int = 1, seed: bool = True
) -> None:
    """Add the options of commands that simulate: seed, replications, weeks, engine, workers, cluster.

    Parameters
    ----------
    parser, lang
        Where they are added, and the language of their help.
    replications, least
        Replications by default, and the fewest that make sense.
    seed
        Whether the command asks for one.
    """
    add = parser.add_argument
    if seed:
        about = text(lang, "help.seed", default=1)
        add("--seed", type=whole("--seed", 0, LAST_SEED, lang), default=1, help=about)
    add(
        "--replications", type=whole("--replications", least, 100_000, lang), default=replications,
        help=text(lang, "help.replications", default=replications),
    )  # fmt: skip
    add("--weeks", type=whole("--weeks", 1, 520, lang), help=text(lang, "help.weeks"))
    engine_options(parser, lang)


def engine_options(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the options that say how the work is done and change no result: engine, workers, cluster."""
    workers = min(2, os.cpu_count() or 1)
    add = parser.add_argument
    about = text(lang, "help.engine", default=DEFAULT_ENGINE)
    add("--engine", choices=tuple(ENGINES), default=DEFAULT_ENGINE, help=about)
    add(
        "--workers", type=whole("--workers", 1, 256, lang), default=workers,
        help=text(lang, "help.workers", default=workers),
    )  # fmt: skip
    add("--cluster", metavar="tcp://HOST:PORT", help=text(lang, "help.cluster"))


def output_options(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of every command: where files go, and tables or JSON."""
    out_option(parser, lang)
    parser.add_argument("--json", action="store_true", help=text(lang, "help.json"))


def beside_options(parser: argparse.ArgumentParser, lang: str, *, appraisals: bool = False) -> None:
    """Add the options that name tables beside a log."""
    parser.add_argument("--learners", type=Path, metavar="FILE", help=text(lang, "help.learners"))
    parser.add_argument("--externals", type=Path, metavar="FILE", help=text(lang, "help.externals"))
    if appraisals:
        parser.add_argument("--appraisals", type=Path, metavar="FILE", help=text(lang, "help.appraisals"))


def out_option(parser: argparse.ArgumentParser, lang: str, default: Path | None = None) -> None:
    """Add the option that names the folder of the files."""

    def read(said: str) -> Path:
        if not said.strip():
            raise argparse.ArgumentTypeError(text(lang, "error.out_is_empty"))
        return Path(said)

    parser.add_argument("--out", type=read, metavar="DIR", default=default, help=text(lang, "help.out"))


def kpi_options(parser: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of commands that show KPIs: which, and by what."""
    parser.add_argument("--kpi", action="append", metavar="NAME", help=text(lang, "help.kpi"))
    parser.add_argument("--kpis", metavar="FILE", help=text(lang, "help.kpis_file"))
    parser.add_argument(
        "--by", action="append", choices=_BY, metavar="NAME", help=text(lang, "help.by", known=", ".join(_BY))
    )
