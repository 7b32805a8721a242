"""How much of a month's score is merit: the after-sales rubric, the fair merge and the best that its figures can give.

Run `python -m benchmarks.calibration`; it writes `benchmarks/calibration.md` and `benchmarks/calibration.json`. Every
figure is of worlds in which nothing was fitted; the seeds are those below.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.machine import machine
from scenarios import load
from scenarios.commands.fairness import largest_role
from scenarios.rubric_files import load_rubric
from scenarios.thresholds import calibrate
from scenarios.verdicts import Verdict, ceiling_of, pay_costs, scores_of, tickets_per_month, tier_shares, verdict
from sim.experiment import kept_open, local
from sim.lab import trials

HERE = Path(__file__).parent
DESKS = ("calibration_like", "calibration_fitted", "calibration_double")
FITTED, UNSEEN, SEATINGS, FIRST_UNSEEN = 16, 30, 4, 3_000_001
"""Worlds that tiers are cut in and the ceiling is fitted on, worlds of the judgement, seatings of each."""

OF_CEILING, OF_MONEY = 0.80, 0.60
"""The bars: least merit share over the ceiling's, and most wrong-tier money over the literal rubric's."""


def study(name: str, worlds: int, unseen: int, workers: int) -> dict[str, object]:
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
    return {
        "desk": name, "people": len(judged.people), "tickets": tickets_per_month(judged, fair, 1),
        "tier_shares": list(shares), "sides": {side: asdict(each) for side, each in made.items()}, **_bars(made),
    }  # fmt: skip


def _bars(made: dict[str, Verdict]) -> dict[str, float]:
    merit = {side: each.merit.mean or 0.0 for side, each in made.items()}
    found = {}
    for side, key in (("fair_merge", "of"), ("calibrated", "own")):
        found[f"{key}_ceiling"] = merit[side] / merit["ceiling"] if merit["ceiling"] else float("nan")
        found[f"{key}_money"] = made[side].money / made["literal"].money if made["literal"].money else float("nan")
    return found


def page(found: dict[str, object]) -> str:
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
        missed="; ".join(_missed(found["desks"])) or "nothing",
        table="\n".join(rows), bars="\n".join(bars), tiers=tiers,
        machine=found["machine"], seconds=found["seconds"],
        worlds=found["worlds"], unseen=found["unseen"], seatings=SEATINGS, first=FIRST_UNSEEN,
    )  # fmt: skip


def _missed(desks: list[dict[str, object]]) -> list[str]:
    """Return which bars are missed, in words."""
    made = []
    for desk in desks:
        literal, fair = (desk["sides"][side]["validity"] for side in ("literal", "fair_merge"))
        if desk["of_ceiling"] < OF_CEILING:
            made.append(f"{desk['desk']}: {desk['of_ceiling']:.1%} of the ceiling")
        if desk["desk"] != DESKS[0] and desk["of_money"] > OF_MONEY:
            made.append(f"{desk['desk']}: {desk['of_money']:.1%} of the literal rubric's money")
        if fair < literal:
            made.append(f"{desk['desk']}: validity {fair:.3f} against {literal:.3f}")
    return made


def _least(desk: dict[str, object]) -> float:
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

It is about what the log decides; points that people state come on top, with defects of their own. It cannot see what no
ticket shows. The points of the fair merge's two items of efficiency were set on these desks (seeds from 1 up), with
`fairdesk rubric calibrate` as the guide; the worlds of this page were not used for it.
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
    assert np.isfinite([desk["of_ceiling"] for desk in desks]).all()


if __name__ == "__main__":
    main()
