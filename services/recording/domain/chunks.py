"""A chunk of media and the rules for taking it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from contracts.errors import BadInput
from contracts.facts.base import Sha256
from contracts.ids import PointId, RecordingId, StreamId
from services.recording.domain.evidence import Entry

SEQ_MAX: Final = 9_999_999
"""A day of half-second chunks is 172 800."""

Seq = Annotated[int, Field(ge=0, le=SEQ_MAX)]


class Value(BaseModel):
    """Immutable values of this room."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Offer(Value):
    """What a point says of a chunk before it is believed. Times are Unix milliseconds of the capture."""

    stream_id: StreamId
    seq: Seq
    sha256: Sha256
    capture_start_ms: Annotated[int, Field(ge=0)]
    capture_end_ms: Annotated[int, Field(ge=0)]
    starts_with_keyframe: bool

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "Offer":
        if self.capture_end_ms < self.capture_start_ms:
            raise ValueError("capture ends before it starts")
        return self


class Chunk(Offer):
    """An acknowledged chunk: its bytes are on disk or in the vault, and its hash is true. Never changed."""

    size_bytes: Annotated[int, Field(gt=0)]
    received_at: AwareDatetime

    def as_entry(self) -> Entry:
        """What the hash chain says of it, but for ``prev``."""
        return {
            "seq": self.seq,
            "size_bytes": self.size_bytes,
            "sha256": self.sha256,
            "capture_start_ms": self.capture_start_ms,
            "capture_end_ms": self.capture_end_ms,
            "starts_with_keyframe": self.starts_with_keyframe,
        }


class StreamIndex(Value):
    """Where a stream belongs and who may send it."""

    stream_id: StreamId
    recording_id: RecordingId
    point_id: PointId
    unit: str


class Incident(Value):
    """A security event of a stream: what was offered and could not be taken."""

    stream_id: StreamId
    seq: Seq
    kind: Literal["wrong_hash", "other_bytes", "damaged_on_disk"]
    kept_sha256: Sha256 | None
    """The bytes that hold their place, when there are any."""
    offered_sha256: Sha256
    """The hash of the bytes that came."""
    at: AwareDatetime


class VaultObject(Value):
    """A part of a stream in the vault: the exact concatenation of the chunks in ``runs``, in order."""

    stream_id: StreamId
    runs: Annotated[tuple[tuple[Seq, Seq], ...], Field(min_length=1)]
    size_bytes: Annotated[int, Field(gt=0)]
    sha256: Sha256
    name: str
    version: str

    @property
    def first_seq(self) -> int:
        return self.runs[0][0]

    @property
    def last_seq(self) -> int:
        return self.runs[-1][1]

    def holds(self, seq: int) -> bool:
        """True when this chunk is inside."""
        return any(first <= seq <= last for first, last in self.runs)

    @property
    def seqs(self) -> list[int]:
        """Every chunk inside, in order."""
        return [seq for first, last in self.runs for seq in range(first, last + 1)]


class Answer(StrEnum):
    """What becomes of an offer."""

    NEW = "new"
    SAME_AGAIN = "same_again"
    OTHER_BYTES = "other_bytes"


def judged(known: Chunk | None, actual_sha256: str) -> Answer:
    """The first acknowledged bytes of a seq hold; the same bytes again are fine, others never replace them."""
    if known is None:
        return Answer.NEW
    return Answer.SAME_AGAIN if known.sha256 == actual_sha256 else Answer.OTHER_BYTES


def must_fit(offer: Offer, actual_sha256: str, size_bytes: int) -> None:
    """Errors: BadInput("chunk_empty"); BadInput("wrong_hash") when the bytes are not what the offer said."""
    if size_bytes == 0:
        raise BadInput("chunk_empty", "Đoạn ghi hình không có nội dung.", seq=offer.seq)
    if actual_sha256 != offer.sha256:
        raise BadInput("wrong_hash", "Nội dung đoạn ghi hình không khớp mã băm SHA-256 đã khai báo.", seq=offer.seq)


def cut(sizes_bytes: Sequence[tuple[int, int]], *, limit_bytes: int, is_last: bool) -> list[list[int]]:
    """Seqs in groups of at most ``limit_bytes`` (a larger chunk is a group of its own), from (seq, size) in order.

    While more may come (``is_last`` is false) the last group waits, so the cut is the same however often the work is
    interrupted.
    """
    groups: list[list[int]] = []
    filled_bytes = 0
    for seq, size_bytes in sizes_bytes:
        if not groups or filled_bytes + size_bytes > limit_bytes:
            groups.append([])
            filled_bytes = 0
        groups[-1].append(seq)
        filled_bytes += size_bytes
    return groups if is_last else groups[:-1]
