"""One fact, one handler: tried until it is done, found impossible, or until the batch has no time left."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from contracts.errors import Conflict, NotFound, TiepdanError, Unavailable
from services.chassis.delivery.heard import Handler, Heard
from services.chassis.delivery.letters import Reason, Why
from services.chassis.telemetry import fault_of, get_log

RETRIED_CONFLICT: Final = "changed_meanwhile"


class OutOfTime(Exception):
    """The batch must be given back to the bus: what is done is done, the rest comes again."""


class Poisoned(Exception):
    """Most facts are bad: that is a bad release, not bad facts. Nothing more is taken from the stream."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient delivery is."""

    lanes: int = 32
    """Subjects handled at the same time."""
    handler_seconds: float = 10.0
    """The longest one call of a handler may take."""
    first_pause_seconds: float = 0.05
    longest_pause_seconds: float = 5.0
    bug_tries: int = 3
    window: int = 50
    """Of so many facts freshly handled on a stream …"""
    bad_of_window: int = 25
    """… at most so many may become dead letters before the stream is stopped."""


@dataclass(slots=True, eq=False)
class _Call:
    """A handler at work: cancelled when its time is over, as ``asyncio.timeout`` does it."""

    task: asyncio.Task[Any]
    until: float
    cancelling: int
    is_late: bool = False


class Budget:
    """The time that a batch has left; a stop shortens it."""

    def __init__(self, seconds: float) -> None:
        self._end = asyncio.get_running_loop().time() + seconds
        self._hurried = asyncio.Event()
        self._calls: set[_Call] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0.0

    @property
    def left_seconds(self) -> float:
        """What is left, 0 at the least."""
        return max(0.0, self._end - asyncio.get_running_loop().time())

    def check(self) -> None:
        """Errors: OutOfTime when nothing is left."""
        if not self.left_seconds:
            raise OutOfTime

    def hurry(self, within_seconds: float) -> None:
        """End pauses now and everything within so many seconds."""
        self._end = min(self._end, asyncio.get_running_loop().time() + within_seconds)
        self._hurried.set()
        for call in self._calls:
            call.until = min(self._end, call.until)
        self._set_alarm()

    async def call(self, handler: Handler, heard: Heard[Any], seconds: float) -> None:
        """One call that may take so long, and not longer than the batch. Errors: TimeoutError; the handler's."""
        task = asyncio.current_task()
        assert task is not None, "handlers run in lanes, and lanes are tasks"  # noqa: S101 - an invariant
        until = min(self._end, asyncio.get_running_loop().time() + seconds)
        call = _Call(task, until, task.cancelling())
        self._calls.add(call)
        if self._alarm is None or call.until < self._alarm_at:
            self._set_alarm()
        try:
            await handler(heard)
        except asyncio.CancelledError:
            if call.is_late and task.cancelling() <= call.cancelling + 1:
                raise TimeoutError from None
            raise
        finally:
            self._calls.discard(call)
            if call.is_late:
                task.uncancel()

    def _set_alarm(self) -> None:
        """One alarm for all calls, at the end of the one that ends first: a timer a call costs more than the rest."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        ends = [call.until for call in self._calls if not call.is_late]
        if ends:
            self._alarm_at = min(ends)
            self._alarm = asyncio.get_running_loop().call_at(self._alarm_at, self._ring)

    def _ring(self) -> None:
        now = asyncio.get_running_loop().time()
        for call in self._calls:
            if not call.is_late and call.until <= max(now, self._alarm_at):
                call.is_late = True
                call.task.cancel()
        self._set_alarm()

    async def pause(self, seconds: float) -> None:
        """Wait. Errors: OutOfTime when the pause does not fit, or the service is stopping."""
        if seconds >= self.left_seconds or self._hurried.is_set():
            raise OutOfTime
        try:
            await asyncio.wait_for(self._hurried.wait(), seconds)
        except TimeoutError:
            return
        raise OutOfTime


class StopLimit:
    """Watches how many of the last facts became dead letters."""

    def __init__(self, limits: Limits) -> None:
        self._bad_of_window = limits.bad_of_window
        self._window: deque[bool] = deque(maxlen=limits.window)

    @property
    def is_reached(self) -> bool:
        return sum(self._window) >= self._bad_of_window

    def good(self) -> None:
        self._window.append(False)

    def bad(self) -> None:
        self._window.append(True)


Retried = Callable[[str], None]


async def attempt(handler: Handler, heard: Heard[Any], limits: Limits, budget: Budget, retried: Retried) -> Why | None:
    """Call the handler until it is done (none) or cannot be (why).

    ``Unavailable``, a lost version race and a call that takes too long are tried again with full jitter for as long as
    the batch has time; a bug only a few times. Errors: OutOfTime.
    """
    tries = 0
    while True:
        budget.check()
        tries += 1
        try:
            await budget.call(handler, heard, limits.handler_seconds)
        except (Unavailable, TimeoutError) as error:
            retried("unavailable" if isinstance(error, Unavailable) else "too_slow")
        except TiepdanError as error:
            if not (isinstance(error, Conflict) and error.code == RETRIED_CONFLICT):
                return Why(Reason.NOT_FOUND if isinstance(error, NotFound) else Reason.REFUSED, error.code)
            retried("version_race")
        except Exception as error:  # noqa: BLE001 - a handler's bug must not stop the stream
            _tell(heard, error, tries)
            if tries >= limits.bug_tries:
                return Why(Reason.BUG, type(error).__name__)
            retried("bug")
        else:
            return None
        await budget.pause(_pause_seconds(tries, limits))


def _pause_seconds(tries: int, limits: Limits) -> float:
    """Full jitter: anything up to a ceiling that doubles."""
    doubled = limits.first_pause_seconds * float(2 ** min(tries - 1, 20))
    return random.uniform(0, min(limits.longest_pause_seconds, doubled))


def _tell(heard: Heard[Any], error: Exception, tries: int) -> None:
    envelope = heard.envelope
    facts = {"fact_id": envelope.id, "fact": envelope.type, "attempt": tries} | fault_of(error)
    get_log().error("delivery.bug", **facts)
