"""Records as Kafka gives them, byte for byte, and the fact that can be read from them."""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from aiokafka import ConsumerRecord

from contracts.facts.envelope import Envelope, Unreadable, from_record
from contracts.streams import Stream

_IDENTITY_CHARACTERS: Final = 32
_SEQUENCE_MAX: Final = 2**53
_ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A UUID in its one spelling."""

Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record and where it stood."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @classmethod
    def of(cls, raw: "ConsumerRecord[bytes, bytes]") -> "Record":
        """The record that aiokafka handed over."""
        return cls(raw.topic, raw.partition, raw.offset, raw.key, raw.value, tuple(raw.headers))

    @property
    def identity(self) -> str:
        """The same for the same content wherever it stands: a record said twice is one letter, not two."""
        digest = hashlib.sha256()
        headers = sorted((name, _text(value) or "-") for name, value in self.headers)
        for part in (
            self.topic,
            _text(self.key) or "-",
            _text(self.value) or "-",
            *(text for pair in headers for text in pair),
        ):
            digest.update(part.encode(errors="surrogatepass") + b"\n")
        return digest.hexdigest()[:_IDENTITY_CHARACTERS]

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values; ``from_document`` gives the same bytes back."""
        return {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "key": _text(self.key),
            "value": _text(self.value),
            "headers": [[_text(name.encode(errors="surrogatepass")), _text(value)] for name, value in self.headers],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Record":
        """The record that ``to_document`` wrote."""
        return cls(
            document["topic"],
            document["partition"],
            document["offset"],
            _bytes(document["key"]),
            _bytes(document["value"]),
            tuple((_name(name), _bytes(value)) for name, value in document["headers"]),
        )


def read(stream: Stream, record: Record) -> Envelope:
    """The envelope inside.

    Errors: Unreadable with the codes of ``contracts.facts.envelope``, or ``wrong_key`` when the record does not stand
    under its subject, ``bad_attribute`` for a subject or sequence nobody of ours writes, ``unreadable`` for the rest.
    """
    try:
        envelope = from_record(stream.name, record.headers, record.value)  # type: ignore[arg-type] # null headers are met there
    except Unreadable:
        raise
    except (ValueError, RecursionError, OverflowError) as error:
        raise Unreadable("unreadable") from error
    if not _ID.fullmatch(envelope.subject) or envelope.sequence > _SEQUENCE_MAX:
        raise Unreadable("bad_attribute")
    if record.key != envelope.subject.encode():
        raise Unreadable("wrong_key")
    return envelope


Records = tuple["ConsumerRecord[bytes, bytes]", ...]
Parse = Callable[[Records], Awaitable[Any]]


async def parse_tolerantly(raw: Records, original: Parse) -> Any:
    """FastStream's parser for a batch, which otherwise skips the **whole batch** for one header that is not text.

    It gets two records without any headers; what we handle are the records as they came.
    """
    message = await original((_bare(raw[0]), _bare(raw[-1])))
    message.raw_message = raw
    return message


async def as_they_came(message: Any) -> Sequence[Record]:
    """FastStream's decoder: no decoding, for one record that cannot be decoded would cost the whole batch."""
    return [Record.of(raw) for raw in message.raw_message]


def _bare(raw: "ConsumerRecord[bytes, bytes]") -> "ConsumerRecord[bytes, bytes]":
    return replace(raw, headers=())


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def _name(text: str) -> str:
    return base64.b64decode(text).decode(errors="surrogatepass")
