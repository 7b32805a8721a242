"""The examples in docstrings are run: one that nobody runs may lie."""

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("sim", "optimize", "scenarios", "benchmarks")
    for path in sorted((ROOT / package).rglob("*.py"))
}
WITH_EXAMPLES = [name for name, path in MODULES.items() if ">>>" in path.read_text("utf-8")]
_HEADING = re.compile(r"^.*\b(?:Parameters|Returns|Yields|Raises|Notes|Examples|Attributes) -{4,}", re.MULTILINE)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_every_example_of_a_module_is_run_and_gives_what_it_says(name: str) -> None:
    """As many as are written: doctest passes in silence over what stands in the middle of a line."""
    written = MODULES[name].read_text("utf-8").count(">>> ")
    failed, tried = doctest.testmod(import_module(name))
    assert (failed, tried) == (0, written)


@pytest.mark.parametrize("name", MODULES)
def test_every_heading_of_a_docstring_stands_on_a_line_of_its_own(name: str) -> None:
    assert _HEADING.findall(MODULES[name].read_text("utf-8")) == []
