"""A bridge point sends its media."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Request, Response, status
from pydantic import ValidationError

from contracts.errors import BadInput, NotFound, Refused, TiepdanError
from contracts.ids import RecordingId, StreamId
from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller
from services.chassis.web.manners import answers_within
from services.recording.api.desk import Desk
from services.recording.api.shapes import (
    ChunkReceipt,
    HaveRanges,
    StreamCompletion,
    StreamDeclaration,
    StreamView,
    stream_view,
)
from services.recording.domain.chunks import SEQ_MAX, Answer, Offer, StreamIndex
from services.recording.domain.decisions import begin, complete, declare, must_take_chunk, point_of
from services.recording.domain.evidence import chained
from services.recording.domain.ranges import ranges_of
from services.recording.domain.recording import Completion, Recording, index_of

UPLOAD_SECONDS: Final = 120.0
REFUSALS_TO_FLAG: Final = 3
"""After so many wrong hashes a stream is shown as suspicious."""

_DIGEST: Final = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?:,|$)")


def add_uploading(api: APIRouter, desk: Desk, caller: Callable[..., Any]) -> None:
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

        201 new; 200 the same again; 409 other bytes for this seq; 422 wrong hash; 413 too big; 507 spool full.
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
    return stream_view(changed, changed.stream(index.stream_id))


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
        try:
            must_take_chunk(recording, offer.stream_id, offer.seq)
        except Refused:  # unless it is one that was acknowledged before: then it is only looked at again
            if await desk.capture.find(offer.stream_id, offer.seq) is None:
                raise
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
    return stream_view(changed, changed.stream(index.stream_id))


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
