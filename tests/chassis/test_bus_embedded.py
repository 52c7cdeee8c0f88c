"""The embedded bus as a program and as a Kafka."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts.streams import CASES, STREAMS, dead_letter_topics
from services.chassis.bus.embedded import BUSY, INCARNATION_PREFIX, EmbeddedBus

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def bus() -> AsyncIterator[EmbeddedBus]:
    running = EmbeddedBus()
    await running.start()
    yield running
    await running.stop()


async def _program(port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.chassis.bus.embedded", "--port", str(port), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _topics(address: str) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    described = await admin.describe_topics()
    await admin.close()
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def test_it_says_when_it_is_ready_and_ends_cleanly_on_sigterm() -> None:
    program = await _program(0)
    assert program.stdout is not None
    line = (await asyncio.wait_for(program.stdout.readline(), 20)).decode()
    assert "ready on 127.0.0.1:" in line
    assert "4 MiB" in line, "it says for what volume it is meant"
    address = line.split("ready on ")[1].split()[0]
    assert CASES.name in await _topics(address)
    program.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(program.wait(), 10) == 0


async def test_a_busy_port_is_one_clear_line_and_status_two(bus: EmbeddedBus) -> None:
    program = await _program(int(bus.address.rpartition(":")[2]))
    out, complaint = await asyncio.wait_for(program.communicate(), 20)
    assert program.returncode == BUSY
    assert out == b""
    assert complaint.decode().count("\n") == 1
    assert "port is taken" in complaint.decode()


async def test_every_topic_of_the_house_is_there_with_its_partitions(bus: EmbeddedBus) -> None:
    topics = await _topics(bus.address)
    for stream in STREAMS:
        assert topics[stream.name] == stream.partitions
    for letters in dead_letter_topics():
        assert topics[letters.name] == letters.partitions


async def test_every_start_is_another_incarnation_on_the_same_address() -> None:
    first = EmbeddedBus()
    await first.start()
    markers = [topic for topic in await _topics(first.address) if topic.startswith(INCARNATION_PREFIX)]
    await first.stop()
    second = EmbeddedBus(int(first.address.rpartition(":")[2]))
    await second.start()
    later = [topic for topic in await _topics(second.address) if topic.startswith(INCARNATION_PREFIX)]
    await second.stop()
    assert len(markers) == len(later) == 1
    assert markers != later


async def test_what_it_cannot_hold_it_drops_without_a_word(bus: EmbeddedBus) -> None:
    """The limit that its docstring and ready line warn of; readers notice it as a gap."""
    producer = AIOKafkaProducer(bootstrap_servers=bus.address)
    await producer.start()
    for _ in range(60):
        await producer.send_and_wait(CASES.name, b"x" * 100_000, partition=0)
    await producer.stop()
    consumer = AIOKafkaConsumer(bootstrap_servers=bus.address)
    await consumer.start()
    place = TopicPartition(CASES.name, 0)
    begins = await consumer.beginning_offsets([place])
    ends = await consumer.end_offsets([place])
    await consumer.stop()
    assert ends[place] == 60
    assert begins[place] > 0


async def test_clients_of_a_stopped_bus_are_cut_off_at_once(bus: EmbeddedBus) -> None:
    host, _, port = bus.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await bus.stop()
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)
    writer.close()
