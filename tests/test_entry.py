"""The process of the command: Ctrl-C before the command line stands, and after it has ended."""

import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from scenarios import cli
from scenarios.codes import INTERRUPTED
from scenarios.texts import text

STARTS = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
"""
MAIN = "from scenarios.__main__ import main\ncode = main()\n"


def process(code, *words):
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)


@pytest.mark.parametrize("module", ["scenarios.cli", "argparse", "scenarios.texts", "scenarios.commands.run"])
@pytest.mark.parametrize(("words", "lang"), [([], "en"), (["--lang", "zh"], "zh")])
def test_ctrl_c_while_the_command_line_is_loaded_is_no_traceback(module, words, lang):
    done = process(STARTS.format(module=module) + MAIN + "sys.exit(code)", "run", "mm1", *words)
    assert done.returncode == INTERRUPTED
    assert (done.stdout, done.stderr) == ("", f"fairdesk: {text(lang, 'error.interrupted')}\n")


def test_ctrl_c_when_all_is_done_changes_nothing():
    done = process(MAIN + "import os, signal, sys\nos.kill(os.getpid(), signal.SIGINT)\nsys.exit(code)", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: fairdesk ")


def test_the_entry_loads_nothing_before_it_can_be_interrupted():
    code = "import sys; before = set(sys.modules); import scenarios.__main__; print(set(sys.modules) - before)"
    assert set(process(code).stdout.split("'")[1::2]) == {"scenarios", "scenarios.__main__"}


def test_the_command_starts_there():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"] == {"fairdesk": "scenarios.__main__:main"}


def test_the_package_can_be_run():
    done = subprocess.run([sys.executable, "-m", "scenarios", "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: fairdesk ")


def test_ctrl_c_while_a_text_is_executed_ends_with_three_too(tmp_path):
    """Python itself would end by the signal, as it does for a program of which `python -m` was interrupted there."""
    begins = "import sys\nfrom scenarios import cli, texts\nsaid = texts.text('en', 'error.interrupted')\n"
    begins += "cli.main = lambda: exec('raise KeyboardInterrupt')\n"
    (tmp_path / "begins.py").write_text(begins + MAIN + "sys.exit(code)\n")
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-m", "begins"], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths}
    )
    assert (done.returncode, done.stderr) == (INTERRUPTED, f"fairdesk: {text('en', 'error.interrupted')}\n")


def test_ctrl_c_that_python_drops_is_told_again():
    """What is raised at the end of an object is dropped; the work that goes on is stopped a moment later."""

    class Ends:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), cli._stops_on_a_signal():
        signal.signal(signal.SIGINT, cli._stop)  # whoever runs the tests may have it ignored
        Ends()
        for _ in range(1000):
            time.sleep(0.01)


def test_what_else_python_drops_is_told_as_ever(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)

    class Ends:
        def __del__(self):
            raise ValueError("a fault")

    with cli._stops_on_a_signal():
        Ends()
    assert [each.exc_type for each in told] == [ValueError]


def test_ctrl_c_while_the_pools_are_being_loaded_is_an_interrupt(monkeypatch):
    monkeypatch.setitem(sys.modules, "multiprocessing", ModuleType("multiprocessing"))
    with pytest.raises(KeyboardInterrupt):
        cli._stop()
