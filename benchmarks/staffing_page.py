"""The page about staffing, from what was found."""

import math
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from benchmarks.staffing_exact import CLEAR
from scenarios.plots.pictures import COLOURS, svg


class Bar(NamedTuple):
    """A bar: what is asked, what was found, and whether that is enough."""

    what: str
    bar: str
    found: str
    met: bool


def bars(found: dict[str, Any]) -> list[Bar]:
    """Return the bars of the parts that were tried."""
    return [*_of_exact(found), *_of_small(found), *_of_rivals(found)]


def _of_exact(found: dict[str, Any]) -> list[Bar]:
    runs = clear_runs(found)
    lines = []
    for name in ("opt_N", "staff_erlangC"):
        mine = [run for run in runs if run["name"].startswith(name)]
        if not mine:
            continue
        good = statistics.mean(run["feasible"] for run in mine)
        gap = mean_gap(mine)
        lines += [
            Bar(f"{name}, {len(mine)} plans: truly feasible", ">= 95 %", f"{good:.1%}", good >= 0.95),
            Bar(f"{name}: mean gap to the optimum", "<= 1 %", f"{gap:.2%}", gap <= 0.01),
        ]
    if offices := list(found.get("post_office", {}).values()):
        right = sum(one["feasible"] and abs(one["cost"] - one["best"]) < 1e-6 for one in offices)
        what = f"opt_post_office and {len(offices) - 1} small weeks, enumerated: `cover` gives the optimum"
        lines.append(Bar(what, "all", f"{right} of {len(offices)}", right == len(offices)))
    return lines


def clear_runs(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the exact runs of instances whose best plan has slack enough."""
    slack = found.get("slack", {})
    return [run for run in found.get("exact", {}).values() if slack[run["name"]] >= CLEAR]


def mean_gap(runs: Sequence[dict[str, Any]]) -> float:
    """Return the mean gap of the plans that truly do; NaN if none does."""
    return statistics.mean([run["gap"] for run in runs if run["feasible"]] or [math.nan])


def _of_small(found: dict[str, Any]) -> list[Bar]:
    runs = list(found.get("small", {}).values())
    if not runs:
        return []
    near = statistics.mean(run["gap"] <= 0.01 for run in runs)
    confirmed = [run for run in runs if run["status"] == "confirmed"]
    bad = statistics.mean([run["rejected"] for run in confirmed] or [0.0])
    return [
        Bar(f"{len(runs)} random small desks: gap of at most 1 %", ">= 90 %", f"{near:.0%}", near >= 0.9),
        Bar(f"{len(confirmed)} confirmed ones of these: rejected by fresh worlds", "<= 5 %", f"{bad:.1%}", bad <= 0.05),
    ]  # fmt: skip


def _of_rivals(found: dict[str, Any]) -> list[Bar]:
    rows = found.get("rivals", {}).get("week", {"rows": []})["rows"]
    last = {row["name"].partition(",")[0]: row for row in rows[1:] if row["enough"] and row["name"] != "as it is"}
    lines = []
    for row in last.values():
        what = f"{row['name']}: cost over ours at equal simulated service"
        ratio = row["cost"] / rows[0]["cost"]
        lines.append(Bar(what, "> 1 x", f"{ratio:.2f} x", ratio > 1))
    return lines


def page(found: dict[str, Any]) -> str:
    """Return the page as Markdown."""
    made, extent = found["made"], found["made"]["extent"]
    lines = [
        "# How good plans of staff are", "",
        f"Made by `python -m benchmarks.staffing`. Machine: {made['machine']}. Versions: {made['versions']}.", "",
        "| what | bar | found | |", "|---|--:|--:|---|",
    ]  # fmt: skip
    lines += [f"| {b.what} | {b.bar} | {b.found} | {'met' if b.met else '**missed**'} |" for b in bars(found)]
    lines += ["", *(f"- {note}" for note in found.get("notes", []))]
    lines += ["", *_exact(found, extent), "", *_small(found, extent), "", *_rivals(found)]
    return "\n".join(lines).rstrip() + "\n"


def _exact(found: dict[str, Any], extent: dict[str, Any]) -> list[str]:
    runs = list(found.get("exact", {}).values())
    if not runs:
        return []
    names = list(dict.fromkeys(run["name"] for run in runs))
    aside = [name for name in names if found["slack"][name] < CLEAR]
    lines = [
        "## Exact optima", "",
        f"Each search has {extent['worlds']} worlds and at most {extent['trials']} trials, in worlds of its own. "
        f"A run of `n_design` is {extent['n_weeks']} weeks, one of a queue 1 to 26 weeks, fewer for a larger load. "
        "Every plan is scored by exact formulas: a Markov chain for `opt_N`, Erlang C for the others. Slack is that "
        "of the best plan, in "
        f"standard errors of a search; below {CLEAR:g}, an instance is set aside: {len(aside)} of {len(names)}"
        f"{': ' + ', '.join(aside) if aside else ''}.", "",
        "| instance | plans | slack | confirmed | truly feasible | best | mean gap | largest gap | worlds, mean |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    return lines + [_line(name, found["slack"][name], [r for r in runs if r["name"] == name]) for name in names]


def _line(name: str, slack: float, runs: Sequence[dict[str, Any]]) -> str:
    def share(key: str, value: Any = True) -> str:
        return f"{sum(run[key] == value for run in runs)}"

    best = sum(run["feasible"] and abs(run["gap"]) < 1e-9 for run in runs)
    worlds = statistics.mean(run["worlds"] for run in runs)
    return (
        f"| {name} | {len(runs)} | {slack:.1f} | {share('status', 'confirmed')} | {share('feasible')} | {best} "
        f"| {mean_gap(runs):.2%} | {max(run['gap'] for run in runs):.1%} | {worlds:.0f} |"
    )


def _small(found: dict[str, Any], extent: dict[str, Any]) -> list[str]:
    runs = [run for _, run in sorted(found.get("small", {}).items(), key=lambda item: int(item[0]))]
    if not runs:
        return []
    tight = sum(run["slack"] < CLEAR for run in runs)
    lines = [
        "## Small desks, enumerated", "",
        f"Two or three skills, a group for each and one that is flexible; runs of {extent['small_weeks']} weeks. All "
        "heads that cost less than the plan, and that theory does not rule out, are simulated in the same "
        f"{extent['common']} worlds; the best is the cheapest whose means keep all bounds there. The best plan of "
        f"{tight} desks has a slack of less than {CLEAR:g} standard errors of a search; they count all the same. "
        "Rejected: the whole interval of a target lies on the wrong side in fresh worlds.", "",
        "| desk | bounds | plan | best | gap | slack | cheaper ones tried | status | rejected | trials |",
        "|--:|---|---|---|--:|--:|--:|---|---|--:|",
    ]  # fmt: skip
    for run in runs:
        kinds = ", ".join(f"{load:.2f}" for load in run["loads"].values())
        bound = run["targets"][0].replace("[kind=a]", "")
        lines.append(
            f"| {run['number']} | {bound}, loads {kinds} | {_heads(run['seats'])} | {_heads(run['best'])} "
            f"| {run['gap']:.1%} | {run['slack']:.1f} | {run['tried']} | {run['status']} "
            f"| {'yes' if run['rejected'] else 'no'} | {run['trials']} |"
        )
    return lines


def _heads(seats: dict[str, int]) -> str:
    return " ".join(f"{group} {number}" for group, number in sorted(seats.items()))


PICTURE = "plots/staffing.svg"


_TOLD = """\
Both rivals are told the expected work by skill and hour, the mean work, the tightest response target of each skill,
that 90 % are to be in time, that at most 85 % are to be busy, and that 2 % are absent; work that comes while nobody
is on duty is spread over the next day. pyworkforce 0.5.4 counts a flexible person once for every skill; Erlang C and
cover plans every head for one skill. A rival whose plan misses a target that ours keeps is asked again for more work
until it does; one whose plan is more than enough is asked for less, as long as it still does."""


def _rivals(found: dict[str, Any]) -> list[str]:
    one = found.get("rivals", {}).get("week")
    if not one:
        return []
    others = ", ".join(f"`{target}`" for target in one["targets"] if target not in one["reach"])
    return [
        "## What a user would pick instead", "",
        f"`{one['scenario']}`, {one['weeks']} weeks; each plan is played in the same {one['worlds']} worlds, which no "
        f"search has seen. Our plan is {one['status']}. " + _TOLD.replace("\n", " "), "",
        *([f"Ours misses {others}: no rival need keep that either.", ""] if others else []),
        f"![Cost per week, and whether that is enough]({PICTURE})", "",
        "| plan | cost a week | enough | " + " | ".join(f"`{target}`" for target in one["targets"]) + " | heads |",
        "|---|--:|---|" + "--:|" * len(one["targets"]) + "---|",
        *(_rival(row) for row in one["rows"]),
    ]  # fmt: skip


def _rival(row: dict[str, Any]) -> str:
    figures = " | ".join("-" if mean is None else f"{mean:.3f}" for mean in row["figures"].values())
    enough = "yes" if row["enough"] else "no"
    return f"| {row['name']} | {row['cost']:,.0f} | {enough} | {figures} | {_heads(row['heads'])} |"


def picture(one: dict[str, Any]) -> str:
    """Return the costs as bars; a plan that misses what ours keeps is pale."""
    rows = one["rows"][::-1]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        colours = [COLOURS[0] if row["enough"] else "#c9d3de" for row in rows]
        axes.barh([row["name"] for row in rows], [row["cost"] for row in rows], color=colours)
        axes.set_xlabel("cost per week; pale: misses a target that ours keeps")

    return svg(draw, height=0.6 + 0.4 * len(rows))
