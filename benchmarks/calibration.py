"""How much of a month's score is merit: the after-sales rubric, the fair merge and the best that its figures can give.

Run `python -m benchmarks.calibration`; it writes `benchmarks/calibration.md` and `benchmarks/calibration.json`. Every
figure is of worlds in which nothing was fitted; the seeds are those below.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.machine import machine
from optimize.thresholds import Guards, calibrated
from scenarios import load
from scenarios.commands.fairness import largest_role
from scenarios.files.rubrics import load_rubric
from scenarios.lab.menus import choices_of, menu_of
from scenarios.lab.thresholds import calibrate
from scenarios.lab.tiers import Totals, tiers_of_desks
from scenarios.lab.verdicts import (
    Verdict,
    ceiling_of,
    pay_costs,
    scores_of,
    tickets_per_month,
    tier_shares,
    validity_gap,
    verdict,
)
from scenarios.plots.pictures import COLOURS, svg
from sim.experiment import kept_open, local
from sim.kpi.rubric import Rubric
from sim.lab import Trials, parts_of, split, trials

type Floats = NDArray[np.float64]

HERE = Path(__file__).parent
PICTURE = "plots/calibration.svg"
DESKS = ("calibration_like", "calibration_fitted", "calibration_double")
FITTED, UNSEEN, SEATINGS, FIRST_UNSEEN = 16, 30, 4, 3_000_001
"""Worlds that tiers are cut in and the ceiling is fitted on, worlds of the judgement, seatings of each."""

OF_CEILING, OF_MONEY = 0.80, 0.60
"""The bars: least merit share over the ceiling's, and most wrong-tier money over the literal rubric's."""

LIMITS = (1.0, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02)
"""Largest shares of the seat of the frontier."""


def study(name: str, worlds: int, unseen: int, workers: int) -> dict[str, Any]:
    """Return literal rubric, fair merge and ceiling on a desk, in unseen worlds."""
    literal, fair = load_rubric("aftersales_100"), load_rubric("fair_merge")
    desk = load(name)
    role = largest_role(desk)
    with kept_open(local("fast", workers)) as pool:
        own = calibrate([(desk, role)], fair, executor=pool).rubric
        fitted, judged = (
            trials(desk, [literal, fair, own], role, seeds, seatings=SEATINGS, executor=pool)
            for seeds in (range(1, 1 + worlds), range(FIRST_UNSEEN, FIRST_UNSEEN + unseen))
        )
    shares, costs = tier_shares(literal, fitted), pay_costs(literal)
    sides = {
        "literal": scores_of(literal, fitted, judged), "fair_merge": scores_of(fair, fitted, judged, 1),
        "calibrated": scores_of(own, fitted, judged, 2), "ceiling": ceiling_of(fair, fitted, judged, 1),
    }  # fmt: skip
    made = {side: verdict(scores, judged, shares, costs) for side, scores in sides.items()}
    gaps = {
        side: asdict(validity_gap(sides[side].unseen, sides["literal"].unseen, judged.values))
        for side in ("fair_merge", "calibrated")
    }
    deciding = scores_of(fair, fitted, fitted, 1)
    written = judged.shaped(judged.marks(fair, 1).tiers)
    cuts = tiers_of_desks(
        [Totals(deciding, sides["fair_merge"], written)], [shares], np.array([tier.coefficient for tier in fair.tiers])
    )
    return {
        "desk": name, "people": len(judged.people), "tickets": tickets_per_month(judged, fair, 1),
        "tier_shares": list(shares), "sides": {side: asdict(each) for side, each in made.items()}, "gaps": gaps,
        "frontier": {
            side: _frontier(rubric, which, fitted, judged)
            for which, (side, rubric) in enumerate({"literal": literal, "fair_merge": fair}.items())
        },
        "tiers": asdict(cuts), "agreement": _agreement([each.unseen for each in sides.values()], judged),
        **_bars(made),
    }  # fmt: skip


def _agreement(scores: Sequence[Floats], judged: Trials) -> list[float]:
    """Return the correlation of what stays with the person of each score and of the value, free of chance."""
    made = parts_of(np.stack([*scores, judged.values], axis=-1), judged.seats).person
    own = np.sqrt(np.maximum(np.diag(made), 0.0))
    return [float(each) for each in made[:-1, -1] / (own[:-1] * own[-1])]


def _frontier(rubric: Rubric, which: int, fitted: Trials, judged: Trials) -> list[dict[str, float]]:
    """Return what the best choices within the guards come to in unseen worlds, one per limit of the seat's share."""
    own = replace(fitted, counts=(fitted.counts[which],))
    menu = menu_of(rubric, [own], Guards())
    points = []
    for each in choices_of(rubric, menu, [own], Guards(), LIMITS, False):
        made = calibrated(rubric, {name: menu.items[at] for name, at in each.offers.items()})
        parts = split(scores_of(made, fitted, judged, which).unseen, judged.seats)
        points.append({"merit": parts.person.mean or 0.0, "seat": parts.seat.mean or 0.0, "spread": each.spread[0]})
    return points


def _bars(made: Mapping[str, Verdict]) -> dict[str, float]:
    merit = {side: each.merit.mean or 0.0 for side, each in made.items()}
    found = {}
    for side, key in (("fair_merge", "of"), ("calibrated", "own")):
        found[f"{key}_ceiling"] = merit[side] / merit["ceiling"] if merit["ceiling"] else float("nan")
        found[f"{key}_money"] = made[side].money / made["literal"].money if made["literal"].money else float("nan")
    return found


def picture(desks: list[dict[str, Any]]) -> str:
    """Return the frontiers as a picture: merit share over the seat's, one panel per desk."""

    def draw(figure: Figure) -> None:
        for place, (axes, desk) in enumerate(
            zip(figure.subplots(1, len(desks), sharex=True, sharey=True), desks, strict=True)
        ):
            for colour, (side, label) in zip(COLOURS, SIDES.items(), strict=True):
                at = desk["sides"][side]
                axes.plot(
                    100 * at["seat"]["mean"], 100 * at["merit"]["mean"], "*" if side == "ceiling" else "o",
                    color=colour, markersize=9, label=label,
                )  # fmt: skip
                line = desk["frontier"].get(side, [])
                axes.plot(
                    [100 * each["seat"] for each in line], [100 * each["merit"] for each in line], ".-", color=colour,
                    markersize=4, linewidth=1.0,
                )  # fmt: skip
            axes.set_title(desk["desk"].removeprefix("calibration_"))
            axes.set_xlabel("seat, %")
            if not place:
                axes.set_ylabel("merit, %")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)

    return svg(draw, height=3.6)


SIDES = {
    "literal": "literal", "fair_merge": "fair merge", "calibrated": "fair merge, calibrated", "ceiling": "ceiling",
}  # fmt: skip


def page(found: dict[str, Any]) -> str:
    """Return the page of a study."""
    rows = [
        "| desk | rubric | merit | seat | luck | validity | smallest category | wrong tier | wrong-tier money |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for desk in found["desks"]:
        for side, each in desk["sides"].items():
            least = "-" if each["least_category"] is None else f"{each['least_category']:g}"
            rows.append(
                f"| {desk['desk']} | {side} | {_share(each['merit'])} | {_share(each['seat'])} | "
                f"{_share(each['luck'])} | {each['validity']:.2f} | {least} | {each['wrong']:.1%} | "
                f"{each['money']:.1%} |"
            )
    bars = [
        "| desk | tickets per month | fair merge over ceiling (at least 80 %) | its money over the literal's (60 %) "
        "| calibrated over ceiling | its money | the ceiling's money |",
        "|---|---|---|---|---|---|---|",
    ]
    bars += [
        f"| {d['desk']} | {d['tickets']:.0f} | {d['of_ceiling']:.1%} | {d['of_money']:.1%} | {d['own_ceiling']:.1%} "
        f"| {d['own_money']:.1%} | {_least(d):.1%} |"
        for d in found["desks"]
    ]
    tiers = ";\n".join(
        f"{d['desk']}: {', '.join(f'{share:.1%}' for share in d['tier_shares'])}" for d in found["desks"]
    )
    return PAGE.format(
        gaps=_gaps(found["desks"]), frontier=_frontiers(found["desks"]), tiers_of=_tiers(found["desks"]),
        picture=PICTURE, beaten=sum(_cheaper(desk) for desk in found["desks"]), desks=len(found["desks"]),
        missed="; ".join(_missed(found["desks"])) or "nothing",
        table="\n".join(rows), bars="\n".join(bars), tiers=tiers,
        machine=found["machine"], seconds=found["seconds"],
        worlds=found["worlds"], unseen=found["unseen"], seatings=SEATINGS, first=FIRST_UNSEEN,
    )  # fmt: skip


def _gaps(desks: list[dict[str, Any]]) -> str:
    rows = [
        "| desk | literal | fair merge | its gap | | calibrated, its gap | | literal, fair merge, free of chance |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for desk in desks:
        both = [f"{desk['sides'][side]['validity']:.3f}" for side in ("literal", "fair_merge")]
        for side in ("fair_merge", "calibrated"):
            gap = desk["gaps"][side]
            both += [f"{gap['mean']:+.3f} [{gap['low']:+.3f} .. {gap['high']:+.3f}]", _kept(gap)]
        both.append(", ".join(f"{each:.3f}" for each in desk["agreement"][:2]))
        rows.append(f"| {desk['desk']} | {' | '.join(both)} |")
    return "\n".join(rows)


def _kept(gap: Mapping[str, float]) -> str:
    """Return whether a validity is below the literal rubric's, in words."""
    if gap["mean"] >= 0:
        return "not below"
    return "below, within chance" if gap["high"] >= 0 else "**below**"


def _frontiers(desks: list[dict[str, Any]]) -> str:
    rows = ["| desk | rubric | merit and seat of each choice, %, the freest first |", "|---|---|---|"]
    for desk in desks:
        for side, points in desk["frontier"].items():
            told = "; ".join(f"{100 * each['merit']:.1f} and {100 * each['seat']:.1f}" for each in points)
            rows.append(f"| {desk['desk']} | {side} | {told} |")
    return "\n".join(rows)


def _tiers(desks: list[dict[str, Any]]) -> str:
    rows = [
        "| desk | tiers | borders | months in each tier | wrong tier | wrong-tier money | mean pay factor |",
        "|---|---|---|---|---|---|---|",
    ]
    for desk in desks:
        for name, cut in desk["tiers"].items():
            borders = "as written" if cut["borders"] is None else ", ".join(f"{each:.1f}" for each in cut["borders"])
            shares = ", ".join(f"{share:.0%}" for share in cut["shares"])
            rows.append(
                f"| {desk['desk']} | {CUTS[name]} | {borders} | {shares} | {cut['wrong']:.1%} | {cut['money']:.1%} | "
                f"{cut['pay']:.3f} |"
            )
    return "\n".join(rows)


def _cheaper(desk: Mapping[str, Any]) -> bool:
    return desk["tiers"]["cheapest"]["money"] < desk["tiers"]["kept"]["money"]


CUTS = {"written": "as written", "kept": "shares kept", "cheapest": "least money"}


def _missed(desks: list[dict[str, Any]]) -> list[str]:
    """Return which bars are missed, in words."""
    made = []
    for desk in desks:
        if desk["of_ceiling"] < OF_CEILING:
            made.append(f"{desk['desk']}: {desk['of_ceiling']:.1%} of the ceiling")
        if desk["desk"] != DESKS[0] and desk["of_money"] > OF_MONEY:
            made.append(f"{desk['desk']}: {desk['of_money']:.1%} of the literal rubric's money")
        if (gap := desk["gaps"]["fair_merge"])["mean"] < 0:
            literal, fair = (desk["sides"][side]["validity"] for side in ("literal", "fair_merge"))
            made.append(f"{desk['desk']}: validity {fair:.3f} against {literal:.3f} ({_kept(gap).strip('*')})")
    return made


def _least(desk: dict[str, Any]) -> float:
    """Return the ceiling's money over the literal rubric's: about the least that these figures allow."""
    sides = desk["sides"]
    return sides["ceiling"]["money"] / sides["literal"]["money"] if sides["literal"]["money"] else float("nan")


def _share(each: dict[str, float]) -> str:
    return f"{each['mean']:.1%} [{each['low']:.1%} .. {each['high']:.1%}]"


PAGE = """# Calibration: literal rubric, fair merge and ceiling

`python -m benchmarks.calibration` made this page in {seconds:.0f} s on {machine}.

Twenty people of one role, with planted differences (log speed 0.15, solved for good and good process ratings 5 points
each), in seats that are alike, as unlike as in a real desk, and twice that (`scenarios/catalogue/calibration_*.toml`).
Shares are of the variance between people in one month's score, with 95 % intervals over {unseen} worlds from seed
{first} up, in {seatings} random seatings each; nothing was fitted in them. The ceiling is the linear composite of the
fair merge's figures with the largest merit share in {worlds} other worlds. `calibrated` is the fair merge as
`fairdesk rubric calibrate` moves it on the desk, in worlds of its own and within its default guards: what is gained by
bands and points of a desk's own instead of the preset's.

{table}

Validity is the rank correlation of the mean score with the declared value of the work. As many months get each tier
as under the literal rubric as written (best first:
{tiers}), and the pay factors are its own. The deserved tier is that
of the score on the statistics of all unseen runs together; the money is the mean difference of the factors of the given
and the deserved tier, in parts of a month's performance pay.

{bars}

Missed by the preset: {missed}.

No choice of points on the same figures can cost much less than the ceiling; more tickets can.

## Validity beside the literal rubric's

{gaps}

The gap is the difference of the two rank correlations in the same worlds, with its 95 % interval (one world left out at
a time). Twenty people have few ranks: two neighbours who change places move a validity by 0.0015. The last column is
the correlation of what stays with the person in score and value, from pairs of different worlds, so neither the luck of
the month nor that of the seat is in it; an estimate may pass 1. It is about means over many seats: a score that
follows the seat may go with the value there and still tell nothing in a month of one seat.

The declared value holds no word of the learners, so every point for their ratings of the process costs validity: the
fair merge pays 10 of its 100 points for them all the same (R003-33).

## Discriminating against fair

![merit over seat]({picture})

Each line is what the exact program makes of a rubric under ever smaller limits of the seat's share, within the default
guards of a year, judged in the unseen worlds.

{frontier}

Within a year's guards no bands and points of the literal rubric take the seat out of its score: its figures
themselves hold the kinds that a seat brings, so where the limit lowers the seat's share merit falls with it, and below
some limit nothing is left to choose. The figures of the fair merge have the kinds taken out, so its frontier is about
one point: there is nothing to trade.

## Other cuts of the tiers

{tiers_of}

The totals are those of the fair merge. The cuts of least money are exact on whole points in the {worlds} worlds in
which nothing was judged (`fairdesk rubric calibrate --tiers`). In other worlds they beat the shares that are kept on
{beaten} of {desks} desks: who deserves a tier is itself a matter of shares, so keeping them is about the cheapest
already. Where they pay more or less on the whole, the mean pay factor tells. Unasked, tiers and pay table stay.

It is about what the log decides; points that people state come on top, with defects of their own. It cannot see what no
ticket shows. The bands and points of the fair merge were chosen on the three desks together, in worlds with seeds
1-24, 1000001-1000024 and 5000001-5000160, for the merit share and for a validity that is not below the literal
rubric's in samples of 30 worlds; no world of this page was used for that.
"""


def main() -> None:
    """Run the study and write its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=FITTED)
    parser.add_argument("--unseen", type=int, default=UNSEEN)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    begun, desks = time.perf_counter(), []
    for name in DESKS:
        desks.append(study(name, args.worlds, args.unseen, args.workers))
        print(f"{name}: {desks[-1]['of_ceiling']:.3f} {desks[-1]['of_money']:.3f}", file=sys.stderr)
    found = {
        "desks": desks, "machine": machine(), "seconds": round(time.perf_counter() - begun), "worlds": args.worlds,
        "unseen": args.unseen,
    }  # fmt: skip
    told = json.dumps(found, indent=1, default=float) + "\n"
    (HERE / "calibration.json").write_text(told, "utf-8")
    (HERE / "calibration.md").write_text(page(found), "utf-8")
    (HERE / PICTURE).write_text(picture(desks) + "\n", "utf-8")
    assert np.isfinite([desk["of_ceiling"] for desk in desks]).all()


if __name__ == "__main__":
    main()
