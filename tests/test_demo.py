"""The main job from end to end, small: on a simulated sample, and on the real logs where they are there."""

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from scenarios import demo
from scenarios.commands.demo import _show
from scenarios.demo import Study, busiest_seat, study, surge_days, targets_of
from scenarios.files.desks import read
from scenarios.report.demo import demo_page
from sim import model, sample
from sim.lab.fidelity import cut
from sim.log import write


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the study small: fewer worlds everywhere."""
    for name, value in {
        "REPLICATIONS": 2, "LARGEST_RUNS": 12, "LEAST_RUNS": 12, "FAIRNESS_WORLDS": 6, "PLAN_WORLDS": 2,
        "LEAST_TRIALS": 2, "MOST_TRIALS": 3, "SAMPLE": "academy_small", "SAMPLE_WEEKS": 4,
    }.items():  # fmt: skip
        monkeypatch.setattr(demo, name, value)


def check(found: Study, folder: Path) -> None:
    """Look at what a study must have found and at its pages in both languages."""
    assert [what_if.key for what_if in found.what_ifs][:1] == ["one_more"]
    heads = [(old, new) for path, old, new in found.what_ifs[0].changes if path.endswith(".heads")]
    assert [new - old for old, new in heads] == [1]
    assert any("surges.first_" in path for path, _, _ in found.what_ifs[1].changes)
    created = found.what_ifs[1].differences.filter(pl.col("name") == "tickets_created")
    assert created["mean"][0] > 0
    # The columns can be compared: the fitted desk's KPIs are the same on either side.
    both = found.fidelity.join(found.base, on="name", suffix="_base", maintain_order="left")
    assert both.height == found.fidelity.height > 5
    assert both["mean"].to_list() == both["mean_base"].to_list()
    assert found.plan is not None or found.refusal
    if found.plan is not None:
        seats = found.fitted.desk.staff.seats
        assert {seats[name].team for name, heads in found.plan.seats.items() if heads} == {
            seat.team for seat in seats.values()
        }
    assert found.fairness is not None
    assert sum(share.mean or 0.0 for share in found.fairness.shares.values()) == pytest.approx(1.0)
    for lang in ("en", "zh"):
        path = folder / f"{lang}.html"
        demo_page(path, lang, found)
        words = path.read_text("utf-8")
        assert "<script" not in words
        assert words.count("<figure") >= 4
        if found.plan is not None:
            said = {"en": "Nobody is planned for", "zh": "方案没有为"}[lang]
            assert (said in words) == (0 in found.plan.seats.values())
        assert not re.findall(
            r"\{[a-z_]+\}", re.sub(r"<pre>.*?</pre>|<svg.*?</svg>|<style>.*?</style>", "", words, flags=re.S)
        )


def test_the_main_job_runs_on_a_simulated_sample_and_says_so(small: None, tmp_path: Path) -> None:
    steps: list[str] = []
    found = study(None, kept=tmp_path / "kept", tell=steps.append)
    assert found.what_ifs[1].key == "surge"
    assert steps == ["read", "fit", "fidelity", "what_ifs", "staff", "score", "fairness"]
    assert found.simulated
    assert found.promised
    check(found, tmp_path)
    assert "no real person stands behind it" in (tmp_path / "en.html").read_text("utf-8")
    assert len(list((tmp_path / "kept").iterdir())) == 3


def test_a_log_of_three_days_is_compared_over_these_days_and_has_a_surge_of_its_own(
    small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From Tuesday, 10 March: a surge in the first week of a month would fall outside of the log."""
    desk = read("academy_small").desk.changed(start=date(2026, 3, 10), weeks=1)
    write(cut(model.run(desk, sample(desk, 1))[0], 3 * 86_400), tmp_path / "log")
    found = study(tmp_path / "log")
    check(found, tmp_path)
    real = dict(found.fidelity.select("name", "real").iter_rows())["tickets_created"]
    for frame in (found.base, *(what_if.found for what_if in found.what_ifs)):
        created = dict(frame.select("name", "mean").iter_rows())["tickets_created"]
        assert 0.6 * real < created < 1.6 * real
    assert found.days == (date(2026, 3, 10), date(2026, 3, 12))
    assert found.what_ifs[1].key == "surge_of_log"
    words = (tmp_path / "en.html").read_text("utf-8")
    assert "30 % more tickets come on days 10 to 12 of the month (3 of the 3 days)?" in words
    assert "first week of each month" not in words
    assert "cover the same days, 2026-03-10 to 2026-03-12" in words
    _show("zh", found)
    said = capsys.readouterr().out
    assert "10 至 12 日激增" in said
    assert "2026-03-10 至 2026-03-12" in said


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 3, 2), date(2026, 3, 8), (1, 7)),
        (date(2026, 3, 7), date(2026, 3, 20), (1, 7)),
        (date(2026, 3, 8), date(2026, 3, 31), (8, 14)),
        (date(2026, 3, 29), date(2026, 3, 31), (29, 31)),
        (date(2026, 3, 29), date(2026, 4, 1), (1, 7)),
    ],
)
def test_a_surge_falls_on_days_that_the_log_holds(first: date, last: date, days: tuple[int, int]) -> None:
    assert surge_days(first, last) == days


@pytest.mark.parametrize("name", ["school_support_2025.csv", "call_centre_1999_02.csv"])
def test_the_main_job_runs_on_a_real_log(small: None, shared: Path, tmp_path: Path, name: str) -> None:
    found = study(shared / "data" / name)
    assert not found.simulated
    assert not found.promised
    assert found.quality is not None
    assert found.quality.rows_in == found.quality.rows_used + sum(found.quality.set_aside.values())
    check(found, tmp_path)
    assert "R001-26" in (tmp_path / "en.html").read_text("utf-8")


def test_the_busiest_team_gets_the_person() -> None:
    desk = read("academy_small").desk.changed(weeks=2)
    group = busiest_seat(desk, 1)
    log, _ = model.run(desk, sample(desk, 1))
    busy = log.shifts.group_by("team").agg(
        share=pl.col("busy_s").sum() / (pl.col("end_s") - pl.col("start_s") - pl.col("break_s")).sum()
    )
    assert desk.staff.seats[group].team == busy.sort("share")["team"][-1]


def test_a_log_without_promises_is_staffed_for_the_wait_it_has() -> None:
    """A mean wait of 61 minutes is rounded up to 65."""
    base = read("mmc").desk
    found = pl.DataFrame({"name": ["wait_mean", "response_overdue_rate"], "mean": [61.0, 0.02]})
    assert list(map(str, targets_of(base, found, promised=False))) == ["wait_mean<=65"]
    assert list(map(str, targets_of(base, found, promised=True))) == ["response_overdue_rate<=0.1"]
    impatient = read("erlang_a").desk
    assert list(map(str, targets_of(impatient, found, promised=False))) == ["abandoned_rate<=0.05"]
