"""Kafka with TLS and users: who is right is let in by every client of the house; who is wrong is told so at once."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaMessage

from contracts.errors import Refused
from contracts.facts.envelope import Envelope
from contracts.streams import PETITIONS, PUBLIC_CASES, spoken_by
from deploy.demo.watch import Watch
from deploy.engines import free_ports
from deploy.topics.__main__ import main as topics
from services.chassis.bus.access import KafkaAccess
from services.chassis.bus.broker import make_broker, wait_for_bus
from services.chassis.bus.security import client_options
from services.chassis.bus.speaker import MEMORY, Speaker
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.settings import ServiceSettings
from tests.chassis.delivery_bench import a_chain, eventually
from tests.engines.addresses import native
from tests.engines.authority import Authority
from tests.engines.secured_kafka import PASSWORD, SecuredKafka, secured_kafka

ROOT = Path(__file__).parents[2]
WRONG = "not the password"  # pragma: allowlist secret
LET_IN: dict[str, Callable[[SecuredKafka], KafkaAccess]] = {
    "SASL_SSL SCRAM-SHA-512": lambda kafka: kafka.user(),
    "SASL_SSL SCRAM-SHA-256": lambda kafka: kafka.user(kafka_sasl_mechanism="SCRAM-SHA-256"),
    "SASL_SSL PLAIN": lambda kafka: kafka.user(kafka_sasl_mechanism="PLAIN"),
    "SSL mutual": lambda kafka: kafka.mutual(),
    "SASL_PLAINTEXT": lambda kafka: kafka.user_without_tls(),
}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    native("kafka")
    with secured_kafka(tmp_path_factory.mktemp("secured")) as made:
        assert asked(made.user()) == 0
        yield made


def variables(access: KafkaAccess) -> dict[str, str]:
    """As a province sets them."""
    told = {name.upper(): getattr(access, name) for name in KafkaAccess.model_fields}
    told["KAFKA_SASL_PASSWORD"] = access.kafka_sasl_password.get_secret_value()
    return {name: str(value) for name, value in told.items() if value}


def settings_of(access: KafkaAccess, folder: Path) -> ServiceSettings:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables(access).items():
            patch.setenv(name, value)
        return ServiceSettings(data_folder=folder, bus_profile="kafka", bus_wait_seconds=20)


def asked(access: KafkaAccess) -> int:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables(access).items():
            patch.setenv(name, value)
        return topics(["--replication-factor", "1"])


@pytest.mark.parametrize("way", LET_IN)
async def test_who_is_right_speaks_and_hears(kafka: SecuredKafka, way: str, tmp_path: Path) -> None:
    settings = settings_of(LET_IN[way](kafka), tmp_path)
    await wait_for_bus(settings, frozenset(stream.name for stream in spoken_by("intake")))
    chain, heard = a_chain(PETITIONS, 3), asyncio.Queue[str]()
    broker, watch = make_broker(settings, "routing"), Watch(settings)

    async def hear(subject: str) -> None:
        await heard.put(subject)

    broker.subscriber(PETITIONS.name, group_id=f"test.{way}", auto_offset_reset="earliest", decoder=subject_of)(hear)
    async with said(settings, chain), broker:
        await broker.start()
        await watch.start()
        try:
            async with asyncio.timeout(30):
                while await heard.get() != chain[0].subject:  # what others said before is heard first
                    pass
                assert [await heard.get() for _ in chain[1:]] == [chain[0].subject] * 2
                await eventually(lambda: is_seen(watch, chain[0].subject))
        finally:
            await watch.stop()


async def subject_of(message: KafkaMessage) -> str:
    return str(message.headers["ce_subject"])


@asynccontextmanager
async def said(settings: ServiceSettings, chain: list[Envelope]) -> AsyncIterator[None]:
    ledger = SqliteLedger(settings.data_folder / "ledger.sqlite")
    await ledger.open([MEMORY])
    speaker = Speaker("intake", ledger, settings)
    assert await speaker.publish(chain) == len(chain)
    await speaker.attend()
    yield
    await speaker.stop()
    await ledger.close()


async def is_seen(watch: Watch, subject: str) -> bool:
    return sum(1 for record in watch.records if record[0] == subject.encode()) >= 3


WRONG_WAYS: dict[str, Callable[[SecuredKafka, Path], KafkaAccess]] = {
    "kafka_user_refused": lambda kafka, _: kafka.user(kafka_sasl_password=WRONG),
    "kafka_user_refused ": lambda kafka, _: kafka.user(kafka_sasl_username="nobody"),
    "kafka_user_refused  ": lambda kafka, _: kafka.user(kafka_sasl_password=WRONG, kafka_sasl_mechanism="PLAIN"),
    "kafka_certificate_refused": lambda kafka, folder: kafka.user(kafka_ca_file=Authority(folder).ca_file),
    "kafka_certificate_refused ": lambda kafka, _: kafka.user(kafka_ca_file=None),
    "kafka_certificate_refused  ": lambda kafka, _: kafka.mutual(kafka_ca_file=None),
    "kafka_tls_refused": lambda kafka, _: kafka.mutual(kafka_cert_file=None, kafka_key_file=None),
    "kafka_tls_refused ": lambda kafka, folder: kafka.mutual(**strange_certificate(folder)),
    "kafka_mechanism_refused": lambda kafka, _: kafka.user_without_tls().model_copy(
        update={"kafka_sasl_mechanism": "SCRAM-SHA-256"}
    ),
}


def strange_certificate(folder: Path) -> dict[str, Path]:
    cert_file, key_file = Authority(folder, "another authority").sign("stranger")
    return {"kafka_cert_file": cert_file, "kafka_key_file": key_file}


@pytest.mark.parametrize("way", WRONG_WAYS)
async def test_who_is_wrong_is_told_at_once_and_why(kafka: SecuredKafka, way: str, tmp_path: Path) -> None:
    settings = settings_of(WRONG_WAYS[way](kafka, tmp_path), tmp_path).model_copy(update={"bus_wait_seconds": 3600})
    with pytest.raises(Refused) as caught:
        async with asyncio.timeout(60):
            await wait_for_bus(settings, frozenset())
    assert caught.value.code == way.strip()
    assert "\n" not in caught.value.sentence
    assert WRONG not in str(caught.value)


def test_topics_are_made_and_compared_over_tls_with_a_user(
    kafka: SecuredKafka, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(kafka.user()) == 0
    assert "0 created, 0 differences" in capsys.readouterr().out
    assert asked(kafka.user(kafka_sasl_password=WRONG)) == 2
    told = capsys.readouterr().err
    assert told.startswith("topics: kafka_user_refused")
    assert told.count("\n") == 1
    assert WRONG not in told


@asynccontextmanager
async def sessions_running(access: KafkaAccess, folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A service that is a process of its own, on that Kafka; and its address."""
    (port,) = free_ports(1)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TCD_DATA_FOLDER": str(folder),
        "TCD_PORT": str(port),
        "TCD_BUS_PROFILE": "kafka",
        "TCD_LOG_LEVEL": "debug",
        **variables(access),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.sessions", env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_service_stands_on_a_secured_kafka_and_its_log_shows_no_secret(
    kafka: SecuredKafka, tmp_path: Path
) -> None:
    access = kafka.user(kafka_sasl_mechanism="PLAIN")
    async with sessions_running(access, tmp_path) as (process, address), httpx.AsyncClient(trust_env=False) as client:

        async def is_ready() -> bool:
            assert process.returncode is None
            try:
                return (await client.get(f"{address}/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(is_ready, 60)
        process.terminate()
        out, err = await process.communicate()
    assert process.returncode == 0
    assert b"service.ready" in out + err
    assert PASSWORD.encode() not in out + err


async def test_a_service_with_a_wrong_password_ends_with_one_line(kafka: SecuredKafka, tmp_path: Path) -> None:
    async with sessions_running(kafka.user(kafka_sasl_password=WRONG), tmp_path) as (process, _):
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    assert process.returncode == 1
    line = err.decode().splitlines()[-1]
    assert line.startswith("sessions cannot start: bus: Kafka tại ")
    assert "KAFKA_SASL_PASSWORD" in line
    assert WRONG.encode() not in out + err


async def test_a_stranger_is_let_in_with_the_same_variables(kafka: SecuredKafka) -> None:
    async with AIOKafkaProducer(**client_options(kafka.user())) as producer:
        await producer.send_and_wait(PUBLIC_CASES.name, b"?", key=b"one")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "examples/subscriber.py",
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **variables(kafka.user())},
        stdout=PIPE,
        stderr=PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert "không đọc được" in (await process.stdout.readline()).decode()
    finally:
        process.terminate()
        await process.communicate()
