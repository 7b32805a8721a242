"""Spreadsheets: what stands in them, that they are the same bytes each time, and that no cell is a formula."""

import io
import zipfile

from scenarios.spreadsheets import workbook

ROWS = [{"person": "=1+1", "points": 1.5, "grades": ["S", "best"]}, {"person": "@bo", "points": None, "grades": []}]


def parts(raw: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        return {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}


def test_a_workbook_is_the_same_bytes_each_time():
    assert workbook({"a": ROWS}) == workbook({"a": ROWS})


def test_no_cell_is_a_formula_and_numbers_are_numbers():
    made = parts(workbook({"a": ROWS}))
    sheet, texts = made["xl/worksheets/sheet1.xml"], made["xl/sharedStrings.xml"]
    assert "<f>" not in sheet and "<v>1.5</v>" in sheet
    assert "=1+1" in texts and "@bo" in texts and "S; best" in texts


def test_sheets_have_names_that_are_allowed():
    names = parts(workbook({"a/b[c]": ROWS, "x" * 40: []}))["xl/workbook.xml"]
    assert 'name="a_b_c_"' in names and f'name="{"x" * 31}"' in names


def test_cells_with_a_known_text_are_filled():
    plain, filled = (parts(workbook({"a": ROWS}, fills))["xl/styles.xml"] for fills in ({}, {"@bo": "#d0e4f5"}))
    assert "D0E4F5" in filled.upper() and "D0E4F5" not in plain.upper()
