"""Intake's ear: what others say about a petition goes onto its timeline, to be seen. It decides nothing.

Whom a petition accuses, routing may find later: then intake hides it from that unit as well.
"""

from collections.abc import Sequence
from typing import Final

from contracts.facts import notify, routing, sessions
from contracts.facts.base import Fact
from contracts.ids import PetitionId
from services.chassis.delivery.heard import HandlerTable, Heard, Together
from services.intake.domain import Step, learn
from services.intake.store import Petitions, Timelines

CASE_FACTS: Final[tuple[type[Fact], ...]] = tuple(
    fact for fact in routing.FACTS if fact not in (routing.DeadlineNear, routing.DeadlineMissed)
)
"""Deadlines are the officers' worry; what follows from them (escalation) the petitioner sees."""

SESSION_FACTS: Final[tuple[type[Fact], ...]] = (
    sessions.SessionScheduled,
    sessions.SessionRescheduled,
    sessions.SessionCancelled,
    sessions.SessionStarted,
    sessions.SessionEnded,
)
NOTICE_FACTS: Final[tuple[type[Fact], ...]] = (notify.NoticeSent, notify.NoticeDelivered, notify.NoticeFailed)


class IntakeHandlers:
    """What intake does when it hears a fact."""

    def __init__(self, timelines: Timelines, petitions: Petitions) -> None:
        self._timelines = timelines
        self._petitions = petitions

    def table(self) -> HandlerTable:
        """Fact → method."""
        return {
            **dict.fromkeys(CASE_FACTS, Together(self.on_case_facts)),
            routing.CaseParticularsNoted: self.on_particulars_noted,
            **dict.fromkeys(SESSION_FACTS, self.on_session_fact),
            **dict.fromkeys(NOTICE_FACTS, self.on_notice_fact),
        }

    async def on_case_facts(self, heard: Sequence[Heard[routing.CaseFact]]) -> None:
        """What one case says, one fact or several: all of one petition."""
        steps = [(_step_of(one), one.mark) for one in heard]
        await self._timelines.append_all(heard[0].fact.petition_id, steps)

    async def on_particulars_noted(self, heard: Heard[routing.CaseParticularsNoted]) -> None:
        """Hidden first, shown after: the timeline never tells what the list still shows to the accused."""
        fact = heard.fact
        await self._petitions.decide(
            fact.petition_id,
            lambda known: learn(known, fact.never_at, is_discreet=fact.is_discreet),
            heard.mark,
        )
        await self._show(heard, fact.petition_id)

    async def on_session_fact(self, heard: Heard[sessions.SessionScheduled]) -> None:
        """Sessions hear several cases: each petition gets the step."""
        for case in heard.fact.cases:
            await self._show(heard, case.petition_id)

    async def on_notice_fact(self, heard: Heard[notify.NoticeFact]) -> None:
        if heard.fact.petition_id is not None:
            await self._show(heard, heard.fact.petition_id)

    async def _show(self, heard: Heard[Fact], petition_id: PetitionId) -> None:
        await self._timelines.append(petition_id, _step_of(heard), heard.mark)


def _step_of(heard: Heard[Fact]) -> Step:
    envelope = heard.envelope
    return Step(fact_id=str(envelope.id), type=envelope.type, time=envelope.time, value=envelope.value.decode())
