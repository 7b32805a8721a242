"""The page of a comparison: what changed, what moved, and by how much for certain."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from scenarios.labels import asks_of, label, number, title_of, unit_label
from scenarios.plots import all_pictures
from scenarios.problems import shown
from scenarios.report import page
from scenarios.texts import text
from sim.kpi import KPIS, Kpi
from sim.log import Log


def moved_table(
    lang: str,
    base: pl.DataFrame,
    other: pl.DataFrame,
    differences: pl.DataFrame,
    currency: str,
    heads: tuple[str, str],
    kpis: Mapping[str, Kpi] = KPIS,
) -> str:
    """Return the table of KPIs side by side with paired differences; a line whose interval leaves out 0 is marked.

    Parameters
    ----------
    lang
        Language.
    base, other, differences
        As `sim.experiment.summary` and `paired` return them, without groups.
    currency
        Currency of costs.
    heads
        Names of the two sides.
    kpis
        The KPIs that the frames hold, and perhaps others.
    """
    sides = [{row["name"]: row for row in frame.iter_rows(named=True)} for frame in (base, other, differences)]
    lines: list[list[str]] = []
    marked: list[int] = []
    for name, gap in sides[2].items():
        unit = gap["unit"]
        certain = gap["low"] is not None and gap["low"] * gap["high"] > 0
        if certain:
            marked.append(len(lines))
        between = "-" if gap["low"] is None else f"{number(gap['low'], unit)} … {number(gap['high'], unit)}"
        cells = [number(side[name]["mean"], unit) for side in sides if name in side]
        lines.append(
            [
                label(lang, name),
                *cells,
                between,
                unit_label(lang, unit, currency),
                verdict(lang, name, gap, certain, kpis),
            ]
        )
    columns = ("table.kpi", None, None, "table.difference", "page.interval", "table.unit", "page.verdict")
    shown_heads = [text(lang, key) if key else "" for key in columns]
    shown_heads[1:3] = heads
    return page.table(shown_heads, lines, numbers=(1, 2, 3, 4), marked=marked)


def verdict(lang: str, name: str, gap: dict[str, Any], certain: bool, kpis: Mapping[str, Kpi] = KPIS) -> str:
    """Return better, worse, moved or uncertain, as the KPI's own direction says."""
    if gap["mean"] is None:
        return text(lang, "page.unknown")
    if not certain:
        return text(lang, "page.uncertain")
    better = kpis[name].better
    if better not in ("lower", "higher"):
        return text(lang, "page.moved")
    return text(lang, "page.better" if (gap["mean"] > 0) == (better == "higher") else "page.worse")


def changes_table(lang: str, changes: Sequence[tuple[str, Any, Any]]) -> str:
    """Return what was found to have changed, not what a title says."""
    if not changes:
        return page.paragraph(text(lang, "page.no_change"))
    heads = [text(lang, f"table.{key}") for key in ("key", "old", "new")]
    return page.table(heads, [[path, shown(old), shown(new)] for path, old, new in changes])


def pictures(lang: str, logs: dict[str, Log]) -> list[str]:
    """Return headings and pictures of logs by label."""
    parts = []
    for key, drawn in all_pictures(logs, lang).items():
        parts += [
            page.heading(text(lang, f"page.{key}")),
            page.figure(drawn, text(lang, f"page.{key}_caption")),
        ]
    return parts


def compare_page(
    path: Path, lang: str, *, base: Any, other: Any, changes: Sequence[tuple[str, Any, Any]], found: pl.DataFrame,
    found_other: pl.DataFrame, differences: pl.DataFrame, logs: dict[str, Log], seeds: Sequence[int], level: float,
    kpis: Mapping[str, Kpi] = KPIS,
) -> None:  # fmt: skip
    """Write the page of one what-if beside its base.

    Parameters
    ----------
    path
        File that is written.
    lang
        `en` or `zh`.
    base, other
        The two `scenarios.files.desks.Scenario`.
    changes
        Path, old and new value of every key that differs.
    found, found_other, differences
        KPIs of both and their paired differences.
    logs
        One world of each by label, for the pictures.
    seeds
        Seeds of the replications.
    level
        Level of the intervals.
    kpis
        The KPIs that the frames hold, and perhaps others.
    """
    names = title_of(lang, base.name, base.title), title_of(lang, other.name, other.title)
    replications = text(
        lang, "page.replications", count=len(seeds), first=seeds[0], last=seeds[-1], level=f"{level:.0%}"
    )
    title = text(lang, "page.compare_title", base=names[0], other=names[1])
    parts = [
        page.paragraph(asks_of(lang, other.name, other.asks), "lead") if other.asks else "",
        page.heading(text(lang, "page.changed")), changes_table(lang, changes),
        page.heading(text(lang, "page.kpis")), page.paragraph(text(lang, "page.paired_note")),
        moved_table(lang, found, found_other, differences, base.desk.currency, names, kpis),
        *pictures(lang, logs),
        page.paragraph(text(lang, "page.one_world", seed=seeds[0]), "note"), page.beside(path, lang),
        page.source(text(lang, "page.scenario_text"), other.desk.model_dump_json(indent=1, exclude_defaults=True)),
    ]  # fmt: skip
    page.write(path, page.page(lang, title, parts, replications))
