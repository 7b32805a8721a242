"""What users read, in English and Simplified Chinese: `texts/en.toml` and `texts/zh.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")
"""Languages of every label, message and page."""

_FOLDER = Path(__file__).parent / "texts"


def text(lang: str, key: str, **values: object) -> str:
    """Return a text in a language, with its values filled in.

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
    """
    return texts(lang)[key].format(**values) if values else texts(lang)[key]


def known(lang: str, key: str) -> bool:
    """Say whether a language has a text."""
    return key in texts(lang)


@cache
def texts(lang: str) -> Mapping[str, str]:
    """Return all texts of a language by their key.

    Raises
    ------
    KeyError
        If the language is unknown.
    """
    if lang not in LANGUAGES:
        raise KeyError(f"unknown language {lang!r}; known: {', '.join(LANGUAGES)}")
    with (_FOLDER / f"{lang}.toml").open("rb") as file:
        sections = tomllib.load(file)
    return {f"{section}.{name}": said for section, table in sections.items() for name, said in table.items()}
