"""Pages: offline, escaped, the same bytes twice, in both languages; and the numbers behind the pictures."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from scenarios.files.desks import Scenario, difference, read, read_what_if
from scenarios.labels import asks_of, title_of
from scenarios.plots import all_pictures, bars, series
from scenarios.positions import Places
from scenarios.report import compare_page, page
from sim import model, sample
from sim.experiment import measured, paired, summary
from sim.log import Log
from tests.conftest import queue

SEEDS = range(2)


def small_log() -> Log:
    """Return one week of a small queue."""
    desk = queue(per_mean=2.0, people=3, mean_min=60.0)
    return model.run(desk, sample(desk, 1))[0]


def made(path: Path, lang: str, title: str = "") -> str:
    """Write the page of a what-if and return its text."""
    base = read("mm1")
    desk = base.desk.changed(weeks=1)
    base = Scenario(base.name, base.title, base.asks, desk, Places())
    kinds = {name: kind.changed(per_week=kind.per_week * 1.1) for name, kind in desk.demand.kinds.items()}
    more = desk.changed(demand=desk.demand.changed(kinds=kinds))
    other = Scenario("more", title or "More", "What if <b>more</b> come?", more, Places())
    runs = [measured(side.desk, SEEDS, ["wait_mean", "tickets_created"]) for side in (base, other)]
    compare_page(
        path, lang, base=base, other=other, changes=difference(base, other), found=summary(runs[0]),
        found_other=summary(runs[1]), differences=paired(*runs),
        logs={side.name: model.run(side.desk, sample(side.desk, 0))[0] for side in (base, other)},
        seeds=SEEDS, level=0.95,
    )  # fmt: skip
    return path.read_text("utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_fetches_nothing_and_runs_nothing(tmp_path: Path, lang: str) -> None:
    words = made(tmp_path / "page.html", lang)
    assert "<script" not in words
    outside = re.findall(r"""(?:src|href)=["']([^"'#][^"']*)""", words)
    assert outside == []
    assert "url(http" not in words
    assert "default-src 'none'" in words
    assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in words


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_links_to_the_pictures_of_show_if_they_stand_beside_it(tmp_path: Path, lang: str) -> None:
    assert "show.html" not in made(tmp_path / "page.html", lang)
    (tmp_path / "show.html").write_text("", "utf-8")
    assert '<a href="show.html">' in made(tmp_path / "page.html", lang)


def test_what_a_file_says_is_escaped(tmp_path: Path) -> None:
    words = made(tmp_path / "page.html", "en", title="<script>alert(1)</script>")
    assert "<script" not in words
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in words
    assert "<b>more" not in words


def test_a_page_has_the_same_bytes_twice(tmp_path: Path) -> None:
    assert made(tmp_path / "a.html", "zh") == made(tmp_path / "b.html", "zh")


def test_a_page_prints_the_change_that_it_found(tmp_path: Path) -> None:
    words = made(tmp_path / "page.html", "en")
    rate = read("mm1").desk.demand.kinds
    name, kind = next(iter(rate.items()))
    assert f"demand.kinds.{name}.per_week" in words
    assert f"{kind.per_week:g}" in words.replace(",", "")


def test_an_identical_pair_says_that_nothing_differs() -> None:
    base = read("academy_small")
    what_if = read_what_if(base, "sla_24h")
    assert difference(base, base) == []
    assert difference(base, what_if) != []


def test_a_file_that_bears_a_name_of_the_catalogue_keeps_its_own_title_and_question() -> None:
    assert title_of("zh", "mm1", read("mm1").title) != read("mm1").title
    assert title_of("zh", "mm1", "Mine") == "Mine"
    assert title_of("zh", "mm1", "") == "mm1"
    assert asks_of("zh", "sla_24h", "Mine?") == "Mine?"


def test_a_page_that_cannot_be_finished_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        page.write(tmp_path / "page.html", "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_drawn_for_both_languages_with_letters_as_letters() -> None:
    log = small_log()
    drawn = all_pictures({"基准 <1>": log}, "zh")
    assert set(drawn) == {"load", "waits", "backlog", "occupancy"}
    for words in drawn.values():
        assert words.startswith("<svg")
        assert "基准 &lt;1&gt;" in words or "基准" in words
        assert "<1>" not in words
    assert drawn == all_pictures({"基准 <1>": log}, "zh")


def test_bars_take_negative_shares() -> None:
    drawn = bars("en", {"merit": (-0.05, -0.1, 0.0), "luck": (1.05, None, None)}, "plot.share")
    assert "merit" in drawn


def test_arrivals_by_hour_add_up_to_the_tickets() -> None:
    log = small_log()
    assert series.arrivals_by_hour(log).sum() * series.weeks_of(log) == pytest.approx(log.tickets.height)


def test_people_at_work_around_the_clock_are_all_people_in_every_hour() -> None:
    staffed = series.staffed_by_hour(small_log())
    assert staffed is not None
    assert np.allclose(staffed, 3.0)


def test_work_offered_is_the_work_that_was_timed() -> None:
    log = small_log()
    offered = series.offered_by_hour(log)
    assert offered is not None
    hours = log.touches["work_s"].drop_nulls().sum() / 3600
    assert offered.sum() * series.weeks_of(log) == pytest.approx(hours)


def test_open_tickets_end_with_those_that_are_neither_resolved_nor_gone() -> None:
    log = small_log()
    _, level = series.open_tickets(log)
    still = log.tickets.filter(pl.col("resolved_s").is_null() & pl.col("left_s").is_null()).height
    assert level[0] in (0.0, 1.0)
    assert level[-1] == still


def test_the_share_answered_rises_to_what_was_answered_at_all() -> None:
    log = small_log()
    share = series.answered_within(log, np.array([0.0, 10.0, 1e9]))
    assert (np.diff(share) >= 0).all()
    assert share[-1] == pytest.approx(1 - log.tickets["first_reply_s"].null_count() / log.tickets.height)


def test_a_table_marks_lines_and_sets_numbers_right() -> None:
    words = page.table(["a", "b"], [["x", "1"], ["<y>", "2"]], numbers=(1,), marked=(1,))
    assert words.count('class="marked"') == 1
    assert words.count('class="number"') == 3
    assert "&lt;y&gt;" in words
