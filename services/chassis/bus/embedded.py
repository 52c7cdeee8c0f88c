"""The embedded bus: Apache Kafka's protocol on localhost, in memory, without a server to install.

    python -m services.chassis.bus.embedded --port 19092

For development, the demo and tests. What it is meant for: up to about 4 MiB or 100,000 facts per partition (twelve
partitions hold some 40,000 facts of 1 KB in all). It **silently drops** what goes beyond 5 MiB or 100,000 records in a
partition, keeps nothing on disk and knows no access rights, no TLS and no transactions. Losing facts here is harmless
by design: speakers keep their history and replay it when they meet an empty bus, and readers hold a key with a gap
until then.

Every start makes one topic ``_tcd.incarnation.<hex>`` beside those of ``contracts.streams``: whoever reads the topic
list sees whether this is still the bus it knew.
"""

import argparse
import asyncio
import contextlib
import errno
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Final, cast
from uuid import uuid4

from contracts.streams import STREAMS, dead_letter_topics
from services.chassis.bus.mock_cluster import MockCluster

INCARNATION_PREFIX: Final = "_tcd.incarnation."
BUSY: Final = 2
"""Exit status when the port is taken."""
_GROUP_JOIN_DELAY_SECONDS: Final = 0.1
_KNOCK_SECONDS: Final = 0.005
_BUSY_ERRORS: Final = {errno.EADDRINUSE, errno.EACCES}


def house_topics() -> dict[str, int]:
    """Every topic of the house and its partitions."""
    streams = {stream.name: stream.partitions for stream in STREAMS}
    return streams | {letters.name: letters.partitions for letters in dead_letter_topics()}


class EmbeddedBus:
    """A mock cluster behind a fixed address: the cluster itself can only listen on a port of its own choice."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1", topics: dict[str, int] | None = None) -> None:
        self._host = host
        self._port = port
        self._topics = house_topics() if topics is None else topics
        self._server: asyncio.Server | None = None
        self._pipes: set[_Pipe] = set()
        self.incarnation: Final = uuid4().hex
        self.cluster: MockCluster | None = None

    @property
    def address(self) -> str:
        """``host:port`` for clients; the port is known once started."""
        return f"{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen. Errors: OSError when the port is taken; then nothing was started."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, self._host, self._port, start_serving=False)
        self._port = self._server.sockets[0].getsockname()[1]
        self.cluster = await asyncio.to_thread(MockCluster, _GROUP_JOIN_DELAY_SECONDS)
        self.cluster.advertise(self._host, self._port)
        await self._make_topics(self.cluster)
        await self._server.start_serving()

    async def stop(self) -> None:
        """Cut every connection and forget everything; safe to repeat."""
        server, self._server = self._server, None
        cluster, self.cluster = self.cluster, None
        if server:
            server.close()
        for pipe in list(self._pipes):
            pipe.abort()
        if cluster:
            await asyncio.to_thread(cluster.destroy)

    async def _make_topics(self, cluster: MockCluster) -> None:
        """Create them while knocking at the mock's door: left alone, it may sleep through a call for a second."""

        def create() -> None:
            for name, partitions in self._all_topics():
                cluster.create_topic(name, partitions)

        creating = asyncio.create_task(asyncio.to_thread(create))
        while not creating.done():
            _, writer = await asyncio.open_connection(cluster.host, cluster.port)
            writer.close()
            await asyncio.wait({creating}, timeout=_KNOCK_SECONDS)
        await creating

    def _all_topics(self) -> Iterable[tuple[str, int]]:
        yield INCARNATION_PREFIX + self.incarnation, 1
        yield from self._topics.items()

    def _accept(self) -> "_Pipe":
        cluster = self.cluster
        assert cluster is not None, "connections are accepted only while the cluster lives"  # noqa: S101 - an invariant
        return _Pipe(cluster.host, cluster.port, self._pipes)


class _End(asyncio.Protocol):
    """One end of a forwarded connection: what it receives, its peer sends."""

    transport: asyncio.Transport | None = None
    peer: "_End | None" = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.peer and self.peer.transport:
            self.peer.transport.write(data)

    def pause_writing(self) -> None:
        if self.peer and self.peer.transport:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer and self.peer.transport:
            with contextlib.suppress(RuntimeError):
                self.peer.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        if self.peer and self.peer.transport:
            self.peer.transport.close()


class _Pipe(_End):
    """The client's end; it reads nothing before the cluster's end is connected."""

    def __init__(self, host: str, port: int, pipes: "set[_Pipe]") -> None:
        self._to = (host, port)
        self._pipes = pipes
        self._dialling: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._pipes.add(self)
        cast("asyncio.Transport", transport).pause_reading()
        self._dialling = asyncio.get_running_loop().create_task(self._dial())

    def connection_lost(self, exc: Exception | None) -> None:
        self._pipes.discard(self)
        super().connection_lost(exc)

    def abort(self) -> None:
        for end in (self, self.peer):
            if end and end.transport:
                end.transport.abort()

    async def _dial(self) -> None:
        far = _End()
        far.peer = self
        try:
            await asyncio.get_running_loop().create_connection(lambda: far, *self._to)
        except OSError:
            self.abort()
            return
        self.peer = far
        if self.transport is None or self.transport.is_closing():
            self.abort()
        else:
            self.transport.resume_reading()


async def _serve(host: str, port: int) -> int:
    bus = EmbeddedBus(port, host)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await bus.start()
    except OSError as error:
        if error.errno not in _BUSY_ERRORS:
            raise
        sys.stderr.write(
            f"The embedded bus cannot listen on {host}:{port}: the port is taken. Choose another --port.\n"
        )
        return BUSY
    sys.stdout.write(f"embedded bus ready on {bus.address} (in memory, meant for at most 4 MiB a partition)\n")
    sys.stdout.flush()
    await stopped.wait()
    await bus.stop()
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bus until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m services.chassis.bus.embedded", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=19092, help="0: any free port; the ready line says which")
    chosen = parser.parse_args(arguments)
    return asyncio.run(_serve(chosen.host, chosen.port))


if __name__ == "__main__":
    sys.exit(main())
