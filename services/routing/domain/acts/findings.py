"""What an officer finds later about the petition, or finds registered wrongly: noted, and the case follows it.

Before acceptance the case stands where it would stand had it been filed so. After acceptance only what has effect then
follows: urgent tasks, the longer time of a remote place, and another body where the holder turns out to be accused.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from contracts.errors import BadInput
from contracts.facts.intake import PetitionFiled
from contracts.facts.routing import CaseFact, CaseParticularsNoted, CaseTaskOpened
from contracts.ids import UnitId
from contracts.law.rows import Variant
from contracts.law.secrecy import accused_unit
from contracts.vocabulary import Duty, PetitionKind
from services.routing.domain.acts.shared import Decided, must_hold, said
from services.routing.domain.case import SETTLEMENT_CLOCKS, Action, Case, Noted, about, following, moved
from services.routing.domain.competence import competent
from services.routing.domain.deadlines import CaseClock, ClockState, started_if_any
from services.routing.domain.law import Law
from services.routing.domain.noting import as_found, differing, must_be_coherent, must_stay_guarded
from services.routing.domain.outcome import route
from services.routing.domain.rerouting import (
    counted_otherwise,
    fixed_at,
    kept_or_handed_over,
    rerouted,
    routed_as_found,
)
from services.routing.domain.urgent import clocks_beside, duties_at_work, tasks_of


def note_particulars(
    case: Case, *, found: Mapping[str, Any], by: UnitId, on: date, law: Law, document_number: str | None = None
) -> Decided:
    """Note what was found, field by field; what is known already changes nothing and says nothing.

    Errors: BadInput("nothing_found"); BadInput("contradictory_particulars"); Refused("not_holder"); and the walls
    around denunciations: ``stays_confidential``, ``file_anew``, ``accepted_as_such``, ``protection_stays``.
    """
    status = following(case, Action.NOTE_PARTICULARS)
    must_hold(case, by)
    if not found:
        raise BadInput("nothing_found", "Chưa nêu thông tin nào được ghi nhận.")
    filed = as_found(case.filed, found)
    names = differing(case.filed, filed)
    if not names:
        return case, []
    must_stay_guarded(case, filed)
    must_be_coherent(case.filed, filed, law.units)
    after = _followed(case.model_copy(update={"status": status}), filed, names, on, law)
    is_moved = _stands(after) != _stands(case)
    noted = Noted(noted_on=on, fields=names, document_number=document_number)
    after = moved(after, law, noted=(*case.noted, noted), rather_competent=_rather(case, after, law))
    after = _with_urgent(case, after, on, law)
    told = _noted(case, after, noted, by)
    return said(after, told, *_opened(case, after, on), *([rerouted(after, case, on)] if is_moved else []))


def competence_finding(case: Case, law: Law) -> str:
    """What to do about a case that by what was found later would be another body's; empty when there is nothing."""
    if case.rather_competent is None:
        return ""
    name = law.units.name_of(case.rather_competent)
    way = "báo cáo cấp trên quyết định" if case.accepted_on else "từ chối thẩm quyền hoặc báo cáo cấp trên quyết định"
    return f"Theo thông tin ghi nhận sau, thẩm quyền thuộc {name}; vụ việc không tự chuyển đi: {way}."


def _followed(case: Case, filed: PetitionFiled, names: Iterable[str], on: date, law: Law) -> Case:
    if case.accepted_on is None:
        return routed_as_found(case, filed, on, law)
    after = kept_or_handed_over(case, filed, on, law)
    if "is_remote" not in names or case.kind is not PetitionKind.COMPLAINT:
        return after
    is_remote = law.catalogue.settings.counts_as_remote(filed.matter_unit, is_recorded=bool(filed.known.is_remote))
    variant = Variant.REMOTE if is_remote else Variant.ORDINARY
    clocks = tuple(_in_that_place(clock, variant, on, law) for clock in case.clocks)
    return moved(after, law, is_remote=is_remote, clocks=clocks)


def _in_that_place(clock: CaseClock, variant: Variant, on: date, law: Law) -> CaseClock:
    """The clock of settlement as the place has it, from the acceptance on."""
    is_open = clock.id in SETTLEMENT_CLOCKS and clock.state is not ClockState.ENDED
    return counted_otherwise(clock, variant, on, law) if is_open else clock


def _rather(case: Case, after: Case, law: Law) -> UnitId | None:
    """Who would be competent, where the case stays in spite of it."""
    is_fixed = after.accepted_on is not None or fixed_at(after) is not None
    now = competent(after.filed, law).authority
    if now == competent(case.filed, law).authority:
        return after.rather_competent
    return now if is_fixed and now != after.competent_authority else None


def _with_urgent(case: Case, after: Case, on: date, law: Law) -> Case:
    """Tasks that the finding brings, and their clocks: they begin on the day of the finding, each once."""
    known = {task.duty for task in case.tasks}
    duties = [duty for duty in _duties(case, after, law) if duty not in known]
    tasks = tasks_of(duties, on, law)
    there = {clock.id for clock in after.clocks}
    beside = [clock for clock in clocks_beside(duties, after.filed) if clock not in there]
    if not tasks and not beside:
        return after
    fresh = started_if_any(beside, on, law)
    return moved(after, law, tasks=(*after.tasks, *tasks), clocks=(*after.clocks, *fresh))


def _duties(case: Case, after: Case, law: Law) -> tuple[Duty, ...]:
    if after.accepted_on is None:
        return route(after.filed, law, for_body=after.routed_for).duties
    before = duties_at_work(case.filed)
    return tuple(duty for duty in duties_at_work(after.filed) if duty not in before)


def _noted(case: Case, after: Case, noted: Noted, by: UnitId) -> CaseParticularsNoted:
    known = {clock.reading for clock in case.clocks}
    return CaseParticularsNoted(
        **about(after),
        noted_on=noted.noted_on,
        noted_by=by,
        noted=noted.fields,
        document_number=noted.document_number,
        is_outcome_changed=after.outcome is not case.outcome,
        is_discreet=after.is_discreet,
        asks_identity_protection=after.filed.asks_identity_protection,
        never_at=accused_unit(after.filed),
        clocks=tuple(clock.reading for clock in after.clocks if clock.is_running and clock.reading not in known),
    )


def _opened(case: Case, after: Case, on: date) -> list[CaseFact]:
    return [
        CaseTaskOpened(**about(after), duty=task.duty, opened_on=on, due_on=task.due_on, held_by=after.held_by)
        for task in after.tasks[len(case.tasks) :]
    ]


def _stands(case: Case) -> tuple[object, ...]:
    """What ``CaseRerouted`` tells; of an accepted case only who has it."""
    place = (case.held_by, case.competent_authority)
    return place if case.accepted_on else (*place, case.status, case.outcome, case.rule, case.clocks)
