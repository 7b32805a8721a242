"""The page of a closer look at a log: one ticket, one person's day, the week by hour, queue against capacity."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from scenarios.looks import Looks, first_and_last
from scenarios.plots.course import Course
from scenarios.plots.hours import Week
from scenarios.plots.lanes import MOST_LANES, course_picture, day_picture, word
from scenarios.plots.maps import MOST_ROWS, heat_picture, week_picture
from scenarios.plots.standing import FEW, Queue
from scenarios.plots.walls import moment
from scenarios.plots.working_day import Day
from scenarios.report import page
from scenarios.report.tables import (
    Table,
    about_day,
    about_ticket,
    about_waits,
    about_week,
    balance_table,
    day_notes,
    moments_table,
    nothing_done,
    promises_table,
    touches_table,
    waits_table,
    weekdays_table,
    worked_table,
    worst_table,
)  # fmt: skip
from scenarios.texts import text
from sim.calendar import Timeline


def look_page(path: Path, lang: str, name: str, seed: int | None, looks: Looks) -> None:
    """Write the page of what is shown of a log.

    Parameters
    ----------
    path
        File that is written.
    lang
        `en` or `zh`.
    name
        Name of the log, or of the scenario.
    seed
        Seed of the world, if it was simulated.
    looks
        What is shown.
    """
    log = looks.log
    first, last = first_and_last(log)
    about = {"name": name, "tickets": f"{log.cases.height:,}", "first": first, "last": last, "zone": log.timeline.zone}
    foot = text(lang, "show.of_log", **about) if seed is None else text(lang, "show.of_scenario", seed=seed, **about)
    parts = [page.paragraph(foot)]
    if looks.ticket is not None:
        parts += ticket_parts(looks.ticket, log.timeline, log.priorities, lang)
    if looks.day is not None:
        parts += day_parts(looks.day, log.timeline, lang, looks.near)
    if looks.week is not None:
        parts += week_parts(looks.week, lang)
    if looks.queue is not None:
        parts += queue_parts(looks.queue, lang)
    page.write(path, page.page(lang, text(lang, "show.title", name=name), parts, ""))


def _table(made: Table, marked: Sequence[int] = ()) -> str:
    return page.table(made.heads, made.lines, made.right, marked)


def ticket_parts(found: Course, timeline: Timeline, priorities: Sequence[str], lang: str) -> list[str]:
    """Return the section of a ticket: its time-line, what was promised, its touches, waits and moments."""
    said = text(lang, f"show.closed_{found.closed_by or 'none'}")
    caption = [text(lang, "show.ticket_caption", closed=said)]
    later = sum(each["at_s"] > found.end_s for each in found.moments)
    caption += [text(lang, "show.later", count=later)] if later else []
    people = {each["person"] for each in found.touches if each["person"] and each["started_s"] is not None}
    caption += [text(lang, "show.more_people", count=len(people) - MOST_LANES)] if len(people) > MOST_LANES else []
    return [
        page.heading(text(lang, "show.ticket_head", name=found.name)),
        page.paragraph(about_ticket(found, timeline, lang), "lead"),
        page.figure(course_picture(found, timeline, lang), " ".join(caption)),
        page.subheading(text(lang, "show.promises")), _promises(found, timeline, lang),
        page.subheading(text(lang, "show.touches_head")), _touches(found, timeline, lang),
        page.subheading(text(lang, "show.waits_head")), *_waits(found, timeline, lang),
        page.subheading(text(lang, "show.moments_head")),
        _table(moments_table(found, timeline, priorities, lang)),
    ]  # fmt: skip


def _promises(found: Course, timeline: Timeline, lang: str) -> str:
    if not found.dues:
        return page.paragraph(text(lang, "show.no_promises"))
    late = [place for place, due in enumerate(found.dues) if due.met is False]
    return _table(promises_table(found, timeline, lang), marked=late)


def _touches(found: Course, timeline: Timeline, lang: str) -> str:
    made = touches_table(found, timeline, lang)
    return _table(made) if made.lines else page.paragraph(text(lang, "show.no_touches"))


def _waits(found: Course, timeline: Timeline, lang: str) -> list[str]:
    made = waits_table(found, timeline, lang)
    return [page.paragraph(about_waits(found, lang)), _table(made) if made.lines else ""]


def day_parts(found: Day, timeline: Timeline, lang: str, near: date | None = None) -> list[str]:
    """Return the section of a person's day: the picture, the balance, the touches, and what the person wrote.

    Parameters
    ----------
    found, timeline, lang
        The day; of its log; language.
    near
        The nearest day with something to show, where this one has nothing.
    """
    names = {"person": found.person, "day": found.day.isoformat()}
    parts = [page.heading(text(lang, "show.day_head", **names))]
    if found.empty():
        return [*parts, page.paragraph(nothing_done(found, lang, near), "lead")]
    notes = [text(lang, f"show.{key}", **names) for key in day_notes(found)]
    over = sum(each.lane >= MOST_LANES for each in found.worked)
    notes += [text(lang, "show.more_lanes", count=over)] if over else []
    plain = "" if found.offs is not None else "_log"
    caption = text(lang, f"show.day_caption{plain if found.shifts else '_plain'}")
    return [
        *parts, page.paragraph(about_day(found, lang), "lead"), *(page.paragraph(note, "note") for note in notes),
        page.figure(day_picture(found, timeline, lang), caption), *_balance(found, lang),
        page.subheading(text(lang, "show.touches_head")),
        _table(worked_table(found, timeline, lang)), *_written(found, timeline, lang),
    ]  # fmt: skip


def _balance(found: Day, lang: str) -> list[str]:
    if found.sums["rostered"] is None:
        return []
    return [page.subheading(text(lang, "show.balance_head")), _table(balance_table(found, lang))]


def _written(found: Day, timeline: Timeline, lang: str) -> list[str]:
    """Return the moments of the day, where no touches tell what the person did."""
    if found.worked or not found.moments:
        return []
    heads = [text(lang, f"show.{key}") for key in ("at", "ticket", "what")]
    lines = [[moment(timeline, at_s, True), name, word(lang, "what", what)] for at_s, name, what in found.moments]
    return [page.subheading(text(lang, "show.day_moments", person=found.person)), page.table(heads, lines)]


def week_parts(found: Week, lang: str) -> list[str]:
    """Return the section of the week by hour."""
    plain = found.offered is None and found.staffed is None
    caption = text(lang, f"show.week_caption{'_plain' if plain else ''}", monday=found.monday)
    return [
        page.heading(text(lang, "show.week_head")), page.paragraph(about_week(found, lang)),
        page.figure(week_picture(found, lang), f"{caption} {text(lang, 'show.week_beyond')}"),
        page.subheading(text(lang, "show.by_day_head")),
        _table(weekdays_table(found, lang)),
    ]  # fmt: skip


def queue_parts(found: Queue, lang: str) -> list[str]:
    """Return the section of queue against capacity: by weekday, by team, and the cells where it is worst."""
    kind = "caption" if found.days.free is not None else "only"
    notes = [text(lang, f"show.queue_{kind}_{found.waits_for}", few=FEW)]
    notes += [text(lang, "show.breaks_free")] if found.days.free is not None and not found.breaks_known else []
    parts = [page.heading(text(lang, "show.queue_head"))]
    for key, heat in (("day", found.days), ("team", found.teams)):
        if heat is None:
            continue
        said = notes if key == "day" else []
        if key == "team" and found.no_team >= 0.0005:
            said.append(text(lang, "show.no_team", percent=f"{100 * found.no_team:.1f}"))
        if len(heat.rows) > MOST_ROWS:
            said.append(text(lang, "show.more_rows", count=len(heat.rows) - MOST_ROWS))
        title = text(lang, f"show.queue_{key}_head")
        parts += [page.subheading(title), page.figure(heat_picture(heat, lang), " ".join(said) or title)]
    worst = _table(worst_table(found.days, lang))
    staffed = [] if found.days.on_duty is None else [page.paragraph(text(lang, "show.worst_staffed"), "note")]
    return [*parts, page.subheading(text(lang, "show.worst_head")), *staffed, worst]
