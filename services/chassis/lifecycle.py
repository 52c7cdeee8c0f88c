"""How a service is put together, started and stopped: the same for all five.

Start: open ledger and vault → HTTP up (not ready) → wait for the bus, then consumers, relay, loops → ready.
Stop: not ready → wait for the balancer → close HTTP → stop consumers after their batch → drain the outbox → close drawers.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loop:
    """Work that is done again and again: ``step`` runs every ``period_seconds``, and at once when it says there is more.

    A step that raises is logged and counted, and tried again after the period.
    """

    name: str
    period_seconds: float
    step: Callable[[], Awaitable[bool]]
    """Returns True when there is more to do right now."""
