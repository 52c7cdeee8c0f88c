"""Chunks are small and many, a store takes 150 requests a second: they travel together."""

from pathlib import Path

from pydantic import SecretStr

from services.chassis.vault.access import S3Access
from services.chassis.vault.s3_vault import S3Vault
from tests.chassis.lying_store import lying_store
from tests.recording.world import START_MS, media, world

CHUNK_BYTES = 262_144
CHUNKS = 100
OBJECT_BYTES = 8_388_608


async def test_while_the_session_runs_a_store_is_asked_once_for_each_8_mib(tmp_path: Path) -> None:
    with lying_store("none") as store:
        access = S3Access(
            endpoint=store.endpoint,
            access_key=SecretStr("who-asks"),
            secret_key=SecretStr("not-a-real-key"),  # pragma: allowlist secret
            bucket="tiepdan",
            is_secure=False,
        )
        async with world(tmp_path, vault=S3Vault(access), recording_object_bytes=OBJECT_BYTES) as room:
            session = await room.begin()
            before = len(store.requests)
            for seq in range(CHUNKS):
                times = (START_MS + seq, START_MS + seq + 1)
                answer = await room.put(session, seq, media(seq, CHUNK_BYTES), times=times)
                assert answer.status_code == 201
                await room.care()
            asked = store.requests[before:]
            kept = await room.rooms.capture.objects(session.stream_id())

    full_objects = CHUNKS * CHUNK_BYTES // OBJECT_BYTES
    assert [one.size_bytes for one in kept] == [OBJECT_BYTES] * full_objects
    assert len(asked) == full_objects, asked
    assert all(one.startswith("PUT /tiepdan/recordings/") for one in asked)
