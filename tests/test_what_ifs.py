"""Each what-if moves what its seed says that it should, and nothing that it cannot: a small `benchmarks.what_ifs`."""

from dataclasses import replace

import pytest

from benchmarks import what_ifs
from benchmarks.reach import untouched
from benchmarks.what_ifs import AGAINST, CLAIMS, ELSEWHERE, Claim, compared, holds, main, marks, page, seen
from scenarios import difference, load, read, read_what_if
from scenarios.files.desks import what_if_names
from sim import fast, sample

SEEDS = range(1, 9)
PLAYED = [name for name in what_if_names() if name not in ELSEWHERE]


def four_weeks():
    base = read("academy")
    return replace(base, desk=base.desk.changed(weeks=4))


@pytest.fixture(scope="module")
def found():
    return {each.what_if: each for each in compared(four_weeks(), PLAYED, SEEDS)}


def test_every_what_if_of_the_catalogue_claims_something():
    assert {claim.what_if for claim in CLAIMS} == set(PLAYED)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: f"{c.what_if}-{c.kpi}-{c.group or 'all'}")
def test_a_what_if_moves_what_its_seed_says(found, claim):
    """In the stated direction, with an interval that leaves out 0 at 95 % over all claims together."""
    (told,) = [each for each in found[claim.what_if].claims if each[0] == claim]
    assert holds(*told), told


@pytest.mark.parametrize("name", PLAYED)
def test_a_what_if_moves_no_ticket_that_it_cannot_reach_and_nothing_before_it_begins(found, name):
    assert found[name].moved == ()
    assert not found[name].early
    assert found[name].reached == len(SEEDS)  # the digests see what does move


def test_kinds_out_of_reach_are_worked_out_from_the_skills_that_people_share():
    """By hand, from the catalogue. Enquiries and enrolments are the service team's, whose requests lead to finance,
    the registry and, by way of course changes, to platform support, and from there to the experts. Only the advisers
    take nothing from them. An outage begins with platform support; nothing leads from there back to the others but
    the last stage of course changes.
    """
    base = read("academy")
    surge, outage = (read_what_if(base, name).desk for name in ("month_start_surge", "platform_outage"))
    assert untouched(base.desk, surge) == ("after_class_question", "progress_talk")
    assert set(base.desk.demand.kinds) - set(untouched(base.desk, outage)) == {
        "platform_question", "platform_fault", "course_change",
    }  # fmt: skip
    assert untouched(base.desk, read_what_if(base, "flu_week").desk) == ()
    assert untouched(base.desk, base.desk) == tuple(sorted(base.desk.demand.kinds))


def test_a_digest_of_a_kind_sees_one_second_and_one_person_and_no_number_of_another_kind():
    desk = load("academy_small").changed(weeks=1)
    log, truth = fast.run(desk, sample(desk, 1))
    same = seen((), 0, log, truth).marks
    assert marks(log) == same
    busier = read_what_if(read("academy_small"), "platform_outage").desk.changed(weeks=3)
    plain = load("academy_small").changed(weeks=3)
    one, other = (marks(fast.run(each, sample(each, 1))[0]) for each in (plain, busier))
    assert one["enrolment"] == other["enrolment"]
    assert one["platform_question"] != other["platform_question"]
    later = log.touches.with_columns(ended_s=log.touches["ended_s"] + 1)
    moved = replace(log, tables=type(log.tables)({**log.tables, "touches": later}))
    assert all(marks(moved)[kind] != same[kind] for kind in same)


def test_the_prepared_surge_differs_from_the_surge_by_its_people_alone():
    base = read("academy")
    surge, prepared = (read_what_if(base, name) for name in ("month_start_surge", "surge_prepared"))
    assert {path for path, *_ in difference(surge, prepared)} == {
        "staff.seats.adviser_day.takes", "staff.seats.adviser_late.takes",
    }  # fmt: skip
    reminded, forgotten = (read_what_if(base, name) for name in ("assigned_inboxes", "no_reminders"))
    assert difference(reminded, forgotten) == [("routing.neglect.remind_min", 30, 0)]


def test_a_claim_that_is_wrong_fails_and_the_report_says_so():
    wrong = Claim("month_start_surge", "tickets_created", False, "nobody")
    base = read("academy_small")
    (each,) = compared(base, ["month_start_surge"], range(1, 4), claims=[wrong])
    assert not each.holds()
    said = page([each], "made by hand")
    assert "0 of 1 claims hold in 3 worlds" in said
    assert "FAILS" in said
    assert "made by hand" in said


def test_the_report_is_written_and_its_exit_code_tells_whether_all_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(what_ifs, "BASE", "academy_small")
    monkeypatch.setattr(what_ifs, "CLAIMS", [CLAIMS[0]])
    assert main(["--worlds", "8", "--workers", "1", "--out", str(tmp_path / "w.md")]) == 0
    assert "1 of 1 claims hold in 8 worlds of `academy_small`" in (tmp_path / "w.md").read_text("utf-8")
    with pytest.raises(SystemExit):
        main(["--worlds", "1"])


def test_what_is_compared_with_something_else_than_the_base_is_in_the_catalogue():
    assert AGAINST.keys() | set(AGAINST.values()) <= set(what_if_names())
