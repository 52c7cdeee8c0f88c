"""From what was taken to what is sealed: the manifest of a recording and the sums that its facts say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.facts.base import utc_text
from contracts.facts.recording import SealedStream
from contracts.ids import StreamId
from services.recording.domain.chunks import Chunk, VaultObject
from services.recording.domain.decisions import due_streams, gaps_of
from services.recording.domain.evidence import canonical, sha256
from services.recording.domain.manifest import composed, with_chain
from services.recording.domain.ranges import Gap
from services.recording.domain.recording import Recording, SealedAs, Stream


@dataclass(frozen=True, slots=True)
class Media:
    """What of a stream is in the vault (chunks in order of seq), and where wrong bytes were refused."""

    chunks: Sequence[Chunk] = ()
    objects: Sequence[VaultObject] = ()
    refused_seqs: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Assembly:
    """A manifest and what it amounts to. The same recording and media give the same bytes: sealing may be repeated."""

    manifest: bytes
    document: Mapping[str, Any]
    gaps: Mapping[StreamId, Sequence[Gap]]
    streams: tuple[SealedStream, ...] = field(default=())

    @property
    def manifest_sha256(self) -> str:
        return sha256(self.manifest)

    def sealed_as(self, *, name: str, version: str) -> SealedAs:
        """What the recording remembers of it, once the manifest stands in the vault under that name."""
        return SealedAs(
            manifest_name=name,
            manifest_version=version,
            manifest_sha256=self.manifest_sha256,
            merkle_root=self.document["merkle_root"],
            size_bytes=self.document["size_bytes"],
            duration_milliseconds=self.document["duration_milliseconds"],
            gap_count=self.document["gap_count"],
        )


def assemble(recording: Recording, media: Mapping[StreamId, Media]) -> Assembly:
    """The manifest over every stream that is due, with or without media."""
    due = due_streams(recording)
    kept = {stream.stream_id: media.get(stream.stream_id, Media()) for stream in due}
    found = {s.stream_id: gaps_of(s, kept[s.stream_id].chunks, kept[s.stream_id].refused_seqs) for s in due}
    parts = [with_chain(_part(stream, kept[stream.stream_id], found[stream.stream_id])) for stream in due]
    document = composed(_head(recording), parts)
    return Assembly(
        manifest=canonical(document),
        document=document,
        gaps=found,
        streams=tuple(_sealed_stream(part) for part in parts if part["chunks"]),
    )


def _head(recording: Recording) -> dict[str, Any]:
    times = {
        "session_started_at": recording.session_started_at,
        "session_ended_at": recording.session_ended_at,
        "upload_deadline": recording.upload_deadline,
        "sealed_at": recording.sealing_at,
    }
    return {
        "recording_id": str(recording.recording_id),
        "session_id": str(recording.session_id),
        "ended_by": recording.ended_by.value if recording.ended_by else None,
        "retain_until": recording.retain_until.isoformat(),
        **{name: utc_text(moment) if moment else None for name, moment in times.items()},
    }


def _part(stream: Stream, media: Media, found: Sequence[Gap]) -> dict[str, Any]:
    said = stream.completion
    return {
        "stream_id": str(stream.stream_id),
        "point_id": str(stream.point_id),
        "unit": stream.unit,
        "epoch": stream.epoch,
        "container": stream.container,
        "codecs": stream.codecs,
        "is_complete": said is not None,
        "last_seq": said.last_seq if said else None,
        "declared_head": said.head if said else None,
        "chunks": [chunk.as_entry() for chunk in media.chunks],
        "objects": [_object(stored) for stored in media.objects],
        "gaps": [
            {"from_seq": gap.first, "to_seq": gap.last, "cause": gap.cause, "is_open_ended": gap.is_open_ended}
            for gap in found
        ],
    }


def _object(stored: VaultObject) -> dict[str, Any]:
    return {
        "name": stored.name,
        "version": stored.version,
        "size_bytes": stored.size_bytes,
        "sha256": stored.sha256,
        "chunk_count": len(stored.seqs),
    }


def _sealed_stream(part: Mapping[str, Any]) -> SealedStream:
    return SealedStream(
        stream_id=part["stream_id"],
        point_id=part["point_id"],
        chunk_count=part["chunk_count"],
        size_bytes=part["size_bytes"],
        duration_milliseconds=part["duration_milliseconds"],
        chain_head=part["chain_head"],
        gap_count=len(part["gaps"]),
    )
