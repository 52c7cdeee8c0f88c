"""One document of each form, from invented cases: for a lawyer to look at, and for tests. Nobody in them exists."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from contracts.facts.base import VIETNAM
from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Particulars
from contracts.facts.routing import CaseAccepted
from contracts.ids import CaseId, PetitionId, case_of
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import official
from contracts.law.forms import TO_FILL_IN, Forms, official_forms
from contracts.units import organisation
from contracts.vocabulary import (
    Channel,
    ComplexityTest,
    DeclineGround,
    DocumentForm,
    MatterField,
    PetitionKind,
    ReceptionRefusal,
    RespondentPost,
    UnitLevel,
)
from services.chassis.papers.sheet import Sheet, letterhead, rows_of
from services.intake.domain import Petition, Petitioner, PetitionText, Sealed, Step
from services.intake.register import book_values, receipt_values, row_of
from services.routing.domain import acts
from services.routing.domain.acts.reception import Documented, RefusalFile
from services.routing.domain.case import Case
from services.routing.domain.documents import Person, draft
from services.routing.domain.law import Law
from services.routing.domain.opening import open_case

LAW: Final = Law(official(), WorkingDays.official(scope="tinh-40"), organisation())
KIM_LIEN, QUY_HOP, PROVINCE, OFFICE, BUILDING = "xa-17971", "xa-17035", "tinh-40", "btcd-40", "so-40-xd"
PERSON: Final = Person(full_name="Nguyễn Văn Thử", address="xóm Mẫu Sơn, xã Kim Liên, tỉnh Nghệ An")
_PETITIONER: Final = Petitioner(full_name=PERSON.full_name, address=PERSON.address, personal_number="040080001234")
_RECEIVED: Final = date(2026, 9, 7)
_CASE: Final = CaseId(case_of(PetitionId(UUID(int=1))))
_ACCEPTED: Final = CaseAccepted(
    case_id=_CASE,
    petition_id=PetitionId(UUID(int=1)),
    kind=PetitionKind.COMPLAINT,
    accepted_on=date(2026, 9, 14),
    settling_authority=KIM_LIEN,
    clocks=(),
)
_STEPS: Final = (
    Step(
        fact_id="1",
        type=CaseAccepted.TYPE,
        time=datetime.combine(_RECEIVED, time(10), VIETNAM),
        value=_ACCEPTED.model_dump_json(),
    ),
)


def specimens(forms: Forms | None = None) -> Iterator[tuple[DocumentForm, Sheet]]:
    """Form by form."""
    forms = forms or official_forms()
    yield DocumentForm.RECEIPT, _receipt(forms)
    yield DocumentForm.REGISTER, _register(forms)
    for form, make in _CASES.items():
        case, by, on = make()
        person = None if case.is_discreet else PERSON
        number = None if form in _BEAR_THE_ACTS_NUMBER else "31/TB-UBND"
        drafted = draft(case, form, forms=forms, law=LAW, by=by, on=on, number=number, person=person)
        head = letterhead(LAW.units, drafted.letterhead, number=drafted.number, day=drafted.issued_on)
        yield form, Sheet(head=head, filled=drafted.filled)


def _receipt(forms: Forms) -> Sheet:
    items = ("Quyết định số 12/QĐ-UBND ngày 01/9/2026, bản sao, 03 tờ", "Ảnh hiện trạng thửa đất, bản gốc, 02 tờ")
    at = datetime.combine(_RECEIVED, time(10), VIETNAM)
    values = receipt_values(_petition(), _PETITIONER, items, officer=TO_FILL_IN, at=at, units=LAW.units)
    filled = forms.filled(forms.form(DocumentForm.RECEIPT, _RECEIVED), values)
    return Sheet(head=letterhead(LAW.units, KIM_LIEN, number="", day=_RECEIVED), filled=filled)


def _register(forms: Forms) -> Sheet:
    last = date(2026, 9, 30)
    content = PetitionText(summary="Khiếu nại quyết định thu hồi đất số 12/QĐ-UBND", text="Nội dung mẫu.")
    name_of = LAW.units.name_of
    open_one, sealed = _petition(), _petition(kind=PetitionKind.DENUNCIATION, respondent_unit=QUY_HOP)
    rows = [
        row_of(number, open_one, _PETITIONER, content, steps=_STEPS, body=KIM_LIEN, name_of=name_of)
        for number in range(1, 10)
    ]
    rows.append(row_of(10, sealed, None, None, steps=(), body=KIM_LIEN, name_of=name_of))
    values = book_values(LAW.units.get(KIM_LIEN, last), date(2026, 9, 1), last, rows)
    filled = forms.filled(forms.form(DocumentForm.REGISTER, last), values)
    head = letterhead(LAW.units, KIM_LIEN, number="", day=last)
    return Sheet(head=head, filled=filled, rows=rows_of([row.cells for row in rows]))


def _petition(**said: Any) -> Petition:
    filed = _filed(**said)
    sealed = Sealed(wrapped_key="", person="", content="")
    return Petition(id=filed.petition_id, code=filed.code, filed=filed, filed_by="", sealed=sealed)


Made = tuple[Case, str, date]


def _filed(**said: Any) -> PetitionFiled:
    return PetitionFiled(
        **{
            "petition_id": PetitionId(UUID(int=1)),
            "kind": PetitionKind.COMPLAINT,
            "code": "HS26-7K4QM9",
            "channel": Channel.COUNTER,
            "received_at": datetime.combine(_RECEIVED, time(10), VIETNAM),
            "received_by": KIM_LIEN,
            "matter_field": MatterField.LAND,
            "matter_unit": KIM_LIEN,
            "respondent_unit": KIM_LIEN,
            "respondent_post": RespondentPost.HEAD,
            "content_sha256": "0" * 64,
            **said,
        }
    )


def _opened(**said: Any) -> Case:
    fact = _filed(**said)
    return open_case(fact, now=fact.received_at, law=LAW, public_id_key=b"k" * 32)[0]


def _accepted(on: date = date(2026, 9, 14), **said: Any) -> Case:
    case = _opened(**said)
    by = case.competent_authority or KIM_LIEN
    return acts.accept(case, by=by, on=on, law=LAW, request_count=2, document_number="05/TB-UBND")[0]


def _guided() -> Made:
    on = date(2026, 9, 10)
    case = _opened(received_by=OFFICE, respondent_unit=QUY_HOP, matter_unit=QUY_HOP)
    return acts.guide(case, to=None, on=on, law=LAW, document_number="12/PHD-BTCD")[0], PROVINCE, on


def _supplement() -> Made:
    on = date(2026, 9, 9)
    case = _opened(is_signed=False)
    return acts.request_supplement(case, on=on, answer_within_days=10, law=LAW)[0], KIM_LIEN, on


def _split() -> Made:
    on = date(2026, 9, 9)
    case = _opened(kind=PetitionKind.MIXED, respondent_unit=QUY_HOP)
    return acts.split(case, document_number="13/PHD-UBND", on=on, law=LAW)[0], KIM_LIEN, on


def _transferred() -> Made:
    on = date(2026, 9, 9)
    case = _opened(
        kind=PetitionKind.RECOMMENDATION,
        matter_field=MatterField.TRANSPORT,
        respondent_unit=None,
        particulars=Particulars(managed_at=UnitLevel.DEPARTMENT),
    )
    return acts.transfer(case, to=BUILDING, by=KIM_LIEN, on=on, law=LAW, document_number="14/PC-UBND")[0], KIM_LIEN, on


def _accepted_complaint() -> Made:
    return _accepted(), KIM_LIEN, date(2026, 9, 14)


def _declined_complaint() -> Made:
    on = date(2026, 9, 16)
    case = _opened(decision_known_on=date(2026, 3, 2))
    ground = DeclineGround.LIMITATION_EXPIRED
    declined, _ = acts.decline(case, by=KIM_LIEN, ground=ground, on=on, law=LAW, document_number="16/TB-UBND")
    return declined, KIM_LIEN, on


def _extended(case: Case, by: str) -> Made:
    on = date(2026, 10, 5)
    tests = [ComplexityTest.SEVERAL_PLACES, ComplexityTest.CONTRADICTORY_EVIDENCE]
    return acts.extend(case, by=by, tests=tests, document_number="21/QĐ-UBND", on=on, law=LAW)[0], by, on


def _denounced() -> dict[str, Any]:
    return {"kind": PetitionKind.DENUNCIATION, "channel": Channel.POST, "received_by": OFFICE}


def _declined_denunciation() -> Made:
    on = date(2026, 9, 16)
    ground = DeclineGround.NO_DENUNCIATION_CONDITIONS
    case, _ = acts.decline(
        _opened(**_denounced()), by=PROVINCE, ground=ground, on=on, law=LAW, document_number="17/TB-UBND"
    )
    return case, PROVINCE, on


def _accepted_recommendation() -> Made:
    case = _accepted(kind=PetitionKind.FEEDBACK, respondent_unit=None, matter_field=MatterField.ENVIRONMENT)
    return case, KIM_LIEN, date(2026, 9, 14)


def _refused() -> Made:
    on = date(2026, 11, 23)
    names = ("settled", "reviewed", "notified", "received_and_explained", "prolonged")
    papers = {
        name: Documented(document_number=f"{number}/CV-UBND", on=date(2026, 10, number))
        for number, name in enumerate(names, start=11)
    }
    case, _ = acts.refuse_reception(
        _opened(),
        by=KIM_LIEN,
        ground=ReceptionRefusal.SETTLED_BUT_PROLONGED,
        file=RefusalFile(**papers),
        on=on,
        law=LAW,
    )
    return case, KIM_LIEN, on


_CASES: Final[dict[DocumentForm, Callable[[], Made]]] = {
    DocumentForm.REFUSAL: _refused,
    DocumentForm.GUIDANCE: _guided,
    DocumentForm.SUPPLEMENT: _supplement,
    DocumentForm.SPLIT: _split,
    DocumentForm.TRANSFER: _transferred,
    DocumentForm.TRANSFER_NOTICE: _transferred,
    DocumentForm.ACCEPTANCE_COMPLAINT: _accepted_complaint,
    DocumentForm.NONACCEPTANCE_COMPLAINT: _declined_complaint,
    DocumentForm.EXTENSION_COMPLAINT: lambda: _extended(_accepted(), KIM_LIEN),
    DocumentForm.ACCEPTANCE_DENUNCIATION: lambda: (_accepted(**_denounced()), PROVINCE, date(2026, 9, 14)),
    DocumentForm.NONACCEPTANCE_DENUNCIATION: _declined_denunciation,
    DocumentForm.EXTENSION_DENUNCIATION: lambda: _extended(_accepted(**_denounced()), PROVINCE),
    DocumentForm.ACCEPTANCE_RECOMMENDATION: _accepted_recommendation,
}
_BEAR_THE_ACTS_NUMBER: Final = frozenset(DocumentForm) - {
    DocumentForm.REFUSAL,
    DocumentForm.SUPPLEMENT,
    DocumentForm.TRANSFER_NOTICE,
}
