"""What users read, in English and Simplified Chinese: `texts/en.toml`, `texts/*.en.toml`, and so in `zh`."""

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
