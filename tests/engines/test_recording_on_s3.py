"""A recording sealed on a real S3 store, and what the store's owner can do to hide it."""

from pathlib import Path
from uuid import uuid4

from minio import Minio
from pydantic import SecretStr

from services.chassis.vault.access import S3Access
from services.chassis.vault.s3_vault import S3Vault
from services.chassis.vault.wire import connections
from services.recording.domain.recording import Status
from tests.engines.s3_address import S3Address
from tests.recording.world import media, world


async def test_a_recording_hidden_behind_delete_markers_is_still_read_and_verify_tells_it(
    s3: S3Address, tmp_path: Path
) -> None:
    bucket = f"markers-{uuid4().hex[:12]}"
    access = S3Access(
        endpoint=s3.endpoint,
        access_key=SecretStr(s3.access_key),
        secret_key=SecretStr(s3.secret_key),
        bucket=bucket,
        region=s3.region,
        is_secure=s3.is_secure,
        ca_file=s3.ca_file,
    )
    owner = Minio(
        s3.endpoint,
        s3.access_key,
        s3.secret_key,
        secure=s3.is_secure,
        region=s3.region,
        http_client=connections(1, s3.ca_file),
    )
    async with world(tmp_path, vault=S3Vault(access, mode="GOVERNANCE")) as room:
        session = await room.begin()
        recording = await room.sealed(session)
        before = await room.verify(session)
        names = [one.object_name or "" for one in owner.list_objects(bucket, "recordings/", recursive=True)]
        hidden = min(name for name in names if name.endswith(".media"))
        assert recording.sealed is not None

        owner.remove_object(bucket, hidden)
        owner.remove_object(bucket, recording.sealed.manifest_name)
        left = [one.object_name for one in owner.list_objects(bucket, "recordings/", recursive=True)]
        after = await room.verify(session)
        point = session.points[0].point_id
        download = await room.get(f"/v1/recordings/{session.recording_id}/points/{point}/media")

    assert recording.status is Status.SEALED
    assert (before["result"], before["findings"]) == ("valid", [])
    assert set(names) - set(left) == {hidden, recording.sealed.manifest_name}  # to anybody else they are gone
    assert (after["result"], after["chunk_count"]) == ("valid", 9)
    told = [(one["what"], one["object_name"]) for one in after["findings"]]
    assert sorted(told) == sorted(("hidden_by_marker", name) for name in (hidden, recording.sealed.manifest_name))
    assert download.content == b"".join(media(seq) for seq in range(3))
