"""Start and stop in the right order. A start that fails ends the process; a stop keeps its time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from contracts.errors import TiepdanError
from services.chassis.health import Health, Heartbeat, State
from services.chassis.ledger.port import Collection, LedgerEngine
from services.chassis.ledger.relay import Relay
from services.chassis.lifecycle.loops import Loop, Loops
from services.chassis.lifecycle.mouth_and_ear import MouthAndEar
from services.chassis.settings import ServiceSettings
from services.chassis.telemetry import Meters, Traces, fault_of, get_log
from services.chassis.vault.port import Vault

log = get_log()

_LEAST_SECONDS: Final = 0.2
_LISTENING_SHARE: Final = 0.6
_DRAINING_SHARE: Final = 0.5
_ENDING_SHARE: Final = 0.7


class Place(Protocol):
    """Something of a service's own that has to be there before its doors open."""

    name: str
    """For the one line that says why a start failed."""

    async def open(self) -> None:
        """Take it. Whatever this raises ends the start."""
        ...

    async def close(self) -> None:
        """Give it back; safe to repeat, also when it was never taken."""
        ...


class StartFailed(Exception):
    """The service cannot start; ``line`` is the one line for whoever started it."""

    def __init__(self, part: str, error: BaseException) -> None:
        self.line = f"cannot start: {part}: {_reason(error)}"
        super().__init__(self.line)


class Life:
    """One service's life: ``begin`` before HTTP opens, ``go_on`` beside it, ``end`` after HTTP closed."""

    def __init__(
        self,
        settings: ServiceSettings,
        *,
        ledger: LedgerEngine,
        vault: Vault,
        bus: MouthAndEar,
        relay: Relay,
        collections: Sequence[Collection],
        loops: Sequence[Loop],
        places: Sequence[Place] = (),
        health: Health,
        meters: Meters,
        traces: Traces,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._vault = vault
        self._bus = bus
        self._relay = relay
        self._collections = (*collections, *bus.collections)
        self._loops = Loops((*loops, *bus.loops), meters)
        self._places = tuple(places)
        self._health = health
        self._traces = traces
        self._heartbeat = Heartbeat(meters)
        self._going_on: asyncio.Task[None] | None = None
        self.failure: StartFailed | None = None
        self.on_failure: Callable[[], None] = lambda: None

    async def begin(self) -> None:
        """Open what answers need, then let HTTP open while the rest goes on. Errors: StartFailed."""
        self._heartbeat.start()
        try:
            await self._open("ledger", self._ledger.open(self._collections))
            await self._open("vault", self._vault.open())
            for place in self._places:
                await self._open(place.name, place.open())
        except StartFailed as failure:
            self.failure = failure
            await self._close_drawers(self._settings.stop_grace_seconds)
            raise
        self._going_on = asyncio.create_task(self._go_on(), name="start")

    async def _go_on(self) -> None:
        try:
            await self._open("bus", self._bus.connect())
            await self._open("relay", self._relay.start())
            await self._open("consumers", self._bus.listen())
            await self._open("loops", self._loops.start())
        except StartFailed as failure:
            self.failure = failure
            self._health.state = State.FAILED
            self.on_failure()
            return
        self._health.state = State.READY
        log.info("service.ready", engine=self._ledger.name.replace(" ", "-"))

    async def _open(self, part: str, opening: Awaitable[None]) -> None:
        try:
            await opening
        except Exception as error:
            log.exception("service.start_failed", part=part, exc_info=error)
            raise StartFailed(part, error) from error

    def leave(self) -> None:
        """Say not ready from now on; work in hand goes on."""
        if self._health.state is not State.FAILED:
            self._health.state = State.STOPPING

    async def end(self) -> None:
        """Stop everything in order, each step with its share of what is left of the grace period."""
        self.leave()
        clock = asyncio.get_running_loop().time
        stop_at = clock() + self._settings.stop_grace_seconds * _ENDING_SHARE

        def left() -> float:
            return max(stop_at - clock(), _LEAST_SECONDS)

        await self._cancel_start()
        listening_seconds = left() * _LISTENING_SHARE
        await _bounded("consumers", self._bus.stop_listening(listening_seconds), listening_seconds + _LEAST_SECONDS)
        await _bounded("loops", self._loops.stop(), left())
        await _bounded("outbox", self._drain(left() * _DRAINING_SHARE), left())
        await _bounded("relay", self._relay.stop(), left())
        await _bounded("bus", self._bus.disconnect(), left())
        await self._close_drawers(left())
        await self._heartbeat.stop()
        await _bounded("telemetry", asyncio.to_thread(self._traces.close), left())
        log.info("service.stopped")

    async def _drain(self, within_seconds: float) -> None:
        if not await self._relay.drain(within_seconds):
            log.warning("service.outbox_not_empty")

    async def _cancel_start(self) -> None:
        if self._going_on and not self._going_on.done():
            self._going_on.cancel()
            with suppress(asyncio.CancelledError):
                await self._going_on

    async def _close_drawers(self, within_seconds: float) -> None:
        for place in self._places:
            await _bounded(place.name, place.close(), within_seconds)
        await _bounded("vault", self._vault.close(), within_seconds)
        await _bounded("ledger", self._ledger.close(), within_seconds)


def _reason(error: BaseException) -> str:
    if isinstance(error, TiepdanError):
        return error.sentence
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return " ".join(fault_of(error).values())


async def _bounded(part: str, closing: Awaitable[None], within_seconds: float) -> None:
    """Wait so long and go on: a part that cannot stop must not keep the others from stopping."""
    task = asyncio.ensure_future(closing)
    done, _ = await asyncio.wait({task}, timeout=within_seconds)
    if not done:
        task.cancel()
        log.warning("service.stop_timed_out", part=part)
    elif not task.cancelled() and (error := task.exception()):
        log.error("service.stop_failed", part=part, exc_info=error)
