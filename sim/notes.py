"""A remark that can be said in any language: a key and its values; the sentences stand with those who show them."""

from dataclasses import dataclass
from typing import Self

type Value = str | int | float


@dataclass(frozen=True, order=True)
class Note:
    """What is to be said.

    Attributes
    ----------
    key
        Section and name of the sentence, as `fit.wages`.
    values
        Names and values that the sentence holds.
    """

    key: str
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, key: str, **values: Value) -> Self:
        """Return a note.

        Examples
        --------
        >>> Note.of("fit.rare_people", people=3, touches=5)
        Note(key='fit.rare_people', values=(('people', 3), ('touches', 5)))
        """
        return cls(key, tuple(values.items()))
