"""What a schema promises its readers, one line each, and the lock in which every promise ever released is kept.

A promise names a fact type, a place in its value, a keyword and what the keyword says::

    vn.tiepdan.case.closed.v1 .closed_on format "date"
    vn.tiepdan.case.closed.v1 .closed_on required true

Titles, descriptions and labels promise nothing. The lock only grows; its lines are chained by hashes, so that a line
changed, dropped or slipped in by hand shows.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.facts import streams_of
from contracts.facts.base import Fact
from contracts.schemas.documents import Schema, schema_of
from contracts.streams import Stream

_SILENT: Final = frozenset({"$defs", "$id", "$schema", "description", "examples", "title", "x-labels"})
_PLAIN: Final = frozenset(
    {
        *("const", "default", "enum", "format", "pattern", "type"),
        *("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"),
        *("maxItems", "minItems", "maxLength", "minLength", "uniqueItems"),
    }
)
_PLACE: Final = re.compile(r"\.[^.\[{|]+|\[\]|\{key\}|\{\}|\|\d+")
_HASH_CHARACTERS: Final = 16
_HEAD: Final = (
    "# Every promise of every released schema. Written by `make schemas`, which only adds. Never edit by hand."
)


@dataclass(frozen=True, slots=True, order=True)
class Promise:
    """``subject``: a fact type or a stream. ``value`` is JSON text."""

    subject: str
    place: str
    keyword: str
    value: str

    def __str__(self) -> str:
        return f"{self.subject} {self.place} {self.keyword} {self.value}"

    @classmethod
    def parse(cls, line: str) -> "Promise":
        """The promise that ``str`` wrote."""
        return cls(*line.split(" ", 3))

    def properties(self) -> Iterator[str]:
        """The places of the properties this promise lies in, outermost first."""
        place = ""
        for step in _PLACE.findall(self.place):
            place += step
            if step.startswith("."):
                yield place


class LockBroken(Exception):
    """The lock was edited by hand or badly merged."""


def promises_of(fact: type[Fact]) -> frozenset[Promise]:
    """Everything a fact promises: the streams it is said on and the whole of its schema."""
    schema = schema_of(fact)
    said_on = Promise(fact.TYPE, "$", "streams", _json([stream.name for stream in streams_of(fact)]))
    walked = _walk("$", schema, schema.get("$defs", {}))
    return frozenset({said_on, *(Promise(fact.TYPE, *rest) for rest in walked)})


def promises_of_stream(stream: Stream) -> frozenset[Promise]:
    """What can never change about a stream: its speaker, its key, and the partitions that keep keys in order."""
    fixed = {
        "cleanup": stream.cleanup,
        "key": stream.key,
        "partitions": stream.partitions,
        "slug": stream.slug,
        "speaker": stream.speaker,
    }
    return frozenset(Promise(stream.name, "$", keyword, _json(value)) for keyword, value in fixed.items())


def breaks(released: Iterable[Promise], now: Iterable[Promise]) -> list[str]:
    """What is wrong with ``now`` for a reader of ``released``; empty when only optional fields or facts were added."""
    kept, present = frozenset(released), frozenset(now)
    said_now = {(one.subject, one.place, one.keyword): one.value for one in present}
    gone = [
        f"{one.subject} {one.place}: {one.keyword} was {one.value}, now "
        f"{said_now.get((one.subject, one.place, one.keyword), 'gone')}"
        for one in sorted(kept - present)
    ]
    changed = {(one.subject, one.place, one.keyword) for one in kept - present}
    added = [
        f"{one.subject} {one.place}: {one.keyword} {one.value} was never released, and this is not a new optional field"
        for one in sorted(present - kept)
        if (one.subject, one.place, one.keyword) not in changed and not _is_allowed(one, kept, present)
    ]
    return gone + added


def _is_allowed(added: Promise, kept: frozenset[Promise], present: frozenset[Promise]) -> bool:
    subjects = {one.subject for one in kept}
    if added.subject not in subjects:
        return True
    known = {one.place for one in kept if one.subject == added.subject}
    newest = next((place for place in added.properties() if place not in known), None)
    return newest is not None and Promise(added.subject, newest, "required", "false") in present


def _walk(place: str, node: Schema, definitions: Schema) -> Iterator[tuple[str, str, str]]:
    while "$ref" in node:
        node = definitions[node["$ref"].removeprefix("#/$defs/")] | {k: v for k, v in node.items() if k != "$ref"}
    for keyword, value in node.items():
        if keyword in _SILENT or keyword == "required":
            continue
        if keyword in _PLAIN or isinstance(value, bool):
            yield place, keyword, _json(sorted(value) if keyword == "enum" else value)
            continue
        for below, inner in _inner(place, keyword, value):
            yield from _walk(below, inner, definitions)
    for name in node.get("properties", {}):
        yield f"{_inside(place)}.{name}", "required", _json(name in node.get("required", ()))


def _inner(place: str, keyword: str, value: Any) -> list[tuple[str, Schema]]:
    inside = _inside(place)
    match keyword:
        case "properties":
            return [(f"{inside}.{name}", inner) for name, inner in value.items()]
        case "items":
            return [(f"{inside}[]", value)]
        case "additionalProperties":
            return [(f"{inside}{{}}", value)]
        case "propertyNames":
            return [(f"{inside}{{key}}", value)]
        case "anyOf":
            return [(f"{inside}|{index}", inner) for index, inner in enumerate(value)]
    raise ValueError(f"a schema keyword that no promise is known for: {keyword}")


def _inside(place: str) -> str:
    return "" if place == "$" else place


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def lock_text(promises: Sequence[Promise]) -> str:
    """The lock as it is committed: a head with count and last hash, then one chained line per promise, in order."""
    lines, link = [], ""
    for promise in promises:
        link = _link(link, str(promise))
        lines.append(f"{link} {promise}")
    return "\n".join([_HEAD, f"# {len(lines)} promises, last {link or '-'}", *lines]) + "\n"


def read_lock(text: str) -> tuple[Promise, ...]:
    """The promises of a lock, in the order in which they were released.

    Errors: LockBroken when a line was changed, dropped, moved or slipped in.
    """
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    promises, link = [], ""
    for number, line in enumerate(lines, start=1):
        written, _, promise = line.partition(" ")
        link = _link(link, promise)
        if written != link:
            raise LockBroken(f"promise {number} of the lock is not as it was released: {promise[:100]}")
        promises.append(Promise.parse(promise))
    if f"# {len(lines)} promises, last {link or '-'}" not in text.splitlines():
        raise LockBroken("the lock's head does not fit its lines: promises were dropped at the end")
    return tuple(promises)


def _link(before: str, promise: str) -> str:
    return hashlib.sha256(f"{before}{promise}".encode()).hexdigest()[:_HASH_CHARACTERS]
