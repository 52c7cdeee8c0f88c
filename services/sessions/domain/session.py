"""What a reception session is, and the one closed table of what may follow what."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from contracts.errors import NotFound, Refused
from contracts.facts.base import Count, DocumentNumber, Sha256
from contracts.facts.sessions import BridgePoint, HeardCase
from contracts.ids import CaseId, PetitionId, PointId, RecordingId, SessionId, UnitId
from contracts.vocabulary import (
    ChangeReason,
    EndedBy,
    InterruptionCause,
    Labelled,
    OnlineGround,
    PetitionKind,
    PointCheck,
    Role,
    SessionKind,
)

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")


class SessionStatus(Labelled):
    SCHEDULED = "scheduled", "đã lên lịch"
    LOBBY = "lobby", "các điểm cầu đã sẵn sàng"
    LIVE = "live", "đang diễn ra"
    PAUSED = "paused", "tạm dừng"
    ENDED = "ended", "đã kết thúc, chờ ký biên bản"
    SIGNED = "signed", "đã ký biên bản"
    CANCELLED = "cancelled", "đã hủy"


class Act(StrEnum):
    """Everything that can be done to a session."""

    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    TEST = "test"
    CONNECT = "connect"
    LOSE = "lose"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    TAKE_ATTENDANCE = "take_attendance"
    SIGN_MINUTES = "sign_minutes"


_S = SessionStatus

TRANSITIONS: Final[Mapping[tuple[SessionStatus, Act], frozenset[SessionStatus]]] = {
    (_S.SCHEDULED, Act.RESCHEDULE): frozenset({_S.SCHEDULED}),
    (_S.SCHEDULED, Act.CANCEL): frozenset({_S.CANCELLED}),
    (_S.SCHEDULED, Act.TEST): frozenset({_S.SCHEDULED, _S.LOBBY}),
    (_S.SCHEDULED, Act.CONNECT): frozenset({_S.SCHEDULED, _S.LOBBY}),
    (_S.SCHEDULED, Act.LOSE): frozenset({_S.SCHEDULED}),
    (_S.LOBBY, Act.RESCHEDULE): frozenset({_S.SCHEDULED}),
    (_S.LOBBY, Act.CANCEL): frozenset({_S.CANCELLED}),
    (_S.LOBBY, Act.TEST): frozenset({_S.LOBBY, _S.SCHEDULED}),
    (_S.LOBBY, Act.CONNECT): frozenset({_S.LOBBY}),
    (_S.LOBBY, Act.LOSE): frozenset({_S.LOBBY, _S.SCHEDULED}),
    (_S.LOBBY, Act.START): frozenset({_S.LIVE}),
    (_S.LIVE, Act.CONNECT): frozenset({_S.LIVE}),
    (_S.LIVE, Act.LOSE): frozenset({_S.LIVE, _S.PAUSED}),
    (_S.LIVE, Act.PAUSE): frozenset({_S.PAUSED}),
    (_S.LIVE, Act.END): frozenset({_S.ENDED}),
    (_S.LIVE, Act.TAKE_ATTENDANCE): frozenset({_S.LIVE}),
    (_S.PAUSED, Act.CONNECT): frozenset({_S.PAUSED}),
    (_S.PAUSED, Act.LOSE): frozenset({_S.PAUSED}),
    (_S.PAUSED, Act.RESUME): frozenset({_S.LIVE}),
    (_S.PAUSED, Act.END): frozenset({_S.ENDED}),
    (_S.PAUSED, Act.TAKE_ATTENDANCE): frozenset({_S.PAUSED}),
    (_S.ENDED, Act.TAKE_ATTENDANCE): frozenset({_S.ENDED}),
    (_S.ENDED, Act.SIGN_MINUTES): frozenset({_S.ENDED, _S.SIGNED}),
}
"""From a status, by an act, to which statuses. What is not listed is refused."""

STANDING: Final = frozenset({_S.SCHEDULED, _S.LOBBY, _S.LIVE, _S.PAUSED})
"""Statuses in which a session still holds the cases on its agenda."""


class State(BaseModel):
    """A frozen part of what sessions keeps."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ReadinessTest(State):
    """The last readiness test of a point."""

    tested_at: AwareDatetime
    is_passed: bool
    failed_checks: tuple[PointCheck, ...] = ()


class SignedMinutes(State):
    signed_at: AwareDatetime
    minutes_sha256: Sha256


class PointRecording(Labelled):
    """What is known of a point's recording, from the facts of recording and from nothing else."""

    NOT_HEARD = "not_heard", "chưa nhận được"
    RUNNING = "running", "đang ghi"
    STORED = "stored", "đã lưu"
    MISSING = "missing", "không có bản ghi"


class Point(State):
    """A bridge point (điểm cầu) as it stands now."""

    point_id: PointId
    unit: UnitId
    is_main: bool = False
    is_required: bool = True
    last_test: ReadinessTest | None = None
    passed_at: AwareDatetime | None = None
    """The first successful test for the present day of the session: R7 is judged by it."""
    connected_at: AwareDatetime | None = None
    """Since when it is seen and heard without a break; none while it is not."""
    lost_at: AwareDatetime | None = None
    lost_cause: InterruptionCause | None = None
    present: dict[Role, Count] = {}
    minutes: SignedMinutes | None = None
    recording: PointRecording = PointRecording.NOT_HEARD
    gap_count: Count = 0


class AgendaItem(State):
    """A case to be heard, and the point its petitioner comes to."""

    case_id: CaseId
    petition_id: PetitionId
    point_id: PointId
    kind: PetitionKind
    is_discreet: bool = False
    never_at: UnitId | None = None
    """The accused unit. It stays in this service: a fact that named it would tell it."""


class SessionDeadline(State):
    """One of R4, R6, R7: the last lawful day of an act before the session day, and whether it was kept."""

    clock: str
    due: date
    is_met: bool | None = None
    """None while the act has not been done and the day has not passed."""
    articles: tuple[str, ...] = ()


class RecordingStatus(Labelled):
    NOT_HEARD = "not_heard", "chưa nhận được dữ liệu ghi"
    RUNNING = "running", "đang ghi"
    STORED = "stored", "đã niêm phong, lưu trữ"
    FAILED = "failed", "không ghi được"


class RecordingSeen(State):
    """What sessions has heard of the recording."""

    recording_id: RecordingId | None = None
    status: RecordingStatus = RecordingStatus.NOT_HEARD
    started_at: AwareDatetime | None = None
    stored_at: AwareDatetime | None = None
    gap_count: Count = 0


class ReceptionSession(State):
    """A reception session (phiên tiếp công dân)."""

    session_id: SessionId
    revision: Count = 1
    """Grows with every step of the session as a whole; points' tests and connections leave it alone."""
    status: SessionStatus = SessionStatus.SCHEDULED
    kind: SessionKind
    ground: OnlineGround
    decided_by: Role
    """The function that decided to hold it online: the head (154/2026 art. 20)."""
    decision_number: DocumentNumber | None = None
    starts_at: AwareDatetime
    connect_by: AwareDatetime | None = None
    """When every component has to be seen and heard (R8); none where the law names no such moment."""
    scheduled_at: AwareDatetime
    """When it got its present day: notice runs from then."""
    chaired_by: UnitId
    is_delegated: bool = False
    short_notice: Literal["emergency"] | None = None
    """Why R6 and R7 did not bind; none when they did."""
    deadlines: tuple[SessionDeadline, ...] = ()
    points: tuple[Point, ...]
    cases: tuple[AgendaItem, ...]
    moved_count: Count = 0
    change_reason: ChangeReason | None = None
    started_at: AwareDatetime | None = None
    live_since: AwareDatetime | None = None
    """Since the start or the last resumption; none while it is not live."""
    live_seconds: Count = 0
    """Up to the last pause or the end."""
    pause_cause: InterruptionCause | None = None
    ended_at: AwareDatetime | None = None
    ended_by: EndedBy | None = None
    connected_in_time: bool | None = None
    """R8: every required point was seen and heard an hour before; known at the start."""
    recording: RecordingSeen = RecordingSeen()

    @property
    def day(self) -> date:
        """The session day, in Vietnam."""
        return self.starts_at.astimezone(VIETNAM).date()

    @property
    def is_discreet(self) -> bool:
        """Not for the eyes of units that do not take part."""
        return any(case.is_discreet for case in self.cases)

    @property
    def never_at(self) -> frozenset[UnitId]:
        """The units accused in its cases: neither they nor who is near them take part or see it."""
        return frozenset(case.never_at for case in self.cases if case.never_at is not None)

    @property
    def counts_as_heads_own(self) -> bool:
        """A deputy's session never counts as the head's own periodic reception (LTCD 12(5); case F09)."""
        return self.kind is SessionKind.SCHEDULED and not self.is_delegated

    @property
    def units(self) -> frozenset[UnitId]:
        """Every unit that takes part."""
        return frozenset({self.chaired_by, *(point.unit for point in self.points)})

    @property
    def required_points(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.is_required)

    @property
    def main_point(self) -> Point:
        return next(point for point in self.points if point.is_main)

    def deadline(self, clock: str) -> SessionDeadline | None:
        """The deadline of that clock; none when the law did not know it on the session day."""
        return next((one for one in self.deadlines if one.clock == clock), None)

    def point(self, point_id: PointId) -> Point:
        """Errors: NotFound("no_point")."""
        for point in self.points:
            if point.point_id == point_id:
                return point
        raise NotFound("no_point", "Phiên không có điểm cầu này.")

    def with_(self, **changes: Any) -> "ReceptionSession":
        return self.model_copy(update=changes)

    def with_point(self, point_id: PointId, **changes: Any) -> "ReceptionSession":
        points = tuple(
            point.model_copy(update=changes) if point.point_id == point_id else point for point in self.points
        )
        return self.with_(points=points)


def allow(session: ReceptionSession, act: Act) -> None:
    """Errors: Refused("not_now") when the table knows no such act in this status."""
    if (session.status, act) not in TRANSITIONS:
        raise Refused(
            "not_now",
            f"Không thực hiện được: phiên {session.status.label}.",
            status=session.status.value,
            act=act.value,
        )


def move(session: ReceptionSession, act: Act, to: SessionStatus, **changes: Any) -> ReceptionSession:
    """The session after the act. A step of the session as a whole counts as a revision.

    Errors: Refused("not_now"). A target outside the table is a bug.
    """
    allow(session, act)
    if to not in TRANSITIONS[session.status, act]:
        raise ValueError(f"{act} never leads from {session.status} to {to}")
    is_step = to is not session.status or act is Act.RESCHEDULE
    return session.with_(status=to, revision=session.revision + is_step, **changes)


def bridge_points(points: Iterable[Point]) -> tuple[BridgePoint, ...]:
    """Points as facts name them."""
    return tuple(
        BridgePoint(point_id=point.point_id, unit=point.unit, is_main=point.is_main, is_required=point.is_required)
        for point in points
    )


def heard_cases(cases: Iterable[AgendaItem]) -> tuple[HeardCase, ...]:
    """The agenda as facts name it."""
    return tuple(
        HeardCase(
            case_id=case.case_id, petition_id=case.petition_id, point_id=case.point_id, is_discreet=case.is_discreet
        )
        for case in cases
    )


def whole_seconds(since: datetime, until: datetime) -> int:
    """Seconds between two moments, never negative."""
    return max(int((until - since).total_seconds()), 0)
