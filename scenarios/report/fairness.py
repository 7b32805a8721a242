"""What a score is made of, as a page: one sentence, who would be hurt, what would help, and what it cannot see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.lab.appraisal import HARM, PARTS, all_by_log, fairness_sentence, measure_label, tenths, tenths_span
from scenarios.notes import in_words
from scenarios.plots.fairness import intervals, tiers
from scenarios.plots.pictures import bars
from scenarios.report import page
from scenarios.report.year import year_parts
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.kpi.rubric import Rubric
    from sim.lab import Course, Estimate, Fairness


def fairness_page(
    path: Path, lang: str, found: Fairness, rubric: Rubric, title: str, foot: str, pay: float | None = None, *,
    year: Course | None = None, judged: bool = False, tests: str | None = None,
) -> None:  # fmt: skip
    """Write the page of a study of fairness.

    Parameters
    ----------
    path
        File of the page.
    lang
        `en` or `zh`.
    found
        As `sim.lab.fairness` returns it.
    rubric
        The rubric that was studied.
    title
        What the desk is called.
    foot
        What made the figures.
    pay
        Performance pay of a person and month at factor 1; None leaves money out.
    year
        The study of a year, if there is one, as `sim.lab.course` returns it.
    judged
        Whether judges were asked about the month; they are not about the year.
    tests
        File name of the page of further tests beside this one, if there is one.
    """
    said = {"role": found.role, "month": f"{found.month.begin:%Y-%m}", "desk": title}
    parts = [
        page.quote(fairness_sentence(found, lang)), *shares_parts(lang, found),
        page.heading(text(lang, "lab_page.hurt")), *harm_parts(lang, found, rubric, pay),
        page.heading(text(lang, "lab_page.people")), people_table(lang, found),
        page.paragraph(_people_note(lang, found), "note"),
        *(year_parts(lang, year, rubric, judged) if year is not None else []),
        page.heading(text(lang, "lab_page.help")), *measure_parts(lang, found, rubric),
        *([page.paragraph(page.link(tests, text(lang, "lab_page.tests")))] if tests is not None else []),
        page.heading(text(lang, "lab_page.limits")), page.points(limits(lang, found)),
    ]  # fmt: skip
    page.write(path, page.page(lang, text(lang, "lab_page.title", **said), parts, foot))


def shares_parts(lang: str, found: Fairness) -> list[str]:
    """Return the picture of merit, conduct, seat, fit and luck with their intervals, and what each word means."""
    known = {
        text(lang, f"lab.{name}"): (share.mean, share.low, share.high)
        for name, share in found.shares.items()
        if share.mean is not None
    }
    picture = [page.figure(bars(lang, known, "plot.share"), text(lang, "demo.shares_caption"))] if known else []
    return [*picture, page.points([text(lang, f"lab_page.{name}") for name in PARTS])]


def harm_parts(lang: str, found: Fairness, rubric: Rubric, pay: float | None) -> list[str]:
    """Return what a month's tiers do to people beside the true ones, and which tier is taken for which."""
    heads = [text(lang, "lab.harm"), "%", text(lang, "table.interval", level=f"{found.level:.0%}")]
    lines = []
    for name in HARM:
        harm: Estimate = getattr(found.wrong, name)
        label = text(lang, f"lab.{'pay_off' if name == 'pay' else name}")
        lines.append([label, tenths(harm.mean), tenths_span(harm)])
    parts = [
        page.paragraph(text(lang, "lab_page.hurt_lead", unseen=found.unseen)),
        page.table(heads, lines, numbers=(1, 2)),
    ]
    if pay is not None and found.wrong.pay.mean is not None:
        said = {"amount": f"{pay * found.wrong.pay.mean:,.2f}", "pay": f"{pay:,.2f}"}
        parts.append(page.paragraph(text(lang, "lab.money", **said), "lead"))
    names = [tier.name for tier in rubric.tiers]
    rows: list[dict[str, Any]] = found.wrong.confusion.to_dicts()
    if rows:
        parts.append(page.figure(tiers(names, rows, lang), text(lang, "lab_page.confusion")))
    return parts


def people_table(lang: str, found: Fairness) -> str:
    """Return everybody's expected score and true tier, those marked whose expected score earns another tier."""
    keys = ("person", "expected", "tickets", "tier_expected", "tier_true", "value")
    heads = [text(lang, f"lab_page.{key}") for key in keys]
    rows = found.persons.sort("expected", "person", descending=[True, False], nulls_last=True).to_dicts()
    lines = [
        [
            row["person"], _stacked(row, "expected", ".1f"), f"{row['tickets']:,.0f}", row["tier_expected"] or "-",
            row["tier"] or "-", _stacked(row, "value", ",.0f"),
        ]
        for row in rows
    ]  # fmt: skip
    marked = [place for place, row in enumerate(rows) if row["tier"] != row["tier_expected"]]
    return page.table(heads, lines, numbers=(1, 2, 5), marked=marked)


def _stacked(row: dict[str, Any], key: str, form: str) -> str:
    """Return a figure of a person with its interval under it."""
    value, low, high = (row[f"{key}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "-"
    return page.stacked(f"{value:{form}}", "" if low is None else f"{low:{form}} … {high:{form}}")


def _people_note(lang: str, found: Fairness) -> str:
    said = {"level": f"{found.level:.0%}", "worlds": found.worlds, "validity": _said(found.validity)}
    return text(lang, "lab_page.people_note", **said)


def measure_parts(lang: str, found: Fairness, rubric: Rubric) -> list[str]:
    """Return which items show merit and which the seat: where a rubric would have to change."""
    known = {name: shares for name, shares in found.measures.items() if shares.merit.mean is not None}
    if not known:
        return []
    labels = {name: measure_label(name, rubric, lang) for name in known}
    items = {labels[name]: (each.merit, each.seat) for name, each in known.items() if not name.startswith("kpi.")}
    said = [text(lang, "lab.merit"), text(lang, "lab.seat")]
    heads = [text(lang, "lab.measure"), *(text(lang, f"lab.{part}") for part in PARTS), text(lang, "lab_page.again")]
    lines = [
        [labels[name], *(_share(getattr(each, part)) for part in PARTS), _said(each.reliability)]
        for name, each in known.items()
    ]
    return [
        page.paragraph(text(lang, "lab_page.help_lead")),
        page.figure(intervals(items, said, lang), text(lang, "lab_page.help_caption", level=f"{found.level:.0%}")),
        page.table(heads, lines, numbers=range(1, len(heads))),
        page.paragraph(text(lang, "lab_page.negative"), "note"),
    ]  # fmt: skip


def limits(lang: str, found: Fairness) -> list[str]:
    """Return what the study cannot see, and whose harm it is about."""
    worlds = text(lang, "lab_page.size", worlds=found.worlds, seatings=found.seatings, unseen=found.unseen)
    whose = "judged_none" if all_by_log(found) else "judged_modelled" if found.headline == "total" else "judged"
    judged = text(lang, f"lab_page.{whose}", share=f"{1 - found.objective_share:.0%}")
    return [text(lang, "lab_page.whose"), judged, text(lang, "lab_page.model"), worlds] + [
        in_words(note, lang) for note in found.notes
    ]


def _share(share: Estimate) -> str:
    return page.stacked(tenths(share.mean), "" if share.low is None else tenths_span(share))


def _said(figure: Estimate) -> str:
    if figure.mean is None:
        return "-"
    mean, *ends = (None if each is None else round(each, 2) + 0.0 for each in (figure.mean, figure.low, figure.high))
    span = "" if None in ends else f" [{ends[0]:.2f} … {ends[1]:.2f}]"
    return f"{mean:.2f}{span}"
