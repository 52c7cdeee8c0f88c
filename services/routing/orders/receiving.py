"""What is ordered when a petition comes: accept, guide, transfer, decline, ask for more, refuse to receive."""

from typing import Annotated

from pydantic import Field

from contracts.facts.base import DocumentNumber
from contracts.ids import UnitId
from contracts.vocabulary import (
    DeclineGround,
    MissingPart,
    ReceptionRefusal,
)
from services.routing.domain import acts
from services.routing.domain.acts import RefusalFile
from services.routing.domain.case import Case
from services.routing.orders.order import SETTLERS, Circumstances, Order, held


class Acceptance(Order):
    PATH = "accept"
    SUMMARY = "Thụ lý"
    ROLES = SETTLERS

    is_remote: bool = False
    """The matter is in a remote area that is hard to reach; the longer settlement time applies."""
    representative_count: Annotated[int | None, Field(ge=0)] = None
    """Large groups: how many representatives were named in writing."""
    request_count: Annotated[int | None, Field(ge=1, le=99)] = None
    """How many numbered requests the petition has; the settlement answers each. None: counted at the settlement."""
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
            held(case, given.by), to=self.to, on=given.on, law=given.law, document_number=self.document_number
        )


class Splitting(Order):
    PATH = "split"
    SUMMARY = "Hướng dẫn tách đơn"

    document_number: DocumentNumber
    """The guidance in writing: what belongs into which petition."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.split(held(case, given.by), document_number=self.document_number, on=given.on, law=given.law)


class Transfer(Order):
    PATH = "transfer"
    SUMMARY = "Chuyển đơn"

    to: UnitId
    document_number: DocumentNumber | None = None

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.transfer(
            held(case, given.by),
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

    missing: tuple[MissingPart, ...] = ()
    """What is missing; needed where the route itself says nothing is."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.request_supplement(
            held(case, given.by),
            on=given.on,
            answer_within_days=given.supplement_answer_working_days,
            law=given.law,
            missing=self.missing,
        )


class ReceptionRefused(Order):
    PATH = "refuse-reception"
    SUMMARY = "Từ chối tiếp công dân"

    ground: ReceptionRefusal
    file: RefusalFile = RefusalFile()
    """By notice only: the documents that show each element."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.refuse_reception(case, by=given.by, on=given.on, law=given.law, ground=self.ground, file=self.file)
