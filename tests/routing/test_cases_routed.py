"""Worked cases of cases.md, by id: who is competent, what follows, which clocks run to which day."""

from typing import Any

import pytest

from contracts.errors import BadInput
from contracts.facts.intake import PetitionFiled
from contracts.facts.routing import CaseOpened
from contracts.vocabulary import Channel, DeclineGround, Instance, MatterField, Outcome, PetitionKind, RespondentPost
from services.routing.domain.outcome import check_representatives, representatives_allowed, route
from tests.routing.given import (
    DO_LUONG,
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_NNMT,
    SO_XD,
    WITHOUT_CULTURE_DAY,
    case_of,
    clock_ids,
    day,
    denounced,
    filed,
    opened,
    reading_of,
    rolled,
)


def test_c01_a_first_complaint_at_the_competent_commune_is_proposed_for_acceptance() -> None:
    case = case_of(filed("2026-09-07", decision_known_on=day("2026-08-03")))
    assert (case.outcome, case.competent_authority, case.held_by) == (Outcome.ACCEPT_PROPOSE, KIM_LIEN, KIM_LIEN)
    assert case.rule == "R01"
    assert rolled(case, "R1") == day("2026-09-21")
    assert rolled(case, "K2") == reading_of(case, "K2").alarm_on == day("2026-09-16")
    assert not case.is_bypass_level


def test_c01_the_last_day_of_the_limitation_is_still_in_time() -> None:
    in_time = filed("2026-11-02", decision_known_on=day("2026-08-03"))
    too_late = filed("2026-11-03", decision_known_on=day("2026-08-03"))
    assert route(in_time, LAW).outcome is Outcome.ACCEPT_PROPOSE
    assert route(too_late, LAW).decline_ground is DeclineGround.LIMITATION_EXPIRED


def test_c03_a_bypass_level_complaint_is_guided_and_not_transferred() -> None:
    case, said = opened(filed("2026-09-08", received_by=OFFICE, respondent_unit=QUY_HOP, matter_unit=QUY_HOP))
    assert (case.outcome, case.rule, case.competent_authority) == (Outcome.GUIDE, "R03", QUY_HOP)
    assert case.held_by == PROVINCE
    assert case.is_bypass_level
    assert rolled(case, "R1") == day("2026-09-22")
    assert "K2" not in clock_ids(case)
    fact = said[0]
    assert isinstance(fact, CaseOpened)
    assert fact.is_bypass_level
    assert {"LTCD 26(1)(b)", "ND154 14(2)", "ND154 15(2)"} <= set(fact.articles)


def test_c05_a_citizen_who_only_asks_for_help_has_the_lower_level_urged() -> None:
    fact = filed("2026-09-21", received_by=OFFICE, respondent_unit=QUY_HOP, lower_accepted_on=day("2026-08-10"))
    case = case_of(fact)
    assert (case.outcome, case.rule, case.held_by) == (Outcome.URGE_LOWER, "R05", PROVINCE)
    assert rolled(case, "R1") == day("2026-10-05")
    assert not case.is_bypass_level


def test_c05b_after_the_lower_level_let_its_time_pass_a_second_complaint_is_in_time() -> None:
    said: dict[str, Any] = {
        "received_by": OFFICE,
        "respondent_unit": QUY_HOP,
        "lower_accepted_on": day("2026-08-10"),
        "instance": Instance.SECOND,
    }
    case = case_of(filed("2026-09-21", **said))
    assert (case.outcome, case.competent_authority) == (Outcome.ACCEPT_PROPOSE, PROVINCE)
    assert rolled(case, "K2") == day("2026-09-30")
    assert route(filed("2026-10-09", **said), LAW).outcome is Outcome.ACCEPT_PROPOSE
    assert route(filed("2026-10-10", **said), LAW).outcome is Outcome.DECLINE
    assert route(filed("2026-09-09", **said), LAW).outcome is Outcome.URGE_LOWER, "the lower level still has this day"


def test_c06_a_second_complaint_in_time_goes_to_the_province() -> None:
    said: dict[str, Any] = {
        "received_by": OFFICE,
        "instance": Instance.SECOND,
        "earlier_decision_received_on": day("2026-10-05"),
    }
    case = case_of(filed("2026-10-20", **said))
    assert (case.outcome, case.competent_authority, case.held_by) == (Outcome.ACCEPT_PROPOSE, PROVINCE, PROVINCE)
    assert rolled(case, "K2") == day("2026-10-29")
    assert route(filed("2026-11-05", **said), LAW).outcome is Outcome.DECLINE


def test_c08_a_complaint_after_its_limitation_is_declined() -> None:
    case = case_of(filed("2026-09-07", decision_known_on=day("2026-03-02")))
    assert (case.outcome, case.rule) == (Outcome.DECLINE, "R01a")
    assert rolled(case, "K2") == day("2026-09-16")


def test_c10_who_is_not_directly_affected_is_declined() -> None:
    assert route(filed(is_directly_affected=False), LAW).decline_ground is DeclineGround.NOT_DIRECTLY_AFFECTED


def test_c13_the_provincial_chairmans_own_decision_goes_to_the_minister_in_second_instance() -> None:
    first = case_of(filed("2026-10-12", received_by=OFFICE, respondent_unit=PROVINCE))
    assert (first.outcome, first.competent_authority) == (Outcome.ACCEPT_PROPOSE, PROVINCE)
    assert rolled(first, "K2") == day("2026-10-21")
    second = filed(
        "2026-10-12",
        received_by=OFFICE,
        respondent_unit=PROVINCE,
        instance=Instance.SECOND,
        earlier_decision_received_on=day("2026-10-01"),
    )
    assert route(second, LAW).competence.authority == "bo-nnmt"
    assert route(second, LAW).outcome is Outcome.GUIDE


def test_c22_a_complaint_of_before_july_2026_keeps_ten_days_and_knows_no_red_line() -> None:
    case = case_of(filed("2026-06-25"))
    assert reading_of(case, "K2").raw_due == day("2026-07-05")
    assert rolled(case, "K2") == day("2026-07-06")
    assert "R10" not in clock_ids(case)


def test_d01_a_letter_denouncing_a_chairman_is_transferred_to_the_province_and_never_to_his_commune() -> None:
    case, said = opened(denounced("2026-08-24", received_by=SO_XD, respondent_unit=DO_LUONG, matter_unit=DO_LUONG))
    assert (case.outcome, case.rule, case.competent_authority) == (Outcome.TRANSFER, "R07", PROVINCE)
    assert case.held_by == SO_XD
    assert rolled(case, "T2") == day("2026-09-03")
    assert "R1" not in clock_ids(case), "nobody waits at a counter"
    assert len(said) == 1, "a denunciation has no public twin"


def test_d03_denounced_in_person_at_his_own_commune_the_chairman_never_holds_the_case() -> None:
    case = case_of(denounced("2026-09-22", channel=Channel.COUNTER))
    assert (case.outcome, case.rule) == (Outcome.GUIDE, "R08")
    assert case.held_by == case.competent_authority == PROVINCE
    assert rolled(case, "R1") == day("2026-10-06")
    assert case.is_discreet


@pytest.mark.parametrize(
    ("fact", "never_at"),
    [
        (denounced(channel=Channel.COUNTER), KIM_LIEN),
        (denounced(respondent_post=RespondentPost.OFFICER), None),
        (filed(kind=PetitionKind.MIXED), KIM_LIEN),
        (filed(), None),
    ],
)
def test_the_opening_says_which_unit_must_never_see_the_case(fact: PetitionFiled, never_at: str | None) -> None:
    opening = opened(fact)[1][0]
    assert isinstance(opening, CaseOpened)
    assert opening.never_at == never_at


def test_d06_the_competent_body_checks_the_conditions_within_seven_working_days() -> None:
    case = case_of(denounced("2026-09-07", received_by=OFFICE))
    assert (case.outcome, case.rule, case.held_by) == (Outcome.ACCEPT_PROPOSE, "R07a", PROVINCE)
    assert rolled(case, "T1") == day("2026-09-16")


def test_d08_anonymous_with_evidence_is_inspected_and_without_it_shelved_and_only_the_red_line_watches() -> None:
    with_evidence = case_of(denounced(received_by=OFFICE, is_anonymous=True, attachment_count=3))
    without = case_of(denounced(received_by=OFFICE, is_anonymous=True))
    assert (with_evidence.outcome, without.outcome) == (Outcome.INSPECT, Outcome.SHELVE)
    assert clock_ids(with_evidence) == clock_ids(without) == {"R10"}


def test_d10_an_unsigned_web_denunciation_is_invited_to_sign() -> None:
    case = case_of(denounced("2026-09-15", received_by=OFFICE, channel=Channel.WEB, is_signed=False))
    assert (case.outcome, case.rule) == (Outcome.INVITE_TO_SIGN, "R10")
    assert rolled(case, "R1") == day("2026-09-29")
    assert "T1" not in clock_ids(case)


def test_d22_24_november_moves_the_dates_by_its_switch() -> None:
    fact = denounced("2026-11-16", received_by=OFFICE, channel=Channel.COUNTER)
    on, off = case_of(fact), case_of(fact, WITHOUT_CULTURE_DAY)
    assert (rolled(on, "T1"), rolled(off, "T1")) == (day("2026-11-26"), day("2026-11-25"))
    assert (rolled(on, "R1"), rolled(off, "R1")) == (day("2026-12-01"), day("2026-11-30"))


def test_e01_a_recommendation_elsewhere_is_transferred_even_when_brought_in_person() -> None:
    case = case_of(
        filed(
            "2026-10-05",
            kind=PetitionKind.RECOMMENDATION,
            matter_field=MatterField.TRANSPORT,
            respondent_unit=SO_XD,
            respondent_post=None,
        )
    )
    assert (case.outcome, case.rule, case.competent_authority) == (Outcome.TRANSFER, "R13", SO_XD)
    assert case.held_by == KIM_LIEN
    assert rolled(case, "R1") == day("2026-10-19")


def test_e03_a_mixed_letter_is_split_before_anything_runs_for_acceptance() -> None:
    case = case_of(filed("2026-10-06", kind=PetitionKind.MIXED))
    assert (case.outcome, case.rule, case.competent_authority) == (Outcome.SPLIT, "R15", None)
    assert rolled(case, "R1") == day("2026-10-20")
    assert clock_ids(case) == {"R1", "X1", "R10"}


@pytest.mark.parametrize(
    ("signers", "fewest", "most"), [(4, 0, 4), (5, 1, 2), (10, 1, 2), (11, 1, 5), (12, 1, 5), (200, 1, 5)]
)
def test_e06_how_many_may_represent_a_group(signers: int, fewest: int, most: int) -> None:
    allowed = representatives_allowed(signers)
    assert (allowed[0], allowed[-1]) == (fewest, most)


@pytest.mark.parametrize(("signers", "representatives"), [(10, 3), (12, 6), (5, 0)])
def test_e06_too_many_or_no_representatives_are_refused(signers: int, representatives: int) -> None:
    with pytest.raises(BadInput, match="representatives"):
        check_representatives(signers, representatives)


def test_e06_a_large_group_without_representatives_is_asked_for_them() -> None:
    case = case_of(filed(signer_count=12))
    assert (case.outcome, case.rule, case.is_large_group) == (Outcome.SUPPLEMENT, "R22", True)
    assert case_of(filed(signer_count=12, has_representatives=True)).outcome is Outcome.ACCEPT_PROPOSE
    assert not case_of(filed(signer_count=4)).is_large_group


def test_e17_a_forgotten_petition_meets_the_red_line_on_day_45() -> None:
    assert reading_of(case_of(filed("2026-09-07")), "R10").alarm_on == day("2026-10-22")


def test_a_complaint_about_an_ended_district_goes_to_who_followed_it() -> None:
    several = route(filed(received_by=OFFICE, respondent_unit="huyen-415", matter_unit="xa-16744"), LAW)
    assert several.competence.authority == "xa-16744", "the successor where the matter arose"
    unclear = route(filed(received_by=OFFICE, respondent_unit="huyen-415", matter_unit=KIM_LIEN), LAW)
    assert unclear.competence.authority == PROVINCE, "else the superior it had last"


def test_a_second_complaint_against_a_department_goes_to_the_provincial_chairman() -> None:
    said: dict[str, Any] = {"respondent_unit": SO_NNMT, "received_by": SO_NNMT}
    assert route(filed(**said), LAW).competence.authority == SO_NNMT
    second = filed(instance=Instance.SECOND, earlier_decision_received_on=day("2026-09-01"), **said)
    assert route(second, LAW).competence.authority == PROVINCE
    assert route(second, LAW).outcome is Outcome.GUIDE


def test_an_officer_is_judged_by_his_head_and_the_provincial_chairman_by_the_prime_minister() -> None:
    officer = route(denounced(respondent_post=RespondentPost.OFFICER), LAW)
    assert officer.competence.authority == KIM_LIEN
    chairman = route(denounced(respondent_unit=PROVINCE), LAW)
    assert chairman.competence.authority == "tw"


def test_an_unsigned_complaint_is_not_yet_for_acceptance() -> None:
    at_the_counter, on_the_web = filed(is_signed=False), filed(is_signed=False, channel=Channel.WEB)
    assert route(at_the_counter, LAW).outcome is Outcome.SUPPLEMENT
    assert route(on_the_web, LAW).outcome is Outcome.INVITE_TO_SIGN
    assert "K2" not in clock_ids(case_of(on_the_web))


def test_every_rule_that_was_tried_says_why() -> None:
    tried = route(filed(), LAW).tried
    assert [one.rule for one in tried][-1] == "R01"
    assert all(one.why for one in tried)
    assert [one.fits for one in tried] == [False] * (len(tried) - 1) + [True]


def test_an_event_one_minute_before_midnight_in_vietnam_counts_for_that_day() -> None:
    late = filed().model_copy(update={"received_at": filed().received_at.replace(hour=23, minute=59)})
    early = filed().model_copy(update={"received_at": filed("2026-09-08").received_at.replace(hour=0, minute=1)})
    assert rolled(case_of(late), "K2") == day("2026-09-16")
    assert rolled(case_of(early), "K2") == day("2026-09-17")
