"""Do fitted desks behave as the real logs do? `python -m benchmarks.fidelity [--seeds N] [--workers K]`.

Both real logs are imported, fitted and simulated: KPIs side by side, then forecasts of each day from the weeks
before it against a seasonal-naive band. The report is written to `benchmarks/fidelity.md`; it needs the two logs in
`../shared/data`, and the exit code is 2 without them. The same inputs give the same report.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import polars as pl

from benchmarks.run import machine
from scenarios.notes import in_words
from scenarios.sources import Quality, read
from sim.experiment import processes
from sim.fit import fit
from sim.lab.fidelity import BAND, NAMES, fidelity, rolling, scores
from sim.log import Log

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
REPORT = Path(__file__).with_name("fidelity.md")
LOGS = ("school_support_2025", "call_centre_1999_02")
LIBRARIES = ("fairdesk", "simpy", "numpy", "scipy", "polars")
LEVEL = 0.95
"""Level of all intervals, and of the band of one more period."""

SAME, INSIDE, MISS = "the same", "inside", "MISS"
WORDS = {"tickets": "tickets created in a day", "response_min": "mean minutes to the first reply, by day of creation"}

HYPOTHESES = {
    ("school_support_2025", "handoffs_mean", "above"): (
        "hand-offs within a department are no stage of the fitted routes, so they may be what is missing"
    ),
    ("school_support_2025", "touches_mean", "above"): (
        "spells that follow each other within a department are one stage, so they may be what is missing"
    ),
    ("school_support_2025", "first_response_p90", "below"): (
        "the pick-up delay is one law for all people and hours; the real delay may be shorter for most and very "
        "long for a few, which one lognormal law with the same mean and median does not follow"
    ),
    ("call_centre_1999_02", "wait_mean", "below"): (
        "who is away in short pauses is drawn apart from the load; real people may put pauses off while callers wait"
    ),
    ("call_centre_1999_02", "work_min_mean", "below"): (
        "work is fitted by kind and speed by person; the mean of what they give together need not be the sample's"
    ),
    ("call_centre_1999_02", "resolution_time_p90", "below"): (
        "if many calls are very short, a law that holds them and the mean may have too long a tail"
    ),
    ("call_centre_1999_02", "abandoned_rate", "below"): (
        "if simulated waits are longer than real ones, more patience ends; patience may also not be exponential"
    ),
    ("call_centre_1999_02", "utilisation", "above"): (
        "people are taken to be away when they do not work while calls wait, which may take too much of their hours"
    ),
    ("call_centre_1999_02", "utilisation", "below"): (
        "the real log has no shifts, so the hours that both figures divide by may not be the same"
    ),
}
"""Why a line may miss, by log, KPI and where the real figure lies; a guess that nobody has tested."""


@dataclass(frozen=True)
class Found:
    """What one log and its fitted desk gave.

    Attributes
    ----------
    name
        Of the log.
    log, quality
        The log, and what became of the export's rows.
    assumed
        Sentences of the fit.
    kpis
        As `sim.lab.fidelity.fidelity` returns them.
    forecasts
        As `sim.lab.fidelity.scores` returns them.
    """

    name: str
    log: Log
    quality: Quality
    assumed: list[str]
    kpis: pl.DataFrame
    forecasts: pl.DataFrame


def found_in(path: Path, seeds: Sequence[int], workers: int = 1) -> Found:
    """Return what the log of an export and its fitted desk give.

    Parameters
    ----------
    path
        A file that `scenarios.sources.read` knows.
    seeds
        Seeds of all replications, at least two.
    workers
        Processes for the side-by-side runs; results do not depend on it.
    """
    log, quality = read(path)
    made = fit(log)
    kpis = fidelity(log, made.desk, seeds, level=LEVEL, executor=processes(workers))
    return Found(path.stem, log, quality, [in_words(note) for note in made.assumed], kpis, scores(rolling(log, seeds)))


def verdict(line: dict[str, float | str | None]) -> str:
    """Return whether the real figure lies inside the band of one more simulated period.

    Examples
    --------
    >>> verdict({"real": 2.0, "band_low": 1.0, "band_high": 3.0})
    'inside'
    >>> verdict({"real": 0.0, "band_low": 0.0, "band_high": 0.0})
    'the same'
    """
    real, low, high = (float(line[key] or 0.0) for key in ("real", "band_low", "band_high"))
    if real == low == high:
        return SAME
    return INSIDE if low <= real <= high else MISS


def misses(found: Found) -> list[str]:
    """Return one sentence for each line that misses, with a guess at the reason where there is one."""
    told = []
    for line in found.kpis.iter_rows(named=True):
        if verdict(line) != MISS:
            continue
        side = "above" if line["real"] > line["band_high"] else "below"
        meets = line["real_low"] is not None and (
            line["real_low"] <= line["band_high"] and line["real_high"] >= line["band_low"]
        )
        interval = "and the interval of the real figure meets the band" if meets else "and so does its whole interval"
        guess = HYPOTHESES.get((found.name, line["name"], side))
        told.append(
            f"`{line['name']}`: the real {_figure(line['real'])} lies {side} the band {_span(line, 'band_')}, "
            f"{interval}. " + (f"Hypothesis, not tested: {guess}." if guess else "No hypothesis.")
        )
    return told


def judged(found: Found) -> list[str]:
    """Return one sentence for each forecast: how its band compares with its level and with the naive one."""
    told = []
    for row in found.forecasts.iter_rows(named=True):
        covers = "reaches" if row["coverage"] >= BAND else "stays below"
        better = "better" if row["score"] < row["naive_score"] else "NOT better"
        told.append(
            f"{WORDS[row['name']]}: the band {covers} its level of {BAND:.0%} ({row['coverage']:.0%} of {row['days']} "
            f"days), and its score is {better} than the naive band's ({row['score'] / row['naive_score']:.2f} x)."
        )
    return told


def summary(found: Found) -> str:
    """Return how many lines of a log hold, in one sentence."""
    verdicts = [verdict(line) for line in found.kpis.iter_rows(named=True)]
    named = [line["name"] for line, said in zip(found.kpis.to_dicts(), verdicts, strict=True) if said == MISS]
    return (
        f"`{found.name}`: {verdicts.count(INSIDE)} of {len(verdicts)} KPIs inside the band of one more period, "
        f"{verdicts.count(SAME)} the same without any spread, {len(named)} missed"
        + (f" ({', '.join(named)})." if named else ".")
    )


def page(all_found: Sequence[Found], seeds: int, command: str) -> str:
    """Return the report as Markdown."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    lines = [
        "# Fitted desks beside the real logs", "", *[f"- {summary(found)}" for found in all_found], "",
        f"Made by `{command}`. Machine: {machine()}. Versions: {versions}. Engine: `sim.model`, seeds 1 to {seeds}.",
        "",
        f"`real`: the log, with a {LEVEL:.0%} interval by a jackknife over days. `simulated`: the mean over the "
        "replications of the fitted desk, with its interval. `band`: where one more simulated period falls with "
        f"{LEVEL:.0%} (Student's t); a real figure outside it is a miss. A line whose band is a point and equals the "
        "real figure says nothing. Desk and figures come from the same log: this table asks whether the fitted "
        "desk behaves as the log, not whether it foretells. The forecasts below do that: at the begin of each week "
        "the desk is fitted to the past alone.",
    ]  # fmt: skip
    for found in all_found:
        lines += ["", *_part(found, seeds)]
    return "\n".join(lines) + "\n"


def _part(found: Found, seeds: int) -> list[str]:
    quality, told = found.quality, found.quality.as_dict()
    aside = "; ".join(f"{reason}: {count:,}" for reason, count in told["set_aside"].items()) or "none"
    return [
        f"## {found.name}", "",
        f"{quality.rows_in:,} rows in = {quality.rows_used:,} used + {sum(quality.set_aside.values()):,} set aside "
        f"({aside}); {found.log.cases.height:,} tickets.", "",
        "| KPI | unit | real | interval | simulated | interval | band | |",
        "|---|---|--:|--:|--:|--:|--:|---|",
        *map(_row, found.kpis.iter_rows(named=True)), "",
        "Not compared, because the log does not give them: "
        + (", ".join(f"`{name}`" for name in NAMES if name not in found.kpis["name"].to_list()) or "none") + ".", "",
        "### What misses", "", *[f"- {line}" for line in misses(found) or ["Nothing."]], "",
        "### Forecasts, rolling origin", "",
        "Winkler score: the width of a band plus the fine for what lies outside; less is better. The band runs "
        f"between quantiles of {seeds} simulated days: were the desk true, it would cover about "
        f"{BAND * (seeds - 1) / (seeds + 1):.0%} of the days.", "",
        "| figure | days | coverage | naive coverage | score | naive score |", "|---|--:|--:|--:|--:|--:|",
        *[f"| {WORDS[row['name']]} | {row['days']} | {row['coverage']:.0%} | {row['naive_coverage']:.0%} "
          f"| {_figure(row['score'])} | {_figure(row['naive_score'])} |"
          for row in found.forecasts.iter_rows(named=True)], "",
        *[f"- {line[0].upper()}{line[1:]}" for line in judged(found)], "",
        "### What was assumed", "", *[f"- {sentence}" for sentence in found.assumed],
        *[f"- Of the import: {sentence}" for sentence in quality.as_dict()["warnings"]],
    ]  # fmt: skip


def _row(line: dict[str, float | str | None]) -> str:
    return (
        f"| `{line['name']}` | {line['unit']} | {_figure(line['real'])} | {_span(line, 'real_')} "
        f"| {_figure(line['mean'])} | {_span(line, '')} | {_span(line, 'band_')} | {verdict(line)} |"
    )


def _figure(value: float | str | None) -> str:
    return (
        "unknown" if value is None else f"{float(value):,.4g}" if abs(float(value)) < 1000 else f"{float(value):,.0f}"
    )


def _span(line: dict[str, float | str | None], prefix: str) -> str:
    return f"{_figure(line[prefix + 'low'])} to {_figure(line[prefix + 'high'])}"


def _at_least_2(text: str) -> int:
    if int(text) < 2:
        raise argparse.ArgumentTypeError(f"at least 2 seeds, got {text}")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report; the exit code is 2 if a log is absent."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=_at_least_2, default=20, metavar="N", help="replications (default 20)")
    parser.add_argument("--workers", type=int, default=1, help="processes; results do not depend on it (default 1)")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the two logs (default ../shared/data)")
    parser.add_argument("--out", type=Path, default=REPORT, help="file of the report (default fidelity.md)")
    asked = parser.parse_args(arguments)
    paths = [asked.data / f"{name}.csv" for name in LOGS]
    absent = [path.name for path in paths if not path.is_file()]
    if absent:
        print(
            f"fidelity: {', '.join(absent)} absent from the folder of real logs; nothing was written", file=sys.stderr
        )
        return 2
    all_found = [found_in(path, range(1, asked.seeds + 1), asked.workers) for path in paths]
    asked.out.write_text(page(all_found, asked.seeds, f"python -m benchmarks.fidelity --seeds {asked.seeds}"), "utf-8")
    print("\n".join(map(summary, all_found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
