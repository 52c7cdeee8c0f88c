"""Bad days: the bus dies in the middle of the flow, a replica is killed in a batch, replicas come and go."""

import asyncio
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka.client import AIOKafkaClient
from pydantic import BaseModel

from contracts.errors import Unavailable
from contracts.facts.intake import PetitionWithdrawn
from contracts.ids import PetitionId
from contracts.streams import PETITIONS
from contracts.vocabulary import PetitionKind, WithdrawalScope
from services.chassis.bus.embedded import EmbeddedBus
from services.chassis.clock import SystemClock
from services.chassis.delivery.heard import HandlerTable, Heard
from services.chassis.delivery.listening import Delivery
from services.chassis.ledger.drawer import LedgerDrawer
from services.chassis.ledger.port import Collection
from services.chassis.ledger.relay import Relay
from tests.chassis.delivery_bench import MOMENT, PATIENCE_SECONDS, Bench, Diary, a_bench, a_chain, eventually
from tests.chassis.delivery_member import HANGING

ROOT = Path(__file__).parents[2]
PAPERS = Collection("papers")


class Paper(BaseModel):
    """An aggregate that says something whenever it is told to."""

    said: int = 0


class Office:
    """A speaker as services are: state and facts in one write, a relay, a watch on the bus."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._relay = Relay(
            bench.engine, [PAPERS], bench.mouth.publish, clock=SystemClock(), meters=bench.meters, sweep_seconds=0.2
        )
        self._papers = LedgerDrawer(
            bench.engine, PAPERS, Paper, lambda _: {}, clock=SystemClock(), speaker="intake", wake=self._relay.wake
        )
        self._watching: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self.bench.engine.open([PAPERS])
        await self._relay.start()
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        assert self._watching is not None
        self._watching.cancel()
        await asyncio.wait({self._watching})
        await self._relay.stop()

    async def say(self, subject: UUID) -> None:
        """One more fact about this subject; it is durable when this returns, whatever the bus does."""
        fact = PetitionWithdrawn(
            petition_id=PetitionId(subject),
            kind=PetitionKind.COMPLAINT,
            scope=WithdrawalScope.WHOLE,
            withdrawn_at=MOMENT,
        )
        if await self._papers.find(str(subject)) is None:
            await self._papers.add(str(subject), Paper(said=1), [fact])
        else:
            await self._papers.decide(str(subject), lambda paper: (Paper(said=paper.said + 1), [fact]))

    async def _watch(self) -> None:
        while True:
            with suppress(Unavailable):  # as the loops of the lifecycle: a failed step is tried again
                await self.bench.mouth.attend()
            await asyncio.sleep(0.3)


@asynccontextmanager
async def a_bus_program(port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The embedded bus as its own process, ready."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.chassis.bus.embedded", "--port", str(port), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert program.stdout is not None
    assert b"ready" in await asyncio.wait_for(program.stdout.readline(), 20)
    try:
        yield program
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _OfAnotherProcess(EmbeddedBus):
    """Where the bus is, for clients here."""

    def __init__(self, port: int) -> None:
        super().__init__(port)


async def test_the_bus_is_killed_in_the_middle_and_started_again_nothing_lost_nothing_twice(tmp_path: Path) -> None:
    port = a_free_port()
    speaking = Bench(tmp_path, _OfAnotherProcess(port), "intake")
    listening = Bench(tmp_path, _OfAnotherProcess(port), "notify")
    await speaking.open()
    await listening.open()
    office, diary = Office(speaking), Diary(listening.engine, PETITIONS)
    subjects = [uuid4() for _ in range(30)]
    chance = random.Random(5)

    async def speak(times: int) -> None:
        for _ in range(times):
            await office.say(chance.choice(subjects))

    async with a_bus_program(port) as first:
        await office.open()
        await listening.listen({PetitionWithdrawn: diary.on_fact})
        for subject in subjects:
            await office.say(subject)
        await speak(120)
        await eventually(lambda: _at_least(diary, 40))
        first.send_signal(signal.SIGKILL)
        await first.wait()
    await speak(120)
    async with a_bus_program(port):
        await speak(120)
        expected = {str(subject): await _said(office, subject) for subject in subjects}

        async def is_all_heard() -> bool:
            return {subject: len(page) for subject, page in (await diary.pages()).items()} == expected

        await eventually(is_all_heard, 60)
        await office.close()
        await listening.close()
        await speaking.close()
    assert sum(expected.values()) == 390
    assert len(set(diary.calls)) == len(diary.calls) == 390, "every handler ran once for every fact"


async def _at_least(diary: Diary, count: int) -> bool:
    return len(diary.calls) >= count


async def _said(office: Office, subject: UUID) -> int:
    return (await office._papers.get(str(subject))).state.said


async def test_a_replica_killed_in_a_batch_leaves_its_work_to_the_other(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        diary = Diary(bench.engine, PETITIONS)
        chains = [a_chain(PETITIONS, 3) for _ in range(24)]
        member = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chassis.delivery_member", bench.bus.address, str(tmp_path), cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert member.stdout is not None
        try:
            assert b"listening" in await asyncio.wait_for(member.stdout.readline(), 30)
            await bench.listen({PetitionWithdrawn: diary.on_fact})
            for chain in chains:
                await bench.say(chain)
            assert HANGING in (await asyncio.wait_for(member.stdout.readline(), 30)).decode()
        finally:
            member.kill()
            await member.wait()
        await diary.until(chains, 60)


async def test_replicas_that_come_and_go_do_nothing_twice_and_keep_the_order(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        running: set[str] = set()
        overlaps: list[str] = []

        async def before(heard: Heard[Any]) -> None:
            subject = heard.envelope.subject
            if subject in running:
                overlaps.append(subject)
            running.add(subject)
            await asyncio.sleep(0.005)  # the work itself, long enough to be in hand at a rebalance
            running.discard(subject)

        diary = Diary(bench.engine, PETITIONS)
        diary.before = before
        chains = [a_chain(PETITIONS, 6) for _ in range(40)]
        table: HandlerTable = {PetitionWithdrawn: diary.on_fact}
        await bench.listen(table)

        async def speak() -> None:
            for sequence in range(6):
                await bench.say(chain[sequence] for chain in chains)

        speaking = asyncio.create_task(speak())
        second = await bench.listen(table, replica="1")
        await speaking
        await second.stop()
        await diary.until(chains, 60)
        assert overlaps == []
        assert len(diary.calls) == len(set(diary.calls)), "no handler ran twice for one fact"


async def test_an_ear_whose_client_lost_the_task_that_keeps_the_list_of_brokers_hears_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that such a client does next waits for ever: it has to be noticed from outside."""
    asked, healthy = asyncio.Event(), AIOKafkaClient._metadata_update

    async def fails_once(client: Any, *rest: Any) -> Any:
        if asked.is_set():
            return await healthy(client, *rest)
        asked.set()
        raise RuntimeError("whatever nobody has a plan for")

    async with a_bench(tmp_path) as bench:
        diary = Diary(bench.engine, PETITIONS)
        ear = await bench.listen({PetitionWithdrawn: diary.on_fact})
        clients = [consumer._client for consumer in consumers_of(ear)]
        monkeypatch.setattr(AIOKafkaClient, "_metadata_update", fails_once)
        waiting = [client.force_metadata_update() for client in clients]

        async with asyncio.timeout(PATIENCE_SECONDS):
            assert all(await asyncio.gather(*waiting))
        chain = a_chain(PETITIONS, 2)
        await bench.say(chain)
        await diary.until([chain])

    assert asked.is_set()


def consumers_of(ear: Delivery) -> list[Any]:
    """aiokafka's consumers, as they are now."""
    found: list[Any] = [getattr(one._subscriber, "consumer", None) for one in ear._ears]
    assert all(found)
    return found
