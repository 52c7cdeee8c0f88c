"""What stands in the store of a house, read beside our own code: plain files, or the store's own client."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import urllib3
from minio import Minio

from deploy.demo.house import House


async def stored_by_hash(house: House) -> Mapping[str, bytes]:
    """Every object and version that is there, by the SHA-256 of what it holds now."""
    settings = house.environment("recording")
    found = _of_s3(settings) if settings.get("S3_ENDPOINT") else _of_folder(house.data / "vault" / "objects")
    contents = await asyncio.to_thread(lambda: list(found))
    return {hashlib.sha256(content).hexdigest(): content for content in contents}


def _of_folder(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def _of_s3(settings: Mapping[str, str]) -> Iterator[bytes]:
    is_secure = settings["S3_SECURE"] == "true"
    pool = urllib3.PoolManager(ca_certs=settings["S3_CA_FILE"]) if settings.get("S3_CA_FILE") else None
    client = Minio(
        settings["S3_ENDPOINT"].removeprefix("https://").removeprefix("http://").rstrip("/"),
        settings["S3_ACCESS_KEY"],
        settings["S3_SECRET_KEY"],
        secure=is_secure or settings["S3_ENDPOINT"].startswith("https://"),
        region=settings.get("S3_REGION"),
        http_client=pool,
    )
    bucket = settings.get("S3_BUCKET", "tiepdan")
    for item in client.list_objects(bucket, recursive=True, include_version=True):
        if item.is_delete_marker:
            continue
        answer = client.get_object(bucket, item.object_name, version_id=item.version_id)
        try:
            yield answer.read()
        finally:
            answer.close()
            answer.release_conn()
