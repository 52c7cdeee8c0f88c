"""Officers see, check and download a sealed recording; every look leaves an entry."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Header, Query, Response, status
from starlette.responses import StreamingResponse

from contracts.errors import NotFound
from contracts.ids import PointId, RecordingId, SessionId
from services.chassis.auth.caller import Caller
from services.chassis.telemetry import get_log
from services.chassis.web.manners import answers_within
from services.recording.api.desk import AUDIT_ROLES, READING_ROLES, WATCHING_ROLES, Desk
from services.recording.api.shapes import AccessView, FindingView, RecordingView, VerdictView, recording_view
from services.recording.domain.access import Access, AccessPurpose, sees_point
from services.recording.domain.recording import Recording, SealedAs, Stream
from services.recording.domain.verification import Finding
from services.recording.store import must_be_sealed, no_recording

VERIFY_SECONDS: Final = 900.0

log = get_log()

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")

Purpose = Annotated[AccessPurpose, Header(alias="Access-Purpose")]


def add_reading(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
    who_calls = Depends(caller)

    @api.get("/recordings/{recording_id}", summary="Trạng thái bản ghi")
    async def read(recording_id: RecordingId, who: Caller = who_calls) -> RecordingView:
        who.must_be(*READING_ROLES)
        return recording_view(await desk.seen(recording_id, who))

    @api.get("/sessions/{session_id}/recording", summary="Bản ghi của một phiên")
    async def of_session(session_id: SessionId, who: Caller = who_calls) -> RecordingView:
        who.must_be(*READING_ROLES)
        recording = await desk.recordings.find_by_session(session_id)
        if recording is None or not desk.sees(recording, who):
            raise no_recording()
        return recording_view(recording)


def add_watching(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
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
        if not sees_point(recording, point_id, desk.covers(who, recording)):
            raise NotFound("no_point", "Không tìm thấy điểm cầu trong bản ghi.")
        return await _media(desk, recording, (point_id, epoch), range_header, (who, access_purpose))

    @api.get("/recordings/{recording_id}/access-log", summary="Nhật ký truy cập")
    async def access_log(recording_id: RecordingId, after: str | None = None, who: Caller = who_calls) -> AccessView:
        who.must_be(*AUDIT_ROLES)
        recording = await desk.seen(recording_id, who)
        page = await desk.accesses.of(recording.recording_id, after=after)
        return AccessView(entries=[access for _, access in page], next=page[-1][0] if page else None)


async def _verdict(desk: Desk, recording: Recording, sealed: SealedAs) -> VerdictView:
    verdict = await desk.archive.verify(await desk.archive.manifest(recording), sealed.manifest_sha256)
    hidden = await desk.archive.hidden(recording)
    if hidden:
        log.warning("recording.hidden_by_marker", recording_id=recording.recording_id, count=len(hidden))
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
        findings=views((*verdict.findings, *(Finding("hidden_by_marker", object_name=name) for name in hidden))),
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
