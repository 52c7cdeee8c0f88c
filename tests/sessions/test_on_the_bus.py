from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from contracts.facts.base import Fact
from contracts.facts.recording import RecordingStarted
from contracts.ids import PointId, SessionId
from contracts.streams import CASES, RECORDINGS, Stream
from contracts.streams import SESSIONS as SESSIONS_STREAM
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.clock import FrozenClock
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis
from services.sessions.app import make_app
from services.sessions.settings import SessionsSettings
from tests.chassis.delivery_bench import a_chain, eventually
from tests.serving import serving
from tests.sessions.planned import IN_TIME, PROVINCE, RECORDING, case
from tests.sessions.test_api import ISSUER, RECEIVER, a_plan, escalated, opened


class Line:
    """Sessions' real app on the embedded bus, and somebody who speaks for routing and recording."""

    def __init__(self, client: httpx.AsyncClient, ledger: SqliteLedger, producer: AIOKafkaProducer) -> None:
        self.client = client
        self.ledger = ledger
        self._producer = producer

    async def say(self, stream: Stream, *facts: Fact) -> None:
        for envelope in a_chain(stream, len(facts), facts[0].subject, facts):
            await self._producer.send_and_wait(
                stream.name, envelope.value, key=envelope.subject.encode(), headers=envelope.headers()
            )

    async def proposals(self) -> int:
        answer = await self.client.get("/v1/sessions/proposals", headers=RECEIVER)
        return len(answer.json())


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    bus = EmbeddedBus()
    await bus.start()
    settings = SessionsSettings(
        data_folder=tmp_path, kafka_bootstrap_servers=bus.address, stop_grace_seconds=3, sessions_watch_seconds=3600
    )
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    chassis = Chassis("sessions", settings, clock=FrozenClock(IN_TIME), ledger=ledger, issuer=ISSUER)
    async with (
        AIOKafkaProducer(bootstrap_servers=bus.address, enable_idempotence=False) as producer,
        serving(make_app(settings, chassis)) as client,
    ):
        yield Line(client, ledger, producer)
    await bus.stop()


async def test_an_escalated_case_on_the_bus_becomes_a_session_that_the_bus_hears_of(line: Line) -> None:
    for number in (1, 2):
        await line.say(CASES, opened(number), escalated(number))

    async def both_are_proposed() -> bool:
        return await line.proposals() == 2

    await eventually(both_are_proposed)
    session = (await line.client.post("/v1/sessions", json=a_plan(), headers=RECEIVER)).json()

    async def said_on_the_bus() -> bool:
        said = await line.ledger.history(SESSIONS_STREAM.name, subject=session["session_id"])
        return [envelope.type for envelope in said] == ["vn.tiepdan.session.scheduled.v1"]

    await eventually(said_on_the_bus)
    main = next(point["point_id"] for point in session["points"] if point["unit"]["unit"] == PROVINCE)
    started = RecordingStarted(
        recording_id=RECORDING,
        session_id=SessionId(UUID(session["session_id"])),
        started_at=IN_TIME,
        point_id=PointId(UUID(main)),
    )
    await line.say(RECORDINGS, started)

    async def recording_is_seen() -> bool:
        seen = await line.client.get(f"/v1/sessions/{session['session_id']}", headers=RECEIVER)
        return bool(seen.json()["recording"]["status"]["value"] == "running")

    await eventually(recording_is_seen)
    assert session["cases"][0]["case_id"] == str(case(1))
