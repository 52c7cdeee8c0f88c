"""A petition that becomes more complete is looked at anew; one that does not is not forgotten."""

import pytest

from contracts.errors import Refused
from contracts.facts.routing import CaseOpened, CaseRerouted, CaseTransferred, DeadlineMissed, DeadlineNear
from contracts.vocabulary import (
    Channel,
    ClosingGround,
    EscalationReason,
    Outcome,
    PetitionKind,
    RespondentPost,
)
from services.routing.domain import acts
from services.routing.domain.case import Case, Status
from services.routing.domain.competence import is_near_the_accused, received_on
from services.routing.domain.escalation import tick
from services.routing.domain.explain import explain
from services.routing.domain.opening import on_supplemented
from tests.routing.given import (
    DO_LUONG,
    KIM_LIEN,
    LAW,
    OFFICE,
    PROVINCE,
    SO_XD,
    case_of,
    clock_ids,
    day,
    denounced,
    filed,
    noon,
    opened,
    rolled,
    settled,
    supplemented,
)


def asked(case: Case | None = None) -> Case:
    """An unsigned complaint whose petitioner has until 23 September."""
    case = case or case_of(filed(is_signed=False))
    after, _ = acts.request_supplement(case, on=day("2026-09-09"), answer_within_days=10, law=LAW)
    assert after.answer_by == day("2026-09-23")
    return after


def test_a_transferred_denunciation_whose_signature_comes_later_stays_where_it_went_and_can_be_accepted() -> None:
    case = case_of(denounced("2026-09-07", received_by=SO_XD, respondent_unit=DO_LUONG, is_signed=False))
    assert case.outcome is Outcome.INVITE_TO_SIGN
    moved_on, _ = acts.transfer(case, to=PROVINCE, by=SO_XD, on=day("2026-09-09"), law=LAW)
    after, said = on_supplemented(moved_on, supplemented("2026-09-11", is_signed=True), LAW)
    assert (after.held_by, after.competent_authority, after.outcome) == (PROVINCE, PROVINCE, Outcome.ACCEPT_PROPOSE)
    [fact] = said
    assert isinstance(fact, CaseRerouted)
    assert (fact.held_by, fact.rule, fact.rerouted_on) == (PROVINCE, "R07a", day("2026-09-11"))
    assert explain(after, LAW).tried[-1].rule == "R07a"
    accepted, _ = acts.accept(after, by=PROVINCE, on=day("2026-09-14"), law=LAW)
    assert accepted.status is Status.ACCEPTED


def test_a_rerouted_case_says_every_clock_that_runs_now() -> None:
    case = case_of(filed(is_signed=False, channel=Channel.WEB))
    after, [fact] = on_supplemented(case, supplemented("2026-09-10", is_signed=True), LAW)
    assert isinstance(fact, CaseRerouted)
    assert {clock.clock for clock in fact.clocks} == clock_ids(after) == {"R1", "X1", "K2", "R10"}


def test_the_last_day_to_answer_still_belongs_to_the_petitioner() -> None:
    case = asked()
    assert tick(case, noon("2026-09-23"), LAW) == (case, [])
    after, _ = on_supplemented(case, supplemented("2026-09-23", is_signed=True), LAW)
    assert (after.outcome, after.answer_by) == (Outcome.ACCEPT_PROPOSE, None)


@pytest.mark.parametrize("seen", ["2026-09-24", "2026-09-30"])
def test_a_supplement_that_never_came_brings_the_case_back_to_its_holder_and_under_the_red_line(seen: str) -> None:
    case = asked()
    assert case.next_timer_on == day("2026-09-24")
    after, said = tick(case, noon(seen), LAW)
    fact = said[0]
    assert isinstance(fact, CaseRerouted)
    assert {type(one) for one in said[1:]} <= {DeadlineNear}, "half of the red line is used by the 30th"
    assert (fact.held_by, fact.outcome, fact.rule) == (KIM_LIEN, Outcome.SHELVE, "R14")
    assert fact.rerouted_on == day("2026-09-24"), "however late somebody looks"
    assert (after.status, clock_ids(after)) == (Status.OPEN, {"R10"})
    assert after.due_on == rolled(after, "R10") == day("2026-10-22"), "45 days from receipt, not from the lapse"
    assert explain(after, LAW).tried[-1].rule == "R14"
    assert tick(after, noon(seen), LAW) == (after, [])


def test_a_forgotten_supplement_request_is_missed_and_escalated_in_the_end() -> None:
    _, said = tick(asked(), noon("2027-01-15"), LAW)
    assert [type(fact) for fact in said][:2] == [CaseRerouted, DeadlineMissed]


def test_an_unanswered_request_may_be_filed_away_but_not_before_its_last_day_is_over() -> None:
    case = asked()
    with pytest.raises(Refused, match="answer_time_runs"):
        acts.close(case, ground=ClosingGround.SHELVED, on=day("2026-09-23"), law=LAW)
    for ready in (case, tick(case, noon("2026-09-24"), LAW)[0]):
        closed, _ = acts.close(
            ready, ground=ClosingGround.SHELVED, on=day("2026-09-24"), law=LAW, document_number="2/PĐX-UBND"
        )
        assert (closed.status, closed.next_timer_on) == (Status.CLOSED, None)


def test_a_signature_that_comes_too_late_still_opens_the_way() -> None:
    late, _ = tick(asked(), noon("2026-09-24"), LAW)
    after, [fact] = on_supplemented(late, supplemented("2026-09-28", is_signed=True), LAW)
    assert isinstance(fact, CaseRerouted)
    assert (after.outcome, after.rule) == (Outcome.ACCEPT_PROPOSE, "R01")


def test_representatives_named_too_late_count_all_the_same() -> None:
    late, _ = tick(asked(case_of(filed(signer_count=12))), noon("2026-09-24"), LAW)
    after, _ = on_supplemented(late, supplemented("2026-09-28"), LAW)
    assert after.outcome is Outcome.ACCEPT_PROPOSE


def test_evidence_that_comes_later_turns_an_anonymous_petition_from_filing_to_inspection() -> None:
    case = case_of(denounced(received_by=OFFICE, is_anonymous=True, respondent_post=RespondentPost.HEAD))
    assert (case.outcome, case.filed.attachment_count) == (Outcome.SHELVE, 0)
    after, [fact] = on_supplemented(case, supplemented("2026-09-10", documents=2), LAW)
    assert isinstance(fact, CaseRerouted)
    assert (after.outcome, after.rule, after.filed.attachment_count) == (Outcome.INSPECT, "R10", 2)
    again, nothing = on_supplemented(after, supplemented("2026-09-11"), LAW)
    assert (again.outcome, again.filed.attachment_count, list(nothing)) == (Outcome.INSPECT, 3, [])


def test_evidence_against_nobody_in_particular_changes_nothing() -> None:
    case = case_of(denounced(received_by=OFFICE, is_anonymous=True, respondent_unit=None))
    after, said = on_supplemented(case, supplemented("2026-09-10"), LAW)
    assert (after.outcome, list(said)) == (Outcome.SHELVE, [])


def test_a_settled_case_is_not_closed_before_its_result_was_sent() -> None:
    accepted, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=LAW)
    done, _ = settled(accepted, "2026-10-01")
    with pytest.raises(Refused, match="result_not_sent"):
        acts.close(done, ground=ClosingGround.SETTLED, on=day("2026-10-05"), law=LAW)


def rule_of_transfer(case: Case, to: str, by: str) -> str:
    _, said = acts.transfer(case, to=to, by=by, on=day("2026-09-09"), law=LAW)
    assert isinstance(said[0], CaseTransferred)
    return said[0].rule


def test_a_transfer_names_the_rule_of_the_act_and_not_of_the_opening() -> None:
    group = case_of(filed(kind=PetitionKind.RECOMMENDATION, signer_count=12, respondent_post=None))
    assert (group.rule, rule_of_transfer(group, SO_XD, KIM_LIEN)) == ("R22", "R13")
    unsigned = case_of(denounced(received_by=SO_XD, respondent_unit=DO_LUONG, is_signed=False))
    assert (unsigned.rule, rule_of_transfer(unsigned, PROVINCE, SO_XD)) == ("R10", "R07")
    evident = case_of(denounced(received_by=OFFICE, is_anonymous=True, attachment_count=1))
    assert (evident.outcome, rule_of_transfer(evident, "ttt-40", PROVINCE)) == (Outcome.INSPECT, "R10")


@pytest.mark.parametrize("post", [RespondentPost.HEAD, RespondentPost.UNIT_ITSELF, None])
def test_a_mixed_petition_is_neither_held_by_nor_listed_for_the_unit_it_accuses(post: RespondentPost | None) -> None:
    case, said = opened(filed(kind=PetitionKind.MIXED, respondent_post=post))
    assert (case.outcome, case.held_by) == (Outcome.SPLIT, PROVINCE)
    assert is_near_the_accused(case.filed, KIM_LIEN, LAW, received_on(case.filed))
    assert case.listed_under == PROVINCE, "the accused does not read the province's list"
    assert [type(fact) for fact in said] == [CaseOpened], "nor is there a public twin"
    above = case_of(filed(kind=PetitionKind.MIXED, received_by=OFFICE, respondent_unit=PROVINCE, respondent_post=post))
    assert above.held_by == "ban-40-ubkt", "the reception office acts for the accused province, the centre not here"


def test_a_mixed_petition_never_goes_up_to_the_unit_it_accuses() -> None:
    case = case_of(filed(kind=PetitionKind.MIXED, respondent_unit=PROVINCE, received_by=KIM_LIEN))
    assert case.held_by == KIM_LIEN
    assert case.listed_under == f"{KIM_LIEN}/apart", "its superiors do not list it: the accused is one of them"
    after, _ = acts.request_chair(case, now=noon("2026-09-09"), law=LAW, reason=EscalationReason.CHAIR_REQUEST)
    assert after.escalated_to == ("tw",)


def test_whether_identity_is_to_be_protected_is_said_when_the_case_opens() -> None:
    for asks in (True, False):
        fact = opened(denounced(asks_identity_protection=asks))[1][0]
        assert isinstance(fact, CaseOpened)
        assert fact.asks_identity_protection is asks
