"""Documents through the door: drawn up, kept sealed, listed on the case, fetched; and never a person anywhere else."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from docx import Document
from pypdf import PdfReader

from contracts.facts.base import KeptFile
from contracts.facts.intake import ReceiptIssued
from contracts.facts.routing import CaseDocumentIssued
from contracts.ids import CaseId, DocumentId
from contracts.vocabulary import PetitionKind, Role
from services.chassis.papers.sheet import DOCX, PDF
from services.chassis.vault.folder import FolderVault
from services.chassis.vault.port import content_name
from tests.routing.given import KIM_LIEN, OFFICE, PROVINCE, QUY_HOP, denounced, filed, petition
from tests.routing.house import House, officer, running

COMMUNE = officer(KIM_LIEN)
CANARY = {"full_name": "Hoàng Yến Bí Mật", "address": "ngõ Chim Hoàng Yến, xã Kim Liên"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running(tmp_path) as made:
        yield made


def left_in(folder: Path) -> list[bytes]:
    """Every byte on disk: ledger, vault, keys."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def accepted(house: House) -> CaseId:
    case_id = await house.opened(filed())
    answer = await house.post(case_id, "accept", COMMUNE, document_number="05/TB-UBND", request_count=1)
    assert answer.status_code == 200
    return case_id


async def test_a_document_is_drawn_up_kept_listed_and_fetched_as_pdf_and_as_docx(house: House) -> None:
    case_id = await accepted(house)
    made = await house.post(case_id, "documents", COMMUNE, form="acceptance_complaint", addressee=CANARY)
    assert made.status_code == 201
    view = made.json()
    assert view["form_label"] == "Thông báo thụ lý giải quyết khiếu nại"
    assert (view["document_number"], view["issued_on"], view["is_kept_here"]) == ("05/TB-UBND", "2026-09-07", True)
    assert [file["media_type"] for file in view["files"]] == [PDF, DOCX]
    assert (await house.get(f"/{case_id}/documents", COMMUNE)).json() == [view]
    pdf = await house.get(f"/{case_id}/documents/{view['document_id']}", COMMUNE)
    docx = await house.get(f"/{case_id}/documents/{view['document_id']}?format=docx", COMMUNE)
    assert (pdf.headers["content-type"], docx.headers["content-type"]) == (PDF, DOCX)
    assert pdf.headers["content-disposition"] == 'attachment; filename="acceptance_complaint-HS26-7K4QM9.pdf"'
    assert pdf.headers["cache-control"] == "no-store"
    assert len(pdf.content) == view["files"][0]["size_bytes"]
    assert "Hoàng Yến Bí Mật" in PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    assert "Hoàng Yến Bí Mật" in "\n".join(one.text for one in Document(io.BytesIO(docx.content)).paragraphs)


async def test_the_case_says_what_was_drawn_up_with_hash_and_without_any_person(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case_id = await accepted(house)
    await house.post(case_id, "documents", COMMUNE, form="acceptance_complaint", addressee=CANARY)
    fact = (await house.said(case_id))[-1]
    assert isinstance(fact, CaseDocumentIssued)
    vault = FolderVault(tmp_path / "vault", clock=house.clock)
    await vault.open()
    kept = [await vault.stat(content_name("documents", file.sha256)) for file in fact.files]
    await vault.close()
    assert [one.sha256 for one in kept] == [file.sha256 for file in fact.files]
    heard = capsys.readouterr()
    trails = [heard.out.encode(), heard.err.encode(), fact.model_dump_json().encode(), *left_in(tmp_path)]
    trails.append((await house.client.get("/metrics")).content)
    for canary in ("Hoàng Yến", "Chim Hoàng"):
        assert [trail[:80] for trail in trails if canary.encode() in trail] == []


async def test_a_name_that_cannot_be_is_refused_without_saying_it_again(house: House) -> None:
    case_id = await accepted(house)
    too_long = {"full_name": "Hoàng Yến " * 40}
    answer = await house.post(case_id, "documents", COMMUNE, form="acceptance_complaint", addressee=too_long)
    assert answer.status_code == 422
    assert "Hoàng" not in answer.text


async def test_where_identity_is_sealed_no_name_is_taken(house: House) -> None:
    case_id = await house.opened(denounced(received_by=OFFICE, respondent_unit=QUY_HOP))
    board = officer(OFFICE)
    await house.post(case_id, "accept", board, document_number="09/TB-UBND")
    named = await house.post(case_id, "documents", board, form="acceptance_denunciation", addressee=CANARY)
    assert (named.status_code, named.json()["code"]) == (403, "identity_sealed")
    unnamed = await house.post(case_id, "documents", board, form="acceptance_denunciation")
    assert unnamed.status_code == 201
    assert (await house.get(f"/{case_id}/documents", officer(QUY_HOP))).status_code == 404


async def test_only_who_may_see_the_case_finds_its_documents(house: House) -> None:
    case_id = await accepted(house)
    made = await house.post(case_id, "documents", COMMUNE, form="acceptance_complaint")
    path = f"/{case_id}/documents/{made.json()['document_id']}"
    assert (await house.get(path, officer(PROVINCE))).status_code == 200
    for stranger in (officer(QUY_HOP), officer(None)):
        assert (await house.get(path, stranger)).status_code == 404
    assert (await house.get(path, officer(KIM_LIEN, Role.CITIZEN))).status_code == 403
    other = await house.opened(filed(petition_id=petition(2)))
    assert (await house.get(f"/{other}/documents/{made.json()['document_id']}", COMMUNE)).status_code == 404


async def test_the_province_does_not_draw_up_what_its_commune_issues(house: House) -> None:
    case_id = await accepted(house)
    answer = await house.post(case_id, "documents", officer(PROVINCE), form="acceptance_complaint")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_issuer")
    assert (await house.get(f"/{case_id}/documents", COMMUNE)).json() == []


async def test_drawn_up_by_two_at_once_it_is_listed_once(house: House) -> None:
    case_id = await accepted(house)
    answers = await asyncio.gather(
        *(house.post(case_id, "documents", COMMUNE, form="acceptance_complaint", addressee=CANARY) for _ in range(4))
    )
    assert [answer.status_code for answer in answers] == [201] * 4
    listed = (await house.get(f"/{case_id}/documents", COMMUNE)).json()
    assert len(listed) == 1
    fetched = await house.get(f"/{case_id}/documents/{listed[0]['document_id']}", COMMUNE)
    assert fetched.content.startswith(b"%PDF")


async def test_a_receipt_of_intake_is_listed_on_the_case_and_is_fetched_there(house: House) -> None:
    case_id = await accepted(house)
    receipt = ReceiptIssued(
        petition_id=petition(),
        kind=PetitionKind.COMPLAINT,
        document_id=DocumentId(UUID(int=5)),
        issued_on=filed().received_at.date(),
        issued_by=KIM_LIEN,
        item_count=2,
        files=(KeptFile(media_type=PDF, sha256="0" * 64, size_bytes=10),),
    )
    heard = await house.hear(receipt)
    await house.again(heard)
    (listed,) = (await house.get(f"/{case_id}/documents", COMMUNE)).json()
    assert (listed["form"], listed["document_number"], listed["is_kept_here"]) == ("receipt", None, False)
    assert (await house.get(f"/{case_id}/documents/{listed['document_id']}", COMMUNE)).status_code == 404
