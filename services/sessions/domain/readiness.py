"""Points before the start: tested check by check, connected, lost; and what still stands in the way.

Sources: Decree 154/2026 arts 18(2), 23(1); cases F01, F04, F05.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.errors import BadInput, Refused
from contracts.facts.base import Fact
from contracts.facts.sessions import PointConnected, PointLost, PointTested, SessionPaused
from contracts.ids import PointId
from contracts.law.online import Obstacle as Obstacle  # noqa: PLC0414 - part of what readiness answers
from contracts.law.online import obstacles
from contracts.vocabulary import InterruptionCause, PointCheck
from services.sessions.domain.schedule import TESTING, Decided
from services.sessions.domain.session import (
    VIETNAM,
    Act,
    Point,
    ReadinessTest,
    ReceptionSession,
    SessionStatus,
    allow,
    move,
    whole_seconds,
)

_BEFORE_THE_START: Final = frozenset({SessionStatus.SCHEDULED, SessionStatus.LOBBY})


@dataclass(frozen=True, slots=True)
class Blocker:
    """One point and one obstacle."""

    point_id: PointId
    obstacle: Obstacle


def record_test(
    session: ReceptionSession, point_id: PointId, checks: Mapping[PointCheck, bool], *, now: datetime
) -> Decided:
    """The outcome of a readiness test; every check has to be answered.

    A test that succeeds on the last lawful day (R7) or before keeps the point ready, unless a later one fails.
    Errors: Refused("not_now"), NotFound("no_point"), BadInput("checks_missing").
    """
    allow(session, Act.TEST)
    point = session.point(point_id)
    missing = [check for check in PointCheck if check not in checks]
    if missing:
        raise BadInput(
            "checks_missing",
            f"Chưa kiểm tra: {', '.join(check.label for check in missing)}.",
            missing=",".join(missing),
        )
    failed = tuple(check for check in PointCheck if not checks[check])
    test = ReadinessTest(tested_at=now, is_passed=not failed, failed_checks=failed)
    passed_at = point.passed_at or (now if test.is_passed else None)
    tested = _with_r7(session.with_point(point_id, last_test=test, passed_at=passed_at))
    fact = PointTested(
        session_id=session.session_id, point_id=point_id, tested_at=now, is_passed=not failed, failed_checks=failed
    )
    return move(tested, Act.TEST, _readied(tested)), [fact]


def connect(session: ReceptionSession, point_id: PointId, *, now: datetime) -> Decided:
    """The point is seen and heard; saying so twice says nothing new. Errors: Refused("not_now"), NotFound."""
    allow(session, Act.CONNECT)
    if session.point(point_id).connected_at is not None:
        return session, []
    connected = session.with_point(point_id, connected_at=now, lost_at=None, lost_cause=None)
    to = _readied(connected) if session.status in _BEFORE_THE_START else session.status
    fact = PointConnected(session_id=session.session_id, point_id=point_id, connected_at=now)
    return move(connected, Act.CONNECT, to), [fact]


def lose(session: ReceptionSession, point_id: PointId, cause: InterruptionCause, *, now: datetime) -> Decided:
    """The point is gone. A live session that loses a required point stands still until it is back (domain.md §4.3).

    Errors: Refused("not_now"), Refused("not_connected"), NotFound("no_point").
    """
    allow(session, Act.LOSE)
    point = session.point(point_id)
    if point.connected_at is None:
        raise Refused("not_connected", "Điểm cầu này chưa kết nối.")
    lost = session.with_point(point_id, connected_at=None, lost_at=now, lost_cause=cause)
    facts: list[Fact] = [PointLost(session_id=session.session_id, point_id=point_id, lost_at=now, cause=cause)]
    if session.status is SessionStatus.LIVE and point.is_required:
        facts.append(SessionPaused(session_id=session.session_id, paused_at=now, cause=cause))
        return stand_still(lost, Act.LOSE, cause, now), facts
    to = _readied(lost) if session.status in _BEFORE_THE_START else session.status
    return move(lost, Act.LOSE, to), facts


def stand_still(session: ReceptionSession, act: Act, cause: InterruptionCause, now: datetime) -> ReceptionSession:
    """The live session, paused by an act."""
    live_seconds = session.live_seconds + whole_seconds(session.live_since or now, now)
    return move(session, act, SessionStatus.PAUSED, live_since=None, live_seconds=live_seconds, pause_cause=cause)


def blockers(session: ReceptionSession) -> tuple[Blocker, ...]:
    """What still keeps the session from starting, point by point."""
    return tuple(
        Blocker(point.point_id, obstacle)
        for point in session.required_points
        for obstacle in _obstacles(session, point)
    )


def was_connected_in_time(session: ReceptionSession) -> bool:
    """R8, as it stands: every required point connected without a break since the moment the law names."""
    latest = session.connect_by or session.starts_at
    return all(point.connected_at is not None and point.connected_at <= latest for point in session.required_points)


def _obstacles(session: ReceptionSession, point: Point) -> tuple[Obstacle, ...]:
    return obstacles(
        is_passed=None if point.last_test is None else point.last_test.is_passed,
        is_in_time=None if session.short_notice else _is_in_time(session, point),
        is_connected=point.connected_at is not None,
    )


def _readied(session: ReceptionSession) -> SessionStatus:
    return SessionStatus.SCHEDULED if blockers(session) else SessionStatus.LOBBY


def _is_in_time(session: ReceptionSession, point: Point) -> bool | None:
    """R7 for one point: none while no test has succeeded."""
    deadline = session.deadline(TESTING)
    if deadline is None:
        return True
    return None if point.passed_at is None else point.passed_at.astimezone(VIETNAM).date() <= deadline.due


def _with_r7(session: ReceptionSession) -> ReceptionSession:
    """R7 is met once every required point passed in time, and broken by the first that passed late."""
    verdicts = {_is_in_time(session, point) for point in session.required_points}
    is_met = False if False in verdicts else None if None in verdicts else True
    return session.with_(
        deadlines=tuple(
            one.model_copy(update={"is_met": is_met}) if one.clock == TESTING else one for one in session.deadlines
        )
    )
