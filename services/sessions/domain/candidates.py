"""Cases a session may hear: those routing escalated are proposed, those that are over are dropped."""

from pydantic import AwareDatetime

from contracts.errors import Conflict, Refused
from contracts.facts.base import Count, Fact
from contracts.facts.routing import (
    CaseClosed,
    CaseEscalated,
    CaseOpened,
    CaseParticularsNoted,
    CaseRerouted,
    CaseSettled,
    CaseTransferred,
    CompetenceDecided,
)
from contracts.ids import CaseId, LookupCode, PetitionId, SessionId, UnitId
from contracts.law.secrecy import is_confidential
from contracts.vocabulary import EscalationReason, Labelled, MatterField, PetitionKind
from services.sessions.domain.session import State


class CandidateStatus(Labelled):
    OPEN = "open", "đang xử lý"
    PROPOSED = "proposed", "đề xuất đưa ra phiên tiếp"
    OVER = "over", "đã giải quyết hoặc kết thúc"


class Claim(State):
    """A session that has taken the case on its agenda."""

    session_id: SessionId
    claimed_at: AwareDatetime


class Candidate(State):
    """A case as sessions knows it, from facts only. ``unit`` has it in hand now."""

    case_id: CaseId
    petition_id: PetitionId
    kind: PetitionKind
    unit: UnitId
    is_discreet: bool
    asks_identity_protection: bool | None = None
    """None = not known, which counts as yes."""
    never_at: UnitId | None = None
    """The accused unit: it never sees the case and takes part in no session that hears it."""
    code: LookupCode | None = None
    matter_field: MatterField | None = None
    signer_count: Count = 1
    is_large_group: bool = False
    is_bypass_level: bool = False
    reasons: tuple[EscalationReason, ...] = ()
    escalated_at: AwareDatetime | None = None
    status: CandidateStatus = CandidateStatus.OPEN
    claim: Claim | None = None

    @property
    def may_denounce(self) -> bool:
        """A denunciation, or a petition that may hold one until it is split."""
        return is_confidential(self.kind)


Decided = tuple[Candidate, list[Fact]]


def candidate_of(fact: CaseOpened) -> Candidate:
    """The case as it was opened."""
    return Candidate(
        case_id=fact.case_id,
        petition_id=fact.petition_id,
        kind=fact.kind,
        unit=fact.held_by,
        is_discreet=fact.is_discreet or is_confidential(fact.kind) or fact.never_at is not None,
        never_at=fact.never_at,
        asks_identity_protection=fact.asks_identity_protection,
        code=fact.code,
        matter_field=fact.matter_field,
        signer_count=fact.signer_count,
        is_large_group=fact.is_large_group,
        is_bypass_level=fact.is_bypass_level,
    )


def propose(candidate: Candidate, fact: CaseEscalated) -> Decided:
    """The case is with the superior: proposed for a session there. A case that is over stays over."""
    if candidate.status is CandidateStatus.OVER:
        return candidate, []
    reasons = tuple(dict.fromkeys((*candidate.reasons, *fact.reasons)))
    changes = {
        "status": CandidateStatus.PROPOSED,
        "unit": fact.to_unit,
        "reasons": reasons,
        "escalated_at": fact.escalated_at,
        "signer_count": max(candidate.signer_count, fact.signer_count),
    }
    return candidate.model_copy(update=changes), []


def relocate(candidate: Candidate, fact: CaseRerouted | CaseTransferred | CompetenceDecided) -> Decided:
    """Another unit has the case in hand. One that is before the superior stays proposed there; its session goes on.
    Unless that superior turned out to be accused: then it is proposed at the unit that has it now.

    Never the accused unit: it sees no case of its own.
    """
    unit = fact.to_unit if isinstance(fact, CaseTransferred) else fact.held_by
    is_before_the_accused = candidate.status is CandidateStatus.PROPOSED and candidate.unit == candidate.never_at
    if not (candidate.status is CandidateStatus.OPEN or is_before_the_accused) or unit == candidate.never_at:
        return candidate, []
    return candidate.model_copy(update={"unit": unit}), []


def learn(candidate: Candidate, fact: CaseParticularsNoted) -> Decided:
    """The petition was found to be of another kind, to ask for protection, or to accuse another unit. Discretion, once
    learned, stays.
    """
    is_discreet = fact.is_discreet or is_confidential(fact.kind) or fact.never_at is not None
    changes = {
        "kind": fact.kind,
        "is_discreet": candidate.is_discreet or is_discreet,
        "asks_identity_protection": fact.asks_identity_protection,
        "never_at": fact.never_at,
    }
    return candidate.model_copy(update=changes), []


def drop(candidate: Candidate, _: CaseSettled | CaseClosed) -> Decided:
    """Nothing is left to hear."""
    return candidate.model_copy(update={"status": CandidateStatus.OVER}), []


def claim(candidate: Candidate, wanted: Claim, freed: SessionId | None = None) -> Decided:
    """The session takes the case. ``freed``: a session known to hold it no more.

    Errors: Refused("case_over"); Conflict("case_already_scheduled").
    """
    if candidate.status is CandidateStatus.OVER:
        raise Refused("case_over", "Vụ việc đã giải quyết hoặc kết thúc, không đưa ra phiên tiếp.")
    held_by = candidate.claim.session_id if candidate.claim else None
    if held_by not in {None, wanted.session_id, freed}:
        raise Conflict("case_already_scheduled", "Vụ việc đã có trong một phiên khác.", session_id=str(held_by))
    return candidate.model_copy(update={"claim": wanted}), []


def release(candidate: Candidate, session_id: SessionId) -> Decided:
    """The session lets the case go; another session's claim stays."""
    if candidate.claim is None or candidate.claim.session_id != session_id:
        return candidate, []
    return candidate.model_copy(update={"claim": None}), []
