"""Spreadsheets: rows as sheets of a workbook, the same bytes for the same rows, and no cell that is a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

type Row = Mapping[str, Any]

_CREATED = datetime(2000, 1, 1)
"""The date that a workbook says it was made on: a clock's would give other bytes each time."""


def workbook(sheets: Mapping[str, Sequence[Row]], fills: Mapping[str, str] | None = None) -> bytes:
    """Return a workbook (`.xlsx`).

    Parameters
    ----------
    sheets
        Rows by the name of the sheet; all rows of a sheet have the same keys. Names are cut to 31 characters, and signs
        that a sheet's name may not hold become `_`.
    fills
        Background by text: cells that hold one of these texts are filled with its colour, as `#d0e4f5`.

    Notes
    -----
    Texts are written as texts, so one that begins with `=`, `+`, `-` or `@` is no formula. Lists are joined by `; `.
    """
    import xlsxwriter

    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(held, options) as book:
        book.set_properties({"created": _CREATED})
        head = book.add_format({"bold": True, "bottom": 1})
        shades = {said: book.add_format({"bg_color": colour}) for said, colour in (fills or {}).items()}
        for name, rows in sheets.items():
            sheet = book.add_worksheet(_sheet_name(name))
            for column, key in enumerate(rows[0] if rows else ()):
                sheet.write_string(0, column, str(key), head)
            for number, row in enumerate(rows, start=1):
                for column, value in enumerate(row.values()):
                    _write(sheet, number, column, value, shades)
            sheet.freeze_panes(1, 1)
            sheet.autofit(max_width=360)
    return held.getvalue()


def _sheet_name(name: str) -> str:
    return "".join("_" if sign in "[]:*?/\\" else sign for sign in name)[:31] or "_"


def _write(sheet: Any, row: int, column: int, value: Any, shades: Mapping[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        said = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        sheet.write_string(row, column, said, shades.get(said))
    else:
        sheet.write_number(row, column, value)
