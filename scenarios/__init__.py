"""Scenario files, their catalogue, comparison, reports and the command line."""

from importlib import import_module

TYPE_CHECKING = False  # `typing` is not needed to run, and the command line must be ready for Ctrl-C soon
if TYPE_CHECKING:
    from scenarios.files.desks import Scenario, difference, load, load_what_if, read, read_what_if
    from scenarios.problems import ScenarioError

__all__ = ["Scenario", "ScenarioError", "difference", "load", "load_what_if", "read", "read_what_if"]

_MODULES = {"ScenarioError": "scenarios.problems"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that the command line's help need not wait."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "scenarios.files.desks")), name)
