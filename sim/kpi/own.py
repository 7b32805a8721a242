"""KPIs of users: shares, means and totals of rows, and formulas over finished KPIs, as data of a file."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal, Self

import polars as pl
from pydantic import Field, ValidationInfo, field_validator, model_validator

from sim.calendar import Timeline
from sim.kpi.catalogue import KPIS
from sim.kpi.externals import MEASURE, MILLIONTHS, value_terms
from sim.kpi.features import features
from sim.kpi.formulas import parsed
from sim.kpi.handling import HANDLING
from sim.kpi.mechanism import ONE, TRUE, ZERO, Better, Credit, Dimension, Finish, Kpi, Term
from sim.kpi.spans import SPANS
from sim.kpi.switches import STANDARD_SWITCHES, Switches
from sim.kpi.voices import VOICES
from sim.log import OPTIONAL, SCHEMAS, Log
from sim.parameters import Name, Parameters

Rows = Literal["tickets", "touches", "shifts", "externals"]

_DERIVED = (
    "wait_s", "wait_served_s", "first_response_s", "resolution_s", "quality_s", "asked_s", "until_s", "settled",
    "tenure_s", "course", "life_stage", "touched", "replies_before", "asked_back", "repeat", "second_contact",
)  # fmt: skip
_CREDITS: dict[Rows, Credit] = {"tickets": "policy", "touches": "touch", "shifts": "shift", "externals": "none"}
_WAYS = ("formula", "share", "mean", "total")


@cache
def columns_of(table: Rows) -> dict[str, pl.DataType]:
    """Return the columns of a table that a formula may name, text as text and whole numbers in 64 bits."""
    schema: pl.Schema
    if table == "tickets":
        nothing = {name: pl.DataFrame(schema=SCHEMAS[name]) for name in ("cases", "moments", "touches")}
        log = Log.of(timeline=Timeline.midnight(date(2026, 1, 1), "UTC"), until_s=1, priorities=("normal",), **nothing)
        schema = features(log, frozenset((*_DERIVED, *HANDLING, *VOICES, *SPANS))).schema
    else:
        schema = pl.Schema((SCHEMAS | OPTIONAL)[table])
    return {name: _plain(dtype) for name, dtype in schema.items() if name != "ticket"}


def _plain(dtype: pl.DataType) -> pl.DataType:
    if dtype == pl.Boolean or dtype.is_float():
        return dtype
    return pl.Int64() if dtype.is_integer() else pl.String()


class OwnKpi(Parameters):
    """A KPI of the user's: exactly one of `formula`, `share`, `mean` and `total`."""

    of: Rows = Field(default="tickets", description="Whose rows are counted.")
    label: str = Field(default="", max_length=80, description="What tables call it; its name when empty.")
    counts: str = Field(default="", max_length=500, description="One sentence: what is counted, and what is not.")
    unit: Literal["1", "min", "h", "tickets", "count", "points", "currency", "1/h"] = Field(
        default="count", description="Unit of the figure; 1 for fractions of a whole."
    )
    better: Better = Field(default="none", description="Which way is good.")
    dimension: Dimension = Field(default="decision", description="Dimension of the appraisal.")
    controllable_by: Literal["person", "router", "manager", "learner"] = Field(
        default="manager", description="Who moves the figure."
    )
    outcome_or_process: Literal["outcome", "process"] = Field(
        default="outcome", description="Whether it says what was reached or how."
    )
    measure: Name | None = Field(
        default=None,
        description="Of externals: the measure whose values are counted, in the period in which theirs begins.",
    )
    when: str | None = Field(default=None, description="Column of the instant that puts a row into a period.")
    where: str | None = Field(default=None, description="Formula over columns: which rows it is about.")
    formula: str | None = Field(default=None, description="Formula over finished KPIs, by their names.")
    share: str | None = Field(default=None, description="Formula over columns: which of the rows are the part.")
    mean: str | None = Field(default=None, description="Formula over columns: a number of each row.")
    total: str | None = Field(default=None, description="Formula over columns: a number of each row, to be added up.")
    divide: int = Field(
        default=1, ge=1, le=10**9, description="The figure is divided by it: 60 for minutes of seconds."
    )

    @field_validator("when")
    @classmethod
    def _instant(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            known = columns_of(info.data.get("of", "tickets"))
            parsed(value, {name: dtype for name, dtype in known.items() if name.endswith("_s") and dtype == pl.Int64})
        return value

    @field_validator("where", "share")
    @classmethod
    def _truth(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            parsed(value, columns_of(info.data.get("of", "tickets")), truth=True)
        return value

    @field_validator("mean", "total")
    @classmethod
    def _number(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            parsed(value, columns_of(info.data.get("of", "tickets")))
        return value

    @field_validator("formula")
    @classmethod
    def _of_finished(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            made = parsed(value, finished_names((info.context or {}).get("own", ())))
            if not made.meta.root_names():
                raise ValueError(f"{value!r} names no KPI")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [way for way in _WAYS if getattr(self, way) is not None]
        if len(ways) != 1:
            raise ValueError(f"needs exactly one of {', '.join(_WAYS)}, got {', '.join(ways) or 'none'}")
        if ways == ["formula"] and (self.when is not None or self.where is not None):
            raise ValueError("a formula over finished KPIs takes neither when nor where")
        if (self.of == "externals") != (self.measure is not None):
            raise ValueError('of = "externals" and the key `measure` belong together')
        if self.of == "externals":
            if ways not in (["mean"], ["total"]) or self.when is not None:
                raise ValueError(
                    "a KPI of externals has a mean or a total, and no when: its period is that of the value"
                )
        elif ways != ["formula"] and self.when is None:
            raise ValueError("when is missing: the column of the instant that puts a row into a period")
        return self

    def entry(self, name: str) -> Kpi:
        """Return the KPI, as an entry of a catalogue; one with a formula has no statistics of its own."""
        scale = 1 if self.measure is None else MILLIONTHS
        requires = () if self.measure is None else (MEASURE + self.measure,)
        return Kpi(
            name=name, unit=self.unit, better=self.better, dimension=self.dimension, statistics=self._terms(),
            finish=Finish("total" if self.total is not None else "ratio", divide=self.divide * scale),
            counts=self.counts or f"{self.formula or self.share or self.mean or self.total}.",
            controllable_by=self.controllable_by, source=(), outcome_or_process=self.outcome_or_process,
            requires=requires,
        )  # fmt: skip

    def _terms(self) -> tuple[Term, ...]:
        columns = columns_of(self.of)
        where = TRUE if self.where is None else parsed(self.where, columns, truth=True)
        if self.measure is not None:
            number = parsed(self.mean or self.total or "", columns)
            return value_terms(self.measure, where, number, total=self.total is not None)
        if self.when is None:
            return ()
        if self.share is not None:
            y = parsed(self.share, columns, truth=True).fill_null(False).cast(pl.Int64)
            return (Term(self.of, self.when, where=where, y=y, credit=_CREDITS[self.of], binary=True),)
        y = _whole(parsed(self.mean or self.total or "", columns), columns)
        x = ZERO if self.total is not None else ONE
        return (Term(self.of, self.when, where=where, known=y.is_not_null(), y=y, x=x, credit=_CREDITS[self.of]),)


def _whole(number: pl.Expr, columns: dict[str, pl.DataType]) -> pl.Expr:
    """Return a number of a row, rounded once; one that is infinite or none is unknown."""
    if pl.DataFrame(schema=columns).select(number.alias("made")).schema["made"].is_integer():
        return number.cast(pl.Int64)
    number = number.cast(pl.Float64)
    return pl.when(number.is_finite()).then(number.round()).cast(pl.Int64)


def finished_names(own: tuple[str, ...] = ()) -> dict[str, pl.DataType]:
    """Return what a formula over finished KPIs may name."""
    return dict.fromkeys((*KPIS, *own), pl.Float64())


def new_names(own: dict[str, OwnKpi]) -> dict[str, OwnKpi]:
    """Return KPIs of one's own whose names are free and can stand in a formula.

    Raises
    ------
    ValueError
        If a name is one of the catalogue, or no word of small letters.
    """
    for name in own:
        if name in KPIS:
            raise ValueError(f"{name!r} is a KPI of the catalogue; choose another name")
        if name == "all":
            raise ValueError(f"{name!r} stands for every KPI; choose another name")
        if not name.isidentifier() or not name.isascii() or name != name.lower():
            raise ValueError(f"{name!r} must be a word of small letters, digits and underscores")
    return own


class KpiFile(Parameters):
    """A file of KPIs: how open questions are answered, and KPIs of one's own."""

    title: str = Field(default="", max_length=200, description="What the file is for.")
    switches: Switches = Field(default=STANDARD_SWITCHES, description="How open questions are answered.")
    kpi: dict[Name, OwnKpi] = Field(default={}, max_length=100, description="KPIs of one's own, by name.")

    @field_validator("kpi")
    @classmethod
    def _new(cls, value: dict[str, OwnKpi]) -> dict[str, OwnKpi]:
        return new_names(value)
