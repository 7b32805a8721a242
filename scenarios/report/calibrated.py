"""A calibration as tables and sentences: what moves, what that comes to in unseen worlds, and whether it is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimize.thresholds.menu import knots_of
from scenarios.labels import number, unit_label
from scenarios.texts import text

if TYPE_CHECKING:
    from scenarios.lab.thresholds import Calibration, OnDesk
    from scenarios.lab.tiers import Tiers
    from scenarios.lab.verdicts import Verdict
    from sim.kpi.rubric import Item, Rubric
    from sim.lab import Estimate


def changes(before: Rubric, after: Rubric) -> list[dict[str, Any]]:
    """Return the items that changed: points and borders before and after."""
    return [
        {
            "name": old.name, "unit": old.unit, "points": old.max_points, "points_now": new.max_points,
            "borders": _borders(old), "borders_now": _borders(new),
        }
        for old, new in zip(before.items, after.items, strict=True) if old != new
    ]  # fmt: skip


def _borders(item: Item) -> list[float]:
    return list(knots_of(item))


def title_of(lang: str, name: str, found: Calibration, each: OnDesk) -> str:
    """Return who was scored, and where."""
    return text(
        lang, "calibrate.title", name=name, role=each.role, people=each.people, unseen=found.worlds[2],
        tickets=f"{each.tickets:.0f}",
    )  # fmt: skip


def gap_sentence(lang: str, gap: Estimate) -> str:
    """Return whether the validity of the rubric that it is held against is kept in the worlds of the judgement."""
    if gap.mean is None or gap.low is None or gap.high is None:
        return text(lang, "calibrate.gap_unknown")
    key = "gap_kept" if gap.mean >= 0 else "gap_unsure" if gap.high >= 0 else "gap_lost"
    return text(lang, f"calibrate.{key}", mean=f"{gap.mean:+.3f}", low=f"{gap.low:+.3f}", high=f"{gap.high:+.3f}")


def verdict_table(lang: str, found: OnDesk) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: present rubric, calibrated one and ceiling, judged in unseen worlds."""
    names = ("merit", "seat", "luck", "validity", "least_category", "money", "wrong")
    sides = {"present": found.present, "calibrated": found.found, "ceiling": found.ceiling, "against": found.against}
    lines = [[text(lang, f"calibrate.{name}"), *_line(each)] for name, each in sides.items() if each is not None]
    return ["", *(text(lang, f"calibrate.{name}") for name in names)], lines


def frontier_table(lang: str, found: Calibration, place: int = 0) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: what the program found for each limit of the seat's share, in the worlds that decide.

    Parameters
    ----------
    lang
        Language.
    found
        The calibration.
    place
        Number of the desk.
    """
    names = ("spread", "merit", "seat", "money")
    lines = [
        [
            "-" if each.choice is None else f"{each.choice.spread[place]:.1f}",
            *(_line(each.verdicts[place])[at] for at in (0, 1, 5)),
        ]
        for each in found.candidates
    ]
    keys = ["present" if each.choice is None else "choice" for each in found.candidates]
    whose = [text(lang, f"calibrate.{key}") for key in keys]
    heads = ["", *(text(lang, f"calibrate.{name}") for name in names)]
    return heads, [[name, *line] for name, line in zip(whose, lines, strict=True)]


def tiers_table(lang: str, rubric: Rubric, found: Tiers) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: tiers as written, with their shares kept, and at the least wrong-tier money."""
    written = [tier.lower for tier in rubric.tiers if tier.lower is not None]
    lines = []
    for name, cut in (("written", found.written), ("kept", found.kept), ("cheapest", found.cheapest)):
        borders = _row([round(each, 1) for each in cut.borders or written])
        shares = ", ".join(number(each, "1") for each in cut.shares)
        told = [f"{100 * cut.money:.1f}", number(cut.wrong, "1"), f"{cut.pay:.3f}"]
        lines.append([text(lang, f"calibrate.cut_{name}"), borders, shares, *told])
    heads = ("cut_borders", "cut_shares", "money", "wrong", "cut_pay")
    return ["", *(text(lang, f"calibrate.{key}") for key in heads)], lines


def changes_table(lang: str, rubric: Rubric, after: Rubric) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: points and borders of the items that change."""
    lines = [
        [rubric.item(row["name"]).label.get("zh" if lang == "zh" else "en", row["name"]), unit_label(lang, row["unit"]),
         f"{row['points']:g}", f"{row['points_now']:g}", *(_row(row[key]) for key in ("borders", "borders_now"))]
        for row in changes(rubric, after)
    ]  # fmt: skip
    columns = ("item", "unit", "points", "points_now", "borders", "borders_now")
    return [text(lang, f"calibrate.{key}") for key in columns], lines


def _row(borders: list[float]) -> str:
    return ", ".join(f"{each:g}" for each in borders)


def _line(each: Verdict) -> list[str]:
    def share(of: Any) -> str:
        low = "" if of.low is None else f" [{number(of.low, '1')} .. {number(of.high, '1')}]"
        return f"{number(of.mean, '1')}{low}"

    return [
        *(share(of) for of in (each.merit, each.seat, each.luck)),
        "-" if each.validity is None else f"{each.validity:.2f}",
        "-" if each.least_category is None else f"{each.least_category:g}", f"{100 * each.money:.1f}",
        number(each.wrong, "1"),
    ]  # fmt: skip


def answer(lang: str, found: Calibration, each: OnDesk) -> str:
    """Return whether the merit share that was wanted can be had with so many tickets."""
    told = {
        "target": number(found.target, "1"), "ceiling": number(each.ceiling.merit.mean, "1"),
        "found": number(each.found.merit.mean, "1"), "tickets": f"{each.tickets:.0f}", "needed": f"{each.needed:,.0f}",
    }  # fmt: skip
    reached = (each.found.merit.mean or 0.0) >= found.target
    key = "reached" if reached else "short" if each.is_reachable else "cannot"
    return text(lang, f"calibrate.{key}", **told)
