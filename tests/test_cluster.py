"""A real scheduler with two worker processes on the loopback: the same bytes, also when one of them is killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scenarios.cli import BAD_INPUT, DONE, main
from scenarios.notes import rule_in
from sim import model
from sim.desk import Desk
from sim.experiment import PoolError, cluster, kept_open, local, measured, remote, replicate, spread
from sim.experiment.identity import identity
from sim.experiment.pools import slots
from sim.log import Log
from sim.truth import Truth
from sim.world import World
from tests.conftest import queue

pytest.importorskip("distributed", reason="needs the extra fairdesk[cluster]")

ROOT = Path(__file__).resolve().parents[1]
NAMES = ["wait_mean", "tickets_created"]
# Two deaths are enough to give a task up; a killed worker's place is taken by a new one.
HOW = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", "POLARS_MAX_THREADS": "1"}

SAID: list[str] = []
"""What was said while a cluster was waited for."""


def desk() -> Desk:
    return queue(per_mean=2.0, people=3, mean_min=60.0)


def digest(log: Log, _: Truth) -> str:
    """Return everything that a run wrote, as text."""
    tables = (log.cases, log.moments, log.touches, log.shifts, log.people, log.tickets)
    return "".join(frame.write_ndjson() for frame in tables)


def slow(of: Desk, world: World) -> tuple[Log, Truth]:
    """Run the model so slowly that a worker can be killed in the middle."""
    time.sleep(0.2)
    return model.run(of, world)


def start(what: str, *words: str, root: Path = ROOT) -> subprocess.Popen[bytes]:
    """Start a scheduler or a worker, which finds its packages below a folder."""
    env = os.environ | HOW | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}"}
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *words],
        env=env, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def stop(*processes: subprocess.Popen[bytes]) -> None:
    """End processes one after the other: workers before the scheduler that they would wait for."""
    for process in processes:
        process.terminate()
        process.wait(30)


def until(true: Callable[[], bool]) -> None:
    """Wait at most a minute for something to become true."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise TimeoutError(SAID[-1:])


def a_free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler that has two workers of one thread."""
    port, folder = a_free_port(), str(tmp_path_factory.mktemp("workers"))
    where = f"tcp://127.0.0.1:{port}"
    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", str(port))
    words = (where, "--host", "127.0.0.1", "--nthreads", "1", "--nworkers", "2", "--local-directory", folder)
    workers = start("worker", *words)
    try:
        until(lambda: workers_of(where) == 2)
        yield where
    finally:
        stop(workers, scheduler)


def workers_of(where: str) -> int:
    try:
        pool = cluster(where)()
    except PoolError as error:
        SAID.append(str(error))
        return 0
    try:
        return slots(pool) if pool.workers else 0  # type: ignore[attr-defined]
    finally:
        pool.shutdown()


def test_a_cluster_gives_the_bytes_of_one_process_and_of_four(address: str) -> None:
    """Replications whole, and KPIs by way of the folder that keeps them."""
    alone = dict(replicate(desk(), range(6), digest))
    with kept_open(cluster(address)) as pool:
        assert dict(replicate(desk(), range(6), digest, executor=pool)) == alone
        far = measured(desk(), range(8), NAMES, by=("kind",), executor=pool)
    for workers in (1, 2, 4):
        near = measured(desk(), range(8), NAMES, by=("kind",), executor=local("fast", workers))
        assert near.write_ndjson() == far.write_ndjson()


def test_a_worker_that_is_killed_by_its_number_changes_no_byte(address: str, tmp_path: Path) -> None:
    victims: list[int] = []

    def kills(done: int) -> None:
        if done == 4:
            os.kill(pid, signal.SIGKILL)
            victims.append(done)

    until(lambda: workers_of(address) == 2)
    with kept_open(cluster(address)) as pool:
        assert pool is not None
        pid = pool().submit(os.getpid).result()
        assert pid != os.getpid()
        far = measured(desk(), range(12), NAMES, run=slow, executor=pool, folder=tmp_path, on_done=kills)
    assert victims == [4]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert far.write_ndjson() == measured(desk(), range(12), NAMES).write_ndjson()


def test_an_error_of_a_task_comes_back_as_what_it_was(address: str) -> None:
    with pytest.raises(ValueError, match="math domain error"):
        list(spread(_root, [(0, -1.0)], cluster(address)))


def _root(number: float) -> float:
    import math

    return math.sqrt(number)


def test_the_window_is_that_of_the_workers_not_of_this_machine(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    until(lambda: workers_of(address) == 2)
    pool = cluster(address)()
    try:
        assert slots(pool) == 2
    finally:
        pool.shutdown()


def test_a_worker_of_another_version_is_named_and_refused_before_the_work(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "identity", lambda: {**identity(), "polars": "0.1", "numba": "0.2"})
    done: list[int] = []
    with pytest.raises(PoolError) as said:
        measured(desk(), range(2), NAMES, executor=cluster(address), on_done=done.append)
    assert done == []
    here = identity()
    assert "worker tcp://127.0.0.1:" in str(said.value)
    assert f"has numba {here['numba']}, here it is 0.2; has polars {here['polars']}, here it is 0.1" in str(said.value)


def test_a_worker_of_another_version_that_joins_later_does_no_task(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers are taken for fitting at the door; each task asks again."""
    monkeypatch.setattr(remote, "_refuse_strangers", lambda *_: None)
    monkeypatch.setattr(remote, "identity", lambda: {**identity(), "source": "other"})
    with pytest.raises(PoolError, match="a worker that joined during the work has source"):
        list(spread(abs, [(0, 1)], cluster(address)))


def test_a_worker_without_the_package_is_named_and_refused(address: str, tmp_path: Path) -> None:
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "__init__.py").write_text("raise ModuleNotFoundError(__name__)")
    words = (address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path))
    stranger = start("worker", *words, root=tmp_path)
    said: list[str] = []

    def refused() -> bool:
        try:
            cluster(address)().shutdown()
        except PoolError as error:
            said.append(str(error))
        return bool(said)

    try:
        until(refused)
    finally:
        stop(stranger)
    assert said[0].endswith(": lacks fairdesk, or has an older one")
    assert f"{address}: worker tcp://127.0.0.1:" in said[0]
    until(lambda: workers_of(address) == 2)


def test_a_command_does_its_work_on_a_cluster(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "mm1", "--weeks", "1", "--replications", "3", "--kpi", "wait_mean", "--json"]
    until(lambda: workers_of(address) == 2)
    assert main([*words, "--cluster", address]) == DONE
    far = capsys.readouterr().out
    assert main([*words, "--workers", "1"]) == DONE
    assert far == capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    ["", "127.0.0.1:8786", "tcp://", "tcp://host", "tcp://host:0", "tcp://host:65536", "http://host:1", "tcp://a b:1"],
)
def test_what_is_no_address_is_refused_at_once(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="tcp://host:port or tls://host:port"):
        cluster(wrong)
    assert main(["run", "mm1", "--cluster", wrong]) == BAD_INPUT
    assert "a cluster is named as tcp://host:port" in capsys.readouterr().err


@pytest.mark.parametrize("listens", [True, False])
def test_an_address_where_nobody_answers_is_bad_input_in_both_languages(
    listens: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is there, or somebody who says nothing: a client of Dask would wait for the latter for ever."""
    assert remote.ANSWER_S < 10
    monkeypatch.setattr(remote, "ANSWER_S", 0.5)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        if listens:
            held.listen()
        where = f"tcp://127.0.0.1:{held.getsockname()[1]}"
        for lang, said in (
            ("en", "no Dask scheduler answers there within 0.5 s"),
            ("zh", "0.5 秒内没有 Dask 调度器应答"),
        ):
            assert main(["run", "mm1", "--cluster", where, "--lang", lang]) == BAD_INPUT
            err = capsys.readouterr().err
            assert err.startswith(f"fairdesk: {where}: ")
            assert said in err


def test_a_worker_s_address_is_no_scheduler_s(address: str) -> None:
    pool = cluster(address)()
    try:
        (worker, *_) = pool._client.nthreads()  # type: ignore[attr-defined]
    finally:
        pool.shutdown()
    with pytest.raises(PoolError, match="this is no Dask scheduler"):
        cluster(worker)()


def test_whoever_answers_in_other_words_is_no_scheduler() -> None:
    """A server of web pages: what it says cannot be read as the length of a message."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()

        def answer() -> None:
            with held.accept()[0] as line:
                line.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" * 4)
                line.recv(1024)

        server = threading.Thread(target=answer, daemon=True)
        server.start()
        with pytest.raises(PoolError, match="this is no Dask scheduler"):
            cluster(f"tcp://127.0.0.1:{held.getsockname()[1]}")()


def test_tls_without_certificates_says_where_they_are_named(address: str) -> None:
    with pytest.raises(PoolError, match="no certificates are named; see DASK_DISTRIBUTED__COMM__TLS__CA_FILE"):
        cluster(address.replace("tcp", "tls"))()


def test_a_scheduler_without_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "ANSWER_S", 2)
    where = f"tcp://127.0.0.1:{(port := a_free_port())}"
    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", str(port))
    said: list[str] = []

    def answered() -> bool:
        with pytest.raises(PoolError) as error:
            cluster(where)()
        said.append(str(error.value))
        return "answers" not in said[-1]

    try:
        until(answered)
    finally:
        stop(scheduler)
    assert said[-1] == f"{where}: the scheduler has no worker"


def test_a_task_that_kills_every_worker_is_given_up_and_the_last_is_named(address: str) -> None:
    with pytest.raises(PoolError, match=r"2 workers died of the same task, the last of them tcp://127\.0\.0\.1:\d+; p"):
        list(spread(signal.raise_signal, [(0, signal.SIGKILL)], cluster(address)))
    until(lambda: workers_of(address) == 2)


def test_a_scheduler_that_goes_away_ends_the_work_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.experiment.work._LOOK_S", 0.5)
    where = f"tcp://127.0.0.1:{(port := a_free_port())}"
    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", str(port))
    worker = start("worker", where, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny")
    try:
        until(lambda: workers_of(where) == 1)
        found = spread(time.sleep, [(0, 0), (1, 3600)], cluster(where))
        assert next(found) == (0, None)
        scheduler.kill()
        with pytest.raises(PoolError, match="the scheduler is gone"):
            next(found)
    finally:
        scheduler.kill()
        worker.kill()
        stop(worker, scheduler)


@pytest.mark.parametrize(
    "said",
    [
        "worker tcp://h:1: lacks fairdesk, or has an older one (and 3 more)",
        "worker tcp://h:1: has numpy 2.5, here it is 2.4; has polars 2, here it is 1",
        "worker tcp://h:1: has Python 3.13.1, here it is 3.12",
        "worker tcp://h:1: lacks scipy, here it is 1.18",
        "a worker that joined during the work has source ab, here it is cd",
        "2 workers died of the same task, the last of them tcp://h:1; perhaps it needs more memory than they may have",
        "no Dask scheduler answers there (CommClosedError)",
        "this is no Dask scheduler",
        "no certificates are named; see DASK_DISTRIBUTED__COMM__TLS__CA_FILE in the environment",
        "the scheduler has no worker",
        "all workers are gone",
        "the scheduler is gone",
        "a cluster needs Dask; install fairdesk[cluster]",
    ],
)
def test_what_is_told_of_a_cluster_can_be_said_in_chinese(said: str) -> None:
    chinese = rule_in("zh", f"tcp://h:8786: {said}")
    assert chinese.startswith("tcp://h:8786: ")
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert not re.search(r"\b(has|lacks|here|worker|scheduler|died|gone|needs)\b", chinese)
