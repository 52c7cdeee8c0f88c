"""What an officer finds after filing: before acceptance the case stands as if filed so, later only what has effect."""

from collections.abc import Sequence
from typing import Any

import pytest

from contracts.facts.base import Fact
from contracts.facts.intake import PetitionFiled
from contracts.facts.lines import line_of
from contracts.facts.particulars import Particulars
from contracts.facts.routing import CaseParticularsNoted, CaseRerouted, DeadlineMissed
from contracts.units import organisation
from contracts.vocabulary import (
    Channel,
    CompetenceRefusalGround,
    Duty,
    EscalationReason,
    Forwarder,
    Instance,
    Outcome,
    PetitionerRole,
    PetitionKind,
    PowerForm,
    RespondentPost,
)
from services.routing.domain import acts
from services.routing.domain.case import Case, Status
from services.routing.domain.escalation import tick
from services.routing.domain.explain import explain
from services.routing.domain.opening import on_supplemented
from tests.routing.given import (
    DO_LUONG,
    KIM_LIEN,
    LAW,
    NUMBER,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    accepted,
    case_of,
    clock_ids,
    day,
    denounced,
    filed,
    noon,
    reading_of,
    refused,
    rolled,
    supplemented,
)

ELSEWHERE: dict[str, Any] = {"received_by": OFFICE, "respondent_unit": QUY_HOP, "matter_unit": QUY_HOP}
OF_AN_OFFICER: dict[str, Any] = {"respondent_post": RespondentPost.OFFICER}
"""Denounced: somebody whom the receiving body itself manages, so that it is competent."""


def noted(case: Case, on: str = "2026-09-08", **found: Any) -> tuple[Case, Sequence[Fact]]:
    """Noted by the holder."""
    return acts.note_particulars(case, found=found, by=case.held_by, on=day(on), law=LAW)


def kinds(said: Sequence[Fact]) -> list[str]:
    return [type(fact).__name__ for fact in said]


def stands(case: Case) -> tuple[Outcome, str]:
    return case.outcome, case.rule


def known(on: str = "2026-09-07", said: dict[str, Any] | None = None, **particulars: Any) -> PetitionFiled:
    return filed(on, **(said or {}), particulars=Particulars(**particulars))


def test_c16_harm_that_shows_on_reading_brings_the_task_that_day_and_moves_nothing_else() -> None:
    case = case_of()
    after, said = noted(case, is_harm_hard_to_repair=True, enforceable_on=day("2026-09-10"))
    assert kinds(said) == ["CaseParticularsNoted", "CaseTaskOpened"]
    [task] = after.tasks
    assert (task.duty, task.opened_on, task.due_on) == (Duty.CONSIDER_STAY, day("2026-09-08"), day("2026-09-08"))
    assert (after.clocks, stands(after)) == (case.clocks, stands(case))
    assert Duty.CONSIDER_STAY in {told.duty for told in explain(after, LAW).duties}
    done, _ = acts.do_task(
        after, duty=Duty.CONSIDER_STAY, document_number=NUMBER, by=KIM_LIEN, on=day("2026-09-08"), law=LAW
    )
    assert done.tasks[0].done_on == day("2026-09-08")
    again, told = noted(done, "2026-09-09", enforceable_on=day("2026-09-12"))
    assert (again.tasks, kinds(told)) == (done.tasks, ["CaseParticularsNoted"]), "considered once, it is not owed again"


def test_c16_after_acceptance_the_stay_is_considered_all_the_same() -> None:
    case = accepted()
    after, said = noted(case, "2026-09-16", is_harm_hard_to_repair=True)
    assert kinds(said) == ["CaseParticularsNoted", "CaseTaskOpened"]
    assert [task.duty for task in after.tasks] == [Duty.CONSIDER_STAY]
    assert (after.status, after.clocks, stands(after)) == (case.status, case.clocks, stands(case))


def test_a_task_that_is_not_done_the_same_day_goes_to_the_superior() -> None:
    after, _ = noted(accepted(), "2026-09-16", is_harm_hard_to_repair=True)
    late, _ = tick(after, noon("2026-09-17"), LAW)
    assert late.escalated_to == (PROVINCE,)


def test_d08_evidence_in_an_anonymous_letter_turns_filing_away_into_inspection() -> None:
    case = case_of(denounced(received_by=OFFICE, is_anonymous=True, is_signed=False, **OF_AN_OFFICER))
    assert stands(case) == (Outcome.SHELVE, "R10")
    evident: dict[str, Any] = {"is_violator_identifiable": True, "is_evidence_concrete": True, "is_verifiable": True}
    after, said = noted(case, **evident)
    assert (stands(after), clock_ids(after)) == ((Outcome.INSPECT, "R10"), {"R10"})
    assert kinds(said) == ["CaseParticularsNoted", "CaseRerouted"]
    moved_on, _ = acts.transfer(after, to="ttt-40", by=PROVINCE, on=day("2026-09-09"), law=LAW)
    assert moved_on.held_by == "ttt-40"


def test_d08_an_identity_that_proves_false_takes_the_denunciation_off_its_clocks_but_not_off_the_red_line() -> None:
    case = case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER))
    assert clock_ids(case) == {"T1", "R10"}
    after, _ = noted(case, is_false_identity=True)
    assert (stands(after), clock_ids(after)) == ((Outcome.SHELVE, "R10"), {"R10"})
    assert rolled(after, "R10") == rolled(case, "R10")


def test_r11_signs_of_a_crime_found_on_reading_send_the_denunciation_on_and_are_urgent_from_that_day() -> None:
    case = case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER))
    after, said = noted(case, "2026-09-09", has_signs_of_crime=True)
    assert (stands(after), after.competent_authority, after.held_by) == ((Outcome.TRANSFER, "R11"), "ca-40", KIM_LIEN)
    assert kinds(said) == ["CaseParticularsNoted", "CaseTaskOpened", "CaseRerouted"]
    assert rolled(after, "T2") == day("2026-09-14"), "five working days from receipt, not from the finding"
    at_once = next(clock.reading for clock in after.clocks if clock.id == "TB13")
    assert (at_once.started_on, at_once.rolled_due) == (day("2026-09-09"), day("2026-09-09"))
    assert "T1" not in clock_ids(after)


def test_r11_after_acceptance_signs_of_a_crime_are_a_task_and_the_settlement_goes_on() -> None:
    case = accepted(case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER)))
    after, said = noted(case, "2026-09-16", has_signs_of_crime=True)
    assert kinds(said) == ["CaseParticularsNoted", "CaseTaskOpened"]
    assert (after.status, stands(after), after.held_by) == (Status.ACCEPTED, stands(case), KIM_LIEN)
    assert rolled(after, "T4") == rolled(case, "T4")
    assert rolled(after, "TB13") == day("2026-09-16")
    first = said[0]
    assert isinstance(first, CaseParticularsNoted)
    assert [clock.clock for clock in first.clocks] == ["TB13"]
    assert after.rather_competent is None, "the crime is passed on; the denunciation is settled here"


def test_signs_that_prove_wrong_bring_the_route_back_and_leave_the_task_to_be_done() -> None:
    case = case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER))
    found, _ = noted(case, "2026-09-09", has_signs_of_crime=True)
    after, _ = noted(found, "2026-09-10", has_signs_of_crime=False)
    assert stands(after) == stands(case)
    assert rolled(after, "T1") == rolled(case, "T1"), "the clock goes on as if it had never stopped"
    assert [task.done_on for task in after.tasks] == [None]
    assert "TB13" in clock_ids(after)


def test_protection_that_is_asked_for_later_is_passed_on_at_once_and_never_taken_back() -> None:
    case = accepted(case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER)))
    after, said = noted(case, "2026-09-16", asks_identity_protection=True)
    assert [task.duty for task in after.tasks] == [Duty.PROTECT_DENOUNCER]
    assert rolled(after, "T13") == day("2026-09-16")
    first = said[0]
    assert isinstance(first, CaseParticularsNoted)
    assert first.asks_identity_protection is True
    refused("protection_stays", lambda: noted(after, "2026-09-17", asks_identity_protection=False))


def test_r17_a_petition_that_needs_a_translation_is_not_accepted_and_its_clock_waits_without_being_reset() -> None:
    case = case_of()
    after, said = noted(case, is_foreign_untranslated=True)
    assert (stands(after), clock_ids(after)) == ((Outcome.SUPPLEMENT, "R17"), {"R1", "X1", "R10"})
    assert kinds(said) == ["CaseParticularsNoted", "CaseRerouted"]
    back, _ = noted(after, "2026-09-15", is_foreign_untranslated=False)
    assert (stands(back), rolled(back, "K2")) == (stands(case), day("2026-09-16"))
    assert back.clocks == case.clocks


def test_r17_what_was_asked_for_needlessly_is_awaited_no_longer_and_the_time_counts_from_receipt() -> None:
    case = case_of(known(is_foreign_untranslated=True))
    asked, _ = acts.request_supplement(case, on=day("2026-09-08"), answer_within_days=10, law=LAW)
    after, said = noted(asked, "2026-09-10", is_foreign_untranslated=None)
    assert (after.status, after.answer_by, stands(after)) == (Status.OPEN, None, (Outcome.ACCEPT_PROPOSE, "R01"))
    assert (rolled(after, "K2"), rolled(after, "X1")) == (day("2026-09-16"), rolled(case, "X1"))
    assert "R1" not in clock_ids(after), "who came was answered"
    assert after.filed.particulars is None, "nothing is said of it any more"
    rerouted = said[-1]
    assert isinstance(rerouted, CaseRerouted)
    assert {clock.clock for clock in rerouted.clocks} == {"K2", "X1", "R10"}


def test_while_a_supplement_is_awaited_a_finding_that_does_not_complete_the_petition_lets_it_be_awaited() -> None:
    case = case_of(filed(is_signed=False))
    asked, _ = acts.request_supplement(case, on=day("2026-09-08"), answer_within_days=10, law=LAW)
    for found in ({"is_harm_hard_to_repair": True}, {"is_foreign_untranslated": True}):
        after, _ = noted(asked, "2026-09-10", **found)
        assert (after.status, after.answer_by) == (Status.AWAITING_SUPPLEMENT, asked.answer_by)
        assert clock_ids(after) == clock_ids(asked)


def test_what_lapsed_stays_filed_away_unless_the_finding_itself_leads_elsewhere() -> None:
    case = case_of(filed(is_signed=False))
    asked, _ = acts.request_supplement(case, on=day("2026-09-09"), answer_within_days=10, law=LAW)
    late, _ = tick(asked, noon("2026-09-24"), LAW)
    after, _ = noted(late, "2026-09-25", enforceable_on=day("2026-10-01"))
    assert stands(after) == stands(late) == (Outcome.SHELVE, "R14")
    other, _ = noted(late, "2026-09-25", respondent_unit=QUY_HOP)
    assert stands(other) == (Outcome.GUIDE, "R03")


def test_r22_representatives_whose_paper_was_overlooked_make_the_group_complete_from_the_day_of_receipt() -> None:
    case = case_of(filed(signer_count=12))
    assert stands(case) == (Outcome.SUPPLEMENT, "R22")
    found = {"has_representatives": True, "representative_count": 5, "have_all_signed": True}
    after, _ = noted(case, "2026-09-09", **found)
    assert (stands(after), rolled(after, "K2")) == ((Outcome.ACCEPT_PROPOSE, "R01"), day("2026-09-16"))
    assert accepted(after).status is Status.ACCEPTED
    too_many, _ = noted(case, "2026-09-09", **(found | {"representative_count": 6}))
    assert stands(too_many) == (Outcome.SUPPLEMENT, "R22")


def test_after_a_supplement_the_clocks_of_a_finding_count_from_the_day_that_completed_the_petition() -> None:
    complete, _ = on_supplemented(case_of(filed(is_signed=False)), supplemented("2026-09-14", is_signed=True), LAW)
    foreign, _ = noted(complete, "2026-09-15", is_foreign_untranslated=True)
    back, _ = noted(foreign, "2026-09-16", is_foreign_untranslated=False)
    assert rolled(back, "K2") == rolled(complete, "K2") == day("2026-09-23")


def test_a_clock_that_comes_with_a_finding_counts_from_the_supplement_too_but_an_answer_from_the_receipt() -> None:
    case = case_of(known(said={"is_signed": False, "channel": Channel.POST}, is_foreign_untranslated=True))
    signed, _ = on_supplemented(case, supplemented("2026-09-14", is_signed=True), LAW)
    assert stands(signed) == (Outcome.SUPPLEMENT, "R17")
    after, _ = noted(signed, "2026-09-16", is_foreign_untranslated=False)
    assert rolled(after, "K2") == day("2026-09-23")
    sent, _ = noted(sent_up(), "2026-09-16", forwarded_by=Forwarder.PRESS)
    assert reading_of(sent, "T9").started_on == day("2026-09-07"), "though it was transferred on the 8th"


def test_the_right_respondent_of_a_complaint_is_another_bodys_matter_and_the_citizen_is_guided_there() -> None:
    case = case_of()
    after, said = noted(case, respondent_unit=QUY_HOP)
    assert (stands(after), after.competent_authority, after.held_by) == ((Outcome.GUIDE, "R03"), QUY_HOP, KIM_LIEN)
    assert "K2" not in clock_ids(after)
    rerouted = said[-1]
    assert isinstance(rerouted, CaseRerouted)
    assert (rerouted.is_outcome_changed, rerouted.is_place_changed) == (True, True)
    guided, _ = acts.guide(after, to=None, on=day("2026-09-09"), law=LAW)
    assert guided.guided_to == QUY_HOP


def test_what_was_elsewheres_and_proves_ours_has_its_time_from_receipt_and_may_be_late_at_once() -> None:
    case = case_of(filed(respondent_unit=QUY_HOP))
    assert "K2" not in clock_ids(case)
    after, _ = noted(case, "2026-09-18", respondent_unit=KIM_LIEN)
    assert rolled(after, "K2") == day("2026-09-16")
    _, said = tick(after, noon("2026-09-18"), LAW)
    assert "K2" in [fact.clock.clock for fact in said if isinstance(fact, DeadlineMissed)]


def test_several_places_lengthen_t1_from_the_same_start_while_it_runs_and_never_once_it_ran_out() -> None:
    case = case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER))
    after, said = noted(case, "2026-09-16", places_to_verify=2)
    assert (rolled(case, "T1"), rolled(after, "T1")) == (day("2026-09-16"), day("2026-09-21"))
    assert kinds(said) == ["CaseParticularsNoted", "CaseRerouted"]
    for late in (case, tick(case, noon("2026-09-17"), LAW)[0]):
        assert rolled(noted(late, "2026-09-17", places_to_verify=2)[0], "T1") == day("2026-09-16")
    at_one, _ = noted(after, "2026-09-18", places_to_verify=1)
    assert rolled(at_one, "T1") == day("2026-09-16"), "shortened, though it is over by then"


def test_what_was_warned_of_by_the_shorter_time_is_warned_of_again_by_the_longer_one() -> None:
    warned, _ = tick(case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER)), noon("2026-09-14"), LAW)
    after, _ = noted(warned, "2026-09-14", places_to_verify=2)
    before, now = (next(clock for clock in case.clocks if clock.id == "T1") for case in (warned, after))
    assert (before.warned_percent, now.warned_percent) == (75, 50)


def test_what_was_urgent_before_acceptance_already_is_not_opened_by_another_finding() -> None:
    late = known(said={"decision_known_on": day("2026-03-02")}, is_harm_hard_to_repair=True)
    case = accepted(case_of(late))
    assert case.tasks == (), "as a late one it was to be declined"
    after, _ = noted(case, "2026-09-16", enforceable_on=day("2026-09-20"))
    assert after.tasks == ()


def test_c02_a_remote_place_has_the_longer_time_from_acceptance_unless_the_time_is_over() -> None:
    case = accepted()
    after, said = noted(case, "2026-09-30", is_remote=True)
    assert (rolled(case, "K3"), rolled(after, "K3")) == (day("2026-10-14"), day("2026-10-29"))
    assert kinds(said) == ["CaseParticularsNoted"], "the case stays where it is"
    first = said[0]
    assert isinstance(first, CaseParticularsNoted)
    assert [clock.rolled_due for clock in first.clocks] == [day("2026-10-29")]
    assert rolled(noted(case, "2026-10-15", is_remote=True)[0], "K3") == day("2026-10-14")


def test_c02_a_remote_place_found_before_acceptance_counts_at_acceptance() -> None:
    after, _ = noted(case_of(), is_remote=True)
    assert rolled(accepted(after), "K3") == day("2026-10-29")


def test_c08_the_day_on_which_the_decision_was_known_decides_whether_it_is_late() -> None:
    after, _ = noted(case_of(), decision_known_on=day("2026-03-02"))
    assert stands(after) == (Outcome.DECLINE, "R01a")
    assert rolled(after, "K2") == day("2026-09-16"), "declining has the same time"


def test_c04_who_was_guided_before_is_not_guided_again() -> None:
    case = case_of(filed("2026-09-30", **ELSEWHERE, channel=Channel.POST))
    after, _ = noted(case, "2026-10-01", guided_before_on=day("2026-09-08"))
    assert (stands(after), clock_ids(after)) == ((Outcome.SHELVE, "R14"), {"R10"})


def test_an_attorney_whose_power_is_not_certified_is_asked_for_it() -> None:
    found = {"petitioner_role": PetitionerRole.ATTORNEY, "power_form": PowerForm.PLAIN_PAPER}
    after, _ = noted(case_of(), **found)
    assert stands(after) == (Outcome.SUPPLEMENT, "R02")


def test_the_press_that_forwarded_a_denunciation_is_answered_within_the_time_from_receipt() -> None:
    case = case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER))
    after, _ = noted(case, "2026-09-10", forwarded_by=Forwarder.PRESS)
    assert "T9" in clock_ids(after)
    assert rolled(after, "T9") == day("2026-09-28"), "twenty days from 7 September, off the weekend"


def test_by_its_content_a_complaint_may_be_a_recommendation_from_the_start() -> None:
    after, said = noted(case_of(), kind=PetitionKind.RECOMMENDATION)
    assert (stands(after), clock_ids(after)) == ((Outcome.ACCEPT_PROPOSE, "R12"), {"R1", "X1", "R10"})
    assert {fact.kind for fact in said if isinstance(fact, CaseParticularsNoted)} == {PetitionKind.RECOMMENDATION}
    refused("accepted_as_such", lambda: noted(accepted(), "2026-09-16", kind=PetitionKind.RECOMMENDATION))


@pytest.mark.parametrize("kind", [PetitionKind.DENUNCIATION, PetitionKind.MIXED])
def test_what_proves_a_denunciation_is_filed_anew_for_what_was_told_openly_cannot_be_taken_back(
    kind: PetitionKind,
) -> None:
    for case in (case_of(), accepted()):
        sentence = refused("file_anew", lambda case=case: noted(case, "2026-09-16", kind=kind))  # type: ignore[misc]  # a loop value bound early
        assert "thành đơn mới" in sentence


@pytest.mark.parametrize("before", [PetitionKind.DENUNCIATION, PetitionKind.MIXED])
@pytest.mark.parametrize("kind", PetitionKind)
def test_nothing_leaves_the_wall_around_denunciations(before: PetitionKind, kind: PetitionKind) -> None:
    case = case_of(denounced(kind=before))
    if kind is before:
        assert noted(case, kind=kind) == (case, [])
    else:
        refused("stays_confidential", lambda: noted(case, kind=kind))


@pytest.mark.parametrize(
    ("found", "named"),
    [
        ({"has_signs_of_crime": True}, "has_signs_of_crime: Chỉ dùng cho đơn"),
        ({"decision_known_on": day("2026-09-08")}, "decision_known_on: Ngày này không thể sau ngày nhận đơn"),
        ({"instance": Instance.SECOND}, "instance: Khiếu nại lần hai phải có ngày"),
        ({"representative_count": 2}, "representative_count: Một người đứng đơn"),
        ({"respondent_unit": "xa-99999"}, "respondent_unit: Không có đơn vị này"),
        ({"was_withdrawal_forced": True}, "was_withdrawal_forced: Phải có ngày đã rút đơn"),
        ({"forwarded_by": Forwarder.PRESS}, "forwarded_by: Chỉ dùng khi channel"),
    ],
)
def test_what_contradicts_the_petition_is_refused_with_its_field_and_reason(found: dict[str, Any], named: str) -> None:
    assert refused("contradictory_particulars", lambda: noted(case_of(), **found)).startswith(named)


def test_a_contradiction_that_stood_before_does_not_bar_another_finding_and_may_be_put_right() -> None:
    case = case_of(filed(instance=Instance.SECOND))
    after, _ = noted(case, is_unreadable=True)
    assert stands(after) == (Outcome.SHELVE, "R14")
    first, _ = noted(case, instance=Instance.FIRST)
    assert stands(first) == (Outcome.ACCEPT_PROPOSE, "R01")


def test_noting_nothing_or_by_who_does_not_hold_the_case_or_too_late_is_refused() -> None:
    refused("nothing_found", lambda: noted(case_of()))
    found = {"is_remote": True}
    refused(
        "not_holder",
        lambda: acts.note_particulars(case_of(), found=found, by=PROVINCE, on=day("2026-09-08"), law=LAW),
    )
    guided, _ = acts.guide(case_of(filed(**ELSEWHERE)), to=None, on=day("2026-09-08"), law=LAW)
    refused("illegal_transition", lambda: noted(guided, "2026-09-09", **found))


def test_the_fact_says_which_fields_were_found_by_whom_and_when_and_never_what() -> None:
    after, said = acts.note_particulars(
        case_of(),
        found={"respondent_unit": QUY_HOP, "is_unreadable": False, "matter_unit": KIM_LIEN},
        by=KIM_LIEN,
        on=day("2026-09-08"),
        law=LAW,
        document_number="7/PĐX-UBND",
    )
    fact = said[0]
    assert isinstance(fact, CaseParticularsNoted)
    assert fact.noted == ("respondent_unit", "is_unreadable"), "what was known so is not found"
    assert (fact.noted_on, fact.noted_by, fact.document_number) == (day("2026-09-08"), KIM_LIEN, "7/PĐX-UBND")
    assert fact.is_outcome_changed
    assert QUY_HOP not in fact.model_dump_json()
    assert [one.fields for one in after.noted] == [fact.noted]
    assert after.papers == (), "the officer's note is no paper that ends the case"
    assert line_of(fact, organisation().name_of) == (
        "Đã ghi nhận thêm 2 thông tin về đơn, văn bản số 7/PĐX-UBND (hướng xử lý thay đổi)"
    )


def test_the_line_of_a_denunciation_is_neutral() -> None:
    _, said = noted(case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER)), has_signs_of_crime=True)
    assert line_of(said[0], organisation().name_of) == "Đã ghi nhận thêm thông tin về đơn"


# Where the case stays in spite of what was found.


def sent_up() -> Case:
    """D01: a letter about the chairman of Đô Lương, transferred to the province."""
    case = case_of(denounced("2026-09-07", received_by=SO_XD, respondent_unit=DO_LUONG, matter_unit=DO_LUONG))
    return acts.transfer(case, to=PROVINCE, by=SO_XD, on=day("2026-09-08"), law=LAW)[0]


def test_a_transferred_case_stays_and_says_whose_it_would_be_and_how_it_gets_there() -> None:
    case = sent_up()
    after, _ = noted(case, "2026-09-09", respondent_post=RespondentPost.OFFICER)
    assert (after.held_by, after.competent_authority, after.rather_competent) == (PROVINCE, PROVINCE, DO_LUONG)
    assert after.clocks == case.clocks
    told = explain(after, LAW).competence_finding
    assert "Xã Đô Lương" in told
    assert "từ chối thẩm quyền" in told
    back, _ = acts.refuse_competence(
        after,
        ground=CompetenceRefusalGround.OTHER_PERSON,
        document_number=NUMBER,
        by=PROVINCE,
        on=day("2026-09-10"),
        law=LAW,
    )
    assert back.held_by == SO_XD
    put_right, _ = noted(after, "2026-09-10", respondent_post=RespondentPost.HEAD)
    assert (put_right.rather_competent, explain(put_right, LAW).competence_finding) == (None, "")


def test_an_accepted_case_stays_with_its_settler_and_says_whose_it_would_be() -> None:
    after, said = noted(accepted(), "2026-09-16", respondent_unit=QUY_HOP)
    assert (after.held_by, after.status, after.rather_competent) == (KIM_LIEN, Status.ACCEPTED, QUY_HOP)
    assert kinds(said) == ["CaseParticularsNoted"]
    assert "báo cáo cấp trên quyết định" in explain(after, LAW).competence_finding


# Never to the accused.


def test_the_holder_that_turns_out_to_be_the_accused_loses_the_case_at_once_as_at_opening() -> None:
    case = case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER))
    assert case.held_by == KIM_LIEN
    after, said = noted(case, respondent_post=RespondentPost.HEAD)
    at_opening = case_of(denounced(received_by=KIM_LIEN, respondent_post=RespondentPost.HEAD))
    assert (after.held_by, after.listed_under) == (at_opening.held_by, at_opening.listed_under) == (PROVINCE, PROVINCE)
    assert stands(after) == stands(at_opening)
    first, last = said[0], said[-1]
    assert isinstance(first, CaseParticularsNoted)
    assert first.never_at == KIM_LIEN, "every reader hides it from the unit, before it hears where the case is"
    assert isinstance(last, CaseRerouted)
    assert (last.held_by, last.is_place_changed) == (PROVINCE, True)


def test_an_accepted_denunciation_of_its_settler_goes_on_at_the_superior_in_the_same_time() -> None:
    case = accepted(case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER)))
    after, said = noted(case, "2026-09-20", respondent_post=RespondentPost.HEAD)
    assert (after.held_by, after.competent_authority, after.status) == (PROVINCE, PROVINCE, Status.ACCEPTED)
    assert rolled(after, "T4") == rolled(case, "T4")
    assert kinds(said) == ["CaseParticularsNoted", "CaseRerouted"]
    assert after.rather_competent is None
    refused("not_holder", lambda: acts.note_particulars(after, found={}, by=KIM_LIEN, on=day("2026-09-21"), law=LAW))


def test_a_transferred_denunciation_of_the_body_it_was_sent_to_goes_to_who_may_settle_it() -> None:
    case = case_of(denounced(received_by=KIM_LIEN, respondent_unit=SO_XD, **OF_AN_OFFICER))
    sent, _ = acts.transfer(case, to=SO_XD, by=KIM_LIEN, on=day("2026-09-08"), law=LAW)
    after, _ = noted(sent, "2026-09-09", respondent_post=RespondentPost.DEPUTY_HEAD)
    assert (after.held_by, after.competent_authority, stands(after)) == (PROVINCE, PROVINCE, stands(sent))
    assert rolled(after, "T1") == rolled(sent, "T1"), "in the time that runs already"
    assert accepted(after, "2026-09-10").status is Status.ACCEPTED


def test_whoever_was_told_and_turns_out_to_be_accused_is_before_the_case_no_longer() -> None:
    case = case_of(denounced(received_by=KIM_LIEN, **OF_AN_OFFICER))
    up, _ = acts.request_chair(case, now=noon("2026-09-08"), law=LAW, reason=EscalationReason.CHAIR_REQUEST)
    assert up.escalated_to == (PROVINCE,)
    after, _ = noted(up, respondent_unit=PROVINCE, respondent_post=RespondentPost.HEAD)
    assert (after.escalated_to, after.listed_under) == ((), f"{KIM_LIEN}/apart")


def test_a_petition_is_not_sent_back_to_a_body_that_turns_out_to_be_accused() -> None:
    after, _ = noted(sent_up(), "2026-09-09", respondent_unit=SO_XD, respondent_post=RespondentPost.HEAD)
    assert after.transferred_from == ()
    refused(
        "never_sent",
        lambda: acts.refuse_competence(
            after,
            ground=CompetenceRefusalGround.OTHER_PERSON,
            document_number=NUMBER,
            by=PROVINCE,
            on=day("2026-09-10"),
            law=LAW,
        ),
    )


def between_two() -> Case:
    """A denunciation of an officer that the department refuses and the commune that sent it holds again."""
    case = case_of(denounced(received_by=KIM_LIEN, respondent_unit=SO_XD, **OF_AN_OFFICER))
    sent, _ = acts.transfer(case, to=SO_XD, by=KIM_LIEN, on=day("2026-09-08"), law=LAW)
    return refuses(sent, SO_XD)


def refuses(case: Case, by: str) -> Case:
    ground = CompetenceRefusalGround.OTHER_PERSON
    return acts.refuse_competence(case, ground=ground, document_number=NUMBER, by=by, on=day("2026-09-09"), law=LAW)[0]


def test_competence_is_not_refused_back_to_a_body_that_turns_out_to_be_accused() -> None:
    after, _ = noted(between_two(), "2026-09-09", respondent_post=RespondentPost.HEAD)
    assert after.held_by == KIM_LIEN
    sentence = refused("near_the_accused", lambda: refuses(after, KIM_LIEN))
    assert "báo cáo cấp trên" in sentence


def test_a_superior_that_was_to_decide_and_turns_out_to_be_accused_decides_no_more() -> None:
    disputed = refuses(between_two(), KIM_LIEN)
    assert (disputed.status, disputed.decides_competence) == (Status.DISPUTED, PROVINCE)
    after, _ = noted(disputed, "2026-09-10", respondent_unit=PROVINCE, respondent_post=RespondentPost.HEAD)
    assert (after.status, after.competent_authority) == (Status.DISPUTED, None)
    assert after.held_by == after.decides_competence == "tw"
