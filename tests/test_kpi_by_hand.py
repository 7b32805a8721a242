"""Ten tickets and two people, on paper, and every KPI that comes from them.

The desk is open 09:00 to 18:00 every day. A reply is promised within 60 open minutes, a resolution within
240; a reopening lets the clock go on (`resume`). The log runs from Monday 30 March 2026, 00:00, to Friday
3 April, 09:35 (6335 minutes). Days are numbered from Monday = 0; ana is in team A, bo in team B. All
times in hours and minutes.

==  =======  ========  ============  ====================================================================
 #  kind     learner   created       what became of it
==  =======  ========  ============  ====================================================================
 1  enquiry  L1        0 09:00       ana 09:10-09:30 (reply 09:20), resolved 09:30; asked, rated 5, process 4
 2  enquiry  L2        0 09:20       ana 09:30-09:50 (reply 09:40), waits for the learner 09:50-11:50,
                                     ana 12:00-12:20, resolved 12:20; asked, rated 3
 3  refund   L3        0 10:00       ana 10:00-10:20 (reply 10:10), hands on, bo 10:30-11:30,
                                     resolved 11:30, reopened 16:30, bo 16:40-17:00, resolved 17:00
 4  enquiry  L4        0 17:30       bo 1 09:10-09:40 (reply 09:20), resolved 1 09:40; asked, no answer
 5  enquiry  L5        1 10:00       leaves at 10:20, unanswered
 6  enquiry  L1        1 10:30       automatic reply at once; ana 10:40-11:10 (reply 11:00),
                                     resolved 11:10; asked, rated 2
 7  refund   L6        1 16:00       ana 17:00-17:40 (reply 17:30), hands on, bo 2 09:00-09:40,
                                     resolved 2 09:40
 8  enquiry  L7        2 09:00       nothing: open at the end
 9  enquiry  L9        2 09:30       blocked
10  enquiry  L8        4 09:00       nothing: open at the end
==  =======  ========  ============  ====================================================================

Shifts of 9 h with a break of 1 h, paid 8 h, 400.00 each: ana on days 0 and 1, bo on days 0, 1 and 2 (and
30 minutes of overtime on day 2). Busy minutes: ana 80 and 70; bo 80, 30 and 40.

Dues of the response: 0 10:00, 0 10:20, 0 11:00, 1 09:30, 1 11:00, 1 11:30, 1 17:00, 2 10:00 (tickets 1 to
8); of ticket 10 it is 4 10:00, after the end. Dues of the resolution: 0 13:00; 0 13:20 and 120 minutes of
pause, 0 15:20; 0 14:00 and 300 minutes of rest from 11:30 to 16:30 = 1 10:00; 1 12:30; 1 14:00; 1 14:30;
2 11:00; 2 13:00; 4 13:00.
"""

from datetime import date
from typing import Any

import polars as pl
import pytest

from sim.calendar import WEEKDAYS, Calendar, Timeline
from sim.kpi import Book, Switches, Window, measure
from sim.kpi.credit import POLICIES
from sim.log import Log
from sim.sla import Clause, Sla, Target

OFFICE = Calendar(hours=dict.fromkeys(WEEKDAYS, ("09:00-18:00",)))
SLA = Sla(
    priorities={
        "normal": Target(
            response=Clause(target_min=60, calendar="office"),
            resolution=Clause(target_min=240, calendar="office"),
        )
    }
)


def at(text: str) -> int:
    """Return the second of a day and a time: `1 09:30`."""
    day, time = text.split()
    hour, minute = time.split(":")
    return 60 * (1440 * int(day) + 60 * int(hour) + int(minute))


KINDS = ["refund" if number in (3, 7) else "enquiry" for number in range(1, 11)]
LEARNERS = ("L1", "L2", "L3", "L4", "L5", "L1", "L6", "L7", "L9", "L8")
CREATED = (
    "0 09:00", "0 09:20", "0 10:00", "0 17:30", "1 10:00",
    "1 10:30", "1 16:00", "2 09:00", "2 09:30", "4 09:00",
)  # fmt: skip
EVENTS: list[tuple[int, str, str, str | None, str | None, int | None]] = [
    (1, "0 09:20", "reply", "ana", None, None),
    (1, "0 09:30", "resolved", "ana", None, None),
    (1, "0 09:31", "survey_sent", None, None, None),
    (1, "0 10:00", "rated", None, "outcome", 5),
    (1, "0 10:00", "rated", None, "process", 4),
    (2, "0 09:40", "reply", "ana", None, None),
    (2, "0 09:50", "wait_begins", "ana", "requester", None),
    (2, "0 11:50", "wait_ends", None, None, None),
    (2, "0 12:20", "resolved", "ana", None, None),
    (2, "0 12:21", "survey_sent", None, None, None),
    (2, "0 13:00", "rated", None, "outcome", 3),
    (3, "0 10:10", "reply", "ana", None, None),
    (3, "0 10:20", "handed_on", "ana", None, None),
    (3, "0 11:30", "resolved", "bo", None, None),
    (3, "0 16:30", "reopened", None, None, None),
    (3, "0 17:00", "resolved", "bo", None, None),
    (4, "1 09:20", "reply", "bo", None, None),
    (4, "1 09:40", "resolved", "bo", None, None),
    (4, "1 09:41", "survey_sent", None, None, None),
    (5, "1 10:20", "left", None, None, None),
    (6, "1 10:30", "auto_reply", None, None, None),
    (6, "1 11:00", "reply", "ana", None, None),
    (6, "1 11:10", "resolved", "ana", None, None),
    (6, "1 11:11", "survey_sent", None, None, None),
    (6, "1 12:00", "rated", None, "outcome", 2),
    (7, "1 17:30", "reply", "ana", None, None),
    (7, "1 17:40", "handed_on", "ana", None, None),
    (7, "2 09:40", "resolved", "bo", None, None),
    (9, "2 09:30", "blocked", None, None, None),
]
TOUCHES = [
    (1, 0, "ana", "0 09:00", "0 09:10", "0 09:30", "done"),
    (2, 0, "ana", "0 09:20", "0 09:30", "0 09:50", "parked"),
    (2, 0, "ana", "0 11:50", "0 12:00", "0 12:20", "done"),
    (3, 0, "ana", "0 10:00", "0 10:00", "0 10:20", "transferred"),
    (3, 1, "bo", "0 10:20", "0 10:30", "0 11:30", "done"),
    (3, 1, "bo", "0 16:30", "0 16:40", "0 17:00", "done"),
    (4, 0, "bo", "0 17:30", "1 09:10", "1 09:40", "done"),
    (5, 0, None, "1 10:00", None, "1 10:20", "left"),
    (6, 0, "ana", "1 10:30", "1 10:40", "1 11:10", "done"),
    (7, 0, "ana", "1 16:00", "1 17:00", "1 17:40", "transferred"),
    (7, 1, "bo", "1 17:40", "2 09:00", "2 09:40", "done"),
]
SHIFTS = [("ana", 0, 80, 0), ("ana", 1, 70, 0), ("bo", 0, 80, 0), ("bo", 1, 30, 0), ("bo", 2, 40, 30)]
TEAM = {"ana": "A", "bo": "B"}


def desk() -> Log:
    """Return the log of the ten tickets."""
    numbers = range(1, 11)
    rows = [(n, at(CREATED[n - 1]), "created", None, None, None) for n in numbers]
    rows += [(n, at(time), what, who, reason, value) for n, time, what, who, reason, value in EVENTS]
    columns = ("ticket", "at_s", "what", "who", "reason", "value")
    moments = pl.DataFrame(rows, schema=columns, orient="row").with_row_index("number")
    touches = [
        {
            "ticket": n, "stage": stage, "person": who,
            "seat": who and f"{who}'s desk", "team": who and TEAM[who],
            "queued_s": at(queued), "started_s": started and at(started), "ended_s": at(ended), "ended": how,
            "work_s": started and at(ended) - at(started),
        }
        for n, stage, who, queued, started, ended, how in TOUCHES
    ]  # fmt: skip
    shifts = [
        {
            "person": who, "team": TEAM[who], "start_s": at(f"{day} 09:00"), "end_s": at(f"{day} 18:00"),
            "paid_s": 8 * 3600, "busy_s": busy * 60, "break_s": 3600, "overtime_s": over * 60,
            "cost_minor": 40_000,
        }
        for who, day, busy, over in SHIFTS
    ]  # fmt: skip
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 30), "Asia/Shanghai"), until_s=at("4 09:35"),
        priorities=("normal",), moments=moments, touches=pl.DataFrame(touches), shifts=pl.DataFrame(shifts),
        cases=pl.DataFrame(
            {"ticket": numbers, "kind": KINDS, "learner": LEARNERS, "priority": ["normal"] * 10}
        ),
        people=pl.DataFrame({"person": ["ana", "bo"], "role": ["adviser", "expert"], "team": ["A", "B"]}),
        sla=SLA, calendars={"office": OFFICE},
    )  # fmt: skip


LOG = desk()


def figures(name: str, by: str = "", **options: Any) -> dict[Any, tuple[float | None, int]]:
    """Return the figure and n of each group of one KPI."""
    rows = measure(LOG, [name], by=by or (), **options)
    return {(row[by] if by else None): (row["mean"], row["n"]) for row in rows.iter_rows(named=True)}


ON_PAPER = {
    "wait_mean": (1050 / 7, 7),  # 10 + 10 + 0 + 940 + 20 + 10 + 60
    "wait_served_mean": (1030 / 6, 6),  # without ticket 5, which left
    "abandoned_rate": (1 / 7, 7),  # 8 and 10 are untouched, 9 is blocked
    "blocked_rate": (1 / 10, 10),
    "first_response_mean": (1120 / 6, 6),  # 20 + 20 + 10 + 950 + 30 + 90
    "first_response_open_mean": (220 / 6, 6),  # 20 + 20 + 10 + 50 + 30 + 90
    "response_overdue_rate": (3 / 8, 8),  # 5, 7 and 8
    "resolution_overdue_rate": (2 / 8, 8),  # 5 and 8
    "resolution_time_mean": (2580 / 6, 6),  # 30 + 60 + 420 + 970 + 40 + 1060
    "resolution_time_open_mean": (780 / 6, 6),  # 30 + 60 + 420 + 70 + 40 + 160
    "tickets_created": (10, 10),
    "tickets_resolved": (6, 6),
    "fcr_no_followup": (2 / 3, 3),  # 1 and 2 of 1, 2, 3; what was resolved after 1 09:35 is censored
    "fcr_single_contact": (1 / 3, 3),  # 2 asked back, 3 was reopened
    "fcr_verified_72h": (1 / 3, 3),  # the learner of 1 wrote again 25 hours later
    "reopen_rate": (1 / 6, 6),
    "repeat_rate": (1 / 9, 9),  # 6 repeats 1; 9 is blocked
    "independent_rate": (4 / 6, 6),  # not 3 and 7
    "csat_mean": (10 / 3, 3),
    "csat_top2_share": (1 / 3, 3),
    "csat_low_share": (1 / 3, 3),
    "process_csat_mean": (4, 1),
    "survey_response_rate": (3 / 4, 4),
    "handoffs_mean": (2 / 6, 6),
    "touches_mean": (10 / 6, 6),  # 1 + 2 + 3 + 1 + 1 + 2
    "work_min_mean": (300 / 10, 10),
    "utilisation": (300 / 2400, 5),
    "idle_rate": (2100 / 2400, 5),
    "tickets_per_hour": (6 / 40, 6),
    "cost_per_ticket": (2000 / 6, 6),
    "cost_total": (2000, 5),
    "overtime_h": (0.5, 5),
    "backlog_mean": (5370 / 6335, 10),  # 30 + 180 + 120 + 970 + 20 + 40 + 1060 + 2915 + 0 + 35
    "backlog_end": (2, 2),  # 8 and 10
}


@pytest.mark.parametrize("name", ON_PAPER)
def test_a_figure_is_the_one_on_paper(name: str) -> None:
    value, n = ON_PAPER[name]
    found, found_n = figures(name)[None]
    assert found == pytest.approx(value, rel=1e-12)
    assert found_n == n


def test_what_is_not_over_is_censored_and_counted_apart() -> None:
    """Ticket 9, which was blocked, is not censored but left out."""
    names = ["wait_mean", "first_response_mean", "fcr_verified_72h", "response_overdue_rate", "abandoned_rate"]
    assert measure(LOG, names)["censored"].to_list() == [2, 2, 3, 0, 2]


def test_nine_of_ten_waits_are_at_most_the_longest_of_seven() -> None:
    """ceil(0.9 * 7) = 7, so it is the longest: 940 minutes, on a grid of 1 %; of six responses 950."""
    assert figures("wait_p90")[None] == (pytest.approx(940, rel=0.006), 7)
    assert figures("first_response_p90")[None] == (pytest.approx(950, rel=0.006), 6)


def test_the_six_attributions_of_resolved_tickets() -> None:
    """Last resolver: 1, 2, 6 ana; 3, 4, 7 bo. First owner: 4 bo, the others ana. Nobody closed any. Shares of
    the work: 3 is 20 : 80 minutes and 7 is 40 : 40, so ana has 1 + 1 + 0.2 + 1 + 0.5 and bo 0.8 + 1 + 0.5;
    in equal parts 3 and 7 are half each one's; most of 3 is bo's, and 7 the first's by name."""
    assert figures("tickets_resolved", "person", attribution="closer") == {None: (6, 6)}
    assert figures("tickets_resolved", "person", attribution="equal_split") == {"ana": (4, 5), "bo": (2, 3)}
    assert figures("tickets_resolved", "person", attribution="plurality") == {"ana": (4, 4), "bo": (2, 2)}
    assert figures("tickets_resolved", "team", attribution="plurality") == {"A": (4, 4), "B": (2, 2)}
    assert figures("tickets_resolved", "person") == {"ana": (3, 3), "bo": (3, 3)}
    assert figures("tickets_resolved", "person", attribution="first_owner") == {"ana": (5, 5), "bo": (1, 1)}
    shared = figures("tickets_resolved", "person", attribution="time_share")
    assert shared == {"ana": (pytest.approx(3.7, rel=1e-12), 5), "bo": (pytest.approx(2.3, rel=1e-12), 3)}


def test_a_shared_ticket_weighs_in_a_mean_by_the_share() -> None:
    """ana: (30 + 60 + 0.2 * 420 + 40 + 0.5 * 1060) / 3.7; bo: (0.8 * 420 + 970 + 0.5 * 1060) / 2.3."""
    found = figures("resolution_time_mean", "person", attribution="time_share")
    assert found["ana"][0] == pytest.approx(744 / 3.7, rel=1e-12)
    assert found["bo"][0] == pytest.approx(1836 / 2.3, rel=1e-12)


def test_the_first_replier_answers_for_the_response_whatever_the_policy() -> None:
    """ana replied to 1, 2, 3, 6 in time and to 7 late, bo to 4 in time; nobody to 5 and 8, both late."""
    expected = {None: (1.0, 2), "ana": (1 / 5, 5), "bo": (0.0, 1)}
    for policy in POLICIES:
        assert figures("response_overdue_rate", "person", attribution=policy) == expected


def test_a_person_is_measured_with_team_seat_and_role() -> None:
    expected = {"A": (3, 3), "B": (3, 3)}
    assert figures("tickets_resolved", "team") == expected
    assert figures("tickets_resolved", "seat") == {"ana's desk": (3, 3), "bo's desk": (3, 3)}
    assert figures("tickets_resolved", "role") == {"adviser": (3, 3), "expert": (3, 3)}
    assert figures("cost_per_ticket", "team") == {"A": (pytest.approx(800 / 3), 3), "B": (400, 3)}


def test_a_figure_belongs_to_the_month_of_its_own_instant() -> None:
    """Ticket 7 is created in March, falls due for its reply in March, and is resolved in April."""
    march, april = "2026-03", "2026-04"
    assert figures("tickets_created", "month") == {march: (7, 7), april: (3, 3)}
    assert figures("tickets_resolved", "month") == {march: (5, 5), april: (1, 1)}
    assert figures("response_overdue_rate", "month") == {march: (2 / 7, 7), april: (1.0, 1)}
    assert figures("backlog_end", "month") == {march: (1, 1), april: (2, 2)}


def test_the_backlog_of_a_day_is_split_at_midnight() -> None:
    """Monday: 30 + 180 + 120 and 390 of ticket 4; Tuesday: its 580, 20, 40 and 480 of 7; Wednesday: 580 of
    it and 900 of 8; Thursday 8 alone; Friday 575 of 8 and 35 of 10."""
    found = figures("backlog_mean", "day")
    minutes = [720, 1120, 1480, 1440, 610]
    assert [value for value, _ in found.values()] == [
        pytest.approx(part / whole) for part, whole in zip(minutes, [1440] * 4 + [575], strict=True)
    ]


def test_a_window_cuts_by_the_instant_of_each_figure() -> None:
    """On Tuesday 4 and 6 are resolved, 4 of the dues of a response are reached, and 5 and 7 are late."""
    tuesday = Window(at("1 00:00"), at("2 00:00"))
    assert figures("tickets_resolved", window=tuesday)[None] == (2, 2)
    assert figures("response_overdue_rate", window=tuesday)[None] == (2 / 4, 4)
    assert figures("backlog_mean", window=tuesday)[None][0] == pytest.approx(1120 / 1440)
    assert figures("backlog_end", window=tuesday)[None] == (1, 1)


def test_the_interval_leaves_one_day_out_at_a_time() -> None:
    """Resolved: day 0 three tickets (30 + 60 + 420 minutes), day 1 two (1010), day 2 one (1060): without
    each day 2070/3, 1570/4, 1520/5; t(0.975; 2) = 4.302652729911275."""
    without = [2070 / 3, 1570 / 4, 1520 / 5]
    centre = sum(without) / 3
    error = (2 / 3 * sum((part - centre) ** 2 for part in without)) ** 0.5
    row = measure(LOG, ["resolution_time_mean"]).row(0, named=True)
    assert row["high"] - row["mean"] == pytest.approx(4.302652729911275 * error)
    assert row["mean"] - row["low"] == pytest.approx(4.302652729911275 * error)


def test_the_interval_of_a_share_ends_at_nothing_and_at_everything() -> None:
    """Blocked: one of two on day 0, none of two on day 1; without each day 0 and 1/2, so the error is
    sqrt(1/2 * 2 * (1/4)^2) = 1/4 about 1/4; t(0.8; 1) = 1.3763819204711734 (level 0.6), t(0.975; 1) = 12.7."""
    moments = [(1, 0, "created"), (2, 0, "created"), (2, 0, "blocked"), (3, 86_400, "created"), (4, 86_400, "created")]
    log = Log.of(
        timeline=LOG.timeline, until_s=2 * 86_400, priorities=("normal",),
        cases=pl.DataFrame({"ticket": [1, 2, 3, 4], "kind": "a", "priority": "normal"}),
        moments=pl.DataFrame(moments, schema=["ticket", "at_s", "what"], orient="row").with_row_index("number"),
    )  # fmt: skip
    row = measure(log, ["blocked_rate"], level=0.6).row(0, named=True)
    assert (row["mean"], row["low"]) == (1 / 4, 0)
    assert row["high"] == pytest.approx(1 / 4 + 1.3763819204711734 / 4)
    row = measure(log, ["blocked_rate"]).row(0, named=True)
    assert (row["low"], row["high"]) == (0, 1)


def test_the_interval_of_a_total_counts_days_on_which_nothing_happened() -> None:
    """Resolved per day 3, 2, 1, 0, 0: mean 1.2, squares 3.24 + 0.64 + 0.04 + 1.44 + 1.44 = 6.8, error
    sqrt(6.8 * 5 / 4); t(0.975; 4) = 2.7764451051977987."""
    row = measure(LOG, ["tickets_resolved"]).row(0, named=True)
    assert row["high"] - 6 == pytest.approx(2.7764451051977987 * (6.8 * 5 / 4) ** 0.5)


def switched(name: str, by: str = "", **switches: Any) -> dict[Any, tuple[float | None, int]]:
    """Return what `figures` does, under some switches."""
    return figures(name, by, book=Book(Switches(**switches)))


def test_a_switch_of_the_low_rating_counts_other_points() -> None:
    """The ratings are 5, 3 and 2 (A-04)."""
    assert [switched("csat_low_share", low_rating=points)[None][0] for points in (1, 2, 3)] == [0, 1 / 3, 2 / 3]


def test_what_never_came_may_be_left_out_of_the_overdue() -> None:
    """Of 8 dues 5 and 8 were never answered or resolved; of the other 6 replies that of 7 is late (A-06)."""
    assert switched("response_overdue_rate", overdue_open="left_out")[None] == (1 / 6, 6)
    assert switched("resolution_overdue_rate", overdue_open="left_out")[None] == (0, 6)


def test_a_shorter_time_of_verification_sees_more_tickets_and_fewer_returns() -> None:
    """3 is reopened 5 hours after its resolution; every resolution is older than a day at the end (A-08)."""
    assert switched("fcr_no_followup", verified_h=24)[None] == (5 / 6, 6)
    assert switched("fcr_no_followup", verified_h=5)[None] == (5 / 6, 6)
    assert switched("fcr_no_followup", verified_h=4)[None] == (1, 6)


def test_a_ticket_wrongly_believed_solved_may_be_left_out() -> None:
    """Of 1, 2 and 3 the third was reopened; 1 took a single contact (R003-25)."""
    assert switched("fcr_single_contact", misjudged="left_out")[None] == (1 / 2, 2)


def test_a_repeat_looks_so_many_days_back() -> None:
    """6 comes 25.5 hours after 1 (A-22)."""
    assert [switched("repeat_rate", repeat_days=days)[None] for days in (1, 2)] == [(0, 9), (1 / 9, 9)]


def test_a_period_may_go_by_creation_or_closing_instead_of_resolution() -> None:
    """7 is created in March and resolved in April; nothing is closed; dues keep their own instant (A-32)."""
    assert switched("tickets_resolved", "month", period="created") == {"2026-03": (6, 6), "2026-04": (0, 0)}
    assert switched("tickets_resolved", "month", period="closed") == {"2026-03": (0, 0), "2026-04": (0, 0)}
    assert switched("response_overdue_rate", "month", period="created") == figures("response_overdue_rate", "month")
