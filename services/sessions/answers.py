"""What the doors of sessions answer: ids, labels, numbers and what may be done next. Never a person."""

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from contracts.ids import CaseId, LookupCode, PetitionId, PointId, SessionId, UnitId
from contracts.units import UnitTree
from contracts.vocabulary import Labelled, Role
from services.sessions.domain import (
    TRANSITIONS,
    AgendaItem,
    Blocker,
    Candidate,
    Point,
    ReceptionSession,
    blockers,
)
from services.sessions.domain.session import SessionDeadline


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Named(Answer):
    """A member of a closed list, with its name for people."""

    value: str
    label: str


class UnitAnswer(Answer):
    unit: UnitId
    name: str


class TestAnswer(Answer):
    tested_at: datetime
    is_passed: bool
    failed_checks: tuple[Named, ...]


class PointAnswer(Answer):
    """A bridge point as it stands."""

    point_id: PointId
    unit: UnitAnswer
    is_main: bool
    is_required: bool
    last_test: TestAnswer | None
    connected_at: datetime | None
    lost_at: datetime | None
    lost_cause: Named | None
    recording: Named
    gap_count: int
    present: dict[Role, int]
    minutes_signed_at: datetime | None
    minutes_sha256: str | None


class CaseAnswer(Answer):
    case_id: CaseId
    petition_id: PetitionId
    point_id: PointId
    kind: Named
    is_discreet: bool


class DeadlineAnswer(Answer):
    """A deadline of the set-up: R4, R6, R7."""

    clock: str
    due: date
    is_met: bool | None
    articles: tuple[str, ...]


class BlockerAnswer(Answer):
    """What keeps the session from starting, at one point."""

    point_id: PointId
    unit: UnitAnswer
    obstacle: Named


class RecordingAnswer(Answer):
    recording_id: str | None
    status: Named
    started_at: datetime | None
    stored_at: datetime | None
    gap_count: int


class SessionAnswer(Answer):
    """A reception session. ``revision`` goes into ``If-Match`` when a step must not overtake another officer's."""

    session_id: SessionId
    revision: int
    status: Named
    kind: Named
    ground: Named
    decided_by: Named
    decision_number: str | None
    starts_at: datetime
    connect_by: datetime
    """R8: all points seen and heard by then."""
    connected_in_time: bool | None
    """Whether R8 was kept; none before the start."""
    chaired_by: UnitAnswer
    is_delegated: bool
    counts_as_heads_own: bool
    short_notice: str | None
    deadlines: tuple[DeadlineAnswer, ...]
    points: tuple[PointAnswer, ...]
    cases: tuple[CaseAnswer, ...]
    cases_over: tuple[CaseId, ...]
    """Cases on the agenda that were settled or closed meanwhile."""
    blockers: tuple[BlockerAnswer, ...]
    recording: RecordingAnswer
    moved_count: int
    change_reason: Named | None
    started_at: datetime | None
    live_seconds: int
    pause_cause: Named | None
    ended_at: datetime | None
    ended_by: Named | None
    next_acts: tuple[str, ...]


class SessionLine(Answer):
    """A session in a list."""

    session_id: SessionId
    status: Named
    kind: Named
    starts_at: datetime
    chaired_by: UnitAnswer
    point_count: int
    case_count: int


class ProposalAnswer(Answer):
    """A case proposed for a session."""

    case_id: CaseId
    petition_id: PetitionId
    code: LookupCode | None
    kind: Named
    matter_field: Named | None
    unit: UnitAnswer
    reasons: tuple[Named, ...]
    escalated_at: datetime | None
    signer_count: int
    is_large_group: bool
    is_bypass_level: bool
    is_discreet: bool
    may_be_online: bool
    """False for denunciations whose denouncer asks for protection, or may ask."""
    session_id: SessionId | None
    """The session that has it on its agenda."""


class JoinAnswer(Answer):
    url: str
    token: str
    expires_at: datetime


class Telling:
    """Makes answers; knows the names of units."""

    def __init__(self, units: UnitTree) -> None:
        self._units = units

    def session(self, session: ReceptionSession, over: Iterable[CaseId] = ()) -> SessionAnswer:
        """Everything an officer may know of it."""
        return SessionAnswer(
            session_id=session.session_id,
            revision=session.revision,
            status=_labelled(session.status),
            kind=_labelled(session.kind),
            ground=_labelled(session.ground),
            decided_by=_labelled(session.decided_by),
            decision_number=session.decision_number,
            starts_at=session.starts_at,
            connect_by=session.connect_by or session.starts_at,
            connected_in_time=session.connected_in_time,
            chaired_by=self._unit(session.chaired_by),
            is_delegated=session.is_delegated,
            counts_as_heads_own=session.counts_as_heads_own,
            short_notice=session.short_notice,
            deadlines=tuple(_deadline(deadline) for deadline in session.deadlines),
            points=tuple(self._point(point) for point in session.points),
            cases=tuple(_case(case) for case in session.cases),
            cases_over=tuple(over),
            blockers=tuple(self._blocker(session, blocker) for blocker in _standing(session)),
            recording=_recording(session),
            moved_count=session.moved_count,
            change_reason=_maybe(session.change_reason),
            started_at=session.started_at,
            live_seconds=session.live_seconds,
            pause_cause=_maybe(session.pause_cause),
            ended_at=session.ended_at,
            ended_by=_maybe(session.ended_by),
            next_acts=tuple(sorted(act.value for status, act in TRANSITIONS if status is session.status)),
        )

    def line(self, session: ReceptionSession) -> SessionLine:
        """The session in a list."""
        return SessionLine(
            session_id=session.session_id,
            status=_labelled(session.status),
            kind=_labelled(session.kind),
            starts_at=session.starts_at,
            chaired_by=self._unit(session.chaired_by),
            point_count=len(session.points),
            case_count=len(session.cases),
        )

    def proposal(self, candidate: Candidate) -> ProposalAnswer:
        """The case as something to be heard."""
        return ProposalAnswer(
            case_id=candidate.case_id,
            petition_id=candidate.petition_id,
            code=candidate.code,
            kind=_labelled(candidate.kind),
            matter_field=_maybe(candidate.matter_field),
            unit=self._unit(candidate.unit),
            reasons=tuple(_labelled(reason) for reason in candidate.reasons),
            escalated_at=candidate.escalated_at,
            signer_count=candidate.signer_count,
            is_large_group=candidate.is_large_group,
            is_bypass_level=candidate.is_bypass_level,
            is_discreet=candidate.is_discreet,
            may_be_online=not candidate.may_denounce or candidate.asks_identity_protection is False,
            session_id=candidate.claim.session_id if candidate.claim else None,
        )

    def _unit(self, unit: UnitId) -> UnitAnswer:
        return UnitAnswer(unit=unit, name=self._units.name_of(unit))

    def _point(self, point: Point) -> PointAnswer:
        test = point.last_test
        return PointAnswer(
            point_id=point.point_id,
            unit=self._unit(point.unit),
            is_main=point.is_main,
            is_required=point.is_required,
            last_test=TestAnswer(
                tested_at=test.tested_at,
                is_passed=test.is_passed,
                failed_checks=tuple(_labelled(check) for check in test.failed_checks),
            )
            if test
            else None,
            connected_at=point.connected_at,
            lost_at=point.lost_at,
            lost_cause=_maybe(point.lost_cause),
            recording=_labelled(point.recording),
            gap_count=point.gap_count,
            present=point.present,
            minutes_signed_at=point.minutes.signed_at if point.minutes else None,
            minutes_sha256=point.minutes.minutes_sha256 if point.minutes else None,
        )

    def _blocker(self, session: ReceptionSession, blocker: Blocker) -> BlockerAnswer:
        return BlockerAnswer(
            point_id=blocker.point_id,
            unit=self._unit(session.point(blocker.point_id).unit),
            obstacle=_labelled(blocker.obstacle),
        )


def _standing(session: ReceptionSession) -> tuple[Blocker, ...]:
    """Obstacles matter before the start only."""
    return () if session.started_at else blockers(session)


def _case(case: AgendaItem) -> CaseAnswer:
    return CaseAnswer(
        case_id=case.case_id,
        petition_id=case.petition_id,
        point_id=case.point_id,
        kind=_labelled(case.kind),
        is_discreet=case.is_discreet,
    )


def _deadline(deadline: SessionDeadline) -> DeadlineAnswer:
    return DeadlineAnswer(clock=deadline.clock, due=deadline.due, is_met=deadline.is_met, articles=deadline.articles)


def _recording(session: ReceptionSession) -> RecordingAnswer:
    seen = session.recording
    return RecordingAnswer(
        recording_id=str(seen.recording_id) if seen.recording_id else None,
        status=_labelled(seen.status),
        started_at=seen.started_at,
        stored_at=seen.stored_at,
        gap_count=seen.gap_count,
    )


def _labelled(member: Labelled) -> Named:
    return Named(value=member.value, label=member.label)


def _maybe(member: Labelled | None) -> Named | None:
    return None if member is None else _labelled(member)
