"""What is open to the complainant once a decision was received or its time ran out: a second complaint, and the court.

All of these are the citizen's own time: they end by themselves and are no alarm for anybody (LKN 33, 42, 48).
"""

from collections.abc import Iterator
from datetime import date

from contracts.facts.routing import ClockId
from contracts.law.rows import Variant
from contracts.vocabulary import Instance, PetitionKind, SubjectMatter
from services.routing.domain.case import Case
from services.routing.domain.deadlines import CaseClock, started_if_any
from services.routing.domain.law import Law


def remedies(case: Case, on: date, law: Law, opened_by: ClockId | None = None) -> tuple[CaseClock, ...]:
    """The clocks of the complainant from that day; none once a second complaint is lodged, nor in other petitions."""
    if case.kind is not PetitionKind.COMPLAINT or case.is_appealed:
        return ()
    found = (started_if_any([clock], on, law, variant, opened_by=opened_by) for clock, variant in _of_complainant(case))
    return tuple(clock for clocks in found for clock in clocks)


def _of_complainant(case: Case) -> Iterator[tuple[str, Variant]]:
    known = case.filed.known
    is_discipline = known.subject is SubjectMatter.DISCIPLINARY_DECISION
    if case.filed.instance is Instance.FIRST and is_discipline:
        yield "K13", Variant.SECOND_ON_DISMISSAL if known.is_dismissal else Variant.SECOND_INSTANCE
    elif case.filed.instance is Instance.FIRST:
        yield "K5", case.variant
    if not is_discipline or known.is_dismissal:  # of disciplinary decisions only dismissal goes to court
        yield "K15", Variant.ORDINARY
