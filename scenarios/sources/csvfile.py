"""Reads hostile text tables: any common encoding, line ending and separator, with the line of each row."""

import codecs
import csv
import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from scenarios.sources.quality import Ledger, SourceError
from sim.notes import Note

MOST_BYTES = 1 << 30
"""Bytes of text that are read, after unpacking."""
LONGEST_CELL = 2_000_000
"""Characters in one cell."""
MOST_COLUMNS = 5_000
CHUNK_ROWS = 50_000

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_KNOWN = {
    b"PK\x03\x04": "a spreadsheet or zip archive; save it as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV (UTF-8)",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "gzip inside gzip",
}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """A text table: the header as written, and text columns `0`, `1`, ... with the column `line`."""

    header: list[str]
    rows: pl.DataFrame
    ledger: Ledger


def text_of(path: Path) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding.

    Raises
    ------
    SourceError
        If the file is missing, a folder, empty, too large, broken or no text.
    """
    data = _bytes_of(path)
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decoded(path, data[len(bom) :], (encoding,))
    for magic, what in _KNOWN.items():
        if data.startswith(magic):
            raise SourceError(path, f"expected a text table (CSV), got {what}")
    if b"\0" in data[:65536]:
        raise SourceError(path, "expected a text table (CSV), got a binary file")
    return _decoded(path, data, ("utf-8", "gb18030"))


def _bytes_of(path: Path) -> bytes:
    if path.is_dir():
        raise SourceError(path, "expected a CSV file, got a folder")
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            data = gzip.GzipFile(fileobj=file).read(MOST_BYTES + 1) if zipped else file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise SourceError(path, "no such file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise SourceError(path, "the gzip file is broken or cut off; export it again") from None
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror or error}") from None
    if len(data) > MOST_BYTES:
        raise SourceError(path, f"holds more than {MOST_BYTES >> 20} MiB of text; split it by month")
    if not data:
        raise SourceError(path, "is empty (0 bytes); expected a header line and rows")
    return data


def _decoded(path: Path, data: bytes, encodings: tuple[str, ...]) -> tuple[str, str]:
    at = 0
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            at = max(at, error.start)
            continue
        if found := _CONTROLS.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise SourceError(path, f"expected text, got the control character {found[0]!r}: a binary file?", line)
        return text.removeprefix("\ufeff"), encoding
    line = data.count(b"\n", 0, at) + 1
    raise SourceError(path, f"is neither {' nor '.join(e.upper() for e in encodings)} text", line)


def separator_of(header: str) -> str:
    """Return the separator that the header line uses most, the comma if none is there."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(SEPARATORS, key=lambda mark: (bare.count(mark), -SEPARATORS.index(mark)))


def read_table(path: Path) -> Table:
    """Return a file as text columns.

    Rows with too few or too many cells are set aside; blank lines are no rows.

    Raises
    ------
    SourceError
        If the file is no table with a header; the message names file and line.
    """
    text, encoding = text_of(path)
    if not text.strip():
        raise SourceError(path, "holds nothing but blank lines; expected a header line and rows")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    skipped = len(text) - len(text.lstrip("\n"))
    text = text[skipped:]
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text.partition("\n")[0]), strict=True)
    try:
        header = [cell.strip().lstrip("\ufeff") for cell in next(reader)]
        if not 2 <= len(header) <= MOST_COLUMNS:
            raise SourceError(path, f"expected a header of 2 to {MOST_COLUMNS} columns, got {len(header)}", 1 + skipped)
        rows, odd, count = _rows(reader, len(header), skipped)
    except csv.Error as error:
        raise SourceError(path, f"not a readable table: {_plain(str(error))}", reader.line_num + skipped) from None
    ledger = Ledger(path, count)
    if encoding != "utf-8":
        ledger.warn("found.encoding", encoding=encoding.upper())
    ledger.count(Note.of("source.width"), pl.Series(odd, dtype=pl.Int64))
    return Table(header, rows, ledger)


def _plain(message: str) -> str:
    if "field larger" in message:
        return f"a cell has more than {LONGEST_CELL:,} characters (a quote that is never closed?)"
    if "unexpected end" in message:
        return "a quote is opened and never closed"
    return message


def _rows(reader: Iterator[list[str]], width: int, skipped: int) -> tuple[pl.DataFrame, list[int], int]:
    """Return rows as text columns with the line at which each ends, lines of odd rows, and the count."""
    names = [str(i) for i in range(width)]
    schema = dict.fromkeys(names, pl.String) | {"line": pl.Int64}
    chunks, odd, count = [pl.DataFrame(schema=schema)], list[int](), 0
    while chunk := list(itertools.islice(_numbered(reader, skipped), CHUNK_ROWS)):
        filled = [(row, line) for row, line in chunk if any(cell.strip() for cell in row) or len(row) > 1]
        count += len(filled)
        odd += [line for row, line in filled if len(row) != width]
        good = [(row, line) for row, line in filled if len(row) == width]
        if good:
            columns = zip(*(row for row, _ in good), strict=True)
            data = [pl.Series(n, column, dtype=pl.String) for n, column in zip(names, columns, strict=True)]
            chunks.append(pl.DataFrame([*data, pl.Series("line", [line for _, line in good], dtype=pl.Int64)]))
    return pl.concat(chunks, rechunk=True), odd, count


def _numbered(reader: Iterator[list[str]], skipped: int) -> Iterator[tuple[list[str], int]]:
    for row in reader:
        yield row, reader.line_num + skipped  # type: ignore[attr-defined]
