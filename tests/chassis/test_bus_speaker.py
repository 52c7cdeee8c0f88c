"""Publishing and replaying: what is acknowledged is on the bus, what is not is said again, nothing waits for ever."""

import asyncio
import contextlib
import gc
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.protocol.metadata import MetadataRequest

from contracts.errors import Unavailable
from contracts.facts.envelope import Envelope, from_record
from contracts.streams import CASES, DENUNCIATIONS, PETITIONS, Stream
from services.chassis.bus.broker import partition_of, wait_for_bus
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.bus.profiles import EMBEDDED, KAFKA, BusProfile
from services.chassis.bus.speaker import Speaker
from tests.chassis.delivery_bench import Bench, a_bench, a_chain

ROOT = Path(__file__).parents[2]
PRODUCE, OUT_OF_ORDER_SEQUENCE = 0, 45


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with a_bench(tmp_path, "intake") as made:
        yield made


async def records_of(bench: Bench, stream: Stream, count: int) -> list[Any]:
    """The first records of a stream."""
    consumer = AIOKafkaConsumer(stream.name, bootstrap_servers=bench.bus.address, auto_offset_reset="earliest")
    await consumer.start()
    found: list[Any] = []
    try:
        async with asyncio.timeout(10):
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found.extend(records)
    finally:
        await consumer.stop()
    return found


def sequences(records: list[Any], stream: Stream) -> list[int]:
    return [from_record(stream.name, record.headers, record.value).sequence for record in records]


async def until_attended(bench: Bench) -> None:
    """A loop's step is taken again while the bus is away: it is not dialled at every moment."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(Unavailable):
                await bench.mouth.attend()
                return
            await asyncio.sleep(EMBEDDED.retry_seconds / 2)


async def test_facts_go_out_in_order_under_their_subject_and_come_back_byte_for_byte(bench: Bench) -> None:
    chain = a_chain(PETITIONS, 40)
    assert await bench.mouth.publish(chain) == 40
    records = await records_of(bench, PETITIONS, 40)
    assert {record.key for record in records} == {chain[0].subject.encode()}
    assert {record.partition for record in records} == {partition_of(PETITIONS, chain[0].subject)}
    assert [from_record(PETITIONS.name, record.headers, record.value) for record in records] == chain


@pytest.mark.parametrize(
    ("key", "java_hash"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_partitions_are_those_of_the_java_client(key: str, java_hash: int) -> None:
    partition = (java_hash & 0x7FFFFFFF) % CASES.partitions
    assert partition_of(CASES, key) == partition
    assert DefaultPartitioner()(key.encode(), list(range(CASES.partitions)), []) == partition


async def test_a_bus_that_is_away_takes_nothing_and_keeps_nobody_waiting(bench: Bench) -> None:
    chain = a_chain(PETITIONS, 3)
    assert await bench.mouth.publish(chain[:1]) == 1
    await bench.bus.stop()
    loop = asyncio.get_running_loop()
    begun_at = loop.time()
    assert await bench.mouth.publish(chain[1:]) == 0
    await bench.mouth.stop()
    assert loop.time() - begun_at < EMBEDDED.publish_seconds + 5


async def test_a_bus_that_refuses_everybody_is_not_dialled_for_every_aggregate(bench: Bench) -> None:
    port = int(bench.bus.address.rpartition(":")[2])
    await bench.bus.stop()
    dialled: list[float] = []
    loop = asyncio.get_running_loop()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dialled.append(loop.time())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(hang_up, "127.0.0.1", port):
        begun_at = loop.time()
        tries = [bench.mouth.publish(a_chain(PETITIONS, 1)) for _ in range(300)]
        assert await asyncio.gather(*tries) == [0] * 300
        passed_seconds = loop.time() - begun_at

    assert dialled
    assert len(dialled) <= 1 + passed_seconds / EMBEDDED.retry_seconds


async def test_a_write_to_a_connection_that_was_just_closed_is_a_broken_connection(bench: Bench) -> None:
    client = AIOKafkaClient(bootstrap_servers=bench.bus.address)
    await client.bootstrap()
    try:
        await client.fetch_all_metadata()
        connection = next(iter(client._conns.values()))
        with pytest.MonkeyPatch.context() as uvloop_does:
            uvloop_does.setattr(connection._writer, "write", _refuses_to_write)
            assert connection.connected()
            with pytest.raises(KafkaConnectionError):
                await connection.send(MetadataRequest([]))

        assert not connection.connected()
        assert await client.force_metadata_update(), "the task that keeps the list of brokers is dead"
    finally:
        await client.close()


def _refuses_to_write(_: bytes) -> None:
    raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")


async def test_a_hanging_bus_is_unknown_after_a_while_and_works_again_later(bench: Bench) -> None:
    chain = a_chain(PETITIONS, 2)
    assert await bench.mouth.publish(chain[:1]) == 1
    assert bench.bus.cluster is not None
    bench.bus.cluster.go_down()
    assert await bench.mouth.publish(chain[1:]) == 0
    bench.bus.cluster.come_up()
    assert await bench.mouth.publish(chain[1:]) == 1
    assert 2 in sequences(await records_of(bench, PETITIONS, 2), PETITIONS)


async def test_what_a_hanging_bus_never_took_is_given_up_without_a_word(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    chains = [a_chain(PETITIONS, 3) for _ in range(30)]
    assert await asyncio.gather(*(bench.mouth.publish(chain[:1]) for chain in chains)) == [1] * 30
    assert bench.bus.cluster is not None
    bench.bus.cluster.go_down()
    assert await asyncio.gather(*(bench.mouth.publish(chain[1:]) for chain in chains)) == [0] * 30
    gc.collect()
    await asyncio.sleep(0)
    bench.bus.cluster.come_up()
    assert await asyncio.gather(*(bench.mouth.publish(chain[1:]) for chain in chains)) == [2] * 30

    assert not [record.getMessage() for record in caplog.records if record.name == "asyncio"]


async def test_a_lost_producer_sequence_costs_one_try_and_not_the_service(bench: Bench) -> None:
    chain = a_chain(PETITIONS, 2)
    assert await bench.mouth.publish(chain[:1]) == 1
    assert bench.bus.cluster is not None
    bench.bus.cluster.fail(PRODUCE, [OUT_OF_ORDER_SEQUENCE])
    assert await bench.mouth.publish(chain[1:]) == 0
    assert await bench.mouth.publish(chain[1:]) == 1
    assert sequences(await records_of(bench, PETITIONS, 2), PETITIONS)[-1] == 2


async def test_a_fact_too_large_stops_what_follows_it_and_nothing_before_it(bench: Bench) -> None:
    chain = a_chain(PETITIONS, 3)
    chain[1] = Envelope(**{name: getattr(chain[1], name) for name in Envelope.__slots__} | {"value": b"x" * 3_000_000})
    assert await bench.mouth.publish(chain) == 1


async def test_many_aggregates_may_be_said_at_the_same_time(bench: Bench) -> None:
    chains = [a_chain(PETITIONS, 5) for _ in range(30)]
    assert await asyncio.gather(*(bench.mouth.publish(chain) for chain in chains)) == [5] * 30
    by_key: dict[bytes, list[int]] = {}
    for record in await records_of(bench, PETITIONS, 150):
        by_key.setdefault(record.key, []).append(from_record(PETITIONS.name, record.headers, record.value).sequence)
    assert set(map(tuple, by_key.values())) == {(1, 2, 3, 4, 5)}


async def test_a_new_bus_gets_the_whole_history_and_a_known_one_nothing(bench: Bench) -> None:
    told, denounced = a_chain(PETITIONS, 3), a_chain(DENUNCIATIONS, 2)
    await bench.engine.remember([*told, *denounced])
    await bench.mouth.attend()
    assert sequences(await records_of(bench, PETITIONS, 3), PETITIONS) == [1, 2, 3]
    assert sequences(await records_of(bench, DENUNCIATIONS, 2), DENUNCIATIONS) == [1, 2]
    await bench.mouth.attend()
    restarted = Speaker("intake", bench.engine, bench.settings)
    await restarted.attend()
    await restarted.stop()
    assert len(await records_of(bench, PETITIONS, 3)) == 3


async def test_an_empty_bus_gets_the_history_even_when_it_looks_like_the_old_one(bench: Bench) -> None:
    await bench.mouth.attend()
    await bench.engine.remember(a_chain(PETITIONS, 2))
    restarted = Speaker("intake", bench.engine, bench.settings)
    await restarted.attend()
    await restarted.stop()
    assert sequences(await records_of(bench, PETITIONS, 2), PETITIONS) == [1, 2]


async def test_a_bus_that_ends_while_history_is_said_again_gets_all_of_it_later(bench: Bench) -> None:
    await bench.engine.remember(a_chain(PETITIONS, 3))
    port = int(bench.bus.address.rpartition(":")[2])
    await bench.bus.stop()
    with pytest.raises(Unavailable, match="bus_away"):
        await bench.mouth.attend()
    bench.bus = EmbeddedBus(port)
    await bench.bus.start()
    await until_attended(bench)
    assert sequences(await records_of(bench, PETITIONS, 3), PETITIONS) == [1, 2, 3]
    await bench.mouth.stop()
    await bench.bus.stop()


async def test_a_start_waits_for_the_bus_and_then_gives_up_loudly(bench: Bench) -> None:
    settings = bench.settings.model_copy(update={"bus_wait_seconds": 1.0})
    await wait_for_bus(settings, frozenset({PETITIONS.name}))
    with pytest.raises(Unavailable, match="topics_missing"):
        await wait_for_bus(settings, frozenset({PETITIONS.name, "tcd.unheard.v1"}))
    await bench.bus.stop()
    with pytest.raises(Unavailable, match="bus_away"):
        await wait_for_bus(settings, frozenset({PETITIONS.name}))


async def test_a_start_goes_on_as_soon_as_the_bus_is_there(bench: Bench) -> None:
    port = int(bench.bus.address.rpartition(":")[2])
    await bench.bus.stop()
    waiting = asyncio.create_task(wait_for_bus(bench.settings, frozenset({PETITIONS.name})))
    late = EmbeddedBus(port)
    await late.start()
    await asyncio.wait_for(waiting, 10)
    await late.stop()


def test_without_the_compiled_client_nothing_starts() -> None:
    command = "from services.chassis.bus.broker import refuse_slow_client as refuse; refuse()"
    environment = os.environ | {"AIOKAFKA_NO_EXTENSIONS": "1"}
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "compiled module is missing" in ended.stderr


@pytest.mark.parametrize("profile", [EMBEDDED, KAFKA])
def test_the_numbers_of_a_profile_hang_together(profile: BusProfile) -> None:
    longest_batch = profile.batch_seconds + 10
    assert profile.heartbeat_seconds * 3 <= profile.session_seconds
    assert longest_batch < profile.rebalance_seconds
    assert longest_batch <= profile.poll_interval_seconds / 3
    assert profile.request_seconds > profile.rebalance_seconds
