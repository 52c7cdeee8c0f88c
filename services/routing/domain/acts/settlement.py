"""Settlement and its end: extend, suspend, resume, settle, close."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from contracts.errors import BadInput, Refused
from contracts.facts.routing import (
    CaseClosed,
    CaseExtended,
    CaseResumed,
    CaseSettled,
    CaseSuspended,
    RequestAnswer,
    SettlementEffects,
)
from contracts.ids import UnitId
from contracts.vocabulary import (
    ClosingGround,
    ComplexityTest,
    Instance,
    Outcome,
    PetitionKind,
    SettlementResult,
    SuspensionGround,
)
from services.routing.domain.acts.after import ended_with_settlement, sending
from services.routing.domain.acts.answers import must_answer, must_be_complete
from services.routing.domain.acts.shared import KNPA, Decided, must_settle, said
from services.routing.domain.case import CLOSING, Action, Case, Status, about, following, moved, with_paper
from services.routing.domain.deadlines import (
    CaseClock,
    all_ended,
    extended,
    resumed,
    started_if_any,
    suspended,
    used_until,
)
from services.routing.domain.law import Law
from services.routing.domain.matrix.lines import is_forwarded

_JUDGED: Final = frozenset({SettlementResult.RIGHT, SettlementResult.PARTLY_RIGHT, SettlementResult.WRONG})


def extend(
    case: Case, *, by: UnitId, tests: Sequence[ComplexityTest], document_number: str, on: date, law: Law
) -> Decided:
    """Lengthen settlement on statutory tests of complexity, in writing.

    Errors: Refused("too_few_tests"), Refused("no_more_extensions"), Refused("deadline_passed").
    """
    status = following(case, Action.EXTEND)
    met = tuple(dict.fromkeys(tests))
    clock = clock_extended(case, by, len(met), on, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=_replaced(case, clock),
        papers=with_paper(
            case, Action.EXTEND, document_number, on, tests=met, clock=clock.reading, extensions=clock.extensions
        ),
    )
    fact = CaseExtended(**about(after), extended_on=on, tests=met, document_number=document_number, clock=clock.reading)
    return said(after, fact)


def suspend(case: Case, *, by: UnitId, ground: SuspensionGround, document_number: str, on: date, law: Law) -> Decided:
    """Let settlement stand still (tạm đình chỉ): the days used so far are kept."""
    status = following(case, Action.SUSPEND)
    clock = clock_suspended(case, by, on, law)
    fresh = sending(case, on, law, is_resumption=False)
    after = moved(
        case,
        law,
        status=status,
        clocks=(*_replaced(case, clock), *fresh),
        papers=with_paper(case, Action.SUSPEND, document_number, on),
    )
    fact = CaseSuspended(
        **about(after),
        suspended_on=on,
        ground=ground,
        document_number=document_number,
        days_used=used_until(clock, on),
        clocks=tuple(one.reading for one in fresh),
    )
    return said(after, fact)


def resume(case: Case, *, by: UnitId, document_number: str, on: date, law: Law) -> Decided:
    """Go on with settlement: the clock runs with the days that were left."""
    status = following(case, Action.RESUME)
    clock = clock_resumed(case, by, on, law)
    fresh = sending(case, on, law, is_resumption=True)
    after = moved(
        case,
        law,
        status=status,
        clocks=(*_replaced(case, clock), *fresh),
        papers=with_paper(case, Action.RESUME, document_number, on),
    )
    fact = CaseResumed(
        **about(after),
        resumed_on=on,
        document_number=document_number,
        clock=clock.reading,
        clocks=tuple(one.reading for one in fresh),
    )
    return said(after, fact)


def settle(
    case: Case,
    *,
    by: UnitId,
    result: SettlementResult,
    document_number: str | None,
    on: date,
    law: Law,
    legal_grounds: Sequence[str] = (),
    answers: Sequence[RequestAnswer] = (),
    request_count: int | None = None,
    effects: SettlementEffects | None = None,
) -> Decided:
    """Issue the decision, conclusion or answer (giải quyết), on legal grounds, with an answer to each request, whose
    number is said now if it was not at acceptance. In time is what is issued by the last day, as it stood while it ran.

    Errors: BadInput("wrong_result") when the result is not one of this kind of petition; Refused("withdrawn") for a
    complaint that was withdrawn as a whole; Refused("no_dialogue") for a second complaint without one (LKN 39); those
    of ``answers.must_answer``.
    """
    status = following(case, Action.SETTLE)
    must_be_ready(case, by)
    if (result in _JUDGED) is (case.kind in KNPA):
        raise BadInput("wrong_result", f"Kết quả “{result.label}” không dùng cho đơn {case.kind.label}.")
    count = must_answer(
        case,
        legal_grounds=legal_grounds,
        answers=answers,
        document_number=document_number,
        on=on,
        law=law,
        request_count=request_count,
    )
    clock = case.settlement_clock
    fresh = started_if_any(_clocks_of_settlement(case, on, law), on, law, case.variant)
    after = moved(
        case,
        law,
        status=status,
        settled_on=on,
        legal_grounds=tuple(legal_grounds),
        answers=tuple(answers),
        request_count=count,
        clocks=(*ended_with_settlement(case, on, law), *fresh),
        papers=with_paper(case, Action.SETTLE, document_number, on),
    )
    fact = CaseSettled(
        **about(after),
        settled_on=on,
        result=result,
        document_number=document_number,
        is_within_time=clock is None or on <= clock.reading.rolled_due,
        clocks=tuple(one.reading for one in fresh),
        legal_grounds=after.legal_grounds,
        answers=after.answers,
        request_count=count,
        effects=effects,
    )
    return said(after, fact)


def close(case: Case, *, ground: ClosingGround, on: date, law: Law, document_number: str | None = None) -> Decided:
    """End the case. ``document_number``: what ends it, where no act before issued a document. What is filed away is
    kept for its year from that day (X2).

    Errors: Refused("wrong_ground") when the status does not bear that ground; those of ``answers.must_be_complete``.
    """
    status = following(case, Action.CLOSE)
    legal_grounds, number = must_be_over(case, ground, document_number, on, law)
    is_filed_away = ground is ClosingGround.SHELVED and not case.is_duplicate
    kept = started_if_any(["X2"] if is_filed_away else [], on, law)
    after = moved(
        case,
        law,
        status=status,
        closed_on=on,
        clocks=(*all_ended(case.clocks, on), *kept),
        papers=with_paper(case, Action.CLOSE, document_number, on),
    )
    fact = CaseClosed(
        **about(after),
        closed_on=on,
        ground=ground,
        legal_grounds=legal_grounds,
        document_number=number,
        clocks=tuple(one.reading for one in kept),
    )
    return said(after, fact)


def clock_extended(case: Case, by: UnitId, test_count: int, on: date, law: Law) -> CaseClock:
    """The clock of settlement, lengthened on so many tests. Errors: those of ``extend``."""
    must_settle(case, by)
    _must_go_on(case)
    return extended(_settlement(case), test_count, on, law, case.kind)


def clock_suspended(case: Case, by: UnitId, on: date, law: Law) -> CaseClock:
    """The clock of settlement, standing still. Errors: those of ``suspend``."""
    must_settle(case, by)
    return suspended(_settlement(case), on, law, case.kind)


def clock_resumed(case: Case, by: UnitId, on: date, law: Law) -> CaseClock:
    """The clock of settlement, running on. Errors: those of ``resume``."""
    must_settle(case, by)
    return resumed(_settlement(case), on, law)


def must_be_ready(case: Case, by: UnitId) -> None:
    """May be decided at all. Errors: those of ``must_settle``; Refused("withdrawn"), Refused("no_dialogue")."""
    must_settle(case, by)
    _must_go_on(case)
    if _is_second(case) and case.dialogue_held_on is None:
        raise Refused("no_dialogue", "Khiếu nại lần hai phải đối thoại trước khi ra quyết định.")


def must_be_over(
    case: Case, ground: ClosingGround, document_number: str | None, on: date, law: Law
) -> tuple[tuple[str, ...], str | None]:
    """The legal grounds and the document a case ends with. Errors: those of ``close``."""
    if ground not in CLOSING.get(case.status, frozenset()) or not _ground_holds(case, ground):
        raise Refused(
            "wrong_ground",
            f"Vụ việc “{case.status.label}” không thể kết thúc với căn cứ “{ground.label}”.",
            status=case.status,
            ground=ground,
        )
    return must_be_complete(case, ground, document_number, on, law)


def _must_go_on(case: Case) -> None:
    """A complaint that was withdrawn as a whole is not decided any more; a denunciation may be (LTC 33)."""
    if case.is_withdrawn_whole and case.kind is not PetitionKind.DENUNCIATION:
        raise Refused("withdrawn", "Đơn đã được rút toàn bộ: chỉ còn đình chỉ giải quyết.")


def _is_second(case: Case) -> bool:
    return case.kind is PetitionKind.COMPLAINT and case.filed.instance is Instance.SECOND


def _clocks_of_settlement(case: Case, on: date, law: Law) -> tuple[str, ...]:
    """What the decision or conclusion has to be followed by; the result goes back to who sent the petition here."""
    back = ("R2",) if _was_sent_here(case, on, law) else ()
    if case.kind is PetitionKind.COMPLAINT:
        return (*(("K7", "K8") if _is_second(case) else ("K4",)), "K9", *back)
    return ("T6", "T7", "T8", *back) if case.kind is PetitionKind.DENUNCIATION else back


def _was_sent_here(case: Case, on: date, law: Law) -> bool:
    """By another body, which transferred or forwarded it (LTCD 27(2)); nobody reports to itself."""
    here, filed = law.body_of(case.held_by, on), case.filed
    if case.transferred_from and law.body_of(case.transferred_from[-1], on) != here:
        return True
    sender = filed.known.forwarding_unit
    return is_forwarded(filed) and (sender is None or law.body_of(sender, on) != here)


def _settlement(case: Case) -> CaseClock:
    clock = case.settlement_clock
    if clock is None:
        raise Refused("no_settlement_clock", "Vụ việc này không có thời hạn giải quyết luật định.")
    return clock


def _replaced(case: Case, clock: CaseClock) -> tuple[CaseClock, ...]:
    old = _settlement(case)
    return tuple(clock if one is old else one for one in case.clocks)


def _ground_holds(case: Case, ground: ClosingGround) -> bool:
    if case.is_duplicate:
        return True
    if ground is ClosingGround.SHELVED:
        is_unanswered = case.status is Status.AWAITING_SUPPLEMENT and case.lacks_a_condition
        is_inspected = any(paper.action is Action.INSPECT for paper in case.papers)
        is_looked_into = case.outcome is Outcome.INSPECT and is_inspected
        return is_unanswered or is_looked_into or case.outcome is Outcome.SHELVE
    if ground is ClosingGround.SETTLED and case.status is Status.URGED:
        return case.is_settled_below
    return True
