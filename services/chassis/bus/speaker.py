"""Publishing: what a service says, keyed by subject, in order, counted only when the bus has said yes.

The ledger's relay calls ``publish``; ``attend`` notices that the bus is another one than before and says the whole
history again. Both may happen twice or at the same time: readers deduplicate by sequence, so repeating is harmless and
losing is not.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError, ProducerClosed

from contracts.errors import Conflict, Unavailable
from contracts.facts.envelope import Envelope
from contracts.streams import BY_NAME, Stream, spoken_by
from services.chassis.bus.absence import AWAY, UNACKNOWLEDGED, Absence, kind_of
from services.chassis.bus.broker import partition_of
from services.chassis.bus.embedded import INCARNATION_PREFIX
from services.chassis.bus.mending import mend_connections
from services.chassis.bus.profiles import profile_of
from services.chassis.bus.security import client_options
from services.chassis.ledger.port import Change, Collection, LedgerEngine
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import get_log

MEMORY: Final = Collection("bus_memory")
"""Which bus holds the history of this service; opened with the service's other collections."""

_MEMORY_ID: Final = "bus"
_PAGE: Final = 500
_BATCH_BYTES: Final = 131_072
_REQUEST_BYTES: Final = 2_097_152
_CLOSE_SECONDS: Final = 2.0

Headers = Sequence[tuple[str, bytes | None]]
Chooser = Callable[[Envelope], bool]


class _Abandoned(KafkaError):  # type: ignore[misc] # aiokafka has no types
    """The client was let go before the bus said yes."""


class Speaker:
    """The mouth of one service: the only producer of its streams.

    It connects when there is something to say, and lets go of a connection that once failed to acknowledge: records
    that wait inside a client would otherwise pile up while the bus is away. After it could not connect it does not try
    for a moment: thousands of waiting aggregates would otherwise dial for each of their tries.
    """

    def __init__(self, service: str, engine: LedgerEngine, settings: ServiceSettings) -> None:
        mend_connections()
        self._service = service
        self._engine = engine
        self._settings = settings
        self._profile = profile_of(settings)
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()
        self._attending = asyncio.Lock()
        self._is_known_full = False
        self._dials_from = 0.0
        self.absence: Final = Absence(settings)
        """Who tells when the bus does not answer; it hears of every try made here."""

    async def publish(self, envelopes: Sequence[Envelope]) -> int:
        """Say these in order; how many from the front were acknowledged in time.

        The rest is unknown and has to be said again. Never raises because of the bus: no answer is zero.
        """
        acknowledged = 0
        try:
            async with self._answering() as producer:
                for answer in await _send_all(producer, envelopes):
                    await answer
                    acknowledged += 1
        except Unavailable:
            pass  # told by ``absence``
        return acknowledged

    async def post(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """Send one record as it is (a dead letter); acknowledged when it returns. Errors: Unavailable("bus_away").

        One that with its new headers is larger than the bus takes is only told of: it stands in the ledger too.
        """
        named_key = key or b"" if value is None else key
        async with self._answering() as producer:
            try:
                sent = await producer.send(topic, value=value, key=named_key, headers=list(headers))
                sent.add_done_callback(_look_at)
                await sent
            except MessageSizeTooLargeError:
                get_log().error("bus.letter_too_large", topic=topic, size_bytes=len(value or b""))

    async def attend(self) -> bool:
        """Look whether this is the bus we know; replay all history onto one that is new or empty.

        A loop's step: False, there is nothing more to do now. Errors: Unavailable("bus_away"): try again later.
        """
        async with self._attending:
            incarnation = await self._incarnation()
            if await self._known() != incarnation or not await self._holds_history():
                get_log().warning("bus.is_new", is_replay=True)
                for stream in spoken_by(self._service):
                    await self.replay(stream)
                await self._remember(incarnation)
            self._is_known_full = True
        return False

    async def replay(self, stream: Stream, chosen: Chooser | None = None) -> int:
        """Say the remembered facts of a stream again, oldest first, those ``chosen``; how many.

        Errors: Unavailable("bus_away") when the bus stops acknowledging; saying them once more later is harmless.
        """
        said = 0
        async for page in self._history(stream):
            wanted = [envelope for envelope in page if chosen is None or chosen(envelope)]
            if wanted and await self.publish(wanted) < len(wanted):
                raise _away()
            said += len(wanted)
        return said

    async def stop(self) -> None:
        """Let go of the bus within some seconds, whether it answers or not."""
        await self._let_go(self._producer)
        await self.absence.end()

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                clock = asyncio.get_running_loop().time
                if clock() < self._dials_from:
                    raise KafkaConnectionError("nobody answered a moment ago")
                producer = self._make_producer()
                try:
                    await producer.start()
                except BaseException:
                    self._dials_from = clock() + self._profile.retry_seconds
                    await _abandon(producer)
                    raise
                self._producer = producer
            return self._producer

    def _make_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **client_options(self._settings),
            client_id=f"{self._service}-{self._settings.replica}-speaker",
            enable_idempotence=True,
            compression_type="zstd",
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            request_timeout_ms=round(2 * self._profile.publish_seconds * 1000),
            retry_backoff_ms=round(self._profile.retry_seconds * 1000),
        )

    @contextlib.asynccontextmanager
    async def _answering(self) -> AsyncIterator[AIOKafkaProducer]:
        """A connected client that must answer in time; one that does not is let go. Errors: Unavailable("bus_away")."""
        producer = None
        try:
            async with asyncio.timeout(self._profile.publish_seconds):
                producer = await self._connected()
                yield producer
            self.absence.answered()
        except (KafkaError, OSError, TimeoutError) as error:
            kind = kind_of(error)
            is_ordinary = kind == AWAY or isinstance(error, _Abandoned | ProducerClosed)
            self.absence.failed(UNACKNOWLEDGED if is_ordinary else kind)
            await self._let_go(producer)
            raise _away() from error

    async def _let_go(self, producer: AIOKafkaProducer | None) -> None:
        """Close this client, unless somebody else did already."""
        if producer is not None and producer is self._producer:
            self._producer = None
            await _abandon(producer)

    async def _incarnation(self) -> str:
        """The marker topic of this bus; empty on a bus that needs none."""
        async with self._answering() as producer:
            cluster = await producer.client.fetch_all_metadata()
        markers = (
            topic for topic in cluster.topics(exclude_internal_topics=False) if topic.startswith(INCARNATION_PREFIX)
        )
        return min(markers, default="")

    async def _holds_history(self) -> bool:
        """False when a stream of ours is empty though we have spoken on it; asked of a bus once, at the first look."""
        if self._is_known_full:
            return True
        for stream in spoken_by(self._service):
            if await self._engine.has_history(stream.name) and await self._is_empty(stream):
                return False
        return True

    async def _is_empty(self, stream: Stream) -> bool:
        consumer = AIOKafkaConsumer(**client_options(self._settings))
        try:
            async with asyncio.timeout(self._profile.publish_seconds):
                await consumer.start()
                ends = await consumer.end_offsets([TopicPartition(stream.name, n) for n in range(stream.partitions)])
        except (KafkaError, OSError, TimeoutError) as error:
            raise _away() from error
        finally:
            await consumer.stop()
        return not any(ends.values())

    async def _known(self) -> str:
        memory = await self._engine.read(MEMORY.name, _MEMORY_ID)
        return memory.state["incarnation"] if memory else ""

    async def _remember(self, incarnation: str) -> None:
        """Which bus now holds our history. Another replica may be writing the same: either one is right."""
        change = Change(state={"incarnation": incarnation}, keys={})
        memory = await self._engine.read(MEMORY.name, _MEMORY_ID)
        if memory is not None:
            await self._engine.update(MEMORY.name, _MEMORY_ID, memory.version, change)
            return
        with contextlib.suppress(Conflict):
            await self._engine.insert(MEMORY.name, _MEMORY_ID, change)

    async def _history(self, stream: Stream) -> AsyncIterator[list[Envelope]]:
        after: str | None = None
        while page := await self._engine.history(stream.name, after=after, limit=_PAGE):
            yield page
            after = str(page[-1].id)


async def _send_all(producer: AIOKafkaProducer, envelopes: Sequence[Envelope]) -> list["asyncio.Future[Any]"]:
    """Hand facts to the client, up to the first that is too large; the futures are their acknowledgements."""
    answers = []
    for envelope in envelopes:
        try:
            answers.append(await _send(producer, envelope))
        except MessageSizeTooLargeError:
            get_log().error("bus.fact_too_large", fact_id=envelope.id, size_bytes=len(envelope.value))
            break
    return answers


async def _send(producer: AIOKafkaProducer, envelope: Envelope) -> "asyncio.Future[Any]":
    future: asyncio.Future[Any] = await producer.send(
        envelope.stream,
        value=envelope.value,
        key=envelope.subject.encode(),
        partition=partition_of(BY_NAME[envelope.stream], envelope.subject),
        headers=envelope.headers(),
    )
    future.add_done_callback(_look_at)
    return future


def _look_at(future: "asyncio.Future[Any]") -> None:
    """Take the outcome of an acknowledgement nobody waits for any more."""
    if future.done() and not future.cancelled():
        future.exception()


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Close a client without waiting for what it could not deliver.

    ``AIOKafkaProducer.stop`` flushes first, and with idempotence it waits as long as the bus is away.
    """
    producer._closed = True  # noqa: SLF001 - aiokafka has no way to close without a flush; tested with the bus away
    sender = producer._sender.sender_task  # noqa: SLF001 - the same
    if sender is not None:
        sender.cancel()
    with contextlib.suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await producer.client.close()
    if sender is not None:
        await asyncio.wait({sender}, timeout=_CLOSE_SECONDS)
    _fail_quietly(producer._message_accumulator)  # noqa: SLF001 - the same


def _fail_quietly(waiting: Any) -> None:
    """Fail what a client could not deliver, and take every outcome that nobody else will look at.

    Left alone, asyncio tells of each batch that was tried before (it is no longer where its callback looks for it) and
    of each wait for room that had no waiter.
    """
    batches = {batch for lined_up in waiting._batches.values() for batch in lined_up} | waiting._pending_batches  # noqa: SLF001 - as in _abandon
    waiting._pending_batches |= batches  # noqa: SLF001
    waiting.fail_all(_Abandoned())
    for batch in batches:
        _look_at(batch._drain_waiter)  # noqa: SLF001


def _away() -> Unavailable:
    return Unavailable("bus_away", "Kafka chưa trả lời; dữ kiện vẫn được giữ và sẽ gửi lại.")
