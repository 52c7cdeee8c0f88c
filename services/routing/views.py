"""What officers see of a case: no person, no words of the petition."""

from datetime import date

from pydantic import BaseModel

from contracts.facts.routing import ClockReading, ClockTelling, RequestAnswer, RuleId
from contracts.ids import CaseId, LookupCode, PetitionId, PublicCaseId, UnitId
from contracts.vocabulary import DelayReason, EscalationReason, Outcome, PetitionKind
from services.chassis.ledger.drawer import Stored
from services.routing.domain.acts import competence_finding
from services.routing.domain.case import Case, Link, Noted, Paper, Refusal, Status, Task
from services.routing.domain.competence import received_on
from services.routing.domain.deadlines import ClockState
from services.routing.domain.law import Law


class ClockView(BaseModel):
    """A clock of a case."""

    reading: ClockReading
    title: str
    state: ClockState
    extensions: int
    used_days: int
    is_missed: bool


class CaseView(BaseModel):
    """A case for officers: no person, no words of the petition."""

    case_id: CaseId
    public_id: PublicCaseId | None
    """None for denunciations, and what may hold one: they have no public side."""
    petition_id: PetitionId
    code: LookupCode
    version: int
    """Send it back in ``If-Match`` to act on exactly what you saw."""
    kind: PetitionKind
    kind_label: str
    status: Status
    status_label: str
    received_on: date
    received_by: UnitId
    held_by: UnitId
    held_by_name: str
    competent_authority: UnitId | None
    competent_authority_name: str | None
    outcome: Outcome
    outcome_label: str
    rule: RuleId
    articles: tuple[str, ...]
    is_bypass_level: bool
    is_large_group: bool
    is_discreet: bool
    signer_count: int
    guided_to: UnitId | None
    escalated_to: tuple[UnitId, ...]
    escalated_for: tuple[EscalationReason, ...]
    answer_by: date | None
    """While a supplement is awaited: its last day."""
    accepted_on: date | None
    settled_on: date | None
    closed_on: date | None
    due_on: date | None
    clocks: tuple[ClockView, ...]
    papers: tuple[Paper, ...]
    refusals: tuple[Refusal, ...]
    """Every time reception was refused, with its ground, its rule (R16) and its articles."""
    earlier_papers: tuple[Paper, ...]
    """Second complaints, repeated denunciations: the papers of the earlier case."""
    linked_to: Link | None
    linked_here: tuple[Link, ...]
    petition_count: int
    """How many đơn this vụ việc counts, its duplicates included."""
    request_count: int | None
    """None while nobody counted them."""
    withdrawn_requests: tuple[int, ...]
    answers: tuple[RequestAnswer, ...]
    tasks: tuple[Task, ...]
    noted: tuple[Noted, ...]
    """What was found after filing: in which fields, when, and the note that says so."""
    rather_competent: UnitId | None
    """Who would be competent by that, where the case does not move by itself."""
    competence_finding: str
    """What to do about it, in one Vietnamese sentence; empty when there is nothing."""
    told: tuple[ClockTelling, ...]
    """What was told of its clocks, to whom, on which day."""
    delay_reasons: tuple[DelayReason, ...]
    dialogue_on: date | None
    decision_received_on: date | None
    effective_on: date | None
    decides_competence: UnitId | None
    report_by: date | None
    report_to: UnitId | None
    urged: UnitId | None
    instructed: UnitId | None
    result_by: date | None


def view_of(stored: Stored[Case], law: Law) -> CaseView:
    """The case as it stands in the drawer, with names and labels."""
    case = stored.state
    authority = case.competent_authority
    return CaseView(
        case_id=case.case_id,
        public_id=None if case.is_discreet else case.public_id,
        petition_id=case.filed.petition_id,
        code=case.filed.code,
        version=stored.version,
        kind=case.kind,
        kind_label=case.kind.label,
        status=case.status,
        status_label=case.status.label,
        received_on=received_on(case.filed),
        received_by=case.filed.received_by,
        held_by=case.held_by,
        held_by_name=law.units.name_of(case.held_by),
        competent_authority=authority,
        competent_authority_name=law.units.name_of(authority) if authority else None,
        outcome=case.outcome,
        outcome_label=case.outcome.label,
        rule=case.rule,
        articles=tuple(law.catalogue.cite(article) for article in case.articles),
        is_bypass_level=case.is_bypass_level,
        is_large_group=case.is_large_group,
        is_discreet=case.is_discreet,
        signer_count=case.filed.signer_count,
        guided_to=case.guided_to,
        escalated_to=case.escalated_to,
        escalated_for=case.escalated_for,
        answer_by=case.answer_by if case.status is Status.AWAITING_SUPPLEMENT else None,
        accepted_on=case.accepted_on,
        settled_on=case.settled_on,
        closed_on=case.closed_on,
        due_on=case.due_on,
        clocks=_clock_views(case, law),
        papers=case.papers,
        refusals=tuple(_cited(one, law) for one in case.refusals),
        earlier_papers=case.earlier_papers,
        linked_to=case.linked_to,
        linked_here=case.linked_here,
        petition_count=case.petition_count,
        request_count=case.request_count,
        withdrawn_requests=case.withdrawn_requests,
        answers=case.answers,
        tasks=case.tasks,
        noted=case.noted,
        rather_competent=case.rather_competent,
        competence_finding=competence_finding(case, law),
        told=case.told,
        delay_reasons=case.delay_reasons,
        dialogue_on=case.dialogue_on,
        decision_received_on=case.decision_received_on,
        effective_on=case.effective_on,
        decides_competence=case.decides_competence,
        report_by=case.report_by,
        report_to=case.report_to,
        urged=case.urged,
        instructed=case.instructed,
        result_by=case.result_by,
    )


def _cited(refusal: Refusal, law: Law) -> Refusal:
    return refusal.model_copy(update={"articles": tuple(law.catalogue.cite(one) for one in refusal.articles)})


def _clock_views(case: Case, law: Law) -> tuple[ClockView, ...]:
    return tuple(
        ClockView(
            reading=clock.reading,
            title=law.catalogue.clock(clock.id, clock.counted_by).title,
            state=clock.state,
            extensions=clock.extensions,
            used_days=clock.used_days,
            is_missed=clock.is_missed,
        )
        for clock in case.clocks
    )
