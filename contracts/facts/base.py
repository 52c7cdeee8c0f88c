"""What every fact is: frozen, small, and without any person in it."""

from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.streams import Stream

Moment = AwareDatetime
"""A time with a zone; naive times are refused."""

VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")

Count = Annotated[int, Field(ge=0)]
RequestNumber = Annotated[int, Field(ge=1, le=99)]
"""The number of a request in the petition, from 1."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
DocumentNumber = Annotated[
    str,
    Field(
        max_length=60,
        pattern=r"^[0-9]{1,6}[a-zđ]?(/[0-9]{4})?/[A-ZĐ][A-Za-zĐđ0-9]{0,11}([.-][A-ZĐ][A-Za-zĐđ0-9]{0,11}){0,4}$",
    ),
]
"""The number of an official document: number, year if it has one, symbol, such as ``125/QĐ-UBND``."""

Article = Annotated[
    str,
    Field(
        max_length=80,
        pattern=(
            r"^([A-ZĐ][A-ZĐ0-9]{0,11}|[0-9]{1,4}/[0-9]{4}(/[A-ZĐ0-9]{2,8}(-[A-ZĐ0-9]{2,10}){0,2})?)"
            r"( (arts?|art\.|para|ch\.|Điều|khoản|điểm|chương|mục|mẫu|[IVX]{1,6}|[a-zđ]"
            r"|[0-9]{1,3}[a-zđ]?(/[A-ZĐ]{2,6})?(\([0-9a-zđ]{1,3}\)){0,3}(-[0-9]{1,3})?)[,;]?)+$"
        ),
    ),
]
"""One citation: an instrument, then its places, such as ``LKN 28``, ``ND154 20(1)``, ``154/2026 art. 20(1)``."""

MediaType = Annotated[
    str, Field(max_length=100, pattern=r"^(application|audio|image|text|video)/[a-z0-9][a-z0-9.+-]{0,79}$")
]
KeyId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
"""The name of a key in the key file, never the key."""

SealedBox = Annotated[str, Field(min_length=40, max_length=8192, pattern=r"^[A-Za-z0-9+/_-]+={0,2}$")]
"""Base64 of nonce, ciphertext and tag: at least the 28 bytes of an empty box."""

ObjectName = Annotated[str, Field(max_length=300, pattern=r"^[a-z][a-z0-9-]{0,31}(/[a-z0-9][a-z0-9._-]{0,79}){1,6}$")]
"""Where the vault keeps something."""


class Fact(BaseModel):
    """Something that happened. Never changed, never deleted, never about a person.

    ``TYPE`` is the CloudEvents type, version included; another meaning is another type. Within a version the
    schema only grows, by optional fields. Unknown fields are ignored, so an old reader survives a new speaker.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    TYPE: ClassVar[str]

    @property
    def stream(self) -> Stream:
        """The stream this fact is said on."""
        raise NotImplementedError

    @property
    def subject(self) -> UUID:
        """The id of the aggregate it is about: the key on Kafka, the unit of order."""
        raise NotImplementedError


class Part(BaseModel):
    """A value inside a fact."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class KeptFile(Part):
    """A document as it is kept: sealed, for its words may name a person. The hash is of the sealed bytes, so it proves
    what is kept and tells nothing of what is written."""

    media_type: MediaType
    sha256: Sha256
    size_bytes: Count
    """Of the document itself, before it was sealed."""


def utc_text(moment: datetime) -> str:
    """The one spelling of a time on the wire: UTC, microseconds, ``Z``."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{text[:-6]}Z"  # for +00:00; strftime takes ten times as long, and every fact heard needs this


def vietnam_day(moment: datetime) -> date:
    """The day of a moment in Vietnam: the law counts in its days."""
    return moment.astimezone(VIETNAM).date()
