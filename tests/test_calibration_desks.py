"""The desks on which thresholds are calibrated hold the differences that were planted in them."""

import numpy as np
import polars as pl
import pytest

from scenarios import difference, load, read
from sim.crew import crew_of
from sim.experiment import simulate
from sim.lab import month_of_desk, role_of, square
from sim.world import sample

DESKS = ("calibration_like", "calibration_fitted", "calibration_double")


def _pooled(name, worlds, rows):
    """Return good ones and all by person: tickets first resolved and never reopened, process ratings of 4 and 5."""
    desk, _ = month_of_desk(load(name))
    people, chairs = role_of(desk, "agent")
    found = np.zeros((2, 2, len(people)))
    for index in range(worlds):
        world = sample(desk, 1 + index)
        for row in square(len(people), 1, index, rows).tolist():
            seating = {person: chairs[seat] for person, seat in zip(people, row, strict=True)}
            log, _ = simulate(desk.changed(seating=desk.seating | seating), world)
            tickets = log.tickets.with_columns(pl.col("last_resolver").cast(pl.String))
            made = tickets.filter(pl.col("first_resolved_s") < log.until_s - 72 * 3600)
            for place, (rows_of, good) in enumerate((
                (made, pl.col("reopens") == 0),
                (tickets.filter(pl.col("rated_process").is_not_null()), pl.col("rated_process") >= 4),
            )):  # fmt: skip
                sums = rows_of.group_by("last_resolver").agg(good.sum().cast(pl.Int64), n=pl.len())
                for person, yes, n in sums.drop_nulls().rows():
                    found[place, :, people.index(person)] += yes, n
    return found


def _sd_between(good, n):
    """Return the SD between people with the noise of their counts taken off."""
    p = good / n
    return float(np.sqrt(p.var(ddof=1) - (p * (1 - p) / n).mean()))


def test_the_planted_sds_are_measured_in_simulation_within_a_point():
    solved, praised = _pooled("calibration_like", worlds=6, rows=3)
    assert _sd_between(*solved) == pytest.approx(0.05, abs=0.01)
    assert _sd_between(*praised) == pytest.approx(0.05, abs=0.01)


def test_log_speed_has_an_sd_of_15_percent_and_no_ability_goes_with_another():
    crew = crew_of(load("calibration_like"), 1)
    abilities = np.stack([np.log(crew.rate_ppm[:, 0]), crew.quality[:, 0], crew.courtesy])
    assert abilities[0].std(ddof=1) == pytest.approx(0.15, abs=0.002)
    assert np.abs(np.corrcoef(abilities)[np.triu_indices(3, 1)]).max() < 0.1


def test_the_three_desks_differ_in_the_rates_work_and_difficulty_of_their_kinds_alone():
    first, *others = (read(name) for name in DESKS)
    for other in others:
        changed = {each.path.rpartition(".")[2] for each in difference(first, other)} - {"title"}
        assert changed == {"per_week", "difficulty_mean", "mean_min"}


def _difficulty_by_team(desk):
    """Return the mean difficulty of what each team takes, in logits."""
    kinds = desk.demand.kinds
    return np.array([
        np.mean([kinds[skill].difficulty_mean for skill in seat.takes]) for seat in desk.staff.seats.values()
    ])  # fmt: skip


def test_seats_differ_by_nothing_by_the_fitted_sd_and_by_twice_that():
    """Rates of 0.820, 0.905 and 0.873 of the three tiers are logits of 1.52, 2.25 and 1.93 with an SD of 0.37."""
    rates = np.array([0.820, 0.905, 0.873])
    fitted = np.log(rates / (1 - rates)).std(ddof=1)
    found = [_difficulty_by_team(load(name)).std() for name in DESKS]
    assert found == pytest.approx([0, fitted, 2 * fitted], abs=0.01)


def test_every_desk_gives_about_150_tickets_per_person_and_month():
    for name in DESKS:
        per_week = sum(kind.per_week for kind in load(name).demand.kinds.values())
        assert per_week * 30 / 7 / 20 == pytest.approx(150, rel=0.03)
