"""Mappings as data: which columns of an export play which role, and what its words mean."""

import json
import tomllib
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from scenarios.sources.quality import SourceError
from sim.kpi.rubric import Source
from sim.parameters import Name, Parameters, Positive

Means = Literal["opened", "work", "handed_on", "waits", "resolved", "closed"]


class Status(Parameters):
    """What a status event means."""

    means: Means = Field(description="What happened to the ticket.")
    order: int = Field(ge=0, description="Order among events of one second: a later stage of life has a larger number.")


class Word(Parameters):
    """Kind and category of a source's type."""

    kind: Name
    category: Name


class People(Parameters):
    """How the names of people are made."""

    prefix: str = Field(default="", max_length=40, description="Goes before the name that the source has.")
    nobody: tuple[str, ...] = Field(default=(), description="Words that mean nobody.")
    team: Name | None = Field(default=None, description="Team of everybody, where the source names none.")
    department: Name | None = Field(default=None, description="Department of everybody, where the source names none.")


class Beside(Parameters):
    """How a table beside the log is read."""

    columns: dict[Name, str] = Field(default={}, description="Role -> column name; else the role itself.")
    optional: tuple[Name, ...] = Field(default=(), description="Roles whose column may be missing.")
    formats: tuple[str, ...] = Field(
        default=("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"),
        min_length=1,
        description="Formats of days and stamps (chrono), tried in order; wall times of the log.",
    )
    measures: dict[str, Name] = Field(
        default={}, description="externals: word -> name of the measure; appraisals: word -> item."
    )
    source: str = Field(default="external", max_length=80, description="externals: source where no column names one.")

    def needed(self) -> dict[str, str]:
        """Return role -> column of the roles that the header must have."""
        return {role: column for role, column in self.columns.items() if role not in self.optional}

    def of(self, roles: tuple[str, ...], optional: tuple[str, ...]) -> "Beside":
        """Return the same with a column for each of some roles, and with those that may be missing."""
        columns = {role: self.columns.get(role, role) for role in roles}
        return self.model_copy(update={"columns": columns, "optional": optional})


class Mapping(Parameters):
    """How one system's export becomes a log."""

    title: str = Field(max_length=200, description="What the export is.")
    shape: Literal["events", "calls", "turns"] = Field(
        description="events: a row per status event; calls: a row per call; turns: a row per turn of an owner."
    )
    zone: str = Field(description="IANA zone of days and hours.")
    stamps: str = Field(default="UTC", description="IANA zone of the file's stamps that state no offset.")
    formats: tuple[str, ...] = Field(min_length=1, description="Formats of stamps (chrono), tried in order.")
    columns: dict[Name, str] = Field(description="Role -> column name.")
    optional: tuple[Name, ...] = Field(default=(), description="Roles whose column may be missing.")
    kind_of: tuple[Name, ...] = Field(default=(), description="Roles whose words make up the kind, joined by '-'.")
    unknown: Name = Field(default="unclassified", description="Word for an empty cell of these roles.")
    channel: Name = Field(default="web", description="Channel of all tickets.")
    priorities: dict[str, Name] = Field(min_length=1, description="Word -> priority, highest first.")
    people: People = People()
    statuses: dict[str, Status] = Field(default={}, description="events: word of a status -> its meaning.")
    tiers: tuple[str, ...] = Field(default=(), description="events: words of tiers from the first line up.")
    kinds: dict[str, Word] = Field(default={}, description="calls: word of a type -> kind and category.")
    outcomes: dict[str, Literal["served", "left", "ignored"]] = Field(default={}, description="calls: word -> outcome.")
    learners: Beside = Field(default=Beside(), description="How a table of learners beside the export is read.")
    externals: Beside = Field(default=Beside(), description="How a table of external values is read.")
    appraisals: Beside = Field(default=Beside(), description="How a table of points that people stated is read.")
    scores: tuple[Name, ...] = Field(default=(), description="turns: roles whose columns are marks: items.")
    unscored: tuple[str, ...] = Field(default=(), description="turns: words for a mark that was not given.")
    voice: Source = Field(default="supervisor", description="turns: who gave the marks.")
    first_line_h: Positive | None = Field(
        default=None,
        description="turns: who holds tickets for less (median) is of the first line, the others of the back line.",
    )
    longest_h: Positive = Field(default=10.0, description="calls: a service longer than this was not logged off.")

    @model_validator(mode="after")
    def _marks_have_columns(self) -> Self:
        if odd := [role for role in self.scores if role not in self.columns]:
            raise ValueError(f"scores: no column is stated for {odd[0]!r}; stated: {', '.join(self.columns)}")
        return self

    def needed(self) -> dict[str, str]:
        """Return role -> column of the roles that the header must have: its signature."""
        return {role: column for role, column in self.columns.items() if role not in self.optional}


def known() -> dict[str, Mapping]:
    """Return the mappings that come with the project, by name."""
    folder = files("scenarios") / "mappings"
    found = sorted((p for p in folder.iterdir() if p.name.endswith(".toml")), key=lambda p: p.name)
    return {p.name.removesuffix(".toml"): _parsed(p.name, p.read_text(encoding="utf-8")) for p in found}


def _parsed(where: str, text: str) -> Mapping:
    try:
        return Mapping.model_validate_json(json.dumps(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise SourceError(where, f"not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise SourceError(where, f"{'.'.join(str(p) for p in first['loc'])}: {first['msg']}") from None


def named(mapping: str) -> tuple[str, Mapping]:
    """Return a mapping by its name, or from a TOML file.

    Raises
    ------
    SourceError
        If there is none; the message names the nearest.
    """
    mappings = known()
    if mapping in mappings:
        return mapping, mappings[mapping]
    if mapping.endswith(".toml"):
        try:
            return Path(mapping).stem, _parsed(mapping, Path(mapping).read_text(encoding="utf-8"))
        except OSError as error:
            raise SourceError(mapping, f"cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise SourceError(mapping, "is no UTF-8 text") from None
    near = get_close_matches(mapping, mappings, 1, 0.4)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(mappings)}, or a file that ends in .toml"
    raise SourceError(mapping, f"no such mapping{hint}")


def plain(column: str) -> str:
    """Return a column name as it is compared: without case and outer blanks."""
    return column.strip().casefold()


def decide(path: Path, header: list[str]) -> tuple[str, Mapping]:
    """Return the known mapping that a header fits: all its columns are there; of several, the one with most.

    Raises
    ------
    SourceError
        If none fits; the message names the nearest mapping and its missing columns.
    """
    there = {plain(column) for column in header}
    mappings = known()
    missing = {name: [c for c in m.needed().values() if plain(c) not in there] for name, m in mappings.items()}
    fits = [name for name in mappings if not missing[name]]
    if fits:
        best = max(fits, key=lambda name: (len(mappings[name].needed()), name))
        return best, mappings[best]
    near = min(mappings, key=lambda name: (len(missing[name]) / len(mappings[name].needed()), name))
    if len(missing[near]) > len(mappings[near].needed()) / 2:
        shown = ", ".join(repr(c[:40]) for c in header[:6])
        raise SourceError(path, f"the header fits no known mapping ({', '.join(mappings)}); it begins {shown}", 1)
    raise SourceError(path, f"the header looks like {near}, but {lacks(missing[near], header)}", 1)


def lacks(missing: list[str], header: list[str]) -> str:
    """Return a phrase that names missing columns and the nearest that are there."""
    phrases = []
    for column in missing:
        near = get_close_matches(plain(column), [plain(c) for c in header], 1, 0.6)
        phrases.append(f"{column!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
    return f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(phrases)}"
