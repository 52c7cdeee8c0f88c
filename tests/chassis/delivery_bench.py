"""A speaker, a bus and a listener on one bench: real Kafka protocol, real ledger file, a handler that keeps a diary."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import BaseModel

from contracts.facts.base import Fact
from contracts.facts.envelope import GENESIS, Envelope, seal
from contracts.facts.intake import ContactGiven, PetitionWithdrawn
from contracts.facts.notify import NoticeDelivered
from contracts.facts.recording import RecordingStarted
from contracts.facts.routing import CaseAccepted
from contracts.facts.sessions import SessionCancelled
from contracts.ids import CaseId, FactId, NoticeId, PetitionId, PointId, RecordingId, SessionId, derived
from contracts.streams import CASES, CONTACTS, DENUNCIATIONS, NOTICES, PETITIONS, RECORDINGS, SESSIONS, Stream
from contracts.vocabulary import ChangeReason, NoticeChannel, PetitionKind, WithdrawalScope
from services.chassis.bus.broker import partition_of
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.bus.speaker import MEMORY, Speaker
from services.chassis.clock import SystemClock
from services.chassis.delivery.attempts import Limits
from services.chassis.delivery.heard import HandlerTable, Heard
from services.chassis.delivery.letters import COLLECTIONS, Shelf
from services.chassis.delivery.listening import Delivery
from services.chassis.ledger.drawer import LedgerDrawer
from services.chassis.ledger.port import Collection
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces

MOMENT: Final = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DIARY: Final = Collection("diary")
PATIENCE_SECONDS: Final = 20.0
READ_BY_SERVICES: Final = (PETITIONS, DENUNCIATIONS, CONTACTS, CASES, SESSIONS, RECORDINGS, NOTICES)


def a_fact(stream: Stream, subject: UUID) -> Fact:
    """The smallest fact of a stream."""
    petition = PetitionId(subject)
    made: dict[str, Callable[[], Fact]] = {
        PETITIONS.name: lambda: _withdrawn(petition, PetitionKind.COMPLAINT),
        DENUNCIATIONS.name: lambda: _withdrawn(petition, PetitionKind.DENUNCIATION),
        CONTACTS.name: lambda: ContactGiven(
            petition_id=petition, is_discreet=False, key_id="k1", sealed="c2VhbGVk" * 5
        ),
        CASES.name: lambda: CaseAccepted(
            case_id=CaseId(subject), petition_id=petition, kind=PetitionKind.COMPLAINT, accepted_on=MOMENT.date(),
            settling_authority="xa-17971", clocks=(),
        ),
        SESSIONS.name: lambda: SessionCancelled(
            session_id=SessionId(subject), reason=ChangeReason.DISASTER, cases=()
        ),
        RECORDINGS.name: lambda: RecordingStarted(
            recording_id=RecordingId(subject), session_id=SessionId(subject), started_at=MOMENT,
            point_id=PointId(subject),
        ),
        NOTICES.name: lambda: NoticeDelivered(
            notice_id=NoticeId(subject), cause=FactId(subject), template="T01.2026-07", channel=NoticeChannel.SMS,
            delivered_at=MOMENT,
        ),
    }  # fmt: skip
    return made[stream.name]()


def _withdrawn(petition: PetitionId, kind: PetitionKind) -> Fact:
    return PetitionWithdrawn(petition_id=petition, kind=kind, scope=WithdrawalScope.WHOLE, withdrawn_at=MOMENT)


def a_chain(stream: Stream, length: int, subject: UUID | None = None, said: Sequence[Fact] = ()) -> list[Envelope]:
    """The first facts of a subject, chained as a drawer would; ``said`` instead of the smallest ones, if given."""
    subject = subject or uuid4()
    chain: list[Envelope] = []
    for sequence in range(1, length + 1):
        fact = said[sequence - 1] if said else a_fact(stream, subject)
        prev_hash = chain[-1].hash if chain else GENESIS
        chain.append(
            seal(
                fact,
                fact_id=derived("test", subject, stream.name, sequence),
                source=f"/tiepdan/{stream.speaker}",
                time=MOMENT,
                sequence=sequence,
                prev_hash=prev_hash,
                traceparent=None,
            )
        )
    return chain


def resealed(envelope: Envelope, **changed: Any) -> Envelope:
    """The same envelope with other content and no new hash: what a forger makes."""
    return Envelope(**{name: getattr(envelope, name) for name in Envelope.__slots__} | changed)


class Page(BaseModel):
    """What the diary holds of one subject."""

    heard: tuple[int, ...] = ()


class Diary:
    """A handler whose effects are durable and idempotent, as those of the house are; it also remembers every call."""

    def __init__(self, engine: SqliteLedger, stream: Stream) -> None:
        self.calls: list[tuple[str, int]] = []
        self.before: Callable[[Heard[Any]], Awaitable[None]] | None = None
        self._changed = asyncio.Condition()
        self._pages = LedgerDrawer(engine, DIARY, Page, lambda _: {}, clock=SystemClock(), speaker="routing")
        self._slug = stream.slug

    async def on_fact(self, heard: Heard[Any]) -> None:
        if self.before:
            await self.before(heard)
        subject, sequence = heard.envelope.subject, heard.envelope.sequence
        self.calls.append((subject, sequence))
        if await self._pages.find(subject) is None:
            await self._pages.add(subject, Page(heard=(sequence,)), [], heard.mark)
        else:
            await self._pages.decide(subject, lambda page: (Page(heard=(*page.heard, sequence)), []), heard.mark)
        async with self._changed:
            self._changed.notify_all()

    async def pages(self) -> dict[str, tuple[int, ...]]:
        """What is written, by subject: each fact once, in the order of its effects."""
        found: dict[str, tuple[int, ...]] = {}
        for subject in {subject for subject, _ in self.calls}:
            stored = await self._pages.find(subject)
            if stored:
                found[subject] = stored.state.heard
        return found

    async def page(self, subject: object) -> tuple[int, ...]:
        stored = await self._pages.find(str(subject))
        return stored.state.heard if stored else ()

    async def until(self, chains: Iterable[Sequence[Envelope]], seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until every fact of these chains has had its effect."""
        wanted = [(chain[0].subject, tuple(envelope.sequence for envelope in chain)) for chain in chains]

        async def is_all() -> bool:
            return all([await self.page(subject) == sequences for subject, sequences in wanted])

        await eventually(is_all, seconds)


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition with a deadline."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - what changes is in files and on the bus, where no event is set
            await asyncio.sleep(0.02)


class Bench:
    """One service that listens, one ledger, one bus, and a producer that can say anything."""

    def __init__(self, folder: Path, bus: EmbeddedBus, service: str = "notify") -> None:
        self.folder = folder
        self.bus = bus
        self.service = service
        self.engine = SqliteLedger(folder / f"{service}.db")
        self.settings = ServiceSettings(
            kafka_bootstrap_servers=bus.address, bus_wait_seconds=10, stop_grace_seconds=8, data_folder=folder
        )
        self.meters = Meters(service)
        self.traces = Traces(service, self.settings)
        self.mouth = Speaker(service, self.engine, self.settings)
        self.shelf = Shelf(self.engine)
        self.ears: list[Delivery] = []
        self._producer: AIOKafkaProducer | None = None

    async def open(self) -> None:
        await self.engine.open([DIARY, MEMORY, *COLLECTIONS])

    async def listen(self, table: HandlerTable, limits: Limits | None = None, replica: str = "0") -> Delivery:
        """One more replica of the service."""
        ear = Delivery(
            self.service,
            table,
            engine=self.engine,
            post=self.mouth.post,
            settings=self.settings.model_copy(update={"replica": replica}),
            clock=SystemClock(),
            meters=self.meters,
            traces=self.traces,
            limits=limits,
        )
        self.ears.append(ear)
        await ear.start()
        return ear

    async def close(self) -> None:
        for ear in self.ears:
            await ear.stop()
        await self.mouth.stop()
        await self.hush()
        await self.engine.close()

    async def hush(self) -> None:
        producer, self._producer = self._producer, None
        if producer:
            await producer.stop()

    async def raw(
        self,
        stream: Stream,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]],
        *,
        key: bytes | None = None,
        partition: int = 0,
    ) -> None:
        """Say anything at all."""
        if self._producer is None:
            self._producer = AIOKafkaProducer(bootstrap_servers=self.bus.address)
            await self._producer.start()
        await self._producer.send_and_wait(stream.name, value=value, key=key, partition=partition, headers=headers)

    async def say(self, envelopes: Iterable[Envelope]) -> None:
        """Say these facts as their speaker would."""
        for envelope in envelopes:
            stream = next(stream for stream in READ_BY_SERVICES if stream.name == envelope.stream)
            await self.raw(
                stream,
                envelope.value,
                envelope.headers(),
                key=envelope.subject.encode(),
                partition=partition_of(stream, envelope.subject),
            )

    async def dead_letters(self, stream: Stream, count: int) -> list[Any]:
        """The records of the dead-letter topic, once there are so many."""
        consumer = AIOKafkaConsumer(
            stream.dead_letters_of(self.service), bootstrap_servers=self.bus.address, auto_offset_reset="earliest"
        )
        await consumer.start()
        found: list[Any] = []
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(found) < count:
                    for records in (await consumer.getmany(timeout_ms=100)).values():
                        found.extend(records)
        finally:
            await consumer.stop()
        return found

    def heard(self, stream: Stream, outcome: str) -> float:
        """How many facts of a stream ended so."""
        return self.sample("tcd_facts_heard_total", stream=stream.name, group=self.service, outcome=outcome)

    def sample(self, name: str, **labels: str) -> float:
        return self.meters.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def a_bench(folder: Path, service: str = "notify") -> AsyncIterator[Bench]:
    """A bench with its own bus."""
    bus = EmbeddedBus()
    await bus.start()
    bench = Bench(folder, bus, service)
    await bench.open()
    try:
        yield bench
    finally:
        await bench.close()
        await bus.stop()
