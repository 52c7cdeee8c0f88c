"""The images that compose and the tests run, one version each."""

from typing import Final

from deploy.engines.kafka import VERSION

KAFKA_IMAGE: Final = f"apache/kafka:{VERSION}"
MONGO_IMAGE: Final = "mongo:8.0"
MINIO_IMAGE: Final = "minio/minio:RELEASE.2025-09-07T16-13-09Z"
