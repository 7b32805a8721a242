"""What a command gives: one JSON document, or tables on standard output; progress on standard error."""

import argparse
import contextlib
import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from scenarios.commands.options import LEVEL
from scenarios.folder import Folder
from scenarios.labels import label, number, unit_label
from scenarios.notes import reason_in
from scenarios.texts import text

type Row = dict[str, Any]

_LIBRARIES = ("fairdesk", "numpy", "polars", "simpy")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def document(command: str, inputs: Mapping[str, Any], seed: int | None, **parts: Any) -> Row:
    """Return a command's document: the same bytes for the same inputs, so no clock and no path.

    Parameters
    ----------
    command
        Name of the command.
    inputs
        What the result depends on: names, content hashes, options; not the number of workers.
    seed
        First seed; None where no chance plays a part.
    **parts
        The keys of the command itself.
    """
    versions = {name: _version(name) for name in _LIBRARIES}
    head = {"command": command, "inputs": dict(inputs), "seed": seed, "versions": versions, "level": LEVEL}
    return {**head, **parts}


def as_json(made: Any) -> str:
    """Return a document as text; a number that is not finite has no place in it.

    Raises
    ------
    ValueError
        If a number is NaN or infinite.
    """
    return json.dumps(made, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """Return rows as CSV with a byte order mark; a text that a spreadsheet would run is quoted.

    The columns are those of any row, as not every row has a `reason`.
    """
    file = io.StringIO(newline="")
    if rows:
        columns = list(dict.fromkeys(key for row in rows for key in row))
        writer = csv.DictWriter(file, columns, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows([{key: _cell(value) for key, value in row.items()} for row in rows])
    return "\ufeff" + file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def kpi_rows(frame: Any, scenario: str, by: Sequence[str] = ()) -> list[Row]:
    """Return the rows of a KPI frame in the contract's keys: scenario, name, unit, mean, low, high, n, by.

    Parameters
    ----------
    frame
        A Polars frame with columns name, unit, mean, low, high, n, the columns of `by`, and perhaps reason.
    scenario
        Name that every row carries.
    by
        Columns that `by` holds; null when there is none.
    """
    rows = []
    for found in frame.iter_rows(named=True):
        row = {key: found[key] for key in ("name", "unit", "mean", "low", "high", "n")}
        groups = {key: _plain(found[key]) for key in by}
        reason = {"reason": found["reason"]} if found.get("reason") is not None else {}
        rows.append({"scenario": scenario, **row, "by": groups or None, **reason})
    return rows


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)


def show_kpis(args: argparse.Namespace, title: str, rows: Sequence[Row], currency: str, signed: bool = False) -> None:
    """Print KPI rows as a table with labels, units and intervals.

    Parameters
    ----------
    args
        Options of the command line: `lang`.
    title
        Title of the table.
    rows
        As of `kpi_rows`.
    currency
        Currency of costs.
    signed
        Whether these are differences: a star marks an interval that leaves out 0.
    """
    lang = args.lang
    groups = list(rows[0]["by"] or ()) if rows else []
    level = f"{LEVEL:.0%}"
    heads = [
        *(text(lang, "table.by", name=name) for name in groups), text(lang, "table.kpi"),
        text(lang, "table.difference" if signed else "table.mean"), text(lang, "table.interval", level=level),
        text(lang, "table.unit"), text(lang, "table.n"),
    ]  # fmt: skip
    lines = []
    for row in rows:
        unit = row["unit"]
        mean, low, high = (number(row[key], unit) for key in ("mean", "low", "high"))
        star = " *" if signed and row["low"] is not None and row["low"] * row["high"] > 0 else ""
        between = f"{low} .. {high}{star}" if row["low"] is not None else reason_in(lang, row.get("reason") or "-")
        groups_said = ["-" if value is None else str(value) for value in (row["by"] or {}).values()]
        said = unit_label(lang, unit, currency)
        lines.append([*groups_said, label(lang, row["name"]), mean, between, said, str(row["n"])])
    show_table(title, heads, lines, right=(len(groups) + 1, len(groups) + 2, len(groups) + 4))


def show_table(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print a table on standard output; nothing in it is taken for markup.

    Parameters
    ----------
    title
        Title above it.
    heads
        Heads of the columns.
    lines
        Cells, as many as heads in each.
    right
        Numbers of the columns that are set to the right.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for place, head in enumerate(heads):
        table.add_column(Text(head), justify="right" if place in right else "left", overflow="fold")
    for line in lines:
        table.add_row(*(Text(cell) for cell in line))
    console = Console(file=sys.stdout, highlight=False)
    # A pipe has no width; it gets the whole table.
    console = console if console.is_terminal else Console(file=sys.stdout, highlight=False, width=160)
    if title:
        console.print(Text(title, style="bold"))
    console.print(table)


def say(line: str) -> None:
    """Print a line on standard output."""
    print(line)


def give(args: argparse.Namespace, made: Row, show: Callable[[], None], folder: Folder | None = None) -> None:
    """Print the document if `--json` was given, or else show tables; name the files that were written."""
    if args.json:
        sys.stdout.write(as_json(made))
        return
    show()
    for line in folder.report() if folder else ():
        say(line)


@contextlib.contextmanager
def progress(lang: str, total: int) -> Iterator[Callable[[], None]]:
    """Show progress on standard error, if that is a terminal; yields what advances it."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text(lang, "cli.replications"), total=total)
        yield lambda: bar.advance(task)


@contextlib.contextmanager
def step(lang: str) -> Iterator[Callable[[str], None]]:
    """Say on standard error which step of the demo is under way; yields what names it by its key."""
    from rich.console import Console

    console = Console(file=sys.stderr, highlight=False)
    if not console.is_terminal:
        yield lambda key: console.print(f"... {text(lang, f'demo.step_{key}')}")
        return
    with console.status("") as status:
        yield lambda key: status.update(text(lang, f"demo.step_{key}"))


def _version(name: str) -> str | None:
    """Return a library's version; None for a source tree that was never installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
