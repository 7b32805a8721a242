"""The laboratory: the only floor that sees truth and KPIs together."""

from sim.lab.counts import Counts, counted, counts_of, pooled
from sim.lab.fairness import Arrays, Fairness, fairness, in_order
from sim.lab.intervals import Estimate, jackknife_t, mean_t
from sim.lab.latin import cyclic, square
from sim.lab.marks import Marks, marks_of
from sim.lab.seating import Month, Seated, Trial, month_of_desk, moved_to, one_world, played, role_of, seated
from sim.lab.setting import Lived, Setting
from sim.lab.split import Shares, split
from sim.lab.swap import Clones, clones, swaps
from sim.lab.unseen import one_unseen, rounds, true_marks
from sim.lab.value import value_of
from sim.lab.wrong import Wrong, sanctions, wrong

__all__ = [
    "Arrays",
    "Clones",
    "Counts",
    "Estimate",
    "Fairness",
    "Lived",
    "Marks",
    "Month",
    "Seated",
    "Setting",
    "Shares",
    "Trial",
    "Wrong",
    "clones",
    "counted",
    "counts_of",
    "cyclic",
    "fairness",
    "in_order",
    "jackknife_t",
    "marks_of",
    "mean_t",
    "month_of_desk",
    "moved_to",
    "one_unseen",
    "one_world",
    "played",
    "pooled",
    "role_of",
    "rounds",
    "sanctions",
    "seated",
    "split",
    "square",
    "swaps",
    "true_marks",
    "value_of",
    "wrong",
]
