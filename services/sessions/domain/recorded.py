"""What sessions learns of the recording, and what it does when nothing is recorded (case F05)."""

from datetime import datetime, timedelta

from contracts.facts.base import Fact
from contracts.facts.recording import RecordingFailed, RecordingGapFound, RecordingStarted, RecordingStored
from contracts.vocabulary import EndedBy, InterruptionCause
from services.sessions.domain.conduct import end, pause
from services.sessions.domain.schedule import Decided
from services.sessions.domain.session import (
    PointRecording,
    ReceptionSession,
    RecordingSeen,
    RecordingStatus,
    SessionStatus,
)


def see_started(session: ReceptionSession, fact: RecordingStarted) -> Decided:
    """The first media are on disk; of the other points nothing is known yet."""
    seen = session.recording.model_copy(
        update={
            "recording_id": fact.recording_id,
            "status": RecordingStatus.RUNNING,
            "started_at": fact.started_at,
        }
    )
    return session.with_(recording=seen).with_point(fact.point_id, recording=PointRecording.RUNNING), []


def see_gap(session: ReceptionSession, fact: RecordingGapFound) -> Decided:
    """A hole is counted and shown at its point."""
    seen = session.recording.model_copy(
        update={"recording_id": fact.recording_id, "gap_count": session.recording.gap_count + 1}
    )
    gap_counts = {point.point_id: point.gap_count for point in session.points}
    gap_count = gap_counts.get(fact.point_id, 0) + 1
    return session.with_(recording=seen).with_point(fact.point_id, gap_count=gap_count), []


def see_stored(session: ReceptionSession, fact: RecordingStored) -> Decided:
    """Sealed: a point without a stream in it has no recording, and that shows."""
    streams = {stream.point_id: stream for stream in fact.streams}
    points = tuple(
        point.model_copy(
            update={
                "recording": PointRecording.STORED if point.point_id in streams else PointRecording.MISSING,
                "gap_count": streams[point.point_id].gap_count if point.point_id in streams else point.gap_count,
            }
        )
        for point in session.points
    )
    seen = RecordingSeen(
        recording_id=fact.recording_id,
        status=RecordingStatus.STORED,
        started_at=session.recording.started_at,
        stored_at=fact.stored_at,
        gap_count=fact.gap_count,
    )
    return session.with_(recording=seen, points=points), []


def see_failed(session: ReceptionSession, fact: RecordingFailed, *, now: datetime) -> Decided:
    """There is no recording; a session that is still live stands still."""
    seen = session.recording.model_copy(update={"recording_id": fact.recording_id, "status": RecordingStatus.FAILED})
    points = tuple(point.model_copy(update={"recording": PointRecording.MISSING}) for point in session.points)
    failed = session.with_(recording=seen, points=points)
    return pause(failed, InterruptionCause.RECORDING_FAILED, now=now) if _is_live(session) else (failed, [])


def watch(session: ReceptionSession, *, now: datetime, recording_patience: timedelta, longest: timedelta) -> Decided:
    """What time alone does to a session: unrecorded it is paused, forgotten it is ended. Else nothing happens."""
    if session.started_at is not None and _is_running(session) and now - session.started_at >= longest:
        return end(session, EndedBy.TIMEOUT, now=now)
    if is_unrecorded(session, now=now, recording_patience=recording_patience):
        return pause(session, InterruptionCause.RECORDING_FAILED, now=now)
    return session, _nothing()


def is_unrecorded(session: ReceptionSession, *, now: datetime, recording_patience: timedelta) -> bool:
    """Live for longer than the patience, and no media heard of."""
    is_silent = session.recording.status is not RecordingStatus.RUNNING
    return (
        _is_live(session)
        and is_silent
        and session.live_since is not None
        and now - session.live_since >= recording_patience
    )


def _is_live(session: ReceptionSession) -> bool:
    return session.status is SessionStatus.LIVE


def _is_running(session: ReceptionSession) -> bool:
    return session.status in {SessionStatus.LIVE, SessionStatus.PAUSED}


def _nothing() -> list[Fact]:
    return []
