"""A plan entered at the door, on the embedded bus: the calendar and every moved date go out; nobody is told wrongly."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from contracts.facts.envelope import Envelope
from contracts.facts.lines import line_of
from contracts.facts.routing import DeadlineMoved
from contracts.streams import CALENDAR, CASES, DENUNCIATIONS, PETITIONS, PUBLIC_CASES
from contracts.units import organisation
from contracts.vocabulary import Role
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.clock import FrozenClock
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis
from services.intake.handlers import CASE_FACTS
from services.notify.domain.rules import TOLD
from services.routing.app import make_app
from services.routing.settings import RoutingSettings
from tests.chassis.delivery_bench import a_chain
from tests.routing.given import PROVINCE, PUBLIC_ID_KEY, denounced, filed, noon, petition
from tests.routing.house import ISSUER, key_file, officer
from tests.routing.planned import PUBLIC_KEY, SIGNER, TET, signed
from tests.routing.test_on_the_bus import hear_until
from tests.serving import serving


@pytest.fixture
async def bus() -> AsyncIterator[EmbeddedBus]:
    made = EmbeddedBus()
    await made.start()
    yield made
    await made.stop()


async def test_a_plan_moves_the_dates_of_open_cases_and_all_of_it_goes_out(bus: EmbeddedBus, tmp_path: Path) -> None:
    settings = RoutingSettings(
        data_folder=tmp_path,
        routing_public_id_secret=SecretStr(PUBLIC_ID_KEY.decode()),
        routing_key_file=key_file(tmp_path),
        routing_calendar_signers={SIGNER: PUBLIC_KEY},
        kafka_bootstrap_servers=bus.address,
        recount_seconds=0.1,
        stop_grace_seconds=5,
    )
    clock = FrozenClock(noon("2027-01-28"))
    ledger = SqliteLedger(tmp_path / "routing.sqlite")
    chassis = Chassis("routing", settings, clock=clock, ledger=ledger, issuer=ISSUER)
    open_one, secret = filed("2027-01-27"), denounced("2027-01-27", petition_id=petition(2), received_by=PROVINCE)
    topics = [CASES.name, PUBLIC_CASES.name, CALENDAR.name]
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bus.address, auto_offset_reset="earliest", group_id=None)
    producer = AIOKafkaProducer(bootstrap_servers=bus.address)
    known: dict[tuple[str, str, int], Envelope] = {}
    async with serving(make_app(settings, chassis)) as client:
        await asyncio.gather(consumer.start(), producer.start())
        try:
            for stream, fact in ((PETITIONS, open_one), (DENUNCIATIONS, secret)):
                (envelope,) = a_chain(stream, 1, fact.subject, [fact])
                await producer.send_and_wait(
                    stream.name, envelope.value, key=envelope.subject.encode(), headers=envelope.headers()
                )
            await hear_until(consumer, known, 3)
            who = officer(PROVINCE, Role.SYSTEM_OPERATOR)
            answer = await client.post("/v1/routing/calendar/overrides", json=signed(TET), headers=who)
            assert answer.status_code == 200
            await hear_until(consumer, known, 3 + 1 + 3 + 1)
        finally:
            await asyncio.gather(consumer.stop(), producer.stop())
    moves = [said.fact() for said in known.values() if said.type == DeadlineMoved.TYPE]
    told = sorted((fact.kind.value, fact.clock.clock) for fact in moves if isinstance(fact, DeadlineMoved))
    assert told == [("complaint", "K2"), ("complaint", "R1"), ("complaint", "X1"), ("denunciation", "T1")]
    assert [said.type for (stream, _, _), said in known.items() if stream == CALENDAR.name] == [
        "vn.tiepdan.calendar.overridden.v1"
    ]
    assert [said.type for (stream, _, _), said in known.items() if stream == PUBLIC_CASES.name] == [
        "vn.tiepdan.public.case.opened.v1"
    ], "K2 and R1 were never told in public"
    k2 = next(fact for fact in moves if isinstance(fact, DeadlineMoved) and fact.clock.clock == "K2")
    assert line_of(k2, organisation().name_of) == (
        "Tính lại hạn thụ lý (K2) theo văn bản số 5511/TB-BNV: từ 12/02/2027 thành 15/02/2027"
    )


def test_the_petitioner_sees_it_on_the_timeline_and_gets_no_message_that_nobody_wrote() -> None:
    assert DeadlineMoved in CASE_FACTS
    assert DeadlineMoved not in TOLD
