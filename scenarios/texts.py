"""What users read, in English and Simplified Chinese: `texts/en.toml`, `texts/*.en.toml`, and so in `zh`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter

LANGUAGES = ("en", "zh")
"""Languages of every label, message and page."""

_FOLDER = Path(__file__).parent / "texts"


def text(lang: str, key: str, **values: object) -> str:
    """Return a text in a language, with its values filled in.

    A count may choose a word: of `{seats:seat|seats}` the first word stands for 1, the second for any other number.

    Parameters
    ----------
    lang
        One of `LANGUAGES`.
    key
        Section and name, as `kpi.wait_mean`.
    **values
        What the `{names}` in the text stand for.

    Raises
    ------
    KeyError
        If the language has no such text.

    Examples
    --------
    >>> text("en", "kpi.wait_mean")
    'Mean wait'
    >>> text("en", "show.more_people", count=1), text("en", "show.more_people", count=2)
    ('1 more person touched it; the table has them all.', '2 more people touched it; the table has them all.')
    """
    return _WORDS.vformat(texts(lang)[key], (), values) if values else texts(lang)[key]


class _Words(Formatter):
    """Fills values in as `str.format` does, and chooses between the words for one and for many."""

    def format_field(self, value: object, format_spec: str) -> str:
        """Return a value in a form, or the word that goes with it."""
        one, either, many = format_spec.partition("|")
        if either:
            return one if value in (1, "1") else many
        return str(super().format_field(value, format_spec))


_WORDS = _Words()


def known(lang: str, key: str) -> bool:
    """Say whether a language has a text."""
    return key in texts(lang)


@cache
def texts(lang: str) -> Mapping[str, str]:
    """Return all texts of a language, from all of its files, by their key.

    Raises
    ------
    KeyError
        If the language is unknown.
    ValueError
        If two files hold the same key.
    """
    if lang not in LANGUAGES:
        raise KeyError(f"unknown language {lang!r}; known: {', '.join(LANGUAGES)}")
    found: dict[str, str] = {}
    for path in (_FOLDER / f"{lang}.toml", *sorted(_FOLDER.glob(f"*.{lang}.toml"))):
        sections = tomllib.loads(path.read_text("utf-8"))
        mine = {f"{section}.{name}": said for section, table in sections.items() for name, said in table.items()}
        if twice := found.keys() & mine.keys():
            raise ValueError(f"{path.name}: {min(twice)} stands in another file too")
        found |= mine
    return found
