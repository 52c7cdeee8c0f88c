"""The first lawful step: accept, guide, split, transfer, decline, bring before the superior."""

from collections.abc import Container
from datetime import date, datetime
from typing import Final

from contracts.errors import Refused
from contracts.facts.routing import (
    CaseAccepted,
    CaseDeclined,
    CaseGuided,
    CaseSplit,
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
)
from services.routing.domain.acts.grounds import must_be_a_ground, must_be_acceptable, must_be_processed
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
    CaseClock,
    ended,
    started,
    started_if_any,
)
from services.routing.domain.law import Law
from services.routing.domain.outcome import route
from services.routing.domain.superior import escalated

_RULES_OF_THEIR_OWN: Final = frozenset({"R04", "R11", "R20"})
"""Transfers that are not for want of competence alone: forwarded, crime, outside the administration."""
_NO_PETITION: Final = "R20"
Clocks = tuple[CaseClock, ...]
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
    """Take the case on (thụ lý): the settlement clock starts. ``request_count``: the petition's numbered requests, if
    they are counted now; ``is_remote``: this case records that its place is remote, which counts as the setting says.

    Errors: Refused("not_competent"); those of ``grounds.must_be_acceptable``.
    """
    status = following(case, Action.ACCEPT)
    must_settle(case, by)
    must_be_acceptable(case, by, representative_count, law)
    filed = case.filed
    is_recorded = is_remote or filed.known.is_remote is True
    is_far = law.catalogue.settings.counts_as_remote(filed.matter_unit, is_recorded=is_recorded)
    variant = Variant.REMOTE if is_far else Variant.ORDINARY
    statutory = tuple(started(clock, on, law, variant) for clock in _clocks_of_acceptance(case))
    fresh = (*statutory, *started_if_any(["P1"] if case.kind in KNPA else [], on, law))
    after = moved(
        case,
        law,
        status=status,
        accepted_on=on,
        is_remote=is_far,
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
    Refused("no_processing") for what was guided before or is with the competent body; Refused("split_first");
    Refused("own_competence") where the receiver itself is competent, unless it is no petition: a private dispute.
    """
    status = following(case, Action.GUIDE)
    place = must_be_guided_to(case, to, on, law)
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


def must_be_guided_to(case: Case, to: UnitId | None, on: date, law: Law) -> UnitId:
    """Where it may be guided to. Errors: those of ``guide``."""
    if case.kind is PetitionKind.MIXED:
        raise Refused("split_first", "Đơn có nhiều nội dung: hướng dẫn tách đơn, không hướng dẫn đi nơi khác.")
    if is_transferred_by_law(case):
        raise Refused("must_transfer", "Trường hợp này pháp luật yêu cầu chuyển đơn, không hướng dẫn.", rule=case.rule)
    must_be_processed(case, law)
    place = to or case.competent_authority
    if place is None:
        raise Refused("no_place", "Cần nêu nơi hướng dẫn đến.")
    receiver = heir(law.body_of(case.filed.received_by, on), case.filed, law, on)
    if case.rule != _NO_PETITION and case.competent_authority == receiver:
        raise Refused(
            "own_competence", "Vụ việc thuộc thẩm quyền của chính đơn vị đã nhận, không hướng dẫn đi nơi khác."
        )
    must_stand(place, case, law, on)
    return place


def must_be_transferred_to(case: Case, to: UnitId, on: date, law: Law) -> UnitId:
    """The body that it may be transferred to. Errors: those of ``transfer``."""
    if not (is_transferred_by_law(case) or case.outcome is Outcome.INSPECT):
        raise Refused("must_guide", "Trường hợp này pháp luật yêu cầu hướng dẫn, không chuyển đơn.", rule=case.rule)
    if case.transferred_from:
        raise Refused(
            "already_transferred", "Đơn chỉ được chuyển một lần; đề nghị cấp trên trực tiếp quyết định thẩm quyền."
        )
    must_be_processed(case, law, is_inspection_enough=True)
    body = law.body_of(to, on)
    if body == law.body_of(case.held_by, on):
        raise Refused("same_unit", "Không thể chuyển đơn cho chính đơn vị đang giữ.", unit=to)
    if case.kind is PetitionKind.DENUNCIATION and _is_its_own(case, law, on):
        raise Refused("own_competence", "Tố cáo thuộc thẩm quyền của chính đơn vị đang giữ: không chuyển đi nơi khác.")
    must_stand(to, case, law, on)
    return body


def split(case: Case, *, document_number: str, on: date, law: Law) -> Decided:
    """Guide the petitioner to split a petition of mixed content (R15): each part is filed anew, this one is done with.

    Errors: Refused("nothing_to_split"); Refused("no_processing").
    """
    status = following(case, Action.SPLIT)
    if case.kind is not PetitionKind.MIXED:
        raise Refused("nothing_to_split", "Đơn chỉ có một loại nội dung: không có gì để tách.")
    must_be_processed(case, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=ended(case.clocks, FIRST_STEP, on, law),
        papers=with_paper(case, Action.SPLIT, document_number, on),
    )
    return said(after, CaseSplit(**about(after), split_on=on, document_number=document_number))


def transfer(case: Case, *, to: UnitId, by: UnitId, on: date, law: Law, document_number: str | None = None) -> Decided:
    """Send the petition to the competent authority (chuyển đơn), once; the clocks of the new holder start.

    Errors: Refused("must_guide"), Refused("already_transferred"), Refused("same_unit"), Refused("near_the_accused");
    Refused("no_processing") for what was transferred before or is with the competent body; Refused("own_competence")
    for a denunciation that the holder itself has to accept or not.
    """
    is_outside = law.is_outside(to, on)
    action = Action.TRANSFER_OUT if is_outside else Action.TRANSFER
    status = following(case, action)
    body = must_be_transferred_to(case, to, on, law)
    fresh = () if is_outside else started_on_arrival(case, body, on, law)
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

    Errors: Refused("not_competent"); those of ``grounds.must_be_a_ground``.
    """
    status = following(case, Action.DECLINE)
    must_settle(case, by)
    must_be_a_ground(case, ground, law)
    fresh = started_if_any(["T12"] if case.kind is PetitionKind.DENUNCIATION else [], on, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=(*ended(case.clocks, FIRST_STEP, on, law), *fresh),
        papers=with_paper(case, Action.DECLINE, document_number, on, ground=ground),
    )
    return said(after, CaseDeclined(**about(after), declined_on=on, ground=ground, document_number=document_number))


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


def _is_its_own(case: Case, law: Law, on: date) -> bool:
    is_to_be_decided = case.outcome in {Outcome.ACCEPT_PROPOSE, Outcome.DECLINE}
    return is_to_be_decided and case.competent_authority == law.body_of(case.held_by, on)


def _rule_of_transfer(case: Case) -> str:
    """The rule of the act, whatever rule opened the case: R13, R07; R10 where an anonymous one goes to inspection."""
    if case.outcome is Outcome.INSPECT:
        return "R10"
    if case.rule in _RULES_OF_THEIR_OWN:
        return case.rule
    return "R13" if case.kind in KNPA else "R07"


def _clocks_of_acceptance(case: Case) -> tuple[str, ...]:
    if case.kind is PetitionKind.COMPLAINT and case.filed.known.subject is SubjectMatter.DISCIPLINARY_DECISION:
        return ("K14",)
    if case.kind is PetitionKind.COMPLAINT:
        return ("K6",) if case.filed.instance is Instance.SECOND else ("K3",)
    return ("T4", "T3") if case.kind is PetitionKind.DENUNCIATION else ()


def started_on_arrival(case: Case, body: UnitId, on: date, law: Law, running: Container[str] = ()) -> Clocks:
    """What starts when a petition arrives at the body that it was transferred to, or given by its superior: its own
    time to accept or not, unless the petition is not complete; and whatever does not run on. ``running``: what does.
    """
    if case.outcome is Outcome.INSPECT:
        return ()
    found = route(case.filed, law, for_body=body)
    arriving = ["T1", "R10"] if case.kind is PetitionKind.DENUNCIATION else ["X1", "R10"]
    if "K2" in found.clocks:
        arriving.insert(1, "K2")
    return started_if_any((clock for clock in arriving if clock not in running), on, law, found.variant)
