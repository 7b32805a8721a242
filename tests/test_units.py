"""Units of the catalogue: a share is a share, and no figure leaves what its unit allows."""

import pytest

from scenarios import load
from scenarios.labels import number, unit_label
from sim import measure, model, sample
from sim.kpi import KPIS


def test_no_figure_lies_outside_of_what_its_kpi_can_be():
    """By person and by kind, where small groups reach the ends of every range."""
    desk = load("academy_small").changed(weeks=2)
    log, _ = model.run(desk, sample(desk, 1))
    seen = set()
    for by in ("person", "kind"):
        for name, mean in measure(log, by=[by]).select("name", "mean").drop_nulls().iter_rows():
            low, high = KPIS[name].possible
            assert low <= mean <= high, name
            seen.add(name)
    assert {"handoffs_mean", "touches_mean", "tickets_per_hour", "csat_mean", "utilisation"} <= seen


def test_a_unit_of_one_is_that_of_a_share_and_of_nothing_else():
    ends = {kpi.name.rpartition("_")[2] for kpi in KPIS.values() if kpi.unit == "1"}
    assert ends <= {"rate", "share", "72h", "followup", "contact", "utilisation"}
    assert not [kpi.name for kpi in KPIS.values() if kpi.unit != "1" and kpi.name.endswith(("_rate", "_share"))]
    assert {name: KPIS[name].unit for name in ("handoffs_mean", "touches_mean", "tickets_per_hour")} == {
        "handoffs_mean": "count", "touches_mean": "count", "tickets_per_hour": "1/h",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "figure", "lang", "said"),
    [
        ("handoffs_mean", "1.70", "en", "per ticket"),
        ("touches_mean", "1.70", "zh", "次/单"),
        ("tickets_per_hour", "1.70", "en", "per h"),
        ("utilisation", "170.0", "en", "%"),
    ],
)
def test_a_table_shows_percent_for_shares_only(name, figure, lang, said):
    unit = KPIS[name].unit
    assert (number(1.7, unit), unit_label(lang, unit)) == (figure, said)
