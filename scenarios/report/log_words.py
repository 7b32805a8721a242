"""What a log says of people's figures, in sentences and tables: who would be hurt, what would help."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.labels import label, number, unit_label
from scenarios.notes import reason_in
from scenarios.report.judged import Table, judge_sentences
from scenarios.texts import known, text
from sim.kpi.appraised import Appraised, Standing
from sim.kpi.estimators import Reliability
from sim.kpi.log_fairness import LogFairness
from sim.kpi.log_tiers import TierRisk

ESTIMATORS = ("signal_noise", "split_half", "beta_binomial", "anova", "periods")
LEADING = "signal_noise"
MOVED = 3
"""Places from which on somebody is told to be moved by the mix of cases."""

FEW = 0.5
"""Share of the distance that shrinkage keeps, below which a figure is more luck than person."""

_NAMES = 6


def label_of(lang: str, name: str) -> str:
    """Return the label of a KPI, that of the pieces of work included."""
    return text(lang, f"fairlog.{name}") if known(lang, f"fairlog.{name}") else label(lang, name)


def sentence(found: LogFairness, lang: str) -> str:
    """Return in one sentence how much of people's differences would be there again."""
    leading = found.leading
    if leading is None:
        judged = [] if found.judges is None else judge_sentences(found.judges, lang)[:1]
        return " ".join([*judged, text(lang, "fairlog.nothing", reason=_why_nothing(found, lang))])
    own = leading.reliability_of(LEADING)
    if own is None or own.value is None:
        return text(lang, "fairlog.no_reliability", kpi=label_of(lang, leading.name), people=len(leading.people))
    between = text(lang, "fairlog.no_interval")
    if own.low is not None and own.high is not None:
        between = text(lang, "fairlog.between", low=_from_none(own.low), high=_from_none(own.high))
    key = "fairlog.sentence" if own.value > 0 else "fairlog.sentence_none"
    said = text(
        lang, key, kpi=label_of(lang, leading.name), people=len(leading.people),
        share=_from_none(own.value), between=between,
    )  # fmt: skip
    if leading.most_moved is None or leading.told_apart is None:
        return said
    more = text(lang, "fairlog.sentence_more", moved=leading.most_moved, told=rounded(leading.told_apart))
    return said + more


def _why_nothing(found: LogFairness, lang: str) -> str:
    reasons = dict.fromkeys([*(each.reason or "" for each in found.kpis), *found.untold.values()])
    return "; ".join(reason_in(lang, reason) for reason in reasons if reason) or "-"


def rounded(share: float) -> str:
    """Return a share as a whole number of percent, without the sign."""
    return f"{round(100 * share) + 0}"


def _from_none(share: float) -> str:
    """Return a share in whole percent; what lies below 0 is told as 0."""
    return rounded(max(share, 0.0))


def kpi_table(found: LogFairness, lang: str, wanted: Sequence[float]) -> Table:
    """Return a line per KPI: reliability, tickets needed, places moved, pairs told apart, wrong quarters."""
    least = f"{wanted[0]:g}"
    keys = ("kpi", "people", "reliability", "tickets", "needed", "moved", "told", "wrong")
    heads = [text(lang, f"fairlog.head_{key}", wanted=least) for key in keys]
    lines = []
    for each in found.kpis:
        own = each.reliability_of(LEADING)
        told = None if own is None or each.reason else own
        lines.append([
            label_of(lang, each.name), str(len(each.people)),
            reason_in(lang, each.reason) if each.reason else _with_interval(told),
            _count(told.tickets if told else None),
            _needed(told, lang), "-" if each.most_moved is None else str(each.most_moved), _percent(each.told_apart),
            _percent(each.wrong),
        ])  # fmt: skip
    return Table(heads, lines, (1, 2, 3, 4, 5, 6, 7))


def _with_interval(own: Reliability | None) -> str:
    if own is None or own.value is None:
        return "-"
    return _short(own.value) + ("" if own.low is None else f" ({_short(own.low)} .. {_short(own.high)})")


def _short(value: float | None) -> str:
    """Return a reliability with two digits; how far it is below -1 says nothing."""
    return "-" if value is None else "< -1" if value < -1 else f"{value:.2f}"


def _needed(own: Reliability | None, lang: str) -> str:
    if own is None or own.value is None:
        return "-"
    return text(lang, "fairlog.never") if own.tickets_for[0] is None else _count(own.tickets_for[0])


def _count(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def estimator_table(each: Appraised, lang: str, wanted: Sequence[float]) -> Table:
    """Return a line per estimator, of the figures as they are and of the adjusted ones."""
    heads = [text(lang, f"fairlog.head_{key}") for key in ("estimator", "raw", "adjusted", "n")]
    heads += [text(lang, "fairlog.head_needed", wanted=f"{target:g}") for target in wanted]
    lines = []
    for name in ESTIMATORS:
        raw, own = (each.reliability_of(name, on) for on in ("raw", "adjusted"))
        if own is None or raw is None:
            continue
        needed = [
            "-" if own.value is None else (_count(one) if one else text(lang, "fairlog.never"))
            for one in own.tickets_for
        ]
        why = reason_in(lang, own.reason) if own.reason else _with_interval(own)
        lines.append([text(lang, f"fairlog.by_{name}"), _with_interval(raw), why, _count(own.tickets), *needed])
    return Table(heads, lines, tuple(range(1, 4 + len(wanted))))


def people_title(each: Appraised, lang: str) -> str:
    """Return the title of the table of people."""
    unit = unit_label(lang, each.unit)
    return text(lang, "fairlog.people", kpi=label_of(lang, each.name), unit=unit)


def people_table(each: Appraised, lang: str) -> Table:
    """Return a line per person: the figure, that of like cases, after shrinkage, and the places it may have."""
    keys = ("person", "n", "value", "ratio", "adjusted", "interval", "drawn", "place_raw", "place", "places", "stands")
    heads = [text(lang, f"fairlog.head_{key}") for key in keys]
    lines = [
        [
            one.person, str(one.n), number(one.value, each.unit), "-" if one.ratio is None else f"{one.ratio:.2f}",
            number(one.adjusted, each.unit), _span(one.adjusted_low, one.adjusted_high, each.unit),
            number(one.drawn, each.unit), _place(one.place_raw), _place(one.place),
            "-" if one.place_low is None else f"{one.place_low} .. {one.place_high}", _stands(one, lang),
        ]
        for one in each.people
    ]  # fmt: skip
    return Table(heads, lines, tuple(range(1, 10)))


def _place(place: int | None) -> str:
    return "-" if place is None else str(place)


def _span(low: float | None, high: float | None, unit: str) -> str:
    return "-" if low is None or high is None else f"{number(low, unit)} .. {number(high, unit)}"


def _stands(one: Standing, lang: str) -> str:
    if not one.outside:
        return ""
    key = "far" if abs(one.outside) == 2 else "out"
    return text(lang, f"fairlog.{key}_{'above' if one.outside > 0 else 'below'}")


def hurt(found: LogFairness, lang: str) -> list[str]:
    """Return who would be hurt if the leading KPI were acted upon."""
    each = found.leading
    if each is None:
        return []
    said = []
    if each.wrong_of_labelled is not None:
        said.append(text(lang, "fairlog.hurt_wrong", share=rounded(each.wrong_of_labelled)))
    moved = [one for one in each.people if one.place and one.place_raw and one.place_raw - one.place >= MOVED]
    if moved:
        names = _some([f"{one.person} ({one.place_raw} > {one.place})" for one in moved], lang)
        said.append(text(lang, "fairlog.hurt_mix", people=names))
    few = [one for one in each.people if one.kept is not None and one.kept < FEW]
    if few:
        names = _some([one.person for one in few], lang)
        said.append(text(lang, "fairlog.hurt_few", people=names, count=len(few)))
    alone = [one for one in each.people if one.alone >= FEW]
    if alone:
        said.append(text(lang, "fairlog.hurt_alone", people=_some([one.person for one in alone], lang)))
    if len(found.roles) > 1:
        said.append(text(lang, "fairlog.hurt_roles", roles=_some(found.roles, lang)))
    if each.left_out:
        said.append(text(lang, "fairlog.hurt_left_out", people=each.left_out))
    return said


def _some(names: Sequence[str], lang: str) -> str:
    said = text(lang, "fairlog.between_names").join(names[:_NAMES])
    return said if len(names) <= _NAMES else text(lang, "fairlog.and_more", names=said, more=len(names) - _NAMES)


def helps(found: LogFairness, lang: str, wanted: Sequence[float]) -> list[str]:
    """Return what would help."""
    each = found.leading
    own = None if each is None else each.reliability_of(LEADING)
    if each is None or own is None or own.value is None:
        return []
    needed, has = own.tickets_for[0], own.tickets or 0.0
    values = {"wanted": f"{wanted[0]:g}", "has": _count(has), "needed": _count(needed)}
    if needed is None:
        said = [text(lang, "fairlog.help_never", **values)]
    else:
        said = [text(lang, "fairlog.help_more" if needed > has else "fairlog.help_enough", **values)]
    if each.most_moved:
        said.append(text(lang, "fairlog.help_mix"))
    if each.told_apart is not None and each.told_apart < FEW:
        said.append(text(lang, "fairlog.help_groups"))
    if each.movers is not None and each.movers.reason is not None:
        said.append(text(lang, "fairlog.help_rotate"))
    return said


def tier_sentence(risk: TierRisk, lang: str) -> str:
    """Return how often the tiers of a rubric are wrong."""
    values = {"period": risk.period or "-", "people": risk.people}
    if risk.wrong is None:
        return text(lang, "fairlog.no_tiers", reason=reason_in(lang, risk.reason or "-"), **values)
    each = (
        f"{name} {rounded(wrong)} %" for name, wrong in zip(risk.tiers, risk.wrong_by_tier, strict=True)
    )  # fmt: skip
    by_tier = text(lang, "fairlog.between_names").join(each)
    share = f"{risk.reliability or 0.0:.2f}"
    return text(lang, "fairlog.tiers", wrong=rounded(risk.wrong), reliability=share, by_tier=by_tier, **values)


def pattern_sentence(found: LogFairness, lang: str) -> str:
    """Return who ended contacts at once, beyond the stated false alarm."""
    if found.patterns_reason is not None:
        return text(lang, "fairlog.no_patterns", reason=reason_in(lang, found.patterns_reason))
    named = [each for each in found.patterns if each.named]
    if not named:
        return text(lang, "fairlog.nobody_named", people=len(found.patterns))
    first = named[0]
    return text(
        lang, "fairlog.named", people=_some([each.person for each in named], lang), person=first.person,
        short=rounded(first.short), others=rounded(first.others_short or 0.0), again=rounded(first.again or 0.0),
        long=rounded(first.again_after_long or 0.0),
    )  # fmt: skip


def pattern_table(found: LogFairness, lang: str, shown: int = 5) -> Table:
    """Return a line per person who is named, and of the next ones."""
    keys = ("person", "contacts", "short", "others_short", "again", "again_long", "others_again", "p")
    heads = [text(lang, f"fairlog.head_{key}") for key in keys]
    rows = [each for at, each in enumerate(found.patterns) if each.named or at < shown]
    lines = [
        [
            each.person, f"{each.contacts:,}", _percent(each.short), _percent(each.others_short), _percent(each.again),
            _percent(each.again_after_long), _percent(each.others_again), f"{each.p:.2g}",
        ]
        for each in rows
    ]  # fmt: skip
    return Table(heads, lines, tuple(range(1, 8)))


def seat_sentence(found: LogFairness, lang: str) -> str:
    """Return what those who moved say of person and seat in the leading KPI."""
    first = found.leading or next(iter(found.kpis), None)
    moved = None if first is None else first.movers
    if moved is None or moved.person is None or moved.seat is None or moved.both is None:
        reason = "-" if moved is None or moved.reason is None else reason_in(lang, moved.reason)
        return text(lang, "fairlog.no_seat", reason=reason)
    whole = moved.person.mean + moved.seat.mean + moved.both.mean
    values = {"people": len(moved.people), "seats": moved.seats, "moved": moved.moved, "left_out": moved.left_out}
    if whole <= 0:
        return text(lang, "fairlog.seat_nothing", **values)
    parts: dict[str, str] = {}
    for name, part in (("person", moved.person), ("seat", moved.seat)):
        between = text(lang, "fairlog.no_interval")
        if part.low is not None and part.high is not None:
            between = text(lang, "fairlog.between", low=rounded(part.low / whole), high=rounded(part.high / whole))
        parts |= {name: rounded(part.mean / whole), f"{name}_between": between}
    return text(lang, "fairlog.seat", **values, **parts)


def cannot(found: LogFairness, lang: str) -> list[str]:
    """Return what the log does not show, with the reasons."""
    return [text(lang, f"fairlog.cannot_{key}") for key in found.cannot]
