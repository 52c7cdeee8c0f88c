"""What officers do with a case. Each: the case and the order in, the case and what is said out; else ``Refused``.

``by`` is the body the officer acts for. Every change of status goes through the closed table of ``case``.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from contracts.errors import BadInput, Refused
from contracts.facts.base import Fact
from contracts.facts.routing import (
    CaseAccepted,
    CaseClosed,
    CaseDeclined,
    CaseExtended,
    CaseFact,
    CaseGuided,
    CaseResumed,
    CaseSettled,
    CaseSupplementRequested,
    CaseSuspended,
    CaseTransferred,
)
from contracts.ids import UnitId
from contracts.law.rows import Act, Variant
from contracts.vocabulary import (
    ClosingGround,
    ComplexityTest,
    DeclineGround,
    EscalationReason,
    Instance,
    Outcome,
    PetitionKind,
    SettlementResult,
    SuspensionGround,
    UnitLevel,
)
from services.routing.domain.case import CLOSING, Action, Case, about, following, moved, spoken, with_paper
from services.routing.domain.competence import is_near_the_accused
from services.routing.domain.deadlines import (
    CaseClock,
    all_ended,
    ended,
    extended,
    resumed,
    started,
    started_if_any,
    suspended,
    used_until,
)
from services.routing.domain.escalation import escalated
from services.routing.domain.law import Law
from services.routing.domain.outcome import IN_PERSON, check_representatives

Decided = tuple[Case, Sequence[Fact]]

FIRST_STEP: Final = (Act.ANSWERED, Act.HANDLED, Act.TRANSFERRED, Act.ACCEPTED_OR_DECLINED)
"""What any first lawful step ends: the petition is handled and the petitioner answered."""

KNPA: Final = frozenset({PetitionKind.RECOMMENDATION, PetitionKind.FEEDBACK})
_JUDGED: Final = frozenset({SettlementResult.RIGHT, SettlementResult.PARTLY_RIGHT, SettlementResult.WRONG})


def accept(
    case: Case,
    *,
    by: UnitId,
    on: date,
    law: Law,
    is_remote: bool = False,
    representative_count: int | None = None,
    document_number: str | None = None,
) -> Decided:
    """Take the case on (thụ lý): the settlement clock starts.

    Errors: Refused("not_competent"), Refused("not_signed"), Refused("split_first"), BadInput("representatives").
    """
    status = following(case, Action.ACCEPT)
    _must_settle(case, by)
    _must_be_acceptable(case, representative_count)
    variant = Variant.REMOTE if is_remote else Variant.ORDINARY
    fresh = tuple(started(clock, on, law, variant) for clock in _clocks_of_acceptance(case))
    after = moved(
        case,
        law,
        status=status,
        accepted_on=on,
        clocks=(*ended(case.clocks, FIRST_STEP, on, law), *fresh),
        papers=with_paper(case, Action.ACCEPT, document_number, on),
    )
    readings = tuple(clock.reading for clock in fresh)
    return _said(after, CaseAccepted(**about(after), accepted_on=on, settling_authority=by, clocks=readings))


def guide(case: Case, *, to: UnitId | None, on: date, law: Law) -> Decided:
    """Tell the petitioner, once, where to go (hướng dẫn). ``to``: where, when it is not the competent authority.

    Errors: Refused("must_transfer") where the law wants a transfer; Refused("near_the_accused"); Refused("no_place");
    Refused("own_competence") where the receiver itself is competent.
    """
    status = following(case, Action.GUIDE)
    if _is_transferred_by_law(case):
        raise Refused("must_transfer", "Trường hợp này pháp luật yêu cầu chuyển đơn, không hướng dẫn.", rule=case.rule)
    place = to or case.competent_authority
    if place is None:
        raise Refused("no_place", "Cần nêu nơi hướng dẫn đến.")
    if case.competent_authority == law.body_of(case.filed.received_by, on):
        raise Refused(
            "own_competence", "Vụ việc thuộc thẩm quyền của chính đơn vị đã nhận, không hướng dẫn đi nơi khác."
        )
    _must_stand(place, case, law, on)
    after = moved(case, law, status=status, guided_to=place, clocks=ended(case.clocks, FIRST_STEP, on, law))
    return _said(after, CaseGuided(**about(after), guided_on=on, guided_to=place, rule=case.rule))


def transfer(case: Case, *, to: UnitId, by: UnitId, on: date, law: Law) -> Decided:
    """Send the petition to the competent authority (chuyển đơn), once; the clocks of the new holder start.

    Errors: Refused("must_guide"), Refused("already_transferred"), Refused("same_unit"), Refused("near_the_accused").
    """
    is_outside = _is_outside(to, law, on)
    status = following(case, Action.TRANSFER_OUT if is_outside else Action.TRANSFER)
    if not (_is_transferred_by_law(case) or case.outcome is Outcome.INSPECT):
        raise Refused("must_guide", "Trường hợp này pháp luật yêu cầu hướng dẫn, không chuyển đơn.", rule=case.rule)
    if case.transferred_from:
        raise Refused(
            "already_transferred", "Đơn chỉ được chuyển một lần; đề nghị cấp trên trực tiếp quyết định thẩm quyền."
        )
    body = law.body_of(to, on)
    if body == law.body_of(case.held_by, on):
        raise Refused("same_unit", "Không thể chuyển đơn cho chính đơn vị đang giữ.", unit=to)
    _must_stand(body, case, law, on)
    fresh = () if is_outside else started_if_any(_clocks_of_arrival(case), on, law)
    after = moved(
        case,
        law,
        status=status,
        held_by=body,
        competent_authority=body,
        transferred_from=(*case.transferred_from, by),
        clocks=(*ended(case.clocks, FIRST_STEP, on, law), *fresh),
    )
    fact = CaseTransferred(
        **about(after),
        transferred_on=on,
        from_unit=by,
        to_unit=body,
        rule=case.rule,
        clocks=tuple(clock.reading for clock in fresh),
    )
    return _said(after, fact)


def decline(
    case: Case, *, by: UnitId, ground: DeclineGround, on: date, law: Law, document_number: str | None = None
) -> Decided:
    """Do not accept (không thụ lý), on a ground from the closed list. Errors: Refused("not_competent")."""
    status = following(case, Action.DECLINE)
    _must_settle(case, by)
    after = moved(
        case,
        law,
        status=status,
        clocks=ended(case.clocks, FIRST_STEP, on, law),
        papers=with_paper(case, Action.DECLINE, document_number, on),
    )
    return _said(after, CaseDeclined(**about(after), declined_on=on, ground=ground, document_number=document_number))


def request_supplement(case: Case, *, on: date, answer_within_days: int, law: Law) -> Decided:
    """Ask the petitioner to complete the petition: nothing is accepted and no acceptance clock runs meanwhile."""
    status = following(case, Action.REQUEST_SUPPLEMENT)
    after = moved(case, law, status=status, clocks=ended(case.clocks, FIRST_STEP, on, law))
    answer_by = law.calendar.add_working_days(on, answer_within_days)
    return _said(after, CaseSupplementRequested(**about(after), requested_on=on, answer_by=answer_by))


def extend(
    case: Case, *, by: UnitId, tests: Sequence[ComplexityTest], document_number: str, on: date, law: Law
) -> Decided:
    """Lengthen settlement on statutory tests of complexity, in writing.

    Errors: Refused("too_few_tests"), Refused("no_more_extensions"), Refused("deadline_passed").
    """
    status = following(case, Action.EXTEND)
    _must_settle(case, by)
    met = tuple(dict.fromkeys(tests))
    clock = extended(_settlement(case), len(met), on, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=_replaced(case, clock),
        papers=with_paper(case, Action.EXTEND, document_number, on),
    )
    fact = CaseExtended(**about(after), extended_on=on, tests=met, document_number=document_number, clock=clock.reading)
    return _said(after, fact)


def suspend(case: Case, *, by: UnitId, ground: SuspensionGround, document_number: str, on: date, law: Law) -> Decided:
    """Let settlement stand still (tạm đình chỉ): the days used so far are kept."""
    status = following(case, Action.SUSPEND)
    _must_settle(case, by)
    clock = suspended(_settlement(case), on)
    after = moved(
        case,
        law,
        status=status,
        clocks=_replaced(case, clock),
        papers=with_paper(case, Action.SUSPEND, document_number, on),
    )
    fact = CaseSuspended(
        **about(after), suspended_on=on, ground=ground, document_number=document_number, days_used=used_until(clock, on)
    )
    return _said(after, fact)


def resume(case: Case, *, by: UnitId, document_number: str, on: date, law: Law) -> Decided:
    """Go on with settlement: the clock runs with the days that were left."""
    status = following(case, Action.RESUME)
    _must_settle(case, by)
    clock = resumed(_settlement(case), on, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=_replaced(case, clock),
        papers=with_paper(case, Action.RESUME, document_number, on),
    )
    fact = CaseResumed(**about(after), resumed_on=on, document_number=document_number, clock=clock.reading)
    return _said(after, fact)


def settle(case: Case, *, by: UnitId, result: SettlementResult, document_number: str, on: date, law: Law) -> Decided:
    """Issue the decision, conclusion or answer (giải quyết).

    Errors: BadInput("wrong_result") when the result is not one of this kind of petition.
    """
    status = following(case, Action.SETTLE)
    _must_settle(case, by)
    if (result in _JUDGED) is (case.kind in KNPA):
        raise BadInput("wrong_result", f"Kết quả “{result.label}” không dùng cho đơn {case.kind.label}.")
    clock = case.settlement_clock
    fresh = tuple(started(clock_id, on, law) for clock_id in _clocks_of_settlement(case))
    after = moved(
        case,
        law,
        status=status,
        settled_on=on,
        clocks=(*all_ended(case.clocks, on), *fresh),
        papers=with_paper(case, Action.SETTLE, document_number, on),
    )
    fact = CaseSettled(
        **about(after),
        settled_on=on,
        result=result,
        document_number=document_number,
        is_within_time=clock is None or on <= clock.reading.rolled_due,
        clocks=tuple(one.reading for one in fresh),
    )
    return _said(after, fact)


def confirm(case: Case, *, act: Act, document_number: str, on: date, law: Law) -> Decided:
    """Record that something owed was done: acceptance told (T3), result sent (K4, K7, T6). Nothing is said.

    Errors: Refused("nothing_owed") when no running clock waits for it.
    """
    status = following(case, Action.CONFIRM)
    clocks = ended(case.clocks, [act], on, law)
    if clocks == case.clocks:
        raise Refused("nothing_owed", f"Không có thời hạn nào đang chờ “{act.label}”.")
    papers = with_paper(case, Action.CONFIRM, document_number, on)
    return moved(case, law, status=status, clocks=clocks, papers=papers), []


def close(case: Case, *, ground: ClosingGround, on: date, law: Law) -> Decided:
    """End the case. Errors: Refused("wrong_ground") when the status does not bear that ground."""
    status = following(case, Action.CLOSE)
    if ground not in CLOSING.get(case.status, frozenset()) or not _ground_holds(case, ground):
        raise Refused(
            "wrong_ground",
            f"Vụ việc “{case.status.label}” không thể kết thúc với căn cứ “{ground.label}”.",
            status=case.status,
            ground=ground,
        )
    after = moved(case, law, status=status, closed_on=on, clocks=all_ended(case.clocks, on))
    return _said(after, CaseClosed(**about(after), closed_on=on, ground=ground))


def request_chair(case: Case, *, now: datetime, law: Law, reason: EscalationReason) -> Decided:
    """Bring the case before the superior on an officer's or the head's word.

    Errors: Refused("already_escalated") for the same reason twice; Refused("no_superior").
    """
    status = following(case, Action.ESCALATE)
    if reason in case.escalated_for:
        raise Refused("already_escalated", f"Vụ việc đã được báo cáo cấp trên: {reason.label}.", reason=reason)
    after, facts = escalated(case, [reason], now, law)
    if not facts:
        raise Refused("no_superior", "Đơn vị đang giữ vụ việc không có cấp trên trong hệ thống.")
    return _said(moved(after, law, status=status), *facts)


def _said(case: Case, *facts: CaseFact) -> Decided:
    return case, spoken(case, facts)


def _must_settle(case: Case, by: UnitId) -> None:
    """Only who is competent and has the petition decides on it."""
    if case.competent_authority is None or by != case.competent_authority or by != case.held_by:
        raise Refused(
            "not_competent",
            "Đơn vị này không có thẩm quyền giải quyết hoặc không giữ vụ việc.",
            unit=by,
            competent_authority=case.competent_authority or "",
            held_by=case.held_by,
        )


def _must_be_acceptable(case: Case, representative_count: int | None) -> None:
    filed = case.filed
    if case.kind is PetitionKind.MIXED:
        raise Refused("split_first", "Đơn có nhiều nội dung: hướng dẫn tách đơn trước.")
    if not filed.is_signed or filed.is_anonymous:
        raise Refused("not_signed", "Đơn chưa có chữ ký, điểm chỉ hoặc không rõ người gửi: chưa thụ lý được.")
    if representative_count is not None or (case.is_large_group and not filed.has_representatives):
        check_representatives(filed.signer_count, representative_count or 0)


def _must_stand(unit_id: UnitId, case: Case, law: Law, on: date) -> None:
    """No route ends at an abolished unit, and none at the accused. Errors of ``UnitTree.get`` too."""
    law.units.get(unit_id, on)
    if is_near_the_accused(case.filed, unit_id, law, on):
        raise Refused("near_the_accused", "Không được chuyển hoặc hướng dẫn đến đơn vị có người bị tố cáo.")


def _is_transferred_by_law(case: Case) -> bool:
    """Recommendations always; denunciations unless brought in person; complaints never (LTC 24(2), LTCD 26)."""
    if case.kind is PetitionKind.DENUNCIATION:
        return case.filed.channel not in IN_PERSON and case.outcome is not Outcome.URGE_LOWER
    return case.kind in KNPA


def _is_outside(unit_id: UnitId, law: Law, on: date) -> bool:
    """True for bodies that the province does not command: the centre, Party desks."""
    unit = law.units.get(unit_id, on)
    return unit.level is UnitLevel.CENTRAL or unit.superior is None


def _clocks_of_acceptance(case: Case) -> tuple[str, ...]:
    if case.kind is PetitionKind.COMPLAINT:
        return ("K6",) if case.filed.instance is Instance.SECOND else ("K3",)
    return ("T4", "T3") if case.kind is PetitionKind.DENUNCIATION else ()


def _clocks_of_arrival(case: Case) -> tuple[str, ...]:
    if case.outcome is Outcome.INSPECT:
        return ()
    return ("T1", "R10") if case.kind is PetitionKind.DENUNCIATION else ("X1", "R10")


def _clocks_of_settlement(case: Case) -> tuple[str, ...]:
    if case.kind is PetitionKind.COMPLAINT:
        return ("K7",) if case.filed.instance is Instance.SECOND else ("K4",)
    return ("T6",) if case.kind is PetitionKind.DENUNCIATION else ()


def _settlement(case: Case) -> CaseClock:
    clock = case.settlement_clock
    if clock is None:
        raise Refused("no_settlement_clock", "Vụ việc này không có thời hạn giải quyết luật định.")
    return clock


def _replaced(case: Case, clock: CaseClock) -> tuple[CaseClock, ...]:
    old = _settlement(case)
    return tuple(clock if one is old else one for one in case.clocks)


def _ground_holds(case: Case, ground: ClosingGround) -> bool:
    if ground is ClosingGround.SHELVED:
        return case.outcome in {Outcome.SHELVE, Outcome.INSPECT}
    if ground is ClosingGround.WITHDRAWN:
        return case.withdrawn is not None
    return True
