"""Sections of further tests that change what happens to a desk: a product is launched, everybody is heard."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from scenarios.lab.sections import Section, note, plain
from scenarios.texts import text

if TYPE_CHECKING:
    from sim.lab import Drift, Estimate, Setting


def launch_section(setting: Setting) -> Section:
    """Return what the launch of a product does to scores; without rows where none can be launched."""
    from sim.lab import launch

    columns = (("variant", "word"), ("figure", "word"), ("before", "number"), ("after", "number"),
               ("drift", "number"), ("between", "between_exact"))  # fmt: skip
    try:
        found = launch(setting)
    except ValueError:
        return Section("launch", [], columns, said=note("launch_none"))
    rows = [
        {"variant": variant, "figure": name, "before": each.before.mean, "after": each.after.mean,
         "drift": each.change.mean, "low": each.change.low, "high": each.change.high}
        for variant, drift in found.drifts.items() for name, each in drift.figures.items()
    ]  # fmt: skip

    def said(lang: str) -> list[str]:
        values = {"like": found.like, "share": f"{found.share:.0%}", "heavier": f"{found.heavier:g}",
                  "harder": f"{found.harder:g}"}  # fmt: skip
        return [*(_drifted(lang, variant, each) for variant, each in found.drifts.items()),
                text(lang, "lab_tests.launch_note", **values)]  # fmt: skip

    return Section("launch", rows, columns, plain(asdict(found)), said)


def _drifted(lang: str, variant: str, found: Drift) -> str:
    """Return in words whether people keep their order and their tiers."""
    order, name = found.order, text(lang, f"lab_tests.variant_{variant}")
    tiers = "-" if found.tier_changed.mean is None else f"{found.tier_changed.mean:.0%}"
    if order.mean is None:
        return text(lang, "lab_tests.launch_no_order", name=name, tiers=tiers)
    between = "-" if order.low is None else f"{order.low:.2f} .. {order.high:.2f}"
    return text(lang, "lab_tests.launch_order", name=name, order=f"{order.mean:.2f}", between=between, tiers=tiers)


def heard_section(setting: Setting) -> Section:
    """Return what silence and faulty audits do to pay; without rows where nothing goes by them."""
    from sim.lab import hearing
    from sim.lab.heard import TRUE

    columns = (("variant", "word"), ("wrong_tier", "share"), ("tier_drift", "percent"), ("tier_between", "interval"),
               ("pay_off", "share"), ("pay_drift", "percent"), ("pay_between", "interval"),
               ("bias", "percent"))  # fmt: skip
    found = hearing(setting)
    if found is None:
        return Section("heard", [], columns, said=note("heard_none"))
    rows = [
        {"variant": name, "wrong_tier": each.wrong.tier.mean, "pay_off": each.wrong.pay.mean, "bias": each.bias.mean,
         "tier_drift": each.tier_change.mean, "tier_between": percents(each.tier_change),
         "pay_drift": each.pay_change.mean, "pay_between": percents(each.pay_change)}
        for name, each in found.variants.items()
    ]  # fmt: skip
    details = {
        name: {key: asdict(getattr(each, key)) for key in ("bias", "tier_change", "pay_change", "bias_change")}
        for name, each in found.variants.items()
    }
    more = {"variants": details, "seen": found.seen, "worlds": found.worlds, "unseen": found.unseen}

    def said(lang: str) -> list[str]:
        seen = [text(lang, "lab_tests.heard_seen", true=f"{TRUE:.0%}", seen=f"{found.seen:.1%}")] if found.seen else []
        return [*seen, text(lang, "lab_tests.heard_note", unseen=found.unseen)]

    return Section("heard", rows, columns, more, said)


def percents(each: Estimate) -> str:
    """Return an interval of shares in percent with signs."""
    return "-" if each.low is None or each.high is None else f"{100 * each.low:+.1f} .. {100 * each.high:+.1f}"
