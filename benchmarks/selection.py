"""Selection, training and tuning against exact values and planted truth: `python -m benchmarks.selection`.

Writes `selection.json`, part by part, and the page `selection.md` from all parts that are there.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, special
from scipy.optimize import brentq

from benchmarks.exact import oldest_to_longest_idle
from benchmarks.machine import machine, versions
from benchmarks.queues import MEAN_MIN, Pool, Queue, Stream
from optimize.goal import Goal, Mean, Worlds
from optimize.permissions import steps, taken
from optimize.selection import fractions, kn, ocba
from optimize.space import default_space
from optimize.training import train
from optimize.tuning import tune
from scenarios import load
from sim.desk import Desk
from sim.experiment import local

HERE = Path(__file__).parent
DATA, PAGE = HERE / "selection.json", HERE / "selection.md"
FRESH = 2_000_000
"""First of the worlds in which plans are compared that the search and its confirmation never saw."""

type Found = dict[str, Any]
Floats = NDArray[np.float64]


def normal(means: Sequence[float], sd: float, macro: int, shared: float = 0.0, worlds: int = 4000) -> Any:
    """Return a sampler of planted normal systems; a share of the variance is common to all in a world."""
    drawn = np.random.default_rng([macro, len(means)]).standard_normal((len(means) + 1, worlds))

    def sampler(system: int, seeds: Sequence[int]) -> Floats:
        at = np.array(seeds)
        noise = math.sqrt(1 - shared) * drawn[1 + system][at] + math.sqrt(shared) * drawn[0][at]
        return np.asarray(means[system] + sd * noise)

    return sampler


def correct(n: Floats, sd: float = 6.0) -> float:
    """Return the exact probability that design 0 of N(i, sd^2), each with n_i replications, has the smallest mean."""
    errors = sd / np.sqrt(n)

    def density(x: float) -> float:
        others = float(np.prod(special.ndtr((np.arange(1, len(n)) - x) / errors[1:])))
        return math.exp(-0.5 * (x / float(errors[0])) ** 2) / (float(errors[0]) * math.sqrt(2 * math.pi)) * others

    found: float = integrate.quad(density, -10 * errors[0], 10 * errors[0], points=[0.0], limit=200)[0]
    return found


def example(macros: int = 200_000) -> Found:
    """Ten designs N(i, 6^2): how often the smallest mean is found, with the totals that are exact for 99 %."""
    shares = fractions(np.arange(10.0), np.full(10, 36.0), 0)
    even = np.full(10, 0.1)
    equal, static = (
        float(brentq(lambda total, s=each: correct(s * total) - 0.99, 100.0, 20_000.0)) for each in (even, shares)
    )
    rng = np.random.default_rng(1)

    def share(n: Floats) -> Found:
        drawn = np.arange(10.0) + 6.0 / np.sqrt(n) * rng.standard_normal((macros, 10))
        right = float(np.mean(drawn.argmin(axis=1) == 0))
        return {"total": float(n.sum()), "right": right, "error": math.sqrt(right * (1 - right) / macros), "of": macros}

    rows = {"equal": share(np.full(10, equal / 10)), "static": share(shares * static)}
    many = 1000
    means, budget = list(map(float, range(10))), round(static)
    right = np.mean(
        [ocba(normal(means, 6.0, m), 10, budget=budget, first=10, step=20, paired=False).best == 0 for m in range(many)]
    )
    rows["sequential"] = {
        "total": budget, "right": float(right), "error": math.sqrt(right * (1 - right) / many), "of": many,
    }  # fmt: skip
    return rows


def guarantee(many: int = 1000) -> list[Found]:
    """KN on the hardest means: all others worse by exactly the indifference; alpha = 0.05."""
    rows = []
    for systems, shared in ((2, 0.0), (5, 0.0), (10, 0.0), (10, 0.7)):
        means = [0.0, *[1.0] * (systems - 1)]
        found = [kn(normal(means, 2.0, m, shared), systems, indifference=1.0, first=20, seed=0) for m in range(many)]
        right = float(np.mean([each.best == 0 for each in found]))
        total = float(np.mean([each.total for each in found]))
        rows.append({"systems": systems, "shared": shared, "right": right, "total": total, "of": many})
    return rows


def planted(many: int = 400) -> Found:
    """Twenty policies with one best, half of the variance the world's: replications to a stated probability 0.95."""
    means = [1.0 + 0.2 * system for system in range(20)]
    means[13] = 0.0

    def kept(choose: Callable[[Any], Any]) -> Found:
        found = [choose(normal(means, 3.0, m, 0.5)) for m in range(many)]
        right, total = ([f.best == 13 for f in found], [f.total for f in found])
        return {"right": float(np.mean(right)), "total": float(np.mean(total)), "of": many}

    rows = {
        "ocba": kept(lambda s: ocba(s, 20, budget=20_000, target=0.95, first=10)),
        "kn": kept(lambda s: kn(s, 20, indifference=1.0, first=10, step=5)),
    }
    each = np.arange(2, 400)
    drawn = [normal(means, 3.0, m, 0.5) for m in range(many)]
    running = np.array([[np.cumsum(s(i, range(1, 400)))[each - 1] for i in range(20)] for s in drawn])
    right = (running.argmin(axis=1) == 13).mean(axis=0)
    enough = int(np.argmax(right >= 0.95))
    rows["equal, knowing the truth"] = {"right": float(right[enough]), "total": 20.0 * int(each[enough]), "of": many}

    rows["equal, stopped by the same estimate"] = kept(_equally)
    return rows


def _equally(sampler: Any) -> Any:
    """Share out equally, and stop by the same estimate as OCBA."""
    for n in range(10, 1000, 5):
        found = ocba(sampler, 20, budget=20 * n, first=n)
        if found.probability >= 0.95:
            return found
    return found


def _chain(skills: int, length: float) -> Desk:
    """Six classes and six people, each of whom takes as many classes in a long chain; load 0.8."""
    pools = tuple(Pool(1, tuple((person + k) % 6 for k in range(skills))) for person in range(6))
    return Queue((Stream(0.8),) * 6, pools, warm_up=0.0, length=length, title="chain6").desk()


def chain(worlds: int = 24, length: float = 20_000.0) -> Found:
    """Return mean waits of the long chain by the estimator of `train`, beside the exact ones."""
    pool = local("fast", 2)
    goal = Goal.of(["wait_mean"], _chain(1, 100.0))
    judge, seeds = Worlds(goal, executor=pool), range(1, worlds + 1)
    seen = {k: judge.values(k, _chain(k, length), seeds) / MEAN_MIN for k in (1, 2, 6)}
    exact = {
        k: oldest_to_longest_idle((0.8,) * 6, (1.0,) * 6, [[(p + j) % 6 for j in range(k)] for p in range(6)]).wait[0]
        for k in (1, 2, 6)
    }
    top, bottom = seen[1] - seen[2], seen[1] - seen[6]
    share = worlds * top.mean() / bottom.mean() - (worlds - 1) * (
        (top.sum() - top) / (bottom.sum() - bottom)
    )  # pseudo-values of the jackknife
    rows = [{"skills": k, "exact": float(exact[k]), **vars(Mean.of(seen[k], 0.95))} for k in (1, 2, 6)]
    truth = (exact[1] - exact[2]) / (exact[1] - exact[6])
    return {"rows": rows, "share": {"exact": float(truth), **vars(Mean.of(np.asarray(share), 0.95))}}


def chain_trained(worlds: int = 6, length: float = 3000.0) -> Found:
    """Let `train` choose six permissions on the desk of six specialists, and say what share of the gain that is."""
    base, full, ring = _chain(1, length), _chain(6, length), _chain(2, length)
    goal, pool, begun = Goal.of(["wait_mean"], base), local("fast", 2), time.perf_counter()
    plan = train(base, goal, budget=6.0, worlds=worlds, executor=pool)
    took_s = time.perf_counter() - begun
    judge, seeds = Worlds(goal, executor=pool), range(FRESH, FRESH + 24)
    desks = {"base": base, "plan": plan.desk, "chain": ring, "full": full}
    waits = {name: float(judge.values(name, desk, seeds).mean()) / MEAN_MIN for name, desk in desks.items()}
    gained = {name: (waits["base"] - waits[name]) / (waits["base"] - waits["full"]) for name in ("plan", "chain")}
    made = [f"{each.step.group} + {each.step.skill}" for each in plan.taken]
    return {"steps": made, "waits": waits, "gained": gained, "took_s": took_s, "runs": plan.runs}


def academy(worlds: int = 60) -> Found:
    """Let `train` choose one permission on the academy, and compare it with ten random ones in fresh worlds."""
    desk = load("academy").changed(weeks=4)
    goal, pool, begun = Goal.of(["wait_mean"], desk), local("fast", 2), time.perf_counter()
    plan = train(desk, goal, budget=1.0, worlds=12, executor=pool)
    took_s = time.perf_counter() - begun
    judge, seeds = Worlds(goal, executor=pool), range(FRESH, FRESH + worlds)
    possible, now = steps(desk), judge.values("now", desk, seeds)
    drawn = np.random.default_rng(5).permutation(len(possible))[:10].tolist()

    def gain(step: Any) -> Found:
        return {"step": f"{step.group} + {step.skill}"} | vars(
            Mean.of(now - judge.values(step, taken(desk, step), seeds), 0.95)
        )

    others = sorted((gain(possible[i]) for i in drawn), key=lambda each: -each["mean"])
    chosen = gain(plan.taken[0].step)
    median = float(np.median([each["mean"] for each in others]))
    alike = [f"{step.group} + {step.skill}" for step in plan.taken[0].alike]
    return {
        "chosen": chosen, "alike": alike, "others": others, "median": median, "worlds": worlds, "took_s": took_s,
        "runs": plan.runs, "candidates": len(possible), "before": float(now.mean()),
    }  # fmt: skip


def tuned() -> Found:
    """Tune the academy over the default space."""
    desk = load("academy").changed(weeks=4)
    goal, begun = Goal.of(["wait_mean"], desk), time.perf_counter()
    plan = tune(desk, goal, default_space(desk), worlds=10, executor=local("fast", 2))
    took_s = time.perf_counter() - begun
    effects, seen = plan.effects, plan.seen
    assert seen is not None, "nobody stopped it"
    shares = {} if effects is None else {**effects.shares, "factors together": effects.rest}
    return {
        "best": plan.best, "alike": plan.alike, "undone": len(plan.undone), "probability": plan.selection.probability,
        "candidates": len(plan.settings), "gain": vars(seen.gain), "before": vars(seen.before), "took_s": took_s,
        "runs": plan.runs, "status": plan.status, "shares": {name: vars(each) for name, each in shares.items()},
    }  # fmt: skip


PARTS: dict[str, Callable[..., Any]] = {
    "example": example, "guarantee": guarantee, "planted": planted, "chain": chain, "chain_trained": chain_trained,
    "academy": academy, "tuned": tuned,
}  # fmt: skip


def page(found: Found) -> str:
    """Return the page as Markdown."""
    writers: dict[str, Callable[[Any], list[str]]] = {
        "example": _example, "guarantee": _guarantee, "planted": _planted, "chain": _chain_page,
        "chain_trained": _trained_page, "academy": _academy_page, "tuned": _tuned_page,
    }  # fmt: skip
    lines = [
        "# Selection, training and tuning", "",
        f"Made by `python -m benchmarks.selection`. Machine: {found['machine']}. Versions: {found['versions']}. "
        "Seconds are of a machine that did other work at the same time.", "",
    ]  # fmt: skip
    for name, write in writers.items():
        if name in found:
            lines += [*write(found[name]), ""]
    return "\n".join(lines)


def _example(rows: Found) -> list[str]:
    names = {
        "equal": "equal allocation, the exact total for 99 %",
        "static": "OCBA, true means known, the exact total for 99 %",
        "sequential": "`ocba`, means unknown, the same total",
    }  # fmt: skip
    return [
        "## The textbook example", "", "Ten designs N(i, 6^2), the smallest mean is best.", "",
        "| | replications | correct | choices |", "|---|--:|--:|--:|",
        *(f"| {names[k]} | {r['total']:,.0f} | {r['right']:.2%} +- {1.96 * r['error']:.2%} | {r['of']:,} |"
          for k, r in rows.items()),
    ]  # fmt: skip


def _guarantee(rows: list[Found]) -> list[str]:
    return [
        "## The guarantee of `kn` on the hardest means", "",
        "All others are worse by exactly the indifference 1; SD 2, first stage 20, stated probability 95 %.", "",
        "| systems | share of the variance in common | correct | replications | choices |", "|--:|--:|--:|--:|--:|",
        *(f"| {r['systems']} | {r['shared']:.0%} | {r['right']:.1%} | {r['total']:,.0f} | {r['of']:,} |" for r in rows),
    ]  # fmt: skip


def _planted(rows: Found) -> list[str]:
    return [
        "## The planted best of 20 policies", "",
        "The best is better than the next by 1, and the others lie 0.2 apart; SD 3, half of the variance is the "
        "world's. Stated probability of a correct selection 95 %.", "",
        "| procedure | correct | replications, mean | choices |", "|---|--:|--:|--:|",
        *(f"| {name} | {r['right']:.1%} | {r['total']:,.0f} | {r['of']:,} |" for name, r in rows.items()),
    ]  # fmt: skip


def _chain_page(found: Found) -> list[str]:
    share = found["share"]
    return [
        "## Two skills give most of the gain", "",
        "Six classes, six people, load 0.8, each takes a number of classes in a long chain; mean waits in mean works "
        "by the estimator of `train`, from an empty desk on, beside the exact ones.", "",
        "| skills | exact | seen | 95 % interval | worlds |", "|--:|--:|--:|---|--:|",
        *(f"| {r['skills']} | {r['exact']:.4f} | {r['mean']:.4f} | {r['low']:.4f} to {r['high']:.4f} | {r['n']} |"
          for r in found["rows"]), "",
        f"Share of the gain of full flexibility that two skills give: exact {share['exact']:.2%}, seen "
        f"{share['mean']:.2%} ({share['low']:.2%} to {share['high']:.2%}).",
    ]  # fmt: skip


def _trained_page(found: Found) -> list[str]:
    return [
        "### What `train` chooses there", "",
        f"Six specialists and a budget of six permissions out of 30: {'; '.join(found['steps'])}. In fresh worlds "
        f"that is {found['gained']['plan']:.1%} of the gain of full flexibility; the long chain, also six permissions, "
        f"gives {found['gained']['chain']:.1%}. {found['runs']:,} runs, {found['took_s']:.0f} s.",
    ]  # fmt: skip


def _academy_page(found: Found) -> list[str]:
    chosen = found["chosen"]
    beats = sum(chosen["mean"] > each["mean"] for each in found["others"])
    return [
        "## One permission on the academy", "",
        f"`train` chose {chosen['step']} of {found['candidates']} "
        + (f"(not told apart from it: {', '.join(found['alike'])}) " if found["alike"] else "")
        + f"in {found['runs']:,} runs, {found['took_s']:.0f} s. In {found['worlds']} fresh worlds it takes "
        f"{chosen['mean']:.1f} min ({chosen['low']:.1f} to {chosen['high']:.1f}) off the mean wait of "
        f"{found['before']:.0f} min. The median of ten random permissions takes {found['median']:.1f} min off; "
        f"it beats {beats} of them.", "",
        "| random permission | minutes off the mean wait | 95 % interval |", "|---|--:|---|",
        *(f"| {each['step']} | {each['mean']:.1f} | {each['low']:.1f} to {each['high']:.1f} |"
          for each in found["others"]),
    ]  # fmt: skip


def _said(setting: Found) -> str:
    return ", ".join(f"{name} = {value}" for name, value in setting.items())


def _tuned_page(found: Found) -> list[str]:
    gain, before = found["gain"], found["before"]
    lines = [
        "## Tuning the academy over the default space", "",
        f"{found['candidates']} settings, {found['undone']} more out of the choice because they leave tickets undone. "
        f"Best: {_said(found['best'])}; not told apart from it: "
        f"{'; '.join(_said(each) for each in found['alike']) or 'none'}. It takes {gain['mean']:.1f} min "
        f"({gain['low']:.1f} to {gain['high']:.1f}) off the mean wait of {before['mean']:.0f} min in unseen worlds "
        f"({found['status']}). {found['runs']:,} runs, {found['took_s']:.0f} s.",
    ]  # fmt: skip
    if found["shares"]:
        lines += ["", "| factor | share of the differences | 95 % interval |", "|---|--:|---|"]
    lines += [
        f"| {name} | {each['mean']:.1%} | {each['low']:.1%} to {each['high']:.1%} |"
        for name, each in found["shares"].items()
    ]
    return lines


def main() -> None:
    """Run the parts that are asked for, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--part", action="append", choices=tuple(PARTS), help="only this part; all if none is named")
    asked = parser.parse_args().part or list(PARTS)
    found: Found = json.loads(DATA.read_text("utf-8")) if DATA.is_file() else {}
    for name in asked:
        found[name] = PARTS[name]()
        found |= {"machine": machine(), "versions": versions()}
        DATA.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
        print(name, flush=True)
    PAGE.write_text(page(found), "utf-8")


if __name__ == "__main__":
    main()
