"""Figures with the kinds of the tickets taken out."""

import polars as pl
import pytest

from scenarios import load
from sim import measure, sample
from sim.experiment import simulate
from sim.kpi import KPIS
from tests.test_kpi_further import LOG

PLAIN = {
    "fcr_mix_adjusted": "fcr_verified_72h", "csat_mix_adjusted": "csat_mean",
    "process_csat_mix_adjusted": "process_csat_mean", "resolution_overdue_mix_adjusted": "resolution_overdue_rate",
}  # fmt: skip


@pytest.fixture(scope="module")
def log():
    desk = load("calibration_double").changed(weeks=3)
    return simulate(desk, sample(desk, 1))[0]


def test_who_resolved_the_tickets_of_a_late_kind_is_charged_for_what_is_beyond_the_kind():
    """Late are 1 of 2 of kind a, 4 of 5 of kind b, 5 of all 7. Ana: 1 of 2, both b: 1/2 - 4/5 + 5/7. Bo: 1 of 2, both
    of kind a: 1/2 - 1/2 + 5/7."""
    rows = measure(LOG, ["resolution_overdue_mix_adjusted"], by="person").select("person", "mean").rows()
    found = dict(rows)
    assert found["ana"] == pytest.approx(1 / 2 - 4 / 5 + 5 / 7, abs=2e-6)
    assert found["bo"] == pytest.approx(5 / 7, abs=2e-6)


@pytest.mark.parametrize("name", PLAIN)
def test_the_overall_level_stays_and_every_kind_comes_to_it(log, name):
    (plain,) = measure(log, [PLAIN[name]])["mean"]
    assert measure(log, [name])["mean"].to_list() == [pytest.approx(plain, abs=3e-6)]
    kinds = measure(log, [name], by="kind")["mean"].to_list()
    assert kinds == [pytest.approx(plain, abs=3e-6)] * 4


def test_people_differ_less_once_kinds_are_taken_out_of_what_hard_kinds_decide(log):
    spread = {
        name: measure(log, [name], by="person").filter(pl.col("person").is_not_null())["mean"].std()
        for name in ("fcr_verified_72h", "fcr_mix_adjusted")
    }
    assert spread["fcr_mix_adjusted"] < 0.75 * spread["fcr_verified_72h"]


def test_an_adjusted_figure_says_which_plain_one_it_stands_on():
    for name, plain in PLAIN.items():
        assert plain in KPIS[name].counts
        assert KPIS[name].better == KPIS[plain].better
