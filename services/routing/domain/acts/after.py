"""What is owed beside and after the settlement: confirmed, received, published; dialogue, withdrawal, urgent tasks."""

from datetime import date
from typing import Final

from contracts.errors import BadInput, Refused
from contracts.facts.routing import (
    CaseDecisionReceived,
    CaseDelayExplained,
    CaseDialogueHeld,
    CaseDialoguePlanned,
    CaseDiscontinued,
    CaseDutyDone,
    CaseTaskDone,
)
from contracts.ids import UnitId
from contracts.law.rows import Act, Start, Topic
from contracts.vocabulary import DelayReason, Duty, PetitionKind
from services.routing.domain.acts.shared import Decided, must_hold, must_settle, said
from services.routing.domain.case import Action, Case, about, following, law_day, moved, with_paper
from services.routing.domain.deadlines import CaseClock, all_ended, done_once, ended, row_of, started_if_any
from services.routing.domain.law import Law
from services.routing.domain.remedies import remedies

_CONFIRMABLE: Final = frozenset(
    {
        Act.ANSWERED,
        Act.ACCEPTANCE_TOLD,
        Act.RESULT_SENT,
        Act.PUBLISHED,
        Act.ACTED_ON,
        Act.SENDER_TOLD,
        Act.NOTICE_SENT,
        Act.PETITIONER_TOLD,
        Act.INVITED,
        Act.TAKEN_DOWN,
        Act.REPORTED,
        Act.PROTECTED,
        Act.SENT_TO_INVESTIGATORS,
        Act.DESTROYED_OR_KEPT,
    }
)
"""What is owed beside the orders: told, sent, published, reported. All else has an order of its own."""
_STARTED_BY: Final = {
    Act.PUBLISHED: {"K8": "KB8", "T8": "TB8"},
    Act.ACTED_ON: {"T7": "TB7"},
    Act.SENDER_TOLD: {"R2": "R3"},
}
"""The second part of a limit begins when the first is done."""


def confirm(
    case: Case,
    *,
    act: Act,
    document_number: str,
    on: date,
    law: Law,
    by: UnitId | None = None,
    clock: str | None = None,
) -> Decided:
    """Record that something owed was done: told, sent, published, reported. Of each kind of clock the oldest ends.

    ``by``: the body that did it; ``clock``: only this one. Errors: Refused("own_order") for what only an order of its
    own brings about; Refused("nothing_owed") when no running clock waits for it; Refused("not_holder") for who does not
    owe it; Refused("still_posted") before a notice has hung long enough.
    """
    status = following(case, Action.CONFIRM)
    must_be_confirmable(act)
    clocks, done = done_once(case.clocks, act, on, law, clock)
    if not done:
        raise Refused("nothing_owed", f"Không có thời hạn nào đang chờ “{act.label}”.")
    for one in done:
        _must_owe(case, one, by, law)
        if is_still_posted(one, on, law):
            raise Refused("still_posted", f"Phải niêm yết đến hết ngày {one.reading.raw_due:%d/%m/%Y}.", clock=one.id)
    fresh = started_if_any(_parts_after(case, act, done), on, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=(*clocks, *fresh),
        papers=with_paper(case, Action.CONFIRM, document_number, on),
    )
    fact = CaseDutyDone(
        **about(after),
        done_on=on,
        ended=tuple(one.id for one in done),
        document_number=document_number,
        is_within_time=all(on <= one.reading.rolled_due for one in done),
        clocks=tuple(one.reading for one in fresh),
    )
    return said(after, fact)


def receive_decision(case: Case, *, received_on: date, on: date, law: Law) -> Decided:
    """The citizen received the decision: a first one may be complained of a second time (K5, K13), or sued (K15).

    What had opened because the time ran out gives way to it.
    Errors: BadInput("wrong_day") before the decision or in the future; Refused("received_before").
    """
    status = following(case, Action.RECEIVE_DECISION)
    must_not_be_received(case)
    if case.settled_on is None or not case.settled_on <= received_on <= on:
        raise BadInput(
            "wrong_day", "Ngày nhận phải từ ngày ban hành quyết định đến hôm nay.", received_on=str(received_on)
        )
    fresh = remedies(case, received_on, law)
    again = {clock.id for clock in fresh}
    kept = tuple(all_ended([one], on)[0] if one.opened_by and one.id in again else one for one in case.clocks)
    after = moved(case, law, status=status, decision_received_on=received_on, clocks=(*kept, *fresh))
    clocks = tuple(clock.reading for clock in fresh)
    return said(after, CaseDecisionReceived(**about(after), received_on=received_on, clocks=clocks))


def plan_dialogue(case: Case, *, dialogue_on: date, by: UnitId, on: date, law: Law) -> Decided:
    """Fix the day of the dialogue; the invitation is due before (K10).

    Errors: Refused("no_dialogue_in_this_kind"); Refused("too_short_notice") when it could not be sent in time any more.
    """
    status = following(case, Action.PLAN_DIALOGUE)
    must_know_dialogue(case, by)
    fresh = started_if_any(["K10"], dialogue_on, law, set_on=on, law_on=law_day(case, Topic.DIALOGUE, dialogue_on, law))
    if dialogue_on < on or any(on > clock.reading.raw_due for clock in fresh):
        raise Refused("too_short_notice", "Ngày đối thoại quá gần: không còn kịp mời trước thời hạn luật định.")
    others = ended(case.clocks, [Act.INVITED], on, law)
    after = moved(case, law, status=status, dialogue_on=dialogue_on, clocks=(*others, *fresh))
    readings = tuple(clock.reading for clock in fresh)
    return said(after, CaseDialoguePlanned(**about(after), dialogue_on=dialogue_on, clocks=readings))


def hold_dialogue(
    case: Case, *, was_petitioner_present: bool, document_number: str, by: UnitId, on: date, law: Law
) -> Decided:
    """The dialogue took place; who stays away does not stop the settlement (LKN 30(6)).

    Errors: Refused("no_dialogue_planned"); Refused("not_invited") while nobody was invited.
    """
    status = following(case, Action.HOLD_DIALOGUE)
    must_be_invited(case, by, on, law)
    after = moved(
        case,
        law,
        status=status,
        dialogue_held_on=on,
        papers=with_paper(case, Action.HOLD_DIALOGUE, document_number, on),
    )
    fact = CaseDialogueHeld(
        **about(after), held_on=on, was_petitioner_present=was_petitioner_present, document_number=document_number
    )
    return said(after, fact)


def discontinue(case: Case, *, by: UnitId, document_number: str, on: date, law: Law) -> Decided:
    """End the settlement of what was withdrawn (đình chỉ, form 14a); the decision has to be sent (K11, T5).

    Errors: Refused("not_withdrawn") unless the whole petition was withdrawn, at once or request by request.
    """
    status = following(case, Action.DISCONTINUE)
    must_be_withdrawn(case, by)
    fresh = sending(case, on, law, is_resumption=False)
    after = moved(
        case,
        law,
        status=status,
        clocks=(*ended_with_settlement(case, on, law), *fresh),
        papers=with_paper(case, Action.DISCONTINUE, document_number, on),
    )
    fact = CaseDiscontinued(
        **about(after),
        discontinued_on=on,
        document_number=document_number,
        clocks=tuple(clock.reading for clock in fresh),
    )
    return said(after, fact)


def explain_delay(case: Case, *, reason: DelayReason, document_number: str, by: UnitId, on: date, law: Law) -> Decided:
    """Put a good reason for a delay on file: it goes up with the evidence; no clock stops (154/2026 art. 41(3)(b))."""
    status = following(case, Action.EXPLAIN_DELAY)
    must_hold(case, by)
    after = moved(
        case,
        law,
        status=status,
        delay_reasons=tuple(dict.fromkeys((*case.delay_reasons, reason))),
        papers=with_paper(case, Action.EXPLAIN_DELAY, document_number, on),
    )
    fact = CaseDelayExplained(**about(after), explained_on=on, reason=reason, document_number=document_number)
    return said(after, fact)


def do_task(case: Case, *, duty: Duty, document_number: str, by: UnitId, on: date, law: Law) -> Decided:
    """The urgent task is done; its clock, if it has one, ends. Errors: Refused("no_such_task")."""
    status = following(case, Action.DO_TASK)
    must_hold(case, by)
    task = next((one for one in case.tasks if one.duty is duty and one.done_on is None), None)
    if task is None:
        raise Refused("no_such_task", f"Vụ việc không có việc gấp “{duty.label}” đang chờ.", duty=duty)
    clocks = case.clocks
    if task.clock is not None:
        acts = {row_of(clock, law).fulfilled_by for clock in case.clocks if clock.id == task.clock}
        clocks = ended(case.clocks, acts, on, law)
    after = moved(
        case,
        law,
        status=status,
        clocks=clocks,
        tasks=tuple(one.model_copy(update={"done_on": on}) if one is task else one for one in case.tasks),
        papers=with_paper(case, Action.DO_TASK, document_number, on),
    )
    return said(after, CaseTaskDone(**about(after), duty=duty, done_on=on, document_number=document_number))


def sending(case: Case, on: date, law: Law, *, is_resumption: bool) -> tuple[CaseClock, ...]:
    """The clock in which a decision to suspend, discontinue or go on has to be sent, started on the day of issue.

    None where the law that counts for it, of acceptance or by transition of that day, sets no time.
    """
    law_on = law_day(case, Topic.SUSPENSION, on, law)
    if case.kind is PetitionKind.COMPLAINT:
        return started_if_any(["K11"], on, law, law_on=law_on)
    is_sent_by_law = case.kind is PetitionKind.DENUNCIATION and not is_resumption
    return started_if_any(["T5"] if is_sent_by_law else [], on, law, law_on=law_on)


def ended_with_settlement(case: Case, on: date, law: Law) -> tuple[CaseClock, ...]:
    """The clocks after the settlement's end: what still has to be told or sent is owed all the same."""
    owed = {Act.ACCEPTANCE_TOLD, Act.NOTICE_SENT, Act.SENDER_TOLD, Act.PROTECTED, Act.SENT_TO_INVESTIGATORS}
    return tuple(
        clock if row_of(clock, law).fulfilled_by in owed else all_ended([clock], on)[0] for clock in case.clocks
    )


def who_owes(case: Case, clock: CaseClock, law: Law) -> UnitId:
    """The holder; what became of a transfer is told on by who transferred it."""
    is_result_passed_on = row_of(clock, law).start is Start.RESULT_RECEIVED and bool(case.transferred_from)
    return case.transferred_from[-1] if is_result_passed_on else case.held_by


def is_confirmable(clock: CaseClock, law: Law) -> bool:
    """True for a clock that waits for something told, sent or published, and not for an order of its own."""
    return row_of(clock, law).fulfilled_by in _CONFIRMABLE


def is_still_posted(clock: CaseClock, on: date, law: Law) -> bool:
    """True for a notice that has not hung long enough."""
    return row_of(clock, law).fulfilled_by is Act.TAKEN_DOWN and on <= clock.reading.raw_due


def must_not_be_received(case: Case) -> None:
    """The day on which the decision was received is written down once. Errors: Refused("received_before")."""
    if case.decision_received_on is not None:
        raise Refused("received_before", "Ngày nhận quyết định đã được ghi.")


def must_know_dialogue(case: Case, by: UnitId) -> None:
    """Errors: those of ``must_settle``; Refused("no_dialogue_in_this_kind")."""
    must_settle(case, by)
    if case.kind is not PetitionKind.COMPLAINT:
        raise Refused("no_dialogue_in_this_kind", "Chỉ khiếu nại mới có đối thoại.")


def must_be_invited(case: Case, by: UnitId, on: date, law: Law) -> None:
    """Errors: those of ``must_settle``; Refused("no_dialogue_planned"), Refused("not_invited")."""
    must_settle(case, by)
    if case.dialogue_on is None or on < case.dialogue_on:
        raise Refused("no_dialogue_planned", "Chưa đến ngày đối thoại hoặc chưa ấn định ngày đối thoại.")
    if any(clock.is_running and row_of(clock, law).fulfilled_by is Act.INVITED for clock in case.clocks):
        raise Refused("not_invited", "Chưa xác nhận đã gửi giấy mời đối thoại.")


def must_be_confirmable(act: Act) -> None:
    """A petition is not handled, accepted or settled by saying so. Errors: Refused("own_order")."""
    if act not in _CONFIRMABLE:
        raise Refused("own_order", f"Việc “{act.label}” được ghi bằng thao tác riêng, không xác nhận tại đây.", act=act)


def must_be_withdrawn(case: Case, by: UnitId) -> None:
    """Errors: those of ``must_settle``; Refused("not_withdrawn")."""
    must_settle(case, by)
    if not case.is_withdrawn_whole:
        raise Refused("not_withdrawn", "Chỉ đình chỉ khi toàn bộ đơn đã được rút.")


def _must_owe(case: Case, clock: CaseClock, by: UnitId | None, law: Law) -> None:
    if by is None:
        return
    must = who_owes(case, clock, law)
    if by != must:
        raise Refused("not_holder", "Việc này do đơn vị khác phải làm.", unit=by, held_by=must)


def _parts_after(case: Case, act: Act, done: tuple[CaseClock, ...]) -> list[str]:
    parts = _STARTED_BY.get(act, {})
    found = [parts[one.id] for one in done if one.id in parts]
    is_passed_on = bool(case.transferred_from) and case.transferred_from[-1] != case.held_by
    return [part for part in found if part != "R3" or is_passed_on]
