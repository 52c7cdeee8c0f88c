"""The envelope of a fact: CloudEvents 1.0 on Kafka, binary mode out, binary or structured mode in.

The chain: each envelope carries the hash of the one before it on the same subject and stream (``ce_prevhash``) and
its own (``ce_hash`` = SHA-256 over the previous hash, the attributes and the value's bytes), so that a missing,
changed or reordered fact shows.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from contracts.facts import BY_TYPE
from contracts.facts.base import Fact, utc_text

GENESIS: Final = "0" * 64
"""The previous hash of a first fact."""

JSON_TYPE: Final = "application/json"
STRUCTURED_TYPE: Final = "application/cloudevents"

Headers = Sequence[tuple[str, bytes]]


class Unreadable(ValueError):
    """A record that can never become a fact; ``reason`` is a closed code, never a piece of the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Envelope:
    """A fact with its place in the order of its subject. ``value`` is its JSON, byte for byte."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    sequence: int
    prev_hash: str
    hash: str
    traceparent: str | None
    stream: str
    value: bytes

    def fact(self) -> Fact | None:
        """The fact inside, or none when this reader does not know its type.

        Errors: Unreadable("invalid_value") when the type is known and the value does not fit it.
        """
        model = BY_TYPE.get(self.type)
        if model is None:
            return None
        try:
            return model.model_validate_json(self.value)
        except ValidationError as error:
            raise Unreadable("invalid_value") from error

    def is_whole(self) -> bool:
        """True when the envelope's own hash fits its content."""
        return self.hash == hash_of(
            self.prev_hash, self.id, self.type, self.source, self.subject, self.time, self.sequence, self.value
        )

    def headers(self) -> list[tuple[str, bytes]]:
        """Kafka headers of binary mode."""
        pairs = {
            "content-type": JSON_TYPE,
            "ce_specversion": "1.0",
            "ce_id": str(self.id),
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_subject": self.subject,
            "ce_time": utc_text(self.time),
            "ce_sequence": str(self.sequence),
            "ce_hash": self.hash,
            "ce_prevhash": self.prev_hash,
        }
        if self.traceparent:
            pairs["traceparent"] = self.traceparent
        return [(name, text.encode()) for name, text in pairs.items()]

    def to_document(self) -> dict[str, Any]:
        """The envelope as plain JSON values, for a drawer; ``from_document`` gives it back."""
        return {
            "id": str(self.id),
            "type": self.type,
            "source": self.source,
            "subject": self.subject,
            "time": utc_text(self.time),
            "sequence": self.sequence,
            "prev_hash": self.prev_hash,
            "hash": self.hash,
            "traceparent": self.traceparent,
            "stream": self.stream,
            "value": self.value.decode(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Envelope":
        """The envelope that ``to_document`` wrote."""
        return cls(
            id=UUID(document["id"]),
            type=document["type"],
            source=document["source"],
            subject=document["subject"],
            time=_time(document["time"]),
            sequence=document["sequence"],
            prev_hash=document["prev_hash"],
            hash=document["hash"],
            traceparent=document["traceparent"],
            stream=document["stream"],
            value=document["value"].encode(),
        )


def seal(
    fact: Fact, *, fact_id: UUID, source: str, time: datetime, sequence: int, prev_hash: str, traceparent: str | None
) -> Envelope:
    """Put a fact into its envelope, chained to the one before it."""
    value = canonical(fact)
    subject = str(fact.subject)
    return Envelope(
        id=fact_id,
        type=fact.TYPE,
        source=source,
        subject=subject,
        time=time,
        sequence=sequence,
        prev_hash=prev_hash,
        hash=hash_of(prev_hash, fact_id, fact.TYPE, source, subject, time, sequence, value),
        traceparent=traceparent,
        stream=fact.stream.name,
        value=value,
    )


def canonical(fact: Fact) -> bytes:
    """The JSON of a fact in its one spelling: sorted names, no spaces, UTF-8."""
    return json.dumps(fact.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def hash_of(
    prev_hash: str, fact_id: UUID, type_: str, source: str, subject: str, time: datetime, sequence: int, value: bytes
) -> str:
    """SHA-256 over the previous hash, the attributes (one a line) and the value."""
    attributes = "\n".join([prev_hash, str(fact_id), type_, source, subject, utc_text(time), str(sequence)])
    return hashlib.sha256(attributes.encode() + b"\n" + value).hexdigest()


def from_record(stream: str, headers: Headers, value: bytes | None) -> Envelope:
    """Read a Kafka record in binary or structured mode.

    Errors: Unreadable with ``no_value``, ``header_not_text``, ``not_cloudevents``, ``missing_attribute``,
    ``bad_attribute`` or ``invalid_json``.
    """
    if value is None:
        raise Unreadable("no_value")
    attributes = _texts(headers)
    if attributes.get("content-type", "").startswith(STRUCTURED_TYPE):
        attributes, value = _structured(attributes, value)
    elif attributes.get("ce_specversion") != "1.0":
        raise Unreadable("not_cloudevents")
    try:
        return Envelope(
            id=UUID(attributes["ce_id"]),
            type=_one_line(attributes["ce_type"]),
            source=_one_line(attributes["ce_source"]),
            subject=_one_line(attributes["ce_subject"]),
            time=_time(attributes["ce_time"]),
            sequence=_positive(attributes["ce_sequence"]),
            prev_hash=attributes["ce_prevhash"],
            hash=attributes["ce_hash"],
            traceparent=attributes.get("traceparent"),
            stream=stream,
            value=value,
        )
    except KeyError as error:
        raise Unreadable("missing_attribute") from error
    except ValueError as error:
        raise Unreadable("bad_attribute") from error


def first_break(chain: Iterable[Envelope]) -> int | None:
    """The sequence number at which a subject's chain, given from its first fact, breaks; none when it holds."""
    expected, prev_hash = 1, GENESIS
    for envelope in chain:
        if envelope.sequence != expected or envelope.prev_hash != prev_hash or not envelope.is_whole():
            return expected
        expected, prev_hash = expected + 1, envelope.hash
    return None


def _texts(headers: Headers) -> dict[str, str]:
    texts = {}
    for name, raw in headers:
        try:
            texts[name] = raw.decode()
        except (UnicodeDecodeError, AttributeError) as error:
            if name.startswith("ce_") or name == "content-type":
                raise Unreadable("header_not_text") from error
    return texts


def _structured(attributes: dict[str, str], value: bytes) -> tuple[dict[str, str], bytes]:
    try:
        event = json.loads(value)
        json.dumps(event, ensure_ascii=False).encode()  # lone surrogates are JSON, but no text
    except (ValueError, RecursionError) as error:
        raise Unreadable("invalid_json") from error
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        raise Unreadable("not_cloudevents")
    if "data" not in event:
        raise Unreadable("no_value")
    data = json.dumps(event.pop("data"), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    named = {f"ce_{name}": str(text) for name, text in event.items() if text is not None}
    traceparent = named.pop("ce_traceparent", attributes.get("traceparent"))
    return named | ({"traceparent": traceparent} if traceparent else {}), data


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _one_line(text: str) -> str:
    if "\n" in text:  # lines part the attributes under the hash
        raise ValueError("an attribute is one line")
    return text


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("sequences start at 1")
    return number
