"""Partitions move between members of a group on a real Kafka in the middle of work: nothing is even begun twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from contracts.facts.intake import PetitionWithdrawn
from contracts.streams import PETITIONS
from deploy.engines.kafka import KafkaNode
from deploy.engines.server import free_ports
from deploy.topics import Cluster, wanted
from services.chassis.bus.access import KafkaAccess
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.delivery.heard import Heard
from services.chassis.delivery.listening import Delivery
from tests.chassis.delivery_bench import Bench, a_chain, eventually
from tests.engines.addresses import native

WORK_SECONDS = 0.4
"""How long a handler is at it: batches are always in hand when partitions go."""
PATIENCE_SECONDS = 60
MANY = 60


class Work:
    """A handler that takes its time, and facts that keep coming."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.begun: Counter[tuple[str, int]] = Counter()
        self.said: set[tuple[str, int]] = set()
        self.is_enough = False

    async def on_fact(self, heard: Heard[Any]) -> None:
        self.begun[heard.envelope.subject, heard.envelope.sequence] += 1
        await asyncio.sleep(WORK_SECONDS)

    async def go_on(self) -> None:
        while not self.is_enough:
            chain = a_chain(PETITIONS, 3)
            self.said |= {(envelope.subject, envelope.sequence) for envelope in chain}
            await self._bench.say(chain)
            await asyncio.sleep(WORK_SECONDS / 10)

    async def goes_on(self) -> None:
        """Return when much more was begun than by now."""
        enough = len(self.begun) + MANY

        async def has_enough() -> bool:
            return len(self.begun) >= enough

        await eventually(has_enough, PATIENCE_SECONDS)

    async def is_done(self) -> None:
        async def is_all() -> bool:
            handled = self._bench.heard(PETITIONS, "handled")
            return self.begun.keys() == self.said and handled >= len(self.said)

        await eventually(is_all, PATIENCE_SECONDS)


@asynccontextmanager
async def a_real_bench(folder: Path) -> AsyncIterator[Bench]:
    native("kafka")
    node = KafkaNode(folder / "kafka", *free_ports(2))
    try:
        await asyncio.to_thread(node.start)
        async with Cluster(KafkaAccess(kafka_bootstrap_servers=node.bootstrap)) as cluster:
            await cluster.create(wanted(1))
        bench = Bench(folder, cast("EmbeddedBus", SimpleNamespace(address=node.bootstrap)))
        bench.settings = bench.settings.model_copy(update={"bus_profile": "kafka"})
        await bench.open()
        try:
            yield bench
        finally:
            await bench.close()
    finally:
        await asyncio.to_thread(node.stop)


def share_of(ear: Delivery) -> int:
    return next(view.assigned for view in ear.views() if view.stream == PETITIONS.name)


async def test_members_that_join_in_the_middle_of_work_take_over_without_repeating_any(tmp_path: Path) -> None:
    async with a_real_bench(tmp_path) as bench:
        work = Work(bench)
        members = [await bench.listen({PetitionWithdrawn: work.on_fact}, replica="0")]
        talking = asyncio.create_task(work.go_on())
        await work.goes_on()
        for replica in ("1", "2"):
            members.append(await bench.listen({PetitionWithdrawn: work.on_fact}, replica=replica))
            share = PETITIONS.partitions // len(members)

            async def is_shared(wanted_share: int = share) -> bool:
                return [share_of(member) for member in members] == [wanted_share] * len(members)

            await eventually(is_shared, PATIENCE_SECONDS)
            await work.goes_on()
        work.is_enough = True
        await talking
        await work.is_done()

        assert {key: times for key, times in work.begun.items() if times > 1} == {}
        assert bench.heard(PETITIONS, "duplicate") == 0
