"""Recording's door for machines: points upload, officers download and verify."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import StreamingResponse

from contracts.errors import BadInput, NotFound, TiepdanError
from contracts.facts.base import Sha256
from contracts.ids import PointId, RecordingId, SessionId, StreamId
from contracts.units import UnitTree
from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller
from services.chassis.auth.scope import scope_of
from services.chassis.clock import Clock
from services.chassis.web.manners import answers_within
from services.recording.capture import Capture
from services.recording.domain.access import Access, AccessPurpose, Covers, sees_point, sees_recording
from services.recording.domain.chunks import SEQ_MAX, Answer, Offer, StreamIndex
from services.recording.domain.evidence import chained
from services.recording.domain.ranges import ranges_of
from services.recording.domain.recording import (
    Codecs,
    Completion,
    Container,
    Lost,
    Recording,
    SealedAs,
    Stream,
    begin,
    complete,
    declare,
    index_of,
    must_take_chunk,
    point_of,
)
from services.recording.meters import RecordingMeters
from services.recording.store import Accesses, Archive, Recordings, Streams, must_be_sealed, no_recording

WATCHING_ROLES: Final = (Role.RECORDS_ARCHIVIST, Role.CHAIR, Role.INSPECTORATE_MONITOR, Role.RECEIVER)
READING_ROLES: Final = (*WATCHING_ROLES, Role.POINT_DEVICE, Role.TECHNICAL_OPERATOR)
AUDIT_ROLES: Final = (Role.RECORDS_ARCHIVIST, Role.INSPECTORATE_MONITOR)
UPLOAD_SECONDS: Final = 120.0
VERIFY_SECONDS: Final = 900.0
REFUSALS_TO_FLAG: Final = 3
"""After so many wrong hashes a stream is shown as suspicious."""

_DIGEST: Final = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?:,|$)")
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")

Purpose = Annotated[AccessPurpose, Header(alias="Access-Purpose")]


class Value(BaseModel):
    """What this door takes; unknown members are refused, so a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class StreamDeclaration(Value):
    """In what form a point's media come. ``epoch`` 1 first; a sender that starts anew opens the next."""

    point_id: PointId
    epoch: Annotated[int, Field(ge=1)] = 1
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


@dataclass(frozen=True, slots=True)
class Desk:
    """What this door works with."""

    recordings: Recordings
    streams: Streams
    accesses: Accesses
    archive: Archive
    capture: Capture
    units: UnitTree
    clock: Clock
    meters: RecordingMeters
    chunk_max_bytes: int

    def covers(self, who: Caller) -> Covers:
        """A device stands for its own unit only; officers for theirs and all below."""
        if Role.POINT_DEVICE in who.roles:
            return lambda unit: unit == who.unit
        return scope_of(who, self.units, self.clock.today()).covers

    async def seen(self, recording_id: RecordingId, who: Caller) -> Recording:
        """Errors: NotFound, the same for not there and not yours."""
        recording = await self.recordings.get(recording_id)
        if not sees_recording(recording, self.covers(who)):
            raise no_recording()
        return recording

    async def sent_by(self, stream_id: StreamId, who: Caller) -> StreamIndex:
        """The stream, if the caller is its point's device. Errors: Forbidden; NotFound("no_stream")."""
        who.must_be(Role.POINT_DEVICE)
        index = await self.streams.find(stream_id)
        if index is None or index.unit != who.unit:
            raise NotFound("no_stream", "Không tìm thấy luồng ghi.")
        return index


def make_api(desk: Desk, caller: Callable[..., Any]) -> APIRouter:
    """All routes of this door."""
    api = APIRouter(prefix="/v1", tags=["recording"])
    _add_reading(api, desk, caller)
    _add_uploading(api, desk, caller)
    _add_watching(api, desk, caller)
    return api


def _add_reading(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
    who_calls = Depends(caller)

    @api.get("/recordings/{recording_id}", summary="Trạng thái bản ghi")
    async def read(recording_id: RecordingId, who: Caller = who_calls) -> RecordingView:
        who.must_be(*READING_ROLES)
        return _view(await desk.seen(recording_id, who))

    @api.get("/sessions/{session_id}/recording", summary="Bản ghi của một phiên")
    async def of_session(session_id: SessionId, who: Caller = who_calls) -> RecordingView:
        who.must_be(*READING_ROLES)
        recording = await desk.recordings.find_by_session(session_id)
        if recording is None or not sees_recording(recording, desk.covers(who)):
            raise no_recording()
        return _view(recording)


def _add_uploading(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
    who_calls = Depends(caller)

    @api.post("/recordings/{recording_id}/streams", status_code=status.HTTP_201_CREATED, summary="Khai báo luồng ghi")
    async def declared(recording_id: RecordingId, said: StreamDeclaration, who: Caller = who_calls) -> StreamView:
        who.must_be(Role.POINT_DEVICE)
        return await _declared(desk, await desk.seen(recording_id, who), said, who)

    @api.put(
        "/streams/{stream_id}/chunks/{seq}",
        status_code=status.HTTP_201_CREATED,
        summary="Gửi một đoạn",
        responses={200: {"model": ChunkReceipt, "description": "Đã nhận từ trước"}},
        max_body_size=desk.chunk_max_bytes,
    )
    @answers_within(UPLOAD_SECONDS)
    async def chunk(
        stream_id: StreamId,
        seq: Annotated[int, Path(ge=0, le=SEQ_MAX)],
        request: Request,
        response: Response,
        content_digest: Annotated[str, Header()],
        capture_start_ms: Annotated[int, Header(ge=0)],
        capture_end_ms: Annotated[int, Header(ge=0)],
        starts_with_keyframe: Annotated[bool, Header()],
        who: Caller = who_calls,
    ) -> ChunkReceipt:
        """RFC 9530 ``Content-Digest: sha-256=:<base64>:``; capture times in Unix milliseconds.

        201 new; 200 the same again; 409 other bytes for this seq; 422 wrong hash; 413 too big; 503 spool full.
        """
        index = await desk.sent_by(stream_id, who)
        offer = _offer(
            stream_id=stream_id,
            seq=seq,
            sha256=_digest(content_digest),
            capture_start_ms=capture_start_ms,
            capture_end_ms=capture_end_ms,
            starts_with_keyframe=starts_with_keyframe,
        )
        answer = await _counted(desk, index, offer, request)
        if answer is Answer.SAME_AGAIN:
            response.status_code = status.HTTP_200_OK
            return ChunkReceipt(stream_id=stream_id, seq=seq, sha256=offer.sha256, outcome="same_again")
        return ChunkReceipt(stream_id=stream_id, seq=seq, sha256=offer.sha256, outcome="new")

    @api.get("/streams/{stream_id}/chunks", summary="Những đoạn đã nhận")
    async def have(stream_id: StreamId, who: Caller = who_calls) -> HaveRanges:
        return await _have(desk, await desk.sent_by(stream_id, who))

    @api.post("/streams/{stream_id}/complete", summary="Kết thúc luồng ghi")
    async def completed(stream_id: StreamId, said: StreamCompletion, who: Caller = who_calls) -> StreamView:
        index = await desk.sent_by(stream_id, who)
        return await _completed(desk, index, said)


def _add_watching(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
    who_calls = Depends(caller)

    @api.post("/recordings/{recording_id}/verify", summary="Kiểm chứng toàn bộ bản ghi")
    @answers_within(VERIFY_SECONDS)
    async def verified(recording_id: RecordingId, access_purpose: Purpose, who: Caller = who_calls) -> VerdictView:
        who.must_be(*WATCHING_ROLES)
        recording = await desk.seen(recording_id, who)
        sealed = must_be_sealed(recording)
        await _note(desk, recording, who, access_purpose, act="verify")
        return await _verdict(desk, recording, sealed)

    @api.get("/recordings/{recording_id}/manifest", summary="Bản kê niêm phong")
    async def manifest(recording_id: RecordingId, access_purpose: Purpose, who: Caller = who_calls) -> Response:
        who.must_be(*WATCHING_ROLES)
        recording = await desk.seen(recording_id, who)
        sealed = must_be_sealed(recording)
        await _note(desk, recording, who, access_purpose, act="manifest")
        headers = {"ETag": f'"{sealed.manifest_sha256}"'}
        return Response(await desk.archive.manifest(recording), headers=headers, media_type="application/json")

    @api.get(
        "/recordings/{recording_id}/points/{point_id}/media",
        summary="Tải hình và tiếng của một điểm cầu",
        response_class=StreamingResponse,
    )
    async def media(
        recording_id: RecordingId,
        point_id: PointId,
        access_purpose: Purpose,
        epoch: Annotated[int, Query(ge=1)] = 1,
        range_header: Annotated[str | None, Header(alias="Range")] = None,
        who: Caller = who_calls,
    ) -> Response:
        who.must_be(*WATCHING_ROLES)
        recording = await desk.seen(recording_id, who)
        if not sees_point(recording, point_id, desk.covers(who)):
            raise NotFound("no_point", "Không tìm thấy điểm cầu trong bản ghi.")
        return await _media(desk, recording, (point_id, epoch), range_header, (who, access_purpose))

    @api.get("/recordings/{recording_id}/access-log", summary="Nhật ký truy cập")
    async def access_log(recording_id: RecordingId, after: str | None = None, who: Caller = who_calls) -> AccessView:
        who.must_be(*AUDIT_ROLES)
        recording = await desk.seen(recording_id, who)
        page = await desk.accesses.of(recording.recording_id, after=after)
        return AccessView(entries=[access for _, access in page], next=page[-1][0] if page else None)


async def _declared(desk: Desk, recording: Recording, said: StreamDeclaration, who: Caller) -> StreamView:
    point = point_of(recording, said.point_id)
    if point.unit != who.unit:
        raise NotFound("no_point", "Không tìm thấy điểm cầu trong bản ghi.")

    def decision(known: Recording) -> tuple[Recording, list[Any]]:
        return declare(known, said.point_id, epoch=said.epoch, container=said.container, codecs=said.codecs)

    decision(recording)  # refuse before the index learns of a stream that will not be
    index = index_of(recording.recording_id, point, said.epoch)
    await desk.streams.add(index)
    changed = await desk.recordings.decide(recording.recording_id, decision)
    return _stream_view(changed, changed.stream(index.stream_id))


async def _counted(desk: Desk, index: StreamIndex, offer: Offer, request: Request) -> Answer:
    try:
        answer = await _taken(desk, index, offer, request)
    except TiepdanError as refusal:
        desk.meters.chunks.labels(refusal.code).inc()
        raise
    desk.meters.chunks.labels(answer.value).inc()
    return answer


async def _taken(desk: Desk, index: StreamIndex, offer: Offer, request: Request) -> Answer:
    await desk.capture.open()
    with desk.capture.gate.entered(index.recording_id):
        recording = await desk.recordings.get(index.recording_id)
        if await desk.capture.find(offer.stream_id, offer.seq) is None:
            must_take_chunk(recording, offer.stream_id, offer.seq)
        answer = await desk.capture.take(index.recording_id, offer, request.stream())
        if recording.first_chunk_at is None:
            now = desk.clock.now()
            await desk.recordings.decide(
                index.recording_id, lambda known: begin(known, index.point_id, first_chunk_at=now)
            )
    return answer


async def _have(desk: Desk, index: StreamIndex) -> HaveRanges:
    recording = await desk.recordings.get(index.recording_id)
    chunks = await desk.capture.held(index.stream_id)
    refused = [one for one in await desk.capture.incidents(index.stream_id) if one.kind != "damaged_on_disk"]
    _, head = chained(index.stream_id, [chunk.as_entry() for chunk in chunks])
    return HaveRanges(
        stream_id=index.stream_id,
        ranges=ranges_of(chunk.seq for chunk in chunks),
        chunk_count=len(chunks),
        size_bytes=sum(chunk.size_bytes for chunk in chunks),
        chain_head=head,
        is_complete=recording.stream(index.stream_id).completion is not None,
        refused_count=len(refused),
        is_flagged=len(refused) >= REFUSALS_TO_FLAG,
    )


async def _completed(desk: Desk, index: StreamIndex, said: StreamCompletion) -> StreamView:
    with desk.capture.gate.entered(index.recording_id):
        chunks = await desk.capture.held(index.stream_id)
        _, head = chained(index.stream_id, [chunk.as_entry() for chunk in chunks])
        completion = Completion(completed_at=desk.clock.now(), **said.model_dump())
        present = [chunk.seq for chunk in chunks]
        changed = await desk.recordings.decide(
            index.recording_id, lambda known: complete(known, index.stream_id, completion, present=present, head=head)
        )
    return _stream_view(changed, changed.stream(index.stream_id))


async def _verdict(desk: Desk, recording: Recording, sealed: SealedAs) -> VerdictView:
    verdict = await desk.archive.verify(await desk.archive.manifest(recording), sealed.manifest_sha256)
    desk.meters.verifications.labels(verdict.result.value).inc()

    def views(findings: tuple[Any, ...]) -> list[FindingView]:
        return [
            FindingView(
                what=one.what, where=one.where, stream_id=one.stream_id, seq=one.seq, object_name=one.object_name
            )
            for one in findings
        ]

    return VerdictView(
        result=verdict.result.value,
        findings=views(verdict.findings),
        unknown=views(verdict.unknown),
        gap_count=verdict.gap_count,
        chunk_count=verdict.chunk_count,
        size_bytes=verdict.size_bytes,
        manifest_sha256=sealed.manifest_sha256,
        merkle_root=sealed.merkle_root,
    )


async def _media(
    desk: Desk,
    recording: Recording,
    place: tuple[PointId, int],
    range_header: str | None,
    caller: tuple[Caller, AccessPurpose],
) -> Response:
    must_be_sealed(recording)
    point_id, epoch = place
    stream = _epoch_of(recording, point_id, epoch)
    objects = await desk.capture.objects(stream.stream_id)
    size_bytes = sum(stored.size_bytes for stored in objects)
    if not size_bytes:
        raise NotFound("no_media", "Điểm cầu này không có hình và tiếng trong lần ghi này.")
    span = _span(range_header, size_bytes)
    if span is None:
        return Response(
            status_code=status.HTTP_416_RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size_bytes}"}
        )
    first, last = span
    await _note(desk, recording, caller[0], caller[1], act="download", place=place, span=span)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(last - first + 1),
        "Content-Disposition": f'attachment; filename="{stream.stream_id}.mp4"',
        "ETag": f'"{stream.stream_id}"',
    }
    is_part = range_header is not None and span != (0, size_bytes - 1)
    if is_part:
        headers["Content-Range"] = f"bytes {first}-{last}/{size_bytes}"
    return StreamingResponse(
        desk.archive.media(objects, first, last),
        status_code=status.HTTP_206_PARTIAL_CONTENT if is_part else status.HTTP_200_OK,
        headers=headers,
        media_type=stream.container,
    )


async def _note(
    desk: Desk,
    recording: Recording,
    who: Caller,
    purpose: AccessPurpose,
    *,
    act: Literal["download", "manifest", "verify"],
    place: tuple[PointId, int] | tuple[None, None] = (None, None),
    span: tuple[int, int] | tuple[None, None] = (None, None),
) -> None:
    await desk.accesses.add(
        Access(
            recording_id=recording.recording_id,
            act=act,
            subject=who.subject,
            purpose=purpose,
            at=desk.clock.now(),
            point_id=place[0],
            epoch=place[1],
            first_byte=span[0],
            last_byte=span[1],
        )
    )


def _epoch_of(recording: Recording, point_id: PointId, epoch: int) -> Stream:
    for stream in recording.streams_of(point_id):
        if stream.epoch == epoch:
            return stream
    raise NotFound("no_stream", "Không tìm thấy luồng ghi.")


def _offer(**said: Any) -> Offer:
    try:
        return Offer(**said)
    except ValidationError as error:
        raise BadInput("capture_times_wrong", "Thời điểm kết thúc ghi đứng trước thời điểm bắt đầu.") from error


def _digest(header: str) -> str:
    """The SHA-256 of a Content-Digest header, hexadecimal. Errors: BadInput("digest_missing")."""
    found = _DIGEST.search(header)
    try:
        return base64.b64decode(found[1], validate=True).hex() if found else _no_digest()
    except binascii.Error:
        return _no_digest()


def _no_digest() -> str:
    raise BadInput("digest_missing", "Thiếu mã băm SHA-256 của đoạn ghi (Content-Digest, RFC 9530).")


def _span(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """First and last byte of a Range header; the whole when there is none or it is not one plain range (RFC 9110
    lets a server ignore it); none when it lies outside."""
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.group(1, 2) == ("", ""):
        return 0, size_bytes - 1
    first, last = found.group(1, 2)
    if not first:
        return (max(0, size_bytes - int(last)), size_bytes - 1) if int(last) else None
    end = min(int(last), size_bytes - 1) if last else size_bytes - 1
    return (int(first), end) if int(first) <= end else None


def _view(recording: Recording) -> RecordingView:
    shown = recording.model_dump(
        include={"recording_id", "session_id", "session_started_at", "first_chunk_at", "session_ended_at"}
        | {"upload_deadline", "retain_until", "sealed", "failure"}
    )
    return RecordingView(
        **shown,
        status=recording.status.value,
        status_label=recording.status.label,
        streams=[_stream_view(recording, stream) for stream in recording.streams],
    )


def _stream_view(recording: Recording, stream: Stream) -> StreamView:
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
