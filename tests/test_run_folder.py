"""The folder that keeps replications: damaged, taken, left behind, full; always a message that names the file."""

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from scenarios.cli import BAD_INPUT, DONE, main
from scenarios.notes import in_words, rule_in
from sim.desk import Desk
from sim.experiment import measured
from sim.notes import Note
from tests.conftest import queue

NAMES = ["wait_mean", "tickets_created"]


def desk() -> Desk:
    return queue(per_mean=2.0, people=3, mean_min=60.0)


def filled(folder: Path, seeds: int = 2) -> Path:
    measured(desk(), range(seeds), NAMES, folder=folder)
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(ValueError) as said:
        measured(desk(), range(2), NAMES, folder=folder)
    return str(said.value)


def lock_of(folder: Path, **holder: object) -> None:
    (folder / "lock").write_text(json.dumps(holder))


def a_dead_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_replication_that_was_cut_off_is_named(tmp_path: Path) -> None:
    path = filled(tmp_path) / "seed-1.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    assert refused(tmp_path) == f"{path}: is no Parquet file, or a damaged one; delete it, and it is made anew"
    path.unlink()
    assert_frame_equal(measured(desk(), range(2), NAMES, folder=tmp_path), measured(desk(), range(2), NAMES))


@pytest.mark.parametrize("raw", [b"", b"PAR1", b"\0" * 100])
def test_a_replication_that_is_no_parquet_is_named(tmp_path: Path, raw: bytes) -> None:
    path = filled(tmp_path) / "seed-1.parquet"
    path.write_bytes(raw)
    assert refused(tmp_path).startswith(f"{path}: is no Parquet file")


def test_a_table_that_is_no_replication_is_named(tmp_path: Path) -> None:
    path = filled(tmp_path) / "seed-1.parquet"
    measured(desk(), range(2), NAMES).write_parquet(path)
    assert refused(tmp_path).startswith(f"{path}: holds something else than a replication")


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_manifest_is_named(tmp_path: Path, raw: bytes) -> None:
    (filled(tmp_path) / "manifest.json").write_bytes(raw)
    assert refused(tmp_path) == f"{tmp_path / 'manifest.json'}: is damaged; choose another folder or delete this one"


def test_a_manifest_of_other_inputs_says_what_is_other(tmp_path: Path) -> None:
    manifest = filled(tmp_path) / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"polars": "0.1", "seat": 1}))
    assert "other inputs (polars, seat)" in refused(tmp_path)


@pytest.mark.parametrize("name", ["seed-1.parquet", "manifest.json"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    path = filled(tmp_path) / name
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError) as said:
        measured(desk(), range(2), NAMES, folder=tmp_path)
    assert said.value.filename == str(path)


def test_a_folder_serves_one_run_at_a_time(tmp_path: Path) -> None:
    begun, over = threading.Event(), threading.Event()

    def waits(_: int) -> None:
        begun.set()
        over.wait(60)

    first = threading.Thread(target=lambda: measured(desk(), range(2), NAMES, folder=tmp_path, on_done=waits))
    first.start()
    try:
        assert begun.wait(60)
        said = refused(tmp_path)
    finally:
        over.set()
        first.join()
    assert said.startswith(f"{tmp_path / 'lock'}: another run keeps its results here (process {os.getpid()} on ")
    assert not (tmp_path / "lock").exists()
    assert_frame_equal(measured(desk(), range(2), NAMES, folder=tmp_path), measured(desk(), range(2), NAMES))


def test_a_living_process_keeps_its_lock(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        lock_of(tmp_path, pid=other.pid, host=socket.gethostname())
        assert f"(process {other.pid} on {socket.gethostname()})" in refused(tmp_path)


@pytest.mark.parametrize("who", ["another", "ourselves, in a former life"])
def test_the_lock_of_a_dead_process_is_taken_over_and_that_is_said(tmp_path: Path, who: str) -> None:
    pid = a_dead_process() if who == "another" else os.getpid()
    lock_of(tmp_path, pid=pid, host=socket.gethostname())
    notes: list[Note] = []
    found = measured(desk(), range(2), NAMES, folder=tmp_path, on_note=notes.append)
    assert notes == [Note.of("kept.taken_over", lock=str(tmp_path / "lock"), pid=pid)]
    assert list(tmp_path.glob("lock*")) == []
    assert_frame_equal(found, measured(desk(), range(2), NAMES))


def test_of_two_that_take_over_one_is_refused(tmp_path: Path) -> None:
    """The second lock of the one that came first is there; it is about to replace the dead one's."""
    pid = a_dead_process()
    lock_of(tmp_path, pid=pid, host=socket.gethostname())
    (tmp_path / f"lock.{pid}").write_text("")
    assert "another run keeps its results here" in refused(tmp_path)


@pytest.mark.parametrize("holder", [{"pid": 1, "host": "another machine"}, {"pid": "x"}, {"host": "h"}, {}])
def test_a_lock_whose_holder_cannot_be_asked_is_left_alone(tmp_path: Path, holder: dict[str, object]) -> None:
    lock_of(tmp_path, **holder)
    assert "delete this file" in refused(tmp_path)
    assert json.loads((tmp_path / "lock").read_text()) == holder


def test_a_lock_that_was_cut_off_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("{")
    assert refused(tmp_path).endswith("another run keeps its results here; if none does, delete this file")


def test_a_run_that_fails_gives_its_lock_back(tmp_path: Path) -> None:
    def stops(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(desk(), range(2), NAMES, folder=tmp_path, on_done=stops)
    assert not (tmp_path / "lock").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize(("name", "kept"), [("seed-2.parquet", 2), ("manifest.json", 0)])
def test_a_disk_that_is_full_is_told_and_what_was_kept_stays_usable(tmp_path: Path, name: str, kept: int) -> None:
    path = tmp_path / name
    path.with_suffix(".part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as said:
        measured(desk(), range(4), NAMES, folder=tmp_path)
    assert (said.value.errno, said.value.filename) == (errno.ENOSPC, str(path))
    assert len(list(tmp_path.iterdir())) == kept + (kept > 0)
    done: list[int] = []
    found = measured(desk(), range(4), NAMES, folder=tmp_path, on_done=done.append)
    assert done == list(range(kept + 1, 5))
    assert_frame_equal(found, measured(desk(), range(4), NAMES))


def test_a_damaged_replication_ends_a_command_with_code_2_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "mm1", "--weeks", "1", "--replications", "1", "--kpi", "wait_mean", "--out", str(tmp_path)]
    assert main([*words, "--workers", "1"]) == DONE
    (path,) = tmp_path.glob("replications/*/seed-1.parquet")
    path.write_bytes(b"PAR1")
    for lang, said in (("en", "a damaged one; delete it"), ("zh", "已损坏；删除后会重新生成")):
        assert main([*words, "--lang", lang]) == BAD_INPUT
        err = capsys.readouterr().err
        assert str(path) in err
        assert said in err


def test_a_command_that_was_killed_goes_on_where_it_stopped_and_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "mm1", "--weeks", "1", "--replications", "12", "--kpi", "wait_mean", "--json", "--workers", "1"]
    assert main(words) == DONE
    whole = capsys.readouterr().out
    words += ["--out", str(tmp_path)]
    with subprocess.Popen([sys.executable, "-m", "scenarios.cli", *words], stdout=subprocess.DEVNULL) as process:
        while len(list(tmp_path.glob("replications/*/seed-*.parquet"))) < 3 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.glob("replications/*/seed-*.parquet")}
    assert 3 <= len(stamps) < 12
    assert main(words) == DONE
    said = capsys.readouterr()
    assert said.out == whole
    assert f"process {process.pid}, which kept its results here, was killed" in said.err
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_what_is_told_of_a_folder_can_be_said_in_chinese(tmp_path: Path) -> None:
    filled(tmp_path)
    said = []
    (tmp_path / "seed-1.parquet").write_bytes(b"")
    said.append(refused(tmp_path))
    measured(desk(), range(2), NAMES).write_parquet(tmp_path / "seed-1.parquet")
    said.append(refused(tmp_path))
    (tmp_path / "manifest.json").write_text('{"desk": ""}')
    said.append(refused(tmp_path))
    (tmp_path / "manifest.json").write_text("")
    said.append(refused(tmp_path))
    lock_of(tmp_path, pid=1, host="another machine")
    said.append(refused(tmp_path))
    lock_of(tmp_path)
    said.append(refused(tmp_path))
    assert len(set(said)) == 6
    for sentence in said:
        assert re.search(r"[\u4e00-\u9fff]", rule_in("zh", sentence)), sentence
        assert not re.search(r"another|delete|choose|results", rule_in("zh", sentence).replace("another machine", ""))
    assert "已被终止" in in_words(Note.of("kept.taken_over", lock="lock", pid=7), "zh")
