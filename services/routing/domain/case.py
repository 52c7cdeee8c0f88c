"""A case (vụ việc): its state, and the one closed table of what may follow what."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import Refused
from contracts.facts.base import Fact, KeptFile
from contracts.facts.intake import PetitionFiled
from contracts.facts.public import public_twin
from contracts.facts.routing import CaseFact, ClockId, ClockReading, ClockTelling, FieldName, RequestAnswer, RuleId
from contracts.ids import CaseId, DocumentId, PublicCaseId, UnitId
from contracts.law.rows import Topic, Variant
from contracts.law.secrecy import accused_unit, is_confidential
from contracts.vocabulary import (
    CONDITIONS_OF_ACCEPTANCE,
    ComplexityTest,
    DeclineGround,
    DelayReason,
    DocumentForm,
    Duty,
    EscalationReason,
    LinkKind,
    MissingPart,
    Outcome,
    PetitionKind,
    ReceptionRefusal,
    WithdrawalScope,
)
from services.routing.domain.competence import handed_over_on, is_near_the_accused, received_on
from services.routing.domain.deadlines import CaseClock, ClockState, ends_by_itself, next_timer
from services.routing.domain.law import Law
from services.routing.domain.transitions import CLOSING, TRANSITIONS, Action, Status

_ONE_DAY: Final = timedelta(days=1)


__all__ = [
    "CLOSING",
    "INCOMPLETE",
    "SETTLEMENT_CLOCKS",
    "TRANSITIONS",
    "Action",
    "Case",
    "Handover",
    "KeptDocument",
    "Link",
    "Noted",
    "Paper",
    "Refusal",
    "RefusedReception",
    "Status",
    "Task",
    "about",
    "apart",
    "following",
    "is_possible",
    "law_day",
    "moved",
    "spoken",
    "with_paper",
]


class Paper(BaseModel):
    """A document that was issued in the case, and what it says beside its number."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    action: Action
    number: str
    issued_on: date
    issued_by: UnitId | None = None
    """Who held the case then; none on papers older than this field."""
    to_unit: UnitId | None = None
    """Guidance and transfer: where to."""
    ground: DeclineGround | None = None
    """Non-acceptance: its ground."""
    tests: tuple[ComplexityTest, ...] = ()
    """Extension: the statutory tests that were met."""
    clock: ClockReading | None = None
    """Acceptance and extension: the clock of settlement as it ran from then."""
    extensions: int = 0
    """Extension: which one it is."""


class Task(BaseModel):
    """Something urgent beside the settlement."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    duty: Duty
    opened_on: date
    due_on: date
    clock: ClockId | None = None
    """The statutory clock that watches it; none where the law says "at once" without one."""
    done_on: date | None = None
    is_told: bool = False
    """It was told to the superior that it is late."""


class Link(BaseModel):
    """Another case that belongs to this one."""

    model_config = ConfigDict(frozen=True)

    link: LinkKind
    case_id: CaseId
    linked_on: date


class Handover(BaseModel):
    """A body in the case ended, and another has its place."""

    model_config = ConfigDict(frozen=True)

    from_unit: UnitId
    to_unit: UnitId
    on: date


class KeptDocument(BaseModel):
    """A document drawn up from the case and kept, sealed."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    document_id: DocumentId
    form: DocumentForm
    number: str | None
    """None on a receipt: it has no number."""
    issued_on: date
    issued_by: UnitId
    files: tuple[KeptFile, ...]
    wrapped_key: str | None = None
    """The key of its files, wrapped; none where another service keeps them."""


class RefusedReception(BaseModel):
    """Reception was refused by notice: on what ground, and the papers that document it."""

    model_config = ConfigDict(frozen=True)

    ground: ReceptionRefusal
    complete_on: date
    elements: tuple[tuple[str, str, date], ...]
    """Name, number and day of each."""


class Noted(BaseModel):
    """What an officer found later: in which fields, and the note that says so; that note is no paper to anybody."""

    model_config = ConfigDict(frozen=True)

    noted_on: date
    fields: tuple[FieldName, ...]
    document_number: str | None = None


class Refusal(BaseModel):
    """Reception was refused, orally or by notice: the rule (R16) and the articles of that day on which it rests."""

    model_config = ConfigDict(frozen=True)

    refused_on: date
    ground: ReceptionRefusal
    is_by_notice: bool
    rule: RuleId
    articles: tuple[str, ...]


class Case(BaseModel):
    """All that routing knows about a petition. No person: posts, units, dates and numbers."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    case_id: CaseId
    public_id: PublicCaseId
    filed: PetitionFiled
    """The petition as it was filed, brought up to date by supplements and by what officers found later: the route
    follows from it alone.
    """
    opened_at: datetime
    status: Status = Status.OPEN
    held_by: UnitId
    competent_authority: UnitId | None
    outcome: Outcome
    rule: RuleId
    articles: tuple[str, ...]
    is_bypass_level: bool = False
    is_large_group: bool = False
    clocks: tuple[CaseClock, ...] = ()
    guided_to: UnitId | None = None
    transferred_from: tuple[UnitId, ...] = ()
    escalated_to: tuple[UnitId, ...] = ()
    escalated_for: tuple[EscalationReason, ...] = ()
    withdrawn: WithdrawalScope | None = None
    withdrawn_requests: tuple[int, ...] = ()
    """The numbered requests that were withdrawn, as far as said."""
    papers: tuple[Paper, ...] = ()
    documents: tuple[KeptDocument, ...] = ()
    """What was drawn up from it and is kept, by us and by intake."""
    reception_refused: RefusedReception | None = None
    refusals: tuple[Refusal, ...] = ()
    """Every time reception was refused; orally, that is all that changes."""
    earlier_papers: tuple[Paper, ...] = ()
    """Second complaints, repeated denunciations: the papers of the earlier case, which its file brings along."""
    is_remote: bool = False
    """The longer times for remote places apply, by the decision at acceptance."""
    request_count: int | None = None
    """The petition's numbered requests, as counted at acceptance or settlement, which answers each; none: uncounted."""
    answers: tuple[RequestAnswer, ...] = ()
    legal_grounds: tuple[str, ...] = ()
    """What the settlement rests on."""
    tasks: tuple[Task, ...] = ()
    told: tuple[ClockTelling, ...] = ()
    """What was told of its clocks, to whom, on which day: the evidence when it goes up."""
    delay_reasons: tuple[DelayReason, ...] = ()
    """Good reasons for a delay, put on file by the holder."""
    dialogue_on: date | None = None
    dialogue_held_on: date | None = None
    decision_received_on: date | None = None
    effective_on: date | None = None
    linked_to: Link | None = None
    """The leading case of a duplicate, or the earlier case of a second complaint or a repeated denunciation."""
    linked_here: tuple[Link, ...] = ()
    """Duplicates of this case, and what was lodged after it on the same matter."""
    kept_clocks: tuple[CaseClock, ...] = ()
    """Duplicates: the clocks as they ran when it was linked; a wrong link gives them back."""
    competence_refused_by: tuple[UnitId, ...] = ()
    competence_decided_by: UnitId | None = None
    decides_competence: UnitId | None = None
    """While competence is disputed: the common superior that decides."""
    report_by: date | None = None
    """A superior's order: the day by which the report is due."""
    report_to: UnitId | None = None
    is_report_missed: bool = False
    urged: UnitId | None = None
    """The lower body that was required to settle."""
    is_settled_below: bool = False
    """The lower body reported that it has settled."""
    instructed: UnitId | None = None
    """The body that the conclusion of a reception gave a task."""
    result_by: date | None = None
    routed_for: UnitId | None = None
    """The body from whose side the route was worked out, when it is no longer the receiver's."""
    counts_from: date | None = None
    """The day from which the first clocks count, when it is not that of receipt: a supplement completed the petition,
    or it arrived here.
    """
    noted: tuple[Noted, ...] = ()
    """What was found after filing, finding by finding."""
    rather_competent: UnitId | None = None
    """Who would be competent by what was found after the case was accepted or sent on: it does not move by itself."""
    handovers: tuple[Handover, ...] = ()
    """Bodies that ended while the case was in their hands, and who has their place."""
    answer_by: date | None = None
    """While a supplement is awaited: the petitioner's last day to bring it."""
    missing: tuple[MissingPart, ...] = ()
    """What the petitioner was last asked for by name; none: what the route says is missing."""
    asked_on: tuple[date, ...] = ()
    """The days on which the petitioner was asked to complete the petition."""
    supplemented_on: date | None = None
    """The last day on which documents or a signature came."""
    accepted_on: date | None = None
    settled_on: date | None = None
    closed_on: date | None = None
    next_timer_on: date | None = None
    """The next day on which time alone changes something."""
    due_on: date | None = None
    """The earliest last day among the running clocks."""
    listed_under: str = ""
    """In whose lists it stands: the holder's and its superiors'; only the holder's when the accused is one of these."""

    @property
    def kind(self) -> PetitionKind:
        return self.filed.kind

    @property
    def variant(self) -> Variant:
        """Which amounts of the clocks count for it."""
        return Variant.REMOTE if self.is_remote else Variant.ORDINARY

    @property
    def petition_count(self) -> int:
        """How many đơn the vụ việc counts: itself and its duplicates; a duplicate counts with its leading case."""
        return 1 + sum(one.link is LinkKind.DUPLICATE for one in self.linked_here)

    @property
    def is_duplicate(self) -> bool:
        return self.linked_to is not None and self.linked_to.link is LinkKind.DUPLICATE

    @property
    def is_appealed(self) -> bool:
        """A second complaint on the same matter was lodged: this decision takes no effect by time."""
        return any(one.link is LinkKind.SECOND_COMPLAINT for one in self.linked_here)

    @property
    def is_discreet(self) -> bool:
        """True for what is or may hold a denunciation, and for whoever asks for it: neutral texts, no public twin."""
        return is_confidential(self.kind) or self.filed.asks_identity_protection

    @property
    def lacks_a_condition(self) -> bool:
        """What was asked for is a condition of acceptance, not only something that helps."""
        return self.outcome in INCOMPLETE or not CONDITIONS_OF_ACCEPTANCE.isdisjoint(self.missing)

    @property
    def is_withdrawn_whole(self) -> bool:
        """Nothing of it stands: withdrawn as a whole, or request by request."""
        is_every_one = self.request_count is not None and len(self.withdrawn_requests) >= self.request_count
        return self.withdrawn is WithdrawalScope.WHOLE or is_every_one

    @property
    def settlement_clock(self) -> CaseClock | None:
        """The clock of settlement (K3, K6, K14, T4, P1) that is not ended."""
        return next(
            (clock for clock in self.clocks if clock.id in SETTLEMENT_CLOCKS and clock.state is not ClockState.ENDED),
            None,
        )


INCOMPLETE: Final = frozenset({Outcome.SUPPLEMENT, Outcome.INVITE_TO_SIGN})
"""What the route itself says of a petition in which something is missing."""
SETTLEMENT_CLOCKS: Final = frozenset({"K3", "K6", "K14", "T4", "P1"})


def following(case: Case, action: Action) -> Status:
    """The status after the action. Errors: Refused("illegal_transition")."""
    status = TRANSITIONS.get((case.status, action))
    if status is None:
        raise Refused(
            "illegal_transition",
            f"Vụ việc đang ở trạng thái “{case.status.label}”, không thể {action.label}.",
            status=case.status,
            action=action,
        )
    return status


def law_day(case: Case, topic: Topic, act_on: date, law: Law) -> date:
    """The day whose law counts for an act on that topic: that of acceptance, or by a transition rule that of the act;
    before acceptance, the day of the act."""
    if case.accepted_on is None:
        return act_on
    return law.catalogue.law_day(case.kind, topic, accepted_on=case.accepted_on, act_on=act_on)


def is_possible(case: Case, action: Action) -> bool:
    """True when the table allows the action now."""
    return (case.status, action) in TRANSITIONS


def moved(case: Case, law: Law, **changes: Any) -> Case:
    """The case with these changes; its timer and its due day follow from its clocks."""
    after = case.model_copy(update=changes)
    timers = [timer for clock in after.clocks if (timer := next_timer(clock, law))]
    timers += [task.due_on + _ONE_DAY for task in after.tasks if task.done_on is None and not task.is_told]
    dues = [clock.reading.rolled_due for clock in after.clocks if clock.is_running and not ends_by_itself(clock, law)]
    return after.model_copy(
        update={
            "next_timer_on": None
            if after.status is Status.CLOSED
            else min([*timers, *_lapse_days(after), *_report_days(after), *_handover_days(after, law)], default=None),
            "due_on": None if after.status is Status.CLOSED else min(dues, default=None),
            "listed_under": apart(after.held_by) if _has_the_accused_above(after, law) else after.held_by,
        }
    )


def _lapse_days(case: Case) -> list[date]:
    if case.status is not Status.AWAITING_SUPPLEMENT or case.answer_by is None:
        return []
    return [case.answer_by + _ONE_DAY]


def _report_days(case: Case) -> list[date]:
    if case.report_by is None or case.is_report_missed:
        return []
    return [case.report_by + _ONE_DAY]


def _handover_days(case: Case, law: Law) -> list[date]:
    """When another unit will have the place of one that has something to do in the case."""
    authority = None if case.status is Status.GUIDED else case.competent_authority
    units = filter(None, {case.held_by, authority, case.decides_competence})
    return [day for unit in units if (day := handed_over_on(unit, case.filed, law)) is not None]


def apart(unit_id: UnitId) -> str:
    """The list that only this unit itself reads."""
    return f"{unit_id}/apart"


def _has_the_accused_above(case: Case, law: Law) -> bool:
    """In whose scope the holder falls: the line by which lists are read, not only the superiors who act today."""
    if accused_unit(case.filed) is None:
        return False
    on = received_on(case.filed)
    above = {*law.units.line_above(case.held_by, on), *(unit.id for unit in law.above(case.held_by, on))}
    return any(is_near_the_accused(case.filed, unit, law, on) for unit in above)


def with_paper(case: Case, action: Action, number: str | None, on: date, **said: Any) -> tuple[Paper, ...]:
    """The papers of the case with one more, if there is one. ``said``: what it says besides."""
    if number is None:
        return case.papers
    by: dict[str, Any] = {"issued_by": case.held_by, **said}
    return (*case.papers, Paper(action=action, number=number, issued_on=on, **by))


def spoken(case: Case, facts: Iterable[CaseFact]) -> list[Fact]:
    """What is said, each fact followed by its public twin where there is one: both go out in the same write.

    Nothing is said in public of a case that is discreet, whatever its kind.
    """
    said: list[Fact] = []
    for fact in facts:
        said.append(fact)
        twin = None if case.is_discreet else public_twin(fact, case.public_id)
        if twin is not None:
            said.append(twin)
    return said


def about(case: Case) -> dict[str, Any]:
    """What every fact about the case carries."""
    return {"case_id": case.case_id, "petition_id": case.filed.petition_id, "kind": case.kind}
