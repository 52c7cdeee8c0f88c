"""What recording says: media came in, where it has holes, and that it is sealed."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.facts.base import Count, Fact, Moment, ObjectName, Part, Sha256
from contracts.ids import PointId, RecordingId, SessionId, StreamId
from contracts.streams import RECORDINGS, Stream
from contracts.vocabulary import GapCause


class RecordingFact(Fact):
    """A fact about the recording of one session."""

    recording_id: RecordingId
    session_id: SessionId

    @property
    def stream(self) -> Stream:
        return RECORDINGS

    @property
    def subject(self) -> RecordingId:
        return self.recording_id


class RecordingStarted(RecordingFact):
    """The first acknowledged media of the session are on disk."""

    TYPE: ClassVar[str] = "vn.tiepdan.recording.started.v1"

    started_at: Moment
    point_id: PointId
    """The point whose media came first."""


class RecordingGapFound(RecordingFact):
    """A stretch of a point's media is missing. Gaps are facts: shown, signed, never hidden."""

    TYPE: ClassVar[str] = "vn.tiepdan.recording.gap_found.v1"

    stream_id: StreamId
    point_id: PointId
    from_chunk: Count
    to_chunk: Count
    cause: GapCause


class SealedStream(Part):
    """One point's media inside the sealed recording."""

    stream_id: StreamId
    point_id: PointId
    chunk_count: Count
    size_bytes: Count
    duration_milliseconds: Count
    chain_head: Sha256
    gap_count: Count = 0


class RecordingStored(RecordingFact):
    """Every stream is sealed in the vault; the manifest proves each of its bytes."""

    TYPE: ClassVar[str] = "vn.tiepdan.recording.stored.v1"

    stored_at: Moment
    streams: Annotated[tuple[SealedStream, ...], Field(min_length=1)]
    manifest_name: ObjectName
    manifest_sha256: Sha256
    merkle_root: Sha256
    size_bytes: Count
    duration_milliseconds: Count
    """Of the longest stream."""
    gap_count: Count
    retain_until: date


class RecordingFailed(RecordingFact):
    """The session ended and there is nothing, or not enough, to seal: a terminal state, never silence."""

    TYPE: ClassVar[str] = "vn.tiepdan.recording.failed.v1"

    failed_at: Moment
    reason: Literal["no_media", "vault_refused"]


FACTS: tuple[type[Fact], ...] = (RecordingStarted, RecordingGapFound, RecordingStored, RecordingFailed)
