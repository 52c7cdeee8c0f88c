"""Worked cases of cases.md that turn on what else is known of a petition: harm, obstacles, copies, moves, desks."""

from typing import Any

import pytest

from contracts.facts.intake import PetitionFiled
from contracts.facts.particulars import Obstacle, Particulars
from contracts.vocabulary import (
    Channel,
    DeclineGround,
    Duty,
    Instance,
    MatterField,
    ObstacleGround,
    Outcome,
    PetitionKind,
    RespondentMove,
    RespondentPost,
    SubjectMatter,
    UnitLevel,
)
from services.routing.domain import acts
from services.routing.domain.limitation import last_day
from services.routing.domain.outcome import route
from tests.routing.given import (
    DO_LUONG,
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_NNMT,
    SO_XD,
    case_of,
    clock_ids,
    day,
    denounced,
    filed,
    reading_of,
    rolled,
)

ELSEWHERE: dict[str, Any] = {"received_by": OFFICE, "respondent_unit": QUY_HOP, "matter_unit": QUY_HOP}


def complained(on: str = "2026-09-07", said: dict[str, Any] | None = None, **known: Any) -> PetitionFiled:
    return filed(on, **(said or {}), particulars=Particulars(**known))


def accused(on: str = "2026-09-07", said: dict[str, Any] | None = None, **known: Any) -> PetitionFiled:
    return denounced(on, **(said or {}), particulars=Particulars(**known))


def test_c04_the_same_petition_posted_again_is_filed_for_a_year_without_a_second_guidance() -> None:
    again = complained("2026-09-30", {**ELSEWHERE, "channel": Channel.POST}, guided_before_on=day("2026-09-08"))
    found = route(again, LAW)
    assert (found.outcome, found.rule) == (Outcome.SHELVE, "R14")
    assert Duty.KEEP_ONE_YEAR in found.duties
    assert clock_ids(case_of(again)) == {"R10"}, "nobody waits for an answer, but it is not forgotten"
    kept = LAW.find_reading("X2", day("2026-09-30"))
    assert kept is not None
    assert kept.rolled_due == day("2027-09-30")
    assert "R03" not in {one.rule for one in found.tried}, "nothing after the rule that fits is tried"


def test_c05_asking_only_for_help_the_citizen_lodges_nothing_even_when_the_time_below_has_passed() -> None:
    said = ELSEWHERE | {"lower_accepted_on": day("2026-08-10"), "instance": Instance.SECOND}
    found = route(complained("2026-09-21", said, asks_only_for_help=True), LAW)
    assert (found.outcome, found.duties) == (Outcome.URGE_LOWER, (Duty.REPORT_TO_HEAD,))


def test_c05b_a_second_complaint_in_a_remote_place_waits_for_the_longer_time_below_and_has_more_time_itself() -> None:
    said = ELSEWHERE | {"lower_accepted_on": day("2026-08-10"), "instance": Instance.SECOND}
    assert route(complained("2026-09-21", said), LAW).outcome is Outcome.ACCEPT_PROPOSE
    assert route(complained("2026-09-21", said, is_remote=True), LAW).outcome is Outcome.URGE_LOWER
    remote = last_day(complained("2026-10-01", said, is_remote=True), LAW)
    assert remote is not None
    assert (remote.clock, remote.started_on, remote.raw_due) == ("K5", day("2026-09-24"), day("2026-11-08"))


def test_c02_in_a_remote_commune_the_time_for_the_second_complaint_is_longer() -> None:
    said = ELSEWHERE | {"instance": Instance.SECOND, "earlier_decision_received_on": day("2026-10-16")}
    read = last_day(complained("2026-11-20", said, is_remote=True), LAW)
    assert read is not None
    assert read.rolled_due == day("2026-11-30")


IN_HOSPITAL = Obstacle(
    first_day=day("2026-05-01"), last_day=day("2026-06-30"), ground=ObstacleGround.SICKNESS, is_proved=True
)


def test_c08b_days_in_hospital_do_not_count() -> None:
    known_on = {"decision_known_on": day("2026-03-02")}
    complaint = complained("2026-07-20", known_on, obstacles=(IN_HOSPITAL,))
    read = last_day(complaint, LAW)
    assert read is not None
    assert read.raw_due == read.rolled_due == day("2026-07-31")
    found = route(complaint, LAW)
    assert (found.outcome, found.rule) == (Outcome.ACCEPT_PROPOSE, "R01")
    assert any("đã trừ thời gian trở ngại" in one.why for one in found.tried)


@pytest.mark.parametrize("received", ["2026-07-31", "2026-08-01"])
def test_c08b_the_moved_last_day_is_still_a_last_day(received: str) -> None:
    found = route(complained(received, {"decision_known_on": day("2026-03-02")}, obstacles=(IN_HOSPITAL,)), LAW)
    late = received == "2026-08-01"
    assert found.decline_ground is (DeclineGround.LIMITATION_EXPIRED if late else None)


def test_c08b_what_is_not_proved_is_not_left_out() -> None:
    unproved = IN_HOSPITAL.model_copy(update={"is_proved": False})
    found = route(complained("2026-07-20", {"decision_known_on": day("2026-03-02")}, obstacles=(unproved,)), LAW)
    assert found.decline_ground is DeclineGround.LIMITATION_EXPIRED


def test_c10_who_is_not_affected_may_bring_the_same_as_a_recommendation() -> None:
    found = route(filed("2026-09-07", is_directly_affected=False), LAW)
    assert (found.outcome, found.rule) == (Outcome.DECLINE, "R01a")
    assert found.duties == (Duty.OFFER_AS_RECOMMENDATION,)
    assert rolled(case_of(filed("2026-09-07", is_directly_affected=False)), "K2") == day("2026-09-16")


def test_c13_before_march_2025_the_second_instance_is_the_minister_of_that_time() -> None:
    said: dict[str, Any] = {
        "received_by": OFFICE,
        "respondent_unit": PROVINCE,
        "matter_unit": PROVINCE,
        "instance": Instance.SECOND,
        "earlier_decision_received_on": day("2025-02-20"),
    }
    assert route(filed("2025-02-28", **said), LAW).competence.authority == "bo-tnmt"
    assert route(filed("2025-03-03", **said), LAW).competence.authority == "bo-nnmt"
    transport = {**said, "matter_field": MatterField.TRANSPORT}
    assert route(filed("2025-02-28", **transport), LAW).competence.authority == "bo-gtvt"
    assert route(filed("2025-03-03", **transport), LAW).competence.authority == "bo-xd"
    other = route(filed("2026-10-12", **{**said, "matter_field": MatterField.OTHER}), LAW)
    assert (other.competence.authority, other.outcome) == (None, Outcome.GUIDE), "not the Prime Minister"


def test_c16_a_decision_that_may_do_harm_is_brought_before_the_head_on_the_same_day() -> None:
    complaint = complained("2026-09-07", is_harm_hard_to_repair=True, enforceable_on=day("2026-09-10"))
    found = route(complaint, LAW)
    assert (found.outcome, found.rule) == (Outcome.ACCEPT_PROPOSE, "R01")
    assert Duty.CONSIDER_STAY in found.duties
    [harm] = [one for one in found.tried if one.rule == "R19"]
    assert harm.fits
    assert "10/09/2026" in harm.why
    assert Duty.CONSIDER_STAY not in route(filed(), LAW).duties


def test_c18_what_was_withdrawn_is_not_looked_at_again() -> None:
    found = route(complained("2026-12-01", withdrawn_before_on=day("2026-10-19")), LAW)
    assert (found.outcome, found.decline_ground) == (Outcome.DECLINE, DeclineGround.WITHDRAWN_BEFORE)
    assert "19/10/2026" in found.tried[-1].why


def test_c18b_proof_of_threat_reopens_it() -> None:
    forced = complained("2026-12-01", withdrawn_before_on=day("2026-10-19"), was_withdrawal_forced=True)
    assert route(forced, LAW).outcome is Outcome.ACCEPT_PROPOSE
    assert "K2" in clock_ids(case_of(forced))


def test_d01_the_denouncer_is_told_and_every_department_passes_the_letter_on() -> None:
    found = route(denounced("2026-08-24", received_by=SO_XD, respondent_unit=DO_LUONG, matter_unit=DO_LUONG), LAW)
    assert Duty.TELL_DENOUNCER in found.duties
    assert found.competence.authority == PROVINCE


COPIES = (QUY_HOP, PROVINCE, SO_XD, SO_NNMT, "ttt-40", "so-40-nv")


@pytest.mark.parametrize("at", [unit for unit in COPIES if unit != PROVINCE])
def test_d04_of_six_copies_the_five_at_bodies_that_are_not_competent_are_filed(at: str) -> None:
    others = tuple(unit for unit in COPIES if unit != at)
    copy = accused("2026-09-07", {"received_by": at}, copied_to=others)
    found = route(copy, LAW)
    assert (found.outcome, found.rule, found.duties) == (Outcome.SHELVE, "R09", (Duty.KEEP_ONE_YEAR,))
    assert clock_ids(case_of(copy)) == {"R10"}, "filed away, and watched until it is"


def test_d04_the_copy_at_the_competent_body_is_the_one_that_counts() -> None:
    copy = accused("2026-09-07", {"received_by": OFFICE}, copied_to=tuple(unit for unit in COPIES if unit != PROVINCE))
    assert (route(copy, LAW).outcome, route(copy, LAW).rule) == (Outcome.ACCEPT_PROPOSE, "R07a")
    assert rolled(case_of(copy), "T1") == day("2026-09-16")


def test_d04_without_the_competent_body_among_them_it_is_transferred() -> None:
    copy = accused("2026-09-07", {"received_by": SO_XD}, copied_to=(QUY_HOP, SO_NNMT))
    assert route(copy, LAW).rule == "R07"


def test_d06_several_places_lengthen_the_check_of_the_conditions() -> None:
    at_two = accused("2026-09-07", {"received_by": OFFICE}, places_to_verify=2)
    assert rolled(case_of(at_two), "T1") == day("2026-09-21")
    at_one = accused("2026-09-07", {"received_by": OFFICE}, places_to_verify=1)
    assert rolled(case_of(at_one), "T1") == day("2026-09-16")


def test_d08_what_is_said_of_the_evidence_counts_more_than_the_number_of_documents() -> None:
    nameless: dict[str, Any] = {"received_by": OFFICE, "is_anonymous": True}
    concrete: dict[str, Any] = {"is_violator_identifiable": True, "is_evidence_concrete": True, "is_verifiable": True}
    assert route(accused(said=nameless, **concrete), LAW).outcome is Outcome.INSPECT
    vague = nameless | {"attachment_count": 3}
    assert route(accused(said=vague, is_evidence_concrete=False), LAW).outcome is Outcome.SHELVE
    assert route(accused(said=vague, is_verifiable=False), LAW).outcome is Outcome.SHELVE
    false_name = route(accused(said={"received_by": OFFICE}, is_false_identity=True), LAW)
    assert (false_name.rule, false_name.outcome, false_name.clocks) == ("R10", Outcome.SHELVE, ("R10",))


def test_d10_an_unsigned_web_denunciation_with_concrete_evidence_is_looked_into_meanwhile() -> None:
    said: dict[str, Any] = {"received_by": OFFICE, "channel": Channel.WEB, "is_signed": False}
    found = route(accused("2026-09-15", said, is_evidence_concrete=True), LAW)
    assert (found.outcome, found.rule) == (Outcome.INVITE_TO_SIGN, "R10")
    assert "đồng thời xem xét kiểm tra" in found.tried[-1].why
    assert "đồng thời" not in route(accused("2026-09-15", said), LAW).tried[-1].why
    assert rolled(case_of(accused("2026-09-15", said)), "R1") == day("2026-09-29")


def test_d13_the_morality_of_a_party_member_goes_to_the_desk_of_the_control_commission() -> None:
    said: dict[str, Any] = {"received_by": OFFICE, "channel": Channel.COUNTER}
    brought = accused("2026-10-07", said, subject=SubjectMatter.PARTY_DISCIPLINE)
    case = case_of(brought)
    assert (case.outcome, case.rule, case.competent_authority) == (Outcome.GUIDE, "R20", "ban-40-ubkt")
    assert rolled(case, "R1") == day("2026-10-21")
    assert "T1" not in clock_ids(case)
    letter = route(accused("2026-10-07", {"received_by": OFFICE}, subject=SubjectMatter.PARTY_DISCIPLINE), LAW)
    assert (letter.outcome, letter.rule) == (Outcome.TRANSFER, "R20")


def test_d15_moved_to_an_equal_post_the_superior_of_the_old_unit_leads_and_that_of_the_new_one_cooperates() -> None:
    moved = accused(
        said={"received_by": OFFICE, "respondent_unit": KIM_LIEN, "respondent_post": RespondentPost.DEPUTY_HEAD},
        respondent_now_at=SO_XD,
        respondent_now_post=RespondentPost.DEPUTY_HEAD,
        respondent_move=RespondentMove.EQUAL_HEAD,
    )
    found = route(moved, LAW)
    assert (found.competence.authority, found.competence.articles) == (PROVINCE, ("LTC 12(3)(a)",))
    to_a_ministry = accused(
        said={"received_by": OFFICE, "respondent_unit": KIM_LIEN, "respondent_post": RespondentPost.DEPUTY_HEAD},
        respondent_now_at="bo-xd",
        respondent_now_post=RespondentPost.DEPUTY_HEAD,
        respondent_move=RespondentMove.EQUAL_HEAD,
    )
    assert route(to_a_ministry, LAW).competence.cooperating == ("tw",)


def test_d15_moved_to_a_higher_ordinary_post_the_head_of_the_present_body_leads() -> None:
    moved = accused(
        said={"received_by": OFFICE, "respondent_unit": KIM_LIEN, "respondent_post": RespondentPost.OFFICER},
        respondent_now_at=SO_XD,
        respondent_now_post=RespondentPost.OFFICER,
        respondent_move=RespondentMove.HIGHER,
    )
    found = route(moved, LAW)
    assert (found.competence.authority, found.competence.cooperating) == (SO_XD, (KIM_LIEN,))
    assert found.competence.articles == ("LTC 12(3)(b)",)


def test_d20_what_goes_on_against_the_result_is_for_the_superior_to_decide_within_twenty_days() -> None:
    said: dict[str, Any] = {"received_by": OFFICE, "respondent_post": RespondentPost.OFFICER}
    found = route(accused("2026-10-07", said, is_against_result=True), LAW)
    assert (found.outcome, found.rule, found.competence.authority) == (Outcome.ACCEPT_PROPOSE, "R07b", PROVINCE)
    case = case_of(accused("2026-10-07", said, is_against_result=True))
    assert rolled(case, "T10") == day("2026-10-27")
    assert "T1" not in clock_ids(case)


def test_e01_a_culvert_of_a_national_road_goes_to_who_manages_roads_in_the_province() -> None:
    told = complained(
        "2026-10-05",
        {
            "kind": PetitionKind.RECOMMENDATION,
            "matter_field": MatterField.TRANSPORT,
            "respondent_unit": None,
            "respondent_post": None,
        },
        managed_at=UnitLevel.DEPARTMENT,
    )
    case = case_of(told)
    assert (case.outcome, case.rule, case.competent_authority) == (Outcome.TRANSFER, "R13", SO_XD)
    assert rolled(case, "R1") == day("2026-10-19")


def test_e03_originals_of_a_mixed_letter_go_back() -> None:
    mixed = complained("2026-10-06", {"kind": PetitionKind.MIXED}, has_originals=True)
    found = route(mixed, LAW)
    assert [one.rule for one in found.tried][-2:] == ["R18", "R15"]
    assert found.duties == (Duty.RETURN_ORIGINALS,)
    assert rolled(case_of(mixed), "R1") == day("2026-10-20")


@pytest.mark.parametrize("kind", [PetitionKind.COMPLAINT, PetitionKind.RECOMMENDATION])
def test_e05_a_land_dispute_between_neighbours_is_guided_to_mediation_in_the_commune(kind: PetitionKind) -> None:
    said = {"kind": kind, "received_by": OFFICE, "respondent_unit": None, "respondent_post": None}
    dispute = complained("2026-11-04", said, subject=SubjectMatter.PRIVATE_DISPUTE)
    found = route(dispute, LAW)
    assert (found.outcome, found.rule, found.competence.authority) == (Outcome.GUIDE, "R20", KIM_LIEN)
    assert found.competence.articles == ("LDD 235", "LDD 236", "ND154 4(1)(g)")
    assert rolled(case_of(dispute), "R1") == day("2026-11-18")
    money = complained("2026-11-04", said | {"matter_field": MatterField.OTHER}, subject=SubjectMatter.PRIVATE_DISPUTE)
    assert route(money, LAW).competence.authority == "toa-40"


@pytest.mark.parametrize("kind", [PetitionKind.COMPLAINT, PetitionKind.RECOMMENDATION])
def test_e05_brought_to_the_commune_itself_it_is_no_petition_either(kind: PetitionKind) -> None:
    said = {"kind": kind, "received_by": KIM_LIEN, "respondent_unit": None, "respondent_post": None}
    dispute = complained("2026-11-04", said, subject=SubjectMatter.PRIVATE_DISPUTE)
    assert (route(dispute, LAW).outcome, route(dispute, LAW).rule) == (Outcome.GUIDE, "R20")
    case = case_of(dispute)
    assert "K2" not in {clock.id for clock in case.clocks}
    if kind is PetitionKind.COMPLAINT:
        guided, _ = acts.guide(case, to=KIM_LIEN, on=day("2026-11-05"), law=LAW)
        assert guided.guided_to == KIM_LIEN


def test_e06_everybody_signs_and_representatives_are_petitioners() -> None:
    group = {"signer_count": 12, "has_representatives": True}
    for known in (
        {"have_all_signed": False},
        {"are_representatives_petitioners": False},
        {"representative_count": 6},
    ):
        found = route(complained(said=group, **known), LAW)
        assert (found.outcome, found.rule) == (Outcome.SUPPLEMENT, "R22"), known
    whole = complained(said=group, have_all_signed=True, representative_count=5, are_representatives_petitioners=True)
    assert route(whole, LAW).outcome is Outcome.ACCEPT_PROPOSE


def test_e15_a_second_copy_is_linked_and_only_the_red_line_watches_that_it_is() -> None:
    first = case_of(filed("2026-09-07"))
    second = complained("2026-09-18", is_pending_here=True)
    found = route(second, LAW)
    assert (found.outcome, found.rule, found.duties) == (Outcome.SHELVE, "R21", (Duty.LINK_TO_PENDING,))
    assert clock_ids(case_of(second)) == {"R10"}
    assert reading_of(first, "K2").rolled_due == day("2026-09-16")
