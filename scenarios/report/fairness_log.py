"""What a log says of people's figures as one offline page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scenarios.labels import number, unit_label
from scenarios.notes import reason_in
from scenarios.plots.funnels import caterpillar, funnel_plot
from scenarios.report import log_words as words
from scenarios.report import page
from scenarios.report.judged import judge_sentences, judge_table
from scenarios.texts import text
from sim.kpi.appraised import Appraised
from sim.kpi.log_fairness import LogFairness


def fairness_log_page(
    path: Path, lang: str, found: LogFairness, name: str, mix: Sequence[str], wanted: Sequence[float]
) -> None:  # fmt: skip
    """Write what a log says of people's figures as one offline page.

    Parameters
    ----------
    path
        File of the page.
    lang
        `en` or `zh`.
    found
        What the log says.
    name
        Of the log.
    mix
        What made cases alike.
    wanted
        Reliabilities for which the needed tickets are told.
    """
    title = text(lang, "fairlog.title", name=name)
    table = words.kpi_table(found, lang, wanted)
    between = text(lang, "fairlog.between_names")
    axes = between.join(text(lang, f"fairlog.axis_{axis}") for axis in mix)
    parts = [page.quote(words.sentence(found, lang))]
    if said := words.hurt(found, lang):
        parts += [page.heading(text(lang, "fairlog.who_hurt")), page.points(said)]
    if said := words.helps(found, lang, wanted):
        parts += [page.heading(text(lang, "fairlog.what_helps")), page.points(said)]
    if table.lines:
        parts += [page.heading(text(lang, "fairlog.kpis")), page.table(*table),
                  page.paragraph(text(lang, "fairlog.kpis_note", axes=axes), "note")]  # fmt: skip
    if found.leading is not None:
        parts += _of_leading(found.leading, lang, wanted)
    if found.tiers is not None:
        parts += [
            page.heading(text(lang, "fairlog.tiers_head")),
            page.paragraph(words.tier_sentence(found.tiers, lang)),
            page.paragraph(text(lang, "fairlog.tiers_note"), "note"),
        ]
    parts += [page.heading(text(lang, "fairlog.seats")), page.paragraph(words.seat_sentence(found, lang))]
    parts += [page.heading(text(lang, "fairlog.patterns")), page.paragraph(words.pattern_sentence(found, lang))]
    if found.patterns:
        parts += [
            page.table(*words.pattern_table(found, lang)),
            page.paragraph(text(lang, "fairlog.patterns_note"), "note"),
        ]
    if found.judges is not None:
        parts += [page.heading(text(lang, "fairlog.judges")), page.points(judge_sentences(found.judges, lang)),
                  page.table(*judge_table(found.judges, lang)),
                  page.paragraph(text(lang, "fairlog.judges_note"), "note")]  # fmt: skip
    parts += [page.heading(text(lang, "fairlog.cannot")), page.points(words.cannot(found, lang))]
    if found.untold:
        reasons = [f"{words.label_of(lang, key)}: {reason_in(lang, reason)}" for key, reason in found.untold.items()]
        parts += [page.heading(text(lang, "fairlog.untold_head")), page.points(reasons)]
    page.write(path, page.page(lang, title, parts, text(lang, "fairlog.foot", name=name)))


def _of_leading(each: Appraised, lang: str, wanted: Sequence[float]) -> list[str]:
    kpi = words.label_of(lang, each.name)
    unit = unit_label(lang, each.unit)
    parts = [page.heading(words.people_title(each, lang)), page.table(*words.people_table(each, lang)),
             page.paragraph(text(lang, "fairlog.people_note"), "note")]  # fmt: skip
    if each.dispersion is not None and each.overall is not None:
        drawn = funnel_plot(each, text(lang, "fairlog.axis_n"), f"{kpi} ({unit})")
        values = {"kpi": kpi, "phi": f"{each.dispersion:.1f}", "between": number(each.between, each.unit), "unit": unit}
        parts += [
            page.heading(text(lang, "fairlog.funnel_head")),
            page.figure(drawn, text(lang, "fairlog.funnel", **values)),
        ]
    if each.told_apart is not None:
        drawn = caterpillar(each, text(lang, "fairlog.axis_place"))
        said = text(lang, "fairlog.places", kpi=kpi, told=words.rounded(each.told_apart))
        parts += [page.heading(text(lang, "fairlog.places_head")), page.figure(drawn, said)]
    table = words.estimator_table(each, lang, wanted)
    return [*parts, page.heading(text(lang, "fairlog.estimators", kpi=kpi)), page.table(*table),
            page.paragraph(text(lang, "fairlog.estimators_note"), "note")]  # fmt: skip
