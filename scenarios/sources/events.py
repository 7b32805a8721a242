"""Status events, a row each, become a log: what the desk provably did, and who held the ticket."""

import polars as pl

from scenarios.notes import in_words
from scenarios.sources.columns import instants, names_of, ranked, timeline_of
from scenarios.sources.mapping import Mapping
from scenarios.sources.quality import Ledger, SourceError
from sim.log import Log
from sim.notes import Note

_T = "ticket"
_ENDS = ("resolved", "closed")


def log_of_events(frame: pl.DataFrame, mapping: Mapping, ledger: Ledger, name: str) -> Log:
    """Return the log that status events prove.

    Notes
    -----
    A touch is a spell of holding: assigned when the person became the owner, started at the owner's first act
    that is on record, ended when the owner changed or the ticket was resolved. Its `work_s` is null, because
    a holding time is no touch time. The first reply is the first recorded act on the ticket after it was
    opened.
    """
    events = _events(frame, mapping, ledger)
    if not events.height:
        raise SourceError(ledger.path, "no row of it can be used: " + "; ".join(map(in_words, ledger.set_aside)))
    timeline, start_s = timeline_of(int(events["created"].min()), mapping.zone)  # type: ignore[arg-type]
    seconds = [c for c in ("created", "at", "first_response") if c in events.columns]
    events = events.with_columns(pl.col(seconds) - start_s)
    events = _lives(_numbered(events))
    spells = _spells(events, mapping)
    _tell(events, spells, ledger)
    return Log.of(
        timeline=timeline,
        until_s=int(events.select(pl.max_horizontal(pl.col("at").max(), pl.col("created").max())).item()) + 1,
        priorities=tuple(mapping.priorities.values()),
        cases=_cases(events, mapping),
        moments=_moments(events, spells, mapping),
        touches=_touches(spells),
        people=_people(events, spells),
        source=name,
    )


def _events(frame: pl.DataFrame, mapping: Mapping, ledger: Ledger) -> pl.DataFrame:
    """Return readable events in their order, doubled ones set aside, with what they mean."""
    frame = ledger.keep(frame, Note.of("source.no_ticket"), pl.col("ticket").is_null())
    for role in ("created", "at", "status", "priority"):
        frame = ledger.keep(frame, Note.of("source.empty", column=mapping.columns[role]), pl.col(role).is_null())
    for role, words in (("status", mapping.statuses), ("priority", mapping.priorities)):
        unknown = Note.of("source.unknown_word", column=mapping.columns[role])
        frame = ledger.keep(frame, unknown, ~pl.col(role).is_in(list(words)))
    frame = instants(frame, ["created", "at", "first_response"], mapping, ledger)
    frame = _one_creation(frame, ledger)
    frame = ledger.keep(frame, Note.of("source.before_creation"), pl.col("at") < pl.col("created"))
    orders = {word: status.order for word, status in mapping.statuses.items()}
    means = {word: status.means for word, status in mapping.statuses.items()}
    people = {"prefix": mapping.people.prefix, "nobody": mapping.people.nobody}
    raw = pl.concat([frame["by"], frame["to"], frame["resolver"]]) if frame.height else frame["by"]
    names = dict(zip(raw.to_list(), names_of(raw, **people).to_list(), strict=True))  # type: ignore[arg-type]
    frame = frame.with_columns(
        order=pl.col("status").replace_strict(orders, return_dtype=pl.Int64),
        means=pl.col("status").replace_strict(means, return_dtype=pl.String),
        **{c: pl.col(c).replace_strict(names, default=None, return_dtype=pl.String) for c in ("by", "to", "resolver")},
        team=names_of(frame["team"], lower=True).fill_null("unknown"),
    )
    over = pl.col("means").is_in(_ENDS)
    frame = frame.with_columns(
        actor=pl.when(over).then(pl.coalesce("resolver", "by")).otherwise("by"),
        holder=pl.when(~over).then("to"),
    )
    others = sorted(c for c in frame.columns if c not in ("ticket", "at", "order", "line"))
    frame = frame.sort(["created", "ticket", "at", "order", *others, "line"])
    return _once(frame, ledger)


def _one_creation(frame: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    first = pl.col("created").min().over("ticket")
    count = frame.filter(pl.col("created") != first)["ticket"].n_unique()
    if count:
        ledger.warn("found.creations", tickets=count)
    return frame.with_columns(created=first)


def _once(frame: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Set aside events that say again what was just said: same second, or resolved while resolved."""
    key = ["ticket", "at", "status", pl.coalesce("holder", "actor", pl.lit("")).alias("whose")]
    again = frame.select(pl.struct(key).is_first_distinct().not_().alias("again"))["again"]
    frame = ledger.keep(frame.with_columns(again), Note.of("source.doubled_event"), pl.col("again"))
    state = pl.when(pl.col("means").is_in(["resolved", "closed", "opened", "work", "handed_on", "waits"])).then("means")
    same = (state == state.shift(1).over("ticket")) & pl.col("means").is_in(_ENDS)
    return ledger.keep(frame, Note.of("source.over_already"), same).drop("again")


def _numbered(events: pl.DataFrame) -> pl.DataFrame:
    numbers = pl.Series("number_of_ticket", ranked(events, ["created", "ticket"]), dtype=pl.Int64)
    return events.with_columns(label=pl.col("ticket")).with_columns(numbers.alias(_T))


def _lives(events: pl.DataFrame) -> pl.DataFrame:
    """Add to each event whether the ticket was over before it, and whether the event brings it back."""
    over = pl.when(pl.col("means").is_in(_ENDS)).then(pl.col("at"))
    work = ~pl.col("means").is_in(_ENDS)
    events = events.with_columns(
        first=pl.int_range(pl.len()).over(_T) == 0,
        over_s=over.forward_fill().over(_T).shift(1).over(_T),
        last_end=pl.when(~work).then(True).otherwise(False).shift(1, fill_value=False).over(_T),
    )
    return events.with_columns(back=work & pl.col("last_end") & (pl.col("at") > pl.col("over_s")))


def _spells(events: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Return who held which ticket from when to when, and how it ended."""
    ends = pl.col("means").is_in(_ENDS)
    rows = events.with_columns(
        held=pl.when(ends).then(pl.lit("")).otherwise(pl.col("holder")).forward_fill().over(_T).fill_null("")
    )
    rows = rows.with_columns(
        turn=((pl.col("held") != pl.col("held").shift(1).over(_T)).fill_null(True)).cum_sum().over(_T)
    )
    own = (pl.col("actor") == pl.col("held")) & (pl.col("means") == "work")
    spells = rows.group_by(_T, "turn", maintain_order=True).agg(
        person=pl.col("held").first(), team=pl.col("team").first(), tier=pl.col("tier").first(),
        assigned_s=pl.col("at").first(), by=pl.col("actor").first(), means=pl.col("means").first(),
        first=pl.col("first").first(), back=pl.col("back").first(), acted_s=pl.col("at").filter(own).min(),
        answered_s=pl.col("first_response").min(), parked=(pl.col("means") == "waits").last(),
    )  # fmt: skip
    spells = spells.with_columns(
        ended_s=pl.col("assigned_s").shift(-1).over(_T),
        ender=pl.col("by").shift(-1).over(_T),
        next=pl.col("person").shift(-1).over(_T),
        next_tier=pl.col("tier").shift(-1).over(_T),
    ).filter(pl.col("person") != "")
    rank = {tier: n for n, tier in enumerate(mapping.tiers)}
    above = _rank("next_tier", rank) > _rank("tier", rank)
    # The log ends with its last event: an answer stated for later is none yet.
    inside = pl.col("answered_s").is_between(pl.col("assigned_s"), pl.col("ended_s").fill_null(events["at"].max()))
    return spells.with_columns(
        started_s=pl.min_horizontal(
            "acted_s",
            pl.when(inside).then("answered_s"),
            pl.when(pl.col("ender") == pl.col("person")).then("ended_s"),
        ),
        ended=pl.when(pl.col("ended_s").is_null()).then(None)
        .when(pl.col("next") == "").then(pl.lit("done"))
        .when(above.fill_null(False)).then(pl.lit("escalated"))
        .otherwise(pl.lit("transferred")),
        stage=pl.int_range(pl.len()).over(_T).cast(pl.Int16),
    )  # fmt: skip


def _rank(column: str, rank: dict[str, int]) -> pl.Expr:
    return pl.col(column).replace_strict(rank, default=None, return_dtype=pl.Int64)


def _cases(events: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Return a row per ticket; what its events say differently is taken from the last."""
    parts = [
        names_of(events[role].fill_null(mapping.unknown), lower=True, longest=36).alias(f"part_{n}")
        for n, role in enumerate(mapping.kind_of)
    ]
    last = events.with_columns(
        *parts,
        priority=pl.col("priority").replace_strict(mapping.priorities, return_dtype=pl.String),
        category=names_of(events["category"].fill_null(mapping.unknown), lower=True),
    ).with_columns(kind=pl.concat_str([p.name for p in parts], separator="-"))
    return last.group_by(_T, maintain_order=True).agg(
        pl.col("label", "learner", "category", "kind", "priority").last(), channel=pl.lit(mapping.channel)
    )


def _moments(events: pl.DataFrame, spells: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Return what the events prove, in the order of their seconds."""
    act = ~(pl.col("first") & pl.col("means").is_in(["opened", "handed_on"])) & (pl.col("means") != "opened")
    replies = pl.concat([
        events.filter(act).select(_T, at_s="at", who="actor"),
        spells.filter(pl.col("started_s").is_not_null()).select(_T, at_s="started_s", who="person"),
    ]).sort(_T, "at_s", "who", nulls_last=True).unique(_T, keep="first", maintain_order=True)  # fmt: skip
    waits = events.with_columns(ends_s=pl.col("at").shift(-1).over(_T)).filter(pl.col("means") == "waits")
    ends = events.filter(pl.col("means").is_in(_ENDS))
    unresolved = (pl.col("means") == "closed") & ~(
        (pl.col("means").shift(1).over(_T) == "resolved") & (pl.col("last_end"))
    )
    handed = spells.filter(pl.col("ended").is_in(["transferred", "escalated"]))
    up = handed.filter(pl.col("ended") == "escalated")
    resolved, closed = (ends.filter(pl.col("means") == word) for word in _ENDS)
    parts = [
        (0, events.filter("first").select(_T, at_s="created", what=pl.lit("created"))),
        (1, events.filter("back").select(_T, at_s="at", what=pl.lit("reopened"), who="actor")),
        (2, replies.with_columns(what=pl.lit("reply"))),
        (3, waits.filter(pl.col("ends_s").is_not_null()).select(_T, at_s="ends_s", what=pl.lit("wait_ends"))),
        (4, handed.select(_T, at_s="ended_s", what=pl.lit("handed_on"), who="ender", reason="next")),
        (5, up.select(_T, at_s="ended_s", what=pl.lit("escalated"), who="ender")),
        (6, waits.select(_T, at_s="at", what=pl.lit("wait_begins"), who="actor", reason=pl.lit("standby"))),
        (7, resolved.select(_T, at_s="at", what=pl.lit("resolved"), who="actor")),
        (7, events.filter(unresolved).select(
            _T, at_s="at", what=pl.lit("resolved"), who="actor", reason=pl.lit("closed_without_resolution"))),
        (8, closed.select(_T, at_s="at", what=pl.lit("closed"), who="actor")),
    ]  # fmt: skip
    moments = pl.concat([part.with_columns(rank=pl.lit(rank)) for rank, part in parts], how="diagonal")
    return moments.sort(_T, "at_s", "rank").with_columns(
        number=pl.int_range(pl.len()).over(_T).cast(pl.Int32)
    ).drop("rank")  # fmt: skip


def _touches(spells: pl.DataFrame) -> pl.DataFrame:
    return spells.select(
        _T, "stage", "person", "team", "assigned_s", "started_s", "ended_s", "ended",
        department="team", skill="team", queued_s="assigned_s",
    )  # fmt: skip


def _people(events: pl.DataFrame, spells: pl.DataFrame) -> pl.DataFrame:
    """Return everybody who held or resolved a ticket, with the team in which that happened most often."""
    resolved = events.filter(pl.col("means").is_in(_ENDS) & pl.col("actor").is_not_null())
    seen = pl.concat(
        [spells.select("person", "team"), resolved.select("team", person="actor").select("person", "team")]
    )
    counts = seen.group_by("person", "team").len().sort(["person", "len", "team"], descending=[False, True, False])
    return counts.unique("person", keep="first", maintain_order=True).select("person", "team", role="team")


def _tell(events: pl.DataFrame, spells: pl.DataFrame, ledger: Ledger) -> None:
    """Warn of what the source cannot prove."""
    ledger.warn("found.no_replies")
    ledger.warn("found.holding")
    open_end = spells.filter(pl.col("ended_s").is_null()).height
    if open_end:
        ledger.warn("found.still_held", tickets=open_end)
    bare = events.filter((pl.col("means") == "closed") & ~pl.col("last_end")).height
    if bare:
        ledger.warn("found.bare_closings", closings=bare)
    round_stamps = int((events["at"] % 60 == 0).sum())
    if round_stamps > events.height / 20:
        ledger.warn("found.whole_minutes", round=round_stamps, stamps=events.height)
