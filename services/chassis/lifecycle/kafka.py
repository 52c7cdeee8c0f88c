"""A service's mouth and ear on Kafka, real or embedded."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from contracts.errors import Unavailable
from contracts.facts.envelope import Envelope
from contracts.streams import spoken_by
from services.chassis.bus.broker import wait_for_bus
from services.chassis.bus.profiles import profile_of
from services.chassis.bus.security import client_options
from services.chassis.bus.speaker import MEMORY, Speaker
from services.chassis.clock import Clock
from services.chassis.delivery.heard import HandlerTable
from services.chassis.delivery.letters import COLLECTIONS
from services.chassis.delivery.listening import Delivery
from services.chassis.ledger.port import Collection, LedgerEngine
from services.chassis.lifecycle.loops import Loop
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces


class KafkaBus:
    """The ``MouthAndEar`` that speaks and hears. Errors: Refused when the security settings of Kafka do not fit."""

    collections: Sequence[Collection] = (MEMORY, *COLLECTIONS)

    def __init__(
        self,
        service: str,
        handlers: HandlerTable,
        *,
        ledger: LedgerEngine,
        settings: ServiceSettings,
        clock: Clock,
        meters: Meters,
        traces: Traces,
    ) -> None:
        client_options(settings)  # what can never connect is refused before anything starts
        self._service = service
        self._settings = settings
        self.speaker = Speaker(service, ledger, settings)
        self.delivery = Delivery(
            service,
            handlers,
            engine=ledger,
            post=self.speaker.post,
            settings=settings,
            clock=clock,
            meters=meters,
            traces=traces,
        )
        self.loops: Sequence[Loop] = (
            Loop("bus_watch", profile_of(settings).watch_seconds, self.speaker.attend, is_told_elsewhere=True),
        )

    async def connect(self) -> None:
        self.speaker.absence.begin()
        await wait_for_bus(self._settings, frozenset(stream.name for stream in spoken_by(self._service)))
        self.speaker.absence.answered()

    async def listen(self) -> None:
        await self.delivery.start()

    async def publish(self, envelopes: Sequence[Envelope]) -> int:
        return await self.speaker.publish(envelopes)

    async def check(self) -> None:
        if codes := self.delivery.unready:
            raise Unavailable(codes[0], "Luồng dữ kiện chưa sẵn sàng.")

    def detail(self) -> Mapping[str, Any]:
        return {"streams": [asdict(view) for view in self.delivery.views()]}

    async def stop_listening(self, within_seconds: float) -> None:
        async with asyncio.timeout(within_seconds):
            await self.delivery.stop(within_seconds)

    async def disconnect(self) -> None:
        await self.speaker.stop()
