"""What a house left behind, read from outside: ledgers, the bus, sealed recordings, what the providers took."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx

from contracts.facts.envelope import Envelope
from contracts.streams import spoken_by
from contracts.vocabulary import Role
from deploy.demo.house import House
from deploy.demo.people import PROVINCE
from deploy.demo.watch import Watch
from services.chassis.bus.speaker import MEMORY
from services.chassis.delivery import letters
from services.chassis.ledger.port import Collection, Document, LedgerEngine, Where
from services.intake import store as intake
from services.notify import store as notify
from services.recording import store as recording
from services.routing import store as routing
from services.sessions import store as sessions
from tests.chaos.client import Client
from tests.chaos.flow import Acknowledged
from tests.chaos.store import stored_by_hash

LedgerOf = Callable[[House, str], LedgerEngine]
"""The ledger of a service, not open yet, wherever the house keeps it."""
Json = dict[str, Any]
Subject = tuple[str, str]
"""Slug of a stream and the aggregate it speaks about."""

_READ: Final[Mapping[str, Sequence[Collection]]] = {
    "intake": (intake.PETITIONS, intake.TIMELINES),
    "routing": (routing.CASES,),
    "sessions": (sessions.SESSIONS, sessions.CANDIDATES),
    "recording": (recording.RECORDINGS,),
    "notify": (notify.NOTICES, notify.DOSSIERS),
}
_PAGE: Final = 500
_PURPOSE: Final = {"access-purpose": "archive_check"}


@dataclass(frozen=True)
class World:
    """Everything the truths are checked on. Documents by ``service.collection``, then by id."""

    acknowledged: Acknowledged
    histories: Mapping[Subject, Sequence[Envelope]]
    documents: Mapping[str, Mapping[str, Document]]
    heard: Mapping[tuple[str, str, int], Envelope] = field(default_factory=dict)
    """What the bus carried, by stream slug, subject and sequence."""
    messages: Sequence[Json] = ()
    """What the simulated providers took."""
    manifests: Mapping[str, Json] = field(default_factory=dict)
    """By recording."""
    verdicts: Mapping[str, str] = field(default_factory=dict)
    """What verification answered, by recording."""
    stored: Mapping[str, bytes] = field(default_factory=dict)
    """What the store holds, by its SHA-256, read without our own code."""

    def states(self, where: str) -> dict[str, Json]:
        """The states of a collection, such as ``routing.cases``."""
        return {key: document.state for key, document in self.documents.get(where, {}).items()}

    def envelopes(self) -> list[Envelope]:
        """Every fact that was said."""
        return [envelope for chain in self.histories.values() for envelope in chain]


async def read_world(house: House, watch: Watch, acknowledged: Acknowledged, ledger_of: LedgerOf) -> World:
    """The ledgers, the bus and the providers as they are now; recordings are read by ``with_recordings``."""
    histories: dict[Subject, list[Envelope]] = defaultdict(list)
    documents: dict[str, dict[str, Document]] = {}
    for service in house.ports.services:
        collections = (*_READ[service], *letters.COLLECTIONS, MEMORY)
        ledger = ledger_of(house, service)
        await ledger.open(collections)
        try:
            for collection in collections:
                documents[f"{service}.{collection.name}"] = await _documents(ledger, collection.name)
            for stream in spoken_by(service):
                for envelope in await _history(ledger, stream.name):
                    histories[stream.slug, envelope.subject].append(envelope)
        finally:
            await ledger.close()
    heard = {place: envelope for place, (envelope, _) in watch.heard.items()}
    return World(acknowledged, histories, documents, heard, await _messages(house))


async def with_recordings(world: World, client: Client, house: House) -> World:
    """The same, with the manifest and the verdict of each acknowledged recording, by the recording door; and with what
    the store itself holds.
    """
    archivist = await client.who(Role.RECORDS_ARCHIVIST, PROVINCE)
    manifests, verdicts = {}, {}
    for recording_id in world.acknowledged.recordings.values():
        root = f"/v1/recordings/{recording_id}"
        manifest = await client.call(archivist, "GET", "recording", f"{root}/manifest", headers=_PURPOSE)
        verdict = await client.call(archivist, "POST", "recording", f"{root}/verify", headers=_PURPOSE)
        manifests[recording_id] = dict(manifest.json())
        verdicts[recording_id] = str(verdict.json()["result"]).lower()
    return replace(world, manifests=manifests, verdicts=verdicts, stored=await stored_by_hash(house))


async def _documents(ledger: LedgerEngine, collection: str) -> dict[str, Document]:
    found: dict[str, Document] = {}
    after = None
    while page := await ledger.select(collection, Where(), limit=_PAGE, after=after):
        found |= {document.id: document for document in page}
        after = page[-1].id
    return found


async def _history(ledger: LedgerEngine, stream: str) -> list[Envelope]:
    found: list[Envelope] = []
    while page := await ledger.history(stream, after=str(found[-1].id) if found else None, limit=_PAGE):
        found += page
    return found


async def _messages(house: House) -> list[Json]:
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.get(f"{house.url('gateway simulator')}/__sim/ledger")
        answer.raise_for_status()
        return list(answer.json())
