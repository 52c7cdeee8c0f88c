"""The superior, with the evidence: which clock, since when, and what was told to whom on which day."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain

from contracts.facts.base import vietnam_day
from contracts.facts.routing import CaseEscalated, CaseFact, ClockReading, ClockTelling
from contracts.ids import UnitId
from contracts.law.secrecy import accused_unit
from contracts.vocabulary import EscalationReason, Telling
from services.routing.domain.case import Case, about
from services.routing.domain.competence import is_near_the_accused
from services.routing.domain.law import Law


def superior_for(case: Case, law: Law, on: date, unit_id: UnitId | None = None) -> UnitId | None:
    """Who stands above the holder (or above ``unit_id``), passing over whoever is near the accused; none at the top.

    Where nobody does, because the petition is kept outside the accused's own line: who stands above the accused.
    """
    below, accused = unit_id or case.held_by, accused_unit(case.filed)
    above = chain(law.above(below, on), law.above(accused, on) if accused else ())
    far = (unit.id for unit in above if not is_near_the_accused(case.filed, unit.id, law, on))
    return next((unit for unit in far if unit != below), None)


def escalated(
    case: Case,
    reasons: Sequence[EscalationReason],
    now: datetime,
    law: Law,
    missed: ClockReading | None = None,
    late_unit: UnitId | None = None,
) -> tuple[Case, list[CaseFact]]:
    """The case told to the superior, also when the holder names no person; nothing when there is no superior.

    ``late_unit``: who is late, when that is not the holder.
    """
    on = vietnam_day(now)
    superior = superior_for(case, law, on, late_unit)
    if superior is None:
        return case, []
    fact = CaseEscalated(
        **about(case),
        escalated_at=now,
        reasons=(*reasons, *_circumstances(case)),
        from_unit=late_unit or case.held_by,
        to_unit=superior,
        signer_count=case.filed.signer_count,
        missed_clock=missed,
        evidence=case.told,
        delay_reasons=case.delay_reasons,
    )
    told = () if missed is None else (told_of(missed, Telling.ESCALATED, superior, on),)
    after = case.model_copy(
        update={
            "escalated_to": tuple(dict.fromkeys((*case.escalated_to, superior))),
            "escalated_for": tuple(dict.fromkeys((*case.escalated_for, *reasons))),
            "told": (*case.told, *told),
        }
    )
    return after, [fact]


def told_of(
    read: ClockReading, told: Telling, told_to: UnitId, on: date, percent_used: int | None = None
) -> ClockTelling:
    """One line of evidence."""
    return ClockTelling(
        clock=read.clock,
        started_on=read.started_on,
        due_on=read.rolled_due,
        told_on=on,
        told=told,
        told_to=told_to,
        percent_used=percent_used,
    )


def _circumstances(case: Case) -> list[EscalationReason]:
    """What makes the matter heavier, whatever the reason."""
    found = []
    if case.is_large_group:
        found.append(EscalationReason.LARGE_GROUP)
    if case.is_bypass_level:
        found.append(EscalationReason.BYPASS_LEVEL)
    return found
