"""What delivery knows of the insides of its libraries is still so: each piece that it looks at, on a living reader."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from contracts.facts.intake import PetitionWithdrawn
from contracts.streams import PETITIONS
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.bus.mending import mend_connections
from services.chassis.delivery.ear import Ear, drained, is_connected, is_heartless, keep_list_of_brokers
from tests.chassis.delivery_bench import Bench, Diary, a_bench, a_chain, eventually

PATIENCE_SECONDS = 20.0
VITAL = [("_coordinator", "_heartbeat_task"), ("_coordinator", "_coordination_task"), ("_fetcher", "_fetch_task")]


async def an_ear(bench: Bench) -> tuple[Ear, Diary]:
    """An ear of petitions that has heard something."""
    diary = Diary(bench.engine, PETITIONS)
    delivery = await bench.listen({PetitionWithdrawn: diary.on_fact})
    chain = a_chain(PETITIONS, 1)
    await bench.say(chain)
    await diary.until([chain])
    return next(ear for ear in delivery._ears if ear.inbox.stream is PETITIONS), diary


def a_gate() -> tuple[asyncio.Event, asyncio.Event, Callable[[object], Awaitable[None]]]:
    """What a handler does first: it says that it has begun, and waits until it may go on."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def before(_: object) -> None:
        begun.set()
        await go_on.wait()

    return begun, go_on, before


async def fails() -> None:
    raise RuntimeError("whatever nobody has a plan for")


async def instead_of(task: "asyncio.Task[Any]", work: Callable[[], Awaitable[None]]) -> "asyncio.Task[Any]":
    """A task that ended with an error in the place of a living one."""
    task.cancel()
    await asyncio.wait({task})
    failed = asyncio.ensure_future(work())
    await asyncio.wait({failed})
    return failed


@pytest.mark.parametrize(("part", "name"), VITAL)
async def test_an_ear_whose_consumer_lost_a_task_it_cannot_live_without_hears_again(
    tmp_path: Path, part: str, name: str
) -> None:
    async with a_bench(tmp_path) as bench:
        ear, diary = await an_ear(bench)
        consumer = ear._consumer()
        assert consumer is not None
        assert not is_heartless(consumer)
        inner = getattr(consumer, part)
        assert isinstance(getattr(inner, name), asyncio.Task), "aiokafka still calls it so"
        setattr(inner, name, await instead_of(getattr(inner, name), fails))
        assert is_heartless(consumer)

        async def is_another() -> bool:
            return ear._consumer() not in {None, consumer} and not ear.complaints()

        await eventually(is_another, PATIENCE_SECONDS)
        chain = a_chain(PETITIONS, 2)
        await bench.say(chain)
        await diary.until([chain])


async def test_the_task_that_keeps_the_list_of_brokers_is_started_again_only_when_it_failed(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        ear, _ = await an_ear(bench)
        consumer = ear._consumer()
        assert consumer is not None
        client: AIOKafkaClient = consumer._client
        assert isinstance(client._sync_task, asyncio.Task), "aiokafka still calls it so"
        assert not keep_list_of_brokers(consumer)
        client._sync_task = await instead_of(client._sync_task, fails)
        assert keep_list_of_brokers(consumer)
        assert not keep_list_of_brokers(consumer)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await client.force_metadata_update()


async def test_a_reader_is_connected_until_its_bus_is_gone(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        ear, _ = await an_ear(bench)
        assert is_connected(ear._consumer())
        await bench.bus.stop()

        async def is_cut_off() -> bool:
            return not is_connected(ear._consumer())

        await eventually(is_cut_off, PATIENCE_SECONDS)
    assert not is_connected(None)


async def test_what_came_while_a_batch_is_in_hand_is_lag_until_it_is_handed_over(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        ear, diary = await an_ear(bench)
        begun, go_on, before = a_gate()

        async def is_behind() -> bool:
            return ear.view().lag == 3

        async def is_not_behind() -> bool:
            return ear.view().lag == 0

        await eventually(is_not_behind, PATIENCE_SECONDS)
        diary.before = before
        chain = a_chain(PETITIONS, 4)
        await bench.say(chain[:1])
        await begun.wait()
        await bench.say(chain[1:])
        await eventually(is_behind, PATIENCE_SECONDS)
        go_on.set()
        await diary.until([chain])
        await eventually(is_not_behind, PATIENCE_SECONDS)


async def test_a_batch_in_hand_is_waited_for_and_no_batch_is_not(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        ear, diary = await an_ear(bench)
        begun, go_on, before = a_gate()
        diary.before = before
        subscriber = ear._subscriber
        assert subscriber is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            await drained(subscriber, 2 * PATIENCE_SECONDS)
            await bench.say(a_chain(PETITIONS, 1))
            await begun.wait()
            waiting = asyncio.create_task(drained(subscriber, 2 * PATIENCE_SECONDS))
            done, _ = await asyncio.wait({waiting}, timeout=0.1)
            assert not done
            go_on.set()
            await waiting


async def test_a_batch_in_hand_is_finished_though_the_bus_is_gone_and_every_client_is_closed(tmp_path: Path) -> None:
    """aiokafka's end of the other readers breaks off with a cancellation then: it must not reach this batch."""
    async with a_bench(tmp_path) as bench:
        ear, diary = await an_ear(bench)
        begun, go_on, before = a_gate()
        (delivery,) = bench.ears
        consumers = {each: consumer for each in delivery._ears if (consumer := each._consumer())}
        others = [consumer for each, consumer in consumers.items() if each is not ear]
        assert others
        diary.before = before
        chain = a_chain(PETITIONS, 1)
        await bench.say(chain)
        await begun.wait()
        await bench.bus.stop()
        stopping = asyncio.create_task(delivery.stop(within_seconds=PATIENCE_SECONDS / 4))

        async def others_have_ended() -> bool:
            return all(consumer._closed and not is_connected(consumer) for consumer in others)

        await eventually(others_have_ended, PATIENCE_SECONDS)
        go_on.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await stopping
            await diary.until([chain])
        assert all(consumer._closed and consumer._client._sync_task is None for consumer in consumers.values())


# --- mending -------------------------------------------------------------------------------------------------------


async def test_on_uvloop_a_write_to_a_transport_that_was_closed_is_a_broken_connection() -> None:
    """No stand-in: uvloop's own transport on a real socket to a Kafka, closed under the write."""
    bus = EmbeddedBus()
    await bus.start()
    host, _, port = bus.address.rpartition(":")
    try:
        await asyncio.to_thread(lambda: uvloop.run(write_to_a_closed_transport(host, int(port))))
    finally:
        await bus.stop()


async def write_to_a_closed_transport(host: str, port: int) -> None:
    mend_connections()
    connection: AIOKafkaConnection = await create_conn(host, port, request_timeout_ms=PATIENCE_SECONDS * 1000)
    transport = connection._writer.transport
    assert type(transport).__module__.startswith("uvloop")
    transport.abort()
    await asyncio.sleep(0)  # one turn of the loop: the transport is closed, and nobody who reads from it has been told
    with pytest.raises(RuntimeError):
        transport.write(b"what aiokafka does and has no plan for")
    assert connection._writer is not None, "aiokafka has not noticed"
    with pytest.raises(KafkaConnectionError):
        await connection.send(MetadataRequest([]))
    assert connection._writer is None
