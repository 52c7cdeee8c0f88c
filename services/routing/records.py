"""Routing's drawer of statistics: what was said about each case and session. The only place that knows their keys."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

from contracts.facts.envelope import Envelope
from contracts.facts.routing import CaseFact
from contracts.facts.sessions import SessionFact, SessionScheduled, SessionStarted
from contracts.ids import CaseId, SessionId, UnitId
from services.chassis.ledger.drawer import Decision, Drawer, Stored
from services.chassis.ledger.port import Collection, Mark, Scalar, Where
from services.chassis.ledger.together import Effect, decide_together
from services.routing.domain.statistics.entries import World
from services.routing.domain.statistics.lives import lived
from services.routing.domain.statistics.periods import Period
from services.routing.domain.statistics.record import CaseRecord, Hearing, SessionRecord

CASE_RECORDS: Final = Collection("case_records", keys=("came_on", "busy_until", "unit"))
SESSION_RECORDS: Final = Collection("session_records", keys=("started_on",))

_SEVERAL: Final = "several"
"""No unit's id: the record counts at more than one."""
_STILL_BUSY: Final = "0"
"""Sorts before every day counted backward."""
_DAYS: Final = 10_000_000
"""More than there are days in a calendar: later days get smaller numbers."""
_PAGE: Final = 500

R = TypeVar("R", CaseRecord, SessionRecord)


def case_record_keys(record: CaseRecord) -> Mapping[str, Scalar]:
    """What records are searched by: when it came, until when something happened, at which unit."""
    life = lived(record, date.max)
    if record.opening is None or record.last_on is None or life is None:
        return {"came_on": None, "busy_until": None, "unit": None}
    units = record.unit_ids
    return {
        "came_on": record.opening.received_on.isoformat(),
        "busy_until": _STILL_BUSY if life.is_pending else _backward(record.last_on),
        "unit": next(iter(units)) if len(units) == 1 else _SEVERAL,
    }


def session_record_keys(record: SessionRecord) -> Mapping[str, Scalar]:
    """What sessions are searched by."""
    return {"started_on": None if record.started_on is None else _backward(record.started_on)}


class Records:
    """The records of cases and sessions. Hearing the same fact again changes nothing."""

    def __init__(self, cases: Drawer[CaseRecord], sessions: Drawer[SessionRecord]) -> None:
        self._cases = cases
        self._sessions = sessions

    async def learn(self, case_id: CaseId, said: Sequence[tuple[CaseFact, Mark]]) -> None:
        """What a case said, one fact or several, in sequence."""
        effects = [Effect(_with_fact(fact, mark.sequence), mark) for fact, mark in said]
        await decide_together(self._cases, str(case_id), effects, new=CaseRecord(case_id=case_id))

    async def learn_session(self, fact: SessionFact, mark: Mark) -> None:
        """What a session said; once it has started, each of its cases keeps that it was heard."""
        session = SessionRecord(session_id=fact.session_id)
        effect = Effect(_with_session_fact(fact), mark)
        stored = await decide_together(self._sessions, str(fact.session_id), [effect], new=session)
        hearing = stored.state.hearing
        if isinstance(fact, SessionStarted) and hearing is not None:
            for case in fact.cases:
                await self._hear(case.case_id, hearing, mark)

    async def of(self, case_id: CaseId) -> CaseRecord | None:
        """The record of a case; none before anything was heard of it."""
        stored = await self._cases.find(str(case_id))
        return None if stored is None else stored.state

    async def of_session(self, session_id: SessionId) -> SessionRecord | None:
        """The record of a session."""
        stored = await self._sessions.find(str(session_id))
        return None if stored is None else stored.state

    async def concerning(self, period: Period, unit_ids: frozenset[UnitId]) -> World:
        """All that may count at these units in that period: what came by its end and was not over before it began."""
        begun = _backward(period.first)
        where = Where(
            one_of={"unit": [*sorted(unit_ids), _SEVERAL]},
            at_most={"came_on": period.last.isoformat(), "busy_until": begun},
        )
        cases = await _all(self._cases, where)
        sessions = await _all(self._sessions, Where(at_most={"started_on": begun}))
        return World(cases, sessions)

    async def rebuild(self, case_id: CaseId, history: Sequence[Envelope]) -> CaseRecord:
        """Fold the history of a case anew, as when the folding itself was mended; hearings, and what was heard but is
        not in the history yet, stay."""
        last = max((envelope.sequence for envelope in history), default=0)

        def anew(known: CaseRecord) -> tuple[CaseRecord, Sequence[CaseFact]]:
            later = tuple(mark for mark in known.marks if mark.sequence > last)
            return folded(known.model_copy(update={"marks": later}), history), []

        if await self.of(case_id) is None:
            return (await self._cases.add(str(case_id), anew(CaseRecord(case_id=case_id))[0], [])).state
        return (await self._cases.decide(str(case_id), anew)).state

    async def _hear(self, case_id: CaseId, hearing: Hearing, mark: Mark) -> None:
        effect: Effect[CaseRecord] = Effect(lambda record: (record.with_hearing(hearing), []), mark)
        await decide_together(self._cases, str(case_id), [effect], new=CaseRecord(case_id=case_id))


def folded(record: CaseRecord, history: Sequence[Envelope]) -> CaseRecord:
    """The record with all that these envelopes say of its case."""
    for envelope in history:
        fact = envelope.fact()
        if isinstance(fact, CaseFact):
            record = record.with_fact(fact, envelope.sequence)
    return record


def _with_fact(fact: CaseFact, sequence: int) -> Decision[CaseRecord]:
    return lambda record: (record.with_fact(fact, sequence), [])


def _with_session_fact(fact: SessionFact) -> Decision[SessionRecord]:
    def learned(record: SessionRecord) -> tuple[SessionRecord, Sequence[SessionFact]]:
        match fact:
            case SessionScheduled():
                return record.with_schedule(fact), []
            case SessionStarted():
                return record.with_start(fact), []
            case _:
                return record, []

    return learned


async def _all(drawer: Drawer[R], where: Where) -> list[R]:
    """Every state that matches, a page at a time, by id."""
    found: list[Stored[R]] = []
    while True:
        page = await drawer.select(where, limit=_PAGE, after=found[-1].id if found else None)
        found += page
        if len(page) < _PAGE:
            return [stored.state for stored in found]


def _backward(day: date) -> str:
    return f"{_DAYS - day.toordinal():08d}"
