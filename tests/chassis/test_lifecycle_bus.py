"""The chassis whole, on a real Kafka protocol: a door of one service, the ear of another, one trace through both."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel

from contracts.facts.intake import PetitionWithdrawn
from contracts.streams import PETITIONS
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.delivery.heard import Heard
from services.chassis.health import State
from services.chassis.ledger.port import Collection
from services.chassis.lifecycle import Chassis
from services.chassis.settings import ServiceSettings
from tests.chassis.delivery_bench import a_fact
from tests.serving import serving

FOLDERS = Collection("folders")
DEADLINE_SECONDS = 30


class Folder(BaseModel):
    petition_id: UUID


@pytest.fixture
async def bus() -> AsyncIterator[EmbeddedBus]:
    embedded = EmbeddedBus()
    await embedded.start()
    yield embedded
    await embedded.stop()


def settings(folder: Path, bus: EmbeddedBus) -> ServiceSettings:
    return ServiceSettings(data_folder=folder, kafka_bootstrap_servers=bus.address, stop_grace_seconds=8)


def a_speaker(chassis: Chassis) -> FastAPI:
    """A service with one door, at which a petition is filed."""
    folders = chassis.drawer(FOLDERS, Folder, lambda _: {})
    router = APIRouter()

    @router.post("/petitions", status_code=201)
    async def file() -> dict[str, str]:
        petition_id = uuid4()
        await folders.add(str(petition_id), Folder(petition_id=petition_id), [a_fact(PETITIONS, petition_id)])
        return {"petition_id": str(petition_id)}

    return chassis.app(title="Speaker", routers=[router])


class Listener:
    """A service that hears of petitions."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    async def on_petition_withdrawn(self, heard: Heard[PetitionWithdrawn]) -> None:
        await self.heard.put(str(heard.fact.subject))

    def app(self, chassis: Chassis) -> FastAPI:
        return chassis.app(title="Listener", routers=[], handlers={PetitionWithdrawn: self.on_petition_withdrawn})


async def filed(client: httpx.AsyncClient) -> tuple[str, str]:
    answer = await client.post("/petitions")
    assert answer.status_code == 201
    return answer.json()["petition_id"], answer.headers["x-trace-id"]


async def test_what_is_filed_at_one_service_is_heard_by_another_in_the_same_trace(
    tmp_path: Path, bus: EmbeddedBus
) -> None:
    spans, listener = InMemorySpanExporter(), Listener()
    speaking = Chassis("intake", settings(tmp_path, bus), spans=spans)
    hearing = Chassis("routing", settings(tmp_path, bus), spans=spans)
    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        serving(a_speaker(speaking)) as client,
        serving(listener.app(hearing)) as other,
    ):
        assert await speaking.health.started() is State.READY
        assert await hearing.health.started() is State.READY
        petition_id, trace_id = await filed(client)
        heard = await listener.heard.get()
        bus_part = (await other.get("/readyz")).json()["parts"][-1]

    by_name = {span.name: span for span in spans.get_finished_spans()}
    asked, handled = by_name["POST /petitions"], by_name["process tcd.petitions.v1"]
    assert heard == petition_id
    assert asked.context is not None
    assert handled.context is not None
    assert f"{asked.context.trace_id:032x}" == f"{handled.context.trace_id:032x}" == trace_id
    assert handled.parent is not None
    assert handled.parent.span_id == asked.context.span_id
    assert (bus_part["part"], bus_part["ok"]) == ("bus", True)
    assert [stream["stream"] for stream in bus_part["streams"]] == ["tcd.petitions.v1", "tcd.denunciations.v1"]


async def test_filing_goes_on_while_the_bus_is_away_and_is_heard_when_it_is_back(tmp_path: Path) -> None:
    listener, first = Listener(), EmbeddedBus()
    await first.start()
    port = int(first.address.rpartition(":")[2])
    speaking = Chassis("intake", settings(tmp_path, first))
    hearing = Chassis("routing", settings(tmp_path, first))
    async with asyncio.timeout(DEADLINE_SECONDS), serving(a_speaker(speaking)) as client:
        await speaking.health.started()
        await first.stop()

        petition_id, _ = await filed(client)

        second = EmbeddedBus(port)
        await second.start()
        async with serving(listener.app(hearing)):
            heard = await listener.heard.get()
        await second.stop()

    assert heard == petition_id


async def test_a_stop_carries_what_waits_in_the_outbox_to_the_bus_first(tmp_path: Path, bus: EmbeddedBus) -> None:
    speaking, listener = Chassis("intake", settings(tmp_path, bus)), Listener()
    async with asyncio.timeout(DEADLINE_SECONDS):
        async with serving(a_speaker(speaking)) as client:
            await speaking.health.started()
            petition_ids = {(await filed(client))[0] for _ in range(20)}
        async with serving(listener.app(Chassis("routing", settings(tmp_path, bus)))):
            heard = {await listener.heard.get() for _ in petition_ids}

    assert heard == petition_ids
