"""What the ledger says of media: acknowledged chunks, the vault objects made of them, what was not taken."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeVar

from contracts.errors import Conflict
from contracts.ids import StreamId
from services.chassis.clock import Clock
from services.chassis.ledger.drawer import Drawer
from services.chassis.ledger.port import Collection, Scalar, Where
from services.recording.domain.chunks import Chunk, Incident, Offer, VaultObject
from services.recording.domain.ranges import ranges_of

CHUNKS: Final = Collection("chunks", keys=("stream",))
OBJECTS: Final = Collection("vault_objects", keys=("stream",))
INCIDENTS: Final = Collection("incidents", keys=("stream",))

S = TypeVar("S", Chunk, VaultObject, Incident)

_PAGE: Final = 1_000


def keys_of(state: Chunk | VaultObject | Incident) -> Mapping[str, Scalar]:
    """What the three kinds are searched by."""
    return {"stream": str(state.stream_id)}


class Entries:
    """Written once, never changed. The objects of a stream in work are remembered: this process alone adds them."""

    def __init__(
        self, *, chunks: Drawer[Chunk], objects: Drawer[VaultObject], incidents: Drawer[Incident], clock: Clock
    ) -> None:
        self._chunks = chunks
        self._objects = objects
        self._incidents = incidents
        self._clock = clock
        self._shipped: dict[StreamId, list[VaultObject]] = {}

    async def find(self, stream_id: StreamId, seq: int) -> Chunk | None:
        """The acknowledged chunk, wherever its bytes are."""
        stored = await self._chunks.find(_id(stream_id, seq))
        return stored.state if stored else None

    async def enter(self, offer: Offer, size_bytes: int) -> None:
        """The chunk is acknowledged from now on. Errors: Conflict("exists") when its seq has an entry already."""
        chunk = Chunk(
            **offer.model_dump(include=set(Offer.model_fields)), size_bytes=size_bytes, received_at=self._clock.now()
        )
        await self._chunks.add(_id(offer.stream_id, offer.seq), chunk, ())

    async def chunks(self, stream_id: StreamId) -> list[Chunk]:
        """All of the stream, in order."""
        return await _pages(self._chunks, stream_id)

    async def objects(self, stream_id: StreamId) -> list[VaultObject]:
        """The stream's objects in the vault, in order."""
        if stream_id not in self._shipped:
            self._shipped[stream_id] = await _pages(self._objects, stream_id)
        return list(self._shipped[stream_id])

    async def is_shipped(self, stream_id: StreamId, seq: int) -> bool:
        """True when the chunk stands in the vault."""
        return any(stored.holds(seq) for stored in reversed(await self.objects(stream_id)))

    async def ship(self, stored: VaultObject) -> None:
        """Remember that these chunks stand in the vault; the same again is fine."""
        objects = await self.objects(stored.stream_id)
        try:
            await self._objects.add(_id(stored.stream_id, stored.first_seq), stored, ())
        except Conflict as conflict:
            if conflict.code != "exists":
                raise
            self.forget(stored.stream_id)
            return
        self._shipped[stored.stream_id] = [*objects, stored]

    def forget(self, stream_id: StreamId) -> None:
        """Look into the ledger the next time."""
        self._shipped.pop(stream_id, None)

    async def incidents(self, stream_id: StreamId) -> list[Incident]:
        """What was offered and not taken."""
        return await _pages(self._incidents, stream_id)

    async def note(
        self,
        kind: Literal["wrong_hash", "other_bytes", "damaged_on_disk"],
        offer: Offer,
        offered_sha256: str,
        kept_sha256: str | None,
    ) -> None:
        """An incident; the same again says nothing new."""
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
            if conflict.code != "exists":
                raise


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
