"""The inbox of one stream: what is new is handled once and in order, what cannot be handled waits where it is seen.

For each subject a position is kept (the last sequence heard and its hash). A fact is

- a **duplicate** when it is not after the position: counted, skipped;
- **held** when facts before it are missing: kept in the ledger until they come, never skipped;
- a **dead letter** when it can never be handled; its key is parked and later facts follow it there;
- **handled**, skipped as of unknown type, or ignored for want of a handler: the position moves on.

Positions move in one write per batch, after the work and before the bus is told.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.trace import Span, SpanKind

from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope, Unreadable
from contracts.streams import Stream
from services.chassis.clock import Clock
from services.chassis.delivery.aside import Aside
from services.chassis.delivery.attempts import Budget, Limits, Poisoned, attempt
from services.chassis.delivery.heard import HandlerTable, Heard, Together
from services.chassis.delivery.lanes import by_key, side_by_side
from services.chassis.delivery.letters import NO_PLACE, Letter, Post, Reason, Shelf, Standing, Why
from services.chassis.delivery.records import Record, read
from services.chassis.delivery.runs import Run, all_in_turn, is_in_its_place, runs_of
from services.chassis.delivery.shifts import Shifts
from services.chassis.delivery.turns import Turn, is_early, turn_of
from services.chassis.ledger.port import LedgerEngine, Position
from services.chassis.telemetry import Meters, Traces

_PAGE: Final = 200
_NOTHING_HEARD: Final = Position("", 0)

Owns = Callable[[str], bool]
"""Whether this replica reads the partition of a subject."""


@dataclass(frozen=True, slots=True)
class _Fact:
    """A readable record."""

    record: Record
    envelope: Envelope


@dataclass(slots=True)
class _Key:
    """One subject during one batch."""

    place: str
    position: Position
    standing: Standing | None
    is_moved: bool = False
    done: list[str] = field(default_factory=list)
    """Letters that need not wait any more once the position is written."""

    def move(self, envelope: Envelope) -> None:
        self.position = Position(self.place, envelope.sequence, envelope.hash)
        self.is_moved = True


class Inbox:
    """Everything between the records of one stream and the handlers of one service."""

    def __init__(
        self,
        service: str,
        stream: Stream,
        table: HandlerTable,
        *,
        engine: LedgerEngine,
        post: Post,
        clock: Clock,
        meters: Meters,
        traces: Traces,
        batch_seconds: float,
        sweep_seconds: float = 2.0,
        over_seconds: float = 5.0,
        limits: Limits | None = None,
    ) -> None:
        self.stream = stream
        self._service = service
        self._table = table
        self._engine = engine
        self._shelf = Shelf(engine)
        self._clock = clock
        self._meters = meters
        self._traces = traces
        self._batch_seconds = batch_seconds
        self._sweep_seconds = sweep_seconds
        self._limits = limits or Limits()
        self._aside = Aside(
            service, stream, shelf=self._shelf, post=post, clock=clock, meters=meters, limits=self._limits
        )
        self._shifts = Shifts(over_seconds)
        self.moves = 0  # positions written: what counts as progress
        self._labels = (stream.name, service)
        self._handling = meters.handling_seconds.labels(*self._labels)
        self._age = meters.fact_age_seconds.labels(*self._labels)
        self._span_name = f"process {stream.name}"
        self._may_leap = stream.cleanup == "compact"
        self._has_together = any(isinstance(handler, Together) for handler in table.values())

    @property
    def is_poisoned(self) -> bool:
        """True once most of what came was bad: nothing more is taken until a new start."""
        return self._aside.is_poisoned

    async def take(self, records: Sequence[Record]) -> None:
        """Handle a batch. When it returns, every record is handled, kept or known, durably.

        Errors: OutOfTime (give the batch back; what was done is remembered), Poisoned, Unavailable (ledger or bus).
        """
        await self._take(records, self._batch_seconds)

    async def _take(self, records: Sequence[Record], seconds: float) -> None:
        async with self._shift(seconds) as budget:
            facts = [fact for record in records if (fact := await self._readable(record, budget)) is not None]
            lanes = by_key(facts, lambda fact: fact.envelope.subject)
            keys = await self._keys(list(lanes))
            work = [self._lane(keys[subject], lane, budget) for subject, lane in lanes.items()]
            try:
                await side_by_side(work, self._limits.lanes)
            finally:
                await self._write(list(keys.values()))
            for key in keys.values():
                if key.standing is Standing.HELD:
                    await self._go_on(key, budget)
            await self._aside.recount()

    async def sweep(self, owns: Owns, *, is_thorough: bool = True) -> None:
        """Go on with letters that an operator released; a thorough one also looks at every held key, whose missing
        facts may have come another way. It has little time, for batches wait behind it, and begins anywhere, so that
        a key that takes all of it is not the only one ever tried.

        Errors: as ``take``.
        """
        async with self._shift(self._sweep_seconds) as budget:
            places = await self._shelf.every_place(self.stream, Standing.RELEASED)
            if is_thorough:
                places += await self._shelf.every_place(self.stream, Standing.HELD)
            random.shuffle(places)
            for subject in (place.partition(":")[2] for place in places):
                budget.check()
                if owns(subject):
                    await self._go_on((await self._keys([subject]))[subject], budget)
            strays = await self._shelf.released_strays(self.stream)
        for stray in strays:
            await self._read_again(stray)
        await self._aside.recount()

    def hurry(self, within_seconds: float) -> None:
        """Partitions go: no more pauses, and what is in hand or begins ends within so many seconds, until ``calm``."""
        self._shifts.hurry(within_seconds)

    def calm(self) -> None:
        """Partitions were assigned: there is time again."""
        self._shifts.calm()

    def stop(self, within_seconds: float) -> None:
        """From now on everything ends within so many seconds, also a batch that begins later."""
        self._shifts.stop(within_seconds)

    async def idle(self) -> None:
        """Return when neither batch nor sweep is in hand."""
        await self._shifts.idle()

    @asynccontextmanager
    async def _shift(self, seconds: float) -> AsyncIterator[Budget]:
        async with self._shifts.one(seconds) as budget:
            if self.is_poisoned:
                raise Poisoned(self.stream.name)
            yield budget

    # --- reading ---------------------------------------------------------------------------------------------------

    async def _readable(self, record: Record, budget: Budget) -> _Fact | None:
        """The fact in a record; none when there is none, and then it is a letter that parks nobody."""
        budget.check()
        try:
            return _Fact(record, read(self.stream, record))
        except Unreadable as error:
            await self._aside.bury(record, NO_PLACE, 0, Why(Reason.of(error.reason)))
            return None

    async def _read_again(self, stray: Letter) -> None:
        """A letter without a key is taken as if it had just come; if it is still unreadable, it is a letter again."""
        try:
            read(self.stream, stray.record)
        except Unreadable as error:
            await self._aside.still_unreadable(stray.record, Reason.of(error.reason))
            return
        await self._take([stray.record], self._sweep_seconds)
        await self._shelf.discard([stray.id])

    async def _keys(self, subjects: Sequence[str]) -> dict[str, _Key]:
        """How far each subject was heard and how it stands: two questions per batch, asked at once."""
        places = {f"{self.stream.slug}:{subject}": subject for subject in subjects}
        positions, standings = await asyncio.gather(
            self._engine.positions(self._service, list(places)), self._shelf.standings(list(places))
        )
        return {
            subject: _Key(place, positions.get(place, _NOTHING_HEARD), standings.get(place))
            for place, subject in places.items()
        }

    # --- one key ---------------------------------------------------------------------------------------------------

    async def _lane(self, key: _Key, facts: Sequence[_Fact], budget: Budget) -> None:
        if not self._has_together or len(facts) == 1:
            for fact in facts:
                await self._step(key, fact, budget)
            return
        for run in runs_of(facts, lambda fact: fact.envelope, self._table):
            if not await self._ran(key, run, budget):
                for fact in run.facts:
                    await self._step(key, fact, budget)

    async def _ran(self, key: _Key, run: Run[_Fact], budget: Budget) -> bool:
        """True when all of a run was handled as one; else nothing of it was, and each has to come for itself."""
        handler, standing = run.handler, key.standing
        if handler is None or standing in {Standing.PARKED, Standing.RELEASED}:
            return False
        heard = all_in_turn(self.stream, key.position, [fact.envelope for fact in run.facts], may_leap=self._may_leap)
        if heard is None:
            return False
        budget.check()
        last = run.facts[-1]
        try:
            with self._span(last), self._handling.time():
                await budget.call(lambda _: handler.work(heard), heard[-1], self._limits.handler_seconds)
        except Exception:  # noqa: BLE001 - one at a time says what is wrong, and with which
            return False
        for fact in run.facts:
            self._was_handled(fact)
        key.move(last.envelope)
        return True

    async def _step(self, key: _Key, fact: _Fact, budget: Budget) -> None:
        """One fact in its turn. Behind a dead letter everything that is no duplicate waits, whatever it is."""
        budget.check()
        turn = turn_of(key.position, fact.envelope, may_leap=self._may_leap)
        if turn is Turn.DUPLICATE:
            self._aside.count("duplicate")
        elif key.standing in {Standing.PARKED, Standing.RELEASED}:
            await self._follow(key, fact)
        elif turn is Turn.BROKEN:
            await self._give_up(key, fact, Why(Reason.BROKEN_CHAIN))
        elif turn is Turn.EARLY:
            await self._hold(key, fact)
        else:
            await self._hear(key, fact, budget)

    async def _hear(self, key: _Key, fact: _Fact, budget: Budget) -> None:
        """Decode and handle; the key moves on, or it is parked."""
        envelope = fact.envelope
        try:
            said = envelope.fact()
        except Unreadable as error:
            await self._give_up(key, fact, Why(Reason.of(error.reason)))
            return
        if said is None:
            self._pass_by(key, envelope, "unknown_type")
        elif not is_in_its_place(self.stream, said, envelope):
            await self._give_up(key, fact, Why(Reason.WRONG_PLACE))
        elif type(said) not in self._table:
            self._pass_by(key, envelope, "ignored")
        else:
            await self._handle(key, fact, said, budget)

    def _pass_by(self, key: _Key, envelope: Envelope, outcome: str) -> None:
        self._aside.was_good()
        self._aside.count(outcome)
        key.move(envelope)

    async def _handle(self, key: _Key, fact: _Fact, said: Fact, budget: Budget) -> None:
        why = await self._attempt(fact, Heard(said, fact.envelope), budget)
        if why is None:
            self._was_handled(fact)
            key.move(fact.envelope)
        else:
            await self._give_up(key, fact, why)

    def _was_handled(self, fact: _Fact) -> None:
        self._aside.was_good()
        self._aside.count("handled")
        age = (self._clock.now() - fact.envelope.time).total_seconds()
        self._age.observe(max(0.0, age))

    async def _attempt(self, fact: _Fact, heard: Heard[Fact], budget: Budget) -> Why | None:
        """The handler, in a span below the one in which the fact was said."""
        with self._span(fact) as current, self._handling.time():
            why = await attempt(self._table[type(heard.fact)], heard, self._limits, budget, self._retried)
            if why:
                current.set_attribute("error.type", why.code or why.reason)
            return why

    def _span(self, fact: _Fact) -> AbstractContextManager[Span]:
        return self._traces.span(
            self._span_name,
            kind=SpanKind.CONSUMER,
            parent=fact.envelope.traceparent,
            attributes=self._span_attributes(fact) if self._traces.keeps else None,
        )

    def _span_attributes(self, fact: _Fact) -> dict[str, str | int]:
        return {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": self.stream.name,
            "messaging.destination.partition.id": str(fact.record.partition),
            "messaging.kafka.offset": fact.record.offset,
            "messaging.consumer.group.name": self._service,
            "messaging.message.id": str(fact.envelope.id),
            "cloudevents.event_type": fact.envelope.type,
        }

    def _retried(self, reason: str) -> None:
        self._meters.fact_retries.labels(*self._labels, reason).inc()

    # --- what waits ------------------------------------------------------------------------------------------------

    async def _hold(self, key: _Key, fact: _Fact) -> None:
        """Keep a fact that came too early; it never is skipped, and nothing after it is handled before it."""
        await self._aside.hold(fact.record, key.place, fact.envelope.sequence)
        if key.standing is None:
            await self._aside.note_gap(key.place, fact.envelope, key.position.sequence + 1)
            key.standing = Standing.HELD

    async def _follow(self, key: _Key, fact: _Fact) -> None:
        """A fact of a parked key goes where its predecessor went, so that it does not overtake."""
        await self._aside.bury(fact.record, key.place, fact.envelope.sequence, Why(Reason.AFTER_A_LETTER))

    async def _give_up(self, key: _Key, fact: _Fact, why: Why) -> None:
        """A fact that cannot be handled becomes a letter; then its key is parked. A crash between repeats it."""
        await self._aside.bury(fact.record, key.place, fact.envelope.sequence, why)
        await self._aside.stand(key.place, Standing.PARKED, why)
        key.standing = Standing.PARKED

    # --- going on --------------------------------------------------------------------------------------------------

    async def _go_on(self, key: _Key, budget: Budget) -> None:
        """Handle what waits under a key, as far as it follows without a gap; the key is free when nothing waits."""
        while waiting := await self._shelf.waiting(key.place, _PAGE):
            if not await self._go_on_with(key, waiting, budget):
                return
        await self._aside.settle(key.place)
        key.standing = None

    async def _go_on_with(self, key: _Key, waiting: Sequence[Letter], budget: Budget) -> bool:
        """Handle a page of what waits; true when all of the page is done."""
        was_released = key.standing is Standing.RELEASED
        key.standing = None
        try:
            for letter in waiting:
                fact = _Fact(letter.record, read(self.stream, letter.record))
                if is_early(key.position, fact.envelope, may_leap=self._may_leap):
                    key.standing = Standing.HELD
                    break
                await self._step(key, fact, budget)
                if key.standing is not None:
                    break
                key.done.append(letter.id)
        finally:
            done = bool(key.done)
            await self._write([key])
        if key.standing is Standing.HELD and was_released:
            await self._aside.stand(key.place, Standing.HELD, Why(Reason.SEQUENCE_GAP))
        return key.standing is None and done

    async def _write(self, keys: Sequence[_Key]) -> None:
        """Remember how far these keys were heard, in one write; then take away what waited for it."""
        if moved := [key.position for key in keys if key.is_moved]:
            await self._engine.advance(self._service, moved)
            self.moves += len(moved)
        for key in keys:
            key.is_moved = False
            await self._shelf.discard(key.done)
            key.done.clear()
