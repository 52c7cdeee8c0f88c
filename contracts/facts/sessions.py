"""What sessions says: a reception session from its schedule to its signed minutes."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.facts.base import Count, Fact, Moment, Part, Sha256
from contracts.ids import CaseId, PetitionId, PointId, SessionId, UnitId
from contracts.streams import SESSIONS, Stream
from contracts.vocabulary import ChangeReason, EndedBy, InterruptionCause, OnlineGround, PointCheck, Role, SessionKind


class SessionFact(Fact):
    """A fact about one reception session."""

    session_id: SessionId

    @property
    def stream(self) -> Stream:
        return SESSIONS

    @property
    def subject(self) -> SessionId:
        return self.session_id


class BridgePoint(Part):
    """A place joined by video (điểm cầu)."""

    point_id: PointId
    unit: UnitId
    is_main: bool = False
    """The main point (điểm cầu chính): there is exactly one."""
    is_required: bool = True
    """Without it the session may not run."""


class HeardCase(Part):
    """A case on the agenda, with the petition it grew from and the point its petitioner comes to."""

    case_id: CaseId
    petition_id: PetitionId
    point_id: PointId
    is_discreet: bool = False


class SessionScheduled(SessionFact):
    """A session has its day, its points and its agenda."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.scheduled.v1"

    kind: SessionKind
    ground: OnlineGround
    starts_at: Moment
    chaired_by: UnitId
    is_delegated: bool = False
    """A deputy presides: it does not count as the head's own reception."""
    points: Annotated[tuple[BridgePoint, ...], Field(min_length=1)]
    cases: Annotated[tuple[HeardCase, ...], Field(min_length=1)]


class SessionRescheduled(SessionFact):
    """The session has another day; tests and connections of before no longer count."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.rescheduled.v1"

    starts_at: Moment
    reason: ChangeReason
    cases: tuple[HeardCase, ...]
    points: tuple[BridgePoint, ...]


class SessionCancelled(SessionFact):
    """The session will not take place; nothing of it is recorded or kept."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.cancelled.v1"

    reason: ChangeReason
    cases: tuple[HeardCase, ...]


class PointTested(SessionFact):
    """A readiness test of one point, check by check."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.point_tested.v1"

    point_id: PointId
    tested_at: Moment
    is_passed: bool
    failed_checks: tuple[PointCheck, ...] = ()


class PointConnected(SessionFact):
    """A point is seen and heard."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.point_connected.v1"

    point_id: PointId
    connected_at: Moment


class PointLost(SessionFact):
    """A point is gone from the session."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.point_lost.v1"

    point_id: PointId
    lost_at: Moment
    cause: InterruptionCause


class SessionStarted(SessionFact):
    """The chair opened the session: every required point is connected, and recording has to run."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.started.v1"

    started_at: Moment
    chaired_by: UnitId | None = None
    """None: not said; a reader then knows the units with a point only."""
    points: tuple[BridgePoint, ...]
    cases: tuple[HeardCase, ...]


class SessionPaused(SessionFact):
    """The session stands still, for a cause from the list."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.paused.v1"

    paused_at: Moment
    cause: InterruptionCause


class SessionResumed(SessionFact):
    """The session goes on."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.resumed.v1"

    resumed_at: Moment


class SessionEnded(SessionFact):
    """The session is over; recordings are completed and sealed after this."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.ended.v1"

    ended_at: Moment
    ended_by: EndedBy
    duration_seconds: Count
    points: tuple[BridgePoint, ...]
    cases: tuple[HeardCase, ...]


class AttendanceTaken(SessionFact):
    """Who was there, counted by function at one point; never by name."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.attendance_taken.v1"

    point_id: PointId
    present: dict[Role, Count]


class MinutesSigned(SessionFact):
    """The minutes were signed at one point; after the last required point they are immutable."""

    TYPE: ClassVar[str] = "vn.tiepdan.session.minutes_signed.v1"

    point_id: PointId
    signed_at: Moment
    minutes_sha256: Sha256
    is_complete: bool
    """True when every required point has signed."""


FACTS: tuple[type[Fact], ...] = (
    SessionScheduled,
    SessionRescheduled,
    SessionCancelled,
    PointTested,
    PointConnected,
    PointLost,
    SessionStarted,
    SessionPaused,
    SessionResumed,
    SessionEnded,
    AttendanceTaken,
    MinutesSigned,
)
