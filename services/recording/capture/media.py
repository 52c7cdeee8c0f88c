"""The drawer of media: chunks on disk with their entries in the ledger, and the vault objects made of them.

A chunk is acknowledged only when its bytes are on the disk *and* its entry is in the ledger; the entry is never
changed. What is said to be there (``held``) is what has an entry and whose bytes are on the disk or in the vault: an
entry whose bytes were lost does not count, and the same bytes may come again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Literal, TypeVar
from weakref import WeakValueDictionary

from contracts.errors import BadInput, Conflict
from contracts.ids import RecordingId, StreamId
from services.chassis.clock import Clock
from services.chassis.ledger.drawer import Drawer
from services.chassis.ledger.port import Collection, Scalar, Where
from services.recording.capture.spool import OnDisk, Part, Spool, true_content
from services.recording.domain.chunks import Answer, Chunk, Incident, Offer, VaultObject, cut, judged, must_fit
from services.recording.domain.ranges import ranges_of

CHUNKS: Final = Collection("chunks", keys=("stream",))
OBJECTS: Final = Collection("vault_objects", keys=("stream",))
INCIDENTS: Final = Collection("incidents", keys=("stream",))

S = TypeVar("S", Chunk, VaultObject, Incident)

_PAGE: Final = 1_000
_WRITE_BYTES: Final = 1_048_576

MayTake = Callable[[StreamId, int], Awaitable[bool]]
"""May a chunk of this stream and seq still be taken, as far as its recording goes?"""


def keys_of(state: Chunk | VaultObject | Incident) -> Mapping[str, Scalar]:
    """What the three kinds are searched by."""
    return {"stream": str(state.stream_id)}


class Gate:
    """Who is inside with a chunk, by recording: sealing begins when nobody is.

    Whoever enters looks at the recording's state after entering, and sealing looks at the gate after that state is
    saved: so no chunk slips in between.
    """

    def __init__(self) -> None:
        self._inside: Counter[RecordingId] = Counter()

    @contextmanager
    def entered(self, recording_id: RecordingId) -> Iterator[None]:
        self._inside[recording_id] += 1
        try:
            yield
        finally:
            self._inside[recording_id] -= 1
            if not self._inside[recording_id]:
                del self._inside[recording_id]

    def is_empty(self, recording_id: RecordingId) -> bool:
        return recording_id not in self._inside


class Capture:
    """Takes chunks in and gives them out in order. One process owns one spool."""

    def __init__(
        self,
        spool: Spool,
        *,
        chunks: Drawer[Chunk],
        objects: Drawer[VaultObject],
        incidents: Drawer[Incident],
        may_take: MayTake,
        clock: Clock,
    ) -> None:
        self.gate = Gate()
        self._spool = spool
        self._chunks = chunks
        self._objects = objects
        self._incidents = incidents
        self._may_take = may_take
        self._clock = clock
        self._shipped: dict[StreamId, list[VaultObject]] = {}
        self._seats: WeakValueDictionary[tuple[StreamId, int], asyncio.Lock] = WeakValueDictionary()
        self._opening = asyncio.Lock()
        self._is_open = False

    @property
    def used_bytes(self) -> int:
        """How much of the spool is taken."""
        return self._spool.used_bytes

    async def open(self) -> None:
        """Make disk and ledger agree after a stop or a crash; once, before the first chunk."""
        async with self._opening:
            if self._is_open:
                return
            for kept in await asyncio.to_thread(self._spool.open):
                await self._reconcile(kept)
            self._is_open = True

    async def take(self, recording_id: RecordingId, offer: Offer, body: AsyncIterator[bytes]) -> Answer:
        """Take a chunk; return when it is durable.

        Errors: BadInput("wrong_hash"), ("chunk_empty"), ("chunk_too_big"); Conflict("other_bytes") when the seq already
        has other bytes; NoRoom("spool_full"). After an error nothing is acknowledged.
        """
        part = await asyncio.to_thread(self._spool.begin, offer.stream_id)
        try:
            await _receive(part, body)
        except BaseException:
            part.discard()
            raise
        # Once the bytes are here the rest is done even if the sender goes away: no half-settled chunk is left.
        return await asyncio.shield(asyncio.ensure_future(self._settle(recording_id, offer, part)))

    async def find(self, stream_id: StreamId, seq: int) -> Chunk | None:
        """The acknowledged chunk, wherever its bytes are."""
        stored = await self._chunks.find(_id(stream_id, seq))
        return stored.state if stored else None

    async def held(self, stream_id: StreamId) -> list[Chunk]:
        """Acknowledged chunks whose bytes are on the disk or in the vault, in order."""
        await self.open()
        in_vault = {seq for stored in await self.objects(stream_id) for seq in stored.seqs}
        on_disk = self._spool.chunks(stream_id)
        return [chunk for chunk in await self._all(stream_id) if chunk.seq in on_disk or chunk.seq in in_vault]

    async def objects(self, stream_id: StreamId) -> list[VaultObject]:
        """The stream's objects in the vault, in order."""
        if stream_id not in self._shipped:
            found = await _pages(self._objects, stream_id)
            self._shipped[stream_id] = found
        return list(self._shipped[stream_id])

    async def incidents(self, stream_id: StreamId) -> list[Incident]:
        """What was offered and not taken."""
        return await _pages(self._incidents, stream_id)

    async def first(self, stream_ids: Sequence[StreamId]) -> Chunk | None:
        """The first acknowledged of these streams' chunks on the disk, none when there is none."""
        await self.open()
        found = [await self.find(sid, min(known)) for sid in stream_ids if (known := self._spool.chunks(sid))]
        return min((chunk for chunk in found if chunk), key=lambda chunk: chunk.received_at, default=None)

    async def groups(self, stream_id: StreamId, *, limit_bytes: int, is_last: bool) -> list[list[int]]:
        """Seqs that make the next vault objects. While the session runs: full ones of the unbroken run only."""
        await self.open()
        objects = await self.objects(stream_id)
        first = objects[-1].last_seq + 1 if objects else 0
        if not is_last:
            return cut(self._spool.run(stream_id, first, limit_bytes), limit_bytes=limit_bytes, is_last=False)
        known = sorted(self._spool.chunks(stream_id).items())
        sizes = [(seq, kept.size_bytes) for seq, kept in known if seq >= first]
        return cut(sizes, limit_bytes=limit_bytes, is_last=True)

    async def content(self, stream_id: StreamId, seqs: Sequence[int]) -> bytes | None:
        """The exact concatenation of these chunks; none when one is damaged: it then no longer counts as there."""
        pieces: list[bytes] = []
        for seq in seqs:
            piece = await asyncio.to_thread(self._spool.read, stream_id, seq)
            if piece is None:
                await self._lose(stream_id, seq)
                return None
            pieces.append(piece)
        return b"".join(pieces)

    async def ship(self, stored: VaultObject) -> None:
        """Remember that these chunks stand in the vault."""
        objects = await self.objects(stored.stream_id)
        try:
            await self._objects.add(_id(stored.stream_id, stored.first_seq), stored, ())
        except Conflict as conflict:
            if conflict.code != "exists":
                raise
            self._shipped.pop(stored.stream_id)
            return
        self._shipped[stored.stream_id] = [*objects, stored]

    async def clear(self, stream_id: StreamId) -> None:
        """Remove the stream's chunks from the disk."""
        await asyncio.to_thread(self._spool.clear, stream_id)
        self._shipped.pop(stream_id, None)

    async def _settle(self, recording_id: RecordingId, offer: Offer, part: Part) -> Answer:
        seat = self._seats.setdefault((offer.stream_id, offer.seq), asyncio.Lock())
        with self.gate.entered(recording_id):
            async with seat:
                try:
                    await self._must_fit(offer, part)
                    return await self._seat(offer, part)
                finally:
                    part.discard()

    async def _must_fit(self, offer: Offer, part: Part) -> None:
        try:
            must_fit(offer, part.sha256, part.size_bytes)
        except BadInput as refusal:
            if refusal.code == "wrong_hash":
                await self._note("wrong_hash", offer, part.sha256, None)
            raise

    async def _seat(self, offer: Offer, part: Part) -> Answer:
        known = await self.find(offer.stream_id, offer.seq)
        answer = judged(known, part.sha256)
        if answer is Answer.OTHER_BYTES and known is not None:
            await self._contested(known, part)
        if answer is Answer.NEW or not await self._is_held(offer.stream_id, offer.seq):
            await self._keep(known or offer, part, known)
        return answer

    async def _keep(self, offer: Offer, part: Part, known: Chunk | None) -> None:
        await asyncio.to_thread(part.finish)
        kept = await asyncio.to_thread(self._spool.keep, part, offer)
        if known is None:
            await self._enter(offer, kept.size_bytes)
        self._spool.know(kept)

    async def _enter(self, offer: Offer, size_bytes: int) -> None:
        chunk = Chunk(
            **offer.model_dump(include=set(Offer.model_fields)), size_bytes=size_bytes, received_at=self._clock.now()
        )
        await self._chunks.add(_id(offer.stream_id, offer.seq), chunk, ())

    async def _contested(self, known: Chunk, part: Part) -> None:
        await self._note("other_bytes", known, part.sha256, known.sha256)
        await asyncio.to_thread(self._spool.put_witness_aside, known.stream_id, known.seq)
        await asyncio.to_thread(self._spool.set_aside, part.path, known.seq, part.sha256)
        raise Conflict("other_bytes", "Đoạn này đã được nhận với nội dung khác; cả hai được giữ lại để xem xét.")

    async def _is_held(self, stream_id: StreamId, seq: int) -> bool:
        if self._spool.has(stream_id, seq):
            return True
        return any(seq in stored.seqs for stored in await self.objects(stream_id))

    async def _lose(self, stream_id: StreamId, seq: int) -> None:
        chunk = await self.find(stream_id, seq)
        await asyncio.to_thread(self._spool.lose, stream_id, seq)
        if chunk is not None:
            await self._note("damaged_on_disk", chunk, chunk.sha256, chunk.sha256)

    async def _note(
        self,
        kind: Literal["wrong_hash", "other_bytes", "damaged_on_disk"],
        offer: Offer,
        offered_sha256: str,
        kept_sha256: str | None,
    ) -> None:
        incident = Incident(
            stream_id=offer.stream_id,
            seq=offer.seq,
            kind=kind,
            kept_sha256=kept_sha256,
            offered_sha256=offered_sha256,
            at=self._clock.now(),
        )
        try:
            await self._incidents.add(f"{_id(offer.stream_id, offer.seq)}:{kind}:{offered_sha256}", incident, ())
        except Conflict as conflict:
            if conflict.code != "exists":  # the same again says nothing new
                raise

    async def _reconcile(self, kept: OnDisk) -> None:
        offer = kept.offer
        entry = await self.find(offer.stream_id, offer.seq)
        if entry is not None and entry.sha256 != offer.sha256:
            await asyncio.to_thread(self._spool.set_aside, kept.path, offer.seq, offer.sha256)
        elif entry is not None:
            self._spool.know(kept)
        elif await self._may_take(offer.stream_id, offer.seq) and not await self._is_behind(offer):
            await self._recover(kept)

    async def _recover(self, kept: OnDisk) -> None:
        # Whole on the disk, never acknowledged: its sender may be gone for good, so it is worth keeping.
        if await asyncio.to_thread(true_content, kept) is not None:
            await self._enter(kept.offer, kept.size_bytes)
            self._spool.know(kept)

    async def _is_behind(self, offer: Offer) -> bool:
        objects = await self.objects(offer.stream_id)
        return bool(objects) and offer.seq <= objects[-1].last_seq

    async def _all(self, stream_id: StreamId) -> list[Chunk]:
        return await _pages(self._chunks, stream_id)


def vault_object(
    stream_id: StreamId, seqs: Sequence[int], *, size_bytes: int, sha256: str, name: str, version: str
) -> VaultObject:
    """The entry of an object made of these chunks."""
    return VaultObject(
        stream_id=stream_id,
        runs=tuple(ranges_of(seqs)),
        size_bytes=size_bytes,
        sha256=sha256,
        name=name,
        version=version,
    )


async def _receive(part: Part, body: AsyncIterator[bytes]) -> None:
    waiting: list[bytes] = []
    size_bytes = 0
    async for piece in body:
        waiting.append(piece)
        size_bytes += len(piece)
        if size_bytes >= _WRITE_BYTES:
            await asyncio.to_thread(part.write, b"".join(waiting))
            waiting, size_bytes = [], 0
    if waiting:
        await asyncio.to_thread(part.write, b"".join(waiting))


async def _pages(drawer: Drawer[S], stream_id: StreamId) -> list[S]:
    where = Where(equal={"stream": str(stream_id)})
    found: list[S] = []
    after: str | None = None
    while True:
        page = await drawer.select(where, limit=_PAGE, after=after)
        found += [stored.state for stored in page]
        if len(page) < _PAGE:
            return found
        after = page[-1].id


def _id(stream_id: StreamId, seq: int) -> str:
    return f"{stream_id}:{seq:07d}"
