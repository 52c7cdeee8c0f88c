"""What an officer may do is what the matrix says of the petition: accepted, declined, guided, transferred, split."""

from typing import Any

import pytest
from hypothesis import given

from contracts.errors import TiepdanError
from contracts.facts.particulars import Particulars
from contracts.facts.routing import CaseInspectionOrdered, CaseSplit
from contracts.vocabulary import (
    Channel,
    ClosingGround,
    DeclineGround,
    Instance,
    Outcome,
    PetitionerRole,
    PetitionKind,
    PowerForm,
    RespondentPost,
    SubjectMatter,
)
from services.routing.domain import acts
from services.routing.domain.case import Action, Case, Status
from services.routing.domain.next_steps import next_steps
from services.routing.domain.opening import on_supplemented
from services.routing.domain.outcome import route
from services.routing.domain.superior import superior_for
from tests.routing.given import (
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
    refused,
    rolled,
    supplemented,
)
from tests.routing.test_transitions import PETITIONS

ON = day("2026-09-10")


def known(received: str = "2026-09-07", said: dict[str, Any] | None = None, **particulars: Any) -> Case:
    """The complaint of C01 with more known of it."""
    return case_of(filed(received, particulars=Particulars(**particulars), **(said or {})))


def accept(case: Case, **more: Any) -> Case:
    return acts.accept(case, by=case.competent_authority or case.held_by, on=ON, law=LAW, **more)[0]


def decline(case: Case, ground: DeclineGround) -> Case:
    by = case.competent_authority or case.held_by
    return acts.decline(case, by=by, ground=ground, on=ON, law=LAW, document_number=NUMBER)[0]


def barred(case: Case) -> dict[Action, str]:
    return {one.action: one.why for one in next_steps(case, LAW)[1]}


# ---- accepted


@pytest.mark.parametrize(
    ("particulars", "named"),
    [
        ({"is_court_seized": True}, "Tòa án"),
        ({"has_second_decision": True}, "lần hai"),
        ({"is_discontinued": True}, "đình chỉ"),
        ({"withdrawn_before_on": day("2026-08-03")}, "Đã rút"),
        ({"subject": SubjectMatter.NORMATIVE_ACT}, "quy phạm"),
        ({"is_capable": False}, "năng lực"),
    ],
)
def test_what_the_law_does_not_let_be_accepted_is_refused_with_its_reason(
    particulars: dict[str, Any], named: str
) -> None:
    case = known(**particulars)
    assert case.outcome is Outcome.DECLINE
    sentence = refused("not_acceptable", lambda: accept(case))
    assert named in sentence
    assert barred(case)[Action.ACCEPT] == sentence, "explained as it is refused"


def test_a_withdrawal_that_was_forced_bars_nothing() -> None:
    assert accept(known(withdrawn_before_on=day("2026-08-03"), was_withdrawal_forced=True)).status is Status.ACCEPTED


def test_of_several_grounds_the_one_behind_bars_too() -> None:
    late = known(said={"decision_known_on": day("2026-03-02")})
    assert accept(late).status is Status.ACCEPTED, "a good reason for being late is for the head to weigh"
    both = known(said={"decision_known_on": day("2026-03-02")}, is_court_seized=True)
    assert "Tòa án" in refused("not_acceptable", lambda: accept(both))


@pytest.mark.parametrize(
    ("said", "particulars"),
    [
        ({"signer_count": 3}, {"have_all_signed": False}),
        ({"signer_count": 12, "has_representatives": True}, {"representative_count": 3, "have_all_signed": False}),
        ({"signer_count": 12, "has_representatives": True}, {"representative_count": 6}),
        ({"signer_count": 12, "has_representatives": True}, {"are_representatives_petitioners": False}),
        ({"instance": Instance.SECOND}, {}),
        ({}, {"petitioner_role": PetitionerRole.ATTORNEY, "power_form": PowerForm.NONE}),
        ({}, {"petitioner_role": PetitionerRole.ATTORNEY}),
        ({}, {"is_foreign_untranslated": True}),
    ],
)
def test_what_is_incomplete_is_not_accepted_until_something_came(
    said: dict[str, Any], particulars: dict[str, Any]
) -> None:
    if said.get("instance"):
        said |= {"received_by": OFFICE}
    case = known(said=said, **particulars)
    assert case.outcome is Outcome.SUPPLEMENT
    assert refused("incomplete", lambda: accept(case))
    asked, _ = acts.request_supplement(case, on=ON, answer_within_days=10, law=LAW)
    came, _ = on_supplemented(asked, supplemented("2026-09-10"), LAW)
    assert accept(came).status is Status.ACCEPTED, "whether it is enough, an officer judges"


def test_representatives_named_at_acceptance_complete_a_group_that_all_signed() -> None:
    case = known(said={"signer_count": 12}, have_all_signed=True)
    assert accept(case, representative_count=5).status is Status.ACCEPTED
    not_all = known(said={"signer_count": 12}, have_all_signed=False)
    refused("incomplete", lambda: accept(not_all, representative_count=5))


def test_an_attorney_whose_power_is_not_stated_is_asked_for_it() -> None:
    case = known(petitioner_role=PetitionerRole.ATTORNEY)
    found = route(case.filed, LAW)
    assert (found.outcome, found.rule) == (Outcome.SUPPLEMENT, "R02")
    assert "chưa nêu" in found.tried[-1].why
    stated = known(petitioner_role=PetitionerRole.ATTORNEY, power_form=PowerForm.CERTIFIED)
    assert stated.outcome is Outcome.ACCEPT_PROPOSE


@given(PETITIONS)
def test_whatever_is_accepted_the_matrix_lets_be_accepted(petition: Any) -> None:
    case = case_of(petition)
    if case.competent_authority is None:
        return
    try:
        accept(case)
    except TiepdanError:
        return
    found = route(case.filed, LAW, for_body=case.competent_authority)
    is_late = found.decline_ground is DeclineGround.LIMITATION_EXPIRED
    assert is_late or found.outcome in {Outcome.ACCEPT_PROPOSE, Outcome.URGE_LOWER}


# ---- declined


@pytest.mark.parametrize(
    ("case", "ground"),
    [
        (case_of(denounced(received_by=OFFICE)), DeclineGround.LIMITATION_EXPIRED),
        (case_of(denounced(received_by=OFFICE)), DeclineGround.NOT_DIRECTLY_AFFECTED),
        (case_of(filed(kind=PetitionKind.RECOMMENDATION, respondent_post=None)), DeclineGround.SECOND_DECISION_EXISTS),
        (case_of(filed(kind=PetitionKind.FEEDBACK, respondent_post=None)), DeclineGround.LIMITATION_EXPIRED),
        (case_of(), DeclineGround.NO_DENUNCIATION_CONDITIONS),
    ],
)
def test_each_kind_is_declined_on_its_own_grounds(case: Case, ground: DeclineGround) -> None:
    assert ground.label in refused("ground_of_other_kind", lambda: decline(case, ground))


@pytest.mark.parametrize(
    ("case", "ground", "named"),
    [
        (case_of(), DeclineGround.NOT_SIGNED, "chữ ký"),
        (known(said={"decision_known_on": day("2026-08-03")}), DeclineGround.LIMITATION_EXPIRED, "02/11/2026"),
        (known(is_court_seized=False), DeclineGround.COURT_SEIZED, "Tòa án"),
        (known(has_second_decision=False), DeclineGround.SECOND_DECISION_EXISTS, "lần hai"),
        (known(is_capable=True), DeclineGround.NO_CAPACITY, "năng lực"),
        (known(petitioner_role=PetitionerRole.SELF), DeclineGround.UNLAWFUL_REPRESENTATIVE, "tự mình"),
        (known(subject=SubjectMatter.ADMINISTRATIVE_DECISION), DeclineGround.INTERNAL_DECISION, "hành chính"),
    ],
)
def test_a_ground_that_the_file_contradicts_is_refused_with_the_reason(
    case: Case, ground: DeclineGround, named: str
) -> None:
    assert named in refused("ground_contradicted", lambda: decline(case, ground))


@pytest.mark.parametrize("ground", [DeclineGround.NO_CAPACITY, DeclineGround.NOT_DIRECTLY_AFFECTED])
def test_what_a_person_has_to_judge_stays_open(ground: DeclineGround) -> None:
    assert decline(case_of(), ground).status is Status.DECLINED


def test_a_late_complaint_is_declined_as_late() -> None:
    late = known(said={"decision_known_on": day("2026-03-02")})
    assert decline(late, DeclineGround.LIMITATION_EXPIRED).status is Status.DECLINED


# ---- guided and transferred once


def test_who_was_guided_before_is_not_guided_again() -> None:
    said = {"received_by": OFFICE, "respondent_unit": QUY_HOP}
    case = known("2026-09-30", said, guided_before_on=day("2026-09-08"))
    sentence = refused("no_processing", lambda: acts.guide(case, to=QUY_HOP, on=day("2026-10-01"), law=LAW))
    assert "08/09/2026" in sentence
    assert barred(case)[Action.GUIDE] == sentence


@pytest.mark.parametrize("particulars", [{"transferred_before_on": day("2026-09-08")}, {"copied_to": (PROVINCE,)}])
def test_what_was_transferred_before_or_is_with_the_competent_body_is_not_transferred(
    particulars: dict[str, Any],
) -> None:
    case = case_of(denounced("2026-09-30", received_by=SO_XD, particulars=Particulars(**particulars)))
    sentence = refused(
        "no_processing", lambda: acts.transfer(case, to=PROVINCE, by=SO_XD, on=day("2026-10-01"), law=LAW)
    )
    assert barred(case)[Action.TRANSFER] == sentence
    assert clock_ids(case) == {"R10"}


def test_who_is_competent_does_not_send_a_denunciation_away() -> None:
    case = case_of(denounced("2026-09-07", received_by=OFFICE))
    refused("own_competence", lambda: acts.transfer(case, to=SO_XD, by=PROVINCE, on=ON, law=LAW))


def test_nobody_is_guided_whose_denunciation_is_only_to_be_looked_into() -> None:
    nameless = denounced(channel=Channel.COUNTER, received_by=OFFICE, is_anonymous=True, attachment_count=2)
    case = case_of(nameless)
    assert case.outcome is Outcome.INSPECT
    refused("no_processing", lambda: acts.guide(case, to="ttt-40", on=ON, law=LAW))


def test_nobody_accepts_a_private_dispute() -> None:
    assert refused("no_petition", lambda: accept(known(subject=SubjectMatter.PRIVATE_DISPUTE)))


# ---- split and inspected


def test_a_mixed_petition_is_guided_to_be_split_and_ends_so() -> None:
    case = case_of(filed(kind=PetitionKind.MIXED, respondent_post=RespondentPost.OFFICER))
    for place in (None, KIM_LIEN, PROVINCE):
        refused("split_first", lambda place=place: acts.guide(case, to=place, on=ON, law=LAW))  # type: ignore[misc]
    after, [fact] = acts.split(case, document_number="12/HD-UBND", on=ON, law=LAW)
    assert isinstance(fact, CaseSplit)
    assert (after.status, after.guided_to, clock_ids(after)) == (Status.GUIDED, None, set())
    closed, _ = acts.close(after, ground=ClosingGround.GUIDED, on=ON, law=LAW)
    assert closed.status is Status.CLOSED
    refused("nothing_to_split", lambda: acts.split(case_of(), document_number=NUMBER, on=ON, law=LAW))


def test_what_has_to_be_inspected_is_not_filed_away_before_it_was() -> None:
    case = case_of(denounced(received_by=OFFICE, is_anonymous=True, attachment_count=4))
    end: dict[str, Any] = {"ground": ClosingGround.SHELVED, "on": ON, "law": LAW}
    refused("wrong_ground", lambda: acts.close(case, document_number=NUMBER, **end))
    order: dict[str, Any] = {"document_number": "13/QĐ-UBND", "on": ON, "law": LAW}
    refused("nothing_to_inspect", lambda: acts.order_inspection(case_of(), by=KIM_LIEN, **order))
    refused("not_holder", lambda: acts.order_inspection(case, by=SO_XD, **order))
    looked_into, [fact] = acts.order_inspection(case, by=PROVINCE, **order)
    assert isinstance(fact, CaseInspectionOrdered)
    assert clock_ids(looked_into) == set()
    closed, [over] = acts.close(looked_into, **end)
    assert (closed.status, over.document_number) == (Status.CLOSED, "13/QĐ-UBND")  # type: ignore[attr-defined]


# ---- filed away


def test_a_visitor_whose_petition_is_filed_away_is_answered_and_the_paper_is_kept_a_year() -> None:
    said = {"received_by": OFFICE, "respondent_unit": QUY_HOP}
    case = known("2026-09-30", said, guided_before_on=day("2026-09-08"))
    assert clock_ids(case) == {"R1", "R10"}
    closed, [fact, _] = acts.close(
        case, ground=ClosingGround.SHELVED, on=day("2026-09-30"), law=LAW, document_number="2/PĐX-BTCD"
    )
    assert (rolled(closed, "X2"), clock_ids(closed)) == (day("2027-09-30"), {"X2"})
    assert [one.clock for one in fact.clocks] == ["X2"]  # type: ignore[attr-defined]
    assert (closed.next_timer_on, closed.due_on) == (None, None), "shown, and nobody is late in it"


@pytest.mark.parametrize("is_nameless", [True, False])
def test_nobody_is_answered_who_has_no_name(is_nameless: bool) -> None:
    fact = denounced(channel=Channel.COUNTER, received_by=SO_XD, is_anonymous=is_nameless, respondent_unit=QUY_HOP)
    before = Particulars(guided_before_on=day("2026-08-03"))
    case = case_of(fact.model_copy(update={"particulars": before}))
    assert case.outcome is Outcome.SHELVE
    assert ("R1" in clock_ids(case)) is not is_nameless


# ---- a letter to the accused's own body


def test_a_letter_to_the_accuseds_own_commune_is_the_provinces_from_the_day_of_receipt() -> None:
    case = case_of(denounced("2026-09-07", received_by=KIM_LIEN, respondent_unit=KIM_LIEN))
    assert (case.outcome, case.held_by, case.competent_authority) == (Outcome.ACCEPT_PROPOSE, PROVINCE, PROVINCE)
    assert clock_ids(case) == {"T1", "R10"}
    assert rolled(case, "T1") == day("2026-09-16")
    found = route(case.filed, LAW)
    assert "tell_denouncer" in {duty.value for duty in found.duties}
    assert any("người bị tố cáo" in one.why for one in found.tried if one.rule == "R07")
    assert accepted(case, "2026-09-14").status is Status.ACCEPTED


def test_a_letter_to_the_accuseds_own_commune_that_meets_no_conditions_is_declined_there() -> None:
    incapable = Particulars(is_capable=False)
    case = case_of(denounced(received_by=KIM_LIEN, respondent_unit=KIM_LIEN, particulars=incapable))
    assert (case.outcome, case.held_by) == (Outcome.DECLINE, PROVINCE)


@pytest.mark.parametrize("at", [OFFICE, SO_XD])
def test_a_letter_denouncing_the_provinces_chairman_is_kept_by_who_may_send_it_to_the_centre(at: str) -> None:
    case = case_of(denounced("2026-09-07", received_by=at, respondent_unit=PROVINCE))
    assert (case.outcome, case.held_by, case.competent_authority) == (Outcome.TRANSFER, "ban-40-ubkt", "tw")
    assert rolled(case, "T2") == day("2026-09-14")
    assert "thuộc quyền người bị tố cáo" in route(case.filed, LAW).tried[-1].why
    sent, _ = acts.transfer(case, to="tw", by=case.held_by, on=day("2026-09-09"), law=LAW)
    assert (sent.status, sent.held_by) == (Status.TRANSFERRED, "tw")


def test_what_is_kept_outside_the_accuseds_line_still_goes_up_when_it_is_late() -> None:
    case = case_of(denounced("2026-09-07", received_by=OFFICE, respondent_unit=PROVINCE))
    assert superior_for(case, LAW, day("2026-09-15")) == "tw"


# ---- other clocks


def test_a_check_that_was_delegated_lengthens_t1() -> None:
    delegated = Particulars(is_check_delegated=True)
    case = case_of(denounced("2026-09-07", received_by=OFFICE, particulars=delegated))
    assert rolled(case, "T1") == day("2026-09-21")


def test_the_window_of_a_second_complaint_follows_the_last_day_that_the_lower_body_stated() -> None:
    said: dict[str, Any] = {
        "received_by": OFFICE,
        "respondent_unit": QUY_HOP,
        "instance": Instance.SECOND,
        "lower_accepted_on": day("2026-08-10"),
    }
    assert known("2026-09-21", said).outcome is Outcome.ACCEPT_PROPOSE
    extended = known("2026-09-21", said, lower_due_on=day("2026-09-24"))
    assert extended.outcome is Outcome.URGE_LOWER, "the lower body still has time"
    after = known("2026-10-20", said, lower_due_on=day("2026-09-24"))
    assert after.outcome is Outcome.ACCEPT_PROPOSE, "thirty days from the stated last day"
    assert known("2026-10-20", said).outcome is Outcome.DECLINE
