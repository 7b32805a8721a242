"""A log: five checked tables, where second 0 lies, and the targets that the dues are computed with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl

from sim.calendar import Calendar, Timeline
from sim.log.framing import Sheet
from sim.log.nexts import next_replies
from sim.log.periods import days_of
from sim.log.tables import OPTIONAL, SCHEMAS, LogError, Tables, share_names, table
from sim.log.tickets import derive
from sim.sla import Sla

LARGEST = 1e12
"""External values beyond it could not be summed exactly."""


@dataclass(frozen=True)
class Log:
    """What a desk wrote down between second 0 and `until_s`. Make one with `Log.of`.

    Attributes
    ----------
    timeline
        Where second 0 lies, and the time zone of days and hours.
    until_s
        End of the observation in seconds: later facts are unknown (right-censored).
    priorities
        Names of the priorities, highest first.
    tables
        `cases` (one row per ticket: what is known when it is created), `moments`, `touches`, `shifts`, `people`, as in
        `SCHEMAS`; all but the first two may be empty where a source has none; and `learners`, `externals` and
        `appraisals`, if a source has them. Each is an attribute, too.
    currency
        Currency of `cost_minor`, which counts hundredths of it.
    sla, calendars
        Targets and their calendars; no dues without them.
    source
        Where it comes from: `simulated` or the name of a mapping.
    """

    timeline: Timeline
    until_s: int
    priorities: tuple[str, ...]
    tables: Tables
    currency: str = "CNY"
    sla: Sla | None = None
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    source: str = "simulated"

    @classmethod
    def of(
        cls, *, timeline: Timeline, until_s: int, priorities: tuple[str, ...], cases: pl.DataFrame,
        moments: pl.DataFrame, touches: pl.DataFrame | None = None, shifts: pl.DataFrame | None = None,
        people: pl.DataFrame | None = None, learners: pl.DataFrame | None = None,
        externals: pl.DataFrame | None = None, appraisals: pl.DataFrame | None = None, **rest: Any,
    ) -> Log:  # fmt: skip
        """Return a checked log; tables that a source lacks may be left out.

        Parameters
        ----------
        timeline, until_s, priorities
            As the attributes.
        cases, moments, touches, shifts, people, learners, externals, appraisals
            Frames with at least the columns that are never null, text as strings or enums, in any row order.
        **rest
            `currency`, `sla`, `calendars`, `source`.

        Raises
        ------
        LogError
            If a table breaks a rule; the message names the table, the column or the count of rows.
        """
        given: dict[str, pl.DataFrame | None] = {
            "cases": cases,
            "moments": moments,
            "touches": touches,
            "shifts": shifts,
            "people": people,
        }
        tables = {
            name: table(name, pl.DataFrame(schema=SCHEMAS[name]) if frame is None else frame, priorities)
            for name, frame in given.items()
        }
        for name, frame in (("learners", learners), ("externals", externals), ("appraisals", appraisals)):
            if frame is not None and not frame.is_empty():
                tables[name] = table(name, frame)
        shared = Tables(share_names(tables))
        made = cls(timeline=timeline, until_s=until_s, priorities=priorities, tables=shared, **rest)
        made.check()
        return made

    def check(self) -> None:
        """Check what holds between tables.

        Raises
        ------
        LogError
            If a ticket has two cases or none, lacks its `created`, something happens before it or after
            `until_s`, a rank or a rating is out of its range, or a touch or a shift ends before it starts.
        """
        if self.cases["ticket"].n_unique() < self.cases.height:
            raise LogError("cases: a ticket is named twice")
        created = self.moments.filter(pl.col("what") == "created")["ticket"]
        if created.n_unique() < created.len() or created.len() != self.cases.height:
            raise LogError(f"{self.cases.height} cases, but {created.n_unique()} tickets with one `created` moment")
        if self.learners["learner"].n_unique() < self.learners.height:
            raise LogError("learners: a learner is named twice")
        if "externals" in self.tables:
            self._check_externals()
        if "appraisals" in self.tables:
            self._check_appraisals()
        for name in ("moments", "touches"):
            if count := getattr(self, name).join(self.cases, on="ticket", how="anti").height:
                raise LogError(f"{name}: {count} rows of tickets without a case")
        born = self.moments.filter(pl.col("what") == "created").select("ticket", born_s="at_s")
        if count := self.moments.join(born, on="ticket").filter(pl.col("at_s") < pl.col("born_s")).height:
            raise LogError(f"moments: {count} rows lie before their ticket was created")
        for name, wrong, rule in self._wrong():
            if count := getattr(self, name).select(wrong.fill_null(False).sum()).item():
                raise LogError(f"{name}: {count} rows {rule}")

    def _check_externals(self) -> None:
        rows = self.externals.with_columns(pl.col("person", "period", "measure").cast(pl.String))
        known = {
            "person": set(self.people["person"].cast(pl.String)),
            "learner": {*self.cases["learner"], *self.learners["learner"]},
        }
        for column, names in known.items():
            if odd := sorted(set(rows[column].drop_nulls()) - names):
                raise LogError(f"externals: the log knows no {column} {odd[0]!r}")
        if count := rows.filter(pl.col("person").is_null() == pl.col("learner").is_null()).height:
            raise LogError(f"externals: {count} rows name both a person and a learner, or neither")
        if odd := sorted(period for period in rows["period"].unique() if days_of(period) is None):
            raise LogError(
                f"externals: {odd[0]!r} is no period, such as 2026, 2026-Q1, 2026-03, 2026-W10 or 2026-03-05"
            )
        if count := rows.filter(~pl.col("value").is_between(-LARGEST, LARGEST)).height:
            raise LogError(f"externals: {count} values lie beyond {LARGEST:g}")
        twice = rows.filter(pl.struct("person", "learner", "period", "measure").is_duplicated())
        if not twice.is_empty():
            whose, period, measure = twice.select(pl.coalesce("person", "learner"), "period", "measure").row(0)
            raise LogError(f"externals: {measure} of {whose!r} in {period} has two values")

    def _check_appraisals(self) -> None:
        rows = self.appraisals.with_columns(pl.col("person", "period", "item", "source").cast(pl.String))
        if odd := sorted(set(rows["person"]) - set(self.people["person"].cast(pl.String))):
            raise LogError(f"appraisals: the log knows no person {odd[0]!r}")
        if odd := sorted(period for period in rows["period"].unique() if days_of(period) is None):
            raise LogError(
                f"appraisals: {odd[0]!r} is no period, such as 2026, 2026-Q1, 2026-03, 2026-W10 or 2026-03-05"
            )
        if count := rows.filter(~pl.col("points").is_between(-LARGEST, LARGEST)).height:
            raise LogError(f"appraisals: {count} rows have points beyond {LARGEST:g}")
        if count := rows.drop_nulls("ticket").join(self.cases, on="ticket", how="anti").height:
            raise LogError(f"appraisals: {count} rows of tickets without a case")
        form = ("person", "period", "item", "source", "author", "ticket", "stage")
        twice = rows.filter(pl.struct(form).is_duplicated())
        if not twice.is_empty():
            person, period, item, source = twice.select("person", "period", "item", "source").row(0)
            raise LogError(f"appraisals: {source} gave {person!r} points for {item} in {period} twice")

    def _wrong(self) -> tuple[tuple[str, pl.Expr, str], ...]:
        what, value = pl.col("what"), pl.col("value")
        reason = pl.col("reason").cast(pl.String).fill_null("outcome")
        audited = reason.is_in(["audit", "second_audit"])
        most = pl.when(reason == "nps").then(10).when(audited).then(1).otherwise(5)
        least = pl.when(reason == "nps").then(0).when(audited).then(0).otherwise(1)
        rank = value.is_null() | ~value.is_between(0, len(self.priorities) - 1)
        return (
            (
                "moments",
                pl.col("at_s") > self.until_s,
                f"lie after the end of the log, second {self.until_s}",
            ),
            (
                "moments",
                (what == "priority") & rank,
                f"have no rank of the {len(self.priorities)} priorities",
            ),
            ("moments", (what == "rated") & ~value.is_between(least, most), "have a rating outside 1 to 5"),
            ("touches", pl.col("ended_s") < pl.col("started_s"), "end before they start"),
            ("touches", pl.col("work_s") < 0, "have negative work"),
            ("shifts", pl.col("end_s") < pl.col("start_s"), "end before they start"),
        )

    @property
    def cases(self) -> pl.DataFrame:
        """One row per ticket: what is known when it is created."""
        return self.tables["cases"]

    @property
    def moments(self) -> pl.DataFrame:
        """What happened, in the order of time: the source of truth."""
        return self.tables["moments"]

    @property
    def touches(self) -> pl.DataFrame:
        """Who worked on what, from when to when."""
        return self.tables["touches"]

    @property
    def shifts(self) -> pl.DataFrame:
        """Who was rostered when, and what became of it."""
        return self.tables["shifts"]

    @property
    def people(self) -> pl.DataFrame:
        """Who belongs to the desk."""
        return self.tables["people"]

    @property
    def learners(self) -> pl.DataFrame:
        """What is known of learners; empty where the source has nothing of them."""
        return self.tables["learners"] if "learners" in self.tables else pl.DataFrame(schema=OPTIONAL["learners"])

    @property
    def externals(self) -> pl.DataFrame:
        """What other systems state of people and learners; empty where nothing was read."""
        return self.tables["externals"] if "externals" in self.tables else pl.DataFrame(schema=OPTIONAL["externals"])

    @property
    def appraisals(self) -> pl.DataFrame:
        """Points that people gave people for items of a rubric; empty where the source has none."""
        return self.tables["appraisals"] if "appraisals" in self.tables else pl.DataFrame(schema=OPTIONAL["appraisals"])

    @property
    def tickets(self) -> pl.DataFrame:
        """One row per ticket, derived from the moments (see `derive`)."""
        return self._tickets.frame()

    @cached_property
    def _tickets(self) -> Sheet:
        return derive(
            *(self.tables.sheet(name) for name in ("cases", "moments", "touches")),
            timeline=self.timeline, until_s=self.until_s, sla=self.sla, calendars=self.calendars,
        )  # fmt: skip

    def sheet(self, name: str) -> Sheet:
        """Return a table, that of tickets included, in columns: for what needs only few of them, or plain numbers."""
        if name == "tickets":
            return self._tickets
        return Sheet.of(getattr(self, name)) if name in OPTIONAL else self.tables.sheet(name)

    @cached_property
    def next_replies(self) -> pl.DataFrame:
        """One row per time that a requester wrote again, with the reply and its due (see `next_replies`)."""
        return next_replies(
            self.tables.sheet("cases"), self.tables.sheet("moments"),
            timeline=self.timeline, until_s=self.until_s, sla=self.sla, calendars=self.calendars,
        )  # fmt: skip

    @cached_property
    def substantive(self) -> Log:
        """The same log, in which replies without substance (reason `token`) are automatic ones: they stop no clock."""
        formal = (pl.col("what").cast(pl.String) == "reply") & (pl.col("reason").cast(pl.String) == "token")
        if not self.moments.select(formal.any()).item():
            return self
        what = pl.when(formal).then(pl.lit("auto_reply")).otherwise(pl.col("what").cast(pl.String))
        return self.having(moments=self.moments.with_columns(what=what))

    def having(self, **tables: pl.DataFrame) -> Log:
        """Return the same log with other optional tables, as `learners` or `externals`, checked.

        Raises
        ------
        LogError
            If a table breaks a rule.
        """
        given: dict[str, Any] = {name: self.tables[name] for name in self.tables} | tables
        return Log.of(
            timeline=self.timeline, until_s=self.until_s, priorities=self.priorities, currency=self.currency,
            sla=self.sla, calendars=self.calendars, source=self.source, **given,
        )  # fmt: skip

    def beside(self, columns: Iterable[pl.Series]) -> Log:
        """Return the same log, whose tickets have further columns; each has a row for every ticket, in their order."""
        made, told = replace(self), self.sheet("tickets")
        # The tickets of a log are derived once and kept.
        made.__dict__["_tickets"] = Sheet(told.columns() | {column.name: column for column in columns})
        return made

    def under(self, sla: Sla | None, calendars: Mapping[str, Calendar]) -> Log:
        """Return the same log under another SLA: the dues are computed again, nothing else changes."""
        return replace(self, sla=sla, calendars=dict(calendars))
