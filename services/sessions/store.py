"""Sessions' drawers: sessions with their seats, and candidate cases. The only place that knows collections and keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from contracts.errors import Conflict, NotFound, TiepdanError
from contracts.facts.base import Fact
from contracts.facts.calendar import CalendarOverridden, CalendarPlan
from contracts.facts.routing import CaseOpened
from contracts.ids import CalendarId, CaseId, SessionId
from services.chassis.ledger.drawer import Decision, Drawer, Stored
from services.chassis.ledger.port import Collection, Mark, Scalar, Where
from services.sessions.domain import (
    STANDING,
    Candidate,
    CandidateStatus,
    Claim,
    ReceptionSession,
    SessionStatus,
    candidate_of,
    claim,
    release,
)
from services.sessions.domain.session import State

SESSIONS: Final = Collection("sessions", keys=("status", "day"))
SEATS: Final = Collection("seats", keys=("seen_by",))
CANDIDATES: Final = Collection("candidates", keys=("status", "seen_by"))
CALENDAR: Final = Collection("calendar")

_PAGE: Final = 200
_AFTER_EVERY_SEAT: Final = "~"
_CLAIM_WITHOUT_SESSION: Final = timedelta(minutes=1)
"""A claim whose session never came (a crash between two writes) binds nobody after that."""


class Seat(State):
    """A unit's place in a session: what lists by unit are made of. It says nothing that the session does not."""

    session_id: SessionId
    unit: str
    is_discreet: bool


@dataclass(frozen=True, slots=True)
class Eyes:
    """Which units' sessions and cases a caller may see; discreet ones only where a caller's own unit takes part, and
    those that accuse one of ``never_of`` not at all."""

    own_units: frozenset[str]
    unit_ids: frozenset[str]
    never_of: frozenset[str] = frozenset()
    """The units to which the caller is too near to see what accuses them."""

    def see(self, session: ReceptionSession) -> bool:
        return not session.never_at & self.never_of and bool(
            session.units & (self.own_units if session.is_discreet else self.unit_ids)
        )

    def see_case(self, candidate: Candidate) -> bool:
        return candidate.never_at not in self.never_of and candidate.unit in (
            self.own_units if candidate.is_discreet else self.unit_ids
        )

    @property
    def keys(self) -> tuple[str, ...]:
        return (*sorted(self.unit_ids), *(_seen_by(unit, is_discreet=True) for unit in sorted(self.own_units)))


def _seen_by(unit: str, *, is_discreet: bool) -> str:
    return f"only:{unit}" if is_discreet else unit


def session_keys(session: ReceptionSession) -> Mapping[str, Scalar]:
    """What sessions are searched by."""
    return {"status": session.status.value, "day": session.day.isoformat()}


def seat_keys(seat: Seat) -> Mapping[str, Scalar]:
    """What seats are searched by."""
    return {"seen_by": _seen_by(seat.unit, is_discreet=seat.is_discreet)}


def candidate_keys(candidate: Candidate) -> Mapping[str, Scalar]:
    """What candidates are searched by."""
    return {
        "status": candidate.status.value,
        "seen_by": _seen_by(candidate.unit, is_discreet=candidate.is_discreet),
    }


class Sessions:
    """Reception sessions, by id and by the caller's eyes."""

    def __init__(self, drawer: Drawer[ReceptionSession], seats: Drawer[Seat]) -> None:
        self._drawer = drawer
        self._seats = seats

    async def add(self, session: ReceptionSession, facts: list[Fact]) -> None:
        """Keep it and say the facts; its seats stand before it does."""
        await self.seat(session)
        await self._drawer.add(str(session.session_id), session, facts)

    async def seat(self, session: ReceptionSession) -> None:
        """Every unit that takes part finds the session in its list. A seat left over harms nobody."""
        for unit in session.units:
            seat = Seat(session_id=session.session_id, unit=unit, is_discreet=session.is_discreet)
            try:
                await self._seats.add(f"{session.session_id}:{unit}", seat, [])
            except Conflict as conflict:
                if conflict.code != "exists":
                    raise

    async def find(self, session_id: SessionId) -> ReceptionSession | None:
        stored = await self._drawer.find(str(session_id))
        return None if stored is None else stored.state

    async def seen(self, session_id: SessionId, eyes: Eyes) -> ReceptionSession:
        """Errors: NotFound("no_session"), the same for not there and not yours."""
        session = await self.find(session_id)
        if session is None or not eyes.see(session):
            raise NotFound("no_session", "Không tìm thấy phiên tiếp công dân.")
        return session

    async def page(
        self, eyes: Eyes, *, status: SessionStatus | None, limit: int, after: SessionId | None
    ) -> list[ReceptionSession]:
        """A page of sessions the caller may see, in the order they were scheduled."""
        where = Where(one_of={"seen_by": eyes.keys})
        found: dict[SessionId, ReceptionSession] = {}
        cursor = None if after is None else f"{after}:{_AFTER_EVERY_SEAT}"
        while len(found) < limit:
            page = await self._seats.select(where, limit=_PAGE, after=cursor)
            for seat in page:
                if seat.state.session_id not in found and len(found) < limit:
                    session = await self.find(seat.state.session_id)
                    if session and eyes.see(session) and status in {None, session.status}:
                        found[session.session_id] = session
            if len(page) < _PAGE:
                break
            cursor = page[-1].id
        return list(found.values())

    async def running(self) -> list[ReceptionSession]:
        """Every session that is live or paused."""
        where = Where(one_of={"status": (SessionStatus.LIVE.value, SessionStatus.PAUSED.value)})
        found: list[Stored[ReceptionSession]] = []
        while True:
            page = await self._drawer.select(where, limit=_PAGE, after=found[-1].id if found else None)
            found += page
            if len(page) < _PAGE:
                return [stored.state for stored in found]

    async def decide(
        self, session_id: SessionId, decision: Decision[ReceptionSession], mark: Mark | None = None
    ) -> ReceptionSession:
        """Load, decide, save. Errors: those of the decision; NotFound; Conflict("changed_meanwhile")."""
        return (await self._drawer.decide(str(session_id), decision, mark)).state


class Candidates:
    """Cases that may be heard."""

    def __init__(self, drawer: Drawer[Candidate], sessions: Sessions) -> None:
        self._drawer = drawer
        self._sessions = sessions

    async def open(self, fact: CaseOpened, mark: Mark) -> None:
        """Know the case; hearing of it twice changes nothing."""
        try:
            await self._drawer.add(str(fact.case_id), candidate_of(fact), [], mark)
        except Conflict as conflict:
            if conflict.code != "exists":
                raise

    async def decide(self, case_id: CaseId, decision: Decision[Candidate], mark: Mark | None = None) -> None:
        """Load, decide, save. Errors: NotFound when the case was never opened here."""
        await self._drawer.decide(str(case_id), decision, mark)

    async def proposed(self, eyes: Eyes, *, limit: int, after: CaseId | None) -> list[Candidate]:
        """A page of cases proposed for a session and not yet over."""
        where = Where(equal={"status": CandidateStatus.PROPOSED.value}, one_of={"seen_by": eyes.keys})
        found: list[Candidate] = []
        cursor = None if after is None else str(after)
        while len(found) < limit:
            page = await self._drawer.select(where, limit=limit, after=cursor)
            found += [stored.state for stored in page if eyes.see_case(stored.state)]
            if len(page) < limit:
                break
            cursor = page[-1].id
        return found[:limit]

    async def seen(self, case_ids: Iterable[CaseId], eyes: Eyes) -> dict[CaseId, Candidate]:
        """Those of the cases that exist and the caller may see."""
        known = await self.known(case_ids)
        return {case_id: candidate for case_id, candidate in known.items() if eyes.see_case(candidate)}

    async def known(self, case_ids: Iterable[CaseId]) -> dict[CaseId, Candidate]:
        """Those of the cases that exist."""
        found = [await self._drawer.find(str(case_id)) for case_id in case_ids]
        return {stored.state.case_id: stored.state for stored in found if stored}

    async def claim_all(self, case_ids: Iterable[CaseId], wanted: Claim) -> None:
        """The session takes all of the cases or none of them.

        Errors: Conflict("case_already_scheduled"), Refused("case_over"), NotFound.
        """
        taken: list[CaseId] = []
        try:
            for case_id in case_ids:
                freed = await self._freed(case_id, wanted)
                await self.decide(case_id, partial(claim, wanted=wanted, freed=freed))
                taken.append(case_id)
        except TiepdanError:
            await self.release_all(taken, wanted.session_id)
            raise

    async def release_all(self, case_ids: Iterable[CaseId], session_id: SessionId) -> None:
        """The session lets the cases go."""
        for case_id in case_ids:
            await self.decide(case_id, partial(release, session_id=session_id))

    async def _freed(self, case_id: CaseId, wanted: Claim) -> SessionId | None:
        """The session that claimed the case and does not hold it any more; none when it does, or nobody claimed."""
        candidate = (await self._drawer.get(str(case_id))).state
        if candidate.claim is None:
            return None
        holder = await self._sessions.find(candidate.claim.session_id)
        if holder is None:
            is_stale = wanted.claimed_at - candidate.claim.claimed_at > _CLAIM_WITHOUT_SESSION
        else:
            is_stale = holder.status not in STANDING or case_id not in {case.case_id for case in holder.cases}
        return candidate.claim.session_id if is_stale else None


class KnownPlans(State):
    """The plans of the calendar that were heard, in the order of their entry."""

    plans: tuple[CalendarPlan, ...] = ()


class Calendars:
    """What was heard of the province's calendar book."""

    def __init__(self, drawer: Drawer[KnownPlans], calendar_id: CalendarId) -> None:
        self._drawer = drawer
        self._id = calendar_id

    async def learn(self, fact: CalendarOverridden, mark: Mark) -> None:
        """Keep the plan; hearing of it twice changes nothing. Another province's calendar is none of ours."""
        if fact.calendar_id != self._id:
            return
        try:
            await self._drawer.add(str(self._id), KnownPlans(plans=(fact.plan,)), [], mark)
        except Conflict as conflict:
            if conflict.code != "exists":
                raise
            await self._drawer.decide(
                str(self._id), lambda known: (KnownPlans(plans=(*known.plans, fact.plan)), []), mark
            )

    async def plans(self) -> tuple[CalendarPlan, ...]:
        """All that were heard."""
        stored = await self._drawer.find(str(self._id))
        return stored.state.plans if stored else ()
