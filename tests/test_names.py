"""The public names of every package: sorted, complete, and there."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WINGS = ("sim", "optimize", "scenarios")
SOURCES = {
    ".".join(path.parent.relative_to(ROOT).parts): ast.parse(path.read_text("utf-8"))
    for wing in WINGS
    for path in sorted((ROOT / wing).rglob("__init__.py"))
}


def stated(tree: ast.Module, name: str) -> ast.expr | None:
    """Return what a name is set to at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            return node.value
    return None


def imported(tree: ast.Module) -> set[str]:
    """Return what a package takes from its own house: at once, for types, or when first asked for."""
    homes = stated(tree, "_HOMES")
    found = set(ast.literal_eval(homes)) if homes is not None else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in WINGS:
            found |= {alias.asname or alias.name for alias in node.names}
    return found


def own(tree: ast.Module) -> set[str]:
    """Return what a package defines itself, and has no underscore before its name."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")}


def used(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def in_order(names: list[str]) -> list[str]:
    """Return constants, then classes, then functions and modules, each by the alphabet."""
    return sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


PUBLIC = [name for name, tree in SOURCES.items() if stated(tree, "__all__") is not None]


def test_the_packages_that_a_user_meets_have_public_names() -> None:
    met = {"sim", "sim.calendar", "sim.desk", "sim.kpi", "sim.lab", "sim.log", "optimize", "scenarios"}
    assert met <= set(PUBLIC)


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names_are_sorted_and_each_stands_once(package: str) -> None:
    names = list(import_module(package).__all__)
    assert names == in_order(sorted(set(names)))


@pytest.mark.parametrize("package", SOURCES)
def test_public_names_are_all_that_the_package_hands_on(package: str) -> None:
    """What it defines, and what it imports and does not use itself; some of what it uses may be public too."""
    tree, public = SOURCES[package], set(getattr(import_module(package), "__all__", ()))
    if package not in PUBLIC:
        assert imported(tree) <= used(tree)
        return
    assert own(tree) | (imported(tree) - used(tree)) <= public
    assert public <= own(tree) | imported(tree)


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names_are_there_and_others_are_not(package: str) -> None:
    module = import_module(package)
    assert [name for name in module.__all__ if getattr(module, name, None) is None] == []
    assert not hasattr(module, "no_such_name")
