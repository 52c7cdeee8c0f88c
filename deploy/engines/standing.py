"""One of each engine, together, and what a service has to be told about them."""

from collections.abc import Collection
from pathlib import Path
from typing import Final, Self

from deploy.engines.folder import NAMES
from deploy.engines.kafka import KafkaNode
from deploy.engines.minio import MinioEngine
from deploy.engines.mongo import MongoEngine
from deploy.engines.server import Server


class Standing:
    """One Kafka node, one MongoDB-wire engine, one MinIO below ``data``, on ``base`` … ``base + 3``; or some."""

    def __init__(self, data: Path, base: int, names: Collection[str] = NAMES) -> None:
        """``names``: which of them are started; the others are only described."""
        self.kafka: Final = KafkaNode(data / "kafka", base, base + 1)
        self.mongo: Final = MongoEngine(data / "mongo", base + 2)
        self.minio: Final = MinioEngine(data / "minio", base + 3)
        self._names = frozenset(names)

    @property
    def servers(self) -> tuple[Server, ...]:
        """Those that are started here."""
        return tuple(one for one in (self.kafka, self.mongo, self.minio) if one.name in self._names)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Start all at once, return when all answer. Errors: EngineFailed, and then none is left running."""
        try:
            for server in self.servers:
                server.start(wait=False)
            for server in self.servers:
                server.until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        for server in self.servers:
            server.stop()

    @property
    def environment(self) -> dict[str, str]:
        """For the services and for ``make test-engines``: what is started here."""
        of: dict[str, dict[str, str]] = {
            "kafka": {"KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap},
            "mongo": {"MONGODB_URI": self.mongo.uri},
            "minio": {
                "S3_ENDPOINT": self.minio.endpoint,
                "S3_ACCESS_KEY": self.minio.credentials.access_key,
                "S3_SECRET_KEY": self.minio.credentials.secret_key,
                "S3_SECURE": "false",
            },
        }
        return {name: value for server in self.servers for name, value in of[server.name].items()}
