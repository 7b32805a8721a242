"""A year's study in words and tables, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scenarios.lab.appraisal import tenths, tenths_span
from scenarios.report import page
from scenarios.report.judged import Table
from scenarios.texts import text
from sim.lab.intervals import Estimate

if TYPE_CHECKING:
    from sim.kpi.rubric import Rubric
    from sim.lab import Course


def year_title(found: Course, lang: str) -> str:
    """Return what was played."""
    return text(
        lang,
        "lab_year.title",
        begin=found.begin,
        worlds=found.worlds,
        seatings=found.seatings,
        level=f"{found.level:.0%}",
    )


def year_table(found: Course, lang: str) -> Table:
    """Return a line per month, quarter and year: its reliability, that by Spearman and Brown, merit and seat."""
    rows = [
        [text(lang, f"lab_year.{length}"), *map(_spanned, (shares.reliability, found.stepped[length], shares.merit,
                                                           shares.seat))]
        for length, shares in found.shares.items()
    ]  # fmt: skip
    heads = [text(lang, f"lab_year.{key}") for key in ("length", "reliability", "stepped", "merit", "seat")]
    return Table(heads, rows, tuple(range(1, 5)))


def needed_sentences(found: Course, lang: str) -> list[str]:
    """Return how many months and tickets each reliability takes."""
    said = []
    for each in found.needed:
        key = "needed" if each.months.mean is not None else "never"
        values = {
            "months": _number(each.months.mean), "low": _number(each.months.low), "tickets": _number(each.tickets.mean),
            "high": text(lang, "lab_year.no_end") if each.months.high is None else _number(each.months.high),
        }  # fmt: skip
        said.append(text(lang, f"lab_year.{key}", target=f"{each.target:g}", **values))
    return said


def pay_sentences(found: Course, lang: str, judged: bool = False) -> list[str]:
    """Return how far pay is off by length, that judges are left out where there are any, and what reliability holds."""
    said = [
        text(lang, "lab_year.pay", length=text(lang, f"lab_year.{length}"), share=tenths(off.mean),
             interval=tenths_span(off, " .. "))
        for length, off in found.pay.items()
        if off.mean is not None
    ]  # fmt: skip
    if judged:
        said.append(text(lang, "lab_year.unjudged"))
    if found.most.mean is not None:
        said.append(text(lang, "lab_year.most", share=_spanned(found.most)))
    return said


def brought_table(found: Course, rubric: Rubric, lang: str) -> Table:
    """Return what ladders, awards and ranks bring people in a year beside what is due."""
    heads = [text(lang, f"lab_year.{key}") for key in ("length", "what", "due", "given", "wrongful", "missed")]
    rows = [
        [text(lang, f"lab_year.{row['length']}"), what_label(row["what"], rubric, lang),
         *(tenths(row[key]) for key in ("due", "given")), *(_of_row(row, key) for key in ("wrongful", "missed"))]
        for row in found.brought.to_dicts()
    ]  # fmt: skip
    return Table(heads, rows, tuple(range(2, 6)))


def brought_title(found: Course, lang: str) -> str:
    """Return the title of `brought_table`."""
    return text(lang, "lab_year.brought", unseen=found.unseen)


def year_parts(lang: str, found: Course, rubric: Rubric, judged: bool = False) -> list[str]:
    """Return a year's study as the parts of a page.

    Parameters
    ----------
    lang
        `en` or `zh`.
    found
        As `sim.lab.course` returns it.
    rubric
        The rubric that was studied; its ladders and awards are named.
    judged
        Whether the month was judged, too: then it is said that the year was not.
    """
    return [
        page.heading(text(lang, "lab_page.year")),
        page.paragraph(text(lang, "lab_page.year_lead")),
        page.table(*year_table(found, lang)),
        page.paragraph(year_title(found, lang), "note"),
        page.points([*needed_sentences(found, lang), *pay_sentences(found, lang, judged)]),
        page.heading(brought_title(found, lang)),
        page.table(*brought_table(found, rubric, lang)),
        page.paragraph(text(lang, "lab_page.year_note"), "note"),
    ]


def what_label(what: str, rubric: Rubric, lang: str) -> str:
    """Return what a grade, a state of a ladder, an award or a rank is called."""
    kind, _, rest = what.partition(".")
    if kind == "rank":
        return text(lang, f"lab_year.rank_{rest}")
    if kind == "ladder":
        ladder, _, state = rest.partition(".")
        labels = rubric.consequences.ladders[ladder].states.get(state, {})
        return text(lang, "lab_year.ladder_of", label=_said(labels, lang, state))
    named = rubric.consequences.grades[rest] if kind == "grade" else rubric.consequences.awards[rest]
    return text(lang, f"lab_year.{kind}_of", label=_said(named.label, lang, rest))


def _said(labels: Any, lang: str, name: str) -> str:
    return str(labels.get(lang, name))


def _of_row(row: Mapping[str, Any], key: str) -> str:
    return _spanned(Estimate(*(row[f"{key}{end}"] for end in ("", "_low", "_high"))))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _spanned(share: Estimate) -> str:
    """Return a share in percent with its interval."""
    return tenths(share.mean) if share.low is None else f"{tenths(share.mean)} ({tenths_span(share, ' .. ')})"
