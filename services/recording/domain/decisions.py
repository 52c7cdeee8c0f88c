"""Decisions about a recording: values in, state and facts out. Every change of status goes through ``_moved``."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from contracts.errors import Conflict, NotFound, Refused
from contracts.facts.base import Fact
from contracts.facts.recording import (
    RecordingFailed,
    RecordingGapFound,
    RecordingStarted,
    RecordingStored,
    SealedStream,
)
from contracts.ids import PointId, RecordingId, SessionId, StreamId
from contracts.vocabulary import EndedBy, GapCause
from services.recording.domain.chunks import Chunk
from services.recording.domain.ranges import Gap, Known, Range, gaps, missing, without
from services.recording.domain.recording import (
    FIRST_EPOCH,
    TAKING,
    TRANSITIONS,
    Codecs,
    Completion,
    Container,
    Decided,
    Point,
    Recording,
    SealedAs,
    Status,
    Stream,
    recording_of,
    stream_of,
)


def arm(
    session_id: SessionId,
    points: Sequence[Point],
    *,
    started_at: datetime,
    retain_until: date,
    chaired_by: str | None = None,
    is_discreet: bool = False,
) -> Decided:
    """A session began: a stream is due from each of its points."""
    recording_id = recording_of(session_id)
    recording = Recording(
        recording_id=recording_id,
        session_id=session_id,
        status=Status.ARMED,
        session_started_at=started_at,
        retain_until=retain_until,
        chaired_by=chaired_by,
        is_discreet=is_discreet,
        points=tuple(points),
        streams=tuple(_opened(recording_id, point, FIRST_EPOCH) for point in points),
    )
    return recording, []


def declare(recording: Recording, point_id: PointId, *, epoch: int, container: Container, codecs: Codecs) -> Decided:
    """A point says in what form its media come; epoch 1 is armed, the next epoch is opened by this.

    Errors: NotFound("no_point"); Refused("recording_closed"); Refused("epoch_skipped"); Conflict("stream_declared")
    when the stream was declared in another form.
    """
    point = point_of(recording, point_id)
    streams = {stream.epoch: stream for stream in recording.streams_of(point_id)}
    known = streams.get(epoch)
    if known is not None and known.is_declared:
        if (known.container, known.codecs) != (container, codecs):
            raise Conflict("stream_declared", "Luồng ghi đã được khai báo với định dạng khác.")
        return recording, []
    must_take(recording)
    if known is None and epoch != max(streams) + 1:
        raise Refused("epoch_skipped", "Lần ghi mới phải nối tiếp lần ghi trước.", next_epoch=max(streams) + 1)
    opened = known or _opened(recording.recording_id, point, epoch)
    return _with_stream(recording, opened.model_copy(update={"container": container, "codecs": codecs})), []


def point_of(recording: Recording, point_id: PointId) -> Point:
    """Errors: NotFound("no_point")."""
    for point in recording.points:
        if point.point_id == point_id:
            return point
    raise NotFound("no_point", "Không tìm thấy điểm cầu trong bản ghi.")


def must_take(recording: Recording) -> None:
    """Errors: Refused("recording_closed") when nothing more is taken."""
    if recording.status not in TAKING:
        raise Refused("recording_closed", f"Bản ghi không nhận thêm dữ liệu: {recording.status.label}.")


def must_take_chunk(recording: Recording, stream_id: StreamId, seq: int) -> None:
    """Let a chunk pass that is not there yet, or refuse it.

    Errors: NotFound("no_stream"); Refused("recording_closed"), ("stream_not_declared"), ("after_last_chunk").
    """
    stream = recording.stream(stream_id)
    must_take(recording)
    if not stream.is_declared:
        raise Refused("stream_not_declared", "Điểm cầu chưa khai báo định dạng luồng ghi.")
    if stream.completion is not None and seq > stream.completion.last_seq:
        raise Refused("after_last_chunk", "Luồng ghi đã kết thúc trước đoạn này.", last_seq=stream.completion.last_seq)


def begin(recording: Recording, point_id: PointId, *, first_chunk_at: datetime) -> Decided:
    """The first chunk is acknowledged; later ones change nothing. Errors: Refused("recording_closed")."""
    if recording.first_chunk_at is not None:
        return recording, []
    if recording.status is not Status.SEALING:  # let in while there was still time
        must_take(recording)
    moved = _moved(recording, Status.RECORDING) if recording.status is Status.ARMED else recording
    begun = moved.model_copy(update={"first_chunk_at": first_chunk_at})
    started = RecordingStarted(
        recording_id=recording.recording_id,
        session_id=recording.session_id,
        started_at=first_chunk_at,
        point_id=point_id,
    )
    return begun, [started]


def complete(
    recording: Recording, stream_id: StreamId, said: Completion, *, present: Sequence[int], head: str
) -> Decided:
    """The sender says that everything was sent, or is lost for ever.

    ``present``: seqs that are kept; ``head``: the chain head over them. Errors: NotFound; Refused("recording_closed");
    Refused("chunks_missing") with the missing runs; Refused("after_last_chunk"); Refused("head_differs");
    Conflict("stream_completed") when it was completed with other words.
    """
    stream = recording.stream(stream_id)
    if stream.completion is not None:
        _must_be_same_words(stream.completion, said)
        return recording, []
    must_take(recording)
    if present and max(present) > said.last_seq:
        raise Refused("after_last_chunk", "Đã nhận đoạn sau đoạn cuối được khai báo.", last_chunk=max(present))
    holes = without(missing(present, said.last_seq), [(lost.from_seq, lost.to_seq) for lost in said.lost])
    if holes:
        raise Refused("chunks_missing", "Luồng ghi còn thiếu đoạn, chưa thể kết thúc.", missing=spelled(holes))
    is_whole = not missing(present, said.last_seq)
    if is_whole and said.head is not None and said.head != head:
        raise Refused("head_differs", "Chuỗi mã băm của điểm cầu không khớp với bản đã nhận.", head=head)
    return _with_stream(recording, stream.model_copy(update={"completion": said})), []


def end(recording: Recording, *, ended_at: datetime, ended_by: EndedBy, upload_deadline: datetime) -> Decided:
    """The session is over: what is still on its way may come until the deadline."""
    ended = {"session_ended_at": ended_at, "ended_by": ended_by, "upload_deadline": upload_deadline}
    return _moved(recording, Status.DRAINING).model_copy(update=ended), []


def cancel(recording: Recording, *, now: datetime, upload_deadline: datetime) -> Decided:
    """The session will not take place: nothing is kept.

    Media already acknowledged are never thrown away: then it is sealed with what there is. A recording that is over
    stays as it is.
    """
    if recording.status is Status.ARMED:
        return _moved(recording, Status.CANCELLED), []
    if recording.status is Status.RECORDING:
        ended = {"session_ended_at": now, "upload_deadline": upload_deadline}
        return _moved(recording, Status.DRAINING).model_copy(update=ended), []
    return recording, []


def may_seal(recording: Recording, now: datetime) -> bool:
    """True when every stream that is due is complete, or the time for late uploads is over."""
    if recording.status is not Status.DRAINING or recording.upload_deadline is None:
        return False
    return now >= recording.upload_deadline or all(stream.completion for stream in due_streams(recording))


def due_streams(recording: Recording) -> tuple[Stream, ...]:
    """Streams that have to hold media: all but those of points that were not required and never spoke."""
    required = {point.point_id for point in recording.points if point.is_required}
    return tuple(stream for stream in recording.streams if stream.is_declared or stream.point_id in required)


def start_sealing(recording: Recording, now: datetime) -> Decided:
    """From here no chunk is taken any more."""
    return _moved(recording, Status.SEALING).model_copy(update={"sealing_at": now}), []


def gaps_of(stream: Stream, chunks: Sequence[Chunk], refused: Sequence[int]) -> list[Gap]:
    """The stream's holes. The sender's word on a cause comes first, then our own: wrong bytes were refused."""
    said = stream.completion
    lost = said.lost if said else ()
    known = [Known(run.from_seq, run.to_seq, run.cause.value) for run in lost]
    known += [Known(seq, seq, GapCause.CHUNK_REFUSED.value) for seq in refused]
    return gaps([chunk.seq for chunk in chunks], last=said.last_seq if said else None, known=known)


def seal(
    recording: Recording,
    sealed: SealedAs,
    streams: Sequence[SealedStream],
    found: Mapping[StreamId, Sequence[Gap]],
    now: datetime,
) -> Decided:
    """Every byte is in the vault and verified: say the holes, then that it is stored."""
    status = Status.SEALED_WITH_GAPS if sealed.gap_count else Status.SEALED
    facts: list[Fact] = [
        _gap_found(recording, recording.stream(stream_id), gap) for stream_id, run in found.items() for gap in run
    ]
    facts.append(
        RecordingStored(
            recording_id=recording.recording_id,
            session_id=recording.session_id,
            stored_at=now,
            streams=tuple(streams),
            retain_until=recording.retain_until,
            **sealed.model_dump(exclude={"manifest_version"}),
        )
    )
    return _moved(recording, status).model_copy(update={"sealed": sealed}), facts


def fail(recording: Recording, reason: Literal["no_media", "vault_refused"], now: datetime) -> Decided:
    """There is nothing to seal, or the vault will never take it: said aloud."""
    failed = RecordingFailed(
        recording_id=recording.recording_id, session_id=recording.session_id, failed_at=now, reason=reason
    )
    return _moved(recording, Status.FAILED).model_copy(update={"failure": reason}), [failed]


def clear_spool(recording: Recording) -> Decided:
    """Its files on this service's own disk are gone."""
    return recording.model_copy(update={"is_spool_clear": True}), []


def spelled(runs: Sequence[Range], limit: int = 50) -> str:
    """Runs as people and programs read them: ``3-5, 9``; at most ``limit`` of them."""
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in runs[:limit]]
    return ", ".join(texts) + (", …" if len(runs) > limit else "")


def _must_be_same_words(before: Completion, now: Completion) -> None:
    if (before.last_seq, before.head, before.lost) != (now.last_seq, now.head, now.lost):
        raise Conflict("stream_completed", "Luồng ghi đã được kết thúc với nội dung khác.")


def _moved(recording: Recording, status: Status) -> Recording:
    if status not in TRANSITIONS[recording.status]:
        raise Refused(
            "illegal_transition",
            f"Bản ghi {recording.status.label}, không thể chuyển sang: {status.label}.",
            status=recording.status.value,
        )
    return recording.model_copy(update={"status": status})


def _opened(recording_id: RecordingId, point: Point, epoch: int) -> Stream:
    stream_id = stream_of(recording_id, point.point_id, epoch)
    return Stream(stream_id=stream_id, point_id=point.point_id, unit=point.unit, epoch=epoch)


def _with_stream(recording: Recording, changed: Stream) -> Recording:
    others = [stream for stream in recording.streams if stream.stream_id != changed.stream_id]
    order = [point.point_id for point in recording.points]
    streams = sorted([*others, changed], key=lambda stream: (order.index(stream.point_id), stream.epoch))
    return recording.model_copy(update={"streams": tuple(streams)})


def _gap_found(recording: Recording, stream: Stream, gap: Gap) -> RecordingGapFound:
    return RecordingGapFound(
        recording_id=recording.recording_id,
        session_id=recording.session_id,
        stream_id=stream.stream_id,
        point_id=stream.point_id,
        from_chunk=gap.first,
        to_chunk=gap.last,
        cause=GapCause(gap.cause),
    )
