"""A session of three points in Nghệ An (case F01), and steps to bring it where a test begins. Nobody real is in it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from contracts.facts.base import Fact
from contracts.facts.recording import RecordingStarted
from contracts.ids import CaseId, PetitionId, RecordingId, SessionId, case_of, derived
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import official
from contracts.units import organisation
from contracts.vocabulary import OnlineGround, PetitionKind, PointCheck, SessionKind
from services.sessions.domain import (
    Candidate,
    CandidateStatus,
    Law,
    PlannedCase,
    PlannedPoint,
    Point,
    ReceptionSession,
    SessionPlan,
    connect,
    record_test,
    schedule_session,
    see_started,
    start,
)

PROVINCE, KIM_LIEN, MY_LY = "tinh-40", "xa-17971", "xa-16816"
SESSION: Final = SessionId(UUID("018f0000-0000-7000-8000-0000000000a1"))
RECORDING: Final = RecordingId(UUID("018f0000-0000-7000-8000-0000000000b1"))
LAW: Final = Law(official(), WorkingDays.official(), organisation())

STARTS_AT: Final = datetime(2026, 10, 20, 1, 0, tzinfo=UTC)
"""The third Tuesday, 08:00 in Vietnam."""
IN_TIME: Final = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
TEST_DAY: Final = datetime(2026, 10, 19, 3, 0, tzinfo=UTC)
AN_HOUR_BEFORE: Final = STARTS_AT - timedelta(hours=1)

ALL_GOOD: Final = dict.fromkeys(PointCheck, True)


def petition(number: int) -> PetitionId:
    return PetitionId(derived("test-petition", number))


def case(number: int) -> CaseId:
    return case_of(petition(number))


def a_candidate(number: int = 1, **known: Any) -> Candidate:
    return Candidate(
        **{
            "case_id": case(number),
            "petition_id": petition(number),
            "kind": PetitionKind.COMPLAINT,
            "unit": PROVINCE,
            "is_discreet": False,
            "status": CandidateStatus.PROPOSED,
            **known,
        }
    )


def a_plan(**said: Any) -> SessionPlan:
    """The chairman hears two cases; the province is the main point, Kim Liên and Mỹ Lý take part."""
    return SessionPlan(
        **{
            "kind": SessionKind.SCHEDULED,
            "ground": OnlineGround.COMPLEX,
            "starts_at": STARTS_AT,
            "chaired_by": PROVINCE,
            "points": (
                PlannedPoint(unit=PROVINCE, is_main=True),
                PlannedPoint(unit=KIM_LIEN),
                PlannedPoint(unit=MY_LY),
            ),
            "cases": (PlannedCase(case_id=case(1), at_unit=KIM_LIEN), PlannedCase(case_id=case(2), at_unit=MY_LY)),
            **said,
        }
    )


def scheduling(
    plan: SessionPlan | None = None, *, now: datetime = IN_TIME, candidates: Iterable[Candidate] | None = None
) -> tuple[ReceptionSession, list[Fact]]:
    known = candidates if candidates is not None else (a_candidate(1), a_candidate(2))
    return schedule_session(plan or a_plan(), {one.case_id: one for one in known}, session_id=SESSION, law=LAW, now=now)


def scheduled(**said: Any) -> ReceptionSession:
    return scheduling(a_plan(**said))[0]


def point_at(session: ReceptionSession, unit: str) -> Point:
    return next(point for point in session.points if point.unit == unit)


def with_tests(session: ReceptionSession, *units: str, now: datetime = TEST_DAY) -> ReceptionSession:
    for unit in units or (PROVINCE, KIM_LIEN, MY_LY):
        session, _ = record_test(session, point_at(session, unit).point_id, ALL_GOOD, now=now)
    return session


def connected(session: ReceptionSession, *units: str, now: datetime = AN_HOUR_BEFORE) -> ReceptionSession:
    for unit in units or (PROVINCE, KIM_LIEN, MY_LY):
        session, _ = connect(session, point_at(session, unit).point_id, now=now)
    return session


def ready(**said: Any) -> ReceptionSession:
    return connected(with_tests(scheduled(**said)))


def live(*, is_recorded: bool = True, **said: Any) -> ReceptionSession:
    session, _ = start(ready(**said), now=STARTS_AT)
    return recorded(session) if is_recorded else session


def recorded(session: ReceptionSession) -> ReceptionSession:
    fact = RecordingStarted(
        recording_id=RECORDING,
        session_id=session.session_id,
        started_at=STARTS_AT,
        point_id=point_at(session, PROVINCE).point_id,
    )
    return see_started(session, fact)[0]
