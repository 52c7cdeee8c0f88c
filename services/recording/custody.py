"""The durable work behind the doors: ship, seal, verify, clear away. It can be cut at any moment and goes on.

Each step is safe to repeat: objects and the manifest are content-addressed, the manifest follows from what is kept, and
the disk is cleared only after the sealed recording was read back from the vault and verified.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Literal

from contracts.errors import Unavailable
from contracts.ids import StreamId
from services.chassis.clock import Clock
from services.chassis.lifecycle import Loop
from services.chassis.telemetry import get_log
from services.recording.capture import Capture, vault_object
from services.recording.domain.assembly import Media, assemble
from services.recording.domain.decisions import begin, clear_spool, due_streams, fail, may_seal, seal, start_sealing
from services.recording.domain.recording import TAKING, Decided, Recording, Status, Stream
from services.recording.domain.verification import Result
from services.recording.meters import RecordingMeters
from services.recording.settings import RecordingSettings
from services.recording.store import Archive, Recordings, VaultRefused

_AT_ONCE: Final = 4
_OBJECTS_AT_ONCE: Final = 4
"""Of all recordings together: each is in memory as a whole while it is put."""
_WHOLE: Final = frozenset({Result.VALID, Result.VALID_WITH_GAPS})

log = get_log()


class Custody:
    """Takes every recording from its first chunk to its sealed end."""

    def __init__(
        self,
        *,
        recordings: Recordings,
        capture: Capture,
        archive: Archive,
        settings: RecordingSettings,
        clock: Clock,
        meters: RecordingMeters,
    ) -> None:
        self._meters = meters
        self._recordings = recordings
        self._capture = capture
        self._archive = archive
        self._settings = settings
        self._clock = clock
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._hands = asyncio.Semaphore(_OBJECTS_AT_ONCE)
        self._round = asyncio.Lock()

    def loop(self) -> Loop:
        return Loop("recording.custody", self._settings.recording_work_seconds, self.step)

    async def step(self) -> bool:
        """Do what can be done for every recording; one that fails does not hold up the others."""
        async with self._round:
            await self._capture.open()
            recordings = await self._recordings.needing_care()
            self._meters.show(recordings, self._capture.used_bytes, self._settings.recording_spool_max_bytes)
            outcomes = await asyncio.gather(*map(self._care, recordings), return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            raise failures[0]
        return any(outcomes)

    async def _care(self, recording: Recording) -> bool:
        async with self._turns:
            if recording.status in TAKING:
                return await self._collect(recording)
            if recording.status is Status.SEALING:
                return await self._seal(recording)
            return await self._clear(recording)

    async def _collect(self, recording: Recording) -> bool:
        await self._begin(recording)
        await self._ship_all(recording, recording.streams, is_last=False)
        now = self._clock.now()
        if not may_seal(recording, now):
            return False
        await self._recordings.decide(recording.recording_id, lambda known: _sealing(known, self._clock))
        return True

    async def _begin(self, recording: Recording) -> None:
        # A crash between the first chunk and its fact: the fact is said now.
        if recording.first_chunk_at is not None:
            return
        first = await self._capture.first([stream.stream_id for stream in recording.streams])
        if first is None:
            return
        point_id = recording.stream(first.stream_id).point_id
        await self._recordings.decide(
            recording.recording_id, lambda known: begin(known, point_id, first_chunk_at=first.received_at)
        )

    async def _ship_all(self, recording: Recording, streams: Sequence[Stream], *, is_last: bool) -> None:
        """Streams beside each other, each in order; one that fails does not hold up the others."""
        shipping = (self._ship(recording, stream.stream_id, is_last=is_last) for stream in streams)
        outcomes = await asyncio.gather(*shipping, return_exceptions=True)
        for failure in outcomes:
            if isinstance(failure, BaseException):
                raise failure

    async def _ship(self, recording: Recording, stream_id: StreamId, *, is_last: bool) -> None:
        limit_bytes = self._settings.recording_object_bytes
        while groups := await self._capture.groups(stream_id, limit_bytes=limit_bytes, is_last=is_last):
            async with self._hands:
                await self._ship_one(recording, stream_id, groups[0])

    async def _ship_one(self, recording: Recording, stream_id: StreamId, seqs: Sequence[int]) -> None:
        found = await self._capture.content(stream_id, seqs)
        if found is None:
            log.error("recording.chunk_damaged", recording_id=recording.recording_id, stream_id=stream_id)
            return  # cut anew, without it
        kept = await self._archive.keep_media(recording, stream_id, found.content, found.sha256)
        await self._capture.ship(
            vault_object(
                stream_id,
                seqs,
                size_bytes=len(found.content),
                sha256=kept.sha256,
                name=kept.name,
                version=kept.version,
            )
        )

    async def _seal(self, recording: Recording) -> bool:
        if not self._capture.gate.is_empty(recording.recording_id):
            return False  # a chunk that was let in before is still on its way to the disk
        await self._begin(recording)
        try:
            await self._seal_media(recording)
        except VaultRefused:
            log.exception("recording.vault_refused", recording_id=recording.recording_id)
            await self._fail(recording, "vault_refused")
        return True

    async def _seal_media(self, recording: Recording) -> None:
        due = due_streams(recording)
        await self._ship_all(recording, due, is_last=True)
        media = {stream.stream_id: await self._media(stream) for stream in due}
        if not any(kept.chunks for kept in media.values()):
            await self._fail(recording, "no_media")
            return
        assembly = assemble(recording, media)
        kept = await self._archive.keep_manifest(recording, assembly.manifest)
        sealed = assembly.sealed_as(name=kept.name, version=kept.version)
        await self._must_be_whole(recording.model_copy(update={"sealed": sealed}))
        now = self._clock.now()
        await self._recordings.decide(
            recording.recording_id, lambda known: seal(known, sealed, assembly.streams, assembly.gaps, now)
        )

    async def _media(self, stream: Stream) -> Media:
        objects = await self._capture.objects(stream.stream_id)
        in_vault = {seq for stored in objects for seq in stored.seqs}
        chunks = [chunk for chunk in await self._capture.held(stream.stream_id) if chunk.seq in in_vault]
        incidents = await self._capture.incidents(stream.stream_id)
        refused = [incident.seq for incident in incidents if incident.kind == "wrong_hash"]
        return Media(chunks, objects, refused)

    async def _must_be_whole(self, recording: Recording) -> None:
        manifest = await self._archive.manifest(recording)
        sealed = recording.sealed
        verdict = await self._archive.verify(manifest, sealed.manifest_sha256 if sealed else "")
        self._meters.verifications.labels(verdict.result.value).inc()
        if verdict.result in _WHOLE:
            return
        for finding in (*verdict.findings, *verdict.unknown)[:10]:
            log.error(
                "recording.not_whole",
                recording_id=recording.recording_id,
                stream_id=finding.stream_id,
                chunk=finding.seq,
                code=finding.what,
            )
        raise Unavailable("seal_not_verified", "Bản ghi chưa kiểm chứng được sau khi lưu; hệ thống sẽ thử lại.")

    async def _fail(self, recording: Recording, reason: Literal["no_media", "vault_refused"]) -> None:
        now = self._clock.now()
        await self._recordings.decide(recording.recording_id, lambda known: fail(known, reason, now))

    async def _clear(self, recording: Recording) -> bool:
        for stream in recording.streams:
            await self._capture.clear(stream.stream_id)
        await self._recordings.decide(recording.recording_id, clear_spool)
        return False


def _sealing(recording: Recording, clock: Clock) -> Decided:
    now = clock.now()
    return start_sealing(recording, now) if may_seal(recording, now) else (recording, [])
