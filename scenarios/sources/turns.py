"""Turns of owners on tickets, a row each, with the marks that somebody gave them, become a log with appraisals."""

import polars as pl

from scenarios.notes import in_words
from scenarios.sources.columns import instants, names_of, ranked, timeline_of
from scenarios.sources.mapping import Mapping
from scenarios.sources.quality import Ledger, SourceError
from sim.log import Log
from sim.notes import Note

_c = pl.col
FIRST_LINE, BACK_LINE = "first_line", "back_line"


def log_of_turns(frame: pl.DataFrame, mapping: Mapping, ledger: Ledger, name: str) -> Log:
    """Return the log of turns: who held which ticket from when to when, and what marks were given for it.

    Notes
    -----
    A ticket is created when its first turn begins and resolved when its last one ends: the source says no more. A
    touch is a spell of holding, so its `work_s` and its start of work are unknown. Marks stand for the turn in the
    month in which it ended. Where the mapping says so, people are told into two teams by the median time that they
    hold tickets for.
    """
    turns = _turns(frame, mapping, ledger)
    if turns.is_empty():
        raise SourceError(ledger.path, "no row of it can be used: " + "; ".join(map(in_words, ledger.set_aside)))
    timeline, start_s = timeline_of(int(turns["started"].min()), mapping.zone)  # type: ignore[arg-type]
    turns = turns.with_columns(_c("started", "ended") - start_s)
    turns = turns.sort("created", "label", "stage", "line").with_columns(_c("created") - start_s)
    turns = turns.with_columns(ticket=pl.Series(ranked(turns, ["created", "label"]), dtype=pl.Int64))
    turns = _with_teams(turns, mapping, ledger)
    ledger.warn("found.last_turn")
    ledger.warn("found.holding")
    days = pl.from_epoch(_c("ended") + start_s, time_unit="s").dt.convert_time_zone(mapping.zone)
    return Log.of(
        timeline=timeline,
        until_s=int(turns["ended"].max()) + 1,  # type: ignore[arg-type]
        priorities=tuple(mapping.priorities.values()),
        cases=_cases(turns, mapping),
        moments=_moments(turns),
        touches=_touches(turns),
        people=turns.select("person", "team", role="team").unique("person", maintain_order=True),
        appraisals=_marks(turns.with_columns(period=days.dt.strftime("%Y-%m")), mapping, ledger),
        source=name,
    )


def _turns(frame: pl.DataFrame, mapping: Mapping, ledger: Ledger) -> pl.DataFrame:
    """Return readable turns with names; `stage` counts the turns of a ticket from 0, as the source numbers them."""
    frame = ledger.keep(frame, Note.of("source.no_ticket"), _c("ticket").is_null())
    for role in ("turn", "person", "started", "ended", "priority"):
        frame = ledger.keep(frame, Note.of("source.empty", column=mapping.columns[role]), _c(role).is_null())
    unknown = Note.of("source.unknown_word", column=mapping.columns["priority"])
    frame = ledger.keep(frame, unknown, ~_c("priority").is_in(list(mapping.priorities)))
    frame = instants(frame, ["started", "ended"], mapping, ledger)
    frame = ledger.keep(frame, Note.of("source.turn_backwards"), _c("ended") < _c("started"))
    frame = frame.with_columns(stage=_c("turn").cast(pl.Int16, strict=False) - 1)
    counted = Note.of("source.no_number", column=mapping.columns["turn"])
    frame = ledger.keep(frame, counted, _c("stage").is_null() | (_c("stage") < 0))
    frame = frame.sort("line").with_columns(again=~pl.struct("ticket", "stage").is_first_distinct())
    frame = ledger.keep(frame, Note.of("source.doubled_row"), _c("again")).drop("again")
    return frame.with_columns(
        label=_c("ticket"), created=_c("started").min().over("ticket"),
        person=names_of(frame["person"], mapping.people.prefix, mapping.people.nobody),
    )  # fmt: skip


def _with_teams(turns: pl.DataFrame, mapping: Mapping, ledger: Ledger) -> pl.DataFrame:
    """Return turns with the team of the person: stated, or told by the median time for which it holds tickets."""
    if mapping.first_line_h is None:
        return turns.with_columns(team=pl.lit(mapping.people.team or "desk"))
    held_s = (_c("ended") - _c("started")).median().over("person")
    short = held_s < 3600 * mapping.first_line_h
    turns = turns.with_columns(team=pl.when(short).then(pl.lit(FIRST_LINE)).otherwise(pl.lit(BACK_LINE)))
    first = turns.filter(_c("team") == FIRST_LINE)["person"].n_unique()
    ledger.warn("found.lines", hours=mapping.first_line_h, first=first, back=turns["person"].n_unique() - first)
    return turns


def _cases(turns: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    parts = [names_of(turns[role].fill_null(mapping.unknown), lower=True, longest=36) for role in mapping.kind_of]
    kinds = turns.with_columns(part.alias(f"part_{n}") for n, part in enumerate(parts)).with_columns(
        kind=pl.concat_str([f"part_{n}" for n in range(len(parts))], separator="-") if parts else pl.lit("ticket"),
        priority=_c("priority").replace_strict(mapping.priorities, return_dtype=pl.String),
    )
    return kinds.group_by("ticket", maintain_order=True).agg(
        _c("label", "learner", "kind", "priority").first(), category=_c("kind").first(), channel=pl.lit(mapping.channel)
    )


def _moments(turns: pl.DataFrame) -> pl.DataFrame:
    """Return the creation, the hand-overs and the resolution of each ticket, in the order of their seconds."""
    whose = turns.with_columns(
        next=_c("person").shift(-1).over("ticket"), last=_c("stage") == _c("stage").max().over("ticket")
    )
    parts = [
        (0, whose.group_by("ticket", maintain_order=True).agg(at_s=_c("created").first(), what=pl.lit("created"))),
        (1, whose.filter(~_c("last")).select(
            "ticket", at_s="ended", what=pl.lit("handed_on"), who="person", reason="next")),
        (2, whose.filter("last").select("ticket", at_s="ended", what=pl.lit("resolved"), who="person")),
    ]  # fmt: skip
    moments = pl.concat([part.with_columns(rank=pl.lit(rank)) for rank, part in parts], how="diagonal")
    return moments.sort("ticket", "at_s", "rank").with_columns(
        number=pl.int_range(pl.len()).over("ticket").cast(pl.Int32)
    ).drop("rank")  # fmt: skip


def _touches(turns: pl.DataFrame) -> pl.DataFrame:
    last = _c("stage") == _c("stage").max().over("ticket")
    return turns.select(
        "ticket", "stage", "person", "team", queued_s="started", assigned_s="started", ended_s="ended",
        department="team", skill="team", ended=pl.when(last).then(pl.lit("done")).otherwise(pl.lit("transferred")),
    )  # fmt: skip


def _marks(turns: pl.DataFrame, mapping: Mapping, ledger: Ledger) -> pl.DataFrame:
    """Return a row for each mark; a turn of which any mark is missing or no number has none."""
    numbers = [
        pl.when(~_c(item).is_in(mapping.unscored)).then(_c(item).cast(pl.Float64, strict=False)).alias(item)
        for item in mapping.scores
    ]
    marked = turns.with_columns(numbers)
    whole = marked.filter(pl.all_horizontal(_c(item).is_not_null() for item in mapping.scores))
    if whole.height < turns.height:
        ledger.warn("found.unscored", turns=turns.height - whole.height)
    rows = whole.unpivot(
        on=list(mapping.scores), variable_name="item", value_name="points",
        index=["person", "period", "ticket", "stage", "note", "line"],
    )  # fmt: skip
    stated = pl.lit(f"{ledger.path.name}, line ") + _c("line").cast(pl.String)
    return rows.select(
        "person", "period", "item", "points", "ticket", "stage", reason="note", source=pl.lit(mapping.voice),
        provenance=stated,
    )  # fmt: skip
