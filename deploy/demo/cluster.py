"""The house on three Kafka nodes: every topic in three copies, two of them acknowledged, so that one node may die."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.demo.house import CannotStart, Ports
from deploy.demo.real import RealHouse, given_by_environment
from deploy.engines import EngineFailed, is_built
from deploy.engines.kafka import KafkaCluster

NODES: Final = 3


class ClusterHouse(RealHouse):
    """A real house whose Kafka is a ``KafkaCluster`` of its own; MongoDB and S3 as in ``RealHouse``."""

    def __init__(
        self,
        data: Path,
        ports: Ports,
        more: Mapping[str, str] | None = None,
        *,
        given: Mapping[str, str] | None = None,
    ) -> None:
        self.cluster: Final = KafkaCluster(data.resolve() / "engines" / "kafka3", NODES)
        all_given = given_by_environment() if given is None else given
        others = {name: value for name, value in all_given.items() if not name.startswith("KAFKA_")}
        super().__init__(data, ports, more, given={**others, "KAFKA_BOOTSTRAP_SERVERS": self.cluster.bootstrap})
        self._forming: asyncio.Task[KafkaCluster] | None = None

    def check_ports(self) -> None:
        if not is_built("kafka"):
            raise CannotStart("chưa dựng kafka: hãy chạy `make engines` (not built: run `make engines`).")
        super().check_ports()

    async def start_bus(self) -> None:
        """The nodes, the other engines, then the topics in three copies. Errors: CannotStart."""
        self._forming = asyncio.create_task(asyncio.to_thread(self.cluster.start))
        try:
            await asyncio.shield(self._forming)
        except EngineFailed as failure:
            raise CannotStart(str(failure)) from failure
        await super().start_bus()

    async def kill_bus(self) -> None:
        """``kill -9`` of all nodes."""
        await asyncio.to_thread(self.cluster.kill)

    async def restart_bus(self) -> None:
        """All nodes again, on the data they had. Errors: EngineFailed."""
        await asyncio.to_thread(self.cluster.start)

    async def stop(self) -> None:
        """Services, neighbours, engines, then the nodes."""
        await super().stop()
        if self._forming is not None:
            with contextlib.suppress(EngineFailed):  # told already, and then none is left running
                await self._forming
            await asyncio.to_thread(self.cluster.stop)
