"""A reception session that is planned: whether it may be held online, by when it has to be prepared, what still lacks.

The rules are those that sessions sets up and starts a session by (``contracts.law.online``, the catalogue's clocks).
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import Field

from contracts.facts.base import VIETNAM, vietnam_day
from contracts.facts.intake import PetitionFiled
from contracts.ids import UnitId
from contracts.law.clocks import ClockExplanation, explanation, moment_reading
from contracts.law.grounds import NO_GROUND, Ground, ground_of
from contracts.law.online import Heard, Obstacle, ground_finding, obstacles
from contracts.law.rows import Confidence, Unit
from contracts.law.secrecy import is_confidential
from contracts.law.source import Row
from contracts.units import UnitTree
from contracts.vocabulary import ComplexityTest, OnlineGround, PointCheck, SessionKind
from services.routing.domain.competence import is_near_the_accused, received_on
from services.routing.domain.law import Law
from services.routing.twins import DAY_BEGINS, Day, Strict, When, documented

_DELEGATED: Final = "delegated"
POSTING, NOTICE, TESTING, CONNECTING, CONCLUSION = "R4", "R6", "R7", "R8", "R9"


class StatedPoint(Strict):
    """A bridge point and its preparation."""

    unit: Annotated[UnitId, Field(examples=["btcd-40", "xa-16816"], json_schema_extra={"x-unit": "unit id"})]
    """Whose point it is."""
    is_required: bool = True
    """The session cannot do without it."""
    tested_at: When | None = None
    """The last test of the connection; none when there was none."""
    failed_checks: tuple[PointCheck, ...] = ()
    """What failed in it; nothing: it was successful."""
    connected_at: When | None = None
    """Since when it is seen and heard."""


class StatedSession(Strict):
    """A planned online session."""

    starts_at: Annotated[When, Field(examples=["2026-10-20T08:00:00+07:00"])]
    """When it begins."""
    kind: SessionKind = SessionKind.SCHEDULED
    """Regular, scheduled by the calendar of the head, or ad hoc."""
    ground: OnlineGround
    """The ground of 154/2026 art. 20 on which the head decided to hold it online."""
    complexity: tuple[ComplexityTest, ...] = ()
    """The statutory tests of complexity, as found in writing; the ground for denunciations needs one."""
    is_confidentiality_assured: bool = False
    """The body assures confidentiality (ground for denunciations)."""
    is_wished_by_petitioner: bool = False
    """The petitioner's own wish (ground for remote areas and weak persons)."""
    is_delegated: bool = False
    """A deputy presides."""
    posted_on: Annotated[Day | None, Field(examples=["2026-10-13"], json_schema_extra={"x-unit": "Vietnam day"})] = None
    """When the schedule was posted (R4)."""
    notified_on: Annotated[Day | None, Field(examples=["2026-10-13"], json_schema_extra={"x-unit": "Vietnam day"})] = (
        None
    )
    """When the notice was sent (R6)."""
    points: Annotated[tuple[StatedPoint, ...], Field(max_length=200)] = ()
    """The bridge points."""
    ended_on: Annotated[Day | None, Field(examples=["2026-10-20"], json_schema_extra={"x-unit": "Vietnam day"})] = None
    """When it ended: the notice of its conclusion is counted from here (R9)."""

    @property
    def done(self) -> Iterator[tuple[str, date]]:
        """What was done for it, field by field, with its day or moment."""
        for field in ("posted_on", "notified_on", "ended_on"):
            if getattr(self, field) is not None:
                yield field, getattr(self, field)
        for number, point in enumerate(self.points):
            for field in ("tested_at", "connected_at"):
                if getattr(point, field) is not None:
                    yield f"points.{number}.{field}", getattr(point, field)

    @property
    def happened(self) -> Iterator[datetime]:
        """Every moment at which something was done for it."""
        for _, moment in self.done:
            yield moment if isinstance(moment, datetime) else datetime.combine(moment, DAY_BEGINS, VIETNAM)


for _model in (StatedPoint, StatedSession):  # closed lists with their Vietnamese names, as everywhere in the manual
    for _name, _field in _model.model_fields.items():
        _model.model_fields[_name] = documented(_field, None)
    _model.model_rebuild(force=True)


class PreparationTold(Row):
    """One step of preparation, with its last day or hour."""

    clock: str
    title: str
    due_on: date
    due_at: datetime | None
    """For what is counted in hours."""
    is_met: bool | None
    """None: not done, and there is still time."""
    told: ClockExplanation | None
    """The way to the day; none for what is counted in hours."""
    articles: tuple[str, ...]
    confidence: Confidence


class PointTold(Row):
    """What a required point still lacks."""

    unit: UnitId
    obstacles: tuple[Obstacle, ...]
    obstacle_labels: tuple[str, ...]
    articles: tuple[str, ...] = ()
    """What these rest on."""


class SessionTold(Row):
    """What the law says to the plan."""

    may_be_online: bool
    """The ground holds. If not: the person is received where a session in the flesh is held (DENY_ONLINE)."""
    ground_articles: tuple[str, ...]
    """What the ground rests on (154/2026 art. 20)."""
    finding_code: str
    finding: str
    finding_articles: tuple[str, ...]
    """What the finding rests on; empty while the ground holds."""
    finding_confidence: Confidence | None
    preparation: tuple[PreparationTold, ...]
    points: tuple[PointTold, ...]
    may_start: bool
    """Every required point is tested in time and connected by the hour, none is the accused's, schedule and notice
    were in time, and the ground holds. Connected within the last hour it may start, and the missed R8 is written down.
    """
    is_identity_masked: bool
    """Received in the flesh instead, behind closed doors, with the denouncer's identity masked (LTC 56)."""
    counts_for_head: bool
    """False when a deputy presides: the head's own days of reception stay unmet (LTCD 12(5))."""
    chair_articles: tuple[str, ...]
    """What that rests on; empty when the head presides."""
    next_actions: tuple[str, ...]
    """What may lawfully follow, in Vietnamese."""


_MOVE: Final = "chuyển công dân sang điểm cầu khác đã bảo đảm kỹ thuật"
_RESCHEDULE: Final = "hoãn và thông báo ngày khác"
_IN_PERSON: Final = "tiếp trực tiếp"
_BEHIND_CLOSED_DOORS: Final = "tiếp trực tiếp, kín, che danh tính người tố cáo"
_START: Final = "mở phiên"
_START_LATE: Final = "mở phiên, ghi lại việc kết nối muộn"
_PREPARE: Final = "tiếp tục chuẩn bị"


def told(session: StatedSession, filed: PetitionFiled, law: Law, as_of: datetime) -> SessionTold:
    """What the law says to this plan for this petition."""
    found = ground_finding(
        session.ground,
        [Heard(filed.kind, filed.asks_identity_protection)],
        complexity=session.complexity,
        is_confidentiality_assured=session.is_confidentiality_assured,
        is_wished_by_petitioner=session.is_wished_by_petitioner,
    )
    preparation = tuple(_preparation(session, law, as_of))
    last_test = next((one.due_on for one in preparation if one.clock == TESTING), None)
    points = tuple(
        _point(point, session, filed, last_test, law) for point in session.points if _matters(point, filed, law)
    )
    is_ready = bool(points) and not any(point.obstacles for point in points)
    may_start = found is None and is_ready and not _is_late(session, preparation)
    finding = _ground(found.code, session, law) if found else NO_GROUND
    is_masked = found is not None and is_confidential(filed.kind)
    return SessionTold(
        may_be_online=found is None,
        ground_articles=_ground(session.ground, session, law).articles,
        finding_code=found.code if found else "",
        finding=found.sentence if found else "",
        finding_articles=finding.articles,
        finding_confidence=finding.confidence,
        preparation=preparation,
        points=points,
        may_start=may_start,
        is_identity_masked=is_masked,
        counts_for_head=not session.is_delegated,
        chair_articles=_ground(_DELEGATED, session, law).articles if session.is_delegated else (),
        next_actions=(_BEHIND_CLOSED_DOORS if is_masked else _IN_PERSON,)
        if found
        else _next(may_start=may_start, points=points, preparation=preparation, session=session),
    )


def _ground(code: str, session: StatedSession, law: Law) -> Ground:
    return ground_of("session", code, vietnam_day(session.starts_at), law.catalogue)


def _matters(point: StatedPoint, filed: PetitionFiled, law: Law) -> bool:
    """A point that the session cannot do without; and the accused's, which it may not have at all."""
    return point.is_required or is_near_the_accused(filed, point.unit, law, received_on(filed))


def _is_late(session: StatedSession, preparation: tuple[PreparationTold, ...]) -> bool:
    """Schedule or notice missed: a session cannot be held on that day, but for an emergency heard ad hoc."""
    return not _is_excused(session) and any(
        one.is_met is False for one in preparation if one.clock in {POSTING, NOTICE}
    )


def _is_excused(session: StatedSession) -> bool:
    return session.kind is SessionKind.AD_HOC and session.ground is OnlineGround.EMERGENCY


def unknown_points(session: StatedSession, units: UnitTree) -> Iterator[int]:
    """The numbers of points whose unit is not open on the day of the session."""
    day = vietnam_day(session.starts_at)
    return (number for number, point in enumerate(session.points) if not units.is_open(point.unit, day))


def _preparation(session: StatedSession, law: Law, now: datetime) -> Iterator[PreparationTold]:
    as_of = vietnam_day(now)
    day = vietnam_day(session.starts_at)
    tested = [point for point in session.points if point.is_required]
    last_tests = [vietnam_day(one.tested_at) for one in tested if one.tested_at and not one.failed_checks]
    all_tested = max(last_tests) if last_tests and len(last_tests) == len(tested) else None
    for clock, start, done_on in (
        (POSTING, day, session.posted_on),
        (NOTICE, day, session.notified_on),
        (TESTING, day, all_tested),
        (CONCLUSION, session.ended_on, None),
    ):
        if start is not None and law.find_reading(clock, start) is not None:
            yield _by_day(clock, start, done_on, as_of, law)
    if law.catalogue.find_clock(CONNECTING, day) is not None:
        yield _by_hour(session, law, now)


def _by_day(clock: str, start: date, done_on: date | None, as_of: date, law: Law) -> PreparationTold:
    shown = explanation(clock, start, catalogue=law.catalogue, calendar=law.calendar)
    due = shown.reading.rolled_due
    late = False if as_of > due else None
    return PreparationTold(
        clock=clock,
        title=shown.title,
        due_on=due,
        due_at=None,
        is_met=late if done_on is None else done_on <= due,
        told=shown,
        articles=shown.articles,
        confidence=shown.confidence,
    )


def _by_hour(session: StatedSession, law: Law, now: datetime) -> PreparationTold:
    row = law.catalogue.clock(CONNECTING, vietnam_day(session.starts_at))
    assert row.unit is Unit.HOURS  # noqa: S101 - the catalogue refuses R8 in any other unit
    due = moment_reading(CONNECTING, session.starts_at, catalogue=law.catalogue).due_at
    times = [point.connected_at for point in session.points if point.is_required]
    known = [time for time in times if time is not None]
    late = False if now > due and times else None
    is_met = max(known) <= due if known and len(known) == len(times) else late
    return PreparationTold(
        clock=CONNECTING,
        title=row.title,
        due_on=vietnam_day(due),
        due_at=due,
        is_met=is_met,
        told=None,
        articles=tuple(law.catalogue.cite(article) for article in row.articles),
        confidence=row.confidence,
    )


def _point(
    point: StatedPoint, session: StatedSession, filed: PetitionFiled, last_test: date | None, law: Law
) -> PointTold:
    is_passed = None if point.tested_at is None else not point.failed_checks
    in_time = point.tested_at is None or last_test is None or vietnam_day(point.tested_at) <= last_test
    found = obstacles(
        is_passed=is_passed,
        is_in_time=in_time or _is_excused(session),
        is_connected=point.connected_at is not None and point.connected_at <= session.starts_at,
    )
    if is_near_the_accused(filed, point.unit, law, received_on(filed)):
        found = (*found, Obstacle.NEAR_THE_ACCUSED)
    codes = (*found, *(check for check in point.failed_checks if check is PointCheck.RECORDING))
    articles = dict.fromkeys(article for code in codes for article in _ground(code, session, law).articles)
    return PointTold(
        unit=point.unit,
        obstacles=found,
        obstacle_labels=tuple(one.label for one in found),
        articles=tuple(articles),
    )


def _next(
    *,
    may_start: bool,
    points: tuple[PointTold, ...],
    preparation: tuple[PreparationTold, ...],
    session: StatedSession,
) -> tuple[str, ...]:
    if may_start:
        return (_START_LATE if any(one.is_met is False for one in preparation if one.clock == CONNECTING) else _START,)
    if _is_late(session, preparation):
        return (_RESCHEDULE,)
    failed = {Obstacle.TEST_FAILED, Obstacle.TESTED_TOO_LATE, Obstacle.NEAR_THE_ACCUSED}
    return (_MOVE, _RESCHEDULE) if any(failed & set(point.obstacles) for point in points) else (_PREPARE, _RESCHEDULE)
