"""Intake's drawers: petitions and timelines. The only place that knows their collections and keys."""

import asyncio
import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

import puremagic
from pydantic import SecretStr

from contracts.errors import Conflict, NotFound, Refused
from contracts.facts.base import Fact, vietnam_day
from contracts.facts.intake import ContactCard, ContactGiven
from contracts.ids import AttachmentId, LookupCode, PetitionId, UnitId, derived
from contracts.law.secrecy import accused_unit
from contracts.streams import CONTACTS
from contracts.vocabulary import PetitionKind
from services.chassis.clock import Clock
from services.chassis.ledger.drawer import Decision, Drawer, Stored
from services.chassis.ledger.port import Collection, Mark, Scalar, Where
from services.chassis.ledger.together import Effect, decide_together
from services.chassis.seal import DataKey, KeyRing, Place, StreamKey
from services.chassis.vault.port import Vault, content_name
from services.intake.domain import (
    Petition,
    PetitionDraft,
    Petitioner,
    PetitionText,
    Sealed,
    Step,
    Timeline,
    access_key,
    e164,
    lookup_code,
)
from services.intake.likeness.keys import LIKENESS_KEYS, likeness_keys, searches_for
from services.intake.likeness.sketch import LikenessKey, Sketch

PETITIONS: Final = Collection(
    "petitions",
    keys=("code", "kind", "status", "received_by", "received_on", "filed_by", "accused", *LIKENESS_KEYS),
    unique=("code",),
)
TIMELINES: Final = Collection("timelines")
COLLECTIONS: Final = (PETITIONS, TIMELINES)

NOBODY: Final = ""
"""The accused unit of a petition that accuses none."""
_PAGE: Final = 200
FOUND_PER_MARK: Final = 40
"""Petitions read for one mark, at most. More share one only when a crowd files one text: the answer says so."""
REMEMBERED_CODES: Final = 10_000
SECRET_MIN_BYTES: Final = 32
HASHED_AT_ONCE_BYTES: Final = 2_000
"""From 2,048 on, hashlib lets other threads run."""
_UUID_VERSION_8: Final = 8


def petition_keys(petition: Petition) -> Mapping[str, Scalar]:
    """What petitions are searched by."""
    filed = petition.filed
    return {
        "code": petition.code,
        "kind": filed.kind.value,
        "status": petition.status.value,
        "received_by": filed.received_by,
        "received_on": vietnam_day(filed.received_at).isoformat(),
        "filed_by": petition.filed_by,
        "accused": _accused(petition) or NOBODY,
        **likeness_keys(petition.likeness),
    }


def _accused(petition: Petition) -> UnitId | None:
    found = petition.accused_found
    return accused_unit(petition.filed) if found is None else next(iter(found), None)


class ReceiptSecret:
    """Everything that must follow from a filing and from nothing else: ids, codes, access keys, content hashes."""

    def __init__(self, secret: SecretStr) -> None:
        """Errors: Refused("weak_secret") when it is shorter than 32 bytes."""
        key = secret.get_secret_value().encode()
        if len(key) < SECRET_MIN_BYTES:
            raise Refused(
                "weak_secret", "Khóa bí mật của biên nhận phải có ít nhất 32 byte (TCD_INTAKE_RECEIPT_SECRET)."
            )
        self._keyed = hmac.new(key, digestmod="sha256")
        self._likeness_keys = {kind: LikenessKey(self._digest("likeness", kind.value)) for kind in PetitionKind}

    def likeness_key(self, kind: PetitionKind) -> LikenessKey:
        """Another key for each kind: a denouncer is never joined with an open petition, not even in the ledger."""
        return self._likeness_keys[kind]

    def petition_id(self, idempotency_key: str | None, filed_by: str, content_sha256: str, day: str) -> PetitionId:
        """The same id for the same filing: by the client's key when it sends one, else by content and day."""
        if idempotency_key is not None:
            return self._uuid("petition-by-key", filed_by, idempotency_key)
        return self._uuid("petition-by-content", filed_by, content_sha256, day)

    def content_sha256(self, draft: PetitionDraft) -> str:
        """A keyed hash of what was filed: proves it to who holds the paper, tells nothing to who guesses."""
        whole = draft.model_dump(mode="json", exclude={"particulars"} if draft.particulars is None else None)
        said = json.dumps(whole, ensure_ascii=False, sort_keys=True)
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
        """In pieces that the library takes without letting go of the interpreter: to get it back, below load, takes
        longer than the hash. For the same reason not ``hmac.digest``, which always lets go."""
        keyed, said = self._keyed.copy(), "\x1f".join(parts).encode()
        for start in range(0, len(said), HASHED_AT_ONCE_BYTES):
            keyed.update(said[start : start + HASHED_AT_ONCE_BYTES])
        return keyed.digest()


def _as_version_8(raw: bytes) -> bytes:
    octets = bytearray(raw)
    octets[6] = (octets[6] & 0x0F) | (_UUID_VERSION_8 << 4)
    octets[8] = (octets[8] & 0x3F) | 0x80
    return bytes(octets)


class Sealing:
    """Person and words of a petition, under its own data key; the contact card, for notify's eyes only."""

    def __init__(self, ring: KeyRing, contacts: StreamKey) -> None:
        self._ring = ring
        self._contacts = contacts

    def seal(self, petition_id: PetitionId, draft: PetitionDraft, sketch: Sketch) -> Sealed:
        """The boxes of a new petition; each opens only in its own place."""
        key = DataKey.create()
        return Sealed(
            wrapped_key=key.wrap(self._ring, _place(petition_id, "wrapped_key")),
            person=key.seal(draft.petitioner.model_dump_json().encode(), _place(petition_id, "person")),
            content=key.seal(draft.content.model_dump_json().encode(), _place(petition_id, "content")),
            sketch=key.seal(sketch.to_bytes(), _place(petition_id, "sketch")),
        )

    def open_person(self, petition: Petition) -> Petitioner:
        """Who filed it. For a denunciation there is no caller of this: the door refuses first."""
        return Petitioner.model_validate_json(self._opened(petition, "person", petition.sealed.person))

    def open_content(self, petition: Petition) -> PetitionText:
        """The petition in its own words."""
        return PetitionText.model_validate_json(self._opened(petition, "content", petition.sealed.content))

    def open_sketch(self, petition: Petition) -> Sketch | None:
        """What its words are compared by; none for a petition of before that was kept."""
        box = petition.sealed.sketch
        return None if box is None else Sketch.from_bytes(self._opened(petition, "sketch", box))

    def seal_document(self, petition: Petition, attachment_id: AttachmentId, content: bytes) -> bytes:
        """A document under the petition's key, bound to its attachment id."""
        key = self._data_key(petition)
        return key.seal(content, _place(petition.id, f"attachment/{attachment_id}")).encode()

    def key_of(self, petition: Petition) -> DataKey:
        """The petition's own data key: what is drawn up for it is sealed with the same."""
        return self._data_key(petition)

    def contact(self, petition_id: PetitionId, draft: PetitionDraft) -> ContactGiven | None:
        """The sealed contact card, if there is a number and notices are wanted."""
        phone = e164(draft.petitioner.phone)
        if phone is None or not draft.may_notify:
            return None
        card = ContactCard(phone=phone, allows_zalo=draft.petitioner.is_zalo_allowed and not draft.must_be_discreet)
        key_id, box = self._contacts.seal(card.model_dump_json().encode(), CONTACTS, petition_id)
        return ContactGiven(petition_id=petition_id, is_discreet=draft.must_be_discreet, key_id=key_id, sealed=box)

    def _opened(self, petition: Petition, field: str, box: str) -> bytes:
        return self._data_key(petition).open(box, _place(petition.id, field))

    def _data_key(self, petition: Petition) -> DataKey:
        return DataKey.unwrap(petition.sealed.wrapped_key, self._ring, _place(petition.id, "wrapped_key"))


def _place(petition_id: PetitionId, field: str) -> Place:
    return Place("intake", PETITIONS.name, str(petition_id), field)


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

    async def received_on(self, day: date, scope: Where) -> Sequence[Petition]:
        """Those in scope that came in on that day in Vietnam, in the order in which they came."""
        found: list[Petition] = []
        where = replace(scope, equal={**scope.equal, "received_on": day.isoformat()})
        while page := await self.list(where, limit=_PAGE, after=str(found[-1].id) if found else None):
            found += page
        return sorted(found, key=lambda petition: (petition.filed.received_at, petition.code))

    async def like(self, petition: Petition, scope: Where) -> tuple[Sequence[Petition], bool]:
        """Those in scope that share a mark with it, and whether that is all of them.

        Bounded: at most ``SEARCHES_MAX`` searches of ``FOUND_PER_MARK`` petitions, however many there are.
        """
        searches = (replace(scope, equal={**scope.equal, key: mark}) for key, mark in searches_for(petition.likeness))
        pages = await asyncio.gather(*(self._drawer.select(where, limit=FOUND_PER_MARK) for where in searches))
        found = {stored.state.id: stored.state for page in pages for stored in page if stored.state.id != petition.id}
        return tuple(found.values()), all(len(page) < FOUND_PER_MARK for page in pages)

    async def decide(
        self, petition_id: PetitionId, decision: Decision[Petition], mark: Mark | None = None
    ) -> Stored[Petition]:
        """Load, decide, save. Errors: those of the decision; Conflict("changed_meanwhile")."""
        return await self._drawer.decide(str(petition_id), decision, mark)


def _matches(keys: Mapping[str, Scalar], scope: Where) -> bool:
    return all(keys[name] == value for name, value in scope.equal.items()) and all(
        keys[name] in values for name, values in scope.one_of.items()
    )


class Timelines:
    """What happened to each petition, for the petitioner to see."""

    def __init__(self, drawer: Drawer[Timeline]) -> None:
        self._drawer = drawer

    async def append(self, petition_id: PetitionId, step: Step, mark: Mark) -> None:
        """Add a step once; a redelivered fact changes nothing.

        The first fact of a case begins a timeline, nearly always; later ones find it.
        """
        is_first = mark.sequence == 1
        if is_first and await self._begin(petition_id, step, mark):
            return
        try:
            await self._go_on(petition_id, step, mark)
        except NotFound:
            if not await self._begin(petition_id, step, mark):
                await self._go_on(petition_id, step, mark)

    async def append_all(self, petition_id: PetitionId, steps: Sequence[tuple[Step, Mark]]) -> None:
        """Add steps that one subject said one after the other, in one write. Each is added once."""
        if len(steps) == 1:
            await self.append(petition_id, *steps[0])
            return
        effects = [Effect(_adding(step), mark) for step, mark in steps]
        await decide_together(self._drawer, str(petition_id), effects, new=Timeline(petition_id=petition_id))

    async def _begin(self, petition_id: PetitionId, step: Step, mark: Mark) -> bool:
        """False when there is a timeline already: another stream's fact was faster."""
        try:
            await self._drawer.add(str(petition_id), Timeline(petition_id=petition_id).with_step(step), [], mark)
        except Conflict as conflict:
            if conflict.code != "exists":
                raise
            return False
        return True

    async def _go_on(self, petition_id: PetitionId, step: Step, mark: Mark) -> None:
        await self._drawer.decide(str(petition_id), lambda timeline: (timeline.with_step(step), []), mark)

    async def of(self, petition_id: PetitionId) -> Timeline:
        """The timeline; empty when nothing was heard yet."""
        stored = await self._drawer.find(str(petition_id))
        return Timeline(petition_id=petition_id) if stored is None else stored.state


def _adding(step: Step) -> Decision[Timeline]:
    return lambda timeline: (timeline.with_step(step), [])


class Documents:
    """Documents handed in: sealed under the petition's key, in quarantine until scanned."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @staticmethod
    def sniff(content: bytes, declared: str) -> str | None:
        """The media type the bytes have: the declared one if it is among the likeliest; none when nothing fits."""
        try:
            likely = puremagic.magic_string(content)
        except puremagic.PureError:
            return None
        best = max((match.confidence for match in likely), default=0.0)
        types = [match.mime_type for match in likely if match.confidence == best]
        return declared if declared in types else next(iter(types), None)

    async def keep(self, box: bytes) -> None:
        """Put a sealed document away; the same box twice is kept once."""
        digest = hashlib.sha256(box).hexdigest()
        await self._vault.put(content_name("quarantine/attachments", digest), box, sha256=digest)


def attachment_id(petition_id: PetitionId, sha256: str) -> AttachmentId:
    """The same document on the same petition is the same attachment."""
    return AttachmentId(derived("attachment", petition_id, sha256))


class Attempts:
    """Counts wrong access keys per code; after too many a code answers nothing for a while, to anybody.

    In memory and bounded: eight digits and this limit make guessing hopeless even with a few replicas.
    """

    def __init__(self, clock: Clock, tries: int, pause_seconds: int) -> None:
        self._clock = clock
        self._tries = tries
        self._pause_seconds = pause_seconds
        self._wrong: OrderedDict[LookupCode, tuple[int, float]] = OrderedDict()

    def may_try(self, code: LookupCode) -> bool:
        """False while the code is paused."""
        count, since = self._wrong.get(code, (0, 0.0))
        if count and self._now() - since > self._pause_seconds:
            del self._wrong[code]
            return True
        return count < self._tries

    def failed(self, code: LookupCode) -> None:
        """Count one wrong key; the pause runs from the last one that counted."""
        count, since = self._wrong.pop(code, (0, self._now()))
        self._wrong[code] = (count + 1, since if count >= self._tries else self._now())
        while len(self._wrong) > REMEMBERED_CODES:
            self._wrong.popitem(last=False)

    @staticmethod
    def fits(given: str, right: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(given, right)

    def _now(self) -> float:
        return self._clock.now().timestamp()
