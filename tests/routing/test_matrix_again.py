"""What comes again, waits below, has no name, was sent on, shows signs of crime, or holds several matters at once."""

from typing import Any

import pytest

from contracts.facts.particulars import Particulars
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
from services.routing.domain import acts
from services.routing.domain.explain import explain
from services.routing.domain.opening import on_supplemented
from services.routing.domain.outcome import Route, route
from tests.routing.given import (
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    case_of,
    clock_ids,
    day,
    denounced,
    filed,
    rolled,
    supplemented,
)
from tests.routing.test_matrix import ELSEWHERE, choosing, complaint, denunciation, recommendation

BEFORE = day("2026-08-03")
JUDGE: dict[str, Any] = {"respondent_unit": None, "respondent_post": RespondentPost.OFFICER}
AT_THE_COUNTER = {"channel": Channel.COUNTER}


def of_judge(said: dict[str, Any] | None = None, **known: Any) -> Route:
    return denunciation(JUDGE | (said or {}), respondent_function=RespondentFunction.JUDGE, **known)


def mixed(said: dict[str, Any] | None = None, **known: Any) -> Route:
    return complaint({"kind": PetitionKind.MIXED, "received_by": OFFICE} | (said or {}), **known)


# Once only, desks and senders included (LTC 24(2), (3); 05/2021 art. 6(2)(b)).


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ({}, {"transferred_before_on": BEFORE}),
        ({}, {"copied_to": ("toa-40",)}),
        (AT_THE_COUNTER, {"guided_before_on": BEFORE}),
    ],
)
def test_r09_a_judge_denounced_again_is_neither_transferred_nor_guided_again(
    said: dict[str, Any], known: dict[str, Any]
) -> None:
    again = of_judge(said, **known)
    assert (again.rule, again.outcome, again.competence.authority) == ("R09", Outcome.SHELVE, "toa-40")


def test_r20_a_denouncer_is_told_that_the_letter_went_to_the_court_and_in_person_knows_it() -> None:
    assert of_judge().duties == (Duty.TELL_DENOUNCER,)
    in_person = of_judge(AT_THE_COUNTER)
    assert (in_person.outcome, in_person.duties) == (Outcome.GUIDE, ())


@pytest.mark.parametrize(
    "subject", [SubjectMatter.PARTY_DISCIPLINE, SubjectMatter.COURT_PROCEEDINGS, SubjectMatter.PRIVATE_DISPUTE]
)
def test_r14_a_complaint_that_belongs_to_a_desk_is_guided_there_once(subject: SubjectMatter) -> None:
    assert complaint(subject=subject).outcome is Outcome.GUIDE
    again = complaint(subject=subject, guided_before_on=BEFORE)
    assert (again.rule, again.outcome) == ("R14", Outcome.SHELVE)
    assert "03/08/2026" in again.tried[-1].why


def test_r14_a_recommendation_is_transferred_once_to_a_desk_and_elsewhere() -> None:
    for said in ({"subject": SubjectMatter.ELECTED_BODY}, {}):
        away = {"received_by": SO_XD}
        assert recommendation(away, **said).outcome is Outcome.TRANSFER
        assert recommendation(away, **said, transferred_before_on=BEFORE).rule == "R14"
    assert recommendation(transferred_before_on=BEFORE).rule == "R12", "within competence it is settled"


@pytest.mark.parametrize(
    ("setting", "known"), [("guide", {"guided_before_on": BEFORE}), ("pass_on", {"transferred_before_on": BEFORE})]
)
def test_r14_who_was_guided_is_not_guided_again_because_somebody_sent_it_on(
    setting: str, known: dict[str, Any]
) -> None:
    law = choosing(forwarded_complaint=setting)
    again = complaint(ELSEWHERE | {"channel": Channel.FORWARDED}, law, **known)
    assert (again.rule, again.outcome) == ("R14", Outcome.SHELVE)
    assert Duty.ANSWER_SENDER in again.duties


def test_r14_filed_for_coming_again_it_does_not_say_that_a_supplement_is_missing() -> None:
    told = explain(case_of(filed(**ELSEWHERE, particulars=Particulars(guided_before_on=BEFORE))), LAW)
    assert "chỉ hướng dẫn một lần" in told.tried[-1].why


# Below the receiver, and nowhere else (LTCD 26(1)(b); 154/2026 art. 15(3); LTC 38).

HELP: dict[str, Any] = {"lower_accepted_on": day("2026-08-10"), "respondent_unit": QUY_HOP, "matter_unit": QUY_HOP}


@pytest.mark.parametrize(
    ("receiver", "rule"), [(OFFICE, "R05"), ("tw", "R05"), (SO_XD, "R03"), (KIM_LIEN, "R03"), (QUY_HOP, "R21")]
)
def test_r05_only_who_stands_above_requires_the_lower_body_to_settle(receiver: str, rule: str) -> None:
    found = complaint(HELP | {"received_by": receiver}, asks_only_for_help=True)
    assert found.rule == rule
    assert (found.outcome is Outcome.URGE_LOWER) is (rule == "R05")


def test_r05_what_is_required_of_the_lower_body_may_be_ordered() -> None:
    case = case_of(filed(**HELP, received_by=OFFICE, particulars=Particulars(asks_only_for_help=True)))
    after, _ = acts.urge(
        case, report_by=day("2026-09-20"), document_number="1/CV", by=PROVINCE, on=day("2026-09-08"), law=LAW
    )
    assert after.urged == QUY_HOP


def test_r21_a_second_complaint_to_the_body_that_still_settles_is_put_to_its_pending_case() -> None:
    early = complaint(HELP | {"received_by": QUY_HOP, "instance": Instance.SECOND})
    assert (early.rule, early.outcome, early.duties) == ("R21", Outcome.SHELVE, (Duty.LINK_TO_PENDING,))


def test_r05_a_department_requires_its_own_agency_to_settle() -> None:
    said = {"received_by": SO_XD, "respondent_unit": SO_XD, "lower_accepted_on": day("2026-08-10")}
    inside = complaint(said, respondent_place=RespondentPlace.SUBORDINATE_AGENCY, asks_only_for_help=True)
    assert inside.rule == "R05"


@pytest.mark.parametrize(("received", "rule"), [("2026-10-13", "R05"), ("2026-10-14", "R07c")])
def test_r07c_a_denunciation_left_undone_below_beyond_every_time_is_settled_by_the_direct_superior(
    received: str, rule: str
) -> None:
    """Accepted 1 July: 90 days with both extensions end on 29 September, the demand on 6, the report on 13 October."""
    left = denounced(
        received, received_by=OFFICE, respondent_post=RespondentPost.OFFICER, lower_accepted_on=day("2026-07-01")
    )
    found = route(left, LAW)
    assert found.rule == rule
    if rule == "R07c":
        assert (found.outcome, found.competence.authority, found.held_by) == (
            Outcome.ACCEPT_PROPOSE,
            PROVINCE,
            PROVINCE,
        )
        assert found.competence.articles == ("LTC 38(5)",)
        assert Duty.SETTLE_AS_SUPERIOR in found.duties
        accepted, _ = acts.accept(case_of(left), by=PROVINCE, on=day("2026-10-15"), law=LAW)
        assert "T4" in clock_ids(accepted)


def test_r07c_a_body_that_is_not_the_direct_superior_does_not_take_it() -> None:
    said = {"lower_accepted_on": day("2026-01-05"), "respondent_post": RespondentPost.OFFICER}
    assert denunciation(said).rule == "R07c"
    assert denunciation(said | {"received_by": "tw"}).rule == "R05"
    assert denunciation(said | {"received_by": SO_XD}).rule == "R07"


# Nobody's name (05/2021 art. 6).


@pytest.mark.parametrize(("channel", "rule"), [(Channel.COUNTER, "R02"), (Channel.POST, "R14")])
def test_an_anonymous_complaint_is_asked_for_a_name_where_somebody_waits_and_a_letter_is_filed(
    channel: Channel, rule: str
) -> None:
    found = complaint({"is_anonymous": True, "channel": channel})
    assert found.rule == rule
    assert "K2" not in found.clocks
    assert Duty.GIVE_RECEIPT not in found.duties


def test_an_anonymous_letter_is_filed_wherever_it_belongs_and_has_nobody_to_guide() -> None:
    letter = {"is_anonymous": True, "channel": Channel.POST}
    assert complaint(ELSEWHERE | letter).rule == "R14"
    assert complaint(letter, subject=SubjectMatter.COURT_PROCEEDINGS).rule == "R14"
    assert recommendation(letter).rule == "R14"


def test_an_anonymous_complaint_that_is_signed_later_is_proposed_for_acceptance() -> None:
    case = case_of(filed(is_anonymous=True, is_signed=False))
    after, _ = on_supplemented(case, supplemented("2026-09-10", is_signed=True), LAW)
    assert (after.outcome, after.rule) == (Outcome.ACCEPT_PROPOSE, "R01")
    assert acts.accept(after, by=KIM_LIEN, on=day("2026-09-11"), law=LAW)[0].accepted_on


# Sent on by somebody (LTCD 27(2); LTC 26(2)).


@pytest.mark.parametrize(
    ("said", "known", "rule"),
    [
        ({}, {"subject": SubjectMatter.COURT_PROCEEDINGS}, "R20"),
        (HELP | {"received_by": OFFICE}, {}, "R05"),
        ({}, {}, "R01"),
        (ELSEWHERE, {"forwarded_by": Forwarder.PRESS}, "R04"),
    ],
)
def test_who_sent_a_complaint_on_is_answered_whatever_the_rule(
    said: dict[str, Any], known: dict[str, Any], rule: str
) -> None:
    sent_on = complaint(said | {"channel": Channel.FORWARDED}, **known)
    assert sent_on.rule == rule
    assert sent_on.duties.count(Duty.ANSWER_SENDER) == 1
    itself = {name: value for name, value in known.items() if name != "forwarded_by"}
    assert Duty.ANSWER_SENDER not in complaint(said, **itself).duties


@pytest.mark.parametrize(
    ("said", "known", "rule"),
    [
        ({"received_by": SO_XD}, {"guided_before_on": BEFORE}, "R09"),
        ({"is_anonymous": True}, {}, "R10"),
        ({"received_by": SO_XD}, {}, "R07"),
    ],
)
def test_the_press_is_answered_within_twenty_days_also_when_its_denunciation_is_filed(
    said: dict[str, Any], known: dict[str, Any], rule: str
) -> None:
    sent_on = denounced(
        **({"received_by": OFFICE, "channel": Channel.FORWARDED} | said),
        particulars=Particulars(forwarded_by=Forwarder.PRESS, **known),
    )
    case = case_of(sent_on)
    assert case.rule == rule
    assert rolled(case, "T9") == day("2026-09-28"), "the 27th is a Sunday"


def test_a_settled_matter_sent_on_by_letter_is_answered_at_once() -> None:
    known = Particulars(settled_effective_on=BEFORE, forwarded_by=Forwarder.PRESS)
    assert rolled(case_of(filed(channel=Channel.POST, particulars=known)), "RB2") == day("2026-09-07")


# Signs of crime (LTC 27(1)).


@pytest.mark.parametrize(
    ("said", "known", "rule"),
    [
        ({"received_by": "ca-40"}, {}, "R07"),
        ({"received_by": SO_XD}, {"transferred_before_on": BEFORE}, "R09"),
    ],
)
def test_r11_signs_of_crime_are_referred_the_same_day_where_the_petition_itself_is_not_sent_to_the_police(
    said: dict[str, Any], known: dict[str, Any], rule: str
) -> None:
    fact = denounced(**said, particulars=Particulars(has_signs_of_crime=True, **known))
    found = route(fact, LAW)
    assert found.rule == rule
    assert Duty.REFER_CRIME in found.duties
    assert [one.fits for one in found.tried if one.rule == "R11"] == [True]
    assert rolled(case_of(fact), "TB13") == day("2026-09-07")


def test_r11_the_police_is_not_told_to_send_it_to_the_police() -> None:
    found = denunciation({"received_by": "ca-40"}, has_signs_of_crime=True)
    [why] = [one.why for one in found.tried if one.rule == "R11"]
    assert "chính" in why
    assert "chuyển ngay" not in why


# Several matters in one (LTCD 25(3)): what a denunciation in it needs is not lost.


def test_r15_signs_of_crime_and_a_wish_for_protection_in_a_mixed_petition_are_seen_to_at_once() -> None:
    fact = filed(
        kind=PetitionKind.MIXED,
        received_by=OFFICE,
        asks_identity_protection=True,
        particulars=Particulars(has_signs_of_crime=True),
    )
    case = case_of(fact)
    assert (case.rule, case.outcome) == ("R15", Outcome.SPLIT)
    assert {task.duty for task in case.tasks} == {Duty.REFER_CRIME, Duty.PROTECT_DENOUNCER}
    assert {"T13", "TB13"} <= clock_ids(case)


def test_r10_an_anonymous_mixed_letter_cannot_be_split_and_its_evidence_is_looked_into() -> None:
    letter = {"is_anonymous": True, "channel": Channel.POST}
    assert mixed(letter | {"attachment_count": 2}).outcome is Outcome.INSPECT
    assert (mixed(letter).rule, mixed(letter).outcome) == ("R10", Outcome.SHELVE)
    assert mixed({"is_anonymous": True}).outcome is Outcome.SPLIT, "who stands there can split it"


def test_the_press_is_answered_for_a_mixed_petition_as_for_a_denunciation() -> None:
    assert "T9" in mixed({"channel": Channel.FORWARDED}).clocks
    assert "T9" not in mixed().clocks
