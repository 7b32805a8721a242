"""Calls, a row each, become a log: waits in the queue, service by a person, callers who left."""

import polars as pl

from scenarios.notes import in_words
from scenarios.sources.columns import EARLIEST, LATEST, clock_s, names_of, timeline_of
from scenarios.sources.mapping import Mapping
from scenarios.sources.quality import Ledger, SourceError
from sim.log import Log
from sim.notes import Note

HALF_DAY_S, DAY_S = 43_200, 86_400
_CASE = ("ticket", "label", "learner", "category", "kind", "priority")


def log_of_calls(frame: pl.DataFrame, mapping: Mapping, ledger: Ledger, name: str) -> Log:
    """Return the log of calls.

    Notes
    -----
    A ticket is created when the call joins the queue, or leaves the menu if it finds no queue; service
    begins the first reply and its end resolves the ticket, which the source can neither confirm nor deny.
    The time 0:00:00 means that the step did not happen.
    """
    calls = _on_the_clock(_calls(frame, mapping, ledger), mapping, ledger)
    _some(calls, ledger)
    first_s = int(calls["created_s"].min())  # type: ignore[arg-type]
    timeline, start_s = timeline_of(first_s, mapping.zone)
    stamps = ["created_s", "queue_end_s", "started_s", "ended_s"]
    calls = calls.with_columns(pl.col(stamps) - start_s)
    calls = calls.sort(["created_s", *sorted(set(calls.columns) - {"created_s", "line"}), "line"])
    calls = calls.with_columns(ticket=pl.int_range(pl.len()), served=pl.col("outcome") == "served")
    ledger.warn("found.served")
    return Log.of(
        timeline=timeline,
        until_s=int(calls.select(pl.max_horizontal(pl.col(stamps).max())).item()) + 1,
        priorities=tuple(mapping.priorities.values()),
        cases=calls.select(*_CASE, channel=pl.lit(mapping.channel)),
        moments=_moments(calls),
        touches=_touches(calls, mapping),
        people=_people(calls, mapping),
        source=name,
    )


def _some(calls: pl.DataFrame, ledger: Ledger) -> None:
    if not calls.height:
        raise SourceError(ledger.path, "no row of it can be used: " + "; ".join(map(in_words, ledger.set_aside)))


def _calls(frame: pl.DataFrame, mapping: Mapping, ledger: Ledger) -> pl.DataFrame:
    """Return the calls that reached the desk, with words for names."""
    for role, words in (
        ("outcome", mapping.outcomes),
        ("type", mapping.kinds),
        ("priority", mapping.priorities),
    ):
        unknown = ~pl.col(role).is_in(list(words)).fill_null(False)
        frame = ledger.keep(frame, Note.of("source.unknown_word", column=mapping.columns[role]), unknown)
    contents = [c for c in frame.columns if c != "line"]
    doubled = frame.sort("line").select("line", again=~pl.struct(contents).is_first_distinct())
    frame = frame.join(doubled, on="line", how="left")
    frame = ledger.keep(frame, Note.of("source.doubled_row"), pl.col("again"))
    _some(frame, ledger)
    kinds = {word: means.kind for word, means in mapping.kinds.items()}
    categories = {word: means.category for word, means in mapping.kinds.items()}
    frame = frame.with_columns(
        outcome=pl.col("outcome").replace_strict(mapping.outcomes, return_dtype=pl.String),
        kind=pl.col("type").replace_strict(kinds, return_dtype=pl.String),
        category=pl.col("type").replace_strict(categories, return_dtype=pl.String),
        priority=pl.col("priority").replace_strict(mapping.priorities, return_dtype=pl.String),
        person=names_of(frame["person"], mapping.people.prefix, mapping.people.nobody),
        learner=pl.when(~pl.col("learner").is_in(list(mapping.people.nobody))).then("learner"),
        label=pl.concat_str("day", "trunk", "call", separator="/", ignore_nulls=True),
    )
    ignored = ", ".join(word for word, outcome in mapping.outcomes.items() if outcome == "ignored")
    return ledger.keep(frame, Note.of("source.ignored", words=ignored), pl.col("outcome") == "ignored")


def _on_the_clock(calls: pl.DataFrame, mapping: Mapping, ledger: Ledger) -> pl.DataFrame:
    """Return calls with instants in epoch seconds; steps that did not happen are null."""
    clocks = ["menu_entered", "menu_left", "queued", "unqueued", "started", "ended"]
    calls = calls.with_columns(_day_s(calls["day"], mapping))
    calls = ledger.keep(calls, Note.of("source.no_day", column=mapping.columns["day"]), pl.col("day_s").is_null())
    for role in clocks:
        calls = calls.with_columns(clock_s(role).alias(f"{role}_c"))
        wrong = pl.col(f"{role}_c").is_null() & (pl.col(role).is_not_null() | pl.lit(role == "menu_left"))
        calls = ledger.keep(calls, Note.of("source.no_time", column=mapping.columns[role]), wrong)
    calls = calls.with_columns(pl.col([f"{role}_c" for role in clocks[2:]]).fill_null(0))
    calls = _walls(calls)
    served = pl.col("outcome") == "served"
    longest_s = int(3600 * mapping.longest_h)
    for reason, wrong in (
        (Note.of("source.queue_backwards"), pl.col("queue_s") > HALF_DAY_S),
        (Note.of("source.no_service_time"), served & pl.col("work_s").is_null()),
        (Note.of("source.service_backwards"), served & (pl.col("work_s") > HALF_DAY_S)),
        (Note.of("source.service_too_long", hours=mapping.longest_h), served & (pl.col("work_s") > longest_s)),
        (Note.of("source.nobody"), served & pl.col("person").is_null()),
        (Note.of("source.in_the_menu"), ~served & pl.col("queue_s").is_null()),
    ):
        calls = ledger.keep(calls, reason, wrong)
    early = calls.filter(served & (pl.col("started_w") < pl.col("created_w"))).height
    if early:
        ledger.warn("found.early_answers", calls=early)
    calls = calls.with_columns(
        created_w=pl.when(served).then(pl.min_horizontal("created_w", "started_w")).otherwise("created_w")
    )
    return _in_utc(calls, mapping, ledger)


def _day_s(day: pl.Series, mapping: Mapping) -> pl.Series:
    """Return days as seconds of a wall clock since 1970-01-01 00:00."""
    found = pl.Series("day_s", [None] * day.len(), dtype=pl.Int64)
    for pattern in mapping.formats:
        dates = day.str.to_date(pattern, strict=False, exact=True)
        believed = dates.dt.year().is_between(EARLIEST, LATEST)
        days = dates.cast(pl.Int32).cast(pl.Int64) * DAY_S
        found = found.fill_null(days.zip_with(believed.fill_null(False), pl.Series([None], dtype=pl.Int64)))
    return found


def _walls(calls: pl.DataFrame) -> pl.DataFrame:
    """Add wall seconds of the steps; the clock of a step is read as the nearest to the begin of the call."""
    begin = pl.coalesce("menu_entered_c", "menu_left_c")

    def near(role: str) -> pl.Expr:
        return pl.col("day_s") + begin + (pl.col(f"{role}_c") - begin + HALF_DAY_S) % DAY_S - HALF_DAY_S

    queue = (pl.col("queued_c") != 0) | (pl.col("unqueued_c") != 0)
    service = (pl.col("started_c") != 0) | (pl.col("ended_c") != 0)
    calls = calls.with_columns(
        queue_s=pl.when(queue).then((pl.col("unqueued_c") - pl.col("queued_c")) % DAY_S),
        work_s=pl.when(service).then((pl.col("ended_c") - pl.col("started_c")) % DAY_S),
        created_w=pl.when(queue).then(near("queued")).otherwise(near("menu_left")),
        started_w=pl.when(service).then(near("started")),
    )
    return calls.with_columns(
        queue_end_w=pl.col("created_w") + pl.col("queue_s"), ended_w=pl.col("started_w") + pl.col("work_s")
    )


def _in_utc(calls: pl.DataFrame, mapping: Mapping, ledger: Ledger) -> pl.DataFrame:
    """Return wall seconds of the file's zone as epoch seconds; those that the clock skips are set aside."""
    names = {
        "created_w": "created_s",
        "queue_end_w": "queue_end_s",
        "started_w": "started_s",
        "ended_w": "ended_s",
    }
    calls = calls.with_columns(
        pl.from_epoch(wall, time_unit="s")
        .dt.replace_time_zone(mapping.stamps, ambiguous="earliest", non_existent="null")
        .dt.epoch("s")
        .alias(second)
        for wall, second in names.items()
    )
    skipped = pl.any_horizontal(pl.col(wall).is_not_null() & pl.col(second).is_null() for wall, second in names.items())
    calls = ledger.keep(calls, Note.of("source.clock_change"), skipped)
    kept = ["label", "learner", "category", "kind", "priority", "outcome", "person", *names.values(), "line"]
    return calls.select(kept)


def _moments(calls: pl.DataFrame) -> pl.DataFrame:
    served = pl.col("served")
    parts = [
        calls.select("ticket", at_s="created_s", number=0, what=pl.lit("created"), who=None),
        calls.filter(served).select("ticket", at_s="started_s", number=1, what=pl.lit("reply"), who="person"),
        calls.filter(served).select("ticket", at_s="ended_s", number=2, what=pl.lit("resolved"), who="person"),
        calls.filter(~served).select("ticket", at_s="queue_end_s", number=1, what=pl.lit("left"), who=None),
    ]
    return pl.concat([part.with_columns(pl.col("who").cast(pl.String)) for part in parts])


def _touches(calls: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    served = pl.col("served")
    return calls.select(
        "ticket",
        stage=0,
        person=pl.when(served).then("person"),
        team=pl.lit(mapping.people.team),
        department=pl.lit(mapping.people.department),
        skill="kind",
        queued_s="created_s",
        assigned_s=pl.when(served).then("started_s"),
        accepted_s=pl.when(served).then("started_s"),
        started_s=pl.when(served).then("started_s"),
        ended_s=pl.when(served).then("ended_s").otherwise("queue_end_s"),
        work_s=pl.when(served).then(pl.col("ended_s") - pl.col("started_s")),
        ended=pl.when(served).then(pl.lit("done")).otherwise(pl.lit("left")),
    )


def _people(calls: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    names = calls.filter("served").select("person").unique().sort("person")
    team = mapping.people.team or "agents"
    return names.with_columns(role=pl.lit(team), team=pl.lit(team))
