"""Routing as it runs, but for the bus: the real app, a real SQLite ledger, tokens of a real issuer, a clock we move."""

from collections.abc import AsyncIterator
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
from contracts.ids import CaseId, case_of
from contracts.vocabulary import Role
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.clock import FrozenClock
from services.chassis.delivery.heard import Heard
from services.chassis.ledger.port import Collection
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis, DeafAndMute
from services.routing.app import make_app, standing_law_of
from services.routing.domain.case import Case
from services.routing.handlers import RoutingHandlers
from services.routing.settings import RoutingSettings
from services.routing.store import CASES, Cases, case_keys
from services.routing.timers import Timers
from tests.routing.given import PUBLIC_ID_KEY, noon
from tests.serving import serving

ISSUER = LocalIssuer()
OFFICER_ROLES = (Role.PETITION_OFFICER, Role.SETTLING_AUTHORITY)


def officer(unit: str | None, *roles: Role) -> dict[str, str]:
    return ISSUER.bearer(*(roles or OFFICER_ROLES), unit=unit)


@dataclass
class House:
    """A running routing service and what a test needs to look inside."""

    client: httpx.AsyncClient
    ledger: SqliteLedger
    clock: FrozenClock
    cases: Cases
    handlers: RoutingHandlers
    timers: Timers
    chain: dict[UUID, Envelope] = field(default_factory=dict)

    async def hear(self, fact: PetitionFact) -> Heard[Any]:
        """Let routing hear the fact, as the next one of its petition."""
        before = self.chain.get(fact.subject)
        envelope = seal(
            fact,
            fact_id=uuid5(fact.subject, fact.TYPE + str(before.sequence if before else 0)),
            source="/tiepdan/intake",
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
        await self.handlers.table()[type(heard.fact)](heard)

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
        routing_public_id_secret=SecretStr(PUBLIC_ID_KEY.decode()),
        stop_grace_seconds=0.5,
        timer_seconds=3600,
        **settings,
    )
    clock = FrozenClock(noon(on))
    ledger = SqliteLedger(folder / "routing.sqlite")
    chassis = Chassis("routing", configured, clock=clock, ledger=ledger, bus=DeafAndMute(), issuer=ISSUER)
    app = make_app(configured, chassis)
    law = standing_law_of(configured)
    cases = Cases(chassis.drawer(Collection(CASES.name, CASES.keys), Case, case_keys))
    async with serving(app) as client:
        yield House(
            client,
            ledger,
            clock,
            cases,
            RoutingHandlers(cases, law, clock, PUBLIC_ID_KEY),
            Timers(cases, law, clock, configured.timer_page),
        )
