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
        near = difflib.get_close_matches(name, names, 1, 0.5)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names[:12]) or 'none'}"
        raise ValueError(f"{where}: unknown {what} {name!r}{hint}")
