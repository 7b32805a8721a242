"""Formulas of users: a small language over names that are known, checked word by word before anything reads it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

import polars as pl

LONGEST, DEEPEST = 500, 16
"""How many characters a formula may have, and how deep its brackets may go."""

FUNCTIONS = ("abs", "ceil", "coalesce", "floor", "greatest", "least", "nullif", "round", "sqrt")
_WORDS = ("and", "or", "not", "case", "when", "then", "else", "end", "is", "null", "in", "between", "true", "false")
_UPPER = tuple(word.upper() for word in _WORDS if word not in ("null", "true", "false"))
_TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?(?![\w.]))|(?P<name>[A-Za-z_]\w*)|(?P<text>'[^'\\\x00-\x1f]{0,80}')"
    r"|(?P<mark><=|>=|<>|!=|[-+*/()<>=,])",
    re.ASCII,
)


class FormulaError(ValueError):
    """A formula cannot be used."""


def parsed(formula: str, known: Mapping[str, pl.DataType], *, truth: bool = False) -> pl.Expr:
    """Return the expression of a formula.

    Parameters
    ----------
    formula
        Numbers, names, texts in single quotes, `+ - * / ( ) < <= = <> >= >`, `and`, `or`, `not`, `is null`, `in`,
        `between`, `case when ... then ... else ... end`, and the functions of `FUNCTIONS`.
    known
        Names that it may use, and their types.
    truth
        Whether it must be true or false, instead of a number.

    Raises
    ------
    FormulaError
        If anything else stands in it, a name is unknown (the message names the nearest), or it makes no sense.

    Examples
    --------
    >>> known = {"wait_s": pl.Int64(), "kind": pl.String()}
    >>> parsed("wait_s <= 600 and kind = 'refund'", known, truth=True).meta.root_names()
    ['wait_s', 'kind']
    >>> parsed("read_csv('/etc/hosts')", known)
    Traceback (most recent call last):
    ...
    sim.kpi.formulas.FormulaError: 'read_csv' is not allowed here; functions are abs, ceil, coalesce, floor, greatest, \
least, nullif, round, sqrt
    """
    if not formula.strip():
        raise FormulaError("a formula must not be empty")
    if len(formula) > LONGEST:
        raise FormulaError(f"a formula has at most {LONGEST} characters, got {len(formula)}")
    texts = {name for name, dtype in known.items() if dtype == pl.String}
    said = " ".join(_checked(formula, known, texts))
    try:
        made = pl.sql_expr(said)
        found = pl.DataFrame(schema=dict(known)).select(made.alias("made")).schema["made"]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise FormulaError(f"{formula!r} is no formula that can be computed") from None
    if truth != (found == pl.Boolean) or not (truth or found.is_numeric()):
        raise FormulaError(f"{formula!r} must give {'true or false' if truth else 'a number'}")
    return made


def _checked(formula: str, known: Collection[str], texts: Collection[str]) -> list[str]:
    """Return the words of a formula as the reader of expressions shall see them."""
    made: list[str] = []
    at, depth, after = 0, 0, False
    while at < len(formula):
        if formula[at].isspace():
            at += 1
            continue
        token = _TOKEN.match(formula, at)
        if token is None:
            raise FormulaError(f"{formula[at]!r} is not allowed in a formula (character {at + 1})")
        at = token.end()
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if not 0 <= depth <= DEEPEST:
            raise FormulaError(f"brackets do not match, or go deeper than {DEEPEST}")
        made.append(_said(token, formula[at:].lstrip().startswith("("), known, texts))
        operand = not token["mark"] and made[-1] not in _UPPER
        if operand and after:
            raise FormulaError(f"between two values an operator is missing, before {token[0]!r}")
        after = (operand and made[-1] not in FUNCTIONS) or made[-1] in (")", "END")
    if depth:
        raise FormulaError(f"brackets do not match, or go deeper than {DEEPEST}")
    return made


def _said(token: re.Match[str], called: bool, known: Collection[str], texts: Collection[str]) -> str:
    word = token[0]
    if token["number"]:
        return f"CAST({word} AS DOUBLE)" if "." in word else word
    if not token["name"]:
        return word
    if called and word.lower() not in (*_WORDS, *FUNCTIONS):
        raise FormulaError(f"{word!r} is not allowed here; functions are {', '.join(FUNCTIONS)}")
    if called and word.lower() in FUNCTIONS:
        return word.lower()
    if word in known:
        return f"CAST({word} AS VARCHAR)" if word in texts else word
    if word.lower() in _WORDS:
        return word.upper()
    near = get_close_matches(word, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known)[:12])}"
    raise FormulaError(f"there is no {word!r} here; {hint}")
