"""After a change of the calendar every open case is counted again, page by page, until none is behind."""

import asyncio
from typing import Final

from prometheus_client import Gauge
from pydantic import BaseModel

from contracts.errors import Conflict, Unavailable
from services.chassis.ledger.drawer import Stored
from services.chassis.telemetry import Meters, get_log
from services.routing.domain.case import Case
from services.routing.standing import StandingLaw
from services.routing.store import Calendars, Cases

log = get_log()

_TOLD_EVERY_PAGES: Final = 20


class Progress(BaseModel):
    """How far cases with open clocks are counted with the calendar of that revision."""

    revision: int
    done: int
    total: int
    is_done: bool


class Recount:
    """Reads the calendar book, also for what another replica entered, and counts again what is behind.

    How far it is stands with each case: after a crash it goes on with what is left. Replicas that meet at one case
    meet at its version, and one of them steps back.
    """

    def __init__(
        self, cases: Cases, calendars: Calendars, law: StandingLaw, *, page: int, meters: Meters | None = None
    ) -> None:
        self._cases = cases
        self._calendars = calendars
        self._law = law
        self._page = page
        self._pages = 0
        self._stuck: set[str] = set()
        self._gauges = _gauges(meters) if meters else None

    async def refresh(self) -> None:
        """Let this process count with all plans that are entered."""
        book = await self._calendars.get()
        if self._law.learn(book.plans):
            self._stuck.clear()
            log.info("calendar.learned", revision=self._law.now.calendar.revision)

    async def step(self) -> bool:
        """One page; True when there may be more. A case that cannot be counted does not hold up others."""
        await self.refresh()
        changes = self._law.now.calendar.changes()
        found = await self._cases.behind(changes, limit=self._page + len(self._stuck))
        behind = [stored for stored in found if stored.id not in self._stuck]
        results = await asyncio.gather(*map(self._count, behind), return_exceptions=True)
        await self._tell(is_last=not behind)
        for stored, result in zip(behind, results, strict=True):
            if isinstance(result, Unavailable):
                raise result
            if isinstance(result, Exception):
                self._stuck.add(stored.id)
                log.error("recount.failed", case_id=stored.id, exc_info=result)
            elif isinstance(result, BaseException):
                raise result
        return bool(behind)

    async def progress(self) -> Progress:
        """How far it is, whichever replica did it."""
        calendar = self._law.now.calendar
        done, total = await self._cases.recount_progress(calendar.changes())
        return Progress(revision=calendar.revision, done=done, total=total, is_done=done == total)

    async def _count(self, stored: Stored[Case]) -> None:
        case, facts = self._cases.present(stored.state)
        try:
            await self._cases.tell_time(stored, case, facts)
        except Conflict:  # somebody acted at this moment, on a case counted anew
            return

    async def _tell(self, *, is_last: bool) -> None:
        was_at_rest, self._pages = not self._pages, 0 if is_last else self._pages + 1
        is_time = not was_at_rest if is_last else self._pages % _TOLD_EVERY_PAGES == 1
        if self._gauges is None or not is_time:
            return
        progress = await self.progress()
        revision, done, total = self._gauges
        revision.set(progress.revision)
        done.set(progress.done)
        total.set(progress.total)
        if not is_last:
            log.info("recount.progress", revision=progress.revision, done=progress.done, total=progress.total)


def _gauges(meters: Meters) -> tuple[Gauge, Gauge, Gauge]:
    return (
        meters.gauge("tcd_calendar_revision", "Plans of the calendar that this replica counts with."),
        meters.gauge("tcd_recount_done", "Cases with open clocks that are counted with the present calendar."),
        meters.gauge("tcd_recount_total", "Cases with open clocks. Done stays below it: the recount does not end."),
    )
