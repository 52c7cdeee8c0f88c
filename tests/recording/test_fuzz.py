"""Whatever the network does to the chunks, the sealed manifest is what the model says, exactly."""

import asyncio
import json
import tempfile
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.recording.domain.evidence import sha256
from tests.recording.world import Session, a_point, media, world

CHUNKS = 12

SENT = st.tuples(st.sampled_from(["true", "altered", "other"]), st.integers(0, CHUNKS - 1))
"""What arrives: a true chunk, one altered on the way, other bytes with their own right hash."""


@dataclass
class Model:
    """What must come out, in ten lines: the first true or other bytes of a seq hold."""

    kept: dict[int, bytes] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def hears(self, kind: str, seq: int) -> int:
        content = media(seq) if kind == "true" else media(seq, 250, salt="other")
        if kind == "altered":
            self.refused.add(seq)
            return 422
        if seq in self.kept:
            return 200 if self.kept[seq] == content else 409
        self.kept[seq] = content
        return 201

    def causes(self, last: int | None) -> dict[int, str]:
        """Every missing seq with its cause."""
        end = max(self.kept, default=-1) if last is None else last
        absent = set(range(end + 1)) - set(self.kept)
        return {seq: "chunk_refused" if seq in self.refused else "chunk_missing" for seq in absent}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sent=st.lists(SENT, max_size=40),
    restarts=st.sets(st.integers(0, 40), max_size=2),
    object_bytes=st.sampled_from([100, 700, 5_000]),
    is_completed=st.booleans(),
)
def test_the_manifest_equals_the_model(
    sent: list[tuple[str, int]], restarts: set[int], object_bytes: int, is_completed: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(Path(folder), sent, restarts, object_bytes, is_completed))


async def _run(
    folder: Path, sent: list[tuple[str, int]], restarts: set[int], object_bytes: int, is_completed: bool
) -> None:
    model, session = Model(), Session(points=(a_point("tinh-40", is_main=True),))
    async with world(folder, recording_object_bytes=object_bytes) as room:
        await room.begin(session)
    edges = [0, *sorted(edge for edge in restarts if 0 < edge < len(sent)), len(sent)]
    for start, end in pairwise(edges):
        async with world(folder, recording_object_bytes=object_bytes) as room:
            for kind, seq in sent[start:end]:
                await _send(room, session, model, (kind, seq))
    async with world(folder, recording_object_bytes=object_bytes) as room:
        if is_completed:
            lost = [{"from_seq": seq, "to_seq": seq} for seq in model.causes(CHUNKS - 1) if seq not in model.refused]
            refused = [
                {"from_seq": seq, "to_seq": seq, "cause": "chunk_refused"}
                for seq in model.causes(CHUNKS - 1)
                if seq in model.refused
            ]
            assert (await room.complete(session, CHUNKS - 1, lost=[*lost, *refused])).status_code == 200
        await room.hear(session.ended())
        room.clock.advance(hours=74)
        await room.care()
        await _compare(room, session, model, is_completed)


async def _send(room: Any, session: Session, model: Model, sent: tuple[str, int]) -> None:
    kind, seq = sent
    content = media(seq, 250, salt="other") if kind == "other" else media(seq)
    body, declared = (b"altered" + content, content) if kind == "altered" else (content, content)
    answer = await room.put(session, seq, body, digest_of=declared)
    assert answer.status_code == model.hears(kind, seq)
    await room.care()
    ranges = (await room.have(session))["ranges"]
    assert {n for first, last in ranges for n in range(first, last + 1)} == set(model.kept)


async def _compare(room: Any, session: Session, model: Model, is_completed: bool) -> None:
    recording = await room.recording(session)
    if not model.kept:
        assert recording.failure == "no_media"
        return
    [stream] = json.loads(await room.rooms.archive.manifest(recording))["streams"]
    assert {chunk["seq"]: chunk["sha256"] for chunk in stream["chunks"]} == {
        seq: sha256(content) for seq, content in model.kept.items()
    }
    closed = [gap for gap in stream["gaps"] if not gap["is_open_ended"]]
    causes = {seq: gap["cause"] for gap in closed for seq in range(gap["from_seq"], gap["to_seq"] + 1)}
    assert causes == model.causes(CHUNKS - 1 if is_completed else None)
    assert len(stream["gaps"]) - len(closed) == (0 if is_completed else 1)
    path = f"/v1/recordings/{session.recording_id}/points/{session.points[0].point_id}/media"
    assert (await room.get(path)).content == b"".join(model.kept[seq] for seq in sorted(model.kept))
    assert (await room.verify(session))["result"] == ("valid_with_gaps" if stream["gaps"] else "valid")
