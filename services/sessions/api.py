"""Sessions' door for machines: propose, schedule, test, connect, hold, sign."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field
from uuid_utils.compat import uuid7

from contracts.errors import BadInput, Conflict, Forbidden
from contracts.facts.base import Count, Sha256
from contracts.ids import CaseId, PointId, SessionId, UnitId
from contracts.law.secrecy import never_shown_to
from contracts.vocabulary import ChangeReason, EndedBy, InterruptionCause, PointCheck, Role, UnitLevel
from services.chassis.auth.caller import Caller
from services.chassis.auth.scope import scope_of
from services.chassis.clock import Clock
from services.chassis.ledger.drawer import Decision
from services.sessions.answers import JoinAnswer, ProposalAnswer, SessionAnswer, SessionLine, Telling
from services.sessions.bridge import Rooms
from services.sessions.domain import (
    CandidateStatus,
    Claim,
    Law,
    NewDay,
    ReceptionSession,
    SessionPlan,
    SessionStatus,
    cancel,
    connect,
    end,
    lose,
    pause,
    record_test,
    reschedule,
    resume,
    schedule_session,
    sign_minutes,
    start,
    take_attendance,
)
from services.sessions.standing import StandingLaw
from services.sessions.store import Candidates, Eyes, Sessions

SETTING_UP: Final = (Role.RECEIVER, Role.ADVISING_UNIT)
CONNECTING: Final = (Role.TECHNICAL_OPERATOR,)
CHAIRING: Final = (Role.CHAIR,)
COUNTING: Final = (Role.NOTE_TAKER, Role.RECEIVER, Role.POINT_DELEGATE)
SIGNING: Final = (Role.CHAIR, Role.NOTE_TAKER)
READING: Final = (
    *SETTING_UP,
    *CONNECTING,
    *CHAIRING,
    *COUNTING,
    Role.SETTLING_AUTHORITY,
    Role.INSPECTORATE_MONITOR,
    Role.RECORDS_ARCHIVIST,
)
JOIN_LIFETIME: Final = timedelta(minutes=10)


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Cancelling(Body):
    reason: ChangeReason


class Testing(Body):
    """Every check of the list, each true or false."""

    checks: dict[PointCheck, bool]


class Losing(Body):
    cause: InterruptionCause = InterruptionCause.CONNECTION_LOST


class Pausing(Body):
    cause: InterruptionCause


class Ending(Body):
    ended_by: EndedBy = EndedBy.CHAIR


class Counting(Body):
    """How many are there, by function; never who."""

    present: Annotated[dict[Role, Annotated[Count, Field(le=10_000)]], Field(min_length=1)]


class Signing(Body):
    minutes_sha256: Sha256


IfMatch = Annotated[str | None, Header(alias="If-Match", description="Phiên bản đã xem (trường revision).")]
Limit = Annotated[int, Query(ge=1, le=100)]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the door needs."""

    sessions: Sessions
    candidates: Candidates
    rooms: Rooms
    standing: StandingLaw
    clock: Clock

    @property
    def law(self) -> Law:
        """The law as it stands now."""
        return self.standing.now

    @property
    def telling(self) -> Telling:
        return Telling(self.law.units)


def make_api(desk: Desk, caller: Callable[..., Any]) -> APIRouter:
    """The routes of sessions."""
    api = APIRouter(prefix="/v1/sessions", tags=["sessions"])
    for add_routes in (_add_reading, _add_setting_up, _add_points, _add_holding):
        add_routes(api, desk, caller)
    return api


def _add_reading(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
    @api.get("/proposals", summary="Vụ việc đề xuất đưa ra phiên tiếp")
    async def proposals(
        who: Annotated[Caller, Depends(caller)], limit: Limit = 50, after: CaseId | None = None
    ) -> list[ProposalAnswer]:
        who.must_be(*READING)
        found = await desk.candidates.proposed(eyes_of(desk, who), limit=limit, after=after)
        return [desk.telling.proposal(candidate) for candidate in found]

    @api.get("", summary="Các phiên tiếp trong phạm vi đơn vị")
    async def listed(
        who: Annotated[Caller, Depends(caller)],
        status: SessionStatus | None = None,
        limit: Limit = 50,
        after: SessionId | None = None,
    ) -> list[SessionLine]:
        who.must_be(*READING)
        found = await desk.sessions.page(eyes_of(desk, who), status=status, limit=limit, after=after)
        return [desk.telling.line(session) for session in found]

    @api.get("/{session_id}", summary="Một phiên tiếp")
    async def read(session_id: SessionId, response: Response, who: Annotated[Caller, Depends(caller)]) -> SessionAnswer:
        who.must_be(*READING)
        session = await desk.sessions.seen(session_id, eyes_of(desk, who))
        known = await desk.candidates.known(case.case_id for case in session.cases)
        over = [case_id for case_id, candidate in known.items() if candidate.status is CandidateStatus.OVER]
        response.headers["ETag"] = f'"{session.revision}"'
        return desk.telling.session(session, over)

    @api.get("/{session_id}/points/{point_id}/join", summary="Mã vào phòng họp trực tuyến của một điểm cầu")
    async def join(
        session_id: SessionId, point_id: PointId, response: Response, who: Annotated[Caller, Depends(caller)]
    ) -> JoinAnswer:
        await _at_point(desk, session_id, point_id, who, (*CONNECTING, *CHAIRING, Role.POINT_DEVICE))
        await desk.rooms.open_room(session_id)
        token = await desk.rooms.join_token(session_id, point_id, lifetime=JOIN_LIFETIME)
        response.headers["Cache-Control"] = "no-store"
        return JoinAnswer(url=token.url, token=token.token, expires_at=token.expires_at)


def _add_setting_up(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
    @api.post("", status_code=status.HTTP_201_CREATED, summary="Lên lịch phiên tiếp trực tuyến")
    async def scheduled(
        plan: SessionPlan, response: Response, who: Annotated[Caller, Depends(caller)]
    ) -> SessionAnswer:
        who.must_be(*SETTING_UP)
        check_chairing_unit(desk, who, plan.chaired_by)
        session = await _scheduled(desk, plan, who)
        response.headers["Location"] = f"/v1/sessions/{session.session_id}"
        return _told(desk, session, response)

    @api.post("/{session_id}/reschedule", summary="Dời phiên sang ngày khác")
    async def rescheduled(
        session_id: SessionId,
        new: NewDay,
        response: Response,
        who: Annotated[Caller, Depends(caller)],
        if_match: IfMatch = None,
    ) -> SessionAnswer:
        before = await _to_set_up(desk, session_id, who)
        now = desk.clock.now()
        step = partial(reschedule, new=new, law=desk.law, now=now)
        await desk.sessions.seat(step(before)[0])  # refuses before anything is written
        session = await _stepped(desk, before, step, if_match)
        dropped = {case.case_id for case in before.cases} - {case.case_id for case in session.cases}
        await desk.candidates.release_all(dropped, session_id)
        return _told(desk, session, response)

    @api.post("/{session_id}/cancel", summary="Hủy phiên")
    async def cancelled(
        session_id: SessionId,
        asked: Cancelling,
        response: Response,
        who: Annotated[Caller, Depends(caller)],
        if_match: IfMatch = None,
    ) -> SessionAnswer:
        before = await _to_set_up(desk, session_id, who)
        session = await _stepped(desk, before, partial(cancel, reason=asked.reason), if_match)
        await desk.candidates.release_all([case.case_id for case in session.cases], session_id)
        await desk.rooms.close_room(session_id)
        return _told(desk, session, response)


def _add_points(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
    @api.post("/{session_id}/points/{point_id}/tests", summary="Ghi kết quả thử nghiệm một điểm cầu")
    async def tested(
        session_id: SessionId,
        point_id: PointId,
        test: Testing,
        response: Response,
        who: Annotated[Caller, Depends(caller)],
    ) -> SessionAnswer:
        await _at_point(desk, session_id, point_id, who, CONNECTING)
        step = partial(record_test, point_id=point_id, checks=test.checks, now=desk.clock.now())
        return _told(desk, await desk.sessions.decide(session_id, step), response)

    @api.post("/{session_id}/points/{point_id}/connect", summary="Điểm cầu đã kết nối, thấy và nghe được")
    async def connected(
        session_id: SessionId, point_id: PointId, response: Response, who: Annotated[Caller, Depends(caller)]
    ) -> SessionAnswer:
        await _at_point(desk, session_id, point_id, who, CONNECTING)
        step = partial(connect, point_id=point_id, now=desk.clock.now())
        return _told(desk, await desk.sessions.decide(session_id, step), response)

    @api.post("/{session_id}/points/{point_id}/lose", summary="Điểm cầu mất kết nối")
    async def lost(
        session_id: SessionId,
        point_id: PointId,
        losing: Losing,
        response: Response,
        who: Annotated[Caller, Depends(caller)],
    ) -> SessionAnswer:
        await _at_point(desk, session_id, point_id, who, CONNECTING)
        step = partial(lose, point_id=point_id, cause=losing.cause, now=desk.clock.now())
        return _told(desk, await desk.sessions.decide(session_id, step), response)

    @api.post("/{session_id}/points/{point_id}/attendance", summary="Điểm danh theo chức năng, không ghi tên")
    async def counted(
        session_id: SessionId,
        point_id: PointId,
        counting: Counting,
        response: Response,
        who: Annotated[Caller, Depends(caller)],
    ) -> SessionAnswer:
        await _at_point(desk, session_id, point_id, who, COUNTING)
        step = partial(take_attendance, point_id=point_id, present=counting.present)
        return _told(desk, await desk.sessions.decide(session_id, step), response)

    @api.post("/{session_id}/points/{point_id}/minutes", summary="Ký biên bản tại một điểm cầu")
    async def signed(
        session_id: SessionId,
        point_id: PointId,
        signing: Signing,
        response: Response,
        who: Annotated[Caller, Depends(caller)],
    ) -> SessionAnswer:
        await _at_point(desk, session_id, point_id, who, SIGNING)
        step = partial(
            sign_minutes,
            point_id=point_id,
            minutes_sha256=signing.minutes_sha256,
            now=desk.clock.now(),
            at_each_point=desk.law.catalogue.settings.is_on("minutes_at_each_point"),
        )
        return _told(desk, await desk.sessions.decide(session_id, step), response)


def _add_holding(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
    @api.post("/{session_id}/start", summary="Khai mạc phiên")
    async def started(
        session_id: SessionId, response: Response, who: Annotated[Caller, Depends(caller)], if_match: IfMatch = None
    ) -> SessionAnswer:
        before = await _to_chair(desk, session_id, who)
        return _told(desk, await _stepped(desk, before, partial(start, now=desk.clock.now()), if_match), response)

    @api.post("/{session_id}/pause", summary="Tạm dừng phiên")
    async def paused(
        session_id: SessionId,
        pausing: Pausing,
        response: Response,
        who: Annotated[Caller, Depends(caller)],
        if_match: IfMatch = None,
    ) -> SessionAnswer:
        before = await _to_chair(desk, session_id, who)
        step = partial(pause, cause=pausing.cause, now=desk.clock.now())
        return _told(desk, await _stepped(desk, before, step, if_match), response)

    @api.post("/{session_id}/resume", summary="Tiếp tục phiên")
    async def resumed(
        session_id: SessionId, response: Response, who: Annotated[Caller, Depends(caller)], if_match: IfMatch = None
    ) -> SessionAnswer:
        before = await _to_chair(desk, session_id, who)
        return _told(desk, await _stepped(desk, before, partial(resume, now=desk.clock.now()), if_match), response)

    @api.post("/{session_id}/end", summary="Kết thúc phiên")
    async def ended(
        session_id: SessionId,
        ending: Ending,
        response: Response,
        who: Annotated[Caller, Depends(caller)],
        if_match: IfMatch = None,
    ) -> SessionAnswer:
        before = await _to_chair(desk, session_id, who)
        step = partial(end, ended_by=ending.ended_by, now=desk.clock.now())
        session = await _stepped(desk, before, step, if_match)
        await desk.rooms.close_room(session_id)
        return _told(desk, session, response)


def home_of(desk: Desk, unit: UnitId) -> UnitId:
    """The unit a unit works for: the province's reception board prepares the province's sessions."""
    known = desk.law.units.find(unit)
    superior = desk.law.units.find(known.superior) if known and known.superior else None
    is_board = known and superior and known.level is superior.level is UnitLevel.PROVINCE
    return superior.id if is_board and superior else unit


def eyes_of(desk: Desk, who: Caller) -> Eyes:
    """What the caller may see today: nothing for who acts for no unit."""
    if who.unit is None:
        return Eyes(frozenset(), frozenset())
    home = home_of(desk, who.unit)
    own, units, today = frozenset({who.unit, home}), desk.law.units, desk.clock.today()
    scope = scope_of(replace(who, unit=home), units, today)
    return Eyes(own, scope.unit_ids, own | never_shown_to(own, units, today))


def check_chairing_unit(desk: Desk, who: Caller, chaired_by: UnitId) -> None:
    """Sessions are set up by the chair's own unit or one above. Errors: Forbidden("not_your_unit")."""
    if chaired_by not in eyes_of(desk, who).unit_ids:
        raise Forbidden("not_your_unit", "Không được lập phiên tiếp thay đơn vị khác.")


async def _scheduled(desk: Desk, plan: SessionPlan, who: Caller) -> ReceptionSession:
    """Decide first, then take the cases, then keep the session: of two officers only one gets a case."""
    now, session_id = desk.clock.now(), SessionId(uuid7())
    case_ids = [case.case_id for case in plan.cases]
    candidates = await desk.candidates.seen(case_ids, eyes_of(desk, who))
    session, facts = schedule_session(plan, candidates, session_id=session_id, law=desk.law, now=now)
    await desk.candidates.claim_all(case_ids, Claim(session_id=session_id, claimed_at=now))
    await desk.sessions.add(session, facts)
    return session


async def _to_set_up(desk: Desk, session_id: SessionId, who: Caller) -> ReceptionSession:
    who.must_be(*SETTING_UP)
    session = await desk.sessions.seen(session_id, eyes_of(desk, who))
    check_chairing_unit(desk, who, session.chaired_by)
    return session


async def _to_chair(desk: Desk, session_id: SessionId, who: Caller) -> ReceptionSession:
    """Errors: Forbidden("wrong_function"), NotFound, Forbidden("not_the_chair")."""
    who.must_be(*CHAIRING)
    session = await desk.sessions.seen(session_id, eyes_of(desk, who))
    if who.unit is None or session.chaired_by not in {who.unit, home_of(desk, who.unit)}:
        raise Forbidden("not_the_chair", "Chỉ người chủ trì của đơn vị chủ trì mới điều hành phiên.")
    return session


async def _at_point(desk: Desk, session_id: SessionId, point_id: PointId, who: Caller, roles: tuple[Role, ...]) -> None:
    """The caller acts at this point: for its unit, for one above, or for the main point, which leads them all.

    Errors: Forbidden("wrong_function"), NotFound, Forbidden("not_your_point").
    """
    who.must_be(*roles)
    eyes = eyes_of(desk, who)
    session = await desk.sessions.seen(session_id, eyes)
    if session.point(point_id).unit not in eyes.unit_ids and session.main_point.unit not in eyes.own_units:
        raise Forbidden("not_your_point", "Không được thao tác tại điểm cầu của đơn vị khác.")


async def _stepped(
    desk: Desk, before: ReceptionSession, step: Decision[ReceptionSession], if_match: str | None
) -> ReceptionSession:
    """A step of the session as a whole, from exactly what the officer saw: of two at once one wins.

    Errors: Conflict("changed_meanwhile"); those of the step.
    """
    seen = before.revision if if_match is None else _revision(if_match)

    def guarded(session: ReceptionSession) -> Any:
        if session.revision != seen:
            raise Conflict("changed_meanwhile", "Phiên vừa được người khác thay đổi; xin xem lại rồi làm tiếp.")
        return step(session)

    return await desk.sessions.decide(before.session_id, guarded)


def _revision(if_match: str) -> int:
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise BadInput("bad_if_match", "If-Match phải là số phiên bản đã xem.")
    return int(text)


def _told(desk: Desk, session: ReceptionSession, response: Response) -> SessionAnswer:
    response.headers["ETag"] = f'"{session.revision}"'
    return desk.telling.session(session)
