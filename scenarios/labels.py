"""What KPIs, units and scenarios are called, and how a figure is written, in the language of a user."""

import math

from scenarios.texts import known, text


def label(lang: str, name: str) -> str:
    """Return a KPI's label, its name where it has none."""
    return text(lang, f"kpi.{name}") if known(lang, f"kpi.{name}") else name


def title_of(lang: str, name: str, title: str) -> str:
    """Return a scenario's title: the catalogue's are translated, a file says its own."""
    return _of_catalogue(lang, f"scenario.{name}", title or name)


def asks_of(lang: str, name: str, asks: str) -> str:
    """Return the question of a what-if: the catalogue's are translated, a file asks its own."""
    return _of_catalogue(lang, f"asks.{name}", asks)


def _of_catalogue(lang: str, key: str, said: str) -> str:
    return text(lang, key) if known("en", key) and text("en", key) == said else said


def unit_label(lang: str, unit: str, currency: str = "CNY") -> str:
    """Return the name of a KPI's unit, as the catalogue states it; a share, of unit `1`, is shown in percent.

    Examples
    --------
    >>> unit_label("en", "1"), unit_label("en", "count"), unit_label("en", "currency", "EUR")
    ('%', 'per ticket', 'EUR')
    """
    return text(lang, f"unit.{unit}", currency=currency) if known(lang, f"unit.{unit}") else unit


def number(value: float | None, unit: str) -> str:
    """Return a figure for a table, in its unit; a share, of unit `1`, in percent; a dash where there is none.

    Examples
    --------
    >>> number(0.1234, "1"), number(1234.5, "min"), number(None, "min")
    ('12.3', '1,234.5', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    value = 100 * value if unit == "1" else value
    digits = 0 if abs(value) >= 10_000 else 1 if abs(value) >= 10 or unit == "1" else 2
    # A difference that rounds to nothing has no sign.
    return f"{round(value, digits) + 0.0:,.{digits}f}"
