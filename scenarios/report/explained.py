"""What explains a score beside its items: sentences, others, targets, what a change is made of, and the weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.labels import unit_label
from scenarios.plots.control import control_chart
from scenarios.report import page
from scenarios.texts import text
from sim.kpi.control import any_alarm
from sim.kpi.rubric import Rubric

MOST_GROUPS = 4
"""Kinds that are shown of a change."""

type Row = Mapping[str, Any]


def explained(lang: str, rubric: Rubric, found: Row) -> list[str]:
    """Return the sections of a scorecard that explain it, without the sentences.

    Parameters
    ----------
    lang
        `en` or `zh`.
    rubric
        The rubric.
    found
        As `scenarios.why.Reasons.of` returns it.
    """
    return [
        *_targets(lang, rubric, found), *_changes(lang, rubric, found), *_weeks(lang, rubric, found),
        *_standing(lang, rubric, found),
    ]  # fmt: skip


def sentences(lang: str, rubric: Rubric, found: Row) -> list[str]:
    """Return what may be said, one sentence after the other.

    Parameters
    ----------
    lang, rubric, found
        As of `explained`.
    """
    made = []
    for each in found["feedback"]:
        said = _worded(lang, each["values"])
        named = {} if each["item"] is None else {"item": name_of(lang, rubric, each["item"])}
        key = each["key"]
        if key in ("missed", "slow") and each["values"]["kind"] is None:
            key += "_of_no_kind"
        if key == "strongest" and each["values"]["low"] is None:
            key += "_alone"
        made.append(text(lang, f"feedback.{key}", **said, **named))
    return made


def name_of(lang: str, rubric: Rubric, item: str) -> str:
    """Return the label of an item.

    Parameters
    ----------
    lang, rubric
        As of `explained`.
    item
        Its name.
    """
    label: Mapping[Any, str] = rubric.item(item).label
    return label.get(lang, item)


def _worded(lang: str, values: Row) -> dict[str, str]:
    """Return values as words: numbers short, changes with their sign, units by their labels."""
    signed = ("change", "mix", "rate")
    made = {}
    for key, value in values.items():
        if key == "unit":
            made[key] = unit_label(lang, value)
        elif key == "who":
            made[key] = text(lang, f"controllable.{value}")
        elif isinstance(value, float):
            made[key] = f"{value:+.3g}" if key in signed else f"{value:.4g}"
        else:
            made[key] = str(value)
    if "low" in made and "change" in made:
        made |= {key: f"{values[key]:+.3g}" for key in ("low", "high")}
    return made


def _figure(value: float | None, form: str = ".4g") -> str:
    return "-" if value is None else f"{value:{form}}"


def _span(low: float | None, high: float | None, form: str = ".4g") -> str:
    return "" if low is None or high is None else f"{low:{form}} .. {high:{form}}"


def _targets(lang: str, rubric: Rubric, found: Row) -> list[str]:
    parts = [page.heading(text(lang, "target.title"))]
    if not found["targets"]:
        return [*parts, page.paragraph(text(lang, "target.none"))]
    keys = ("item", "now", "goal", "by", "n", "detectable", "told", "reached")
    lines = [_target(lang, rubric, each) for each in found["targets"]]
    heads = [text(lang, f"target.{key}") for key in keys]
    by = "own" if found["reference"] is None else "reference"
    about = text(lang, "target.about"), text(lang, f"target.from_{by}", name=found["reference"])
    return [*parts, page.table(heads, lines, numbers=(1, 4), wordy=True), page.paragraph(" ".join(about), "note")]


def _target(lang: str, rubric: Rubric, each: Row) -> list[str]:
    unit, shown = unit_label(lang, each["unit"]), each["detectable"]
    relative = "" if shown is None or not each["value"] else f" ({shown / abs(each['value']):.0%})"
    reached = text(lang, "target.unknown", of=each["of"])
    if each["reached"] is not None:
        span = f"{each['low']:.0%} .. {each['high']:.0%}"
        reached = text(lang, "target.met", reached=each["reached"], of=each["of"], span=span)
    told = "told" if each["told"] else "not_told" if shown is not None else "never_told"
    return [
        name_of(lang, rubric, each["item"]), f"{each['value']:.4g} {unit}",
        f"{each['target']:.4g} {unit} ({text(lang, f'target.{each["why"]}')})", each["by"], str(each["n"]),
        "-" if shown is None else f"{shown:.3g} {unit}{relative}", text(lang, f"target.{told}_short"), reached,
    ]  # fmt: skip


def _changes(lang: str, rubric: Rubric, found: Row) -> list[str]:
    if not found["changes"]:
        return []
    heads = [text(lang, f"change.{key}") for key in ("item", "before", "after", "change", "mix", "rate", "kinds")]
    lines = []
    for name, each in found["changes"].items():
        kinds = [group for group in each["groups"] if group["mix"] or group["rate"]][:MOST_GROUPS]
        words = [
            text(
                lang, "change.kind", kind=group["group"] or text(lang, "change.no_kind"),
                before=f"{group['share_before']:.0%}", after=f"{group['share_after']:.0%}",
                mix=_figure(group["mix"], "+.2g"), rate=_figure(group["rate"], "+.2g"),
            )
            for group in kinds
        ]  # fmt: skip
        unit = unit_label(lang, rubric.item(name).unit)
        lines.append([
            name_of(lang, rubric, name), _with_n(each, "before", unit), _with_n(each, "after", unit),
            *(f"{each[key]['mean']:+.3g} ({_span(each[key]['low'], each[key]['high'], '+.3g') or '-'})"
              for key in ("change", "mix", "rate")),
            text(lang, "change.between").join(words),
        ])  # fmt: skip
    return [
        page.heading(text(lang, "change.title")), page.table(heads, lines, wordy=True),
        page.paragraph(text(lang, "change.about"), "note"),
    ]  # fmt: skip


def _with_n(each: Row, key: str, unit: str) -> str:
    return f"{each[key]:.4g} {unit} (n {each[f'n_{key}']})"


def _weeks(lang: str, rubric: Rubric, found: Row) -> list[str]:
    parts = []
    for name, course in found["weeks"].items():
        beside = next((each for each in found["standing"] if each["item"] == name), None)
        unit = unit_label(lang, rubric.item(name).unit)
        title = text(lang, "weeks.of_item", item=name_of(lang, rubric, name))
        parts += [page.subheading(title), chart_of(lang, course, _levels(lang, beside), found["person"], unit)]
    return [page.heading(text(lang, "weeks.title")), *parts] if parts else []


def chart_of(lang: str, course: Row, levels: Sequence[tuple[str, float]], who: str, unit: str) -> str:
    """Return a control chart with a caption that says where its limits come from and how often they err.

    Parameters
    ----------
    lang
        `en` or `zh`.
    course
        A `sim.kpi.rubric.Course` as plain data.
    levels
        Label and value of lines to compare with.
    who
        What the legend calls the values.
    unit
        Label of the axis.
    """
    chart = course["chart"]
    said = {key: text(lang, f"weeks.{key}") for key in ("limits", "centre", "out")} | {"value": who}
    known = [each for each in chart["false_alarm"] if each is not None]
    counts = [n for n in chart["n"] if n]
    base = text(lang, f"weeks.{course['limits_from']}")
    if chart["widened"] > 1:
        base += text(lang, "weeks.widened", times=f"{chart['widened']:.3g}")
    caption = text(
        lang, "weeks.caption", how=text(lang, f"weeks.{chart['how']}"), base=base,
        one=f"{sum(known) / max(len(known), 1):.1%}", any=f"{any_alarm(known):.0%}", periods=len(known),
        least=f"{min(counts, default=0):g}", most=f"{max(counts, default=0):g}",
    )  # fmt: skip
    return page.figure(control_chart(chart, levels, said, unit), caption)


def _levels(lang: str, beside: Row | None) -> list[tuple[str, float]]:
    if beside is None:
        return []
    made = [(text(lang, f"standing.{key}"), beside[key]) for key in ("median", "best_quarter")]
    made += [(text(lang, f"benchmark.{each['name']}_short"), each["value"]) for each in beside["published"][:1]]
    return [(label, value) for label, value in made if value is not None]


def _standing(lang: str, rubric: Rubric, found: Row) -> list[str]:
    if not found["standing"]:
        return []
    heads = [text(lang, f"standing.{key}") for key in ("item", "own", "median", "best_quarter", "people", "published")]
    lines = []
    for each in found["standing"]:
        unit = unit_label(lang, rubric.item(each["item"]).unit)
        others = [
            f"{line['value']:.4g} {unit}: {text(lang, f'benchmark.{line["name"]}')}" for line in each["published"]
        ]
        lines.append([
            name_of(lang, rubric, each["item"]), f"{each['value']:.4g} {unit}",
            *(_figure(each[key]) for key in ("median", "best_quarter")), str(each["people"]), "; ".join(others),
        ])  # fmt: skip
    return [
        page.heading(text(lang, "standing.title")), page.table(heads, lines, numbers=(1, 2, 3, 4), wordy=True),
        page.paragraph(text(lang, "standing.about"), "note"),
    ]  # fmt: skip
