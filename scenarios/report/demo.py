"""The page of the demo: from the rows of a log to what its people's scores are made of."""

from pathlib import Path

import polars as pl

from scenarios.demo import RESPONSE_H, Study
from scenarios.files.writing import titled
from scenarios.lab.appraisal import fairness_sentence
from scenarios.labels import label, number, unit_label
from scenarios.notes import in_words
from scenarios.plots import bars
from scenarios.refusals import refusal_lines
from scenarios.report import page
from scenarios.report.compare import changes_table, moved_table, pictures
from scenarios.texts import text
from sim.kpi import KPIS

SLACK = 0.3
"""Busy share below which waits hardly come from a lack of people."""


def between(low: float | None, high: float | None, unit: str) -> str:
    """Return an interval for a table; a dash where there is none."""
    return "-" if low is None or high is None else f"{number(low, unit)} … {number(high, unit)}"


def quality_parts(found: Study, lang: str) -> list[str]:
    """Return what became of the rows of the export."""
    if found.simulated:
        return [page.paragraph(text(lang, "demo.simulated", name=found.name))]
    if found.quality is None:
        return [page.paragraph(text(lang, "demo.folder", name=found.name))]
    quality = found.quality
    counts = {text(lang, "demo.rows_in"): quality.rows_in, text(lang, "demo.rows_used"): quality.rows_used}
    report = quality.as_dict(lang)
    for reason, rows in report["set_aside"].items():
        counts[text(lang, "demo.set_aside", reason=reason)] = rows
    lines = [[what, f"{rows:,}"] for what, rows in counts.items()]
    heads = [text(lang, "demo.rows"), text(lang, "table.n")]
    return [page.table(heads, lines, numbers=(1,)), page.points(report["warnings"])]


def same_days(found: Study, lang: str) -> str:
    """Return which days the figures of the log, the fitted desk and the what-ifs cover."""
    first, last = found.days
    return text(lang, "demo.same_days", first=first, last=last)


def fidelity_table(found: Study, lang: str) -> str:
    """Return the KPIs of the log beside those of the fitted desk; a line is marked where the log lies outside."""
    heads = [
        text(lang, "table.kpi"), text(lang, "demo.log"), text(lang, "demo.interval"), text(lang, "demo.fitted"),
        text(lang, "demo.band"), text(lang, "table.unit"),
    ]  # fmt: skip
    lines: list[list[str]] = []
    marked: list[int] = []
    for row in found.fidelity.iter_rows(named=True):
        unit = row["unit"]
        if row["band_low"] is not None and not row["band_low"] <= row["real"] <= row["band_high"]:
            marked.append(len(lines))
        lines.append([
            label(lang, row["name"]), number(row["real"], unit), between(row["real_low"], row["real_high"], unit),
            number(row["mean"], unit), between(row["band_low"], row["band_high"], unit),
            unit_label(lang, unit, found.log.currency),
        ])  # fmt: skip
    return page.table(heads, lines, numbers=(1, 2, 3, 4), marked=marked)


def plan_sentence(found: Study, lang: str) -> str:
    """Return whether unseen worlds confirm the plan, and what it costs; empty without a plan."""
    if found.plan is None:
        return ""
    unit = found.log.currency if found.paid else text(lang, "demo.paid_hours")
    said_so = text(lang, f"demo.plan_{found.plan.status}", cost=f"{found.plan.cost:,.0f}", unit=unit)
    busy = dict(zip(found.base["name"], found.base["mean"], strict=True)).get("utilisation")
    if busy is None or busy >= SLACK:
        return said_so
    return f"{said_so} {text(lang, 'demo.slack', percent=f'{100 * busy:.0f}')}"


def plan_parts(found: Study, lang: str) -> list[str]:
    """Return the plan: heads by seat group beside those of the fitted desk, and what unseen worlds say."""
    if found.plan is None:
        why = refusal_lines(lang, found.refusal) if found.refusal is not None else []
        return [page.paragraph(text(lang, "demo.no_plan")), *map(page.paragraph, why)]
    now = {name: seat.heads for name, seat in found.fitted.desk.staff.seats.items()}
    heads = [text(lang, "demo.seat"), text(lang, "demo.heads_now"), text(lang, "demo.heads_plan")]
    lines = [[name, str(now[name]), str(count)] for name, count in sorted(found.plan.seats.items())]
    empty = ", ".join(name for name, count in sorted(found.plan.seats.items()) if now[name] and not count)
    total = [text(lang, "demo.total"), str(sum(now.values())), str(sum(found.plan.seats.values()))]
    confirmed = []
    for name, figure in found.plan.confirmed.items():
        unit = KPIS[figure.target.kpi].unit
        met = text(lang, "demo.met" if figure.met else "demo.not_met")
        confirmed.append([name, number(figure.mean, unit), between(figure.low, figure.high, unit), met])
    target_heads = [text(lang, f"demo.{key}") for key in ("target", "mean", "interval", "verdict")]
    return [
        page.paragraph(plan_sentence(found, lang)),
        page.table(target_heads, confirmed, numbers=(1, 2)), page.table(heads, [*lines, total], numbers=(1, 2)),
        page.paragraph(text(lang, "demo.nobody", groups=empty), "note") if empty else "",
    ]  # fmt: skip


def score_table(scores: pl.DataFrame, lang: str, most: int = 60) -> str:
    """Return the scores of the people with intervals and the objective share."""
    heads = [text(lang, f"demo.{key}") for key in ("person", "period", "points", "interval", "tier", "objective")]
    lines = []
    for row in scores.head(most).iter_rows(named=True):
        interval = "-" if row["low"] is None else f"{row['low']:.1f} … {row['high']:.1f}"
        total = "-" if row["total"] is None else f"{row['total']:.1f}"
        share = f"{100 * row['objective_share']:.0f} %"
        lines.append([row["person"], str(row["period"]), total, interval, row["tier"] or "-", share])
    cut = "" if scores.height <= most else page.paragraph(text(lang, "demo.cut", shown=most, all=scores.height), "note")
    return page.table(heads, lines, numbers=(2, 3, 5)) + cut


def fairness_parts(found: Study, lang: str) -> list[str]:
    """Return the one sentence and its picture."""
    if found.fairness is None:
        return [page.paragraph(text(lang, "demo.no_fairness"))]
    shares = {
        text(lang, f"part.{name}"): (share.mean, share.low, share.high)
        for name, share in found.fairness.shares.items()
        if share.mean is not None
    }
    parts = [page.quote(fairness_sentence(found.fairness, lang))]
    if shares:
        parts.append(page.figure(bars(lang, shares, "plot.share"), text(lang, "demo.shares_caption")))
    return [*parts, page.paragraph(text(lang, "demo.cannot_see"), "note")]


def demo_page(path: Path, lang: str, found: Study) -> None:
    """Write the page of a study in a language."""
    desk = titled(found.fitted.desk, found.log, found.name, lang)
    size = {"tickets": f"{found.log.cases.height:,}", "people": found.log.people.height}
    logs = {text(lang, "demo.log"): found.log, text(lang, "demo.fitted"): found.pictured}
    parts = [
        page.paragraph(text(lang, "demo.lead", **size), "lead"),
        page.heading(text(lang, "demo.read")), *quality_parts(found, lang),
        "" if found.promised else page.paragraph(text(lang, "demo.no_targets", hours=RESPONSE_H)),
        page.heading(text(lang, "demo.fidelity")), page.paragraph(text(lang, "demo.fidelity_note")),
        page.paragraph(same_days(found, lang)), fidelity_table(found, lang), page.paragraph(text(lang, "demo.assumed")),
        page.points([in_words(note, lang) for note in found.fitted.assumed]),
        *pictures(lang, logs), page.beside(path, lang),
    ]  # fmt: skip
    for what_if in found.what_ifs:
        title = text(lang, f"demo.{what_if.key}", **what_if.says)
        names = text(lang, "demo.fitted"), text(lang, "demo.what_if")
        parts += [
            page.heading(title), changes_table(lang, what_if.changes), page.paragraph(text(lang, "page.paired_note")),
            moved_table(lang, found.base, what_if.found, what_if.differences, desk.currency, names),
        ]  # fmt: skip
    targets = "; ".join(map(str, found.targets))
    parts += [
        page.heading(text(lang, "demo.plan")), page.paragraph(text(lang, "demo.plan_lead", targets=targets)),
        *plan_parts(found, lang), page.heading(text(lang, "demo.scores")),
        page.paragraph(text(lang, "demo.scores_note")), score_table(found.scores, lang),
        page.heading(text(lang, "demo.fairness")), *fairness_parts(found, lang),
        page.source(text(lang, "page.scenario_text"), desk.model_dump_json(indent=1, exclude_defaults=True)),
    ]  # fmt: skip
    last = found.seed + found.replications - 1
    foot = text(lang, "page.replications", count=found.replications, first=found.seed, last=last, level="95%")
    page.write(path, page.page(lang, text(lang, "demo.title", name=found.name), parts, foot))
