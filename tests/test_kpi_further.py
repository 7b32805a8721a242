"""Eight tickets on paper, and the KPIs that must be asked for.

L1 has been a learner for ten days before, L2 since 0 11:00; of L6 that is unknown.

A reply is promised within 60 minutes, a resolution within 240, day and night. The log runs from Monday 30 March 2026,
00:00, for two days. Days are numbered from Monday = 0; ana is in department A, bo in B. Times in hours and minutes;
a touch is written as queued / assigned / accepted = begun - ended.

==  ====  =======  ==========  ========  ==================================================================
 #  kind  learner  difficulty  created   what became of it
==  ====  =======  ==========  ========  ==================================================================
 1  a     L1       5           0 09:00   stage 0 ana 09:00/09:05/09:10-09:30, wrong skill; reply 09:20;
                                         stage 1 bo 09:30/09:40/09:40-10:00; resolved 10:00 by a known solution;
                                         rated 5 at 11:00, recommends 9, audited: resolved
 2  a     L1       2           0 10:00   stage 0 ana 10:00/10:00/10:30-10:40, bounces; warned 10:50;
                                         stage 0 bo 10:40/10:40/10:40-14:40, reply 14:30; resolved; rated 2
                                         and recommends 3 at 15:00, complaint 15:30, refund 16:00, audited: not
                                         resolved
 3  b     L2       4           0 12:00   warned 12:05; stage 0 ana 12:00/12:00/12:10-12:20, reply 12:15;
                                         stage 2 ana 12:20-12:30; resolved 12:30; reopened 18:00, stage 2
                                         ana 18:00-18:10, escalated 18:05, resolved 18:10; recommends 8; complaint
                                         on day 1; called back then; no channel
 4  b     L3       -           0 15:00   nothing
 5  b     L4       -           0 16:00   its learner leaves at 17:00
 6  b     L4       -           0 16:30   merged at 16:40
 7  b     L5       -           1 10:00   nothing
 8  b     L6       1           0 08:00   stage 0 ana 0 08:00/1 09:00/1 09:00-09:10, reply 1 09:05; resolved 1 09:10
==  ====  =======  ==========  ========  ==================================================================
"""

from datetime import date
from typing import Any

import polars as pl
import pytest

from sim.calendar import Timeline
from sim.kpi import Book, Switches, measure
from sim.log import Log, LogError
from sim.sla import Clause, Sla, Target
from tests.test_kpi import desk as desk_at_random
from tests.test_kpi_by_hand import at

SLA = Sla(priorities={"normal": Target(response=Clause(target_min=60), resolution=Clause(target_min=240))})
CASES = [
    (1, "a", "L1", "web", 5.0, "0 09:00"), (2, "a", "L1", "web", 2.0, "0 10:00"), (3, "b", "L2", None, 4.0, "0 12:00"),
    (4, "b", "L3", "web", None, "0 15:00"), (5, "b", "L4", "web", None, "0 16:00"),
    (6, "b", "L4", "web", None, "0 16:30"), (7, "b", "L5", "web", None, "1 10:00"),
    (8, "b", "L6", "web", 1.0, "0 08:00"),
]  # fmt: skip
EVENTS: list[tuple[int, str, str, str | None, str | None, int | None]] = [
    (1, "0 09:20", "reply", "ana", None, None), (1, "0 10:00", "resolved", "bo", "solution", None),
    (1, "0 11:00", "rated", None, "outcome", 5), (1, "0 11:00", "rated", None, "nps", 9),
    (1, "1 11:00", "rated", None, "audit", 1),
    (2, "0 10:50", "warned", None, None, None), (2, "0 14:30", "reply", "bo", None, None),
    (2, "0 14:40", "resolved", "bo", None, None), (2, "0 15:00", "rated", None, "outcome", 2),
    (2, "0 15:00", "rated", None, "nps", 3), (2, "0 15:30", "complaint", None, None, None),
    (2, "0 16:00", "refund", None, None, None), (2, "1 11:00", "rated", None, "audit", 0),
    (3, "0 20:00", "rated", None, "nps", 8), (3, "1 12:00", "complaint", None, None, None),
    (3, "0 12:05", "warned", None, None, None), (3, "0 12:15", "reply", "ana", None, None),
    (3, "0 12:30", "resolved", "ana", None, None), (3, "0 18:00", "reopened", None, None, None),
    (3, "0 18:05", "escalated", "ana", None, None), (3, "0 18:10", "resolved", "ana", None, None),
    (5, "0 17:00", "left", None, None, None), (6, "0 16:40", "merged", None, None, 5),
    (8, "1 09:05", "reply", "ana", None, None), (8, "1 09:10", "resolved", "ana", None, None),
]  # fmt: skip
TOUCHES = [
    (1, 0, "ana", "0 09:00", "0 09:05", "0 09:10", "0 09:30", "transferred", "skill"),
    (1, 1, "bo", "0 09:30", "0 09:40", "0 09:40", "0 10:00", "done", None),
    (2, 0, "ana", "0 10:00", "0 10:00", "0 10:30", "0 10:40", "bounced", None),
    (2, 0, "bo", "0 10:40", "0 10:40", "0 10:40", "0 14:40", "done", None),
    (3, 0, "ana", "0 12:00", "0 12:00", "0 12:10", "0 12:20", "done", None),
    (3, 2, "ana", "0 12:20", "0 12:20", "0 12:20", "0 12:30", "done", None),
    (3, 2, "ana", "0 18:00", "0 18:00", "0 18:00", "0 18:10", "done", None),
    (3, 3, "ana", "1 10:00", None, "1 10:00", "1 10:05", "done", "call_back"),
    (8, 0, "ana", "0 08:00", "1 09:00", "1 09:00", "1 09:10", "done", None),
]
DEPARTMENT = {"ana": "A", "bo": "B"}


def desk() -> Log:
    """Return the log of the eight tickets."""
    rows = [(n, at(born), "created", None, None, None) for n, *_, born in CASES]
    rows += [(n, at(time), what, who, reason, value) for n, time, what, who, reason, value in EVENTS]  # type: ignore[misc]
    columns = ("ticket", "at_s", "what", "who", "reason", "value")
    moments = pl.DataFrame(rows, schema=columns, orient="row").with_row_index("number")
    touches = [
        {
            "ticket": n, "stage": stage, "person": who, "department": DEPARTMENT[who], "skill": f"of {who}",
            "queued_s": at(queued), "assigned_s": assigned and at(assigned), "accepted_s": at(begun),
            "started_s": at(begun), "ended_s": at(over), "ended": how, "reason": reason, "work_s": at(over) - at(begun),
        }
        for n, stage, who, queued, assigned, begun, over, how, reason in TOUCHES
    ]  # fmt: skip
    names = ("ticket", "kind", "learner", "channel", "difficulty")
    cases = pl.DataFrame([row[:5] for row in CASES], schema=names, orient="row")
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 30), "Asia/Shanghai"), until_s=at("2 00:00"), priorities=("normal",),
        cases=cases.with_columns(priority=pl.lit("normal")), moments=moments, touches=pl.DataFrame(touches),
        people=pl.DataFrame({"person": ["ana", "bo"], "role": ["adviser", "expert"]}), sla=SLA,
        learners=pl.DataFrame({"learner": ["L1", "L2", "L6"], "joined_s": [-86_400 * 10, at("0 11:00"), None]}),
    )  # fmt: skip


LOG = desk()


def figure(name: str, log: Log = LOG, **switches: Any) -> tuple[float | None, int, int]:
    """Return the figure, n and what is censored of one KPI."""
    row = measure(log, [name], book=Book(Switches(**switches))).row(0, named=True)
    return row["mean"], row["n"], row["censored"]


ON_PAPER = {
    "assignment_latency_mean": (1505 / 4, 4, 2),  # 5 + 0 + 0 + 1500; 4 and 7 still wait; 5 left
    "accept_time_mean": (45 / 8, 8, 0),  # 5 + 0, 30 + 0, 10 + 0 + 0, 0
    "accept_since_creation_mean": (1550 / 4, 4, 2),  # 10 + 30 + 10 + 1500
    "assignment_accuracy_rate": (6 / 8, 8, 0),  # not the first of 1 and of 2
    "untouched_rate": (2 / 5, 5, 1),  # 4, and 8 for 25 hours; 5 left before; 7 is young
    "never_touched": (1, 1, 1),  # 4; 7 is young
    "record_complete_rate": (3 / 4, 4, 0),  # 3 has no channel
    "step_conformance_rate": (3 / 4, 4, 0),  # 3 skips stage 1
    "collab_on_time_rate": (1 / 2, 2, 0),  # 1 after 60 minutes, 2 after 280
    "collab_praise_share": (1 / 2, 2, 0),
    "collab_share": (2 / 4, 4, 0),
    "contacts_between_departments_mean": (2 / 4, 4, 0),
    "escalation_rate": (1 / 4, 4, 0),
    "first_resolution_time_mean": (1880 / 4, 4, 0),  # 60 + 280 + 30 + 1510
    "full_resolution_time_mean": (2220 / 4, 4, 0),  # 60 + 280 + 370 + 1510
    "answered_in_time_rate": (2 / 7, 7, 0),  # 1 and 3; 5 was not answered before it left; 6 is merged
    "repeat_resolution_time_mean": (280, 1, 0),  # 2 repeats 1
    "new_learner_resolution_time_mean": (710 / 3, 3, 0),  # 1, 2 and 3: 60 + 280 + 370
    "hard_resolved": (2, 2, 0),  # 1 and 3
    "hard_resolution_time_mean": (430 / 2, 2, 0),  # 60 + 370
    "duplicate_rate": (1 / 8, 8, 0),
    "warned_saved_rate": (1 / 2, 2, 0),  # 3 is answered 45 minutes before its due instant, 2 is late
    "nps": (0, 3, 0),  # one of 9, one of 3, and 8 is neither
    "complaint_rate": (2 / 4, 4, 0),
    "complaints": (2, 2, 0),
    "refund_rate": (1 / 4, 4, 0),
    "audit_false_resolved_rate": (1 / 2, 2, 0),
    "call_back_coverage_rate": (1 / 4, 4, 0),
    "detection_lag_mean": (350 / 2, 2, 0),  # 2 is rated 2 after 20 minutes, 3 reopened after 330
    "solution_reuse_rate": (1 / 4, 4, 0),
    "queue_time_mean": (1515 / 4, 4, 0),  # 5 + 10, 0, 0, 1500
    "pickup_time_mean": (45 / 4, 4, 0),  # 5, 30, 10, 0
    "work_span_mean": (330 / 4, 4, 0),  # 40, 250, 30, 10
    "requester_time_mean": (0, 4, 0),
    "third_party_time_mean": (0, 4, 0),
    "rest_time_mean": (330 / 4, 4, 0),  # 3 from 12:30 to 18:00
    "transit_time_mean": (0, 4, 0),
    "stuck_rate": (0, 6, 2),  # 4 and 7 are younger than 48 hours
    "lost_rate": (0, 6, 2),
    "backlog_age_mean": (18, 4, 0),  # 4 and 8: 9 + 16 hours; 4 and 7: 33 + 14
    "csat_mean": (3.5, 2, 0),  # neither recommendations nor audits are ratings
}


@pytest.mark.parametrize("name", ON_PAPER)
def test_a_figure_is_the_one_on_paper(name: str) -> None:
    value, n, censored = ON_PAPER[name]
    assert figure(name) == (pytest.approx(value, rel=1e-12), n, censored)


def test_nine_of_ten_assignments_are_accepted_within_half_an_hour() -> None:
    """ceil(0.9 * 8) = 8: the longest of 0, 0, 0, 0, 0, 5, 10, 30 minutes."""
    assert figure("accept_time_p90") == (pytest.approx(30, rel=0.006), 8, 0)


def test_accepting_may_be_counted_from_creation() -> None:
    assert figure("accept_time_mean", accept_from="creation") == figure("accept_since_creation_mean")


def test_complaints_may_be_divided_by_the_created() -> None:
    """2 and 3 of seven: 6 is merged (A-22)."""
    assert figure("complaint_rate", complaints_per="created") == (2 / 7, 7, 0)


def test_a_failure_shows_later_if_only_one_point_is_low() -> None:
    """Then 2 shows by its complaint, 50 minutes after the resolution."""
    assert figure("detection_lag_mean", low_rating=1) == (380 / 2, 2, 0)


def test_the_interval_of_an_audit_is_that_of_wilson() -> None:
    """One of two, z = 1.959964: (1 + z^2 / 2 -+ z sqrt(1/2 + z^2 / 4)) / (2 + z^2), without two days."""
    z = 1.959963984540054
    row = measure(LOG, ["audit_false_resolved_rate"]).row(0, named=True)
    margin = z * (0.5 + z**2 / 4) ** 0.5 / (2 + z**2)
    assert (row["low"], row["high"]) == (pytest.approx(0.5 - margin), pytest.approx(0.5 + margin))


@pytest.mark.parametrize(("reason", "value"), [("nps", 11), ("nps", -1), ("audit", 2), ("outcome", 0), (None, 6)])
def test_a_rating_outside_of_its_scale_is_refused(reason: str | None, value: int) -> None:
    rows = [(1, 0, 0, "created", None, None), (1, 5, 1, "rated", reason, value)]
    columns = ("ticket", "at_s", "number", "what", "reason", "value")
    with pytest.raises(LogError, match="have a rating outside"):
        Log.of(
            timeline=LOG.timeline, until_s=9, priorities=("normal",),
            cases=pl.DataFrame({"ticket": [1], "kind": ["a"], "priority": ["normal"]}),
            moments=pl.DataFrame(rows, schema=columns, orient="row"),
        )  # fmt: skip


def test_a_ticket_that_is_passed_on_for_no_stated_reason_was_assigned_rightly() -> None:
    """The first touch of 1 without its reason: only the bounce of 2 is left, of 8."""
    touches = LOG.touches.with_columns(reason=pl.lit(None, dtype=pl.String))
    log = Log.of(
        timeline=LOG.timeline, until_s=LOG.until_s, priorities=("normal",), cases=LOG.cases, moments=LOG.moments,
        touches=touches,
    )  # fmt: skip
    assert figure("assignment_accuracy_rate", log) == (7 / 8, 8, 0)


def test_what_is_hard_is_a_switch() -> None:
    assert [figure("hard_resolved", hard_from=level)[0] for level in (2, 4, 5)] == [3, 2, 1]


def test_a_learner_is_new_for_so_many_days() -> None:
    """After nine days only L2 is."""
    assert figure("new_learner_resolution_time_mean", new_days=9) == (370, 1, 0)


def test_a_learner_stands_in_the_log_once() -> None:
    twice = pl.DataFrame({"learner": ["L1", "L1"], "joined_s": [0, 1]})
    with pytest.raises(LogError, match="learners: a learner is named twice"):
        Log.of(
            timeline=LOG.timeline, until_s=LOG.until_s, priorities=("normal",), cases=LOG.cases, moments=LOG.moments,
            learners=twice,
        )  # fmt: skip


def test_untouched_may_begin_later() -> None:
    """8 is begun after 25 hours; 4 is 33 hours old at the end, and 7 is 14."""
    assert figure("untouched_rate", untouched_h=25) == (1 / 5, 5, 1)
    assert figure("untouched_rate", untouched_h=12) == (3 / 6, 6, 0)


def test_contacts_between_departments_are_a_diagnosis_unless_somebody_says_otherwise() -> None:
    name = "contacts_between_departments_mean"
    assert [Book(Switches(contacts=way)).kpis[name].better for way in ("none", "lower", "higher")] == [
        "none", "lower", "higher",
    ]  # fmt: skip


def test_the_first_owner_answers_for_the_time_to_accept_since_creation() -> None:
    """All four were ana's first; the two that wait are nobody's."""
    rows = measure(LOG, ["accept_since_creation_mean"], by="person").select("person", "n", "censored").rows()
    assert rows == [(None, 0, 2), ("ana", 4, 0)]


def test_a_log_that_does_not_tell_gives_no_figure_but_the_reason() -> None:
    bare = Log.of(
        timeline=LOG.timeline, until_s=LOG.until_s, priorities=("normal",), cases=LOG.cases.drop("difficulty"),
        moments=LOG.moments.filter(pl.col("what") == "created"),
    )  # fmt: skip
    asked = {
        "assignment_latency_mean": "the log does not say when tickets were assigned to people",
        "accept_since_creation_mean": "the log does not say when people accepted tickets",
        "untouched_rate": "the log does not say what became of any ticket",
        "hard_resolved": "the log holds no judged difficulty",
        "warned_saved_rate": "the log holds no warning",
        "step_conformance_rate": "the log does not say which stages of a route were worked on",
        "collab_share": "the log does not say which departments worked on tickets",
        "nps": "the log does not say how willingly learners recommend the desk",
        "complaints": "the log holds no complaint",
        "refund_rate": "the log holds no refund",
        "audit_false_resolved_rate": "the log holds no audit",
        "new_learner_resolution_time_mean": "the log does not say since when learners have been learners",
        "call_back_coverage_rate": "the log holds no call-back",
        "solution_reuse_rate": "the log does not say which tickets a solution of the knowledge base resolved",
    }
    rows = measure(bare, list(asked))
    assert dict(rows.select("name", "reason").iter_rows()) == asked
    assert rows["mean"].null_count() == len(asked)


def test_a_ticket_is_stuck_after_so_many_silent_hours_and_lost_after_so_many_days() -> None:
    """4 is silent for 33 hours up to the end, 8 for 25 until somebody begins; 7 is too young to tell."""
    assert figure("stuck_rate", stuck_h=24) == (2 / 7, 7, 1)
    assert figure("stuck_rate", stuck_h=26) == (1 / 7, 7, 1)
    assert figure("lost_rate", lost_days=1) == (1 / 7, 7, 1)


def test_the_oldest_open_ticket_is_33_hours_old() -> None:
    assert figure("backlog_oldest_max") == (pytest.approx(33, rel=0.006), 4, 0)
    assert figure("backlog_age_p90") == (pytest.approx(33, rel=0.006), 4, 0)


def test_the_age_of_the_backlog_is_split_by_day_and_kind() -> None:
    rows = measure(LOG, ["backlog_age_mean"], by=("kind", "day")).select("kind", "day", "mean", "n").rows()
    assert rows == [("b", "2026-03-30", 12.5, 2), ("b", "2026-03-31", 23.5, 2)]


def test_a_ticket_resolved_at_midnight_sharp_is_not_open_then() -> None:
    """One opens at midnight, one ends then, one is open over it; only the last is counted, a day old."""
    rows = [(0, 0, "created"), (1, 0, "created"), (2, 86_400, "created"), (1, 86_400, "resolved")]
    moments = pl.DataFrame(rows, schema=("ticket", "at_s", "what"), orient="row").with_row_index("number")
    log = Log.of(
        timeline=LOG.timeline, until_s=100_000, priorities=("normal",), moments=moments,
        cases=pl.DataFrame({"ticket": [0, 1, 2], "kind": ["a"] * 3, "priority": ["normal"] * 3}),
    )  # fmt: skip
    assert figure("backlog_age_mean", log) == (24.0, 1, 0)


def test_the_causes_of_waiting_add_up_to_the_life_of_a_ticket() -> None:
    """Seconds: worked on 0-600, 2000-2600 and 5400-6000; the learner is waited for 600-1800, a third party
    2600-5000; asked 1800-2000, in a queue 5300-5400, and nowhere 5000-5300."""
    rows = [
        (0, "created", None, None), (600, "wait_begins", "ana", "requester"), (1800, "wait_ends", None, None),
        (2600, "wait_begins", "ana", "third_party"), (5000, "wait_ends", None, None), (6000, "resolved", "ana", None),
    ]  # fmt: skip
    moments = pl.DataFrame(rows, schema=("at_s", "what", "who", "reason"), orient="row").with_row_index("number")
    touches = [(0, 0, 0, 600), (1800, 1800, 2000, 2600), (5300, 5400, 5400, 6000)]
    names = ("queued_s", "assigned_s", "started_s", "ended_s")
    log = Log.of(
        timeline=LOG.timeline, until_s=90_000, priorities=("normal",), moments=moments.with_columns(ticket=7),
        cases=pl.DataFrame({"ticket": [7], "kind": ["a"], "priority": ["normal"]}),
        touches=pl.DataFrame(touches, schema=names, orient="row").with_columns(ticket=7, person=pl.lit("ana")),
    )  # fmt: skip
    causes = {"queue": 100, "pickup": 200, "requester": 1200, "third_party": 2400, "rest": 0, "transit": 300}
    for cause, seconds in causes.items():
        assert figure(f"{cause}_time_mean", log)[0] == pytest.approx(seconds / 60)
    assert figure("work_span_mean", log)[0] == pytest.approx(30)
    assert figure("full_resolution_time_mean", log)[0] == pytest.approx(100)


def test_the_causes_of_waiting_add_up_in_a_log_at_random() -> None:
    names = [f"{cause}_time_mean" for cause in ("queue", "pickup", "requester", "third_party", "rest", "transit")]
    found = measure(desk_at_random(200, 5), [*names, "work_span_mean", "full_resolution_time_mean"])["mean"]
    assert found[:7].sum() == pytest.approx(found[7], rel=1e-12)


def test_a_volume_weighs_tickets_by_the_work_of_their_kind() -> None:
    """Minutes of work: 1 and 2, of kind a, 40 and 250; 3 and 8, of kind b, 35 and 10. Means 145 and 22.5, of all
    83.75."""
    assert figure("mix_adjusted_volume") == (pytest.approx(4, abs=4e-6), 4, 0)
    rows = measure(LOG, ["mix_adjusted_volume"], by="kind").select("kind", "mean").rows()
    assert dict(rows) == {"a": pytest.approx(2 * 145 / 83.75, abs=3e-6), "b": pytest.approx(2 * 22.5 / 83.75, abs=3e-6)}


def test_the_spread_within_kinds_is_that_around_the_expected_work_of_each() -> None:
    """Off by 105 of 145, twice, and by 12.5 of 22.5, twice."""
    a, b = (105 / 145) ** 2, (12.5 / 22.5) ** 2
    assert figure("work_dispersion") == (pytest.approx(((a + b) / 2) ** 0.5, abs=3e-6), 4, 0)
    rows = measure(LOG, ["work_dispersion"], by="kind").select("kind", "mean").rows()
    assert dict(rows) == {"a": pytest.approx(105 / 145, abs=3e-6), "b": pytest.approx(12.5 / 22.5, abs=3e-6)}


def test_expected_work_may_be_given_from_another_log() -> None:
    """A ticket of kind a is expected to take 100 minutes, of kind b 50, of any 80; kind b counts 50 / 80."""
    given = Book(expected=tuple(("work", kind, m * 60_000_000) for kind, m in (("", 80), ("a", 100), ("b", 50))))
    rows = measure(LOG, ["mix_adjusted_volume"], by="kind", book=given).select("kind", "mean").rows()
    assert rows == [("a", 2.5), ("b", 1.25)]
    one = Book(expected=(("work", "", 80 * 60_000_000), ("work", "a", 100 * 60_000_000)))
    assert measure(LOG, ["mix_adjusted_volume"], book=one).select("mean", "n", "censored").row(0) == (2.5, 2, 2)


def test_the_weighed_volume_per_paid_hour() -> None:
    """Two shifts of 8 paid hours; 3 is ana's, 1 and 2 bo's."""
    shifts = pl.DataFrame({"person": ["ana", "bo"], "start_s": [0, 0], "end_s": [32_400] * 2, "paid_s": [28_800] * 2})
    log = Log.of(
        timeline=LOG.timeline, until_s=LOG.until_s, priorities=("normal",), cases=LOG.cases, moments=LOG.moments,
        touches=LOG.touches, shifts=shifts, people=LOG.people,
    )  # fmt: skip
    assert figure("mix_adjusted_per_hour", log)[0] == pytest.approx(4 / 16, abs=1e-6)
    rows = measure(log, ["mix_adjusted_per_hour"], by="person").select("person", "mean").rows()
    assert dict(rows) == {
        "ana": pytest.approx(2 * 22.5 / 83.75 / 8, abs=1e-6), "bo": pytest.approx(2 * 145 / 83.75 / 8, abs=1e-6),
    }  # fmt: skip
