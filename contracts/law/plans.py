"""The calendar with the plans that were entered on top of the tables, and what each of them changed.

Plans are values of the fact ``CalendarOverridden``: whoever hears the facts counts days as routing does. In which
order they are entered changes nothing: for a day the province's own word goes before the state's, then the later
effective document.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count, takewhile
from typing import Final, Self

from contracts.errors import BadInput, Conflict
from contracts.facts.calendar import CalendarPlan
from contracts.facts.routing import CalendarCause
from contracts.law.calendar import STATE, Override, WorkingDays, switch_names, written_overrides
from contracts.law.settings import LawSettings

_ONE_DAY: Final = timedelta(days=1)


class PlannedDays(WorkingDays):
    """``WorkingDays`` that know which plans made them what they are."""

    plans: tuple[CalendarPlan, ...] = ()
    earlier: tuple[WorkingDays, ...] = ()
    """As it stood before each of the plans."""
    scope: str = STATE

    @classmethod
    def of(cls, plans: Sequence[CalendarPlan], *, scope: str, settings: LawSettings) -> Self:
        """The calendar of a scope with these plans, in the order of their entry.

        Errors: BadInput("law_data_broken"), BadInput("unknown_setting") for a switch that is none.
        """
        binding = [plan if plan.scope in {STATE, scope} else None for plan in plans]
        earlier: list[WorkingDays] = []
        for number in range(len(plans) + 1):
            known = [plan for plan in binding[:number] if plan is not None]
            days = cls.official(
                scope=scope,
                settings=settings,
                switches=_switches(known),
                extra=[override for plan in known for override in overrides_of(plan)],
            )
            days.plans, days.revision, days.scope = tuple(plans[:number]), number, scope
            days.earlier = tuple(earlier)
            earlier.append(days)
        return days

    def with_plans(self, more: Sequence[CalendarPlan], settings: LawSettings) -> Self:
        """The same calendar with more plans entered after those it has. Errors as above."""
        return self.of((*self.plans, *more), scope=self.scope, settings=settings)

    def at(self, revision: int) -> WorkingDays:
        return self.earlier[revision] if revision < self.revision else self

    def changes(self) -> tuple[date | None, ...]:
        return tuple(self._first_change(number) for number in range(self.revision))

    def _first_change(self, since: int) -> date | None:
        """Without looking for the days of a switch: they come every year."""
        later = [plan for plan in self.plans[since:] if plan.scope in {STATE, self.scope}]
        if any(plan.switches for plan in later):
            return date.min
        before = self.at(since)
        named = {one.day for plan in later for one in plan.days}
        return min((day for day in named if self.is_working_day(day) is not before.is_working_day(day)), default=None)

    def causes(self, since: int, start: date, end: date) -> tuple[CalendarCause, ...]:
        before = self.at(since)
        days = takewhile(lambda day: day <= end, (start + number * _ONE_DAY for number in count(1)))
        return tuple(self._cause(day) for day in days if self.is_working_day(day) is not before.is_working_day(day))

    def _cause(self, day: date) -> CalendarCause:
        """Who says what the day is: the plan that names it and counts; else the last one that turned a switch."""
        naming = [
            (plan.scope != STATE, plan.effective_from, number, plan)
            for number, plan in enumerate(self.plans, start=1)
            if plan.scope in {STATE, self.scope} and any(one.day == day for one in plan.days)
        ]
        switching = [
            (False, plan.effective_from, number, plan)
            for number, plan in enumerate(self.plans, start=1)
            if plan.scope in {STATE, self.scope} and plan.switches
        ]
        _, _, revision, plan = max(naming or switching, key=lambda one: one[:3])
        return CalendarCause(day=day, is_working=self.is_working_day(day), document=plan.document, revision=revision)


def overrides_of(plan: CalendarPlan) -> tuple[Override, ...]:
    """The days of a plan, as the calendar's own tables would say them."""
    return tuple(
        Override(
            day=one.day,
            is_working=one.is_working,
            name=one.reason.label,
            scope=plan.scope,
            document=plan.document or "",
            effective_from=plan.effective_from,
            is_estimate=plan.document is None,
        )
        for one in plan.days
    )


def check_plan(plan: CalendarPlan, known: Sequence[CalendarPlan], *, province: str, today: date) -> None:
    """Whether the plan may be entered on that day, after the ones that are known.

    Errors: BadInput("wrong_scope"), BadInput("unknown_switch"), BadInput("calendar_gap"),
    BadInput("not_in_force_yet"), BadInput("no_document") for days that are not to come or a switch without one;
    Conflict("contradicts_plan") when another document says it for the same day, scope and effective date.
    """
    if plan.scope not in {STATE, province}:
        raise BadInput("wrong_scope", "Lịch này chỉ nhận phạm vi toàn quốc (state) hoặc của tỉnh.", scope=plan.scope)
    for switch in plan.switches:
        if switch.id not in switch_names():
            raise BadInput("unknown_switch", f"Không có công tắc lịch “{switch.id}”.")
    for one in plan.days:
        WorkingDays().is_working_day(one.day)
    if plan.effective_from > today:
        raise BadInput(
            "not_in_force_yet", f"Văn bản có hiệu lực từ {plan.effective_from:%d/%m/%Y}: nhập vào ngày có hiệu lực."
        )
    if plan.document is None and (plan.switches or any(one.day <= today for one in plan.days)):
        raise BadInput("no_document", "Ngày đã đến, đã qua hoặc công tắc lịch phải có số văn bản.")
    _check_contradictions(plan, known)


def _check_contradictions(plan: CalendarPlan, known: Sequence[CalendarPlan]) -> None:
    same = [one for one in known if (one.scope, one.effective_from) == (plan.scope, plan.effective_from)]
    said = {
        *(one.day for other in same for one in other.days),
        *(
            one.day
            for one in written_overrides()
            if (one.scope, one.effective_from) == (plan.scope, plan.effective_from)
        ),
    }
    switched = {one.id for other in same for one in other.switches}
    twice = [f"{one.day:%d/%m/%Y}" for one in plan.days if one.day in said]
    twice += [one.id for one in plan.switches if one.id in switched]
    if twice:
        raise Conflict(
            "contradicts_plan",
            f"Đã có văn bản cùng phạm vi, cùng ngày hiệu lực về: {', '.join(twice)}. Văn bản sau phải có hiệu lực sau.",
        )


def _switches(plans: Sequence[CalendarPlan]) -> dict[str, bool]:
    """Each switch as the latest effective plan has it, the province's own going before the state's."""
    ordered = sorted(plans, key=lambda plan: (plan.scope != STATE, plan.effective_from))
    return {switch.id: switch.is_on for plan in ordered for switch in plan.switches}
