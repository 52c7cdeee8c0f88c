"""Durable timers: the day on which time changes a case is kept with the case; nothing is scheduled in memory."""

import asyncio
from datetime import date

from contracts.errors import Conflict, TiepdanError, Unavailable
from contracts.ids import UnitId
from services.chassis.clock import Clock
from services.chassis.ledger.drawer import Stored
from services.chassis.telemetry import get_log
from services.routing.domain.case import Case
from services.routing.domain.escalation import tick
from services.routing.standing import StandingLaw
from services.routing.store import Cases

log = get_log()


class Timers:
    """Goes through the cases whose day has come, page by page. After a crash it simply goes through them again."""

    def __init__(self, cases: Cases, law: StandingLaw, clock: Clock, page: int) -> None:
        self._cases = cases
        self._law = law
        self._clock = clock
        self._page = page
        self._after: str | None = None
        self._left_after: str | None = None

    async def step(self) -> bool:
        """One page; True when there may be more. A case that cannot be ticked is told and does not hold up others.

        Cases that are still with a body that ended are looked at whatever their day: the end may have been entered
        into the tree after they were kept.
        """
        today = self._clock.today()
        due = await self._cases.with_timer_by(today, limit=self._page, after=self._after)
        left = await self._cases.left_with(self._ended(today), limit=self._page, after=self._left_after)
        has_more_due, has_more_left = len(due) == self._page, len(left) == self._page
        self._after = due[-1].id if has_more_due else None  # before the work: what breaks a page holds up no other
        self._left_after = left[-1].id if has_more_left else None
        looked_at = {stored.id: stored for stored in (*due, *left)}
        results = await asyncio.gather(*map(self._tick, looked_at.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return has_more_due or has_more_left

    def _ended(self, today: date) -> list[UnitId]:
        units = self._law.now.units
        return sorted({unit.id for unit in units if units.has_ended(unit.id, today)})

    async def _tick(self, stored: Stored[Case]) -> None:
        try:
            present, moved = self._cases.present(stored.state)
            case, facts = tick(present, self._clock.now(), self._law.now)
            if case != stored.state:
                await self._cases.tell_time(stored, case, [*moved, *facts])
        except Conflict:  # somebody acted at this moment: the next round looks at what they made of it
            return
        except Unavailable:
            raise
        except TiepdanError as error:
            log.warning("timer.not_ticked", case_id=stored.id, code=error.code)
