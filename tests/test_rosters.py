"""Rosters: the model, the checker that is not the model, and rosters made by hand and by trying all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimize.roster.again import again
from optimize.roster.checker import broken, price
from optimize.roster.data import Call, Question, Turn, Worker
from optimize.roster.desks import named, question_of, with_roster
from optimize.roster.model import NoRoster
from optimize.roster.rules import (
    AtLeast,
    AtMost,
    Contract,
    Equal,
    Need,
    Pairs,
    Request,
    Rest,
    Rule,
    Rules,
    Wish,
)
from optimize.roster.weeks import parts, rostered
from scenarios import load, read
from scenarios.cli import main
from scenarios.commands import roster as command
from scenarios.files.rosters import load_roster
from sim.crew import crew_of

MONDAY = date(2026, 3, 2)
EARLY = Turn("early", 360, 840, 8.0, False, 8.0)
LATE = Turn("late", 840, 1320, 8.0, False, 10.0)
NIGHT = Turn("night", 1320, 1800, 8.0, True, 6.0)
TURNS = (EARLY, LATE, NIGHT)
HOURS = {turn.name: turn.hours for turn in TURNS}


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def worker(name: str, **own: Any) -> Worker:
    return Worker(name, own.pop("pool", "all"), own.pop("hours", HOURS), **own)


def question(workers: tuple[Worker, ...], needs: dict[tuple[int, str], int], rules: Rules, **more: Any) -> Question:
    """Return a question whose needs, by day of the roster and shift, everybody counts for."""
    who = frozenset(w.name for w in workers)
    calls = tuple(Call(day(n), shift, "all", heads, who) for (n, shift), heads in needs.items())
    return Question(MONDAY, more.pop("weeks", 1), TURNS, workers, calls, rules, **more)


def broken_rules(asked: Question, roster: dict[str, dict[int, str]]) -> dict[tuple[str, ...], float]:
    """Return by how much a roster by day of the roster breaks what, by the checker."""
    duties = {name: {day(n): shift for n, shift in own.items()} for name, own in roster.items()}
    return {(each.rule, *each.about): each.by for each in broken(asked, duties)}


ALL_WEEK = {(n, turn.name): 1 for n in range(7) for turn in TURNS}


@pytest.mark.parametrize(
    ("rules", "own", "roster", "said"),
    [
        (Rules(cover=Rule()), {}, dict.fromkeys(range(7), "early"), {("cover", "late", "2026-03-02", "all"): 1.0}),
        (Rules(surplus=Rule()), {}, {0: "early"}, {}),
        (Rules(rest=Rest(hours=11)), {}, {0: "late", 1: "early"}, {("rest", "ana", "2026-03-03"): 1.0}),
        (Rules(rest=Rest(hours=8)), {}, {0: "late", 1: "early"}, {}),
        (Rules(), {}, {0: "night", 1: "early"}, {}),
        (Rules(days_in_row=AtMost(most=3)), {}, dict.fromkeys(range(5), "early"),
         {("days_in_row", "ana", "2026-03-02"): 2.0}),
        (Rules(days_off_in_row=AtLeast(least=2)), {}, {0: "early", 2: "early", 5: "early"},
         {("days_off_in_row", "ana", "2026-03-03"): 1.0}),
        (Rules(nights_in_row=AtMost(most=1)), {}, {0: "night", 1: "night", 3: "night"},
         {("nights_in_row", "ana", "2026-03-02"): 1.0}),
        (Rules(rest_after_nights=AtLeast(least=2)), {}, {0: "night", 2: "late"},
         {("rest_after_nights", "ana", "2026-03-04"): 1.0}),
        (Rules(hours_most=Rule()), {"contract": Contract(hours_most=20)}, dict.fromkeys(range(3), "early"),
         {("hours_most", "ana", "2026-03-02"): 4.0}),
        (Rules(hours_least=Rule()), {"contract": Contract(hours_least=40), "leave": frozenset({day(1)})}, {0: "early"},
         {("hours_least", "ana", "2026-03-02"): 24.0}),
        (Rules(days_per_week=Rule()), {"contract": Contract(days_most=2)}, dict.fromkeys(range(3), "early"),
         {("days_per_week", "ana", "2026-03-02"): 1.0}),
        (Rules(shift_kinds=AtMost(most=1)), {}, {0: "early", 1: "late", 3: "night"},
         {("shift_kinds", "ana", "2026-03-02"): 2.0}),
        (Rules(whole_weekends=Rule()), {}, {5: "early"}, {("whole_weekends", "ana", "2026-03-07"): 1.0}),
        (Rules(leave=Rule()), {"leave": frozenset({day(0)})}, {0: "early"}, {("leave", "ana", "2026-03-02"): 1.0}),
        (Rules(never=Rule()), {"never": frozenset({"late"})}, {0: "late"}, {("never", "ana", "2026-03-02"): 1.0}),
        (Rules(part_time=Rule()), {"days": frozenset({0})}, {0: "early", 1: "early"},
         {("part_time", "ana", "2026-03-03"): 1.0}),
        (Rules(wishes=Rule()), {"wishes": (Wish(wants=False, day=day(0)), Wish(weekday="tue", shift="late"))},
         {0: "early", 1: "early"}, {("wishes", "ana", "2026-03-02"): 1.0, ("wishes", "ana", "2026-03-03"): 1.0}),
        (Rules(equal_nights=Equal(most=1)), {}, {0: "night", 1: "night", 2: "night"}, {("equal_nights", "all"): 2.0}),
        (Rules(equal_weekends=Equal()), {}, {5: "early", 6: "early"}, {("equal_weekends", "all"): 1.0}),
        (Rules(equal_points=Equal(most=5)), {}, {0: "early", 1: "late"}, {("equal_points", "all"): 13.0}),
        (Rules(together=Pairs(pairs=(("ana", "bo"),))), {}, {0: "early"},
         {("together", "ana", "bo", "2026-03-02"): 1.0}),
    ],
)  # fmt: skip
def test_the_checker_finds_what_each_rule_forbids(
    rules: Rules, own: dict[str, Any], roster: dict[int, str], said: dict[tuple[str, ...], float]
) -> None:
    """A week of ana's duties by day, bo always off; what is broken was read off by hand.

    Hours: 3 x 8 of at most 20 are 4 too many; 40 at least less a fifth for a day of leave are 32, 8 are worked.
    """
    asked = question((worker("ana", **own), worker("bo")), ALL_WEEK, rules)
    found = broken_rules(asked, {"ana": roster})
    assert said.items() <= found.items()
    assert {key[0] for key in found} <= {key[0] for key in said}


def test_the_checker_sees_pairs_apart_free_weekends_and_overlapping_duties() -> None:
    asked = question((worker("ana"), worker("bo")), ALL_WEEK, Rules(apart=Pairs(pairs=(("ana", "bo"),))))
    assert broken_rules(asked, {"ana": {0: "early", 1: "late"}, "bo": {0: "early", 1: "early"}}) == {
        ("apart", "ana", "bo", "2026-03-02"): 1.0
    }
    long = Turn("long", 0, 1500, 24.0, False, 0.0)
    calls = (*asked.calls, Call(day(0), "long", "all", 1, frozenset({"ana"})))
    people = worker("ana", hours=HOURS | {"long": 24.0}), worker("bo")
    calls = (*asked.calls, Call(day(0), "long", "all", 1, frozenset({"ana"})))
    people = worker("ana", hours=HOURS | {"long": 24.0}), worker("bo")
    asked = replace(asked, turns=(*TURNS, long), calls=calls, workers=people)
    assert ("one_shift", "ana", "2026-03-03", "early") not in broken_rules(asked, {"ana": {0: "long", 1: "early"}})
    early = replace(EARLY, begin_min=0)
    asked = replace(asked, turns=(early, LATE, NIGHT, long))
    assert broken_rules(asked, {"ana": {0: "long", 1: "early"}}) == {("one_shift", "ana", "2026-03-03", "early"): 1.0}
    needs = {(n, "early"): 1 for n in range(28)}
    asked = question((worker("ana"),), needs, Rules(free_weekends=AtLeast(least=2)), weeks=4)
    worked = {"ana": {5: "early", 13: "early", 19: "early"}}
    assert broken_rules(asked, worked) == {("free_weekends", "ana", "2026-03-07"): 1.0}


def test_nobody_is_counted_for_two_needs_at_once() -> None:
    """Ana has skills a and b, bo has b. Ana alone fills one of two heads; both fill both: ana a, bo b."""
    calls = (Call(day(0), "early", "a", 1, frozenset({"ana"})), Call(day(0), "early", "b", 1, frozenset({"ana", "bo"})))
    asked = Question(MONDAY, 1, TURNS, (worker("ana"), worker("bo")), calls, Rules(cover=Rule(price=7), surplus=Rule()))
    assert sum(broken_rules(asked, {"ana": {0: "early"}}).values()) == 1.0
    made = rostered(asked)
    assert (made.duties, made.price) == ({"ana": {day(0): "early"}, "bo": {day(0): "early"}}, 0.0)


def test_an_infeasible_roster_names_its_rules_and_the_way_out_leads_to_a_roster() -> None:
    """Two people, three heads on Monday early, who must be there: one head fewer will do."""
    asked = question((worker("ana"), worker("bo")), {(0, "early"): 3, (1, "late"): 1}, Rules(cover=Rule()))
    with pytest.raises(NoRoster) as none:
        rostered(asked)
    assert none.value.rows == ("cover_early_20260302_all",)
    (step,) = none.value.relaxation
    assert (step.row, step.side, step.by) == ("cover_early_20260302_all", "low", pytest.approx(1.0))
    assert none.value.lines[step.row].about == ("early", "2026-03-02", "all")
    calls = tuple(replace(call, heads=call.heads - round(step.by) * (call.shift == "early")) for call in asked.calls)
    assert rostered(replace(asked, calls=calls)).broken == ()


def test_teams_of_which_none_can_be_rostered_are_all_named() -> None:
    """Ana's and bo's teams share nobody, and each needs two: a way out for each, both lead to a roster."""
    one, two = (worker(name, pool=name) for name in ("ana", "bo"))
    calls = tuple(Call(day(0), "early", w.name, 2, frozenset({w.name})) for w in (one, two))
    asked = Question(MONDAY, 1, TURNS, (one, two), calls, Rules(cover=Rule()))
    with pytest.raises(NoRoster) as none:
        rostered(asked)
    assert [(none.value.lines[step.row].about[2], step.by) for step in none.value.relaxation] == [
        ("ana", pytest.approx(1.0)), ("bo", pytest.approx(1.0)),
    ]  # fmt: skip
    assert rostered(replace(asked, calls=tuple(replace(call, heads=1) for call in calls))).broken == ()


def test_rules_that_collide_are_named_together_and_giving_way_as_said_makes_a_roster() -> None:
    """Ana alone must do late on Monday and early on Tuesday, 8 h later; 11 h of rest do not allow it."""
    rules = Rules(cover=Rule(), rest=Rest(hours=11))
    asked = question((worker("ana"),), {(0, "late"): 1, (1, "early"): 1}, rules)
    with pytest.raises(NoRoster) as none:
        rostered(asked)
    cover = {"cover_late_20260302_all", "cover_early_20260303_all"}
    assert {line.rule for line in none.value.lines.values()} == {"cover", "rest"}
    assert cover < set(none.value.rows)
    (step,) = none.value.relaxation
    assert step.row in cover
    calls = tuple(call for call in asked.calls if call.shift != none.value.lines[step.row].about[0])
    assert rostered(replace(asked, calls=calls)).broken == ()


def test_leave_and_wishes_are_kept_where_others_can_stand_in() -> None:
    away = worker("ana", leave=frozenset({day(0)}), wishes=(Wish(wants=True, day=day(1), shift="late"),))
    rules = Rules(cover=Rule(price=100), leave=Rule(), wishes=Rule(price=1), surplus=Rule(price=5))
    asked = question((away, worker("bo")), {(0, "late"): 1, (1, "late"): 1}, rules)
    made = rostered(asked)
    assert made.duties == {"ana": {day(1): "late"}, "bo": {day(0): "late"}}
    assert (made.price, made.bound, made.gap, made.broken) == (0.0, 0.0, 0.0, ())


def weeks_of(many: int) -> Question:
    """Return six people who keep two shifts with two heads each on all days, one night among them."""
    rules = Rules(
        cover=Rule(price=100), rest=Rest(), days_in_row=AtMost(most=6), hours_most=Rule(), equal_nights=Equal(price=1),
        whole_weekends=Rule(price=2), free_weekends=AtLeast(least=1), surplus=Rule(price=1),
    )  # fmt: skip
    people = tuple(worker(name) for name in ("ana", "bo", "cy", "di", "ed", "fe"))
    needs = {(n, shift): 2 for n in range(7 * many) for shift in ("early", "night")}
    return question(people, needs, rules, weeks=many)


def test_many_weeks_are_rostered_two_at_a_time_with_the_same_result_each_time_and_no_hard_rule_broken() -> None:
    """Six people of five days make 30 duties a week of the 28 that are needed."""
    seen: list[int] = []
    made = rostered(weeks_of(3), on_week=lambda duties: seen.append(sum(map(len, duties.values()))))
    assert made == rostered(weeks_of(3))
    assert not made.whole
    assert not made.stopped
    assert seen == sorted(seen)
    assert len(seen) == 2
    assert not [each for each in made.broken if each.price is None or each.rule == "cover"]
    assert made.bound is not None
    assert made.bound <= made.price + 1e-6


def test_people_who_have_nothing_to_do_with_each_other_are_rostered_apart() -> None:
    one, two = (worker(name, pool=name) for name in ("ana", "bo"))
    calls = tuple(Call(day(0), "early", w.name, 1, frozenset({w.name})) for w in (one, two))
    asked = Question(MONDAY, 1, TURNS, (one, two), calls, Rules(cover=Rule(price=1)))
    assert [[w.name for w in part.workers] for part in parts(asked)] == [["ana"], ["bo"]]
    tied = replace(asked, rules=Rules(cover=Rule(price=1), apart=Pairs(pairs=(("ana", "bo"),), price=0.5)))
    assert [len(part.workers) for part in parts(tied)] == [2]
    assert rostered(tied).price == 0.5


def test_after_an_absence_others_keep_their_duties_but_for_whom_stands_in() -> None:
    """Ana is ill on Tuesday and Wednesday; bo, free on both, takes her duty of Tuesday; cy keeps hers."""
    rules = Rules(cover=Rule(price=1000), leave=Rule(), surplus=Rule(price=1))
    asked = question(tuple(worker(n) for n in ("ana", "bo", "cy")), {(0, "early"): 1, (1, "early"): 2}, rules)
    kept = {"ana": {day(0): "early", day(1): "early"}, "cy": {day(1): "early"}}
    made, changes = again(asked, kept, {"ana": (day(1), day(2))})
    assert made.duties == {"ana": {day(0): "early"}, "bo": {day(1): "early"}, "cy": {day(1): "early"}}
    assert [(c.person, c.day, c.old, c.new) for c in changes] == [("bo", day(1), None, "early")]
    made, changes = again(asked, kept, {"ana": (day(1), day(2)), "bo": (day(0), day(6))})
    assert (changes, [(b.rule, b.by) for b in made.broken]) == ((), [("cover", 1.0)])


def test_days_before_the_one_that_may_change_stay_as_they_were_published() -> None:
    rules = Rules(cover=Rule(price=1000), leave=Rule())
    asked = question((worker("ana"), worker("bo")), {(n, "early"): 1 for n in range(4)}, rules)
    kept = {"ana": {day(n): "early" for n in range(4)}}
    made, changes = again(asked, kept, {"ana": (day(1), day(3))}, since=day(3))
    assert {(c.person, c.day) for c in changes} == {("bo", day(3))}
    assert made.duties["ana"] == {day(n): "early" for n in range(3)}


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        ({}, "nobody is said to be absent"),
        ({"anna": (day(0), day(1))}, "unknown person 'anna'; did you mean 'ana'"),
        ({"ana": (day(1), day(0))}, "the last day 2026-03-02 lies before the first 2026-03-03"),
        ({"ana": (day(9), day(10))}, "lies outside of 2026-03-02 to 2026-03-08"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(absent: dict[str, tuple[date, date]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        again(question((worker("ana"),), {(0, "early"): 1}, Rules()), {}, absent)


def test_questions_that_make_no_sense_are_refused() -> None:
    ana = worker("ana")
    with pytest.raises(ValueError, match="two people are called 'ana'"):
        question((ana, ana), {(0, "early"): 1}, Rules())
    with pytest.raises(ValueError, match="unknown shift 'erly'; did you mean 'early'"):
        question((ana,), {(0, "erly"): 1}, Rules())
    with pytest.raises(ValueError, match="nobody can do 'all' in shift 'late'"):
        question((worker("ana", hours={"early": 8.0}),), {(0, "late"): 1}, Rules())
    with pytest.raises(ValueError, match="hours_least = 40 is out of reach: 4 days of at most 8 hours"):
        question((worker("ana", contract=Contract(hours_least=40, days_most=4)),), {(0, "early"): 1}, Rules())
    with pytest.raises(ValueError, match="hours_least = 30 is above hours_most = 20"):
        Contract(hours_least=30, hours_most=20)
    with pytest.raises(ValueError, match="unknown person 'boo'"):
        question((ana,), {(0, "early"): 1}, Rules(apart=Pairs(pairs=(("ana", "boo"),))))
    with pytest.raises(ValueError, match="a time limit must be finite and above 0, got 0"):
        rostered(question((ana,), {(0, "early"): 1}, Rules()), seconds=0)


# The model against the checker


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Draw two or three people over some days of one week, with any of the rules, hard or with a price."""
    people = [
        worker(
            name, contract=Contract(hours_most=draw(st.sampled_from([16, 44])), days_most=draw(st.integers(1, 5)),
                                    hours_least=draw(st.sampled_from([0, 8]))),
            leave=draw(st.sampled_from([frozenset[date](), frozenset({day(4)})])),
            never=draw(st.sampled_from([frozenset[str](), frozenset({"late"})])),
            days=draw(st.sampled_from([None, frozenset({3, 4, 5, 6})])),
            wishes=draw(st.sampled_from([(), (Wish(wants=False, day=day(5)), Wish(shift="night", weight=2.0)),
                                         (Wish(wants=True, weekday="sat"),)])),
        )
        for name in ("ana", "bo", "cy")[: draw(st.integers(2, 3))]
    ]  # fmt: skip
    hard = draw(st.sampled_from(["none", "few"]))

    def cost(of: float) -> float | None:
        return None if hard == "few" and draw(st.integers(0, 5)) == 0 else of

    def some(rule: Any) -> Any:
        return rule if draw(st.booleans()) else None

    rules = Rules(
        cover=Rule(price=cost(100.0)), surplus=some(Rule(price=3.0)), rest=some(Rest(hours=11, price=cost(13.0))),
        days_in_row=some(AtMost(most=2, price=cost(5.0))), days_off_in_row=some(AtLeast(least=2, price=cost(4.0))),
        nights_in_row=some(AtMost(most=1, price=cost(6.0))), rest_after_nights=some(AtLeast(least=1, price=cost(7.0))),
        hours_most=some(Rule(price=cost(1.5))), hours_least=some(Rule(price=cost(0.7))),
        days_per_week=some(Rule(price=cost(9.0))), shift_kinds=some(AtMost(most=1, price=cost(2.5))),
        whole_weekends=some(Rule(price=cost(8.0))), leave=some(Rule(price=cost(40.0))),
        never=some(Rule(price=cost(41.0))), part_time=some(Rule(price=cost(42.0))), wishes=some(Rule(price=1.25)),
        equal_nights=some(Equal(most=0, price=cost(3.5))), equal_weekends=some(Equal(most=0, price=4.5)),
        equal_points=some(Equal(most=2, price=0.3)), apart=some(Pairs(pairs=(("ana", "bo"),), price=cost(11.0))),
        together=some(Pairs(pairs=(("bo", "ana"),), price=2.0)),
    )  # fmt: skip
    before = draw(st.sampled_from([{}, {"ana": {day(n): "night" for n in (0, 1, 2)}, "bo": {day(2): "late"}}]))
    chosen = draw(st.lists(st.tuples(st.integers(3, 6), st.sampled_from(["early", "late", "night"])), min_size=2,
                           max_size=4 if len(people) == 2 else 3, unique=True))  # fmt: skip
    needs = {each: draw(st.integers(1, 2)) for each in sorted(chosen)}
    made = question(tuple(people), {}, rules, before=before)
    who = [frozenset({"ana", "bo"}), frozenset(w.name for w in people)]
    calls = tuple(
        Call(day(n), shift, label, heads, own)
        for (n, shift), heads in needs.items()
        for label, own in zip("ab", draw(st.permutations(who))[: draw(st.integers(1, 2))], strict=False)
    )
    # The roster begins on Thursday, so that the days before it count.
    return replace(made, first=day(3), calls=calls, before=before)


def best_by_trying_all(asked: Question) -> float:
    """Return the price of the best of all rosters."""
    slots = [(w.name, on, shifts) for w in asked.workers for on, shifts in asked.open_to[w.name].items()]
    best = float("inf")
    for choice in product(*((None, *shifts) for _, _, shifts in slots)):
        roster: dict[str, dict[date, str]] = {}
        for (name, on, _), shift in zip(slots, choice, strict=True):
            if shift:
                roster.setdefault(name, {})[on] = shift
        best = min(best, price(broken(asked, roster)))
    return best


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(asked=questions())
def test_the_model_finds_what_trying_all_rosters_finds(asked: Question) -> None:
    best = best_by_trying_all(asked)
    if best == float("inf"):
        with pytest.raises(NoRoster):
            rostered(asked)
        return
    made = rostered(asked)
    assert made.price == pytest.approx(best, abs=1e-6)
    assert made.bound is not None
    assert made.bound == pytest.approx(best, abs=1e-3)


# From a desk and back, and the command

RULES = """
weeks = 1
nights = ["weekend_late"]

[people.service_agent_1]
leave = [2026-03-04]
wishes = [{ day = 2026-03-03, wants = false }]
"""


@pytest.fixture
def fairdesk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Return what runs the command on a file of rules, without the worlds that confirm a roster."""
    monkeypatch.setattr(command, "_worlds", lambda *_: {})

    def call(*words: str, rules: str = RULES) -> tuple[int, str, str]:
        (tmp_path / "rules.toml").write_text(rules, "utf-8")
        code = main(["roster", "academy_small", "--rules", str(tmp_path / "rules.toml"), *words])
        return (code, *capsys.readouterr())

    return call


def test_heads_get_names_and_stay_as_able_as_they_were() -> None:
    desk = load("academy_small")
    before, after = crew_of(desk, 1), crew_of(named(desk), 1)
    assert [name.replace("#", "_") for name in before.names] == list(after.names)
    assert (before.rate_ppm.tolist(), before.seats) == (after.rate_ppm.tolist(), after.seats)
    assert (before.quality.tolist(), before.courtesy.tolist()) == (after.quality.tolist(), after.courtesy.tolist())


def test_the_need_of_a_desk_is_its_seats_on_the_days_of_their_shifts() -> None:
    """Two advisers share the pool of `advisers`: office on five days, weekend_late on mon, tue, fri, sat, sun."""
    asked = question_of(named(load("academy_small")), Request(weeks=1))
    mine = [(call.day.isoformat()[-2:], call.shift) for call in asked.calls if call.label == "advisers"]
    office = [(f"{n:02d}", "office") for n in range(2, 7)]
    assert sorted(mine) == sorted(office + [(f"{n:02d}", "weekend_late") for n in (2, 3, 6, 7, 8)])
    assert asked.worker["learning_adviser_1"].hours == {"office": 8.0, "weekend_late": 8.0}
    assert not asked.turn["weekend_late"].night


def test_a_desk_under_its_roster_has_these_duties_and_no_other() -> None:
    desk = named(load("academy_small"))
    asked = question_of(desk, Request(weeks=1))
    made = rostered(asked)
    crew = crew_of(with_roster(desk, asked, made.duties), 1)
    told = {(crew.names[duty.person], duty.start_s // 86400) for duty in crew.duties}
    assert told == {(name, (on - asked.first).days) for name, own in made.duties.items() for on in own}


def test_the_command_gives_a_roster_as_json_files_a_what_if_and_a_page(
    fairdesk: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    code, out, _ = fairdesk("--json", "--out", str(tmp_path / "out"))
    assert (code, fairdesk("--json")[1]) == (0, out)
    made = json.loads(out)
    assert made["plan"].keys() >= {"cost", "status", "master_gap", "seats"}
    duties = made["roster"]["duties"]
    assert not {"2026-03-03", "2026-03-04"} & duties["service_agent_1"].keys()
    desk = read(tmp_path / "out" / "plan.toml").desk
    assert desk == read(tmp_path / "out" / "planned.toml").desk.changed(title=desk.title)
    assert {str(on): s for on, s in (desk.staff.persons["service_agent_1"].duties or {}).items()} == duties[
        "service_agent_1"
    ]
    page = (tmp_path / "out" / "roster.html").read_text("utf-8")
    assert "Who has how much" in page
    assert "service_agent_1" in page
    grid = (tmp_path / "out" / "grid.csv").read_text("utf-8-sig").splitlines()
    assert grid[0].split(",")[:3] == ["person", "pool", "2026-03-02"]
    assert len(grid) == 7
    assert load_roster(tmp_path / "out" / "roster.json")["service_agent_1"] == {
        date.fromisoformat(on): shift for on, shift in duties["service_agent_1"].items()
    }


def test_the_command_makes_a_roster_again_after_an_absence(
    fairdesk: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """Of two agents one is away on Thursday and Friday: the other keeps all duties, what is missing is said."""
    code, out, _ = fairdesk("--json", "--out", str(tmp_path / "out"))
    kept = json.loads(out)["roster"]["duties"]["service_agent_1"]
    assert {"2026-03-05", "2026-03-06"} & kept.keys()
    again_ = ["--keep", str(tmp_path / "out" / "roster.json"), "--absent", "service_agent_1=2026-03-05..2026-03-06"]
    code, out, _ = fairdesk(*again_, "--json")
    made = json.loads(out)["roster"]
    assert (code, made["changes"]) == (0, [])
    missing = {tuple(each["about"][:2]) for each in made["broken"] if each["rule"] == "cover"}
    assert {on for _, on in missing} >= {"2026-03-05", "2026-03-06"} & kept.keys()
    assert {on: kept[on] for on in kept if on not in ("2026-03-05", "2026-03-06")} == made["duties"]["service_agent_1"]
    code, out, _ = fairdesk(*again_, "--lang", "zh", "--out", str(tmp_path / "again"))
    assert "缺人" in out
    assert (tmp_path / "again" / "roster.html").read_text("utf-8").count(">假<") == 3


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "the cheapest way out: 4 fewer in office on 2026-03-02"),
        ("zh", "2026-03-02 的 office 少排 4 人"),
    ],
)
def test_the_command_says_why_there_is_no_roster(
    fairdesk: Callable[..., tuple[int, str, str]], lang: str, said: str
) -> None:
    """Six people, ten heads on Monday."""
    rules = 'weeks = 1\nneeds = [{ shift = "office", days = ["mon"], heads = 10 }]\n[rules.cover]\n'
    code, _, err = fairdesk("--lang", lang, rules=rules)
    assert code == 1
    assert said.lower() in err.lower()


@pytest.mark.parametrize(
    ("rules", "words", "said"),
    [
        ("[contract]\nhours_least = 45\n", (), "hours_least = 45 is above hours_most = 44"),
        ("[people.service_agent_1.contract]\nhours_least = 40\ndays_most = 3\n", (), "is out of reach: 3 days"),
        ("[people.service_agent]\nleave = []\n", (), "did you mean 'service_agent_"),
        ("[people.ana]\n[people.ana]\n", (), "ana"),
        ('needs = [{ shift = "office", heads = 1, skill = "advise" }]\n', (), "did you mean 'advice'"),
        ('needs = [{ shift = "office", heads = 1, skill = "advice", seats = ["registry"] }]\n', (), "nobody can do"),
        ("weeks = 99\n", (), "weeks"),
        ("weeks = 1\n[rules.rst]\nhours = 11\n", (), "did you mean"),
        ("weeks = 1\n", ("--time-limit", "0"), "expected seconds above 0"),
        ("weeks = 1\n", ("--absent", "service_agent_1=2026-03-05"), "need each other"),
        ("weeks = 1\n", ("--keep", "no.json", "--absent", "service_agent_1=2026-03-05"), "there is no such file"),
        ("weeks = 1\n", ("--absent", "ana"), "expected PERSON=FROM..TO"),
    ],
)  # fmt: skip
def test_the_command_refuses_bad_input(
    fairdesk: Callable[..., tuple[int, str, str]], rules: str, words: tuple[str, ...], said: str
) -> None:
    code, out, err = fairdesk(*words, rules=rules)
    assert (code, out) == (2, "")
    assert said in err


def test_a_time_limit_that_is_over_before_there_is_a_roster_is_said(
    fairdesk: Callable[..., tuple[int, str, str]],
) -> None:
    code, _, err = fairdesk("--time-limit", "0.000001")
    assert (code, err) == (1, "no roster within 1e-06 s; whether there is one is unknown\n")


def test_a_need_of_one_shift_on_one_day_makes_a_roster_of_one_duty() -> None:
    desk = named(load("academy_small"))
    need = Need(shift="office", heads=1, dates=(date(2026, 3, 4),), skill="platform")
    made = rostered(question_of(desk, Request(weeks=1, needs=(need,))))
    assert made.duties == {"tech_support_1": {date(2026, 3, 4): "office"}}
