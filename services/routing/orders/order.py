"""What every order of an officer is: its fields, its functions, and the decision that it leads to."""

from datetime import date, datetime
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import Refused
from contracts.ids import CaseId, UnitId
from contracts.vocabulary import Role
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


def held(case: Case, by: UnitId) -> Case:
    """The case, if that body holds it. Errors: Refused("not_holder")."""
    if case.held_by != by:
        raise Refused("not_holder", "Đơn vị này không phải đơn vị đang giữ vụ việc.", held_by=case.held_by, unit=by)
    return case
