"""The two levels of kinds of tickets, and the other words for them (A-16)."""

import json
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Self

from pydantic import Field, RootModel, TypeAdapter, ValidationError, model_validator

from scenarios.files.reading import read_toml
from scenarios.problems import ScenarioError, of_pydantic
from sim.parameters import Name, Parameters

TWO_LEVEL = FilePath(__file__).parents[1] / "taxonomies" / "two_level.toml"
"""The taxonomy that comes along."""


class Category(Parameters):
    """A category with the kinds in it."""

    also: tuple[Name, ...] = Field(default=(), description="Other words for the category.")
    kinds: dict[Name, tuple[Name, ...]] = Field(default={}, description="Kinds, with other words for each.")


class Taxonomy(RootModel[dict[Name, Category]]):
    """Categories by name; no word may mean two things on one level.

    Raises
    ------
    pydantic.ValidationError
        If a word stands for two categories, or for two kinds.
    """

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        for words in (self._categories(), self._kinds()):
            seen: dict[str, str] = {}
            for word, meaning in words:
                if seen.setdefault(word, meaning) != meaning:
                    raise ValueError(f"the word {word!r} stands for both {seen[word]!r} and {meaning!r}")
        return self

    def _categories(self) -> Iterator[tuple[str, str]]:
        for name, category in self.root.items():
            yield from ((word, name) for word in (name, *category.also))

    def _kinds(self) -> Iterator[tuple[str, str]]:
        for name, category in self.root.items():
            for kind, others in category.kinds.items():
                yield from ((word, f"{name}/{kind}") for word in (kind, *others))

    def category(self, word: str) -> str | None:
        """Return the category that a word stands for; None if it stands for none."""
        return dict(self._categories()).get(word)

    def category_of_kind(self, word: str) -> str | None:
        """Return the category of the kind that a word stands for; None if it stands for none."""
        found = dict(self._kinds()).get(word)
        return None if found is None else found.partition("/")[0]

    def words(self) -> list[str]:
        """Return all words for categories, sorted."""
        return sorted(word for word, _ in self._categories())


def taxonomy(path: FilePath = TWO_LEVEL) -> Taxonomy:
    """Return the taxonomy of a file.

    Raises
    ------
    ScenarioError
        If the file cannot be read or is no taxonomy.
    """
    data, found = read_toml(path, path.name)
    try:
        return TypeAdapter(Taxonomy).validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ScenarioError(of_pydantic(error.errors(), found, data, Taxonomy.model_json_schema())) from None
