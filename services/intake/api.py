"""Intake's door for machines: file, read, attach, sign, withdraw, and look up by code."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response, status
from pydantic import BaseModel, Field

from contracts.errors import BadInput, Conflict, Forbidden, Unavailable
from contracts.facts.base import DocumentNumber, RequestNumber
from contracts.facts.intake import Attachment
from contracts.ids import LookupCode, PetitionId
from contracts.law.secrecy import is_confidential
from contracts.vocabulary import Channel, PetitionKind, Role, WithdrawalScope
from services.chassis.auth.caller import Caller
from services.intake.desk import Desk, Lookup, Tracking, scope_of, tracking_of
from services.intake.domain import (
    WARNING_SENTENCES,
    Petition,
    PetitionDraft,
    PetitionStatus,
    attach,
    check_document,
    file_petition,
    sign_later,
    withdraw,
)
from services.intake.likeness.traits import traits_of
from services.intake.store import attachment_id

CODE_TRIES: Final = 8
OWN_CHANNELS: Final = frozenset({Channel.WEB, Channel.ZALO})
FILING_ROLES: Final = (Role.RECEIVER, Role.PETITION_OFFICER, Role.CITIZEN, Role.REPRESENTATIVE)
READING_ROLES: Final = (Role.RECEIVER, Role.PETITION_OFFICER, Role.ADVISING_UNIT, Role.CITIZEN, Role.REPRESENTATIVE)

IdempotencyKey = Annotated[str | None, Header(min_length=8, max_length=200)]


class Warned(BaseModel):
    """Something that looks wrong and was accepted all the same."""

    code: str
    sentence: str


class Receipt(BaseModel):
    """What the petitioner takes home (giấy biên nhận). Receipt is not acceptance (thụ lý)."""

    petition_id: PetitionId
    code: LookupCode
    access_key: str
    received_at: datetime
    content_sha256: str
    """Keyed hash of what was filed: whoever holds this paper can show that nothing was changed."""
    warnings: tuple[Warned, ...]


class PetitionView(BaseModel):
    """A petition without the person and the words."""

    petition_id: PetitionId
    code: LookupCode
    kind: PetitionKind
    kind_label: str
    channel: Channel
    status: PetitionStatus
    received_at: datetime
    received_by: str
    received_by_name: str
    matter_field: str
    signer_count: int
    is_signed: bool
    attachments: tuple[Attachment, ...]


class Withdrawal(BaseModel):
    """How much is withdrawn; for an officer who records it: the number of the signed request."""

    scope: WithdrawalScope
    document_number: DocumentNumber | None = None
    requests: Annotated[tuple[RequestNumber, ...], Field(max_length=99)] = ()
    """In part: the numbers of the requests that are withdrawn."""


def make_api(desk: Desk, caller: Callable[..., Any]) -> APIRouter:
    """The routes of intake below /v1."""
    api = APIRouter(prefix="/v1", tags=["intake"])
    Who = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type, made per service

    @api.post("/petitions", status_code=status.HTTP_201_CREATED, summary="Nộp đơn")
    async def file(
        draft: PetitionDraft, who: Who, response: Response, idempotency_key: IdempotencyKey = None
    ) -> Receipt:
        who.must_be(*FILING_ROLES)
        check_place(desk, draft, who)
        petition, is_new = await _filed(desk, _as_signed(desk, draft, who), who, idempotency_key)
        response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return _receipt(desk, petition)

    @api.get("/petitions", summary="Danh sách đơn trong phạm vi của người gọi")
    async def listed(
        who: Who, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: str | None = None
    ) -> list[PetitionView]:
        who.must_be(*READING_ROLES)
        found = await desk.petitions.list(scope_of(desk, who), limit=limit, after=after)
        return [_view(desk, petition) for petition in found]

    @api.get("/petitions/{petition_id}", summary="Một đơn, không kèm người gửi")
    async def read(petition_id: PetitionId, who: Who) -> PetitionView:
        who.must_be(*READING_ROLES)
        return _view(desk, await desk.petitions.in_scope(petition_id, scope_of(desk, who)))

    @api.get("/petitions/{petition_id}/content", summary="Người gửi và nội dung đơn (không áp dụng cho tố cáo)")
    async def content(petition_id: PetitionId, who: Who) -> dict[str, Any]:
        who.must_be(Role.RECEIVER, Role.PETITION_OFFICER, Role.CITIZEN)
        petition = await desk.petitions.in_scope(petition_id, scope_of(desk, who))
        if is_confidential(petition.filed.kind):
            raise Forbidden("identity_sealed", "Danh tính người tố cáo được niêm phong, không mở tại đây.")
        return {
            "petitioner": desk.sealing.open_person(petition).model_dump(),
            "content": desk.sealing.open_content(petition).model_dump(),
        }

    @api.post(
        "/petitions/{petition_id}/attachments",
        status_code=status.HTTP_201_CREATED,
        summary="Nộp tài liệu",
        max_body_size=desk.attachment_max_bytes,
    )
    async def attached(petition_id: PetitionId, request: Request, who: Who) -> Attachment:
        who.must_be(*FILING_ROLES)
        petition = await desk.petitions.in_scope(petition_id, scope_of(desk, who))
        return await _attached(desk, petition, request)

    @api.post("/petitions/{petition_id}/signature", summary="Ghi nhận chữ ký bổ sung")
    async def signed(petition_id: PetitionId, who: Who) -> PetitionView:
        who.must_be(Role.RECEIVER, Role.PETITION_OFFICER)
        await desk.petitions.in_scope(petition_id, scope_of(desk, who))
        stored = await desk.petitions.decide(petition_id, lambda petition: sign_later(petition, desk.clock.now()))
        return _view(desk, stored.state)

    @api.post("/petitions/{petition_id}/withdrawal", summary="Rút đơn")
    async def withdrawn(petition_id: PetitionId, withdrawal: Withdrawal, who: Who) -> PetitionView:
        who.must_be(*FILING_ROLES)
        known = await desk.petitions.in_scope(petition_id, scope_of(desk, who))
        paper = _paper_of(withdrawal, known, who)
        stored = await desk.petitions.decide(
            petition_id,
            lambda petition: withdraw(
                petition, withdrawal.scope, desk.clock.now(), paper, requests=withdrawal.requests
            ),
        )
        return _view(desk, stored.state)

    @api.post("/tracking", summary="Tra cứu bằng mã và khóa trên giấy biên nhận; không cần tài khoản")
    async def track(lookup: Lookup) -> Tracking:
        return await tracking_of(desk, lookup)

    return api


def check_place(desk: Desk, draft: PetitionDraft, who: Caller) -> None:
    """The units must stand today, and the caller must be allowed to file there.

    Errors: BadInput("unknown_unit"), Refused("unit_closed"), Forbidden("not_your_unit"), BadInput("channel_not_yours"),
    BadInput("received_at_not_yours"), BadInput("particulars_not_yours"), BadInput("signature_not_yours").
    """
    today = desk.clock.today()
    for unit in filter(None, (draft.received_by, draft.matter_unit)):
        desk.units.get(unit, today)
    if draft.respondent_unit is not None and desk.units.find(draft.respondent_unit) is None:
        raise BadInput("unknown_unit", "Không có đơn vị này trong danh mục đơn vị hành chính.", field="respondent_unit")
    if who.unit is not None:
        if not desk.units.covers(who.unit, draft.received_by, today):
            raise Forbidden("not_your_unit", "Không được nhận đơn thay đơn vị khác.")
        return
    if draft.channel not in OWN_CHANNELS:
        raise BadInput("channel_not_yours", "Công dân tự nộp đơn qua cổng trực tuyến hoặc Zalo.")
    if draft.received_at is not None:
        raise BadInput("received_at_not_yours", "Thời điểm nhận đơn trực tuyến do hệ thống ghi.")
    if draft.particulars is not None:
        raise BadInput("particulars_not_yours", "Tình tiết theo luật do cán bộ tiếp nhận ghi, sau khi xem xét đơn.")
    if draft.is_signed:
        raise BadInput("signature_not_yours", "Chữ ký do người tiếp công dân xác nhận, tại nơi tiếp hoặc điểm cầu.")


def _as_signed(desk: Desk, draft: PetitionDraft, who: Caller) -> PetitionDraft:
    """A citizen's own web form is signed where the law's setting says that VNeID signs it; else a registration."""
    is_own_form = who.unit is None and draft.channel is Channel.WEB
    return draft.model_copy(update={"is_signed": True}) if is_own_form and desk.is_web_form_signed else draft


def _paper_of(withdrawal: Withdrawal, petition: Petition, who: Caller) -> DocumentNumber | None:
    """The petitioner withdraws by word; an officer only on the petitioner's signed request."""
    if petition.filed_by != who.subject and withdrawal.document_number is None:
        raise BadInput("paper_missing", "Rút đơn thay người gửi đơn phải có số văn bản đề nghị rút đơn đã ký.")
    return withdrawal.document_number


async def _filed(desk: Desk, draft: PetitionDraft, who: Caller, key: str | None) -> tuple[Petition, bool]:
    """Written without looking first: the ledger's own id says whether it is there, and nearly none is."""
    now, today = desk.clock.now(), desk.clock.today()
    content_sha256 = desk.secret.content_sha256(draft)
    petition_id = desk.secret.petition_id(key, who.subject, content_sha256, today.isoformat())
    likeness, sketch = traits_of(draft, desk.secret.likeness_key(draft.kind))
    sealed, contact = desk.sealing.seal(petition_id, draft, sketch), desk.sealing.contact(petition_id, draft)
    for attempt in range(CODE_TRIES):
        petition, facts = file_petition(
            draft,
            petition_id=petition_id,
            code=desk.secret.code(petition_id, draft.received_at or now, attempt),
            content_sha256=content_sha256,
            sealed=sealed,
            contact=contact,
            filed_by=who.subject,
            now=now,
            today=today,
            likeness=likeness,
        )
        try:
            if await desk.petitions.add(petition, facts):
                return petition, True
        except Conflict as taken:
            if taken.code != "key_taken":
                raise
            continue  # another petition has this code: take the next one
        known = await desk.petitions.find(petition_id)
        if known is not None:
            return _same(known, content_sha256), False
    raise Unavailable("no_free_code", "Chưa cấp được mã tra cứu, xin thử lại.")


def _same(known: Petition, content_sha256: str) -> Petition:
    if known.filed.content_sha256 != content_sha256:
        raise Conflict("idempotency_key_reused", "Khóa gửi lại này đã dùng cho một đơn có nội dung khác.")
    return known


async def _attached(desk: Desk, petition: Petition, request: Request) -> Attachment:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = await request.body()
    if not content:
        raise BadInput("empty_document", "Tệp rỗng.")
    check_document(declared, desk.documents.sniff(content, declared))
    sha256 = hashlib.sha256(content).hexdigest()
    attachment = Attachment(
        attachment_id=attachment_id(petition.id, sha256), sha256=sha256, size_bytes=len(content), media_type=declared
    )
    attach(petition, attachment, desk.clock.now())  # refuse before anything is kept
    await desk.documents.keep(desk.sealing.seal_document(petition, attachment.attachment_id, content))
    await desk.petitions.decide(petition.id, lambda current: attach(current, attachment, desk.clock.now()))
    return attachment


def _receipt(desk: Desk, petition: Petition) -> Receipt:
    return Receipt(
        petition_id=petition.id,
        code=petition.code,
        access_key=desk.secret.access_key(petition.id),
        received_at=petition.filed.received_at,
        content_sha256=petition.filed.content_sha256,
        warnings=tuple(Warned(code=code, sentence=WARNING_SENTENCES[code]) for code in petition.warnings),
    )


def _view(desk: Desk, petition: Petition) -> PetitionView:
    filed = petition.filed
    return PetitionView(
        petition_id=petition.id,
        code=petition.code,
        kind=filed.kind,
        kind_label=filed.kind.label,
        channel=filed.channel,
        status=petition.status,
        received_at=filed.received_at,
        received_by=filed.received_by,
        received_by_name=desk.units.name_of(filed.received_by),
        matter_field=filed.matter_field.label,
        signer_count=filed.signer_count,
        is_signed=filed.is_signed,
        attachments=petition.attachments,
    )
