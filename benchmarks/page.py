"""The page of the benchmarks, from what was measured."""

import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks import parity_words, race
from benchmarks.once import FAST, KERNEL, MODEL, TABLES
from benchmarks.race import AGAIN, CPP, CPP_OURS, PEERS, TEXTBOOK, Speed

HERE = Path(__file__).parent
PARITY, KPI = HERE / "parity.json", HERE / "kpi.md"


def speeds_of(found: dict[str, Any]) -> list[Speed]:
    """Return the speeds of a race as they were measured."""
    return [Speed(**{**row, "run_s": tuple(row["run_s"])}) for row in found["speeds"]]


def bars(found: dict[str, Any]) -> str:
    """Return every bar with what was measured, as a Markdown table."""
    lines = ["| what | bar | measured | |", "|---|--:|--:|---|"]
    for what, bar, measured, met in [*_of_engines(found), *_of_size(found), *_of_work(found)]:
        lines.append(f"| {what} | {bar} | {measured} | {'met' if met else '**missed**'} |")
    return "\n".join(lines)


type Bar = tuple[str, str, str, bool]


def _of_engines(found: dict[str, Any]) -> list[Bar]:
    per_s = {speed.engine: speed.per_s for speed in speeds_of(found["w2"])}
    rows: list[Bar] = []
    if CPP_OURS in per_s:
        for engine, what, least in (
            (KERNEL, "`sim.fast` kernel alone on W2, over the C++ loop on the same tickets", 0.5),
            (FAST, "`sim.fast.run` with its full log on W2, over the C++ loop", 0.2),
        ):
            ratio = per_s[engine] / per_s[CPP_OURS]
            again = per_s.get(engine + AGAIN, 0.0) / per_s[CPP_OURS]
            what += f"; the second run of the process {again:.3f} x" if again else ""
            rows.append((what, f">= {least:g} x", f"{ratio:.3f} x", ratio >= least))
    peers = {engine: per_s[engine] for engine in PEERS if engine in per_s}
    if peers:
        fastest = max(peers, key=lambda engine: peers[engine])
        ratio = per_s[FAST] / peers[fastest]
        what = f"`sim.fast.run` with its full log on W2, over the fastest peer ({race.LABELS[fastest]}, no log)"
        rows.append((what, ">= 4 x", f"{ratio:.2f} x", ratio >= 4))
    if TEXTBOOK in per_s:
        ratio = per_s[MODEL] / per_s[TEXTBOOK]
        what = "`sim.model.run` with its full log on W2, over textbook SimPy, no log"
        rows.append((what, ">= 1 x", f"{ratio:.2f} x", ratio >= 1))
    return rows


def _of_size(found: dict[str, Any]) -> list[Bar]:
    few, many = (int(found["people"][place]["people"]) for place in (0, -1))
    first, spread = (_spread([row[key] / row["n"] for row in found["people"]]) for key in ("kernel_s", "again_s"))
    large = found["largest"]
    gb = large["kpis_mb"] / 1000
    return [
        (f"kernel's cost per ticket, {few:,} to {many:,} people at equal load, dearest over cheapest, second run of a "
         f"process; first run {first:.2f} x", "< 2 x", f"{spread:.2f} x", spread < 2),
        (f"{int(large['people']):,} people and {int(large['n']):,} tickets in one process, with the full log and "
         "five KPIs", "< 8 GB", f"{gb:.1f} GB", gb < 8),
    ]  # fmt: skip


def _spread(costs: list[float]) -> float:
    return max(costs) / min(costs)


def _of_work(found: dict[str, Any]) -> list[Bar]:
    quarter, warm = found["quarter"], found["first"]["warm"]
    ratio, growth = quarter["kpis_s"] / quarter["kernel_s"], quarter["last_mb"] / quarter["tenth_mb"]
    rows: list[Bar] = [
        (f"{quarter['replications']} replications of the academy quarter with all KPIs, over the kernel alone on the "
         "same tickets", "<= 3 x", f"{ratio:.2f} x", ratio <= 3),
        ("memory after all of them, over that after a tenth", "flat", f"{growth:.2f} x", growth < 1.1),
    ]  # fmt: skip
    for row in found["workers"]:
        gain = row["one_s"] / row["two_s"]
        rows.append((f"two workers over one, `{row['engine']}`", ">= 1.7 x", f"{gain:.2f} x", gain >= 1.7))
    first_s = warm["sample_s"] + warm["run_s"]
    rows.append(("first world and run of a fresh process, compiled before", "< 1 s", f"{first_s:.2f} s", first_s < 1))
    if redraw := found.get("redraw"):
        parts = ", ".join(f"{name} {redraw[f'{name}_s']:.2f} s" for name in ("play", "tables", "pictures"))
        what = f"the what-if notebook's redraw, academy quarter, {redraw['worlds']} worlds ({parts})"
        rows.append((what, "< 1 s", f"{redraw['run_s']:.2f} s", redraw["run_s"] < 1))
    return rows


def page(found: dict[str, Any]) -> str:
    """Return the page as Markdown."""
    return "\n".join([*_head(found), *_fast(found), *_growth(found), *_rest(found)]) + "\n"


def _head(found: dict[str, Any]) -> list[str]:
    equal, parity = found["equality"], "Not run yet: `python -m benchmarks.parity`."
    if PARITY.is_file():
        parity = parity_words.paragraph(json.loads(PARITY.read_text("utf-8")))
    same = "**every one**" if not equal["differ"] else f"**all but {equal['differ']:,}**"
    return [
        "# Benchmarks", "",
        f"Made by `{found['command']}`. Absolute figures belong to the machine; look at the ratios.", "",
        f"Machine: {found['machine']}. Versions: {found['versions']}. Begun {found['began']}; the machine's load was "
        f"{found['load_before']:.1f} before and {found['load_after']:.1f} after.", "",
        "## Right: the engine against exact queueing theory", "",
        "[theory.md](theory.md), made by `python -m benchmarks.theory`.", "",
        "## Equal: the twin and the model", "", parity, "",
        "On W2, a plain reference of a page, `benchmarks/w2_settle.py`, which shares nothing with the engines, was "
        f"run on {equal['n']:,} tickets: {same} begins in the same second with the same person in `sim.fast`. "
        f"Checksums (CRC-32) of the seconds: {' and '.join(equal['start'])}; of the persons: "
        f"{' and '.join(equal['person'])}.", "",
        "## True: fitted desks beside the real logs", "",
        "[calibration.md](calibration.md), made by `python -m benchmarks.calibration`: merit and wrong-tier money of "
        "two rubrics and a ceiling.", "",
        "[fidelity.md](fidelity.md), made by `python -m benchmarks.fidelity`; it needs the two real logs in "
        "`../shared/data`.", "",
        "## Right: the what-ifs", "", "[what_ifs.md](what_ifs.md), made by `python -m benchmarks.what_ifs`.", "",
        "## Fair: what a score is made of", "",
        "[fairness.md](fairness.md), made by `python -m benchmarks.fairness`: what the split gets right, and its cost. "
        "[remedies.md](remedies.md), made by `python -m benchmarks.remedies`: what would help. [movers.md](movers.md), "
        "made by `python -m benchmarks.movers`: person apart from seat in logs.", "",
        "## Good: plans of staff", "", "[staffing.md](staffing.md), made by `python -m benchmarks.staffing`.", "",
        "## Good: rosters", "", "[roster.md](roster.md), made by `python -m benchmarks.roster`.", "",
        "A desk of some 300 people: [staffing_large.md](staffing_large.md), made by "
        "`python -m benchmarks.staffing_large`.",
        "",
        "## Good: selection, training and tuning", "",
        "[selection.md](selection.md), made by `python -m benchmarks.selection`.", "",
    ]  # fmt: skip


def _fast(found: dict[str, Any]) -> list[str]:
    lines = ["## Fast: the bars", "", bars(found), ""]
    if KPI.is_file():
        said = [line for line in KPI.read_text("utf-8").splitlines() if line.startswith("Bar:")]
        lines += ["KPIs by person and month: [kpi.md](kpi.md), made by `python -m benchmarks.kpi`.", *said, ""]
    beside = {
        "score": "Scores of 300 people over a year",
        "features": "What each mechanic costs", "killed": "Workers and clients that are killed",
        "assign": "A rolling plan beside the rules",
        "fairness": "What the split of a score gets right, and what a study costs",
    }  # fmt: skip
    for name, title in beside.items():
        if (HERE / f"{name}.md").is_file():
            lines += [f"{title}: [{name}.md]({name}.md), made by `python -m benchmarks.{name}`.", ""]
    lines += ["### Where the time goes that the bars ask for", "", *_held_back(found), ""]
    texts = {
        "w2": "Six kinds, 90 people in six groups, priorities and patience, near the limit of the staff.",
        "w1": "One kind, 90 people, first come first served.",
    }
    for workload, text in texts.items():
        speeds = speeds_of(found[workload])
        lines += [
            f"## Workload {workload.upper()}", "",
            f"{text} Median of {len(speeds[0].run_s)} rounds, the engines in turn, each in a process of its own. Every "
            "engine has its world before its clock starts. Ours run in whole seconds by the settle rule; the others "
            "have a world of their own of the same laws, in microseconds, and write no log; one row of C++ runs "
            "our tickets. Slow engines are given fewer tickets. A process that runs for the first time has to be given "
            "its memory by the system, which clears every page; a second run finds it there.", "",
            race.table(speeds), "", f"![tickets per second](plots/race-{workload}.svg)", "",
        ]  # fmt: skip
        lines += [f"Not run: {race.LABELS[name]}: {why}." for name, why in found[workload]["why"].items()]
    if CPP not in {speed.engine for speed in speeds_of(found["w2"])}:
        lines += ["Without the C++ loop there is nothing to measure the limit by.", ""]
    return lines


def _held_back(found: dict[str, Any]) -> list[str]:
    """Return what the stages of this run, and profiles made beside it, say about the bars that are near or missed."""
    run_s = {speed.engine: statistics.median(speed.run_s) for speed in speeds_of(found["w2"])}
    w2, quarter = found["stages"]["w2"], found["stages"]["academy"]
    tables = sum(w2.get(f"{name}_s", 0.0) for name in TABLES) + w2.get("log_s", 0.0)
    engine = w2.get("begin_s", 0.0) + w2["kernel_s"]
    few, many = found["people"][0], found["people"][-1]
    rest = found["quarter"]["kpis_s"] - found["quarter"]["kernel_s"]
    left = 2 * quarter["kernel_s"] - quarter["world_s"] - quarter["begin_s"] - quarter["log_s"]
    lines = [
        f"- **Kernel.** The first run of a process takes {run_s[KERNEL] * 1000:.0f} ms"
        + (f", the second {run_s[KERNEL + AGAIN] * 1000:.0f} ms" if KERNEL + AGAIN in run_s else "")
        + ". Part of both is the system that clears pages of moments, touches and tickets when they are first written "
        "(`perf record`: `clear_page`; `getrusage`: system time), 84 bytes a ticket where the C++ loop writes 13; how "
        "long that takes differs by more between rounds than all else. The rest, by `perf record`: the heap a fifth, "
        "the settle step a third. Tried: rows of 32 bits, records of two cache lines, indices reckoned only where two "
        "are compared, a heap of four below each, idle people counted by skill (each kept), the heap's least in "
        "registers, random numbers of many tickets at once (no gain). What may reach the bar: moments of a touch "
        "told by the touch, so that half the pages are not written.",
        f"- **Full log.** Of one run {engine * 1000:.0f} ms are the engine and {tables * 1000:.0f} ms the tables, "
        f"{w2.get('moments_s', 0.0) * 1000:.0f} ms of them `moments`.",
        f"- **People.** In a first run {1e6 * few['kernel_s'] / few['n']:.2f} us a ticket with {int(few['people']):,} "
        f"people and {1e6 * many['kernel_s'] / many['n']:.2f} with {int(many['people']):,}; in a second "
        f"{1e6 * few['again_s'] / few['n']:.2f} and {1e6 * many['again_s'] / many['n']:.2f}: records of 10,000 people "
        "do not fit the cache, and every run writes new pages.",
        f"- **Quarter with KPIs.** Beside the kernel {rest:.2f} s go to worlds, `begin`, logs and KPIs. Of one "
        f"replication the kernel takes {1000 * quarter['kernel_s']:.0f} ms, the world {1000 * quarter['world_s']:.0f}, "
        f"`begin` {1000 * quarter['begin_s']:.0f}, all KPIs with the tables that they read "
        f"{1000 * quarter['kpis_s']:.0f}. The bar leaves {1000 * left:.0f} ms for the KPIs. "
        "Tried: tables as plain columns, of which no frame is made unless asked for; business time of arrays; what "
        "worlds of a desk have in common made once; columns worked out when a figure asks. What may reach the bar: "
        "the tally of tickets compiled as one pass.",
        "- **Two workers.** Threads share the interpreter while it makes worlds, tables and KPIs; only the compiled "
        "parts run at once. Small queries hop to the frames' own threads besides. Less Python in a replication, or "
        "processes, would raise the gain.",
    ]  # fmt: skip
    return lines


def _growth(found: dict[str, Any]) -> list[str]:
    lines = [
        "## Growth: tickets", "",
        "W2 with 90 people, each size in a process of its own; memory is the largest of the process so far. `log` "
        "makes all tables, `KPIs` are five over the whole run.", "",
        "| tickets | world, s | begin, s | kernel, s | log, s | KPIs, s | us per ticket | memory after kernel, MB "
        "| after log | after KPIs |", "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_size_row(row) for row in found["tickets"]), "",
        f"With {int(found['largest']['people']):,} people:", "",
        "| tickets | world, s | begin, s | kernel, s | log, s | KPIs, s | us per ticket | memory after kernel, MB "
        "| after log | after KPIs |", "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|", _size_row(found["largest"]), "",
        "![seconds by tickets](plots/tickets-time.svg)", "", "![memory by tickets](plots/tickets-memory.svg)", "",
        "## Growth: people", "",
        f"W2 with {int(found['people'][0]['n']):,} tickets and more people at equal load: the kernel alone.", "",
        "| people | kernel, s | us per ticket | second run, s | us per ticket | begin, s |",
        "|--:|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    lines += [
        f"| {int(row['people']):,} | {row['kernel_s']:.3f} | {1e6 * row['kernel_s'] / row['n']:.3f} "
        f"| {row['again_s']:.3f} | {1e6 * row['again_s'] / row['n']:.3f} | {row['begin_s']:.3f} |"
        for row in found["people"]
    ]
    return [*lines, "", "![cost by people](plots/people.svg)", ""]


def _size_row(row: dict[str, Any]) -> str:
    stages = [row[f"{stage}_s"] for stage in ("world", "begin", "kernel", "log", "kpis")]
    seconds = " | ".join(f"{value:.3f}" for value in stages)
    memory = " | ".join(f"{row[f'{stage}_mb']:,.0f}" for stage in ("kernel", "log", "kpis"))
    return f"| {int(row['n']):,} | {seconds} | {1e6 * sum(stages) / row['n']:.2f} | {memory} |"


def _rest(found: dict[str, Any]) -> list[str]:
    quarter, many, first = found["quarter"], found["many"], found["first"]
    lines = [
        "## Replications and workers", "",
        f"{quarter['replications']} replications of the academy quarter ({quarter['tickets']:,.0f} tickets in all): "
        f"kernel alone {quarter['kernel_s']:.2f} s, worlds, logs and all KPIs {quarter['kpis_s']:.2f} s; memory "
        f"{quarter['tenth_mb']:,.0f} MB after a tenth, {quarter['last_mb']:,.0f} MB at the end. "
        f"{many['replications']:,} replications on 2 workers (threads): {many['run_s']:.1f} s, "
        f"{many['last_mb']:,.0f} MB.", "",
        "| engine | replications | one worker, s | two, s | gain |", "|---|--:|--:|--:|--:|",
        *(f"| {row['engine']} | {row['replications']} | {row['one_s']:.2f} | {row['two_s']:.2f} "
          f"| {row['one_s'] / row['two_s']:.2f} x |" for row in found["workers"]),
        "", "Threads for `fast`, processes for `simpy`; the pool is open before the clock starts.", "",
        "## Where the time goes", "", *_stages(found["stages"]), "",
        "## The first call", "",
        "| a fresh process | nothing compiled, s | compiled before, s |", "|---|--:|--:|",
    ]  # fmt: skip
    names = {
        "import_s": "import of the twin", "sample_s": "scenario and world", "run_s": "first run of the academy quarter",
        "again_s": "second run",
    }  # fmt: skip
    lines += [f"| {name} | {first['cold'][key]:.3f} | {first['warm'][key]:.3f} |" for key, name in names.items()]
    return [*lines, *_year(found.get("year", []))]


def _year(rows: list[dict[str, Any]]) -> list[str]:
    """Return the section about a year of the large academy; none if it was not measured."""
    if not rows:
        return []
    stages = ("world", "begin", "kernel", "tables", "tickets", "kpis", "by_person")
    one = rows[0]
    told = f"{one['n']:,} tickets, {one['people']:,} people, {one['moments']:,} moments, {one['touches']:,} touches"
    table = [
        f"| {row['engine']} | "
        + " | ".join(f"{row[f'{stage}_s']:.2f}" for stage in stages)
        + f" | {sum(row[f'{stage}_s'] for stage in stages):.1f} | {row['by_person_mb']:,.0f} |"
        for row in rows
    ]
    return [
        "", f"## {one['weeks']} weeks of `academy_large`", "",
        f"{told}. `kpis` is all {one['kpis']} KPIs of the catalogue, `by person` the standard ones by person and month "
        f"({one['rows']:,} figures). Seconds, and the largest memory of the process.", "",
        "| engine | world | begin | loop | tables | ticket rows | kpis | by person | in all | memory, MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|", *table,
    ]  # fmt: skip


def _stages(found: dict[str, dict[str, float]]) -> list[str]:
    titles = {"w2": "W2 with its log", "academy": "one academy quarter with all KPIs"}
    lines = []
    for name, title in titles.items():
        stages = {key.removesuffix("_s"): value for key, value in found[name].items()}
        total = sum(stages.values())
        parts = ", ".join(f"{stage} {1000 * value:.1f} ms ({value / total:.0%})" for stage, value in stages.items())
        lines.append(f"- {title}, {1000 * total:.0f} ms: {parts}.")
    return lines
