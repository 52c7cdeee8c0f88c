"""Which fact calls for which notices: one closed table, fact type → drafts. Texts stand in the templates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from contracts.facts.base import Fact
from contracts.facts.intake import PetitionFiled, PetitionSupplemented, PetitionWithdrawn
from contracts.facts.routing import (
    CaseAccepted,
    CaseDeclined,
    CaseEscalated,
    CaseExtended,
    CaseFact,
    CaseGuided,
    CaseOpened,
    CaseRerouted,
    CaseResumed,
    CaseSettled,
    CaseSupplementRequested,
    CaseSuspended,
    CaseTransferred,
    ClockReading,
    CompetenceDecided,
    DeadlineMissed,
    DeadlineNear,
)
from contracts.facts.sessions import BridgePoint, HeardCase, SessionCancelled, SessionRescheduled, SessionScheduled
from contracts.ids import PetitionId, SessionId, UnitId
from contracts.law.secrecy import is_confidential
from contracts.vocabulary import Role, WithdrawalScope
from services.notify.domain.pace import VIETNAM

REMINDER: Final = "T09"
_REMINDER_BEFORE: Final = timedelta(days=1)
REMINDER_LEAST: Final = timedelta(hours=26)
"""A session nearer than that gets no reminder of its own: the invitation is fresh."""
SESSION_LAST_CALL: Final = timedelta(minutes=30)

UnitNames = Callable[[UnitId], str]
"""The approved short name of a unit."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A post that is told what concerns its unit. Its number stands in the duty book, not here."""

    post: str
    unit: UnitId
    role: Role


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice to be: before the template's version, the id and the times are known."""

    template: str
    about: PetitionId
    values: Mapping[str, str] = field(default_factory=dict)
    is_discreet: bool = False
    to_unit: UnitId | None = None
    """None: to the petitioner. Else: to the petition officers on duty of this unit."""
    session_id: SessionId | None = None
    event_at: datetime | None = None
    not_before: datetime | None = None


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _moment(moment: datetime) -> dict[str, str]:
    local = moment.astimezone(VIETNAM)
    return {"gio": local.strftime("%H:%M"), "ngay": _day(local.date())}


def _last_due(clocks: Sequence[ClockReading]) -> date | None:
    return max((clock.rolled_due for clock in clocks), default=None)


def _filed(fact: PetitionFiled, names: UnitNames) -> list[Draft]:
    return [
        Draft(
            "T01",
            fact.petition_id,
            {**_moment(fact.received_at), "cq": names(fact.received_by)},
            is_discreet=is_confidential(fact.kind) or fact.asks_identity_protection,
        )
    ]


def _supplemented(fact: PetitionSupplemented, _: UnitNames) -> list[Draft]:
    return [Draft("T07", fact.petition_id, _moment(fact.supplemented_at), is_confidential(fact.kind))]


def _withdrawn(fact: PetitionWithdrawn, _: UnitNames) -> list[Draft]:
    template = "T15" if fact.scope is WithdrawalScope.WHOLE else "T21"
    return [Draft(template, fact.petition_id, _moment(fact.withdrawn_at), is_confidential(fact.kind))]


def _to_petitioner(template: str, fact: CaseFact, values: Mapping[str, str]) -> Draft:
    return Draft(template, fact.petition_id, values, is_confidential(fact.kind))


def _to_officers(template: str, fact: CaseFact, unit: UnitId, values: Mapping[str, str]) -> Draft:
    return Draft(template, fact.petition_id, values, is_confidential(fact.kind), to_unit=unit)


def _assigned(fact: CaseFact, unit: UnitId, clocks: Sequence[ClockReading]) -> list[Draft]:
    due = min((clock.rolled_due for clock in clocks), default=None)
    return [] if due is None else [_to_officers("O01", fact, unit, {"han": _day(due)})]


def _opened(fact: CaseOpened, _: UnitNames) -> list[Draft]:
    drafts = _assigned(fact, fact.held_by, fact.clocks)
    return [replace(draft, is_discreet=draft.is_discreet or fact.is_discreet) for draft in drafts]


def _supplement_requested(fact: CaseSupplementRequested, _: UnitNames) -> list[Draft]:
    return [_to_petitioner("T06", fact, {"han": _day(fact.answer_by)})]


def _accepted(fact: CaseAccepted, names: UnitNames) -> list[Draft]:
    values = {"ngay": _day(fact.accepted_on), "cq": names(fact.settling_authority)}
    due = _last_due(fact.clocks)
    if due is None:
        return [_to_petitioner("T20", fact, values)]
    return [_to_petitioner("T02", fact, {**values, "han": _day(due)})]


def _guided(fact: CaseGuided, names: UnitNames) -> list[Draft]:
    return [_to_petitioner("T04", fact, {"ngay": _day(fact.guided_on), "cq": names(fact.guided_to)})]


def _transferred(fact: CaseTransferred, names: UnitNames) -> list[Draft]:
    values = {"ngay": _day(fact.transferred_on), "cq": names(fact.to_unit)}
    return [_to_petitioner("T03", fact, values), *_assigned(fact, fact.to_unit, fact.clocks)]


def _rerouted(fact: CaseRerouted, names: UnitNames) -> list[Draft]:
    """The person is told when the next step or the place is another one; the new holder, what it has in hand.

    A fact that does not say what changed is from before it was said: then one tells.
    """
    is_news = fact.is_outcome_changed is not False or fact.is_place_changed is not False
    values = {"ngay": _day(fact.rerouted_on), "cq": names(fact.held_by)}
    told = [_to_petitioner("T22", fact, values)] if is_news else []
    return [*told, *(_assigned(fact, fact.held_by, fact.clocks) if fact.is_place_changed else [])]


def _competence_decided(fact: CompetenceDecided, names: UnitNames) -> list[Draft]:
    values = {"ngay": _day(fact.decided_on), "cq": names(fact.competent_authority)}
    return [_to_petitioner("T22", fact, values), *_assigned(fact, fact.held_by, fact.clocks)]


def _declined(fact: CaseDeclined, _: UnitNames) -> list[Draft]:
    return [_to_petitioner("T05", fact, {"ngay": _day(fact.declined_on)})]


def _escalated(fact: CaseEscalated, _: UnitNames) -> list[Draft]:
    return [_to_officers("O04", fact, fact.to_unit, {"ngay": _moment(fact.escalated_at)["ngay"]})]


def _extended(fact: CaseExtended, _: UnitNames) -> list[Draft]:
    return [_to_petitioner("T12", fact, {"han": _day(fact.clock.rolled_due)})]


def _suspended(fact: CaseSuspended, _: UnitNames) -> list[Draft]:
    return [_to_petitioner("T18", fact, {"ngay": _day(fact.suspended_on), "so": fact.document_number})]


def _resumed(fact: CaseResumed, _: UnitNames) -> list[Draft]:
    values = {"ngay": _day(fact.resumed_on), "han": _day(fact.clock.rolled_due)}
    return [_to_petitioner("T19", fact, values)]


def _settled(fact: CaseSettled, _: UnitNames) -> list[Draft]:
    return [_to_petitioner("T13", fact, {"ngay": _day(fact.settled_on), "so": fact.document_number})]


def _near(fact: DeadlineNear, _: UnitNames) -> list[Draft]:
    values = {"n": str(max(0, fact.days_left)), "han": _day(fact.clock.rolled_due)}
    return [_to_officers("O02", fact, fact.held_by, values)]


def _missed(fact: DeadlineMissed, _: UnitNames) -> list[Draft]:
    values = {"n": str(fact.days_over), "han": _day(fact.clock.rolled_due)}
    return [_to_officers("O03", fact, fact.held_by, values)]


def _scheduled(fact: SessionScheduled, names: UnitNames) -> list[Draft]:
    return [
        draft
        for case in fact.cases
        for draft in _invitation("T08", fact.session_id, fact.starts_at, case, fact.points, names)
    ]


def _rescheduled(fact: SessionRescheduled, names: UnitNames) -> list[Draft]:
    return [
        draft
        for case in fact.cases
        for draft in _invitation("T10", fact.session_id, fact.starts_at, case, fact.points, names)
    ]


def _cancelled(fact: SessionCancelled, _: UnitNames) -> list[Draft]:
    return [
        Draft("T11", case.petition_id, is_discreet=case.is_discreet, session_id=fact.session_id) for case in fact.cases
    ]


def _invitation(
    template: str,
    session_id: SessionId,
    starts_at: datetime,
    case: HeardCase,
    points: Sequence[BridgePoint],
    names: UnitNames,
) -> list[Draft]:
    """The invitation at once, the reminder a day before."""
    point = next((point for point in points if point.point_id == case.point_id), points[0])
    values = {**_moment(starts_at), "dc": names(point.unit)}
    invitation = Draft(template, case.petition_id, values, case.is_discreet, session_id=session_id, event_at=starts_at)
    return [invitation, replace(invitation, template=REMINDER, not_before=starts_at - _REMINDER_BEFORE)]


RULES: Final[Mapping[type[Fact], Callable[[Any, UnitNames], list[Draft]]]] = {
    PetitionFiled: _filed,
    PetitionSupplemented: _supplemented,
    PetitionWithdrawn: _withdrawn,
    CaseOpened: _opened,
    CaseSupplementRequested: _supplement_requested,
    CaseAccepted: _accepted,
    CaseGuided: _guided,
    CaseTransferred: _transferred,
    CaseRerouted: _rerouted,
    CompetenceDecided: _competence_decided,
    CaseDeclined: _declined,
    CaseEscalated: _escalated,
    CaseExtended: _extended,
    CaseSuspended: _suspended,
    CaseResumed: _resumed,
    CaseSettled: _settled,
    DeadlineNear: _near,
    DeadlineMissed: _missed,
    SessionScheduled: _scheduled,
    SessionRescheduled: _rescheduled,
    SessionCancelled: _cancelled,
}

TOLD: Final = frozenset(RULES)
"""The facts that somebody is told of."""
ENDS_REMINDERS: Final = frozenset({SessionRescheduled, SessionCancelled})
"""Facts after which a session's earlier reminders must not go out."""
