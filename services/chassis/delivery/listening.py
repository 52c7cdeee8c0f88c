"""The ears of a service: one batch subscriber per stream, each with its inbox.

Group ``<service>.<stream slug>``; earliest; offsets are committed by FastStream after the batch is durable, and a batch
that fails is given back whole. A rebalance waits for the batch in hand.
"""

import asyncio
import contextlib
from typing import Final

from faststream.kafka import KafkaBroker

from contracts.facts import BY_TYPE
from contracts.facts.base import Fact
from contracts.streams import STREAMS, Stream
from services.chassis.bus.broker import consumer_options, make_broker, wait_for_bus
from services.chassis.bus.profiles import profile_of
from services.chassis.clock import Clock
from services.chassis.delivery.attempts import Limits
from services.chassis.delivery.ear import Ear, EarView
from services.chassis.delivery.heard import HandlerTable
from services.chassis.delivery.inbox import Inbox
from services.chassis.delivery.letters import Post
from services.chassis.ledger.port import LedgerEngine
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces

_SWEEP_SECONDS: Final = 1.0
_STOP_SHARE: Final = 0.6
"""Of the grace period, what a batch in hand may use; the rest is for its commit and for closing."""


class Delivery:
    """All ears of one service. ``start`` waits for the bus; ``stop`` finishes the batches in hand."""

    def __init__(
        self,
        service: str,
        table: HandlerTable,
        *,
        engine: LedgerEngine,
        post: Post,
        settings: ServiceSettings,
        clock: Clock,
        meters: Meters,
        traces: Traces,
        limits: Limits | None = None,
    ) -> None:
        self._service = service
        self._settings = settings
        self._profile = profile_of(settings)
        self._meters = meters
        self._broker: KafkaBroker | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._ears: list[Ear] = []
        for stream in streams_for(service, table):
            inbox = Inbox(
                service,
                stream,
                table,
                engine=engine,
                post=post,
                clock=clock,
                meters=meters,
                traces=traces,
                batch_seconds=self._profile.batch_seconds,
                limits=limits,
            )
            self._ears.append(Ear(service, inbox, self._profile, meters))

    @property
    def streams(self) -> tuple[Stream, ...]:
        """What this service listens to."""
        return tuple(ear.inbox.stream for ear in self._ears)

    async def start(self) -> None:
        """Begin to listen. Errors: Unavailable("bus_away") or ("topics_missing") when the bus is not there in time."""
        topics = {stream.name for stream in self.streams}
        letters = {stream.dead_letters_of(self._service) for stream in self.streams}
        await wait_for_bus(self._settings, frozenset(topics | letters))
        broker = make_broker(self._settings, self._service)
        for ear in self._ears:
            ear.subscribe(broker, consumer_options(self._settings, self._service, ear.inbox.stream))
        self._broker = broker
        await broker.start()
        self._sweeping = asyncio.create_task(self._sweep_for_ever(), name="delivery-sweep")

    async def stop(self, within_seconds: float | None = None) -> None:
        """Finish and commit the batches in hand, within the grace period; what does not fit comes again."""
        grace_seconds = self._settings.stop_grace_seconds if within_seconds is None else within_seconds
        for ear in self._ears:
            ear.inbox.stop(grace_seconds * _STOP_SHARE)
        if self._sweeping:
            self._sweeping.cancel()
            await asyncio.wait({self._sweeping})
        broker, self._broker = self._broker, None
        if broker:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_seconds):
                    await broker.stop()

    def views(self) -> tuple[EarView, ...]:
        """How each stream is doing."""
        return tuple(ear.view() for ear in self._ears)

    @property
    def unready(self) -> tuple[str, ...]:
        """Why this service should get no work now, as codes; empty when all is well."""
        if self._ears and self._broker is None:
            return ("not_listening",)
        return tuple(sorted({code for ear in self._ears for code in ear.complaints()}))

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            for ear in self._ears:
                await ear.revive()
                await ear.sweep()


def streams_for(service: str, table: HandlerTable) -> tuple[Stream, ...]:
    """The streams a service listens to: those it may read, of the speakers whose facts it has handlers for."""
    speakers = {_speaker_of(fact) for fact in table}
    return tuple(stream for stream in STREAMS if service in stream.readers and stream.speaker in speakers)


def _speaker_of(fact: type[Fact]) -> str:
    """Facts are filed under the service that says them: ``contracts.facts.<speaker>``."""
    if BY_TYPE.get(fact.TYPE) is not fact:
        raise ValueError(f"{fact.__name__} is no fact of the house")
    return fact.__module__.rpartition(".")[2]
