"""The public twins: what other government systems may know of a case. An allow-list, not a filter.

Denunciations, and what may hold one, have no twin. A twin carries neither petition, case id nor lookup code, so that
a public event cannot be joined with an internal one; the public case id is its own.
"""

from datetime import date
from typing import ClassVar, Final

from contracts.facts.base import Fact, vietnam_day
from contracts.facts.routing import (
    CaseAccepted,
    CaseClosed,
    CaseDeclined,
    CaseEscalated,
    CaseExtended,
    CaseFact,
    CaseGuided,
    CaseOpened,
    CaseResumed,
    CaseSettled,
    CaseSuspended,
    CaseTransferred,
    DeadlineMoved,
)
from contracts.ids import PublicCaseId, UnitId
from contracts.streams import PUBLIC_CASES, Stream
from contracts.vocabulary import CONFIDENTIAL_KINDS, ClosingGround, MatterField, Outcome, PetitionKind, SettlementResult


class PublicCaseFact(Fact):
    """A redacted fact about one case."""

    public_id: PublicCaseId

    @property
    def stream(self) -> Stream:
        return PUBLIC_CASES

    @property
    def subject(self) -> PublicCaseId:
        return self.public_id


class PublicCaseOpened(PublicCaseFact):
    """A case was opened."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.opened.v1"

    kind: PetitionKind
    matter_field: MatterField
    received_on: date
    competent_authority: UnitId | None = None
    outcome: Outcome


class PublicCaseAccepted(PublicCaseFact):
    """A case was accepted."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.accepted.v1"

    accepted_on: date
    settling_authority: UnitId
    due_on: date | None = None


class PublicCaseGuided(PublicCaseFact):
    """The petitioner was guided to another unit."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.guided.v1"

    guided_on: date
    guided_to: UnitId


class PublicCaseTransferred(PublicCaseFact):
    """The petition was transferred."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.transferred.v1"

    transferred_on: date
    to_unit: UnitId


class PublicCaseDeclined(PublicCaseFact):
    """The case was not accepted."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.declined.v1"

    declined_on: date


class PublicCaseEscalated(PublicCaseFact):
    """The case is with the superior."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.escalated.v1"

    escalated_on: date
    to_unit: UnitId


class PublicCaseExtended(PublicCaseFact):
    """The settlement time was lengthened."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.extended.v1"

    extended_on: date
    due_on: date


class PublicCaseSuspended(PublicCaseFact):
    """Settlement stands still."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.suspended.v1"

    suspended_on: date


class PublicCaseResumed(PublicCaseFact):
    """Settlement goes on."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.resumed.v1"

    resumed_on: date
    due_on: date


class PublicCaseSettled(PublicCaseFact):
    """The case was settled."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.settled.v1"

    settled_on: date
    result: SettlementResult
    is_within_time: bool


class PublicCaseClosed(PublicCaseFact):
    """Nothing more is owed in the case."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.case.closed.v1"

    closed_on: date
    ground: ClosingGround


class PublicDeadlineMoved(PublicCaseFact):
    """The calendar changed, and with it the last day of settlement."""

    TYPE: ClassVar[str] = "vn.tiepdan.public.deadline.moved.v1"

    moved_on: date
    due_on: date


_SETTLEMENT: Final = frozenset({"K3", "K6"})
"""The clocks whose last day was told in public; those of denunciations never are."""


def public_twin(  # noqa: C901, PLR0911, PLR0912 - an allow-list reads best as one table
    fact: CaseFact, public_id: PublicCaseId
) -> PublicCaseFact | None:
    """The redacted twin of a case fact, or none where the public has no business: default drop."""
    if fact.kind in CONFIDENTIAL_KINDS:
        return None
    match fact:
        case CaseOpened():
            return PublicCaseOpened(
                public_id=public_id,
                kind=fact.kind,
                matter_field=fact.matter_field,
                received_on=fact.received_on,
                competent_authority=fact.competent_authority,
                outcome=fact.outcome,
            )
        case CaseAccepted():
            due_on = max((clock.rolled_due for clock in fact.clocks), default=None)
            return PublicCaseAccepted(
                public_id=public_id,
                accepted_on=fact.accepted_on,
                settling_authority=fact.settling_authority,
                due_on=due_on,
            )
        case CaseGuided():
            return PublicCaseGuided(public_id=public_id, guided_on=fact.guided_on, guided_to=fact.guided_to)
        case CaseTransferred():
            return PublicCaseTransferred(public_id=public_id, transferred_on=fact.transferred_on, to_unit=fact.to_unit)
        case CaseDeclined():
            return PublicCaseDeclined(public_id=public_id, declined_on=fact.declined_on)
        case CaseEscalated():
            return PublicCaseEscalated(
                public_id=public_id, escalated_on=vietnam_day(fact.escalated_at), to_unit=fact.to_unit
            )
        case CaseExtended():
            return PublicCaseExtended(public_id=public_id, extended_on=fact.extended_on, due_on=fact.clock.rolled_due)
        case CaseSuspended():
            return PublicCaseSuspended(public_id=public_id, suspended_on=fact.suspended_on)
        case CaseResumed():
            return PublicCaseResumed(public_id=public_id, resumed_on=fact.resumed_on, due_on=fact.clock.rolled_due)
        case CaseSettled():
            return PublicCaseSettled(
                public_id=public_id,
                settled_on=fact.settled_on,
                result=fact.result,
                is_within_time=fact.is_within_time,
            )
        case CaseClosed():
            return PublicCaseClosed(public_id=public_id, closed_on=fact.closed_on, ground=fact.ground)
        case DeadlineMoved() if fact.clock.clock in _SETTLEMENT:
            return PublicDeadlineMoved(public_id=public_id, moved_on=fact.moved_on, due_on=fact.clock.rolled_due)
        case _:
            return None


FACTS: tuple[type[Fact], ...] = (
    PublicCaseOpened,
    PublicCaseAccepted,
    PublicCaseGuided,
    PublicCaseTransferred,
    PublicCaseDeclined,
    PublicCaseEscalated,
    PublicCaseExtended,
    PublicCaseSuspended,
    PublicCaseResumed,
    PublicCaseSettled,
    PublicCaseClosed,
    PublicDeadlineMoved,
)
