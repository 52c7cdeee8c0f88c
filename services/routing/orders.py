"""What officers may order: for each act its fields, its functions, and the decision it leads to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from contracts.errors import Refused
from contracts.facts.base import DocumentNumber
from contracts.ids import UnitId
from contracts.law.rows import Act
from contracts.vocabulary import (
    ClosingGround,
    ComplexityTest,
    DeclineGround,
    EscalationReason,
    Role,
    SettlementResult,
    SuspensionGround,
)
from services.routing.domain import acts
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


class Order(BaseModel):
    """What an officer orders; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    PATH: ClassVar[str]
    SUMMARY: ClassVar[str]
    ROLES: ClassVar[tuple[Role, ...]] = HANDLERS

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        """The decision. Errors: those of ``acts``."""
        raise NotImplementedError


class Acceptance(Order):
    PATH = "accept"
    SUMMARY = "Thụ lý"
    ROLES = SETTLERS

    is_remote: bool = False
    """The matter is in a remote area that is hard to reach; the longer settlement time applies."""
    representative_count: Annotated[int | None, Field(ge=0)] = None
    """Large groups: how many representatives were named in writing."""
    document_number: DocumentNumber | None = None

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.accept(
            case,
            by=given.by,
            on=given.on,
            law=given.law,
            is_remote=self.is_remote,
            representative_count=self.representative_count,
            document_number=self.document_number,
        )


class Guidance(Order):
    PATH = "guide"
    SUMMARY = "Hướng dẫn"

    to: UnitId | None = None
    """Where to; by default the competent authority."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.guide(_held(case, given.by), to=self.to, on=given.on, law=given.law)


class Transfer(Order):
    PATH = "transfer"
    SUMMARY = "Chuyển đơn"

    to: UnitId

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.transfer(_held(case, given.by), to=self.to, by=given.by, on=given.on, law=given.law)


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
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.settle(
            case, by=given.by, on=given.on, law=given.law, result=self.result, document_number=self.document_number
        )


class Confirmation(Order):
    PATH = "confirm"
    SUMMARY = "Xác nhận đã thông báo, đã gửi"

    act: Act
    """``acceptance_told`` (T3) or ``result_sent`` (K4, K7, T6)."""
    document_number: DocumentNumber

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.confirm(
            _held(case, given.by), on=given.on, law=given.law, act=self.act, document_number=self.document_number
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

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.close(_held(case, given.by), ground=self.ground, on=given.on, law=given.law)


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
)


def _held(case: Case, by: UnitId) -> Case:
    """The case, if that body holds it. Errors: Refused("not_holder")."""
    if case.held_by != by:
        raise Refused("not_holder", "Đơn vị này không phải đơn vị đang giữ vụ việc.", held_by=case.held_by, unit=by)
    return case
