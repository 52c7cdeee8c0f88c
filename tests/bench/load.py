"""The load generator: raw HTTP/1.1 over sockets, bodies prebuilt, the same for the product and for what stands beside.

    python -m tests.bench.load '{"port": 8001, "path": "/v1/petitions", "connections": 16, "seconds": 3.0, …}'

Each connection sends its next request when the answer to the last one is in. It prints one JSON object. A process of
its own, so that it never shares an interpreter with what it measures.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

import uvloop

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_NUMBER: Final = b"@@@@@@@@@@@@"
_LATE_SECONDS: Final = 30.0
HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to send. ``@@@@@@@@@@@@`` in the body becomes a number of twelve digits, another one each time."""

    port: int
    path: str
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    connections: int
    seconds: float
    warm_up_seconds: float = 0.5
    first_number: int = 0
    pause_seconds: float = 0.0
    """What a connection waits between an answer and its next request."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))


class _Shared:
    """What all connections count together."""

    def __init__(self, order: Order) -> None:
        self.pause_seconds = order.pause_seconds
        self.next_number = order.first_number
        self.began_at = time.perf_counter()
        self.starts_at = self.began_at + order.warm_up_seconds
        self.ends_at = self.starts_at + order.seconds
        self.latencies: list[float] = []
        self.statuses: dict[str, int] = {}
        self.last_answer_at = self.began_at
        head, body = _request(order)
        self._before, _, self._after = (head + body).partition(_NUMBER)

    def request(self) -> bytes:
        number, self.next_number = self.next_number, self.next_number + 1
        return b"%b%012d%b" % (self._before, number, self._after)

    def answered(self, status: str, began: float, now: float) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.last_answer_at = now
        if self.starts_at <= began and now <= self.ends_at:
            self.latencies.append(now - began)


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, shared: _Shared, done: "asyncio.Future[None]") -> None:
        self._shared = shared
        self._done = done
        self._buffer = b""
        self._began = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + len(_HEAD_END) + length:
            return
        self._buffer = b""
        self._shared.answered(head[9:12].decode(), self._began, time.perf_counter())
        if self._shared.pause_seconds:
            asyncio.get_running_loop().call_later(self._shared.pause_seconds, self._send)
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            now = time.perf_counter()
            self._shared.answered("lost" if exc is None else "broken", 0.0, now)
            self._done.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None, "called on a connection only"
        self._began = time.perf_counter()
        if self._began >= self._shared.ends_at:
            self._done.set_result(None)
            self._transport.close()
            return
        self._transport.write(self._shared.request())


async def fire(order: Order) -> dict[str, Any]:
    """Send until the time is over; what came back in it."""
    shared = _Shared(order)
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(order.connections)]
    for one in done:
        await loop.create_connection(lambda one=one: _Connection(shared, one), HOST, order.port)  # type: ignore[misc]
    await asyncio.wait(done, timeout=order.warm_up_seconds + order.seconds + _LATE_SECONDS)
    ordered = sorted(shared.latencies)
    return {
        "answers": len(ordered),
        "per_second": len(ordered) / order.seconds,
        "p50_ms": _quantile(ordered, 0.50) * 1e3,
        "p99_ms": _quantile(ordered, 0.99) * 1e3,
        "statuses": shared.statuses,
        "next_number": shared.next_number,
        "all_answers": sum(shared.statuses.values()),
        "all_seconds": shared.last_answer_at - shared.began_at,
        "client_cpu_seconds": time.process_time(),
    }


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def _request(order: Order) -> tuple[bytes, bytes]:
    body = order.body.encode()
    headers = {"host": f"{HOST}:{order.port}", "content-type": "application/json", **order.headers}
    lines = [f"POST {order.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode(), body


if __name__ == "__main__":
    print(json.dumps(uvloop.run(fire(Order(**json.loads(sys.argv[1]))))))
