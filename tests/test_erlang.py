"""Exact queues against formulas of another kind, computed here, and against kept reference values."""

import json
from math import exp, factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim import erlang

LAW = settings(derandomize=True, deadline=None, max_examples=40)
REFERENCES = Path(__file__).parents[2] / "shared" / "references" / "references.json"


def stationary(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the stationary shares of a Markov chain, by solving its balance equations."""
    generator = rates - np.diag(rates.sum(axis=1))
    equations = np.vstack([generator.T, np.ones(len(rates))])
    return np.linalg.lstsq(equations, np.append(np.zeros(len(rates)), 1.0), rcond=None)[0]


def birth_death(per_min: float, leaving: list[float]) -> NDArray[np.float64]:
    rates = np.diag([per_min] * len(leaving), 1) + np.diag(leaving, -1)
    return stationary(rates)


def queue_of(shares: NDArray[np.float64], staff: int) -> tuple[float, float]:
    """Return the share of time in which all are busy, and the mean queue."""
    n = np.arange(len(shares))
    return float(shares[staff:].sum()), float(shares @ np.maximum(n - staff, 0))


# Against formulas of another kind


def test_erlang_b_is_the_last_term_of_a_cut_poisson_law():
    for staff, load in [(0, 2.0), (1, 0.5), (4, 3.7), (20, 18.0)]:
        terms = [load**k / factorial(k) for k in range(staff + 1)]
        assert erlang.erlang_b(staff, load) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


@pytest.mark.parametrize(("per_min", "work_min", "staff"), [(0.8, 1.0, 1), (0.3, 5.0, 2), (4.0, 1.0, 5)])
def test_mmc_solves_the_balance_equations(per_min: float, work_min: float, staff: int):
    p_wait, waiting = queue_of(birth_death(per_min, [min(n, staff) / work_min for n in range(1, 240)]), staff)
    steady = erlang.mmc(per_min, work_min, staff)
    assert steady.p_wait == pytest.approx(p_wait, rel=1e-9)
    assert steady.waiting == pytest.approx(waiting, rel=1e-9)
    assert steady.wait_min == steady.wait_served_min == pytest.approx(waiting / per_min, rel=1e-9)
    assert steady.occupancy == pytest.approx(per_min * work_min / staff)
    assert (steady.p_left, steady.p_blocked) == (0, 0)


def test_the_tail_of_mmc_is_that_of_the_tickets_found_ahead():
    """A ticket that finds staff + k present waits for k + 1 endings: a sum of Erlang laws."""
    per_min, work_min, staff, than_min = 0.3, 5.0, 2, 4.0
    shares = birth_death(per_min, [min(n, staff) / work_min for n in range(1, 200)])
    ended = than_min * staff / work_min
    at_most = np.cumsum([exp(-ended) * ended**j / factorial(j) for j in range(100)])
    expected = sum(float(shares[staff + k]) * at_most[k] for k in range(100))
    assert erlang.mmc_waits_longer(per_min, work_min, staff, than_min) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("load", "staff", "places"), [(0.5, 1, 1), (3.0, 3, 8), (6.0, 3, 5)])
def test_mmck_solves_the_balance_equations(load: float, staff: int, places: int):
    work_min = 2.0
    shares = birth_death(load / work_min, [min(n, staff) / work_min for n in range(1, places + 1)])
    steady = erlang.mmck(load / work_min, work_min, staff, places)
    assert steady.p_blocked == pytest.approx(float(shares[-1]), rel=1e-9)
    assert steady.waiting == pytest.approx(queue_of(shares, staff)[1], abs=1e-12)
    assert steady.p_wait == pytest.approx(float(shares[staff:-1].sum() / shares[:-1].sum()), abs=1e-12)
    busy = float(shares @ np.minimum(np.arange(places + 1), staff))
    assert steady.occupancy == pytest.approx(busy / staff, rel=1e-9)


def test_a_room_for_none_but_those_in_work_is_erlang_b():
    assert erlang.mmck(1.2, 3.0, 4, 4).p_blocked == pytest.approx(erlang.erlang_b(4, 3.6), rel=1e-12)


@pytest.mark.parametrize(("load", "staff", "patience_min"), [(4.0, 3, 2.0), (2.0, 4, 0.3), (9.0, 10, 30.0)])
def test_erlang_a_solves_the_balance_equations(load: float, staff: int, patience_min: float):
    work_min, per_min = 2.0, load / 2.0
    leaving = [min(n, staff) / work_min + max(n - staff, 0) / patience_min for n in range(1, 200)]
    shares = birth_death(per_min, leaving)
    p_wait, waiting = queue_of(shares, staff)
    steady = erlang.erlang_a(per_min, work_min, staff, patience_min)
    assert steady.p_wait == pytest.approx(p_wait, rel=1e-9)
    assert steady.waiting == pytest.approx(waiting, rel=1e-9)
    assert steady.p_left == pytest.approx(waiting / patience_min / per_min, rel=1e-9)
    assert steady.occupancy == pytest.approx(per_min * (1 - steady.p_left) * work_min / staff, rel=1e-9)


def test_those_served_under_erlang_a_wait_as_an_integral_of_the_density_says():
    """The offered wait has density lambda p(c-1) exp(lambda (1 - e^(-theta x)) / theta - c mu x)."""
    per_min, work_min, staff, patience_min, within_min = 2.0, 2.0, 3, 1.5, 0.7
    leaving = [min(n, staff) / work_min + max(n - staff, 0) / patience_min for n in range(1, 150)]
    before_full = float(birth_death(per_min, leaving)[staff - 1])
    x = np.linspace(0, 40, 400_001)
    grown = per_min * patience_min * (1 - np.exp(-x / patience_min)) - staff / work_min * x
    served = per_min * before_full * np.exp(grown - x / patience_min)
    steady = erlang.erlang_a(per_min, work_min, staff, patience_min)
    share_served = 1 - steady.p_left
    assert steady.wait_served_min == pytest.approx(np.trapezoid(served * x, x) / share_served, rel=1e-7)
    soon = x <= within_min + 1e-12
    expected = 1 - steady.p_wait + np.trapezoid(served[soon], x[soon])
    found = erlang.erlang_a_served_within(per_min, work_min, staff, patience_min, within_min)
    assert found == pytest.approx(expected, rel=1e-7)


def test_patience_without_end_is_erlang_c():
    patient, endless = erlang.erlang_a(4.0, 1.0, 5, 1e6), erlang.mmc(4.0, 1.0, 5)
    assert patient.p_wait == pytest.approx(endless.p_wait, rel=1e-4)
    assert patient.wait_served_min == pytest.approx(endless.wait_min, rel=1e-4)
    within = erlang.erlang_a_served_within(4.0, 1.0, 5, 1e6, 0.5)
    assert within == pytest.approx(1 - erlang.mmc_waits_longer(4.0, 1.0, 5, 0.5), rel=1e-4)


@pytest.mark.parametrize(("load", "staff"), [(0.5, 1), (1.6, 2), (4.0, 5)])
def test_mdc_is_the_chain_seen_at_steps_of_one_work_time(load: float, staff: int):
    """N(t + D) = max(N(t) - c, 0) + Poisson(load), iterated to rest; by Little, E[queue] = E[N] - load."""
    size = 200
    poisson = np.exp(-load) * np.cumprod(np.append(1.0, load / np.arange(1, size)))
    present = np.zeros(size)
    present[0] = 1
    for _ in range(400):
        kept = np.append(present[: staff + 1].sum(), present[staff + 1 :])
        present = np.convolve(kept, poisson)[:size]
    steady = erlang.mdc(load / 3.0, 3.0, staff)
    assert steady.waiting == pytest.approx(float(present @ np.arange(size)) - load, rel=1e-8)
    assert steady.p_wait == pytest.approx(float(present[staff:].sum()), rel=1e-9)


def test_mdc_of_one_person_is_pollaczek_khinchine_without_spread():
    constant, formula = erlang.mdc(0.4, 2.0, 1), erlang.mg1(0.4, 2.0, 0.0)
    assert constant.wait_min == pytest.approx(formula.wait_min, rel=1e-9)
    assert constant.p_wait == pytest.approx(formula.p_wait, rel=1e-9)


def test_mg1_with_exponential_work_is_mm1():
    assert erlang.mg1(0.4, 2.0, 1.0).wait_min == pytest.approx(erlang.mmc(0.4, 2.0, 1).wait_min, rel=1e-12)


@pytest.mark.parametrize(("staff", "scv"), [(1, 0.5), (2, 0.5), (1, 3.0), (3, 2.0)])
def test_work_in_two_phases_solves_the_balance_equations(staff: int, scv: float):
    """Every ticket in work carries its phase: a chain of (waiting, phases in work), ticket by ticket."""
    work_min, per_min = 2.0, 0.35 * staff
    if scv == 0.5:
        begin, rates, after = {1: 1.0}, {1: 1.0, 2: 1.0}, {1: 2}
    else:
        p = (1 + ((scv - 1) / (scv + 1)) ** 0.5) / 2
        begin, rates, after = {1: p, 2: 1 - p}, {1: p, 2: 1 - p}, {}
    states = [(0, b) for b in _phases(staff) if len(b) < staff]
    states += [(q, b) for q in range(160) for b in _phases(staff) if len(b) == staff]
    place = {state: i for i, state in enumerate(states)}
    chain = np.zeros((len(states), len(states)))

    def move(begun: tuple[int, tuple[int, ...]], to: tuple[int, tuple[int, ...]], rate: float) -> None:
        if to in place:
            chain[place[begun], place[to]] += rate

    for waiting, busy in states:
        here = (waiting, busy)
        if len(busy) < staff:
            for phase, share in begin.items():
                move(here, (0, tuple(sorted((*busy, phase)))), per_min * share)
        else:
            move(here, (waiting + 1, busy), per_min)
        for i, phase in enumerate(busy):
            others = busy[:i] + busy[i + 1 :]
            if phase in after:
                move(here, (waiting, tuple(sorted((*others, after[phase])))), rates[phase])
            elif waiting == 0:
                move(here, (0, others), rates[phase])
            else:
                for following, share in begin.items():
                    move(here, (waiting - 1, tuple(sorted((*others, following)))), rates[phase] * share)
    shares = stationary(chain)
    steady = erlang.mphc(per_min, work_min, staff, scv)
    assert steady.waiting == pytest.approx(sum(q * shares[place[q, b]] for q, b in states), rel=1e-7)
    full = sum(shares[place[q, b]] for q, b in states if len(b) == staff)
    assert steady.p_wait == pytest.approx(full, rel=1e-7)


def _phases(staff: int) -> list[tuple[int, ...]]:
    return [(1,) * j + (2,) * (n - j) for n in range(staff + 1) for j in range(n + 1)]


def test_one_person_with_two_phase_work_is_pollaczek_khinchine():
    for scv in (0.5, 1.0, 4.0):
        assert erlang.mphc(0.4, 2.0, 1, scv).wait_min == pytest.approx(erlang.mg1(0.4, 2.0, scv).wait_min, rel=1e-9)


def test_two_phases_of_equal_rate_are_mmc():
    assert erlang.mphc(8.0, 1.0, 10, 1.0).wait_min == pytest.approx(erlang.mmc(8.0, 1.0, 10).wait_min, rel=1e-9)


def test_two_priorities_solve_the_balance_equations():
    """States (tickets present, of which high waiting, low waiting); an ending takes the high first."""
    high, low, staff, most = 0.5, 0.7, 2, 45
    states = [(n, 0, 0) for n in range(staff)] + [(staff, h, w) for h in range(most) for w in range(most)]
    place = {state: i for i, state in enumerate(states)}
    generator = np.zeros((len(states), len(states)))
    for n, h, w in states:
        here = place[n, h, w]
        if n < staff:
            generator[here, place[n + 1, 0, 0]] += high + low
        else:
            for to, rate in (((n, h + 1, w), high), ((n, h, w + 1), low)):
                if to in place:
                    generator[here, place[to]] += rate
        ending = (n, h - 1, w) if h else (n, h, w - 1) if w else (n - 1, 0, 0)
        if n:
            generator[here, place[ending]] += n
    generator -= np.diag(generator.sum(axis=1))
    generator[:, -1] = 1.0
    shares = np.linalg.solve(generator.T, np.append(np.zeros(len(states) - 1), 1.0))
    waits = erlang.cobham([high, low], 1.0, staff)
    assert waits[0] == pytest.approx(sum(shares[place[s]] * s[1] for s in states) / high, rel=1e-6)
    assert waits[1] == pytest.approx(sum(shares[place[s]] * s[2] for s in states) / low, rel=1e-6)


def test_priorities_share_out_the_wait_of_a_plain_line():
    """Kleinrock's conservation law: the load-weighted mean wait does not depend on the order of service."""
    rates = [0.2, 0.9, 0.5, 0.3]
    waits = erlang.cobham(rates, 2.0, 5)
    assert list(waits) == sorted(waits)
    plain = erlang.mmc(sum(rates), 2.0, 5).wait_min
    assert np.dot(rates, waits) / sum(rates) == pytest.approx(plain, rel=1e-12)
    assert erlang.cobham([1.9], 2.0, 5)[0] == pytest.approx(erlang.mmc(1.9, 2.0, 5).wait_min, rel=1e-12)


def test_priorities_before_one_person_with_exponential_work_agree_with_the_general_formula():
    rates = [0.1, 0.2, 0.3]
    general = erlang.cobham_mg1(rates, [1.5] * 3, [1.0] * 3)
    assert general == pytest.approx(erlang.cobham(rates, 1.5, 1), rel=1e-12)


def test_the_mean_wait_of_each_class_is_the_area_under_its_tail():
    rates = [0.4, 0.5, 0.6]
    t = np.linspace(0, 60, 3001)
    for rank, mean in enumerate(erlang.cobham(rates, 1.0, 2)):
        tail = [erlang.cobham_waits_longer(rates, 1.0, 2, rank, float(s)) for s in t]
        assert np.trapezoid(tail, t) == pytest.approx(mean, rel=1e-3)


def test_the_tails_of_the_classes_make_up_the_share_that_waits_at_once():
    rates = [0.4, 0.5]
    for rank in range(2):
        assert erlang.cobham_waits_longer(rates, 1.0, 2, rank, 0.0) == pytest.approx(erlang.erlang_c(2, 0.9))
    assert erlang.cobham_waits_longer([0.9], 1.0, 2, 0, 1.3) == pytest.approx(
        erlang.mmc_waits_longer(0.9, 1.0, 2, 1.3), rel=1e-9
    )


# Staff


@LAW
@given(
    per_min=st.floats(0.05, 20),
    work_min=st.floats(0.2, 10),
    share=st.floats(0.05, 0.999),
    within=st.floats(0, 5),
)
def test_the_least_staff_keeps_the_promise_and_one_less_does_not(
    per_min: float, work_min: float, share: float, within: float
):
    staff = erlang.staff_for(per_min, work_min, share, within)
    assert 1 - erlang.mmc_waits_longer(per_min, work_min, staff, within) >= share
    if staff - 1 > per_min * work_min:
        assert 1 - erlang.mmc_waits_longer(per_min, work_min, staff - 1, within) < share


@LAW
@given(per_min=st.floats(0.05, 10), work_min=st.floats(0.2, 5), patience_min=st.floats(0.1, 20))
def test_with_patience_the_least_staff_keeps_the_promise_and_one_less_does_not(
    per_min: float, work_min: float, patience_min: float
):
    staff = erlang.staff_for(per_min, work_min, 0.8, 1 / 3, patience_min)
    assert erlang.erlang_a_served_within(per_min, work_min, staff, patience_min, 1 / 3) >= 0.8
    if staff > 1:
        assert erlang.erlang_a_served_within(per_min, work_min, staff - 1, patience_min, 1 / 3) < 0.8


@LAW
@given(load=st.floats(0.1, 60), staff=st.integers(1, 60), patience_min=st.floats(0.05, 50))
def test_shares_lie_between_0_and_1_and_more_staff_waits_less(load: float, staff: int, patience_min: float):
    few, more = (erlang.erlang_a(load, 1.0, n, patience_min) for n in (staff, staff + 1))
    for share in (few.p_wait, few.p_left, few.occupancy):
        assert 0 <= share <= 1 + 1e-12
    assert more.wait_min <= few.wait_min + 1e-12
    assert few.p_left <= few.p_wait + 1e-12


# What is refused


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (lambda: erlang.erlang_c(5, 5.0), "the load must be below the staff of 5, got 5.0"),
        (lambda: erlang.erlang_c(0, 5.0), "staff must be at least 1, got 0"),
        (lambda: erlang.erlang_b(-1, 5.0), "staff must be at least 0, got -1"),
        (lambda: erlang.erlang_b(1, float("nan")), "load must be finite and above 0, got nan"),
        (lambda: erlang.mmc(-1.0, 1.0, 2), "per_min must be finite and above 0, got -1.0"),
        (lambda: erlang.mmc(1.0, float("inf"), 2), "work_min must be finite and above 0, got inf"),
        (lambda: erlang.mmc_waits_longer(1.0, 1.0, 2, -0.1), "at least 0 minutes, got -0.1"),
        (lambda: erlang.mmck(1.0, 1.0, 3, 2), "at most the 2 places, got 3"),
        (lambda: erlang.erlang_a(1.0, 1.0, 0, 1.0), "staff must be at least 1"),
        (lambda: erlang.erlang_a(9.0, 1.0, 1, 1e9), "patience_min is too long for this load"),
        (lambda: erlang.mg1(0.5, 1.0, -1.0), "scv must be finite and at least 0, got -1.0"),
        (lambda: erlang.mdc(0.9999999, 1.0, 1), "too close to the staff of 1"),
        (lambda: erlang.mphc(0.5, 1.0, 1, 0.7), "scv must be 0.5 .E2. or at least 1"),
        (lambda: erlang.cobham([], 1.0, 1), "per_min must hold at least one class"),
        (lambda: erlang.cobham([0.1, 0.0], 1.0, 1), r"per_min\[1\] must be finite and above 0, got 0.0"),
        (
            lambda: erlang.cobham_mg1([0.1], [1.0, 2.0], [1.0]),
            "each class needs all three figures, got 1, 2, 1",
        ),
        (lambda: erlang.cobham_waits_longer([0.1], 1.0, 1, 1, 1.0), "rank must be in 0 .. 0, got 1"),
        (lambda: erlang.staff_for(1.0, 1.0, 1.0, 1.0), "share must be strictly between 0 and 1, got 1.0"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(question, message: str):
    with pytest.raises(ValueError, match=message):
        question()


# Against kept references


@pytest.fixture(scope="module")
def records() -> list[dict]:
    if not REFERENCES.is_file():
        pytest.skip("the folder of reference values does not lie beside the project")
    return json.loads(REFERENCES.read_text(encoding="utf-8"))["records"]


def of_model(records: list[dict], prefix: str) -> list[tuple[dict, dict]]:
    found = [(record["params"], record["values"]) for record in records if record["id"].startswith(prefix)]
    assert found, prefix
    return found


def test_references_of_erlang_b(records: list[dict]):
    for given_, exact in of_model(records, "erlangB_"):
        assert erlang.erlang_b(given_["c"], given_["a"]) == pytest.approx(exact["blocking"], rel=1e-12)


def test_references_of_mmc(records: list[dict]):
    for given_, exact in of_model(records, "mmc_"):
        queue = (given_["lam"], 1 / given_["mu"], given_["c"])
        steady = erlang.mmc(*queue)
        assert (steady.p_wait, steady.wait_min, steady.waiting, steady.occupancy) == pytest.approx(
            (exact["p_wait"], exact["Wq"], exact["Lq"], exact["occupancy"]), rel=1e-9
        )
        assert 1 - erlang.mmc_waits_longer(*queue, given_["t"]) == pytest.approx(exact["SL(t)"], rel=1e-9)
        if exact["p_wait"] > 0.1:
            assert erlang.mmc_waits_longer(*queue, exact["Wq_p90"]) == pytest.approx(0.1, rel=1e-9)


def test_references_of_erlang_a(records: list[dict]):
    for given_, exact in of_model(records, "erlangA_"):
        queue = (given_["lam"], 1 / given_["mu"], given_["c"], 1 / given_["theta"])
        steady = erlang.erlang_a(*queue)
        found = (steady.p_wait, steady.p_left, steady.waiting, steady.wait_min, steady.wait_served_min)
        names = ("p_wait", "p_abandon", "Lq", "W_all", "W_served")
        assert found == pytest.approx(tuple(exact[name] for name in names), rel=1e-9)
        assert steady.occupancy == pytest.approx(exact["occupancy"], rel=1e-9)
        within = erlang.erlang_a_served_within(*queue, given_["t"])
        assert within == pytest.approx(exact["SL_served_within_t_of_all"], rel=1e-9)


def test_references_of_mmck(records: list[dict]):
    for given_, exact in of_model(records, "mmck_"):
        load = given_["a"] if "a" in given_ else given_["lam"]
        steady = erlang.mmck(load, 1.0, given_["c"], given_["K"])
        found = (steady.p_blocked, steady.p_wait, steady.waiting, steady.wait_min, steady.occupancy)
        names = ("p_block", "p_delay_given_entry", "Lq", "W_all_entering", "occupancy")
        assert found == pytest.approx(tuple(exact[name] for name in names), rel=1e-9)


def test_references_of_one_person_and_any_work(records: list[dict]):
    for given_, exact in of_model(records, "mg1_0"):
        steady = erlang.mg1(given_["lam"], given_["ES"], given_["scv"])
        assert (steady.wait_min, steady.waiting) == pytest.approx((exact["Wq"], exact["Lq"]), rel=1e-9)


def test_references_of_constant_work(records: list[dict]):
    for given_, exact in of_model(records, "mdc_"):
        steady = erlang.mdc(given_["lam"], given_["D"], given_["c"])
        found = (steady.waiting, steady.wait_min, steady.p_wait)
        assert found == pytest.approx((exact["Lq"], exact["Wq"], exact["p_wait"]), rel=1e-9)


def test_references_of_work_in_two_phases(records: list[dict]):
    for given_, exact in of_model(records, "mphc_"):
        steady = erlang.mphc(given_["lam"], given_["ES"], given_["c"], given_["scv"])
        found = (steady.waiting, steady.wait_min, steady.p_wait)
        assert found == pytest.approx((exact["Lq"], exact["Wq"], exact["p_wait"]), rel=1e-9)


def test_references_of_priorities(records: list[dict]):
    for given_, exact in of_model(records, "cobham_"):
        waits = erlang.cobham(given_["lam"], 1 / given_["mu"], given_["c"])
        assert waits == pytest.approx(exact["Wq"], rel=1e-9)
    for given_, exact in of_model(records, "mg1_priority"):
        waits = erlang.cobham_mg1(given_["lam"], given_["ES"], given_["scv"])
        assert waits == pytest.approx(exact["Wq"], rel=1e-9)


def test_references_of_the_tails_of_priorities(records: list[dict]):
    for given_, exact in of_model(records, "priority_tail_"):
        rates = [given_["lam_high"], given_["lam_low"]]
        for rank, name in enumerate(("high", "low")):
            found = [erlang.cobham_waits_longer(rates, 1 / given_["mu"], given_["c"], rank, t) for t in given_["t"]]
            assert found == pytest.approx(exact[name], rel=1e-9, abs=2e-8)


def test_references_of_least_staff(records: list[dict]):
    promises = {"sl80_20s": (0.8, 20), "sl90_15s": (0.9, 15), "sl95_60s": (0.95, 60)}
    for load, exact in of_model(records, "staff_erlangC")[0][1].items():
        found = {
            name: erlang.staff_for(float(load) / 5, 5, share, within_s / 60)
            for name, (share, within_s) in promises.items()
        }
        assert found == exact
