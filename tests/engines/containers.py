"""Servers from images, for machines where Docker and images can be had (``ENGINES=containers``).

Not run on the machine where this was written: it has neither.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from testcontainers.community.minio import MinioContainer
from testcontainers.community.mongodb import MongoDbContainer
from testcontainers.core.container import DockerContainer

from deploy.engines.kafka import VERSION
from deploy.engines.server import HOST, free_ports, until
from tests.engines.s3_address import S3Address

KAFKA_IMAGE = f"apache/kafka:{VERSION}"
MONGO_IMAGE = "mongo:8"
MINIO_IMAGE = "minio/minio:RELEASE.2025-09-07T16-13-09Z"
_START_SECONDS = 120.0


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
    with MongoDbContainer(MONGO_IMAGE) as box:
        yield box.get_connection_url()


@contextmanager
def minio_container() -> Iterator[S3Address]:
    with MinioContainer(MINIO_IMAGE) as box:
        yield S3Address(**box.get_config())


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
