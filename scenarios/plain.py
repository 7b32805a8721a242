"""Frozen data as what a document can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np


def plain(found: Any) -> Any:
    """Return frozen data as plain data: unknown numbers are null, days are text.

    Parameters
    ----------
    found
        A dataclass, a mapping, a list, an array, a number, a text or a day.

    Examples
    --------
    >>> plain({"at": date(2026, 3, 1), "values": np.array([1.0, np.nan])})
    {'at': '2026-03-01', 'values': [1.0, None]}
    """
    if is_dataclass(found) and not isinstance(found, type):
        return {each.name: plain(getattr(found, each.name)) for each in fields(found)}
    if isinstance(found, Mapping):
        return {str(key): plain(value) for key, value in found.items()}
    if isinstance(found, np.ndarray):
        return plain(found.tolist())
    if isinstance(found, list | tuple):
        return [plain(each) for each in found]
    if isinstance(found, float):
        return found if math.isfinite(found) else None
    return found.isoformat() if isinstance(found, date) else found
