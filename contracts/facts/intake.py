"""What intake says: a petition came in, grew, or was withdrawn."""

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from contracts.facts.base import (
    Count,
    Fact,
    KeptFile,
    KeyId,
    MediaType,
    Moment,
    Part,
    RequestNumber,
    SealedBox,
    Sha256,
)
from contracts.facts.particulars import NOTHING_SAID, Particulars
from contracts.ids import AttachmentId, DocumentId, LookupCode, PetitionId, UnitId
from contracts.streams import CONTACTS, DENUNCIATIONS, PETITIONS, Stream
from contracts.vocabulary import (
    CONFIDENTIAL_KINDS,
    Channel,
    Instance,
    MatterField,
    PetitionKind,
    RespondentPost,
    WithdrawalScope,
)


class PetitionFact(Fact):
    """A fact about one petition; denunciations, and what may hold one, go to a stream with its own access rights."""

    petition_id: PetitionId
    kind: PetitionKind

    @property
    def stream(self) -> Stream:
        return DENUNCIATIONS if self.kind in CONFIDENTIAL_KINDS else PETITIONS

    @property
    def subject(self) -> PetitionId:
        return self.petition_id


class PetitionFiled(PetitionFact):
    """A petition was received (tiếp nhận). Receipt is not acceptance: routing decides what follows."""

    TYPE: ClassVar[str] = "vn.tiepdan.petition.filed.v1"

    code: LookupCode
    channel: Channel
    received_at: Moment
    received_by: UnitId
    """The unit at whose counter, mailbox or page it came in."""
    matter_field: MatterField
    matter_unit: UnitId
    """The commune (or other unit) where the matter arose."""
    respondent_unit: UnitId | None = None
    """The unit whose decision or act is complained of, or where the denounced person held the post."""
    respondent_post: RespondentPost | None = None
    instance: Instance = Instance.FIRST
    earlier_decision_received_on: date | None = None
    """Second complaints: when the first decision was received."""
    decision_known_on: date | None = None
    """When the decision or act complained of was received or became known: the limitation clock starts here."""
    lower_accepted_on: date | None = None
    """When a lower body accepted the same matter and has not settled it yet."""
    signer_count: Count = 1
    has_representatives: bool = False
    """Large groups: representatives are appointed in writing, signed by all."""
    is_signed: bool = True
    """Signed, fingerprinted or digitally signed, as the law wants it."""
    is_anonymous: bool = False
    is_directly_affected: bool = True
    asks_identity_protection: bool = False
    wants_notices: bool = True
    """The petitioner agreed to be told by SMS or Zalo; for a denunciation the default at the door is no."""
    content_sha256: Sha256
    """Keyed hash of what was filed, printed on the receipt."""
    attachment_count: Count = 0
    particulars: Particulars | None = None
    """What else is known, where the law asks for it; none when nothing more is."""

    @property
    def known(self) -> Particulars:
        """The particulars; of a petition of which nothing more was said, empty ones."""
        return self.particulars or NOTHING_SAID


class Attachment(Part):
    """A document handed in: its hash and measure, never its name or content."""

    attachment_id: AttachmentId
    sha256: Sha256
    size_bytes: Count
    media_type: MediaType


class PetitionSupplemented(PetitionFact):
    """The petitioner added documents or answered a request to supplement."""

    TYPE: ClassVar[str] = "vn.tiepdan.petition.supplemented.v1"

    supplemented_at: Moment
    attachments: tuple[Attachment, ...] = ()
    is_signed: bool | None = None
    """True when the supplement brought the missing signature."""


class PetitionWithdrawn(PetitionFact):
    """The petitioner withdrew the petition (rút đơn), wholly or in part."""

    TYPE: ClassVar[str] = "vn.tiepdan.petition.withdrawn.v1"

    scope: WithdrawalScope
    withdrawn_at: Moment
    remaining_signers: Count | None = None
    """Groups: how many still stand behind it; one member's withdrawal does not stop the others (155/2026 art. 5)."""
    requests: tuple[RequestNumber, ...] = ()
    """In part: the numbered requests that were withdrawn; none: not said which."""


class ReceiptIssued(PetitionFact):
    """A receipt for the documents handed in (giấy biên nhận, Mẫu 02/TCD) was drawn up and kept."""

    TYPE: ClassVar[str] = "vn.tiepdan.petition.receipt_issued.v1"

    document_id: DocumentId
    issued_on: date
    issued_by: UnitId
    item_count: Count
    files: tuple[KeptFile, ...]


class ContactCard(BaseModel):
    """What is inside ``ContactGiven.sealed``: its JSON, sealed by intake, opened by notify. Not a fact: never in clear
    on the wire, in a log or in a text of itself.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, use_attribute_docstrings=True)

    phone: str = Field(pattern=r"^\+[1-9]\d{6,14}$", repr=False)
    """E.164, such as +84 and nine digits."""
    allows_zalo: bool = True
    language: str = Field(default="vi", pattern=r"^[a-z]{2,3}$")
    """ISO 639: the language the person reads best."""


class ContactGiven(Fact):
    """Where to reach the petitioner, sealed for notify and for nobody else. The newest one counts."""

    TYPE: ClassVar[str] = "vn.tiepdan.contact.given.v1"

    petition_id: PetitionId
    is_discreet: bool
    """Only neutral texts, by SMS only: denunciations, and whoever asks for it."""
    key_id: KeyId
    sealed: SealedBox
    """Base64 of an AES-256-GCM box around a ``ContactCard``; stream, petition and key id are bound to it."""

    @property
    def stream(self) -> Stream:
        return CONTACTS

    @property
    def subject(self) -> PetitionId:
        return self.petition_id


FACTS: tuple[type[Fact], ...] = (PetitionFiled, PetitionSupplemented, PetitionWithdrawn, ContactGiven, ReceiptIssued)
