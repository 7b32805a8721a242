"""The review of a rubric's items: figures on paper, planted items that are found, and what a user reads."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from scenarios.cli import main
from scenarios.commands.score import rubric_inputs
from scenarios.files.rubrics import RUBRICS, read_rubric
from sim.calendar import Timeline
from sim.kpi.rubric import Band, Category, Item, Policies, Rubric, Tier, review
from sim.log import Log

DAY = 86_400
MONTHS = ("2026-03", "2026-04", "2026-05")
TIERS = (Tier(name="A", lower=60.0, coefficient=1.2), Tier(name="B", upper=60.0, closed="lower", coefficient=1.0))


def stated(name: str, most: float) -> Item:
    return Item(name=name, category="all", max_points=most, bands=(Band(low_points=0, high_points=most),))


def rubric(**most: float) -> Rubric:
    return Rubric(
        title={"en": "small"},
        items=tuple(stated(name, points) for name, points in most.items()),
        tiers=TIERS,
        categories={"all": Category(weight=1.0)},
        sources={"supervisor": 1.0},
        policy=Policies(least_share=0.0),
    )


def log(points: dict[str, list[list[float | None]]], role: str = "adviser") -> Log:
    """Return a log in which a supervisor states points by item, month and person; everybody has a shift a month."""
    months, people = np.array(next(iter(points.values())), dtype=float).shape
    names = [f"p{person}" for person in range(people)]
    forms = [
        (names[person], MONTHS[month], item, "supervisor", "boss", value, "as seen")
        for item, rows in points.items()
        for month, row in enumerate(rows)
        for person, value in enumerate(row)
        if value is not None
    ]
    starts = [31 * month * DAY + 9 * 3600 for month in range(months) for _ in names]
    shifts = {"person": names * months, "role": [role] * len(starts), "start_s": starts}
    moments = {"ticket": [1, 1], "at_s": [0, 60], "number": [0, 1], "what": ["created", "reply"], "who": [None, "p0"]}
    columns = ["person", "period", "item", "source", "author", "points", "reason"]
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 1), "Asia/Shanghai"),
        until_s=92 * DAY,
        priorities=("normal",),
        moments=pl.DataFrame(moments, schema_overrides={"number": pl.Int32, "who": pl.String}),
        shifts=pl.DataFrame(shifts | {"end_s": [s + 3600 for s in starts], "paid_s": [3600] * len(starts)}),
        appraisals=pl.DataFrame(forms, schema=columns, orient="row"),
        cases=pl.DataFrame({"ticket": [1], "learner": ["a"], "kind": ["k"], "priority": ["normal"]}),
        people=pl.DataFrame({"person": names, "role": [role] * people}),
    )


def one(found, item: str):
    return next(each for each in found.roles[0].items if each.item == item)


def test_two_people_and_two_months_on_paper():
    """Tone is 20 and 10, then 16 and 14 of 20 points; care is 5 of 10 for both, always.

    From the month's mean tone is +-5, then +-1: its product over the months is 5, its mean square
    (25 + 25 + 1 + 1) / 4 = 13, so 5/13 stays. Totals are 100/30 of the points: their variance within a month, each
    with one degree of freedom, is (50 + 2) / 2 * (10/3)^2. Strata: (4 * sqrt(5/8) + 1) / 3. Care adds nothing to the
    differences, so tone makes them all, with two thirds of the points.
    """
    found = review(log({"tone": [[20, 10], [16, 14]], "care": [[5, 5], [5, 5]]}), rubric(tone=20, care=10))
    (role,) = found.roles
    assert (role.people, role.periods, role.length) == (2, 2, "month")
    assert role.sd == pytest.approx(26**0.5 * 10 / 3)
    assert role.stays.value == pytest.approx(5 / 13)
    assert role.told_apart == pytest.approx((4 * (5 / 8) ** 0.5 + 1) / 3)
    assert role.tiers == 2
    tone, care = one(found, "tone"), one(found, "care")
    assert (tone.weight, care.weight) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert (tone.decides.value, care.decides.value) == (pytest.approx(1), pytest.approx(0))
    assert tone.stays.value == pytest.approx(5 / 13)
    assert (care.stays.value, care.rho.value, care.other) == (None, None, None)
    assert (care.alike, care.commonest, care.advice) == (1.0, 5.0, "alike")
    assert (tone.decides.low, tone.advice) == (None, "unknown")


def many(people: int = 24):
    """Skill stays; its twin repeats it; luck is drawn anew every month; flat is the same for all but one in 24."""
    draw = np.random.default_rng(7)
    skill = draw.normal(0, 1, people)
    noise = [draw.normal(0, 0.3, people) for _ in MONTHS]
    points = {
        "skill": [np.clip(10 + 3 * (skill + each), 0, 20).tolist() for each in noise],
        "twin": [np.clip(5 + 1.5 * (skill + each) + draw.normal(0, 0.2, people), 0, 10).tolist() for each in noise],
        "luck": [draw.uniform(0, 10, people).tolist() for _ in MONTHS],
        "flat": [[10.0] * (people - 1) + [5.0]] * 3,
    }
    return log(points), rubric(skill=20, twin=10, luck=10, flat=10), points


def test_planted_items_are_found():
    made, words, _ = many()
    found = review(made, words)
    assert {each.item: each.advice for each in found.roles[0].items} == {
        "skill": "repeats", "twin": "repeats", "luck": "luck", "flat": "alike",
    }  # fmt: skip
    assert one(found, "skill").other == "twin"
    assert one(found, "luck").stays.high < 0.5 < one(found, "skill").stays.low


def test_a_steady_item_of_its_own_is_kept_and_a_heavy_one_is_checked():
    _, _, points = many()
    alone = {name: points[name] for name in ("skill", "flat")}
    found = review(log(alone), rubric(skill=20, flat=10))
    assert one(found, "skill").advice == "keep"
    light = {"skill": points["skill"], "luck": [[each / 10 for each in row] for row in points["luck"]]}
    light["third"] = [[10 + each / 5 for each in row] for row in light["luck"]]
    heavy = review(log(light), rubric(skill=20, luck=10, third=30))
    assert one(heavy, "skill").advice == "outweighs"
    assert one(heavy, "skill").decides.low > 2 * one(heavy, "skill").weight


def test_shares_are_covariances_with_the_total_and_sum_to_one():
    made, words, points = many()
    found = review(made, words)
    cube = np.stack([np.array(points[name]) for name in ("skill", "twin", "luck", "flat")])
    apart = cube - cube.mean(axis=2, keepdims=True)
    total = apart.sum(axis=0)
    by_hand = (apart * total).sum(axis=(1, 2)) / (total**2).sum()
    got = [each.decides.value for each in found.roles[0].items]
    assert got == pytest.approx(by_hand.tolist())
    assert sum(got) == pytest.approx(1)
    rho = np.corrcoef(apart[0].ravel(), apart[1].ravel())[0, 1]
    assert one(found, "skill").rho.value == pytest.approx(rho)


def test_the_interval_is_a_jackknife_over_people():
    made, words, points = many(8)
    found = one(review(made, words, level=0.9), "skill").stays
    apart = np.array(points["skill"])

    def stays(values):
        values = values - values.mean(axis=1, keepdims=True)
        pairs = [values[a] * values[b] for a in range(3) for b in range(3) if a != b]
        return np.mean(pairs) / np.mean(values**2)

    without = np.array([stays(np.delete(apart, person, axis=1)) for person in range(8)])
    half = 1.8945786 * np.sqrt(7 / 8 * ((without - without.mean()) ** 2).sum())  # t of 7 degrees of freedom, 95 %
    assert found.value == pytest.approx(stays(apart))
    assert found.low == pytest.approx(found.value - half)


def test_gaps_leave_the_rest_as_it_is():
    """Somebody without a form in a month is left out of that month, and nobody else's points change."""
    points = {"tone": [[20, 10, None], [16, 14, 3]], "care": [[5, 6, None], [7, 8, 9]]}
    found = review(log(points), rubric(tone=20, care=10))
    assert one(found, "tone").scores == 5
    assert sum(each.decides.value for each in found.roles[0].items) == pytest.approx(1)


def test_nobody_to_compare_with_is_said():
    found = review(log({"tone": [[20], [16]]}), rubric(tone=20))
    assert (found.roles, found.left_out) == (
        (),
        (("adviser", "no period has points of two people of the role"),),
    )


def test_one_month_cannot_say_what_stays():
    points = {"tone": [[20, 10, 5, 8, 9, 11]], "care": [[5, 6, 6, 7, 9, 2]]}
    found = review(log(points), rubric(tone=20, care=10))
    assert (found.roles[0].stays.value, found.roles[0].told_apart) == (None, None)
    assert one(found, "tone").advice == "unsure"


def test_a_user_reads_the_review_in_both_languages(tmp_path, capsys):
    words = ["rubric", "review", "aftersales_100", "--scenario", "academy_small", "--out"]
    assert main([*words, str(tmp_path / "en"), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert {"command", "inputs", "seed", "versions", "level", "roles", "left_out"} <= made.keys()
    assert main(["--lang", "zh", *words, str(tmp_path / "zh")]) == 0
    said = (tmp_path / "zh" / "review.html").read_text()
    assert "考核项目评审" in said
    assert "<svg" in said
    assert "review." not in said
    head = (tmp_path / "en" / "review.csv").read_text().splitlines()[0]
    assert head.removeprefix("\ufeff").startswith("role,item,category,scores")


def test_the_last_version_of_a_rubric_is_reviewed(tmp_path, capsys):
    path = tmp_path / "mine.toml"
    version = "[[versions]]\nvalid_from = 2026-04-01\n[versions.add.policy]\nleast_share = 0.1\n"
    path.write_text((RUBRICS / "aftersales_100.toml").read_text("utf-8") + "\n" + version, "utf-8")
    first, last = read_rubric(path).versions
    assert main(["rubric", "review", str(path), "--scenario", "academy_small", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["inputs"]["rubric"]
    assert told == rubric_inputs(str(path), last) != rubric_inputs(str(path), first)


def test_wrong_words_are_refused_with_the_nearest(capsys):
    base = ["rubric", "review", "aftersales_100"]
    assert main(base) == 2
    assert main([*base, "--scenario", "academy_small", "--role", "service_agnt"]) == 2
    assert "service_agent" in capsys.readouterr().err
    assert main([*base, "--scenario", "academy_small", "--pay", "3"]) == 2
