"""The first lawful step: accept, guide, transfer, decline, ask for more, bring before the superior."""

from datetime import date, datetime
from typing import Final

from contracts.errors import Refused
from contracts.facts.routing import (
    CaseAccepted,
    CaseDeclined,
    CaseGuided,
    CaseSupplementRequested,
    CaseTransferred,
)
from contracts.ids import UnitId
from contracts.law.rows import Act, Variant
from contracts.vocabulary import (
    DeclineGround,
    EscalationReason,
    Instance,
    Outcome,
    PetitionKind,
    SubjectMatter,
    UnitLevel,
)
from services.routing.domain.acts.shared import (
    KNPA,
    Decided,
    is_transferred_by_law,
    must_settle,
    must_stand,
    said,
)
from services.routing.domain.case import Action, Case, about, following, moved, with_paper
from services.routing.domain.competence import heir
from services.routing.domain.deadlines import (
    ended,
    started,
    started_if_any,
)
from services.routing.domain.law import Law
from services.routing.domain.outcome import check_representatives
from services.routing.domain.superior import escalated

_RULES_OF_THEIR_OWN: Final = frozenset({"R04", "R11", "R20"})
"""Transfers that are not for want of competence alone: forwarded, crime, outside the administration."""
_NO_PETITION: Final = "R20"
_GOVERNMENTS: Final = frozenset({UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.COMMUNE})
FIRST_STEP: Final = (Act.ANSWERED, Act.HANDLED, Act.TRANSFERRED, Act.ACCEPTED_OR_DECLINED)
"""What any first lawful step ends: the petition is handled and the petitioner answered."""


def accept(
    case: Case,
    *,
    by: UnitId,
    on: date,
    law: Law,
    is_remote: bool = False,
    representative_count: int | None = None,
    document_number: str | None = None,
    request_count: int | None = None,
) -> Decided:
    """Take the case on (thụ lý): the settlement clock starts. ``request_count``: the petition's numbered requests.

    Errors: Refused("not_competent"), Refused("not_signed"), Refused("split_first"), BadInput("representatives").
    """
    status = following(case, Action.ACCEPT)
    must_be_acceptable(case, by, representative_count)
    settings, known = law.catalogue.settings, case.filed.known
    is_remote = is_remote or settings.counts_as_remote(case.filed.matter_unit, is_recorded=bool(known.is_remote))
    variant = Variant.REMOTE if is_remote else Variant.ORDINARY
    statutory = tuple(started(clock, on, law, variant) for clock in _clocks_of_acceptance(case))
    fresh = (*statutory, *started_if_any(["P1"] if case.kind in KNPA else [], on, law))
    after = moved(
        case,
        law,
        status=status,
        accepted_on=on,
        is_remote=is_remote,
        request_count=request_count or case.request_count,
        clocks=(*ended(case.clocks, FIRST_STEP, on, law), *fresh),
        papers=with_paper(case, Action.ACCEPT, document_number, on, clock=fresh[0].reading if fresh else None),
    )
    readings = tuple(clock.reading for clock in fresh)
    fact = CaseAccepted(
        **about(after), accepted_on=on, settling_authority=by, clocks=readings, request_count=after.request_count
    )
    return said(after, fact)


def guide(case: Case, *, to: UnitId | None, on: date, law: Law, document_number: str | None = None) -> Decided:
    """Tell the petitioner, once, where to go (hướng dẫn). ``to``: where, when it is not the competent authority.

    Errors: Refused("must_transfer") where the law wants a transfer; Refused("near_the_accused"); Refused("no_place");
    Refused("own_competence") where the receiver itself is competent, unless it is no petition: a private dispute.
    """
    status = following(case, Action.GUIDE)
    if is_transferred_by_law(case):
        raise Refused("must_transfer", "Trường hợp này pháp luật yêu cầu chuyển đơn, không hướng dẫn.", rule=case.rule)
    place = to or case.competent_authority
    if place is None:
        raise Refused("no_place", "Cần nêu nơi hướng dẫn đến.")
    receiver = heir(law.body_of(case.filed.received_by, on), case.filed, law, on)
    if case.rule != _NO_PETITION and case.competent_authority == receiver:
        raise Refused(
            "own_competence", "Vụ việc thuộc thẩm quyền của chính đơn vị đã nhận, không hướng dẫn đi nơi khác."
        )
    must_stand(place, case, law, on)
    after = moved(
        case,
        law,
        status=status,
        guided_to=place,
        clocks=ended(case.clocks, FIRST_STEP, on, law),
        papers=with_paper(case, Action.GUIDE, document_number, on, to_unit=place),
    )
    fact = CaseGuided(**about(after), guided_on=on, guided_to=place, rule=case.rule, document_number=document_number)
    return said(after, fact)


def transfer(case: Case, *, to: UnitId, by: UnitId, on: date, law: Law, document_number: str | None = None) -> Decided:
    """Send the petition to the competent authority (chuyển đơn), once; the clocks of the new holder start.

    Errors: Refused("must_guide"), Refused("already_transferred"), Refused("same_unit"), Refused("near_the_accused").
    """
    is_out = is_outside(to, law, on)
    action = Action.TRANSFER_OUT if is_out else Action.TRANSFER
    status = following(case, action)
    if not (is_transferred_by_law(case) or case.outcome is Outcome.INSPECT):
        raise Refused("must_guide", "Trường hợp này pháp luật yêu cầu hướng dẫn, không chuyển đơn.", rule=case.rule)
    if case.transferred_from:
        raise Refused(
            "already_transferred", "Đơn chỉ được chuyển một lần; đề nghị cấp trên trực tiếp quyết định thẩm quyền."
        )
    body = law.body_of(to, on)
    if body == law.body_of(case.held_by, on):
        raise Refused("same_unit", "Không thể chuyển đơn cho chính đơn vị đang giữ.", unit=to)
    must_stand(to, case, law, on)
    fresh = () if is_out else started_if_any(clocks_of_arrival(case), on, law)
    after = moved(
        case,
        law,
        status=status,
        held_by=body,
        competent_authority=body,
        counts_from=on,
        rather_competent=None,
        transferred_from=(*case.transferred_from, by),
        clocks=(*ended(case.clocks, FIRST_STEP, on, law), *fresh),
        papers=with_paper(case, action, document_number, on, to_unit=body),
    )
    fact = CaseTransferred(
        **about(after),
        transferred_on=on,
        from_unit=by,
        to_unit=body,
        rule=_rule_of_transfer(case),
        clocks=tuple(clock.reading for clock in fresh),
        document_number=document_number,
    )
    return said(after, fact)


def decline(
    case: Case, *, by: UnitId, ground: DeclineGround, on: date, law: Law, document_number: str | None = None
) -> Decided:
    """Do not accept (không thụ lý), on a ground from the closed list; a denouncer is told at once (T12).

    Errors: Refused("not_competent").
    """
    status = following(case, Action.DECLINE)
    must_be_declinable(case, by)
    fresh = started_if_any(["T12"] if case.kind is PetitionKind.DENUNCIATION else [], on, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=(*ended(case.clocks, FIRST_STEP, on, law), *fresh),
        papers=with_paper(case, Action.DECLINE, document_number, on, ground=ground),
    )
    return said(after, CaseDeclined(**about(after), declined_on=on, ground=ground, document_number=document_number))


def request_supplement(case: Case, *, on: date, answer_within_days: int, law: Law) -> Decided:
    """Ask the petitioner to complete the petition: nothing is accepted and no acceptance clock runs meanwhile.

    When nothing came by the last day, time brings the case back to the holder (``rerouting.lapsed``).
    """
    status = following(case, Action.REQUEST_SUPPLEMENT)
    answer_by = law.calendar.add_working_days(on, answer_within_days)
    clocks = ended(case.clocks, FIRST_STEP, on, law)
    after = moved(case, law, status=status, answer_by=answer_by, clocks=clocks)
    return said(after, CaseSupplementRequested(**about(after), requested_on=on, answer_by=answer_by))


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
    return said(moved(after, law, status=status), *facts)


def must_be_countable(case: Case, on: date, law: Law) -> None:
    """The law of that day knows the clock of its settlement. Errors: Refused("no_clock_then")."""
    for clock in _clocks_of_acceptance(case):
        law.catalogue.clock(clock, on)


def must_be_declinable(case: Case, by: UnitId) -> None:
    """All that is asked before it is declined, whatever the ground. Errors: those of ``decline``."""
    must_settle(case, by)


def must_be_acceptable(case: Case, by: UnitId, representative_count: int | None = None) -> None:
    """All that is asked before it is taken on. Errors: those of ``accept``."""
    must_settle(case, by)
    filed = case.filed
    if case.kind is PetitionKind.MIXED:
        raise Refused("split_first", "Đơn có nhiều nội dung: hướng dẫn tách đơn trước.")
    if not filed.is_signed or filed.is_anonymous:
        raise Refused("not_signed", "Đơn chưa có chữ ký, điểm chỉ hoặc không rõ người gửi: chưa thụ lý được.")
    if representative_count is not None or (case.is_large_group and not filed.has_representatives):
        check_representatives(filed.signer_count, representative_count or 0)


def _rule_of_transfer(case: Case) -> str:
    """The rule of the act, whatever rule opened the case: R13, R07; R10 where an anonymous one goes to inspection."""
    if case.outcome is Outcome.INSPECT:
        return "R10"
    if case.rule in _RULES_OF_THEIR_OWN:
        return case.rule
    return "R13" if case.kind in KNPA else "R07"


def is_outside(unit_id: UnitId, law: Law, on: date) -> bool:
    """True for bodies that no local government commands: the centre and its agencies in the province, Party desks."""
    return not any(one.level in _GOVERNMENTS for one in (law.units.get(unit_id, on), *law.above(unit_id, on)))


def _clocks_of_acceptance(case: Case) -> tuple[str, ...]:
    if case.kind is PetitionKind.COMPLAINT and case.filed.known.subject is SubjectMatter.DISCIPLINARY_DECISION:
        return ("K14",)
    if case.kind is PetitionKind.COMPLAINT:
        return ("K6",) if case.filed.instance is Instance.SECOND else ("K3",)
    return ("T4", "T3") if case.kind is PetitionKind.DENUNCIATION else ()


def clocks_of_arrival(case: Case) -> tuple[str, ...]:
    """What starts when a petition arrives at the body that it was transferred to, or given by its superior."""
    if case.outcome is Outcome.INSPECT:
        return ()
    return ("T1", "R10") if case.kind is PetitionKind.DENUNCIATION else ("X1", "R10")
