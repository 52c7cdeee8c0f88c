"""What the documents of a case say, form by form, and what is never drawn up."""

import io
import re
from datetime import date
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from contracts.facts.base import Fact, KeptFile
from contracts.facts.particulars import Particulars
from contracts.facts.routing import CaseDocumentIssued
from contracts.law.forms import day_text, official_forms
from contracts.vocabulary import Channel, ComplexityTest, DeclineGround, DocumentForm, MissingPart, PetitionKind
from deploy.papers.specimens import PERSON, specimens
from services.chassis.papers.press import Press
from services.routing.domain import acts
from services.routing.domain.case import Case, KeptDocument
from services.routing.domain.documents import FORMS, Draft, draft, keep
from tests.routing.given import (
    DO_LUONG,
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    accepted,
    case_of,
    day,
    denounced,
    filed,
    refused,
    sent_on,
)

PRESS = Press()
SPECIMENS = dict(specimens())


def drawn(
    case: Case, form: DocumentForm, by: str = KIM_LIEN, on: str = "2026-09-14", law: Any = LAW, **said: Any
) -> Draft:
    return draft(case, form, forms=official_forms(), law=law, by=by, on=day(on), **said)


def text_of(drafted: Draft) -> str:
    filled = drafted.filled
    return "\n".join([filled.addressed, *(one.text for one in filled.paragraphs), *filled.recipients])


def bare(text: str) -> str:
    return re.sub(r"[\s–]+", "", text).lower()


def test_there_is_a_specimen_of_every_form_and_every_form_is_drawn_up_by_somebody() -> None:
    assert set(SPECIMENS) == set(DocumentForm)
    assert set(FORMS) == set(DocumentForm) - {DocumentForm.RECEIPT, DocumentForm.REGISTER}


@pytest.mark.parametrize("form", DocumentForm)
def test_pdf_and_docx_say_word_for_word_what_the_form_says(form: DocumentForm) -> None:
    sheet = SPECIMENS[form]
    pdf = "".join(page.extract_text() for page in PdfReader(io.BytesIO(PRESS.pdf(sheet))).pages)
    document = Document(io.BytesIO(PRESS.docx(sheet)))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    docx = "".join(one.text for one in [*document.paragraphs, *cells])
    filled = sheet.filled
    for text in (filled.title, filled.subject, filled.addressed, filled.number, *filled.recipients, *filled.signatures):
        assert bare(text) in bare(pdf)
        assert bare(text) in bare(docx)
    for one in filled.paragraphs:
        assert bare(one.text) in bare(pdf)
        assert bare(one.text) in bare(docx)
    assert "{" not in pdf + docx


@pytest.mark.parametrize("form", FORMS)
def test_no_paragraph_of_a_specimen_was_left_out(form: DocumentForm) -> None:
    """Specimens know all that their form asks for; the sealed one of a transfer is for denunciations alone."""
    forms = official_forms()
    wanted = re.split(r"\n\s*\n", forms.wording_of(forms.rows_of(form)[-1]).body.strip())
    missing = [block for block in wanted if "{?" not in block and not _stands(block, SPECIMENS[form].filled.paragraphs)]
    assert missing == []


def _stands(block: str, paragraphs: Any) -> bool:
    pattern = ".+".join(re.escape(" ".join(part.split())) for part in re.split(r"\{[^}]*\}", block.removeprefix("- ")))
    pattern = pattern.replace(r"\ ", r"\s*")
    return any(re.search(pattern, one.text) for one in paragraphs)


def test_c03_the_guidance_names_the_competent_body_its_head_and_the_articles() -> None:
    case = case_of(filed("2026-09-08", received_by=OFFICE, respondent_unit=QUY_HOP, matter_unit=QUY_HOP))
    case, _ = acts.guide(case, to=None, on=day("2026-09-10"), law=LAW, document_number="12/PHD-BTCD")
    drafted = drawn(case, DocumentForm.GUIDANCE, PROVINCE, person=PERSON)
    said = text_of(drafted)
    assert (drafted.number, drafted.issued_on) == ("12/PHD-BTCD", day("2026-09-10"))
    assert (drafted.issued_by, drafted.letterhead) == (PROVINCE, OFFICE)
    assert "gửi đơn đến UBND xã Quỳ Hợp (Chủ tịch UBND xã Quỳ Hợp)" in said
    assert "Căn cứ điểm b khoản 1 Điều 26 Luật Tiếp công dân số 42/2013/QH13;" in said
    assert "Căn cứ khoản 2 Điều 14 Nghị định số 154/2026/NĐ-CP hướng dẫn Luật Tiếp công dân;" in said
    assert said.count("Nguyễn Văn Thử") == 3


def test_what_is_missing_is_said_and_no_other_rule_that_fits_signs_of_crime_least_of_all() -> None:
    known = Particulars(has_signs_of_crime=True, transferred_before_on=day("2026-08-03"))
    case = case_of(denounced(received_by=OFFICE, signer_count=6, particulars=known))
    case, _ = acts.request_supplement(case, on=day("2026-09-10"), answer_within_days=10, law=LAW)
    said = text_of(drawn(case, DocumentForm.SUPPLEMENT, PROVINCE, number="15/PHD-BTCD"))
    assert "chưa cử người đại diện" in said
    assert "tội phạm" not in said


def test_what_the_officer_named_as_missing_is_what_the_letter_asks_for() -> None:
    named = (MissingPart.CONTESTED_DECISION, MissingPart.EVIDENCE)
    case, _ = acts.request_supplement(case_of(), on=day("2026-09-10"), answer_within_days=10, law=LAW, missing=named)
    said = text_of(drawn(case, DocumentForm.SUPPLEMENT, number="15/PHD-UBND"))
    assert "đơn còn thiếu: quyết định hoặc văn bản về hành vi bị khiếu nại; tài liệu, chứng cứ" in said


def test_an_acceptance_that_counted_no_requests_says_no_number_of_them() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=LAW, document_number="05/TB-UBND")
    assert "yêu cầu được đánh số" not in text_of(drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT))


def test_c01_the_acceptance_says_the_last_day_of_the_clock_that_runs() -> None:
    case, _ = acts.accept(
        case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=LAW, document_number="05/TB-UBND", request_count=3
    )
    said = text_of(drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT))
    assert "đến hết ngày 14/10/2026 (30 ngày)" in said
    assert "Đơn có 3 yêu cầu" in said
    assert "giải quyết lần đầu từ ngày 14/9/2026" in said


def test_c02_in_a_remote_place_it_says_45_days() -> None:
    case, _ = acts.accept(
        case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=LAW, document_number="05/TB-UBND", is_remote=True
    )
    assert "đến hết ngày 29/10/2026 (45 ngày)" in text_of(drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT))


def test_d06_the_second_extension_says_its_number_its_tests_and_90_days() -> None:
    case = case_of(denounced(received_by=OFFICE))
    case, _ = acts.accept(case, by=PROVINCE, on=day("2026-09-16"), law=LAW)
    tests = [ComplexityTest.SEVERAL_PLACES, ComplexityTest.MANY_PEOPLE]
    for number, on in ((21, "2026-10-05"), (22, "2026-11-05")):
        case, _ = acts.extend(case, by=PROVINCE, tests=tests, document_number=f"{number}/QĐ-UBND", on=day(on), law=LAW)
    last = drawn(case, DocumentForm.EXTENSION_DENUNCIATION, PROVINCE)
    assert "Gia hạn lần thứ 2" in text_of(last)
    assert "đến hết ngày 15/12/2026 (90 ngày)" in text_of(last)
    assert last.number == "22/QĐ-UBND"
    first = drawn(case, DocumentForm.EXTENSION_DENUNCIATION, PROVINCE, number="21/QĐ-UBND")
    assert "Gia hạn lần thứ 1" in text_of(first)
    assert "60 ngày" in text_of(first)
    assert first.issued_on == day("2026-10-05")


def test_c08_the_refusal_to_accept_names_its_ground_on_form_04() -> None:
    case = case_of(filed(decision_known_on=day("2026-03-02")))
    case, _ = acts.decline(
        case,
        by=KIM_LIEN,
        ground=DeclineGround.LIMITATION_EXPIRED,
        on=day("2026-09-16"),
        law=LAW,
        document_number="16/TB-UBND",
    )
    drafted = drawn(case, DocumentForm.NONACCEPTANCE_COMPLAINT)
    assert "vì: hết thời hiệu mà không có lý do chính đáng" in text_of(drafted)
    assert "Mẫu số 04" in drafted.filled.number


OF_DENUNCIATIONS = [form for form in FORMS if not form.endswith(("_complaint", "_recommendation", "split"))]


@pytest.mark.parametrize("form", OF_DENUNCIATIONS)
def test_d01_a_name_on_a_document_of_a_denunciation_is_refused_whatever_the_form(form: DocumentForm) -> None:
    opened = case_of(denounced(received_by=SO_XD, respondent_unit=DO_LUONG))
    taken, _ = acts.accept(case_of(denounced(received_by=OFFICE)), by=PROVINCE, on=day("2026-09-16"), law=LAW)
    for case in (opened, taken):
        refused("identity_sealed", lambda case=case: drawn(case, form, PROVINCE, person=PERSON))  # type: ignore[misc]


@pytest.mark.parametrize("form", FORMS)
def test_where_identity_is_sealed_the_specimen_calls_nobody_by_name(form: DocumentForm) -> None:
    sheet = SPECIMENS[form]
    said = sheet.model_dump_json()
    is_sealed = form in {
        DocumentForm.SPLIT,
        DocumentForm.ACCEPTANCE_DENUNCIATION,
        DocumentForm.NONACCEPTANCE_DENUNCIATION,
        DocumentForm.EXTENSION_DENUNCIATION,
    }
    assert ("Nguyễn" in said) is not (is_sealed or form is DocumentForm.TRANSFER)
    assert ("ông (bà)" in said) is not (is_sealed or form is DocumentForm.TRANSFER)


def test_who_asks_for_protection_is_not_named_in_a_complaint_either() -> None:
    case, _ = acts.accept(
        case_of(filed(asks_identity_protection=True)),
        by=KIM_LIEN,
        on=day("2026-09-14"),
        law=LAW,
        document_number="05/TB-UBND",
    )
    refused("identity_sealed", lambda: drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT, person=PERSON))
    assert "người gửi đơn có mã hồ sơ HS26-7K4QM9" in text_of(drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT))


def test_without_a_name_there_is_a_gap_to_fill_in_by_hand() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=LAW, document_number="05/TB-UBND")
    assert "Kính gửi: ông (bà) …………" in text_of(drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT))


def test_a_transfer_is_drawn_up_by_who_transferred_and_not_by_who_holds_it_now() -> None:
    case = sent_on()
    drafted = drawn(case, DocumentForm.TRANSFER)
    assert (drafted.number, drafted.issued_by) == ("5/PC-UBND", KIM_LIEN)
    assert drafted.filled.addressed == "Kính gửi: Sở Xây dựng"
    refused("not_issuer", lambda: drawn(case, DocumentForm.TRANSFER, SO_XD))
    notice = drawn(case, DocumentForm.TRANSFER_NOTICE, number="6/TB-UBND", person=PERSON)
    assert "đã chuyển đơn đến Sở Xây dựng theo văn bản số 5/PC-UBND" in text_of(notice)
    assert notice.number == "6/TB-UBND"


def test_a_transferred_denunciation_says_that_the_identity_is_sealed() -> None:
    case = case_of(denounced(received_by=QUY_HOP, respondent_unit=SO_XD, channel=Channel.POST))
    case, _ = acts.transfer(case, to=PROVINCE, by=QUY_HOP, on=day("2026-09-09"), law=LAW, document_number="7/PC-UBND")
    assert "làm lộ danh tính người tố cáo được niêm phong" in text_of(drawn(case, DocumentForm.TRANSFER, QUY_HOP))


def test_what_was_not_done_is_not_drawn_up() -> None:
    refused("no_act", lambda: drawn(case_of(), DocumentForm.ACCEPTANCE_COMPLAINT))
    refused("no_act", lambda: drawn(accepted(), DocumentForm.ACCEPTANCE_COMPLAINT))  # without a number
    refused("no_act", lambda: drawn(case_of(), DocumentForm.SUPPLEMENT, number="1/PHD-UBND"))
    mixed = case_of(filed(kind=PetitionKind.MIXED, respondent_unit=QUY_HOP))
    refused("no_act", lambda: drawn(mixed, DocumentForm.SPLIT, number="1/PHD-UBND"))
    refused("no_act", lambda: drawn(case_of(), DocumentForm.REFUSAL, number="1/TB-UBND"))
    refused("wrong_kind", lambda: drawn(case_of(), DocumentForm.ACCEPTANCE_DENUNCIATION))
    refused("unknown_form", lambda: drawn(case_of(), DocumentForm.REGISTER))


def test_a_number_that_no_act_bears_is_refused_and_a_number_that_is_needed_asked_for() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=LAW, document_number="05/TB-UBND")
    refused("other_number", lambda: drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT, number="06/TB-UBND"))
    refused("number_needed", lambda: drawn(sent_on(), DocumentForm.TRANSFER_NOTICE))


@pytest.mark.parametrize(("on", "number"), [("2026-06-30", "Mẫu số 03 (124/2020/NĐ-CP)"), ("2026-07-01", "155/2026")])
def test_the_form_is_that_of_the_day_of_issue(on: str, number: str) -> None:
    case = case_of(filed(on))
    case, _ = acts.accept(case, by=KIM_LIEN, on=day(on), law=LAW, document_number="05/TB-UBND")
    assert number in drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT, on="2026-09-30").filled.number


def test_a_form_that_was_not_there_yet_is_refused() -> None:
    refused("no_form_then", lambda: official_forms().form(DocumentForm.REFUSAL, day("2026-06-30")))


def test_drawn_up_again_it_takes_the_place_of_the_earlier_one_and_both_are_told() -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=LAW, document_number="05/TB-UBND")
    drafted = drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT)
    again = drawn(case, DocumentForm.ACCEPTANCE_COMPLAINT, person=PERSON)
    assert again.document_id == drafted.document_id
    said: list[Fact] = []
    for _ in range(2):
        kept = KeptDocument(
            document_id=drafted.document_id,
            form=drafted.filled.form,
            number=drafted.number,
            issued_on=drafted.issued_on,
            issued_by=drafted.issued_by,
            files=(),
        )
        kept = kept.model_copy(update={"files": _files()})
        case, facts = keep(case, kept, LAW)
        said += facts
    assert len(case.documents) == 1
    assert [type(fact) for fact in said] == [CaseDocumentIssued] * 2
    assert "Nguyễn" not in case.model_dump_json() + "".join(fact.model_dump_json() for fact in said)


def _files() -> Any:

    return (KeptFile(media_type="application/pdf", sha256="0" * 64, size_bytes=1),)


@pytest.mark.parametrize(
    ("on", "text"),
    [(date(2026, 1, 5), "05/01/2026"), (date(2026, 2, 28), "28/02/2026"), (date(2026, 3, 1), "01/3/2026")],
)
def test_days_are_written_as_decree_30_wants(on: date, text: str) -> None:
    assert day_text(on) == text
