"""What routing says: the case, its competent authority, its clocks and its end."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.facts.base import Article, Count, DocumentNumber, Fact, Moment, Part
from contracts.ids import CaseId, LookupCode, PetitionId, PublicCaseId, UnitId
from contracts.streams import CASES, Stream
from contracts.vocabulary import (
    ClosingGround,
    ComplexityTest,
    DeclineGround,
    EscalationReason,
    MatterField,
    Outcome,
    PetitionKind,
    SettlementResult,
    SuspensionGround,
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


class CalendarCause(Part):
    """One day of the calendar that is no longer what it was, and the entry that says so."""

    day: date
    is_working: bool
    """What it is now."""
    document: DocumentNumber | None
    """None: an estimate, or a day that only stopped being off."""
    revision: Count
    """The entry's number in the calendar book: ``CalendarOverridden.revision``."""


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


class CaseSupplementRequested(CaseFact):
    """The petitioner is asked to complete the petition; nothing is accepted yet."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.supplement_requested.v1"

    requested_on: date
    answer_by: date


class CaseAccepted(CaseFact):
    """The competent authority took the case on (thụ lý): the settlement clock runs."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.accepted.v1"

    accepted_on: date
    settling_authority: UnitId
    clocks: tuple[ClockReading, ...]


class CaseGuided(CaseFact):
    """The petitioner was told, once, where to file (hướng dẫn)."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.guided.v1"

    guided_on: date
    guided_to: UnitId
    rule: RuleId


class CaseTransferred(CaseFact):
    """The petition went to the competent authority (chuyển đơn)."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.transferred.v1"

    transferred_on: date
    from_unit: UnitId
    to_unit: UnitId
    rule: RuleId
    clocks: tuple[ClockReading, ...] = ()


class CaseRerouted(CaseFact):
    """The case was looked at anew: the petition became more complete, or its completion was waited for in vain.

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


class CaseResumed(CaseFact):
    """Settlement goes on; the clock runs with the days that were left."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.resumed.v1"

    resumed_on: date
    document_number: DocumentNumber
    clock: ClockReading


class CaseSettled(CaseFact):
    """A decision or conclusion was issued (giải quyết)."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.settled.v1"

    settled_on: date
    result: SettlementResult
    document_number: DocumentNumber
    is_within_time: bool
    clocks: tuple[ClockReading, ...] = ()


class CaseClosed(CaseFact):
    """Nothing more is owed in this case."""

    TYPE: ClassVar[str] = "vn.tiepdan.case.closed.v1"

    closed_on: date
    ground: ClosingGround


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
)
