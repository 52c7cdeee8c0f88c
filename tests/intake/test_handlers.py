"""What others say about a petition, seen on its timeline. The facts heard are the committed samples."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope, from_record
from contracts.facts.notify import NoticeSent
from contracts.facts.routing import CaseOpened, DeadlineNear
from contracts.facts.sessions import SessionScheduled
from contracts.ids import FactId, PetitionId
from services.chassis.clock import FrozenClock
from services.chassis.delivery.heard import Heard, Together
from services.chassis.ledger.drawer import LedgerDrawer
from services.chassis.ledger.sqlite import SqliteLedger
from services.intake.domain import Timeline
from services.intake.handlers import IntakeHandlers
from services.intake.store import TIMELINES, Timelines

SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"


def heard(kind: type[Fact]) -> Heard[Fact]:
    sample = json.loads((SAMPLES / f"{kind.TYPE}.json").read_text())
    envelope: Envelope = from_record(
        sample["stream"],
        [(name, text.encode()) for name, text in sample["headers"].items()],
        json.dumps(sample["value"], ensure_ascii=False).encode(),
    )
    fact = envelope.fact()
    assert fact is not None
    return Heard(fact, envelope)


@pytest.fixture
async def timelines(tmp_path: Path) -> AsyncIterator[Timelines]:
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    await ledger.open([TIMELINES])
    clock = FrozenClock(datetime(2026, 9, 7, tzinfo=UTC))
    yield Timelines(LedgerDrawer(ledger, TIMELINES, Timeline, lambda _: {}, clock=clock, speaker="intake"))
    await ledger.close()


async def hear(timelines: Timelines, *facts: Heard[Fact]) -> None:
    table = IntakeHandlers(timelines).table()
    for said in facts:
        await table[type(said.fact)](said)


async def types_of(timelines: Timelines, petition_id: UUID) -> list[str]:
    return [step.type for step in (await timelines.of(PetitionId(petition_id))).steps]


async def test_a_case_fact_heard_twice_is_one_step(timelines: Timelines) -> None:
    opened = heard(CaseOpened)
    assert isinstance(opened.fact, CaseOpened)

    await hear(timelines, opened, opened)

    assert await types_of(timelines, opened.fact.petition_id) == [CaseOpened.TYPE]


async def test_a_session_is_seen_on_every_petition_it_hears(timelines: Timelines) -> None:
    scheduled = heard(SessionScheduled)
    assert isinstance(scheduled.fact, SessionScheduled)

    await hear(timelines, scheduled)

    for case in scheduled.fact.cases:
        assert await types_of(timelines, case.petition_id) == [SessionScheduled.TYPE]


async def test_first_steps_from_two_streams_at_once_are_both_kept(timelines: Timelines) -> None:
    opened, sent = heard(CaseOpened), heard(NoticeSent)
    assert isinstance(opened.fact, CaseOpened)
    told = Heard(sent.fact.model_copy(update={"petition_id": opened.fact.petition_id}), sent.envelope)

    await asyncio.gather(hear(timelines, opened), hear(timelines, told))

    assert sorted(await types_of(timelines, opened.fact.petition_id)) == sorted([CaseOpened.TYPE, NoticeSent.TYPE])


async def test_the_officers_deadlines_are_not_the_petitioners_steps(timelines: Timelines) -> None:
    assert DeadlineNear not in IntakeHandlers(timelines).table()


async def test_a_later_fact_of_a_petition_without_a_timeline_begins_one(timelines: Timelines) -> None:
    """A notice's second fact, when its first one was not for the petitioner's eyes."""
    sent = heard(NoticeSent)
    later = Heard(sent.fact, dataclasses.replace(sent.envelope, sequence=2))
    assert isinstance(sent.fact, NoticeSent)
    assert sent.fact.petition_id is not None

    await hear(timelines, later, later)

    assert await types_of(timelines, sent.fact.petition_id) == [NoticeSent.TYPE]


async def test_what_a_case_says_in_one_batch_is_one_write_and_each_is_one_step(timelines: Timelines) -> None:
    opened = heard(CaseOpened)
    assert isinstance(opened.fact, CaseOpened)
    said = [
        Heard(opened.fact, dataclasses.replace(opened.envelope, sequence=sequence, id=FactId(uuid4())))
        for sequence in (1, 2, 3)
    ]
    together = IntakeHandlers(timelines).table()[CaseOpened]
    assert isinstance(together, Together)

    await together.work(said)
    await together.work(said)

    assert await types_of(timelines, opened.fact.petition_id) == [CaseOpened.TYPE] * 3
