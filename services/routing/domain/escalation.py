"""The superior, and what time alone brings: warnings, missed clocks, the red line of 45 days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from contracts.facts.base import Fact, vietnam_day
from contracts.facts.routing import CaseEscalated, CaseFact, ClockReading, DeadlineMissed, DeadlineNear
from contracts.ids import UnitId
from contracts.vocabulary import EscalationReason
from services.routing.domain.case import Case, about, moved, spoken
from services.routing.domain.competence import is_near_the_accused
from services.routing.domain.deadlines import CaseClock, missed_from, next_timer, row_of, warning_due
from services.routing.domain.law import Law
from services.routing.domain.rerouting import lapsed


def superior_for(case: Case, law: Law, on: date) -> UnitId | None:
    """Who stands above the holder, passing over whoever is near the accused; none at the top."""
    return next(
        (unit.id for unit in law.above(case.held_by, on) if not is_near_the_accused(case.filed, unit.id, law, on)), None
    )


def escalated(
    case: Case, reasons: Sequence[EscalationReason], now: datetime, law: Law, missed: ClockReading | None = None
) -> tuple[Case, list[CaseFact]]:
    """The case told to the superior, also when the holder names no person; nothing when there is no superior."""
    superior = superior_for(case, law, vietnam_day(now))
    if superior is None:
        return case, []
    fact = CaseEscalated(
        **about(case),
        escalated_at=now,
        reasons=(*reasons, *_circumstances(case)),
        from_unit=case.held_by,
        to_unit=superior,
        signer_count=case.filed.signer_count,
        missed_clock=missed,
    )
    after = case.model_copy(
        update={
            "escalated_to": tuple(dict.fromkeys((*case.escalated_to, superior))),
            "escalated_for": tuple(dict.fromkeys((*case.escalated_for, *reasons))),
        }
    )
    return after, [fact]


def tick(case: Case, now: datetime, law: Law) -> tuple[Case, list[Fact]]:
    """What time alone has brought by now. Run twice, the second time brings nothing.

    A supplement that did not come brings the case back. A missed clock is told once, then the case goes to the
    superior; the red line is told on its last day.
    """
    if case.next_timer_on is None or case.next_timer_on > vietnam_day(now):
        return case, []
    case, lapse = lapsed(case, vietnam_day(now), law)
    seen = _Seen(case, vietnam_day(now), law)
    clocks = tuple(seen.look(clock) for clock in case.clocks)
    after, told = case.model_copy(update={"clocks": clocks}), seen.facts
    if seen.reasons:
        after, up = escalated(after, seen.reasons, now, law, seen.worst)
        told = [*told, *up]
    after = moved(after, law)
    return after, [*lapse, *spoken(after, told)]


@dataclass
class _Seen:
    """What one look over the clocks finds."""

    case: Case
    today: date
    law: Law
    facts: list[CaseFact] = field(default_factory=list)
    reasons: list[EscalationReason] = field(default_factory=list)
    worst: ClockReading | None = None

    def look(self, clock: CaseClock) -> CaseClock:
        """The clock with what was told about it."""
        timer = next_timer(clock, self.law)
        if timer is None or timer > self.today:
            return clock
        clock = self._red_line(clock)
        return self._missed(clock) if self.today >= missed_from(clock) else self._near(clock)

    def _red_line(self, clock: CaseClock) -> CaseClock:
        if not row_of(clock, self.law).is_red_line or clock.is_red or self.today < clock.reading.alarm_on:
            return clock
        self._because(EscalationReason.RED_LINE, clock)
        return clock.model_copy(update={"is_red": True})

    def _missed(self, clock: CaseClock) -> CaseClock:
        over = (self.today - clock.reading.rolled_due).days
        self.facts.append(
            DeadlineMissed(**about(self.case), clock=clock.reading, held_by=self.case.held_by, days_over=over)
        )
        if not clock.is_red:
            self._because(EscalationReason.DEADLINE_MISSED, clock)
        return clock.model_copy(update={"is_missed": True})

    def _near(self, clock: CaseClock) -> CaseClock:
        reached = [percent for percent in self.law.warn_at_percent if warning_due(clock, percent) <= self.today]
        if not reached or reached[-1] <= clock.warned_percent:
            return clock
        left = (clock.reading.rolled_due - self.today).days
        self.facts.append(
            DeadlineNear(**about(self.case), clock=clock.reading, held_by=self.case.held_by, days_left=left)
        )
        return clock.model_copy(update={"warned_percent": reached[-1]})

    def _because(self, reason: EscalationReason, clock: CaseClock) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)
        self.worst = self.worst or clock.reading


def _circumstances(case: Case) -> list[EscalationReason]:
    """What makes the matter heavier, whatever the reason."""
    found = []
    if case.is_large_group:
        found.append(EscalationReason.LARGE_GROUP)
    if case.is_bypass_level:
        found.append(EscalationReason.BYPASS_LEVEL)
    return found
