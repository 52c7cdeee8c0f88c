"""Receptions (lượt tiếp) as entries of 01/TCD: at the counter, by the head, by a deputy; and the head's sessions."""

from collections.abc import Iterator

from contracts.ids import SessionId, UnitId
from contracts.law.statistics import Facet
from contracts.vocabulary import SessionKind
from services.routing.domain.statistics.entries import Entry, World
from services.routing.domain.statistics.lives import Life, lived
from services.routing.domain.statistics.periods import Period
from services.routing.domain.statistics.petitions import HANDED_OVER
from services.routing.domain.statistics.record import CaseRecord, Hearing

PERMANENT, HEAD, DELEGATED = "permanent", "head", "delegated"


def entries(world: World, period: Period) -> Iterator[Entry]:
    """Every reception of the period: a petition handed over at a counter is one, a case heard in a session is one."""
    for record in world.cases:
        life = lived(record, period.last)
        if life is not None:
            yield from _at_the_counter(record, life, period)
            yield from _in_sessions(record, life, period)
    for session in world.sessions:
        hearing = session.hearing
        if hearing is not None and period.has(hearing.on):
            yield Entry(
                unit=hearing.chaired_by,
                session_id=hearing.session_id,
                facets={"by": _by(hearing), "is_repeat": False, "is_group": False},
                amounts={"visits": 0, "people": 0, "cases": 0, "sessions": 1},
            )


def _at_the_counter(record: CaseRecord, life: Life, period: Period) -> Iterator[Entry]:
    opening = life.opening
    if opening.channel is HANDED_OVER and opening.received_by is not None and period.has(opening.received_on):
        yield _visit(record, life, opening.received_by, PERMANENT, is_repeat=opening.is_repeat)


def _in_sessions(record: CaseRecord, life: Life, period: Period) -> Iterator[Entry]:
    """Each hearing; the second one of a case is a repeated one, whenever the first was."""
    for number, hearing in enumerate(record.hearings):
        if period.has(hearing.on):
            is_repeat = life.opening.is_repeat or number > 0
            yield _visit(
                record, life, hearing.chaired_by, _by(hearing), is_repeat=is_repeat, session_id=hearing.session_id
            )


def _visit(
    record: CaseRecord, life: Life, unit: UnitId, by: str, *, is_repeat: bool, session_id: SessionId | None = None
) -> Entry:
    facets: dict[str, Facet] = {"by": by, "is_repeat": is_repeat, "is_group": life.opening.is_large_group}
    cases = 0 if life.is_duplicate else 1
    return Entry(
        unit=unit,
        case_id=record.case_id,
        session_id=session_id,
        code=life.opening.code,
        facets=facets,
        amounts={"visits": 1, "people": life.opening.signer_count, "cases": cases, "sessions": 0},
    )


def _by(hearing: Hearing) -> str:
    if hearing.kind is SessionKind.REGULAR:
        return PERMANENT
    return DELEGATED if hearing.is_delegated else HEAD
