"""One SQLite file with one writer thread and several reader threads.

The writer takes whatever is waiting and commits it as one group: each job in its own savepoint, one fsync for all.
Readers have their own connections (WAL): they never wait for the writer, and see everything that was acknowledged,
because a job is acknowledged after the commit.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from services.chassis.ledger.refusals import ledger_away, ledger_full
from services.chassis.telemetry import get_log

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

GROUP_LIMIT: Final = 512
"""Jobs in one commit at most: bounds what one failed commit takes with it."""
_STEPS_BETWEEN_LOOKS: Final = 20_000
_READER_CACHE_KIB: Final = 16_384
_PRIMARY_CODE: Final = 0xFF
_AWAY_CODES: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)


def translated(error: Exception) -> Exception:
    """What a caller hears of a driver's error. Wrong SQL stays what it is: a bug."""
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(error, sqlite3.Error) or code is None or code & _PRIMARY_CODE not in _AWAY_CODES:
        return error
    get_log().warning("ledger.no_answer", error=error.sqlite_errorname)
    return ledger_full() if code & _PRIMARY_CODE == sqlite3.SQLITE_FULL else ledger_away()


@dataclass(slots=True)
class _Job:
    """Work that somebody awaits. ``failure`` or ``value`` is set when its group is through."""

    work: Work[Any]
    loop: asyncio.AbstractEventLoop
    waiter: "asyncio.Future[Any]"
    value: Any = None
    failure: Exception | None = None

    def deliver(self) -> None:
        if self.waiter.done():
            return
        if self.failure is not None:
            self.waiter.set_exception(self.failure)
        else:
            self.waiter.set_result(self.value)


class SqliteFile:
    """The file and its threads. ``timeout_seconds`` bounds every call; ``page_limit`` bounds the file."""

    def __init__(self, path: Path, *, readers: int, timeout_seconds: float, page_limit: int | None) -> None:
        self._path = path
        self._readers = readers
        self._timeout_seconds = timeout_seconds
        self._page_limit = page_limit
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._open_readers: list[sqlite3.Connection] = []
        self._writer: sqlite3.Connection | None = None

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        """Start the threads; the file itself is opened by the first job."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._own = threading.local()
        self._pool = ThreadPoolExecutor(self._readers, thread_name_prefix="ledger-reader")
        self._thread = threading.Thread(target=self._write_until_stopped, name="ledger-writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Finish accepted work, then close the file."""
        thread, pool = self._thread, self._pool
        if thread is None or pool is None:
            return
        self._thread = self._pool = None
        self._jobs.put(None)
        await asyncio.to_thread(thread.join)
        await asyncio.to_thread(pool.shutdown)
        while self._open_readers:
            self._open_readers.pop().close()
        self._drop_writer()

    async def write(self, work: Work[T]) -> T:
        """Do the work in the next group; returns when it is on the disk.

        A caller that stops waiting before the group begins takes the work back; after that it is done whole.
        """
        if self._thread is None:
            raise ledger_away()
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, loop, waiter))
        return await self._in_time(waiter)

    async def read(self, work: Work[T]) -> T:
        """Do the work on a reader's connection."""
        if self._pool is None:
            raise ledger_away()
        deadline = time.monotonic() + self._timeout_seconds
        loop = asyncio.get_running_loop()
        return await self._in_time(loop.run_in_executor(self._pool, self._read_now, work, deadline))

    async def _in_time(self, waiter: "asyncio.Future[T]") -> T:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await waiter
        except TimeoutError as error:
            raise ledger_away() from error

    # the writer's thread

    def _write_until_stopped(self) -> None:
        while True:
            jobs, is_last = self._next_group()
            if jobs:
                self._commit(jobs)
                _deliver(jobs)
            if is_last:
                return

    def _next_group(self) -> tuple[list[_Job], bool]:
        job = self._jobs.get()
        jobs: list[_Job] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == GROUP_LIMIT:
                return jobs, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _commit(self, jobs: list[_Job]) -> None:
        wanted = [job for job in jobs if not job.waiter.cancelled()]
        try:
            connection = self._connected_writer()
            connection.execute("BEGIN IMMEDIATE")
            for job in wanted:
                _do(connection, job)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to everybody who waits
            self._drop_writer()
            failure = translated(error)
            for job in wanted:
                job.failure = failure

    def _connected_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            connection = self._connected()
            self._writer = connection
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            if self._page_limit is not None:
                connection.execute(f"PRAGMA max_page_count = {self._page_limit:d}")
        return self._writer

    def _drop_writer(self) -> None:
        """Closing rolls back what was not committed; the next group opens the file anew."""
        connection, self._writer = self._writer, None
        if connection is not None:
            connection.close()

    # a reader's thread

    def _read_now(self, work: Work[T], deadline: float) -> T:
        try:
            connection = self._connected_reader()
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
            return work(connection)
        except sqlite3.Error as error:
            raise translated(error) from error

    def _connected_reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._connected()
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB}")
            self._own.connection = connection
            self._open_readers.append(connection)
        return connection

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._path,
            timeout=self._timeout_seconds / 2,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )


def _do(connection: sqlite3.Connection, job: _Job) -> None:
    """One job in its savepoint: its failure undoes it alone, unless SQLite has given up the whole transaction."""
    connection.execute("SAVEPOINT job")
    try:
        job.value = job.work(connection)
    except Exception as error:
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO job")
        job.failure = translated(error)
    connection.execute("RELEASE job")


def _deliver(jobs: list[_Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, theirs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_deliver_here, theirs)
        except RuntimeError:
            get_log().warning("ledger.nobody_waits", count=len(theirs))


def _deliver_here(jobs: list[_Job]) -> None:
    for job in jobs:
        job.deliver()
