"""The laboratory's further tests as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scenarios.lab.sections import Section
from scenarios.report import page
from scenarios.texts import text


def further_page(path: Path, lang: str, tested: Sequence[Section], title: str, foot: str) -> None:
    """Write the page of further tests.

    Parameters
    ----------
    path
        File of the page.
    lang
        `en` or `zh`.
    tested
        What the tests found.
    title
        Title of the page.
    foot
        What made the figures.
    """
    parts: list[str] = []
    for each in tested:
        parts.append(page.heading(text(lang, f"lab_tests.{each.name}")))
        if each.rows:
            parts.append(page.table(each.heads(lang), each.lines(lang), numbers=each.right()))
        parts += [page.paragraph(line, "note") for line in each.said(lang)]
    page.write(path, page.page(lang, title, parts, foot))
