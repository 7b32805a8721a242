"""What silence and faulty audits do to tiers and pay: as it is, when all answer, when audits see everything."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.desk import Desk, honest
from sim.desk.service import Outcome
from sim.lab.intervals import Estimate, mean_t
from sim.lab.marks import PAY
from sim.lab.setting import Setting
from sim.lab.trials import Trials, trials
from sim.lab.unseen import UNSEEN
from sim.lab.variants import with_audits
from sim.lab.wrong import Wrong, off, wrong
from sim.record.satisfaction import answer_chance

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

SURELY = 30.0
"""Logit of what always happens."""
SEATINGS = 4
"""Seatings per world."""
AS_IS, ANSWERS, AUDITS, BOTH = "as_is", "all_answer", "perfect_audit", "both"
VOICE = ("csat", "process_csat", "nps")
"""How KPIs begin that learners' answers decide."""
TRUE, CONTENT, UNHAPPY = 0.8, 4.0, 2.0
"""A true share of content learners, and the points of those who are content and who are not, as an example."""


@dataclass(frozen=True)
class Heard:
    """One way to hear learners and to audit.

    Attributes
    ----------
    wrong
        Harm beside the true tiers, which are the same for every variant.
    bias
        Mean factor on pay less the true one: below 0 where people get too little on the whole.
    tier_change, pay_change, bias_change
        Probability of a wrong tier, mean distance of pay and bias, less those of the desk as it is, paired by world.
    """

    wrong: Wrong
    bias: Estimate
    tier_change: Estimate
    pay_change: Estimate
    bias_change: Estimate


@dataclass(frozen=True)
class Hearing:
    """Variants of hearing, as it is first.

    Attributes
    ----------
    variants
        `as_is`, and of `all_answer`, `perfect_audit` and `both` those that change something here.
    seen
        Share of content learners that answers show where the true one is `TRUE`, by the desk's survey rule; None
        where nobody is asked.
    worlds, seatings, unseen
        Size of the study.
    """

    variants: dict[str, Heard]
    seen: float | None
    worlds: int
    seatings: int
    unseen: int


def hearing(setting: Setting, *, unseen: int = 100, seatings: int = SEATINGS) -> Hearing | None:
    """Return what silence and faulty audits do to tiers and pay.

    Parameters
    ----------
    setting
        The desk, its people and the rubric.
    unseen
        Worlds behind the true tiers, 2 or more.
    seatings
        Seatings per world.

    Returns
    -------
    Hearing or None
        None if no item of the rubric goes by answers or audits that could be better here. Where the desk has audits,
        items that auditors state are decided by those of the log (`sim.lab.variants.by_audit`), in every variant.

    Notes
    -----
    It is about people whose pay hangs on learners who do not answer. The true tiers are those when all answer, audits
    look at everything and never err, and conduct is off; every variant is compared with them, so variants differ by
    hearing alone. What happens at the desk is the same in every variant. Whoever is silent is taken to think what
    the model says of their satisfaction.
    """
    desks = heard_desks(setting)
    if len(desks) == 1:
        return None
    setting = replace(setting, rubric=with_audits(setting.rubric, setting.base))
    full = honest(list(desks.values())[-1])
    hidden = range(setting.seed + UNSEEN, setting.seed + UNSEEN + unseen)
    true = _played(setting, full, hidden, 1).pooled(setting.rubric)
    tier, pay = true.tiers[0, 0], true.of(PAY)[0, 0]
    seen = range(setting.seed, setting.seed + setting.worlds)
    lived = {name: _lived(setting, _played(setting, desk, seen, seatings)) for name, desk in desks.items()}
    variants = {name: _heard(setting, one, lived[AS_IS], tier, pay) for name, one in lived.items()}
    outcome = setting.base.outcome
    share = seen_share(outcome) if outcome.survey > 0 else None
    return Hearing(variants, share, setting.worlds, min(seatings, len(setting.people)), unseen)


def seen_share(outcome: Outcome, true: float = TRUE, content: float = CONTENT, unhappy: float = UNHAPPY) -> float:
    """Return the share of content learners among those who answer.

    Parameters
    ----------
    outcome
        Its survey rule: who answers.
    true
        Share of content learners among all, in [0, 1].
    content, unhappy
        Satisfaction of those who are content and of those who are not, in points.

    Notes
    -----
    With s the true share and q1, q0 the chances that the content and the unhappy answer: s q1 / (s q1 + (1 - s) q0).

    Examples
    --------
    >>> round(seen_share(Outcome(answers_logit=0.0, answers_per_point=0.0)), 3)
    0.8
    """
    q1, q0 = answer_chance(outcome, np.array([content, unhappy])).tolist()
    return float(true * q1 / (true * q1 + (1 - true) * q0))


def heard_desks(setting: Setting) -> dict[str, Desk]:
    """Return the base desk and, by name, the variants that change what an item goes by; `both` where two do."""
    base, outcome = setting.base, setting.base.outcome
    kpis = [item.kpi for item in with_audits(setting.rubric, base).items if item.kpi is not None]
    better: dict[str, dict[str, object]] = {}
    if outcome.survey > 0 and any(kpi.startswith(VOICE) for kpi in kpis):
        better[ANSWERS] = {"survey": 1.0, "answers_logit": SURELY, "answers_per_point": 0.0}
    if outcome.audits is not None and any(kpi.startswith("audit") for kpi in kpis):
        better[AUDITS] = {"audits": outcome.audits.changed(share=1.0, finds=1.0, false_alarm=0.0)}
    if len(better) == 2:
        better[BOTH] = better[ANSWERS] | better[AUDITS]
    made = {name: base.changed(outcome=outcome.changed(**update)) for name, update in better.items()}
    return {AS_IS: base} | {name: desk for name, desk in made.items() if desk != base}


def _played(setting: Setting, desk: Desk, worlds: range, seatings: int) -> Trials:
    return trials(
        desk, [setting.rubric], setting.role, worlds, seatings=seatings, run=setting.run, executor=setting.executor
    )


def _lived(setting: Setting, found: Trials) -> tuple[Ints, Floats]:
    """Return ranks of tiers and factors on pay, shape (worlds, seatings, people)."""
    marks = found.marks(setting.rubric)
    return found.shaped(marks.tiers), found.shaped(marks.of(PAY))


def _heard(
    setting: Setting, one: tuple[Ints, Floats], as_is: tuple[Ints, Floats], tier: Ints, pay: Floats
) -> Heard:  # fmt: skip
    here, there = (off(*each, tier, pay) for each in (one, as_is))
    changes = [mean_t(mine - others, setting.level) for mine, others in zip(here, there, strict=True)]
    harm = wrong(setting.rubric, *one, tier, pay, setting.level)
    return Heard(harm, mean_t(here[2], setting.level), *changes)
