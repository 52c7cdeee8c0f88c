"""Worked cases of cases.md, by id: what happens beside and after settlement, and the gate of answer quality."""

from collections.abc import Callable
from datetime import datetime, time
from uuid import UUID

import pytest

from contracts.errors import TiepdanError
from contracts.facts.base import VIETNAM
from contracts.facts.particulars import Particulars
from contracts.facts.routing import (
    CaseDutyDone,
    CaseEscalated,
    CaseInstructed,
    CaseLinked,
    CaseTaskDone,
    CaseTaskOpened,
    CaseUnlinked,
    CaseUrged,
    CompetenceDecided,
    CompetenceDisputed,
    CompetenceRefused,
    DeadlineMissed,
    DeadlineNear,
    ReceptionRefused,
    RequestAnswer,
)
from contracts.ids import CaseId
from contracts.law.rows import Act
from contracts.vocabulary import (
    AnswerKind,
    Channel,
    ClosingGround,
    CompetenceRefusalGround,
    DelayReason,
    Duty,
    EscalationReason,
    Instance,
    LinkKind,
    Outcome,
    PetitionKind,
    ReceptionRefusal,
    RespondentPost,
    SentOnAs,
    SettlementResult,
    SuspensionGround,
    Telling,
    WithdrawalScope,
)
from services.routing.domain import acts
from services.routing.domain.acts.reception import Documented
from services.routing.domain.case import Case, Status
from services.routing.domain.escalation import tick
from services.routing.domain.opening import on_withdrawn
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
    confirmed,
    day,
    denounced,
    filed,
    noon,
    opened,
    petition,
    reading_of,
    rolled,
    settled,
    withdrawn,
)

NUMBER = "20/CV-UBND"
FIRST, SECOND = CaseId(UUID(int=1)), CaseId(UUID(int=2))


def refused(code: str, act: Callable[[], object]) -> str:
    with pytest.raises(TiepdanError) as told:
        act()
    assert told.value.code == code
    return told.value.sentence


def accepted(case: Case, on: str, requests: int = 1) -> Case:
    assert case.competent_authority
    return acts.accept(case, by=case.competent_authority, on=day(on), law=LAW, request_count=requests)[0]


def at(text: str, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day(text), time(hour, minute), VIETNAM)


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
    reported, _ = acts.report(late, document_number=NUMBER, by=KIM_LIEN, on=day("2026-10-07"), law=LAW)
    closed, _ = acts.close(reported, ground=ClosingGround.SETTLED, on=day("2026-10-08"), law=LAW)
    assert closed.status is Status.CLOSED


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
    by = {"document_number": NUMBER, "law": LAW}
    refused(
        "not_superior",
        lambda: acts.demand_report(overdue, report_by=None, by=SO_NNMT, on=day("2026-10-14"), **by),  # type: ignore[arg-type]
    )
    demanded, facts = acts.demand_report(overdue, report_by=None, by=PROVINCE, on=day("2026-10-14"), **by)  # type: ignore[arg-type]
    assert [type(one) for one in facts] == [CaseDutyDone, CaseUrged]
    assert rolled(demanded, "TB11") == day("2026-10-21")
    assert "T11" not in clock_ids(demanded)
    assert "TB11" not in clock_ids(confirmed(demanded, "2026-10-21", Act.REPORTED))


def test_d20_information_of_an_overdue_denunciation_starts_the_superiors_five_days() -> None:
    case = accepted(case_of(denounced("2026-08-24", received_by=OFFICE)), "2026-09-01")
    told, _ = acts.report_overdue(case, on=day("2026-10-07"), law=LAW)
    assert rolled(told, "T11") == day("2026-10-14")
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
    assert (rolled(first, "K5"), clock_ids(first)) == (day("2026-11-04"), {"K5", "K9"})
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
    by = {"by": PROVINCE, "law": LAW}
    too_soon, planned_on = day("2026-11-05"), day("2026-11-02")
    refused("too_short_notice", lambda: acts.plan_dialogue(second, dialogue_on=too_soon, on=planned_on, **by))  # type: ignore[arg-type]
    planned, _ = acts.plan_dialogue(second, dialogue_on=day("2026-11-20"), on=planned_on, **by)  # type: ignore[arg-type]
    assert reading_of(planned, "K10").raw_due == day("2026-11-15")
    hold = {"was_petitioner_present": False, "document_number": "9/BB-UBND", **by}
    refused("not_invited", lambda: acts.hold_dialogue(planned, on=day("2026-11-20"), **hold))  # type: ignore[arg-type]
    invited = confirmed(planned, "2026-11-13", Act.INVITED)
    held, _ = acts.hold_dialogue(invited, on=day("2026-11-20"), **hold)  # type: ignore[arg-type]
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
    assert (after, fact.is_by_notice, fact.clocks) == (case, False, ())


ELEMENTS = ("settled", "reviewed", "notified", "received_and_explained", "prolonged")
FULL_FILE = acts.RefusalFile(
    **{
        name: Documented(document_number=NUMBER, on=day(f"2026-11-{16 + number}"))
        for number, name in enumerate(ELEMENTS)
    }
)


@pytest.mark.parametrize(("law", "due"), [(LAW, "2026-11-26"), (WITHOUT_CULTURE_DAY, "2026-11-25")])
def test_e10_the_notice_is_due_three_working_days_after_the_last_element(law: object, due: str) -> None:
    case = case_of(filed("2026-11-18"))
    after, [fact] = acts.refuse_reception(
        case,
        ground=ReceptionRefusal.SETTLED_BUT_PROLONGED,
        file=FULL_FILE,
        by=KIM_LIEN,
        on=day("2026-11-20"),
        law=law,  # type: ignore[arg-type]
    )
    assert isinstance(fact, ReceptionRefused)
    assert (after.status, fact.is_by_notice, rolled(after, "R5")) == (Status.REFUSED, True, day(due))
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
    given = {"to": SO_XD, "session_ended_on": day("2026-10-20"), "document_number": "88/TB-UBND", "by": PROVINCE}
    on = {"on": day("2026-10-21"), "law": LAW}
    refused("beyond_the_law", lambda: acts.instruct(case, result_by=day("2026-11-03"), **given, **on))  # type: ignore[arg-type]
    after, said = acts.instruct(case, result_by=day("2026-10-30"), **given, **on)  # type: ignore[arg-type]
    fact = said[0]
    assert isinstance(fact, CaseInstructed)
    assert (fact.to_unit, fact.result_by, after.instructed) == (SO_XD, day("2026-10-30"), SO_XD)
    assert "R9" in clock_ids(after)
    assert "R9" not in clock_ids(confirmed(after, "2026-10-23", Act.NOTICE_SENT))


# ---- competence


def sent_on() -> Case:
    """A recommendation that came to Kim Liên and was transferred to a department."""
    case = case_of(filed("2026-09-07", kind=PetitionKind.RECOMMENDATION, respondent_unit=SO_XD, respondent_post=None))
    return acts.transfer(case, to=SO_XD, by=KIM_LIEN, on=day("2026-09-08"), law=LAW, document_number="5/PC-UBND")[0]


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
    decide = {"to": SO_NNMT, "document_number": "201/QĐ-UBND", "on": day("2026-09-14"), "law": LAW}
    refused("not_superior", lambda: acts.decide_competence(disputed, by=SO_XD, **decide))  # type: ignore[arg-type]
    decided, said = acts.decide_competence(disputed, by=PROVINCE, **decide)  # type: ignore[arg-type]
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
    act = {"act": Act.PETITIONER_TOLD, "document_number": NUMBER, "on": day("2026-10-06"), "law": LAW}
    refused("not_holder", lambda: acts.confirm(told, by=SO_XD, **act))  # type: ignore[arg-type]
    passed_on, _ = acts.confirm(told, by=KIM_LIEN, **act)  # type: ignore[arg-type]
    assert acts.close(passed_on, ground=end, on=day("2026-10-07"), law=LAW)[0].status is Status.CLOSED


def test_t9_who_forwarded_a_denunciation_is_answered() -> None:
    case = case_of(denounced(received_by=OFFICE, channel=Channel.FORWARDED))
    assert reading_of(case, "T9").raw_due == day("2026-09-27")
    assert "T9" not in clock_ids(confirmed(case, "2026-09-20", Act.SENDER_TOLD))


# ---- the gate of answer quality


def answer(number: int, kind: AnswerKind, **more: object) -> RequestAnswer:
    return RequestAnswer(request=number, answer=kind, **more)


TWO = (answer(1, AnswerKind.GRANTED), answer(2, AnswerKind.REFUSED, ground="LKN 31"))
ELSEWHERE = {"sent_to": QUY_HOP, "sent_as": SentOnAs.GUIDED}


@pytest.mark.parametrize(
    ("grounds", "number", "answers", "code", "named"),
    [
        ((), NUMBER, TWO, "no_legal_ground", "căn cứ"),
        (("XYZ 9",), NUMBER, TWO, "unknown_ground", "XYZ 9"),
        (("ND75 12",), NUMBER, TWO, "unknown_ground", "ND75 12"),
        (("LKN 31",), None, TWO, "no_document", "văn bản"),
        (("LKN 31",), NUMBER, TWO[:1], "request_unanswered", "số 2"),
        (("LKN 31",), NUMBER, (*TWO, answer(3, AnswerKind.GRANTED)), "unknown_request", "số 3"),
        (("LKN 31",), NUMBER, (*TWO, TWO[0]), "answered_twice", "số 1"),
        (("LKN 31",), NUMBER, (TWO[0], answer(2, AnswerKind.REFUSED)), "refusal_without_ground", "số 2"),
        (("LKN 31",), NUMBER, (TWO[0], answer(2, AnswerKind.NOT_OURS)), "not_sent_on", "số 2"),
        (("LKN 31",), NUMBER, (TWO[0], answer(2, AnswerKind.WITHDRAWN)), "not_withdrawn", "số 2"),
        (
            ("LKN 31",),
            NUMBER,
            tuple(answer(n, AnswerKind.NOT_OURS, **ELSEWHERE) for n in (1, 2)),
            "only_elsewhere",
            "nơi khác",
        ),
    ],
)
def test_nothing_is_settled_without_ground_document_and_an_answer_to_each_request(
    grounds: tuple[str, ...], number: str | None, answers: tuple[RequestAnswer, ...], code: str, named: str
) -> None:
    case = accepted(case_of(), "2026-09-14", requests=2)
    sentence = refused(
        code,
        lambda: acts.settle(
            case,
            by=KIM_LIEN,
            result=SettlementResult.PARTLY_RIGHT,
            document_number=number,
            legal_grounds=grounds,
            answers=answers,
            on=day("2026-10-01"),
            law=LAW,
        ),
    )
    assert named in sentence


def test_where_the_law_says_transfer_a_request_is_not_merely_told_to_apply_elsewhere() -> None:
    case = accepted(sent_on(), "2026-09-10", requests=2)
    given = {
        "by": SO_XD,
        "result": SettlementResult.ANSWERED,
        "document_number": NUMBER,
        "legal_grounds": ("LTCD 26(2)",),
        "on": day("2026-10-01"),
        "law": LAW,
    }
    explained = answer(1, AnswerKind.EXPLAINED)
    guided = (explained, answer(2, AnswerKind.NOT_OURS, **ELSEWHERE))
    refused("must_transfer", lambda: acts.settle(case, answers=guided, **given))  # type: ignore[arg-type]
    sent = (explained, answer(2, AnswerKind.NOT_OURS, sent_to=QUY_HOP, sent_as=SentOnAs.TRANSFERRED))
    assert acts.settle(case, answers=sent, **given)[0].status is Status.SETTLED  # type: ignore[arg-type]


def test_a_withdrawn_request_needs_no_other_answer() -> None:
    part, _ = on_withdrawn(
        accepted(case_of(), "2026-09-14", requests=2), withdrawn("2026-09-20", WithdrawalScope.PARTIAL), LAW
    )
    done, _ = acts.settle(
        part,
        by=KIM_LIEN,
        result=SettlementResult.RIGHT,
        document_number=NUMBER,
        legal_grounds=("LKN 31",),
        answers=(TWO[0], answer(2, AnswerKind.WITHDRAWN)),
        on=day("2026-10-01"),
        law=LAW,
    )
    assert done.status is Status.SETTLED


def test_a_request_is_never_sent_on_to_the_accused() -> None:
    case = accepted(case_of(denounced(received_by=OFFICE, respondent_unit=DO_LUONG)), "2026-09-14", requests=2)
    answers = (TWO[0], answer(2, AnswerKind.NOT_OURS, sent_to=DO_LUONG, sent_as=SentOnAs.TRANSFERRED))
    refused(
        "near_the_accused",
        lambda: acts.settle(
            case,
            by=PROVINCE,
            result=SettlementResult.RIGHT,
            document_number=NUMBER,
            legal_grounds=("LTC 35",),
            answers=answers,
            on=day("2026-10-01"),
            law=LAW,
        ),
    )


# ---- office hours and the evidence


def warned(case: Case, now: datetime) -> list[str]:
    return [fact.clock.clock for fact in tick(case, now, LAW)[1] if isinstance(fact, DeadlineNear)]


def test_warnings_wait_for_office_hours_missed_clocks_do_not() -> None:
    case = accepted(case_of(), "2026-09-10")
    assert warned(case, at("2026-09-25", 7, 29)) == []
    assert warned(case, at("2026-09-25", 7, 30)) == ["K3"]
    assert warned(case, at("2026-09-25", 16, 59)) == ["K3"]
    assert warned(case, at("2026-09-25", 17, 0)) == []
    assert warned(case, at("2026-09-26", 9)) == [], "a Saturday"
    assert warned(case, at("2026-09-28", 9)) == ["K3"], "nobody looked on Friday: on Monday morning"
    assert [type(one) for one in tick(case, at("2026-10-13", 0, 1), LAW)[1]][:1] == [DeadlineMissed]


def test_a_warning_on_a_day_off_comes_before_it_when_the_next_morning_is_too_late() -> None:
    """Tết 2027: the 90 % of a period whose bare end lies in the holiday would come after it."""
    case = accepted(case_of(filed("2027-01-04")), "2027-01-08")
    read = reading_of(case, "K3")
    assert (read.raw_due, read.rolled_due) == (day("2027-02-07"), day("2027-02-11"))
    case, _ = tick(case, at("2027-02-01", 9), LAW)
    assert case.next_timer_on == day("2027-02-03"), "90 % is Thursday 4 February, the first day of Tết"
    assert warned(case, at("2027-02-03", 9)) == ["K3"]


def test_e17_the_red_line_goes_up_with_what_was_told_and_with_the_reasons_on_file() -> None:
    case, _ = acts.explain_delay(
        case_of(filed(kind=PetitionKind.MIXED)),
        reason=DelayReason.AWAITING_OTHER_BODY,
        document_number=NUMBER,
        by=case_of(filed(kind=PetitionKind.MIXED)).held_by,
        on=day("2026-09-30"),
        law=LAW,
    )
    for on in ("2026-09-30", "2026-10-12", "2026-10-19"):
        case, _ = tick(case, noon(on), LAW)
    _, said = tick(case, noon("2026-10-22"), LAW)
    [up] = [fact for fact in said if isinstance(fact, CaseEscalated)]
    assert EscalationReason.RED_LINE in up.reasons
    assert up.delay_reasons == (DelayReason.AWAITING_OTHER_BODY,)
    red = [line for line in up.evidence if line.clock == "R10"]
    assert {line.told for line in red} == {Telling.WARNED}
    assert {line.percent_used for line in red} <= {50, 75, 90}
    assert all(line.started_on == day("2026-09-07") and line.told_to == case.held_by for line in red)
    assert up.missed_clock is not None
    assert up.missed_clock.started_on == day("2026-09-07")


def test_e17_without_a_reason_on_file_the_evidence_says_so() -> None:
    _, said = tick(case_of(filed(kind=PetitionKind.MIXED)), noon("2026-10-22"), LAW)
    [up] = [fact for fact in said if isinstance(fact, CaseEscalated)]
    assert up.delay_reasons == ()


def test_a_report_that_does_not_come_is_told_once_while_other_clocks_go_on() -> None:
    case = accepted(case_of(), "2026-09-14")
    demanded, _ = acts.demand_report(
        case, report_by=day("2026-09-18"), document_number=NUMBER, by=PROVINCE, on=day("2026-09-15"), law=LAW
    )
    ups = []
    for on in ("2026-09-19", "2026-09-29", "2026-10-07", "2026-10-15"):
        demanded, said = tick(demanded, noon(on), LAW)
        ups += [on for fact in said if isinstance(fact, CaseEscalated)]
    assert ups == ["2026-09-19", "2026-10-15"], "the report, then the settlement"


def test_c19_of_two_decisions_sending_one_does_not_send_the_other() -> None:
    case = accepted(case_of(filed("2026-08-10")), "2026-08-17")
    given = {"by": KIM_LIEN, "document_number": "1/QĐ-UBND", "law": LAW}
    still, _ = acts.suspend(case, ground=SuspensionGround.FORCE_MAJEURE, on=day("2026-08-28"), **given)  # type: ignore[arg-type]
    again, _ = acts.resume(still, on=day("2026-08-31"), **given)  # type: ignore[arg-type]
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


def test_e17_a_case_of_a_unit_goes_up_whoever_works_there() -> None:
    """The holder is a unit, never a person: nobody has to be named for the superior to be told."""
    _, said = tick(case_of(filed("2026-09-07", received_by=QUY_HOP, respondent_unit=QUY_HOP)), noon("2026-09-17"), LAW)
    [up] = [fact for fact in said if isinstance(fact, CaseEscalated)]
    assert (up.from_unit, up.to_unit) == (QUY_HOP, PROVINCE)
    assert [line.told for line in up.evidence if line.clock == "K2"] == [Telling.MISSED]
