"""What gaming is worth beside being good, and what one person's part-time or leave does to a score."""

import numpy as np
import pytest

from sim.crew import crew_of, named
from sim.desk import CONDUCTS
from sim.lab.moves import abilities, conducts, leave, moved, part_time
from sim.lab.resistance import against, resistance
from sim.lab.setting import Setting
from tests.lab_desks import lab_desk, rated_rubric, short_rubric

UNLIKE = {"ann": {"speed": {"talk": 0.8}, "quality": {"talk": 0.5}}, "ben": {"speed": {"talk": 1.25}}, "cas": {}}


def test_resistance_by_hand():
    """Gains of one SD: speed 3, 5, 4 in three worlds, quality 3 always; gaming 1, 2, 3.

    Speed's square: products of different worlds (3*5 + 3*4 + 5*4) / 3 = 47/3; quality's: 9. SD = sqrt(74/3) = 4.9666.
    Gaming gains 2 on average: resistance 1 - 2 / 4.9666 = .5973. Without world 1: sqrt(5*4 + 9) = 5.3852 and 2.5:
    .5358; without 2: sqrt(12 + 9) = 4.5826 and 2: .5636; without 3: sqrt(15 + 9) = 4.8990 and 1.5: .6938.
    Error = sqrt(2/3 * sum of squares about .5977) = .0991; t(2) = 4.3027: half-width .4188.
    """
    able = {"speed": np.array([3.0, 5.0, 4.0]), "quality": np.array([3.0, 3.0, 3.0])}
    found = against(able, {"token_reply": np.array([1.0, 2.0, 3.0])})
    assert found.sd.mean == pytest.approx(4.9666, abs=1e-4)
    assert found.gains["token_reply"].mean == pytest.approx(2)
    one = found.resistance["token_reply"]
    assert one.mean == pytest.approx(0.5973, abs=1e-4)
    left = np.array([1 - 2.5 / 29**0.5, 1 - 2 / 21**0.5, 1 - 1.5 / 24**0.5])
    half = 4.302653 * np.sqrt(2 / 3 * ((left - left.mean()) ** 2).sum())
    assert one.half_width() == pytest.approx(half, abs=1e-5)


def test_where_nobody_differs_there_is_nothing_to_set_gaming_against():
    found = against({}, {"token_reply": np.array([1.0, 2.0, 3.0])})
    assert found.sd.mean is None
    assert found.resistance["token_reply"].mean is None
    assert abilities(Setting(lab_desk({"ann": {}, "ben": {}}), short_rubric(), "adviser", 3)) == {}


def test_one_sd_of_an_ability_is_that_of_the_people_and_moves_one_person_only():
    """Log speeds -.2231, .2231 and 0: SD .2231; ann's .8 becomes .8 * e^.2231 = 1."""
    setting = Setting(lab_desk(UNLIKE), short_rubric(), "adviser", 3)
    moves = abilities(setting)
    assert set(moves) == {"speed", "quality"}
    assert moves["speed"](setting.base, "ann").speed["talk"] == pytest.approx(1.0)
    sd = np.std([0.5, 0, 0], ddof=1)
    assert moves["quality"](setting.base, "ben").quality["talk"] == pytest.approx(sd)


def test_asking_only_the_content_pays_under_a_rubric_of_ratings():
    """Each of the three, all others honest, earns points by asking the content only: more than by an SD of quality."""
    setting = Setting(lab_desk(UNLIKE), rated_rubric(), "adviser", 4)
    found = resistance(setting, names=["happy_survey"], probes=2)
    assert len(found.probes) == 2
    assert found.gains["happy_survey"].low > 0
    assert found.resistance["happy_survey"].mean is None or found.resistance["happy_survey"].mean < 0.8


def test_no_intensity_is_no_gain_whatever_the_conduct():
    found = moved(Setting(lab_desk(UNLIKE), short_rubric(), "adviser", 3), conducts(0.0), 1)
    for name in CONDUCTS:
        assert (found.gains[name] == 0).all()


def test_part_time_is_the_first_half_of_the_days_and_leave_half_of_the_shifts():
    base = Setting(lab_desk(UNLIKE), short_rubric(), "adviser", 3).base
    assert part_time(base, "ann").days == ("mon", "tue")
    assert part_time(base, "cas").days == ("sat",)
    assert (leave(base, "ann").absent, leave(base, "ann").approved) == (0.5, True)


def test_heads_that_get_names_keep_seat_abilities_and_conduct():
    staff = lab_desk(UNLIKE).staff
    role = staff.roles["adviser"].changed(speed_sd=0.3, quality_sd=0.2, conduct={"pass_on": {"share": 0.5}})
    desk = lab_desk(UNLIKE).changed(staff=staff.changed(persons={}, roles={"adviser": role}))
    before, after = crew_of(desk, 0), crew_of(named(desk), 0)
    assert after.names == tuple(name.replace("#", "_") for name in before.names)
    assert after.seats == before.seats
    for what in ("rate_ppm", "quality", "courtesy", "conduct"):
        assert (getattr(before, what) == getattr(after, what)).all()


def test_impossible_conduct_is_refused():
    with pytest.raises(ValueError, match=r"between 0 and 1, got 1\.5"):
        conducts(1.5)
    with pytest.raises(ValueError, match="unknown conduct 'bribe'; known: token_reply"):
        conducts(1.0, ["bribe"])
    with pytest.raises(ValueError, match="1 person or more"):
        moved(Setting(lab_desk(UNLIKE), short_rubric(), "adviser", 3), {}, 0)
