"""Routing by hand: who gets which ticket under the named policies, worked out on paper.

The desks and the way to write tickets and touches are those of `by_hand`.
"""

from typing import Any

import polars as pl
import pytest

from sim import chance, fast, model
from sim.desk import POLICIES, Desk, Dispatch, Neglect, Outcome, PersonWeights, Policy, Pull, Routing, TicketWeights
from sim.steer import Orders
from tests.by_hand import DAY, H, T, always, desk_of, kind, moments, run, stage, touches, world_of

TRIO: dict[str, dict[str, Any]] = {"ana": {}, "bo": {}, "cy": {}}


def who(desk: Any, *tickets: T) -> list[str]:
    """Return who worked on the tickets, in the order of the tickets."""
    return [person for _, person in sorted(touches(run(desk, *tickets), "ticket", "person"))]


def test_round_robin_gives_to_whom_the_routing_gave_something_longest_ago() -> None:
    """0 to ana (0-30), 1 to bo (1-6), 2 to cy (2-42). At 50 all are idle, bo for the longest time; the turn is ana's,
    who was given something at 0, then bo's at 51, then cy's.
    """
    tickets = T(0, work=30), T(1, work=5), T(2, work=40), T(50), T(51), T(52)
    assert who(desk_of(TRIO, routing={"policy": "round_robin"}), *tickets) == ["ana", "bo", "cy", "ana", "bo", "cy"]
    assert who(desk_of(TRIO, routing={"policy": "longest_idle"}), *tickets)[3:] == ["bo", "ana", "cy"]


def test_at_random_the_largest_lot_of_ticket_and_person_takes_it() -> None:
    desk = desk_of(TRIO, routing={"policy": "random"})
    tickets = [T(20 * number) for number in range(60)]
    lots = [
        [chance.lot(1, 0, chance.code("lot", 0), *name, 0, chance.code(person)) for person in TRIO]
        for name in world_of(desk, *tickets).name.tolist()
    ]
    chosen = who(desk, *tickets)
    assert chosen == [max(TRIO, key=dict(zip(TRIO, lot, strict=True)).__getitem__) for lot in lots]
    assert min(chosen.count(person) for person in TRIO) > 10


def test_least_busy_counts_from_local_midnight() -> None:
    """On Monday bo works from 22:00 to 00:02; cy from 00:00 to 00:10, and bo again from 00:06 to 00:13. Since midnight
    bo has worked 2 + 7 = 9 minutes, cy 10. So at 00:20 the ticket is bo's, although cy has been idle for longer and bo
    worked 129 minutes in all.
    """
    ten = 22 * H
    tickets = T(ten, work=122), T(ten + 120), T(ten + 126, work=7), T(ten + 140)
    people: dict[str, dict[str, Any]] = {"bo": {}, "cy": {}}
    assert who(desk_of(people, routing={"policy": "least_busy"}), *tickets) == ["bo", "cy", "bo", "bo"]
    assert who(desk_of(people, routing={"policy": "longest_idle"}), *tickets)[3] == "cy"


def test_work_in_hand_counts_as_busy_today_in_an_inbox() -> None:
    """0 to ana (0-60), 1 to bo (1-11). At 30 ana has been busy for 30 minutes, bo for 10: bo, then, with 10 minutes
    at 41 against 41 of ana's, bo again.
    """
    desk = desk_of(routing={"mode": "inbox", "policy": "least_busy"})
    assert who(desk, T(0, work=60), T(1), T(30), T(41)) == ["ana", "bo", "bo", "bo"]


def test_a_ticket_is_kept_for_its_specialist_and_opens_to_all_after_a_quarter_of_an_hour() -> None:
    """ana's main skill is pay, bo's is answer. bo works on 0 until 40. 1 comes at 5: ana, idle, takes it at 20. 2 comes
    at 30: bo is free at 40, before it would open at 45. Of an older and a younger ticket only the older is open.
    """
    people = {"ana": {"takes": ("pay", "answer")}, "bo": {"takes": ("answer", "pay")}}
    log = run(desk_of(people, routing={"policy": "skill_timeout"}), T(0, work=40), T(5), T(30, work=60), T(31), T(40))
    assert touches(log) == [
        (0, "bo", 0, 40, "done"), (1, "ana", 20, 30, "done"), (2, "bo", 40, 100, "done"), (3, "ana", 46, 56, "done"),
        (4, "ana", 56, 66, "done"),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["pool", "inbox"])
def test_nobody_is_given_what_is_kept_for_somebody_who_is_off_duty(mode: str) -> None:
    """ana comes at 8:00, bo, whose main skill it is, at 8:10. A ticket of 7:50 opens to all at 8:05: ana's. One of 8:05
    would open at 8:20: bo's.
    """
    people = {
        "ana": {"takes": ("pay", "answer"), "hours": "08:00-18:00"},
        "bo": {"takes": ("answer", "pay"), "hours": "08:10-18:00"},
    }
    log = run(desk_of(people, routing={"policy": "skill_timeout", "mode": mode}), T(8 * H - 10), T(8 * H + 5))
    assert touches(log)[:2] == [(0, "ana", 8 * H + 5, 8 * H + 15, "done"), (1, "bo", 8 * H + 10, 8 * H + 20, "done")]


def test_cmu_takes_what_saves_most_for_each_minute_of_work() -> None:
    """short: weight 1, 10 min: 10^6 // 600 = 1666. long: weight 3, 40 min: 3 x (10^6 // 2400) = 1248. Short goes first
    although long is older and weighs more; with weight 5, long (2080) does.
    """
    for weight, order in ((3, [0, 2, 1]), (5, [0, 1, 2])):
        kinds = {
            "long": kind(stage(work=always(40)), weight=weight),
            "short": kind(stage(skill="pay", work=always(10)), weight=1),
        }
        desk = desk_of({"ana": {}}, kinds, routing={"policy": "cmu"})
        log = run(desk, T(0, kind="short"), T(1, kind="long", work=40), T(2, kind="short"))
        assert [row[0] for row in touches(log)] == order


def test_cmu_gives_each_their_quicker_work() -> None:
    """Both kinds weigh 1 and have a mean of 10 min. ana does pay at speed 2: 2 000 000 // 600 = 3333, the largest; bo
    has 1666 in both. At 10, with both idle, pay goes to ana and answer to bo, though answer is older.
    """
    kinds = {"answer": kind(), "pay": kind(stage(skill="pay"))}
    people = {"ana": {"speed": {"pay": 2.0, "answer": 1.0}}, "bo": {}}
    log = run(desk_of(people, kinds, routing={"policy": "cmu"}), T(0), T(0), T(1), T(2, kind="pay"))
    assert touches(log)[2:] == [(2, "bo", 10, 20, "done"), (3, "ana", 10, 15, "done")]


def test_fair_mix_gives_the_easy_ticket_to_who_had_the_hard_ones() -> None:
    """easy has an ease of 1000, hard of 0. 0 (easy) to ana, whose number is lower, 1 (hard) to bo. At 20 the role was
    given 2 with an ease of 1000 in all, 500 each: ana lacks 500 - 1000 = -500, bo 500. For an easy ticket that is
    500 x 500 / 1000 = 250 for bo, so bo's, although ana has been idle for longer. At 40 the mean is 666: ana
    lacks -334, bo 1333 - 1000 = 333; an easy ticket takes 333 x 334 / 1000 = 111 off bo's: bo's again, and ana, idle
    since 10, is passed over. At 60 the mean is 750, ana lacks -250 and bo 250: a hard one is ana's.
    """
    kinds = {"easy": kind(difficulty_mean=-20.0), "hard": kind(stage(skill="pay"), difficulty_mean=20.0)}
    outcome = Outcome(solved_logit=0.0)
    tickets = T(0, kind="easy"), T(1, kind="hard"), T(20, kind="easy"), T(40, kind="easy"), T(60, kind="hard")
    fair = desk_of(None, kinds, routing={"policy": "fair_mix"}, outcome=outcome)
    assert who(fair, *tickets) == ["ana", "bo", "bo", "bo", "ana"]
    even = desk_of(None, kinds, routing={"policy": "priority_fifo"}, outcome=outcome)
    assert who(even, *tickets) == ["ana", "bo", "ana", "bo", "ana"]


def test_a_plan_without_orders_goes_by_slack() -> None:
    assert POLICIES["plan"] == POLICIES["sla_slack"]


def test_a_policy_whose_weights_are_all_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="all weights are 0, so the policy would decide nothing"):
        Policy()
    assert Policy(main_only_min=1).scans() is False


def test_the_named_policies_that_look_at_everybody_are_marked() -> None:
    assert {name for name, policy in POLICIES.items() if policy.scans()} == {
        "round_robin", "random", "least_open", "least_busy", "fair_mix", "manual_dispatch",
    }  # fmt: skip


def test_no_index_leaves_64_bits() -> None:
    """The largest weights times the largest features: ages of ten years, slack 4e9 s, speed 1000, 2^27 tickets."""
    ten_years, most = 316_000_000, 10**10
    ticket = TicketWeights(age_s=most, slack_s=10**9, kind=most, cmu=10**6, ease=most, work_s=10**9, mix=10**6)
    sums = ten_years * ticket.age_s + 4 * 10**9 * ticket.slack_s + 1000 * ticket.kind + 10**9 * ticket.cmu
    assert sums + 1000 * ticket.ease + ten_years * ticket.work_s + 10**6 * ticket.mix * 2**27 // 1000 < 2**63
    person = PersonWeights(idle_s=most, turn_s=most, speed=most, lot=most, busy_s=most, mix=10**6)
    sums = ten_years * (person.idle_s + person.turn_s) + 10**6 * person.speed + 2**20 * person.lot
    assert sums + 90_000 * person.busy_s + 10**6 * person.mix * 2**27 // 1000 < 2**63


def forgets(pickup: int, forgotten: int, **rest: Any) -> dict[str, Any]:
    neglect = Neglect(share=rest.pop("share", 1.0), forgotten=always(forgotten), **rest)
    return {"mode": "inbox", "pickup": always(pickup), "neglect": neglect}


@pytest.mark.parametrize(
    ("pickup", "forgotten", "remind", "reminders", "begins"),
    [(10, 600, 0, [], 610), (10, 600, 30, [30], 30), (10, 5, 30, [], 15), (40, 600, 15, [15, 30], 40)],
)
def test_a_reminder_ends_the_neglect_of_an_assigned_ticket(
    pickup: int, forgotten: int, remind: int, reminders: list[int], begins: int
) -> None:
    """Assigned at 0. Without reminders it is begun when pick-up and neglect are over, 10 + 600; a reminder at 30 comes
    first; neglect that ends at 10 + 5 needs none; and whoever is reminded at 15 still takes 40 to pick it up, so is
    reminded at 30 once more.
    """
    log = run(desk_of(routing=forgets(pickup, forgotten, remind_min=remind)), T(0))
    assert touches(log, "assigned_s", "accepted_s", "started_s") == [(0, begins, begins)]
    assert moments(log, "reminded") == [(at, 0, "reminded", "ana") for at in reminders]
    assert log.moments.filter(pl.col("what") == "reminded")["value"].to_list() == list(range(1, len(reminders) + 1))


def test_a_reminder_may_go_unheeded() -> None:
    """The first reminder that is heeded is the least k with 1 - 0.5^k >= the ticket's own number."""
    desk = desk_of(routing=forgets(0, 100_000, remind_min=30, heeds=0.5))
    tickets = [T(0) for _ in range(20)]
    numbers = [chance.uniform(1, 0, chance.code("heeded", 0), *n, 0) for n in world_of(desk, *tickets).name.tolist()]
    wanted = [next(k for k in range(1, 99) if 1 - 0.5**k >= u) for u in numbers]
    log = run(desk, *tickets)
    assert [at / 1800 for at in log.touches.sort("ticket")["accepted_s"]] == wanted
    assert moments(log, "reminded")[-1][0] == 30 * max(wanted) > 60


def test_only_the_stated_share_is_forgotten() -> None:
    desk = desk_of(routing=forgets(0, 1000, share=0.4))
    tickets = [T(100 * number) for number in range(30)]
    numbers = [chance.uniform(1, 0, chance.code("neglect", 0), *n, 0) for n in world_of(desk, *tickets).name.tolist()]
    log = run(desk, *tickets)
    delays = log.touches.sort("ticket").select((pl.col("accepted_s") - pl.col("assigned_s")) / 60).to_series()
    assert delays.to_list() == [1000 * (u <= 0.4) for u in numbers]
    assert 5 < sum(delays > 0) < 20


def test_nothing_is_forgotten_in_a_pool() -> None:
    with pytest.raises(ValueError, match="only assigned tickets are forgotten, got 'pool'"):
        Routing(neglect=Neglect(share=0.1, forgotten=always(10)))


def pulls(policy: str = "pull_fifo", look: float = 5, **declines: float) -> dict[str, Any]:
    return {"mode": "pull", "policy": policy, "pull": Pull(look_around=always(look), declines=declines)}


def test_people_look_around_before_they_pick() -> None:
    """Both turn to 0 at 0 and have looked around at 5: ana, whose number is lower, takes it. bo finds nothing, turns to
    1 at 7 and takes it at 12. 2 comes at 8: ana is free at 15, looks until 20, takes it.
    """
    log = run(desk_of(routing=pulls()), T(0), T(7), T(8))
    assert touches(log) == [(0, "ana", 5, 15, "done"), (1, "bo", 12, 22, "done"), (2, "ana", 20, 30, "done")]
    assert touches(log, "assigned_s", "accepted_s") == [(5, 5), (12, 12), (20, 20)]


def test_who_picks_cherries_takes_the_easiest_and_of_these_the_shortest() -> None:
    """ana is done with 0 at 15 and picks at 20: of 1 (ease 500, 10 min), 2 (ease 500, 5 min) and 3 (ease 0) she takes
    2, at 30 1, at 45 3, although 3 came first.
    """
    kinds = {
        "long": kind(stage(work=always(10))), "short": kind(stage(work=always(5))),
        "hard": kind(stage(work=always(1)), difficulty_mean=20.0),
    }  # fmt: skip
    desk = desk_of({"ana": {}}, kinds, routing=pulls("pull_cherry_pick"))
    tickets = T(0, kind="long"), T(6, kind="hard"), T(7, kind="long"), T(8, kind="short", work=5)
    assert touches(run(desk, *tickets), "ticket", "started_s") == [(0, 5), (3, 20), (2, 30), (1, 45)]


def test_a_kind_that_is_passed_over_is_looked_at_again() -> None:
    """The number of each look around decides: ana takes what waits since 0 at the first look whose number is above 0.7,
    five minutes each.
    """
    numbers = [chance.uniform(1, 0, chance.code("decline"), chance.code("ana"), chance.code("answer"), look, 0)
               for look in range(1, 200)]  # fmt: skip
    first = next(look for look, u in enumerate(numbers, 1) if u > 0.7)
    log = run(desk_of({"ana": {}}, routing=pulls(answer=0.7)), T(0))
    assert touches(log) == [(0, "ana", 5 * first, 5 * first + 10, "done")]
    assert first > 1


def test_a_look_around_ends_with_the_shift() -> None:
    """Shift 9:00-12:00. A ticket of 11:58 is found at 12:03 at the earliest: so at 9:05 of the next day."""
    log = run(desk_of({"ana": {"hours": "09:00-12:00"}}, routing=pulls()), T(12 * H - 2))
    assert touches(log, "started_s") == [(33 * H + 5,)]


def test_a_returning_ticket_needs_no_look_around() -> None:
    """0 is begun at 5, asks at 10, after half of the work, and is answered at 20: ana goes on at once, although she is
    looking around since 18 for the sake of 1; she turns to it anew at 25, takes it at 30.
    """
    asks = {"answer": kind(stage(asks=1.0, answer=always(10)))}
    log = run(desk_of({"ana": {}}, asks, routing=pulls()), T(0, asks=True), T(18))
    assert touches(log) == [
        (0, "ana", 5, 10, "parked"), (0, "ana", 20, 25, "done"), (1, "ana", 30, 40, "done"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("routing", "why"),
    [
        ({"mode": "pull"}, 'mode = "pull" and the table `pull` belong together'),
        ({"pull": Pull(look_around=always(1))}, 'mode = "pull" and the table `pull` belong together'),
        ({"policy": "pull_fifo"}, "policy 'pull_fifo' belongs to mode = \"pull\", got mode 'pool'"),
    ],
)
def test_picking_belongs_to_people_who_pick(routing: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Routing(**routing)


def test_passing_over_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"routing.pull.declines: unknown kind 'anwser'; did you mean 'answer'\?"):
        desk_of(routing=pulls(anwser=0.5))


def by_hand(delay: float, *seats: str, **rest: Any) -> dict[str, Any]:
    return {"dispatch": Dispatch(delay=always(delay), seats=seats), **rest}


@pytest.mark.parametrize("mode", ["pool", "inbox"])
def test_a_dispatcher_comes_to_a_ticket_after_a_while(mode: str) -> None:
    """20 minutes each: 0, of 0, is assigned at 20 and 1, of 5, at 25, although both people are idle."""
    log = run(desk_of(routing=by_hand(20, mode=mode)), T(0), T(5))
    assert touches(log, "ticket", "person", "assigned_s", "started_s") == [(0, "ana", 20, 20), (1, "bo", 25, 25)]


def test_nobody_assigns_while_no_dispatcher_is_on_duty() -> None:
    """cy and di dispatch, 9:00-10:00 and 9:30-12:00, together 9:00-12:00. A ticket of 8:50 is assigned at 9:20, one of
    9:45 at 10:05. Of 20 minutes for one of 11:50 ten pass before noon, ten from 9:00 of the next day: 9:10. One of
    12:00 comes at 9:20.
    """
    people: dict[str, dict[str, Any]] = {
        "ana": {}, "bo": {}, "cy": {"hours": "09:00-10:00", "takes": ("pay",)},
        "di": {"hours": "09:30-12:00", "takes": ("pay",)},
    }  # fmt: skip
    nine = 9 * H
    desk = desk_of(people, routing=by_hand(20, "cy", "di"))
    log = run(desk, T(nine - 10), T(nine + 45), T(nine + 170), T(nine + 180))
    assert [row[0] - nine for row in touches(log, "started_s")] == [20, 65, DAY + 10, DAY + 20]


def test_who_dispatches_by_hand_knows_the_oldest_and_whom_it_is_permitted() -> None:
    """Speed, and how long somebody has been idle, play no part: the lot decides."""
    desk = desk_of(TRIO, routing=by_hand(1, policy="manual_dispatch"))
    tickets = [T(30 * number) for number in range(40)]
    names = world_of(desk, *tickets).name.tolist()
    lots = [
        [chance.lot(1, 0, chance.code("lot", 0), *name, 0, chance.code(person)) for person in TRIO] for name in names
    ]
    assert who(desk, *tickets) == [max(TRIO, key=dict(zip(TRIO, lot, strict=True)).__getitem__) for lot in lots]


def test_a_ticket_that_goes_back_to_the_pool_waits_for_the_dispatcher_again() -> None:
    """ana, 9:00-12:00, is assigned 1 at 11:50 while she works on 0 until 13:00. At 12:00 her list goes back to the pool
    and the dispatcher comes to it at 12:10: to bo, who is there from 12:00.
    """
    people = {"ana": {"hours": "09:00-12:00"}, "bo": {"hours": "12:00-18:00"}}
    desk = desk_of(people, routing=by_hand(10, mode="inbox", orphan_h=1.0))
    log = run(desk, T(11 * H + 20, work=90), T(11 * H + 40))
    assert touches(log, "ticket", "person", "started_s")[1] == (1, "bo", 12 * H + 10)


def people_of_desk(desk: Desk, **persons: dict[str, Any]) -> Desk:
    """Return the desk with some of what is stated of its people changed."""
    changed = {name: person.changed(**persons.get(name, {})) for name, person in desk.staff.persons.items()}
    return Desk.model_validate(desk.changed(staff=desk.staff.changed(persons=changed)).model_dump())


def test_a_dispatcher_who_is_never_there_is_refused() -> None:
    desk = desk_of({"ana": {}, "cy": {}}, routing=by_hand(10, "cy"))
    with pytest.raises(ValueError, match="nobody of cy is ever on duty, so nobody would assign a ticket"):
        people_of_desk(desk, cy={"absent": 1.0})
    with pytest.raises(ValueError, match="unknown seat group 'ci'; did you mean 'cy'"):
        desk_of({"ana": {}, "cy": {}}, routing=by_hand(10, "ci"))


def test_dispatching_by_hand_needs_a_dispatcher_and_somebody_to_assign_to() -> None:
    with pytest.raises(ValueError, match="policy 'manual_dispatch' needs the table `dispatch`"):
        Routing(policy="manual_dispatch")
    with pytest.raises(ValueError, match='in mode "pull" nobody assigns'):
        Routing(**pulls(), **by_hand(5))


KINDS = {"answer": kind(), "pay": kind(stage(skill="pay"))}


def test_what_is_forbidden_to_a_person_is_left_to_others() -> None:
    """pay is forbidden to ana as a kind: at 0 bo takes it although ana's number is lower, and while bo works until 10
    she leaves the next one of that kind and takes an answer at 2. As a skill it is the same.
    """
    tickets = T(0, kind="pay"), T(1, kind="pay"), T(2, kind="answer")
    for forbidden in ({"forbidden_kinds": ("pay",)}, {"forbidden_skills": ("pay",)}):
        for mode in ("pool", "inbox"):
            desk = people_of_desk(desk_of(kinds=KINDS, routing={"mode": mode}), ana=forbidden)
            assert touches(run(desk, *tickets), "ticket", "person", "started_s") == [
                (0, "bo", 0), (2, "ana", 2), (1, "bo", 10),
            ]  # fmt: skip


def test_of_a_seat_whose_main_skill_is_forbidden_the_next_is_the_main_one() -> None:
    """ana's seat takes answer, then pay; answer is forbidden to her, so pay is her main work: she is given it first."""
    routing = {"policy": "custom", "custom": Policy(person=PersonWeights(main=1))}
    desk = desk_of({"bo": {"takes": ("answer", "pay")}, "cy": {"takes": ("answer", "pay")}}, KINDS, routing=routing)
    assert touches(run(desk, T(0, kind="pay")), "person") == [("bo",)]
    assert touches(run(people_of_desk(desk, cy={"forbidden_skills": ("answer",)}), T(0, kind="pay")), "person") == [
        ("cy",)
    ]


@pytest.mark.parametrize(
    ("persons", "why"),
    [
        ({"ana": {"forbidden_kinds": ("pya",)}}, "unknown kind 'pya'; did you mean 'pay'"),
        ({"ana": {"forbidden_skills": ("pya",)}}, "unknown skill 'pya'; did you mean 'pay'"),
        (
            {"ana": {"forbidden_skills": ("answer", "pay")}},
            "everything that the seat ana#1 takes is forbidden to the person",
        ),
        (
            {"ana": {"forbidden_kinds": ("pay",)}, "bo": {"forbidden_skills": ("pay",)}},
            "demand.kinds.pay.route: the skill 'pay' is forbidden to all who take it",
        ),
    ],
)
def test_forbidding_too_much_is_refused(persons: dict[str, dict[str, Any]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        people_of_desk(desk_of(kinds=KINDS), **persons)


def test_an_order_for_somebody_to_whom_the_ticket_is_forbidden_is_refused() -> None:
    desk = people_of_desk(desk_of(kinds=KINDS, routing={"steer_every_min": 5}), bo={"forbidden_kinds": ("pay",)})
    world = world_of(desk, *(T(0, kind="pay", work=60) for _ in range(3)))
    for engine in (model, fast):
        with pytest.raises(ValueError, match="orders: ticket 1 is not in the pool, or person 1 may not do it"):
            engine.run(desk, world, steer=lambda view, epoch: Orders(reserve=((1, 1),)))


def test_a_ticket_that_waits_too_long_is_escalated_and_goes_first() -> None:
    """ana works on 0 until 90. 1, normal, waits since 10, 2, urgent, since 80. After an hour, at 70, 1 is escalated: at
    90 it goes first, as one that was warned would; 2, begun at 100, never waits for an hour.
    """
    desk = desk_of({"ana": {}}, routing={"escalates_after_h": 1.0})
    log = run(desk, T(0, work=90), T(10), T(80, priority="urgent"))
    assert touches(log, "ticket", "started_s") == [(0, 0), (1, 90), (2, 100)]
    assert moments(log, "escalated") == [(70, 1, "escalated", None)]


def test_an_escalated_ticket_is_taken_from_who_has_not_begun_it() -> None:
    """Inbox: 0 and 2 are ana's, 1 is bo's. ana works until 200 and cannot begin 2, of 20. At 80, an hour after it
    became ready, it is escalated, and assigned anew: to bo, to whom the last ticket was assigned at 10, not at 20.
    """
    desk = desk_of(routing={"mode": "inbox", "escalates_after_h": 1.0})
    log = run(desk, T(0, work=200), T(10, work=5), T(20))
    assert touches(log, "ticket", "person", "assigned_s", "started_s") == [
        (0, "ana", 0, 0), (1, "bo", 10, 10), (2, "bo", 80, 80),
    ]  # fmt: skip
    assert moments(log, "escalated") == [(80, 2, "escalated", None)]


def test_a_forgotten_ticket_is_found_by_its_escalation() -> None:
    """Assigned to ana at 0 and forgotten; after an hour it is assigned to bo, who forgets it too, for five hours."""
    desk = desk_of(routing=forgets(0, 300) | {"escalates_after_h": 1.0})
    assert touches(run(desk, T(0)), "person", "assigned_s", "accepted_s") == [("bo", 60, 360)]
