"""Replies without substance (R003-18): their share, and what response figures are where they do not count.

Four tickets come on Monday at 9:00; a reply is promised within an hour, day and night.

==  ==================================================================================================
 1  token of ana 9:05; reply of bo 9:50
 2  reply of ana 9:30, who asks at 10:00; answered at 11:00; token of ana 11:10; resolved by bo 12:00
 3  token of ana 9:10, and nothing else
 4  reply of bo 10:30
==  ==================================================================================================
"""

from datetime import date
from typing import Any

import polars as pl
import pytest

from sim.calendar import Timeline
from sim.kpi import Book, Switches, measure
from sim.kpi.behind import behind
from sim.log import Log
from sim.sla import Clause, Sla, Target

STRICT = Book(Switches(token_replies="left_out"))
NO_REASONS = "the log states no reasons of replies, so none is known to lack substance"
EVENTS: list[tuple[int, float, str, str | None, str | None]] = [
    *((ticket, 9.0, "created", None, None) for ticket in (1, 2, 3, 4)),
    (1, 9 + 5 / 60, "reply", "ana", "token"), (3, 9 + 10 / 60, "reply", "ana", "token"), (2, 9.5, "reply", "ana", None),
    (1, 9 + 50 / 60, "reply", "bo", None), (2, 10, "wait_begins", "ana", "requester"), (4, 10.5, "reply", "bo", None),
    (2, 11, "wait_ends", None, "requester"), (2, 11 + 10 / 60, "reply", "ana", "token"),
    (2, 12, "resolved", "bo", None),
]  # fmt: skip


def log_of(*, tokens: bool = True) -> Log:
    """Return the log of the four tickets; without tokens, replies state no reason."""
    rows = [
        (ticket, round(hour * 3600), number, what, who, reason if tokens or reason != "token" else None)
        for number, (ticket, hour, what, who, reason) in enumerate(EVENTS)
    ]
    clauses = {"response": Clause(target_min=60), "next_response": Clause(target_min=30)}
    return Log.of(
        timeline=Timeline.midnight(date(2026, 3, 30), "Asia/Shanghai"), until_s=86_400, priorities=("normal",),
        cases=pl.DataFrame({"ticket": [1, 2, 3, 4], "kind": "a", "priority": "normal"}),
        moments=pl.DataFrame(rows, schema=["ticket", "at_s", "number", "what", "who", "reason"], orient="row"),
        people=pl.DataFrame({"person": ["ana", "bo"], "role": "r"}), sla=Sla(priorities={"normal": Target(**clauses)}),
    )  # fmt: skip


LOG = log_of()


def figure(name: str, by: str = "", log: Log = LOG, **asked: Any) -> dict[str | None, tuple[float | None, int]]:
    frame = measure(log, [name], by=by or (), **asked)
    return {row.get(by): (row["mean"], row["n"]) for row in frame.to_dicts()}


def test_the_share_of_first_replies_without_substance_is_that_of_who_gave_them() -> None:
    """1 and 3 of four; ana gave three first replies, bo one. The token of 2 is no first reply."""
    assert figure("token_reply_rate") == {None: (2 / 4, 4)}
    assert figure("token_reply_rate", "person") == {"ana": (2 / 3, 3), "bo": (0, 1)}


@pytest.mark.parametrize(
    ("name", "as_told", "strict"),
    [
        ("first_response_mean", ((5 + 30 + 10 + 90) / 4, 4), ((50 + 30 + 90) / 3, 3)),
        ("first_response_open_mean", ((5 + 30 + 10 + 90) / 4, 4), ((50 + 30 + 90) / 3, 3)),
        ("response_overdue_rate", (1 / 4, 4), (2 / 4, 4)),  # 4; and 3, which is never answered
        ("answered_in_time_rate", (3 / 4, 4), (2 / 4, 4)),
        ("next_response_mean", (10, 1), (60, 1)),  # of 2: the token, or the resolution
        ("next_response_overdue_rate", (0, 1), (1, 1)),
    ],
)
def test_a_reply_without_substance_may_stop_no_clock(
    name: str, as_told: tuple[float, int], strict: tuple[float, int]
) -> None:
    assert figure(name) == {None: (pytest.approx(as_told[0]), as_told[1])}
    assert figure(name, book=STRICT) == {None: (pytest.approx(strict[0]), strict[1])}


def test_the_real_reply_is_then_that_of_who_gave_it_and_rows_and_formulas_follow() -> None:
    """bo answers 1 after 50 minutes and 4 after 90, ana 2 after 30; 3 is nobody's."""
    people = figure("first_response_mean", "person", book=STRICT)
    assert (people["ana"], people["bo"]) == ((30, 1), (70, 2))
    rows = behind(LOG, "first_response_mean", book=STRICT).group_by("person").agg(pl.col("y").sum() / 60)
    assert dict(rows.rows()) == {"ana": 30, "bo": 140}
    assert figure("token_reply_rate", book=STRICT) == {None: (2 / 4, 4)}
    assert figure("tickets_resolved", book=STRICT) == figure("tickets_resolved")


def test_where_no_reply_states_a_reason_neither_is_known() -> None:
    plain = log_of(tokens=False)
    told = measure(plain, ["token_reply_rate", "first_response_mean"], book=STRICT)
    assert told["mean"].to_list() == [None, None] and set(told["reason"]) == {NO_REASONS}
    assert figure("first_response_mean", log=plain) == figure("first_response_mean")
    assert plain.substantive is plain
