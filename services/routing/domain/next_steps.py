"""What may lawfully follow in a case: the closed table, then what the live acts themselves ask before they do anything.

An act is listed when the law carries it out with some arguments on that day, and barred when with none. Where an act
asks the same question of every argument, only that question is put, by the act's own function; others are tried and
thrown away. What time alone brings is nobody's act: the clocks tell it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from itertools import chain
from typing import Final

from contracts.errors import Refused, TiepdanError
from contracts.ids import UnitId
from contracts.law.rows import Act
from contracts.law.source import Row
from contracts.vocabulary import CompetenceRefusalGround, ComplexityTest, DeclineGround, EscalationReason, MissingPart
from services.routing.domain import acts
from services.routing.domain.acts import after, links, settlement, superiors
from services.routing.domain.acts.first_steps import must_be_countable, must_be_guided_to, must_be_transferred_to
from services.routing.domain.acts.grounds import must_be_a_ground, must_be_acceptable
from services.routing.domain.acts.shared import must_be_above, must_settle, must_stand
from services.routing.domain.acts.supplements import must_lack
from services.routing.domain.case import CLOSING, TRANSITIONS, Action, Case, Status
from services.routing.domain.competence import received_on
from services.routing.domain.groups import representatives_allowed
from services.routing.domain.law import Law
from services.routing.domain.opening import ends_by_withdrawal
from services.routing.domain.superior import superior_for

_NOBODYS: Final = frozenset({Action.LAPSE, Action.TAKE_EFFECT, Action.DISPUTE_COMPETENCE, Action.NEED_NO_SUPPLEMENT})
"""Brought by time; a dispute, which the second refusal of competence makes; and what follows from a finding."""
_ARGUMENTS_DECIDE: Final = frozenset(
    {
        "representatives",
        "incomplete",
        "wrong_ground",
        "ground_of_other_kind",
        "ground_contradicted",
        "nothing_missing",
        "not_missing",
        "near_the_accused",
        "unit_closed",
        "same_unit",
    }
)
"""Refusals after which other arguments are worth a try."""
_NUMBER: Final = "1/CV-UBND"
_POSSIBLE: Final[Mapping[Status, tuple[Action, ...]]] = {
    status: tuple(
        action
        for before, action in TRANSITIONS
        if before is status and action not in _NOBODYS and action is not Action.TRANSFER_OUT
    )
    for status in Status
}
"""By the table. A transfer out of the province is tried with every other transfer: the place decides which it is."""


_MISSING: Final = ((), *((part,) for part in MissingPart))


class NextAction(Row):
    """Something that may lawfully follow."""

    action: Action
    label: str
    by: UnitId | None = None
    """A body that may order it; none: the petitioner does it."""


class BarredAction(Row):
    """Something that the table knows at this point and the law refuses in this case."""

    action: Action
    label: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class _Asked:
    case: Case
    law: Law
    on: date
    above: UnitId | None
    """The nearest superior who has nothing to do with the accused."""


_Trial = Callable[[_Asked], UnitId | None]
"""Who may order it. Errors: the refusal of the act."""


def next_steps(case: Case, law: Law, on: date | None = None) -> tuple[tuple[NextAction, ...], tuple[BarredAction, ...]]:
    """What may be carried out on that day with some arguments, and what with none and why. ``on``: none: the day of
    receipt.
    """
    on = on or received_on(case.filed)
    asked = _Asked(case, law, on, superior_for(case, law, on))
    lawful: list[NextAction] = []
    barred: list[BarredAction] = []
    for action in _POSSIBLE.get(case.status, ()):
        if action is Action.TRANSFER:
            _try_transfer(asked, lawful, barred)
            continue
        try:
            lawful.append(_lawful(action, _TRIALS[action](asked)))
        except TiepdanError as refusal:
            barred.append(_barred(action, refusal.code, refusal.sentence))
    return tuple(lawful), tuple(barred)


@lru_cache(maxsize=1024)
def _lawful(action: Action, by: UnitId | None) -> NextAction:
    return NextAction(action=action, label=action.label, by=by)


@lru_cache(maxsize=1024)
def _barred(action: Action, code: str, why: str) -> BarredAction:
    return BarredAction(action=action, label=action.label, code=code, why=why)


def _first_of(tries: Iterable[Callable[[], object]]) -> None:
    """Carried out with one of these arguments. Errors: the first refusal, when with none."""
    first: TiepdanError | None = None
    try:
        for attempt in tries:
            try:
                attempt()
            except TiepdanError as refusal:
                first = first or refusal
                if refusal.code not in _ARGUMENTS_DECIDE:
                    break
            else:
                return
        raise first or Refused("no_place", "Không có nơi nào có thể nhận.")
    finally:
        del first  # it knows this frame: kept here it would be a ring, which only the collector of rings takes apart


# The first steps.


def _accept(asked: _Asked) -> UnitId:
    case = asked.case
    allowed = representatives_allowed(case.filed.signer_count)
    counts = (None, *reversed(allowed)) if case.is_large_group else (None,)
    must_settle(case, case.held_by)
    _first_of(partial(must_be_acceptable, case, case.held_by, count, asked.law) for count in counts)
    must_be_countable(case, asked.on, asked.law)
    return case.held_by


def _decline(asked: _Asked) -> UnitId:
    must_settle(asked.case, asked.case.held_by)
    _first_of(partial(must_be_a_ground, asked.case, ground, asked.law) for ground in DeclineGround)
    return asked.case.held_by


def _guide(asked: _Asked) -> UnitId:
    case = asked.case
    places: Iterable[UnitId | None] = (None,) if case.competent_authority else chain((case.held_by,), _places(asked))
    _first_of(partial(must_be_guided_to, case, place, asked.on, asked.law) for place in places)
    return case.held_by


def _try_transfer(asked: _Asked, lawful: list[NextAction], barred: list[BarredAction]) -> None:
    """Where the law says; while that is not known, wherever an officer finds: inside the province or outside."""
    case, law = asked.case, asked.law
    known = [case.competent_authority] if case.competent_authority else []
    inside = known or chain((case.held_by,), _places(asked, outside=False))
    outside: Iterable[UnitId] = () if known else chain((case.held_by,), _places(asked, outside=True))
    refused: BarredAction | None = None
    for places in filter(None, (inside, outside)):
        try:
            _first_of(partial(must_be_transferred_to, case, place, asked.on, law) for place in places)
        except TiepdanError as refusal:
            refused = refused or _barred(Action.TRANSFER, refusal.code, refusal.sentence)
        else:
            is_out = places is outside or (bool(known) and law.is_outside(known[0], asked.on))
            lawful.append(_lawful(Action.TRANSFER_OUT if is_out else Action.TRANSFER, case.held_by))
    is_possible = bool(lawful) and lawful[-1].action in {Action.TRANSFER, Action.TRANSFER_OUT}
    if refused is not None and not is_possible:
        barred.append(refused)


def _places(asked: _Asked, *, outside: bool | None = None) -> Iterator[UnitId]:
    """Where an officer could send it: the superiors, what stands directly below them, then whatever stands that day."""
    law, on = asked.law, asked.on
    above = [unit.id for unit in law.above(asked.case.held_by, on)]
    below = (unit.id for scope in (*above, asked.case.held_by) for unit in law.units.children(scope, on))
    all_others = (unit.id for unit in law.units if unit.is_open(on))
    here = law.body_of(asked.case.held_by, on)
    for place in chain(above, below, all_others):
        if law.body_of(place, on) != here and outside in {None, law.is_outside(place, on)}:
            yield place


def _split(asked: _Asked) -> UnitId:
    acts.split(asked.case, document_number=_NUMBER, on=asked.on, law=asked.law)
    return asked.case.held_by


def _request_supplement(asked: _Asked) -> UnitId:
    """What the route says is missing, or what an officer names."""
    case = asked.case
    _first_of(partial(must_lack, case, missing) for missing in _MISSING)
    return case.held_by


def _inspect(asked: _Asked) -> UnitId:
    case = asked.case
    acts.order_inspection(case, document_number=_NUMBER, by=case.held_by, on=asked.on, law=asked.law)
    return case.held_by


# The later acts: what they ask before they do anything.


def _holder(asked: _Asked) -> UnitId:
    return asked.case.held_by


def _petitioner(_: _Asked) -> None:
    return None


def _withdraw(asked: _Asked) -> None:
    if not ends_by_withdrawal(asked.case):
        raise Refused("not_ended_by_withdrawal", "Rút tố cáo không làm vụ việc kết thúc: chỉ ghi nhận việc rút.")


def _escalate(asked: _Asked) -> UnitId:
    if asked.above is None:
        raise Refused("no_superior", "Đơn vị đang giữ vụ việc không có cấp trên trong hệ thống.")
    if all(reason in asked.case.escalated_for for reason in EscalationReason):
        raise Refused("already_escalated", "Vụ việc đã được báo cáo cấp trên vì mọi lý do.")
    return asked.case.held_by


def _confirm(asked: _Asked) -> UnitId:
    """A clock waits for it, or a superior for a report."""
    case, on, law = asked.case, asked.on, asked.law
    posted = None
    for clock in case.clocks:
        if not clock.is_running:
            continue
        if after.is_still_posted(clock, on, law):
            posted = posted or clock
            continue
        if not after.is_confirmable(clock, law):
            continue
        return after.who_owes(case, clock, law)
    if posted is not None:
        acts.confirm(case, act=Act.TAKEN_DOWN, document_number=_NUMBER, on=on, law=law)
    raise Refused("nothing_owed", "Không có thời hạn nào đang chờ xác nhận.")


def _do_task(asked: _Asked) -> UnitId:
    if all(task.done_on is not None for task in asked.case.tasks):
        raise Refused("no_such_task", "Vụ việc không có việc gấp đang chờ.")
    return asked.case.held_by


def _extend(asked: _Asked) -> UnitId:
    case = asked.case
    settlement.clock_extended(case, case.held_by, len(ComplexityTest), asked.on, asked.law)
    return case.held_by


def _suspend(asked: _Asked) -> UnitId:
    settlement.clock_suspended(asked.case, asked.case.held_by, asked.on, asked.law)
    return asked.case.held_by


def _resume(asked: _Asked) -> UnitId:
    settlement.clock_resumed(asked.case, asked.case.held_by, asked.on, asked.law)
    return asked.case.held_by


def _settle(asked: _Asked) -> UnitId:
    settlement.must_be_ready(asked.case, asked.case.held_by)
    return asked.case.held_by


def _discontinue(asked: _Asked) -> UnitId:
    after.must_be_withdrawn(asked.case, asked.case.held_by)
    return asked.case.held_by


def _close(asked: _Asked) -> UnitId:
    case = asked.case
    grounds = sorted(CLOSING.get(case.status, ()))
    _first_of(partial(settlement.must_be_over, case, one, _NUMBER, asked.on, asked.law) for one in grounds)
    return case.held_by


def _receive_decision(asked: _Asked) -> UnitId:
    after.must_not_be_received(asked.case)
    return asked.case.held_by


def _plan_dialogue(asked: _Asked) -> UnitId:
    after.must_know_dialogue(asked.case, asked.case.held_by)
    return asked.case.held_by


def _hold_dialogue(asked: _Asked) -> UnitId:
    after.must_be_invited(asked.case, asked.case.held_by, asked.on, asked.law)
    return asked.case.held_by


def _link_duplicate(asked: _Asked) -> UnitId:
    links.must_have_no_duplicates(asked.case)
    return asked.case.held_by


def _link_earlier(asked: _Asked) -> UnitId:
    links.kind_of_link(asked.case)
    return asked.case.held_by


def _refuse_competence(asked: _Asked) -> UnitId:
    case, ground = asked.case, CompetenceRefusalGround.OTHER_FIELD
    acts.refuse_competence(case, ground=ground, document_number=_NUMBER, by=case.held_by, on=asked.on, law=asked.law)
    return case.held_by


def _decide_competence(asked: _Asked) -> UnitId:
    """The common superior may name itself."""
    case = asked.case
    by = case.decides_competence or asked.above or case.held_by
    acts.decide_competence(case, to=by, document_number=_NUMBER, by=by, on=asked.on, law=asked.law)
    return by


def _report(asked: _Asked) -> UnitId:
    case = asked.case
    acts.report(case, document_number=_NUMBER, by=case.held_by, on=asked.on, law=asked.law)
    return case.held_by


def _urge(asked: _Asked) -> UnitId:
    case, on = asked.case, asked.on
    acts.urge(case, report_by=on, document_number=_NUMBER, by=case.held_by, on=on, law=asked.law)
    return case.held_by


def _report_overdue(asked: _Asked) -> UnitId:
    acts.report_overdue(asked.case, on=asked.on, law=asked.law)
    return asked.case.held_by


def _demand_report(asked: _Asked) -> UnitId:
    if asked.above is None:
        raise Refused("not_superior", "Chỉ cấp trên của đơn vị đang giữ vụ việc mới được yêu cầu.")
    must_be_above(asked.case, asked.above, asked.law, asked.on)
    return asked.above


def _instruct(asked: _Asked) -> UnitId:
    """The task may go to the holder itself, for that very day."""
    case = asked.case
    must_stand(asked.law.body_of(case.held_by, asked.on), case, asked.law, asked.on)
    superiors.must_lie_within_the_law(case, asked.on)
    return case.held_by


_TRIALS: Final[Mapping[Action, _Trial]] = {
    Action.ACCEPT: _accept,
    Action.DECLINE: _decline,
    Action.GUIDE: _guide,
    Action.SPLIT: _split,
    Action.INSPECT: _inspect,
    Action.REPORT: _report,
    Action.REQUEST_SUPPLEMENT: _request_supplement,
    Action.SUPPLEMENT: _petitioner,
    Action.WITHDRAW: _withdraw,
    Action.NOTE_WITHDRAWAL: _petitioner,
    Action.EXTEND: _extend,
    Action.SUSPEND: _suspend,
    Action.RESUME: _resume,
    Action.SETTLE: _settle,
    Action.CONFIRM: _confirm,
    Action.ESCALATE: _escalate,
    Action.DISCONTINUE: _discontinue,
    Action.CLOSE: _close,
    Action.RECEIVE_DECISION: _receive_decision,
    Action.PLAN_DIALOGUE: _plan_dialogue,
    Action.HOLD_DIALOGUE: _hold_dialogue,
    Action.LINK_DUPLICATE: _link_duplicate,
    Action.UNLINK: _holder,
    Action.LINK_EARLIER: _link_earlier,
    Action.REFUSE_COMPETENCE: _refuse_competence,
    Action.DECIDE_COMPETENCE: _decide_competence,
    Action.URGE: _urge,
    Action.REPORT_OVERDUE: _report_overdue,
    Action.DEMAND_REPORT: _demand_report,
    Action.INSTRUCT: _instruct,
    Action.REFUSE_ORALLY: _holder,
    Action.REFUSE_BY_NOTICE: _holder,
    Action.EXPLAIN_DELAY: _holder,
    Action.DO_TASK: _do_task,
    Action.NOTE_PARTICULARS: _holder,
}
"""Every action of the table that somebody may order or do."""
