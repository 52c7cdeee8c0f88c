"""Drawers: typed state in, facts out. The only way a service writes."""

import asyncio
import random
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

from pydantic import BaseModel
from uuid_utils.compat import uuid7

from contracts.errors import Conflict, NotFound, Refused, Unavailable
from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope, seal
from contracts.streams import Speaker, Stream
from services.chassis.clock import Clock
from services.chassis.ledger.port import Change, Collection, Document, Head, LedgerEngine, Mark, Scalar, Where
from services.chassis.ledger.refusals import ledger_away
from services.chassis.telemetry import Meters, current_traceparent

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Stored(Generic[S]):
    """A state as it stands in the drawer, with the version that a later save must still find."""

    id: str
    version: int
    state: S
    applied: Mapping[str, int]
    heads: Mapping[str, Head] = field(default_factory=dict)
    """Where the chain of each stream continues; as exact as the version."""
    waiting: int = 0
    """Facts that waited for the relay when this was loaded."""

    def has_heard(self, mark: Mark | None) -> bool:
        """True when this fact, or a later one of its subject, has already had its effect here."""
        return mark is not None and self.applied.get(mark.key, 0) >= mark.sequence


Decision = Callable[[S], tuple[S, Sequence[Fact]]]
"""A pure function from state to new state and what is said about it. It may refuse by raising."""


class Drawer(Protocol[S]):
    """One kind of aggregate. Written once in the chassis (``LedgerDrawer``), used by every service's store."""

    async def get(self, document_id: str) -> Stored[S]:
        """The state. Errors: NotFound."""
        ...

    async def find(self, document_id: str) -> Stored[S] | None:
        """The state, or none."""
        ...

    async def select(
        self, where: Where, *, order_by: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[Stored[S]]:
        """States that match."""
        ...

    async def count(self, where: Where) -> int:
        """How many match."""
        ...

    async def add(self, document_id: str, state: S, facts: Sequence[Fact], mark: Mark | None = None) -> Stored[S]:
        """Create it and say the facts, in one write. Errors: Conflict("exists"), Conflict("key_taken")."""
        ...

    async def save(self, stored: Stored[S], state: S, facts: Sequence[Fact], mark: Mark | None = None) -> Stored[S]:
        """Write what a decision made of exactly this version. Errors: Conflict("changed_meanwhile")."""
        ...

    async def decide(self, document_id: str, decision: Decision[S], mark: Mark | None = None) -> Stored[S]:
        """Load, decide, save; on a version race load and decide again (bounded).

        With a ``mark`` that was already applied nothing happens and the state is returned as it stands.
        Errors: NotFound; Conflict("changed_meanwhile") after the last try; whatever the decision raises.
        """
        ...


KeysOf = Callable[[S], Mapping[str, Scalar]]
"""Which keys a state is searched by."""

Wake = Callable[[str, str, Sequence[Envelope]], None]
"""Told collection and id as soon as facts wait there, and which ones if they are all that wait: the relay need not
look for them."""

_TRIES: Final = 24
_TRIES_WITHOUT_PAUSE: Final = 4
_LONGEST_PAUSE_SECONDS: Final = 0.05
_LONGEST_QUEUE_SECONDS: Final = 10.0
_HEADERS_BYTES: Final = 4_096
_REMEMBERED: Final = 64
"""States kept as they were last written here: whoever goes on with one of them need not read it first."""
_MILLISECONDS: Final = 1_000
_NANOSECONDS_PER_MILLISECOND: Final = 1_000_000


def _nobody(_collection: str, _document_id: str, _facts: Sequence[Envelope]) -> None:
    """Nobody to wake: the relay's sweep finds what waits."""


class LedgerDrawer(Generic[S]):
    """The ``Drawer`` on any ledger engine. ``speaker`` is the service: it may speak on its own streams only.

    One document speaks about one subject on each stream, and about a subject no other document does. Every fact is
    chained to the one before it on its stream, in the same write as the state that it tells of.
    """

    def __init__(
        self,
        engine: LedgerEngine,
        collection: Collection,
        model: type[S],
        keys_of: KeysOf[S],
        *,
        clock: Clock,
        speaker: Speaker,
        wake: Wake = _nobody,
        outbox_max_pending: int = 1_000,
        meters: Meters | None = None,
    ) -> None:
        self.collection = collection
        self.wake = wake
        self._engine = engine
        self._model = model
        self._keys_of = keys_of
        self._clock = clock
        self._speaker = speaker
        self._outbox_max_pending = outbox_max_pending
        self._meters = meters
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._last_written: OrderedDict[str, Stored[S]] = OrderedDict()

    async def get(self, document_id: str) -> Stored[S]:
        stored = await self.find(document_id)
        if stored is None:
            raise NotFound("not_found", "Không tìm thấy hồ sơ.")
        return stored

    async def find(self, document_id: str) -> Stored[S] | None:
        document = await self._engine.read(self.collection.name, document_id)
        return None if document is None else self._stored(document)

    async def select(
        self, where: Where, *, order_by: str | None = None, limit: int = 100, after: str | None = None
    ) -> list[Stored[S]]:
        found = await self._engine.select(self.collection.name, where, order_by=order_by, limit=limit, after=after)
        return [self._stored(document) for document in found]

    async def count(self, where: Where) -> int:
        return await self._engine.count(self.collection.name, where)

    async def add(self, document_id: str, state: S, facts: Sequence[Fact], mark: Mark | None = None) -> Stored[S]:
        nothing = Stored(document_id, 0, state, {})
        change = self._change(nothing, state, facts, mark)
        try:
            await self._engine.insert(self.collection.name, document_id, change)
        except Conflict as conflict:
            if conflict.code == "exists" and mark is not None:
                stored = await self.find(document_id)
                if stored is not None and stored.has_heard(mark):
                    return stored
            raise
        return self._written(nothing, state, change)

    async def save(self, stored: Stored[S], state: S, facts: Sequence[Fact], mark: Mark | None = None) -> Stored[S]:
        if stored.has_heard(mark):
            return stored
        saved = await self._try_save(stored, state, facts, mark)
        if saved is not None:
            return saved
        current = await self.get(stored.id)
        if current.has_heard(mark):
            return current
        raise _changed_meanwhile()

    async def decide(self, document_id: str, decision: Decision[S], mark: Mark | None = None) -> Stored[S]:
        async with self._turn(document_id):
            saved = await self._decide_unread(document_id, decision, mark)
            if saved is not None:
                return saved
            for attempt in range(_TRIES):
                stored = await self.get(document_id)
                if stored.has_heard(mark):
                    return stored
                saved = await self._try_save(stored, *decision(stored.state), mark)
                if saved is not None:
                    return saved
                if self._meters is not None:
                    self._meters.version_races.labels(self.collection.name).inc()
                await asyncio.sleep(_pause_seconds(attempt))
        raise _changed_meanwhile()

    async def _decide_unread(self, document_id: str, decision: Decision[S], mark: Mark | None) -> Stored[S] | None:
        """Decide on what we wrote last, without reading; none when somebody else has written since.

        The version filter says whether it still stands. What is refused on it is asked again of what stands now.
        """
        stored = self._last_written.pop(document_id, None)
        if stored is None or stored.has_heard(mark):
            return None
        try:
            state, facts = decision(stored.state)
            change = self._change(stored, state, facts, mark)
        except Exception:  # noqa: BLE001 - it may be old: the same decision on the present state says it rightly
            return None
        return await self._put(stored, state, change)

    @asynccontextmanager
    async def _turn(self, document_id: str) -> AsyncIterator[None]:
        """Decisions of this process about one document take turns; races remain with saves and other processes."""
        turn = self._turns.setdefault(document_id, asyncio.Lock())
        try:
            async with asyncio.timeout(_LONGEST_QUEUE_SECONDS):
                await turn.acquire()
        except TimeoutError as error:
            raise ledger_away() from error  # who came before us got no answer in all that time
        try:
            yield
        finally:
            turn.release()

    async def _try_save(
        self, stored: Stored[S], state: S, facts: Sequence[Fact], mark: Mark | None
    ) -> Stored[S] | None:
        return await self._put(stored, state, self._change(stored, state, facts, mark))

    async def _put(self, stored: Stored[S], state: S, change: Change) -> Stored[S] | None:
        if not await self._engine.update(self.collection.name, stored.id, stored.version, change):
            return None
        return self._written(stored, state, change)

    def _change(self, stored: Stored[S], state: S, facts: Sequence[Fact], mark: Mark | None) -> Change:
        if facts and stored.waiting + len(facts) > self._outbox_max_pending:
            raise Unavailable("outbox_full", "Hồ sơ còn nhiều sự kiện chưa gửi đi; xin thử lại sau.", 30)
        heads = dict(stored.heads)
        pending = tuple(self._sealed(heads, facts))
        spoken_on = {fact.stream.slug for fact in facts}
        return Change(
            state=state.model_dump(mode="json"),
            keys=dict(self._keys_of(state)),
            heads={slug: heads[slug] for slug in spoken_on},
            pending=pending,
            mark=mark,
        )

    def _sealed(self, heads: dict[str, Head], facts: Sequence[Fact]) -> Iterator[Envelope]:
        """The facts in their envelopes; moves ``heads`` on."""
        now, traceparent = self._clock.now(), current_traceparent()
        subjects: dict[str, UUID] = {}
        for fact in facts:
            stream = fact.stream
            if stream.speaker != self._speaker or subjects.setdefault(stream.slug, fact.subject) != fact.subject:
                raise ValueError(f"{self._speaker} speaks on its own streams, one subject a document: {stream.name}")
            head = heads.get(stream.slug, Head())
            envelope = seal(
                fact,
                fact_id=uuid7(nanoseconds=int(now.timestamp() * _MILLISECONDS) * _NANOSECONDS_PER_MILLISECOND),
                source=f"/tiepdan/{self._speaker}",
                time=now,
                sequence=head.sequence + 1,
                prev_hash=head.hash,
                # A trace id in public would join the public twin with what is said inside.
                traceparent=None if "external" in stream.readers else traceparent,
            )
            _refuse_oversize(envelope, stream)
            heads[stream.slug] = Head(envelope.sequence, envelope.hash)
            yield envelope

    def _written(self, before: Stored[S], state: S, change: Change) -> Stored[S]:
        """What stands in the drawer now; wakes the relay when there is something to carry.

        The version has not changed since ``before``, so what waited then is all that can wait beside the new facts.
        """
        if change.pending:
            self.wake(self.collection.name, before.id, () if before.waiting else change.pending)
        heard = {change.mark.key: change.mark.sequence} if change.mark else {}
        written = Stored(
            id=before.id,
            version=before.version + 1,
            state=state,
            applied={**before.applied, **heard},
            heads={**before.heads, **change.heads},
            waiting=before.waiting + len(change.pending),
        )
        self._last_written[before.id] = written
        self._last_written.move_to_end(before.id)
        if len(self._last_written) > _REMEMBERED:
            self._last_written.popitem(last=False)
        return written

    def _stored(self, document: Document) -> Stored[S]:
        return Stored(
            id=document.id,
            version=document.version,
            state=self._model.model_validate(document.state),
            applied=document.applied,
            heads=document.heads,
            waiting=len(document.pending),
        )


def _pause_seconds(attempt: int) -> float:
    """First tries only let the others go on; later ones step aside for a random moment."""
    if attempt < _TRIES_WITHOUT_PAUSE:
        return 0
    return random.uniform(0, _LONGEST_PAUSE_SECONDS)


def _refuse_oversize(envelope: Envelope, stream: Stream) -> None:
    """A fact that the bus would never take would block its aggregate for ever."""
    if len(envelope.value) + _HEADERS_BYTES > stream.max_message_bytes:
        raise Refused(
            "fact_too_large", "Nội dung quá lớn để gửi đi; xin tách thành nhiều lần.", limit=stream.max_message_bytes
        )


def _changed_meanwhile() -> Conflict:
    return Conflict("changed_meanwhile", "Hồ sơ vừa được người khác thay đổi; xin xem lại rồi làm tiếp.")


__all__ = ["Conflict", "Decision", "Drawer", "KeysOf", "LedgerDrawer", "NotFound", "Stored", "Wake"]
