"""Which real servers a test run uses, in this order: addresses from the environment, native engines, containers."""

import importlib
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NoReturn

import httpx
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from pymongo import MongoClient
from pymongo.uri_parser import parse_uri

from deploy.demo.real import GIVEN_BY
from deploy.engines import kafka, minio, mongo
from deploy.engines.folder import is_built
from deploy.engines.server import free_ports
from services.chassis.bus.access import KafkaAccess
from tests.engines import images
from tests.engines.s3_address import S3Address

Engine = Literal["kafka", "mongo", "minio"]
_DOCKER = "/var/run/docker.sock"


def absent(engine: Engine, variable: str) -> NoReturn:
    """Skip with the reason; fail when engines are required."""
    _refuse(f"no {engine}: run `make engines`, set {variable}, or ENGINES=containers where Docker is")


def _refuse(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_ENGINES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class Engines:
    """Started when first asked for, once a run; ``told`` says on what the run stood."""

    def __init__(self, data: Callable[[str], Path]) -> None:
        self._data = data
        self._stack = ExitStack()
        self.told: list[str] = []

    def close(self) -> None:
        self._stack.close()

    def kafka(self) -> KafkaAccess:
        """Where it is, and who we are to it."""
        if os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
            given = KafkaAccess.told(os.environ)
            self._tell("kafka", "from KAFKA_BOOTSTRAP_SERVERS", _kafka_says(given))
            return given
        if _is_native("kafka"):
            node = self._stack.enter_context(kafka.KafkaNode(self._data("kafka"), *free_ports(2)))
            own = KafkaAccess(kafka_bootstrap_servers=node.bootstrap)
            self._tell("kafka", f"native, Kafka {kafka.VERSION}", f"{node.settings}; {_kafka_says(own)}")
            return own
        if _wants_containers():
            found = KafkaAccess(kafka_bootstrap_servers=self._stack.enter_context(_containers().kafka_container()))
            self._tell("kafka", f"container {images.KAFKA_IMAGE}", _kafka_says(found))
            return found
        absent("kafka", "KAFKA_BOOTSTRAP_SERVERS")

    def mongodb(self) -> str:
        """A connection string."""
        given = os.environ.get("MONGODB_URI")
        if given:
            self._tell("mongodb", "from MONGODB_URI", _mongo_says(given))
            return given
        if _is_native("mongo"):
            engine = self._stack.enter_context(mongo.MongoEngine(self._data("mongo"), *free_ports(1)))
            self._tell("mongodb", f"native, {mongo.VERSION}", f"{engine.settings}; {_mongo_says(engine.uri)}")
            return engine.uri
        if _wants_containers():
            found: str = self._stack.enter_context(_containers().mongo_container())
            self._tell("mongodb", f"container {images.MONGO_IMAGE}", _mongo_says(found))
            return found
        absent("mongo", "MONGODB_URI")

    def s3(self) -> S3Address:
        given = os.environ.get("S3_ENDPOINT")
        if given:
            return self._s3_given(given)
        if _is_native("minio"):
            store = self._stack.enter_context(minio.MinioEngine(self._data("minio"), *free_ports(1)))
            own = store.credentials
            address = S3Address(store.endpoint, own.access_key, own.secret_key)
            self._tell("s3", f"native, {minio.VERSION}", f"{store.settings}; {_s3_says(address)}")
            return address
        if _wants_containers():
            found: S3Address = self._stack.enter_context(_containers().minio_container())
            self._tell("s3", f"container {images.MINIO_IMAGE}", _s3_says(found))
            return found
        absent("minio", "S3_ENDPOINT")

    def _s3_given(self, given: str) -> S3Address:
        address = S3Address(
            given.removeprefix("https://").removeprefix("http://").rstrip("/"),
            os.environ.get("S3_ACCESS_KEY", ""),
            os.environ.get("S3_SECRET_KEY", ""),
            is_secure=_is_secure(given),
            region=os.environ.get("S3_REGION", "us-east-1"),
            ca_file=Path(os.environ["S3_CA_FILE"]) if os.environ.get("S3_CA_FILE") else None,
        )
        self._tell("s3", "from S3_ENDPOINT", _s3_says(address))
        return address

    def _tell(self, engine: str, where: str, settings: str) -> None:
        self.told.append(f"{engine}: {where}; {settings}")


def native(engine: Engine) -> None:
    """For tests that kill, freeze or configure: a server of their own, never one that is given.

    Where it is not built: skip or fail; skip in any case where another one is given, for that run is about that one.
    """
    if is_built(engine):
        return
    if os.environ.get(GIVEN_BY[engine]):
        pytest.skip(f"about a {engine} of its own, and not done to that of {GIVEN_BY[engine]}: needs `make engines`")
    _refuse(f"no {engine} to kill, freeze or configure: run `make engines`")


def librdkafka_options(access: KafkaAccess) -> dict[str, str | int | float | bool]:
    """The same access in the words of the other client."""
    options: dict[str, str | int | float | bool] = {
        "bootstrap.servers": access.kafka_bootstrap_servers,
        "security.protocol": access.kafka_security_protocol,
        "ssl.ca.location": str(access.kafka_ca_file or ""),
        "ssl.certificate.location": str(access.kafka_cert_file or ""),
        "ssl.key.location": str(access.kafka_key_file or ""),
        "ssl.key.password": access.kafka_key_password.get_secret_value() if access.kafka_key_password else "",
    }
    if access.has_sasl:
        options |= {
            "sasl.mechanism": access.kafka_sasl_mechanism,
            "sasl.username": access.kafka_sasl_username,
            "sasl.password": access.kafka_sasl_password.get_secret_value(),
        }
    return {name: value for name, value in options.items() if value}


def _containers() -> ModuleType:
    """Imported only when asked for. Skip or fail where no Docker is; DOCKER_HOST is believed."""
    with socket.socket(socket.AF_UNIX) as knock:
        if not os.environ.get("DOCKER_HOST") and knock.connect_ex(_DOCKER) != 0:
            _refuse(f"ENGINES=containers, but no Docker answers at {_DOCKER} and DOCKER_HOST is not set")
    return importlib.import_module("tests.engines.containers")


def _is_native(engine: Engine) -> bool:
    return is_built(engine) and not _wants_containers()


def _wants_containers() -> bool:
    return os.environ.get("ENGINES") == "containers"


def _is_secure(given: str) -> bool:
    if "://" in given:
        return given.startswith("https://")
    return os.environ.get("S3_SECURE", "true").lower() in {"1", "true", "yes"}


def _kafka_says(access: KafkaAccess) -> str:
    client = AdminClient(librdkafka_options(access) | {"log_level": 0})
    seen = client.list_topics(timeout=10)
    broker = ConfigResource(ConfigResource.Type.BROKER, str(next(iter(seen.brokers))))
    answer = next(iter(client.describe_configs([broker]).values())).result(10)
    names = ("min.insync.replicas", "default.replication.factor", "inter.broker.protocol.version")
    shown = ", ".join(f"{name}={answer[name].value}" for name in names if name in answer)
    at = f"{access.kafka_bootstrap_servers} ({access.kafka_security_protocol})"
    return f"{len(seen.brokers)} broker(s) at {at}, {shown}"


def _mongo_says(uri: str) -> str:
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=10_000)
    with client:
        build = client.server_info()
        hello = client.admin.command("isMaster")
    hosts = ",".join(f"{host}:{port}" for host, port in parse_uri(uri)["nodelist"])
    return f"says version {build['version']}, wire {hello['maxWireVersion']}, set {hello.get('setName')}, at {hosts}"


def _s3_says(address: S3Address) -> str:
    scheme = "https" if address.is_secure else "http"
    answer = httpx.get(f"{scheme}://{address.endpoint}/", timeout=10, verify=os.environ.get("S3_CA_FILE") or True)
    return f"says {answer.headers.get('server', 'nothing')}, at {scheme}://{address.endpoint}, {address.region}"
