import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.errors import Unavailable
from contracts.facts.envelope import Envelope, first_break
from contracts.streams import NOTICES
from services.chassis.clock import FrozenClock
from services.chassis.ledger import relay as relay_module
from services.chassis.ledger.port import Document, LedgerEngine, Said
from services.chassis.ledger.relay import Relay
from services.chassis.ledger.settler import Settler
from services.chassis.telemetry import Meters
from tests.chassis.ledger_contract import COLLECTIONS, START, Around, LedgerHouse, a_chain, a_change

WITHIN_SECONDS = 10
NEVER_SECONDS = 3_600.0


class Bus:
    """Where the relay says its facts: keeps what it took, in the order it took it."""

    def __init__(self) -> None:
        self.said: dict[str, list[Envelope]] = defaultdict(list)
        self.tries = 0
        self.takes: Callable[[Envelope], bool] = lambda _: True
        self.failure: Exception | None = None
        self.at_once = 0
        self.most_at_once = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self._news = asyncio.Condition()

    async def publish(self, envelopes: Sequence[Envelope]) -> int:
        self.tries += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self._news:
            self._news.notify_all()
        await self.answers.wait()
        self.at_once -= 1
        if self.failure is not None:
            raise self.failure
        taken = 0
        for envelope in envelopes:
            if not self.takes(envelope):
                break
            self.said[envelope.subject].append(envelope)
            taken += 1
        async with self._news:
            self._news.notify_all()
        return taken

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_SECONDS), self._news:
            await self._news.wait_for(is_so)

    def count(self) -> int:
        return sum(len(chain) for chain in self.said.values())


class Post:
    """A ledger, a bus and what is between them."""

    def __init__(self, ledger: LedgerEngine) -> None:
        self.ledger = ledger
        self.bus = Bus()
        self.meters = Meters("notify")
        self.clock = FrozenClock(START)
        self.relays: list[Relay] = []

    def relay(
        self,
        ledger: LedgerEngine | None = None,
        *,
        sweep_seconds: float = 0.02,
        settle_seconds: float = 0.005,
        lanes: int = 4,
    ) -> Relay:
        relay = Relay(
            ledger or self.ledger,
            COLLECTIONS,
            self.bus.publish,
            clock=self.clock,
            meters=self.meters,
            sweep_seconds=sweep_seconds,
            settle_seconds=settle_seconds,
            lanes=lanes,
            batch_facts=5,
        )
        self.relays.append(relay)
        return relay

    async def write(self, length: int, name: str | None = None) -> tuple[Envelope, ...]:
        chain = a_chain(length)
        await self.ledger.insert("papers", name or chain[0].subject, a_change(pending=chain))
        return chain

    async def has_arrived(self, *chains: Sequence[Envelope]) -> None:
        """Everything was said in order, remembered once, and nothing waits."""
        for chain in chains:
            heard = {fact.sequence: fact for fact in self.bus.said[chain[0].subject]}
            assert list(heard) == [fact.sequence for fact in chain]
            assert first_break(heard.values()) is None
            assert await self.ledger.history(NOTICES.name, subject=chain[0].subject) == list(chain)
        assert await self.ledger.pending_stats("papers") == (0, None)

    def measured(self, name: str, **labels: str) -> float | None:
        return self.meters.registry.get_sample_value(name, labels)


@pytest.fixture
async def post(house: LedgerHouse) -> AsyncIterator[Post]:
    made = Post(await house.open(COLLECTIONS))
    yield made
    for relay in made.relays:
        await relay.stop()


async def test_what_waits_is_said_in_order_remembered_and_forgotten(post: Post) -> None:
    chains = [await post.write(length) for length in (1, 3, 12)]
    relay = post.relay()
    await relay.start()
    assert await relay.drain(WITHIN_SECONDS)
    await post.has_arrived(*chains)
    assert post.bus.count() == 16
    assert post.measured("tcd_facts_relayed_total", stream=NOTICES.name) == 16


async def test_a_woken_relay_does_not_wait_for_the_sweep(post: Post) -> None:
    relay = post.relay(sweep_seconds=NEVER_SECONDS)
    await relay.start()
    await asyncio.sleep(0)
    chain = await post.write(2)
    relay.wake("papers", chain[0].subject)
    await post.bus.until(lambda: post.bus.count() == 2)


async def test_a_wake_up_while_the_bus_still_thinks_is_not_forgotten(post: Post) -> None:
    relay = post.relay(sweep_seconds=NEVER_SECONDS)
    await relay.start()
    assert await relay.drain(WITHIN_SECONDS)
    chain = a_chain(2)
    post.bus.answers.clear()
    await post.ledger.insert("papers", "a", a_change(pending=chain[:1]))
    relay.wake("papers", "a")
    await post.bus.until(lambda: post.bus.tries == 1)
    await post.ledger.update("papers", "a", 1, a_change(pending=chain[1:]))
    relay.wake("papers", "a")
    await asyncio.sleep(0)
    post.bus.answers.set()
    await post.bus.until(lambda: post.bus.count() == 2)


class Watched(Around):
    """A ledger that tells what was asked of it; no sweep finds anything."""

    def __init__(self, engine: LedgerEngine) -> None:
        super().__init__(engine)
        self.reads: list[str] = []
        self.settled: list[list[str]] = []

    async def read(self, collection: str, document_id: str) -> Document | None:
        self.reads.append(document_id)
        return await self.engine.read(collection, document_id)

    async def with_pending(self, *_: object, **__: object) -> list[Document]:
        return []

    async def settle(self, said: Sequence[Said]) -> None:
        self.settled.append([each.document_id for each in said])
        await self.engine.settle(said)


async def test_what_the_drawer_hands_over_is_not_read_again(post: Post) -> None:
    watched = Watched(post.ledger)
    relay = post.relay(watched.as_engine(), sweep_seconds=NEVER_SECONDS)
    await relay.start()
    chains = [await post.write(length) for length in (1, 2, 5)]
    for chain in chains:
        relay.wake("papers", chain[0].subject, chain)
    await relay._due.join()
    await post.has_arrived(*chains)
    assert watched.reads == []


async def test_what_was_handed_over_is_read_once_more_has_come(post: Post) -> None:
    relay = post.relay(sweep_seconds=NEVER_SECONDS)
    chain = a_chain(3)
    await post.ledger.insert("papers", "a", a_change(pending=chain[:1]))
    relay.wake("papers", "a", chain[:1])
    await post.ledger.update("papers", "a", 1, a_change(pending=chain[1:]))
    relay.wake("papers", "a")
    await relay.start()
    await relay._due.join()
    await post.has_arrived(chain)


async def test_what_is_handed_over_is_bounded_and_the_rest_is_read(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "_HANDED_FACTS", 4)
    watched = Watched(post.ledger)
    relay = post.relay(watched.as_engine(), sweep_seconds=NEVER_SECONDS)
    for _ in range(2):
        chains = [await post.write(2) for _ in range(3)]
        for chain in chains:
            relay.wake("papers", chain[0].subject, chain)
        if not relay._tasks:
            await relay.start()
        await relay._due.join()
        await post.has_arrived(*chains)
        assert watched.reads == [chains[2][0].subject]
        watched.reads.clear()


async def test_those_who_are_said_at_the_same_time_share_a_write(post: Post) -> None:
    watched = Watched(post.ledger)
    relay = post.relay(
        watched.as_engine(), sweep_seconds=NEVER_SECONDS, settle_seconds=NEVER_SECONDS, lanes=16
    )  # four are enough
    chains = [await post.write(1) for _ in range(4)]
    for chain in chains:
        relay.wake("papers", chain[0].subject, chain)
    await relay.start()
    async with asyncio.timeout(WITHIN_SECONDS):
        await relay._due.join()
    await post.has_arrived(*chains)
    assert watched.settled == [[chain[0].subject for chain in chains]]


async def test_a_refused_aggregate_does_not_hold_up_those_it_shares_a_write_with(post: Post) -> None:
    clash, *free = chains = [await post.write(1) for _ in range(4)]
    await post.ledger.remember(a_chain(1, subject=UUID(clash[0].subject)))
    watched = Watched(post.ledger)
    relay = post.relay(watched.as_engine(), sweep_seconds=NEVER_SECONDS, settle_seconds=NEVER_SECONDS, lanes=16)
    for chain in chains:
        relay.wake("papers", chain[0].subject, chain)
    await relay.start()
    async with asyncio.timeout(WITHIN_SECONDS):
        await relay._due.join()
    assert [len(group) for group in watched.settled] == [4, 1, 1, 1, 1]
    for chain in free:
        assert await post.ledger.history(NOTICES.name, subject=chain[0].subject) == list(chain)
    assert (await post.ledger.pending_stats("papers"))[0] == 1
    assert post.measured("tcd_relay_failures_total", reason="history_clash") == 1


async def test_one_write_settles_so_many_facts_and_documents_at_most(post: Post) -> None:
    watched = Watched(post.ledger)
    settler = Settler(watched.as_engine(), delay_seconds=0, enough=3)
    chains = [await post.write(length) for length in (40, 40, 40, 200, 1, 1, 1, 1)]
    settling = [asyncio.create_task(settler.settle(Said("papers", chain[0].subject, tuple(chain)))) for chain in chains]
    await asyncio.sleep(0)
    work = asyncio.create_task(settler.settle_for_ever())
    async with asyncio.timeout(WITHIN_SECONDS):
        await asyncio.gather(*settling)
    work.cancel()
    assert [len(group) for group in watched.settled] == [2, 1, 1, 3, 1]
    assert await post.ledger.pending_stats("papers") == (0, None)


async def test_the_sweep_finds_what_nobody_woke_us_for(post: Post) -> None:
    relay = post.relay()
    await relay.start()
    await post.write(2)
    await post.bus.until(lambda: post.bus.count() == 2)


async def test_a_wake_up_for_nothing_is_harmless(post: Post) -> None:
    relay = post.relay()
    await relay.start()
    relay.wake("papers", "nobody")
    assert await relay.drain(WITHIN_SECONDS)
    assert post.bus.tries == 0


async def test_only_what_was_acknowledged_is_forgotten(post: Post) -> None:
    chain = await post.write(5, "a")
    post.bus.takes = lambda envelope: envelope.sequence <= 2
    relay = post.relay(sweep_seconds=NEVER_SECONDS)
    await relay.start()
    relay.wake("papers", "a")
    await relay._due.join()
    document = await post.ledger.read("papers", "a")
    assert document is not None
    assert document.pending == chain[2:]
    assert await post.ledger.history(NOTICES.name) == list(chain[:2])
    assert post.measured("tcd_relay_failures_total", reason="unacknowledged") == 1


async def test_one_blocked_aggregate_never_stops_the_others(post: Post) -> None:
    blocked = [await post.write(1) for _ in range(150)]
    stuck = {chain[0].subject for chain in blocked}
    free = [await post.write(2) for _ in range(20)]
    post.bus.takes = lambda envelope: envelope.subject not in stuck
    relay = post.relay()
    await relay.start()
    await post.bus.until(lambda: post.bus.count() == 40)
    post.bus.takes = lambda _: True
    assert await relay.drain(WITHIN_SECONDS)
    await post.has_arrived(*blocked, *free)


async def test_a_bus_that_is_away_loses_nothing_and_is_not_hammered(post: Post) -> None:
    chains = [await post.write(3) for _ in range(5)]
    post.bus.failure = Unavailable("bus_away", "Kafka chưa trả lời.")
    relay = post.relay(sweep_seconds=0.05)
    await relay.start()
    assert not await relay.drain(0.3)
    assert 5 <= post.bus.tries < 100
    assert post.measured("tcd_outbox_pending", collection="papers") == 15
    post.clock.advance(minutes=6)
    assert await relay.pending() == 15
    assert post.measured("tcd_outbox_oldest_age_seconds", collection="papers") == 360
    assert post.measured("tcd_relay_failures_total", reason="bus_away")
    post.bus.failure = None
    assert await relay.drain(WITHIN_SECONDS)
    await post.has_arrived(*chains)
    assert post.measured("tcd_outbox_pending", collection="papers") == 0
    assert post.measured("tcd_outbox_oldest_age_seconds", collection="papers") == 0


async def test_a_bug_in_one_aggregate_is_counted_and_the_rest_goes_on(post: Post) -> None:
    poison, free = await post.write(1), await post.write(1)

    def takes(envelope: Envelope) -> bool:
        if envelope.subject == poison[0].subject:
            raise KeyError("a bug")
        return True

    post.bus.takes = takes
    relay = post.relay()
    await relay.start()
    await post.bus.until(lambda: post.bus.count() == 1)
    assert post.bus.said[free[0].subject] == list(free)
    assert not await relay.drain(0.2)
    assert post.measured("tcd_relay_failures_total", reason="bug")


async def test_two_aggregates_that_speak_for_one_subject_are_seen(post: Post) -> None:
    chain = await post.write(1, "a")
    await post.ledger.remember(a_chain(1, subject=UUID(chain[0].subject)))
    relay = post.relay()
    await relay.start()
    assert not await relay.drain(0.2)
    assert post.measured("tcd_relay_failures_total", reason="history_clash")


async def test_facts_written_while_the_relay_runs_keep_their_order(post: Post) -> None:
    relay = post.relay()
    await relay.start()
    chains = {f"p{n}": a_chain(30, start=START + timedelta(seconds=n)) for n in range(8)}

    async def speak(name: str, chain: Sequence[Envelope]) -> None:
        await post.ledger.insert("papers", name, a_change(pending=tuple(chain[:1])))
        relay.wake("papers", name)
        for number, envelope in enumerate(chain[1:]):
            assert await post.ledger.update("papers", name, number + 1, a_change(pending=(envelope,)))
            relay.wake("papers", name)

    await asyncio.gather(*[speak(name, chain) for name, chain in chains.items()])
    assert await relay.drain(WITHIN_SECONDS)
    await post.has_arrived(*chains.values())
    assert post.bus.count() == 240
    assert post.bus.most_at_once <= 4


async def test_two_relays_repeat_at_most_and_never_lose(post: Post) -> None:
    chains = [await post.write(7) for _ in range(10)]
    relays = [post.relay(), post.relay()]
    for relay in relays:
        await relay.start()
    assert all(await asyncio.gather(*[relay.drain(WITHIN_SECONDS) for relay in relays]))
    await post.has_arrived(*chains)


class Dying(Around):
    """A ledger whose caller dies at one step: the step never returns."""

    def __init__(self, engine: LedgerEngine, step: str) -> None:
        super().__init__(engine)
        self.step = step
        self.has_died = asyncio.Event()

    async def _die_at(self, step: str) -> None:
        if step == self.step:
            self.has_died.set()
            await asyncio.Event().wait()

    async def settle(self, said: Sequence[Said]) -> None:
        await self._die_at("before settling")
        if self.step == "remembered":
            await self.engine.remember([fact for each in said for fact in each.facts])
        await self._die_at("remembered")
        await self.engine.settle(said)
        await self._die_at("after settling")


@pytest.mark.parametrize("step", ["before settling", "remembered", "after settling"])
async def test_a_crash_between_any_two_steps_repeats_and_never_loses(post: Post, house: LedgerHouse, step: str) -> None:
    chain = await post.write(12, "a")
    dying = Dying(await house.open(COLLECTIONS), step)
    first = post.relay(dying.as_engine())
    await first.start()
    async with asyncio.timeout(WITHIN_SECONDS):
        await dying.has_died.wait()
    await first.stop()
    second = post.relay()
    await second.start()
    assert await second.drain(WITHIN_SECONDS)
    await post.has_arrived(chain)
    repeated = 0 if step == "after settling" else 5
    assert post.bus.count() == 12 + repeated


class Forgetful(Around):
    """Twice it does not answer."""

    failures = 2

    async def settle(self, said: Sequence[Said]) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("ledger_away", "Kho dữ liệu đang gián đoạn.")
        await self.engine.settle(said)


async def test_a_ledger_that_is_away_for_a_moment_is_met_again(post: Post, house: LedgerHouse) -> None:
    chain = await post.write(3)
    relay = post.relay(Forgetful(await house.open(COLLECTIONS)).as_engine())
    await relay.start()
    assert await relay.drain(WITHIN_SECONDS)
    await post.has_arrived(chain)
    assert post.measured("tcd_relay_failures_total", reason="ledger_away") == 2
