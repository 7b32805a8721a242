"""Who is hurt by wrong tiers, worked out on paper."""

import numpy as np
import pytest

from sim.lab.wrong import wrong
from tests.lab_desks import short_rubric


def test_wrong_tiers_sanctions_and_pay_by_hand():
    """A pays 1.2, B .8, which is a sanction. Ann deserves A, ben B; three worlds give B B, A A, and ben alone an A.

    Wrong tiers of those known .5, .5 and 1; sanctions not due .5, 0 and 0, missed 0, .5 and 1; pay off by .4 each time:
    .2, .2 and .4, of which too little is .2 in the first. Of 5 person-months two B are seen as A.
    """
    tiers = np.array([[[1, 1]], [[0, 0]], [[-1, 0]]])
    pay = np.array([[[0.8, 0.8]], [[1.2, 1.2]], [[np.nan, 1.2]]])
    found = wrong(short_rubric(), tiers, pay, np.array([0, 1]), np.array([1.2, 0.8]))
    means = [each.mean for each in (found.tier, found.sanction, found.missed, found.pay, found.lost, found.won)]
    assert means == pytest.approx([2 / 3, 1 / 6, 1 / 2, 0.8 / 3, 0.2 / 3, 0.2])
    assert found.confusion.rows() == [
        ("A", "A", pytest.approx(0.2)), ("A", "B", pytest.approx(0.2)), ("B", "A", pytest.approx(0.4)),
        ("B", "B", pytest.approx(0.2)),
    ]  # fmt: skip
    # .0667 -+ 4.3027 x .0667: a distance is not below 0, and a probability not above 1.
    assert (found.lost.low, found.lost.high) == pytest.approx((0, 5.302653 * 0.2 / 3), abs=1e-6)
    assert (found.tier.low, found.tier.high) == (0, 1)
