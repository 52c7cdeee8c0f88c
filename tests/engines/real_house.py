"""Houses of processes on real engines: a Kafka of their own, for its topics have one name each; a database and a bucket
of their own on the servers of the run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import SecretStr
from pymongo import MongoClient

from contracts.streams import SPEAKERS
from deploy.demo.cluster import ClusterHouse
from deploy.demo.house import House, Ports
from deploy.demo.real import RealHouse, given_by_environment
from services.chassis.ledger.mongo import MongoLedger
from services.chassis.ledger.port import LedgerEngine
from tests.engines.addresses import native
from tests.engines.s3_address import S3Address


@dataclass(frozen=True)
class Ground:
    """What a real house stands on; ``make`` and ``ledger_of`` are what ``a_house`` and the kill runs ask for."""

    mongodb: str
    s3: S3Address
    name: str

    @property
    def bucket(self) -> str:
        return self.name.replace("_", "-")

    def database(self, service: str) -> str:
        """Where that service keeps its ledger."""
        return f"{self.name}_{service}"

    def make(self, data: Path, ports: Ports, more: Mapping[str, str]) -> House:
        return RealHouse(data, ports, more, given=self._given())

    def make_cluster(self, data: Path, ports: Ports, more: Mapping[str, str]) -> House:
        """The same on three Kafka nodes."""
        return ClusterHouse(data, ports, more, given=self._given())

    def ledger_of(self, _house: House, service: str) -> LedgerEngine:
        return MongoLedger(SecretStr(self.mongodb), database=self.database(service))

    def _given(self) -> dict[str, str]:
        authority = {name: value for name, value in given_by_environment().items() if name == "S3_CA_FILE"}
        return authority | {
            "MONGODB_URI": self.mongodb,
            "MONGODB_DATABASE": self.name,
            "S3_ENDPOINT": self.s3.endpoint,
            "S3_ACCESS_KEY": self.s3.access_key,
            "S3_SECRET_KEY": self.s3.secret_key,
            "S3_SECURE": str(self.s3.is_secure).lower(),
            "S3_REGION": self.s3.region,
            "S3_BUCKET": self.bucket,
        }


@contextmanager
def ground(mongodb: str, s3: S3Address) -> Iterator[Ground]:
    """On the servers of the run; skip or fail where Kafka is not built.

    The databases are dropped at the end; what is locked in S3 stays.
    """
    native("kafka")
    found = Ground(mongodb, s3, f"test_{uuid4().hex[:12]}")
    try:
        yield found
    finally:
        with MongoClient[dict[str, Any]](found.mongodb) as client:
            for service in SPEAKERS:
                client.drop_database(found.database(service))
