"""Worked cases of cases.md, by id: acceptance, extension, suspension, settlement; and what the law refuses."""

import pytest

from contracts.errors import Refused
from contracts.facts.public import PublicCaseAccepted, PublicCaseSuspended
from contracts.facts.routing import (
    CaseAccepted,
    CaseClosed,
    CaseContinued,
    CaseDecisionReceived,
    CaseDiscontinued,
    CaseDutyDone,
    CaseEscalated,
    CaseExtended,
    CaseFact,
    CaseGuided,
    CaseRerouted,
    CaseResumed,
    CaseSettled,
    CaseSuspended,
    CaseTookEffect,
    CaseTransferred,
)
from contracts.law.rows import Act
from contracts.vocabulary import (
    Channel,
    ClosingGround,
    ComplexityTest,
    DeclineGround,
    EscalationReason,
    Instance,
    Outcome,
    PetitionKind,
    RespondentPost,
    SettlementResult,
    SuspensionGround,
    WithdrawalScope,
)
from services.routing.domain import acts
from services.routing.domain.case import Case, Status
from services.routing.domain.escalation import tick
from services.routing.domain.opening import on_supplemented, on_withdrawn
from tests.routing.given import (
    DO_LUONG,
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    QUY_HOP,
    SO_XD,
    accepted,
    case_of,
    clock_ids,
    confirmed,
    day,
    denounced,
    filed,
    noon,
    reading_of,
    refused,
    rolled,
    settled,
    supplemented,
    withdrawn,
)

TWO_TESTS = (ComplexityTest.SEVERAL_PLACES, ComplexityTest.MANY_PEOPLE)


def extended(case: Case, on: str, *tests: ComplexityTest) -> Case:
    assert case.competent_authority
    return acts.extend(
        case, by=case.competent_authority, tests=tests, document_number="9/QĐ-UBND", on=day(on), law=LAW
    )[0]


def test_c01_acceptance_starts_settlement_and_ends_what_was_owed_before() -> None:
    case, said = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=LAW)
    assert (case.status, clock_ids(case)) == (Status.ACCEPTED, {"K3"})
    assert rolled(case, "K3") == day("2026-10-14")
    fact, twin = said
    assert isinstance(fact, CaseAccepted)
    assert isinstance(twin, PublicCaseAccepted)
    assert twin.due_on == day("2026-10-14")
    longer = extended(case, "2026-10-14", ComplexityTest.SEVERAL_CONTENTS)
    assert rolled(longer, "K3") == day("2026-10-29")


def test_c01_settlement_is_in_time_and_the_decision_has_to_be_sent_in_three_working_days() -> None:
    case, said = settled(accepted(), "2026-10-12", SettlementResult.WRONG)
    fact = said[0]
    assert isinstance(fact, CaseSettled)
    assert fact.is_within_time
    assert rolled(case, "K4") == day("2026-10-15")
    sent, [done] = acts.confirm(case, act=Act.RESULT_SENT, document_number="13/UBND", on=day("2026-10-13"), law=LAW)
    assert isinstance(done, CaseDutyDone)
    assert (done.ended, done.is_within_time, clock_ids(sent)) == (("K4",), True, {"K9"})
    received, [told] = acts.receive_decision(sent, received_on=day("2026-10-16"), on=day("2026-10-17"), law=LAW)
    assert isinstance(told, CaseDecisionReceived)
    assert reading_of(received, "K5").raw_due == day("2026-11-15")
    assert rolled(received, "K5") == day("2026-11-16")
    refused(
        "not_effective_yet",
        lambda: acts.close(received, ground=ClosingGround.SETTLED, on=day("2026-10-20"), law=LAW),
    )
    early, nothing = tick(received, noon("2026-11-11"), LAW)
    assert (early.status, list(nothing)) == (Status.SETTLED, [])
    effective, [effect] = tick(received, noon("2026-11-12"), LAW)
    assert isinstance(effect, CaseTookEffect)
    assert (effective.status, effect.effective_on, clock_ids(effective)) == (
        Status.EFFECTIVE,
        day("2026-11-12"),
        {"K5", "K15"},
    )
    closed, [over, _] = acts.close(effective, ground=ClosingGround.SETTLED, on=day("2026-11-20"), law=LAW)
    assert closed.status is Status.CLOSED
    assert isinstance(over, CaseClosed)
    assert (over.legal_grounds, over.document_number) == (("LKN 31",), "12/QĐ-UBND")
    assert closed.next_timer_on is None


def test_c02_a_remote_commune_has_longer() -> None:
    case = accepted(is_remote=True)
    assert rolled(case, "K3") == day("2026-10-29")
    assert rolled(extended(case, "2026-10-20", ComplexityTest.FOREIGN_ELEMENT), "K3") == day("2026-11-13")


def test_c03_the_bypass_level_complaint_is_guided_once_and_cannot_be_transferred() -> None:
    case = case_of(filed("2026-09-08", received_by=OFFICE, respondent_unit=QUY_HOP))
    refused("must_guide", lambda: acts.transfer(case, to=QUY_HOP, by=PROVINCE, on=day("2026-09-10"), law=LAW))
    after, said = acts.guide(case, to=None, on=day("2026-09-10"), law=LAW)
    assert isinstance(said[0], CaseGuided)
    assert (said[0].guided_to, clock_ids(after)) == (QUY_HOP, set())
    refused("illegal_transition", lambda: acts.guide(after, to=None, on=day("2026-09-11"), law=LAW))


def test_c06_a_second_complaint_has_45_days_and_60_when_complex() -> None:
    case = accepted(
        case_of(
            filed(
                "2026-10-20",
                received_by=OFFICE,
                instance=Instance.SECOND,
                earlier_decision_received_on=day("2026-10-05"),
            )
        ),
        "2026-10-28",
    )
    assert rolled(case, "K6") == day("2026-12-14")
    assert rolled(extended(case, "2026-12-14", ComplexityTest.AGENCIES_DISAGREE), "K6") == day("2026-12-28")


def test_c18_a_whole_withdrawal_ends_a_complaint_and_a_partial_one_does_not() -> None:
    whole, nothing = on_withdrawn(accepted(), withdrawn("2026-10-19"), LAW)
    assert (whole.status, whole.withdrawn, list(nothing)) == (Status.ACCEPTED, WithdrawalScope.WHOLE, [])
    refused("withdrawn", lambda: settled(whole, "2026-10-19"))
    over, [fact] = acts.discontinue(whole, by=KIM_LIEN, document_number="15/QĐ-UBND", on=day("2026-10-19"), law=LAW)
    assert isinstance(fact, CaseDiscontinued)
    assert (over.status, clock_ids(over), rolled(over, "K11")) == (
        Status.DISCONTINUED,
        {"K11"},
        day("2026-10-22"),
    )
    refused("still_owed", lambda: acts.close(over, ground=ClosingGround.WITHDRAWN, on=day("2026-10-20"), law=LAW))
    sent = confirmed(over, "2026-10-21", Act.NOTICE_SENT)
    closed, said = acts.close(sent, ground=ClosingGround.WITHDRAWN, on=day("2026-10-22"), law=LAW)
    assert closed.status is Status.CLOSED
    assert isinstance(said[0], CaseClosed)
    assert said[0].ground is ClosingGround.WITHDRAWN
    part, [rest] = on_withdrawn(accepted(), withdrawn("2026-10-19", WithdrawalScope.PARTIAL), LAW)
    assert isinstance(rest, CaseContinued)
    assert (part.status, part.withdrawn) == (Status.ACCEPTED, WithdrawalScope.PARTIAL)
    number = "1/QĐ-UBND"
    refused(
        "not_withdrawn",
        lambda: acts.discontinue(part, by=KIM_LIEN, document_number=number, on=day("2026-10-19"), law=LAW),
    )


def test_c18_before_acceptance_there_is_nothing_to_discontinue() -> None:
    closed, said = on_withdrawn(case_of(), withdrawn("2026-09-09"), LAW)
    assert closed.status is Status.CLOSED
    assert isinstance(said[0], CaseClosed)


def test_c18b_one_members_withdrawal_does_not_stop_the_others() -> None:
    group = accepted(case_of(filed(signer_count=4)))
    one_left = withdrawn("2026-10-19").model_copy(update={"remaining_signers": 3})
    after, [fact] = on_withdrawn(group, one_left, LAW)
    assert isinstance(fact, CaseContinued)
    assert (after.status, after.withdrawn, after.filed.signer_count) == (Status.ACCEPTED, None, 3)
    assert fact.remaining_signers == 3
    last = withdrawn("2026-10-20").model_copy(update={"remaining_signers": 0})
    gone, _ = on_withdrawn(after, last, LAW)
    assert gone.withdrawn is WithdrawalScope.WHOLE


def test_c19_suspension_keeps_the_days_that_were_left() -> None:
    case = accepted(case_of(filed("2026-08-10")), "2026-08-17")
    assert rolled(case, "K3") == day("2026-09-16")
    still, said = acts.suspend(
        case,
        by=KIM_LIEN,
        ground=SuspensionGround.FORCE_MAJEURE,
        document_number="1/QĐ-UBND",
        on=day("2026-08-28"),
        law=LAW,
    )
    fact, twin = said
    assert isinstance(fact, CaseSuspended)
    assert isinstance(twin, PublicCaseSuspended)
    assert fact.days_used == 11
    assert (clock_ids(still), rolled(still, "K11")) == ({"K11"}, day("2026-09-07")), "three holidays in between"
    still = confirmed(still, "2026-09-03", Act.NOTICE_SENT)
    assert still.next_timer_on is None, "time brings nothing while settlement stands still"
    again, said = acts.resume(still, by=KIM_LIEN, document_number="2/QĐ-UBND", on=day("2026-09-21"), law=LAW)
    assert isinstance(said[0], CaseResumed)
    assert said[0].clock.raw_due == day("2026-10-10")
    assert said[0].clock.rolled_due == day("2026-10-12")
    assert rolled(again, "K11") == day("2026-09-24")
    longer = extended(again, "2026-10-12", ComplexityTest.SEVERAL_PLACES)
    assert reading_of(longer, "K3").raw_due == day("2026-10-25"), "15 days more, the suspension still counted out"


def test_c19_a_second_suspension_adds_to_the_days_used() -> None:
    case = accepted(case_of(filed("2026-08-10")), "2026-08-17")
    for begin, end in (("2026-08-28", "2026-09-21"), ("2026-09-25", "2026-10-05")):
        case, _ = acts.suspend(
            case,
            by=KIM_LIEN,
            ground=SuspensionGround.FORCE_MAJEURE,
            document_number="1/QĐ",
            on=day(begin),
            law=LAW,
        )
        case, _ = acts.resume(case, by=KIM_LIEN, document_number="2/QĐ", on=day(end), law=LAW)
    assert reading_of(case, "K3").raw_due == day("2026-10-20"), "30 - 11 - 4 = 15 days after 5 October"


def test_d01_the_letter_is_transferred_once_and_never_to_the_accused() -> None:
    case = case_of(denounced("2026-08-24", received_by=SO_XD, respondent_unit=DO_LUONG, matter_unit=DO_LUONG))
    refused("must_transfer", lambda: acts.guide(case, to=None, on=day("2026-08-25"), law=LAW))
    refused("near_the_accused", lambda: acts.transfer(case, to=DO_LUONG, by=SO_XD, on=day("2026-08-25"), law=LAW))
    after, said = acts.transfer(case, to=OFFICE, by=SO_XD, on=day("2026-09-03"), law=LAW)
    fact = said[0]
    assert isinstance(fact, CaseTransferred)
    assert (fact.to_unit, after.held_by, after.status) == (PROVINCE, PROVINCE, Status.OPEN)
    assert clock_ids(after) == {"T1", "R10"}
    assert rolled(after, "T1") == day("2026-09-14")
    refused("already_transferred", lambda: acts.transfer(after, to=SO_XD, by=PROVINCE, on=day("2026-09-04"), law=LAW))


def test_d03_in_person_is_guided_and_not_transferred() -> None:
    case = case_of(denounced("2026-09-22", channel=Channel.COUNTER))
    refused("must_guide", lambda: acts.transfer(case, to="ttt-40", by=PROVINCE, on=day("2026-09-23"), law=LAW))
    refused("near_the_accused", lambda: acts.guide(case, to=KIM_LIEN, on=day("2026-09-23"), law=LAW))
    after, said = acts.guide(case, to=OFFICE, on=day("2026-09-23"), law=LAW)
    assert after.guided_to == OFFICE
    assert len(said) == 1


def test_d06_the_full_clock_of_a_denunciation() -> None:
    case = accepted(case_of(denounced("2026-09-07", received_by=OFFICE)), "2026-09-16")
    assert rolled(case, "T3") == day("2026-09-23")
    assert rolled(case, "T4") == day("2026-10-16")
    told, _ = acts.confirm(case, act=Act.ACCEPTANCE_TOLD, document_number="5/TB", on=day("2026-09-20"), law=LAW)
    assert clock_ids(told) == {"T4"}
    once = extended(told, "2026-10-16", ComplexityTest.SEVERAL_PLACES)
    assert (reading_of(once, "T4").raw_due, rolled(once, "T4")) == (day("2026-11-15"), day("2026-11-16"))
    refused("too_few_tests", lambda: extended(once, "2026-11-16", ComplexityTest.SEVERAL_PLACES))
    refused("too_few_tests", lambda: extended(once, "2026-11-16", *[ComplexityTest.SEVERAL_PLACES] * 2))
    twice = extended(once, "2026-11-16", *TWO_TESTS)
    assert rolled(twice, "T4") == day("2026-12-15")
    refused("no_more_extensions", lambda: extended(twice, "2026-12-15", *TWO_TESTS))
    concluded, said = settled(told, "2026-10-16")
    assert rolled(concluded, "T6") == day("2026-10-23")
    assert rolled(concluded, "T7") == day("2026-10-27")
    assert rolled(concluded, "T8") == day("2026-10-27")
    assert isinstance(said[0], CaseSettled)
    assert len(said) == 1
    end = ClosingGround.SETTLED
    refused("result_not_sent", lambda: acts.close(concluded, ground=end, on=day("2026-10-30"), law=LAW))
    posted = confirmed(concluded, "2026-10-27", Act.RESULT_SENT, Act.ACTED_ON, Act.PUBLISHED)
    assert (reading_of(posted, "TB8").raw_due, rolled(posted, "TB7")) == (day("2026-11-11"), day("2026-11-03"))
    refused("still_posted", lambda: confirmed(posted, "2026-11-11", Act.TAKEN_DOWN))
    reported = confirmed(posted, "2026-11-03", Act.REPORTED)
    after, nothing = tick(reported, noon("2026-11-12"), LAW)
    assert (clock_ids(after), list(nothing)) == (set(), []), "posted long enough: it may come down"
    assert acts.close(after, ground=end, on=day("2026-11-12"), law=LAW)[0].status is Status.CLOSED


def test_d06_withdrawing_a_denunciation_does_not_end_it() -> None:
    case = accepted(case_of(denounced("2026-09-07", received_by=OFFICE)), "2026-09-16")
    number = "17/QĐ-UBND"
    refused(
        "not_withdrawn",
        lambda: acts.discontinue(case, by=PROVINCE, document_number=number, on=day("2026-10-01"), law=LAW),
    )
    after, said = on_withdrawn(case, withdrawn("2026-09-20", kind=PetitionKind.DENUNCIATION), LAW)
    assert (after.status, list(said)) == (Status.ACCEPTED, [])
    over, _ = acts.discontinue(after, by=PROVINCE, document_number=number, on=day("2026-10-01"), law=LAW)
    assert (rolled(over, "T5"), clock_ids(over)) == (day("2026-10-08"), {"T3", "T5"}), "what is owed stays owed"


def test_e01_the_recommendation_is_transferred_and_guidance_alone_is_refused() -> None:
    case = case_of(filed("2026-10-05", kind=PetitionKind.RECOMMENDATION, respondent_unit=SO_XD, respondent_post=None))
    refused("must_transfer", lambda: acts.guide(case, to=SO_XD, on=day("2026-10-06"), law=LAW))
    after, _ = acts.transfer(case, to=SO_XD, by=KIM_LIEN, on=day("2026-10-06"), law=LAW)
    taken_on = accepted(after, "2026-10-08")
    refused(
        "wrong_result",
        lambda: acts.settle(
            taken_on, by=SO_XD, result=SettlementResult.RIGHT, document_number="1/TB", on=day("2026-10-20"), law=LAW
        ),
    )


def test_e06_a_large_group_is_accepted_with_as_many_representatives_as_the_law_allows() -> None:
    case = case_of(filed(signer_count=12))
    for count in (None, 0, 6):
        refused(
            "representatives",
            lambda count=count: acts.accept(  # type: ignore[misc]  # a loop value bound early
                case, by=KIM_LIEN, on=day("2026-09-14"), law=LAW, representative_count=count
            ),
        )
    ok, _ = acts.accept(case, by=KIM_LIEN, on=day("2026-09-14"), law=LAW, representative_count=5)
    assert ok.status is Status.ACCEPTED


def test_only_the_competent_authority_accepts_declines_and_settles() -> None:
    case = case_of()
    refused("not_competent", lambda: acts.accept(case, by=PROVINCE, on=day("2026-09-14"), law=LAW))
    refused(
        "not_competent",
        lambda: acts.decline(case, by=QUY_HOP, ground=DeclineGround.NO_CAPACITY, on=day("2026-09-14"), law=LAW),
    )


def test_an_extension_after_the_last_day_is_refused() -> None:
    refused("deadline_passed", lambda: extended(accepted(), "2026-10-15", ComplexityTest.SEVERAL_PLACES))


def test_what_is_within_ones_own_competence_is_not_guided_away() -> None:
    refused("own_competence", lambda: acts.guide(case_of(), to=QUY_HOP, on=day("2026-09-08"), law=LAW))


def test_no_route_ends_at_an_abolished_unit() -> None:
    case = case_of(denounced("2026-08-24", received_by=SO_XD, respondent_unit=DO_LUONG))
    refused("unit_closed", lambda: acts.transfer(case, to="huyen-415", by=SO_XD, on=day("2026-08-25"), law=LAW))


def test_a_supplement_starts_the_acceptance_clock_on_the_day_it_came() -> None:
    case = case_of(filed(is_signed=False))
    assert case.outcome is Outcome.SUPPLEMENT
    asked, _ = acts.request_supplement(case, on=day("2026-09-09"), answer_within_days=10, law=LAW)
    assert clock_ids(asked) == {"R10"}, "the red line runs on from receipt"
    after, said = on_supplemented(asked, supplemented("2026-09-14", is_signed=True), LAW)
    assert (after.status, after.outcome) == (Status.OPEN, Outcome.ACCEPT_PROPOSE)
    assert isinstance(said[0], CaseRerouted)
    assert rolled(after, "K2") == day("2026-09-23")
    assert "R1" not in clock_ids(after)


def test_a_signature_that_comes_by_itself_makes_a_petition_of_a_registration() -> None:
    case = case_of(filed(is_signed=False, channel=Channel.WEB))
    refused("not_signed", lambda: acts.accept(case, by=KIM_LIEN, on=day("2026-09-08"), law=LAW))
    after, _ = on_supplemented(case, supplemented("2026-09-10", is_signed=True, documents=0), LAW)
    assert after.outcome is Outcome.ACCEPT_PROPOSE
    assert rolled(after, "K2") == day("2026-09-21")
    assert rolled(after, "R1") == day("2026-09-21"), "the answer after reception still counts from the reception"


def test_more_documents_change_neither_route_nor_clocks() -> None:
    case = case_of()
    after, said = on_supplemented(case, supplemented("2026-09-10"), LAW)
    assert (after.clocks, after.outcome, list(said)) == (case.clocks, case.outcome, [])


def test_the_chair_brings_a_case_before_the_superior_once() -> None:
    case = case_of(filed(signer_count=12, has_representatives=True))
    after, said = acts.request_chair(case, now=noon("2026-09-09"), law=LAW, reason=EscalationReason.CHAIR_REQUEST)
    fact = said[0]
    assert isinstance(fact, CaseEscalated)
    assert fact.reasons == (EscalationReason.CHAIR_REQUEST, EscalationReason.LARGE_GROUP)
    assert (fact.from_unit, fact.to_unit, fact.signer_count) == (KIM_LIEN, PROVINCE, 12)
    refused(
        "already_escalated",
        lambda: acts.request_chair(after, now=noon("2026-09-10"), law=LAW, reason=EscalationReason.CHAIR_REQUEST),
    )


def test_an_anonymous_petition_without_evidence_is_shelved_by_an_officer_and_nothing_else_is() -> None:
    anonymous = case_of(denounced(received_by=OFFICE, is_anonymous=True, respondent_post=RespondentPost.HEAD))
    number = "2/PĐX-BTCD"
    closed, said = acts.close(
        anonymous, ground=ClosingGround.SHELVED, on=day("2026-09-10"), law=LAW, document_number=number
    )
    assert closed.status is Status.CLOSED
    assert isinstance(said[0], CaseFact)
    refused("wrong_ground", lambda: acts.close(case_of(), ground=ClosingGround.SHELVED, on=day("2026-09-10"), law=LAW))


def test_nothing_leaves_a_closed_case() -> None:
    closed, _ = on_withdrawn(case_of(), withdrawn("2026-09-09"), LAW)
    refused("illegal_transition", lambda: acts.accept(closed, by=KIM_LIEN, on=day("2026-09-14"), law=LAW))
    with pytest.raises(Refused, match="illegal_transition"):
        acts.close(closed, ground=ClosingGround.SETTLED, on=day("2026-09-14"), law=LAW)
    assert on_supplemented(closed, supplemented("2026-09-14"), LAW) == (closed, [])


def test_an_extended_case_says_its_tests_once() -> None:
    _, said = acts.extend(
        accepted(),
        by=KIM_LIEN,
        tests=[ComplexityTest.MANY_PEOPLE] * 2,
        document_number="9/QĐ-UBND",
        on=day("2026-10-01"),
        law=LAW,
    )
    fact = said[0]
    assert isinstance(fact, CaseExtended)
    assert fact.tests == (ComplexityTest.MANY_PEOPLE,)
