"""A case that moved is known at its new place; one before the superior stays there; the accused never gets it."""

from datetime import UTC, date, datetime
from uuid import UUID

from contracts.facts.routing import CaseEscalated, CaseRerouted
from contracts.ids import CaseId, PetitionId
from contracts.vocabulary import EscalationReason, Outcome, PetitionKind
from services.sessions.domain import Candidate, propose, relocate

CASE, PETITION = CaseId(UUID(int=1)), PetitionId(UUID(int=2))
KNOWN = Candidate(case_id=CASE, petition_id=PETITION, kind=PetitionKind.COMPLAINT, unit="xa-17971", is_discreet=False)


def rerouted(to: str) -> CaseRerouted:
    return CaseRerouted(
        case_id=CASE,
        petition_id=PETITION,
        kind=PetitionKind.COMPLAINT,
        rerouted_on=date(2026, 9, 23),
        held_by=to,
        competent_authority=to,
        outcome=Outcome.ACCEPT_PROPOSE,
        rule="R01",
    )


def test_a_case_routed_anew_is_at_its_new_holder() -> None:
    moved, said = relocate(KNOWN, rerouted("so-40-xd"))
    assert (moved.unit, said) == ("so-40-xd", [])


def test_the_accused_unit_never_gets_it() -> None:
    secret = KNOWN.model_copy(update={"never_at": "so-40-xd"})
    assert relocate(secret, rerouted("so-40-xd"))[0].unit == "xa-17971"


def test_what_is_before_the_superior_stays_proposed_there() -> None:
    up = CaseEscalated(
        case_id=CASE,
        petition_id=PETITION,
        kind=PetitionKind.COMPLAINT,
        escalated_at=datetime(2026, 9, 20, tzinfo=UTC),
        reasons=(EscalationReason.DEADLINE_MISSED,),
        from_unit="xa-17971",
        to_unit="tinh-40",
    )
    proposed, _ = propose(KNOWN, up)
    assert relocate(proposed, rerouted("so-40-xd"))[0].unit == "tinh-40"
