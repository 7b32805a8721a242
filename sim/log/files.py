"""A log on disk: a folder with one Parquet file per table."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from sim.calendar import Calendar, Timeline
from sim.log.log import Log
from sim.log.tables import OPTIONAL, SCHEMAS, LogError
from sim.sla import Sla

_KEY = "fairdesk"


def write(log: Log, folder: Path) -> None:
    """Write a log into a folder that holds nothing else; the same log gives the same bytes.

    The folder appears whole or not at all; one that is there already is replaced.

    Parameters
    ----------
    log
        The log.
    folder
        Where it goes; its parent must exist.

    Raises
    ------
    LogError
        If the folder holds something that is no log.
    OSError
        If it cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and {path.name for path in folder.iterdir()} - _names():
        raise LogError(f"{folder}: holds files that are no part of a log; choose another folder")
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name in (*SCHEMAS, *(name for name in OPTIONAL if name in log.tables)):
            facts = {_KEY: json.dumps(facts_of(log), sort_keys=True)} if name == "cases" else None
            getattr(log, name).write_parquet(made / f"{name}.parquet", compression="zstd", metadata=facts)
        _replace(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def read(folder: Path) -> Log:
    """Read a log that `write` wrote, and check it again.

    Parameters
    ----------
    folder
        A folder with one Parquet file per table.

    Raises
    ------
    LogError
        If a file is missing, is no Parquet, or breaks a rule of the log; the message names it.
    """
    folder = Path(folder)
    tables: dict[str, Any] = {}
    for name in (*SCHEMAS, *OPTIONAL):
        path = folder / f"{name}.parquet"
        if name in OPTIONAL and not path.exists():
            continue
        try:
            tables[name] = pl.read_parquet(path, glob=False, hive_partitioning=False)
        except FileNotFoundError:
            raise LogError(f"{path}: a log has this file, which is not there") from None
        except OSError as error:
            raise LogError(f"{path}: cannot be read: {error.strerror or error}") from None
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            raise LogError(f"{path}: is no Parquet file, or a damaged one") from None
    text = pl.read_parquet_metadata(folder / "cases.parquet").get(_KEY)
    if text is None:
        raise LogError(f"{folder / 'cases.parquet'}: has no metadata of a log")
    try:
        facts = facts_said(text)
    except LogError as error:
        raise LogError(f"{folder / 'cases.parquet'}: {error}") from None
    try:
        return Log.of(**tables, **facts)
    except (ValueError, pl.exceptions.PolarsError) as error:
        raise LogError(f"{folder}: {str(error).splitlines()[0]}") from None


def _names() -> set[str]:
    return {f"{name}.parquet" for name in (*SCHEMAS, *OPTIONAL)}


def _replace(made: Path, folder: Path) -> None:
    """Put the new folder in the place of the old one; a rename is atomic, a copy is not."""
    if not folder.exists():
        made.chmod(0o755)
        os.replace(made, folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    os.replace(folder, old / "old")
    made.chmod(0o755)
    os.replace(made, folder)
    shutil.rmtree(old)


def facts_of(log: Log) -> dict[str, Any]:
    """Return what is said of a log beside its tables, as plain data."""
    return {
        "start": log.timeline.start.isoformat(),
        "zone": log.timeline.zone,
        "until_s": log.until_s,
        "currency": log.currency,
        "priorities": list(log.priorities),
        "sla": _agreement(log.sla),
        "calendars": {name: log.calendars[name].model_dump(mode="json") for name in sorted(log.calendars)},
        "source": log.source,
    }


def facts_said(text: str) -> dict[str, Any]:
    """Return what `facts_of` gave, from its JSON.

    Raises
    ------
    LogError
        If it is damaged.
    """
    try:
        facts = json.loads(text)
        if not 0 <= int(facts["until_s"]) < 2**53:
            raise ValueError(f"until_s must lie in 0 ... 2^53 - 1, got {facts['until_s']}")
        return {
            "timeline": Timeline(datetime.fromisoformat(facts["start"]), facts["zone"]),
            "until_s": int(facts["until_s"]),
            "currency": str(facts["currency"]),
            "priorities": tuple(facts["priorities"]),
            "sla": None if facts["sla"] is None else Sla.model_validate_json(json.dumps(facts["sla"])),
            "calendars": {
                name: Calendar.model_validate_json(json.dumps(calendar))
                for name, calendar in facts["calendars"].items()
            },
            "source": str(facts["source"]),
        }
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise LogError(f"metadata: {str(error).splitlines()[0]}") from None


def _agreement(sla: Sla | None) -> dict[str, object] | None:
    """Return an agreement as plain data; agreements that tickets may come under are left out where there are none."""
    return None if sla is None else sla.model_dump(mode="json", exclude=None if sla.agreements else {"agreements"})
