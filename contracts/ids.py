"""Typed identifiers. All are UUIDs but units, whose ids are readable and stable."""

from typing import Annotated, NewType
from uuid import UUID, uuid5

from pydantic import Field

PetitionId = NewType("PetitionId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
CaseId = NewType("CaseId", UUID)
PublicCaseId = NewType("PublicCaseId", UUID)
SessionId = NewType("SessionId", UUID)
PointId = NewType("PointId", UUID)
RecordingId = NewType("RecordingId", UUID)
StreamId = NewType("StreamId", UUID)
NoticeId = NewType("NoticeId", UUID)
CalendarId = NewType("CalendarId", UUID)
DocumentId = NewType("DocumentId", UUID)
FactId = NewType("FactId", UUID)

UnitId = Annotated[str, Field(max_length=40, pattern=r"^[a-z]+(-[a-z0-9]+)*$")]
"""``tw-btcd`` (centre), ``tinh-40``, ``so-40-xd`` (department), ``xa-17971`` (commune), ``huyen-…`` (to 2025-06-30)."""

LookupCode = Annotated[str, Field(pattern=r"^HS[0-9]{2}-[0-9A-HJKMNP-TV-Z]{6}$")]
"""What the petitioner holds: ``HS26-7K4QM9``. It names no kind, and opens nothing without the access key."""

_NAMESPACE = UUID("5b8f1f0e-6f0c-5d7b-9d6e-7469657064e1")


def derived(kind: str, *parts: object) -> UUID:
    """The same id for the same parts, for ever: a handler run twice makes one thing, not two."""
    return uuid5(_NAMESPACE, "/".join([kind, *map(str, parts)]))


def case_of(petition_id: PetitionId) -> CaseId:
    """One petition has one case; its id follows from the petition's."""
    return CaseId(derived("case", petition_id))


def calendar_of(province: UnitId) -> CalendarId:
    """A province has one calendar book; its id follows from the province's."""
    return CalendarId(derived("calendar", province))
