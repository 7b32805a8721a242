"""What learners and auditors say, by hand: recommendations, complaints, refunds, audits, judged difficulty.

Times are minutes from Monday 2 March 2026, 00:00 UTC, as in `by_hand`, whose desks and tickets these are.
"""

from dataclasses import replace
from datetime import date
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from scenarios import load
from scenarios.sources import read, write_csv
from sim import fast, model, sample
from sim.desk import Audits, Judged, Law, Outcome, Recommendation, SecondAudit, Solutions, Voice
from sim.kpi import KPIS, Book, Switches, count, measure
from sim.kpi.second_audit import audits_agree
from sim.log import Log
from sim.record.verdicts import sample_size
from tests.by_hand import DAY, H, T, always, desk_of, kind, moments, run, stage, world_of
from tests.test_kpi import equal
from tests.test_record import SURE

NEVER, SURELY = -50.0, 50.0


def outcome(**changes: Any) -> Outcome:
    return Outcome(**(SURE | changes))


def said(log: Log, reason: str) -> list[tuple[int, int, int]]:
    """Return minute, ticket and value of every rating with a reason."""
    rows = log.moments.filter(pl.col("reason").cast(pl.String) == reason)
    return [(at_s // 60, ticket, value) for at_s, ticket, value in rows.select("at_s", "ticket", "value").rows()]


def test_recommendations_come_with_the_ratings_and_follow_the_mean_of_both() -> None:
    """0 is replied to at once: 5 and 5 points, 5.5 + 2 x 2 = 9.5, so 10. 1 waits 40 min, two doublings of 10: 3 and
    3, 5.5, so 6. 2 is reopened once: 4 and 5, a mean of 4.5: 5.5 + 2 x 1.5 = 8.5, so 9. The NPS of 10, 6 and 9 is
    2/3 - 1/3 = 33 in a hundred.
    """
    asks = Recommendation(at_three=5.5, per_point=2.0, sd=0.0)
    log = run(
        desk_of({"ana": {}}, outcome=outcome(recommends=asks)), T(0, work=41), T(1), T(10 * H, solved=(False, True))
    )
    # Work of 10 min; 2 is resolved at 610, comes back an hour later and is resolved again, 5 min of work later.
    ends = [41, 51, 610 + 60 + 5]
    assert said(log, "nps") == [
        (end + DAY + 30, n, value) for n, (end, value) in enumerate(zip(ends, (10, 6, 9), strict=True))
    ]
    assert measure(log, ["nps"])["mean"].item() == pytest.approx(100 / 3)


def test_points_of_a_recommendation_never_leave_the_scale() -> None:
    for at_three, value in ((40.0, 10), (-40.0, 0)):
        desk = desk_of({"ana": {}}, outcome=outcome(recommends=Recommendation(at_three=at_three)))
        assert [row[2] for row in said(run(desk, T(0)), "nps")] == [value]


def test_only_those_complain_who_are_not_content_each_once_after_the_delay() -> None:
    """50 logits a point below 3. 0 is content (5 points). 1 waits 40 min: two doublings of 10 at 2 points each leave 1,
    so it complains 90 min after its resolution at 51. 2 is a refund, and 3 is reopened twice: each time 4 points are
    lost of the outcome, so it has 3, then 1, then -1 of the mean with 5 for the process; it complains after the second
    resolution.
    """
    kinds = {"answer": kind(), "refund": kind()}
    angry = Voice(logit=-25.0, per_point=-50.0, after=always(90))
    laws = outcome(per_wait_doubling=2.0, per_reopening=4.0, complaints=angry, refunds=angry.changed(kinds=("refund",)))
    log = run(
        desk_of({"ana": {}}, kinds, outcome=laws), T(0, work=41), T(1), T(5 * H, kind="refund"),
        T(10 * H, kind="refund", solved=(False, False, True)),
    )  # fmt: skip
    # The mean of outcome and process of ticket 3: 5, then (1 + 5) / 2 = 3, then (-3 + 5) / 2 = 1.
    third = 610 + (60 + 5) + (60 + 5)
    assert moments(log, "complaint") == [(51 + 90, 1, "complaint", None), (third + 90, 3, "complaint", None)]
    assert moments(log, "refund") == [(third + 90, 3, "refund", None)]


def test_who_leaves_may_complain_and_the_wait_is_that_up_to_the_leaving() -> None:
    """1 leaves after 40 min, two doublings of 10 at 2 points: 1 point; 2 leaves after 15 min: 5 - 2 log2(1.5) = 3.8."""
    angry = Voice(logit=0.0, per_point=-50.0, after=always(5))
    desk = desk_of({"ana": {}}, outcome=outcome(per_wait_doubling=2.0, complaints=angry))
    log = run(desk, T(0, work=3 * H), T(1, patience=40), T(2, patience=15))
    assert moments(log, "complaint") == [(46, 1, "complaint", None)]
    assert log.tickets["left_s"].to_list() == [None, 41 * 60, 17 * 60]


def test_nobody_is_heard_after_the_end_of_the_log() -> None:
    """The week ends at 10,080 min; the resolution at 10,010 brings a complaint at 10,079, or at 10,080."""
    for delay, heard in ((69, 1), (70, 0)):
        loud = Voice(logit=SURELY, after=always(delay))
        log = run(desk_of({"ana": {}}, outcome=outcome(complaints=loud, survey=0.0)), T(10_000))
        assert len(moments(log, "complaint")) == heard


@pytest.mark.parametrize(("finds", "false_alarm"), [(1.0, 0.0), (0.0, 1.0)])
def test_each_month_a_share_of_each_persons_standing_resolutions_is_audited(finds: float, false_alarm: float) -> None:
    """From 28 March; 1 April is minute 4 x 1,440. ana resolves 11 tickets in March, so ceil(1.1) = 2 are audited, bo
    one. Ticket 12, unsolved and reopened only in April, is what bo resolved; 13 and 14 are of April and are not
    looked at in this week. Solved or not comes out, or the contrary.
    """
    kinds = {"answer": kind(), "pay": kind(stage("pay"))}
    people = {"ana": {"takes": ("answer",)}, "bo": {"takes": ("pay",)}}
    laws = outcome(
        survey=0.0, audits=Audits(share=0.1, after_h=2.0, finds=finds, false_alarm=false_alarm),
        reopen_after=always(2 * DAY), close_after_h=72.0,
    )  # fmt: skip
    desk = desk_of(people, kinds, outcome=laws, start=date(2026, 3, 28))
    march = [T(n * H) for n in range(11)]
    log = run(desk, *march, T(3 * DAY, kind="pay", solved=(False, True)), T(4 * DAY), T(5 * DAY))
    found = said(log, "audit")
    assert [row[0] for row in found] == [4 * DAY + 120] * 3
    audited = [row[1] for row in found]
    assert len(set(audited[:2])) == 2 and set(audited[:2]) <= set(range(11)) and audited[2] == 11
    assert [row[2] for row in found] == [int(false_alarm == 0)] * 2 + [int(finds == 0)]
    assert measure(log, ["audit_false_resolved_rate"])["n"].item() == 3


def test_every_month_has_an_audit_of_its_own_resolutions() -> None:
    """From 28 March over 6 weeks; 1 April is day 4, 1 May day 34. ana resolves 11 in March and 21 in April, so
    ceil(1.1) = 2 and ceil(2.1) = 3 are audited, two hours after each month's end; the first 11 are March's.
    """
    laws = outcome(survey=0.0, audits=Audits(share=0.1, after_h=2.0))
    desk = desk_of({"ana": {"takes": ("answer",)}}, outcome=laws, start=date(2026, 3, 28), weeks=6)
    log = run(desk, *(T(n * H) for n in range(11)), *(T(5 * DAY + n * H) for n in range(21)))
    found = said(log, "audit")
    assert [(at, ticket > 10) for at, ticket, _ in found] == (
        [(4 * DAY + 120, False)] * 2 + [(34 * DAY + 120, True)] * 3
    )


def test_who_is_audited_is_drawn_by_lot() -> None:
    """A tenth of 1,000 resolutions of one person: the mean rank of 100 of them without replacement is 499.5, with a
    standard error of 1000 / sqrt(12) / sqrt(100) x sqrt(0.9) = 27.4; the interval has 4.5 of them.
    """
    laws = outcome(survey=0.0, audits=Audits(share=0.1, after_h=2.0))
    desk = desk_of({"ana": {}}, outcome=laws, start=date(2026, 3, 30))
    tickets = [row[1] for row in said(run(desk, *(T(n, work=0.5) for n in range(1000))), "audit")]
    assert len(set(tickets)) == 100
    assert np.mean(tickets) == pytest.approx(499.5, abs=4.5 * 27.4)


def test_complaints_and_refunds_are_drawn_apart_and_come_after_delays_of_their_law() -> None:
    """Each of 2,000 does either with a half: both by a quarter, 4.5 standard errors; so is the mean of exponential
    delays of 60 min (up to a second, to which they are rounded up).
    """
    half = Voice(logit=0.0, per_point=0.0, after=Law(law="exponential", mean_min=60.0))
    desk = desk_of({"ana": {}}, outcome=outcome(complaints=half, refunds=half, survey=0.0))
    log_ = run(desk, *(T(n, work=0.5) for n in range(2000)))
    told = log_.tickets.select("complained_s", "refunded_s", "first_resolved_s")
    together = told.drop_nulls().height
    assert together / 2000 == pytest.approx(0.25, abs=4.5 * np.sqrt(0.25 * 0.75 / 2000))
    for column in ("complained_s", "refunded_s"):
        waited = told.select(pl.col(column) - pl.col("first_resolved_s")).drop_nulls().to_series() / 60
        assert waited.mean() == pytest.approx(60, abs=4.5 * 60 / np.sqrt(len(waited)))
        assert (waited < 60 * log(2)).mean() == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(len(waited)))


def test_people_equally_content_answer_with_the_stated_spread() -> None:
    """5 + 1.5 z rounded: 3 or less if z < -1, 0.1587 of them; 7 or more if z >= 1; 4.5 standard errors of 1,500."""
    asks = Recommendation(at_three=5.0, per_point=0.0, sd=1.5)
    desk = desk_of({"ana": {}}, outcome=outcome(recommends=asks))
    points = np.array([row[2] for row in said(run(desk, *(T(n, work=0.5) for n in range(1500))), "nps")])
    assert len(points) == 1500
    for share in ((points <= 3).mean(), (points >= 7).mean()):
        assert share == pytest.approx(0.1587, abs=4.5 * np.sqrt(0.1587 * 0.8413 / 1500))


def test_what_was_reopened_before_the_month_was_over_is_not_audited() -> None:
    """1 is resolved at 40 min of 31 March, reopened at 100 and not resolved again before April: only 0 is audited."""
    laws = outcome(survey=0.0, audits=Audits(share=1.0), reopen_after=always(60))
    desk = desk_of({"ana": {"hours": "00:00-01:00"}}, outcome=laws, start=date(2026, 3, 31))
    log = run(desk, T(0), T(30, solved=(False, True)))
    assert [row[1:] for row in said(log, "audit")] == [(0, 1)]


@pytest.mark.parametrize(("resolutions", "size"), [(0, 0), (1, 1), (10, 1), (11, 2), (30, 3), (31, 4), (1000, 100)])
def test_a_tenth_is_rounded_up(resolutions: int, size: int) -> None:
    assert sample_size(resolutions, 0.1) == size


def test_the_board_gives_levels_by_difficulty() -> None:
    """Difficulties -1, 0 and 2 with levels from 0 and 1.5 on: 1, 2 and 3. The hard ones are those from 3 on."""
    desk = desk_of({"ana": {}}, outcome=outcome(judged=Judged(levels=(0.0, 1.5), error_sd=0.0)))
    world = replace(world_of(desk, T(0), T(H), T(2 * H)), difficulty=np.array([-1.0, 0.0, 2.0]))
    log = model.run(desk, world)[0]
    found = measure(log, ["hard_resolved"], book=Book(switches=Switches(hard_from=3.0)))["mean"].item()
    assert found == 1
    assert log.cases["difficulty"].to_list() == [1.0, 2.0, 3.0]


def test_the_board_errs_by_the_stated_spread_and_leaves_some_out() -> None:
    """Difficulty 0, an error of SD 2 and one border at 2: above it lie 15.9 in 100 (a normal beyond one SD); a quarter
    is not judged. 4,000 tickets; 4.5 standard errors.
    """
    laws = outcome(judged=Judged(levels=(2.0,), error_sd=2.0, share=0.75), survey=0.0)
    log = run(desk_of({"ana": {}}, outcome=laws), *(T(n, work=0.5) for n in range(4000)))
    level = log.cases["difficulty"]
    assert level.null_count() / 4000 == pytest.approx(0.25, abs=4.5 * np.sqrt(0.25 * 0.75 / 4000))
    share = (level.drop_nulls() == 2).mean()
    assert share == pytest.approx(0.1587, abs=4.5 * np.sqrt(0.1587 * 0.8413 / 3000))


def test_complaints_come_at_the_stated_rate() -> None:
    """A logit of log(1/9), whatever the satisfaction: a tenth of 4,000; 4.5 standard errors."""
    loud = Voice(logit=log(1 / 9), per_point=0.0, after=always(0))
    desk = desk_of({"ana": {}}, outcome=outcome(complaints=loud, survey=0.0))
    log_ = run(desk, *(T(n, work=0.5) for n in range(4000)))
    found = measure(log_, ["complaint_rate"])["mean"].item()
    assert found == pytest.approx(0.1, abs=4.5 * np.sqrt(0.1 * 0.9 / 4000))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recommends": Recommendation(), "survey": 0.0}, "recommends is a question of the questionnaire"),
        ({"judged": {"levels": (1.0, 1.0)}}, "levels must rise, got 1.0, 1.0"),
        ({"audits": {"share": 0.0}}, "greater than 0"),
        ({"complaints": {"logit": 1.0, "afterwards": 3}}, "afterwards"),
        ({"complaints": {"logit": 1.0, "kinds": ()}}, "at least 1 item"),
    ],
)
def test_laws_that_say_nothing_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        outcome(**changes)


def test_a_complaint_about_a_kind_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValidationError, match=r"outcome.complaints.kinds: unknown kind 'anser'; did you mean 'answer'"):
        desk_of({"ana": {}}, outcome=outcome(complaints=Voice(logit=NEVER, kinds=("anser",))))


def test_the_table_of_tickets_tells_what_was_said_and_a_log_without_it_has_empty_columns() -> None:
    """Everybody complains after 5 min and disputes a refund after 7; who is content recommends with 10."""
    loud = Voice(logit=SURELY, after=always(5))
    laws = outcome(complaints=loud, refunds=loud.changed(after=always(7)), recommends=Recommendation(at_three=40.0))
    columns = ("complained_s", "refunded_s", "nps", "audit")
    told = run(desk_of({"ana": {}}, outcome=laws), T(0)).tickets.select(columns)
    assert told.rows() == [(15 * 60, 17 * 60, 10, None)]
    silent = run(desk_of({"ana": {}}, outcome=outcome()), T(0)).tickets.select(columns)
    assert silent.rows() == [(None,) * 4] and silent.schema == told.schema


def test_a_simulated_log_of_all_that_is_said_is_the_same_after_csv(tmp_path: Path) -> None:
    """Five weeks that reach into April, every ticket judged, everything said."""
    desk = load("academy_small").changed(weeks=5)
    said_of = fast.run(desk, sample(desk, 1))[0]  # type: ignore[arg-type]
    reasons = set(said_of.moments["reason"].cast(pl.String).drop_nulls())
    assert {"nps", "audit"} <= reasons and said_of.cases["difficulty"].null_count() == 0
    write_csv(said_of, tmp_path / "log.csv")
    made, _ = read(tmp_path / "log.csv")
    equal(count(made, list(KPIS), by=("person",)), count(said_of, list(KPIS), by=("person",)))


@pytest.mark.parametrize(("share", "ends_min"), [(1.0, 12), (0.0, 20)])
def test_a_known_solution_leaves_a_share_of_the_work_of_the_last_stage(share: float, ends_min: int) -> None:
    """Two stages of 10 min each: with a solution, which leaves a fifth, the second takes 2, so all takes 12."""
    kinds = {"refund": kind(stage(), stage("pay"), solutions=Solutions(share=share, work=0.2))}
    desk = desk_of({"ana": {}}, kinds, outcome=outcome(survey=0.0))
    log = run(desk, T(0, kind="refund", work=(10, 10)), T(100, kind="refund", work=(10, 10)))
    found = [at for at, *_ in moments(log, "resolved")]
    assert found == [ends_min, 100 + ends_min]
    resolved = log.moments.filter(pl.col("what") == "resolved")["reason"].cast(pl.String).to_list()
    assert resolved == [("solution" if share else None)] * 2
    if share:
        assert measure(log, ["solution_reuse_rate"])["mean"].item() == 1.0


def test_a_reopened_ticket_is_not_resolved_by_a_standard_solution() -> None:
    kinds = {"answer": kind(solutions=Solutions(share=1.0))}
    desk = desk_of({"ana": {}}, kinds, outcome=outcome(survey=0.0))
    log = run(desk, T(0, solved=(False, True)))
    resolved = log.moments.filter(pl.col("what") == "resolved")["reason"].cast(pl.String).to_list()
    assert resolved == ["solution", None]
    assert measure(log, ["solution_reuse_rate"])["mean"].item() == 0.0


def test_a_second_department_looks_at_some_audited_tickets_once_more_and_kappa_comes_from_the_log_alone() -> None:
    """March has 20 resolutions of ana, all audited: 16 solved and 4 not. The first finds all 4 and nothing else; the
    second looks at ceil(0.5 x 20) = 10, three hours later, and takes every ticket for unsolved. Of its 10 the two fail
    k together; chance alone agrees as often, so kappa is 0.
    """
    again = SecondAudit(share=0.5, after_h=3.0, finds=1.0, false_alarm=1.0)
    laws = outcome(
        survey=0.0, reopen_after=always(20 * DAY),
        audits=Audits(share=1.0, after_h=2.0, finds=1.0, false_alarm=0.0, second=again),
    )  # fmt: skip
    desk = desk_of({"ana": {}}, outcome=laws, start=date(2026, 3, 28))
    log = run(desk, *(T(n * H, solved=(n >= 4, True)) for n in range(20)))
    first, second = said(log, "audit"), said(log, "second_audit")
    assert sorted(ticket for _, ticket, value in first if value == 0) == [0, 1, 2, 3]
    assert {at for at, *_ in second} == {4 * DAY + 5 * H}
    assert len({ticket for _, ticket, _ in second}) == 10 and {value for *_, value in second} == {0}
    found = audits_agree(log)
    assert found is not None and found.kappa is not None
    assert (found.n, found.passed, found.only_first) == (10, 0, 0)
    assert found.failed == len({ticket for _, ticket, _ in second} & {0, 1, 2, 3})
    assert found.kappa.value == pytest.approx(0.0)
    assert log.tickets["rated_outcome"].is_null().all()


def test_two_audits_that_never_err_agree_wholly_and_a_log_of_one_says_nothing() -> None:
    """5 of 20 unsolved, both find these 5 alone: kappa 1. The second changes no other moment of the log."""
    sure = Audits(share=1.0, after_h=2.0, finds=1.0, false_alarm=0.0)
    twice = sure.changed(second=SecondAudit(finds=1.0, false_alarm=0.0))

    def of(law: Audits) -> Log:
        laws = outcome(survey=0.0, reopen_after=always(20 * DAY), audits=law)
        desk = desk_of({"ana": {}}, outcome=laws, start=date(2026, 3, 28))
        return run(desk, *(T(n * H, solved=(n >= 5, True)) for n in range(20)))

    one, two = of(sure), of(twice)
    found = audits_agree(two)
    assert found is not None and found.kappa is not None
    assert (found.passed, found.failed, found.kappa.value) == (15, 5, 1.0)
    assert audits_agree(one) is None
    rest = two.moments.filter(pl.col("reason").cast(pl.String) != "second_audit")
    columns = ["ticket", "at_s", "value"]
    assert rest.select(columns).equals(one.moments.filter(pl.col("reason").is_not_null()).select(columns))
