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
from contracts.facts.intake import PetitionFiled
from contracts.facts.notify import NoticeSent
from contracts.facts.routing import CaseOpened, CaseParticularsNoted, DeadlineNear
from contracts.facts.sessions import SessionScheduled
from contracts.ids import FactId, PetitionId
from contracts.vocabulary import PetitionKind
from services.chassis.clock import FrozenClock
from services.chassis.delivery.heard import HandlerTable, Heard, Together
from services.chassis.ledger.drawer import LedgerDrawer
from services.chassis.ledger.port import Where
from services.chassis.ledger.sqlite import SqliteLedger
from services.intake.domain import Petition, Sealed, Timeline
from services.intake.handlers import IntakeHandlers
from services.intake.register import is_sealed
from services.intake.store import NOBODY, PETITIONS, TIMELINES, Petitions, Timelines, petition_keys

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


@dataclasses.dataclass
class Ear:
    """Intake's ear and the drawers behind it."""

    timelines: Timelines
    petitions: Petitions

    @property
    def table(self) -> HandlerTable:
        return IntakeHandlers(self.timelines, self.petitions).table()


@pytest.fixture
async def ear(tmp_path: Path) -> AsyncIterator[Ear]:
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    await ledger.open([TIMELINES, PETITIONS])
    clock = FrozenClock(datetime(2026, 9, 7, tzinfo=UTC))
    timelines = LedgerDrawer(ledger, TIMELINES, Timeline, lambda _: {}, clock=clock, speaker="intake")
    petitions = LedgerDrawer(ledger, PETITIONS, Petition, petition_keys, clock=clock, speaker="intake")
    yield Ear(Timelines(timelines), Petitions(petitions))
    await ledger.close()


async def hear(ear: Ear, *facts: Heard[Fact]) -> None:
    table = ear.table
    for said in facts:
        await table[type(said.fact)](said)


async def types_of(ear: Ear, petition_id: UUID) -> list[str]:
    return [step.type for step in (await ear.timelines.of(PetitionId(petition_id))).steps]


async def test_a_case_fact_heard_twice_is_one_step(ear: Ear) -> None:
    opened = heard(CaseOpened)
    assert isinstance(opened.fact, CaseOpened)

    await hear(ear, opened, opened)

    assert await types_of(ear, opened.fact.petition_id) == [CaseOpened.TYPE]


async def test_a_session_is_seen_on_every_petition_it_hears(ear: Ear) -> None:
    scheduled = heard(SessionScheduled)
    assert isinstance(scheduled.fact, SessionScheduled)

    await hear(ear, scheduled)

    for case in scheduled.fact.cases:
        assert await types_of(ear, case.petition_id) == [SessionScheduled.TYPE]


async def test_first_steps_from_two_streams_at_once_are_both_kept(ear: Ear) -> None:
    opened, sent = heard(CaseOpened), heard(NoticeSent)
    assert isinstance(opened.fact, CaseOpened)
    told = Heard(sent.fact.model_copy(update={"petition_id": opened.fact.petition_id}), sent.envelope)

    await asyncio.gather(hear(ear, opened), hear(ear, told))

    assert sorted(await types_of(ear, opened.fact.petition_id)) == sorted([CaseOpened.TYPE, NoticeSent.TYPE])


async def test_the_officers_deadlines_are_not_the_petitioners_steps(ear: Ear) -> None:
    assert DeadlineNear not in ear.table


async def test_a_later_fact_of_a_petition_without_a_timeline_begins_one(ear: Ear) -> None:
    """A notice's second fact, when its first one was not for the petitioner's eyes."""
    sent = heard(NoticeSent)
    later = Heard(sent.fact, dataclasses.replace(sent.envelope, sequence=2))
    assert isinstance(sent.fact, NoticeSent)
    assert sent.fact.petition_id is not None

    await hear(ear, later, later)

    assert await types_of(ear, sent.fact.petition_id) == [NoticeSent.TYPE]


async def test_what_a_case_says_in_one_batch_is_one_write_and_each_is_one_step(ear: Ear) -> None:
    opened = heard(CaseOpened)
    assert isinstance(opened.fact, CaseOpened)
    said = [
        Heard(opened.fact, dataclasses.replace(opened.envelope, sequence=sequence, id=FactId(uuid4())))
        for sequence in (1, 2, 3)
    ]
    together = ear.table[CaseOpened]
    assert isinstance(together, Together)

    await together.work(said)
    await together.work(said)

    assert await types_of(ear, opened.fact.petition_id) == [CaseOpened.TYPE] * 3


async def test_a_petition_is_hidden_from_the_unit_that_was_found_to_be_accused_and_shown_to_who_was_not(
    ear: Ear,
) -> None:
    filing, found = heard(PetitionFiled), heard(CaseParticularsNoted)
    assert isinstance(filing.fact, PetitionFiled)
    assert isinstance(found.fact, CaseParticularsNoted)
    accusing = filing.fact.model_copy(update={"kind": PetitionKind.DENUNCIATION, "respondent_unit": "xa-17971"})
    petition = Petition(
        id=accusing.petition_id,
        code=accusing.code,
        filed=accusing,
        filed_by="officer-1",
        sealed=Sealed(wrapped_key="k", person="p", content="c"),
    )
    await ear.petitions.add(petition, [])

    async def accused() -> list[str]:
        units = ("xa-17971", "tinh-40", NOBODY)
        return [unit for unit in units if await ear.petitions.list(_accusing(unit), limit=1, after=None)]

    assert await accused() == ["xa-17971"]
    for sequence, never_at in enumerate(("tinh-40", None), start=40):
        fact = found.fact.model_copy(update={"never_at": never_at})
        said = Heard(fact, dataclasses.replace(found.envelope, sequence=sequence, id=FactId(uuid4())))
        await hear(ear, said, said)
        assert await accused() == [never_at or NOBODY]
    assert await types_of(ear, petition.id) == [CaseParticularsNoted.TYPE] * 2


async def test_who_was_found_to_ask_for_protection_is_named_on_no_paper_any_more(ear: Ear) -> None:
    filing, found = heard(PetitionFiled), heard(CaseParticularsNoted)
    assert isinstance(filing.fact, PetitionFiled)
    assert isinstance(found.fact, CaseParticularsNoted)
    petition = Petition(
        id=filing.fact.petition_id,
        code=filing.fact.code,
        filed=filing.fact,
        filed_by="officer-1",
        sealed=Sealed(wrapped_key="k", person="p", content="c"),
    )
    assert not is_sealed(petition)
    await ear.petitions.add(petition, [])
    fact = found.fact.model_copy(update={"is_discreet": True})
    await hear(ear, Heard(fact, dataclasses.replace(found.envelope, sequence=40, id=FactId(uuid4()))))
    known = await ear.petitions.find(petition.id)
    assert known is not None
    assert is_sealed(known)


def _accusing(unit: str) -> Where:
    return Where(equal={"accused": unit})
