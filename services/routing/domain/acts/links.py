"""Cases that belong together: duplicates, second complaints, repeated denunciations. A person confirms each link."""

from datetime import date

from contracts.errors import BadInput, Refused
from contracts.facts.routing import CaseLinked, CaseUnlinked
from contracts.ids import CaseId
from contracts.law.rows import Act
from contracts.law.secrecy import accused_unit
from contracts.vocabulary import Instance, LinkKind, PetitionKind
from services.routing.domain.acts.shared import Decided, said
from services.routing.domain.case import Action, Case, Link, Status, about, following, moved
from services.routing.domain.deadlines import all_ended, counted_again, ended, started_if_any
from services.routing.domain.law import Law


def link_duplicate(case: Case, *, to_case: CaseId, leading: Case | None, on: date, law: Law) -> Decided:
    """This petition is a copy of one that is pending (R21): no clock of its own; the leading case's stay as they are.

    ``leading``: the other case, where it is known. Errors: BadInput("same_case"); Refused("leading_case_over"),
    Refused("leading_case_linked"), Refused("has_duplicates"), Refused("other_matter").
    """
    status = following(case, Action.LINK_DUPLICATE)
    _must_be_another(case, to_case)
    must_have_no_duplicates(case)
    if leading is not None:
        _must_lead(case, leading)
    link = Link(link=LinkKind.DUPLICATE, case_id=to_case, linked_on=on)
    after = moved(
        case,
        law,
        status=status,
        linked_to=link,
        kept_clocks=case.clocks,
        clocks=all_ended(case.clocks, on),
        answer_by=None,
    )
    return said(after, CaseLinked(**about(after), linked_on=on, link=link.link, to_case=to_case))


def unlink(case: Case, *, on: date, law: Law) -> Decided:
    """The link was a mistake: the case goes on with the clocks it had, as if they had never stopped."""
    status = following(case, Action.UNLINK)
    if case.linked_to is None:
        raise Refused("not_linked", "Vụ việc không gắn với vụ việc nào.")
    clocks = tuple(counted_again(clock, law) for clock in case.kept_clocks)
    if not any(clock.is_running for clock in clocks):  # it waited for a supplement: from now on it is watched again
        clocks = (*clocks, *started_if_any(["R10"], on, law))
    after = moved(case, law, status=status, linked_to=None, kept_clocks=(), clocks=clocks)
    fact = CaseUnlinked(
        **about(after),
        unlinked_on=on,
        from_case=case.linked_to.case_id,
        clocks=tuple(clock.reading for clock in clocks if clock.is_running),
    )
    return said(after, fact)


def link_earlier(case: Case, *, to_case: CaseId, earlier: Case | None, on: date, law: Law) -> Decided:
    """A second complaint, or a repeated denunciation, is linked to the case it goes on from, whose file comes along.

    Errors: BadInput("same_case"); Refused("linked_before"), Refused("no_earlier_case"), Refused("other_matter").
    """
    status = following(case, Action.LINK_EARLIER)
    _must_be_another(case, to_case)
    kind = kind_of_link(case)
    if earlier is not None and (
        earlier.kind is not case.kind or earlier.filed.respondent_unit != case.filed.respondent_unit
    ):
        raise Refused("other_matter", "Hai vụ việc khác loại đơn hoặc khác đơn vị bị khiếu nại, tố cáo.")
    link = Link(link=kind, case_id=to_case, linked_on=on)
    papers = earlier.papers if earlier is not None else ()
    after = moved(case, law, status=status, linked_to=link, earlier_papers=papers)
    return said(after, CaseLinked(**about(after), linked_on=on, link=kind, to_case=to_case))


def linked_from(case: Case, other: Case, on: date, law: Law) -> Case:
    """The leading or earlier case, which shows the other one from now on. Done twice it is done once; nothing is said.

    A second complaint keeps the first decision from taking effect by time (LKN 44).
    """
    if other.linked_to is None or any(one.case_id == other.case_id for one in case.linked_here):
        return case
    link = Link(link=other.linked_to.link, case_id=other.case_id, linked_on=other.linked_to.linked_on)
    linked = case.model_copy(update={"linked_here": (*case.linked_here, link)})
    if link.link is not LinkKind.SECOND_COMPLAINT or case.status is Status.CLOSED:
        return linked
    return moved(linked, law, clocks=ended(case.clocks, [Act.NONE, Act.LODGED, Act.SUED], on, law))


def unlinked_from(case: Case, other_id: CaseId) -> Case:
    """The leading case without the one that was linked by mistake."""
    return case.model_copy(update={"linked_here": tuple(one for one in case.linked_here if one.case_id != other_id)})


def must_have_no_duplicates(case: Case) -> None:
    """Errors: Refused("has_duplicates")."""
    if case.petition_count > 1:
        raise Refused("has_duplicates", "Vụ việc này đang có đơn trùng gắn vào: hãy gắn theo chiều ngược lại.")


def kind_of_link(case: Case) -> LinkKind:
    """How it goes on from an earlier case. Errors: Refused("linked_before"), Refused("no_earlier_case")."""
    if case.linked_to is not None:
        raise Refused("linked_before", "Vụ việc đã gắn với một vụ việc trước.")
    if case.kind is PetitionKind.COMPLAINT and case.filed.instance is Instance.SECOND:
        return LinkKind.SECOND_COMPLAINT
    if case.kind is PetitionKind.DENUNCIATION and case.filed.known.is_against_result:
        return LinkKind.REPEATED_DENUNCIATION
    raise Refused("no_earlier_case", "Chỉ khiếu nại lần hai hoặc tố cáo tiếp mới gắn với vụ việc trước.")


def _must_lead(case: Case, leading: Case) -> None:
    if leading.status is Status.CLOSED:
        raise Refused("leading_case_over", "Vụ việc được gắn vào đã kết thúc.")
    if leading.is_duplicate:
        raise Refused("leading_case_linked", "Vụ việc được gắn vào cũng là đơn trùng của vụ việc khác.")
    if leading.kind is not case.kind or accused_unit(leading.filed) != accused_unit(case.filed):
        raise Refused("other_matter", "Hai đơn khác loại hoặc tố cáo người khác: không phải đơn trùng.")


def _must_be_another(case: Case, to_case: CaseId) -> None:
    if to_case == case.case_id:
        raise BadInput("same_case", "Không thể gắn vụ việc với chính nó.")
