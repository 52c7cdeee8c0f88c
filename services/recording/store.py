"""Recording's drawers beside the media: recordings, from a stream to its recording, the vault, the access log."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from contracts.errors import Conflict, NotFound, Refused, Unavailable
from contracts.facts.base import Fact, utc_text
from contracts.ids import RecordingId, SessionId, StreamId
from services.chassis.clock import VIETNAM
from services.chassis.ledger.drawer import Decision, Drawer
from services.chassis.ledger.port import Collection, Mark, Scalar, Where
from services.chassis.vault.port import Kept, Vault, content_name
from services.recording.domain.access import Access
from services.recording.domain.chunks import StreamIndex, VaultObject
from services.recording.domain.evidence import sha256
from services.recording.domain.recording import Recording, SealedAs, recording_of
from services.recording.domain.verification import Answer, Unreadable, Verdict, Wanted, advanced, checking

RECORDINGS: Final = Collection("recordings", keys=("status", "needs_care"))
STREAMS: Final = Collection("streams", keys=("recording",))
ACCESSES: Final = Collection("accesses", keys=("recording",))

_PAGE: Final = 200
_REMEMBERED: Final = 4_096


def recording_keys(recording: Recording) -> Mapping[str, Scalar]:
    """What recordings are searched by."""
    return {"status": recording.status.value, "needs_care": int(recording.needs_care)}


def stream_keys(index: StreamIndex) -> Mapping[str, Scalar]:
    return {"recording": str(index.recording_id)}


def access_keys(access: Access) -> Mapping[str, Scalar]:
    return {"recording": str(access.recording_id)}


class Recordings:
    """One per session."""

    def __init__(self, drawer: Drawer[Recording]) -> None:
        self._drawer = drawer

    async def add(self, recording: Recording, facts: Sequence[Fact], mark: Mark | None) -> None:
        """Keep it; the same again is fine."""
        try:
            await self._drawer.add(str(recording.recording_id), recording, facts, mark)
        except Conflict as conflict:
            if conflict.code != "exists":
                raise

    async def get(self, recording_id: RecordingId) -> Recording:
        """Errors: NotFound("no_recording")."""
        stored = await self._drawer.find(str(recording_id))
        if stored is None:
            raise no_recording()
        return stored.state

    async def find_by_session(self, session_id: SessionId) -> Recording | None:
        stored = await self._drawer.find(str(recording_of(session_id)))
        return stored.state if stored else None

    async def needing_care(self) -> list[Recording]:
        """Those with something left to ship, seal or clear away."""
        found: list[Recording] = []
        after: str | None = None
        while True:
            page = await self._drawer.select(Where(equal={"needs_care": 1}), limit=_PAGE, after=after)
            found += [stored.state for stored in page]
            if len(page) < _PAGE:
                return found
            after = page[-1].id

    async def decide(
        self, recording_id: RecordingId, decision: Decision[Recording], mark: Mark | None = None
    ) -> Recording:
        """Load, decide, save. Errors: those of the decision; Conflict("changed_meanwhile")."""
        return (await self._drawer.decide(str(recording_id), decision, mark)).state


class Streams:
    """From a stream to its recording and the unit that may send it."""

    def __init__(self, drawer: Drawer[StreamIndex]) -> None:
        self._drawer = drawer
        self._known: OrderedDict[StreamId, StreamIndex] = OrderedDict()

    async def add(self, index: StreamIndex) -> None:
        """Keep it; the same again is fine."""
        try:
            await self._drawer.add(str(index.stream_id), index, ())
        except Conflict as conflict:
            if conflict.code != "exists":
                raise

    async def find(self, stream_id: StreamId) -> StreamIndex | None:
        """The index; it is never changed, so it is asked for once and remembered."""
        if stream_id in self._known:
            self._known.move_to_end(stream_id)
            return self._known[stream_id]
        stored = await self._drawer.find(str(stream_id))
        if stored is None:
            return None
        self._known[stream_id] = stored.state
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return stored.state


class Accesses:
    """The access log: entries are only added."""

    def __init__(self, drawer: Drawer[Access]) -> None:
        self._drawer = drawer

    async def add(self, access: Access) -> None:
        """Durable before the first byte is shown."""
        place = f"{access.recording_id}:{utc_text(access.at)}:{secrets.token_hex(4)}"
        await self._drawer.add(place, access, ())

    async def of(self, recording_id: RecordingId, *, after: str | None = None) -> list[tuple[str, Access]]:
        """A page of entries with their places, oldest first."""
        where = Where(equal={"recording": str(recording_id)})
        return [(stored.id, stored.state) for stored in await self._drawer.select(where, limit=_PAGE, after=after)]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one vault object."""

    stored: VaultObject
    offset: int
    length: int


class VaultRefused(Exception):
    """The vault will never take it: another try does not help."""


class Archive:
    """Recording's corner of the vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def keep_media(self, recording: Recording, stream_id: StreamId, content: bytes, digest: str) -> Kept:
        """Keep a stretch of a stream, of that SHA-256, until the recording's day. Errors: VaultRefused; Unavailable."""
        prefix = f"recordings/{recording.recording_id}/{stream_id}"
        return await self._keep(content_name(prefix, digest, ".media"), recording, content, digest)

    async def keep_manifest(self, recording: Recording, manifest: bytes) -> Kept:
        """The same for the manifest."""
        digest = sha256(manifest)
        name = content_name(f"recordings/{recording.recording_id}", digest, ".manifest.json")
        return await self._keep(name, recording, manifest, digest)

    async def manifest(self, recording: Recording) -> bytes:
        """The sealed manifest, byte for byte. Errors: Refused("not_sealed")."""
        sealed = must_be_sealed(recording)
        return await self.content(sealed.manifest_name, sealed.manifest_version)

    async def content(self, name: str, version: str) -> bytes:
        """An object, whole. Errors: NotFound; Unavailable."""
        return b"".join([piece async for piece in self._vault.read(name, version)])

    async def verify(self, manifest: bytes, manifest_sha256: str) -> Verdict:
        """Check the manifest and read back every byte it names."""
        check = checking(manifest, manifest_sha256=manifest_sha256)
        step = await asyncio.to_thread(advanced, check, None)
        while isinstance(step, Wanted):
            step = await asyncio.to_thread(advanced, check, await self._answer(step))
        return step

    async def hidden(self, recording: Recording) -> list[str]:
        """Names of its objects over which somebody, never we, put a delete marker: still read here, hidden from others.

        One request per object. Errors: Unavailable.
        """
        kept = await self._vault.versions(f"recordings/{recording.recording_id}")
        return sorted({one.name for one in kept if one.is_marker})

    async def media(self, objects: Sequence[VaultObject], first_byte: int, last_byte: int) -> AsyncIterator[bytes]:
        """The bytes of a stream from ``first_byte`` to ``last_byte``, both inside."""
        for piece in pieces_of(objects, first_byte, last_byte):
            stored = piece.stored
            async for content in self._vault.read(
                stored.name, stored.version, offset=piece.offset, length=piece.length
            ):
                yield content

    async def _keep(self, name: str, recording: Recording, content: bytes, digest: str) -> Kept:
        try:
            return await self._vault.put(name, content, sha256=digest, retain_until=end_of(recording.retain_until))
        except Refused as refusal:
            raise VaultRefused(refusal.code) from refusal

    async def _answer(self, wanted: Wanted) -> Answer:
        pieces: list[bytes] = []
        try:
            async for piece in self._vault.read(wanted.name, wanted.version):
                pieces.append(piece)  # noqa: PERF401 - what came before a failure counts
        except NotFound:
            return None
        except Unavailable as away:
            # A vault that says its content is damaged is no riddle: what it still gives shows where.
            return b"".join(pieces) if away.code == "vault_damaged" else Unreadable(away.code)
        return b"".join(pieces)


def pieces_of(objects: Sequence[VaultObject], first_byte: int, last_byte: int) -> list[Piece]:
    """Which stretches of which objects make these bytes of the stream."""
    found = []
    begins = 0
    for stored in objects:
        ends = begins + stored.size_bytes
        start, stop = max(first_byte, begins), min(last_byte + 1, ends)
        if start < stop:
            found.append(Piece(stored, start - begins, stop - start))
        begins = ends
    return found


def must_be_sealed(recording: Recording) -> SealedAs:
    """Errors: Refused("not_sealed") before the recording is sealed, or when there is none."""
    if recording.sealed is None:
        raise Refused("not_sealed", f"Bản ghi chưa được niêm phong: {recording.status.label}.")
    return recording.sealed


def end_of(day: date) -> datetime:
    """The first moment after that day in Vietnam."""
    return datetime.combine(day + timedelta(days=1), time(), VIETNAM)


def no_recording() -> NotFound:
    """The same answer for not there and not yours."""
    return NotFound("no_recording", "Không tìm thấy bản ghi.")
