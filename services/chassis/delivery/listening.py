"""The ears of a service: one batch subscriber per stream, each with its inbox.

Group ``<service>.<stream slug>``; earliest; offsets are committed by FastStream after the batch is durable, and a batch
that fails is given back whole. A rebalance waits for the batch in hand.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from faststream.kafka import KafkaBroker

from contracts.facts import BY_TYPE
from contracts.facts.base import Fact
from contracts.streams import STREAMS, Stream
from services.chassis.bus.broker import consumer_options, make_broker, wait_for_bus
from services.chassis.bus.profiles import profile_of
from services.chassis.clock import Clock
from services.chassis.delivery.attempts import Limits
from services.chassis.delivery.ear import Ear, EarView, give_handlers
from services.chassis.delivery.heard import HandlerTable
from services.chassis.delivery.inbox import Inbox
from services.chassis.delivery.letters import Post
from services.chassis.ledger.port import LedgerEngine
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces, fault_of, get_log

_TEND_SECONDS: Final = 1.0
_BATCH_SHARE: Final = 0.6
"""Of the time for a stop, what a batch in hand may use; the rest is for its commit and for closing."""
_HANDLER_SHARE: Final = 0.8
"""… after which FastStream cancels what still runs …"""
_CLOSING_SHARE: Final = 0.95
"""… and what closing may use altogether: less than the caller waits."""


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
        self._tending: list[asyncio.Task[None]] = []
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
                sweep_seconds=self._profile.sweep_seconds,
                over_seconds=self._profile.over_seconds,
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
        self._tending = [
            asyncio.create_task(_again_and_again(step), name=f"delivery {ear.inbox.stream.slug}")
            for ear in self._ears
            for step in (ear.revive, ear.sweep, ear.look)
        ]

    async def stop(self, within_seconds: float | None = None) -> None:
        """Finish and commit the batches in hand, within the grace period; what does not fit comes again."""
        grace_seconds = self._settings.stop_grace_seconds if within_seconds is None else within_seconds
        for ear in self._ears:
            ear.inbox.stop(grace_seconds * _BATCH_SHARE)
        broker, self._broker = self._broker, None
        tending, self._tending = self._tending, []
        for task in tending:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds * _CLOSING_SHARE):
                await asyncio.gather(*tending, return_exceptions=True)
                if broker:
                    give_handlers(broker, grace_seconds * _HANDLER_SHARE)
                    await asyncio.gather(*(ear.stop() for ear in self._ears), return_exceptions=True)
                    await broker.stop()

    def views(self) -> tuple[EarView, ...]:
        """How each stream is doing."""
        return tuple(ear.view() for ear in self._ears)

    @property
    def unready(self) -> tuple[str, ...]:
        """Why this service should get no work now, as codes; empty when all is well."""
        if self._ears and self._broker is None:
            return ("not_listening",)
        untended = {"not_tended"} if any(task.done() for task in self._tending) else set()
        return tuple(sorted(untended.union(*(ear.complaints() for ear in self._ears))))


async def _again_and_again(step: Callable[[], Awaitable[None]]) -> None:
    """Tend one ear: each has its own, so that a slow stream does not keep another from being healed."""
    while True:
        await asyncio.sleep(_TEND_SECONDS)
        try:
            await step()
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise  # meant for us, and not what a library left of one of its own tasks
            get_log().error("delivery.tending_failed", **fault_of(error))


def streams_for(service: str, table: HandlerTable) -> tuple[Stream, ...]:
    """The streams a service listens to: those it may read, of the speakers whose facts it has handlers for."""
    speakers = {_speaker_of(fact) for fact in table}
    return tuple(stream for stream in STREAMS if service in stream.readers and stream.speaker in speakers)


def _speaker_of(fact: type[Fact]) -> str:
    """Facts are filed under the service that says them: ``contracts.facts.<speaker>``."""
    if BY_TYPE.get(fact.TYPE) is not fact:
        raise ValueError(f"{fact.__name__} is no fact of the house")
    return fact.__module__.rpartition(".")[2]
