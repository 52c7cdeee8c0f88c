"""A few threads for blocking work, and a deadline for whoever waits for them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from services.chassis.vault.words import away

T = TypeVar("T")


class Crew:
    """Own threads, never the default executor: a store that hangs must not stop DNS and files.

    A caller waits at most its deadline, also for a free thread; work that had not begun by then is not begun.
    Work that had begun goes on to its own end, which the work bounds.
    """

    def __init__(self, max_threads: int, name: str) -> None:
        self._max_threads = max_threads
        self._name = name
        self._pool: ThreadPoolExecutor | None = None

    @property
    def is_here(self) -> bool:
        return self._pool is not None

    def come(self) -> None:
        """Be ready for work; safe to repeat."""
        self._pool = self._pool or ThreadPoolExecutor(self._max_threads, thread_name_prefix=self._name)

    async def go(self) -> None:
        """Finish what was begun, drop what was not; safe to repeat."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        doorkeeper = ThreadPoolExecutor(1, thread_name_prefix=f"{self._name}-end")
        try:
            await asyncio.get_running_loop().run_in_executor(doorkeeper, lambda: pool.shutdown(cancel_futures=True))
        finally:
            doorkeeper.shutdown(wait=False)

    async def do(self, work: Callable[[], T], *, within_seconds: float) -> T:
        """The work's answer. Errors: Unavailable("vault_away") when closed or late; what the work raises."""
        if self._pool is None:
            raise away("not_open")
        try:
            async with asyncio.timeout(within_seconds):
                return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except TimeoutError as late:
            raise away("no_answer_in_time") from late
