"""Compiling ahead: once for the same sources, in processes of its own, and never in the way of a command."""

import multiprocessing
from pathlib import Path

import pytest

from scenarios import ahead
from sim import compilation


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where compiled code is kept in this test: nothing is there."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    return tmp_path / "kept"


def nobody(method: str) -> None:
    """Refuse to start a process."""
    raise AssertionError(f"a process was to be started: {method}")


def test_what_was_compiled_ahead_is_ready_until_a_source_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not compilation.is_ready()
    compilation.set_ready()
    assert compilation.is_ready() and [path.name for path in folder.iterdir()] == [f"ready-{compilation._digest()}"]
    monkeypatch.setattr(compilation, "SHARED", ("rules.py",))
    assert not compilation.is_ready()


def test_nothing_is_compiled_ahead_where_nothing_is_compiled_or_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "get_context", nobody)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    ahead.compile_ahead()
    monkeypatch.delenv("NUMBA_DISABLE_JIT")
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    ahead.compile_ahead()
    assert not folder.exists()


def test_what_is_ready_is_not_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compilation.set_ready()
    monkeypatch.setattr(multiprocessing, "get_context", nobody)
    ahead.compile_ahead()
    assert ahead.main() == 0


def test_a_part_that_fails_says_nothing_and_is_left_to_the_first_who_needs_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ahead, "PARTS", {"no such part": len})
    assert not compilation.is_ready()
    ahead.compile_ahead()
    assert compilation.is_ready()
    assert capfd.readouterr() == ("", "")
