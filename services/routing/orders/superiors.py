"""What is ordered between bodies: competence in dispute, a superior and the body below."""

from datetime import date

from contracts.facts.base import DocumentNumber
from contracts.ids import UnitId
from contracts.vocabulary import (
    CompetenceRefusalGround,
    DelayReason,
    EscalationReason,
)
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.orders.order import ESCALATORS, SETTLERS, Circumstances, Order


class Escalation(Order):
    PATH = "escalate"
    SUMMARY = "Báo cáo cấp trên"
    ROLES = ESCALATORS

    reason: EscalationReason = EscalationReason.CHAIR_REQUEST

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.request_chair(case, now=given.now, law=given.law, reason=self.reason)


class DelayExplanation(Order):
    PATH = "explain-delay"
    SUMMARY = "Ghi lý do chậm"

    reason: DelayReason
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.explain_delay(
            case, by=given.by, on=given.on, law=given.law, reason=self.reason, document_number=self.document_number
        )


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

    is_settled: bool = False
    """Urged: the lower body has settled; ``document_number`` is then its decision."""
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.report(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            document_number=self.document_number,
            is_settled=self.is_settled,
        )


class Inspection(Order):
    PATH = "inspect"
    SUMMARY = "Kiểm tra, thanh tra theo nội dung đơn nặc danh có chứng cứ"

    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.order_inspection(
            case, by=given.by, on=given.on, law=given.law, document_number=self.document_number
        )


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
