"""The laboratory: the only floor that sees truth and KPIs together."""

from sim.lab.counts import Counts, counted, counts_of, pooled
from sim.lab.fairness import Arrays, Fairness, fairness, in_order
from sim.lab.intervals import Estimate, jackknife_t, mean_t
from sim.lab.latin import cyclic, square
from sim.lab.marks import Marks, marks_of
from sim.lab.moves import Moved, abilities, conducts, leave, moved, part_time
from sim.lab.resistance import Resistance, resistance
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
    "Moved",
    "Resistance",
    "Seated",
    "Setting",
    "Shares",
    "Trial",
    "Wrong",
    "abilities",
    "clones",
    "conducts",
    "counted",
    "counts_of",
    "cyclic",
    "fairness",
    "in_order",
    "jackknife_t",
    "leave",
    "marks_of",
    "mean_t",
    "month_of_desk",
    "moved",
    "moved_to",
    "one_unseen",
    "one_world",
    "part_time",
    "played",
    "pooled",
    "resistance",
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
