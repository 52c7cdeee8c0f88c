"""Where recording's objects meet."""

from dataclasses import dataclass

from fastapi import FastAPI

from contracts.errors import NotFound, Refused
from contracts.ids import StreamId
from contracts.units import organisation
from services.chassis.lifecycle import Chassis
from services.recording.api import Desk, make_api
from services.recording.capture import (
    CHUNKS,
    INCIDENTS,
    OBJECTS,
    Alone,
    Capture,
    Entries,
    MayTake,
    Spool,
    keys_of,
)
from services.recording.custody import Custody
from services.recording.domain.access import Access
from services.recording.domain.chunks import Chunk, Incident, StreamIndex, VaultObject
from services.recording.domain.decisions import must_take_chunk
from services.recording.domain.recording import Recording
from services.recording.handlers import RecordingHandlers
from services.recording.meters import RecordingMeters
from services.recording.settings import RecordingSettings
from services.recording.store import (
    ACCESSES,
    RECORDINGS,
    STREAMS,
    Accesses,
    Archive,
    Recordings,
    Streams,
    access_keys,
    recording_keys,
    stream_keys,
)


@dataclass(frozen=True, slots=True)
class Rooms:
    """The objects of this service, wired."""

    recordings: Recordings
    capture: Capture
    archive: Archive
    desk: Desk
    custody: Custody
    handlers: RecordingHandlers


def make_app(settings: RecordingSettings, chassis: Chassis | None = None, rooms: Rooms | None = None) -> FastAPI:
    """Recording, ready to run. A second process on the same spool folder is refused at its start."""
    chassis = chassis or Chassis("recording", settings)
    rooms = rooms or make_rooms(settings, chassis)
    return chassis.app(
        title="Ghi âm, ghi hình (recording)",
        routers=[make_api(rooms.desk, chassis.caller)],
        handlers=rooms.handlers.table(),
        loops=[rooms.custody.loop()],
        places=[Alone(settings.spool_folder)],
    )


def make_rooms(settings: RecordingSettings, chassis: Chassis) -> Rooms:
    """Everything behind the doors."""
    clock, meters = chassis.clock, RecordingMeters(chassis.meters)
    recordings = Recordings(chassis.drawer(RECORDINGS, Recording, recording_keys))
    streams = Streams(chassis.drawer(STREAMS, StreamIndex, stream_keys))
    archive = Archive(chassis.vault)
    capture = _capture(settings, chassis, may_take(recordings, streams))
    desk = Desk(
        recordings=recordings,
        streams=streams,
        accesses=Accesses(chassis.drawer(ACCESSES, Access, access_keys)),
        archive=archive,
        capture=capture,
        units=organisation(),
        clock=clock,
        meters=meters,
        chunk_max_bytes=settings.recording_chunk_max_bytes,
    )
    return Rooms(
        recordings=recordings,
        capture=capture,
        archive=archive,
        desk=desk,
        custody=Custody(
            recordings=recordings, capture=capture, archive=archive, settings=settings, clock=clock, meters=meters
        ),
        handlers=RecordingHandlers(recordings=recordings, streams=streams, settings=settings, clock=clock),
    )


def _capture(settings: RecordingSettings, chassis: Chassis, is_taken: MayTake) -> Capture:
    spool = Spool(
        settings.spool_folder,
        max_bytes=settings.recording_spool_max_bytes,
        chunk_max_bytes=settings.recording_chunk_max_bytes,
    )
    entries = Entries(
        chunks=chassis.drawer(CHUNKS, Chunk, keys_of),
        objects=chassis.drawer(OBJECTS, VaultObject, keys_of),
        incidents=chassis.drawer(INCIDENTS, Incident, keys_of),
        clock=chassis.clock,
    )
    return Capture(spool, entries, may_take=is_taken)


def may_take(recordings: Recordings, streams: Streams) -> MayTake:
    """Asked at start about whole chunks that a crash left without an entry."""

    async def answer(stream_id: StreamId, seq: int) -> bool:
        index = await streams.find(stream_id)
        if index is None:
            return False
        try:
            must_take_chunk(await recordings.get(index.recording_id), stream_id, seq)
        except (Refused, NotFound):
            return False
        return True

    return answer
