"""Settlement and its end: extend, suspend, resume, settle, confirm what was owed, close."""

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
)
from contracts.ids import UnitId
from contracts.law.rows import Act
from contracts.vocabulary import (
    ClosingGround,
    ComplexityTest,
    Instance,
    Outcome,
    PetitionKind,
    SettlementResult,
    SuspensionGround,
)
from services.routing.domain.acts.shared import KNPA, Decided, must_settle, said
from services.routing.domain.case import CLOSING, Action, Case, Status, about, following, moved, with_paper
from services.routing.domain.deadlines import (
    CaseClock,
    all_ended,
    ended,
    extended,
    resumed,
    row_of,
    started,
    suspended,
    used_until,
)
from services.routing.domain.law import Law

_JUDGED: Final = frozenset({SettlementResult.RIGHT, SettlementResult.PARTLY_RIGHT, SettlementResult.WRONG})


def extend(
    case: Case, *, by: UnitId, tests: Sequence[ComplexityTest], document_number: str, on: date, law: Law
) -> Decided:
    """Lengthen settlement on statutory tests of complexity, in writing.

    Errors: Refused("too_few_tests"), Refused("no_more_extensions"), Refused("deadline_passed").
    """
    status = following(case, Action.EXTEND)
    must_settle(case, by)
    met = tuple(dict.fromkeys(tests))
    clock = extended(_settlement(case), len(met), on, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=_replaced(case, clock),
        papers=with_paper(case, Action.EXTEND, document_number, on),
    )
    fact = CaseExtended(**about(after), extended_on=on, tests=met, document_number=document_number, clock=clock.reading)
    return said(after, fact)


def suspend(case: Case, *, by: UnitId, ground: SuspensionGround, document_number: str, on: date, law: Law) -> Decided:
    """Let settlement stand still (tạm đình chỉ): the days used so far are kept."""
    status = following(case, Action.SUSPEND)
    must_settle(case, by)
    clock = suspended(_settlement(case), on)
    after = moved(
        case,
        law,
        status=status,
        clocks=_replaced(case, clock),
        papers=with_paper(case, Action.SUSPEND, document_number, on),
    )
    fact = CaseSuspended(
        **about(after), suspended_on=on, ground=ground, document_number=document_number, days_used=used_until(clock, on)
    )
    return said(after, fact)


def resume(case: Case, *, by: UnitId, document_number: str, on: date, law: Law) -> Decided:
    """Go on with settlement: the clock runs with the days that were left."""
    status = following(case, Action.RESUME)
    must_settle(case, by)
    clock = resumed(_settlement(case), on, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=_replaced(case, clock),
        papers=with_paper(case, Action.RESUME, document_number, on),
    )
    fact = CaseResumed(**about(after), resumed_on=on, document_number=document_number, clock=clock.reading)
    return said(after, fact)


def settle(case: Case, *, by: UnitId, result: SettlementResult, document_number: str, on: date, law: Law) -> Decided:
    """Issue the decision, conclusion or answer (giải quyết).

    Errors: BadInput("wrong_result") when the result is not one of this kind of petition.
    """
    status = following(case, Action.SETTLE)
    must_settle(case, by)
    if (result in _JUDGED) is (case.kind in KNPA):
        raise BadInput("wrong_result", f"Kết quả “{result.label}” không dùng cho đơn {case.kind.label}.")
    clock = case.settlement_clock
    fresh = tuple(started(clock_id, on, law) for clock_id in _clocks_of_settlement(case))
    after = moved(
        case,
        law,
        status=status,
        settled_on=on,
        clocks=(*all_ended(case.clocks, on), *fresh),
        papers=with_paper(case, Action.SETTLE, document_number, on),
    )
    fact = CaseSettled(
        **about(after),
        settled_on=on,
        result=result,
        document_number=document_number,
        is_within_time=clock is None or on <= clock.reading.rolled_due,
        clocks=tuple(one.reading for one in fresh),
    )
    return said(after, fact)


def confirm(case: Case, *, act: Act, document_number: str, on: date, law: Law) -> Decided:
    """Record that something owed was done: acceptance told (T3), result sent (K4, K7, T6). Nothing is said.

    Errors: Refused("nothing_owed") when no running clock waits for it.
    """
    status = following(case, Action.CONFIRM)
    clocks = ended(case.clocks, [act], on, law)
    if clocks == case.clocks:
        raise Refused("nothing_owed", f"Không có thời hạn nào đang chờ “{act.label}”.")
    papers = with_paper(case, Action.CONFIRM, document_number, on)
    return moved(case, law, status=status, clocks=clocks, papers=papers), []


def close(case: Case, *, ground: ClosingGround, on: date, law: Law) -> Decided:
    """End the case.

    Errors: Refused("wrong_ground") when the status does not bear that ground; Refused("answer_time_runs") while the
    petitioner may still complete the petition; Refused("result_not_sent") while K4, K7 or T6 waits for that.
    """
    status = following(case, Action.CLOSE)
    if ground not in CLOSING.get(case.status, frozenset()) or not _ground_holds(case, ground):
        raise Refused(
            "wrong_ground",
            f"Vụ việc “{case.status.label}” không thể kết thúc với căn cứ “{ground.label}”.",
            status=case.status,
            ground=ground,
        )
    _must_owe_nothing(case, on, law)
    after = moved(case, law, status=status, closed_on=on, clocks=all_ended(case.clocks, on))
    return said(after, CaseClosed(**about(after), closed_on=on, ground=ground))


def _must_owe_nothing(case: Case, on: date, law: Law) -> None:
    """A settled case ends when its result was sent, a supplement is awaited until its last day."""
    if case.status is Status.AWAITING_SUPPLEMENT and case.answer_by is not None and on <= case.answer_by:
        raise Refused("answer_time_runs", f"Người gửi đơn còn được bổ sung đến hết ngày {case.answer_by:%d/%m/%Y}.")
    owed = [
        clock.id for clock in case.clocks if clock.is_running and row_of(clock, law).fulfilled_by is Act.RESULT_SENT
    ]
    if owed:
        raise Refused("result_not_sent", "Chưa xác nhận đã gửi kết quả giải quyết: chưa kết thúc được.", clock=owed[0])


def _clocks_of_settlement(case: Case) -> tuple[str, ...]:
    if case.kind is PetitionKind.COMPLAINT:
        return ("K7",) if case.filed.instance is Instance.SECOND else ("K4",)
    return ("T6",) if case.kind is PetitionKind.DENUNCIATION else ()


def _settlement(case: Case) -> CaseClock:
    clock = case.settlement_clock
    if clock is None:
        raise Refused("no_settlement_clock", "Vụ việc này không có thời hạn giải quyết luật định.")
    return clock


def _replaced(case: Case, clock: CaseClock) -> tuple[CaseClock, ...]:
    old = _settlement(case)
    return tuple(clock if one is old else one for one in case.clocks)


def _ground_holds(case: Case, ground: ClosingGround) -> bool:
    if ground is ClosingGround.SHELVED:
        is_unanswered = case.status is Status.AWAITING_SUPPLEMENT
        return is_unanswered or case.outcome in {Outcome.SHELVE, Outcome.INSPECT}
    if ground is ClosingGround.WITHDRAWN:
        return case.withdrawn is not None
    return True
