"""A case routed anew: when the petition became more complete, or when its completion was waited for in vain."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from contracts.facts.base import Fact
from contracts.facts.routing import CaseRerouted
from contracts.vocabulary import Outcome
from services.routing.domain.case import Action, Case, Status, about, following, moved, spoken
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
        held_by=routed_for or found.held_by,
        competent_authority=case.competent_authority if routed_for else found.competence.authority,
        routed_for=routed_for,
        clocks=(*case.clocks, *fresh),
    )
    return after, [] if _stands(after) == _stands(before) else spoken(after, [_rerouted(after, before, on)])


def lapsed(case: Case, today: date, law: Law) -> tuple[Case, Sequence[Fact]]:
    """The petition was not completed in time: back to the holder, who may file it away (R14), unless what was asked for
    only helps. The red line has run on from receipt.

    It happens as of the day after the last day to answer, however late somebody looks.
    """
    if case.status is not Status.AWAITING_SUPPLEMENT or case.answer_by is None or today <= case.answer_by:
        return case, []
    on = case.answer_by + _ONE_DAY
    row = law.find_rule(LAPSED_RULE, on)
    is_watched = any(clock.id == _RED_LINE and clock.is_running for clock in case.clocks)
    filed_away = {"outcome": Outcome.SHELVE, "rule": LAPSED_RULE, "articles": row.articles if row else ()}
    after = moved(
        case,
        law,
        status=following(case, Action.LAPSE),
        answer_by=None,
        clocks=(*case.clocks, *started_if_any([] if is_watched else [_RED_LINE], on, law)),
        **(filed_away if case.lacks_a_condition else {}),
    )
    return after, spoken(after, [_rerouted(after, case, on)])


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
