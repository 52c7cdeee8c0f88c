"""What time alone brings: warnings in office hours, missed clocks, the red line of 45 days, effect, late reports."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from contracts.facts.base import Fact, vietnam_day
from contracts.facts.routing import (
    CaseFact,
    CaseTookEffect,
    ClockReading,
    ClockTelling,
    DeadlineMissed,
    DeadlineNear,
)
from contracts.ids import UnitId
from contracts.law.rows import Act, Start
from contracts.vocabulary import EscalationReason, Telling
from services.routing.domain.case import Action, Case, Status, Task, about, following, is_possible, moved, spoken
from services.routing.domain.deadlines import (
    CaseClock,
    ClockState,
    ends_by_itself,
    missed_from,
    next_timer,
    over_from,
    row_of,
    started_if_any,
    told_on,
)
from services.routing.domain.handing_over import handed_over
from services.routing.domain.law import Law
from services.routing.domain.office import is_office_open
from services.routing.domain.remedies import remedies
from services.routing.domain.rerouting import lapsed
from services.routing.domain.superior import escalated, superior_for, told_of

_SETTLEMENT_OF_COMPLAINTS: Final = frozenset({"K3", "K6", "K14"})
"""Ran out: the citizen may complain a second time, or sue (LKN 33, 42, 48)."""
_SETTLEMENT_OF_DENUNCIATIONS: Final = "T4"
"""Ran out: the superior that was told demands a report (LTC 38)."""


def tick(case: Case, now: datetime, law: Law) -> tuple[Case, list[Fact]]:
    """What time alone has brought by now. Run twice, the second time brings nothing.

    A body that ended hands the case over. A supplement that did not come brings the case back. A missed clock is told
    once, then the case goes to the superior; the red line is told on its last day; warnings wait for office hours. A
    clock in which nobody has to act ends by itself, and a decision takes effect.
    """
    today = vietnam_day(now)
    if not _is_due(case, today):
        return case, []
    case, handover = handed_over(case, today, law)
    if not _is_due(case, today):
        return case, list(handover)
    case, lapse = lapsed(case, today, law)
    seen = _Seen(case, today, law, is_office_open(now, law))
    clocks = tuple(seen.look(clock) for clock in case.clocks)
    opened = tuple(seen.look(clock) for clock in tuple(seen.fresh))
    tasks = tuple(seen.look_at_task(task) for task in case.tasks)
    seen.look_at_report()
    after = case.model_copy(
        update={
            "clocks": (*clocks, *opened),
            "tasks": tasks,
            "told": (*case.told, *seen.told),
            "is_report_missed": seen.is_report_missed,
        }
    )
    facts = seen.facts
    if seen.reasons:
        after, up = escalated(after, seen.reasons, now, law, seen.worst, seen.late_unit)
        facts = [*facts, *up]
    after, effect = _in_effect(after, seen.effective_on)
    after = moved(after, law)
    return after, [*handover, *lapse, *spoken(after, [*facts, *effect])]


def _is_due(case: Case, today: date) -> bool:
    return case.next_timer_on is not None and case.next_timer_on <= today


def _in_effect(case: Case, on: date | None) -> tuple[Case, list[CaseFact]]:
    if on is None or not is_possible(case, Action.TAKE_EFFECT):
        return case, []
    after = case.model_copy(update={"status": following(case, Action.TAKE_EFFECT), "effective_on": on})
    return after, [CaseTookEffect(**about(after), effective_on=on)]


@dataclass
class _Seen:
    """What one look over a case finds."""

    case: Case
    today: date
    law: Law
    is_open: bool
    facts: list[CaseFact] = field(default_factory=list)
    told: list[ClockTelling] = field(default_factory=list)
    fresh: list[CaseClock] = field(default_factory=list)
    reasons: list[EscalationReason] = field(default_factory=list)
    worst: ClockReading | None = None
    late_unit: UnitId | None = None
    effective_on: date | None = None
    is_report_missed: bool = False

    def __post_init__(self) -> None:
        self.is_report_missed = self.case.is_report_missed

    @property
    def in_hand(self) -> UnitId:
        """Who has to act: the holder; of what went out of the province, who sent it: the rest of its own duties."""
        case = self.case
        is_out = case.status is Status.TRANSFERRED and bool(case.transferred_from)
        return case.transferred_from[-1] if is_out else case.held_by

    def look(self, clock: CaseClock) -> CaseClock:
        """The clock with what was told about it."""
        timer = next_timer(clock, self.law)
        if timer is None or timer > self.today:
            return clock
        if ends_by_itself(clock, self.law):
            return self._over(clock)
        clock = self._red_line(clock)
        return self._missed(clock) if self.today >= missed_from(clock) else self._near(clock)

    def look_at_task(self, task: Task) -> Task:
        """A task without a clock of its own that is late goes to the superior once."""
        if task.done_on is not None or task.is_told or self.today <= task.due_on:
            return task
        if task.clock is None:
            self._because(EscalationReason.DEADLINE_MISSED, None, self.in_hand)
        return task.model_copy(update={"is_told": True})

    def look_at_report(self) -> None:
        """The report that a superior ordered did not come."""
        case = self.case
        if case.report_by is None or case.is_report_missed or self.today <= case.report_by:
            return
        self.is_report_missed = True
        self._because(EscalationReason.DEADLINE_MISSED, None, case.held_by)

    def _over(self, clock: CaseClock) -> CaseClock:
        over = over_from(clock, self.law)
        if row_of(clock, self.law).fulfilled_by is Act.NONE:
            self.effective_on = over
        return clock.model_copy(update={"state": ClockState.ENDED, "ended_on": over})

    def _red_line(self, clock: CaseClock) -> CaseClock:
        if not row_of(clock, self.law).is_red_line or clock.is_red or self.today < clock.reading.alarm_on:
            return clock
        self._because(EscalationReason.RED_LINE, clock, self._owner(clock))
        return clock.model_copy(update={"is_red": True})

    def _missed(self, clock: CaseClock) -> CaseClock:
        owner = self._owner(clock)
        over = (self.today - clock.reading.rolled_due).days
        self.facts.append(DeadlineMissed(**about(self.case), clock=clock.reading, held_by=owner, days_over=over))
        self.told.append(told_of(clock.reading, Telling.MISSED, owner, self.today))
        if not clock.is_red:
            self._because(EscalationReason.DEADLINE_MISSED, clock, owner)
        self.fresh += self._opened_by(clock)
        return clock.model_copy(update={"is_missed": True})

    def _opened_by(self, missed: CaseClock) -> tuple[CaseClock, ...]:
        if missed.id in _SETTLEMENT_OF_COMPLAINTS:
            return remedies(self.case, missed.reading.rolled_due, self.law, opened_by=missed.id)
        is_overdue = missed.id == _SETTLEMENT_OF_DENUNCIATIONS
        if is_overdue and superior_for(self.case, self.law, self.today) is not None:
            return started_if_any(["T11"], self.today, self.law, opened_by=missed.id)
        return ()

    def _near(self, clock: CaseClock) -> CaseClock:
        if not self.is_open:
            return clock
        reached = [percent for percent in self.law.warn_at_percent if told_on(clock, percent, self.law) <= self.today]
        if not reached or reached[-1] <= clock.warned_percent:
            return clock
        owner = self._owner(clock)
        left = (clock.reading.rolled_due - self.today).days
        self.facts.append(DeadlineNear(**about(self.case), clock=clock.reading, held_by=owner, days_left=left))
        self.told.append(told_of(clock.reading, Telling.WARNED, owner, self.today, reached[-1]))
        return clock.model_copy(update={"warned_percent": reached[-1]})

    def _owner(self, clock: CaseClock) -> UnitId:
        """Who has to act in the clock: the holder, but the superior that was told, or who transferred the petition."""
        start = row_of(clock, self.law).start
        if start is Start.OVERDUE_REPORTED:
            return superior_for(self.case, self.law, self.today) or self.case.held_by
        if start is Start.RESULT_RECEIVED and self.case.transferred_from:
            return self.case.transferred_from[-1]
        return self.in_hand

    def _because(self, reason: EscalationReason, clock: CaseClock | None, late_unit: UnitId) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)
        if clock is not None and self.worst is None:
            self.worst = clock.reading
        self.late_unit = self.late_unit or late_unit
