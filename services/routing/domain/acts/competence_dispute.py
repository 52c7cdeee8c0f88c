"""Who is competent, when bodies do not agree: two refusals, then the common superior decides (LKN 21(3))."""

from datetime import date

from contracts.errors import Refused
from contracts.facts.routing import CaseFact, CompetenceDecided, CompetenceDisputed, CompetenceRefused
from contracts.ids import UnitId
from contracts.law.rows import Act
from contracts.vocabulary import CompetenceRefusalGround, EscalationReason
from services.routing.domain.acts.first_steps import started_on_arrival
from services.routing.domain.acts.shared import Decided, must_be_above, must_hold, must_stand, said
from services.routing.domain.case import Action, Case, Status, about, following, moved, with_paper
from services.routing.domain.competence import is_near_the_accused
from services.routing.domain.deadlines import ended
from services.routing.domain.law import Law

_OF_THE_OTHER = (Act.ACCEPTED_OR_DECLINED, Act.TRANSFERRED)
"""What the body that had it before need not do any more. Who has it still keeps its time: no decision prolongs it."""
REFUSALS_AT_MOST = 2
"""The second refusal of competence ends the ping-pong: the common superior decides."""


def refuse_competence(
    case: Case, *, ground: CompetenceRefusalGround, document_number: str, by: UnitId, on: date, law: Law
) -> Decided:
    """The body to which the petition was sent holds that it is another's. It goes back to who sent it, who
    may take it on after all or refuse as well; no clock stops or starts anew.

    The second refusal brings it before the common superior. Errors: Refused("competence_decided") once that decided;
    Refused("never_sent") for a petition that was not sent here; Refused("no_common_superior").
    """
    status = following(case, Action.REFUSE_COMPETENCE)
    must_hold(case, by)
    if case.competence_decided_by is not None:
        raise Refused("competence_decided", "Cấp trên đã quyết định thẩm quyền: không được từ chối nữa.")
    is_senders_own = case.transferred_from[-1:] == (by,) and not case.competence_refused_by
    if not case.transferred_from or is_senders_own:  # the latter: it came back from a body that proved to be accused
        raise Refused("never_sent", "Đơn không do cơ quan khác chuyển đến: hướng dẫn hoặc chuyển đơn theo luật.")
    refused_by = (*case.competence_refused_by, by)
    back_to = case.transferred_from[-1] if by != case.transferred_from[-1] else case.competence_refused_by[-1]
    if is_near_the_accused(case.filed, back_to, law, on):
        raise Refused("near_the_accused", "Nơi đã chuyển có người bị tố cáo: báo cáo cấp trên quyết định thẩm quyền.")
    papers = with_paper(case, Action.REFUSE_COMPETENCE, document_number, on)
    fact = CompetenceRefused(
        **about(case),
        refused_on=on,
        from_unit=by,
        to_unit=back_to,
        ground=ground,
        document_number=document_number,
    )
    after = case.model_copy(update={"competence_refused_by": refused_by, "papers": papers})
    if len(refused_by) < REFUSALS_AT_MOST:
        return said(moved(after, law, status=status, held_by=back_to, competent_authority=back_to), fact)
    return _before_the_superior(after, fact, (by, back_to), on, law)


def decide_competence(case: Case, *, to: UnitId, document_number: str, by: UnitId, on: date, law: Law) -> Decided:
    """The common superior says who is competent; it may name itself. The clocks of arrival start; the red line goes on.

    Errors: Refused("not_superior"), Refused("no_dispute"), Refused("not_below") for a body that it does not command.
    """
    status = following(case, Action.DECIDE_COMPETENCE)
    is_escalated = EscalationReason.COMPETENCE_DISPUTE in case.escalated_for
    if case.status is not Status.DISPUTED and not is_escalated:
        raise Refused("no_dispute", "Không có tranh chấp thẩm quyền.")
    if case.decides_competence not in {None, by}:
        raise Refused("not_superior", "Cơ quan cấp trên chung khác quyết định thẩm quyền.", unit=by)
    if case.decides_competence is None:
        must_be_above(case, by, law, on)
    body = law.body_of(to, on)
    must_stand(to, case, law, on)
    if not law.units.covers(by, body, on):
        raise Refused("not_below", "Chỉ được giao cho cơ quan thuộc quyền.", unit=body)
    is_where_it_was = body == case.held_by == case.competent_authority
    kept = case.clocks if is_where_it_was else ended(case.clocks, _OF_THE_OTHER, on, law)
    fresh = started_on_arrival(case, body, on, law, {clock.id for clock in kept if clock.is_running})
    after = moved(
        case,
        law,
        status=status,
        held_by=body,
        competent_authority=body,
        routed_for=body,
        counts_from=on,
        rather_competent=None,
        competence_decided_by=by,
        decides_competence=None,
        clocks=(*kept, *fresh),
        papers=with_paper(case, Action.DECIDE_COMPETENCE, document_number, on, issued_by=by, to_unit=body),
    )
    fact = CompetenceDecided(
        **about(after),
        decided_on=on,
        decided_by=by,
        held_by=body,
        competent_authority=body,
        document_number=document_number,
        clocks=tuple(clock.reading for clock in fresh),
    )
    return said(after, fact)


def _before_the_superior(case: Case, refusal: CaseFact, between: tuple[UnitId, UnitId], on: date, law: Law) -> Decided:
    superior = common_superior(case, between, on, law)
    if superior is None:
        raise Refused("no_common_superior", "Hai cơ quan không có cấp trên chung trong hệ thống.")
    after = moved(
        case,
        law,
        status=following(case, Action.DISPUTE_COMPETENCE),
        held_by=superior,
        competent_authority=None,
        decides_competence=superior,
        escalated_to=tuple(dict.fromkeys((*case.escalated_to, superior))),
        escalated_for=tuple(dict.fromkeys((*case.escalated_for, EscalationReason.COMPETENCE_DISPUTE))),
    )
    disputed = CompetenceDisputed(**about(after), disputed_on=on, between=between, decided_by=superior)
    return said(after, refusal, disputed)


def common_superior(case: Case, between: tuple[UnitId, UnitId], on: date, law: Law) -> UnitId | None:
    """The nearest unit above both, or one of them when it stands above the other; passing over who is accused."""
    first, second = ([unit_id, *(unit.id for unit in law.above(unit_id, on))] for unit_id in between)
    shared = (unit_id for unit_id in first if unit_id in second)
    return next((one for one in shared if not is_near_the_accused(case.filed, one, law, on)), None)
