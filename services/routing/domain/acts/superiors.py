"""What a superior orders below: urge, demand a report, conclude a reception."""

from datetime import date, timedelta
from typing import Final

from contracts.errors import BadInput, Refused
from contracts.facts.routing import (
    CaseDutyDone,
    CaseInspectionOrdered,
    CaseInstructed,
    CaseOverdueReported,
    CaseReported,
    CaseUrged,
)
from contracts.ids import UnitId
from contracts.law.rows import Act
from contracts.vocabulary import Outcome, PetitionKind
from services.routing.domain.acts.first_steps import FIRST_STEP
from services.routing.domain.acts.shared import Decided, must_be_above, must_hold, must_stand, said
from services.routing.domain.case import Action, Case, Status, about, following, moved, with_paper
from services.routing.domain.deadlines import CaseClock, done_once, ended, started_if_any
from services.routing.domain.law import Law

_FARTHEST: Final = timedelta(days=366)


def urge(
    case: Case, *, report_by: date, document_number: str, by: UnitId, on: date, law: Law, to: UnitId | None = None
) -> Decided:
    """The head requires the lower body that has accepted the matter to settle it, and to report by a day (R05).

    ``to``: that body, where it is not the competent one. Errors: Refused("nothing_to_urge"); Refused("not_below");
    BadInput("wrong_day").
    """
    status = following(case, Action.URGE)
    must_hold(case, by)
    if case.outcome is not Outcome.URGE_LOWER:
        raise Refused("nothing_to_urge", "Không có cấp dưới nào đang giải quyết vụ việc này.", rule=case.rule)
    place = to or _lower(case)
    if place is None:
        raise Refused("no_place", "Cần nêu cơ quan cấp dưới phải giải quyết.")
    must_stand(place, case, law, on)
    if place == by or not law.units.covers(by, place, on):
        raise Refused("not_below", "Chỉ được yêu cầu cơ quan thuộc quyền.", unit=place)
    _must_lie_ahead(report_by, on)
    after = moved(
        case,
        law,
        status=status,
        urged=place,
        report_by=report_by,
        report_to=by,
        is_report_missed=False,
        clocks=ended(case.clocks, FIRST_STEP, on, law),
        papers=with_paper(case, Action.URGE, document_number, on),
    )
    return said(after, _urged(after, place, by, on, document_number))


def report_overdue(case: Case, *, on: date, law: Law) -> Decided:
    """Somebody tells the superior that a denunciation is overdue: it demands a report within T11 (LTC 38(2)).

    Errors: Refused("not_overdue"); Refused("told_before").
    """
    status = following(case, Action.REPORT_OVERDUE)
    clock = case.settlement_clock
    if case.kind is not PetitionKind.DENUNCIATION or clock is None or on <= clock.reading.rolled_due:
        raise Refused("not_overdue", "Tố cáo chưa quá thời hạn giải quyết.")
    if any(one.is_running and one.id in {"T11", "TB11"} for one in case.clocks):
        raise Refused("told_before", "Việc quá hạn đã được báo, đang chờ yêu cầu báo cáo hoặc báo cáo.")
    fresh = started_if_any(["T11"], on, law)
    after = moved(case, law, status=status, clocks=(*case.clocks, *fresh))
    return said(after, CaseOverdueReported(**about(after), told_on=on, clocks=tuple(one.reading for one in fresh)))


def demand_report(
    case: Case, *, report_by: date | None, document_number: str, by: UnitId, on: date, law: Law
) -> Decided:
    """The superior demands a report of the holder; of an overdue denunciation within TB11 (LTC 38(3)).

    Errors: Refused("not_superior"); BadInput("wrong_day") without a day where the law says none.
    """
    status = following(case, Action.DEMAND_REPORT)
    must_be_above(case, by, law, on)
    clocks, done = done_once(case.clocks, Act.REPORT_DEMANDED, on, law)
    fresh = started_if_any(["TB11"] if done else [], on, law)
    due = fresh[0].reading.rolled_due if fresh else report_by
    if due is None:
        raise BadInput("wrong_day", "Cần nêu ngày phải báo cáo.")
    _must_lie_ahead(due, on)
    after = moved(
        case,
        law,
        status=status,
        report_by=None if fresh else due,
        report_to=by,
        is_report_missed=False,
        clocks=(*clocks, *fresh),
        papers=with_paper(case, Action.DEMAND_REPORT, document_number, on, issued_by=by),
    )
    fact = _urged(after, case.held_by, by, on, document_number, due, fresh)
    return said(after, *_demanded(after, done, document_number, on), fact)


def report(case: Case, *, document_number: str, by: UnitId, on: date, law: Law, is_settled: bool = False) -> Decided:
    """The report that was ordered was given; TB11 has its own way by ``confirm``.

    ``is_settled``: the body that was urged has settled, by the decision of that number: who came is told (R3). Else the
    petition is watched again, and the body may be urged again. Errors: Refused("nothing_owed"); Refused("not_urged").
    """
    status = following(case, Action.REPORT)
    if by not in {case.held_by, case.urged}:
        raise Refused("not_holder", "Việc này do đơn vị khác phải làm.", unit=by)
    if case.report_by is None:
        raise Refused("nothing_owed", "Không có báo cáo nào đang được yêu cầu.")
    is_urged = case.status is Status.URGED
    if is_settled and not is_urged:
        raise Refused("not_urged", "Vụ việc do chính đơn vị này giải quyết: dùng việc “giải quyết”.")
    next_clock = ["R3" if is_settled else "R10"] if is_urged else []
    fresh = started_if_any(next_clock, on, law)
    after = moved(
        case,
        law,
        status=status,
        report_by=None,
        report_to=None,
        is_settled_below=is_settled,
        clocks=(*case.clocks, *fresh),
        papers=with_paper(case, Action.REPORT, document_number, on, issued_by=by),
    )
    fact = CaseReported(
        **about(after),
        reported_on=on,
        from_unit=by,
        document_number=document_number,
        is_settled=is_settled,
        clocks=tuple(one.reading for one in fresh),
    )
    return said(after, fact)


def order_inspection(case: Case, *, document_number: str, by: UnitId, on: date, law: Law) -> Decided:
    """Look into concrete evidence that nobody put a name to (R10): by inspection, with its document (LTC 25(2)).

    Errors: Refused("nothing_to_inspect"); Refused("not_holder").
    """
    status = following(case, Action.INSPECT)
    must_hold(case, by)
    if case.outcome is not Outcome.INSPECT:
        raise Refused("nothing_to_inspect", "Đơn này không phải để kiểm tra, thanh tra.", rule=case.rule)
    after = moved(
        case,
        law,
        status=status,
        clocks=ended(case.clocks, FIRST_STEP, on, law),
        papers=with_paper(case, Action.INSPECT, document_number, on),
    )
    return said(after, CaseInspectionOrdered(**about(after), ordered_on=on, document_number=document_number))


def instruct(
    case: Case,
    *,
    to: UnitId,
    result_by: date,
    session_ended_on: date,
    document_number: str,
    by: UnitId,
    on: date,
    law: Law,
) -> Decided:
    """The conclusion of the head's reception gives a body a task, with a day within the law (154/2026 art. 25(2)).

    The notice is owed to the bodies concerned within the province's own limit (R9).
    Errors: Refused("beyond_the_law") for a day after the settlement limit; Refused("not_superior");
    BadInput("wrong_day").
    """
    status = following(case, Action.INSTRUCT)
    if by != case.held_by:
        must_be_above(case, by, law, on)
    body = law.body_of(to, on)
    must_stand(to, case, law, on)
    if session_ended_on > on:
        raise BadInput("wrong_day", "Buổi tiếp chưa diễn ra.")
    _must_lie_ahead(result_by, on)
    must_lie_within_the_law(case, result_by)
    is_owed = any(one.id == "R9" and one.is_running and one.event_on == session_ended_on for one in case.clocks)
    fresh = started_if_any([] if is_owed else ["R9"], session_ended_on, law)
    after = moved(
        case,
        law,
        status=status,
        instructed=body,
        result_by=result_by,
        clocks=(*case.clocks, *fresh),
        papers=with_paper(case, Action.INSTRUCT, document_number, on, issued_by=by, to_unit=body),
    )
    fact = CaseInstructed(
        **about(after),
        instructed_on=on,
        from_unit=by,
        to_unit=body,
        result_by=result_by,
        document_number=document_number,
        clocks=tuple(one.reading for one in fresh),
    )
    return said(after, fact)


def must_lie_within_the_law(case: Case, result_by: date) -> None:
    """Errors: Refused("beyond_the_law") for a day after the settlement limit."""
    clock = case.settlement_clock
    if clock is not None and result_by > clock.reading.rolled_due:
        raise Refused(
            "beyond_the_law",
            f"Thời hạn trong thông báo không được quá thời hạn luật định: {clock.reading.rolled_due:%d/%m/%Y}.",
            clock=clock.id,
        )


def _lower(case: Case) -> UnitId | None:
    """The body below: the competent one, or in a second complaint the one whose decision is awaited."""
    return case.filed.respondent_unit if case.competent_authority == case.held_by else case.competent_authority


def _urged(
    case: Case,
    to: UnitId,
    by: UnitId,
    on: date,
    document_number: str,
    due: date | None = None,
    fresh: tuple[CaseClock, ...] = (),
) -> CaseUrged:
    return CaseUrged(
        **about(case),
        urged_on=on,
        from_unit=by,
        to_unit=to,
        report_by=due or case.report_by or on,
        document_number=document_number,
        clocks=tuple(one.reading for one in fresh),
    )


def _demanded(case: Case, done: tuple[CaseClock, ...], document_number: str, on: date) -> list[CaseDutyDone]:
    if not done:
        return []
    return [
        CaseDutyDone(
            **about(case),
            done_on=on,
            ended=tuple(one.id for one in done),
            document_number=document_number,
            is_within_time=all(on <= one.reading.rolled_due for one in done),
        )
    ]


def _must_lie_ahead(day: date, on: date) -> None:
    if not on <= day <= on + _FARTHEST:
        raise BadInput("wrong_day", "Ngày phải báo cáo, trả kết quả không ở quá khứ, không xa quá một năm.")
