"""What an entry calls is compiled with it, as one: nothing else of the loop is made quick, or kept on disk."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit, types

from sim import fast
from sim.fast.memory import UNCOMPILED
from sim.fast.whole import part

pytestmark = pytest.mark.skipif(UNCOMPILED, reason="compilation is switched off")

ENTRIES = {"_fill", "event", "go_on", "list_again", "numbers", "open_with", "reserve", "settle_at"}
"""What Python calls of the twin, and two that know nothing of the desk's record."""


def test_of_the_twin_only_entries_are_compiled_by_themselves() -> None:
    found = set()
    for path in Path(str(fast.__file__)).parent.glob("*.py"):
        module = import_module(f"sim.fast.{path.stem}")
        found |= {name for name, value in vars(module).items() if hasattr(value, "py_func") and _is_of(value, module)}
    assert found == ENTRIES


def _is_of(value: Any, module: Any) -> bool:
    return bool(value.py_func.__module__ == module.__name__)


def _thrice(x: int) -> int:
    return 3 * x


def _both(x: int) -> int:
    return int(THRICE(x) + THRICE(x + 1))


THRICE = part(_thrice, (types.int64,), inline=False)
BOTH = part(_both, (types.int64,), inline=True)


@njit
def _entry(x: Any, y: Any) -> Any:
    return BOTH(x) + THRICE(y)


def test_functions_put_into_an_entry_do_what_they_would_do_apart() -> None:
    """From 7: three times 7 is 21, three times 8 is 24, both are 45; with three times 2 it is 51.

    What is given is brought to the stated type, so two kinds of numbers need one translation.
    """
    assert _entry(7, np.int32(2)) == 51
    assert _entry(np.int16(7), 2) == 51
    assert len(_entry.signatures) == 2
