"""Worked cases of cases.md, by id: what happens beside and after settlement."""

from typing import Any
from uuid import UUID

import pytest

from contracts.facts.particulars import Particulars
from contracts.facts.routing import (
    CaseClosed,
    CaseDutyDone,
    CaseEscalated,
    CaseInstructed,
    CaseLinked,
    CaseOverdueReported,
    CaseReported,
    CaseTaskDone,
    CaseTaskOpened,
    CaseUnlinked,
    CaseUrged,
    CompetenceDecided,
    CompetenceDisputed,
    CompetenceRefused,
    DeadlineMissed,
    ReceptionRefused,
)
from contracts.ids import CaseId
from contracts.law.rows import Act
from contracts.vocabulary import (
    Channel,
    ClosingGround,
    CompetenceRefusalGround,
    Duty,
    Instance,
    LinkKind,
    Outcome,
    PetitionKind,
    ReceptionRefusal,
    RespondentPost,
    SettlementResult,
    SuspensionGround,
)
from services.routing.domain import acts
from services.routing.domain.acts.reception import Documented
from services.routing.domain.case import Case, Status
from services.routing.domain.escalation import tick
from services.routing.domain.law import Law
from tests.routing.given import (
    KIM_LIEN,
    LAW,
    NUMBER,
    OFFICE,
    PROVINCE,
    SO_NNMT,
    SO_XD,
    WITHOUT_CULTURE_DAY,
    accepted,
    case_of,
    clock_ids,
    confirmed,
    day,
    denounced,
    filed,
    noon,
    opened,
    petition,
    reading_of,
    refused,
    rolled,
    sent_on,
    settled,
)

FIRST, SECOND = CaseId(UUID(int=1)), CaseId(UUID(int=2))


# ---- the superior and the body below


def test_c05_the_superior_urges_the_lower_body_which_reports_by_a_day() -> None:
    case = case_of(
        filed(
            "2026-09-21",
            received_by=OFFICE,
            lower_accepted_on=day("2026-08-10"),
            particulars=Particulars(asks_only_for_help=True),
        )
    )
    assert (case.outcome, case.held_by) == (Outcome.URGE_LOWER, PROVINCE)
    by, on = day("2026-10-05"), day("2026-09-23")
    refused(
        "not_below",
        lambda: acts.urge(case, to=PROVINCE, report_by=by, document_number=NUMBER, by=PROVINCE, on=on, law=LAW),
    )
    urged, said = acts.urge(case, report_by=by, document_number=NUMBER, by=PROVINCE, on=on, law=LAW)
    fact = said[0]
    assert isinstance(fact, CaseUrged)
    assert (fact.from_unit, fact.to_unit, fact.report_by) == (PROVINCE, KIM_LIEN, by)
    assert (urged.status, clock_ids(urged)) == (Status.URGED, set())
    refused("wrong_ground", lambda: acts.close(urged, ground=ClosingGround.SETTLED, on=by, law=LAW))
    late, told = tick(urged, noon("2026-10-06"), LAW)
    assert [type(one) for one in told][:1] == [CaseEscalated], "no report came"
    assert tick(late, noon("2026-10-07"), LAW) == (late, []), "told once"
    answer: dict[str, Any] = {"by": KIM_LIEN, "on": day("2026-10-07"), "law": LAW}
    reported, [told_of_it] = acts.report(late, document_number="44/QĐ-UBND", is_settled=True, **answer)
    assert isinstance(told_of_it, CaseReported)
    assert (told_of_it.from_unit, told_of_it.is_settled) == (KIM_LIEN, True)
    end: dict[str, Any] = {"ground": ClosingGround.SETTLED, "on": day("2026-10-08"), "law": LAW}
    refused("still_owed", lambda: acts.close(reported, **end))
    closed, [over, _] = acts.close(confirmed(reported, "2026-10-08", Act.PETITIONER_TOLD), **end)
    assert closed.status is Status.CLOSED
    assert isinstance(over, CaseClosed)
    assert over.document_number == "44/QĐ-UBND", "it ends with the decision, not with the letter that urged"


def test_c05_where_nobody_below_is_at_work_there_is_nobody_to_urge() -> None:
    by, on = day("2026-10-05"), day("2026-09-10")
    refused(
        "nothing_to_urge",
        lambda: acts.urge(case_of(), report_by=by, document_number=NUMBER, by=KIM_LIEN, on=on, law=LAW),
    )


def test_d20_an_overdue_denunciation_the_superior_demands_a_report_the_settler_reports() -> None:
    officer = denounced("2026-08-31", received_by=SO_XD, respondent_unit=SO_XD, respondent_post=RespondentPost.OFFICER)
    case = accepted(case_of(officer), "2026-09-07")
    assert (case.held_by, rolled(case, "T4")) == (SO_XD, day("2026-10-07"))
    refused("not_overdue", lambda: acts.report_overdue(case, on=day("2026-10-07"), law=LAW))
    told = confirmed(case, "2026-09-10", Act.ACCEPTANCE_TOLD)
    overdue, said = tick(told, noon("2026-10-08"), LAW)
    assert {type(one) for one in said} >= {DeadlineMissed, CaseEscalated}
    assert rolled(overdue, "T11") == day("2026-10-15"), "the superior was told on the 8th"
    by: dict[str, Any] = {"document_number": NUMBER, "law": LAW}
    refused(
        "not_superior",
        lambda: acts.demand_report(overdue, report_by=None, by=SO_NNMT, on=day("2026-10-14"), **by),
    )
    demanded, facts = acts.demand_report(overdue, report_by=None, by=PROVINCE, on=day("2026-10-14"), **by)
    assert [type(one) for one in facts] == [CaseDutyDone, CaseUrged]
    assert rolled(demanded, "TB11") == day("2026-10-21")
    assert "T11" not in clock_ids(demanded)
    assert "TB11" not in clock_ids(confirmed(demanded, "2026-10-21", Act.REPORTED))


def test_d20_information_of_an_overdue_denunciation_starts_the_superiors_five_days() -> None:
    case = accepted(case_of(denounced("2026-08-24", received_by=OFFICE)), "2026-09-01")
    told, [fact] = acts.report_overdue(case, on=day("2026-10-07"), law=LAW)
    assert rolled(told, "T11") == day("2026-10-14")
    assert isinstance(fact, CaseOverdueReported)
    assert [one.clock for one in fact.clocks] == ["T11"], "the bus hears of it"
    refused("told_before", lambda: acts.report_overdue(told, on=day("2026-10-08"), law=LAW))


def test_d20_a_repeated_denunciation_is_linked_to_the_first_and_decided_in_twenty_days() -> None:
    again = Particulars(is_against_result=True)
    officer = denounced("2026-10-07", received_by=OFFICE, respondent_post=RespondentPost.OFFICER, particulars=again)
    case = case_of(officer)
    assert rolled(case, "T10") == day("2026-10-27")
    linked, [fact] = acts.link_earlier(case, to_case=FIRST, earlier=None, on=day("2026-10-08"), law=LAW)
    assert isinstance(fact, CaseLinked)
    assert fact.link is LinkKind.REPEATED_DENUNCIATION
    assert clock_ids(linked) == clock_ids(case)


# ---- first and second complaint, dialogue, duplicates


def test_c06_the_second_complaint_is_linked_keeps_the_first_from_effect_and_needs_a_dialogue() -> None:
    first = confirmed(settled(accepted(case_of(), "2026-09-14"), "2026-10-02")[0], "2026-10-05", Act.RESULT_SENT)
    first, _ = acts.receive_decision(first, received_on=day("2026-10-05"), on=day("2026-10-05"), law=LAW)
    assert (rolled(first, "K5"), clock_ids(first)) == (day("2026-11-04"), {"K5", "K9", "K15"})
    second = accepted(
        case_of(
            filed(
                "2026-10-20",
                petition_id=petition(2),
                received_by=OFFICE,
                instance=Instance.SECOND,
                earlier_decision_received_on=day("2026-10-05"),
            )
        ),
        "2026-10-28",
    )
    second, said = acts.link_earlier(second, to_case=first.case_id, earlier=first, on=day("2026-10-28"), law=LAW)
    assert isinstance(said[0], CaseLinked)
    assert second.earlier_papers == first.papers, "the earlier file comes along"
    shown = acts.linked_from(first, second, day("2026-10-28"), LAW)
    assert acts.linked_from(shown, second, day("2026-10-29"), LAW) == shown
    assert shown.linked_here[0].case_id == second.case_id
    assert clock_ids(shown) == set()
    assert tick(shown, noon("2026-12-31"), LAW) == (shown, []), "it takes no effect by time"
    refused("no_dialogue", lambda: settled(second, "2026-12-10"))
    by: dict[str, Any] = {"by": PROVINCE, "law": LAW}
    too_soon, planned_on = day("2026-11-05"), day("2026-11-02")
    refused("too_short_notice", lambda: acts.plan_dialogue(second, dialogue_on=too_soon, on=planned_on, **by))
    planned, _ = acts.plan_dialogue(second, dialogue_on=day("2026-11-20"), on=planned_on, **by)
    assert reading_of(planned, "K10").raw_due == day("2026-11-15")
    hold: dict[str, Any] = {"was_petitioner_present": False, "document_number": "9/BB-UBND", **by}
    refused("not_invited", lambda: acts.hold_dialogue(planned, on=day("2026-11-20"), **hold))
    invited = confirmed(planned, "2026-11-13", Act.INVITED)
    held, _ = acts.hold_dialogue(invited, on=day("2026-11-20"), **hold)
    decided, _ = settled(held, "2026-12-10", SettlementResult.PARTLY_RIGHT)
    assert (rolled(decided, "K7"), reading_of(decided, "K8").raw_due) == (day("2026-12-17"), day("2026-12-25"))
    assert reading_of(decided, "K9").raw_due == day("2027-01-09")
    effective, _ = tick(decided, noon("2027-01-10"), LAW)
    assert (effective.status, effective.effective_on) == (Status.EFFECTIVE, day("2027-01-10"))


def test_c01_a_first_settlement_that_ran_out_opens_the_second_complaint() -> None:
    case = accepted(case_of(filed("2026-08-03")), "2026-08-10")
    overdue, _ = tick(case, noon("2026-09-10"), LAW)
    assert rolled(overdue, "K5") == day("2026-10-09"), "C05b: counted from the end of K3"


def test_e15_a_duplicate_is_linked_by_a_person_keeps_no_clock_and_can_be_taken_off_again() -> None:
    leading = case_of()
    copy = case_of(filed("2026-09-18", petition_id=petition(2)))
    refused(
        "same_case",
        lambda: acts.link_duplicate(copy, to_case=copy.case_id, leading=copy, on=day("2026-09-18"), law=LAW),
    )
    linked, said = acts.link_duplicate(copy, to_case=leading.case_id, leading=leading, on=day("2026-09-18"), law=LAW)
    assert isinstance(said[0], CaseLinked)
    assert (linked.status, clock_ids(linked), linked.next_timer_on) == (Status.LINKED, set(), None)
    shown = acts.linked_from(leading, linked, day("2026-09-18"), LAW)
    assert (shown.petition_count, shown.clocks) == (2, leading.clocks), "two đơn, one vụ việc"
    assert rolled(shown, "K2") == day("2026-09-16")
    refused(
        "leading_case_linked",
        lambda: acts.link_duplicate(
            case_of(filed(petition_id=petition(3))),
            to_case=linked.case_id,
            leading=linked,
            on=day("2026-09-19"),
            law=LAW,
        ),
    )
    back, facts = acts.unlink(linked, on=day("2026-09-21"), law=LAW)
    assert isinstance(facts[0], CaseUnlinked)
    assert (back.status, clock_ids(back)) == (Status.OPEN, clock_ids(copy))
    assert rolled(back, "K2") == rolled(copy, "K2"), "as if they had never stopped"
    assert acts.unlinked_from(shown, linked.case_id).petition_count == 1


def test_e15_another_kind_of_petition_is_no_duplicate() -> None:
    other = case_of(filed(petition_id=petition(2), kind=PetitionKind.FEEDBACK, respondent_post=None))
    refused(
        "other_matter",
        lambda: acts.link_duplicate(case_of(), to_case=other.case_id, leading=other, on=day("2026-09-10"), law=LAW),
    )


# ---- urgent tasks, refusals of reception, conclusion of a session


def test_c16_hard_to_repair_harm_is_a_task_of_the_same_day_and_goes_up_when_late() -> None:
    case, said = opened(filed(particulars=Particulars(is_harm_hard_to_repair=True, enforceable_on=day("2026-09-10"))))
    task = next(fact for fact in said if isinstance(fact, CaseTaskOpened))
    assert (task.duty, task.due_on, task.held_by) == (Duty.CONSIDER_STAY, day("2026-09-07"), KIM_LIEN)
    done, facts = acts.do_task(
        case, duty=Duty.CONSIDER_STAY, document_number=NUMBER, by=KIM_LIEN, on=day("2026-09-07"), law=LAW
    )
    assert isinstance(facts[0], CaseTaskDone)
    assert not [one for one in tick(done, noon("2026-09-08"), LAW)[1] if isinstance(one, CaseEscalated)]
    late, told = tick(case, noon("2026-09-08"), LAW)
    [up] = [one for one in told if isinstance(one, CaseEscalated)]
    assert (up.to_unit, up.missed_clock) == (PROVINCE, None)
    assert not [one for one in tick(late, noon("2026-09-09"), LAW)[1] if isinstance(one, CaseEscalated)]


def test_d17_protection_is_an_urgent_task_with_its_clock_and_blocks_closing() -> None:
    case = case_of(denounced("2026-09-07", received_by=OFFICE, asks_identity_protection=True))
    assert [task.duty for task in case.tasks] == [Duty.PROTECT_DENOUNCER]
    assert (rolled(case, "T13"), "T13" in clock_ids(case)) == (day("2026-09-07"), True)
    refused(
        "no_such_task",
        lambda: acts.do_task(
            case, duty=Duty.REFER_CRIME, document_number=NUMBER, by=PROVINCE, on=day("2026-09-07"), law=LAW
        ),
    )
    done, _ = acts.do_task(
        case, duty=Duty.PROTECT_DENOUNCER, document_number=NUMBER, by=PROVINCE, on=day("2026-09-07"), law=LAW
    )
    assert "T13" not in clock_ids(done)


def test_r11_signs_of_crime_are_referred_at_once() -> None:
    case = case_of(denounced(received_by=OFFICE, particulars=Particulars(has_signs_of_crime=True)))
    assert Duty.REFER_CRIME in [task.duty for task in case.tasks]
    assert rolled(case, "TB13") == day("2026-09-07")


def test_e09_a_drunk_visitor_is_refused_orally_and_the_petition_stands_with_its_clocks() -> None:
    case = case_of()
    after, [fact] = acts.refuse_reception(
        case, ground=ReceptionRefusal.DRUNK, file=acts.RefusalFile(), by=KIM_LIEN, on=day("2026-09-07"), law=LAW
    )
    assert isinstance(fact, ReceptionRefused)
    stands = after.model_copy(update={"refusals": ()})
    assert (stands, fact.is_by_notice, fact.clocks) == (case, False, ()), "only the refusal itself is kept"
    [refusal] = after.refusals
    assert (refusal.rule, refusal.articles, refusal.is_by_notice) == ("R16", ("LTCD 9", "ND154 4"), False)


ELEMENTS = ("settled", "reviewed", "notified", "received_and_explained", "prolonged")
FULL_FILE = acts.RefusalFile(
    **{
        name: Documented(document_number=NUMBER, on=day(f"2026-11-{16 + number}"))
        for number, name in enumerate(ELEMENTS)
    }
)


@pytest.mark.parametrize(("law", "due"), [(LAW, "2026-11-26"), (WITHOUT_CULTURE_DAY, "2026-11-25")])
def test_e10_the_notice_is_due_three_working_days_after_the_last_element(law: Law, due: str) -> None:
    case = case_of(filed("2026-11-18"))
    after, [fact] = acts.refuse_reception(
        case,
        ground=ReceptionRefusal.SETTLED_BUT_PROLONGED,
        file=FULL_FILE,
        by=KIM_LIEN,
        on=day("2026-11-20"),
        law=law,
    )
    assert isinstance(fact, ReceptionRefused)
    assert (after.status, fact.is_by_notice, rolled(after, "R5")) == (Status.REFUSED, True, day(due))
    assert [(one.rule, one.is_by_notice) for one in after.refusals] == [("R16", True)]
    end = ClosingGround.DECLINED
    refused("still_owed", lambda: acts.close(after, ground=end, on=day("2026-11-23"), law=LAW))
    sent = confirmed(after, "2026-11-23", Act.NOTICE_SENT)
    assert acts.close(sent, ground=end, on=day("2026-11-23"), law=LAW)[0].status is Status.CLOSED


@pytest.mark.parametrize("missing", ELEMENTS)
def test_e10_without_one_of_the_five_elements_it_is_blocked_and_the_element_is_named(missing: str) -> None:
    file = FULL_FILE.model_copy(update={missing: None})
    sentence = refused(
        "element_missing",
        lambda: acts.refuse_reception(
            case_of(filed("2026-11-18")),
            ground=ReceptionRefusal.SETTLED_BUT_PROLONGED,
            file=file,
            by=KIM_LIEN,
            on=day("2026-11-20"),
            law=LAW,
        ),
    )
    assert "thiếu" in sentence


def test_f11_the_day_in_a_conclusion_never_goes_beyond_the_law_and_the_notice_is_owed() -> None:
    case = accepted(case_of(filed("2026-09-28", received_by=SO_XD, respondent_unit=SO_XD)), "2026-10-01")
    given: dict[str, Any] = {
        "to": SO_XD,
        "session_ended_on": day("2026-10-20"),
        "document_number": "88/TB-UBND",
        "by": PROVINCE,
    }
    on: dict[str, Any] = {"on": day("2026-10-21"), "law": LAW}
    refused("beyond_the_law", lambda: acts.instruct(case, result_by=day("2026-11-03"), **given, **on))
    after, said = acts.instruct(case, result_by=day("2026-10-30"), **given, **on)
    fact = said[0]
    assert isinstance(fact, CaseInstructed)
    assert (fact.to_unit, fact.result_by, after.instructed) == (SO_XD, day("2026-10-30"), SO_XD)
    assert "R9" in clock_ids(after)
    assert "R9" not in clock_ids(confirmed(after, "2026-10-23", Act.NOTICE_SENT))


# ---- competence


def refusing(case: Case, by: str, on: str) -> acts.Decided:
    return acts.refuse_competence(
        case, ground=CompetenceRefusalGround.OTHER_FIELD, document_number=NUMBER, by=by, on=day(on), law=LAW
    )


def test_two_refusals_of_competence_bring_it_before_the_common_superior_who_decides_for_good() -> None:
    case = sent_on()
    back, [first] = refusing(case, SO_XD, "2026-09-09")
    assert isinstance(first, CompetenceRefused)
    assert (back.held_by, back.clocks) == (KIM_LIEN, case.clocks), "no clock stops"
    disputed, facts = refusing(back, KIM_LIEN, "2026-09-11")
    assert [type(one) for one in facts] == [CompetenceRefused, CompetenceDisputed]
    assert (disputed.status, disputed.held_by, disputed.clocks) == (Status.DISPUTED, PROVINCE, case.clocks)
    decide: dict[str, Any] = {"to": SO_NNMT, "document_number": "201/QĐ-UBND", "on": day("2026-09-14"), "law": LAW}
    refused("not_superior", lambda: acts.decide_competence(disputed, by=SO_XD, **decide))
    decided, said = acts.decide_competence(disputed, by=PROVINCE, **decide)
    assert isinstance(said[0], CompetenceDecided)
    assert (decided.status, decided.held_by, decided.competent_authority) == (Status.OPEN, SO_NNMT, SO_NNMT)
    assert reading_of(decided, "R10") == reading_of(case, "R10"), "the red line goes on from the first day"
    refused("competence_decided", lambda: refusing(decided, SO_NNMT, "2026-09-15"))
    assert accepted(decided, "2026-09-15").status is Status.ACCEPTED


def test_a_petition_that_was_not_sent_here_is_guided_or_transferred_and_not_refused() -> None:
    refused("never_sent", lambda: refusing(case_of(), KIM_LIEN, "2026-09-09"))


def test_the_result_goes_back_to_who_transferred_it_and_from_there_to_the_person() -> None:
    taken = accepted(sent_on(), "2026-09-10")
    done, _ = settled(taken, "2026-10-01", SettlementResult.ANSWERED)
    assert (rolled(done, "R2"), clock_ids(done)) == (day("2026-10-12"), {"R2"})
    end = ClosingGround.SETTLED
    refused("still_owed", lambda: acts.close(done, ground=end, on=day("2026-10-05"), law=LAW))
    told = confirmed(done, "2026-10-05", Act.SENDER_TOLD)
    assert rolled(told, "R3") == day("2026-10-12")
    act: dict[str, Any] = {"act": Act.PETITIONER_TOLD, "document_number": NUMBER, "on": day("2026-10-06"), "law": LAW}
    refused("not_holder", lambda: acts.confirm(told, by=SO_XD, **act))
    passed_on, _ = acts.confirm(told, by=KIM_LIEN, **act)
    assert acts.close(passed_on, ground=end, on=day("2026-10-07"), law=LAW)[0].status is Status.CLOSED


def test_t9_who_forwarded_a_denunciation_is_answered() -> None:
    case = case_of(denounced(received_by=OFFICE, channel=Channel.FORWARDED))
    assert reading_of(case, "T9").raw_due == day("2026-09-27")
    assert "T9" not in clock_ids(confirmed(case, "2026-09-20", Act.SENDER_TOLD))


# ---- suspension


def test_c19_of_two_decisions_sending_one_does_not_send_the_other() -> None:
    case = accepted(case_of(filed("2026-08-10")), "2026-08-17")
    given: dict[str, Any] = {"by": KIM_LIEN, "document_number": "1/QĐ-UBND", "law": LAW}
    still, _ = acts.suspend(case, ground=SuspensionGround.FORCE_MAJEURE, on=day("2026-08-28"), **given)
    again, _ = acts.resume(still, on=day("2026-08-31"), **given)
    once = confirmed(again, "2026-09-03", Act.NOTICE_SENT)
    [left] = [clock for clock in once.clocks if clock.id == "K11" and clock.is_running]
    assert left.event_on == day("2026-08-31"), "the older one was sent"
    assert "K11" not in clock_ids(confirmed(once, "2026-09-04", Act.NOTICE_SENT))


def test_a_suspension_the_law_does_not_know_is_refused() -> None:
    case = accepted(sent_on(), "2026-09-10")
    refused(
        "not_suspendable",
        lambda: acts.suspend(
            case,
            by=SO_XD,
            ground=SuspensionGround.FORCE_MAJEURE,
            document_number=NUMBER,
            on=day("2026-09-15"),
            law=LAW,
        ),
    )
