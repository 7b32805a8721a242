"""Remedies side by side: what a change of rubric, desk or period does to merit, harm, gaming and service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from sim.desk import CONDUCTS, Desk, honest
from sim.experiment import differences
from sim.kpi.rubric import Rubric
from sim.lab.intervals import Estimate, jackknife_t, mean_t
from sim.lab.marks import OBJECTIVE, PAY, Marks
from sim.lab.moves import abilities, conducts, moved_by
from sim.lab.resistance import against
from sim.lab.setting import Setting
from sim.lab.split import merit_shares, split
from sim.lab.trials import Trials, trials
from sim.lab.unseen import UNSEEN
from sim.lab.variants import CHANGES, with_audits
from sim.lab.wrong import off, wrong

type Floats = NDArray[np.float64]
type Figure = float | str | None

LITERAL, QUARTER = "literal", "quarter"
SERVICE = ("wait_mean", "response_overdue_rate", "csat_mean", "cost_total")
"""KPIs that tell what a changed desk costs in service."""
SEATINGS, PROBED_WORLDS = 4, 8
SURELY = 30.0
"""Logit of what always happens."""
AUDITED = 3.0
"""A larger audit looks at so many times the resolutions."""
LARGER, PERFECT = "larger_audit", "perfect_audit"
"""Changes of audits: they are seen by the rubric whose items audits decide, `by_audit` where the literal has none."""

_ESTIMATES = (
    "merit",
    "conduct",
    "seat",
    "luck",
    "validity",
    "wrong_tier",
    "pay_off",
    "resistance",
    "gaming",
    "ability",
)
CHANGED = ("merit_change", "wrong_tier_change", "pay_off_change")
"""Paired with the literal rubric, world by world."""
_ROWS = {"variant": pl.String} | {
    f"{name}{end}": pl.Float64 for name in (*_ESTIMATES, *CHANGED) for end in ("", "_low", "_high")
} | {"gamed_by": pl.String} | {f"{name}_change": pl.Float64 for name in SERVICE}  # fmt: skip


class _Study(NamedTuple):
    """What one variant gave: its row; merit of all worlds and without each; wrong tier and distance of pay by world."""

    row: dict[str, Figure]
    merit: Floats
    tier: Floats
    pay: Floats

    def against(self, literal: _Study, level: float) -> dict[str, Figure]:
        """Return the row, with what changes against the literal rubric."""
        merit, tier, pay = self.merit - literal.merit, self.tier - literal.tier, self.pay - literal.pay
        changes = (jackknife_t(float(merit[0]), merit[1:], level), mean_t(tier, level), mean_t(pay, level))
        told = (_said(name, each) for name, each in zip(CHANGED, changes, strict=True))
        return self.row | {key: value for each in told for key, value in each.items()}


@dataclass(frozen=True, eq=False)
class Remedies:
    """Variants side by side.

    Attributes
    ----------
    variants
        One row per `variant`, the literal rubric first. `merit`, `conduct`, `seat` and `luck` (fit left out) are
        shares of the variance between people, `validity` the rank correlation of expected score and declared value,
        `wrong_tier` the probability of another tier than the true one *under the variant*, `pay_off` how far the
        factor on pay lies from the true one, `resistance` that against the conduct that pays best, `gamed_by`, null
        where ability does not tell from chance; `gaming` and `ability` are the points gained by that conduct and by
        one SD of ability; each with `_low` and `_high`. `merit_change`, `wrong_tier_change` and `pay_off_change` are
        against the literal rubric on the desk as it is, paired world by world, with intervals. `<kpi>_change` is what
        the service loses or gains by it, 0 where only the rubric changes. `quarter` is the literal rubric on three
        months as one period; its resistance is that of a month. `larger_audit` and `perfect_audit` go by `by_audit`,
        so that row is what they are to be compared with.
    left_out
        Variants that change nothing here: no item goes by what they are about, or the rubric is so already.
    worlds, seatings, unseen
        Size of the study.
    """

    variants: pl.DataFrame
    left_out: tuple[str, ...]
    worlds: int
    seatings: int
    unseen: int


def remedies(
    setting: Setting, others: Mapping[str, Rubric] | None = None, *, unseen: int = 100, seatings: int = SEATINGS,
    probed_worlds: int = PROBED_WORLDS,
) -> Remedies:  # fmt: skip
    """Return remedies side by side, all in the same worlds.

    Parameters
    ----------
    setting
        The desk, its people and the literal rubric.
    others
        Further rubrics by name, such as a merged one.
    unseen
        Worlds behind the true tiers, which the shares do not see.
    seatings
        Seatings per world.
    probed_worlds
        Worlds in which gaming is tried by one person, 3 or more.

    Notes
    -----
    It is about those who would be paid by the score. Rubric variants are scored from the same runs, so they differ by
    the rubric alone. People are not modelled to change what they do because the rubric changed: the resistance tells
    what they would gain by it. True tiers are those of each variant, conduct off.
    """
    rubrics, left_out = _rubrics(setting, others or {})
    desks, idle = changed_desks(setting)
    resisted = _resisted(setting, rubrics, probed_worlds)
    studies = _studied(setting, setting.base, rubrics, unseen, seatings)
    literal, same = studies[LITERAL], dict.fromkeys((f"{kpi}_change" for kpi in SERVICE), 0.0)
    rows = [
        {"variant": name, **study.against(literal, setting.level), **resisted[name], **same}
        for name, study in studies.items()
    ]
    quarter = _studied(setting, setting.base, {QUARTER: setting.rubric}, unseen, seatings, months=3)[QUARTER]
    rows.append(rows[0] | {"variant": QUARTER} | quarter.against(literal, setting.level))
    for name, desk in desks.items():
        own = with_audits(setting.rubric, desk) if name in (LARGER, PERFECT) else setting.rubric
        study = _studied(setting, desk, {name: own}, unseen, seatings)[name]
        there = replace(setting, desk=desk)
        rows.append(
            {"variant": name, **study.against(literal, setting.level)}
            | _resisted(there, {name: own}, probed_worlds)[name] | _service(setting, desk)
        )  # fmt: skip
    frame = pl.DataFrame(rows, schema=_ROWS)
    return Remedies(frame, (*left_out, *idle), setting.worlds, min(seatings, len(setting.people)), unseen)


def _rubrics(setting: Setting, others: Mapping[str, Rubric]) -> tuple[dict[str, Rubric], list[str]]:
    literal, audits = setting.rubric, setting.base.outcome.audits
    made = {name: change(literal) for name, change in CHANGES.items() if name != "by_audit" or audits is not None}
    known = {name: rubric for name, rubric in made.items() if rubric is not None}
    return {LITERAL: literal} | dict(others) | known, [name for name in CHANGES if name not in known]


def changed_desks(setting: Setting) -> tuple[dict[str, Desk], list[str]]:
    """Return the base desk with one thing changed, by name, and the names of changes that change nothing here."""
    base, made = setting.base, dict[str, Desk]()
    if base.routing.mode == "pool" and base.routing.policy != "fair_mix":
        made["fair_mix"] = base.changed(routing=base.routing.changed(policy="fair_mix", custom=None, plan=None))
    rated = any(item.kpi is not None and "csat" in item.kpi for item in setting.rubric.items)
    if rated and base.outcome.survey > 0:
        every = base.outcome.changed(survey=1.0, answers_logit=SURELY, answers_per_point=0.0)
        made["all_answer"] = base.changed(outcome=every)
    audits, scored = base.outcome.audits, with_audits(setting.rubric, base)
    if audits is not None and any(item.kpi is not None and "audit" in item.kpi for item in scored.items):
        larger = audits.changed(share=min(1.0, AUDITED * audits.share))
        better = {LARGER: larger, PERFECT: audits.changed(share=1.0, finds=1.0, false_alarm=0.0)}
        made |= {
            name: base.changed(outcome=base.outcome.changed(audits=law))
            for name, law in better.items()
            if law != audits
        }
    return made, [name for name in ("fair_mix", "all_answer", LARGER, PERFECT) if name not in made]


def _studied(
    setting: Setting, desk: Desk, rubrics: Mapping[str, Rubric], unseen: int, seatings: int, *, months: int = 1
) -> dict[str, _Study]:
    """Return shares, validity and harm of every rubric at one desk, from the same runs."""
    plain = honest(desk)
    seen = range(setting.seed, setting.seed + setting.worlds)
    hidden = range(setting.seed + UNSEEN, setting.seed + UNSEEN + unseen)
    scored = tuple(rubrics.values())

    def play(at: Desk, worlds: range, rows: int) -> Trials:
        return trials(
            at, scored, setting.role, worlds, seatings=rows, months=months, run=setting.run, executor=setting.executor
        )

    lived = play(desk, seen, seatings)
    matched = lived if plain is desk else play(plain, seen, seatings)
    truth = play(plain, hidden, 1)
    return {
        name: _figures(setting, rubric, which, lived, matched, truth)
        for which, (name, rubric) in enumerate(rubrics.items())
    }


def _figures(setting: Setting, rubric: Rubric, which: int, lived: Trials, matched: Trials, truth: Trials) -> _Study:
    marks, true = lived.marks(rubric, which), truth.pooled(rubric, which)
    scores = _of(lived, marks, OBJECTIVE)
    plain = None if matched is lived else _of(matched, matched.marks(rubric, which), OBJECTIVE)
    shares = split(scores, lived.seats, honest=plain, level=setting.level)
    given = (lived.shaped(marks.tiers), _of(lived, marks, PAY), true.tiers[0, 0], true.of(PAY)[0, 0])
    harm = wrong(rubric, *given, setting.level)
    found = {
        "merit": shares.merit, "conduct": shares.conduct, "seat": shares.seat, "luck": shares.luck,
        "validity": validity(scores, lived.values, setting.level), "wrong_tier": harm.tier, "pay_off": harm.pay,
    }  # fmt: skip
    row = {key: value for name, each in found.items() for key, value in _said(name, each).items()}
    tier, pay, _ = off(*given)
    return _Study(row, merit_shares(scores, lived.seats, plain), tier, pay)


def _of(of: Trials, marks: Marks, name: str) -> Floats:
    return of.shaped(marks.of(name))


def _said(name: str, each: Estimate) -> dict[str, Figure]:
    return {name: each.mean, f"{name}_low": each.low, f"{name}_high": each.high}


def validity(scores: Floats, values: Floats, level: float = 0.95) -> Estimate:
    """Return the rank correlation of expected score and declared value, with a jackknife over worlds.

    Parameters
    ----------
    scores, values
        Shape (worlds, seatings, people); NaN scores are left out.
    level
        Level of the interval.
    """
    known = ~np.isnan(scores)
    sums, counts = np.where(known, scores, 0.0).sum(axis=1), known.sum(axis=1)
    worth = values.mean(axis=1)

    def ranked(kept: NDArray[np.bool_]) -> float:
        total, n = sums[kept].sum(axis=0), counts[kept].sum(axis=0)
        there = n > 0
        score, value = total[there] / n[there], worth[kept].sum(axis=0)[there]
        return float(stats.spearmanr(score, value).statistic) if np.ptp(score) and np.ptp(value) else np.nan

    every = np.ones(len(scores), dtype=np.bool_)
    without = np.array([ranked(every & (np.arange(len(scores)) != world)) for world in range(len(scores))])
    return jackknife_t(ranked(every), without, level).within(-1, 1)


def _resisted(setting: Setting, rubrics: Mapping[str, Rubric], worlds: int) -> dict[str, dict[str, Figure]]:
    """Return the resistance of every rubric against the conduct that gains most, tried by one person."""
    able, games = abilities(setting), conducts(1.0, CONDUCTS)
    few = replace(setting, worlds=min(worlds, setting.worlds), on_progress=None)
    found = moved_by(few, able | games, tuple(rubrics.values()), 1)
    made: dict[str, dict[str, Figure]] = {}
    for name, gains in zip(rubrics, found, strict=True):
        one = against(
            {move: gains.by_world(move) for move in able}, {move: gains.by_world(move) for move in games},
            gains.probes, setting.level,
        )  # fmt: skip
        means = {move: gain.mean for move, gain in one.gains.items() if gain.mean is not None}
        best = max(means, key=lambda move: means[move]) if means else None
        nothing = Estimate(None, None, None)
        said = _said("resistance", one.resistance[best] if best is not None else nothing)
        gained = _said("gaming", one.gains[best] if best is not None else nothing)
        made[name] = {**said, **gained, **_said("ability", one.sd), "gamed_by": best}
    return made


def _service(setting: Setting, desk: Desk) -> dict[str, Figure]:
    """Return what the changed desk does to the service, in the same worlds."""
    seeds: Sequence[int] = range(setting.seed, setting.seed + setting.worlds)
    rows = differences(setting.base, desk, seeds, SERVICE, level=setting.level, run=setting.run)
    means = dict(rows.select("name", "mean").iter_rows())
    return {f"{name}_change": means.get(name) for name in SERVICE}
