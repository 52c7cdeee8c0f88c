"""A real clip, H.264 and Opus, through the whole service: what comes back plays."""

from pathlib import Path

import pytest

from contracts.facts.recording import RecordingStored
from deploy.demo.clip import CHUNK_MILLISECONDS, FRAMES_PER_SECOND, cut, decoded, make_clip
from tests.recording.world import START_MS, Session, a_point, world

SECONDS = 6


def test_a_clip_is_cut_into_an_init_segment_and_one_chunk_a_second() -> None:
    clip = make_clip(SECONDS)

    chunks = cut(clip)

    assert b"".join(chunk.content for chunk in chunks) == clip
    assert chunks[0].content[4:8] == b"ftyp"
    assert all(chunk.content[4:8] == b"moof" for chunk in chunks[1:])
    assert len(chunks) == SECONDS + 1
    assert chunks[-1].end_ms == SECONDS * CHUNK_MILLISECONDS


@pytest.mark.parametrize("lost", [(), (3,)])
async def test_a_sealed_clip_decodes_with_the_right_duration_and_every_frame(
    tmp_path: Path, lost: tuple[int, ...]
) -> None:
    session = Session(points=(a_point("tinh-40", is_main=True),))
    chunks = cut(make_clip(SECONDS))
    async with world(tmp_path, recording_object_bytes=30_000) as room:
        await room.begin(session)
        for seq, chunk in enumerate(chunks):
            times = (START_MS + chunk.start_ms, START_MS + chunk.end_ms)
            if seq not in lost:
                assert (await room.put(session, seq, chunk.content, times=times)).status_code == 201
        said = [{"from_seq": seq, "to_seq": seq} for seq in lost]
        await room.complete(session, len(chunks) - 1, lost=said)
        await room.hear(session.ended())
        await room.care()

        path = f"/v1/recordings/{session.recording_id}/points/{session.points[0].point_id}/media"
        seen = decoded((await room.get(path)).content)
        stored = (await room.said(session))[-1]

    assert isinstance(stored, RecordingStored)
    assert stored.duration_milliseconds == (SECONDS - len(lost)) * CHUNK_MILLISECONDS
    assert seen.frame_count == (SECONDS - len(lost)) * FRAMES_PER_SECOND
    assert seen.duration_seconds == pytest.approx(SECONDS, abs=0.1)  # a hole stays a hole in time
    assert seen.audio_seconds == pytest.approx(SECONDS - len(lost), abs=0.1)
