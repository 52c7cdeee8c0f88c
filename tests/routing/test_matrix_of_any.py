"""What holds of the matrix for every petition, whatever is said in it."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Particulars
from contracts.law.catalogue import official
from contracts.law.settings import LawSettings
from contracts.vocabulary import (
    Channel,
    Duty,
    Forwarder,
    Instance,
    Outcome,
    PetitionKind,
    RespondentFunction,
    RespondentPlace,
    RespondentPost,
    SubjectMatter,
)
from services.routing.domain.competence import received_on
from services.routing.domain.law import Law
from services.routing.domain.outcome import route
from tests.routing.given import KIM_LIEN, LAW, OFFICE, PROVINCE, QUY_HOP, SO_XD, day, filed

UNITS = st.sampled_from([KIM_LIEN, QUY_HOP, SO_XD, PROVINCE, OFFICE, "ca-40", "toa-40", "bo-xd", "tw-btcd"])
MAYBE = st.sampled_from([None, None, True, False])
RECEIVED = ("2026-09-07", "2026-10-20", "2026-12-01")
EARLIER = st.none() | st.sampled_from([day("2026-01-05"), day("2026-07-01"), day("2026-08-10"), day("2026-08-31")])
KNOWN = st.builds(
    Particulars,
    subject=st.none() | st.sampled_from(SubjectMatter),
    respondent_function=st.none() | st.sampled_from(RespondentFunction),
    respondent_place=st.none() | st.sampled_from(RespondentPlace),
    asks_only_for_help=MAYBE,
    guided_before_on=EARLIER,
    transferred_before_on=EARLIER,
    settled_effective_on=EARLIER,
    has_signs_of_crime=MAYBE,
    is_against_result=MAYBE,
    is_answered_before=MAYBE,
    is_false_identity=MAYBE,
    is_unreadable=MAYBE,
    is_pending_here=MAYBE,
    forwarded_by=st.none() | st.sampled_from(Forwarder),
    copied_to=st.just(()) | st.tuples(UNITS),
)
PETITIONS = st.builds(
    filed,
    st.sampled_from(RECEIVED),
    kind=st.sampled_from(PetitionKind),
    channel=st.sampled_from(Channel),
    received_by=UNITS,
    matter_unit=st.sampled_from([KIM_LIEN, QUY_HOP]),
    respondent_unit=st.none() | UNITS,
    respondent_post=st.none() | st.sampled_from(RespondentPost),
    instance=st.sampled_from(Instance),
    lower_accepted_on=EARLIER,
    earlier_decision_received_on=st.just(None) | EARLIER,
    is_signed=st.booleans(),
    is_anonymous=st.booleans(),
    asks_identity_protection=st.booleans(),
    attachment_count=st.sampled_from([0, 2]),
    particulars=KNOWN,
)
LAWS = st.sampled_from(
    [
        replace(LAW, catalogue=official(LawSettings.load(chosen={"forwarded_complaint": chosen})))
        for chosen in ("guide", "return_to_sender", "pass_on")
    ]
)
MANY = settings(max_examples=400, deadline=None)


def guided_before(petition: PetitionFiled) -> bool:
    return petition.known.guided_before_on is not None


def transferred_before(petition: PetitionFiled) -> bool:
    return petition.known.transferred_before_on is not None


@MANY
@given(petition=PETITIONS.filter(guided_before), law=LAWS)
def test_nobody_is_guided_twice_on_any_channel_by_any_rule(petition: PetitionFiled, law: Law) -> None:
    assert route(petition, law).outcome is not Outcome.GUIDE


@MANY
@given(petition=PETITIONS.filter(transferred_before), law=LAWS)
def test_nothing_is_transferred_twice_on_any_channel_by_any_rule(petition: PetitionFiled, law: Law) -> None:
    assert route(petition, law).outcome is not Outcome.TRANSFER


WAITING = st.builds(
    filed,
    st.sampled_from(RECEIVED),
    kind=st.sampled_from([PetitionKind.COMPLAINT, PetitionKind.DENUNCIATION]),
    received_by=UNITS,
    respondent_unit=UNITS,
    respondent_post=st.sampled_from(RespondentPost),
    instance=st.sampled_from(Instance),
    lower_accepted_on=EARLIER,
    particulars=st.builds(
        Particulars, asks_only_for_help=MAYBE, respondent_place=st.none() | st.sampled_from(RespondentPlace)
    ),
)
"""Accepted somewhere, perhaps; and little else that could matter more."""


@MANY
@given(petition=WAITING)
def test_nobody_is_required_to_settle_by_a_body_that_does_not_stand_above(petition: PetitionFiled) -> None:
    found, on = route(petition, LAW), received_on(petition)
    if found.outcome is not Outcome.URGE_LOWER:
        return
    body = LAW.body_of(petition.received_by, on)
    named = {found.competence.authority, petition.respondent_unit, petition.matter_unit} - {None, body}
    is_inside = petition.known.respondent_place in {RespondentPlace.SUBORDINATE_AGENCY, RespondentPlace.PUBLIC_UNIT}
    assert is_inside or any(LAW.units.covers(body, unit, on) for unit in named if unit)


@MANY
@given(petition=PETITIONS)
def test_whoever_sent_it_on_is_owed_an_answer(petition: PetitionFiled) -> None:
    is_sent_on = petition.channel is Channel.FORWARDED or petition.known.forwarded_by is not None
    found = route(petition, LAW)
    assert (Duty.ANSWER_SENDER in found.duties) is is_sent_on
    if petition.kind in {PetitionKind.DENUNCIATION, PetitionKind.MIXED}:
        assert ("T9" in found.clocks) is is_sent_on


GUARDS = frozenset({Duty.REFER_CRIME, Duty.PROTECT_DENOUNCER, Duty.ANSWER_SENDER})


@MANY
@given(petition=PETITIONS)
def test_a_mixed_petition_is_never_less_guarded_than_a_denunciation(petition: PetitionFiled) -> None:
    one, other = (
        route(petition.model_copy(update={"kind": kind}), LAW)
        for kind in (PetitionKind.DENUNCIATION, PetitionKind.MIXED)
    )
    assert GUARDS & set(one.duties) <= set(other.duties)


@MANY
@given(petition=WAITING.map(lambda one: one.model_copy(update={"is_anonymous": True})))
def test_what_has_nobodys_name_is_never_proposed_for_acceptance(petition: PetitionFiled) -> None:
    assert route(petition, LAW).outcome is not Outcome.ACCEPT_PROPOSE


@MANY
@given(petition=PETITIONS)
def test_a_rule_that_says_it_fits_is_followed_by_its_duties(petition: PetitionFiled) -> None:
    found = route(petition, LAW)
    fitting = {one.rule for one in found.tried if one.fits}
    assert ("R11" in fitting) is (Duty.REFER_CRIME in found.duties)
    assert found.tried[-1].rule == found.rule
