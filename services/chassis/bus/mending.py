"""What aiokafka does not do for itself: the one place that changes its code. Each change has a test; it is pinned.

A connection may close between the look whether it is open and the write. asyncio's transports pass over that write;
uvloop's raise a RuntimeError, for which aiokafka has no plan: it ends the task that keeps the list of brokers, and then
every consumer of that client waits for that list for ever, still assigned and without a word.
"""

from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError


def mend_connections() -> None:
    """From now on a write to a closed transport is a broken connection, as a failed one is. Safe to repeat."""
    original = AIOKafkaConnection.send
    if getattr(original, "is_mended", False):
        return

    def send(self: Any, request: Any, expect_response: bool = True) -> Any:
        try:
            return original(self, request, expect_response)
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError("the connection was closed before it was written to") from error

    send.is_mended = True  # type: ignore[attr-defined] # a mark on a function, so that it is wrapped once
    AIOKafkaConnection.send = send
