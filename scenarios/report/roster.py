"""The page of a roster: people by days in colours, cover against need, what it breaks, and who has how much of what."""

from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from optimize.roster.again import Change
from optimize.roster.checker import broken
from optimize.roster.data import Question, Roster, weekday
from optimize.roster.rules import Rule, Rules
from optimize.roster.shares import shares, totals
from optimize.roster.weeks import Made
from scenarios.report import page
from scenarios.report.tables import Table
from scenarios.texts import text

COLOURS = ("#cfe3f5", "#fbe3b5", "#cdeacb", "#f6cfd4", "#e0d4f0", "#d5ece9", "#ecd9c6", "#dfe3e8")
"""Backgrounds of shifts, dark text stands out on each."""

DARK = "#33415c"
"""Background of nights; their text is white."""

DAYS = 28
"""Days side by side."""


def roster_page(
    path: Path, lang: str, title: str, question: Question, made: Made, changes: Sequence[Change] = ()
) -> None:
    """Write the page of a roster.

    Parameters
    ----------
    path
        File that is written.
    lang
        `en` or `zh`.
    title
        Title of the scenario.
    question, made
        The question and its roster.
    changes
        What changed against a published roster.
    """
    parts = [page.paragraph(_lead(question, made, lang), "lead"), _legend(question, lang)]
    for start in range(0, len(question.days), DAYS):
        days = question.days[start : start + DAYS]
        span = {"first": days[0].isoformat(), "last": days[-1].isoformat()}
        parts += [page.heading(text(lang, "roster.grid_head", **span)), _grid(question, made, days, changes, lang)]
        parts += [page.subheading(text(lang, "roster.cover_head")), _cover(question, made.duties, days, lang)]
    for key, table in (
        ("changes", changes_table(changes, lang)), ("shares", shares_table(question, made, lang)),
        ("broken", broken_table(made, lang)),
    ):  # fmt: skip
        if table.lines:
            parts += [page.heading(text(lang, f"roster.{key}_title", title=title))]
            parts += [
                page.table(table.heads, table.lines, table.right),
                page.paragraph(text(lang, f"roster.{key}_note")),
            ]
    page.write(path, page.page(lang, text(lang, "roster.page_title", title=title), parts, ""))


def _lead(question: Question, made: Made, lang: str) -> str:
    short = sum(each.by for each in made.broken if each.rule == "cover")
    said = text(
        lang, "roster.lead", people=len(question.workers), weeks=question.weeks, first=question.first,
        duties=sum(map(len, made.duties.values())), short=f"{short:g}",
    )  # fmt: skip
    return f"{said} {text(lang, 'roster.stopped')}" if made.stopped else said


def _codes(question: Question) -> dict[str, str]:
    """Return a short name by shift: its first signs, as many as tell it from the others."""
    codes: dict[str, str] = {}
    for turn in question.turns:
        words = turn.name.split("_")
        short = "".join(word[0] for word in words).upper() if len(words) > 1 else turn.name[:1].upper()
        number = 2
        code = short
        while code in codes.values():
            code, number = f"{short}{number}", number + 1
        codes[turn.name] = code
    return codes


def _style(question: Question, shift: str) -> str:
    if question.turn[shift].night:
        return f"background:{DARK};color:#fff"
    return f"background:{COLOURS[list(question.turn).index(shift) % len(COLOURS)]}"


_CELL = "text-align:center;padding:.12rem .1rem;font-size:.72rem;border:1px solid #fff"


def _legend(question: Question, lang: str) -> str:
    codes = _codes(question)
    marks = " ".join(
        f'<span style="{_style(question, turn.name)};padding:.1rem .45rem;border-radius:3px;white-space:nowrap">'
        f"{escape(codes[turn.name])} = {escape(turn.name)}, {_clock(turn.begin_min)}-{_clock(turn.end_min)}</span>"
        for turn in question.turns
    )
    return f'<p style="line-height:2">{marks} {escape(text(lang, "roster.legend"))}</p>'


def _clock(minute: int) -> str:
    return f"{minute % 1440 // 60:02d}:{minute % 60:02d}"


def _heads(days: Sequence[date], lang: str) -> str:
    cells = "".join(
        f'<th style="{_CELL};{"background:#eef1f4" if day.weekday() > 4 else ""}">'
        f"{escape(text(lang, f'roster.{weekday(day)}'))}<br>{day.day}</th>"
        for day in days
    )
    return f"<thead><tr><th></th>{cells}</tr></thead>"


def _wide(heads: str, rows: Sequence[str]) -> str:
    return f'<div class="wide"><table>{heads}<tbody>{"".join(rows)}</tbody></table></div>'


def _grid(question: Question, made: Made, days: Sequence[date], changes: Sequence[Change], lang: str) -> str:
    codes, moved = _codes(question), {(change.person, change.day) for change in changes}
    rows = []
    for pool, workers in question.pools.items():
        rows.append(f'<tr><th colspan="{len(days) + 1}">{escape(pool)}</th></tr>')
        for worker in workers:
            cells = []
            for day in days:
                shift = made.duties.get(worker.name, {}).get(day)
                away = day in worker.leave
                style = _style(question, shift) if shift else "background:#f3f4f6" if away else ""
                style += ";outline:2px solid #c0392b" if (worker.name, day) in moved else ""
                said = codes[shift] if shift else text(lang, "roster.away") if away else ""
                cells.append(f'<td style="{_CELL};{style}">{escape(said)}</td>')
            rows.append(
                f'<tr><td style="white-space:nowrap;font-size:.8rem">{escape(worker.name)}</td>{"".join(cells)}</tr>'
            )
    return _wide(_heads(days, lang), rows)


def _missing(question: Question, roster: Roster) -> dict[tuple[str, ...], float]:
    """Return heads that are missing by shift, day and need."""
    from dataclasses import replace

    only = replace(question, rules=Rules(cover=Rule(price=1.0)))
    return {each.about: each.by for each in broken(only, roster) if each.rule == "cover"}


def _cover(question: Question, roster: Roster, days: Sequence[date], lang: str) -> str:
    missing = _missing(question, roster)
    needs = {(call.shift, call.label, call.day): call.heads for call in question.calls}
    rows = []
    for shift, label in dict.fromkeys((call.shift, call.label) for call in question.calls):
        cells = []
        for day in days:
            heads = needs.get((shift, label, day))
            short = round(missing.get((shift, day.isoformat(), label), 0.0))
            style = "background:#f8d0cd;font-weight:600" if short else ""
            said = "" if heads is None else f"{heads - short}/{heads}" if short else str(heads)
            cells.append(f'<td style="{_CELL};{style}">{said}</td>')
        name = f"{escape(label)}, {escape(shift)}"
        rows.append(f'<tr><td style="white-space:nowrap;font-size:.8rem">{name}</td>{"".join(cells)}</tr>')
    return _wide(_heads(days, lang), rows)


def shares_table(question: Question, made: Made, lang: str) -> Table:
    """Return who has how much of what."""
    keys = ("person", "pool", "full_time", "duties", "hours", "nights", "weekends", "points", "wishes")
    lines = [
        [
            each.person, each.pool, f"{each.full_time:.0%}", str(each.duties), f"{each.hours:g}", str(each.nights),
            str(each.weekends), f"{each.points:g}", f"{each.kept}/{each.wishes}" if each.wishes else "-",
        ]
        for each in shares(question, made.duties)
    ]  # fmt: skip
    return Table([text(lang, f"roster.{key}") for key in keys], lines, tuple(range(2, 9)))


def broken_table(made: Made, lang: str) -> Table:
    """Return the rules that are broken, how often, by how much, and at what price."""
    lines = [
        [
            text(lang, f"roster.rule_{rule}"),
            str(count),
            f"{by:g}",
            text(lang, "roster.must") if cost is None else f"{cost:g}",
        ]
        for rule, (count, by, cost) in totals(made.broken).items()
    ]
    return Table([text(lang, f"roster.{key}") for key in ("rule", "times", "by", "price")], lines, (1, 2, 3))


def changes_table(changes: Sequence[Change], lang: str) -> Table:
    """Return what changed against a published roster."""
    free = text(lang, "roster.free")
    lines = [[change.person, change.day.isoformat(), change.old or free, change.new or free] for change in changes]
    return Table([text(lang, f"roster.{key}") for key in ("person", "day", "old", "new")], lines)


def grid_rows(question: Question, roster: Roster) -> list[dict[str, Any]]:
    """Return the roster as a spreadsheet: a row for each person, a column for each day."""
    return [
        {"person": worker.name, "pool": worker.pool}
        | {day.isoformat(): roster.get(worker.name, {}).get(day, "") for day in question.days}
        for worker in question.workers
    ]
