"""A case that moved is known at its new place; one before the superior stays there; the accused never gets it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from contracts.facts.routing import CaseEscalated, CaseParticularsNoted, CaseRerouted
from contracts.ids import CaseId, PetitionId
from contracts.vocabulary import EscalationReason, Outcome, PetitionKind
from services.sessions.domain import Candidate, CandidateStatus, learn, propose, relocate

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


UP = CaseEscalated(
    case_id=CASE,
    petition_id=PETITION,
    kind=PetitionKind.COMPLAINT,
    escalated_at=datetime(2026, 9, 20, tzinfo=UTC),
    reasons=(EscalationReason.DEADLINE_MISSED,),
    from_unit="xa-17971",
    to_unit="tinh-40",
)


def test_what_is_before_the_superior_stays_proposed_there() -> None:
    proposed, _ = propose(KNOWN, UP)
    assert relocate(proposed, rerouted("so-40-xd"))[0].unit == "tinh-40"


def noted(**said: Any) -> CaseParticularsNoted:
    return CaseParticularsNoted(
        **{
            "case_id": CASE,
            "petition_id": PETITION,
            "kind": PetitionKind.COMPLAINT,
            "noted_on": date(2026, 9, 22),
            "noted_by": "xa-17971",
            "noted": ("respondent_unit",),
            **said,
        }
    )


def test_what_was_found_later_is_known_for_the_next_session() -> None:
    fact = noted(kind=PetitionKind.DENUNCIATION, asks_identity_protection=True, never_at="tinh-40")
    learned, said = learn(KNOWN, fact)
    assert (learned.kind, learned.asks_identity_protection, learned.never_at) == (fact.kind, True, "tinh-40")
    assert (learned.is_discreet, said) == (True, [])


def test_discretion_once_learned_stays_and_whom_it_accuses_is_as_it_was_found_last() -> None:
    secret = KNOWN.model_copy(update={"is_discreet": True, "never_at": "xa-17971"})
    learned, _ = learn(secret, noted())
    assert (learned.is_discreet, learned.never_at) == (True, None)


def test_a_case_before_a_superior_that_turned_out_to_be_accused_is_proposed_where_it_went() -> None:
    proposed, _ = propose(KNOWN, UP)
    learned, _ = learn(proposed, noted(kind=PetitionKind.DENUNCIATION, never_at="tinh-40"))
    moved, _ = relocate(learned, rerouted("tw"))
    assert (moved.unit, moved.status) == ("tw", CandidateStatus.PROPOSED)
