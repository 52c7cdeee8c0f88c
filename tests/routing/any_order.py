"""Every order that could be given in a case on a day, with the arguments it could take: what is carried out of them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from contracts.errors import TiepdanError
from contracts.facts.base import VIETNAM
from contracts.facts.intake import PetitionSupplemented, PetitionWithdrawn
from contracts.ids import CaseId, UnitId
from contracts.law.rows import Act
from contracts.vocabulary import (
    AnswerKind,
    ClosingGround,
    CompetenceRefusalGround,
    ComplexityTest,
    DeclineGround,
    DelayReason,
    Duty,
    EscalationReason,
    MissingPart,
    ReceptionRefusal,
    SettlementResult,
    SuspensionGround,
    WithdrawalScope,
)
from services.routing.domain.acts import RefusalFile
from services.routing.domain.acts.reception import BY_NOTICE, Documented
from services.routing.domain.case import Action, Case, Status
from services.routing.domain.opening import on_supplemented, on_withdrawn
from services.routing.orders import Circumstances, Order, linking, receiving, settling, superiors
from services.routing.orders.finding import ParticularsNote
from tests.routing.given import LAW

NUMBER: Final = "1/CV-UBND"
ANOTHER: Final = CaseId(UUID(int=9))
SOMEWHERE: Final[Sequence[UnitId]] = ("tinh-40", "so-40-xd", "xa-17971", "xa-17035", "tw-ttcp", "toa-40", "bo-xd")
PAPERS: Final = ("settled", "reviewed", "notified", "received_and_explained", "prolonged", "answered")


def possible(case: Case, on: date) -> dict[Action, list[Case]]:
    """What the live functions carry out on that day, by action: each with the cases it leads to."""
    found: dict[Action, list[Case]] = {}
    for action, order in _orders(case, on):
        for by in _bodies(case, on):
            given = Circumstances(by=by, on=on, now=_at(on), law=LAW, supplement_answer_working_days=10)
            try:
                after, _ = order.decide(case, given)
            except TiepdanError:
                continue
            is_out = action is Action.TRANSFER and after.status is Status.TRANSFERRED
            found.setdefault(Action.TRANSFER_OUT if is_out else action, []).append(after)
    for action, after in _by_petitioner(case, on):
        found.setdefault(action, []).append(after)
    return found


def _bodies(case: Case, on: date) -> Sequence[UnitId]:
    named = (case.held_by, case.competent_authority, case.urged, case.decides_competence, *case.transferred_from)
    above = (unit.id for unit in LAW.above(case.held_by, on))
    return tuple(dict.fromkeys(unit for unit in (*named, *above) if unit is not None))


def _places(case: Case) -> Sequence[UnitId]:
    """Where the law says; while that is not known, anywhere."""
    return [case.competent_authority] if case.competent_authority else SOMEWHERE


def _orders(case: Case, on: date) -> Iterator[tuple[Action, Order]]:
    yield from _first_orders(case)
    yield from _later_orders(case, on)
    yield from _orders_between_bodies(case, on)
    file = RefusalFile(**{name: Documented(document_number=NUMBER, on=on) for name in PAPERS})
    for refusal in ReceptionRefusal:
        action = Action.REFUSE_BY_NOTICE if refusal in BY_NOTICE else Action.REFUSE_ORALLY
        yield action, receiving.ReceptionRefused(ground=refusal, file=file)


def _first_orders(case: Case) -> Iterator[tuple[Action, Order]]:
    for count in (None, 1, 2, 5):
        yield Action.ACCEPT, receiving.Acceptance(representative_count=count)
    for place in _places(case):
        yield Action.GUIDE, receiving.Guidance(to=None if case.competent_authority else place)
        yield Action.TRANSFER, receiving.Transfer(to=place)
    for ground in DeclineGround:
        yield Action.DECLINE, receiving.Declining(ground=ground)
    for places in (None, 2):
        yield Action.NOTE_PARTICULARS, ParticularsNote.model_validate({"places_to_verify": places})
    for missing in ((), *((part,) for part in MissingPart)):
        yield Action.REQUEST_SUPPLEMENT, receiving.SupplementRequest(missing=missing)
    yield Action.SPLIT, receiving.Splitting(document_number=NUMBER)
    yield Action.INSPECT, superiors.Inspection(document_number=NUMBER)
    yield Action.LINK_DUPLICATE, linking.DuplicateLink(to_case=ANOTHER)
    yield Action.UNLINK, linking.Unlink()
    yield Action.LINK_EARLIER, linking.EarlierLink(to_case=ANOTHER)


def _later_orders(case: Case, on: date) -> Iterator[tuple[Action, Order]]:
    yield Action.EXTEND, settling.Extension(tests=tuple(ComplexityTest), document_number=NUMBER)
    for suspension in SuspensionGround:
        yield Action.SUSPEND, settling.Suspension(ground=suspension, document_number=NUMBER)
    yield Action.RESUME, settling.Resumption(document_number=NUMBER)
    for result in SettlementResult:
        for answer in (AnswerKind.GRANTED, AnswerKind.EXPLAINED):
            yield Action.SETTLE, _settlement(case, result, answer)
    for act in Act:
        for clock in (None, *dict.fromkeys(one.id for one in case.clocks)):
            yield Action.CONFIRM, settling.Confirmation(act=act, clock=clock, document_number=NUMBER)
    for ground in ClosingGround:
        yield Action.CLOSE, settling.Closing(ground=ground, document_number=NUMBER)
    for received_on in {on, case.settled_on or on}:
        yield Action.RECEIVE_DECISION, settling.DecisionReceived(received_on=received_on)
    for days in (0, 7, 30, 60):
        yield Action.PLAN_DIALOGUE, settling.DialoguePlan(dialogue_on=on + timedelta(days=days))
    yield Action.HOLD_DIALOGUE, settling.DialogueHeld(was_petitioner_present=True, document_number=NUMBER)
    yield Action.DISCONTINUE, settling.Discontinuance(document_number=NUMBER)
    for duty in Duty:
        yield Action.DO_TASK, settling.TaskDone(duty=duty, document_number=NUMBER)


def _settlement(case: Case, result: SettlementResult, answer: AnswerKind) -> Order:
    answers = tuple(settling.Answer(request=n + 1, answer=answer) for n in range(case.request_count or 1))
    return settling.Settlement(
        result=result,
        document_number=NUMBER,
        legal_grounds=("LKN 31",),
        answers=answers,
        request_count=case.request_count or 1,
    )


def _orders_between_bodies(case: Case, on: date) -> Iterator[tuple[Action, Order]]:
    for reason in EscalationReason:
        yield Action.ESCALATE, superiors.Escalation(reason=reason)
    yield Action.EXPLAIN_DELAY, superiors.DelayExplanation(reason=next(iter(DelayReason)), document_number=NUMBER)
    for ground in CompetenceRefusalGround:
        yield Action.REFUSE_COMPETENCE, superiors.CompetenceRefusal(ground=ground, document_number=NUMBER)
    for to in (*_bodies(case, on), *SOMEWHERE):
        yield Action.DECIDE_COMPETENCE, superiors.CompetenceDecision(to=to, document_number=NUMBER)
        yield (
            Action.INSTRUCT,
            superiors.Instruction(to=to, result_by=on, session_ended_on=on, document_number=NUMBER),
        )
    yield Action.URGE, superiors.Urging(report_by=on, document_number=NUMBER)
    yield Action.REPORT_OVERDUE, superiors.OverdueReport()
    yield Action.DEMAND_REPORT, superiors.ReportDemand(report_by=on, document_number=NUMBER)
    for is_settled in (False, True):
        yield Action.REPORT, superiors.Report(document_number=NUMBER, is_settled=is_settled)


def _by_petitioner(case: Case, on: date) -> Iterator[tuple[Action, Case]]:
    about: dict[str, Any] = {"petition_id": case.filed.petition_id, "kind": case.kind}
    after, _ = on_supplemented(case, PetitionSupplemented(**about, supplemented_at=_at(on), is_signed=True), LAW)
    if after is not case:
        yield Action.SUPPLEMENT, after
    for scope in WithdrawalScope:
        after, _ = on_withdrawn(case, PetitionWithdrawn(**about, withdrawn_at=_at(on), scope=scope), LAW)
        if after is not case:
            yield Action.WITHDRAW if after.status is Status.CLOSED else Action.NOTE_WITHDRAWAL, after


def _at(on: date) -> datetime:
    return datetime.combine(on, time(10), VIETNAM)
