"""Routes: the ways that tickets of a kind take through departments, condensed to a few, with their times."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.desk import Law, Stage
from sim.fit.facts import Facts
from sim.fit.laws import FEWEST, heavy_law_of, law_of

AGAIN = "-again"
"""Ending of the skill of a second visit to a department; whoever has the skill has this one."""
FEWEST_ON_A_WAY = 15
SHARE_OF_A_WAY = 0.05
SHORTEST_S, LONGEST_S = 60, 3600

Place = tuple[str, str]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Routes:
    """Fitted kinds and their ways.

    Attributes
    ----------
    variants
        `ticket`, `variant`: a kind, or a kind and its way where a kind has several.
    ways
        Variant -> (department, skill) of each stage.
    steps
        Spells with `variant` and `step`, the position in the way.
    """

    variants: pl.DataFrame
    ways: dict[str, tuple[Place, ...]]
    steps: pl.DataFrame


def way_of(places: list[str]) -> tuple[str, ...]:
    """Return the places of a ticket in order: repeats in a row count once, the third visit as the second."""
    way: list[str] = []
    for number, place in enumerate(places):
        if number and place == places[number - 1]:
            continue
        name = place + AGAIN if place in way else place
        if name not in way:
            way.append(name)
    return tuple(way[:12])


def routes_of(facts: Facts) -> Routes:
    """Return the ways that tickets take, a few per kind."""
    fresh = facts.spells.filter(~pl.col("again"))
    first = (fresh if fresh.height else facts.spells).group_by("ticket", maintain_order=True).agg("kind", "place")
    taken = {row[0]: (row[1][0], way_of(row[2])) for row in first.select("ticket", "kind", "place").iter_rows()}
    resolved = set(facts.tickets.filter(pl.col("first_resolved_s").is_not_null())["ticket"].to_list())
    counts = Counter(pair for ticket, pair in taken.items() if ticket in resolved)
    overall: Counter[tuple[str, ...]] = Counter()
    for (_, way), count in counts.items():
        overall[way] += count
    usual = max(overall, key=lambda way: (overall[way], way)) if overall else next(iter(taken.values()))[1]
    kept: dict[str, list[tuple[str, ...]]] = {}
    for kind in facts.tickets["kind"].unique().sort().to_list():
        own = {way: count for (name, way), count in counts.items() if name == kind}
        total = sum(own.values())
        enough = max(FEWEST_ON_A_WAY, SHARE_OF_A_WAY * total)
        ways = sorted((w for w in own if own[w] >= enough), key=lambda w: (-own[w], w))
        kept[kind] = ways[:6] or [max(own, key=lambda w: (own[w], w)) if total >= 3 else usual]
    return _assigned(facts, taken, kept)


def _assigned(
    facts: Facts, taken: dict[int, tuple[str, tuple[str, ...]]], kept: dict[str, list[tuple[str, ...]]]
) -> Routes:
    names = {(kind, way): _name(kind, way, ways) for kind, ways in kept.items() for way in ways}
    if len(names) > len(kept):
        facts.assume("fit.ways")
    if any(place.endswith(AGAIN) for _, way in names for place in way):
        facts.assume("fit.second_visits")
    rows = []
    for ticket, kind in facts.tickets.select("ticket", "kind").iter_rows():
        ways = kept[kind]
        way = taken.get(ticket, (kind, ways[0]))[1]
        rows.append((ticket, names[kind, max(ways, key=lambda w: (_alike(w, way), -ways.index(w)))]))
    variants = pl.DataFrame(rows, schema={"ticket": pl.Int64, "variant": pl.String}, orient="row")
    places = {name: tuple(_place(p) for p in way) for (_, way), name in names.items()}
    return Routes(variants, places, _steps(facts, variants, places))


def _place(place: str) -> Place:
    department, _, skill = place.partition("/")
    return department, skill


def _name(kind: str, way: tuple[str, ...], ways: list[tuple[str, ...]]) -> str:
    if way == ways[0]:
        return kind
    name = f"{kind}-via-" + "-".join(_place(p)[1].removesuffix(AGAIN) for p in way)
    return name if len(name) <= 80 else f"{name[:72]}-{ways.index(way)}"


def _alike(way: tuple[str, ...], taken: tuple[str, ...]) -> tuple[int, int, int]:
    """Return how like two ways are: the same, else common stages less foreign ones, else the beginning."""
    common = len(set(way) & set(taken))
    begin = next((n for n, (a, b) in enumerate(zip(way, taken, strict=False)) if a != b), min(len(way), len(taken)))
    return (int(way == taken), 2 * common - len(set(way) ^ set(taken)), begin)


def _steps(facts: Facts, variants: pl.DataFrame, ways: dict[str, tuple[Place, ...]]) -> pl.DataFrame:
    """Return the spells with their position in the way; strays belong to the nearest stage."""
    spells = facts.spells.join(variants, on="ticket", maintain_order="left")
    out, at, before, ticket_before = [], 0, "", -1
    for ticket, variant, department, skill in spells.select("ticket", "variant", "department", "skill").iter_rows():
        way, place = ways[variant], f"{department}/{skill}"
        if ticket != ticket_before:
            at, before = 0, ""
        if place != before:
            onward = [n for n in range(at + (before != ""), len(way)) if way[n][0] == department
                      and way[n][1].removesuffix(AGAIN) == skill]  # fmt: skip
            back = [n for n in range(len(way)) if (way[n][0], way[n][1].removesuffix(AGAIN)) == (department, skill)]
            at = onward[0] if onward else (back[-1] if back else at)
        before, ticket_before = place, ticket
        out.append(at)
    return spells.with_columns(step=pl.Series(out, dtype=pl.Int64))


def stages_of(facts: Facts, routes: Routes, speed: dict[str, float]) -> dict[str, tuple[Stage, ...]]:
    """Return the stages of each variant with work, hand-off delay and questions to the requester."""
    works = _works(facts, routes, speed)
    delays = _delays(facts, routes, works)
    asks = _asks(facts, routes)
    out = {}
    for name, way in routes.ways.items():
        stages = []
        for step, (department, skill) in enumerate(way):
            share, answer = asks.get((name, step), (0.0, None))
            stages.append(
                Stage(
                    department=department, skill=skill, work=works[name, step],
                    handoff=delays.get((name, step)), asks=share, answer=answer,
                )
            )  # fmt: skip
        out[name] = tuple(stages)
    return out


def _pooled(
    groups: dict[tuple[str, int], tuple[Floats, Floats]], ways: dict[str, tuple[Place, ...]]
) -> dict[tuple[str, int], Law]:
    """Return the law of each stage; stages with few samples take that of their skill, then of all."""
    by_skill: dict[str, list[tuple[Floats, Floats]]] = {}
    for (name, step), samples in sorted(groups.items()):
        by_skill.setdefault(ways[name][step][1], []).append(samples)
    none = (np.zeros(0), np.zeros(0))
    everything = _joined(list(groups.values()))
    wide = {skill: law_of(*_joined(samples)) for skill, samples in by_skill.items()}
    common = law_of(*everything) or Law(law="exponential", mean_min=10.0)
    out = {}
    for name, way in ways.items():
        for step, (_, skill) in enumerate(way):
            done, cut = groups.get((name, step), none)
            own = law_of(done, cut) if len(done) >= FEWEST else None
            out[name, step] = own or wide.get(skill) or common
    return out


def _joined(samples: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    none = [np.zeros(0)]
    return np.concatenate([d for d, _ in samples] or none), np.concatenate([c for _, c in samples] or none)


def _works(facts: Facts, routes: Routes, speed: dict[str, float]) -> dict[tuple[str, int], Law]:
    """Return the work of each stage at speed 1."""
    steps = routes.steps.filter(~pl.col("again"))
    until = facts.log.until_s
    if facts.works:
        rate = pl.col("person").replace_strict(speed, default=1.0, return_dtype=pl.Float64)
        running = pl.col("end_s").is_null()
        content = pl.when(running).then(until - pl.col("started_s")).otherwise("work_s").cast(pl.Float64) - 0.5
        rows = steps.filter(pl.col("started_s").is_not_null()).with_columns(content=content * rate, running=running)
        rows = rows.filter(pl.col("content").is_not_null())
        sums = rows.group_by("variant", "step", "ticket", maintain_order=True).agg(
            pl.col("content").sum(), running=pl.col("running").any() | (pl.col("ended").last() == "parked")
        )
    else:
        rows = steps.with_columns(
            content=(pl.col("end_s") - pl.col("started_s")).cast(pl.Float64), running=pl.lit(False)
        )
        sums = rows.filter(pl.col("content").is_between(SHORTEST_S, LONGEST_S))
        facts.assume("fit.stage_work")
    groups = {}
    for key, group in sums.group_by("variant", "step", maintain_order=True):
        mask = group["running"].to_numpy()
        values = group["content"].to_numpy()
        groups[str(key[0]), int(str(key[1]))] = (values[~mask], values[mask])
    if not facts.works:
        groups = _by_skill(groups, routes)
    return _pooled(groups, routes.ways)


def _by_skill(
    groups: dict[tuple[str, int], tuple[Floats, Floats]], routes: Routes
) -> dict[tuple[str, int], tuple[Floats, Floats]]:
    """Give every stage the samples of its skill: short spells of holding are too few by kind."""
    pooled: dict[str, list[tuple[Floats, Floats]]] = {}
    for (name, step), samples in sorted(groups.items()):
        pooled.setdefault(routes.ways[name][step][1].removesuffix(AGAIN), []).append(samples)
    return {
        (name, step): _joined(pooled.get(skill.removesuffix(AGAIN), []))
        for name, way in routes.ways.items()
        for step, (_, skill) in enumerate(way)
    }


def _delays(facts: Facts, routes: Routes, works: dict[tuple[str, int], Law]) -> dict[tuple[str, int], Law | None]:
    """Return the delay before each later stage: between touches, or the whole holding less its work."""
    steps = routes.steps.filter(~pl.col("again"))
    if facts.works:
        rows = steps.with_columns(
            waited=pl.col("queued_s") - pl.col("end_s").shift(1).over("ticket"),
            new=pl.col("step") != pl.col("step").shift(1).over("ticket"),
        ).filter(pl.col("new") & (pl.col("step") > 0) & pl.col("waited").is_not_null())
        return _laws(rows.with_columns(pl.col("waited").clip(lower_bound=0)), routes, heavy=False)
    until = facts.log.until_s
    held = steps.with_columns(waited=_held(facts, steps, until))
    sums = held.group_by("variant", "step", "ticket", maintain_order=True).agg(pl.col("waited").sum())
    work_s = pl.struct("variant", "step").map_elements(
        lambda row: 60 * works[row["variant"], row["step"]].mean_min, return_dtype=pl.Float64
    )
    picked_s = float(np.median(first_acts(facts)))
    rows = sums.filter(pl.col("step") > 0).with_columns((pl.col("waited") - work_s - picked_s).clip(lower_bound=1))
    facts.assume("fit.stage_waits")
    return _laws(rows, routes, heavy=True)


def _held(facts: Facts, steps: pl.DataFrame, until_s: int) -> pl.Series:
    """Return seconds of holding, the closed hours left out if the spell ended soon after an opening."""
    begin = steps["begin_s"].to_numpy()
    end = steps["end_s"].fill_null(until_s).to_numpy()
    return pl.Series("waited", open_waits(facts, begin, end))


def first_acts(facts: Facts) -> Floats:
    """Return seconds from creation to the first reply, nights left out, of tickets that had one."""
    rows = facts.tickets.filter(pl.col("first_reply_s").is_not_null())
    if not rows.height:
        return np.array([60.0])
    return open_waits(facts, rows["created_s"].to_numpy(), rows["first_reply_s"].to_numpy())


def open_waits(facts: Facts, begin_s: NDArray[np.int64], end_s: NDArray[np.int64]) -> Floats:
    """Return seconds from begin to end, less the closed hours just before an end soon after opening.

    Whoever comes in the morning and acts in the first hour may have meant to act in the evening: the delay
    that the desk is simulated with runs on through the night, so the night must not be counted twice.
    """
    closed_h, since_h = _closed(facts)
    hour = facts.log.timeline.hour_of_week(end_s)
    night_s = np.where(since_h[hour] <= 1, closed_h[hour] * 3600.0, 0.0)
    waited = (end_s - begin_s).astype(float)
    opened_before = waited > night_s
    return np.maximum(np.where(opened_before, waited - night_s, np.minimum(waited, 600.0)), 0.0)


def _closed(facts: Facts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, by hour of week, the closed hours before the present opening, and the hours since then."""
    acts = facts.spells["end_s"].drop_nulls().to_numpy()
    busy = np.bincount(facts.log.timeline.hour_of_week(acts), minlength=168)
    is_open = busy >= 0.25 * busy.mean()
    length, since = np.zeros(168, np.int64), np.full(168, 99, np.int64)
    for hour in range(168):
        back = 0
        while back < 168 and is_open[(hour - back) % 168]:
            back += 1
        if not 0 < back < 168:
            continue
        since[hour] = back - 1
        gap = 0
        while gap < 168 and not is_open[(hour - back - gap) % 168]:
            gap += 1
        length[hour] = gap
    return length, since


def _laws(rows: pl.DataFrame, routes: Routes, *, heavy: bool) -> dict[tuple[str, int], Law | None]:
    """Return the delay of each later stage, None where tickets go on at once."""
    fit = heavy_law_of if heavy else law_of
    groups = {
        (str(key[0]), int(str(key[1]))): group["waited"].to_numpy().astype(float)
        for key, group in rows.group_by("variant", "step", maintain_order=True)
    }
    by_skill: dict[str, list[Floats]] = {}
    for (name, step), values in sorted(groups.items()):
        by_skill.setdefault(routes.ways[name][step][1], []).append(values)
    out: dict[tuple[str, int], Law | None] = {}
    for name, way in routes.ways.items():
        for step in range(1, len(way)):
            values = groups.get((name, step), np.zeros(0))
            if len(values) < FEWEST:
                values = np.concatenate(by_skill.get(way[step][1], [np.zeros(0)]))
            out[name, step] = None if not len(values) or np.median(values) < 1 else fit(values)
    return out


def _asks(facts: Facts, routes: Routes) -> dict[tuple[str, int], tuple[float, Law | None]]:
    """Return the share of stages that stop to ask the requester, and how long the answer takes."""
    parked = routes.steps.filter((pl.col("ended") == "parked") & ~pl.col("again"))
    if not parked.height or not facts.works:
        return {}
    waits = _answers(facts)
    law = law_of(waits) if len(waits) else None
    if law is None:
        return {}
    stopped = {(str(k[0]), int(str(k[1]))): n for *k, n in parked.group_by("variant", "step").agg(
        pl.col("ticket").n_unique()).iter_rows()}  # fmt: skip
    visited = {(str(k[0]), int(str(k[1]))): n for *k, n in routes.steps.group_by("variant", "step").agg(
        pl.col("ticket").n_unique()).iter_rows()}  # fmt: skip
    facts.assume("fit.questions")
    if (facts.log.moments["reason"].cast(pl.String) == "third_party").any():
        facts.assume("fit.third_parties")
    return {key: (round(min(n / visited[key], 1.0), 4), law) for key, n in stopped.items()}


def _answers(facts: Facts) -> Floats:
    """Return finished waits for the requester in seconds."""
    what = pl.col("what").cast(pl.String)
    turns = facts.log.moments.filter(what.is_in(["wait_begins", "wait_ends"])).sort("ticket", "at_s", "number")
    waits = turns.with_columns(waited=pl.col("at_s").shift(-1).over("ticket") - pl.col("at_s")).filter(
        (what == "wait_begins") & pl.col("waited").is_not_null()
    )
    return waits["waited"].to_numpy().astype(float)
