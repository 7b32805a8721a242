"""Check the engines against exact queueing theory: `python -m benchmarks.theory [--replications N] [--quick]`.

Every record is run in the worlds of the seeds 1 to N through the public interface. All figures are judged
together at 1 % (Holm), the main figures of all records also by one chi-square. A record that fails, or whose
standard errors are too large to tell, is run once more, with the seeds N + 1 to 4 N, and then stands. The
report is written to `benchmarks/theory.md`.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from benchmarks.checks import LEVEL, Check, chi_square, failing
from benchmarks.records import Record
from benchmarks.seen import Seen
from benchmarks.suite import full, quick
from sim import sample
from sim.experiment import processes

ENGINES = ("fast", "simpy")
REPORT = Path(__file__).with_name("theory.md")


@dataclass(frozen=True)
class Verdict:
    """What came of all records.

    Attributes
    ----------
    checks
        Every check, those of repeated records from their repetition.
    failed
        Checks that still fail.
    repeated
        Records that were run a second time.
    weak
        Checks whose standard error is too large to tell.
    chi_square
        Sum of z^2 over the main figures, their number, and the probability of so large a sum.
    """

    checks: tuple[Check, ...]
    failed: tuple[Check, ...]
    repeated: tuple[str, ...]
    weak: tuple[Check, ...]
    chi_square: tuple[float, int, float]

    @property
    def passed(self) -> bool:
        """Whether the engine agrees with theory, and the checks were able to tell."""
        return not self.failed and not self.weak and self.chi_square[2] >= LEVEL


def replication(record: Record, seed: int, engine: str = "fast") -> list[float]:
    """Return the figures of a record in the world of a seed, by an engine of `ENGINES`."""
    desk = record.queue.desk()
    run = import_module({"fast": "sim.fast", "simpy": "sim.model"}[engine]).run
    log, _ = run(desk, sample(desk, seed))
    seen = Seen.of(log, record.queue.window_s(), record.queue.mean_s)
    return [value.read(seen) for value in record.values]


def samples(
    records: Sequence[Record], first: int, last: int, pool: Executor | None = None, engine: str = "fast"
) -> Iterator[list[list[float]]]:
    """Yield the figures of every record by seed, found here or by the workers of a pool.

    The seeds are `first` to `last`, and for a record that is replicated several times as often so many times more.
    """
    seeds = [range((first - 1) * record.times + 1, last * record.times + 1) for record in records]
    tasks = [(record, seed, engine) for record, own in zip(records, seeds, strict=True) for seed in own]
    rows = iter((map if pool is None else pool.map)(replication, *zip(*tasks, strict=True)))
    for own in seeds:
        yield [next(rows) for _ in own]


def checks_of(record: Record, rows: Sequence[Sequence[float]]) -> list[Check]:
    """Return the checks of a record from one row of figures per replication."""
    columns = zip(*rows, strict=True)
    return [
        Check.of(record.name, value.name, value.exact, column, share=value.share)
        for value, column in zip(record.values, columns, strict=True)
    ]


def judge(
    records: Sequence[Record],
    replications: int,
    pool: Executor | None = None,
    on_done: Callable[[Record], None] | None = None,
    engine: str = "fast",
) -> Verdict:
    """Return the verdict on some records.

    Parameters
    ----------
    records
        With different names.
    replications
        Number of seeds N of the first run: 1 to N, and several times as many where a record says so.
    pool
        Where replications run; None runs them here. The verdict does not depend on it.
    on_done
        Called with every record that has been run.
    engine
        One of `ENGINES`.
    """
    found = _checked(records, (1, replications), pool, on_done, engine)
    again = {check.record for check in _all(found) if not check.precise}
    again |= {check.record for check in failing(_all(found))}
    if chi_square([checks[0] for checks in found.values()])[2] < LEVEL:
        again = set(found)
    repeated = [record for record in records if record.name in again]
    if repeated:
        found |= _checked(repeated, (replications + 1, 4 * replications), pool, on_done, engine)
    checks = _all(found)
    return Verdict(
        checks=tuple(checks), failed=tuple(failing(checks)),
        repeated=tuple(record.name for record in repeated),
        weak=tuple(check for check in checks if not check.precise),
        chi_square=chi_square([checks[0] for checks in found.values()]),
    )  # fmt: skip


def _checked(
    records: Sequence[Record],
    numbers: tuple[int, int],
    pool: Executor | None,
    on_done: Callable[[Record], None] | None,
    engine: str,
) -> dict[str, list[Check]]:
    found = {}
    for record, rows in zip(records, samples(records, *numbers, pool, engine), strict=True):
        found[record.name] = checks_of(record, rows)
        if on_done is not None:
            on_done(record)
    return found


def _all(found: dict[str, list[Check]]) -> list[Check]:
    return [check for checks in found.values() for check in checks]


def sentence(verdict: Verdict) -> str:
    """Return the verdict in one line."""
    total, count, p = verdict.chi_square
    names = ", ".join(f"{check.record} ({check.value})" for check in (*verdict.failed, *verdict.weak))
    return (
        f"{'Agrees' if verdict.passed else 'DOES NOT AGREE'} with theory: {len(verdict.failed)} of "
        f"{len(verdict.checks)} checks fail (Holm, {LEVEL:.0%} over all), "
        f"{len(verdict.weak)} are too imprecise, chi-square {total:.1f} on {count} records (p = {p:.3f}), "
        f"repeated: {', '.join(verdict.repeated) or 'none'}{f'; see {names}' if names else ''}."
    )


def report(records: Sequence[Record], verdict: Verdict, command: str, engine: str = "fast") -> str:
    """Return the report as Markdown; the same inputs give the same bytes."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("fairdesk", "simpy", "numba", "numpy", "scipy"))
    models = {record.name: record for record in records}
    lines = [
        "# The engine against exact queueing theory", "", f"**{sentence(verdict)}**", "",
        f"Made by `{command}` with {versions}. Engine: `{'sim.fast' if engine == 'fast' else 'sim.model'}`.", "",
        "The unit of time is one mean work, held as 10,000 s; the desk knows whole seconds, so work is "
        "rounded up by 0.5 s (0.005 %) on average. Runs start empty; `warm-up` and `measured` are in mean "
        "works per replication, and `n` counts replications. z is Student's t turned into a standard normal. `*` "
        "marks the main figure, which enters the chi-square. A probability below 0.01 is checked by its "
        "99.9 % interval.",
        "",
        "| record | model | warm-up | measured | value | exact | estimate | 95 % interval | n | z |",
        "|---|---|--:|--:|---|--:|--:|---|--:|--:|",
    ]  # fmt: skip
    previous = ""
    for check in verdict.checks:
        lines.append(_row(check, models[check.record], main=check.record != previous))
        previous = check.record
    return "\n".join(lines) + "\n"


def _row(check: Check, record: Record, *, main: bool) -> str:
    low, high = check.interval
    first, last = (instant / record.queue.mean_s for instant in record.queue.window_s())
    head = f"`{record.name}` | {record.model} | {first:,.0f} | {last - first:,.0f}" if main else " | | | "
    return (
        f"| {head} | {check.value}{'*' if main else ''} | {check.exact:.6g} | {check.mean:.6g} "
        f"| {low:.6g} to {high:.6g} | {check.n} | {check.z:+.2f} |"
    )


def _at_least_50(text: str) -> int:
    if int(text) < 50:
        raise argparse.ArgumentTypeError(f"at least 50 replications, got {text}")
    return int(text)


def _tell(record: Record) -> None:
    print(record.name, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks; the exit code is 1 if the engine does not agree with theory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.theory", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--replications", type=_at_least_50, default=50, metavar="N", help="at least 50 (default)")
    parser.add_argument("--quick", action="store_true", help="only small queues at light load")
    parser.add_argument("--engine", choices=ENGINES, default="fast", help="the compiled engine (default) or SimPy's")
    parser.add_argument("--workers", type=int, default=2, help="processes; results do not depend on it (default 2)")
    parser.add_argument("--out", type=Path, help="file of the report; by default theory.md, and none for --quick")
    asked = parser.parse_args(arguments)
    records = quick() if asked.quick else full()
    make = processes(asked.workers)
    with nullcontext() if make is None else make() as pool:
        verdict = judge(records, asked.replications, pool, _tell, asked.engine)
    command = f"python -m benchmarks.theory --replications {asked.replications}{' --quick' * asked.quick}"
    command += f" --engine {asked.engine}"
    text = report(records, verdict, command, asked.engine)
    out = asked.out or (None if asked.quick else REPORT)
    if out is None:
        print(text)
    else:
        out.write_text(text, "utf-8")
        print(sentence(verdict))
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
