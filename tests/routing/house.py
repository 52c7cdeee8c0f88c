"""Routing as it runs, but for the bus: the real app, a real SQLite ledger, tokens of a real issuer, a clock we move."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
from pydantic import SecretStr

from contracts.facts.base import Fact
from contracts.facts.envelope import GENESIS, Envelope, seal
from contracts.facts.intake import PetitionFact
from contracts.facts.sessions import SessionFact
from contracts.ids import CaseId, case_of
from contracts.vocabulary import Role
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.clock import FrozenClock
from services.chassis.delivery.heard import Heard
from services.chassis.ledger.port import Change
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis, DeafAndMute
from services.chassis.seal import ensure_key_file
from services.routing.app import calendars_of, cases_of, make_app, records_of, standing_law_of
from services.routing.handlers import RoutingHandlers, StatisticsHandlers
from services.routing.records import Records
from services.routing.recount import Recount
from services.routing.settings import RoutingSettings
from services.routing.standing import StandingLaw
from services.routing.store import CASES, Calendars, Cases
from services.routing.timers import Timers
from tests.routing.given import PUBLIC_ID_KEY, noon
from tests.serving import serving

ISSUER = LocalIssuer()
OFFICER_ROLES = (Role.PETITION_OFFICER, Role.SETTLING_AUTHORITY)


def key_file(folder: Path) -> Path:
    """Routing's keys, made where they are not."""
    path = folder / "routing.keys"
    ensure_key_file(path)
    return path


def officer(unit: str | None, *roles: Role) -> dict[str, str]:
    return ISSUER.bearer(*(roles or OFFICER_ROLES), unit=unit)


@dataclass
class Replica:
    """What a replica keeps for itself."""

    law: StandingLaw
    recount: Recount


@dataclass
class House:
    """A running routing service and what a test needs to look inside."""

    client: httpx.AsyncClient
    ledger: SqliteLedger
    clock: FrozenClock
    cases: Cases
    handlers: RoutingHandlers
    timers: Timers
    law: StandingLaw
    calendars: Calendars
    recount: Recount
    another: Callable[[], "Replica"]
    """A second replica on the same ledger: it counts with what it knows itself."""
    records: Records
    chain: dict[UUID, Envelope] = field(default_factory=dict)

    async def hear(self, fact: PetitionFact | SessionFact) -> Heard[Any]:
        """Let routing hear the fact, as the next one of its petition or session."""
        before = self.chain.get(fact.subject)
        envelope = seal(
            fact,
            fact_id=uuid5(fact.subject, fact.TYPE + str(before.sequence if before else 0)),
            source=f"/tiepdan/{fact.stream.speaker}",
            time=self.clock.now(),
            sequence=before.sequence + 1 if before else 1,
            prev_hash=before.hash if before else GENESIS,
            traceparent=None,
        )
        self.chain[fact.subject] = envelope
        heard: Heard[Any] = Heard(fact, envelope)
        await self.again(heard)
        return heard

    async def again(self, heard: Heard[Any]) -> None:
        """Deliver it (once more)."""
        table = {**self.handlers.table(), **StatisticsHandlers(self.records).table()}
        await table[type(heard.fact)](heard)

    async def hear_itself(self) -> None:
        """Let routing hear what its cases said, as it comes back from the bus."""
        table = StatisticsHandlers(self.records).table()
        for stored in await self.cases.all(limit=1_000, after=None):
            for envelope in await self.envelopes(CaseId(UUID(stored.id))):
                fact = envelope.fact()
                if fact is not None and type(fact) in table:
                    await table[type(fact)](Heard(fact, envelope))

    async def opened(self, fact: PetitionFact) -> CaseId:
        await self.hear(fact)
        return case_of(fact.petition_id)

    async def post(self, case_id: CaseId, order: str, who: dict[str, str], **body: Any) -> httpx.Response:
        return await self.client.post(f"/v1/cases/{case_id}/{order}", json=body, headers=who)

    async def get(self, path: str, who: dict[str, str]) -> httpx.Response:
        return await self.client.get(f"/v1/cases{path}", headers=who)

    async def said(self, case_id: CaseId) -> list[Fact]:
        """What waits for the relay, in order."""
        document = await self.ledger.read(CASES.name, str(case_id))
        assert document is not None
        facts = [envelope.fact() for envelope in document.pending]
        return [fact for fact in facts if fact is not None]

    async def envelopes(self, case_id: CaseId) -> list[Envelope]:
        document = await self.ledger.read(CASES.name, str(case_id))
        assert document is not None
        return list(document.pending)

    async def without_revision(self, case_id: CaseId) -> None:
        """Keep the case as a version of this service kept it that knew no plans of the calendar."""
        document = await self.ledger.read(CASES.name, str(case_id))
        assert document is not None
        for clock in document.state["clocks"]:
            del clock["calendar_revision"], clock["moves"]
        keys = {name: value for name, value in document.keys.items() if name != "recount"}
        await self.ledger.update(CASES.name, document.id, document.version, Change(state=document.state, keys=keys))

    async def tick_all(self) -> int:
        """Run the timers until there is nothing more; how many steps it took."""
        steps = 1
        while await self.timers.step():
            steps += 1
        return steps


@asynccontextmanager
async def running(folder: Path, on: str = "2026-09-07", **settings: Any) -> AsyncIterator[House]:
    """The service, its loops quiet, so that a test moves time itself."""
    configured = RoutingSettings(
        data_folder=folder,
        routing_key_file=key_file(folder),
        routing_public_id_secret=SecretStr(PUBLIC_ID_KEY.decode()),
        stop_grace_seconds=0.5,
        timer_seconds=3600,
        **settings,
    )
    clock = FrozenClock(noon(on))
    ledger = SqliteLedger(folder / "routing.sqlite")
    chassis = Chassis("routing", configured, clock=clock, ledger=ledger, bus=DeafAndMute(), issuer=ISSUER)
    app = make_app(configured, chassis)
    law, cases, calendars = _drawers(chassis, configured)

    def another() -> Replica:
        own_law, own_cases, own_calendars = _drawers(chassis, configured)
        return Replica(own_law, Recount(own_cases, own_calendars, own_law, page=configured.recount_page))

    async with serving(app) as client:
        yield House(
            client,
            ledger,
            clock,
            cases,
            RoutingHandlers(cases, law, clock, PUBLIC_ID_KEY),
            Timers(cases, law, clock, configured.timer_page),
            law,
            calendars,
            Recount(cases, calendars, law, page=configured.recount_page),
            another,
            records_of(chassis),
        )


def _drawers(chassis: Chassis, settings: RoutingSettings) -> tuple[StandingLaw, Cases, Calendars]:
    law = standing_law_of(settings)
    return law, cases_of(chassis, law), calendars_of(chassis, settings)
