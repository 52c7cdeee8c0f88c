"""Routing's ear: petitions filed, completed, withdrawn, receipts for them; for statistics cases and sessions, too."""

from collections.abc import Sequence

from contracts.facts.intake import PetitionFiled, PetitionSupplemented, PetitionWithdrawn, ReceiptIssued
from contracts.facts.routing import CaseFact
from contracts.facts.sessions import SessionScheduled, SessionStarted
from services.chassis.clock import Clock
from services.chassis.delivery.heard import HandlerTable, Heard, Together
from services.routing.domain.documents import list_receipt
from services.routing.domain.opening import on_supplemented, on_withdrawn, open_case
from services.routing.domain.statistics.record import COUNTED_FACTS
from services.routing.records import Records
from services.routing.standing import StandingLaw
from services.routing.store import Cases


class RoutingHandlers:
    """What routing does when it hears a fact. Twice the same fact is once."""

    def __init__(self, cases: Cases, law: StandingLaw, clock: Clock, public_id_key: bytes) -> None:
        self._cases = cases
        self._law = law
        self._clock = clock
        self._public_id_key = public_id_key

    def table(self) -> HandlerTable:
        """Fact → method."""
        return {
            PetitionFiled: self.on_filed,
            PetitionSupplemented: self.on_supplemented,
            PetitionWithdrawn: self.on_withdrawn,
            ReceiptIssued: self.on_receipt_issued,
        }

    async def on_filed(self, heard: Heard[PetitionFiled]) -> None:
        """One petition, one case."""
        case, facts = open_case(heard.fact, now=self._clock.now(), law=self._law.now, public_id_key=self._public_id_key)
        await self._cases.open(case, facts, heard.mark)

    async def on_supplemented(self, heard: Heard[PetitionSupplemented]) -> None:
        fact, law = heard.fact, self._law.now
        await self._cases.hear(fact.petition_id, lambda case: on_supplemented(case, fact, law), heard.mark)

    async def on_withdrawn(self, heard: Heard[PetitionWithdrawn]) -> None:
        fact, law = heard.fact, self._law.now
        await self._cases.hear(fact.petition_id, lambda case: on_withdrawn(case, fact, law), heard.mark)

    async def on_receipt_issued(self, heard: Heard[ReceiptIssued]) -> None:
        """Intake keeps it; the case lists it."""
        fact, law = heard.fact, self._law.now
        await self._cases.hear(fact.petition_id, lambda case: list_receipt(case, fact, law), heard.mark)


class StatisticsHandlers:
    """What is kept for statistics: facts as they went out, so that no figure knows more than was said."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def table(self) -> HandlerTable:
        """Fact → method."""
        return {
            **dict.fromkeys(COUNTED_FACTS, Together(self.on_case_facts)),
            SessionScheduled: self.on_session_fact,
            SessionStarted: self.on_session_fact,
        }

    async def on_case_facts(self, heard: Sequence[Heard[CaseFact]]) -> None:
        """What one case says, one fact or several."""
        await self._records.learn(heard[0].fact.case_id, [(one.fact, one.mark) for one in heard])

    async def on_session_fact(self, heard: Heard[SessionScheduled] | Heard[SessionStarted]) -> None:
        await self._records.learn_session(heard.fact, heard.mark)
