"""Decisions of intake: what makes a filing, a supplement and a withdrawal. Values in, state and facts out."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.errors import BadInput, Refused
from contracts.facts.base import DocumentNumber, Fact, KeptFile, Moment
from contracts.facts.intake import (
    Attachment,
    ContactGiven,
    PetitionFiled,
    PetitionSupplemented,
    PetitionWithdrawn,
    ReceiptIssued,
)
from contracts.facts.particulars import Particulars
from contracts.ids import DocumentId, LookupCode, PetitionId, UnitId
from contracts.law.secrecy import is_confidential
from contracts.vocabulary import Channel, Instance, MatterField, PetitionKind, RespondentPost, WithdrawalScope

CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # pragma: allowlist secret (Crockford letters)
PAPER_CHANNELS: Final = frozenset({Channel.COUNTER, Channel.POST, Channel.FORWARDED})
RECEIVED_FROM: Final = date(2025, 7, 1)
"""Two-level government begins: what was received before stands in the registers of then."""
DATES_FROM: Final = date(1945, 9, 2)
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""A counter's clock may run ahead of ours by this much."""
MAX_ATTACHMENTS: Final = 50

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

_PERSONAL_NUMBER = re.compile(r"\d{12}")
_PASSPORT = re.compile(r"[A-Z]\d{7,8}")
_PHONE = re.compile(r"(?:\+84|0)\d{9,10}")
_PHONE_MAX_CHARACTERS: Final = 20
WARNING_SENTENCES: Final = {
    "personal_number_format": "Số định danh không đúng 12 chữ số (hoặc số hộ chiếu); hãy kiểm tra lại giấy tờ.",
    "personal_number_century": "Chữ số thứ tư của số định danh (thế kỷ, giới tính) không có trong quy định.",
    "phone_format": "Số điện thoại không đúng dạng; sẽ không gửi được thông báo.",
    "respondent_missing": "Đơn khiếu nại chưa nêu cơ quan có quyết định, hành vi bị khiếu nại.",
    "not_signed": "Đơn chưa có chữ ký hoặc điểm chỉ.",
}
_BIRTH_CENTURY_CODES: Final = 6


class Input(BaseModel):
    """What comes from outside: unknown fields are a mistake to be told, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Petitioner(Input):
    """The person. Lives sealed; never in a fact, a log, a key or a URL."""

    full_name: Line | None = None
    personal_number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=30)] | None = None
    address: Line | None = None
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=_PHONE_MAX_CHARACTERS)] | None = None
    is_zalo_allowed: bool = True


class PetitionText(Input):
    """The petition in its own words. Lives sealed."""

    summary: Line
    text: Text
    requests: tuple[Line, ...] = ()


class PetitionDraft(Input):
    """A filing as a door takes it, whatever the channel."""

    kind: PetitionKind
    channel: Channel
    received_by: UnitId
    received_at: Moment | None = None
    """When it came in, if not now: a letter opened today may have come yesterday."""
    matter_field: MatterField
    matter_unit: UnitId
    respondent_unit: UnitId | None = None
    respondent_post: RespondentPost | None = None
    instance: Instance = Instance.FIRST
    earlier_decision_received_on: date | None = None
    decision_known_on: date | None = None
    lower_accepted_on: date | None = None
    petitioner: Petitioner = Petitioner()
    content: PetitionText
    signer_count: Annotated[int, Field(ge=1, le=100_000)] = 1
    has_representatives: bool = False
    is_signed: bool | None = None
    """None: as the channel is. Paper is signed; a web form, a chat or a call is a registration until it is signed."""
    is_directly_affected: bool = True
    asks_identity_protection: bool = False
    wants_notices: bool | None = None
    """None: yes, but for a denunciation no."""
    is_discreet: bool = False
    particulars: Particulars | None = None
    """What else an officer found, where the law asks for it; a citizen's own filing has none."""

    @property
    def is_anonymous(self) -> bool:
        """Nobody stands behind it by name."""
        return self.petitioner.full_name is None

    @property
    def has_signature(self) -> bool:
        """Signed, as said or as the channel is (LTC 22–23; domain.md §8.4)."""
        return self.channel in PAPER_CHANNELS if self.is_signed is None else self.is_signed

    @property
    def may_notify(self) -> bool:
        """A denouncer is told nothing unless it was asked for (LTC: identity is secret)."""
        if self.wants_notices is None:
            return not is_confidential(self.kind)
        return self.wants_notices

    @property
    def must_be_discreet(self) -> bool:
        """Only neutral texts, and no Zalo."""
        return self.is_discreet or is_confidential(self.kind)


class PetitionStatus(StrEnum):
    """Where a petition stands in intake; what is done about it is the case's business."""

    FILED = "filed"
    PARTLY_WITHDRAWN = "partly_withdrawn"
    WITHDRAWN = "withdrawn"


class Sealed(BaseModel):
    """The person and the words, as boxes under the petition's own data key."""

    model_config = ConfigDict(frozen=True)

    wrapped_key: str
    person: str
    content: str
    sketch: str | None = None
    """What the words are compared by; none before decision record 0010."""


class Likeness(BaseModel):
    """What a petition is found by when one like it comes: keyed marks, equal where the thing behind is equal.

    Each kind of petition has a key of its own, so marks of two kinds are never equal. None of them can be undone.
    """

    model_config = ConfigDict(frozen=True)

    bands: tuple[str, ...] = ()
    """Parts of the sketch; like texts share at least one."""
    number: str | None = None
    phone: str | None = None
    name: str | None = None
    """The name together with the place of the matter. The three are not made for what is confidential."""
    decisions: tuple[str, ...] = ()
    """Documents the petition names by their number, with the unit they are from."""


class Receipt(BaseModel):
    """A receipt for documents that was drawn up (Mẫu 02/TCD) and is kept, sealed under the petition's key."""

    model_config = ConfigDict(frozen=True)

    document_id: DocumentId
    issued_on: date
    item_count: int
    files: tuple[KeptFile, ...]


class Petition(BaseModel):
    """A petition as intake keeps it."""

    model_config = ConfigDict(frozen=True)

    id: PetitionId
    code: LookupCode
    status: PetitionStatus = PetitionStatus.FILED
    filed: PetitionFiled
    filed_by: str
    """The opaque subject of whoever filed it: an officer, or the citizen on the web."""
    sealed: Sealed
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    accused_found: tuple[UnitId, ...] | None = None
    """The accused unit, as routing found it later, or none at all; not said: what was filed says it."""
    is_discreet_found: bool = False
    """An officer found later that the petitioner asks for protection: nothing on paper names the person."""
    withdrawal_paper: DocumentNumber | None = None
    """The signed request behind a withdrawal that an officer recorded."""
    likeness: Likeness | None = None
    """None: it was filed before decision record 0010, and is no candidate."""


TRANSITIONS: Final[dict[PetitionStatus, frozenset[PetitionStatus]]] = {
    PetitionStatus.FILED: frozenset({PetitionStatus.PARTLY_WITHDRAWN, PetitionStatus.WITHDRAWN}),
    PetitionStatus.PARTLY_WITHDRAWN: frozenset({PetitionStatus.WITHDRAWN}),
    PetitionStatus.WITHDRAWN: frozenset(),
}
"""The closed list: anything else is refused."""


def check_draft(draft: PetitionDraft, now: datetime, today: date) -> None:
    """Refuse what cannot be right whatever the law says of it.

    Errors: BadInput with ``received_in_future``, ``received_too_early``, ``date_in_future``, ``date_too_early``,
    ``second_without_first``, ``representatives_without_group``.
    """
    if draft.received_at is not None and draft.received_at.date() < RECEIVED_FROM:
        raise BadInput("received_too_early", "Ngày nhận đơn trước khi hệ thống tiếp nhận đơn (1/7/2025).")
    if draft.received_at is not None and draft.received_at > now + CLOCK_TOLERANCE:
        raise BadInput("received_in_future", "Ngày giờ nhận đơn ở tương lai.")
    for name in ("earlier_decision_received_on", "decision_known_on", "lower_accepted_on"):
        day = getattr(draft, name)
        if day is not None and day > today:
            raise BadInput("date_in_future", "Ngày ghi trong đơn ở tương lai.", field=name)
        if day is not None and day < DATES_FROM:
            raise BadInput("date_too_early", "Ngày ghi trong đơn quá xa trong quá khứ.", field=name)
    if draft.earlier_decision_received_on is not None and draft.instance is Instance.FIRST:
        raise BadInput(
            "second_without_first", "Có ngày nhận quyết định lần đầu nhưng đơn lại ghi là khiếu nại lần đầu."
        )
    if draft.has_representatives and draft.signer_count == 1:
        raise BadInput("representatives_without_group", "Đơn một người không có người đại diện của đoàn.")


def warnings_of(draft: PetitionDraft) -> tuple[str, ...]:
    """What looks wrong and is accepted all the same: an officer decides, a format never does (domain.md §7.1–7.2)."""
    person, found = draft.petitioner, []
    number = person.personal_number
    if number is not None and not (_PERSONAL_NUMBER.fullmatch(number) or _PASSPORT.fullmatch(number)):
        found.append("personal_number_format")
    elif number is not None and _PERSONAL_NUMBER.fullmatch(number) and int(number[3]) >= _BIRTH_CENTURY_CODES:
        found.append("personal_number_century")
    if person.phone is not None and e164(person.phone) is None:
        found.append("phone_format")
    if draft.kind is PetitionKind.COMPLAINT and draft.respondent_unit is None:
        found.append("respondent_missing")
    if not draft.has_signature:
        found.append("not_signed")
    return tuple(found)


def e164(phone: str | None) -> str | None:
    """``+84912345678`` from the ways people write a number; none when it cannot be one (the warning says so)."""
    if phone is None:
        return None
    bare = phone.replace(" ", "").replace(".", "").replace("-", "")
    if not _PHONE.fullmatch(bare):
        return None
    return "+84" + bare.removeprefix("+84").removeprefix("0")


def file_petition(
    draft: PetitionDraft,
    *,
    petition_id: PetitionId,
    code: LookupCode,
    content_sha256: str,
    sealed: Sealed,
    contact: ContactGiven | None,
    filed_by: str,
    now: datetime,
    today: date,
    likeness: Likeness | None = None,
) -> tuple[Petition, Sequence[Fact]]:
    """A petition is received (tiếp nhận): its state, and what is said about it. ``today`` is the day in Vietnam."""
    check_draft(draft, now, today)
    filed = PetitionFiled(
        petition_id=petition_id,
        kind=draft.kind,
        code=code,
        channel=draft.channel,
        received_at=draft.received_at or now,
        received_by=draft.received_by,
        matter_field=draft.matter_field,
        matter_unit=draft.matter_unit,
        respondent_unit=draft.respondent_unit,
        respondent_post=draft.respondent_post,
        instance=draft.instance,
        earlier_decision_received_on=draft.earlier_decision_received_on,
        decision_known_on=draft.decision_known_on,
        lower_accepted_on=draft.lower_accepted_on,
        signer_count=draft.signer_count,
        has_representatives=draft.has_representatives,
        is_signed=draft.has_signature,
        is_anonymous=draft.is_anonymous,
        is_directly_affected=draft.is_directly_affected,
        asks_identity_protection=draft.asks_identity_protection,
        wants_notices=draft.may_notify,
        content_sha256=content_sha256,
        particulars=draft.particulars,
    )
    petition = Petition(
        id=petition_id,
        code=code,
        filed=filed,
        filed_by=filed_by,
        sealed=sealed,
        warnings=warnings_of(draft),
        likeness=likeness,
    )
    return petition, [filed] if contact is None else [filed, contact]


def attach(petition: Petition, attachment: Attachment, now: datetime) -> tuple[Petition, Sequence[Fact]]:
    """A document joins the petition; the same document again changes nothing."""
    _must_be_open(petition)
    if any(known.attachment_id == attachment.attachment_id for known in petition.attachments):
        return petition, []
    if len(petition.attachments) >= MAX_ATTACHMENTS:
        raise Refused("too_many_attachments", "Đơn đã đủ số tài liệu kèm theo tối đa.", limit=MAX_ATTACHMENTS)
    grown = petition.model_copy(update={"attachments": (*petition.attachments, attachment)})
    return grown, [
        PetitionSupplemented(
            petition_id=petition.id, kind=petition.filed.kind, supplemented_at=now, attachments=(attachment,)
        )
    ]


def issue_receipt(petition: Petition, receipt: Receipt) -> tuple[Petition, Sequence[Fact]]:
    """A receipt was drawn up; each one stands for itself, for documents may come on several days."""
    filed = petition.filed
    issued = ReceiptIssued(
        petition_id=petition.id,
        kind=filed.kind,
        document_id=receipt.document_id,
        issued_on=receipt.issued_on,
        issued_by=filed.received_by,
        item_count=receipt.item_count,
        files=receipt.files,
    )
    return petition.model_copy(update={"receipts": (*petition.receipts, receipt)}), [issued]


def learn(petition: Petition, never_at: UnitId | None, *, is_discreet: bool) -> tuple[Petition, Sequence[Fact]]:
    """An officer found whom it accuses: that unit never sees it, and who was named by mistake may; or that the
    petitioner asks for protection.
    """
    accused = () if never_at is None else (never_at,)
    return petition.model_copy(update={"accused_found": accused, "is_discreet_found": is_discreet}), []


def sign_later(petition: Petition, now: datetime) -> tuple[Petition, Sequence[Fact]]:
    """The missing signature was given, at a counter or a bridge point."""
    _must_be_open(petition)
    if petition.filed.is_signed:
        raise Refused("already_signed", "Đơn đã có chữ ký hoặc điểm chỉ.")
    filed = petition.filed.model_copy(update={"is_signed": True})
    signed = petition.model_copy(update={"filed": filed})
    return signed, [
        PetitionSupplemented(petition_id=petition.id, kind=petition.filed.kind, supplemented_at=now, is_signed=True)
    ]


def withdraw(
    petition: Petition,
    scope: WithdrawalScope,
    now: datetime,
    paper: DocumentNumber | None = None,
    requests: Sequence[int] = (),
) -> tuple[Petition, Sequence[Fact]]:
    """The petitioner takes the petition back, wholly or in part (LKN art. 10; 155/2026 art. 12).

    ``paper`` is the number of the signed request when an officer records it for the petitioner; ``requests``: which
    numbered requests are taken back. Errors: BadInput("requests_of_whole"); Refused("already_withdrawn").
    """
    if requests and scope is WithdrawalScope.WHOLE:
        raise BadInput("requests_of_whole", "Rút toàn bộ đơn thì không nêu từng yêu cầu.", field="requests")
    target = PetitionStatus.WITHDRAWN if scope is WithdrawalScope.WHOLE else PetitionStatus.PARTLY_WITHDRAWN
    if target not in TRANSITIONS[petition.status]:
        raise Refused("already_withdrawn", "Đơn đã được rút trước đó.", status=petition.status)
    withdrawn = petition.model_copy(update={"status": target, "withdrawal_paper": paper})
    return withdrawn, [
        PetitionWithdrawn(
            petition_id=petition.id,
            kind=petition.filed.kind,
            scope=scope,
            withdrawn_at=now,
            requests=tuple(sorted(set(requests))),
        )
    ]


def _must_be_open(petition: Petition) -> None:
    if petition.status is PetitionStatus.WITHDRAWN:
        raise Refused("withdrawn", "Đơn đã rút, không nhận thêm tài liệu.")


def lookup_code(digest: bytes, received_at: datetime) -> LookupCode:
    """``HS26-7K4QM9`` from the first 30 bits of a keyed digest: neutral, speakable, not countable."""
    number = int.from_bytes(digest[:4], "big") >> 2
    letters = "".join(CODE_ALPHABET[(number >> shift) & 31] for shift in range(25, -1, -5))
    return f"HS{received_at:%y}-{letters}"


def access_key(digest: bytes) -> str:
    """Eight digits from a keyed digest: printed on the receipt beside the code, needed to look the petition up."""
    return f"{int.from_bytes(digest[:8], 'big') % 10**8:08d}"


ALLOWED_MEDIA_TYPES: Final = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a", ".mp4"),
    "video/mp4": (".mp4",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
}
"""What may be handed in, with the endings a sniffer gives it."""


def check_document(declared: str, sniffed: str | None) -> None:
    """The document must be of a listed type, and be what it says it is.

    Errors: BadInput with ``media_type_not_allowed`` or ``content_not_as_declared``.
    """
    if declared not in ALLOWED_MEDIA_TYPES:
        raise BadInput("media_type_not_allowed", "Chỉ nhận tài liệu PDF, ảnh, âm thanh, video hoặc DOCX.")
    if sniffed != declared:
        raise BadInput("content_not_as_declared", "Nội dung tệp không đúng với loại tệp đã khai.")


class Step(BaseModel):
    """One line of the petitioner's timeline: a fact, kept as it was heard."""

    model_config = ConfigDict(frozen=True)

    fact_id: str
    type: str
    time: datetime
    value: str


class Timeline(BaseModel):
    """What happened to one petition, as far as intake heard it. It decides nothing; it is only there to be seen."""

    model_config = ConfigDict(frozen=True)

    petition_id: PetitionId
    steps: tuple[Step, ...] = ()

    def with_step(self, step: Step) -> "Timeline":
        """The timeline with one step more, by time; the same fact twice is one step."""
        if any(known.fact_id == step.fact_id for known in self.steps):
            return self
        return self.model_copy(update={"steps": tuple(sorted((*self.steps, step), key=lambda s: (s.time, s.fact_id)))})
