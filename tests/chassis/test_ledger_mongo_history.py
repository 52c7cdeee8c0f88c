"""The order of the history with several writers, lost answers and late writes. The shelf is a list, no server."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import Conflict, Unavailable
from contracts.facts.envelope import Envelope
from services.chassis.ledger.mongo_history import GROUP_FACTS, Rememberer
from services.chassis.ledger.port import Json
from services.chassis.ledger.refusals import ledger_away
from tests.chassis.ledger_contract import a_chain


class Shelf:
    """What the server keeps; with a seed, calls take turns by chance, lose their answers and arrive late."""

    def __init__(self, seed: int | None = None) -> None:
        self.rows: list[Json] = []
        self.writes = 0
        self.read_up_to = 0
        self._chance = None if seed is None else random.Random(seed)
        self._late: list[asyncio.Task[int]] = []

    async def last_place(self) -> int:
        await self._turns(3)
        return max((row["place"] for row in self.rows), default=0)

    async def known(self, ids: Sequence[str]) -> Mapping[str, str]:
        await self._turns(2)
        return {row["_id"]: row["fact"]["id"] for row in self.rows if row["_id"] in ids}

    async def insert_in_order(self, documents: Sequence[Json]) -> int:
        self.writes += 1
        if self._chance is None:
            return await self._insert(documents)
        fate = self._chance.choice(("fine", "fine", "fine", "lost answer", "late", "never"))
        if fate == "late":
            self._late.append(asyncio.create_task(self._insert(documents, later=20)))
        elif fate != "never":
            taken = await self._insert(documents, later=2)
            if fate == "fine":
                return taken
        raise ledger_away()

    async def settle(self) -> None:
        await asyncio.gather(*self._late)

    async def _insert(self, documents: Sequence[Json], later: int = 0) -> int:
        for count, document in enumerate(documents):
            await self._turns(later)  # one at a time: others come in between
            if any(document["_id"] == row["_id"] or document["place"] == row["place"] for row in self.rows):
                return count
            assert document["place"] > self.read_up_to, "written where a reader has already been"
            self.rows.append(document)
        return len(documents)

    async def _turns(self, most: int) -> None:
        for _ in range(self._chance.randint(0, most) if self._chance else 0):
            await asyncio.sleep(0)

    def read(self) -> None:
        """A reader reads all there is."""
        self.read_up_to = max((row["place"] for row in self.rows), default=0)


class Slow(Shelf):
    """Its first write waits at the gate, so that others come while it is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.gate = asyncio.Event(), asyncio.Event()

    async def insert_in_order(self, documents: Sequence[Json]) -> int:
        self.entered.set()
        await self.gate.wait()
        return await super().insert_in_order(documents)


async def remembered_together(shelf: Slow, chains: Sequence[Sequence[Envelope]]) -> None:
    """The first one's write is under way while all the others come."""
    rememberer = Rememberer(shelf)
    first = asyncio.create_task(rememberer.remember(chains[0]))
    await shelf.entered.wait()
    others = [asyncio.create_task(rememberer.remember(chain)) for chain in chains[1:]]
    await asyncio.sleep(0)
    shelf.gate.set()
    await asyncio.gather(first, *others)


def told(shelf: Shelf) -> list[Envelope]:
    return [Envelope.from_document(row["fact"]) for row in sorted(shelf.rows, key=lambda row: int(row["place"]))]


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), relays=st.integers(1, 3), lengths=st.lists(st.integers(1, 6), max_size=5))
def test_any_interleaving_of_relays_tells_every_fact_once_in_order(seed: int, relays: int, lengths: list[int]) -> None:
    asyncio.run(_play(seed, relays, lengths))


async def _play(seed: int, relays: int, lengths: list[int]) -> None:
    shelf = Shelf(seed)
    chains = [a_chain(length) for length in lengths]
    rememberers = [Rememberer(shelf) for _ in range(relays)]

    async def carry(rememberer: Rememberer, chain: Sequence[Envelope]) -> None:
        while True:
            try:
                await rememberer.remember(chain)
            except Unavailable:
                shelf.read()
            else:
                return

    await asyncio.gather(*[carry(each, chain) for each in rememberers for chain in chains])
    await shelf.settle()
    assert sorted(row["place"] for row in shelf.rows) == list(range(1, sum(lengths) + 1))
    for chain in chains:
        assert [fact for fact in told(shelf) if fact.subject == chain[0].subject] == list(chain)


async def test_all_who_wait_meanwhile_share_one_write() -> None:
    shelf, chains = Slow(), [a_chain(2) for _ in range(50)]
    await remembered_together(shelf, chains)
    assert told(shelf) == [fact for chain in chains for fact in chain]
    assert shelf.writes == 2


async def test_a_long_queue_is_written_in_groups_and_a_long_chain_whole() -> None:
    shelf, chains = Slow(), [a_chain(1), a_chain(GROUP_FACTS - 1), a_chain(2), a_chain(GROUP_FACTS + 7), a_chain(1)]
    await remembered_together(shelf, chains)
    assert told(shelf) == [fact for chain in chains for fact in chain]
    assert shelf.writes == 5


async def test_who_brings_another_fact_for_a_taken_place_is_refused_alone() -> None:
    shelf = Shelf()
    rememberer = Rememberer(shelf)
    taken = a_chain(1)
    await rememberer.remember(taken)
    forged, fresh = a_chain(1, subject=UUID(taken[0].subject)), a_chain(3)
    answers = await asyncio.gather(
        rememberer.remember(forged), rememberer.remember(fresh), rememberer.remember(taken), return_exceptions=True
    )
    assert isinstance(answers[0], Conflict)
    assert answers[0].code == "history_clash"
    assert list(answers[1:]) == [None, None]
    assert told(shelf) == [*taken, *fresh]


async def test_what_two_bring_is_kept_though_one_of_them_is_refused() -> None:
    shelf = Shelf()
    rememberer = Rememberer(shelf)
    taken, shared = a_chain(1), a_chain(1)
    await rememberer.remember(taken)
    forged = a_chain(1, subject=UUID(taken[0].subject))
    answers = await asyncio.gather(
        rememberer.remember([*forged, *shared]), rememberer.remember(shared), return_exceptions=True
    )
    assert isinstance(answers[0], Conflict)
    assert answers[1] is None
    assert told(shelf) == [*taken, *shared]


async def test_a_caller_that_gives_up_takes_nobody_with_it() -> None:
    shelf = Slow()
    rememberer = Rememberer(shelf)
    first, second = a_chain(1), a_chain(2)
    leader = asyncio.create_task(rememberer.remember(first))
    await shelf.entered.wait()
    follower = asyncio.create_task(rememberer.remember(second))
    await asyncio.sleep(0)
    leader.cancel()
    shelf.gate.set()
    await follower
    with pytest.raises(asyncio.CancelledError):
        await leader
    assert told(shelf) == list(second)
