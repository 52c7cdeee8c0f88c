"""kill -9 at any moment: what was answered is kept, what was begun is finished, nothing is said twice."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from contracts.facts.recording import RecordingStarted, RecordingStored
from contracts.vocabulary import Role
from services.chassis.auth.local_issuer import LocalIssuer
from services.recording.domain.evidence import sha256
from services.recording.domain.recording import Status
from tests.recording.world import Session, World, media, world

DEADLINE_SECONDS = 30


@dataclass
class Child:
    process: asyncio.subprocess.Process
    client: httpx.AsyncClient

    async def kill(self) -> None:
        with suppress(ProcessLookupError):  # two senders may reach the goal at once
            self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def child(folder: Path) -> AsyncIterator[Child]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.recording.crash_child", str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_SECONDS):
        port = int(await process.stdout.readline())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_SECONDS) as client:
        running = Child(process, client)
        try:
            yield running
        finally:
            await running.kill()


async def upload_until_killed(
    running: Child, room: World, session: Session, acknowledged: set[tuple[int, int]], enough: int
) -> None:
    """Every point sends what is not acknowledged yet, several chunks at once; the kill comes in the middle."""
    issuer = LocalIssuer.from_file(room.folder / "issuer.pem")
    there = replace(room, client=running.client)
    wanted = iter([(p, seq) for seq in range(60) for p in range(3) if (p, seq) not in acknowledged])
    goal = len(acknowledged) + enough

    async def send() -> None:
        for place, seq in wanted:
            point = session.points[place]
            who = issuer.bearer(Role.POINT_DEVICE, unit=point.unit)
            try:
                answer = await there.put(session, seq, media(seq, 5_000, str(place)), point=point, headers=who)
            except httpx.TransportError:
                return
            if answer.status_code in {200, 201}:
                acknowledged.add((place, seq))
            if len(acknowledged) >= goal:
                await running.kill()
                return

    await asyncio.gather(*(send() for _ in range(6)))


@pytest.mark.parametrize("seed", range(3))
async def test_every_acknowledged_chunk_is_in_the_sealed_recording_after_kills_while_uploading(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    acknowledged: set[tuple[int, int]] = set()
    LocalIssuer.from_file(tmp_path / "issuer.pem")
    async with world(tmp_path, recording_object_bytes=20_000) as room:
        session = await room.begin()
    for _ in range(3):
        async with child(tmp_path) as running:
            await upload_until_killed(running, room, session, acknowledged, chance.randint(1, 40))

    async with world(tmp_path, recording_object_bytes=20_000) as room:
        await room.hear(session.ended())
        room.clock.advance(hours=74)
        await room.care()

        recording = await room.recording(session)
        document = json.loads(await room.rooms.archive.manifest(recording))
        verdict = await room.verify(session)
    stored = {
        (place, chunk["seq"]): chunk["sha256"]
        for place, stream in enumerate(document["streams"])
        for chunk in stream["chunks"]
    }
    assert len(acknowledged) >= 3
    assert acknowledged <= set(stored)
    assert all(digest == sha256(media(seq, 5_000, str(place))) for (place, seq), digest in stored.items())
    assert verdict["result"] == "valid_with_gaps"  # no point had completed its stream


@pytest.mark.parametrize("moment", ["first_object", "some_objects", "manifest"])
async def test_sealing_goes_on_after_a_kill_and_is_said_once(tmp_path: Path, moment: str) -> None:
    LocalIssuer.from_file(tmp_path / "issuer.pem")
    async with world(tmp_path) as room:
        session = await room.begin()
        for point in session.points:
            await room.put_all(session, range(20), point)
            await room.complete(session, 19, point)
        await room.hear(session.ended())

    async with child(tmp_path) as running:
        await until(lambda: MOMENTS[moment](tmp_path / "vault" / "objects" / "recordings"))
        await running.kill()

    async with world(tmp_path) as room:
        await room.care()
        recording = await room.recording(session)
        facts = await room.said(session)
        verdict = await room.verify(session)
        kept = await room.vault.versions(f"recordings/{session.recording_id}")
    assert recording.status is Status.SEALED
    assert [type(fact) for fact in facts] == [RecordingStarted, RecordingStored]
    assert (verdict["result"], verdict["chunk_count"]) == ("valid", 60)
    assert len(kept) == 3 * 7 + 1  # seven objects of three chunks per point and one manifest, none of them twice


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "first_object": lambda folder: count(folder, "*.media@/*.json") >= 1,
    "some_objects": lambda folder: count(folder, "*.media@/*.json") >= 9,
    "manifest": lambda folder: count(folder, "*.manifest.json@/*.json") >= 1,
}


def count(folder: Path, pattern: str) -> int:
    return len(list(folder.rglob(pattern))) if folder.exists() else 0


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - another process's files give no event
            await asyncio.sleep(0.001)
