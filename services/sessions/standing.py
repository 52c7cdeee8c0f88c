"""The law by which sessions are set up, as it stands now in this process: its days follow routing's calendar."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.facts.calendar import CalendarPlan
from contracts.law.plans import PlannedDays
from contracts.law.settings import LawSettings
from services.sessions.domain import Law
from services.sessions.store import Calendars


class StandingLaw:
    """Everybody asks ``now`` for each decision; sessions that were set up keep the days they were told."""

    def __init__(self, law: Law, calendars: Calendars, *, province: str, settings: LawSettings) -> None:
        self._calendars = calendars
        self._province = province
        self._settings = settings
        self.now = law

    async def step(self) -> bool:
        """Count with every plan that was heard, by whichever replica; there is never more to do at once."""
        self.learn(await self._calendars.plans())
        return False

    def learn(self, plans: Sequence[CalendarPlan]) -> None:
        """Count with these plans from now on, unless more are known."""
        if len(plans) > self.now.calendar.revision:
            calendar = PlannedDays.of(plans, scope=self._province, settings=self._settings)
            self.now = replace(self.now, calendar=calendar)
