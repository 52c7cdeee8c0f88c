"""The ledger on MongoDB: the contract, then what only a server can do wrong."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from pymongo import MongoClient
from pymongo.errors import OperationFailure, WriteConcernError

from contracts.errors import Conflict, Refused, Unavailable
from contracts.facts.envelope import Envelope, first_break
from contracts.streams import NOTICES
from deploy.engines.mongo import MongoEngine
from deploy.engines.server import HOST, free_ports
from services.chassis.ledger.mongo import MongoLedger, _translated
from services.chassis.ledger.port import Collection, Mark, Said, Where
from tests.chassis.ledger_contract import COLLECTIONS, NOTES, LedgerContract, a_chain, a_change, ids_of
from tests.chassis.test_ledger_drawer import CASES_KEPT, Case, Desk, say
from tests.engines import mongo_house
from tests.engines.addresses import native
from tests.engines.mongo_house import MongoHouse

house, ledger = mongo_house.house, mongo_house.ledger

FROZEN_SECONDS = 20.0
TIMEOUT_SECONDS = 2.0
SLACK_SECONDS = 1.5
"""What two shared cores may add to a deadline."""


class TestMongoLedger(LedgerContract):
    async def test_it_says_which_engine_it_is(self, ledger: MongoLedger) -> None:
        assert ledger.name.startswith("mongodb ")
        assert ledger.name.endswith((" (single)", " (replica set)"))

    async def test_a_removal_from_an_outbox_that_changed_meanwhile_is_noticed(self, ledger: MongoLedger) -> None:
        chain = a_chain(3)
        await ledger.insert("papers", "a", a_change(pending=chain[:2]))
        stale = await ledger._answer(ledger._documents("papers").find_one({"_id": "a"}))
        await ledger.update("papers", "a", 1, a_change(pending=chain[2:]))
        before = await ledger.read("papers", "a")
        assert await ledger._forget_once("papers", stale, frozenset(ids_of(chain[:2]))) is None
        assert await ledger.read("papers", "a") == before
        assert await ledger.forget_pending("papers", "a", ids_of(chain[:2])) == 2
        assert (await ledger.pending_stats("papers"))[0] == 1

    async def test_a_document_that_stops_waiting_leaves_nothing_in_the_outbox_index(self, ledger: MongoLedger) -> None:
        chain = a_chain(2)
        await ledger.insert("papers", "a", a_change(pending=chain))
        for envelope in chain:
            kept = await ledger._answer(ledger._documents("papers").find_one({"_id": "a"}))
            assert {"waiting", "waiting_count"} <= kept.keys()
            assert await ledger.forget_pending("papers", "a", [str(envelope.id)]) == 1
        kept = await ledger._answer(ledger._documents("papers").find_one({"_id": "a"}))
        assert not {"waiting", "waiting_count"} & kept.keys()

    async def test_the_way_of_a_filing_and_its_facts_is_three_round_trips_two_of_them_shared(
        self, ledger: MongoLedger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Insert; then for all that were said meanwhile one into the history and one that empties the outboxes."""
        await ledger.remember(a_chain(1))  # from then on the last place of the history is known
        chains = [a_chain(2) for _ in range(20)]
        trips = 0
        answer = ledger._answer

        async def counted(asked: Awaitable[object]) -> object:
            nonlocal trips
            trips += 1
            return await answer(asked)

        monkeypatch.setattr(ledger, "_answer", counted)
        for chain in chains:
            await ledger.insert("papers", chain[0].subject, a_change(pending=chain))
        await ledger.settle([Said("papers", chain[0].subject, chain) for chain in chains])
        assert trips == len(chains) + 2
        monkeypatch.undo()
        assert await ledger.pending_stats("papers") == (0, None)

    async def test_a_crash_between_history_and_outbox_leaves_the_facts_waiting(
        self, ledger: MongoLedger, house: MongoHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chains = {name: a_chain(2) for name in ("a", "b", "c")}
        for name, chain in chains.items():
            await ledger.insert("papers", name, a_change(pending=chain))
        said = [Said("papers", name, chain) for name, chain in chains.items()]

        async def die(*_: object) -> None:
            raise ConnectionResetError

        with monkeypatch.context() as fault:
            fault.setattr(ledger, "_forget_together", die)
            with pytest.raises(ConnectionResetError):
                await ledger.settle(said)
        remembered = [fact for each in said for fact in each.facts]
        assert await ledger.history(NOTICES.name) == remembered
        assert (await ledger.pending_stats("papers"))[0] == len(remembered)
        await (await house.open(COLLECTIONS)).settle(said)
        assert await ledger.history(NOTICES.name) == remembered
        assert await ledger.pending_stats("papers") == (0, None)

    async def test_what_came_meanwhile_stays_when_all_that_was_read_is_forgotten(self, ledger: MongoLedger) -> None:
        chain = a_chain(3)
        await ledger.insert("papers", "a", a_change(pending=chain[:2]))
        await ledger.update("papers", "a", 1, a_change(pending=chain[2:]))
        assert await ledger.forget_pending("papers", "a", ids_of(chain[:2])) == 2
        assert await ledger.forget_pending("papers", "a", ids_of(chain[:1])) == 0
        assert await ledger.forget_pending("papers", "a", ids_of(chain[1:])) == 1
        assert await ledger.pending_stats("papers") == (0, None)

    async def test_a_clock_that_went_back_hides_nobody_from_the_pages_of_the_outbox(self, ledger: MongoLedger) -> None:
        (late,), (early,), (between,) = a_chain(1), a_chain(1, start=COLD), a_chain(1, start=COLDER)
        await ledger.insert("papers", "a", a_change(pending=(late,)))
        await ledger.update("papers", "a", 1, a_change(pending=(early,)))
        await ledger.insert("papers", "b", a_change(pending=(between,)))
        pages, after = [], None
        while page := await ledger.with_pending("papers", 1, after=after):
            pages += [document.id for document in page]
            after = page[-1]
        assert pages == ["b", "a"]
        assert await ledger.pending_stats("papers") == (3, between.time)

    async def test_a_key_that_is_no_longer_unique_may_be_shared(self, ledger: MongoLedger) -> None:
        await ledger.insert("papers", "a", a_change(keys={"code": "X"}))
        await ledger.open([Collection("papers", keys=("code",))])
        await ledger.insert("papers", "b", a_change(keys={"code": "X"}))
        assert await ledger.count("papers", Where(equal={"code": "X"})) == 2

    async def test_several_processes_remember_in_one_order_and_a_reader_misses_nothing(self, house: MongoHouse) -> None:
        processes = [await house.open(COLLECTIONS) for _ in range(3)]
        chains = [a_chain(20) for _ in range(12)]
        is_told = asyncio.Event()

        async def tell(number: int, chain: Sequence[Envelope]) -> None:
            for envelope in chain:
                await processes[number % 3].remember([envelope])

        async def read() -> list[Envelope]:
            heard: list[Envelope] = []
            while not is_told.is_set() or len(heard) < 240:
                after = str(heard[-1].id) if heard else None
                heard += await processes[0].history(NOTICES.name, after=after, limit=7)
            return heard

        reader = asyncio.create_task(read())
        async with asyncio.timeout(60):
            await asyncio.gather(*[tell(number, chain) for number, chain in enumerate(chains)])
            is_told.set()
            heard = await reader
        assert heard == await processes[1].history(NOTICES.name)
        for chain in chains:
            assert [fact for fact in heard if fact.subject == chain[0].subject] == list(chain)

    async def test_a_ledger_belongs_to_the_loop_it_was_opened_on(self, ledger: MongoLedger) -> None:
        async def elsewhere() -> None:
            with pytest.raises(RuntimeError, match="event loop"):
                await ledger.read("papers", "a")

        await asyncio.to_thread(asyncio.run, elsewhere())

    async def test_closing_finishes_what_was_accepted(self, ledger: MongoLedger) -> None:
        writes = [asyncio.create_task(ledger.insert("papers", f"p{n}", a_change())) for n in range(100)]
        await asyncio.sleep(0)
        await ledger.close()
        await asyncio.gather(*writes)
        with pytest.raises(Unavailable, match="ledger_away"):
            await ledger.read("papers", "p1")
        await ledger.open(COLLECTIONS)
        assert await ledger.count("papers", Where()) == 100

    async def test_every_write_waits_for_a_majority_and_the_journal(self, ledger: MongoLedger) -> None:
        concern = ledger._mongo().write_concern.document
        assert (concern["w"], concern["j"], concern["wtimeout"]) == ("majority", True, 5_000)
        options = ledger._client.delegate.options
        assert options.server_selection_timeout == 5
        assert (options.pool_options.socket_timeout, options.pool_options.connect_timeout) == (5, 5)
        assert options.pool_options.wait_queue_timeout == 5


COLD = a_chain(1)[0].time.replace(year=2025)
COLDER = COLD.replace(year=2024)


# a server that is not there, or does not answer


async def in_time(call: Callable[[], Awaitable[object]]) -> float:
    """Seconds until the call was refused as ``ledger_away``."""
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="ledger_away"):
        await call()
    return time.monotonic() - begun


async def test_a_server_that_is_not_there_is_unavailable_in_time() -> None:
    (port,) = free_ports(1)
    ledger = MongoHouse(f"mongodb://{HOST}:{port}", timeout_seconds=0.5).ledger()
    assert await in_time(lambda: ledger.open(COLLECTIONS)) < 0.5 + SLACK_SECONDS
    assert await in_time(ledger.ping) < SLACK_SECONDS


async def test_a_server_that_accepts_and_never_answers_is_unavailable_in_time() -> None:
    writers: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: writers.append(writer), HOST, 0)
    port = silent.sockets[0].getsockname()[1]
    ledger = MongoHouse(f"mongodb://{HOST}:{port}", timeout_seconds=0.5).ledger()
    assert await in_time(lambda: ledger.open(COLLECTIONS)) < 0.5 + SLACK_SECONDS
    silent.close()
    for writer in writers:
        writer.close()


SECRET = "Mat-Khau-Rat-Dai"  # pragma: allowlist secret


@pytest.mark.parametrize(
    "uri", [f"mongodb://tcd:{SECRET}/@{HOST}", f"mongo://tcd:{SECRET}@{HOST}", f"mongodb://tcd:{SECRET}@@{HOST}:x"]
)
async def test_a_wrong_address_is_refused_without_repeating_it(uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = MongoLedger(SecretStr(uri), database="test")
    with pytest.raises(Refused, match="bad_mongodb_uri") as refusal:
        await ledger.open(COLLECTIONS)
    said = f"{refusal.value} {refusal.value.__cause__} {ledger.name} {vars(ledger)} {capsys.readouterr()}"
    assert SECRET[:8] not in said


async def test_the_password_is_not_said_when_the_server_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    (port,) = free_ports(1)
    ledger = MongoHouse(f"mongodb://tcd:{SECRET}@{HOST}:{port}", timeout_seconds=0.3).ledger()
    with pytest.raises(Unavailable) as refusal:
        await ledger.open(COLLECTIONS)
    assert SECRET not in f"{refusal.value} {refusal.value.__cause__} {capsys.readouterr()}"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationFailure("not primary", 10_107), "ledger_away"),
        (OperationFailure("stepping down", 189), "ledger_away"),
        (OperationFailure("credentials were changed", 18), "ledger_away"),
        (WriteConcernError("waiting for replication", 64), "ledger_away"),
        (OperationFailure("disk", 14_031), "ledger_full"),
        (OperationFailure("grew", 10_334), "document_too_large"),
    ],
)
def test_what_a_server_says_becomes_what_a_caller_can_act_on(error: Exception, code: str) -> None:
    translated = _translated(error)
    assert isinstance(translated, Refused | Unavailable)
    assert translated.code == code


def test_a_bug_of_ours_stays_a_bug() -> None:
    bug = OperationFailure("unknown operator", 2)
    assert _translated(bug) is bug


# killing it


@dataclass
class Traffic:
    """Decisions with marks by several writers about several cases, while a relay carries; all repeat until it is done.

    Each ``(writer, number)`` is one fact heard: it must have exactly one effect, whatever is killed or frozen.
    """

    desk: Desk
    writers: int = 8
    acknowledged: set[tuple[str, int]] = field(default_factory=set)
    refused: int = 0
    lost_turns: int = 0
    slowest_seconds: float = 0.0
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    cases: list[Case] = field(default_factory=list)

    async def run(self, fault: Callable[["Traffic"], Awaitable[None]]) -> None:
        self.cases = [(await self.desk.open_case()).state for _ in range(4)]
        async with asyncio.timeout(100):
            work = [asyncio.create_task(self.write(number)) for number in range(self.writers)]
            work.append(asyncio.create_task(self.carry()))
            await fault(self)
            self.is_over.set()
            await asyncio.gather(*work)

    async def write(self, writer: int) -> None:
        number = 0
        while not self.is_over.is_set():
            number += 1
            case = self.cases[(writer + number) % len(self.cases)]
            await self.until_done(lambda case=case, number=number: self.decide(case, writer, number))  # type: ignore[misc]
            self.acknowledged.add((str(case.case_id), writer * 1_000_000 + number))
            await self.tell()

    async def decide(self, case: Case, writer: int, number: int) -> None:
        mark = Mark(f"petitions:w{writer}", number)
        told_by = str(writer * 1_000_000 + number)
        await self.desk.cases.decide(str(case.case_id), lambda state: say(state, 1, told_by), mark)

    async def carry(self) -> None:
        while not self.is_over.is_set():
            for case in self.cases:
                await self.until_done(lambda case=case: self.desk.carry(str(case.case_id), 50))  # type: ignore[misc]

    async def until_done(self, call: Callable[[], Awaitable[None]]) -> None:
        """Again and again while the ledger is away; each call has its time."""
        while True:
            begun = time.monotonic()
            try:
                await call()
            except Unavailable:
                self.refused += 1
                await self.tell()
            except Conflict as conflict:
                self.lost_turns += conflict.code == "changed_meanwhile"
            else:
                return
            finally:
                self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - begun)
            await asyncio.sleep(0.01)  # a caller that repeats at once would only heat the machine

    async def tell(self) -> None:
        async with self.moved:
            self.moved.notify_all()

    async def until(self, count: int) -> None:
        """So many more were acknowledged."""
        goal = len(self.acknowledged) + count
        async with self.moved:
            await self.moved.wait_for(lambda: len(self.acknowledged) >= goal)

    async def until_refused(self) -> None:
        """Somebody noticed that the server is gone."""
        goal = self.refused + 1
        async with self.moved:
            await self.moved.wait_for(lambda: self.refused >= goal)

    async def judge(self) -> None:
        """Asked of the ledger: nothing acknowledged is lost, nothing happened twice, every chain is whole."""
        lost = repeated = 0
        for case in self.cases:
            state = (await self.desk.cases.get(str(case.case_id))).state
            told = Counter(state.told_by)
            wanted = {str(number) for case_id, number in self.acknowledged if case_id == str(case.case_id)}
            lost += len(wanted - told.keys())
            repeated += sum(count - 1 for count in told.values())
            internal, public = await self.desk.everything_said(case)
            for chain in (internal, public):
                assert [fact.sequence for fact in chain] == list(range(1, state.said + 1))
                assert first_break(chain) is None
            assert state.said == len(state.told_by)
        print(f"acknowledged {len(self.acknowledged)} refused {self.refused} lost {lost} repeated {repeated}")
        assert (lost, repeated) == (0, 0)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[MongoEngine]:
    """A server of this test alone: it will be killed."""
    native("mongo")
    with MongoEngine(tmp_path / "mongo", *free_ports(1)) as started:
        yield started


@pytest.fixture
async def home(engine: MongoEngine) -> AsyncIterator[MongoHouse]:
    """Closed at the end whatever happens: a client left open by a failed test would fail another one as a warning."""
    async with MongoHouse(engine.uri, timeout_seconds=TIMEOUT_SECONDS) as made:
        yield made


async def test_kill_9_during_decisions_loses_nothing_and_repeats_nothing(engine: MongoEngine, home: MongoHouse) -> None:
    seed = random.randrange(2**32)
    chance, kills = random.Random(seed), 4
    traffic = Traffic(Desk(await home.open([CASES_KEPT])))

    async def kill_and_restart(running: Traffic) -> None:
        for _ in range(kills):
            await running.until(chance.randint(20, 200))
            engine.kill()
            await running.until_refused()
            await asyncio.to_thread(engine.start)
            await running.until(20)

    await traffic.run(kill_and_restart)
    print(f"seed {seed} kills {kills}", end=" ")
    await traffic.judge()


async def test_a_frozen_server_refuses_in_time_and_wakes_without_duplicates(
    engine: MongoEngine, home: MongoHouse
) -> None:
    ledger = await home.open([CASES_KEPT, *COLLECTIONS])
    traffic = Traffic(Desk(ledger))
    filings: list[str] = []

    async def file_while_frozen() -> float:
        """New documents while nobody answers: each call is refused in time; all are sent again after."""
        slowest = 0.0
        until = time.monotonic() + FROZEN_SECONDS
        while time.monotonic() < until:
            filings.append(str(uuid4()))
            filing, chain = filings[-1], a_chain(1, subject=UUID(filings[-1]))
            slowest = max(slowest, await in_time(lambda: ledger.insert("papers", filing, a_change(pending=chain))))  # noqa: B023 - awaited at once
        return slowest

    async def freeze(running: Traffic) -> None:
        await running.until(100)
        engine.freeze()
        refused, slowest = running.refused, await file_while_frozen()
        assert running.refused > refused
        assert slowest < TIMEOUT_SECONDS + SLACK_SECONDS
        engine.thaw()
        await running.until(100)

    await traffic.run(freeze)
    await traffic.judge()
    for filing in filings:
        with suppress(Conflict):  # the first try may have arrived after all
            await ledger.insert("papers", filing, a_change(pending=a_chain(1, subject=UUID(filing))))
    found = await ledger.select("papers", Where(), limit=len(filings) + 1)
    assert sorted(document.id for document in found) == sorted(filings)
    assert {(document.version, len(document.pending)) for document in found} == {(1, 1)}
    print(f"slowest decision {traffic.slowest_seconds:.1f} s, filings {len(filings)}")


async def test_a_server_that_restarts_is_met_again_without_a_new_ledger(engine: MongoEngine, home: MongoHouse) -> None:
    ledger = await home.open([NOTES])
    await ledger.insert("notes", "a", a_change({"n": 1}))
    engine.kill()
    assert await in_time(lambda: ledger.read("notes", "a")) < TIMEOUT_SECONDS + SLACK_SECONDS
    await asyncio.to_thread(engine.start)
    async with asyncio.timeout(10):
        while True:
            try:
                document = await ledger.read("notes", "a")
                break
            except Unavailable:
                continue
    assert document is not None
    assert document.state == {"n": 1}


async def test_what_one_service_keeps_another_does_not_see(mongodb: str) -> None:
    async with MongoHouse(mongodb) as home, MongoHouse(mongodb) as other:
        ledger, neighbour = await home.open([NOTES]), await other.open([NOTES])
        await ledger.insert("notes", "a", a_change())
        assert await neighbour.read("notes", "a") is None
        with MongoClient[dict[str, object]](mongodb) as client:
            assert {home._database, other._database} <= set(client.list_database_names())
