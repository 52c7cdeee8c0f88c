"""The session while it is held, and after: start, pause, resume, end, attendance, minutes.

Sources: Decree 154/2026 arts 18(2), 24(1); domain.md §4.3; cases F05, F09. No recording = no lawful session.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from contracts.errors import Refused
from contracts.facts.base import Count, Fact, Sha256
from contracts.facts.sessions import (
    AttendanceTaken,
    MinutesSigned,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
)
from contracts.ids import PointId
from contracts.vocabulary import EndedBy, InterruptionCause, Role
from services.sessions.domain.readiness import blockers, stand_still, was_connected_in_time
from services.sessions.domain.schedule import Decided
from services.sessions.domain.session import (
    VIETNAM,
    Act,
    ReceptionSession,
    RecordingStatus,
    SessionStatus,
    SignedMinutes,
    allow,
    bridge_points,
    heard_cases,
    move,
    whole_seconds,
)

OPENS_BEFORE: Final = timedelta(minutes=30)
"""The chair may open the session that much before its hour, and on its day only."""


def start(session: ReceptionSession, *, now: datetime) -> Decided:
    """The chair opens the session. Whether R8 was kept is written down, kept or not.

    Errors: Refused("points_not_ready") naming the obstacles, Refused("not_the_hour"), Refused("not_now").
    """
    found = blockers(session)
    if session.status is SessionStatus.SCHEDULED and found:
        said = "; ".join(dict.fromkeys(blocker.obstacle.label for blocker in found))
        points = ",".join(sorted({str(blocker.point_id) for blocker in found}))
        raise Refused("points_not_ready", f"Chưa thể khai mạc: có điểm cầu {said}.", points=points)
    allow(session, Act.START)
    if now.astimezone(VIETNAM).date() != session.day or now < session.starts_at - OPENS_BEFORE:
        raise Refused("not_the_hour", "Chỉ khai mạc trong ngày tiếp, sớm nhất 30 phút trước giờ đã thông báo.")
    live = move(
        session,
        Act.START,
        SessionStatus.LIVE,
        started_at=now,
        live_since=now,
        connected_in_time=was_connected_in_time(session),
    )
    fact = SessionStarted(
        session_id=session.session_id,
        started_at=now,
        chaired_by=session.chaired_by,
        points=bridge_points(session.points),
        cases=heard_cases(session.cases),
    )
    return live, [fact]


def pause(session: ReceptionSession, cause: InterruptionCause, *, now: datetime) -> Decided:
    """The session stands still."""
    paused = stand_still(session, Act.PAUSE, cause, now)
    return paused, [SessionPaused(session_id=session.session_id, paused_at=now, cause=cause)]


def resume(session: ReceptionSession, *, now: datetime) -> Decided:
    """The session goes on, only with picture, sound and recording back for everyone who is required.

    Errors: Refused("points_not_connected"), Refused("not_recording"), Refused("not_now").
    """
    allow(session, Act.RESUME)
    if any(point.connected_at is None for point in session.required_points):
        raise Refused("points_not_connected", "Chưa thể tiếp tục: còn điểm cầu bắt buộc mất kết nối.")
    if session.recording.status is not RecordingStatus.RUNNING:
        raise Refused("not_recording", "Chưa thể tiếp tục: việc ghi âm, ghi hình chưa hoạt động.")
    resumed = move(session, Act.RESUME, SessionStatus.LIVE, live_since=now, pause_cause=None)
    return resumed, [SessionResumed(session_id=session.session_id, resumed_at=now)]


def end(session: ReceptionSession, ended_by: EndedBy, *, now: datetime) -> Decided:
    """The session is over. The fact's duration runs from the start; ``live_seconds`` leaves out the pauses."""
    running = whole_seconds(session.live_since, now) if session.live_since else 0
    ended = move(
        session,
        Act.END,
        SessionStatus.ENDED,
        ended_at=now,
        ended_by=ended_by,
        live_since=None,
        live_seconds=session.live_seconds + running,
        pause_cause=None,
    )
    fact = SessionEnded(
        session_id=session.session_id,
        ended_at=now,
        ended_by=ended_by,
        duration_seconds=whole_seconds(session.started_at or now, now),
        points=bridge_points(session.points),
        cases=heard_cases(session.cases),
    )
    return ended, [fact]


def take_attendance(session: ReceptionSession, point_id: PointId, present: Mapping[Role, Count]) -> Decided:
    """Who is at a point, by function and number; the last count stands. Errors: Refused("not_now"), NotFound."""
    session.point(point_id)
    counted = move(session.with_point(point_id, present=dict(present)), Act.TAKE_ATTENDANCE, session.status)
    fact = AttendanceTaken(session_id=session.session_id, point_id=point_id, present=dict(present))
    return counted, [fact]


def sign_minutes(
    session: ReceptionSession,
    point_id: PointId,
    minutes_sha256: Sha256,
    *,
    now: datetime,
    at_each_point: bool = True,
) -> Decided:
    """The minutes are signed at a point, once; with the last required point they are complete and immutable.

    ``at_each_point`` off: the main point alone completes them (setting ``minutes_at_each_point``).
    Errors: Refused("already_signed"), Refused("not_now"), NotFound("no_point").
    """
    allow(session, Act.SIGN_MINUTES)
    if session.point(point_id).minutes is not None:
        raise Refused("already_signed", "Điểm cầu này đã ký biên bản; biên bản đã ký không sửa được.")
    signed = session.with_point(point_id, minutes=SignedMinutes(signed_at=now, minutes_sha256=minutes_sha256))
    signers = signed.required_points if at_each_point else (signed.main_point,)
    is_complete = all(point.minutes is not None for point in signers)
    fact: Fact = MinutesSigned(
        session_id=session.session_id,
        point_id=point_id,
        signed_at=now,
        minutes_sha256=minutes_sha256,
        is_complete=is_complete,
    )
    return move(signed, Act.SIGN_MINUTES, SessionStatus.SIGNED if is_complete else SessionStatus.ENDED), [fact]
