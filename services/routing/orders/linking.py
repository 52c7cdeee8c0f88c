"""Which petitions belong together, as a person decided."""

from contracts.ids import CaseId
from services.routing.domain import acts
from services.routing.domain.case import Case
from services.routing.orders.order import Circumstances, Order, held


class DuplicateLink(Order):
    PATH = "link-duplicate"
    SUMMARY = "Gắn đơn trùng vào vụ việc đang xử lý"

    to_case: CaseId
    """The leading case, whose clocks stay as they are."""

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.link_duplicate(
            held(case, given.by), to_case=self.to_case, leading=given.other, on=given.on, law=given.law
        )

    def other_case(self, case: Case) -> CaseId | None:  # noqa: ARG002 - the order names it
        return self.to_case

    def decide_other(self, other: Case, case: Case, given: Circumstances) -> acts.Decided:
        return acts.linked_from(other, case, given.on, given.law), []


class Unlink(Order):
    PATH = "unlink"
    SUMMARY = "Bỏ gắn đơn trùng"

    def decide(self, case: Case, given: Circumstances) -> acts.Decided:
        return acts.unlink(held(case, given.by), on=given.on, law=given.law)

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
            held(case, given.by), to_case=self.to_case, earlier=given.other, on=given.on, law=given.law
        )

    def other_case(self, case: Case) -> CaseId | None:  # noqa: ARG002 - the order names it
        return self.to_case

    def decide_other(self, other: Case, case: Case, given: Circumstances) -> acts.Decided:
        return acts.linked_from(other, case, given.on, given.law), []
