"""Notify and the gateway simulator, both really served on 127.0.0.1, and facts said to notify's ear."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from contracts.facts.base import Fact
from contracts.facts.envelope import GENESIS, Envelope, seal
from contracts.facts.intake import ContactCard, ContactGiven, PetitionFiled
from contracts.facts.notify import NoticeFact
from contracts.facts.routing import CaseAccepted, ClockReading, DeadlineNear
from contracts.facts.sessions import BridgePoint, HeardCase, SessionRescheduled, SessionScheduled
from contracts.ids import PetitionId, PointId, SessionId, case_of, derived
from contracts.streams import CONTACTS
from contracts.vocabulary import ChangeReason, Channel, MatterField, OnlineGround, PetitionKind, Role, SessionKind
from services.chassis.auth.local_issuer import LocalIssuer
from services.chassis.clock import SystemClock
from services.chassis.delivery.heard import HandlerTable, Heard
from services.chassis.ledger.port import Change, Where
from services.chassis.lifecycle import Chassis
from services.chassis.lifecycle.mouth_and_ear import DeafAndMute
from services.chassis.seal import KeyRing, StreamKey, ensure_key_file
from services.notify.app import make_app
from services.notify.settings import NotifySettings

CODE: Final = "HS26-7K4QM9"
COMMUNE: Final = "xa-17971"
PROVINCE: Final = "tinh-40"
PATIENCE_SECONDS: Final = 15.0
SENT_AT: Final = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class MovedClock(SystemClock):
    """The machine's clock, moved by hand."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def now(self) -> datetime:
        return super().now() + self.shift

    def advance(self, **by: float) -> None:
        self.shift += timedelta(**by)


class QuietServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(app: Any, listener: socket.socket) -> AsyncIterator[str]:
    """The app on a real socket."""
    config = uvicorn.Config(
        app, log_config=None, log_level="critical", access_log=False, lifespan="on", timeout_graceful_shutdown=1
    )
    server = QuietServer(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await eventually(lambda: server.started or task.done())
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def a_listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


async def eventually(holds: Callable[[], Any]) -> Any:
    """Wait until the condition holds, and give what it gave; fail loudly after a while."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = holds()
            if isinstance(found, Awaitable):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.01)


class Overheard(Chassis):
    """The real chassis; a test may speak to the handlers as the bus would."""

    handlers: HandlerTable

    def app(self, **parts: Any) -> Any:
        self.handlers = parts["handlers"]
        return super().app(**parts)


@dataclass
class Simulator:
    """A client of the simulator's control plane."""

    http: httpx.AsyncClient

    async def ledger(self, **wanted: str) -> list[dict[str, Any]]:
        answer = await self.http.get("/__sim/ledger", params=wanted)
        found: list[dict[str, Any]] = answer.json()
        return found

    async def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = (await self.http.get("/__sim/stats")).json()
        return stats

    async def scenario(self, **changes: Any) -> None:
        (await self.http.put("/__sim/scenario", json=changes)).raise_for_status()

    async def expect(self, **wanted: Any) -> None:
        answer = await self.http.post("/__sim/expect", json=wanted, timeout=PATIENCE_SECONDS * 2)
        assert answer.status_code == 200, answer.text


@dataclass
class Notify:
    """Notify as the outside sees it, and as the bus reaches it."""

    chassis: Overheard
    http: httpx.AsyncClient
    simulator: Simulator
    contacts: StreamKey
    clock: MovedClock
    issuer: LocalIssuer
    sequences: dict[tuple[str, UUID], int] = field(default_factory=dict)

    async def hear(self, fact: Fact, *, said_at: datetime | None = None) -> Envelope:
        """Say a fact once, as its next one on its subject."""
        key = (fact.stream.name, fact.subject)
        self.sequences[key] = self.sequences.get(key, 0) + 1
        envelope = seal(
            fact,
            fact_id=uuid4(),
            source="/tiepdan/test",
            time=said_at or self.clock.now(),
            sequence=self.sequences[key],
            prev_hash=GENESIS,
            traceparent=None,
        )
        await self.hear_again(fact, envelope)
        return envelope

    async def hear_again(self, fact: Fact, envelope: Envelope) -> None:
        """Deliver an envelope, as the bus may do any number of times."""
        await self.chassis.handlers[type(fact)](Heard(fact, envelope))

    def contact(self, petition_id: PetitionId, phone: str, **said: Any) -> ContactGiven:
        card = ContactCard(phone=f"+{phone}", allows_zalo=said.pop("allows_zalo", True))
        key_id, box = self.contacts.seal(card.model_dump_json().encode(), CONTACTS, petition_id)
        return ContactGiven(petition_id=petition_id, key_id=key_id, sealed=box, **{"is_discreet": False, **said})

    async def filed(self, phone: str, **said: Any) -> PetitionId:
        """A petition comes in, with its contact."""
        fact = a_filing(**said)
        await self.hear(fact)
        is_discreet = fact.kind is PetitionKind.DENUNCIATION
        await self.hear(self.contact(fact.petition_id, phone, is_discreet=is_discreet, allows_zalo=not is_discreet))
        return fact.petition_id

    async def said(self) -> list[NoticeFact]:
        """What waits in the outbox (nobody carries it away in these tests)."""
        documents = await self.chassis.ledger.with_pending("notices", 2000)
        facts = [envelope.fact() for document in documents for envelope in document.pending]
        return [fact for fact in facts if isinstance(fact, NoticeFact)]

    async def said_types(self) -> list[str]:
        return sorted(type(fact).__name__ for fact in await self.said())

    async def notices(self, petition_id: PetitionId, *roles: Role, unit: str = PROVINCE) -> list[dict[str, Any]]:
        answer = await self.http.get(
            "/v1/notices", params={"petition_id": str(petition_id)}, headers=self.bearer(*roles, unit=unit)
        )
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    async def states(self, petition_id: PetitionId) -> dict[str, str]:
        """Template → state."""
        return {one["template"]: one["state"] for one in await self.notices(petition_id)}

    def bearer(self, *roles: Role, unit: str | None = PROVINCE) -> dict[str, str]:
        token = self.issuer.mint(*(roles or (Role.PETITION_OFFICER,)), unit=unit)
        return {"Authorization": f"Bearer {token}"}


def make_notify(settings: NotifySettings, clock: MovedClock, issuer: LocalIssuer) -> tuple[Any, Overheard]:
    """The real app; only the bus is missing, and the clock can be moved."""
    chassis = Overheard("notify", settings, clock=clock, bus=DeafAndMute(), issuer=issuer)
    return make_app(settings, chassis), chassis


@contextlib.asynccontextmanager
async def notify_served(
    simulator: httpx.AsyncClient, folder: Path, *, clock: MovedClock | None = None, **changes: Any
) -> AsyncIterator[Notify]:
    """Notify served beside the simulator, which is told where to send receipts."""
    listener = a_listener()
    base, url = str(simulator.base_url).rstrip("/"), f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = quick_settings(folder, base, url, **changes)
    issuer, clock = LocalIssuer(), clock or MovedClock()
    app, chassis = make_notify(settings, clock, issuer)
    control = Simulator(simulator)
    await control.scenario(webhook_zalo=f"{url}/v1/receipts/zalo")
    async with served(app, listener), httpx.AsyncClient(base_url=url, trust_env=False) as http:
        contacts = StreamKey(KeyRing.from_file(settings.contacts_key_file))
        yield Notify(chassis, http, control, contacts, clock, issuer)


def quick_settings(folder: Path, simulator: str, url: str, **changes: Any) -> NotifySettings:
    """Fast clocks, so that a test waits for conditions and never for hours."""
    key_file = folder / "contacts.keys"
    ensure_key_file(key_file)
    values: dict[str, Any] = {
        "data_folder": folder,
        "contacts_key_file": key_file,
        "notify_receipt_secret": SecretStr("a receipt secret made up for tests"),
        "notify_public_url": url,
        "zalo_oauth_url": f"{simulator}/zalo-oauth",
        "zalo_biz_url": f"{simulator}/zalo-biz",
        "esms_url": f"{simulator}/esms",
        "notify_has_quiet_hours": False,
        "notify_look_seconds": 0.02,
        "notify_recheck_seconds": 0.05,
        "notify_lease_seconds": 30.0,
        "notify_unknown_wait_seconds": 0.1,
        "notify_backoff_base_seconds": 0.05,
        "provider_answer_seconds": 0.5,
        "provider_sends_per_second": 1000.0,
        "stop_grace_seconds": 0.5,
        "ready_off_seconds": 0.0,
        **changes,
    }
    return NotifySettings(**values)


def a_filing(**said: Any) -> PetitionFiled:
    """A complaint at the counter of a commune."""
    return PetitionFiled(
        **{
            "petition_id": uuid4(),
            "kind": PetitionKind.COMPLAINT,
            "code": CODE,
            "channel": Channel.COUNTER,
            "received_at": SENT_AT,
            "received_by": COMMUNE,
            "matter_field": MatterField.LAND,
            "matter_unit": COMMUNE,
            "content_sha256": "0" * 64,
            **said,
        }
    )


def a_clock(due: date = date(2026, 12, 23)) -> ClockReading:
    return ClockReading(clock="K2", started_on=date(2026, 11, 23), raw_due=due, rolled_due=due, alarm_on=due)


def an_acceptance(petition_id: PetitionId, kind: PetitionKind = PetitionKind.COMPLAINT) -> CaseAccepted:
    return CaseAccepted(
        case_id=case_of(petition_id),
        petition_id=petition_id,
        kind=kind,
        accepted_on=date(2026, 11, 23),
        settling_authority=COMMUNE,
        clocks=(a_clock(),),
    )


def a_warning(petition_id: PetitionId, kind: PetitionKind = PetitionKind.COMPLAINT) -> DeadlineNear:
    return DeadlineNear(
        case_id=case_of(petition_id),
        petition_id=petition_id,
        kind=kind,
        clock=a_clock(),
        held_by=COMMUNE,
        days_left=3,
    )


def a_session(
    petition_ids: Sequence[PetitionId], starts_at: datetime, *, is_discreet: bool = False
) -> SessionScheduled:
    point = BridgePoint(point_id=PointId(derived("point", "1")), unit=COMMUNE, is_main=True)
    return SessionScheduled(
        session_id=SessionId(uuid4()),
        kind=SessionKind.SCHEDULED,
        ground=OnlineGround.COMPLEX,
        starts_at=starts_at,
        chaired_by=PROVINCE,
        points=(point,),
        cases=tuple(
            HeardCase(case_id=case_of(one), petition_id=one, point_id=point.point_id, is_discreet=is_discreet)
            for one in petition_ids
        ),
    )


def a_move(session: SessionScheduled, starts_at: datetime) -> SessionRescheduled:
    return SessionRescheduled(
        session_id=session.session_id,
        starts_at=starts_at,
        reason=ChangeReason.CHAIR_ABSENT,
        cases=session.cases,
        points=session.points,
    )


def in_state(state: str | None) -> Where:
    """A search for notices in a state, or for all."""
    return Where(equal={"state": state}) if state else Where()


def dies_before_the_answer_is_written(notify: Notify, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on this notify may begin an attempt, but dies where it would write down what came of it."""
    update = notify.chassis.ledger.update

    async def deadly(collection: str, document_id: str, expected_version: int, change: Change) -> bool:
        if collection == "notices" and change.state["state"] in {"accepted", "unknown", "queued", "failed"}:
            raise asyncio.CancelledError
        return await update(collection, document_id, expected_version, change)

    monkeypatch.setattr(notify.chassis.ledger, "update", deadly)
