"""Ten tickets and two people on paper, and their scorecard by every rubric that comes along.

Clocks run day and night; a reply is promised within 60 minutes, a resolution within 4 h. The log is March 2026; days
are of the month. Everything is of one kind and one category, so figures adjusted for the mix are the plain ones.
"Minutes" is how long the first reply took. Outcome and process are the ratings.

==  =======  ======  ============  ========================================================  =======  =======  =====
 #  learner  person  created       what became of it                                         minutes  outcome  process
==  =======  ======  ============  ========================================================  =======  =======  =====
 1  L1       ana     2 09:00       reply 09:30, resolved 10:00                                    30        5      5
 2  L2       ana     3 09:00       reply 10:30, resolved 11:00                                    90        4      4
 3  L3       ana     4 09:00       reply 09:15, resolved 14:00 after 5 h: late; bo helps,         15        4      4
                                   asked at 09:15, there from 09:45 to 10:00
 4  L4       ana     5 09:00       reply 09:45, resolved 10:00, reopened 6 09:00, resolved        45        -      -
                                   6 10:00; its channel is not on record
 5  L1       ana     9 09:00       reply 09:30, resolved 10:00; the second of this learner        30        5      5
 6  L6       ana     10 09:00      reply 11 10:00, resolved 11 10:30: late                      1500        -      -
 7  L7       bo      2 10:00       reply 10:30, resolved 11:00; a complaint; difficulty 5         30        2      3
 8  L8       bo      3 10:00       reply 13:00, resolved 13:30; difficulty 4                     180        4      4
 9  L9       bo      4 10:00       ana replies 10:20 and hands on to bo's department at           20        5      5
                                   10:30, bo takes it at 10:40 and resolves it 11:00
10  L10      bo      5 10:00       reply 10:50, resolved 11:30 by a known solution                50        -      -
==  =======  ======  ============  ========================================================  =======  =======  =====

First replies belong to who gave them: seven of ana (1 to 6 and 9), three of bo; all else to who resolved the ticket:
six and four. Assigned is a ticket when it is created (9: when it is handed on); ana takes hers 10 minutes later, bo 7
after 20 minutes, 8 after 170, 9 after 10 and 10 after 40. Ana has five shifts of 8 h and is busy for 30 of the 40
hours, bo two of 8 and one of 4 h, 10 of 20.

So ana's and bo's figures are: replies overdue 2 of 7 (2, 6) and 1 of 3 (8); resolutions overdue 2 of 6 (3, 6) and 0 of
4 (4 is worked on for 2 h in all); no reopening and nothing new within 72 h 5 of 6 (not 4) and 4 of 4; mean outcome
18/4 = 4.5 and 11/3, of 4 or 5: 4 of 4 and 2 of 3, of 1 or 2: none and 1 of 3; mean process 18/4 = 4.5 and 12/3 = 4;
tickets per hour 6/40 = 0.15 and 4/20 = 0.2, the mean of both 10/60, so 90 % and 120 % of it; idle 25 % and 50 %.

In every table `a..b: p..q` is the band in which the value lies and the points at its ends; where points run along the
band, they are p + (q - p) x (value - a) / (b - a).
"""

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl
import pytest

from scenarios.files.rubrics import load_rubric
from sim.calendar import Timeline
from sim.kpi.rubric import Rubric, score
from sim.log import Log
from sim.sla import Clause, Sla, Target

SLA = Sla(priorities={"normal": Target(response=Clause(target_min=60), resolution=Clause(target_min=240))})
LEARNERS = ("L1", "L2", "L3", "L4", "L1", "L6", "L7", "L8", "L9", "L10")
CREATED = (
    "2 09:00", "3 09:00", "4 09:00", "5 09:00", "9 09:00", "10 09:00", "2 10:00", "3 10:00", "4 10:00", "5 10:00",
)  # fmt: skip
REPLIED = (
    "2 09:30", "3 10:30", "4 09:15", "5 09:45", "9 09:30", "11 10:00", "2 10:30", "3 13:00", "4 10:20", "5 10:50",
)  # fmt: skip
RESOLVED = (
    "2 10:00", "3 11:00", "4 14:00", "5 10:00", "9 10:00", "11 10:30", "2 11:00", "3 13:30", "4 11:00", "5 11:30",
)  # fmt: skip
OUTCOME = {1: 5, 2: 4, 3: 4, 5: 5, 7: 2, 8: 4, 9: 5}
PROCESS = {1: 5, 2: 4, 3: 4, 5: 5, 7: 3, 8: 4, 9: 5}
TAKEN = {7: "2 10:20", 8: "3 12:50", 10: "5 10:40"}
SHIFTS = [("ana", day, 8, 6) for day in (2, 3, 4, 5, 9)] + [("bo", 2, 8, 4), ("bo", 3, 8, 4), ("bo", 4, 4, 2)]
EXTERNALS = [
    ("ana", "2026-03", "knowledge_shares", 2.0), ("bo", "2026-03", "training_hours_taught", 5.0),
    ("bo", "2026-03", "trainee_pass_rate", 0.8),
]  # fmt: skip

type Form = tuple[str, str, str, float]


def at(text: str) -> int:
    """Return the second of a day of March and a time: `2 09:30`."""
    day, time = text.split()
    hour, minute = time.split(":")
    return 60 * (1440 * (int(day) - 1) + 60 * int(hour) + int(minute))


def owner(number: int) -> str:
    return "ana" if number <= 6 else "bo"


def moments() -> Iterator[tuple[int, int, str, str | None, str | None, int | None]]:
    for number in range(1, 11):
        first = "ana" if number == 9 else owner(number)
        solution = "solution" if number == 10 else None
        yield number, at(CREATED[number - 1]), "created", None, None, None
        yield number, at(REPLIED[number - 1]), "reply", first, None, None
        yield number, at(RESOLVED[number - 1]), "resolved", owner(number), solution, None
        rated_s = at(RESOLVED[number - 1]) + 3600
        for what, ratings in (("outcome", OUTCOME), ("process", PROCESS)):
            if number in ratings:
                yield number, rated_s, "rated", None, what, ratings[number]
    yield 4, at("6 09:00"), "reopened", None, None, None
    yield 4, at("6 10:00"), "resolved", "ana", None, None
    yield 7, at("2 12:00"), "complaint", None, None, None
    yield 9, at("4 10:30"), "handed_on", "ana", None, None


def touches() -> Iterator[dict[str, object]]:
    """Yield one touch of each ticket, two of 4 and 9, and the help with 3."""
    for number in (*range(1, 9), 10):
        queued = at(CREATED[number - 1])
        started = at(TAKEN[number]) if number in TAKEN else queued + 600
        yield touch(number, owner(number), queued, started, at(RESOLVED[number - 1]), "done")
    yield touch(4, "ana", at("6 09:00"), at("6 09:10"), at("6 10:00"), "done")
    yield touch(9, "ana", at("4 10:00"), at("4 10:10"), at("4 10:30"), "transferred")
    yield touch(9, "bo", at("4 10:30"), at("4 10:40"), at("4 11:00"), "done", department="other")
    help_with = touch(3, "bo", at("4 09:15"), at("4 09:45"), at("4 10:00"), "assisted")
    yield help_with | {"assigned_s": None, "accepted_s": None, "reason": "assist"}


def touch(
    number: int, who: str, queued_s: int, started_s: int, ended_s: int, how: str, department: str = "service"
) -> dict[str, object]:
    return {
        "ticket": number, "stage": 0, "person": who, "seat": f"{who}'s", "team": "A", "department": department,
        "queued_s": queued_s, "assigned_s": queued_s, "accepted_s": started_s, "started_s": started_s,
        "ended_s": ended_s, "work_s": 600, "ended": how, "reason": None,
    }  # fmt: skip


def desk(roles: tuple[str, str], forms: list[Form], period: str = "2026-03") -> Log:
    """Return the log of the ten tickets, with ana and bo in some roles and what people stated of them."""
    told = [(who, period, item, source, f"{source} of {who}", points) for who, item, source, points in forms]
    columns = ["person", "period", "item", "source", "author", "points"]
    role = dict(zip(("ana", "bo"), roles, strict=True))
    shifts = [
        {"person": who, "role": role[who], "start_s": at(f"{day} 08:00"), "end_s": at(f"{day} 08:00") + hours * 3600,
         "paid_s": hours * 3600, "busy_s": busy * 3600}
        for who, day, hours, busy in SHIFTS
    ]  # fmt: skip
    named = ("ticket", "at_s", "what", "who", "reason", "value")
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 1), "Asia/Shanghai"), until_s=31 * 86_400, priorities=("normal",),
        moments=pl.DataFrame(list(moments()), schema=named, orient="row").with_row_index("number"),
        touches=pl.DataFrame(list(touches()), infer_schema_length=None), shifts=pl.DataFrame(shifts),
        cases=pl.DataFrame({
            "ticket": range(1, 11), "kind": ["k"] * 10, "category": ["c"] * 10, "learner": LEARNERS,
            "priority": ["normal"] * 10, "channel": [None if n == 4 else "mail" for n in range(1, 11)],
            "difficulty": [5.0 if n == 7 else 4.0 if n == 8 else 2.0 for n in range(1, 11)],
        }),
        people=pl.DataFrame({"person": ["ana", "bo"], "role": list(roles), "team": ["A", "A"]}), sla=SLA,
        externals=pl.DataFrame(EXTERNALS, schema=["person", "period", "measure", "value"], orient="row"),
        appraisals=pl.DataFrame(told, schema=columns, orient="row") if told else None,
    )  # fmt: skip


def card(log: Log, rubric: Rubric, person: str, period: str) -> tuple[dict[str, float | None], float, str]:
    """Return the points by item (those that count), the total and the tier of one scorecard."""
    frame = score(log, rubric, level=None)
    row = frame.filter((pl.col("person") == person) & (pl.col("period") == period)).row(0, named=True)
    counted = rubric.items_of(row["profile"])
    return {item["name"]: item["points"] for item in row["items"] if item["name"] in counted}, row["total"], row["tier"]


def agrees(
    found: tuple[dict[str, float | None], float, str], points: Mapping[str, float | None], total: float, tier: str
) -> None:
    """Compare a scorecard with the one on paper."""
    earned = found[0]
    assert {name for name, each in earned.items() if each is None} == {n for n, each in points.items() if each is None}
    assert earned == {name: None if each is None else pytest.approx(each, abs=2e-4) for name, each in points.items()}
    assert found[1] == pytest.approx(total, abs=2e-4) and found[2] == tier


def pay_of(rubric: Rubric, tier: str) -> float:
    return next(each.coefficient for each in rubric.tiers if each.name == tier)


def test_the_after_sales_rubric_of_100_points() -> None:
    """Forms: of ana by herself and her supervisor, of bo by the supervisor alone, and not on everything.

    Response, each reply for itself: up to 60 min 10 - 2 x min/60, up to 120 min 7 - 3 x (min - 60)/60, then
    3 x (480 - min)/360, nothing from 480 on. Late shares beyond 20 % with less than 3 late tickets stay in the band
    above (A-26), at its lower end.

    =================  =========================================  =======  ==================================  =======
    item               ana                                         points  bo                                   points
    =================  =========================================  =======  ==================================  =======
    communication /15  self 15, supervisor 10: 3 + 8                   11  supervisor 14                            14
    response /10       9, 5.5, 9.5, 8.5, 9, 0, 9.3333: 50.8333/7   7.2619  9, 2.5, 8.3333: 19.8333/3           6.6111
    satisfaction /5    4 of 4 good                                      5  2 of 3 = 66.7 %                           0
    attitude /30                                                  23.2619                                      20.6111
    success /15        83.333 %, 80..90: 8..11                          9  100 %                                    15
    repair_time /10    2 late, 33.3 %: 20..0: 4..7, at 20               4  none late                                10
    learning /5        both 5                                           5  nobody says anything                      -
    skill /30                                                          18  25 of 25                                 30
    volume /10         90 %, 80..100: 4..7                            5.5  120 %, 100..120: 8..10                   10
    task_time /10      2 of 7 late, at 20                               4  1 of 3 late, at 20                        4
    efficiency /20                                                    9.5                                           14
    cooperation /5     self 5, supervisor 3: 1 + 2.4                  3.4  -                                         -
    cross_dep. /5      supervisor 3                                     3  -                                         -
    teamwork /10                                                      6.4  without                                   -
    attendance /5      supervisor 5                                     5  supervisor 2                              2
    compliance /5      supervisor 5                                     5  -                                         -
    discipline /10                                                     10  2 of 5                                    4
    =================  =========================================  =======  ==================================  =======

    Ana: 23.2619 + 18 + 9.5 + 6.4 + 10 = 67.1619, tier D, pay 0.8. Bo, without teamwork, of 90 points: 20.6111 + 30 +
    14 + 4 = 68.6111, and 68.6111 / 0.9 = 76.2346, tier C, pay 1.
    """
    forms = [
        ("ana", "communication", "self", 15.0), ("ana", "communication", "supervisor", 10.0),
        ("ana", "learning", "self", 5.0), ("ana", "learning", "supervisor", 5.0), ("ana", "cooperation", "self", 5.0),
        ("ana", "cooperation", "supervisor", 3.0), ("ana", "cross_department", "supervisor", 3.0),
        ("ana", "attendance", "supervisor", 5.0), ("ana", "compliance", "supervisor", 5.0),
        ("bo", "communication", "supervisor", 14.0), ("bo", "attendance", "supervisor", 2.0),
    ]  # fmt: skip
    log, rubric = desk(("adviser", "adviser"), forms), load_rubric("aftersales_100")
    ana = {
        "communication": 11.0, "response": 7.2619, "satisfaction": 5.0, "success": 9.0, "repair_time": 4.0,
        "learning": 5.0, "volume": 5.5, "task_time": 4.0, "cooperation": 3.4, "cross_department": 3.0,
        "attendance": 5.0, "compliance": 5.0,
    }  # fmt: skip
    bo = {
        "communication": 14.0, "response": 6.6111, "satisfaction": 0.0, "success": 15.0, "repair_time": 10.0,
        "learning": None, "volume": 10.0, "task_time": 4.0, "cooperation": None, "cross_department": None,
        "attendance": 2.0, "compliance": None,
    }  # fmt: skip
    agrees(card(log, rubric, "ana", "2026-03"), ana, 67.1619, "D")
    agrees(card(log, rubric, "bo", "2026-03"), bo, 76.2346, "C")
    assert (pay_of(rubric, "D"), pay_of(rubric, "C")) == (0.8, 1.0)


def test_learner_service_in_three_figures() -> None:
    """Nobody judges anybody; ticket 6 was answered after 25 h, and 9, answered by ana, is bo's.

    =================  ===========================  =======  =================================  =======
    item               ana                           points  bo                                  points
    =================  ===========================  =======  =================================  =======
    within_24h /10     5 of 6, 70..95: 0..5          2.6667  4 of 4                                  10
    response 35                                      9.3333                                          35
    satisfaction /10   4.5, 4.2..4.8: 5..10             7.5  3.6667, 3..4.2: 0..5                2.7778
    complaints /5      none                               5  25 %, more than 6                        0
    satisfaction 35    12.5 of 15                   29.1667  2.7778 of 15                        6.4815
    solved /10         83.333 %, 60..85: 0..5        4.6667  100 %                                   10
    solved 30                                            14                                          30
    =================  ===========================  =======  =================================  =======

    Ana: 9.3333 + 29.1667 + 14 = 52.5, tier E, pay 0.5. Bo: 35 + 6.4815 + 30 = 71.4815, tier C, pay 1.
    """
    log, rubric = desk(("adviser", "adviser"), []), load_rubric("learner_service")
    ana = {"within_24h": 2.6667, "satisfaction": 7.5, "complaints": 5.0, "solved": 4.6667}
    bo = {"within_24h": 10.0, "satisfaction": 2.7778, "complaints": 0.0, "solved": 10.0}
    agrees(card(log, rubric, "ana", "2026-03"), ana, 52.5, "E")
    agrees(card(log, rubric, "bo", "2026-03"), bo, 71.4815, "C")
    assert (pay_of(rubric, "E"), pay_of(rubric, "C")) == (0.5, 1.0)


def test_a_training_institution_in_six_dimensions() -> None:
    """Ana is in a teaching post, bo a manager, so that assignment and decisions count for him alone (A-34).

    ======================  ==============================  =======  =====================================  =======
    item                    ana                              points  bo                                      points
    ======================  ==============================  =======  =====================================  =======
    assignment_accuracy     (bo alone)                               none passed on for a wrong skill            10
    accept_time /10         (bo alone)                               240/4 = 60 min, 120..30: 0..5           3.3333
    assignment 10                                                    13.3333 of 20                           6.6667
    first_time /10          5 of 6, 75..90: 5..10            7.7778  4 of 4                                      10
    handling /5             peer 4                                4  -                                            -
    handling_learners /5    4.5, 4.2..4.8: 2.5..5              3.75  4, 3..4.2: 0..2.5                       2.0833
    records /5              5 of 6 (4), 80..95: 0..2.5       0.5556  all                                          5
    quality 30, 25          16.0833 of 25                      19.3  17.0833 of 20                          21.3542
    response /10            1730/7 = 247.14 min,             3.2341  260/3 = 86.67 min, 120..15: 5..10       6.5873
                            480..120: 0..5
    overdue /10             33.3 %, more than 30                  0  none                                        10
    timeliness 15, 20       3.2341 of 20                     2.4256  16.5873 of 20                          16.5873
    together_on_time /10    none of several departments           -  9                                           10
    collaboration 15        without                               -                                              15
    satisfaction /10        4.5                                 7.5  3.6667                                  2.7778
    low_scores /5           none                                  5  33.3 %, more than 20                         0
    satisfaction 40, 20     12.5 of 15                      33.3333  2.7778 of 15                            3.7037
    productivity /10        (bo alone)                               0.2 an hour, 0..1.5: 0..5               0.6667
    idle /10                (bo alone)                               50 %, 25 off the ideal of 25,                3
                                                                     40..15: 0..5
    decision 10                                                      3.6667 of 20                            1.8333
    ======================  ==============================  =======  =====================================  =======

    Ana, without collaboration, of 85: 19.3 + 2.4256 + 33.3333 = 55.0589, / 0.85 = 64.7752, tier D, pay 0.8. Bo: 6.6667
    + 21.3542 + 16.5873 + 15 + 3.7037 + 1.8333 = 65.1452, tier D.
    """
    log, rubric = desk(("adviser", "manager"), [("ana", "handling", "peer", 4.0)]), load_rubric("training_6d")
    ana = {
        "first_time": 7.7778, "handling": 4.0, "handling_learners": 3.75, "records": 0.5556, "response": 3.2341,
        "overdue": 0.0, "together_on_time": None, "satisfaction": 7.5, "low_scores": 5.0,
    }  # fmt: skip
    bo = {
        "assignment_accuracy": 10.0, "accept_time": 3.3333, "first_time": 10.0, "handling": None,
        "handling_learners": 2.0833, "records": 5.0, "response": 6.5873, "overdue": 10.0,
        "together_on_time": 10.0, "satisfaction": 2.7778, "low_scores": 0.0, "productivity": 0.6667, "idle": 3.0,
    }  # fmt: skip
    weighed = {item.name for item in rubric.items if rubric.weights_of("teaching")[item.category]}
    found = card(log, rubric, "ana", "2026-03")
    agrees(({name: each for name, each in found[0].items() if name in weighed}, *found[1:]), ana, 64.7752, "D")
    agrees(card(log, rubric, "bo", "2026-03"), bo, 65.1452, "D")
    assert pay_of(rubric, "D") == 0.8


PEERS = [
    ("bo", "prompt_help", "peer", 4.0), ("bo", "right_diagnosis", "peer", 3.0), ("bo", "knowledge", "knowledge", 3.5),
]  # fmt: skip


def test_technical_support_at_the_front_line() -> None:
    """Ana by the month; what people judge, and what only experts are asked, does not count for her.

    ======================  ===========================================  =======
    item                    ana                                           points
    ======================  ===========================================  =======
    first_response_overdue  28.571 %, 30..10: 0..5                        0.3571
    resolution_overdue /10  33.3 %, more than 30                               0
    repeat_resolution /5    ticket 5, the second of L1: 1 h, less than 4       5
    timeliness 40           5.3571 of 25                                  8.5714
    single_contact /10      5 of 6 (4 came back), 70..90: 5..10           8.3333
    verified /10            83.333 %, 60..85: 0..5                        4.6667
    quality 25              13 of 20                                       16.25
    result_satisfaction     4.5, 4.2..4.8: 5..10                             7.5
    process_satisfaction    4.5                                              7.5
    experience 30           15 of 20                                        22.5
    shares /5               2 cases, 1..4: 2.5..5                         3.3333
    team 5                  3.3333 of 5                                   3.3333
    ======================  ===========================================  =======

    8.5714 + 16.25 + 22.5 + 3.3333 = 50.6548: tier C, which no coefficient pays less (pay comes from the pool, A-28).
    """
    rubric = load_rubric("techsupport_4d")
    ana = {
        "first_response_overdue": 0.3571, "resolution_overdue": 0.0, "repeat_resolution": 5.0, "single_contact": 8.3333,
        "verified": 4.6667, "result_satisfaction": 7.5, "process_satisfaction": 7.5, "shares": 3.3333,
    }  # fmt: skip
    agrees(card(desk(("adviser", "tech_expert"), PEERS), rubric, "ana", "2026-03"), ana, 50.6548, "C")
    assert pay_of(rubric, "C") == 1.0


@pytest.mark.parametrize(("role", "total"), [("tech_expert", 66.9722), ("manager", 63.0463)])
def test_technical_support_by_its_expert_and_its_manager(role: str, total: float) -> None:
    """Bo by the quarter, on every item; the same shares of four categories weigh differently for the two roles.

    ======================  ============================================  =======
    item                    bo                                             points
    ======================  ============================================  =======
    first_response_overdue  33.3 %, more than 30                                0
    resolution_overdue /10  none                                               10
    repeat_resolution /5    no learner of his came twice                        -
    timeliness              10 of 20                                         0.5
    single_contact /10      4 of 4                                             10
    verified /10            4 of 4                                             10
    hard_problems /10       7 and 8, 0..4: 0..5                               2.5
    hard_cycle /5           (1 h + 3.5 h)/2 = 2.25 h, less than 8               5
    solution_reuse /5       1 of 4 (10), 25..60: 2.5..5, at 25                2.5
    quality                 30 of 40                                         0.75
    result_satisfaction     3.6667, 3..4.2: 0..5                           2.7778
    process_satisfaction    4, 3..4.2: 0..5                                4.1667
    prompt_help /5          peer 4                                              4
    right_diagnosis /5      peer 3                                              3
    experience              13.9444 of 30                                  0.4648
    knowledge /5            3.5 by the knowledge base                         3.5
    taught /5               5 h, 2..8: 2.5..5                                3.75
    trainees /5             80 %, 80..95: 2.5..5, at 80                       2.5
    praised_across /5       9, rated 5                                          5
    help_speed /5           30 min for ticket 3, 60..10: 2.5..5                 4
    shares /5               nobody states any                                   -
    team                    18.75 of 25                                      0.75
    ======================  ============================================  =======

    Expert: 0.5 x 15 + 0.75 x 45 + 0.464815 x 15 + 0.75 x 25 = 7.5 + 33.75 + 6.9722 + 18.75 = 66.9722. Manager: 0.5 x
    25 + 0.75 x 25 + 0.464815 x 20 + 0.75 x 30 = 12.5 + 18.75 + 9.2963 + 22.5 = 63.0463. Both tier B.
    """
    rubric = load_rubric("techsupport_4d")
    bo = {
        "first_response_overdue": 0.0, "resolution_overdue": 10.0, "repeat_resolution": None, "single_contact": 10.0,
        "verified": 10.0, "hard_problems": 2.5, "hard_cycle": 5.0, "solution_reuse": 2.5,
        "result_satisfaction": 2.7778, "process_satisfaction": 4.1667, "prompt_help": 4.0, "right_diagnosis": 3.0,
        "knowledge": 3.5, "taught": 3.75, "trainees": 2.5, "praised_across": 5.0, "help_speed": 4.0, "shares": None,
    }  # fmt: skip
    found = card(desk(("adviser", role), PEERS, "2026-Q1"), rubric, "bo", "2026-Q1")
    agrees(found, bo, total, "B")


def test_the_fair_merge_draws_few_tickets_towards_the_role() -> None:
    """Both advise. A share or mean on n tickets counts as (n x own + 20 x role's) / (n + 20), `across` with 10.

    ==================  =========================================  =======  ================================  =======
    item                ana                                         points  bo                                 points
    ==================  =========================================  =======  ================================  =======
    process_sat. /10    (18 + 20 x 30/7)/24 = 4.321429,             6.6071  (12 + 20 x 30/7)/23 = 4.248447     6.2422
                        4..5: 5..10
    result_sat. /5      (18 + 20 x 29/7)/24 = 4.202381,             2.5099  (11 + 20 x 29/7)/23 = 4.080745,    2.2516
                        4.2..4.8: 2.5..5                                    3..4.2: 0..2.5
    response /5         (200 + 600)/27 = 29.6296 %, 30..10: 0..2.5  0.0463  (100 + 600)/23 = 30.4 %, over 30        0
    communication /10   supervisor 10, audit 6                           8  supervisor 7                            7
    attitude 30                                                    17.1634                                    15.4939
    verified /22.5      (5 + 18)/26 = 88.4615 %,                   17.5962  (4 + 18)/24 = 91.6667 %                20
                        80..95: 11.25..22.5
    independent /2.5    6 of 6 (help is no hand): (6 + 18)/26 =     1.9527  3 of 4 (not 9): (3 + 18)/24 =      1.4904
                        92.3077 %, 85..98: 1.25..2.5                        87.5 %
    learning /5         supervisor 4, knowledge base 2                   3  -                                       -
    skill 30            22.5488 of 30                              22.5488  21.4904 of 25                     25.7885
    resolution /4       (2 + 4)/26 = 23.0769 %, 30..10: 0..2        0.6923  (0 + 4)/24 = 16.6667 %             1.3333
    volume /16          90 %, 65..95: 0..8                          6.6667  120 %, 95..125: 8..16             14.6667
    efficiency 20                                                   7.3590                                         16
    cooperation /5      peer 4                                           4  -                                       -
    across /5           none                                             -  9: (1 + 10)/11 = 100 %                  5
    teamwork 10         4 of 5                                           8  5 of 5                                 10
    attendance /5       HR 5                                             5  HR 3                                    3
    compliance /5       audit 5                                          5  -                                       -
    discipline 10                                                       10  3 of 5                                  6
    ==================  =========================================  =======  ================================  =======

    Ana: 17.1634 + 22.5488 + 7.3590 + 8 + 10 = 65.0712, tier D, pay 0.8. Bo: 15.4939 + 25.7885 + 16 + 10 + 6 =
    73.2823, tier C, pay 1.0. The month is shown, the quarter decides; here they are the same tickets.
    """
    forms = [
        ("ana", "communication", "supervisor", 10.0), ("ana", "communication", "audit", 6.0),
        ("ana", "learning", "supervisor", 4.0), ("ana", "learning", "knowledge", 2.0),
        ("ana", "cooperation", "peer", 4.0), ("ana", "attendance", "hr", 5.0), ("ana", "compliance", "audit", 5.0),
        ("bo", "communication", "supervisor", 7.0), ("bo", "attendance", "hr", 3.0),
    ]  # fmt: skip
    log, rubric = desk(("adviser", "adviser"), forms), load_rubric("fair_merge")
    ana = {
        "process_satisfaction": 6.6071, "result_satisfaction": 2.5099, "response": 0.0463, "communication": 8.0,
        "verified": 17.5962, "independent": 1.9527, "learning": 3.0, "resolution": 0.6923, "volume": 6.6667,
        "cooperation": 4.0, "across": None, "attendance": 5.0, "compliance": 5.0,
    }  # fmt: skip
    bo = {
        "process_satisfaction": 6.2422, "result_satisfaction": 2.2516, "response": 0.0, "communication": 7.0,
        "verified": 20.0, "independent": 1.4904, "learning": None, "resolution": 1.3333, "volume": 14.6667,
        "cooperation": None, "across": 5.0, "attendance": 3.0, "compliance": None,
    }  # fmt: skip
    for period in ("2026-03", "2026-Q1"):
        agrees(card(log, rubric, "ana", period), ana, 65.0712, "D")
        agrees(card(log, rubric, "bo", period), bo, 73.2823, "C")
    assert (pay_of(rubric, "D"), pay_of(rubric, "C")) == (0.8, 1.0)
