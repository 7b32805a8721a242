"""The split of a score: planted parts are found, clones have no merit, and the fixed square is caught out."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import wraps

import numpy as np
import polars as pl
import pytest

from scenarios.cli import main
from scenarios.files.judges import load_judges
from scenarios.files.rubrics import load_rubric
from scenarios.lab.appraisal import fairness_sentence
from sim import fast, model, sample
from sim.desk import Desk
from sim.kpi.rubric import score
from sim.lab import (
    Estimate,
    colleagues,
    cyclic,
    fairness,
    jackknife_t,
    month_of_desk,
    role_of,
    seated,
    split,
    square,
    value_of,
)
from sim.lab.judges import judge
from sim.lab.unseen import UNSEEN

# --- squares -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [1, 2, 5, 12])
def test_a_square_seats_everybody_once_in_every_seat(people):
    rows = square(people, seed=3, world=7)
    for line in (*rows, *rows.T):
        assert sorted(line.tolist()) == list(range(people))


def test_fewer_seatings_are_the_first_rows_and_another_world_has_other_ones():
    assert (square(6, 1, 0, 2) == square(6, 1, 0)[:2]).all()
    assert (square(6, 1, 0) == square(6, 1, 0)).all()
    assert (square(6, 1, 0) != square(6, 1, 1)).any()
    with pytest.raises(ValueError, match=r"1 \.\.\. 6"):
        square(6, 1, 0, 7)


def test_over_worlds_every_seating_is_equally_likely():
    """3! = 6 seatings, 3,000 worlds: 500 each, sd 20.4; five sd is 102."""
    rows = [tuple(square(3, 11, world, 1)[0].tolist()) for world in range(3000)]
    counts = [rows.count(seating) for seating in set(rows)]
    assert len(counts) == 6
    assert all(abs(n - 500) < 102 for n in counts)


# --- planted parts -----------------------------------------------------------------------------------

PEOPLE = 5


def planted(rng: np.random.Generator, person: float, seat: float, fit: float) -> tuple[np.ndarray, ...]:
    """Return effects that sum to zero, with exactly these variances (fit: its part in one run)."""
    a, b, c = rng.normal(size=PEOPLE), rng.normal(size=PEOPLE), rng.normal(size=(PEOPLE, PEOPLE))
    a, b = (x - x.mean() for x in (a, b))
    c = c - c.mean(axis=0) - c.mean(axis=1, keepdims=True) + c.mean()
    a *= np.sqrt(person * (PEOPLE - 1) / (a**2).sum())
    b *= np.sqrt(seat * (PEOPLE - 1) / (b**2).sum())
    c *= np.sqrt(fit * PEOPLE * (PEOPLE - 1) ** 2 / (PEOPLE - 2) / (c**2).sum())
    return a, b, c


def study(effects, seed, worlds, seatings, luck, company=0.0, fixed=False):
    """Return scores and seats: person + seat + fit + the next seat's occupant + luck + the month."""
    a, b, c = effects
    rng = np.random.default_rng([seed, 5])
    rows = [cyclic(PEOPLE, seatings) if fixed else square(PEOPLE, seed, world, seatings) for world in range(worlds)]
    seats = np.stack(rows)
    occupant = np.argsort(seats, axis=2)
    beside = np.take_along_axis(occupant, (seats + 1) % PEOPLE, axis=2)
    helps = company * np.linspace(-1, 1, PEOPLE)
    month = rng.normal(50, 4, (worlds, 1, 1))
    noise = rng.normal(0, np.sqrt(luck), seats.shape)
    return month + a + b[seats] + c[np.arange(PEOPLE), seats] + helps[beside] + noise, seats


@pytest.mark.parametrize("seatings", [5, 2, 1])
def test_planted_parts_are_recovered_whatever_the_number_of_seatings(seatings):
    """Variances 4, 2, 1 and luck 3: shares .4, .2, .1, .3; 60 studies' mean is within 4 errors."""
    effects = planted(np.random.default_rng(1), 4, 2, 1)
    found = [split(*study(effects, seed, 24, seatings, 3)) for seed in range(60)]
    for part, truth in (("person", 0.4), ("seat", 0.2), ("fit", 0.1), ("luck", 0.3)):
        shares = np.array([getattr(one, part).mean for one in found])
        assert abs(shares.mean() - truth) < 4 * shares.std(ddof=1) / np.sqrt(60) + 0.005
    for one in found:
        assert one.person.mean + one.seat.mean + one.fit.mean + one.luck.mean == pytest.approx(1)


def test_company_counts_as_luck_and_not_as_merit_seat_or_fit():
    """Helping neighbours: their part is in no covariance between worlds, because company is drawn anew."""
    effects = planted(np.random.default_rng(2), 4, 2, 0)
    found = [split(*study(effects, seed, 24, 5, 1, company=2.0)) for seed in range(40)]
    fit = np.array([one.fit.mean for one in found])
    luck = np.array([one.luck.mean for one in found])
    assert abs(fit.mean()) < 4 * fit.std(ddof=1) / np.sqrt(40)
    assert luck.mean() > 0.2


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """200 studies of 12 worlds, three shares each: 90 to 98 % of 600 intervals hold the truth."""
    effects = planted(np.random.default_rng(3), 4, 2, 0)
    held = []
    for seed in range(200):
        one = split(*study(effects, 1000 + seed, 12, 5, 4))
        held += [e.low < truth < e.high for e, truth in ((one.person, 0.4), (one.seat, 0.2), (one.luck, 0.4))]
    assert 0.90 <= np.mean(held) <= 0.98


def test_clones_have_no_merit():
    """Seats differ, people do not: at most 12 of 100 intervals of merit miss 0 (binomial, level 95 %)."""
    effects = planted(np.random.default_rng(4), 0, 4, 0)
    found = [split(*study(effects, seed, 12, 5, 2, company=1.0)).person for seed in range(100)]
    assert sum(not one.low < 0 < one.high for one in found) <= 12
    assert min(one.mean for one in found) < 0


def test_equal_scores_have_no_shares():
    scores = np.full((4, 3, 3), 70.0)
    found = split(scores, np.stack([square(3, 1, w) for w in range(4)]))
    assert found.person.mean is None
    assert found.variance.mean == 0


def test_a_split_refuses_two_people_on_one_seat():
    seats = np.zeros((3, 1, 2), dtype=np.int64)
    with pytest.raises(ValueError, match="a seat of their own"):
        split(np.zeros((3, 1, 2)), seats)


def test_one_part_by_hand():
    """Two people who never change score, 10 and 6, in every seating of 3 worlds: centred +2, -2.

    person = (2^2 + 2^2) / (2 - 1) = 8 = V, so all is merit.
    """
    seats = np.stack([square(2, 1, world) for world in range(3)])
    found = split(np.broadcast_to([10.0, 6.0], seats.shape), seats)
    assert found.variance.mean == pytest.approx(8)
    assert (found.person.mean, found.seat.mean, found.luck.mean) == pytest.approx((1, 0, 0))


def test_the_jackknife_of_a_mean_is_the_t_interval():
    """1, 2, 3, 6: mean 3, sd 2.1602, t(3) = 3.1824: half-width 3.1824 * 2.1602 / 2 = 3.4374."""
    x = np.array([1.0, 2.0, 3.0, 6.0])
    found = jackknife_t(3.0, (x.sum() - x) / 3)
    assert found.half_width() == pytest.approx(3.4374, abs=1e-4)


# --- negative control --------------------------------------------------------------------------------


def volume_scores(seats: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return tickets over the mean of one's team of four: a zero-sum score that depends on the company."""
    speed = np.linspace(0.7, 1.3, 12)
    rate = speed * rng.normal(1, 0.05, seats.shape)
    team = seats // 4
    sums = np.stack([np.where(team == t, rate, 0).sum(axis=-1, keepdims=True) for t in range(3)])
    mean = np.take_along_axis(np.moveaxis(sums, 0, -1)[..., 0, :], team, axis=-1) / 4
    return 100 * rate / mean


def test_the_fixed_cyclic_square_is_biased_on_a_zero_sum_item_and_the_fresh_one_is_not():
    """Sorted by speed, neighbours in the list share a team in most rows of the cyclic square, in every world.

    The truth comes from 40,000 independent random seatings: the variance over people of their mean score,
    over the mean variance within a seating. There is no fit: a person's seat matters only through the
    company.
    """
    rng = np.random.default_rng(8)
    random_seats = rng.permuted(np.tile(np.arange(12), (40_000, 1)), axis=1)
    scores = volume_scores(random_seats, rng)
    truth = scores.mean(axis=0).var(ddof=1) / scores.var(axis=1, ddof=1).mean()
    fresh = np.stack([square(12, 2, world) for world in range(20)])
    fixed = np.stack([cyclic(12)] * 20)
    right, wrong = split(volume_scores(fresh, rng), fresh), split(volume_scores(fixed, rng), fixed)
    assert right.person.low < truth < right.person.high
    assert right.fit.low < 0 < right.fit.high
    assert wrong.person.high < truth
    assert wrong.fit.low > 0.05


# --- a desk ------------------------------------------------------------------------------------------


def tiny_desk(reverse: bool = False, **speeds: float) -> Desk:
    """Return three people in three unlike seats, about 12 tickets a day; the file may be turned round."""
    day = ["mon", "tue", "wed", "thu", "fri"]
    people = {
        name: {"role": "adviser", "speed": {"talk": speed}}
        for name, speed in (speeds or dict.fromkeys("abc", 1.0)).items()
    }
    seats = {
        "early": {"role": "adviser", "team": "t", "takes": ["talk"], "shift": "early"},
        "late": {"role": "adviser", "team": "t", "takes": ["talk"], "shift": "late"},
        "weekend": {"role": "adviser", "team": "t", "takes": ["talk"], "shift": "weekend"},
    }
    if reverse:
        people, seats = dict(reversed(people.items())), dict(reversed(seats.items()))
    data = {
        "start": "2026-03-01", "weeks": 2, "time_zone": "Asia/Shanghai", "priorities": ["normal"],
        "sla": {"priorities": {
            "normal": {"response": {"target_min": 120}, "resolution": {"target_min": 480}},
        }},
        "demand": {"kinds": {"question": {
            "category": "c", "per_week": 84, "priorities": {"normal": 1.0},
            "route": [
                {"department": "d", "skill": "talk", "work": {"law": "gamma", "mean_min": 25, "scv": 0.5}},
            ],
        }}},
        "staff": {
            "roles": {"adviser": {"skills": ["talk"], "wage_per_h": 40}},
            "teams": {"t": {"department": "d"}},
            "shifts": {
                "early": {"days": day, "hours": "08:00-14:00"}, "late": {"days": day, "hours": "14:00-20:00"},
                "weekend": {"days": ["sat", "sun", "mon"], "hours": "09:00-19:00"},
            },
            "seats": seats, "persons": people,
        },
        "outcome": {"solved_logit": 1.5, "survey": 1.0, "answers_logit": 1.0},
    }  # fmt: skip
    return Desk.model_validate_json(json.dumps(data))


@pytest.fixture(scope="module")
def rubric():
    return load_rubric("aftersales_100")


def test_the_month_is_the_first_full_one_with_a_week_before_and_four_days_after():
    desk, month = month_of_desk(tiny_desk().changed(start=date(2026, 2, 10)))
    assert (month.begin, month.end) == (date(2026, 3, 1), date(2026, 4, 1))
    assert desk.start == date(2026, 2, 22)
    assert desk.weeks == 6  # 7 + 31 + 4 = 42 days


def test_clones_on_a_desk_have_no_merit_and_seats_have_a_share(rubric):
    found = fairness(tiny_desk(), rubric, "adviser", 8, seed=5, unseen=6)
    merit, seat = found.shares["merit"], found.shares["seat"]
    assert merit.low < 0 < merit.high
    assert seat.low > 0
    assert sum(share.mean for share in found.shares.values()) == pytest.approx(1)
    assert (found.worlds, found.seatings, found.people) == (8, 3, 3)
    assert found.objective_share == pytest.approx(0.6)
    assert found.shares["conduct"].mean == 0


def test_clones_of_whom_one_closes_early_differ_by_conduct_and_not_by_merit(rubric):
    """Three alike, of whom one closes a third of the tickets early: that one is faster on paper, and no better."""
    desk = tiny_desk()
    plays = desk.staff.persons["a"].changed(conduct={"early_close": 0.6})
    desk = desk.changed(staff=desk.staff.changed(persons=desk.staff.persons | {"a": plays}))
    found = fairness(desk, rubric, "adviser", 8, seed=5, unseen=3)
    volume = found.measures["kpi.task_time"]
    assert volume.conduct.low > 0
    assert volume.merit.low < 0 < volume.merit.high
    assert found.arrays.honest is not found.arrays.lived
    assert "fairness.no_conduct" not in {note.key for note in found.notes}
    assert sum(share.mean for share in found.shares.values()) == pytest.approx(1)


def test_nobody_with_any_conduct_costs_no_run_and_is_said(rubric):
    runs = []

    def run(desk, world):
        runs.append(desk)
        return model.run(desk, world)

    found = fairness(tiny_desk(), rubric, "adviser", 3, seatings=1, unseen=3, run=run)
    assert len(runs) == 3 + 3
    assert [note.key for note in found.notes] == ["fairness.no_conduct", "fairness.few"]
    assert found.shares["conduct"] == Estimate(0.0, 0.0, 0.0)


def test_every_world_of_a_study_has_tickets_and_a_square_of_its_own(rubric):
    seen = []

    def run(desk, world):
        seen.append((world.seed, dict(desk.seating)))
        return model.run(desk, world)

    fairness(tiny_desk(), rubric, "adviser", 4, seed=5, seatings=2, run=run, unseen=4)
    people, chairs = role_of(tiny_desk(), "adviser")
    squares = [square(3, 5, index, 2) for index in range(4)]
    played = [
        (5 + index, {person: chairs[seat] for person, seat in zip(people, row.tolist(), strict=True)})
        for index, rows in enumerate(squares)
        for row in rows
    ]
    assert seen[:8] == played
    assert [seed for seed, _ in seen[8:]] == [5 + UNSEEN + index for index in range(6)]
    for first in (8, 11):
        assert all({seating[person] for _, seating in seen[first : first + 3]} == set(chairs) for person in people)
    assert len({rows.tobytes() for rows in squares}) > 1


def test_neither_the_order_of_the_staff_list_nor_the_workers_change_anything(rubric):
    speeds = {"a": 0.7, "b": 1.0, "c": 1.4}
    one = fairness(tiny_desk(**speeds), rubric, "adviser", 3, unseen=3)
    turned, pool = tiny_desk(reverse=True, **speeds), lambda: ThreadPoolExecutor(2)
    other = fairness(turned, rubric, "adviser", 3, unseen=3, executor=pool)
    assert one.shares == other.shares
    assert one.measures == other.measures
    assert one.persons.equals(other.persons)
    assert (one.validity, one.wrong_tier, one.variance) == (other.validity, other.wrong_tier, other.variance)


def test_a_role_of_one_or_a_misspelt_role_is_refused(rubric):
    with pytest.raises(ValueError, match="unknown role 'advisor'; known: adviser"):
        fairness(tiny_desk(), rubric, "advisor", 3)
    lonely = tiny_desk().changed(
        staff=tiny_desk().staff.changed(persons={}, seats={"early": tiny_desk().staff.seats["early"]})
    )
    with pytest.raises(ValueError, match=r"too few people \(1\); at least 2"):
        fairness(lonely, rubric, "adviser", 3)


def with_persons(desk: Desk, **changes: dict) -> Desk:
    """Return a desk with some people changed."""
    people = {name: desk.staff.persons[name].changed(**change) for name, change in changes.items()}
    return desk.changed(staff=desk.staff.changed(persons=desk.staff.persons | people))


def test_who_may_not_sit_everywhere_stays_and_the_others_are_told_apart(rubric):
    desk = with_persons(tiny_desk(), b={"forbidden_kinds": ("question",)})
    assert role_of(desk, "adviser") == (["a", "c"], ["early#1", "weekend#1"])
    assert colleagues(desk, "adviser") == ["a", "c", "b"]
    found = fairness(desk, rubric, "adviser", 3, unseen=2)
    assert found.arrays.people == ("a", "c")
    notes = {note.key: dict(note.values) for note in found.notes}
    assert notes["fairness.staying"] == {"people": "b"}
    assert notes["fairness.few"] == {"people": 2}


def test_forbidden_pairs_that_leave_no_seating_are_refused(rubric):
    desk = with_persons(tiny_desk(), **{name: {"forbidden_kinds": ("question",)} for name in "bc"})
    with pytest.raises(ValueError, match="keep b, c from seats of the role, which leaves no seating to compare"):
        fairness(desk, rubric, "adviser", 3)


def test_a_rubric_of_which_no_log_decides_anything_is_refused(rubric):
    judged = tuple(item for item in rubric.items if item.kpi is None)
    kept = {name: each for name, each in rubric.categories.items() if any(item.category == name for item in judged)}
    weight = sum(each.weight for each in kept.values())
    kept = {name: each.changed(weight=each.weight / weight) for name, each in kept.items()}
    with pytest.raises(ValueError, match="no item of the rubric can be decided by a simulated log"):
        fairness(tiny_desk(), rubric.changed(items=judged, categories=kept), "adviser", 3, unseen=3)


@pytest.mark.parametrize(("stops", "worlds", "unseen"), [(4 * 3 + 1, 4, 0), (5 * 3 + 4, 5, 3)])
def test_a_study_that_is_stopped_tells_what_it_has(rubric, stops, worlds, unseen):
    """Three runs a world: stopped in the fifth world, or in the fourth unseen one; a round of three unseen counts."""
    runs = []

    def run(desk, world):
        runs.append(world)
        if len(runs) > stops:
            raise KeyboardInterrupt
        return fast.run(desk, world)

    found = fairness(tiny_desk(), rubric, "adviser", 5, unseen=6, run=run)
    assert (found.interrupted, found.worlds, found.unseen) == (True, worlds, unseen)
    assert (found.wrong_tier.mean is None) == (unseen == 0)
    assert "fairness.interrupted" in {note.key for note in found.notes}
    assert found.shares["seat"].low is not None


def test_a_study_that_is_stopped_before_three_worlds_has_nothing(rubric):
    def run(desk, world):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fairness(tiny_desk(), rubric, "adviser", 5, run=run)


def test_judges_add_a_total_whose_points_are_those_that_they_state(rubric):
    """The items that people judge earn what `judge` states, and the total is that of the log with these appraisals."""
    desk, judges = tiny_desk(a=0.7, b=1.0, c=1.3), load_judges("default")
    found = fairness(desk, rubric, "adviser", 3, seatings=1, unseen=3, judges=judges, seed=2)
    assert found.headline == "total"
    assert found.measures["objective"].merit != found.measures["total"].merit
    assert "item.communication" in found.measures
    moved, month = month_of_desk(desk)
    sat = seated(moved, "adviser", square(3, 2, 0, 1)[0].tolist())
    log, truth = fast.run(sat, sample(sat, 2))
    appraised = log.having(appraisals=judge(log, truth, sat, rubric, judges, 2))
    scored = score(appraised, rubric, level=None).filter(pl.col("period") == f"{month.begin:%Y-%m}").sort("person")
    assert found.arrays.lived["total"][0, 0] == pytest.approx(scored["total"].to_numpy())
    assert found.arrays.lived["objective"][0, 0] == pytest.approx(scored["objective"].to_numpy())


def test_value_is_work_content_of_what_held_less_the_reopenings():
    """By the truth: each ticket that held is worth its work, each reopening costs 0.5 x 25 min."""
    desk, month = month_of_desk(tiny_desk())
    log, truth = model.run(desk, sample(desk, 1))
    first, last = (log.timeline.second(day, 0) for day in (month.begin, month.end))
    tickets = log.tickets.filter(pl.col("resolved_s").is_between(first, last - 1)).join(truth.tickets, on="ticket")
    reopened = log.moments.filter((pl.col("what") == "reopened") & pl.col("at_s").is_between(first, last - 1)).height
    assert reopened > 0
    total = tickets["work_ms"].sum() - reopened * 750_000
    assert sum(value_of(log, truth, desk, month.begin, month.end).values()) == total


def test_the_sentence_says_the_shares_in_both_languages(rubric):
    found = fairness(tiny_desk(), rubric, "adviser", 3, unseen=3)
    for lang, words in (("en", ("merit", "seat", "luck")), ("zh", ("能力", "席位", "运气"))):
        said = fairness_sentence(found, lang)
        assert all(word in said for word in words)
        assert f"{100 * found.shares['seat'].mean:.0f}" in said


# --- the command line --------------------------------------------------------------------------------


def document_of(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_score_gives_one_document_with_the_agreed_keys(capsys):
    made = document_of(capsys, "score", "academy_small", "--rubric", "aftersales_100")
    keys = {"person", "role", "period", "total", "low", "high", "tier", "objective_share", "items"}
    keys |= {"profile", "objective"}
    assert {frozenset(row) for row in made["people"]} == {frozenset(keys)}
    assert len(made["people"]) == 6
    assert made["seed"] == 1


def test_fairness_gives_one_document_with_shares_that_sum_to_one_and_the_same_twice(capsys):
    words = ("fairness", "academy_small", "--role", "service_agent", "--worlds", "3", "--workers", "1", "--unseen", "2")
    made = document_of(capsys, *words, "--seatings", "1")
    assert set(made["shares"]) == {"merit", "conduct", "seat", "fit", "luck"}
    assert sum(share["mean"] for share in made["shares"].values()) == pytest.approx(1)
    assert {"validity", "reliability", "wrong_tier"} <= set(made)
    assert {"objective", "pay", "category.attitude", "item.response", "kpi.volume"} <= {
        row["name"] for row in made["measures"]
    }
    for row in made["measures"]:
        shares = [row[part]["mean"] for part in ("merit", "conduct", "seat", "fit", "luck")]
        assert shares == [None] * 5 or sum(shares) == pytest.approx(1)
    assert sum(row["share"] for row in made["confusion"]) == pytest.approx(1)
    off = sum(row["share"] for row in made["confusion"] if row["true"] != row["tier"])
    assert off == pytest.approx(made["wrong_tier"]["mean"])
    assert made == document_of(capsys, *words, "--seatings", "1")


def test_an_unknown_role_is_bad_input_and_no_traceback(capsys):
    assert main(["fairness", "academy_small", "--role", "nobody"]) == 2
    assert "unknown role 'nobody'; known: academic_officer" in capsys.readouterr().err


def test_a_year_besides_says_how_long_it_takes(capsys):
    words = ("fairness", "academy_small", "--role", "service_agent", "--worlds", "3", "--workers", "1", "--unseen", "2")
    made = document_of(capsys, *words, "--seatings", "1", "--years", "3", "--reliability", "0.75")
    year = made["course"]
    assert [each["target"] for each in year["needed"]] == [0.75]
    assert set(year["lengths"]) == {"month", "quarter", "year"}
    assert {"rank.top", "grade.fail", "ladder.sanction.sanction"} <= {row["what"] for row in year["brought"]}


@pytest.mark.parametrize("target", ["1", "0", "-0.5", "much", "nan"])
def test_a_reliability_of_one_or_one_without_a_year_is_bad_input(capsys, target):
    assert main(["fairness", "academy_small", "--years", "3", f"--reliability={target}"]) == 2
    assert "a share above 0 and below 1 was expected" in capsys.readouterr().err
    assert main(["fairness", "academy_small", "--reliability", "0.8"]) == 2
    assert "--years" in capsys.readouterr().err


def test_a_stopped_study_ends_with_three_and_leaves_its_document(capsys, tmp_path, monkeypatch):
    runs = []

    @wraps(fast.run)
    def run(desk, world):
        runs.append(world)
        if len(runs) > 9:
            raise KeyboardInterrupt
        return fast.run(desk, world)

    monkeypatch.setattr("scenarios.commands.common.engine_of", lambda *_: run)
    words = ["fairness", "academy_small", "--role", "service_agent", "--worlds", "6", "--workers", "1", "--out"]
    assert main([*words, str(tmp_path / "out"), "--seatings", "2"]) == 3
    made = json.loads((tmp_path / "out" / "fairness.json").read_text())
    assert made["worlds"] == 4
    assert made["wrong_tier"] == {"mean": None, "low": None, "high": None}
    assert "stopped" in capsys.readouterr().out
