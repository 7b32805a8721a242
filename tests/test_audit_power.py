"""What audits find: exact chances, the seed's own figures, and simulated audits beside them."""

import json

import numpy as np
import polars as pl
import pytest

from scenarios import load
from scenarios.cli import main
from sim import fast, sample
from sim.desk import Audits, SecondAudit
from sim.lab.audits import caught, detection, failing, points_by_audits, two_audits
from sim.log import write

SURE = Audits(share=0.1, finds=1.0, false_alarm=0.0)


@pytest.mark.parametrize(("tickets", "chance"), [(40, 0.34), (100, 0.65), (200, 0.88)])
def test_a_month_finds_a_tenth_of_unsolved_tickets_as_the_requirements_say(tickets, chance):
    """Requirements, section 4: of 40, 100 and 200 tickets 4, 10 and 20 are audited: 1 - 0.9^4, ^10, ^20."""
    assert detection(tickets, 0.1, SURE).caught[0] == pytest.approx(chance, abs=0.005)


def test_chances_add_up_over_months_and_differ_by_what_is_overlooked():
    """A month misses with (1 - 0.1 x 0.8)^4 = 0.92^4, three with 0.92^12: 0.632 is found; 0.5 is passed in month 3."""
    found = detection(40, 0.1, SURE.changed(finds=0.8), months=6)
    assert found.caught[2] == pytest.approx(1 - 0.92**12)
    assert found.months_to(0.5) == 3
    assert found.months_to(0.99) is None


def test_the_honest_are_suspected_by_false_alarms():
    """Of 10 audits with 2 % false alarms: one or more with 1 - 0.98^10 = 0.183, two or more with 0.016."""
    law = SURE.changed(false_alarm=0.02)
    assert detection(100, 0.3, law).honest == pytest.approx(0.1829, abs=5e-5)
    assert detection(100, 0.3, law, least=2).honest == pytest.approx(0.0162, abs=5e-5)
    assert detection(100, 0.0, law).suspected == detection(100, 0.0, law).honest


def test_a_known_number_of_unsolved_tickets_is_hypergeometric():
    """11 tickets, so 2 are drawn; 3 unsolved, 8 not: none drawn with 8/11 x 7/10; each is found with 1/2.

    One of them with 2 x 3/11 x 8/10, both with 3/11 x 2/10: 1 - 0.50909 - 0.43636 / 2 - 0.054545 / 4.
    """
    assert caught(11, 3, SURE.changed(finds=0.5)) == pytest.approx(1 - 56 / 110 - 48 / 220 - 6 / 440)
    assert caught(11, 0, SURE) == 0.0


def test_the_chance_is_the_mean_over_how_many_are_unsolved():
    """The hypergeometric chance, averaged over a binomial number of unsolved tickets, is that of the law per ticket."""
    from scipy import stats

    law, n, share = SURE.changed(finds=0.9), 40, 0.15
    mean = sum(stats.binom.pmf(k, n, share) * caught(n, k, law) for k in range(n + 1))
    assert mean == pytest.approx(detection(n, share, law).caught[0])


def test_simulated_audits_fail_as_often_as_the_law_says():
    """Two months of the small academy, every third resolution audited: failed audits within 4 standard errors.

    Whether a ticket stands as solved is known to the truth; each is failed by itself, with 0.8 or 0.1.
    """
    desk = load("academy_small").changed(weeks=9)
    law = Audits(share=0.34, after_h=1.0, finds=0.8, false_alarm=0.1)
    desk = desk.changed(outcome=desk.outcome.changed(audits=law))
    log, truth = fast.run(desk, sample(desk, seed=2))
    both = log.tickets.select("ticket", "audit", "reopens", "resolved_s").join(
        truth.tickets.select("ticket", "solved"), on="ticket"
    )
    rows = both.drop_nulls("audit").filter(both.drop_nulls("audit")["reopens"] == 0)
    solved = rows["solved"].to_numpy().astype(float)
    chances = np.where(solved == 1, law.false_alarm, law.finds)
    failed = int((rows["audit"] == 0).sum())
    assert rows.height > 100
    assert failed == pytest.approx(chances.sum(), abs=4 * np.sqrt((chances * (1 - chances)).sum()))
    assert chances.mean() == pytest.approx(failing(1 - solved.mean(), law))


def test_points_that_go_by_audits_by_hand():
    """10 tickets, 2 audited, nothing unsolved, false alarms 10 %: none with 0.81, one with 0.18, two with 0.01.

    Points 5, 3, 0: mean 4.05 + 0.54 = 4.59, mean square 20.25 + 1.62 = 21.87; the truth is 5.
    """
    found = points_by_audits(10, 0.0, Audits(share=0.2, finds=1.0, false_alarm=0.1), (5, 3, 0))
    assert found.mean == pytest.approx(4.59)
    assert found.sd == pytest.approx((21.87 - 4.59**2) ** 0.5)
    assert found.lost == pytest.approx(0.41)
    assert found.lower == pytest.approx(0.19)


def test_small_audits_are_kind_to_those_who_close_unsolved_tickets():
    """20 % unsolved: of 40 tickets about 8 are, which would cost all points; 4 audits find 0.8 of them on average."""
    assert points_by_audits(40, 0.2, SURE, (5, 3, 3, 0)).lost < -2


def test_what_a_second_department_finds_by_hand():
    """A fifth unsolved; the first finds half of it, the second all: both fail 0.1, the second alone 0.1.

    Agreed 0.9; by chance 0.9 x 0.8 + 0.1 x 0.2 = 0.74; kappa 0.16 / 0.26.
    """
    first, second = SURE.changed(finds=0.5), SURE
    found = two_audits(0.2, first, second)
    assert found.table == pytest.approx(np.array([[0.8, 0.1], [0.0, 0.1]]))
    assert found.kappa == pytest.approx(0.16 / 0.26)
    assert (found.missed, found.found_more, found.wrong) == pytest.approx((0.1, 1.0, 0.0))


def test_two_departments_accuse_the_innocent_less_often_than_one():
    """5 % unsolved, finds 0.9, false alarms 0.02: one is wrong in 0.019 of 0.064, both in 0.00038 of 0.04088."""
    law = SURE.changed(finds=0.9, false_alarm=0.02)
    found = two_audits(0.05, law, law)
    assert found.wrong == pytest.approx(0.019 / 0.064)
    assert found.wrong_of_both == pytest.approx(0.00038 / 0.04088)
    assert two_audits(0.0, SURE, SURE).kappa is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: caught(4, 5, SURE), r"0 \.\.\. 4, got 5"),
        (lambda: detection(0, 0.1, SURE), "resolutions must be at least 1"),
        (lambda: detection(10, 1.1, SURE), r"unsolved_share must lie in 0 \.\.\. 1, got 1.1"),
        (lambda: detection(10, 0.1, SURE, least=0), "least must be at least 1"),
        (lambda: two_audits(-0.1, SURE, SURE), "got -0.1"),
        (lambda: points_by_audits(10, 0.1, SURE, ()), "0 failed audits"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_the_command_tells_what_the_audits_of_a_scenario_find(capsys):
    """Rows agree with the exact chances; the honest lose compliance points by false alarms alone."""
    assert main(["rubric", "audit", "aftersales_100", "--scenario", "academy_small", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    law = Audits(**{key: value for key, value in told["inputs"]["audits"].items() if key != "stated"})
    row = next(each for each in told["power"] if each["unsolved_share"] == 0.1)
    assert row["found_3"] == pytest.approx(detection(told["tickets"], 0.1, law).caught[2])
    points = [each for each in told["points"] if each["unsolved_share"] == 0.0]
    assert [each["item"] for each in points] == ["compliance"]
    assert points[0]["lower"] == pytest.approx(1 - (1 - law.false_alarm) ** row["audited"])


def test_the_command_tells_kappa_of_a_simulated_log_that_was_audited_twice(capsys, tmp_path):
    """Of six weeks of the small academy all March resolutions are audited, half of them again by another department."""
    desk = load("academy_small").changed(weeks=6)
    second = SecondAudit(share=0.5, after_h=1.0, finds=0.8, false_alarm=0.1)
    law = desk.outcome.audits.changed(share=1.0, second=second)
    desk = desk.changed(outcome=desk.outcome.changed(audits=law))
    log = fast.run(desk, sample(desk, 1))[0]
    write(log, tmp_path / "log")
    words = ["rubric", "audit", "aftersales_100", "--log", str(tmp_path / "log")]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["agreement"]
    first, again = ((log.moments["reason"].cast(pl.String) == name).sum() for name in ("audit", "second_audit"))
    assert told["n"] == again == -(-first // 2)
    assert told["passed"] + told["only_first"] + told["only_second"] + told["failed"] == told["n"]
    assert 0 < told["low"] < told["kappa"] < told["high"] < 1
    assert main(["--lang", "zh", *words]) == 0
    assert f"{told['kappa']:.2f}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rubric", "audit", "aftersales_100"], "--scenario"),
        (["rubric", "audit", "aftersales_100", "--scenario", "academy_small", "--log", "x"], "name one of the two"),
        (["rubric", "lint", "aftersales_100", "--judges", "ideal"], "--judges"),
    ],
)
def test_the_command_says_what_it_lacks(capsys, words, said):
    assert main(words) == 2
    assert said in capsys.readouterr().err
