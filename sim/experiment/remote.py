"""A Dask cluster as a pool: workers beyond this machine, asked before the work whether they are what we are."""

from __future__ import annotations

import asyncio
import logging
import pickle
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, cast

from sim.experiment.identity import identity
from sim.experiment.pools import Pool, PoolError

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as Promise

ANSWER_S: Final = 6
"""Seconds in which a scheduler must answer, or have a first worker."""

DESERTED_S: Final = 60
"""Seconds without any worker after which the work is given up."""

_TLS: Final = "DASK_DISTRIBUTED__COMM__TLS"
_ADDRESS: Final = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")


def cluster(address: str) -> Pool:
    """Return a factory of a pool on the Dask cluster of a scheduler; the address alone is checked at once.

    Parameters
    ----------
    address
        `tcp://host:port`, or `tls://host:port` with the certificates that Dask's configuration names (such as
        `DASK_DISTRIBUTED__COMM__TLS__CA_FILE` in the environment).

    Raises
    ------
    ValueError
        If it is no such address. The factory raises PoolError if nobody answers there in time, or a worker lacks
        Fairdesk or runs other versions than we do.

    Notes
    -----
    Over `tcp` nothing is encrypted and whoever reaches the scheduler's port can run programs on its workers: that is
    for the loopback, and for networks that nobody else is in.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[3]) < 2**16:
        raise ValueError(f"a cluster is named as tcp://host:port or tls://host:port, got {address!r}")
    return partial(_join, address)


def _join(address: str) -> Executor:
    if find_spec("distributed") is None:
        raise PoolError(f"{address}: a cluster needs Dask; install fairdesk[cluster]")
    client = _client(address)
    try:
        _refuse_strangers(client, address)
    except BaseException:
        client.close()
        raise
    return _Cluster(client, address)


def _client(address: str) -> Client:
    """Return a client of a scheduler that has a worker."""
    from distributed import Client

    _greet(address)
    # What becomes of the scheduler we say in our own words.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    client = Client(address, timeout=ANSWER_S, set_as_default=False)
    try:
        client.wait_for_workers(1, timeout=ANSWER_S)
    except TimeoutError:
        client.close()
        raise PoolError(f"{address}: the scheduler has no worker") from None
    return client


def _greet(address: str) -> None:
    """Raise PoolError if no scheduler answers in time: a client would wait for ever for one who listens in silence."""
    from distributed.core import rpc
    from distributed.security import Security

    how = Security().get_connection_args("client")
    if address.startswith("tls") and how["ssl_context"] is None:
        raise PoolError(f"{address}: no certificates are named; see {_TLS}__CA_FILE in the environment")

    async def kind() -> object:
        async with rpc(address, timeout=ANSWER_S, connection_args=how) as there:
            return (await there.identity()).get("type")

    async def in_time() -> object:
        return await asyncio.wait_for(kind(), ANSWER_S)

    try:
        # In a thread of its own, because a notebook has an event loop at work in ours.
        with ThreadPoolExecutor(1) as aside:
            found = aside.submit(asyncio.run, in_time()).result()
    except TimeoutError:
        raise PoolError(f"{address}: no Dask scheduler answers there within {ANSWER_S} s") from None
    except OSError as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise PoolError(f"{address}: no Dask scheduler answers there ({reason})") from None
    except Exception:
        # Whatever answers there, its words cannot be read as those of one.
        raise PoolError(f"{address}: this is no Dask scheduler") from None
    if found != "Scheduler":
        raise PoolError(f"{address}: this is no Dask scheduler")


def _inquiry() -> Callable[..., Any]:
    """Return a function that travels whole, because it has no name to be found by: a worker may lack our package.

    It also sees to it that Polars, if it is not loaded yet, takes no more threads than the worker has.
    """

    def about(dask_worker: Any = None) -> Any:
        import os

        if dask_worker is not None:
            os.environ.setdefault("POLARS_MAX_THREADS", str(dask_worker.state.nthreads))
        try:
            from sim.experiment.identity import identity
        except ImportError:
            return None
        return identity()

    return about


def _refuse_strangers(client: Client, address: str) -> None:
    """Raise PoolError if a worker would not give the figures that we give."""
    told = cast("dict[str, Any]", client.get_versions())["workers"]
    here = identity()
    wrong = {name: _python_of(each, here) for name, each in told.items()}
    fit = [name for name, reason in wrong.items() if not reason]
    if fit:
        answers: Mapping[str, Any] = client.run(_inquiry(), workers=fit, on_error="return")
        wrong |= {name: unlike(answer, here) for name, answer in answers.items()}
    if named := [f"worker {name}: {reason}" for name, reason in sorted(wrong.items()) if reason]:
        more = f" (and {len(named) - 1} more)" if len(named) > 1 else ""
        raise PoolError(f"{address}: {named[0]}{more}")


def _python_of(told: Any, here: Mapping[str, str | None]) -> str:
    python = str(told["host"]["python"]) if told else "unknown"
    alike = python.split(".")[:2] == str(here["python"]).split(".")
    return "" if alike else f"has Python {python}, here it is {here['python']}"


def unlike(there: object, here: Mapping[str, str | None]) -> str:
    """Return in words what a worker has otherwise than we; empty if nothing.

    Parameters
    ----------
    there
        The worker's `identity`; None if it lacks our package, an error if it could not be asked.
    here
        Ours.

    Examples
    --------
    >>> unlike({"numpy": "2.5.5", "scipy": None}, {"numpy": "2.5.4", "scipy": "1.18.1"})
    'has numpy 2.5.5, here it is 2.5.4; lacks scipy, here it is 1.18.1'
    >>> unlike(None, {})
    'lacks fairdesk, or has an older one'
    """
    if there is None:
        return "lacks fairdesk, or has an older one"
    if not isinstance(there, Mapping):
        return f"could not be asked ({type(there).__name__}: {' '.join(str(there).split())[:200]})"
    said = []
    for name, mine in here.items():
        theirs = there.get(name)
        if theirs != mine:
            has = f"has {name} {theirs}" if theirs is not None else f"lacks {name}"
            said.append(f"{has}, here it is {mine or 'absent'}")
    return "; ".join(said)


def _parcel() -> Callable[[bytes], Any]:
    """Return what opens a parcel and does what is in it; like an inquiry, it travels whole.

    A scheduler unpacks the tasks that pass through it. To it a parcel is mere bytes, so it needs no package of ours.
    """

    def fairdesk(parcel: bytes) -> Any:
        import pickle

        fn, args, kwargs = pickle.loads(parcel)
        return fn(*args, **kwargs)

    return fairdesk


def _checked(here: Mapping[str, str | None], fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Do a task on a worker; one that joined late and differs from us is found out here."""
    if said := unlike(identity(), here):
        raise PoolError(f"a worker that joined during the work {said}")
    return fn(*args, **kwargs)


class _Cluster(Executor):
    """A pool whose tasks a cluster does; its errors say what became of the cluster."""

    def __init__(self, client: Client, address: str) -> None:
        self._client, self._address, self._open = client, address, _parcel()
        self._deserted_s: float | None = None
        self._closing = threading.Event()

    @property
    def workers(self) -> int:
        """Threads of all workers that are there now; 0 while there is none.

        Raises
        ------
        PoolError
            If the scheduler is gone.
        """
        try:
            return sum(self._client.nthreads().values())
        except (OSError, RuntimeError, TimeoutError):
            raise PoolError(self._gone()) from None

    def look(self) -> None:
        """Raise PoolError if the scheduler is gone, or there has been no worker for a minute."""
        there, now = self.workers > 0, time.monotonic()
        if there:
            self._deserted_s = None
        elif self._deserted_s is None:
            self._deserted_s = now
        elif now - self._deserted_s > DESERTED_S:
            raise PoolError(f"{self._address}: all workers are gone")

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        parcel = pickle.dumps((_checked, (identity(), fn, *args), kwargs), pickle.HIGHEST_PROTOCOL)
        promise = self._client.submit(self._open, parcel, pure=False)
        future: Future[Any] = Future()
        future.add_done_callback(partial(self._drop, promise))
        promise.add_done_callback(partial(self._settle, future))
        return future

    def _drop(self, promise: Promise[Any], future: Future[Any]) -> None:
        if future.cancelled() and not self._closing.is_set():
            promise.cancel()

    def _settle(self, future: Future[Any], promise: Promise[Any]) -> None:
        """Hand on what a task gave; called in a thread of the client."""
        if self._closing.is_set() or not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(promise.result())
        except BaseException as error:
            future.set_exception(self._in_words(error))

    def _in_words(self, error: BaseException) -> BaseException:
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            return PoolError(
                f"{self._address}: {error.allowed_failures + 1} workers died of the same task, the last of them "
                f"{error.last_worker.address}; perhaps it needs more memory than they may have"
            )
        if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in (
            "sim",
            "optimize",
            "scenarios",
        ):
            return PoolError(f"{self._address}: a worker that joined during the work {unlike(None, {})}")
        return PoolError(self._gone()) if isinstance(error, FutureCancelledError) else error

    def _gone(self) -> str:
        return f"{self._address}: the scheduler is gone"

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; what it still does for us is called off."""
        self._closing.set()
        self._client.close()
