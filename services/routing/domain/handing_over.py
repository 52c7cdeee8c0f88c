"""A case whose holder or authority ended: who has their place takes it on; its clocks go on as they were."""

from collections.abc import Sequence
from datetime import date

from contracts.facts.base import Fact
from contracts.facts.routing import CaseRerouted
from contracts.ids import UnitId
from services.routing.domain.case import Case, Handover, Status, about, moved, spoken
from services.routing.domain.competence import handed_over_on, heir
from services.routing.domain.law import Law


def handed_over(case: Case, today: date, law: Law) -> tuple[Case, Sequence[Fact]]:
    """The case in the hands of who has the place of a body that ended by today (72/2025 art. 54(8)), as of the day
    after its last one, however late somebody looks. Run twice, the second time brings nothing.
    """
    if case.status is Status.CLOSED:
        return case, []
    places = {unit: heir(unit, case.filed, law, today) for unit in _in_office(case)}
    ended = tuple(unit for unit, place in places.items() if place != unit)
    if not ended:
        return case, []
    days = {unit: handed_over_on(unit, case.filed, law) or today for unit in ended}
    after = moved(
        case,
        law,
        held_by=places[case.held_by],
        competent_authority=_place(case.competent_authority, places),
        decides_competence=_place(case.decides_competence, places),
        routed_for=_place(case.routed_for, places),
        report_to=_place(case.report_to, places),
        urged=_place(case.urged, places),
        handovers=(*case.handovers, *(Handover(from_unit=one, to_unit=places[one], on=days[one]) for one in ended)),
    )
    has_moved = (after.held_by, after.competent_authority) != (case.held_by, case.competent_authority)
    return after, spoken(after, [_rerouted(after, case, max(days.values()))]) if has_moved else []


def _in_office(case: Case) -> tuple[UnitId, ...]:
    """The units that have something to do in the case; where a petitioner was guided to is no longer one of them."""
    named = (
        case.held_by,
        None if case.status is Status.GUIDED else case.competent_authority,
        case.decides_competence,
        case.routed_for,
        case.report_to,
        case.urged,
    )
    return tuple(dict.fromkeys(unit for unit in named if unit is not None))


def _place(unit: UnitId | None, places: dict[UnitId, UnitId]) -> UnitId | None:
    return places.get(unit, unit) if unit else None


def _rerouted(case: Case, before: Case, on: date) -> CaseRerouted:
    ended = before.held_by if case.held_by != before.held_by else before.competent_authority
    return CaseRerouted(
        **about(case),
        rerouted_on=on,
        held_by=case.held_by,
        competent_authority=case.competent_authority,
        outcome=case.outcome,
        rule=case.rule,
        articles=case.articles,
        clocks=tuple(clock.reading for clock in case.clocks if clock.is_running),
        is_outcome_changed=False,
        is_place_changed=True,
        in_place_of=ended,
    )
