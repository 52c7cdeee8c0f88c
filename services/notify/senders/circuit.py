"""A provider that is in trouble is left alone for a while; and nobody is called faster than agreed."""

import asyncio
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from services.chassis.clock import Clock
from services.notify.domain.answers import Answer

_WINDOW: Final = timedelta(seconds=60)
_PROBE_EVERY: Final = timedelta(seconds=30)
_CALLS_MIN: Final = 20
_BAD_SHARE: Final = 0.5
_OPERATOR_CALLS: Final = 2


class Circuit:
    """Opens at 20 calls in a minute with more than half in trouble, or at two calls that only an operator can mend.

    Open, it lets one call through every 30 seconds; the first good one closes it. Kept per process.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: deque[tuple[datetime, bool]] = deque()
        self._operator_calls = 0
        self._probe_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """True while calls are held back."""
        return self._probe_at is not None

    def lets_through(self) -> bool:
        """True when a call may be made now; while open, the caller is the probe."""
        now = self._clock.now()
        if self._probe_at is None:
            return True
        if now < self._probe_at:
            return False
        self._probe_at = now + _PROBE_EVERY
        return True

    def note(self, answer: Answer) -> None:
        """Learn from an answer."""
        now = self._clock.now()
        is_trouble = answer.kind.is_providers_trouble
        self._calls.append((now, is_trouble))
        while self._calls and self._calls[0][0] < now - _WINDOW:
            self._calls.popleft()
        if not is_trouble:
            self._close()
        else:
            self._operator_calls += 1 if answer.kind.opens_circuit else 0
            self._open_if_bad(now)

    def _close(self) -> None:
        self._operator_calls = 0
        if self._probe_at is not None:
            self._calls.clear()  # never judge by what was before the last switch
        self._probe_at = None

    def _open_if_bad(self, now: datetime) -> None:
        bad = sum(1 for _, is_trouble in self._calls if is_trouble)
        is_bad = len(self._calls) >= _CALLS_MIN and bad > _BAD_SHARE * len(self._calls)
        if self._probe_at is None and (is_bad or self._operator_calls >= _OPERATOR_CALLS):
            self._probe_at = now + _PROBE_EVERY


class Bucket:
    """Evenly spaced calls: so many a second, no bursts."""

    def __init__(self, per_second: float) -> None:
        self._gap_seconds = 1.0 / per_second
        self._next = 0.0

    async def take(self) -> None:
        """Return when the next call may be made."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + self._gap_seconds, now)
        await asyncio.sleep(self._next - now)
