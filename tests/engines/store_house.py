"""A house on embedded engines whose vault is a real store."""

from collections.abc import Mapping
from pathlib import Path

from deploy.demo.house import House, Ports
from deploy.engines.minio import MinioEngine


class HouseOnStore:
    """Makes houses on embedded engines whose vault is this store."""

    def __init__(self, store: MinioEngine, **more: str) -> None:
        self._more = {
            "S3_ENDPOINT": store.endpoint,
            "S3_ACCESS_KEY": store.credentials.access_key,
            "S3_SECRET_KEY": store.credentials.secret_key,
            "S3_SECURE": "false",
            "TCD_RECORDING_OBJECT_BYTES": "200000",
            **more,
        }

    def __call__(self, data: Path, ports: Ports, more: Mapping[str, str]) -> House:
        return House(data, ports, {**more, **self._more})
