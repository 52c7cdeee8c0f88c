"""What officers may order: for each act its fields, its functions, and the decision it leads to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from contracts.errors import Refused
from contracts.facts.base import Article, DocumentNumber
from contracts.facts.routing import ClockId, RequestAnswer, RequestNumber
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
    ReceptionRefusal,
    Role,
    SentOnAs,
    SettlementResult,
    SuspensionGround,
)
from services.routing.domain import acts
from services.routing.domain.acts import RefusalFile
from services.routing.domain.case import Case
from services.routing.domain.law import Law

HANDLERS: Final = (Role.RECEIVER, Role.PETITION_OFFICER, Role.SETTLING_AUTHORITY, Role.CHAIR)
SETTLERS: Final = (Role.SETTLING_AUTHORITY, Role.CHAIR)
ESCALATORS: Final = (Role.CHAIR, Role.SETTLING_AUTHORITY, Role.PETITION_OFFICER, Role.INSPECTORATE_MONITOR)


class Circumstances(BaseModel):
    """In what an order is given: the body that acts, the time, the law."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    by: UnitId
    on: date
    now: datetime
    law: Law
    supplement_answer_working_days: int
    other: Case | None = None
    """Orders that link: the other case, as it stands; none where only one case is known."""


class Order(BaseModel):
    """What an officer orders; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    PATH: ClassVar[str]
    SUMMARY: ClassVar[str]
    ROLES: ClassVar[tuple[Role, ...]] = HANDLERS

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        """The decision. Errors: those of ``acts``."""
        raise NotImplementedError

    def other_case(self, case: Case) -> CaseId | None:  # noqa: ARG002 - most orders concern one case
        """The other case that the order concerns."""
        return None

    def decide_other(self, other: Case, case: Case, given: Circumstances) -> acts.Decided:  # noqa: ARG002
        """What the order does to the other case; ``case`` as the order leaves it. Done twice it is done once."""
        return other, []


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


class Acceptance(Order):
    PATH = "accept"
    SUMMARY = "Thụ lý"
    ROLES = SETTLERS

    is_remote: bool = False
    """The matter is in a remote area that is hard to reach; the longer settlement time applies."""
    representative_count: Annotated[int | None, Field(ge=0)] = None
    """Large groups: how many representatives were named in writing."""
    request_count: Annotated[int | None, Field(ge=1, le=99)] = None
    """How many numbered requests the petition has; the settlement answers each. None: one."""
    document_number: DocumentNumber | None = None

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.accept(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            is_remote=self.is_remote,
            representative_count=self.representative_count,
            request_count=self.request_count,
            document_number=self.document_number,
        )


class Guidance(Order):
    PATH = "guide"
    SUMMARY = "Hướng dẫn"

    to: UnitId | None = None
    """Where to; by default the competent authority."""
    document_number: DocumentNumber | None = None
    """The guidance in writing (form 02); needed before the case can be closed."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.guide(
            _held(case, given.by), to=self.to, on=given.on, law=given.law, document_number=self.document_number
        )


class Transfer(Order):
    PATH = "transfer"
    SUMMARY = "Chuyển đơn"

    to: UnitId
    document_number: DocumentNumber | None = None

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.transfer(
            _held(case, given.by),
            to=self.to,
            by=given.by,
            on=given.on,
            law=given.law,
            document_number=self.document_number,
        )


class Declining(Order):
    PATH = "decline"
    SUMMARY = "Không thụ lý"
    ROLES = SETTLERS

    ground: DeclineGround
    document_number: DocumentNumber | None = None

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.decline(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            ground=self.ground,
            document_number=self.document_number,
        )


class SupplementRequest(Order):
    PATH = "request-supplement"
    SUMMARY = "Yêu cầu bổ sung"

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.request_supplement(
            _held(case, given.by),
            on=given.on,
            answer_within_days=given.supplement_answer_working_days,
            law=given.law,
        )


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


class Escalation(Order):
    PATH = "escalate"
    SUMMARY = "Báo cáo cấp trên"
    ROLES = ESCALATORS

    reason: EscalationReason = EscalationReason.CHAIR_REQUEST

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.request_chair(case, now=given.now, law=given.law, reason=self.reason)


class Closing(Order):
    PATH = "close"
    SUMMARY = "Kết thúc vụ việc"

    ground: ClosingGround
    document_number: DocumentNumber | None = None
    """What ends it, where no act before issued a document."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.close(
            _held(case, given.by),
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
        return acts.receive_decision(_held(case, given.by), received_on=self.received_on, on=given.on, law=given.law)


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


class DelayExplanation(Order):
    PATH = "explain-delay"
    SUMMARY = "Ghi lý do chậm"

    reason: DelayReason
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.explain_delay(
            case, by=given.by, on=given.on, law=given.law, reason=self.reason, document_number=self.document_number
        )


class TaskDone(Order):
    PATH = "do-task"
    SUMMARY = "Xác nhận đã làm việc gấp"

    duty: Duty
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.do_task(
            case, by=given.by, on=given.on, law=given.law, duty=self.duty, document_number=self.document_number
        )


class DuplicateLink(Order):
    PATH = "link-duplicate"
    SUMMARY = "Gắn đơn trùng vào vụ việc đang xử lý"

    to_case: CaseId
    """The leading case, whose clocks stay as they are."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.link_duplicate(
            _held(case, given.by), to_case=self.to_case, leading=given.other, on=given.on, law=given.law
        )

    def other_case(self, case: Case) -> CaseId | None:  # noqa: ARG002 - the order names it
        return self.to_case

    def decide_other(self, other: Case, case: Case, given: Circumstances) -> acts.Decided:
        return acts.linked_from(other, case, given.on, given.law), []


class Unlink(Order):
    PATH = "unlink"
    SUMMARY = "Bỏ gắn đơn trùng"

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.unlink(_held(case, given.by), on=given.on, law=given.law)

    def other_case(self, case: Case) -> CaseId | None:
        return case.linked_to.case_id if case.linked_to is not None else None

    def decide_other(self, other: Case, case: Case, given: Circumstances) -> acts.Decided:  # noqa: ARG002
        return acts.unlinked_from(other, case.case_id), []


class EarlierLink(Order):
    PATH = "link-earlier"
    SUMMARY = "Gắn khiếu nại lần hai, tố cáo tiếp với vụ việc trước"

    to_case: CaseId
    """The case of the first settlement; its papers come along."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.link_earlier(
            _held(case, given.by), to_case=self.to_case, earlier=given.other, on=given.on, law=given.law
        )

    def other_case(self, case: Case) -> CaseId | None:  # noqa: ARG002 - the order names it
        return self.to_case

    def decide_other(self, other: Case, case: Case, given: Circumstances) -> acts.Decided:
        return acts.linked_from(other, case, given.on, given.law), []


class CompetenceRefusal(Order):
    PATH = "refuse-competence"
    SUMMARY = "Từ chối thẩm quyền đối với đơn được chuyển đến"
    ROLES = SETTLERS

    ground: CompetenceRefusalGround
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.refuse_competence(
            case, by=given.by, on=given.on, law=given.law, ground=self.ground, document_number=self.document_number
        )


class CompetenceDecision(Order):
    PATH = "decide-competence"
    SUMMARY = "Cấp trên chung quyết định thẩm quyền"
    ROLES = SETTLERS

    to: UnitId
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.decide_competence(
            case, by=given.by, on=given.on, law=given.law, to=self.to, document_number=self.document_number
        )


class Urging(Order):
    PATH = "urge"
    SUMMARY = "Yêu cầu cấp dưới giải quyết"
    ROLES = SETTLERS

    to: UnitId | None = None
    """The lower body; by default the one the matter waits at."""
    report_by: date
    """The day by which the lower body reports."""
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.urge(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            to=self.to,
            report_by=self.report_by,
            document_number=self.document_number,
        )


class OverdueReport(Order):
    PATH = "report-overdue"
    SUMMARY = "Ghi nhận tố cáo quá hạn được báo lên cấp trên"

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.report_overdue(case, on=given.on, law=given.law)


class ReportDemand(Order):
    PATH = "demand-report"
    SUMMARY = "Cấp trên yêu cầu báo cáo"
    ROLES = SETTLERS

    report_by: date | None = None
    """Needed where the law itself names no limit."""
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.demand_report(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            report_by=self.report_by,
            document_number=self.document_number,
        )


class Report(Order):
    PATH = "report"
    SUMMARY = "Ghi nhận báo cáo theo yêu cầu của cấp trên"

    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.report(case, by=given.by, on=given.on, law=given.law, document_number=self.document_number)


class Instruction(Order):
    PATH = "instruct"
    SUMMARY = "Thông báo kết luận buổi tiếp: giao việc"
    ROLES = SETTLERS

    to: UnitId
    result_by: date
    """The day in the notice; never after the settlement limit of the law."""
    session_ended_on: date
    """The day of the reception that is concluded."""
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.instruct(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            to=self.to,
            result_by=self.result_by,
            session_ended_on=self.session_ended_on,
            document_number=self.document_number,
        )


class ReceptionRefused(Order):
    PATH = "refuse-reception"
    SUMMARY = "Từ chối tiếp công dân"

    ground: ReceptionRefusal
    file: RefusalFile = RefusalFile()
    """By notice only: the documents that show each element."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.refuse_reception(case, by=given.by, on=given.on, law=given.law, ground=self.ground, file=self.file)


ORDERS: Final[Sequence[type[Order]]] = (
    Acceptance,
    Guidance,
    Transfer,
    Declining,
    SupplementRequest,
    Extension,
    Suspension,
    Resumption,
    Settlement,
    Confirmation,
    Escalation,
    Closing,
    DecisionReceived,
    DialoguePlan,
    DialogueHeld,
    Discontinuance,
    DelayExplanation,
    TaskDone,
    DuplicateLink,
    Unlink,
    EarlierLink,
    CompetenceRefusal,
    CompetenceDecision,
    Urging,
    OverdueReport,
    ReportDemand,
    Report,
    Instruction,
    ReceptionRefused,
)


def _held(case: Case, by: UnitId) -> Case:
    """The case, if that body holds it. Errors: Refused("not_holder")."""
    if case.held_by != by:
        raise Refused("not_holder", "Đơn vị này không phải đơn vị đang giữ vụ việc.", held_by=case.held_by, unit=by)
    return case
