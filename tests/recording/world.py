"""The recording service as it is, with one session of three bridge points: builders and a client that reads aloud."""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.facts.base import Fact
from contracts.facts.envelope import Envelope, seal
from contracts.facts.sessions import BridgePoint, HeardCase, SessionCancelled, SessionEnded, SessionStarted
from contracts.ids import CaseId, PetitionId, PointId, RecordingId, SessionId, StreamId
from contracts.vocabulary import ChangeReason, EndedBy, Role
from deploy.demo.clip import CODECS
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.clock import FrozenClock
from services.chassis.delivery.heard import Heard
from services.chassis.ledger.sqlite import SqliteLedger
from services.chassis.lifecycle import Chassis, DeafAndMute
from services.chassis.vault.folder import FolderVault
from services.chassis.vault.port import Vault
from services.recording.app import Rooms, make_app, make_rooms
from services.recording.domain.recording import Recording, recording_of, stream_of
from services.recording.settings import RecordingSettings
from tests.serving import serving

NOW = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)
ISSUER = LocalIssuer()
PROVINCE, KIM_LIEN, VAN_AN = "tinh-40", "xa-17971", "xa-17950"
START_MS = int(NOW.timestamp() * 1000)


def bearer(*roles: Role, unit: str | None = None, subject: str = "someone") -> dict[str, str]:
    return ISSUER.bearer(*roles, unit=unit, subject=subject)


def device(unit: str) -> dict[str, str]:
    return bearer(Role.POINT_DEVICE, unit=unit, subject=f"device-{unit}")


ARCHIVIST = bearer(Role.RECORDS_ARCHIVIST, unit=PROVINCE, subject="archivist-1")
PURPOSE = {"access-purpose": "archive_check"}


def media(seq: int, size_bytes: int = 300, salt: str = "") -> bytes:
    """Bytes that stand for a chunk: the same for the same seq, and no two alike."""
    seed = hashlib.sha256(f"{seq}{salt}".encode()).digest()
    return (seed * (size_bytes // len(seed) + 1))[:size_bytes]


def a_point(unit: str, *, is_main: bool = False, is_required: bool = True) -> BridgePoint:
    return BridgePoint(point_id=PointId(uuid4()), unit=unit, is_main=is_main, is_required=is_required)


def three_points() -> tuple[BridgePoint, ...]:
    return (a_point(PROVINCE, is_main=True), a_point(KIM_LIEN), a_point(VAN_AN))


@dataclass
class Session:
    """What sessions says of one session, in order."""

    points: tuple[BridgePoint, ...] = field(default_factory=three_points)
    session_id: SessionId = field(default_factory=lambda: SessionId(uuid4()))
    said: int = 0
    chaired_by: str | None = PROVINCE
    is_discreet: bool = False

    @property
    def recording_id(self) -> RecordingId:
        return recording_of(self.session_id)

    def stream_id(self, point: BridgePoint | None = None, epoch: int = 1) -> StreamId:
        return stream_of(self.recording_id, (point or self.points[0]).point_id, epoch)

    def cases(self) -> tuple[HeardCase, ...]:
        petition = PetitionId(UUID(int=1))
        point_id = self.points[0].point_id
        case_id = CaseId(UUID(int=2))
        return (HeardCase(case_id=case_id, petition_id=petition, point_id=point_id, is_discreet=self.is_discreet),)

    def started(self) -> Heard[Any]:
        return self._heard(
            SessionStarted(
                session_id=self.session_id,
                started_at=NOW,
                chaired_by=self.chaired_by,
                points=self.points,
                cases=self.cases(),
            )
        )

    def ended(self) -> Heard[Any]:
        return self._heard(
            SessionEnded(
                session_id=self.session_id,
                ended_at=NOW + timedelta(hours=1),
                ended_by=EndedBy.CHAIR,
                duration_seconds=3_600,
                points=self.points,
                cases=self.cases(),
            )
        )

    def cancelled(self) -> Heard[Any]:
        return self._heard(SessionCancelled(session_id=self.session_id, reason=ChangeReason.OTHER, cases=self.cases()))

    def _heard(self, fact: Fact) -> Heard[Any]:
        self.said += 1
        envelope = seal(
            fact,
            fact_id=uuid4(),
            source="/sessions",
            time=NOW,
            sequence=self.said,
            prev_hash="0" * 64,
            traceparent=None,
        )
        return Heard(fact, envelope)


@dataclass
class World:
    """A running service."""

    client: httpx.AsyncClient
    rooms: Rooms
    ledger: SqliteLedger
    vault: Vault
    clock: FrozenClock
    folder: Path

    async def hear(self, heard: Heard[Any]) -> None:
        await self.rooms.handlers.table()[type(heard.fact)](heard)

    async def declare(self, session: Session, point: BridgePoint, epoch: int = 1) -> httpx.Response:
        body = {"point_id": str(point.point_id), "epoch": epoch, "codecs": CODECS}
        return await self.client.post(
            f"/v1/recordings/{session.recording_id}/streams", json=body, headers=device(point.unit)
        )

    async def begin(self, session: Session | None = None) -> Session:
        """A started session with all its points' streams declared."""
        session = session or Session()
        await self.hear(session.started())
        for point in session.points:
            assert (await self.declare(session, point)).status_code == 201
        return session

    async def put(
        self,
        session: Session,
        seq: int,
        content: bytes | None = None,
        *,
        point: BridgePoint | None = None,
        digest_of: bytes | None = None,
        headers: dict[str, str] | None = None,
        times: tuple[int, int] | None = None,
        epoch: int = 1,
        body: AsyncIterator[bytes] | None = None,
    ) -> httpx.Response:
        """Send a chunk; ``digest_of``: declare the hash of other bytes."""
        point = point or session.points[0]
        content = media(seq) if content is None else content
        start, end = times or (START_MS + max(0, seq - 1) * 1000, START_MS + seq * 1000)
        said = {
            "content-digest": digest(content if digest_of is None else digest_of),
            "capture-start-ms": str(start),
            "capture-end-ms": str(end),
            "starts-with-keyframe": "true",
        }
        return await self.client.put(
            f"/v1/streams/{session.stream_id(point, epoch)}/chunks/{seq}",
            content=body or content,
            headers=device(point.unit) | said | (headers or {}),
        )

    async def put_all(self, session: Session, seqs: Iterable[int], point: BridgePoint | None = None) -> None:
        for seq in seqs:
            answer = await self.put(session, seq, point=point)
            assert answer.status_code == 201, answer.text

    async def have(self, session: Session, point: BridgePoint | None = None) -> dict[str, Any]:
        point = point or session.points[0]
        answer = await self.client.get(f"/v1/streams/{session.stream_id(point)}/chunks", headers=device(point.unit))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def complete(
        self, session: Session, last_seq: int, point: BridgePoint | None = None, **said: Any
    ) -> httpx.Response:
        point = point or session.points[0]
        return await self.client.post(
            f"/v1/streams/{session.stream_id(point)}/complete",
            json={"last_seq": last_seq, **said},
            headers=device(point.unit),
        )

    async def care(self) -> None:
        """Let custody do all there is to do now."""
        while await self.rooms.custody.step():
            pass

    async def recording(self, session: Session) -> Recording:
        return await self.rooms.recordings.get(session.recording_id)

    async def sealed(self, session: Session, counts: Iterable[int] = (3, 3, 3)) -> Recording:
        """Upload so many chunks per point, end the session, seal."""
        for point, count in zip(session.points, counts, strict=False):
            await self.put_all(session, range(count), point)
            assert (await self.complete(session, count - 1, point)).status_code == 200
        await self.hear(session.ended())
        await self.care()
        return await self.recording(session)

    async def said(self, session: Session) -> list[Fact]:
        """The facts of the recording, in order (they wait in the outbox: nobody listens here)."""
        document = await self.ledger.read("recordings", str(session.recording_id))
        pending: tuple[Envelope, ...] = document.pending if document else ()
        facts = [envelope.fact() for envelope in pending]
        return [fact for fact in facts if fact is not None]

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.client.get(path, headers=(headers or ARCHIVIST) | PURPOSE)

    async def verify(self, session: Session) -> dict[str, Any]:
        answer = await self.client.post(f"/v1/recordings/{session.recording_id}/verify", headers=ARCHIVIST | PURPOSE)
        assert answer.status_code == 200, answer.text
        verdict: dict[str, Any] = answer.json()
        return verdict


def digest(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def a_chassis(
    folder: Path,
    *,
    issuer: LocalIssuer = ISSUER,
    is_on_the_bus: bool = False,
    vault: Vault | None = None,
    **settings: Any,
) -> tuple[RecordingSettings, Chassis]:
    """The service's engines below a folder: SQLite, a folder vault, a clock that stands still; nobody on the bus."""
    defaults = {"stop_grace_seconds": 0.5, "recording_work_seconds": 3_600, "recording_object_bytes": 1_000}
    chosen = RecordingSettings(data_folder=folder, **{**defaults, **settings})
    clock = FrozenClock(NOW)
    chassis = Chassis(
        "recording",
        chosen,
        clock=clock,
        ledger=SqliteLedger(folder / "ledger.sqlite"),
        vault=vault or FolderVault(folder / "vault", clock=clock),
        bus=None if is_on_the_bus else DeafAndMute(),
        issuer=issuer,
    )
    return chosen, chassis


@asynccontextmanager
async def world(folder: Path, **settings: Any) -> AsyncIterator[World]:
    """The service in this process; custody moves when a test says so."""
    chosen, chassis = a_chassis(folder, **settings)
    assert isinstance(chassis.ledger, SqliteLedger)
    assert isinstance(chassis.clock, FrozenClock)
    rooms = make_rooms(chosen, chassis)
    async with serving(make_app(chosen, chassis, rooms)) as client:
        yield World(client, rooms, chassis.ledger, chassis.vault, chassis.clock, folder)
