"""A case routed anew: when the petition became more complete, when its completion was waited for in vain, or when an
officer found it to be otherwise than it was registered.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from contracts.facts.base import Fact
from contracts.facts.intake import PetitionFiled
from contracts.facts.routing import CaseRerouted
from contracts.ids import UnitId
from contracts.law.rows import Variant
from contracts.vocabulary import Outcome
from services.routing.domain.case import Action, Case, Status, about, following, moved, spoken
from services.routing.domain.competence import heir, is_near_the_accused, received_on
from services.routing.domain.deadlines import CaseClock, counted_as, missed_from, set_aside, started_if_any, taken_up
from services.routing.domain.law import Law
from services.routing.domain.outcome import LAPSED_RULE, Route, route
from services.routing.domain.recompute import still_warned

_ONE_DAY: Final = timedelta(days=1)
_ANSWERED_ONCE: Final = frozenset({"R1"})
"""The answer after reception is owed for the reception, not for each paper that follows."""
_OWED_ONCE: Final = frozenset({"R1", "T9"})
"""Answers for the receipt itself: owed from its day, wherever the petition went since; who was answered is answered."""
_RED_LINE: Final = "R10"
_WAITING: Final = frozenset({Outcome.SUPPLEMENT, Outcome.INVITE_TO_SIGN})
_UNITS_TOLD: Final = ("transferred_from", "escalated_to")
_UNITS_NAMED: Final = ("instructed", "report_to", "rather_competent")
"""Where a case names units that had it or were told; none of them stands there once it is near the accused."""


def routed_anew(case: Case, before: Case, on: date, law: Law) -> tuple[Case, Sequence[Fact]]:
    """Routed as complete as it is now; said when that changes anything from ``before``.

    The day of receipt stays; clocks that waited for completeness start now. What was transferred stays where it went
    and is looked at from there: a petition is transferred once.
    """
    routed_for = fixed_at(case)
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
        counts_from=on,
        clocks=(*case.clocks, *fresh),
    )
    return after, [] if _stands(after) == _stands(before) else spoken(after, [rerouted(after, before, on)])


def fixed_at(case: Case) -> UnitId | None:
    """The body at which the case stays whatever the petition says: it was sent there, or a superior decided so."""
    is_fixed = case.transferred_from or case.competence_decided_by or case.routed_for
    return case.held_by if is_fixed else None


def routed_as_found(case: Case, filed: PetitionFiled, on: date, law: Law) -> Case:
    """The case, not yet accepted, where it would stand had it been filed as it was found to be.

    What the finding does not change stays as it is. Clocks that come with it start when they would have started then;
    clocks that go with it are set aside, but the red line, which only an act ends. Nothing is reset.
    """
    place = fixed_at(case)
    was, now = route(case.filed, law, for_body=place), route(filed, law, for_body=place)
    if is_near_the_accused(filed, case.held_by, law, on):
        place, now = _away_from_the_accused(case, filed, law)
    case = _untold(case, filed, law, on)
    is_other = (was.outcome, was.rule) != (now.outcome, now.rule)
    waits = case.status is Status.AWAITING_SUPPLEMENT and (not is_other or now.outcome in _WAITING)
    is_back = case.status is Status.AWAITING_SUPPLEMENT and not waits
    is_disputed = case.status is Status.DISPUTED
    return moved(
        case,
        law,
        filed=filed,
        status=following(case, Action.NEED_NO_SUPPLEMENT) if is_back else case.status,
        answer_by=None if is_back else case.answer_by,
        outcome=now.outcome if is_other else case.outcome,
        rule=now.rule if is_other else case.rule,
        articles=now.articles if is_other else case.articles,
        held_by=place or now.held_by,
        competent_authority=_competent(case, place, now),
        routed_for=place,
        decides_competence=place if is_disputed else case.decides_competence,
        is_bypass_level=case.is_bypass_level if place else now.is_bypass_level,
        clocks=case.clocks if waits else _clocks_as_found(case, was, now, is_back, on, law),
    )


def kept_or_handed_over(case: Case, filed: PetitionFiled, on: date, law: Law) -> Case:
    """An accepted case stays with its settler; from one who turns out to be near the accused it goes on to another
    body, in the same time.
    """
    after = moved(_untold(case, filed, law, on), law, filed=filed)
    if not is_near_the_accused(filed, case.held_by, law, on):
        return after
    place, _ = _away_from_the_accused(case, filed, law)
    return moved(after, law, held_by=place, competent_authority=place, routed_for=place)


def _away_from_the_accused(case: Case, filed: PetitionFiled, law: Law) -> tuple[UnitId | None, Route]:
    """Where it goes at once, as at opening; what had been sent on or accepted stays fixed, now at who is competent."""
    now = route(filed, law)
    if fixed_at(case) is None and case.accepted_on is None:
        return None, now
    settler, received = now.competence.authority, received_on(filed)
    is_fit = settler and law.units.is_open(settler, received) and _is_far(settler, filed, law, received)
    place = settler if is_fit else now.held_by
    return place, route(filed, law, for_body=place)


def _untold(case: Case, filed: PetitionFiled, law: Law, on: date) -> Case:
    """The case as it no longer stands before units that turn out to be near the accused."""
    several = {name: getattr(case, name) for name in _UNITS_TOLD}
    single = {name: getattr(case, name) for name in _UNITS_NAMED}
    return case.model_copy(
        update={
            **{name: tuple(unit for unit in units if _is_far(unit, filed, law, on)) for name, units in several.items()},
            **{name: unit if unit and _is_far(unit, filed, law, on) else None for name, unit in single.items()},
        }
    )


def _is_far(unit: UnitId, filed: PetitionFiled, law: Law, on: date) -> bool:
    return not is_near_the_accused(filed, unit, law, on)


def _competent(case: Case, place: UnitId | None, now: Route) -> UnitId | None:
    if case.status is Status.DISPUTED:
        return None
    if place is None:
        return now.competence.authority
    return case.competent_authority if place == case.held_by else place


def _clocks_as_found(case: Case, was: Route, now: Route, is_back: bool, on: date, law: Law) -> tuple[CaseClock, ...]:
    """The clocks by what was found. ``is_back``: an answer was awaited needlessly, and all count from their start."""
    received = received_on(case.filed)
    start = case.counts_from or received
    gone = {clock for clock in was.clocks if clock not in now.clocks and clock != _RED_LINE}
    come = set(now.clocks) - (set() if is_back else set(was.clocks))
    back = tuple(_taken_up(clock, come, start, law) for clock in case.clocks)
    kept = tuple(_as_found(clock, gone, was, now, on, law) for clock in back)
    over = {clock.id for clock in kept if not clock.is_running and clock.event_on >= start}
    there = {clock.id for clock in kept if clock.is_running} | (_OWED_ONCE & over if is_back else over)
    fresh = [one for one in now.clocks if one in come - there]
    of_receipt = started_if_any([one for one in fresh if one in _OWED_ONCE], received, law)
    return (
        *kept,
        *of_receipt,
        *started_if_any([one for one in fresh if one not in _OWED_ONCE], start, law, now.variant),
    )


def _taken_up(clock: CaseClock, come: set[str], start: date, law: Law) -> CaseClock:
    is_wanted = clock.is_set_aside and clock.id in come and clock.event_on >= start
    return taken_up(clock, law) if is_wanted else clock


def _as_found(clock: CaseClock, gone: set[str], was: Route, now: Route, on: date, law: Law) -> CaseClock:
    if not clock.is_running or clock.id not in {*was.clocks, *now.clocks}:
        return clock
    if clock.id in gone:
        return set_aside(clock, on)
    return clock if was.variant is now.variant else counted_otherwise(clock, now.variant, on, law)


def counted_otherwise(clock: CaseClock, variant: Variant, on: date, law: Law) -> CaseClock:
    """The clock in other circumstances. What has run out has run out: it is not lengthened any more."""
    other = counted_as(clock, variant, law)
    is_over = clock.is_missed or (clock.is_running and on >= missed_from(clock))
    if other.reading == clock.reading or (is_over and other.reading.rolled_due > clock.reading.rolled_due):
        return clock
    return other.model_copy(update={"warned_percent": still_warned(clock, other, law, on)})


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
    return after, spoken(after, [rerouted(after, case, on)])


def _standing(authority: UnitId | None, case: Case, on: date, law: Law) -> UnitId | None:
    """Who is competent by the day of receipt may have ended since."""
    return authority and heir(authority, case.filed, law, on)


def _stands(case: Case) -> tuple[object, ...]:
    return case.held_by, case.competent_authority, case.outcome, case.clocks


def rerouted(case: Case, before: Case, on: date) -> CaseRerouted:
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
