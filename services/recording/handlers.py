"""What recording does when it hears a fact."""

from datetime import datetime, timedelta

from contracts.facts.sessions import SessionCancelled, SessionEnded, SessionStarted
from contracts.ids import SessionId
from services.chassis.clock import VIETNAM, Clock
from services.chassis.delivery.heard import HandlerTable, Heard
from services.recording.domain.decisions import arm, cancel, end
from services.recording.domain.recording import Point, Recording, index_of
from services.recording.settings import RecordingSettings
from services.recording.store import Recordings, Streams, no_recording


class RecordingHandlers:
    """The ear of the service."""

    def __init__(self, *, recordings: Recordings, streams: Streams, settings: RecordingSettings, clock: Clock) -> None:
        self._recordings = recordings
        self._streams = streams
        self._settings = settings
        self._clock = clock

    def table(self) -> HandlerTable:
        return {
            SessionStarted: self.on_session_started,
            SessionCancelled: self.on_session_cancelled,
            SessionEnded: self.on_session_ended,
        }

    async def on_session_started(self, heard: Heard[SessionStarted]) -> None:
        """Arm: from now on a stream is due from each point."""
        fact = heard.fact
        points = [
            Point(point_id=point.point_id, unit=point.unit, is_main=point.is_main, is_required=point.is_required)
            for point in fact.points
        ]
        first_day = fact.started_at.astimezone(VIETNAM).date()
        retain_until = first_day + timedelta(days=self._settings.recording_retention_days)
        recording, facts = arm(
            fact.session_id,
            points,
            started_at=fact.started_at,
            retain_until=retain_until,
            chaired_by=fact.chaired_by,
            is_discreet=any(case.is_discreet for case in fact.cases),
        )
        for stream in recording.streams:
            point = next(point for point in points if point.point_id == stream.point_id)
            await self._streams.add(index_of(recording.recording_id, point, stream.epoch))
        await self._recordings.add(recording, facts, heard.mark)

    async def on_session_cancelled(self, heard: Heard[SessionCancelled]) -> None:
        """Nothing was armed for a session that never started."""
        recording = await self._recordings.find_by_session(heard.fact.session_id)
        if recording is None:
            return
        now = self._clock.now()
        deadline = self._deadline(now)
        await self._recordings.decide(
            recording.recording_id, lambda known: cancel(known, now=now, upload_deadline=deadline), heard.mark
        )

    async def on_session_ended(self, heard: Heard[SessionEnded]) -> None:
        """What is still on its way may come until the deadline."""
        fact = heard.fact
        recording = await self._known(fact.session_id)
        deadline = self._deadline(fact.ended_at)
        await self._recordings.decide(
            recording.recording_id,
            lambda known: end(known, ended_at=fact.ended_at, ended_by=fact.ended_by, upload_deadline=deadline),
            heard.mark,
        )

    async def _known(self, session_id: SessionId) -> Recording:
        recording = await self._recordings.find_by_session(session_id)
        if recording is None:
            raise no_recording()
        return recording

    def _deadline(self, moment: datetime) -> datetime:
        return moment + timedelta(hours=self._settings.recording_upload_hours)
