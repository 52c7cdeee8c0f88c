"""What the doors of recording work with, and who may see what."""

from dataclasses import dataclass
from typing import Final

from contracts.errors import NotFound
from contracts.ids import RecordingId, StreamId
from contracts.units import UnitTree
from contracts.vocabulary import Role
from services.chassis.auth.caller import Caller
from services.chassis.auth.scope import scope_of
from services.chassis.clock import Clock
from services.recording.capture import Capture
from services.recording.domain.access import Covers, sees_recording, taking_part
from services.recording.domain.chunks import StreamIndex
from services.recording.domain.recording import Recording
from services.recording.meters import RecordingMeters
from services.recording.store import Accesses, Archive, Recordings, Streams, no_recording

WATCHING_ROLES: Final = (Role.RECORDS_ARCHIVIST, Role.CHAIR, Role.INSPECTORATE_MONITOR, Role.RECEIVER)
READING_ROLES: Final = (*WATCHING_ROLES, Role.POINT_DEVICE, Role.TECHNICAL_OPERATOR)
AUDIT_ROLES: Final = (Role.RECORDS_ARCHIVIST, Role.INSPECTORATE_MONITOR)


@dataclass(frozen=True, slots=True)
class Desk:
    """What this door works with."""

    recordings: Recordings
    streams: Streams
    accesses: Accesses
    archive: Archive
    capture: Capture
    units: UnitTree
    clock: Clock
    meters: RecordingMeters
    chunk_max_bytes: int

    def covers(self, who: Caller, recording: Recording) -> Covers:
        """A device stands for its own unit only; officers for theirs and, unless it is discreet, for all below."""
        if Role.POINT_DEVICE in who.roles:
            return lambda unit: unit == who.unit
        if recording.is_discreet:
            return taking_part(recording, who.unit, is_auditor=not who.roles.isdisjoint(AUDIT_ROLES))
        return scope_of(who, self.units, self.clock.today()).covers

    def sees(self, recording: Recording, who: Caller) -> bool:
        return sees_recording(recording, self.covers(who, recording))

    async def seen(self, recording_id: RecordingId, who: Caller) -> Recording:
        """Errors: NotFound, the same for not there and not yours."""
        recording = await self.recordings.get(recording_id)
        if not self.sees(recording, who):
            raise no_recording()
        return recording

    async def sent_by(self, stream_id: StreamId, who: Caller) -> StreamIndex:
        """The stream, if the caller is its point's device. Errors: Forbidden; NotFound("no_stream")."""
        who.must_be(Role.POINT_DEVICE)
        index = await self.streams.find(stream_id)
        if index is None or index.unit != who.unit:
            raise NotFound("no_stream", "Không tìm thấy luồng ghi.")
        return index
