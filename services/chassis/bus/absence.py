"""When the bus does not answer: one line, one a minute while it lasts, one when it is over.

aiokafka writes every failed try of every client at ERROR: some 70 lines a second for each stream that is read. Those
lines are counted here and not written; what the counts say is in ours. All else that aiokafka says passes as it is.

- ``bus.connection_lost``     the first failure; also the first of any other kind (a refused sign-in, a broken TLS),
- ``bus.connection_failing``  once a minute: failures by kind since the last line, and whether the bus answers a client
  that asks anew (``state``: ``away``, or ``answering`` when it is only ours that fail),
- ``bus.connection_back``     it answers and nothing failed for a while: how long it was away, how often we failed.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from aiokafka import errors
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from contracts.errors import Refused
from services.chassis.bus.security import client_options
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import get_log

AWAY: Final = "away"
"""The one kind of all failures that only say: nobody answered."""
UNACKNOWLEDGED: Final = "unacknowledged"
"""The one kind of our own tries that nobody answered in time."""
_ORDINARY: Final = frozenset({AWAY, UNACKNOWLEDGED})

_LOGGERS: Final = ("aiokafka", "aiokafka.consumer.fetcher", "aiokafka.consumer.group_coordinator", "aiokafka.conn")
_OF_CONNECTIONS: Final = (
    "Unable connect to ",
    "Unable to update metadata from ",
    "Failed fetch messages from ",
    "Failed fetch offsets from ",
    "Group Coordinator Request failed: ",
    "Heartbeat send request failed: ",
    "Heartbeat session expired - marking coordinator dead",
    "Error sending %s to node ",
    "LeaveGroup request failed: ",
)
_NOBODY_ANSWERED: Final = (
    errors.KafkaConnectionError,
    errors.NodeNotReadyError,
    errors.RequestTimedOutError,
    errors.GroupCoordinatorNotAvailableError,
    errors.GroupLoadInProgressError,
    errors.NotCoordinatorForGroupError,
    errors.StaleMetadata,
    ConnectionError,
    TimeoutError,
)
_ASK_SECONDS: Final = 3.0

_is_asking: ContextVar[bool] = ContextVar("_is_asking", default=False)

Asks = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often is told and asked."""

    tell_again_seconds: float = 60.0
    ask_again_seconds: float = 2.0
    calm_seconds: float = 15.0
    """Longer than one try to publish and the pause after it: a shorter silence proves nothing …"""
    sure_calm_seconds: float = 2.0
    """… unless one of our own clients was answered meanwhile."""


class Absence(logging.Filter):
    """Tells of failing connections as one story. ``begin`` and ``end`` stand around the life of the clients."""

    def __init__(self, settings: ServiceSettings, *, asks: Asks | None = None, rhythm: Rhythm | None = None) -> None:
        """``asks``: whether the bus answers somebody new."""
        super().__init__()
        self._host = settings.kafka_bootstrap_servers
        self._asks = asks or (lambda: answers(settings))
        self._rhythm = rhythm or Rhythm()
        self._story: asyncio.Task[None] | None = None
        self._since_line: Counter[str] = Counter()
        self._total: Counter[str] = Counter()
        self._began_at = self._failed_at = self._answered_at = 0.0

    @property
    def is_told(self) -> bool:
        """The bus was said to be lost, and not yet to be back."""
        return self._story is not None and not self._story.done()

    def begin(self) -> None:
        """Listen to what the clients of this process write."""
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    async def end(self) -> None:
        """The clients are closed; what is still to be told is told now."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)
        story, self._story = self._story, None
        if story is not None and not story.done():
            story.cancel()
            await asyncio.wait({story})
            if self._since_line:
                self._say("bus.connection_failing", self._since_line, state="unknown")

    def filter(self, record: logging.LogRecord) -> bool:
        """False for a line that is counted instead of written: logging asks this of every line of the clients."""
        if not (isinstance(record.msg, str) and record.msg.startswith(_OF_CONNECTIONS)):
            return True
        if _is_asking.get():
            return False
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # nobody is there to tell the end of the story
            return True
        self.failed(_kind_of(record))
        return False

    def failed(self, kind: str) -> None:
        """One try failed."""
        now = asyncio.get_running_loop().time()
        if not self.is_told:
            self._began_at = now
            self._since_line.clear()
            self._total.clear()
            self._story = asyncio.create_task(self._tell(), name="bus-absence")
        is_new = not self._total[kind] and (kind not in _ORDINARY or not self._total)
        self._failed_at = now
        self._total[kind] += 1
        self._since_line[kind] += 1
        if is_new:
            get_log().error("bus.connection_lost", host=self._host, reason=kind)

    def answered(self) -> None:
        """The bus did what one of our clients asked of it."""
        if self.is_told:
            self._answered_at = asyncio.get_running_loop().time()

    async def _tell(self) -> None:
        """From the first failure until it is over."""
        clock = asyncio.get_running_loop().time
        told_at = clock()
        while True:
            await asyncio.sleep(self._rhythm.ask_again_seconds)
            is_there = await self._asks()
            if is_there and self._is_calm(clock()):
                break
            if clock() - told_at >= self._rhythm.tell_again_seconds:
                self._say("bus.connection_failing", self._since_line, state="answering" if is_there else "away")
                self._since_line.clear()
                told_at = clock()
        self._say("bus.connection_back", self._total, until=self._failed_at)

    def _is_calm(self, now: float) -> bool:
        is_sure = self._answered_at > self._failed_at
        wanted_seconds = self._rhythm.sure_calm_seconds if is_sure else self._rhythm.calm_seconds
        return now - self._failed_at >= wanted_seconds

    def _say(self, event: str, counts: Counter[str], *, state: str | None = None, until: float | None = None) -> None:
        end = asyncio.get_running_loop().time() if until is None else until
        get_log().warning(
            event,
            host=self._host,
            count=counts.total(),
            reason=",".join(f"{kind}={count}" for kind, count in counts.most_common(4)),
            age_seconds=round(end - self._began_at, 1),
            **({"state": state} if state else {}),
        )


def kind_of(error: BaseException | None) -> str:
    """``away`` for whatever only says that nobody answered; else the error's name.

    A bare ``KafkaError`` is aiokafka's word for "none of the brokers told me", or follows a line that says more.
    """
    is_plain = error is None or type(error) is KafkaError or isinstance(error, _NOBODY_ANSWERED)
    return AWAY if is_plain else type(error).__name__


def _kind_of(record: logging.LogRecord) -> str:
    arguments = record.args if isinstance(record.args, tuple) else ()
    return kind_of(next((one for one in arguments if isinstance(one, BaseException)), None))


async def answers(settings: ServiceSettings) -> bool:
    """Whether the bus tells a client that nobody has used before which topics it has."""
    is_asking = _is_asking.set(True)
    try:
        async with asyncio.timeout(_ASK_SECONDS), _asking(settings):
            return True
    except (KafkaError, OSError, TimeoutError, Refused):
        return False
    finally:
        _is_asking.reset(is_asking)


@contextlib.asynccontextmanager
async def _asking(settings: ServiceSettings) -> AsyncIterator[None]:
    """A client of its own that was answered."""
    client = AIOKafkaClient(**client_options(settings), request_timeout_ms=round(_ASK_SECONDS * 1000))
    try:
        await client.bootstrap()
        yield
    finally:
        await client.close()
