"""The drawer of media: chunks on disk with their entries in the ledger, and the vault objects made of them.

A chunk is acknowledged only when its bytes are on the disk *and* its entry is in the ledger; the entry is never
changed. What is said to be there (``held``) is what has an entry and whose bytes are on the disk or in the vault: an
entry whose bytes were lost does not count, and the same bytes may come again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from contracts.errors import BadInput, Conflict
from contracts.ids import RecordingId, StreamId
from services.recording.capture.entries import Entries
from services.recording.capture.gate import Gate
from services.recording.capture.spool import OnDisk, Part, Spool, Together, true_content
from services.recording.domain.chunks import Answer, Chunk, Incident, Offer, VaultObject, cut, judged, must_fit

_WRITE_BYTES: Final = 1_048_576

MayTake = Callable[[StreamId, int], Awaitable[bool]]
"""May a chunk of this stream and seq still be taken, as far as its recording goes?"""


class Capture:
    """Takes chunks in and gives them out in order. One process owns one spool."""

    def __init__(self, spool: Spool, entries: Entries, *, may_take: MayTake) -> None:
        self.gate = Gate()
        self._spool = spool
        self._entries = entries
        self._may_take = may_take
        self._seats: WeakValueDictionary[tuple[StreamId, int], asyncio.Lock] = WeakValueDictionary()
        self._opening = asyncio.Lock()
        self._is_open = False

    @property
    def used_bytes(self) -> int:
        """How much of the spool is taken."""
        return self._spool.used_bytes

    async def open(self) -> None:
        """Make disk and ledger agree after a stop or a crash; once, before the first chunk."""
        if self._is_open:
            return
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
        part = self._spool.begin(offer.stream_id)
        try:
            rest = await _receive(part, body)
        except BaseException:
            part.discard()
            raise
        # Once the bytes are here the work is done even if the sender goes away: no half-settled chunk is left.
        return await asyncio.shield(asyncio.ensure_future(self._settle(recording_id, offer, part, rest)))

    async def find(self, stream_id: StreamId, seq: int) -> Chunk | None:
        """The acknowledged chunk, wherever its bytes are."""
        return await self._entries.find(stream_id, seq)

    async def held(self, stream_id: StreamId) -> list[Chunk]:
        """Acknowledged chunks whose bytes are on the disk or in the vault, in order."""
        await self.open()
        in_vault = {seq for stored in await self.objects(stream_id) for seq in stored.seqs}
        on_disk = self._spool.chunks(stream_id)
        chunks = await self._entries.chunks(stream_id)
        return [chunk for chunk in chunks if chunk.seq in on_disk or chunk.seq in in_vault]

    async def objects(self, stream_id: StreamId) -> list[VaultObject]:
        """The stream's objects in the vault, in order."""
        return await self._entries.objects(stream_id)

    async def incidents(self, stream_id: StreamId) -> list[Incident]:
        """What was offered and not taken."""
        return await self._entries.incidents(stream_id)

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

    async def content(self, stream_id: StreamId, seqs: Sequence[int]) -> Together | None:
        """The exact concatenation of these chunks; none when one is damaged: it then no longer counts as there."""
        found = await asyncio.to_thread(self._spool.together, stream_id, seqs)
        if found.damaged_seq is None:
            return found
        await self._lose(stream_id, found.damaged_seq)
        return None

    async def ship(self, stored: VaultObject) -> None:
        """Remember that these chunks stand in the vault."""
        await self._entries.ship(stored)

    async def clear(self, stream_id: StreamId) -> None:
        """Remove the stream's chunks from the disk."""
        await asyncio.to_thread(self._spool.clear, stream_id)
        self._entries.forget(stream_id)

    async def _settle(self, recording_id: RecordingId, offer: Offer, part: Part, rest: bytes) -> Answer:
        seat = self._seats.setdefault((offer.stream_id, offer.seq), asyncio.Lock())
        with self.gate.entered(recording_id):
            async with seat:
                try:
                    if await self._is_held(offer.stream_id, offer.seq):
                        return await self._compare(offer, part, rest)
                    return await self._keep(offer, part, rest)
                except BadInput as refusal:
                    if refusal.code == "wrong_hash":
                        await self._entries.note("wrong_hash", offer, part.sha256, None)
                    raise
                finally:
                    part.discard()

    async def _keep(self, offer: Offer, part: Part, rest: bytes) -> Answer:
        """Keep what nobody holds. That the seq has no entry yet is asked of the write itself, not before it."""
        kept = await asyncio.to_thread(part.land, rest, offer)
        try:
            await self._entries.enter(offer, kept.size_bytes)
        except Conflict as conflict:
            if conflict.code != "exists":
                raise
            return await self._restored(kept)
        self._spool.know(kept)
        return Answer.NEW

    async def _restored(self, kept: OnDisk) -> Answer:
        """Bytes for an entry that had lost its own."""
        known = await self.find(kept.offer.stream_id, kept.offer.seq)
        answer = judged(known, kept.offer.sha256)
        if answer is Answer.OTHER_BYTES and known is not None:
            await self._contested(known, kept.path, kept.offer.sha256)
        self._spool.know(kept)
        return answer

    async def _compare(self, offer: Offer, part: Part, rest: bytes) -> Answer:
        """A seq that is held: the same bytes are fine and nothing is written, others are kept aside."""
        await asyncio.to_thread(part.write, rest)
        must_fit(offer, part.sha256, part.size_bytes)
        known = await self.find(offer.stream_id, offer.seq)
        answer = judged(known, part.sha256)
        if answer is Answer.OTHER_BYTES and known is not None:
            await self._contested(known, part.path, part.sha256)
        return answer

    async def _contested(self, known: Chunk, path: Path, sha256: str) -> None:
        await self._entries.note("other_bytes", known, sha256, known.sha256)
        await asyncio.to_thread(self._spool.put_witness_aside, known.stream_id, known.seq)
        await asyncio.to_thread(self._spool.set_aside, path, known.seq, sha256)
        raise Conflict("other_bytes", "Đoạn này đã được nhận với nội dung khác; cả hai được giữ lại để xem xét.")

    async def _is_held(self, stream_id: StreamId, seq: int) -> bool:
        return self._spool.has(stream_id, seq) or await self._entries.is_shipped(stream_id, seq)

    async def _lose(self, stream_id: StreamId, seq: int) -> None:
        chunk = await self.find(stream_id, seq)
        await asyncio.to_thread(self._spool.lose, stream_id, seq)
        if chunk is not None:
            await self._entries.note("damaged_on_disk", chunk, chunk.sha256, chunk.sha256)

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
            await self._entries.enter(kept.offer, kept.size_bytes)
            self._spool.know(kept)

    async def _is_behind(self, offer: Offer) -> bool:
        objects = await self.objects(offer.stream_id)
        return bool(objects) and offer.seq <= objects[-1].last_seq


async def _receive(part: Part, body: AsyncIterator[bytes]) -> bytes:
    """Write while more comes; what is left unwritten at the end, so that a usual chunk is written in one go."""
    waiting: list[bytes] = []
    size_bytes = 0
    async for piece in body:
        waiting.append(piece)
        size_bytes += len(piece)
        if size_bytes >= _WRITE_BYTES:
            await asyncio.to_thread(part.write, b"".join(waiting))
            waiting, size_bytes = [], 0
    return b"".join(waiting)
