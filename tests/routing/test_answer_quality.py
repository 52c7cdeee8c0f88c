"""The gate of answer quality: nothing is settled without ground, document and an answer to each request."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.facts.particulars import Particulars
from contracts.facts.routing import CaseReported, CaseSettled, RequestAnswer
from contracts.law.catalogue import official
from contracts.law.rows import Act
from contracts.vocabulary import (
    AnswerKind,
    Channel,
    ClosingGround,
    CompetenceRefusalGround,
    Forwarder,
    SentOnAs,
    SettlementResult,
    WithdrawalScope,
)
from services.routing.domain import acts
from services.routing.domain.case import Case, Status
from services.routing.domain.law import Law
from services.routing.domain.opening import on_withdrawn
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
    confirmed,
    day,
    denounced,
    filed,
    refused,
    rolled,
    sent_on,
    settled,
    withdrawn,
)


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
    given: dict[str, Any] = {
        "by": SO_XD,
        "result": SettlementResult.ANSWERED,
        "document_number": NUMBER,
        "legal_grounds": ("LTCD 26(2)",),
        "on": day("2026-10-01"),
        "law": LAW,
    }
    explained = answer(1, AnswerKind.EXPLAINED)
    guided = (explained, answer(2, AnswerKind.NOT_OURS, **ELSEWHERE))
    refused("must_transfer", lambda: acts.settle(case, answers=guided, **given))
    sent = (explained, answer(2, AnswerKind.NOT_OURS, sent_to=QUY_HOP, sent_as=SentOnAs.TRANSFERRED))
    assert acts.settle(case, answers=sent, **given)[0].status is Status.SETTLED


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


SETTLE: dict[str, Any] = {
    "by": KIM_LIEN,
    "result": SettlementResult.RIGHT,
    "document_number": NUMBER,
    "legal_grounds": ("LKN 31",),
    "on": day("2026-10-01"),
    "law": LAW,
}


def partly(case: Case, *requests: int) -> Case:
    fact = withdrawn("2026-09-20", WithdrawalScope.PARTIAL).model_copy(update={"requests": requests})
    return on_withdrawn(case, fact, LAW)[0]


def test_the_requests_are_counted_at_acceptance_or_at_settlement() -> None:
    uncounted = accepted(case_of(), "2026-09-14")
    assert uncounted.request_count is None
    refused("requests_not_counted", lambda: acts.settle(uncounted, answers=TWO[:1], **SETTLE))
    refused("request_unanswered", lambda: acts.settle(uncounted, answers=TWO[:1], request_count=2, **SETTLE))
    done, said = acts.settle(uncounted, answers=TWO, request_count=2, **SETTLE)
    assert done.request_count == 2
    [fact] = [one for one in said if isinstance(one, CaseSettled)]
    assert fact.request_count == 2


def test_what_was_counted_at_acceptance_is_not_counted_otherwise_to_answer_less() -> None:
    case = accepted(case_of(), "2026-09-14", requests=3)
    sentence = refused("counted_otherwise", lambda: acts.settle(case, answers=TWO[:1], request_count=1, **SETTLE))
    assert "3 yêu cầu" in sentence


def test_only_the_requests_that_were_withdrawn_are_answered_as_withdrawn() -> None:
    case = partly(accepted(case_of(), "2026-09-14", requests=2), 2)
    assert case.withdrawn_requests == (2,)
    first, second = answer(1, AnswerKind.WITHDRAWN), answer(2, AnswerKind.WITHDRAWN)
    refused("not_withdrawn", lambda: acts.settle(case, answers=(first, TWO[1]), **SETTLE))
    assert acts.settle(case, answers=(TWO[0], second), **SETTLE)[0].status is Status.SETTLED


def test_after_a_partial_withdrawal_at_least_one_request_gets_a_real_answer() -> None:
    case = partly(accepted(case_of(), "2026-09-14", requests=2))
    gone = tuple(answer(number, AnswerKind.WITHDRAWN) for number in (1, 2))
    refused("nothing_left", lambda: acts.settle(case, answers=gone, **SETTLE))
    elsewhere = (answer(1, AnswerKind.NOT_OURS, **ELSEWHERE), gone[1])
    refused("nothing_answered", lambda: acts.settle(case, answers=elsewhere, **SETTLE))


def test_withdrawn_request_by_request_a_petition_is_discontinued_and_not_settled() -> None:
    case = accepted(case_of(), "2026-09-14", requests=2)
    number: dict[str, Any] = {"document_number": "15/QĐ-UBND", "by": KIM_LIEN, "on": day("2026-10-01"), "law": LAW}
    refused("not_withdrawn", lambda: acts.discontinue(partly(case, 1), **number))
    whole = partly(partly(case, 1), 2)
    refused("withdrawn", lambda: acts.settle(whole, answers=TWO, **SETTLE))
    assert acts.discontinue(whole, **number)[0].status is Status.DISCONTINUED


def test_a_conclusion_hangs_out_its_fifteen_days_before_the_case_ends() -> None:
    case = accepted(case_of(denounced("2026-08-03", received_by=OFFICE)), "2026-08-10")
    done, _ = settled(case, "2026-08-25")
    owed = (Act.ACCEPTANCE_TOLD, Act.RESULT_SENT, Act.ACTED_ON, Act.PUBLISHED, Act.REPORTED)
    posted = confirmed(done, "2026-08-27", *owed)
    end: dict[str, Any] = {"ground": ClosingGround.SETTLED, "law": LAW}
    assert "11/09/2026" in refused("still_posted", lambda: acts.close(posted, on=day("2026-09-11"), **end))
    assert acts.close(posted, on=day("2026-09-12"), **end)[0].status is Status.CLOSED


def test_a_report_that_nothing_is_settled_ends_nothing_and_the_petition_is_watched_again() -> None:
    asks = Particulars(asks_only_for_help=True)
    case = case_of(filed("2026-09-21", received_by=OFFICE, lower_accepted_on=day("2026-08-10"), particulars=asks))
    order: dict[str, Any] = {"report_by": day("2026-09-30"), "by": PROVINCE, "law": LAW}
    urged, _ = acts.urge(case, document_number="9/UBND", on=day("2026-09-22"), **order)
    told, [fact] = acts.report(urged, document_number="10/BC-UBND", by=KIM_LIEN, on=day("2026-09-28"), law=LAW)
    assert isinstance(fact, CaseReported)
    assert (fact.is_settled, clock_ids(told)) == (False, {"R10"})
    end: dict[str, Any] = {"ground": ClosingGround.SETTLED, "on": day("2026-09-29"), "law": LAW}
    refused("wrong_ground", lambda: acts.close(told, **end))
    again, _ = acts.urge(told, document_number="11/UBND", on=day("2026-09-29"), **order)
    assert (again.status, again.report_by) == (Status.URGED, day("2026-09-30"))


# ---- who sent it is told


def forwarded(unit: str | None, channel: Channel = Channel.FORWARDED) -> Case:
    sender = Particulars(forwarded_by=Forwarder.AGENCY, forwarding_unit=unit)
    return case_of(filed("2026-08-03", channel=channel, particulars=sender))


@pytest.mark.parametrize("case", [forwarded(SO_XD), forwarded(None), forwarded(SO_XD, Channel.POST)])
def test_who_forwarded_a_petition_is_told_how_it_was_settled(case: Case) -> None:
    done, _ = settled(accepted(case, "2026-08-10"), "2026-08-25")
    assert rolled(done, "R2") == day("2026-09-08")
    assert "R2" not in clock_ids(confirmed(done, "2026-08-26", Act.SENDER_TOLD))


def test_nobody_reports_to_itself() -> None:
    own, _ = settled(accepted(forwarded(KIM_LIEN), "2026-08-10"), "2026-08-25")
    assert "R2" not in clock_ids(own)
    back, _ = acts.refuse_competence(
        sent_on(),
        ground=CompetenceRefusalGround.OTHER_FIELD,
        document_number=NUMBER,
        by=SO_XD,
        on=day("2026-09-09"),
        law=LAW,
    )
    assert back.held_by == KIM_LIEN
    done, _ = settled(accepted(back, "2026-09-10"), "2026-10-01", SettlementResult.ANSWERED)
    assert "R2" not in clock_ids(done), "it went and came back"


# ---- remote places


def law_with(source: str, *units: str) -> Law:
    return replace(
        LAW, catalogue=official(official().settings.with_values({"remote_flag_source": source, "remote_units": units}))
    )


@pytest.mark.parametrize(
    ("law", "is_recorded", "last"),
    [
        (law_with("listed", KIM_LIEN), False, "2026-10-29"),
        (law_with("listed", QUY_HOP), True, "2026-10-14"),
        (law_with("either", KIM_LIEN), False, "2026-10-29"),
        (LAW, True, "2026-10-29"),
        (LAW, False, "2026-10-14"),
    ],
)
def test_what_counts_as_remote_counts_for_the_settlement_too(law: Law, is_recorded: bool, last: str) -> None:
    case, _ = acts.accept(case_of(), by=KIM_LIEN, on=day("2026-09-14"), law=law, is_remote=is_recorded)
    assert (rolled(case, "K3"), case.is_remote) == (day(last), last == "2026-10-29")


def test_what_the_petition_records_of_its_place_need_not_be_said_again_at_acceptance() -> None:
    case = accepted(case_of(filed(particulars=Particulars(is_remote=True))))
    assert rolled(case, "K3") == day("2026-10-29")
