"""Exports of other systems become logs: hostile text in, a checked log and a quality report out."""

from pathlib import Path

from scenarios.sources.beside import with_beside
from scenarios.sources.calls import log_of_calls
from scenarios.sources.columns import roles_of
from scenarios.sources.csvfile import read_table
from scenarios.sources.events import log_of_events
from scenarios.sources.mapping import Mapping, decide, known, named
from scenarios.sources.native import NAME, is_native, log_of_rows, write_csv
from scenarios.sources.quality import Quality, SourceError
from scenarios.sources.turns import log_of_turns
from sim.log import Log, LogError

__all__ = ["NAME", "Mapping", "Quality", "SourceError", "known", "named", "read", "with_beside", "write_csv"]


def read(path: str | Path, mapping: str | None = None) -> tuple[Log, Quality]:
    """Return the log that an export proves, and what became of its rows.

    Parameters
    ----------
    path
        A `.csv` or `.csv.gz` file, of another system or of `write_csv`; encoding, line ends and separator are found
        out.
    mapping
        Name of a known mapping, or a TOML file with one; without it the header decides.

    Raises
    ------
    SourceError
        If the file or the mapping cannot be read; the message names file, line and what is expected.
    """
    path = Path(path)
    chosen = named(mapping) if mapping not in (None, NAME) else None
    table = read_table(path)
    if mapping in (None, NAME) and is_native(table.header):
        return log_of_rows(table), table.ledger.report(NAME)
    name, how = chosen if chosen is not None else decide(path, table.header)
    frame = roles_of(table, how)
    if not table.ledger.rows_in:
        raise SourceError(path, "holds a header and no rows", 1)
    make = {"events": log_of_events, "calls": log_of_calls, "turns": log_of_turns}[how.shape]
    try:
        log = make(frame, how, table.ledger, name)
    except LogError as error:
        raise SourceError(path, f"makes no log: {error}") from None
    return log, table.ledger.report(name)
