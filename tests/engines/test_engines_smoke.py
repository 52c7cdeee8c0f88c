"""Each engine starts, answers, keeps what it acknowledged over kill -9, freezes and stops."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from confluent_kafka import Consumer, Message, Producer
from confluent_kafka.admin import AdminClient
from minio import Minio
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.engines import EngineFailed, KafkaCluster, KafkaNode, MinioEngine, MongoEngine, Server, free_ports
from deploy.engines.server import is_listening, until
from deploy.topics import Cluster, Topic
from services.chassis.bus.access import KafkaAccess
from tests.engines.addresses import librdkafka_options, native

Client = MongoClient[dict[str, Any]]


@contextmanager
def client_of(engine: MongoEngine) -> Iterator[Client]:
    with MongoClient[dict[str, Any]](
        engine.uri, w="majority", retryWrites=False, serverSelectionTimeoutMS=2_000, socketTimeoutMS=2_000
    ) as client:
        yield client


async def make_topic(bootstrap: str, name: str, replication: int) -> None:
    async with Cluster(bootstrap) as cluster:
        await cluster.create([Topic(name, 1, replication, {})])


def say(producer: Producer, topic: str, texts: list[str]) -> list[str]:
    """Those that were acknowledged."""
    kept: list[str] = []

    def acknowledged(error: object, message: Message) -> None:
        if error is None:
            kept.append((message.value() or b"").decode())

    for text in texts:
        producer.produce(topic, text, on_delivery=acknowledged)
    producer.flush(60)
    return kept


def heard(bootstrap: str, topic: str, count: int) -> list[str]:
    options = {"bootstrap.servers": bootstrap, "group.id": uuid4().hex, "auto.offset.reset": "earliest"}
    consumer = Consumer({**options, "enable.auto.commit": False})
    consumer.subscribe([topic])
    found: list[str] = []

    def has_all() -> bool:
        found.extend((one.value() or b"").decode() for one in consumer.consume(count, 0.5) if not one.error())
        return len(found) >= count

    try:
        until(has_all, 60, f"did not hear {count}")
    finally:
        consumer.close()
    return found


async def test_kafka_keeps_what_it_acknowledged_over_kill_9(tmp_path: Path) -> None:
    native("kafka")
    with KafkaNode(tmp_path, *free_ports(2)) as node:
        await make_topic(node.bootstrap, "kept", 1)
        producer = Producer({"bootstrap.servers": node.bootstrap, "acks": "all", "enable.idempotence": True})
        before = say(producer, "kept", [f"before {number}" for number in range(500)])
        node.kill()
        assert not is_listening(node.port)
        node.start()
        after = say(producer, "kept", ["after"])
        assert len(before) == 500
        assert heard(node.bootstrap, "kept", 501) == before + after
    assert not node.is_alive
    assert not is_listening(node.port)


async def test_three_kafka_nodes_go_on_without_the_leader(tmp_path: Path) -> None:
    native("kafka")
    with KafkaCluster(tmp_path) as cluster:
        await make_topic(cluster.bootstrap, "kept", 3)
        producer = Producer({"bootstrap.servers": cluster.bootstrap, "acks": "all", "enable.idempotence": True})
        assert len(say(producer, "kept", [f"before {number}" for number in range(100)])) == 100
        leader = cluster.leaders("kept")[0]
        cluster.nodes[leader].kill()
        assert len(say(producer, "kept", [f"after {number}" for number in range(100)])) == 100
        assert cluster.leaders("kept")[0] not in {leader, -1}
        cluster.nodes[leader].start()
        cluster.until_whole()
        assert len(set(heard(cluster.bootstrap, "kept", 200))) == 200


def test_mongo_keeps_what_it_acknowledged_over_kill_9_at_any_moment(tmp_path: Path) -> None:
    native("mongo")
    with MongoEngine(tmp_path, *free_ports(1)) as engine, client_of(engine) as client:
        client.t.docs.create_index("who", unique=True)
        acknowledged: list[int] = []

        def write() -> None:
            for number in range(100_000):
                try:
                    client.t.docs.insert_one({"_id": number, "who": f"draft {number}", "version": 0})
                    client.t.docs.update_one(
                        {"_id": number, "version": 0}, {"$set": {"version": 1, "who": f"kept {number}"}}
                    )
                except PyMongoError:
                    return
                acknowledged.append(number)

        for _ in range(3):
            client.t.docs.delete_many({})
            acknowledged.clear()
            writer = threading.Thread(target=write)
            writer.start()
            until(lambda: len(acknowledged) >= 100, 30, "nothing was written")
            engine.kill()
            writer.join()
            engine.start()
            for number in acknowledged:
                assert client.t.docs.find_one({"who": f"kept {number}"}) == {
                    "_id": number,
                    "who": f"kept {number}",
                    "version": 1,
                }


def test_mongo_loses_no_compare_and_set_of_eight_writers(tmp_path: Path) -> None:
    native("mongo")
    with MongoEngine(tmp_path, *free_ports(1)) as engine, client_of(engine) as client:
        client.t.cas.insert_one({"_id": 1, "version": 0, "sum": 0})

        def write() -> None:
            done = 0
            while done < 50:
                version = client.t.cas.find_one({"_id": 1})["version"]  # type: ignore[index] # it is there
                change = {"$set": {"version": version + 1}, "$inc": {"sum": 1}}
                done += client.t.cas.update_one({"_id": 1, "version": version}, change).modified_count

        writers = [threading.Thread(target=write) for _ in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert client.t.cas.find_one() == {"_id": 1, "version": 400, "sum": 400}


def test_a_frozen_engine_answers_nobody_and_goes_on_when_woken(tmp_path: Path) -> None:
    native("mongo")
    with MongoEngine(tmp_path, *free_ports(1)) as engine, client_of(engine) as client:
        client.t.docs.insert_one({"_id": 1})
        engine.freeze()
        with pytest.raises(PyMongoError):
            client.t.docs.find_one()
        engine.thaw()
        assert client.t.docs.find_one() == {"_id": 1}
        engine.freeze()
    assert not engine.is_alive


def test_minio_keeps_locked_versions_over_kill_9(tmp_path: Path) -> None:
    native("minio")
    with MinioEngine(tmp_path, *free_ports(1)) as engine:
        own = engine.credentials
        store = Minio(engine.endpoint, own.access_key, own.secret_key, secure=False)
        store.make_bucket("kept", object_lock=True)
        source = tmp_path / "piece"
        source.write_bytes(b"a" * 300_000)
        versions = {store.fput_object("kept", f"piece-{n}", str(source)).version_id for n in range(20)}
        engine.kill()
        engine.start()
        assert {one.version_id for one in store.list_objects("kept", include_version=True)} == versions
        answer = store.get_object("kept", "piece-19")
        assert answer.read() == source.read_bytes()
        answer.close()
        answer.release_conn()
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{engine.endpoint}/", trust_env=False)


def test_a_taken_port_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    native("mongo")
    with MongoEngine(tmp_path / "first", *free_ports(1)) as engine:
        second = MongoEngine(tmp_path / "second", engine.port)
        with pytest.raises(EngineFailed, match=f"port {engine.port} is taken"):
            second.start()
        assert not second.is_alive


class _Mute(Server):
    name = "mute"

    def _command(self) -> list[str]:
        return ["sh", "-c", "echo no such file >&2; exit 3"]

    def _answers(self) -> bool:
        return False

    def _prepare(self) -> None:
        pass


def test_an_engine_that_ends_while_starting_shows_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="code 3\n    no such file"):
        _Mute(tmp_path, *free_ports(1)).start()


def test_the_shared_servers_are_there(kafka: KafkaAccess, mongodb: str, s3: object) -> None:
    assert AdminClient(librdkafka_options(kafka)).list_topics(timeout=10).brokers
    with MongoClient[dict[str, Any]](mongodb) as client:
        assert client.admin.command("ping")["ok"] == 1
    assert s3
