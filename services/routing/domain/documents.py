"""What a document says: the form of its day, filled from the case. Pure; the person's name passes through and stays out
of every state and fact.

A document is drawn up from an act of the case (guided, transferred, accepted …) and bears that act's number and day; a
few follow the state of the case alone and get their number here.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import BadInput, Forbidden, Refused
from contracts.facts.intake import ReceiptIssued
from contracts.facts.routing import CaseDocumentIssued
from contracts.ids import DocumentId, UnitId, derived
from contracts.law.forms import Filled, FormRow, Forms, Value, day_text, naming
from contracts.vocabulary import DocumentForm, PetitionKind
from services.routing.domain.acts.shared import KNPA, Decided, said
from services.routing.domain.case import Action, Case, KeptDocument, Paper, Status, about, moved
from services.routing.domain.competence import received_on
from services.routing.domain.law import Law
from services.routing.domain.outcome import Route, route


class Person(BaseModel):
    """Who a document is for, as the officer's form says it. Nowhere kept in clear."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    full_name: str
    address: str | None = None


class Draft(BaseModel):
    """A document before it is set."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)

    document_id: DocumentId
    issued_by: UnitId
    """The body whose document it is."""
    letterhead: UnitId
    """Whose letterhead it bears: a province's reception office signs guidance and transfers itself (LTCD 12)."""
    number: str
    issued_on: date
    filled: Filled


class _Source(BaseModel):
    """What a form is drawn up from."""

    model_config = ConfigDict(frozen=True)

    kinds: frozenset[PetitionKind] = frozenset(PetitionKind)
    actions: frozenset[Action] = frozenset()
    """The act whose number and day it bears; none: the state of the case suffices."""
    has_own_number: bool = False
    """It tells of the act under a number of its own."""


_COMPLAINT: Final = frozenset({PetitionKind.COMPLAINT})
_DENUNCIATION: Final = frozenset({PetitionKind.DENUNCIATION})
_TRANSFERS: Final = frozenset({Action.TRANSFER, Action.TRANSFER_OUT})
_SOURCES: Final[Mapping[DocumentForm, _Source]] = {
    DocumentForm.REFUSAL: _Source(),
    DocumentForm.GUIDANCE: _Source(actions=frozenset({Action.GUIDE})),
    DocumentForm.SUPPLEMENT: _Source(),
    DocumentForm.SPLIT: _Source(kinds=frozenset({PetitionKind.MIXED}), actions=frozenset({Action.SPLIT})),
    DocumentForm.TRANSFER: _Source(actions=_TRANSFERS),
    DocumentForm.TRANSFER_NOTICE: _Source(actions=_TRANSFERS, has_own_number=True),
    DocumentForm.ACCEPTANCE_COMPLAINT: _Source(kinds=_COMPLAINT, actions=frozenset({Action.ACCEPT})),
    DocumentForm.NONACCEPTANCE_COMPLAINT: _Source(kinds=_COMPLAINT, actions=frozenset({Action.DECLINE})),
    DocumentForm.EXTENSION_COMPLAINT: _Source(kinds=_COMPLAINT, actions=frozenset({Action.EXTEND})),
    DocumentForm.ACCEPTANCE_DENUNCIATION: _Source(kinds=_DENUNCIATION, actions=frozenset({Action.ACCEPT})),
    DocumentForm.NONACCEPTANCE_DENUNCIATION: _Source(kinds=_DENUNCIATION, actions=frozenset({Action.DECLINE})),
    DocumentForm.EXTENSION_DENUNCIATION: _Source(kinds=_DENUNCIATION, actions=frozenset({Action.EXTEND})),
    DocumentForm.ACCEPTANCE_RECOMMENDATION: _Source(kinds=KNPA, actions=frozenset({Action.ACCEPT})),
}
_OF_THE_RECEIVER: Final = frozenset(
    {
        DocumentForm.GUIDANCE,
        DocumentForm.SUPPLEMENT,
        DocumentForm.SPLIT,
        DocumentForm.TRANSFER,
        DocumentForm.TRANSFER_NOTICE,
    }
)
FORMS: Final = tuple(_SOURCES)
"""What routing draws up; receipt and register are intake's."""


def draft(
    case: Case,
    form_id: DocumentForm,
    *,
    forms: Forms,
    law: Law,
    by: UnitId,
    on: date,
    number: str | None = None,
    person: Person | None = None,
) -> Draft:
    """The document, filled from the case.

    Errors: BadInput("unknown_form"); Refused with ``wrong_kind``, ``no_act`` when nothing was done that it tells of,
    ``number_needed``, ``other_number``, ``not_issuer``, ``no_form_then``; Forbidden("identity_sealed") for a name on a
    document of a case in which it must stay sealed.
    """
    source = _source(case, form_id)
    if person is not None and case.is_discreet:
        raise Forbidden("identity_sealed", "Danh tính người gửi đơn này được niêm phong: không ghi tên vào văn bản.")
    paper = _paper(case, form_id, source, number)
    bears_the_act = paper is not None and not source.has_own_number
    said_number = paper.number if paper and bears_the_act else number
    if said_number is None:
        raise Refused("number_needed", "Văn bản này cần số, ký hiệu.", form=form_id)
    issued_by = (paper.issued_by if paper else None) or case.held_by
    if law.body_of(by, on) != issued_by:
        raise Refused("not_issuer", "Văn bản này do đơn vị khác ban hành.", issued_by=issued_by, unit=by)
    issued_on = paper.issued_on if paper and bears_the_act else on
    row = forms.form(form_id, issued_on)
    headed = _letterhead(case, form_id, issued_by, law, issued_on)
    values = {
        **_values(case, law, row, person, issued_on),
        **_of_the_issuer(headed, law, issued_on),
        **_of_the_act(case, paper, law),
    }
    return Draft(
        document_id=DocumentId(derived("document", case.case_id, form_id, said_number)),
        issued_by=issued_by,
        letterhead=headed,
        number=said_number,
        issued_on=issued_on,
        filled=forms.filled(row, values),
    )


def keep(case: Case, kept: KeptDocument, law: Law) -> Decided:
    """The document is listed on the case; drawn up again with the same number, it takes the place of the earlier one.

    What it said before stays in the vault and in the history.
    """
    others = tuple(one for one in case.documents if one.document_id != kept.document_id)
    after = moved(case, law, documents=(*others, kept))
    if kept.number is None:
        return after, []
    fact = CaseDocumentIssued(
        **about(after),
        document_id=kept.document_id,
        form=kept.form,
        document_number=kept.number,
        issued_on=kept.issued_on,
        issued_by=kept.issued_by,
        files=kept.files,
    )
    return said(after, fact)


def list_receipt(case: Case, fact: ReceiptIssued, law: Law) -> Decided:
    """A receipt that intake drew up and keeps is listed on the case."""
    receipt = KeptDocument(
        document_id=fact.document_id,
        form=DocumentForm.RECEIPT,
        number=None,
        issued_on=fact.issued_on,
        issued_by=fact.issued_by,
        files=fact.files,
    )
    return keep(case, receipt, law)


def _letterhead(case: Case, form: DocumentForm, issued_by: UnitId, law: Law, on: date) -> UnitId:
    receiver = case.filed.received_by
    is_for_it = form in _OF_THE_RECEIVER and law.body_of(receiver, on) == issued_by and law.units.is_open(receiver, on)
    return receiver if is_for_it else issued_by


def _source(case: Case, form_id: DocumentForm) -> _Source:
    source = _SOURCES.get(form_id)
    if source is None:
        raise BadInput("unknown_form", f"Không có mẫu này; có: {', '.join(FORMS)}.", field="form")
    if case.kind not in source.kinds:
        raise Refused("wrong_kind", f"Mẫu này không dùng cho {case.kind.label}.", form=form_id)
    return source


def _paper(case: Case, form_id: DocumentForm, source: _Source, number: str | None) -> Paper | None:
    """The act that the document tells of: with that number, else the last one.

    Errors: Refused("no_act"), Refused("other_number").
    """
    if not source.actions:
        if not _STANDS[form_id](case):
            raise Refused("no_act", "Vụ việc không ở bước cần văn bản này.", form=form_id, status=case.status)
        return None
    papers = [paper for paper in case.papers if paper.action in source.actions]
    if not papers:
        raise Refused("no_act", "Vụ việc chưa có việc này, hoặc việc đó chưa ghi số văn bản.", form=form_id)
    if number is None or source.has_own_number:
        return papers[-1]
    fitting = [paper for paper in papers if paper.number == number]
    if not fitting:
        raise Refused("other_number", f"Việc này đã ghi văn bản số {papers[-1].number}.", number=papers[-1].number)
    return fitting[-1]


_STANDS: Final = {
    DocumentForm.REFUSAL: lambda case: case.reception_refused is not None,
    DocumentForm.SUPPLEMENT: lambda case: case.status is Status.AWAITING_SUPPLEMENT,
}
"""Documents that follow the state of the case."""


def _values(case: Case, law: Law, row: FormRow, person: Person | None, on: date) -> dict[str, Value]:
    """What any document may name."""
    filed = case.filed
    received = received_on(filed)
    found = route(filed, law, for_body=case.routed_for)
    respondent = filed.respondent_unit
    refused = case.reception_refused
    return {
        **naming(
            filed.code,
            is_sealed=case.is_discreet,
            full_name=person.full_name if person else None,
            address=person.address if person else None,
            others=filed.signer_count - 1,
        ),
        "code": filed.code,
        "kind": case.kind.label,
        "instance": filed.instance.label,
        "field": filed.matter_field.label,
        "received_on": day_text(received),
        "received_at_body": _body(filed.received_by, law, received),
        "respondent": _body(respondent, law, received) if respondent else None,
        "citations": _citations([*row.articles, *case.articles], law),
        "why": _why(_reason(case, row, found)),
        "answer_by": day_text(case.answer_by) if case.answer_by else None,
        "accepted_on": day_text(case.accepted_on) if case.accepted_on else None,
        "act_on": day_text(on),
        "request_count": str(case.request_count) if case.request_count else None,
        "is_sealed": "" if case.is_discreet else None,
        "ground": refused.ground.label if refused else None,
        "elements": [_element(*one) for one in refused.elements] if refused else None,
    }


def _of_the_issuer(unit_id: UnitId, law: Law, on: date) -> dict[str, Value]:
    unit = law.units.get(unit_id, on)
    return {"body": unit.body, "post": unit.headed_as, "settling_post": unit.headed_as}


def _of_the_act(case: Case, paper: Paper | None, law: Law) -> dict[str, Value]:
    """What the act says that the document tells of."""
    if paper is None:
        return {}
    said_by_act: dict[str, Value] = {"act_number": paper.number, "act_on": day_text(paper.issued_on)}
    if paper.to_unit is not None:
        to = law.units.get(paper.to_unit, paper.issued_on)
        said_by_act |= {"to_body": to.body, "to_post": to.headed_as}
    if paper.ground is not None:
        said_by_act["ground"] = paper.ground.label
    if paper.clock is not None:
        row = law.catalogue.clock(paper.clock.clock, paper.clock.started_on)
        amount = row.amount_for(case.variant, paper.extensions)
        said_by_act |= {"settle_by": day_text(paper.clock.rolled_due), "settle_limit": row.said(amount)}
    if paper.tests:
        said_by_act |= {"tests": [test.label for test in paper.tests], "extension_number": str(paper.extensions)}
    return said_by_act


def _element(text: str, number: str, day: date) -> str:
    return f"{text[:1].upper()}{text[1:]}: số {number} ngày {day_text(day)}"


def _body(unit_id: UnitId, law: Law, on: date) -> str:
    unit = law.find(unit_id, on) or law.units.find(unit_id)
    return unit.body if unit else unit_id


def _citations(articles: Iterable[str], law: Law) -> list[str]:
    cited = [f"Căn cứ {law.catalogue.cite_in_full(article)}" for article in dict.fromkeys(articles)]
    return [f"{one};" for one in cited[:-1]] + [f"{cited[-1]}."]


def _reason(case: Case, row: FormRow, found: Route) -> str:
    """What the officer named as missing; else what the rule says that decided, or who is competent."""
    if row.id is DocumentForm.SUPPLEMENT and case.missing:
        return f"Đơn còn thiếu: {'; '.join(part.label for part in case.missing)}."
    return found.competence.why if row.id is DocumentForm.GUIDANCE else found.tried[-1].why


def _why(reason: str) -> str:
    """A reason of the engine inside a sentence."""
    bare = reason.removesuffix(".")
    return f"{bare[:1].lower()}{bare[1:]}"
