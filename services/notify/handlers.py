"""Notify's ear: what happened becomes what has to be told. Nothing is sent here; due notices go out by ``dispatch``."""

from typing import Final

from contracts.facts.base import Fact
from contracts.facts.intake import ContactGiven, PetitionFact, PetitionFiled
from contracts.facts.routing import CaseFact
from contracts.facts.sessions import SessionCancelled, SessionRescheduled, SessionScheduled
from contracts.ids import FactId
from services.chassis.clock import Clock
from services.chassis.delivery.heard import HandlerTable, Heard
from services.chassis.telemetry.traces import current_traceparent
from services.notify.domain.compose import Composer
from services.notify.domain.rules import ENDS_REMINDERS, TOLD
from services.notify.store import Dossiers, Notices

PETITION_FACTS: Final = frozenset(fact for fact in TOLD if issubclass(fact, PetitionFact | CaseFact))
SESSION_FACTS: Final = TOLD - PETITION_FACTS

SessionFacts = SessionScheduled | SessionRescheduled | SessionCancelled


class NotifyHandlers:
    """What notify does when it hears a fact."""

    def __init__(self, composer: Composer, notices: Notices, dossiers: Dossiers, clock: Clock) -> None:
        self._composer = composer
        self._notices = notices
        self._dossiers = dossiers
        self._clock = clock

    def table(self) -> HandlerTable:
        """Fact → method."""
        return {
            ContactGiven: self.on_contact_given,
            **dict.fromkeys(PETITION_FACTS, self.on_petition_or_case_fact),
            PetitionFiled: self.on_filed,
            **dict.fromkeys(SESSION_FACTS, self.on_session_fact),
        }

    async def on_contact_given(self, heard: Heard[ContactGiven]) -> None:
        """The card stays sealed; what waited for it looks again, unless it would only wait on for the filing."""
        petition_id = heard.fact.petition_id
        dossier = await self._dossiers.learn(petition_id, heard.fact, heard.mark)
        if dossier.is_complete:
            self._notices.contact_came(petition_id)
            await self._notices.wake(petition_id, self._clock.now())

    async def on_filed(self, heard: Heard[PetitionFiled]) -> None:
        """With the contact, this is all that a notice ever waits for. Said at the same moment, either may come first:
        a notice whose contact is still on its way is not looked at before it is there, or has taken too long."""
        petition_id = heard.fact.petition_id
        dossier = await self._dossiers.learn(petition_id, heard.fact, heard.mark)
        await self._plan(heard, has_contact=dossier.contact is not None)
        lately = self._dossiers.lately(petition_id)
        if lately is not None and lately.state.contact is not None:
            self._notices.contact_came(petition_id)
        await self._notices.wake(petition_id, self._clock.now())

    async def on_petition_or_case_fact(self, heard: Heard[PetitionFact | CaseFact]) -> None:
        await self._dossiers.learn(heard.fact.petition_id, heard.fact, heard.mark)
        await self._plan(heard)

    async def on_session_fact(self, heard: Heard[SessionFacts]) -> None:
        """A moved or cancelled session takes back what was not sent yet about its old day."""
        if type(heard.fact) in ENDS_REMINDERS:
            await self._notices.supersede(heard.fact.session_id, FactId(heard.envelope.id))
        await self._plan(heard)

    async def _plan(self, heard: Heard[Fact], *, has_contact: bool = True) -> None:
        envelope = heard.envelope
        notices = self._composer.compose(heard.fact, envelope.id, envelope.time, self._clock.now())
        trace = current_traceparent() or envelope.traceparent
        planned = [notice.model_copy(update={"traceparent": trace}) for notice in notices]
        await self._notices.plan(planned, has_contact=has_contact)
