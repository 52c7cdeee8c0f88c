"""A service's side of the bus: its mouth (publishing, replay) and its ear (consumers)."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from contracts.facts.envelope import Envelope
from services.chassis.bus.speaker import MEMORY
from services.chassis.delivery.letters import COLLECTIONS
from services.chassis.ledger.port import Collection
from services.chassis.lifecycle.loops import Loop


class MouthAndEar(Protocol):
    """What the lifecycle needs of the bus."""

    collections: Sequence[Collection]
    """What it keeps in the service's ledger."""
    loops: Sequence[Loop]
    """What it does again and again."""

    async def connect(self) -> None:
        """Wait for the bus. Errors: Unavailable after the settings' patience."""
        ...

    async def listen(self) -> None:
        """Start the consumers."""
        ...

    async def publish(self, envelopes: Sequence[Envelope]) -> int:
        """Say the facts of one aggregate in order; how many from the front were acknowledged."""
        ...

    async def check(self) -> None:
        """Return when consumers are assigned and get on; else Unavailable."""
        ...

    def detail(self) -> Mapping[str, Any]:
        """How each stream is doing, for /readyz."""
        ...

    async def stop_listening(self, within_seconds: float) -> None:
        """Finish the batch in hand, commit, leave the group."""
        ...

    async def disconnect(self) -> None:
        """Let go of the bus."""
        ...


class DeafAndMute:
    """No bus at all: for tests of doors and for commands. What is said waits in the outbox."""

    collections: Sequence[Collection] = (MEMORY, *COLLECTIONS)
    loops: Sequence[Loop] = ()

    async def connect(self) -> None: ...

    async def listen(self) -> None: ...

    async def publish(self, envelopes: Sequence[Envelope]) -> int:  # noqa: ARG002 - nobody is there to hear them
        return 0

    async def check(self) -> None: ...

    def detail(self) -> Mapping[str, Any]:
        return {}

    async def stop_listening(self, within_seconds: float) -> None: ...

    async def disconnect(self) -> None: ...
