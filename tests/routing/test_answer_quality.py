"""The gate of answer quality: nothing is settled without ground, document and an answer to each request."""

from typing import Any

import pytest

from contracts.facts.routing import (
    RequestAnswer,
)
from contracts.vocabulary import (
    AnswerKind,
    SentOnAs,
    SettlementResult,
    WithdrawalScope,
)
from services.routing.domain import acts
from services.routing.domain.case import Status
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
    day,
    denounced,
    refused,
    sent_on,
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
