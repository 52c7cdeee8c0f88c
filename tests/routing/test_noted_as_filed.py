"""Noted later or filed so from the start: before acceptance it leads to the same outcome, holder, rule and clocks."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contracts.errors import BadInput
from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Obstacle, Particulars
from contracts.vocabulary import (
    Channel,
    Forwarder,
    Instance,
    MatterField,
    ObstacleGround,
    PetitionerRole,
    PetitionKind,
    PowerForm,
    RespondentMove,
    RespondentPlace,
    RespondentPost,
    SubjectMatter,
    UnitLevel,
)
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.domain.deadlines import row_of
from services.routing.domain.explain import explain
from services.routing.domain.noting import CORRECTED, as_found, differing
from services.routing.orders.finding import NOTABLE, ParticularsNote
from tests.routing.given import KIM_LIEN, LAW, OFFICE, PROVINCE, QUY_HOP, SO_NNMT, SO_XD, case_of, day, filed

AT_ONCE = {"TB13", "T13", "RB2"}
"""Clocks that begin with the finding itself."""
RED_LINE = "R10"
UNITS = st.sampled_from((KIM_LIEN, QUY_HOP, SO_XD, PROVINCE))
YES_OR_NO = st.none() | st.booleans()
BEFORE = st.none() | st.dates(day("2026-03-01"), day("2026-09-01"))

PETITIONS = st.builds(
    filed,
    kind=st.sampled_from(PetitionKind),
    channel=st.sampled_from((Channel.COUNTER, Channel.POST, Channel.WEB, Channel.FORWARDED)),
    received_by=st.sampled_from((KIM_LIEN, OFFICE, SO_XD)),
    respondent_unit=st.none() | UNITS,
    respondent_post=st.none() | st.sampled_from(RespondentPost),
    signer_count=st.sampled_from((1, 6)),
    is_signed=st.sampled_from((True, True, False)),
    is_anonymous=st.sampled_from((False, False, False, True)),
    attachment_count=st.integers(0, 1),
)
FOUND: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(PetitionKind),
    "matter_field": st.sampled_from(MatterField),
    "matter_unit": UNITS,
    "respondent_unit": st.none() | UNITS,
    "respondent_post": st.none() | st.sampled_from(RespondentPost),
    "instance": st.sampled_from(Instance),
    "earlier_decision_received_on": BEFORE,
    "decision_known_on": BEFORE,
    "lower_accepted_on": BEFORE,
    "lower_due_on": BEFORE,
    "has_representatives": st.booleans(),
    "is_directly_affected": st.booleans(),
    "asks_identity_protection": st.booleans(),
    "subject": st.none() | st.sampled_from(SubjectMatter),
    "branch": st.none(),
    "managed_at": st.none() | st.sampled_from(UnitLevel),
    "also_concerns": st.sampled_from(((), (QUY_HOP,))),
    "respondent_place": st.none() | st.sampled_from(RespondentPlace),
    "respondent_function": st.none(),
    "accepted_elsewhere_by": st.none() | UNITS,
    "respondent_now_at": st.none() | UNITS,
    "respondent_now_post": st.none() | st.sampled_from(RespondentPost),
    "respondent_move": st.none() | st.sampled_from(RespondentMove),
    "enforceable_on": st.none() | st.just(day("2026-09-10")),
    "obstacles": st.sampled_from(
        (
            (),
            (
                Obstacle(
                    first_day=day("2026-05-01"),
                    last_day=day("2026-06-30"),
                    ground=ObstacleGround.SICKNESS,
                    is_proved=True,
                ),
            ),
        )
    ),
    "guided_before_on": BEFORE,
    "transferred_before_on": BEFORE,
    "settled_effective_on": BEFORE,
    "withdrawn_before_on": BEFORE,
    "petitioner_role": st.none() | st.sampled_from(PetitionerRole),
    "power_form": st.none() | st.sampled_from(PowerForm),
    "attorney_count": st.none() | st.integers(1, 2),
    "representative_count": st.none() | st.integers(1, 5),
    "copied_to": st.sampled_from(((), (SO_NNMT,), (PROVINCE, QUY_HOP))),
    "forwarded_by": st.none() | st.sampled_from(Forwarder),
    "forwarding_unit": st.none() | st.just(SO_NNMT),
    "places_to_verify": st.none() | st.integers(1, 3),
}
FINDINGS = st.sets(st.sampled_from(sorted(NOTABLE)), min_size=1, max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: FOUND.get(name, YES_OR_NO) for name in sorted(names)})
)


def noted(case: Case, found: dict[str, Any]) -> Case:
    """Noted on the day after receipt, before anybody did anything; other examples where it may not be found."""
    try:
        return acts.note_particulars(case, found=found, by=case.held_by, on=day("2026-09-08"), law=LAW)[0]
    except BadInput:
        assume(False)
        raise


def may_be_found(case: Case, found: dict[str, Any]) -> bool:
    """Nothing goes over the wall, and no protection is taken back: that is refused, and has its own tests."""
    return found.get("kind", case.kind) is case.kind and found.get("asks_identity_protection", True) is True


def running(case: Case) -> dict[str, tuple[Any, ...]]:
    """Of a clock that knows no variants it is all one under which it was begun."""
    return {
        clock.id: (clock.event_on, clock.variant in row_of(clock, LAW).variants and clock.variant, clock.reading)
        for clock in case.clocks
        if clock.is_running and clock.id not in {*AT_ONCE, RED_LINE}
    }


@settings(max_examples=600, deadline=None)
@given(petition=PETITIONS, found=FINDINGS)
def test_what_is_noted_before_acceptance_leads_where_it_would_have_led_at_filing(
    petition: PetitionFiled, found: dict[str, Any]
) -> None:
    before = case_of(petition)
    assume(may_be_found(before, found))
    later, at_filing = noted(before, found), case_of(as_found(petition, found))
    for name in ("outcome", "rule", "articles", "held_by", "competent_authority", "listed_under", "is_bypass_level"):
        assert getattr(later, name) == getattr(at_filing, name), name
    assert running(later) == running(at_filing)
    assert [task.duty for task in at_filing.tasks if task.duty not in {one.duty for one in later.tasks}] == []
    assert explain(later, LAW).tried[-1] == explain(at_filing, LAW).tried[-1]


@settings(max_examples=300, deadline=None)
@given(petition=PETITIONS, found=FINDINGS)
def test_noted_twice_it_is_noted_once_and_taken_back_the_case_stands_as_before(
    petition: PetitionFiled, found: dict[str, Any]
) -> None:
    before = case_of(petition)
    assume(may_be_found(before, found) and not found.get("asks_identity_protection"))
    later = noted(before, found)
    assert acts.note_particulars(later, found=found, by=later.held_by, on=day("2026-09-09"), law=LAW) == (later, [])
    as_it_was = {
        name: getattr(petition if name in CORRECTED else petition.known, name)
        for name in differing(petition, later.filed)
    }
    back = noted(later, as_it_was) if as_it_was else later
    assert back.filed == before.filed
    assert (back.outcome, back.rule, back.held_by) == (before.outcome, before.rule, before.held_by)
    assert running(back) == running(before)


def test_what_may_be_found_is_every_particular_and_what_may_be_registered_wrongly() -> None:
    assert set(NOTABLE) == {*CORRECTED, *Particulars.model_fields}
    assert set(ParticularsNote.model_fields) == {*NOTABLE, "document_number"}
    assert not any(field.is_required() for field in ParticularsNote.model_fields.values())
    assert set(FOUND) <= set(NOTABLE)


@pytest.mark.parametrize("name", ["petition_id", "code", "received_at", "received_by", "signer_count", "is_signed"])
def test_what_the_receipt_proves_is_not_found_otherwise(name: str) -> None:
    assert name not in ParticularsNote.model_fields
