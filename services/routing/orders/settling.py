"""What is ordered from acceptance to closing: time, dialogue, answers, decisions and what is to be done besides."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.facts.base import Article, Count, DocumentNumber, RequestNumber
from contracts.facts.routing import ClockId, RequestAnswer, SettlementEffects
from contracts.ids import UnitId
from contracts.law.rows import Act
from contracts.vocabulary import (
    AnswerKind,
    ClosingGround,
    ComplexityTest,
    Duty,
    SentOnAs,
    SettlementResult,
    SuspensionGround,
)
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.orders.order import SETTLERS, Circumstances, Order, held


class Extension(Order):
    PATH = "extend"
    SUMMARY = "Gia hạn giải quyết"
    ROLES = SETTLERS

    tests: Annotated[tuple[ComplexityTest, ...], Field(min_length=1)]
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.extend(
            case, by=given.by, on=given.on, law=given.law, tests=self.tests, document_number=self.document_number
        )


class Suspension(Order):
    PATH = "suspend"
    SUMMARY = "Tạm đình chỉ"
    ROLES = SETTLERS

    ground: SuspensionGround
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.suspend(
            case, by=given.by, on=given.on, law=given.law, ground=self.ground, document_number=self.document_number
        )


class Resumption(Order):
    PATH = "resume"
    SUMMARY = "Tiếp tục giải quyết"
    ROLES = SETTLERS

    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.resume(case, by=given.by, on=given.on, law=given.law, document_number=self.document_number)


class Answer(BaseModel):
    """What the settlement says to one numbered request."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    request: RequestNumber
    """The number of the request in the petition, from 1."""
    answer: AnswerKind
    """What is answered."""
    ground: Article | None = None
    """The article a refusal rests on; a refusal without one is sent back."""
    sent_to: UnitId | None = None
    """Where a request that is not ours went."""
    sent_as: SentOnAs | None = None
    """How it went there; where the law says transfer, guidance is not enough."""

    @property
    def said(self) -> RequestAnswer:
        return RequestAnswer(
            request=self.request,
            answer=self.answer,
            ground=self.ground,
            sent_to=self.sent_to,
            sent_as=self.sent_as,
        )


class Effects(BaseModel):
    """What the settlement brings in: amounts and numbers for form 03/KQGQ, never who."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    recovered_vnd: Count = 0
    """Money to be recovered for the state, in đồng."""
    recovered_land_m2: Count = 0
    """Land to be recovered for the state, in square metres."""
    returned_vnd: Count = 0
    """Money to be returned to organisations and people, in đồng."""
    returned_land_m2: Count = 0
    """Land to be returned to organisations and people, in square metres."""
    people_to_sanction: Count = 0
    """For how many people a sanction is proposed, officials among them."""
    officials_to_sanction: Count = 0
    """How many of these are officials."""
    cases_to_police: Count = 0
    """How many matters go to the investigating body."""
    people_to_police: Count = 0
    """How many people they concern."""

    @property
    def said(self) -> SettlementEffects:
        return SettlementEffects.model_validate(self.model_dump())


class Settlement(Order):
    PATH = "settle"
    SUMMARY = "Giải quyết"
    ROLES = SETTLERS

    result: SettlementResult
    document_number: DocumentNumber | None = None
    legal_grounds: tuple[Article, ...] = ()
    """What it rests on: articles of the instruments in the tables of the law, such as ``LKN 31``."""
    answers: tuple[Answer, ...] = ()
    """One for each numbered request of the petition."""
    request_count: Annotated[int | None, Field(ge=1, le=99)] = None
    """How many numbered requests the petition has; needed where the acceptance did not say."""
    effects: Effects | None = None
    """What it brings in, for statistics; may be left out, and then nobody says that it is nothing."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.settle(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            result=self.result,
            document_number=self.document_number,
            legal_grounds=self.legal_grounds,
            answers=[answer.said for answer in self.answers],
            request_count=self.request_count,
            effects=self.effects.said if self.effects else None,
        )


class Confirmation(Order):
    PATH = "confirm"
    SUMMARY = "Xác nhận đã thông báo, đã gửi, đã công khai, đã báo cáo"

    act: Act
    """What was done: the act that a running clock waits for."""
    clock: ClockId | None = None
    """Only this clock; none: every clock that waits for the act, of each kind the oldest."""
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.confirm(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            act=self.act,
            clock=self.clock,
            document_number=self.document_number,
        )


class Closing(Order):
    PATH = "close"
    SUMMARY = "Kết thúc vụ việc"

    ground: ClosingGround
    document_number: DocumentNumber | None = None
    """What ends it, where no act before issued a document."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.close(
            held(case, given.by),
            ground=self.ground,
            on=given.on,
            law=given.law,
            document_number=self.document_number,
        )


class DecisionReceived(Order):
    PATH = "decision-received"
    SUMMARY = "Ghi ngày người gửi đơn nhận quyết định"

    received_on: date
    """The day on which the citizen received the decision."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.receive_decision(held(case, given.by), received_on=self.received_on, on=given.on, law=given.law)


class DialoguePlan(Order):
    PATH = "plan-dialogue"
    SUMMARY = "Ấn định ngày đối thoại"
    ROLES = SETTLERS

    dialogue_on: date
    """The day of the dialogue."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.plan_dialogue(case, by=given.by, on=given.on, law=given.law, dialogue_on=self.dialogue_on)


class DialogueHeld(Order):
    PATH = "hold-dialogue"
    SUMMARY = "Ghi nhận đã đối thoại"
    ROLES = SETTLERS

    was_petitioner_present: bool = True
    """Whether the petitioner came; staying away does not stop the settlement."""
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.hold_dialogue(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            was_petitioner_present=self.was_petitioner_present,
            document_number=self.document_number,
        )


class Discontinuance(Order):
    PATH = "discontinue"
    SUMMARY = "Đình chỉ giải quyết do rút đơn"
    ROLES = SETTLERS

    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.discontinue(case, by=given.by, on=given.on, law=given.law, document_number=self.document_number)


class TaskDone(Order):
    PATH = "do-task"
    SUMMARY = "Xác nhận đã làm việc gấp"

    duty: Duty
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.do_task(
            case, by=given.by, on=given.on, law=given.law, duty=self.duty, document_number=self.document_number
        )
