"""Is a sealed recording whole? A pure function over the manifest and a reader. Standard library only.

The check is a generator that asks for objects and is given their bytes, so the same code runs inside the service
(asynchronous vault) and offline (files). It never stops at the first fault: every broken place is named.
"""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from services.recording.domain.evidence import canonical, entry_hash, genesis, sha256
from services.recording.domain.manifest import FORMAT, recording_totals, root_of, stream_totals
from services.recording.domain.ranges import missing, without

_SHAPE_FAULTS: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError)


class Result(StrEnum):
    VALID = "valid"
    VALID_WITH_GAPS = "valid_with_gaps"
    BROKEN = "broken"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault and its place. ``what`` is a closed code."""

    what: str
    stream_id: str | None = None
    seq: int | None = None
    object_name: str | None = None

    @property
    def where(self) -> str:
        """The place in one line."""
        places = {"stream": self.stream_id, "chunk": self.seq, "object": self.object_name}
        return " ".join(f"{name} {value}" for name, value in places.items() if value is not None) or "manifest"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result; ``findings`` say where it is broken, ``unknown`` why it could not be decided."""

    result: Result
    findings: tuple[Finding, ...] = ()
    unknown: tuple[Finding, ...] = ()
    gap_count: int = 0
    chunk_count: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object the check needs to see."""

    name: str
    version: str


class Unreadable(Exception):
    """The reader cannot say whether the object is there; ``why`` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


Answer = bytes | None | Unreadable
"""The object's bytes; none when it is surely not there; Unreadable when nobody can say."""

Reader = Callable[[Wanted], bytes | None]
"""Gives an object's bytes, none when it is not there; raises Unreadable."""

Check = Generator[Wanted, Answer, Verdict]


@dataclass(slots=True)
class _Notes:
    findings: list[Finding] = field(default_factory=list)
    unknown: list[Finding] = field(default_factory=list)
    size_bytes: int = 0

    def verdict(self, document: Mapping[str, Any]) -> Verdict:
        gap_count = document["gap_count"]
        return Verdict(
            self._result(gap_count),
            tuple(self.findings),
            tuple(self.unknown),
            gap_count,
            sum(len(stream["chunks"]) for stream in document["streams"]),
            self.size_bytes,
        )

    def _result(self, gap_count: int) -> Result:
        if self.findings:
            return Result.BROKEN
        if self.unknown:
            return Result.INDETERMINATE
        return Result.VALID_WITH_GAPS if gap_count else Result.VALID


def verify(manifest: bytes, reader: Reader, *, manifest_sha256: str | None = None) -> Verdict:
    """Check the manifest and every byte it names.

    ``manifest_sha256`` is what RecordingStored said. Without it a manifest that was made anew as a whole, over other
    media, cannot be told from the true one.
    """
    check = checking(manifest, manifest_sha256=manifest_sha256)
    step = advanced(check, None)
    while isinstance(step, Wanted):
        try:
            answer: Answer = reader(step)
        except Unreadable as unreadable:
            answer = unreadable
        step = advanced(check, answer)
    return step


def advanced(check: Check, answer: Answer) -> Wanted | Verdict:
    """The next object the check wants, or its verdict; the first call takes none."""
    try:
        return check.send(answer)
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict


def checking(manifest: bytes, *, manifest_sha256: str | None = None) -> Check:
    """The check as a generator: yields the object it wants, is sent an Answer, returns the Verdict."""
    if manifest_sha256 is not None and sha256(manifest) != manifest_sha256:
        return Verdict(Result.BROKEN, (Finding("manifest_is_another"),))
    try:
        document = json.loads(manifest)
        if document["format"] != FORMAT:
            return Verdict(Result.INDETERMINATE, unknown=(Finding("unknown_format"),))
        return (yield from _checked(manifest, document))
    except _SHAPE_FAULTS:
        return Verdict(Result.BROKEN, (Finding("manifest_unreadable"),))


def _checked(manifest: bytes, document: Mapping[str, Any]) -> Check:
    notes = _Notes()
    if canonical(document) != manifest:
        notes.findings.append(Finding("manifest_not_canonical"))
    for stream in document["streams"]:
        notes.findings += [Finding(what, stream["stream_id"], seq) for what, seq in _chain_faults(stream)]
        notes.findings += [Finding(what, stream["stream_id"]) for what in _stream_faults(stream)]
        yield from _read_objects(stream, notes)
    notes.findings += [Finding(what) for what in _document_faults(document)]
    return notes.verdict(document)


def _document_faults(document: Mapping[str, Any]) -> list[str]:
    said = {name: document[name] for name in recording_totals(document["streams"])}
    faults = [] if said == recording_totals(document["streams"]) else ["totals_wrong"]
    return faults if root_of(document) == document["merkle_root"] else [*faults, "merkle_root_wrong"]


def _chain_faults(stream: Mapping[str, Any]) -> list[tuple[str, int]]:
    entries = stream["chunks"]
    faults = [("order_wrong", after["seq"]) for before, after in pairwise(entries) if after["seq"] <= before["seq"]]
    prev = genesis(stream["stream_id"])
    for entry in entries:
        if entry["prev"] != prev:
            faults.append(("chain_broken", entry["seq"]))
        prev = entry_hash(entry)
    if prev != stream["chain_head"]:
        faults.append(("chain_broken", entries[-1]["seq"] if entries else 0))
    return faults


def _stream_faults(stream: Mapping[str, Any]) -> list[str]:
    totals = stream_totals(stream["chunks"])
    faults = [] if totals == {name: stream[name] for name in totals} else ["totals_wrong"]
    present = [entry["seq"] for entry in stream["chunks"]]
    last = stream["last_seq"] if stream["is_complete"] else max(present, default=-1)
    declared = [(gap["from_seq"], gap["to_seq"]) for gap in stream["gaps"] if not gap["is_open_ended"]]
    absent = missing(present, last)
    if without(absent, declared):
        faults.append("gap_undeclared")
    if without(declared, absent):
        faults.append("gap_untrue")
    is_open_ended = any(gap["is_open_ended"] for gap in stream["gaps"])
    if is_open_ended is stream["is_complete"]:
        faults.append("end_undeclared")
    return faults


def _read_objects(stream: Mapping[str, Any], notes: _Notes) -> Generator[Wanted, Answer, None]:
    entries = list(stream["chunks"])
    for stored in stream["objects"]:
        inside, entries = entries[: stored["chunk_count"]], entries[stored["chunk_count"] :]
        answer = yield Wanted(stored["name"], stored["version"])
        if isinstance(answer, Unreadable):
            notes.unknown.append(Finding(answer.why, stream["stream_id"], object_name=stored["name"]))
        elif answer is None:
            notes.findings += _named("object_missing", stream, stored, inside)
        else:
            notes.size_bytes += len(answer)
            notes.findings += _object_faults(stream, stored, inside, answer)
    notes.findings += [Finding("chunk_in_no_object", stream["stream_id"], entry["seq"]) for entry in entries]


def _named(what: str, stream: Mapping[str, Any], stored: Mapping[str, Any], inside: list[Any]) -> list[Finding]:
    return [Finding(what, stream["stream_id"], entry["seq"], stored["name"]) for entry in inside]


def _object_faults(
    stream: Mapping[str, Any], stored: Mapping[str, Any], inside: list[Any], content: bytes
) -> list[Finding]:
    faults, offset = [], 0
    for entry in inside:
        piece = content[offset : offset + entry["size_bytes"]]
        offset += entry["size_bytes"]
        if len(piece) < entry["size_bytes"]:
            faults += _named("chunk_cut_short", stream, stored, [entry])
        elif sha256(piece) != entry["sha256"]:
            faults += _named("chunk_altered", stream, stored, [entry])
    if not faults and (sha256(content) != stored["sha256"] or len(content) != stored["size_bytes"]):
        faults.append(Finding("object_altered", stream["stream_id"], object_name=stored["name"]))
    return faults
