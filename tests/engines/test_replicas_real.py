"""Two replicas of a service on a real Kafka: they share the work, and a quick restart of one disturbs nobody."""

import asyncio
from pathlib import Path
from uuid import UUID

import httpx

from contracts.vocabulary import Role
from deploy.demo.house import House
from deploy.demo.watch import Watch
from tests.engines.groups import Group, Groups
from tests.engines.real_house import ground
from tests.engines.s3_address import S3Address
from tests.journeys.bus_away import case_of, file_one
from tests.living import a_house, a_token

SERVICE = "routing"
MANY = 24


async def file_many(house: House, watch: Watch, key: str) -> None:
    """File, and wait until each petition has its case."""
    who = await a_token(house, Role.RECEIVER, unit="xa-17971")
    filed = [await file_one(house, who, f"{key}-{number:04d}") for number in range(MANY)]
    for answer in filed:
        await case_of(watch, UUID(answer.json()["petition_id"]))


async def rebalances(house: House, replica: str) -> float:
    """How often a replica was given partitions since it started, as it says itself."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{house.url(replica)}/metrics")).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("tcd_rebalances_total{"))


async def heard(house: House, replica: str) -> float:
    """Facts a replica handled since it started, as it says itself."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{house.url(replica)}/metrics")).text
    counted = (line for line in text.splitlines() if line.startswith("tcd_facts_heard_total{"))
    return sum(float(line.split()[-1]) for line in counted if 'outcome="handled"' in line)


def reads(groups: list[Group], member: str) -> dict[str, frozenset[tuple[str, int]]]:
    return {group.name: group.partitions[member] for group in groups}


def member_ids(groups: list[Group], member: str) -> dict[str, str]:
    return {group.name: group.members[member] for group in groups}


async def test_two_replicas_share_the_partitions_and_one_that_is_killed_and_back_in_time_moves_none(
    mongodb: str, s3: S3Address, tmp_path: Path
) -> None:
    with ground(mongodb, s3) as found:
        async with a_house(tmp_path / "data", make=found.make) as (house, watch):
            groups = Groups(house.bootstrap)
            second = await house.start_replica(SERVICE, 1)
            await house.until_ready(second)
            before = await groups.until_shared(SERVICE, (0, 1))
            await file_many(house, watch, "both")
            shares = [await heard(house, replica) for replica in (SERVICE, second)]
            moved_before = await rebalances(house, second)

            await house.kill(SERVICE)
            seen: list[Group] = []
            looking = asyncio.create_task(_look_on(groups, seen))
            await house.start_service(SERVICE)
            await house.until_ready(SERVICE)
            after = await groups.until_shared(SERVICE, (0, 1))
            await file_many(house, watch, "again")
            looking.cancel()
            moved_after = await rebalances(house, second)

    assert sum(shares) >= MANY
    assert all(shares), "one of the two replicas did nothing"
    assert member_ids(after, "routing-0") != member_ids(before, "routing-0"), "the fault did not happen"
    assert reads(after, "routing-0") == reads(before, "routing-0")
    assert reads(after, "routing-1") == reads(before, "routing-1")
    assert member_ids(after, "routing-1") == member_ids(before, "routing-1")
    assert moved_after == moved_before
    assert seen
    assert not [group for group in seen if group.is_moving], "the group was rebalanced"


async def _look_on(groups: Groups, seen: list[Group]) -> None:
    """Note every state of the groups until somebody says enough."""
    another = Groups(groups.bootstrap)
    while True:
        seen += await another.of(SERVICE)
        await asyncio.sleep(0.05)
