"""The law as it stands now in this process: replaced as a whole when a plan of the calendar is entered."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.facts.calendar import CalendarPlan
from contracts.law.plans import PlannedDays
from contracts.law.settings import LawSettings
from services.routing.domain.law import Law


class StandingLaw:
    """Everybody asks ``now`` for each decision; a value that was asked for stays what it was."""

    def __init__(self, law: Law, *, province: str, settings: LawSettings) -> None:
        self._province = province
        self._settings = settings
        self.now = law

    @property
    def known_plans(self) -> tuple[CalendarPlan, ...]:
        """The plans that are counted with now."""
        calendar = self.now.calendar
        return calendar.plans if isinstance(calendar, PlannedDays) else ()

    def learn(self, plans: Sequence[CalendarPlan]) -> bool:
        """Count with these plans from now on; False when they were known. Never goes back to fewer."""
        if len(plans) <= self.now.calendar.revision:
            return False
        self.now = self.with_plans(plans)
        return True

    def with_plans(self, plans: Sequence[CalendarPlan]) -> Law:
        """The law as it would stand with exactly these plans."""
        calendar = PlannedDays.of(plans, scope=self._province, settings=self._settings)
        return replace(self.now, calendar=calendar)
