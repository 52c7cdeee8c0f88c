"""A bus that does not answer: few lines, nothing lost of what they have to say."""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError

from contracts.streams import PETITIONS
from services.chassis.bus.absence import Absence, Rhythm, answers
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.settings import ServiceSettings
from tests.chassis.delivery_bench import Bench, a_bench, a_chain

CLIENT, FETCHER = logging.getLogger("aiokafka"), logging.getLogger("aiokafka.consumer.fetcher")
QUICK = Rhythm(tell_again_seconds=0.2, ask_again_seconds=0.02, calm_seconds=0.3, sure_calm_seconds=0.05)
PATIENCE_SECONDS = 20
LOST, FAILING, BACK = "bus.connection_lost", "bus.connection_failing", "bus.connection_back"
Lines = list[dict[str, Any]]


class Neighbour:
    """A bus of which only one thing matters: whether it answers."""

    def __init__(self) -> None:
        self.is_there = False
        self.asked = asyncio.Condition()

    async def answers(self) -> bool:
        async with self.asked:
            self.asked.notify_all()
        return self.is_there

    async def is_asked(self, times: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self.asked:
            for _ in range(times):
                await self.asked.wait()


class Told:
    """What was written so far, ours and the clients', in order."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.lines: Lines = []

    def all(self) -> Lines:
        self.lines += [json.loads(line) for line in self._capture.readouterr().err.splitlines() if line[:1] == "{"]
        return list(self.lines)

    def of(self, *events: str) -> Lines:
        return [line for line in self.all() if line["event"] in events]

    async def until(self, event: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (found := self.of(event)):  # noqa: ASYNC110 - lines wake nobody
                await asyncio.sleep(0.01)
            return found[0]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    return Told(capsys)


@pytest.fixture
def neighbour() -> Neighbour:
    return Neighbour()


@pytest.fixture
async def absence(neighbour: Neighbour) -> AsyncIterator[Absence]:
    made = Absence(ServiceSettings(kafka_bootstrap_servers="127.0.0.1:1"), asks=neighbour.answers, rhythm=QUICK)
    made.begin()
    yield made
    await made.end()


def clients_fail(times: int) -> None:
    """As aiokafka tells it: each try in several lines."""
    error = KafkaConnectionError("refused")
    for _ in range(times):
        CLIENT.error("Unable connect to node with id %s: %s", 1, error)
        CLIENT.error("Unable to update metadata from %s", [1])
        FETCHER.error("Failed fetch messages from %s: %s", 1, error)


async def test_the_first_failure_is_told_at_once_and_a_thousand_more_are_one_count(
    absence: Absence, neighbour: Neighbour, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    clients_fail(500)
    first = told.all()
    clients_fail(500)
    failing = await told.until(FAILING)
    await neighbour.is_asked(1)

    assert [(line["event"], line["reason"], line["host"]) for line in first] == [(LOST, "away", "127.0.0.1:1")]
    assert (failing["count"], failing["reason"], failing["state"]) == (3000, "away=3000", "away")
    assert absence.is_told
    assert not caplog.records, "a line was counted and written"


async def test_it_is_told_again_only_so_often_with_what_failed_since(
    absence: Absence, neighbour: Neighbour, told: Told
) -> None:
    clients_fail(1)
    begun_at = asyncio.get_running_loop().time()
    await told.until(FAILING)
    for _ in range(20):
        absence.failed("unacknowledged")
        await neighbour.is_asked(1)
    passed_seconds = asyncio.get_running_loop().time() - begun_at
    lines = told.of(FAILING)

    assert lines[0]["reason"] == "away=3"
    assert {line["reason"].partition("=")[0] for line in lines[1:]} == {"unacknowledged"}
    assert sum(line["count"] for line in lines[1:]) <= 20
    assert len(lines) <= passed_seconds / QUICK.tell_again_seconds
    assert len(told.of(LOST)) == 1


async def test_when_it_is_back_one_line_says_for_how_long_it_was_away_and_how_often_we_failed(
    absence: Absence, neighbour: Neighbour, told: Told
) -> None:
    clients_fail(2)
    await told.until(FAILING)
    clients_fail(1)
    neighbour.is_there = True
    absence.answered()
    back = await told.until(BACK)

    assert (back["count"], back["reason"]) == (9, "away=9")
    assert back["age_seconds"] >= QUICK.tell_again_seconds / 2
    assert not absence.is_told
    clients_fail(1)
    assert len(told.of(LOST)) == 2, "the next absence is a story of its own"


async def test_silence_is_no_answer(absence: Absence, neighbour: Neighbour, told: Told) -> None:
    clients_fail(1)
    absence.answered()
    while len(told.of(FAILING)) < 3:
        await neighbour.is_asked(1)

    assert not told.of(BACK)


async def test_asking_whether_the_bus_is_there_is_no_failure_of_the_clients(
    absence: Absence, caplog: pytest.LogCaptureFixture
) -> None:
    assert not await answers(ServiceSettings(kafka_bootstrap_servers="127.0.0.1:1"))

    assert not absence.is_told
    assert not caplog.records


async def test_it_is_not_back_while_our_own_tries_fail_though_it_answers_others(
    absence: Absence, neighbour: Neighbour, told: Told
) -> None:
    neighbour.is_there = True
    for _ in range(30):
        absence.failed("unacknowledged")
        await neighbour.is_asked(1)

    assert not told.of(BACK)
    assert told.of(FAILING)[0]["state"] == "answering"


async def test_a_refused_sign_in_is_told_at_once_and_by_name_even_while_the_bus_is_away(
    absence: Absence, told: Told
) -> None:
    clients_fail(1)
    for _ in range(5):
        CLIENT.error("Unable connect to node with id %s: %s", 1, ssl.SSLCertVerificationError("bad"))
    failing = await told.until(FAILING)

    assert absence.is_told
    assert [line["reason"] for line in told.of(LOST)] == ["away", "SSLCertVerificationError"]
    assert failing["reason"] == "SSLCertVerificationError=5,away=3"


async def test_what_is_not_about_connections_is_written_as_it_is(
    absence: Absence, caplog: pytest.LogCaptureFixture
) -> None:
    FETCHER.error("Unexpected error in fetcher routine")
    logging.getLogger("aiokafka.consumer.group_coordinator").error("OffsetCommit failed for group %s - %s", "g", "e")

    assert len(caplog.records) == 2
    assert not absence.is_told


async def test_an_end_in_the_middle_tells_what_was_counted_and_listens_no_more(
    absence: Absence, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    clients_fail(2)
    await absence.end()
    clients_fail(1)

    assert [line["count"] for line in told.of(FAILING)] == [6]
    assert len(caplog.records) == 3


async def test_a_service_whose_bus_dies_and_comes_back_says_so_in_two_lines(
    tmp_path: Path, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_bench(tmp_path, "intake") as bench:
        bench.mouth.absence = Absence(bench.settings, rhythm=QUICK)  # type: ignore[misc] # quicker, for a test
        bench.mouth.absence.begin()
        consumer = AIOKafkaConsumer(PETITIONS.name, bootstrap_servers=bench.bus.address, group_id="reader")
        await consumer.start()
        port = int(bench.bus.address.rpartition(":")[2])
        try:
            await bench.bus.stop()
            assert await bench.mouth.publish(a_chain(PETITIONS, 1)) == 0
            await told.until(FAILING)
            assert not await answers(bench.settings)
            bench.bus = await _another_bus(bench, port)
            assert await answers(bench.settings)
            back = await told.until(BACK)
        finally:
            await consumer.stop()
            await bench.bus.stop()

    assert [line["reason"] in {"away", "unacknowledged"} for line in told.of(LOST)] == [True]
    assert back["count"] > 3
    assert not [record for record in caplog.records if "onnect" in str(record.msg)]


async def _another_bus(bench: Bench, port: int) -> EmbeddedBus:
    made = EmbeddedBus(port)
    await made.start()
    assert made.address == bench.bus.address
    return made
