"""Further tests of a score as sections that a page, a table and a document show alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from scenarios.lab.changed import heard_section, launch_section
from scenarios.lab.sections import Section, note, plain
from scenarios.notes import in_words
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.lab import Lived, Setting

TESTS = ("swap", "clone", "gaps", "resistance", "stability", "items", "launch", "heard", "forced")
"""Names of the tests, in the order in which they are shown."""

REMEDIES = "remedies"
"""Name of the table of remedies, which is asked for on its own."""
MERGED = "fair_merge"
"""Our proposal of a rubric, which stands beside every other one."""

PERIODS = (1, 3, 6, 12)
"""Months for which it is said how dependable a score over them is."""

FIRED, YEARS = 0.1, 10
"""Forced ranking that is played: this share leaves at the end of each of so many years."""


def chosen(said: str) -> list[str]:
    """Return the tests that a list of names asks for; `all` is every one.

    Raises
    ------
    ValueError
        If a name is unknown; the message names the nearest.
    """
    names = [name.strip() for name in said.split(",") if name.strip()]
    for name in names:
        if name not in (*TESTS, "all"):
            near = get_close_matches(name, TESTS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"--tests: unknown test {name!r}{hint} (known: {', '.join(TESTS)}, all)")
    if not names:
        raise ValueError(f"--tests: names of tests were expected (known: {', '.join(TESTS)}, all)")
    return [name for name in TESTS if name in names or "all" in names]


def sections(
    setting: Setting, names: Sequence[str], reliability: float | None
) -> Iterator[tuple[str, Callable[[], Section]]]:
    """Yield the name of each test and what runs it.

    Parameters
    ----------
    setting
        The desk and its people.
    names
        Names of tests.
    reliability
        Of a month's score, for forced ranking.
    """
    as_is = _Once(setting)
    makers: dict[str, Callable[[], Section]] = {
        "swap": lambda: _swap(setting), "clone": lambda: _clone(setting), "gaps": lambda: _gaps(setting),
        "resistance": lambda: _resistance(setting), "stability": lambda: _stability(setting, as_is()),
        "items": lambda: _items(setting, as_is()), "launch": lambda: launch_section(setting),
        "heard": lambda: heard_section(setting), "forced": lambda: _forced(setting, reliability),
        REMEDIES: lambda: _remedies(setting),
    }  # fmt: skip
    for name in names:
        yield name, makers[name]


class _Once:
    """Runs the desk as it is when first asked, for all who ask."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.lived: Lived | None = None

    def __call__(self) -> Lived:
        from sim.lab import lived_as_is

        if self.lived is None:
            self.lived = lived_as_is(self.setting)
        return self.lived


def _swap(setting: Setting) -> Section:
    from sim.lab import swaps

    found = swaps(setting)
    rows = found.sort(found["change"].abs(), descending=True, nulls_last=True).to_dicts() if found.height else []
    columns = (("person", "text"), ("other", "text"), ("seat", "text"), ("new_seat", "text"), ("change", "points"),
               ("between", "between"), ("tier_changed", "share"))  # fmt: skip
    return Section("swap", rows, columns, said=note("swap"))


def _clone(setting: Setting) -> Section:
    from sim.lab import clones, unlike_pairs

    rows = []
    for pair in unlike_pairs(setting)[:1]:
        found = clones(setting, *pair)
        rows.append({
            "person": found.person, "seat": found.seats[0], "new_seat": found.seats[1], "change": found.gap.mean,
            "low": found.gap.low, "high": found.gap.high, "by_name": found.by_name.mean,
        })  # fmt: skip
    columns = (("person", "text"), ("seat", "text"), ("new_seat", "text"), ("change", "points"),
               ("between", "between"), ("by_name", "points"))  # fmt: skip
    return Section("clone", rows, columns, said=note("clone"))


def _gaps(setting: Setting) -> Section:
    from sim.lab import gaps

    found = gaps(setting)
    columns = (("what", "word"), ("group", "group"), ("gap", "points"), ("between", "between"), ("p", "p"),
               ("equivalent", "yes"), ("impact", "number"), ("flagged", "yes"), ("false_alarm", "share"))  # fmt: skip
    more = {"margin": found.margin, "notes": [in_words(note) for note in found.notes]}
    return Section(
        "gaps", found.groups.to_dicts(), columns, more,
        lambda lang: [text(lang, "lab_tests.gaps_note", margin=f"{found.margin:g}")]
        + [in_words(note, lang) for note in found.notes],
    )  # fmt: skip


def _resistance(setting: Setting) -> Section:
    from sim.lab import resistance
    from sim.lab.resistance import TARGET

    found = resistance(setting)
    rows = [
        {
            "conduct": name, "gain": gain.mean, "low": gain.low, "high": gain.high,
            "resistance": found.resistance[name].mean, "resistance_low": found.resistance[name].low,
            "resistance_high": found.resistance[name].high,
        }
        for name, gain in found.gains.items()
    ]  # fmt: skip
    columns = (("conduct", "word"), ("gain", "points"), ("between", "between"), ("resistance", "number"))
    more = {"target": TARGET, "sd": plain(found.sd), "ability": plain(found.ability), "probes": list(found.probes)}
    sd = "-" if found.sd.mean is None else f"{found.sd.mean:.1f}"
    said = {"sd": sd, "target": f"{TARGET:g}", "probes": len(found.probes)}
    return Section("resistance", rows, columns, more, lambda lang: [text(lang, "lab_tests.resistance_note", **said)])


def _stability(setting: Setting, lived: Lived) -> Section:
    from sim.lab import stability_of

    found = stability_of(setting, lived)
    columns = (
        ("person", "text"),
        ("rank", "number"),
        ("rank_low", "number"),
        ("rank_high", "number"),
        ("top", "share"),
    )
    if found is None:
        return Section("stability", [], columns, said=note("stability_none"))
    more = {
        "pairs": found.pairs.to_dicts(), "kept": found.kept, "top_k": found.top_k, "centre": list(found.centre),
        "concentration": found.concentration, "draws": found.draws,
    }  # fmt: skip
    said = {"kept": f"{found.kept:.0%}", "top": found.top_k, "concentration": f"{found.concentration:g}"}
    return Section(
        "stability", found.people.to_dicts(), columns, more,
        lambda lang: [text(lang, "lab_tests.stability_note", **said)],
    )  # fmt: skip


def _items(setting: Setting, lived: Lived) -> Section:
    from sim.lab import components_of

    found = components_of(setting, lived)
    columns = (("periods", "number"), ("relative", "number"), ("absolute", "number"))
    if found is None:
        return Section("items", [], columns, said=note("items_none"))
    rows = [{"periods": each, **asdict(found.dependable(each, fixed_items=True))} for each in PERIODS]
    return Section("items", rows, columns, {"components": asdict(found)}, note("items"))


def _forced(setting: Setting, reliability: float | None) -> Section:
    from sim.lab import forced_ranking, leavers

    columns = (("year", "number"), ("wrong", "share"), ("gain_sd", "number"), ("more", "number"))
    if reliability is None or not 0 < reliability <= 1:
        return Section("forced", [], columns, said=note("forced_none"))
    found = forced_ranking(reliability, FIRED, people=len(setting.people), years=YEARS, seed=setting.seed)
    rows = found.rename({"gain": "gain_sd"}).to_dicts()
    people = len(setting.people)
    said = {"leave": leavers(FIRED, people), "reliability": f"{reliability:.2f}", "people": people}
    return Section(
        "forced", rows, columns, {"fired": FIRED, "reliability": reliability},
        lambda lang: [text(lang, "lab_tests.forced_note", **said)],
    )  # fmt: skip


def _remedies(setting: Setting) -> Section:
    from scenarios.files.rubrics import load_rubric
    from sim.lab import remedies

    merged = load_rubric(MERGED)
    found = remedies(setting, {MERGED: merged} if merged != setting.rubric else {})
    columns = (("variant", "word"), ("merit", "share"), ("conduct", "share"), ("seat", "share"), ("luck", "share"),
               ("validity", "number"), ("wrong_tier", "share"), ("pay_off", "share"), ("resistance", "number"),
               ("gamed_by", "conduct"), ("wait_mean_change", "points"), ("cost_total_change", "points"))  # fmt: skip
    more = {"left_out": list(found.left_out), "worlds": found.worlds, "seatings": found.seatings}

    def said(lang: str) -> list[str]:
        names = ", ".join(text(lang, f"lab_tests.variant_{name}") for name in found.left_out) or "-"
        about = text(lang, "lab_tests.remedies_note", unseen=found.unseen, left_out=names)
        return [surely(found.variants.to_dicts(), lang), about]

    return Section(REMEDIES, found.variants.to_dicts(), columns, {**more, "unseen": found.unseen}, said)


def surely(rows: Sequence[Mapping[str, Any]], lang: str) -> str:
    """Return which remedies have more merit, or fewer wrong tiers, than the rubric as it is, beyond chance."""
    more = [row["variant"] for row in rows if row["merit_change_low"] is not None and row["merit_change_low"] > 0]
    fewer = [
        row["variant"] for row in rows
        if row["wrong_tier_change_high"] is not None and row["wrong_tier_change_high"] < 0
    ]  # fmt: skip
    between = text(lang, "lab_tests.between")
    told = [between.join(text(lang, f"lab_tests.variant_{name}") for name in names) for names in (more, fewer)]
    nothing = text(lang, "lab_tests.nothing")
    return text(lang, "lab_tests.surely", more=told[0] or nothing, fewer=told[1] or nothing)
