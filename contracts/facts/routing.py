"""What routing says: the case, its competent authority, its clocks and its end."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.facts.base import (
    Article,
    Count,
    DocumentNumber,
    Fact,
    KeptFile,
    Moment,
    Part,
    RequestNumber,
)
from contracts.ids import CaseId, DocumentId, LookupCode, PetitionId, PublicCaseId, UnitId
from contracts.streams import CASES, Stream
from contracts.vocabulary import (
    AnswerKind,
    Channel,
    ClosingGround,
    CompetenceRefusalGround,
    ComplexityTest,
    DeclineGround,
    DelayReason,
    DocumentForm,
    Duty,
    EarlierSettlement,
    EscalationReason,
    Instance,
    LinkKind,
    MatterField,
    MissingPart,
    Outcome,
    PetitionKind,
    ReceptionRefusal,
    SentOnAs,
    SettlementResult,
    SuspensionGround,
    Telling,
)

ClockId = Annotated[str, Field(pattern=r"^[A-Z]{1,2}[0-9]{1,2}$")]
"""The name of a statutory clock in the catalogue: R1, K2, T4, X1 …"""

RuleId = Annotated[str, Field(pattern=r"^R[0-9]{2}[a-z]?$")]
"""The name of a routing rule in the catalogue: R01 … R22."""


class ClockReading(Part):
    """One running clock. Alarm on ``alarm_on``, judge on ``rolled_due``; ``raw_due`` is the bare count."""

    clock: ClockId
    started_on: date
    raw_due: date
    rolled_due: date
    alarm_on: date
    articles: tuple[Article, ...] = ()


FieldName = Annotated[str, Field(pattern=r"^[a-z]{2,20}(_[a-z]{1,20}){0,6}$")]
"""The name of a field of ``PetitionFiled`` or ``Particulars``. No closed list: those grow by fields, and an old reader
has to survive what is noted in a new one.
"""


class CalendarCause(Part):
    """One day of the calendar that is no longer what it was, and the entry that says so."""

    day: date
    is_working: bool
    """What it is now."""
    document: DocumentNumber | None
    """None: an estimate, or a day that only stopped being off."""
    revision: Count
    """The entry's number in the calendar book: ``CalendarOverridden.revision``."""


class RequestAnswer(Part):
    """What the settlement says to one request of the petition: codes and numbers, never words."""

    request: RequestNumber
    answer: AnswerKind
    ground: Article | None = None
    """The article a refusal rests on."""
    sent_to: UnitId | None = None
    """Where a request that is not ours went."""
    sent_as: SentOnAs | None = None


class SettlementEffects(Part):
    """What a settlement brings in, as it says itself: amounts and numbers (form 03/KQGQ), never who."""

    recovered_vnd: Count = 0
    """Money to be recovered for the state, in đồng."""
    recovered_land_m2: Count = 0
    """Land to be recovered for the state, in square metres."""
    returned_vnd: Count = 0
    """Money to be returned to organisations and people, in đồng."""
    returned_land_m2: Count = 0
    """Land to be returned to organisations and people, in square metres."""
    people_to_sanction: Count = 0
    """For how many people a sanction is proposed, officials among them."""
    officials_to_sanction: Count = 0
    """How many of these are officials."""
    cases_to_police: Count = 0
    """How many matters go to the investigating body."""
    people_to_police: Count = 0
    """How many people they concern."""


class ClockTelling(Part):
    """One thing that was told of a clock: evidence."""

    clock: ClockId
    started_on: date
    due_on: date
    """The day that is judged."""
    told_on: date
    told: Telling
    told_to: UnitId
    percent_used: Count | None = None
    """Warnings: how much of the clock's time was used."""


class CaseFact(Fact):
    """A fact about one case; every one names the petition it grew from."""

    case_id: CaseId
    petition_id: PetitionId
    kind: PetitionKind

    @property
    def stream(self) -> Stream:
        return CASES

    @property
    def subject(self) -> CaseId:
        return self.case_id


class CaseOpened(CaseFact):
    """Routing has looked at the petition: what it is, who is competent, what the next lawful step is."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.opened.v1"

    public_id: PublicCaseId
    code: LookupCode
    opened_at: Moment
    received_on: date
    matter_field: MatterField
    held_by: UnitId
    """The unit that has to act next."""
    competent_authority: UnitId | None
    """Who may settle it; none while that is not known (split, not signed)."""
    outcome: Outcome
    rule: RuleId
    articles: tuple[Article, ...]
    is_bypass_level: bool = False
    is_large_group: bool = False
    signer_count: Count = 1
    is_discreet: bool = False
    asks_identity_protection: bool | None = None
    """As the petition says; none = not said, which a reader treats as yes (154/2026 art. 20(4))."""
    never_at: UnitId | None = None
    """The unit that must never see, hold or hear the case: the accused one (LTC 9, 56). None in open cases."""
    clocks: tuple[ClockReading, ...] = ()
    received_by: UnitId | None = None
    """At whose counter, mailbox or page the petition came in; none = not said, here and in what follows."""
    channel: Channel | None = None
    instance: Instance | None = None
    is_nameless: bool | None = None
    """Anonymous, or under a false name."""
    is_repeat: bool | None = None
    """The same petitioner came with the same matter before, as far as the petition says."""
    earlier_settlement: EarlierSettlement | None = None
    """How far the same matter had been settled before, as far as the petition says."""


class CaseSupplementRequested(CaseFact):
    """The petitioner is asked to complete the petition; nothing is accepted yet."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.supplement_requested.v1"

    requested_on: date
    answer_by: date
    missing: tuple[MissingPart, ...] = ()
    """What the officer named as missing; none: what the route says."""


class CaseAccepted(CaseFact):
    """The competent authority took the case on (thụ lý): the settlement clock runs."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.accepted.v1"

    accepted_on: date
    settling_authority: UnitId
    clocks: tuple[ClockReading, ...]
    request_count: Count | None = None
    """How many numbered requests the petition has: the settlement answers each."""


class CaseGuided(CaseFact):
    """The petitioner was told, once, where to file (hướng dẫn)."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.guided.v1"

    guided_on: date
    guided_to: UnitId
    rule: RuleId
    document_number: DocumentNumber | None = None


class CaseSplit(CaseFact):
    """The petitioner was guided to split a petition of mixed content (hướng dẫn tách đơn): each part is filed anew."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.split.v1"

    split_on: date
    document_number: DocumentNumber


class CaseInspectionOrdered(CaseFact):
    """What nobody may accept, but names concrete evidence, is looked into by inspection (LTC 25(2))."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.inspection_ordered.v1"

    ordered_on: date
    document_number: DocumentNumber


class CaseTransferred(CaseFact):
    """The petition went to the competent authority (chuyển đơn)."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.transferred.v1"

    transferred_on: date
    from_unit: UnitId
    to_unit: UnitId
    rule: RuleId
    clocks: tuple[ClockReading, ...] = ()
    document_number: DocumentNumber | None = None


class CaseRerouted(CaseFact):
    """The case was looked at anew: the petition became more complete, its completion was waited for in vain, or the
    body that held it or was competent ended and another has its place.

    All fields say how the case stands now; they take the place of what ``CaseOpened`` said.
    """

    TYPE: ClassVar[str] = "vn.tiepdan.case.rerouted.v1"

    rerouted_on: date
    held_by: UnitId
    """The unit that has to act next."""
    competent_authority: UnitId | None
    """Who may settle it; none while that is not known."""
    outcome: Outcome
    rule: RuleId
    articles: tuple[Article, ...] = ()
    clocks: tuple[ClockReading, ...] = ()
    """All clocks that run now, whenever they started."""
    is_outcome_changed: bool | None = None
    """The next lawful step is another one than before; none = not said."""
    is_place_changed: bool | None = None
    """Another unit holds it or is competent than before; none = not said."""
    in_place_of: UnitId | None = None
    """The body that ended, whose place the holder or the authority has now: nothing else changed."""


class CaseDeclined(CaseFact):
    """The case is not accepted (không thụ lý), on a ground from the closed list."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.declined.v1"

    declined_on: date
    ground: DeclineGround
    document_number: DocumentNumber | None = None


class CaseEscalated(CaseFact):
    """The case went up to the superior, with the evidence for it."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.escalated.v1"

    escalated_at: Moment
    reasons: Annotated[tuple[EscalationReason, ...], Field(min_length=1)]
    from_unit: UnitId
    to_unit: UnitId
    signer_count: Count = 1
    missed_clock: ClockReading | None = None
    evidence: tuple[ClockTelling, ...] = ()
    """Which clock, since when, and what was told to whom on which day before."""
    delay_reasons: tuple[DelayReason, ...] = ()
    """Good reasons for the delay that stand on file; none: nobody recorded one."""


class CaseExtended(CaseFact):
    """The settlement clock was lengthened, in writing, on statutory tests of complexity."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.extended.v1"

    extended_on: date
    tests: Annotated[tuple[ComplexityTest, ...], Field(min_length=1)]
    document_number: DocumentNumber
    clock: ClockReading


class CaseSuspended(CaseFact):
    """Settlement stands still (tạm đình chỉ); the days used so far are kept."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.suspended.v1"

    suspended_on: date
    ground: SuspensionGround
    document_number: DocumentNumber
    days_used: Count
    clocks: tuple[ClockReading, ...] = ()
    """Clocks that start with it: the decision has to be sent."""


class CaseResumed(CaseFact):
    """Settlement goes on; the clock runs with the days that were left."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.resumed.v1"

    resumed_on: date
    document_number: DocumentNumber
    clock: ClockReading
    clocks: tuple[ClockReading, ...] = ()
    """Clocks that start with it: the decision has to be sent."""


class CaseSettled(CaseFact):
    """A decision or conclusion was issued (giải quyết)."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.settled.v1"

    settled_on: date
    result: SettlementResult
    document_number: DocumentNumber
    is_within_time: bool
    clocks: tuple[ClockReading, ...] = ()
    legal_grounds: tuple[Article, ...] = ()
    answers: tuple[RequestAnswer, ...] = ()
    """One for each numbered request."""
    request_count: Count | None = None
    """How many numbered requests the petition has, as counted at acceptance or now."""
    effects: SettlementEffects | None = None
    """What it brings in; none = nobody has said, which is not the same as nothing."""


class CaseClosed(CaseFact):
    """Nothing more is owed in this case."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.closed.v1"

    closed_on: date
    ground: ClosingGround
    legal_grounds: tuple[Article, ...] = ()
    document_number: DocumentNumber | None = None
    """The document that ends it."""
    clocks: tuple[ClockReading, ...] = ()
    """Filed away: until when it is kept (X2)."""


class CaseDutyDone(CaseFact):
    """Something owed was done: told, sent, published, reported. ``ended``: the clocks that waited for it."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.duty_done.v1"

    done_on: date
    ended: Annotated[tuple[ClockId, ...], Field(min_length=1)]
    document_number: DocumentNumber
    is_within_time: bool
    clocks: tuple[ClockReading, ...] = ()
    """Clocks that start with it."""


class CaseDecisionReceived(CaseFact):
    """The citizen received the decision: the time for a second complaint runs."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.decision_received.v1"

    received_on: date
    clocks: tuple[ClockReading, ...] = ()


class CaseTookEffect(CaseFact):
    """The decision has legal effect."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.took_effect.v1"

    effective_on: date


class CaseDialoguePlanned(CaseFact):
    """A dialogue (đối thoại) has its day; the invitation is due before it."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.dialogue_planned.v1"

    dialogue_on: date
    clocks: tuple[ClockReading, ...] = ()


class CaseDialogueHeld(CaseFact):
    """The dialogue took place; who stays away without good reason does not stop the settlement."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.dialogue_held.v1"

    held_on: date
    was_petitioner_present: bool
    document_number: DocumentNumber


class CaseDiscontinued(CaseFact):
    """Settlement is ended by decision (đình chỉ), because the petition was withdrawn."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.discontinued.v1"

    discontinued_on: date
    document_number: DocumentNumber
    clocks: tuple[ClockReading, ...] = ()


class CaseContinued(CaseFact):
    """Part of the petition, or one member of a group, was withdrawn: the rest goes on."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.continued.v1"

    withdrawn_on: date
    remaining_signers: Count
    requests: tuple[RequestNumber, ...] = ()
    """The numbered requests that were withdrawn, as far as said."""


class CaseLinked(CaseFact):
    """A person confirmed that this case belongs to another one. A duplicate ends its own clocks."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.linked.v1"

    linked_on: date
    link: LinkKind
    to_case: CaseId


class CaseUnlinked(CaseFact):
    """The link was a mistake: the case stands for itself again, with the clocks it had."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.unlinked.v1"

    unlinked_on: date
    from_case: CaseId
    clocks: tuple[ClockReading, ...] = ()


class CaseUrged(CaseFact):
    """The superior requires a lower body to settle, or to report, by a day."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.urged.v1"

    urged_on: date
    from_unit: UnitId
    to_unit: UnitId
    report_by: date
    document_number: DocumentNumber
    clocks: tuple[ClockReading, ...] = ()


class CaseReported(CaseFact):
    """The report that a superior ordered was given."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.reported.v1"

    reported_on: date
    from_unit: UnitId
    document_number: DocumentNumber
    is_settled: bool = False
    """Urged: the lower body has settled; the document is its decision."""
    clocks: tuple[ClockReading, ...] = ()
    """Clocks that start with it: the petitioner is told the result; or the petition is watched again."""


class CaseOverdueReported(CaseFact):
    """The superior was told that a denunciation is overdue: its time to demand a report runs (LTC 38(2))."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.overdue_reported.v1"

    told_on: date
    clocks: tuple[ClockReading, ...] = ()


class CaseInstructed(CaseFact):
    """The conclusion of a reception says what a body has to do, by when (thông báo kết luận)."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.instructed.v1"

    instructed_on: date
    from_unit: UnitId
    to_unit: UnitId
    result_by: date
    document_number: DocumentNumber
    clocks: tuple[ClockReading, ...] = ()


class CompetenceRefused(CaseFact):
    """A body holds that the petition sent to it is another body's: it goes back, and no clock stops."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.competence_refused.v1"

    refused_on: date
    from_unit: UnitId
    to_unit: UnitId
    ground: CompetenceRefusalGround
    document_number: DocumentNumber


class CompetenceDisputed(CaseFact):
    """Two bodies refused: their common superior decides (LKN 21(3))."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.competence_disputed.v1"

    disputed_on: date
    between: Annotated[tuple[UnitId, ...], Field(min_length=2)]
    decided_by: UnitId


class CompetenceDecided(CaseFact):
    """The common superior decided who is competent; nobody refuses after that."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.competence_decided.v1"

    decided_on: date
    decided_by: UnitId
    held_by: UnitId
    competent_authority: UnitId
    document_number: DocumentNumber
    clocks: tuple[ClockReading, ...] = ()


class ReceptionRefused(CaseFact):
    """Reception was refused: orally, and the petition stands; or by notice 01/TCD with all its elements documented."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.reception_refused.v1"

    refused_on: date
    ground: ReceptionRefusal
    is_by_notice: bool
    clocks: tuple[ClockReading, ...] = ()


class CaseTaskOpened(CaseFact):
    """Something urgent has to be done beside the settlement."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.task_opened.v1"

    duty: Duty
    opened_on: date
    due_on: date
    held_by: UnitId


class CaseTaskDone(CaseFact):
    """The urgent task was done."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.task_done.v1"

    duty: Duty
    done_on: date
    document_number: DocumentNumber


class CaseDelayExplained(CaseFact):
    """The holder put a good reason for the delay on file; no clock stops."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.delay_explained.v1"

    explained_on: date
    reason: DelayReason
    document_number: DocumentNumber


class CaseDocumentIssued(CaseFact):
    """A document was drawn up from the case on the form of its day, and kept (văn bản)."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.document_issued.v1"

    document_id: DocumentId
    form: DocumentForm
    document_number: DocumentNumber
    issued_on: date
    issued_by: UnitId
    files: Annotated[tuple[KeptFile, ...], Field(min_length=1)]


class CaseParticularsNoted(CaseFact):
    """An officer found more about the petition, or that something was registered wrongly: which fields, never what.

    What follows for the route, the holder and the clocks is said by ``CaseRerouted`` after it; urgent tasks by theirs.
    """

    TYPE: ClassVar[str] = "vn.tiepdan.case.particulars_noted.v1"

    noted_on: date
    noted_by: UnitId
    noted: Annotated[tuple[FieldName, ...], Field(min_length=1)]
    document_number: DocumentNumber | None = None
    """The officer's note, when it has a number."""
    is_outcome_changed: bool = False
    """The next lawful step is another one than before."""
    is_discreet: bool = False
    """As it stands now."""
    asks_identity_protection: bool | None = None
    """As it stands now; none = not said, which a reader treats as yes."""
    never_at: UnitId | None = None
    """The accused unit as it stands now: it takes the place of what ``CaseOpened`` said. None: no unit."""
    clocks: tuple[ClockReading, ...] = ()
    """Clocks that come with it, or that the law counts otherwise by it, from the same start."""


class DeadlineNear(CaseFact):
    """A clock has used most of its time; the holder is warned."""

    TYPE: ClassVar[str] = "vn.tiepdan.deadline.near.v1"

    clock: ClockReading
    held_by: UnitId
    days_left: int


class DeadlineMissed(CaseFact):
    """A clock ran out without the act it waits for."""

    TYPE: ClassVar[str] = "vn.tiepdan.deadline.missed.v1"

    clock: ClockReading
    held_by: UnitId
    days_over: Count


class DeadlineMoved(CaseFact):
    """The calendar changed, and with it the days of a clock that is not ended yet."""

    TYPE: ClassVar[str] = "vn.tiepdan.deadline.moved.v1"

    clock: ClockReading
    """As it is now."""
    was: ClockReading
    moved_on: date
    because: tuple[CalendarCause, ...]
    """Every day between the start and the end that changed, with its document."""
    takes_back_missed: bool = False
    """It was told as missed by the old date, and by the new one it is not: that word is taken back."""


FACTS: tuple[type[Fact], ...] = (
    CaseOpened,
    CaseSupplementRequested,
    CaseAccepted,
    CaseGuided,
    CaseSplit,
    CaseInspectionOrdered,
    CaseTransferred,
    CaseRerouted,
    CaseDeclined,
    CaseEscalated,
    CaseExtended,
    CaseSuspended,
    CaseResumed,
    CaseSettled,
    CaseClosed,
    DeadlineNear,
    DeadlineMissed,
    DeadlineMoved,
    CaseDutyDone,
    CaseDecisionReceived,
    CaseTookEffect,
    CaseDialoguePlanned,
    CaseDialogueHeld,
    CaseDiscontinued,
    CaseContinued,
    CaseLinked,
    CaseUnlinked,
    CaseUrged,
    CaseReported,
    CaseOverdueReported,
    CaseInstructed,
    CompetenceRefused,
    CompetenceDisputed,
    CompetenceDecided,
    ReceptionRefused,
    CaseTaskOpened,
    CaseTaskDone,
    CaseDelayExplained,
    CaseDocumentIssued,
    CaseParticularsNoted,
)
