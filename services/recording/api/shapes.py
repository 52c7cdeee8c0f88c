"""What this door takes and shows."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.facts.base import Sha256
from contracts.ids import PointId, RecordingId, SessionId, StreamId
from services.recording.domain.access import Access
from services.recording.domain.chunks import SEQ_MAX
from services.recording.domain.recording import EPOCHS_MAX, Codecs, Container, Lost, Recording, SealedAs, Stream


class Value(BaseModel):
    """What this door takes; unknown members are refused, so a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class StreamDeclaration(Value):
    """In what form a point's media come. ``epoch`` 1 first; a sender that starts anew opens the next."""

    point_id: PointId
    epoch: Annotated[int, Field(ge=1, le=EPOCHS_MAX)] = 1
    container: Container = "video/mp4"
    codecs: Codecs


class StreamCompletion(Value):
    """The sender's last word."""

    last_seq: Annotated[int, Field(ge=-1, le=SEQ_MAX)]
    """-1: nothing was made."""
    head: Sha256 | None = None
    """The sender's own chain head; compared when no chunk is missing."""
    lost: Annotated[tuple[Lost, ...], Field(max_length=1_000)] = ()
    """Runs that can never be sent."""


class StreamView(BaseModel):
    """A stream as it stands."""

    stream_id: StreamId
    recording_id: RecordingId
    point_id: PointId
    epoch: int
    container: str | None
    codecs: str | None
    is_complete: bool
    last_seq: int | None


class HaveRanges(BaseModel):
    """What is safely kept of a stream: a sender resumes from it. Ranges hold both ends."""

    stream_id: StreamId
    ranges: list[tuple[int, int]]
    chunk_count: int
    size_bytes: int
    chain_head: str
    is_complete: bool
    refused_count: int
    is_flagged: bool


class ChunkReceipt(BaseModel):
    """A chunk that is durable."""

    stream_id: StreamId
    seq: int
    sha256: str
    outcome: Literal["new", "same_again"]


class RecordingView(BaseModel):
    """A recording as it stands."""

    recording_id: RecordingId
    session_id: SessionId
    status: str
    status_label: str
    session_started_at: datetime
    first_chunk_at: datetime | None
    session_ended_at: datetime | None
    upload_deadline: datetime | None
    retain_until: date
    streams: list[StreamView]
    sealed: SealedAs | None
    failure: str | None


class FindingView(BaseModel):
    """One broken or unknown place."""

    what: str
    where: str
    stream_id: str | None
    seq: int | None
    object_name: str | None


class VerdictView(BaseModel):
    """What verification found."""

    result: str
    findings: list[FindingView]
    """Where it is broken. ``hidden_by_marker`` alone breaks nothing: somebody deleted the object for others, and its
    bytes are here and true."""
    unknown: list[FindingView]
    gap_count: int
    chunk_count: int
    size_bytes: int
    manifest_sha256: str
    merkle_root: str


class AccessView(BaseModel):
    """A page of the access log; ``next`` asks for the page after it."""

    entries: list[Access]
    next: str | None


def recording_view(recording: Recording) -> RecordingView:
    shown = recording.model_dump(
        include={"recording_id", "session_id", "session_started_at", "first_chunk_at", "session_ended_at"}
        | {"upload_deadline", "retain_until", "sealed", "failure"}
    )
    return RecordingView(
        **shown,
        status=recording.status.value,
        status_label=recording.status.label,
        streams=[stream_view(recording, stream) for stream in recording.streams],
    )


def stream_view(recording: Recording, stream: Stream) -> StreamView:
    return StreamView(
        stream_id=stream.stream_id,
        recording_id=recording.recording_id,
        point_id=stream.point_id,
        epoch=stream.epoch,
        container=stream.container,
        codecs=stream.codecs,
        is_complete=stream.completion is not None,
        last_seq=stream.completion.last_seq if stream.completion else None,
    )
