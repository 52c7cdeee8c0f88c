"""Setting up a session: ground, notice, points and agenda; moving it and cancelling it.

Sources: Decree 154/2026 arts 20, 23(1); LTCD 24(4). Days come from the catalogue of clocks, never from here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.errors import BadInput, Refused
from contracts.facts.base import DocumentNumber, Fact
from contracts.facts.sessions import SessionCancelled, SessionRescheduled, SessionScheduled
from contracts.ids import CaseId, PointId, SessionId, UnitId, derived
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import Catalogue
from contracts.law.clocks import moment_reading, reading
from contracts.law.online import Heard, ground_finding
from contracts.law.secrecy import is_near
from contracts.units import UnitTree
from contracts.vocabulary import ChangeReason, ComplexityTest, OnlineGround, Role, SessionKind
from services.sessions.domain.candidates import Candidate
from services.sessions.domain.session import (
    VIETNAM,
    Act,
    AgendaItem,
    Point,
    ReceptionSession,
    SessionDeadline,
    SessionStatus,
    bridge_points,
    heard_cases,
    move,
)

_POSTING, NOTICE, TESTING, _CONNECTING = "R4", "R6", "R7", "R8"
SETUP_CLOCKS: Final = (_POSTING, NOTICE, TESTING)


class PlannedPoint(BaseModel):
    """A bridge point that is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    unit: UnitId
    is_main: bool = False
    is_required: bool = True


class PlannedCase(BaseModel):
    """A case that is to be heard, and the unit whose point its petitioner comes to."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    case_id: CaseId
    at_unit: UnitId


Points = Annotated[tuple[PlannedPoint, ...], Field(min_length=1, max_length=200)]
Agenda = Annotated[tuple[PlannedCase, ...], Field(min_length=1, max_length=100)]


class SessionPlan(BaseModel):
    """What an officer asks for, as the head decided it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: SessionKind
    ground: OnlineGround
    decided_by: Role = Role.CHAIR
    """Who decided to hold it online; the law knows only the head."""
    decision_number: DocumentNumber | None = None
    starts_at: AwareDatetime
    chaired_by: UnitId
    is_delegated: bool = False
    """A deputy presides."""
    points: Points
    cases: Agenda
    is_wished_by_petitioner: bool = False
    """Ground 2 needs the person's own wish."""
    is_confidentiality_assured: bool = False
    """Ground 4 needs the body's assurance."""
    complexity: tuple[ComplexityTest, ...] = ()
    """The statutory tests that make a denunciation complex, as found in writing; ground 4 needs at least one."""


class NewDay(BaseModel):
    """What changes when a session is moved. What is not said stays."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    starts_at: AwareDatetime
    reason: ChangeReason
    points: Points | None = None
    cases: Agenda | None = None
    """The same cases or fewer, perhaps at other points."""


@dataclass(frozen=True, slots=True)
class Law:
    """What a session is set up by: clocks, working days and the tree of units."""

    catalogue: Catalogue
    calendar: WorkingDays
    units: UnitTree


Decided = tuple[ReceptionSession, list[Fact]]


def schedule(
    plan: SessionPlan, candidates: Mapping[CaseId, Candidate], *, session_id: SessionId, law: Law, now: datetime
) -> Decided:
    """A session with its day, points and agenda.

    Errors: Refused with ``not_decided_by_head``, ``ground_not_met``, ``point_near_accused``, ``notice_too_short``,
    ``unit_closed`` …;
    BadInput with ``day_passed``, ``one_main_point``, ``unknown_unit``, ``unknown_case`` …
    """
    day = _day_of(plan.starts_at)
    _check_day(plan.starts_at, now)
    if plan.decided_by is not Role.CHAIR:
        raise Refused("not_decided_by_head", "Việc tiếp trực tuyến phải do người đứng đầu quyết định.")
    law.units.get(plan.chaired_by, day)
    points = _points(session_id, plan.points, law.units, day)
    cases = _agenda(plan.cases, candidates, points)
    _check_apart({plan.chaired_by, *(point.unit for point in points)}, cases, law.units, day)
    _check_ground(plan, [candidates[case.case_id] for case in cases])
    excuse = _excuse(plan.kind, plan.ground)
    session = ReceptionSession(
        session_id=session_id,
        kind=plan.kind,
        ground=plan.ground,
        decided_by=plan.decided_by,
        decision_number=plan.decision_number,
        starts_at=plan.starts_at,
        connect_by=_connect_by(plan.starts_at, law),
        scheduled_at=now,
        chaired_by=plan.chaired_by,
        is_delegated=plan.is_delegated,
        short_notice=excuse,
        deadlines=_deadlines(day, now, law, excuse),
        points=points,
        cases=cases,
    )
    return session, [
        SessionScheduled(
            session_id=session_id,
            kind=plan.kind,
            ground=plan.ground,
            starts_at=plan.starts_at,
            chaired_by=plan.chaired_by,
            is_delegated=plan.is_delegated,
            points=bridge_points(points),
            cases=heard_cases(cases),
        )
    ]


def reschedule(session: ReceptionSession, new: NewDay, *, law: Law, now: datetime) -> Decided:
    """Another day; what was tested and connected before no longer counts. Errors as ``schedule``."""
    day = _day_of(new.starts_at)
    _check_day(new.starts_at, now)
    planned = new.points or [
        PlannedPoint(unit=point.unit, is_main=point.is_main, is_required=point.is_required) for point in session.points
    ]
    points = _points(session.session_id, planned, law.units, day)
    cases = _moved_agenda(session, new.cases, points)
    _check_apart({session.chaired_by, *(point.unit for point in points)}, cases, law.units, day)
    moved = move(
        session,
        Act.RESCHEDULE,
        SessionStatus.SCHEDULED,
        starts_at=new.starts_at,
        connect_by=_connect_by(new.starts_at, law),
        scheduled_at=now,
        deadlines=_deadlines(day, now, law, session.short_notice),
        points=points,
        cases=cases,
        moved_count=session.moved_count + 1,
        change_reason=new.reason,
    )
    return moved, [
        SessionRescheduled(
            session_id=session.session_id,
            starts_at=new.starts_at,
            reason=new.reason,
            cases=heard_cases(cases),
            points=bridge_points(points),
        )
    ]


def cancel(session: ReceptionSession, reason: ChangeReason) -> Decided:
    """The session will not take place."""
    cancelled = move(session, Act.CANCEL, SessionStatus.CANCELLED, change_reason=reason)
    fact = SessionCancelled(session_id=session.session_id, reason=reason, cases=heard_cases(session.cases))
    return cancelled, [fact]


def _day_of(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def _connect_by(starts_at: datetime, law: Law) -> datetime | None:
    """R8, in hours before the start; none when the law did not know it on that day."""
    if law.catalogue.find_clock(_CONNECTING, _day_of(starts_at)) is None:
        return None
    return moment_reading(_CONNECTING, starts_at, catalogue=law.catalogue).due_at


def _check_day(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise BadInput("day_passed", "Thời điểm bắt đầu phiên phải ở sau thời điểm hiện tại.")


def _excuse(kind: SessionKind, ground: OnlineGround) -> Literal["emergency"] | None:
    """Only an ad-hoc session on the ground of disaster, epidemic or security may come with short notice."""
    return "emergency" if kind is SessionKind.AD_HOC and ground is OnlineGround.EMERGENCY else None


def _deadlines(day: date, now: datetime, law: Law, excuse: Literal["emergency"] | None) -> tuple[SessionDeadline, ...]:
    """R4 and R6 are judged now, R7 by the tests to come. A clock the law did not know on that day is left out.

    Errors: Refused("notice_too_short").
    """
    known = [clock for clock in SETUP_CLOCKS if law.catalogue.find_clock(clock, day)]
    read = [reading(clock, day, catalogue=law.catalogue, calendar=law.calendar) for clock in known]
    today = _day_of(now)
    deadlines = tuple(
        SessionDeadline(
            clock=one.clock,
            due=one.raw_due,
            is_met=None if one.clock == TESTING else today <= one.raw_due,
            articles=one.articles,
        )
        for one in read
    )
    for deadline in deadlines:
        if deadline.is_met is False and excuse is None:
            raise Refused(
                "notice_too_short",
                f"Phải thông báo phiên trực tuyến chậm nhất ngày {deadline.due:%d/%m/%Y}.",
                clock=deadline.clock,
                due=deadline.due.isoformat(),
            )
    return deadlines


def _points(session_id: SessionId, planned: Iterable[PlannedPoint], units: UnitTree, day: date) -> tuple[Point, ...]:
    """One point a unit; exactly one is the main one, and it is required."""
    points = tuple(
        Point(
            point_id=PointId(derived("point", session_id, one.unit)),
            unit=units.get(one.unit, day).id,
            is_main=one.is_main,
            is_required=one.is_required or one.is_main,
        )
        for one in planned
    )
    if len({point.unit for point in points}) != len(points):
        raise BadInput("point_named_twice", "Một đơn vị chỉ có một điểm cầu trong phiên.")
    if sum(point.is_main for point in points) != 1:
        raise BadInput("one_main_point", "Phiên phải có đúng một điểm cầu trung tâm.")
    return points


def _agenda(
    planned: Iterable[PlannedCase], candidates: Mapping[CaseId, Candidate], points: Sequence[Point]
) -> tuple[AgendaItem, ...]:
    at = {point.unit: point.point_id for point in points}
    items = []
    for one in planned:
        if one.case_id not in candidates:
            raise BadInput("unknown_case", "Không có vụ việc này.", case_id=str(one.case_id))
        if one.at_unit not in at:
            raise _no_such_point(one.at_unit)
        candidate = candidates[one.case_id]
        items.append(
            AgendaItem(
                case_id=candidate.case_id,
                petition_id=candidate.petition_id,
                point_id=at[one.at_unit],
                kind=candidate.kind,
                is_discreet=candidate.is_discreet,
                never_at=candidate.never_at,
            )
        )
    return _once_each(items)


def _moved_agenda(
    session: ReceptionSession, planned: Iterable[PlannedCase] | None, points: Sequence[Point]
) -> tuple[AgendaItem, ...]:
    old_units = {point.point_id: point.unit for point in session.points}
    wanted = (
        {case.case_id: old_units[case.point_id] for case in session.cases}
        if planned is None
        else {one.case_id: one.at_unit for one in planned}
    )
    known = {case.case_id: case for case in session.cases}
    at = {point.unit: point.point_id for point in points}
    for case_id, unit in wanted.items():
        if case_id not in known:
            raise BadInput("case_not_on_agenda", "Khi dời phiên không thêm vụ việc mới.", case_id=str(case_id))
        if unit not in at:
            raise _no_such_point(unit)
    return tuple(known[case_id].model_copy(update={"point_id": at[unit]}) for case_id, unit in wanted.items())


def _once_each(items: list[AgendaItem]) -> tuple[AgendaItem, ...]:
    if len({item.case_id for item in items}) != len(items):
        raise BadInput("case_named_twice", "Một vụ việc chỉ đưa vào phiên một lần.")
    return tuple(items)


def _check_apart(taking_part: Iterable[UnitId], cases: Iterable[AgendaItem], units: UnitTree, day: date) -> None:
    """Nobody near the accused sits in the session (LTC 9, 56). Errors: Refused("point_near_accused")."""
    accused = {case.never_at for case in cases}
    for unit in sorted(taking_part):
        if any(is_near(one, unit, units, day) for one in accused):
            raise Refused(
                "point_near_accused",
                "Đơn vị có người bị tố cáo và đơn vị trực thuộc không được tham gia phiên này.",
                unit=unit,
            )


def _no_such_point(unit: UnitId) -> BadInput:
    return BadInput("unit_without_point", "Vụ việc phải gắn với một điểm cầu của phiên.", unit=unit)


def _check_ground(plan: SessionPlan, cases: Sequence[Candidate]) -> None:
    """154/2026 art. 20; for denunciations the answer is no unless everything the law asks is said (case D17).

    Errors: Refused("ground_not_met") with the finding.
    """
    found = ground_finding(
        plan.ground,
        [Heard(case.kind, case.asks_identity_protection) for case in cases],
        complexity=plan.complexity,
        is_confidentiality_assured=plan.is_confidentiality_assured,
        is_wished_by_petitioner=plan.is_wished_by_petitioner,
    )
    if found is not None:
        raise Refused("ground_not_met", found.sentence, finding=found.code)
