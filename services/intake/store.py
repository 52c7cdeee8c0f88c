"""Intake's drawers: petitions and timelines. The only place that knows their collections and keys."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import SecretStr

from contracts.errors import Conflict, NotFound
from contracts.facts.base import Fact
from contracts.ids import AttachmentId, LookupCode, PetitionId, derived
from contracts.vocabulary import PetitionKind
from services.chassis.ledger.drawer import Decision, Drawer, Stored
from services.chassis.ledger.port import Collection, Mark, Scalar, Where
from services.chassis.vault.port import Vault, content_name
from services.intake.domain import Petition, PetitionDraft, Step, Timeline, access_key, lookup_code

PETITIONS: Final = Collection(
    "petitions", keys=("code", "kind", "status", "received_by", "received_on", "filed_by"), unique=("code",)
)
TIMELINES: Final = Collection("timelines")
COLLECTIONS: Final = (PETITIONS, TIMELINES)

_UUID_VERSION_8: Final = 8


def petition_keys(petition: Petition) -> Mapping[str, Scalar]:
    """What petitions are searched by."""
    filed = petition.filed
    return {
        "code": petition.code,
        "kind": filed.kind.value,
        "status": petition.status.value,
        "received_by": filed.received_by,
        "received_on": filed.received_at.date().isoformat(),
        "filed_by": petition.filed_by,
    }


class ReceiptSecret:
    """Everything that must follow from a filing and from nothing else: ids, codes, access keys, content hashes."""

    def __init__(self, secret: SecretStr) -> None:
        self._key = secret.get_secret_value().encode()

    def petition_id(self, idempotency_key: str | None, filed_by: str, content_sha256: str, day: str) -> PetitionId:
        """The same id for the same filing: by the client's key when it sends one, else by content and day."""
        if idempotency_key is not None:
            return self._uuid("petition-by-key", filed_by, idempotency_key)
        return self._uuid("petition-by-content", filed_by, content_sha256, day)

    def content_sha256(self, draft: PetitionDraft) -> str:
        """A keyed hash of what was filed: proves it to who holds the paper, tells nothing to who guesses."""
        said = json.dumps(draft.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        return self._digest("content", said).hex()

    def code(self, petition_id: PetitionId, received_at: datetime, attempt: int) -> LookupCode:
        """The lookup code; ``attempt`` moves on when another petition already has it."""
        return lookup_code(self._digest("code", str(petition_id), str(attempt)), received_at)

    def access_key(self, petition_id: PetitionId) -> str:
        """The eight digits on the receipt."""
        return access_key(self._digest("access", str(petition_id)))

    def _uuid(self, *parts: str) -> PetitionId:
        return PetitionId(UUID(bytes=_as_version_8(self._digest(*parts)[:16])))

    def _digest(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\x1f".join(parts).encode(), hashlib.sha256)


def _as_version_8(raw: bytes) -> bytes:
    octets = bytearray(raw)
    octets[6] = (octets[6] & 0x0F) | (_UUID_VERSION_8 << 4)
    octets[8] = (octets[8] & 0x3F) | 0x80
    return bytes(octets)


class Petitions:
    """Petitions, by id, by code and by the caller's scope."""

    def __init__(self, drawer: Drawer[Petition]) -> None:
        self._drawer = drawer

    async def add(self, petition: Petition, facts: Sequence[Fact]) -> bool:
        """Keep it and say the facts; False when this very petition is there already.

        Errors: Conflict("key_taken") when its code is another petition's.
        """
        try:
            await self._drawer.add(str(petition.id), petition, facts)
        except Conflict as conflict:
            if conflict.code != "exists":
                raise
            return False
        return True

    async def find(self, petition_id: PetitionId) -> Petition | None:
        stored = await self._drawer.find(str(petition_id))
        return None if stored is None else stored.state

    async def by_code(self, code: LookupCode) -> Petition | None:
        found = await self._drawer.select(Where(equal={"code": code}), limit=1)
        return found[0].state if found else None

    async def in_scope(self, petition_id: PetitionId, scope: Where) -> Petition:
        """The petition if the caller may know of it. Errors: NotFound, the same for not there and not yours."""
        stored = await self._drawer.find(str(petition_id))
        if stored is None or not _matches(petition_keys(stored.state), scope):
            raise NotFound("no_petition", "Không tìm thấy đơn.")
        return stored.state

    async def list(self, scope: Where, *, limit: int, after: str | None) -> list[Petition]:
        """A page of petitions in scope, by id."""
        return [stored.state for stored in await self._drawer.select(scope, limit=limit, after=after)]

    async def decide(self, petition_id: PetitionId, decision: Decision[Petition]) -> Stored[Petition]:
        """Load, decide, save. Errors: those of the decision; Conflict("changed_meanwhile")."""
        return await self._drawer.decide(str(petition_id), decision)


def _matches(keys: Mapping[str, Scalar], scope: Where) -> bool:
    return all(keys[name] == value for name, value in scope.equal.items()) and all(
        keys[name] in values for name, values in scope.one_of.items()
    )


class Timelines:
    """What happened to each petition, for the petitioner to see."""

    def __init__(self, drawer: Drawer[Timeline]) -> None:
        self._drawer = drawer

    async def append(self, petition_id: PetitionId, step: Step, mark: Mark) -> None:
        """Add a step once; a redelivered fact changes nothing."""
        key = str(petition_id)
        if await self._drawer.find(key) is None:
            try:
                await self._drawer.add(key, Timeline(petition_id=petition_id).with_step(step), [], mark)
            except Conflict:  # two lanes met at the first step: the other one made the timeline
                pass
            else:
                return
        await self._drawer.decide(key, lambda timeline: (timeline.with_step(step), []), mark)

    async def of(self, petition_id: PetitionId) -> Timeline:
        """The timeline; empty when nothing was heard yet."""
        stored = await self._drawer.find(str(petition_id))
        return Timeline(petition_id=petition_id) if stored is None else stored.state


class Documents:
    """Documents handed in: sealed under the petition's key, in quarantine until scanned."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def keep(self, box: bytes) -> None:
        """Put a sealed document away; the same box twice is kept once."""
        digest = hashlib.sha256(box).hexdigest()
        await self._vault.put(content_name("quarantine/attachments", digest), box, sha256=digest)


def attachment_id(petition_id: PetitionId, sha256: str) -> AttachmentId:
    """The same document on the same petition is the same attachment."""
    return AttachmentId(derived("attachment", petition_id, sha256))


def hides_from_lists(kind: PetitionKind) -> bool:
    """Denunciations stand in no list but the receiver's own (LTC 56; D03)."""
    return kind is PetitionKind.DENUNCIATION
