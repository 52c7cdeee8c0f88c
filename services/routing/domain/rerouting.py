"""A case routed anew: when the petition became more complete, or when its completion was waited for in vain."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from contracts.facts.base import Fact
from contracts.facts.routing import CaseRerouted
from contracts.ids import UnitId
from contracts.vocabulary import Outcome
from services.routing.domain.case import Action, Case, Status, about, following, moved, spoken
from services.routing.domain.competence import heir
from services.routing.domain.deadlines import started_if_any
from services.routing.domain.law import Law
from services.routing.domain.outcome import LAPSED_RULE, route

_ONE_DAY: Final = timedelta(days=1)
_ANSWERED_ONCE: Final = frozenset({"R1"})
"""The answer after reception is owed for the reception, not for each paper that follows."""
_RED_LINE: Final = "R10"


def routed_anew(case: Case, before: Case, on: date, law: Law) -> tuple[Case, Sequence[Fact]]:
    """Routed as complete as it is now; said when that changes anything from ``before``.

    The day of receipt stays; clocks that waited for completeness start now. What was transferred stays where it went
    and is looked at from there: a petition is transferred once.
    """
    routed_for = case.held_by if case.transferred_from or case.competence_decided_by else None
    found = route(case.filed, law, for_body=routed_for)
    settled = _ANSWERED_ONCE | {clock.id for clock in case.clocks if clock.is_running}
    fresh = started_if_any((clock for clock in found.clocks if clock not in settled), on, law, found.variant)
    after = moved(
        case,
        law,
        outcome=found.outcome,
        rule=found.rule,
        articles=found.articles,
        held_by=heir(routed_for or found.held_by, case.filed, law, on),
        competent_authority=_standing(
            case.competent_authority if routed_for else found.competence.authority, case, on, law
        ),
        routed_for=routed_for,
        clocks=(*case.clocks, *fresh),
    )
    return after, [] if _stands(after) == _stands(before) else spoken(after, [_rerouted(after, before, on)])


def lapsed(case: Case, today: date, law: Law) -> tuple[Case, Sequence[Fact]]:
    """The petition was not completed in time: back to the holder, who may file it away (R14) and is watched again.

    It happens as of the day after the last day to answer, however late somebody looks.
    """
    if case.status is not Status.AWAITING_SUPPLEMENT or case.answer_by is None or today <= case.answer_by:
        return case, []
    on = case.answer_by + _ONE_DAY
    row = law.find_rule(LAPSED_RULE, on)
    after = moved(
        case,
        law,
        status=following(case, Action.LAPSE),
        answer_by=None,
        outcome=Outcome.SHELVE,
        rule=LAPSED_RULE,
        articles=row.articles if row else (),
        clocks=(*case.clocks, *started_if_any([_RED_LINE], on, law)),
    )
    return after, spoken(after, [_rerouted(after, case, on)])


def _standing(authority: UnitId | None, case: Case, on: date, law: Law) -> UnitId | None:
    """Who is competent by the day of receipt may have ended since."""
    return authority and heir(authority, case.filed, law, on)


def _stands(case: Case) -> tuple[object, ...]:
    return case.held_by, case.competent_authority, case.outcome, case.clocks


def _rerouted(case: Case, before: Case, on: date) -> CaseRerouted:
    return CaseRerouted(
        **about(case),
        rerouted_on=on,
        held_by=case.held_by,
        competent_authority=case.competent_authority,
        outcome=case.outcome,
        rule=case.rule,
        articles=case.articles,
        clocks=tuple(clock.reading for clock in case.clocks if clock.is_running),
        is_outcome_changed=case.outcome is not before.outcome,
        is_place_changed=(case.held_by, case.competent_authority) != (before.held_by, before.competent_authority),
    )
