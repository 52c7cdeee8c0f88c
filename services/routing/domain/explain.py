"""The same functions that decide, told: rule by rule, clock by clock, with every skipped day by its name."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from contracts.errors import Refused
from contracts.facts.routing import RuleId
from contracts.ids import CaseId, UnitId
from contracts.law.catalogue import Catalogue
from contracts.law.clocks import ClockExplanation, explanation
from contracts.law.forms import official_forms
from contracts.law.grounds import NO_GROUND, ground_of
from contracts.law.rows import Confidence
from contracts.law.source import Row
from contracts.vocabulary import DeclineGround, DocumentForm, Duty, Outcome, PetitionKind, UnitLevel
from services.routing.domain.acts import competence_finding
from services.routing.domain.case import Case, Handover, Status
from services.routing.domain.competence import received_on
from services.routing.domain.deadlines import CaseClock, ClockMove, ClockState
from services.routing.domain.law import Law
from services.routing.domain.limitation import limit_of
from services.routing.domain.next_steps import BarredAction, NextAction, next_steps
from services.routing.domain.outcome import LAPSED_RULE, Tried, route

_UNKNOWN_THEN: Final = "Hệ thống không có quy định của ngày nhận đơn: cán bộ xem xét, quyết định."
_TAKEN_OVER: Final = "L72 54(8)"
_GOVERNMENTS: Final = frozenset({UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.COMMUNE})
_LAPSED: Final = Tried(LAPSED_RULE, fits=True, why="Đã hết hạn bổ sung mà chưa nhận được bổ sung.")


class RuleTold(Row):
    """A rule that was tried."""

    rule: RuleId
    title: str
    fits: bool
    why: str
    articles: tuple[str, ...]
    confidence: Confidence
    question: str


class ClockTold(Row):
    """A clock of the case and the way to its last day."""

    state: ClockState
    state_label: str
    is_missed: bool
    told: ClockExplanation
    moves: tuple[ClockMove, ...] = ()
    """How plans of the calendar moved it: from which day to which, by which day and document."""


class DutyTold(Row):
    """Something that has to be done besides the outcome, at once."""

    duty: Duty
    label: str
    articles: tuple[str, ...] = ()
    confidence: Confidence | None = None


class CooperatingTold(Row):
    """A body that has to cooperate with who settles (LTC 12(3))."""

    unit: UnitId
    name: str


class FormTold(Row):
    """The form on which the outcome is told."""

    form: DocumentForm
    title: str
    number: str
    """Of the form; empty where the law knows none."""


class TransitionTold(Row):
    """Which topics of a matter begun under the old law follow the new one; its clocks stay as they were."""

    title: str
    articles: tuple[str, ...]
    confidence: Confidence


class HandoverTold(Row):
    """A body in the case ended, and another has its place."""

    from_unit: UnitId
    to_unit: UnitId
    on: date
    sentence: str
    articles: tuple[str, ...]


class Explanation(Row):
    """Why the case is where it is, and what may lawfully follow."""

    case_id: CaseId
    regime: str
    status: Status
    status_label: str
    outcome: Outcome
    outcome_label: str
    held_by: UnitId
    held_by_name: str
    competent_authority: UnitId | None
    competent_authority_name: str
    settling_post: str
    """The post that settles: ``Chủ tịch UBND tỉnh Nghệ An``; empty while the authority is not known."""
    why_competent: str
    competence_articles: tuple[str, ...]
    competence_finding: str
    """By what was found later another body would be competent, and what to do about it; empty when that is not so."""
    cooperating: tuple[CooperatingTold, ...]
    """Who has to cooperate in a denunciation of somebody who moved."""
    is_bypass_level: bool
    """Vượt cấp: filed above the competent level without having been filed there."""
    is_large_group: bool
    """Đoàn đông người: five or more with the same content."""
    decline_ground: DeclineGround | None
    """The ground of the closed list on which it is not to be accepted."""
    decline_articles: tuple[str, ...]
    """What that ground rests on."""
    form: FormTold | None
    """The form on which the outcome is told; none where there is none."""
    transitions: tuple[TransitionTold, ...]
    """For matters received before a border of the law: what follows the new law all the same."""
    handovers: tuple[HandoverTold, ...]
    """Bodies that ended while the case was in their hands: who has their place."""
    duties: tuple[DutyTold, ...]
    tried: tuple[RuleTold, ...]
    """In the order of the matrix; one that fits without being the last brings a duty and goes on. A refusal of
    reception (R16) comes last when given by notice, and before the last when oral: then the petition goes on."""
    limitation: ClockExplanation | None
    """How long the petitioner may complain (K1, K5, K13); none where nothing starts that time."""
    clocks: tuple[ClockTold, ...]
    next_actions: tuple[NextAction, ...]
    barred_actions: tuple[BarredAction, ...]
    """What the table knows at this point and the law refuses in this case, with the reason."""


def explain(case: Case, law: Law, today: date | None = None) -> Explanation:
    """What the case rests on. The route is worked out anew from the same facts by the same function.

    ``today``: the day on which something may follow; none: the day of receipt.
    """
    on = received_on(case.filed)
    found = route(case.filed, law, for_body=case.routed_for)
    has_lapsed = case.rule == LAPSED_RULE != found.rule
    tried = (*found.tried, _LAPSED) if has_lapsed else found.tried
    authority, catalogue = case.competent_authority, law.catalogue
    declined = (
        ground_of("decline", found.decline_ground, on, catalogue, case.kind) if found.decline_ground else NO_GROUND
    )
    lawful, barred = next_steps(case, law, today)
    return Explanation(
        case_id=case.case_id,
        regime=law.catalogue.regime(on).title,
        status=case.status,
        status_label=case.status.label,
        outcome=case.outcome,
        outcome_label=case.outcome.label,
        held_by=case.held_by,
        held_by_name=law.units.name_of(case.held_by),
        competent_authority=authority,
        competent_authority_name=law.units.name_of(authority) if authority else "chưa xác định",
        settling_post=_post(authority, case, law),
        why_competent=found.competence.why,
        competence_articles=tuple(law.catalogue.cite(article) for article in found.competence.articles),
        competence_finding=competence_finding(case, law),
        cooperating=tuple(_cooperating(unit, law) for unit in found.competence.cooperating),
        is_bypass_level=case.is_bypass_level,
        is_large_group=case.is_large_group,
        decline_ground=found.decline_ground,
        handovers=tuple(_handover(one, law) for one in case.handovers),
        decline_articles=declined.articles,
        form=_form(case, on),
        transitions=_transitions(case.kind, on, catalogue),
        duties=tuple(_duty(duty, on, catalogue, case.kind) for duty in found.duties),
        tried=_with_refusals(case, tuple(_rule(one, on, catalogue) for one in tried), law),
        limitation=_limitation(case, law),
        clocks=tuple(_clock(clock, law) for clock in case.clocks),
        next_actions=lawful,
        barred_actions=barred,
    )


_FORMS: Final[Mapping[Outcome, Mapping[PetitionKind | None, DocumentForm]]] = {
    Outcome.GUIDE: {None: DocumentForm.GUIDANCE},
    Outcome.SUPPLEMENT: {None: DocumentForm.SUPPLEMENT},
    Outcome.SPLIT: {None: DocumentForm.SPLIT},
    Outcome.TRANSFER: {None: DocumentForm.TRANSFER},
    Outcome.DECLINE: {
        PetitionKind.COMPLAINT: DocumentForm.NONACCEPTANCE_COMPLAINT,
        PetitionKind.DENUNCIATION: DocumentForm.NONACCEPTANCE_DENUNCIATION,
    },
}


def _form(case: Case, on: date) -> FormTold | None:
    by_kind = _FORMS.get(case.outcome, {})
    name = by_kind.get(case.kind) or by_kind.get(None)
    return _form_told(name, on) if name else None


def _form_told(name: DocumentForm, on: date) -> FormTold | None:
    try:
        row = official_forms().form(name, on)
    except Refused:
        return None
    return FormTold(form=row.id, title=row.title, number=row.number)


def _transitions(kind: PetitionKind, on: date, catalogue: Catalogue) -> tuple[TransitionTold, ...]:
    return tuple(
        TransitionTold(
            title=one.title,
            articles=tuple(catalogue.cite(article) for article in one.articles),
            confidence=one.confidence,
        )
        for one in catalogue.transitions
        if one.kind is kind and on < one.accepted_before
    )


def _duty(duty: Duty, on: date, catalogue: Catalogue, kind: PetitionKind) -> DutyTold:
    ground = ground_of("duty", duty, on, catalogue, kind)
    return DutyTold(duty=duty, label=duty.label, articles=ground.articles, confidence=ground.confidence)


def _cooperating(unit: UnitId, law: Law) -> CooperatingTold:
    return CooperatingTold(unit=unit, name=law.units.name_of(unit))


def _post(authority: UnitId | None, case: Case, law: Law) -> str:
    """The post at the head of the competent authority, as it was on the day of receipt or, later, known last."""
    unit = law.find(authority, received_on(case.filed)) or law.units.find(authority) if authority else None
    return unit.headed_as if unit else ""


def _with_refusals(case: Case, tried: tuple[RuleTold, ...], law: Law) -> tuple[RuleTold, ...]:
    """With each refusal of reception, by the law of the day on which it was given."""
    told: dict[bool, list[RuleTold]] = {True: [], False: []}
    for one in case.refusals:
        how = "Thông báo" if one.is_by_notice else "Giải thích"
        why = f"{how} từ chối tiếp công dân ngày {one.refused_on:%d/%m/%Y}: {one.ground.label}."
        row = law.find_rule(one.rule, one.refused_on)
        shown = _rule_told(Tried(one.rule, fits=True, why=why), law.catalogue, row and row.in_force_from)
        told[one.is_by_notice].append(shown)
    return (*tried[:-1], *told[False], *tried[-1:], *told[True])


def _handover(one: Handover, law: Law) -> HandoverTold:
    """Local bodies: 72/2025 art. 54(8); for others no article was read."""
    ended = law.units.find(one.from_unit)
    articles = (_TAKEN_OVER,) if ended is not None and ended.level in _GOVERNMENTS else ()
    name, successor = law.units.name_of(one.from_unit), law.units.name_of(one.to_unit)
    return HandoverTold(
        from_unit=one.from_unit,
        to_unit=one.to_unit,
        on=one.on,
        sentence=f"{name} đã kết thúc hoạt động; từ ngày {one.on:%d/%m/%Y} {successor} tiếp tục, thời hạn không đổi.",
        articles=tuple(law.catalogue.cite(article) for article in articles),
    )


def _rule(tried: Tried, on: date, catalogue: Catalogue) -> RuleTold:
    """The rule as it stood on that day, for that reason."""
    row = catalogue.find_rule(tried.rule, on)
    return _rule_told(tried, catalogue, row and row.in_force_from)


@lru_cache(maxsize=2048)
def _rule_told(tried: Tried, catalogue: Catalogue, in_force_from: date | None) -> RuleTold:
    """The same rule for the same reason, told once: nearly every petition tries the same ones."""
    if in_force_from is None:
        return RuleTold(
            rule=tried.rule,
            title=_UNKNOWN_THEN,
            fits=tried.fits,
            why=tried.why,
            articles=(),
            confidence="U",
            question=_UNKNOWN_THEN,
        )
    row = catalogue.rule(tried.rule, in_force_from)
    return RuleTold(
        rule=tried.rule,
        title=row.title,
        fits=tried.fits,
        why=tried.why,
        articles=tuple(catalogue.cite(article) for article in row.articles),
        confidence=row.confidence,
        question=row.question,
    )


def _limitation(case: Case, law: Law) -> ClockExplanation | None:
    limit = limit_of(case.filed, law) if case.kind is PetitionKind.COMPLAINT else None
    if limit is None or law.find_reading(limit.clock, limit.started_on, limit.variant, limit.excluded) is None:
        return None
    return explanation(
        limit.clock,
        limit.started_on,
        catalogue=law.catalogue,
        calendar=law.calendar,
        variant=limit.variant,
        excluded=limit.excluded,
    )


def _clock(clock: CaseClock, law: Law) -> ClockTold:
    told = explanation(
        clock.id,
        clock.reading.started_on,
        catalogue=law.catalogue,
        calendar=law.calendar.at(clock.calendar_revision),
        variant=clock.variant,
        extensions=clock.extensions,
        used_days=clock.used_days,
        event_on=clock.counted_by,
    )
    return ClockTold(
        state=clock.state, state_label=clock.state.label, is_missed=clock.is_missed, told=told, moves=clock.moves
    )
