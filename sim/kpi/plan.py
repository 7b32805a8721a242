"""What has to be worked out of each row, once per distinct expression, so that terms of KPIs share what they can."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from sim.kpi.features import roots
from sim.kpi.kernels import NONE
from sim.kpi.mechanism import ONE, TRUE, ZERO, Term

_CONSTANTS = {id(ZERO): 0, id(ONE): 1}


class Value(NamedTuple):
    """A whole number of each row: a column of the plan, or the same for every row."""

    column: str = ""
    each: int = 0


ONES, NOTHING = Value(each=1), Value()


class Item(NamedTuple):
    """What is summed for one term; equal items need to be summed once.

    Attributes
    ----------
    when
        Column of the instant; empty where the row has its day.
    where, known
        Columns that say which rows count, and which of these are not censored; empty where all are.
    n, y, x
        What is summed.
    """

    when: str
    where: str
    known: str
    n: Value
    y: Value
    x: Value

    def products(self, term: Term, scaled: bool) -> dict[str, tuple[Value, Value]]:
        """Return the products that must be summed, and their factors; others follow, or are 0."""
        # Rows of the backlog are sums over tickets, whose squares would not add up over parts of a log.
        squares = term.table != "backlog" and (scaled or not term.binary)
        wanted = {"yy": (self.y, self.y)} if squares else {}
        if scaled or self.x != ONES:
            wanted |= {"xx": (self.x, self.x), "xy": (self.x, self.y)}
        return {key: factors for key, factors in wanted.items() if NOTHING not in factors}

    def follows(self, term: Term, scaled: bool) -> dict[str, str]:
        """Return the products that equal a sum: of whole tickets, 1 x y = y, and 0 and 1 are their squares."""
        if scaled:
            return {}
        same = {"yy": "y"} if term.binary else {}
        return same | ({"xx": "x", "xy": "y"} if self.x == ONES else {})


@dataclass(frozen=True)
class Plan:
    """The columns that terms of one table need, and what is summed of them.

    Attributes
    ----------
    columns
        Expressions over the columns of the table and `derived` ones, named by number.
    items
        The item of each term, in the order of the terms.
    derived
        Columns that `features` makes.
    raw
        Columns of the table that all this is made of.
    """

    columns: tuple[pl.Expr, ...]
    items: tuple[Item, ...]
    derived: frozenset[str]
    raw: frozenset[str]


@dataclass
class _Columns:
    """Expressions by what they say."""

    names: dict[bytes, str] = field(default_factory=dict)
    made: list[pl.Expr] = field(default_factory=list)

    def name(self, expression: pl.Expr) -> str:
        said = expression.meta.serialize()
        if said not in self.names:
            self.names[said] = str(len(self.made))
            self.made.append(expression.alias(self.names[said]))
        return self.names[said]

    def value(self, expression: pl.Expr) -> Value:
        if (each := _CONSTANTS.get(id(expression))) is not None:
            return Value(each=each)
        return Value(self.name(expression.cast(pl.Int64).fill_null(0)))

    def truth(self, expression: pl.Expr) -> str:
        return "" if expression is TRUE else self.name(expression.fill_null(False))


@lru_cache(maxsize=256)
def plan(terms: tuple[Term, ...]) -> Plan:
    """Return what terms, all over one table, need of its rows."""
    columns = _Columns()
    items = tuple(_item(columns, term) for term in terms)
    asked = {root for made in columns.made for root in made.meta.root_names()}
    raw = frozenset(roots(asked)) if terms and terms[0].table == "tickets" else frozenset(asked)
    return Plan(tuple(columns.made), items, frozenset(asked), raw)


def _item(columns: _Columns, term: Term) -> Item:
    when = pl.col(term.when).cast(pl.Int64).fill_null(NONE) if term.when else pl.col("day").cast(pl.Int64)
    n, y, x = (columns.value(each) for each in (term.n, term.y, term.x))
    return Item(columns.name(when), columns.truth(term.where), columns.truth(term.known), n, y, x)
