"""Whose time it is: a batch and a sweep of one stream never run together, and each ends in its time, whatever it does.

A shift has a budget, which handlers and pauses keep, and a wall a little behind it, for what does not look at the time:
a letter that is being posted, a write. A rebalance hurries the shift in hand and every later one until the next
assignment: partitions that go are not worked on behind their new owner's back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.chassis.delivery.attempts import Budget, OutOfTime


class Shifts:
    """One at a time. ``over_seconds``: how far a shift may go over its end before it is cut off."""

    def __init__(self, over_seconds: float) -> None:
        self._over_seconds = over_seconds
        self._alone = asyncio.Lock()
        self._budget: Budget | None = None
        self._wall: asyncio.Timeout | None = None
        self._stop_at = float("inf")
        self._hurried_until = float("inf")

    @asynccontextmanager
    async def one(self, seconds: float) -> AsyncIterator[Budget]:
        """Wait for our turn, then work for so long at the most. Errors: OutOfTime."""
        async with self._alone:
            budget = Budget(seconds)
            wall = asyncio.timeout(seconds + self._over_seconds)
            try:
                async with wall:
                    self._budget, self._wall = budget, wall
                    self._shorten()
                    budget.check()
                    yield budget
            except TimeoutError:
                if wall.expired():
                    raise OutOfTime from None
                raise
            finally:
                self._budget = self._wall = None

    def hurry(self, within_seconds: float) -> None:
        """No more pauses, and everything ends within so many seconds, also what begins later, until ``calm``."""
        self._hurried_until = min(self._hurried_until, _now() + within_seconds)
        self._shorten()

    def calm(self) -> None:
        """From now on shifts have their whole time again; one in hand that was hurried stays so."""
        self._hurried_until = float("inf")

    def stop(self, within_seconds: float) -> None:
        """As ``hurry``, for good."""
        self._stop_at = min(self._stop_at, _now() + within_seconds)
        self._shorten()

    async def idle(self) -> None:
        """Return when nobody is at work."""
        async with self._alone:
            return

    def _shorten(self) -> None:
        end = min(self._hurried_until, self._stop_at)
        if end == float("inf") or self._budget is None or self._wall is None or self._wall.expired():
            return
        self._budget.hurry(max(0.0, end - _now()))
        latest = self._wall.when()
        self._wall.reschedule(min(end + self._over_seconds, end if latest is None else latest))


def _now() -> float:
    return asyncio.get_running_loop().time()
