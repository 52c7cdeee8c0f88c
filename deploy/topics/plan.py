"""What topics the house needs, and how what a cluster has differs from it. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.streams import FOR_EVER, STREAMS, dead_letter_topics

_LETTER_HEADERS_BYTES: Final = 65_536
"""A dead letter is the original record and headers that say where it came from and what went wrong."""
_SAFE_REPLICATION: Final = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be. ``configs``: in Kafka's words and units."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as a cluster has it; ``replication`` is that of its worst partition."""

    partitions: int
    replication: int
    configs: Mapping[str, str]


def wanted(replication: int) -> tuple[Topic, ...]:
    """Every stream and every dead-letter topic. With three replicas or more, two must have a record before its ack."""
    streams = (
        _topic(one.name, one.partitions, replication, one.cleanup, one.retention_seconds, one.max_message_bytes)
        for one in STREAMS
    )
    letters = (
        _topic(
            one.name,
            one.partitions,
            replication,
            "delete",
            one.retention_seconds,
            one.origin.max_message_bytes + _LETTER_HEADERS_BYTES,
        )
        for one in dead_letter_topics()
    )
    return (*streams, *letters)


def missing(topics: Iterable[Topic], found: Mapping[str, Found]) -> tuple[Topic, ...]:
    return tuple(topic for topic in topics if topic.name not in found)


def differences(topics: Iterable[Topic], found: Mapping[str, Found]) -> tuple[str, ...]:
    """One line for each thing that is not as wanted: ``topic: what is X, should be Y``."""
    lines: list[str] = []
    for topic in topics:
        there = found.get(topic.name)
        if there is None:
            lines.append(f"{topic.name}: is missing")
            continue
        is_so = {"partitions": str(there.partitions), "replication": str(there.replication), **there.configs}
        should = {"partitions": str(topic.partitions), "replication": str(topic.replication), **topic.configs}
        lines += [
            f"{topic.name}: {what} is {is_so.get(what, 'not set')}, should be {value}"
            for what, value in should.items()
            if is_so.get(what) != value
        ]
    return tuple(lines)


def _topic(
    name: str, partitions: int, replication: int, cleanup: str, retention_seconds: int, max_message_bytes: int
) -> Topic:
    keep = -1 if retention_seconds == FOR_EVER else retention_seconds * 1000
    configs = {
        "cleanup.policy": cleanup,
        "retention.ms": str(keep),
        "max.message.bytes": str(max_message_bytes),
        "min.insync.replicas": "2" if replication >= _SAFE_REPLICATION else "1",
        "unclean.leader.election.enable": "false",
    }
    return Topic(name, partitions, replication, configs)
