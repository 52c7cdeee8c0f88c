"""Recording with its real mouth and ear: sessions speak on Kafka, and the sealed recording is said there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from contracts.streams import RECORDINGS, SESSIONS
from services.chassis.bus.embedded import EmbeddedBus
from tests.chassis.delivery_bench import a_chain, eventually
from tests.recording.world import Session, World, world


@pytest.fixture
async def bus() -> AsyncIterator[EmbeddedBus]:
    bus = EmbeddedBus()
    await bus.start()
    yield bus
    await bus.stop()


async def test_a_session_heard_on_the_bus_is_recorded_sealed_and_said_on_the_bus(
    tmp_path: Path, bus: EmbeddedBus
) -> None:
    session = Session()
    facts = [session.started().fact, session.ended().fact]
    key = str(session.session_id).encode()
    started, ended = a_chain(SESSIONS, 2, session.session_id, facts)
    settings = {"kafka_bootstrap_servers": bus.address, "stop_grace_seconds": 3, "recording_work_seconds": 0.05}
    async with (
        AIOKafkaProducer(bootstrap_servers=bus.address, enable_idempotence=False) as producer,
        world(tmp_path, is_on_the_bus=True, **settings) as room,
    ):
        await producer.send_and_wait(SESSIONS.name, started.value, key=key, headers=started.headers())

        async def is_armed() -> bool:
            return await room.rooms.recordings.find_by_session(session.session_id) is not None

        await eventually(is_armed)
        for point in session.points:
            await room.declare(session, point)
            await room.put_all(session, range(5), point)
            await room.complete(session, 4, point)
        await producer.send_and_wait(SESSIONS.name, ended.value, key=key, headers=ended.headers())

        async def is_said() -> bool:
            said = await room.ledger.history(RECORDINGS.name, subject=str(session.recording_id))
            return [one.type for one in said] == ["vn.tiepdan.recording.started.v1", "vn.tiepdan.recording.stored.v1"]

        await eventually(is_said)
        assert (await room.verify(session))["result"] == "valid"
        assert await cleared(room, session)


async def cleared(room: World, session: Session) -> bool:
    async def is_clear() -> bool:
        return (await room.recording(session)).is_spool_clear

    await eventually(is_clear)
    return list((room.folder / "recording" / "spool").rglob("*.chunk")) == []
