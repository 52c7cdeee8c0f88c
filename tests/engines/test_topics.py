"""Topics on a real Kafka: made once, compared ever after."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts.streams import CASES, CONTACTS, PUBLIC_CASES
from deploy.engines import KafkaNode, free_ports
from deploy.topics.__main__ import main
from deploy.topics.cluster import Cluster
from deploy.topics.plan import Found, Topic, differences, wanted
from services.chassis.bus.access import KafkaAccess
from services.chassis.bus.embedded import house_topics
from tests.chassis.delivery_bench import eventually
from tests.engines.addresses import native

TOPICS = wanted(1)


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kafka without any topic, which the shared one is not."""
    native("kafka")
    with KafkaNode(Path(tmp_path_factory.mktemp("topics")), *free_ports(2)) as node:
        yield node.bootstrap


def asked(bootstrap: str, *more: str) -> int:
    return main(["--bootstrap", bootstrap, "--replication-factor", "1", *more])


async def found(bootstrap: str) -> dict[str, Found]:
    async with Cluster(bootstrap) as cluster:
        return await cluster.found([topic.name for topic in TOPICS], TOPICS[0].configs)


def test_every_topic_of_the_house_is_wanted_with_its_partitions() -> None:
    assert {topic.name: topic.partitions for topic in TOPICS} == house_topics()


def test_three_copies_need_two_before_an_acknowledgement() -> None:
    assert {topic.configs["min.insync.replicas"] for topic in wanted(3)} == {"2"}


def test_each_difference_has_a_line_that_names_both_values() -> None:
    topic = Topic("a", 6, 3, {"retention.ms": "-1", "cleanup.policy": "delete"})
    there = Found(12, 3, {"retention.ms": "5", "cleanup.policy": "delete"})
    assert differences([topic], {"a": there}) == (
        "a: partitions is 12, should be 6",
        "a: retention.ms is 5, should be -1",
    )


def test_a_kafka_that_is_away_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(f"127.0.0.1:{free_ports(1)[0]}") == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("topics: ")


def test_topics_are_checked_then_made_then_left_alone(own_kafka: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(own_kafka, "--check") == 1
    assert f"0 created, {len(TOPICS)} differences" in capsys.readouterr().out
    assert asked(own_kafka) == 0
    assert f"{len(TOPICS)} created, 0 differences" in capsys.readouterr().out
    assert asked(own_kafka) == 0
    assert "0 created, 0 differences" in capsys.readouterr().out
    assert asked(own_kafka, "--check") == 0


async def test_the_cluster_has_what_the_contract_says(own_kafka: str) -> None:
    async with Cluster(own_kafka) as cluster:
        there = await cluster.found([topic.name for topic in TOPICS], TOPICS[0].configs)
        await cluster.create([topic for topic in TOPICS if topic.name not in there])
    there = await found(own_kafka)
    assert there[CONTACTS.name].configs["cleanup.policy"] == "compact"
    assert there[PUBLIC_CASES.name].configs["retention.ms"] == str(PUBLIC_CASES.retention_seconds * 1000)
    assert differences(TOPICS, there) == ()


async def test_a_topic_that_is_set_otherwise_is_shown_and_not_touched(
    kafka: KafkaAccess, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = Topic(f"odd.topic.{uuid4().hex[:8]}", 2, 1, {"retention.ms": "60000"})
    async with Cluster(kafka) as cluster:
        await cluster.create([odd])
        await cluster.create([odd])
        there = await cluster.found([odd.name, "not.there"], ["retention.ms"])
        assert there == {odd.name: Found(2, 1, {"retention.ms": "60000"})}
        should = Topic(odd.name, 3, 1, {"retention.ms": "-1"})
        assert len(differences([should], there)) == 2
        assert "not.there" not in await cluster.found(["not.there"], [])


def test_more_copies_than_brokers_are_refused(own_kafka: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bootstrap", own_kafka, "--replication-factor", "3"]) == 2
    assert "3 copies need 3 brokers, there are 1" in capsys.readouterr().err


async def test_every_kind_of_difference_is_shown_by_the_command_and_left_alone(
    own_kafka: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(asked, own_kafka) == 0
    await changed(own_kafka, CASES.name)
    capsys.readouterr()
    lines = [
        "differs tcd.cases.v1: cleanup.policy is compact, should be delete",
        "differs tcd.cases.v1: max.message.bytes is 2000000, should be 262144",
        "differs tcd.cases.v1: min.insync.replicas is 2, should be 1",
        "differs tcd.cases.v1: partitions is 13, should be 12",
        "differs tcd.cases.v1: retention.ms is 60000, should be -1",
        "differs tcd.cases.v1: unclean.leader.election.enable is true, should be false",
    ]
    assert await asyncio.to_thread(asked, own_kafka) == 0
    assert sorted(capsys.readouterr().out.splitlines()[:-1]) == lines
    assert await asyncio.to_thread(asked, own_kafka, "--check") == 1
    assert sorted(capsys.readouterr().out.splitlines()[:-1]) == lines
    async with Cluster(own_kafka) as cluster:
        three = {topic.name: topic for topic in wanted(3)}[CASES.name]
        there = await cluster.found([CASES.name], three.configs)
        assert f"{CASES.name}: replication is 1, should be 3" in differences([three], there)


async def changed(bootstrap: str, name: str) -> None:
    """By somebody who means well. Back when the broker shows it: the controller answers before its brokers know."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        configs = {
            "cleanup.policy": "compact",
            "retention.ms": "60000",
            "min.insync.replicas": "2",
            "max.message.bytes": "2000000",
            "unclean.leader.election.enable": "true",
        }
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs)])
        await admin.create_partitions({name: NewPartitions(CASES.partitions + 1)})
    finally:
        await admin.close()

    async def shown() -> bool:
        there = (await found(bootstrap))[name]
        return there.partitions == CASES.partitions + 1 and configs.items() <= there.configs.items()

    await eventually(shown)
