"""The relay: carries pending facts to the bus and into the history, then out of the outbox.

For each aggregate in order: publish → settle (remember, then forget) exactly what was acknowledged. A crash between
any two steps only repeats them: readers know a fact by its sequence, the history keeps the first, forgetting twice is
forgetting. What a drawer has just written is handed over by it; what a crash left, or somebody else wrote, is read.
Saying a stream's history again is the bus's part (``bus.speaker``).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from contracts.errors import TiepdanError, Unavailable
from contracts.facts.envelope import Envelope
from services.chassis.clock import Clock
from services.chassis.ledger.port import Collection, Document, LedgerEngine, Said
from services.chassis.ledger.settler import Settler
from services.chassis.telemetry import Meters, fault_of, get_log

Publish = Callable[[Sequence[Envelope]], Awaitable[int]]
"""Says the facts of one aggregate in order; how many from the front the bus acknowledged. No answer is zero."""

_LONGEST_WAIT_SECONDS: Final = 3.0
_BLOCKS_FORGOTTEN_AFTER_SECONDS: Final = 60.0
_PAGE: Final = 64
_HANDED_FACTS: Final = 2_000
"""Facts kept from their wake-ups until a lane takes them; what comes on top of that is read again."""


@dataclass(frozen=True, slots=True)
class _Key:
    """One aggregate that may have something to say."""

    collection: str
    document_id: str


@dataclass(frozen=True, slots=True)
class _Block:
    """An aggregate whose last try failed: not before ``until`` (loop time) again."""

    until: float
    wait_seconds: float


class Relay:
    """One per process. Give ``wake`` to every drawer; ``start`` after the ledger is open; ``drain``, then ``stop``.

    ``lanes`` aggregates are carried at a time, each of them by one lane. What nobody woke us for (a crash, another
    process) the sweep finds, a page at a time, every ``sweep_seconds``. A lane whose facts are on the bus waits up to
    ``settle_seconds`` for others: they share the write that settles them.
    """

    def __init__(
        self,
        engine: LedgerEngine,
        collections: Sequence[Collection],
        publish: Publish,
        *,
        clock: Clock,
        meters: Meters,
        sweep_seconds: float = 0.5,
        settle_seconds: float = 0.02,
        lanes: int = 64,
        batch_facts: int = 100,
    ) -> None:
        self._engine = engine
        self._collections = tuple(collection.name for collection in collections)
        self._publish = publish
        self._clock = clock
        self._meters = meters
        self._sweep_seconds = sweep_seconds
        self._lanes = lanes
        self._batch_facts = batch_facts
        self._settler = Settler(engine, delay_seconds=settle_seconds, enough=max(1, lanes // 4))
        self._due: asyncio.Queue[_Key] = asyncio.Queue()
        self._queued: set[_Key] = set()
        self._handed: dict[_Key, tuple[Envelope, ...]] = {}
        self._handed_facts = 0
        self._busy: set[_Key] = set()
        self._again: set[_Key] = set()
        self._blocked: dict[_Key, _Block] = {}
        self._page_ends: dict[str, Document] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def wake(self, collection: str, document_id: str, facts: Sequence[Envelope] = ()) -> None:
        """Facts wait in this document now, durable; ``facts``: all of them, unless the caller does not know.

        Called on the event loop; returns at once.
        """
        key = _Key(collection, document_id)
        if key in self._queued:
            self._take_handed(key)  # it is no longer all that waits
            return
        block = self._blocked.get(key)
        if block is None or block.until <= asyncio.get_running_loop().time():
            self._queued.add(key)
            self._hand(key, facts)
            self._due.put_nowait(key)

    def _hand(self, key: _Key, facts: Sequence[Envelope]) -> None:
        if facts and self._handed_facts + len(facts) <= _HANDED_FACTS:
            self._handed[key] = tuple(facts)
            self._handed_facts += len(facts)

    def _take_handed(self, key: _Key) -> tuple[Envelope, ...]:
        facts = self._handed.pop(key, ())
        self._handed_facts -= len(facts)
        return facts

    async def start(self) -> None:
        """Begin to carry."""
        lanes = [self._carry_for_ever() for _ in range(self._lanes)]
        work = (*lanes, self._settler.settle_for_ever(), self._sweep_for_ever())
        self._tasks = [asyncio.create_task(each, name="relay") for each in work]

    async def stop(self) -> None:
        """Stop where we are; what was not forgotten is said again by the next start."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def drain(self, within_seconds: float) -> bool:
        """Carry all that waits, for so long at most; True when the outbox is empty. Needs a started relay."""
        with suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(within_seconds):
                while await self.pending():
                    self._blocked.clear()
                    await self.sweep()
                    await self._due.join()
                    if await self.pending():
                        await asyncio.sleep(self._sweep_seconds)
                return True
        return False

    async def pending(self) -> int:
        """How many facts wait, in all collections; sets the gauges by the way."""
        total = 0
        for name in self._collections:
            count, since = await self._engine.pending_stats(name)
            age_seconds = 0.0 if since is None else (self._clock.now() - since).total_seconds()
            self._meters.outbox_pending.labels(name).set(count)
            self._meters.outbox_oldest_seconds.labels(name).set(max(0.0, age_seconds))
            total += count
        return total

    async def sweep(self) -> None:
        """Look at the next page of every collection for documents with something to say."""
        long_ago = asyncio.get_running_loop().time() - _BLOCKS_FORGOTTEN_AFTER_SECONDS
        self._blocked = {key: block for key, block in self._blocked.items() if block.until > long_ago}
        for name in self._collections:
            page = await self._engine.with_pending(name, _PAGE, after=self._page_ends.pop(name, None))
            for document in page:
                self._look_at(_Key(name, document.id))
            if len(page) == _PAGE:
                self._page_ends[name] = page[-1]

    def _look_at(self, key: _Key) -> None:
        """Wake for what the sweep found, unless it is on its way: what is left of it the next sweep finds."""
        if key not in self._queued and key not in self._busy:
            self.wake(key.collection, key.document_id)

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                await self.pending()
                if self._due.qsize() < _PAGE:
                    await self.sweep()
            except Exception as error:  # noqa: BLE001 - the sweep is the net below everything: it never ends
                self._failed(error)
            await asyncio.sleep(self._sweep_seconds)

    async def _carry_for_ever(self) -> None:
        while True:
            key = await self._due.get()
            self._queued.discard(key)
            handed = self._take_handed(key)
            if key in self._busy:
                self._again.add(key)
            else:
                await self._carry_alone(key, handed)
            self._due.task_done()

    async def _carry_alone(self, key: _Key, handed: Sequence[Envelope]) -> None:
        self._busy.add(key)
        try:
            is_through = await self._carry(key, handed)
        except Exception as error:  # noqa: BLE001 - one aggregate's failure never stops the others
            self._failed(error, key)
            is_through = False
        finally:
            self._busy.discard(key)
        if is_through:
            self._blocked.pop(key, None)
        else:
            self._block(key)
        if key in self._again:
            self._again.discard(key)
            self.wake(key.collection, key.document_id)

    async def _carry(self, key: _Key, handed: Sequence[Envelope]) -> bool:
        """Say what waits in one document; False when the bus did not take all of it."""
        waiting = handed or await self._waiting(key)
        while waiting:
            batch = waiting[: self._batch_facts]
            if await self._carry_batch(key, batch) < len(batch):
                return False
            waiting = await self._waiting(key) if len(batch) < len(waiting) else ()
        return True

    async def _waiting(self, key: _Key) -> Sequence[Envelope]:
        document = await self._engine.read(key.collection, key.document_id)
        return document.pending if document else ()

    async def _carry_batch(self, key: _Key, batch: Sequence[Envelope]) -> int:
        acknowledged = await self._publish(batch)
        said = tuple(batch[:acknowledged])
        if said:
            await self._settler.settle(Said(key.collection, key.document_id, said))
        for fact in said:
            self._meters.facts_relayed.labels(fact.stream).inc()
        if acknowledged < len(batch):
            self._meters.relay_failures.labels("unacknowledged").inc()
        return acknowledged

    def _block(self, key: _Key) -> None:
        """Try again later, at most twice as late as the last time."""
        last = self._blocked.get(key)
        wait_seconds = min(last.wait_seconds * 2, _LONGEST_WAIT_SECONDS) if last else self._sweep_seconds / 2
        self._blocked[key] = _Block(asyncio.get_running_loop().time() + wait_seconds, wait_seconds)

    def _failed(self, error: Exception, key: _Key | None = None) -> None:
        reason = error.code if isinstance(error, TiepdanError) else "bug"
        self._meters.relay_failures.labels(reason).inc()
        where = {"collection": key.collection, "document_id": key.document_id} if key else {}
        say = get_log().warning if isinstance(error, Unavailable) else get_log().error
        say("relay.failed", reason=reason, **where, **fault_of(error))


__all__ = ["Publish", "Relay"]
