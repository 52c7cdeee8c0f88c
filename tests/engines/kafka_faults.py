"""Faults of Kafka and of the replicas that share its partitions; each proves from outside that it really happened."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from confluent_kafka import KafkaException

from contracts.streams import STREAMS
from deploy.demo.cluster import ClusterHouse
from deploy.demo.house import House
from deploy.demo.real import RealHouse
from deploy.engines.kafka import KafkaCluster
from deploy.topics import Cluster
from tests.chaos.breaking import Fault, Scene
from tests.engines.groups import Groups

KILLED: Final = "Kafka killed -9"
NODE_KILLED: Final = "Kafka node killed -9"
LEADERS_MOVED: Final = "leaders moved"
FILED_AWAY: Final = "petitions acknowledged while Kafka was away"
LOST, BACK = "bus.connection_lost", "bus.connection_back"
COMPLAINTS_MAX: Final = 6
"""Lines of warning and error of one service while its bus is away for a minute: lost, still so, back, and some room."""
_ELECTION_SECONDS: Final = 45.0
_LOOK_SECONDS: Final = 0.05
_TRIES: Final = 4


def kill_kafka(times: int, *, away_seconds: tuple[float, float] = (0.0, 3.0)) -> Fault:
    """A single Kafka, so often at random moments; back on its data after a random while."""

    async def fault(scene: Scene) -> None:
        house = _real(scene.house)
        for time in range(1, times + 1):
            await scene.until_acknowledged(petitions=time * scene.run.plan.petitions // (times + 2))
            await asyncio.sleep(scene.chance.uniform(0, 1))  # the random moment is the test
            before = house.engines.kafka.pid
            await house.kill_bus()
            assert not await asyncio.to_thread(house.engines.kafka.brokers), "it still answers"
            await asyncio.sleep(scene.chance.uniform(*away_seconds))
            await house.restart_bus()
            assert house.engines.kafka.pid != before
            scene.happened(KILLED)

    return fault


def bus_away(seconds: float) -> Fault:
    """A single Kafka is away so long while filing goes on; then every service has said so, and that it is back."""

    async def fault(scene: Scene) -> None:
        house = _real(scene.house)
        await scene.until_acknowledged(petitions=scene.run.plan.petitions // 10)
        await house.kill_bus()
        before = len(scene.run.acknowledged.petitions)
        await asyncio.sleep(seconds)
        assert not await asyncio.to_thread(house.engines.kafka.brokers), "it answers"
        scene.happened(FILED_AWAY, len(scene.run.acknowledged.petitions) - before)
        for name in house.ports.services:
            await house.until_ready(name)  # Kafka's absence takes no door away
        await house.restart_bus()
        scene.happened(KILLED)
        for name in house.ports.services:
            await _until_back(house, name, seconds=90)
            complaints = [line for line in said_by(house, name) if line["level"] != "info"]
            assert complaints[0]["event"] == LOST, complaints[:3]
            assert len(complaints) <= COMPLAINTS_MAX, [line["event"] for line in complaints]

    return fault


def kill_leaders() -> Fault:
    """Each node of three once: with each, the leaders of many partitions; whole again in between."""

    async def fault(scene: Scene) -> None:
        assert isinstance(scene.house, ClusterHouse)
        cluster = scene.house.cluster
        topics = [stream.name for stream in STREAMS]
        await _two_must_have_a_record(cluster, topics)
        nodes = list(cluster.nodes)
        scene.chance.shuffle(nodes)
        moved: set[str] = set()
        for turn, victim in enumerate(nodes, 1):
            await scene.until_acknowledged(petitions=turn * scene.run.plan.petitions // (len(nodes) + 2))
            await asyncio.to_thread(cluster.until_in_sync)
            moved |= await _kill_and_see_leaders_move(scene, cluster, victim, topics)
            await asyncio.to_thread(cluster.nodes[victim].start)
            await asyncio.to_thread(cluster.until_whole)
        await asyncio.to_thread(cluster.until_in_sync)
        assert moved == set(topics), f"no leader of these was killed: {set(topics) - moved}"

    return fault


async def _two_must_have_a_record(cluster: KafkaCluster, topics: list[str]) -> None:
    """What the cluster itself says of every topic of ours. Errors: AssertionError."""
    async with Cluster(cluster.bootstrap) as asked:
        found = await asked.found(topics, ("min.insync.replicas", "unclean.leader.election.enable"))
    said = {(one.replication, *sorted(one.configs.items())) for one in found.values()}
    assert found.keys() == set(topics)
    assert said == {(3, ("min.insync.replicas", "2"), ("unclean.leader.election.enable", "false"))}


async def _kill_and_see_leaders_move(scene: Scene, cluster: KafkaCluster, victim: int, topics: list[str]) -> set[str]:
    """The topics that lost a leader and have another one now."""
    before = await asyncio.to_thread(_leaders, cluster, topics)
    led = {place for place, leader in before.items() if leader == victim}
    await asyncio.to_thread(cluster.nodes[victim].kill)
    scene.happened(NODE_KILLED)
    others = cluster.nodes.keys() - {victim}

    def all_led() -> bool:
        now = _leaders(cluster, topics)
        return all(now[place] in others for place in led)

    async with asyncio.timeout(_ELECTION_SECONDS):
        while not await asyncio.to_thread(_answered, all_led):  # noqa: ASYNC110 - a cluster is asked; it wakes nobody
            await asyncio.sleep(_LOOK_SECONDS)
    scene.happened(LEADERS_MOVED, len(led))
    return {topic for topic, _ in led}


def _leaders(cluster: KafkaCluster, topics: list[str]) -> dict[tuple[str, int], int]:
    """Node by topic and partition."""
    return {(topic, number): leader for topic in topics for number, leader in cluster.leaders(topic).items()}


def _answered(asks: Callable[[], bool]) -> bool:
    with suppress(KafkaException):
        return asks()
    return False


def kill_in_rebalance(*services: str) -> Fault:
    """Two replicas of each service; one is killed while their groups are being rebalanced: of one service the replica
    that has to give up partitions, of the next one the newcomer, by chance in this order or the other.

    The second replica's start moves the group; the kill counts only where the group was moving before it and after.
    """

    async def fault(scene: Scene) -> None:
        groups = Groups(scene.house.bootstrap)
        is_old = scene.chance.random() < 0.5
        for service in services:
            await scene.until_acknowledged(petitions=5)
            await _hit_in_rebalance(scene, groups, service, is_old=is_old)
            is_old = not is_old

    return fault


async def _hit_in_rebalance(scene: Scene, groups: Groups, service: str, *, is_old: bool) -> None:
    house = scene.house
    for _ in range(_TRIES):
        second = await house.start_replica(service, 1)
        await groups.until(service, lambda seen: any(group.is_moving for group in seen), "moving", seconds=60)
        victim = service if is_old else second
        await house.kill(victim)
        was_hit = any(group.is_moving for group in await groups.of(service))
        await asyncio.sleep(scene.chance.uniform(0, 2))
        if is_old:
            await house.start_service(service)
        else:
            await house.start_replica(service, 1)
        await house.until_ready(service)
        await house.until_ready(second)
        await groups.until_shared(service, (0, 1))
        if was_hit:
            scene.happened(f"{service}-{0 if is_old else 1} killed -9 in a rebalance")
            return
        await house.kill(second)
        await groups.until(
            service,
            lambda seen: all(f"{service}-1" not in group.members for group in seen),
            "rid of the second replica",
            seconds=90,
        )
    raise AssertionError(f"no rebalance of {service} was hit in {_TRIES} tries")


async def _until_back(house: House, service: str, *, seconds: float) -> None:
    """Until the last that a service said of its bus is that it is back. Errors: TimeoutError."""
    async with asyncio.timeout(seconds):
        while [line["event"] for line in said_by(house, service) if line["event"] in {LOST, BACK}][-1:] != [BACK]:  # noqa: ASYNC110 - a file is read
            await asyncio.sleep(0.2)


def said_by(house: House, service: str) -> list[dict[str, object]]:
    """The lines of a service's log."""
    text = (house.data / "logs" / f"{service}.log").read_text(errors="replace")
    return [json.loads(line) for line in text.splitlines() if line[:1] + line[-1:] == "{}"]


def _real(house: House) -> RealHouse:
    assert isinstance(house, RealHouse)
    return house
