"""The gate of answer quality: nothing is settled or closed without ground, document and an answer to each request."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from contracts.errors import Refused
from contracts.facts.routing import ClockReading, RequestAnswer
from contracts.law.rows import Act
from contracts.vocabulary import AnswerKind, ClosingGround, SentOnAs, WithdrawalScope
from services.routing.domain.acts.shared import is_transferred_by_law, must_be_legal_grounds, must_stand
from services.routing.domain.case import Action, Case, Status
from services.routing.domain.deadlines import CaseClock, row_of
from services.routing.domain.law import Law

_OWED: Final = frozenset(
    {
        Act.ACCEPTANCE_TOLD,
        Act.RESULT_SENT,
        Act.PUBLISHED,
        Act.ACTED_ON,
        Act.REPORTED,
        Act.SENDER_TOLD,
        Act.PETITIONER_TOLD,
        Act.NOTICE_SENT,
        Act.PROTECTED,
        Act.SENT_TO_INVESTIGATORS,
    }
)
"""Acts without which a case does not end."""
_NO_ANSWER: Final = frozenset({AnswerKind.NOT_OURS, AnswerKind.WITHDRAWN})
_ENDED_BY: Final = {
    ClosingGround.GUIDED: {Action.GUIDE, Action.SPLIT},
    ClosingGround.TRANSFERRED: {Action.TRANSFER_OUT},
    ClosingGround.DECLINED: {Action.DECLINE},
    ClosingGround.WITHDRAWN: {Action.DISCONTINUE},
    ClosingGround.SETTLED: {Action.SETTLE},
    ClosingGround.SHELVED: {Action.INSPECT},
}
"""The act whose document ends the case on that ground."""
_ENDED_OTHERWISE: Final = {Status.URGED: {Action.REPORT}, Status.REFUSED: {Action.CONFIRM}}


def must_answer(
    case: Case,
    *,
    legal_grounds: Sequence[str],
    answers: Sequence[RequestAnswer],
    document_number: str | None,
    on: date,
    law: Law,
    request_count: int | None = None,
) -> int:
    """The settlement says on what ground, in which document, and what to each numbered request. Gives their number:
    as counted at acceptance, or now (``request_count``).

    Errors, each naming what is missing: Refused with ``no_document``, ``no_legal_ground``, ``unknown_ground``,
    ``requests_not_counted``, ``counted_otherwise``, ``request_unanswered``, ``unknown_request``, ``answered_twice``,
    ``refusal_without_ground``, ``not_sent_on``, ``must_transfer``, ``not_withdrawn``, ``nothing_left``,
    ``only_elsewhere``, ``nothing_answered``.
    """
    count = _counted(case, request_count)
    if document_number is None:
        raise Refused("no_document", "Thiếu số, ký hiệu văn bản giải quyết.")
    if not legal_grounds:
        raise Refused("no_legal_ground", "Thiếu căn cứ pháp luật của việc giải quyết.")
    must_be_legal_grounds(legal_grounds, law, on)
    _must_cover(count, [answer.request for answer in answers])
    for answer in answers:
        _must_be_an_answer(case, answer, law, on)
    if all(answer.answer is AnswerKind.NOT_OURS for answer in answers):
        raise Refused(
            "only_elsewhere",
            "Giải quyết không thể chỉ là chuyển hoặc hướng dẫn đi nơi khác: hãy chuyển đơn hoặc hướng dẫn theo luật.",
        )
    if all(answer.answer is AnswerKind.WITHDRAWN for answer in answers):
        raise Refused("nothing_left", "Mọi yêu cầu đã được rút: đình chỉ giải quyết, không giải quyết.")
    if all(answer.answer in _NO_ANSWER for answer in answers):
        raise Refused("nothing_answered", "Phải trả lời ít nhất một yêu cầu còn lại của đơn.")
    return count


def must_be_complete(
    case: Case, ground: ClosingGround, document_number: str | None, on: date, law: Law
) -> tuple[tuple[str, ...], str | None]:
    """The legal grounds and the document a case ends with.

    Errors: Refused with ``answer_time_runs``, ``not_effective_yet``, ``task_open``, ``result_not_sent``,
    ``still_owed``, ``no_legal_ground``, ``no_document``.
    """
    _must_owe_nothing(case, on, law)
    if case.is_duplicate:  # the leading case answers
        return case.articles, document_number
    grounds = case.legal_grounds or case.articles
    if not grounds:
        raise Refused("no_legal_ground", "Thiếu căn cứ pháp luật để kết thúc vụ việc.")
    actions = _ENDED_OTHERWISE.get(case.status, _ENDED_BY[ground])
    papers = [paper.number for paper in case.papers if paper.action in actions]
    number = document_number or (papers[-1] if papers else None)
    if number is None:
        raise Refused("no_document", f"Thiếu số, ký hiệu văn bản để kết thúc với căn cứ “{ground.label}”.")
    return grounds, number


def _counted(case: Case, request_count: int | None) -> int:
    """Once counted, the number of requests stands: a settlement with fewer would leave some unanswered."""
    count = case.request_count or request_count
    if count is None:
        raise Refused("requests_not_counted", "Chưa ghi số yêu cầu của đơn: ghi khi thụ lý hoặc khi giải quyết.")
    if request_count not in {None, count}:
        raise Refused("counted_otherwise", f"Khi thụ lý đã ghi {count} yêu cầu.", request_count=count)
    return count


def _must_cover(count: int, numbers: Sequence[int]) -> None:
    for number in numbers:
        if number > count:
            raise Refused("unknown_request", f"Đơn không có yêu cầu số {number}.", request=number)
        if numbers.count(number) > 1:
            raise Refused("answered_twice", f"Yêu cầu số {number} có hai trả lời.", request=number)
    for number in range(1, count + 1):
        if number not in numbers:
            raise Refused("request_unanswered", f"Yêu cầu số {number} chưa được trả lời.", request=number)


def _must_be_an_answer(case: Case, answer: RequestAnswer, law: Law, on: date) -> None:
    number = answer.request
    match answer.answer:
        case AnswerKind.REFUSED:
            if answer.ground is None:
                raise Refused(
                    "refusal_without_ground",
                    f"Không chấp nhận yêu cầu số {number} thì phải nêu căn cứ pháp luật.",
                    request=number,
                )
            must_be_legal_grounds([answer.ground], law, on)
        case AnswerKind.NOT_OURS:
            _must_be_sent_on(case, answer, law, on)
        case AnswerKind.WITHDRAWN if not _was_withdrawn(case, number):
            raise Refused("not_withdrawn", f"Yêu cầu số {number} không được rút.", request=number)
        case _:
            return


def _was_withdrawn(case: Case, number: int) -> bool:
    """As recorded; where a partial withdrawal did not say which, the settlement says it."""
    if case.withdrawn_requests:
        return number in case.withdrawn_requests
    return case.withdrawn is WithdrawalScope.PARTIAL


def _must_be_sent_on(case: Case, answer: RequestAnswer, law: Law, on: date) -> None:
    number = answer.request
    if answer.sent_to is None or answer.sent_as is None:
        raise Refused(
            "not_sent_on",
            f"Yêu cầu số {number} không thuộc thẩm quyền: phải nêu đã chuyển hoặc hướng dẫn đến cơ quan nào.",
            request=number,
        )
    if answer.sent_as is SentOnAs.GUIDED and is_transferred_by_law(case):
        raise Refused(
            "must_transfer",
            f"Yêu cầu số {number}: pháp luật yêu cầu chuyển đến cơ quan có thẩm quyền, không chỉ hướng dẫn.",
            request=number,
        )
    must_stand(answer.sent_to, case, law, on)


def _must_owe_nothing(case: Case, on: date, law: Law) -> None:
    """A settled case ends when its result was sent, has hung out long enough and has effect; a supplement is awaited
    until its last day."""
    if case.status is Status.AWAITING_SUPPLEMENT and case.answer_by is not None and on <= case.answer_by:
        raise Refused("answer_time_runs", f"Người gửi đơn còn được bổ sung đến hết ngày {case.answer_by:%d/%m/%Y}.")
    owed = [clock.reading for clock in case.clocks if clock.is_running and row_of(clock, law).fulfilled_by in _OWED]
    if owed:
        raise _still_owed(owed[0], case, law)
    posted = [clock.reading for clock in case.clocks if clock.is_running and _still_hangs(clock, on, law)]
    if posted:
        raise Refused(
            "still_posted", f"Phải niêm yết đến hết ngày {posted[0].raw_due:%d/%m/%Y}.", clock=posted[0].clock
        )
    waiting = [clock for clock in case.clocks if clock.is_running and row_of(clock, law).fulfilled_by is Act.NONE]
    if waiting and case.status is Status.SETTLED:
        raise Refused(
            "not_effective_yet",
            f"Quyết định có hiệu lực sau ngày {waiting[0].reading.raw_due:%d/%m/%Y}: chưa kết thúc được.",
        )
    undone = [task.duty for task in case.tasks if task.done_on is None]
    if undone and case.status is not Status.LINKED:
        raise Refused("task_open", f"Còn việc gấp chưa làm: {undone[0].label}.", duty=undone[0])


def _still_hangs(clock: CaseClock, on: date, law: Law) -> bool:
    return row_of(clock, law).fulfilled_by is Act.TAKEN_DOWN and on <= clock.reading.raw_due


def _still_owed(read: ClockReading, case: Case, law: Law) -> Refused:
    row = law.catalogue.clock(read.clock, next(c.counted_by for c in case.clocks if c.reading == read))
    if row.fulfilled_by is Act.RESULT_SENT:
        return Refused(
            "result_not_sent", "Chưa xác nhận đã gửi kết quả giải quyết: chưa kết thúc được.", clock=read.clock
        )
    return Refused("still_owed", f"Còn việc chưa làm: {row.title}.", clock=read.clock)
