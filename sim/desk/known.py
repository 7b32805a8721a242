"""Names that are not known, and the nearest one that is."""

import difflib
from collections.abc import Iterable


def check_known(what: str, name: str, names: Iterable[str], where: str) -> None:
    """Refuse a name that is not among some names, and name the nearest.

    Parameters
    ----------
    what, where
        What the name is of, and where it stands, for the message.
    name, names
        The name, and the known ones.

    Raises
    ------
    ValueError
        If it is not known.
    """
    names = list(names)
    if name not in names:
        raise ValueError(f"{where}: unknown {what} {name!r}{nearest(name, names)}")


def nearest(name: str, names: list[str]) -> str:
    """Return what a message says of the names near to an unknown one.

    Examples
    --------
    >>> nearest("early_clsoe", ["early_close", "pass_on"])
    "; did you mean 'early_close'?"
    """
    near = difflib.get_close_matches(name, names, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names[:12]) or 'none'}"
