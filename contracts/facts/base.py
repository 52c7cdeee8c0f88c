"""What every fact is: frozen, small, and without any person in it."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.streams import Stream

Moment = AwareDatetime
"""A time with a zone; naive times are refused."""

Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
DocumentNumber = Annotated[str, Field(max_length=60, pattern=r"^[0-9A-ZĐa-zđ./-]+$")]
"""The number of an official document, such as ``125/QĐ-UBND``."""


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


def utc_text(moment: datetime) -> str:
    """The one spelling of a time on the wire: UTC, microseconds, ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
