"""The review of a rubric's items as one offline page: what to keep, to mend or to drop, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.notes import reason_in
from scenarios.plots.shares import weights_picture
from scenarios.report import page
from scenarios.texts import text
from sim.kpi.rubric.review import MIN_PEOPLE

if TYPE_CHECKING:
    from sim.kpi.rubric import Figure, ItemReview, Review, RoleReview, Rubric

COLUMNS = ("item", "weight", "decides", "stays", "alike", "beside", "advice")
RIGHT = (1, 2, 3, 4)
"""Columns that hold figures."""

_SHOWN_ALIKE = 0.2
"""The commonest points are shown from this share of all on; below it there are none that are common."""


def review_page(path: Path, lang: str, rubric: Rubric, found: Review, name: str, foot: str) -> None:
    """Write the page of a review.

    Parameters
    ----------
    path
        File of the page.
    lang
        `en` or `zh`.
    rubric
        The rubric.
    found
        As `sim.kpi.rubric.review` returns it.
    name
        Of the rubric, where it has no title in the language.
    foot
        What made the figures.
    """
    parts = [page.paragraph(text(lang, "review.lead"), "lead")]
    for role in found.roles:
        parts += [
            page.heading(text(lang, "review.role", role=role.role)),
            *(page.paragraph(each) for each in role_sentences(lang, role)),
            page.figure(weights_picture(lang, labels(lang, rubric), role), text(lang, "review.caption")),
            page.table(heads(lang), lines(lang, rubric, role), numbers=RIGHT, wordy=True),
            *(page.paragraph(each, "note") for each in without(lang, rubric, role)),
        ]
    left = [text(lang, "review.left_out", role=role, reason=reason_in(lang, reason)) for role, reason in found.left_out]
    limits = [text(lang, f"review.limit_{each}", least=MIN_PEOPLE) for each in ("seat", "worth", "people", "many")]
    parts += [page.points(left)] if left else []
    parts += [page.heading(text(lang, "review.limits")), page.points(limits)]
    title = text(lang, "review.title", rubric=_in(lang, rubric.title, name))
    page.write(path, page.page(lang, title, parts, foot))


def heads(lang: str) -> list[str]:
    """Return the heads of the table of items."""
    return [text(lang, f"review.head_{each}") for each in COLUMNS]


def lines(lang: str, rubric: Rubric, role: RoleReview) -> list[list[str]]:
    """Return a line per item that has points."""
    names = labels(lang, rubric)
    return [
        [
            names[each.item], _share(each.weight), span(each.decides),
            span(each.stays), _alike(lang, each), _beside(lang, names, each),
            text(lang, f"review.advice_{each.advice}"),
        ]
        for each in role.items if each.weight is not None
    ]  # fmt: skip


def without(lang: str, rubric: Rubric, role: RoleReview) -> list[str]:
    """Return which items nobody of a role has points on, as a sentence; nothing if there are none."""
    names = labels(lang, rubric)
    items = [names[each.item] for each in role.items if each.weight is None]
    return [text(lang, "review.no_points", items=text(lang, "score.between_items").join(items))] if items else []


def labels(lang: str, rubric: Rubric) -> dict[str, str]:
    """Return what each item is called."""
    return {item.name: _in(lang, item.label, item.name) for item in rubric.items}


def role_sentences(lang: str, role: RoleReview) -> list[str]:
    """Return what the totals of a role can tell apart, in words."""
    length = text(lang, f"review.length_{role.length}")
    who = {"people": role.people, "periods": role.periods, "length": length, "sd": f"{role.sd:.1f}"}
    if role.stays.value is None:
        return [text(lang, "review.once", **who)]
    said = text(lang, "review.again" if role.stays.value > 0 else "review.not_again", **who, stays=span(role.stays))
    if role.told_apart is None or role.stays.low is None:
        return [said]
    key = "review.forced" if role.told_apart + 1 < role.tiers else "review.apart"
    return [said, text(lang, key, apart=f"{role.told_apart:.1f}", tiers=role.tiers)]


def span(found: Figure) -> str:
    """Return a share in percent with its interval; a dash where it is not known."""
    if found.value is None:
        return "-"
    value = f"{100 * found.value:.0f} %"
    return (
        value
        if found.low is None or found.high is None
        else f"{value} ({100 * found.low:.0f} .. {100 * found.high:.0f})"
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _alike(lang: str, each: ItemReview) -> str:
    if each.alike is None or each.commonest is None or each.alike < _SHOWN_ALIKE:
        return "-"
    return text(lang, "review.alike", share=f"{100 * each.alike:.0f}", points=f"{each.commonest:.3g}", n=each.scores)


def _beside(lang: str, names: Mapping[str, str], each: ItemReview) -> str:
    if each.other is None or each.rho.value is None:
        return "-"
    return text(lang, "review.beside", other=names[each.other], rho=f"{each.rho.value:+.2f}")


def _in(lang: str, said: Mapping[Any, str], other: str) -> str:
    return said.get(lang, other)
