"""The public stream is an allow-list: whatever a case fact holds, its twin tells only what is written down here."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.facts import BY_TYPE, public, routing, streams_of
from contracts.facts.base import Fact, KeptFile
from contracts.facts.envelope import canonical, seal
from contracts.facts.public import PublicCaseEscalated, PublicCaseFact, public_twin
from contracts.facts.routing import CalendarCause, CaseEscalated, CaseFact, ClockReading, RequestAnswer
from contracts.ids import CaseId, PetitionId, PublicCaseId
from contracts.streams import PUBLIC_CASES
from contracts.vocabulary import AnswerKind, ComplexityTest, EscalationReason, PetitionKind

CASE_FACTS = [fact for fact in routing.FACTS if issubclass(fact, CaseFact)]
PUBLIC_ID = PublicCaseId(UUID("0b0b0b0b-0000-4000-8000-00000000000b"))
CASE_ID = CaseId(UUID("0c0c0c0c-0000-4000-8000-00000000000c"))
PETITION_ID = PetitionId(UUID("0d0d0d0d-0000-4000-8000-00000000000d"))
CANARIES = (
    str(CASE_ID),
    str(PETITION_ID),
    "HS26-",
    "CANARY",
    "unit-that-holds",
    "unit-that-gave",
    "unit-that-is-accused",
)

TOLD = {
    "PublicCaseOpened": {"public_id", "kind", "matter_field", "received_on", "competent_authority", "outcome"},
    "PublicCaseAccepted": {"public_id", "accepted_on", "settling_authority", "due_on"},
    "PublicCaseGuided": {"public_id", "guided_on", "guided_to"},
    "PublicCaseTransferred": {"public_id", "transferred_on", "to_unit"},
    "PublicCaseDeclined": {"public_id", "declined_on"},
    "PublicCaseEscalated": {"public_id", "escalated_on", "to_unit"},
    "PublicCaseExtended": {"public_id", "extended_on", "due_on"},
    "PublicCaseSuspended": {"public_id", "suspended_on"},
    "PublicCaseResumed": {"public_id", "resumed_on", "due_on"},
    "PublicCaseSettled": {"public_id", "settled_on", "result", "is_within_time"},
    "PublicDeadlineMoved": {"public_id", "moved_on", "due_on"},
    "PublicCaseClosed": {"public_id", "closed_on", "ground"},
}
HAVE_NO_TWIN = {
    routing.CaseSupplementRequested,
    routing.CaseRerouted,
    routing.DeadlineNear,
    routing.DeadlineMissed,
    routing.CaseDutyDone,
    routing.CaseDecisionReceived,
    routing.CaseTookEffect,
    routing.CaseDialoguePlanned,
    routing.CaseDialogueHeld,
    routing.CaseDiscontinued,
    routing.CaseContinued,
    routing.CaseLinked,
    routing.CaseUnlinked,
    routing.CaseUrged,
    routing.CaseSplit,
    routing.CaseInspectionOrdered,
    routing.CaseReported,
    routing.CaseOverdueReported,
    routing.CaseInstructed,
    routing.CompetenceRefused,
    routing.CompetenceDisputed,
    routing.CompetenceDecided,
    routing.ReceptionRefused,
    routing.CaseTaskOpened,
    routing.CaseTaskDone,
    routing.CaseDelayExplained,
    routing.CaseDocumentIssued,
    routing.CaseParticularsNoted,
}

_DATES = st.dates(date(2020, 1, 1), date(2040, 12, 31))
_CLOCKS = st.builds(
    ClockReading,
    clock=st.just("K3"),
    started_on=_DATES,
    raw_due=_DATES,
    rolled_due=_DATES,
    alarm_on=_DATES,
    articles=st.just(("CANARY 1",)),
)
_NEVER_TOLD: dict[str, Any] = {
    "case_id": CASE_ID,
    "petition_id": PETITION_ID,
    "code": "HS26-CANARY",
    "document_number": "99999/CANARY-QD",
    "held_by": "unit-that-holds",
    "issued_by": "unit-that-holds",
    "in_place_of": "unit-that-ended",
    "received_by": "unit-that-received",
    "from_unit": "unit-that-gave",
    "never_at": "unit-that-is-accused",
    "noted_by": "unit-that-gave",
    "articles": ("CANARY 1",),
}
_MADE: dict[str, st.SearchStrategy[Any]] = {
    "opened_at": st.datetimes(timezones=st.just(UTC)),
    "escalated_at": st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    "public_id": st.just(PUBLIC_ID),
    "rule": st.just("R01"),
    "competent_authority": st.just("xa-17971"),
    "request_count": st.none() | st.integers(1, 9),
    "requests": st.lists(st.integers(1, 9), max_size=3).map(tuple),
    "settling_authority": st.just("xa-17971"),
    "guided_to": st.just("xa-17971"),
    "to_unit": st.just("tinh-40"),
    "clock": _CLOCKS,
    "missed_clock": st.none() | _CLOCKS,
    "was": _CLOCKS,
    "because": st.just((CalendarCause(day=date(2027, 2, 3), is_working=False, document=None, revision=1),)),
    "clocks": st.lists(_CLOCKS, max_size=3).map(tuple),
    "legal_grounds": st.just(("CANARY 1",)),
    "answers": st.just((RequestAnswer(request=1, answer=AnswerKind.REFUSED, ground="CANARY 1"),)),
    "evidence": st.just(()),
    "ended": st.just(("K4",)),
    "files": st.just((KeptFile(media_type="application/pdf", sha256="0" * 64, size_bytes=1),)),
    "noted": st.just(("subject",)),
    "between": st.just(("unit-that-gave", "unit-that-holds")),
    "decided_by": st.just("unit-that-gave"),
    "from_case": st.just(CASE_ID),
    "to_case": st.just(CASE_ID),
    "reasons": st.sets(st.sampled_from(EscalationReason), min_size=1).map(tuple),
    "tests": st.sets(st.sampled_from(ComplexityTest), min_size=1).map(tuple),
}


def _values_of(annotation: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 1000) if annotation is int else st.from_type(annotation)


@st.composite
def _case_facts(draw: st.DrawFn, kinds: st.SearchStrategy[PetitionKind]) -> CaseFact:
    model = draw(st.sampled_from(CASE_FACTS))
    values: dict[str, Any] = {"kind": draw(kinds)}
    for name, field in model.model_fields.items():
        if name in _NEVER_TOLD:
            values[name] = _NEVER_TOLD[name]
        elif name != "kind":
            values[name] = draw(_MADE[name] if name in _MADE else _values_of(field.annotation))
    fact = model.model_validate(values)
    assert isinstance(fact, CaseFact)
    return fact


OPEN_KINDS = st.sampled_from([PetitionKind.COMPLAINT, PetitionKind.RECOMMENDATION, PetitionKind.FEEDBACK])
CLOSED_KINDS = st.sampled_from([PetitionKind.DENUNCIATION, PetitionKind.MIXED])


@given(_case_facts(OPEN_KINDS))
def test_no_public_fact_carries_an_internal_id_code_document_or_holder(fact: CaseFact) -> None:
    twin = public_twin(fact, PUBLIC_ID)
    if twin is None:
        assert type(fact) in HAVE_NO_TWIN
        return
    told = canonical(twin).decode()
    assert [canary for canary in CANARIES if canary in told] == []
    assert set(twin.model_dump()) == TOLD[type(twin).__name__]


@given(_case_facts(OPEN_KINDS))
def test_the_envelope_of_a_public_fact_leads_to_no_internal_id_either(fact: CaseFact) -> None:
    twin = public_twin(fact, PUBLIC_ID)
    if twin is None:
        return
    envelope = seal(
        twin,
        fact_id=UUID(int=1),
        source="/tiepdan/routing",
        time=datetime(2026, 9, 7, tzinfo=UTC),
        sequence=1,
        prev_hash="0" * 64,
        traceparent=None,
    )
    sent = repr(envelope.headers()) + envelope.value.decode() + envelope.subject
    assert [canary for canary in CANARIES if canary in sent] == []
    assert twin.stream is PUBLIC_CASES
    assert twin.subject == PUBLIC_ID


@given(_case_facts(CLOSED_KINDS))
def test_a_denunciation_or_what_may_hold_one_has_no_public_twin_ever(fact: CaseFact) -> None:
    assert public_twin(fact, PUBLIC_ID) is None


def test_the_canaries_really_stand_in_the_case_facts() -> None:
    carried = {name for fact in CASE_FACTS for name in fact.model_fields}
    assert _NEVER_TOLD.keys() <= carried
    told = {canary for canary in CANARIES for value in _NEVER_TOLD.values() if canary in str(value)}
    assert told == set(CANARIES)


@pytest.mark.parametrize("fact", public.FACTS, ids=lambda fact: fact.TYPE)
def test_what_a_public_fact_may_hold_is_written_down(fact: type[Fact]) -> None:
    assert set(fact.model_fields) == TOLD[fact.__name__]


def test_every_public_fact_goes_to_the_public_stream_and_no_other_fact_does() -> None:
    on_public = {fact for fact in BY_TYPE.values() if PUBLIC_CASES in streams_of(fact)}
    assert on_public == set(public.FACTS)
    assert all(issubclass(fact, PublicCaseFact) for fact in on_public)


def test_the_public_day_of_an_escalation_is_the_day_in_vietnam() -> None:
    late_evening_in_utc = datetime(2026, 9, 7, 17, 30, tzinfo=UTC)
    escalated = CaseEscalated(
        case_id=CASE_ID,
        petition_id=PETITION_ID,
        kind=PetitionKind.COMPLAINT,
        escalated_at=late_evening_in_utc,
        reasons=(EscalationReason.RED_LINE,),
        from_unit="xa-17971",
        to_unit="tinh-40",
    )
    twin = public_twin(escalated, PUBLIC_ID)
    assert isinstance(twin, PublicCaseEscalated)
    assert twin.escalated_on == date(2026, 9, 8)
