"""The AsyncAPI 3 document: which streams there are, how they are kept, what is said on them, by whom, for whom."""

from typing import Any, Final

from contracts.facts import BY_TYPE, streams_of
from contracts.facts.base import Fact
from contracts.streams import STREAMS, Stream

VERSION: Final = "1.0.0"
_KAFKA: Final = "0.5.0"
_ABOUT: Final = (
    "Online citizen reception: what the services say to each other and to other government systems. "
    "CloudEvents 1.0, Kafka binary mode. Order holds within a key, never across streams. Unknown types and unknown "
    "fields have to be ignored. Only streams whose readers list `external` are open to other systems."
)
_HASH: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

Document = dict[str, Any]


def asyncapi() -> Document:
    """The whole document; ``contracts/asyncapi.json`` is its committed text."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "tiepdan", "version": VERSION, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {stream.slug: _channel(stream) for stream in STREAMS},
        "operations": _operations(),
        "components": {"messages": {fact.__name__: _message(fact) for fact in BY_TYPE.values()}},
    }


def facts_on(stream: Stream) -> tuple[type[Fact], ...]:
    """The facts said on a stream, in the order in which their speaker lists them."""
    return tuple(fact for fact in BY_TYPE.values() if stream in streams_of(fact))


def _channel(stream: Stream) -> Document:
    retention = stream.retention_seconds
    return {
        "address": stream.name,
        "description": f"Key: {stream.key}. Speaker: {stream.speaker}. Readers: {', '.join(stream.readers)}.",
        "messages": {fact.__name__: {"$ref": f"#/components/messages/{fact.__name__}"} for fact in facts_on(stream)},
        "bindings": {
            "kafka": {
                "topic": stream.name,
                "partitions": stream.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [stream.cleanup],
                    "retention.ms": retention if retention < 0 else retention * 1000,
                    "max.message.bytes": stream.max_message_bytes,
                },
                "bindingVersion": _KAFKA,
            }
        },
        "x-speaker": stream.speaker,
        "x-readers": list(stream.readers),
        "x-key": stream.key,
    }


def _operations() -> Document:
    operations: Document = {}
    for stream in STREAMS:
        channel = {"channel": {"$ref": f"#/channels/{stream.slug}"}}
        speaks = {"action": "send", "summary": f"{stream.speaker} speaks on {stream.name}"}
        operations[f"{stream.speaker}_speaks_{stream.slug}"] = speaks | channel
        for reader in stream.readers:
            reads = {"action": "receive", "summary": f"{reader} reads {stream.name}"}
            operations[f"{reader}_reads_{stream.slug}"] = reads | channel
    return operations


def _message(fact: type[Fact]) -> Document:
    return {
        "name": fact.TYPE,
        "title": fact.__name__,
        "summary": (fact.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "headers": _headers(fact),
        "payload": {"$ref": f"./schemas/{fact.TYPE}.json"},
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": _KAFKA}},
    }


def _headers(fact: type[Fact]) -> Document:
    properties: Document = {
        "content-type": {"const": "application/json"},
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "UUIDv7; the same fact always has the same id"},
        "ce_type": {"const": fact.TYPE},
        "ce_source": {"type": "string", "format": "uri-reference"},
        "ce_subject": {"type": "string", "format": "uuid", "description": "the aggregate's id, which is also the key"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_sequence": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "gapless per subject, from 1"},
        "ce_hash": _HASH | {"description": "SHA-256 over the previous hash, the attributes and the value"},
        "ce_prevhash": _HASH | {"description": "the hash of the subject's fact before; zeros for the first"},
    }
    required = sorted(properties)
    return {
        "type": "object",
        "properties": properties | {"traceparent": {"type": "string", "description": "W3C trace context"}},
        "required": required,
    }
