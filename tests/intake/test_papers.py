"""Receipts (02/TCD) and the book of receptions (03/TCD) through intake's door."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from docx import Document
from pypdf import PdfReader

from contracts.facts.intake import PetitionFiled, ReceiptIssued
from contracts.facts.routing import CaseAccepted, CaseGuided, CaseOpened, CaseSettled
from contracts.ids import PetitionId, case_of
from contracts.units import organisation
from contracts.vocabulary import Channel, Instance, Outcome, PetitionKind, Role, SettlementResult
from services.intake.domain import Petition, Petitioner, PetitionText, Sealed, Step
from services.intake.register import SEALED, RegisterRow, row_of
from tests.builders import a_draft
from tests.intake.door import CITIZEN, RECEIVER, Intake, a_body, bearer

OFFICER = bearer(Role.PETITION_OFFICER, unit="xa-17971", subject="officer-2")
PROVINCE = bearer(Role.RECEIVER, unit="btcd-40", subject="officer-3")
NEIGHBOUR = bearer(Role.RECEIVER, unit="xa-17035", subject="officer-4")
CANARY, AT = "Hoàng Yến Bí Mật", "ngõ Chim Hoàng Yến"
SEPTEMBER = {"unit": "xa-17971", "from_on": "2026-09-01", "to_on": "2026-09-30"}


def named(**said: Any) -> dict[str, Any]:
    return a_body(petitioner=Petitioner(full_name=CANARY, address=AT, personal_number="040080001234"), **said)


async def filed(intake: Intake, **said: Any) -> PetitionId:
    answer = await intake.file(named(**said))
    assert answer.status_code == 201, answer.text
    return PetitionId(answer.json()["petition_id"])


async def receipt(intake: Intake, petition_id: PetitionId, who: dict[str, str] = RECEIVER, **said: Any) -> Any:
    return await intake.client.post(f"/v1/petitions/{petition_id}/receipts", json=said, headers=who)


async def said_of(intake: Intake, petition_id: PetitionId) -> list[object]:
    document = await intake.ledger.read("petitions", str(petition_id))
    assert document is not None
    return [envelope.fact() for envelope in document.pending]


def words(content: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


async def test_a_receipt_names_what_was_handed_in_and_by_whom_and_is_told_without_either(intake: Intake) -> None:
    petition_id = await filed(intake)
    items = [{"title": "Quyết định số 12/QĐ-UBND", "sheet_count": 3}, {"title": "Sổ đỏ", "is_original": True}]
    made = await receipt(intake, petition_id, items=items, officer_name="Lê Thị Mẫu")
    assert made.status_code == 201
    path = f"/v1/petitions/{petition_id}/receipts/{made.json()['document_id']}"
    pdf = await intake.client.get(path, headers=RECEIVER)
    docx = await intake.client.get(f"{path}?format=docx", headers=RECEIVER)
    for text in (
        f"ông (bà) {CANARY}, {AT}",
        "– Quyết định số 12/QĐ-UBND, bản sao, 03 tờ",
        "– Sổ đỏ, bản gốc",
        "Lê Thị Mẫu",
        "Vào hồi 10 giờ 00 phút, ngày 07/9/2026",
        "Mẫu số 02/TCD",
    ):
        assert text in words(pdf.content)
        assert text in "\n".join(one.text for one in Document(io.BytesIO(docx.content)).paragraphs)
    fact = (await said_of(intake, petition_id))[-1]
    assert isinstance(fact, ReceiptIssued)
    assert (fact.item_count, fact.issued_by) == (2, "xa-17971")
    assert CANARY not in fact.model_dump_json()
    listed = await intake.client.get(f"/v1/petitions/{petition_id}/receipts", headers=RECEIVER)
    assert listed.json() == [made.json()]


async def test_without_a_list_the_files_handed_in_are_named_by_kind_and_hash(intake: Intake) -> None:
    petition_id = await filed(intake)
    sent = await intake.client.post(
        f"/v1/petitions/{petition_id}/attachments",
        content=b"%PDF-1.7 thu",
        headers=RECEIVER | {"content-type": "application/pdf"},
    )
    made = await receipt(intake, petition_id)
    path = f"/v1/petitions/{petition_id}/receipts/{made.json()['document_id']}"
    text = words((await intake.client.get(path, headers=RECEIVER)).content)
    assert f"tệp application/pdf, 12 byte, mã băm SHA-256 {sent.json()['sha256'][:16]}" in text


async def test_nothing_handed_in_is_said_so(intake: Intake) -> None:
    petition_id = await filed(intake)
    made = await receipt(intake, petition_id, items=[])
    path = f"/v1/petitions/{petition_id}/receipts/{made.json()['document_id']}"
    assert "Không nhận tài liệu nào ngoài đơn." in words((await intake.client.get(path, headers=RECEIVER)).content)


async def test_a_receipt_for_a_denouncer_names_nobody(intake: Intake) -> None:
    petition_id = await filed(intake, kind=PetitionKind.DENUNCIATION, respondent_unit="xa-17035")
    made = await receipt(intake, petition_id, items=[{"title": "Ảnh"}])
    path = f"/v1/petitions/{petition_id}/receipts/{made.json()['document_id']}"
    text = words((await intake.client.get(path, headers=RECEIVER)).content)
    assert "Hoàng" not in text
    assert "người gửi đơn có mã hồ sơ HS26-" in text
    assert (await intake.client.get(path, headers=OFFICER)).status_code == 404


async def test_receipts_are_for_officers_of_the_place_alone(intake: Intake) -> None:
    petition_id = await filed(intake)
    assert (await receipt(intake, petition_id, CITIZEN)).status_code == 403
    assert (await receipt(intake, petition_id, NEIGHBOUR)).status_code == 404
    made = await receipt(intake, petition_id)
    path = f"/v1/petitions/{petition_id}/receipts/{made.json()['document_id']}"
    assert (await intake.client.get(path, headers=NEIGHBOUR)).status_code == 404
    assert (await intake.client.get(path, headers=PROVINCE)).status_code == 200


async def test_what_was_drawn_up_lies_sealed_on_disk_and_in_no_log(
    intake: Intake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    petition_id = await filed(intake)
    await receipt(intake, petition_id, items=[{"title": "Giấy của Hoàng Yến"}], officer_name="Hoàng Yến")
    await intake.client.post("/v1/registers", json=SEPTEMBER, headers=RECEIVER)
    heard = capsys.readouterr()
    trails = [heard.out.encode(), heard.err.encode(), *left_in(tmp_path)]
    assert [trail[:60] for trail in trails if "Hoàng Yến".encode() in trail] == []


def left_in(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def test_the_book_has_a_row_for_each_reception_at_the_counter_in_order(intake: Intake) -> None:
    await filed(intake, content=PetitionText(summary="Thu hồi đất", text="Việc thứ nhất."))
    await filed(intake, channel=Channel.POST, content=PetitionText(summary="Thư", text="Việc thứ hai."))
    await filed(intake, signer_count=12, content=PetitionText(summary="Chợ", text="Việc thứ ba."))
    answer = await intake.client.get("/v1/register", params=SEPTEMBER, headers=RECEIVER)
    assert answer.status_code == 200
    rows = answer.json()
    assert [row["number"] for row in rows] == ["1", "2"]
    assert {row["summary"] for row in rows} == {"Thu hồi đất", "Chợ"}
    group = next(row for row in rows if row["summary"] == "Chợ")
    assert (group["people"], group["notes"]) == ("12", "Đoàn 12 người")
    assert (group["person"], group["identity_paper"]) == (f"{CANARY}, {AT}", "040080001234")


async def test_a_denouncer_is_in_the_receivers_book_without_name_and_in_nobody_elses(intake: Intake) -> None:
    await filed(intake, kind=PetitionKind.DENUNCIATION, respondent_unit="xa-17035")
    (row,) = (await intake.client.get("/v1/register", params=SEPTEMBER, headers=RECEIVER)).json()
    assert (row["person"], row["identity_paper"], row["summary"], row["kind"]) == (SEALED, SEALED, SEALED, "tố cáo")
    assert (await intake.client.get("/v1/register", params=SEPTEMBER, headers=OFFICER)).json() == []
    book = (await intake.client.post("/v1/registers", json=SEPTEMBER, headers=RECEIVER)).json()
    assert (await intake.client.get(f"/v1/registers/{book['document_id']}", headers=OFFICER)).status_code == 404
    mine = await intake.client.get(f"/v1/registers/{book['document_id']}", headers=RECEIVER)
    assert "Thông tin về người tố cáo không ghi trong sổ này" in words(mine.content)


async def test_d03_who_denounces_the_communes_own_head_is_not_in_the_communes_book_whoever_printed_it(
    intake: Intake,
) -> None:
    await filed(intake, kind=PetitionKind.DENUNCIATION, respondent_unit="xa-17971")
    assert (await intake.client.get("/v1/register", params=SEPTEMBER, headers=RECEIVER)).json() == []
    book = (await intake.client.post("/v1/registers", json=SEPTEMBER, headers=PROVINCE)).json()
    assert book["row_count"] == 1
    assert (await intake.client.get(f"/v1/registers/{book['document_id']}", headers=RECEIVER)).status_code == 404
    listed = await intake.client.get("/v1/registers", params={"unit": "xa-17971"}, headers=RECEIVER)
    assert listed.json() == []
    theirs = await intake.client.get("/v1/registers", params={"unit": "xa-17971"}, headers=PROVINCE)
    assert theirs.json() == [book]


async def test_the_book_is_of_ones_own_places_and_of_a_year_at_most(intake: Intake) -> None:
    for who, unit in ((RECEIVER, "xa-17035"), (NEIGHBOUR, "xa-17971"), (RECEIVER, "xa-99999")):
        answer = await intake.client.get("/v1/register", params={**SEPTEMBER, "unit": unit}, headers=who)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_unit")
    for days in ({"from_on": "2026-09-30", "to_on": "2026-09-01"}, {"from_on": "2025-09-01", "to_on": "2026-09-30"}):
        answer = await intake.client.get("/v1/register", params={**SEPTEMBER, **days}, headers=RECEIVER)
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_days")


async def test_who_came_one_minute_after_midnight_stands_under_the_day_in_vietnam(intake: Intake) -> None:
    await filed(intake, received_at=datetime(2026, 9, 4, 17, 1, tzinfo=UTC))
    (row,) = (await intake.client.get("/v1/register", params=SEPTEMBER, headers=RECEIVER)).json()
    assert row["received_on"] == "05/9/2026"
    day = {"unit": "xa-17971", "from_on": "2026-09-05", "to_on": "2026-09-05"}
    assert len((await intake.client.get("/v1/register", params=day, headers=RECEIVER)).json()) == 1


def test_the_columns_follow_what_the_case_said() -> None:
    draft = a_draft(instance=Instance.SECOND, respondent_unit="xa-17971")
    petition_id = PetitionId(UUID(int=1))
    about = {"case_id": case_of(petition_id), "petition_id": petition_id, "kind": PetitionKind.COMPLAINT}
    filed_fact = PetitionFiled(
        petition_id=petition_id,
        kind=PetitionKind.COMPLAINT,
        code="HS26-7K4QM9",
        channel=Channel.COUNTER,
        received_at=datetime(2026, 9, 7, 3, 0, tzinfo=UTC),
        received_by="btcd-40",
        matter_field=draft.matter_field,
        matter_unit=draft.matter_unit,
        respondent_unit="xa-17971",
        instance=Instance.SECOND,
        content_sha256="0" * 64,
    )
    day = datetime(2026, 9, 8, tzinfo=UTC).date()
    facts = [
        CaseOpened(
            **about,
            public_id=UUID(int=2),
            code="HS26-7K4QM9",
            opened_at=filed_fact.received_at,
            received_on=day,
            matter_field=draft.matter_field,
            held_by="tinh-40",
            competent_authority="tinh-40",
            outcome=Outcome.ACCEPT_PROPOSE,
            rule="R01",
            articles=(),
        ),
        CaseGuided(**about, guided_on=day, guided_to="xa-17035", rule="R03", document_number="12/PHD-BTCD"),
        CaseAccepted(**about, accepted_on=day, settling_authority="tinh-40", clocks=()),
        CaseSettled(
            **about, settled_on=day, result=SettlementResult.RIGHT, document_number="9/QĐ-UBND", is_within_time=True
        ),
    ]
    petition = Petition(
        id=petition_id,
        code="HS26-7K4QM9",
        filed=filed_fact,
        filed_by="x",
        sealed=Sealed(wrapped_key="", person="", content=""),
    )
    row = row_of(
        3,
        petition,
        Petitioner(full_name="Nguyễn Văn Thử"),
        PetitionText(summary="Việc thử", text="x"),
        steps=[
            Step(fact_id=str(n), type=fact.TYPE, time=filed_fact.received_at, value=fact.model_dump_json())
            for n, fact in enumerate(facts)
        ],
        body="tinh-40",
        name_of=organisation().name_of,
    )
    assert row.cells == (
        "3",
        "07/9/2026",
        "Nguyễn Văn Thử",
        "",
        "Việc thử",
        "khiếu nại",
        "1",
        "Xã Kim Liên",
        "x",
        "Xã Quỳ Hợp (12/PHD-BTCD)",
        "Tỉnh Nghệ An thụ lý ngày 08/9/2026",
        "Có kết quả giải quyết, văn bản số 9/QĐ-UBND: đơn đúng (đúng hạn)",
        "",
    )
    assert len(RegisterRow.model_fields) == 13
