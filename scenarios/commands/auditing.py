"""`fairdesk rubric audit`: what monthly audits find at a desk's volume, and what their errors do to points."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from scenarios.commands.options import needs
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.desk import Audits
    from sim.kpi.rubric import Item, Rubric
    from sim.log import Log

SHARES = (0.02, 0.05, 0.1, 0.2)
"""Shares of unsolved tickets that are looked at."""
MONTHS = (1, 3, 6, 12)
SURE = 0.8
"""Chance after which the months are counted."""
MANY = 3
"""Failed audits from which on a breach is one of the last band (A-26)."""


def audit(args: argparse.Namespace) -> int:
    """Say what the audits of a scenario find, and return the exit code."""
    from scenarios.commands.common import run_named
    from scenarios.commands.output import as_csv, as_json, document, give
    from scenarios.commands.score import rubric_inputs
    from scenarios.files import desks as files
    from scenarios.files.rubrics import load_rubric
    from scenarios.folder import Folder
    from scenarios.problems import Problem, ScenarioError
    from sim.desk import Audits

    if args.log is not None:
        return _of_log(args)
    needs(args, "--mapping", args.mapping is not None, "--log", False)
    if args.scenario is None:
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "audit.which")})])
    rubric = load_rubric(args.rubric)
    stated = files.read(args.scenario).desk.outcome.audits
    law = stated or Audits()
    log, about = run_named(args.scenario, args.seed)
    tickets = resolutions_of(log)
    if tickets is None:
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "audit.nothing")})])
    folder = Folder(args.out, args.lang) if args.out else None
    found = power(tickets, law)
    points = [row for item in audited_items(rubric) for row in _points(item, tickets, law)]
    inputs = {
        **about,
        "rubric": rubric_inputs(args.rubric, rubric),
        "audits": law.model_dump() | {"stated": bool(stated)},
    }
    made = document(
        "rubric audit", inputs, args.seed, tickets=tickets, power=found, points=points, agreement=agreement(log)
    )
    if folder:
        folder.write("audit.json", as_json(made))
        folder.write("audit.csv", as_csv(found))
    give(args, made, lambda: _show(args, rubric, law, made), folder)
    return 0


def _of_log(args: argparse.Namespace) -> int:
    """Say what two audits of the same tickets in a log say of each other."""
    from scenarios.commands.common import log_named
    from scenarios.commands.output import as_json, document, give, say
    from scenarios.commands.score import rubric_inputs
    from scenarios.files.rubrics import load_rubric
    from scenarios.folder import Folder
    from scenarios.problems import Problem, ScenarioError

    if args.scenario is not None:
        raise ScenarioError([Problem("rule", {"message": text(args.lang, "audit.one_of_both")})])
    rubric = load_rubric(args.rubric)
    log, about, _ = log_named(args.log, args.mapping)
    folder = Folder(args.out, args.lang) if args.out else None
    inputs = {**about, "rubric": rubric_inputs(args.rubric, rubric)}
    made = document("rubric audit", inputs, None, agreement=agreement(log))
    if folder:
        folder.write("audit.json", as_json(made))
    give(args, made, lambda: say(agreement_in_words(made["agreement"], args.lang)), folder)
    return 0


def agreement(log: Log) -> dict[str, Any] | None:
    """Return how two audits of the same tickets agree in a log; None if none was audited twice."""
    from sim.kpi.second_audit import audits_agree

    found = audits_agree(log)
    if found is None:
        return None
    kappa = found.kappa
    return {
        "n": found.n, "passed": found.passed, "only_first": found.only_first, "only_second": found.only_second,
        "failed": found.failed, "kappa": kappa and kappa.value, "low": kappa and kappa.low,
        "high": kappa and kappa.high,
    }  # fmt: skip


def agreement_in_words(found: dict[str, Any] | None, lang: str) -> str:
    """Return how two audits of the same tickets agree, as a sentence."""
    if found is None:
        return text(lang, "audit.no_second")
    counts = {key: found[key] for key in ("n", "passed", "only_first", "only_second", "failed")}
    if found["kappa"] is None:
        return text(lang, "audit.same", **counts)
    ends = {key: f"{found[key]:.2f}" for key in ("kappa", "low", "high")}
    return text(lang, "audit.agree", **counts, **ends)


def resolutions_of(log: Log) -> int | None:
    """Return the median number of a person's resolutions of a whole month that stand; None if there are none."""
    import polars as pl

    stands = log.tickets.filter(pl.col("resolved_s").is_not_null() & pl.col("last_resolver").is_not_null())
    if stands.is_empty():
        return None
    days = pl.Series("day", log.timeline.day(stands["resolved_s"].to_numpy()), dtype=pl.Int64)
    span = int(log.timeline.day(log.until_s - 1)) - int(log.timeline.day(0)) + 1
    counts = stands.with_columns(days).group_by("last_resolver").len()["len"]
    middle = counts.median()
    assert isinstance(middle, int | float)
    return max(round(middle * 30.4375 / span), 1)


def power(tickets: int, law: Audits) -> list[dict[str, Any]]:
    """Return a row per share of unsolved tickets: what one audit finds, and a second department."""
    from sim.lab.audits import detection, two_audits

    rows: list[dict[str, Any]] = []
    for share in (0.0, *SHARES):
        found, both = detection(tickets, share, law, months=120), two_audits(share, law, law.second or law)
        row: dict[str, Any] = {"unsolved_share": share, "audited": found.audited}
        row |= {f"found_{month}": found.caught[month - 1] for month in MONTHS}
        row |= {"months_to_80": found.months_to(SURE), "suspected": found.suspected}
        row |= {"missed": both.missed, "found_by_second": both.found_more, "kappa": both.kappa}
        rows.append(row | {"wrong": both.wrong, "wrong_of_both": both.wrong_of_both})
    return rows


def audited_items(rubric: Rubric) -> list[Item]:
    """Return the items that people judge and that audits decide, as the judges `default` look at them."""
    from scenarios.files.judges import load_judges

    judges = load_judges("default")
    return [item for item in rubric.items if item.kpi is None and judges.trait(item.name).audits > 0]


def points_of_failures(item: Item) -> tuple[float, ...]:
    """Return the points with 0, 1, 2, ... failed audits: the most, the middle of the bands between, the last (A-26)."""
    middle = [(band.low_points + band.high_points) / 2 for band in item.bands[1:-1]]
    between = [sum(middle) / len(middle)] * (MANY - 1) if middle else []
    return (item.max_points, *between, item.bands[-1].low_points)


def _points(item: Item, tickets: int, law: Audits) -> list[dict[str, Any]]:
    from sim.lab.audits import points_by_audits

    rows = []
    for share in (0.0, *SHARES):
        found = points_by_audits(tickets, share, law, points_of_failures(item))
        rows.append(
            {"item": item.name, "unsolved_share": share, "mean": found.mean, "sd": found.sd, "lost": found.lost,
             "lower": found.lower}
        )  # fmt: skip
    return rows


def _show(args: argparse.Namespace, rubric: Rubric, law: Audits, made: dict[str, Any]) -> None:
    from scenarios.commands.output import say, show_table
    from scenarios.labels import number

    lang = args.lang
    heads = [text(lang, f"audit.{key}") for key in ("unsolved", "found_1", "found_3", "found_6", "found_12", "months",
                                                    "suspected", "second", "wrong", "both")]  # fmt: skip
    lines = [
        [f"{row['unsolved_share']:.0%}", *(_chance(row, f"found_{month}") for month in MONTHS),
         "-" if row["months_to_80"] is None else str(row["months_to_80"]), f"{row['suspected']:.0%}",
         f"{row['missed'] * row['found_by_second']:.1%}", f"{row['wrong']:.0%}", f"{row['wrong_of_both']:.0%}"]
        for row in made["power"]
    ]  # fmt: skip
    first = made["power"][0]
    title = text(
        lang, "audit.title", tickets=made["tickets"], audited=first["audited"], share=f"{law.share:.0%}",
        finds=f"{law.finds:.0%}", alarms=f"{law.false_alarm:.0%}",
    )  # fmt: skip
    show_table(title, heads, lines, right=tuple(range(10)))
    for item in audited_items(rubric):
        rows = [row for row in made["points"] if row["item"] == item.name]
        heads = [text(lang, f"audit.{key}") for key in ("unsolved", "mean", "sd", "lost", "lower")]
        lines = [
            [f"{row['unsolved_share']:.0%}", *(number(row[key], "points") for key in ("mean", "sd", "lost")),
             f"{row['lower']:.0%}"]
            for row in rows
        ]  # fmt: skip
        label = item.label.get(lang, item.name)
        show_table(
            text(lang, "audit.item", item=label, most=f"{item.max_points:g}"), heads, lines, right=(0, 1, 2, 3, 4)
        )
    if made["agreement"] is not None:
        say(agreement_in_words(made["agreement"], lang))
    say(text(lang, "audit.says" if made["inputs"]["audits"]["stated"] else "audit.says_assumed"))


def _chance(row: dict[str, Any], key: str) -> str:
    return "-" if not row["unsolved_share"] else f"{row[key]:.0%}"
