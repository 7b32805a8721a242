"""The laboratory: the only floor that sees truth and KPIs together."""

from sim.lab.arrays import Arrays
from sim.lab.as_is import components_of, lived_as_is, stability_of
from sim.lab.composite import Parts, best_composite, centred, parts_of
from sim.lab.counts import Counts, counted, counts_of, pooled
from sim.lab.fairness import Fairness, fairness, in_order
from sim.lab.forced import forced_ranking, leavers
from sim.lab.gaps import Gaps, gaps
from sim.lab.given import among, beside, given, pay_off
from sim.lab.groups import (
    Equivalence,
    Rates,
    compare_rates,
    equivalence,
    exchanges,
    four_fifths_false_alarm,
    sign_flips,
)
from sim.lab.heard import Heard, Hearing, hearing, seen_share
from sim.lab.intervals import Estimate, jackknife_t, mean_t
from sim.lab.latin import cyclic, square
from sim.lab.launch import Drift, Launch, launch
from sim.lab.marks import Marks, marks_of
from sim.lab.moves import Moved, abilities, conducts, leave, moved, part_time
from sim.lab.needed import TARGETS, Needed, check_targets, months_to, needed, stepped
from sim.lab.periods import Course, course, one_year, periods_of, year_of_desk
from sim.lab.remedies import Remedies, remedies
from sim.lab.resistance import Resistance, resistance
from sim.lab.seating import (
    Month,
    Seated,
    Trial,
    colleagues,
    marked,
    month_of_desk,
    moved_to,
    one_world,
    played,
    role_of,
    seated,
    stay,
    without_conduct,
)
from sim.lab.setting import Lived, Setting
from sim.lab.split import Shares, split
from sim.lab.stability import Stability, drawn_weights, stability
from sim.lab.swap import Clones, clones, swaps, unlike_pairs
from sim.lab.trials import Trials, trials
from sim.lab.unseen import one_unseen, rounds, true_marks
from sim.lab.value import value_of
from sim.lab.wrong import Wrong, sanctions, wrong

__all__ = [
    "TARGETS",
    "Arrays",
    "Clones",
    "Counts",
    "Course",
    "Drift",
    "Equivalence",
    "Estimate",
    "Fairness",
    "Gaps",
    "Heard",
    "Hearing",
    "Launch",
    "Lived",
    "Marks",
    "Month",
    "Moved",
    "Needed",
    "Parts",
    "Rates",
    "Remedies",
    "Resistance",
    "Seated",
    "Setting",
    "Shares",
    "Stability",
    "Trial",
    "Trials",
    "Wrong",
    "abilities",
    "among",
    "beside",
    "best_composite",
    "centred",
    "check_targets",
    "clones",
    "colleagues",
    "compare_rates",
    "components_of",
    "conducts",
    "counted",
    "counts_of",
    "course",
    "cyclic",
    "drawn_weights",
    "equivalence",
    "exchanges",
    "fairness",
    "forced_ranking",
    "four_fifths_false_alarm",
    "gaps",
    "given",
    "hearing",
    "in_order",
    "jackknife_t",
    "launch",
    "leave",
    "leavers",
    "lived_as_is",
    "marked",
    "marks_of",
    "mean_t",
    "month_of_desk",
    "months_to",
    "moved",
    "moved_to",
    "needed",
    "one_unseen",
    "one_world",
    "one_year",
    "part_time",
    "parts_of",
    "pay_off",
    "periods_of",
    "played",
    "pooled",
    "remedies",
    "resistance",
    "role_of",
    "rounds",
    "sanctions",
    "seated",
    "seen_share",
    "sign_flips",
    "split",
    "square",
    "stability",
    "stability_of",
    "stay",
    "stepped",
    "swaps",
    "trials",
    "true_marks",
    "unlike_pairs",
    "value_of",
    "without_conduct",
    "wrong",
    "year_of_desk",
]
