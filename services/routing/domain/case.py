"""A case (vụ việc): its state, and the one closed table of what may follow what."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from contracts.errors import Refused
from contracts.facts.base import Fact
from contracts.facts.intake import PetitionFiled
from contracts.facts.public import public_twin
from contracts.facts.routing import CaseFact, RuleId
from contracts.ids import CaseId, PublicCaseId, UnitId
from contracts.law.rows import Act, Actor
from contracts.law.secrecy import is_confidential
from contracts.vocabulary import (
    ClosingGround,
    EscalationReason,
    Labelled,
    Outcome,
    PetitionKind,
    WithdrawalScope,
)
from services.routing.domain.competence import is_near_the_accused, received_on
from services.routing.domain.deadlines import CaseClock, ClockState, next_timer, row_of
from services.routing.domain.law import Law

_ONE_DAY: Final = timedelta(days=1)


class Status(Labelled):
    OPEN = "open", "chờ xử lý"
    AWAITING_SUPPLEMENT = "awaiting_supplement", "chờ bổ sung"
    GUIDED = "guided", "đã hướng dẫn"
    TRANSFERRED = "transferred", "đã chuyển đơn"
    DECLINED = "declined", "không thụ lý"
    ACCEPTED = "accepted", "đã thụ lý, đang giải quyết"
    SUSPENDED = "suspended", "tạm đình chỉ"
    SETTLED = "settled", "đã giải quyết"
    CLOSED = "closed", "kết thúc"


class Action(Labelled):
    ACCEPT = "accept", "thụ lý"
    GUIDE = "guide", "hướng dẫn"
    TRANSFER = "transfer", "chuyển đơn"
    TRANSFER_OUT = "transfer_out", "chuyển đơn ra ngoài tỉnh"
    DECLINE = "decline", "không thụ lý"
    REQUEST_SUPPLEMENT = "request_supplement", "yêu cầu bổ sung"
    SUPPLEMENT = "supplement", "nhận bổ sung"
    EXTEND = "extend", "gia hạn"
    SUSPEND = "suspend", "tạm đình chỉ"
    RESUME = "resume", "tiếp tục giải quyết"
    SETTLE = "settle", "giải quyết"
    CONFIRM = "confirm", "xác nhận đã thực hiện"
    ESCALATE = "escalate", "báo cáo cấp trên"
    WITHDRAW = "withdraw", "rút đơn"
    CLOSE = "close", "kết thúc"
    LAPSE = "lapse", "hết hạn bổ sung"


TRANSITIONS: Final[Mapping[tuple[Status, Action], Status]] = {
    (Status.OPEN, Action.ACCEPT): Status.ACCEPTED,
    (Status.OPEN, Action.GUIDE): Status.GUIDED,
    (Status.OPEN, Action.TRANSFER): Status.OPEN,
    (Status.OPEN, Action.TRANSFER_OUT): Status.TRANSFERRED,
    (Status.OPEN, Action.DECLINE): Status.DECLINED,
    (Status.OPEN, Action.REQUEST_SUPPLEMENT): Status.AWAITING_SUPPLEMENT,
    (Status.OPEN, Action.SUPPLEMENT): Status.OPEN,
    (Status.OPEN, Action.ESCALATE): Status.OPEN,
    (Status.OPEN, Action.WITHDRAW): Status.CLOSED,
    (Status.OPEN, Action.CLOSE): Status.CLOSED,
    (Status.AWAITING_SUPPLEMENT, Action.SUPPLEMENT): Status.OPEN,
    (Status.AWAITING_SUPPLEMENT, Action.ACCEPT): Status.ACCEPTED,
    (Status.AWAITING_SUPPLEMENT, Action.DECLINE): Status.DECLINED,
    (Status.AWAITING_SUPPLEMENT, Action.ESCALATE): Status.AWAITING_SUPPLEMENT,
    (Status.AWAITING_SUPPLEMENT, Action.WITHDRAW): Status.CLOSED,
    (Status.AWAITING_SUPPLEMENT, Action.LAPSE): Status.OPEN,
    (Status.AWAITING_SUPPLEMENT, Action.CLOSE): Status.CLOSED,
    (Status.GUIDED, Action.CLOSE): Status.CLOSED,
    (Status.TRANSFERRED, Action.CLOSE): Status.CLOSED,
    (Status.DECLINED, Action.ESCALATE): Status.DECLINED,
    (Status.DECLINED, Action.CLOSE): Status.CLOSED,
    (Status.ACCEPTED, Action.EXTEND): Status.ACCEPTED,
    (Status.ACCEPTED, Action.SUSPEND): Status.SUSPENDED,
    (Status.ACCEPTED, Action.SETTLE): Status.SETTLED,
    (Status.ACCEPTED, Action.CONFIRM): Status.ACCEPTED,
    (Status.ACCEPTED, Action.SUPPLEMENT): Status.ACCEPTED,
    (Status.ACCEPTED, Action.ESCALATE): Status.ACCEPTED,
    (Status.ACCEPTED, Action.WITHDRAW): Status.CLOSED,
    (Status.ACCEPTED, Action.CLOSE): Status.CLOSED,
    (Status.SUSPENDED, Action.RESUME): Status.ACCEPTED,
    (Status.SUSPENDED, Action.CONFIRM): Status.SUSPENDED,
    (Status.SUSPENDED, Action.SUPPLEMENT): Status.SUSPENDED,
    (Status.SUSPENDED, Action.ESCALATE): Status.SUSPENDED,
    (Status.SUSPENDED, Action.WITHDRAW): Status.CLOSED,
    (Status.SETTLED, Action.CONFIRM): Status.SETTLED,
    (Status.SETTLED, Action.ESCALATE): Status.SETTLED,
    (Status.SETTLED, Action.CLOSE): Status.CLOSED,
}
"""Everything that may happen. What is not here is refused with 409; nothing leaves ``CLOSED``."""

CLOSING: Final[Mapping[Status, frozenset[ClosingGround]]] = {
    Status.OPEN: frozenset({ClosingGround.SHELVED}),
    Status.AWAITING_SUPPLEMENT: frozenset({ClosingGround.SHELVED}),
    Status.GUIDED: frozenset({ClosingGround.GUIDED}),
    Status.TRANSFERRED: frozenset({ClosingGround.TRANSFERRED}),
    Status.DECLINED: frozenset({ClosingGround.DECLINED}),
    Status.ACCEPTED: frozenset({ClosingGround.WITHDRAWN}),
    Status.SETTLED: frozenset({ClosingGround.SETTLED}),
}
"""On which ground a case in that status may be closed by an officer."""


class Paper(BaseModel):
    """A document that was issued in the case."""

    model_config = ConfigDict(frozen=True)

    action: Action
    number: str
    issued_on: date


class Case(BaseModel):
    """All that routing knows about a petition. No person: posts, units, dates and numbers."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    case_id: CaseId
    public_id: PublicCaseId
    filed: PetitionFiled
    """The petition as it was filed, brought up to date by supplements: the route follows from it alone."""
    opened_at: datetime
    status: Status = Status.OPEN
    held_by: UnitId
    competent_authority: UnitId | None
    outcome: Outcome
    rule: RuleId
    articles: tuple[str, ...]
    is_bypass_level: bool = False
    is_large_group: bool = False
    clocks: tuple[CaseClock, ...] = ()
    guided_to: UnitId | None = None
    transferred_from: tuple[UnitId, ...] = ()
    escalated_to: tuple[UnitId, ...] = ()
    escalated_for: tuple[EscalationReason, ...] = ()
    withdrawn: WithdrawalScope | None = None
    papers: tuple[Paper, ...] = ()
    routed_for: UnitId | None = None
    """The body from whose side the route was worked out, when it is no longer the receiver's."""
    answer_by: date | None = None
    """While a supplement is awaited: the petitioner's last day to bring it."""
    accepted_on: date | None = None
    settled_on: date | None = None
    closed_on: date | None = None
    next_timer_on: date | None = None
    """The next day on which time alone changes something."""
    due_on: date | None = None
    """The earliest last day among the running clocks."""
    listed_under: str = ""
    """In whose lists it stands: the holder's and its superiors'; only the holder's when the accused is one of these."""

    @property
    def kind(self) -> PetitionKind:
        return self.filed.kind

    @property
    def is_discreet(self) -> bool:
        """True for what is or may hold a denunciation, and for whoever asks for it: neutral texts, no public twin."""
        return is_confidential(self.kind) or self.filed.asks_identity_protection

    @property
    def settlement_clock(self) -> CaseClock | None:
        """The clock of settlement (K3, K6, T4) that is not ended."""
        return next(
            (clock for clock in self.clocks if clock.id in SETTLEMENT_CLOCKS and clock.state is not ClockState.ENDED),
            None,
        )


SETTLEMENT_CLOCKS: Final = frozenset({"K3", "K6", "T4"})


def following(case: Case, action: Action) -> Status:
    """The status after the action. Errors: Refused("illegal_transition")."""
    status = TRANSITIONS.get((case.status, action))
    if status is None:
        raise Refused(
            "illegal_transition",
            f"Vụ việc đang ở trạng thái “{case.status.label}”, không thể {action.label}.",
            status=case.status,
            action=action,
        )
    return status


def is_possible(case: Case, action: Action) -> bool:
    """True when the table allows the action now."""
    return (case.status, action) in TRANSITIONS


def moved(case: Case, law: Law, **changes: Any) -> Case:
    """The case with these changes; its timer and its due day follow from its clocks."""
    after = case.model_copy(update=changes)
    timers = [timer for clock in after.clocks if (timer := next_timer(clock, law))]
    dues = [clock.reading.rolled_due for clock in after.clocks if clock.is_running and _binds_a_body(clock, law)]
    return after.model_copy(
        update={
            "next_timer_on": min([*timers, *_lapse_days(after)], default=None),
            "due_on": min(dues, default=None),
            "listed_under": apart(after.held_by) if _has_the_accused_above(after, law) else after.held_by,
        }
    )


def _lapse_days(case: Case) -> list[date]:
    if case.status is not Status.AWAITING_SUPPLEMENT or case.answer_by is None:
        return []
    return [case.answer_by + _ONE_DAY]


def apart(unit_id: UnitId) -> str:
    """The list that only this unit itself reads."""
    return f"{unit_id}/apart"


def _has_the_accused_above(case: Case, law: Law) -> bool:
    on = received_on(case.filed)
    return any(is_near_the_accused(case.filed, unit.id, law, on) for unit in law.above(case.held_by, on))


def _binds_a_body(clock: CaseClock, law: Law) -> bool:
    row = row_of(clock, law)
    return row.actor is not Actor.CITIZEN and row.fulfilled_by is not Act.NONE


def with_paper(case: Case, action: Action, number: str | None, on: date) -> tuple[Paper, ...]:
    """The papers of the case with one more, if there is one."""
    return case.papers if number is None else (*case.papers, Paper(action=action, number=number, issued_on=on))


def spoken(case: Case, facts: Iterable[CaseFact]) -> list[Fact]:
    """What is said, each fact followed by its public twin where there is one: both go out in the same write."""
    said: list[Fact] = []
    for fact in facts:
        said.append(fact)
        twin = public_twin(fact, case.public_id)
        if twin is not None:
            said.append(twin)
    return said


def about(case: Case) -> dict[str, Any]:
    """What every fact about the case carries."""
    return {"case_id": case.case_id, "petition_id": case.filed.petition_id, "kind": case.kind}
