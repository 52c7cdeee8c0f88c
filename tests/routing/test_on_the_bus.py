"""Routing as one whole service on the embedded bus: a petition comes in, case facts and their public twins go out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from contracts.facts.envelope import Envelope, from_record
from contracts.ids import case_of
from contracts.streams import CASES, DENUNCIATIONS, PETITIONS, PUBLIC_CASES, SESSIONS
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.clock import FrozenClock
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis
from services.routing.app import make_app
from services.routing.settings import RoutingSettings
from tests.chassis.delivery_bench import a_chain
from tests.routing.counted import session_facts
from tests.routing.given import KIM_LIEN, OFFICE, PUBLIC_ID_KEY, QUY_HOP, denounced, filed, noon, petition
from tests.routing.house import ISSUER, key_file, officer
from tests.serving import serving

PATIENCE_SECONDS = 40.0


@pytest.fixture
async def bus() -> AsyncIterator[EmbeddedBus]:
    made = EmbeddedBus()
    await made.start()
    yield made
    await made.stop()


async def hear_until(consumer: AIOKafkaConsumer, known: dict[tuple[str, str, int], Envelope], count: int) -> None:
    """Listen until so many different facts are known: a speaker may say a fact again (an empty bus is replayed to)."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for record in consumer:
            envelope = from_record(record.topic, record.headers, record.value)
            known[record.topic, envelope.subject, envelope.sequence] = envelope
            if len(known) == count:
                return


async def test_petitions_come_in_and_cases_go_out_and_time_escalates_them(bus: EmbeddedBus, tmp_path: Path) -> None:
    settings = RoutingSettings(
        data_folder=tmp_path,
        routing_public_id_secret=SecretStr(PUBLIC_ID_KEY.decode()),
        routing_key_file=key_file(tmp_path),
        kafka_bootstrap_servers=bus.address,
        timer_seconds=0.1,
        stop_grace_seconds=5,
    )
    clock = FrozenClock(noon("2026-09-08"))
    ledger = SqliteLedger(tmp_path / "routing.sqlite")
    chassis = Chassis("routing", settings, clock=clock, ledger=ledger, issuer=ISSUER)
    bypass = filed("2026-09-08", received_by=OFFICE, respondent_unit=QUY_HOP, matter_unit=QUY_HOP)
    secret = denounced("2026-09-08", petition_id=petition(2))
    consumer = AIOKafkaConsumer(
        CASES.name, PUBLIC_CASES.name, bootstrap_servers=bus.address, auto_offset_reset="earliest", group_id=None
    )
    known: dict[tuple[str, str, int], Envelope] = {}
    producer = AIOKafkaProducer(bootstrap_servers=bus.address)
    async with serving(make_app(settings, chassis)):
        await asyncio.gather(consumer.start(), producer.start())
        try:
            for stream, fact in ((PETITIONS, bypass), (DENUNCIATIONS, secret)):
                (envelope,) = a_chain(stream, 1, fact.subject, [fact])
                for _ in range(2):  # at least once, as Kafka promises
                    await producer.send_and_wait(
                        stream.name, envelope.value, key=envelope.subject.encode(), headers=envelope.headers()
                    )
            await hear_until(consumer, known, 3)
            clock.moment = noon("2026-09-23")
            await hear_until(consumer, known, 9)
        finally:
            await asyncio.gather(consumer.stop(), producer.stop())
    told = sorted(
        (stream, sequence, said.type.removeprefix("vn.tiepdan.")) for (stream, _, sequence), said in known.items()
    )
    assert told == [
        (PUBLIC_CASES.name, 1, "public.case.opened.v1"),
        (PUBLIC_CASES.name, 2, "public.case.escalated.v1"),
        (CASES.name, 1, "case.opened.v1"),
        (CASES.name, 1, "case.opened.v1"),
        (CASES.name, 2, "deadline.missed.v1"),
        (CASES.name, 2, "deadline.missed.v1"),
        (CASES.name, 3, "case.escalated.v1"),
        (CASES.name, 3, "deadline.missed.v1"),
        (CASES.name, 4, "case.escalated.v1"),
    ], "R1 and X1 of the complaint, T2 of the denunciation, which has no public side"


async def test_statistics_are_counted_from_what_comes_back_from_the_bus(bus: EmbeddedBus, tmp_path: Path) -> None:
    settings = RoutingSettings(
        data_folder=tmp_path,
        routing_public_id_secret=SecretStr(PUBLIC_ID_KEY.decode()),
        routing_key_file=key_file(tmp_path),
        kafka_bootstrap_servers=bus.address,
        stop_grace_seconds=5,
    )
    ledger = SqliteLedger(tmp_path / "routing.sqlite")
    chassis = Chassis("routing", settings, clock=FrozenClock(noon("2026-09-08")), ledger=ledger, issuer=ISSUER)
    fact = filed("2026-09-08")
    session = session_facts(1, "2026-09-08", [(case_of(fact.petition_id), fact.petition_id)], by=KIM_LIEN)
    producer = AIOKafkaProducer(bootstrap_servers=bus.address)
    async with serving(make_app(settings, chassis)) as client:
        await producer.start()
        try:
            said = [*a_chain(PETITIONS, 1, fact.subject, [fact]), *a_chain(SESSIONS, 2, session[0].subject, session)]
            for envelope in [*said, *said]:  # at least once, as Kafka promises
                await producer.send_and_wait(
                    envelope.stream, envelope.value, key=envelope.subject.encode(), headers=envelope.headers()
                )
            figures: dict[str, int] = {}
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (figures.get("4") and figures.get("13")):
                    answer = await client.get(
                        "/v1/statistics/01-tcd", params={"period": "2026-Q3"}, headers=officer(KIM_LIEN)
                    )
                    figures = answer.json()["total"]["figures"]
        finally:
            await producer.stop()
    assert {number: figure for number, figure in figures.items() if figure} == {
        "1": 2,
        "2": 2,
        "3": 2,
        "4": 1,
        "5": 1,
        "6": 1,
        "12": 1,
        "13": 1,
        "14": 1,
        "15": 1,
    }
