"""Notify's drawers: notices, dossiers, Zalo's tokens. The only place that knows their collections and keys."""

import asyncio
import tomllib
from collections import OrderedDict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import Conflict, NotFound
from contracts.facts.base import Fact
from contracts.facts.intake import ContactCard
from contracts.facts.routing import CaseFact
from contracts.ids import FactId, NoticeId, PetitionId, SessionId, UnitId
from contracts.streams import CONTACTS
from contracts.vocabulary import Role
from services.chassis.ledger.drawer import Decision, Drawer, Stored
from services.chassis.ledger.port import Collection, Mark, Scalar, Where
from services.chassis.seal import StreamKey
from services.notify.domain.afterwards import superseded, woken
from services.notify.domain.dossier import Dossier
from services.notify.domain.notice import WAITING, Notice, NoticeState
from services.notify.domain.rules import Duty

NOTICES: Final = Collection("notices", keys=("due_ms", "state", "about", "waits_for", "invites_to"))
DOSSIERS: Final = Collection("dossiers")

_WOKEN_AT_ONCE: Final = 500
_FRESH_MAX: Final = 1_000
_LATELY_MAX: Final = 256
_EARLY_SECONDS: Final = 1.0


def notice_keys(notice: Notice) -> Mapping[str, Scalar]:
    """What notices are searched by. ``due_ms`` is none once a notice has ended."""
    is_awaiting = notice.state is NoticeState.AWAITING_CONTACT
    is_unsent = notice.state in WAITING and not notice.attempts
    return {
        "due_ms": None if notice.due_at is None else _ms(notice.due_at),
        "state": notice.state.value,
        "about": str(notice.about),
        "waits_for": str(notice.about) if is_awaiting else None,
        "invites_to": str(notice.session_id) if notice.session_id and is_unsent else None,
    }


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class _Early:
    """Notices of one petition that were planned here before its contact came; since when, in the loop's time."""

    since: float
    notices: list[Stored[Notice]]


class Notices:
    """Notices, by id, by petition and by when they are due."""

    def __init__(self, drawer: Drawer[Notice]) -> None:
        self._drawer = drawer
        self.news: Final = asyncio.Event()
        """Set when this process made a notice that may be due now."""
        self._fresh: OrderedDict[str, Stored[Notice]] = OrderedDict()
        self._early: dict[PetitionId, _Early] = {}

    async def plan(self, notices: Iterable[Notice], *, has_contact: bool = True) -> int:
        """Keep those that are not there yet; how many were new. Heard again, a fact makes no second notice.

        Without a contact so far they are left alone until it comes, or for a moment.
        """
        new = 0
        for notice in notices:
            try:
                stored = await self._drawer.add(str(notice.notice_id), notice, [])
            except Conflict as conflict:
                if conflict.code != "exists":
                    raise
            else:
                new += 1
                (self._tell if has_contact else self._expect)(stored)
        return new

    def _expect(self, stored: Stored[Notice]) -> None:
        """Its contact is on its way: looked at now, it would only be written down as waiting, and woken again."""
        early = self._early.setdefault(stored.state.about, _Early(asyncio.get_running_loop().time(), []))
        early.notices.append(stored)

    def contact_came(self, petition_id: PetitionId) -> None:
        """What was planned here a moment too early goes on. What is waiting already is woken by ``wake``."""
        early = self._early.pop(petition_id, None)
        for stored in early.notices if early else ():
            self._tell(stored)

    def _tell(self, stored: Stored[Notice]) -> None:
        """Whoever sends need not look for what was written here; beyond a bound it does."""
        if len(self._fresh) < _FRESH_MAX:
            self._fresh[stored.id] = stored
        self.news.set()

    def take_fresh(self, now: datetime, limit: int, apart_from: Container[str]) -> list[Stored[Notice]]:
        """Notices as this process just wrote them, due now; each is handed out once. ``due`` finds them as well."""
        ready = [one for one in self._fresh if one not in apart_from][:limit]
        taken = [self._fresh.pop(one) for one in ready]
        return [stored for stored in taken if stored.state.due_at is not None and stored.state.due_at <= now]

    async def get(self, notice_id: NoticeId) -> Notice:
        """Errors: NotFound("no_notice")."""
        stored = await self._drawer.find(str(notice_id))
        if stored is None:
            raise NotFound("no_notice", "Không tìm thấy thông báo.")
        return stored.state

    async def due(self, now: datetime, limit: int) -> list[Stored[Notice]]:
        """What has to be looked at, the longest-waiting first."""
        found = await self._drawer.select(Where(at_most={"due_ms": _ms(now)}), order_by="due_ms", limit=limit)
        for stored in found:
            if (fresh := self._fresh.get(stored.id)) is not None and fresh.version <= stored.version:
                del self._fresh[stored.id]
        early = self._still_early()
        return [stored for stored in found if stored.id not in early]

    def _still_early(self) -> frozenset[str]:
        """Those whose contact may still come; the others have had their moment."""
        latest = asyncio.get_running_loop().time() - _EARLY_SECONDS
        self._early = {key: early for key, early in self._early.items() if early.since > latest}
        return frozenset(stored.id for early in self._early.values() for stored in early.notices)

    async def about(self, petition_id: PetitionId, *, limit: int = 200) -> list[Notice]:
        """Everything told about a petition, in the order in which it was planned."""
        found = await self._drawer.select(Where(equal={"about": str(petition_id)}), limit=limit)
        return sorted((stored.state for stored in found), key=lambda notice: (notice.planned_at, notice.template))

    async def count(self, state: NoticeState) -> int:
        """How many stand in a state."""
        return await self._drawer.count(Where(equal={"state": state.value}))

    async def save(self, stored: Stored[Notice], notice: Notice, facts: Sequence[Fact]) -> None:
        """Write what a decision made of exactly this version. Errors: Conflict("changed_meanwhile")."""
        await self._drawer.save(stored, notice, facts)

    async def decide(self, notice_id: NoticeId, decision: Decision[Notice]) -> Notice:
        """Load, decide, save. Errors: NotFound; those of the decision."""
        return (await self._drawer.decide(str(notice_id), decision)).state

    async def wake(self, petition_id: PetitionId, now: datetime) -> None:
        """What waits for something about this petition looks again at once."""
        waiting = await self._drawer.select(Where(equal={"waits_for": str(petition_id)}), limit=_WOKEN_AT_ONCE)
        for stored in waiting:
            self._tell(await self._drawer.decide(stored.id, lambda notice: woken(notice, now)))

    async def supersede(self, session_id: SessionId, by: FactId) -> None:
        """What was not sent yet about a session that was moved or cancelled will not go out; what ``by`` itself
        planned stays."""
        unsent = await self._drawer.select(Where(equal={"invites_to": str(session_id)}), limit=_WOKEN_AT_ONCE)
        for stored in unsent:
            if stored.state.cause != by:
                await self._drawer.decide(stored.id, superseded)


class Dossiers:
    """What is known of each petition."""

    def __init__(self, drawer: Drawer[Dossier]) -> None:
        self._drawer = drawer
        self._lately: OrderedDict[PetitionId, Stored[Dossier]] = OrderedDict()

    async def find(self, petition_id: PetitionId) -> Stored[Dossier] | None:
        """The dossier as it stands now."""
        return await self._drawer.find(str(petition_id))

    def lately(self, petition_id: PetitionId) -> Stored[Dossier] | None:
        """The dossier as this process wrote it last, if it did lately: may be old, which a save on it finds out."""
        return self._lately.get(petition_id)

    async def learn(self, petition_id: PetitionId, fact: Fact, mark: Mark) -> Dossier:
        """Add what a fact tells; a fact heard twice tells nothing more. The dossier after it."""
        known = self.lately(petition_id)
        if known is not None and self._teaches_nothing(known.state, fact):
            return known.state
        return self._noted(await self._learned(petition_id, fact, mark, is_new=known is None and mark.sequence == 1))

    @staticmethod
    def _teaches_nothing(known: Dossier, fact: Fact) -> bool:
        """True when an older dossier says so of a newer one as well: what cases teach is only ever added to. A new
        contact takes the place of the last one, so it is never passed over."""
        return isinstance(fact, CaseFact) and known.learn(fact) == known

    async def _learned(self, petition_id: PetitionId, fact: Fact, mark: Mark, *, is_new: bool) -> Stored[Dossier]:
        """``is_new``: it probably is, so try that first."""
        if not is_new:
            try:
                return await self._add_to(petition_id, fact, mark)
            except NotFound:
                pass
        try:
            return await self._drawer.add(str(petition_id), Dossier(petition_id=petition_id).learn(fact), [], mark)
        except Conflict as conflict:
            if conflict.code != "exists":
                raise
        return await self._add_to(petition_id, fact, mark)

    async def _add_to(self, petition_id: PetitionId, fact: Fact, mark: Mark) -> Stored[Dossier]:
        return await self._drawer.decide(str(petition_id), lambda dossier: (dossier.learn(fact), []), mark)

    def _noted(self, stored: Stored[Dossier]) -> Dossier:
        petition_id = stored.state.petition_id
        known = self._lately.get(petition_id)
        if known is None or known.version <= stored.version:
            self._lately[petition_id] = stored
        self._lately.move_to_end(petition_id)
        if len(self._lately) > _LATELY_MAX:
            self._lately.popitem(last=False)
        return stored.state

    async def note_no_zalo(self, petition_id: PetitionId, until: datetime) -> None:
        """Zalo said that this number has no account."""
        self._noted(await self._drawer.decide(str(petition_id), lambda dossier: (dossier.without_zalo(until), [])))

    async def claim_text(
        self, stored: Stored[Dossier], notice: Notice, text: str, now: datetime, pause: timedelta
    ) -> datetime | None:
        """Note that this notice tells this text now; or, when another one just did, the time to try again.

        One update of exactly this version decides: of two notices with one text, one goes and the other waits; and
        whoever may go was judged by the dossier as it stands. Errors: Conflict("changed_meanwhile").
        """
        free_at = stored.state.free_for(text, notice.notice_id, now, pause)
        if free_at is None:
            try:
                self._noted(
                    await self._drawer.save(stored, stored.state.telling(text, notice.notice_id, now, pause), [])
                )
            except Conflict:
                self._lately.pop(notice.about, None)
                raise
        return free_at


class Contacts:
    """Opens a contact card for the moment of sending. Nothing of it is kept, logged or shown."""

    def __init__(self, key: StreamKey) -> None:
        self._key = key

    def open(self, dossier: Dossier) -> ContactCard | None:
        """The card, or none when none came. Errors: Unavailable("key_unknown"); Refused("not_openable")."""
        sealed = dossier.contact
        if sealed is None:
            return None
        return ContactCard.model_validate_json(
            self._key.open(sealed.key_id, sealed.sealed, CONTACTS, dossier.petition_id)
        )


class DutyPost(BaseModel):
    """A post of the duty list: a unit's telephone for a function, not a person's."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    post: str
    unit: UnitId
    role: Role
    card: ContactCard


class DutyBook:
    """Who is told in which unit: given by settings, kept in memory."""

    def __init__(self, posts: Iterable[DutyPost] = ()) -> None:
        self._posts = {post.post: post for post in posts}

    @classmethod
    def from_file(cls, path: Path | None) -> "DutyBook":
        """Read the list; an absent path is an empty list. Errors: OSError, ValueError."""
        if path is None:
            return cls()
        entries = tomllib.loads(path.read_text()).get("duty", [])
        return cls(
            DutyPost(
                post=entry["post"],
                unit=entry["unit"],
                role=entry.get("role", Role.PETITION_OFFICER),
                card=ContactCard(phone=entry["phone"], allows_zalo=entry.get("allows_zalo", True)),
            )
            for entry in entries
        )

    def duties(self) -> list[Duty]:
        """The list without numbers, for the decisions."""
        return [Duty(post.post, post.unit, post.role) for post in self._posts.values()]

    def card(self, post: str) -> ContactCard | None:
        """Where to reach a post now; none when it is no longer on the list."""
        found = self._posts.get(post)
        return found.card if found else None
