"""An onlooker on the bus: collects every fact, so that the demo can wait for one and print timelines at the end."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from aiokafka import AIOKafkaConsumer

from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope, Unreadable, from_record
from contracts.streams import BY_NAME, STREAMS
from services.chassis.bus.access import KafkaAccess
from services.chassis.bus.security import client_options

F = TypeVar("F", bound=Fact)
WAIT_SECONDS: Final = 60.0


class NotHeard(Exception):
    """A fact that had to come did not."""


class Watch:
    """Reads all streams from the beginning, in no group, and remembers each fact once."""

    def __init__(self, to: str | KafkaAccess) -> None:
        """``to``: ``host:port``, or what a Kafka with TLS and users has to be told."""
        self._access = KafkaAccess(kafka_bootstrap_servers=to) if isinstance(to, str) else to
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.heard: dict[tuple[str, str, int], tuple[Envelope, Fact]] = {}
        self.records: list[list[bytes]] = []
        """Every record as it came, key, headers and value: for who looks for what must not be there."""

    async def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def start_again(self) -> None:
        """Read a new bus from its beginning; what was heard stays heard."""
        await self.stop()
        await self.start()

    def facts(self) -> Iterable[tuple[Envelope, Fact]]:
        """Everything heard so far, by the speaker's time."""
        return sorted(self.heard.values(), key=lambda pair: (pair[0].time, pair[0].stream, pair[0].sequence))

    async def until(self, kind: type[F], fits: Callable[[F], bool], *, seconds: float = WAIT_SECONDS) -> F:
        """The first fact of this type that fits, heard already or to come. Errors: NotHeard."""

        def found() -> F | None:
            return next((fact for _, fact in self.facts() if isinstance(fact, kind) and fits(fact)), None)

        try:
            async with asyncio.timeout(seconds), self._changed:
                while (fact := found()) is None:
                    await self._changed.wait()
                return fact
        except TimeoutError:
            raise NotHeard(f"{kind.__name__} không đến sau {seconds:.0f} giây (did not come)") from None

    async def _listen(self) -> None:
        consumer = AIOKafkaConsumer(
            *(stream.name for stream in STREAMS),
            **client_options(self._access),
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_wait_ms=20,
        )
        await consumer.start()
        try:
            while True:
                batches = await consumer.getmany(timeout_ms=50)
                async with self._changed:
                    for records in batches.values():
                        for record in records:
                            headers = [piece for name, raw in record.headers for piece in (name.encode(), raw or b"")]
                            self.records.append([record.key or b"", record.value or b"", *headers])
                            self._remember(record.topic, list(record.headers), record.value)
                    self._changed.notify_all()
        finally:
            await consumer.stop()

    def _remember(self, topic: str, headers: list[tuple[str, bytes]], value: bytes | None) -> None:
        try:
            envelope = from_record(topic, headers, value)
            fact = envelope.fact()
        except Unreadable:
            return
        if fact is not None:
            self.heard[BY_NAME[topic].slug, envelope.subject, envelope.sequence] = (envelope, fact)
