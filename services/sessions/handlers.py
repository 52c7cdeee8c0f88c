"""What sessions does when it hears a fact, and when it hears nothing."""

from datetime import timedelta
from functools import partial

from contracts.facts.calendar import CalendarOverridden
from contracts.facts.recording import RecordingFailed, RecordingGapFound, RecordingStarted, RecordingStored
from contracts.facts.routing import (
    CaseClosed,
    CaseEscalated,
    CaseOpened,
    CaseParticularsNoted,
    CaseRerouted,
    CaseSettled,
    CaseTransferred,
    CompetenceDecided,
)
from services.chassis.clock import Clock
from services.chassis.delivery.heard import HandlerTable, Heard
from services.chassis.telemetry import get_log
from services.sessions.domain import drop, learn, propose, relocate, see_failed, see_gap, see_started, see_stored, watch
from services.sessions.settings import SessionsSettings
from services.sessions.store import Calendars, Candidates, Sessions

log = get_log()


class SessionsHandlers:
    """The ear of the service: cases that may be heard, and what becomes of recordings."""

    def __init__(self, sessions: Sessions, candidates: Candidates, calendars: Calendars, clock: Clock) -> None:
        self._sessions = sessions
        self._candidates = candidates
        self._calendars = calendars
        self._clock = clock

    def table(self) -> HandlerTable:
        return {
            CalendarOverridden: self.on_calendar_overridden,
            CaseOpened: self.on_case_opened,
            CaseEscalated: self.on_case_escalated,
            CaseParticularsNoted: self.on_case_particulars_noted,
            CaseRerouted: self.on_case_relocated,
            CaseTransferred: self.on_case_relocated,
            CompetenceDecided: self.on_case_relocated,
            CaseSettled: self.on_case_over,
            CaseClosed: self.on_case_over,
            RecordingStarted: self.on_recording_started,
            RecordingGapFound: self.on_recording_gap_found,
            RecordingStored: self.on_recording_stored,
            RecordingFailed: self.on_recording_failed,
        }

    async def on_calendar_overridden(self, heard: Heard[CalendarOverridden]) -> None:
        await self._calendars.learn(heard.fact, heard.mark)

    async def on_case_opened(self, heard: Heard[CaseOpened]) -> None:
        await self._candidates.open(heard.fact, heard.mark)

    async def on_case_escalated(self, heard: Heard[CaseEscalated]) -> None:
        fact = heard.fact
        await self._candidates.decide(fact.case_id, lambda known: propose(known, fact), heard.mark)

    async def on_case_particulars_noted(self, heard: Heard[CaseParticularsNoted]) -> None:
        fact = heard.fact
        await self._candidates.decide(fact.case_id, lambda known: learn(known, fact), heard.mark)

    async def on_case_relocated(
        self, heard: Heard[CaseRerouted] | Heard[CaseTransferred] | Heard[CompetenceDecided]
    ) -> None:
        fact = heard.fact
        await self._candidates.decide(fact.case_id, lambda known: relocate(known, fact), heard.mark)

    async def on_case_over(self, heard: Heard[CaseSettled] | Heard[CaseClosed]) -> None:
        fact = heard.fact
        await self._candidates.decide(fact.case_id, lambda known: drop(known, fact), heard.mark)

    async def on_recording_started(self, heard: Heard[RecordingStarted]) -> None:
        fact = heard.fact
        await self._sessions.decide(fact.session_id, lambda known: see_started(known, fact), heard.mark)

    async def on_recording_gap_found(self, heard: Heard[RecordingGapFound]) -> None:
        fact = heard.fact
        await self._sessions.decide(fact.session_id, lambda known: see_gap(known, fact), heard.mark)

    async def on_recording_stored(self, heard: Heard[RecordingStored]) -> None:
        fact = heard.fact
        await self._sessions.decide(fact.session_id, lambda known: see_stored(known, fact), heard.mark)

    async def on_recording_failed(self, heard: Heard[RecordingFailed]) -> None:
        fact, now = heard.fact, self._clock.now()
        await self._sessions.decide(fact.session_id, lambda known: see_failed(known, fact, now=now), heard.mark)


class Watcher:
    """Looks after running sessions: one that is not recorded is paused, one that was forgotten is ended."""

    def __init__(self, sessions: Sessions, clock: Clock, settings: SessionsSettings) -> None:
        self._sessions = sessions
        self._clock = clock
        self._patience = timedelta(seconds=settings.sessions_recording_patience_seconds)
        self._longest = timedelta(hours=settings.sessions_longest_hours)

    async def step(self) -> bool:
        """One look at every running session."""
        look = partial(watch, now=self._clock.now(), recording_patience=self._patience, longest=self._longest)
        for session in await self._sessions.running():
            _, facts = look(session)
            if facts:
                decided = await self._sessions.decide(session.session_id, look)
                log.warning("session.stopped_by_watch", session_id=str(session.session_id), status=decided.status.value)
        return False
