"""Lines of the matrix that no worked case reaches: grounds, settings, desks (domain.md §2.4–2.6)."""

from typing import Any

import pytest

from contracts.facts.particulars import Particulars
from contracts.facts.routing import CaseEscalated, DeadlineMissed
from contracts.law.catalogue import official
from contracts.law.settings import LawSettings
from contracts.vocabulary import (
    Channel,
    DeclineGround,
    Duty,
    Forwarder,
    Instance,
    Outcome,
    PetitionerRole,
    PetitionKind,
    PowerForm,
    RespondentFunction,
    RespondentPost,
    Role,
    SubjectMatter,
)
from services.chassis.auth.caller import Caller
from services.routing.api import may_see, reach_for
from services.routing.domain import acts
from services.routing.domain.acts.shared import must_be_above
from services.routing.domain.case import Status
from services.routing.domain.escalation import tick
from services.routing.domain.law import Law
from services.routing.domain.outcome import Route, route
from services.routing.domain.superior import superior_for
from tests.routing.given import (
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    case_of,
    day,
    denounced,
    filed,
    noon,
    refused,
)

OFFICER_OF_THE_PROVINCE = Caller("officer", frozenset({Role.PETITION_OFFICER}), PROVINCE)
ELSEWHERE: dict[str, Any] = {"received_by": OFFICE, "respondent_unit": QUY_HOP, "matter_unit": QUY_HOP}


def complaint(said: dict[str, Any] | None = None, law: Law = LAW, **known: Any) -> Route:
    return route(filed(**(said or {}), particulars=Particulars(**known)), law)


def denunciation(said: dict[str, Any] | None = None, **known: Any) -> Route:
    return route(denounced(**({"received_by": OFFICE} | (said or {})), particulars=Particulars(**known)), LAW)


def recommendation(said: dict[str, Any] | None = None, **known: Any) -> Route:
    return complaint({"kind": PetitionKind.RECOMMENDATION, "respondent_post": None} | (said or {}), **known)


def choosing(**chosen: Any) -> Law:
    return Law(official(LawSettings.load(chosen=chosen)), LAW.calendar, LAW.units)


@pytest.mark.parametrize(
    ("known", "ground"),
    [
        ({"subject": SubjectMatter.INTERNAL_DECISION}, DeclineGround.INTERNAL_DECISION),
        ({"subject": SubjectMatter.NORMATIVE_ACT}, DeclineGround.INTERNAL_DECISION),
        ({"subject": SubjectMatter.STATE_SECRET}, DeclineGround.INTERNAL_DECISION),
        ({"is_capable": False}, DeclineGround.NO_CAPACITY),
        ({"is_representative_lawful": False}, DeclineGround.UNLAWFUL_REPRESENTATIVE),
        ({"has_second_decision": True}, DeclineGround.SECOND_DECISION_EXISTS),
        ({"is_discontinued": True}, DeclineGround.DISCONTINUED),
        ({"is_court_seized": True}, DeclineGround.COURT_SEIZED),
    ],
)
def test_each_ground_not_to_accept_a_complaint(known: dict[str, Any], ground: DeclineGround) -> None:
    found = complaint(**known)
    assert (found.outcome, found.rule, found.decline_ground) == (Outcome.DECLINE, "R01a", ground)
    assert found.tried[-1].fits
    assert "K2" in found.clocks


@pytest.mark.parametrize(
    "known",
    [
        {"subject": SubjectMatter.ADMINISTRATIVE_DECISION},
        {"is_capable": True, "is_representative_lawful": True, "attorney_count": 1},
        {"has_second_decision": False, "is_discontinued": False, "is_court_seized": False},
    ],
)
def test_what_is_said_to_be_in_order_is_accepted(known: dict[str, Any]) -> None:
    assert complaint(**known).outcome is Outcome.ACCEPT_PROPOSE


def test_r01c_a_content_given_to_several_attorneys_is_not_accepted() -> None:
    found = complaint(attorney_count=2)
    assert (found.outcome, found.rule) == (Outcome.DECLINE, "R01c")
    assert found.decline_ground is DeclineGround.UNLAWFUL_REPRESENTATIVE
    assert found.tried[-1].fits
    assert "K2" in found.clocks


def test_grounds_not_to_accept_are_for_the_competent_body_to_find() -> None:
    assert complaint(ELSEWHERE, is_court_seized=True).rule == "R03"


def test_r06_what_was_settled_rightly_is_explained_once_it_is_in_effect() -> None:
    settled = complaint(settled_effective_on=day("2026-09-07"))
    assert (settled.outcome, settled.rule) == (Outcome.SHELVE, "R06")
    assert "07/09/2026" in settled.tried[-1].why
    assert complaint(settled_effective_on=day("2026-09-08")).outcome is Outcome.ACCEPT_PROPOSE


@pytest.mark.parametrize(
    ("chosen", "outcome", "duties"),
    [
        ("guide", Outcome.GUIDE, (Duty.ANSWER_SENDER,)),
        ("return_to_sender", Outcome.GUIDE, (Duty.ANSWER_SENDER, Duty.RETURN_TO_SENDER)),
        ("pass_on", Outcome.TRANSFER, (Duty.ANSWER_SENDER, Duty.PASS_ON)),
    ],
)
def test_r04_what_was_forwarded_follows_the_setting_and_the_sender_is_always_answered(
    chosen: str, outcome: Outcome, duties: tuple[Duty, ...]
) -> None:
    law = choosing(forwarded_complaint=chosen)
    by_deputy = complaint(ELSEWHERE, law, forwarded_by=Forwarder.NATIONAL_ASSEMBLY_DEPUTY)
    assert (by_deputy.rule, by_deputy.outcome, by_deputy.duties) == ("R04", outcome, duties)
    assert "đại biểu Quốc hội" in by_deputy.tried[-1].why
    assert complaint(ELSEWHERE | {"channel": Channel.FORWARDED}, law).rule == "R04"
    assert complaint({"channel": Channel.FORWARDED}, law).rule == "R01", "within competence it is settled"


def test_r04_passed_on_a_complaint_may_be_transferred_once() -> None:
    law = choosing(forwarded_complaint="pass_on")
    case = case_of(filed(**ELSEWHERE, channel=Channel.FORWARDED), law)
    after, [fact, *_] = acts.transfer(case, to=QUY_HOP, by=PROVINCE, on=day("2026-09-08"), law=law)
    assert (after.held_by, fact.model_dump()["rule"]) == (QUY_HOP, "R04")


def test_r14_sent_to_the_competent_body_as_well_it_is_filed() -> None:
    assert complaint(ELSEWHERE, copied_to=(QUY_HOP,)).rule == "R14"
    assert complaint(ELSEWHERE, copied_to=(KIM_LIEN,)).rule == "R03"
    above = complaint({"respondent_unit": "tinh-40", "matter_unit": KIM_LIEN}, copied_to=("btcd-40",))
    assert above.rule == "R14", "its reception office is the province"
    assert recommendation({"received_by": OFFICE}, copied_to=(KIM_LIEN,)).rule == "R14"
    assert recommendation(copied_to=(KIM_LIEN, OFFICE)).rule == "R12", "the competent body does not wait for itself"


@pytest.mark.parametrize("kind", list(PetitionKind))
def test_r14_r17_what_cannot_be_read_is_filed_and_what_needs_a_translation_is_asked_for(kind: PetitionKind) -> None:
    unreadable = route(filed(kind=kind, particulars=Particulars(is_unreadable=True)), LAW)
    assert (unreadable.outcome, unreadable.rule) == (Outcome.SHELVE, "R14")
    foreign = route(filed(kind=kind, particulars=Particulars(is_foreign_untranslated=True)), LAW)
    assert (foreign.outcome, foreign.rule) == (Outcome.SUPPLEMENT, "R17")


@pytest.mark.parametrize(
    ("form", "received", "rule"),
    [
        (PowerForm.CERTIFIED, "2027-01-04", "R01"),
        (PowerForm.NOTARISED, "2026-12-31", "R01"),
        (PowerForm.NOTARISED, "2027-01-01", "R02a"),
        (PowerForm.PLAIN_PAPER, "2026-09-07", "R02"),
        (PowerForm.NONE, "2026-09-07", "R02"),
    ],
)
def test_r02_an_attorneys_power_is_certified_and_from_2027_no_longer_notarised(
    form: PowerForm, received: str, rule: str
) -> None:
    known = Particulars(petitioner_role=PetitionerRole.ATTORNEY, power_form=form)
    found = route(filed(received, particulars=known), LAW)
    assert (found.rule, found.outcome is Outcome.SUPPLEMENT) == (rule, rule != "R01")


def test_r02_who_brings_his_own_complaint_needs_no_power() -> None:
    assert complaint(petitioner_role=PetitionerRole.SELF, power_form=PowerForm.NONE).rule == "R01"


def test_r11_signs_of_crime_come_before_everything_and_go_to_who_investigates() -> None:
    said = {"channel": Channel.COUNTER, "is_anonymous": True}
    found = denunciation(said, has_signs_of_crime=True)
    assert (found.outcome, found.rule, found.competence.authority) == (Outcome.TRANSFER, "R11", "ca-40")
    assert found.duties == (Duty.REFER_CRIME,)
    assert found.competence.articles == ("LTC 27(1)",)
    case = case_of(
        denounced(received_by=OFFICE, channel=Channel.COUNTER, particulars=Particulars(has_signs_of_crime=True))
    )
    after, [fact, *_] = acts.transfer(case, to="ca-40", by=PROVINCE, on=day("2026-09-07"), law=LAW)
    assert (after.status, fact.model_dump()["rule"]) == (Status.TRANSFERRED, "R11")


def test_what_is_late_after_a_transfer_to_the_police_is_told_above_who_sent_it_and_not_to_the_ministry() -> None:
    crime = Particulars(has_signs_of_crime=True)
    case = case_of(denounced(received_by=SO_XD, channel=Channel.COUNTER, particulars=crime))
    sent, _ = acts.transfer(case, to="ca-40", by=SO_XD, on=day("2026-09-07"), law=LAW)
    _, said = tick(sent, noon("2026-09-09"), LAW)
    [missed] = [fact for fact in said if isinstance(fact, DeadlineMissed)]
    [up] = [fact for fact in said if isinstance(fact, CaseEscalated)]
    assert (sent.held_by, missed.held_by) == ("ca-40", SO_XD)
    assert (up.from_unit, up.to_unit) == (SO_XD, PROVINCE)


def test_a_case_of_the_police_itself_goes_up_to_its_ministry_and_never_to_the_province() -> None:
    case = case_of(filed(received_by="ca-40", respondent_unit="ca-40"))
    assert superior_for(case, LAW, day("2026-09-07")) == "bo-ca"
    refused("not_superior", lambda: must_be_above(case, PROVINCE, LAW, day("2026-09-07")))
    assert not may_see(case, reach_for(OFFICER_OF_THE_PROVINCE, LAW.units, day("2026-09-07")))


def test_r11_who_investigates_does_not_send_it_to_itself() -> None:
    assert denunciation({"received_by": "ca-40"}, has_signs_of_crime=True).rule != "R11"


def test_r11_signs_of_crime_in_the_police_go_to_the_procuracy() -> None:
    found = denunciation({"respondent_unit": "ca-40"}, has_signs_of_crime=True)
    assert found.competence.authority == "vks-40"
    ministry = denunciation({"respondent_unit": "bo-ca"}, has_signs_of_crime=True)
    assert ministry.competence.authority == "vks-40", "the police of the province stand below the accused minister"


@pytest.mark.parametrize(
    "known", [{"guided_before_on": day("2026-08-03")}, {"transferred_before_on": day("2026-08-03")}]
)
def test_r09_a_denunciation_is_guided_or_transferred_once(known: dict[str, Any]) -> None:
    again = denunciation({"received_by": SO_XD}, **known)
    assert (again.outcome, again.rule, again.clocks) == (Outcome.SHELVE, "R09", ("R10",))
    assert "03/08/2026" in again.tried[-1].why
    assert denunciation({"received_by": OFFICE}, **known).outcome is Outcome.ACCEPT_PROPOSE


@pytest.mark.parametrize(
    ("known", "declined"),
    [
        ({"is_capable": False}, True),
        ({"is_violator_identifiable": False}, True),
        ({"grows_from_settled_complaint": True}, True),
        ({"grows_from_settled_complaint": True, "has_evidence_against_settler": True}, False),
        ({"is_capable": True, "is_violator_identifiable": True}, False),
    ],
)
def test_the_conditions_of_accepting_a_denunciation(known: dict[str, Any], *, declined: bool) -> None:
    found = denunciation(**known)
    assert found.rule == "R07a"
    assert (found.decline_ground is DeclineGround.NO_DENUNCIATION_CONDITIONS) is declined
    assert "T1" in found.clocks


def test_a_denunciation_that_the_press_forwarded_owes_the_press_an_answer() -> None:
    assert "T9" in denunciation(forwarded_by=Forwarder.PRESS).clocks
    assert "T9" not in denunciation().clocks


def test_protection_that_was_asked_for_is_passed_on_whatever_the_outcome() -> None:
    asked = denunciation({"received_by": SO_XD, "asks_identity_protection": True})
    assert asked.duties == (Duty.TELL_DENOUNCER, Duty.PROTECT_DENOUNCER)


@pytest.mark.parametrize(
    ("subject", "unit"),
    [
        (SubjectMatter.COURT_PROCEEDINGS, "toa-40"),
        (SubjectMatter.ENFORCEMENT, "tha-40"),
        (SubjectMatter.ELECTED_BODY, "ban-40-dbqh"),
        (SubjectMatter.PARTY_AFFAIRS, "ban-40-vptu"),
        (SubjectMatter.INTERNAL_AFFAIRS, "ban-40-bnc"),
        (SubjectMatter.MASS_ORGANISATION, "ban-40-mttq"),
        (SubjectMatter.ADMINISTRATIVE_RULES, "vp-40"),
    ],
)
def test_r20_matters_outside_the_administration_have_a_desk(subject: SubjectMatter, unit: str) -> None:
    brought = complaint(subject=subject)
    assert (brought.rule, brought.outcome, brought.competence.authority) == ("R20", Outcome.GUIDE, unit)
    told = recommendation(subject=subject)
    assert (told.rule, told.outcome, told.competence.authority) == ("R20", Outcome.TRANSFER, unit)


def test_r20_a_petition_that_lies_at_its_desk_already_is_not_sent_away() -> None:
    at_the_desk = recommendation({"received_by": "ban-40-dbqh"}, subject=SubjectMatter.ELECTED_BODY)
    assert (at_the_desk.rule, at_the_desk.held_by) == ("R12", "ban-40-dbqh")


def test_a_recommendation_answered_before_is_filed() -> None:
    assert recommendation(is_answered_before=True).rule == "R14"


def test_a_judge_denounced_by_letter_goes_to_his_court() -> None:
    said = {"respondent_unit": None, "respondent_post": RespondentPost.OFFICER}
    found = denunciation(said, respondent_function=RespondentFunction.JUDGE)
    assert (found.rule, found.outcome, found.competence.authority) == ("R20", Outcome.TRANSFER, "toa-40")


def test_a_second_complaint_without_the_first_decision_is_asked_for_it() -> None:
    found = complaint({"received_by": OFFICE, "instance": Instance.SECOND})
    assert (found.rule, found.outcome) == ("R02", Outcome.SUPPLEMENT)


def test_originals_go_back_only_when_the_petition_is_not_taken() -> None:
    assert complaint(ELSEWHERE, has_originals=True).duties == (Duty.RETURN_ORIGINALS,)
    assert Duty.RETURN_ORIGINALS not in complaint(has_originals=True).duties


def test_every_rule_that_is_tried_is_in_the_catalogue() -> None:
    tried = [
        complaint(),
        complaint(ELSEWHERE),
        complaint(ELSEWHERE, has_originals=True),
        denunciation(),
        recommendation(),
    ]
    assert {one.rule for found in tried for one in found.tried} <= set(LAW.catalogue.rule_ids)
