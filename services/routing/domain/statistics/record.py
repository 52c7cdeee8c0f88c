"""What was said about a case, as far as statistics need it: dated marks, folded in any order, each once."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from contracts.facts import routing
from contracts.facts.base import vietnam_day
from contracts.facts.sessions import SessionScheduled, SessionStarted
from contracts.ids import CaseId, LookupCode, SessionId, UnitId
from contracts.vocabulary import (
    Channel,
    ClosingGround,
    DeclineGround,
    EarlierSettlement,
    Instance,
    LinkKind,
    MatterField,
    Outcome,
    PetitionKind,
    SessionKind,
    SettlementResult,
)

RESULT_TOLD: Final = "R2"
"""The clock that ends when the settling body reports its result to the one that transferred."""


class Happening(StrEnum):
    """What a mark tells."""

    ACCEPTED = "accepted"
    GUIDED = "guided"
    TRANSFERRED = "transferred"
    REROUTED = "rerouted"
    DECLINED = "declined"
    SETTLED = "settled"
    CLOSED = "closed"
    DISCONTINUED = "discontinued"
    DIALOGUE_HELD = "dialogue_held"
    LINKED = "linked"
    UNLINKED = "unlinked"
    URGED = "urged"
    SENT_BACK = "sent_back"
    PLACED = "placed"
    REFUSED_BY_NOTICE = "refused_by_notice"
    REPLIED = "replied"
    NOTED = "noted"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Opening(_Kept):
    """What ``CaseOpened`` said. None: a fact of before these fields were said."""

    code: LookupCode
    kind: PetitionKind
    received_on: date
    received_by: UnitId | None
    channel: Channel | None
    instance: Instance | None
    matter_field: MatterField
    held_by: UnitId
    outcome: Outcome
    signer_count: int
    is_large_group: bool
    is_nameless: bool
    is_repeat: bool
    earlier: EarlierSettlement
    never_at: UnitId | None


class Mark(_Kept):
    """One thing that happened, with the day it counts on."""

    sequence: int
    """Of the fact, among those of its case."""
    on: date
    what: Happening
    by: UnitId | None = None
    to: UnitId | None = None
    outcome: Outcome | None = None
    ground: DeclineGround | None = None
    is_withdrawal: bool = False
    link: LinkKind | None = None
    result: SettlementResult | None = None
    is_within_time: bool = False
    effects: routing.SettlementEffects | None = None
    kind: PetitionKind | None = None
    """Noted: what the petition is from then on."""
    never_at: UnitId | None = None
    """Noted: whom it accuses, as was found."""


class Hearing(_Kept):
    """The case was on the agenda of a session that started."""

    session_id: SessionId
    on: date
    chaired_by: UnitId
    kind: SessionKind
    is_delegated: bool


class CaseRecord(_Kept):
    """All marks of a case, in the order they were said; hearings by day. No person."""

    case_id: CaseId
    opening: Opening | None = None
    """None: a session was heard of before the case."""
    marks: tuple[Mark, ...] = ()
    hearings: tuple[Hearing, ...] = ()

    def with_fact(self, fact: routing.CaseFact, sequence: int) -> "CaseRecord":
        """With what the fact says. The same fact again changes nothing; the order they come in means nothing."""
        if isinstance(fact, routing.CaseOpened):
            return self.model_copy(update={"opening": _opening(fact)})
        mark = _mark_of(fact, sequence)
        if mark is None or mark in self.marks:
            return self
        marks = sorted((*self.marks, mark), key=lambda one: one.sequence)
        return self.model_copy(update={"marks": tuple(marks)})

    def with_hearing(self, hearing: Hearing) -> "CaseRecord":
        """With the session that heard it; once each."""
        others = [one for one in self.hearings if one.session_id != hearing.session_id]
        hearings = sorted((*others, hearing), key=lambda one: (one.on, str(one.session_id)))
        return self.model_copy(update={"hearings": tuple(hearings)})

    def known_by(self, day: date) -> "CaseRecord":
        """The record as of the end of that day."""
        return self.model_copy(
            update={
                "marks": tuple(mark for mark in self.marks if mark.on <= day),
                "hearings": tuple(hearing for hearing in self.hearings if hearing.on <= day),
            }
        )

    @property
    def last_on(self) -> date | None:
        """The last day on which something counted; none before it was opened."""
        if self.opening is None:
            return None
        days = (*(mark.on for mark in self.marks), *(hearing.on for hearing in self.hearings))
        return max((self.opening.received_on, *days))

    @property
    def accused(self) -> frozenset[UnitId]:
        """Every unit that it was ever said to accuse: the safe side."""
        found = (self.opening.never_at if self.opening else None, *(mark.never_at for mark in self.marks))
        return frozenset(unit for unit in found if unit is not None)

    @property
    def unit_ids(self) -> frozenset[UnitId]:
        """Every unit at which it may count."""
        if self.opening is None:
            return frozenset()
        own = (self.opening.held_by, self.opening.received_by)
        acted = (unit for mark in self.marks for unit in (mark.by, mark.to))
        heard = (hearing.chaired_by for hearing in self.hearings)
        return frozenset(unit for unit in (*own, *acted, *heard) if unit is not None)


class SessionRecord(_Kept):
    """A reception session: what was scheduled, and whether it started."""

    session_id: SessionId
    kind: SessionKind | None = None
    is_delegated: bool = False
    chaired_by: UnitId | None = None
    started_on: date | None = None

    def with_schedule(self, fact: SessionScheduled) -> "SessionRecord":
        return self.model_copy(
            update={"kind": fact.kind, "is_delegated": fact.is_delegated, "chaired_by": fact.chaired_by}
        )

    def with_start(self, fact: SessionStarted) -> "SessionRecord":
        chair = fact.chaired_by or self.chaired_by
        return self.model_copy(update={"started_on": vietnam_day(fact.started_at), "chaired_by": chair})

    @property
    def hearing(self) -> Hearing | None:
        """What its cases keep of it; none before it started, or when its schedule was never heard."""
        if self.started_on is None or self.kind is None or self.chaired_by is None:
            return None
        return Hearing(
            session_id=self.session_id,
            on=self.started_on,
            chaired_by=self.chaired_by,
            kind=self.kind,
            is_delegated=self.is_delegated,
        )


def _opening(fact: routing.CaseOpened) -> Opening:
    return Opening(
        code=fact.code,
        kind=fact.kind,
        received_on=fact.received_on,
        received_by=fact.received_by,
        channel=fact.channel,
        instance=fact.instance,
        matter_field=fact.matter_field,
        held_by=fact.held_by,
        outcome=fact.outcome,
        signer_count=fact.signer_count,
        is_large_group=fact.is_large_group,
        is_nameless=bool(fact.is_nameless),
        is_repeat=bool(fact.is_repeat),
        earlier=fact.earlier_settlement or EarlierSettlement.NONE,
        never_at=fact.never_at,
    )


def _accepted(fact: routing.CaseAccepted) -> dict[str, Any]:
    return {"on": fact.accepted_on, "what": Happening.ACCEPTED, "by": fact.settling_authority}


def _guided(fact: routing.CaseGuided) -> dict[str, Any]:
    return {"on": fact.guided_on, "what": Happening.GUIDED}


def _split(fact: routing.CaseSplit) -> dict[str, Any]:
    return {"on": fact.split_on, "what": Happening.GUIDED}


def _transferred(fact: routing.CaseTransferred) -> dict[str, Any]:
    return {"on": fact.transferred_on, "what": Happening.TRANSFERRED, "by": fact.from_unit, "to": fact.to_unit}


def _rerouted(fact: routing.CaseRerouted) -> dict[str, Any]:
    return {"on": fact.rerouted_on, "what": Happening.REROUTED, "to": fact.held_by, "outcome": fact.outcome}


def _declined(fact: routing.CaseDeclined) -> dict[str, Any]:
    return {"on": fact.declined_on, "what": Happening.DECLINED, "ground": fact.ground}


def _settled(fact: routing.CaseSettled) -> dict[str, Any]:
    return {
        "on": fact.settled_on,
        "what": Happening.SETTLED,
        "result": fact.result,
        "is_within_time": fact.is_within_time,
        "effects": fact.effects,
    }


def _closed(fact: routing.CaseClosed) -> dict[str, Any]:
    is_withdrawal = fact.ground is ClosingGround.WITHDRAWN
    return {"on": fact.closed_on, "what": Happening.CLOSED, "is_withdrawal": is_withdrawal}


def _discontinued(fact: routing.CaseDiscontinued) -> dict[str, Any]:
    return {"on": fact.discontinued_on, "what": Happening.DISCONTINUED, "is_withdrawal": True}


def _dialogue(fact: routing.CaseDialogueHeld) -> dict[str, Any]:
    return {"on": fact.held_on, "what": Happening.DIALOGUE_HELD}


def _linked(fact: routing.CaseLinked) -> dict[str, Any]:
    return {"on": fact.linked_on, "what": Happening.LINKED, "link": fact.link}


def _unlinked(fact: routing.CaseUnlinked) -> dict[str, Any]:
    return {"on": fact.unlinked_on, "what": Happening.UNLINKED}


def _urged(fact: routing.CaseUrged) -> dict[str, Any]:
    return {"on": fact.urged_on, "what": Happening.URGED, "by": fact.from_unit, "to": fact.to_unit}


def _sent_back(fact: routing.CompetenceRefused) -> dict[str, Any]:
    return {"on": fact.refused_on, "what": Happening.SENT_BACK, "by": fact.from_unit, "to": fact.to_unit}


def _disputed(fact: routing.CompetenceDisputed) -> dict[str, Any]:
    return {"on": fact.disputed_on, "what": Happening.PLACED, "to": fact.decided_by}


def _decided(fact: routing.CompetenceDecided) -> dict[str, Any]:
    return {"on": fact.decided_on, "what": Happening.PLACED, "to": fact.held_by}


def _refused(fact: routing.ReceptionRefused) -> dict[str, Any]:
    return {"on": fact.refused_on, "what": Happening.REFUSED_BY_NOTICE} if fact.is_by_notice else {}


def _duty_done(fact: routing.CaseDutyDone) -> dict[str, Any]:
    return {"on": fact.done_on, "what": Happening.REPLIED} if RESULT_TOLD in fact.ended else {}


def _noted(fact: routing.CaseParticularsNoted) -> dict[str, Any]:
    return {"on": fact.noted_on, "what": Happening.NOTED, "kind": fact.kind, "never_at": fact.never_at}


_READINGS: Final[Mapping[type[routing.CaseFact], Callable[[Any], dict[str, Any]]]] = {
    routing.CaseAccepted: _accepted,
    routing.CaseGuided: _guided,
    routing.CaseSplit: _split,
    routing.CaseTransferred: _transferred,
    routing.CaseRerouted: _rerouted,
    routing.CaseDeclined: _declined,
    routing.CaseSettled: _settled,
    routing.CaseClosed: _closed,
    routing.CaseDiscontinued: _discontinued,
    routing.CaseDialogueHeld: _dialogue,
    routing.CaseLinked: _linked,
    routing.CaseUnlinked: _unlinked,
    routing.CaseUrged: _urged,
    routing.CompetenceRefused: _sent_back,
    routing.CompetenceDisputed: _disputed,
    routing.CompetenceDecided: _decided,
    routing.ReceptionRefused: _refused,
    routing.CaseDutyDone: _duty_done,
    routing.CaseParticularsNoted: _noted,
}

COUNTED_FACTS: Final[tuple[type[routing.CaseFact], ...]] = (routing.CaseOpened, *_READINGS)
"""The facts of a case that a figure may depend on; all others leave no mark."""


def _mark_of(fact: routing.CaseFact, sequence: int) -> Mark | None:
    read = _READINGS.get(type(fact))
    said = read(fact) if read is not None else {}
    return Mark(sequence=sequence, **said) if said else None
