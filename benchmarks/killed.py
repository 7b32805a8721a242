"""Replications on two local workers and on a cluster whose worker and client are killed: `python -m benchmarks.killed`.

A Dask cluster of two worker processes on this machine runs what two local workers ran. One worker is killed after 30 %
of the replications, the client after half; the client is started again and goes on from its folder. The documents must
be the same, byte for byte, and nothing may be run twice that was kept. `benchmarks/killed.md` tells what happened.
"""

import argparse
import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import LIBRARIES, ROOT, machine, versions

REPORT = Path(__file__).parent / "killed.md"
_WAIT_S = 60.0
_END_S = 10.0


class Outcome(NamedTuple):
    """What happened.

    Attributes
    ----------
    digests
        SHA-256 of the documents of the local workers and of the cluster.
    local_s, cluster_s
        Seconds of the local run, and of both parts of the cluster's.
    worker_at
        Replications kept when the worker was killed.
    kept, run_after
        Replications kept when the client was killed, and those written after it was started again.
    """

    digests: tuple[str, str]
    local_s: float
    cluster_s: float
    worker_at: int
    kept: int
    run_after: int


def _python(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]


def _started(words: Sequence[str], folder: Path, name: str) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.txt").open("wb") as out:
        return subprocess.Popen(words, cwd=folder, stdout=out, stderr=subprocess.STDOUT, env=_environment())


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def _until(done: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not done() and process.poll() is None:
        time.sleep(0.1)


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers of one thread each; give its address and the workers, and end them all."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    port = address.rsplit(":", 1)[1]
    alone = ("--host", "127.0.0.1", "--no-dashboard")
    running = [_started(_python("distributed.cli.dask_scheduler", "--port", port, *alone), folder, "scheduler")]
    try:
        for name in ("worker-1", "worker-2"):
            words = ("distributed.cli.dask_worker", address, "--nworkers", "1", "--nthreads", "1", "--no-nanny", *alone)
            running.append(_started(_python(*words), folder, name))
        began = time.monotonic()
        while not all("Starting established" in (folder / f"worker-{n}.txt").read_text("utf-8") for n in (1, 2)):
            if time.monotonic() - began > _WAIT_S:
                raise TimeoutError(f"the workers did not come within {_WAIT_S:.0f} s")
            time.sleep(0.2)
        yield address, running[1:]
    finally:
        for process in reversed(running):  # the scheduler last: a worker that has lost it looks for it for long
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def outcome(scenario: str, replications: int, folder: Path) -> Outcome:
    """Run both, kill, go on, and compare."""
    run = _python("scenarios", "run", scenario, "--replications", str(replications), "--json")
    began = time.perf_counter()
    local = subprocess.run([*run, "--workers", "2"], cwd=folder, env=_environment(), capture_output=True, check=True)
    local_s, out = time.perf_counter() - began, folder / "out"

    def done() -> set[Path]:
        return set(out.glob("replications/*/seed-*.parquet"))

    with cluster(folder) as (address, workers):
        words = [*run, "--cluster", address, "--out", str(out)]
        began = time.perf_counter()
        client = _started(words, folder, "client")
        _until(lambda: len(done()) >= 0.3 * replications, client)
        workers[0].send_signal(signal.SIGKILL)
        worker_at = len(done())
        _until(lambda: len(done()) >= 0.5 * replications, client)
        client.send_signal(signal.SIGKILL)
        client.wait()
        kept = done()
        written = {path: path.stat().st_mtime_ns for path in kept}
        again = subprocess.run(words, cwd=folder, env=_environment(), capture_output=True, check=True)
        cluster_s = time.perf_counter() - began
    after = sum(1 for path in done() if written.get(path) != path.stat().st_mtime_ns)
    one, other = (hashlib.sha256(made.stdout).hexdigest() for made in (local, again))
    return Outcome((one, other), local_s, cluster_s, worker_at, len(kept), after)


def page(found: Outcome, scenario: str, replications: int, command: str) -> str:
    """Return the page as Markdown."""
    same = found.digests[0] == found.digests[1]
    once = found.kept + found.run_after == replications
    return "\n".join([
        "# Killed, and the same bytes", "",
        f"Made by `{command}`. Machine: {machine()}. Versions: {versions((*LIBRARIES, 'dask'))}.", "",
        f"{replications:,} replications of `{scenario}`, all KPIs.", "",
        "| | |", "|---|---|",
        f"| two local workers | {found.local_s:.0f} s, SHA-256 {found.digests[0][:16]} |",
        f"| a cluster of two worker processes | {found.cluster_s:.0f} s in all, SHA-256 {found.digests[1][:16]} |",
        f"| one worker killed by its id | at {found.worker_at:,} replications |",
        f"| the client killed by its id | {found.kept:,} replications were kept |",
        f"| the client started again | {found.run_after:,} were run |",
        "", f"The documents are **{'the same, byte for byte' if same else 'not the same'}**; "
        f"{'nothing was run twice that was kept' if once else 'something was run twice or is missing'}.", "",
    ])  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and write the page; 1 if the bytes differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.killed", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--scenario", default="academy", help="of the catalogue (default academy)")
    parser.add_argument("--replications", type=int, default=1000, help="default 1,000")
    parser.add_argument("--out", type=Path, default=REPORT, help="file of the page")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fairdesk-killed-") as folder:
        found = outcome(asked.scenario, asked.replications, Path(folder))
    command = f"python -m benchmarks.killed --scenario {asked.scenario} --replications {asked.replications}"
    asked.out.write_text(page(found, asked.scenario, asked.replications, command), "utf-8")
    print(found)
    return int(found.digests[0] != found.digests[1])


if __name__ == "__main__":
    sys.exit(main())
