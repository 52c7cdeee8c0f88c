"""Servers from images, for machines where Docker and images can be had (``ENGINES=containers``).

Not run on the machine where this was written: it has neither.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError
from testcontainers.community.minio import MinioContainer
from testcontainers.core.container import DockerContainer

from deploy.engines.server import HOST, free_ports, until
from tests.engines.images import KAFKA_IMAGE, MINIO_IMAGE, MONGO_IMAGE
from tests.engines.s3_address import S3Address

_START_SECONDS = 120.0
_SET = "tests"
_BEGUN_ALREADY = 23


@contextmanager
def kafka_container() -> Iterator[str]:
    """Bootstrap servers of one node; its port is chosen before the start, for the node has to tell it to clients."""
    (port,) = free_ports(1)
    box = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    for name, value in _kafka_settings(port).items():
        box = box.with_env(f"KAFKA_{name}", value)
    with box:
        bootstrap = f"{HOST}:{port}"
        client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

        def answers() -> bool:
            try:
                return bool(client.list_topics(timeout=2).brokers)
            except KafkaException:
                return False

        until(answers, _START_SECONDS, "the Kafka container does not answer")
        yield bootstrap


@contextmanager
def mongo_container() -> Iterator[str]:
    """A connection string of a replica set of one, as provinces run it; its only member is where drivers find it."""
    (port,) = free_ports(1)
    member = f"{HOST}:{port}"
    box = DockerContainer(MONGO_IMAGE).with_bind_ports(port, port)
    with box.with_command(f"mongod --replSet {_SET} --bind_ip_all --port {port}"):
        with MongoClient[dict[str, Any]](f"mongodb://{member}/?directConnection=true&timeoutMS=2000") as client:
            until(lambda: _begun(client, member), _START_SECONDS, "the MongoDB container has no primary")
        yield f"mongodb://{member}/?replicaSet={_SET}"


@contextmanager
def minio_container() -> Iterator[S3Address]:
    with MinioContainer(MINIO_IMAGE) as box:
        yield S3Address(**box.get_config())


def _begun(client: MongoClient[dict[str, Any]], member: str) -> bool:
    """Begin the set, unless it was begun; true once it has its primary."""
    try:
        client.admin.command("replSetInitiate", {"_id": _SET, "members": [{"_id": 0, "host": member}]})
    except OperationFailure as failure:
        if failure.code != _BEGUN_ALREADY:
            raise
    except PyMongoError:
        return False
    return bool(client.admin.command("hello")["isWritablePrimary"])


def _kafka_settings(port: int) -> dict[str, str]:
    return {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://{HOST}:{port}",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    }
