"""The recording of one session: armed when it starts, sealed or declared failed when it is over. Never silence.

The transitions are one closed table; the decisions stand in ``decisions``.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from contracts.errors import NotFound
from contracts.facts.base import Fact, Sha256
from contracts.ids import PointId, RecordingId, SessionId, StreamId, derived
from contracts.vocabulary import EndedBy, GapCause, Labelled
from services.recording.domain.chunks import Seq, StreamIndex, Value

Container = Literal["video/mp4", "video/webm"]
Codecs = Annotated[str, Field(pattern=r"^[A-Za-z0-9.,_-]{1,80}$")]
FIRST_EPOCH: Final = 1
EPOCHS_MAX: Final = 1_000


class Status(Labelled):
    ARMED = "armed", "sẵn sàng ghi"
    RECORDING = "recording", "đang ghi"
    DRAINING = "draining", "đang nhận phần còn lại"
    SEALING = "sealing", "đang niêm phong"
    SEALED = "sealed", "đã niêm phong"
    SEALED_WITH_GAPS = "sealed_with_gaps", "đã niêm phong, có đoạn thiếu"
    FAILED = "failed", "không có bản ghi"
    CANCELLED = "cancelled", "đã hủy, không lưu"


TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = {
    Status.ARMED: frozenset({Status.RECORDING, Status.DRAINING, Status.CANCELLED}),
    Status.RECORDING: frozenset({Status.DRAINING}),
    Status.DRAINING: frozenset({Status.SEALING}),
    Status.SEALING: frozenset({Status.SEALED, Status.SEALED_WITH_GAPS, Status.FAILED}),
    Status.SEALED: frozenset(),
    Status.SEALED_WITH_GAPS: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}
"""Every legal change. Media once acknowledged are never thrown away: there is no way from RECORDING to CANCELLED."""

TAKING: Final = frozenset({Status.ARMED, Status.RECORDING, Status.DRAINING})
"""While chunks are taken."""
SEALED: Final = frozenset({Status.SEALED, Status.SEALED_WITH_GAPS})


class Lost(Value):
    """Chunks that the sender made and can never send."""

    from_seq: Seq
    to_seq: Seq
    cause: GapCause = GapCause.CHUNK_MISSING

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to_seq < self.from_seq:
            raise ValueError("a run ends after it starts")
        return self


class Completion(Value):
    """The sender's word: where the stream ends (-1: nothing was made), its own chain head, what is lost for ever."""

    completed_at: AwareDatetime
    last_seq: Annotated[int, Field(ge=-1)]
    head: Sha256 | None
    lost: tuple[Lost, ...]


class Point(Value):
    """A bridge point whose media are due."""

    point_id: PointId
    unit: str
    is_main: bool
    is_required: bool


class Stream(Value):
    """What one point sends in one go. A sender that starts anew opens the next epoch, it never appends."""

    stream_id: StreamId
    point_id: PointId
    unit: str
    epoch: Annotated[int, Field(ge=FIRST_EPOCH, le=EPOCHS_MAX)]
    container: Container | None = None
    codecs: Codecs | None = None
    completion: Completion | None = None

    @property
    def is_declared(self) -> bool:
        """True when the point has said in what form its media come."""
        return self.container is not None


class SealedAs(Value):
    """Where the sealed recording is and what it amounts to."""

    manifest_name: str
    manifest_version: str
    manifest_sha256: Sha256
    merkle_root: Sha256
    size_bytes: int
    duration_milliseconds: int
    gap_count: int


class Recording(Value):
    """The aggregate."""

    recording_id: RecordingId
    session_id: SessionId
    status: Status
    session_started_at: AwareDatetime
    retain_until: date
    points: tuple[Point, ...]
    streams: tuple[Stream, ...]
    chaired_by: str | None = None
    """The unit whose head holds the session; it need not have a point of its own."""
    is_discreet: bool = False
    """True when a case heard was discreet: for the units that took part, and nobody above them."""
    first_chunk_at: AwareDatetime | None = None
    session_ended_at: AwareDatetime | None = None
    ended_by: EndedBy | None = None
    upload_deadline: AwareDatetime | None = None
    """After it the recording is sealed with what has come."""
    sealing_at: AwareDatetime | None = None
    sealed: SealedAs | None = None
    failure: Literal["no_media", "vault_refused"] | None = None
    is_spool_clear: bool = False
    """True when no byte of it is on this service's own disk any more."""

    @property
    def is_sealed(self) -> bool:
        return self.status in SEALED

    @property
    def needs_care(self) -> bool:
        """True while there is something left to ship, seal or clear away."""
        is_over = not TRANSITIONS[self.status]
        return not is_over or (not self.is_spool_clear and self.failure != "vault_refused")

    def stream(self, stream_id: StreamId) -> Stream:
        """Errors: NotFound("no_stream")."""
        for stream in self.streams:
            if stream.stream_id == stream_id:
                return stream
        raise NotFound("no_stream", "Không tìm thấy luồng ghi.")

    def streams_of(self, point_id: PointId) -> tuple[Stream, ...]:
        """By epoch."""
        return tuple(stream for stream in self.streams if stream.point_id == point_id)


Decided = tuple[Recording, list[Fact]]


def recording_of(session_id: SessionId) -> RecordingId:
    """One session has one recording; its id follows from the session's."""
    return RecordingId(derived("recording", session_id))


def stream_of(recording_id: RecordingId, point_id: PointId, epoch: int) -> StreamId:
    """The id of what one point sends in one epoch."""
    return StreamId(derived("stream", recording_id, point_id, epoch))


def index_of(recording_id: RecordingId, point: Point, epoch: int) -> StreamIndex:
    """The index entry that leads from a stream to its recording."""
    stream_id = stream_of(recording_id, point.point_id, epoch)
    return StreamIndex(stream_id=stream_id, recording_id=recording_id, point_id=point.point_id, unit=point.unit)
